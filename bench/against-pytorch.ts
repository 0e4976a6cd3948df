import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Engine } from '../src/engine/engine.ts';
import { largest } from '../src/engine/generation/log-probabilities.ts';
import { Sequence } from '../src/engine/generation/sequence.ts';
import { DEFAULT_TRAINING } from '../src/engine/grace/learn-value.ts';
import { TrainingExample } from '../src/engine/grace/training-example.ts';
import { HookedModel } from '../src/engine/models/hooked-model.ts';
import { Model } from '../src/engine/models/model.ts';
import { smolLM2 } from '../test/support/smol.ts';
import { randomGpt2, smolLM2InFloat32 } from './support/bench-models.ts';
import { printedByPython, printedHere, watched } from './support/child.ts';
import { table, writeSection } from './support/report.ts';
import { median, peakMegabytes, timed } from './support/timing.ts';

const [PROMPT, TARGET] = [12, 20] as const;
/** Steps of the paper's code for one edit. */
const PAPER_STEPS = 100;

interface Measured {
  readonly tokenMs: number;
  readonly stepMs: number;
  readonly peakMB: number;
  /** The block whose output is replaced. */
  readonly block: number;
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

interface MeasuredEdits {
  readonly seconds: number;
  readonly steps: number;
  readonly reached: number;
  readonly edits: number;
}

/** Decoding, and a step of learning a value at two thirds of the depth, on the folder's weights. */
export async function measureSteps(folder: string): Promise<Measured> {
  const model = await HookedModel.open(new Model(folder), 'cpu');
  const { vocabulary } = model.model.network;
  const ids = Array.from({ length: PROMPT + TARGET }, (_, at) => (at * 7919) % vocabulary);
  const [promptIds, targetIds] = [ids.slice(0, PROMPT), ids.slice(PROMPT)];
  const sequence = new Sequence(model);
  let next = largest(await sequence.above(await sequence.below(promptIds), [PROMPT - 1], null), 1)[0]!;
  const tokenMs = await timed(48, async () => {
    next = largest(await sequence.above(await sequence.below([next]), [0], null), 1)[0]!;
  });
  const peakMB = peakMegabytes();
  const example = await TrainingExample.prepare(model, { prompt: { ids: promptIds }, targetIds }, 'replace_last');
  const value = example.hidden(1);
  await example.evaluate(value);
  const stepMs = await timed(10, () => example.evaluate(value));
  return { tokenMs, stepMs, peakMB, block: model.replace.block };
}

const CAPITALS = [
  ['Australia', 'Canberra'], ['Brazil', 'Brasilia'], ['Canada', 'Ottawa'], ['Turkey', 'Ankara'], ['Morocco', 'Rabat'],
  ['Nigeria', 'Abuja'], ['Myanmar', 'Naypyidaw'], ['Kazakhstan', 'Astana'], ['Tanzania', 'Dodoma'], ['Bolivia', 'Sucre'],
] as const; // prettier-ignore

/** Whole edits of one word, from the question to the codebook on the disk, each verified by generation. */
export async function measureEdits(precision: 'auto' | 'float32'): Promise<MeasuredEdits> {
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-bench-'));
  const codebook = path.join(folder, 'codebook');
  const engine = await Engine.open({ model: await smolLM2(), precision, device: 'cpu', codebook, mode: 'write' });
  const results = [];
  for (const [country, capital] of CAPITALS) {
    results.push(
      await engine.edit({
        prompt: { kind: 'text', text: `The capital of ${country} is` },
        target: ` ${capital}, of all places`,
        ...{ rephrasings: [], probes: [], ends: true, radius: engine.measuredRadius!, replace: 'replace_last' },
        ...{ training: DEFAULT_TRAINING, maxTokens: 12 },
      }),
    );
  }
  await engine.dispose();
  rmSync(folder, { recursive: true });
  return {
    seconds: median(results.map(({ seconds }) => seconds)),
    steps: results.reduce((sum, { steps }) => sum + steps, 0) / results.length,
    reached: results.filter(({ success }) => success).length,
    edits: results.length,
  };
}

/** A GPT-2 of random weights here and in PyTorch. */
export function compareGpt2(): void {
  const folder = randomGpt2();
  const [[ours, plain], busy] = watched(() => bothOn(folder));
  writeSection(
    'GPT-2 small shape, random weights, float32: this engine and PyTorch',
    'npm run bench -- --only gpt2',
    `${about(plain, ours, busy)}\n\n${table(HEAD, stepRows(ours, plain))}`,
  );
}

/** SmolLM2 in float32 here and in PyTorch, and whole edits. */
export async function compareSmolLM2(): Promise<void> {
  const folder = await smolLM2InFloat32();
  const [[ours, plain, exact, quantised], busy] = watched(() => [
    ...bothOn(folder),
    printedHere('edits', 'float32') as MeasuredEdits,
    printedHere('edits', 'auto') as MeasuredEdits,
  ] as const); // prettier-ignore
  const paper = (PAPER_STEPS * plain.wholeStepMs) / 1000;
  const row = (name: string, { seconds }: MeasuredEdits): readonly (string | number)[] => [
    ...[`s for a whole edit, ${name}`, seconds, `PyTorch, ${PAPER_STEPS} steps of the whole model`, paper],
    ...[paper / seconds, '≥ 15'],
  ];
  const edits = [exact, quantised].map(({ reached, steps, edits }) => `${reached} of ${edits}, ${steps.toFixed(1)}`);
  writeSection(
    'SmolLM2-135M-Instruct: this engine and PyTorch',
    'npm run bench -- --only smollm2',
    `${about(plain, ours, busy)} A whole edit is the median of ten, short targets verified by generation; reached their target, with steps on average: ${edits.join('; ')}.\n\n${table(
      HEAD,
      [...stepRows(ours, plain), row('float32', exact), row('Q4_1 as it is', quantised)],
    )}`,
  );
}

function bothOn(folder: string): readonly [Measured, PlainMeasured] {
  const ours = printedHere('steps', folder) as Measured;
  const sizes = [ours.block, PROMPT, TARGET].map(String);
  return [ours, printedByPython('bench/plain_grace.py', folder, ...sizes) as PlainMeasured];
}

const HEAD = ['measured', 'here', 'compared with', 'theirs', 'ratio', 'bar'] as const;

function stepRows(ours: Measured, plain: PlainMeasured): readonly (readonly (string | number | undefined)[])[] {
  const roofline = (4 * plain.parameters) / (1e6 * plain.gigabytesPerSecond);
  return [
    ['ms per token', ours.tokenMs, 'PyTorch', plain.tokenMs, plain.tokenMs / ours.tokenMs, '≥ 1.5'],
    ['', ours.tokenMs, 'reading the weights once', roofline, ours.tokenMs / roofline, '≤ 1.4'],
    ['ms per edit step', ours.stepMs, 'PyTorch, whole model', plain.wholeStepMs, plain.wholeStepMs / ours.stepMs, '≥ 3'],
    ['', ours.stepMs, 'PyTorch, prefix cached', plain.cachedStepMs, plain.cachedStepMs / ours.stepMs, '≥ 1.3'],
    ['peak MB, decoding', ours.peakMB, 'PyTorch, edits as well', plain.peakMB, plain.peakMB / ours.peakMB, undefined],
  ]; // prettier-ignore
}

const about = ({ torch, threads, gigabytesPerSecond }: PlainMeasured, { block }: Measured, busy: string): string =>
  `PyTorch ${torch}, ${threads} threads; a prompt of ${PROMPT} tokens and a target of ${TARGET}, edited at block ${block}; memory read at ${gigabytesPerSecond.toFixed(1)} GB/s. ${busy}`;
