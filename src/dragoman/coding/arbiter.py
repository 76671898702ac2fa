"""The classifier's verdict on the candidates of a report: which are events, of which type and mode, and who is in them.

The encoder reads each sentence that holds a candidate once; parse and table of predicates speak through the features
(`dragoman.coding.features`), so their evidence and the encoder's are weighed together by the trained heads.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from spacy.tokens import Doc

from dragoman.coding.encoder import Classifier, Encoded
from dragoman.coding.extensions import text_of
from dragoman.coding.features import NONE, Candidate, SentenceCandidates
from dragoman.lexicon.predicate_counts import may_name_event

FLOOR = 3
"""Candidates are kept from this part of the event bar on: a sure entry of the table may still vouch for them."""
DIGITS = 4
"""Probabilities are rounded before they decide, so that machines that differ in the last bits agree."""


class Verdict(msgspec.Struct, frozen=True):
    """What the classifier makes of one candidate.

    `event` is the probability that it is an event at all; `actors` and `recipients` are entity indices, surest first;
    `realis` holds the probability of each value.
    """

    candidate: Candidate
    type: str
    mode: str | None
    event: float
    share: float
    actors: tuple[int, ...]
    recipients: tuple[int, ...]
    realis: dict[str, float]


def _is_worth_a_look(candidate: Candidate) -> bool:
    predicate = candidate.predicate
    return may_name_event(predicate.lemma, predicate.pos, candidate.entry is not None)


class Arbiter:
    """Judges candidates with a classifier."""

    def __init__(self, classifier: Classifier, every: bool = False) -> None:
        """With `every`, all candidates have a verdict, however unlikely to be events."""
        self._classifier = classifier
        self._every = every
        self._labels = classifier.labels
        self._none = self._labels.types.index(NONE)
        self._role_bar = self._labels.thresholds.get("role", 0.5)
        self.event_bar = self._labels.thresholds.get("event", 0.5)

    def verdicts(self, doc: Doc, sentences: Sequence[SentenceCandidates]) -> list[Verdict]:
        """A verdict on each candidate whose trigger the encoder has seen, in the order of the text.

        Sentences without a predicate that may name an event (`may_name_event`) are not encoded.
        """
        sentences = [s for s in sentences if self._every or any(_is_worth_a_look(c) for c in s.candidates)]
        if not sentences:
            return []
        encoded = self._classifier.encode([text_of(doc)[s.start : s.end] for s in sentences])
        rows: list[tuple[Candidate, Encoded, int]] = []
        vectors = []
        for sentence, code in zip(sentences, encoded, strict=True):
            for candidate in sentence.candidates:
                vector = code.at(doc[candidate.predicate.token].idx - sentence.start)
                if vector is not None:
                    rows.append((candidate, code, sentence.start))
                    vectors.append(vector)
        if not rows:
            return []
        triggers = np.stack(vectors)
        means = np.stack([code.mean for _, code, _ in rows])
        features = np.stack([candidate.features for candidate, _, _ in rows])
        types, modes, realis = self._classifier.candidates(triggers, means, features)
        types = np.round(types, DIGITS)
        floor = 0.0 if self._every else self.event_bar / FLOOR
        chosen = [n for n in range(len(rows)) if 1.0 - types[n, self._none] >= floor]
        roles = self._roles(doc, rows, chosen, triggers, types)
        return [self._verdict(rows[n][0], types[n], modes[n], realis[n], roles.get(n, [])) for n in chosen]

    def _roles(
        self,
        doc: Doc,
        rows: Sequence[tuple[Candidate, Encoded, int]],
        chosen: Sequence[int],
        triggers: np.ndarray,
        types: np.ndarray,
    ) -> dict[int, list[tuple[int, np.ndarray]]]:
        """Probabilities of the roles of each chosen candidate's pairs, by candidate and number of the pair."""
        places, actors, features = [], [], []
        for n in chosen:
            candidate, code, start = rows[n]
            for number, pair in enumerate(candidate.pairs):
                vector = code.at(max(0, doc[pair.token].idx - start))
                if vector is not None:
                    places.append((n, number))
                    actors.append(vector)
                    features.append(pair.features)
        if not places:
            return {}
        owners = [n for n, _ in places]
        found = self._classifier.roles(triggers[owners], np.stack(actors), types[owners], np.stack(features))
        roles: dict[int, list[tuple[int, np.ndarray]]] = {}
        for (n, number), row in zip(places, np.round(found, DIGITS), strict=True):
            roles.setdefault(n, []).append((number, row))
        return roles

    def _verdict(
        self,
        candidate: Candidate,
        types: np.ndarray,
        modes: np.ndarray,
        realis: np.ndarray,
        roles: Sequence[tuple[int, np.ndarray]],
    ) -> Verdict:
        best = max((n for n in range(len(types)) if n != self._none), key=lambda n: (types[n], -n))
        event = round(float(1.0 - types[self._none]), DIGITS)
        type_name = self._labels.types[best]
        actors = self._party(candidate, roles, 1)
        recipients = tuple(e for e in self._party(candidate, roles, 2) if e not in actors)
        return Verdict(
            candidate=candidate,
            type=type_name,
            mode=self._mode(type_name, modes),
            event=event,
            share=round(float(types[best]) / max(event, 1e-6), DIGITS),
            actors=actors,
            recipients=recipients,
            realis={name: round(float(p), DIGITS) for name, p in zip(self._labels.realis, realis, strict=True)},
        )

    def _party(self, candidate: Candidate, roles: Sequence[tuple[int, np.ndarray]], role: int) -> tuple[int, ...]:
        sure = [(number, row) for number, row in roles if row[role] >= self._role_bar and row[role] == row.max()]
        return tuple(dict.fromkeys(e for number, _ in sure for e in candidate.pairs[number].entities))

    def _mode(self, type_name: str, modes: np.ndarray) -> str | None:
        """The likeliest of the type's modes, or None where "no mode" is likelier."""
        options: list[tuple[float, str | None]] = [(float(modes[0]), None)]
        for number, (owner, name) in enumerate(self._labels.modes, start=1):
            if owner == type_name:
                options.append((float(modes[number]), name))
        return max(options, key=lambda option: round(option[0], DIGITS))[1]
