import type { InferenceSession } from 'onnxruntime-node';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Graph } from '../graph/graph.ts';
import { asItIs, encodeOnnx } from '../graph/onnx.ts';
import { releaseScratch } from '../weights/scratch-memory.ts';
import type { Device } from './device.ts';
import { ortFor, type Ort } from './ort.ts';
import { placeWeights } from './weight-places.ts';
import { nodesOffWebGpu, writeForWebGpu } from './webgpu-nodes.ts';
import { fromOrt, toOrt, type Tensor } from './tensor.ts';
import { threadsToUse } from './threads.ts';

export interface SessionOptions {
  readonly device: Device;
  /** Folder under which the graph's external initializers lie; the runtime maps their files read-only. */
  readonly folder?: string;
  /** Folding constants and fusing nodes; off only where exactly the written nodes are to be run (tests of single operators). */
  readonly optimize?: boolean;
  /** Outputs that stay on the device, where it keeps buffers; all others come to this process. */
  readonly onDevice?: readonly string[];
}

/** One graph made ready to run. It holds native memory until `dispose`. */
export class Session {
  readonly #ort: Ort;
  readonly #device: Device;
  readonly #session: InferenceSession;
  #bound: Readonly<Record<string, Tensor>> = {};

  private constructor(ort: Ort, device: Device, session: InferenceSession) {
    this.#ort = ort;
    this.#device = device;
    this.#session = session;
  }

  /** Throws `bad-argument` as {@link threadsToUse}, `device-unavailable` when the device cannot be started, `model-damaged` when the runtime refuses the weights. */
  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    const { device, folder, optimize = true, onDevice = [] } = options;
    const ort = ortFor(device);
    const threads = threadsToUse();
    const settings = {
      // Threads wait for the next operator by spinning, which is quicker than to be woken, and for no longer than that takes: beyond
      // it they would take the cores from whoever shares the machine (docs/decisions/0013-threads-spin-for-a-moment.md).
      intra_op: { allow_spinning: '1', spin_duration_us: '50' },
      use_device_allocator_for_initializers: '1',
      ...(folder ? { model_external_initializers_file_folder_path: folder } : {}),
    };
    const { place, files } = placeWeights(graph, folder, device === 'wasm');
    const encoded = encodeOnnx(graph, place, device === 'webgpu' ? writeForWebGpu : asItIs);
    try {
      return new Session(
        ort,
        device,
        await ort.InferenceSession.create(encoded, {
          ...providers(device, graph),
          ...(files.length > 0 ? { externalData: files } : {}),
          ...(onDevice.length > 0
            ? { preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer'])) }
            : {}),
          ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
          graphOptimizationLevel: optimize ? 'all' : 'disabled',
          logSeverityLevel: 4, // errors are thrown; stderr is for people
          ...(device === 'wasm' ? {} : { extra: { session: settings } }),
        }),
      );
    } catch (error) {
      throw startError(error, device);
    } finally {
      releaseScratch(encoded);
    }
  }

  /** Gives inputs that stay from run to run. Their memory is read anew by each run, so what is written there counts. */
  bind(feeds: Readonly<Record<string, Tensor>>): void {
    this.#bound = feeds;
  }

  /**
   * Runs once; feeds that this graph does not take are left out.
   *
   * @throws CodedError `device-unavailable` when a device other than the CPU fails
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const taken = this.#session.inputNames.map((name) => [name, feeds[name] ?? this.#bound[name]] as const);
    const missing = taken.find(([, tensor]) => !tensor);
    if (missing) throw new Error(`The graph's input ${missing[0]} was not given.`);
    const inputs = Object.fromEntries(taken.map(([name, tensor]) => [name, toOrt(this.#ort, tensor!)]));
    try {
      const results = await this.#session.run(inputs);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
    } catch (error) {
      throw this.#device === 'cpu' ? error : deviceError('failed', error, this.#device);
    }
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** Graph nodes that a device has no kernel for run on the CPU, within the same session. */
function providers(device: Device, graph: Graph): InferenceSession.SessionOptions {
  switch (device) {
    case 'cpu':
    case 'wasm':
      return { executionProviders: [device] };
    case 'webgpu': {
      const off = nodesOffWebGpu(graph); // an empty list is refused
      return { executionProviders: [{ name: device, ...(off.length > 0 ? { forceCpuNodeNames: off } : {}) }, 'cpu'] };
    }
    case 'dml':
      // DirectML supports neither memory patterns nor parallel execution (onnxruntime.ai, DirectML execution provider).
      return { executionProviders: ['dml', 'cpu'], enableMemPattern: false, executionMode: 'sequential' };
    case 'coreml':
      // An ML program, on CPU and GPU: the neural engine computes in float16 (coreml_provider_factory.h).
      return { executionProviders: [{ name: 'coreml', coreMlFlags: 0x010 | 0x020 }, 'cpu'] };
    case 'cuda':
      return { executionProviders: [{ name: 'cuda', deviceId: 0 }, 'cpu'] };
  }
}

function startError(error: unknown, device: Device): Error {
  const reason = error instanceof Error ? error.message : String(error);
  if (device !== 'cpu' && device !== 'wasm') return deviceError('could not be started', error, device);
  const cause = causeOf(reason);
  if (/alloc|out of memory|bad_alloc|too large/i.test(reason) && device === 'wasm')
    return deviceError('has too little memory for this model', error, device);
  if (!/external|out of bounds|file/i.test(reason)) return new Error(`ONNX Runtime refused the graph: ${cause}`);
  const message = `The weights could not be mapped: ${cause}`;
  return new CodedError('model-damaged', message, 'Check that the files are complete.', { reason });
}

function deviceError(what: string, error: unknown, device: Device): CodedError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `The device ${device} ${what}: ${causeOf(reason)}`;
  return new CodedError('device-unavailable', message, 'Use --device cpu.', { device, reason });
}

/** The runtime's own words come behind the condition that failed in its source. */
const causeOf = (reason: string): string =>
  reason
    .replace(/^.* was false\. /s, '')
    .trim()
    .replace(/\.?$/, '.');
