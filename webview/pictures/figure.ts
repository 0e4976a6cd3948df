/** A table that says what a picture shows. */
export interface Table {
  readonly columns: readonly string[];
  /** An edit of the first run's codebook stands behind a row that has one. */
  readonly rows: readonly { readonly cells: readonly (string | number)[]; readonly edit?: number | undefined }[];
}

/** A picture and the same in words. */
export interface Figure {
  /** For file names. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences: what it shows, and how to read it. */
  readonly caption: string;
  readonly table: Table;
  /** Draws it with the elements of a document: a page's, or one in a process without a page. */
  draw(document: Document, width: number): Element;
}

/** Number of colours and symbols that tell series apart; both are used, so that colour alone means nothing. */
export const SERIES = 9;

/** The colour of a series; the page or the file says what it is. */
export const seriesColour = (at: number): string => `var(--series-${at % SERIES})`;

/** A number for people: four significant digits at most. */
export function figure(x: number | null | undefined): string {
  if (x === null) return 'none';
  if (x === undefined) return '';
  const size = Math.abs(x);
  return size !== 0 && (size >= 1e6 || size < 1e-3) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
}

/** The link of a mark to an edit; the page opens it. */
export const editLink = (edit: number | undefined): string | undefined =>
  edit === undefined ? undefined : `#edit-${edit}`;
