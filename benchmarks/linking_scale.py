"""How long linking takes, and how much memory, on made stores of growing size.

    python benchmarks/linking_scale.py [--sizes 10000,30000,100000] [--grow 1000]

Made are event mentions of one year with a realistic skew: one pair of states has a fifth of everything, the others fall off
by Zipf's law; happenings are told by one to eight reports, every fifth report is a lightly edited copy of another; a tenth
of the mentions has no date, a fifth no recipient. Each size is linked in a process of its own on one core; printed are
seconds of processor time, the peak of memory, stories found, and how well they fit what was made (B-cubed). `--grow` then adds that
many mentions to the largest store and links again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dragoman.linking.run import link_store
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, Attribution, CodedReport, Event, EventDate, Place, Realis, Report, TextSpan
from dragoman.store import Store

STATES = (
    "USA RUS UKR CHN ISR IRN PSE TUR SYR FRA DEU GBR IND PAK JPN KOR PRK SAU YEM EGY SDN ETH SOM KEN NGA MLI NER COD RWA UGA "
    "ZAF MOZ VEN COL PER BOL CHL ARG BRA MEX HTI CUB GEO ARM AZE KAZ UZB KGZ TJK AFG IRQ LBN JOR QAT ARE LBY TUN DZA MAR GRC"
).split()
TYPES = (
    ("ASSAULT", "drone"), ("ASSAULT", "heavy-weapons"), ("ASSAULT", None), ("CONSULT", "visit"), ("CONSULT", "phone"),
    ("CONSULT", None), ("ACCUSE", "allege"), ("ACCUSE", "disapprove"), ("REQUEST", "change"), ("REJECT", None),
    ("SANCTION", "discontinue"), ("COERCE", "arrest"), ("AGREE", None), ("AID", None), ("SUPPORT", None),
    ("THREATEN", "violence"), ("PROTEST", "demo"), ("MOBILIZE", "troops"), ("RETREAT", "withdraw"), ("COOPERATE", None),
)  # fmt: skip
FIRST_DAY = date(2025, 1, 1)
VOCABULARY = 6000
MENTIONS_A_REPORT = 2


def _word(number: int) -> str:
    letters = "bcdfghklmnprstvz"
    sounds = "aeiou"
    made = ""
    for _ in range(4):
        number, a = divmod(number, len(letters))
        number, b = divmod(number, len(sounds))
        made += letters[a] + sounds[b]
    return made


WORDS = [_word(number * 7919) for number in range(VOCABULARY)]


class Making:
    """Made happenings and the reports that tell them, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        pairs = [(a, b) for a in STATES for b in STATES if a != b]
        self.rng.shuffle(pairs)
        self.pairs = pairs[:900]
        self.weights = [0.25 * sum(1 / (n + 2) for n in range(899)), *(1 / (n + 2) for n in range(899))]
        self.ontology = load_ontology()

    def words(self, count: int) -> list[str]:
        return [WORDS[int(VOCABULARY * self.rng.random() ** 3)] for _ in range(count)]

    def happening(self) -> dict[str, Any]:
        pair = self.rng.choices(self.pairs, self.weights)[0]
        kind, mode = self.rng.choice(TYPES)
        town = self.rng.randrange(12)
        return {
            "kind": kind,
            "mode": mode,
            "pair": pair,
            "day": FIRST_DAY + timedelta(days=self.rng.randrange(365)),
            "town": (pair[1], town, 10 + 3.0 * STATES.index(pair[1]) % 60 + town, 5.0 * town),
            "words": self.words(10),
        }

    def event(self, number: int, told: dict[str, Any], text: str, start: int, end: int) -> Event:
        rng, (one, other) = self.rng, told["pair"]
        land, town, lat, lon = told["town"]
        dated = rng.random() > 0.1
        exact = rng.random() < 0.5

        def party(country: str) -> Actor:
            return Actor(
                text=text[start:end],
                name=country,
                country=country,
                sector="GOV",
                entity=f"state:{country}",
                start=start,
                end=end,
            )

        return Event(
            id=f"e{number}",
            type=told["kind"],
            mode=told["mode"] if rng.random() < 0.8 else None,
            quad=self.ontology.quad(told["kind"]),
            score=self.ontology.score(told["kind"], told["mode"]),
            actors=(party(one),),
            recipients=(party(other),) if rng.random() > 0.2 else (),
            date=EventDate(value=told["day"].isoformat(), granularity="day", basis="relative" if exact else "publication")
            if dated
            else None,
            place=Place(
                text=text[start:end], name=f"{land} {town}", country=land, lat=lat, lon=lon,
                geonameid=STATES.index(land) * 100 + town, precision="city", start=start, end=end,
            )
            if rng.random() < 0.5
            else None,
            realis=Realis.ACTUAL,
            certainty=1.0,
            attribution=Attribution(),
            evidence=(TextSpan(text=text[start:end], start=start, end=end),),
            salient=True,
            confidence=0.8,
        )  # fmt: skip

    def reports(self, mentions: int, prefix: str) -> Iterator[tuple[CodedReport, Report, list[int]]]:
        """Reports with their texts and, for each event, the number of the happening it tells."""
        made, open_acts, number = 0, list[tuple[int, dict[str, Any], int]](), 0
        lasts: dict[date, str] = {}
        while made < mentions:
            told: list[tuple[int, dict[str, Any]]] = []
            while len(told) < min(MENTIONS_A_REPORT, mentions - made):
                if not open_acts or self.rng.random() < 0.45:
                    number += 1
                    open_acts.append((number, self.happening(), self.rng.choice((1, 1, 1, 2, 2, 3, 5, 8))))
                at = self.rng.randrange(len(open_acts))
                key, act, left = open_acts[at]
                open_acts[at] = (key, act, left - 1)
                if left <= 1:
                    open_acts[at] = open_acts[-1]
                    open_acts.pop()
                told.append((key, act))
            yield self.report(f"{prefix}{made:07d}", told, lasts)
            made += len(told)

    def report(
        self, key: str, told: list[tuple[int, dict[str, Any]]], lasts: dict[date, str]
    ) -> tuple[CodedReport, Report, list[int]]:
        text, spans = "", []
        for _, act in told:
            mixed = [word if self.rng.random() < 0.6 else self.words(1)[0] for word in act["words"]]
            start = len(text)
            text += " ".join(mixed)
            spans.append((start, len(text)))
            text += ". "
        day = max(act["day"] for _, act in told)
        body = lasts.get(day) if self.rng.random() < 0.2 else None
        lasts[day] = body or " ".join(self.words(60)) + "."
        text += lasts[day]
        events = tuple(self.event(n, act, text, *spans[n]) for n, (_, act) in enumerate(told))
        published = (day + timedelta(days=self.rng.choice((0, 0, 0, 1, 1, 2)))).isoformat()
        publisher = f"Outlet {self.rng.randrange(300)}"
        coded = CodedReport(id=key, published=published, publisher=publisher, events=events)
        return (
            coded,
            Report(id=key, text=text, published=published, publisher=publisher),
            [happening for happening, _ in told],
        )


def fill(store: Store, mentions: int, seed: int, prefix: str) -> dict[tuple[str, str], str]:
    gold: dict[tuple[str, str], str] = {}
    batch: list[tuple[CodedReport, Report]] = []
    for coded, report, happenings in Making(seed).reports(mentions, prefix):
        gold.update({(coded.id, event.id): f"{prefix}{h}" for event, h in zip(coded.events, happenings, strict=True)})
        batch.append((coded, report))
        if len(batch) == 10_000:
            store.load([c for c, _ in batch], [r for _, r in batch])
            batch = []
    store.load([c for c, _ in batch], [r for _, r in batch])
    return gold


def b_cubed(gold: dict[tuple[str, str], str], found: dict[tuple[str, str], str]) -> tuple[float, float]:
    """Precision and recall (Bagga and Baldwin 1998)."""
    shared: dict[tuple[str, str], int] = {}
    sizes: dict[str, int] = {}
    for key, happening in gold.items():
        story = found[key]
        shared[happening, story] = shared.get((happening, story), 0) + 1
        for name in (f"g{happening}", f"f{story}"):
            sizes[name] = sizes.get(name, 0) + 1
    precision = sum(n * n / sizes[f"f{story}"] for (_, story), n in shared.items()) / len(gold)
    recall = sum(n * n / sizes[f"g{happening}"] for (happening, _), n in shared.items()) / len(gold)
    return precision, recall


def _measure(folder: str, gold_file: str, results: Any) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    store = Store.open(folder)
    wall, start = time.perf_counter(), time.process_time()
    result = link_store(store)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with store.connect() as connection:
        told = connection.execute("SELECT report_id, event_id, story_id FROM story_events").fetchall()
    gold = {
        (report, event): happening
        for report, event, happening in json.loads(Path(gold_file).read_text(encoding="utf-8"))
    }
    precision, recall = b_cubed(gold, {(report, event): story for report, event, story in told})
    results.put((seconds, wall, peak, result.stories, result.events, precision, recall))


def measured(store: Store, gold: dict[tuple[str, str], str], scratch: Path) -> tuple[Any, ...]:
    """Link in a new process, so that its memory is its own."""
    gold_file = scratch / "gold.json"
    gold_file.write_text(json.dumps([[*key, value] for key, value in gold.items()]), encoding="utf-8")
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_measure, args=(str(store.folder), str(gold_file), results))
    process.start()
    answer = results.get()
    process.join()
    return tuple(answer)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="10000,30000,100000")
    options.add_argument("--grow", type=int, default=1000)
    given = options.parse_args()
    print("mentions  seconds   wall  MiB    stories  compared anew  B-cubed P / R")
    first: float | None = None
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for size in map(int, given.sizes.split(",")):
            store = Store.open(folder / str(size), create=True)
            gold = fill(store, size, 1, "a")
            seconds, wall, peak, stories, events, precision, recall = measured(store, gold, folder)
            first = first or seconds
            print(f"{size:8,} {seconds:8.1f} {wall:6.1f} {peak:5.0f} {stories:9,} {events:14,}  {precision:.3f} / {recall:.3f}"
                  f"   {seconds / first:.1f} times the first", flush=True)  # fmt: skip
        gold |= fill(store, given.grow, 2, "b")
        seconds, wall, peak, stories, events, precision, recall = measured(store, gold, folder)
        print(
            f"+{given.grow:7,} {seconds:8.1f} {wall:6.1f} {peak:5.0f} {stories:9,} {events:14,}  {precision:.3f} / {recall:.3f}"
        )


if __name__ == "__main__":
    main()
