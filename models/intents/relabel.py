#!/usr/bin/env python3
"""Writes ../data/intent-changes.jsonl: how the labels of requests change after the classifier was trained.

    python relabel.py

The intents are taken for the queues of a support desk that is reorganised four times, as the topics of court documents were
over the decades. Queues merge, some of a queue's requests go to another one (split), and whole queues are given to a desk with
another subject (move). A queue that takes requests in keeps its own; none that gives any away takes others in.

Each change gives at most 20 requests to the stream of edits, drawn from the train and val splits (`use` is `edit`), and all
requests of the test split to what is held out (`holdout`). The stream runs through the four rounds, and is shuffled within each.
Behind it stand the requests of the test split that keep their label, for what must not change: those of classes that give
nothing away (`untouched`), and those of classes that are split (`stayed`).
"""
import json
import random
import re
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
SEED, ROUNDS, REQUESTS = 2023, 4, 20

MERGES = {
    "apr": "interest_rate", "calories": "nutrition_info", "damaged_card": "report_lost_card", "ingredients_list": "recipe",
    "insurance_change": "insurance", "min_payment": "bill_balance", "mpg": "gas", "next_song": "play_music",
    "pto_request_status": "pto_request", "pto_used": "pto_balance", "redeem_rewards": "rewards_balance",
    "replacement_card_duration": "new_card", "restaurant_reviews": "restaurant_suggestion", "shopping_list": "todo_list",
    "shopping_list_update": "todo_list_update", "transactions": "spending_history", "whisper_mode": "change_volume",
}
MOVES = {
    "carry_on": "lost_luggage", "direct_deposit": "payday", "jump_start": "tire_pressure", "order_checks": "transfer",
    "plug_type": "travel_suggestion", "rollover_401k": "income", "sync_device": "find_phone",
    "travel_notification": "freeze_account", "uber": "car_rental", "vaccines": "international_visa",
}
# The requests of a class in which the expression is found go to another one; the others stay.
SPLITS = {
    "book_flight": (r"\b(cheap|cheapest|price|cost|under)\b", "travel_suggestion"),
    "directions": (r"\b(nearest|closest)\b", "current_location"),
    "meeting_schedule": (r"\btoday\b", "calendar"),
    "order_status": (r"\b(package|deliver\w*|shipp\w*)\b", "order"),
    "pin_change": (r"\b(forgot|forgotten|remember|know)\b", "account_blocked"),
    "reminder_update": (r"\b(call|pay)\b", "calendar_update"),
    "schedule_maintenance": (r"\boil\b", "oil_change_when"),
    "smart_home": (r"\b(thermostat|temperature|heat|ac|degrees)\b", "weather"),
    "taxes": (r"\bincome\b", "w2"),
    "translate": (r"\bspanish\b", "change_language"),
}


def changes():
    """(kind, class, new label, expression or None), in the order in which they are spread over the rounds."""
    yield from (("merge", old, new, None) for old, new in MERGES.items())
    yield from (("move", old, new, None) for old, new in MOVES.items())
    yield from (("split", old, new, found) for old, (found, new) in SPLITS.items())


def main():
    rng = random.Random(SEED)
    requests = [json.loads(line) for line in (DATA / "intents.jsonl").read_text("utf-8").splitlines()]
    taking, giving = {c[2] for c in changes()}, {c[1] for c in changes()}
    assert taking | giving <= {r["label"] for r in requests} and not taking & giving
    stream, held = [], []
    for number, (kind, old, new, found) in enumerate(changes()):
        moved = [r for r in requests if r["label"] == old and (found is None or re.search(found, r["text"]))]
        record = lambda r, use: dict(text=r["text"], label=new, original=old, kind=kind, round=number % ROUNDS + 1, use=use)
        seen = [r for r in moved if r["split"] != "test"]
        stream += [record(r, "edit") for r in rng.sample(seen, min(REQUESTS, len(seen)))]
        held += [record(r, "holdout") for r in moved if r["split"] == "test"]
    gone = {r["text"] for r in held}
    kept = [dict(text=r["text"], label=r["label"], original=r["label"], use="stayed" if r["label"] in giving else "untouched")
            for r in requests if r["split"] == "test" and r["text"] not in gone]
    rng.shuffle(stream)
    stream.sort(key=lambda r: r["round"])
    with (DATA / "intent-changes.jsonl").open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(r, ensure_ascii=False) + "\n" for r in stream + held + kept)
    print(f"{len(giving)} changes, {len(stream)} edits, {len(held)} held-out requests, {len(kept)} that keep their label; "
          f"{150 - len(giving)} classes give nothing away, {150 - len(giving | taking)} have no part in any change")


if __name__ == "__main__":
    main()
