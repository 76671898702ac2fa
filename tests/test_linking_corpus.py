"""The linking test (tests/linking): its files keep their format, and its counts are what the guide says."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent / "linking"
STATUSES = {"unconfirmed", "reported", "corroborated", "confirmed", "disputed", "denied"}
FIELDS = {"date", "place", "actors", "recipients", "toll", "happened"}
TYPES = set(
    "AGREE CONSULT SUPPORT CONCEDE COOPERATE AID RETREAT REQUEST "
    "ACCUSE REJECT THREATEN PROTEST SANCTION MOBILIZE COERCE ASSAULT".split()
)


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in _rows("reports.jsonl")}


@pytest.fixture(scope="module")
def happenings() -> list[dict[str, Any]]:
    return [row for row in _rows("gold.jsonl") if row["kind"] == "happening"]


@pytest.fixture(scope="module")
def origins() -> list[dict[str, Any]]:
    return [row for row in _rows("gold.jsonl") if row["kind"] == "origin"]


def test_reports_are_short_distinct_and_neutrally_named(reports: dict[str, dict[str, Any]]) -> None:
    rows = _rows("reports.jsonl")
    assert len(rows) == len(reports) >= 300
    assert len({row["text"] for row in rows}) == len(rows)
    for number, row in enumerate(rows, 1):
        assert row["id"] == f"r{number:03d}"
        assert 40 <= len(row["text"].split()) <= 120, row["id"]
        assert 2023 <= date.fromisoformat(row["published"]).year <= 2026, row["id"]
        assert row["title"], row["id"]
        assert row["publisher"], row["id"]


def test_every_phrase_stands_once_in_its_report(
    reports: dict[str, dict[str, Any]], happenings: list[dict[str, Any]]
) -> None:
    for happening in happenings:
        for mention in happening["reports"]:
            assert mention["evidence"]
            for phrase in mention["evidence"]:
                assert reports[mention["report"]]["text"].count(phrase) == 1, (happening["id"], phrase)


def test_every_report_tells_a_happening_and_no_report_tells_happenings_of_both_halves(
    reports: dict[str, dict[str, Any]], happenings: list[dict[str, Any]]
) -> None:
    halves: dict[str, set[str]] = {}
    for happening in happenings:
        told_by = [mention["report"] for mention in happening["reports"]]
        assert len(set(told_by)) == len(told_by) >= 2, happening["id"]
        for report in told_by:
            halves.setdefault(report, set()).add(happening["split"])
    assert halves.keys() == reports.keys()
    assert all(len(half) == 1 for half in halves.values())


def test_happenings_cover_all_types_statuses_and_fields_in_two_equal_halves(happenings: list[dict[str, Any]]) -> None:
    assert len({happening["id"] for happening in happenings}) == len(happenings) >= 60
    assert {happening["type"] for happening in happenings} == TYPES
    assert {happening["status"] for happening in happenings} == STATUSES
    splits = Counter(happening["split"] for happening in happenings)
    assert splits["dev"] == splits["test"] == len(happenings) / 2
    contradictions = [c for happening in happenings for c in happening["contradictions"]]
    assert {c["field"] for c in contradictions} == FIELDS
    assert all(len(set(c["values"])) == len(c["values"]) >= 2 for c in contradictions)


def test_a_contested_date_is_a_date_and_a_disputed_happening_shows_what_is_disputed(
    happenings: list[dict[str, Any]],
) -> None:
    for happening in happenings:
        fields = {c["field"]: c["values"] for c in happening["contradictions"]}
        assert all(date.fromisoformat(value) for value in fields.get("date", []))
        assert (happening["status"] == "disputed") <= bool(fields.keys() & {"happened", "actors"}), happening["id"]
        assert ("happened" in fields) <= (happening["status"] == "disputed"), happening["id"]


def test_origins_are_disjoint_groups_of_reports_with_much_the_same_words(
    reports: dict[str, dict[str, Any]], origins: list[dict[str, Any]]
) -> None:
    members = [report for origin in origins for report in origin["copies"] + origin["quoting"]]
    assert len(set(members)) == len(members)
    assert set(members) <= reports.keys()
    for origin in origins:
        assert len(origin["copies"]) + len(origin["quoting"]) >= 2, origin["id"]
        words = [set(re.findall(r"\w+", reports[report]["text"].lower())) for report in origin["copies"]]
        assert all(len(words[0] & other) / len(words[0] | other) > 0.5 for other in words[1:]), origin["id"]
