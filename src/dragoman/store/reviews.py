"""What reviewers have said of events, replayed from the journal: verdicts, corrections, agreement, precision.

A correction stands beside the machine's record and never changes it. Of one reviewer the last word counts: accepting an
event again takes earlier corrections back.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path

import msgspec

from dragoman.errors import SettingsError
from dragoman.lexicon.countries import by_code
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Realis
from dragoman.store.journal import Review, entries

PLOVER_CODES = frozenset(("IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC", "KOS"))
FIELDS = ("type", "mode", "contexts", "realis", "date", "place", "actors", "recipients", "holder", "evidence")
"""Fields that can be corrected.

Place is a country, actors and recipients are countries and contexts their names, with commas between; holder is a name, or
AUTHOR for the report itself; evidence is the words that tell of the event, with `BETWEEN` between pieces.
"""
BETWEEN = " | "
LONGEST = 2000
"""Characters of a value at most."""
Span = tuple[int, int]
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?(/\d{4}(-\d{2}(-\d{2})?)?)?")
Key = tuple[str, str]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The last word of one reviewer on one event: `corrections` gives field to new value where `verdict` is corrected.

    `spans`: where in the report the words stand that show the new value of a field.
    """

    report_id: str
    event_id: str
    author: str | None
    verdict: str
    made_at: str
    sampled: bool = False
    corrections: dict[str, str] = {}
    old: dict[str, str] = {}
    spans: dict[str, Span] = {}


class Precision(msgspec.Struct, frozen=True):
    """Of a random sample: how many were reviewed, are events, are right in every field; with 95 % Wilson intervals."""

    reviewed: int
    events: int
    right: int
    events_interval: tuple[float, float]
    right_interval: tuple[float, float]


def verdicts(reviews: Iterable[Review]) -> list[Verdict]:
    """The last word of each reviewer on each event, in the order in which they were first reviewed."""
    found: dict[tuple[str, str, str | None], Verdict] = {}
    for review in reviews:
        if review.event_id is None or review.verdict == "added":
            continue
        key = (review.report_id, review.event_id, review.author)
        before = found.get(key)
        corrections, old, spans = _corrections(review, before)
        found[key] = Verdict(
            report_id=review.report_id,
            event_id=review.event_id,
            author=review.author,
            verdict=review.verdict,
            made_at=review.made_at,
            sampled=review.sampled or (before.sampled if before else False),
            corrections=corrections,
            old=old,
            spans=spans,
        )
    return list(found.values())


def _corrections(review: Review, before: Verdict | None) -> tuple[dict[str, str], dict[str, str], dict[str, Span]]:
    """What is corrected after one more review, beside what the same reviewer corrected before."""
    if review.verdict != "corrected" or not review.field:
        return {}, {}, {}
    kept = before is not None and before.verdict == "corrected"
    corrections, old, spans = (
        (dict(before.corrections), dict(before.old), dict(before.spans)) if before and kept else ({}, {}, {})
    )
    corrections[review.field] = review.new or ""
    old.setdefault(review.field, review.old or "")
    spans.pop(review.field, None)
    if review.span_start is not None and review.span_end is not None:
        spans[review.field] = (review.span_start, review.span_end)
    return corrections, old, spans


def by_event(folder: Path) -> dict[Key, list[Verdict]]:
    """Verdicts of a store by report and event."""
    found: dict[Key, list[Verdict]] = {}
    for verdict in verdicts(entries(folder, "reviews")):
        found.setdefault((verdict.report_id, verdict.event_id), []).append(verdict)
    return found


def precision(given: Iterable[Verdict]) -> Precision | None:
    """Precision over the events drawn at random; None where none was. Of several reviewers' words the last counts."""
    last: dict[Key, Verdict] = {}
    for verdict in sorted(given, key=lambda v: v.made_at):
        if verdict.sampled:
            last[(verdict.report_id, verdict.event_id)] = verdict
    if not last:
        return None
    counts = Counter(verdict.verdict for verdict in last.values())
    events, right, total = counts["accepted"] + counts["corrected"], counts["accepted"], len(last)
    return Precision(total, events, right, wilson(events, total), wilson(right, total))


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), rounded to three places."""
    from scipy.stats import binomtest

    interval = binomtest(right, total).proportion_ci(method="wilson")
    return round(float(interval.low), 3), round(float(interval.high), 3)


def agreement(given: Iterable[Verdict], first: str, second: str) -> dict[str, float | int | None]:
    """How far two reviewers agree on the events that both reviewed.

    ``verdicts`` and ``kappa`` (Cohen 1960) are over accepted, corrected and rejected; ``fields`` is the share of corrected
    fields that both give the same value. None where there is nothing to compare.
    """
    words: dict[str, dict[Key, Verdict]] = {first: {}, second: {}}
    for verdict in given:
        if verdict.author in words:
            words[verdict.author][(verdict.report_id, verdict.event_id)] = verdict
    shared = sorted(words[first].keys() & words[second].keys())
    pairs = [(words[first][key], words[second][key]) for key in shared]
    fields = [
        a.corrections.get(name) == b.corrections.get(name)
        for a, b in pairs
        for name in sorted(a.corrections.keys() | b.corrections.keys())
    ]
    same = sum(a.verdict == b.verdict for a, b in pairs)
    return {
        "events": len(pairs),
        "verdicts": round(same / len(pairs), 4) if pairs else None,
        "kappa": _kappa([(a.verdict, b.verdict) for a, b in pairs]),
        "fields": round(sum(fields) / len(fields), 4) if fields else None,
    }


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far two reviewers agree, as `agreement` reckons it."""

    first: str
    second: str
    events: int
    verdicts: float | None
    kappa: float | None
    fields: float | None


def agreements(given: Iterable[Verdict]) -> list[Agreement]:
    """Every two reviewers who have reviewed the same events; who gave no name is left out."""
    known = list(given)
    names = sorted({verdict.author for verdict in known if verdict.author})
    found = []
    for first, second in combinations(names, 2):
        values = agreement(known, first, second)
        if values["events"]:
            found.append(msgspec.convert({"first": first, "second": second, **values}, Agreement))
    return found


def _kappa(pairs: list[tuple[str, str]]) -> float | None:
    if not pairs:
        return None
    observed = sum(a == b for a, b in pairs) / len(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    expected = sum(left[name] * right[name] for name in left) / len(pairs) ** 2
    return None if expected == 1 else round((observed - expected) / (1 - expected), 4)


def checked(field: str, value: str) -> str:
    """A corrected value as it is kept; empty for "none". Raises `SettingsError` saying what is allowed."""
    value = value.strip()
    if field not in FIELDS:
        raise SettingsError(f"field is {field!r}; allowed: {', '.join(FIELDS)}")
    if len(value) > LONGEST:
        raise SettingsError(f"{field} has {len(value)} characters; allowed: {LONGEST}")
    if field in ("place", "actors", "recipients"):
        return ", ".join(_codes(value))
    if field == "contexts":
        return ", ".join(_contexts(value))
    _check(field, value)
    return value


def _check(field: str, value: str) -> None:
    ontology = load_ontology()
    if field == "type" and value not in ontology.types:
        raise SettingsError(f"type is {value!r}; allowed: {', '.join(ontology.types)}")
    if field == "realis" and value not in set(Realis):
        raise SettingsError(f"realis is {value!r}; allowed: {', '.join(Realis)}")
    if field == "mode" and value and value not in {mode for _, mode in ontology.modes}:
        raise SettingsError(f"mode is {value!r}, which no type has")
    if field == "date" and value and not _DATE.fullmatch(value):
        raise SettingsError(f"date is {value!r}; allowed: YYYY-MM-DD, YYYY-MM, YYYY, or two with a stroke between")
    if field in ("holder", "evidence") and not value:
        raise SettingsError(
            f"{field} is empty; {'AUTHOR is the report itself' if field == 'holder' else 'reject the event'}"
        )


def _contexts(value: str) -> list[str]:
    names = sorted({name.strip().lower() for name in value.split(",") if name.strip()})
    for name in names:
        if name not in load_ontology().contexts:
            raise SettingsError(f"{name!r} is no context; allowed: {', '.join(load_ontology().contexts)}")
    return names


def _codes(value: str) -> list[str]:
    codes = sorted({code.strip().upper() for code in value.split(",") if code.strip()})
    for code in codes:
        if code not in PLOVER_CODES and by_code(code) is None:
            raise SettingsError(f"{code!r} is no ISO 3166-1 alpha-3 code of a country and no PLOVER code")
    return codes


def span_of(text: str, words: str, start: int | None, end: int | None) -> tuple[int, int] | None:
    """Where picked words stand: the offsets given, or the first place of the words; None for neither.

    Raises `SettingsError` for offsets beyond the text and for words that it does not have.
    """
    if start is not None and end is not None and start < end:
        if end > len(text) or start < 0:
            raise SettingsError(f"the words picked ({start} to {end}) lie outside the report of {len(text)} characters")
        return start, end
    if not words.strip():
        return None
    at = text.find(words.strip())
    if at < 0:
        raise SettingsError(f"the report does not have the words {words.strip()[:80]!r}")
    return at, at + len(words.strip())


def notes(given: Mapping[Key, list[Verdict]], keys: Iterable[Key]) -> dict[str, list[dict[str, object]]]:
    """For pages: verdicts by event id, for the events shown."""
    return {key[1]: [msgspec.to_builtins(v) for v in given[key]] for key in keys if key in given}
