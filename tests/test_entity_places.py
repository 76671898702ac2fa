"""Places give a state to actors whose words give none, and to acts that are done at home."""

from __future__ import annotations

from dragoman.coding.coder import Coder
from dragoman.records import Event, Report


def events(coder: Coder, text: str) -> dict[str, Event]:
    return {event.type: event for event in coder.code(Report(id="r", text=text, published="2025-03-05")).events}


def test_people_of_a_province_are_of_its_state(coder: Coder) -> None:
    found = events(coder, "Residents of Zamfara protested on Monday.")["PROTEST"]
    assert {actor.country for actor in found.actors} == {"NGA"}


def test_victims_are_of_the_country_where_they_were_met(coder: Coder) -> None:
    text = "Kenya held talks with Kenyan unions in Nairobi. Gunmen killed ten villagers in Mogadishu on Sunday."
    found = events(coder, text)["ASSAULT"]
    assert {victim.country for victim in found.recipients} == {"SOM"}


def test_a_stated_nationality_is_kept_abroad(coder: Coder) -> None:
    found = events(coder, "Gunmen killed two Turkish engineers in Mogadishu on Sunday.")["ASSAULT"]
    assert {victim.country for victim in found.recipients} == {"TUR"}


def test_an_arrest_by_a_states_police_is_in_that_state_unless_words_place_it(coder: Coder) -> None:
    at_home = events(coder, "Kenyan police arrested an opposition leader on Monday.")["COERCE"]
    assert at_home.place is not None
    assert (at_home.place.country, at_home.place.precision, at_home.place.text) == ("KEN", "country", "Kenyan police")
    placed = events(coder, "Kenyan police arrested an opposition leader in Mombasa on Monday.")["COERCE"]
    assert placed.place is not None
    assert placed.place.name == "Mombasa"


def test_an_act_between_two_states_is_not_put_in_either(coder: Coder) -> None:
    found = events(coder, "Kenya detained two Somali officials on Monday.")
    assert all(event.place is None for event in found.values())


def test_the_country_in_which_people_march_is_not_whom_they_march_against(coder: Coder) -> None:
    found = events(coder, "Thousands of students protested in Belgium on Monday.")["PROTEST"]
    assert found.recipients == ()
    assert found.place is not None
    assert found.place.country == "BEL"


def test_a_territory_has_the_code_of_the_state_that_plover_writes_for_it(coder: Coder) -> None:
    for text in ("Residents of Guam protested on Monday.", "Gunmen killed ten villagers in Guam on Sunday."):
        [event] = events(coder, text).values()
        assert "USA" in {party.country for party in (*event.actors, *event.recipients)}
        assert "GUM" not in {party.country for party in (*event.actors, *event.recipients)}


def test_a_march_of_nobody_in_particular_is_by_people_of_the_place(coder: Coder) -> None:
    found = events(coder, "Thousands marched in Nairobi on Monday.")["PROTEST"]
    assert [(actor.country, actor.sector) for actor in found.actors] == [("KEN", "CVL")]
