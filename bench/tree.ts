/**
 * Measures what the codebook tree does itself with 10,000 edits, VS Code's part left out: `npm run bench:tree`. Prints one line of
 * JSON, in milliseconds: the first rows in each arrangement, and all that follows one tick of a checkbox.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';

import { GROUPINGS, ORDERS, type Arrangement } from '../src/host/codebook/arrangement.ts';
import type { CodebookNode } from '../src/host/codebook/codebook-shape.ts';
import { CodebookTree } from '../src/host/codebook/codebook-tree.ts';
import { EditSwitcher } from '../src/host/codebook/edit-switcher.ts';
import { ShownEdits } from '../src/host/codebook/shown-edits.ts';
import { FireCounts } from '../src/host/fire-counts.ts';
import { CodebookSession, item, snapshot } from '../test/support/codebook-session.ts';
import { FakeMemento } from '../test/support/fake-vscode.ts';

const { values } = parseArgs({ options: { edits: { type: 'string', default: '10000' } } });

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
process.stdout.write(`${JSON.stringify({ edits: items.length, orders, groupings, toggle })}\n`);
