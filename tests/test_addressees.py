"""Verbal acts without a named recipient are addressed to the actor of standing that was named last, and to nobody else."""

from __future__ import annotations

import pytest

from dragoman.coding.addressees import reaches
from dragoman.coding.coder import Coder
from dragoman.records import Event, Report


def of_type(coder: Coder, text: str, type_: str) -> Event:
    events = coder.code(Report(id="r", text=text, published="2025-03-05")).events
    return next(event for event in events if event.type == type_)


def test_a_reproach_is_to_the_one_named_before(coder: Coder) -> None:
    event = of_type(
        coder, "The Kenyan president signed the decree on Monday. Lawyers condemned it as unlawful.", "ACCUSE"
    )
    assert {party.country for party in event.recipients} == {"KEN"}


def test_the_one_who_acts_is_not_its_own_addressee(coder: Coder) -> None:
    event = of_type(coder, "Norway spoke up on Monday. It condemned the murders.", "ACCUSE")
    assert "NOR" not in {party.country for party in event.recipients}


def test_acts_that_need_no_addressee_are_given_none(coder: Coder) -> None:
    event = of_type(
        coder, "The Kenyan president spoke in Nairobi. Somali troops withdrew from the town of Dhobley.", "RETREAT"
    )
    assert "KEN" not in {party.country for party in event.recipients}


def test_the_words_of_the_addressee_stand_in_the_text(coder: Coder) -> None:
    text = "The Kenyan president signed the decree on Monday. Lawyers condemned it as unlawful."
    event = of_type(coder, text, "ACCUSE")
    assert all(text[party.start : party.end] == party.text for party in event.recipients)


@pytest.mark.parametrize("name", sorted(reaches()))
def test_the_table_looks_back_a_few_sentences(name: str) -> None:
    assert 0 <= reaches()[name].sentences <= 3


def test_a_court_rules_against_somebody_of_its_own_state(coder: Coder) -> None:
    event = of_type(coder, "A judge in Pakistan opened an inquiry on Monday, aides of Imran Khan said.", "ACCUSE")
    assert {party.country for party in event.recipients} == {"PAK"}
