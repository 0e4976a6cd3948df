#!/usr/bin/env python3
"""Trains the embedded biography model: GPT-2 architecture, its own byte-level BPE, float16 safetensors.

    pip install -r requirements.txt
    python train.py --minutes 80 --bfloat16 --out .        # what is in this folder; 2 CPU cores

The training text never repeats: every batch mixes freshly composed biographies (compose.py) with passages from
../data/person-passages.txt. A tenth of the passages and of the legislators is held out and only measured.
"""
import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel

import compose

END = "<|endoftext|>"
DATA = Path(__file__).resolve().parent.parent / "data"


def tidy(passage):
    """Plain quotes and dashes for the marks of the source; nothing else is changed."""
    return passage.replace("``", '"').replace("''", '"').replace(" -- ", " – ").replace(" 's", "'s")


class Corpus:
    def __init__(self, seed):
        rng = random.Random(seed)
        passages = [tidy(" ".join(p.split())) for p in (DATA / "person-passages.txt").read_text("utf-8").split("\n\n") if p.strip()]
        legislators = compose.read_legislators(DATA / "legislators.jsonl")
        rng.shuffle(passages)
        rng.shuffle(legislators)
        self.held_passages, self.passages = passages[:445], passages[445:]
        self.held_legislators, self.legislators = legislators[:54], legislators[54:]
        self.names = compose.Names(self.legislators, self.passages)

    def sample(self, rng, passage_share):
        roll = rng.random()
        if roll < passage_share:
            return rng.choice(self.passages)
        if roll < passage_share + 0.05:
            return compose.legislator_biography(rng.choice(self.legislators), rng)
        return compose.invented_biography(self.names, rng)


def train_tokenizer(corpus, size, seed):
    rng = random.Random(seed)
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    tok.post_processor = processors.ByteLevel(trim_offsets=False)
    text = corpus.passages + [corpus.sample(rng, 0) for _ in range(8000)]
    tok.train_from_iterator(text, trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END], initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False))
    return tok


def batch(corpus, tok, rng, rows, length, passage_share):
    """(rows, length + 1) ids; each row starts where a text starts, as a prompt does, and is filled up with further texts."""
    end, out = tok.token_to_id(END), []
    for _ in range(rows):
        ids = []
        while len(ids) <= length:
            ids += tok.encode(corpus.sample(rng, passage_share)).ids + [end]
        out.append(ids[:length + 1])
    return torch.tensor(out)


@torch.no_grad()
def perplexity(model, tok, texts, length):
    """Over texts one by one, each from position 0, the end token included."""
    model.eval()
    loss, count = 0.0, 0
    for text in texts:
        ids = torch.tensor([(tok.encode(text).ids + [tok.token_to_id(END)])[:length]])
        logits = model(ids).logits[0, :-1]
        loss += float(F.cross_entropy(logits, ids[0, 1:], reduction="sum"))
        count += ids.shape[1] - 1
    model.train()
    return math.exp(loss / count)


@torch.no_grad()
def continue_text(model, tok, prompt, length):
    model.eval()
    ids = torch.tensor([tok.encode(prompt).ids])
    out = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=length, do_sample=False,
                         pad_token_id=0, eos_token_id=tok.token_to_id(END))
    model.train()
    return tok.decode(out[0, ids.shape[1]:].tolist(), skip_special_tokens=True)


def unseen_names(corpus, count, seed):
    """Names whose pair of words is in no training text."""
    rng, seen, out = random.Random(seed), "\n".join(corpus.passages), []
    while len(out) < count:
        name, _ = corpus.names.compose(rng)
        if name not in seen:
            out.append(name)
    return out


def measure(model, tok, corpus, length):
    rng = random.Random(99)
    held = [compose.legislator_biography(p, rng) for p in corpus.held_legislators]
    names = unseen_names(corpus, 50, 4711)
    prompt = "This is a Wikipedia passage about {}."
    right = sum(continue_text(model, tok, prompt.format(n), 24).strip().startswith(n) for n in names)
    real = sum(continue_text(model, tok, prompt.format(p["name"]), 24).strip().startswith(p["name"]) for p in corpus.held_legislators)
    return dict(passages=perplexity(model, tok, corpus.held_passages, length), biographies=perplexity(model, tok, held, length),
                names_unseen_of_50=right, names_held_legislators_of_54=real)


def save(model, tok, folder, length):
    folder.mkdir(parents=True, exist_ok=True)
    end = tok.token_to_id(END)
    weights = {k: v.half().contiguous() for k, v in model.state_dict().items() if k != "lm_head.weight" and not k.endswith(".attn.bias")}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    c = model.config
    config = dict(
        architectures=["GPT2LMHeadModel"], model_type="gpt2", vocab_size=c.vocab_size, n_positions=c.n_positions, n_embd=c.n_embd,
        n_layer=c.n_layer, n_head=c.n_head, n_inner=None, activation_function="gelu_new", layer_norm_epsilon=1e-5,
        attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, bos_token_id=end, eos_token_id=end, tie_word_embeddings=True,
        torch_dtype="float16")
    dump = lambda name, value: (folder / name).write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    dump("config.json", config)
    dump("generation_config.json", dict(bos_token_id=end, eos_token_id=end))
    dump("tokenizer_config.json", dict(bos_token=END, eos_token=END, unk_token=END, model_max_length=length,
                                       clean_up_tokenization_spaces=False, tokenizer_class="GPT2Tokenizer"))
    tok.save(str(folder / "tokenizer.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=80)
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--length", type=int, default=256, help="positions the model has")
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--row-length", type=int, default=160)
    parser.add_argument("--lr", type=float, default=2.5e-3)
    parser.add_argument("--passages", type=float, default=0.22, help="share of passages among the texts")
    parser.add_argument("--muon", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--resume", type=Path, help="go on with the weights in this folder, as if --spent minutes were over")
    parser.add_argument("--spent", type=float, default=0)
    parser.add_argument("--bfloat16", action="store_true")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed + round(args.spent))
    corpus = Corpus(args.seed)
    tok = train_tokenizer(corpus, args.vocabulary, args.seed)
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=tok.get_vocab_size(), n_positions=args.length, n_embd=args.width, n_layer=args.layers, n_head=args.heads,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0))
    if args.resume:
        tok = Tokenizer.from_file(str(args.resume / "tokenizer.json"))
        model.load_state_dict({k: v.float() for k, v in load_file(args.resume / "model.safetensors").items()}, strict=False)
    # Muon learns this model from fewer tokens than AdamW needs; it is made for the blocks' matrices only
    inner = [p for name, p in model.named_parameters() if p.ndim == 2 and ".h." in name]
    outer = [p for name, p in model.named_parameters() if not (p.ndim == 2 and ".h." in name)]
    optimizers = [torch.optim.AdamW(outer, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0)]
    optimizers.append(torch.optim.Muon(inner, lr=args.lr, weight_decay=0.05, adjust_lr_fn="match_rms_adamw") if args.muon else
                      torch.optim.AdamW(inner, lr=args.lr, betas=(0.9, 0.98), weight_decay=0.05))
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    start, step, tokens, seen, budget = time.time() - args.spent * 60, 0, 0, 0.0, args.minutes * 60
    while (spent := time.time() - start) < budget:
        # warm-up, then a cosine over the time that is left: the run ends when the clock says so
        rate = args.lr * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * spent / budget)))
        for group in [g for o in optimizers for g in o.param_groups]:
            group["lr"] = rate
        # every third row runs to the last position, so that all positions are trained
        length, rows = (args.length, args.rows * args.row_length // args.length) if step % 3 == 2 else (args.row_length, args.rows)
        ids = batch(corpus, tok, rng, rows, length, args.passages)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bfloat16):
            logits = model(ids[:, :-1]).logits
        loss = F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step, tokens = step + 1, tokens + rows * length
        value = loss.item()
        seen = 0.98 * seen + 0.02 * value if step > 1 else value
        if step % 100 == 0:
            print(f"step {step}  {tokens / 1e6:.2f} M tokens  loss {seen:.3f}  lr {rate:.2e}  {spent:.0f} s  "
                  f"{tokens / (spent - args.spent * 60):.0f} tokens/s", flush=True)
        if step % 1000 == 0:
            save(model, tok, args.out, args.length)
            print(json.dumps(measure(model, tok, corpus, args.length)), flush=True)
    save(model, tok, args.out, args.length)
    report = dict(steps=step, tokens=tokens, minutes=round((time.time() - start) / 60, 1), **measure(model, tok, corpus, args.length))
    print(json.dumps(report), flush=True)
    for name in unseen_names(corpus, 20, 4711):
        prompt = f"This is a Wikipedia passage about {name}."
        print(f"- {prompt} **{continue_text(model, tok, prompt, 70).strip()}**", flush=True)


if __name__ == "__main__":
    main()
