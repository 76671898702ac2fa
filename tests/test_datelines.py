"""Datelines stand apart from the sentence that they open, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.coding.coder import Coder
from dragoman.coding.datelines import LONGEST, dateline_end
from dragoman.records import Report


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("NAIROBI — Delegations met.", "Delegations met."),
        ("BEIRUT (AP) — The army said", "The army said"),
        ("Nairobi, March 7 (Xinhua) -- Kenya has", "Kenya has"),
        ("KILIS, Turkey -- A Turkish court", "A Turkish court"),
        ("ANKARA: A court", "A court"),
        ("UNITED NATIONS, Sept. 5 (Reuters) - The council", "The council"),
        ("KYIV/MOSCOW (Reuters) - Russia", "Russia"),
        ("Paris, 5 March 2025 – The minister", "The minister"),
        ("(CNN) -- “We met", "“We met"),
        ("The Hague (AFP) – Judges", "Judges"),
    ],
)
def test_a_dateline_ends_where_the_report_begins(line: str, rest: str) -> None:
    end = dateline_end(line)
    assert end is not None
    assert line[end:] == rest


@pytest.mark.parametrize(
    "line",
    [
        "Russia — its ally — said",
        "NATO — the alliance",
        "President Putin met",
        "US-China talks",
        "Trump: We will",
        "A-10 — The jet",
        "",
    ],
)
def test_other_beginnings_stay_whole(line: str) -> None:
    assert dateline_end(line) is None


@given(st.text(max_size=300))
def test_any_text_has_a_short_dateline_or_none(text: str) -> None:
    end = dateline_end(text)
    assert end is None or 0 < end <= min(len(text), LONGEST + 1)


def test_the_place_of_a_dateline_is_no_party_of_the_first_event(coder: Coder) -> None:
    text = "NAIROBI — Delegations from Somalia, Ethiopia and Chad held talks on Thursday.\n\nKAMPALA (AP) — Norway condemned Chile."
    events = coder.code(Report(id="r", text=text, published="2025-03-07")).events
    parties = {event.type: {p.country for p in (*event.actors, *event.recipients)} for event in events}
    assert parties == {"CONSULT": {"SOM", "ETH", "TCD"}, "ACCUSE": {"NOR", "CHL"}}
