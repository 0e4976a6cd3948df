import type { Prompt } from '../../../protocol/prompt.ts';
import { promptWith, withoutTrailingSpace, type Exchange } from './exchange.ts';
import type { Notation } from './notation.ts';
import { isBlank } from './selected-output.ts';

/** An answer that is to go on at a place of a document. */
export interface ContinuedOutput {
  /** The question, and what was said. */
  readonly prompt: Prompt;
  /** The question alone. */
  readonly question: Prompt;
  /** What the answer says already. */
  readonly said: string;
  readonly notation: Notation;
  /** Whether a space stands before the place already: the model's own first space would be a second one. */
  readonly afterSpace: boolean;
}

/** The answer up to an offset of the document; null when nothing is asked. */
export function continueOutput({ asked, answer, notation }: Exchange, offset: number): ContinuedOutput | null {
  const said = answer.text.slice(0, answer.unitsBefore(offset));
  const prompt = promptWith(asked, withoutTrailingSpace(said));
  if (isBlank(prompt)) return null;
  return {
    prompt,
    question: promptWith(asked, ''),
    said: said.trim(),
    notation,
    afterSpace: withoutTrailingSpace(said) !== said,
  };
}
