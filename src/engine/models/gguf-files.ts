import { realpathSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { ggufTokenizer } from '../text/gguf-tokenizer.ts';
import { isBlockFormat } from '../weights/block-formats.ts';
import { Checkpoint } from '../weights/checkpoint.ts';
import { reading, withFile } from '../weights/file-bytes.ts';
import { explained, readGgufHeader } from '../weights/gguf.ts';
import type { ModelFolder } from '../weights/model-folder.ts';
import type { TensorLocation } from '../weights/safetensors.ts';
import { ggufConfig } from './gguf-config.ts';
import { pytorchName } from './gguf-names.ts';
import { endTokenIds, readVocabulary } from './gguf-vocabulary.ts';
import { externalData, floatTensor, type ModelFiles, type Precision } from './model-files.ts';
import type { WeightTensor } from './weight-tensor.ts';

/** Divisors of the rotary frequencies, which llama.cpp computes from Llama 3.1's scaling when it converts. */
const ROTARY_FACTORS = 'rope_freqs.weight';

/**
 * A GGUF file, which holds config, weights and tokenizer in one.
 *
 * @throws CodedError `model-not-found`, `model-damaged`, `model-unsupported` for what is wrong with the file; the tokenizer's
 * errors come when it is loaded.
 */
export function openGgufFiles(file: string, precision: Precision): ModelFiles {
  const real = reading(file, () => realpathSync(file));
  const { metadata, tensors } = readGgufHeader(real);
  const architecture = explained(real, () => metadata.text('general.architecture') ?? '');
  const config = explained(real, () => ({ ...ggufConfig(metadata, tensors), eos_token_id: endTokenIds(metadata) }));
  const named = [...tensors.values()].map((tensor) => ({ ...tensor, name: pytorchName(architecture, tensor.name) }));
  const checkpoint = new Checkpoint(new Map(named.map((tensor) => [tensor.name, tensor])), path.dirname(real));
  const factors = checkpoint.find(ROTARY_FACTORS);
  const folder: ModelFolder = {
    folder: path.dirname(path.resolve(file)),
    name: path.basename(file).replace(/\.gguf$/i, ''),
    config,
    generationConfig: undefined,
  };
  const pairedRows = architecture === 'llama' ? (config as { readonly head_dim?: number }).head_dim : undefined;
  return {
    folder,
    checkpoint,
    otherTensors: [ROTARY_FACTORS],
    variant: precision === 'float32' && named.some(({ dtype }) => isBlockFormat(dtype)) ? 'float32' : undefined,
    rotaryFactors: factors && checkpoint.readTensor(factors),
    weight: (tensor) => weightOf(checkpoint, tensor, { precision, pairedRows }),
    loadTokenizer: () => explained(real, () => ggufTokenizer(readVocabulary(metadata), real)),
  };
}

interface Layout {
  readonly precision: Precision;
  /** Rows of a query or key head whose rotary pairs are neighbours. */
  readonly pairedRows: number | undefined;
}

const QUERY_OR_KEY = /\.self_attn\.[qk]_proj\.(weight|bias)$/;
const CONV1D = /\.(c_attn|c_proj|c_fc)\.weight$/;

function weightOf(checkpoint: Checkpoint, tensor: TensorLocation, { precision, pairedRows }: Layout): WeightTensor {
  const transposed = CONV1D.test(tensor.name);
  const paired = QUERY_OR_KEY.test(tensor.name) ? pairedRows : undefined;
  const { dtype, shape } = tensor;
  if (!isBlockFormat(dtype)) return { ...floatTensor(checkpoint, tensor), transposed, pairedRows: paired };
  if (shape.length !== 2) {
    throw new CodedError(
      'model-unsupported',
      `The tensor ${tensor.name} is stored as ${dtype}, but is no matrix.`,
      'Use another file of the same model.',
      { tensor: tensor.name, shape },
    );
  }
  return {
    format: dtype,
    shape,
    external: externalData(checkpoint, tensor),
    exact: precision === 'float32',
    transposed,
    pairedRows: paired,
    read: () => withFile(tensor.file, (file) => file.readScratch(tensor.offset, tensor.length)),
  };
}
