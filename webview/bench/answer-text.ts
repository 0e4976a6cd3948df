import type { BenchOutput } from '../../src/protocol/bench-state.ts';
import { percent } from './words.ts';

/** Whether an answer is a text, token by token, and not labels or the words at masks. */
export const isText = ({ classes, finish }: BenchOutput): boolean => classes === undefined && finish !== 'filled';

/** An answer as one text: the most likely label with its probability, or what the first tokens say. */
export function answerText({ classes, tokens, finish }: BenchOutput, most = tokens.length): string {
  const [label] = classes ?? [];
  if (label) return `${label.label} ${percent(label.logprob)}`;
  const texts = tokens.slice(0, most).map(({ text }) => text);
  // Each mask has a word of its own.
  return (finish === 'filled' ? texts.map((text) => text.trim()).join(' ') : texts.join('')).trim();
}
