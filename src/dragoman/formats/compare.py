"""Several coders side by side on one pair of countries, in PLOVER's terms."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.store.query import EVERY_CODER, EventFilter, connect_tables, event_conditions

OWN = "Dragoman"
PERIODS = ("day", "week", "month", "year")

_SIDE_BY_SIDE = """
SELECT * FROM (
SELECT coalesce(e.coder, '{own}') AS coder, date_trunc('{by}', e.date_start)::DATE AS period_start,
    count(*) AS events,
    count(*) FILTER (e.quad = 'verbal cooperation') AS verbal_cooperation,
    count(*) FILTER (e.quad = 'material cooperation') AS material_cooperation,
    count(*) FILTER (e.quad = 'verbal conflict') AS verbal_conflict,
    count(*) FILTER (e.quad = 'material conflict') AS material_conflict,
    round(avg(e.score), 3) AS mean_score
FROM events AS e
WHERE {conditions} AND e.realis = 'ACTUAL' AND date_trunc('{by}', e.date_start) = date_trunc('{by}', e.date_end)
GROUP BY ALL
) ORDER BY period_start, coder <> '{own}', coder
"""


def side_by_side(connection: duckdb.DuckDBPyConnection, wanted: EventFilter, by: str = "month") -> pa.Table:
    """What each coder has of the dyad of a filter, a row a coder and period: events by quad and their mean score.

    Counted are events that happened, with a date within one period; Dragoman's are those of reports, not stories, since
    other coders count so. The coder of the filter is not looked at. Raises `SettingsError` for a value not allowed.
    """
    if wanted.dyad is None:
        raise SettingsError("side by side needs two countries: --dyad RUS-UKR")
    if by not in PERIODS:
        raise SettingsError(f"by is {by!r}; allowed: {', '.join(PERIODS)}")
    found = event_conditions(msgspec.structs.replace(wanted, coder=EVERY_CODER))
    sql = _SIDE_BY_SIDE.format(own=OWN, by=by, conditions=" AND ".join(found.sql))
    return connection.sql(sql, params=found.values).to_arrow_table()


def _table(path: Path, wanted: EventFilter) -> pa.Table:
    from dragoman.store.rows import arrow_tables
    from dragoman.store.store import Store
    from dragoman.store.view import read_coded

    tables = Store.open(path).tables() if path.is_dir() else dict(arrow_tables(read_coded(path).values()))
    with connect_tables(tables) as connection:
        return side_by_side(connection, wanted)


def print_side_by_side(path: Path, wanted: EventFilter, form: str) -> None:
    """Print `side_by_side` of a store or a file of coded reports: as a table for people, JSON lines or CSV."""
    found = _table(path, wanted)
    rows = found.to_pylist()
    if form == "jsonl":
        for row in rows:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.column_names)
        writer.writerows(row.values() for row in rows)
    else:
        _print(found.column_names, rows)


def _print(columns: list[str], rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in columns:
        left = name in ("coder", "period_start")
        table.add_column(name.replace("_", " "), justify="left" if left else "right", no_wrap=left)
    for row in rows:
        table.add_row(*(str(row[name]) for name in columns))
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = max(console.width, 100)
    console.print(table)
