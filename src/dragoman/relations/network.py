"""The network of a period: a signed, weighted graph of states, by networkx.

Two states are joined where something happened between them: `weight` is how many happenings, `cooperation` and
`conflict` how many of each kind, `score` their summed PLOVER score, whose sign is the sign of the edge. Centrality,
communities (Louvain over what is cooperative, from a fixed seed), structural balance of triads (Heider; Cartwright and
Harary 1956: balanced where the product of the three signs is positive) and brokerage: pairs of states that both deal
with a third and not with each other, be it that they have nothing or only conflict between them.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import duckdb
import msgspec
import networkx as nx
import numpy as np
import pyarrow as pa

from dragoman.errors import SettingsError
from dragoman.isodates import date_range
from dragoman.lexicon.actor_tables import INTERNATIONAL
from dragoman.records import Record
from dragoman.relations.happenings import DEFAULT_COUNTING, Counting, with_happenings
from dragoman.relations.story_lines import StoryLine, story_lines

SEED = 20251117
"""Of the community search, so that the same store gives the same communities."""
DENSE = 4000
"""Edges above which betweenness is estimated from a sample of states (seeded)."""
SAMPLE = 40
PAIRS_SHOWN = 20
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})")


class Tally(Record, frozen=True, kw_only=True):
    """An edge: what happened between two states in the period."""

    a: str
    b: str
    weight: int
    cooperation: int
    conflict: int
    score: float
    sign: int


class Node(Record, frozen=True, kw_only=True):
    """A state's place. `degree`: states that it deals with; `strength`: happenings, in them `cooperation`, `conflict`.

    `betweenness` (0 to 1) over the cooperative edges; `constraint` is Burt's (low: it bridges groups), None without
    cooperative edges; `brokered`: pairs of states that cooperate with it and not with each other.
    """

    country: str
    degree: int
    strength: int
    cooperation: int
    conflict: int
    score: float
    betweenness: float
    constraint: float | None
    community: int
    brokered: int


class Brokerage(Record, frozen=True, kw_only=True):
    """A state that deals with two others that do not deal with each other.

    `weight` is the weaker of its two cooperative edges, `conflict` what is between the two (0: nothing at all),
    `others` how many more states stand between them; `stories` a happening with each of the two.
    """

    broker: str
    a: str
    b: str
    weight: int
    conflict: int
    others: int
    stories: tuple[StoryLine, ...] = ()


class Balance(Record, frozen=True, kw_only=True):
    """Triads of states all joined, by their signs; `balanced` is the share whose signs multiply to plus."""

    triads: int
    all_positive: int
    two_positive: int
    one_positive: int
    all_negative: int
    balanced: float | None


class Network(Record, frozen=True, kw_only=True):
    """The network of a period, nodes by strength, edges by weight."""

    period: str
    start: str
    end: str
    nodes: tuple[Node, ...]
    edges: tuple[Tally, ...]
    communities: tuple[tuple[str, ...], ...]
    modularity: float | None
    balance: Balance
    brokerage: tuple[Brokerage, ...]


class NodeChange(Record, frozen=True, kw_only=True):
    """How a state's place changed from one period to the next."""

    country: str
    strength: int
    strength_before: int
    betweenness: float
    betweenness_before: float
    brokered: int
    brokered_before: int


class Comparison(Record, frozen=True, kw_only=True):
    """Two periods beside each other. `flipped`: edges whose sign changed; `gained`, `lost`: edges that came and went.

    `same_community` (0 to 1): of the pairs of states in both periods, those that are together in both or in neither.
    """

    before: str
    after: str
    nodes: tuple[NodeChange, ...]
    gained: tuple[Tally, ...]
    lost: tuple[Tally, ...]
    flipped: tuple[Tally, ...]
    same_community: float | None
    balanced_before: float | None
    balanced_after: float | None


_EDGES = """
WITH {parts}
, pair AS (SELECT DISTINCT unit_id, least(actor, recipient) AS a, greatest(actor, recipient) AS b FROM dyad)
SELECT a, b, count(*)::INTEGER AS weight, count(*) FILTER (h.quad LIKE '% cooperation')::INTEGER AS cooperation,
    count(*) FILTER (h.quad LIKE '% conflict')::INTEGER AS conflict, round(sum(h.score), 4) AS score
FROM pair JOIN happening AS h USING (unit_id)
WHERE h.date_start >= $since AND h.date_end <= $until
    AND NOT list_contains($outside, a) AND NOT list_contains($outside, b)
GROUP BY a, b ORDER BY weight DESC, a, b
"""


def period_days(period: str) -> tuple[date, date]:
    """First and last day of a day, week (2025-W47), month, quarter (2025-Q4), year or ``start/end``.

    Raises `SettingsError` for anything else.
    """
    if found := _QUARTER.fullmatch(period.strip()):
        year, first = found[1], 3 * int(found[2]) - 2
        days = date_range(f"{year}-{first:02d}/{year}-{first + 2:02d}")
    elif found := _WEEK.fullmatch(period.strip()):
        try:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError:
            monday = None
        days = (monday, date.fromordinal(monday.toordinal() + 6)) if monday else None
    else:
        days = date_range(period)
    if days is None or days[0] > days[1]:
        raise SettingsError(f"period is {period!r}; it takes 2025-11-17, 2025-W47, 2025-11, 2025-Q4, 2025 or start/end")
    return days


def edges(
    connection: duckdb.DuckDBPyConnection,
    period: str,
    *,
    organisations: bool = False,
    counting: Counting = DEFAULT_COUNTING,
) -> pa.Table:
    """The edges of a period, heaviest first: a, b, weight, cooperation, conflict, score."""
    since, until = period_days(period)
    parts, values = with_happenings(connection, counting, days=(since, until))
    outside = [] if organisations else sorted(INTERNATIONAL)
    bound = {**values, "since": since, "until": until, "outside": outside}
    return connection.sql(_EDGES.format(parts=parts), params=bound).to_arrow_table()


def sign_of(row: dict[str, Any]) -> int:
    """+1 or -1 by the summed score; by the greater count where the scores are even."""
    balance = row["score"] or row["cooperation"] - row["conflict"]
    return 1 if balance >= 0 else -1


def graph_of(rows: list[dict[str, Any]]) -> nx.Graph:
    """The graph, its nodes in the order of the alphabet, with the tallies as attributes of its edges."""
    graph = nx.Graph()
    graph.add_nodes_from(sorted({end for row in rows for end in (row["a"], row["b"])}))
    for row in sorted(rows, key=lambda row: (row["a"], row["b"])):
        graph.add_edge(row["a"], row["b"], **{k: row[k] for k in ("weight", "cooperation", "conflict", "score")})
        graph.edges[row["a"], row["b"]]["sign"] = sign_of(row)
    return graph


def network(
    connection: duckdb.DuckDBPyConnection,
    period: str,
    *,
    organisations: bool = False,
    counting: Counting = DEFAULT_COUNTING,
) -> Network:
    """The network of a period (2025-Q4); with `organisations`, also UNO, EUR and the like are nodes.

    Raises `SettingsError` for a period that is none.
    """
    since, until = period_days(period)
    rows = edges(connection, period, organisations=organisations, counting=counting).to_pylist()
    found = analysed(rows, period, since.isoformat(), until.isoformat())
    shown = found.brokerage[:PAIRS_SHOWN]
    wanted = [(pair.broker, end, "cooperation") for pair in shown for end in (pair.a, pair.b)]
    lines = story_lines(connection, wanted, (since, until), counting=counting, most=1)
    told = [
        msgspec.structs.replace(pair, stories=(*lines[2 * at], *lines[2 * at + 1])) for at, pair in enumerate(shown)
    ]
    return msgspec.structs.replace(found, brokerage=(*told, *found.brokerage[PAIRS_SHOWN:]))


def analysed(rows: list[dict[str, Any]], period: str, start: str, end: str) -> Network:
    """What the edges of a period amount to."""
    graph = graph_of(rows)
    friendly = _cooperative(graph)
    communities = _communities(friendly)
    member = {country: number for number, group in enumerate(communities) for country in group}
    brokered, pairs = _brokerage(graph, friendly)
    between = _betweenness(friendly)
    constraint = nx.constraint(friendly, weight="cooperation") if 0 < friendly.number_of_edges() <= DENSE else {}
    nodes = [
        Node(
            country=country,
            degree=graph.degree[country],
            strength=_summed(graph, country, "weight"),
            cooperation=_summed(graph, country, "cooperation"),
            conflict=_summed(graph, country, "conflict"),
            score=round(float(sum(data["score"] for _, _, data in graph.edges(country, data=True))), 4),
            betweenness=round(between[country], 6),
            constraint=_rounded(constraint.get(country)),
            community=member[country],
            brokered=brokered[country],
        )
        for country in graph
    ]
    return Network(
        period=period,
        start=start,
        end=end,
        nodes=tuple(sorted(nodes, key=lambda node: (-node.strength, node.country))),
        edges=tuple(Tally(**row, sign=sign_of(row)) for row in rows),
        communities=communities,
        modularity=_modularity(friendly, communities),
        balance=balance_of(graph),
        brokerage=pairs,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 6)


def _summed(graph: nx.Graph, country: str, what: str) -> int:
    return int(sum(data[what] for _, _, data in graph.edges(country, data=True)))


def _cooperative(graph: nx.Graph) -> nx.Graph:
    """All states, with the edges on which there was cooperation."""
    friendly = nx.Graph()
    friendly.add_nodes_from(graph)
    friendly.add_edges_from((a, b, data) for a, b, data in graph.edges(data=True) if data["cooperation"])
    return friendly


def _communities(friendly: nx.Graph) -> tuple[tuple[str, ...], ...]:
    """Groups of states that cooperate with each other more than with others, the largest first."""
    if not friendly:
        return ()
    found = nx.community.louvain_communities(friendly, weight="cooperation", seed=SEED)
    return tuple(sorted((tuple(sorted(group)) for group in found), key=lambda group: (-len(group), group)))


def _modularity(friendly: nx.Graph, communities: tuple[tuple[str, ...], ...]) -> float | None:
    if not friendly.number_of_edges():
        return None
    return round(float(nx.community.modularity(friendly, communities, weight="cooperation")), 4)


def _betweenness(friendly: nx.Graph) -> dict[str, float]:
    """Share of the shortest ways between others that lead through a state, estimated in dense networks."""
    sample = min(SAMPLE, len(friendly)) if friendly.number_of_edges() > DENSE else None
    found: dict[str, float] = nx.betweenness_centrality(friendly, k=sample, seed=SEED)
    return found


def balance_of(graph: nx.Graph) -> Balance:
    """Triads by their signs, counted from the powers of the two signed matrices."""
    order = sorted(graph)
    if not order:
        return Balance(triads=0, all_positive=0, two_positive=0, one_positive=0, all_negative=0, balanced=None)
    signs = nx.to_numpy_array(graph, nodelist=order, weight="sign")
    plus, minus = (signs > 0).astype(float), (signs < 0).astype(float)
    counts = {
        "all_positive": np.trace(plus @ plus @ plus) / 6,
        "two_positive": np.trace(plus @ plus @ minus) / 2,
        "one_positive": np.trace(plus @ minus @ minus) / 2,
        "all_negative": np.trace(minus @ minus @ minus) / 6,
    }
    whole = {name: round(float(count)) for name, count in counts.items()}
    triads = sum(whole.values())
    balanced = round((whole["all_positive"] + whole["one_positive"]) / triads, 4) if triads else None
    return Balance(triads=triads, balanced=balanced, **whole)


def _brokerage(graph: nx.Graph, friendly: nx.Graph) -> tuple[dict[str, int], tuple[Brokerage, ...]]:
    """How many pairs each state stands between, and the strongest of them."""
    order = sorted(graph)
    if not order:
        return {}, ()
    weights = nx.to_numpy_array(friendly, nodelist=order, weight="cooperation")
    hostile = nx.to_numpy_array(graph, nodelist=order, weight="conflict")
    deals = weights > 0
    shared = deals.astype(int) @ deals.astype(int)
    apart = ~deals
    np.fill_diagonal(apart, False)
    brokered, found = {}, []
    for at, country in enumerate(order):
        between = np.triu(np.outer(deals[at], deals[at]) & apart)
        brokered[country] = int(between.sum())
        weaker = np.where(between, np.minimum.outer(weights[at], weights[at]), 0)
        best = np.argsort(-weaker, axis=None, kind="stable")[:PAIRS_SHOWN]
        for one, other in zip(*np.unravel_index(best, weaker.shape), strict=True):
            if weaker[one, other] > 0:
                found.append(
                    Brokerage(
                        broker=country,
                        a=order[one],
                        b=order[other],
                        weight=int(weaker[one, other]),
                        conflict=int(hostile[one, other]),
                        others=int(shared[one, other]) - 1,
                    )
                )
    found.sort(key=lambda pair: (-pair.weight, pair.others, -pair.conflict, pair.broker, pair.a, pair.b))
    return brokered, tuple(found)


def compare(before: Network, after: Network) -> Comparison:
    """What changed from one period to another."""
    earlier, later = ({(edge.a, edge.b): edge for edge in net.edges} for net in (before, after))
    then, now = ({node.country: node for node in net.nodes} for net in (before, after))
    nodes = [_node_change(country, then.get(country), now.get(country)) for country in sorted({*then, *now})]
    nodes.sort(key=lambda node: (-abs(node.strength - node.strength_before), node.country))
    return Comparison(
        before=before.period,
        after=after.period,
        nodes=tuple(nodes),
        gained=tuple(edge for key, edge in later.items() if key not in earlier),
        lost=tuple(edge for key, edge in earlier.items() if key not in later),
        flipped=tuple(edge for key, edge in later.items() if key in earlier and earlier[key].sign != edge.sign),
        same_community=_agreement(then, now),
        balanced_before=before.balance.balanced,
        balanced_after=after.balance.balanced,
    )


def _node_change(country: str, then: Node | None, now: Node | None) -> NodeChange:
    return NodeChange(
        country=country,
        strength=now.strength if now else 0,
        strength_before=then.strength if then else 0,
        betweenness=now.betweenness if now else 0.0,
        betweenness_before=then.betweenness if then else 0.0,
        brokered=now.brokered if now else 0,
        brokered_before=then.brokered if then else 0,
    )


def _agreement(then: dict[str, Node], now: dict[str, Node]) -> float | None:
    """Rand's index of the two partitions over the states that are in both."""
    shared = sorted(set(then) & set(now))
    if len(shared) < 2:
        return None
    one, other = (np.array([side[country].community for country in shared]) for side in (then, now))
    same = (one[:, None] == one) == (other[:, None] == other)
    upper = np.triu_indices(len(shared), k=1)
    return round(float(same[upper].mean()), 4)
