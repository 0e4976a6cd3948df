import { CodedError } from '../../protocol/coded-error.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import { Sequence, type LowerPass } from './sequence.ts';
import type { Prefill, Steered, Steering } from './steering.ts';

/** Positions that go through a part at once: bounds the memory of attention scores on long prompts. */
const CHUNK = 256;

/** A prompt's way through a model: the sequence behind it, the decision, and the logits of the token that follows. */
export interface Prefilled {
  readonly sequence: Sequence;
  readonly prefill: Prefill;
  readonly steered: Steered;
  readonly logits: Float32Array; // (vocabulary)
}

/** Throws `context-exceeded` with both numbers when a sequence does not fit the model; `what` says what it is of. */
export function checkContext(model: HookedModel, count: number, what = 'The prompt has'): void {
  const { contextLength } = model.model.decoder;
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
  const { vocabulary } = model.model.decoder;
  const unknown = ids.find((id) => id >= vocabulary);
  if (unknown === undefined) return;
  throw new CodedError(
    'model-damaged',
    `The text needs the token ${unknown}, and the model knows ${vocabulary} tokens only.`,
    'Check that config.json, generation_config.json and tokenizer.json belong to the same model.',
    { token: unknown, vocabulary },
  );
}

/** Runs a prompt, deciding once, from the lower part, what is put in above. */
export async function runPrefill(model: HookedModel, ids: readonly number[], steering: Steering): Promise<Prefilled> {
  const { sequence, passes, prefill } = await runBelow(model, ids);
  const steered = steering.decide(prefill);
  let logits = new Float32Array();
  for (const pass of passes)
    logits = new Float32Array(await sequence.above(pass, [pass.count - 1], steered.replacement));
  return { sequence, prefill, steered, logits };
}

/** The lower part alone: enough for a decision. */
export async function runBelow(
  model: HookedModel,
  ids: readonly number[],
): Promise<{ sequence: Sequence; passes: readonly LowerPass[]; prefill: Prefill }> {
  if (ids.length === 0)
    throw new CodedError('bad-argument', 'The prompt has no tokens.', 'Give a prompt with at least one word.');
  checkContext(model, ids.length);
  checkTokens(model, ids);
  const sequence = new Sequence(model);
  sequence.reserve(ids.length);
  const passes: LowerPass[] = [];
  for (let start = 0; start < ids.length; start += CHUNK)
    passes.push(await sequence.below(ids.slice(start, start + CHUNK)));
  return { sequence, passes, prefill: { ids, query: (hook, position) => queryAt(passes, hook, position) } };
}

function queryAt(passes: readonly LowerPass[], hook: string, position: number): Float32Array {
  const pass = passes.find(({ start, count }) => position >= start && position < start + count);
  const rows = pass?.queries.get(hook);
  if (!pass || !rows) throw new Error(`There is no query of ${hook} at position ${position}.`);
  const width = rows.length / pass.count;
  return rows.slice((position - pass.start) * width, (position - pass.start + 1) * width);
}
