"""Why a report is set aside: the codes of `Rejected.reason` and what they mean (``reasons.tsv``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dragoman.records import Rejected
from dragoman.tables import package_file, read_table


def _load() -> Mapping[str, str]:
    rows = read_table(package_file("sources", "reasons.tsv"), ["code", "meaning"])
    return MappingProxyType({row["code"]: row["meaning"] for row in rows})


REASONS: Mapping[str, str] = _load()


class SetAside(Exception):  # noqa: N818  (not an error: it carries one reading's outcome up to where a Rejected is made)
    """Raised inside reading where a report cannot be used; becomes a `Rejected` and never leaves `dragoman.sources`."""

    def __init__(self, reason: str, detail: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.line = reason, detail, line


def rejected(source: str, reason: str, detail: str, line: int | None = None) -> Rejected:
    """A `Rejected` whose detail is one line of at most 300 characters."""
    one_line = " ".join(detail.split())
    return Rejected(source=source, reason=reason, detail=one_line[:300], line=line)
