"""Builders for units of time: "last month", "two weeks ago", "the past year", durations, sets and vague references."""

from __future__ import annotations

import datetime as dt

from spacy.tokens import Doc, Token

from dragoman.coding.mentions import Offsets
from dragoman.coding.timex_calendar import DAYS, MONTHS, Period, add_months, between, period_of
from dragoman.coding.timex_dates import LAST_WORDS, NEXT_WORDS, WEEKDAY_WORDS
from dragoman.coding.timex_lexicon import grammar
from dragoman.coding.timex_reading import UNITS, Draft, Reading, duration, modifier, number, quantity
from dragoman.coding.timex_scan import Found
from dragoman.coding.timex_tense import FUTURE, PAST, UNKNOWN, root_token

BACKWARD, FORWARD = (*LAST_WORDS, "PREV"), (*NEXT_WORDS, "FOLL")
SHIFT = {"D": 1, "W": 7, "2W": 14, "M": 30, "Y": 365, "H": 0, "MIN": 0, "S": 0}
FINE = ("H", "MIN", "S")
_STOPS_ANCHOR = frozenset({"relcl", "appos", "acl", "punct", "parataxis"})


def unit(found: Found, reading: Reading) -> Draft | None:
    """This week, last month, next year, the same day, the previous year."""
    word = found.of(*UNITS)[-1]
    code = word.value
    if code == "D" and (found.has("LAST", "PAST", "CURRENT") or (found.has("COMING") and not found.has("THE"))):
        return None
    period = _unit_period(found, reading, code)
    if period is None:
        vague = "FUTURE_REF" if found.has(*NEXT_WORDS) else "PAST_REF" if found.has(*LAST_WORDS) else None
        return Draft(type="DATE", value=vague or ("XXXX-XX-XX" if code == "D" else None))
    draft = Draft(type="DATE", value=period.timex(), period=period)
    if code == "WE" and found.has("THIS"):
        draft.period = _weekend(found, reading, period)
    return draft


def _unit_period(found: Found, reading: Reading, code: str) -> Period | None:
    if found.has("SAME", "THAT"):
        return reading.last(code)
    base = reading.base(code)
    anchored = found.has("PREV", "FOLL") or (found.has("THE") and found.has("NEXT"))
    if anchored:
        around = reading.last(code)
        if around is None and (found.has("PREV") or (found.has("NEXT") and _is_ahead(found, reading, code))):
            around = base
        return around.shift(found.has("NEXT", "FOLL") - found.has("PREV")) if around else None
    if base is None:
        return None
    return base.shift(found.has("NEXT", "COMING") - found.has(*LAST_WORDS))


def _is_ahead(found: Found, reading: Reading, code: str) -> bool:
    """Whether "the next day" can count from publication: in a story of the past it is the day after another event."""
    return code != "D" or reading.side(found) == FUTURE


def _weekend(found: Found, reading: Reading, literal: Period) -> Period:
    """This weekend: the one before where a past tense speaks of it before it has come."""
    today = reading.today
    if today and literal.start > today:
        side = reading.side(found)
        if side == PAST or (side == UNKNOWN and not found.has("THIS")):
            return literal.shift(-1)
    return literal


def weekend(found: Found, reading: Reading) -> Draft | None:
    """The weekend."""
    base = reading.base("WE")
    if base is None:
        return Draft(type="DATE", value="XXXX-WXX-WE")
    period = _weekend(found, reading, base)
    return Draft(type="DATE", value=period.timex(), period=period)


def part_of_unit(found: Found, reading: Reading) -> Draft | None:
    """Earlier this month, later in the week, the end of the year, late last year."""
    code = found.of(*UNITS)[-1].value
    base = reading.base(code)
    if found.has("THE") and found.of("THE")[-1].start > found.start:
        base = (reading.last(code) if code == "D" else None) or base
    if base is None:
        return Draft(type="DATE", value="PAST_REF" if found.has("EARLIER") else "FUTURE_REF")
    period = base.shift(found.has("NEXT") - found.has("LAST"))
    draft = Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period)
    today = reading.today
    if today and code in ("W", "WE") and period.start <= today <= period.end and not found.has("PART"):
        draft.period = between(period.start, today) if found.has("EARLIER", "EARLY") else between(today, period.end)
        draft.granularity = "week"
    return draft


def stretch(found: Found, reading: Reading) -> Draft | None:
    """The past three years, the next six months, the past week: a duration that ends or begins at publication."""
    count, code = quantity(found)
    draft = Draft(type="DURATION", value=duration(count, code), mod=modifier(found))
    today = reading.today
    if today is None or count is None or found.after().kind == "OF":
        return draft
    sign = -1 if found.has(*BACKWARD) else 1
    if found.has("COMING") and not number(found) and code == "W":
        other = today + dt.timedelta(days=6)
    else:
        moved = _moved(today, sign * count, code)
        if moved is None:
            return draft
        other = moved
    draft.period = between(today, other)
    return draft


def _moved(day: dt.date, count: float, code: str) -> dt.date | None:
    """The day some units away; None where the unit or the count is too coarse or leaves the calendar."""
    try:
        if code in DAYS:
            return day + dt.timedelta(days=round(count * DAYS[code]))
        if code == "H":
            return day + dt.timedelta(days=round(count / 24))
        return add_months(day, round(count * MONTHS[code])) if code in MONTHS else None
    except (ValueError, OverflowError):
        return None


def recent(found: Found, reading: Reading) -> Draft | None:
    """Recent years, the coming days, these days."""
    if found.has("THESE"):
        return Draft(type="DATE", value="PRESENT_REF") if found.of("UNITS") else None
    return Draft(type="DATE", value="FUTURE_REF" if found.has(*NEXT_WORDS) else "PAST_REF")


def ago(found: Found, reading: Reading) -> Draft | None:
    """Two weeks ago, years ago: the day, month or year that lies so far back."""
    if not found.has(*UNITS):
        return Draft(type="DATE", value="PAST_REF")
    count, code = quantity(found)
    if count is None:
        return Draft(type="DATE", value="PAST_REF", mod=modifier(found))
    period = _back(reading, count, code)
    if period is None:
        return Draft(type="DATE", value="PAST_REF", mod=modifier(found))
    week = code in ("W", "2W")
    value = period.within("W").timex() if week else period.timex()
    draft = Draft(type="DATE", value=value, mod=modifier(found), period=period)
    draft.silent = (draft.mod is not None and code not in ("M", "Y")) or _days(count, code) is None
    return draft


def _days(count: float, code: str) -> int | None:
    """The whole days in a length of time; None for hours that may or may not pass midnight."""
    if code == "H":
        return 0 if count < 12 else int(count // 24) if count % 24 == 0 else None
    return int(count * SHIFT.get(code, 0))


def _back(reading: Reading, count: float, code: str) -> Period | None:
    """The day (for days, weeks, hours), month, year or decade that many units before publication."""
    fine = "D" if code in ("D", "W", "2W", *FINE) else code
    base = reading.base(fine)
    if base is None:
        return None
    try:
        if count != int(count) and code in ("Y", "DE"):
            return base.shift(-int(count), code)
        if fine == "D":
            moved = _moved(base.start, -count, code) if code not in ("MIN", "S") else base.start
            return period_of(moved, "D") if moved else None
        return base.shift(-round(count))
    except ValueError:
        return None


def shift(found: Found, reading: Reading) -> Draft | None:
    """Three days earlier, a year later, the day before: counted from the date read last."""
    back = found.has("EARLIER", "BEFORE")
    count, code = quantity(found)
    if count is None:
        return Draft(type="DATE", value="PAST_REF" if back else "FUTURE_REF", mod=modifier(found))
    fine = "D" if code in ("D", "W", "2W", *FINE) else code
    around = reading.last(fine)
    if around is None and found.has("EARLIER"):
        around = reading.base(fine)
    period = _shifted(around, count * (-1 if back else 1), code) if around else None
    if period is None:
        if found.has("THE"):
            return Draft(type="DATE", value="XXXX-XX-XX" if code == "D" else None)
        return Draft(type="DURATION", value=duration(count, code), mod=modifier(found), basis="event-relative")
    draft = Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period)
    draft.silent = draft.mod is not None and code not in ("M", "Y")
    return draft


def _shifted(around: Period, count: float, code: str) -> Period | None:
    if code in ("D", "W", "2W", *FINE):
        moved = _moved(around.start, count, code)
        return period_of(moved, "D") if moved else None
    try:
        return around.shift(round(count))
    except ValueError:
        return None


def event_shift(found: Found, reading: Reading) -> Draft | None:
    """A day before the summit, two weeks after the call: the words that name the other event, and the distance."""
    count: float | None
    if found.has("SHORTLY"):
        count, code = 0.0, "D"
        draft = Draft(type="DATE")
    elif found.has("POD"):
        count, code = (0.0 if found.after().kind == "BEFORE" else 1.0), "D"
        draft = Draft(type="TIME", granularity="time")
    else:
        count, code = quantity(found)
        draft = Draft(type="DURATION", value=duration(count, code), mod=modifier(found))
    if found.has("THE") and not found.has("UNITS", "UNITTS"):
        draft = Draft(type="DATE", granularity="day" if code == "D" else None)
    anchor = _anchor(found, reading.doc)
    if anchor is None or found.before().kind in ("FOR", "IN", "DURING", "SINCE"):
        return draft if draft.value else None
    draft.basis, draft.anchor = "event-relative", anchor
    sign = -1 if found.after().kind in ("BEFORE", "PREV", "AHEAD") else 1
    if code in FINE and count is None:
        draft.shift_days = 0
    elif count is not None and code in SHIFT and not draft.mod:
        days = _days(count, code)
        draft.shift_days = None if days is None else sign * days
    return draft


def _anchor(found: Found, doc: Doc) -> Offsets | None:
    """The noun phrase or clause after "before", "after", "following", "prior to", "ahead of"."""
    if not doc.has_annotation("DEP"):
        return None
    link = found.after()
    at = 2 if link.kind in ("PREV", "AHEAD") else 1
    last_link = found.after(at)
    first = found.after(at + 1)
    if first.start < 0:
        return None
    preposition = root_token(doc, last_link.start, last_link.end)
    if preposition is None:
        return None
    return _object(preposition, first.start)


def _object(preposition: Token, start: int) -> Offsets | None:
    """The extent of what the preposition or conjunction governs, from the character `start` on."""
    governed = next((child for child in preposition.rights if child.dep_ in ("pobj", "pcomp")), None)
    if governed is None and preposition.dep_ in ("mark", "advmod") and preposition.head.i > preposition.i:
        governed = preposition.head
    if governed is None:
        span = preposition.doc.char_span(start, start + 1, alignment_mode="expand")
        governed = span.root if span is not None else None
        while governed is not None and governed.dep_ in ("det", "amod", "compound", "poss", "nummod"):
            governed = governed.head
    if governed is None or governed.i <= preposition.i:
        return None
    end = governed.i
    if governed.pos_ in ("VERB", "AUX"):
        end = max((child.i for child in governed.subtree), default=end)
    else:
        for child in governed.rights:
            if child.dep_ in _STOPS_ANCHOR or (child.dep_ == "conj" and child.lower_ in grammar().words):
                break
            if child.dep_ == "cc":
                continue
            end = max(end, child.right_edge.i)
    last = governed.doc[end]
    return start, last.idx + len(last)


def duration_of(found: Found, reading: Reading) -> Draft | None:
    """Two years, 13-year, several weeks, decades-long, years; not in names ("the Six-Day War")."""
    if _is_name(found, reading.text) or (found.before().value.lower() == "as" and found.has("QUANT")):
        return None
    count, code = quantity(found)
    if found.has("LONG", "LONGU") and count is None and found.of(*UNITS)[-1].kind not in ("UNITS", "UNITTS"):
        count = 1.0
    if found.has("LONGU"):
        count = 1.0
    return Draft(type="DURATION", value=duration(count, code), mod=modifier(found), basis=None)


def _is_name(found: Found, text: str) -> bool:
    """Whether the unit and the word behind it both have a capital."""
    following = found.after(2) if found.after().kind == "APOS" else found.after()
    named = following.kind in ("OTHERWORD", "BLOCKN") and text[following.start].isupper()
    return named and text[found.of(*UNITS)[-1].start].isupper()


def rate(found: Found, reading: Reading) -> Draft | None:
    """A year: a set in "15 a year" and "500 barrels a day", else a length of time."""
    code = found.of(*UNITS)[-1].value
    near = [found.before(distance).kind for distance in (1, 2, 3)]
    numbers = ("DNUM", "INT", "NUM", "HUND", "MONEY", "PERCENT", "YEAR")
    plural = found.before().kind in ("OTHERWORD", "MEASURE") and found.before().value.endswith("s")
    is_rate = near[0] in numbers or (plural and any(kind in numbers for kind in near[1:]))
    return Draft(type="SET" if is_rate else "DURATION", value=duration(1.0, code), basis=None)


def set_every(found: Found, reading: Reading) -> Draft | None:
    """Every Monday, every two years, twice a week."""
    if day := found.one(*WEEKDAY_WORDS):
        value = f"XXXX-WXX-{day.value}"
    elif name := found.one("MONTH", "MAMB", "MABB"):
        value = f"XXXX-{int(name.value):02d}"
    elif part := found.one("POD"):
        value = f"XXXX-XX-XXT{part.value}"
    elif time_of_year := found.one("SEASON"):
        value = f"XXXX-{time_of_year.value}"
    elif found.has("WKND"):
        value = "XXXX-WXX-WE"
    else:
        value = duration(_every_count(found), found.of(*UNITS)[-1].value)
    return Draft(type="SET", value=value, basis=None)


def _every_count(found: Found) -> float:
    if found.has("TIMES", "TIMEW", "PER"):
        return 1.0
    return 2.0 if found.has("OTHER") else number(found) or float(int(o.value) if (o := found.one("ORD")) else 1)


def set_weekday(found: Found, reading: Reading) -> Draft | None:
    """Mondays, Friday nights."""
    day = found.of("WDAYS", *WEEKDAY_WORDS)[0]
    part = found.one("PODS")
    return Draft(type="SET", value=f"XXXX-WXX-{day.value}" + (f"T{part.value}" if part else ""), basis=None)


def freq(found: Found, reading: Reading) -> Draft | None:
    """Daily, annually; not in names ("the Daily News")."""
    word = found.of("FREQ")[0]
    named = reading.text[word.start].isupper() and found.before().kind not in ("DOT", "NL", "QUOTE")
    return None if named else Draft(type="SET", value=word.value, basis=None)


def vague(found: Found, reading: Reading) -> Draft | None:
    """Now, currently, recently, the future, in the past."""
    word = found.one("VAGUE", "VNOUN", "PAST", "TIME")
    if word is None:
        return None
    if word.kind == "TIME":
        return Draft(type="DATE", value="PAST_REF")
    return Draft(type="DATE", value="PAST_REF" if word.kind == "PAST" else word.value)
