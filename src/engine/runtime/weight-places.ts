import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../../protocol/coded-error.ts';
import type { ExternalData, Graph } from '../graph/graph.ts';
import { computedBytes, encodedInitializers, type OuterInitializer, type Place } from '../graph/onnx.ts';

/** Bytes that the runtime takes for a file's. */
export interface MemoryFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Where a graph's initializers lie, and what of it the runtime has to be given. */
export interface WeightPlaces {
  readonly place: Place | undefined;
  readonly files: readonly MemoryFile[];
}

/** An encoded graph has less than 2 GiB, the limit of protocol buffers; the rest of it takes a few megabytes. */
const MAX_INLINE = 2 ** 31 - 2 ** 27;

/**
 * Makes the computed initializers of a graph. They go into the encoded graph, and those in files are mapped by the runtime. Where
 * they are too large for that, the runtime is given bytes in memory, which it takes for all files of a graph or for none, so that
 * those in files are read as well.
 *
 * @param inMemory reads all of them: WebAssembly has no files to map
 * @throws CodedError `model-damaged` when a file ends too early.
 */
export function placeWeights(
  graph: Graph,
  folder: string | undefined,
  inMemory = false,
  maxInline = MAX_INLINE,
): WeightPlaces {
  const outer = encodedInitializers(graph).filter(
    (initializer): initializer is OuterInitializer => !('data' in initializer),
  );
  const computed = outer.filter((initializer) => 'compute' in initializer);
  if (!inMemory && computed.length === 0) return { place: undefined, files: [] };
  const total = computed.reduce((sum, initializer) => sum + computedBytes(initializer), 0);
  if (!inMemory && total <= maxInline) {
    const place: Place = (initializer) => ('compute' in initializer ? bytesOf(initializer) : initializer.external);
    return { place, files: [] };
  }
  const files = new Map<string, Uint8Array>();
  const places = new Map<OuterInitializer, ExternalData>();
  for (const initializer of outer) {
    const location = locationOf(initializer);
    const data = files.get(location) ?? bytesOf(initializer, folder);
    files.set(location, data);
    places.set(initializer, { location, offset: 0, length: data.length });
  }
  return {
    place: (initializer) => places.get(initializer)!,
    files: [...files].map(([location, data]) => ({ path: location, data })),
  };
}

/** Initializers of the same bytes of a file share them. */
function locationOf(initializer: OuterInitializer): string {
  if ('compute' in initializer) return `memory/${initializer.value.name}`;
  const { location, offset, length } = initializer.external;
  return `${location}/${offset}/${length}`;
}

function bytesOf(initializer: OuterInitializer, folder = '.'): Uint8Array {
  if ('external' in initializer)
    return readBytes(path.join(folder, initializer.external.location), initializer.external);
  const { buffer, byteOffset, byteLength } = initializer.compute();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function readBytes(file: string, { offset, length }: ExternalData): Uint8Array {
  const data = new Uint8Array(length);
  const descriptor = openSync(file, 'r');
  try {
    for (let done = 0, count = 1; done < length; done += count) {
      count = readSync(descriptor, data, done, Math.min(length - done, 2 ** 30), offset + done);
      if (count === 0) {
        throw new CodedError('model-damaged', `${file} ends too early.`, 'Check that the files are complete.', {
          file,
        });
      }
    }
    return data;
  } finally {
    closeSync(descriptor);
  }
}
