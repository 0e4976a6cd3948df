import { CodedError } from '../protocol/coded-error.ts';
import { routerNamed, type RouterName } from './grace/router-names.ts';
import type { Calibration } from './grace/two-part/calibration.ts';
import { readCalibration, type CalibratedModel } from './grace/two-part/calibration-file.ts';
import { deepestBlock, viewHooks } from './grace/two-part/views.ts';
import { parseKeyName, type KeyName } from './key-name.ts';
import type { Hooks } from './models/hooked-model.ts';
import type { Model } from './models/model.ts';
import type { TextTokenizer } from './text/tokenizer.ts';

/** The router that decides, with what it needs. */
export type RouterChoice =
  { readonly name: 'grace' } | { readonly name: 'two-part'; readonly calibration: Calibration };

/** What the user says of routers and hook points. */
export interface RouterWish {
  readonly codebook?: string | undefined;
  readonly router?: RouterName | undefined;
  readonly replace?: string | undefined;
  readonly key?: KeyName | undefined;
}

/**
 * The router of a codebook that is there, the one asked for, or else the two-part router where the model is calibrated for it.
 * Whoever names a hook point means GRACE's own router, whose keys are read there; without a codebook nothing is decided.
 *
 * @param saved the router of the codebook that is there
 * @throws CodedError `not-calibrated` when the two-part router is wanted and the model is not calibrated for it; `bad-argument` when
 * a key hook is asked for as well; `codebook-mismatch` for a router nobody knows
 */
export function chooseRouter(
  { router, replace, key, codebook }: RouterWish,
  saved: string | undefined,
  model: Model,
  tokenizer: TextTokenizer,
): RouterChoice {
  if (saved !== undefined && router !== undefined && saved !== router) {
    throw new CodedError(
      'codebook-mismatch',
      `The codebook was made otherwise: router ${saved}, not ${router}.`,
      'Leave the router as the codebook has it, or make a new codebook with this one.',
    );
  }
  const wanted = router ?? (saved === undefined ? undefined : routerNamed(saved));
  const isTheirs = codebook === undefined || replace !== undefined || key !== undefined;
  if (wanted === 'grace' || (wanted === undefined && isTheirs)) return { name: 'grace' };
  const calibration = model.network.kind === 'causal' ? readCalibration(calibratedModel(model, tokenizer)) : undefined;
  if (wanted === 'two-part' && key) {
    throw new CodedError('bad-argument', 'The two-part router reads its keys at hook points of its own.', 'Leave the key out.'); // prettier-ignore
  }
  if (calibration) return { name: 'two-part', calibration };
  if (wanted === undefined) return { name: 'grace' };
  throw new CodedError(
    'not-calibrated',
    `The two-part router is not calibrated for ${model.folder.name} as it is opened here.`,
    'Calibrate it once, with grace calibrate --model MODEL, or with Calibrate Router in VS Code.',
    { fingerprint: model.fingerprint },
  );
}

/** Where the two-part router reads; values go in behind the deepest of them unless another module is asked for. */
export function twoPartHooks({ decoder }: Model, replace?: string): Hooks {
  return { replace: replace ?? decoder.blockPath(deepestBlock(decoder.layers)), keys: viewHooks(decoder) };
}

/** Where GRACE's own router reads: where the user says, where the codebook does, or at the input of the edited module. */
export function euclideanHooks(
  key: KeyName | undefined,
  replace: string | undefined,
  saved: { readonly hook: { readonly replace: string; readonly key: string } } | undefined,
): Hooks {
  const own = saved && replace === saved.hook.replace ? parseKeyName(saved.hook.key) : undefined;
  const read = key ?? own;
  return { replace, keys: read && [read], position: read?.position };
}

export const calibratedModel = (model: Model, tokenizer: TextTokenizer): CalibratedModel => ({
  fingerprint: model.fingerprint,
  width: model.network.width,
  chatTemplate: tokenizer.chatTemplate,
});
