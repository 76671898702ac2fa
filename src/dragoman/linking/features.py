"""Named features of pairs of mentions.

`FEATURES` names them in order; the docstring of `pair_features` is their description. What a mention does not have
(no agent, no figure) makes nothing the same and nothing different: both features of that kind are then 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import numpy as np

from dragoman.linking.features_heads import HEAD_FEATURES, Heads
from dragoman.linking.mentions import Mention, Words
from dragoman.linking.topics import Topics
from dragoman.linking.triggers import meanings
from dragoman.linking.vectors import Floats, Ints, Weights, matrix, products

SAME, KIN, OTHER = "same", "kin", "other"
WITHIN, ACROSS = "within", "across"
CASES = tuple(f"{trigger}-{where}" for trigger in (SAME, KIN, OTHER) for where in (WITHIN, ACROSS))
FEATURES = (
    "bias",
    "trigger_words",
    "trigger_start",
    "trigger_senses",
    "trigger_broader",
    "trigger_types",
    "trigger_rarity",
    "trigger_spread",
    "trigger_pos",
    "trigger_meaning",
    "trigger_unknown",
    "agents_same",
    "agents_differ",
    "patients_same",
    "patients_differ",
    "others_same",
    "others_differ",
    "roles_crossed",
    "names_same",
    "names_differ",
    "numbers_same",
    "numbers_differ",
    "times_same",
    "times_differ",
    "clause",
    "sentence",
    "surroundings",
    "document",
    "affair",
    "polarity_differs",
    "modality_differs",
    "nearness",
    "same_sentence",
    "both_lead",
    *HEAD_FEATURES,
)
KIN_PREFIX = 5


class Pairs:
    """Mentions with what their features are made of, computed once for all pairs."""

    def __init__(self, mentions: Sequence[Mention], documents: Sequence[Words], topics: Topics) -> None:
        self.mentions = mentions
        self.topics = topics
        self.document: Ints = np.array([m.document for m in mentions], dtype=np.int64)
        self.sentence: Ints = np.array([m.sentence for m in mentions], dtype=np.int64)
        self.head: Ints = np.array(_numbered([m.head for m in mentions]), dtype=np.int64)
        weights = Weights(documents)
        self.rarity: Floats = np.array([weights.of(m.head) for m in mentions]) / max(1.0, np.log(1 + weights.size))
        self.spread: Floats = self._spread()
        self.verb = np.array([m.pos == "VERB" for m in mentions])
        self.negated = np.array([m.negated for m in mentions])
        self.modal = np.array([m.modal for m in mentions])
        self.sets = {name: matrix([getattr(m, name) for m in mentions]) for name in ("senses", "broader", "types")}
        self.overlaps = {
            name: matrix([getattr(m, name) for m in mentions], weights)
            for name in ("agents", "patients", "others", "names", "numbers", "times")
        }
        self.crossed = matrix([(*m.agents, *(f"\0{w}" for w in m.patients)) for m in mentions])
        roles = [set(m.agents) | set(m.patients) for m in mentions]
        self.parties = matrix([sorted(words) for words in roles])
        self.alike = {
            "words": matrix([m.words for m in mentions], weights, unit=True),
            "clause": matrix([m.clause for m in mentions], weights, unit=True),
            "context": matrix([m.context for m in mentions], weights, unit=True),
            "near": matrix([m.near for m in mentions], weights, unit=True),
        }
        self.level = {name: _sizes(rows) for name, rows in (self.sets | self.overlaps).items()}
        self.meaning = meanings([m.forms for m in mentions])
        self.unknown = np.abs(self.meaning).sum(axis=1) == 0
        group = topics.group[self.document] if len(mentions) else self.document
        self.heads = Heads(
            group,
            self.head,
            self.document,
            self.sentence,
            (self.alike["clause"], self.overlaps["agents"], self.overlaps["patients"], self.alike["context"]),
        )

    def _spread(self) -> Floats:
        """The share of the documents of a mention's group that have a mention with the same head."""
        group = self.topics.group[self.document] if len(self.mentions) else np.zeros(0, dtype=np.int64)
        having: dict[tuple[int, int], set[int]] = {}
        members: dict[int, set[int]] = {}
        for g, head, document in zip(group.tolist(), self.head.tolist(), self.document.tolist(), strict=True):
            having.setdefault((g, head), set()).add(document)
            members.setdefault(g, set()).add(document)
        return np.array(
            [
                len(having[g, head]) / len(members[g]) if len(members[g]) > 1 else 0.0
                for g, head in zip(group.tolist(), self.head.tolist(), strict=True)
            ]
        )


def _numbered(words: Sequence[str]) -> list[int]:
    number: dict[str, int] = {}
    return [number.setdefault(word, len(number)) for word in words]


def _sizes(rows) -> Floats:  # type: ignore[no-untyped-def]
    return np.asarray(rows.multiply(rows).sum(axis=1)).ravel()


def _same_start(pairs: Pairs, left: Ints, right: Ints) -> Floats:
    """The length of the common beginning of two heads, as a share of the longer one."""
    word = {int(number): mention.head for number, mention in zip(pairs.head, pairs.mentions, strict=True)}
    codes, place = np.unique(pairs.head[left] * (len(word) + 1) + pairs.head[right], return_inverse=True)
    return np.array([_common_start(word[code // (len(word) + 1)], word[code % (len(word) + 1)]) for code in codes])[
        place
    ]


def _common_start(a: str, b: str) -> float:
    common = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(a, b, strict=False)))
    return common / max(len(a), len(b)) if common >= min(KIN_PREFIX, len(a), len(b)) else 0.0


def _agreement(pairs: Pairs, name: str, left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """How much of the lesser of two sets is shared (by weight), and whether both have words and share none."""
    shared = products(pairs.overlaps[name], left, right)
    level = pairs.level[name]
    least = np.minimum(level[left], level[right])
    same = np.divide(shared, least, out=np.zeros(len(left)), where=least > 0)
    return np.minimum(same, 1.0), ((least > 0) & (shared == 0)).astype(float)


def _jaccard(pairs: Pairs, name: str, left: Ints, right: Ints) -> Floats:
    shared = products(pairs.sets[name], left, right)
    level = pairs.level[name]
    total = level[left] + level[right] - shared
    return np.divide(shared, total, out=np.zeros(len(left)), where=total > 0)


def pair_features(pairs: Pairs, left: Ints, right: Ints) -> tuple[Ints, Floats]:
    """The case (an index into `CASES`) and the features of each pair of mentions, both by their indices.

    Trigger: cosine of its words; common beginning of the heads; senses and types shared (Jaccard), also at one remove;
    how rare the rarer head is, how much of its group of documents uses it, whether both are verbs or both nouns; cosine
    of what the triggers mean by the table of vectors, and whether one is not in it; `Heads` adds what the group shows.
    Participants: words in the slots of agent, patient and others, names, figures and times of the sentence: share of
    the lesser side, and 1 where both have some and none is shared; agents of one that are patients of the other.
    Surroundings: cosines of the clauses, sentences, sentences around, documents; how early clustering joins the
    documents. Form: polarity, modality; nearness in a document (1 / (1 + sentences between)), one sentence, both leads.
    """
    values: dict[str, Floats] = {"bias": np.ones(len(left))}
    values["trigger_words"] = products(pairs.alike["words"], left, right)
    values["trigger_start"] = _same_start(pairs, left, right)
    values["trigger_senses"] = _jaccard(pairs, "senses", left, right)
    values["trigger_broader"] = _jaccard(pairs, "broader", left, right)
    values["trigger_types"] = _jaccard(pairs, "types", left, right)
    values["trigger_rarity"] = np.minimum(pairs.rarity[left], pairs.rarity[right])
    values["trigger_spread"] = np.minimum(pairs.spread[left], pairs.spread[right])
    values["trigger_pos"] = (pairs.verb[left] == pairs.verb[right]).astype(float)
    values["trigger_meaning"] = np.einsum("nk,nk->n", pairs.meaning[left], pairs.meaning[right])
    values["trigger_unknown"] = np.logical_or(pairs.unknown[left], pairs.unknown[right]).astype(float)
    for name in pairs.overlaps:
        values[f"{name}_same"], values[f"{name}_differ"] = _agreement(pairs, name, left, right)
    straight = products(pairs.crossed, left, right)
    values["roles_crossed"] = ((products(pairs.parties, left, right) > 0) & (straight == 0)).astype(float)
    values["clause"] = products(pairs.alike["clause"], left, right)
    values["sentence"] = products(pairs.alike["context"], left, right)
    values["surroundings"] = products(pairs.alike["near"], left, right)
    values["document"], values["affair"] = pairs.topics.near(pairs.document[left], pairs.document[right])
    values["polarity_differs"] = (pairs.negated[left] != pairs.negated[right]).astype(float)
    values["modality_differs"] = (pairs.modal[left] != pairs.modal[right]).astype(float)
    within = pairs.document[left] == pairs.document[right]
    between = np.abs(pairs.sentence[left] - pairs.sentence[right])
    values["nearness"] = np.where(within, 1.0 / (1.0 + between), 0.0)
    values["same_sentence"] = (within & (between == 0)).astype(float)
    values["both_lead"] = ((pairs.sentence[left] < 2) & (pairs.sentence[right] < 2)).astype(float)
    values |= pairs.heads.features(left, right)
    kin = (values["trigger_senses"] > 0) | (values["trigger_start"] > 0) | (values["trigger_words"] > 0)
    trigger = np.where(pairs.head[left] == pairs.head[right], 0, np.where(kin, 1, 2))
    return trigger * 2 + np.where(within, 0, 1), np.stack([values[name] for name in FEATURES], axis=1)
