import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

import { encodeTensors, type StoredTensor } from '../support/tensor-file.ts';

/** Sizes of the tiny models: three blocks of width 32, a context of 64 tokens, the tokenizer of the embedded model. */
const WIDTH = 32;
const INNER = 64;
const LAYERS = 3;
const CONTEXT = 64;
const VOCABULARY = 4096;

const GPT2_CONFIG = {
  architectures: ['GPT2LMHeadModel'],
  model_type: 'gpt2',
  activation_function: 'gelu_new',
  n_embd: WIDTH,
  n_head: 4,
  n_inner: INNER,
  n_layer: LAYERS,
  n_positions: CONTEXT,
  vocab_size: VOCABULARY,
  layer_norm_epsilon: 1e-5,
  eos_token_id: 0,
};

const LLAMA_CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: WIDTH,
  intermediate_size: INNER,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: LAYERS,
  max_position_embeddings: CONTEXT,
  vocab_size: VOCABULARY,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  eos_token_id: 0,
};

/** Writes a model of random weights, the same every time, in the layout of Hugging Face. */
function writeModel(folder: string, config: object, weights: (make: Make) => void): string {
  mkdirSync(folder, { recursive: true });
  const tensors = new Map<string, StoredTensor>();
  const random = xoroshiro128plus(11);
  const gaussian = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniformFloat64(random))) * Math.cos(2 * Math.PI * uniformFloat64(random));
  weights((name, shape, spread, mean = 0) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const numbers = Float32Array.from({ length }, () => mean + spread * gaussian());
    tensors.set(name, { dtype: 'F32', shape, bytes: new Uint8Array(numbers.buffer) });
  });
  writeFileSync(path.join(folder, 'model.safetensors'), encodeTensors(tensors));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(path.join('models/biographies', file), path.join(folder, file));
  return folder;
}

/** Makes a tensor of Gaussian numbers. */
type Make = (name: string, shape: readonly number[], spread: number, mean?: number) => void;

export const writeGpt2 = (folder: string): string =>
  writeModel(folder, GPT2_CONFIG, (make) => {
    const linear = (path: string, from: number, to: number): void => {
      make(`${path}.weight`, [from, to], 2 / Math.sqrt(from));
      make(`${path}.bias`, [to], 0.1);
    };
    const norm = (path: string): void => {
      make(`${path}.weight`, [WIDTH], 0.1, 1);
      make(`${path}.bias`, [WIDTH], 0.1);
    };
    make('transformer.wte.weight', [VOCABULARY, WIDTH], 0.5);
    make('transformer.wpe.weight', [CONTEXT, WIDTH], 0.3);
    for (let layer = 0; layer < LAYERS; layer++) {
      const block = `transformer.h.${layer}`;
      norm(`${block}.ln_1`);
      linear(`${block}.attn.c_attn`, WIDTH, 3 * WIDTH);
      linear(`${block}.attn.c_proj`, WIDTH, WIDTH);
      norm(`${block}.ln_2`);
      linear(`${block}.mlp.c_fc`, WIDTH, INNER);
      linear(`${block}.mlp.c_proj`, INNER, WIDTH);
    }
    norm('transformer.ln_f');
  });

export const writeLlama = (folder: string): string =>
  writeModel(folder, LLAMA_CONFIG, (make) => {
    const linear = (path: string, from: number, to: number): void => {
      make(`${path}.weight`, [to, from], 2 / Math.sqrt(from));
    };
    make('model.embed_tokens.weight', [VOCABULARY, WIDTH], 0.5);
    for (let layer = 0; layer < LAYERS; layer++) {
      const block = `model.layers.${layer}`;
      make(`${block}.input_layernorm.weight`, [WIDTH], 0.1, 1);
      for (const [name, size] of [
        ['q_proj', WIDTH],
        ['k_proj', WIDTH / 2],
        ['v_proj', WIDTH / 2],
        ['o_proj', WIDTH],
      ] as const)
        // prettier-ignore
        linear(`${block}.self_attn.${name}`, WIDTH, size);
      make(`${block}.post_attention_layernorm.weight`, [WIDTH], 0.1, 1);
      linear(`${block}.mlp.gate_proj`, WIDTH, INNER);
      linear(`${block}.mlp.up_proj`, WIDTH, INNER);
      linear(`${block}.mlp.down_proj`, INNER, WIDTH);
    }
    make('model.norm.weight', [WIDTH], 0.1, 1);
    make('lm_head.weight', [VOCABULARY, WIDTH], 0.5);
  });
