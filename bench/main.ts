/**
 * This engine against the best alternatives, on the same machine and weights: `npm run bench`. Writes bench/results.md.
 *
 * GRACE_PYTHON names a Python with torch and safetensors (`test/pytorch/install.sh` makes one). Parts, all of them or those that
 * `--only` names, with commas between: `gpt2` and `smollm2` compare decoding and learning with plain PyTorch
 * (`bench/plain_grace.py`), which runs the whole model in each step as the paper's code does, or only what the value changes;
 * `llama.cpp`, on the same GGUF file, needs node-llama-cpp in the folder that `--llama-cpp` names; `codebook` looks up and folds.
 */
import { parseArgs } from 'node:util';

import { compareLlamaCpp } from './against-llama-cpp.ts';
import { compareGpt2, compareSmolLM2, measureEdits, measureSteps } from './against-pytorch.ts';
import { compareCodebooks, measureCodebook } from './against-tensors.ts';
import { llamaCppSpeed, ownSpeed } from './support/decoding-speed.ts';

const PARTS = ['gpt2', 'smollm2', 'llama.cpp', 'codebook'] as const;

/** One measurement, in a process of its own. */
async function measure([kind = '', of = '', more = '']: readonly string[]): Promise<object> {
  switch (kind) {
    case 'steps':
      return measureSteps(of);
    case 'edits':
      return measureEdits(of === 'float32' ? 'float32' : 'auto');
    case 'speed':
      return ownSpeed(of === 'float32' ? 'float32' : 'auto');
    case 'llama.cpp':
      return llamaCppSpeed(of, Number(more));
    case 'codebook':
      return measureCodebook(Number(of));
    default:
      throw new Error(`There is nothing to measure called ${kind}.`);
  }
}

async function compare(part: string, llamaCpp: string | undefined): Promise<void> {
  switch (part) {
    case 'gpt2':
      compareGpt2();
      return;
    case 'smollm2':
      return compareSmolLM2();
    case 'llama.cpp':
      if (llamaCpp !== undefined) return compareLlamaCpp(llamaCpp);
      throw new Error('--llama-cpp names no folder with node-llama-cpp: npm install --ignore-scripts node-llama-cpp.');
    case 'codebook':
      compareCodebooks();
      return;
    default:
      throw new Error(`The parts are ${PARTS.join(', ')}.`);
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: PARTS.join(',') }, 'llama-cpp': { type: 'string' } },
});
if (positionals[0] === 'measure') process.stdout.write(`${JSON.stringify(await measure(positionals.slice(1)))}\n`);
else for (const part of values.only.split(',')) await compare(part, values['llama-cpp']);
process.exit(0);
