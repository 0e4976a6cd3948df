import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { CodebookFolder } from '../src/engine/grace/codebook-folder.ts';
import { EuclideanRouter } from '../src/engine/grace/router.ts';
import { gaussianVectors, makeLargeCodebook } from '../test/support/large-codebook.ts';
import { printedByPython, printedHere, watched } from './support/child.ts';
import { table, writeSection } from './support/report.ts';
import { timed } from './support/timing.ts';

const COUNTS = [100, 1000, 10_000] as const;
const WIDTH = 768;

interface BookMeasured {
  readonly lookUpMs: number;
  readonly foldSeconds: number;
}

/** A look-up, and the fold of a journal into entries with the vectors read from the disk. Keys are Gaussian: no distance can be given up early. */
export async function measureCodebook(count: number): Promise<BookMeasured> {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'grace-bench-')), 'codebook');
  const model = { name: 'bench', architecture: 'none', fingerprint: '0' };
  makeLargeCodebook(folder, count, { model, hook: { replace: 'a', key: 'a:input' }, router: 'grace', dIn: WIDTH, dOut: WIDTH }); // prettier-ignore
  const begun = performance.now();
  const { codebook } = CodebookFolder.open(folder, 'read');
  const foldSeconds = (performance.now() - begun) / 1000;
  const point = { path: 'a', side: 'input', kind: 'linear', stack: 'decoder', block: 0, size: WIDTH } as const;
  const router = new EuclideanRouter(point);
  const vector = gaussianVectors(11);
  const queries = Array.from({ length: 200 }, () => vector(WIDTH));
  const lookUpMs = await timed(queries.length, () =>
    router.decide({ vector: queries.pop()!, prompt: { kind: 'text', text: '' } }, codebook),
  );
  rmSync(path.dirname(folder), { recursive: true });
  return { lookUpMs, foldSeconds };
}

/** Codebooks of growing sizes here and as tensors in PyTorch. */
export function compareCodebooks(): void {
  const [[ours, plain], busy] = watched(() => [
    COUNTS.map((count) => printedHere('codebook', String(count)) as BookMeasured),
    printedByPython('bench/plain_codebook.py', String(WIDTH), ...COUNTS.map(String)) as Record<number, BookMeasured>,
  ] as const); // prettier-ignore
  const rows = COUNTS.flatMap((count, at) => {
    const [here, there] = [ours[at]!, plain[count]!];
    return [
      [`ms to look up among ${count}`, here.lookUpMs, there.lookUpMs, there.lookUpMs / here.lookUpMs],
      [`s to fold ${count} edits`, here.foldSeconds, there.foldSeconds, there.foldSeconds / here.foldSeconds],
    ];
  });
  writeSection(
    'Codebooks: look-up and fold, and PyTorch',
    'npm run bench -- --only codebook',
    `Keys and values of ${WIDTH} numbers. Here a codebook is read from its folder and folded; there its tensors grow in memory, edit by edit, as in the paper's code. ${busy}\n\n${table(
      ['measured', 'here', 'PyTorch', 'ratio'],
      rows,
    )}`,
  );
}
