import type { Prefill } from '../../generation/steering.ts';
import type { Decoder } from '../../models/family.ts';
import { hookName, type HookPoint } from '../../models/hook-point.ts';
import type { PromptTokens } from '../../text/prompt-tokens.ts';
import { isFunctionWord, placedWords } from './words.ts';

/** Shares of the depth after whose blocks the residual stream is read: at the last token, and as a mean of the last sentence. */
const LAST_DEPTHS = [0.5, 0.6, 0.7, 0.8] as const;
const MEAN_DEPTHS = [0.2, 0.4, 0.6, 0.8] as const;
export const VIEWS = LAST_DEPTHS.length + MEAN_DEPTHS.length;

/** A sentence's end counts only if at least this much follows it. */
const SHORTEST_SENTENCE = 12;
const SENTENCE_END = /[.?!:]\s+(?=[\p{Lu}\p{N}])/gu;

/** Which positions of a prompt are read. */
export interface ViewPositions {
  readonly last: number;
  /** Tokens of the last sentence that belong to no name or number. */
  readonly rest: readonly number[];
}

/** The block after which a share of the depth lies, from 0. */
export const blockAt = (depth: number, layers: number): number => Math.max(0, Math.round(depth * layers) - 1);

/** The deepest block that is read: values go in behind it, so that every view is there before the decision. */
export const deepestBlock = (layers: number): number => blockAt(Math.max(...LAST_DEPTHS, ...MEAN_DEPTHS), layers);

/** The hook points that are read, each once. */
export function viewHooks(decoder: Decoder): readonly Pick<HookPoint, 'path' | 'side'>[] {
  const blocks = new Set([...LAST_DEPTHS, ...MEAN_DEPTHS].map((depth) => blockAt(depth, decoder.layers)));
  return [...blocks].sort((a, b) => a - b).map((block) => ({ path: decoder.blockPath(block), side: 'output' }));
}

/** Where the views of a prompt are read. The first token of a sequence says nothing of it: attention rests there (a sink). */
export function viewPositions({ ids, text, own }: PromptTokens): ViewPositions {
  const last = own.at(-1)?.position ?? ids.length - 1;
  const from = lastSentence(text);
  const names = placedWords(text).filter(({ marked, word }) => marked && !isFunctionWord(word));
  const rest = own.filter(
    ({ position, start, end }) =>
      position > 0 && end > start && end > from && !names.some((name) => name.start < end && start < name.end),
  );
  return { last, rest: rest.length > 0 ? rest.map(({ position }) => position) : [last] };
}

/** The views of a prompt, those of the last token first. (8, d) */
export function readViews(prefill: Prefill, { last, rest }: ViewPositions, decoder: Decoder): Float32Array[] {
  const hook = (depth: number): string =>
    hookName({ path: decoder.blockPath(blockAt(depth, decoder.layers)), side: 'output' });
  return [
    ...LAST_DEPTHS.map((depth) => prefill.query(hook(depth), last)),
    ...MEAN_DEPTHS.map((depth) => mean(rest.map((position) => prefill.query(hook(depth), position)))),
  ];
}

/** Where the last sentence of a text begins. */
function lastSentence(text: string): number {
  let from = 0;
  for (const { index, 0: end } of text.matchAll(SENTENCE_END)) {
    const start = index + end.length;
    if (text.length - start >= SHORTEST_SENTENCE) from = start;
  }
  return from;
}

function mean(rows: readonly Float32Array[]): Float32Array {
  const sum = new Float64Array(rows[0]!.length);
  for (const row of rows) for (let j = 0; j < sum.length; j++) sum[j] = sum[j]! + row[j]!;
  return Float32Array.from(sum, (total) => total / rows.length);
}
