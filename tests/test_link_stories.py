"""What a user may rely on when a store is linked: which events become one story, and what stays when it grows."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from link_cases import coded, random_reports, store_of, told

from dragoman.errors import StoreError
from dragoman.linking import run as run_module
from dragoman.linking.run import link_store
from dragoman.linking.texts import Toll, lone_tolls
from dragoman.linking.view import StoryFilter, select_stories, story
from dragoman.records import Claim, CodedReport
from dragoman.store import Store
from dragoman.store.journal import Ruling, append
from dragoman.store.manifest import read_manifest

Stories = set[frozenset[tuple[str, str]]]


def stories_of(store: Store) -> Stories:
    found: dict[str, set[tuple[str, str]]] = {}
    with store.connect() as connection:
        for name, report, event in connection.execute(
            "SELECT story_id, report_id, event_id FROM story_events"
        ).fetchall():
            found.setdefault(name, set()).add((report, event))
    return {frozenset(members) for members in found.values()}


def story_id(store: Store, report: str, event: str = "e0") -> str:
    with store.connect() as connection:
        [(found,)] = connection.execute(
            "SELECT story_id FROM story_events WHERE report_id = ? AND event_id = ?", [report, event]
        ).fetchall()
    return found


def fields_by_members(store: Store) -> dict[frozenset[tuple[str, str]], Any]:
    """Everything about each story except its id, by its events."""
    tables = ("stories", "story_actors", "story_history", "story_versions")
    with store.connect() as connection:
        rows = {name: connection.table(name).to_arrow_table().to_pylist() for name in tables}
        told_in = connection.table("story_events").to_arrow_table().to_pylist()
    members: dict[str, set[tuple[str, str]]] = {}
    for row in told_in:
        members.setdefault(row["story_id"], set()).add((row["report_id"], row["event_id"]))
    found: dict[frozenset[tuple[str, str]], list[str]] = {frozenset(keys): [] for keys in members.values()}
    for name in tables:
        for row in rows[name]:
            found[frozenset(members[row.pop("story_id")])].append(repr((name, sorted(row.items()))))
    return {key: sorted(listed) for key, listed in found.items()}


def linked(folder: Path, *reports: CodedReport) -> Store:
    store = store_of(folder, *reports)
    link_store(store)
    return store


def pair(first: dict[str, Any], second: dict[str, Any]) -> tuple[CodedReport, CodedReport]:
    return coded("a", told("e0", **first)), coded("b", told("e0", **second))


MEETING = {
    "kind": "CONSULT",
    "mode": "visit",
    "actors": "RUS:Ivan_Petrov",
    "recipients": "TUR:Kemal_Demir",
    "place": "Ankara",
}
STRIKE = {"kind": "ASSAULT", "mode": "drone", "actors": "RUS", "recipients": "UKR", "place": "Kharkiv"}
MET = {**MEETING, "words": "Petrov met Demir in the palace"}
STRUCK = {**STRIKE, "words": "drones struck the Barabashovo market"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (MET, {**MET, "words": "the talks of Demir with Petrov"}),
        (MET, {**MET, "actors": MET["recipients"], "recipients": MET["actors"]}),
        (STRUCK, {**STRUCK, "words": "a drone attack on the Barabashovo market killed four"}),
        ({**MET, "realis": "PLANNED"}, MET),
    ],
    ids=["other words", "sides named the other way round", "same day and town", "planned and done"],
)
def test_two_reports_of_one_happening_are_one_story(first: Any, second: Any, tmp_path: Path) -> None:
    assert len(stories_of(linked(tmp_path, *pair(first, second)))) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (STRUCK, {**STRUCK, "day": "2025-03-06"}),
        (STRUCK, {**STRUCK, "place": "Odesa", "words": "drones struck a port"}),
        (STRUCK, {**STRUCK, "actors": "UKR", "recipients": "RUS"}),
        (MET, {**MET, "mode": "phone", "place": None, "words": "they spoke by telephone"}),
        (MET, {**MET, "recipients": "SYR:Murhaf_Saleh", "words": "talks with Saleh"}),
        ({"kind": "ACCUSE", "actors": "", "day": None}, {"kind": "ACCUSE", "actors": "", "day": None}),
        ({"kind": "CONSULT", "actors": "RUS", "day": None}, {"kind": "CONSULT", "actors": "RUS", "day": None}),
    ],
    ids=[
        "two days",
        "two towns",
        "sides exchanged",
        "call and visit",
        "another partner",
        "all empty",
        "one party, no date",
    ],
)
def test_two_happenings_stay_two_stories(first: Any, second: Any, tmp_path: Path) -> None:
    assert len(stories_of(linked(tmp_path, *pair(first, second)))) == 2


def test_a_planned_happening_that_took_place_is_actual(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair({**MET, "realis": "PLANNED"}, MET))
    with store.connect() as connection:
        assert select_stories(connection)["realis"].to_pylist() == ["ACTUAL"]


def test_a_chain_of_days_is_not_one_story(tmp_path: Path) -> None:
    days = [coded(f"r{n}", told("e0", **{**STRUCK, "day": f"2025-03-{n:02d}"})) for n in range(1, 8)]
    assert len(stories_of(linked(tmp_path, *days))) == 7


DENIED = Claim(holder="the ministry", stance="denies")


@pytest.mark.parametrize(
    ("published", "with_denial"),
    [("2025-03-12", "late"), ("2025-03-05", "early"), ("2025-03-07", None)],
    ids=["after both", "nearer to the first", "as near to both"],
)
def test_a_denial_without_a_date_joins_the_meeting_told_nearest_to_it_or_none(
    published: str, with_denial: str | None, tmp_path: Path
) -> None:
    early = coded("early", told("e0", **{**MET, "day": "2025-03-03"}), published="2025-03-03")
    late = coded("late", told("e0", **{**MET, "day": "2025-03-11"}), published="2025-03-11")
    denial = coded(
        "denial", told("e0", **{**MET, "day": None, "realis": "NEGATED"}, claims=(DENIED,)), published=published
    )
    found = {
        frozenset(report for report, _ in members) for members in stories_of(linked(tmp_path, early, late, denial))
    }
    pairs = {frozenset({name, "denial"}) for name in ("early", "late") if name == with_denial}
    assert found >= pairs
    assert len(found) == 3 - len(pairs)


@pytest.mark.parametrize("order", ["dabc", "abcd", "cbda", "bdca"])
def test_a_denial_lies_where_it_would_if_all_had_come_at_once(order: str, tmp_path: Path) -> None:
    made = {
        key: coded(key, told("e0", **{**MET, "day": f"2025-03-{day:02d}"}), published=f"2025-03-{day:02d}")
        for key, day in (("a", 3), ("b", 7), ("c", 11))
    }
    made["d"] = coded(
        "d", told("e0", **{**MET, "day": None, "realis": "NEGATED"}, claims=(DENIED,)), published="2025-03-09"
    )
    store = store_of(tmp_path / "grown")
    for key in order:
        store.load([made[key]], ())
        link_store(store)
    assert stories_of(store) == stories_of(linked(tmp_path / "at_once", *made.values()))
    assert frozenset({("d", "e0")}) in stories_of(store)


def contested(store: Store) -> set[str]:
    with store.connect() as connection:
        return {field for (field,) in connection.execute("SELECT DISTINCT field FROM story_versions").fetchall()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Drones struck a market. The number of the dead has risen to five.", {Toll("killed", 5, 5)}),
        ("A 58-year-old woman was killed.", set()),
        (
            "Four people were killed on Monday. On Tuesday two people were killed, nine wounded.",
            {Toll("injured", 9, 9)},
        ),
    ],
    ids=["in another sentence", "an age", "one kind is given twice"],
)
def test_a_report_counts_the_dead_where_it_gives_one_count_and_ages_are_none(text: str, found: set[Toll]) -> None:
    assert lone_tolls(text) == found


def test_a_store_without_events_is_linked(tmp_path: Path) -> None:
    assert stories_of(linked(tmp_path, coded("a"))) == set()


def test_where_each_side_blames_the_other_the_actors_are_contested_not_the_act(tmp_path: Path) -> None:
    denied = Claim(holder="Kyiv", stance="denies", country="UKR", sector="GOV")
    sides = [{**STRUCK, "actors": "RUS", "recipients": ""}, {**STRUCK, "actors": "UKR", "recipients": ""}]
    store = store_of(
        tmp_path,
        coded("a", told("e0", **sides[0], claims=(denied,))),
        coded("b", told("e0", **sides[1])),
    )
    append(store.folder, [Ruling(event_a="e0", report_a="a", event_b="e0", report_b="b", verdict="same", author="kim")])
    link_store(store)
    assert contested(store) == {"actors"}


def test_linking_twice_changes_nothing(tmp_path: Path) -> None:
    store = linked(tmp_path, *random_reports(1, 12))
    before = (store.folder / "manifest.json").read_bytes()
    assert link_store(store).reports == 0
    assert (store.folder / "manifest.json").read_bytes() == before


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 10**6), size=st.integers(2, 18), cuts=st.lists(st.integers(1, 17), max_size=3))
def test_growing_in_any_order_and_batches_gives_the_stories_of_all_at_once(
    seed: int, size: int, cuts: list[int]
) -> None:
    reports = random_reports(seed, size)
    shuffled = list(reports)
    random.Random(seed).shuffle(shuffled)
    edges = [0, *sorted({cut for cut in cuts if cut < size}), size]
    with TemporaryDirectory() as scratch:
        whole = linked(Path(scratch) / "whole", *reports)
        grown = Store.open(Path(scratch) / "grown", create=True)
        for start, end in pairwise(edges):
            grown.load(shuffled[start:end])
            link_store(grown, reports_a_round=max(1, size // 2))
        assert fields_by_members(grown) == fields_by_members(whole)


def test_a_changed_report_is_linked_anew(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair(MET, MET))
    store.load([coded("b", told("e0", **{**MET, "day": "2025-04-20"}))])
    assert link_store(store).reports == 1
    assert len(stories_of(store)) == 2


def test_only_what_new_reports_touch_is_done_anew(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair(MET, MET), *(coded(f"s{n}", told("e0", **STRUCK)) for n in range(5)))
    store.load([coded("c", told("e0", **MET))])
    assert link_store(store).events == 3


def test_the_id_of_a_story_stays_when_it_grows(tmp_path: Path) -> None:
    store = linked(tmp_path, coded("b", told("e0", **MET)))
    before = story_id(store, "b")
    store.load([coded("a", told("e0", **MET), published="2025-03-01"), coded("c", told("e0", **MET))])
    link_store(store)
    assert {story_id(store, key) for key in "abc"} == {before}


def test_a_person_can_join_what_linking_left_apart_and_the_old_id_leads_on(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair(STRUCK, {**STRUCK, "day": "2025-03-09"}))
    first, second = story_id(store, "a"), story_id(store, "b")
    append(store.folder, [Ruling(event_a="e0", report_a="a", event_b="e0", report_b="b", verdict="same", author="kim")])
    link_store(store)
    assert len(stories_of(store)) == 1
    kept = story_id(store, "a")
    gone = ({first, second} - {kept}).pop()
    with store.connect() as connection:
        assert story(connection, gone).story_id == kept


def test_a_person_can_part_what_linking_joined_and_it_holds_when_the_store_grows(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair(MET, MET))
    ruling = Ruling(event_a="e0", report_a="a", event_b="e0", report_b="b", verdict="different")
    append(store.folder, [ruling])
    link_store(store)
    assert story_id(store, "a") != story_id(store, "b")
    store.load([coded("c", told("e0", **MET))])
    link_store(store)
    link_store(store, full=True)
    assert story_id(store, "a") != story_id(store, "b")
    append(store.folder, [Ruling(event_a="e0", report_a="b", event_b="e0", report_b="a", verdict="withdrawn")])
    link_store(store)
    assert len(stories_of(store)) == 1


def test_a_link_that_dies_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = linked(tmp_path, *random_reports(3, 6))
    before, state = stories_of(store), read_manifest(store.folder)
    store.load(random_reports(4, 10)[6:])

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "_story_tables", dies)
    with pytest.raises(KeyboardInterrupt):
        link_store(store)
    monkeypatch.undo()
    assert read_manifest(store.folder).derived == state.derived
    assert stories_of(store) == before
    link_store(store)
    assert sum(map(len, stories_of(store))) == store.counts()["events"]


def test_each_join_is_explained_by_values_and_weights(tmp_path: Path) -> None:
    store = linked(
        tmp_path, *pair(MET, MET), coded("c", told("e0", **{**MET, "day": "2025-03-05", "basis": "publication"}))
    )
    with store.connect() as connection:
        found = story(connection, story_id(store, "a"))
    joined = [join for join in found.joins if join.joined]
    assert joined
    for join in joined:
        total = sum(value * weight for value, weight in join.features.values())
        assert total == pytest.approx(join.score, abs=0.01)


def test_stories_are_found_by_filter(tmp_path: Path) -> None:
    store = linked(tmp_path, *pair(MET, MET), coded("c", told("e0", **STRUCK)))
    with store.connect() as connection:
        assert select_stories(connection, StoryFilter(countries=("ukr",)))["type"].to_pylist() == ["ASSAULT"]
        assert select_stories(connection, StoryFilter(actor="demir"))["event_count"].to_pylist() == [2]
        assert select_stories(connection, StoryFilter(since="2026")).num_rows == 0
        with pytest.raises(StoreError, match="no story"):
            story(connection, "nothing")


def test_a_store_that_was_never_linked_has_empty_tables(tmp_path: Path) -> None:
    store = store_of(tmp_path, coded("a", told("e0", **MET)))
    assert store.counts()["stories"] == 0
    assert stories_of(store) == set()


def test_texts_of_reports_are_never_run(tmp_path: Path) -> None:
    nasty = "'); DROP TABLE events; -- \x00 \u202e"
    store = linked(
        tmp_path,
        coded("r'1", told("e'0", **{**MET, "words": nasty})),
        coded('r"2', told("e;0", **{**MET, "words": nasty})),
    )
    assert sum(map(len, stories_of(store))) == 2
