import type { Matrix } from 'ml-matrix';

import type { PredictedRates, Strictness } from '../../../protocol/calibration.ts';
import { STRICTNESS } from '../../../protocol/two-part.ts';
import type { RelationPrompt } from './calibration-prompts.ts';
import { discriminant } from './discriminant.ts';
import { keyWords, queryWords, sharedStems } from './entity-gate.ts';
import { matrixOf } from './principal-directions.ts';
import type { Products, Rows } from './products.ts';
import { relationScore } from './relation-score.ts';

const FOLDS = 4;

/**
 * What each strictness is expected to do on relations that nobody fitted: the projection is fitted four times, each time without a
 * quarter of the relations, on which prompts are then compared: each with another wording of its relation, and with another
 * relation, about the same name.
 */
export async function predictRates(
  prompts: readonly RelationPrompt[],
  points: Rows,
  products: Products,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<Strictness, PredictedRates>>> {
  const same: number[] = [];
  const other: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    if (signal?.aborted) break;
    const isHeld = ({ relation }: RelationPrompt): boolean => relation % FOLDS === fold;
    const fitted = prompts.flatMap((prompt, at) => (isHeld(prompt) ? [] : [at]));
    const relations = [...new Set(fitted.map((at) => prompts[at]!.relation))];
    const map = await discriminant(
      {
        points: pick(points, fitted),
        classOf: fitted.map((at) => relations.indexOf(prompts[at]!.relation)),
        count: relations.length,
      },
      products,
    );
    compare(prompts.flatMap((prompt, at) => (isHeld(prompt) ? [at] : [])), prompts, points, map, same, other); // prettier-ignore
  }
  const rates = (threshold: number): PredictedRates => ({
    reworded: share(same, (score) => score >= threshold),
    otherQuestion: share(other, (score) => score < threshold),
  });
  return {
    strict: rates(STRICTNESS.strict),
    balanced: rates(STRICTNESS.balanced),
    loose: rates(STRICTNESS.loose),
  };
}

function compare(
  held: readonly number[],
  prompts: readonly RelationPrompt[],
  points: Rows,
  map: Matrix,
  same: number[],
  other: number[],
): void {
  const z = map.mmul(matrixOf(pick(points, held)).transpose()).transpose(); // (held, rank)
  const byName = new Map<string, { readonly prompt: RelationPrompt; readonly z: readonly number[] }[]>();
  held.forEach((at, row) => {
    const prompt = prompts[at]!;
    byName.set(prompt.name, [...(byName.get(prompt.name) ?? []), { prompt, z: z.getRow(row) }]);
  });
  for (const [name, asked] of byName) {
    const texts = asked.map(({ prompt: { text } }) => ({ key: keyWords(text, name), query: queryWords(text) }));
    asked.forEach((key, k) => {
      asked.forEach((query, q) => {
        if (k === q) return;
        const score = relationScore(key.z, query.z, sharedStems(texts[k]!.key, texts[q]!.query));
        (key.prompt.relation === query.prompt.relation ? same : other).push(score);
      });
    });
  }
}

function pick({ data, columns }: Rows, rows: readonly number[]): Rows {
  const picked = new Float32Array(rows.length * columns);
  rows.forEach((row, at) => {
    picked.set(data.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return { data: picked, rows: rows.length, columns };
}

const share = (scores: readonly number[], holds: (score: number) => boolean): number =>
  scores.length === 0 ? 0 : scores.filter(holds).length / scores.length;
