"""Which texts linking takes for copies of one another."""

from __future__ import annotations

import random
import sys
from pathlib import Path

from dragoman.linking.origins import is_copy, shingles

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from copies import edit, make, score

SYLLABLES = ("bar", "den", "fol", "gim", "hurt", "kesh", "lom", "mir", "nad", "pog", "rul", "sev", "tan", "vik", "zor")


def made_text(rng: random.Random, sentences: int) -> str:
    """Sentences of made words, so that two texts share nothing by chance."""

    def word() -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(3))

    return " ".join(" ".join(word() for _ in range(12)).capitalize() + "." for _ in range(sentences))


def test_made_copies_share_an_origin_and_other_texts_do_not() -> None:
    rng = random.Random(4)
    result = score(list(make([made_text(rng, 12) for _ in range(30)], rng)))
    assert result["precision"] == 1.0
    assert result["recall"] >= 0.95


def test_a_text_edited_throughout_is_a_copy() -> None:
    rng = random.Random(5)
    text, others = made_text(rng, 30), made_text(rng, 30).split()
    assert is_copy(shingles(text), shingles(edit(text, 0.3, others, rng))) is not None


def test_answers_to_the_same_long_questions_are_no_copies() -> None:
    rng = random.Random(6)
    questions = made_text(rng, 16)
    one, other = (f"{questions} {made_text(rng, 24)}" for _ in range(2))
    assert is_copy(shingles(one), shingles(other)) is None


def test_a_text_carried_whole_within_a_longer_one_is_a_copy() -> None:
    rng = random.Random(7)
    text = made_text(rng, 8)
    assert is_copy(shingles(text), shingles(f"{made_text(rng, 20)} {text} {made_text(rng, 20)}")) is not None
