"""Answers to what others said: comment declined, reports retracted, denials of "it", sources behind a source.

These statements have no content of their own beside them, or only a word that points back ("declined to comment",
"denied this"), so that the frames of `attribution_frames` find none. Here they reach the rest of their sentence and the
one before, which in news holds what was asked about. They serve claims alone: corpora of attribution leave them out.
"""

from __future__ import annotations

from spacy.tokens import Doc

from dragoman.coding.attribution import source_entities
from dragoman.coding.attribution_frames import antecedent, source_range, speaker, verb_cue
from dragoman.coding.mentions import AttributionMention, Offsets
from dragoman.coding.speech_lexicon import speech_nouns, speech_verbs, word_class
from dragoman.coding.tree import Tree, tree_of
from dragoman.lexicon.word_lists import word_list

COMMENTING, CONFIRMING = word_class("commenting"), word_class("confirming")
DENYING, REFUSING = word_class("denying"), word_class("refusing")
RETRACTING, RETRACTING_BACK = word_class("retracting"), word_class("retracting back")
FALSITY = word_class("falsity")
SILENT_NOUNS, CITING, HEARING = word_class("silent nouns"), word_class("citing"), word_class("hearing")
WISHING = frozenset({"be", "have", "want", "wish", "will"})
ASKING = frozenset({"ask", "question", "quiz"})
NOBODY = frozenset({"nobody", "none", "no", "no-one", "neither"})
UNABLE = frozenset({"unable", "unwilling"})
GIVING = frozenset({"give", "offer", "make", "provide", "issue", "have"})
BACKWARD = frozenset({"it", "this", "that", "these", "those", "any", "such", "both", "either"})


_last: tuple[Doc, int, tuple[AttributionMention, ...]] | None = None


def answers(doc: Doc) -> tuple[AttributionMention, ...]:
    """All such statements of a parsed Doc, in the order of their cues; those of the last Doc are kept.

    Reads ``doc._.attributions``.
    """
    global _last
    held, told = _last, id(doc._.attributions)
    if held is None or held[0] is not doc or held[1] != told:
        _last = held = (doc, told, _found(tree_of(doc)))
    return held[2]


def _found(tree: Tree) -> tuple[AttributionMention, ...]:
    out: list[AttributionMention] = []
    for i in range(tree.size):
        if tree.is_verb(i):
            found = (
                _retraction(tree, i)
                or _silence(tree, i)
                or _beside(tree, i)
                or _pointing_back(tree, i)
                or _source_behind(tree, i)
            )
        elif tree.is_noun(i):
            found = _no_comment(tree, i)
        else:
            found = None
        if found is not None:
            out.append(found)
    return tuple(out)


def _made(
    tree: Tree, source: int | None, cue: tuple[int, int], content: list[Offsets], stance: str
) -> AttributionMention | None:
    """A mention of a source, a cue (tokens) and a content (offsets), source and cue cut out of the content."""
    if source is None:
        return None
    head = antecedent(tree, source)
    first, last = source_range(tree, head, cue[0] if head < cue[0] else cue[1])
    named = (tree.start[first], tree.end[last])
    shown = (tree.start[cue[0]], tree.end[cue[1]])
    for start, end in (named, shown):
        content = [p for a, b in content for p in ((a, min(b, start)), (max(a, end), b)) if p[0] < p[1]]
    if not content:
        return None
    return AttributionMention(
        source=(named,),
        cue=(shown,),
        content=tuple(sorted(set(content))),
        stance=stance,
        certainty=0.5 if stance != "denies" else 0.7,
        entities=source_entities(tree.doc, head),
    )


def _before(tree: Tree, token: int) -> list[Offsets]:
    """The rest of the token's sentence where that has a clause or an event beside it, and the sentence before."""
    number = tree.sentence[token]
    chosen = [tree.sentence_bounds[n] for n in (number - 1, number) if n >= 0]
    return [(tree.start[a], tree.end[b]) for a, b in chosen]


def withheld(tree: Tree, verb: int) -> bool:
    """Whether a verb is negated or stands under one of refusing ("declined to", "has yet to", "could not")."""
    if tree.negated(verb) or any(tree.lower[c] in ("yet", "neither") for c in tree.children[verb]):
        return True
    above = tree.head[verb]
    subject = tree.subject(verb)
    if subject is not None and NOBODY & {tree.lower[subject], *(tree.lower[c] for c in tree.children[subject])}:
        return True
    if tree.dep[verb] == "conj" and any(tree.lower[c] == "neither" for c in tree.children[above]):
        return True  # "neither confirmed nor denied"
    if tree.dep[verb] not in ("xcomp", "ccomp"):
        return False
    if tree.lower[above] in UNABLE or tree.lemma[above] in REFUSING:
        return True
    if tree.lemma[above] not in WISHING:
        return False
    return tree.negated(above) or any(tree.lower[c] == "yet" for c in tree.children[above])


def _silence(tree: Tree, verb: int) -> AttributionMention | None:
    """ "Declined to comment", "refused to be drawn on the matter", "did not respond to questions"."""
    drawn = tree.lemma[verb] == "draw" and tree.passive(verb)
    if not (drawn or tree.lemma[verb] in COMMENTING - CONFIRMING) or not withheld(tree, verb):
        return None
    if tree.child(verb, "ccomp", "dobj") is not None or tree.dep[verb] in ("relcl", "acl"):
        return None
    content = _before(tree, verb)
    first, last = verb_cue(tree, verb)[0]
    return _made(tree, speaker(tree, tree.head[verb] if drawn else verb), (first, last), content, "declines to comment")


def _no_comment(tree: Tree, noun: int) -> AttributionMention | None:
    """ "There was no immediate comment from the army on the raid"."""
    if tree.lemma[noun] not in SILENT_NOUNS or not any(tree.lower[c] in ("no", "any") for c in tree.children[noun]):
        return None
    source = about = None
    for at in (noun, tree.head[noun]):
        for child in tree.children[at]:
            if tree.dep[child] == "prep" and child > noun:
                inner = tree.child(child, "pobj")
                source = inner if tree.lower[child] in ("from", "by") and source is None else source
                about = child if tree.lower[child] in ("on", "of", "about", "to") and about is None else about
    giver = tree.head[noun]
    if source is None and tree.dep[noun] == "dobj" and tree.lemma[giver] in GIVING:
        source = speaker(tree, giver)  # "gave no confirmation of"
    if source is not None and about is None:
        about = next((c for c in tree.children[source] if tree.lower[c] in ("on", "about")), None)
    content = [(tree.start[about], tree.end[tree.last[about]])] if about is not None else _before(tree, noun)[:1]
    stance = "has not confirmed" if tree.lemma[noun] == "confirmation" else "declines to comment"
    return _made(tree, source, (noun, noun), content, stance)


def _pointing_back(tree: Tree, verb: int) -> AttributionMention | None:
    """A denial or a withheld confirmation of the sentence before ("denied it", "has not confirmed any talks")."""
    unconfirmed = tree.lemma[verb] in CONFIRMING and withheld(tree, verb)
    denied = tree.lemma[verb] in DENYING and not withheld(tree, verb)
    if not (unconfirmed or denied) or tree.sentence[verb] == 0:
        return None
    content = tree.child(verb, "dobj", "ccomp", "xcomp")
    if content is None and not (unconfirmed and tree.child(verb, "prep") is None):
        return None
    if content is not None and not _points_back(tree, content):
        return None
    above = tree.sentence_bounds[tree.sentence[verb] - 1]
    cue = verb_cue(tree, verb)[0]
    stance = "denies" if denied else "has not confirmed"
    return _made(tree, speaker(tree, verb), cue, [(tree.start[above[0]], tree.end[above[1]])], stance)


def _beside(tree: Tree, verb: int) -> AttributionMention | None:
    """ "The army shelled the town, a charge Kigali denies": the answer stands in an apposition to the sentence."""
    noun = tree.head[verb]
    if tree.dep[verb] not in ("relcl", "acl") or tree.lemma[noun] not in speech_nouns() or noun == verb:
        return None
    first, begin = tree.first[noun], tree.sentence_bounds[tree.sentence[noun]][0]
    if first <= begin + 2 or tree.lower[first - 1] not in (",", "—", "–", "--", "-") or tree.lower[first] == "the":
        return None
    negative = tree.lemma[verb] in DENYING or any(tree.lower[c] in FALSITY for c in tree.children[verb])
    affirmed = tree.lemma[verb] in CONFIRMING
    if not (negative or affirmed):
        return None
    agent = tree.child(verb, "agent")
    source = tree.child(agent, "pobj") if agent is not None else speaker(tree, verb)
    stance = "denies" if negative else "has not confirmed" if withheld(tree, verb) else "asserts"
    if source in (None, noun) or (negative and withheld(tree, verb)):
        return None
    return _made(tree, source, verb_cue(tree, verb)[0], [(tree.start[begin], tree.end[first - 1])], stance)


def _points_back(tree: Tree, content: int) -> bool:
    if tree.lower[content] in BACKWARD:
        return True
    if tree.lemma[content] == "do" and any(tree.lower[c] in BACKWARD | {"so"} for c in tree.children[content]):
        return True  # "denied having done so"
    nouns = [content, *(c for c in tree.children[content] if tree.dep[c] in ("nsubj", "nsubjpass", "dobj"))]
    for noun in nouns:
        words = {tree.lower[c] for c in tree.children[noun] if tree.dep[c] in ("det", "amod", "predet")}
        if words & (BACKWARD if noun == content else BACKWARD - {"any"}):
            return True
        told = tree.lemma[noun] in speech_nouns() and tree.child(noun, "prep", "acl", "ccomp", "relcl") is None
        if told and (words & {"the"} or tree.tag[noun] == "NNS"):
            return True
    return False


def _retraction(tree: Tree, verb: int) -> AttributionMention | None:
    """ "Withdrew its report that X", "took back a remark about X", "apologised for having reported X"."""
    lemma = tree.lemma[verb]
    end = verb
    noun = tree.child(verb, "dobj")
    if lemma in word_class("apologising"):
        noun = _apology(tree, verb)
    elif lemma in RETRACTING_BACK:
        back = next((c for c in tree.children[verb] if tree.lower[c] in ("back", "away")), None)
        if back is None:
            return None
        end = max(verb, back)
    elif lemma not in RETRACTING:
        return None
    if noun is None and lemma in RETRACTING_BACK:
        noun = next((c for c in tree.children[verb] if tree.dep[c] in ("pobj", "npadvmod", "ccomp")), None)
    if noun is None or not (tree.lemma[noun] in speech_nouns() | _written() or tree.is_verb(noun)):
        return None
    cue = (verb, min(end, noun) if end < noun else verb)
    if tree.is_verb(noun):
        return _made(tree, speaker(tree, verb), cue, _content_of(tree, verb), "denies")
    low, high = max(tree.first[noun], cue[1] + 1), tree.last[noun]
    if tree.dep[noun] == "dobj" and high == noun:  # "corrected its announcement: nobody had been hurt"
        high = tree.sentence_bounds[tree.sentence[verb]][1]
    return _made(tree, speaker(tree, verb), cue, [(tree.start[low], tree.end[high])], "denies")


def _written() -> dict[str, object]:
    return dict.fromkeys(word_list("writings"))


def _apology(tree: Tree, verb: int) -> int | None:
    """The verb of saying that an apology is for."""
    for child in tree.children[verb]:
        if tree.dep[child] == "prep" and tree.lower[child] == "for":
            inner = tree.child(child, "pcomp", "pobj")
            if inner is not None and (tree.lemma[inner] in speech_verbs() or tree.lemma[inner] in speech_nouns()):
                return inner
    return None


def _source_behind(tree: Tree, verb: int) -> AttributionMention | None:
    """ "A daily wrote, citing diplomats, that X", "villagers heard from traders that X": who is behind the teller."""
    if tree.lemma[verb] in CITING and tree.tag[verb] == "VBG" and tree.dep[verb] in ("advcl", "acl", "prep", "conj"):
        source = tree.child(verb, "dobj")
        above = tree.head[verb] if tree.is_verb(tree.head[verb]) else _subject_of(tree, tree.head[verb])
    elif tree.lemma[verb] in HEARING:
        origin = next((c for c in tree.children[verb] if tree.lower[c] == "from"), None)
        source, above = (tree.child(origin, "pobj") if origin is not None else None), verb
    else:
        return None
    if source is None or above is None or tree.lemma[above] not in speech_verbs() | dict.fromkeys(HEARING):
        return None
    cue = verb_cue(tree, verb)[0]
    return _made(tree, source, cue, _content_of(tree, above), "asserts")


def _subject_of(tree: Tree, noun: int) -> int | None:
    return tree.head[noun] if tree.dep[noun] == "nsubj" else None


def _content_of(tree: Tree, verb: int) -> list[Offsets]:
    """The content that the statement of a verb has."""
    at = tree.start[verb]
    for mention in tree.doc._.attributions:
        if any(a <= at < b for a, b in mention.cue):
            return list(mention.content)
    return []


def keeps_silent(doc: Doc, token: int) -> bool:
    """Whether a word tells of silence on a matter ("declined to comment", "would not say", "neither confirmed nor denied").

    Who keeps silent turns nothing down: it is a stance on an event and no event.
    """
    tree = tree_of(doc)
    if not tree.is_verb(token):
        return False
    told = tree.child(token, "ccomp", "xcomp")
    noun = tree.child(token, "dobj")
    if (
        noun is not None
        and tree.lemma[noun] in SILENT_NOUNS
        and any(tree.lower[c] == "no" for c in tree.children[noun])
    ):
        return tree.lemma[token] in GIVING  # "gave no confirmation"
    verbs = (token, told) if told is not None else (token,)
    return any(_silent(tree, verb) and withheld(tree, verb) for verb in verbs)


def _silent(tree: Tree, verb: int) -> bool:
    lemma = tree.lemma[verb]
    if lemma in CONFIRMING or lemma in DENYING - {"reject", "dismiss", "rule"}:
        return True
    return lemma in COMMENTING | DENYING and tree.child(verb, "dobj") is None


def retraction_of(doc: Doc, at: int) -> Offsets | None:
    """The cue of whoever takes back a statement that holds a character of the text."""
    tree = tree_of(doc)
    words = RETRACTING | RETRACTING_BACK | word_class("apologising")
    for mention in answers(doc):
        if mention.stance == "denies" and any(a <= at < b for a, b in mention.content):
            start, end = mention.cue[0]
            if any(tree.lemma[i] in words for i in range(tree.size) if start <= tree.start[i] < end):
                return mention.cue[0]
    return None


def called_false(tree: Tree, token: int) -> int | None:
    """The word that says of an event, or of a report of it, that it is untrue ("reports of a deal were false")."""
    came = token
    for node in tree.path(token)[1:]:
        if tree.dep[came] in ("relcl", "advcl", "parataxis"):
            return None
        for child in tree.children[node]:
            said = child
            if tree.dep[child] == "prep" and tree.lower[child] in ("as", "by", "in"):
                said = tree.child(child, "pobj") or child
            of_object = said != child or tree.dep[child] == "oprd"
            if tree.lower[said] not in FALSITY or tree.within(token, child):
                continue
            if not (of_object and tree.dep[came] == "nsubj"):
                return said if not tree.negated(node) else None
        came = node
    return None


def unconfirmed_above(doc: Doc, token: int) -> int | None:
    """The verb over a word's clause that withholds its confirmation ("was unable to confirm reports that")."""
    tree = tree_of(doc)
    came = token
    for node in tree.path(token)[1:]:
        if tree.dep[came] not in ("ccomp", "acl", "dobj", "conj", "pobj", "prep", "nsubjpass"):
            return None
        if tree.lemma[node] in CONFIRMING and tree.is_verb(node):
            return node if withheld(tree, node) else None
        came = node
    return None


def only_asks(doc: Doc, token: int) -> bool:
    """Whether a word puts a question ("asked about", "asked whether") and requests nothing."""
    tree = tree_of(doc)
    if tree.lemma[token] not in ASKING or not tree.is_verb(token):
        return False
    if tree.child(token, "xcomp") is not None or any(tree.lower[c] == "for" for c in tree.children[token]):
        return False
    clause = tree.child(token, "ccomp")
    if clause is not None:
        opening = tree.first[clause]
        return tree.lower[opening] in ("whether", "if") or tree.tag[opening] in ("WRB", "WP", "WDT")
    return any(tree.lower[c] in ("about", "whether", "if") for c in tree.children[token])
