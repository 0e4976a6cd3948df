import { isDeepStrictEqual } from 'node:util';
import { CodedError } from '../../protocol/coded-error.ts';
import type { EditAction, EditOutcome, ReplacementPolicy } from '../../protocol/edit.ts';
import type { EditReach } from '../../protocol/edit-reach.ts';
import type { EditResult, ProbeResult } from '../../protocol/edit-result.ts';
import type { EditSuggestions } from '../../protocol/edit-suggestions.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { answer, type Answer } from '../generation/answer.ts';
import { runBelowPacked } from '../generation/packed.ts';
import { readPrompt } from '../generation/prefill.ts';
import { promptTokens } from '../generation/prompt-tokens.ts';
import { GREEDY } from '../generation/sampler.ts';
import type { Steering } from '../generation/steering.ts';
import type { Tokens } from '../generation/tokens.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import { AnswerMemory } from './answer-memory.ts';
import type { CodebookEdit, Entry } from './codebook.ts';
import type { CodebookFolder } from './codebook-folder.ts';
import { always } from './greedy-check.ts';
import { behindLeadIns } from './lead-ins.ts';
import { makeLesson, targetText, type Lesson } from './lesson.ts';
import { cancelled, learnValue, type LearnedValue, type LearningWatch, type TrainingSettings } from './learn-value.ts';
import type { Query, Router } from './router.ts';
import { CodebookSteering } from './steering.ts';

/** What a person asks for. */
export interface EditRequest {
  readonly prompt: Prompt;
  readonly target: string;
  /** Other ways to ask; each gets a key of its own, and all share one value that is learned on all of them. */
  readonly rephrasings: readonly Prompt[];
  /** Who or what it is about; the router's guess where absent. */
  readonly subject?: string | undefined;
  /** Prompts that must not fire it. */
  readonly negatives?: readonly Prompt[] | undefined;
  /** Prompts whose answers must stay as they are: generated before and after, and reported. */
  readonly probes: readonly Prompt[];
  /** Whether the answer ends with the target: then the end token is learned as well. */
  readonly ends: boolean;
  /** e_init. */
  readonly radius: number;
  readonly replace: ReplacementPolicy;
  readonly training: TrainingSettings;
  /** Length of the outputs that are shown and compared; at least as long as the target. */
  readonly maxTokens: number;
  readonly source?: string | undefined;
}

/** What an edit would do to the codebook. */
export interface EditPreview {
  readonly action: EditAction;
  readonly outcome: EditOutcome;
  readonly reach: EditReach | null;
}

/** Members of an entry that a shared value is trained on beside the new prompts: the most recent ones. */
const REMEMBERED = 16;

interface Draft {
  /** The edit's own, and its rephrasings. */
  readonly prompts: readonly Prompt[];
  /** Of the prompts, and of the first one behind lead-ins. */
  readonly lessons: readonly Lesson[];
  readonly label: readonly number[];
  /** One for each prompt of the edit. (d_in) */
  readonly keys: readonly Float32Array[];
  /** Prompts that must not fire it, and the radius with which they do not. */
  readonly negatives: readonly Query[];
  readonly radius: number;
}

/** Makes edits: reads the keys, learns the value, and has the codebook take them up. */
export class Editor {
  readonly #model: HookedModel;
  readonly #tokenizer: TextTokenizer;
  readonly #router: Router;
  readonly #folder: CodebookFolder;
  readonly #endIds: ReadonlySet<number>;
  readonly #answers = new AnswerMemory();

  constructor(
    model: HookedModel,
    tokenizer: TextTokenizer,
    router: Router,
    folder: CodebookFolder,
    endIds: ReadonlySet<number>,
  ) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#router = router;
    this.#folder = folder;
    this.#endIds = endIds;
  }

  /** The codebook as it is now, steering generation from a prompt. */
  steering(prompt: Prompt): CodebookSteering {
    const { edits } = this.#folder.stored.history;
    const policyOf = (edit: number): ReplacementPolicy => edits.get(edit)!.record.replace;
    return new CodebookSteering(this.#router, prompt, this.#folder.codebook, this.#model.replace.size, policyOf);
  }

  /** What {@link edit} would do to the codebook, without learning or changing anything. Errors as there. */
  async preview(request: EditRequest): Promise<EditPreview> {
    const draft = await this.#draft(request);
    const outcome = this.#previewDraft(request, draft);
    const edit = this.#codebookEdit(request, draft);
    const reach = this.#router.reach(edit, draft.negatives, this.#folder.codebook);
    return { action: outcome.steps[0]!.action, outcome, reach };
  }

  /**
   * Makes an edit; when this returns, it is on the disk. An edit that did not reach its target is kept and says so.
   *
   * @throws CodedError `bad-argument` for an empty prompt or target, a negative radius and the like; `context-exceeded`;
   * `cancelled`, the codebook being unchanged; and the codebook's own.
   */
  async edit(request: EditRequest, watch: LearningWatch = {}): Promise<EditResult> {
    const started = performance.now();
    this.#folder.requireWritable();
    const draft = await this.#draft(request);
    const say = (prompt: Prompt): Promise<string> => this.#sayNow(prompt, request, draft, watch.signal);
    const before = await say(request.prompt);
    const probes: { readonly prompt: Prompt; readonly before: string }[] = [];
    for (const prompt of request.probes) probes.push({ prompt, before: await say(prompt) });
    const { learned, after } = await this.#learn(request, draft, watch);
    const { rephrasings, replace, source, subject } = request;
    const negatives = request.negatives?.length ? request.negatives : undefined;
    const { radius } = draft;
    const maxTokens = shownTokens(request, draft);
    const kept = probes.map((probe) => ({ prompt: probe.prompt, answer: probe.before, maxTokens }));
    const { record, outcome } = this.#folder.append(
      {
        prompt: request.prompt,
        target: targetText(this.#model.model.network, request.target),
        label: draft.label,
        rephrasings,
        subject,
        negatives,
        radius,
        replace,
        before,
        after,
        probes: kept.length > 0 ? kept : undefined,
        source, // prettier-ignore
        training: {
          start: request.training.start,
          learningRate: learned.learningRate,
          steps: learned.steps,
          rows: learned.rows,
          firstLoss: learned.losses[0]!,
          lastLoss: learned.losses.at(-1)!,
          success: learned.success,
          leadIns: request.training.leadIns,
        },
      },
      { keys: draft.keys, value: learned.value },
    );
    const decisions = draft.keys.map((vector, at) =>
      this.#router.decide({ vector, prompt: draft.prompts[at]! }, this.#folder.codebook),
    );
    const results: ProbeResult[] = [];
    for (const { prompt, before: was } of probes) {
      const now = await this.#sayNow(prompt, request, draft); // the edit is made: too late to cancel
      results.push({ prompt, before: was, after: now, unchanged: now === was });
    }
    return {
      edit: record.edit,
      action: outcome.steps[0]!.action,
      success: learned.success && decisions.every(({ edit }) => edit === record.edit),
      before,
      after,
      steps: learned.steps,
      rows: learned.rows,
      loss: learned.losses,
      learningRate: learned.learningRate,
      radius, // prettier-ignore
      decision: decisions[0]!,
      orphans: outcome.orphans,
      displaced: outcome.displaced,
      relabelled: outcome.relabelled,
      probes: results,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** Learns the value; once more where the entry that the edit joins has become another one meanwhile, in another program. */
  async #learn(
    request: EditRequest,
    draft: Draft,
    watch: LearningWatch,
  ): Promise<{ readonly learned: LearnedValue; readonly after: string }> {
    const { entry, lessons, initial } = this.#withMembers(request, draft);
    const training = { loss: this.#router.loss, ...request.training };
    const learned = await learnValue(this.#model, lessons, request.replace, training, watch, initial);
    const steering = always(learned.value, this.#model.replace.size, request.replace);
    const after = (await this.#answer(this.#tokens(request.prompt), steering, request, draft, watch.signal)).text;
    if (watch.signal?.aborted) throw cancelled();
    this.#folder.refresh();
    const now = this.#withMembers(request, draft).entry;
    return isDeepStrictEqual(now, entry) ? { learned, after } : this.#learn(request, draft, watch);
  }

  async #draft(request: EditRequest): Promise<Draft> {
    checkRequest(request);
    const prompts = [request.prompt, ...request.rephrasings];
    const { leadIns = 0, seed } = request.training;
    const practised = [...prompts, ...behindLeadIns(request.prompt, leadIns, seed)];
    const lessons = practised.map((prompt) => this.#lesson(prompt, request.target, request.ends));
    const keys: Float32Array[] = [];
    for (const [at, prompt] of prompts.entries()) keys.push(await this.#keyOf(prompt, lessons[at]!.prompt));
    const negatives: Query[] = [];
    for (const prompt of request.negatives ?? []) negatives.push(await this.#queryOf(prompt));
    const { radius } = request;
    const draft = { prompts, lessons, label: lessons[0]!.targetIds, keys, negatives, radius };
    return { ...draft, radius: this.#router.heed(this.#codebookEdit(request, draft), negatives) };
  }

  #tokens(prompt: Prompt): Tokens {
    return promptTokens(this.#model.model.network, this.#tokenizer, prompt);
  }

  #lesson(prompt: Prompt, target: string, ends: boolean): Lesson {
    return makeLesson(this.#model.model.network, this.#tokenizer, prompt, target, { ends, endIds: this.#endIds });
  }

  /**
   * The key of a prompt. A prompt that an edit has had already gets the key it got then: the same prompt is at distance 0,
   * whatever another machine or another number of threads does to the last bit.
   */
  async #keyOf(prompt: Prompt, tokens: Tokens): Promise<Float32Array> {
    const known = this.#folder.edits.findLast(
      ({ record, state }) => state === 'live' && samePrompt(record.prompt, prompt),
    );
    const key = known && this.#folder.vectorsOf(known.record.edit)?.keys[0];
    return key ?? this.#router.query(prompt, await readPrompt(this.#model, tokens)).vector;
  }

  /**
   * What may be said of an edit beside its prompt: who it is about, and what else could be asked of that. Errors as {@link edit}.
   *
   * @param subject the router's guess where absent
   */
  async suggest(prompt: Prompt, subject = this.#router.guessSubject(prompt)): Promise<EditSuggestions> {
    const asked = subject === '' ? [] : this.#router.askAbout(subject, prompt.kind);
    if (asked.length === 0) return { subject, negatives: [] };
    const key = await this.#queryOf(prompt);
    const prompts = asked.flat();
    const queries: Query[] = [];
    for await (const prefill of runBelowPacked(
      this.#model,
      prompts.map((one) => this.#tokens(one).ids),
    ))
      // prettier-ignore
      queries.push(this.#router.query(prompts[queries.length]!, prefill));
    const byRelation = asked.map((same) => queries.splice(0, same.length));
    return { subject, negatives: this.#router.othersThan(key, subject, byRelation) };
  }

  async #queryOf(prompt: Prompt): Promise<Query> {
    return this.#router.query(prompt, await readPrompt(this.#model, this.#tokens(prompt)));
  }

  /** The edit as the codebook would take it, before its value is known. */
  #codebookEdit({ subject, negatives = [] }: EditRequest, { prompts, keys, label, radius }: Draft): CodebookEdit {
    const value = new Float32Array(this.#folder.manifest.dOut);
    return { edit: this.#folder.nextEdit, keys, value, label, radius, asked: { prompts, subject, negatives } };
  }

  #previewDraft(request: EditRequest, draft: Draft): EditOutcome {
    return this.#folder.codebook.preview(this.#codebookEdit(request, draft));
  }

  /** Where the edit joins entries that are there, their value is trained further, on the prompts they have already as well. */
  #withMembers(
    request: EditRequest,
    draft: Draft,
  ): { readonly entry?: Entry; readonly lessons: readonly Lesson[]; readonly initial?: Float32Array } {
    const joined = this.#previewDraft(request, draft).steps.filter(
      ({ action }) => action === 'expand' || action === 'reuse',
    );
    const existing = joined
      .map(({ entry }) => this.#folder.codebook.entries[entry])
      .find((entry) => entry !== undefined);
    if (!existing) return { lessons: draft.lessons };
    const records = new Map(this.#folder.edits.map(({ record }) => [record.edit, record]));
    const members = existing.members.slice(-REMEMBERED).map(({ edit, key }) => {
      const { prompt, rephrasings, target } = records.get(edit)!;
      return this.#lesson(key === 0 ? prompt : rephrasings[key - 1]!, target, request.ends);
    });
    return { entry: existing, lessons: [...draft.lessons, ...members], initial: existing.value };
  }

  /** The greedy answer to a prompt with the codebook as it is now; generated unless the same was said for the same decision. */
  async #sayNow(prompt: Prompt, request: EditRequest, draft: Draft, signal?: AbortSignal): Promise<string> {
    const steering = this.steering(prompt);
    const tokens = this.#tokens(prompt);
    const putIn = steering.putIn(await readPrompt(this.#model, tokens));
    const maxTokens = shownTokens(request, draft);
    const known = this.#answers.find(tokens, maxTokens, putIn);
    if (known !== undefined) return known;
    const { text, complete } = await this.#answer(tokens, steering, request, draft, signal);
    if (complete) this.#answers.keep(tokens, maxTokens, putIn, text);
    return text;
  }

  #answer(
    tokens: Tokens,
    steering: Steering,
    request: EditRequest,
    draft: Draft,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    return answer(this.#model, this.#tokenizer, tokens, steering, {
      maxTokens: shownTokens(request, draft),
      sampling: GREEDY,
      stop: [],
      endIds: this.#endIds,
      cache: true,
      signal, // prettier-ignore
    });
  }
}

/** Tokens of an output at most: the whole target fits, and what may follow it shows. */
const shownTokens = ({ maxTokens }: EditRequest, { label }: Draft): number => Math.max(maxTokens, label.length + 1);

function samePrompt(a: Prompt, b: Prompt): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function checkRequest({ target, radius, training }: EditRequest): void {
  if (target.trim() === '')
    throw new CodedError('bad-argument', 'The target is empty.', 'Write what the model should say.');
  if (!(radius >= 0 && Number.isFinite(radius)))
    throw new CodedError('bad-argument', `The radius is ${radius}, and must be 0 or more.`);
  if (!Number.isSafeInteger(training.steps) || training.steps < 1)
    throw new CodedError('bad-argument', 'The number of steps must be a whole number, 1 or more.');
  const { learningRate } = training;
  if (learningRate !== 'auto' && !(learningRate > 0 && Number.isFinite(learningRate)))
    throw new CodedError('bad-argument', 'The learning rate must be more than 0.');
}
