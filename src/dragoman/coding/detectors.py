"""Types of a user's own beside PLOVER's: detectors that ``dragoman train --types`` fits (``dragoman_detectors``).

A detector looks at the vectors that the classifier's encoder has for a predicate and for its sentence, and knows types
of a user's own from a few examples each. What it finds is kept beside the events (`CodedReport.detections`), so that
PLOVER's coding stays what it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.arbiter import DIGITS, Arbiter
from dragoman.coding.document import actor_records
from dragoman.coding.encoder import Classifier, Encoded, load_classifier
from dragoman.coding.extensions import declare, text_of
from dragoman.coding.features import CandidateFinder
from dragoman.coding.frames import FrameMatcher
from dragoman.errors import ModelError
from dragoman.lexicon.predicates import predicate_table
from dragoman.records import Detection, Event, TextSpan

Floats = NDArray[np.float64]
FILE = "detector.json"


class OwnType(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted type: its weights over the vector of `trigger_vector`, its bar, and what it was fitted on."""

    name: str
    definition: str
    weights: tuple[float, ...]
    bias: float
    bar: float
    examples: int


class DetectorFile(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector's folder holds; `encoder` is the SHA-256 of the encoder whose vectors it was fitted on."""

    encoder: str
    types: tuple[OwnType, ...]


def trigger_vector(encoded: Encoded, offset: int) -> Floats | None:
    """The vectors of the word piece at an offset and of the whole sentence, each of length 1, side by side."""
    at = encoded.at(offset)
    if at is None:
        return None
    parts = [np.asarray(part, dtype=np.float64) for part in (at, encoded.mean)]
    return np.concatenate([part / max(float(np.linalg.norm(part)), 1e-9) for part in parts])


def encoder_digest(classifier: Classifier) -> str:
    """The SHA-256 of a classifier's encoder, from its manifest."""
    manifest = msgspec.json.decode((classifier.folder / "manifest.json").read_bytes())
    return str(manifest["files"]["encoder.onnx"])


class Detector:
    """A loaded detector. Raises `ModelError` where the folder holds none or it is of another encoder."""

    def __init__(self, folder: Path, classifier: Classifier) -> None:
        try:
            found = msgspec.json.decode((folder / FILE).read_bytes(), type=DetectorFile)
        except (OSError, msgspec.DecodeError) as error:
            raise ModelError(f"{folder} is no detector folder: {error}") from error
        if found.encoder != encoder_digest(classifier):
            raise ModelError(
                f"{folder} was fitted with another classifier than {classifier.folder.name}; train it anew"
            )
        self.types = found.types
        self._weights = np.array([kind.weights for kind in found.types])
        self._bias = np.array([kind.bias for kind in found.types])

    def probabilities(self, vectors: Floats) -> Floats:
        """The probability of each type (columns) for each vector (rows), rounded."""
        return np.round(1.0 / (1.0 + np.exp(-(vectors @ self._weights.T + self._bias))), DIGITS)


@cache
def load_detector(folder: str, classifier: str) -> Detector:
    """A detector by its folder, for the classifier of the run; loaded once."""
    return Detector(Path(folder), load_classifier(classifier))


def _event_at(events: Sequence[Event], start: int, end: int) -> str | None:
    """The event whose shortest evidence holds these words."""
    holding = [
        (piece.end - piece.start, event.id)
        for event in events
        for piece in event.evidence
        if piece.start <= start and end <= piece.end
    ]
    return min(holding)[1] if holding else None


def _governs(doc: Doc, above: int, below: int) -> bool:
    """Whether a token stands over another in the parse, with no co-ordination between them."""
    token = doc[below]
    while token.i != above:
        if token.dep_ == "conj" or token.head.i == token.i:
            return False
        token = token.head
    return True


def _surest(doc: Doc, found: Sequence[tuple[int, Detection]]) -> list[Detection]:
    """Of detections of one type along one branch of a sentence ("says it will open"), the surest."""

    def beaten(token: int, detection: Detection) -> bool:
        return any(
            other.type == detection.type
            and (other.confidence, -at) > (detection.confidence, -token)
            and (_governs(doc, at, token) or _governs(doc, token, at))
            for at, other in found
        )

    return [detection for token, detection in found if not beaten(token, detection)]


class DetectorStep:
    """Gives ``doc._.detections``."""

    def __init__(self, detectors: Sequence[Detector], classifier: Classifier) -> None:
        self._detectors, self._classifier = detectors, classifier
        self._finder = CandidateFinder(FrameMatcher(predicate_table()))
        self._arbiter = Arbiter(classifier, every=True)

    def __call__(self, doc: Doc) -> Doc:
        sentences = list(self._finder.sentences(doc))
        verdicts = {verdict.candidate.predicate.token: verdict for verdict in self._arbiter.verdicts(doc, sentences)}
        encoded = self._classifier.encode([text_of(doc)[s.start : s.end] for s in sentences]) if sentences else []
        found: list[Detection] = []
        for sentence, code in zip(sentences, encoded, strict=True):
            here: list[tuple[int, Detection]] = []
            for candidate in sentence.candidates:
                token = candidate.predicate.token
                vector = trigger_vector(code, doc[token].idx - sentence.start)
                verdict = verdicts.get(token)
                parties = (verdict.actors, verdict.recipients) if verdict else ((), ())
                if vector is not None:
                    span = (sentence.start, sentence.end)
                    here.extend((token, item) for item in self._detections(doc, token, span, vector, parties))
            found.extend(_surest(doc, here))
        doc._.detections = tuple(found)
        return doc

    def _detections(
        self,
        doc: Doc,
        token: int,
        sentence: tuple[int, int],
        vector: Floats,
        parties: tuple[tuple[int, ...], tuple[int, ...]],
    ) -> list[Detection]:
        start, end = doc[token].idx, doc[token].idx + len(doc[token].text)
        words = text_of(doc)[sentence[0] : sentence[1]]
        return [
            Detection(
                type=kind.name,
                confidence=float(probability),
                trigger=TextSpan(text=doc[token].text, start=start, end=end),
                evidence=TextSpan(text=words, start=sentence[0], end=sentence[1]),
                actors=actor_records(doc, parties[0], token),
                recipients=actor_records(doc, parties[1], token),
                event=_event_at(doc._.events, start, end),
            )
            for detector in self._detectors
            for kind, probability in zip(detector.types, detector.probabilities(vector[None])[0], strict=True)
            if probability >= kind.bar
        ]


@Language.factory("dragoman_detectors", default_config={"classifier": "", "folders": []})
def make_detectors(nlp: Language, name: str, classifier: str, folders: list[str]) -> DetectorStep:
    """The component; it needs a classifier."""
    declare()
    return DetectorStep([load_detector(folder, classifier) for folder in folders], load_classifier(classifier))
