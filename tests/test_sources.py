"""What reading promises: every input becomes a Report, or a Rejected with a reason of the table, and never an error."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dragoman.errors import SettingsError
from dragoman.records import Rejected, Report
from dragoman.settings import Settings
from dragoman.sources import REASONS, ReadOptions, read
from dragoman.sources.dates import normalise
from dragoman.sources.fields import parse_mapping
from dragoman.sources.identity import content_id, report_from_text
from dragoman.sources.language import detect, language_code

TODAY = date(2026, 6, 15)
SENTENCE = "The foreign minister of Kenya met his counterpart from Uganda in Kampala on Monday."
FRENCH = (
    "Le ministre des affaires étrangères a reçu mardi son homologue, et les deux hommes "
    "ont parlé de la paix dans la région."
)
PAGE = """<html lang="en"><head><title>Talks open</title><meta property="og:site_name" content="The Lake Wire">
<meta property="article:published_time" content="2026-03-04T10:00:00Z"></head><body><nav><a href="/">Home</a></nav>
<article><h1>Talks open</h1><p>The foreign minister of Kenya met the president of Uganda in Kampala on Monday.</p>
<p>They agreed to lift tariffs on grain from the first of April, both governments said.</p></article></body></html>"""


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def all_of(*inputs: Path | str, settings: Settings | None = None, **options: object) -> list[Report | Rejected]:
    items = list(read(inputs, settings, ReadOptions(today=TODAY, **options)))  # type: ignore[arg-type]
    assert all(item.reason in REASONS for item in items if isinstance(item, Rejected))
    return items


def one(*inputs: Path | str, **options: object) -> Report:
    (item,) = all_of(*inputs, **options)  # type: ignore[arg-type]
    assert isinstance(item, Report), item
    return item


def reason(*inputs: Path | str, **options: object) -> str:
    (item,) = all_of(*inputs, **options)  # type: ignore[arg-type]
    assert isinstance(item, Rejected), item
    return item.reason


# --- files that cannot be used ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.json", "a.jsonl", "a.csv", "a.tsv"])
def test_empty_file_is_set_aside(tmp_path: Path, name: str) -> None:
    assert reason(put(tmp_path, name, b"")) == "empty"


def test_white_space_alone_is_empty(tmp_path: Path) -> None:
    assert reason(put(tmp_path, "a.txt", " \n\t \r\n")) == "empty"


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + bytes(200), b"%PDF-1.7 some text", bytes(range(256)) * 20],
    ids=["png", "pdf", "noise"],
)
def test_binary_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    assert reason(put(tmp_path, "a.txt", content)) == "binary"


def test_bytes_in_no_encoding_are_set_aside(tmp_path: Path) -> None:
    noise = bytes((37 * i * i + 11 * i) % 128 + 128 for i in range(4000))
    assert reason(put(tmp_path, "a.txt", noise)) in ("encoding", "binary", "language")


def test_five_megabytes_on_one_line_are_too_long_and_the_run_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", b"word " * 1_000_000)
    put(tmp_path, "b.jsonl", json.dumps({"text": "word " * 1_000_000}) + "\n" + json.dumps({"text": SENTENCE}))
    put(tmp_path, "c.csv", "text\n" + "word " * 1_000_000 + "\nIran spoke to Oman.\n")
    items = all_of(tmp_path)
    assert [item.reason if isinstance(item, Rejected) else "report" for item in items] == [
        "too-long", "too-long", "report", "too-long", "report",
    ]  # fmt: skip


def test_a_line_beyond_all_limits_is_skipped_without_being_held(tmp_path: Path) -> None:
    small = Settings(max_chars=100)
    path = put(tmp_path, "a.jsonl", b"x" * 3_000_000 + b"\n" + json.dumps({"text": "Iran spoke."}).encode())
    first, second = all_of(path, settings=small)
    assert isinstance(first, Rejected)
    assert (first.reason, first.line) == ("too-long", 1)
    assert isinstance(second, Report)


def test_html_without_an_article_is_set_aside(tmp_path: Path) -> None:
    menu = "".join(f'<li><a href="/{i}">Section {i}</a></li>' for i in range(40))
    assert reason(put(tmp_path, "a.html", f"<html><body><ul>{menu}</ul></body></html>")) == "no-article"
    assert reason(put(tmp_path, "a.html", "<<<div <p <a href=' <table><tr><<td>")) == "no-article"


def test_broken_json_on_line_7_of_10_loses_that_line_alone(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"Envoy number {i} arrived in Doha."}) for i in range(1, 11)]
    lines[6] = lines[6][:-4]
    items = all_of(put(tmp_path, "ten.jsonl", "\n".join(lines)))
    lost = [item for item in items if isinstance(item, Rejected)]
    assert len(items) - len(lost) == 9
    assert [(item.reason, item.line) for item in lost] == [("broken-json", 7)]
    assert lost[0].source.endswith("ten.jsonl:7")


def test_broken_json_file_names_the_line(tmp_path: Path) -> None:
    (item,) = all_of(put(tmp_path, "a.json", '{\n"text": "x",\n"title" 2}'))
    assert isinstance(item, Rejected)
    assert (item.reason, item.line) == ("broken-json", 3)


@pytest.mark.parametrize("line", ["5", "[1, 2]", '"text"', "null", "[" * 100_000, '{"text": "\\ud800 half"}'])
def test_json_lines_that_are_no_objects_are_broken(tmp_path: Path, line: str) -> None:
    assert reason(put(tmp_path, "a.jsonl", line)) == "broken-json"


def test_missing_text_field_names_the_fields_there_are(tmp_path: Path) -> None:
    (item,) = all_of(put(tmp_path, "a.jsonl", '{"summary": "x", "when": "2025"}'))
    assert isinstance(item, Rejected)
    assert item.reason == "no-text-field"
    assert "summary, when" in item.detail


def test_a_table_without_a_text_column_is_set_aside_once(tmp_path: Path) -> None:
    assert reason(put(tmp_path, "a.csv", "a,b\n1,2\n3,4\n")) == "no-text-field"


def test_a_text_that_is_no_text_is_set_aside(tmp_path: Path) -> None:
    assert reason(put(tmp_path, "a.json", '{"text": ["a", "b"]}')) == "no-text-field"


def test_missing_file_and_pattern_without_matches_are_unreadable(tmp_path: Path) -> None:
    assert reason(tmp_path / "gone.txt") == "unreadable"
    assert reason(tmp_path / "*.txt") == "unreadable"


def test_file_without_permission_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("dragoman.sources.opening.open", refuse, raising=False)
    (item,) = all_of(put(tmp_path, "a.txt", SENTENCE))
    assert isinstance(item, Rejected)
    assert (item.reason, item.detail) == ("unreadable", "Permission denied")


def test_a_file_that_vanishes_while_reading_is_unreadable(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        put(tmp_path, name, f"{SENTENCE} {name}")
    items = read([tmp_path], None, ReadOptions(today=TODAY))
    assert isinstance(next(items), Report)
    (tmp_path / "b.txt").unlink()
    (rest,) = items
    assert isinstance(rest, Rejected)
    assert rest.reason == "unreadable"


def test_folder_with_nothing_to_read_says_so(tmp_path: Path) -> None:
    assert reason(tmp_path) == "nothing-supported"


def test_other_kinds_of_file_in_a_folder_are_counted_and_hidden_ones_are_not(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", SENTENCE)
    put(tmp_path, "b.doc", b"x")
    put(tmp_path, ".git/c.txt", SENTENCE)
    report, item = all_of(tmp_path)
    assert isinstance(report, Report)
    assert isinstance(item, Rejected)
    assert item.reason == "unsupported"


# --- languages -------------------------------------------------------------------------------------------------------


def test_another_language_is_set_aside_by_name(tmp_path: Path) -> None:
    (item,) = all_of(put(tmp_path, "a.txt", FRENCH))
    assert isinstance(item, Rejected)
    assert item.reason == "language"
    assert "French" in item.detail


def test_other_languages_pass_where_settings_allow_them(tmp_path: Path) -> None:
    path = put(tmp_path, "a.txt", FRENCH)
    assert one(path, settings=Settings(languages=("en", "fr"))).text == FRENCH
    assert one(path, settings=Settings(languages=())).text == FRENCH


@pytest.mark.parametrize(
    "text",
    [
        "Talks in Doha.",
        "Xi Jinping met Kim Jong Un in Pyongyang.",
        "Hamas Fatah Cairo",
        "Le ministre est parti.",
        "OK",
        "12.3.24",
    ],
)
def test_short_texts_are_not_set_aside_on_weak_evidence(text: str) -> None:
    assert detect(text) in (None, "en")


def test_mostly_english_text_with_a_foreign_quotation_passes(tmp_path: Path) -> None:
    assert one(put(tmp_path, "a.txt", f"{SENTENCE} It was their third meeting this year. {SENTENCE}\n{FRENCH}"))


def test_a_script_of_its_own_is_evidence_even_in_a_short_text() -> None:
    assert detect("التقى الوزير نظيره في الدوحة") == "ar"


def test_the_text_overrules_a_wrong_declaration_but_short_texts_are_believed(tmp_path: Path) -> None:
    assert one(put(tmp_path, "a.json", json.dumps({"text": SENTENCE * 2, "language": "es"})))
    assert reason(put(tmp_path, "b.json", json.dumps({"text": "Paz ahora.", "language": "Spanish"}))) == "language"


@pytest.mark.parametrize(
    ("given", "code"),
    [("en", "en"), ("en-GB", "en"), ("English", "en"), ("fra", "fr"), ("fre", "fr"), ("??", None), (None, None)],
)
def test_language_tags_and_names(given: str | None, code: str | None) -> None:
    assert language_code(given) == code


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "iso"),
    [
        ("2025-03-05", "2025-03-05"), ("2025-03-05T23:10:00+03:00", "2025-03-05"), ("2025-03", "2025-03"),
        ("2025", "2025"), (20250305, "2025-03-05"), ("20250305", "2025-03-05"), ("5 Mar 2025", "2025-03-05"),
        ("March 5, 2025", "2025-03-05"), ("March 2025", "2025-03"), ("Wed, 05 Mar 2025 10:00:00 GMT", "2025-03-05"),
        ("25/12/2024", "2024-12-25"), ("2025/03/05", "2025-03-05"), (1741168800, "2025-03-05"),
        ("1741168800000", "2025-03-05"), (date(2025, 3, 5), "2025-03-05"), ("2026-06-17", "2026-06-17"),
    ],
)  # fmt: skip
def test_dates_come_out_in_iso_8601(given: object, iso: str) -> None:
    assert normalise(given, TODAY) == (iso, None)


@pytest.mark.parametrize(
    "given", ["03/04/2025", "soon", "10", "2025-02-30", "x" * 500, True, [], float("nan"), "0000-00-00"]
)
def test_unreadable_and_ambiguous_dates_are_left_out_with_a_warning(given: object) -> None:
    iso, warning = normalise(given, TODAY)
    assert iso is None
    assert warning is not None
    assert "cannot be read" in warning


@pytest.mark.parametrize("given", ["2026-06-18", "2026-07", "2027", "2031-01-01T00:00:00Z"])
def test_a_date_in_the_future_is_left_out_with_a_warning(tmp_path: Path, given: str) -> None:
    report = one(put(tmp_path, "a.json", json.dumps({"text": SENTENCE, "date": given})))
    assert report.published is None
    assert ["in the future" in warning for warning in report.warnings] == [True]


def test_no_date_is_no_warning_of_reading(tmp_path: Path) -> None:
    report = one(put(tmp_path, "a.txt", SENTENCE))
    assert (report.published, report.warnings) == (None, ())


def test_given_values_fill_what_a_report_lacks_and_nothing_else(tmp_path: Path) -> None:
    path = put(
        tmp_path, "a.jsonl", json.dumps({"text": SENTENCE, "date": "2025-01-01"}) + "\n" + json.dumps({"text": "Oman."})
    )
    first, second = all_of(path, published="2 Feb 2025", publisher="Wire", title="T", url="u", language="en")
    assert isinstance(first, Report)
    assert isinstance(second, Report)
    assert (first.published, second.published) == ("2025-01-01", "2025-02-02")
    assert (second.publisher, second.title, second.url, second.language) == ("Wire", "T", "u", "en")


def test_wrong_options_say_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="YYYY-MM-DD"):
        read([tmp_path], None, ReadOptions(published="soonish"))
    with pytest.raises(SettingsError, match="allowed: text, html"):
        read([tmp_path], None, ReadOptions(input_format="docx"))
    with pytest.raises(SettingsError, match="allowed: text, title"):
        parse_mapping(["body=text"])
    with pytest.raises(SettingsError, match="FIELD=NAME"):
        parse_mapping(["text"])


# --- text as it stands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Iran\x01 and\x07 Oman\x1b[31m spoke for a long while on Monday.\r\nThey\tmet\x0b again.\n",
        "The envoy said \u202bشكرا\u202c and \u200fleft\u200e the room in the afternoon.",
        "Protesters 😀👩‍👩‍👧 marched in Lima 🇵🇪 on Sunday.",
        "e\u0301 stays decomposed, \u00a0 stays wide, \ufeff stays inside.",
    ],
    ids=["control characters", "right-to-left marks", "emoji", "combining"],
)
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
def test_text_passes_untouched(tmp_path: Path, text: str, name: str) -> None:
    content = {"a.txt": text, "a.jsonl": json.dumps({"text": text}), "a.csv": 'text,id\n"' + text + '",1\n'}[name]
    assert one(put(tmp_path, name, content)).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.json"])
def test_encodings_are_found_out(tmp_path: Path, encoding: str, name: str) -> None:
    text = "The envoy said “we won’t talk” in São Paulo – and left."
    row = json.dumps({"text": text}, ensure_ascii=False)
    content = {"a.txt": text, "a.jsonl": row + "\n", "a.json": row, "a.csv": f"text;id\n{text};1\n"}[name]
    assert one(put(tmp_path, name, content.encode(encoding))).text == text


def test_html_says_its_own_encoding(tmp_path: Path) -> None:
    page = PAGE.replace("<title>", '<meta charset="iso-8859-2"><title>').replace("Kampala", "Łódź")
    assert "Łódź" in one(put(tmp_path, "a.html", page.encode("iso-8859-2"))).text


def test_a_few_bad_bytes_in_utf8_are_marked_and_warned_of(tmp_path: Path) -> None:
    data = ("“Talks” resumed in Doha. " * 50).encode() + b"\xff" + ("“Talks” ended. " * 5).encode()
    report = one(put(tmp_path, "a.txt", data))
    assert report.text.count("\ufffd") == 1
    assert "U+FFFD" in report.warnings[0]


def test_one_line_in_another_encoding_is_read_too(tmp_path: Path) -> None:
    lines = [json.dumps({"text": "Téhéran et São Paulo"}, ensure_ascii=False).encode(e) for e in ("utf-8", "cp1252")]
    settings = Settings(languages=())
    items = all_of(put(tmp_path, "a.jsonl", b"\n".join([*lines, b'{"text": "Oman."}'])), settings=settings)
    assert [item.text for item in items if isinstance(item, Report)] == ["Téhéran et São Paulo", "Oman."]
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["duplicate"]


# --- formats ---------------------------------------------------------------------------------------------------------


def test_html_gives_text_title_site_and_original_date(tmp_path: Path) -> None:
    report = one(put(tmp_path, "a.html", PAGE))
    assert "They agreed to lift tariffs" in report.text
    assert "Home" not in report.text
    assert (report.title, report.publisher, report.published, report.language) == (
        "Talks open", "The Lake Wire", "2026-03-04", "en",
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"text": SENTENCE},
        [{"text": SENTENCE}],
        {"status": "ok", "articles": [{"content": SENTENCE}]},
        {"response": {"tags": [1, 2], "results": [{"body": SENTENCE}]}},
    ],
)
def test_json_objects_lists_and_objects_with_a_list(tmp_path: Path, value: object) -> None:
    assert one(put(tmp_path, "a.json", json.dumps(value, indent=2))).text == SENTENCE


def test_json_lines_under_the_name_json_are_read(tmp_path: Path) -> None:
    path = put(tmp_path, "a.json", '{"text": "Oman."}\n{"text": "Iran."}\n')
    assert [item.text for item in all_of(path) if isinstance(item, Report)] == ["Oman.", "Iran."]


def test_not_a_number_in_other_fields_does_no_harm(tmp_path: Path) -> None:
    assert one(put(tmp_path, "a.jsonl", '{"text": "Oman mediated.", "rank": NaN}')).text == "Oman mediated."


def test_known_names_of_fields_are_found_whatever_their_case(tmp_path: Path) -> None:
    row = {
        "Doc_ID": 7,
        "Headline": "H",
        "BODY": SENTENCE,
        "pub_date": "2025-01-02",
        "source": {"name": "Wire"},
        "link": "u",
    }
    report = one(put(tmp_path, "a.jsonl", json.dumps(row)))
    assert (report.id, report.title, report.published, report.publisher, report.url) == (
        "7",
        "H",
        "2025-01-02",
        "Wire",
        "u",
    )


def test_field_mapping_replaces_the_known_names(tmp_path: Path) -> None:
    row = {"text": "short", "raw": {"body": SENTENCE}, "date": "2020", "sent": "2025-01-02"}
    mapping = parse_mapping(["text=raw.body", "published=sent"])
    report = one(put(tmp_path, "a.jsonl", json.dumps(row)), fields=mapping)
    assert (report.text, report.published) == (SENTENCE, "2025-01-02")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_with_any_separator_and_line_ends_in_quotes(tmp_path: Path, separator: str) -> None:
    rows = [["id", "text", "date"], ["1", '"Iran; the | state,\r\nspoke"', "2025"], ["2", "Oman.", "2024"]]
    content = "\n".join(separator.join(row) for row in rows)
    first, second = all_of(put(tmp_path, "a.csv", content))
    assert isinstance(first, Report)
    assert isinstance(second, Report)
    assert (first.id, first.text, second.published) == ("1", "Iran; the | state,\r\nspoke", "2024")


def test_broken_rows_of_a_table_are_set_aside_with_their_line(tmp_path: Path) -> None:
    items = all_of(put(tmp_path, "a.csv", 'id,text\n1,Oman.\n2,a,b,c\n3,Iran.\n4,"never closed\n'))
    assert [(i.reason, i.line) for i in items if isinstance(i, Rejected)] == [("broken-table", 3), ("broken-table", 5)]
    assert [i.id for i in items if isinstance(i, Report)] == ["1", "3"]


def test_parquet(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"body": [SENTENCE, None], "date": [date(2025, 3, 5), None], "n": [1, 2]}), tmp_path / "a.parquet"
    )
    report, item = all_of(tmp_path)
    assert isinstance(report, Report)
    assert isinstance(item, Rejected)
    assert (report.text, report.published, item.reason) == (SENTENCE, "2025-03-05", "empty")


def test_damaged_parquet_gzip_and_zip_are_unreadable(tmp_path: Path) -> None:
    for name in ("a.parquet", "b.txt.gz", "c.zip", "d.txt.zst"):
        assert reason(put(tmp_path, name, b"this is none of them")) == "unreadable"


def test_compressed_files_and_archives(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl.gz", gzip.compress(b'{"text": "Oman mediated."}'))
    with pa.CompressedOutputStream(str(tmp_path / "b.txt.zst"), "zstd") as stream:
        stream.write(b"Mali withdrew.")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("x/2.csv", "text\nChad protested.\n")
        archive.writestr("x/1.txt", "Niger agreed.")
    texts = [item.text for item in all_of(tmp_path) if isinstance(item, Report)]
    assert texts == ["Oman mediated.", "Mali withdrew.", "Niger agreed.", "Chad protested."]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (SENTENCE.encode(), SENTENCE),
        (b'{"text": "Oman."}\n{"text": ""}', "Oman."),
        (b'{\n "text": "Oman."\n}', "Oman."),
        (b'[{"text": "Oman."}]', "Oman."),
        (PAGE.encode(), "Talks open"),
    ],
    ids=["text", "lines", "object", "list", "page"],
)
def test_standard_input_is_read_as_what_it_looks_like(monkeypatch: pytest.MonkeyPatch, data: bytes, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    first = all_of("-")[0]
    assert isinstance(first, Report)
    assert first.text.startswith(text)


# --- which files, in which order -------------------------------------------------------------------------------------


def test_order_of_inputs_does_not_matter_and_no_file_is_read_twice(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt", "c.txt"):
        put(tmp_path, name, f"{SENTENCE} {name}")
    forwards = all_of(tmp_path / "a.txt", tmp_path / "b", tmp_path / "*.txt")
    assert forwards == all_of(tmp_path / "**" / "*.txt", tmp_path / "b", tmp_path / "a.txt")
    assert [Path(str(item.source)).name for item in forwards] == ["a.txt", "1.txt", "2.txt", "c.txt"]


def test_what_the_run_writes_is_not_read(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", SENTENCE)
    put(tmp_path, "store/parts/reports.jsonl", '{"text": "x y z"}')
    put(tmp_path, "out.jsonl", '{"id": 1}')
    assert one(tmp_path, exclude=(tmp_path / "out.jsonl", tmp_path / "store"))


def test_ten_thousand_files_are_read_in_order(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number:05}.txt").write_text(f"Envoy number {number} arrived in Doha for talks on Monday.")
    texts = [item.text for item in all_of(tmp_path) if isinstance(item, Report)]
    assert len(texts) == 10_000
    assert texts[1234] == "Envoy number 1234 arrived in Doha for talks on Monday."


# --- ids and repeats -------------------------------------------------------------------------------------------------


def test_the_same_report_has_the_same_id_in_every_format(tmp_path: Path) -> None:
    ids = {
        one(put(tmp_path, "a.txt", SENTENCE)).id,
        one(put(tmp_path, "b.jsonl", json.dumps({"text": SENTENCE}))).id,
        one(put(tmp_path, "c.csv", f"text\n{SENTENCE}\n")).id,
        report_from_text(SENTENCE).id,
        content_id(SENTENCE, None, None),
    }
    assert len(ids) == 1
    assert content_id("ab", "c", None) != content_id("a", "bc", None)


def test_exact_repeats_are_set_aside(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", SENTENCE)
    put(tmp_path, "b.txt", SENTENCE)
    report, item = all_of(tmp_path)
    assert isinstance(report, Report)
    assert isinstance(item, Rejected)
    assert item.reason == "duplicate"
    assert report.id in item.detail


def test_the_same_text_from_another_publisher_is_another_report(tmp_path: Path) -> None:
    rows = [{"text": SENTENCE, "publisher": name} for name in ("Wire", "Daily")]
    items = all_of(put(tmp_path, "a.json", json.dumps(rows)))
    assert len({item.id for item in items if isinstance(item, Report)}) == 2


def test_one_id_on_two_texts_gets_a_suffix_that_does_not_depend_on_others(tmp_path: Path) -> None:
    rows = [{"id": "x", "text": f"Envoy {name} came."} for name in ("A", "B", "C")]
    all_three = all_of(put(tmp_path, "a.json", json.dumps(rows)))
    without_b = all_of(put(tmp_path, "a.json", json.dumps([rows[0], rows[2]])))
    assert all(isinstance(item, Report) for item in all_three)
    assert all_three[0].id == "x"  # type: ignore[union-attr]
    assert all_three[2].id == without_b[1].id != "x"  # type: ignore[union-attr]
    assert "stands on another report too" in all_three[1].warnings[0]  # type: ignore[union-attr]


def test_report_from_text_refuses_unknown_fields() -> None:
    assert report_from_text("Oman.", published="5 Mar 2025", title="T").published == "2025-03-05"
    with pytest.raises(TypeError, match="no field 'date'"):
        report_from_text("Oman.", date="2025")


def test_a_page_gives_its_first_publication_and_no_guess_from_the_copyright_line(tmp_path: Path) -> None:
    updated = '<meta property="article:modified_time" content="2026-04-09T10:00:00Z"></head>'
    assert one(put(tmp_path, "a.html", PAGE.replace("</head>", updated))).published == "2026-03-04"
    undated = "".join(line for line in PAGE.splitlines(keepends=True) if "published_time" not in line)
    undated = undated.replace("</article>", "</article><footer>© 2019 Lake Wire</footer>").replace(
        "<article>", "<body><article>"
    )
    assert one(put(tmp_path, "b.html", undated)).published is None


def test_a_page_dated_in_the_future_is_read_without_its_date(tmp_path: Path) -> None:
    report = one(put(tmp_path, "a.html", PAGE.replace("2026-03-04", "2031-03-04")))
    assert report.published is None
    assert "in the future" in report.warnings[0]
