"""Finding and resolving the time expressions of a report: the scan, the builders, and what words around them add."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dragoman.coding import timex_clock as clock
from dragoman.coding import timex_dates as dates
from dragoman.coding import timex_units as units
from dragoman.coding.mentions import Timex
from dragoman.coding.timex_calendar import Period
from dragoman.coding.timex_reading import Draft, Reading, published_period
from dragoman.coding.timex_scan import Found, Plain, scan

Builder = Callable[[Found, Reading], Draft | None]

BUILDERS: dict[str, Builder] = {
    "date": dates.date,
    "iso_day": dates.iso_day,
    "numeric_day": dates.numeric_day,
    "clock": clock.clock,
    "pod_of": clock.pod_of,
    "part_of_month": dates.part_of_month,
    "weekday": dates.weekday,
    "deictic": dates.deictic,
    "pod": dates.pod,
    "overnight": dates.overnight,
    "quarter": dates.quarter_of,
    "half": dates.half,
    "fiscal": dates.fiscal,
    "decade": dates.decade,
    "century": dates.century,
    "year": dates.year_of,
    "year_range": dates.year_range,
    "season": dates.season,
    "holiday": dates.holiday,
    "unit": units.unit,
    "weekend": units.weekend,
    "part_of_unit": units.part_of_unit,
    "stretch": units.stretch,
    "recent": units.recent,
    "ago": units.ago,
    "shift": units.shift,
    "event_shift": units.event_shift,
    "duration": units.duration_of,
    "rate": units.rate,
    "set_every": units.set_every,
    "set_weekday": units.set_weekday,
    "freq": units.freq,
    "vague": units.vague,
}


def find(reading: Reading, tokens: Sequence[Plain]) -> tuple[Timex, ...]:
    """The time expressions of a text in its order; a date that cannot be right adds a line to `reading.warnings`.

    `tokens` are those of `timex_scan.tokens_of` for the text that is read.
    """
    out: list[Timex] = []
    for found in scan(tokens, "timex"):
        builder = BUILDERS.get(found.rule.build)
        if builder is None:
            continue
        try:
            draft = builder(found, reading)
        except (ValueError, OverflowError):  # a date beyond the years that the calendar can hold
            draft = None
        if draft is not None:
            out.append(_finish(found, draft, reading))
    return tuple(_resolve_anchors(out))


def _finish(found: Found, draft: Draft, reading: Reading) -> Timex:
    """The draft as a `Timex`; its date joins those that later expressions are counted from."""
    period = draft.period
    iso, granularity = draft.iso, draft.granularity
    if period is not None and not draft.silent:
        if draft.type != "DURATION":
            reading.history.append(period)
        if found.before().kind == "SINCE" and not _is_first(found) and (since := _since(period, reading)):
            iso, granularity = since, "range"
        else:
            iso, granularity = iso or period.iso(), granularity or period.granularity
    return Timex(
        start=draft.start if draft.start is not None else found.start,
        end=draft.end if draft.end is not None else found.end,
        type=draft.type,
        value=draft.value,
        mod=draft.mod,
        iso=iso,
        granularity=granularity if iso or draft.anchor else None,
        basis=draft.basis if iso or draft.anchor else None,
        anchor=draft.anchor,
        shift_days=draft.shift_days,
    )


def _is_first(found: Found) -> bool:
    """Whether the date is that of the last time: "the first visit since 2012"."""
    for distance in range(2, 10):
        token = found.before(distance)
        if token.kind in ("DOT", "NL", "COMMA", "SEMI"):
            return False
        if token.kind == "ORD":
            return True
    return False


def _since(period: Period, reading: Reading) -> str | None:
    """From the date to publication, for "since June"."""
    today = reading.today
    if today is None or period.start >= today or period.unit not in ("D", "M", "Y"):
        return None
    return f"{period.iso()}/{today.isoformat()}"


def _resolve_anchors(found: list[Timex]) -> list[Timex]:
    """Where the anchor of an event-relative expression is a date ("two days before March 3"), count from it."""
    out = list(found)
    for at, timex in enumerate(found[:-1]):
        following = found[at + 1]
        if timex.anchor is None or timex.shift_days is None or following.start > timex.anchor[0] + 4:
            continue
        if following.granularity in ("day", "time") and following.iso and following.end >= timex.anchor[1]:
            out[at] = shifted(timex, following.iso)
    return out


def shifted(timex: Timex, anchor_iso: str) -> Timex:
    """An event-relative expression with its date, once the day of the other event is known (ISO 8601)."""
    period = published_period(anchor_iso)
    if timex.shift_days is None or period is None or period.unit != "D" or len(anchor_iso) != 10:
        return timex
    try:
        day = period.shift(timex.shift_days, "D")
    except ValueError:
        return timex
    fields = {name: getattr(timex, name) for name in timex.__struct_fields__}
    return Timex(**{**fields, "iso": day.iso(), "granularity": "day"})
