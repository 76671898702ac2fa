"""What linking reads in the words of a report: stems with weights, counts of harm, the sentence around a span."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import msgspec

from dragoman.tables import package_file, read_table

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,:]\d+)*")
_BREAK = re.compile(r"\n|[.!?][\"'”’)]?\s+(?=[\"'“‘(]?[A-ZÀ-Þ0-9])")
STEM_LENGTH = 6
_SENTENCE_LIMIT = 400


def words(text: str) -> list[str]:
    """Words and figures of a text in lower case, in order."""
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without its English ending, cut to `STEM_LENGTH` letters: enough to join "sanctions" and "sanctioned"."""
    for ending in ("'s", "ies", "ing", "ed", "es", "s", "y"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            word = word[: -len(ending)]
            break
    return word[:STEM_LENGTH]


@cache
def _counts() -> tuple[int, Mapping[str, int]]:
    rows = {row["stem"]: int(row["reports"]) for row in read_table(_COUNTS, ("stem", "reports"))}
    return rows.pop("*"), rows


_COUNTS = package_file("linking", "word_counts.tsv")


@lru_cache(maxsize=200_000)
def weight(of: str) -> float:
    """How much a stem tells: inverse document frequency in news, 0 for the commonest, 1 for those never met."""
    total, counts = _counts()
    found = counts.get(of, 0)
    rarest = math.log(total / 2)
    return round(max(0.0, min(1.0, math.log(total / (4 * found + 1)) / rarest)), 4) if found else 1.0


def stems(text: str) -> frozenset[str]:
    """The stems of a text that tell something; figures count as they stand."""
    return frozenset(found for word in words(text) if (found := stem(word)) and weight(found) > 0.05 and len(found) > 1)


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence about a span, within 400 characters to either side."""
    low, high = max(0, start - _SENTENCE_LIMIT), min(len(text), end + _SENTENCE_LIMIT)
    before = [found.end() for found in _BREAK.finditer(text, low, start)]
    after = _BREAK.search(text, max(start, end - 1), high)
    return before[-1] if before else low, max(end, after.start() + 1) if after else high


class Toll(msgspec.Struct, frozen=True, order=True):
    """A count of people harmed or freed: of which kind, how many at least and at most."""

    kind: str
    low: int
    high: int


@cache
def _harm() -> tuple[re.Pattern[str], Mapping[str, str], Mapping[str, tuple[int, int]], Mapping[str, str]]:
    kinds: dict[str, str] = {}
    numbers: dict[str, tuple[int, int]] = {}
    bounds: dict[str, str] = {}
    for row in read_table(package_file("linking", "toll_words.tsv"), ("kind", "words", "low", "high")):
        kind = row.one_of("kind", _KINDS)
        for word in row.many("words"):
            if kind == "number":
                numbers[word] = int(row["low"]), int(row["high"])
            elif kind.startswith("bound"):
                bounds[word] = kind
            else:
                kinds[word] = kind
    return re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+(?:[.,]\d+)*|[,;:.]"), kinds, numbers, bounds


_KINDS = frozenset(
    {"killed", "injured", "arrested", "released", "abducted", "number", "bound-low", "bound-high", "people", "not"}
)
_MOST_BETWEEN = 7


def _number(token: str) -> tuple[int, int] | None:
    if token[0].isdigit():
        plain = token.replace(",", "")
        return (int(plain), int(plain)) if plain.isdigit() and len(plain) < 7 and not _is_year(plain) else None
    return _harm()[2].get(token)


def _is_year(digits: str) -> bool:
    return len(digits) == 4 and digits[:2] in {"19", "20"}


def _figures(tokens: list[str]) -> list[tuple[int, int, int, int]]:
    """(first token, last token, low, high) of the numbers of a sentence, with "at least" and "up to"."""
    bounds = _harm()[3]
    found = []
    for at, token in enumerate(tokens):
        number = _number(token)
        if number is None:
            continue
        low, high = number
        near = " ".join(tokens[max(0, at - 2) : at])
        for words_of, kind in bounds.items():
            if near.endswith(words_of):
                low, high = (low, max(high, 10**6)) if kind == "bound-low" else (0, high)
        found.append((at, at, low, high))
    return found


def tolls(text: str) -> frozenset[Toll]:
    """Counts of people killed, injured, arrested, released or abducted in a sentence: each word takes the nearest figure.

    A figure that another noun than people follows ("nine bombs") is none; a figure serves one word alone.
    """
    pattern, kinds, _, _ = _harm()
    tokens = [token.lower() for token in pattern.findall(text)]
    figures = [figure for figure in _figures(tokens) if _counts_people(tokens, figure[1])]
    found: set[Toll] = set()
    taken: set[int] = set()
    pairs = sorted(
        (abs(at - figure[0]), at > figure[0], at, n)
        for at, token in enumerate(tokens)
        if token in kinds and kinds[token] not in {"people", "not"}
        for n, figure in enumerate(figures)
        if abs(at - figure[0]) <= _MOST_BETWEEN and not _broken(tokens, at, figure[0])
    )
    served: set[int] = set()
    for _, _, at, n in pairs:
        if n not in taken and at not in served:
            taken.add(n)
            served.add(at)
            found.add(Toll(kinds[tokens[at]], figures[n][2], figures[n][3]))
    return frozenset(found)


def lone_tolls(text: str) -> frozenset[Toll]:
    """The counts of a report, of each kind of which it gives one alone."""
    found = tolls(text)
    kinds = [toll.kind for toll in found]
    return frozenset(toll for toll in found if kinds.count(toll.kind) == 1)


def _broken(tokens: list[str], one: int, other: int) -> bool:
    return any(token in {";", "."} for token in tokens[min(one, other) : max(one, other)])


def _counts_people(tokens: list[str], at: int) -> bool:
    """Whether a figure may count people: nothing that is counted otherwise stands right after it."""
    kinds = _harm()[1]
    after = [token for token in tokens[at + 1 : at + 4] if token not in {",", ".", ";", ":"}]
    return not any(kinds.get(token) == "not" for token in after[:2])


def compatible(one: Toll, other: Toll) -> bool:
    """Whether both counts can be true."""
    return one.low <= other.high and other.low <= one.high


def shared_weight(one: Iterable[str], other: frozenset[str]) -> float:
    """Sum of the weights of the stems that two sets share."""
    return sum(weight(found) for found in one if found in other)
