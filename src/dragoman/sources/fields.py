"""Which field of a row holds what: the names of ``fields.tsv``, or those that options give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from dragoman.errors import SettingsError
from dragoman.sources.reasons import SetAside
from dragoman.tables import package_file, read_table

Names = Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def known_names() -> dict[str, tuple[str, ...]]:
    """The names under which each field of a report is known, the likeliest first."""
    rows = read_table(package_file("sources", "fields.tsv"), ["field", "names"])
    return {row["field"]: row.many("names") for row in rows}


def field_names(mapping: Mapping[str, str] | None = None) -> Names:
    """The names to look for, with those of `mapping` (field: name) in the place of the known ones.

    Raises `SettingsError` for a field that a report does not have.
    """
    names = dict(known_names())
    for field, name in (mapping or {}).items():
        if field not in names:
            raise SettingsError(f"a report has no field {field!r}; allowed: {', '.join(names)}")
        if not name:
            raise SettingsError(f"the name for the field {field!r} is empty; give one, as in {field}=NAME")
        names[field] = (name,)
    return names


def parse_mapping(options: Iterable[str]) -> dict[str, str]:
    """Options such as ``text=body`` as a mapping; raises `SettingsError` for one without an equals sign."""
    mapping: dict[str, str] = {}
    for option in options:
        field, equals, name = option.partition("=")
        if not equals:
            raise SettingsError(f"--field is {option!r}; allowed: FIELD=NAME, such as text=body")
        mapping[field.strip()] = name.strip()
    field_names(mapping)
    return mapping


def pick(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The values of a report's fields in a row; raises `SetAside` (no-text-field) where no text can be had."""
    lowered = {key.strip().lower(): key for key in reversed(list(row)) if isinstance(key, str)}
    values = {field: _first(row, lowered, known) for field, known in names.items()}
    text = values["text"]
    if text is None and any(name.lower() in lowered for name in names["text"]):
        raise SetAside("empty", "the field for the text is empty")
    if text is None:
        have = ", ".join(str(key) for key in list(row)[:12]) or "none"
        raise SetAside("no-text-field", f"no field {' or '.join(names['text'][:4])}; the row has: {have}")
    if not isinstance(text, str):
        raise SetAside("no-text-field", f"the field for the text holds a {type(text).__name__}, not a text")
    return values


def has_text(row: Mapping[str, Any], names: Names) -> bool:
    """Whether a row has a text under one of the names."""
    try:
        pick(row, names)
    except SetAside:
        return False
    return True


def label(value: Any) -> str | None:
    """A title, publisher, address, id or language as a string; None for empty or structured values.

    An object with a name, as NewsAPI has for its sources, stands for its name.
    """
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value).strip() or None


def _first(row: Mapping[str, Any], lowered: Mapping[str, str], names: Iterable[str]) -> Any:
    """The first value under one of the names that is not empty; else an empty one, so that the field is there."""
    empty = None
    for name in names:
        value = row.get(lowered.get(name.lower(), name))
        if value is None and "." in name:
            value = _nested(row, name.split("."))
        if isinstance(value, str) and not value.strip():
            empty = value if empty is None else empty
        elif value is not None:
            return value
    return empty


def _nested(row: Mapping[str, Any], path: Iterable[str]) -> Any:
    value: Any = row
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
