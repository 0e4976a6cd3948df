import pc from 'picocolors';

import type { Decision } from '../protocol/decision.ts';
import type { EditState } from '../protocol/edit.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { visible } from './visible.ts';

/** Four significant digits at most. */
export const figure = (number: number): string => (number === 0 ? '0' : Number(number.toPrecision(4)).toString());

/** A decision in plain words. */
export function describeDecision({ fired, entry, edit, distance, radius, nearest }: Decision): string {
  if (fired) {
    const runnerUp = nearest
      ? `; next is edit ${nearest.edit}, at ${figure(nearest.distance)} of radius ${figure(nearest.radius)}`
      : '';
    return `Edit ${edit} fired (entry ${entry}, distance ${figure(distance!)} of radius ${figure(radius!)}${runnerUp}).`;
  }
  if (!nearest) return 'No edit fired; there is none.';
  const outside = figure(nearest.distance - nearest.radius);
  return `No edit fired; nearest is edit ${nearest.edit} (entry ${nearest.entry}), ${outside} outside its radius ${figure(nearest.radius)}.`;
}

export function describePrompt(prompt: Prompt): string {
  return visible(
    prompt.kind === 'text'
      ? [prompt.text, ...(prompt.pair === undefined ? [] : [prompt.pair])].join(' / ')
      : prompt.messages.map(({ role, content }) => `${role}: ${content}`).join(' / '),
  );
}

/** At most `length` characters, the end cut off. */
export function brief(text: string, length: number): string {
  const line = visible(text.replaceAll(/\s+/g, ' ').trim());
  const characters = Array.from(line);
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join('')}…`;
}

export function describeState(state: EditState): string {
  switch (state) {
    case 'live':
      return pc.green(state);
    case 'disabled':
      return pc.yellow(state);
    case 'reverted':
      return pc.dim(state);
    case 'damaged':
      return pc.red(state);
  }
}
