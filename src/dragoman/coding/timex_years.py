"""Years that a report implies: "after a 13-year hiatus", "for the first time since 2012", "entered its tenth year"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dragoman.coding.mentions import Mention
from dragoman.coding.timex_reading import Reading, modifier, number, quantity
from dragoman.coding.timex_scan import Found, Plain, scan

_YEARS_IN = {"Y": 1, "DE": 10}
_WHAT = {
    "hiatus": "last occurrence",
    "since": "last occurrence",
    "first_in": "last occurrence",
    "nth_year": "beginning",
    "anniversary": "anniversary",
}


class ImpliedYear(Mention, frozen=True, kw_only=True):
    """A year that follows from words of the report.

    `what` is the year of what: last occurrence, beginning, anniversary (of the event that is remembered). `arithmetic`
    shows how it was worked out, for people ("2025 - 13 = 2012"); `approximate` where the words are ("nearly 20 years").
    """

    year: int
    what: str
    arithmetic: str
    approximate: bool = False


def find_years(reading: Reading, tokens: Sequence[Plain]) -> tuple[ImpliedYear, ...]:
    """The implied years of a text in its order; two near each other that disagree add a line to `reading.warnings`."""
    found = [(f, _implied(f, reading)) for f in scan(tokens, "year")]
    years = tuple(implied for _, implied in found if implied is not None)
    reading.warnings.extend(_disagreements(reading.text, years))
    return years


def _implied(found: Found, reading: Reading) -> ImpliedYear | None:
    kind = found.rule.build
    if kind in ("since", "first_in") and found.of("ORD")[0].value != "1":
        return None
    worked_out = _stated(found) if kind == "since" else _counted(found, reading, kind)
    if worked_out is None:
        return None
    year, arithmetic = worked_out
    if not 1 <= year <= 9999:
        return None
    approximate = modifier(found) is not None
    return ImpliedYear(
        start=found.start, end=found.end, year=year, what=_WHAT[kind], arithmetic=arithmetic, approximate=approximate
    )


def _stated(found: Found) -> tuple[int, str]:
    year = int(found.of("YEAR")[-1].value)
    return year, f"stated: {year}"


def _counted(found: Found, reading: Reading, kind: str) -> tuple[int, str] | None:
    """The year of publication less the years counted, with the sum written out."""
    if reading.published is None:
        return None
    now = _speaks_of(found, reading.published.start.year) if kind == "anniversary" else reading.published.start.year
    if kind in ("hiatus", "first_in"):
        count, unit = quantity(found._replace(first=_count_from(found)))
        if count is None or unit not in _YEARS_IN or count * _YEARS_IN[unit] >= now:
            return None
        years = round(count * _YEARS_IN[unit])
        return now - years, f"{now} - {years} = {now - years}"
    ordinal = _ordinal(found)
    if kind == "nth_year":
        return now - (ordinal - 1), f"{now} - ({ordinal} - 1) = {now - ordinal + 1}"
    if found.has("NEXT"):
        return now + 1 - ordinal, f"{now} + 1 - {ordinal} = {now + 1 - ordinal}"
    return now - ordinal, f"{now} - {ordinal} = {now - ordinal}"


def _speaks_of(found: Found, now: int) -> int:
    """The year that the rest of the sentence states, or "last year", else that of publication."""
    for distance in range(1, 24):
        token = found.after(distance)
        if token.kind in ("DOT", "NL"):
            break
        if token.kind == "YEAR":
            return int(token.value)
        if token.kind == "LAST" and found.after(distance + 1).kind == "YR":
            return now - 1
    return now


def _count_from(found: Found) -> int:
    """Where the count begins: behind the last "in" of "the first visit in 20 years"."""
    marks = [at for at in range(found.first, found.last) if found.tokens[at][0] == "IN"]
    return marks[-1] if marks else found.first


def _ordinal(found: Found) -> int:
    word = found.of("ORD", "DTH", "ITH")[-1]
    return int(word.value) + int(number(found) or 0)


def _disagreements(text: str, years: Sequence[ImpliedYear]) -> list[str]:
    """Two years of the same thing within one or two sentences that differ, unless one is only approximate."""
    out = []
    for one, other in pairwise(years):
        near = text.count(". ", one.end, other.start) <= 1 and "\n" not in text[one.end : other.start]
        firm = not (one.approximate or other.approximate)
        if near and firm and one.what == other.what == "last occurrence" and one.year != other.year:
            out.append(
                f'implied years disagree: "{text[one.start : one.end]}" gives {one.year} ({one.arithmetic}), '
                f'"{text[other.start : other.end]}" gives {other.year} ({other.arithmetic})'
            )
    return out
