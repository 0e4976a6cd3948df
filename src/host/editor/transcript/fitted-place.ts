import type { ModelDescription } from '../../../protocol/model-description.ts';
import type { ContinuedOutput } from './continued-output.ts';
import { promptForModel, type ModelPrompt } from './model-prompt.ts';
import { isBlank } from './selected-output.ts';

/** What a model is asked at a place of a document. */
export interface FittedPlace extends ModelPrompt {
  /** False where it would have to go on from what it has said, and cannot. */
  readonly canAnswer: boolean;
  /** What is written before its answer. */
  readonly joint: string;
}

/** A decoder goes on from what was said; the others answer a question from the beginning. `touching`: a word stands just before. */
export function fitPlace(
  { prompt, question, said, notation }: ContinuedOutput,
  touching: boolean,
  { kind, chatTemplate }: Pick<ModelDescription, 'kind' | 'chatTemplate'>,
): FittedPlace {
  // A decoder's first token has its space with it.
  if (kind === 'causal') return { ...promptForModel(prompt, chatTemplate), canAnswer: true, joint: '' };
  const isUnparted = isBlank(question);
  const space = touching && notation.kind === 'plain' ? ' ' : '';
  return {
    ...promptForModel(isUnparted ? prompt : question, chatTemplate),
    canAnswer: isUnparted || said === '',
    joint: isUnparted && kind === 'classifier' ? `${space}=> ` : space,
  };
}
