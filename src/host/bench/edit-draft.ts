import type { BenchModel, BenchOutput, EditDraft, PromptDraft } from '../../protocol/bench-state.ts';
import type { ReplacementPolicy } from '../../protocol/edit.ts';
import type { EditParams } from '../../protocol/engine-api.ts';
import type { ModelKind } from '../../protocol/model-description.ts';
import type { Prompt } from '../../protocol/prompt.ts';

/** Tokens of an output, from `from` to before `to`. */
export interface TokenRange {
  readonly from: number;
  readonly to: number;
}

/** What an edit is about. */
export type DraftSubject = Pick<EditDraft, 'prompt' | 'lead' | 'wrong' | 'target' | 'ends'>;

/** The model that is edited, as far as an edit that is begun depends on it. */
export type EditedModel = Pick<BenchModel, 'kind' | 'replace'>;

/** The prompt that is typed, as a model of that kind reads it: chats are for those that write. */
export function promptOf({ kind, text, pair = '', messages }: PromptDraft, model: ModelKind): Prompt {
  if (kind === 'chat' && isWriter(model)) return { kind, messages };
  return { kind: 'text', text, ...(isWritten(pair) && !isWriter(model) ? { pair } : {}) };
}

/** An edit with nothing but what it is about; the engine chooses the rest. */
export function newDraft(about: DraftSubject, replace: ReplacementPolicy): EditDraft {
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

/**
 * An edit of some tokens of what a prompt gave, or of its class; null when the range holds none.
 *
 * What a decoder has said becomes part of the prompt, from which it goes on. The others read the prompt alone: what an
 * encoder-decoder has said is the beginning of its target, and masks are filled all at once.
 */
export function draftOfOutput(
  prompt: Prompt,
  output: BenchOutput,
  range: TokenRange,
  { kind, replace }: EditedModel,
): EditDraft | null {
  const [first] = output.classes ?? [];
  if (first) return newDraft({ prompt, wrong: first.label, target: '', ends: true }, replace);
  const { tokens } = output;
  const chosen = tokens.slice(range.from, range.to);
  if (chosen.length === 0) return null;
  if (output.finish === 'filled') return newDraft({ prompt, wrong: wordsOf(tokens), target: '', ends: true }, replace);
  // Empty for the end token alone: the model stopped too early.
  const about = { wrong: textOf(chosen), target: '', ends: endsAt(output, range.to) };
  const said = textOf(tokens.slice(0, range.from));
  return newDraft(
    kind === 'encoder-decoder' ? { prompt, lead: said, ...about } : { prompt: continued(prompt, said), ...about },
    replace,
  );
}

/**
 * What the engine is asked for.
 *
 * @param guess what the engine takes it to be about where nothing is said
 */
export function editParams(draft: EditDraft, defaultProbes: readonly Prompt[], guess = ''): EditParams {
  const { prompt, ends, radius, replace, steps, learningRate } = draft;
  const negatives = draft.negatives.filter(isWritten).map((text) => rephrased(prompt, text));
  const own = draft.probes.filter(isWritten).map((text) => ({ kind: 'text', text }) as const);
  return {
    prompt,
    target: wholeTarget(draft),
    ends,
    replace,
    rephrasings: draft.rephrasings.filter(isWritten).map((text) => rephrased(prompt, text)),
    probes: [...own, ...(draft.defaultProbes ? defaultProbes : [])],
    ...(isWritten(draft.subject) && draft.subject.trim() !== guess ? { subject: draft.subject.trim() } : {}),
    ...(negatives.length > 0 ? { negatives } : {}),
    ...(radius === null ? {} : { radius }),
    ...(steps === null ? {} : { steps }),
    ...(learningRate === null ? {} : { learningRate }),
  };
}

/** Marks that follow a word directly. */
const CLOSING = /^[,.;:!?)\]}»”’%]/u;

/** The target with what the answer says before it, a space between them where the model's own words had one. */
function wholeTarget({ lead = '', wrong, target }: EditDraft): string {
  const wasSpaced = lead !== '' && /^\s/u.test(wrong);
  const isSpaced = /\s$/u.test(lead) || /^\s/u.test(target) || CLOSING.test(target);
  return `${lead}${wasSpaced && !isSpaced ? ' ' : ''}${target}`;
}

/** Whether an answer ends there; one that was cut off at a limit does not end where it was cut off. */
function endsAt({ tokens, finish }: BenchOutput, to: number): boolean {
  return textOf(tokens.slice(to)) === '' && (finish === 'eos' || finish === 'stop');
}

/** The prompt, and what was said after it. */
function continued(prompt: Prompt, said: string): Prompt {
  if (said === '') return prompt;
  return prompt.kind === 'text'
    ? { ...prompt, text: prompt.text + said }
    : { ...prompt, answer: (prompt.answer ?? '') + said };
}

/** The same prompt in other words: in a chat, the other words are the user's last. */
function rephrased(prompt: Prompt, text: string): Prompt {
  if (prompt.kind === 'text') return { ...prompt, text };
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const messages = prompt.messages.map((message, index) => (index === last ? { ...message, content: text } : message));
  return { ...prompt, messages };
}

const textOf = (tokens: BenchOutput['tokens']): string => tokens.map(({ text }) => text).join('');

/** What stands at the masks of a text, a space between one and the next; pieces of words are marked as such by the tokenizer. */
const wordsOf = (tokens: BenchOutput['tokens']): string =>
  tokens.map(({ text }) => ` ${text.trim()}`).join('').replaceAll(' ##', '').trim(); // prettier-ignore

export const isWriter = (kind: ModelKind): boolean => kind === 'causal' || kind === 'encoder-decoder';

const isWritten = (text: string): boolean => text.trim() !== '';
