"""Review: verdicts and corrections beside the record, their agreement and precision, and gold data made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from typer.testing import CliRunner
from web_cases import DENIED, EVIL, MET, make_store

from dragoman.cli import app
from dragoman.errors import SettingsError
from dragoman.evaluation.reviewed import gold_rows
from dragoman.store import Store
from dragoman.store.journal import Review, append, entries
from dragoman.store.reviews import agreement, checked, precision, span_of, verdicts, wilson
from dragoman.web.app import create_app

MEETING = {"report_id": "plain-1", "event_id": "e1meeting0000001"}
RECORD = {
    "type": "CONSULT",
    "mode": "visit",
    "contexts": "diplomatic",
    "realis": "ACTUAL",
    "date": "2025-03-04",
    "place": "SOM",
    "actors": "KEN",
    "recipients": "SOM",
    "holder": "AUTHOR",
    "evidence": "Kenya's foreign minister Amina Odhiambo met Somalia's president",
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path / "store")


@pytest.fixture
def client(store: Path) -> Iterator[TestClient]:
    headers = {"Origin": "http://localhost"}
    with TestClient(create_app(store, author="amira"), base_url="http://localhost", headers=headers) as made:
        yield made


def reviewed(store: Path) -> list[Review]:
    return entries(store, "reviews")


def test_the_least_sure_event_comes_first_and_a_reviewed_one_is_not_asked_about_again(client: TestClient) -> None:
    first = client.get("/review.json").json()
    assert first["event"]["confidence"] == min(e["confidence"] for e in client.get("/events.json").json()["events"])
    sent = {"report_id": first["report_id"], "event_id": first["event_id"], "verdict": "accepted"}
    client.post("/review", data=sent)
    then = client.get("/review.json").json()
    assert (then["reviewed"], then["event_id"] == first["event_id"]) == (1, False)


def test_a_correction_stands_beside_the_record_in_report_and_journal(client: TestClient, store: Path) -> None:
    corrected = {**MEETING, **RECORD, "date": "2025-03-05", "words": "4 March 2025", "verdict": "corrected"}
    assert client.post("/review", data=corrected, follow_redirects=False).status_code == 303
    (entry,) = reviewed(store)
    assert (entry.field, entry.old, entry.new, entry.author) == ("date", "2025-03-04", "2025-03-05", "amira")
    assert MET[entry.span_start : entry.span_end] == "4 March 2025"
    page = client.get("/report/plain-1").text
    assert "2025-03-05" in page
    assert "by <bdi>amira</bdi>" in page
    record = client.get("/report/plain-1.json").json()
    assert record["record"]["events"][0]["date"]["value"] == "2025-03-04"


def test_each_field_is_kept_with_the_words_picked_for_it(client: TestClient, store: Path) -> None:
    place, who = MET.index("Mogadishu"), MET.index("Somalia's president")
    changes = {"place": "KEN", "recipients": "UGA", "contexts": "Military, diplomatic", "holder": "Amina Odhiambo"}
    spans = f"place:{place}-{place + 9} recipients:{who}-{who + 19} nonsense:1-2"
    client.post("/review", data={**MEETING, **RECORD, **changes, "spans": spans, "verdict": "corrected"})
    found = {entry.field: entry for entry in reviewed(store)}
    assert {name: entry.new for name, entry in found.items()} == {**changes, "contexts": "diplomatic, military"}
    assert MET[found["place"].span_start : found["place"].span_end] == "Mogadishu"
    assert found["holder"].span_start is None
    (row,) = gold_rows(Store.open(store))
    event = row["events"][0]
    assert event["recipients"] == [{"text": "Somalia's president", "name": "Somalia's president", "country": "UGA"}]
    assert (event["contexts"], event["attribution"]) == (["diplomatic", "military"], {"holder": "Amina Odhiambo"})


def test_a_second_reviewer_judges_the_same_events_unseen_and_their_agreement_is_shown(store: Path) -> None:
    headers = {"Origin": "http://localhost"}

    def at(author: str) -> TestClient:
        return TestClient(create_app(store, author=author), base_url="http://localhost", headers=headers)

    with at("amira") as amira, at("jonas") as jonas:
        amira.post("/review", data={**MEETING, "verdict": "rejected", "order": "sample"})
        assert amira.get("/review.json?order=second").json()["event"] is None
        asked = jonas.get("/review.json?order=second").json()
        assert (asked["event_id"], asked["notes"]) == (MEETING["event_id"], [])
        assert "amira" not in jonas.get("/review?order=second").text
        jonas.post("/review", data={**MEETING, "verdict": "accepted", "order": "second"})
        (pair,) = jonas.get("/review.json").json()["agreement"]
        assert (pair["first"], pair["second"], pair["events"], pair["verdicts"]) == ("amira", "jonas", 1, 0.0)
        page = jonas.get("/review").text
        assert "<bdi>amira</bdi> and <bdi>jonas</bdi>" in page
        # of an event drawn at random the second word counts for the precision as well
        assert jonas.get("/review.json").json()["precision"]["events"] == 1


def test_gold_can_be_downloaded_from_the_page(client: TestClient, store: Path) -> None:
    assert client.get("/review/gold.jsonl").text == ""
    client.post("/review", data={**MEETING, "verdict": "accepted"})
    answer = client.get("/review/gold.jsonl")
    assert [json.loads(line) for line in answer.text.splitlines()] == list(gold_rows(Store.open(store)))
    assert "attachment" in answer.headers["content-disposition"]
    assert "/review/gold.jsonl" in client.get("/review").text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "no field differs"),
        ({"type": "QUARREL"}, "type is"),
        ({"date": "last Tuesday"}, "date is"),
        ({"actors": "KENYA"}, "no ISO 3166-1"),
        ({"contexts": "weather"}, "is no context"),
        ({"holder": ""}, "holder is empty"),
        ({"evidence": "words that the report does not have"}, "does not have the words"),
        ({"date": "2025-03-05", "spans": "date:3-99999"}, "outside the report"),
        ({"date": "2025-03-05", "words": "words it does not have"}, "does not have the words"),
        ({"date": "2025-03-05", "span_start": "3", "span_end": "99999"}, "outside the report"),
        ({"verdict": "loved"}, "verdict is"),
    ],
)
def test_a_correction_that_cannot_be_kept_is_refused_with_the_reason(
    client: TestClient, store: Path, changes: dict[str, str], message: str
) -> None:
    answer = client.post("/review", data={**MEETING, **RECORD, "verdict": "corrected", **changes})
    assert answer.status_code == 400
    assert message in answer.text
    assert reviewed(store) == []


def test_a_review_of_what_is_not_in_the_store_is_not_there(client: TestClient) -> None:
    assert client.post("/review", data={**MEETING, "event_id": "e9", "verdict": "accepted"}).status_code == 404
    assert client.post("/review", data={**MEETING, "report_id": "x", "verdict": "accepted"}).status_code == 404


def test_a_write_from_another_site_or_too_long_is_refused(client: TestClient, store: Path) -> None:
    sent = {**MEETING, "verdict": "accepted"}
    assert client.post("/review", data=sent, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post("/review", data={**sent, "words": "x" * 100_000}).status_code == 413
    assert reviewed(store) == []


def test_a_missed_event_is_kept_with_the_words_that_tell_of_it(client: TestClient, store: Path) -> None:
    sent = {"report_id": "plain-1", "type": "SUPPORT", "actors": "ken", "words": "Somalia's president"}
    client.post("/review/missed", data=sent)
    (entry,) = reviewed(store)
    assert (entry.verdict, json.loads(entry.new or "")["actors"]) == ("added", "KEN")
    assert MET[entry.span_start : entry.span_end] == "Somalia's president"
    assert client.post("/review/missed", data={**sent, "words": ""}).status_code == 400


def test_the_name_of_a_reviewer_and_the_words_of_a_report_are_escaped_on_every_page(store: Path) -> None:
    with TestClient(create_app(store, author=EVIL), base_url="http://localhost") as client:
        client.post("/review", data={**MEETING, "verdict": "rejected"}, headers={"Origin": "http://localhost"})
        for path in ("/review", "/review?order=sample&at=1", "/review?at=2", "/report/plain-1", "/"):
            page = client.get(path)
            assert page.status_code == 200
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text


def test_precision_is_over_the_events_drawn_at_random_and_stands_on_the_overview(
    client: TestClient, store: Path
) -> None:
    client.post("/review", data={**MEETING, "verdict": "accepted", "order": "sample"})
    found = precision(verdicts(reviewed(store)))
    assert found is not None
    assert (found.reviewed, found.events, found.right) == (1, 1, 1)
    assert "drawn at random 100 %" in client.get("/").text
    assert "sample    1 events" in CliRunner().invoke(app, ["reviews", str(store)]).output


def test_reviewers_who_differ_are_counted_so(tmp_path: Path, store: Path) -> None:
    def said(author: str, event: str, verdict: str, field: str | None = None, new: str | None = None) -> Review:
        return Review(
            review_id=author + event,
            report_id="r",
            event_id=event,
            verdict=verdict,
            author=author,
            field=field,
            new=new,
        )

    append(store, [said("a", "1", "accepted"), said("a", "2", "rejected"), said("a", "3", "corrected", "date", "2025")])
    append(store, [said("b", "1", "accepted"), said("b", "2", "accepted"), said("b", "3", "corrected", "date", "2024")])
    found = agreement(verdicts(reviewed(store)), "a", "b")
    assert (found["events"], found["verdicts"], found["fields"]) == (3, 0.6667, 0.0)
    assert found["kappa"] == pytest.approx(0.5)
    assert agreement(verdicts(reviewed(store)), "a", "nobody")["kappa"] is None


def test_accepting_again_takes_a_correction_back(store: Path) -> None:
    base = Review(review_id="1", report_id="r", event_id="e", verdict="corrected", field="type", new="AID", author="a")
    append(store, [base, Review(review_id="2", report_id="r", event_id="e", verdict="accepted", author="a")])
    (last,) = verdicts(reviewed(store))
    assert (last.verdict, last.corrections) == ("accepted", {})


def test_reports_reviewed_whole_become_gold_with_corrections_and_additions(client: TestClient, store: Path) -> None:
    assert list(gold_rows(Store.open(store))) == []
    client.post("/review", data={**MEETING, **RECORD, "date": "2025-03-05", "recipients": "", "verdict": "corrected"})
    client.post("/review/missed", data={"report_id": "plain-1", "type": "SUPPORT", "actors": "KEN", "words": "met"})
    (row,) = gold_rows(Store.open(store))
    met, added = row["events"]
    assert (met["date"]["value"], met["recipients"], met["actors"][0]["country"]) == ("2025-03-05", [], "KEN")
    assert (added["type"], added["evidence"]) == ("SUPPORT", ["met"])
    assert row["text"] == MET


def test_gold_made_of_reviews_can_be_evaluated(client: TestClient, store: Path, tmp_path: Path) -> None:
    client.post("/review", data={**MEETING, "verdict": "accepted"})
    gold = tmp_path / "gold.jsonl"
    assert CliRunner().invoke(app, ["reviews", str(store), "--gold", str(gold)]).exit_code == 0
    row = json.loads(gold.read_text(encoding="utf-8"))
    predicted = tmp_path / "predicted.jsonl"
    predicted.write_text(json.dumps({"id": row["id"], "events": row["events"]}) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        app,
        ["evaluate", "articles", str(gold), "--predictions", str(predicted), "--format", "json", "--bootstrap", "0"],
    )
    assert json.loads(done.stdout)["events"]["F1"] == 1.0


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(pair: tuple[int, int]) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] + 0.001
    assert pair[0] / pair[1] - 0.001 <= high <= 1


def test_words_are_found_where_they_stand_and_values_are_checked() -> None:
    assert span_of(DENIED, "Kismayo", None, None) == (DENIED.index("Kismayo"), DENIED.index("Kismayo") + 7)
    assert span_of(DENIED, "", None, None) is None
    assert checked("recipients", " som, ken ") == "KEN, SOM"
    with pytest.raises(SettingsError, match="field is"):
        checked("score", "1")
