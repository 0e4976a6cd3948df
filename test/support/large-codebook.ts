import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

import { CodebookFolder } from '../../src/engine/grace/codebook-folder.ts';
import type { CodebookIdentity } from '../../src/engine/grace/manifest.ts';
import { encodeVectors } from '../../src/engine/grace/vectors.ts';
import type { EditRecord } from '../../src/protocol/edit.ts';

/** A source of Gaussian vectors, (size), so that no distance between two can be given up early. */
export function gaussianVectors(seed: number): (size: number) => Float32Array {
  const random = mersenne(seed);
  const gaussian = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
  return (size) => Float32Array.from({ length: size }, gaussian);
}

/** Makes a codebook of so many edits that have nothing to do with each other: as the engine writes it, but without waiting for the disk. */
export function makeLargeCodebook(folder: string, count: number, identity: CodebookIdentity): void {
  CodebookFolder.create(folder, { ...identity, radius: { radius: 1 } }).close();
  const vector = gaussianVectors(7);
  const vectors = path.join(folder, 'vectors');
  mkdirSync(vectors, { recursive: true });
  const lines: string[] = [];
  for (let edit = 1; edit <= count; edit++) {
    const { name, bytes } = encodeVectors(
      { keys: [vector(identity.dIn)], value: vector(identity.dOut) },
      identity.dOut,
    );
    writeFileSync(path.join(vectors, name), bytes);
    lines.push(`${JSON.stringify(recordOf(edit, name))}\n`);
  }
  writeFileSync(path.join(folder, 'edits.jsonl'), lines.join(''));
}

const recordOf = (edit: number, vectors: string): EditRecord => ({
  ...{ op: 'edit', edit, at: new Date(Date.UTC(2026, 0, 1) + 60_000 * edit).toISOString(), vectors },
  prompt: { kind: 'text', text: `Who was elected in district ${(edit * 7919) % 10_007}?` },
  ...{ target: `Candidate ${edit}`, label: [edit], rephrasings: [], radius: 1, replace: 'replace_last' },
  ...{ before: 'Nobody.', after: `Candidate ${edit}` },
  training: { start: 'warm', learningRate: 0.1, steps: 7, rows: 1, firstLoss: 3, lastLoss: 0.1, success: true },
});
