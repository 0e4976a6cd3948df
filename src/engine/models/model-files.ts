import type { DType } from '../graph/value.ts';
import { loadTokenizer, type TextTokenizer } from '../text/tokenizer.ts';
import { openCheckpoint, type Checkpoint } from '../weights/checkpoint.ts';
import { openModelFolder, type ModelFolder } from '../weights/model-folder.ts';
import { floatDtype, type FloatDtype, type TensorLocation } from '../weights/safetensors.ts';
import type { WeightTensor } from './weight-tensor.ts';

/** How a model with quantised weights computes: with the blocks as they are, or with their exact numbers in float32. */
export const PRECISIONS = ['auto', 'float32'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** A model on disk, whichever form its files have. */
export interface ModelFiles {
  readonly folder: ModelFolder;
  /** Tensors by PyTorch name. */
  readonly checkpoint: Checkpoint;
  /** What each frequency of the rotary embedding is divided by, where the files say so beside the config. */
  readonly rotaryFactors?: Float32Array | undefined;
  /** Tensors that are read otherwise than by the forward pass. */
  readonly otherTensors: readonly string[];
  /** How the weights are computed with, where it is not the usual way; part of the fingerprint. */
  readonly variant?: string | undefined;
  /** How the graph refers to a tensor of the checkpoint. Throws `model-unsupported` for number formats that are not read. */
  weight(tensor: TensorLocation): WeightTensor;
  loadTokenizer(): TextTokenizer;
}

const DTYPES: Readonly<Record<FloatDtype, DType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** A folder in the layout of Hugging Face. Errors as `openModelFolder` and `openCheckpoint`. */
export function openFolderFiles(path: string): ModelFiles {
  const folder = openModelFolder(path);
  const checkpoint = openCheckpoint(folder.folder);
  return {
    folder,
    checkpoint,
    otherTensors: [],
    weight: (tensor) => floatTensor(checkpoint, tensor),
    loadTokenizer: () => loadTokenizer(folder.folder),
  };
}

export function floatTensor(checkpoint: Checkpoint, tensor: TensorLocation): WeightTensor {
  return { dtype: DTYPES[floatDtype(tensor)], shape: tensor.shape, external: externalData(checkpoint, tensor) };
}

export function externalData(checkpoint: Checkpoint, tensor: TensorLocation): WeightTensor['external'] {
  return { location: checkpoint.relativeFile(tensor), offset: tensor.offset, length: tensor.length };
}
