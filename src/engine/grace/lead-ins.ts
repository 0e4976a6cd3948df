import { mersenne } from 'pure-rand/generator/mersenne';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

import { CodedError } from '../../protocol/coded-error.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import relations from './two-part/data/relations.json' with { type: 'json' };

/** Short texts that have nothing to do with what stands behind them. */
const LEAD_INS: readonly string[] = relations.leadIns;

/** As many as there are. */
export const MOST_LEAD_INS = LEAD_INS.length;

/**
 * A prompt behind so many different lead-ins, drawn by the seed: what a value is learned on so that it carries to prompts with
 * something else before them.
 *
 * @throws CodedError `bad-argument` where there are not so many
 */
export function behindLeadIns(prompt: Prompt, count: number, seed: number): readonly Prompt[] {
  if (!Number.isSafeInteger(count) || count < 0 || count > MOST_LEAD_INS)
    throw new CodedError('bad-argument', `There are ${MOST_LEAD_INS} lead-ins, so ${count} cannot be learned with.`);
  const random = mersenne(seed);
  const left = [...LEAD_INS];
  return Array.from({ length: count }, () => {
    const [leadIn] = left.splice(uniformInt(random, 0, left.length - 1), 1);
    return behind(prompt, leadIn!);
  });
}

function behind(prompt: Prompt, leadIn: string): Prompt {
  if (prompt.kind === 'text') return { ...prompt, text: `${leadIn} ${prompt.text}` };
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const messages = prompt.messages.map((message, at) =>
    at === last ? { ...message, content: `${leadIn} ${message.content}` } : message,
  );
  return { ...prompt, messages };
}
