"""Pictures of every page of the workbench: codes the example reports, serves them, and photographs each page.

    python docs/screenshots.py                     # docs/screenshots/*.png
    python docs/screenshots.py --store my-store    # of a store of one's own

Needs playwright (extra ``dev``) and a Chromium: Debian's package, or the path in ``CHROMIUM``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 1280, 900


def chromium() -> str:
    """The browser to use; ends with a message where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        sys.exit("no Chromium found: install Debian's package chromium, or set CHROMIUM to the path of one")
    return found


def coded_examples(folder: Path) -> Path:
    """A store of the example reports, linked where the command for it is there."""
    store = folder / "examples"
    dragoman = [sys.executable, "-m", "dragoman"]
    subprocess.run([*dragoman, "code", str(HERE.parent / "examples" / "reports"), "--store", str(store)], check=True)
    if subprocess.run([*dragoman, "link", "--help"], capture_output=True, check=False).returncode == 0:
        subprocess.run([*dragoman, "link", str(store)], check=True)
    return store


def wait_for(address: str) -> None:
    """Until the pages are ready."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        try:
            found = httpx.get(f"{address}/index.json", timeout=60)
            if found.status_code == 200 and found.json().get("changes") is not None:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    sys.exit("the workbench did not start")


def pages(address: str) -> dict[str, str]:
    """A name and an address for each kind of page, from what the store holds."""
    overview = httpx.get(f"{address}/index.json", timeout=60).json()
    events = httpx.get(f"{address}/events.json?size=200", timeout=60).json()["events"]
    counts: dict[str, int] = {}
    for event in events:
        counts[event["report_key"]] = counts.get(event["report_key"], 0) + 1
    found = {
        "overview": "/",
        "events": "/events",
        "report": f"/report/{max(counts, key=lambda key: (counts[key], key))}",
        "network": "/network?by=year",
        "map": "/map",
    }
    if overview["dyads"]:
        pair = overview["dyads"][0]
        found |= {"dyad": f"/dyad/{pair['a']}-{pair['b']}", "actor": f"/actor/{pair['a']}"}
    told: dict[str, set[str]] = {}
    for event in events:
        if event["story_id"]:
            told.setdefault(event["story_id"], set()).add(event["report_key"])
    doubtful = [event["story_id"] for event in overview["doubtful"] if event["story_id"]]
    if told:
        found["story"] = f"/story/{max(told, key=lambda story: (story in doubtful, len(told[story]), story))}"
    for name in ("review", "ask"):
        if httpx.get(f"{address}/{name}", timeout=60, follow_redirects=True).status_code == 200:
            found[name] = f"/{name}"
    return found


def photograph(address: str, target: Path, chosen: dict[str, str]) -> None:
    """One picture a page, by day; of overview and dyad also by night."""
    from playwright.sync_api import sync_playwright

    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        for scheme in ("light", "dark"):
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme)
            for name, path in sorted(chosen.items()):
                if scheme == "dark" and name not in {"overview", "dyad"}:
                    continue
                page = context.new_page()
                page.goto(address + path)
                page.wait_for_timeout(1500)
                suffix = "-dark" if scheme == "dark" else ""
                page.screenshot(path=str(target / f"{name}{suffix}.png"))
                page.close()
        browser.close()


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, help="a store (default: the example reports, coded for this)")
    parser.add_argument("--output", type=Path, default=HERE / "screenshots")
    parser.add_argument("--port", type=int, default=8871)
    options = parser.parse_args()
    chromium()
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or coded_examples(Path(folder))
        address = f"http://127.0.0.1:{options.port}"
        command = [sys.executable, "-m", "dragoman", "serve", str(store), "--no-open", "--port", str(options.port)]
        server = subprocess.Popen(command)
        try:
            wait_for(address)
            photograph(address, options.output, pages(address))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
