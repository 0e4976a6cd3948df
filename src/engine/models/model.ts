import { CodedError } from '../../protocol/coded-error.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import { fingerprint } from '../weights/fingerprint.ts';
import { findGguf, type ModelFolder } from '../weights/model-folder.ts';
import type { TensorLocation } from '../weights/safetensors.ts';
import { readDecoder } from './families.ts';
import type { Decoder } from './family.ts';
import type { FindWeight } from './forward.ts';
import { openGgufFiles } from './gguf-files.ts';
import type { HookPoint } from './hook-point.ts';
import { openFolderFiles, type ModelFiles, type Precision } from './model-files.ts';
import { hookPoints } from './split-decoder.ts';

/** Tensors that published files carry although no forward pass reads them: buffers, and a tied output matrix. */
const BUFFERS =
  /(\.attn\.bias|\.attention\.bias|\.masked_bias|rotary_emb\.inv_freq|^lm_head\.weight|^embed_out\.weight)$/;

export interface ModelOptions {
  readonly precision?: Precision | undefined;
}

/** A pre-trained model on disk: its decoder, where its weights lie, and what it can be hooked at. Holds no native memory. */
export class Model {
  readonly #files: ModelFiles;
  readonly folder: ModelFolder;
  readonly architecture: string;
  readonly decoder: Decoder;
  readonly checkpoint: Checkpoint;
  readonly find: FindWeight;
  readonly hookPoints: readonly HookPoint[];
  #fingerprint: string | undefined;

  /**
   * Opens a folder in the layout of Hugging Face, or a GGUF file; a folder without config.json that holds one GGUF file is that
   * file. `precision` matters for quantised weights only. Throws CodedErrors that say what is wrong with config or weights.
   */
  constructor(path: string, { precision = 'auto' }: ModelOptions = {}) {
    const gguf = findGguf(path);
    this.#files = gguf === undefined ? openFolderFiles(path) : openGgufFiles(gguf, precision);
    this.folder = this.#files.folder;
    this.checkpoint = this.#files.checkpoint;
    const { architecture, decoder } = readDecoder(this.folder.config);
    this.architecture = architecture;
    this.decoder = withRotaryFactors(decoder, this.#files.rotaryFactors);
    const used = new Set<string>(this.#files.otherTensors);
    this.find = finder(this.#files, decoder.basePrefix, used);
    this.hookPoints = hookPoints(decoder, this.find);
    this.#refuseUnused(used);
  }

  /** Errors as `loadTokenizer` and `ggufTokenizer`. */
  loadTokenizer(): TextTokenizer {
    return this.#files.loadTokenizer();
  }

  /**
   * Identity of the weights, in the precision that they are computed with: keys of a codebook move by more than a radius between
   * two precisions (docs/decisions/0018). Reads the weights the first time.
   */
  get fingerprint(): string {
    return (this.#fingerprint ??= fingerprint(this.checkpoint, this.#files.variant));
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
function finder(files: ModelFiles, basePrefix: string, used: Set<string>): FindWeight {
  const { checkpoint } = files;
  const locate = (name: string): TensorLocation | undefined => {
    const short = name.startsWith(basePrefix) ? name.slice(basePrefix.length) : name;
    return checkpoint.find(name) ?? checkpoint.find(short);
  };
  return (name) => {
    const tensor = locate(name);
    if (!tensor) return undefined;
    used.add(tensor.name);
    return files.weight(tensor);
  };
}

/** The decoder with each rotary frequency divided by its factor. */
function withRotaryFactors(decoder: Decoder, factors: Float32Array | undefined): Decoder {
  if (factors === undefined) return decoder;
  const divide = (frequencies: Float32Array): Float32Array => {
    if (frequencies.length === factors.length && factors.every((factor) => factor > 0))
      return frequencies.map((frequency, j) => frequency / factors[j]!);
    throw new CodedError(
      'model-damaged',
      `The model has ${frequencies.length} rotary frequencies and ${factors.length} factors for them, or factors below 0.`,
      'Download the file again from where the model came from.',
    );
  };
  return { ...decoder, rotary: new Map([...decoder.rotary].map(([name, table]) => [name, divide(table)])) };
}
