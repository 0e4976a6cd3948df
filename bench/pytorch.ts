/**
 * This engine against PyTorch on the same weights: `npm run bench`. GRACE_PYTHON names a Python with torch and safetensors
 * (`test/pytorch/install.sh` makes one).
 *
 * A GPT-2 of random weights (124 M parameters) decodes, and learns the value of an edit: here, and in plain PyTorch
 * (`bench/plain_grace.py`), which runs the whole model in each step as the paper's code does, or only what the value changes.
 * Each in a process of its own, one after the other. Writes bench/results.md.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

import { largest } from '../src/engine/generation/log-probabilities.ts';
import { Sequence } from '../src/engine/generation/sequence.ts';
import { TrainingExample } from '../src/engine/grace/training-example.ts';
import { HookedModel } from '../src/engine/models/hooked-model.ts';
import { Model } from '../src/engine/models/model.ts';
import { encodeSafetensors } from '../src/engine/weights/safetensors-bytes.ts';
import { table, writeSection } from './support/report.ts';

const [LAYERS, WIDTH, VOCABULARY, POSITIONS, BLOCK, PROMPT, TARGET] = [12, 768, 50257, 1024, 7, 12, 20] as const;

interface Measured {
  readonly tokenMs: number;
  readonly stepMs: number;
  readonly peakMB: number;
}

interface PlainMeasured {
  readonly tokenMs: number;
  readonly wholeStepMs: number;
  readonly cachedStepMs: number;
  readonly gigabytesPerSecond: number;
  readonly parameters: number;
  readonly peakMB: number;
  readonly torch: string;
  readonly threads: number;
}

/** A folder with config.json and model.safetensors, made the first time. */
function randomGpt2(): string {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'grace-model-editor');
  const folder = path.join(cache, 'random-gpt2');
  const file = path.join(folder, 'model.safetensors');
  if (existsSync(file)) return folder;
  mkdirSync(folder, { recursive: true });
  const config = { architectures: ['GPT2LMHeadModel'], n_embd: WIDTH, n_head: 12, n_layer: LAYERS };
  writeFileSync(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, vocab_size: VOCABULARY, n_positions: POSITIONS }),
  );
  const random = xoroshiro128plus(1);
  const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
  const add = (name: string, shape: number[], mean = 0): void => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => mean + 0.07 * (uniformFloat32(random) - 0.5));
    tensors.set(`transformer.${name}`, { shape, data });
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [inputs, outputs]);
    add(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [WIDTH], 1);
    add(`${name}.bias`, [WIDTH]);
  };
  add('wte.weight', [VOCABULARY, WIDTH]);
  add('wpe.weight', [POSITIONS, WIDTH]);
  for (let layer = 0; layer < LAYERS; layer++) {
    norm(`h.${layer}.ln_1`);
    linear(`h.${layer}.attn.c_attn`, WIDTH, 3 * WIDTH);
    linear(`h.${layer}.attn.c_proj`, WIDTH, WIDTH);
    norm(`h.${layer}.ln_2`);
    linear(`h.${layer}.mlp.c_fc`, WIDTH, 4 * WIDTH);
    linear(`h.${layer}.mlp.c_proj`, 4 * WIDTH, WIDTH);
  }
  norm('ln_f');
  writeFileSync(`${file}.part`, Buffer.concat([...encodeSafetensors({ tensors, metadata: {} })]));
  renameSync(`${file}.part`, file);
  return folder;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

async function timed(count: number, step: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await step();
    times.push(performance.now() - begun);
  }
  return median(times);
}

async function measure(folder: string): Promise<Measured> {
  const model = await HookedModel.open(new Model(folder), 'cpu', { replace: `transformer.h.${BLOCK}` });
  const ids = Array.from({ length: PROMPT + TARGET }, (_, at) => (at * 7919) % VOCABULARY);
  const [promptIds, targetIds] = [ids.slice(0, PROMPT), ids.slice(PROMPT)];
  const sequence = new Sequence(model);
  let next = largest(await sequence.above(await sequence.below(promptIds), [PROMPT - 1], null), 1)[0]!;
  const tokenMs = await timed(48, async () => {
    next = largest(await sequence.above(await sequence.below([next]), [0], null), 1)[0]!;
  });
  const peakMB = process.resourceUsage().maxRSS / 1024;
  const example = await TrainingExample.prepare(model, { prompt: { ids: promptIds }, targetIds }, 'replace_last');
  const value = example.hidden(1);
  await example.evaluate(value);
  return { tokenMs, stepMs: await timed(10, () => example.evaluate(value)), peakMB };
}

const folder = randomGpt2();
if (process.argv[2] === 'measure') {
  process.stdout.write(`${JSON.stringify(await measure(folder))}\n`);
  process.exit(0);
}
const python = process.env['GRACE_PYTHON'];
if (python === undefined)
  throw new Error('GRACE_PYTHON names no Python with torch; test/pytorch/install.sh makes one.');
const result = (program: string, args: readonly string[]): unknown =>
  JSON.parse(execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
const ours = result(process.execPath, [process.argv[1]!, 'measure']) as Measured;
const plain = result(python, ['bench/plain_grace.py', folder, ...[BLOCK, PROMPT, TARGET].map(String)]) as PlainMeasured;
const roofline = (4 * plain.parameters) / (1e6 * plain.gigabytesPerSecond);
writeSection(
  'GPT-2 small shape, random weights, float32: this engine and PyTorch',
  'npm run bench',
  `PyTorch ${plain.torch}, ${plain.threads} threads; a prompt of ${PROMPT} tokens and a target of ${TARGET}, edited at block ${BLOCK}; memory read at ${plain.gigabytesPerSecond.toFixed(1)} GB/s.\n\n${table(
    ['measured', 'here', 'compared with', 'theirs', 'ratio', 'bar'],
    [
      ['ms per token', ours.tokenMs, 'PyTorch', plain.tokenMs, plain.tokenMs / ours.tokenMs, '≥ 1.5'],
      ['', ours.tokenMs, 'reading the weights once', roofline, ours.tokenMs / roofline, '≤ 1.4'],
      [
        'ms per edit step',
        ours.stepMs,
        'PyTorch, whole model',
        plain.wholeStepMs,
        plain.wholeStepMs / ours.stepMs,
        '≥ 3',
      ],
      ['', ours.stepMs, 'PyTorch, prefix cached', plain.cachedStepMs, plain.cachedStepMs / ours.stepMs, '≥ 1.3'],
      ['peak MB, decoding', ours.peakMB, 'PyTorch', plain.peakMB, plain.peakMB / ours.peakMB, undefined],
    ],
  )}`,
);
process.stdout.write(`${JSON.stringify({ ours, plain, roofline })}\n`);
