"""Rulings: a person says that two events are one happening, or not. The journal keeps it, the next link honours it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse

from dragoman.errors import SettingsError
from dragoman.store.journal import Ruling, append
from dragoman.web.page import NotThereError

router = APIRouter()

_PAIR = """
SELECT 1 FROM story_joins WHERE story_id = ? AND event_a = ? AND report_a = ? AND event_b = ? AND report_b = ?
"""
_VERDICTS = ("same", "different", "withdrawn")


@router.post("/story/{story}/ruling")
def rule(
    request: Request,
    story: str,
    event_a: Annotated[str, Form()],
    report_a: Annotated[str, Form()],
    event_b: Annotated[str, Form()],
    report_b: Annotated[str, Form()],
    verdict: Annotated[str, Form()],
) -> RedirectResponse:
    """Keep a ruling on a pair that the page of a story shows."""
    book = request.app.state.book
    if verdict not in _VERDICTS:
        raise SettingsError(f"verdict is {verdict!r}; allowed: {', '.join(_VERDICTS)}")
    if not book.now.rows(_PAIR, [story, event_a, report_a, event_b, report_b]):
        raise NotThereError("This story has no such pair of events.")
    ruling = Ruling(
        event_a=event_a,
        report_a=report_a,
        event_b=event_b,
        report_b=report_b,
        verdict=verdict,
        author=request.app.state.book.author,
    )
    append(book.store.folder, [ruling])
    return RedirectResponse(f"/story/{story}#rulings", 303)
