"""The page of a story: status with history, words side by side, contradictions, joins; and how others lead to it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from starlette.testclient import TestClient
from web_cases import make_store

from dragoman.ontology.ontology import QUADS
from dragoman.store import Store
from dragoman.store.journal import entries
from dragoman.store.manifest import read_manifest, writer_lock
from dragoman.store.schema import DERIVED, table_schemas
from dragoman.tables import package_file
from dragoman.web.app import create_app
from dragoman.web.data import Workbench
from dragoman.web.static_site import write_site

TABLES: dict[str, list[dict[str, object]]] = {
    "stories": [
        {
            "story_id": "s1",
            "type": "ASSAULT",
            "mode": "aerial",
            "contexts": ["military"],
            "quad": "material conflict",
            "score": -9.5,
            "realis": "POSSIBLE",
            "certainty": 0.3,
            "status": "disputed",
            "status_rule": "one party denies it",
            "date_value": "2025-03-08",
            "date_start": dt.date(2025, 3, 8),
            "date_end": dt.date(2025, 3, 8),
            "date_basis": "explicit",
            "actor_countries": ["KEN"],
            "recipient_countries": ["SOM"],
            "event_count": 1,
            "report_count": 1,
            "origin_count": 1,
            "first_published": dt.date(2025, 3, 9),
            "last_published": dt.date(2025, 3, 9),
            "contested": ["date"],
            "salient": True,
            "confidence": 0.6,
        }
    ],
    "story_events": [
        {"story_id": "s1", "event_id": "e2strike00000002", "report_id": "plain-2", "origin_id": "o1"},
    ],
    "story_actors": [
        {
            "story_id": "s1",
            "role": "actor",
            "position": 0,
            "name": "Kenyan <b>aircraft</b>",
            "country": "KEN",
            "sector": "MIL",
        },
    ],
    "story_history": [
        {
            "story_id": "s1",
            "position": 0,
            "status": "disputed",
            "since": dt.date(2025, 3, 9),
            "report_id": "plain-2",
            "rule": "one party denies it",
        },
    ],
    "story_versions": [
        {
            "story_id": "s1",
            "field": field,
            "position": position,
            "value": value,
            "report_ids": [report],
            "origin_ids": ["o1"],
            "chosen": position == 0,
        }
        for field, position, value, report in (
            ("date", 0, "2025-03-08", "plain-2"),
            ("date", 1, "<img src=x>", "plain-1"),
            ("place", 0, "Kismayo", "plain-2"),
        )
    ],
    "story_joins": [
        {
            "story_id": "s1",
            "event_a": "e2strike00000002",
            "report_a": "plain-2",
            "event_b": "e1meeting0000001",
            "report_b": "plain-1",
            "joined": False,
            "score": 0.12,
            "features": '{"same day": [0, -1.5], "shared words": [0.2, 0.4], "bad": "x"}',
        },
    ],
    "story_redirects": [{"old_id": "s0", "new_id": "s1", "reason": "merged"}],
}


def linked_store(folder: Path, **other: list[dict[str, object]]) -> Path:
    """A store with one story, as linking would have written it; some tables may be given other rows."""
    make_store(folder)
    tables = TABLES | other
    derived = {name: pa.Table.from_pylist(tables.get(name, []), schema=table_schemas()[name].arrow) for name in DERIVED}
    with writer_lock(folder):
        Store.open(folder).replace_derived(read_manifest(folder), derived)
    return folder


@pytest.fixture
def linked(tmp_path: Path) -> Path:
    return linked_store(tmp_path / "store")


@pytest.fixture
def client(linked: Path) -> Iterator[TestClient]:
    app = create_app(linked, author="Ada")
    app.state.book.generation()
    with TestClient(app, base_url="http://localhost") as made:
        yield made


def test_a_story_shows_status_words_versions_and_what_was_not_joined(client: TestClient) -> None:
    found = client.get("/story/s1.json").json()
    assert found["story"]["status"] == "disputed"
    assert [step["rule"] for step in found["history"]] == ["one party denies it"]
    assert list(found["versions"]) == ["date"]
    assert [len(version["reports"]) for version in found["versions"]["date"]] == [1, 1]
    assert [claim["stance"] for claim in found["claims"]] == ["denies"]
    assert found["joined"] == []
    assert [f["name"] for f in found["not_joined"][0]["features"]] == ["same day", "shared words"]
    quote = found["events"][0]["quotes"][0]
    assert quote["words"] == "Kenyan aircraft struck a camp near Kismayo"
    assert quote["before"].endswith("denied that ")


def test_a_story_is_text_as_well(client: TestClient) -> None:
    text = client.get("/story/s1").text
    assert "<mark>Kenyan aircraft struck a camp near Kismayo</mark>" in text
    assert "<b>aircraft" not in text
    assert "<img src=x>" not in text
    assert 'class="status s-disputed"' in text
    assert re.search(r'href="/report/plain-2#e-e2strike00000002"', text)


def test_a_story_without_a_date_has_a_page_too(tmp_path: Path) -> None:
    story = TABLES["stories"][0] | {"date_value": None, "date_start": None, "date_end": None, "date_basis": None}
    folder = linked_store(tmp_path / "undated", stories=[story])
    app = create_app(folder)
    app.state.book.generation()
    with TestClient(app, base_url="http://localhost") as client:
        page = client.get("/story/s1")
    assert page.status_code == 200
    assert "No date is given; published 2025-03-09." in page.text


def test_an_old_story_id_leads_to_the_new_one(client: TestClient) -> None:
    assert client.get("/story/s0", follow_redirects=False).headers["location"] == "/story/s1"
    assert client.get("/story/s0.json").json()["story"]["story_id"] == "s1"


def test_what_is_disputed_is_one_step_from_the_overview(client: TestClient) -> None:
    assert 'href="/story/s1"' in client.get("/").text
    assert client.get("/events.json?status=disputed").json()["total"] == 1
    assert client.get("/index.json").json()["status"] == [{"status": "disputed", "stories": 1}]
    assert [event["status"] for event in client.get("/dyad/KEN-SOM.json").json()["open"]] == ["disputed"]


def test_stories_are_among_the_static_pages(linked: Path, tmp_path: Path) -> None:
    written = write_site(Workbench(linked), tmp_path / "site")
    assert written.pages["story"] == 1
    assert "../report/plain-2.html#e-e2strike00000002" in (tmp_path / "site" / "story" / "s1.html").read_text()


def test_the_style_sheet_has_the_colours_of_the_charts() -> None:
    from dragoman.charts import colours

    style = package_file("web", "static", "style.css").read_text(encoding="utf-8")
    for quad, name in zip(QUADS, ("vc", "mc", "vx", "mx"), strict=True):
        assert f"--{name}: {colours()[quad].lower()};" in style


def test_a_ruling_is_kept_with_its_author_and_shown(client: TestClient, linked: Path) -> None:
    pair = {
        "event_a": "e2strike00000002",
        "report_a": "plain-2",
        "event_b": "e1meeting0000001",
        "report_b": "plain-1",
    }
    assert client.post("/story/s1/ruling", data={**pair, "verdict": "same"}, follow_redirects=False).status_code == 303
    assert [(r.verdict, r.author) for r in entries(linked, "rulings")] == [("same", "Ada")]
    assert [r["verdict"] for r in client.get("/story/s1.json").json()["rulings"]] == ["same"]
    assert client.post("/story/s1/ruling", data={**pair, "verdict": "maybe"}).status_code == 400
    assert client.post("/story/s1/ruling", data={**pair, "event_b": "other", "verdict": "same"}).status_code == 404
    evil = {"origin": "https://evil.example"}
    assert client.post("/story/s1/ruling", data={**pair, "verdict": "same"}, headers=evil).status_code == 403
    assert len(entries(linked, "rulings")) == 1
