import { CodedError } from '../../protocol/coded-error.ts';
import { dependentsOf, gradient } from '../graph/gradient.ts';
import type { Graph } from '../graph/graph.ts';
import { mul, sub, where } from '../graph/operators/elementwise.ts';
import { oneHot } from '../graph/operators/indexing.ts';
import { crossEntropy } from '../graph/operators/loss.ts';
import { reshape } from '../graph/operators/movement.ts';
import { reduceMax, reduceSum } from '../graph/operators/reduction.ts';
import { asInput, extract, frontier, type Subgraph } from '../graph/subgraph.ts';
import type { Value } from '../graph/value.ts';
import type { CacheSlot } from '../runtime/key-value-cache.ts';
import type { Network } from './family.ts';
import { Forward, type FindWeight } from './forward.ts';
import { hookName, type HookPoint } from './hook-point.ts';

/** A key-value buffer and the output that brings its new rows. */
export interface CacheOutput extends CacheSlot {
  readonly output: string;
}

/** A graph and what its outputs are called. */
export interface LowerPart {
  readonly graph: Graph;
  /** Values that the upper part takes; the edited module's output first, unless its weight is trained. */
  readonly handedUp: readonly string[];
  /** Output name of each key hook point. */
  readonly keys: ReadonlyMap<string, string>;
  readonly cache: readonly CacheOutput[];
}

/** A graph that ends with logits. */
export interface UpperPart {
  readonly graph: Graph;
  readonly logits: string;
  readonly cache: readonly CacheOutput[];
}

/** A graph that makes of an encoder's text what its decoder looks up. */
export interface MemoryPart {
  readonly graph: Graph;
  /** Name of the decoder's input for each output. */
  readonly memory: ReadonlyMap<string, string>;
}

export interface EditPart {
  readonly graph: Graph;
  /** Mean cross entropy of the wanted rows; a scalar. */
  readonly loss: string;
  /** d loss / d value, (T, d_out), or d loss / d weight; null where what is trained cannot reach the loss. */
  readonly gradient: string | null;
  /** Logit of the label minus the largest other logit, for each wanted row. (R) */
  readonly margins: string;
}

/** What is trained: what is put in place of a module's output (GRACE), or a linear module's own weight (fine-tuning). */
export type Trained = 'value' | 'weight';

/** The numbers that a trained weight begins with. */
export interface WeightPart {
  readonly graph: Graph;
  readonly weight: string;
}

/**
 * A forward pass cut at one module's output. The part below runs once for each prompt; the part above is where a value is put in:
 * `where(replaced, value, h)`, with `replaced` (T, 1) and `value` (T, d_out) as inputs, or (S, ...) for a module of an encoder.
 *
 * An encoder with a decoder has a second seam: its memory, the keys and values of cross-attention, which is made once for each
 * text. A cut in the encoder lies before it, one in the decoder behind it.
 *
 * Where a weight is trained, the cut goes through the weight instead: all that depends on it is above, and `weight` is an input
 * there, of the shape that it has in the checkpoint.
 */
export class SplitNetwork {
  readonly #forward: Forward;
  readonly #logits: Value;
  readonly #cut: Value;
  readonly #above: ReadonlySet<Value>;
  readonly #handedUp: readonly Value[];
  readonly #memory: readonly Value[];
  readonly replace: HookPoint;
  readonly #trained: Trained;

  constructor(network: Network, find: FindWeight, replacePath: string, trained: Trained = 'value') {
    this.#forward = new Forward(find);
    this.#logits = network.forward(this.#forward);
    const { point, value } = findHook(this.#forward, { path: replacePath, side: 'output' });
    this.replace = point;
    this.#trained = trained;
    this.#cut = trained === 'value' ? value : weightOf(value, point);
    this.#above = this.#aboveOf(this.#cut);
    this.#memory = this.#forward.memory.flatMap(({ key, value: values }) => [key, values]);
    const handedUp = this.#crossing().filter((handed) => handed !== this.#cut);
    this.#handedUp = trained === 'value' ? [this.#cut, ...handedUp] : handedUp;
  }

  /** The hook point, if it can be read before the replacement happens; `hook-unknown` otherwise. */
  keyPoint(name: Pick<HookPoint, 'path' | 'side'>): HookPoint {
    const { point, value } = findHook(this.#forward, name);
    if (point.stack === this.replace.stack && (value === this.#cut || !this.#above.has(value))) return point;
    throw new CodedError(
      'hook-unknown',
      point.stack === this.replace.stack
        ? `The ${name.side} of ${name.path} depends on the output of ${this.replace.path}, so no key can be read there.`
        : `${name.path} is in the ${point.stack} and ${this.replace.path} in the ${this.replace.stack}, so no key can be read there.`,
      `Read keys below the module whose output is replaced, in the ${this.replace.stack}.`,
      { key: hookName(name), replace: this.replace.path },
    );
  }

  lower(keys: readonly HookPoint[]): LowerPart {
    const hooks = keys.map((key) => [hookName(key), findHook(this.#forward, key).value] as const);
    const ofDecoder = this.replace.stack === 'decoder';
    const cache = ofDecoder ? this.#cachedRows().filter(({ row }) => !this.#above.has(row)) : [];
    const handedUp = this.#handedUp;
    const wanted = [...handedUp, ...hooks.map(([, value]) => value), ...cache.map(({ row }) => row)];
    const part = extract(wanted, this.#behindMemory());
    return {
      graph: part.graph,
      // The upper part knows these values by the names they have in the whole graph; a copy may be called otherwise.
      handedUp: handedUp.map((value) => outputName(part, value)),
      keys: new Map(hooks.map(([key, value]) => [key, outputName(part, value)])),
      cache: cache.map((rows) => cacheOutput(part, rows)),
    };
  }

  /** Names of the upper part's inputs for what `LowerPart.handedUp` lists, in the same order. */
  get handedUpInputs(): readonly string[] {
    return this.#handedUp.map(({ name }) => name);
  }

  /** From the cut to the logits. */
  upper(): UpperPart {
    return this.#logitsPart(
      this.#cachedRows().filter(({ row }) => this.#above.has(row)),
      this.#given(),
    );
  }

  /** From a cut in the encoder to the part of its memory that depends on the cut; the rest is handed up. */
  upperEncoder(): MemoryPart {
    return this.#memoryPart(
      this.#memory.filter((value) => this.#above.has(value)),
      this.#given(),
    );
  }

  /** The whole encoder, for a cut in the decoder. */
  encoder(): MemoryPart {
    return this.#memoryPart(this.#memory, new Map());
  }

  /** The whole decoder, for a cut in the encoder. */
  decoder(): UpperPart {
    return this.#logitsPart(this.#cachedRows(), inputs(this.#memory));
  }

  /** The upper part with the loss of a target and its gradient for the value. */
  edit(): EditPart {
    let value: Value | undefined;
    const part = extract(
      [this.#logits],
      this.#given((input) => (value = input)),
    );
    const { graph } = part;
    const logits = part.of(this.#logits); // (R, vocabulary)
    const labels = graph.input('labels', 'int64', [logits.shape[0]!]);
    const loss = graph.output(crossEntropy(logits, labels));
    const [gradientOfValue] = gradient(loss, [value!]);
    const isLabel = oneHot(labels, logits.shape[1] as number); // (R, vocabulary)
    const ofLabel = reduceSum(mul(logits, isLabel), [1], false);
    const others = reduceMax(sub(logits, mul(isLabel, graph.floats(1e9))), [1], false);
    return {
      graph,
      loss: loss.name,
      gradient: gradientOfValue ? graph.output(gradientOfValue).name : null,
      margins: graph.output(sub(ofLabel, others)).name,
    };
  }

  /** The trained weight as the checkpoint has it. */
  weight(): WeightPart {
    const part = extract([this.#cut], new Map());
    // The runtime takes no graph that only hands out what is in a file.
    const weight = reshape(part.of(this.#cut), this.#cut.shape as readonly number[]);
    return { graph: part.graph, weight: part.graph.output(weight).name };
  }

  #logitsPart(cache: readonly CachedRows[], given: Given): UpperPart {
    const part = extract([this.#logits, ...cache.map(({ row }) => row)], given);
    return {
      graph: part.graph,
      logits: outputName(part, this.#logits),
      cache: cache.map((rows) => cacheOutput(part, rows)),
    };
  }

  #memoryPart(memory: readonly Value[], given: Given): MemoryPart {
    const part = extract(memory, given);
    return { graph: part.graph, memory: new Map(memory.map((value) => [value.name, outputName(part, value)])) };
  }

  /** What the upper part is given instead of computing it: the frontier, and the edited module's output with the value put in. */
  #given(seen: (value: Value) => void = () => undefined): Given {
    const given = new Map([...this.#behindMemory(), ...inputs(this.#handedUp)]);
    given.set(this.#cut, (graph) => {
      if (this.#trained === 'weight') {
        const weight = graph.input('weight', 'float32', this.#cut.shape);
        seen(weight);
        return weight;
      }
      const value = graph.input('value', 'float32', [this.#cut.shape[0]!, this.replace.size]);
      seen(value);
      return where(graph.input('replaced', 'bool', [this.#cut.shape[0]!, 1]), value, asInput(this.#cut)(graph));
    });
    return given;
  }

  /** A cut in a decoder lies behind its encoder's memory, which is then given. */
  #behindMemory(): Given {
    return inputs(this.replace.stack === 'decoder' ? this.#memory : []);
  }

  /**
   * Besides the cut, what the part below hands up. For a cut in the encoder that is of the encoder alone: whatever of the decoder the
   * cut does not change is computed with the rest of the decoder.
   */
  #crossing(): readonly Value[] {
    const { graph, ids, sourceIds } = this.#forward;
    if (this.replace.stack === 'decoder') return frontier(this.#above, ids);
    const ofDecoder = dependentsOf(this.#memory.length > 0 ? [ids] : [], graph.nodes);
    const ofEncoder = frontier(this.#above, sourceIds).filter((value) => !ofDecoder.has(value));
    return [...new Set([...ofEncoder, ...this.#memory.filter((value) => !this.#above.has(value))])];
  }

  /**
   * All that the cut changes: what is computed from it, and what is computed from cached rows that are. (A value projection is
   * below its own attention weights, but the rows it leaves in the cache are above.)
   */
  #aboveOf(cut: Value): ReadonlySet<Value> {
    const { nodes, inputs: given } = this.#forward.graph;
    const rows = this.#cachedRows();
    for (let sources = [cut]; ;) {
      const above = dependentsOf(sources, nodes);
      const cached = new Set(rows.filter(({ row }) => above.has(row)).map(({ name }) => name));
      const more = given.filter((input) => cached.has(input.name) && !above.has(input));
      if (more.length === 0) return above;
      sources = [...sources, ...more];
    }
  }

  #cachedRows(): readonly CachedRows[] {
    return this.#forward.keyValues.flatMap(({ key, value }, layer) => [
      { name: `past.${layer}.key`, row: key },
      { name: `past.${layer}.value`, row: value },
    ]);
  }
}

type Given = Map<Value, (graph: Graph) => Value>;

/** A cached tensor: its name as an input, and the value that holds its new rows, (1, heads, T, headDim). */
interface CachedRows {
  readonly name: string;
  readonly row: Value;
}

const inputs = (values: readonly Value[]): Given => new Map(values.map((value) => [value, asInput(value)]));

const outputName = (part: Subgraph, value: Value): string => part.graph.output(part.of(value)).name;

function cacheOutput(part: Subgraph, { name, row }: CachedRows): CacheOutput {
  return { name, heads: row.shape[1] as number, headDim: row.shape[3] as number, output: outputName(part, row) };
}

/** The weight of a linear module, in float32: what its output is the product with. */
function weightOf(output: Value, { path, kind }: HookPoint): Value {
  const weight = kind === 'linear' && output.producer?.operator.name === 'Gemm' ? output.producer.inputs[1] : undefined;
  if (weight) return weight;
  throw new CodedError(
    'bad-argument',
    `${path} has no weight matrix in floating point that could be trained.`,
    'Name a linear module; where the weights are quantised, compute with --precision float32.',
    { hook: path },
  );
}

function findHook(forward: Forward, name: Pick<HookPoint, 'path' | 'side'>): { point: HookPoint; value: Value } {
  const hook = forward.hooks.get(hookName(name));
  if (hook) return hook;
  throw new CodedError(
    'hook-unknown',
    `The model has no hook point ${hookName(name)}.`,
    'List the hook points with: grace inspect --model FOLDER.',
    { hook: hookName(name) },
  );
}

/** Every hook point of a network, in the order of its forward pass. */
export function hookPoints(network: Network, find: FindWeight): readonly HookPoint[] {
  const forward = new Forward(find);
  network.forward(forward);
  return [...forward.hooks.values()].map(({ point }) => point);
}
