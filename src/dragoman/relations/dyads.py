"""Dyads over time: what one country did to another, by day, week, month or year.

Counts by quad and type, mean and summed PLOVER score (-10 to 10), shares, origins, the share that is unconfirmed, and
with each period how many reports were read at all, so that silence in the news is not taken for peace. How happenings
are counted: see `dragoman.relations.happenings`.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.ontology.ontology import load_ontology
from dragoman.relations.happenings import (
    DEFAULT_COUNTING,
    Counting,
    bucket,
    coder_condition,
    country_code,
    period_label,
    placed,
    with_happenings,
)

QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
RATE_PER = 1000
"""Rates are happenings a thousand reports read."""


def column_name(quad: str) -> str:
    """The column of a quad: ``verbal_cooperation``."""
    return quad.replace(" ", "_")


def _counts(by_type: bool) -> str:
    """SQL of the counts by quad and type; the names are the ontology's, not a user's."""
    quads = [f"count(*) FILTER (h.quad = '{quad}')::INTEGER AS {column_name(quad)}" for quad in QUADS]
    types = [
        f"count(*) FILTER (h.type = '{kind}')::INTEGER AS {kind.lower()}" for kind in load_ontology().types if by_type
    ]
    return ", ".join([*quads, *types])


def _bound(value: str | None, option: str, last: bool) -> Any:
    found = date_range(value)
    if value is not None and found is None:
        raise SettingsError(f"{option} is {value!r}; it takes a day, month or year: 2025-03-04, 2025-03 or 2025")
    return None if found is None else found[1] if last else found[0]


_TABLE = """
WITH {parts}
, directed AS (
    SELECT {pair}, h.unit_id, h.quad, h.type, h.score, h.report_count, h.unconfirmed,
        date_trunc('{by}', h.date_start)::DATE AS period_start
    FROM dyad JOIN happening AS h USING (unit_id)
    WHERE {placed} AND h.date_start >= coalesce($since, h.date_start) AND h.date_end <= coalesce($until, h.date_end)
), counted AS (
    SELECT actor, recipient, period_start, count(*)::INTEGER AS events, {counts},
        round(sum(h.score), 4) AS score_sum, round(avg(h.score), 4) AS score_mean,
        sum(h.report_count)::INTEGER AS reports, count(*) FILTER (h.unconfirmed)::INTEGER AS unconfirmed
    FROM directed AS h GROUP BY actor, recipient, period_start
), heard AS (
    SELECT d.actor, d.recipient, d.period_start, nullif(count(DISTINCT t.origin_id), 0)::INTEGER AS origins
    FROM directed AS d JOIN telling AS t USING (unit_id) GROUP BY ALL
), total AS (
    SELECT date_trunc('{by}', h.date_start)::DATE AS period_start, count(*) AS everything
    FROM happening AS h JOIN assembly AS m USING (unit_id) WHERE m.countries > 1 AND {placed} GROUP BY ALL
), coverage AS ({coverage})
SELECT c.actor, c.recipient, {label} AS period, c.* EXCLUDE (actor, recipient),
    heard.origins, round(c.unconfirmed / c.events, 4) AS unconfirmed_share,
    {shares},
    round(c.events / total.everything, 6) AS share_of_all,
    coalesce(v.reports_read, 0)::INTEGER AS reports_read,
    round({rate_per} * c.events / v.reports_read, 4) AS rate
FROM counted AS c JOIN heard USING (actor, recipient, period_start) JOIN total USING (period_start)
LEFT JOIN coverage AS v USING (period_start)
ORDER BY actor, recipient, period_start
"""
_COVERAGE = """
SELECT date_trunc('{by}', r.published_start)::DATE AS period_start, count(*) AS reports_read
FROM reports AS r
WHERE date_trunc('{by}', r.published_start) = date_trunc('{by}', r.published_end) AND {coder}
GROUP BY ALL
"""
_PAIRS = {
    True: "dyad.actor, dyad.recipient",
    False: "DISTINCT least(dyad.actor, dyad.recipient) AS actor, greatest(dyad.actor, dyad.recipient) AS recipient",
}


def _coverage_sql(connection: duckdb.DuckDBPyConnection, by: str) -> str:
    return _COVERAGE.format(by=bucket(by), coder=coder_condition(connection, "reports", "r"))


def coverage(
    connection: duckdb.DuckDBPyConnection, by: str = "month", counting: Counting = DEFAULT_COUNTING
) -> pa.Table:
    """How many reports were read a period, by date of publication: ``period``, ``period_start``, ``reports_read``."""
    sql = f"WITH c AS ({_coverage_sql(connection, by)}) SELECT {period_label(by, 'period_start')} AS period, * FROM c"
    return connection.sql(sql + " ORDER BY period_start", params={"coder": counting.coder}).to_arrow_table()


def dyad_table(
    connection: duckdb.DuckDBPyConnection,
    by: str = "month",
    *,
    directed: bool = True,
    pair: tuple[str, str] | None = None,
    since: str | None = None,
    until: str | None = None,
    by_type: bool = True,
    counting: Counting = DEFAULT_COUNTING,
) -> pa.Table:
    """One row a dyad and period in which anything happened, over all dyads or one `pair`.

    Without `by_type` there are no counts by type. With `directed` a dyad is who acted and on whom; else the two in order
    of the alphabet, a happening counted once. Raises `SettingsError` for a length of periods or a date that is none.
    """
    first, last = _bound(since, "since", False), _bound(until, "until", True)
    days = (first or date.min, last or date.max) if first or last else None
    parts, values = with_happenings(connection, counting, [pair] if pair else None, days)
    shares = [f"round(c.{column_name(quad)} / c.events, 4) AS {column_name(quad)}_share" for quad in QUADS]
    sql = _TABLE.format(
        parts=parts,
        pair=_PAIRS[directed],
        by=bucket(by),
        placed=placed(by),
        counts=_counts(by_type),
        coverage=_coverage_sql(connection, by),
        label=period_label(by, "c.period_start"),
        shares=", ".join(shares),
        rate_per=RATE_PER,
    )
    bounds = {"coder": counting.coder, "since": first, "until": last}
    return connection.sql(sql, params={**values, **bounds}).to_arrow_table()


def dyad_series(
    connection: duckdb.DuckDBPyConnection,
    a: str,
    b: str,
    by: str = "month",
    *,
    since: str | None = None,
    until: str | None = None,
    counting: Counting = DEFAULT_COUNTING,
) -> pa.Table:
    """The series of a pair: `a` to `b`, `b` to `a` and both together, a row a period, also those without anything.

    ``direction`` is ``a>b``, ``b>a`` or ``a-b`` (a happening counted once). The periods run from the first to the last
    in which a report was read or anything happened. Counts of a period without happenings are 0, means and shares NULL;
    ``rate`` is NULL where no report was read: nothing is known then. Raises `SettingsError`.
    """
    one, other = country_code(a), country_code(b)
    if one == other:
        raise SettingsError(f"a dyad is of two countries; both are {one}")
    found = {
        directed: dyad_table(
            connection, by, directed=directed, pair=(one, other), since=since, until=until, counting=counting
        )
        for directed in (True, False)
    }
    read = {row["period_start"]: row["reports_read"] for row in coverage(connection, by, counting).to_pylist()}
    rows = {(r["actor"], r["recipient"], r["period_start"]): r for r in found[True].to_pylist()}
    both = {r["period_start"]: r for r in found[False].to_pylist()}
    first, last = _bound(since, "since", False), _bound(until, "until", True)
    periods = _periods(by, [*read, *both], first, last)
    series: list[dict[str, Any]] = []
    for direction, key in (
        (f"{one}>{other}", (one, other)),
        (f"{other}>{one}", (other, one)),
        (f"{one}-{other}", None),
    ):
        for start in periods:
            row = both.get(start) if key is None else rows.get((*key, start))
            ends = key or (one, other)
            series.append(_filled(row, found[True].schema, direction, ends, by, start, read.get(start, 0)))
    schema = pa.schema([pa.field("direction", pa.string()), *found[True].schema])
    return pa.Table.from_pylist(series, schema=schema)


def next_period(by: str, start: date) -> date:
    """The first day of the period after the one that starts on a day."""
    if by in ("day", "week"):
        return start + timedelta(days=1 if by == "day" else 7)
    months = start.year * 12 + start.month - 1 + (1 if by == "month" else 12)
    return date(months // 12, months % 12 + 1, 1)


def period_start(by: str, day: date) -> date:
    """The first day of the period that a day is in; weeks start on Monday (ISO 8601)."""
    if by == "week":
        return day - timedelta(days=day.weekday())
    return day if by == "day" else date(day.year, day.month if by == "month" else 1, 1)


def name_of_period(by: str, start: date) -> str:
    """The name of the period that starts on a day, as `period_label` writes it."""
    return start.strftime({"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}[bucket(by)])


def _periods(by: str, seen: list[date], first: date | None, last: date | None) -> list[date]:
    """All periods from the first to the last that are seen, within the bounds."""
    within = [
        day for day in seen if (first is None or day >= period_start(by, first)) and (last is None or day <= last)
    ]
    if not within:
        return []
    at, end = min(within), max(within)
    periods = []
    while at <= end:
        periods.append(at)
        at = next_period(by, at)
    return periods


def _filled(
    row: dict[str, Any] | None,
    schema: pa.Schema,
    direction: str,
    ends: tuple[str, str],
    by: str,
    start: date,
    read: int,
) -> dict[str, Any]:
    """The row of a period; where nothing happened, counts are 0 and what is undefined is NULL."""
    if row is None:
        row = {f.name: 0 for f in schema if pa.types.is_integer(f.type) and f.name != "origins"}
        row |= {"score_sum": 0.0, "share_of_all": 0.0, "period_start": start, "period": name_of_period(by, start)}
        row |= {"reports_read": read, "rate": 0.0 if read else None}
    return {**row, "direction": direction, "actor": ends[0], "recipient": ends[1]}
