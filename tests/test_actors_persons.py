"""What a user may rely on in the table of persons: who held which office on which day."""

from __future__ import annotations

import pytest

from dragoman.coding.actor_lexicon import fold, gazetteer, words_of
from dragoman.coding.actor_resolution import office_holder
from dragoman.lexicon.actor_tables import Person, load_persons

HEADS = {
    "president", "prime minister", "chancellor", "king", "queen", "emir", "sultan", "supreme leader", "head of state",
    "junta leader", "prince", "grand duke", "head of government", "pope", "chief executive", "chief adviser",
    "chairman of the presidency", "captain regent",
}  # fmt: skip


@pytest.fixture(scope="module")
def persons() -> tuple[Person, ...]:
    return load_persons()


def states_with(persons: tuple[Person, ...], offices: set[str], date: str) -> set[str]:
    return {t.country for p in persons for t in p.tenures if t.office in offices and t.covers(date)}


@pytest.mark.parametrize("year", [2001, 2005, 2009, 2013, 2017, 2021, 2025])
def test_a_head_of_state_or_government_is_known_in_nearly_every_state(persons: tuple[Person, ...], year: int) -> None:
    assert len(states_with(persons, HEADS, f"{year}-07-01")) >= 188


@pytest.mark.parametrize("year", [2001, 2006, 2012, 2018, 2024])
def test_foreign_ministers_of_nearly_every_state_are_known(persons: tuple[Person, ...], year: int) -> None:
    assert len(states_with(persons, {"foreign minister"}, f"{year}-07-01")) >= 180


@pytest.mark.parametrize(("year", "known"), [(2001, 125), (2006, 140), (2012, 148), (2018, 150), (2024, 155)])
def test_defense_ministers_of_most_states_that_have_one_are_known(
    persons: tuple[Person, ...], year: int, known: int
) -> None:
    assert len(states_with(persons, {"defense minister"}, f"{year}-07-01")) >= known


@pytest.mark.parametrize(
    ("country", "office", "date", "name"),
    [
        ("KGZ", "president", "2003-05-10", "Askar Akayev"),
        ("KGZ", "president", "2007-05-10", "Kurmanbek Bakiyev"),
        ("TKM", "president", "2001-05-10", "Saparmurat Niyazov"),
        ("JPN", "prime minister", "2002-05-10", "Junichiro Koizumi"),
        ("ZAF", "president", "2004-05-10", "Thabo Mbeki"),
        ("RUS", "foreign minister", "2002-05-10", "Igor Ivanov"),
        ("FRA", "foreign minister", "2014-05-10", "Laurent Fabius"),
        ("ARG", "president", "2005-05-10", "Néstor Kirchner"),
        ("GRC", "defense minister", "2003-05-10", "Yannos Papantoniou"),
        ("PER", "defense minister", "2013-05-10", "Pedro Cateriano"),
        ("THA", "defense minister", "2016-05-10", "Prawit Wongsuwan"),
        ("TUN", "foreign minister", "2012-05-10", "Rafik Abdessalem"),
        ("GHA", "foreign minister", "2014-05-10", "Hanna Tetteh"),
    ],
)
def test_the_holder_of_an_office_depends_on_the_day(country: str, office: str, date: str, name: str) -> None:
    holder = office_holder(country, office, date)
    assert holder is not None
    assert holder.name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Alyaksandr Lukashenka", "Alexander Lukashenko"),
        ("Emomali Rakhmonov", "Emomali Rahmon"),
        ("Robert Kocharian", "Robert Kocharyan"),
        ("Horst Koehler", "Horst Köhler"),
        ("Mohamed ElBaradei", "Mohamed ElBaradei"),
        ("Vojislav Kostunica", "Vojislav Koštunica"),
    ],
)
def test_usual_transliterations_lead_to_one_person(written: str, name: str) -> None:
    terms = gazetteer().get(*(fold(word) for word in words_of(written)))
    assert [fold(t.person.name) for t in terms if t.person is not None] == [fold(name)]


def test_no_person_is_entered_under_two_spellings_of_a_name(persons: tuple[Person, ...]) -> None:
    names = [" ".join(fold(word) for word in words_of(person.name)) for person in persons]
    assert len(names) == len(set(names))


def test_a_surname_alone_never_hides_a_state(persons: tuple[Person, ...]) -> None:
    lexicon = gazetteer()
    clashes = [
        alias
        for person in persons
        for alias in person.aliases
        if " " not in alias and any(t.type in ("state", "capital", "adjective") for t in lexicon.get(fold(alias)))
    ]
    assert clashes == []
