"""Continues prompts with codebooks in PyTorch: reads cases as JSON from stdin, writes one list of results for each.

A case is {model, gguf (a file in the folder `model`, or absent), export, prompts: [[id]], uncached, ends: [id], count}. A result is, for each prompt, {tokens, uncached, batched,
fired, leads}: the greedy tokens with a cache, without one for the first `uncached` prompts, and in a batch padded on the left; the
edit whose entry fired; and by how many logits each token led.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from grace_hook import GraceHook  # noqa: E402


def greedy(model, rows, case, **options):
    """New tokens of each row, and the two largest logits behind each."""
    length = max(map(len, rows))
    ids = torch.tensor([[0] * (length - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in rows])
    made = model.generate(
        ids,
        attention_mask=mask,
        do_sample=False,
        max_new_tokens=case["count"],
        eos_token_id=case["ends"],
        pad_token_id=0,
        output_logits=True,
        return_dict_in_generate=True,
        **options,
    )
    leads = [logits.topk(2, dim=1).values for logits in made.logits]
    tokens = [until_end(row[length:].tolist(), case["ends"]) for row in made.sequences]
    return [(row, [float(lead[at][0] - lead[at][1]) for lead in leads][: len(row)]) for at, row in enumerate(tokens)]


def until_end(tokens, ends):
    at = next((at for at, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[: at + 1]


def load(case):
    file = {"gguf_file": case["gguf"]} if "gguf" in case else {}
    return AutoModelForCausalLM.from_pretrained(case["model"], dtype=torch.float32, **file).eval()


def answers(model, case):
    results = []
    for prompt in case["prompts"]:
        with GraceHook(model, case["export"]) as grace:
            (tokens, leads), *_ = greedy(model, [prompt], case)
            decision = grace.decisions[0]
            fired = None if decision is None else grace.entries[decision].edit
        results.append({"tokens": tokens, "fired": fired, "leads": leads})
    for result, prompt in zip(results[: case["uncached"]], case["prompts"]):
        with GraceHook(model, case["export"], prompt_length=len(prompt)):
            (result["uncached"], _), *_ = greedy(model, [prompt], case, use_cache=False)
    with GraceHook(model, case["export"]):
        for result, (tokens, _) in zip(results, greedy(model, case["prompts"], case), strict=True):
            result["batched"] = tokens
    return results


torch.set_num_threads(1)  # most of the models are tiny
print(
    json.dumps(
        [
            answers(load(case), case)
            for case in json.load(sys.stdin)
        ]
    )
)
