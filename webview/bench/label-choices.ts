import type { BenchModel, BenchOutput, BenchRun, EditDraft } from '../../src/protocol/bench-state.ts';
import { isText } from './answer-text.ts';

/** A label that an edit can have for its target. */
export interface LabelChoice {
  readonly label: string;
  /** How likely the model finds it now, as natural logarithm; null where it has not been asked. */
  readonly logprob: number | null;
  /** Whether it is the one that the model says now. */
  readonly isNow: boolean;
}

/** What a model that reads a text, and writes none, said last of an edit's own. */
export function lastSaid(runs: readonly BenchRun[], { prompt }: EditDraft): BenchOutput | undefined {
  const own = JSON.stringify(prompt);
  const isOwn = ({ prompt: asked, outputs: { edited } }: BenchRun): boolean =>
    edited !== undefined && !isText(edited) && JSON.stringify(asked) === own;
  return runs.findLast(isOwn)?.outputs.edited;
}

/**
 * The labels of the open model, the most likely first where it has been asked. In a window that has just opened there is no
 * model yet, and those of its last answer serve. None for a model that is no classifier.
 */
export function labelChoices(model: BenchModel | null, said: BenchOutput | undefined): readonly LabelChoice[] {
  const classes = said?.classes ?? [];
  if (model && model.labels.length === 0) return [];
  const labels = model ? model.labels : classes.map(({ label }) => label);
  const asked = classes.filter(({ label }) => labels.includes(label));
  const names = new Set(asked.map(({ label }) => label));
  return [
    ...asked.map(({ label, logprob }, at) => ({ label, logprob, isNow: at === 0 })),
    ...labels.filter((label) => !names.has(label)).map((label) => ({ label, logprob: null, isNow: false })),
  ];
}
