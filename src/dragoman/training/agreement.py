"""Agreement of two annotation passes over the same items: F1 of triggers and events, Krippendorff's alpha on type.

python -m dragoman.training.agreement SECOND.txt FIRST.txt [FIRST.txt ...]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from dragoman.training.corpus_format import CorpusError, Item, read_corpus

NONE = "none"


class Agreement(msgspec.Struct, frozen=True):
    """`trigger_f1`: both passes name an event at overlapping words; `event_f1`: and give it the same type.

    `alpha` is Krippendorff's alpha (nominal) over the words that either pass marks, where "no event" is a value too;
    `alpha_on_shared` is that over the words both mark.
    """

    items: int
    events: tuple[int, int]
    trigger_f1: float
    event_f1: float
    alpha: float
    alpha_on_shared: float


def agreement(first: Sequence[Item], second: Sequence[Item]) -> Agreement:
    """Compare the items that both passes have."""
    by_id = {item.id: item for item in first}
    shared = [(by_id[item.id], item) for item in second if item.id in by_id and by_id[item.id].text == item.text]
    pairs: list[tuple[str, str]] = []
    counts = [0, 0]
    for one, other in shared:
        mine, theirs = _triggers(one), _triggers(other)
        counts[0] += len(mine)
        counts[1] += len(theirs)
        left = list(theirs)
        for start, end, kind in mine:
            match = next((t for t in left if t[0] < end and start < t[1]), None)
            pairs.append((kind, match[2] if match else NONE))
            if match:
                left.remove(match)
        pairs.extend((NONE, kind) for _, _, kind in left)
    both = [pair for pair in pairs if NONE not in pair]
    total = sum(counts) or 1
    return Agreement(
        items=len(shared),
        events=(counts[0], counts[1]),
        trigger_f1=round(2 * len(both) / total, 3),
        event_f1=round(2 * sum(a == b for a, b in both) / total, 3),
        alpha=round(alpha(pairs), 3),
        alpha_on_shared=round(alpha(both), 3),
    )


def _triggers(item: Item) -> list[tuple[int, int, str]]:
    """First mark of each event's trigger, with its type; events on one trigger count once."""
    found: dict[str, tuple[int, int, str]] = {}
    for event in item.events:
        marks = item.spans(event.trigger)
        if marks:
            found.setdefault(event.trigger, (marks[0].start, marks[0].end, event.type))
    return sorted(found.values())


def alpha(pairs: Iterable[tuple[str, str]]) -> float:
    """Krippendorff's alpha for nominal values and two coders (Krippendorff 2004, ch. 11); 1 for no disagreement."""
    rows = list(pairs)
    values = Counter(value for pair in rows for value in pair)
    n = sum(values.values())
    observed = sum(a != b for a, b in rows) / len(rows) if rows else 0.0
    expected = 1.0 - sum(count * (count - 1) for count in values.values()) / (n * (n - 1)) if n > 1 else 0.0
    return 1.0 - observed / expected if expected else 1.0


def main(arguments: Sequence[str]) -> int:
    """Print the agreement as JSON; faulty items of either pass are left out and counted."""
    faults: list[CorpusError] = []
    second = read_corpus([Path(arguments[0])], faults)
    first = read_corpus([Path(path) for path in arguments[1:]], faults)
    print(msgspec.json.format(msgspec.json.encode(agreement(first, second))).decode())
    print(f"{len(faults)} faulty items left out", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
