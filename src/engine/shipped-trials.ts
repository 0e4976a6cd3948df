import { classify } from './generation/classify.ts';
import { promptTokens } from './generation/prompt-tokens.ts';
import { UNSTEERED } from './generation/steering.ts';
import { fillIds } from './grace/lesson.ts';
import { HookedModel } from './models/hooked-model.ts';
import type { Model } from './models/model.ts';
import type { Device } from './runtime/device.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { TextTokenizer } from './text/tokenizer.ts';
import { SHIPPED_TRIALS } from './tuning-facts.ts';
import type { TrialEdit } from './tuning.ts';

/**
 * Edits of this project's own to try on a model of any kind: a model that writes is told facts; a classifier is told for the same
 * texts the class that it finds second likeliest; a model that fills masks has one at the end of each statement for each token.
 */
export async function shippedTrials(
  model: Model,
  tokenizer: TextTokenizer,
  device: Device,
): Promise<readonly TrialEdit[]> {
  switch (model.network.kind) {
    case 'causal':
    case 'encoder-decoder':
      return SHIPPED_TRIALS;
    case 'classifier':
      return relabelled(model, tokenizer, device);
    case 'masked':
      // One vector answers one mask best.
      return SHIPPED_TRIALS.map((trial) => ({ trial, masks: answerLength(trial, tokenizer) }))
        .sort((a, b) => a.masks - b.masks)
        .flatMap(({ trial, masks }) => statement(trial, tokenizer, masks));
  }
}

async function relabelled(model: Model, tokenizer: TextTokenizer, device: Device): Promise<readonly TrialEdit[]> {
  const hooked = await HookedModel.open(model, device);
  try {
    const trials: TrialEdit[] = [];
    for (const trial of SHIPPED_TRIALS) {
      const tokens = promptTokens(model.network, tokenizer, trial.prompt);
      const { classes } = await classify(hooked, tokens, UNSTEERED);
      const [likeliest, second = likeliest] = classes;
      trials.push({ ...trial, target: String(second!.id) });
    }
    return trials;
  } finally {
    await hooked.dispose();
  }
}

const maskOf = (tokenizer: TextTokenizer): string => tokenizer.specialTokens['mask_token'] ?? '';

const answerLength = ({ target }: TrialEdit, tokenizer: TextTokenizer): number =>
  fillIds(tokenizer, { kind: 'text', text: ` ${maskOf(tokenizer)}` }, target).length;

/** A fact with masks where its answer stands; nothing where only questions ask for it. */
function statement(
  { prompt, target, rephrasings, probes }: TrialEdit,
  tokenizer: TextTokenizer,
  masks: number,
): readonly TrialEdit[] {
  const answer = Array(masks).fill(maskOf(tokenizer)).join(' ');
  const [first, ...others] = [prompt, ...rephrasings]
    .flatMap((each) => (each.kind === 'text' && !each.text.endsWith('?') ? [each.text] : []))
    .map((text): Prompt => ({ kind: 'text', text: `${text} ${answer}.` }));
  return first ? [{ prompt: first, target, rephrasings: others, probes }] : [];
}
