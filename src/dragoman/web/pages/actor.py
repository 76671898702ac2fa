"""An actor or a country: who it is and how we know, partners, what it did and what was done to it, what it claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dragoman.web.data import Workbench
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, NotThereError, Page

_NAMES = """
SELECT p.name, p.country, p.sector, count(*) AS uses, count(DISTINCT e.report_no) AS reports, min(e.day) AS first_day,
    max(e.day) AS last_day, list(DISTINCT p.text ORDER BY p.text)[:6] AS texts
FROM parties AS p JOIN events AS e USING (event_no) WHERE {who} GROUP BY p.name, p.country, p.sector
ORDER BY uses DESC, p.name, p.country, p.sector LIMIT 14
"""
_ROLES = """
SELECT p.role, count(DISTINCT e.event_no) AS events,
    count(DISTINCT e.event_no) FILTER (e.quad = 'verbal cooperation') AS vc,
    count(DISTINCT e.event_no) FILTER (e.quad = 'material cooperation') AS mc,
    count(DISTINCT e.event_no) FILTER (e.quad = 'verbal conflict') AS vx,
    count(DISTINCT e.event_no) FILTER (e.quad = 'material conflict') AS mx
FROM parties AS p JOIN events AS e USING (event_no) WHERE {who} GROUP BY p.role ORDER BY p.role
"""
_PARTNERS = """
WITH own AS (SELECT DISTINCT p.event_no FROM parties AS p WHERE {who})
SELECT x.country, count(DISTINCT x.event_no) AS events, avg(e.score) AS score,
    count(DISTINCT e.event_no) FILTER (e.quad = 'verbal cooperation') AS vc,
    count(DISTINCT e.event_no) FILTER (e.quad = 'material cooperation') AS mc,
    count(DISTINCT e.event_no) FILTER (e.quad = 'verbal conflict') AS vx,
    count(DISTINCT e.event_no) FILTER (e.quad = 'material conflict') AS mx
FROM event_countries AS x JOIN events AS e USING (event_no) SEMI JOIN own USING (event_no)
WHERE x.country IS DISTINCT FROM ? GROUP BY x.country ORDER BY events DESC, x.country LIMIT 12
"""
_CLAIMS = """
SELECT k.stance, coalesce(e.status, 'not linked') AS status, count(*) AS claims
FROM claims AS k JOIN events AS e USING (event_no) WHERE {holder} GROUP BY ALL ORDER BY k.stance, claims DESC, status
"""
_SAID = "SELECT DISTINCT k.event_no FROM claims AS k WHERE {holder} ORDER BY k.event_no LIMIT 8"


def _who(now: Generation, key: str) -> tuple[dict[str, Any], str, list[Any], str, list[Any]]:
    """The actor, and the conditions on `parties AS p` and `claims AS k` with their values."""
    if re.fullmatch("[A-Z]{3}", key):
        row = {"actor_key": key, "name": None, "country": key, "sector": None, "entity": None}
        return row, "p.country = ?", [key], "k.country = ?", [key]
    rows = now.rows("SELECT * EXCLUDE (folded) FROM actors WHERE actor_key = ?", [key])
    if not rows:
        raise NotThereError("There is no such actor in the store.")
    names = now.rows("SELECT DISTINCT name FROM parties WHERE actor_no = ? ORDER BY name", [rows[0]["actor_no"]])
    held = [[row["name"] for row in names], rows[0]["country"]]
    holder = "list_contains(?, coalesce(k.name, k.holder)) AND k.country IS NOT DISTINCT FROM ?"
    return rows[0], "p.actor_no = ?", [rows[0]["actor_no"]], holder, held


def _made(book: Workbench, now: Generation, key: str) -> Context:
    row, who, values, holder, held = _who(now, key)
    roles = now.rows(_ROLES.format(who=who), values)
    if not roles:
        raise NotThereError("There is no such actor in the store.")
    in_role = f"e.event_no IN (SELECT event_no FROM parties AS p WHERE {who} AND p.role = ?)"
    said = [found["event_no"] for found in now.rows(_SAID.format(holder=holder), held)]
    return {
        "actor": row,
        "known_as": now.rows(_NAMES.format(who=who), values),
        "roles": roles,
        "partners": now.rows(_PARTNERS.format(who=who), [*values, row["country"]]),
        "did": book.events_of(in_role, [*values, "actor"], limit=12),
        "underwent": book.events_of(in_role, [*values, "recipient"], limit=12),
        "claims": now.rows(_CLAIMS.format(holder=holder), held),
        "said": book.events_of("e.event_no IN (SELECT unnest(?))", [said]) if said else [],
    }


def actor(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """One actor by its key, or a country with all its actors by its code."""
    key, now = parts["actor"], book.now
    return dict(now.remembered(("actor", key), lambda: _made(book, now, key)))


PAGES = (Page(path="/actor/{actor}", template="actor.html", make=actor),)
