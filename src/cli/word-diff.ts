import { diffWordsWithSpace } from 'diff';
import pc from 'picocolors';

import { visible } from './visible.ts';

/** Two texts as lines: what was, with what is gone in red and struck through, and what is, with what is new in green. */
export function wordDiff(before: string, after: string): string {
  const parts = diffWordsWithSpace(visible(before), visible(after));
  const was = parts
    .filter(({ added }) => !added)
    .map(({ value, removed }) => (removed ? pc.red(pc.strikethrough(value)) : value));
  const is = parts.filter(({ removed }) => !removed).map(({ value, added }) => (added ? pc.green(value) : value));
  return `${pc.red('-')} ${was.join('').trim()}\n${pc.green('+')} ${is.join('').trim()}`;
}
