"""From bytes to text: byte order marks, UTF-8, UTF-16 and, for the rest, charset-normalizer."""

from __future__ import annotations

import codecs
import re
import unicodedata

from dragoman.sources.reasons import SetAside

SAMPLE = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY_STARTS = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x7fELF",
    b"\xd0\xcf\x11\xe0",
)
# More control characters than this among the first characters is not how anybody writes.
_MAX_CONTROL_SHARE = 0.05
# A UTF-8 text may hold a few bytes that are not (cut or pasted); beyond this share it is in another encoding.
_MAX_BAD_SHARE = 0.002
# Those of the WHATWG Encoding Standard, which web browsers know; Python's others only make wrong guesses likelier.
_ENCODINGS = [
    *(f"cp125{number}" for number in range(9)),
    *(f"iso8859_{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    *("cp866", "cp874", "koi8_r", "koi8_u", "mac_roman", "mac_cyrillic", "gb18030", "big5", "euc_jp", "shift_jis"),
    *("iso2022_jp", "euc_kr", "utf_16_le", "utf_16_be"),
]
# Languages written in Latin letters stay below; Russian, Greek or Chinese are far above.
_MAX_HIGH_SHARE = 0.25
# What Windows-1252 shows of other encodings: Mac Roman has capitals after small letters, Windows-1250 signs in words.
_MISREAD = re.compile(r"[a-z][\u00c0-\u00de]|[a-z][\u00a1-\u00aa\u00ac-\u00b6\u00b8-\u00ba\u00bc-\u00bf][a-z]")
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)


def byte_order_mark(data: bytes) -> str | None:
    """The encoding that a byte order mark at the start gives, or None."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32, with a byte order mark or seen from the zero bytes of Latin letters; else None."""
    marked = byte_order_mark(data)
    if marked:
        return marked if marked != "utf-8-sig" else None
    sample = data[:4096]
    if len(sample) < 4:
        return None
    half = len(sample) // 2
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def decode(data: bytes, *, html: bool = False) -> tuple[str, str | None]:
    """The text of a whole file and a warning or None; raises `SetAside` (binary, encoding).

    The characters are those of the file: no normalisation, no change of line ends; only a byte order mark is dropped.
    """
    if data.startswith(_BINARY_STARTS):
        raise SetAside("binary", "the file starts like a picture, a PDF, an archive or a program")
    text, warning = _decode(data, html)
    if _control_share(text) > _MAX_CONTROL_SHARE:
        raise SetAside("binary", "more control characters than a text has")
    return text, warning


def decode_line(data: bytes, known: str | None) -> tuple[str, str | None]:
    """One line of a file of rows: UTF-8, else the encoding `known` from earlier lines, else a guess.

    Returns the text and the encoding to try on later lines; raises `SetAside` (encoding).
    """
    for encoding in ("utf-8", known):
        if encoding:
            try:
                return data.decode(encoding), known
            except (UnicodeDecodeError, LookupError):
                continue
    guess = guess_encoding(data)
    if guess is None:
        raise SetAside("encoding", "the line reads as text in no known encoding")
    return data.decode(guess), guess


def guess_encoding(data: bytes) -> str | None:
    """The likeliest encoding of bytes that are not UTF-8, such that all of them decode; None where there is none.

    Windows-1252 is taken where it reads well: the reports that are coded are in English, and charset-normalizer cannot
    tell the encodings of Europe apart by the few bytes beyond ASCII that English has.
    """
    from charset_normalizer import from_bytes

    if _reads_as_windows_1252(data):
        return "cp1252"
    matches = from_bytes(_around_high_bytes(data), cp_isolation=_ENCODINGS, enable_fallback=False)
    return next((match.encoding for match in matches if _decodes(data, match.encoding)), None)


def _reads_as_windows_1252(data: bytes) -> bool:
    """Few bytes beyond ASCII, all of them defined, and no sign of another encoding."""
    sample = _around_high_bytes(data)
    high = sum(byte > 0x7F for byte in sample)
    if high > max(2, _MAX_HIGH_SHARE * len(sample)) or not _decodes(data, "cp1252"):
        return False
    return not _MISREAD.search(sample.decode("cp1252", errors="replace"))


def _decode(data: bytes, html: bool) -> tuple[str, str | None]:
    for encoding in (byte_order_mark(data), wide_encoding(data), "utf-8", _declared(data) if html else None):
        if encoding and _decodes(data, encoding):
            return data.decode(encoding), None
    nearly = data.decode("utf-8-sig", errors="replace")
    bad, beyond_ascii = nearly.count("\ufffd"), sum(character > "\x7f" for character in nearly)
    if bad <= _MAX_BAD_SHARE * len(nearly) and beyond_ascii > 2 * bad:
        return nearly, f"{bad} bytes are not valid UTF-8 and are shown as U+FFFD"
    if b"\x00" in data:
        raise SetAside("binary", "zero bytes, and neither UTF-8 nor UTF-16")
    guess = guess_encoding(data)
    if guess is None:
        raise SetAside("encoding", "neither UTF-8 nor UTF-16 nor any other encoding in which it reads as text")
    return data.decode(guess), None


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:4096])
    return found.group(1).decode("ascii") if found else None


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        return isinstance(data.decode(encoding), str)
    except (UnicodeError, LookupError, AssertionError, TypeError):
        return False


def _around_high_bytes(data: bytes) -> bytes:
    """A sample that holds the first bytes beyond ASCII, which alone tell encodings apart."""
    first = next((match.start() for match in re.finditer(rb"[\x80-\xff]", data)), 0)
    start = max(0, first - 1024)
    return data[start : start + SAMPLE]


def _control_share(text: str) -> float:
    sample = text[:20_000]
    control = sum(unicodedata.category(character) == "Cc" and character not in "\t\n\r\f\v" for character in sample)
    return control / len(sample) if len(sample) >= 20 else 0.0
