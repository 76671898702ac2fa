"""The attributes that the coding components set on a spaCy Doc, declared once and in one place.

`mentions` says which component sets which attribute and of what type.
"""

from __future__ import annotations

from spacy.tokens import Doc

TUPLES = (
    "entities",
    "actor_mentions",
    "timexes",
    "implied_years",
    "toponyms",
    "attributions",
    "predicates",
    "event_mentions",
    "judgements",
    "events",
    "assessments",
    "detections",
)


def declare() -> None:
    """Declare all attributes that are not declared yet; calling it again does no harm.

    ``doc._.report`` is None and the findings are empty tuples until set; ``doc._.warnings`` is a list of the Doc's own
    (spaCy copies a mutable default for each Doc).
    """
    if not Doc.has_extension("report"):
        Doc.set_extension("report", default=None)
    if not Doc.has_extension("warnings"):
        Doc.set_extension("warnings", default=[])
    for name in TUPLES:
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=())


_TEXT = "dragoman text"


def text_of(doc: Doc) -> str:
    """The text of a Doc, joined once: spaCy's ``doc.text`` joins all tokens anew each time it is asked for."""
    text: str | None = doc.user_data.get(_TEXT)
    if text is None:
        text = doc.user_data[_TEXT] = doc.text
    return text
