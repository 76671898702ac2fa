"""The claims test: who takes which stance on an event, in 160 short passages of ten kinds (tests/claims).

    python benchmarks/claims.py [--labels FILE] [--half first|second] [--errors] [--json]

Codes the passages and prints, by kind and for both halves of each kind, how often stance, holder, realis and party are
those of the author's labels. `--labels FILE` gives a second person's labels: printed are then the agreement of the two
passes and the software's accuracy against the second. Errors are shown for the first half only: the second half stays
unseen by those who mend the software.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from spacy.tokens import Doc

HERE = Path(__file__).resolve().parent.parent / "tests" / "claims"
FIELDS = ("stance", "holder", "realis", "party")
KINDS = (
    "confirmation withheld",
    "denial",
    "partial denial",
    "leak",
    "retraction",
    "official readout",
    "joint statement",
    "anonymous officials",
    "hearsay of hearsay",
    "author's inference",
)
ASSESSMENT = "assessment"
NEAR = 3  # tokens between the word asked about and the word of the event mention that stands for it
FUNCTION_WORDS = frozenset("a an the of in at on to for by from and or its his her their 's ’s".split())


class Passage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of passages.jsonl; `trigger` holds character offsets."""

    id: str
    kind: str
    published: str
    text: str
    trigger: tuple[int, int]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of labels.*.jsonl, as GUIDE.md describes it."""

    id: str
    holder: str
    stance: str
    realis: str
    party: bool
    holder_country: str | None = None
    note: str | None = None


def read_rows(path: Path, row: type[Any]) -> list[Any]:
    """The rows of a file of JSON lines; raises `SystemExit` naming the line of a bad one."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            found.append(msgspec.json.decode(line, type=row))
        except msgspec.DecodeError as error:
            raise SystemExit(f"{path}:{number}: {error}") from None
    return found


def read_passages(path: Path = HERE / "passages.jsonl") -> list[Passage]:
    """The passages in the order of the file."""
    return read_rows(path, Passage)


def read_labels(path: Path = HERE / "labels.author.jsonl") -> dict[str, Label]:
    """Labels by id of the passage."""
    return {label.id: label for label in read_rows(path, Label)}


def first_half(passages: Sequence[Passage]) -> frozenset[str]:
    """Ids of the first eight passages of each kind."""
    return frozenset(p.id for kind in KINDS for p in [p for p in passages if p.kind == kind][:8])


def words_of(holder: str) -> frozenset[str]:
    """Words that tell who a holder is, in lower case."""
    return frozenset(re.findall(r"[\w’']+", holder.lower().replace("'s", " ").replace("’s", " "))) - FUNCTION_WORDS


def same_holder(one: str, other: str) -> bool:
    """Whether two phrases name one holder: one's words are all in the other, or half of all words are common.

    AUTHOR is only itself.
    """
    if "AUTHOR" in (one, other):
        return one == other
    first, second = words_of(one), words_of(other)
    common = len(first & second)
    return bool(common) and (common == min(len(first), len(second)) or 2 * common >= len(first | second))


def same(field: str, one: Label, other: Label) -> bool:
    """Whether two labels agree on a field."""
    if field == "holder":
        return same_holder(one.holder, other.holder)
    return bool(getattr(one, field) == getattr(other, field))


def answer(doc: Doc, passage: Passage) -> Label:
    """What the software says of the event that a passage asks about."""
    from dragoman.coding.assessments import inferences
    from dragoman.coding.claims import answer_for
    from dragoman.coding.realis import judge

    token = next(t.i for t in doc if t.idx + len(t) > passage.trigger[0])
    number = _mention(doc, token)
    mention = doc._.event_mentions[number] if number is not None else None
    parties = frozenset((*mention.actors, *mention.recipients)) if mention else frozenset()
    judgement = doc._.judgements[number] if number is not None else judge(doc, token)
    claim = answer_for(doc, mention or token, parties)
    inferred = next((found for found in inferences(doc) if found.first <= token <= found.last), None)
    if inferred is not None and claim is None:
        realis = "POSSIBLE" if inferred.hedged else "ACTUAL"
        return Label(passage.id, "AUTHOR", ASSESSMENT, realis, False)
    if claim is None:
        return Label(passage.id, "AUTHOR", "asserts", judgement.realis, False)
    return Label(passage.id, claim.holder, claim.stance, judgement.realis, claim.party, claim.country)


def _mention(doc: Doc, token: int) -> int | None:
    """The event mention nearest to a word: its own, else one of its clause a few words away."""
    best: tuple[int, int] | None = None
    for number, mention in enumerate(doc._.event_mentions):
        gap = abs(mention.trigger - token)
        close = gap == 0 or (gap <= NEAR and _light(doc, mention.trigger, token))
        if close and (best is None or gap < best[0]):
            best = (gap, number)
    return best[1] if best else None


def _light(doc: Doc, one: int, other: int) -> bool:
    """Whether two words are a verb and its object noun ("held talks"), no verb of saying with what it says."""
    verb, noun = (one, other) if doc[one].pos_ == "VERB" else (other, one)
    said = any(a <= doc[verb].idx < b for m in doc._.attributions for a, b in m.cue)
    return doc[noun].head.i == verb and doc[noun].dep_ == "dobj" and not said


def coded(passages: Sequence[Passage], classifier: str | None = None) -> dict[str, Label]:
    """The software's answers by id of the passage."""
    from dragoman.coding.coder import Coder
    from dragoman.records import Report
    from dragoman.settings import Settings

    chosen = {"classifier": classifier} if classifier else {}
    coder = Coder(Settings(pretest=False, **chosen))  # passages without an event are asked about, too
    reports = [Report(id=p.id, text=p.text, published=p.published) for p in passages]
    return {p.id: answer(doc, p) for p, doc in zip(passages, coder.docs(reports), strict=True)}


def rates(ids: Iterable[str], one: dict[str, Label], other: dict[str, Label]) -> dict[str, float]:
    """Share of agreement a field."""
    listed = list(ids)
    return {f: round(sum(same(f, one[i], other[i]) for i in listed) / max(1, len(listed)), 3) for f in FIELDS}


def kappa(field: str, ids: Sequence[str], one: dict[str, Label], other: dict[str, Label]) -> float:
    """Cohen's kappa (1960) of two passes on one field."""
    pairs = [(getattr(one[i], field), getattr(other[i], field)) for i in ids]
    seen = sum(a == b for a, b in pairs) / len(pairs)
    values = sorted({str(value) for pair in pairs for value in pair})
    chance = sum(
        sum(str(a) == v for a, _ in pairs) * sum(str(b) == v for _, b in pairs) / len(pairs) ** 2 for v in values
    )
    return round((seen - chance) / (1 - chance), 3) if chance < 1 else 1.0


def report(passages: Sequence[Passage], gold: dict[str, Label], found: dict[str, Label]) -> dict[str, Any]:
    """Accuracy by kind, for both halves and over all."""
    first = first_half(passages)
    groups = {kind: [p.id for p in passages if p.kind == kind] for kind in KINDS}
    groups["first half"] = [p.id for p in passages if p.id in first]
    groups["second half"] = [p.id for p in passages if p.id not in first]
    groups["all"] = [p.id for p in passages]
    return {name: {"n": len(ids), **rates(ids, gold, found)} for name, ids in groups.items()}


def agreement(passages: Sequence[Passage], one: dict[str, Label], other: dict[str, Label]) -> dict[str, Any]:
    """How far two passes of labels agree, over the passages that both have."""
    ids = [p.id for p in passages if p.id in one and p.id in other]
    out: dict[str, Any] = {"n": len(ids), **rates(ids, one, other)}
    out["kappa"] = {f: kappa(f, ids, one, other) for f in FIELDS if f != "holder"}
    out["differ"] = [i for i in ids if not (same("stance", one[i], other[i]) and same("holder", one[i], other[i]))]
    return out


def show(name: str, result: dict[str, Any]) -> None:
    """Print a table of accuracies."""
    print(f"{name:<24}{'n':>5}" + "".join(f"{field:>9}" for field in FIELDS))
    for group, row in result.items():
        print(f"{group:<24}{row['n']:>5}" + "".join(f"{row[field]:>9.3f}" for field in FIELDS))
    print()


def show_errors(passages: Sequence[Passage], gold: dict[str, Label], found: dict[str, Label]) -> None:
    """Print what the software got wrong in the first half of each kind."""
    first = first_half(passages)
    for p in passages:
        wrong = [f for f in FIELDS if not same(f, gold[p.id], found[p.id])]
        if p.id in first and wrong:
            begin, end = p.trigger
            print(f"{p.id}: {p.text[:begin]}{{{p.text[begin:end]}}}{p.text[end:]}")
            for field in wrong:
                print(f"    {field}: {getattr(found[p.id], field)!r}, labelled {getattr(gold[p.id], field)!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, help="a second person's labels, as GUIDE.md asks for them")
    parser.add_argument("--classifier", help="classifier of the coder; none: the table of predicates alone")
    parser.add_argument("--errors", action="store_true", help="show the errors of the first half")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    passages, gold = read_passages(), read_labels()
    found = coded(passages, options.classifier)
    results = {"author's labels": report(passages, gold, found)}
    both = None
    if options.labels:
        second = read_labels(options.labels)
        missing = [p.id for p in passages if p.id not in second]
        if missing:
            raise SystemExit(f"{options.labels}: no label for {len(missing)} passages, the first {missing[0]}")
        results["second labels"] = report(passages, second, found)
        both = agreement(passages, gold, second)
    if options.json:
        print(json.dumps({**results, "agreement": both}, ensure_ascii=False))
        return 0
    for name, result in results.items():
        show(name, result)
    if both is not None:
        print("agreement of the two passes", json.dumps(both, ensure_ascii=False))
    if options.errors:
        show_errors(passages, gold, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
