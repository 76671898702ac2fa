"""Builders for days, weekdays, months, quarters, seasons, years and times of day: words of a rule to a `Draft`."""

from __future__ import annotations

import datetime as dt
import re

from dragoman.coding.timex_calendar import (
    Period,
    add_months,
    between,
    day,
    month,
    month_near,
    period_of,
    quarter,
    weekday_near,
    year,
)
from dragoman.coding.timex_reading import Draft, Reading, modifier, number, prefer
from dragoman.coding.timex_scan import Found, Token
from dragoman.coding.timex_tense import FUTURE, PAST, UNKNOWN

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_WORDS = ("MONTH", "MAMB", "MABB")
WEEKDAY_WORDS = ("WDAY", "WABB")
_RANGE_LINKS = ("TO", "HYPH", "DASH")
LAST_WORDS, NEXT_WORDS = ("LAST", "PAST"), ("NEXT", "COMING")
SEASON_START = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}


def _year_of(found: Found, reading: Reading) -> int | None:
    """The year that the words state: "2019", "of this year", "last year"."""
    if stated := found.one("YEAR"):
        return int(stated.value)
    if found.has("YR") and (base := reading.base("Y")):
        return base.start.year - found.has(*LAST_WORDS) + found.has(*NEXT_WORDS)
    return None


def date(found: Found, reading: Reading) -> Draft | None:
    """A day or a month, with or without year and weekday."""
    month_word = found.of(*MONTH_WORDS)[0]
    number_ = int(month_word.value)
    days = [int(token.value) for token in found.of("DNUM", "DTH")] or [int(token.value) for token in found.of("ORD")]
    if not days:
        return _month(found, reading, month_word, number_)
    if found.after().kind == "MEASURE" and not found.has("YEAR", "YR") and found.of("DNUM"):
        trimmed = found._replace(last=found.last - 1)
        sure = trimmed.has("MONTH") or found.before().kind in ("IN", "SINCE", "DURING")
        return _month(trimmed, reading, month_word, number_) if sure else None
    stated = _year_of(found, reading)
    try:
        period = _day(found, reading, stated, number_, days[0])
        if period and len(days) > 1:
            period = between(period.start, period.start.replace(day=days[1]))
    except ValueError:
        return _impossible(found, reading, stated, number_, days)
    if period is None:
        return Draft(type="DATE", value=f"XXXX-{number_:02d}-{days[0]:02d}", basis="explicit")
    period, silent = _check_weekday(found, reading, period, stated)
    return Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period, silent=silent, basis="explicit")


def _impossible(found: Found, reading: Reading, stated: int | None, number_: int, days: list[int]) -> Draft:
    reading.warn(found, f"month {number_} has no day {max(days)}" + (f" in {stated}" if stated else ""))
    return Draft(type="DATE", basis="explicit")


def _day(found: Found, reading: Reading, stated: int | None, number_: int, days: int) -> Period | None:
    """The day; without a stated year the nearest on the side of publication that the tense gives."""
    if stated is not None:
        return day(stated, number_, days)
    dt.date(2000, number_, days)  # raises for a day that no year has
    side = reading.side(found)
    reference = reading.reference(side)
    if reference is None:
        return None
    near = [d for y in range(reference.year - 4, reference.year + 5) if (d := _valid(y, number_, days)) is not None]
    before = [d for d in near if d <= reference][-1:]
    after = [d for d in near if d >= reference][:1]
    return period_of(_choose(before, after, reference, side), "D")


def _valid(number_of_year: int, number_: int, days: int) -> dt.date | None:
    try:
        return dt.date(number_of_year, number_, days)
    except ValueError:
        return None


def _choose(before: list[dt.date], after: list[dt.date], reference: dt.date, side: int) -> dt.date:
    """The date on the side given; the nearer one where the tense says nothing."""
    if not before or not after:
        return (before or after or [reference])[0]
    if side == UNKNOWN:
        return before[0] if reference - before[0] <= after[0] - reference else after[0]
    if side == PAST and (after[0] - reference).days <= 14 and (reference - before[0]).days > 300:
        return after[0]
    return before[0] if side == PAST else after[0]


def _check_weekday(found: Found, reading: Reading, period: Period, stated: int | None) -> tuple[Period, bool]:
    """The day, and whether a stated weekday contradicts it; where no year is stated the weekday may choose it."""
    named = found.one(*WEEKDAY_WORDS)
    if named is None or period.start.isoweekday() == int(named.value):
        return period, False
    if stated is None:
        for step in (-12, 12):
            other = add_months(period.start, step)
            if other.day == period.start.day and other.isoweekday() == int(named.value):
                return period_of(other, "D"), False
    actual, said = WEEKDAYS[period.start.isoweekday() - 1], WEEKDAYS[int(named.value) - 1]
    reading.warn(found, f"{period.start.isoformat()} was a {actual}, not a {said}")
    return period, True


def _month(found: Found, reading: Reading, word: Token, number_: int) -> Draft | None:
    if word.kind in ("MAMB", "MABB") and found.last - found.first == 1 and _is_verb_word(reading, word):
        return None
    stated = _year_of(found, reading)
    if stated is not None:
        period: Period | None = month(stated, number_)
    else:
        period = _bare_month(found, reading, number_)
    value = period.timex() if period else f"XXXX-{number_:02d}"
    end = found.end if found.tokens[found.last - 1][0] != "DNUM" else None
    return Draft(type="DATE", value=value, mod=modifier(found), period=period, basis="explicit", end=end)


def _is_verb_word(reading: Reading, word: Token) -> bool:
    span = reading.doc.char_span(word.start, word.end, alignment_mode="expand")
    return span is not None and span[0].tag_ in ("MD", "VB", "VBD", "VBP", "VBZ")


def _bare_month(found: Found, reading: Reading, number_: int) -> Period | None:
    """A month without a year: "last October", "this June", "that September", "in May"."""
    if found.has("THAT", "FOLL", "PREV"):
        around = reading.last("M") or reading.base("M")
        strict = not found.has("THAT")
        return month_near(around.start, number_, PAST if found.has("PREV") else FUTURE, strict) if around else None
    side = PAST if found.has(*LAST_WORDS) else FUTURE if found.has(*NEXT_WORDS) else None
    reference = reading.reference(side if side is not None else prefer(reading.side(found)))
    if reference is None or (reading.published is not None and reading.published.unit == "Y"):
        return None
    if side is not None:
        return month_near(reference, number_, side, strict=not found.has("THIS"))
    if found.has("THIS"):
        return month(reference.year, number_)
    tense = reading.side(found)
    if tense == UNKNOWN and found.before().kind in ("UNTIL", "BY"):
        tense = FUTURE
    return month_near(reference, number_, prefer(tense))


def weekday(found: Found, reading: Reading) -> Draft | None:
    """A weekday, with "last", "next", "this", a week or a part of the day."""
    named = found.of(*WEEKDAY_WORDS)[0]
    period = _weekday(found, reading, int(named.value))
    value = period.timex() if period else f"XXXX-WXX-{named.value}"
    return _with_part(found, value, period)


def _with_part(found: Found, value: str, period: Period | None) -> Draft:
    """A day as DATE, or as TIME where a part of the day is named."""
    part = found.one("POD", "NOON", "TONIGHT")
    if part is None:
        return Draft(type="DATE", value=value, mod=modifier(found), period=period)
    tail = "TNI" if part.kind == "TONIGHT" else part.value if part.kind == "NOON" else f"T{part.value}"
    return Draft(type="TIME", value=value + tail, mod=modifier(found), period=period, granularity="time")


def _weekday(found: Found, reading: Reading, number_: int) -> Period | None:
    today = reading.today
    if found.has("PREV", "FOLL", "THAT", "SAME"):
        around = reading.last("D")
        today = around.start if around else today
        side = PAST if found.has("PREV", "THAT") else FUTURE
        return weekday_near(today, number_, side, strict=found.has("PREV", "FOLL")) if today else None
    if today is None:
        return None
    if found.has("UNIT"):
        monday = period_of(today, "W").start
        weeks = found.has("NEXT") - found.has("LAST")
        return period_of(monday + dt.timedelta(days=7 * weeks + number_ - 1), "D")
    if found.has(*LAST_WORDS):
        return weekday_near(today, number_, PAST, strict=True)
    if found.has(*NEXT_WORDS):
        return weekday_near(today, number_, FUTURE, strict=True)
    if found.before().kind in _RANGE_LINKS and found.before(2).kind in WEEKDAY_WORDS and reading.history:
        return weekday_near(reading.history[-1].start, number_, FUTURE)  # "from Monday through Wednesday"
    side = prefer(reading.side(found))
    if found.has("THIS") and side != FUTURE:
        return period_of(period_of(today, "W").start + dt.timedelta(days=number_ - 1), "D")
    return weekday_near(today, number_, side)


def deictic(found: Found, reading: Reading) -> Draft | None:
    """Today, yesterday, tomorrow, tonight."""
    today = reading.today
    word = found.one("DEICT")
    step = int(word.value) if word else 0
    if found.has("DAYU"):
        step += found.has("AFTER") - found.has("BEFORE")
    period = period_of(today + dt.timedelta(days=step), "D") if today else None
    value = period.timex() if period else "XXXX-XX-XX"
    return _with_part(found, value, period)


def pod(found: Found, reading: Reading) -> Draft | None:
    """This morning, last night, that evening, the next morning."""
    anchored = found.has("THAT", "SAME", "NEXT", "FOLL", "PREV")
    around = reading.last("D") if anchored else reading.base("D")
    step = found.has("NEXT", "FOLL") - found.has("PREV", "LAST")
    period = around.shift(step) if around else None
    return _with_part(found, period.timex() if period else "XXXX-XX-XX", period)


def overnight(found: Found, reading: Reading) -> Draft | None:
    """Overnight: the night before or of publication, so without a day of its own."""
    base = reading.base("D")
    return Draft(type="TIME", value=f"{base.timex()}TNI" if base else None, granularity="time")


def iso_day(found: Found, reading: Reading) -> Draft | None:
    """2019-03-22."""
    return explicit_day(found, reading, [int(part) for part in found.of("ISO")[0].value.split("-")])


def numeric_day(found: Found, reading: Reading) -> Draft | None:
    """22.03.2019, 03/22/2019; where day and month could be either, only the year is taken."""
    written = found.of("NUMD")[0].value
    first, second, year_ = (int(part) for part in re.split(r"[./-]", written))
    if "." in written:  # with full stops the day comes first
        return explicit_day(found, reading, [year_, second, first])
    if max(first, second) > 12 or first == second:
        number_, days = (second, first) if first > 12 else (first, second)
        return explicit_day(found, reading, [year_, number_, days])
    reading.warn(found, f"reads as {year_}-{first:02d}-{second:02d} or {year_}-{second:02d}-{first:02d}")
    return Draft(type="DATE", value=f"{year_:04d}-XX-XX", period=year(year_) if year_ else None, basis="explicit")


def explicit_day(found: Found, reading: Reading, parts: list[int]) -> Draft:
    """A day of which year, month and number are stated; a warning where there is no such day."""
    try:
        period = day(*parts)
    except ValueError:
        reading.warn(found, "there is no such day")
        return Draft(type="DATE", basis="explicit")
    return Draft(type="DATE", value=period.timex(), period=period, basis="explicit")


def part_of_month(found: Found, reading: Reading) -> Draft | None:
    """The first week of March: the month, as the weeks of a month are counted in several ways."""
    whole = _month(found, reading, found.of(*MONTH_WORDS)[0], int(found.of(*MONTH_WORDS)[0].value))
    if whole is not None:
        whole.mod = "END" if found.has("LAST") else "START" if found.of("ORD")[0].value == "1" else None
    return whole


def quarter_of(found: Found, reading: Reading) -> Draft | None:
    """The third quarter of 2008, Q3, the fourth quarter."""
    word = found.one("ORD", "DTH", "QTOK")
    number_ = int(word.value.lstrip("Q")) if word else 0
    if not 1 <= number_ <= 4:
        return None
    stated = _year_of(found, reading)
    if stated is None:
        side = prefer(reading.side(found))
        reference = reading.reference(side)
        if reference is None or (reading.published is not None and reading.published.unit == "Y"):
            return Draft(type="DATE", value=f"XXXX-Q{number_}")
        own = quarter(number_, reference.year)
        late = own.start > reference if side == PAST else own.end < reference
        stated = reference.year + (side if late else 0)
    period = quarter(number_, stated)
    basis = "explicit" if found.has("YEAR") else "relative"
    return Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period, basis=basis)


def half(found: Found, reading: Reading) -> Draft | None:
    """The first half of 2013."""
    number_ = int(found.of("ORD")[0].value)
    stated = _year_of(found, reading)
    if number_ > 2 or stated is None:
        return None
    period = period_of(dt.date(stated, 6 * number_ - 5, 1), "H")
    basis = "explicit" if found.has("YEAR") else "relative"
    return Draft(type="DATE", value=period.timex(), period=period, basis=basis)


def fiscal(found: Found, reading: Reading) -> Draft | None:
    """Fiscal 2009, FY2012, this fiscal year: taken as the calendar year that names it."""
    if token := found.one("FY"):
        digits = int(re.sub(r"\D", "", token.value))
        stated: int | None = digits if digits > 99 else 2000 + digits
    else:
        stated = _year_of(found, reading)
    if not stated:
        return None
    basis = "explicit" if found.has("YEAR", "FY") else "relative"
    return Draft(type="DATE", value=f"{stated:04d}", period=year(stated), basis=basis)


def decade(found: Found, reading: Reading) -> Draft | None:
    """The late 1980s, the '90s."""
    digits = int(re.sub(r"\D", "", found.of("DECADE")[0].value))
    period = period_of(dt.date(digits if digits > 99 else 1900 + digits, 1, 1), "DE")
    return Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period, basis="explicit")


def century(found: Found, reading: Reading) -> Draft | None:
    """The 19th century."""
    word = found.of("ORD", "DTH", "ITH")[-1]
    count = int(word.value) + int(number(found) or 0)
    if not 2 <= count <= 30:
        return None
    period = period_of(dt.date(100 * (count - 1), 1, 1), "CE")
    return Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period, basis="explicit")


def year_of(found: Found, reading: Reading) -> Draft | None:
    """A year, unless the number counts or names something else."""
    token = found.of("YEAR")[0]
    if found.last - found.first == 1 and not _is_year(found, reading, token):
        return None
    period = year(int(token.value))
    return Draft(type="DATE", value=period.timex(), mod=modifier(found), period=period, basis="explicit")


def year_range(found: Found, reading: Reading) -> Draft | None:
    """1967-73."""
    first, link, second = (Token(*token) for token in found.tokens[found.first : found.last])
    start = int(first.value)
    end = start - start % 100 + int(second.value)
    if link.start != first.end or second.start != link.end or second.end - second.start != 2 or end <= start:
        return year_of(found._replace(last=found.first + 1), reading)
    period = between(dt.date(start, 1, 1), dt.date(end, 12, 31))
    iso = f"{start:04d}/{end:04d}"
    return Draft(type="DATE", value=f"{start:04d}", period=period, iso=iso, basis="explicit")


def _is_year(found: Found, reading: Reading, token: Token) -> bool:
    before, after = found.before(), found.after()
    cued = before.kind in ("IN", "SINCE", "UNTIL", "BY", "FROM", "DURING", "EARLY", "TO", "COMMA", "LPAR", "THE")
    if before.kind in ("NUMNAME", "MONEY") or after.kind in ("PERCENT", "MEASURE", "UNITS", "MONEY"):
        return False
    if before.kind == "HYPH" and before.end == token.start and found.before(2).kind == "OTHERWORD":
        return found.before(2).value.lower() in ("pre", "post")
    if after.kind == "HYPH" and after.start == token.end and found.after(2).kind not in ("YEAR", "DNUM", "INT"):
        return False
    if int(token.value) < 1700 and not cued:
        return False
    span = reading.doc.char_span(token.start, token.end, alignment_mode="expand")
    if cued or span is None or not reading.doc.has_annotation("TAG"):
        return True
    following = reading.doc[span.end] if span.end < len(reading.doc) else None
    counts = following is not None and following.tag_ == "NNS" and span[0].dep_ == "nummod"
    return not (counts and int(token.value) % 50 == 0)


def season(found: Found, reading: Reading) -> Draft | None:
    """Last summer, the spring of 2011; its year alone is the date, as the months differ over the globe."""
    code = found.of("SEASON", "FALL")[0].value
    stated = _year_of(found, reading)
    explicit = stated is not None
    if stated is None:
        stated = _season_year(found, reading, SEASON_START[code])
    if stated is None:
        return Draft(type="DATE", value=f"XXXX-{code}")
    silent = code == "WI" and not explicit
    basis = "explicit" if found.has("YEAR") else "relative"
    value = f"{stated:04d}-{code}"
    return Draft(type="DATE", value=value, mod=modifier(found), period=year(stated), silent=silent, basis=basis)


def _season_year(found: Found, reading: Reading, first: int) -> int | None:
    if found.has("LAST"):
        side = PAST
    elif found.has("NEXT"):
        side = FUTURE
    else:
        side = prefer(reading.side(found))
    reference = reading.reference(side)
    if reference is None or (reading.published is not None and reading.published.unit == "Y"):
        return None
    if found.has("THIS"):
        return reference.year
    start = dt.date(reference.year, first, 1)
    if side == FUTURE:
        return reference.year + (start <= reference if found.has("NEXT") else add_months(start, 3) <= reference)
    begun = add_months(start, 3) <= reference if found.has("LAST") else start <= reference
    return reference.year - (not begun)


def holiday(found: Found, reading: Reading) -> Draft | None:
    """Christmas, New Year's Eve; the nearest on the side that the tense gives."""
    eve = found.has("EVE")
    if named := found.one("HOL"):
        number_, days = (int(part) for part in named.value.split("-"))
        days -= eve
    else:
        number_, days = (12, 31) if eve else (1, 1)
    stated = _year_of(found, reading) if found.has("YEAR") else None
    period = _day(found, reading, stated, number_, days)
    value = period.timex() if period else f"XXXX-{number_:02d}-{days:02d}"
    return Draft(type="DATE", value=value, period=period, basis="explicit" if stated else "relative")
