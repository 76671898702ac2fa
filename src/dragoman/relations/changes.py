"""What changed: turning points, the week against the weeks before, new and broken ties, and all ranked by surprise.

Surprise is how improbable a window's count is given the dyad's own past: the past weeks, each worth less the older it
is (discount factor `DISCOUNT` a week: West and Harrison's discounted gamma-Poisson model), give a distribution of the
rate; surprise is -log10 of the probability of as many, or as few, happenings in the window, counted for cooperation and
for conflict. 2 is one in a hundred, 3 one in a thousand. Where the number of reports read changes, so does what is
expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import msgspec
import numpy as np
from scipy.stats import nbinom

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.records import Record
from dragoman.relations.dyads import coverage, name_of_period, next_period, period_start
from dragoman.relations.happenings import DEFAULT_COUNTING, Counting, bucket, placed, with_happenings
from dragoman.relations.story_lines import StoryLine, story_lines
from dragoman.relations.ties import Tie, ties_of_days
from dragoman.relations.turning_points import ALPHA, SHUFFLES, signal, turning_points
from dragoman.tables import package_file, read_table

DISCOUNT = 0.97
PRIOR_SHAPE, PRIOR_WEEKS = 0.5, 4.0
"""What is taken for granted of a dyad without a past: half a happening in four weeks."""
SHORT_WEEKS, LONG_WEEKS = 4, 52
SMALL_BASE = 1.0
"""Happenings a week below which a change in per cent says nothing (ACLED has a rule of its own for small bases)."""
FEWEST = 12
"""Happenings that a dyad must have for its series to be searched for turning points."""
LEAST_SURPRISE = 1.0
"""Changes less surprising than this (one in ten) are none."""
ROUNDED = 3
MANY = ("IGO", "IMG", "ISM", "MNC", "NGO")
"""Codes that stand for many actors of a kind; a change between such a kind and a state is no change of a relation."""


class Change(Record, frozen=True, kw_only=True):
    """One dyad in one window of time, against its own past.

    `kind`: more conflict, less conflict, more cooperation, less cooperation, first contact (none for a year).
    `count` in the window, `expected` from the past; `surprise`: -log10 of the chance of so many (so few). `trend_short`
    and `trend_long`: against the mean of the last 4 and 52 weeks in Trendfinder's words, or small base.
    """

    a: str
    b: str
    kind: str
    since: str
    until: str
    count: int
    expected: float
    surprise: float
    trend_short: str
    trend_long: str
    new_actor: bool = False
    stories: tuple[StoryLine, ...] = ()


class TieChange(Record, frozen=True, kw_only=True):
    """A tie that began (`new`) or ended (`broken`) in a window."""

    what: str
    tie: Tie


class DyadTurn(Record, frozen=True, kw_only=True):
    """A turning point in a dyad's series: the first period of the new level, the mean counts a period before and after.

    `p` of the permutation test, `q` the same with the number of dyads searched taken into account (Benjamini and
    Hochberg 1995), `gain` the share of the variance that it explains, `shift` how far the level moved.
    """

    a: str
    b: str
    period: str
    direction: str
    cooperation_before: float
    cooperation_after: float
    conflict_before: float
    conflict_after: float
    p: float
    q: float
    gain: float
    shift: float
    stories: tuple[StoryLine, ...] = ()


class Changes(Record, frozen=True, kw_only=True):
    """What changed in a window, the most surprising first."""

    since: str
    until: str
    changes: tuple[Change, ...]
    ties: tuple[TieChange, ...]


class DyadCounts(msgspec.Struct, frozen=True):
    """The series of one dyad (undirected): a count a period of cooperation and of conflict."""

    a: str
    b: str
    cooperation: np.ndarray
    conflict: np.ndarray

    @property
    def total(self) -> int:
        """Happenings over all periods."""
        return int(self.cooperation.sum() + self.conflict.sum())


_SERIES = """
WITH {parts}
, pair AS (SELECT DISTINCT unit_id, least(actor, recipient) AS a, greatest(actor, recipient) AS b FROM dyad)
SELECT a, b, date_trunc('{by}', h.date_start)::DATE AS period,
    count(*) FILTER (h.quad LIKE '% cooperation') AS cooperation,
    count(*) FILTER (h.quad LIKE '% conflict') AS conflict
FROM pair JOIN happening AS h USING (unit_id) WHERE {placed} AND h.date_start BETWEEN $first AND $last
    AND NOT list_contains($many, a) AND NOT list_contains($many, b)
GROUP BY ALL ORDER BY a, b, period
"""
_DAILY = """
WITH {parts}
, pair AS (SELECT DISTINCT unit_id, least(actor, recipient) AS a, greatest(actor, recipient) AS b FROM dyad)
SELECT a, b, h.date_start AS day, count(*) FILTER (h.quad LIKE '% cooperation') AS cooperation,
    count(*) FILTER (h.quad LIKE '% conflict') AS conflict
FROM pair JOIN happening AS h USING (unit_id)
WHERE h.date_start = h.date_end AND h.date_start BETWEEN $first AND $last
    AND NOT list_contains($many, a) AND NOT list_contains($many, b)
GROUP BY ALL ORDER BY a, b, day
"""


@cache
def _trends() -> tuple[tuple[float | None, str], ...]:
    rows = read_table(package_file("relations", "trends.tsv"), ("over", "trend"))
    return tuple((float(row["over"]) if row["over"] else None, row["trend"]) for row in rows)


def trend(count: float, base: float) -> str:
    """Trendfinder's words for a week's count against the mean of earlier weeks; ``small base`` where that is tiny."""
    if base < SMALL_BASE:
        return "small base"
    percent = 100 * (count - base) / base
    return next(word for over, word in _trends() if over is None or percent > over)


def series_of_dyads(
    connection: duckdb.DuckDBPyConnection,
    by: str = "week",
    *,
    pair: tuple[str, str] | None = None,
    since: str | None = None,
    until: str | None = None,
    counting: Counting = DEFAULT_COUNTING,
    read: Mapping[date, int] | None = None,
) -> tuple[list[date], np.ndarray, list[DyadCounts]]:
    """The periods in which reports were read, how many were, and the series of every dyad (or one `pair`) over them.

    `read` gives the reports read by first day of their period where that is known already; see `reports_read`.
    """
    if read is None:
        read = reports_read(connection, by, counting)
    first = _day(since, "since", False) or min(read, default=date.max)
    last = _day(until, "until", True) or max(read, default=date.min)
    periods: list[date] = []
    at = period_start(by, first) if first <= last else last
    while at <= last:
        periods.append(at)
        at = next_period(by, at)
    index = {start: number for number, start in enumerate(periods)}
    parts, values = with_happenings(connection, counting, [pair] if pair else None)
    end = at - timedelta(days=1) if periods else last
    bound = {**values, "first": period_start(by, first) if periods else first, "last": end, "many": list(MANY)}
    sql = _SERIES.format(parts=parts, by=by, placed=placed(by))
    found: dict[tuple[str, str], DyadCounts] = {}
    for row in connection.sql(sql, params=bound).to_arrow_table().to_pylist():
        key = (row["a"], row["b"])
        if key not in found:
            found[key] = DyadCounts(*key, np.zeros(len(periods)), np.zeros(len(periods)))
        found[key].cooperation[index[row["period"]]] = row["cooperation"]
        found[key].conflict[index[row["period"]]] = row["conflict"]
    counts = np.array([read.get(start, 0) for start in periods], dtype=float)
    return periods, counts, [found[key] for key in sorted(found)]


def reports_read(
    connection: duckdb.DuckDBPyConnection, by: str, counting: Counting = DEFAULT_COUNTING
) -> dict[date, int]:
    """How many reports were read, by the first day of each period."""
    rows = coverage(connection, bucket(by), counting).to_pylist()
    return {row["period_start"]: row["reports_read"] for row in rows}


def _day(value: str | None, option: str, last: bool) -> date | None:
    found = date_range(value)
    if value is not None and found is None:
        raise SettingsError(f"{option} is {value!r}; it takes a day, month or year: 2025-03-04, 2025-03 or 2025")
    return None if found is None else found[1] if last else found[0]


def dyad_turns(
    connection: duckdb.DuckDBPyConnection,
    by: str = "week",
    *,
    pair: tuple[str, str] | None = None,
    since: str | None = None,
    until: str | None = None,
    alpha: float = ALPHA,
    shuffles: int = SHUFFLES,
    counting: Counting = DEFAULT_COUNTING,
    read: Mapping[date, int] | None = None,
) -> tuple[DyadTurn, ...]:
    """The turning points of all dyads with enough happenings (or of one), those that move the level furthest first.

    `read` as `series_of_dyads` takes it. Raises `SettingsError` for a length of periods or a date that is none.
    """
    periods, known, dyads = series_of_dyads(
        connection, by, pair=pair, since=since, until=until, counting=counting, read=read
    )
    chosen = [d for d in dyads if (d.total >= FEWEST if pair is None else {d.a, d.b} == set(pair))]
    found: list[DyadTurn] = []
    for dyad in chosen:
        values = signal(dyad.cooperation, dyad.conflict, known)
        for point in turning_points(values, alpha=alpha, shuffles=shuffles):
            found.append(_turn(dyad, values, periods, by, point))
    ranked = sorted(_with_q(found, len(chosen)), key=lambda turn: (-turn.shift, turn.a, turn.b, turn.period))
    return tuple(ranked)


def with_stories(
    connection: duckdb.DuckDBPyConnection,
    turns: Sequence[DyadTurn],
    by: str,
    *,
    counting: Counting = DEFAULT_COUNTING,
) -> tuple[DyadTurn, ...]:
    """The turning points, each with its stories.

    Of a rise, those of its side in the two periods from it on; of a fall, all in the period before and the first of the
    new level, since what ended it is mostly of the other side.
    """
    told = []
    for turn in turns:
        start = _start_of(turn.period)
        if turn.direction.startswith("more"):
            days = (start, next_period(by, next_period(by, start)) - timedelta(days=1))
            side = _side(turn.direction)
        else:
            days = (period_start(by, start - timedelta(days=1)), next_period(by, start) - timedelta(days=1))
            side = None
        [lines] = story_lines(connection, [(turn.a, turn.b, side)], days, counting=counting)
        told.append(msgspec.structs.replace(turn, stories=lines))
    return tuple(told)


def _start_of(period: str) -> date:
    """The first day of a period by its name."""
    if "W" in period:
        year, week = period.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    found = date_range(period)
    assert found is not None
    return found[0]


def _turn(dyad: DyadCounts, values: np.ndarray, periods: Sequence[date], by: str, point: Any) -> DyadTurn:
    before, after = slice(point.start, point.index), slice(point.index, point.end)
    moved = values[after].mean(axis=0) - values[before].mean(axis=0)
    side = "cooperation" if abs(moved[0]) > abs(moved[1]) else "conflict"
    rises = moved[0 if side == "cooperation" else 1] > 0
    return DyadTurn(
        a=dyad.a,
        b=dyad.b,
        period=name_of_period(by, periods[point.index]),
        direction=f"{'more' if rises else 'less'} {side}",
        cooperation_before=round(float(dyad.cooperation[before].mean()), ROUNDED),
        cooperation_after=round(float(dyad.cooperation[after].mean()), ROUNDED),
        conflict_before=round(float(dyad.conflict[before].mean()), ROUNDED),
        conflict_after=round(float(dyad.conflict[after].mean()), ROUNDED),
        p=point.p,
        q=point.p,
        gain=point.gain,
        shift=round(float(np.sqrt((moved**2).sum())), ROUNDED),
    )


def _with_q(turns: Sequence[DyadTurn], tested: int) -> list[DyadTurn]:
    """The turns with Benjamini and Hochberg's q: what share of those with so small a p is to be expected by chance."""
    ordered = sorted(turns, key=lambda turn: turn.p)
    adjusted, least = [], 1.0
    for rank in range(len(ordered), 0, -1):
        least = min(least, ordered[rank - 1].p * max(tested, len(ordered)) / rank)
        adjusted.append(msgspec.structs.replace(ordered[rank - 1], q=round(least, 4)))
    return adjusted


def window(text: str, newest: date) -> tuple[date, date]:
    """First and last day of ``7d``, ``2w`` (back from the newest report) or of a day, month or year until then."""
    number, unit = text[:-1], text[-1:]
    if number.isdigit() and unit in ("d", "w") and int(number) > 0:
        return newest - timedelta(days=int(number) * (7 if unit == "w" else 1) - 1), newest
    first = _day(text, "since", False)
    if first is None:
        raise SettingsError(f"since is {text!r}; it takes 7d, 2w, or a day, month or year")
    return first, newest


def changes(
    connection: duckdb.DuckDBPyConnection,
    since: str = "7d",
    until: str | None = None,
    *,
    most: int = 20,
    counting: Counting = DEFAULT_COUNTING,
) -> Changes:
    """What changed between two days over all dyads, the most surprising first, each with its stories.

    `since`: 7d, 2w (back from `until`) or a day; `until`: a day, by default that of the newest report. Raises
    `SettingsError` for a window that is none and for a store without dated reports.
    """
    last = _day(until, "until", True) or _newest(connection)
    first, last = window(since, last)
    if first > last:
        raise SettingsError(f"since {first} is after {last}")
    every = (change for dyad in _windows(connection, first, last, counting) for change in dyad)
    found = [change for change in every if change.surprise >= LEAST_SURPRISE]
    found.sort(key=lambda change: (-change.surprise, -change.count, change.a, change.b, change.kind))
    told = _with_stories(connection, found[:most], (first, last), counting)
    return Changes(
        since=first.isoformat(),
        until=last.isoformat(),
        changes=tuple(told),
        ties=tuple(tie_changes(ties_of_days(connection, first, last, counting=counting), first, last)),
    )


def _newest(connection: duckdb.DuckDBPyConnection) -> date:
    [(day,)] = connection.execute("SELECT max(published_end) FROM reports").fetchall()
    if day is None:
        raise SettingsError("the store has no dated report, so nothing can have changed since")
    newest: date = day
    return newest


def _side(kind: str) -> str | None:
    """Cooperation or conflict, None for a first contact."""
    return next((side for side in ("cooperation", "conflict") if kind.endswith(side)), None)


def _with_stories(
    connection: duckdb.DuckDBPyConnection, found: Sequence[Change], days: tuple[date, date], counting: Counting
) -> list[Change]:
    wanted = [(change.a, change.b, _side(change.kind)) for change in found]
    lines = story_lines(connection, wanted, days, counting=counting)
    return [msgspec.structs.replace(change, stories=told) for change, told in zip(found, lines, strict=True)]


def _windows(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, counting: Counting
) -> Iterable[list[Change]]:
    """The changes of every dyad with anything in the window or the year before it."""
    length = (last - first).days + 1
    steps = max(LONG_WEEKS * 7 // length, 1)
    begin = first - timedelta(days=steps * length)
    parts, values = with_happenings(connection, counting, days=(begin, last))
    bound = {**values, "first": begin, "last": last, "many": list(MANY)}
    counts: dict[tuple[str, str], np.ndarray] = {}
    for row in connection.sql(_DAILY.format(parts=parts), params=bound).to_arrow_table().to_pylist():
        series = counts.setdefault((row["a"], row["b"]), np.zeros((2, steps + 1)))
        series[:, (row["day"] - begin).days // length] += (row["cooperation"], row["conflict"])
    read = np.zeros(steps + 1)
    for row in coverage(connection, "day", counting).to_pylist():
        if begin <= row["period_start"] <= last:
            read[(row["period_start"] - begin).days // length] += row["reports_read"]
    seen: dict[str, float] = {}
    for (a, b), series in counts.items():
        for country in (a, b):
            seen[country] = seen.get(country, 0) + float(series[:, :-1].sum())
    for (a, b), series in sorted(counts.items()):
        yield _changes_of(a, b, series, read, (first, last), length, bool(seen[a] and seen[b]))


def _changes_of(
    a: str, b: str, series: np.ndarray, read: np.ndarray, days: tuple[date, date], length: int, known: bool
) -> list[Change]:
    """The changes of one dyad: for cooperation and conflict, or one line for a first contact."""
    since, until = (day.isoformat() for day in days)
    if not series[:, :-1].sum():
        total = series.sum(axis=0)
        expected, surprise = expectation(total, read, length)
        return [
            Change(
                a=a,
                b=b,
                kind="first contact",
                since=since,
                until=until,
                count=int(total[-1]),
                expected=expected,
                surprise=surprise,
                trend_short="small base",
                trend_long="small base",
                new_actor=not known,
            )
        ]
    made = []
    for side, counts in zip(("cooperation", "conflict"), series, strict=True):
        if not counts.any():
            continue
        expected, surprise = expectation(counts, read, length)
        short = max(SHORT_WEEKS * 7 // length, 1)
        scale = 7 / length
        made.append(
            Change(
                a=a,
                b=b,
                kind=f"{'more' if counts[-1] >= expected else 'less'} {side}",
                since=since,
                until=until,
                count=int(counts[-1]),
                expected=expected,
                surprise=surprise,
                trend_short=trend(counts[-1] * scale, counts[-1 - short : -1].mean() * scale),
                trend_long=trend(counts[-1] * scale, counts[:-1].mean() * scale),
            )
        )
    return made


def expectation(counts: np.ndarray, read: np.ndarray, length: int) -> tuple[float, float]:
    """What the past windows have one expect of the last, and how surprising it is (-log10 of the tail probability).

    `read`: reports read in each window, taken as the exposure; a window in which none was read says nothing. `length`
    is that of a window in days.
    """
    known = read > 0
    unit = read[known].mean() if known.any() else 1.0
    exposure = np.where(known, read / unit, 0.0)
    age = np.arange(len(counts) - 1, 0, -1) * length / 7
    worth = DISCOUNT**age * known[:-1]
    shape = PRIOR_SHAPE + float((worth * counts[:-1]).sum())
    weeks = PRIOR_WEEKS + float((worth * exposure[:-1]).sum()) * length / 7
    now = max(exposure[-1], 0.0) * length / 7
    expected = shape / weeks * now
    if now <= 0:
        return round(expected, ROUNDED), 0.0
    chance = weeks / (weeks + now)
    tail = nbinom.sf(counts[-1] - 1, shape, chance) if counts[-1] >= expected else nbinom.cdf(counts[-1], shape, chance)
    return round(expected, ROUNDED), round(float(-np.log10(max(tail, 1e-300))), ROUNDED)


def tie_changes(found: Iterable[Tie], first: date, last: date) -> list[TieChange]:
    """The ties (of those with a length) that began or ended in a window by reports' own dates, by day."""
    made = []
    for tie in found:
        if tie.status == "happened" or tie.derived:
            continue
        for what, value in (("new", tie.begin), ("broken", tie.end)):
            days = date_range(value)
            if days and first <= days[0] and days[1] <= last:
                made.append(TieChange(what=what, tie=tie))
    return made
