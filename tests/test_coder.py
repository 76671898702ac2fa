"""What a user of the library may rely on: the same answer every time, spans that hold, nothing taken from outside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dragoman
from dragoman.coding.coder import Coder
from dragoman.coding.pipeline import STEPS, Step, check_steps, load_parser
from dragoman.errors import ModelError
from dragoman.lexicon.predicates import predicate_table
from dragoman.ontology.ontology import load_ontology
from dragoman.records import CodedReport, Report, to_json_line

SENTENCES = [
    entry.example.replace("[A ", "").replace("[R ", "").replace("]", "").replace("{", "").replace("}", "")
    for entry in predicate_table().entries[::40]
]
NOISE = ["", "\n\n", " \t", "\u200f\u202b", "\x00", "😀", "<b>", "“", "Ünïcödé ", "A" * 300, "1/2/03 ", "(", "— "]
SCENES = st.lists(st.sampled_from(SENTENCES + NOISE), min_size=1, max_size=6).map(" ".join)


def spans(record: CodedReport) -> list[Any]:
    found: list[Any] = list(record.assessments)
    for event in record.events:
        found += [*event.actors, *event.recipients, *event.evidence, *event.topics, *event.cues]
        found += [part for part in (event.place, event.date) if part is not None and part.start is not None]
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=SCENES)
def test_every_span_equals_its_words_whatever_the_text(text: str, coder: Any) -> None:
    record = coder.code(text, published="2024-02-29")
    for span in spans(record):
        assert text[span.start : span.end] == span.text


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=SCENES)
def test_codes_are_the_ontologys(text: str, coder: Any) -> None:
    ontology = load_ontology()
    for event in coder.code(text, published="2024-02-29").events:
        assert event.type in ontology.types
        assert event.mode is None or (event.type, event.mode) in ontology.modes
        assert set(event.contexts) <= set(ontology.contexts)
        assert event.quad == ontology.quad(event.type)
        assert 0.0 <= event.confidence <= 1.0
        assert 0.0 <= event.certainty <= 1.0
        assert event.actors or event.recipients


def test_a_report_gives_the_same_record_alone_and_among_others(coder: Any) -> None:
    reports = [Report(id=str(n), text=" ".join(SENTENCES[n : n + 4]), published="2024-03-01") for n in range(0, 24, 4)]
    together = [to_json_line(record) for record in coder.pipe(reports)]
    alone = [to_json_line(coder.code(report)) for report in reports]
    backwards = [to_json_line(record) for record in coder.pipe(reversed(reports))]
    assert together == alone == backwards[::-1]


def test_ids_of_events_do_not_depend_on_the_run(coder: Any) -> None:
    text = "France expelled two Russian diplomats on Monday. Moscow condemned the expulsion."
    assert [e.id for e in coder.code(text).events] == [e.id for e in dragoman.load().code(text).events]


def test_a_report_without_date_is_coded_and_says_so(coder: Any) -> None:
    record = coder.code("France expelled two Russian diplomats on Monday.")
    assert [event.type for event in record.events] == ["SANCTION"]
    assert record.events[0].date is None or record.events[0].date.value is None
    assert "no publication date" in record.warnings[0]


def test_a_wrong_order_of_steps_fails_before_running() -> None:
    with pytest.raises(ModelError, match="needs"):
        check_steps(tuple(reversed(STEPS)))
    with pytest.raises(ModelError, match="predicates"):
        check_steps((Step("dragoman_typing", "m", ("predicates",), ()),))


def test_the_names_of_the_steps_are_stable() -> None:
    assert [step.factory for step in STEPS] == [
        "dragoman_actors",
        "dragoman_when",
        "dragoman_where",
        "dragoman_entity_places",
        "dragoman_attribution",
        "dragoman_predicates",
        "dragoman_typing",
        "dragoman_realis",
        "dragoman_document",
    ]


def test_a_missing_parser_is_named() -> None:
    with pytest.raises(ModelError, match="no spaCy pipeline 'xx_none'"):
        load_parser("xx_none")


@pytest.mark.parametrize(
    ("text", "type_", "holder"),
    [
        ("Chad denied that its aircraft had bombed a camp near Adre.", "ASSAULT", "Chad"),
        ("The Guinean army denied shelling the town.", "ASSAULT", "The Guinean army"),
        ("Norway's foreign minister denied reports that he met the Chilean president.", "CONSULT", "minister"),
        (
            "Peru's ministry of defence denied that a delegation had held secret talks with Bolivia.",
            "CONSULT",
            "ministry",
        ),
    ],
)
def test_what_is_denied_is_an_event_of_its_own_that_did_not_happen_with_the_denial_as_a_claim(
    coder: Coder, text: str, type_: str, holder: str
) -> None:
    events = coder.code(Report(id="r", text=text, published="2025-03-05")).events
    assert "REJECT" in {event.type for event in events}
    [denied] = [event for event in events if event.type == type_]
    assert denied.realis == "NEGATED"
    [claim] = denied.claims
    assert claim.stance == "denies"
    assert holder in claim.holder


def test_a_refusal_takes_up_what_is_refused(coder: Coder) -> None:
    events = coder.code(
        Report(id="r", text="Hungary refused to send weapons to Ukraine.", published="2025-03-05")
    ).events
    assert [event.type for event in events] == ["REJECT"]


def test_a_noun_and_the_verb_that_carries_it_are_one_event_as_sure_as_the_surer(coder: Coder) -> None:
    text = "Delegations from Somalia, Ethiopia and Kenya held secret talks at a hotel in Nairobi on Thursday."
    [event] = coder.code(Report(id="r", text=text, published="2025-03-07")).events
    assert event.type == "CONSULT"
    assert {party.country for party in (*event.actors, *event.recipients)} == {"SOM", "ETH", "KEN"}


def test_what_one_asserts_and_a_party_does_not_confirm_is_possible(coder: Coder) -> None:
    text = "Kenya and Somalia held talks in Nairobi on Monday, according to two officials. Kenya has not confirmed the talks."
    [event] = coder.code(Report(id="r", text=text, published="2025-03-07")).events
    assert (event.realis, event.attribution.holder) == ("POSSIBLE", "two officials")
    assert [claim.stance for claim in event.claims] == ["asserts", "has not confirmed"]


def test_what_the_author_tells_stays_a_fact_when_somebody_denies_it(coder: Coder) -> None:
    text = "Chadian jets bombed a camp in Sudan on Monday. Sudan condemned the raid. Chad denied it."
    bombed = next(
        e for e in coder.code(Report(id="r", text=text, published="2025-03-07")).events if e.type == "ASSAULT"
    )
    assert bombed.realis == "ACTUAL"
    assert "denies" in {claim.stance for claim in bombed.claims}
