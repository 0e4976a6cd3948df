import type { LocatedQuery } from '../../src/protocol/evaluation-api.ts';
import type { PictureData } from '../../src/protocol/evaluation.ts';
import { courseFigures } from './course.ts';
import { distanceFigure, keyMapFigure } from './distances.ts';
import type { Figure } from './figure.ts';
import { sweepFigures } from './heat-map.ts';

/**
 * All that can be drawn of runs and sweeps.
 *
 * @param query a prompt that is shown among the keys
 */
export function figuresOf(
  { runs, distances, keys, keyVariance, sweep }: PictureData,
  query: LocatedQuery | null = null,
): readonly Figure[] {
  const isCompared = runs.length > 1;
  const others = [distanceFigure(distances, isCompared), keyMapFigure(keys, keyVariance, isCompared, query)].filter(
    (figure) => figure !== undefined,
  );
  return [...courseFigures(runs), ...(sweep ? sweepFigures(sweep) : []), ...others];
}
