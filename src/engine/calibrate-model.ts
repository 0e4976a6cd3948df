import type { CalibrationProgress, CalibrationResult, PromptKind } from '../protocol/calibration.ts';
import type { RouterState } from '../protocol/router-state.ts';
import { deviceToUse } from './device-use.ts';
import { calibrate } from './grace/two-part/calibrate.ts';
import { calibrationFile, readCalibration, writeCalibration } from './grace/two-part/calibration-file.ts';
import type { Calibration } from './grace/two-part/calibration.ts';
import { HookedModel } from './models/hooked-model.ts';
import { Model, type ModelOptions } from './models/model.ts';
import { calibratedModel, twoPartHooks } from './router-choice.ts';
import type { DeviceChoice } from './runtime/device.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

export interface CalibrationOptions extends ModelOptions {
  readonly device: DeviceChoice;
  /** Measure what is known already once more. */
  readonly again?: boolean | undefined;
}

/**
 * Calibrates the two-part router for a model: for plain text, and for its chat template where it has one. Each is kept in the user's
 * cache as soon as it is known, where every codebook of the model finds it; what is there already is not measured again.
 *
 * @throws CodedError as {@link calibrate}; `storage-failed`; and what is wrong with the model
 */
export async function calibrateModel(
  path: string,
  { device, again, ...options }: CalibrationOptions,
  onProgress: (progress: CalibrationProgress) => void = () => undefined,
  signal?: AbortSignal,
): Promise<CalibrationResult> {
  const started = performance.now();
  const model = new Model(path, options);
  const tokenizer = model.loadTokenizer();
  const place = calibratedModel(model, tokenizer);
  const known = again ? undefined : readCalibration(place);
  const projections = known ? { ...known.projections } : { text: null, chat: null };
  const missing = kindsOf(tokenizer).filter((kind) => !projections[kind]);
  let calibration: Calibration = known ?? { fingerprint: place.fingerprint, rank: 0, projections };
  const { used } = await deviceToUse(device, model);
  const hooked = await HookedModel.open(model, used, twoPartHooks(model));
  try {
    for (const kind of missing) {
      const watch = { onProgress: (done: number, of: number) => { onProgress({ kind, done, of }); }, signal }; // prettier-ignore
      const projection = await calibrate(hooked, tokenizer, kind, watch);
      projections[kind] = projection;
      calibration = { fingerprint: place.fingerprint, rank: projection.offset.length, projections: { ...projections } };
      writeCalibration(calibration, place);
    }
  } finally {
    await hooked.dispose();
  }
  const seconds = (performance.now() - started) / 1000;
  return { ...describe(calibration), measured: missing, file: calibrationFile(place), seconds };
}

/** What a model is calibrated for, and what it could be. */
export function calibrationState(model: Model, tokenizer: TextTokenizer): Omit<RouterState, 'inUse'> {
  if (model.network.kind !== 'causal') return { calibrated: [], missing: [] };
  const known = readCalibration(calibratedModel(model, tokenizer));
  const calibrated = known ? describe(known).kinds : [];
  return {
    calibrated,
    missing: kindsOf(tokenizer).filter((kind) => !calibrated.some((other) => other.kind === kind)),
  };
}

const kindsOf = ({ chatTemplate }: TextTokenizer): readonly PromptKind[] =>
  chatTemplate === undefined ? ['text'] : ['text', 'chat'];

function describe({ fingerprint, projections }: Calibration): Pick<CalibrationResult, 'fingerprint' | 'kinds'> {
  const kinds = (['text', 'chat'] as const).flatMap((kind) => {
    const projection = projections[kind];
    return projection ? [{ kind, rates: projection.rates }] : [];
  });
  return { fingerprint, kinds };
}
