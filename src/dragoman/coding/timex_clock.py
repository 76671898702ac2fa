"""Builders for clock times and for parts of a stated day."""

from __future__ import annotations

import re

from dragoman.coding.timex_dates import MONTH_WORDS, WEEKDAY_WORDS, date, deictic, explicit_day, weekday
from dragoman.coding.timex_reading import Draft, Reading
from dragoman.coding.timex_scan import Found

_REACH = 60  # words back to the day of a clock time, at most


def _clock_at(found: Found) -> int:
    """Index of the token that states the hour."""
    for at in range(found.first, found.last):
        kind = found.tokens[at][0]
        if kind in ("CLK", "NOON"):
            return at
        if kind in ("AMPM", "OCLOCK", "TZ"):
            return at - 1
    return found.first


def clock(found: Found, reading: Reading) -> Draft | None:
    """A clock time, with the day beside it, or on the day read last in the sentence, or on that of publication."""
    at = _clock_at(found)
    time = _time(found, at)
    if time is None:
        return None
    own = found._replace(last=at) if at > found.first else found._replace(first=at + 1)
    stated = _stated_day(own, reading) or _stated_day(_behind_bracket(found), reading)
    beside = found.before().kind == "LPAR" or _same_sentence(found, reading)
    around = stated.period if stated else reading.last("D") if beside else None
    period = around or reading.base("D")
    value = f"{period.timex() if period else 'XXXX-XX-XX'}{time}"
    basis = stated.basis if stated else "relative"
    return Draft(type="TIME", value=value, period=period, granularity="time", basis=basis)


def _behind_bracket(found: Found) -> Found:
    """The weekday behind a second time in brackets: "8:15 p.m. (1915 GMT) on Tuesday"; else nothing."""
    at = found.last
    kinds = [token[0] for token in found.tokens[at : at + 7]]
    if kinds[:1] == ["LPAR"] and "RPAR" in kinds:
        at += kinds.index("RPAR") + 1
        at += found.tokens[at][0] == "ON" if at < len(found.tokens) else 0
        return found._replace(first=at, last=min(at + 1, len(found.tokens)))
    return found._replace(last=found.first)


def _same_sentence(found: Found, reading: Reading) -> bool:
    """Whether a date was read earlier and no full stop lies between (near enough for a clock time)."""
    for at in range(found.first - 1, max(found.first - _REACH, 0) - 1, -1):
        kind = found.tokens[at][0]
        if kind in ("DOT", "NL"):
            return False
        if kind in ("WDAY", "DEICT", *MONTH_WORDS):
            return bool(reading.history)
    return False


def _stated_day(own: Found, reading: Reading) -> Draft | None:
    if own.has(*MONTH_WORDS):
        return date(own, reading)
    if own.has(*WEEKDAY_WORDS):
        return weekday(own, reading)
    if own.has("DEICT"):
        return deictic(own, reading)
    if iso := own.one("ISO"):
        return explicit_day(own, reading, [int(part) for part in iso.value.split("-")])
    return None


def _time(found: Found, at: int) -> str | None:
    """The TIMEX3 time of day: T09:30, T22:00, with Z for UTC."""
    kind, value = found.tokens[at][0], found.tokens[at][1]
    zone = found.one("TZ")
    utc = "Z" if zone and zone.value in ("utc", "gmt") and not found.has("PLUS", "HYPH") else ""
    if kind == "NOON":
        return value + utc
    parts = [value[:2], value[2:]] if len(value) == 4 and value.isdigit() else re.split(r"[:.]", value)
    hour = int(parts[0])
    half = found.one("AMPM")
    if half is not None:
        if hour > 12:
            return None
        hour = hour % 12 + (12 if half.value[0].lower() == "p" else 0)
    if hour > 24 or len(value) > 8 or (len(parts) > 1 and int(parts[1]) > 59):
        return None
    rest = ":".join(parts[1:]) or "00"
    return f"T{hour:02d}:{rest}{utc}"


def pod_of(found: Found, reading: Reading) -> Draft | None:
    """The morning of March 3."""
    stated = _stated_day(found, reading)
    if stated is None or stated.value is None:
        return stated
    part = found.one("POD")
    return Draft(
        type="TIME",
        value=f"{stated.value}T{part.value if part else 'MO'}",
        period=stated.period,
        granularity="time",
        basis=stated.basis,
        silent=stated.silent,
    )
