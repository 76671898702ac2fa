"""The origin of each telling: that of its report, or of the agency that the report names as its only source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa

from dragoman.linking.agencies import named_agency
from dragoman.linking.origins import Origin, origin_id
from dragoman.linking.tellings import Key, Telling


def source_agency(telling: Telling) -> str | None:
    """The agency on which a telling rests alone; None where the report has a voice or another source of its own."""
    holders = [(c.holder, c.name) for c in telling.claims if c.stance == "asserts"]
    named = {agency for holder in holders if (agency := named_agency(*holder))}
    if not named and telling.holder:
        found = named_agency(telling.holder, telling.holder_name)
        named = {found} if found else set()
    quoted = set(telling.quoted) | named
    if len(quoted) != 1:
        return None
    agency = next(iter(quoted))
    return agency if agency != telling.agency else None


def own_origin(origin: Origin) -> str:
    """The origin of a report's own text, also where the report counts to an agency's."""
    return origin_id(origin.report_id) if origin.relation == "quotes" else origin.origin_id


def telling_origins(tellings: Sequence[Telling]) -> dict[Key, str]:
    """The origin of each telling of one story: quotations of an agency count to the report of it that is there.

    Where no report of the agency is in the story, those who quote it share an origin of their own.
    """
    made: dict[str, str] = {}
    for telling in sorted(tellings, key=lambda t: (t.published is None, t.published or 0, t.key), reverse=True):
        if telling.agency:
            made[telling.agency] = telling.origin_id
    found: dict[Key, str] = {}
    for telling in tellings:
        agency = source_agency(telling)
        found[telling.key] = made.get(agency, f"agency:{agency}") if agency else telling.origin_id
    return found


def quoting_origins(
    origins: Mapping[str, Origin], tellings: Sequence[Telling], told: pa.Table, before: Mapping[str, Origin]
) -> dict[str, Origin]:
    """The origins with quotations entered: a report of its own words that names one agency counts to the agency's.

    `told` is the table ``story_events``: the agency's report is the one that shares a story with it.
    """
    quoting = {t.report_id: agency for t in tellings if (agency := source_agency(t))}
    pairs = zip(told["report_id"].to_pylist(), told["origin_id"].to_pylist(), strict=True)
    given: dict[str, set[str]] = {}
    for report, origin in pairs:
        if report in quoting and origin != origins[report].origin_id:
            given.setdefault(report, set()).add(origin)
    found = dict(origins)
    carried = {origin.origin_id for origin in origins.values() if origin.relation == "copy"}
    seen = {t.report_id for t in tellings}
    for report, old in before.items():
        if old.relation == "quotes" and report in found and report not in seen and found[report].relation == "first":
            found[report] = old
    for report, others in given.items():
        if origins[report].origin_id not in carried:
            found[report] = _quotes(origins, report, min(others), quoting[report])
    return found


def _quotes(origins: Mapping[str, Origin], report: str, origin: str, agency: str) -> Origin:
    firsts = [o.first_report_id for o in origins.values() if o.origin_id == origin][:1]
    return msgspec.structs.replace(
        origins[report],
        origin_id=origin,
        first_report_id=firsts[0] if firsts else report,
        relation="quotes",
        agency=agency,
    )
