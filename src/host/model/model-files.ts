import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import type { FoundModel } from './found-model.ts';

/** A config.json is a few kilobytes; what is larger is something else. */
const LARGEST_CONFIG = 2 ** 20;

/** Names in a folder; none when it is not there or cannot be read. */
export async function namesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** Bytes of a file, links followed; null when there is none. */
export async function sizeOf(file: string): Promise<number | null> {
  const stats = await stat(file).catch(() => null);
  return stats?.isFile() ? stats.size : null;
}

/** The model in a folder that holds config.json and safetensors; null when it does not. */
export async function modelInFolder(folder: string, name: string): Promise<FoundModel | null> {
  const files = await namesIn(folder);
  if (!files.includes('config.json')) return null;
  const sizes = await Promise.all(
    files.filter((file) => file.endsWith('.safetensors')).map((file) => sizeOf(path.join(folder, file))),
  );
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  if (bytes === 0) return null;
  return { path: folder, name, bytes, format: 'safetensors', architecture: await architectureOf(folder) };
}

/** The model in a GGUF file; null when there is none. Of a model in parts, the first stands for all. */
export async function modelInFile(file: string, name: string): Promise<FoundModel | null> {
  const bytes = await sizeOf(file);
  return bytes === null ? null : { path: file, name, bytes, format: 'gguf', architecture: '' };
}

/** The model that a folder is, and those in its GGUF files. */
export async function modelsIn(folder: string, name: string): Promise<readonly FoundModel[]> {
  const whole = await modelInFolder(folder, name);
  const files = (await namesIn(folder)).filter((file) => file.endsWith('.gguf'));
  const single = await Promise.all(files.map((file) => modelInFile(path.join(folder, file), `${name}/${file}`)));
  return [whole, ...single].filter((model) => model !== null);
}

async function architectureOf(folder: string): Promise<string> {
  const file = path.join(folder, 'config.json');
  if (((await sizeOf(file)) ?? Infinity) > LARGEST_CONFIG) return '';
  const config: unknown = await readFile(file, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch(() => null);
  if (typeof config !== 'object' || config === null || !('architectures' in config)) return '';
  const [first] = Array.isArray(config.architectures) ? (config.architectures as unknown[]) : [];
  return typeof first === 'string' ? first : '';
}
