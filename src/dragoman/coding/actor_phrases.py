"""Noun phrases that may stand for an actor: where they are and what their words say.

`find_phrases` gives one `Phrase` for each head noun or name that is an actor by its words, and one for each modifier
that names an actor where the head does not ("Russian strikes").
"""

from __future__ import annotations

from dragoman.coding.actor_joins import inside_place_name, share_heads
from dragoman.coding.actor_lexicon import SKIPPED, Hit, Term
from dragoman.coding.actor_metonyms import is_metonym, is_metonym_modifier
from dragoman.coding.actor_parse import (
    ARGUMENTS,
    ENTITY_LABELS,
    INNER,
    LOOSE_NOMINAL,
    NAME_TYPES,
    NOMINAL,
    PLACE_TYPES,
    RELATION_PREPOSITIONS,
    TRIMMED,
    Parse,
    Phrase,
    is_relational_prefix,
)
from dragoman.lexicon.actor_tables import Role


def find_phrases(parse: Parse) -> list[Phrase]:
    """All phrases of a parse that stand for an actor, in the order of their heads."""
    found: dict[int, Phrase] = {}
    taken: set[int] = set()
    for i in range(len(parse.words)):
        if not is_head(parse, i):
            continue
        phrase = read_phrase(parse, i)
        if phrase is not None and i not in found:
            found[i] = phrase
            taken.update(range(phrase.start, phrase.end))
            if phrase.partitive and phrase.inner is not None:
                taken.add(phrase.inner.head)
    for hit in parse.hits:
        modifier = read_modifier(parse, hit, found)
        if modifier is not None and modifier.head not in found:
            found[modifier.head] = modifier
    join_titles(parse, found)
    share_heads(parse, found)
    swallowed = {p.inner.head for p in found.values() if p.partitive and p.inner is not None}
    return [found[i] for i in sorted(found) if i not in swallowed]


def is_head(parse: Parse, i: int) -> bool:
    """Whether a token heads a noun phrase."""
    pos, dep = parse.pos[i], parse.dep[i]
    if pos in NOMINAL:
        if parse.words[i].lower() == "ex" and i + 1 < len(parse.words) and parse.words[i + 1] in SKIPPED:
            return False
        return not (dep in INNER and parse.head[i] > i)
    if pos in LOOSE_NOMINAL:
        return dep in ARGUMENTS and (i in parse.covering or _partitive_object(parse, i) is not None)
    return False


def _term_at(parse: Parse, i: int, *types: str) -> Term | None:
    hit = parse.covering.get(i)
    if hit is None:
        return None
    for term in hit.terms:
        if term.type in types:
            return term
    return None


TITLE_PREPOSITIONS = frozenset({"of", "to", "for", "at"})


def join_titles(parse: Parse, found: dict[int, Phrase]) -> None:
    """Make one phrase of "Ambassador to Spain Ada Lum" where the parser took "Spain Ada Lum" for the name."""
    for i, person in list(found.items()):
        before = person.start - 1
        if person.label != "PERSON" and not (person.subject is not None and person.subject.person is not None):
            continue
        if before < 1 or parse.words[before] not in TITLE_PREPOSITIONS or person.name is None:
            continue
        title = _term_at(parse, before - 1, "role")
        if title is None or title.role is None or person.name[0] == person.start:
            continue
        if title.role.kind not in ("office", "relational"):
            continue
        hit = parse.covering[before - 1]
        outer = found.get(hit.end - 1)
        head, start = (outer.head, outer.start) if outer is not None else (hit.end - 1, hit.start)
        roles = outer.roles if outer is not None else [title]
        owners = person.owners if parse.words[before] != "to" else []
        joined = Phrase(head=head, start=start, end=person.end, kind="name", subject=person.subject, roles=roles)
        joined.owners = [*(outer.owners if outer is not None else ()), *owners]
        joined.name, joined.label, joined.definite = person.name, "PERSON", True
        joined.former = person.former or (outer is not None and outer.former)
        del found[i]
        found[head] = joined


def _left_edge(parse: Parse, i: int) -> int:
    start = parse.left[i]
    while start < i and (
        (parse.pos[start] in TRIMMED and start not in parse.covering)
        or parse.words[start] in SKIPPED
        or parse.words[start] in ("'s", "’s")
    ):
        start += 1
    return start


def read_phrase(parse: Parse, i: int, depth: int = 0) -> Phrase | None:
    """The phrase that a token heads, or None if it stands for no actor."""
    start = _left_edge(parse, i)
    hit = parse.covering.get(i)
    if hit is not None and hit.start < start and (hit.end > i + 1 or hit.start < parse.left[i]):
        return None
    end = max(i + 1, hit.end if hit is not None else 0)
    start = min(start, hit.start) if hit is not None else start
    former = _is_ex(parse, start)
    phrase = Phrase(head=i, start=start - 2 if former else start, end=end, kind="description", former=former)
    _read_inside(parse, phrase, hit)
    phrase.plural = parse.tag[i] in ("NNS", "NNPS") or _is_plural_term(phrase)
    _read_subject(parse, phrase, hit)
    _read_after(parse, phrase, depth)
    return phrase if _stands_for_actor(parse, phrase) else None


def _is_ex(parse: Parse, start: int) -> bool:
    """Whether "ex-" stands before the token, which the tokenizer splits off."""
    return start >= 2 and parse.words[start - 1] in SKIPPED and parse.words[start - 2].lower() == "ex"


def _is_plural_term(phrase: Phrase) -> bool:
    return bool(phrase.roles) and phrase.roles[-1].plural


def _read_inside(parse: Parse, phrase: Phrase, head_hit: Hit | None) -> None:
    """Owners, roles, determiner and possessor among the words before the head."""
    i = phrase.start
    while i < phrase.end:
        hit = parse.covering.get(i)
        if hit is None or hit.start < i:
            word = parse.words[i].lower()
            if word in ("the", "this", "these", "that", "those", "both"):
                phrase.definite = True
            elif parse.tag[i] == "PRP$":
                phrase.possessor, phrase.definite = i, True
            i += 1
            continue
        if hit is head_hit:
            term = _term_at(parse, phrase.head, "role")
            if term is not None and not _has_name(hit) and not is_surname(parse, hit):
                phrase.roles.append(term)
        else:
            _read_modifier_term(parse, phrase, hit)
        i = hit.end


def is_surname(parse: Parse, hit: Hit) -> bool:
    """Whether a role word ends a personal name ("John Major", "Alex Bishop")."""
    before = hit.start - 1
    return (
        parse.entity[hit.start] == "PERSON"
        and before >= 0
        and parse.entity[before] == "PERSON"
        and before not in parse.covering
        and parse.words[hit.start][:1].isupper()
        and hit.end == hit.start + 1
    )


def _has_name(hit: Hit) -> bool:
    return any(term.type in NAME_TYPES or term.type in PLACE_TYPES for term in hit.terms)


def _read_modifier_term(parse: Parse, phrase: Phrase, hit: Hit) -> None:
    if is_relational_prefix(parse, hit):
        return
    if hit.end < len(parse.words) and parse.words[hit.end] in ("'s", "’s", "'"):
        phrase.definite = True
    term = hit.terms[0]
    if term.role is None:
        if not _is_given_name(parse, hit, term) and not _is_topic(parse, hit, term, phrase):
            phrase.owners.append(term)
    elif term.role.kind == "modifier" and term.role.sector == "ELI":
        phrase.former = True
    elif term.role.kind != "honorific":
        phrase.roles.append(term)
    else:
        phrase.label = "PERSON"


TOPIC_NOUNS = frozenset("war wars deal crisis policy summit sanctions talks conflict studies question issue".split())


def _is_given_name(parse: Parse, hit: Hit, term: Term) -> bool:
    """Whether a place name is part of a personal name ("Jordan Lee", "Ho Chen")."""
    if term.type not in PLACE_TYPES and term.type not in NAME_TYPES:
        return False
    following = hit.end if hit.end < len(parse.words) and parse.words[hit.end] not in SKIPPED else hit.end + 1
    joined = following < len(parse.words) and parse.entity[following] == "PERSON" == parse.entity[hit.start]
    return joined and parse.words[hit.start - 1] not in TITLE_PREPOSITIONS and following not in parse.covering


def _is_topic(parse: Parse, hit: Hit, term: Term, phrase: Phrase) -> bool:
    """Whether the country is what a war or deal is about ("Iraq War veterans"), not whose the actor is."""
    return term.type == "state" and hit.end < phrase.end and parse.words[hit.end].lower() in TOPIC_NOUNS


def _read_subject(parse: Parse, phrase: Phrase, hit: Hit | None) -> None:
    """What the head itself is: a term of the dictionary, or a name by NER or after a title."""
    i = phrase.head
    label = parse.entity[i]
    if hit is not None and phrase.roles and phrase.roles[-1] in hit.terms:
        if _is_named_body(parse, phrase, hit):
            phrase.name, phrase.label, phrase.kind = (_entity_start(parse, phrase), phrase.end), "ORG", "name"
        else:
            phrase.subject = phrase.roles[-1]
        return
    if hit is not None:
        _read_name_hit(parse, phrase, hit, label)
        if phrase.subject is not None:
            return
    titled = (bool(phrase.roles) and phrase.roles[-1].role is not None) or _follows_district(parse, phrase)
    if parse.pos[i] == "PROPN" and (label == "PERSON" or phrase.label == "PERSON" or titled):
        _extend_name(parse, phrase)
        first = _name_start(parse, phrase)
        phrase.name, phrase.label, phrase.kind = (first, phrase.end), "PERSON", "name"
        if first < phrase.head and not titled and label in ("ORG", "GPE"):
            phrase.label = label
    elif label in ENTITY_LABELS and parse.pos[i] in NOMINAL:
        phrase.name, phrase.label = (_entity_start(parse, phrase), phrase.end), label
        phrase.kind = "name" if parse.pos[i] == "PROPN" else "description"


def _is_named_body(parse: Parse, phrase: Phrase, hit: Hit) -> bool:
    """Whether a word such as "Front" ends a proper name that NER found ("Sovereign Renewal Front")."""
    role = phrase.roles[-1].role
    first = _entity_start(parse, phrase)
    return (
        role is not None
        and role.kind in ("relational-body", "relational")
        and parse.entity[phrase.head] == "ORG"
        and parse.pos[phrase.head] == "PROPN"
        and any(j not in parse.covering and parse.words[j][:1].isupper() for j in range(first, hit.start))
    )


def _read_name_hit(parse: Parse, phrase: Phrase, hit: Hit, label: str) -> None:
    """Choose among the meanings of a name that covers the head."""
    named = [term for term in hit.terms if term.type != "role"]
    if not named:
        return
    term = named[0]
    # "Jordan", "Chad" and "Israel" are first names too; a surname alone that NER takes for a place stays a person.
    longer = hit.start > phrase.start and parse.pos[hit.start - 1] == "PROPN" and parse.entity[phrase.head] == "PERSON"
    if longer and term.type in PLACE_TYPES | NAME_TYPES and hit.start - 1 not in parse.covering:
        return
    if term.person is not None and inside_place_name(parse, hit):
        return
    if term.type in ("adjective", "demonym"):
        people = next((t for t in named if t.type == "demonym"), None)
        if people is None and parse.pos[phrase.head] != "PROPN" and label not in ENTITY_LABELS:
            people = term if phrase.definite else None
        if people is None:
            return
        term = people
    phrase.subject, phrase.name = term, (hit.start, hit.end)
    phrase.kind = {"seat": "metonym", "capital": "metonym", "demonym": "description", "adjective": "description"}.get(
        term.type, "name"
    )
    phrase.plural = phrase.plural or term.plural


def _name_start(parse: Parse, phrase: Phrase) -> int:
    """First token of a personal name: after the last title, adjective or possessive before it."""
    first = phrase.head
    while first > phrase.start:
        before = first - 1
        if before in parse.covering and not _inside_name(parse, before):
            break
        if parse.pos[before] not in ("PROPN", "PUNCT", "ADP", "PART", "X") or parse.words[before] in ("'s", "’s", ","):
            break
        if parse.pos[before] == "PUNCT" and parse.words[before] not in SKIPPED:
            break
        if parse.entity[before] in ("GPE", "ORG", "LOC", "FAC") and parse.entity[before] != parse.entity[phrase.head]:
            break
        if parse.words[before] in ADMINISTRATIVE and first < phrase.head:
            break
        first = before
    return first


ADMINISTRATIVE = frozenset(
    "Territory Region Republic Province Oblast District County State City Affairs Federation Department Council".split()
)


def _inside_name(parse: Parse, i: int) -> bool:
    """Whether a hit is only a part of a personal name that NER found ("Jordan Smith")."""
    hit = parse.covering[i]
    if parse.words[hit.start - 1] in TITLE_PREPOSITIONS or any(t.type in ("adjective", "role") for t in hit.terms):
        return False
    return parse.entity[i] == "PERSON"


def _follows_district(parse: Parse, phrase: Phrase) -> bool:
    """Whether a name stands after the district its bearer governs: "Governor of Kursk Region Oleg Petrenko"."""
    before = phrase.start - 1
    if before < 1 or parse.words[before] != "of" or _term_at(parse, before - 1, "role") is None:
        return False
    return any(parse.words[j] in ADMINISTRATIVE for j in range(phrase.start, phrase.head))


def _extend_name(parse: Parse, phrase: Phrase) -> None:
    """Take in the rest of a name that the parser cut at its head ("Man-kei Tam", "Arnel dela Vega")."""
    if parse.entity[phrase.head] != "PERSON":
        return
    while (
        phrase.end < len(parse.words)
        and parse.entity[phrase.end] == "PERSON"
        and parse.doc[phrase.end].ent_iob == 1
        and phrase.end not in parse.covering
    ):
        phrase.end += 1
    while phrase.start > 0 and parse.entity[phrase.start - 1] == "PERSON" and parse.doc[phrase.start].ent_iob == 1:
        phrase.start -= 1


def _entity_start(parse: Parse, phrase: Phrase) -> int:
    first = phrase.head
    while first > phrase.start and parse.entity[first - 1] == parse.entity[phrase.head]:
        first -= 1
    return first


def _partitive_object(parse: Parse, i: int) -> int | None:
    """The token after "of" in "dozens of soldiers", "several of the unions"."""
    term = _term_at(parse, i, "role")
    loose = parse.pos[i] in LOOSE_NOMINAL
    if not loose and (term is None or term.role is None or term.role.kind not in ("partitive", "relational-body")):
        return None
    for child in parse.children[i]:
        if child > i and parse.words[child].lower() == "of" and parse.dep[child] == "prep":
            for inner in parse.children[child]:
                if parse.dep[inner] == "pobj":
                    return inner
    return None


def _read_after(parse: Parse, phrase: Phrase, depth: int) -> None:
    """The phrase after "of", "to", "in" that tells whose or where: "president of France", "a court in Lisbon"."""
    if depth > 3:
        return
    i = phrase.head
    inner = _partitive_object(parse, i)
    if inner is not None:
        phrase.inner = read_phrase(parse, inner, depth + 1)
        if phrase.inner is not None:
            phrase.partitive = not (phrase.role is not None and phrase.role.kind != "partitive" and phrase.role.sector)
            phrase.end = max(phrase.end, phrase.inner.end)
            phrase.plural = True
        return
    if not phrase.roles and phrase.name is None:
        return
    _read_accredited(parse, phrase)
    hit = parse.covering.get(i)
    for token in range(i, hit.end if hit is not None else i + 1):
        for child in parse.children[token]:
            if child >= phrase.end and parse.dep[child] == "prep":
                _read_complement(parse, phrase, child, depth)


def _read_accredited(parse: Parse, phrase: Phrase) -> None:
    """Take in "to Bolivia" after an envoy, wherever the parser hung it."""
    following = parse.covering.get(phrase.end + 1)
    role = phrase.role
    if role is None or following is None or parse.words[phrase.end].lower() != "to":
        return
    if role.office.endswith(("ambassador", "envoy", "commissioner", "consul")) and following.terms[0].type == "state":
        phrase.end = following.end


def _read_complement(parse: Parse, phrase: Phrase, preposition: int, depth: int) -> None:
    word = parse.words[preposition].lower()
    if word not in RELATION_PREPOSITIONS:
        return
    for pobj in parse.children[preposition]:
        if parse.dep[pobj] != "pobj" or pobj < phrase.end - 1:
            continue
        place = _term_at(parse, pobj, "state", "region", "capital", "city")
        if word in ("in", "at", "within", "across", "from", "on") and place is not None:
            phrase.place = phrase.place or place.country
            if preposition == phrase.end and phrase.roles and parse.covering[pobj].start - preposition <= 3:
                phrase.end = parse.covering[pobj].end
        if word in ("at", "from") and place is None and phrase.roles:
            phrase.place = phrase.place or _place_before(parse, pobj)
        if word in ("of", "for") and phrase.inner is None and phrase.roles:
            phrase.inner = read_phrase(parse, pobj, depth + 1)
            if phrase.inner is None and place is None:
                phrase.place = phrase.place or _place_before(parse, pobj)
            if phrase.inner is None and place is not None:
                phrase.inner = Phrase(head=pobj, start=pobj, end=pobj + 1, kind="name", subject=place)
        if word in ("of", "to") and phrase.roles and (phrase.inner is not None or place is not None):
            covering = parse.covering.get(pobj)
            phrase.end = max(
                phrase.end, phrase.inner.end if phrase.inner else 0, covering.end if covering else pobj + 1
            )


def _place_before(parse: Parse, i: int) -> str | None:
    """The country of a place in front of a noun: of "Tehran" in "students at Tehran University"."""
    for k in range(parse.left[i], i):
        term = _term_at(parse, k, "state", "adjective", "region", "capital", "city")
        if term is not None:
            return term.country
    return None


def _stands_for_actor(parse: Parse, phrase: Phrase) -> bool:
    if phrase.partitive:
        return True
    subject = phrase.subject
    if subject is not None:
        if subject.role is not None:
            return _role_is_actor(parse, phrase, subject.role)
        if subject.type == "city":
            return False
        if subject.type == "capital":
            return is_metonym(parse, phrase.head)
        return not is_relational_prefix(parse, Hit(*(phrase.name or (phrase.head, phrase.end)), ()))
    return phrase.label in ENTITY_LABELS


def _role_is_actor(parse: Parse, phrase: Phrase, role: Role) -> bool:
    """Partitives, modifiers and bare words like "member" are actors only with something that says whose they are."""
    if role.kind in ("partitive", "modifier", "honorific"):
        return False
    if role.kind == "relational-body":
        whose = phrase.owners or phrase.inner is not None or len(phrase.roles) > 1
        return bool(whose)
    return True


def read_modifier(parse: Parse, hit: Hit, found: dict[int, Phrase]) -> Phrase | None:
    """A name or adjective inside a phrase that is no actor itself: "Russian" in "Russian strikes"."""
    head = hit.end - 1
    term = hit.terms[0]
    if term.type == "city" or is_relational_prefix(parse, hit):
        return None
    if term.type == "role":
        return _role_modifier(parse, hit, term, found)
    if any(phrase.start <= hit.start and hit.end <= phrase.end for phrase in _near(found, hit)):
        return None
    if term.person is not None and inside_place_name(parse, hit):
        return None
    if parse.dep[head] not in INNER and parse.pos[head] in NOMINAL and term.type == "capital":
        return None
    if term.type == "capital" and not is_metonym_modifier(parse, head):
        return None
    kinds = {"adjective": "adjective", "demonym": "adjective", "seat": "metonym", "capital": "metonym"}
    kind = kinds.get(term.type, "name")
    if term.type == "state" and parse.dep[head] in ("amod", "compound", "nmod"):
        kind = "adjective"
    return Phrase(head=head, start=hit.start, end=hit.end, kind=kind, subject=term, name=(hit.start, hit.end))


def _role_modifier(parse: Parse, hit: Hit, term: Term, found: dict[int, Phrase]) -> Phrase | None:
    """An institution or force before a noun that is no actor: "police" in "a police raid"."""
    head = hit.end - 1
    assert term.role is not None
    if term.role.kind not in ("body", "people", "office") or parse.pos[head] not in NOMINAL or not term.role.sector:
        return None
    if parse.dep[head] not in INNER or parse.head[head] <= head or parse.head[head] in found:
        return None
    if any(phrase.start <= hit.start and hit.end <= phrase.end for phrase in _near(found, hit)):
        return None
    phrase = Phrase(head=head, start=hit.start, end=hit.end, kind="description", subject=term, roles=[term])
    while phrase.start > 0 and (before := parse.covering.get(phrase.start - 1)) is not None:
        if before.end != phrase.start or before.terms[0].role is not None or is_relational_prefix(parse, before):
            break
        phrase.owners.insert(0, before.terms[0])
        phrase.start = before.start
    phrase.plural = term.plural
    return phrase


def _near(found: dict[int, Phrase], hit: Hit) -> list[Phrase]:
    return [found[i] for i in range(max(0, hit.start - 6), hit.end + 12) if i in found]
