"""Which phrases of one report are the same actor: names, titles alone, descriptions, pronouns, "the two leaders".

Rules of precision first: a phrase joins an earlier actor by key, by (sur)name, by office, by the same description with
an article; pronouns take the nearest actor that fits in number and gender, subjects before others.
"""

from __future__ import annotations

from dragoman.coding.actor_antecedents import LEADER_OFFICES, SUBJECTS, Antecedents, Draft
from dragoman.coding.actor_lexicon import fold
from dragoman.coding.actor_parse import Parse, Phrase
from dragoman.coding.actor_resolution import (
    DEFAULT_DATE,
    Reading,
    ReportContext,
    country_name,
    from_table,
    is_sent,
    office_holder,
    read,
    slug,
)
from dragoman.coding.mentions import ActorMention

# Who is told of where he is: victims, police, hospitals; a government acts from afar.
LOCAL_SECTORS = frozenset({"CVL", "REF", "COP", "MED", "EDU", "AGR", "LAB", "UAF", "REL"})
PLACE_PREPOSITIONS = frozenset({"in", "at", "near", "across", "inside", "outside", "on", "over", "around"})
ATTACKS = frozenset(
    "strike attack airstrike raid shelling bombardment missile rocket drone fire bombing offensive invasion".split()
)
MALE = frozenset("he him his himself mr sir king prince lord sheikh pope father emperor sultan spokesman".split())
FEMALE = frozenset("she her hers herself mrs ms miss queen princess lady dame empress spokeswoman madam".split())


class Chains(Antecedents):
    """The entities of one report, built from its phrases in the order of the text."""

    def __init__(self, parse: Parse, context: ReportContext) -> None:
        super().__init__(parse)
        self.context = context
        self.by_key: dict[str, Draft] = {}
        self.by_name: dict[str, Draft] = {}
        self.by_description: dict[tuple[str, str | None], Draft] = {}
        self.mentions: list[ActorMention] = []

    def run(self, phrases: list[Phrase]) -> None:
        """Resolve all phrases and pronouns."""
        by_head = {phrase.head: phrase for phrase in phrases}
        events: list[tuple[int, Phrase | None]] = [(phrase.head, phrase) for phrase in phrases]
        events += [(i, None) for i in range(len(self.parse.words)) if self._is_pronoun(i) and i not in by_head]
        for i, phrase in sorted(events, key=lambda event: event[0]):
            if phrase is None:
                self._pronoun(i)
            else:
                self._phrase(phrase, by_head)

    def _is_pronoun(self, i: int) -> bool:
        return self.parse.tag[i] in ("PRP", "PRP$", "WP", "WP$", "WDT")

    def _phrase(self, phrase: Phrase, by_head: dict[int, Phrase]) -> None:
        members = self.collective(phrase)
        if not members:
            readings = self._split(phrase)
            members = tuple(self._resolve(phrase, reading, by_head) for reading in readings)
        self._note(phrase.head, members)
        self._acronym(phrase, members)
        start, end = self._offsets(phrase.start, phrase.end)
        indices = tuple(dict.fromkeys(draft.index for draft in members))
        self.mentions.append(ActorMention(start=start, end=end, head=phrase.head, entities=indices, kind=phrase.kind))

    def _offsets(self, start: int, end: int) -> tuple[int, int]:
        span = self.parse.doc[start:end]
        return span.start_char, span.end_char

    def _note(self, i: int, members: tuple[Draft, ...]) -> None:
        self.at_head[i] = members
        for draft in members:
            draft.last, draft.last_token = self.sentence[i], i
            if self.parse.dep[i] in SUBJECTS:
                draft.subject_in = self.sentence[i]

    # -- names, titles and descriptions ------------------------------------------------------------------------

    def _split(self, phrase: Phrase) -> list[Reading]:
        """One reading, or one a country for "Russian, American and Turkish delegations", "leaders of A and B"."""
        date = self.context.date
        reading = read(self.parse, phrase, date)
        states = [o for o in phrase.owners if o.type in ("state", "adjective", "demonym", "region")]
        codes = list(dict.fromkeys(o.country for o in states))
        if len(codes) > 1 and len(states) == len(phrase.owners) and self._coordinated_owners(phrase):
            return [self._for_country(reading, code) for code in codes]
        inner = phrase.inner
        if phrase.plural and inner is not None and inner.subject is not None and inner.subject.type == "state":
            more = [c for c in self._conjoined_states(inner.head) if c != reading.country]
            if more:
                return [reading, *(self._for_country(reading, code) for code in more)]
        return [reading]

    def _coordinated_owners(self, phrase: Phrase) -> bool:
        """Whether the countries before the head are parted by nothing but commas, hyphens and "and"."""
        places = [
            i
            for i in range(phrase.start, phrase.head)
            if (hit := self.parse.covering.get(i)) is not None and any(t in hit.terms for t in phrase.owners)
        ]
        if not places:
            return False
        between = self.parse.words[places[0] : places[-1] + 1]
        joined = {",", "and", "&", "/", "or", "–", "-", "as", "well"}
        outside = [
            word for i, word in enumerate(between, start=places[0]) if i not in places and word.lower() not in joined
        ]
        return not outside and len(between) > len(set(places))

    def _conjoined_states(self, i: int) -> list[str]:
        codes: list[str] = []
        queue = [i]
        while queue:
            for child in self.parse.children[queue.pop(0)]:
                if self.parse.dep[child] == "conj":
                    hit = self.parse.covering.get(child)
                    if hit is not None and hit.terms[0].type in ("state", "region") and hit.terms[0].country:
                        codes.append(hit.terms[0].country)
                    queue.append(child)
        return codes

    def _for_country(self, reading: Reading, code: str | None) -> Reading:
        key = f"{code}:{slug(reading.office)}" if reading.office and reading.kind == "body" else None
        name = f"{reading.name} ({country_name(code)})" if code else reading.name
        return Reading(
            name, reading.kind, code, reading.sector, reading.other, key, False, reading.office, reading.person
        )

    def _resolve(self, phrase: Phrase, reading: Reading, by_head: dict[int, Phrase]) -> Draft:
        joined = self._apposition(phrase, reading, by_head)
        if joined is not None:
            return joined
        if reading.kind == "person":
            draft = self._known_name(phrase, reading)
            return self._merge(draft, phrase, reading) if draft is not None else self._add(phrase, reading)
        if phrase.possessor is not None and reading.country is None:
            self._from_possessor(phrase, reading)
        draft = self._earlier(phrase, reading)
        if draft is not None:
            return self._merge(draft, phrase, reading)
        self._inherit(phrase, reading)
        return self._same_key(phrase, reading) or self._add(phrase, reading)

    def _same_key(self, phrase: Phrase, reading: Reading) -> Draft | None:
        draft = self.by_key.get(reading.key) if reading.key else None
        if draft is None and phrase.definite:
            draft = self.by_description.get(self._description(phrase, reading))
        return self._merge(draft, phrase, reading) if draft is not None else None

    def _apposition(self, phrase: Phrase, reading: Reading, by_head: dict[int, Phrase]) -> Draft | None:
        """The actor that the phrase stands in apposition to: "Murhaf Abu Kasra, head of ...", "the president, X"."""
        i = phrase.head
        if self.parse.dep[i] != "appos":
            return None
        parent = self.parse.head[i]
        found = self.at_head.get(parent)
        if not found or len(found) != 1 or phrase.plural:
            return None
        draft = found[0]
        role_kinds = ("office", "someone")
        if draft.kind == "person" and reading.kind in role_kinds:
            return self._describe(draft, reading)
        if draft.kind in role_kinds and reading.kind == "person":
            known = self._known_name(phrase, reading)
            if known is None:
                self._rename(draft, phrase, reading)
            return known or draft
        if draft.kind in ("body", "group") and reading.kind == "body" and not (draft.named and reading.named):
            return draft
        return None

    def _describe(self, draft: Draft, reading: Reading) -> Draft:
        """Take office, country and sector from a description of a person."""
        if reading.office:
            draft.offices.add(reading.office)
        if reading.sector and (draft.sector is None or draft.reading.person is None or draft.sector == "CVL"):
            draft.sector, draft.other = reading.sector, reading.other
        if reading.country and (draft.country is None or draft.reading.inherits):
            draft.country = reading.country
            draft.reading.inherits = False
        return draft

    def _rename(self, draft: Draft, phrase: Phrase, reading: Reading) -> None:
        draft.name, draft.kind, draft.named = reading.name, "person", True
        draft.key = reading.key or draft.key
        draft.country = draft.country or reading.country
        self._register(draft, phrase, reading)

    def _known_name(self, phrase: Phrase, reading: Reading) -> Draft | None:
        """An earlier person with this key or name, or with this surname alone."""
        if reading.key and reading.key in self.by_key:
            return self.by_key[reading.key]
        return self.by_name.get(fold(reading.name))

    def _earlier(self, phrase: Phrase, reading: Reading) -> Draft | None:
        """An earlier actor that a title or description points back to."""
        if reading.key and reading.key in self.by_key:
            return self.by_key[reading.key]
        named = self.by_name.get(fold(self.parse.span_text(*(phrase.name or (phrase.head, phrase.head + 1)))))
        if phrase.kind == "name" and phrase.subject is None and named is not None:
            return named
        if reading.kind == "office" and not phrase.plural and not self._indefinite(phrase):
            return self._title(phrase, reading)
        if reading.kind == "country" and not phrase.plural and phrase.definite:
            return self._the_country(reading)
        if phrase.definite and reading.kind in ("people", "someone", "body"):
            country = reading.country
            found = self.by_description.get(self._description(phrase, reading))
            if found is None and country is None and self.context.country is not None:
                found = self.by_description.get((self._description(phrase, reading)[0], self.context.country))
            return found
        return None

    def _indefinite(self, phrase: Phrase) -> bool:
        return self.parse.words[phrase.start].lower() in ("a", "an", "another", "some", "any", "one", "every", "no")

    def _title(self, phrase: Phrase, reading: Reading) -> Draft | None:
        """The last person of the report who holds this office, else who holds it on the day of the report."""
        office = reading.office or ""
        for draft in sorted(self.drafts, key=lambda d: -d.last_token):
            if draft.kind != "person" or (reading.country and draft.country and reading.country != draft.country):
                continue
            if office in draft.offices or any(o.endswith(" " + office) for o in draft.offices):
                return draft
            if office in ("leader", "head") and draft.offices & LEADER_OFFICES and phrase.inner is None:
                return draft
        country = reading.country
        if country is None or self.context.date is None or phrase.former or self._named_after(phrase):
            return None
        holder = office_holder(country, office, self.context.date)
        if holder is None:
            return None
        reading.kind, reading.person, reading.inherits = "person", holder, False
        from_table(reading, holder, self.context.date)
        return self.by_key.get(reading.key or "")

    def _named_after(self, phrase: Phrase) -> bool:
        """Whether a name in apposition says who it is: "the defence minister, Gen Ali Habib"."""
        parse = self.parse
        return any(
            parse.dep[c] == "appos" and parse.pos[c] == "PROPN" and c > phrase.head for c in parse.children[phrase.head]
        )

    def _the_country(self, reading: Reading) -> Draft | None:
        """The state that "the country" stands for: the last one that was a subject, else the report's own."""
        states = [d for d in self.drafts if d.kind == "state"]
        recent = [d for d in states if d.last >= 0]
        own = next((d for d in recent if d.country == self.context.country), None)
        return own or (max(recent, key=lambda d: d.last_token) if recent else None)

    def _from_possessor(self, phrase: Phrase, reading: Reading) -> None:
        """Country of "his Syrian counterpart" stands in the words; of "its army", "their leader" in the possessor."""
        owners = self.antecedents(phrase.possessor) if phrase.possessor is not None else ()
        country = next((draft.country for draft in owners if draft.country), None)
        if country is not None and reading.office not in ("counterpart", "opposite number"):
            reading.country, reading.inherits = country, False
            if reading.sector is None and reading.kind == "office":
                reading.sector = "GOV"
        elif country is None and not is_sent(phrase):
            reading.country = phrase.place

    def _inherit(self, phrase: Phrase, reading: Reading) -> None:
        """Country of an actor without one: what the report is about; then the key that goes with it."""
        if reading.sector is None and reading.office == "officer":
            reading.sector = self.context.officers
        if (
            reading.country is None
            and reading.inherits
            and reading.kind != "country"
            and (reading.sector or phrase.roles)
        ):
            local = self._local_country(phrase.head) if reading.sector in LOCAL_SECTORS else None
            reading.country = local or self.context.country
            reading.guessed = local is None
            if (
                local is None
                and reading.kind in ("people", "someone")
                and reading.country in self._attackers(phrase.head)
            ):
                others = [c for c in self.context.counts if c not in self._attackers(phrase.head)]
                reading.country = max(others, key=lambda c: (self.context.counts[c], c), default=reading.country)
        if reading.kind in ("office",) and reading.sector is None and reading.country:
            reading.sector = "GOV"
        single = reading.office and not phrase.plural and reading.kind in ("body", "office")
        if reading.country and reading.key is None and reading.office and single:
            reading.key = f"{reading.country}:{slug(reading.office)}"
        if reading.kind == "office" and reading.country and not self._indefinite(phrase) and phrase.subject is not None:
            self._title(phrase, reading)

    def _local_country(self, i: int) -> str | None:
        """The country of the place that the sentence is set in: "Four people were killed in Sumy"."""
        sentence = self.parse.doc[i].sent
        for k in range(sentence.start, sentence.end):
            hit = self.parse.covering.get(k)
            if hit is None or hit.end - 1 != k or self.parse.dep[k] != "pobj":
                continue
            if self.parse.words[self.parse.head[k]].lower() in PLACE_PREPOSITIONS:
                term = next((t for t in hit.terms if t.type in ("state", "region", "capital", "city")), None)
                if term is not None:
                    return term.country
        return None

    def _attackers(self, i: int) -> set[str | None]:
        """Countries whose attack the sentence tells of ("a Russian strike"): its victims are somebody else's."""
        sentence = self.parse.doc[i].sent
        found: set[str | None] = set()
        for k in range(sentence.start, sentence.end - 1):
            hit = self.parse.covering.get(k)
            if hit is not None and hit.end - 1 == k and hit.terms[0].type in ("state", "adjective"):
                following = {self.parse.doc[j].lemma_.lower() for j in range(k + 1, min(k + 4, sentence.end))}
                if following & ATTACKS:
                    found.update(t.country for t in hit.terms)
        return found

    def _description(self, phrase: Phrase, reading: Reading) -> tuple[str, str | None]:
        return (reading.office or fold(self.parse.doc[phrase.head].lemma_), reading.country)

    def _merge(self, draft: Draft, phrase: Phrase, reading: Reading) -> Draft:
        """Add what a further mention says."""
        fuller = reading.kind == "person" and len(reading.name) > len(draft.name) and draft.reading.person is None
        if fuller and fold(draft.name).split()[-1:] == fold(reading.name).split()[-1:]:
            draft.name = reading.name
        if reading.office:
            draft.offices.add(reading.office)
        if draft.country is None or (draft.reading.inherits and reading.country and not reading.inherits):
            draft.country = reading.country or draft.country
        if draft.sector is None:
            draft.sector, draft.other = reading.sector, reading.other
        self._register(draft, phrase, reading)
        return draft

    def _add(self, phrase: Phrase, reading: Reading) -> Draft:
        if reading.kind == "person" and reading.country is None and reading.inherits:
            reading.country, reading.guessed = self.context.country, True
        if reading.kind == "person" and reading.sector is None:
            reading.sector = "CVL"
        draft = Draft(
            index=len(self.drafts),
            reading=reading,
            country=reading.country,
            sector=reading.sector,
            other=reading.other,
            key=reading.key,
            name=reading.name,
            kind=reading.kind,
            named=reading.named and reading.kind != "office",
            plural=phrase.plural,
        )
        if reading.office:
            draft.offices.add(reading.office)
        if reading.person is not None:
            day = self.context.date or DEFAULT_DATE
            draft.offices.update(t.office for t in reading.person.tenures if t.covers(day))
        self.drafts.append(draft)
        self._register(draft, phrase, reading)
        return draft

    def _register(self, draft: Draft, phrase: Phrase, reading: Reading) -> None:
        if reading.key:
            self.by_key.setdefault(reading.key, draft)
        words = {word.lower() for word in self.parse.words[phrase.start : phrase.head + 1]}
        draft.gender = draft.gender or ("m" if words & MALE else "f" if words & FEMALE else "")
        if reading.kind == "person":
            for name in (reading.name, self.parse.span_text(*(phrase.name or (phrase.head, phrase.end)))):
                self._register_name(draft, name)
        elif phrase.kind == "name" and phrase.name is not None:
            self.by_name.setdefault(fold(self.parse.span_text(*phrase.name)), draft)
        if reading.kind in ("people", "someone", "body", "office"):
            self.by_description[self._description(phrase, reading)] = draft

    def _register_name(self, draft: Draft, name: str) -> None:
        words = fold(name).replace("-", " ").split()
        self.by_name[fold(name)] = draft
        if len(words) > 1:
            self.by_name.setdefault(fold(name.split()[-1]), draft)
            self.by_name.setdefault(f"{words[0]} {words[-1]}", draft)

    def _acronym(self, phrase: Phrase, members: tuple[Draft, ...]) -> None:
        """An acronym defined after a name: "Sovereign Renewal Front (SRF)"."""
        words, end = self.parse.words, phrase.end
        if len(members) == 1 and end + 2 < len(words) and words[end] == "(" and words[end + 2] == ")":
            letters = words[end + 1]
            if letters[:1].isupper() and sum(c.isupper() for c in letters) > 1:
                self.by_name.setdefault(fold(letters), members[0])

    # -- pronouns and plurals ------------------------------------------------------------------------------------

    def _pronoun(self, i: int) -> None:
        members = self.antecedents(i)
        if not members:
            return
        self._note(i, members)
        token = self.parse.doc[i]
        indices = tuple(dict.fromkeys(draft.index for draft in members))
        self.mentions.append(
            ActorMention(start=token.idx, end=token.idx + len(token.text), head=i, entities=indices, kind="pronoun")
        )
