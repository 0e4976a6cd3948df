import type { Attributes, Operator } from './operator.ts';
import { elementCount, formatShape, type Shape } from './shape.ts';
import type { DType, TensorType, Value } from './value.ts';

/** One application of an operator. */
export interface Node {
  readonly operator: Operator;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** Where an initializer's bytes lie in a file that the runtime maps; the location is relative to the session's folder. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Bytes of an initializer that are made when a session starts, as the runtime wants them: little-endian, row by row. */
export type Compute = () => Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A tensor that is the same in every run: inline numbers, bytes of the user's own weights file, or what is made of them. */
export type Initializer =
  | { readonly value: Value; readonly data: Float32Array | BigInt64Array | Uint8Array }
  | { readonly value: Value; readonly external: ExternalData }
  | { readonly value: Value; readonly compute: Compute };

/** A typed ONNX graph under construction. Every operator checks dtypes and shapes when it is applied. */
export class Graph {
  readonly inputs: Value[] = [];
  readonly initializers: Initializer[] = [];
  readonly nodes: Node[] = [];
  readonly outputs: Value[] = [];
  readonly #names = new Set<string>();
  readonly #constants = new Map<string, Value>();

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#value(name, { dtype, shape }, null);
    this.inputs.push(value);
    return value;
  }

  /** Marks `value` as a result of the graph; an output keeps its own name. */
  output<V extends Value>(value: V): V {
    if (!this.outputs.includes(value)) this.outputs.push(value);
    return value;
  }

  /** An inline float32 constant; a plain number is a scalar of shape (). Equal small constants are one value. */
  floats(data: number | readonly number[] | Float32Array, shape: Shape = []): Value {
    const numbers = typeof data === 'number' ? Float32Array.of(data) : Float32Array.from(data);
    return this.#constant('float32', numbers, shape);
  }

  /** An inline int64 constant; a plain number is a scalar, an array a vector. */
  ints(data: number | readonly number[]): Value {
    const numbers = BigInt64Array.from((typeof data === 'number' ? [data] : data).map((n) => BigInt(n)));
    return this.#constant('int64', numbers, typeof data === 'number' ? [] : [data.length]);
  }

  /** An inline uint8 constant; a vector unless a shape is given. */
  bytes(data: readonly number[], shape: Shape = [data.length]): Value {
    return this.#constant('uint8', Uint8Array.from(data), shape);
  }

  /** A tensor in the user's weights file, mapped by the runtime, never copied; one name is one tensor. */
  external(name: string, type: TensorType, external: ExternalData): Value {
    const known = this.#initializer(name);
    if (known) return known;
    const value = this.#value(name, type, null);
    this.initializers.push({ value, external });
    return value;
  }

  /** A tensor that `compute` makes each time a session is started; one name is one tensor. */
  computed(name: string, type: TensorType, compute: Compute): Value {
    const known = this.#initializer(name);
    if (known) return known;
    const value = this.#value(name, type, null);
    this.initializers.push({ value, compute });
    return value;
  }

  /** An initializer of another graph, under the same name; its bytes are shared. */
  adopt(initializer: Initializer): Value {
    const named = this.#value(initializer.value.name, initializer.value, null);
    const value = initializer.value.constant ? { ...named, constant: initializer.value.constant } : named;
    this.initializers.push({ ...initializer, value });
    return value;
  }

  apply(operator: Operator, inputs: readonly Value[], attributes: Attributes = {}): readonly Value[] {
    if (inputs.some((input) => input.graph !== this))
      throw new Error(`${operator.name}: an input is of another graph.`);
    const types = operator.infer(inputs, attributes);
    const node: Node = {
      operator,
      inputs,
      attributes,
      get outputs() {
        return outputs;
      },
    };
    const outputs = types.map((type) => this.#value(this.#fresh(operator.name), type, node));
    this.nodes.push(node);
    return outputs;
  }

  /** `apply` for operators with one output. */
  applyOne(operator: Operator, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.apply(operator, inputs, attributes)[0]!;
  }

  #constant(dtype: DType, data: Float32Array | BigInt64Array | Uint8Array, shape: Shape): Value {
    if (elementCount(shape) !== data.length) {
      throw new Error(`A constant of ${data.length} numbers does not have the shape ${formatShape(shape)}.`);
    }
    const key = data.length <= 8 ? `${dtype}${formatShape(shape)}${data.join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known) return known;
    const named = this.#value(this.#fresh('constant'), { dtype, shape }, null);
    const value = data instanceof BigInt64Array ? { ...named, constant: Array.from(data, Number) } : named;
    this.initializers.push({ value, data });
    if (key !== undefined) this.#constants.set(key, value);
    return value;
  }

  #initializer(name: string): Value | undefined {
    return this.#names.has(name) ? this.initializers.find(({ value }) => value.name === name)?.value : undefined;
  }

  #fresh(stem: string): string {
    let number = this.#names.size;
    while (this.#names.has(`${stem}_${number}`)) number++;
    return `${stem}_${number}`;
  }

  #value(name: string, type: TensorType, producer: Node | null): Value {
    if (this.#names.has(name)) throw new Error(`The graph has a value named ${name} already.`);
    this.#names.add(name);
    return { graph: this, name, dtype: type.dtype, shape: type.shape, producer };
  }
}
