import type { ModelDescription } from '../../../protocol/model-description.ts';
import { promptForModel, type ModelPrompt } from './model-prompt.ts';
import { isBlank, type SelectedOutput } from './selected-output.ts';

/** A selected part of an answer in the terms of a model: what it is asked, and what of the answer belongs to the target. */
export interface FittedOutput extends ModelPrompt {
  /** Stands before what is written, in the target. */
  readonly lead: string;
}

/**
 * A decoder goes on from what was said. The others read the question alone, and the answer from its beginning is their target;
 * where a document does not tell the two apart, the text before the selection is the question.
 */
export function fitOutput(
  { prompt, question, before, lead }: SelectedOutput,
  { kind, chatTemplate }: Pick<ModelDescription, 'kind' | 'chatTemplate'>,
): FittedOutput {
  if (kind === 'causal' || isBlank(question)) return { ...promptForModel(prompt, chatTemplate), lead };
  return { ...promptForModel(question, chatTemplate), lead: kind === 'encoder-decoder' ? before : '' };
}
