import path from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, it, onTestFinished } from 'vitest';

import { KilledBatch } from '../../bench/kill-loop.ts';
import { grace, temporaryFolder } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2 } from './tiny-models.ts';

const KILLS = Number(process.env['GRACE_KILLS'] ?? 10);
const model = writeGpt2(path.join(temporaryFolder(), 'gpt2'));

it(`a batch that is killed ${KILLS} times loses no acknowledged edit, makes none twice, and comes to its end`, async () => {
  const random = xoroshiro128plus(Date.now());
  const lines = Array.from({ length: 4 * KILLS }, (_, at) => ({
    prompt: `The ${at}. man was`,
    target: `number ${at}.`,
  }));
  const batch = new KilledBatch({ model, lines, kills: KILLS, random: () => uniformFloat64(random) });
  onTestFinished(() => {
    batch.dispose();
  });
  const count = await batch.run();
  expect(count).toMatchObject({ kills: KILLS, lost: 0, unreadable: 0, duplicates: 0 });
  expect(count.acknowledged).toBeGreaterThan(0);

  const result = await grace(shapes.batchResult, batch.args);
  expect(result).toMatchObject({ lines: lines.length, made: lines.length - result.skipped, errors: [], missed: [] });
  const { edits } = await grace(shapes.editList, ['edits', '--codebook', batch.codebook]);
  expect(edits.map(({ target }) => target)).toEqual(lines.map(({ target }) => target));
});
