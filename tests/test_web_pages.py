"""Pages of the workbench: what they show, that hostile text stays text, and that every number leads to its events."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from starlette.testclient import TestClient
from web_cases import EVIL, EVIL_ID, HOSTILE, make_store

from dragoman.errors import SettingsError
from dragoman.formats import FORMATS
from dragoman.store import Store
from dragoman.web import facets as facets_module
from dragoman.web.app import create_app
from dragoman.web.filters import read_filter
from dragoman.web.templating import data_block, safe_url

BASE = "http://127.0.0.1:8808"


@pytest.fixture(scope="module")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_store(tmp_path_factory.mktemp("web") / "store")


@pytest.fixture(scope="module")
def client(store_path: Path) -> Iterator[TestClient]:
    app = create_app(store_path)
    app.state.book.generation()
    with TestClient(app, base_url=BASE) as made:
        yield made


class Parsed(html.parser.HTMLParser):
    """What a browser would make of a page: elements, attributes, links, text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if dict(attrs).get("id"):
            self.ids.append(str(dict(attrs)["id"]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def links(self) -> list[str]:
        return [str(attrs["href"]) for tag, attrs in self.tags if tag in {"a", "link"} and attrs.get("href")]


def key_of(client: TestClient, title: str) -> str:
    rows = client.get("/events.json", params={"size": 200}).json()["events"]
    return next(row["report_key"] for row in rows if row["title"] == title)


def addresses(client: TestClient) -> list[str]:
    rows = client.get("/events.json", params={"size": 200}).json()["events"]
    reports = sorted({f"/report/{row['report_key']}" for row in rows})
    actors = sorted({f"/actor/{party['actor_key']}" for row in rows for party in row["actors"] + row["recipients"]})
    return ["/", "/events", "/network", "/map", "/dyad/KEN-SOM", "/actor/KEN", *reports, *actors]


def test_every_page_answers_with_a_page_and_a_json_twin(client: TestClient) -> None:
    for path in addresses(client):
        page = client.get(path)
        assert page.status_code == 200, path
        assert page.headers["content-type"].startswith("text/html")
        twin = client.get("/index.json" if path == "/" else f"{path}.json")
        assert twin.status_code == 200, path
        assert isinstance(twin.json(), dict)
        assert not [name for name in twin.json() if name.startswith("_")]


def test_no_page_holds_script_style_or_handlers_of_its_own(client: TestClient) -> None:
    for path in addresses(client):
        for tag, attrs in Parsed(client.get(path).text).tags:
            assert tag != "style"
            assert not [name for name in attrs if name.startswith("on") or name == "style"], path
            if tag == "script":
                assert attrs.get("type") == "application/json" or str(attrs.get("src")).startswith("/static/"), path


def test_hostile_titles_bodies_and_names_come_back_as_text(client: TestClient) -> None:
    key = key_of(client, EVIL)
    for path in ("/", "/events", "/dyad/KEN-SOM", "/actor/KEN", f"/report/{key}"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
        assert "49}" not in text or "{{7*7}}" in text
    page = Parsed(client.get(f"/report/{key}").text)
    assert HOSTILE[:60] in "".join(page.words).replace("\n", "\n") or EVIL[:30] in "".join(page.words)
    assert not [tag for tag, attrs in page.tags if tag == "img" and attrs.get("src") == "x"]


def test_addresses_that_are_not_of_the_web_are_never_links(client: TestClient) -> None:
    for path in addresses(client):
        for link in Parsed(client.get(path).text).links:
            assert urlsplit(link).scheme in {"", "http", "https"}, link
    assert safe_url("javascript:alert(1)") is None
    assert safe_url("JaVaScRiPt:alert(1)") is None
    assert safe_url(" https://example.org") is None
    assert safe_url("java\nscript:alert(1)") is None
    assert safe_url("data:text/html,x") is None
    assert safe_url("//example.org/x") is None
    assert safe_url("https://[bad") is None
    assert safe_url("https://example.org/a?b=c") == "https://example.org/a?b=c"


def test_an_id_that_is_a_path_has_an_address_that_is_none(client: TestClient) -> None:
    key = key_of(client, EVIL)
    assert re.fullmatch(r"~[0-9a-f]{20}", key)
    assert client.get(f"/report/{key}.json").json()["report"]["report_id"] == EVIL_ID
    assert client.get(f"/report/{quote(EVIL_ID, safe='')}").status_code == 404


def test_words_from_other_scripts_are_kept_apart_in_direction(client: TestClient) -> None:
    text = client.get("/events").text
    assert "<bdi>قال" in text
    assert 'class="words" dir="auto"' in text


def test_chart_data_cannot_end_its_element() -> None:
    text = str(data_block({"a": "</script><!--<script>", "b": "\u2028&"}))
    assert "<" not in text
    assert ">" not in text
    assert "&" not in text
    assert "\u2028" not in text


def test_every_answer_carries_the_policy(client: TestClient) -> None:
    for path in ("/", "/events.json", "/static/style.css", "/nowhere", "/events?sort=nonsense"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "DENY"


def test_other_host_names_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example:8808"}).status_code == 421
    assert client.get("/", headers={"host": "127.0.0.1.evil.example"}).status_code == 421
    assert client.get("/", headers={"host": "localhost:8808"}).status_code == 200


def test_writes_from_other_sites_are_refused(client: TestClient) -> None:
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"cookie": "dragoman_token=x"},
    ):
        assert client.post("/events", headers=headers).status_code == 403, headers
    assert client.post("/events", headers={"origin": BASE}).status_code == 405


def test_a_token_is_asked_of_everybody_and_is_kept_out_of_addresses(store_path: Path) -> None:
    app = create_app(store_path, token="a-long-enough-token", hosts=None)
    with TestClient(app, base_url="http://desk.example", follow_redirects=False) as client:
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        assert client.get("/", headers={"authorization": "Bearer a-long-enough-token"}).status_code == 200
        first = client.get("/events?type=CONSULT&token=a-long-enough-token")
        assert first.status_code == 303
        assert first.headers["location"] == "/events?type=CONSULT"
        assert "httponly" in first.headers["set-cookie"].lower()
        assert "samesite=strict" in first.headers["set-cookie"].lower()
        assert client.get("/events?type=CONSULT").status_code == 200
    with pytest.raises(ValueError, match="token"):
        create_app(store_path, hosts=None).middleware_stack or create_app(
            store_path, hosts=None
        ).build_middleware_stack()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["e3", "e2", "e1"]),
        ("type=CONSULT", ["e1"]),
        ("mode=aerial", ["e2"]),
        ("context=military", ["e2"]),
        ("quad=material+conflict", ["e2"]),
        ("country=KEN&realis=POSSIBLE", ["e2"]),
        ("country=ETH", []),
        ("dyad=KEN-SOM", ["e3", "e2", "e1"]),
        ("dyad=SOM-KEN", []),
        ("dyad=SOM-KEN&both=1", ["e3", "e2", "e1"]),
        ("since=2025-03-08&until=2025-03-08", ["e2"]),
        ("place=mogadishu", ["e1"]),
        ("place=SOM", ["e1"]),
        ("holder=somalia", ["e2"]),
        ("holder=AUTHOR", ["e1"]),
        ("publisher=The+Post", ["e1"]),
        ("actor=amina", ["e1"]),
        ("confidence=0.85", ["e1"]),
        ("q=camp", ["e2"]),
        ('q="struck a camp"', ["e2"]),
        ('q="camp a struck"', []),
        ("q=minist*", ["e1"]),
        ("q=MINISTER+met", ["e1"]),
        ("q=minister+camp", []),
        ("sort=oldest", ["e1", "e2", "e3"]),
        ("sort=unsure", ["e3", "e2", "e1"]),
        ("sort=cooperation", ["e1", "e3", "e2"]),
    ],
)
def test_filters(client: TestClient, query: str, ids: list[str]) -> None:
    found = client.get(f"/events.json?{query}").json()
    assert [event["event_id"][:2] for event in found["events"]] == ids
    assert found["total"] == len(ids)


def test_counts_beside_a_filter_leave_its_own_choice_aside(client: TestClient) -> None:
    facets = client.get("/events.json?type=CONSULT").json()["facets"]
    assert facets["type"] == {"ASSAULT": 1, "CONSULT": 1, "THREATEN": 1}
    assert facets["realis"] == {"ACTUAL": 1}


def test_every_actor_has_its_count_and_its_name(client: TestClient) -> None:
    page = client.get("/events.json").json()
    counts = page["facets"]["actor"]
    assert set(counts) == set(page["names"])
    for key, count in counts.items():
        assert client.get("/events.json", params={"actor": key}).json()["total"] == count
        assert page["names"][key] in html.unescape(client.get("/events", params={"actor": key}).text)


def test_the_values_beyond_the_first_of_a_filter_can_be_had(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets_module, "_MOST", 1)
    assert len(client.get("/events.json?until=2031").json()["facets"]["country"]) == 1
    assert 'all=country#all-country">and' not in client.get("/events?until=2031&all=country").text
    assert len(client.get("/events.json?until=2031&all=country").json()["facets"]["country"]) > 1


def test_counts_agree_with_what_their_links_show(client: TestClient) -> None:
    facets = client.get("/events.json").json()["facets"]
    for field in ("type", "quad", "realis", "country", "context", "publisher"):
        for value, count in facets[field].items():
            assert client.get("/events.json", params={field: value}).json()["total"] == count, (field, value)


@pytest.mark.parametrize(
    "value", ["sort=up", "page=0", "page=x", "confidence=2", "dyad=RU", "since=soon", "size=100000"]
)
def test_values_that_are_not_allowed_are_named(client: TestClient, value: str) -> None:
    answer = client.get(f"/events.json?{value}")
    assert answer.status_code == 400
    assert value.split("=")[0] in answer.json()["error"]
    assert client.get(f"/events?{value}").status_code == 400


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "%", "\\", "*", '"', '""', "a*b*", "\x00", "(", "{}", "::INTEGER", "🙂", "ا", "x" * 5000]
)
def test_nothing_that_is_typed_breaks_a_search(client: TestClient, text: str) -> None:
    for field in ("q", "actor", "place", "holder", "publisher", "type", "event", "report"):
        assert client.get("/events.json", params={field: text}).status_code == 200, field


def test_a_filter_reads_back_as_it_was_written() -> None:
    wanted = read_filter([("type", "CONSULT"), ("type", "AGREE"), ("q", "a b"), ("both", "1"), ("confidence", "0.5")])
    again = read_filter(wanted.pairs())
    assert again == wanted
    with pytest.raises(SettingsError):
        read_filter([("country", str(number)) for number in range(60)])


def test_the_report_marks_every_layer_and_leads_to_the_record(client: TestClient) -> None:
    text = client.get("/report/plain-1").text
    page = Parsed(text)
    layers = {name for tag, attrs in page.tags if tag == "a" for name in str(attrs.get("class", "")).split()}
    assert {"m-event", "m-actor", "m-date", "m-place"} <= layers
    assert "e-e1meeting0000001" in page.ids
    switches = {attrs["id"] for tag, attrs in page.tags if tag == "input" and attrs.get("type") == "checkbox"}
    assert {"l-event", "l-actor", "l-date", "l-place", "l-by"} <= switches


def test_the_text_of_a_report_is_shown_as_given(client: TestClient) -> None:
    key = key_of(client, EVIL)
    found = re.search(r'<div class="text" dir="auto">(.*?)</div>', client.get(f"/report/{key}").text, re.DOTALL)
    assert found is not None
    assert "".join(Parsed(found[1]).words) == HOSTILE


def test_links_of_our_own_lead_somewhere(client: TestClient) -> None:
    seen: set[str] = set()
    for path in addresses(client):
        for link in Parsed(client.get(path).text).links:
            if link.startswith("/") and not link.startswith("/static/"):
                seen.add(link.split("#")[0])
    assert len(seen) > 40
    for link in sorted(seen):
        assert client.get(link).status_code == 200, link


def test_a_dyad_and_a_network_show_both_countries(client: TestClient) -> None:
    found = client.get("/dyad/KEN-SOM.json").json()
    assert [row["events"] for row in found["totals"]] == [3]
    assert [event["event_id"][:2] for event in found["open"]] == ["e2"]
    assert [event["event_id"][:2] for event in found["meetings"]] == ["e1"]
    assert client.get("/dyad/ken-som", follow_redirects=False).headers["location"] == "/dyad/KEN-SOM"
    assert client.get("/dyad/KEN-KEN").status_code == 400
    links = client.get("/network.json?period=2025").json()["links"]
    assert [(link["a"], link["b"], link["events"]) for link in links] == [("KEN", "SOM", 3)]
    moved = client.get("/network?at=0", follow_redirects=False)
    assert moved.headers["location"].startswith("/network?by=month&period=2025")


def test_what_is_not_there_is_404_in_both_forms(client: TestClient) -> None:
    for path in ("/nowhere", "/report/nowhere", "/story/nowhere", "/actor/~nowhere", "/actor/QQQ"):
        assert client.get(path).status_code == 404, path
        answer = client.get(f"{path}.json")
        assert answer.status_code == 404
        assert set(answer.json()) == {"error", "status"}


def test_static_files_are_ours_alone(client: TestClient) -> None:
    for name in ("style.css", "charts.js", "land.js", "vega.js"):
        assert client.get(f"/static/{name}").status_code == 200
    for name in ("..%2Fapp.py", "app.py", "%2e%2e/app.py", "style.css%00"):
        assert client.get(f"/static/{name}").status_code == 404


def test_export_gives_what_is_shown_in_every_format(client: TestClient) -> None:
    for form in FORMATS:
        answer = client.get("/export", params={"format": form, "type": "CONSULT"})
        assert answer.status_code == 200, form
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.content, form
    assert len(client.get("/export?format=csv").text.strip().splitlines()) == 4
    some = client.get("/export?format=csv&type=CONSULT&type=ASSAULT").text.strip().splitlines()
    assert len(some) == 3
    assert client.get("/export?format=nonsense").status_code == 400


def test_a_new_load_is_seen(tmp_path: Path) -> None:
    app = create_app(make_store(tmp_path / "store"))
    with TestClient(app, base_url=BASE) as client:
        app.state.book.generation()
        assert client.get("/events.json").json()["total"] == 3
        store = Store.open(tmp_path / "store")
        coded = next(store.coded(["plain-1"]))
        import msgspec

        store.load([msgspec.structs.replace(coded, id="plain-9")])
        app.state.book.wait()
        assert client.get("/events.json").json()["total"] == 4


def test_an_empty_store_has_pages_too(tmp_path: Path) -> None:
    app = create_app(Store.open(tmp_path / "empty", create=True).folder)
    with TestClient(app, base_url=BASE) as client:
        app.state.book.generation()
        for path in ("/", "/events", "/network", "/map", "/dyad/KEN-SOM"):
            assert client.get(path).status_code == 200, path


def test_relative_links_of_the_static_pages_lead_to_files(store_path: Path, tmp_path: Path) -> None:
    from dragoman.web.data import Workbench
    from dragoman.web.static_site import write_site

    folder = tmp_path / "site"
    written = write_site(Workbench(store_path), folder)
    assert written.pages["overview"] == 1
    assert written.pages["report"] == 3
    files = sorted(folder.rglob("*.html"))
    for file in files:
        page = Parsed(file.read_text(encoding="utf-8"))
        sources = [str(attrs["src"]) for tag, attrs in page.tags if tag in {"script", "img"} and attrs.get("src")]
        for link in [*page.links, *sources]:
            if urlsplit(link).scheme or link.startswith("#"):
                continue
            target = (file.parent / urlsplit(urljoin("", link)).path).resolve()
            assert target.is_relative_to(folder.resolve()), link
            assert target.is_file(), (file.name, link)
        assert "<script>alert" not in file.read_text(encoding="utf-8")
    write_site(Workbench(store_path), folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    from dragoman.errors import StoreError

    with pytest.raises(StoreError, match="not empty"):
        write_site(Workbench(store_path), tmp_path / "full")
