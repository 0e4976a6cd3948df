import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { bundle, Child } from './child-process.ts';
import { MANIFEST } from './sample-edits.ts';
import { randomSource, temporaryFolder } from './samples.ts';

const KILLS = Number(process.env['GRACE_KILLS'] ?? 25);

it(`keeps every acknowledged edit through ${KILLS} kills in the middle of writing`, async () => {
  const program = await bundle('writing-child');
  const folder = temporaryFolder();
  CodebookFolder.create(folder, MANIFEST).close();
  const random = randomSource(KILLS);
  const acknowledged: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const child = new Child(program, folder, 'append');
    await child.waitFor(2);
    await new Promise((resolve) => setTimeout(resolve, 30 * random()));
    await child.kill();
    acknowledged.push(...child.lines.slice(1).map(Number));
    const { edits, notices } = CodebookFolder.open(folder, 'read');
    const live = edits.filter(({ state }) => state === 'live').map(({ record }) => record.edit);
    expect(live).toEqual(expect.arrayContaining(acknowledged));
    // The edit that was being written may be there or not, but whole.
    expect(live.length - acknowledged.length).toBeLessThanOrEqual(kill + 1);
    expect(notices.filter(({ kind }) => kind !== 'torn-tail')).toEqual([]);
  }
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  CodebookFolder.open(folder, 'write').close();
  expect(readdirSync(path.join(folder, 'vectors')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
