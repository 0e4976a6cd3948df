import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

/** Written last into a folder with everything in it. */
export const COMPLETE = 'complete.json';

/** Where a version's CUDA provider is kept: in the user's cache, beside a copy of the runtime that loads it. */
export function cudaFolder(version: string): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  return path.join(cache, 'grace-model-editor', 'cuda', version);
}

/** That folder, if the provider was installed for this version and nothing of it is missing. */
export function installedCuda(version: string): string | undefined {
  const folder = cudaFolder(version);
  return existsSync(path.join(folder, COMPLETE)) ? folder : undefined;
}
