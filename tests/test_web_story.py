"""The page of a story: status with history, words side by side, contradictions, joins; and how others lead to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from web_cases import make_store

from dragoman.ontology.ontology import QUADS
from dragoman.tables import package_file
from dragoman.web import generation
from dragoman.web.app import create_app
from dragoman.web.data import Workbench
from dragoman.web.static_site import write_site

LINKED = """
INSERT INTO store.stories BY NAME SELECT 's1' AS story_id, 'ASSAULT' AS type, 'aerial' AS mode,
    ['military'] AS contexts, 'material conflict' AS quad, -9.5 AS score, 'POSSIBLE' AS realis, 0.3 AS certainty, 'disputed' AS status,
    'one party denies it' AS status_rule, '2025-03-08' AS date_value, DATE '2025-03-08' AS date_start,
    DATE '2025-03-08' AS date_end, 'explicit' AS date_basis, ['KEN'] AS actor_countries, ['SOM'] AS recipient_countries,
    1 AS event_count, 1 AS report_count, 1 AS origin_count, DATE '2025-03-09' AS first_published,
    DATE '2025-03-09' AS last_published, ['date'] AS contested, true AS salient, 0.6 AS confidence;
INSERT INTO store.story_events VALUES ('s1', 'e2strike00000002', 'plain-2', 'o1');
INSERT INTO store.story_actors BY NAME SELECT 's1' AS story_id, 'actor' AS role, 0 AS position,
    'Kenyan <b>aircraft</b>' AS name, 'KEN' AS country, 'MIL' AS sector;
INSERT INTO store.story_history VALUES ('s1', 0, 'disputed', DATE '2025-03-09', 'plain-2', 'one party denies it');
INSERT INTO store.story_versions VALUES ('s1', 'date', 0, '2025-03-08', ['plain-2'], ['o1'], true),
    ('s1', 'date', 1, '<img src=x>', ['plain-1'], ['o2'], false),
    ('s1', 'place', 0, 'Kismayo', ['plain-2'], ['o1'], true);
INSERT INTO store.story_joins VALUES ('s1', 'e2strike00000002', 'plain-2', 'e1meeting0000001', 'plain-1', false, 0.12,
    '{"same day": [0, -1.5], "shared words": [0.2, 0.4], "bad": "x"}');
INSERT INTO store.story_redirects VALUES ('s0', 's1', 'merged');
"""


@pytest.fixture
def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose tables for the pages hold one story, as linking would have written it."""
    script = tmp_path / "derived.sql"
    script.write_text(package_file("web", "derived.sql").read_text(encoding="utf-8") + LINKED, encoding="utf-8")

    def given(*parts: str) -> Path:
        return script if parts[-1] == "derived.sql" else package_file(*parts)

    monkeypatch.setattr(generation, "package_file", given)
    return make_store(tmp_path / "store")


@pytest.fixture
def client(linked: Path) -> Iterator[TestClient]:
    app = create_app(linked)
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
