import type { Graph } from '../graph/graph.ts';
import type { Device } from '../runtime/device.ts';
import { Session } from '../runtime/session.ts';
import { floatData, floats } from '../runtime/tensor.ts';
import type { HookPoint } from './hook-point.ts';
import type { Model } from './model.ts';
import {
  SplitDecoder,
  type EditPart,
  type LowerPart,
  type Trained,
  type UpperPart,
  type WeightPart,
} from './split-decoder.ts';

export interface Hooks {
  /** Module whose output a value replaces; the default is the block at two thirds of the depth. */
  readonly replace?: string | undefined;
  /** Where queries and keys are read; the default is the input of the replaced module (the paper's choice). */
  readonly keys?: readonly Pick<HookPoint, 'path' | 'side'>[] | undefined;
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
  readonly lower: Running<LowerPart>;
  readonly upper: Running<UpperPart>;
  /** Names of the upper part's inputs, in the order of the lower part's `handedUp`. */
  readonly handedUpInputs: readonly string[];
  readonly #startEdit: () => Promise<Running<EditPart>>;
  readonly #startWeight: () => Promise<Running<WeightPart>>;
  #edit: Promise<Running<EditPart>> | undefined;

  private constructor(
    model: Model,
    split: SplitDecoder,
    keys: readonly HookPoint[],
    parts: {
      lower: Running<LowerPart>;
      upper: Running<UpperPart>;
      startEdit: () => Promise<Running<EditPart>>;
      startWeight: () => Promise<Running<WeightPart>>;
    },
  ) {
    this.model = model;
    this.replace = split.replace;
    this.handedUpInputs = split.handedUpInputs;
    this.keys = keys;
    this.lower = parts.lower;
    this.upper = parts.upper;
    this.#startEdit = parts.startEdit;
    this.#startWeight = parts.startWeight;
  }

  /** Throws `hook-unknown` for a module that is not there or a key that lies above the replacement. */
  static async open(model: Model, device: Device, hooks: Hooks = {}): Promise<HookedModel> {
    const split = new SplitDecoder(model.decoder, model.find, hooks.replace ?? model.defaultReplacePath, hooks.trained);
    const keys = (hooks.keys ?? [{ path: split.replace.path, side: 'input' }]).map((name) => split.keyPoint(name));
    const start = async <Part extends { readonly graph: Graph }>(part: Part): Promise<Running<Part>> => {
      return { part, session: await Session.create(part.graph, { device, folder: model.checkpoint.folder }) };
    };
    const lower = await start(split.lower(keys));
    const upper = await start(split.upper());
    return new HookedModel(model, split, keys, {
      lower,
      upper,
      startEdit: () => start(split.edit()),
      startWeight: () => start(split.weight()),
    });
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
    (await this.edit()).session.bind(bound);
    return data;
  }

  async dispose(): Promise<void> {
    await this.lower.session.dispose();
    await this.upper.session.dispose();
    await (await this.#edit)?.session.dispose();
  }
}
