"""RSS and Atom feeds to drafts of reports: what is new in a feed, each entry's page fetched, or its summary where it cannot be.

What a feed has given is kept in a small file (`FeedState`), written only after its reports are safe where they go: a run
that is killed fetches them again rather than losing them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dragoman.atomic import atomic_output
from dragoman.errors import SettingsError
from dragoman.records import Rejected
from dragoman.sources.discover import is_address
from dragoman.sources.draft import Draft
from dragoman.sources.fetching import BusyError, Fetched, Fetcher
from dragoman.sources.pages import page_draft
from dragoman.sources.reasons import SetAside, rejected

SEEN_KEPT = 20_000
"""Entries of a feed that are remembered, the latest."""
SHORTEST_SUMMARY = 40
"""Characters of a summary that is worth coding by itself."""
_FEED_WORDS = (b"<rss", b"<feed", b"<rdf:RDF", b"<rdf")


class FeedMemory(msgspec.Struct, kw_only=True):
    """What is known of one feed: how to ask whether it has changed, and which entries it has given."""

    etag: str | None = None
    modified: str | None = None
    seen: list[str] = msgspec.field(default_factory=list)


class FeedState(msgspec.Struct, kw_only=True):
    """What is known of all feeds, by address."""

    feeds: dict[str, FeedMemory] = msgspec.field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> FeedState:
        """From its file; a new one where there is none. Raises `SettingsError` for a file that is something else."""
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except FileNotFoundError:
            return cls()
        except (OSError, msgspec.DecodeError) as error:
            raise SettingsError(f"{path} is no state of feeds: {error}") from None

    def write(self, path: Path) -> None:
        """To its file, whole or not at all."""
        with atomic_output(path) as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n")


class Round(msgspec.Struct, kw_only=True):
    """What one look at a feed brought beside its reports: new memory, and when to come back at the earliest."""

    memory: FeedMemory
    wait: float | None = None
    entries: int = 0


def canonical(address: str) -> str | None:
    """The address without what only tracks its reader; None for one that is no address of a page."""
    from courlan import clean_url

    found = clean_url(address) if is_address(address) else None
    return found or None


def look(fetcher: Fetcher, address: str, memory: FeedMemory) -> tuple[Round, Iterator[Draft | Rejected]]:
    """One look at a feed: what it brought, and its new reports, fetched as they are taken.

    The memory of the round holds an entry once its report has been taken. An address that is a page rather than a feed
    gives the one report of that page.
    """
    made = Round(memory=FeedMemory(etag=memory.etag, modified=memory.modified, seen=list(memory.seen)))
    try:
        found = fetcher.get(address, memory.etag, memory.modified)
    except SetAside as problem:
        return made, iter([rejected(address, problem.reason, str(problem))])
    except BusyError as busy:
        made.wait = busy.seconds
        return made, iter([rejected(address, "not-fetched", str(busy))])
    if found.status == 304:
        return made, iter(())
    if not _is_feed(found):
        return made, _page(found, address, made)
    return made, _entries(fetcher, found, address, made)


def _is_feed(found: Fetched) -> bool:
    head = found.body[:2048]
    return "html" not in found.kind and any(word in head for word in _FEED_WORDS)


def _page(found: Fetched, address: str, made: Round) -> Iterator[Draft | Rejected]:
    key = _key(address)
    if key in made.memory.seen:
        return
    try:
        draft = page_draft(found.body, found.address, found.encoding)
    except SetAside as problem:
        yield rejected(address, problem.reason, str(problem))
        return
    values = {**draft.values, "url": canonical(draft.values.get("url") or found.address) or found.address}
    yield Draft(values, found.address, warnings=draft.warnings)
    made.memory.seen.append(key)


def _entries(fetcher: Fetcher, found: Fetched, address: str, made: Round) -> Iterator[Draft | Rejected]:
    import feedparser

    parsed = feedparser.parse(found.body, response_headers={"content-type": found.kind}, sanitize_html=False)
    if not parsed.entries and parsed.bozo:
        yield rejected(address, "broken-feed", f"the feed cannot be read: {parsed.get('bozo_exception')}")
        return
    made.wait = _time_to_live(parsed.feed)
    title = parsed.feed.get("title")
    seen = set(made.memory.seen)
    for entry in parsed.entries:
        link = canonical(entry.get("link") or "")
        key = _key(entry.get("id") or link or entry.get("title") or "")
        if key in seen:
            continue
        made.entries += 1
        yield _entry(fetcher, entry, link, title, address)
        seen.add(key)
        made.memory.seen = [*made.memory.seen, key][-SEEN_KEPT:]
    made.memory.etag, made.memory.modified = found.etag, found.modified


def _key(words: str) -> str:
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _entry(fetcher: Fetcher, entry: Any, link: str | None, feed_title: str | None, address: str) -> Draft | Rejected:
    """The report of an entry: its page, else the text that the feed itself carries."""
    told = {
        "title": entry.get("title"),
        "published": _day(entry),
        "publisher": entry.get("source", {}).get("title") or feed_title,
        "url": link,
    }
    problem = SetAside("not-fetched", "the entry has no address")
    if link:
        try:
            found = fetcher.get(link)
            draft = page_draft(found.body, link, found.encoding)
            values = {**{k: v for k, v in told.items() if v}, **{k: v for k, v in draft.values.items() if v}}
            values["url"] = canonical(str(draft.values.get("url") or "")) or link
            values["published"] = told["published"] or draft.values.get("published")
            return Draft(values, link, warnings=draft.warnings)
        except SetAside as error:
            problem = error
        except BusyError as busy:
            problem = SetAside("not-fetched", str(busy))
    text = _carried(entry)
    if len(text) < SHORTEST_SUMMARY:
        return rejected(link or address, problem.reason, str(problem))
    warning = f"coded from the feed's own text; the page: {problem.reason}"
    return Draft({**told, "text": text}, link or address, warnings=(warning,))


def _carried(entry: Any) -> str:
    """The text that a feed carries of an entry, without markup."""
    from lxml import html

    pieces = [piece.get("value") or "" for piece in entry.get("content") or []]
    given = max([*pieces, entry.get("summary") or ""], key=len)
    if not given.strip():
        return ""
    try:
        return " ".join(html.fromstring(f"<div>{given}</div>").text_content().split())
    except (ValueError, html.etree.ParserError):
        return ""


def _day(entry: Any) -> str | None:
    found = entry.get("published_parsed") or entry.get("updated_parsed")
    return time.strftime("%Y-%m-%d", found) if found else None


def _time_to_live(feed: Any) -> float | None:
    """Seconds that a feed asks its readers to wait (RSS's ttl is in minutes)."""
    given = str(feed.get("ttl") or "")
    return min(float(given) * 60, 24 * 3600.0) if given.isdecimal() else None
