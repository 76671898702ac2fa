"""Coding actor phrases on their own, as `dragoman annotate --layer actors` does.

A row with ``text`` (a phrase) gets ``country``, ``code_1``, ``code_2``, ``name`` and ``wiki`` (the full name that an
encyclopedia would use, None where not known); a row with ``actor_phrase`` gets ``actors``, the actors that the
co-ordination around the phrase in ``text`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.actor_lexicon import Gazetteer, fold, gazetteer
from dragoman.coding.actor_parse import (
    NAME_TYPES,
    NOMINAL,
    PLACE_TYPES,
    Parse,
    Phrase,
    is_relational_prefix,
    read_parse,
)
from dragoman.coding.actor_phrases import find_phrases, read_phrase
from dragoman.coding.actor_resolution import DEFAULT_DATE, Reading, office_holder, read
from dragoman.coding.pipeline import load_parser
from dragoman.lexicon.actor_tables import INTERNATIONAL
from dragoman.lexicon.countries import countries
from dragoman.lexicon.places import places, read_regions
from dragoman.settings import DEFAULT_MODEL
from dragoman.tables import package_file

Row = Mapping[str, Any]
MAX_PHRASE_CHARS = 2_000
# This layer prints ISO 3166-1 alpha-3 (Kosovo's is user-assigned) and gives NGO as a role, not as a country.
ISO_CODES = {"KOS": "XKX", "NGO": ""}


def annotate_actors(
    rows: Iterable[Row], nlp: Language | None = None, words: Gazetteer | None = None
) -> Iterator[dict[str, Any]]:
    """Code rows in order; each result carries the row's ``id``, ``kind`` or ``actor_phrase`` as given.

    `nlp` is a spaCy pipeline with tagger, parser and NER (default: that of the settings). A missing date is read as
    the autumn of 2022, when the public test set of this task was written.
    """
    parser = nlp if nlp is not None else load_parser(DEFAULT_MODEL)
    dictionary = words or gazetteer()
    for row in rows:
        if row.get("actor_phrase"):
            actors = coordinated_actors(parser(str(row["text"])), str(row["actor_phrase"]))
            yield {**_given(row, "id", "text", "actor_phrase"), "actors": actors}
        else:
            yield {**_given(row, "id", "kind"), **code_phrase(row, parser, dictionary)}


def _given(row: Row, *fields: str) -> dict[str, Any]:
    return {field: row[field] for field in fields if field in row}


def code_phrase(row: Row, nlp: Language, words: Gazetteer) -> dict[str, Any]:
    """Country, codes and names of the phrase of one row."""
    text = " ".join(str(row["text"]).split())[:MAX_PHRASE_CHARS]
    date = str(row.get("date") or DEFAULT_DATE)[:10]
    parse = read_parse(nlp(text), words, loose=True)
    phrase = main_phrase(parse)
    if phrase is None:
        code, country = _unknown_sector(parse, None), str(row.get("known_country") or "")
        return {"country": country, "code_1": code, "code_2": "", "name": text, "wiki": None}
    reading = _resolved(parse, phrase, date)
    if reading.country is None and reading.kind != "person":
        reading.country = place_country(parse, phrase)
    if reading.country is None or reading.country == "NGO":
        reading.country = row.get("known_country") or context_country(str(row.get("context") or ""), words) or None
    if reading.kind == "office" and reading.country and reading.office and not phrase.former:
        reading.person = office_holder(reading.country, reading.office, date)
    _settle_title(reading, phrase, date)
    return _result(parse, reading, phrase)


def _settle_title(reading: Reading, phrase: Phrase, date: str) -> None:
    """Let the day decide where a known person's title names an office that the table says ended or had not begun."""
    person = reading.person
    if person is None or phrase.former or phrase.name is None:
        return
    terms = [t for t in person.tenures if t.office == reading.office]
    if terms and not any(t.covers(date) for t in terms):
        _, sector, other = person.position(date)
        reading.sector, reading.other = sector, (other,) if other else ()


def _resolved(parse: Parse, phrase: Phrase, date: str) -> Reading:
    """The reading of the main phrase, with what an apposition in the text adds ("A B, Chile's deputy minister")."""
    reading = read(parse, phrase, date)
    if reading.country is not None and reading.sector is not None:
        return reading
    for other in find_phrases(parse):
        if other.head != phrase.head and parse.dep[other.head] in ("appos", "attr") and other.roles:
            more = read(parse, other, date)
            reading.country = reading.country or more.country
            reading.sector, reading.other = (
                (reading.sector, reading.other) if reading.sector else (more.sector, more.other)
            )
    return reading


def _result(parse: Parse, reading: Reading, phrase: Phrase) -> dict[str, Any]:
    sector = reading.sector or ""
    term = phrase.subject.type if phrase.subject is not None else ""
    state = reading.kind == "state" and (term in ("state", "region") or phrase.kind == "adjective")
    code_1 = "" if state else sector
    partly = "PRE" in reading.other and term != "role"
    if partly and (state or reading.kind == "group"):  # the entity itself; its organs keep their sector
        code_1 = "PRE"
    elif sector == "IGO":  # the country slot says so; the role is what it does, where the table tells
        code_1 = next(iter(reading.other), "")
    if not code_1 and (phrase.bare or not state or _hangs_below(parse, phrase)):
        code_1 = _unknown_sector(parse, phrase)
    known = _known_as(parse, reading, phrase)
    return {
        "country": ISO_CODES.get(reading.country or "", reading.country or ""),
        "code_1": code_1,
        "code_2": next((code for code in reading.other if code != code_1), _owners_status(phrase)),
        "name": known or reading.name,
        "wiki": known,
    }


WEAK_ROLES = frozenset({"partitive", "honorific", "modifier"})
# Endings of nouns for people by what they do: "welder", "violinist".
AGENTIVE = re.compile(r"(?:[^aeiou]er|[aeiou]+[^aeiou]er|ist|ician|man|woman|men|women|person|people|folk)s?$")


def _unknown_sector(parse: Parse, phrase: Phrase | None) -> str:
    """CVL for people by a noun that the tables do not have, UNK for other common nouns, "" for names."""
    last = next((i for i in range(len(parse.words)) if parse.head[i] == i and parse.pos[i] == "NOUN"), None)
    if phrase is not None and phrase.role is not None and phrase.role.kind not in ("relational-body", "partitive"):
        return ""
    if phrase is not None and not phrase.bare and phrase.label in ("PERSON", "ORG"):
        return ""
    if last is None or not parse.words[last].islower():
        return ""
    hit = parse.covering.get(last)
    if hit is not None and hit.terms[0].role is None:
        return ""
    return "CVL" if hit is None and AGENTIVE.search(parse.words[last]) else "UNK"


def _hangs_below(parse: Parse, phrase: Phrase) -> bool:
    """Whether the text is about another noun, of which the phrase only tells where: "hills across Nepal"."""
    return any(parse.head[i] == i and parse.pos[i] == "NOUN" and i < phrase.start for i in range(len(parse.words)))


def _owners_status(phrase: Phrase) -> str:
    """PRE for what belongs to a partly recognised entity ("Transnistrian authorities")."""
    return "PRE" if phrase.roles and any(owner.partly_recognized for owner in phrase.owners) else ""


def _known_as(parse: Parse, reading: Reading, phrase: Phrase) -> str | None:
    """The name that an encyclopedia would use; for a person not in the tables the name as written."""
    if reading.person is not None:
        return reading.person.name
    if reading.kind == "person" and len(reading.name.split()) > 1:
        return reading.name
    subject = phrase.subject
    if subject is None or subject.type not in NAME_TYPES | PLACE_TYPES:
        return None
    if subject.type == "capital" and phrase.name is not None:
        return capital_name(parse.span_text(*phrase.name))
    return reading.name


def capital_name(text: str) -> str:
    """The usual spelling of a capital."""
    for country in countries():
        for spelling in country.capitals:
            if fold(spelling) == fold(text):
                return spelling
    return text


def context_country(context: str, words: Gazetteer) -> str | None:
    """The first country that a sentence names."""
    for hit in words.scan(context.replace(",", " ,").replace(".", " .").replace("'s", " 's").split()):
        for term in hit.terms:
            if term.country is not None and term.country not in INTERNATIONAL and term.type != "city":
                return term.country
    return None


@cache
def _provinces() -> dict[tuple[str, ...], str]:
    """Countries of the provinces whose name only one country has, by folded words."""
    found: dict[tuple[str, ...], set[str]] = {}
    for place in (*read_regions(package_file("lexicon", "admin1.tsv")), *places()):
        for name in place.names:
            if place.country is not None:
                found.setdefault(tuple(fold(word) for word in name.split()), set()).add(place.country)
    return {name: min(codes) for name, codes in found.items() if len(codes) == 1}


def place_country(parse: Parse, phrase: Phrase) -> str | None:
    """The country of a state, province or city that the text names beside the phrase's own name ("Basra governor")."""
    named = range(*phrase.name) if phrase.name is not None else range(0)
    for hit in parse.hits:
        term = hit.terms[0]
        if term.type in PLACE_TYPES and hit.start not in named and not is_relational_prefix(parse, hit):
            return term.country
    free = [i for i in range(len(parse.words)) if i not in named and i not in parse.covering]
    for i in free:
        for size in (3, 2, 1):
            span = parse.words[i : i + size]
            if parse.words[i][:1].isupper() and (code := _provinces().get(tuple(fold(word) for word in span))):
                return code
    return None


def main_phrase(parse: Parse) -> Phrase | None:
    """The phrase that the whole text is: the one at its root, else the first, else one made of all its hits."""
    phrases = find_phrases(parse)
    for phrase in phrases:
        group = next((owner for owner in phrase.owners if owner.type == "group"), None)
        if group is not None and phrase.subject is not None and phrase.subject.type == "state":
            phrase.subject = group  # "the PRD Mexico": the country only tells which
    roots = [i for i in range(len(parse.words)) if parse.head[i] == i]
    for phrase in phrases:
        if phrase.head in roots:
            return phrase
    described = [p for p in phrases if p.kind != "adjective"]
    last = parse.hits[-1] if parse.hits else None
    ends = last is not None and last.end == len(parse.words) and last.terms[0].role is not None
    if ends and not any(phrase.end == len(parse.words) for phrase in described):
        return _flat_phrase(parse)  # the parser took the noun for a verb
    if described:
        return min(described, key=lambda p: (p.start, -p.end))
    return _flat_phrase(parse)


def _flat_phrase(parse: Parse) -> Phrase | None:
    """A phrase of all the words, where the parser sees no noun phrase ("wanted", a bare capital)."""
    if not parse.hits:
        return None
    head = parse.hits[-1].end - 1
    phrase = Phrase(head=head, start=0, end=len(parse.words), kind="description")
    for hit in parse.hits:
        term = hit.terms[0]
        last = hit.end == len(parse.words)  # "a Chinese dissident": a modifier that is the head itself
        if term.role is not None and (term.role.kind not in WEAK_ROLES or (last and term.role.kind == "modifier")):
            phrase.roles.append(term)
        elif term.role is None:
            phrase.owners.append(term)
    if phrase.roles:
        phrase.subject = phrase.roles[-1]
    elif phrase.owners:
        phrase.subject, phrase.kind, phrase.name = phrase.owners.pop(), "name", (0, len(parse.words))
        if parse.hits[-1].end < len(parse.words) or phrase.subject.type == "adjective":
            phrase.kind, phrase.bare = "adjective", True  # "Turkish" of a noun that the tables do not have
    else:
        return None
    return phrase


def coordinated_actors(doc: Doc, actor_phrase: str) -> list[str]:
    """The texts of the actors that are co-ordinated with the phrase, it among them; [] if it is not in the text."""
    start = doc.text.find(actor_phrase)
    if start < 0:
        return []
    span = doc.char_span(start, start + len(actor_phrase), alignment_mode="expand")
    if span is None:
        return []
    parse = read_parse(doc, gazetteer())
    first = span.root.i
    while parse.dep[first] == "conj" and parse.pos[parse.head[first]] in NOMINAL:
        first = parse.head[first]
    texts: list[str] = []
    for i in _conjuncts(parse, first):
        texts += _expand(parse, i)
    return list(dict.fromkeys(texts))


def _conjuncts(parse: Parse, first: int) -> list[int]:
    found, queue = [first], [first]
    while queue:
        for child in parse.children[queue.pop(0)]:
            if parse.pos[child] in NOMINAL and (parse.dep[child] == "conj" or _list_apposition(parse, child)):
                found.append(child)
                queue.append(child)
    return sorted(found)


def _list_apposition(parse: Parse, i: int) -> bool:
    """Whether the parser took a member of a list for an apposition: "Japan, the United States, Australia and India"."""
    if parse.dep[i] != "appos":
        return False
    hit, other = parse.covering.get(i), parse.covering.get(parse.head[i])
    return hit is not None and other is not None and hit.terms[0].type == other.terms[0].type == "state"


def _expand(parse: Parse, i: int) -> list[str]:
    """The text of one noun phrase, or one text an adjective for "Russian and Belarusian soldiers"."""
    phrase = read_phrase(parse, i)
    start = phrase.start if phrase is not None else parse.left[i]
    adjectives = [
        hit.end - 1
        for hit in parse.hits
        if start <= hit.start and hit.end <= i and hit.terms[0].type in ("state", "adjective", "demonym")
    ]
    joined = {",", "and", "&", "/", "or", "-"}
    if len(adjectives) > 1:
        between = [parse.words[k].lower() for k in range(adjectives[0], adjectives[-1]) if k not in adjectives]
        if between and all(word in joined for word in between):
            tail = parse.span_text(adjectives[-1] + 1, i + 1)
            return [f"{parse.words[k]} {tail}" for k in adjectives]
    end = i + 1 if phrase is None else max(i + 1, phrase.end)
    return [parse.span_text(start, end)]
