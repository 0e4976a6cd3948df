import { CodedError } from '../../protocol/coded-error.ts';

/** The same logits; `model-damaged` when they are no numbers to choose or score a token by. Minus infinity is one. */
export function finite(logits: Float32Array): Float32Array {
  if (logits.every((logit) => logit < Infinity)) return logits;
  throw new CodedError(
    'model-damaged',
    'The model computes infinity or NaN for this text.',
    'Its weights may be damaged; with a codebook, see whether --no-edits helps.',
  );
}
