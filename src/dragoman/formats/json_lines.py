"""Dragoman's own JSON lines: one coded report a line with the events that were asked for; loses nothing of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from typing import BinaryIO

import msgspec

from dragoman.formats.items import Item
from dragoman.records import to_json_line


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write the reports of events, each with its events; a story as a report of its one event."""
    for _, group in groupby(items, key=lambda item: (item.report.id, item.story and item.story.story_id)):
        members = list(group)
        events = tuple(item.event for item in members)
        stream.write(to_json_line(msgspec.structs.replace(members[0].report, events=events)))
