"""The workbench in a real browser: the example reports, from the overview to both sides' words, reviewed and exported.

Chromium is driven by playwright. Debian's package ``chromium`` is used, or the path in ``CHROMIUM``; where there is none
the tests are skipped and say so. No request may leave the machine, and nothing may be written to the console.
"""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright

from dragoman.coding.coder import Coder
from dragoman.linking.run import link_store
from dragoman.records import Report
from dragoman.settings import Settings
from dragoman.sources import ReadOptions, read
from dragoman.store import Store
from dragoman.web.data import Workbench
from dragoman.web.static_site import write_site

EXAMPLES = Path(__file__).parents[1] / "examples" / "reports"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = ("/", "/events", "/network", "/map", "/review", "/ask", "/dyad/SOM-ETH", "/actor/SOM")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium: install Debian's package chromium, or set CHROMIUM"
)


@pytest.fixture(scope="module")
def store(coder: Coder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example reports, coded and linked as ``dragoman demo`` does."""
    given = [r for r in read([str(EXAMPLES)], Settings(), ReadOptions()) if isinstance(r, Report)]
    made = Store.open(tmp_path_factory.mktemp("browser") / "store", create=True)
    made.load(list(coder.pipe(given)), given)
    link_store(made)
    return made.folder


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    """Where ``dragoman serve`` serves it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dragoman", "serve", str(store), "--port", str(port), "--no-open"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{base}/index.json")
        yield base
    finally:
        server.terminate()
        server.wait(60)


def _wait_for(address: str) -> None:
    ends = time.monotonic() + 300  # on a busy machine it takes its time
    while time.monotonic() < ends:
        try:
            found = httpx.get(address, timeout=30)
            if found.status_code == 200 and found.json().get("changes") is not None:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError("the workbench did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


class Watch:
    """What a browser window did that it must not do."""

    def __init__(self, window: BrowserContext, base: str) -> None:
        self.outside: list[str] = []
        self.console: list[str] = []
        self._host = urlsplit(base).netloc
        window.route("**/*", self._route)
        window.on("console", lambda message: self.console.append(message.text) if message.type == "error" else None)
        window.on("weberror", lambda error: self.console.append(str(error.error)))

    def _route(self, route: Route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in {"data", "blob"} or parts.netloc == self._host:
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def opened(browser: Browser, base: str, scheme: str = "light") -> tuple[Page, Watch]:
    window = browser.new_context(base_url=base, color_scheme=scheme, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    window.set_default_timeout(60_000)
    watch = Watch(window, base)
    return window.new_page(), watch


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose window asked nothing of other hosts and whose console stayed empty when the test is over."""
    found, watch = opened(browser, address)
    yield found
    found.context.close()
    assert (watch.outside, watch.console) == ([], [])


def drawn(page: Page) -> None:
    """Until the charts are there."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.vega')].every(box => box.querySelector('svg, canvas'))"
    )


def test_the_disputed_story_is_three_clicks_from_the_overview_with_both_sides_words(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="All that is unconfirmed or disputed").click()
    page.locator(".event", has=page.locator(".s-disputed")).first.locator("a:has(.status)").click()
    assert "/story/" in page.url
    told = page.locator(".side-by")
    words = " ".join(told.all_inner_texts())
    assert "held secret talks at a hotel in Nairobi" in words
    assert "denied that a Somali delegation had held secret talks with Ethiopia" in words
    stances = page.locator("table", has_text="Stance").first.locator("tbody tr").all_inner_texts()
    assert any("denies" in row and "Somalia" in row for row in stances)
    assert any("asserts" in row and "Ethiopia" in row for row in stances)
    told.first.locator("a[href^='/report/']").first.click()
    assert page.locator(".text .m-event").count() > 0


def test_a_date_corrected_in_review_shows_in_the_story(page: Page) -> None:
    page.goto("/events?type=CONSULT&status=disputed")
    page.locator(".event .status").first.click()
    page.wait_for_url("**/story/**")
    story = page.url
    page.locator(".side-by", has_text="yet").or_(page.locator(".side-by")).first.get_by_role(
        "link", name="review"
    ).click()
    page.get_by_label("Date", exact=True).fill("2025-03-05")
    page.locator("#correct-words").fill("on Thursday")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Keep the correction").click()
    page.wait_for_url("**/review?**")
    page.goto(story)
    note = page.locator(".reviewed").first.inner_text()
    assert "corrected" in note
    assert "2025-03-05" in note
    assert "2025-03-06" in note


def test_words_picked_in_the_text_are_kept_with_the_field_they_were_picked_for(page: Page) -> None:
    page.goto("/review?order=sample")
    text = page.locator("[data-text]")
    page.get_by_label("Country of the place").fill("NOR")
    text.evaluate(
        """text => {
            const part = document.createTreeWalker(text, NodeFilter.SHOW_TEXT).nextNode();
            getSelection().setBaseAndExtent(part, 0, part, Math.min(9, part.length));
        }"""
    )
    page.wait_for_function("document.querySelector('.picked')")
    picked = text.inner_text()[: len(page.locator(".picked").inner_text()) - 2]
    assert page.locator(".using .picked").inner_text() == f"“{picked}”"
    report = page.locator("input[name=report_id]").first.input_value()
    event = page.locator("input[name=event_id]").first.input_value()
    page.get_by_role("button", name="Keep the correction").click()
    page.wait_for_url("**/review?**at=0")
    page.goto(f"/review?report={report}&event={event}")
    assert "place NOR instead of" in page.locator(".reviewed").inner_text()
    kept = page.request.get(f"/ask.csv?sql=SELECT span_start, span_end FROM reviews WHERE event_id = '{event}'").text()
    assert f"0,{len(picked)}" in kept


def test_review_goes_by_the_keyboard(page: Page) -> None:
    page.goto("/review")
    first = page.locator("input[name=event_id]").first.input_value()
    page.keyboard.press("a")
    page.wait_for_function("value => document.querySelector('input[name=event_id]')?.value !== value", arg=first)
    page.keyboard.press("e")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"


def test_filters_narrow_what_is_shown_and_the_export_holds_just_that(page: Page, tmp_path: Path) -> None:
    page.goto("/events")
    everything = page.locator(".event").count()
    page.goto("/events?type=ASSAULT")
    shown = page.locator(".event").count()
    assert 0 < shown < everything
    with page.expect_download() as download:
        page.get_by_role("link", name="csv", exact=False).first.click()
    download.value.save_as(tmp_path / "events.csv")
    with (tmp_path / "events.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == shown
    assert {row["type"] for row in rows} == {"ASSAULT"}


def test_the_time_slider_moves_the_network_to_another_period(page: Page) -> None:
    page.goto("/network?by=month")
    drawn(page)
    before = page.locator("h1").inner_text()
    slider = page.get_by_label("Period")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_function("text => document.querySelector('h1').innerText !== text", arg=before)
    drawn(page)
    assert page.locator("h1").inner_text() != before


def test_a_question_is_answered_and_its_reports_can_be_opened(page: Page) -> None:
    page.goto("/ask")
    page.get_by_role("link", name="Stories that are disputed or denied now").click()
    page.get_by_role("region", name="The answer").get_by_role("link").first.click()
    assert "/story/" in page.url


def test_every_page_follows_the_dark_setting(browser: Browser, address: str) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page, watch = opened(browser, address, scheme)
        page.goto("/")
        colours[scheme] = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.context.close()
        assert watch.console == []
    assert colours["light"] != colours["dark"]


def test_what_is_printed_is_dark_on_white_whatever_the_setting(browser: Browser, address: str) -> None:
    page, watch = opened(browser, address, "dark")
    page.goto("/dyad/SOM-ETH")
    drawn(page)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    label = "document.querySelector('#chart-dyad svg text')"
    assert page.evaluate(f"getComputedStyle({label}).fill") == "rgb(68, 68, 68)"
    assert not page.locator("nav[aria-label=Pages]").is_visible()
    assert page.locator("#chart-dyad ~ figcaption").is_visible()
    page.context.close()
    assert watch.console == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_quiet_and_asks_nothing_of_other_hosts(
    browser: Browser, address: str, scheme: str, path: str
) -> None:
    page, watch = opened(browser, address, scheme)
    page.goto(path)
    drawn(page)
    found = Axe().run(page)
    page.context.close()
    faults = [(fault["id"], [node["target"] for node in fault["nodes"]][:4]) for fault in found.response["violations"]]
    assert faults == []
    assert (watch.outside, watch.console) == ([], [])


@pytest.mark.parametrize("kind", ["story", "report"])
def test_a_story_and_a_report_are_accessible(browser: Browser, address: str, scheme: str, kind: str) -> None:
    page, watch = opened(browser, address, scheme)
    page.goto("/events?status=disputed")
    page.goto(page.locator(f"a[href^='/{kind}/']").first.get_attribute("href") or "")
    drawn(page)
    found = Axe().run(page)
    page.context.close()
    assert [
        (fault["id"], [node["target"] for node in fault["nodes"]][:4]) for fault in found.response["violations"]
    ] == []
    assert watch.console == []


def test_the_static_report_is_whole_without_a_server(browser: Browser, store: Path, tmp_path: Path) -> None:
    limits = {"events": 2, "report": 2, "story": 2, "dyad": 2, "actor": 2, "network": 1, "map": 1}
    write_site(Workbench(store), tmp_path / "pages", limits)
    window = browser.new_context(viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    console: list[str] = []
    window.on("request", lambda request: asked.append(urlsplit(request.url).scheme))
    window.on("console", lambda message: console.append(message.text) if message.type == "error" else None)
    page = window.new_page()
    page.goto((tmp_path / "pages" / "index.html").as_uri())
    drawn(page)
    page.locator("main a[href^='dyad/']").first.click()
    drawn(page)
    assert page.locator("#chart-dyad svg").is_visible()
    page.locator("main a[href*='report/']").first.click()
    assert page.locator(".text .m-event").count() > 0
    window.close()
    assert (set(asked) - {"file", "data", "blob"}, console) == (set(), [])


def test_pages_are_read_without_scripts(browser: Browser, address: str) -> None:
    window = browser.new_context(base_url=address, java_script_enabled=False)
    page = window.new_page()
    for path in ("/events", "/review", "/ask", "/dyad/SOM-ETH"):
        page.goto(path)
        assert page.locator("h1").is_visible()
        assert page.locator("main a").count() > 0
    window.close()


def test_a_narrow_window_scrolls_down_and_not_sideways(browser: Browser, address: str) -> None:
    window = browser.new_context(base_url=address, viewport={"width": 390, "height": 800})
    page = window.new_page()
    for path in PAGES:
        page.goto(path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, path
    window.close()
