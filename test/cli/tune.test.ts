import path from 'node:path';
import { expect, it } from 'vitest';

import { expectRefusal, grace, run, temporaryFolder, writeLines } from './grace.ts';
import * as shapes from './shapes.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const model = writeGpt2(path.join(place, 'gpt2'));
const file = writeLines(path.join(place, 'own.jsonl'), [
  { prompt: 'Where is', target: 'here', rephrasings: ['At which place is'] },
  { prompt: 'My name is', target: 'Ada' },
]);

it('measures settings with edits of one’s own, and proposes one', async () => {
  const args = [
    'tune',
    '--model',
    model,
    '--file',
    file,
    '--edits',
    '1',
    '--hooks',
    'transformer.h.1',
    '--radii',
    '1,50',
  ];
  const { cells, proposed } = await grace(shapes.tuning, args);
  expect(cells).toHaveLength(2);
  expect(cells).toContainEqual(proposed);
  expect(proposed).toMatchObject({ hook: 'transformer.h.1', success: { held: 1, of: 1 }, generality: { of: 1 } });
  const { stdout, exit } = await run(...args);
  expect(exit).toBe(0);
  expect(stdout).toContain('x50');
  expect(stdout).toMatch(/This is what is used without a choice|--hook transformer\.h\.1 --radius/);
});

it('does not count rewordings that are not there', async () => {
  const bare = writeLines(path.join(place, 'bare.jsonl'), [{ prompt: 'My name is', target: 'Ada' }, { prompt: 'No' }]);
  const args = ['tune', '--model', model, '--file', bare, '--hooks', 'transformer.h.1', '--radii', '1,2'];
  const { errors, proposed } = await grace(shapes.tuning, args);
  expect(errors).toMatchObject([{ line: 2 }]);
  expect(proposed.generality).toEqual({ held: 0, of: 0 });
  const { stdout, stderr } = await run(...args);
  expect(stdout).toMatch(/transformer\.h\.1 .* -\/\d+/);
  expect(stdout).toContain('rewordings: not measured; unrelated');
  expect(stdout).toContain('add "rephrasings"');
  expect(stderr).toContain('Line 2: ');
});

it('refuses wrong use', async () => {
  const on = ['tune', '--model', model];
  await expectRefusal('hook-unknown', [...on, '--hooks', 'transformer.h.99'], /no module transformer\.h\.99/);
  await expectRefusal('bad-argument', [...on, '--radii', '1,0'], /more than 0/);
  await expectRefusal('bad-input-file', [...on, '--file', path.join(place, 'gpt2', 'config.json')]);
});
