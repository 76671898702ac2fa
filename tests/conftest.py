"""What tests share: the coder that ships, and one that decides by the table of predicates alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from web_cases import make_store

from dragoman.coding.coder import Coder
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.store import Store
from dragoman.store.ask import Questions


@pytest.fixture(scope="session")
def coder() -> Coder:
    """The coder as it ships, with its classifier."""
    return Coder()


@pytest.fixture(scope="session")
def table_coder() -> Coder:
    """A coder without classifier."""
    return Coder(Settings(classifier=NO_CLASSIFIER))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small store of `web_cases`, for tests that change nothing in it."""
    return make_store(tmp_path_factory.mktemp("small") / "store")


@pytest.fixture(scope="session")
def questions(folder: Path) -> Iterator[Questions]:
    """What answers questions on it; its process is shared."""
    made = Questions(Store.open(folder))
    yield made
    made.close()
