"""GRACE on a GPT-2 in plain PyTorch, to compare with: `python bench/plain_grace.py FOLDER BLOCK PROMPT TARGET`.

FOLDER holds model.safetensors with GPT-2's names; the value replaces the output of block BLOCK at the last of PROMPT tokens, and
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
layers, heads = 12, 12


def linear(x, name):
    return torch.addmm(weights[f"{name}.bias"], x, weights[f"{name}.weight"])


def norm(x, name):
    return F.layer_norm(x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"])


def run_block(x, layer, past=None):
    """One block for T new positions behind those in `past`; (T, d) -> (T, d) and all keys and values."""
    h = f"transformer.h.{layer}"
    q, k, v = (part.view(len(x), heads, -1).transpose(0, 1) for part in linear(norm(x, f"{h}.ln_1"), f"{h}.attn.c_attn").chunk(3, 1))
    if past is not None:
        k, v = torch.cat([past[0], k], 1), torch.cat([past[1], v], 1)
    mask = torch.ones(len(x), k.shape[1], dtype=torch.bool).tril(k.shape[1] - len(x))
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(0, 1).reshape(len(x), -1)
    x = x + linear(mixed, f"{h}.attn.c_proj")
    inner = F.gelu(linear(norm(x, f"{h}.ln_2"), f"{h}.mlp.c_fc"), approximate="tanh")
    return x + linear(inner, f"{h}.mlp.c_proj"), (k, v)


def embed(ids, start=0):
    return weights["transformer.wte.weight"][ids] + weights["transformer.wpe.weight"][start : start + len(ids)]


def logits(x):
    return norm(x, "transformer.ln_f") @ weights["transformer.wte.weight"].T


def blocks(x, among, past):
    for layer in among:
        x, past[layer] = run_block(x, layer, past.get(layer))
    return x


def decode(ids, count):
    past = {}
    x = blocks(embed(ids), range(layers), past)
    token = logits(x[-1:]).argmax(1)
    times = []
    for at in range(count):
        begun = time.perf_counter()
        x = blocks(embed(token, len(ids) + at), range(layers), past)
        token = logits(x).argmax(1)
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def edit_step(value, lower, past, start, labels):
    """Loss of the target and its gradient, from the hidden states (T, d) below the value on."""
    rows = torch.cat([lower[: start], value, lower[start + 1 :]])
    x = blocks(rows, range(block + 1, layers), dict(past))
    loss = F.cross_entropy(logits(x[start:]), labels)
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
ids = torch.randint(0, 50000, (prompt + target,))
with torch.no_grad():
    token_ms = decode(ids[:prompt], 48)
    lower = blocks(embed(ids[:-1]), range(block + 1), {})
    prefix = {}
    blocks(lower[: prompt - 1], range(block + 1, layers), prefix)
    large = torch.ones(2**27)
    bandwidth = 4 * 2**27 / (timed(lambda: large.sum(), 5) / 1000)
value = lower[prompt - 1 : prompt].clone().requires_grad_()
labels = ids[prompt:]


def whole():
    # The paper's code runs the frozen part anew in each step, and its gradient too.
    below = blocks(embed(ids[:-1]).requires_grad_(), range(block + 1), {})
    return edit_step(value, below, {}, prompt - 1, labels)


print(
    json.dumps(
        {
            "tokenMs": token_ms,
            "wholeStepMs": timed(whole),
            "cachedStepMs": timed(lambda: edit_step(value, lower[prompt - 1 :], prefix, 0, labels)),
            "gigabytesPerSecond": bandwidth / 1e9,
            "parameters": sum(tensor.numel() for tensor in weights.values()),
            "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
    )
)
