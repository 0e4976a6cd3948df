import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { anchored } from '../../../src/host/editor/flag.ts';
import { movedSpan } from '../../../src/host/editor/moving-span.ts';

const edits = fc.array(fc.record({ at: fc.nat(), length: fc.nat(4), text: fc.string({ maxLength: 4 }) }), {
  maxLength: 8,
});

describe('a span in a text that changes', () => {
  it('holds the same text, or is given up', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), fc.nat(), fc.nat(), edits, (before, a, b, changes) => {
        const start = a % before.length;
        const span = { start, end: start + 1 + (b % (before.length - start)) };
        let text = before;
        const made = changes.map(({ at, length, text: added }) => {
          const rangeOffset = at % (text.length + 1);
          const rangeLength = Math.min(length, text.length - rangeOffset);
          text = text.slice(0, rangeOffset) + added + text.slice(rangeOffset + rangeLength);
          return { rangeOffset, rangeLength, text: added };
        });
        const moved = movedSpan(span, made);
        if (moved) expect(text.slice(moved.start, moved.end)).toBe(before.slice(span.start, span.end));
      }),
    );
  });

  it('is given up for changes inside it, and for no others', () => {
    const span = { start: 4, end: 8 };
    const change = (rangeOffset: number, rangeLength: number, text: string) =>
      movedSpan(span, [{ rangeOffset, rangeLength, text }]);
    expect(change(0, 4, 'x')).toEqual({ start: 1, end: 5 });
    expect(change(4, 0, 'x')).toEqual({ start: 5, end: 9 });
    expect(change(8, 2, '')).toEqual(span);
    expect(change(5, 0, 'x')).toBeNull();
    expect(change(7, 2, '')).toBeNull();
    expect(change(3, 2, '')).toBeNull();
  });
});

describe('a flagged text in a document that has changed', () => {
  it('is found where it is nearest', () => {
    expect(anchored({ text: 'ab', start: 6 }, 'ab  ab ab')).toEqual({ start: 7, end: 9 });
    expect(anchored({ text: 'ab', start: 5 }, 'ab  ab ab')).toEqual({ start: 4, end: 6 });
    expect(anchored({ text: 'ab', start: 99 }, 'ab')).toEqual({ start: 0, end: 2 });
    expect(anchored({ text: 'ab', start: 0 }, 'ba')).toBeNull();
  });
});
