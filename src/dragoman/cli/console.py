"""What all commands share: where messages go, exit codes, errors as one line, text of reports made safe to show."""

from __future__ import annotations

import os
import signal
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import NoReturn

import typer
from rich.console import Console
from rich.text import Text

from dragoman.errors import DragomanError

messages = Console(stderr=True, highlight=False, soft_wrap=True)


class ExitCode(IntEnum):
    """What a command's exit code says."""

    ALL = 0
    SOME_SET_ASIDE = 1
    NOTHING_USABLE = 2
    INTERRUPTED = 130


def say(message: str, style: str = "") -> None:
    """One line to a person, on standard error; nothing in it is taken for markup."""
    messages.print(Text(message, style=style))


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    say(f"dragoman: {message}", "red")
    raise typer.Exit(ExitCode.NOTHING_USABLE)


@contextmanager
def errors_as_messages() -> Iterator[None]:
    """Turn errors that Dragoman raises on purpose into one line and exit code 2; end quietly where a pipe closed."""
    try:
        yield
    except DragomanError as error:
        fail(str(error))
    except BrokenPipeError:
        # Whoever read our output has gone (``| head``): nothing to report, and no second error at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.SOME_SET_ASIDE) from None


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Have SIGTERM clean up as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: whoever runs us there handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def shown(text: str | None, width: int | None = None) -> str:
    """Text of a report on one line for a terminal: control characters and direction overrides are left out.

    They stay in the records; only here they could rewrite the screen.
    """
    kept = "".join(" " if character.isspace() else character for character in text or "")
    line = " ".join("".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).split())
    return line if width is None or len(line) <= width else line[: width - 1] + "…"
