import { hookName, type HookPoint } from './models/hook-point.ts';
import type { HookedModel } from './models/hooked-model.ts';
import { defaultPosition, KEY_POSITIONS, type KeyPosition } from './models/key-position.ts';

/** Where keys are read: a hook point, and the position where it is not the one that the model's kind has. */
export type KeyName = Pick<HookPoint, 'path' | 'side'> & { readonly position?: KeyPosition | undefined };

/** `transformer.h.4:input` in its parts, `@first` or the like behind them; a path alone means its input. */
export function parseKeyName(name: string): KeyName {
  const position = KEY_POSITIONS.find((known) => name.endsWith(`@${known}`));
  const hook = position ? name.slice(0, -position.length - 1) : name;
  const side = /:(input|output)$/.exec(hook)?.[1];
  const path = side ? hook.slice(0, -side.length - 1) : hook;
  return { path, side: side === 'output' ? 'output' : 'input', position };
}

/** The same for the hook points that a model reads keys at. */
export function keyNameOf({ keys, position, model }: HookedModel): string {
  const place = position === defaultPosition(model.network) ? '' : `@${position}`;
  return keys.map((key) => `${hookName(key)}${place}`).join(', ');
}
