"""``dragoman link --mentions``: every event gets a cluster, in any order of the documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dragoman.cli import app
from dragoman.errors import SourceError
from dragoman.linking.coref import link_mentions


def _row(doc: str, text: str, *words: str) -> dict[str, Any]:
    spots = [(text.index(word), word) for word in words]
    events = [{"mention": str(n), "start": at, "end": at + len(word)} for n, (at, word) in enumerate(spots)]
    return {"doc": doc, "text": text, "sentences": [], "events": events}


ROWS = [
    _row("a", "An earthquake struck the island of Lombok on Sunday and killed ninety people.", "earthquake", "killed"),
    _row("b", "The earthquake on the island of Lombok killed at least ninety people.", "earthquake", "killed"),
    _row("c", "The actress checked into a clinic in Malibu after her arrest for drunk driving.", "checked", "arrest"),
    _row("d", "No events are marked here."),
]


def _pairs(rows: list[dict[str, Any]]) -> set[frozenset[tuple[str, str]]]:
    clusters: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        for event in row["events"]:
            clusters.setdefault(event["cluster"], set()).add((row["doc"], event["mention"]))
    return {frozenset(members) for members in clusters.values()}


def test_one_happening_in_two_documents_is_one_cluster_and_others_stay_apart() -> None:
    found = _pairs(link_mentions(ROWS))
    assert frozenset({("a", "0"), ("b", "0")}) in found
    assert frozenset({("a", "1"), ("b", "1")}) in found
    assert frozenset({("c", "0")}) in found


def test_the_order_of_the_documents_does_not_matter() -> None:
    forwards, backwards = link_mentions(ROWS), link_mentions(ROWS[::-1])
    assert forwards == backwards[::-1]
    assert [row["doc"] for row in forwards] == ["a", "b", "c", "d"]


def test_offsets_of_no_words_are_named() -> None:
    row = {"doc": "x", "text": "Short.", "events": [{"mention": "m7", "start": 90, "end": 95}]}
    with pytest.raises(SourceError, match="m7"):
        link_mentions([row])


def test_no_rows_give_no_rows() -> None:
    assert link_mentions([]) == []
    assert link_mentions([ROWS[3]]) == [ROWS[3]]


def test_the_command_prints_the_rows_with_clusters(tmp_path: Path) -> None:
    path = tmp_path / "mentions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    done = CliRunner().invoke(app, ["link", "--mentions", str(path)])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert all("cluster" in event for row in rows for event in row["events"])
    assert CliRunner().invoke(app, ["link"]).exit_code == 2
