import { CodedError } from '../../protocol/coded-error.ts';
import type { TextTokenizer } from '../text/tokenizer.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import { fingerprint } from '../weights/fingerprint.ts';
import { findGguf, type ModelFolder } from '../weights/model-folder.ts';
import type { TensorLocation } from '../weights/safetensors.ts';
import { readNetwork } from './families.ts';
import type { Decoder, Network } from './family.ts';
import type { FindWeight } from './forward.ts';
import { openGgufFiles } from './gguf-files.ts';
import type { HookPoint } from './hook-point.ts';
import { openFolderFiles, type ModelFiles, type Precision } from './model-files.ts';
import { hookPoints } from './split-network.ts';

/** Tensors that published files carry although no forward pass reads them: buffers, and a tied output matrix. */
const BUFFERS =
  /(\.attn\.bias|\.attention\.bias|\.masked_bias|rotary_emb\.inv_freq|^lm_head\.weight|^embed_out\.weight)$/;

export interface ModelOptions {
  readonly precision?: Precision | undefined;
}

/** A pre-trained model on disk: its network, where its weights lie, and what it can be hooked at. Holds no native memory. */
export class Model {
  readonly #files: ModelFiles;
  readonly folder: ModelFolder;
  readonly architecture: string;
  readonly network: Network;
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
    const { architecture, network } = readNetwork(this.folder.config);
    this.architecture = architecture;
    this.network = withRotaryFactors(network, this.#files.rotaryFactors);
    const used = new Set<string>(this.#files.otherTensors);
    this.find = finder(this.#files, network.basePrefix, used);
    this.hookPoints = hookPoints(network, this.find);
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

  /** The network of a model that goes on from its prompt; `model-unsupported` for models of another kind. */
  get decoder(): Decoder {
    if (this.network.kind === 'causal') return this.network;
    throw new CodedError(
      'model-unsupported',
      `This is for models that go on from a prompt, and ${this.architecture} is none.`,
      'Use a causal language model.',
    );
  }

  /** The block after which two thirds of the depth lie: where a value is put in unless the user says otherwise. */
  get defaultReplacePath(): string {
    const { layers } = this.network;
    return this.network.blockPath(Math.max(0, Math.round((layers * 2) / 3) - 1));
  }

  /**
   * The modules among `paths` whose output can be replaced, in the order of the forward pass and each once.
   *
   * @throws CodedError `hook-unknown` when one of them is none.
   */
  replaceable(paths: readonly string[]): readonly string[] {
    const known = this.hookPoints.filter(({ side }) => side === 'output').map(({ path }) => path);
    const unknown = paths.find((path) => !known.includes(path));
    if (unknown === undefined) return known.filter((path) => paths.includes(path));
    throw new CodedError(
      'hook-unknown',
      `The model has no module ${unknown} whose output can be replaced.`,
      'List the hook points with: grace inspect --model FOLDER.',
      { hook: unknown },
    );
  }

  #refuseUnused(used: ReadonlySet<string>): void {
    const { unread } = this.network;
    const isUnread = (name: string): boolean => BUFFERS.test(name) || unread?.test(name) === true;
    const unused = [...this.checkpoint.tensors.keys()].find((name) => !used.has(name) && !isUnread(name));
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
  // Files of 2018 and 2019 have the layer norms' parameters under TensorFlow's names.
  const early = (name: string): string =>
    name.replace(/\.LayerNorm\.(weight|bias)$/, (_, kind) =>
      kind === 'weight' ? '.LayerNorm.gamma' : '.LayerNorm.beta',
    );
  return (name) => {
    const tensor = locate(name) ?? locate(early(name));
    if (!tensor) return undefined;
    used.add(tensor.name);
    return files.weight(tensor);
  };
}

/** The network with each rotary frequency divided by its factor. */
function withRotaryFactors(network: Network, factors: Float32Array | undefined): Network {
  if (factors === undefined || network.kind !== 'causal') return network;
  const divide = (frequencies: Float32Array): Float32Array => {
    if (frequencies.length === factors.length && factors.every((factor) => factor > 0))
      return frequencies.map((frequency, j) => frequency / factors[j]!);
    throw new CodedError(
      'model-damaged',
      `The model has ${frequencies.length} rotary frequencies and ${factors.length} factors for them, or factors below 0.`,
      'Download the file again from where the model came from.',
    );
  };
  return { ...network, rotary: new Map([...network.rotary].map(([name, table]) => [name, divide(table)])) };
}
