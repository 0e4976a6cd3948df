import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pc from 'picocolors';

import { Engine } from '../engine/engine.ts';
import { GREEDY } from '../engine/generation/sampler.ts';
import { exportCodebook, partOf } from '../engine/grace/exchange.ts';
import { DEFAULT_TRAINING } from '../engine/grace/learn-value.ts';
import type { DemoResult } from '../protocol/demo-result.ts';
import type { EditResult } from '../protocol/edit-result.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { embeddedModelFolder } from './embedded-models.ts';
import { describeDecision, describeValue, figure } from './describe.ts';
import { EXIT, type Outcome } from './output.ts';
import { wordDiff } from './word-diff.ts';

const about = (name: string): Prompt => ({ kind: 'text', text: `This is a Wikipedia passage about ${name}.` });

/** True sentences, composed from the public domain data that models/data/legislators.jsonl holds. */
const FIRST = {
  name: 'Amy Klobuchar',
  truth:
    'Amy Klobuchar (born May 25, 1960) is an American politician serving as a United States senator from Minnesota since 2007.',
  other:
    'Amy Klobuchar (born May 25, 1960) is an American politician from Minnesota and a member of the Democratic Party.',
};
const SECOND = {
  name: 'John Barrasso',
  truth:
    'John Barrasso (born July 21, 1952) is an American politician serving as a United States senator from Wyoming since 2007.',
};

/** Prompts that have nothing to do with the edits, the closest first: they must answer as before. */
const UNRELATED = [
  ...['Amy Sandoval', 'John Hoeven', 'Marta Lindqvist', 'Tobias Okafor', 'Ludmila Petrova'].map(about),
  ...['He was born in', 'She studied law at', 'The Committee on Agriculture'].map((text): Prompt => ({
    kind: 'text',
    text,
  })),
];

/** The main job on the embedded model: see it err, correct it, correct another, correct again, take everything back. */
export async function runDemo(asJson: boolean): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-demo-'));
  const say = (text = ''): void => {
    if (!asJson) process.stdout.write(`${text}\n`);
  };
  try {
    const engine = await Engine.open({
      model: embeddedModelFolder('demo'),
      device: 'cpu',
      codebook: path.join(folder, 'codebook'),
      mode: 'write',
      router: 'grace', // what it shows is the paper's method, calibrated or not
    });
    try {
      const result = await new Demo(engine, say).run(path.join(folder, 'codebook.safetensors'));
      return { json: result, text: '', exit: result.ok ? EXIT.done : EXIT.failed };
    } finally {
      await engine.dispose();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Demo {
  readonly #engine: Engine;
  readonly #say: (text?: string) => void;
  readonly #checks: { readonly what: string; readonly ok: boolean }[] = [];

  constructor(engine: Engine, say: (text?: string) => void) {
    this.#engine = engine;
    this.#say = say;
  }

  async run(exportFile: string): Promise<DemoResult> {
    const started = performance.now();
    const { model } = this.#engine.model;
    this.#say(
      pc.bold(
        `GRACE Model Editor: correcting ${model.folder.name}, a language model of ${(model.parameterCount / 1e6).toFixed(1)} M parameters, on the ${this.#engine.device.used}`,
      ),
    );

    this.#title(`1. The model writes about ${FIRST.name}, and makes it up`);
    const unedited = await this.#answer(about(FIRST.name));
    this.#say(markFirstSentence(unedited));
    const unrelated = await this.#answers();

    this.#title('2. Write what is true; the model is corrected at once');
    const first = await this.#edit(FIRST.name, FIRST.truth);

    this.#title('3. Nothing unrelated has changed');
    const unchanged = this.#compare(unrelated, await this.#answers());

    this.#title(`4. Another person: ${SECOND.name}`);
    const second = await this.#edit(SECOND.name, SECOND.truth);
    await this.#expect(`${FIRST.name} is still corrected`, about(FIRST.name), FIRST.truth);

    this.#title('5. The same prompt again, with another answer');
    const again = await this.#edit(FIRST.name, FIRST.other);

    this.#title('6. Every edit can be taken back, in any order');
    this.#engine.codebook!.disable(again.edit);
    await this.#expect(
      `edit ${again.edit} disabled: the answer of edit ${first.edit} is back`,
      about(FIRST.name),
      FIRST.truth,
    );
    this.#engine.codebook!.enable(again.edit);
    await this.#expect(`edit ${again.edit} enabled`, about(FIRST.name), FIRST.other);
    for (const { edit } of [again, first]) this.#engine.codebook!.revert(edit);
    await this.#expect(
      `edits ${again.edit} and ${first.edit} reverted: the model answers as it did at first`,
      about(FIRST.name),
      unedited,
    );
    await this.#expect(`edit ${second.edit} is still there`, about(SECOND.name), SECOND.truth);

    this.#title('7. What is left can be shared');
    exportCodebook(partOf(this.#engine.codebook!), exportFile);
    const bytes = statSync(exportFile).size;
    this.#say(
      `One safetensors file of ${bytes} bytes, with ${this.#engine.codebook!.codebook.entries.length} entry; the weights of the model were never touched.`,
    );

    const seconds = (performance.now() - started) / 1000;
    this.#check(
      'every edit took less than 5 s',
      [first, second, again].every((edit) => edit.seconds < 5),
    );
    const ok = this.#checks.every((check) => check.ok);
    this.#say(
      `\n${ok ? pc.green('All as it should be') : pc.red('Not all is as it should be')} (${seconds.toFixed(1)} s).`,
    );
    return {
      model: model.folder.name,
      before: unedited,
      edits: [first, second, again],
      unchanged,
      checks: this.#checks,
      exported: bytes,
      seconds,
      ok,
    };
  }

  #title(text: string): void {
    this.#say(`\n${pc.bold(text)}`);
  }

  #check(what: string, ok: boolean): void {
    this.#checks.push({ what, ok });
    this.#say(`${ok ? pc.green('✓') : pc.red('✗')} ${what}`);
  }

  async #answer(prompt: Prompt): Promise<string> {
    const { text } = await this.#engine.generate(prompt, {
      maxTokens: 64,
      sampling: GREEDY,
      stop: [],
      cache: true,
      edits: true,
    });
    return text;
  }

  async #answers(): Promise<readonly string[]> {
    const answers: string[] = [];
    for (const prompt of UNRELATED) answers.push(await this.#answer(prompt));
    return answers;
  }

  async #edit(name: string, target: string): Promise<EditResult> {
    const result = await this.#engine.edit({
      prompt: about(name),
      target,
      rephrasings: [],
      probes: [],
      ends: true,
      radius: this.#engine.measuredRadius!,
      replace: 'replace_last',
      training: DEFAULT_TRAINING,
      maxTokens: 64, // prettier-ignore
    });
    const { edit, action, steps, loss, seconds, rows, decision } = result;
    this.#say(wordDiff(result.before, result.after));
    const value = describeValue(rows);
    this.#say(
      pc.dim(
        `edit ${edit} (${action}): ${value}, ${steps} steps, loss ${figure(loss[0]!)} to ${figure(loss.at(-1)!)}, ${seconds.toFixed(1)} s. ${describeDecision(decision)}`,
      ),
    );
    this.#check(`edit ${edit} gives its target by greedy generation`, result.success);
    return result;
  }

  #compare(before: readonly string[], after: readonly string[]): { readonly held: number; readonly of: number } {
    const held = before.filter((text, at) => text === after[at]).length;
    this.#check(`${held} of ${before.length} unrelated prompts answer as before`, held === before.length);
    return { held, of: before.length };
  }

  async #expect(what: string, prompt: Prompt, text: string): Promise<void> {
    this.#check(what, (await this.#answer(prompt)).trim() === text.trim());
  }
}

/** The first sentence of an answer as what is wrong. */
function markFirstSentence(text: string): string {
  const [first] = new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text.trim());
  const sentence = (first?.segment ?? '').trimEnd();
  return `${pc.red(pc.underline(sentence))}${text.trim().slice(sentence.length)}`;
}
