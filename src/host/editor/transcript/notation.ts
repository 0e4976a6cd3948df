/**
 * How a text is to be written where an answer stands: inside a JSON string, as the number of a label in JSON, or as it is, each new
 * line behind a prefix.
 */
export type Notation =
  | { readonly kind: 'json' }
  | { readonly kind: 'number'; readonly labels: readonly string[] }
  | { readonly kind: 'plain'; readonly linePrefix: string };

export const AS_IT_IS: Notation = { kind: 'plain', linePrefix: '' };

/** The text as it must stand in the document. */
export function write(text: string, notation: Notation): string {
  switch (notation.kind) {
    case 'json':
      return JSON.stringify(text).slice(1, -1);
    case 'number': {
      const number = notation.labels.indexOf(text);
      return number < 0 ? JSON.stringify(text) : String(number);
    }
    case 'plain':
      return notation.linePrefix === '' ? text : text.replaceAll('\n', `\n${notation.linePrefix}`);
  }
}
