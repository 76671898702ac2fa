"""The documents of a release: what it is, what its fields and codes mean, how to cite and to check it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from dragoman import __version__
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Realis
from dragoman.release.provenance import file_digest, provenance
from dragoman.release.tables import ReleasedTable, counted, markdown
from dragoman.store.store import Store
from dragoman.tables import package_file

if TYPE_CHECKING:
    from dragoman.release import ReleaseOptions

# Frictionless's types for the SQL types of the schema; lists and structs are JSON in the CSV files.
_TYPES = {
    "VARCHAR": "string",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_KEYS = {"reports": ["report_id"], "events": ["report_id", "event_id"], "stories": ["story_id"]}
_COUNTS = {
    "Events by type": "SELECT type, count(*) AS events, count(*) FILTER (realis = 'ACTUAL') AS actual "
    "FROM events WHERE coder IS NULL GROUP BY type ORDER BY type",
    "Events by realis": "SELECT realis, count(*) AS events FROM events WHERE coder IS NULL "
    "GROUP BY realis ORDER BY realis",
    "Reports and events by year of publication": "SELECT year(r.published_start) AS year, count(*) AS reports, "
    "sum(r.event_count)::BIGINT AS events FROM reports AS r WHERE r.coder IS NULL "
    "GROUP BY ALL ORDER BY year NULLS LAST",
    "What is known of the events": "SELECT round(100 * avg((date_start IS NOT NULL)::INT), 1) AS dated_percent, "
    "round(100 * avg((date_basis IS NOT DISTINCT FROM 'publication')::INT), 1) AS dated_by_publication_percent, "
    "round(100 * avg((place_name IS NOT NULL)::INT), 1) AS placed_percent, "
    "round(100 * avg((holder = 'AUTHOR')::INT), 1) AS told_by_the_report_itself_percent "
    "FROM events WHERE coder IS NULL",
}


def _kind(sql_type: str) -> str:
    return _TYPES.get(sql_type, "array")


def _fields(table: ReleasedTable) -> list[dict[str, Any]]:
    fields = []
    for column in table.columns:
        kind = _kind(column.type)
        field: dict[str, Any] = {"name": column.name, "type": kind, "description": column.comment}
        # Text may be empty, which CSV cannot tell from missing; ids never are.
        if not column.nullable and (kind != "string" or column.name in _KEYS.get(table.name, ())):
            field["constraints"] = {"required": True}
        fields.append(field)
    return fields


def _schema(table: ReleasedTable, held: set[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": _fields(table), "missingValues": [""]}
    if table.name in _KEYS:
        schema["primaryKey"] = _KEYS[table.name]
    names = {column.name for column in table.columns}
    if table.name != "reports" and "report_id" in names and "reports" in held:
        reference = {"resource": "reports", "fields": ["report_id"]}
        schema["foreignKeys"] = [{"fields": ["report_id"], "reference": reference}]
    return schema


def _file_facts(folder: Path, path: str) -> dict[str, Any]:
    file = folder / path
    return {"path": path, "bytes": file.stat().st_size, "hash": f"sha256:{file_digest(file)}"}


def _resources(folder: Path, tables: list[ReleasedTable]) -> list[dict[str, Any]]:
    held = {table.name for table in tables}
    found: list[dict[str, Any]] = []
    for table in tables:
        about = {"title": table.name, "description": table.comment}
        csv_file = {"name": table.name, "type": "table", **about, **_file_facts(folder, f"data/{table.name}.csv")}
        parquet = {"name": f"{table.name}-parquet", "type": "file", **about}
        found.append(
            {**csv_file, "format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "schema": _schema(table, held)}
        )
        mediatype = "application/vnd.apache.parquet"
        facts = _file_facts(folder, f"data/{table.name}.parquet")
        found.append({**parquet, **facts, "format": "parquet", "mediatype": mediatype})
    return found


def _name(title: str) -> str:
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split()) or "events"


def _package(folder: Path, options: ReleaseOptions, tables: list[ReleasedTable]) -> dict[str, Any]:
    package: dict[str, Any] = {
        "profile": "data-package",
        "name": _name(options.title),
        "title": options.title,
        "version": options.version,
        "description": f"Political events in PLOVER, coded by Dragoman {__version__}; their limits are in README.md.",
        "keywords": ["event data", "political events", "PLOVER"],
    }
    if options.license:
        package["licenses"] = [{"name": options.license}]
    if options.authors:
        package["contributors"] = [{"title": name, "role": "author"} for name in options.authors]
    return {**package, "resources": _resources(folder, tables)}


def _citation(options: ReleaseOptions) -> dict[str, Any]:
    authors = options.authors or (f"The makers of {options.title}",)
    cff: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": "If you use this data set, please cite it as below.",
        "type": "dataset",
        "title": options.title,
        "version": options.version,
        "authors": [{"name": name} for name in authors],
    }
    if options.license:
        cff["license"] = options.license
    if options.date:
        cff["date-released"] = options.date
    software = {"type": "software", "title": "Dragoman", "version": __version__}
    return {**cff, "references": [{**software, "authors": [{"name": "The Dragoman maintainers"}]}]}


def _codebook() -> str:
    ontology = load_ontology()
    types = [
        {"type": t.name, "quad": t.quad, "score": f"{t.score:g}", "meaning": t.gloss} for t in ontology.types.values()
    ]
    modes = [
        {"type": m.type, "mode": m.name, "score": f"{m.score:g}", "meaning": m.gloss} for m in ontology.modes.values()
    ]
    contexts = [{"context": name, "meaning": gloss} for name, gloss in ontology.contexts.items()]
    sectors = [{"sector": name, "meaning": gloss} for name, gloss in ontology.sectors.items()]
    realis = [
        {"realis": Realis.ACTUAL, "meaning": "happened, or is happening, as the report has it"},
        {"realis": Realis.PLANNED, "meaning": "announced, promised or scheduled"},
        {"realis": Realis.POSSIBLE, "meaning": "hedged, rumoured, feared or speculated"},
        {"realis": Realis.NEGATED, "meaning": "said not to have happened"},
    ]
    parts = [
        "# Codebook",
        "Types, modes, contexts, sectors and scores are those of PLOVER 2.0 (draft manual, openeventdata/PLOVER, 2024, "
        "CC BY-SA 4.0); the meanings are in our words. Countries are ISO 3166-1 alpha-3, or PLOVER's IGO, UNO, EUR, "
        "NGO, ISM, IMG, MNC for international actors.",
    ]
    for title, rows in (
        ("Event types", types),
        ("Modes", modes),
        ("Contexts", contexts),
        ("Sectors of actors", sectors),
        ("Realis", realis),
    ):
        parts += [f"## {title}", markdown(rows).rstrip()]
    return "\n\n".join(parts) + "\n"


def _dictionary_rows(tables: list[ReleasedTable]) -> list[dict[str, Any]]:
    return [
        {
            "table": table.name,
            "column": column.name,
            "type": column.type,
            "null": "may be missing" if column.nullable else "never missing",
            "meaning": column.comment,
        }
        for table in tables
        for column in table.columns
    ]


def _dictionary_csv(tables: list[ReleasedTable]) -> str:
    text = io.StringIO()
    rows = _dictionary_rows(tables)
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _readme(store: Store, options: ReleaseOptions, tables: list[ReleasedTable]) -> str:
    limits = package_file("release", "limits.md").read_text(encoding="utf-8").rstrip()
    licence = options.license or "none is given: ask the makers before you pass it on"
    parts = [
        f"# {options.title}",
        f"Version {options.version}. Political events in PLOVER, coded by Dragoman {__version__}. Licence: {licence}.",
        "`data/` holds each table as Parquet (exact) and as CSV. `CODEBOOK.md` says what the codes mean, "
        "`data-dictionary.csv` what the columns hold, `provenance.json` what the data were made from, `CITATION.cff` "
        "how to cite them, `datapackage.json` (Frictionless) describes and checks it all: `frictionless validate "
        "datapackage.json`.",
        "## Counts",
        markdown([{"table": t.name, "rows": t.rows, "holds": t.comment} for t in tables]).rstrip(),
    ]
    for title, sql in _COUNTS.items():
        parts += [f"### {title}", markdown(counted(store, sql)).rstrip()]
    return "\n\n".join([*parts, "## Known limits", limits]) + "\n"


def write_documents(store: Store, folder: Path, options: ReleaseOptions, tables: list[ReleasedTable]) -> None:
    """Write README, codebook, data dictionary, provenance, citation and data package beside the tables."""
    texts = {
        "README.md": _readme(store, options, tables),
        "CODEBOOK.md": _codebook(),
        "data-dictionary.csv": _dictionary_csv(tables),
        "CITATION.cff": yaml.safe_dump(_citation(options), sort_keys=False, allow_unicode=True),
        "provenance.json": _json(provenance(store, options)),
        "datapackage.json": _json(_package(folder, options, tables)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
