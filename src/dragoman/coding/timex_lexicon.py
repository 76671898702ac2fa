"""Words and rules of time expressions, read from ``lexicon/time_words.tsv`` and ``time_rules.tsv`` and compiled once.

A text becomes a string with one character a word, its class; the rules are regular expressions over these characters,
joined into one. So a report is scanned once, whatever the number of rules.
"""

from __future__ import annotations

import re
from functools import cache

import msgspec

from dragoman.errors import TableError
from dragoman.tables import Row, package_file, read_table

WORD_COLUMNS = ("word", "class", "value", "form")
RULE_COLUMNS = ("layer", "name", "build", "pattern", "example")
# Classes that the shape of a token decides (see `timex_scan`), beside those of the table of words.
SHAPES = (
    "OTHERWORD OTHERSIGN NL DNUM INT YEAR DTH ITH DECADE ISO NUMD CLK AMPM OCLOCK QTOK FY "
    "COMMA DOT HYPH DASH SLASH COLON SEMI APOS LPAR RPAR PLUS QUOTE MONEY PERCENT"
).split()
OTHER_WORD = "OTHERWORD"
# Most tokens of a text cannot begin an expression; naming their classes spares the scan all rules at each of them.
_NEVER_FIRST = (
    "OTHERWORD OTHERSIGN COMMA DOT HYPH DASH SLASH COLON SEMI APOS LPAR RPAR QUOTE TO AND OF ON FOR BY FROM ITS".split()
)
_NAME = re.compile(r"[A-Z]+")


class Word(msgspec.Struct, frozen=True):
    """What the table says of a word: its class, its value, and whether it counts only with a capital."""

    kind: str
    value: str
    capital: bool


class Rule(msgspec.Struct, frozen=True):
    """One row of the table of rules; `examples` are its example cells."""

    name: str
    build: str
    examples: tuple[str, ...]


class Grammar(msgspec.Struct, frozen=True):
    """The compiled tables: `codes` maps a class to its character; `scans` maps a layer to its one expression."""

    words: dict[str, Word]
    codes: dict[str, str]
    rules: dict[str, Rule]
    scans: dict[str, re.Pattern[str]]


@cache
def grammar() -> Grammar:
    """The tables, read and compiled on first use; raises `TableError`."""
    words = _words()
    kinds = sorted({word.kind for word in words.values()} | set(SHAPES))
    codes = {kind: chr(0xE000 + number) for number, kind in enumerate(kinds)}
    rules, scans = _rules(codes)
    return Grammar(words, codes, rules, scans)


def _words() -> dict[str, Word]:
    path = package_file("lexicon", "time_words.tsv")
    words: dict[str, Word] = {}
    for row in read_table(path, WORD_COLUMNS):
        word = row["word"]
        if word in words or not word.isalpha() or not word.islower():
            raise TableError(path, row.line, f"{word!r} is listed twice or is not one word in lower case")
        words[word] = Word(row["class"], row["value"], row.one_of("form", frozenset({"", "cap"})) == "cap")
    return words


def _rules(codes: dict[str, str]) -> tuple[dict[str, Rule], dict[str, re.Pattern[str]]]:
    macros: dict[str, str] = {}
    rules: dict[str, Rule] = {}
    parts: dict[str, list[str]] = {"timex": [], "year": []}
    for row in read_table(package_file("lexicon", "time_rules.tsv"), RULE_COLUMNS):
        layer = row.one_of("layer", frozenset({"macro", *parts}))
        pattern = _expand(row, codes, macros)
        if layer == "macro":
            macros[row["name"]] = pattern
            continue
        group = f"r{len(rules)}"
        rules[group] = Rule(row["name"], row["build"], row.many("example"))
        parts[layer].append(f"(?P<{group}>{pattern})")
    never = "".join(codes[kind] for kind in _NEVER_FIRST)
    return rules, {layer: re.compile(f"(?=[^{never}])(?:{'|'.join(found)})") for layer, found in parts.items()}


def _expand(row: Row, codes: dict[str, str], macros: dict[str, str]) -> str:
    """The pattern of a row with each class name as its character and each macro as its pattern."""

    def named(match: re.Match[str]) -> str:
        name = match[0]
        if name not in codes and name not in macros:
            raise TableError(row.path, row.line, f"{name!r} is no class of words, no shape and no macro above")
        return codes.get(name) or macros[name]

    pattern = _NAME.sub(named, row["pattern"]).replace(" ", "")
    try:
        re.compile(f"[{pattern}]" if row["name"].endswith("SET") else pattern)
    except re.error as error:
        raise TableError(row.path, row.line, f"the pattern does not compile: {error}") from error
    return pattern
