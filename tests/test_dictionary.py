"""The data dictionary says what the records are."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dragoman.dictionary import data_dictionary, field_help, missing_help, public_records

DOCUMENT = Path(__file__).parent.parent / "docs" / "data-dictionary.md"


def test_every_field_has_help_and_all_help_has_a_field() -> None:
    assert missing_help() == []


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == data_dictionary(), (
        "run: python -m dragoman.dictionary docs/data-dictionary.md"
    )


@pytest.mark.parametrize("kind", public_records(), ids=lambda kind: kind.__name__)
def test_examples_are_values_that_the_field_takes(kind: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(kind):
        example = field_help()[kind.__name__][field.name].example
        if example is not None:
            msgspec.convert(example, field.type)


def test_every_record_says_what_it_is() -> None:
    assert [kind.__name__ for kind in public_records() if not kind.__doc__] == []
