import { gelu, silu } from '../graph/operators/activation.ts';
import { mul, relu, scale, sigmoid, tanh } from '../graph/operators/elementwise.ts';
import type { Value } from '../graph/value.ts';
import type { ConfigReader } from './config-reader.ts';

/** Activation functions by the names that transformers gives them (transformers.activations.ACT2FN). */
const ACTIVATIONS: Readonly<Record<string, (x: Value) => Value>> = {
  gelu: (x) => gelu(x, 'none'),
  gelu_python: (x) => gelu(x, 'none'),
  gelu_new: (x) => gelu(x, 'tanh'),
  gelu_fast: (x) => gelu(x, 'tanh'),
  gelu_pytorch_tanh: (x) => gelu(x, 'tanh'),
  quick_gelu: (x) => mul(x, sigmoid(scale(x, 1.702))),
  relu,
  silu,
  swish: silu,
  tanh,
};

export function readActivation(config: ConfigReader, key: string, otherwise: string): (x: Value) => Value {
  const name = config.text(key, otherwise);
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!activation) throw config.unsupported(key);
  return activation;
}
