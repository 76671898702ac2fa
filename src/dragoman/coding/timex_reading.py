"""What the builders of time expressions share: the state of reading one report, drafts, numbers and modifiers."""

from __future__ import annotations

import datetime as dt

import msgspec
from spacy.tokens import Doc

from dragoman.coding.extensions import text_of
from dragoman.coding.mentions import Offsets
from dragoman.coding.timex_calendar import SIZE, Period, period_of
from dragoman.coding.timex_scan import Found
from dragoman.coding.timex_tense import FUTURE, PAST, direction

NUMBERS = ("NUM", "HUND", "DNUM", "INT", "YEAR")
UNITS = ("DAYU", "YR", "QTR", "CENT", "WKND", "UNIT", "UNITT", "UNITS", "UNITTS", "WKNDS", "LONGU")
_MOST = {"most": "EQUAL_OR_LESS", "least": "EQUAL_OR_MORE"}


class Draft(msgspec.Struct, kw_only=True):
    """A time expression as a builder leaves it. `iso` and `granularity` are taken from `period` where they are None.

    `silent`: it has no calendar date even if `period` says where it lies ("nearly two weeks ago").
    """

    type: str
    value: str | None = None
    mod: str | None = None
    period: Period | None = None
    iso: str | None = None
    granularity: str | None = None
    basis: str | None = "relative"
    anchor: Offsets | None = None
    shift_days: int | None = None
    silent: bool = False
    start: int | None = None
    end: int | None = None


class Reading(msgspec.Struct, kw_only=True):
    """The state of reading one report: what it was published, the dates read so far (last one last), the warnings."""

    doc: Doc
    text: str
    published: Period | None
    history: list[Period] = msgspec.field(default_factory=list)
    warnings: list[str] = msgspec.field(default_factory=list)

    @property
    def today(self) -> dt.date | None:
        """The day of publication, None where it is not known to the day."""
        published = self.published
        return published.start if published is not None and published.unit == "D" else None

    def base(self, unit: str) -> Period | None:
        """The week, month, year … of publication, None where publication is not known that exactly."""
        published = self.published
        if published is None or SIZE[published.unit] > SIZE[unit]:
            return None
        return period_of(published.start, "W" if unit == "2W" else unit)

    def last(self, unit: str) -> Period | None:
        """The period of a unit around the last date read that is known that exactly."""
        for period in reversed(self.history):
            if period.unit != "R" and SIZE[period.unit] <= SIZE[unit]:
                return period_of(period.start, "W" if unit == "2W" else unit)
        return None

    def side(self, found: Found) -> int:
        """Whether the expression lies before or after publication, by the tense around it (`timex_tense`)."""
        return direction(self.doc, found.start, found.end, limit=found.before().kind in ("UNTIL", "BY"))

    def reference(self, side: int) -> dt.date | None:
        """The day from which a bare month or day is sought on that side of publication."""
        if self.published is None:
            return None
        return self.published.start if side == FUTURE else self.published.end

    def warn(self, found: Found, problem: str) -> None:
        """Note on the report that an expression's date cannot be right."""
        words = " ".join(self.text[found.start : found.end].split())
        self.warnings.append(f'time expression "{words}" at {found.start}: {problem}')


def reading_of(doc: Doc, published: str | None, text: str | None = None) -> Reading:
    """A reading of a Doc that was published on that day (ISO 8601 or None); `text` spares joining it again."""
    return Reading(doc=doc, text=text_of(doc) if text is None else text, published=published_period(published))


def published_period(published: str | None) -> Period | None:
    """The day, month or year of ``Report.published``; None where it is missing or no ISO 8601 date."""
    if not published:
        return None
    for length, unit, rest in ((10, "D", ""), (7, "M", "-01"), (4, "Y", "-01-01")):
        try:
            return period_of(dt.date.fromisoformat(published[:length] + rest), unit)
        except ValueError:
            continue
    return None


def number(found: Found) -> float | None:
    """The first number among the words: "25", "twenty-five", "two hundred", "two and a half"."""
    total, seen, last = 0.0, False, -1
    for at in range(found.first, found.last):
        kind, value = found.tokens[at][0], found.tokens[at][1]
        if kind not in NUMBERS:
            continue
        if seen and at - last > (2 if found.tokens[at - 1][0] == "HYPH" else 1):
            break
        amount = float(value)
        if kind == "HUND":
            total = (total or 1) * amount
        elif seen and not (kind == "NUM" and total % 10 == 0):
            break
        else:
            total += amount
        seen, last = True, at
    if seen and found.has("HALF"):
        total += 0.5
    return total if seen else None


def quantity(found: Found) -> tuple[float | None, str]:
    """How many (None: not said, as in "several" or bare plurals) of which unit."""
    unit = found.of(*UNITS)[-1]
    count = number(found)
    if found.has("QUANT") and not (found.has("HUND") and count):
        return None, unit.value
    if count is None and unit.kind not in ("UNITS", "UNITTS"):
        count = 1.0
        if found.has("HALF"):
            count = 1.5 if found.has("AND") else 0.5
    return count, unit.value


def duration(count: float | None, unit: str) -> str:
    """The TIMEX3 value of a length of time: P2Y, PT30M, PXW, P1DE."""
    if unit == "2W":
        count, unit = (None if count is None else 2 * count), "W"
    if count is not None and count != int(count):
        for coarse, fine, size in (("Y", "M", 12), ("H", "MIN", 60), ("MIN", "S", 60), ("DE", "Y", 10), ("D", "H", 24)):
            if unit == coarse and (count * size) == int(count * size):
                count, unit = count * size, fine
                break
    amount = "X" if count is None else f"{count:g}" if count < 1e6 else str(int(count))
    if unit in ("H", "MIN", "S"):
        return f"PT{amount}{unit[0]}"
    return f"P{amount}{unit}"


def modifier(found: Found) -> str | None:
    """The TIMEX3 `mod` that the words state."""
    if part := found.one("PART", "EARLY"):
        return part.value
    if found.has("MORE") and found.has("THAN"):
        return found.of("MORE")[0].value
    if least := found.one("LEAST"):
        return _MOST.get(least.value)
    if found.has("UP"):
        return "EQUAL_OR_LESS"
    near = found.one("AP")
    return near.value if near else None


def prefer(side: int) -> int:
    """A side where one must be taken: reports tell of the past."""
    return FUTURE if side == FUTURE else PAST
