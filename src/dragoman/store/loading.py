"""One load of coded reports into a store: what is new, what replaces what, and what is set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec
import pyarrow.compute as pc

from dragoman.records import CodedReport, Rejected, Report
from dragoman.store import parts
from dragoman.store.manifest import Manifest, Segment
from dragoman.store.rows import arrow_table, arrow_tables, content_hash, fits_text, rejected_row, text_hash

REPORTS_A_SEGMENT = 2000
MOST_SEGMENTS = 32


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a load did, in reports; `rejected` are those set aside because their words are not in the text given."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejected: tuple[Rejected, ...] = ()


class _Known(msgspec.Struct, frozen=True):
    """What the store holds of a report."""

    content: str
    text: str | None
    segment: str


class Loading:
    """Collects coded reports into segments; `finish` gives the manifest that makes them current.

    Only for the holder of the store's lock. Memory: one batch of reports, and three short strings for each
    report in the store.
    """

    def __init__(self, folder: Path, manifest: Manifest, texts: Mapping[str, Report]) -> None:
        self._folder, self._manifest, self._texts = folder, manifest, texts
        self._segments: dict[str, Segment] = {segment.name: segment for segment in manifest.segments}
        self._known: dict[str, _Known] = {}
        for name in self._segments:
            table = parts.dataset(folder, [name], "reports").to_table(["report_id", "content_hash", "text_hash"])
            for row in table.to_pylist():
                self._known[row["report_id"]] = _Known(row["content_hash"], row["text_hash"], name)
        self._before = frozenset(self._known)
        self._stale: dict[str, set[str]] = {}
        self._batch: dict[str, CodedReport] = {}
        self._written = 0
        self._replaced: set[str] = set()
        self._added: set[str] = set()
        self._unchanged = 0
        self._rejected: list[Rejected] = []

    def add(self, coded: CodedReport) -> None:
        """Take one coded report; a later one with the same id replaces it."""
        given, known = self._texts.get(coded.id), self._known.get(coded.id)
        if given is not None and not fits_text(coded, given.text):
            detail = f"report {coded.id}: words of the record do not stand in the text at their offsets"
            self._rejected.append(Rejected(source=given.source or coded.id, reason="text-mismatch", detail=detail))
            return
        if coded.id not in self._batch and known is not None and self._same(coded, given, known):
            self._unchanged += 1
            return
        (self._replaced if coded.id in self._before else self._added).add(coded.id)
        self._batch[coded.id] = coded
        if len(self._batch) >= REPORTS_A_SEGMENT:
            self._write_batch()

    @staticmethod
    def _same(coded: CodedReport, given: Report | None, known: _Known) -> bool:
        return known.content == content_hash(coded) and (given is None or known.text == text_hash(given.text))

    def _kept_texts(self) -> dict[str, Report]:
        """Texts for the batch: those given now, else those that the store has, where the new record still fits them."""
        texts = {key: self._texts[key] for key in self._batch if key in self._texts}
        missing: dict[str, list[str]] = {}
        for key in self._batch:
            if key not in texts and key in self._known and self._known[key].text is not None:
                missing.setdefault(self._known[key].segment, []).append(key)
        for segment, keys in missing.items():
            rows = parts.dataset(self._folder, [segment], "reports").to_table(
                ["report_id", "text", "language"], filter=pc.field("report_id").isin(keys)
            )
            for row in rows.to_pylist():
                if fits_text(self._batch[row["report_id"]], row["text"]):
                    key = row["report_id"]
                    texts[key] = Report(id=key, text=row["text"], language=row["language"])
        return texts

    def _next_name(self) -> str:
        self._written += 1
        return f"s{self._manifest.version + 1:08d}-{self._written:04d}"

    def _write_batch(self) -> None:
        if not self._batch:
            return
        texts, name = self._kept_texts(), self._next_name()
        tables = arrow_tables(self._batch.values(), texts)
        self._segments[name] = parts.write_segment(self._folder, name, tables)
        for row in tables["reports"].select(["report_id", "content_hash", "text_hash"]).to_pylist():
            key = row["report_id"]
            if key in self._known:
                self._stale.setdefault(self._known[key].segment, set()).add(key)
            self._known[key] = _Known(row["content_hash"], row["text_hash"], name)
        self._batch = {}

    def _write_rejected(self, items: Iterable[Rejected]) -> None:
        rows = {row["rejected_id"]: row for row in map(rejected_row, items)}
        if not rows:
            return
        if self._segments:
            table = parts.dataset(self._folder, list(self._segments), "rejected").to_table(["rejected_id"])
            for key in table["rejected_id"].to_pylist():
                rows.pop(key, None)
        if rows:
            name = self._next_name()
            tables = {**arrow_tables(()), "rejected": arrow_table("rejected", rows.values())}
            self._segments[name] = parts.write_segment(self._folder, name, tables)

    def _drop_stale(self) -> None:
        for old, dropped in self._stale.items():
            self._replace([old], dropped)
        self._stale = {}

    def _merge_small(self) -> None:
        small = [segment.name for segment in self._segments.values() if segment.reports < REPORTS_A_SEGMENT]
        if len(self._segments) <= MOST_SEGMENTS or len(small) < 2:
            return
        self._replace(small, ())

    def _replace(self, old: list[str], dropped: Collection[str]) -> None:
        """Have one segment with what is kept of some old ones in their place."""
        name = self._next_name()
        kept = parts.copy_segments(self._folder, old, name, dropped)
        for segment in old:
            del self._segments[segment]
        if kept is not None:
            self._segments[name] = kept

    def finish(self, rejected: Iterable[Rejected]) -> tuple[Manifest, LoadResult]:
        """Write what is left; returns the manifest to publish (the old one where nothing changed) and the counts."""
        self._write_batch()
        self._drop_stale()
        self._write_rejected([*rejected, *self._rejected])
        self._merge_small()
        result = LoadResult(
            added=len(self._added),
            replaced=len(self._replaced),
            unchanged=self._unchanged,
            rejected=tuple(self._rejected),
        )
        segments = tuple(self._segments.values())
        if segments == self._manifest.segments:
            return self._manifest, result
        return self._manifest.followed_by(segments), result
