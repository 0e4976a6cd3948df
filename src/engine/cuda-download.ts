import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'; // prettier-ignore
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

import { CodedError } from '../protocol/coded-error.ts';
import type { CudaOffer, CudaProgress, CudaState } from '../protocol/cuda.ts';
import { fetchFrom, findPackage, hostOf, type NugetPackage } from './nuget-package.ts';
import { CUDA_FILES, CUDA_MARK, CUDA_PLATFORM, cudaFolder, wholeCudaFolder } from './runtime/cuda-folder.ts';
import { copyRuntime, ortVersion } from './runtime/ort.ts';

/** Where ONNX Runtime's own install script takes them from; GRACE_CUDA_FEED names a mirror. */
const FEED = 'https://api.nuget.org/v3/index.json';
const PACKAGE = 'Microsoft.ML.OnnxRuntime.Gpu.Linux';
const WITHIN = 'runtimes/linux-x64/native/';

/** What shows that NVIDIA's driver runs: on Linux itself, and below Windows. */
const DRIVER = ['/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1'] as const;

/** What is tried of this machine; tests put other things here. */
export interface CudaMachine {
  readonly platform: string;
  readonly driver: readonly string[];
  readonly feed: string;
}

export const thisMachine = (): CudaMachine => ({
  platform: `${process.platform}-${process.arch}`,
  driver: DRIVER,
  feed: process.env['GRACE_CUDA_FEED'] ?? FEED,
});

export interface CudaWatch {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CudaProgress) => void) | undefined;
}

/** Whether CUDA's libraries for the installed ONNX Runtime are on this machine. */
export function cudaState(): CudaState {
  const folder = cudaFolder(ortVersion());
  return { installed: wholeCudaFolder(ortVersion()) !== undefined, folder, bytes: bytesBelow(folder) };
}

/** What a download would bring. Throws `device-unavailable` with one sentence where CUDA cannot work, or the feed has nothing. */
export async function cudaOffer(machine = thisMachine(), { signal }: CudaWatch = {}): Promise<CudaOffer> {
  return offerOf(await lookUp(machine, signal));
}

/**
 * Downloads CUDA's libraries into the user's cache, beside a copy of the runtime that loads them. The package is held against
 * the SHA-512 that the feed tells; the folder gets its name when it is whole. Called off, nothing of it stays.
 *
 * @throws CodedError `device-unavailable`, `cancelled`, `storage-failed`
 */
export async function downloadCuda(machine = thisMachine(), watch: CudaWatch = {}): Promise<CudaOffer> {
  const found = await lookUp(machine, watch.signal);
  const offer = offerOf(found);
  const part = `${offer.folder}.${process.pid}.part`;
  removeParts(offer.folder);
  try {
    mkdirSync(part, { recursive: true });
    const archive = path.join(part, 'package.zip');
    await fetchArchive(found, archive, watch);
    await unpack(archive, copyRuntime(part));
    rmSync(archive);
    writeFileSync(path.join(part, CUDA_MARK), JSON.stringify({ version: offer.version, sha512: found.hash }));
    rmSync(offer.folder, { recursive: true, force: true });
    renameSync(part, offer.folder);
    return offer;
  } catch (error) {
    throw storageError(error, offer.folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

/** Takes the libraries away again. */
export function removeCuda(): CudaState {
  const before = cudaState();
  removeParts(before.folder);
  rmSync(before.folder, { recursive: true, force: true });
  return { ...cudaState(), bytes: before.bytes };
}

async function lookUp({ platform, driver, feed }: CudaMachine, signal?: AbortSignal): Promise<NugetPackage> {
  const cannot = (message: string): CodedError => new CodedError('device-unavailable', message, 'Use --device cpu.');
  if (platform !== CUDA_PLATFORM)
    throw cannot(`CUDA's libraries are published for ${CUDA_PLATFORM} alone, and this is ${platform}.`);
  if (!driver.some((file) => existsSync(file)))
    throw cannot('No driver of NVIDIA runs on this machine, so CUDA would not work.');
  return findPackage(feed, PACKAGE, ortVersion(), signal);
}

const offerOf = ({ url, bytes }: NugetPackage): CudaOffer => ({
  ...{ version: ortVersion(), host: hostOf(url), bytes, folder: cudaFolder(ortVersion()) },
});

async function fetchArchive({ url, bytes, hash }: NugetPackage, file: string, watch: CudaWatch): Promise<void> {
  const { body } = await fetchFrom(url, watch.signal);
  const sum = createHash('sha512');
  let done = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, next) {
      done += chunk.length;
      sum.update(chunk);
      watch.onProgress?.({ done, of: bytes });
      if (done > bytes) next(damaged(url));
      else next(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(body as never), counted, createWriteStream(file), { signal: watch.signal! });
  } catch (error) {
    if (watch.signal?.aborted) throw new CodedError('cancelled', 'The download was called off.');
    if (error instanceof TypeError) throw damaged(url); // the connection ended too early
    throw error;
  }
  if (done !== bytes || sum.digest('base64') !== hash) throw damaged(url);
}

/** Takes the two libraries out of the archive, and nothing else. */
async function unpack(archive: string, folder: string): Promise<void> {
  const missing = new Set<string>(CUDA_FILES);
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) {
      const name = CUDA_FILES.find((file) => entry.fileName === `${WITHIN}${file}`);
      if (name === undefined || !missing.delete(name)) continue;
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path.join(folder, name)));
    }
  } finally {
    zip.close();
  }
  const [absent] = missing;
  if (absent !== undefined) throw new CodedError('device-unavailable', `The package lacks ${absent}.`, 'Use --device cpu.'); // prettier-ignore
}

/** What a download that was ended by force has left. */
function removeParts(folder: string): void {
  if (!existsSync(path.dirname(folder))) return;
  for (const name of readdirSync(path.dirname(folder)))
    if (name.startsWith(`${path.basename(folder)}.`) && name.endsWith('.part'))
      rmSync(path.join(path.dirname(folder), name), { recursive: true, force: true });
}

function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}

const damaged = (url: string): CodedError =>
  new CodedError(
    'device-unavailable',
    `What ${hostOf(url)} sent is not the package that it describes; nothing was kept.`,
    'Try again later.',
  );

function storageError(error: unknown, folder: string): unknown {
  if (error instanceof CodedError || !(error instanceof Error) || !('code' in error)) return error;
  return new CodedError('storage-failed', `CUDA's libraries could not be kept in ${folder}: ${error.message}.`);
}
