"""The claims test (tests/claims): its files keep their format, and the software keeps what it reached."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from dragoman.coding.coder import Coder
from dragoman.records import Realis, Report, Stance

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "claims.py"
# Shares reached over all passages and over the halves never looked at for errors.
FLOORS = {"stance": 0.83, "holder": 0.90, "realis": 0.72}
FLOORS_UNSEEN = {"stance": 0.74, "holder": 0.87}


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_claims", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_passages_are_sixteen_a_kind_and_their_trigger_is_one_word(bench: ModuleType) -> None:
    passages = bench.read_passages()
    assert Counter(p.kind for p in passages) == dict.fromkeys(bench.KINDS, 16)
    assert len({p.id for p in passages}) == len({p.text for p in passages}) == 160
    for p in passages:
        start, end = p.trigger
        assert p.text[start:end].replace("-", "").isalpha(), p.id


def test_every_passage_has_a_label_in_the_words_of_the_guide(bench: ModuleType) -> None:
    labels, passages = bench.read_labels(), bench.read_passages()
    assert labels.keys() == {p.id for p in passages}
    for p in passages:
        label = labels[p.id]
        assert label.holder == "AUTHOR" or label.holder.lower() in p.text.lower(), p.id
        assert label.stance in {*Stance, bench.ASSESSMENT}, p.id
        assert label.realis in set(Realis), p.id


def test_holders_are_compared_by_their_words(bench: ModuleType) -> None:
    assert bench.same_holder("the ministry", "The ministry in Nicosia")
    assert not bench.same_holder("AUTHOR", "The ministry")
    assert not bench.same_holder("a Libyan colonel", "the Libyan army")


def test_two_equal_passes_agree_wholly(bench: ModuleType) -> None:
    labels = bench.read_labels()
    found = bench.agreement(bench.read_passages(), labels, labels)
    assert found["stance"] == found["holder"] == found["kappa"]["stance"] == 1.0
    assert found["differ"] == []


def test_stance_and_holder_keep_their_floors(bench: ModuleType, coder: Coder) -> None:
    passages, gold = bench.read_passages(), bench.read_labels()
    docs = coder.docs(Report(id=p.id, text=p.text, published=p.published) for p in passages)
    found = {p.id: bench.answer(doc, p) for p, doc in zip(passages, docs, strict=True)}
    result = bench.report(passages, gold, found)
    for field, floor in FLOORS.items():
        assert result["all"][field] >= floor, field
    for field, floor in FLOORS_UNSEEN.items():
        assert result["second half"][field] >= floor, field
