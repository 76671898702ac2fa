"""The records that pass between the steps: immutable, typed, with a JSON shape of their own.

Offsets are character offsets into `Report.text` as given, end exclusive, and ``text[start:end]`` equals the text field
beside them. What a report does not support is ``None`` or an empty tuple, never a guess.

Evolution: fields are only ever added, with a default; none is renamed or given another meaning within a major version.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Realis(StrEnum):
    """Whether an event took place, as the report has it (DESIGN: vocabulary)."""

    ACTUAL = "ACTUAL"
    PLANNED = "PLANNED"
    POSSIBLE = "POSSIBLE"
    NEGATED = "NEGATED"


class Stance(StrEnum):
    """What a holder does with an event when it speaks of it."""

    ASSERTS = "asserts"
    DENIES = "denies"
    DOUBTS = "doubts"
    EXPECTS = "expects"
    CALLS_FOR = "calls for"
    NOT_CONFIRMED = "has not confirmed"
    DECLINES = "declines to comment"


AUTHOR = "AUTHOR"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: frozen, keyword-only."""


class Report(Record, frozen=True, kw_only=True):
    """One article, communiqué or cable.

    `published` is ISO 8601 (a day, month or year) or None. `source` says where it was read from (a path, with the line
    for files that hold many), for messages only. `warnings` are one-line messages of reading (a date that could not be
    used, an id given twice); coding puts them on the `CodedReport`.
    """

    id: str
    text: str
    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    language: str | None = None
    source: str | None = None
    warnings: tuple[str, ...] = ()


class Rejected(Record, frozen=True, kw_only=True):
    """A report that was set aside, with the reason; never dropped in silence.

    `reason` is one of the codes in `dragoman.sources.REASONS`; `detail` is one line for a person.
    """

    source: str
    reason: str
    detail: str
    line: int | None = None


class Actor(Record, frozen=True, kw_only=True):
    """A political entity in a role. `country` is ISO 3166-1 alpha-3 or PLOVER's IGO, UNO, EUR, NGO, ISM, IMG, MNC."""

    text: str
    name: str
    country: str | None = None
    sector: str | None = None
    other_sectors: tuple[str, ...] = ()
    entity: str | None = None
    start: int
    end: int


class EventDate(Record, frozen=True, kw_only=True):
    """When the event happened: ISO 8601 day, month, year or ``start/end``.

    `granularity`: day, week, month, quarter, year, decade, range, time. `basis`: explicit, relative (to publication),
    event-relative (to another event of the report), narrative (the day on which the report's telling stands),
    publication (the report presents it as current).
    `text` is None where no words of the text carry the date (basis publication).
    """

    value: str | None
    text: str | None = None
    granularity: str | None = None
    basis: str | None = None
    start: int | None = None
    end: int | None = None


class Place(Record, frozen=True, kw_only=True):
    """Where the event happened. `precision`: point, city, region or country."""

    text: str
    name: str
    country: str | None = None
    admin1: str | None = None
    lat: float | None = None
    lon: float | None = None
    geonameid: int | None = None
    precision: str | None = None
    start: int
    end: int


class TextSpan(Record, frozen=True, kw_only=True):
    """Words of the report: a topic, a piece of evidence."""

    text: str
    start: int
    end: int


class Cue(Record, frozen=True, kw_only=True):
    """A word that bears on realis or certainty, and what it does (see `lexicon/realis_cues.tsv`)."""

    text: str
    kind: str
    start: int
    end: int


class Attribution(Record, frozen=True, kw_only=True):
    """Through whom the event reaches the reader; `holder` is AUTHOR or the words that name the holder."""

    holder: str = AUTHOR
    name: str | None = None
    country: str | None = None
    sector: str | None = None
    cue: str | None = None


class Claim(Record, frozen=True, kw_only=True):
    """A holder's stance on an event. `party` is True where the holder is a participant speaking of itself."""

    holder: str
    stance: str
    name: str | None = None
    country: str | None = None
    sector: str | None = None
    certainty: float | None = None
    party: bool = False
    cue: str | None = None
    start: int | None = None
    end: int | None = None


class ImpliedDate(Record, frozen=True, kw_only=True):
    """A year that words beside an event imply: "after a 13-year hiatus" in 2025 gives 2012.

    `what` is the year of what: last occurrence (of what the event takes up again), beginning, or anniversary.
    `arithmetic` is how it was worked out, for people; `approximate` where the words are ("nearly 20 years").
    """

    value: str
    what: str
    text: str
    arithmetic: str
    approximate: bool = False
    start: int
    end: int


class Event(Record, frozen=True, kw_only=True):
    """One happening within a report, coded in PLOVER, with the words behind every field."""

    id: str
    type: str
    mode: str | None = None
    contexts: tuple[str, ...] = ()
    quad: str
    score: float
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    date: EventDate | None = None
    place: Place | None = None
    topics: tuple[TextSpan, ...] = ()
    realis: Realis
    certainty: float
    attribution: Attribution
    claims: tuple[Claim, ...] = ()
    cues: tuple[Cue, ...] = ()
    evidence: tuple[TextSpan, ...]
    salient: bool = False
    confidence: float
    implied: tuple[ImpliedDate, ...] = ()


class Assessment(Record, frozen=True, kw_only=True):
    """The author's own inference ("signals a potential thaw"): kept beside the events, never one of them."""

    text: str
    holder: str
    cue: str
    hedged: bool
    countries: tuple[str, ...] = ()
    event: str | None = None
    start: int
    end: int


class Detection(Record, frozen=True, kw_only=True):
    """A predicate that a user's own detector takes for one of its types (``dragoman train --types``).

    `event` is the id of the PLOVER event that the same words tell, None where they tell none. `confidence` is the
    detector's probability, `evidence` the sentence.
    """

    type: str
    confidence: float
    trigger: TextSpan
    evidence: TextSpan
    actors: tuple[Actor, ...] = ()
    recipients: tuple[Actor, ...] = ()
    event: str | None = None


class Imported(Record, frozen=True, kw_only=True):
    """Where a record of another coder came from (``dragoman import``).

    `coder`: GDELT, ICEWS, POLECAT, ACLED, UCDP. `original`: the row as that coder gave it, by its own column names, so
    that nothing of it is lost. `mention_of`: id of the event that the report only mentions (GDELT's mentions).
    """

    coder: str
    original: dict[str, str] = {}
    mention_of: str | None = None


class CodedReport(Record, frozen=True, kw_only=True):
    """What coding one report gives: one line of ``dragoman code --format jsonl``.

    `imported` is None where Dragoman coded it.
    """

    id: str
    title: str | None = None
    published: str | None = None
    publisher: str | None = None
    url: str | None = None
    events: tuple[Event, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    detections: tuple[Detection, ...] = ()
    imported: Imported | None = None

    def __repr__(self) -> str:
        from dragoman.render import coded_text

        return coded_text(self)

    def _repr_html_(self) -> str:
        from dragoman.render import coded_html

        return coded_html(self)


def to_json_line(record: Record) -> bytes:
    """The record as one line of JSON, fields in the order of their definition, ending in a newline."""
    return msgspec.json.encode(record) + b"\n"


def coded_report_from_json(line: bytes | str) -> CodedReport:
    """Read a line that `to_json_line` wrote; raises `msgspec.ValidationError` naming the path of a wrong field."""
    return msgspec.json.decode(line, type=CodedReport)
