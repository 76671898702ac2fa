"""The place of one event."""
from __future__ import annotations
from typing import Any
def place_for(doc: Any, trigger: int, evidence: Any) -> None:
    return None
