import { runBelow } from '../../src/engine/generation/prefill.ts';
import type { TextReading } from '../../src/engine/generation/reading.ts';
import { Sequence, type Replacement } from '../../src/engine/generation/sequence.ts';
import type { Tokens } from '../../src/engine/generation/tokens.ts';
import type { Lesson } from '../../src/engine/grace/lesson.ts';
import type { HookedModel } from '../../src/engine/models/hooked-model.ts';
import type { KeyPosition } from '../../src/engine/models/key-position.ts';
import type { GraceCase } from './expected.ts';

/** An input of the fixtures, as a model reads it. */
export interface FixtureInput {
  readonly input_ids: readonly number[];
  readonly attention_mask?: readonly number[];
  readonly token_type_ids?: readonly number[];
  readonly decoder_input_ids?: readonly number[];
}

export const tokensOf = ({ input_ids: ids, attention_mask, token_type_ids: typeIds }: FixtureInput): Tokens => ({
  ...{ ids, typeIds },
  attended: attention_mask?.map((attended) => attended === 1),
});

/** What an edit of the fixtures teaches. */
export const lessonOf = (entry: GraceCase): Lesson =>
  entry.target_label === undefined
    ? { prompt: { ids: entry.prompt_ids! }, targetIds: entry.target_ids! }
    : { prompt: tokensOf(entry), targetIds: [entry.target_label] };

/** Which token an edit's key is read at, where a model leaves the choice. */
export const positionOf = ({ target_label, t_star }: GraceCase): KeyPosition =>
  target_label === undefined || t_star > 0 ? 'last' : 'first';

/** Logits of all rows: of each token of a decoder, or of the classes. */
export async function allLogits(
  model: HookedModel,
  input: FixtureInput,
  replacement: Replacement | null,
): Promise<Float32Array> {
  if (model.model.network.kind === 'causal') {
    const sequence = new Sequence(model);
    const pass = await sequence.below(input.input_ids);
    return sequence.above(pass, [...input.input_ids.keys()], replacement);
  }
  const reading = await runBelow(model, tokensOf(input));
  const first = await reading.finish(replacement);
  const rest = input.decoder_input_ids?.slice(1) ?? [];
  if (rest.length === 0) return first;
  const others = await (reading as TextReading).next(rest, [...rest.keys()], replacement);
  return Float32Array.from([...first, ...others]);
}

/** What a hook point shows at every position of a text. (positions, size) */
export async function rowsAt(model: HookedModel, input: FixtureInput, hook: string): Promise<Float32Array> {
  const { prefill } = await runBelow(model, tokensOf(input));
  return Float32Array.from(input.input_ids.flatMap((_, position) => [...prefill.query(hook, position)]));
}
