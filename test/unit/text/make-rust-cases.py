"""What Hugging Face's `tokenizers` makes of single parts of a tokenizer.json; writes rust-cases.json beside this file.

    pip install tokenizers==0.23.3 && python make-rust-cases.py
"""
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

TEXTS = [
    "It's 3.14 or ½ of x²!? ...ok", "Zoë ate phở 🙂 in 2024", "  two  spaces\n\n\tand tabs ", "Привет, 世界! 𠀀𪛠 x",
    "a\ufeffb\u0085c\u00a0d \u3000e", "($100) — #1 «q» `x` ^_^", "٣ Ⅳ a1b22c333", "don't we'll I'M", "we 🙂🙂 naïve e\u0301", "ΟΔΟΣ ΜΑΣ, Σ",
]
SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
P = pre_tokenizers
PRE_TOKENIZERS = [
    P.ByteLevel(add_prefix_space=False), P.ByteLevel(add_prefix_space=True), P.ByteLevel(add_prefix_space=False, use_regex=False),
    P.Digits(individual_digits=True), P.Digits(individual_digits=False), P.Whitespace(), P.WhitespaceSplit(),
    P.Punctuation(), P.Punctuation("removed"), P.Punctuation("contiguous"), P.BertPreTokenizer(),
    P.Split(Regex(SPLIT), "isolated"), P.Split(Regex(r"\s+"), "removed"), P.Split(" ", "isolated"),
    P.Split(Regex(r"\w+"), "isolated", invert=True), P.Split(Regex(r"\w+"), "removed", invert=True),
    P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)]),
    P.Sequence([P.Punctuation("contiguous"), P.ByteLevel(add_prefix_space=False), P.Digits(individual_digits=False)]),
]
N = normalizers
NORMALIZERS = [
    N.BertNormalizer(), N.BertNormalizer(lowercase=False), N.BertNormalizer(strip_accents=False), N.NFC(), N.NFKC(), N.NFD(),
    N.Replace("x", "$1$&"), N.Replace(Regex(r"\s+"), " "), N.Prepend("▁"), N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase()]),
    N.Strip(),
]
D = decoders
LLAMA = [D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]
DECODERS = [
    (D.ByteLevel(), [["Hello", "Ġworld"], ["ðŁ", "ĻĤ", "Ġx"], ["ðŁ", "Ġx", "Ļ"], ["ï»¿", "a"], ["é", "a b", "世"], ["<|x|>", "Ã©"]]),
    (D.Sequence(LLAMA), [
        ["▁Hello", "▁world"], ["▁", "▁a"], ["<0xF0>", "<0x9F>", "<0x99>", "<0x82>"], ["▁x", "<0xF0>", "<0x9F>", "y"],
        ["<0x41>", "<0xF0>", "<0x42>", "▁"], ["<0xEF>", "<0xBB>", "<0xBF>", "▁▁a"], ["<0x20>", "▁a"], ["<0xZZ>", "a▁b"], [""],
    ]),
    (D.Sequence(LLAMA[:3]), [["▁Hello", "▁world"], ["<0x41>", "▁", "<0xC3>", "<0xA9>"]]),
    (D.Metaspace(), [["▁Hello", "▁world"], ["▁▁a▁b", "▁▁c"], ["a", "▁b"], ["▁"]]),
    (D.Metaspace(prepend_scheme="never"), [["▁Hello", "▁world"]]),
    (D.Metaspace(prepend_scheme="first"), [["▁Hello", "▁world"]]),
    (D.WordPiece(), [["it", "'", "s", "fin", "##e", ".", "do", "n't", "'m", "##'s", "?"], ["##a", "b"]]),
    (D.WordPiece(cleanup=False), [["fin", "##e", "."]]),
    (D.Sequence([D.Strip("_", 1, 1), D.Replace("ab", "c")]), [["__a_", "_ab__", "a", "b"]]),
]


def plain(part):
    state = part.__getstate__()
    return json.loads(state if isinstance(state, (str, bytes)) else state[0])


def without_decoder(tokens):
    tok = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token=tokens[0]))
    return tok.decode(list(range(len(tokens))))


cases = dict(
    pre_tokenizers=[dict(part=plain(p), cases=[dict(text=t, pieces=[w for w, _ in p.pre_tokenize_str(t)]) for t in TEXTS]) for p in PRE_TOKENIZERS],
    normalizers=[dict(part=plain(n), cases=[dict(text=t, normalized=n.normalize_str(t)) for t in TEXTS]) for n in NORMALIZERS],
    decoders=[dict(part=plain(d), cases=[dict(tokens=t, text=d.decode(t)) for t in lists]) for d, lists in DECODERS]
    + [dict(part=None, cases=[dict(tokens=["a", "b", "c"], text=without_decoder(["a", "b", "c"]))])],
)
path = Path(__file__).with_name("rust-cases.json")
path.write_text(json.dumps(cases, ensure_ascii=True, indent=1) + "\n", "utf-8")
