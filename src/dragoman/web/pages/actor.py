"""An actor or a country: who it is and how we know, partners, what it did and what was done to it, what it claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dragoman.web.columns import Mask
from dragoman.web.data import Workbench
from dragoman.web.generation import Generation
from dragoman.web.page import Context, Items, NotThereError, Page

_NAMES = """
SELECT p.name, p.country, p.sector, count(*) AS uses, count(DISTINCT p.report_no) AS reports, min(p.day) AS first_day,
    max(p.day) AS last_day, list(DISTINCT p.text ORDER BY p.text)[:6] AS texts
FROM deeds AS p WHERE {who} GROUP BY p.name, p.country, p.sector
ORDER BY uses DESC, p.name, p.country, p.sector LIMIT 14
"""
_OWN = "SELECT p.event_no FROM deeds AS p WHERE {who}"
_CLAIMS = """
SELECT k.stance, coalesce(e.status, 'not linked') AS status, count(*) AS claims
FROM claims AS k JOIN events AS e USING (event_no) WHERE {holder} GROUP BY ALL ORDER BY k.stance, claims DESC, status
"""
_SAID = "SELECT DISTINCT k.event_no FROM claims AS k WHERE {holder} ORDER BY k.event_no LIMIT 8"

_SHOWN = 12


def _who(now: Generation, key: str) -> tuple[dict[str, Any], str, list[Any], str, list[Any]]:
    """The actor, and the conditions on `deeds AS p` and `claims AS k` with their values."""
    if re.fullmatch("[A-Z]{3}", key):
        row = {"actor_key": key, "name": None, "country": key, "sector": None, "entity": None}
        return row, "p.country = ?", [key], "k.country = ?", [key]
    rows = now.rows("SELECT * EXCLUDE (folded) FROM actors WHERE actor_key = ?", [key])
    if not rows:
        raise NotThereError("There is no such actor in the store.")
    names = now.rows("SELECT DISTINCT name FROM deeds WHERE actor_no = ? ORDER BY name", [rows[0]["actor_no"]])
    held = [[row["name"] for row in names], rows[0]["country"]]
    holder = "list_contains(?, coalesce(k.name, k.holder)) AND k.country IS NOT DISTINCT FROM ?"
    return rows[0], "p.actor_no = ?", [rows[0]["actor_no"]], holder, held


def _roles(now: Generation, who: str, values: list[Any]) -> dict[str, Mask]:
    own = _OWN.format(who=who)
    return {
        role: now.columns.mask(now.numbers(f"{own} AND p.role = '{role}'", values)) for role in ("actor", "recipient")
    }


def _made(book: Workbench, now: Generation, key: str) -> Context:
    row, who, values, holder, held = _who(now, key)
    roles = _roles(now, who, values)
    own = roles["actor"] | roles["recipient"]
    if not own.any():
        raise NotThereError("There is no such actor in the store.")
    partners = now.columns.profile("country", own, 13)
    said = [found["event_no"] for found in now.rows(_SAID.format(holder=holder), held)]
    did, underwent = (now.columns.newest(roles[role], _SHOWN) for role in ("actor", "recipient"))
    return {
        "actor": row,
        "known_as": now.rows(_NAMES.format(who=who), values),
        "roles": [{"role": role, **now.columns.by_quad(mask)} for role, mask in roles.items()],
        "partners": [partner for partner in partners if partner["value"] != row["country"]][:12],
        **book.lists({"did": did, "underwent": underwent, "said": said}),
        "claims": now.rows(_CLAIMS.format(holder=holder), held),
    }


def actor(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """One actor by its key, or a country with all its actors by its code."""
    key, now = parts["actor"], book.now
    return dict(now.remembered(("actor", key), lambda: _made(book, now, key)))


PAGES = (Page(path="/actor/{actor}", template="actor.html", make=actor),)
