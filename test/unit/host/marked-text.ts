import type { Span } from '../../../src/host/editor/transcript/span.ts';

/** A text with one selection, written as `«like this»`; an empty one is the place of a cursor. */
export function marked(source: string): { readonly text: string; readonly selection: Span } {
  const start = source.indexOf('«');
  const end = source.indexOf('»') - 1;
  return { text: source.replace('«', '').replace('»', ''), selection: { start, end } };
}
