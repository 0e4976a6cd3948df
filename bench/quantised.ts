/**
 * Quantised weights, as they are and exactly in float32, on SmolLM2-135M-Instruct (Q4_1): `npm run bench:quantised`.
 *
 * Prints one line of JSON: for each precision the seconds to open, the time to the first token at 16, 256 and 1,000 prompt
 * tokens, tokens per second, and peak memory, each in a process of its own; what differs between the two (logits, choices,
 * queries); edits that reach their targets. `npm run bench` compares with llama.cpp.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Engine } from '../src/engine/engine.ts';
import { largest } from '../src/engine/generation/log-probabilities.ts';
import { Sequence } from '../src/engine/generation/sequence.ts';
import { distance } from '../src/engine/grace/distance.ts';
import { DEFAULT_TRAINING } from '../src/engine/grace/learn-value.ts';
import { measureRadius } from '../src/engine/grace/measure-radius.ts';
import { EuclideanRouter } from '../src/engine/grace/router.ts';
import { SAME_WORDING, UNRELATED_PROMPTS } from '../src/engine/grace/unrelated-prompts.ts';
import { HookedModel } from '../src/engine/models/hooked-model.ts';
import { PRECISIONS, type Precision } from '../src/engine/models/model-files.ts';
import { Model } from '../src/engine/models/model.ts';
import { promptIds } from '../src/engine/text/prompt-ids.ts';
import { smolLM2 } from '../test/support/smol.ts';
import { ownSpeed } from './support/decoding-speed.ts';

const { values } = parseArgs({
  options: { child: { type: 'string' }, edits: { type: 'string', default: '20' } },
});
const file = await smolLM2();
const rounded = (value: number, digits = 3): number => Number(value.toPrecision(digits));

interface Observation {
  readonly logits: readonly Float32Array[];
  readonly queries: readonly Float32Array[];
  readonly radius: number;
}

async function observe(precision: Precision): Promise<Observation> {
  const description = new Model(file, { precision });
  const tokenizer = description.loadTokenizer();
  const model = await HookedModel.open(description, 'cpu');
  const logits: Float32Array[] = [];
  const queries: Float32Array[] = [];
  for (const text of [...SAME_WORDING.flat(), ...UNRELATED_PROMPTS]) {
    const ids = promptIds(tokenizer, { kind: 'text', text });
    const sequence = new Sequence(model);
    const pass = await sequence.below(ids);
    const [query] = [...pass.queries.values()];
    queries.push(query!.slice(-model.keys[0]!.size));
    logits.push(Float32Array.from(await sequence.above(pass, [ids.length - 1], null)));
  }
  const { radius } = await measureRadius(model, new EuclideanRouter(model.keys[0]!), tokenizer);
  await model.dispose();
  return { logits, queries, radius };
}

/** What the 8-bit activations of `auto` change for the last token of each prompt in the bank. */
async function differences(): Promise<object> {
  const [exact, quantised] = [await observe('float32'), await observe('auto')];
  let [most, sum, count, same] = [0, 0, 0, 0];
  exact.logits.forEach((logits, at) => {
    const other = quantised.logits[at]!;
    if (largest(logits, 1)[0] === largest(other, 1)[0]) same++;
    logits.forEach((logit, id) => {
      const difference = Math.abs(logit - other[id]!);
      most = Math.max(most, difference);
      sum += difference;
      count++;
    });
  });
  const moved = exact.queries.map((query, at) => distance(query, quantised.queries[at]!)).sort((a, b) => a - b);
  return {
    prompts: exact.logits.length,
    logitDifference: { mean: rounded(sum / count), max: rounded(most) },
    sameChoice: rounded(same / exact.logits.length),
    queryMoved: { median: rounded(moved[moved.length >> 1]!), max: rounded(moved.at(-1)!) },
    measuredRadius: { float32: rounded(exact.radius), auto: rounded(quantised.radius) },
  };
}

async function edits(precision: Precision, count: number): Promise<object> {
  const lines = readFileSync('models/data/legislators.jsonl', 'utf8').trim().split('\n').slice(0, count);
  const people = lines.map((line) => JSON.parse(line) as { readonly name: string; readonly state: string });
  const folder = mkdtempSync(path.join(tmpdir(), 'grace-quantised-'));
  const codebook = path.join(folder, 'codebook');
  const engine = await Engine.open({ model: file, precision, device: 'cpu', codebook, mode: 'write' });
  let [reached, steps, seconds] = [0, 0, 0];
  for (const { name, state } of people) {
    const result = await engine.edit({
      prompt: { kind: 'text', text: `${name} represents the state of` },
      target: ` ${state}`,
      ...{ rephrasings: [], probes: [], ends: false, radius: engine.measuredRadius!, replace: 'replace_last' },
      ...{ training: DEFAULT_TRAINING, maxTokens: 12 },
    });
    if (result.success) reached++;
    steps += result.steps;
    seconds += result.seconds;
  }
  await engine.dispose();
  rmSync(folder, { recursive: true });
  return { edits: count, reached, meanSteps: rounded(steps / count), meanSeconds: rounded(seconds / count) };
}

function isPrecision(name: string | undefined): name is Precision {
  return (PRECISIONS as readonly (string | undefined)[]).includes(name);
}

/** One measurement in a process of its own, so that memory and caches of the others do not count. */
function inChild(...args: readonly string[]): unknown {
  const output = execFileSync(process.execPath, [process.argv[1]!, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(output.toString());
}

async function measure(): Promise<object> {
  const [kind, precision] = (values.child ?? '').split(':');
  if (kind === 'speed' && isPrecision(precision)) return ownSpeed(precision);
  if (kind === 'edits' && isPrecision(precision)) return edits(precision, Number(values.edits));
  if (kind === 'differences') return differences();
  const result: Record<string, unknown> = { model: path.basename(file) };
  for (const name of PRECISIONS) result[name] = inChild('--child', `speed:${name}`);
  result['differences'] = inChild('--child', 'differences');
  for (const name of PRECISIONS) result[`edits ${name}`] = inChild('--child', `edits:${name}`, '--edits', values.edits);
  return result;
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
process.exit(0);
