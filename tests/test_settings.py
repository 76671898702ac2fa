"""Settings are checked when they are made, and an error says what was given and what is allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dragoman.errors import SettingsError
from dragoman.settings import DEFAULT_MODEL, Settings


def test_settings_come_from_toml_with_or_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "dragoman.toml"
    for head in ("", "[dragoman]\n"):
        path.write_text(head + 'max_chars = 500\nlanguages = ["en", "fr"]\n')
        assert Settings.from_toml(path) == Settings(spacy_model=DEFAULT_MODEL, max_chars=500, languages=("en", "fr"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"max_chars": 0}, "max_chars is 0; allowed: a whole number"),
        ({"batch_size": 0}, "batch_size is 0; allowed: a whole number from 1"),
        ({"languages": ["English"]}, "allowed: ISO 639 codes"),
        ({"spacy_model": " "}, "allowed: name or path"),
        ({"max_chars": "many"}, "max_chars"),
        ({"modle": "x"}, "no setting 'modle'; allowed: spacy_model"),
    ],
)
def test_wrong_settings_say_what_is_allowed(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Settings.from_dict(values)


@pytest.mark.parametrize("content", [b"max_chars = ", b"\xff\xfe", b"max_chars = -1"])
def test_an_error_in_a_file_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "dragoman.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"dragoman\.toml"):
        Settings.from_toml(path)
    with pytest.raises(SettingsError, match=r"gone\.toml"):
        Settings.from_toml(tmp_path / "gone.toml")
