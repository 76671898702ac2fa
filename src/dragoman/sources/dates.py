"""Publication dates as people and programs write them, to ISO 8601: a day, a month or a year."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

# A report may carry the date of a time zone ahead of ours, or of tomorrow's paper; more is a mistake.
FUTURE_DAYS = 2
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_ISO_START = re.compile(r"(\d{4}[-/.]\d{2}[-/.]\d{2})[T ]\d{1,2}[:h]?\d{0,2}.*", re.DOTALL)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{6}Z?)?")
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_HAS_YEAR = re.compile(r"\d{4}|'\d{2}\b|\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}\b")
# Two defaults that share no year, month or day: a part that comes out the same from both stands in the text.
_DEFAULTS = (datetime(1904, 1, 1), datetime(1908, 2, 2))
_EARLIEST = 1400


def normalise(value: Any, today: date) -> tuple[str | None, str | None]:
    """An ISO 8601 day, month or year and a warning; the date is None where the value is unreadable or in the future.

    Times are cut off and the day is that of the time zone as written; days and months in doubt ("03/04/2024") are left
    open. An empty value gives neither date nor warning. `today` is the day that future dates are judged by.
    """
    shown = _shown(value)
    if not shown:
        return None, None
    try:
        iso = _iso(value)
    except (ValueError, OverflowError):
        iso = None
    if iso is None:
        return None, f"publication date {shown!r} cannot be read as one day, month or year: left out"
    if _first_day(iso) > today + timedelta(days=FUTURE_DAYS):
        return None, f"publication date {shown!r} is in the future: left out"
    return iso, None


def _shown(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())[:60]


def _iso(value: Any) -> str | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, date):
        return value.isoformat()[:10] if value.year >= _EARLIEST else None
    if isinstance(value, float) and not value.is_integer():
        value = int(value) if abs(value) < 1e14 else None
    text = str(int(value)) if isinstance(value, (int, float)) else str(value).strip()
    if len(text) > 100:
        return None
    return _by_pattern(text) or _by_words(text)


def _by_pattern(text: str) -> str | None:
    if found := _ISO_START.fullmatch(text):
        text = found.group(1)
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _checked(*(int(part) if part else None for part in found.groups()))
    if found := _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(found.group(1)), UTC).date().isoformat()
    return None


def _by_words(text: str) -> str | None:
    """English month names, RFC 2822, and figures where only one order is possible; read with dateutil."""
    from dateutil import parser

    if not _HAS_YEAR.search(text) or text.isdigit():
        return None
    readings = {
        tuple(parser.parse(text, default=default, dayfirst=day_first).timetuple()[:3] for default in _DEFAULTS)
        for day_first in (False, True)
    }
    if len(readings) != 1:
        return None
    (first, second) = readings.pop()
    year, month, day = (one if one == other else None for one, other in zip(first, second, strict=True))
    return _checked(year, month, day)


def _checked(year: int | None, month: int | None = None, day: int | None = None) -> str | None:
    if year is None or year < _EARLIEST or (month is None and day is not None):
        return None
    valid = date(year, month or 1, day or 1)
    return valid.isoformat()[: 4 if month is None else 7 if day is None else 10]


def _first_day(iso: str) -> date:
    return date.fromisoformat(iso + "-01-01"[len(iso) - 4 :] if len(iso) < 10 else iso)
