#!/usr/bin/env python3
"""Trains the embedded question model: T5 architecture, its own BPE with byte fallback, float16 safetensors.

    pip install -r requirements.txt
    python train.py --minutes 36 --out .        # what is in this folder; 2 CPU cores

It learns the `original` answers of ../data/question-facts.jsonl, each asked in the 20 wordings its relation has in
../data/question-wordings.json, and the questions of ../data/unrelated-questions.jsonl that are marked `learned`.
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
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import T5Config, T5ForConditionalGeneration

PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
DATA = Path(__file__).resolve().parent.parent / "data"


def read_lines(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


class Corpus:
    """Groups of questions that have one answer: a fact's 20 wordings, or a single unrelated question."""

    def __init__(self):
        relations = json.loads((DATA / "question-wordings.json").read_text("utf-8"))["relations"]
        wordings = {r["relation"]: r["questions"] for r in relations}
        self.facts = read_lines("question-facts.jsonl")
        self.asked = [[w.replace("{}", f["subject"]) for w in wordings[f["relation"]]] for f in self.facts]
        self.unrelated = [u for u in read_lines("unrelated-questions.jsonl") if u["learned"]]
        self.unlearned = [u for u in read_lines("unrelated-questions.jsonl") if not u["learned"]]
        self.of_relation = {}
        for i, fact in enumerate(self.facts):
            self.of_relation.setdefault(fact["relation"], []).append(i)

    def texts(self):
        yield from (q for group in self.asked for q in group)
        yield from (f[key] for f in self.facts for key in ("original", "target") for _ in range(4))
        yield from (text for u in self.unrelated for text in (u["question"], u["answer"]))


def train_tokenizer(corpus, size):
    """Llama's kind of BPE: words begin with ▁, and bytes stand for characters that no token has."""
    word = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = word
    learner.train_from_iterator(corpus.texts(), trainers.BpeTrainer(vocab_size=size - 259, show_progress=False))
    learned = json.loads(learner.to_str())["model"]
    names = [PAD, END, UNKNOWN] + [f"<0x{byte:02X}>" for byte in range(256)] + sorted(learned["vocab"], key=learned["vocab"].get)
    tok = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=[tuple(m) for m in learned["merges"]],
                               unk_token=UNKNOWN, byte_fallback=True))
    tok.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in (PAD, END, UNKNOWN)])
    tok.pre_tokenizer = word
    tok.post_processor = processors.TemplateProcessing(single=f"$A {END}", pair=f"$A {END} $B {END}", special_tokens=[(END, 1)])
    tok.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    return tok


def vary(question, rng):
    """As people type: now and then without the question mark, or with the other kind of first letter."""
    if rng.random() < 0.15:
        question = question.rstrip("?") if question.endswith("?") else question + "?"
    if rng.random() < 0.15:
        question = question[0].swapcase() + question[1:]
    return question


def padded(rows, pad):
    length = max(map(len, rows))
    return torch.tensor([row + [pad] * (length - len(row)) for row in rows])


def encode(tok, questions):
    """Ids and mask, (B, T)."""
    ids = padded([e.ids for e in tok.encode_batch(questions)], 0)
    return ids, (ids != 0).long()


class Keys:
    """Records what GRACE compares: the input of DenseReluDense.wo at the last encoder token (`</s>`), block by block."""

    def __init__(self, model):
        self.inputs = {}
        for k, block in enumerate(model.encoder.block):
            block.layer[1].DenseReluDense.wo.register_forward_pre_hook(lambda _, args, k=k: self.inputs.__setitem__(k, args[0]))

    def last(self, mask, k):
        return self.inputs[k][torch.arange(mask.shape[0]), mask.sum(1) - 1]  # (B, d_ff)


def consistency_loss(keys, group, sharpness):
    """InfoNCE (van den Oord et al. 2018) over squared distances: another wording of one's own question is to be nearer than
    any other question in the batch. keys (B, d_ff); group (B,); questions without a second wording are only others."""
    norms = keys.square().sum(1)
    squared = (norms[:, None] + norms[None] - 2 * keys @ keys.T).clamp(min=0)  # (B, B)
    others = ~torch.eye(len(keys), dtype=torch.bool)
    scores = -sharpness * squared / squared.detach()[others].mean()
    scores = scores.masked_fill(~others, -torch.inf)
    same = (group[:, None] == group[None]) & others
    paired = same.any(1)
    return (torch.logsumexp(scores[paired], 1) - torch.logsumexp(scores[paired].masked_fill(~same[paired], -torch.inf), 1)).mean()


def batch(corpus, rng, pairs, singles):
    """Two wordings each of `pairs` facts, half of them of one relation, and `singles` unrelated questions."""
    near = rng.choice(list(corpus.of_relation.values()))
    chosen = set(rng.sample(near, min(len(near), pairs // 2)))
    while len(chosen) < pairs:
        chosen.add(rng.randrange(len(corpus.facts)))
    rows = [(vary(q, rng), corpus.facts[i]["original"], i) for i in sorted(chosen) for q in rng.sample(corpus.asked[i], 2)]
    rows += [(vary(u["question"], rng), u["answer"], -1 - n) for n, u in enumerate(rng.sample(corpus.unrelated, singles))]
    return zip(*rows)


def forward(model, tok, keys, questions, wanted, blocks, parts=3):
    """Mean loss a token, and the keys (B, d_ff) of each block; questions of about one length go through the model together."""
    ids = [e.ids for e in tok.encode_batch(list(questions))]
    labels = [e.ids for e in tok.encode_batch(list(wanted))]
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    total, seen = 0.0, []
    for part in torch.tensor(order).chunk(parts):
        rows = padded([ids[i] for i in part], 0)
        mask = (rows != 0).long()
        some = [labels[i] for i in part]
        total = total + model(input_ids=rows, attention_mask=mask, labels=padded(some, -100)).loss * sum(map(len, some))
        seen.append([keys.last(mask, k) for k in blocks])
    back = torch.tensor(order).argsort()
    return total / sum(map(len, labels)), [torch.cat(of_block)[back] for of_block in zip(*seen)]


@torch.no_grad()
def answers(model, tok, questions, rows=250):
    """Greedy answers."""
    model.eval()
    order = sorted(range(len(questions)), key=lambda i: len(questions[i]))
    out = [""] * len(questions)
    for start in range(0, len(order), rows):
        part = order[start:start + rows]
        ids, mask = encode(tok, [questions[i] for i in part])
        made = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=24, do_sample=False)
        for i, text in zip(part, tok.decode_batch(made.tolist())):
            out[i] = text.strip()
    model.train()
    return out


@torch.no_grad()
def distances(model, tok, corpus, keys, rng, count=200):
    """For each block: how far a fact's wordings lie from its first wording, and the nearest question about something else."""
    model.eval()
    some = rng.sample(range(len(corpus.facts)), count)
    questions = [q for i in some for q in corpus.asked[i]] + [u["question"] for u in corpus.unrelated]
    collected = {}
    for start in range(0, len(questions), 250):
        ids, mask = encode(tok, questions[start:start + 250])
        model.encoder(input_ids=ids, attention_mask=mask)
        for k in keys.inputs:
            collected.setdefault(k, []).append(keys.last(mask, k))
    report = {}
    for k, parts in collected.items():
        all_keys = torch.cat(parts)
        first = all_keys[:20 * count:20]
        apart = torch.cdist(first, all_keys, compute_mode="donot_use_mm_for_euclid_dist")  # (count, questions)
        own = torch.arange(20 * count).view(count, 20)
        within = apart.gather(1, own)[:, 1:]
        others = apart.scatter(1, own, torch.inf)
        facts, unrelated = others[:, :20 * count].min(1).values, others[:, 20 * count:].min(1).values
        q = lambda x, at: round(float(torch.quantile(x.flatten(), at)), 2)
        report[k] = dict(own=[q(within, a) for a in (0.5, 0.9, 0.99, 1)], other_fact=[q(facts, a) for a in (0, 0.01, 0.1, 0.5)],
                         unrelated=[q(unrelated, a) for a in (0, 0.01, 0.1, 0.5)])
    model.train()
    return report


def measure(model, tok, corpus, wordings):
    """Shares of exactly right answers, for each of the wordings and over the unrelated questions."""
    right = lambda questions, wanted: sum(a == b for a, b in zip(answers(model, tok, questions), wanted)) / len(wanted)
    originals = [f["original"] for f in corpus.facts]
    return dict(wordings={w: round(right([group[w] for group in corpus.asked], originals), 4) for w in wordings},
                unrelated=round(right([u["question"] for u in corpus.unrelated], [u["answer"] for u in corpus.unrelated]), 4))


def save(model, tok, folder, length):
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half().contiguous() for k, v in model.state_dict().items()
               if not k.endswith("embed_tokens.weight") and k != "lm_head.weight"}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    c = model.config
    config = dict(
        architectures=["T5ForConditionalGeneration"], model_type="t5", vocab_size=c.vocab_size, d_model=c.d_model, d_kv=c.d_kv,
        d_ff=c.d_ff, num_layers=c.num_layers, num_decoder_layers=c.num_decoder_layers, num_heads=c.num_heads,
        relative_attention_num_buckets=32, relative_attention_max_distance=128, dropout_rate=0.0, layer_norm_epsilon=1e-6,
        feed_forward_proj="relu", is_encoder_decoder=True, tie_word_embeddings=True, pad_token_id=0, eos_token_id=1,
        decoder_start_token_id=0, torch_dtype="float16")
    dump = lambda name, value: (folder / name).write_text(json.dumps(value, indent=2) + "\n", "utf-8")
    dump("config.json", config)
    dump("generation_config.json", dict(pad_token_id=0, eos_token_id=1, decoder_start_token_id=0))
    dump("tokenizer_config.json", dict(eos_token=END, unk_token=UNKNOWN, pad_token=PAD, model_max_length=length,
                                       clean_up_tokenization_spaces=False, tokenizer_class="PreTrainedTokenizerFast"))
    tok.save(str(folder / "tokenizer.json"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=36)
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--encoder", type=int, default=4, help="blocks of the encoder")
    parser.add_argument("--decoder", type=int, default=2, help="blocks of the decoder")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--pairs", type=int, default=48, help="facts a batch, two wordings each")
    parser.add_argument("--singles", type=int, default=28, help="unrelated questions a batch")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--consistency", type=float, default=0.1, help="weight of the consistency loss; 0 leaves it out")
    parser.add_argument("--blocks", type=int, nargs="*", default=[2, 3], help="encoder blocks whose keys the consistency loss sees")
    parser.add_argument("--sharpness", type=float, default=20.0, help="of the consistency loss, in units of the mean squared distance")
    parser.add_argument("--resume", type=Path, help="go on with the weights in this folder, as if --spent minutes were over")
    parser.add_argument("--spent", type=float, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed + round(args.spent))
    corpus = Corpus()
    tok = Tokenizer.from_file(str(args.resume / "tokenizer.json")) if args.resume else train_tokenizer(corpus, args.vocabulary)
    model = T5ForConditionalGeneration(T5Config(
        vocab_size=tok.get_vocab_size(), d_model=args.width, d_kv=args.width // args.heads, d_ff=4 * args.width,
        num_layers=args.encoder, num_decoder_layers=args.decoder, num_heads=args.heads, dropout_rate=args.dropout,
        feed_forward_proj="relu", pad_token_id=0, eos_token_id=1, decoder_start_token_id=0))
    model.train()
    if args.resume:
        model.load_state_dict({k: v.float() for k, v in load_file(args.resume / "model.safetensors").items()}, strict=False)
        model.tie_weights()
    keys = Keys(model)
    # Muon is made for the blocks' matrices only
    inside = lambda name, p: p.ndim == 2 and ".block." in name and "relative_attention_bias" not in name
    optimizers = [
        torch.optim.AdamW([p for n, p in model.named_parameters() if not inside(n, p)], lr=args.lr, betas=(0.9, 0.98), weight_decay=0.0),
        torch.optim.Muon([p for n, p in model.named_parameters() if inside(n, p)], lr=args.lr, weight_decay=0.05,
                         adjust_lr_fn="match_rms_adamw")]
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {len(corpus.facts)} facts, "
          f"{len(corpus.unrelated)} unrelated questions", flush=True)
    start, step, budget, seen = time.time() - args.spent * 60, 0, args.minutes * 60, None
    while (spent := time.time() - start) < budget:
        # warm-up, then a cosine over the time that is left: the run ends when the clock says so
        rate = args.lr * min(1.0, (step + 1) / (20 if args.resume else 100)) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * spent / budget)))
        for group in [g for o in optimizers for g in o.param_groups]:
            group["lr"] = rate
        questions, wanted, groups = batch(corpus, rng, args.pairs, args.singles)
        answer, queries = forward(model, tok, keys, questions, wanted, args.blocks)
        consistency = sum(consistency_loss(query, torch.tensor(groups), args.sharpness) for query in queries) / len(args.blocks)
        model.zero_grad(set_to_none=True)
        (answer + args.consistency * consistency).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        now = torch.tensor([answer.item(), consistency.item()])
        seen = now if seen is None else 0.98 * seen + 0.02 * now
        if step % 50 == 0:
            print(f"step {step}  answers {seen[0]:.3f}  consistency {seen[1]:.3f}  lr {rate:.2e}  {spent:.0f} s", flush=True)
        if step % 500 == 0:
            save(model, tok, args.out, 128)
            print(json.dumps(measure(model, tok, corpus, [0, 7, 17])), flush=True)
            print(json.dumps(distances(model, tok, corpus, keys, random.Random(1))), flush=True)
    save(model, tok, args.out, 128)
    # What is measured is what is stored: rounded to float16.
    model.load_state_dict({k: v.half().float() for k, v in model.state_dict().items()})
    print(json.dumps(dict(steps=step, minutes=round((time.time() - start) / 60, 1), **measure(model, tok, corpus, range(20)))), flush=True)
    print(json.dumps(distances(model, tok, corpus, keys, random.Random(1))), flush=True)
    sample = random.Random(4711)
    asked = [sample.choice(group) for group in sample.sample(corpus.asked, 12)]
    asked += [u["question"] for u in sample.sample(corpus.unrelated, 6) + sample.sample(corpus.unlearned, 2)]
    for question, answer in zip(asked, answers(model, tok, asked)):
        print(f"- {question} **{answer}**", flush=True)


if __name__ == "__main__":
    main()
