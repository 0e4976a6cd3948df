import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

import type { PromptKind } from '../../../protocol/calibration.ts';
import { CodedError } from '../../../protocol/coded-error.ts';
import { decodeSafetensors, encodeSafetensors, type ArrayTensor } from '../../weights/safetensors-bytes.ts';
import { makeFolder } from '../codebook-layout.ts';
import { accessing, replaceFileDurably } from '../durable-file.ts';
import { RECIPE, type Calibration, type Projection } from './calibration.ts';
import { UNRELATED_QUESTIONS } from './calibration-prompts.ts';
import { VIEWS } from './views.ts';

const FORMAT = 'grace-calibration';
const MAX_BYTES = 2 ** 28;
const KINDS = ['text', 'chat'] as const satisfies readonly PromptKind[];

const rates = z.object({ reworded: z.number(), otherQuestion: z.number() });
const ratesSchema = z.object({ strict: rates, balanced: rates, loose: rates });
const metadataSchema = z.object({
  format: z.literal(FORMAT),
  recipe: z.literal(RECIPE),
  fingerprint: z.string(),
  template: z.string(),
  rates: z.string(),
});

/** What a calibration was made for. */
export interface CalibratedModel {
  readonly fingerprint: string;
  /** Width of its residual stream. */
  readonly width: number;
  readonly chatTemplate: string | undefined;
}

/** Where calibrations lie: the user's cache, or the folder that GRACE_CACHE names. */
export function calibrationFolder(): string {
  const own = process.env['GRACE_CACHE'];
  return path.join(own ?? path.join(userCache(), 'grace-model-editor'), 'calibrations');
}

function userCache(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return LOCALAPPDATA ?? path.join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return path.join(homedir(), 'Library', 'Caches');
  return XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
}

/** Where the calibration of a model is kept, whether it is there or not. */
export const calibrationFile = ({ fingerprint }: CalibratedModel): string =>
  path.join(calibrationFolder(), `${digest(fingerprint).slice(0, 32)}.safetensors`);

/** Writes a calibration where {@link readCalibration} finds it. `storage-failed` when the disk refuses. */
export function writeCalibration(calibration: Calibration, model: CalibratedModel): void {
  const tensors = new Map<string, ArrayTensor>();
  for (const kind of KINDS) {
    const projection = calibration.projections[kind];
    if (!projection) continue;
    const { matrix, offset, unrelated } = projection;
    const { rank } = calibration;
    tensors.set(`${kind}.matrix`, { shape: [VIEWS, rank, model.width], data: matrix });
    tensors.set(`${kind}.offset`, { shape: [rank], data: offset });
    tensors.set(`${kind}.unrelated`, { shape: [UNRELATED_QUESTIONS.length, rank], data: unrelated });
  }
  const shown = KINDS.map((kind) => [kind, calibration.projections[kind]?.rates ?? null] as const);
  const metadata = {
    ...{ format: FORMAT, recipe: RECIPE, fingerprint: calibration.fingerprint },
    template: digest(model.chatTemplate ?? ''),
    rates: JSON.stringify(Object.fromEntries(shown)),
  };
  const file = calibrationFile(model);
  makeFolder(path.dirname(file));
  replaceFileDurably(file, [...encodeSafetensors({ tensors, metadata })]);
}

/** The calibration of a model; undefined where there is none that fits: not made, of another recipe, or damaged. */
export function readCalibration(model: CalibratedModel): Calibration | undefined {
  const file = calibrationFile(model);
  if (!existsSync(file)) return undefined;
  try {
    return decode(accessing(file, () => readBounded(file)), model); // prettier-ignore
  } catch (error) {
    // A cache that cannot be read is made anew; it holds nothing that a person made.
    if (error instanceof CodedError || error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readBounded(file: string): Buffer {
  if (statSync(file).size > MAX_BYTES) throw unfit();
  return readFileSync(file);
}

function decode(bytes: Uint8Array, model: CalibratedModel): Calibration {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const head = metadataSchema.parse(metadata);
  const shown = z.object({ text: ratesSchema.nullable(), chat: ratesSchema.nullable() }).parse(JSON.parse(head.rates));
  if (head.fingerprint !== model.fingerprint || head.template !== digest(model.chatTemplate ?? '')) throw unfit();
  const rank = (tensors.get('text.offset') ?? tensors.get('chat.offset'))?.shape[0] ?? 0;
  const floats = (name: string, shape: readonly number[]): Float32Array => {
    const tensor = tensors.get(name);
    if (!(tensor?.data instanceof Float32Array) || tensor.shape.join() !== shape.join()) throw unfit();
    if (!tensor.data.every(Number.isFinite)) throw unfit();
    return tensor.data;
  };
  const projection = (kind: PromptKind): Projection | null =>
    shown[kind] && {
      matrix: floats(`${kind}.matrix`, [VIEWS, rank, model.width]),
      offset: floats(`${kind}.offset`, [rank]),
      unrelated: floats(`${kind}.unrelated`, [UNRELATED_QUESTIONS.length, rank]),
      rates: shown[kind],
    };
  const projections = { text: projection('text'), chat: projection('chat') };
  if (rank === 0) throw unfit();
  return { fingerprint: head.fingerprint, rank, projections };
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

const unfit = (): CodedError => new CodedError('bad-input-file', 'The calibration does not fit the model.');
