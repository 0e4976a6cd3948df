/**
 * A codebook of 10,000 edits at d = 768: `npm run bench:codebook`. Prints one line of JSON: milliseconds of a decision (median and
 * largest of 200), seconds to open the folder and to revert one edit. Keys are Gaussian, so that no distance can be given up early.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

import { CodebookFolder } from '../src/engine/grace/codebook-folder.ts';
import { EuclideanRouter } from '../src/engine/grace/router.ts';
import { StoredEdits } from '../src/engine/grace/stored-edits.ts';
import { encodeVectors, type EditVectors } from '../src/engine/grace/vectors.ts';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '10000' }, d: { type: 'string', default: '768' } },
});
const [count, d] = [Number(values.edits), Number(values.d)];

const random = mersenne(7);
const gaussian = (): number =>
  Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
const vector = (): Float32Array => Float32Array.from({ length: d }, gaussian);

const stored = new StoredEdits();
for (let edit = 1; edit <= count; edit++) {
  const own: EditVectors = { keys: [vector()], value: vector() };
  stored.vectors.set(edit, own);
  stored.history.replay({
    op: 'edit', edit, at: new Date().toISOString(), prompt: { kind: 'text', text: `prompt ${edit}` }, target: `target ${edit}`, label: [edit], rephrasings: [], radius: 1, replace: 'replace_last', vectors: encodeVectors(own, d).name, before: '', after: '',
    training: { start: 'warm', learningRate: 0.1, steps: 7, rows: 1, firstLoss: 3, lastLoss: 0.1, success: true },
  }); // prettier-ignore
}

const folder = path.join(mkdtempSync(path.join(tmpdir(), 'grace-bench-')), 'codebook');
const identity = {
  model: { name: 'bench', architecture: 'none', fingerprint: '0' },
  hook: { replace: 'a', key: 'a:input' },
  router: 'grace',
  dIn: d,
  dOut: d,
};
const created = CodebookFolder.create(folder, { ...identity, radius: { radius: 1 } });
created.adopt(stored);
created.close();

const seconds = <T>(work: () => T): readonly [T, number] => {
  const started = performance.now();
  return [work(), (performance.now() - started) / 1000];
};
const [opened, open] = seconds(() => CodebookFolder.open(folder, 'write'));
const router = new EuclideanRouter({ path: 'a', side: 'input', kind: 'linear', block: 0, size: d });
const decisions = Array.from({ length: 200 }, () => {
  const query = vector();
  return 1000 * seconds(() => router.decide({ vector: query, prompt: { kind: 'text', text: '' } }, opened.codebook))[1];
}).sort((a, b) => a - b);
const [, revert] = seconds(() => {
  opened.revert(count >> 1);
});
opened.close();
rmSync(path.dirname(folder), { recursive: true });
process.stdout.write(
  `${JSON.stringify({ edits: count, d, decisionMs: { median: decisions[100], largest: decisions.at(-1) }, openSeconds: open, revertSeconds: revert })}\n`,
);
