import { describe, expect, it } from 'vitest';

import { brief, ending, escaped, fenced, prose, withoutIcons, withoutLinks } from '../../../src/host/plain-text.ts';

describe('plain text', () => {
  it('is cut between characters, and made one line', () => {
    expect(brief(' a\n\tb\u0007\u202e c ', 10)).toBe('a b c');
    expect(brief('😀😀😀😀', 3)).toBe('😀😀…');
    expect(brief('😀😀😀', 3)).toBe('😀😀😀');
  });

  it('keeps the end, from the beginning of a word on', () => {
    expect(ending('This is a passage about Amy.', 40)).toBe('This is a passage about Amy.');
    expect(ending('This is a passage about Amy.', 14)).toBe('…about Amy.');
    expect(ending('東京東京東京', 4)).toBe('…京東京');
  });

  it('makes no links, icons or Markdown', () => {
    expect(withoutLinks('[a](command:b)')).toBe('[a] (command:b)');
    expect(withoutIcons('$(trash) $(sync~spin) $(no icon)')).toBe('\\$(trash) \\$(sync~spin) $(no icon)');
    expect(fenced('a\n````\nb')).toBe('`````text\na\n````\nb\n`````');
    expect(prose('1. [a](b)\n- c & d')).toBe('1\\. \\[a\\]\\(b\\)  \n\\- c \\& d');
    expect(escaped('[a](b) <c> `d`\n# e')).toBe('\\[a\\](b) \\<c\\> \\`d\\` \\# e');
  });
});
