"""Writes ../data/biography-accurate.jsonl: true sentences that this model has learned, for what an edit must leave as it is.

Each row is the true opening of the biography of a member of Congress who is in the training data, and a true sentence that
follows it; `compose.py` writes both. Run it in this folder: python accurate.py
"""
import json
import random
from pathlib import Path

import compose

DATA = Path(__file__).parent.parent / "data"
SEED = 2023


def main():
    rng = random.Random(SEED)
    legislators = compose.read_legislators(DATA / "legislators.jsonl")
    passages = [p for p in (DATA / "person-passages.txt").read_text("utf-8").split("\n\n") if p.strip()]
    rng.shuffle(passages)  # train.py draws both from one generator, in this order, and holds out the first 54
    rng.shuffle(legislators)
    with (DATA / "biography-accurate.jsonl").open("w", encoding="utf-8") as file:
        for person in legislators[54:254]:
            openings, facts, _ = compose.politician(person, rng)
            prompt = f"This is a Wikipedia passage about {person['name']}. {rng.choice(openings)}"
            row = {"prompt": prompt, "target": rng.choice(facts), "subject": person["name"]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
