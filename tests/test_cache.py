"""What is kept on disk between runs: the same as what would be built anew, and never needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman import cache
from dragoman.coding.actor_lexicon import Gazetteer, Term


def kept(digest: str | None, made: list[str]) -> str:
    def make() -> tuple[bytes, str]:
        made.append("made")
        return b"thing", "thing"

    def read(data: bytes) -> str:
        if data != b"thing":
            raise ValueError("damaged")
        return data.decode()

    return cache.kept("things", digest, read, make)


def test_a_thing_is_built_once_and_again_where_its_file_is_damaged_or_its_sources_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAGOMAN_CACHE", str(tmp_path / "new"))
    made: list[str] = []
    assert [kept("a", made), kept("a", made), len(made)] == ["thing", "thing", 1]
    assert [kept("b", made), len(made)] == ["thing", 2]
    (tmp_path / "new" / "things-a.bin").write_bytes(b"thi")
    assert [kept("a", made), kept("a", made), len(made)] == ["thing", "thing", 3]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["things-a.bin", "things-b.bin"]


def test_old_versions_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_CACHE", str(tmp_path))
    for number in range(9):
        kept(str(number), [])
    assert len(list(tmp_path.iterdir())) == 5


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DRAGOMAN_CACHE", str(tmp_path / "file"))
    assert kept("a", []) == "thing"


def test_sources_that_cannot_be_read_are_never_taken_for_others(tmp_path: Path) -> None:
    one = tmp_path / "one.tsv"
    one.write_text("a")
    first = cache.digest_of([one])
    one.write_text("b")
    assert first != cache.digest_of([one])
    assert cache.digest_of([one, tmp_path / "missing"]) is None


def test_a_dictionary_of_actors_comes_back_from_disk_as_it_was() -> None:
    made = Gazetteer()
    for entry in ("Ruritania", "R.U.R.", "Ruritania-K", "Königsberg's"):
        made.add(entry, Term(type="state", name="Ruritania", country="RUR"))
    made.add("Ruritania", Term(type="person", name="Rudolf"))
    again = Gazetteer.from_bytes(made.to_bytes())
    words = "The R.U.R. of Ruritania - K met Ruritania".split()
    assert again.scan(words) == made.scan(words) != []
    assert again.to_bytes() == made.to_bytes()
    with pytest.raises(ValueError, match="truncated"):
        Gazetteer.from_bytes(made.to_bytes()[:-4])
