"""How long relations take on a made store: all dyad-month tables, and the network of a year.

    python benchmarks/relations_scale.py [--events 1000000] [--runs 1] [--json]

Makes, in memory and from a fixed seed, reports, events and their parties of ten years between 193 states (a few of them
in most of the news, as in life), once as a store that is linked (stories of one to several events) and once as one that
is not. Prints seconds a query; bounds: 10 s for the dyad-month tables of a million events, 5 s for a year's network.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa

from dragoman.lexicon.countries import countries
from dragoman.ontology.ontology import load_ontology
from dragoman.relations.dyads import dyad_table
from dragoman.relations.network import network
from dragoman.store.query import connect_tables
from dragoman.store.schema import table_schemas

DAYS = 3650
FIRST_DAY = np.datetime64("2016-01-01")
EVENTS_A_REPORT = 2
EVENTS_A_STORY = 1.6


def codes() -> np.ndarray:
    """193 codes, the same on every machine."""
    return np.array([country.iso3 for country in countries()][:193], dtype=object)


def ids(prefix: str, numbers: np.ndarray) -> pa.Array:
    """Ids as text."""
    return pa.array([f"{prefix}{number}" for number in numbers.tolist()])


def fitted(name: str, rows: int, columns: dict[str, pa.Array]) -> pa.Table:
    """The columns as the store's schema has them; those not given are null."""
    schema = table_schemas()[name].arrow
    made = [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    return pa.Table.from_arrays(made, schema=schema)


def parties(keys: dict[str, pa.Array], ones: np.ndarray, others: np.ndarray) -> dict[str, pa.Array]:
    """Two rows an event or story: its actor and its recipient."""
    count = len(ones)
    both = {name: pa.concat_arrays([column, column]) for name, column in keys.items()}
    names = pa.array(np.concatenate([ones, others]))
    return {
        **both,
        "role": pa.array(["actor"] * count + ["recipient"] * count),
        "position": pa.array(np.zeros(2 * count, dtype=np.int32)),
        "name": names,
        "country": names,
        "sector": pa.array(["GOV"] * (2 * count)),
        "text": names,
        "span_start": pa.array(np.zeros(2 * count, dtype=np.int32)),
        "span_end": pa.array(np.zeros(2 * count, dtype=np.int32)),
    }


def make_tables(events: int, seed: int = 7) -> dict[str, pa.Table]:
    """Tables `reports`, `events`, `event_actors`, and those of stories."""
    made = np.random.default_rng(seed)
    names = codes()
    weights = 1 / np.arange(1, len(names) + 1)
    order = made.permutation(len(names))
    ones = made.choice(len(names), events, p=weights[order] / weights.sum())
    others = made.choice(len(names), events, p=weights[order] / weights.sum())
    others = np.where(ones == others, (others + 1) % len(names), others)
    days = FIRST_DAY + made.integers(0, DAYS, events)
    kinds = sorted(load_ontology().types.values(), key=lambda kind: kind.name)
    chosen = made.integers(0, len(kinds), events)
    report, story = (
        np.arange(events) // EVENTS_A_REPORT,
        np.sort(made.integers(0, int(events / EVENTS_A_STORY), events)),
    )
    fields = {
        "type": pa.array(np.array([k.name for k in kinds], dtype=object)[chosen]),
        "quad": pa.array(np.array([k.quad for k in kinds], dtype=object)[chosen]),
        "score": pa.array(np.array([k.score for k in kinds], dtype=float)[chosen]),
        "realis": pa.array(np.array(["ACTUAL", "POSSIBLE"], dtype=object)[(made.random(events) < 0.05).astype(int)]),
        "certainty": pa.array(np.ones(events)),
        "date_start": pa.array(days.astype("datetime64[D]")),
        "date_end": pa.array(days.astype("datetime64[D]")),
        "salient": pa.array(np.zeros(events, dtype=bool)),
        "confidence": pa.array(np.ones(events)),
    }
    keys = {"event_id": ids("e", np.arange(events)), "report_id": ids("r", report)}
    tables = {
        "reports": _reports(report, days),
        "events": fitted("events", events, {**keys, **fields, "position": pa.array(np.zeros(events, dtype=np.int32))}),
        "event_actors": fitted("event_actors", 2 * events, parties(keys, names[ones], names[others])),
    }
    return tables | _stories(story, keys, fields, names[ones], names[others])


def _reports(report: np.ndarray, days: np.ndarray) -> pa.Table:
    _, first = np.unique(report, return_index=True)
    published = pa.array(days[first].astype("datetime64[D]"))
    return fitted(
        "reports",
        len(first),
        {
            "report_id": ids("r", report[first]),
            "published_start": published,
            "published_end": published,
            "event_count": pa.array(np.full(len(first), EVENTS_A_REPORT, dtype=np.int32)),
        },
    )


def _stories(
    story: np.ndarray, keys: dict[str, pa.Array], fields: dict[str, pa.Array], ones: np.ndarray, others: np.ndarray
) -> dict[str, pa.Table]:
    """One story for every run of events with one number, with the fields of its first event."""
    number, first, size = np.unique(story, return_index=True, return_counts=True)
    names = ids("s", number)
    counts = pa.array(size.astype(np.int32))
    taken = {name: column.take(pa.array(first)) for name, column in fields.items()}
    status = np.array(["reported", "corroborated", "unconfirmed"], dtype=object)[number % 3]
    stories = pa.table(
        {
            "story_id": names,
            **taken,
            "mode": pa.nulls(len(number), pa.string()),
            "contexts": pa.nulls(len(number), pa.list_(pa.string())),
            "status": pa.array(status),
            "date_value": pa.nulls(len(number), pa.string()),
            "date_granularity": pa.array(["day"] * len(number)),
            "date_basis": pa.array(["explicit"] * len(number)),
            "place_name": pa.nulls(len(number), pa.string()),
            "place_country": pa.nulls(len(number), pa.string()),
            "first_published": taken["date_start"],
            "event_count": counts,
            "report_count": counts,
            "origin_count": counts,
        }
    )
    actors = parties({"story_id": names}, ones[first], others[first])
    actors["entity"] = pa.nulls(2 * len(number), pa.string())
    told = {"story_id": ids("s", story), **keys, "origin_id": keys["report_id"]}
    return {"stories": stories, "story_actors": pa.table(actors), "story_events": pa.table(told)}


def timed(work: Callable[[], object], runs: int) -> float:
    """Seconds of the slowest of some runs."""
    slowest = 0.0
    for _ in range(runs):
        start = time.perf_counter()
        work()
        slowest = max(slowest, time.perf_counter() - start)
    return round(slowest, 2)


def measure(connection: duckdb.DuckDBPyConnection, runs: int) -> dict[str, float]:
    """Seconds a query on one connection."""
    return {
        "dyad-month tables, directed": timed(lambda: dyad_table(connection, "month"), runs),
        "dyad-month tables, both ways together": timed(lambda: dyad_table(connection, "month", directed=False), runs),
        "network of a year": timed(lambda: network(connection, "2024"), runs),
    }


def main() -> None:
    """Make the tables, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tables = make_tables(options.events)
    empty = {name: schema.arrow.empty_table() for name, schema in table_schemas().items()}
    unlinked = {name: table for name, table in tables.items() if "stor" not in name}
    found = {}
    for name, chosen in (("linked", {**empty, **tables}), ("not linked", {**empty, **unlinked})):
        with connect_tables(chosen) as connection:
            found[name] = measure(connection, options.runs)
    if options.json:
        print(json.dumps({"events": options.events, "seconds": found}, indent=1))
        return
    for name, seconds in found.items():
        for what, value in seconds.items():
            print(f"{options.events} events, {name:10}  {what:40} {value:6.2f} s")


if __name__ == "__main__":
    main()
