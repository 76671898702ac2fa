"""When the name of a capital stands for its government ("Ankara said") and when for the place ("in Ankara")."""

from __future__ import annotations

from dragoman.coding.actor_parse import Parse

SPEECH_PREPOSITIONS = frozenset({"with", "against", "by", "between", "among", "toward", "towards", "upon", "via"})
MOTION = frozenset(
    "go come travel arrive return fly head visit move drive send deliver bring leave journey trip visit flight "
    "transport deploy march ship relocate transfer route road train way".split()
)
PLACE_PASSIVE = frozenset("hit strike bomb shell attack target rock shake capture besiege flood damage destroy".split())
TOWN_NOUNS = frozenset(
    "airport street suburb mayor resident district metro outskirt square hospital university subway station region "
    "neighbourhood neighborhood skyline port cathedral stadium hotel embassy summit meeting talks visit".split()
)
# What goes to, comes from or weighs on a government: "aid to Kyiv", "demanded from Belgrade", "sanctions on Caracas".
ADDRESSED = frozenset(
    "demand request seek expect receive hear complain protest appeal apologize apologise respond reply turn hand offer "
    "give grant propose pledge promise sell supply talk speak write object listen submit concede yield impose rely "
    "depend press call slap pressure message letter warning response answer aid support assistance loan proposal "
    "ultimatum sanction threat concession ambassador envoy apology blow favor favour note signal criticism "
    "permission approval reaction order instruction loyalty allegiance close loyal hostile friendly tie".split()
)


def is_metonym(parse: Parse, i: int) -> bool:
    """Whether the name of a capital stands for its government, by the role it plays in the sentence."""
    dep, head = parse.dep[i], parse.head[i]
    lemma = parse.doc[head].lemma_.lower()
    if dep == "conj":
        return is_metonym(parse, head) if parse.head[head] != head or parse.dep[head] != "ROOT" else False
    if dep == "nsubj":
        return parse.pos[head] in ("VERB", "AUX") and not (lemma == "be" and _has_place_complement(parse, head))
    if dep == "nsubjpass":
        return lemma not in PLACE_PASSIVE
    if dep == "poss":
        return lemma not in TOWN_NOUNS
    if dep in ("dobj", "iobj", "dative"):
        return lemma not in MOTION and lemma not in PLACE_PASSIVE and lemma not in ("reach", "enter", "tour", "flee")
    if dep == "pobj":
        word, governor = parse.words[head].lower(), parse.doc[parse.head[head]].lemma_.lower()
        if word in SPEECH_PREPOSITIONS:
            return True
        return word in ("to", "from", "on") and governor in ADDRESSED
    return False


def _has_place_complement(parse: Parse, verb: int) -> bool:
    return any(
        parse.dep[c] == "attr" and parse.doc[c].lemma_.lower() in ("city", "capital") for c in parse.children[verb]
    )


def is_metonym_modifier(parse: Parse, i: int) -> bool:
    """Whether a capital before a noun stands for its government ("the Damascus regime")."""
    head = parse.head[i]
    return parse.dep[i] == "compound" and parse.doc[head].lemma_.lower() in (
        "regime",
        "government",
        "strike",
        "offensive",
    )
