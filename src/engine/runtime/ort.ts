import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import type * as OrtModule from 'onnxruntime-node';

import { CodedError } from '../../protocol/coded-error.ts';
import { wholeCudaFolder } from './cuda-folder.ts';
import type { Device } from './device.ts';

/** ONNX Runtime's API, which its package for Node and its package for WebAssembly have in common. */
export type Ort = Pick<typeof OrtModule, 'InferenceSession' | 'Tensor' | 'env'>;

// CommonJS, because loading the native package fails where it has no binary, and that must be an error like any other.
const packages = createRequire(import.meta.url);

let native: typeof OrtModule | Error | undefined;
let wasm: Ort | Error | undefined;

/** What runs a device's graphs. @throws CodedError `device-unavailable` where its package or binary is not there. */
export function ortFor(device: Device): Ort {
  const loaded = device === 'wasm' ? loadWasm() : loadNative();
  if (!(loaded instanceof Error)) return loaded;
  const message = `ONNX Runtime could not be loaded for ${device}: ${loaded.message}`;
  throw new CodedError('device-unavailable', message, 'See grace inspect --devices.', { device });
}

/** Why the package with native binaries cannot be used on this machine; null where it can. */
export function nativeFailure(): string | null {
  const loaded = loadNative();
  return loaded instanceof Error ? loaded.message : null;
}

/** Why the package for WebAssembly cannot be used; null where it can. */
export function wasmFailure(): string | null {
  const loaded = loadWasm();
  return loaded instanceof Error ? loaded.message : null;
}

/** The execution providers that the native package was built with, those among them whose files are downloaded separately. */
export function packagedProviders(): readonly { readonly name: string; readonly bundled: boolean }[] {
  const loaded = loadNative();
  return loaded instanceof Error ? [] : loaded.listSupportedBackends();
}

/** The version of ONNX Runtime that is installed. */
export function ortVersion(): string {
  return (packages('onnxruntime-node/package.json') as { readonly version: string }).version;
}

/** The folder of the native package that holds this platform's binaries. */
export const binaryFolder = (): string => binariesOf(rootOf(nativePackages()));

/** Copies the native package, with what it needs and this platform's binaries, into a folder; returns where those lie there. */
export function copyRuntime(folder: string): string {
  const own = rootOf(packages);
  // Its package.json is not among what this package lets others ask for.
  const common = path.resolve(path.dirname(createRequire(path.join(own, 'dist', 'index.js')).resolve('onnxruntime-common')), '../..'); // prettier-ignore
  for (const root of [own, common]) {
    const wanted = [path.join(root, 'package.json'), path.join(root, 'dist'), binariesOf(root)];
    const isWanted = (file: string): boolean => wanted.some((one) => one.startsWith(file) || file.startsWith(one));
    const copy = path.join(folder, 'node_modules', path.basename(root));
    cpSync(root, copy, { recursive: true, dereference: true, filter: isWanted });
  }
  return binariesOf(path.join(folder, 'node_modules', 'onnxruntime-node'));
}

/** The copy with CUDA's libraries where that was downloaded, or the package that came with this program. */
function nativePackages(): NodeJS.Require {
  const folder = wholeCudaFolder(ortVersion());
  return folder === undefined ? packages : createRequire(path.join(folder, 'package.json'));
}

const rootOf = (from: NodeJS.Require): string => path.dirname(from.resolve('onnxruntime-node/package.json'));

const binariesOf = (root: string): string => path.join(root, 'bin', 'napi-v6', process.platform, process.arch);

function loadNative(): typeof OrtModule | Error {
  return (native ??= attempt(() => {
    // Unless it is told not to, ONNX Runtime 1.29 and later reports to its maker from the first session on, keeps what it has not
    // sent under ~/.cache, reads the command line (prompts and all) for it, and crashes where that is long.
    process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
    // CUDA's libraries would compute products of float32 with 10 bits of mantissa.
    process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
    if (!hasBinary()) throw new Error(`its package has no binary for ${process.platform}-${process.arch}`);
    return quiet(nativePackages()('onnxruntime-node') as typeof OrtModule);
  }));
}

function loadWasm(): Ort | Error {
  // Both packages offer a "cpu" to the library that they share, and the first one gets it.
  loadNative();
  return (wasm ??= attempt(() => {
    const loaded = quiet(packages('onnxruntime-web') as Ort);
    // More threads would be workers that keep the process alive.
    loaded.env.wasm.numThreads = 1;
    return loaded;
  }));
}

function hasBinary(): boolean {
  try {
    packages.resolve(path.join(binaryFolder(), 'onnxruntime_binding.node'));
    return true;
  } catch {
    return false;
  }
}

function quiet<Loaded extends Ort>(ort: Loaded): Loaded {
  ort.env.logLevel = 'fatal'; // what goes wrong is thrown; stderr is for people
  return ort;
}

function attempt<T>(load: () => T): T | Error {
  try {
    return load();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
