import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** The file that is written last: a folder without it is not whole. */
export const CUDA_MARK = 'complete.json';

/** What the runtime loads beside its own library. */
export const CUDA_FILES = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'] as const;

/** The one platform that CUDA's libraries are published for as a separate download. */
export const CUDA_PLATFORM = 'linux-x64';

/** Where the copy of ONNX Runtime with CUDA's libraries is kept: in the user's cache, by version. */
export function cudaFolder(version: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  return path.join(cache, 'grace-model-editor', `onnxruntime-${version}-cuda12`);
}

/**
 * The folder of that copy where it is whole; undefined where it is not there. The runtime looks for CUDA's libraries beside its
 * own and nowhere else, so it is loaded from there.
 */
export function wholeCudaFolder(version: string): string | undefined {
  const folder = cudaFolder(version);
  return existsSync(path.join(folder, CUDA_MARK)) ? folder : undefined;
}
