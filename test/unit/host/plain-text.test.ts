import { describe, expect, it } from 'vitest';

import { brief, escaped, fenced, withoutIcons, withoutLinks } from '../../../src/host/plain-text.ts';

describe('plain text', () => {
  it('is cut between characters, and made one line', () => {
    expect(brief(' a\n\tb\u0007\u202e c ', 10)).toBe('a b c');
    expect(brief('😀😀😀😀', 3)).toBe('😀😀…');
    expect(brief('😀😀😀', 3)).toBe('😀😀😀');
  });

  it('makes no links, icons or Markdown', () => {
    expect(withoutLinks('[a](command:b)')).toBe('[a] (command:b)');
    expect(withoutIcons('$(trash) $(sync~spin) $(no icon)')).toBe('\\$(trash) \\$(sync~spin) $(no icon)');
    expect(fenced('a\n````\nb')).toBe('`````text\na\n````\nb\n`````');
    expect(escaped('[a](b) <c> `d`\n# e')).toBe('\\[a\\](b) \\<c\\> \\`d\\` \\# e');
  });
});
