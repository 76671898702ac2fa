"""Which language a report is in, for setting aside those that cannot be coded. Weak evidence sets nothing aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from dragoman.tables import package_file, read_table

_WINDOW = 400
_SMALLEST_WINDOW = 100
_WINDOWS = 12
# Below these many letters nothing is set aside: names of people and places outweigh the words between them.
_MIN_LETTERS_LATIN = 60
_MIN_LETTERS_OTHER = 12
# py3langid's probabilities are tempered by length; a window counts for a language from this on.
_MIN_PROBABILITY = 0.5
_MIN_SHARE = 0.5


def detect(text: str) -> str | None:
    """ISO 639-1 code of the language of most of a text; None where the evidence is weak (short, mixed, names alone)."""
    windows = _windows(text)
    letters = sum(map(_letters, windows))
    if letters < _MIN_LETTERS_OTHER:
        return None
    whole, probability = _identifier().classify(" ".join(windows))
    if whole == "en" and probability >= _MIN_PROBABILITY:
        return "en"
    votes: Counter[str] = Counter()
    for window in windows:
        code, probability = _identifier().classify(window)
        if probability >= _MIN_PROBABILITY:
            votes[code] += _letters(window)
    winner = max(votes, key=lambda code: (votes[code], code), default=None)
    if winner is None or votes[winner] <= _MIN_SHARE * letters:
        return None
    needed = _MIN_LETTERS_LATIN if _scripts()[winner] == "latin" else _MIN_LETTERS_OTHER
    return winner if letters >= needed else None


def other_language(text: str, declared: str | None, allowed: Sequence[str]) -> str | None:
    """The code of the language for which a text is to be set aside, or None where it can be coded.

    A declared language counts where the text itself leaves it open; a firm reading of the text overrules it.
    """
    if not allowed:
        return None
    code = detect(text)
    if code is None:
        code = language_code(declared)
    return None if code is None or code in allowed else code


@lru_cache(maxsize=256)
def language_code(name: str | None) -> str | None:
    """ISO 639-1 code of a language tag or English name ("en-GB", "eng", "English"); None where it is neither."""
    import pycountry

    tag = (name or "").strip().replace("_", "-").split("-")[0]
    if not 2 <= len(tag) <= 40 or not tag.isalpha():
        return None
    tag = tag.lower()
    keys = {2: ("alpha_2",), 3: ("alpha_3", "bibliographic")}.get(len(tag), ())
    found = next((hit for key in keys if (hit := pycountry.languages.get(**{key: tag}))), None)
    found = found or pycountry.languages.get(name=tag.capitalize())
    return str(getattr(found, "alpha_2", found.alpha_3)) if found else None


@lru_cache(maxsize=256)
def language_name(code: str) -> str:
    """English name of a language code, from CLDR; the code itself where it has none."""
    from babel import Locale

    return str(Locale("en").languages.get(code, code))


def _windows(text: str) -> list[str]:
    """Up to a dozen stretches spread evenly over a text, cut at fixed places so that the answer is always the same."""
    size = min(_WINDOW, max(_SMALLEST_WINDOW, len(text) // _WINDOWS + 1))
    count = min(_WINDOWS, max(1, len(text) // size))
    if count == 1:
        return [text[:_WINDOW]]
    step = (len(text) - size) / (count - 1)
    return [text[round(number * step) :][:size] for number in range(count)]


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@lru_cache(maxsize=1)
def _scripts() -> dict[str, str]:
    rows = read_table(package_file("sources", "languages.tsv"), ["code", "script"])
    return {row["code"]: row.one_of("script", ("latin", "other")) for row in rows}


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(_scripts()))
    return identifier
