"""Turning points of a store's dyads, and how often the same test finds one in series without any order.

    python benchmarks/relations_changes.py STORE [--by week] [--top 10] [--shuffles 20] [--alpha 0.04] [--json]

For the false alarms the periods of every dyad's series are put in a random order (`--shuffles` times each, from a fixed
seed), so that nothing in them can be a turning point, and searched like the real ones; the share in which any turning
point is found must not be above 5 %.
"""

from __future__ import annotations

import argparse
import json

import msgspec
import numpy as np

from dragoman.relations.changes import FEWEST, dyad_turns, series_of_dyads, with_stories
from dragoman.relations.turning_points import ALPHA, signal, turning_points
from dragoman.store import Store


def false_alarms(store: str, by: str, times: int, alpha: float) -> tuple[int, int]:
    """Shuffled series searched, and those in which a turning point was found."""
    with Store.open(store).connect() as connection:
        _, read, dyads = series_of_dyads(connection, by)
    made = np.random.default_rng(11)
    searched = alarms = 0
    for dyad in dyads:
        if dyad.total < FEWEST:
            continue
        values = signal(dyad.cooperation, dyad.conflict, read)
        for _ in range(times):
            searched += 1
            alarms += bool(turning_points(values[made.permutation(len(values))], alpha=alpha, seed=searched))
    return searched, alarms


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store")
    parser.add_argument("--by", default="week", choices=("day", "week", "month"))
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--shuffles", type=int, default=20)
    parser.add_argument("--alpha", type=float, default=ALPHA)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with Store.open(options.store).connect() as connection:
        turns = dyad_turns(connection, options.by, alpha=options.alpha)
        told = with_stories(connection, turns[: options.top], options.by)
    searched, alarms = false_alarms(options.store, options.by, options.shuffles, options.alpha)
    rate = round(alarms / searched, 4) if searched else None
    if options.json:
        found = {"turning_points": len(turns), "top": msgspec.to_builtins(told)}
        print(json.dumps({**found, "shuffled": searched, "false_alarms": alarms, "rate": rate}, indent=1))
        return
    print(f"{len(turns)} turning points; the {len(told)} that move a level furthest:")
    for turn in told:
        levels = f"coop. {turn.cooperation_before:g} -> {turn.cooperation_after:g}, conf. {turn.conflict_before:g} -> "
        print(f"{turn.a}-{turn.b} {turn.period} {turn.direction}: {levels}{turn.conflict_after:g}, p {turn.p:g}")
        for line in turn.stories[:6]:
            print(f"      {line.day} {line.type} {line.mode or ''}: {line.words[:150]}")
    print(f"shuffled series: {searched}, with a turning point: {alarms} ({rate})")


if __name__ == "__main__":
    main()
