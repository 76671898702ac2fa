"""Ids of stories: from the event that founded them, kept when reports are added, with redirects when they cannot be."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from dragoman.linking.tellings import Key, Telling

Redirect = tuple[str, str, str]
"""Old id, new id, reason (merged or split)."""


def new_id(founder: Key, taken: frozenset[str] | set[str]) -> str:
    """An id from the founding event; another one where that is in use for a story that has moved on."""
    for attempt in range(1000):
        words = "\x1f".join((*founder, str(attempt) if attempt else ""))
        made = "s" + hashlib.blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        if made not in taken:
            return made
    raise AssertionError("a thousand stories cannot have one founding event")


def founder(tellings: Sequence[Telling]) -> Key:
    """The event that is first by publication, then by report id and place in the report."""
    return min(tellings, key=lambda t: (t.published is None, t.published or 0, t.report_id, t.position)).key


def assign(
    clusters: Sequence[Sequence[Telling]], before: Mapping[Key, str], used: frozenset[str]
) -> tuple[list[str], list[Redirect]]:
    """An id for each cluster, and the redirects of ids that are no longer used.

    `before` gives the old story of each event that had one, `used` all ids that were ever given. An old story lives on
    in the cluster that has most of its events; a cluster that several live on in takes the id that brings the most
    events, then the one that sorts first. Ids that lose out are redirected to where most of their events went ("merged");
    a part that left a story which lives on elsewhere is told by a redirect from it ("split").
    """
    shares = [Counter(before[t.key] for t in cluster if t.key in before) for cluster in clusters]
    heir: dict[str, int] = {}
    for number in sorted(range(len(clusters)), key=lambda n: founder(clusters[n])):
        for old, count in shares[number].items():
            if old not in heir or count > shares[heir[old]][old]:
                heir[old] = number
    ids: list[str | None] = [None] * len(clusters)
    for old in sorted(heir):
        number = heir[old]
        held = ids[number]
        if held is None or (-shares[number][old], old) < (-shares[number][held], held):
            ids[number] = old
    taken = set(used)
    named: list[str] = []
    for cluster, own in zip(clusters, ids, strict=True):
        made = own or new_id(founder(cluster), taken)
        taken.add(made)
        named.append(made)
    lost = [(old, named[number], "merged") for old, number in sorted(heir.items()) if named[number] != old]
    parted = [
        (old, named[number], "split")
        for number, share in enumerate(shares)
        for old in sorted(share)
        if heir[old] != number
    ]
    return named, lost + parted


def followed(redirects: Sequence[Redirect], lost: Sequence[Redirect]) -> list[Redirect]:
    """The redirects with new ones added: each leads to where its story is now, in one step."""
    moved = {old: new for old, new, reason in lost if reason == "merged"}
    found = {(old, moved.get(new, new)): reason for old, new, reason in (*redirects, *lost)}
    return [(old, new, reason) for (old, new), reason in sorted(found.items()) if old != new]
