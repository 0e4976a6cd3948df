import type { Operator } from '../operator.ts';
import { broadcastShapes, shapeError } from '../shape.ts';
import type { Value } from '../value.ts';

/** A broadcasting operator on the bits of bytes; no gradient passes it. */
function bitwise(name: string): Operator {
  return {
    name,
    infer: ([a, b]) => {
      if (a!.dtype !== 'uint8' || b!.dtype !== 'uint8')
        throw shapeError(name, `${a!.dtype} and ${b!.dtype} are not both bytes:`, a!.shape, b!.shape);
      return [{ dtype: 'uint8', shape: broadcastShapes(name, a!.shape, b!.shape) }];
    },
  };
}

const BitwiseAnd = bitwise('BitwiseAnd');
const BitwiseOr = bitwise('BitwiseOr');
const BitwiseXor = bitwise('BitwiseXor');
const BitShift = bitwise('BitShift');

/** The bits of `x` that `mask` has. */
export const maskBits = (x: Value, mask: number): Value => x.graph.applyOne(BitwiseAnd, [x, x.graph.bytes([mask])]);
/** `x` with the bits of `mask` turned. */
export const flipBits = (x: Value, mask: number): Value => x.graph.applyOne(BitwiseXor, [x, x.graph.bytes([mask])]);
export const orBits = (a: Value, b: Value): Value => a.graph.applyOne(BitwiseOr, [a, b]);

/** Each byte shifted by the number of bits in `counts`, a uint8 constant that broadcasts; bits beyond the byte are lost. */
export const shiftRight = (x: Value, counts: Value): Value => shift(x, counts, 'RIGHT');
export const shiftLeft = (x: Value, count: number): Value => shift(x, x.graph.bytes([count]), 'LEFT');

const shift = (x: Value, counts: Value, direction: string): Value =>
  x.graph.applyOne(BitShift, [x, counts], { direction: { string: direction } });
