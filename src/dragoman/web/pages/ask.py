"""Ask: a question in SQL over the store's tables, within limits; saved questions; the answer as a table or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from dragoman.errors import SettingsError
from dragoman.formats.cells import csv_cell
from dragoman.store.ask import Answer, Limits, checked, table_help
from dragoman.store.saved import example_questions, remove, save, saved
from dragoman.web.data import Workbench
from dragoman.web.page import Context, Items, Page

router = APIRouter()

SHOWN = Limits(rows=500, seconds=5.0)
"""What a page shows."""
DOWNLOADED = Limits(rows=50_000, seconds=20.0)
"""What a download holds."""


def ask(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The answer to ``?sql=``, or to the saved question ``?saved=``; without either, the tables and examples."""
    asked = dict(query)
    kept = saved(book.store.folder)
    sql = asked.get("sql", "").strip()
    if not sql and asked.get("saved") in kept:
        sql = kept[asked["saved"]].sql or ""
    context: Context = {
        "sql": sql,
        "limits": SHOWN,
        "columns": (),
        "rows": (),
        "more_rows": False,
        "cut_values": False,
        "refused": None,
        "saved": list(kept.values()),
        "_examples": example_questions(),
        "_tables": table_help(),
        "_keys": {},
        "_name": asked.get("saved", "") if asked.get("saved") in kept else "",
    }
    if not sql:
        book.questions.start()
        return context
    try:
        answer = book.questions.ask(sql, SHOWN)
    except SettingsError as error:
        return {**context, "refused": str(error)}
    return {**context, **_shown(book, answer)}


def _shown(book: Workbench, answer: Answer) -> dict[str, Any]:
    ids = (str(row[n]) for n, name in enumerate(answer.columns) if name == "report_id" for row in answer.rows)
    return {
        "columns": answer.columns,
        "rows": answer.rows,
        "more_rows": answer.more_rows,
        "cut_values": answer.cut_values,
        "_keys": book.now.report_keys(ids),
    }


@router.get("/ask.csv")
def download(request: Request, sql: str = "") -> Response:
    """The answer as CSV, more of it than the page shows."""
    answer = request.app.state.book.questions.ask(sql, DOWNLOADED)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(answer.columns)
    rows.writerows([csv_cell(value) for value in row] for row in answer.rows)
    headers = {"Content-Disposition": 'attachment; filename="answer.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/ask/saved")
def keep(request: Request, name: Annotated[str, Form()], sql: Annotated[str, Form()]) -> RedirectResponse:
    """Keep a question under a name."""
    book = request.app.state.book
    save(book.store.folder, name, checked(sql), book.author)
    return RedirectResponse("/ask?" + urlencode({"saved": name.strip()}), 303)


@router.post("/ask/saved/remove")
def forget(request: Request, name: Annotated[str, Form()]) -> RedirectResponse:
    """Take a saved question away."""
    remove(request.app.state.book.store.folder, name)
    return RedirectResponse("/ask", 303)


PAGES = (Page(path="/ask", template="ask.html", make=ask, label="Ask", order=90),)
