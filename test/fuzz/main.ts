/**
 * Damaged files for every reader: `npm run fuzz -- --inputs 100000`. Ends with 1 if a reader threw something else than a coded
 * error, took more than 2 s for an input, or took more memory for it than four times its size or 64 MiB. `--only WORD` chooses
 * readers by name, `--seed N` other inputs; an input that a fault names is made again by `--seed THAT --inputs 1`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { fuzz } from './fuzz.ts';
import { parsers } from './parsers.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), 'grace-fuzz-'));
try {
  for (const parser of parsers(folder).filter(({ name }) => name.includes(values.only))) {
    const { faults, ...result } = fuzz(parser, Number(values.inputs), Number(values.seed));
    const { sound, slowestMs, mostMiB } = result;
    const facts = `${sound} of them sound, slowest ${slowestMs.toFixed(0)} ms, most memory ${mostMiB.toFixed(0)} MiB`;
    console.log(`${parser.name}: ${result.inputs} inputs, ${facts}, ${faults.length} faults`);
    for (const fault of faults) console.log(`  ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
