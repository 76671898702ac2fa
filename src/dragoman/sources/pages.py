"""Files that hold one report: plain text, Markdown (taken as it stands) and HTML pages."""

from __future__ import annotations

import re
from typing import Any

from dragoman.sources.draft import Draft, Drafts, Opened
from dragoman.sources.encoding import decode
from dragoman.sources.reasons import SetAside

# The end of a sentence, with three words before it; menus and lists of links have none. Bounded, as lines may be huge.
_SENTENCE = re.compile(r"(?:\S{1,60}\s{1,5}){3}\S{0,60}[.!?…。؟](?:[\"'”’»)\]]|\s|$)")
# Only dates in the page's metadata, address and markup: a date guessed from the copyright line is worse than none.
_DATE_PARAMETERS = {
    "original_date": True,
    "extensive_search": False,
    "max_date": "2199-12-31",
    "min_date": "1900-01-01",
}


def read_text(opened: Opened) -> Drafts:
    """One report from a text file, every character as it stands in the file."""
    text, warning = decode(_whole(opened))
    yield Draft({"text": text}, opened.source, warnings=(warning,) if warning else ())


def read_html(opened: Opened) -> Drafts:
    """One report from a page: its article text, title, site, address, language and original date of publication.

    The text is trafilatura's; offsets are into that text. Raises `SetAside` (no-article) where there is none.
    """
    yield page_draft(_whole(opened), opened.source)


def page_draft(data: bytes, source: str, encoding: str | None = None) -> Draft:
    """The draft of one page, `encoding` being what its server said; raises `SetAside` where there is no article."""
    page, warning = _decoded(data, encoding)
    if not page.strip():
        raise SetAside("empty", "the file holds no text")
    found = _extract(page)
    text = getattr(found, "text", None)
    if not text or not any(map(_SENTENCE.search, text.splitlines())):
        raise SetAside("no-article", "the page holds no article text")
    values = {
        "text": text,
        "title": found.title,
        "published": found.date,
        "publisher": found.sitename or found.hostname,
        "url": found.url,
        "language": found.language or _declared_language(page),
    }
    return Draft(values, source, warnings=(warning,) if warning else ())


def _decoded(data: bytes, encoding: str | None) -> tuple[str, str | None]:
    """By the page's own signs, unless it is not UTF-8 and the server named an encoding in which it reads."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if encoding:
            try:
                return data.decode(encoding), None
            except (UnicodeDecodeError, LookupError):
                pass
    return decode(data, html=True)


def _whole(opened: Opened) -> bytes:
    data = opened.stream.read(opened.limits.text_bytes + 1)
    if len(data) > opened.limits.text_bytes:
        raise SetAside("too-long", f"more than {opened.limits.text_bytes} bytes in one report")
    if not data:
        raise SetAside("empty", "the file is empty")
    return data


def _extract(page: str) -> Any:
    import logging

    from trafilatura import bare_extraction

    for name in ("trafilatura", "htmldate"):  # they log what they do not like in a page; our answer is the Rejected
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return bare_extraction(
            page,
            with_metadata=True,
            include_comments=False,
            include_tables=False,
            date_extraction_params=dict(_DATE_PARAMETERS),
        )
    except Exception as error:  # hostile markup breaks parsers in many ways; the page alone is lost
        raise SetAside("no-article", f"the page cannot be parsed: {type(error).__name__}: {error}") from error


def _declared_language(page: str) -> str | None:
    found = re.search(r"<html[^>]{0,300}?\blang\s*=\s*[\"']?([A-Za-z-]{2,12})", page[:5000], re.IGNORECASE)
    return found.group(1) if found else None
