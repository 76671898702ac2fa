"""Linking a store: origins, stories, statuses and contradictions, made anew only where new reports touch them.

A run reads what the last one left (``link_state``, ``linked_reports``), compares the events of new or changed reports with
all others, and makes anew the sets of events that hang together with them. Everything becomes visible in one step at the
end of a round, so that a run that is interrupted has done nothing, or whole rounds; the next one goes on from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from dragoman.linking.agencies import agency_of
from dragoman.linking.blocks import Spread
from dragoman.linking.compare import Comparison, Located, Ruling, compare
from dragoman.linking.group_blocks import Features, groups_by_block
from dragoman.linking.grouping import Group, groups, join_features
from dragoman.linking.origins import WINDOW, Carried, Copy, Origin, find_copies, group_origins
from dragoman.linking.story_fields import Row, story_rows
from dragoman.linking.story_ids import assign, followed
from dragoman.linking.telling_origins import own_origin, quoting_origins, telling_origins
from dragoman.linking.tellings import Key
from dragoman.store.manifest import read_manifest, remove_unnamed_parts, writer_lock
from dragoman.store.rows import arrow_table
from dragoman.store.schema import DERIVED
from dragoman.store.store import Store
from dragoman.tables import package_file

REPORTS_A_ROUND = 50_000
# What stories rest on besides the reports: when one of these changes, all is linked anew.
_DATA = (
    "repeating_types.tsv",
    "story_weights.tsv", "type_families.tsv", "status_rules.tsv", "word_counts.tsv", "toll_words.tsv", "agencies.tsv",
    "official_words.tsv",
)  # fmt: skip
RULES_VERSION = "2"
_STORY_TABLES = ("stories", "story_events", "story_actors", "story_history", "story_versions", "story_joins")
Step = Callable[[str], None]


class LinkResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a link did. `reports` were new or changed, `events` were compared anew; the rest counts the whole store."""

    reports: int = 0
    events: int = 0
    stories: int = 0
    linked: int = 0
    origins: int = 0
    contested: int = 0


class _Report(msgspec.Struct, frozen=True):
    report_id: str
    digest: str
    published: int | None
    publisher: str | None


@cache
def rules_digest() -> str:
    """A hash of everything that stories rest on besides the reports."""
    parts = [package_file("linking", name).read_bytes() for name in _DATA]
    return hashlib.blake2b(b"\0".join([RULES_VERSION.encode(), *parts]), digest_size=8).hexdigest()


def _hash(*parts: str | None) -> str:
    words = "\x1f".join(part or "" for part in parts)
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _rulings(connection: duckdb.DuckDBPyConnection) -> list[Ruling]:
    """The rulings that hold: the last on each pair, less those withdrawn, the newest first."""
    last: dict[tuple[Key, Key], str] = {}
    rows = connection.execute("SELECT report_a, event_a, report_b, event_b, verdict FROM rulings").fetchall()
    for report_a, event_a, report_b, event_b, verdict in rows:
        one, other = sorted(((report_a, event_a), (report_b, event_b)))
        last.pop((one, other), None)
        last[one, other] = verdict
    return [(one, other, verdict) for (one, other), verdict in reversed(last.items()) if verdict != "withdrawn"]


def _own(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """SQL that leaves out the records of other coders."""
    return "coder IS NULL" if "coder" in connection.table(table).columns else "true"


def _reports(connection: duckdb.DuckDBPyConnection, rulings: Sequence[Ruling]) -> dict[str, _Report]:
    said: dict[str, list[str]] = {}
    for one, other, verdict in rulings:
        for report in {one[0], other[0]}:
            said.setdefault(report, []).append(repr((one, other, verdict)))
    rows = connection.execute(
        "SELECT report_id, content_hash, text_hash, published_start - DATE '1970-01-01', publisher FROM reports "
        f"WHERE {_own(connection, 'reports')} ORDER BY report_id"
    ).fetchall()
    rules = rules_digest()
    return {
        key: _Report(key, _hash(rules, content, text, *sorted(said.get(key, ()))), day, publisher)
        for key, content, text, day, publisher in rows
    }


class _Before(msgspec.Struct, frozen=True):
    """What the last run left."""

    digests: dict[str, str]
    origins: dict[str, Origin]
    clusters: dict[Key, str]
    stories: dict[Key, str]
    redirects: list[tuple[str, str, str]]

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> _Before:
        def rows(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        origins = connection.table("origins").to_arrow_table().to_pylist()
        return cls(
            dict(rows("SELECT report_id, digest FROM linked_reports")),
            {row["report_id"]: Origin(**row) for row in origins},
            {(r, e): c for r, e, c in rows("SELECT report_id, event_id, cluster FROM link_state")},
            {(r, e): s for r, e, s in rows("SELECT report_id, event_id, story_id FROM story_events")},
            rows("SELECT old_id, new_id, reason FROM story_redirects"),
        )


class _Round:
    """One round: some new or changed reports, linked with what is there."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, full: bool, most: int, step: Step, spread: Spread | None
    ) -> None:
        self.connection, self.step, self.spread = connection, step, spread
        self.rulings = _rulings(connection)
        everything = _reports(connection, self.rulings)
        self.before = _Before.read(connection)
        done = {} if full else self.before.digests
        new = [key for key, report in everything.items() if done.get(key) != report.digest]
        self.left = max(0, len(new) - most)
        self.fresh = set(new[:most])
        later = set(new[most:])
        self.reports = {key: report for key, report in everything.items() if key not in later}
        self.gone = {key for key in self.before.digests if key not in self.reports}

    @property
    def idle(self) -> bool:
        return not self.fresh and not self.gone

    def origins(self) -> dict[str, Origin]:
        """The origin of every report; texts are compared where a report is new, or a group of copies lost one."""
        old = self.before.origins
        broken = {old[key].first_report_id for key in (*self.fresh, *self.gone) if key in old}
        again = {key for key, origin in old.items() if origin.first_report_id in broken and key in self.reports}
        again |= self.fresh
        kept = [
            Copy(key, origin.first_report_id, origin.similarity or 0.0)
            for key, origin in old.items()
            if key in self.reports and origin.first_report_id not in broken and origin.relation == "copy"
        ]
        agencies = {
            key: origin.agency for key, origin in old.items() if key in self.reports and origin.relation != "quotes"
        }
        self.step(f"comparing the texts of {len(again)} reports with those around them")
        found = [*kept, *find_copies(_noting_agencies(_texts(self.connection, self.reports, again), agencies), again)]
        return group_origins({key: (r.published, agencies.get(key)) for key, r in self.reports.items()}, found)

    def events(self, origins: Mapping[str, Origin]) -> list[Located]:
        sizes: dict[str, int] = {}
        for origin in origins.values():
            sizes[origin.origin_id] = sizes.get(origin.origin_id, 0) + 1
        rows = self.connection.execute(
            f"SELECT report_id, event_id FROM events WHERE {_own(self.connection, 'events')} ORDER BY report_id, position"
        ).fetchall()
        return [
            Located(report, event, origins[report].origin_id, sizes[origins[report].origin_id] > 1)
            for report, event in rows
            if report in self.reports
        ]

    def touched(self, events: Sequence[Located], origins: Mapping[str, Origin]) -> set[Key]:
        """Events to compare with all others: of new reports, of reports with another origin, of sets that lost an event."""
        old = self.before
        moved = {
            key
            for key, origin in origins.items()
            if key in old.origins and own_origin(old.origins[key]) != origin.origin_id
        }
        present = {event.key for event in events}
        redo = self.fresh | moved
        hurt = {old.clusters[key] for key in old.clusters if key not in present or key[0] in redo}
        return {
            e.key for e in events if e.report_id in redo or old.clusters.get(e.key) in hurt or e.key not in old.clusters
        }


_TEXTS = """
WITH near AS (
    SELECT report_id, text, published_start FROM reports
    WHERE published_start IS NULL OR published_start - DATE '1970-01-01' BETWEEN $low AND $high
), told AS (
    SELECT v.report_id, string_agg(v.text, ' . ' ORDER BY v.event_id, v.position) AS words
    FROM evidence AS v SEMI JOIN (SELECT report_id FROM near WHERE text IS NULL) USING (report_id) GROUP BY v.report_id
)
SELECT n.report_id, coalesce(n.text, t.words) FROM near AS n LEFT JOIN told AS t USING (report_id)
WHERE coalesce(n.text, t.words) IS NOT NULL ORDER BY n.published_start NULLS FIRST, n.report_id
"""


def _texts(
    connection: duckdb.DuckDBPyConnection, reports: Mapping[str, _Report], fresh: Iterable[str]
) -> Iterable[Carried]:
    """The texts to compare: of the fresh reports and of those published in the days around them; else the evidence."""
    days = [reports[key].published for key in fresh]
    if not days:
        return
    dated = [day for day in days if day is not None]
    low, high = (min(dated) - WINDOW, max(dated) + WINDOW) if len(dated) == len(days) else (-(10**7), 10**7)
    cursor = connection.execute(_TEXTS, {"low": low, "high": high})
    while rows := cursor.fetchmany(2000):
        for key, text in rows:
            if key in reports:
                yield Carried(
                    report_id=key, published=reports[key].published, publisher=reports[key].publisher, text=text
                )


def _noting_agencies(texts: Iterable[Carried], agencies: dict[str, str | None]) -> Iterator[Carried]:
    """The texts as they come, with the agency behind each entered on the way."""
    for text in texts:
        agencies[text.report_id] = agency_of(text.publisher, text.text)
        yield text


def _compared(work: _Round, events: Sequence[Located], touched: set[Key]) -> tuple[Comparison, set[Key]]:
    """The comparison of everything that has to be made anew, and which events that is."""
    work.step(f"comparing {len(touched)} events with {len(events)}")
    first = compare(work.connection, events, touched, work.rulings, spread=work.spread)
    clusters = work.before.clusters
    hit: set[str] = set()
    likely = first.likely
    for a, b in zip(first.left[likely].tolist(), first.right[likely].tolist(), strict=True):
        for place in (a, b):
            key = first.tellings[place].key
            if key not in touched:
                hit.add(clusters[key])
    if not hit:
        return first, touched
    again = touched | {key for key, name in clusters.items() if name in hit}
    work.step(f"comparing {len(again)} events that these touch")
    known = {t.key: t for t in first.tellings}
    return compare(work.connection, events, again, work.rulings, known, work.spread), again


def _story_tables(
    comparison: Comparison,
    found: Sequence[Group],
    features: Iterator[Features],
    ids: Sequence[str],
) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {name: [] for name in (*_STORY_TABLES, "link_state")}
    for group, story_id in zip(found, ids, strict=True):
        tellings = [comparison.tellings[n] for n in group.items]
        behind = telling_origins(tellings)
        made, _ = story_rows(story_id, tellings, behind)
        for name, listed in made.items():
            rows[name] += listed
        for joined, values in zip(group.joins, features, strict=False):
            one, other = comparison.tellings[joined.one], comparison.tellings[joined.other]
            rows["story_joins"].append(
                {
                    "story_id": story_id,
                    "event_a": one.event_id,
                    "report_a": one.report_id,
                    "event_b": other.event_id,
                    "report_b": other.report_id,
                    "joined": joined.joined,
                    "score": round(joined.score, 4),
                    "features": msgspec.json.encode(values).decode(),
                }
            )
        rows["link_state"] += [
            {"report_id": t.report_id, "event_id": t.event_id, "cluster": group.cluster} for t in tellings
        ]
    return rows


def _kept(connection: duckdb.DuckDBPyConnection, redone: set[Key], gone: set[str]) -> dict[str, pa.Table]:
    """The rows of the last run that stay."""
    old = {name: connection.table(name).to_arrow_table() for name in (*_STORY_TABLES, "link_state")}
    state, told = old["link_state"], old["story_events"]

    def marked(table: pa.Table) -> pa.Array:
        keys = zip(table["report_id"].to_pylist(), table["event_id"].to_pylist(), strict=True)
        return pa.array([key in redone or key[0] in gone for key in keys], pa.bool_())

    affected = pc.unique(told.filter(marked(told))["story_id"]) if told.num_rows else pa.array([], pa.string())
    kept = {name: old[name].filter(pc.invert(pc.is_in(old[name]["story_id"], affected))) for name in _STORY_TABLES}
    kept["link_state"] = state.filter(pc.invert(marked(state))) if state.num_rows else state
    return kept


def _grouped(
    comparison: Comparison, wanted: Sequence[int], spread: Spread | None
) -> tuple[list[Group], Iterator[Features]]:
    """The stories to be, and the features of all their joins."""
    if spread is None:
        found = list(groups(comparison, wanted))
        return found, join_features(comparison, [joined for group in found for joined in group.joins])
    both = list(groups_by_block(comparison, wanted, spread))
    return [group for group, _ in both], (values for _, features in both for values in features)


def _linked(work: _Round) -> tuple[dict[str, pa.Table], int]:
    """The derived tables after a round, and how many events were linked anew."""
    origins = work.origins()
    events = work.events(origins)
    touched = work.touched(events, origins)
    comparison, redone = _compared(work, events, touched)
    wanted = [n for n, telling in enumerate(comparison.tellings) if telling.key in redone]
    work.step(f"grouping {len(wanted)} events")
    found, features = _grouped(comparison, wanted, work.spread)
    used = frozenset({*work.before.stories.values(), *(old for old, _, _ in work.before.redirects)})
    ids, lost = assign([[comparison.tellings[n] for n in g.items] for g in found], work.before.stories, used)
    work.step(f"writing {len(found)} stories")
    rows = _story_tables(comparison, found, features, ids)
    kept = _kept(work.connection, redone, work.gone | work.fresh)
    tables = {name: _joined(kept[name], name, listed) for name, listed in rows.items()}
    told = quoting_origins(origins, comparison.tellings, tables["story_events"], work.before.origins)
    tables["origins"] = arrow_table("origins", (msgspec.structs.asdict(told[key]) for key in sorted(told)))
    redirects = followed(work.before.redirects, lost)
    tables["story_redirects"] = arrow_table(
        "story_redirects", ({"old_id": old, "new_id": new, "reason": reason} for old, new, reason in redirects)
    )
    digests = ({"report_id": key, "digest": report.digest} for key, report in work.reports.items())
    tables["linked_reports"] = arrow_table("linked_reports", digests)
    return tables, len(redone)


_ORDER = {
    "stories": ("story_id",),
    "story_events": ("story_id", "report_id", "event_id"),
    "story_actors": ("story_id", "role", "position"),
    "story_history": ("story_id", "position"),
    "story_versions": ("story_id", "field", "position"),
    "story_joins": ("story_id", "joined", "score", "report_a", "event_a", "report_b", "event_b"),
    "link_state": ("report_id", "event_id"),
}


def _joined(kept: pa.Table, name: str, rows: Sequence[Row]) -> pa.Table:
    """Old and new rows in an order of their own, whatever the order in which reports came."""
    made = arrow_table(name, rows)
    table = pa.concat_tables([kept.cast(made.schema), made])
    down = {"joined", "score"}
    return table.sort_by([(column, "descending" if column in down else "ascending") for column in _ORDER[name]])


def _result(store: Store, reports: int, events: int) -> LinkResult:
    with store.connect() as connection:
        [(stories, linked, contested)] = connection.execute(
            "SELECT count(*), count(*) FILTER (event_count > 1), count(*) FILTER (len(contested) > 0) FROM stories"
        ).fetchall()
        [(origins,)] = connection.execute("SELECT count(DISTINCT origin_id) FROM origins").fetchall()
    return LinkResult(
        reports=reports, events=events, stories=stories, linked=linked, origins=origins, contested=contested
    )


def link_store(
    store: Store | Path,
    *,
    full: bool = False,
    reports_a_round: int = REPORTS_A_ROUND,
    step: Step | None = None,
    spread: Spread | None = None,
) -> LinkResult:
    """Link the events of a store (or of the one in a folder) into stories.

    With `full` all is made anew, else only what new reports and rulings touch. Ids of stories are kept in either case.
    `step` is told what is being done, in words for a person. With a `spread`, tellings, scores and groups are worked out
    block by block wherever it runs them; the stories are the same. Raises `StoreError` where another process is writing.
    """
    tell = step or (lambda words: None)
    reports = events = 0
    store = store if isinstance(store, Store) else Store.open(store)
    with writer_lock(store.folder):
        while True:
            manifest = read_manifest(store.folder)
            remove_unnamed_parts(store.folder, manifest)
            with store.connect_to(manifest) as connection:
                work = _Round(connection, full, reports_a_round, tell, spread)
                if work.idle and manifest.derived is not None:
                    break
                tables, redone = _linked(work)
            store.replace_derived(manifest, {name: tables[name] for name in DERIVED})
            reports += len(work.fresh)
            events += redone
            full = False
            if not work.left:
                break
    return _result(store, reports, events)
