"""The tables of saying and thinking, read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.records import Stance
from dragoman.tables import Row, package_file, read_table

FRAMES = frozenset({"that", "quote", "np", "to", "obj_to", "ing", "as", "obj_pred", "rec", "np_speech", "event_np"})
NOUN_FRAMES = frozenset("that to of about on in for to against over whether with by at toward towards".split())
STANCES = frozenset(stance.value for stance in Stance)
COLUMNS = ("lemma", "frame", "stance", "certainty", "note")


class SpeechRow(msgspec.Struct, frozen=True):
    """One verb or noun of saying: its frames, the prepositions of its content, its particle, stance and certainty."""

    lemma: str
    frames: frozenset[str]
    prepositions: frozenset[str]
    particles: frozenset[str]
    stance: str
    certainty: float


def certainty_of(row: Row, column: str = "certainty") -> float:
    """A number in [0, 1]; raises `TableError` naming file and line otherwise."""
    try:
        value = float(row[column])
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise TableError(row.path, row.line, f"{column} is {row[column]!r}; allowed: a number from 0 to 1")
    return value


def _speech_row(row: Row, allowed: frozenset[str], prepositions_bare: bool) -> SpeechRow:
    parts = row.many("frame")
    if not parts:
        raise TableError(row.path, row.line, "frame is empty")
    frames, prepositions, particles = set(), set(), set()
    for part in parts:
        if part.startswith("p:"):
            prepositions.add(part[2:])
        elif part.startswith("prt:"):
            particles.add(part[4:])
        elif part in allowed:
            frames.add(part)
            if prepositions_bare and part != "that":
                prepositions.add(part)
        else:
            raise TableError(row.path, row.line, f"frame {part!r}; allowed: {', '.join(sorted(allowed))}, p:…, prt:…")
    return SpeechRow(
        lemma=row["lemma"],
        frames=frozenset(frames),
        prepositions=frozenset(prepositions),
        particles=frozenset(particles),
        stance=row.one_of("stance", STANCES),
        certainty=certainty_of(row),
    )


def read_speech(path: Path | str, nouns: bool = False) -> dict[str, SpeechRow]:
    """Rows of a table of verbs or nouns by lemma; raises `TableError` for bad frames, stances or doubled lemmas."""
    allowed = NOUN_FRAMES if nouns else FRAMES
    out: dict[str, SpeechRow] = {}
    for row in read_table(path, COLUMNS):
        if row["lemma"] in out:
            raise TableError(row.path, row.line, f"{row['lemma']!r} stands twice")
        out[row["lemma"]] = _speech_row(row, allowed, nouns)
    return out


@lru_cache(maxsize=1)
def speech_verbs() -> dict[str, SpeechRow]:
    """``lexicon/speech_verbs.tsv`` by lemma."""
    return read_speech(package_file("lexicon", "speech_verbs.tsv"))


@lru_cache(maxsize=1)
def speech_nouns() -> dict[str, SpeechRow]:
    """``lexicon/speech_nouns.tsv`` by lemma."""
    return read_speech(package_file("lexicon", "speech_nouns.tsv"), nouns=True)


@lru_cache(maxsize=1)
def speech_adjectives() -> dict[str, SpeechRow]:
    """``lexicon/speech_adjectives.tsv`` by lemma."""
    return read_speech(package_file("lexicon", "speech_adjectives.tsv"), nouns=True)


@lru_cache(maxsize=1)
def _word_classes() -> dict[str, frozenset[str]]:
    rows = read_table(package_file("lexicon", "word_classes.tsv"), ("class", "words"))
    return {row["class"]: frozenset(row["words"].split()) for row in rows}


def word_class(name: str) -> frozenset[str]:
    """The words of one class of ``lexicon/word_classes.tsv``."""
    return _word_classes()[name]
