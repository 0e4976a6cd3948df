import type { BenchOutput, EditDraft, PromptDraft } from '../../protocol/bench-state.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { EditParams } from '../../protocol/engine-api.ts';
import type { Prompt } from '../../protocol/prompt.ts';

/** Tokens of an output, from `from` to before `to`. */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

/** The prompt that is typed. */
export function promptOf({ kind, text, messages }: PromptDraft): Prompt {
  return kind === 'text' ? { kind, text } : { kind, messages };
}

/** An edit with nothing but what it is about; the engine chooses the rest. */
export function newDraft(
  about: Pick<EditDraft, 'prompt' | 'wrong' | 'target' | 'ends'>,
  replace: ReplacementPolicy,
): EditDraft {
  return {
    ...about,
    rephrasings: [],
    subject: '',
    negatives: [],
    probes: [],
    defaultProbes: true,
    radius: null,
    replace,
    steps: null,
    learningRate: null,
  };
}

/** An edit of some tokens of what a prompt gave; null when the range holds none. */
export function draftOfTokens(
  prompt: Prompt,
  { tokens, finish }: BenchOutput,
  { from, to }: TokenRange,
  replace: ReplacementPolicy,
): EditDraft | null {
  const chosen = tokens.slice(from, to);
  if (chosen.length === 0) return null;
  const isTail = textOf(tokens.slice(to)) === '';
  return newDraft(
    {
      prompt: continued(prompt, textOf(tokens.slice(0, from))),
      // Empty for the end token alone: the model stopped too early.
      wrong: textOf(chosen),
      target: '',
      // An answer that was cut off at a limit does not end where it was cut off.
      ends: isTail && (finish === 'eos' || finish === 'stop'),
    },
    replace,
  );
}

/** What the engine is asked for. */
export function editParams(draft: EditDraft, defaultProbes: readonly Prompt[]): EditParams {
  const { prompt, target, ends, radius, replace, steps, learningRate } = draft;
  const negatives = draft.negatives.filter(isWritten).map((text) => rephrased(prompt, text));
  const own = draft.probes.filter(isWritten).map((text) => ({ kind: 'text', text }) as const);
  return {
    prompt,
    target,
    ends,
    replace,
    rephrasings: draft.rephrasings.filter(isWritten).map((text) => rephrased(prompt, text)),
    probes: [...own, ...(draft.defaultProbes ? defaultProbes : [])],
    ...(isWritten(draft.subject) ? { subject: draft.subject.trim() } : {}),
    ...(negatives.length > 0 ? { negatives } : {}),
    ...(radius === null ? {} : { radius }),
    ...(steps === null ? {} : { steps }),
    ...(learningRate === null ? {} : { learningRate }),
  };
}

/** The prompt, and what was said after it. */
function continued(prompt: Prompt, said: string): Prompt {
  if (said === '') return prompt;
  return prompt.kind === 'text'
    ? { kind: 'text', text: prompt.text + said }
    : { ...prompt, answer: (prompt.answer ?? '') + said };
}

/** The same prompt in other words: in a chat, the other words are the user's last. */
function rephrased(prompt: Prompt, text: string): Prompt {
  if (prompt.kind === 'text') return { kind: 'text', text };
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const messages = prompt.messages.map((message, index) => (index === last ? { ...message, content: text } : message));
  return { ...prompt, messages };
}

const textOf = (tokens: BenchOutput['tokens']): string => tokens.map(({ text }) => text).join('');

const isWritten = (text: string): boolean => text.trim() !== '';
