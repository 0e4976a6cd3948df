import { CodedError } from '../protocol/coded-error.ts';
import { NO_DECISION, type Decision } from '../protocol/decision.ts';
import type { EditRecord } from '../protocol/edit.ts';
import type { EditTest, PromptPlace, PromptTest } from '../protocol/edit-test.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Engine } from './engine.ts';
import { GREEDY } from './generation/sampler.ts';
import { AnswerMemory, type PutIn } from './grace/answer-memory.ts';
import type { StoredEdits } from './grace/stored-edits.ts';

/** Whether an output is the target, or begins with it where the answer does not end there. */
export function holds(output: string, target: string, ends: boolean): boolean {
  return ends ? output.trim() === target.trim() : output.trim().startsWith(target.trim());
}

/** A prompt of an edit, and what it has to give. */
interface Expectation extends PromptPlace {
  readonly prompt: Prompt;
  readonly expected: string;
  readonly ends: boolean;
  readonly maxTokens: number;
}

/** Answers that are remembered: those of some thousand edits, which often have their probes in common. */
const REMEMBERED = 16_384;

/** The live edits that were made for a prompt, in order. */
type EditsOfPrompts = ReadonlyMap<string, readonly EditRecord[]>;

/**
 * Asks the prompts of edits again, greedily and through the codebook as it is now.
 *
 * Which entry fires is decided anew each time. What the model says then depends on the prompt and the value that is put in
 * alone (decision 20), so an output is generated once for the two, however many edits have the same probe.
 */
export class EditTester {
  readonly #engine: Engine;
  readonly #maxTokens: number;
  readonly #answers = new AnswerMemory(REMEMBERED);
  #index: { readonly stored: StoredEdits; readonly records: number; readonly made: EditsOfPrompts } | undefined;

  /** @param maxTokens length of the outputs of prompts; at least as long as the target */
  constructor(engine: Engine, maxTokens: number) {
    this.#engine = engine;
    this.#maxTokens = maxTokens;
  }

  /**
   * @param only some of the edit's prompts; all when absent
   * @throws CodedError `edit-unknown`, also for a prompt that the edit has not; `cancelled`
   */
  async test(edit: number, only?: readonly PromptPlace[], signal?: AbortSignal): Promise<EditTest> {
    const record = this.#engine.codebook?.stored.history.edits.get(edit)?.record;
    if (!record) throw unknownEdit(edit);
    const all = this.#expectations(record);
    const wanted = only?.map((place) => find(all, place, edit)) ?? all;
    const prompts: PromptTest[] = [];
    for (const expectation of wanted) prompts.push(await this.#ask(record, expectation, signal));
    return { edit, prompts };
  }

  #expectations({ prompt, rephrasings, target, label, probes = [] }: EditRecord): readonly Expectation[] {
    const ends = this.#engine.endsWith(label);
    const goal = { expected: target, ends, maxTokens: Math.max(this.#maxTokens, label.length + 1) };
    return [
      { role: 'prompt', at: 0, prompt, ...goal },
      ...rephrasings.map((rephrasing, at) => ({ role: 'rephrasing', at, prompt: rephrasing, ...goal }) as const),
      ...probes.map(
        ({ prompt: asked, answer, maxTokens }, at) =>
          ({ role: 'probe', at, prompt: asked, expected: answer, ends: true, maxTokens }) as const,
      ),
    ];
  }

  async #ask(record: EditRecord, expectation: Expectation, signal?: AbortSignal): Promise<PromptTest> {
    const started = performance.now();
    const { role, at, prompt, expected, ends, maxTokens } = expectation;
    const supersededBy = this.#successor(record, expectation);
    if (supersededBy !== null) {
      const notAsked = { output: '', decision: NO_DECISION, seconds: 0 };
      return { role, at, prompt, expected, ...notAsked, outcome: 'superseded', supersededBy };
    }
    const { output, decision } = await this.#say(prompt, maxTokens, signal);
    const outcome = holds(output, expected, ends) ? 'holds' : 'fails';
    const seconds = (performance.now() - started) / 1000;
    return { role, at, prompt, expected, output, outcome, supersededBy: null, decision, seconds };
  }

  async #say(
    prompt: Prompt,
    maxTokens: number,
    signal?: AbortSignal,
  ): Promise<{ readonly output: string; readonly decision: Decision }> {
    const engine = this.#engine;
    if (signal?.aborted) throw cancelled();
    const tokens = engine.tokensOf(prompt);
    const decision = await engine.decide(prompt);
    const putIn = this.#putIn(decision);
    const said = this.#answers.find(tokens, maxTokens, putIn);
    if (said !== undefined) return { output: said, decision };
    const options = { maxTokens, sampling: GREEDY, stop: [], cache: true, edits: true, signal };
    const { text: output } = await engine.answer(prompt, options);
    if (signal?.aborted) throw cancelled();
    this.#answers.keep(tokens, maxTokens, putIn, output);
    return { output, decision };
  }

  #putIn({ entry, edit }: Decision): PutIn | null {
    if (entry === null) return null;
    const { codebook, stored } = this.#engine.codebook!;
    return { value: codebook.entries[entry]!.value, policy: stored.history.edits.get(edit!)!.record.replace };
  }

  /** The last live edit after this one that was made for the same prompt; for a target, only one with another. */
  #successor({ edit, label }: EditRecord, { role, prompt }: Expectation): number | null {
    const last = this.#madeFor(prompt).findLast((other) => other.edit > edit);
    if (!last) return null;
    const agrees = role !== 'probe' && String(last.label) === String(label);
    return agrees ? null : last.edit;
  }

  #madeFor(prompt: Prompt): readonly EditRecord[] {
    const { stored } = this.#engine.codebook!;
    const records = stored.history.records.length;
    if (this.#index?.stored !== stored || this.#index.records !== records)
      this.#index = { stored, records, made: editsOfPrompts(stored) };
    return this.#index.made.get(JSON.stringify(prompt)) ?? [];
  }
}

function editsOfPrompts(stored: StoredEdits): EditsOfPrompts {
  const made = new Map<string, EditRecord[]>();
  for (const { record, state } of stored.list()) {
    if (state !== 'live') continue;
    for (const prompt of new Set([record.prompt, ...record.rephrasings].map((each) => JSON.stringify(each)))) {
      const those = made.get(prompt);
      if (those) those.push(record);
      else made.set(prompt, [record]);
    }
  }
  return made;
}

function find(all: readonly Expectation[], { role, at }: PromptPlace, edit: number): Expectation {
  const found = all.find((each) => each.role === role && each.at === at);
  if (found) return found;
  throw new CodedError('edit-unknown', `Edit ${edit} has no ${role} ${at + 1}.`, '', { edit, role, at });
}

const cancelled = (): CodedError => new CodedError('cancelled', 'The test was cancelled.');

export const unknownEdit = (edit: number): CodedError =>
  new CodedError('edit-unknown', `There is no edit ${edit}.`, 'List the edits to see their numbers.', { edit });
