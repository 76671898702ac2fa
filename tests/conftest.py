"""What tests share: the coder that ships, and one that decides by the table of predicates alone."""

from __future__ import annotations

import pytest

from dragoman.coding.coder import Coder
from dragoman.settings import NO_CLASSIFIER, Settings


@pytest.fixture(scope="session")
def coder() -> Coder:
    """The coder as it ships, with its classifier."""
    return Coder()


@pytest.fixture(scope="session")
def table_coder() -> Coder:
    """A coder without classifier."""
    return Coder(Settings(classifier=NO_CLASSIFIER))
