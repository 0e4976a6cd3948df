import { realpathSync } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../../protocol/coded-error.ts';
import { reading, withFile } from './file-bytes.ts';
import { floatDtype, readSafetensorsHeader, type TensorLocation } from './safetensors.ts';
import { findWeightFiles, type WeightFiles } from './weight-files.ts';
import { widen } from './widen.ts';

/** The weights of a model: where each tensor lies, in files that are never changed or copied. */
export class Checkpoint {
  /** Every tensor by name; `file` is a real path, symbolic links resolved. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** The deepest folder that all weight files lie below; ONNX Runtime reads external data below one folder only. */
  readonly folder: string;

  constructor(tensors: ReadonlyMap<string, TensorLocation>, folder: string) {
    this.tensors = tensors;
    this.folder = folder;
  }

  find(name: string): TensorLocation | undefined {
    return this.tensors.get(name);
  }

  /** The tensor's file, relative to {@link folder}, with forward slashes. */
  relativeFile(tensor: TensorLocation): string {
    return path.relative(this.folder, tensor.file).split(path.sep).join('/');
  }

  /**
   * The tensor's numbers, row by row, F16 and BF16 widened exactly; a copy in memory.
   *
   * @throws CodedError `model-unsupported` for other number formats, `model-damaged` when the file is now cut off.
   */
  readTensor(tensor: TensorLocation): Float32Array<ArrayBuffer> {
    const dtype = floatDtype(tensor);
    const bytes = withFile(tensor.file, (file) => file.read(tensor.offset, tensor.length));
    return widen(bytes, dtype);
  }
}

/**
 * Opens the weights in a model's folder; reads the headers only.
 *
 * @throws CodedError `model-not-found`, `model-damaged` or `model-unsupported`, as {@link findWeightFiles} and
 * {@link readSafetensorsHeader} say; `model-damaged` when the index and the shards disagree; `model-unsupported` when
 * the files lie on different drives.
 */
export function openCheckpoint(modelFolder: string): Checkpoint {
  const weights = findWeightFiles(modelFolder);
  // The cache of Hugging Face is links: snapshots/<revision>/model.safetensors -> ../../blobs/<hash>.
  const real = new Map(weights.files.map((file) => [file, reading(file, () => realpathSync(file))]));
  const headers = new Map([...real].map(([file, target]) => [file, readSafetensorsHeader(target)]));
  return new Checkpoint(gather(weights, headers), commonFolder([...real.values()]));
}

type Header = ReadonlyMap<string, TensorLocation>;

function gather({ files, shardOf }: WeightFiles, headers: ReadonlyMap<string, Header>): Header {
  if (shardOf === undefined) return headers.get(files[0]!)!;
  const found = [...shardOf].map(([name, file]) => [name, headers.get(file)!.get(name)] as const);
  const absent = found.filter(([, tensor]) => tensor === undefined).map(([name]) => name);
  if (absent.length > 0) {
    throw new CodedError(
      'model-damaged',
      `${absent.length} tensors are not in the file that the index names, the first one ${absent[0]!}.`,
      'The index and the weight files are of different versions: download all of them again.',
      { tensors: absent.slice(0, 10) },
    );
  }
  return new Map(found.map(([name, tensor]) => [name, tensor!]));
}

/**
 * The deepest folder that all `files` (absolute, real paths) lie below.
 *
 * @throws CodedError `model-unsupported` when there is none, as on two drives of Windows.
 */
export function commonFolder(
  files: readonly string[],
  system: Pick<path.PlatformPath, 'dirname' | 'sep'> = path,
): string {
  let folder = system.dirname(files[0]!);
  const contains = (file: string): boolean =>
    file.startsWith(folder.endsWith(system.sep) ? folder : folder + system.sep);
  while (!files.every(contains)) {
    if (system.dirname(folder) === folder) {
      throw new CodedError(
        'model-unsupported',
        'The weight files lie on different drives.',
        'Put all files of the model into one folder.',
        { files },
      );
    }
    folder = system.dirname(folder);
  }
  return folder;
}
