#!/usr/bin/env python3
"""The results of a sweep as they are kept in benchmarks/records: without the lists of blocks, layers and ratios, which are most of their bytes.

Usage: benchmarks/keep-records.py OUT/results.jsonl >benchmarks/records/NAME.jsonl
What is left is enough for `sparsum sweep RECIPE --records benchmarks/records/NAME.jsonl` to go on from, and for the tables of the recipes.
"""
import json
import sys

LISTS = {"blocks", "layers", "ratios"}


def slim(value):
    if isinstance(value, dict):
        return {key: slim(member) for key, member in value.items() if not (key in LISTS and isinstance(member, list))}
    return [slim(item) for item in value] if isinstance(value, list) else value


for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line)
    if record["state"] == "done":
        print(json.dumps(slim(record), ensure_ascii=False, separators=(",", ":")))
