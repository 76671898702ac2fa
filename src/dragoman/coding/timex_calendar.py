"""Calendar arithmetic: days, weeks, months, quarters, years and decades as periods that can be shifted and written.

Weeks run from Monday to Sunday (ISO 8601). There are no clock times here, so no time zones and no daylight saving.
"""

from __future__ import annotations

import calendar
import datetime as dt

import msgspec

GRANULARITY = {
    "D": "day",
    "W": "week",
    "WE": "range",
    "M": "month",
    "Q": "quarter",
    "H": "range",
    "Y": "year",
    "DE": "decade",
    "CE": "range",
    "R": "range",
}
MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12, "DE": 120, "CE": 1200}
DAYS = {"D": 1, "W": 7, "WE": 7, "2W": 14}
# Order of coarseness: what holds what.
SIZE = {"H": 0, "MIN": 0, "S": 0, "D": 1, "WE": 2, "W": 3, "2W": 3, "M": 4, "Q": 5, "Y": 6, "DE": 7, "CE": 8}


class Period(msgspec.Struct, frozen=True):
    """A stretch of calendar days from `start` to `end`, both inclusive.

    `unit`: D, W, WE (weekend), M, Q, H (half-year), Y, DE (decade), CE (century), R (any range).
    """

    start: dt.date
    end: dt.date
    unit: str

    @property
    def granularity(self) -> str:
        """The unit in the words of `records.EventDate`."""
        return GRANULARITY[self.unit]

    def iso(self) -> str:
        """ISO 8601: a day, a month, a year, or ``start/end``."""
        if self.unit == "D":
            return self.start.isoformat()
        if self.unit in ("M", "Y"):
            return self._short(self.start)
        if self.unit in ("Q", "H"):
            return f"{self.start:%Y-%m}/{self.end:%Y-%m}"
        if self.unit in ("DE", "CE"):
            return f"{self.start.year:04d}/{self.end.year:04d}"
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def _short(self, day: dt.date) -> str:
        return f"{day.year:04d}" if self.unit == "Y" else f"{day.year:04d}-{day.month:02d}"

    def timex(self) -> str:
        """The value in TIMEX3 (TimeML 1.2.1)."""
        year = f"{self.start.year:04d}"
        if self.unit in ("W", "WE"):
            iso_year, week, _ = self.start.isocalendar()
            return f"{iso_year:04d}-W{week:02d}" + ("-WE" if self.unit == "WE" else "")
        if self.unit == "Q":
            return f"{year}-Q{(self.start.month + 2) // 3}"
        if self.unit == "H":
            return f"{year}-H{1 if self.start.month == 1 else 2}"
        if self.unit == "DE":
            return year[:3]
        if self.unit == "CE":
            return year[:2]
        return self.start.isoformat() if self.unit == "R" else self.iso()

    def shift(self, count: int, unit: str | None = None) -> Period:
        """The period of `unit` (its own by default) that lies `count` such units later; earlier for a negative count.

        Raises ValueError where the result lies outside the years 1 to 9999.
        """
        unit = unit or self.unit
        try:
            if unit in DAYS:
                moved = self.start + dt.timedelta(days=count * DAYS[unit])
                return period_of(moved, "W" if unit == "2W" else unit)
            return period_of(add_months(self.start, count * MONTHS[unit]), unit)
        except OverflowError as error:
            raise ValueError(str(error)) from error

    def within(self, unit: str) -> Period:
        """The period of a coarser unit that holds its first day."""
        return period_of(self.start, unit)


def add_months(day: dt.date, count: int) -> dt.date:
    """The same day of the month `count` months later, or the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year} is out of range")
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period_of(day: dt.date, unit: str) -> Period:
    """The period of a unit that holds a day."""
    if unit == "D":
        return Period(day, day, unit)
    if unit in ("W", "WE"):
        monday = day - dt.timedelta(days=day.weekday())
        first = monday if unit == "W" else monday + dt.timedelta(days=5)
        return Period(first, monday + dt.timedelta(days=6), unit)
    if unit in ("DE", "CE"):
        span = MONTHS[unit] // 12
        year = max(day.year - day.year % span, 1)
        return Period(dt.date(year, 1, 1), dt.date(min(year + span - 1, 9999), 12, 31), unit)
    span = MONTHS[unit]
    month = (day.month - 1) // span * span + 1
    last = month + span - 1
    return Period(dt.date(day.year, month, 1), dt.date(day.year, last, calendar.monthrange(day.year, last)[1]), unit)


def day(year: int, month: int, number: int) -> Period:
    """One day; raises ValueError where there is no such day."""
    return period_of(dt.date(year, month, number), "D")


def month(year: int, number: int) -> Period:
    """One month."""
    return period_of(dt.date(year, number, 1), "M")


def year(number: int) -> Period:
    """One year."""
    return period_of(dt.date(number, 1, 1), "Y")


def quarter(number: int, of: int) -> Period:
    """A quarter (1 to 4) of a year."""
    return period_of(dt.date(of, 3 * number - 2, 1), "Q")


def between(start: dt.date, end: dt.date) -> Period:
    """Any range of days."""
    return Period(min(start, end), max(start, end), "R")


def weekday_near(reference: dt.date, weekday: int, direction: int, strict: bool = False) -> Period:
    """The nearest weekday (Monday 1) on or before (`direction` -1) or on or after (+1) a day; `strict`: not on it."""
    gap = (weekday - reference.isoweekday()) * direction % 7
    if strict and gap == 0:
        gap = 7
    return period_of(reference + dt.timedelta(days=gap * direction), "D")


def month_near(reference: dt.date, number: int, direction: int, strict: bool = False) -> Period:
    """The nearest month of that number at or before (-1) or at or after (+1) the month of a day; `strict`: not that."""
    gap = (number - reference.month) * direction % 12
    if strict and gap == 0:
        gap = 12
    return period_of(add_months(reference.replace(day=1), gap * direction), "M")
