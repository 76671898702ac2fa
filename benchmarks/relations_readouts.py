"""Leader calls and meetings in a state's official readouts: the store's counts against those of the headlines.

    python benchmarks/relations_readouts.py REPORTS.jsonl STORE [--state RUS] [--days 10] [--misses 20] [--json]

REPORTS are readouts with `id`, `title` and `published`, e.g. those of en.kremlin.ru 1999-2020 (CC BY 4.0), and STORE
holds them, coded with the headline as the first line of the text (many readouts name the parties there alone). A
headline such as "Telephone conversation with President of X N." or "Russian-X talks" is the true list: kind (call or
meeting), partner and day, found by plain patterns that share nothing with the coder but the names of countries, offices
and persons. The store's side is what `dragoman relate RUS --ties` gives with a leader on either side, told in the lead
or main thread of a readout whose headline tells of a contact, and reported within `--days` of its date (older meetings
that a readout recalls are none of its news). How many are told only in other readouts ("arrived in", "attended the
summit") is counted apart. On either side a kind, partner and day counts once. Printed: Spearman's rank correlation over
the partners, and over partners and years, and the difference for each of the ten most frequent partners.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from scipy.stats import spearmanr

from dragoman.isodates import date_range
from dragoman.lexicon.actor_tables import load_persons
from dragoman.lexicon.countries import countries
from dragoman.relations.levels import level_of
from dragoman.relations.ties import Tie, ties
from dragoman.store import Store

CALL = re.compile(r"telephone|by phone|phone (?:call|conversation)|\bphoned\b", re.IGNORECASE)
MEETING = re.compile(
    r"\bmet\b|\bmeetings?\b|\btalks\b|\bsummit\b|\bconversation\b|\bnegotiations\b|\breceived\b|\bvisit|\btalked\b"
    r"|joint (?:news|press) conference|press statements? (?:following|after)|\bdinner\b|\blunch\b|\bbreakfast\b",
    re.IGNORECASE,
)
NOT_NEWS = re.compile(
    r"\bmessages?\b|congratulat|greetings?\b|telegram|\bletter|condolence|interview|\barticle\b|\bdecree\b|\bwill\b"
    r"|executive order|\blaw\b|ratif|\bparticipants\b|\bahead of\b|\bprior to\b|\bpreparations?\b|\banniversary\b"
    r"|\bcredence\b|\bcredentials\b|\bforum\b|\bUS Congress|\bambassador|\bscheduled\b|\bto visit\b|\binvit|\bplanned\b"
    r"|\bauthor\b|\bparty\b|\bunion, |\bbloc\b|\bsecretary of state\b|\bspecial envoy\b|\bproposal\b"
    r"|\bjournalists\b|\bbusiness|\bspeaker\b|(?<!prime )\bminister of\b(?! state)",
    re.IGNORECASE,
)
OWN = re.compile(
    r"(?:\b(?:acting |former |russian |russia's )*presidents?(?: of russia)?(?: and prime minister)?"
    r"(?: vladimir| dmitry)? (?:putin|medvedev))|^the (?:russian )?president\b(?: of russia)?",
    re.IGNORECASE,
)
MOST_PARTNERS = 3
Contact = tuple[str, str, str]
"""Kind (call or meeting), partner, day."""


class Report(msgspec.Struct):
    """What is needed of a readout."""

    id: str
    title: str | None = None
    published: str | None = None


def words_of_countries(state: str) -> dict[str, str]:
    """Names and adjectives of all states but one, in lower case, to codes."""
    return {
        word.lower(): country.plover or country.iso3
        for country in countries()
        if country.iso3 != state
        for word in (country.name, *country.names, *country.adjectives)
        if word
    }


def plain(text: str) -> str:
    """Text without accents: "Francois" is François."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def any_of(words: Iterable[str]) -> str:
    """A pattern of words as alternatives, the longest first."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


class Partners:
    """Which states' leaders a headline names."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._known = words_of_countries(state)
        words = any_of(self._known)
        self._named = re.compile(rf"(?<![\w-])({words})(?:['’]s|['’])?(?!\w)")
        self._paired = re.compile(rf"russian?[-–]({words})\b")
        self._paired_last = re.compile(rf"\b({words})[-–]russian?\b")
        self._persons = {plain(person.name): person for person in load_persons()}
        self._names = re.compile(any_of(self._persons))

    def of(self, title: str, day: str) -> set[str]:
        """The partners of one headline: leaders by name or title, and the other half of "Russian-X talks"."""
        rest = OWN.sub(" ", title)
        low = rest.lower()
        paired = {self._known[word] for pattern in (self._paired, self._paired_last) for word in pattern.findall(low)}
        leaders = set()
        for name in self._names.findall(plain(rest)):
            person = self._persons[name]
            tenure = person.at(day)
            if tenure and tenure.country != self._state and level_of(person.name, "", day) == "leader":
                leaders.add(tenure.country)
        titled = bool(leaders) or level_of("", low, None) == "leader"
        return leaders | paired | ({self._known[word] for word in self._named.findall(low)} if titled else set())


def headlines(reports: Iterable[Report], state: str) -> dict[Contact, list[str]]:
    """The contacts that the headlines tell of, with the ids of their readouts."""
    partners_of = Partners(state)
    found: dict[Contact, list[str]] = {}
    for report in reports:
        title, day = report.title or "", (report.published or "")[:10]
        kind = "call" if CALL.search(title) else "meeting" if MEETING.search(title) else None
        if kind is None or NOT_NEWS.search(title) or len(day) < 10:
            continue
        partners = partners_of.of(title, day)
        if 0 < len(partners) <= MOST_PARTNERS:
            for partner in sorted(partners):
                found.setdefault((kind, partner, day), []).append(report.id)
    return found


def store_contacts(found: Iterable[Tie], state: str, days: int) -> Iterator[tuple[Contact, list[str]]]:
    """The contacts of leaders that the store holds, with the ids of their readouts."""
    for tie in found:
        if (
            tie.tie not in ("call", "visit", "meeting")
            or (tie.a_level, tie.b_level) != ("leader", "leader")
            or not tie.salient
        ):
            continue
        begun, told = date_range(tie.begin), date_range(tie.evidence[0].published)
        if begun is None or told is None or not -1 <= (told[0] - begun[1]).days <= days:
            continue
        partner = tie.b if tie.a == state else tie.a
        kind = "call" if tie.tie == "call" else "meeting"
        yield (kind, partner, begun[0].isoformat()), [piece.report_id for piece in tie.evidence]


def near(contact: Contact, others: set[Contact], days: int = 3) -> bool:
    """Whether there is such a contact within some days."""
    kind, partner, day = contact
    at = date.fromisoformat(day)
    return any(k == kind and p == partner and abs((date.fromisoformat(d) - at).days) <= days for k, p, d in others)


def figures(true: set[Contact], ours: set[Contact]) -> dict[str, Any]:
    """Rank correlations, and the ten most frequent partners."""
    result: dict[str, Any] = {"headlines": len(true), "store": len(ours)}
    for kind in ("call", "meeting", "both"):
        one, other = (Counter((p, day[:4]) for k, p, day in side if kind in (k, "both")) for side in (true, ours))
        cells = sorted({*one, *other})
        partners = sorted({partner for partner, _ in cells})
        by_partner = [
            [sum(n for (p, _), n in side.items() if p == partner) for partner in partners] for side in (one, other)
        ]
        result[kind] = {
            "spearman_partners": round(float(spearmanr(*by_partner).statistic), 4),
            "spearman_partner_years": round(
                float(spearmanr([one[c] for c in cells], [other[c] for c in cells]).statistic), 4
            ),
            "total": [sum(one.values()), sum(other.values())],
            "top": [
                [partner, a, b, round(100 * (b - a) / a, 1)]
                for a, b, partner in sorted(zip(*by_partner, partners, strict=True), key=lambda row: (-row[0], row[2]))[
                    :10
                ]
            ],
        }
    return result


def main() -> None:
    """Count, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    parser.add_argument("store")
    parser.add_argument("--state", default="RUS")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with options.reports.open("rb") as lines:
        reports = [msgspec.json.decode(line, type=Report) for line in lines]
    with Store.open(options.store).connect() as connection:
        rows = connection.execute("SELECT report_id FROM reports").fetchall()
        found = ties(connection, options.state)
    held = {row[0] for row in rows}
    titles = {report.id: report.title for report in reports}
    true = headlines([report for report in reports if report.id in held], options.state)
    announced = {report_id for report_ids in true.values() for report_id in report_ids}
    ours: dict[Contact, list[str]] = {}
    elsewhere = 0
    for contact, report_ids in store_contacts(found, options.state, options.days):
        if announced.isdisjoint(report_ids):
            elsewhere += 1
        else:
            ours.setdefault(contact, []).extend(report_ids)
    result = {**figures(set(true), set(ours)), "told only in other readouts": elsewhere}
    if options.json:
        print(json.dumps(result, indent=1))
        return
    for name, value in result.items():
        print(name, json.dumps(value))
    for label, side, other in (("missed", true, ours), ("extra", ours, true)):
        lacking = sorted(contact for contact in side if not near(contact, set(other)))
        print(f"{label}: {len(lacking)}")
        step = max(len(lacking) // max(options.misses, 1), 1)
        for contact in lacking[::step][: options.misses]:
            print("   ", contact, side[contact][0], titles.get(side[contact][0]))


if __name__ == "__main__":
    main()
