"""The data dictionary: every field of every record and every column of the store, with meaning and example.

``python -m dragoman.dictionary`` prints it; ``python -m dragoman.dictionary docs/data-dictionary.md`` writes it.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import yaml

from dragoman import records
from dragoman.errors import TableError
from dragoman.store.schema import table_schemas
from dragoman.tables import package_file

HELP_FILE = "field_help.yaml"
_PLAIN = {str: "string", int: "integer", float: "number", bool: "true or false", type(None): "null"}
_INTRO = """# Data dictionary

Made by `python -m dragoman.dictionary docs/data-dictionary.md` from the records and the store's schema; do not edit it.

The first part is what `dragoman code` prints and the library returns; the second is the tables of a store, as DuckDB
and Parquet have them. Offsets are character offsets into the report's text as given, end exclusive. `null` means that
the report does not say; nothing is filled by a guess."""


class FieldHelp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a field means, and an example value."""

    help: str
    example: Any


def field_help() -> Mapping[str, Mapping[str, FieldHelp]]:
    """Help by record and field; raises `TableError` where the file is malformed."""
    path = package_file(HELP_FILE)
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        return msgspec.convert(loaded, dict[str, dict[str, FieldHelp]])
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise TableError(path, None, str(error)) from error


def public_records() -> list[type[records.Record]]:
    """The record classes, in the order of their definition."""
    return [
        kind
        for kind in vars(records).values()
        if isinstance(kind, type) and issubclass(kind, records.Record) and kind is not records.Record
    ]


def missing_help() -> list[str]:
    """Fields without help, and help for fields that there are not."""
    given = {f"{record}.{field}" for record, fields in field_help().items() for field in fields}
    wanted = {f"{kind.__name__}.{name}" for kind in public_records() for name in kind.__struct_fields__}
    return sorted(wanted ^ given)


def type_text(kind: Any) -> str:
    """A type in words, records as links to their section."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    if typing.get_origin(kind) is tuple:
        return f"list of {type_text(typing.get_args(kind)[0])}"
    if typing.get_origin(kind) is dict:
        return f"object of {type_text(typing.get_args(kind)[1])}"
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return " or ".join(type_text(part) for part in typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of " + ", ".join(f"`{value}`" for value in kind)
    if isinstance(kind, type) and issubclass(kind, records.Record):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    raise TypeError(f"no words for the type {kind!r}")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _record_section(kind: type[records.Record], fields: Mapping[str, FieldHelp]) -> Iterator[str]:
    yield f"### {kind.__name__}"
    yield " ".join((kind.__doc__ or "").split())
    lines = ["| field | type | meaning | example |", "| --- | --- | --- | --- |"]
    for field in msgspec.structs.fields(kind):
        entry = fields[field.name]
        example = "" if entry.example in (None, []) else f"`{json.dumps(entry.example, ensure_ascii=False)}`"
        cells = (f"`{field.name}`", type_text(field.type), entry.help, example)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    yield "\n".join(lines)


def _table_sections() -> Iterator[str]:
    for table in table_schemas().values():
        yield f"### {table.name}"
        yield table.comment
        lines = ["| column | type | meaning |", "| --- | --- | --- |"]
        for column in table.columns:
            kind = column.type if column.nullable else f"{column.type}, never null"
            lines.append(f"| `{column.name}` | {kind} | {_cell(column.comment)} |")
        yield "\n".join(lines)


def data_dictionary() -> str:
    """The whole dictionary as Markdown; raises `TableError` naming fields without help."""
    missing = missing_help()
    if missing:
        raise TableError(package_file(HELP_FILE), None, f"help does not fit the records: {', '.join(missing)}")
    given = field_help()
    parts = [_INTRO, "## Records"]
    for kind in public_records():
        parts += _record_section(kind, given[kind.__name__])
    parts += ["## Tables of a store", *_table_sections()]
    return "\n\n".join(parts) + "\n"


def main(arguments: list[str]) -> None:
    """Print the dictionary, or write it to the path given."""
    if arguments:
        Path(arguments[0]).write_text(data_dictionary(), encoding="utf-8")
    else:
        sys.stdout.write(data_dictionary())


if __name__ == "__main__":
    main(sys.argv[1:])
