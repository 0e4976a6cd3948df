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

/** Throws `context-exceeded` with both numbers when `count` positions do not fit the model. */
export function checkContext(model: HookedModel, count: number): void {
  const { contextLength } = model.model.decoder;
  if (count <= contextLength) return;
  throw new CodedError(
    'context-exceeded',
    `The prompt has ${count} tokens, and the model's context holds ${contextLength}.`,
    'Shorten the prompt.',
    { tokens: count, contextLength },
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
    throw new CodedError('bad-argument', 'The prompt is empty.', 'Give a prompt of at least one token.');
  checkContext(model, ids.length);
  const sequence = new Sequence(model);
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
