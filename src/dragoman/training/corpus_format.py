"""Reader and validator of the annotated corpus (``training/corpus/*.txt``); `GUIDE.md` describes the format.

The text of an item is recovered without its marks, and every mark becomes character offsets into that text (end
exclusive). Whatever does not follow the guide raises `CorpusError`, which names file and line.

``python -m dragoman.training.corpus_format [--counts] [--idle] FILE...`` prints all faults and counts items.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pycountry

from dragoman.errors import TableError
from dragoman.records import AUTHOR, Realis
from dragoman.tables import package_file, read_table

REGISTERS = frozenset(
    ("wire", "communique", "local press", "analysis", "broadcast", "cable", "social", "transcript", "historical")
) | {"tabloid"}
REGIONS = frozenset(("MENA", "SSA", "EUR", "FSU", "EAS", "SAS", "SEA", "LAM", "NAM", "PAC", "GLB"))
# Codes of PLOVER that stand where a country would, and Kosovo, which has no ISO code of its own.
NOT_ISO = frozenset(("IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC", "KOS"))

_HEADER = re.compile(r"#\s*(?P<id>[a-z]+-\d{4})\s*\|(?P<register>[^|]+)\|(?P<region>[^|]+)\|(?P<published>[^|]+)$")
_MARK = re.compile(r"\[(?P<x>x\d+) |\{(?P<e>e\d+) |(?P<close>[\]}])|(?P<stray>[\[{])")
_ROLE = re.compile(r"(?P<role>[ardp])=(?P<ids>-|x\d+(?:,x\d+)*)$")
_NAME = re.compile(r"(?P<id>e\d+[a-z]?)(?:=(?P<trigger>e\d+))?$")


class CorpusError(TableError):
    """An item of the corpus does not follow the format."""


class Mark(msgspec.Struct, frozen=True):
    """Marked words; ``text[start:end]`` of the item equals `text`."""

    id: str
    text: str
    start: int
    end: int


class CorpusActor(msgspec.Struct, frozen=True):
    """An actor, recipient or holder: its ISO 3166-1 alpha-3 code or PLOVER code, and its sector, None where unknown."""

    id: str
    country: str | None
    sector: str | None


class CorpusEvent(msgspec.Struct, frozen=True):
    """One event. `trigger` is the id of its marks; `holder` is AUTHOR or the id of a mark, as are the roles."""

    id: str
    trigger: str
    type: str
    mode: str | None
    realis: Realis
    holder: str
    actors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    date: str | None = None
    place: str | None = None
    line: int = 0

    def marks(self) -> tuple[str, ...]:
        """Ids of all marks that the event refers to, trigger first."""
        holder = () if self.holder == AUTHOR else (self.holder,)
        spots = tuple(spot for spot in (self.date, self.place) if spot)
        return (self.trigger, *self.actors, *self.recipients, *holder, *spots)


class Item(msgspec.Struct, frozen=True):
    """One annotated text. `marks` are in text order; the same id may be marked more than once (a later mention)."""

    id: str
    register: str
    region: str
    published: str
    text: str
    marks: tuple[Mark, ...]
    actors: tuple[CorpusActor, ...]
    events: tuple[CorpusEvent, ...]
    path: Path
    line: int

    def spans(self, mark_id: str) -> tuple[Mark, ...]:
        """The marks that carry this id, in text order."""
        return tuple(mark for mark in self.marks if mark.id == mark_id)

    def actor(self, mark_id: str) -> CorpusActor:
        """The actor with this id; raises `KeyError` where the item has no line for it."""
        for actor in self.actors:
            if actor.id == mark_id:
                return actor
        raise KeyError(mark_id)


@cache
def _ontology() -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Types with their modes, and the sectors, from the tables that the coder itself reads."""
    folder = ("ontology", "plover")
    columns = ("type", "quad", "score", "recipient_required", "symmetric", "gloss")
    types = [row["type"] for row in read_table(package_file(*folder, "types.tsv"), columns)]
    modes = [
        (row["type"], row["mode"])
        for row in read_table(package_file(*folder, "modes.tsv"), ("type", "mode", "score", "gloss"))
    ]
    sectors = read_table(package_file(*folder, "sectors.tsv"), ("sector", "use", "gloss"))
    by_type = {name: frozenset(mode for owner, mode in modes if owner == name) for name in types}
    return by_type, frozenset(row["sector"] for row in sectors)


@cache
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_3 for country in pycountry.countries) | NOT_ISO


def unmark(marked: str, path: Path, line: int) -> tuple[str, tuple[Mark, ...]]:
    """The text without marks and the marks with offsets into it; raises `CorpusError` where marks do not balance."""
    text, position, length = [], 0, 0
    opened: list[tuple[str, int]] = []
    marks: list[Mark] = []
    for match in _MARK.finditer(marked):
        text.append(marked[position : match.start()])
        length += match.start() - position
        position = match.end()
        if match["stray"]:
            raise CorpusError(path, line, f"a mark without id at {marked[match.start() : match.start() + 20]!r}")
        if not match["close"]:
            opened.append((match["x"] or match["e"], length))
            continue
        if not opened or (match["close"] == "]") != opened[-1][0].startswith("x"):
            raise CorpusError(
                path, line, f"marks do not balance at ...{marked[max(0, match.start() - 20) : match.end()]!r}"
            )
        mark_id, start = opened.pop()
        marks.append(Mark(mark_id, "".join(text)[start:length], start, length))
    if opened:
        raise CorpusError(path, line, f"mark {opened[-1][0]} is not closed")
    text.append(marked[position:])
    for mark in marks:
        if not mark.text or mark.text != mark.text.strip():
            raise CorpusError(path, line, f"mark {mark.id} is empty or has blanks at its ends: {mark.text!r}")
    return "".join(text), tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end)))


def _header(line: str, path: Path, number: int) -> dict[str, str]:
    match = _HEADER.match(line)
    if not match:
        raise CorpusError(path, number, "expected '# id | register | region | YYYY-MM-DD'")
    fields = {name: value.strip() for name, value in match.groupdict().items()}
    for name, allowed in (("register", REGISTERS), ("region", REGIONS)):
        if fields[name] not in allowed:
            raise CorpusError(path, number, f"{name} is {fields[name]!r}; allowed: {', '.join(sorted(allowed))}")
    try:
        date.fromisoformat(fields["published"])
    except ValueError as error:
        raise CorpusError(path, number, f"published: {error}") from None
    return fields


def _actor(line: str, path: Path, number: int) -> CorpusActor:
    parts = line.split()
    if len(parts) != 3:
        raise CorpusError(path, number, "expected 'x1 COUNTRY SECTOR'")
    mark_id, country, sector = parts
    if country != "-" and country not in _countries():
        raise CorpusError(path, number, f"{mark_id}: unknown country {country!r}")
    if sector != "-" and sector not in _ontology()[1]:
        raise CorpusError(path, number, f"{mark_id}: unknown sector {sector!r}")
    return CorpusActor(mark_id, None if country == "-" else country, None if sector == "-" else sector)


def _roles(parts: Sequence[str], path: Path, number: int) -> dict[str, tuple[str, ...]]:
    roles: dict[str, tuple[str, ...]] = {}
    for part in parts:
        match = _ROLE.match(part)
        if not match or match["role"] in roles:
            raise CorpusError(path, number, f"role {part!r}; expected each of a= r= d= p= at most once")
        roles[match["role"]] = () if match["ids"] == "-" else tuple(match["ids"].split(","))
    for role in "dp":
        if len(roles.get(role, ())) > 1:
            raise CorpusError(path, number, f"more than one mark in {role}=")
    return roles


def _event(line: str, path: Path, number: int) -> CorpusEvent:
    parts = line.split()
    name = _NAME.match(parts[0])
    if not name or len(parts) < 5:
        raise CorpusError(path, number, "expected 'e1 TYPE mode|- REALIS holder a=… r=… d=… p=…'")
    event_type, mode, realis, holder = parts[1:5]
    modes = _ontology()[0]
    if event_type not in modes:
        raise CorpusError(path, number, f"type is {event_type!r}; allowed: {', '.join(modes)}")
    if mode != "-" and mode not in modes[event_type]:
        raise CorpusError(
            path, number, f"mode {mode!r} of {event_type}; allowed: {', '.join(sorted(modes[event_type]))}"
        )
    if realis not in set(Realis):
        raise CorpusError(path, number, f"realis is {realis!r}; allowed: {', '.join(Realis)}")
    roles = _roles(parts[5:], path, number)
    return CorpusEvent(
        id=name["id"],
        trigger=name["trigger"] or name["id"],
        type=event_type,
        mode=None if mode == "-" else mode,
        realis=Realis(realis),
        holder=holder,
        actors=roles.get("a", ()),
        recipients=roles.get("r", ()),
        date=next(iter(roles.get("d", ())), None),
        place=next(iter(roles.get("p", ())), None),
        line=number,
    )


def _check_references(item: Item) -> None:
    """Every id that a line uses is marked, every trigger is used, every actor and holder has its line."""
    marked = {mark.id for mark in item.marks}
    lines = {actor.id for actor in item.actors}
    used: set[str] = set()
    for event in item.events:
        people = {*event.actors, *event.recipients} | ({event.holder} - {AUTHOR})
        spots = {spot for spot in (event.date, event.place) if spot}
        for mark_id in sorted({event.trigger} | people | spots):
            if mark_id not in marked:
                raise CorpusError(item.path, event.line, f"{event.id} refers to {mark_id}, which is not marked")
        for mark_id in sorted(people - lines):
            raise CorpusError(item.path, event.line, f"{event.id} refers to {mark_id}, which has no line of its own")
        used |= {event.trigger} | people | spots
    for mark_id in sorted((marked | lines) - used):
        if mark_id.startswith("e") or mark_id not in marked or not item.events:
            raise CorpusError(item.path, item.line, f"{item.id}: {mark_id} is marked or listed, but no event uses it")


def _item(block: Sequence[tuple[int, str]], path: Path) -> Item:
    first, header = block[0]
    fields = _header(header, path, first)
    if len(block) < 3:
        raise CorpusError(path, first, f"{fields['id']}: expected a text and 'none' or lines of events")
    number, marked = block[1]
    if re.match(r"(?:[ex]\d+[a-z]?|none)(?:[ =]|$)", marked):
        raise CorpusError(path, number, "expected the text on the second line")
    text, marks = unmark(marked, path, number)
    events: list[CorpusEvent] = []
    actors: list[CorpusActor] = []
    is_none = [line for _, line in block[2:]] == ["none"]
    for number, line in () if is_none else block[2:]:
        if line.startswith("x"):
            actors.append(_actor(line, path, number))
        else:
            events.append(_event(line, path, number))
    for mark_id, count in Counter([event.id for event in events] + [actor.id for actor in actors]).items():
        if count > 1:
            raise CorpusError(path, first, f"{fields['id']}: {mark_id} has {count} lines")
    if not is_none and not events:
        raise CorpusError(path, first, f"{fields['id']}: no event and no 'none'")
    item = Item(**fields, text=text, marks=marks, actors=tuple(actors), events=tuple(events), path=path, line=first)
    _check_references(item)
    return item


def _blocks(path: Path) -> Iterator[list[tuple[int, str]]]:
    block: list[tuple[int, str]] = []
    with path.open(encoding="utf-8") as lines:
        for number, raw in enumerate(lines, start=1):
            if line := raw.strip():
                block.append((number, line))
            elif block:
                yield block
                block = []
    if block:
        yield block


def read_corpus(paths: Iterable[Path | str], faults: list[CorpusError] | None = None) -> list[Item]:
    """The items of the files, in the order given.

    Raises the first `CorpusError`, unless a list is given for the faults: then bad items are left out and listed there.
    """
    items: dict[str, Item] = {}
    for path in map(Path, paths):
        for block in _blocks(path):
            try:
                item = _item(block, path)
                if item.id in items:
                    raise CorpusError(path, item.line, f"id {item.id} stands twice")
                items[item.id] = item
            except CorpusError as error:
                if faults is None:
                    raise
                faults.append(error)
    return list(items.values())


def _print_counts(items: Sequence[Item]) -> None:
    for title, values in (
        ("type", [event.type for item in items for event in item.events]),
        ("mode", [f"{event.type} {event.mode or '-'}" for item in items for event in item.events]),
        ("realis", [event.realis.value for item in items for event in item.events]),
        ("events in an item", [str(len(item.events)) for item in items]),
        ("region", [item.region for item in items]),
        ("register", [item.register for item in items]),
    ):
        counts = sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
        print(f"{title}: " + ", ".join(f"{value} {count} ({count / len(values):.1%})" for value, count in counts))


def main(arguments: Sequence[str]) -> int:
    """Print the faults of the files; 1 where there are any, else 0.

    ``--counts`` adds what the files hold, ``--idle`` the marks that no event uses (allowed, but often a slip).
    """
    faults: list[CorpusError] = []
    items = read_corpus([path for path in arguments if not path.startswith("--")], faults)
    for fault in faults:
        print(fault)
    if "--counts" in arguments:
        _print_counts(items)
    for item in items if "--idle" in arguments else ():
        used = {name for event in item.events for name in event.marks()}
        if idle := sorted({mark.id for mark in item.marks} - used):
            print(f"{item.path.name}:{item.line}: {item.id}: no event uses {', '.join(idle)}")
    events = sum(len(item.events) for item in items)
    empty = sum(not item.events for item in items)
    print(f"{len(items)} items, {events} events, {empty} items without any, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
