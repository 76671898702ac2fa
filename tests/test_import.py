"""`dragoman import` and `dragoman show --coder`: other coders' events beside Dragoman's own."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
from make_records import coded, report
from typer.testing import CliRunner, Result

from dragoman.cli import import_ as import_command
from dragoman.cli import show as show_command
from dragoman.errors import SettingsError, SourceError
from dragoman.formats import codes, import_file
from dragoman.formats.acled import country_of
from dragoman.formats.compare import side_by_side
from dragoman.records import CodedReport, Event
from dragoman.store import EventFilter, Store


def line(form: str, **cells: object) -> str:
    names = codes.columns(form)
    unknown = set(cells) - {name.replace(" ", "_") for name in names}
    assert not unknown, unknown
    return "\t".join(str(cells.get(name.replace(" ", "_"), "")) for name in names)


def gdelt(number: object = 1, **cells: object) -> str:
    given = {
        "GLOBALEVENTID": number, "SQLDATE": 20250304, "MonthYear": 202503, "Year": 2025,
        "Actor1Code": "NORGOV", "Actor1Name": "NORWAY", "Actor1CountryCode": "NOR", "Actor1Type1Code": "GOV",
        "Actor2Code": "CHL", "Actor2Name": "CHILE", "Actor2CountryCode": "CHL", "IsRootEvent": 1, "EventCode": "042",
        "ActionGeo_Type": 4, "ActionGeo_Fullname": "Lima, Lima, Peru", "ActionGeo_CountryCode": "PE",
        "ActionGeo_Lat": -12.05, "ActionGeo_Long": -77.05, "DATEADDED": 20250305011500,
        "SOURCEURL": "https://example.org/lima", **cells,
    }  # fmt: skip
    return line("gdelt", **given)


def icews(number: object = 1, day: str = "2018-06-01", **cells: object) -> str:
    given = {
        "Event_ID": number, "Event_Date": day, "Source_Name": "Foreign Affairs (Norway)",
        "Source_Sectors": "Executive,Foreign Ministry,Government", "Source_Country": "Norway", "CAMEO_Code": "040",
        "Target_Name": "Military (Chile)", "Target_Sectors": "Military,Government", "Target_Country": "Chile",
        "Publisher": "Harbour Post", "City": "Lima", "District": "NA", "Province": "NA", "Country": "Peru",
        "Latitude": "-12.05", "Longitude": "-77.05", **cells,
    }  # fmt: skip
    return line("icews", **given)


def polecat(key: object = "20230101-1", **cells: object) -> str:
    given = dict.fromkeys((name.replace(" ", "_") for name in codes.columns("polecat")), "None")
    given |= {
        "Event_ID": str(key), "Event_Date": "2023-01-01", "Event_Type": "COERCE", "Event_Mode": "ban",
        "Contexts": "legal; crime", "Actor_Name": "Oslo Police; Harbour Guard", "Actor_Country": "NOR; None",
        "Primary_Actor_Sector": "COP; MIL", "Recipient_Name": "Guild", "Recipient_Country": "CHL", "Source": "Harbour Post",
        **{name: str(cell) for name, cell in cells.items()},
    }  # fmt: skip
    return line("polecat", **given)


def table(form: str, rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, codes.columns(form), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def headed(form: str, *lines: str) -> str:
    return "\n".join(["\t".join(codes.columns(form)), *lines]) + "\n"


def put(tmp_path: Path, text: str, name: str = "file.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def read(tmp_path: Path, form: str, text: str) -> list[CodedReport]:
    folder = tmp_path / "store"
    import_file(put(tmp_path, text), form, folder)
    return sorted(Store.open(folder).coded(), key=lambda record: record.id)


def only(tmp_path: Path, form: str, text: str) -> Event:
    (record,) = read(tmp_path, form, text)
    return record.events[0]


def names(parties: tuple[Any, ...]) -> list[tuple[str, str | None, str | None]]:
    return [(party.name, party.country, party.sector) for party in parties]


# Each format


def test_a_line_of_gdelt_is_an_event_in_plover_with_the_line_kept(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "gdelt", gdelt(1034618754, AvgTone="-3.5") + "\n")
    event = record.events[0]
    assert (record.id, record.published, record.url) == ("GDELT:1034618754", "2025-03-05", "https://example.org/lima")
    assert (event.type, event.mode, event.quad, event.score) == ("CONSULT", "visit", "verbal cooperation", 4)
    assert names(event.actors) == [("NORWAY", "NOR", "GOV")]
    assert names(event.recipients) == [("CHILE", "CHL", None)]
    assert event.place is not None
    assert (event.place.name, event.place.country, event.place.precision) == ("Lima", "PER", "city")
    assert event.date is not None
    assert event.date.value == "2025-03-04"
    assert record.imported is not None
    assert (record.imported.coder, record.imported.original["AvgTone"]) == ("GDELT", "-3.5")


@pytest.mark.parametrize(
    ("cells", "country"),
    [
        ({"Actor1CountryCode": "ROM", "Actor1Type1Code": "MIL"}, "ROU"),
        ({"Actor1CountryCode": "", "Actor1KnownGroupCode": "UNO", "Actor1Type1Code": "IGO"}, "UNO"),
        ({"Actor1CountryCode": "EUR", "Actor1KnownGroupCode": "EEC", "Actor1Type1Code": "IGO"}, "EUR"),
        ({"Actor1CountryCode": "WST", "Actor1Type1Code": "IGO", "Actor1KnownGroupCode": "NAT"}, "IGO"),
        ({"Actor1CountryCode": "", "Actor1Type1Code": "NGM"}, "ISM"),
        ({"Actor1CountryCode": "AFR", "Actor1Type1Code": ""}, None),
    ],
)
def test_cameo_countries_and_bodies_become_plovers(tmp_path: Path, cells: dict[str, str], country: str | None) -> None:
    assert only(tmp_path, "gdelt", gdelt(**cells)).actors[0].country == country


def test_mentions_are_reports_that_name_their_event_and_may_come_first(tmp_path: Path) -> None:
    given = {
        "GlobalEventID": 7, "EventTimeDate": 20250305011500, "MentionTimeDate": 20250306011500, "MentionType": 1,
        "MentionSourceName": "example.org", "MentionIdentifier": "https://example.org/a", "SentenceID": 2,
        "ActionCharOffset": 140, "InRawText": 1, "Confidence": 70,
    }  # fmt: skip
    again = {**given, "SentenceID": 5, "ActionCharOffset": 900}
    text = "\n".join(line("gdelt-mentions", **cells) for cells in (given, again)) + "\n"
    first, second = read(tmp_path, "gdelt-mentions", text)
    assert first.id != second.id
    assert first.events == ()
    assert (first.url, first.publisher, first.published) == ("https://example.org/a", "example.org", "2025-03-06")
    with Store.open(tmp_path / "store").connect() as connection:
        found = connection.sql("SELECT DISTINCT coder, mention_of FROM reports").fetchall()
    assert found == [("GDELT", "GDELT:7")]


def test_icews_ids_repeat_across_years_and_lose_nothing_by_it(tmp_path: Path) -> None:
    text = headed("icews", icews(5, "2017-01-02"), icews(5, "2018-01-02"), icews(6, "1/2/2018"))
    records = read(tmp_path, "icews", text)
    assert [r.id for r in records] == ["ICEWS:2017-01-02:5", "ICEWS:2018-01-02:5", "ICEWS:2018-01-02:6"]
    event = records[0].events[0]
    assert names(event.actors) == [("Foreign Affairs (Norway)", "NOR", "GOV")]
    assert names(event.recipients) == [("Military (Chile)", "CHL", "MIL")]
    assert event.place is not None
    assert event.place.admin1 is None


def test_an_icews_code_that_lost_its_zero_is_read(tmp_path: Path) -> None:
    assert only(tmp_path, "icews", headed("icews", icews(CAMEO_Code="42"))).mode == "visit"


def test_polecat_lists_stay_lists_and_old_words_are_understood(tmp_path: Path) -> None:
    text = headed("polecat", polecat()).replace("Event Intensity", "Intensity")
    event = only(tmp_path, "polecat", text)
    assert (event.type, event.mode, event.contexts) == ("COERCE", "restrict", ("legal", "crime"))
    assert names(event.actors) == [("Oslo Police", "NOR", "COP"), ("Harbour Guard", None, "MIL")]
    assert names(event.recipients) == [("Guild", "CHL", None)]
    assert event.place is None


def acled(**cells: object) -> dict[str, object]:
    return {
        "event_id_cnty": "UKR1", "event_date": "04 March 2025", "year": 2025, "time_precision": 1,
        "event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Military Forces of Norway (2013-)",
        "inter1": "State forces", "actor2": "Harbour Front", "inter2": 2, "iso": 152, "country": "Chile",
        "location": "Valdivia", "latitude": -39.8, "longitude": -73.2, "geo_precision": 1, "source": "Harbour Post",
        "notes": "On 4 March, forces clashed.\nNobody was hurt.", "fatalities": 0, **cells,
    }  # fmt: skip


def test_sides_of_an_acled_battle_are_both_actors(tmp_path: Path) -> None:
    event = only(tmp_path, "acled", table("acled", [acled()]))
    assert (event.type, event.mode, event.recipients) == ("ASSAULT", None, ())
    assert names(event.actors) == [("Military Forces of Norway (2013-)", "NOR", "MIL"), ("Harbour Front", None, "REB")]
    assert event.evidence[0].text.endswith("\nNobody was hurt.")
    assert event.place is not None
    assert (event.place.name, event.place.country, event.place.precision) == ("Valdivia", "CHL", "city")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Harbour Front", "Rebel group"), ("Civilians (Chile)", "Civilians")),
        (("Civilians (Chile)", 7), ("Harbour Front", 2)),
    ],
)
def test_whoever_attacks_civilians_in_acled_is_the_actor(tmp_path: Path, one: Any, other: Any) -> None:
    row = acled(
        event_type="Violence against civilians", sub_event_type="Attack", actor1=one[0], inter1=one[1], actor2=other[0],
        inter2=other[1],
    )  # fmt: skip
    event = only(tmp_path, "acled", table("acled", [row]))
    assert names(event.actors) == [("Harbour Front", None, "REB")]
    assert names(event.recipients) == [("Civilians (Chile)", "CHL", "CVL")]


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Military Forces of Ukraine (2019-)", "UKR"), ("Protesters (Nepal)", "NPL"),
        ("Military Forces of the United States (2021-2025)", "USA"), ("Harbour Front", None),
        ("Police Forces of the Democratic Republic of Congo (2019-) Prison Guards", "COD"),
        ("Government of Kosovo (2020-)", "KOS"), ("European Union", "EUR"),
    ],
)  # fmt: skip
def test_acled_actors_name_their_country_or_have_none(name: str, country: str | None) -> None:
    assert country_of(name) == country


def ucdp(**cells: object) -> dict[str, object]:
    return {
        "id": 244657, "year": 2019, "type_of_violence": 1, "side_a": "Government of Norway", "side_b": "Harbour Front",
        "gwnoa": 385, "where_prec": 1, "where_coordinates": "Valdivia town", "adm_1": "Los Ríos", "latitude": -39.8,
        "longitude": -73.2, "country": "Chile", "date_prec": 1, "date_start": "2019-05-03 00:00:00.000",
        "date_end": "2019-05-04 00:00:00.000", "best": 3, "high": 5, "low": 2, "source_headline": "Clash in Valdivia",
        **cells,
    }  # fmt: skip


def test_a_row_of_ucdp_is_an_assault_with_its_days_and_its_dead_kept(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "ucdp", table("ucdp", [ucdp()]))
    event = record.events[0]
    assert event.type == "ASSAULT"
    assert names(event.actors) == [("Government of Norway", "NOR", "MIL"), ("Harbour Front", None, "REB")]
    assert event.date is not None
    assert event.date.value == "2019-05-03/2019-05-04"
    assert record.title == "Clash in Valdivia"
    assert record.imported is not None
    assert record.imported.original["best"] == "3"


def test_one_sided_violence_of_ucdp_has_civilians_as_recipient(tmp_path: Path) -> None:
    event = only(tmp_path, "ucdp", table("ucdp", [ucdp(type_of_violence=3, side_b="Civilians", date_end="2019-05-03")]))
    assert names(event.recipients) == [("Civilians", "CHL", "CVL")]
    assert event.date is not None
    assert event.date.value == "2019-05-03"


# What cannot be used


BAD = {
    "gdelt": [
        gdelt("x"),
        gdelt(2, EventCode="9X"),
        gdelt(3, SQLDATE=20251340),
        gdelt(4, ActionGeo_Lat=91),
        "a\tb",
        gdelt(5) + "\tmore",
    ],
    "icews": [icews("x"), icews(2, "yesterday"), icews(3, CAMEO_Code="X"), "broken"],
    "polecat": [
        polecat("None"),
        polecat(2, Event_Type="WISH"),
        polecat(3, Event_Mode="teleport"),
        polecat(4)[:60],
        polecat(5, Latitude="north"),
    ],
    "gdelt-mentions": [
        line("gdelt-mentions", GlobalEventID="x"),
        line("gdelt-mentions", GlobalEventID=1, Confidence=700),
        "a",
    ],
}
GOOD = {
    "gdelt": gdelt(99),
    "icews": icews(99),
    "polecat": polecat("99"),
    "gdelt-mentions": line("gdelt-mentions", GlobalEventID=9),
}


@pytest.mark.parametrize("form", sorted(BAD))
def test_bad_lines_are_set_aside_with_their_numbers_and_the_rest_is_read(form: str, tmp_path: Path) -> None:
    lines = [*BAD[form], GOOD[form]]
    header = [] if form.startswith("gdelt") else ["\t".join(codes.columns(form))]
    result = import_file(put(tmp_path, "\n".join([*header, *lines]) + "\n"), form, tmp_path / "store")
    assert (result.lines, result.added, len(result.rejected)) == (len(lines), 1, len(lines) - 1)
    first = 1 + len(header)
    assert [item.line for item in result.rejected] == list(range(first, first + len(lines) - 1))
    with Store.open(tmp_path / "store").connect() as connection:
        kept = connection.sql("SELECT reason, count(*) FROM rejected GROUP BY ALL").fetchall()
    assert kept == [("broken-table", len(lines) - 1)]


def test_bad_rows_of_acled_and_ucdp_are_set_aside(tmp_path: Path) -> None:
    rows = [acled(), acled(event_id_cnty="A2", fatalities="many"), acled(event_id_cnty="A3", sub_event_type="Duel")]
    result = import_file(put(tmp_path, table("acled", rows)), "acled", tmp_path / "store")
    assert (result.added, len(result.rejected)) == (1, 2)
    more = [ucdp(), ucdp(id=2, type_of_violence=9), ucdp(id=3, date_end="2019-05-01"), ucdp(id="")]
    result = import_file(put(tmp_path, table("ucdp", more)), "ucdp", tmp_path / "store")
    assert (result.added, len(result.rejected)) == (1, 3)


def test_statements_and_appeals_are_left_out_and_counted_not_set_aside(tmp_path: Path) -> None:
    text = "\n".join([gdelt(1, EventCode="010"), gdelt(2, EventCode="020"), gdelt(3, EventCode="0251"), gdelt(4)])
    result = import_file(put(tmp_path, text), "gdelt", tmp_path / "store")
    assert (result.added, result.rejected) == (1, ())
    assert sorted(result.left_out.values()) == [1, 2]


@pytest.mark.parametrize("form", ["gdelt", "gdelt-mentions", "icews", "polecat", "acled", "ucdp"])
@pytest.mark.parametrize("text", ["", "\n\n", "some\nother\nfile\n" * 300, '{"id": 1}\n', "\x00\x01\x02" * 50])
def test_a_file_of_another_kind_is_refused_and_makes_no_store(form: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        import_file(put(tmp_path, text), form, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_lines_in_latin_1_are_read(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(gdelt(Actor1Name="CÔTE").encode("latin-1"))
    import_file(path, "gdelt", tmp_path / "store")
    (record,) = Store.open(tmp_path / "store").coded()
    assert record.events[0].actors[0].name == "CÔTE"


def test_an_import_made_twice_changes_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, gdelt(1) + "\n" + gdelt(2) + "\n" + gdelt(2, EventCode="043") + "\n")
    first = import_file(path, "gdelt", tmp_path / "store")
    assert (first.added, first.repeated) == (2, 1)
    again = import_file(path, "gdelt", tmp_path / "store")
    assert again.added == 0
    assert len(list(Store.open(tmp_path / "store").coded())) == 2


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_packed_files_are_read_as_gdelt_publishes_them(packing: str, tmp_path: Path) -> None:
    path = tmp_path / f"20250304.export.CSV.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(gdelt().encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("20250304.export.CSV", gdelt())
    assert import_file(path, "gdelt", tmp_path / "store").added == 1


def test_wrong_words_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="allowed: gdelt, gdelt-mentions, icews, polecat, acled, ucdp"):
        import_file(put(tmp_path, ""), "csv", tmp_path / "store")
    with pytest.raises(SourceError, match="no such file"):
        import_file(tmp_path / "nothing.CSV", "gdelt", tmp_path / "store")
    damaged = put(tmp_path, "PK\x03\x04rest", "events.zip")
    with pytest.raises(SourceError, match="cannot be read"):
        import_file(damaged, "gdelt", tmp_path / "store")


# Beside Dragoman's own


def run(*words: object) -> Result:
    app = typer.Typer()
    show_command.register(app)
    import_command.register(app)
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Two own events and three of others, all on Norway and Chile in March 2025."""
    folder = tmp_path / "mixed"
    Store.open(folder, create=True).load([coded("r1")], [report("r1")])
    text = gdelt(1) + "\n" + gdelt(2, EventCode="112") + "\n"
    assert run("import", "gdelt", put(tmp_path, text, "events.CSV"), "--store", folder).exit_code == 0
    path = put(tmp_path, headed("icews", icews(1, "2025-03-09")), "events.tab")
    assert run("import", "icews", path, "--store", folder).exit_code == 0
    return folder


def shown(*words: object) -> list[dict[str, Any]]:
    result = run("show", *words, "--format", "jsonl")
    assert result.exit_code == 0, result.output
    return [json.loads(text) for text in result.stdout.splitlines()]


def test_own_queries_leave_other_coders_out_unless_asked(mixed: Path) -> None:
    assert {row["coder"] for row in shown(mixed)} == {None}
    assert {row["coder"] for row in shown(mixed, "--coder", "gdelt")} == {"GDELT"}
    assert [row["event_id"] for row in shown(mixed, "--coder", "ICEWS")] == ["ICEWS:2025-03-09:1"]
    assert len(shown(mixed, "--coder", "all")) == 5


def test_an_imported_event_is_shown_by_its_id(mixed: Path) -> None:
    result = run("show", mixed, "GDELT:2")
    assert result.exit_code == 0, result.output
    assert "ACCUSE" in result.stdout


def test_coders_stand_side_by_side_on_a_dyad(mixed: Path) -> None:
    with Store.open(mixed).connect() as connection:
        rows = side_by_side(connection, EventFilter(dyad=("NOR", "CHL"))).to_pylist()
    assert [(row["coder"], row["events"]) for row in rows] == [("Dragoman", 1), ("GDELT", 2), ("ICEWS", 1)]
    assert str(rows[1]["period_start"]) == "2025-03-01"
    assert (rows[1]["verbal_cooperation"], rows[1]["verbal_conflict"], rows[1]["mean_score"]) == (1, 1, 1.0)
    result = run("show", mixed, "--dyad", "NOR-CHL", "--side-by-side")
    assert "Dragoman" in result.stdout
    assert "ICEWS" in result.stdout


def test_side_by_side_needs_a_dyad_and_a_known_period(mixed: Path) -> None:
    assert run("show", mixed, "--side-by-side").exit_code == 2
    with Store.open(mixed).connect() as connection, pytest.raises(SettingsError, match="allowed: day"):
        side_by_side(connection, EventFilter(dyad=("NOR", "CHL")), by="decade")


def test_the_command_says_what_it_did_and_exits_accordingly(tmp_path: Path) -> None:
    path = put(tmp_path, "\n".join([gdelt(1), gdelt("x"), gdelt(3, EventCode="010")]))
    result = run("import", "gdelt", path, "--store", tmp_path / "store")
    assert result.exit_code == 1
    said = " ".join(result.stderr.split())
    assert "3 lines of GDELT: 1 added" in said
    assert "1 left out: CAMEO 01" in said
    assert "line 2: GLOBALEVENTID is 'x', which is no number" in said


@pytest.mark.parametrize(
    "words", [["import", "csv", __file__], ["import", "gdelt", "no-such-file"], ["import", "gdelt", __file__]]
)
def test_bad_input_is_one_line_and_exit_code_2(words: list[str], tmp_path: Path) -> None:
    result = run(*words, "--store", tmp_path / "store")
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
