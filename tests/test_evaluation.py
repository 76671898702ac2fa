"""The measures give the numbers of the reference scorers, and what is built on them can be relied on.

``cases/evaluation.jsonl``: rows made by hand, with what each layer's reference scorer prints for them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from dragoman.cli import evaluate as evaluate_command
from dragoman.errors import EvaluationError
from dragoman.evaluation.common import best_pairs, largest_total, read_rows
from dragoman.evaluation.coref import compare_clusterings
from dragoman.evaluation.details import article_details, interval
from dragoman.evaluation.error_pages import error_page
from dragoman.evaluation.metrics import match_documents
from dragoman.evaluation.plv import score_plv
from dragoman.evaluation.tasks import TASKS, predict

CASES = read_rows(Path(__file__).parent / "cases" / "evaluation.jsonl")
ARTICLES = CASES[0]


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_numbers_are_those_of_the_reference_scorer(case: dict[str, Any]) -> None:
    result = TASKS[case["task"]].score(case["gold"], case["predictions"])
    assert json.loads(json.dumps(result)) == case["expected"]


def test_gold_scored_against_itself_is_perfect() -> None:
    result = TASKS["articles"].score(ARTICLES["gold"], ARTICLES["gold"])
    assert result["events"]["F1"] == result["strict"]["F1"] == 1.0


weights = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.25, 2.0]), min_size=columns, max_size=columns),
        min_size=1,
        max_size=5,
    )
)


def _best_by_trying(matrix: Sequence[Sequence[float]]) -> float:
    rows, columns = len(matrix), len(matrix[0])
    if rows > columns:
        return _best_by_trying(list(zip(*matrix, strict=True)))
    return max(sum(matrix[i][j] for i, j in enumerate(chosen)) for chosen in permutations(range(columns), rows))


@given(weights)
def test_assignment_is_the_best_there_is(matrix: list[list[float]]) -> None:
    pairs = best_pairs(matrix)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert sum(matrix[i][j] for i, j in pairs) == pytest.approx(_best_by_trying(matrix))
    assert largest_total(matrix) == pytest.approx(_best_by_trying(matrix))


clusterings = st.integers(1, 12).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4), min_size=n, max_size=n) for _ in range(2)))
)


@given(clusterings)
def test_clustering_measures_follow_their_definitions(labels: tuple[list[int], list[int]]) -> None:
    mentions = [("d", str(n)) for n in range(len(labels[0]))]
    gold, system = (dict(zip(mentions, side, strict=True)) for side in labels)
    result = compare_clusterings(gold, system)
    shares = []
    for mention in mentions:
        mine = {m for m in mentions if gold[m] == gold[mention]}
        other = {m for m in mentions if system[m] == system[mention]}
        shares.append((len(mine & other) / len(other), len(mine & other) / len(mine)))
    assert result["b_cubed"]["p"] == pytest.approx(sum(p for p, _ in shares) / len(shares), abs=1e-4)
    assert result["b_cubed"]["r"] == pytest.approx(sum(r for _, r in shares) / len(shares), abs=1e-4)
    assert compare_clusterings(gold, gold)["b_cubed"]["f1"] == 1.0
    swapped = compare_clusterings(system, gold)
    for name in ("muc", "b_cubed", "ceaf_e", "lea", "pairwise"):
        assert (result[name]["p"], result[name]["r"]) == (swapped[name]["r"], swapped[name]["p"])


def test_plv_counts_concede_and_retreat_as_yield_and_pairs_repeated_ids_in_order() -> None:
    gold = [
        {"uid": "1", "gold_root": "YIELD", "gold_penta": "2"},
        {"uid": "1", "gold_root": "ACCUSE", "gold_penta": "3"},
        {"uid": "2", "gold_root": "AID", "gold_penta": "2"},
        {"uid": "3", "gold_root": "AGREE", "gold_penta": "1"},
    ]
    given_types = [{"uid": "1", "type": "CONCEDE"}, {"uid": "1", "type": "REJECT"}, {"uid": 2, "type": "RETREAT"}]
    result = score_plv(gold, given_types)
    assert result["missing"] == 1
    # roots: YIELD p 1/2, r 1; the three others 0
    assert result["root"]["macro_f1"] == pytest.approx((2 / 3) / 4, abs=1e-4)
    assert result["root"]["micro_f1"] == 0.25
    assert result["quad"]["micro_f1"] == 0.75
    assert result["binary"]["classes"]["conflict"]["f1"] == 1.0


def test_intervals_are_the_same_every_time_and_hold_the_score() -> None:
    draw = random.Random(1)
    counts = [(n := draw.randint(0, 5), n + draw.randint(0, 3), n + draw.randint(0, 3)) for _ in range(30)]
    low, high = interval(counts, 500)
    assert interval(counts, 500) == (low, high)
    right, predicted, gold = map(sum, zip(*counts, strict=True))
    assert low < 2 * right / (predicted + gold) < high
    assert interval([], 500) is None


def test_an_event_of_the_wrong_type_is_shown_as_such() -> None:
    documents = match_documents(ARTICLES["gold"], ARTICLES["predictions"])
    confusion = article_details(documents, samples=0)["type_confusion"]
    assert {"gold": "SANCTION", "pred": "THREATEN", "count": 1} in confusion


class _Page(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name in {"src", "href"} or name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_error_page_holds_every_error_in_its_sentence_and_escapes_all() -> None:
    gold = json.loads(json.dumps(ARTICLES["gold"]))
    gold[3]["text"] = "It was <script>alert(1)</script>. Ghana praised Togo. Then it rained."
    gold[3]["title"] = "<img onerror=alert(1)>"
    documents = match_documents(gold, ARTICLES["predictions"])
    page = _Page(error_page(documents, article_details(documents, samples=0)["type_confusion"]))
    assert page.tags.count("article") >= sum(len(d.missed) + len(d.spurious) for d in documents)
    assert not {"script", "img"} & set(page.tags)
    assert "Ghana praised Togo." in page.words
    assert "probably coded as" in page.words


def run(*words: object) -> Result:
    app = typer.Typer()
    evaluate_command.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["evaluate", *map(str, words)])


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_command_measures_a_file_of_predictions(tmp_path: Path) -> None:
    gold, predictions = (_write(tmp_path / f"{name}.jsonl", ARTICLES[name]) for name in ("gold", "predictions"))
    page = tmp_path / "errors.html"
    result = run("articles", gold, "--predictions", predictions, "--format", "json", "--errors", page)
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    details = printed.pop("details")
    assert printed == ARTICLES["expected"]
    low, high = details["events"]["F1_interval"]
    assert low <= printed["events"]["F1"] <= high
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    table = run("articles", gold, "--predictions", predictions, "--bootstrap", "10").stdout
    assert f"articles: events.F1 = {printed['events']['F1']:.3f}" in table


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_is_a_choice_of_the_command(name: str) -> None:
    assert name in {task.value for task in evaluate_command.TaskName}


@pytest.mark.parametrize("name", ["timexes", "toponyms", "attributions", "actors", "factuality", "coref"])
def test_a_layer_is_run_without_seeing_the_answers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dragoman.coding import layers
    from dragoman.linking import coref

    case = next(case for case in CASES if case["case"].split(",")[0] == name)
    seen: list[dict[str, Any]] = []

    def annotate(layer: str, rows: Any) -> Any:
        seen.extend(rows)
        return []

    monkeypatch.setattr(layers, "annotate", annotate)
    monkeypatch.setattr(coref, "link_mentions", lambda rows: annotate("link", rows))
    task = TASKS[name]
    assert predict(task, case["gold"]) == []
    assert len(seen) == len(case["gold"])
    hidden = {"cluster"} if name == "coref" else set(task.gold)
    assert not any(field in json.dumps(list(row)) for row in seen for field in hidden)
    assert "cluster" not in json.dumps(seen)


def test_gold_that_does_not_fit_the_task_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "g.jsonl", [{"doc": "d", "text": "x"}])
    with pytest.raises(EvaluationError, match="row 1 does not fit timexes"):
        TASKS["timexes"].read_gold(path)
    result = run("plv", path)
    assert result.exit_code == 2
    assert "no column" in result.stderr


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": 1}\n{"id": \n')
    with pytest.raises(EvaluationError, match=r"p\.jsonl:2: not JSON"):
        read_rows(path)
