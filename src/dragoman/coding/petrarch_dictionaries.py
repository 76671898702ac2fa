"""Reading actor and agent dictionaries in the format of TABARI and PETRARCH at run time.

An actors file gives a name, its synonyms and its codes, each code with the days on which it holds::

    ZANDIA_GOVERNMENT_
    +PALACE_OF_ZANDIA_
        [ZANGOV 19900101-20091231]
        [ZANELI >20100101]

An agents file gives nouns with a role code (``MAYOR {MAYORS} [~GOV]``, ``!PERSON! = MAN, MEN`` for sets); plurals are
made by rule where none is given. A code is read in threes: a state or one of PLOVER's codes for actors without one,
then sectors. CAMEO and PLOVER share most sector codes; of the rest, `CAMEO_SECTORS` says which PLOVER sector is meant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dragoman.coding.actor_lexicon import Term
from dragoman.errors import TableError
from dragoman.lexicon.actor_tables import INTERNATIONAL, ROLE_SECTORS, Group, Person, Role, Tenure, country_codes

# CAMEO's MED is the media, PLOVER's is health: a dictionary written for CAMEO is read with cameo=True.
CAMEO_SECTORS = {"MED": "JRN", "HLH": "MED", "INS": "REB", "SEP": "REB", "RAD": "REB", "MOD": "SOC", "ENV": "SOC"}
MAX_BYTES = 64_000_000

_ENTRY = re.compile(r"^(?P<name>[^\[{\s][^\[{]*?)\s*(?:\{(?P<plural>[^}]*)\})?\s*(?P<codes>(?:\[[^\]]*\]\s*)*)$")
_CODE = re.compile(r"\[\s*(?P<code>[~A-Za-z0-9*\-]*)\s*(?P<dates>[^\]]*)\]")
_SET = re.compile(r"^(?P<name>![A-Z_]+!)\s*=\s*(?P<words>.+)$")


class DatedCode(msgspec.Struct, frozen=True):
    """A code and the days (ISO, inclusive) between which it holds; None where open."""

    code: str
    start: str | None = None
    end: str | None = None


class DictionaryActor(msgspec.Struct, frozen=True):
    """One block of an actors file."""

    names: tuple[str, ...]
    codes: tuple[DatedCode, ...]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines without comments (``#``, ``;`` and ``<!-- -->``)."""
    if path.stat().st_size > MAX_BYTES:
        raise TableError(path, None, f"the dictionary is larger than {MAX_BYTES} bytes")
    inside = False
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            text = line.split("#", 1)[0].split(";", 1)[0].rstrip()
            if "<!--" in text:
                inside, text = True, text.split("<!--", 1)[0]
            if "-->" in line and inside:
                inside, text = False, line.split("-->", 1)[1].rstrip()
            elif inside and not text:
                continue
            if text.strip():
                yield number, text


def name_of(entry: str) -> str:
    """``AUNG_SAN_SUU_KYI_`` as words: "Aung San Suu Kyi"; a stem mark at the end is dropped."""
    return " ".join(word.capitalize() if word.isupper() else word for word in entry.replace("_", " ").split())


def iso_day(text: str, path: Path, number: int) -> str:
    """A date written YYMMDD or YYYYMMDD as an ISO day; raises `TableError` for anything else."""
    digits = text.strip()
    if len(digits) == 6 and digits.isdigit():
        digits = ("19" if int(digits[:2]) > 40 else "20") + digits
    try:
        return dt.datetime.strptime(digits, "%Y%m%d").date().isoformat()
    except ValueError:
        raise TableError(path, number, f"date is {text.strip()!r}; allowed: YYMMDD or YYYYMMDD") from None


def _dated(match: re.Match[str], path: Path, number: int) -> DatedCode:
    code, dates = match["code"], match["dates"].strip()
    if not dates:
        return DatedCode(code)
    if dates[0] in "<>":
        day = iso_day(dates[1:], path, number)
        return DatedCode(code, None, day) if dates[0] == "<" else DatedCode(code, day, None)
    first, dash, last = dates.partition("-")
    if not dash:
        raise TableError(path, number, f"dates are {dates!r}; allowed: <DATE, >DATE or DATE-DATE")
    return DatedCode(code, iso_day(first, path, number), iso_day(last, path, number))


def read_actors(path: Path | str) -> Iterator[DictionaryActor]:
    """The blocks of an actors file; raises `TableError` for a synonym or code before any name and for bad dates."""
    path = Path(path)
    names: list[str] = []
    codes: list[DatedCode] = []
    for number, line in _lines(path):
        text = line.strip()
        if text.startswith("+"):
            if not names:
                raise TableError(path, number, "a synonym stands before any name")
            text = text[1:].strip()
        elif not text.startswith("["):
            if names:
                yield DictionaryActor(tuple(names), tuple(codes))
            names, codes = [], []
        if not text.startswith("["):
            names.append(name_of(text.split("[", 1)[0].split("{", 1)[0].strip()))
        elif not names:
            raise TableError(path, number, "a code stands before any name")
        codes += [_dated(match, path, number) for match in _CODE.finditer(text)]
    if names:
        yield DictionaryActor(tuple(names), tuple(codes))


def read_agents(path: Path | str) -> Iterator[tuple[str, str | None, str]]:
    """Noun, plural (None: by rule) and code of each line of an agents file, sets spelled out."""
    path = Path(path)
    sets: dict[str, list[str]] = {}
    for number, line in _lines(path):
        text = line.strip()
        definition = _SET.match(text)
        if definition:
            sets[definition["name"]] = [word.strip() for word in definition["words"].split(",") if word.strip()]
            continue
        entry = _ENTRY.match(text)
        code = _CODE.search(text)
        if entry is None or code is None:
            raise TableError(path, number, f"{text[:60]!r} is no entry; allowed: NOUN {{PLURAL}} [~CODE]")
        for noun in _spelled(entry["name"].strip(), sets):
            plural = entry["plural"]
            yield name_of(noun).lower(), name_of(plural).lower() if plural else None, code["code"].lstrip("~")


def _spelled(noun: str, sets: dict[str, list[str]]) -> list[str]:
    for name, words in sets.items():
        if name in noun:
            return [spelled for word in words for spelled in _spelled(noun.replace(name, word), sets)]
    return [noun]


def split_code(code: str, *, cameo: bool = False) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Country, sector and further sectors of a code such as USAGOV or IGOUNO; parts that are neither are left out."""
    parts = [code[i : i + 3] for i in range(0, len(code) - 2, 3)]
    country = parts[0] if parts and parts[0] in country_codes() | INTERNATIONAL else None
    rest = parts[1:] if country else parts
    if country == "IGO" and rest and rest[0] in INTERNATIONAL:
        country, rest = rest[0], rest[1:]
    sectors = [CAMEO_SECTORS.get(part, part) if cameo else part for part in rest]
    known = list(dict.fromkeys(sector for sector in sectors if sector in ROLE_SECTORS))
    return country, known[0] if known else None, tuple(known[1:])


def actor_terms(path: Path | str, *, cameo: bool = False) -> Iterator[tuple[str, Term]]:
    """Entries for the dictionary of actors, with the code that holds on the day of each report."""
    for actor in read_actors(path):
        term = _term(actor, cameo)
        if term is not None:
            for name in actor.names:
                yield name, term


def _term(actor: DictionaryActor, cameo: bool) -> Term | None:
    name, parsed = actor.names[0], [(c, *split_code(c.code, cameo=cameo)) for c in actor.codes]
    parsed = [p for p in parsed if p[1] is not None or p[2] is not None]
    if not parsed:
        return None
    if len(parsed) == 1 and parsed[0][0].start is parsed[0][0].end is None:
        _, country, sector, other = parsed[0]
        group = Group(
            name=name, aliases=actor.names[1:], country=country, sector=sector or "GOV", other=other, kind="body"
        )
        return Term(type="group", name=name, country=country, group=group)
    tenures = tuple(
        Tenure(office="", country=country or "", sector=sector or "GOV", start=code.start, end=code.end)
        for code, country, sector, _ in parsed
        if country
    )
    if not tenures:
        return None
    ordered = tuple(sorted(tenures, key=lambda t: t.start or ""))
    return Term(type="person", name=name, person=Person(name=name, aliases=actor.names[1:], tenures=ordered))


def agent_terms(path: Path | str, *, cameo: bool = False) -> Iterator[tuple[str, Term]]:
    """Entries for the dictionary of roles."""
    from dragoman.coding.actor_lexicon import plural

    for noun, many, code in read_agents(path):
        country, sector, other = split_code(code, cameo=cameo)
        if sector is None:
            continue
        role = Role(term=noun, kind="person", sector=sector, other=other, office=noun, country=country)
        yield noun, Term(type="role", name=noun, role=role, proper=False)
        plural_form = many or plural(noun)
        if plural_form:
            yield plural_form, Term(type="role", name=noun, role=role, proper=False, plural=True)
