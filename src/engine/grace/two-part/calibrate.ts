import { setImmediate } from 'node:timers/promises';

import type { Matrix } from 'ml-matrix';

import type { PromptKind } from '../../../protocol/calibration.ts';
import { CodedError } from '../../../protocol/coded-error.ts';
import { runBelowPacked } from '../../generation/packed.ts';
import type { HookedModel } from '../../models/hooked-model.ts';
import { promptTokens, type PromptTokens } from '../../text/prompt-tokens.ts';
import type { TextTokenizer } from '../../text/tokenizer.ts';
import type { Projection } from './calibration.ts';
import {
  promptOf,
  RELATIONS,
  relationPrompts,
  UNRELATED_QUESTIONS,
  type RelationPrompt,
} from './calibration-prompts.ts';
import { discriminant } from './discriminant.ts';
import { predictRates } from './predicted-rates.ts';
import { matrixOf, principalDirections, rowsOf } from './principal-directions.ts';
import { Products, type Rows } from './products.ts';
import { readViews, viewPositions, VIEWS } from './views.ts';

/** How thoroughly a model is calibrated; keys of two sizes do not go together. */
export interface CalibrationSize {
  /** Names that each wording is asked of. */
  readonly names: number;
  /** Principal directions that each view keeps. */
  readonly directions: number;
}

const FULL: CalibrationSize = { names: 20, directions: 160 };

export interface CalibrationWatch {
  /** Prompts read, and to read. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Prompts that are tokenized in one go. */
const BREATH = 100;

/** Views of prompts, view by view: (prompts, d) each. */
type Views = readonly Rows[];

/**
 * Calibrates the two-part router for one kind of prompt: plain text, or the model's chat template.
 *
 * @param model cut behind the deepest view, with the views as its keys
 * @param size a smaller one than that of the recipe is for tests
 * @throws CodedError `cancelled`; `model-unsupported` when the prompts do not fit the model; `model-damaged`
 */
export async function calibrate(
  model: HookedModel,
  tokenizer: TextTokenizer,
  kind: PromptKind,
  { onProgress, signal }: CalibrationWatch = {},
  size: CalibrationSize = FULL,
): Promise<Projection> {
  const relations = relationPrompts(size.names);
  const texts = [...relations.map(({ text }) => text), ...UNRELATED_QUESTIONS];
  const onPrompt = (done: number): void => onProgress?.(done, texts.length);
  const views = await readAll({ model, tokenizer, kind, onPrompt, signal }, texts);
  const products = await Products.create();
  try {
    const [known, far] = [upTo(views, relations.length), from(views, relations.length)];
    return await fit(relations, known, far, size.directions, products, signal);
  } finally {
    await products.dispose();
  }
}

const upTo = (views: Views, row: number): Views => views.map(({ data, columns }) => ({ data: data.subarray(0, row * columns), rows: row, columns })); // prettier-ignore
const from = (views: Views, row: number): Views => views.map(({ data, rows, columns }) => ({ data: data.subarray(row * columns), rows: rows - row, columns })); // prettier-ignore

interface Reading {
  readonly model: HookedModel;
  readonly tokenizer: TextTokenizer;
  readonly kind: PromptKind;
  readonly onPrompt: (done: number) => void;
  readonly signal: AbortSignal | undefined;
}

async function readAll(
  { model, tokenizer, kind, onPrompt, signal }: Reading,
  texts: readonly string[],
): Promise<Views> {
  const { decoder } = model.model;
  const tokens: PromptTokens[] = [];
  for (const text of texts) {
    tokens.push(untilRead(promptTokens(tokenizer, promptOf(kind, text))));
    // Thousands of chats take a while to render: whoever cancels is heard meanwhile.
    if (tokens.length % BREATH === 0) await setImmediate();
    if (signal?.aborted) throw cancelled();
  }
  const d = decoder.width;
  const views = Array.from({ length: VIEWS }, () => ({ data: new Float32Array(texts.length * d), rows: texts.length, columns: d })); // prettier-ignore
  let at = 0;
  for await (const prefill of runBelowPacked(
    model,
    tokens.map(({ ids }) => ids),
  )) {
    // prettier-ignore
    if (signal?.aborted) throw cancelled();
    const found = readViews(prefill, viewPositions(tokens[at]!), decoder);
    found.forEach((view, index) => {
      if (!view.every(Number.isFinite)) throw notFinite();
      views[index]!.data.set(view, at * d);
    });
    onPrompt(++at);
  }
  return views;
}

/** A prompt up to the last token that is read: what a template puts behind it changes nothing before it. */
function untilRead(tokens: PromptTokens): PromptTokens {
  return { ...tokens, ids: tokens.ids.slice(0, viewPositions(tokens).last + 1) };
}

export async function fit(
  relations: readonly RelationPrompt[],
  known: Views,
  far: Views,
  directions: number,
  products: Products,
  signal: AbortSignal | undefined,
): Promise<Projection> {
  const bases: { readonly basis: Matrix; readonly mean: Float64Array; readonly scale: number }[] = [];
  const compressed: Rows[] = [];
  for (const view of known) {
    if (signal?.aborted) throw cancelled();
    const mean = meanOf(view);
    const centred = less(view, mean);
    const covariance = await products.gram(centred);
    for (let at = 0; at < covariance.data.length; at++) covariance.data[at] = covariance.data[at]! / view.rows;
    const scale = Math.sqrt(traceOf(covariance) / view.columns) || 1;
    const basis = await principalDirections(covariance, directions, products); // (d, directions)
    for (let at = 0; at < basis.data.length; at++) basis.data[at] = basis.data[at]! / scale;
    bases.push({ basis: matrixOf(basis), mean, scale });
    compressed.push(await products.multiply(centred, basis));
  }
  const points = beside(compressed); // (n, views * directions)
  const classOf = relations.map(({ relation }) => relation);
  const rates = await predictRates(relations, points, products, signal);
  const map = await discriminant({ points, classOf, count: RELATIONS.length }, products); // (rank, views * directions)
  const rank = map.rows;
  const offset = new Float64Array(rank);
  const d = known[0]!.columns;
  const matrix = new Float32Array(VIEWS * rank * d);
  const width = points.columns / VIEWS;
  bases.forEach(({ basis, mean }, at) => {
    const part = map.subMatrix(0, rank - 1, at * width, (at + 1) * width - 1).mmul(basis.transpose()); // (rank, d)
    matrix.set(rowsOf(part).data, at * rank * d);
    for (let row = 0; row < rank; row++)
      for (let j = 0; j < d; j++) offset[row] = offset[row]! + part.get(row, j) * mean[j]!;
  });
  const projection = { matrix, offset: Float32Array.from(offset) };
  return { ...projection, unrelated: await projectAll(projection, far, products), rates };
}

/** z of many prompts. (prompts, rank) */
async function projectAll(
  { matrix, offset }: Pick<Projection, 'matrix' | 'offset'>,
  views: Views,
  products: Products,
): Promise<Float32Array> {
  const rank = offset.length;
  const { rows, columns: d } = views[0]!;
  const all = Float32Array.from({ length: rows * rank }, (_, at) => -offset[at % rank]!);
  for (const [at, view] of views.entries()) {
    const map = matrixOf({ data: matrix.subarray(at * rank * d, (at + 1) * rank * d), rows: rank, columns: d });
    const part = await products.multiply(view, rowsOf(map.transpose()));
    for (let index = 0; index < all.length; index++) all[index] = all[index]! + part.data[index]!;
  }
  return all;
}

function meanOf({ data, rows, columns }: Rows): Float64Array {
  const mean = new Float64Array(columns);
  for (let at = 0; at < data.length; at++) mean[at % columns] = mean[at % columns]! + data[at]! / rows;
  return mean;
}

const less = ({ data, rows, columns }: Rows, mean: Float64Array): Rows => ({
  ...{ rows, columns },
  data: data.map((number, at) => number - mean[at % columns]!),
});

const traceOf = ({ data, columns }: Rows): number => {
  let trace = 0;
  for (let at = 0; at < columns; at++) trace += data[at * columns + at]!;
  return trace;
};

/** Matrices of as many rows, side by side. */
function beside(parts: readonly Rows[]): Rows {
  const { rows } = parts[0]!;
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const data = new Float32Array(rows * columns);
  let from = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++)
      data.set(part.data.subarray(row * part.columns, (row + 1) * part.columns), row * columns + from);
    from += part.columns;
  }
  return { data, rows, columns };
}

const cancelled = (): CodedError =>
  new CodedError('cancelled', 'The calibration was cancelled; nothing was kept of it.', 'Run it again for it.');

const notFinite = (): CodedError =>
  new CodedError(
    'model-damaged',
    'The model computes infinity or NaN for ordinary text, so its router cannot be calibrated.',
    'Its weights may be damaged: download them again.',
  );
