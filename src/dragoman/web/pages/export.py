"""Downloads: the events of a filter in a format."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from dragoman.web.exports import exported
from dragoman.web.filters import read_filter

router = APIRouter()
_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    ".geojson": "application/geo+json",
    ".graphml": "application/xml",
    ".gexf": "application/xml",
}


@router.get("/export")
def download(request: Request) -> StreamingResponse:
    """``/export?format=csv`` with the filters of the page of events."""
    items = request.query_params.multi_items()
    form = next((value for name, value in items if name == "format"), "csv")
    body, name = exported(request.app.state.book, read_filter(items), form)
    media_type = _TYPES.get(name[name.index(".") :], "application/octet-stream")
    return StreamingResponse(
        body, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
