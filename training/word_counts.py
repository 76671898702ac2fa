"""Count in how many reports each stem stands, for ``linking/word_counts.tsv``.

    python training/word_counts.py STORE [STORE ...] > src/dragoman/linking/word_counts.tsv

Each store holds news with their texts. Kept are stems of letters that stand in enough reports; nothing of a text remains.
"""

from __future__ import annotations

import sys
from collections import Counter

from dragoman.linking.texts import stem, words
from dragoman.store import Store

LEAST = 8


def main() -> None:
    counts: Counter[str] = Counter()
    total = 0
    for folder in sys.argv[1:]:
        with Store.open(folder).connect() as connection:
            for (text,) in connection.execute("SELECT text FROM reports WHERE text IS NOT NULL").fetchall():
                counts.update({stem(word) for word in words(text) if word.isalpha()})
                total += 1
    print("# In how many of the reports counted a stem (dragoman.linking.texts.stem) stands; * is all of them.")
    print("# Source: events of the Wikipedia current events portal, 2025 and 2026, and Wikinews, 2019 to 2021; counts")
    print(f"# alone, of stems in {LEAST} reports or more. Made by training/word_counts.py, November 2026.")
    print("stem\treports")
    print(f"*\t{total}")
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if count >= LEAST:
            print(f"{word}\t{count}")


if __name__ == "__main__":
    main()
