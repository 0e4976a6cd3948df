import { InferenceSession } from 'onnxruntime-node';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx.ts';
import type { Device } from './device.ts';
import { fromOrt, toOrt, type Tensor } from './tensor.ts';

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

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** Throws `device-unavailable` when the device cannot be started, `model-damaged` when the runtime refuses the weights. */
  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    const { device, folder, optimize = true } = options;
    try {
      return new Session(
        await InferenceSession.create(encodeOnnx(graph), {
          executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
          graphOptimizationLevel: optimize ? 'all' : 'disabled',
          logSeverityLevel: 3,
          ...(folder ? { extra: { session: { model_external_initializers_file_folder_path: folder } } } : {}),
        }),
      );
    } catch (error) {
      throw startError(error, device);
    }
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const results = await this.#session.run(mapValues(feeds, toOrt));
    return mapValues(results, fromOrt);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function startError(error: unknown, device: Device): Error {
  const reason = error instanceof Error ? error.message : String(error);
  if (/external|out of bounds|file/i.test(reason)) {
    return new CodedError('model-damaged', `The weights could not be mapped: ${reason}`, 'Check that the files are complete.');
  }
  if (device === 'cpu') return new Error(`ONNX Runtime refused the graph: ${reason}`);
  return new CodedError('device-unavailable', `The device ${device} could not be started: ${reason}`, 'Use --device cpu.');
}
