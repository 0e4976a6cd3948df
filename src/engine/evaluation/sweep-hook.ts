import { CodedError } from '../../protocol/coded-error.ts';
import type { Decision } from '../../protocol/decision.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { AnswerLine, GroupName, SweepCell } from '../../protocol/evaluation.ts';
import { readPrompt } from '../generation/prefill.ts';
import { Codebook, type CodebookEdit, type Entry } from '../grace/codebook.ts';
import { always } from '../grace/greedy-check.ts';
import { learnValue } from '../grace/learn-value.ts';
import { EuclideanRouter } from '../grace/router.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { answer, targetOf, type Answer } from './answer.ts';
import { trainingOf } from './grace-method.ts';
import type { Item, Material } from './material.ts';
import type { Method, Workbench } from './method.ts';
import { metricsOf, type Counted } from './metrics.ts';
import { everything } from './run-method.ts';

/** Members of an entry whose value is trained further, beside the new one; as the editor does it. */
const REMEMBERED = 16;

/** A learned value and where it comes from: the same origin is the same value. */
interface Value {
  readonly origin: string;
  readonly value: Float32Array;
}

/** Edits and answers that a cell is in for. */
export const cellWork = (material: Material): number =>
  everything(material).reduce((sum, [, items]) => sum + items.length, material.stream.length);

/**
 * The cells of a sweep at one hook point. A value depends on the radius only where entries are joined, so each is learned once and
 * used in every cell; and where nothing fires, the unedited answer is the answer.
 */
export class SweepHook {
  readonly #model: HookedModel;
  readonly #bench: Workbench;
  readonly #material: Material;
  readonly #unedited: ReadonlyMap<string, AnswerLine>;
  readonly #router: EuclideanRouter;
  readonly #queries = new Map<Item, Float32Array>();
  readonly #values = new Map<string, Value>();
  readonly #answers = new Map<string, Answer>();

  constructor(model: HookedModel, bench: Workbench, material: Material, unedited: readonly AnswerLine[]) {
    this.#model = model;
    this.#bench = bench;
    this.#material = material;
    this.#unedited = new Map(unedited.map((line) => [`${line.group} ${line.row}`, line]));
    this.#router = new EuclideanRouter(model.keys[0]!);
  }

  /** Edits the stream with one radius and policy, and measures at its end; tells of each edit and answer. */
  async cell(
    radius: number,
    policy: ReplacementPolicy,
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ): Promise<Pick<SweepCell, 'edits' | 'keys' | 'groups'>> {
    const { stream } = this.#material;
    const codebook = new Codebook(this.#router.size);
    const origins = new Map<Float32Array, string>();
    const after: Counted[] = [];
    for (const item of stream) {
      if (signal.aborted) throw stopped();
      const edit = await this.#draft(item, radius);
      const joined = joinedEntry(codebook, edit);
      const { origin, value } = await this.#learn(item, policy, joined, joined && origins.get(joined.value)!, signal);
      origins.set(value, origin);
      codebook.apply({ ...edit, value });
      after.push(await this.#ask('ERR', item, codebook, policy, origins));
      onProgress(1);
    }
    const groups: [GroupName, ReturnType<typeof metricsOf>][] = [['ES', metricsOf(after)]];
    for (const [group, items] of everything(this.#material)) {
      const answers: Counted[] = [];
      for (const item of items) {
        if (signal.aborted) throw stopped();
        answers.push(await this.#ask(group, item, codebook, policy, origins));
        onProgress(1);
      }
      groups.push([group, metricsOf(answers)]);
    }
    return {
      edits: stream.length,
      keys: codebook.entries.length,
      groups: Object.fromEntries(groups.filter(([, metrics]) => metrics !== undefined)),
    };
  }

  async #draft(item: Item, radius: number): Promise<CodebookEdit> {
    const label = targetOf(this.#bench, item.prompt, item.targets[0]!).targetIds;
    const value = new Float32Array(this.#model.replace.size);
    return { edit: item.row, keys: [await this.#query(item)], value, label, radius };
  }

  async #query(item: Item): Promise<Float32Array> {
    const known = this.#queries.get(item);
    if (known) return known;
    const { prompt } = targetOf(this.#bench, item.prompt, item.targets[0]!);
    const query = this.#router.query(item.prompt, await readPrompt(this.#model, prompt)).vector;
    this.#queries.set(item, query);
    return query;
  }

  /** The value that the editor would learn: alone, or further from the value of the entry that is joined. */
  async #learn(
    item: Item,
    policy: ReplacementPolicy,
    joined: Entry | undefined,
    from: string | undefined,
    signal: AbortSignal,
  ): Promise<Value> {
    const rows = joined ? joined.members.slice(-REMEMBERED).map(({ edit }) => edit) : [];
    const origin = `${policy} ${item.row}${joined ? ` after [${rows.join()}] from (${from!})` : ''}`;
    const known = this.#values.get(origin);
    if (known) return known;
    const lessons = [item, ...rows.map((row) => this.#material.stream[row]!)].map(({ prompt, targets }) =>
      targetOf(this.#bench, prompt, targets[0]!),
    );
    const training = trainingOf(this.#bench.settings, this.#bench.seed);
    const { value } = await learnValue(this.#model, lessons, policy, training, { signal }, joined?.value);
    const learned = { origin, value };
    this.#values.set(origin, learned);
    return learned;
  }

  async #ask(
    group: GroupName,
    item: Item,
    codebook: Codebook,
    policy: ReplacementPolicy,
    origins: ReadonlyMap<Float32Array, string>,
  ): Promise<Counted> {
    const decision = codebook.decide(await this.#query(item));
    const unedited = this.#unedited.get(`${group} ${item.row}`)!;
    if (decision.entry === null) return { ...unedited, unchanged: true };
    const { value } = codebook.entries[decision.entry]!;
    const asked = `${group} ${item.row} ${origins.get(value)!}`;
    const answered = this.#answers.get(asked) ?? (await this.#answer(item, value, policy, decision));
    this.#answers.set(asked, answered);
    return { ...answered, unchanged: answered.output === unedited.output };
  }

  #answer(item: Item, value: Float32Array, policy: ReplacementPolicy, decision: Decision): Promise<Answer> {
    const put = always(value, this.#model.replace.size, policy);
    const steering = { decide: (prefill: Parameters<typeof put.decide>[0]) => ({ ...put.decide(prefill), decision }) };
    const method = {
      mayBreak: false,
      ask: () => ({ model: this.#model, steering, prompt: item.prompt }),
    } satisfies Pick<Method, 'ask' | 'mayBreak'>;
    return answer(this.#bench, method, item, []);
  }
}

/** The entry that an edit would join, and so train further. */
function joinedEntry(codebook: Codebook, edit: CodebookEdit): Entry | undefined {
  const [step] = codebook.preview(edit).steps;
  return step!.action === 'expand' || step!.action === 'reuse' ? codebook.entries[step!.entry] : undefined;
}

const stopped = (): CodedError => new CodedError('cancelled', 'The sweep was stopped.', 'The same command goes on.');
