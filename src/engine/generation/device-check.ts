import { gradients } from '../graph/gradient.ts';
import type { Graph } from '../graph/graph.ts';
import { asInput, extract } from '../graph/subgraph.ts';
import type { Value } from '../graph/value.ts';
import type { NetworkKind } from '../models/family.ts';
import { Forward } from '../models/forward.ts';
import type { HookStack } from '../models/hook-point.ts';
import type { Model } from '../models/model.ts';
import { cacheFactory, keepsBuffers } from '../runtime/cache-factory.ts';
import type { Device } from '../runtime/device.ts';
import type { CacheSlot } from '../runtime/key-value-cache.ts';
import { Session } from '../runtime/session.ts';
import { floatData, floats, type Tensor } from '../runtime/tensor.ts';
import { encoderFeeds } from './encoder-feeds.ts';
import { positionFeeds } from './sequence.ts';

/** Positions of a text that an encoder reads. */
const READ = 5;
/** Positions that are cached first, and those that are computed behind them; an encoder's all at once. */
const PASSES: Readonly<Record<HookStack, readonly number[]>> = { decoder: [3, 2], encoder: [READ] };

/** What has blocks of its own in each kind of model. */
const STACKS: Readonly<Record<NetworkKind, readonly HookStack[]>> = {
  causal: ['decoder'],
  'encoder-decoder': ['encoder', 'decoder'],
  classifier: ['encoder'],
  masked: ['encoder'],
};

/**
 * Largest difference from the CPU that float32 may make, relative to the largest number. Rounding alone stays below 1e-5;
 * products of half precision, or of quantised activations, are at 1e-3 and more.
 */
const TOLERANCE = 2e-4;

/** One block of a model with the gradient of its output for its input; an encoder's has no cache. */
interface CheckedBlock {
  readonly graph: Graph;
  readonly input: string;
  /** What a decoder's block looks up in its encoder's output, of as many positions as an encoder is given. */
  readonly memory: readonly CacheSlot[];
  readonly output: string;
  readonly gradient: string;
  readonly cache: readonly (CacheSlot & { readonly output: string })[];
}

export interface DeviceCheck {
  readonly passed: boolean;
  /** Relative to the largest number; infinite where a number is not finite. */
  readonly difference: number;
}

/**
 * Computes the model's first block on the device and on the CPU, with its own weights: some positions into the cache, others
 * behind them, and the gradient of what comes out for what went in. An encoder has no cache; of a decoder behind an encoder the
 * first block is computed as well.
 *
 * @throws CodedError `device-unavailable` when the device does not start or fails
 */
export async function checkDevice(model: Model, device: Device, reference: Device): Promise<DeviceCheck> {
  let difference = 0;
  for (const stack of STACKS[model.network.kind]) {
    const got = await run(model, stack, device);
    const want = await run(model, stack, reference);
    difference = Math.max(difference, ...got.map((numbers, at) => relativeDifference(numbers, want[at]!)));
  }
  return { passed: difference <= TOLERANCE, difference };
}

async function run(model: Model, stack: HookStack, device: Device): Promise<readonly Float32Array[]> {
  const { network } = model;
  const { graph, input, output, gradient, memory, cache: slots } = firstBlock(model, stack);
  const onDevice = keepsBuffers(device) ? slots.map((slot) => slot.output) : [];
  const session = await Session.create(graph, { device, folder: model.checkpoint.folder, onDevice });
  try {
    const caches = await cacheFactory([slots], device);
    const cache = caches.create();
    try {
      const found: Float32Array[] = [];
      let start = 0;
      for (const count of PASSES[stack]) {
        if (stack === 'decoder') await cache.reserve(start + count);
        const results = await session.run({
          ...cache.feeds(),
          ...(stack === 'decoder' ? positionFeeds(network, start, cache.capacity, count) : {}),
          ...(network.kind === 'causal' ? {} : encoderFeeds(network, { ids: Array<number>(READ).fill(0) })),
          ...memoryFeeds(memory),
          [input]: floats(wave(count * network.width, start), [count, network.width]),
          upstream: floats(wave(count * network.width, start + 0.5), [count, network.width]),
        });
        await cache.write(new Map(slots.map((slot) => [slot.name, results[slot.output]!])), start, count);
        found.push(floatData(results[output]), floatData(results[gradient]));
        start += count;
      }
      return found;
    } finally {
      cache.dispose();
      await caches.dispose();
    }
  } finally {
    await session.dispose();
  }
}

function memoryFeeds(memory: readonly CacheSlot[]): Record<string, Tensor> {
  const feeds = memory.map(({ name, heads, headDim }, at) => {
    return [name, floats(wave(heads * READ * headDim, 0.25 + at), [1, heads, READ, headDim])] as const;
  });
  return Object.fromEntries(feeds);
}

function firstBlock({ network, find }: Model, stack: HookStack): CheckedBlock {
  const forward = new Forward(find);
  network.forward(forward);
  const behindEncoder = network.kind === 'encoder-decoder' && stack === 'decoder';
  const path = behindEncoder ? network.decoderBlockPath(0) : network.blockPath(0);
  const [x, y] = (['input', 'output'] as const).map((side) => forward.hooks.get(`${path}:${side}`)!.value);
  const cached = stack === 'decoder' ? forward.keyValues.slice(0, 1) : [];
  const memory = behindEncoder ? forward.memory.slice(0, 1).flatMap(({ key, value }) => [key, value]) : [];
  const rows = cached.flatMap(({ key, value }) => [
    { name: 'past.0.key', row: key },
    { name: 'past.0.value', row: value },
  ]);
  const part = extract(
    [y!, ...rows.map(({ row }) => row)],
    new Map([x!, ...memory].map((value) => [value, asInput(value)])),
  );
  const { graph } = part;
  const upstream = graph.input('upstream', 'float32', y!.shape);
  const [gradient] = gradients([part.of(y!)], [part.of(x!)], [upstream]);
  return {
    graph,
    input: x!.name,
    memory: memory.map(slotOf),
    output: graph.output(part.of(y!)).name,
    gradient: graph.output(gradient!).name,
    cache: rows.map(({ name, row }) => ({ ...slotOf(row), name, output: graph.output(part.of(row)).name })),
  };
}

/** (1, heads, T or S, headDim) */
const slotOf = ({ name, shape }: Value): CacheSlot => ({
  name,
  heads: shape[1] as number,
  headDim: shape[3] as number,
});

const wave = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => Math.sin(phase + 1.7 * at));

function relativeDifference(got: Float32Array, want: Float32Array): number {
  let [worst, largest] = [0, 1e-30];
  for (const [at, x] of want.entries()) {
    const difference = Math.abs(got[at]! - x);
    if (!(difference < Infinity)) return Infinity;
    worst = Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(x));
  }
  return worst / largest;
}
