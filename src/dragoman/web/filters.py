"""Which events a page shows: the words of an address turned into a filter, that into SQL with bound values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.store.query import Conditions

SORTS = {
    "newest": ("newest first", "e.event_no"),
    "oldest": ("oldest first", "e.day ASC NULLS LAST, e.event_no DESC"),
    "sure": ("surest coding first", "e.confidence DESC, e.event_no"),
    "unsure": ("least sure coding first", "e.confidence, e.event_no"),
    "conflict": ("most conflictual first", "e.score, e.event_no"),
    "cooperation": ("most cooperative first", "e.score DESC, e.event_no"),
}
SIZES = (25, 50, 100, 200)
MANY = ("type", "mode", "context", "quad", "country", "realis", "status", "publisher")
ONE = ("q", "actor", "dyad", "since", "until", "place", "holder", "event", "report")
_CODE = re.compile(r"[A-Z]{3}")
# An address with more than this of one thing was not made by our pages.
_MOST = 50


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A filter over events; what is left out allows all, several values of one field are alternatives.

    `q`: words of the evidence, all of them; ``"a phrase"`` as it stands, ``begin*`` by its beginning. `actor`: part of
    a name, or an actor's key. `dyad`: ``RUS-SYR``, with `both` in either order. `confidence`: at least this, 0 to 1.
    """

    q: str | None = None
    actor: str | None = None
    country: tuple[str, ...] = ()
    dyad: str | None = None
    both: bool = False
    type: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    quad: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    place: str | None = None
    realis: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    holder: str | None = None
    publisher: tuple[str, ...] = ()
    confidence: float | None = None
    event: str | None = None
    report: str | None = None
    sort: str = "newest"
    page: int = 1
    size: int = 50

    def pairs(self, **changes: Any) -> list[tuple[str, str]]:
        """The filter as names and values of an address, with some fields changed."""
        found: list[tuple[str, str]] = []
        for name in self.__struct_fields__:
            value = changes.get(name, getattr(self, name))
            if isinstance(value, tuple):
                found += [(name, item) for item in value]
            elif value not in (None, "", False) and value != _DEFAULTS.get(name):
                found.append((name, "1" if value is True else f"{value:g}" if isinstance(value, float) else str(value)))
        return found

    def address(self, **changes: Any) -> str:
        """The filter as the query of an address; any change but of the page leads to the first page."""
        return urlencode(self.pairs(**{"page": 1, **changes}))

    def toggled(self, field: str, value: str) -> str:
        """The address with one more or one fewer value of a field of several."""
        now: tuple[str, ...] = getattr(self, field)
        return self.address(**{field: tuple(v for v in now if v != value) if value in now else (*now, value)})

    def without(self, field: str) -> Wanted:
        return msgspec.structs.replace(self, **{field: () if field in MANY else None})

    def active(self) -> list[tuple[str, str, str]]:
        """What narrows the selection: field, value as shown, address without it."""
        found = []
        for name in MANY:
            found += [(name, value, self.toggled(name, value)) for value in getattr(self, name)]
        for name in (*ONE, "confidence"):
            value = getattr(self, name)
            if value is not None:
                shown = f"at least {value:g}" if name == "confidence" else value
                found.append((name, shown, self.address(**{name: None, **({"both": False} if name == "dyad" else {})})))
        return found


_DEFAULTS = {"sort": "newest", "page": 1, "size": 50}


def _number(name: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise SettingsError(f"{name} is {value!r}; it takes a number from {low:g} to {high:g}")
    return number


def read_filter(items: Iterable[tuple[str, str]]) -> Wanted:
    """The filter that an address asks for; raises `SettingsError` for a value not allowed; other names are let be."""
    many: dict[str, list[str]] = {name: [] for name in MANY}
    found: dict[str, Any] = {}
    for name, raw in items:
        value = raw.strip().replace("\0", "")
        if not value:
            continue
        if name in many:
            many[name] += [value] if value not in many[name] else []
        elif name in ONE:
            found[name] = value
        elif name == "both":
            found["both"] = value not in {"0", "false"}
        elif name == "confidence":
            found["confidence"] = _number(name, value, 0, 1) or None
        elif name in {"page", "size"}:
            found[name] = int(_number(name, value, 1, 10_000_000 if name == "page" else SIZES[-1]))
        elif name == "sort":
            if value not in SORTS:
                raise SettingsError(f"sort is {value!r}; allowed: {', '.join(SORTS)}")
            found["sort"] = value
    if any(len(values) > _MOST for values in many.values()):
        raise SettingsError(f"no more than {_MOST} values of one field")
    found |= {name: tuple(values) for name, values in many.items() if values}
    wanted = Wanted(**found)
    _check(wanted)
    return wanted


def _check(wanted: Wanted) -> None:
    if wanted.dyad is not None:
        dyad_codes(wanted.dyad)
    for name in ("since", "until"):
        value = getattr(wanted, name)
        if value is not None and date_range(value) is None:
            raise SettingsError(f"{name} is {value!r}; it takes a day, month or year: 2025-03-04, 2025-03 or 2025")


def dyad_codes(value: str) -> tuple[str, str]:
    """``RUS-SYR`` as two codes; raises `SettingsError` for anything else."""
    codes = re.split(r"[-:,> ]+", value.strip().upper())
    if len(codes) != 2 or not all(map(_CODE.fullmatch, codes)):
        raise SettingsError(f"dyad is {value!r}; it takes two country codes: RUS-SYR")
    return codes[0], codes[1]


def _words(found: Conditions, asked: str) -> None:
    """Every word of the question among the words of the evidence; phrases are looked for as they stand as well."""
    for phrase in re.findall(r'"([^"]+)"', asked):
        found.add(
            "e.event_no IN (SELECT event_no FROM evidence "
            "WHERE contains(lower(strip_accents(text)), lower(strip_accents(?))))",
            phrase.strip(),
        )
    for word in re.findall(r"\w+\*?", asked.replace('"', " ").replace("_", " "))[:_MOST]:
        if word.endswith("*"):
            begin = "lower(strip_accents(?))"
            found.add(
                f"e.event_no IN (SELECT event_no FROM words WHERE word >= {begin} AND word < {begin} || chr(1114111))",
                word[:-1],
                word[:-1],
            )
        else:
            found.add("e.event_no IN (SELECT event_no FROM words WHERE word = lower(strip_accents(?)))", word)


def _folded(table: str, number: str, code: str) -> str:
    within = "contains(folded, lower(strip_accents(?)))"
    return f"e.{number} IN (SELECT {number} FROM {table} WHERE {within} OR {code} = upper(?))"


def _parties(found: Conditions, wanted: Wanted) -> None:
    if wanted.actor:
        by = "actor_key = ?" if wanted.actor.startswith("~") else "contains(folded, lower(strip_accents(?)))"
        inner = f"SELECT actor_no FROM actors WHERE {by}"
        found.add(f"e.event_no IN (SELECT event_no FROM parties WHERE actor_no IN ({inner}))", wanted.actor)
    if wanted.country:
        codes = [code.upper() for code in wanted.country]
        found.add("e.event_no IN (SELECT event_no FROM event_countries WHERE list_contains(?, country))", codes)
    if wanted.dyad:
        first, second = dyad_codes(wanted.dyad)
        sql, values = "(a = ? AND b = ?)", [first, second]
        if wanted.both:
            sql, values = f"({sql} OR {sql})", [first, second, second, first]
        found.add(f"e.event_no IN (SELECT event_no FROM pairs WHERE {sql})", *values)


def conditions(wanted: Wanted) -> Conditions:
    """The conditions on ``events AS e`` of a generation."""
    found = Conditions()
    for name in ("type", "mode", "quad", "realis", "status", "publisher"):
        found.one_of(f"e.{name}", getattr(wanted, name))
    if wanted.context:
        found.add("list_has_any(e.contexts, ?)", list(wanted.context))
    _parties(found, wanted)
    if wanted.q:
        _words(found, wanted.q)
    bounds = [date_range(value) if value else None for value in (wanted.since, wanted.until)]
    if bounds[0]:
        found.add("coalesce(e.date_end, e.day) >= ?", bounds[0][0])
    if bounds[1]:
        found.add("e.day <= ?", bounds[1][1])
    if wanted.place:
        found.add(_folded("places", "place_no", "place_country"), wanted.place, wanted.place)
    if wanted.holder:
        found.add(_folded("holders", "holder_no", "holder_country"), wanted.holder, wanted.holder)
    if wanted.confidence is not None:
        found.add("e.confidence >= ?", wanted.confidence)
    if wanted.event:
        found.add("starts_with(e.event_id, ?)", wanted.event)
    if wanted.report:
        found.add("e.report_no IN (SELECT report_no FROM reports WHERE report_key = ?)", wanted.report)
    return found
