import { METHODS, type MethodName } from '../../src/protocol/evaluation.ts';

/** The edit behind a point: of which run, by which method, and its row in the stream, from 0. */
export interface PointEdit {
  /** Its place among the runs that are drawn. */
  readonly run: number;
  readonly method: MethodName;
  readonly row: number;
}

/** A value with a link to the edit behind it. */
export interface LinkedValue {
  readonly value: string | number;
  readonly edit: PointEdit;
  /** Name of the link, for who hears it without its row and column. */
  readonly label: string;
}

export type Cell = string | number | LinkedValue;

/** A table that says what a picture shows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What is written in a cell. */
export const textOf = (cell: Cell): string => String(typeof cell === 'object' ? cell.value : cell);

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

/** One of the nine colours of series; the page or the file says what it is. */
export const seriesColour = (at: number): string => `var(--series-${at})`;

/** A number for people: four significant digits at most. */
export function figure(x: number | null | undefined): string {
  if (x === null) return 'none';
  if (x === undefined) return '';
  const size = Math.abs(x);
  return size !== 0 && (size >= 1e6 || size < 1e-3) ? x.toExponential(2) : String(Number(x.toPrecision(4)));
}

const LINK = '#edit/';

/** The link of a mark to the edit behind it; the page opens it. */
export const editLink = ({ run, method, row }: PointEdit): string => `${LINK}${run}/${method}/${row}`;

/** The edit that a link leads to; undefined for any other link. */
export function linkedEdit(link: string): PointEdit | undefined {
  const [run, name, row] = link.startsWith(LINK) ? link.slice(LINK.length).split('/') : [];
  const method = METHODS.find((one) => one === name);
  return method && { run: Number(run), method, row: Number(row) };
}

/** An edit of the first run's codebook: its edits are those of the stream, in order, numbered from 1. */
export const codebookEdit = (edit: number): PointEdit => ({ run: 0, method: 'grace', row: edit - 1 });
