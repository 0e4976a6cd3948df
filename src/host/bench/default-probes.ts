import type { ModelDescription } from '../../protocol/model-description.ts';
import type { Prompt } from '../../protocol/prompt.ts';
import { settings } from '../settings.ts';

/**
 * Prompts that an edit has no business with; their answers are compared before and after each edit. They begin sentences of
 * general English, so that any language model has something to say to them.
 */
const OURS: readonly string[] = [
  'The capital of France is',
  'Water freezes at a temperature of',
  'The first month of the year is',
  'To make a cup of tea, you first',
  'The largest planet of the solar system is',
  'She opened the window because',
  'Two plus two equals',
  'Once upon a time, there was',
];

/**
 * The prompts that every edit is compared on: the user's, or ours where there are none. A model that fills in masks is asked
 * those of the user's that have one, and how each of ours goes on.
 */
export function benchProbes({ mask }: Pick<ModelDescription, 'mask'>): readonly Prompt[] {
  const { probes } = settings();
  const ours = mask === undefined ? OURS : OURS.map((text) => `${text} ${mask}.`);
  const own = mask === undefined ? probes : probes.filter((text) => text.includes(mask));
  return (own.length > 0 ? own : ours).map((text) => ({ kind: 'text', text }));
}
