import type { Comparison } from '../protocol/comparison.ts';
import type { EditRecord } from '../protocol/edit.ts';
import type { Prompt } from '../protocol/prompt.ts';
import type { Engine } from './engine.ts';
import { GREEDY } from './generation/sampler.ts';
import { askedText } from './text/prompt-tokens.ts';

/**
 * Answers a prompt three ways, greedily: by the model as it is, with the codebook, and in context, which is the baseline of model
 * editing: the fact of the edit that the same router chooses is put before the prompt, and nothing else is changed.
 */
export async function compareAnswers(
  engine: Engine,
  prompt: Prompt,
  maxTokens: number,
  signal?: AbortSignal,
): Promise<Comparison> {
  const answer = async (asked: Prompt, edits: boolean): Promise<string> =>
    (await engine.generate(asked, { maxTokens, sampling: GREEDY, stop: [], cache: true, edits, signal })).text;
  const decision = await engine.decide(prompt);
  const record = decision.edit === null ? undefined : engine.codebook?.stored.history.edits.get(decision.edit)?.record;
  const told = record && withFact(prompt, record);
  return {
    decision,
    unedited: await answer(prompt, false),
    edited: await answer(prompt, true),
    inContext: told ? { prompt: told, answer: await answer(told, false) } : null,
  };
}

/** A prompt with what an edit says put before it, as a sentence of its own. */
export function withFact(prompt: Prompt, { prompt: asked, target }: Pick<EditRecord, 'prompt' | 'target'>): Prompt {
  const fact = `${askedText(asked).trim()} ${target.trim()}`.replace(/(?<![.!?])$/u, '.');
  if (prompt.kind === 'text') return { kind: 'text', text: `${fact}\n${prompt.text}` };
  const last = prompt.messages.findLastIndex(({ role }) => role === 'user');
  const messages = prompt.messages.map((message, at) =>
    at === last ? { ...message, content: `${fact}\n${message.content}` } : message,
  );
  return { ...prompt, messages };
}
