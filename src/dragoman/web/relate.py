"""What relations say of a dyad, read from a slice of the store: the very functions of `dragoman relate`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.web.generation import Generation, report_key

if TYPE_CHECKING:
    from dragoman.relations.happenings import Counting


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(type(value).__name__)


def plain(value: Any) -> Any:
    """Rows fit for JSON: structs as dictionaries, NumPy's numbers as Python's."""
    import msgspec

    return msgspec.to_builtins(value, builtin_types=(dt.date, dt.datetime), enc_hook=_number)


def of_dyad(now: Generation, a: str, b: str, by: str) -> dict[str, Any]:
    """The series of both directions, turning points, and ties of two countries."""
    from dragoman.relations.changes import FEWEST
    from dragoman.relations.dyads import dyad_table
    from dragoman.relations.happenings import hold_happenings
    from dragoman.relations.ties import ties

    columns = now.columns
    both = np.intersect1d(columns.numbers("country", a), columns.numbers("country", b), assume_unique=True)
    read = now.remembered(("coverage", by), lambda: _coverage(now, by))
    with now.slice(both.tolist(), few_reports=True) as connection:
        try:
            counting = hold_happenings(connection, [(a, b)])
            series = dyad_table(connection, by, pair=(a, b), by_type=False, counting=counting).to_pylist()
            found = [plain(tie) for tie in ties(connection, a, b, counting=counting)]
            enough = sum(row["events"] for row in series) >= FEWEST
            turns = _turns(connection, a, b, by, counting, read) if enough else []
        except SettingsError:  # a code that relations are not reckoned for
            series, found, turns = [], [], []
    for row in series:
        row["reports_read"] = read.get(row["period_start"], 0)
    for tie in found:
        for piece in tie["evidence"]:
            piece["report_key"] = report_key(piece["report_id"])
    return {"series": series, "ties": found, "turning_points": turns}


def _turns(
    connection: Any, a: str, b: str, by: str, counting: Counting, read: dict[dt.date, int]
) -> list[dict[str, Any]]:
    """Where the level of the pair changes, with the words for it, oldest first."""
    from dragoman.relations.changes import dyad_turns

    rows = [plain(turn) for turn in dyad_turns(connection, by, pair=(a, b), counting=counting, read=read)]
    for row in rows:
        span = date_range(f"{row['period']}-1" if "W" in row["period"] else row["period"])
        row["start"] = span[0].isoformat() if span else None
        row["words"] = (
            f"{row['direction']}: cooperation {row['cooperation_before']:.1f} → {row['cooperation_after']:.1f}, "
            f"conflict {row['conflict_before']:.1f} → {row['conflict_after']:.1f} a {by} (p {row['p']:.3f})"
        )
    return sorted((row for row in rows if row["start"]), key=lambda row: row["start"])


def _coverage(now: Generation, by: str) -> dict[dt.date, int]:
    """Reports by period of publication, over the whole store."""
    from dragoman.relations.changes import reports_read

    with now.slice([]) as connection:
        return reports_read(connection, by)


def _span(value: str | None) -> tuple[dt.date, dt.date] | None:
    return date_range(value) if value else None


def lanes(found: list[dict[str, Any]], newest: dt.date | None) -> list[dict[str, Any]]:
    """Ties as bars: a lane a kind and direction; an open one runs to the newest day of the store."""
    rows = []
    for number, tie in enumerate(found):
        begin, end = _span(tie["begin"]), _span(tie["end"])
        start, stop = begin or end, end or begin
        if start is None or stop is None:
            continue
        spell = tie["status"] != "happened"
        until = stop[1] if end else newest or stop[1]
        side = f"{tie['a']} → {tie['b']}" if tie["directed"] else "both"
        rows.append(
            {
                "lane": f"{tie['tie']}, {side}",
                "kind": tie["tie"],
                "begin": start[0].isoformat(),
                "end": max(until, start[0] + dt.timedelta(days=1)).isoformat(),
                "spell": spell,
                "known": "derived" if tie["derived"] else "reported",
                "tie": tie["tie"],
                "state": tie["state"],
                "from": tie["begin"],
                "to": tie["end"] or "–",
                "status": tie["status"],
                "level": tie["level"] or "–",
                "derivation": tie["derivation"] or "–",
                "href": f"#tie-{number}",
            }
        )
    return rows
