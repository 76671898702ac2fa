"""One question in SQL over a store: read-only, within limits of time, rows and size, and blind to the rest of the machine.

One statement is taken, and only one that reads. It runs in a process of its own (`dragoman.store.answering`) on a
connection that holds the store's tables and nothing else: no files, no network, no extensions, no settings
(`dragoman.store.query.connect_tables`). What takes too long is interrupted, and killed where that does not help.
"""

from __future__ import annotations

import contextlib
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from dragoman.errors import SettingsError, StoreError
from dragoman.store.schema import table_schemas
from dragoman.store.store import Store

LONGEST = 20_000
"""Characters of a question."""
GRACE = 1.0
"""Seconds after its limit that a question has to stop by itself."""
_START = 20.0
"""Seconds that the process may take to start, beside those of its first question."""
_READS = frozenset({duckdb.StatementType.SELECT})


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows an answer may have, and how many seconds it may take."""

    rows: int = 1000
    seconds: float = 5.0


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the answering process is sent."""

    sql: str
    rows: int
    seconds: float


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """`columns` by name, `rows` of plain values, and whether more rows or longer values were cut off."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more_rows: bool = False
    cut_values: bool = False


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why there is no answer, in one line; `busy` where asking again may help."""

    error: str
    busy: bool = False


class TableHelp(msgspec.Struct, frozen=True):
    """What a table holds, and its columns: ``(name, type, what it holds)``."""

    name: str
    holds: str
    columns: tuple[tuple[str, str, str], ...]


def table_help() -> tuple[TableHelp, ...]:
    """The tables that can be asked, as ``schema.sql`` describes them."""
    return tuple(
        TableHelp(name, table.comment, tuple((c.name, c.type, c.comment) for c in table.columns))
        for name, table in table_schemas().items()
    )


def first_line(error: Exception) -> str:
    """An error of DuckDB in one line of at most 300 characters."""
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line[:300]


def checked(sql: str) -> str:
    """The question, if it is one statement that only reads; raises `SettingsError` that says what it is instead."""
    if len(sql) > LONGEST:
        raise SettingsError(f"the question has {len(sql)} characters; at most {LONGEST} are taken")
    if "\x00" in sql:
        raise SettingsError("the question holds a zero character")
    try:
        found = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise SettingsError(first_line(error)) from None
    if not found:
        raise SettingsError("there is no question: write a SELECT")
    if len(found) > 1:
        raise SettingsError("one question at a time: this is more than one statement")
    if found[0].type not in _READS:
        raise SettingsError(f"only questions are taken (SELECT, WITH, VALUES, DESCRIBE), not {found[0].type.name}")
    return str(found[0].query)


class Questions:
    """Answers questions on the current state of a store; the process starts with the first and is kept.

    Safe to use from several threads: a second question waits for the first, which has its limit.
    """

    def __init__(self, store: Store) -> None:
        self._folder: Path = store.folder
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._fresh = False

    def ask(self, sql: str, limits: Limits | None = None) -> Answer:
        """The answer to one question.

        Raises `SettingsError`, in one line, for what is no question, is not allowed, or breaks a limit; `StoreError`
        where the store is gone or was being written.
        """
        limits = limits or Limits()
        question = Question(sql=checked(sql), rows=limits.rows, seconds=limits.seconds)
        with self._lock:
            said = self._said(question)
        if isinstance(said, Refusal):
            raise (StoreError if said.busy else SettingsError)(said.error)
        return said

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def start(self) -> None:
        """Start the process, so that the first question need not wait for it; nothing while one is being answered."""
        if self._lock.acquire(blocking=False):
            try:
                self._start()
            finally:
                self._lock.release()

    def _start(self) -> None:
        """Start the process where none runs; only for the holder of the lock."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dragoman.store.answering", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._fresh = True

    def _said(self, question: Question) -> Answer | Refusal:
        self._start()
        wait = question.seconds + GRACE + (_START if self._fresh else 0.0)
        assert self._process is not None
        with contextlib.suppress(BrokenPipeError):
            line = self._exchange(self._process, msgspec.json.encode(question) + b"\n", wait)
            if line is None:
                self.close()
                raise SettingsError(f"the question took longer than {question.seconds:g} seconds")
            if line:
                self._fresh = False
                return msgspec.json.decode(line, type=Answer | Refusal)
        self.close()
        raise SettingsError("the question needs more memory than it may have, or broke off")

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], sent: bytes, seconds: float) -> bytes | None:
        """The line that comes back; empty where the process has ended, None where it is late."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(sent)
        process.stdin.flush()
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            ready, _, _ = select.select([process.stdout], [], [], left)
            if ready:
                return process.stdout.readline()
        return None
