import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { expectRefusal, temporaryFolder } from './grace.ts';
import { writeGpt2 } from './tiny-models.ts';

const place = temporaryFolder();
const GPT2 = writeGpt2(path.join(place, 'gpt2'));

it('running a model leaves no file anywhere: ONNX Runtime does not collect what it would report', () => {
  const [home, temporary] = ['home', 'temporary'].map((name) => path.join(place, name)) as [string, string];
  for (const folder of [home, temporary]) mkdirSync(folder);
  const environment = { ...process.env, HOME: home, XDG_CACHE_HOME: path.join(home, '.cache'), TMPDIR: temporary };
  const args = ['bin/grace.mjs', 'generate', '--model', GPT2, '--prompt', 'Who was', '--max-tokens', '2'];
  execFileSync(process.execPath, args, { env: environment, stdio: 'pipe' });
  expect([...readdirSync(home), ...readdirSync(temporary)]).toEqual([]);
});

it('a command line of a hundred kilobytes is read like any other', async () => {
  const prompt = ['--prompt', 'word '.repeat(20_000)];
  await expectRefusal('context-exceeded', ['generate', '--model', GPT2, ...prompt], /has \d{5} tokens/);
});
