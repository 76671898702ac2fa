"""Pictures of an evaluation: which types are taken for which, and the reliability diagram, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dragoman.atomic import atomic_output

CELL = 26
MISSED, SPURIOUS = "(missed)", "(not in gold)"


def confusion_cells(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The cells of the matrix: events of each gold type by what they were coded as, misses and extras included."""
    taken = details["type_confusion"]
    cells = [dict(cell) for cell in taken]
    for name, row in details["types"].items():
        matched = round(row["P"] * row["pred"])
        away = sum(cell["count"] for cell in taken if cell["gold"] == name)
        towards = sum(cell["count"] for cell in taken if cell["pred"] == name)
        cells += [
            {"gold": name, "pred": name, "count": matched},
            {"gold": name, "pred": MISSED, "count": row["gold"] - matched - away},
            {"gold": SPURIOUS, "pred": name, "count": row["pred"] - matched - towards},
        ]
    return [cell for cell in cells if cell["count"] > 0]


def _order(cells: Sequence[Mapping[str, Any]], side: str, last: str) -> list[str]:
    names = sorted({str(cell[side]) for cell in cells} - {last})
    return [*names, last]


def confusion_svg(details: Mapping[str, Any]) -> str:
    """The confusion matrix of types: gold in rows, coded in columns."""
    import altair as alt

    cells = confusion_cells(details)
    gold, coded = _order(cells, "gold", SPURIOUS), _order(cells, "pred", MISSED)
    base = alt.Chart(alt.Data(values=cells)).encode(
        x=alt.X("pred:N", sort=coded, title="coded as", axis=alt.Axis(labelAngle=-60)),
        y=alt.Y("gold:N", sort=gold, title="gold"),
    )
    squares = base.mark_rect().encode(color=alt.Color("count:Q", scale=alt.Scale(scheme="blues"), legend=None))
    most = max((cell["count"] for cell in cells), default=0)
    dark = alt.condition(alt.datum.count > most / 2, alt.value("white"), alt.value("black"))
    chart = (squares + base.mark_text(fontSize=11).encode(text="count:Q", color=dark)).properties(
        width=CELL * len(coded), height=CELL * len(gold), title="Types of events"
    )
    return _svg(chart)


def reliability_svg(reliability: Mapping[str, Any]) -> str:
    """The reliability diagram: share of events right against their confidence; points on the line keep their word."""
    import altair as alt

    scale = alt.Scale(domain=[0, 1])
    line = alt.Chart(alt.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(color="#999", strokeDash=[4, 4])
    points = alt.Chart(alt.Data(values=list(reliability["bins"]))).mark_point(filled=True, color="#1f5a92")
    chart = line.encode(x="x:Q", y="y:Q") + points.encode(
        x=alt.X("confidence:Q", scale=scale, title="confidence"),
        y=alt.Y("right:Q", scale=scale, title="share in gold"),
        size=alt.Size("events:Q", title="events"),
    )
    error = reliability["error"]
    title = "Reliability" if error is None else f"Reliability (expected calibration error {error:.3f})"
    return _svg(chart.properties(width=320, height=320, title=title))


def _svg(chart: Any) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart.to_json()))


def write_pictures(folder: Path, details: Mapping[str, Any]) -> list[Path]:
    """Write ``types.svg`` and ``reliability.svg`` into a folder, made if need be; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"types.svg": confusion_svg(details), "reliability.svg": reliability_svg(details["reliability"])}
    for name, picture in pictures.items():
        with atomic_output(folder / name) as file:
            file.write(picture.encode("utf-8", "replace"))
    return [folder / name for name in pictures]
