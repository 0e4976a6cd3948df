import { CodedError } from '../../protocol/coded-error.ts';
import { Graph } from '../graph/graph.ts';
import { softmax } from '../graph/operators/activation.ts';
import { add, greater, scale, sub, tanh, where } from '../graph/operators/elementwise.ts';
import { gather } from '../graph/operators/indexing.ts';
import { gemm, matMul } from '../graph/operators/matrix.ts';
import { concat, rangeOf, reshape, slice, splitBy, transpose, transposeLast } from '../graph/operators/movement.ts';
import { layerNormalization, rmsNormalization } from '../graph/operators/normalization.ts';
import { rotaryEmbedding } from '../graph/operators/rotary.ts';
import { formatShape, sameShape } from '../graph/shape.ts';
import type { DType, Value } from '../graph/value.ts';
import { hookName, type HookPoint, type HookSide, type HookStack } from './hook-point.ts';
import type { RotaryTable } from './rotary-angles.ts';
import { tensorProduct, tensorRows, wholeTensor, type WeightTensor } from './weight-tensor.ts';

/** Looks a tensor up by its PyTorch name. */
export type FindWeight = (name: string) => WeightTensor | undefined;

/** Sizes of an attention layer. */
export interface AttentionShape {
  readonly layer: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
  /** What scores are multiplied by, usually 1 / sqrt(headDim). */
  readonly scale: number;
  /** How many positions a token attends to, itself among them; all before it where absent. */
  readonly window?: number | undefined;
  /** What scores are bent to stay below (`softCap`). */
  readonly cap?: number | undefined;
}

/** Keys and values of one layer, (1, key-value heads, T or S, head dim) each. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/**
 * The vocabulary in which a model family writes down its forward pass: one sequence at a time, T new positions behind C cached
 * ones, or S positions of a text that an encoder reads whole. Modules are named by their PyTorch paths, and each linear module
 * and block leaves its hook points behind.
 *
 * Symbols: T new positions, C capacity of the key-value cache, S positions of an encoder's text, R rows whose logits are wanted.
 */
export class Forward {
  readonly graph = new Graph();
  readonly hooks = new Map<string, { readonly point: HookPoint; readonly value: Value }>();
  /** What self-attention caches, by layer. */
  readonly keyValues: KeyValue[] = [];
  /** What a decoder looks up in its encoder's output, by layer of the decoder: the same for every token of an answer. */
  readonly memory: KeyValue[] = [];
  readonly #find: FindWeight;
  readonly #inputs = new Map<string, Value>();
  readonly #derived = new Map<string, Value>();
  #block = 0;

  constructor(find: FindWeight) {
    this.#find = find;
  }

  /** Token ids. (T) */
  get ids(): Value {
    return this.#input('ids', 'int64', ['T']);
  }

  /** Absolute positions, for learned position embeddings. (T) */
  get positions(): Value {
    return this.#input('positions', 'int64', ['T']);
  }

  /** Token ids of a text that is read whole. (S) */
  get sourceIds(): Value {
    return this.#input('source.ids', 'int64', ['S']);
  }

  /** Its positions, as the embedding of positions counts them. (S) */
  get sourcePositions(): Value {
    return this.#input('source.positions', 'int64', ['S']);
  }

  /** Which of two texts each of its tokens is of. (S) */
  get sourceTypes(): Value {
    return this.#input('source.types', 'int64', ['S']);
  }

  /** A parameter by name, widened to float32; `model-damaged` when it is absent or has another shape. */
  weight(name: string, shape: readonly number[]): Value {
    return wholeTensor(this.graph, name, this.#tensor(name, shape));
  }

  /** Rows of an embedding: only the rows that are looked up are widened. (T, d) */
  embedding(path: string, indices: Value, count: number, width: number): Value {
    const name = `${path}.weight`;
    return tensorRows(this.graph, name, this.#tensor(name, [count, width]), indices);
  }

  /** Whether the checkpoint has a tensor; for modules that published files call by more than one name. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** torch.nn.Linear: weight (out, in). (T, in) -> (T, out) */
  linear(path: string, x: Value, outFeatures: number, bias = true): Value {
    return this.#linear(path, x, outFeatures, bias, true);
  }

  /** GPT-2's Conv1D, a linear module whose weight is (in, out). (T, in) -> (T, out) */
  conv1d(path: string, x: Value, outFeatures: number): Value {
    return this.#linear(path, x, outFeatures, true, false);
  }

  layerNorm(path: string, x: Value, epsilon: number): Value {
    const width = this.#width(x);
    return layerNormalization(x, this.weight(`${path}.weight`, [width]), this.weight(`${path}.bias`, [width]), epsilon);
  }

  /** `offset` is added to the weight: Gemma stores how far the factors are from 1. */
  rmsNorm(path: string, x: Value, epsilon: number, offset = 0): Value {
    const weight = this.weight(`${path}.weight`, [this.#width(x)]);
    return rmsNormalization(x, offset === 0 ? weight : add(weight, this.graph.floats(offset)), epsilon);
  }

  /** A whole transformer block; its input and output are hook points. */
  block(index: number, path: string, x: Value, body: (x: Value) => Value): Value {
    this.#block = index;
    this.#hook(path, 'input', 'block', x);
    return this.#hook(path, 'output', 'block', body(x));
  }

  /** Cuts (T, heads * d) into heads. (1, heads, T, d) */
  heads(x: Value, heads: number, headDim: number): Value {
    return transpose(reshape(x, [1, -1, heads, headDim]), [0, 2, 1, 3]);
  }

  /** Turns the first numbers of every head by its position's angles. x (1, H, T, d) */
  rotary(x: Value, { name, frequencies, amplitude }: RotaryTable): Value {
    const half = frequencies.length;
    const angles = (kind: string): Value =>
      this.#once(`${kind}${name}`, () => scale(this.#input(`${kind}${name}`, 'float32', [1, 'T', half]), amplitude));
    return rotaryEmbedding(x, angles('cos'), angles('sin'), 2 * half === x.shape[3] ? {} : { rotaryDim: 2 * half });
  }

  /**
   * Scaled dot-product attention over cached and new positions in two parts, so that the cache is never copied into one tensor.
   * Grouped queries share their key-value head. `bias` (H, 1, T, C + T) is added to the scores of models without grouped queries.
   * q (1, H, T, d), k and v (1, Hkv, T, d) -> (T, H * d)
   */
  attention(shape: AttentionShape, q: Value, k: Value, v: Value, bias?: Value): Value {
    const { heads, keyValueHeads, headDim } = shape;
    this.keyValues[shape.layer] = { key: k, value: v };
    const grouped = (x: Value, group: number): Value => reshape(x, [keyValueHeads, group, -1, headDim]); // (Hkv, G, T, d)
    const past = (kind: string): Value =>
      grouped(this.#input(`past.${shape.layer}.${kind}`, 'float32', [keyValueHeads, 'C', headDim]), 1);
    const queries = grouped(scale(q, shape.scale), heads / keyValueHeads);
    const parts = [past('key'), grouped(k, 1)].map((keys) => matMul(queries, transposeLast(keys))); // (Hkv, G, T, C), (Hkv, G, T, T)
    const capped = this.softCap(concat(parts, -1), shape.cap);
    const scores = bias ? add(capped, bias) : capped;
    const weights = softmax(add(scores, this.#mask(shape.window)));
    const [onPast, onNew] = splitBy(weights, ['C', 'T'], this.#sizes, -1);
    const mixed = add(matMul(onPast!, past('value')), matMul(onNew!, grouped(v, 1))); // (Hkv, G, T, d)
    return joinHeads(reshape(mixed, [1, heads, -1, headDim]));
  }

  /**
   * Attention of every position to all positions of the text but padding. `bias` (H, 1, S, S) is added to the scores.
   * q, k and v (1, H, S, d) -> (S, H * d)
   */
  encoderAttention(scoreScale: number, q: Value, k: Value, v: Value, bias?: Value): Value {
    return this.#sourceAttention(scale(q, scoreScale), k, v, bias);
  }

  /** Attention of a decoder's positions to its encoder's output. q (1, H, T, d), k and v (1, H, S, d) -> (T, H * d) */
  crossAttention(layer: number, scoreScale: number, q: Value, k: Value, v: Value): Value {
    this.memory[layer] = { key: k, value: v };
    return this.#sourceAttention(scale(q, scoreScale), k, v);
  }

  /** What attention adds to scores by how far apart two positions are; a number for each bucket and head. (H, 1, queries, keys) */
  relativeBias(path: string, stack: HookStack, buckets: number, heads: number): Value {
    const shape = stack === 'encoder' ? [1, 'S', 'S'] : [1, 'T', 'C + T'];
    const indices = this.#input(`${stack}.buckets`, 'int64', shape);
    return transpose(this.embedding(path, indices, buckets, heads), [3, 0, 1, 2]);
  }

  /** cap tanh(x / cap): near x where that is small, and never beyond the cap (Bello et al. 2016; Gemma 2). */
  softCap(x: Value, cap: number | undefined): Value {
    return cap === undefined ? x : scale(tanh(scale(x, 1 / cap)), cap);
  }

  /** The rows of x whose logits are wanted. (T, d) -> (R, d) */
  wantedRows(x: Value): Value {
    return gather(x, this.#input('rows', 'int64', ['R']));
  }

  /**
   * Logits by an output matrix of its own, or by the token embedding where `path` is its path. `bias` names a parameter. Rows that
   * are no positions of the text pass through it: it has no hook points. (R, d) -> (R, outFeatures)
   */
  head(path: string, x: Value, outFeatures: number, bias?: string): Value {
    const name = `${path}.weight`;
    const addend = bias === undefined ? undefined : this.weight(bias, [outFeatures]);
    return tensorProduct(x, name, this.#tensor(name, [outFeatures, this.#width(x)]), addend);
  }

  /** q (1, H, Q, d), k and v (1, H, S, d) -> (Q, H * d) */
  #sourceAttention(q: Value, k: Value, v: Value, bias?: Value): Value {
    const products = matMul(q, transposeLast(k)); // (1, H, Q, S)
    const scores = bias ? add(products, transpose(bias, [1, 0, 2, 3])) : products;
    const attendable = this.#input('source.mask', 'float32', [1, 'S']);
    return joinHeads(matMul(softmax(add(scores, attendable)), v));
  }

  #linear(path: string, x: Value, outFeatures: number, bias: boolean, outFirst: boolean): Value {
    const inFeatures = this.#width(x);
    this.#hook(path, 'input', 'linear', x);
    const name = `${path}.weight`;
    const turned = outFirst || this.#find(name)?.transposed === true;
    const tensor = this.#tensor(name, turned ? [outFeatures, inFeatures] : [inFeatures, outFeatures]);
    const addend = bias ? this.weight(`${path}.bias`, [outFeatures]) : undefined;
    const product = turned
      ? tensorProduct(x, name, tensor, addend)
      : gemm(x, wholeTensor(this.graph, name, tensor), { addend });
    return this.#hook(path, 'output', 'linear', product);
  }

  #hook(path: string, side: HookSide, kind: HookPoint['kind'], value: Value): Value {
    const stack: HookStack = value.shape[0] === 'S' ? 'encoder' : 'decoder';
    const point: HookPoint = { path, side, kind, stack, block: this.#block, size: this.#width(value) };
    this.hooks.set(hookName(point), { point, value });
    return value;
  }

  #width(x: Value): number {
    const width = x.shape.at(-1);
    if (typeof width !== 'number') throw new Error('The width of a hidden state must be known.');
    return width;
  }

  /**
   * What is added to scores: 0 where a position may be attended to, minus infinity elsewhere. The run gives the causal mask; a
   * window is cut into it once for all layers, here, so that no second mask has to be made and handed over. (T, C + T)
   */
  #mask(window: number | undefined): Value {
    const causal = this.#input('mask', 'float32', ['T', 'C + T']);
    if (window === undefined) return causal;
    return this.#once(`mask.${window}`, () => {
      const capacity = slice(this.#sizes, { axis: 0, start: 0, end: 1 });
      const keys = concat([rangeOf(capacity, 'C'), this.positions], 0); // (C + T)
      const oldest = reshape(sub(this.positions, this.graph.ints(window)), [-1, 1]); // (T, 1), the last one that is too old
      return where(greater(keys, oldest), causal, this.graph.floats(-Infinity));
    });
  }

  /** Capacity of the cache, and new positions. (2) */
  get #sizes(): Value {
    return this.#input('sizes', 'int64', [2]);
  }

  #once(name: string, make: () => Value): Value {
    const known = this.#derived.get(name);
    if (known) return known;
    const value = make();
    this.#derived.set(name, value);
    return value;
  }

  #tensor(name: string, shape: readonly number[]): WeightTensor {
    const tensor = this.#find(name);
    if (!tensor) {
      throw new CodedError(
        'model-damaged',
        `The weights lack the tensor ${name}.`,
        'Check that every file of the model is there.',
        { name },
      );
    }
    if (!sameShape(tensor.shape, shape)) {
      throw new CodedError(
        'model-damaged',
        `The tensor ${name} has the shape ${formatShape(tensor.shape)} where config.json implies ${formatShape(shape)}.`,
        'Check that config.json and the weights belong together.',
        { name, shape: tensor.shape, expected: shape },
      );
    }
    return tensor;
  }

  #input(name: string, dtype: DType, shape: Value['shape']): Value {
    const known = this.#inputs.get(name);
    if (known) return known;
    const value = this.graph.input(name, dtype, shape);
    this.#inputs.set(name, value);
    return value;
  }
}

/** Puts heads side by side again. (1, H, T, d) -> (T, H * d) */
function joinHeads(x: Value): Value {
  const [, heads, , headDim] = x.shape as readonly number[];
  return reshape(transpose(x, [0, 2, 1, 3]), [-1, heads! * headDim!]);
}
