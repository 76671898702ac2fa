"""Calendar ranges of ISO 8601 values as Dragoman's records write them."""

from __future__ import annotations

import calendar
import re
from datetime import date

DateRange = tuple[date, date]
_POINT = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T.*)?")


def _point(text: str) -> DateRange | None:
    found = _POINT.fullmatch(text.strip())
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if year is None:
            return None
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except (ValueError, calendar.IllegalMonthError):
        return None


def date_range(value: str | None) -> DateRange | None:
    """First and last day of a day, month, year or ``start/end`` value; None where it is none of these.

    A time of day is ignored. The last day may lie before the first where the value says so: callers that need order
    check it.
    """
    if not value:
        return None
    points = [_point(part) for part in value.split("/")]
    if points[0] is None or points[-1] is None or None in points:
        return None
    return points[0][0], points[-1][1]
