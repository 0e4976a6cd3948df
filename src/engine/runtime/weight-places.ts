import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';

import { CodedError } from '../../protocol/coded-error.ts';
import type { ExternalData, Graph } from '../graph/graph.ts';
import { encodedInitializers, type OuterInitializer, type Place } from '../graph/onnx.ts';

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

/**
 * Makes the computed initializers of a graph. The runtime takes bytes in memory for all files of a graph or for none, so beside
 * computed initializers those in files are read as well, where otherwise the runtime maps them.
 *
 * @param inMemory reads all of them: WebAssembly has no files to map
 * @throws CodedError `model-damaged` when a file ends too early.
 */
export function placeWeights(graph: Graph, folder: string | undefined, inMemory = false): WeightPlaces {
  const outer = encodedInitializers(graph).filter(
    (initializer): initializer is OuterInitializer => !('data' in initializer),
  );
  if (!inMemory && !outer.some((initializer) => 'compute' in initializer)) return { place: undefined, files: [] };
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
