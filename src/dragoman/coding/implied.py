"""Which event an implied year belongs to: "appointed an ambassador after a 13-year hiatus"."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from dragoman.coding.extensions import text_of
from dragoman.coding.merging import Group
from dragoman.coding.timex_years import ImpliedYear
from dragoman.records import ImpliedDate


def implied_dates(doc: Doc, groups: Sequence[Group]) -> dict[int, tuple[ImpliedDate, ...]]:
    """The implied years of a report by the number of the group whose event they are about.

    A year goes to the mention of its own sentence whose clause holds its words, the shortest clause of several; else to
    the nearest mention of the sentence (the year of a last occurrence only). A year in a sentence without an event is
    about none.
    """
    found: dict[int, list[ImpliedDate]] = {}
    for year in doc._.implied_years:
        number = _group_of(doc, groups, year)
        if number is not None:
            found.setdefault(number, []).append(_record(doc, year))
    return {number: tuple(dates) for number, dates in found.items()}


def _group_of(doc: Doc, groups: Sequence[Group], year: ImpliedYear) -> int | None:
    best: tuple[bool, int, int] | None = None
    chosen = None
    for number, group in enumerate(groups):
        for told in group.told:
            sentence, mention = doc[told.mention.trigger].sent, told.mention
            if not sentence.start_char <= year.start < sentence.end_char:
                continue
            # "in the tenth year of the war" dates what it stands beside only within the clause itself
            inside = mention.start <= year.start and year.end <= mention.end
            if not inside and year.what != "last occurrence":
                continue
            length = mention.end - mention.start if inside else 0
            rank = (not inside, length, abs(doc[mention.trigger].idx - year.start))
            if best is None or rank < best:
                best, chosen = rank, number
    return chosen


def _record(doc: Doc, year: ImpliedYear) -> ImpliedDate:
    return ImpliedDate(
        value=f"{year.year:04d}",
        what=year.what,
        text=text_of(doc)[year.start : year.end],
        arithmetic=year.arithmetic,
        approximate=year.approximate,
        start=year.start,
        end=year.end,
    )
