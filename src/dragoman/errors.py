"""Every error that Dragoman raises on purpose.

DragomanError
├── TableError        a data file (TSV, YAML) is malformed: names file, line and what is allowed
├── SettingsError     a setting or option has a value that is not allowed
├── ModelError        a spaCy pipeline or a classifier is missing or does not fit
├── SourceError       a source of reports cannot be read at all (a single bad report is a `Rejected`, not an error)
├── StoreError        the store cannot be opened, read or written
└── EvaluationError   gold or prediction files do not fit together
"""

from __future__ import annotations

from pathlib import Path


class DragomanError(Exception):
    """Base of all errors raised on purpose; its message can be shown to a user as it is."""


class TableError(DragomanError):
    """A data file is malformed."""

    def __init__(self, path: Path | str, line: int | None, problem: str) -> None:
        self.path, self.line, self.problem = Path(path), line, problem
        where = f"{self.path.name}:{line}" if line else self.path.name
        super().__init__(f"{where}: {problem}")


class SettingsError(DragomanError):
    """A setting or option has a value that is not allowed."""


class ModelError(DragomanError):
    """A spaCy pipeline or a classifier is missing or does not fit."""


class SourceError(DragomanError):
    """A source of reports cannot be read at all."""


class StoreError(DragomanError):
    """The store cannot be opened, read or written."""


class EvaluationError(DragomanError):
    """Gold and prediction files do not fit together."""
