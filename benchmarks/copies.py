"""Copies made by machine: how many of them linking groups into the origin of their text, and how often it groups others.

    python benchmarks/copies.py FOLDER [--texts 1000] [--seed 1] [--errors N] [--json]

FOLDER holds reports as JSON lines (``id``, ``text``, perhaps ``published``). From a random draw of texts of at least 60
words, copies are made: cut at the end, sentences in another order, another headline, and 5 to 40 % of the words edited
(a third each taken out, replaced by words of other texts, put in). Each text has two to four copies on its day or up to
five days later, some of them made from copies; as many texts stay without any. Printed are precision and recall over
pairs of reports: made copies of one text belong together, all else apart, and for each way of making the share of copies
that share their text's origin. Texts that share a third of their runs of five words with one drawn before are left out, since
news holds copies of its own; ``--errors`` prints pairs grouped wrongly for judging.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from dragoman.linking.origins import Carried, find_copies, group_origins

LEAST_WORDS = 60
RUN = 5
FIRST_DAY, DAYS = 18000, 30
EDITS = (0.05, 0.1, 0.2, 0.3, 0.4)
WAYS = ("cut", "reordered", "headline", *(f"edited {share:.0%}" for share in EDITS))
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Made(msgspec.Struct, frozen=True):
    """A report with the text it is a copy of, and how it was made (None: the text itself)."""

    report: Carried
    source: str
    way: str | None


def read_texts(folder: Path, count: int, rng: random.Random) -> list[str]:
    """Different texts drawn from the JSON lines of a folder, the same for the same seed."""
    texts: dict[str, None] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            text = json.loads(line).get("text", "")
            if len(text.split()) >= LEAST_WORDS:
                texts.setdefault(text)
    return list(_distinct(rng.sample(list(texts), len(texts)), count))


def _distinct(texts: Sequence[str], count: int) -> Iterator[str]:
    """The first texts that are no copies of one before: by runs of five words, not by what is measured here."""
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        listed = text.lower().split()
        runs = {tuple(listed[at : at + RUN]) for at in range(len(listed) - RUN + 1)}
        if count and len(runs & seen) < len(runs) / 3:
            count -= 1
            seen |= runs
            yield text


def edit(text: str, share: float, others: Sequence[str], rng: random.Random) -> str:
    """A text with a share of its words taken out, replaced or followed by a word of another text."""
    made: list[str] = []
    for word in text.split():
        if rng.random() >= share:
            made.append(word)
            continue
        kind, other = rng.randrange(3), rng.choice(others)
        made += ([], [other], [word, other])[kind]
    return " ".join(made)


def remake(text: str, way: str, headlines: Sequence[str], others: Sequence[str], rng: random.Random) -> str:
    """A copy of a text made in one of `WAYS`."""
    sentences = _SENTENCE.split(text)
    if way == "cut":
        return " ".join(text.split()[: max(30, int(len(text.split()) * rng.uniform(0.4, 0.8)))])
    if way == "reordered":
        rng.shuffle(sentences)
        return " ".join(sentences)
    if way == "headline":
        return rng.choice(headlines) + "\n" + " ".join(sentences[1:] if len(sentences) > 3 else sentences)
    return edit(text, float(way.split()[1].rstrip("%")) / 100, others, rng)


def make(texts: Sequence[str], rng: random.Random) -> Iterator[Made]:
    """The texts, every second one with its copies."""
    headlines = [_SENTENCE.split(text)[0][:120] for text in texts]
    others = [word for text in texts[:200] for word in text.split()]
    for number, text in enumerate(texts):
        day, source = FIRST_DAY + rng.randrange(DAYS), f"t{number:05}"
        yield Made(_report(source, day, text), source, None)
        if number % 2:
            continue
        for copy in range(rng.randint(2, 4)):
            way = rng.choice(WAYS)
            copied = remake(text, way, headlines, others, rng)
            yield Made(_report(f"{source}c{copy}", day + rng.randrange(6), copied), source, way)


def _report(name: str, day: int, text: str) -> Carried:
    return Carried(report_id=name, published=day, publisher=None, text=text)


def score(made: Sequence[Made]) -> dict[str, Any]:
    """Precision and recall over pairs, recall by way of making, and the pairs grouped that nobody made."""
    ordered = sorted((m.report for m in made), key=lambda r: (r.published or 0, r.report_id))
    copies = find_copies(ordered)
    origins = group_origins({r.report_id: (r.published, None) for r in ordered}, copies)
    gold, found = defaultdict(list), defaultdict(list)
    for m in made:
        gold[m.source].append(m.report.report_id)
        found[origins[m.report.report_id].origin_id].append(m.report.report_id)
    right = {pair for group in gold.values() for pair in combinations(sorted(group), 2)}
    told = {pair for group in found.values() for pair in combinations(sorted(group), 2)}
    ways: dict[str, list[bool]] = {way: [] for way in WAYS}
    for m in made:
        if m.way is not None:
            ways[m.way].append(origins[m.report.report_id].origin_id == origins[m.source].origin_id)
    return {
        "reports": len(made),
        "precision": round(len(right & told) / len(told), 4) if told else 1.0,
        "recall": round(len(right & told) / len(right), 4) if right else 1.0,
        "ways": {way: round(sum(hits) / len(hits), 4) if hits else None for way, hits in ways.items()},
        "wrong": sorted(told - right),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of news as JSON lines")
    parser.add_argument("--texts", type=int, default=1000, help="texts to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--errors", type=int, default=0, help="wrong pairs to print")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    rng = random.Random(options.seed)
    texts = read_texts(options.folder, options.texts, rng) if options.folder.is_dir() else []
    if not texts:
        raise SystemExit(f"{options.folder}: no JSON lines with a text of {LEAST_WORDS} words")
    made = list(make(texts, rng))
    result = score(made)
    wrong = result.pop("wrong")
    print(json.dumps(result) if options.json else "\n".join(f"{name}: {value}" for name, value in result.items()))
    texts_of = {m.report.report_id: m.report.text for m in made}
    for one, other in wrong[: options.errors]:
        print(f"--- {one} {other}\n{texts_of[one][:300]}\n~~~\n{texts_of[other][:300]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
