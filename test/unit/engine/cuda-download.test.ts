import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import yazl from 'yazl';

import { cudaOffer, cudaState, downloadCuda, removeCuda, type CudaMachine } from '../../../src/engine/cuda-download.ts';
import { CUDA_FILES } from '../../../src/engine/runtime/cuda-folder.ts';
import { binaryFolder, ortVersion } from '../../../src/engine/runtime/ort.ts';
import type { CodedError } from '../../../src/protocol/coded-error.ts';
import type { CudaProgress } from '../../../src/protocol/cuda.ts';

const NAME = 'microsoft.ml.onnxruntime.gpu.linux';
/** Two libraries of a size that takes more than one piece to send. */
const LIBRARIES = new Map(CUDA_FILES.map((file, at) => [file, Buffer.alloc(300_000 + at, at + 1)]));

let cache: string;
let server: Server;
let archive: Buffer;
/** What the feed does otherwise than it should. */
let fault: 'none' | 'other bytes' | 'ends early' | 'stalls' | 'absent';

const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const machine = (): CudaMachine => ({
  platform: 'linux-x64',
  driver: [import.meta.filename],
  feed: `${base()}/v3/index.json`,
});

function answers(): Readonly<Record<string, unknown>> {
  const hash = createHash('sha512').update(archive).digest('base64');
  return {
    '/v3/index.json': { resources: [{ '@id': `${base()}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' }] },
    [`/registration/${NAME}/${ortVersion()}.json`]: {
      catalogEntry: `${base()}/catalog.json`,
      packageContent: `${base()}/package.nupkg`,
    },
    '/catalog.json': { packageHash: hash, packageHashAlgorithm: 'SHA512', packageSize: archive.length },
  };
}

async function packageOf(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of files) zip.addBuffer(content, `runtimes/linux-x64/native/${name}`, { compress: false });
  zip.addBuffer(Buffer.from('nothing of ours'), 'readme.txt');
  zip.end();
  return buffer(zip.outputStream);
}

beforeEach(async () => {
  cache = mkdtempSync(path.join(tmpdir(), 'grace-cuda-'));
  vi.stubEnv('XDG_CACHE_HOME', cache);
  fault = 'none';
  archive = await packageOf(LIBRARIES);
  server = createServer(({ url }, response) => {
    if (url !== '/package.nupkg') {
      const answer = fault === 'absent' ? undefined : answers()[url!];
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
      return;
    }
    const bytes = fault === 'other bytes' ? Buffer.from(archive).fill(7, 1000, 1001) : archive;
    response.writeHead(200, { 'content-length': bytes.length });
    if (fault === 'none' || fault === 'other bytes') return void response.end(bytes);
    response.write(bytes.subarray(0, 200_000), () => {
      if (fault === 'ends early') response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(cache, { recursive: true, force: true });
});

const error = (work: Promise<unknown>): Promise<CodedError> =>
  work.then(
    () => expect.fail('an error was expected'),
    (thrown: unknown) => thrown as CodedError,
  );
const kept = (): readonly string[] => {
  const folder = path.join(cache, 'grace-model-editor');
  return existsSync(folder) ? readdirSync(folder) : [];
};

it('tells size and origin, keeps what is whole beside a copy of the runtime, and takes it away', async () => {
  const offer = await cudaOffer(machine());
  expect(offer).toMatchObject({ bytes: archive.length, host: new URL(base()).host, version: ortVersion() });
  expect(offer.folder.startsWith(cache)).toBe(true);
  expect(cudaState().installed).toBe(false);

  const told: CudaProgress[] = [];
  await downloadCuda(machine(), { onProgress: (progress) => told.push(progress) });
  expect(told.length).toBeGreaterThan(1);
  expect(told.at(-1)).toEqual({ done: archive.length, of: archive.length });
  expect(cudaState()).toMatchObject({ installed: true, folder: offer.folder });
  expect(binaryFolder().startsWith(offer.folder)).toBe(true);
  for (const [name, content] of LIBRARIES)
    expect(readFileSync(path.join(binaryFolder(), name)).equals(content)).toBe(true);
  expect(existsSync(path.join(binaryFolder(), 'onnxruntime_binding.node'))).toBe(true);
  expect(existsSync(path.join(offer.folder, 'node_modules/onnxruntime-common/package.json'))).toBe(true);

  expect(removeCuda()).toMatchObject({ installed: false });
  expect(kept()).toEqual([]);
  expect(binaryFolder().startsWith(cache)).toBe(false);
});

it.each(['other bytes', 'ends early', 'absent'] as const)('keeps nothing where the feed errs: %s', async (what) => {
  fault = what;
  const { code, message } = await error(downloadCuda(machine()));
  expect(code).toBe('device-unavailable');
  expect(message).toMatch(what === 'absent' ? /answered 404/ : /is not the package/);
  expect(kept()).toEqual([]);
});

it('keeps nothing of a package that lacks a library', async () => {
  archive = await packageOf(new Map([...LIBRARIES].slice(1)));
  expect((await error(downloadCuda(machine()))).message).toMatch(/lacks libonnxruntime_providers_cuda/);
  expect(kept()).toEqual([]);
});

it('keeps nothing when it is called off', async () => {
  fault = 'stalls';
  const abort = new AbortController();
  const failed = error(downloadCuda(machine(), { signal: abort.signal, onProgress: () => { abort.abort(); } })); // prettier-ignore
  expect((await failed).code).toBe('cancelled');
  expect(kept()).toEqual([]);
});

it('never reads a folder without its mark, and clears away what a killed download has left', async () => {
  await downloadCuda(machine());
  const { folder } = cudaState();
  rmSync(path.join(folder, 'complete.json'));
  expect(cudaState().installed).toBe(false);
  expect(binaryFolder().startsWith(cache)).toBe(false);
  writeFileSync(`${folder}.1.part`, 'half of it');
  await downloadCuda(machine());
  expect(kept()).toEqual([path.basename(folder)]);
});

it('says where it cannot work', async () => {
  const elsewhere = await error(cudaOffer({ ...machine(), platform: 'darwin-arm64' }));
  expect(elsewhere).toMatchObject({
    code: 'device-unavailable',
    message: expect.stringMatching(/darwin-arm64/) as string,
  });
  const without = await error(cudaOffer({ ...machine(), driver: ['/nowhere'] }));
  expect(without.message).toMatch(/No driver of NVIDIA/);
  server.closeAllConnections();
  const unreachable = await error(cudaOffer({ ...machine(), feed: 'http://127.0.0.1:9/v3/index.json' }));
  expect(unreachable.message).toMatch(/could not be reached/);
});
