"""Break-even volumes: where two cost curves cross, found for all pairs at once.

Costs are pieces of straight lines over the volume, with steps where volume tiers begin. A grid finds
where a pair changes sides, false position (Illinois) closes in on it: on straight pieces it lands
exactly, at a step it narrows down to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from carecost.model.native import Quantity

LOWEST, HIGHEST, GRID = 0.2, 4.0, 400
CLOSE, NARROW = 1e-12, 1e-10
# False position needs few rounds on straight pieces; what is left is a step, and is halved.
STRAIGHT, ROUNDS = 12, 80
# Cost of a bidder (by place) at a factor on the volume, for many at once.
Curve = Callable[[Quantity, Quantity], Quantity]


class Crossing(NamedTuple):
    """Bidders ``one`` and ``other`` cost the same at this factor; below it ``cheaper_below`` costs less."""

    one: int
    other: int
    factor: float
    cheaper_below: int


def volumes() -> Quantity:
    """The factors at which it is looked who costs less.

    >>> float((volumes()[1:] / volumes()[:-1]).max().round(5))
    1.00754
    """
    return np.geomspace(LOWEST, HIGHEST, GRID)


def crossings(curve: Curve, costs: Quantity) -> list[Crossing]:
    """Every break-even of every pair, in order; ``costs`` has a row for each bidder at all ``volumes()``."""
    grid = volumes()
    one, other = np.triu_indices(len(costs), 1)
    gap = costs[one] - costs[other]
    pair, place = np.nonzero(np.sign(gap[:, :-1]) * np.sign(gap[:, 1:]) < 0)
    exact, at = np.nonzero(gap == 0)
    left, right = gap[pair, place], gap[pair, place + 1]
    roots = _close_in(curve, one[pair], other[pair], grid[place], grid[place + 1], left, right)
    found = [
        Crossing(int(one[p]), int(other[p]), float(root), int(one[p] if below < 0 else other[p]))
        for p, root, below in zip(pair, roots, left, strict=True)
    ]
    found += _on_grid(exact, at, gap, grid, one, other)
    return sorted(found)


def _on_grid(
    pairs: Quantity, places: Quantity, gap: Quantity, grid: Quantity, one: Quantity, other: Quantity
) -> list[Crossing]:
    """Crossings that lie on a point of the grid to the last bit; equal stretches are no crossing."""
    found = []
    for pair, place in zip(pairs, places, strict=True):
        if 0 < place < len(grid) - 1 and gap[pair, place - 1] * gap[pair, place + 1] < 0:
            below = one[pair] if gap[pair, place - 1] < 0 else other[pair]
            found.append(Crossing(int(one[pair]), int(other[pair]), float(grid[place]), int(below)))
    return found


def _close_in(
    curve: Curve,
    one: Quantity,
    other: Quantity,
    low: Quantity,
    high: Quantity,
    left: Quantity,
    right: Quantity,
) -> Quantity:
    low, high, left, right = low.copy(), high.copy(), left.copy(), right.copy()
    root: Quantity = np.where(abs(left) < abs(right), low, high)
    side = np.zeros(len(low), dtype=int)
    unsettled: Quantity = np.arange(len(low))
    for turn in range(ROUNDS):
        if not len(unsettled):
            break
        weight = left[unsettled] / (left[unsettled] - right[unsettled])
        if turn >= STRAIGHT:
            weight = np.full(len(unsettled), 0.5)
        guess = low[unsettled] + weight * (high[unsettled] - low[unsettled])
        both = curve(np.concatenate([one[unsettled], other[unsettled]]), np.tile(guess, 2))
        gap = both[: len(unsettled)] - both[len(unsettled) :]
        scale = np.abs(both[: len(unsettled)])
        root[unsettled] = guess
        same = np.sign(gap) == np.sign(left[unsettled])
        moved_low, moved_high = unsettled[same], unsettled[~same]
        low[moved_low], left[moved_low] = guess[same], gap[same]
        high[moved_high], right[moved_high] = guess[~same], gap[~same]
        right[moved_low] = np.where(side[moved_low] == 1, right[moved_low] / 2, right[moved_low])
        left[moved_high] = np.where(side[moved_high] == -1, left[moved_high] / 2, left[moved_high])
        side[moved_low], side[moved_high] = 1, -1
        done = (np.abs(gap) <= CLOSE * scale) | (high[unsettled] - low[unsettled] <= NARROW * guess)
        unsettled = unsettled[~done]
    return root
