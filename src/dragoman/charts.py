"""Charts of relations as Vega-Lite specifications, and their pictures.

Specifications are made with Altair from Arrow tables and records of `dragoman.relations`; `render` makes JSON, SVG, PNG
or an HTML page that holds its script, so that nothing is fetched from outside. Colours come from ``chart_colours.tsv``
and can be told apart by colour-blind readers; conflict also lies below the axis and cooperation above it.
"""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.ontology.ontology import QUADS
from dragoman.render import clean
from dragoman.tables import package_file, read_table

if TYPE_CHECKING:
    from dragoman.relations.changes import Changes, DyadTurn
    from dragoman.relations.network import Network
    from dragoman.relations.ties import Tie

Spec = dict[str, Any]
FORMATS = ("json", "svg", "png", "html")
WIDTH, HEIGHT = 720, 260
PNG_SCALE = 2.0
NOTE_WIDTH = 110
LAYOUT_SEED = 20251117
MOST_SHOWN = 40


@cache
def colours() -> Mapping[str, str]:
    """Colours by name; raises `TableError`."""
    return {row["name"]: row["colour"] for row in read_table(package_file("chart_colours.tsv"), ("name", "colour"))}


def _altair() -> Any:
    """Altair, imported where a chart is made (it takes a second)."""
    import altair

    altair.data_transformers.disable_max_rows()
    return altair


def _finished(chart: Any, title: str, note: str = "") -> Spec:
    """The specification of a chart with its title, what it counts, and a description for those who do not see."""
    lines = textwrap.wrap(note, NOTE_WIDTH)
    chart = chart.properties(
        title={"text": title, "subtitle": lines, "anchor": "start"}, description=f"{title}. {note}".strip()
    )
    made: Spec = json.loads(chart.configure_view(stroke=None).configure_axis(grid=True, gridOpacity=0.4).to_json())
    spec: Spec = _mapped(made, _safe)
    return spec


def dyad_chart(series: pa.Table, direction: str, note: str = "") -> Spec:
    """Counts by quad a period (conflict below the axis), summed score as a line, and the reports read below."""
    alt = _altair()
    rows = [row for row in series.to_pylist() if row["direction"] == direction]
    counts = [
        {
            "period": row["period_start"].isoformat(),
            "quad": quad,
            "events": -row[quad.replace(" ", "_")] if quad.endswith("conflict") else row[quad.replace(" ", "_")],
            "count": row[quad.replace(" ", "_")],
        }
        for row in rows
        for quad in QUADS
    ]
    plain = [
        {"period": r["period_start"].isoformat(), "score": r["score_sum"], "read": r["reports_read"]} for r in rows
    ]
    when = alt.X("period:T", title=None)
    bars = (
        alt.Chart(alt.Data(values=counts))
        .mark_bar()
        .encode(
            x=when,
            y=alt.Y("events:Q", title="conflict  |  cooperation"),
            color=alt.Color(
                "quad:N", title=None, scale=alt.Scale(domain=list(QUADS), range=[colours()[q] for q in QUADS])
            ),
            tooltip=["period:T", "quad:N", "count:Q"],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )
    line = (
        alt.Chart(alt.Data(values=plain))
        .mark_line(color=colours()["score"], point={"color": colours()["score"]})
        .encode(x=when, y=alt.Y("score:Q", title="summed score"), tooltip=["period:T", "score:Q"])
        .properties(width=WIDTH, height=90)
    )
    read = (
        alt.Chart(alt.Data(values=plain))
        .mark_area(color=colours()["coverage"], opacity=0.6)
        .encode(x=when, y=alt.Y("read:Q", title="reports read"), tooltip=["period:T", "read:Q"])
        .properties(width=WIDTH, height=60)
    )
    return _finished(alt.vconcat(bars, line, read), direction, note)


def ties_chart(found: Sequence[Tie], note: str = "") -> Spec:
    """A line a tie over time: bars for what lasts, points for what happens; derived pasts in a colour of their own."""
    alt = _altair()
    rows = [_tie_row(tie) for tie in found if tie.begin or tie.end][: 5 * MOST_SHOWN]
    told = [(piece.published or "")[:10] for tie in found for piece in tie.evidence]
    newest = max([row["end"] for row in rows] + [day for day in told if len(day) == 10], default=None)
    for row in rows:
        if row["open"]:
            row["end"] = newest
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("begin:T", title=None),
        y=alt.Y("tie:N", title=None),
        color=alt.Color(
            "kind:N",
            title=None,
            legend=alt.Legend(orient="bottom"),
            scale=alt.Scale(domain=["reported", "derived"], range=[colours()["tie"], colours()["derived"]]),
        ),
        tooltip=["tie:N", "state:N", "level:N", "words:N"],
    )
    spans = base.transform_filter("datum.lasts").mark_bar(height=12, opacity=0.8).encode(x2="end:T")
    points = base.mark_point(filled=True, size=60)
    names = (
        base.transform_filter("datum.lasts")
        .mark_text(align="left", dx=6, dy=-11, fontSize=10)
        .encode(text="state:N", color=alt.value(colours()["score"]))
    )
    chart = alt.layer(spans, points, names).properties(width=WIDTH, height=alt.Step(36))
    return _finished(chart, "Ties", note)


def _tie_row(tie: Tie) -> dict[str, Any]:
    begin = _day(tie.begin or tie.end, last=False)
    return {
        "tie": f"{tie.a} {'→' if tie.directed else '–'} {tie.b}: {tie.tie}",
        "state": tie.state,
        "begin": begin,
        "end": _day(tie.end or tie.last_reported or tie.begin, last=True),
        "open": tie.status == "holds",
        "lasts": tie.status != "happened" and tie.begin is not None,
        "kind": "derived" if tie.derived else "reported",
        "level": tie.level or "",
        "words": tie.evidence[0].text if tie.evidence else "",
    }


def _day(value: str | None, last: bool) -> str:
    from dragoman.isodates import date_range

    found = date_range(value)
    return found[1 if last else 0].isoformat() if found else ""


def changes_chart(found: Changes, note: str = "") -> Spec:
    """The most surprising changes of a window, by surprise, coloured by what they are of."""
    alt = _altair()
    rows = [
        {
            "dyad": f"{change.a}–{change.b}: {change.kind}",
            "surprise": change.surprise,
            "count": change.count,
            "expected": change.expected,
            "side": "conflict" if "conflict" in change.kind else "cooperation" if "coop" in change.kind else "other",
        }
        for change in found.changes[:MOST_SHOWN]
    ]
    scale = alt.Scale(
        domain=["cooperation", "conflict", "other"],
        range=[colours()["cooperation"], colours()["conflict"], colours()["neutral"]],
    )
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("surprise:Q", title="surprise (−log₁₀ of the chance)"),
            y=alt.Y("dyad:N", title=None, sort="-x"),
            color=alt.Color("side:N", title=None, scale=scale),
            tooltip=["dyad:N", "count:Q", "expected:Q", "surprise:Q"],
        )
        .properties(width=WIDTH, height=alt.Step(20))
    )
    return _finished(chart, f"What changed, {found.since} to {found.until}", note)


def turns_chart(found: Sequence[DyadTurn], note: str = "") -> Spec:
    """Turning points: how far the level of each dyad moved."""
    alt = _altair()
    rows = [
        {"dyad": f"{t.a}–{t.b} {t.period}: {t.direction}", "shift": t.shift, "p": t.p, "side": t.direction.split()[-1]}
        for t in found[:MOST_SHOWN]
    ]
    scale = alt.Scale(domain=["cooperation", "conflict"], range=[colours()["cooperation"], colours()["conflict"]])
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("shift:Q", title="shift of the level"),
            y=alt.Y("dyad:N", title=None, sort="-x"),
            color=alt.Color("side:N", title=None, scale=scale),
            tooltip=["dyad:N", "shift:Q", "p:Q"],
        )
        .properties(width=WIDTH, height=alt.Step(20))
    )
    return _finished(chart, "Turning points", note)


def _drawn(found: Network, most: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The strongest states of a network with a place on the page, and the edges among them."""
    import networkx as nx

    kept = {node.country for node in found.nodes[:most]}
    lines = [edge for edge in found.edges if edge.a in kept and edge.b in kept]
    graph = nx.Graph()
    graph.add_nodes_from(sorted(kept))
    graph.add_weighted_edges_from((edge.a, edge.b, edge.weight**0.5) for edge in lines)
    at = nx.spring_layout(graph, seed=LAYOUT_SEED, iterations=200) if kept else {}
    where = {country: (round(float(x), 4), round(float(y), 4)) for country, (x, y) in at.items()}
    nodes = [
        {
            "country": node.country,
            "x": where[node.country][0],
            "y": where[node.country][1],
            "happenings": node.strength,
            "group": str(node.community + 1),
            "brokered": node.brokered,
        }
        for node in found.nodes[:most]
    ]
    edges = [
        {
            "x": where[edge.a][0],
            "y": where[edge.a][1],
            "x2": where[edge.b][0],
            "y2": where[edge.b][1],
            "pair": f"{edge.a}–{edge.b}",
            "weight": edge.weight,
            "score": edge.score,
            "side": "cooperation" if edge.sign > 0 else "conflict",
        }
        for edge in lines
    ]
    return nodes, edges


def network_chart(found: Network, note: str = "", most: int = MOST_SHOWN) -> Spec:
    """The strongest states of a network as points, joined by lines in the colour of their sign."""
    alt = _altair()
    nodes, edges = _drawn(found, most)
    scale = alt.Scale(domain=["cooperation", "conflict"], range=[colours()["cooperation"], colours()["conflict"]])
    x, y = (alt.X(f"{name}:Q", axis=None) if name == "x" else alt.Y("y:Q", axis=None) for name in ("x", "y"))
    links = (
        alt.Chart(alt.Data(values=edges))
        .mark_rule(opacity=0.6)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("side:N", title="net", scale=scale),
            strokeDash=alt.StrokeDash(
                "side:N", title="net", scale=alt.Scale(domain=["cooperation", "conflict"], range=[[1, 0], [5, 3]])
            ),
            strokeWidth=alt.StrokeWidth("weight:Q", title="happenings", scale=alt.Scale(range=[0.7, 7])),
            tooltip=["pair:N", "weight:Q", "score:Q"],
        )
    )
    dots = (
        alt.Chart(alt.Data(values=nodes))
        .mark_circle(color=colours()["neutral"], opacity=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("happenings:Q", legend=None, scale=alt.Scale(range=[60, 900])),
            tooltip=["country:N", "happenings:Q", "group:N", "brokered:Q"],
        )
    )
    names = alt.Chart(alt.Data(values=nodes)).mark_text(dy=-12, fontWeight="bold").encode(x=x, y=y, text="country:N")
    chart = alt.layer(links, dots, names).properties(width=WIDTH, height=WIDTH)
    return _finished(chart, f"Network, {found.period}", note)


def render(spec: Spec, form: str) -> bytes:
    """The specification as JSON, or its picture as SVG, PNG or HTML page; raises `SettingsError` for another format."""
    if form == "json":
        # "<" as an escape, so that the specification can also be put into a page's script as it is
        return (json.dumps(spec, indent=1, ensure_ascii=False).replace("<", "\\u003c") + "\n").encode()
    if form not in FORMATS:
        raise SettingsError(f"format is {form!r}; allowed: {', '.join(FORMATS)}")
    import vl_convert

    if form == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=PNG_SCALE))
    page: str = vl_convert.vegalite_to_html(_mapped(spec, lambda text: text.replace("<", _LESS)), bundle=True)
    title = html.escape(str(spec.get("description", "")), quote=True)
    page = page.replace(_LESS, "\\u003c")
    return page.replace("<head>", f'<head><meta charset="utf-8"><title>{title}</title>', 1).encode()


# Stands for "<" while the page is made, whose script would otherwise end at a "</script>" in the words of a report.
_LESS = "\ue000"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """A specification with all its texts changed."""
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _safe(text: str) -> str:
    """Text without control characters and direction overrides, on one line; nothing in it can stand for `_LESS`."""
    return clean(text).replace(_LESS, "")
