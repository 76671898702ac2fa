"""When a coded event counts as a given gold event, how alike the two are, and which of the fields are right.

The definitions are those of the annotated articles: types equal (or a second reading that gold allows), and the actors
or the recipients share a country, or a word of the name where a country is null; in reciprocal types the sides may be
swapped.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

import msgspec

from dragoman.evaluation.common import Row
from dragoman.isodates import DateRange, date_range

INTERNATIONAL = frozenset({"IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"})
RECIPROCAL = frozenset({"CONSULT", "AGREE", "COOPERATE", "SUPPORT"})
AUTHOR = "AUTHOR"
# Words that say too little to tell two actors apart.
_EMPTY_WORDS = frozenset(
    (
        "the and for with from its his her their our your was were has have had are not this that "
        "government president minister ministry foreign prime defence defense secretary state states official "
        "officials spokesman spokesperson forces army military leader head group groups militia militias mr mrs "
        "general said sources"
    ).split()
)
_LETTERS = str.maketrans({"ı": "i", "ø": "o"})


class Party(msgspec.Struct, frozen=True):
    """An actor or recipient as the metric sees it: country or None, other countries allowed, words of its names."""

    country: str | None
    allowed: frozenset[str]
    words: frozenset[str]


class ScoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event, of gold or predicted, with what the metric compares worked out once."""

    row: Any
    type: str | None
    other_types: frozenset[str]
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    words: frozenset[str]
    date: str | None
    days: DateRange | None
    near_published: bool
    place_country: str | None
    realis: str | None
    other_realis: frozenset[str]
    holder: str
    holder_words: frozenset[str]
    salient: bool


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How alike an allowed pair is, in [0, 1] or little above 0, and which fields are right."""

    similarity: float
    actors: bool
    recipients: bool
    date: bool
    realis: bool
    realis_allowed: bool


def content_words(value: object) -> frozenset[str]:
    """Lower-case words of two letters and more, without accents and without those that say too little."""
    text = unicodedata.normalize("NFKD", str(value or "")).lower()
    text = "".join(char for char in text if not unicodedata.combining(char)).translate(_LETTERS)
    return frozenset(w for w in re.findall(r"[a-z0-9]+", text) if len(w) > 1 and w not in _EMPTY_WORDS)


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one, nothing as the empty list."""
    return value if isinstance(value, list) else [value] if value else []


def _code(value: Any) -> str | None:
    return value.strip().upper() or None if isinstance(value, str) else None


def _upper(row: Row, field: str) -> str | None:
    value = row.get(field)
    return value.strip().upper() if isinstance(value, str) else None


def _party(value: Any) -> Party:
    row = {"name": value} if isinstance(value, str) else value
    country = _code(row.get("country"))
    return Party(
        None if country in INTERNATIONAL else country,
        frozenset(str(code).upper() for code in row.get("country_alt") or []),
        content_words(row.get("name")) | content_words(row.get("text")),
    )


def parties_of(row: Row, role: str, older: str) -> list[Any]:
    """Actors or recipients of an event row, also under the older names (sources, targets)."""
    return as_list(row[role] if role in row else row.get(older))


def _text_of(value: Any, field: str) -> str | None:
    found = value.get(field) if isinstance(value, dict) else value
    return found.strip() if isinstance(found, str) and found.strip() else None


def _holder_words(holder: str, attribution: Any) -> frozenset[str]:
    if holder.upper() == AUTHOR:
        return frozenset()
    name = attribution.get("name") if isinstance(attribution, dict) else None
    return content_words(holder) | content_words(name) or frozenset(re.findall(r"\w+", holder.lower())) - {
        "the",
        "a",
        "an",
    }


def read_event(row: Row) -> ScoredEvent:
    """An event row as the metric sees it; any field may be missing.

    Evidence may be texts or objects; an object counts with all that it holds.
    """
    date, place = row.get("date"), row.get("place")
    value = _text_of(date, "value")
    holder = _text_of(row.get("attribution"), "holder") or AUTHOR
    return ScoredEvent(
        row=row,
        type=_upper(row, "type"),
        other_types=frozenset(row.get("type_alt") or []),
        actors=tuple(map(_party, parties_of(row, "actors", "sources"))),
        recipients=tuple(map(_party, parties_of(row, "recipients", "targets"))),
        words=content_words(" ".join(str(part) for part in as_list(row.get("evidence")))),
        date=value,
        days=date_range(value),
        near_published=isinstance(date, dict) and bool(date.get("near_published")),
        place_country=_code(place.get("country")) if isinstance(place, dict) else None,
        realis=_upper(row, "realis"),
        other_realis=frozenset(row.get("realis_alt") or []),
        holder=holder,
        holder_words=_holder_words(holder, row.get("attribution")),
        salient=bool(row.get("salient")),
    )


def is_author(event: ScoredEvent) -> bool:
    """Whether the report itself vouches for the event."""
    return event.holder.upper() == AUTHOR


Parties = tuple[Party, ...]


def share_a_party(gold: Parties, given: Parties) -> bool:
    """Whether two lists share a country or, where a country is null, a word of the name."""
    return any(_same_party(a, b) for a in gold for b in given)


def _same_party(gold: Party, given: Party) -> bool:
    if given.country and (given.country == gold.country or given.country in gold.allowed):
        return True
    return (gold.country is None or given.country is None) and bool(gold.words & given.words)


def _countries_right(gold: Parties, given: Parties) -> bool:
    """Whether the countries given are those that gold requires, with none that it does not allow."""
    required = {party.country for party in gold if party.country and not party.allowed}
    optional = {code for party in gold if party.allowed for code in (*party.allowed, party.country) if code}
    found = {party.country for party in given if party.country}
    return required <= found <= required | optional


def party_overlap(gold: Parties, given: Parties) -> float:
    """Soft agreement of two lists in [0, 1]."""
    if not gold or not given:
        return 1.0 if not gold and not given else 0.0
    recall = sum(share_a_party((party,), given) for party in gold) / len(gold)
    precision = sum(share_a_party(gold, (party,)) for party in given) / len(given)
    gold_words = frozenset[str]().union(*(party.words for party in gold))
    given_words = frozenset[str]().union(*(party.words for party in given))
    total = len(gold_words) + len(given_words)
    return 0.7 * (recall + precision) / 2 + 0.3 * (2 * len(gold_words & given_words) / total if total else 1.0)


def evidence_overlap(gold: ScoredEvent, given: ScoredEvent) -> float:
    """Dice coefficient of the words of the evidence; 0 where either has none."""
    if not gold.words or not given.words:
        return 0.0
    return 2 * len(gold.words & given.words) / (len(gold.words) + len(given.words))


def _date_right(gold: ScoredEvent, given: ScoredEvent, published: DateRange | None) -> bool:
    """The same days; for an undated gold event none, or days close to publication where gold allows that."""
    if gold.date is not None:
        return gold.days is not None and gold.days == given.days
    if given.date is None:
        return True
    if not gold.near_published or given.days is None or published is None:
        return False
    earliest, latest = published[0] - dt.timedelta(days=3), published[0] + dt.timedelta(days=1)
    return earliest <= given.days[0] and given.days[1] <= latest


def date_within_a_day(gold: ScoredEvent, given: ScoredEvent) -> bool:
    """Whether both ends of the two dates lie at most a day apart."""
    if gold.days is None or given.days is None:
        return False
    return all(abs((a - b).days) <= 1 for a, b in zip(gold.days, given.days, strict=True))


def dates_overlap(gold: ScoredEvent, given: ScoredEvent) -> bool:
    """Whether the two dates have a day in common."""
    if gold.days is None or given.days is None:
        return False
    return gold.days[0] <= given.days[1] and given.days[0] <= gold.days[1]


def agreement(
    gold: ScoredEvent, given: ScoredEvent, published: DateRange | None, second_readings: bool = False
) -> Agreement | None:
    """How well the pair agrees, sides as given or swapped, whichever is more alike; None where not allowed."""
    same_type = given.type == gold.type
    if not same_type and not (second_readings and given.type in gold.other_types):
        return None
    reciprocal = gold.type in RECIPROCAL and given.type in RECIPROCAL
    best = _agreement(gold, given, published, swapped=False, reciprocal=reciprocal)
    if reciprocal or not same_type:
        other = _agreement(gold, given, published, swapped=True, reciprocal=reciprocal)
        if best is None or (other is not None and other.similarity > best.similarity):
            best = other
    return best


def _agreement(
    gold: ScoredEvent, given: ScoredEvent, published: DateRange | None, *, swapped: bool, reciprocal: bool
) -> Agreement | None:
    first, second = (given.recipients, given.actors) if swapped else (given.actors, given.recipients)
    if not (share_a_party(gold.actors, first) or share_a_party(gold.recipients, second)):
        return None
    actors, recipients = _countries_right(gold.actors, first), _countries_right(gold.recipients, second)
    everyone_right = _countries_right(gold.actors + gold.recipients, given.actors + given.recipients)
    if reciprocal and not (actors and recipients) and everyone_right:
        actors = recipients = True  # all parties right, divided over the sides in another way
    date, realis = _date_right(gold, given, published), given.realis == gold.realis
    similarity = (
        0.2 * party_overlap(gold.actors, first)
        + 0.2 * party_overlap(gold.recipients, second)
        + 0.25 * evidence_overlap(gold, given)
        + 0.1 * date
        + 0.1 * actors
        + 0.1 * recipients
        + 0.05 * realis
        - (0.01 if swapped else 0)
        - (0.02 if given.type != gold.type else 0)
    )
    return Agreement(
        similarity=similarity,
        actors=actors,
        recipients=recipients,
        date=date,
        realis=realis,
        realis_allowed=realis or given.realis in gold.other_realis,
    )
