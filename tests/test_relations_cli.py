"""`dragoman relate`, its charts, the rules of ties by their examples, and the seed set: a report and ten around it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest
import typer
from relation_tables import event, reports, unlinked
from typer.testing import CliRunner, Result

from dragoman import charts
from dragoman.cli import relate as relate_command
from dragoman.coding.coder import Coder
from dragoman.errors import SettingsError
from dragoman.records import Report, to_json_line
from dragoman.relations.dyads import dyad_series
from dragoman.relations.network import network
from dragoman.relations.tie_rules import TieRule, tie_rules
from dragoman.relations.ties import Tie, ties
from dragoman.store import Store

SEED = Path(__file__).parent / "relations" / "seed.jsonl"
HOSTILE = "\x1b[31m[bold]=1+1<script>alert(1)</script>\u202e raid on a post"


@pytest.fixture(scope="session")
def seed_store(coder: Coder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seed set, coded and loaded."""
    given = [msgspec.json.decode(line, type=Report) for line in SEED.read_bytes().splitlines()]
    store = Store.open(tmp_path_factory.mktemp("seed") / "store", create=True)
    store.load(list(coder.pipe(given)), given)
    return store.folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "coded.jsonl"
    told = [
        event(1, "ASSAULT", ["NOR"], ["CHL"], words=HOSTILE),
        event(2, "CONSULT", ["NOR"], ["CHL"], day="2025-02-04", mode="phone", words="spoke by telephone"),
    ]
    path.write_bytes(b"".join(map(to_json_line, reports(told))))
    return path


def run(*words: object) -> Result:
    app = typer.Typer()
    relate_command.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["relate", *map(str, words)])


def states(found: tuple[Tie, ...], tie: str) -> list[tuple[str, str, str, str | None]]:
    return [(one.state, one.a, one.b, one.begin) for one in found if one.tie == tie]


# the seed set


def test_seed_russia_and_syria_talk_and_cooperate_militarily(seed_store: Path) -> None:
    with Store.open(seed_store).connect() as connection:
        found = ties(connection, "RUS", "SYR")
    assert ("visit", "RUS", "SYR", "2025-11-16") in states(found, "visit")
    assert {state for state, *_ in states(found, "military cooperation")} == {"discussed", "practised"}
    visit = next(tie for tie in found if tie.tie == "visit" and tie.a == "RUS")
    assert (visit.level, visit.place) == ("deputy", "Damascus")
    assert "met the Syrian defense minister" in visit.evidence[0].text


def test_seed_turkey_was_not_represented_in_syria_from_2012_until_2025(seed_store: Path) -> None:
    with Store.open(seed_store).connect() as connection:
        none, restored = [tie for tie in ties(connection, "TUR", "SYR") if tie.tie == "representation"]
    assert (none.state, none.begin, none.derived) == ("none", "2012", True)
    assert none.derivation == "“a 13-year hiatus”: 2025 - 13 = 2012"
    assert none.evidence[0].text == "a 13-year hiatus"
    assert (none.end or "")[:4] == "2025"
    assert "restored" in restored.state
    assert (restored.status, restored.derived) == ("holds", False)


def test_seed_leaders_of_russia_and_israel_called_each_other(seed_store: Path) -> None:
    with Store.open(seed_store).connect() as connection:
        calls = [tie for tie in ties(connection, "ISR", "RUS") if tie.tie == "call"]
    assert [(call.begin, call.level) for call in calls] == [("2025-11-15", "leader"), ("2025-11-20", "leader")]


def test_seed_russia_stands_between_parties_without_a_tie_of_their_own(seed_store: Path) -> None:
    with Store.open(seed_store).connect() as connection:
        found = network(connection, "2025-Q4")
    pairs = {(pair.a, pair.b): pair for pair in found.brokerage if pair.broker == "RUS"}
    assert {("IRN", "ISR"), ("ISR", "SYR"), ("IRN", "TUR"), ("ISR", "TUR")} <= set(pairs)
    assert pairs["ISR", "SYR"].conflict > 0
    assert pairs["IRN", "TUR"].conflict == 0
    assert all(len(pair.stories) == 2 and pair.stories[0].words for pair in pairs.values())
    assert max(found.nodes, key=lambda node: node.brokered).country == "RUS"


def test_seed_sanctions_that_were_lifted_have_ended(seed_store: Path) -> None:
    with Store.open(seed_store).connect() as connection:
        [tie] = [tie for tie in ties(connection, "USA", "SYR") if tie.tie == "sanctions"]
    assert (tie.begin, tie.end, tie.status) == ("2019", "2025-12-02", "ended")


def test_every_words_of_a_tie_stand_in_its_report(seed_store: Path) -> None:
    store = Store.open(seed_store)
    with store.connect() as connection:
        found = ties(connection)
    assert len(found) > 10
    for tie in found:
        for piece in tie.evidence:
            report = store.report(piece.report_id)
            assert report is not None
            assert report.text[piece.start : piece.end] == piece.text


def test_rules_find_their_examples(coder: Coder) -> None:
    rules = tie_rules()
    given = [Report(id=f"r{n}", text=rule.example, published="2025-06-10") for n, rule in enumerate(rules)]
    missed = [rule.example for rule, one in zip(rules, coder.pipe(given), strict=True) if not _found(rule, one)]
    assert missed == []


def _found(rule: TieRule, coded: object) -> bool:
    made = ties(unlinked([coded]))  # type: ignore[list-item]
    return any(
        tie.tie == rule.tie and (rule.state in tie.state.split(", ") or (rule.effect == "ends" and tie.end is not None))
        for tie in made
    )


# the command


def test_a_dyad_as_a_table_names_what_it_counts(small: Path) -> None:
    result = run("NOR", "CHL", "--by", "month", small)
    assert result.exit_code == 0, result.output
    assert "NOR>CHL" in result.stdout
    assert "not linked" in result.stderr
    assert max(map(len, result.stdout.splitlines())) <= 120
    assert run("NOR-CHL", small).stdout == run("nor", "chl", small).stdout


def test_csv_and_json_hold_the_whole_series(small: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("NOR", "CHL", "--format", "csv", small).stdout)))
    answer = json.loads(run("NOR", "CHL", "--format", "json", small).stdout)
    assert len(rows) == len(answer["series"]) == 6
    assert rows[0].keys() >= {"direction", "period", "events", "assault", "score_sum", "reports_read", "rate"}
    assert answer["basis"]["unit"] == "events"


@pytest.mark.parametrize(
    "options",
    [
        ["NOR", "CHL"],
        ["NOR", "CHL", "--ties"],
        ["--changes", "--since", "60d"],
        ["--turning-points", "--by", "week"],
        ["--network", "2025"],
    ],
)
@pytest.mark.parametrize("form", ["vega", "svg", "png", "html"])
def test_every_view_has_its_chart(small: Path, tmp_path: Path, options: list[str], form: str) -> None:
    out = tmp_path / "chart"
    result = run(*options, "--format", form, "--out", out, small)
    assert result.exit_code == 0, result.output
    data = out.read_bytes()
    starts = {"vega": b"{", "svg": b"<svg", "png": b"\x89PNG", "html": b"<!"}
    assert data.lstrip().startswith(starts[form])
    assert b"<script>alert" not in data


def test_ties_changes_and_networks_as_tables(small: Path) -> None:
    assert "spoke by telephone" in " ".join(run("NOR", "CHL", "--ties", small).stdout.split())
    assert "armed conflict" in run("--changes", "--since", "60d", small).stdout
    assert "triads" in run("--network", "2025-Q1", "--compare", "2024-Q4", small).stdout
    assert json.loads(run("--network", "2025", "--format", "json", small).stdout)["network"]["nodes"]
    assert run("--by", "year", "--format", "csv", small).stdout.count("\n") == 3


def test_trips_of_leaders_and_ministers(seed_store: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--trips", "--format", "csv", seed_store).stdout)))
    assert ("Abbas Araghchi", "IRN", "minister", "RUS") in {
        (row["traveller"], row["country"], row["level"], row["host"]) for row in rows
    }
    assert "Moscow" in run("--trips", seed_store).stdout


def test_hostile_words_reach_neither_terminal_nor_spreadsheet(small: Path) -> None:
    table = run("--changes", "--since", "60d", small).stdout
    assert "\x1b" not in table
    assert "\u202e" not in table
    for row in csv.reader(io.StringIO(run("NOR", "CHL", "--ties", "--format", "csv", small).stdout)):
        assert not any(cell[:1] in {"=", "+", "@"} for cell in row)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["NOR", "XXQ"], "no country code"),
        (["NOR"], "two countries"),
        (["--network", "2025-Q9"], "period is"),
        (["--network", "2025", "--changes"], "one of"),
        (["--changes", "--since", "soon"], "since is"),
        (["--format", "svg"], "no chart"),
        (["NOR", "CHL", "PER"], "no country code, store or file"),
    ],
)
def test_wrong_requests_are_said_in_one_line(small: Path, words: list[str], problem: str) -> None:
    result = run(*words, small)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_missing_store_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no store or file given" in run("NOR", "CHL").stderr


def test_the_same_store_gives_the_same_bytes(seed_store: Path) -> None:
    for options in (["--network", "2025-Q4"], ["--ties"], ["RUS", "SYR"], ["--changes", "--since", "30d"]):
        once, again = (run(*options, "--format", "json", seed_store).stdout for _ in range(2))
        assert once == again


# charts


def test_quads_have_colours_that_differ() -> None:
    quads = [charts.colours()[quad] for quad in charts.QUADS]
    assert len(set(quads)) == 4


def test_conflict_lies_below_the_axis_and_nothing_is_fetched() -> None:
    series = dyad_series(unlinked(reports([event(1, "ASSAULT", ["NOR"], ["CHL"])])), "NOR", "CHL")
    spec = charts.dyad_chart(series, "NOR>CHL")
    values = [row for row in spec["vconcat"][0]["data"]["values"] if row["quad"] == "material conflict"]
    assert [row["events"] for row in values] == [-1]
    assert b"<script src" not in charts.render(spec, "html")


def test_words_of_reports_stay_text_in_a_page() -> None:
    found = ties(unlinked(reports([event(1, "ASSAULT", ["NOR"], ["CHL"], words="raid</script><b>\ue000 \x1b[31m")])))
    spec = charts.ties_chart(found)
    shown = spec["layer"][0].get("data", spec.get("data"))
    assert "raid</script><b> [31m" in json.dumps(shown or spec)
    page = charts.render(spec, "html").decode()
    assert "raid</script>" not in page
    assert "raid\\u003c/script" in page


def test_an_unknown_format_is_refused() -> None:
    spec = charts.ties_chart(())
    with pytest.raises(SettingsError, match="allowed: json"):
        charts.render(spec, "gif")
