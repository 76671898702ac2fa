"""Ties: states of a pair with a beginning and an end, each with the words that show it.

Diplomatic representation, visits, calls and meetings with their level, agreements, sanctions, military support and
cooperation, armed conflict and ceasefires. Which event makes which tie is data: ``tie_rules.tsv``. A past that a report
implies ("after a 13-year hiatus") becomes a tie of its own, marked as derived, with the sum that gave its beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
from msgspec.structs import replace

from dragoman.isodates import date_range
from dragoman.records import Record
from dragoman.relations.happenings import DEFAULT_COUNTING, Counting, country_code
from dragoman.relations.levels import lower
from dragoman.relations.tie_marks import Mark, TieEvidence, marks_of

__all__ = ["Tie", "TieEvidence", "ties"]

QUIET_DAYS = 180
"""A tie that is seen only while it is reported (fighting, arms) is no longer said to hold after so long."""
PAUSE_DAYS = 365
"""Between two reports of it that belong to one spell; COW's rule that a war ends after a year without fighting."""
NONE = "none"
HOLDS, ENDED, HAPPENED, QUIET = "holds", "ended", "happened", "not reported since"
SEEN_ONLY = frozenset({"armed conflict", "military support", "military cooperation"})
_BREAKS = ("severed", "recalled", "expelled", "embassy closed")
_SPELLS = ("changes", "begins", "ends")


class Tie(Record, frozen=True, kw_only=True):
    """One state of a pair, from `begin` to `end` (ISO 8601 values; None: not known, or not yet).

    `directed`: the state is `a`'s towards `b` (its embassy there, its visit, its sanctions). `begin_basis` is that of
    the event's date, ``reported`` where only the report is dated (it happened no later), or ``derived``; then
    `derivation` shows the sum. `status`: holds, ended, happened (over when it was done), not reported since
    (`last_reported` is the day). Of visits, calls and meetings: `who`, `place`, and `visitors` with their levels;
    `level` is that of the highest visitor, of a call or meeting that at which both sides took part; `a_level` and
    `b_level` are those of the sides. `salient`: in the headline, the lead or a main thread of a report. `happenings`:
    ids of the stories; event ids where the store is not linked.
    """

    tie: str
    state: str
    a: str
    b: str
    directed: bool
    begin: str | None = None
    begin_basis: str | None = None
    end: str | None = None
    status: str
    last_reported: str | None = None
    level: str | None = None
    a_level: str | None = None
    b_level: str | None = None
    who: tuple[str, ...] = ()
    visitors: tuple[str, ...] = ()
    visitor_levels: tuple[str, ...] = ()
    place: str | None = None
    derived: bool = False
    derivation: str | None = None
    unconfirmed: bool = False
    salient: bool = False
    happenings: tuple[str, ...] = ()
    evidence: tuple[TieEvidence, ...] = ()


def ties(
    connection: duckdb.DuckDBPyConnection,
    a: str | None = None,
    b: str | None = None,
    *,
    counting: Counting = DEFAULT_COUNTING,
) -> tuple[Tie, ...]:
    """The ties of a pair, of one country with all others, or of all, by kind, pair and beginning.

    Raises `SettingsError` for a code that is none.
    """
    one = country_code(a) if a else None
    other = country_code(b) if b else None
    found = marks_of(connection, counting, [(one, other)] if one and other else None)
    if one and not other:
        found = [mark for mark in found if one in (mark.a, mark.b)]
    return _made(found, _last_day(connection))


def ties_of_days(
    connection: duckdb.DuckDBPyConnection, first: date, last: date, *, counting: Counting = DEFAULT_COUNTING
) -> tuple[Tie, ...]:
    """The ties with a length of the pairs in which some day made, changed or ended one: with all their history."""
    recent = [mark for mark in marks_of(connection, counting, days=(first, last)) if mark.rule.effect in _SPELLS]
    touched = {(mark.rule.tie, mark.a, mark.b) for mark in recent if mark.start and first <= mark.start <= last}
    if not touched:
        return ()
    pairs = sorted({(a, b) for _, a, b in touched})
    found = [mark for mark in marks_of(connection, counting, pairs) if (mark.rule.tie, mark.a, mark.b) in touched]
    return _made(found, _last_day(connection))


def _made(found: Sequence[Mark], as_of: date | None) -> tuple[Tie, ...]:
    groups: dict[tuple[str, str, str], list[Mark]] = {}
    for mark in found:
        groups.setdefault((mark.rule.tie, mark.a, mark.b), []).append(mark)
    made: list[Tie] = []
    for key in sorted(groups):
        made += _ties_of(sorted(groups[key], key=_order), as_of)
    return tuple(made)


def _order(mark: Mark) -> tuple[date, str]:
    return mark.start or date.max, mark.unit


def _last_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The day of the newest report: what ties are said to hold on."""
    [(day,)] = connection.execute("SELECT max(published_end) FROM reports").fetchall()
    return day


def _ties_of(marks: Sequence[Mark], as_of: date | None) -> list[Tie]:
    """The ties of one kind and pair, from marks in the order of time."""
    marks = _standing(marks)
    points = [mark for mark in marks if mark.rule.effect == "point"]
    spells = [mark for mark in marks if mark.rule.effect in _SPELLS]
    made = [_tie(mark, HAPPENED) for mark in points]
    for group in _same_happening(spells):
        _continue(made, group)
    made += _derived(marks, made)
    return sorted((_aged(tie, as_of) for tie in made), key=lambda tie: (_first_day(tie.begin or tie.end), tie.state))


def _standing(marks: Sequence[Mark]) -> list[Mark]:
    """The marks less those whose words stand within the words of an end: "lifted [sanctions]" imposes none."""
    ends = [piece for mark in marks if mark.rule.effect == "ends" for piece in mark.evidence]

    def undone(piece: TieEvidence) -> bool:
        return any(e.report_id == piece.report_id and e.start <= piece.start and piece.end <= e.end for e in ends)

    return [m for m in marks if m.rule.effect == "ends" or not all(map(undone, m.evidence))]


def _first_day(value: str | None) -> date:
    found = date_range(value)
    return found[0] if found else date.max


def _same_happening(marks: Sequence[Mark]) -> Iterable[list[Mark]]:
    """Marks of one happening together: "restored its presence by appointing an ambassador"."""
    groups: dict[str, list[Mark]] = {}
    for mark in marks:
        groups.setdefault(mark.unit, []).append(mark)
    return groups.values()


def _tie(mark: Mark, status: str, state: str | None = None) -> Tie:
    return Tie(
        tie=mark.rule.tie,
        state=state or mark.rule.state,
        a=mark.a,
        b=mark.b,
        directed=mark.rule.direction != "both",
        begin=mark.value,
        begin_basis=mark.basis,
        status=status,
        last_reported=mark.value,
        level=mark.levels[0] if mark.rule.tie == "visit" else lower(*mark.levels),
        a_level=mark.levels[0],
        b_level=mark.levels[1],
        who=mark.who,
        visitors=tuple(name for name, _ in mark.visitors),
        visitor_levels=tuple(level for _, level in mark.visitors),
        place=mark.place,
        unconfirmed=mark.unconfirmed,
        salient=mark.salient,
        happenings=mark.ids,
        evidence=mark.evidence,
    )


def _continue(made: list[Tie], group: list[Mark]) -> None:
    """What a happening does to the spell that runs: go on, end, or end and make room for another."""
    first = group[0]
    state = ", ".join(dict.fromkeys(mark.rule.state for mark in group))
    running = next((at for at in reversed(range(len(made))) if made[at].status == HOLDS), None)
    effect = first.rule.effect
    if effect == "ends":
        if running is None and made and made[-1].status == ENDED:
            made[-1] = replace(_joined(made[-1], first), last_reported=made[-1].last_reported)
        elif running is None:
            ended = _tie(first, ENDED)
            made.append(replace(ended, state=state, begin=None, begin_basis=None, end=first.value))
        else:
            made[running] = _ended(_joined(made[running], first), first.value)
        return
    if running is not None:
        same = effect != "changes" or {mark.rule.state for mark in group} <= set(made[running].state.split(", "))
        if same and not (effect == "begins" and _after_pause(made[running], first)):
            made[running] = _joined(made[running], first)
            return
        made[running] = _ended(made[running], first.value) if effect == "changes" else _quiet(made[running])
    made.append(_tie(first, HOLDS, state))


def _joined(tie: Tie, mark: Mark) -> Tie:
    """The tie with what one more happening says of it."""
    return replace(
        tie,
        last_reported=mark.value or tie.last_reported,
        unconfirmed=tie.unconfirmed and mark.unconfirmed,
        happenings=(*tie.happenings, *mark.ids),
        evidence=(*tie.evidence, *mark.evidence),
    )


def _ended(tie: Tie, end: str | None) -> Tie:
    return replace(tie, end=end, status=ENDED)


def _quiet(tie: Tie) -> Tie:
    return replace(tie, status=QUIET)


def _after_pause(tie: Tie, mark: Mark) -> bool:
    if tie.tie not in SEEN_ONLY or mark.start is None:
        return False
    return mark.start - _first_day(tie.last_reported) > timedelta(days=PAUSE_DAYS)


def _aged(tie: Tie, as_of: date | None) -> Tie:
    """A tie that is only seen while it is reported holds no longer than that."""
    if tie.status != HOLDS or tie.tie not in SEEN_ONLY or as_of is None:
        return tie
    return _quiet(tie) if as_of - _first_day(tie.last_reported) > timedelta(days=QUIET_DAYS) else tie


def _derived(marks: Sequence[Mark], made: list[Tie]) -> list[Tie]:
    """The pasts that events imply: no such tie from the year of its last occurrence until the event.

    Where a report tells of a break in that very year, the sum is added to that tie instead.
    """
    found: dict[tuple[str, str], Tie] = {}
    for mark in marks:
        if mark.rule.effect == "ends" or mark.rule.state in _BREAKS:
            continue
        for evidence, implied in mark.implied:
            none = _none_since(mark, evidence, implied)
            at = _break_in(made, implied["value"])
            if at is None:
                found.setdefault((implied["value"], mark.value or ""), none)
            elif made[at].derivation is None:
                evidences = (*made[at].evidence, *none.evidence)
                made[at] = replace(made[at], derivation=none.derivation, evidence=evidences)
    return list(found.values())


def _break_in(made: Sequence[Tie], year: str) -> int | None:
    """Where a break in that year stands among the ties, known from a report of it."""
    for at, tie in enumerate(made):
        if (tie.begin or "").startswith(year) and any(word in tie.state for word in _BREAKS):
            return at
    return None


def _none_since(mark: Mark, evidence: TieEvidence, implied: dict[str, Any]) -> Tie:
    about = "about " if implied["approximate"] else ""
    return Tie(
        tie=mark.rule.tie,
        state=NONE,
        a=mark.a,
        b=mark.b,
        directed=mark.rule.direction != "both",
        begin=implied["value"],
        begin_basis="derived",
        end=mark.value,
        status=ENDED,
        last_reported=mark.value,
        derived=True,
        derivation=f"“{implied['text']}”: {about}{implied['arithmetic']}",
        unconfirmed=mark.unconfirmed,
        happenings=mark.ids,
        evidence=(replace(evidence, text=implied["text"], start=implied["span_start"], end=implied["span_end"]),),
    )
