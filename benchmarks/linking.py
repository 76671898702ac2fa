"""The linking test: 86 happenings told in 313 short reports (tests/linking), coded, linked and compared with the gold.

    python benchmarks/linking.py [--coded FILE] [--rule] [--classifier NAME] [--errors] [--json]

Printed for the halves dev and test: the share of gold mentions that the coder found, B-cubed over the mentions (Bagga
and Baldwin 1998; a mention not found is alone) beside what perfect linking of the found ones would reach, accuracy of
status, precision and recall of contradictions and of origins. `--coded` keeps the coded reports in a file and reads
them from there the next time; `--rule` links by a rule of thumb instead (same type, same countries on both sides, same
month of publication) as a baseline. Errors are shown for dev only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec

from dragoman.records import CodedReport, Event, Report

HERE = Path(__file__).resolve().parent.parent / "tests" / "linking"
HALVES = ("dev", "test")
# The test's names for fields of which linking may have names of its own.
FIELDS = {
    "numbers": "toll",
    "number": "toll",
    "dead": "toll",
    "killed": "toll",
    "injured": "toll",
    "actor_countries": "actors",
    "recipient_countries": "recipients",
    "realis": "happened",
}
Key = tuple[str, str]  # a report and an event of it, or a happening and a report that tells it
Pair = tuple[str, str]


class Telling(msgspec.Struct, frozen=True):
    """A report that tells a happening, with the phrases that do."""

    report: str
    evidence: tuple[str, ...]


class Contradiction(msgspec.Struct, frozen=True):
    """A field of which the reports give values that cannot both be true."""

    field: str
    values: tuple[str, ...]


class Happening(msgspec.Struct, frozen=True, tag_field="kind", tag="happening"):
    """A row of gold.jsonl, as GUIDE.md describes it."""

    id: str
    type: str
    status: str
    split: str
    contradictions: tuple[Contradiction, ...]
    reports: tuple[Telling, ...]


class Origin(msgspec.Struct, frozen=True, tag_field="kind", tag="origin"):
    """A row of gold.jsonl: reports that carry one text, and reports that only quote it."""

    id: str
    split: str
    copies: tuple[str, ...]
    quoting: tuple[str, ...]


class Linked(msgspec.Struct, frozen=True):
    """What linking says: story by (report, event), status and contested fields by story, origin by report."""

    stories: dict[Key, str]
    status: dict[str, str]
    contested: dict[str, frozenset[str]]
    origins: dict[str, str]


def read_reports(path: Path = HERE / "reports.jsonl") -> list[Report]:
    """The reports in the order of the file."""
    return [msgspec.json.decode(line, type=Report) for line in path.read_bytes().splitlines()]


def read_gold(path: Path = HERE / "gold.jsonl") -> tuple[list[Happening], list[Origin]]:
    """Happenings and origins in the order of the file."""
    rows = [msgspec.json.decode(line, type=Happening | Origin) for line in path.read_bytes().splitlines()]
    return [r for r in rows if isinstance(r, Happening)], [r for r in rows if isinstance(r, Origin)]


def code(reports: Sequence[Report], classifier: str | None, kept: Path | None) -> list[CodedReport]:
    """The reports coded, or as an earlier run kept them in a file."""
    if kept is not None and kept.exists():
        return [msgspec.json.decode(line, type=CodedReport) for line in kept.read_bytes().splitlines()]
    from dragoman.coding.coder import Coder
    from dragoman.settings import Settings

    coded = list(Coder(Settings(classifier=classifier) if classifier else Settings()).pipe(reports))
    if kept is not None:
        kept.write_bytes(b"".join(msgspec.json.encode(item) + b"\n" for item in coded))
    return coded


def link(reports: Sequence[Report], coded: Sequence[CodedReport]) -> Linked:
    """The stories that the software makes of the coded reports, in a store of their own."""
    try:
        from dragoman.linking.run import link_store
    except ImportError:
        raise SystemExit("this version of Dragoman does not link; --rule gives the baseline") from None
    from dragoman.store import Store

    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store", create=True)
        store.load(coded, reports)
        link_store(store.folder)
        with Store.open(store.folder).connect() as connection:
            return read_linked(connection)


def read_linked(connection: Any) -> Linked:
    """The derived tables of a linked store."""

    def rows(query: str) -> list[Any]:
        return list(connection.execute(query).fetchall())

    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for story, field, value in rows("SELECT story_id, field, value FROM story_versions"):
        values[story, FIELDS.get(field, field)].add(value)
    contested: dict[str, set[str]] = defaultdict(set)
    for (story, field), found in values.items():
        if len(found) > 1:
            contested[story].add(field)
    return Linked(
        {
            (report, event): story
            for story, event, report in rows("SELECT story_id, event_id, report_id FROM story_events")
        },
        dict(rows("SELECT story_id, status FROM stories")),
        {story: frozenset(fields) for story, fields in contested.items()},
        dict(rows("SELECT report_id, origin_id FROM origins")),
    )


def link_by_rule(coded: Iterable[CodedReport]) -> Linked:
    """The baseline: one story for each type, pair of countries' lists and month; all reported, nothing contested."""
    stories = {}
    for report in coded:
        for event in report.events:
            sides = ["+".join(sorted({a.country or a.name for a in side})) for side in (event.actors, event.recipients)]
            stories[report.id, event.id] = "|".join([event.type, *sides, (report.published or "")[:7]])
    return Linked(stories, dict.fromkeys(stories.values(), "reported"), {}, {report.id: report.id for report in coded})


def overlap(event: Event, spans: Sequence[tuple[int, int]]) -> int:
    """Characters that an event's evidence shares with spans of the text."""
    return sum(max(0, min(e.end, end) - max(e.start, start)) for e in event.evidence for start, end in spans)


def find_event(happening: Happening, telling: Telling, text: str, events: Sequence[Event]) -> str | None:
    """Id of the coded event that stands for a mention: of its type before others, then with the greatest overlap."""
    spans = [(text.index(phrase), text.index(phrase) + len(phrase)) for phrase in telling.evidence]
    shared = [(event.type == happening.type, overlap(event, spans), event.id) for event in events]
    near = [found for found in shared if found[1]]
    return max(near, key=lambda found: (found[0], found[1]))[2] if near else None


def find_mentions(
    happenings: Iterable[Happening], reports: Sequence[Report], coded: Iterable[CodedReport]
) -> dict[Key, Key | None]:
    """By happening and telling report the event (report, id) that stands for it, None where the coder has none."""
    texts = {report.id: report.text for report in reports}
    events = {report.id: report.events for report in coded}
    found: dict[Key, Key | None] = {}
    for happening in happenings:
        for telling in happening.reports:
            report = telling.report
            event = find_event(happening, telling, texts[report], events.get(report, ()))
            found[happening.id, report] = (report, event) if event is not None else None
    return found


def b_cubed(gold: Mapping[Key, str], predicted: Mapping[Key, str]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 of clusters of the same items (Bagga and Baldwin 1998)."""
    both = Counter((gold[item], predicted[item]) for item in gold)
    sizes_gold, sizes_predicted = Counter(gold.values()), Counter(predicted[item] for item in gold)
    total = max(1, len(gold))
    precision = sum(n * n / sizes_predicted[p] for (_, p), n in both.items()) / total
    recall = sum(n * n / sizes_gold[g] for (g, _), n in both.items()) / total
    return precision, recall, f1(precision, recall)


def f1(precision: float, recall: float) -> float:
    """Harmonic mean."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def rates(gold: set[Any], predicted: set[Any]) -> dict[str, float]:
    """Precision and recall of a set; nothing predicted is a precision of 1, nothing to find a recall of 1."""
    right = len(gold & predicted)
    return {"P": right / len(predicted) if predicted else 1.0, "R": right / len(gold) if gold else 1.0}


def main_stories(happenings: Iterable[Happening], clusters: Mapping[Key, str | None]) -> dict[str, str | None]:
    """By happening the story that holds most of its mentions (the first by id among equals), None without any."""
    chosen: dict[str, str | None] = {}
    for happening in happenings:
        held = Counter(s for t in happening.reports if (s := clusters[happening.id, t.report]) is not None)
        chosen[happening.id] = min(held, key=lambda story: (-held[story], story)) if held else None
    return chosen


def pairs(groups: Iterable[Iterable[str]]) -> set[Pair]:
    """All pairs within groups, each in alphabetical order."""
    return {(a, b) for group in groups for a, b in combinations(sorted(group), 2)}


def score_origins(origins: Sequence[Origin], told: set[str], linked: Linked) -> dict[str, float]:
    """Copies found as pairs of reports of one half; pairs that rest on a quotation have a recall of their own."""
    groups: dict[str, list[str]] = defaultdict(list)
    for report in told:
        groups[linked.origins.get(report, report)].append(report)
    predicted = pairs(groups.values())
    copies = pairs(origin.copies for origin in origins)
    quoted = pairs((*origin.copies, *origin.quoting) for origin in origins) - copies
    return {**rates(copies, predicted - quoted), "R_quoting": rates(quoted, predicted)["R"]}


def score_half(
    happenings: Sequence[Happening], origins: Sequence[Origin], found: Mapping[Key, Key | None], linked: Linked
) -> dict[str, Any]:
    """All measures over the happenings and origins of one half."""
    keys = [(h.id, t.report) for h in happenings for t in h.reports]
    clusters = {key: linked.stories.get(event) if (event := found[key]) is not None else None for key in keys}
    alone = {key: story if (story := clusters[key]) is not None else f"alone {key}" for key in keys}
    precision, recall, both = b_cubed({key: key[0] for key in keys}, alone)
    perfect = {key: key[0] if found[key] is not None else f"alone {key}" for key in keys}
    main = main_stories(happenings, clusters)
    gold_fields = {(h.id, c.field) for h in happenings for c in h.contradictions}
    told_fields = {(h, field) for h, story in main.items() if story for field in linked.contested.get(story, ())}
    right = [h.id for h in happenings if (story := main[h.id]) and linked.status.get(story) == h.status]
    only_found = [key for key in keys if clusters[key] is not None]
    over_found = b_cubed({key: key[0] for key in only_found}, {key: alone[key] for key in only_found})
    return {
        "happenings": len(happenings),
        "mentions": len(keys),
        "found": sum(found[key] is not None for key in keys) / max(1, len(keys)),
        "b_cubed": {"P": precision, "R": recall, "F1": both},
        "b_cubed_over_found": over_found[2],
        "b_cubed_ceiling": b_cubed({key: key[0] for key in keys}, perfect)[2],
        "status": len(right) / max(1, len(happenings)),
        "contradictions": rates(gold_fields, told_fields),
        "origins": score_origins(origins, {report for _, report in keys}, linked),
    }


def score(
    happenings: Sequence[Happening], origins: Sequence[Origin], found: Mapping[Key, Key | None], linked: Linked
) -> dict[str, dict[str, Any]]:
    """The measures of each half."""
    return {
        half: score_half(
            [h for h in happenings if h.split == half], [o for o in origins if o.split == half], found, linked
        )
        for half in HALVES
    }


def show(half: str, row: Mapping[str, Any]) -> None:
    """Print the measures of a half."""
    print(f"{half}: {row['happenings']} happenings, {row['mentions']} mentions, found {row['found']:.3f}")
    print("  B-cubed         " + "  ".join(f"{name} {value:.3f}" for name, value in row["b_cubed"].items()), end="")
    print(f"  (F1 over the found {row['b_cubed_over_found']:.3f}, perfect linking {row['b_cubed_ceiling']:.3f})")
    print(f"  status          {row['status']:.3f}")
    for name in ("contradictions", "origins"):
        print(f"  {name:<16}" + "  ".join(f"{measure} {value:.3f}" for measure, value in row[name].items()))


def show_errors(happenings: Iterable[Happening], found: Mapping[Key, Key | None], linked: Linked) -> None:
    """Print for each happening of dev its stories, the mentions not found and what is wrong in its story."""
    dev = [h for h in happenings if h.split == "dev"]
    clusters = {
        (h.id, t.report): linked.stories.get(event) if (event := found[h.id, t.report]) is not None else None
        for h in dev
        for t in h.reports
    }
    main = main_stories(dev, clusters)
    for h in dev:
        story = main[h.id]
        print(f"{h.id} {h.type} {h.status} {sorted(c.field for c in h.contradictions)}")
        if story:
            print(f"    story {story}: {linked.status.get(story)} {sorted(linked.contested.get(story, ()))}")
        for telling in h.reports:
            cluster = clusters[h.id, telling.report]
            if cluster is None or cluster != story:
                print(f"    {telling.report} {cluster or 'not found'}: {' / '.join(telling.evidence)}")


def rounded(value: Any) -> Any:
    """A nested result with its floats to four places."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coded", type=Path, help="file that keeps the coded reports")
    parser.add_argument("--classifier", help="classifier of the coder; none: the table of predicates alone")
    parser.add_argument("--rule", action="store_true", help="link by the rule of thumb (the baseline)")
    parser.add_argument("--errors", action="store_true", help="show the errors of dev")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    reports, (happenings, origins) = read_reports(), read_gold()
    coded = code(reports, options.classifier, options.coded)
    if {item.id for item in coded} != {report.id for report in reports}:
        raise SystemExit(f"{options.coded} holds other reports than the test; remove it to code anew")
    linked = link_by_rule(coded) if options.rule else link(reports, coded)
    found = find_mentions(happenings, reports, coded)
    results = score(happenings, origins, found, linked)
    if options.json:
        print(json.dumps(rounded(results)))
        return 0
    for half in HALVES:
        show(half, results[half])
    if options.errors:
        show_errors(happenings, found, linked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
