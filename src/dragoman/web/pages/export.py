"""Downloads: the events of a filter in a format."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from dragoman.web.exports import export
from dragoman.web.filters import read_filter

router = APIRouter()


@router.get("/export")
def download(request: Request) -> StreamingResponse:
    """``/export?format=csv`` with the filters of the page of events."""
    items = request.query_params.multi_items()
    form = next((value for name, value in items if name == "format"), "csv")
    body, media_type = export(request.app.state.book, read_filter(items), form)
    name = f"events.{form}" if form.isalnum() else "events"
    return StreamingResponse(
        body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
