"""Charts of the pages: Vega-Lite specifications made once through Altair; a page adds its rows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
COLOURS = ("#8cc2e0", "#3f8cc4", "#efb160", "#c9541a")


@lru_cache(maxsize=1)
def _weeks() -> dict[str, Any]:
    import altair as alt

    chart = (
        alt.Chart(alt.NamedData("rows"), width="container", height=190)
        .mark_bar(orient="vertical", binSpacing=1)
        .encode(
            x=alt.X("week:T", title=None, bandPosition=0, axis=alt.Axis(grid=False, labelOverlap=True)),
            x2="end:T",
            y=alt.Y("events:Q", title="events", stack="zero", axis=alt.Axis(tickCount=4, domain=False)),
            color=alt.Color("quad:N", scale=alt.Scale(domain=list(QUADS), range=list(COLOURS)), legend=None),
            order=alt.Order("rank:Q"),
            href="href:N",
            tooltip=[
                alt.Tooltip("week:T", title="week of"),
                alt.Tooltip("quad:N", title="quad class"),
                alt.Tooltip("events:Q", title="events"),
            ],
        )
    )
    return dict(chart.to_dict())


def weeks(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Events by week and quad class; rows with week, end, quad, events, rank, href."""
    return {"spec": _weeks(), "data": {"rows": rows}}
