/**
 * Quantised weights, as they are and exactly in float32, on SmolLM2-135M-Instruct (Q4_1): `npm run bench:quantised`.
 *
 * Prints one line of JSON: for each precision the seconds to open, the time to the first token at 16, 256 and 1,000 prompt
 * tokens, tokens per second, and peak memory, each in a process of its own; what differs between the two (logits, choices, queries); edits that
 * reach their targets. With node-llama-cpp in the folder that `--llama-cpp` names, llama.cpp on the same file as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire as requireBeside } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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

const LENGTHS = [16, 256, 1000] as const;
const TOKENS = 64;

const { values } = parseArgs({
  options: { child: { type: 'string' }, edits: { type: 'string', default: '20' }, 'llama-cpp': { type: 'string' } },
});
const file = await smolLM2();
const rounded = (value: number, digits = 3): number => Number(value.toPrecision(digits));
const peakMegabytes = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** Token ids of plain English, as many as are asked for. */
function longPrompt(length: number): readonly number[] {
  const text = readFileSync('models/data/person-passages.txt', 'utf8').slice(0, 20_000);
  return promptIds(new Model(file).loadTokenizer(), { kind: 'text', text }).slice(0, length);
}

async function speed(precision: Precision): Promise<object> {
  const started = performance.now();
  const model = await HookedModel.open(new Model(file, { precision }), 'cpu');
  const openSeconds = (performance.now() - started) / 1000;
  const first: Record<number, number> = {};
  const perSecond: Record<number, number> = {};
  for (const length of LENGTHS) {
    const ids = longPrompt(length);
    const sequence = new Sequence(model);
    const begun = performance.now();
    let next = 0;
    for (let at = 0; at < length; at += 256) {
      const part = ids.slice(at, at + 256);
      const pass = await sequence.below(part);
      next = largest(await sequence.above(pass, [part.length - 1], null), 1)[0]!;
    }
    first[length] = rounded(performance.now() - begun);
    const decoding = performance.now();
    for (let count = 0; count < TOKENS; count++) {
      const pass = await sequence.below([next]);
      next = largest(await sequence.above(pass, [0], null), 1)[0]!;
    }
    perSecond[length] = rounded((1000 * TOKENS) / (performance.now() - decoding));
  }
  await model.dispose();
  return {
    openSeconds: rounded(openSeconds),
    firstTokenMs: first,
    tokensPerSecond: perSecond,
    peakMB: peakMegabytes(),
  };
}

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

interface LlamaCpp {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{
        dispose(): Promise<void>;
        getSequence(): { evaluate(ids: readonly number[], options: object): AsyncIterable<number> };
      }>;
    }>;
  }>;
}

async function llamaCpp(folder: string): Promise<object> {
  const entry = requireBeside(path.resolve(folder, 'package.json')).resolve('node-llama-cpp');
  const library = (await import(pathToFileURL(entry).href)) as LlamaCpp;
  const started = performance.now();
  const llama = await library.getLlama({ gpu: false, build: 'never', logLevel: 'error' });
  const model = await llama.loadModel({ modelPath: file });
  const openSeconds = (performance.now() - started) / 1000;
  const first: Record<number, number> = {};
  const perSecond: Record<number, number> = {};
  for (const length of LENGTHS) {
    const ids = longPrompt(length);
    const context = await model.createContext({ contextSize: 2048, batchSize: 512 });
    const begun = performance.now();
    let [count, decoding] = [0, 0];
    const tokens = context.getSequence().evaluate(ids, { temperature: 0 })[Symbol.asyncIterator]();
    for (; count <= TOKENS && (await tokens.next()).done !== true; count++) {
      if (count > 0) continue;
      first[length] = rounded(performance.now() - begun);
      decoding = performance.now();
    }
    await tokens.return?.();
    perSecond[length] = rounded((1000 * (count - 1)) / (performance.now() - decoding));
    await context.dispose();
  }
  return {
    openSeconds: rounded(openSeconds),
    firstTokenMs: first,
    tokensPerSecond: perSecond,
    peakMB: peakMegabytes(),
  };
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
  if (kind === 'speed' && isPrecision(precision)) return speed(precision);
  if (kind === 'edits' && isPrecision(precision)) return edits(precision, Number(values.edits));
  if (kind === 'differences') return differences();
  if (kind === 'llama.cpp') return llamaCpp(values['llama-cpp']!);
  const result: Record<string, unknown> = { model: path.basename(file) };
  for (const name of PRECISIONS) result[name] = inChild('--child', `speed:${name}`);
  const folder = values['llama-cpp'];
  if (folder !== undefined) result['llama.cpp'] = inChild('--child', 'llama.cpp', '--llama-cpp', folder);
  result['differences'] = inChild('--child', 'differences');
  for (const name of PRECISIONS) result[`edits ${name}`] = inChild('--child', `edits:${name}`, '--edits', values.edits);
  return result;
}

process.stdout.write(`${JSON.stringify(await measure())}\n`);
process.exit(0);
