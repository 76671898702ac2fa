"""The files that pages need beside them: our style sheet and scripts, the land outline, and the bundle of Vega.

The bundle is made once a process from the one that vl-convert-python carries; nothing is fetched.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from functools import lru_cache

import msgspec

from dragoman.tables import package_file

BUNDLE = "vega.js"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml"}
_bundle_lock = threading.Lock()


class Asset(msgspec.Struct, frozen=True):
    """One file: its bytes and media type."""

    content: bytes
    media_type: str


# Making it takes a second or two in which no other thread of its process goes on: hence a process of its own.
_MAKE = """
import sys, vl_convert
sys.stdout.buffer.write(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").encode())
"""


@lru_cache(maxsize=1)
def _bundle() -> bytes:
    made = subprocess.run(
        [sys.executable, "-I", "-c", _MAKE], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return made.stdout


def names() -> tuple[str, ...]:
    """The names of all files, the bundle included."""
    return (*sorted(path.name for path in package_file("web", "static").iterdir() if path.suffix in _TYPES), BUNDLE)


def asset(name: str) -> Asset | None:
    """A file by its name, None where there is none."""
    if name == BUNDLE:
        with _bundle_lock:
            return Asset(_bundle(), "text/javascript")
    return _asset(name) if name in names() else None


@lru_cache(maxsize=64)
def _asset(name: str) -> Asset:
    path = package_file("web", "static", name)
    return Asset(path.read_bytes(), _TYPES[path.suffix])


@lru_cache(maxsize=64)
def version(name: str) -> str:
    """A short mark of a file's content, for addresses that may be kept by browsers for good."""
    if name == BUNDLE:
        from importlib.metadata import version as version_of

        return version_of("vl-convert-python")
    content = package_file("web", "static", name).read_bytes()
    return hashlib.blake2b(content, digest_size=6).hexdigest()
