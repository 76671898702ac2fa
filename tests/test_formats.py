"""Exports read back by readers that others wrote, and by column lists that others keep."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import networkx as nx
import pandas as pd
import pyarrow.parquet as pq
import pytest
from gdelttools.gdeltexample import example_record
from hypothesis import given
from hypothesis import strategies as st
from made_events import NASTY, made_reports
from make_records import coded, meeting, seizure
from msgspec.structs import replace

from dragoman.errors import SettingsError, StoreError
from dragoman.formats import FORMATS, codes, export
from dragoman.formats.cells import csv_cell, number_id, safe_text, tsv_cell, unsafe_text
from dragoman.formats.flat import COLUMNS
from dragoman.formats.items import items_of
from dragoman.formats.pairs import pairs
from dragoman.lexicon.countries import countries
from dragoman.ontology.ontology import load_ontology
from dragoman.records import EventDate, Realis, to_json_line
from dragoman.store import EventFilter, Store
from dragoman.tables import read_table

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 400 made events."""
    store = Store.open(tmp_path_factory.mktemp("formats") / "store", create=True)
    store.load(made_reports(400))
    return store.folder


def written(source: Any, form: str, wanted: EventFilter | None = None) -> bytes:
    stream = io.BytesIO()
    export(source, form, stream, wanted)
    return stream.getvalue()


def one(form: str, **changes: Any) -> dict[str, str]:
    """The first row of one event in a format that is a table."""
    stream, item = io.BytesIO(), next(items_of(coded(events=(meeting(**changes),))))
    import_module(f"dragoman.formats.{FORMATS[form].module}").write([item], stream, Counter())
    lines = stream.getvalue().decode().splitlines()
    if form == "acled":
        return next(csv.DictReader(lines))
    cells = lines[1 if form in ("icews", "polecat") else 0].split("\t")
    return dict(zip(codes.columns(form), cells, strict=True))


# Column lists


@pytest.mark.parametrize("form", ["gdelt", "gdelt-mentions", "icews", "polecat"])
def test_columns_are_those_of_other_peoples_readers(form: str) -> None:
    rows = read_table(HERE / "formats" / "foreign_columns.tsv", ("format", "column"))
    foreign = [row["column"].casefold() for row in rows if row["format"] == form]
    ours = [column.removeprefix("Event ") if column == "Event Intensity" else column for column in codes.columns(form)]
    assert [column.casefold() for column in ours] == foreign


def test_columns_are_those_of_a_record_of_gdelttools() -> None:
    renamed = {"_id": "GLOBALEVENTID", "Day": "SQLDATE"}
    assert tuple(renamed.get(name, name) for name in example_record) == codes.columns("gdelt")


def test_acled_and_ucdp_have_as_many_columns_as_their_codebooks_say() -> None:
    assert len(codes.columns("acled")) == 31
    assert len(codes.columns("ucdp")) == 49


# Codes


def test_every_living_country_comes_back_from_each_scheme_that_has_a_code_for_it() -> None:
    for country in countries():
        if country.historic or (country.plover != country.iso3 and country.iso3 != "XKX"):
            continue
        held = codes.codes_of(country.plover)
        assert held is not None
        assert codes.iso3_of_name(country.name) == country.iso3
        for scheme in ("fips", "cameo", "iso_numeric", "cow", "gw"):
            code = getattr(held, scheme)
            assert not code or codes.iso3_of(scheme, code) == country.iso3, (scheme, country.iso3)


@pytest.mark.parametrize(
    ("iso3", "fips"),
    [
        ("RUS", "RS"),
        ("DEU", "GM"),
        ("CHN", "CH"),
        ("CHE", "SZ"),
        ("AUS", "AS"),
        ("AUT", "AU"),
        ("UKR", "UP"),
        ("XKX", "KV"),
    ],
)
def test_places_have_fips_codes_which_are_not_iso_codes(iso3: str, fips: str) -> None:
    held = codes.codes_of(iso3)
    assert held is not None
    assert held.fips == fips


def test_the_gaza_strip_is_read_as_palestinian() -> None:
    assert codes.iso3_of("fips", "GZ") == codes.iso3_of("fips", "WE") == "PSE"


def test_every_type_and_mode_has_a_cameo_code_of_its_quad_in_gdelts_sense() -> None:
    ontology = load_ontology()
    for kind in ontology.types:
        for mode in (None, *ontology.modes_of(kind)):
            said = codes.cameo()[codes.write_cameo(kind, mode, ())]
            assert said.type == kind or (kind, said.type) == ("RETREAT", "CONCEDE"), (kind, mode, said)


@pytest.mark.parametrize(
    ("code", "kind", "mode"),
    [
        ("042", "CONSULT", "visit"), ("163", "SANCTION", "discontinue"), ("055", "CONCEDE", None),
        ("116", "SANCTION", "convict"), ("195", "ASSAULT", "aerial"), ("203", "ASSAULT", None), ("191", "COERCE", "restrict"),
        ("0841", "RETREAT", "release"), ("1712", "ASSAULT", "destroy"), ("0419", "CONSULT", "phone"), ("20", "ASSAULT", None),
    ],
)  # fmt: skip
def test_cameo_is_read_as_the_table_and_the_later_manual_say(code: str, kind: str, mode: str | None) -> None:
    said = codes.read_cameo(code)
    assert said is not None
    assert (said.type, said.mode) == (kind, mode)


def test_statements_and_appeals_have_no_type_and_other_words_no_code() -> None:
    assert [codes.read_cameo(code).type for code in ("010", "0256")] == ["", ""]  # type: ignore[union-attr]
    assert codes.read_cameo("X") is None
    assert codes.read_cameo("99") is None


def test_media_and_health_are_not_mixed_up_between_cameo_and_plover() -> None:
    assert codes.cameo_types(["JRN", "MED"]) == ("MED", "HLH")
    assert codes.sectors_of_cameo(["MED", "HLH"]) == ("JRN", "MED")


def test_a_general_is_military_before_he_is_government_in_icews() -> None:
    assert codes.sectors_of_icews(["Government", "Executive", "Defense / Security Ministry", "Military"]) == (
        "MIL",
        "GOV",
    )


# Other people's readers


def test_pandas_reads_polecat_as_those_read_it_who_publish_on_it(folder: Path) -> None:
    frame = pd.read_csv(io.BytesIO(written(folder, "polecat")), sep="\t", low_memory=False)
    assert frame.shape == (400, 40)
    days = pd.to_datetime(frame["Event Date"], format="%Y-%m-%d")
    assert days.notna().sum() > 50
    assert frame["Event Intensity"].between(-10, 10).all()
    assert set(frame["Quad Code"]) <= {f"{a} {b}" for a in ("VERBAL", "MATERIAL") for b in ("COOPERATION", "CONFLICT")}
    assert frame["Event ID"].is_unique


def test_a_reader_with_quotes_loses_no_line_of_polecat(folder: Path) -> None:
    text = io.TextIOWrapper(io.BytesIO(written(folder, "polecat")), encoding="ISO-8859-1", newline="")
    assert {len(row) for row in csv.reader(text, delimiter="\t")} == {40}


@pytest.mark.parametrize(("form", "rows", "columns"), [("gdelt", 1000, 61), ("gdelt-mentions", 1000, 16)])
def test_pandas_reads_gdelt_without_header(folder: Path, form: str, rows: int, columns: int) -> None:
    frame = pd.read_csv(
        io.BytesIO(written(folder, form)),
        sep="\t",
        header=None,
        names=list(codes.columns(form)),
        dtype={"EventCode": str},
    )
    assert frame.shape[1] == columns
    assert len(frame) > rows * 0.5
    if form == "gdelt":
        assert frame["GLOBALEVENTID"].is_unique
        assert frame["QuadClass"].isin([1, 2, 3, 4]).all()
        assert frame["GoldsteinScale"].between(-10, 10).all()
        assert (frame["EventCode"].str[:2].astype(int) == frame["EventRootCode"]).all()
        day = pd.to_datetime(frame["SQLDATE"].dropna().astype(int).astype(str), format="%Y%m%d")
        assert (day.dt.year == frame["Year"][day.index]).all()


def test_pandas_reads_icews_with_its_types(folder: Path) -> None:
    frame = pd.read_csv(
        io.BytesIO(written(folder, "icews")), sep="\t", quoting=csv.QUOTE_NONE, dtype={"CAMEO Code": str}
    )
    assert frame.shape[1] == 20
    assert frame["Intensity"].between(-10, 10).all()
    assert frame["Event ID"].is_unique


def test_networkx_reads_both_graphs_alike(folder: Path, tmp_path: Path) -> None:
    graphs = []
    for form, read in (("graphml", nx.read_graphml), ("gexf", nx.read_gexf)):
        target = tmp_path / f"events.{form}"
        done = export(folder, form, target)
        graph = read(target)
        edges = sum(1 for r in made_reports(400) for e in r.events for a, b in pairs(e) if a and b)
        assert graph.number_of_edges() == edges
        assert done.written == sum(1 for r in made_reports(400) for e in r.events if any(a and b for a, b in pairs(e)))
        graphs.append(graph)
    assert set(graphs[0].nodes) == set(graphs[1].nodes)
    scores = [sorted(data["score"] for _, _, data in graph.edges(data=True)) for graph in graphs]
    assert scores[0] == scores[1]
    assert all(isinstance(score, float) for score in scores[0])
    assert all("type" in data and "quad" in data for _, _, data in graphs[0].edges(data=True))


def test_geojson_keeps_to_the_standard(folder: Path) -> None:
    document = json.loads(written(folder, "geojson"))
    jsonschema.validate(document, json.loads((HERE / "formats" / "geojson.schema.json").read_text()))
    assert len(document["features"]) == 400
    assert {feature["geometry"] is None for feature in document["features"]} == {True, False}
    assert len({feature["id"] for feature in document["features"]}) == 400


def test_geojson_of_nothing_is_an_empty_collection(folder: Path) -> None:
    nothing = json.loads(written(folder, "geojson", EventFilter(actor="nobody of this name")))
    assert nothing == {"type": "FeatureCollection", "features": []}


def test_parquet_says_what_its_columns_mean(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "events.parquet"
    export(folder, "parquet", target)
    table = pq.read_table(target)
    assert tuple(table.column_names) == COLUMNS
    assert all(field.metadata[b"description"] for field in table.schema)
    assert table.schema.metadata[b"ontology"] == b"PLOVER 2.0"
    assert table.num_rows == 400
    assert len(pd.read_parquet(target)) == 400


def test_plover_json_has_the_manuals_required_fields_and_codes(folder: Path) -> None:
    ontology = load_ontology()
    lines = [json.loads(line) for line in written(folder, "plover").splitlines()]
    assert len(lines) == 400
    for line in lines:
        assert {"id", "date", "actor", "event"} <= set(line)
        assert line["event"] in ontology.types
        assert line["quad_code"] in (1, 2, 3, 4)
        assert "mode" not in line or (line["event"], line["mode"]) in ontology.modes
        assert set(line.get("context", [])) <= set(ontology.contexts)


@pytest.mark.parametrize(
    ("realis", "auxiliary"),
    [("ACTUAL", None), ("PLANNED", "future"), ("POSSIBLE", "hypothetical"), ("NEGATED", "negation")],
)
def test_plover_json_says_realis_by_auxiliary_modes(realis: str, auxiliary: str | None, tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded(events=(meeting(realis=Realis(realis)),))))
    assert json.loads(written(path, "plover")).get("auxiliary_mode") == auxiliary


def test_csv_is_read_back_and_runs_no_formula(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(written(folder, "csv").decode(), newline="")))
    assert len(rows) == 400
    assert tuple(rows[0]) == COLUMNS
    numbers = {"score", "lat", "lon", "certainty", "confidence", "geonameid"}
    for row in rows:
        assert not [v for name, v in row.items() if name not in numbers and v[:1] in tuple("=+-@\t\r\n")]


def test_petrarch_lines_are_date_source_target_code_id_publication(folder: Path) -> None:
    for line in written(folder, "petrarch").decode().splitlines():
        day, source, target, code, key, _ = line.split("\t")
        assert pd.to_datetime(day, format="%Y%m%d")
        assert code in codes.cameo()
        assert source == "---" or source.isalpha()
        assert target == "---" or target.isalpha()
        assert "/" in key


# What is written


def test_only_what_happened_goes_into_formats_that_cannot_say_otherwise(tmp_path: Path) -> None:
    events = [meeting(f"e{n}", realis=realis) for n, realis in enumerate(Realis)]
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded(events=tuple(events))))
    for form, kind in FORMATS.items():
        done = export(path, form, io.BytesIO())
        if form == "acled":
            assert done.written == 0
        else:
            assert done.written == (4 if kind.realis else 1), form
    asked = export(path, "gdelt", io.BytesIO(), EventFilter(realis=("PLANNED",)))
    assert asked.written == 1


def test_a_meeting_is_two_mirrored_rows_and_an_attack_one_row_a_pair() -> None:
    actors = (*meeting().actors, *meeting().recipients)
    assert len(pairs(meeting(actors=actors, recipients=()))) == 2
    assert len(pairs(seizure(actors=actors))) == 2
    assert len(pairs(seizure(actors=actors, recipients=()))) == 2
    assert pairs(seizure(actors=(), recipients=())) == [(None, None)]


def test_a_month_is_no_day_in_gdelt() -> None:
    row = one("gdelt", date=EventDate(value="2025-03", granularity="month"))
    assert (row["SQLDATE"], row["MonthYear"], row["Year"]) == ("", "202503", "2025")
    row = one("gdelt")
    assert (row["SQLDATE"], row["FractionDate"]) == ("20250304", "2025.2575")
    assert (row["ActionGeo_Fullname"], row["ActionGeo_CountryCode"], row["ActionGeo_Type"]) == ("Lima, Peru", "PE", "4")
    assert (row["Actor1Code"], row["Actor2Code"], row["EventCode"]) == ("NORGOV", "CHLGOV", "044")


def test_an_actor_of_the_united_nations_has_its_known_group() -> None:
    party = meeting().actors[0]
    row = one("gdelt", actors=(replace(party, country="UNO", sector="MIL"),))
    assert (row["Actor1Code"], row["Actor1KnownGroupCode"], row["Actor1Type1Code"]) == ("IGOUNOMIL", "UNO", "IGO")
    assert row["Actor1CountryCode"] == ""


def test_acled_has_no_number_of_dead_where_nobody_counted_them() -> None:
    row = one("acled", type="PROTEST", mode="demo")
    assert (row["event_type"], row["sub_event_type"], row["fatalities"]) == ("Protests", "Peaceful protest", "")
    assert (row["iso"], row["region"], row["geo_precision"]) == ("604", "South America", "1")


def test_a_filter_and_a_limit_choose_the_same_events_from_a_store_a_file_and_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(b"".join(map(to_json_line, made_reports(80))))
    store = Store.open(tmp_path / "store", create=True)
    store.load(made_reports(80))
    for wanted in (
        EventFilter(),
        EventFilter(types=("ASSAULT",)),
        EventFilter(since="2005", limit=7),
        EventFilter(limit=1),
    ):
        with store.connect() as connection:
            sources = [store, store.folder, path, connection]
            found = [
                {json.loads(line)["id"] for line in written(source, "plover", wanted).splitlines()}
                for source in sources
            ]
        assert found[0] == found[1] == found[2] == found[3]
        assert wanted.limit is None or len(found[0]) == wanted.limit


def test_the_same_store_gives_the_same_bytes(folder: Path) -> None:
    for form in FORMATS:
        assert written(folder, form) == written(folder, form), form


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded()) + b"{broken\n")
    target = tmp_path / "events.csv"
    with pytest.raises(StoreError, match=r"coded\.jsonl:2"):
        export(path, "csv", target)
    assert [p.name for p in tmp_path.iterdir()] == ["coded.jsonl"]


def test_wrong_words_are_named(folder: Path) -> None:
    with pytest.raises(SettingsError, match="allowed: jsonl, csv"):
        export(folder, "xls", io.BytesIO())
    with pytest.raises(SettingsError, match="allowed: event, story"):
        export(folder, "csv", io.BytesIO(), unit="row")
    with pytest.raises(StoreError, match="not linked"):
        export(folder, "csv", io.BytesIO(), unit="story")


# Cells


@given(st.text())
def test_safe_text_runs_nothing_and_comes_back(text: str) -> None:
    assert safe_text(text)[:1] not in tuple("=+-@\t\r\n")
    assert unsafe_text(safe_text(text)) == text


@given(st.text())
def test_a_cell_is_one_line_without_tabs_or_a_quote_at_its_start(text: str) -> None:
    cell = tsv_cell(text)
    assert cell.splitlines() in ([], [cell])
    assert "\t" not in cell
    assert not cell.startswith('"')
    cell.encode()


@pytest.mark.parametrize("text", NASTY)
def test_numbers_stay_numbers_and_text_stays_text_in_csv(text: str) -> None:
    assert csv_cell(-2.5) == -2.5
    assert csv_cell(None) == ""
    assert csv_cell(True) == "true"
    assert unsafe_text(str(csv_cell(text))) == text


def test_ids_are_numbers_that_every_reader_keeps_exactly() -> None:
    found = {number_id("r1", n) for n in range(1000)}
    assert len(found) == 1000
    assert max(found) < 2**53
    assert number_id("r1/e1", 0) == 4781230553627625
