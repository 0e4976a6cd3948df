import type { GroupMetrics } from '../../protocol/evaluation.ts';

/** What counts of an answer. */
export interface Counted {
  readonly exact: boolean;
  readonly f1: number;
  readonly forced: boolean;
  readonly nll: number | null;
  readonly unchanged: boolean;
}

/** Puts answers together; undefined where nothing was asked. */
export function metricsOf(answers: readonly Counted[]): GroupMetrics | undefined {
  if (answers.length === 0) return undefined;
  const mean = (of: (answer: Counted) => number): number =>
    answers.reduce((sum, answer) => sum + of(answer), 0) / answers.length;
  const perplexity = mean(({ nll }) => (nll === null ? Infinity : Math.exp(nll)));
  return {
    prompts: answers.length,
    exact: mean(({ exact }) => Number(exact)),
    f1: mean((answer) => answer.f1),
    forced: mean(({ forced }) => Number(forced)),
    perplexity: Number.isFinite(perplexity) ? perplexity : null,
    unchanged: mean(({ unchanged }) => Number(unchanged)),
  };
}
