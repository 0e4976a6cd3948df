import pc from 'picocolors';

import type { Decision, KeyMatch } from '../protocol/decision.ts';
import type { EditState } from '../protocol/edit.ts';
import type { Prompt } from '../protocol/prompt.ts';
import { COVERAGE_NEEDED, RUN_NEEDED } from '../protocol/two-part.ts';
import { visible } from './visible.ts';

/** Four significant digits at most. */
export const figure = (number: number): string => (number === 0 ? '0' : Number(number.toPrecision(4)).toString());

/** A decision in plain words. */
export function describeDecision({ fired, entry, edit, distance, radius, match, nearest }: Decision): string {
  if (match) return `Edit ${edit} fired (entry ${entry}): ${describeMatch(match)}.`;
  if (nearest?.match) return `No edit fired; nearest is edit ${nearest.edit} (entry ${nearest.entry}): ${describeMatch(nearest.match)}.`; // prettier-ignore
  if (fired) {
    const runnerUp = nearest
      ? `; next is edit ${nearest.edit}, at ${figure(nearest.distance)} of radius ${figure(nearest.radius)}`
      : '';
    return `Edit ${edit} fired (entry ${entry}, distance ${figure(distance!)} of radius ${figure(radius!)}${runnerUp}).`;
  }
  if (!nearest) return 'No edit fired; none is near.';
  const outside = figure(nearest.distance - nearest.radius);
  return `No edit fired; nearest is edit ${nearest.edit} (entry ${nearest.entry}), ${outside} outside its radius ${figure(nearest.radius)}.`;
}

/** How a prompt and a key agree, in a clause. */
export function describeMatch({ own, found, missing, coverage, run, score, threshold }: KeyMatch): string {
  if (own) return 'its own prompt, word for word';
  const about =
    missing.length === 0 ? found.join(' ') : `${found.join(' ') || 'nothing'} found, ${missing.join(' ')} missing`;
  const asked = score >= threshold ? 'reaches' : 'is below';
  return `about ${visible(about)} (coverage ${figure(coverage)}, run ${figure(run)}), what is asked scores ${figure(score)} and ${asked} ${figure(threshold)}`; // prettier-ignore
}

/** Everything that a decision of the two-part router rests on, line by line. */
export function explainDecision(decision: Decision): string {
  const { fired, edit, match, nearest } = decision;
  const lines = [fired ? `Edit ${edit} fired.` : 'No edit fired.'];
  if (fired && match) lines.push(...explainMatch(match));
  if (nearest?.match)
    lines.push(`${fired ? 'Runner-up' : 'Nearest'}: edit ${nearest.edit}`, ...explainMatch(nearest.match));
  if (!match && !nearest?.match) return describeDecision(decision);
  return lines.join('\n');
}

function explainMatch({ own, found, missing, coverage, run, score, threshold }: KeyMatch): readonly string[] {
  const mark = (holds: boolean): string => (holds ? pc.green('✓') : pc.red('✗'));
  return [
    ...(own ? [`  ${mark(true)} the edit's own prompt, word for word: it always fires`] : []),
    `  ${mark(coverage >= COVERAGE_NEEDED)} who: ${visible(found.join(' ')) || 'no word'} found${missing.length > 0 ? `, ${visible(missing.join(' '))} missing` : ''}; coverage ${figure(coverage)} of ${COVERAGE_NEEDED}`, // prettier-ignore
    `  ${mark(run >= RUN_NEEDED)} as a name of its own: ${figure(run)} of ${RUN_NEEDED}`,
    `  ${mark(score >= threshold)} what is asked: score ${figure(score)} of ${figure(threshold)}`,
  ];
}

/** The form of a learned value: what a person should know of an edit, for a track is close to a stored answer. */
export const describeValue = (rows: number): string => (rows === 1 ? 'one vector' : `a track of ${rows} vectors`);

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
