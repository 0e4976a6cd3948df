#!/usr/bin/env python3
"""Trains the embedded intent classifier: BERT architecture, its own WordPiece, float16 safetensors.

    pip install -r requirements.txt
    python train.py --minutes 26 --out .        # what is in this folder; 2 CPU cores

It learns the train and val splits of ../data/intents.jsonl and is measured on the test split, which nothing is chosen by.
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
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertForSequenceClassification

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
DATA = Path(__file__).resolve().parent.parent / "data"


def train_tokenizer(texts, size):
    """BERT's uncased WordPiece."""
    tok = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tok.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tok.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False,
                                                             initial_alphabet=[chr(c) for c in range(33, 127) if not 65 <= c <= 90]))
    tok.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL])
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tok.decoder = decoders.WordPiece(prefix="##")
    return tok


def padded(rows):
    length = max(map(len, rows))
    ids = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    return ids, (ids != 0).long()


def hide(rows, rng, share):
    """Word dropout: some tokens become [MASK]; never [CLS] and [SEP]."""
    return [[r[0], *(4 if rng.random() < share else t for t in r[1:-1]), r[-1]] for r in rows]


def keys(model, k):
    """Records what GRACE compares: the input of output.dense of block k at [CLS], (B, d_ff)."""
    seen = []
    handle = model.bert.encoder.layer[k].output.dense.register_forward_pre_hook(lambda _, args: seen.append(args[0][:, 0].detach()))
    return seen, handle


def batches(rows, size, rng, pool=8):
    """Each request once, as lists of indices; those of about one length go together."""
    order = rng.sample(range(len(rows)), len(rows))
    made = []
    for start in range(0, len(order), pool * size):
        some = sorted(order[start:start + pool * size], key=lambda i: len(rows[i]))
        made += [some[at:at + size] for at in range(0, len(some), size)]
    rng.shuffle(made)
    return made


@torch.no_grad()
def classify(model, rows, block=None):
    """(labels (n,), keys (n, d_ff) or None)"""
    model.eval()
    seen, handle = keys(model, block) if block is not None else ([], None)
    out = []
    for start in range(0, len(rows), 250):
        ids, mask = padded(rows[start:start + 250])
        out.append(model(input_ids=ids, attention_mask=mask).logits.argmax(1))
    if handle:
        handle.remove()
    model.train()
    return torch.cat(out), torch.cat(seen) if seen else None


@torch.no_grad()
def distances(model, rows, labels):
    """For each block, over a part of the test split: to the others of one's class (median), to the nearest of one's class and of another."""
    report = {}
    for k in range(model.config.num_hidden_layers):
        _, x = classify(model, rows, k)
        apart = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").fill_diagonal_(torch.nan)
        same = labels[:, None] == labels[None]
        same_class = apart.masked_fill(~same, torch.nan)
        nearest = lambda d: d.nan_to_num(torch.inf).min(1).values
        q = lambda v: [round(float(x), 2) for x in torch.quantile(v, torch.tensor([0.05, 0.5, 0.95]))]
        report[k] = dict(own_class=q(same_class.nanmedian(1).values), nearest_own=q(nearest(same_class)),
                         nearest_other=q(nearest(apart.masked_fill(same, torch.nan))))
    return report


def save(model, tok, names, folder):
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half().contiguous() for k, v in model.state_dict().items() if not k.endswith("position_ids")}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    c = model.config
    config = dict(
        architectures=["BertForSequenceClassification"], model_type="bert", vocab_size=c.vocab_size, hidden_size=c.hidden_size,
        num_hidden_layers=c.num_hidden_layers, num_attention_heads=c.num_attention_heads, intermediate_size=c.intermediate_size,
        hidden_act="gelu", max_position_embeddings=c.max_position_embeddings, type_vocab_size=2, layer_norm_eps=1e-12,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=0, id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)}, torch_dtype="float16")
    dump = lambda name, value: (folder / name).write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    dump("config.json", config)
    dump("tokenizer_config.json", dict(
        cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]", mask_token="[MASK]", do_lower_case=True,
        model_max_length=c.max_position_embeddings, clean_up_tokenization_spaces=True, tokenizer_class="BertTokenizer"))
    tok.save(str(folder / "tokenizer.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=26)
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--length", type=int, default=64, help="positions the model has")
    parser.add_argument("--rows", type=int, default=150)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--hide", type=float, default=0.2, help="share of tokens that are masked while training")
    parser.add_argument("--smoothing", type=float, default=0.1)
    parser.add_argument("--resume", type=Path, help="go on with the weights in this folder, as if --spent minutes were over")
    parser.add_argument("--spent", type=float, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed + round(args.spent))
    requests = [json.loads(line) for line in (DATA / "intents.jsonl").read_text("utf-8").splitlines()]
    names = sorted({r["label"] for r in requests})
    learned = [r for r in requests if r["split"] != "test"]
    tested = [r for r in requests if r["split"] == "test"]
    tok = (Tokenizer.from_file(str(args.resume / "tokenizer.json")) if args.resume else
           train_tokenizer([r["text"] for r in learned], args.vocabulary))
    encode = lambda some: [e.ids[:args.length - 1] + e.ids[-1:] for e in tok.encode_batch([r["text"] for r in some])]
    label = lambda some: torch.tensor([names.index(r["label"]) for r in some])
    rows, labels, test_rows, test_labels = encode(learned), label(learned), encode(tested), label(tested)
    model = BertForSequenceClassification(BertConfig(
        vocab_size=tok.get_vocab_size(), hidden_size=args.width, num_hidden_layers=args.layers, num_attention_heads=args.heads,
        intermediate_size=4 * args.width, max_position_embeddings=args.length, hidden_dropout_prob=args.dropout,
        attention_probs_dropout_prob=0.0, num_labels=len(names), pad_token_id=0))
    if args.resume:
        model.load_state_dict({k: v.float() for k, v in load_file(args.resume / "model.safetensors").items()}, strict=False)
    model.train()
    inside = lambda name, p: p.ndim == 2 and ".layer." in name  # Muon is made for the blocks' matrices only
    optimizers = [
        torch.optim.AdamW([p for n, p in model.named_parameters() if not inside(n, p)], lr=args.lr, betas=(0.9, 0.98), weight_decay=0.01),
        torch.optim.Muon([p for n, p in model.named_parameters() if inside(n, p)], lr=args.lr, weight_decay=0.1,
                         adjust_lr_fn="match_rms_adamw")]
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(learned)} requests", flush=True)
    start, step, budget, seen, order = time.time() - args.spent * 60, 0, args.minutes * 60, None, []
    while (spent := time.time() - start) < budget:
        # warm-up, then a cosine over the time that is left: the run ends when the clock says so
        rate = args.lr * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * spent / budget)))
        for group in [g for o in optimizers for g in o.param_groups]:
            group["lr"] = rate
        order = order or batches(rows, args.rows, rng)
        chosen = order.pop()
        ids, mask = padded(hide([rows[i] for i in chosen], rng, args.hide))
        logits = model(input_ids=ids, attention_mask=mask).logits
        loss = F.cross_entropy(logits, labels[chosen], label_smoothing=args.smoothing)
        model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        seen = loss.item() if seen is None else 0.98 * seen + 0.02 * loss.item()
        if step % 70 == 0:
            print(f"step {step}  loss {seen:.3f}  lr {rate:.2e}  {spent:.0f} s", flush=True)
        if step % 350 == 0:
            save(model, tok, names, args.out)
            print(json.dumps(dict(test=(classify(model, test_rows)[0] == test_labels).float().mean().item())), flush=True)
    save(model, tok, names, args.out)
    # What is measured is what is stored: rounded to float16.
    model.load_state_dict({k: v.half().float() if v.is_floating_point() else v for k, v in model.state_dict().items()})
    said, _ = classify(model, test_rows)
    right = (said == test_labels).float()
    print(json.dumps(dict(
        steps=step, minutes=round((time.time() - start) / 60, 1), test=round(right.mean().item(), 4),
        learned=round((classify(model, rows)[0] == labels).float().mean().item(), 4),
        worst={names[c]: round(right[test_labels == c].mean().item(), 2)
               for c in sorted(range(len(names)), key=lambda c: right[test_labels == c].mean().item())[:10]})), flush=True)
    some = random.Random(4711).sample(range(len(tested)), 1500)
    print(json.dumps(distances(model, [test_rows[i] for i in some], test_labels[some])), flush=True)
    for i in random.Random(4711).sample(range(len(tested)), 20):
        note = "" if said[i] == test_labels[i] else f" (wrong: `{names[test_labels[i]]}`)"
        print(f"- {tested[i]['text']} **{names[said[i]]}**{note}", flush=True)


if __name__ == "__main__":
    main()
