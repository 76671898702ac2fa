"""Text in cells of other people's tables: one line, no separators, no formulas; and numbers for ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

# A spreadsheet takes a cell that starts so for a formula, and reports are not to be trusted with one.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
# What XML 1.0 does not allow at all, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# JavaScript, R and pandas read numbers of up to 53 bits exactly.
_ID_BITS = 53


def number_id(*parts: object) -> int:
    """A number of at most 53 bits made from the parts: the same parts give the same number on every machine."""
    text = "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> (64 - _ID_BITS)


def one_line(value: object) -> str:
    """A value as text on one line, without tabs and other control characters; "" for None."""
    if value is None or value == "":
        return ""
    text = str(value)
    if text.isprintable():  # nearly always; no surrogates or control characters then
        return text.strip()
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _BREAKS.sub(" ", text).strip()


def tsv_cell(value: object) -> str:
    """A cell of a table parted by tabs, without quoting; a double quote at its start would swallow lines in readers."""
    text = str(value) if type(value) in (int, float) else one_line(value)
    return f"'{text[1:]}" if text.startswith('"') else text


def tsv_line(values: Iterable[object]) -> bytes:
    """A line of a table parted by tabs."""
    return ("\t".join(map(tsv_cell, values)) + "\n").encode()


def safe_text(text: str) -> str:
    """Text that a spreadsheet shows instead of running: an apostrophe goes before what it would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unsafe_text(text: str) -> str:
    """The text before `safe_text`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def csv_cell(value: object) -> object:
    """A cell of a CSV file that people open: lists joined with ``; ``, text safe, numbers as they are."""
    if value is None or isinstance(value, bool | int | float):
        return {True: "true", False: "false", None: ""}[value] if value is None or isinstance(value, bool) else value
    if isinstance(value, list | tuple):
        value = "; ".join("" if part is None else str(part) for part in value)
    return safe_text(str(value).encode("utf-8", "replace").decode("utf-8"))


def xml_text(value: object) -> str:
    """A value as text that XML 1.0 can hold; "" for None."""
    return "" if value is None else _NOT_XML.sub("\ufffd", str(value))
