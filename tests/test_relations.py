"""Dyads, ties, changes and networks of made stores: what is counted, how often, and which way."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relation_tables import event, linked, party, reports, unlinked

from dragoman.errors import SettingsError, TableError
from dragoman.records import ImpliedDate, Place
from dragoman.relations.changes import changes, dyad_turns, expectation, trend
from dragoman.relations.dyads import coverage, dyad_series, dyad_table
from dragoman.relations.happenings import Counting, basis, hold_happenings, symmetric_types
from dragoman.relations.levels import level_beside, level_of, lower
from dragoman.relations.network import analysed, balance_of, compare, graph_of, network, period_days
from dragoman.relations.tie_rules import read_rules, tie_rules, word_pattern
from dragoman.relations.ties import Tie, ties
from dragoman.relations.trips import trips
from dragoman.relations.turning_points import best_split, gains, signal, turning_points


def cells(connection: duckdb.DuckDBPyConnection, **options: Any) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = dyad_table(connection, **options).to_pylist()
    return {(row["actor"], row["recipient"], row["period"]): row for row in rows}


def test_a_happening_told_by_many_reports_counts_once() -> None:
    told = [[event(n, "ACCUSE", ["NOR"], ["CHL"])] for n in range(3)]
    row = cells(unlinked(reports(*told)))["NOR", "CHL", "2025-03"]
    assert (row["events"], row["reports"], row["origins"], row["accuse"]) == (1, 3, None, 1)


def test_stories_count_where_the_store_is_linked_with_their_origins() -> None:
    coded = reports([event(1, "ACCUSE", ["NOR"], ["CHL"])], [event(2, "ACCUSE", ["NOR"], ["CHL"], day="2025-03-09")])
    connection = linked(coded, [[("r0", "e1"), ("r1", "e2")]])
    row = cells(connection)["NOR", "CHL", "2025-03"]
    assert (row["events"], row["origins"]) == (1, 2)
    assert basis(connection, "month").unit == "stories"


def test_an_unlinked_store_joins_no_events_of_other_days_kinds_or_parties() -> None:
    differ = [
        event(1, "ACCUSE", ["NOR"], ["CHL"]),
        event(2, "ACCUSE", ["NOR"], ["CHL"], day="2025-03-05"),
        event(3, "ACCUSE", ["NOR"], ["CHL"], mode="investigate"),
        event(7, "ACCUSE", ["NOR"], ["CHL"], mode="allege"),
        event(4, "ACCUSE", ["NOR"], ["CHL", "PER"]),
        event(5, "ACCUSE", ["NOR"], ["CHL"], day="2025-03"),
        event(6, "ACCUSE", ["NOR"], ["CHL"], day="2025-03"),
    ]
    connection = unlinked(reports(*[[one] for one in differ]))
    assert cells(connection)["NOR", "CHL", "2025-03"]["events"] == 6
    assert "not linked" in basis(connection, "month").note


def test_a_meeting_told_from_either_side_is_one() -> None:
    coded = reports([event(1, "CONSULT", ["NOR"], ["CHL"])], [event(2, "CONSULT", ["CHL"], ["NOR"])])
    found = cells(unlinked(coded))
    assert {key[:2]: row["events"] for key, row in found.items()} == {("NOR", "CHL"): 1, ("CHL", "NOR"): 1}


def test_a_one_sided_act_has_one_direction() -> None:
    found = cells(unlinked(reports([event(1, "ASSAULT", ["NOR"], ["CHL"])])))
    assert list(found) == [("NOR", "CHL", "2025-03")]


def test_joint_actors_of_a_one_sided_act_have_no_dyad_of_their_own() -> None:
    found = cells(unlinked(reports([event(1, "ACCUSE", ["NOR", "SWE"], ["CHL"]), event(2, "ACCUSE", ["NOR", "SWE"])])))
    assert sorted(key[:2] for key in found) == [("NOR", "CHL"), ("SWE", "CHL")]


def test_what_did_not_happen_is_left_out_and_what_is_planned_counts_when_announced() -> None:
    coded = reports(
        [
            event(1, "CONSULT", ["NOR"], ["CHL"], realis="NEGATED"),
            event(2, "AGREE", ["NOR"], ["CHL"], realis="PLANNED", day="2025-09-01"),
        ]
    )
    found = cells(unlinked(coded), directed=False)
    assert {key[2]: row["agree"] for key, row in found.items()} == {"2025-03": 1}


def test_a_story_whose_status_is_denied_is_left_out() -> None:
    coded = reports([event(1, "ACCUSE", ["NOR"], ["CHL"]), event(2, "AID", ["NOR"], ["CHL"], day="2025-03-06")])
    connection = linked(coded, [[("r0", "e1")], [("r0", "e2")]])
    stories = connection.table("stories").to_arrow_table()
    at = stories.column_names.index("status")
    connection.register("stories", stories.set_column(at, "status", pa.array(["denied", "confirmed"])))
    row = cells(connection)["NOR", "CHL", "2025-03"]
    assert (row["events"], row["aid"], row["accuse"]) == (1, 1, 0)


def test_events_that_are_in_no_story_are_said_to_be_missing() -> None:
    coded = reports([event(1, "ACCUSE", ["NOR"], ["CHL"]), event(2, "AID", ["NOR"], ["CHL"])])
    connection = linked(coded, [[("r0", "e1")]])
    assert cells(connection)["NOR", "CHL", "2025-03"]["events"] == 1
    assert "1 events are in no story" in basis(connection, "month").note


def test_the_share_that_is_unconfirmed() -> None:
    coded = reports([event(1, "AID", ["NOR"], ["CHL"], realis="POSSIBLE"), event(2, "ACCUSE", ["NOR"], ["CHL"])])
    for connection in (unlinked(coded), linked(coded, [[("r0", "e1")], [("r0", "e2")]])):
        assert cells(connection)["NOR", "CHL", "2025-03"]["unconfirmed_share"] == 0.5


@pytest.mark.parametrize(
    ("meeting", "pairs"),
    [
        (event(1, "CONSULT", ["NOR", "SWE"], ["CHL"]), {"CHL-NOR", "CHL-SWE", "NOR-SWE"}),
        (event(1, "CONSULT", ["NOR", "SWE", party("IGO", "IGO")]), {"IGO-NOR", "IGO-SWE", "NOR-SWE"}),
        (event(1, "CONSULT", ["NOR", "SWE", "CHL", party("IGO", "IGO")]), {"IGO-NOR", "IGO-SWE", "CHL-IGO"}),
        (event(1, "CONSULT", ["NOR", "SWE", "CHL", "PER", "FRA"]), set()),
        (event(1, "CONSULT", ["NOR", "SWE", "CHL"], mode="multilateral"), {"CHL-NOR", "CHL-SWE", "NOR-SWE"}),
        (event(1, "CONSULT", ["NOR", "SWE"], mode="multilateral"), {"NOR-SWE"}),
        (event(1, "SANCTION", ["EUR"], ["CHL"]), {"CHL-EUR"}),
    ],
)
def test_meetings_of_organisations_and_of_many_are_not_exploded(meeting: Any, pairs: set[str]) -> None:
    connection = unlinked(reports([meeting]))
    assert {f"{a}-{b}" for a, b, _ in cells(connection, directed=False)} == pairs
    everybody = cells(connection, directed=False, counting=Counting(explode=True))
    countries = len(meeting.actors) + len(meeting.recipients)
    assert len(everybody) == countries * (countries - 1) // 2


def test_silence_of_the_news_is_not_peace() -> None:
    coded = reports(
        [event(1, "ACCUSE", ["NOR"], ["CHL"])], [], [], published=["2025-03-05", "2025-04-02", "2025-06-01"]
    )
    rows = [row for row in dyad_series(unlinked(coded), "nor", "chl").to_pylist() if row["direction"] == "NOR>CHL"]
    shown = [(row["period"], row["events"], row["reports_read"], row["rate"]) for row in rows]
    assert shown == [("2025-03", 1, 1, 1000.0), ("2025-04", 0, 1, 0.0), ("2025-05", 0, 0, None), ("2025-06", 0, 1, 0.0)]
    assert coverage(unlinked(coded)).column("reports_read").to_pylist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("by", "names"),
    [("day", "2024-12-31 2025-01-01"), ("week", "2025-W01"), ("month", "2024-12 2025-01"), ("year", "2024 2025")],
)
def test_periods_have_iso_names(by: str, names: str) -> None:
    coded = reports(
        [event(1, "AID", ["NOR"], ["CHL"], day="2024-12-31")],
        [event(2, "AID", ["NOR"], ["CHL"], day="2025-01-01")],
        published=["2024-12-31", "2025-01-01"],
    )
    series = [
        row for row in dyad_series(unlinked(coded), "NOR", "CHL", by).to_pylist() if row["direction"] == "NOR>CHL"
    ]
    assert [row["period"] for row in series] == names.split()


def test_dates_coarser_than_the_period_are_left_out_and_counted() -> None:
    connection = unlinked(reports([event(1, "AID", ["NOR"], ["CHL"], day="2025"), event(2, "AID", ["NOR"], ["CHL"])]))
    assert cells(connection)["NOR", "CHL", "2025-03"]["events"] == 1
    assert cells(connection, by="year")["NOR", "CHL", "2025"]["events"] == 2
    assert basis(connection, "month").unplaced == 1


def test_organs_of_the_state_alone() -> None:
    coded = reports(
        [event(1, "ACCUSE", [party("NOR", "CVL")], ["CHL"]), event(2, "AID", ["NOR"], [party("CHL", None)])]
    )
    found = cells(unlinked(coded), counting=Counting(state_only=True))
    assert {key[:2]: row["aid"] for key, row in found.items()} == {("NOR", "CHL"): 1}


def test_wrong_codes_periods_and_dates_are_said_plainly() -> None:
    connection = unlinked(reports())
    with pytest.raises(SettingsError, match="no country code"):
        dyad_series(connection, "NOR", "XXQ")
    with pytest.raises(SettingsError, match="both are NOR"):
        dyad_series(connection, "NOR", "nor")
    with pytest.raises(SettingsError, match="allowed: day"):
        dyad_table(connection, "decade")
    with pytest.raises(SettingsError, match="since is"):
        dyad_table(connection, since="soon")
    with pytest.raises(SettingsError, match="2025-Q4"):
        period_days("2025-Q7")
    assert network(connection, "2025").nodes == ()


COUNTRIES = ["NOR", "CHL", "PER", "SWE"]
some_events = st.lists(
    st.tuples(
        st.sampled_from(["CONSULT", "AGREE", "COOPERATE", "SUPPORT", "ACCUSE", "ASSAULT", "AID"]),
        st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2, unique=True),
        st.lists(st.sampled_from(COUNTRIES), max_size=2, unique=True),
        st.integers(1, 28),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_events, st.randoms(use_true_random=False))
def test_symmetric_counts_are_the_same_both_ways_and_in_any_order(made: list[Any], shuffle: Any) -> None:
    events = [
        event(n, kind, ones, others, day=f"2025-03-{day:02d}") for n, (kind, ones, others, day) in enumerate(made)
    ]
    symmetric = [one for one in events if one.type in symmetric_types()]
    found = cells(unlinked(reports(symmetric)))
    for (a, b, period), row in found.items():
        assert found[b, a, period]["events"] == row["events"]
        assert found[b, a, period]["score_sum"] == row["score_sum"]
    everything = dyad_table(unlinked(reports(events)))
    shuffled = events[:]
    shuffle.shuffle(shuffled)
    assert everything.equals(dyad_table(unlinked(reports(shuffled))))
    together = cells(unlinked(reports(events)), directed=False)
    directed = cells(unlinked(reports(events)))
    for (a, b, period), row in together.items():
        sides = [directed.get(key, {"events": 0})["events"] for key in ((a, b, period), (b, a, period))]
        assert max(sides) <= row["events"] <= sum(sides)
        assert row["events"] == sum(
            row[kind] for kind in ("consult", "agree", "cooperate", "support", "accuse", "assault", "aid")
        )


def all_answers(connection: duckdb.DuckDBPyConnection, counting: Counting) -> tuple[Any, ...]:
    pair = ("NOR", "CHL")
    turns = dyad_turns(connection, "week", pair=pair, counting=counting)
    return (
        dyad_table(connection, pair=pair, counting=counting).to_pylist(),
        ties(connection, *pair, counting=counting),
        turns,
    )


@pytest.mark.parametrize("is_linked", [False, True], ids=["unlinked", "linked"])
def test_what_is_worked_out_once_gives_the_same_answers(is_linked: bool) -> None:
    kinds = ["ACCUSE", "CONSULT", "SANCTION", "AID", "ASSAULT"]
    told = [
        [event(n, kinds[n % 5], ["NOR"], ["CHL", "PER"][: 1 + n % 2], day=f"2025-{3 + n % 4:02d}-{1 + n % 27:02d}")]
        for n in range(40)
    ]
    coded = reports(*told)
    connection = linked(coded, [[(f"r{n}", f"e{n}")] for n in range(40)]) if is_linked else unlinked(coded)
    for counting in (Counting(), Counting(state_only=True, explode=True)):
        expected = all_answers(connection, counting)
        assert expected[0]
        assert expected[1]
        assert all_answers(connection, hold_happenings(connection, [("NOR", "CHL")], counting)) == expected


# ties


def tie_names(found: tuple[Tie, ...]) -> list[tuple[str, str, str, str, str | None, str | None]]:
    return [(tie.tie, tie.state, tie.a, tie.b, tie.begin, tie.end) for tie in found]


def test_representation_is_a_chain_of_states() -> None:
    told = [
        event(1, "SANCTION", ["NOR"], ["CHL"], day="2020-05-01", words="Norway recalled its ambassador from Chile"),
        event(
            2, "SANCTION", ["NOR"], ["CHL"], day="2021-02-03", words="Norway severed diplomatic relations with Chile"
        ),
        event(3, "SUPPORT", ["NOR"], ["CHL"], day="2024-01-09", words="Norway and Chile restored diplomatic ties"),
    ]
    found = ties(unlinked(reports(told)), "NOR", "CHL")
    assert [name for name in tie_names(found) if name[2] == "NOR"] == [
        ("representation", "recalled", "NOR", "CHL", "2020-05-01", "2021-02-03"),
        ("representation", "severed", "NOR", "CHL", "2021-02-03", "2024-01-09"),
        ("representation", "restored", "NOR", "CHL", "2024-01-09", None),
    ]
    assert found[-1].status == "holds"
    assert found[-1].evidence[0].text == "Norway and Chile restored diplomatic ties"


def test_who_expels_diplomats_ends_the_post_of_the_other() -> None:
    told = [event(1, "SANCTION", ["NOR"], ["CHL"], mode="expel", words="Norway expelled two Chilean diplomats")]
    assert tie_names(ties(unlinked(reports(told))))[0][:4] == ("representation", "expelled", "CHL", "NOR")


def hiatus(words: str = "a 13-year hiatus") -> ImpliedDate:
    return ImpliedDate(
        value="2012", what="last occurrence", text=words, arithmetic="2025 - 13 = 2012", start=0, end=len(words)
    )


def test_an_implied_past_is_a_tie_of_its_own_and_marked_as_derived() -> None:
    words = "Norway appointed an ambassador to Chile after a 13-year hiatus"
    told = [event(1, "SUPPORT", ["NOR"], ["CHL"], words=words, implied=[hiatus()])]
    none, ambassador = ties(unlinked(reports(told)))
    assert (none.state, none.begin, none.end, none.derived) == ("none", "2012", "2025-03-04", True)
    assert none.derivation == "“a 13-year hiatus”: 2025 - 13 = 2012"
    assert (ambassador.state, ambassador.derived, ambassador.status) == ("ambassador", False, "holds")


def test_a_post_reopened_after_years_was_closed_that_long() -> None:
    words = "Norway reopened its embassy in Chile after nearly 13 years"
    none, opened = ties(unlinked(reports([event(1, "SUPPORT", ["NOR"], ["CHL"], words=words)])))
    assert (none.begin, none.derivation) == ("2012", "“after nearly 13 years”: about 2025 - 13 = 2012")
    assert none.evidence[0].text == words[none.evidence[0].start : none.evidence[0].end]
    assert opened.state == "embassy opened"


def test_a_ceasefire_broken_again_is_one_end() -> None:
    told = [
        event(n, "ACCUSE", ["NOR"], ["CHL"], day=f"2025-03-0{n}", words="Chile violated the ceasefire") for n in (1, 2)
    ]
    [tie] = ties(unlinked(reports(told)))
    assert (tie.begin, tie.end, len(tie.evidence)) == (None, "2025-03-01", 2)


def test_a_break_that_is_reported_needs_no_derived_past() -> None:
    told = [
        event(1, "SANCTION", ["NOR"], ["CHL"], day="2012-07-26", words="Norway closed its embassy in Chile"),
        event(2, "SUPPORT", ["NOR"], ["CHL"], words="Norway reopened its embassy in Chile", implied=[hiatus()]),
    ]
    closed, opened = ties(unlinked(reports(told)))
    assert (closed.state, closed.begin, closed.end, closed.derived) == (
        "embassy closed",
        "2012-07-26",
        "2025-03-04",
        False,
    )
    assert "2025 - 13 = 2012" in (closed.derivation or "")
    assert opened.state == "embassy opened"


def test_sanctions_last_until_they_are_lifted() -> None:
    told = [
        event(1, "SANCTION", ["NOR"], ["CHL"], day="2019-03-01", words="Norway imposed sanctions on Chile"),
        event(2, "SANCTION", ["NOR"], ["CHL"], day="2020-03-01", words="Norway widened its sanctions on Chile"),
        event(3, "CONCEDE", ["NOR"], ["CHL"], day="2025-03-01", words="Norway lifted sanctions on Chile"),
        event(4, "SANCTION", ["NOR"], ["CHL"], day="2025-03-01", words="sanctions on Chile"),
    ]
    [tie] = ties(unlinked(reports(told)))
    assert (tie.begin, tie.end, tie.status, len(tie.evidence)) == ("2019-03-01", "2025-03-01", "ended", 3)


def test_fighting_after_a_year_without_is_another_conflict() -> None:
    fights = [
        event(n, "ASSAULT", [party("NOR", "MIL")], ["CHL"], day=day, mode="aerial", words=f"raid {n}")
        for n, day in enumerate(["2022-01-01", "2022-03-01", "2024-06-01"])
    ]
    found = ties(unlinked(reports(fights)), "NOR", "CHL")
    assert [(tie.begin, tie.last_reported, tie.status) for tie in found] == [
        ("2022-01-01", "2022-03-01", "not reported since"),
        ("2024-06-01", "2024-06-01", "not reported since"),
    ]


def test_violence_between_citizens_is_no_armed_conflict_of_states() -> None:
    told = [
        event(1, "ASSAULT", [party("NOR", "CVL")], ["CHL"], mode="firearms", words="a Norwegian tourist shot a Chilean")
    ]
    assert ties(unlinked(reports(told))) == ()


def test_the_host_of_a_visit_is_where_it_was_and_the_level_is_the_visitors() -> None:
    oslo = Place(text="Oslo", name="Oslo", country="NOR", start=0, end=0)
    told = event(
        1,
        "CONSULT",
        [party("NOR", name="Ann Berg", words="Norwegian Prime Minister Ann Berg")],
        [party("CHL", name="Luis Rojas", words="Chilean Foreign Minister Luis Rojas")],
        mode="visit",
        place=oslo,
        words="Ann Berg met Luis Rojas in Oslo",
    )
    [tie] = ties(unlinked(reports([told])))
    assert (tie.tie, tie.a, tie.b, tie.level, tie.place) == ("visit", "CHL", "NOR", "minister", "Oslo")
    assert tie.who == ("Ann Berg", "Luis Rojas")


def test_a_stay_of_several_days_is_one_trip_of_each_traveller() -> None:
    told = [
        event(
            n,
            "CONSULT",
            [party("NOR", name="Ann Berg", words=f"Norwegian {title} Ann Berg")],
            [party("CHL", name="Luis Rojas", words="Chilean President Luis Rojas")],
            day=day,
            mode="visit",
            words=f"Ann Berg visited Chile on day {n}",
        )
        for n, (day, title) in enumerate(
            [
                ("2025-03-04", "Prime Minister"),
                ("2025-03-06", "Prime Minister"),
                ("2025-04-01", "Prime Minister"),
                ("2025-05-01", "ambassador"),
            ]
        )
    ]
    found = trips(ties(unlinked(reports(told))))
    assert [(trip.traveller, trip.level, trip.host, trip.first, trip.last) for trip in found] == [
        ("Ann Berg", "leader", "CHL", "2025-03-04", "2025-03-06"),
        ("Ann Berg", "leader", "CHL", "2025-04-01", "2025-04-01"),
    ]


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("Norwegian President Ann Berg", "leader"),
        ("the Norwegian deputy foreign minister", "deputy"),
        ("the foreign ministers", "minister"),
        ("former president Ann Berg", "official"),
        ("a Norwegian delegation", None),
    ],
)
def test_levels_by_title(words: str, level: str | None) -> None:
    assert level_of("Ann Berg", words, "2025-01-01") == level


def test_a_known_person_has_the_level_of_the_office_held_that_day() -> None:
    assert level_of("Vladimir Putin", "Mr Putin", "2015-01-01") == "leader"


def test_a_head_of_government_who_keeps_a_ministry_stands_as_a_leader() -> None:
    assert level_of("Sheikh Hasina", "Hasina", "2015-01-01") == "leader"
    assert level_of("Sergey Lavrov", "he", "2015-01-01") == "minister"
    assert lower("leader", "minister") == "minister"
    assert lower("leader", None) is None


def test_a_title_beside_a_name_tells_the_level() -> None:
    assert level_beside("Luis Rojas", "He called the President of Chile, Luis Rojas") == "leader"
    assert level_beside("Luis Rojas", "Luis Rojas, the Chilean foreign minister, came") == "minister"
    assert level_beside("Luis Rojas", "President Ann Berg met Luis Rojas") is None
    assert level_beside("Luis Rojas", "President Ann Berg, her aide, Luis Rojas") is None


def test_an_event_without_a_mode_joins_one_that_states_it() -> None:
    told = [event(1, "CONSULT", ["NOR"], ["CHL"]), event(2, "CONSULT", ["NOR"], ["CHL"], mode="phone")]
    found = ties(unlinked(reports(*[[one] for one in told])))
    assert [(tie.tie, len(tie.happenings)) for tie in found] == [("call", 2)]


def test_words_of_rules_are_whole_words_or_stems() -> None:
    assert word_pattern("ties|recall*").search("it recalled its envoy")
    assert not word_pattern("ties|recall*").search("the parties met")


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("effect", "starts", "effect"),
        ("types", "MEETING", "types"),
        ("modes", "visit", "modes"),
        ("direction", "x", "x"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_and_line(tmp_path: Path, column: str, value: str, problem: str) -> None:
    cells = {"tie": "t", "state": "s", "effect": "point", "types": "AID", "modes": "", "realis": "ACTUAL", "words": ""}
    cells |= {"without": "", "direction": "both", "state_actors": "no", "example": "x", column: value}
    path = tmp_path / "rules.tsv"
    path.write_text("\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n")
    with pytest.raises(TableError, match=rf"rules.tsv:2: .*{problem}"):
        read_rules(path)


def test_rules_have_examples_of_their_own() -> None:
    examples = [rule.example for rule in tie_rules()]
    assert len(set(examples)) >= len(examples) - 1  # a ceasefire ends a conflict and begins a tie of its own


# turning points and changes


def step(length: int = 40, at: int = 20, low: int = 1, high: int = 9) -> np.ndarray:
    made = np.random.default_rng(3)
    return np.concatenate([made.poisson(low, at), made.poisson(high, length - at)]).astype(float)


def test_a_change_of_level_is_found_where_it_is() -> None:
    values = signal(np.zeros(40), step(), np.full(40, 100.0))
    [point] = turning_points(values)
    assert abs(point.index - 20) <= 1
    assert point.p <= 0.01


def test_noise_is_seldom_news() -> None:
    made = np.random.default_rng(5)
    alarms = sum(bool(turning_points(made.poisson(2, (60, 2)) ** 0.5, shuffles=199, seed=n)) for n in range(150))
    assert alarms <= 150 * 0.08  # 0.04 and three standard deviations


def test_a_change_of_how_much_is_read_is_no_turning_point() -> None:
    read = np.concatenate([np.full(30, 100.0), np.full(30, 400.0)])
    made = np.random.default_rng(8)
    counts = made.poisson(read / 20).astype(float)
    assert turning_points(signal(np.zeros(60), counts, read)) == []
    assert turning_points(signal(np.zeros(60), counts, np.full(60, 1.0)))


def test_series_without_change_or_too_short_have_no_turning_point() -> None:
    assert turning_points(np.zeros((50, 2))) == []
    assert turning_points(np.ones((5, 2))) == []
    assert turning_points(np.zeros((0, 2))) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=8, max_size=30))
def test_the_statistic_is_that_of_the_split_that_ruptures_finds(counts: list[int]) -> None:
    values = np.array(counts, dtype=float)[:, None]
    at = best_split(values)

    def around(part: np.ndarray) -> float:
        return float(((part - part.mean(axis=0)) ** 2).sum())

    gain = around(values) - around(values[:at]) - around(values[at:])
    assert gains(values[None])[0] == pytest.approx(gain, abs=1e-6)


@pytest.mark.parametrize(
    ("count", "base", "word"),
    [
        (20, 10, "large rise"),
        (12, 10, "moderate rise"),
        (11, 10, "limited change"),
        (8, 10, "limited change"),
        (7, 10, "large fall"),
        (3, 0.5, "small base"),
    ],
)
def test_trends_have_trendfinders_words(count: float, base: float, word: str) -> None:
    assert trend(count, base) == word


def test_surprise_grows_with_the_distance_from_the_past_and_knows_the_coverage() -> None:
    past, read = np.full(53, 2.0), np.full(53, 100.0)

    def surprise(now: float, reports_read: float = 100.0) -> float:
        return expectation(np.append(past[:-1], now), np.append(read[:-1], reports_read), 7)[1]

    assert surprise(2) < surprise(6) < surprise(12)
    assert surprise(6, 300.0) < surprise(6)
    assert expectation(np.append(past[:-1], 0), np.append(read[:-1], 0.0), 7)[1] == 0.0


def weeks_of_quarrel() -> duckdb.DuckDBPyConnection:
    days = [date.fromordinal(date(2025, 1, 6).toordinal() + 7 * n) for n in range(40)]
    groups, number = [], 0
    for n, day in enumerate(days):
        group = []
        for at in range(6 if n >= 39 else 1 if n % 4 == 0 else 0):
            when = date.fromordinal(day.toordinal() + at).isoformat()
            group.append(event(number := number + 1, "ACCUSE", ["NOR"], ["CHL"], day=when, words=f"reproach {number}"))
        if n == 39:
            new = event(number := number + 1, "AID", ["PER"], ["SWE"], day=day.isoformat(), words="a first shipment")
            ban = event(
                number := number + 1,
                "SANCTION",
                ["PER"],
                ["CHL"],
                day=day.isoformat(),
                words="Peru imposed sanctions on Chile",
            )
            group += [new, ban]
        groups.append(group)
    return unlinked(reports(*groups, published=[date.fromordinal(d.toordinal() + 6).isoformat() for d in days]))


def test_what_changed_is_ranked_by_surprise_with_its_stories() -> None:
    found = changes(weeks_of_quarrel(), "7d")
    first = found.changes[0]
    assert (first.a, first.b, first.kind, first.count) == ("CHL", "NOR", "more conflict", 6)
    assert first.stories[0].words.startswith("reproach")
    assert [c.kind for c in found.changes if (c.a, c.b) == ("PER", "SWE")] == ["first contact"]
    assert [(change.what, change.tie.tie, change.tie.a) for change in found.ties] == [("new", "sanctions", "PER")]


def test_the_window_is_days_back_or_since_a_day() -> None:
    connection = weeks_of_quarrel()
    assert changes(connection, "2w").since == "2025-09-29"
    assert changes(connection, "2025-10-01", until="2025-10-10").until == "2025-10-10"
    with pytest.raises(SettingsError, match="since is"):
        changes(connection, "x")
    with pytest.raises(SettingsError, match="no dated report"):
        changes(unlinked(reports()))


def test_turning_points_of_a_dyad_in_the_store() -> None:
    made, groups, number = step(60, 30, 1, 8), [], 0
    days = [date.fromordinal(date(2025, 1, 6).toordinal() + 7 * n) for n in range(60)]
    modes = ["disapprove", "investigate", "allege", None]
    for day, count in zip(days, made, strict=True):
        group = []
        for at in range(int(count)):
            when = date.fromordinal(day.toordinal() + at % 7).isoformat()
            group.append(event(number := number + 1, "ACCUSE", ["NOR"], ["CHL"], day=when, mode=modes[at // 7]))
        groups.append(group)
    connection = unlinked(reports(*groups, published=[day.isoformat() for day in days]))
    turn = dyad_turns(connection, "week")[0]
    assert (turn.a, turn.b, turn.direction) == ("CHL", "NOR", "more conflict")
    assert turn.period in {"2025-W31", "2025-W32", "2025-W33"}
    assert turn.conflict_before < 2 < 6 < turn.conflict_after


# networks


def tally(a: str, b: str, cooperation: int, conflict: int, score: float) -> dict[str, Any]:
    return {
        "a": a,
        "b": b,
        "weight": cooperation + conflict,
        "cooperation": cooperation,
        "conflict": conflict,
        "score": score,
    }


def test_a_broker_stands_between_those_who_do_not_deal_with_each_other() -> None:
    rows = [tally("CHL", "NOR", 4, 0, 9), tally("NOR", "PER", 3, 1, 5), tally("CHL", "PER", 0, 5, -40)]
    found = analysed(rows, "2025", "2025-01-01", "2025-12-31")
    [pair] = found.brokerage
    assert (pair.broker, pair.a, pair.b, pair.weight, pair.conflict, pair.others) == ("NOR", "CHL", "PER", 3, 5, 0)
    assert {node.country: node.brokered for node in found.nodes} == {"CHL": 0, "NOR": 1, "PER": 0}
    assert found.nodes[0].betweenness == 0 or found.nodes[0].country != "NOR"


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(st.integers(0, 6), st.integers(0, 6)), st.booleans(), max_size=21))
def test_triads_are_counted_as_a_plain_loop_counts_them(signs: dict[tuple[int, int], bool]) -> None:
    import itertools

    edges = {(a, b): 1 if up else -1 for (a, b), up in signs.items() if a < b}
    rows = [
        tally(f"S{a}", f"S{b}", int(sign > 0), int(sign < 0), float(sign)) for (a, b), sign in sorted(edges.items())
    ]
    found = balance_of(graph_of(rows))
    plain = [0, 0, 0, 0]
    for a, b, c in itertools.combinations(range(7), 3):
        if {(a, b), (a, c), (b, c)} <= set(edges):
            plain[[edges[a, b], edges[a, c], edges[b, c]].count(-1)] += 1
    assert [found.all_positive, found.two_positive, found.one_positive, found.all_negative] == plain
    assert found.triads == sum(plain)


def test_the_network_of_a_period_is_the_same_every_time_and_compares() -> None:
    coded = reports(
        [
            event(1, "AID", ["NOR"], ["CHL"], day="2025-01-04"),
            event(2, "ASSAULT", ["PER"], ["CHL"], day="2025-02-04"),
            event(3, "ASSAULT", ["NOR"], ["CHL"], day="2025-05-04"),
            event(4, "SANCTION", ["EUR"], ["CHL"], day="2025-05-04"),
        ]
    )
    connection = unlinked(coded)
    before, after = network(connection, "2025-Q1"), network(connection, "2025-Q2")
    assert before == network(unlinked(coded), "2025-Q1")
    assert [node.country for node in before.nodes] == ["CHL", "NOR", "PER"]
    found = compare(before, after)
    assert [(e.a, e.b) for e in found.flipped] == [("CHL", "NOR")]
    assert [(e.a, e.b) for e in found.lost] == [("CHL", "PER")]
    assert {node.country for node in network(connection, "2025-Q2", organisations=True).nodes} == {"CHL", "NOR", "EUR"}


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025-Q4", "2025-10-01", "2025-12-31"),
        ("2025q1", "2025-01-01", "2025-03-31"),
        ("2025-W01", "2024-12-30", "2025-01-05"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-03-04/2025-04-01", "2025-03-04", "2025-04-01"),
    ],
)
def test_periods_of_networks(period: str, first: str, last: str) -> None:
    assert tuple(day.isoformat() for day in period_days(period)) == (first, last)


# imported records


def test_other_coders_records_are_left_out_unless_asked() -> None:
    coded = reports([event(1, "AID", ["NOR"], ["CHL"])], [event(2, "ACCUSE", ["NOR"], ["CHL"])])
    plain = unlinked(coded)
    with duckdb.connect() as connection:
        for name in ("reports", "events", "event_actors", "evidence", "topics"):
            table = plain.table(name).to_arrow_table()
            connection.register(f"given_{name}", table)
            coder = ""
            if name in ("reports", "events"):
                kept = "* EXCLUDE (coder)" if "coder" in table.column_names else "*"
                coder = f"SELECT {kept}, CASE WHEN report_id = 'r1' THEN 'GDELT' END AS coder FROM given_{name}"
            connection.execute(f"CREATE TABLE {name} AS {coder or f'SELECT * FROM given_{name}'}")
        own, theirs = cells(connection), cells(connection, counting=Counting(coder="GDELT"))
        assert own["NOR", "CHL", "2025-03"]["aid"] == 1
        assert own["NOR", "CHL", "2025-03"]["accuse"] == 0
        assert own["NOR", "CHL", "2025-03"]["reports_read"] == 1
        assert theirs["NOR", "CHL", "2025-03"]["accuse"] == 1


def test_results_hold_nothing_but_plain_values() -> None:
    rows = dyad_series(unlinked(reports([event(1, "AID", ["NOR"], ["CHL"])])), "NOR", "CHL").to_pylist()
    assert json.dumps(rows, default=str)
    assert all(re.fullmatch(r"\d{4}-\d{2}", row["period"]) for row in rows)
