import { readFileSync } from 'node:fs';
import { createRequire as requireBeside } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { largest } from '../../src/engine/generation/log-probabilities.ts';
import { Sequence } from '../../src/engine/generation/sequence.ts';
import { HookedModel } from '../../src/engine/models/hooked-model.ts';
import type { Precision } from '../../src/engine/models/model-files.ts';
import { Model } from '../../src/engine/models/model.ts';
import { promptIds } from '../../src/engine/text/prompt-ids.ts';
import { smolLM2 } from '../../test/support/smol.ts';
import { peakMegabytes } from './timing.ts';

/** Tokens of the prompts. */
export const LENGTHS = [16, 256, 1000] as const;
const TOKENS = 64;
/** As many positions as generation reads at once. */
const CHUNK = 256;

/** How fast SmolLM2 opens, reads prompts and goes on; by the prompt's length. */
export interface DecodingSpeed {
  readonly openSeconds: number;
  readonly firstTokenMs: Readonly<Record<number, number>>;
  readonly tokensPerSecond: Readonly<Record<number, number>>;
  readonly peakMB: number;
}

/** Token ids of plain English, as many as are asked for. */
function longPrompt(file: string, length: number): readonly number[] {
  const text = readFileSync('models/data/person-passages.txt', 'utf8').slice(0, 20_000);
  return promptIds(new Model(file).loadTokenizer(), { kind: 'text', text }).slice(0, length);
}

export async function ownSpeed(precision: Precision): Promise<DecodingSpeed> {
  const file = await smolLM2();
  const started = performance.now();
  const model = await HookedModel.open(new Model(file, { precision }), 'cpu');
  const openSeconds = (performance.now() - started) / 1000;
  const [firstTokenMs, tokensPerSecond]: [Record<number, number>, Record<number, number>] = [{}, {}];
  for (const length of LENGTHS) {
    const ids = longPrompt(file, length);
    const sequence = new Sequence(model);
    const begun = performance.now();
    await sequence.reserve(length);
    let next = 0;
    for (let at = 0; at < length; at += CHUNK) {
      const part = ids.slice(at, at + CHUNK);
      const pass = await sequence.below(part);
      next = largest(await sequence.above(pass, [part.length - 1], null), 1)[0]!;
    }
    firstTokenMs[length] = performance.now() - begun;
    const decoding = performance.now();
    for (let count = 0; count < TOKENS; count++) {
      const pass = await sequence.below([next]);
      next = largest(await sequence.above(pass, [0], null), 1)[0]!;
    }
    tokensPerSecond[length] = (1000 * TOKENS) / (performance.now() - decoding);
  }
  await model.dispose();
  return { openSeconds, firstTokenMs, tokensPerSecond, peakMB: peakMegabytes() };
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

/**
 * llama.cpp on the same file.
 *
 * @param folder where node-llama-cpp is installed
 * @param threads of llama.cpp, which wait for each other without sleeping: with more than there are cores they come to a standstill
 */
export async function llamaCppSpeed(folder: string, threads: number): Promise<DecodingSpeed> {
  const file = await smolLM2();
  const entry = requireBeside(path.resolve(folder, 'package.json')).resolve('node-llama-cpp');
  const library = (await import(pathToFileURL(entry).href)) as LlamaCpp;
  const started = performance.now();
  const llama = await library.getLlama({ gpu: false, build: 'never', logLevel: 'error', maxThreads: threads });
  const model = await llama.loadModel({ modelPath: file });
  const openSeconds = (performance.now() - started) / 1000;
  const [firstTokenMs, tokensPerSecond]: [Record<number, number>, Record<number, number>] = [{}, {}];
  for (const length of LENGTHS) {
    const ids = longPrompt(file, length);
    const context = await model.createContext({ contextSize: 2048, batchSize: 512, threads });
    const begun = performance.now();
    let [count, decoding] = [0, 0];
    const tokens = context.getSequence().evaluate(ids, { temperature: 0 })[Symbol.asyncIterator]();
    for (; count <= TOKENS && (await tokens.next()).done !== true; count++) {
      if (count > 0) continue;
      firstTokenMs[length] = performance.now() - begun;
      decoding = performance.now();
    }
    await tokens.return?.();
    tokensPerSecond[length] = (1000 * (count - 1)) / (performance.now() - decoding);
    await context.dispose();
  }
  return { openSeconds, firstTokenMs, tokensPerSecond, peakMB: peakMegabytes() };
}
