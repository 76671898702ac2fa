"""Precision of joins on open news, judged blind: draw pairs that linking put together, show them, count the verdicts.

    python benchmarks/link_precision.py draw REPORTS CODED SHEET [--bias 0,1,2] [--pairs 200] [--seed 1]
    python benchmarks/link_precision.py show SHEET REPORTS CODED [--from N] [--to N]
    python benchmarks/link_precision.py score [SHEET]
    python benchmarks/link_precision.py again SHEET REPORTS CODED

REPORTS and CODED are JSON Lines: reports and their coded events. `draw` links them once for each bias (added to the weight
of that name), takes for each event that shares a story one other event of it by chance, and draws evenly from the pairs
that are together from each bias on, shuffled. `show` prints both reports without saying which bias joined them. The sheet
holds ids, offsets and verdicts (same, different, unclear), no texts. `score` prints precision at each bias: the shares of
its strata weighted by their sizes, unclear ones counted as wrong, with a 95 % interval (normal, over strata). `again` links
the reports as linking is now and counts the verdicts of the judged pairs that are in one story.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent))
import linking

from dragoman.linking.story_features import story_weights
from dragoman.records import CodedReport, Event, Report
from dragoman.tables import read_table

SHEET = Path(__file__).resolve().parent / "link_precision.tsv"
COLUMNS = (
    "sample",
    "pair",
    "report_a",
    "event_a",
    "start_a",
    "report_b",
    "event_b",
    "start_b",
    "from",
    "of",
    "verdict",
)
VERDICTS = ("same", "different", "unclear", "")
Key = tuple[str, str]
Pair = tuple[Key, Key]
SHOWN = 480


def read(path: Path, kind: type) -> list:
    """The records of a JSON Lines file."""
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines()]


def pairs_at(bias: float, reports: Sequence[Report], coded: Sequence[CodedReport], seed: int) -> set[Pair]:
    """For each event that shares a story with others, itself and one of these, when this is added to the bias."""
    weights = story_weights()
    weights[0] += bias
    try:
        stories = linking.link(reports, coded).stories
    finally:
        weights[0] -= bias
    members: dict[str, list[Key]] = defaultdict(list)
    for key in sorted(stories):
        members[stories[key]].append(key)
    rng, found = random.Random(seed), set[Pair]()
    for group in sorted(members.values()):
        for key in group if len(group) > 1 else ():
            one, other = sorted((key, rng.choice([k for k in group if k != key])))
            found.add((one, other))
    print(f"bias {bias:+}: {len(stories)} events, {len(members)} stories, {len(found)} pairs")
    return found


def drawn(found: Mapping[float, set[Pair]], count: int, seed: int) -> list[tuple[Pair, float, int]]:
    """Pairs, evenly from those that are first together at each bias, with that bias and how many there are; shuffled."""
    rng, before, chosen = random.Random(seed), set[Pair](), list[tuple[Pair, float, int]]()
    for number, bias in enumerate(sorted(found)):
        pool = sorted(found[bias] - before)
        before |= found[bias]
        wanted = (count - len(chosen)) // (len(found) - number)
        chosen += [(pair, bias, len(pool)) for pair in rng.sample(pool, min(wanted, len(pool)))]
    rng.shuffle(chosen)
    return chosen


def draw(given: argparse.Namespace) -> None:
    """The command `draw`."""
    reports, coded = read(given.reports, Report), read(given.coded, CodedReport)
    events = {(report.id, event.id): event for report in coded for event in report.events}
    found = {bias: pairs_at(bias, reports, coded, given.seed) for bias in map(float, given.bias.split(","))}
    rows = ["\t".join(COLUMNS)]
    for number, ((one, other), bias, size) in enumerate(drawn(found, given.pairs, given.seed), 1):
        cells = [cell for key in (one, other) for cell in (*key, str(_start(events[key])))]
        rows.append("\t".join([str(given.seed), str(number), *cells, str(bias), str(size), ""]))
    given.sheet.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _start(event: Event) -> int:
    return min(span.start for span in event.evidence)


def _sides(sides: Sequence) -> str:
    return ", ".join(party.name or party.text for party in sides)


def show(given: argparse.Namespace) -> None:
    """The command `show`."""
    reports = {report.id: report for report in read(given.reports, Report)}
    events = {(report.id, event.id): event for report in read(given.coded, CodedReport) for event in report.events}
    for row in read_table(given.sheet, COLUMNS):
        if not given.first <= int(row["pair"]) <= given.last:
            continue
        print(f"\n### {row['pair']}")
        for side in ("a", "b"):
            report, event = reports[row[f"report_{side}"]], events[row[f"report_{side}"], row[f"event_{side}"]]
            at = _start(event)
            words = report.text[max(0, at - SHOWN // 2) : at] + ">>" + report.text[at : at + SHOWN // 2]
            print(f"{side}: {report.published} {report.publisher} [{report.title or ''}]")
            day, place = event.date.value if event.date else "no date", event.place.name if event.place else "no place"
            print(f"   {event.type} {event.mode or ''} {event.realis} {day}, {place}: "
                  f"{_sides(event.actors)} > {_sides(event.recipients)}; "
                  f"'{' / '.join(span.text for span in event.evidence)[:160]}'")  # fmt: skip
            print("   " + " ".join(words.split()))


def score(given: argparse.Namespace) -> None:
    """The command `score`."""
    strata: dict[str, dict[float, list[bool]]] = defaultdict(lambda: defaultdict(list))
    sizes: dict[tuple[str, float], int] = {}
    for row in read_table(given.sheet, COLUMNS):
        if row.one_of("verdict", VERDICTS):
            strata[row["sample"]][float(row["from"])].append(row["verdict"] == "same")
            sizes[row["sample"], float(row["from"])] = int(row["of"])
    print("sample  bias   judged   same   precision of what it adds   precision at it")
    for sample, found in strata.items():
        total = right = spread = 0.0
        for bias in sorted(found):
            share, size, judged = sum(found[bias]) / len(found[bias]), sizes[sample, bias], len(found[bias])
            total, right = total + size, right + size * share
            spread += size**2 * share * (1 - share) / judged
            print(f"{sample:<6} {bias:+.1f} {judged:8} {sum(found[bias]):6} {share:10.3f} of {size:5}"
                  f"{right / total:20.3f} +- {1.96 * spread**0.5 / total:.3f}")  # fmt: skip


def again(given: argparse.Namespace) -> None:
    """The command `again`."""
    stories = linking.link(read(given.reports, Report), read(given.coded, CodedReport)).stories
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in read_table(given.sheet, COLUMNS):
        one, other = ((row[f"report_{side}"], row[f"event_{side}"]) for side in ("a", "b"))
        if one in stories and stories[one] == stories.get(other):
            counts[row["sample"]][row["verdict"]] += 1
    for sample, found in counts.items():
        print(f"sample {sample}: {found.total()} judged pairs in one story, " + str(dict(sorted(found.items()))))


def main() -> None:
    """The commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    drawing, showing, scoring, counting = (commands.add_parser(name) for name in ("draw", "show", "score", "again"))
    for name in ("reports", "coded", "sheet"):
        drawing.add_argument(name, type=Path)
    drawing.add_argument("--bias", default="0,1,2")
    drawing.add_argument("--pairs", type=int, default=200)
    drawing.add_argument("--seed", type=int, default=1)
    for name in ("sheet", "reports", "coded"):
        showing.add_argument(name, type=Path)
        counting.add_argument(name, type=Path)
    showing.add_argument("--from", type=int, default=1, dest="first")
    showing.add_argument("--to", type=int, default=10**6, dest="last")
    scoring.add_argument("sheet", type=Path, nargs="?", default=SHEET)
    for command, act in ((drawing, draw), (showing, show), (scoring, score), (counting, again)):
        command.set_defaults(act=act)
    given = parser.parse_args()
    given.act(given)


if __name__ == "__main__":
    main()
