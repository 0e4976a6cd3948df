import type { Graph } from '../graph/graph.ts';
import type { Device } from '../runtime/device.ts';
import { Session } from '../runtime/session.ts';
import { floatData, floats } from '../runtime/tensor.ts';
import type { HookPoint } from './hook-point.ts';
import { checkPosition, defaultPosition, type KeyPosition } from './key-position.ts';
import type { Model } from './model.ts';
import {
  SplitNetwork,
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
  ) {
    this.model = model;
    this.replace = split.replace;
    this.handedUpInputs = split.handedUpInputs;
    this.keys = keys;
    this.position = position;
    this.lower = parts.lower;
    this.upper = parts.upper;
    this.memory = parts.memory;
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
    const start = async <Part extends { readonly graph: Graph }>(part: Part): Promise<Running<Part>> => {
      return { part, session: await Session.create(part.graph, { device, folder: checkpoint.folder }) };
    };
    const cutInEncoder = split.replace.stack === 'encoder';
    const looksUp = network.kind === 'encoder-decoder';
    const lower = await start(split.lower(keys));
    const upper = await start(looksUp && cutInEncoder ? split.decoder() : split.upper());
    const memory = looksUp ? await start(cutInEncoder ? split.upperEncoder() : split.encoder()) : undefined;
    const [startEdit, startWeight] = [() => start(split.edit()), () => start(split.weight())];
    return new HookedModel(model, split, { keys, position }, { lower, upper, memory, startEdit, startWeight });
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
  }
}
