"""The scan for time expressions: words and their classes, and the stretches of them that a rule fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dragoman.coding.timex_lexicon import OTHER_WORD, Rule, grammar

# A line break ends an expression unless the next line goes on in lower case or with a digit (wrapped text).
_TOKEN = re.compile(
    r"(?P<WORD>(?![ap]\.\s?m\b|[AaPp][Mm]\b|o['’]clock|FY ?\d|Q[1-4]\b)[^\W\d_]+)"
    r"|(?P<NL>\n[ \t\r]*\n\s*|\n(?=[ \t]*[^\sa-z0-9]))"
    r"|(?P<ISO>\b\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<NUMD>\b\d{1,2}(?P<sign>[./-])\d{1,2}(?P=sign)\d{4}(?!\d))"
    r"|(?P<CLK>\b(?:[01]?\d|2[0-4])(?::[0-5]\d(?::\d\d)?(?!\d)|[.][0-5]\d(?=\s?(?:[ap]\.?m\b|GMT|UTC|local))))"
    r"|(?P<FY>\bFY ?\d{4}\b|\bFY ?\d{2}\b)|(?P<QTOK>\bQ[1-4]\b)"
    r"|(?P<DECADE>\b\d{3}0['’]?s\b|(?<=['’])[2-9]0s\b|(?<=\bthe )[2-9]0s\b)"
    r"|(?P<TH>\b\d{1,3}(?:st|nd|rd|th)\b)"
    r"|(?P<NUMBER>\d{1,3}(?:,\d{3})+|\d+\.\d+|\d+)"
    r"|(?P<AMPM>(?<=[\d ])[ap]\.\s?m\b\.?|(?<=\d)[AaPp][Mm]\b|(?<=\d )(?:[ap]m|[AP]M)\b)"
    r"|(?P<OCLOCK>\bo['’]clock\b)"
    r"|(?P<LETTERS>[^\W\d_]+)"
    r"|(?P<SIGN>[^\w\s])"
)
_SIGNS = {
    ",": "COMMA", ".": "DOT", "-": "HYPH", "‑": "HYPH", "–": "DASH", "—": "DASH", "/": "SLASH", ":": "COLON",
    ";": "SEMI", "!": "DOT", "?": "DOT", "'": "APOS", "’": "APOS", "(": "LPAR", ")": "RPAR", "+": "PLUS",
    "%": "PERCENT",
    '"': "QUOTE", "“": "QUOTE", "”": "QUOTE", "$": "MONEY", "€": "MONEY", "£": "MONEY", "¥": "MONEY",
}  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1400, 2199


class Token(NamedTuple):
    """One word, number or sign: its class, its value (the digits of a number) and where it stands."""

    kind: str
    value: str
    start: int
    end: int


Plain = tuple[str, str, int, int]
EDGE = Token("NL", "", -1, -1)


class Found(NamedTuple):
    """Words that a rule fits: `tokens[first:last]`, among all tokens of the text."""

    rule: Rule
    tokens: Sequence[Plain]
    first: int
    last: int

    @property
    def start(self) -> int:
        """Character offset of the first word."""
        return self.tokens[self.first][2]

    @property
    def end(self) -> int:
        """Character offset behind the last word."""
        return self.tokens[self.last - 1][3]

    def of(self, *kinds: str) -> list[Token]:
        """The tokens of these classes, in order."""
        return [Token(*token) for token in self.tokens[self.first : self.last] if token[0] in kinds]

    def one(self, *kinds: str) -> Token | None:
        """The first token of these classes."""
        return next(iter(self.of(*kinds)), None)

    def has(self, *kinds: str) -> bool:
        """Whether a token of these classes is among the words."""
        return any(token[0] in kinds for token in self.tokens[self.first : self.last])

    def before(self, distance: int = 1) -> Token:
        """The token that stands before the expression; `EDGE` where there is none."""
        at = self.first - distance
        return Token(*self.tokens[at]) if at >= 0 else EDGE

    def after(self, distance: int = 1) -> Token:
        """The token that stands behind the expression; `EDGE` where there is none."""
        at = self.last + distance - 1
        return Token(*self.tokens[at]) if at < len(self.tokens) else EDGE


def tokens_of(text: str) -> list[Plain]:
    """The words, numbers and signs of a text with their classes: the fields of `Token`, as plain tuples for speed."""
    words = grammar().words
    out: list[Plain] = []
    for match in _TOKEN.finditer(text):
        shape, piece = match.lastgroup, match[0]
        start, end = match.span()
        if shape == "WORD" or shape == "LETTERS":
            word = words.get(piece.lower())
            if word is None or (word.capital and not piece[0].isupper()):
                out.append((OTHER_WORD, piece, start, end))
            else:
                out.append((word.kind, word.value or piece.lower(), start, end))
        elif shape == "SIGN":
            out.append((_SIGNS.get(piece, "OTHERSIGN"), piece, start, end))
        else:
            out.append((*_numeric(shape or "", piece), start, end))
    return out


def _numeric(shape: str, piece: str) -> tuple[str, str]:
    """Class and value of a token with digits or of a line break."""
    if shape == "NUMBER":
        return _number_kind(piece), piece.replace(",", "")
    if shape == "TH":
        return "DTH" if 1 <= int(piece[:-2]) <= 31 else "ITH", piece[:-2]
    return shape, piece


def _number_kind(piece: str) -> str:
    if not piece.isascii() or not piece.isdigit():
        return "INT"
    if len(piece) == 4 and FIRST_YEAR <= int(piece) <= LAST_YEAR:
        return "YEAR"
    return "DNUM" if len(piece) <= 2 and 1 <= int(piece) <= 31 else "INT"


def scan(tokens: Sequence[Plain], layer: str) -> Iterator[Found]:
    """The stretches of tokens that the rules of a layer fit, left to right, none overlapping."""
    compiled = grammar()
    codes = compiled.codes
    classes = "".join([codes[token[0]] for token in tokens])
    for match in compiled.scans[layer].finditer(classes):
        if match.end() > match.start():
            yield Found(compiled.rules[match.lastgroup or ""], tokens, match.start(), match.end())
