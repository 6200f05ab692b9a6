"""A call graph as a picture: what is called stands to the left of its callers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from analysis.callgraph import CallGraph

MOST_DRAWN = 1_500
"""With more nodes than that nobody can read a picture, and browsers begin to stall: it becomes bars."""
_MOST_LABELLED = 90
_LONGEST_LABEL = 24
_SWEEPS = 4
"""How often nodes are put in the order of their neighbours; the order hardly changes after that."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something in a picture."""

    ident: str
    """Unique in the picture."""
    name: str
    href: str
    state: str
    """A word that the style has a colour for."""
    said: str
    """The state in words."""

    @property
    def label(self) -> str:
        """The name, as far as there is room for it."""
        return self.name if len(self.name) <= _LONGEST_LABEL else f"{self.name[: _LONGEST_LABEL - 1]}…"


@dataclass(frozen=True, slots=True)
class Placed:
    """A node and where its left edge's middle stands, in pixels."""

    node: Node
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Scale:
    """How large things are, in pixels."""

    width: int
    height: int
    across: int
    """From one node to the next of the wave after it."""
    down: int
    """From one node to the next of its wave."""
    rows: int
    """The fewest that a wave with many nodes has in each of its columns."""


DOTS = Scale(width=12, height=12, across=64, down=17, rows=24)
_LETTER = 7.4
_MARGIN = 16


@dataclass(frozen=True, slots=True)
class Picture:
    """A call graph, laid out."""

    waves: tuple[tuple[Node, ...], ...]
    """Callee-first, each in the order of names."""
    placed: tuple[Placed, ...]
    """Nothing where there is too much to draw."""
    lines: str
    """From each caller to what it calls, in the language of SVG paths."""
    calls: int
    scale: Scale
    width: int
    height: int

    @property
    def is_labelled(self) -> bool:
        """Whether there is room for names."""
        return self.scale != DOTS

    @property
    def states(self) -> frozenset[str]:
        """Return the states that occur."""
        return frozenset(node.state for wave in self.waves for node in wave)

    def counts(self, wave: int) -> Counter[str]:
        """Return how many nodes of a wave are in each state."""
        return Counter(node.state for node in self.waves[wave])


def draw(nodes: Sequence[Node], uses: Mapping[str, Iterable[str]]) -> Picture:
    """Lay out a call graph; `uses` says by ident what each node calls."""
    by_ident = {node.ident: node for node in nodes}
    edges = [(user, used) for user in by_ident for used in uses.get(user, ()) if used in by_ident]
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(by_ident)
    graph.add_edges_from(edges)
    waves = CallGraph(graph).waves
    named = tuple(tuple(by_ident[name] for name in wave) for wave in waves)
    scale = _labelled(nodes) if len(nodes) <= _MOST_LABELLED else DOTS
    if len(nodes) > MOST_DRAWN:
        return Picture(named, (), "", len(edges), scale, 0, 0)
    places = _places(_ordered(waves, graph), scale)
    placed = tuple(Placed(by_ident[name], x, y) for name, (x, y) in places.items())
    width = max((x for x, _ in places.values()), default=0) + scale.width + _MARGIN
    height = max((y for _, y in places.values()), default=0) + scale.height // 2 + _MARGIN
    return Picture(named, placed, _lines(edges, places, scale), len(edges), scale, width, height)


def _labelled(nodes: Sequence[Node]) -> Scale:
    """Return a scale at which every label fits into its box."""
    width = 24 + math.ceil(_LETTER * max((len(node.label) for node in nodes), default=0))
    return Scale(width=width, height=26, across=width + 64, down=34, rows=14)


def _ordered(waves: Sequence[Sequence[str]], graph: nx.DiGraph[str]) -> list[list[str]]:
    """Order each wave by where its neighbours stand, so that fewer lines cross."""
    ordered = [list(wave) for wave in waves]
    heights = {name: index / len(wave) for wave in ordered for index, name in enumerate(wave)}
    for sweep in range(_SWEEPS):
        forth = sweep % 2 == 0
        for wave in ordered if forth else reversed(ordered):
            neighbours = graph.succ if forth else graph.pred
            wave.sort(key=lambda name, near=neighbours: _middle(name, near[name], heights))  # type: ignore[misc]
            heights |= {name: index / len(wave) for index, name in enumerate(wave)}
    return ordered


def _middle(name: str, near: Iterable[str], heights: Mapping[str, float]) -> float:
    """Return the mean height of the neighbours, and a node's own where it has none."""
    found = [heights[each] for each in near if each != name]
    return sum(found) / len(found) if found else heights[name]


def _places(waves: Sequence[Sequence[str]], scale: Scale) -> dict[str, tuple[int, int]]:
    """Place waves in columns from left to right; a wave with many nodes takes several."""
    places: dict[str, tuple[int, int]] = {}
    left = _MARGIN
    for wave in waves:
        rows = max(scale.rows, math.ceil(math.sqrt(len(wave) * scale.across / scale.down / 2)))
        for index, name in enumerate(wave):
            column, row = divmod(index, rows)
            x = left + column * (scale.width + scale.down)
            places[name] = (x, _MARGIN + scale.height // 2 + row * scale.down)
        left += (math.ceil(len(wave) / rows) - 1) * (scale.width + scale.down) + scale.across
    return places


def _lines(edges: Iterable[tuple[str, str]], places: Mapping[str, tuple[int, int]], scale: Scale) -> str:
    return "".join(_line(places[user], places[used], scale.width) for user, used in edges if user != used)


def _line(user: tuple[int, int], used: tuple[int, int], width: int) -> str:
    """Draw a curve from the left edge of a caller to the right edge of what it calls."""
    (x1, y1), (x2, y2) = user, (used[0] + width, used[1])
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
