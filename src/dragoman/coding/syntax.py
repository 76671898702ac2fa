"""Who stands where in a clause: grammatical slots read off a dependency parse (ClearNLP labels, as spaCy's English).

Passives, control and raising, relative and participial clauses, co-ordination and light verbs are undone here, so that
what comes after sees "Turkey" as the subject of "lift" in "Turkey, which had agreed to lift the ban, ...".
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from dragoman.lexicon.word_lists import word_list

Slots = dict[str, list[Token]]

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass"})
RELATIVES = frozenset({"who", "which", "that", "whom", "whose"})
OBJECT_CONTROL = word_list("object_control")
MAX_CONJUNCTS = 12
PARTICLES = frozenset({"aside", "away", "back", "down", "off", "out", "together", "up"})
"""Words that the parser takes for an adverb or a preposition about as often as for a particle ("stepped down")."""


def conjuncts(token: Token) -> Iterator[Token]:
    """The token and what is co-ordinated with it ("A, B and C" from A), in the order of the text."""
    yield token
    queue, count = [token], 0
    while queue and count < MAX_CONJUNCTS:
        for child in queue.pop(0).children:
            if child.dep_ == "conj" and child.pos_ in NOMINAL:
                count += 1
                yield child
                queue.append(child)


NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "ADJ", "DET"})


def is_passive(verb: Token) -> bool:
    """Whether the verb is a passive participle ("was arrested", "arrested by police", "troops deployed in X")."""
    for child in verb.children:
        if child.dep_ in ("auxpass", "nsubjpass"):
            return True
    return verb.tag_ == "VBN" and verb.dep_ in ("acl", "relcl", "advcl", "amod") and not has_aux(verb)


def has_aux(verb: Token) -> bool:
    """Whether the verb has an auxiliary of its own."""
    return any(child.dep_ == "aux" for child in verb.children)


def resolve_relative(token: Token, verb: Token) -> Token:
    """The antecedent where the token is a relative pronoun of the verb's clause, else the token itself."""
    if token.lower_ in RELATIVES and verb.dep_ == "relcl":
        return verb.head
    return token


def own_subject(verb: Token) -> Token | None:
    """The subject that stands at the verb itself, a relative pronoun replaced by what it refers to."""
    for child in verb.children:
        if child.dep_ in SUBJECTS:
            return resolve_relative(child, verb)
    return None


def subject(verb: Token, depth: int = 0) -> tuple[Token | None, bool]:
    """The grammatical subject of a verb, looked for upwards, and whether the verb takes it as a passive's subject.

    The boolean tells the slot: True where the token found is what the verb is done to.
    """
    passive = is_passive(verb)
    found = own_subject(verb)
    if found is not None or depth > 5:
        return found, passive
    head, dep = verb.head, verb.dep_
    if dep == "conj" and head.pos_ in ("VERB", "AUX"):
        return subject(head, depth + 1)[0], passive
    if dep in ("acl", "relcl") and head.pos_ in NOMINAL:
        return _participle_subject(verb, head, passive)
    if dep in ("xcomp", "ccomp", "advcl", "dep") and head.pos_ in ("VERB", "AUX", "ADJ", "NOUN"):
        return _controller(verb, head, depth), passive
    if dep == "pcomp":
        return _prepositional_controller(head, depth), passive
    return None, passive


def _participle_subject(verb: Token, head: Token, passive: bool) -> tuple[Token | None, bool]:
    """Subject of a clause that hangs on a noun: "troops deployed in X", "a man wearing Y", "the plan to lift X"."""
    if verb.dep_ == "relcl":
        # A reduced object relative ("the deal Iran signed") has its own subject; without one the noun is the subject.
        return head, passive
    if verb.tag_ == "VBN" or verb.tag_ == "VBG":
        return head, passive
    for child in head.children:  # "Turkey's decision to lift the ban"
        if child.dep_ == "poss":
            return child, passive
    if head.dep_ in ("dobj", "attr") and head.head.pos_ in ("VERB", "AUX"):
        return subject(head.head)[0], passive
    return None, passive


def _controller(verb: Token, head: Token, depth: int) -> Token | None:
    """The understood subject of a complement or adverbial clause."""
    if head.pos_ == "NOUN":
        return subject(head.head, depth + 1)[0] if head.head.pos_ == "VERB" else None
    if verb.dep_ in ("xcomp", "ccomp") and head.lemma_.lower() in OBJECT_CONTROL:
        for child in head.children:
            if child.dep_ in ("dobj", "iobj", "dative"):
                return _dative_object(child)
        if is_passive(head):
            return subject(head, depth + 1)[0]
        for child in head.children:  # "called on Iran to halt"
            if child.dep_ == "prep":
                for inner in child.children:
                    if inner.dep_ == "pobj":
                        return inner
    return subject(head, depth + 1)[0]


def _dative_object(child: Token) -> Token:
    if child.pos_ == "ADP":
        return next((inner for inner in child.children if inner.dep_ == "pobj"), child)
    return child


def _prepositional_controller(preposition: Token, depth: int) -> Token | None:
    """Subject of "accused Iran of shelling" (Iran), "after meeting the envoy, he left" (he)."""
    head = preposition.head
    if head.pos_ not in ("VERB", "AUX"):
        return subject(head.head, depth + 1)[0] if head.head.pos_ == "VERB" else None
    if preposition.lower_ in ("of", "from", "into", "for", "against"):
        for child in head.children:
            if child.dep_ in ("dobj", "nsubjpass"):
                return resolve_relative(child, head)
    return subject(head, depth + 1)[0]


def add_preposition(slots: Slots, preposition: Token) -> None:
    """Add the objects of a preposition, and of prepositions inside it ("from behind X"), under its word."""
    word = preposition.lower_
    for child in preposition.children:
        if child.dep_ in ("pobj", "pcomp", "amod") or (child.dep_ == "conj" and child.pos_ in NOMINAL):
            slots.setdefault(word, []).extend(conjuncts(child))
        elif child.dep_ == "prep" or (child.dep_ == "conj" and child.pos_ == "ADP"):
            add_preposition(slots, child)


def verb_slots(verb: Token) -> Slots:
    """Slots of a verb in active terms: subj, obj, iobj, comp, prt and one for each preposition."""
    slots: Slots = {}
    found, passive = subject(verb)
    if found is not None:
        slots["obj" if passive else "subj"] = list(conjuncts(found))
    for child in verb.children:
        _add_verb_child(slots, child, verb)
    if verb.dep_ == "relcl" and _is_object_relative(verb, slots):
        slots["obj"] = [verb.head]
    if verb.dep_ == "conj" and verb.head.pos_ == "VERB" and "by" not in slots and passive and "subj" not in slots:
        by = [c for c in verb.head.children if c.dep_ == "agent"]
        for agent in by:
            slots["subj"] = [t for c in agent.children if c.dep_ == "pobj" for t in conjuncts(c)]
    return slots


def _add_verb_child(slots: Slots, child: Token, verb: Token) -> None:
    dep = child.dep_
    if dep in ("dobj", "attr", "oprd"):
        slots.setdefault("obj" if dep == "dobj" else dep, []).extend(conjuncts(resolve_relative(child, verb)))
        if dep == "oprd":  # "called the raid a crime"
            slots.setdefault("comp", []).append(child)
    elif dep == "agent":
        slots.setdefault("subj", []).extend(t for c in child.children if c.dep_ == "pobj" for t in conjuncts(c))
    elif dep in ("dative", "iobj"):
        if child.pos_ == "ADP":
            add_preposition(slots, child)
        else:
            slots.setdefault("iobj", []).extend(conjuncts(child))
    elif dep == "prep":
        _add_particle(slots, child)
        add_preposition(slots, child)
        _lift_nested(slots, child)
    elif dep == "prt":
        slots.setdefault("prt", []).append(child)
    elif dep == "advmod":
        _add_particle(slots, child)
        for inner in child.children:  # "backed away from the plan"
            if inner.dep_ == "prep":
                add_preposition(slots, inner)
    elif dep in ("xcomp", "ccomp", "acomp"):
        slots.setdefault("comp", []).append(child)


def _add_particle(slots: Slots, child: Token) -> None:
    """A particle under another label; its object is then the verb's: "pushed back protesters", "sealed off a town"."""
    if child.lower_ in PARTICLES:
        slots.setdefault("prt", []).append(child)
        for inner in child.children:
            if inner.dep_ == "pobj" and "obj" not in slots:
                slots["obj"] = list(conjuncts(inner))


def _lift_nested(slots: Slots, preposition: Token) -> None:
    """Prepositions that the parser hung on the object of another: "held talks in Geneva with the envoy"."""
    for pobj in preposition.children:
        if pobj.dep_ == "pobj":
            for inner in pobj.children:
                if inner.dep_ == "prep" and inner.lower_ in ("with", "between", "against"):
                    nested: Slots = {}
                    add_preposition(nested, inner)
                    for word, tokens in nested.items():
                        slots.setdefault(word, []).extend(t for t in tokens if t not in slots.get(word, ()))


def _is_object_relative(verb: Token, slots: Slots) -> bool:
    """ "the deal Iran signed", "the sanctions that Iran faces"; not "the town they fled to"."""
    has_other_subject = "subj" in slots and verb.head not in slots["subj"]
    return has_other_subject and "obj" not in slots and not _preposition_stranded(verb)


def _preposition_stranded(verb: Token) -> bool:
    return any(child.dep_ == "prep" and not list(child.children) for child in verb.children)


def noun_slots(noun: Token) -> Slots:
    """Slots of an event noun: poss, amod (adjectives and compounds) and one for each preposition."""
    slots: Slots = {}
    for child in noun.children:
        if child.dep_ == "poss":
            slots.setdefault("poss", []).extend(conjuncts(child))
        elif child.dep_ in ("amod", "compound", "nmod"):
            slots.setdefault("amod", []).extend(_modifiers(child))
        elif child.dep_ in ("prep", "agent"):
            add_preposition(slots, child)
        elif child.dep_ in ("acl", "relcl", "ccomp"):
            slots.setdefault("comp", []).append(child)
    return slots


def _modifiers(child: Token) -> Iterator[Token]:
    """A modifier, those co-ordinated with it ("Russian, American and Turkish"), and those of a compound."""
    yield child
    for inner in child.children:
        if inner.dep_ in ("conj", "amod", "compound", "nmod"):
            yield from _modifiers(inner)


def governors(token: Token) -> Iterator[Token]:
    """The predicates above a token, nearest first ("agreed" over "lift"; "announced" over "plans" over "withdraw")."""
    current, steps = token, 0
    while current.head.i != current.i and steps < 12:
        current, steps = current.head, steps + 1
        if current.pos_ in ("VERB", "AUX", "NOUN", "ADJ"):
            yield current


def clause_span(token: Token) -> tuple[int, int]:
    """First and last token index of the clause or phrase that a predicate heads, without clauses of other subjects."""
    left, right = token.i, token.i
    stack = [token]
    while stack:
        for child in stack.pop().children:
            if child.dep_ in ("punct", "mark", "cc"):
                continue
            if child.dep_ in ("conj", "advcl", "parataxis", "ccomp") and child.pos_ in ("VERB", "AUX"):
                continue
            left, right = min(left, child.i), max(right, child.i)
            stack.append(child)
    return left, right
