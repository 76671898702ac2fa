"""Every example of the table of predicates is coded; how many come out as marked may only rise.

The floors are what the table and the parser reach together. Where an example fails, it is mostly the small parser that
hangs a phrase elsewhere, or an actor known by description alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from spacy.tokens import Doc

from dragoman.lexicon.examples import parse_example
from dragoman.lexicon.predicates import predicate_table
from dragoman.records import Report

FLOORS = {"trigger": 0.96, "type": 0.94, "mode": 0.92, "actors": 0.84, "recipients": 0.77}


def covered(doc: Doc, spans: Sequence[tuple[int, int]], entities: Sequence[int]) -> bool:
    mentions = [m for m in doc._.actor_mentions if set(m.entities) & set(entities)]
    return all(any(start < m.end and m.start < end for m in mentions) for start, end in spans)


@pytest.fixture(scope="module")
def shares(table_coder: Any) -> dict[str, float]:
    entries = predicate_table().entries
    examples = [parse_example(entry.example) for entry in entries]
    docs = table_coder.docs(Report(id=str(n), text=e.text, published="2024-05-15") for n, e in enumerate(examples))
    right = dict.fromkeys(FLOORS, 0)
    for entry, example, doc in zip(entries, examples, docs, strict=True):
        found = [m for m in doc._.event_mentions if doc[m.trigger].idx == example.trigger[0]]
        if not found:
            continue
        mention = found[0]
        right["trigger"] += 1
        right["type"] += mention.type == entry.type
        right["mode"] += (mention.type, mention.mode) == (entry.type, entry.mode)
        right["actors"] += covered(doc, example.actors, mention.actors)
        right["recipients"] += covered(doc, example.recipients, mention.recipients)
    return {name: count / len(entries) for name, count in right.items()}


def test_there_are_at_least_1500_entries_each_with_its_example() -> None:
    assert len({entry.example for entry in predicate_table().entries}) == len(predicate_table().entries) >= 1500


@pytest.mark.parametrize("name", FLOORS)
def test_examples_of_the_table_come_out_as_marked(name: str, shares: dict[str, float]) -> None:
    assert shares[name] >= FLOORS[name], f"{name}: {shares[name]:.3f}"
