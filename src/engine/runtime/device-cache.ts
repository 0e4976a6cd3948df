import { Graph } from '../graph/graph.ts';
import { scatterRows } from '../graph/operators/indexing.ts';
import { concat, reshape } from '../graph/operators/movement.ts';
import type { Device } from './device.ts';
import { capacityFor, type CacheFactory, type CacheSlot, type KeyValueCache } from './key-value-cache.ts';
import { Session } from './session.ts';
import { floats, free, ints, type Tensor } from './tensor.ts';

/** A small graph over the slots of one kind of run, and the name of each slot's result. */
interface SlotGraph {
  readonly slots: readonly CacheSlot[];
  readonly session: Session;
  readonly results: ReadonlyMap<string, string>;
}

/** Caches in the memory of the device. Two small graphs do there what `HostCache` does here: write rows, and make room. */
export class DeviceCaches implements CacheFactory {
  /** For each kind of run: its rows into the buffers. */
  readonly #writers: readonly SlotGraph[];
  /** All buffers made longer. */
  readonly #grower: SlotGraph;

  private constructor(writers: readonly SlotGraph[], grower: SlotGraph) {
    this.#writers = writers;
    this.#grower = grower;
  }

  static async start(parts: readonly (readonly CacheSlot[])[], device: Device): Promise<DeviceCaches> {
    const writers: SlotGraph[] = [];
    for (const slots of parts) if (slots.length > 0) writers.push(await startWriter(slots, device));
    return new DeviceCaches(writers, await startGrower(parts.flat(), device));
  }

  create(): KeyValueCache {
    return new DeviceCache(this.#writers, this.#grower);
  }

  async dispose(): Promise<void> {
    for (const { session } of [...this.#writers, this.#grower]) await session.dispose();
  }
}

class DeviceCache implements KeyValueCache {
  readonly #writers: readonly SlotGraph[];
  readonly #grower: SlotGraph;
  readonly #buffers = new Map<string, Tensor>(); // (heads, capacity, headDim) each
  #capacity = capacityFor(1); // never 0: the WebGPU provider ends the process on an empty input

  constructor(writers: readonly SlotGraph[], grower: SlotGraph) {
    this.#writers = writers;
    this.#grower = grower;
    for (const slot of grower.slots) this.#buffers.set(slot.name, zeros(slot, this.#capacity));
  }

  get capacity(): number {
    return this.#capacity;
  }

  feeds(): Record<string, Tensor> {
    return Object.fromEntries(this.#buffers);
  }

  async write(rows: ReadonlyMap<string, Tensor>, start: number, count: number): Promise<void> {
    await this.reserve(start + count);
    const writer = this.#writers.find(({ slots }) => rows.has(slots[0]!.name));
    if (!writer) return; // this run made no rows
    const { session, results, slots } = writer;
    const feeds: Record<string, Tensor> = {};
    for (const { name, heads } of slots) {
      feeds[name] = this.#buffers.get(name)!;
      feeds[`${name}.rows`] = rows.get(name)!;
      feeds[`at.${heads}`] ??= coordinates(heads, start, count);
    }
    this.#replace(await session.run(feeds), results);
    for (const row of rows.values()) free(row);
  }

  async reserve(length: number): Promise<void> {
    if (length <= this.#capacity) return;
    const { session, results, slots } = this.#grower;
    const capacity = capacityFor(length);
    const added = slots.map((slot) => [`${slot.name}.more`, zeros(slot, capacity - this.#capacity)] as const);
    this.#replace(await session.run({ ...this.feeds(), ...Object.fromEntries(added) }), results);
    this.#capacity = capacity;
  }

  /** ONNX Runtime for Node has no way to let a node write into its input, so each write makes new buffers, on the device. */
  #replace(results: Readonly<Record<string, Tensor>>, names: ReadonlyMap<string, string>): void {
    for (const [slot, name] of names) {
      free(this.#buffers.get(slot)!);
      this.#buffers.set(slot, results[name]!);
    }
  }

  dispose(): void {
    for (const buffer of this.#buffers.values()) free(buffer);
    this.#buffers.clear();
  }
}

const zeros = ({ heads, headDim }: CacheSlot, length: number): Tensor =>
  floats(new Float32Array(heads * length * headDim), [heads, length, headDim]);

/** Head and position of each row. (heads, count, 2) */
function coordinates(heads: number, start: number, count: number): Tensor {
  const numbers = Array.from({ length: heads * count }, (_, at) => [Math.trunc(at / count), start + (at % count)]);
  return ints(numbers.flat(), [heads, count, 2]);
}

async function startWriter(slots: readonly CacheSlot[], device: Device): Promise<SlotGraph> {
  const graph = new Graph();
  const at = new Map(
    [...new Set(slots.map(({ heads }) => heads))].map((heads) => [
      heads,
      graph.input(`at.${heads}`, 'int64', [heads, 'T', 2]),
    ]),
  );
  const results = slots.map(({ name, heads, headDim }) => {
    const buffer = graph.input(name, 'float32', [heads, 'C', headDim]);
    const rows = graph.input(`${name}.rows`, 'float32', [1, heads, 'T', headDim]);
    return [name, graph.output(scatterRows(buffer, at.get(heads)!, reshape(rows, [heads, -1, headDim]))).name] as const;
  });
  return startSlots(graph, slots, new Map(results), device);
}

async function startGrower(slots: readonly CacheSlot[], device: Device): Promise<SlotGraph> {
  const graph = new Graph();
  const results = slots.map(({ name, heads, headDim }) => {
    const buffer = graph.input(name, 'float32', [heads, 'C', headDim]);
    const more = graph.input(`${name}.more`, 'float32', [heads, 'N', headDim]);
    return [name, graph.output(concat([buffer, more], 1)).name] as const;
  });
  return startSlots(graph, slots, new Map(results), device);
}

async function startSlots(
  graph: Graph,
  slots: readonly CacheSlot[],
  results: ReadonlyMap<string, string>,
  device: Device,
): Promise<SlotGraph> {
  return { slots, results, session: await Session.create(graph, { device, onDevice: [...results.values()] }) };
}
