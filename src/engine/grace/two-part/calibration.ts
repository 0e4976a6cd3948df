import type { PredictedRates, PromptKind, Strictness } from '../../../protocol/calibration.ts';
import type { PromptTokens } from '../../text/prompt-tokens.ts';
import type { Prefill } from '../../generation/steering.ts';
import type { Decoder } from '../../models/family.ts';
import { readViews, viewPositions } from './views.ts';

/** Version of everything that keys depend on: prompts, word weights, depths, and the way they are put together. */
export const RECIPE = '1';

/** A linear map from the views of a prompt to a vector that says what is asked: z = sum over views of A_v h_v, less an offset. */
export interface Projection {
  /** (views, rank, d) */
  readonly matrix: Float32Array;
  /** (rank) */
  readonly offset: Float32Array;
  /** What the map makes of the shipped unrelated questions. (questions, rank) */
  readonly unrelated: Float32Array;
  readonly rates: Readonly<Record<Strictness, PredictedRates>>;
}

/** What the two-part router must know of a model; measured once for it. */
export interface Calibration {
  /** Of the model's weights, as they are computed with. */
  readonly fingerprint: string;
  /** Length of a key. */
  readonly rank: number;
  readonly projections: Readonly<Record<PromptKind, Projection | null>>;
}

/** z of a prompt. (rank) */
export function project(
  { matrix, offset }: Projection,
  prefill: Prefill,
  tokens: PromptTokens,
  decoder: Decoder,
): Float32Array {
  const views = readViews(prefill, viewPositions(tokens), decoder);
  const [rank, d] = [offset.length, views[0]!.length];
  const z = Float64Array.from(offset, (number) => -number);
  views.forEach((view, at) => {
    for (let row = 0; row < rank; row++) {
      const from = (at * rank + row) * d;
      let sum = 0;
      for (let j = 0; j < d; j++) sum += matrix[from + j]! * view[j]!;
      z[row] = z[row]! + sum;
    }
  });
  return Float32Array.from(z);
}
