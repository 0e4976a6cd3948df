"""GRACE's codebook in plain PyTorch, to compare with: `python bench/plain_codebook.py WIDTH COUNT...`.

As the paper's code has it: keys are one tensor that grows by a row with each edit, and a query is compared with all of them.
Prints one line of JSON: for each COUNT of entries the ms of a look-up (median of 200), and the seconds to build it edit by edit.
"""

import json
import statistics
import sys
import time

import torch

width, counts = int(sys.argv[1]), list(map(int, sys.argv[2:]))
torch.manual_seed(0)


def fold(rows):
    """One edit after the other: far from every key, so each is added."""
    keys, values, radii = rows[:1], rows[:1], torch.ones(1, 1)
    for row in rows[1:]:
        distances = torch.cdist(keys, row[None], p=2)
        nearest = distances.argmin()
        if distances[nearest] > 2 * radii[nearest]:
            keys, values, radii = torch.vstack([keys, row]), torch.vstack([values, row]), torch.vstack([radii, torch.ones(1)])
    return keys, values, radii


def look_up(keys, values, radii, query):
    distances = torch.cdist(keys, query[None], p=2)
    nearest = distances.argmin()
    return values[nearest] if distances[nearest] <= radii[nearest] else None


result = {}
for count in counts:
    rows = torch.randn(count, width)
    begun = time.perf_counter()
    book = fold(rows)
    seconds = time.perf_counter() - begun
    times = []
    for _ in range(200):
        query = torch.randn(width)
        begun = time.perf_counter()
        look_up(*book, query)
        times.append(time.perf_counter() - begun)
    result[count] = {"lookUpMs": 1000 * statistics.median(times), "foldSeconds": seconds}
print(json.dumps(result))
