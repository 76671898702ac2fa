"""Ids of reports: given ones, else a hash of the content that is the same on every machine; repeats within a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import blake2b
from typing import Any

import msgspec

from dragoman.records import Rejected, Report
from dragoman.sources.dates import normalise
from dragoman.sources.fields import label
from dragoman.sources.reasons import rejected

_ID_BYTES = 8


def content_id(text: str, title: str | None, published: str | None) -> str:
    """16 hexadecimal digits of BLAKE2b over text, title and date: the same report has the same id everywhere."""
    return _digest(text, title, published).hex()[: 2 * _ID_BYTES]


def report_from_text(text: str, *, today: date | None = None, **fields: Any) -> Report:
    """A report from a text and fields of `Report` by name; the id is made from the content where none is given.

    The date is brought to ISO 8601; one that is unreadable or in the future (seen from `today`, default: the clock) is
    left out with a warning on the report. Raises `TypeError` for a field that a report does not have.
    """
    given = {name: label(fields.pop(name, None)) for name in ("id", "title", "publisher", "url", "language", "source")}
    published, warning = normalise(fields.pop("published", None), today or date.today())
    warnings = (*fields.pop("warnings", ()), *([warning] if warning else []))
    if fields:
        raise TypeError(f"a report has no field {sorted(fields)[0]!r}; allowed: {', '.join(Report.__struct_fields__)}")
    given["id"] = given["id"] or content_id(text, given["title"], published)
    return Report(text=text, published=published, warnings=warnings, **given)  # type: ignore[arg-type]


class Register:
    """Remembers the reports of a run: sets exact repeats aside and tells apart different reports with one id."""

    def __init__(self) -> None:
        self._seen: dict[str, bytes] = {}

    def admit(self, report: Report, line: int | None = None) -> Report | Rejected:
        """The report, with another id where its own is taken by a different one; `Rejected` for an exact repeat.

        The new id is made of the old one and a hash of the report, so that it does not depend on how many came before.
        """
        digest = _digest(report.text, report.title, report.published, report.publisher, report.url)
        for name in _names(report.id, digest):
            known = self._seen.get(name)
            if known == digest:
                return rejected(report.source or "", "duplicate", f"the same report came earlier, with id {name}", line)
            if known is None:
                break
        self._seen[name] = digest
        if name == report.id:
            return report
        warning = f"id {report.id!r} stands on another report too: this one is {name!r}"
        return msgspec.structs.replace(report, id=name, warnings=(*report.warnings, warning))


def _names(given: str, digest: bytes) -> Iterator[str]:
    yield given
    for digits in range(6, 2 * len(digest) + 1):
        yield f"{given}-{digest.hex()[:digits]}"


def _digest(*parts: str | None) -> bytes:
    """BLAKE2b over parts that cannot run into each other; a missing part differs from an empty one."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = b"" if part is None else part.encode("utf-8", errors="surrogatepass")
        digest.update(b"-" if part is None else str(len(data)).encode("ascii") + b":")
        digest.update(data)
    return digest.digest()
