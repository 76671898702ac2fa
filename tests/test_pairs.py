"""Marked pairs for training: what is written by hand, and what is cut out of news."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.coding.coder import Coder
from dragoman.coding.marks import SOURCE_PIECE, TARGET_PIECE
from dragoman.errors import TableError
from dragoman.training.pairs import main, parse_pair, written_pairs
from dragoman.training.triples import news_pairs

PAIRS = sorted((Path(__file__).parents[1] / "training" / "pairs").glob("*.tsv"))


def table(folder: Path, *rows: str) -> Path:
    path = folder / "pairs.tsv"
    path.write_text("\n".join(("# made for a test", "cameo\ttype\texample", *rows)) + "\n", encoding="utf-8")
    return path


def test_marks_are_taken_out_and_their_places_kept() -> None:
    marked = parse_pair("Late on Sunday [A the rebels] freed [R two pilots] near Jos.")
    assert marked.text == "Late on Sunday the rebels freed two pilots near Jos."
    assert [marked.text[a:b] for a, b in (*marked.sources, *marked.targets)] == ["the rebels", "two pilots"]


def test_a_pair_reaches_the_encoder_with_a_piece_before_source_and_target(tmp_path: Path) -> None:
    pair = next(written_pairs([table(tmp_path, "173\tCOERCE\tOn Monday [A police] arrested [R five miners].")]))
    assert pair.text == f"On Monday {SOURCE_PIECE} police arrested {TARGET_PIECE} five miners."
    assert pair.type == "COERCE"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("173\tCOERCE\tPolice arrested five miners.", "0 sources"),
        ("173\tCOERCE\t[A Police] and [A troops] arrested five miners.", "2 sources"),
        ("173\tCOERCE\t[A Police] arrested [R five miners and [R a clerk].", "malformed"),
        ("173\tARREST\t[A Police] arrested [R five miners].", "type is 'ARREST'"),
        ("99\tCOERCE\t[A Police] arrested [R five miners].", "no code of CAMEO"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_by_file_and_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(TableError, match=r"pairs\.tsv:3.*" + message):
        list(written_pairs([table(tmp_path, row)]))


def test_the_check_prints_what_it_finds_and_fails_on_faults(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(table(tmp_path, "112\tACCUSE\t[A Niger] blamed [R its neighbours]."))]) == 0
    assert "ACCUSE\t1" in capsys.readouterr().out
    assert main([str(tmp_path / "absent.tsv")]) == 1


def test_the_pairs_of_the_repository_are_sound_and_none_is_written_twice() -> None:
    pairs = list(written_pairs(PAIRS))
    assert len(pairs) > 1000
    assert len({pair.text for pair in pairs}) == len(pairs)


def test_pairs_are_cut_out_of_news_between_a_subject_and_what_depends_on_its_verb(table_coder: Coder) -> None:
    text = "Kenya's foreign minister accused Somalia of arming militias. Rain fell in the hills for a second week."
    found = list(news_pairs(table_coder.nlp, [("n-1", text)]))
    assert [m.text[slice(*m.targets[0])] for m in found][:1] == ["Somalia"]
    assert all("Rain" not in m.text for m in found)
    assert found == list(news_pairs(table_coder.nlp, [("n-1", text)]))
