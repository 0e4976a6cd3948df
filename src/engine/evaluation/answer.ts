import { CodedError } from '../../protocol/coded-error.ts';
import type { Decision } from '../../protocol/decision.ts';
import { NO_DECISION } from '../../protocol/decision.ts';
import { answer as say } from '../generation/answer.ts';
import { GREEDY } from '../generation/sampler.ts';
import { scoreAnswer } from '../generation/score-answer.ts';
import { makeLesson, type Lesson } from '../grace/lesson.ts';
import type { Item } from './material.ts';
import type { Asking, Method, Workbench } from './method.ts';

/** What a model said and how far that is from what it should have said. */
export interface Answer {
  readonly output: string;
  /** The output is the target; one of the targets, where several are right. */
  readonly exact: boolean;
  readonly f1: number;
  /** Each token of the target is the most likely one after those before it. */
  readonly forced: boolean;
  /** Mean negative log-likelihood of the target's tokens; null when it is no number. */
  readonly nll: number | null;
  readonly decision: Decision;
}

/**
 * Asks for one item: by real greedy generation, and by teacher forcing, with the ids that the target is trained with.
 */
export async function answer(
  bench: Workbench,
  method: Pick<Method, 'ask' | 'mayBreak'>,
  item: Item,
  history: readonly Item[],
): Promise<Answer> {
  const asking = method.ask(item, history);
  try {
    return await compute(bench, asking, item);
  } catch (error) {
    if (!method.mayBreak || !(error instanceof CodedError) || error.code !== 'model-damaged') throw error;
    return { output: '', exact: false, f1: 0, forced: false, nll: null, decision: NO_DECISION };
  }
}

async function compute(bench: Workbench, { model, steering, prompt }: Asking, item: Item): Promise<Answer> {
  const { tokenizer, endIds, settings } = bench;
  const [target] = item.targets as readonly [string];
  const { prompt: asked, targetIds } = targetOf(bench, prompt, target);
  const maxTokens = Math.max(settings.maxTokens, targetIds.length + 1);
  const options = { maxTokens, sampling: GREEDY, stop: [], endIds, cache: true };
  const { text, ids, decision } = await say(model, tokenizer, asked, steering, options);
  const withoutEnd = (all: readonly number[]): readonly number[] =>
    bench.network.kind === 'classifier' ? all : all.filter((id) => !endIds.has(id));
  const said = withoutEnd(ids);
  const scored = await scoreAnswer(model, tokenizer, asked, targetIds, steering);
  const wanted = item.targets.map((one) => withoutEnd(targetOf(bench, prompt, one).targetIds));
  return {
    output: text.trim(),
    exact: item.targets.some((one) => matches(text.trim(), one.trim(), settings.ends)),
    f1: Math.max(...wanted.map((ids) => f1(settings.ends ? said : said.slice(0, ids.length), ids))),
    forced: scored.tokens.every(({ greedy }) => greedy),
    nll: Number.isFinite(scored.logprob) ? -scored.logprob / scored.tokens.length : null,
    decision,
  };
}

/** Ids of a prompt and of its target, with the end token where the answer ends there: as they are trained. */
export function targetOf(
  { network, tokenizer, endIds, settings }: Pick<Workbench, 'network' | 'tokenizer' | 'endIds' | 'settings'>,
  prompt: Item['prompt'],
  target: string,
): Lesson {
  return makeLesson(network, tokenizer, prompt, target, { ends: settings.ends && endIds.size > 0, endIds });
}

const matches = (said: string, target: string, ends: boolean): boolean =>
  ends ? said === target : said.startsWith(target);

/** F1 of two bags of tokens (Rajpurkar et al. 2016). */
export function f1(said: readonly number[], wanted: readonly number[]): number {
  const left = new Map<number, number>();
  for (const id of wanted) left.set(id, (left.get(id) ?? 0) + 1);
  let same = 0;
  for (const id of said) {
    const count = left.get(id) ?? 0;
    if (count === 0) continue;
    left.set(id, count - 1);
    same++;
  }
  return same === 0 ? 0 : (2 * same) / (said.length + wanted.length);
}
