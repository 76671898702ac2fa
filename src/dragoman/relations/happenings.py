"""Happenings: what relations count. One row a story, or, in a store that is not linked, a cautious group of events.

Everything here is SQL for DuckDB, put together from fixed pieces; values are always bound. A query starts with
`with_happenings`, which gives these common table expressions:

happening   one row a happening: type, mode, quad, score, two_sided, realis, status, dates, place, counts
party       its parties, one row a role, position and name
telling     the events that tell of it, with report and origin (NULL where the store is not linked)
dyad        one row a happening and ordered pair of countries: actor, recipient

Rules of counting: a happening counts once, however many reports tell of it. Symmetric types, and ceasefires, count once
for each side. What did not happen (NEGATED, denied) is left out; what is planned is placed on the day on which it was
first reported, since that day it was announced. A meeting of three or more states within an organisation, or of more
than four states, is not exploded into pairs of states unless asked; everybody's pair with the organisation stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

import duckdb
import msgspec

from dragoman.errors import SettingsError
from dragoman.lexicon.actor_tables import INTERNATIONAL, country_codes
from dragoman.ontology.ontology import load_ontology

MOST_STATES = 4
"""States at a meeting that is taken for a meeting of each with each; PLOVER's manual warns of more."""
ORGANISATIONS = ("IGO", "UNO", "EUR")
STATE_SECTORS = ("GOV", "MIL", "COP", "SPY", "JUD", "LEG")
"""Sectors of a state's own organs; an actor without sector is the state itself."""

_STORIES = {
    "happening": """
    SELECT s.story_id AS unit_id, s.type, s.mode, s.quad, s.score, (list_contains($symmetric, s.type)
            OR s.mode = 'ceasefire') IS TRUE AS two_sided, s.realis, s.certainty, s.status, s.date_value, s.date_basis,
        s.date_granularity,
        CASE WHEN s.realis = 'PLANNED' THEN s.first_published ELSE s.date_start END AS date_start,
        CASE WHEN s.realis = 'PLANNED' THEN s.first_published ELSE s.date_end END AS date_end,
        s.first_published, s.place_name, s.place_country, s.event_count, s.report_count, s.origin_count,
        s.status = 'unconfirmed' AS unconfirmed
    FROM stories AS s
    WHERE s.realis <> 'NEGATED' AND s.status IS DISTINCT FROM 'denied' AND {dates}
""",
    "party": "SELECT story_id AS unit_id, role, position, name, country, sector, entity FROM story_actors",
    "telling": "SELECT story_id AS unit_id, event_id, report_id, origin_id FROM story_events",
}
# An event joins others of its type and mode on one and the same day between the same countries, and no further: dated
# to less than a day, or without a country, it stays alone. One that states no mode joins one that does.
_EVENTS = {
    "chosen": """
    SELECT s.report_id, s.event_id, s.type, s.mode, s.quad, s.score, s.realis, s.certainty, s.date_value, s.date_basis,
        s.date_granularity, s.date_start, s.date_end, s.place_name, s.place_country, r.published_start,
        (list_contains($symmetric, s.type) OR s.mode = 'ceasefire') IS TRUE AS two_sided
    FROM events AS s JOIN reports AS r USING (report_id)
    WHERE s.realis <> 'NEGATED' AND {coder} AND {dates}
""",
    "seen": """
    SELECT report_id, event_id, role, coalesce(country, name) AS party, bool_or(country IS NOT NULL) AS known
    FROM event_actors {chosen_only} GROUP BY ALL
""",
    "sides": """
    SELECT report_id, event_id, bool_or(known) AS known,
        sum(hash(party)) FILTER (role = 'actor') AS ones, sum(hash(party)) AS everyone
    FROM seen GROUP BY report_id, event_id
""",
    "keyed": """
    SELECT e.*, CASE WHEN e.date_start = e.date_end AND s.known THEN
            hash(e.type, e.date_start, e.realis = 'PLANNED', s.everyone, CASE WHEN NOT two_sided THEN s.ones END)
            ELSE hash(e.report_id, e.event_id) END AS key
    FROM chosen AS e LEFT JOIN sides AS s USING (report_id, event_id)
""",
    "grouped": "SELECT *, hash(key, coalesce(mode, min(mode) OVER (PARTITION BY key))) AS unit_id FROM keyed",
    "happening": """
    SELECT unit_id, any_value(type) AS type, max(mode) AS mode,
        any_value(quad) AS quad, max_by(score, mode IS NOT NULL) AS score, any_value(two_sided) AS two_sided,
        CASE WHEN bool_or(realis = 'ACTUAL') THEN 'ACTUAL' ELSE max(realis) END AS realis, max(certainty) AS certainty,
        NULL::VARCHAR AS status, min(date_value) AS date_value, min(date_basis) AS date_basis,
        min(date_granularity) AS date_granularity,
        CASE WHEN any_value(realis) = 'PLANNED' THEN min(published_start) ELSE any_value(date_start) END AS date_start,
        CASE WHEN any_value(realis) = 'PLANNED' THEN min(published_start) ELSE any_value(date_end) END AS date_end,
        min(published_start) AS first_published, min(place_name) AS place_name, min(place_country) AS place_country,
        count(*)::INTEGER AS event_count, count(DISTINCT report_id)::INTEGER AS report_count,
        NULL::INTEGER AS origin_count, bool_and(realis = 'POSSIBLE') AS unconfirmed
    FROM grouped GROUP BY unit_id
""",
    "party": """
    SELECT g.unit_id, a.role, a.position, a.name, a.country, a.sector, a.entity
    FROM event_actors AS a JOIN grouped AS g USING (report_id, event_id)
""",
    "telling": "SELECT unit_id, event_id, report_id, NULL::VARCHAR AS origin_id FROM grouped",
}
_DYADS = {
    "side": """
    SELECT DISTINCT unit_id, role, country, list_contains($organisations, country) AS organisation,
        list_contains($international, country) AS international
    FROM party WHERE country IS NOT NULL AND {sectors}
""",
    "assembly": """
    SELECT h.unit_id, any_value(h.type) AS type, any_value(h.two_sided) AS two_sided,
        bool_or(s.role = 'recipient') AS addressed, count(DISTINCT s.country) AS countries,
        any_value(h.two_sided) AND NOT $explode
            AND (count(DISTINCT s.country) FILTER (NOT s.international) > $most_states
                OR (count(DISTINCT s.country) FILTER (NOT s.international) > 2 AND bool_or(s.organisation))) AS closed
    FROM happening AS h JOIN side AS s USING (unit_id) GROUP BY h.unit_id
""",
    "dyad": """
    SELECT DISTINCT a.unit_id, a.country AS actor, b.country AS recipient
    FROM side AS a JOIN side AS b ON a.unit_id = b.unit_id AND a.country <> b.country
    JOIN assembly AS m ON m.unit_id = a.unit_id
    WHERE ((a.role = 'actor' AND b.role = 'recipient')
            OR (m.two_sided AND (a.role = 'recipient' AND b.role = 'actor' OR NOT m.addressed OR m.type = 'CONSULT')))
        AND (NOT m.closed OR a.organisation OR b.organisation)
        AND {pair}
""",
}
_WORKED_OUT_ONCE = frozenset({"chosen", "grouped", "happening", "side", "dyad"})
# What is planned is placed on the day of its first report, which the events of a story alone do not tell.
_DATES = "(s.realis = 'PLANNED' OR (s.date_end >= $from_day AND s.date_start <= $to_day))"
_BUCKETS = ("day", "week", "month", "year")
_BOUND = re.compile(r"\$(\w+)")


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """How happenings are counted.

    `explode`: also the pairs of states in meetings of organisations and of more than four states. `state_only`: only
    parties that are organs of a state. `coder`: only the records imported from this coder (GDELT, ICEWS, ...), which
    are not linked; None for Dragoman's own. `held`: set by `hold_happenings` alone.
    """

    explode: bool = False
    state_only: bool = False
    coder: str | None = None
    held: bool = False


DEFAULT_COUNTING = Counting()


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure was counted from: `unit` is stories or events; `note` says so for people, with what is missing."""

    unit: str
    note: str
    happenings: int
    unplaced: int


def columns_of(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[str, ...]:
    """The columns of a table, none where there is no such table."""
    try:
        return tuple(connection.table(table).columns)
    except duckdb.CatalogException:
        return ()


def is_linked(connection: duckdb.DuckDBPyConnection, counting: Counting = DEFAULT_COUNTING) -> bool:
    """Whether stories can be counted: the store is linked, and they are not somebody else's records."""
    if counting.coder is not None or not columns_of(connection, "stories"):
        return False
    return connection.execute("SELECT EXISTS (SELECT 1 FROM stories)").fetchall() == [(True,)]


@cache
def symmetric_types() -> tuple[str, ...]:
    """Types whose two sides act alike."""
    return tuple(name for name, kind in sorted(load_ontology().types.items()) if kind.symmetric)


def country_code(text: str) -> str:
    """A code of a dyad in capitals; raises `SettingsError` where it is no country and no code of PLOVER."""
    code = text.strip().upper()
    if code not in country_codes():
        raise SettingsError(f"{text!r} is no country code; give ISO 3166-1 alpha-3 (RUS) or PLOVER's IGO, UNO, EUR")
    return code


def bucket(by: str) -> str:
    """A length of periods, checked; raises `SettingsError`."""
    if by not in _BUCKETS:
        raise SettingsError(f"by is {by!r}; allowed: {', '.join(_BUCKETS)}")
    return by


def period_label(by: str, column: str) -> str:
    """SQL for the name of a period: 2025-11-03, 2025-W45, 2025-11 or 2025."""
    formats = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}
    return f"strftime({column}, '{formats[bucket(by)]}')"


def placed(by: str, table: str = "h") -> str:
    """SQL that is true where a happening's date lies within one period."""
    start, end = (f"date_trunc('{bucket(by)}', {table}.date_{side})" for side in ("start", "end"))
    return f"({start} = {end})"


def coder_condition(connection: duckdb.DuckDBPyConnection, table: str, alias: str) -> str:
    """SQL that keeps Dragoman's own records of a table, or those of ``$coder`` where that is not NULL."""
    if "coder" not in columns_of(connection, table):
        return "$coder IS NULL"
    return f"({alias}.coder IS NOT DISTINCT FROM $coder)"


def with_happenings(
    connection: duckdb.DuckDBPyConnection,
    counting: Counting,
    pairs: Sequence[tuple[str, str]] | None = None,
    days: tuple[date, date] | None = None,
) -> tuple[str, dict[str, Any]]:
    """The common table expressions (without ``WITH``) and the values that they bind.

    `pairs` keeps the dyads of these pairs of countries alone, both ways; `days` leaves out what is dated wholly before
    or after them, and is for speed: a query still has to say where in time a happening must lie.
    """
    if counting.held:
        return "held AS (SELECT true)", {}
    tables, values = _tables(connection, counting, pairs, days)
    parts = [f"{name} AS {'MATERIALIZED ' if name in _WORKED_OUT_ONCE else ''}({sql})" for name, sql in tables.items()]
    return ", ".join(parts), values


def hold_happenings(
    connection: duckdb.DuckDBPyConnection,
    pairs: Sequence[tuple[str, str]] | None = None,
    counting: Counting = DEFAULT_COUNTING,
) -> Counting:
    """Work out what `with_happenings` gives once, into temporary tables, for several questions about the same pairs.

    The counting returned tells those questions that the tables are there: it is for this connection and these pairs.
    (Of a few hundred events each question takes longer to plan than to answer.)
    """
    tables, values = _tables(connection, counting, pairs, None)
    for name, sql in tables.items():
        bound = {value: values[value] for value in _BOUND.findall(sql)}
        # views bind no values; what is used once need not be worked out before that
        kind = "TABLE" if bound or name in _WORKED_OUT_ONCE else "VIEW"
        connection.execute(f"CREATE OR REPLACE TEMP {kind} {name} AS {sql}", bound)
    return msgspec.structs.replace(counting, held=True)


def _tables(
    connection: duckdb.DuckDBPyConnection,
    counting: Counting,
    pairs: Sequence[tuple[str, str]] | None,
    days: tuple[date, date] | None,
) -> tuple[dict[str, str], dict[str, Any]]:
    """Each common table by its name, in the order in which they build on each other, and the values that they bind."""
    values: dict[str, Any] = {
        "symmetric": list(symmetric_types()),
        "organisations": list(ORGANISATIONS),
        "international": sorted(INTERNATIONAL),
        "explode": counting.explode,
        "most_states": MOST_STATES,
    }
    filled = {"dates": "true", "coder": "", "chosen_only": "", "sectors": "true", "pair": "true"}
    if days is not None:
        filled |= {"dates": _DATES, "chosen_only": "SEMI JOIN chosen USING (report_id, event_id)"}
        values |= {"from_day": days[0], "to_day": days[1]}
    linked = is_linked(connection, counting)
    if not linked:
        filled["coder"] = coder_condition(connection, "events", "s")
        values["coder"] = counting.coder
    if counting.state_only:
        filled["sectors"] = "(sector IS NULL OR list_contains($state_sectors, sector))"
        values["state_sectors"] = list(STATE_SECTORS)
    if pairs is not None:
        filled["pair"] = "list_contains($pairs, least(a.country, b.country) || ' ' || greatest(a.country, b.country))"
        values["pairs"] = sorted({f"{min(pair)} {max(pair)}" for pair in pairs})
    tables = (_STORIES if linked else _EVENTS) | _DYADS
    return {name: sql.format(**filled) for name, sql in tables.items()}, values


def basis(connection: duckdb.DuckDBPyConnection, by: str, counting: Counting = DEFAULT_COUNTING) -> Basis:
    """What figures of this connection count, and how many happenings have no date that fits a period."""
    parts, values = with_happenings(connection, counting)
    [(total, unplaced)] = connection.execute(
        f"WITH {parts} SELECT count(*), count(*) FILTER (WHERE {placed(by)} IS NOT TRUE) "
        "FROM happening AS h SEMI JOIN dyad USING (unit_id)",
        values,
    ).fetchall()
    own = coder_condition(connection, "events", "e")
    if is_linked(connection, counting):
        unit, note = "stories", "stories counted once, however many reports tell of them"
        [(loose,)] = connection.execute(
            f"SELECT count(*) FROM events AS e ANTI JOIN story_events USING (report_id, event_id) WHERE {own}",
            {"coder": None},
        ).fetchall()
        note += f"; {loose} events are in no story yet and not counted" if loose else ""
    else:
        unit = "events"
        note = (
            "the store is not linked: events of one kind, day and parties are counted once, others each by themselves"
        )
    if counting.coder:
        note = f"records of {counting.coder}, not linked"
    if unplaced:
        note += f"; {unplaced} of {total} are left out, being undated or dated to more than one {by}"
    return Basis(unit=unit, note=note, happenings=total, unplaced=unplaced)
