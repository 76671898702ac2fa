"""The place of one event, by syntax: where the words of the event's own clause put it.

In this order: a name that modifies the trigger ("the Damascus meeting") or stands in a locative phrase of it or of its
arguments ("clashes in Homs", "killed soldiers at a base near Marib"); one in a locative phrase of the clause above,
where the trigger's clause shares it ("attacked a convoy in Mopti, killing ten"); one in a locative phrase of the
evidence; for acts at a spot, the scene that the report last set; the dateline, for what the first sentences tell.
Never the nearest name, a demonym or a state that acts: a name is used only where grammar makes it a location.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from spacy.tokens import Doc, Token

from dragoman.coding.extensions import text_of
from dragoman.coding.mentions import Offsets, Toponym
from dragoman.lexicon.toponym_cues import cue_words

VERBAL = frozenset({"VERB", "AUX"})
# Out of these a modifier of the higher clause does not reach in: "said in Damascus that rebels attacked".
BARRIERS = frozenset({"ccomp", "csubj", "csubjpass", "parataxis", "relcl"})
_INWARD = frozenset({"dobj", "obj", "nsubjpass", "nsubj", "attr", "pobj", "prep", "agent", "oprd", "dative"})
_CLOSED = ("ccomp", "xcomp", "acl", "relcl", "advcl")
_PRECISION = {"point": 3, "city": 2, "region": 1, "country": 0}
OWN, CLAUSE, ABOVE, EVIDENCE, SCENE, DATELINE = 0.95, 0.85, 0.6, 0.5, 0.35, 0.3
STEP = 0.05
# How much of the score hangs on the name being resolved right.
DOUBT = 0.3
LEAD_SENTENCES = 2


class Located(msgspec.Struct, frozen=True):
    """A toponym in a locative phrase, and the token that the phrase modifies."""

    toponym: Toponym
    host: Token
    weight: float


def place_for(
    doc: Doc, trigger: int, evidence: Offsets | None = None, event_type: str | None = None
) -> tuple[Toponym, float] | None:
    """The place of the event that token number `trigger` names, and how firmly the words put it there, in [0, 1].

    `evidence` holds the character offsets of the event's clause. For event types that happen at a spot (``physical`` in
    ``place_cues.tsv``) the place that the report last spoke of stands in, at a low score, where the clause names none.
    Reads ``doc._.toponyms``. None where no words place it.
    """
    token = doc[trigger]
    sentence = token.sent
    clause = _clause(token)
    above = _above(clause[-1])
    located = list(_located(doc, sentence.start_char, sentence.end_char))
    scored = [(item, _score(item, token, clause, above, evidence)) for item in located]
    best = max(scored, key=lambda pair: (pair[1], _rank(pair[0].toponym), -pair[0].toponym.start), default=None)
    if best is not None and best[1] > 0:
        return best[0].toponym, round(best[1], 3)
    scene = _scene(doc, sentence.end_char) if event_type in cue_words()["physical"] else None
    return (scene, SCENE) if scene else _dateline(doc, token)


def _scene(doc: Doc, end: int) -> Toponym | None:
    """The last place before the offset `end` that stands in a locative phrase."""
    for toponym in reversed([toponym for toponym in doc._.toponyms if toponym.start < end]):
        if any(item.weight > 0 for item in _located(doc, toponym.start, toponym.end)) and toponym.country:
            return toponym
    return None


def _rank(toponym: Toponym) -> int:
    return _PRECISION.get(toponym.precision or "", 0)


def _located(doc: Doc, start: int, end: int) -> Iterator[Located]:
    """The toponyms within these offsets that stand where grammar makes them locations."""
    unplaced = cue_words()["neverplace"]
    for toponym in doc._.toponyms:
        if toponym.start < start or toponym.end > end:
            continue
        if toponym.name in unplaced or (toponym.lat is None and toponym.country is None):
            continue
        span = doc.char_span(toponym.start, toponym.end, alignment_mode="expand")
        if span is None:
            continue
        if toponym.kind != "demonym":
            yield from _phrase(toponym, span.root)
        elif span.root.dep_ == "amod" and span.root.head.lemma_.lower() in cue_words()["container"]:
            # "in Syrian territory": the adjective of a stretch of land is a place, that of an army is not.
            yield from _phrase(toponym, span.root.head)


def _phrase(toponym: Toponym, head: Token) -> Iterator[Located]:
    """The phrases in which a name may be a location, by the words above its head."""
    cues = cue_words()
    weight = 1.0
    for _ in range(5):
        above = head.head
        if head.dep_ == "compound" and toponym.kind == "literal" and toponym.precision != "country":
            # Only for what the name modifies directly: "the Damascus talks", not "the Damascus police arrested".
            yield Located(toponym, above, -weight)
        if head.dep_ == "pobj" and above.lower_ == "of" and above.head.lemma_.lower() in cues["container"]:
            head = above.head
        elif head.dep_ in ("compound", "nmod", "appos", "conj") and above.i != head.i:
            # In "Mopti, Mali" the second only says where the first lies; in "the capital, Sanaa" it is the place.
            kind = above.lemma_.lower() in cues["container"]
            weight -= (0.0 if kind else 0.5) if head.dep_ == "appos" else 0.1
            head = above
        else:
            break
    above = head.head
    if head.dep_ == "pobj":
        host = above.head
        while host.dep_ == "prep" and host.pos_ == "ADP":
            host = host.head
        if _places(above.lower_, host.lemma_.lower(), toponym):
            yield Located(toponym, host, weight)
    elif head.dep_ in ("dobj", "obj", "nsubjpass") and above.lemma_.lower() in cues["direct"]:
        yield Located(toponym, above, weight - 0.1)


def _places(preposition: str, host: str, toponym: Toponym) -> bool:
    """Whether this preposition at this word makes its object the place of what the word says."""
    cues = cue_words()
    if preposition in cues["locative"]:
        return True
    if preposition in cues["goal"]:
        return host in cues["motion"]
    if preposition in cues["source"]:
        return host in cues["origin"]
    return preposition in cues["target"] and host in cues["struck"] and toponym.precision != "country"


def _clause(token: Token) -> list[Token]:
    """The trigger and the words above it up to the verb of its clause ("launched" over "an attack")."""
    chain = [token]
    while chain[-1].pos_ not in VERBAL and chain[-1].dep_ in (*_INWARD, "conj", "compound") and len(chain) < 6:
        chain.append(chain[-1].head)
    return chain


def _above(verb: Token) -> set[int]:
    """Verbs whose clause shares its place with this one: those it is co-ordinated with or adverbial to."""
    found: set[int] = set()
    while verb.dep_ in ("conj", "advcl", "xcomp") and verb.dep_ not in BARRIERS and len(found) < 4:
        verb = verb.head
        found.add(verb.i)
    return found


def _score(item: Located, token: Token, clause: list[Token], above: set[int], evidence: Offsets | None) -> float:
    """How firmly a located name is tied to the trigger; 0 where it is not."""
    if item.weight < 0:
        return OWN * -item.weight * (1 - DOUBT + DOUBT * item.toponym.score) if item.host.i == token.i else 0.0
    levels = {word.i: CLAUSE for word in clause} | {token.i: OWN}
    host, steps = item.host, 0
    while True:
        if host.i in levels:
            base = levels[host.i]
            break
        if host.i in above:
            base = ABOVE
            break
        if host.pos_ in VERBAL or host.head.i == host.i or host.dep_ in _CLOSED or steps > 5:
            outside = host.dep_ in BARRIERS or host.is_ancestor(token)
            base = EVIDENCE if _within(item.toponym, evidence) and not outside else 0.0
            break
        steps += host.pos_ in ("NOUN", "PROPN")
        host = host.head
    if base == 0.0:
        return 0.0
    return max(0.05, base - STEP * steps) * item.weight * (1 - DOUBT + DOUBT * item.toponym.score)


def _within(toponym: Toponym, evidence: Offsets | None) -> bool:
    return evidence is not None and evidence[0] <= toponym.start and toponym.end <= evidence[1]


_DATELINE = re.compile(r"[^.\n]{0,25}?(?:[—–]|\s--?\s|\((?:AP|AFP|Reuters|dpa|Xinhua|UPI|ANI|TASS|CNN|BBC)\))")


def dateline_of(doc: Doc) -> Toponym | None:
    """The place of the report's dateline ("BEIRUT (AP) -"): the first literal name, where the text opens with it."""
    first = next((toponym for toponym in doc._.toponyms if toponym.kind == "literal"), None)
    if first is None or first.lat is None or text_of(doc)[: first.start].strip():
        return None
    return first if _DATELINE.match(text_of(doc), first.end) else None


def _dateline(doc: Doc, token: Token) -> tuple[Toponym, float] | None:
    """The dateline's place, for an event of the first sentences."""
    place = dateline_of(doc)
    if place is None:
        return None
    end = [sentence.end for sentence in doc.sents][:LEAD_SENTENCES][-1]
    return (place, DATELINE) if token.i < end else None
