import { CodedError } from '../../protocol/coded-error.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { CausalReading } from './causal-reading.ts';
import { EncoderReading } from './encoder-reading.ts';
import type { Tokens } from './tokens.ts';
import type { Reading, TextReading } from './reading.ts';
import { readForSeq2Seq } from './seq2seq-reading.ts';
import type { Prefill, Steered, Steering } from './steering.ts';

/** A prompt's way through a model: what was decided for it, and the logits of the token that follows. */
export interface Prefilled {
  readonly reading: TextReading;
  readonly prefill: Prefill;
  readonly steered: Steered;
  readonly logits: Float32Array; // (vocabulary)
}

/** Throws `context-exceeded` with both numbers when a sequence does not fit the model; `what` says what it is of. */
export function checkContext(model: HookedModel, count: number, what = 'The prompt has'): void {
  const { contextLength } = model.model.network;
  if (count <= contextLength) return;
  throw new CodedError(
    'context-exceeded',
    `${what} ${count} tokens, and the model's context holds ${contextLength}.`,
    'Shorten the text.',
    { tokens: count, contextLength },
  );
}

/** Throws `model-damaged` for a token that has no row in the model's embedding. */
export function checkTokens(model: HookedModel, ids: readonly number[]): void {
  const { vocabulary } = model.model.network;
  const unknown = ids.find((id) => id >= vocabulary);
  if (unknown === undefined) return;
  throw new CodedError(
    'model-damaged',
    `The text needs the token ${unknown}, and the model knows ${vocabulary} tokens only.`,
    'Check that config.json, generation_config.json and tokenizer.json belong to the same model.',
    { token: unknown, vocabulary },
  );
}

/** Runs a prompt that is answered by text, deciding once, from the lower part, what is put in above. Whoever asked disposes of the reading. */
export async function runPrefill(model: HookedModel, tokens: Tokens, steering: Steering): Promise<Prefilled> {
  const reading = await readForText(model, tokens);
  const { prefill } = reading;
  const steered = steering.decide(prefill);
  return { reading, prefill, steered, logits: await reading.finish(steered.replacement) };
}

/** Runs the part below the edited module only: enough to see which entry would fire. */
export async function readPrompt(model: HookedModel, tokens: Tokens): Promise<Prefill> {
  const reading = await runBelow(model, tokens);
  reading.dispose();
  return reading.prefill;
}

/** The same, with the reading that goes on from it, of which whoever asked disposes. */
export function runBelow(model: HookedModel, tokens: Tokens): Promise<Reading> {
  const { kind } = model.model.network;
  if (kind === 'causal' || kind === 'encoder-decoder') return readForText(model, tokens);
  checkPrompt(model, tokens.ids);
  return EncoderReading.read(model, tokens);
}

async function readForText(model: HookedModel, tokens: Tokens): Promise<TextReading> {
  checkPrompt(model, tokens.ids);
  const { kind } = model.model.network;
  if (kind === 'causal') return CausalReading.read(model, tokens.ids);
  if (kind === 'encoder-decoder') return readForSeq2Seq(model, tokens);
  throw new Error('A model without a decoder does not answer by text.');
}

/** Throws for a prompt that a model cannot read: `bad-argument` when it is empty, and as the two checks above. */
export function checkPrompt(model: HookedModel, ids: readonly number[]): void {
  if (ids.length === 0)
    throw new CodedError('bad-argument', 'The prompt has no tokens.', 'Give a prompt with at least one word.');
  checkContext(model, ids.length);
  checkTokens(model, ids);
}
