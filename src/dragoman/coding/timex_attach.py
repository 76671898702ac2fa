"""Which time expression dates a predicate: by syntax, else the one date of its sentence that no other clause holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spacy.tokens import Doc, Token

from dragoman.coding.extensions import text_of
from dragoman.coding.mentions import Timex
from dragoman.coding.timex_reading import published_period
from dragoman.coding.timex_tense import root_token

_DEPTH = 12
_HAPPENING = frozenset({"happen", "occur", "take", "hold", "make", "have", "stage", "date", "begin", "start"})
_AHEAD = frozenset({"will", "'ll", "’ll", "would", "shall"})
_SAME_TIME = frozenset({"when", "as", "while", "since"})
_INSIDE = frozenset({"poss", "compound", "nmod", "nummod", "amod"})
_EVENT_PREPOSITIONS = frozenset({"in", "at", "during", "on", "with", "within"})
_CARRIED = frozenset({"dobj", "nsubj", "nsubjpass", "attr", "pobj", "conj", "appos", "oprd"})
_ORDER = {"day": 0, "time": 0, "week": 1, "range": 2, "month": 3}


def timex_for(doc: Doc, token_index: int) -> Timex | None:
    """The time expression that dates the predicate at a token index; None where the report gives none.

    Needs ``doc._.timexes`` and a dependency parse. A range written as two dates ("from March 3 to March 5") comes back
    as one `Timex` over both.
    """
    trigger = doc[token_index]
    placed = _placed(doc, trigger.sent)
    if not placed:
        return None
    for predicate in _chain(trigger):
        own = [(timex, token) for timex, token in placed if _governor(token, predicate) == predicate.i]
        if own:
            return _with_range(doc, _closest(own, trigger))
    return _lone(placed, trigger)


def _placed(doc: Doc, sentence: Sequence[Token]) -> list[tuple[Timex, Token]]:
    """The dated expressions of a sentence, each with the token at its top."""
    start, end = sentence[0].idx, sentence[-1].idx + len(sentence[-1])
    out = []
    for timex in doc._.timexes:
        if start <= timex.start < end and (timex.iso or timex.anchor) and timex.type != "SET":
            token = root_token(doc, timex.start, timex.end)
            if token is not None and not _is_first_since(token):
                out.append((timex, token))
    return out


def _is_first_since(token: Token) -> bool:
    """Whether the date is that of an earlier occurrence: "for the first time since 2012"."""
    if token.head.lower_ not in ("since", "in"):
        return False
    above = token.head.head
    words = {above.lower_} | {child.lower_ for child in above.lefts}
    return "first" in words


def _governor(token: Token, predicate: Token) -> int:
    """Index of what a time expression dates: `predicate` where it is met on the way up, else the nearest verb.

    A date inside a noun phrase ("last week's protests") stays with the noun, unless the phrase itself says when
    something was done ("in a Wednesday interview").
    """
    node = token
    for _ in range(_DEPTH):
        above = node.head
        if above.i == node.i:
            return node.i
        if node.dep_ in _INSIDE and above.i != predicate.i and above.pos_ in ("NOUN", "PROPN") and _stays(above):
            return above.i
        node = above
        if node.i == predicate.i or (_is_predicate(node) and not _passes_on(node)):
            return node.i
    return -1


def _stays(noun: Token) -> bool:
    return noun.dep_ != "pobj" or noun.head.lower_ not in _EVENT_PREPOSITIONS


def _is_predicate(token: Token) -> bool:
    return token.pos_ in ("VERB", "AUX") and token.dep_ not in ("aux", "auxpass")


def _passes_on(verb: Token) -> bool:
    """Whether a clause only says when the thing above it was: "a blast that occurred on Monday", "when they met"."""
    if verb.dep_ in ("relcl", "acl"):
        return verb.lemma_.lower() in _HAPPENING
    return verb.dep_ == "advcl" and any(c.lower_ in _SAME_TIME for c in verb.lefts if c.dep_ in ("mark", "advmod"))


def _chain(trigger: Token) -> Iterator[Token]:
    """The predicate, those beside it that share its date, and those above it whose date is also its own."""
    node = trigger
    yield node
    for child in node.rights:
        shared = child.dep_ == "conj" and not any(c.dep_ in ("nsubj", "nsubjpass") for c in child.lefts)
        if child.pos_ in ("VERB", "AUX") and (shared or (child.dep_ == "xcomp" and node.lemma_ == "be")):
            yield child
    for _ in range(_DEPTH):
        above = _inherits_from(node)
        if above is None:
            return
        yield above
        node = above


def _inherits_from(node: Token) -> Token | None:
    """The token above, where a date of it holds for the node too."""
    head, label = node.head, node.dep_
    if head.i == node.i:
        return None
    if node.pos_ not in ("VERB", "AUX"):
        return head if label in _CARRIED or label in ("prep", "agent", "compound", "poss") else None
    if label in ("xcomp", "conj", "aux", "auxpass", "pcomp", "dep"):
        return head
    if label == "ccomp":  # "announced on Monday that it would leave": a plan is dated by its announcement
        ahead = node.tag_ == "VB" or any(child.lower_ in _AHEAD for child in node.lefts)
        return head if ahead else None
    if label in ("advcl", "acl") and node.tag_ in ("VBG", "VBN", "VB"):
        return head
    return None


def _closest(own: list[tuple[Timex, Token]], trigger: Token) -> Timex:
    """Of several dates of one predicate the finest; of equals the nearest to the trigger."""

    def rank(pair: tuple[Timex, Token]) -> tuple[int, int]:
        timex, token = pair
        return _ORDER.get(timex.granularity or "", 4), abs(token.i - trigger.i)

    return min(own, key=rank)[0]


def _lone(placed: list[tuple[Timex, Token]], trigger: Token) -> Timex | None:
    """The sentence's only date, unless it belongs to another clause with a predicate of its own."""
    if len(placed) != 1:
        return None
    timex, token = placed[0]
    governor = trigger.doc[max(_governor(token, trigger), 0)]
    if governor.dep_ == "ROOT" or governor.is_ancestor(trigger):
        return None if _told_of(trigger, governor) else timex
    participle = governor.dep_ in ("advcl", "acl") and governor.tag_ in ("VBG", "VBN")
    return timex if participle and governor.head.i == trigger.i else None


def _told_of(trigger: Token, governor: Token) -> bool:
    """Whether the predicate is what the governor's subject said or knew of earlier: the date is that of the saying."""
    node = trigger
    for _ in range(_DEPTH):
        if node.i == governor.i or node.head.i == node.i:
            return False
        if node.dep_ == "ccomp" and _inherits_from(node) is None:
            return True
        node = node.head
    return False


def _with_range(doc: Doc, timex: Timex) -> Timex:
    """The expression, or the range that it forms with a neighbour ("from March 3 to March 5", "2012-2014")."""
    timexes = doc._.timexes
    at = next(i for i, other in enumerate(timexes) if other is timex or other == timex)
    for first, second in ((at, at + 1), (at - 1, at)):
        if first < 0 or second >= len(timexes):
            continue
        joined = _joined(text_of(doc), timexes[first], timexes[second])
        if joined is not None:
            return joined
    return timex


def _joined(text: str, one: Timex, other: Timex) -> Timex | None:
    link = text[one.end : other.start].strip().lower()
    lead = text[max(one.start - 9, 0) : one.start].lower()
    if not one.iso or not other.iso or "/" in one.iso + other.iso or one.granularity != other.granularity:
        return None
    if link in ("and", "and on") and "between" not in lead:
        return _next_to_each_other(one, other)
    spelled = (link in ("to", "until", "through", "till") and "from" in lead) or (link == "and" and "between" in lead)
    if not (spelled or link in ("-", "–", "—")) or one.iso >= other.iso:
        return None
    return _over(one, other, one.iso, other.iso)


def _next_to_each_other(one: Timex, other: Timex) -> Timex | None:
    """One range for two days or months of which one follows on the other: "in September and October"."""
    first, second = published_period(one.iso), published_period(other.iso)
    if first is None or second is None:
        return None
    if first.shift(1) == second:
        return _over(one, other, first.iso(), second.iso())
    return _over(one, other, second.iso(), first.iso()) if second.shift(1) == first else None


def _over(one: Timex, other: Timex, start: str, end: str) -> Timex:
    return Timex(
        start=one.start,
        end=other.end,
        type="DATE",
        value=one.value,
        iso=f"{start}/{end}",
        granularity="range",
        basis=one.basis,
    )
