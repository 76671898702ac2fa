"""The measure of variety finds templates and copies where there are any."""

from __future__ import annotations

from dragoman.training.diversity import diversity

PLAIN = "The harbour of the old town was dredged for the first time since the war ended."
PAIRS = (("Norway", "Chile"), ("Prime Minister Luis Rojas", "Peru"))


def test_one_template_with_other_names_is_one_template() -> None:
    texts = [f"{a} condemned {b} on Monday and said that it would not take part in the talks." for a, b in PAIRS]
    found = diversity(["a", "b", "c"], [*texts, PLAIN])
    assert (found.items, found.templates, found.largest) == (3, 2, 0.6667)
    assert found.copies == ()


def test_copies_with_a_word_changed_are_found() -> None:
    found = diversity(["a", "b"], [PLAIN, PLAIN.replace("dredged", "cleared")])
    assert found.templates == 1
    changed = PLAIN.replace("ended", "began")
    assert diversity(["a", "b"], [PLAIN, changed]).copies == (("a", "b"),)


def test_no_texts_have_no_template() -> None:
    assert diversity([], []).largest == 0.0
