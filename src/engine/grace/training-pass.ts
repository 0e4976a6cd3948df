import type { ReplacementPolicy } from '../../protocol/edit.ts';
import { EncoderReading } from '../generation/encoder-reading.ts';
import { checkContext, checkPrompt, checkTokens } from '../generation/prefill.ts';
import { decoderBehind, EncoderCutReading, startId } from '../generation/seq2seq-reading.ts';
import { Sequence, type LowerPass } from '../generation/sequence.ts';
import type { HookedModel } from '../models/hooked-model.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Lesson } from './lesson.ts';
import { firstReplaced } from './replacement-policy.ts';

/** The way of a lesson through the part below the edited module, and what the part above then takes beside a value and labels. */
export interface TrainingPass {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly pass: LowerPass;
  /** t*. */
  readonly keyPosition: number;
  /** The decoder whose cache the feeds are of; absent where there is none. */
  readonly sequence?: Sequence;
}

/** Runs once what no value changes. */
export async function trainingPass(
  model: HookedModel,
  lesson: Lesson,
  policy: ReplacementPolicy,
): Promise<TrainingPass> {
  switch (model.model.network.kind) {
    case 'causal':
      return causalPass(model, lesson, policy);
    case 'encoder-decoder':
      return model.replace.stack === 'encoder' ? encoderCutPass(model, lesson) : decoderCutPass(model, lesson);
    case 'classifier':
    case 'masked': {
      checkPrompt(model, lesson.prompt.ids);
      const { feeds, pass, prefill } = await EncoderReading.read(model, lesson.prompt);
      return { feeds, pass, keyPosition: prefill.keyPosition };
    }
  }
}

async function causalPass(
  model: HookedModel,
  { prompt: { ids: promptIds }, targetIds }: Lesson,
  policy: ReplacementPolicy,
): Promise<TrainingPass> {
  checkContext(model, promptIds.length + targetIds.length - 1, 'The prompt and its target have');
  checkTokens(model, targetIds);
  const keyPosition = promptIds.length - 1;
  const first = firstReplaced(policy, keyPosition);
  const ids = [...promptIds, ...targetIds.slice(0, -1)]; // what the last target token predicts is not asked
  const sequence = new Sequence(model);
  if (first > 0) await sequence.above(await sequence.below(ids.slice(0, first)), [0], null);
  const pass = await sequence.below(ids.slice(first));
  const wanted = targetIds.map((_, at) => keyPosition - first + at);
  return { feeds: sequence.aboveFeeds(pass, wanted, null), pass, keyPosition, sequence };
}

/** The decoder runs above, with the answer behind its first token. */
async function encoderCutPass(model: HookedModel, { prompt, targetIds }: Lesson): Promise<TrainingPass> {
  const said = answerBehindStart(model, targetIds);
  checkPrompt(model, prompt.ids);
  const { feeds, pass, prefill } = await EncoderCutReading.read(model, prompt);
  const sequence = new Sequence(model, feeds);
  const decoderFeeds = sequence.wholeFeeds(said, [...said.keys()]);
  return { feeds: decoderFeeds, pass, keyPosition: prefill.keyPosition, sequence };
}

async function decoderCutPass(model: HookedModel, { prompt, targetIds }: Lesson): Promise<TrainingPass> {
  const said = answerBehindStart(model, targetIds);
  checkPrompt(model, prompt.ids);
  const sequence = await decoderBehind(model, prompt);
  const pass = await sequence.below(said);
  return { feeds: sequence.aboveFeeds(pass, [...said.keys()], null), pass, keyPosition: 0, sequence };
}

function answerBehindStart(model: HookedModel, targetIds: readonly number[]): readonly number[] {
  checkContext(model, targetIds.length, 'The target has');
  checkTokens(model, targetIds);
  return [startId(model), ...targetIds.slice(0, -1)];
}
