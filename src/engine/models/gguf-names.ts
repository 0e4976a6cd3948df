/** Names of tensors in GGUF files (gguf-py, tensor_mapping.py) and the PyTorch paths of the same modules. */
interface TensorNames {
  readonly top: Readonly<Record<string, string>>;
  /** Within a block. */
  readonly block: Readonly<Record<string, string>>;
  blockPath(index: string): string;
}

const gated: TensorNames = {
  top: { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
  block: {
    attn_norm: 'input_layernorm',
    attn_q: 'self_attn.q_proj',
    attn_k: 'self_attn.k_proj',
    attn_v: 'self_attn.v_proj',
    attn_q_norm: 'self_attn.q_norm',
    attn_k_norm: 'self_attn.k_norm',
    attn_output: 'self_attn.o_proj',
    ffn_norm: 'post_attention_layernorm',
    ffn_gate: 'mlp.gate_proj',
    ffn_up: 'mlp.up_proj',
    ffn_down: 'mlp.down_proj',
  },
  blockPath: (index) => `model.layers.${index}`,
};

const gpt2: TensorNames = {
  top: {
    token_embd: 'transformer.wte',
    position_embd: 'transformer.wpe',
    output_norm: 'transformer.ln_f',
    output: 'lm_head',
  },
  block: {
    attn_norm: 'ln_1',
    attn_qkv: 'attn.c_attn',
    attn_output: 'attn.c_proj',
    ffn_norm: 'ln_2',
    ffn_up: 'mlp.c_fc',
    ffn_down: 'mlp.c_proj',
  },
  blockPath: (index) => `transformer.h.${index}`,
};

/** The PyTorch name of a GGUF file's tensor; its own name where there is none. */
export function pytorchName(architecture: string, name: string): string {
  const names = architecture === 'gpt2' ? gpt2 : gated;
  const parts = /^(?:blk\.(\d+)\.)?([a-z_]+)\.(weight|bias)$/.exec(name);
  if (!parts) return name;
  const [, index, module, kind] = parts as unknown as readonly [string, string | undefined, string, string];
  const known = index === undefined ? names.top : names.block;
  if (!Object.hasOwn(known, module)) return name;
  const path = known[module]!;
  return index === undefined ? `${path}.${kind}` : `${names.blockPath(index)}.${path}.${kind}`;
}
