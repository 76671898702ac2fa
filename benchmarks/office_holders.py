"""How far the table of persons knows who held an office: states and years, office by office.

    python benchmarks/office_holders.py [--from 2000] [--to 2025] [--missing]

For each office: states of which any holder is known in the span, states known for every year, and the share of all
state-years (a state is known in a year if somebody holds the office on 1 July). States are the 193 members of the United
Nations with Kosovo, Palestine, Taiwan and the Vatican, South Sudan and Montenegro counted from the start. `--missing`
lists the years that are not known, state by state.
"""

from __future__ import annotations

import argparse

from dragoman.lexicon.actor_tables import Person, load_persons
from dragoman.lexicon.countries import countries

HEADS = frozenset(
    {"president", "prime minister", "chancellor", "king", "queen", "emir", "sultan", "supreme leader", "head of state"}
    | {"junta leader", "prince", "grand duke", "head of government", "pope", "chief executive", "chief adviser"}
    | {"chairman of the presidency", "captain regent"}
)
OFFICES = {
    "head of state or government": HEADS,
    "foreign minister": frozenset({"foreign minister"}),
    "defense minister": frozenset({"defense minister"}),
}
NO_STATES = ("ATA", "ESH", "HKG")


def states() -> list[str]:
    """Codes of the states that are counted."""
    kept = (c for c in countries() if not c.historic and (c.plover == c.iso3 or c.iso3 == "XKX"))
    return sorted(country.plover for country in kept if country.iso3 not in NO_STATES)


def known_years(persons: tuple[Person, ...], offices: frozenset[str], years: range) -> dict[str, set[int]]:
    """By state, the years in which one of the offices has a known holder on 1 July."""
    known: dict[str, set[int]] = {}
    for person in persons:
        for tenure in person.tenures:
            if tenure.office in offices:
                held = {year for year in years if tenure.covers(f"{year}-07-01")}
                known.setdefault(tenure.country, set()).update(held)
    return known


def spans(years: list[int]) -> str:
    """Years as spans: "2000-2003 2007"."""
    found: list[list[int]] = []
    for year in years:
        if found and found[-1][1] == year - 1:
            found[-1][1] = year
        else:
            found.append([year, year])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def main() -> None:
    """Print the coverage of each office."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="first", type=int, default=2000)
    parser.add_argument("--to", dest="last", type=int, default=2025)
    parser.add_argument("--missing", action="store_true")
    options = parser.parse_args()
    years = range(options.first, options.last + 1)
    persons, counted = load_persons(), states()
    print(f"{len(persons)} persons, {sum(len(p.tenures) for p in persons)} terms; {len(counted)} states")
    for office, names in OFFICES.items():
        known = known_years(persons, names, years)
        held = [len(known.get(state, ())) for state in counted]
        share = sum(held) / (len(years) * len(counted))
        full = sum(n == len(years) for n in held)
        print(f"{office}: {sum(n > 0 for n in held)} states, every year {full}, state-years {share:.3f}")
        for state in counted if options.missing else ():
            gaps = [year for year in years if year not in known.get(state, set())]
            if gaps:
                print(f"  {state} {spans(gaps)}")


if __name__ == "__main__":
    main()
