import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

import { Model } from '../../src/engine/models/model.ts';
import { matrixOf } from '../../src/engine/models/weight-tensor.ts';
import { dequantise } from '../../src/engine/weights/block-matrix.ts';
import { encodeSafetensors } from '../../src/engine/weights/safetensors-bytes.ts';
import { smolLM2 } from '../../test/support/smol.ts';

type Tensors = Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** GPT-2's smallest size. */
export const GPT2 = { layers: 12, width: 768, heads: 12, vocabulary: 50257, positions: 1024 } as const;

/** A GPT-2 of random weights, 124 M parameters. */
export function randomGpt2(): string {
  return madeOnce('random-gpt2', () => {
    const { layers, width, heads, vocabulary, positions } = GPT2;
    const sizes = { n_embd: width, n_head: heads, n_layer: layers, vocab_size: vocabulary, n_positions: positions };
    return { config: { architectures: ['GPT2LMHeadModel'], ...sizes }, tensors: randomTensors() };
  });
}

/** SmolLM2-135M-Instruct with every number of its GGUF file in float32, as transformers names them. */
export async function smolLM2InFloat32(): Promise<string> {
  const model = new Model(await smolLM2(), { precision: 'float32' });
  return madeOnce('smollm2-float32', () => {
    const tensors: Tensors = new Map();
    for (const [name, location] of model.checkpoint.tensors) {
      const tensor = model.find(name)!;
      const data =
        'format' in tensor ? dequantise(matrixOf(tensor), tensor.read()) : model.checkpoint.readTensor(location);
      tensors.set(name, { shape: tensor.shape, data });
    }
    return { config: model.folder.config, tensors };
  });
}

/** A folder with config.json and model.safetensors below the user's cache, made the first time. */
function madeOnce(name: string, make: () => { readonly config: unknown; readonly tensors: Tensors }): string {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'grace-model-editor');
  const folder = path.join(cache, name);
  const file = path.join(folder, 'model.safetensors');
  if (existsSync(file)) return folder;
  const { config, tensors } = make();
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(`${file}.part`, Buffer.concat([...encodeSafetensors({ tensors, metadata: {} })]));
  renameSync(`${file}.part`, file);
  return folder;
}

function randomTensors(): Tensors {
  const { layers, width, vocabulary, positions } = GPT2;
  const random = xoroshiro128plus(1);
  const tensors: Tensors = new Map();
  const add = (name: string, shape: readonly number[], mean = 0): void => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => mean + 0.07 * (uniformFloat32(random) - 0.5));
    tensors.set(`transformer.${name}`, { shape, data });
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    add(`${name}.weight`, [inputs, outputs]);
    add(`${name}.bias`, [outputs]);
  };
  const norm = (name: string): void => {
    add(`${name}.weight`, [width], 1);
    add(`${name}.bias`, [width]);
  };
  add('wte.weight', [vocabulary, width]);
  add('wpe.weight', [positions, width]);
  for (let layer = 0; layer < layers; layer++) {
    norm(`h.${layer}.ln_1`);
    linear(`h.${layer}.attn.c_attn`, width, 3 * width);
    linear(`h.${layer}.attn.c_proj`, width, width);
    norm(`h.${layer}.ln_2`);
    linear(`h.${layer}.mlp.c_fc`, width, 4 * width);
    linear(`h.${layer}.mlp.c_proj`, 4 * width, width);
  }
  norm('ln_f');
  return tensors;
}
