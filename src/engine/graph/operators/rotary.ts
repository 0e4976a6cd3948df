import { intAttribute, onlyGradient, type Operator } from '../operator.ts';
import { shapeError } from '../shape.ts';
import type { Value } from '../value.ts';
import { neg } from './elementwise.ts';

/**
 * Rotary position embedding (Su et al. 2021; ONNX opset 23): pairs of each head's numbers are turned by the angles whose cosines
 * and sines are given. x (B, heads, T, d); cos and sin (B, T, r / 2), where only the first r of d numbers turn.
 */
const RotaryEmbedding: Operator = {
  name: 'RotaryEmbedding',
  infer: ([x, cos, sin], attributes) => {
    const turned = intAttribute(attributes, 'rotary_embedding_dim', 0) || x!.shape[3];
    for (const table of [cos!, sin!]) {
      const fits =
        x!.shape.length === 4 &&
        table.shape.length === 3 &&
        table.shape[0] === x!.shape[0] &&
        table.shape[1] === x!.shape[2];
      if (!fits || typeof turned !== 'number' || table.shape[2] !== turned / 2) {
        throw shapeError('RotaryEmbedding', 'the angles do not fit:', x!.shape, table.shape);
      }
    }
    return [{ dtype: x!.dtype, shape: x!.shape }];
  },
  // A rotation's Jacobian is the rotation; its transpose turns back.
  vjp: (node, gradients) => {
    const [, cos, sin] = node.inputs as readonly [Value, Value, Value];
    return [
      node.inputs[0]!.graph.applyOne(RotaryEmbedding, [onlyGradient(gradients), cos, neg(sin)], node.attributes),
      null,
      null,
    ];
  },
};

export interface RotaryOptions {
  /** True: pairs (2j, 2j + 1); false: pairs (j, j + r / 2), as in Llama. */
  readonly interleaved?: boolean;
  /** How many numbers of each head turn; all when absent. */
  readonly rotaryDim?: number;
}

export const rotaryEmbedding = (x: Value, cos: Value, sin: Value, options: RotaryOptions = {}): Value =>
  x.graph.applyOne(RotaryEmbedding, [x, cos, sin], {
    interleaved: { int: options.interleaved ? 1 : 0 },
    rotary_embedding_dim: { int: options.rotaryDim ?? 0 },
  });
