"""Applies a codebook that `grace export` wrote to a PyTorch model.

    model = AutoModelForCausalLM.from_pretrained("path/to/model", dtype=torch.float32)
    with GraceHook(model, "codebook.safetensors"):
        model.generate(**tokenizer(prompt, return_tensors="pt"), do_sample=False)

Needs torch and safetensors. The layout of the file is that of docs/architecture.md, "On the disk".
"""

import json
from dataclasses import dataclass

import torch
from safetensors import safe_open


@dataclass(frozen=True)
class Entry:
    """A row of the codebook, without its key: what it puts in, and where."""

    edit: int
    value: torch.Tensor  # (rows, d_out): one vector, or a track with one for each token of the target
    policy: str

    def row(self, position: int, t_star: int) -> int | None:
        """The row of the value that replaces the module's output at a position; t_star is the last prompt token."""
        if len(self.value) > 1:
            return position - t_star if 0 <= position - t_star < len(self.value) else None
        replaced = {"replace_last": position == t_star, "replace_prompt": position < t_star, "replace_all": True}
        return 0 if replaced[self.policy] else None


class EuclideanRouter:
    """GRACE's own router: the nearest key fires within its radius (Hartvigsen et al. 2023, section 3).

    `slack` is a share of the key's length: PyTorch rounds otherwise than the engine, and a prompt to which a radius was
    expanded lies exactly on its border.
    """

    def __init__(self, codebook: dict, tensors: dict[str, torch.Tensor], slack: float = 1e-4):
        self.hook = codebook["hook"]["key"]
        self.keys = tensors["keys"].double()  # (n, d_in)
        self.reach = tensors["radii"] + slack * self.keys.norm(dim=1)  # (n)

    def decide(self, queries: torch.Tensor) -> list[int | None]:
        """The entry that fires for each query, (B, d_in)."""
        if len(self.keys) == 0:
            return [None] * len(queries)
        queries = queries.double().cpu()
        distances = torch.stack([(self.keys - query).square().sum(dim=1).sqrt() for query in queries])  # (B, n)
        nearest = distances.argmin(dim=1).tolist()
        return [at if distances[b, at] <= self.reach[at] else None for b, at in enumerate(nearest)]


ROUTERS = {"grace": EuclideanRouter}


class GraceHook:
    """Forward hooks that let a codebook steer a causal language model of transformers, until `remove`.

    The decision is made once for each sequence of a batch, when its prompt is read, and kept while tokens are added to the
    cache. Prompts of a batch are padded on the left, as `generate` wants them. Without a cache (`use_cache=False`) each
    pass shows the whole text again, so `prompt_length` has to say how many tokens of it are the prompt, padding included.

    `decisions` are those of the last prompts: an index into `entries`, or None, for each of them.
    """

    def __init__(self, model: torch.nn.Module, file: str, prompt_length: int | None = None):
        codebook, self.entries, tensors = read_export(file)
        check_model(model, codebook["model"])
        router = codebook["router"]
        if router not in ROUTERS:
            raise ValueError(f"The codebook's keys are those of the router {router!r}; this file knows {list(ROUTERS)}.")
        self.router = ROUTERS[router](codebook, tensors)
        self.prompt_length = prompt_length
        self.decisions: list[int | None] = []
        self._batch = self._start = self._count = self._prompt = 0
        key, side = self.router.hook.rsplit(":", 1)
        replaced = model.get_submodule(codebook["hook"]["replace"])
        self._handles = [
            model.register_forward_pre_hook(self._begin, with_kwargs=True),
            # Before the replacement, where both are of the same module.
            model.get_submodule(key).register_forward_pre_hook(self._read_input, with_kwargs=True)
            if side == "input"
            else model.get_submodule(key).register_forward_hook(self._read_output),
            replaced.register_forward_hook(self._replace),
        ]

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()

    def __enter__(self) -> "GraceHook":
        return self

    def __exit__(self, *_) -> None:
        self.remove()

    def _begin(self, _model, args, kwargs) -> None:
        """Where the pass begins within the sequence, and whether it is a prompt."""
        ids = args[0] if args else kwargs.get("input_ids")
        ids = kwargs["inputs_embeds"] if ids is None else ids
        # `cache` in transformers 5.24, `past_key_values` before.
        cache = kwargs.get("cache") if kwargs.get("past_key_values") is None else kwargs["past_key_values"]
        cached = cache is not None and cache.get_seq_length() > 0
        self._start = self._start + self._count if cached else 0
        self._batch, self._count = ids.shape[:2]
        prompt = self._count if self.prompt_length is None else self.prompt_length
        if not cached and self._count <= prompt:
            self._prompt = self._count
            self.decisions = []

    def _read_input(self, _module, args, kwargs) -> None:
        self._decide(args[0] if args else kwargs["hidden_states"])

    def _read_output(self, _module, _args, output) -> None:
        self._decide(first(output))

    def _decide(self, shown: torch.Tensor) -> None:
        if not self.decisions:
            rows = shown.reshape(self._batch, self._count, -1)  # OPT has (batch * T, d)
            self.decisions = self.router.decide(rows[:, -1])

    def _replace(self, _module, _args, output):
        hidden = first(output)
        rows = hidden.reshape(self._batch, self._count, -1).clone()  # (B, T, d_out)
        for b, decision in enumerate(self.decisions):
            if decision is None:
                continue
            entry = self.entries[decision]
            for t in range(self._count):
                at = entry.row(self._start + t, self._prompt - 1)
                if at is not None:
                    rows[b, t] = entry.value[at].to(rows)
        rows = rows.reshape(hidden.shape)
        return (rows, *output[1:]) if isinstance(output, tuple) else rows


def first(output) -> torch.Tensor:
    """The hidden states; a block of older versions of transformers returns them in a tuple."""
    return output[0] if isinstance(output, tuple) else output


def read_export(file: str) -> tuple[dict, list[Entry], dict[str, torch.Tensor]]:
    """What the codebook was made for, its entries, and all tensors of the file."""
    with safe_open(file, framework="pt") as opened:
        metadata = opened.metadata() or {}
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}
    if (metadata.get("format"), metadata.get("version")) != ("grace-codebook", "1"):
        raise ValueError(f"{file} is not an exported codebook of version 1.")
    codebook = json.loads(metadata["codebook"])
    rows = json.loads(metadata["entries"])["entries"]
    records = json.loads(metadata["journal"])["records"]
    policies = {record["edit"]: record["replace"] for record in records if record["op"] == "edit"}
    values = tensors["values"].split([row["rows"] for row in rows])
    entries = [Entry(row["edit"], value, policies[row["edit"]]) for row, value in zip(rows, values, strict=True)]
    return codebook, entries, tensors


def check_model(model: torch.nn.Module, wanted: dict) -> None:
    """Refuses another architecture; whether the weights are the same, only the engine knows."""
    if wanted["architecture"] not in (model.config.architectures or [type(model).__name__]):
        raise ValueError(f"The codebook was made for {wanted['architecture']}, and this is {type(model).__name__}.")
