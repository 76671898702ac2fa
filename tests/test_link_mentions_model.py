"""``link --mentions``: any order, empty and unusable rows, what the model reads; the passages are ours."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from typer.testing import CliRunner

from dragoman.cli import app
from dragoman.coding.pipeline import load_parser
from dragoman.errors import TableError
from dragoman.linking.coref import link_rows
from dragoman.linking.coref_model import read_model, shipped_model
from dragoman.linking.triggers import meanings
from dragoman.settings import Settings
from dragoman.tables import package_file

PASSAGES = (
    ("w1", "Ferry company Norlink bought its rival Baltic Lines for 40 million euros on Monday.", ("bought",)),
    (
        "w2",
        "Norlink's purchase of Baltic Lines was announced in Riga. Unions criticised the deal.",
        ("purchase", "critic"),
    ),
    ("w3", "Norlink buys Baltic Lines. The ferry company paid 40 million euros.", ("buys", "paid")),
    (
        "q1",
        "A magnitude 6.1 earthquake shook the town of Varna early on Friday, killing two.",
        ("earthquake", "killing"),
    ),
    ("q2", "Two people died when an earthquake of magnitude 6.1 hit Varna on Friday.", ("died", "earthquake")),
    ("p1", "An earthquake of magnitude 5.0 was felt on the coast of Peru in 1999; nobody died.", ("earthquake",)),
    ("e1", "Nothing is marked in this one.", ()),
)


def _row(doc: str, text: str, words: tuple[str, ...]) -> dict[str, Any]:
    spots = [(text.index(word), word) for word in words]
    events = [{"mention": n, "start": at, "end": at + len(word)} for n, (at, word) in enumerate(spots)]
    return {"doc": doc, "text": text, "events": events}


ROWS = [_row(*passage) for passage in PASSAGES]


@cache
def _parser() -> Language:
    return load_parser(Settings().spacy_model)


@pytest.fixture(scope="module")
def parser() -> Language:
    return _parser()


def _cluster(rows: list[dict[str, Any]], doc: str, mention: int) -> str:
    return str(next(row for row in rows if row["doc"] == doc)["events"][mention]["cluster"])


def test_reports_of_one_happening_are_joined_and_another_of_its_kind_is_not(parser: Language) -> None:
    rows, faults = link_rows(ROWS, parser)
    assert not faults
    assert _cluster(rows, "w1", 0) == _cluster(rows, "w3", 0)
    assert _cluster(rows, "q1", 0) == _cluster(rows, "q2", 1)
    assert _cluster(rows, "p1", 0) != _cluster(rows, "q1", 0)
    assert _cluster(rows, "w1", 0) != _cluster(rows, "w2", 1)


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(len(ROWS))), turned=st.booleans())
def test_no_order_of_rows_or_of_events_changes_a_cluster(order: list[int], turned: bool) -> None:
    nlp = _parser()
    rows = [dict(ROWS[n], events=ROWS[n]["events"][:: -1 if turned else 1]) for n in order]
    assert _clusters(link_rows(rows, nlp)[0]) == _clusters(link_rows(ROWS, nlp)[0])


def _clusters(rows: list[dict[str, Any]]) -> dict[tuple[str, int], str]:
    return {(row["doc"], event["mention"]): event["cluster"] for row in rows for event in row["events"]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "No id."}, "doc"),
        ({"doc": "x", "text": 5}, "text"),
        ({"doc": "x", "text": "Short.", "events": [{"mention": 1, "start": 2}]}, "end"),
        ({"doc": "x", "text": "Short.", "events": [{"mention": 1, "start": -3, "end": 2}]}, "no words"),
        ({"doc": "x", "text": "a  b", "events": [{"mention": 1, "start": 1, "end": 3}]}, "no words"),
        ({"doc": "x", "text": "ab", "events": [{"mention": 1, "start": 0, "end": 2}] * 2}, "twice"),
        ({"doc": "x", "text": "ab", "sentences": [[0, 9]]}, "sentence"),
        ({"doc": "w1", "text": "The same document again."}, "twice"),
    ],
)
def test_an_unusable_row_is_named_and_the_others_are_linked(row: dict[str, Any], reason: str, parser: Language) -> None:
    rows, faults = link_rows([row, *ROWS], parser)
    assert len(rows) == len(ROWS)
    assert len(faults) == 1
    assert reason in faults[0]


def test_the_command_prints_the_rest_and_says_so_by_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "mentions.jsonl"
    lines = [json.dumps(ROWS[0]), "{broken", json.dumps({"doc": 1}), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    done = CliRunner().invoke(app, ["link", "--mentions", str(path)])
    assert done.exit_code == 1
    assert [json.loads(line)["doc"] for line in done.stdout.splitlines()] == ["w1"]
    assert done.stderr.count("set aside") == 2
    assert CliRunner().invoke(app, ["link", "--mentions", str(tmp_path / "none")]).exit_code == 2


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("", encoding="utf-8")
    done = CliRunner().invoke(app, ["link", "--mentions", str(tmp_path / "empty")])
    assert (done.exit_code, done.stdout) == (0, "")


def test_a_table_of_weights_with_a_fault_is_refused_with_its_line(tmp_path: Path) -> None:
    text = package_file("linking", "coref_weights.tsv").read_text(encoding="utf-8")
    for old, new, reason in (
        ("documents\tbias", "documents\tbies", "unknown"),
        ("documents\twords\t", "documents\twords\tx", "not a number"),
        ("documents\tnames\t", "documents\twords\t", "given twice"),
    ):
        (tmp_path / "weights.tsv").write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(TableError, match=reason):
            read_model(tmp_path / "weights.tsv")
    assert 0 < shipped_model().mentions_apart < 1


def test_words_of_like_meaning_have_like_vectors_and_unknown_words_none() -> None:
    rows = meanings([("acquire",), ("purchase",), ("earthquake",), ("qqq",), ()])
    assert rows[0] @ rows[1] > rows[0] @ rows[2]
    assert not rows[3:].any()
