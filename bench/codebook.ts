/**
 * A codebook of 10,000 edits at d = 768: `npm run bench:codebook`. Prints one line of JSON: milliseconds of a decision (median and
 * largest of 200), seconds to open the folder and to revert one edit. Keys are Gaussian, so that no distance can be given up early.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { CodebookFolder } from '../src/engine/grace/codebook-folder.ts';
import { EuclideanRouter } from '../src/engine/grace/router.ts';
import { gaussianVectors, makeLargeCodebook } from '../test/support/large-codebook.ts';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '10000' }, d: { type: 'string', default: '768' } },
});
const [count, d] = [Number(values.edits), Number(values.d)];
const vector = gaussianVectors(11);

const folder = path.join(mkdtempSync(path.join(tmpdir(), 'grace-bench-')), 'codebook');
const identity = {
  model: { name: 'bench', architecture: 'none', fingerprint: '0' },
  hook: { replace: 'a', key: 'a:input' },
  router: 'grace',
  dIn: d,
  dOut: d,
};
makeLargeCodebook(folder, count, identity);

const seconds = <T>(work: () => T): readonly [T, number] => {
  const started = performance.now();
  return [work(), (performance.now() - started) / 1000];
};
const [opened, open] = seconds(() => CodebookFolder.open(folder, 'write'));
const router = new EuclideanRouter({ path: 'a', side: 'input', kind: 'linear', stack: 'decoder', block: 0, size: d });
const decisions = Array.from({ length: 200 }, () => {
  const query = vector(d);
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
