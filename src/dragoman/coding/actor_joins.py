"""Where the parser cuts a noun phrase wrongly: adjectives that share a head noun, surnames inside place names."""

from __future__ import annotations

from dragoman.coding.actor_lexicon import Hit
from dragoman.coding.actor_parse import INNER, Parse, Phrase


def share_heads(parse: Parse, found: dict[int, Phrase]) -> None:
    """Give adjectives co-ordinated with the modifier of a plural noun that noun's role, where the parser hung them as
    nouns: all three adjectives of "of Russian, American and Turkish delegations" are of delegations."""
    for i, phrase in found.items():
        subject = phrase.subject
        if subject is None or subject.type not in ("adjective", "demonym") or subject.plural or phrase.roles:
            continue
        after = _after_adjectives(parse, i)
        other = next((p for p in found.values() if p is not phrase and p.start < after <= p.head), None)
        if other is None or not other.plural or not other.roles or other.partitive:
            continue
        if any(owner.type in ("adjective", "demonym") for owner in other.owners):
            phrase.shared, phrase.subject, phrase.roles = other, other.roles[-1], other.roles
            phrase.owners, phrase.kind, phrase.plural, phrase.name = [subject], "description", True, None


PLACE_NOUNS = frozenset(
    "district province county region township town village city municipality area neighborhood neighbourhood street "
    "avenue road highway bridge square park airport camp dam lake river valley mountain island hospital stadium".split()
)


def inside_place_name(parse: Parse, hit: Hit) -> bool:
    """Whether a person's surname is a piece of a longer place name ("Osa Barak district", "the Obama Lake area")."""
    after = parse.words[hit.end] if hit.end < len(parse.words) else ""
    if after.lower() in PLACE_NOUNS and parse.dep[hit.end - 1] in INNER:
        return True
    if after[:1].isupper() and parse.pos[hit.end] == "PROPN" and hit.end not in parse.covering:
        return parse.dep[hit.end - 1] in INNER and parse.entity[hit.end - 1] in ("GPE", "LOC", "FAC")
    before = hit.start - 1
    named = before >= 0 and parse.pos[before] == "PROPN" and before not in parse.covering
    return named and hit.end == hit.start + 1 and parse.entity[before] in ("GPE", "LOC", "FAC")


def _after_adjectives(parse: Parse, i: int) -> int:
    """The first token after the list of national adjectives that starts at a token; that token where it is no list."""
    after, joined = i + 1, False
    while after < len(parse.words):
        hit = parse.covering.get(after)
        if parse.words[after].lower() in (",", "and", "or"):
            joined = True
        elif hit is None or hit.terms[0].type not in ("adjective", "demonym"):
            break
        after += 1
    return after if joined else i
