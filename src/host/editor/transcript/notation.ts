/** How a text is to be written where an answer stands: inside a JSON string, or as it is, each new line behind a prefix. */
export type Notation = { readonly kind: 'json' } | { readonly kind: 'plain'; readonly linePrefix: string };

export const AS_IT_IS: Notation = { kind: 'plain', linePrefix: '' };

/** The text as it must stand in the document. */
export function write(text: string, notation: Notation): string {
  switch (notation.kind) {
    case 'json':
      return JSON.stringify(text).slice(1, -1);
    case 'plain':
      return notation.linePrefix === '' ? text : text.replaceAll('\n', `\n${notation.linePrefix}`);
  }
}
