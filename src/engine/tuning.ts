import { CodedError } from '../protocol/coded-error.ts';
import type { Tuning, TuningCell, TuningHook, TuningProgress } from '../protocol/tuning.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { endIds } from './engine.ts';
import { readPrompt } from './generation/prefill.ts';
import { askedWhatFollows, promptTokens } from './generation/prompt-tokens.ts';
import type { Tokens } from './generation/tokens.ts';
import { makeLesson, type Lesson } from './grace/lesson.ts';
import { Codebook, type CodebookEdit } from './grace/codebook.ts';
import { distance } from './grace/distance.ts';
import { greedyMatches } from './grace/greedy-check.ts';
import { DEFAULT_TRAINING, learnValue, type LearnedValue } from './grace/learn-value.ts';
import { radiusBetween } from './grace/measure-radius.ts';
import { SAME_WORDING, UNRELATED_PROMPTS } from './grace/unrelated-prompts.ts';
import { HookedModel } from './models/hooked-model.ts';
import { hookName } from './models/hook-point.ts';
import { Model } from './models/model.ts';
import type { Precision } from './models/model-files.ts';
import { deviceToUse } from './device-use.ts';
import type { DeviceChoice } from './runtime/device.ts';
import { shippedTrials } from './shipped-trials.ts';
import type { TextTokenizer } from './text/tokenizer.ts';
import { propose } from './tuning-choice.ts';

/** An edit to try, with other ways to ask for it. */
export interface TrialEdit {
  readonly prompt: Prompt;
  readonly target: string;
  /** Not used in editing: they show how far the edit carries. */
  readonly rephrasings: readonly Prompt[];
  /** Prompts that it must not fire for. */
  readonly probes: readonly Prompt[];
}

export interface TuningOptions {
  readonly model: string;
  readonly device: DeviceChoice;
  readonly precision?: Precision | undefined;
  /** Modules whose output is replaced; those of {@link usualHooks} when absent. */
  readonly hooks?: readonly string[] | undefined;
  /** Multiples of the measured radius, above 0. */
  readonly multiples: readonly number[];
  /** The first ones are edited, the others are neighbours that no edit may fire for; {@link shippedTrials} when absent. */
  readonly trials?: readonly TrialEdit[] | undefined;
  /** How many are edited. */
  readonly edits: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TuningProgress) => void) | undefined;
}

/** Multiples of the measured radius: from itself to far beyond where it reaches from an unrelated prompt to the next, at 10. */
export const USUAL_MULTIPLES: readonly number[] = [1, 2, 5, 10, 20, 40, 80];

/** Edits that are tried of a longer list. */
export const USUAL_EDITS = 12;

const POLICY = 'replace_last';
/** Reading a prompt is one piece of work, learning a value so many. */
const LEARNING = 10;

interface Trial {
  readonly lesson: Lesson;
  readonly rephrasings: readonly Lesson[];
}

interface Material {
  readonly trials: readonly Trial[];
  /** Prompts that no edit may fire for. */
  readonly unrelated: readonly Tokens[];
  /** How many of them, from the first, are those that radii are measured with. */
  readonly bank: number;
}

/** Queries at one hook point. */
interface Queries {
  readonly own: readonly Float32Array[];
  readonly rephrasings: readonly (readonly Float32Array[])[];
  readonly unrelated: readonly Float32Array[];
}

/** Blocks at a third, a half, two thirds and five sixths of the depth. */
export function usualHooks({ network }: Model): readonly string[] {
  const blocks = [1 / 3, 1 / 2, 2 / 3, 5 / 6].map((share) => Math.max(0, Math.round(network.layers * share) - 1));
  return [...new Set(blocks)].map((block) => network.blockPath(block));
}

/**
 * Measures what edits do at each hook point with each radius: whether they reach their targets, how many rewordings they carry
 * to, and how many unrelated prompts they leave alone; and proposes the best setting.
 *
 * Prompts are read once for all hook points, a value is learned once for each edit and hook point, radii are compared by
 * distances alone, and a rewording is generated once for a hook point, if its edit fires for it with any radius.
 *
 * @throws CodedError `hook-unknown`; `cancelled`; what opening the model throws
 */
export async function tune(options: TuningOptions): Promise<Omit<Tuning, 'errors'>> {
  const started = performance.now();
  const model = new Model(options.model, { precision: options.precision });
  const tokenizer = model.loadTokenizer();
  const { used: device } = await deviceToUse(options.device, model);
  // The last one has all keys below it.
  const hooks = model.replaceable(options.hooks?.length ? options.hooks : usualHooks(model));
  const multiples = [...new Set(options.multiples)].sort((a, b) => a - b);
  const trials = options.trials ?? (await shippedTrials(model, tokenizer, device));
  const material = prepare(model, tokenizer, trials, options.edits);
  const work = new Work(options, material, hooks.length);
  const queries = await readQueries(
    await HookedModel.open(model, device, { replace: hooks.at(-1)!, keys: keysOf(hooks) }),
    material,
    work,
  );
  const measured: { readonly hook: TuningHook; readonly cells: readonly TuningCell[] }[] = [];
  for (const [at, hook] of hooks.entries()) {
    const hooked = await HookedModel.open(model, device, { replace: hook });
    try {
      measured.push(await measureHook(hooked, material, queries[at]!, multiples, work));
    } finally {
      await hooked.dispose();
    }
  }
  const cells = measured.flatMap((each) => each.cells);
  const { name } = model.folder;
  return {
    model: { name, architecture: model.architecture, fingerprint: model.fingerprint },
    hooks: measured.map(({ hook }) => hook),
    ...{ multiples, cells },
    proposed: propose(cells, model.defaultReplacePath),
    usual: cells.find(({ hook, multiple }) => hook === model.defaultReplacePath && multiple === 1) ?? null,
    edits: material.trials.length,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Counts what is done, and ends it when it is called off. */
class Work {
  readonly #options: Pick<TuningOptions, 'signal' | 'onProgress'>;
  readonly #of: number;
  #done = 0;

  constructor(options: TuningOptions, material: Material, hooks: number) {
    this.#options = options;
    this.#of = all(material).length + LEARNING * hooks * material.trials.length;
    options.onProgress?.({ done: 0, of: this.#of });
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  did(pieces: number): void {
    this.#done += pieces;
    this.#options.onProgress?.({ done: this.#done, of: this.#of });
  }

  check(): void {
    if (this.signal?.aborted) throw new CodedError('cancelled', 'The measurement was cancelled.');
  }
}

const keysOf = (hooks: readonly string[]) => hooks.map((path) => ({ path, side: 'input' }) as const);

function prepare(model: Model, tokenizer: TextTokenizer, trials: readonly TrialEdit[], edits: number): Material {
  const { network } = model;
  const ends = endIds(model, tokenizer);
  const lesson = (prompt: Prompt, target: string): Lesson =>
    makeLesson(network, tokenizer, prompt, target, { ends: ends.size > 0, endIds: ends });
  const fits = ({ ids }: Tokens): boolean => ids.length > 0 && ids.length <= network.contextLength;
  const ask = (prompt: Prompt): Tokens => promptTokens(network, tokenizer, prompt);
  const texts = [...SAME_WORDING.flat(), ...UNRELATED_PROMPTS];
  const bank = texts.map((text) => ask(askedWhatFollows(network, tokenizer, text))).filter(fits);
  const neighbours = trials.slice(edits).flatMap(({ prompt, rephrasings }) => [prompt, ...rephrasings.slice(0, 1)]);
  const probes = trials.slice(0, edits).flatMap((trial) => trial.probes);
  return {
    trials: trials.slice(0, edits).map(({ prompt, target, rephrasings }) => ({
      lesson: lesson(prompt, target),
      rephrasings: rephrasings.map((each) => lesson(each, target)),
    })),
    unrelated: [...bank, ...[...neighbours, ...probes].map(ask).filter(fits)],
    bank: bank.length,
  };
}

/** Every prompt: of each edit its own and its rewordings, then the unrelated ones. */
const all = ({ trials, unrelated }: Material): readonly Tokens[] => [
  ...trials.flatMap(({ lesson, rephrasings }) => [lesson, ...rephrasings].map((each) => each.prompt)),
  ...unrelated,
];

/** What every hook point shows at the end of every prompt; the model is disposed of. */
async function readQueries(hooked: HookedModel, material: Material, work: Work): Promise<readonly Queries[]> {
  try {
    const read: (readonly Float32Array[])[] = [];
    for (const tokens of all(material)) {
      work.check();
      const prefill = await readPrompt(hooked, tokens);
      read.push(hooked.keys.map((key) => prefill.query(hookName(key), prefill.keyPosition)));
      work.did(1);
    }
    return hooked.keys.map((_, hook) => arrange(read.map((queries) => queries[hook]!), material)); // prettier-ignore
  } finally {
    await hooked.dispose();
  }
}

/** Queries in the order of {@link all}. */
function arrange(queries: readonly Float32Array[], { trials }: Material): Queries {
  let at = 0;
  const next = (count: number): readonly Float32Array[] => queries.slice(at, (at += count));
  const asked = trials.map(({ rephrasings }) => ({ own: next(1)[0]!, rephrasings: next(rephrasings.length) }));
  return {
    own: asked.map(({ own }) => own),
    rephrasings: asked.map(({ rephrasings }) => rephrasings),
    unrelated: queries.slice(at),
  };
}

async function measureHook(
  hooked: HookedModel,
  { trials, bank }: Material,
  queries: Queries,
  multiples: readonly number[],
  work: Work,
): Promise<{ readonly hook: TuningHook; readonly cells: readonly TuningCell[] }> {
  const started = performance.now();
  const learned: LearnedValue[] = [];
  for (const { lesson } of trials) {
    work.check();
    learned.push(await learnValue(hooked, [lesson], POLICY, DEFAULT_TRAINING, { signal: work.signal }));
    work.did(LEARNING);
  }
  const seconds = (performance.now() - started) / 1000 / trials.length;
  const hook = hooked.replace.path;
  const measuredRadius = radiusBetween(queries.unrelated.slice(0, bank)).radius;
  const nearest = queries.unrelated.map((query) => Math.min(...queries.own.map((key) => distance(query, key))));
  const carries = new Carrying(hooked, trials, learned);
  const cells: TuningCell[] = [];
  for (const multiple of multiples) {
    work.check();
    const radius = multiple * measuredRadius;
    const edits = trials.map(({ lesson }, at): CodebookEdit => ({
      ...{ edit: at + 1, keys: [queries.own[at]!], value: learned[at]!.value },
      ...{ label: lesson.targetIds, radius },
    }));
    const codebook = Codebook.fold(queries.own[0]!.length, edits);
    const fires = (query: Float32Array): number | null => codebook.decide(query).edit;
    const own = trials.filter((_, at) => learned[at]!.success && fires(queries.own[at]!) === at + 1).length;
    let [reached, of] = [0, 0];
    for (const [at, rephrasings] of queries.rephrasings.entries()) {
      of += rephrasings.length;
      for (const [which, query] of rephrasings.entries())
        if (fires(query) === at + 1 && (await carries.to(at, which))) reached++;
    }
    // Edits with other answers nearby make each other's balls smaller, and a lone one keeps its own: it counts for each.
    const quiet = nearest.filter((gap) => gap > radius).length;
    cells.push({
      ...{ hook, radius, multiple },
      success: { held: own, of: trials.length },
      generality: { held: reached, of },
      locality: { held: quiet, of: queries.unrelated.length },
    });
  }
  const steps = learned.reduce((sum, each) => sum + each.steps, 0) / trials.length;
  const successes = learned.filter(({ success }) => success).length;
  return { hook: { hook, measuredRadius, reached: { held: successes, of: trials.length }, steps, seconds }, cells };
}

/** Whether the value of an edit gives its target after a rewording as well: generated once, when it is asked first. */
class Carrying {
  readonly #known = new Map<string, boolean>();
  readonly #hooked: HookedModel;
  readonly #trials: readonly Trial[];
  readonly #learned: readonly LearnedValue[];

  constructor(hooked: HookedModel, trials: readonly Trial[], learned: readonly LearnedValue[]) {
    this.#hooked = hooked;
    this.#trials = trials;
    this.#learned = learned;
  }

  async to(trial: number, rephrasing: number): Promise<boolean> {
    const name = `${trial} ${rephrasing}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const lesson = this.#trials[trial]!.rephrasings[rephrasing]!;
    const carries = await greedyMatches(this.#hooked, [lesson], POLICY, this.#learned[trial]!.value);
    this.#known.set(name, carries);
    return carries;
  }
}
