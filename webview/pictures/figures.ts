import type { PictureData } from '../../src/protocol/evaluation.ts';
import { courseFigures } from './course.ts';
import { distanceFigure, keyMapFigure } from './distances.ts';
import type { Figure } from './figure.ts';
import { sweepFigures } from './heat-map.ts';

/** All that can be drawn of runs and sweeps. */
export function figuresOf({ runs, distances, keys, keyVariance, sweep }: PictureData): readonly Figure[] {
  const others = [distanceFigure(distances), keyMapFigure(keys, keyVariance)].filter((figure) => figure !== undefined);
  return [...courseFigures(runs), ...(sweep ? sweepFigures(sweep) : []), ...others];
}
