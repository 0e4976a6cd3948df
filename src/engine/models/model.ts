import { CodedError } from '../../protocol/coded-error.ts';
import type { DType } from '../graph/value.ts';
import { openCheckpoint, type Checkpoint } from '../weights/checkpoint.ts';
import { fingerprint } from '../weights/fingerprint.ts';
import { openModelFolder, type ModelFolder } from '../weights/model-folder.ts';
import { floatDtype, type FloatDtype, type TensorLocation } from '../weights/safetensors.ts';
import { readDecoder } from './families.ts';
import type { Decoder } from './family.ts';
import type { FindWeight } from './forward.ts';
import type { HookPoint } from './hook-point.ts';
import { hookPoints } from './split-decoder.ts';

const DTYPES: Readonly<Record<FloatDtype, DType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** Tensors that published files carry although no forward pass reads them: buffers, and a tied output matrix. */
const BUFFERS = /(\.attn\.bias|\.attn\.masked_bias|rotary_emb\.inv_freq|^lm_head\.weight)$/;

/** A pre-trained model on disk: its decoder, where its weights lie, and what it can be hooked at. Holds no native memory. */
export class Model {
  readonly folder: ModelFolder;
  readonly architecture: string;
  readonly decoder: Decoder;
  readonly checkpoint: Checkpoint;
  readonly find: FindWeight;
  readonly hookPoints: readonly HookPoint[];
  #fingerprint: string | undefined;

  /** Throws CodedErrors that say what is wrong with the folder, its config.json or its weights. */
  constructor(path: string) {
    this.folder = openModelFolder(path);
    const { architecture, decoder } = readDecoder(this.folder.config);
    this.architecture = architecture;
    this.decoder = decoder;
    this.checkpoint = openCheckpoint(this.folder.folder);
    const used = new Set<string>();
    this.find = finder(this.checkpoint, decoder.basePrefix, used);
    this.hookPoints = hookPoints(decoder, this.find);
    this.#refuseUnused(used);
  }

  /** Identity of the weights; reads them the first time. */
  get fingerprint(): string {
    return (this.#fingerprint ??= fingerprint(this.checkpoint));
  }

  /** Numbers in all tensors of the checkpoint. */
  get parameterCount(): number {
    const shapes = [...this.checkpoint.tensors.values()].map(({ shape }) => shape);
    return shapes.reduce((sum, shape) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  }

  /** The block after which two thirds of the depth lie: where a value is put in unless the user says otherwise. */
  get defaultReplacePath(): string {
    return this.decoder.blockPath(Math.max(0, Math.round((this.decoder.layers * 2) / 3) - 1));
  }

  #refuseUnused(used: ReadonlySet<string>): void {
    const unused = [...this.checkpoint.tensors.keys()].find((name) => !used.has(name) && !BUFFERS.test(name));
    if (unused === undefined) return;
    throw new CodedError(
      'model-unsupported',
      `The weights hold the tensor ${unused}, which ${this.architecture} as computed here does not use.`,
      'The model is refused rather than run wrongly; use another checkpoint.',
      { tensor: unused },
    );
  }
}

/** Finds tensors under their full PyTorch name, or without the base model's prefix, as some published files have them. */
function finder(checkpoint: Checkpoint, basePrefix: string, used: Set<string>): FindWeight {
  const locate = (name: string): TensorLocation | undefined => {
    const short = name.startsWith(basePrefix) ? name.slice(basePrefix.length) : name;
    return checkpoint.find(name) ?? checkpoint.find(short);
  };
  return (name) => {
    const tensor = locate(name);
    if (!tensor) return undefined;
    used.add(tensor.name);
    return {
      dtype: DTYPES[floatDtype(tensor)],
      shape: tensor.shape,
      external: { location: checkpoint.relativeFile(tensor), offset: tensor.offset, length: tensor.length },
    };
  };
}
