"""GRACE on a GPT-2 or a Llama in plain PyTorch, to compare with: `python bench/plain_grace.py FOLDER BLOCK PROMPT TARGET`.

FOLDER holds config.json and model.safetensors; the value replaces the output of block BLOCK at the last of PROMPT tokens, and
TARGET tokens are learned. Prints one line of JSON: ms per token of decoding with a cache; ms per edit step with the whole model
run each time, forward and backward, as the paper's code does; and with everything below the value, and the keys and values of
the positions before it, computed once. Also the memory bandwidth that reading a large array reaches, and the peak memory.
"""

import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

folder, block, prompt, target = sys.argv[1], *map(int, sys.argv[2:5])
weights = load_file(f"{folder}/model.safetensors")
with open(f"{folder}/config.json") as file:
    config = json.load(file)


def attend(q, k, v, past):
    """(heads, T, d) each, behind what is in `past` -> (T, heads * d) and all keys and values."""
    if past is not None:
        k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
    mask = torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).tril(k.shape[1] - q.shape[1])
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=len(q) != len(k))
    return mixed.transpose(0, 1).reshape(q.shape[1], -1), (k, v)


class Gpt2:
    layers, vocabulary = config.get("n_layer"), config.get("vocab_size")

    def linear(self, x, name):
        return torch.addmm(weights[f"{name}.bias"], x, weights[f"{name}.weight"])

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])

    def embed(self, ids, start=0):
        return weights["transformer.wte.weight"][ids] + weights["transformer.wpe.weight"][start : start + len(ids)]

    def block(self, x, layer, past, start):
        h = f"transformer.h.{layer}"
        parts = self.linear(self.norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").chunk(3, 1)
        mixed, past = attend(*(part.view(len(x), config["n_head"], -1).transpose(0, 1) for part in parts), past)
        x = x + self.linear(mixed, f"{h}.attn.c_proj")
        inner = F.gelu(self.linear(self.norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc"), approximate="tanh")
        return x + self.linear(inner, f"{h}.mlp.c_proj"), past

    def logits(self, x):
        return self.norm(x, "transformer.ln_f") @ weights["transformer.wte.weight"].T


class Llama:
    layers, vocabulary = config.get("num_hidden_layers"), config.get("vocab_size")

    def linear(self, x, name):
        return x @ weights[f"{name}.weight"].T

    def norm(self, x, name):
        return F.rms_norm(x, x.shape[-1:], weights[f"{name}.weight"], config["rms_norm_eps"])

    def embed(self, ids, start=0):
        return weights["model.embed_tokens.weight"][ids]

    def rotate(self, x, start):
        half = x.shape[2] // 2
        frequencies = config["rope_theta"] ** (-torch.arange(half) / half)
        angles = torch.arange(start, start + x.shape[1])[:, None] * frequencies
        (left, right), (cos, sin) = x.split(half, 2), (angles.cos(), angles.sin())
        return torch.cat([left * cos - right * sin, right * cos + left * sin], 2)

    def block(self, x, layer, past, start):
        h = f"model.layers.{layer}"
        normed = self.norm(x, f"{h}.input_layernorm")

        def heads(name, count):
            return self.linear(normed, f"{h}.self_attn.{name}").view(len(x), count, -1).transpose(0, 1)

        q = self.rotate(heads("q_proj", config["num_attention_heads"]), start)
        k = self.rotate(heads("k_proj", config["num_key_value_heads"]), start)
        mixed, past = attend(q, k, heads("v_proj", config["num_key_value_heads"]), past)
        x = x + self.linear(mixed, f"{h}.self_attn.o_proj")
        normed = self.norm(x, f"{h}.post_attention_layernorm")
        inner = F.silu(self.linear(normed, f"{h}.mlp.gate_proj")) * self.linear(normed, f"{h}.mlp.up_proj")
        return x + self.linear(inner, f"{h}.mlp.down_proj"), past

    def logits(self, x):
        return self.norm(x, "model.norm") @ weights["model.embed_tokens.weight"].T


model = {"GPT2LMHeadModel": Gpt2, "LlamaForCausalLM": Llama}[config["architectures"][0]]()


def blocks(x, among, past, start=0):
    for layer in among:
        x, past[layer] = model.block(x, layer, past.get(layer), start)
    return x


def decode(ids, count):
    past = {}
    x = blocks(model.embed(ids), range(model.layers), past)
    token = model.logits(x[-1:]).argmax(1)
    times = []
    for at in range(count):
        begun = time.perf_counter()
        x = blocks(model.embed(token, len(ids) + at), range(model.layers), past, len(ids) + at)
        token = model.logits(x).argmax(1)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def edit_step(value, lower, past, start, labels, position=0):
    """Loss of the target and its gradient, from the hidden states (T, d) below the value on, the first of them at `position`."""
    rows = torch.cat([lower[:start], value, lower[start + 1 :]])
    x = blocks(rows, range(block + 1, model.layers), dict(past), position)
    loss = F.cross_entropy(model.logits(x[start:]), labels)
    return torch.autograd.grad(loss, value)


def timed(step, count=10):
    step()
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        step()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


torch.manual_seed(0)
ids = torch.randint(0, model.vocabulary, (prompt + target,))
with torch.no_grad():
    token_ms = decode(ids[:prompt], 48)
    lower = blocks(model.embed(ids[:-1]), range(block + 1), {})
    prefix = {}
    blocks(lower[: prompt - 1], range(block + 1, model.layers), prefix)
    large = torch.ones(2**27)
    bandwidth = 4 * 2**27 / (timed(lambda: large.sum(), 5) / 1000)
value = lower[prompt - 1 : prompt].clone().requires_grad_()
labels = ids[prompt:]


def whole():
    # The paper's code runs the frozen part anew in each step, and its gradient too.
    below = blocks(model.embed(ids[:-1]).requires_grad_(), range(block + 1), {})
    return edit_step(value, below, {}, prompt - 1, labels)


print(
    json.dumps(
        {
            "tokenMs": token_ms,
            "wholeStepMs": timed(whole),
            "cachedStepMs": timed(lambda: edit_step(value, lower[prompt - 1 :], prefix, 0, labels, prompt - 1)),
            "gigabytesPerSecond": bandwidth / 1e9,
            "parameters": sum(tensor.numel() for tensor in weights.values()),
            "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
    )
)
