"""Web archives (WARC, plain or gzipped): the HTML pages in them, one report each, read as a stream with fastwarc."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from dragoman.records import Rejected
from dragoman.sources.draft import Draft, Drafts, Opened
from dragoman.sources.language import detect, language_code, language_name
from dragoman.sources.pages import page_draft
from dragoman.sources.reasons import SetAside, rejected

_HTML_TYPES = ("text/html", "application/xhtml+xml")
# For a first look at the language: what stands between the tags of the first part of a page.
_LOOK_BYTES = 60_000
_NO_TEXT = re.compile(rb"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.IGNORECASE | re.DOTALL)
_DECLARED = re.compile(rb"<html[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z-]{2,12})", re.IGNORECASE)


def read_warc(opened: Opened) -> Drafts:
    """A report a page that was delivered as HTML (records ``response`` and ``resource``).

    Errors, redirects, other kinds of file, pages without an article and pages in other languages are set aside, each by
    its reason; requests, metadata and the like are passed over. The date of a report is the one in the page; the day
    of the crawl is no date of publication.
    """
    number = 0
    for number, record in enumerate(_records(opened), start=1):
        source = f"{opened.source}#{number}"
        try:
            yield _draft(record, source, opened)
        except SetAside as problem:
            yield _with_address(problem, record, source)
    if not number:
        raise SetAside("empty", "the archive holds no web pages")


def _records(opened: Opened) -> Iterator[Any]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.resource
    yield from ArchiveIterator(_InSteps(opened.stream), record_types=kinds, auto_decode="all", quirks_mode=True)


class _InSteps:
    """A buffered stream that hands out what there is rather than wait for all that is asked for.

    Where an archive breaks off, the records before are read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.read: Callable[..., bytes] = getattr(stream, "read1", stream.read)
        self.seek, self.tell, self.close = stream.seek, stream.tell, stream.close
        self.seekable, self.readable = stream.seekable, stream.readable


def _with_address(problem: SetAside, record: Any, source: str) -> Rejected:
    address = record.headers.get("WARC-Target-URI") or "no address"
    return rejected(source, problem.reason, f"{problem.detail} ({address[:120]})")


def _draft(record: Any, source: str, opened: Opened) -> Draft:
    data = _html(record, opened.limits.text_bytes)
    _check_language(data, opened.languages)
    draft = page_draft(data, source, record.http_charset if record.is_http_parsed else None)
    address = record.headers.get("WARC-Target-URI")
    if address and not draft.values.get("url"):
        draft = Draft({**draft.values, "url": address}, source, warnings=draft.warnings)
    return draft


def _html(record: Any, limit: int) -> bytes:
    """The page; raises `SetAside` where the server sent none, or something else."""
    if record.is_http_parsed:
        status = record.http_headers.status_code
        kind = record.http_content_type or "text/html"
        if status != 200:
            raise SetAside("not-delivered", f"the server answered {status}")
    else:
        kind = (record.headers.get("Content-Type") or "").split(";")[0].strip().lower()
    if kind not in _HTML_TYPES:
        raise SetAside("not-a-page", f"the record holds {kind or 'something of no known type'}")
    try:
        data: bytes = record.reader.read(limit + 1)
    except OSError as error:
        raise SetAside("unreadable", f"the record is damaged: {error}") from error
    if len(data) > limit:
        raise SetAside("too-long", f"more than {limit} bytes in one page")
    if not data.strip():
        raise SetAside("empty", "the page is empty")
    return data


def _check_language(data: bytes, allowed: tuple[str, ...]) -> None:
    """Set aside what declares another language and reads as it, before the costly search for the article.

    All others are judged by their article alone: menus tell little.
    """
    declared = _DECLARED.search(data[:5000])
    code = language_code(declared.group(1).decode("ascii")) if declared else None
    if not allowed or code is None or code in allowed:
        return
    look = _NO_TEXT.sub(b" ", data[:_LOOK_BYTES]).decode("utf-8", errors="ignore")
    if detect(" ".join(look.split())) == code:
        names = ", ".join(map(language_name, allowed))
        raise SetAside("language", f"the page is in {language_name(code)} ({code}); coded: {names}")
