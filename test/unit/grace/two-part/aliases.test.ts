import { describe, expect, it } from 'vitest';

import { underOtherNames } from '../../../../src/engine/grace/two-part/aliases.ts';
import type { Prompt } from '../../../../src/protocol/prompt.ts';
import { errorOf } from '../samples.ts';

const text = (content: string): Prompt => ({ kind: 'text', text: content });

describe('a prompt under other names', () => {
  it('has each alias where the subject stood: the one told, or the one guessed', () => {
    expect(underOtherNames(text('The home of Mark Twain is'), ['Samuel $& Clemens'])).toEqual([
      text('The home of Samuel $& Clemens is'),
    ]);
    expect(underOtherNames(text('where was ada born, ada?'), ['she'], 'ada')).toEqual([
      text('where was she born, she?'),
    ]);
    const chat: Prompt = { kind: 'chat', messages: [{ role: 'user', content: 'Who is Pelé?' }] };
    expect(underOtherNames(chat, ['Edson'])).toEqual([{ kind: 'chat', messages: [{ role: 'user', content: 'Who is Edson?' }] }]); // prettier-ignore
    expect(underOtherNames(text('no name'), [])).toEqual([]);
  });

  it('is refused where the prompt does not have the subject', () => {
    expect(errorOf(() => underOtherNames(text('who is it?'), ['Edson'])).message).toMatch(/no name/);
    expect(errorOf(() => underOtherNames(text('Who is Pelé?'), ['Edson'], 'Garrincha')).message).toMatch(/Garrincha/);
  });
});
