/**
 * Measures the codebook tree with 10,000 edits, VS Code's part left out: `npm run bench:tree`. Prints one line of JSON, in
 * milliseconds: the first rows in each arrangement; what the tree does itself when a box is ticked (`toggle`); and with a real
 * engine process behind it, which writes to the disk, its start, the opening, and each of twelve ticks in a row (`real`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import type { LogOutputChannel } from 'vscode';

import { GROUPINGS, ORDERS, type Arrangement } from '../src/host/codebook/arrangement.ts';
import type { CodebookNode } from '../src/host/codebook/codebook-shape.ts';
import { CodebookTree } from '../src/host/codebook/codebook-tree.ts';
import { EditSwitcher } from '../src/host/codebook/edit-switcher.ts';
import { ShownEdits } from '../src/host/codebook/shown-edits.ts';
import { FireCounts } from '../src/host/fire-counts.ts';
import { CodebookSession, item, snapshot } from '../test/support/codebook-session.ts';
import { FakeMemento } from '../test/support/fake-vscode.ts';
import { makeLargeCodebook } from '../test/support/large-codebook.ts';
import { Session } from '../src/host/session.ts';

const { values } = parseArgs({
  options: { edits: { type: 'string', default: '10000' }, d: { type: 'string', default: '768' } },
});

const items = Array.from({ length: Number(values.edits) }, (_, at) =>
  item(at + 1, {
    prompt: `Who was elected in district ${(at * 7919) % 10_007}?`,
    tags: [`tag ${at % 20}`],
    at: new Date(Date.UTC(2026, 0, 1 + (at % 200))).toISOString(),
    radius: (at * 31) % 97,
  }),
);
const session = new CodebookSession(snapshot(items));
const memento = new FakeMemento();
const shown = new ShownEdits(session.session);
const tree = new CodebookTree(session.session, shown, new FireCounts(memento), memento);
const switcher = new EditSwitcher(session.session, shown);

/** What VS Code asks for when it opens the view: the lists that are open, and a row for each thing in them. */
function readOpen(node?: CodebookNode): number {
  const children = tree.getChildren(node);
  for (const child of children) tree.getTreeItem(child);
  const open = children.filter((child) => child.kind !== 'edit' && child.open);
  return open.reduce((sum, child) => sum + readOpen(child), children.length);
}

const rounded = (milliseconds: number): number => Number(milliseconds.toFixed(1));

async function measure(
  change: Partial<Arrangement>,
): Promise<{ readonly rows: number; readonly milliseconds: number }> {
  await tree.rearrange({ grouping: 'none', order: 'newest', ...change });
  const start = performance.now();
  const rows = readOpen();
  return { rows, milliseconds: rounded(performance.now() - start) };
}

const orders: Record<string, unknown> = {};
for (const order of ORDERS) orders[order] = await measure({ order });
const groupings: Record<string, unknown> = {};
for (const grouping of GROUPINGS) groupings[grouping] = await measure({ grouping });
await measure({});

const start = performance.now();
await switcher.switch('disable', [items.length]);
const toggle = rounded(performance.now() - start);

/** The same against the engine: everything from the click until the engine's answer is in the tree. */
async function measureReal(): Promise<{ start: number; open: number; toggles: readonly number[] }> {
  const temporary = mkdtempSync(path.join(tmpdir(), 'grace-bench-'));
  const folder = path.join(temporary, 'codebook');
  const d = Number(values.d);
  makeLargeCodebook(folder, items.length, {
    model: { name: 'bench', architecture: 'none', fingerprint: '0' },
    hook: { replace: 'a', key: 'a:input' },
    router: 'grace',
    dIn: d,
    dOut: d,
  });
  const counts = new FireCounts(new FakeMemento());
  const say = (text: string): void => { process.stderr.write(`${text}\n`); }; // prettier-ignore
  const log = { info: () => undefined, warn: say, error: say } as unknown as LogOutputChannel;
  const real = new Session(path.resolve('dist/engine.js'), () => Promise.resolve(undefined), counts, log);
  try {
    const starting = performance.now();
    // It has no codebook to tell of, and says so when it is there.
    await real.engine
      .start()
      .codebook(null)
      .catch(() => undefined);
    const opening = performance.now();
    await real.openCodebook(folder);
    const [start, open] = [rounded(opening - starting), rounded(performance.now() - opening)];
    const edits = new ShownEdits(real);
    const list = new CodebookTree(real, edits, counts, new FakeMemento());
    list.getChildren();
    const toggles: number[] = [];
    for (let at = 0; at < 12; at++) {
      // Two ticks of each of these: off, and on again.
      const edit = 1 + (((at >> 1) * 1663) % items.length);
      const begun = performance.now();
      await new EditSwitcher(real, edits).switch(at % 2 === 0 ? 'disable' : 'enable', [edit]);
      toggles.push(rounded(performance.now() - begun));
    }
    return { start, open, toggles };
  } finally {
    real.dispose();
    rmSync(temporary, { recursive: true });
  }
}

const real = await measureReal();
process.stdout.write(`${JSON.stringify({ edits: items.length, orders, groupings, toggle, real })}\n`);
