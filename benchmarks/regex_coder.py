"""The plainest event coder there could be, as a floor for the race: two state names around a verb of the table.

For each sentence it takes the first verb of the table of predicates (any entry, no frame) that stands between two names
of states, or after one. No parse, no actors but states, no dates, no realis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from dragoman.lexicon.countries import countries
from dragoman.lexicon.predicates import predicate_table

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


@cache
def _states() -> tuple[re.Pattern[str], dict[str, str]]:
    codes = {
        name: country.plover for country in countries() for name in (country.name, *country.names) if len(name) > 3
    }
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, codes), key=len, reverse=True)) + r")\b"), codes


@cache
def _verbs() -> tuple[re.Pattern[str], dict[str, str]]:
    types: dict[str, str] = {}
    for entry in predicate_table().entries:
        if entry.pos == "VERB":
            stem = entry.trigger.removesuffix("e")
            for form in (entry.trigger, f"{entry.trigger}s", f"{stem}ed", f"{stem}ing"):
                types.setdefault(form, entry.type)
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, types), key=len, reverse=True)) + r")\b"), types


def code(text: str) -> Iterator[dict[str, object]]:
    """The events of a text, in the shape of the event record as far as it goes."""
    (states, codes), (verbs, types) = _states(), _verbs()
    for sentence in _SENTENCE.finditer(text):
        words = sentence[0]
        verb, names = verbs.search(words), list(states.finditer(words))
        if verb is None or not names or names[0].start() > verb.start():
            continue
        after = [name for name in names if name.start() > verb.end()][:1]
        parties = [[{"text": n[0], "name": n[0], "country": codes[n[0]]} for n in part] for part in (names[:1], after)]
        yield {
            "type": types[verb[0]],
            "actors": parties[0],
            "recipients": parties[1],
            "date": None,
            "realis": "ACTUAL",
            "evidence": [{"text": words.strip()}],
        }
