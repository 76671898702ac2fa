"""What pronouns and plurals such as "the two leaders" point back to: rules of recency, number, gender and role."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.coding.actor_parse import Parse, Phrase
from dragoman.coding.actor_resolution import Reading
from dragoman.coding.mentions import Entity

HE_SHE = {"he": "m", "him": "m", "his": "m", "himself": "m", "she": "f", "her": "f", "hers": "f", "herself": "f"}
THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
IT = frozenset({"it", "its", "itself"})
WE = frozenset({"we", "us", "our", "ours", "ourselves"})
RELATIVE = frozenset({"who", "whom", "whose", "which", "that"})
SUBJECTS = frozenset({"nsubj", "nsubjpass"})
COLLECTIVES = {
    "leader": "person", "president": "person", "minister": "person", "counterpart": "person", "diplomat": "person",
    "side": "any", "party": "any", "country": "state", "nation": "state", "state": "state", "government": "state",
    "neighbor": "state", "neighbour": "state", "delegation": "state", "foe": "any", "rival": "any", "ally": "any",
    "power": "state", "capital": "state", "man": "person", "politician": "person", "official": "person",
}  # fmt: skip
NUMBERS = {"two": 2, "both": 2, "three": 3, "four": 4}
LEADER_OFFICES = frozenset(
    "president|prime minister|chancellor|king|queen|emir|sultan|supreme leader|premier|crown prince|head of state|"
    "rebel leader|junta leader|chief executive|leader".split("|")
)
WINDOW = 3


@dataclass(slots=True)
class Draft:
    """An entity while it is being put together."""

    index: int
    reading: Reading
    country: str | None
    sector: str | None
    other: tuple[str, ...]
    key: str | None
    name: str
    kind: str
    named: bool
    plural: bool = False
    gender: str = ""
    offices: set[str] = field(default_factory=set)
    last: int = -1
    last_token: int = -1
    subject_in: int = -1

    def entity(self) -> Entity:
        """The finished record."""
        return Entity(
            index=self.index,
            name=self.name,
            country=self.country,
            sector=self.sector,
            other_sectors=self.other,
            key=self.key,
            named=self.named,
            guessed=self.country is not None and self.reading.guessed and self.reading.inherits,
        )


class Antecedents:
    """The actors met so far in one report, and which of them a word points back to."""

    def __init__(self, parse: Parse) -> None:
        self.parse = parse
        self.drafts: list[Draft] = []
        self.at_head: dict[int, tuple[Draft, ...]] = {}
        self.sentence = _sentence_numbers(parse)

    def antecedents(self, i: int) -> tuple[Draft, ...]:
        word = self.parse.words[i].lower()
        if word in RELATIVE:
            return self._relative(i)
        if word in HE_SHE:
            return self._person_before(i, HE_SHE[word])
        if word in THEY:
            return self._plural_before(i)
        if word in IT:
            return self._thing_before(i)
        return ()

    def _relative(self, i: int) -> tuple[Draft, ...]:
        """The head of the relative clause that the pronoun stands in."""
        verb = i
        for _ in range(4):
            if self.parse.dep[verb] == "relcl":
                return self.at_head.get(self.parse.head[verb], ())
            verb = self.parse.head[verb]
        return ()

    def _rank(self, i: int, drafts: list[Draft]) -> Draft | None:
        """Subject of this sentence, then of the one before, then the nearest; not the subject of the same verb."""
        here = self.sentence[i]
        clause = self._clause_subject(i)
        fit = [d for d in drafts if here - d.last <= WINDOW and d.last >= 0 and d not in clause]
        if not fit:
            return None
        return max(fit, key=lambda d: (d.last == here and d.subject_in == here, d.subject_in, d.last_token))

    def _clause_subject(self, i: int) -> tuple[Draft, ...]:
        """The subject of the verb that an object pronoun hangs on: "Putin told him" is not Putin."""
        if self.parse.dep[i] not in ("dobj", "iobj", "dative", "pobj") or self.parse.words[i].endswith(
            ("self", "selves")
        ):
            return ()
        verb = self.parse.head[i]
        if self.parse.dep[i] == "pobj":
            verb = self.parse.head[verb]
        for child in self.parse.children[verb]:
            if self.parse.dep[child] in SUBJECTS:
                return self.at_head.get(child, ())
        return ()

    def _person_before(self, i: int, gender: str) -> tuple[Draft, ...]:
        fit = [
            d
            for d in self.drafts
            if d.kind in ("person", "office", "someone") and not d.plural and d.gender in ("", gender)
        ]
        named = [d for d in fit if d.kind == "person"]
        best = self._rank(i, named) or self._rank(i, fit)
        if best is not None and not best.gender:
            best.gender = gender
        return (best,) if best is not None else ()

    def _plural_before(self, i: int) -> tuple[Draft, ...]:
        fit = [d for d in self.drafts if d.plural or d.kind in ("people", "group")]
        best = self._rank(i, fit)
        return (best,) if best is not None else ()

    def _thing_before(self, i: int) -> tuple[Draft, ...]:
        if self.parse.words[i].lower() == "it" and self._expletive(i):
            return ()
        fit = [d for d in self.drafts if d.kind in ("state", "body", "group") and not d.plural]
        best = self._rank(i, fit)
        return (best,) if best is not None else ()

    def _expletive(self, i: int) -> bool:
        verb = self.parse.head[i]
        if self.parse.dep[i] not in SUBJECTS:
            return self.parse.dep[i] in ("expl", "dobj", "pobj")
        return self.parse.doc[verb].lemma_ in ("be", "seem", "appear", "happen", "remain", "take", "become")

    def collective(self, phrase: Phrase) -> tuple[Draft, ...]:
        """Members of "the two leaders", "both sides", "the two countries": the last that fit, in text order."""
        lemma = self.parse.doc[phrase.head].lemma_.lower()
        kind = COLLECTIVES.get(lemma)
        if kind is None or not phrase.plural or phrase.owners or phrase.inner is not None or phrase.place:
            return ()
        words = [word.lower() for word in self.parse.words[phrase.start : phrase.head]]
        number = next((NUMBERS[word] for word in words if word in NUMBERS), 0)
        plain = set(words) <= {"the", "two", "both", "three", "four", "foreign", "defense", "prime", "respective"}
        if not number and not (phrase.definite and plain and lemma in ("side", "party", "leader", "country")):
            return ()
        return self._last_of(kind, number or 2, self.sentence[phrase.head])

    def _last_of(self, kind: str, number: int, sentence: int) -> tuple[Draft, ...]:
        wanted = {"person": ("person",), "state": ("state",), "any": ("state", "person", "group", "body")}[kind]
        chosen: dict[str, Draft] = {}
        for draft in sorted(self.drafts, key=lambda d: -d.last_token):
            if sentence - draft.last > 5 or not draft.named or draft.kind not in wanted or draft.plural:
                continue
            chosen.setdefault(draft.country or draft.key or draft.name, draft)
            if len(chosen) == number:
                return tuple(sorted(chosen.values(), key=lambda d: d.index))
        if kind == "state" and len(chosen) < number:
            return self._last_of("any", number, sentence) if number else ()
        return ()


def _sentence_numbers(parse: Parse) -> list[int]:
    numbers: list[int] = []
    for number, sentence in enumerate(parse.doc.sents):
        numbers += [number] * len(sentence)
    return numbers
