"""The agreement of two annotation passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.training.agreement import agreement, alpha
from dragoman.training.corpus_format import read_corpus

FIRST = """# z-0001 | wire | EUR | 2024-01-01
[x1 France] {e1 expelled} [x2 two Russian diplomats] and {e2 condemned} [x3 Moscow].
e1 SANCTION expel ACTUAL AUTHOR a=x1 r=x2
e2 ACCUSE disapprove ACTUAL AUTHOR a=x1 r=x3
x1 FRA GOV
x2 RUS GOV
x3 RUS GOV
"""


def test_a_pass_agrees_with_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(FIRST, encoding="utf-8")
    items = read_corpus([path])
    found = agreement(items, items)
    assert (found.items, found.trigger_f1, found.event_f1, found.alpha) == (1, 1.0, 1.0, 1.0)


def test_another_type_counts_for_the_trigger_and_not_for_the_event(tmp_path: Path) -> None:
    one, two = tmp_path / "a.txt", tmp_path / "b.txt"
    one.write_text(FIRST, encoding="utf-8")
    two.write_text(FIRST.replace("e1 SANCTION expel", "e1 COERCE deport"), encoding="utf-8")
    found = agreement(read_corpus([one]), read_corpus([two]))
    assert (found.trigger_f1, found.event_f1) == (1.0, 0.5)


def test_alpha_is_the_published_example_for_nominal_values() -> None:
    # Krippendorff 2004, two observers, ten units coded 1/0: four disagreements, alpha = 0.095.
    pairs = list(zip("0100000010", "1110010000", strict=True))
    assert alpha(pairs) == pytest.approx(0.095, abs=0.001)
