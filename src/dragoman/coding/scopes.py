"""Which cues reach an event: climbing from its word through the clauses and phrases over it."""

from __future__ import annotations

import msgspec

from dragoman.coding.cues import DocCues, Hit
from dragoman.coding.speech_lexicon import speech_nouns, speech_verbs, word_class
from dragoman.coding.tree import SUBJECTS, Tree

WEAK_MODALS = frozenset("may might must should ought need".split())
STRONG_MODALS = frozenset("will would can could shall 'll ’ll wo ca".split())
PERFECT = frozenset({"have", "'ve", "’ve", "has", "had"})
COUNTERFACTUAL = frozenset({"would", "should", "ought", "'d", "’d"})
SLICE_NOUNS = word_class("slice")
CLAUSE_LINKS = frozenset({"xcomp", "ccomp", "pcomp", "acl", "csubj", "csubjpass", "oprd", "acomp"})
PLURAL_LINKS = CLAUSE_LINKS | {"dobj", "nsubjpass", "pobj", "attr", "dative"}
HAPPENING = word_class("happening")
COPULAS = frozenset("be seem remain become appear look".split())
MAX_CLIMB = 14


class Effect(msgspec.Struct, frozen=True):
    """What one cue (or a construction without a cue word: `hit` None) does; `stops` where nothing above it counts."""

    realis: str
    certainty: float
    kind: str
    hit: Hit | None = None
    stops: bool = False


def collect(cues: DocCues, trigger: int) -> list[Effect]:
    """Effects on the event that a token names, innermost first."""
    tree = cues.tree
    effects = _participles(cues, trigger)
    node, came, used = trigger, trigger, set[int]()
    _modifiers(cues, node, trigger, effects, used)
    for _ in range(MAX_CLIMB):
        above = tree.head[node]
        if above == node:
            _construction(tree, node, trigger, effects)
            break
        going = _climb(cues, node, above, came, trigger, effects, used)
        if not going:
            break
        if tree.dep[node] != "prep" or not tree.is_noun(above):
            came = above
        node = above
    _rightward(cues, trigger, effects)
    return effects


def _effect(hit: Hit, stops: bool = False) -> Effect:
    return Effect(hit.row.realis, hit.row.certainty, hit.row.kind, hit, stops)


def _modifiers(cues: DocCues, node: int, trigger: int, effects: list[Effect], used: set[int]) -> None:
    """Cues that modify a node: auxiliaries, negation, adverbs, adjectives, conjunctions, determiners."""
    tree = cues.tree
    found: list[Hit] = []
    for child in tree.children[node]:
        for hit in cues.by_token.get(child, ()):
            if hit.first in used or hit.first <= trigger <= hit.last:
                continue
            if hit.row.scope == "modifier" and _modifier_fits(tree, child, hit, node):
                found.append(hit)
                used.add(hit.first)
            elif _ends_before(tree, hit, node):
                found.append(hit)  # "yet to", "in order to": their last word hangs on the event's own verb
                used.add(hit.first)
    found.extend(_quantified(cues, node, trigger, used))
    effects.extend(_settled(tree, node, found))


def _ends_before(tree: Tree, hit: Hit, node: int) -> bool:
    """Whether a phrase takes the node as its complement though its last word hangs on the node ("yet to ratify")."""
    if hit.row.pos != "phrase" or hit.row.scope != "complement" or hit.last >= node:
        return False
    return hit.row.words[-1] != "to" or _infinitive(tree, node)


def _quantified(cues: DocCues, node: int, trigger: int, used: set[int]) -> list[Hit]:
    """Negation that stands at an argument of the verb: "no troops crossed", "signed no accord"."""
    tree = cues.tree
    if not tree.is_verb(node):
        return []
    out = []
    for argument in tree.children[node]:
        if tree.dep[argument] in ("nsubj", "nsubjpass", "dobj", "attr"):
            for child in tree.children[argument]:
                for hit in cues.by_token.get(child, ()):
                    negates = hit.row.kind == "negation" and tree.dep[child] in ("det", "neg", "preconj", "cc")
                    if negates and hit.first not in used and hit.row.pos in ("det", "conj") and argument != trigger:
                        used.add(hit.first)
                        out.append(hit)
    return out


def _modifier_fits(tree: Tree, child: int, hit: Hit, node: int) -> bool:
    pos, dep = hit.row.pos, tree.dep[child]
    if pos == "adj":
        return dep in ("amod", "acomp", "compound", "nmod") and (tree.is_noun(node) or dep == "acomp")
    if pos == "noun":
        return dep in ("nsubj", "nsubjpass")
    if pos == "conj":
        return dep in ("mark", "advmod", "preconj", "cc", "nsubj", "nsubjpass", "det", "prep", "neg")
    if pos == "det":
        return dep in ("det", "neg", "nsubj")
    if pos == "adv" and hit.row.kind in ("hedge", "factive") and tree.is_noun(node):
        return child == node - 1 or dep == "advmod"
    return True


def _settled(tree: Tree, node: int, found: list[Hit]) -> list[Effect]:
    """Effects of the modifiers of one node, negation and modal verbs settled between themselves."""
    if any(hit.row.kind == "pseudo" for hit in found):
        found = [hit for hit in found if hit.row.kind not in ("negation", "future", "modal")]
    modals = [hit for hit in found if hit.row.pos == "aux"]
    negated = [hit for hit in found if hit.row.kind == "negation"]
    if modals:
        word = tree.lower[modals[0].first]
        if _perfect(tree, node) and word in COUNTERFACTUAL:
            return [Effect("NEGATED" if not negated else "ACTUAL", 0.6, "counterfactual", modals[0])]
        if negated:
            drop = negated if word in WEAK_MODALS else modals
            found = [hit for hit in found if hit not in drop]
        elif word in ("would", "'d", "’d") and not _reported(tree, node):
            return [Effect("POSSIBLE", 0.4, "modal", modals[0]), *(_effect(h) for h in found if h not in modals)]
    return [_effect(hit) for hit in found]


def _perfect(tree: Tree, node: int) -> bool:
    return any(tree.dep[c] == "aux" and tree.lower[c] in PERFECT for c in tree.children[node])


def _reported(tree: Tree, node: int) -> bool:
    """Whether a clause is reported speech, where "would" is a future seen from the past."""
    at = node
    for _ in range(4):
        if tree.dep[at] == "ccomp":
            return True
        if tree.dep[at] not in ("conj", "xcomp"):
            return any(tree.dep[c] in ("parataxis",) for c in tree.children[at])
        at = tree.head[at]
    return False


def _participles(cues: DocCues, trigger: int) -> list[Effect]:
    """Participles after a noun: "talks planned for May", "a raid that was cancelled"."""
    tree = cues.tree
    if not tree.is_noun(trigger):
        return []
    out = []
    for child in tree.children[trigger]:
        if tree.dep[child] in ("acl", "relcl") and tree.passive(child):
            for hit in cues.by_head.get(child, ()):
                if (
                    hit.row.pos in ("verb", "passive")
                    and hit.row.scope in ("complement", "clausal")
                    and (hit.row.kind in ("plan", "hedge", "implicative-", "unconfirmed"))
                ):
                    out.append(_effect(hit))
                    break
    return out


def _climb(
    cues: DocCues, node: int, above: int, came: int, trigger: int, effects: list[Effect], used: set[int]
) -> bool:
    """Take one step up: apply the cues at the word above, then say whether the climb goes on."""
    tree = cues.tree
    dep = tree.dep[node]
    if dep == "xcomp" and tree.lemma[above] == "be" and _infinitive(tree, node):
        effects.append(Effect("PLANNED", 0.75, "future"))
    if dep == "conj":
        return _coordinate(cues, node, above, trigger, effects, used)
    if tree.tag[above] in ("IN", "TO", "VBG") and dep in ("pobj", "pcomp"):
        _complement_cues(cues, node, above, "prep", effects, used)
        return True
    word = tree.lower[node] if dep in ("prep", "dative", "agent") else ""
    found = _complement_cues(cues, node, above, word, effects, used)
    if found is not None and found.row.kind in ("factive", "accusation"):
        return False
    open_above = found is not None or _projects(cues, node, above, word, trigger)
    if open_above:
        _modifiers(cues, above, trigger, effects, used)
        _predicative(cues, node, above, effects, used)
        return True
    if dep in ("nsubj", "nsubjpass") and tree.is_noun(node) and node == trigger:
        effects.extend(_future_of_subject(cues, above, used))
    _construction(tree, node, trigger, effects)
    return False


def _complement_cues(
    cues: DocCues, node: int, above: int, word: str, effects: list[Effect], used: set[int]
) -> Hit | None:
    """The first cue at `above` whose scope takes `node`; it is added to the effects."""
    tree, dep = cues.tree, cues.tree.dep[node]
    hits = list(cues.by_token.get(above, ()))
    if tree.lemma[above] in COPULAS and dep in ("ccomp", "xcomp", "csubj", "advcl"):
        for child in tree.children[above]:  # "it is doubtful that": the clause hangs on the verb
            if tree.dep[child] in ("acomp", "attr", "oprd"):
                hits.extend(h for h in cues.by_token.get(child, ()) if h.row.pos in ("adj", "noun"))
    for hit in hits:
        if hit.first in used or hit.first <= node <= hit.last:
            continue
        if _takes(tree, hit, node, above, dep, word):
            used.add(hit.first)
            if hit.row.kind not in ("perform", "occur"):
                effects.append(_effect(hit, stops=hit.row.kind == "factive"))
            return hit
    return None


def _takes(tree: Tree, hit: Hit, node: int, above: int, dep: str, word: str) -> bool:
    """Whether the scope of a cue at `above` takes the dependent `node`."""
    row = hit.row
    if row.kind == "denial" and dep in ("dobj", "nsubjpass") and tree.lemma[node] in speech_nouns():
        return tree.child(node, "acl", "ccomp", "relcl", "prep") is not None
    if row.scope == "complement":
        if row.pos == "phrase" or len(row.words) > 1:
            if row.words[-1] == "to" and not _infinitive(tree, node):
                return row.kind == "plan" and node < hit.first and _raised(tree, hit, node)
            return node > hit.last and (dep in PLURAL_LINKS or dep in ("prep", "advcl"))
        if row.pos == "noun":
            return dep in ("acl", "ccomp") or word in ("of", "for", "about")
        if row.pos == "prep":
            return dep in ("pobj", "pcomp")
        return (dep in PLURAL_LINKS and not (dep == "pobj" and row.kind == "factive")) or word in ("for", "on")
    if row.scope == "clausal":
        return _clausal(tree, row.pos, node, above, dep, word)
    if row.scope == "preposition":
        return word in ("of", "from", "with")
    if row.scope == "object":
        return dep in ("dobj", "nsubjpass") or word in ("in", "into")
    return row.scope == "subject" and dep in ("nsubj", "nsubjpass")


def _raised(tree: Tree, hit: Hit, node: int) -> bool:
    """ "The talks are set to begin": the subject of what is to happen is itself to happen."""
    if tree.dep[node] not in ("nsubj", "nsubjpass") or not tree.is_noun(node):
        return False
    return any(tree.lemma[i] in HAPPENING for i in range(hit.last + 1, min(hit.last + 3, tree.size)))


def _clausal(tree: Tree, pos: str, node: int, above: int, dep: str, word: str) -> bool:
    if pos == "noun":
        return (dep in ("acl", "relcl") and _to_or_that(tree, node, dep == "relcl")) or dep == "ccomp"
    if pos == "adj":
        return dep in ("ccomp", "xcomp", "csubj") or (dep == "advcl" and _to_or_that(tree, node))
    if pos == "passive":
        return dep in ("xcomp", "ccomp") or (dep == "advcl" and _infinitive(tree, node))
    if dep == "dobj" and tree.tag[node] == "VBG":
        return True
    return dep in ("xcomp", "ccomp", "pcomp") or (dep == "advcl" and node > above and _infinitive(tree, node))


def _infinitive(tree: Tree, node: int) -> bool:
    return any(tree.tag[c] == "TO" for c in tree.children[node])


def _to_or_that(tree: Tree, node: int, relative: bool = False) -> bool:
    """Whether a clause after a noun tells what it is about; a clause that the parser took for a relative one does if
    neither its subject nor its only object is the relative word."""
    for child in tree.children[node]:
        if relative and tree.lower[child] == "that" and tree.dep[child] in SUBJECTS:
            return False
        if tree.tag[child] == "TO" and not relative:
            return True
        if tree.lower[child] in ("that", "whether", "if"):
            return True
    return False


def _projects(cues: DocCues, node: int, above: int, word: str, trigger: int) -> bool:
    """Whether what holds of the word above holds of the one below, without a cue saying so."""
    tree = cues.tree
    dep = tree.dep[node]
    if dep in ("xcomp", "auxpass", "attr", "compound", "oprd", "acomp", "aux"):
        return True
    if dep in ("acl", "ccomp", "relcl") and _under_denial(cues, above):
        return True
    if dep == "ccomp":
        return _infinitive(tree, node) or tree.lemma[above] not in speech_verbs()
    if dep == "prep" and word == "of" and tree.is_noun(above):
        return tree.lemma[above] in SLICE_NOUNS
    if dep in ("nsubj", "nsubjpass") and tree.lemma[above] == "be" and node == trigger:
        return True
    if node == trigger and _indefinite_object(tree, node, above):
        return True
    return dep == "prep" and tree.lemma[above] == "be" and word in ("on", "in", "under", "at")


def _under_denial(cues: DocCues, noun: int) -> bool:
    """Whether a noun of speech is what a verb denies or takes back ("dismissed a report that")."""
    tree = cues.tree
    if tree.dep[noun] not in ("dobj", "nsubjpass") or tree.lemma[noun] not in speech_nouns():
        return False
    return any(hit.row.kind == "denial" for hit in cues.by_token.get(tree.head[noun], ()))


def _indefinite_object(tree: Tree, node: int, above: int) -> bool:
    """ "could lead to a settlement", "ready to host talks": what is not yet known exists only if the verb's act does.

    Verbs of speech keep what they speak of apart ("may condemn attacks").
    """
    if not tree.is_noun(node) or tree.lemma[above] in speech_verbs() or not tree.is_verb(above):
        return False
    if tree.dep[node] != "dobj" or tree.tag[node] not in ("NN", "NNS"):
        return False
    return not any(
        tree.dep[c] == "poss"
        or (tree.dep[c] == "det" and tree.lower[c] not in ("a", "an", "any", "some", "no", "more"))
        for c in tree.children[node]
    )


def _coordinate(cues: DocCues, node: int, above: int, trigger: int, effects: list[Effect], used: set[int]) -> bool:
    """A second conjunct shares auxiliaries and negation of the first if it has no subject or auxiliary of its own."""
    tree = cues.tree
    if tree.is_verb(node) and (tree.subject(node) is not None or tree.child(node, "aux", "auxpass") is not None):
        return tree.dep[above] in ("ccomp", "xcomp", "advcl")
    if tree.is_verb(node) != tree.is_verb(above):
        return False
    if tree.is_verb(node) and tree.tag[node] != tree.tag[above]:
        return tree.dep[above] in ("ccomp", "xcomp")
    found: list[Effect] = []
    _modifiers(cues, above, trigger, found, used)
    contrast = any(tree.lower[c] in ("but", "yet") for c in tree.children[above])
    effects.extend(e for e in found if not (contrast and e.kind == "negation"))
    return True


def _predicative(cues: DocCues, node: int, above: int, effects: list[Effect], used: set[int]) -> None:
    """An adjective said of the event: "talks are possible"."""
    tree = cues.tree
    if tree.dep[node] not in ("nsubj", "csubj"):
        return
    for child in tree.children[above]:
        if tree.dep[child] == "acomp":
            for hit in cues.by_head.get(child, ()):
                if hit.row.pos == "adj" and hit.row.realis and hit.first not in used:
                    used.add(hit.first)
                    effects.append(_effect(hit))


def _future_of_subject(cues: DocCues, verb: int, used: set[int]) -> list[Effect]:
    """ "The talks will focus on X": what will do something is itself still to come."""
    out = []
    for child in cues.tree.children[verb]:
        for hit in cues.by_token.get(child, ()):
            if hit.row.kind == "future" and cues.tree.lower[child] != "would" and hit.first not in used:
                out.append(_effect(hit))
    return out


def _construction(tree: Tree, node: int, trigger: int, effects: list[Effect]) -> None:
    """Mood and tense without a cue word: questions, "is to visit", headlines with an infinitive."""
    sentence = tree.sentence_bounds[tree.sentence[trigger]]
    if tree.dep[node] == "ROOT" and tree.lower[sentence[1]] == "?":
        effects.append(Effect("POSSIBLE", 0.3, "question"))
    if not tree.is_verb(node) or not _infinitive(tree, node):
        return
    head, dep = tree.head[node], tree.dep[node]
    if head == node:
        effects.append(Effect("PLANNED", 0.7, "future"))
    elif dep in ("acl", "relcl", "advcl") and not _superlative(tree, head):
        effects.append(Effect("PLANNED", 0.5, "future"))


def _superlative(tree: Tree, noun: int) -> bool:
    """ "The first state to recognise it" has recognised it."""
    words = {tree.lower[c] for c in tree.children[noun]}
    return bool(words & {"first", "last", "only", "second", "third", "latest"}) or tree.lower[noun] in words


def _rightward(cues: DocCues, trigger: int, effects: list[Effect]) -> None:
    """Cues that reach over all that follows in their sentence ("there is no evidence that …")."""
    tree = cues.tree
    for hit in cues.right:
        if hit.last >= trigger or tree.sentence[hit.last] != tree.sentence[trigger]:
            continue
        between = tree.lower[hit.last + 1 : trigger]
        if hit.row.terminators.intersection(between) or ";" in between or "but" in between:
            continue
        if any(effect.stops for effect in effects):
            continue
        effects.append(_effect(hit))
