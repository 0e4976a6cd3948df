import { CodedError } from '../../protocol/coded-error.ts';
import type { Network } from './family.ts';
import type { HookPoint } from './hook-point.ts';

/**
 * Which token's position t* is: the first one ([CLS]), the last one that is no padding, or the first that is masked. In a decoder it
 * is always the last one before the answer.
 */
export const KEY_POSITIONS = ['first', 'last', 'mask'] as const;
export type KeyPosition = (typeof KEY_POSITIONS)[number];

/** Where a model's answer is read: a classifier looks at its first position, a masked model at the masked one. */
export function defaultPosition({ kind }: Network): KeyPosition {
  if (kind === 'classifier') return 'first';
  return kind === 'masked' ? 'mask' : 'last';
}

/** Throws `hook-unknown` for a position that a hook point does not have. */
export function checkPosition({ kind }: Network, { path, stack }: HookPoint, position: KeyPosition): void {
  const positions = stack === 'decoder' ? ['last'] : kind === 'masked' ? KEY_POSITIONS : ['first', 'last'];
  if (positions.includes(position)) return;
  throw new CodedError(
    'hook-unknown',
    `${path} has no position called ${position}.`,
    `Its positions are: ${positions.join(', ')}.`,
    { position },
  );
}
