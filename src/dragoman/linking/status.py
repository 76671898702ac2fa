"""How sure a happening is, by rules in a table (``status_rules.tsv``), and how that changed from report to report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import msgspec

from dragoman.errors import TableError
from dragoman.linking.officials import involved, published_by_party, speaks_for_party
from dragoman.linking.tellings import Key, Telling
from dragoman.tables import Row, package_file, read_table

STATUSES = ("unconfirmed", "reported", "corroborated", "confirmed", "disputed", "denied")
COLUMNS = ("rule", "status", "party_denies", "party_confirms", "asserting_from", "asserting_to", "example")
_FIRM = 0.5


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: conditions that are None ask for nothing."""

    name: str
    status: str
    denies: bool | None
    confirms: bool | None
    least: int
    most: int | None
    example: str

    def holds(self, facts: Facts) -> bool:
        """Whether the facts meet its conditions."""
        return (
            self.denies in (None, facts.denied)
            and self.confirms in (None, facts.confirmed)
            and self.least <= len(facts.asserting)
            and (self.most is None or len(facts.asserting) <= self.most)
        )


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask of a happening; `asserting` are the origins that assert it."""

    denied: bool
    confirmed: bool
    asserting: frozenset[str]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of status through a report."""

    status: str
    rule: str
    since: date | None
    report_id: str


def _yes_no(row: Row, column: str) -> bool | None:
    value = row.one_of(column, ("yes", "no", ""))
    return value == "yes" if value else None


@cache
def status_rules() -> tuple[Rule, ...]:
    """The rules in their order; raises `TableError` where the last one leaves a happening without a status."""
    path = package_file("linking", "status_rules.tsv")
    rules = tuple(
        Rule(
            name=row["rule"],
            status=row.one_of("status", STATUSES),
            denies=_yes_no(row, "party_denies"),
            confirms=_yes_no(row, "party_confirms"),
            least=int(row["asserting_from"]),
            most=int(row["asserting_to"]) if row["asserting_to"] else None,
            example=row["example"],
        )
        for row in read_table(path, COLUMNS)
    )
    for denied in (True, False):
        for confirmed in (True, False):
            for count in range(4):
                facts = Facts(denied=denied, confirmed=confirmed, asserting=frozenset(map(str, range(count))))
                if not any(rule.holds(facts) for rule in rules):
                    raise TableError(path, None, f"no rule for {facts}")
    return rules


def asserts(telling: Telling) -> bool:
    """Whether the report, or somebody in it, says that it happens, has happened or will: no rumour, no denial."""
    if telling.realis in ("NEGATED", "POSSIBLE"):
        return False
    stances = {claim.stance for claim in telling.claims}
    return (
        not stances or bool(stances & {"asserts", "expects"}) or not stances & {"denies", "doubts", "has not confirmed"}
    )


def _denies(telling: Telling, countries: frozenset[str], groups: frozenset[str]) -> bool:
    by = [claim for claim in telling.claims if claim.stance == "denies"]
    if any(claim.party or speaks_for_party(claim, countries, groups) for claim in by):
        return True
    if telling.realis != "NEGATED":
        return False
    return published_by_party(telling, countries, groups) or any(
        speaks_for_party(claim, countries, groups) for claim in telling.claims if claim.stance == "asserts"
    )


def _confirms(telling: Telling, countries: frozenset[str], groups: frozenset[str]) -> bool:
    if not asserts(telling):
        return False
    if published_by_party(telling, countries, groups):
        return True
    return any(speaks_for_party(claim, countries, groups) for claim in telling.claims if claim.stance == "asserts")


def facts_of(tellings: Sequence[Telling], origins: Mapping[Key, str]) -> Facts:
    """What the tellings of a happening amount to; `origins` gives the origin of each."""
    countries, groups = involved(list(tellings))
    return Facts(
        denied=any(_denies(t, countries, groups) for t in tellings),
        confirmed=any(_confirms(t, countries, groups) for t in tellings),
        asserting=frozenset(origins[t.key] for t in tellings if asserts(t)),
    )


def status_of(facts: Facts) -> Rule:
    """The first rule that holds."""
    return next(rule for rule in status_rules() if rule.holds(facts))


def by_publication(tellings: Sequence[Telling]) -> list[Telling]:
    """The tellings in the order in which they were published; those of unknown date last."""
    return sorted(tellings, key=lambda t: (t.published is None, t.published or 0, t.report_id, t.position))


def history(tellings: Sequence[Telling], origins: Mapping[Key, str]) -> list[Change]:
    """The status after each report that changed it, in the order of publication; never empty."""
    found: list[Change] = []
    ordered = by_publication(tellings)
    reports = list(dict.fromkeys(t.report_id for t in ordered))
    for number, report in enumerate(reports):
        known = set(reports[: number + 1])
        rule = status_of(facts_of([t for t in ordered if t.report_id in known], origins))
        if not found or found[-1].status != rule.status:
            day = next(t.published_on for t in ordered if t.report_id == report)
            found.append(Change(status=rule.status, rule=rule.name, since=day, report_id=report))
    return found
