"""The date of each event: stated, relative to publication, worked out from another event of the report, or current."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from spacy.tokens import Doc

from dragoman.coding.extensions import text_of
from dragoman.coding.mentions import Timex
from dragoman.coding.merging import Group, Told
from dragoman.isodates import date_range
from dragoman.lexicon.word_lists import word_list
from dragoman.records import EventDate, Report

LEAD_SENTENCES = 2
NEWS_DAYS = 7
OUTSIDE = 100_000
"""Puts events beside an expression behind those in whose clause it stands."""
CARRIED_SENTENCES = 2
PRECISION = {"time": 0, "day": 1, "week": 2, "range": 3, "month": 4, "quarter": 5, "year": 6, "decade": 7}


def event_dates(doc: Doc, groups: Sequence[Group]) -> list[EventDate | None]:
    """One date for each group, in order; None where the report supports none."""
    dates = [_stated(doc, group) for group in groups]
    for _ in range(len(groups)):
        if not _spread(doc, groups, dates):
            break
    lead = _lead_end(doc)
    return [
        date or _narrated(doc, group) or _current(doc, group, groups, lead)
        for date, group in zip(dates, groups, strict=True)
    ]


def _stated(doc: Doc, group: Group) -> EventDate | None:
    """The most precise date that a mention of the group states; the first of equals."""
    published = doc._.report.published
    stated = [t.timex for t in group.told if t.timex is not None and t.timex.iso and not _ahead(t, published)]
    if not stated or _is_news(doc, group, stated):
        return None
    best = min(stated, key=lambda timex: (PRECISION.get(timex.granularity or "", 9), timex.start))
    return _date(doc, best, best.iso, best.granularity, best.basis)


def _ahead(told: Told, published: str | None) -> bool:
    """Whether a time lies after publication although the event has happened: it dates something else."""
    start, _ = date_range(told.timex.iso if told.timex else None) or (None, None)
    happened = told.judgement.realis == "ACTUAL"
    return happened and start is not None and published is not None and start.isoformat() > published[:10]


def _is_news(doc: Doc, group: Group, stated: Sequence[Timex]) -> bool:
    """Whether the lead tells of the event as news, without a date, and only later words give a vague one."""
    first = group.told[0]
    if first.timex is not None or first.mention.start >= _lead_end(doc) or doc._.report.published is None:
        return False
    return all(timex.granularity not in ("day", "time", "week") for timex in stated)


def _date(doc: Doc, timex: Timex, value: str | None, granularity: str | None, basis: str | None) -> EventDate:
    return EventDate(
        value=value,
        text=text_of(doc)[timex.start : timex.end],
        granularity=granularity,
        basis=basis,
        start=timex.start,
        end=timex.end,
    )


def _spread(doc: Doc, groups: Sequence[Group], dates: list[EventDate | None]) -> bool:
    """Work out one more date from an event-relative expression, in either direction; False when none is left."""
    for timex in doc._.timexes:
        if timex.anchor is None or timex.shift_days is None:
            continue
        own = _owner(doc, groups, timex)
        other = None if own is None else _anchored(doc, groups, timex, own)
        if own is None or other is None:
            continue
        here, there = dates[own], dates[other]
        if here is None and there is not None and (day := _shift(there, timex.shift_days)):
            dates[own] = _date(doc, timex, day, "day", "event-relative")
            return True
        if there is None and here is not None and (day := _shift(here, -timex.shift_days)):
            dates[other] = _date(doc, timex, day, "day", "event-relative")
            return True
    return False


def _owner(doc: Doc, groups: Sequence[Group], timex: Timex) -> int | None:
    """The group that the expression dates: it was attached to it, or stands in the narrowest clause around it.

    What the expression is counted from ("two days after the call") is not what it dates.
    """
    around: list[tuple[int, int]] = []
    first, last = timex.anchor or (0, 0)
    for index, group in enumerate(groups):
        for told in group.told:
            if first <= doc[told.mention.trigger].idx < last:
                continue
            if told.timex == timex:
                return index
            if told.mention.start <= timex.start < told.mention.end:
                around.append((told.mention.end - told.mention.start, index))
            elif (
                doc[told.mention.trigger].sent.start_char
                <= doc[told.mention.trigger].idx
                < timex.start
                < (doc[told.mention.trigger].sent.end_char)
            ):  # "The visit came two days after ...": the clause is the verb's, the event its subject
                around.append((OUTSIDE + timex.start - doc[told.mention.trigger].idx, index))
    return min(around)[1] if around else None


def _shift(date: EventDate, days: int) -> str | None:
    if date.granularity not in ("day", "time") or not date.value:
        return None
    try:
        return (dt.date.fromisoformat(date.value[:10]) + dt.timedelta(days)).isoformat()
    except (ValueError, OverflowError):
        return None


def _anchored(doc: Doc, groups: Sequence[Group], timex: Timex, own: int) -> int | None:
    """The group that the words of the anchor point to: it holds them, or shares its noun and place or parties."""
    assert timex.anchor is not None
    start, end = timex.anchor
    for index, group in enumerate(groups):
        if index != own and any(start <= doc[told.mention.trigger].idx < end for told in group.told):
            return index
    span = doc.char_span(start, end, alignment_mode="expand")
    if span is None:
        return None
    words = {token.lemma_.lower() for token in span if token.is_alpha and not token.is_stop}
    best, best_score = None, 0
    for index, group in enumerate(groups):
        if index != own and (score := len(words & _vocabulary(doc, group))) > best_score:
            best, best_score = index, score
    return best


def _vocabulary(doc: Doc, group: Group) -> set[str]:
    """Lemmas by which a report may point back to an event: its triggers, its places and its parties."""
    found: set[str] = set()
    for told in group.told:
        found.add(doc[told.mention.trigger].lemma_.lower())
        if told.place is not None:
            found.update(told.place.name.lower().split())
        span = doc.char_span(told.mention.start, told.mention.end, alignment_mode="expand")
        found.update(token.lemma_.lower() for token in span or () if token.pos_ == "PROPN")
    if group.type == "CONSULT":
        found.update(("meeting", "talk", "visit", "dialogue", "discussion"))
    return found


def is_past(timex: Timex, published: str | None) -> bool:
    """Whether a time lies more than `NEWS_DAYS` before publication; False where either is not known."""
    if not timex.iso or published is None or len(published) != 10:
        return False
    _, end = date_range(timex.iso) or (None, None)
    return end is not None and end < dt.date.fromisoformat(published) - dt.timedelta(NEWS_DAYS)


def _lead_end(doc: Doc) -> int:
    """Character offset where the lead of the report ends."""
    end = 0
    for number, sentence in enumerate(doc.sents):
        if number == LEAD_SENTENCES:
            break
        end = sentence.end_char
    return end


def _current(doc: Doc, group: Group, groups: Sequence[Group], lead: int) -> EventDate | None:
    """The publication date, marked as such, for an event of the lead that the report presents as current.

    The first meeting that a report tells of counts as its lead: readouts often name it after what was said.
    """
    report: Report = doc._.report
    if report.published is None or len(report.published) != 10:
        return None
    first = group.told[0]
    meeting = group.type == "CONSULT" and group is next((g for g in groups if g.type == "CONSULT"), None)
    if (first.mention.start >= lead and not meeting) or first.judgement.realis not in ("ACTUAL", "POSSIBLE"):
        return None
    if first.timex is not None or _is_past_perfect(doc, first.mention.trigger):
        return None
    return EventDate(value=report.published, granularity="day", basis="publication")


def _narrated(doc: Doc, group: Group) -> EventDate | None:
    """The day on which the report's narrative stands: "On Monday police fired ... . The crowd answered with stones."

    It is carried to a clause in the simple past of the same sentence, or of the next ones up to `CARRIED_SENTENCES`
    within the paragraph, that has no date of its own.
    """
    first = group.told[0]
    token = doc[first.mention.trigger]
    if first.judgement.realis != "ACTUAL" or any(told.timex is not None for told in group.told):
        return None
    sentence = token.sent
    if not _is_simple_past(doc, token.i):
        return None
    floor = _paragraph_start(doc, sentence.start_char)
    start = sentence
    for _ in range(CARRIED_SENTENCES):
        if start.start == 0 or start.start_char <= floor:
            break
        start = doc[start.start - 1].sent
    floor = max(floor, start.start_char)
    days = [t for t in doc._.timexes if floor <= t.start < token.idx and t.granularity == "day" and t.iso]
    if not days or len({t.iso for t in days}) > 1:
        return None
    return _date(doc, days[-1], days[-1].iso, "day", "narrative")


def _paragraph_start(doc: Doc, offset: int) -> int:
    return text_of(doc).rfind("\n", 0, offset) + 1


def _is_simple_past(doc: Doc, trigger: int) -> bool:
    """Whether the clause of the trigger tells in the simple past: "fired", "was arrested", "held talks"."""
    token = doc[trigger]
    for _ in range(3):
        if token.pos_ in ("VERB", "AUX"):
            words = {child.lower_ for child in token.children if child.dep_ in ("aux", "auxpass")}
            if token.tag_ == "VBD" or words & {"was", "were", "did"}:
                return not words & {"had", "'d", "has", "have"}
            if token.tag_ not in ("VBG", "VBN", "VB") or words:
                return False
        if token.head.i == token.i:
            return False
        token = token.head
    return False


def _is_past_perfect(doc: Doc, trigger: int) -> bool:
    """Whether the event lies before the report's present: "had signed", a nominal with "last" or "previous"."""
    token = doc[trigger]
    if token.pos_ == "VERB":
        return any(child.dep_ == "aux" and child.lower_ in ("had", "'d") for child in token.children)
    return any(child.lower_ in word_list("past_adjectives") for child in token.children)
