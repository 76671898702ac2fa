"""Feeds: new entries are fetched once, politely and within limits; what cannot be had is said; nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from dragoman.cli import app
from dragoman.cli.following import seconds_of
from dragoman.errors import SettingsError
from dragoman.records import Rejected
from dragoman.sources.draft import Draft
from dragoman.sources.feeds import FeedMemory, FeedState, canonical, look
from dragoman.sources.fetching import MOST_BYTES, BusyError, Fetcher
from dragoman.sources.reasons import SetAside
from dragoman.store import Store

STORY = (
    "Norway's foreign minister met his Chilean counterpart in Santiago on Monday. The two ministers discussed fishing."
)
PAGE = (
    "<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>"
    "<p>{text}</p><p>The talks were the first in four years between the two governments.</p></article></body></html>"
)
RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Fjord Post</title>{ttl}{items}</channel></rss>'
ITEM = (
    "<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
    "<pubDate>Tue, 04 Mar 2025 08:00:00 GMT</pubDate><description>{summary}</description></item>"
)
ATOM = (
    '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom Post</title>'
    '<entry><title>Meeting</title><id>a1</id><link href="{link}"/><updated>2025-03-04T08:00:00Z</updated></entry></feed>'
)


class Site:
    """A small web site: answers by path; `asked` holds the paths in their order."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.headers: dict[str, dict[str, str]] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.headers[self.path] = dict(self.headers)
                answer = site.answers.get(self.path)
                if answer is None:
                    self.send_error(404)
                else:
                    answer(self)

            def log_message(self, *words: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def gives(self, path: str, body: str | bytes, kind: str = "text/html", status: int = 200, **headers: str) -> str:
        data = body.encode() if isinstance(body, str) else body

        def answer(handler: BaseHTTPRequestHandler) -> None:
            etag = headers.get("ETag")
            fresh = bool(etag) and handler.headers.get("If-None-Match") == etag
            handler.send_response(304 if fresh else status)
            handler.send_header("Content-Type", kind)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            if not fresh:
                handler.wfile.write(data)

        self.answers[path] = answer
        return self.base + path

    def article(self, path: str, title: str, text: str = STORY) -> str:
        return self.gives(path, PAGE.format(title=title, text=text))

    def feed(self, *links: str, path: str = "/rss.xml", ttl: str = "", summary: str = "", **headers: str) -> str:
        items = "".join(ITEM.format(title=f"Entry {n}", link=link, summary=summary) for n, link in enumerate(links))
        return self.gives(path, RSS.format(items=items, ttl=ttl), "application/rss+xml", **headers)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(pause=0, timeout=5, allow_private=True)


def new(fetcher: Fetcher, address: str, memory: FeedMemory | None = None) -> tuple[list[Draft | Rejected], FeedMemory]:
    found, drafts = look(fetcher, address, memory or FeedMemory())
    return list(drafts), found.memory


def test_each_entry_of_a_feed_becomes_the_report_of_its_page(site: Site, fetcher: Fetcher) -> None:
    link = site.article("/one", "Ministers meet") + "?utm_source=feed"
    [draft], _ = new(fetcher, site.feed(link))
    assert isinstance(draft, Draft)
    assert "met his Chilean counterpart" in draft.values["text"]
    assert (draft.values["published"], draft.values["publisher"]) == ("2025-03-04", "Fjord Post")
    assert "utm_source" not in str(draft.values["url"])


def test_an_atom_feed_is_read_like_an_rss_feed(site: Site, fetcher: Fetcher) -> None:
    link = site.article("/one", "Ministers meet")
    [draft], _ = new(fetcher, site.gives("/atom", ATOM.format(link=link), "application/atom+xml"))
    assert isinstance(draft, Draft)
    assert draft.values["published"] == "2025-03-04"


def test_an_address_that_is_a_page_gives_its_one_report(site: Site, fetcher: Fetcher) -> None:
    drafts, memory = new(fetcher, site.article("/page", "Ministers meet"))
    assert len(drafts) == 1
    assert new(fetcher, site.base + "/page", memory)[0] == []


def test_entries_seen_are_not_fetched_again_and_new_ones_are(site: Site, fetcher: Fetcher) -> None:
    one, two = site.article("/one", "One"), site.article("/two", "Two")
    _, memory = new(fetcher, site.feed(one))
    [draft], memory = new(fetcher, site.feed(one, two), memory)
    assert isinstance(draft, Draft)
    assert draft.source == two
    assert site.asked.count("/one") == 1


def test_a_feed_that_has_not_changed_is_not_read(site: Site, fetcher: Fetcher) -> None:
    address = site.feed(site.article("/one", "One"), ETag='"v1"')
    _, memory = new(fetcher, address)
    assert memory.etag == '"v1"'
    assert new(fetcher, address, memory)[0] == []
    assert site.headers["/rss.xml"]["If-None-Match"] == '"v1"'


def test_robots_txt_is_kept_to(site: Site, fetcher: Fetcher) -> None:
    site.gives("/robots.txt", "User-agent: *\nDisallow: /private/\n", "text/plain")
    [item], _ = new(fetcher, site.feed(site.article("/private/one", "One")))
    assert isinstance(item, Rejected)
    assert item.reason == "robots"
    assert "/private/one" not in site.asked


def test_the_summary_stands_in_for_a_page_that_cannot_be_had(site: Site, fetcher: Fetcher) -> None:
    summary = "&lt;p&gt;Norway condemned Chile on Monday over the &lt;b&gt;fishing&lt;/b&gt; quota.&lt;/p&gt;"
    [draft], _ = new(fetcher, site.feed(site.base + "/gone", summary=summary))
    assert isinstance(draft, Draft)
    assert draft.values["text"] == "Norway condemned Chile on Monday over the fishing quota."
    assert "not-fetched" in draft.warnings[0]


def test_a_page_that_cannot_be_had_without_summary_is_set_aside(site: Site, fetcher: Fetcher) -> None:
    [item], memory = new(fetcher, site.feed(site.base + "/gone"))
    assert isinstance(item, Rejected)
    assert item.reason == "not-fetched"
    assert "404" in item.detail
    assert len(memory.seen) == 1


@pytest.mark.parametrize("body", ["<rss><channel><item>", "<feed>\x00\x01", "<rss>" + "&x;" * 1000])
def test_a_broken_feed_is_set_aside(site: Site, fetcher: Fetcher, body: str) -> None:
    drafts, _ = new(fetcher, site.gives("/rss.xml", body, "application/rss+xml"))
    assert all(isinstance(item, Rejected) or len(item.values.get("text", "")) >= 0 for item in drafts)
    assert not any(isinstance(item, Draft) for item in drafts)


def test_external_entities_of_a_feed_are_not_read(site: Site, fetcher: Fetcher, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the words of a file of this machine, long enough to be coded")
    body = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>' + RSS.format(
        ttl="", items=ITEM.format(title="t", link="", summary="&x;")
    )
    drafts, _ = new(fetcher, site.gives("/rss.xml", body, "application/rss+xml"))
    assert "the words of a file" not in repr(drafts)


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_a_redirect_away_from_the_web_is_refused(site: Site, fetcher: Fetcher, place: str) -> None:
    site.gives("/rss.xml", "", status=302, Location=place)
    [item], _ = new(fetcher, site.base + "/rss.xml")
    assert isinstance(item, Rejected)
    assert item.reason == "not-fetched"


def test_redirects_are_followed_and_end(site: Site, fetcher: Fetcher) -> None:
    site.gives("/loop", "", status=301, Location="/loop")
    site.gives("/old", "", status=301, Location="/page")
    site.article("/page", "Ministers meet")
    assert fetcher.get(site.base + "/old").address.endswith("/page")
    with pytest.raises(SetAside, match="redirects"):
        fetcher.get(site.base + "/loop")


def test_a_private_address_is_refused_unless_asked_for(site: Site) -> None:
    with pytest.raises(SetAside, match="private network"):
        Fetcher(pause=0).get(site.article("/page", "One"))
    assert site.asked == []


def test_a_page_beyond_the_limit_is_not_read_whole(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(SetAside) as refusal:
        fetcher.get(site.gives("/huge", b"x" * (MOST_BYTES + 1)))
    assert refusal.value.reason == "too-long"


def test_a_busy_server_is_left_alone_as_long_as_it_asks(site: Site, fetcher: Fetcher) -> None:
    address = site.gives("/rss.xml", "", status=429, Retry_After="120")
    with pytest.raises(BusyError) as busy:
        fetcher.get(address)
    assert busy.value.seconds == 120
    found, drafts = look(fetcher, address, FeedMemory())
    assert (found.wait, len(list(drafts))) == (120, 1)


def test_a_host_is_asked_no_more_often_than_the_pause(site: Site) -> None:
    fetcher = Fetcher(pause=0.3, allow_private=True)
    address = site.article("/page", "One")
    began = time.monotonic()
    fetcher.get(address)
    fetcher.get(address)
    assert time.monotonic() - began >= 0.55  # robots.txt and two pages


def test_a_feed_may_ask_for_longer_intervals(site: Site, fetcher: Fetcher) -> None:
    found, drafts = look(fetcher, site.feed(site.article("/one", "One"), ttl="<ttl>90</ttl>"), FeedMemory())
    list(drafts)
    assert found.wait == 5400


def test_a_state_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "feeds.json"
    path.write_text("{broken")
    with pytest.raises(SettingsError, match=r"feeds\.json"):
        FeedState.read(path)


@pytest.mark.parametrize(
    ("given", "seconds"), [("15m", 900), ("90s", 90), ("2h", 7200), ("5s", None), ("x", None), ("48h", None)]
)
def test_intervals_are_from_a_minute_to_a_day(given: str, seconds: float | None) -> None:
    assert seconds_of(given) == seconds


@pytest.mark.parametrize("given", ["javascript:alert(1)", "file:///etc/passwd", "", "not an address"])
def test_only_addresses_of_the_web_are_kept(given: str) -> None:
    assert canonical(given) is None


# the command


def code(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["code", *map(str, words)])
    return found.exit_code, found.output


def test_feeds_once_into_a_store_and_nothing_twice(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.sources.fetching.Fetcher._wait", lambda *_: None)
    address = site.feed(site.article("/one", "One"))
    assert code(address, "--store", tmp_path / "store", "--allow-private")[0] == 0
    assert code(address, "--store", tmp_path / "store", "--allow-private")[0] == 2  # nothing new
    assert Store.open(tmp_path / "store").counts()["reports"] == 1
    assert site.asked.count("/one") == 1
    assert address in json.loads((tmp_path / "store" / "feeds.json").read_text())["feeds"]


@pytest.mark.parametrize(
    "words",
    [
        ["--follow", "reports/", "--store", "s"],
        ["--follow", "https://example.org/rss"],
        ["--follow", "https://example.org/rss", "--store", "s", "--every", "1s"],
        ["reports/", "--metrics-port", "9000"],
        ["https://example.org/rss", "--resume", "--store", "s"],
    ],
)
def test_options_that_make_no_sense_together_are_named(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert code(*words)[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_following_stores_what_comes_tells_prometheus_and_ends_on_a_signal(site: Site, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site.feed(site.article("/one", "One"))
    command = [sys.executable, "-m", "dragoman", "code", site.base + "/rss.xml", "--store", str(tmp_path / "store")]
    options = ["--follow", "--every", "60s", "--allow-private", "--metrics-port", str(port)]
    running = subprocess.Popen(
        [*command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=dict(os.environ)
    )
    try:
        ends, said = time.monotonic() + 60, ""
        while "dragoman_reports_coded_total 1.0" not in said and time.monotonic() < ends:
            time.sleep(0.3)
            try:
                with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                    said = answer.read().decode()
            except OSError:
                continue
    finally:
        running.send_signal(signal.SIGTERM)
        _, told = running.communicate(timeout=30)
    assert "dragoman_reports_coded_total 1.0" in said
    assert "dragoman_last_round_timestamp_seconds" in said
    assert running.returncode == 0, told
    assert Store.open(tmp_path / "store").counts()["reports"] == 1
