import type { Graph } from '../graph/graph.ts';
import { cacheFactory, keepsBuffers } from '../runtime/cache-factory.ts';
import type { Device } from '../runtime/device.ts';
import type { CacheFactory, KeyValueCache } from '../runtime/key-value-cache.ts';
import { Session } from '../runtime/session.ts';
import { floatData, floats } from '../runtime/tensor.ts';
import type { HookPoint } from './hook-point.ts';
import { checkPosition, defaultPosition, type KeyPosition } from './key-position.ts';
import type { Model } from './model.ts';
import {
  SplitNetwork,
  type CacheOutput,
  type EditPart,
  type LowerPart,
  type MemoryPart,
  type Trained,
  type UpperPart,
  type WeightPart,
} from './split-network.ts';

export interface Hooks {
  /** Module whose output a value replaces; the default is the block at two thirds of the depth. */
  readonly replace?: string | undefined;
  /** Where queries and keys are read; the default is the input of the replaced module (the paper's choice). */
  readonly keys?: readonly Pick<HookPoint, 'path' | 'side'>[] | undefined;
  /** t*, the position at which they are read and a value is put in; the network's own where absent. */
  readonly position?: KeyPosition | undefined;
  /** With `weight`, the replaced module's weight is trained, and nothing is replaced; the default is `value`. */
  readonly trained?: Trained | undefined;
}

/** A part of the model with the session that runs it. */
export interface Running<Part> {
  readonly part: Part;
  readonly session: Session;
}

interface PartOfModel {
  readonly graph: Graph;
  readonly cache?: readonly CacheOutput[];
}

/** A model made ready to run, cut at one module. Owns its sessions until `dispose`. */
export class HookedModel {
  readonly model: Model;
  readonly replace: HookPoint;
  readonly keys: readonly HookPoint[];
  readonly position: KeyPosition;
  readonly lower: Running<LowerPart>;
  /** From the cut to the logits; the whole decoder where the cut lies in its encoder. */
  readonly upper: Running<UpperPart>;
  /** An encoder from the cut on, or all of it where the cut lies in its decoder; absent without a decoder that looks it up. */
  readonly memory: Running<MemoryPart> | undefined;
  /** Names of the upper part's inputs, in the order of the lower part's `handedUp`. */
  readonly handedUpInputs: readonly string[];
  readonly #caches: CacheFactory;
  readonly #startEdit: () => Promise<Running<EditPart>>;
  readonly #startWeight: () => Promise<Running<WeightPart>>;
  #edit: Promise<Running<EditPart>> | undefined;

  private constructor(
    model: Model,
    split: SplitNetwork,
    { keys, position }: Pick<HookedModel, 'keys' | 'position'>,
    parts: Pick<HookedModel, 'lower' | 'upper' | 'memory'> & {
      readonly startEdit: () => Promise<Running<EditPart>>;
      readonly startWeight: () => Promise<Running<WeightPart>>;
    },
    caches: CacheFactory,
  ) {
    this.model = model;
    this.replace = split.replace;
    this.handedUpInputs = split.handedUpInputs;
    this.keys = keys;
    this.position = position;
    this.lower = parts.lower;
    this.upper = parts.upper;
    this.memory = parts.memory;
    this.#caches = caches;
    this.#startEdit = parts.startEdit;
    this.#startWeight = parts.startWeight;
  }

  /** Throws `hook-unknown` for a module that is not there, a key that lies above the replacement, or a position that is not there. */
  static async open(model: Model, device: Device, hooks: Hooks = {}): Promise<HookedModel> {
    const { network, find, checkpoint } = model;
    const split = new SplitNetwork(network, find, hooks.replace ?? model.defaultReplacePath, hooks.trained);
    const keys = (hooks.keys ?? [{ path: split.replace.path, side: 'input' }]).map((name) => split.keyPoint(name));
    const position = hooks.position ?? defaultPosition(network);
    checkPosition(network, split.replace, position);
    const started: Session[] = [];
    const start = async <Part extends PartOfModel>(part: Part): Promise<Running<Part>> => {
      const onDevice = keepsBuffers(device) ? (part.cache ?? []).map(({ output }) => output) : [];
      const session = await Session.create(part.graph, { device, folder: checkpoint.folder, onDevice });
      started.push(session);
      return { part, session };
    };
    const cutInEncoder = split.replace.stack === 'encoder';
    const looksUp = network.kind === 'encoder-decoder';
    try {
      const lower = await start(split.lower(keys));
      const upper = await start(looksUp && cutInEncoder ? split.decoder() : split.upper());
      const memory = looksUp ? await start(cutInEncoder ? split.upperEncoder() : split.encoder()) : undefined;
      const caches = await cacheFactory([lower.part.cache, upper.part.cache], device);
      const parts = { lower, upper, memory, startEdit: () => start(split.edit()), startWeight: () => start(split.weight()) }; // prettier-ignore
      return new HookedModel(model, split, { keys, position }, parts, caches);
    } catch (error) {
      for (const session of started) await session.dispose();
      throw error;
    }
  }

  /** A cache for one sequence, where the model runs. */
  newCache(): KeyValueCache {
    return this.#caches.create();
  }

  /** The part that learns a value; started when the first edit needs it. */
  edit(): Promise<Running<EditPart>> {
    return (this.#edit ??= this.#startEdit());
  }

  /**
   * Makes the weight of a model that was opened with `trained: 'weight'` the caller's own: a copy in memory, which every later run
   * reads as it is then. The weights on disk stay as they are.
   */
  async trainWeight(): Promise<Float32Array> {
    const { part, session } = await this.#startWeight();
    const weight = (await session.run({}))[part.weight]!;
    const data = floatData(weight).slice();
    await session.dispose();
    const bound = { weight: floats(data, weight.dims) };
    this.upper.session.bind(bound);
    this.memory?.session.bind(bound);
    (await this.edit()).session.bind(bound);
    return data;
  }

  async dispose(): Promise<void> {
    await this.lower.session.dispose();
    await this.upper.session.dispose();
    await this.memory?.session.dispose();
    await (await this.#edit)?.session.dispose();
    await this.#caches.dispose();
  }
}
