import { env, InferenceSession } from 'onnxruntime-node';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx.ts';
import { releaseScratch } from '../weights/scratch-memory.ts';
import type { Device } from './device.ts';
import { placeWeights } from './weight-places.ts';
import { fromOrt, toOrt, type Tensor } from './tensor.ts';

// Unless it is told not to, ONNX Runtime 1.29 and later reports to its maker from the first session on, keeps what it has not sent
// under ~/.cache, reads the command line (prompts and all) for it, and crashes where that is long. Read when the first session starts.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
// What goes wrong is thrown; stderr is for people.
env.logLevel = 'fatal';

export interface SessionOptions {
  readonly device: Device;
  /** Folder under which the graph's external initializers lie; the runtime maps their files read-only. */
  readonly folder?: string;
  /** Folding constants and fusing nodes; off only where exactly the written nodes are to be run (tests of single operators). */
  readonly optimize?: boolean;
}

/** One graph made ready to run. It holds native memory until `dispose`. */
export class Session {
  readonly #session: InferenceSession;
  readonly #inputs: readonly string[];
  #bound: Readonly<Record<string, Tensor>> = {};

  private constructor(session: InferenceSession) {
    this.#session = session;
    this.#inputs = session.inputNames;
  }

  /** Throws `device-unavailable` when the device cannot be started, `model-damaged` when the runtime refuses the weights. */
  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    const { device, folder, optimize = true } = options;
    const settings = {
      // Threads that wait for work by spinning take the cores from whoever shares the machine: an editor, another engine.
      intra_op: { allow_spinning: '0' },
      use_device_allocator_for_initializers: '1',
      ...(folder ? { model_external_initializers_file_folder_path: folder } : {}),
    };
    const { place, files } = placeWeights(graph, folder);
    const encoded = encodeOnnx(graph, place);
    try {
      return new Session(
        await InferenceSession.create(encoded, {
          executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
          ...(files.length > 0 ? { externalData: files } : {}),
          graphOptimizationLevel: optimize ? 'all' : 'disabled',
          logSeverityLevel: 4, // errors are thrown; stderr is for people
          extra: { session: settings },
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

  /** Runs once; feeds that this graph does not take are left out. */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const taken = this.#inputs.map((name) => [name, feeds[name] ?? this.#bound[name]] as const);
    const missing = taken.find(([, tensor]) => !tensor);
    if (missing) throw new Error(`The graph's input ${missing[0]} was not given.`);
    const results = await this.#session.run(Object.fromEntries(taken.map(([name, tensor]) => [name, toOrt(tensor!)])));
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

function startError(error: unknown, device: Device): Error {
  const reason = error instanceof Error ? error.message : String(error);
  // The runtime's own words come behind the condition that failed in its source.
  const cause = reason
    .replace(/^.* was false\. /s, '')
    .trim()
    .replace(/\.?$/, '.');
  if (device !== 'cpu') {
    const message = `The device ${device} could not be started: ${cause}`;
    return new CodedError('device-unavailable', message, 'Use --device cpu.', { device, reason });
  }
  if (!/external|out of bounds|file/i.test(reason)) return new Error(`ONNX Runtime refused the graph: ${cause}`);
  const message = `The weights could not be mapped: ${cause}`;
  return new CodedError('model-damaged', message, 'Check that the files are complete.', { reason });
}
