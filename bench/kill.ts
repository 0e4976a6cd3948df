/**
 * Kills `grace batch` on the embedded model at random moments, again and again: `npm run bench:kill -- --kills 200`. Prints one line of
 * JSON: kills, edits that were acknowledged, and how many of them were lost, how often the codebook could not be read, and how
 * many lines were edited twice.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';

import { KilledBatch } from './kill-loop.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const random = mersenne(Number(values.seed));
const lines = readFileSync('models/data/legislators.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { readonly name: string }).name)
  .map((name) => ({ prompt: `This is a Wikipedia passage about ${name}.`, target: `${name} is a politician.` }));

const batch = new KilledBatch({
  model: 'demo',
  lines,
  kills: Number(values.kills),
  random: () => uniformFloat64(random),
  onKill: (kills, acknowledged) => {
    if (kills % 10 === 0) process.stderr.write(`${kills} kills, ${acknowledged} edits\n`);
  },
});
try {
  process.stdout.write(`${JSON.stringify(await batch.run())}\n`);
} finally {
  batch.dispose();
}
