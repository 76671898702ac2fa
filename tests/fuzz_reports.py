"""Reports that have been through the mangle, and what must hold of their records whatever is in the text.

``benchmarks/fuzz.py`` runs over many of them, ``tests/test_fuzz.py`` over a few.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from dragoman.isodates import date_range
from dragoman.lexicon.countries import countries
from dragoman.ontology.ontology import load_ontology
from dragoman.records import CodedReport, Realis, Report, Stance
from dragoman.store.rows import fits_text

ROOT = Path(__file__).parents[1]
PLOVER_CODES = frozenset(("IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"))
ODD = ("\u202e", "\u200b", "\ufeff", "\x00", "\U0001f6a9", "é́", "\r", "\t", "\u2028", "ﬁ", "٣", "'\"<>&", "\ud7ff")
DATES = ("31 February", "Tuesday 12 March 2024", "0 May 1", "13/13/2013", "the 99th of June", "yesterday tomorrow", "")


def seed_texts() -> list[str]:
    """Sentences of our own: the corpus and the examples."""
    from dragoman.training.corpus_format import read_corpus

    corpus = [item.text for item in read_corpus(sorted((ROOT / "training" / "corpus").glob("a-0*.txt")))]
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.txt"))]
    return corpus + examples


def _mutate(text: str, other: str, draw: random.Random) -> str:
    """One change: words or characters dropped, doubled, swapped, made odd; another text spliced in."""
    kind, at = draw.randrange(9), draw.randrange(len(text) + 1)
    words = text.split(" ")
    place = draw.randrange(len(words))
    if kind == 0:
        return text[:at] + text[at + draw.randrange(1, 12) :]
    if kind == 1:
        return text[:at] + draw.choice(ODD) * draw.randrange(1, 4) + text[at:]
    if kind == 2:
        return text[:at] + other[draw.randrange(len(other) + 1) :]
    if kind == 3:
        return " ".join((*words[:place], draw.choice(DATES), *words[place:]))
    if kind == 4:
        draw.shuffle(words)
        return " ".join(words)
    if kind == 5:
        return text.upper() if draw.random() < 0.5 else text.lower()
    if kind == 6:
        return " ".join((*words[:place], *words[place : place + 3] * draw.randrange(1, 5), *words[place:]))
    if kind == 7:
        return text.replace(" ", draw.choice(("", "  ", "\n", "\u00a0")), draw.randrange(1, 9))
    return "".join(draw.sample(text, min(len(text), 120)))


def mutated_reports(number: int, seed: int) -> Iterator[Report]:
    """So many reports, each of one to four changes to a text; the same for the same seed."""
    texts, draw = seed_texts(), random.Random(seed)
    for n in range(number):
        text = draw.choice(texts)[:600]
        for _ in range(draw.randrange(1, 5)):
            text = _mutate(text or " ", draw.choice(texts)[:600], draw)
        day = draw.choice((None, "2024-02-29", "2025", "2025-11"))
        yield Report(id=f"m{n:06d}", text=text or " ", published=day)


def faults(report: Report, coded: CodedReport) -> list[str]:
    """What does not hold of a record that must hold of every record."""
    ontology = load_ontology()
    codes = PLOVER_CODES | {country.plover for country in countries()}
    found = [f"error: {error}" for error in coded.errors]
    if not fits_text(coded, report.text):
        found.append("words that do not stand at their offsets")
    for event in coded.events:
        parties = (*event.actors, *event.recipients)
        checks = {
            f"type {event.type}": event.type in ontology.types,
            f"mode {event.mode}": event.mode is None or (event.type, event.mode) in ontology.modes,
            f"realis {event.realis}": event.realis in set(Realis),
            f"certainty {event.certainty}": 0.0 <= event.certainty <= 1.0,
            f"confidence {event.confidence}": 0.0 <= event.confidence <= 1.0,
            f"date {event.date}": event.date is None or date_range(event.date.value) is not None,
            f"countries {[p.country for p in parties]}": all(p.country in codes or p.country is None for p in parties),
            f"stances {[c.stance for c in event.claims]}": all(c.stance in set(Stance) for c in event.claims),
            "no evidence": bool(event.evidence),
        }
        found += [message for message, holds in checks.items() if not holds]
    if len({event.id for event in coded.events}) != len(coded.events):
        found.append("two events of one id")
    return found
