/** Where a module can be read: its input or its output. */
export type HookSide = 'input' | 'output';

/** What its positions are of: the text that an encoder reads whole, or what a decoder goes through token by token. */
export type HookStack = 'encoder' | 'decoder';

/**
 * A module's input or output, named by its PyTorch path (`model.layers.20.mlp.down_proj`): what TransformerLens calls a hook point.
 * Inputs are read (keys); outputs are read or replaced (values).
 */
export interface HookPoint {
  readonly path: string;
  readonly side: HookSide;
  /** linear: a weight matrix; block: a whole transformer block, whose output is the residual stream. */
  readonly kind: 'linear' | 'block';
  readonly stack: HookStack;
  /** The block it lies in, from 0; an encoder and its decoder count apart. */
  readonly block: number;
  /** Numbers per position. */
  readonly size: number;
}

export const hookName = ({ path, side }: Pick<HookPoint, 'path' | 'side'>): string => `${path}:${side}`;
