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

/** The prompts that every edit is compared on: the user's, or ours where there are none. */
export function benchProbes(): readonly Prompt[] {
  const { probes } = settings();
  return (probes.length > 0 ? probes : OURS).map((text) => ({ kind: 'text', text }));
}
