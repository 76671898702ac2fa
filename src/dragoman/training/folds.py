"""Which annotated texts are held back from training; the same on every machine, and known without PyTorch."""

from __future__ import annotations

import hashlib

HOLD_BACK = 12
"""One text in so many is held back for calibration, chosen by its key so that no document is on both sides."""


def fold_key(group: str, text: str) -> str:
    """Items of the written corpus (whose files have short names) are held back one by one, documents whole."""
    return text if text.startswith(group[:2]) and len(group) < 6 else group


def is_held_back(group: str, text: str) -> bool:
    """Whether a text of a group is kept for calibration."""
    return int(hashlib.sha256(fold_key(group, text).encode()).hexdigest(), 16) % HOLD_BACK == 0
