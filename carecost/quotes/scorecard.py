"""The weighted scorecard: ratio to the best in each criterion, price and quality apart, then together.

The same sums as CARE_SCORECARD, one cell at a time, so that every spreadsheet program can show them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from carecost.model.fixed import FIXED
from carecost.model.native import Quantity, row_max, row_min, row_product_sum, total
from carecost.quotes.demand import CRITERIA, PRICE
from carecost.quotes.statement import Evaluation
from carecost.quotes.terms import Terms

PERCENT = FIXED["percent"]
TOLERANCE = FIXED["check_tolerance"]


@dataclass(frozen=True)
class Scores:
    """Ratios to the best by criterion, and points of 100; one value for each quote."""

    ratios: Mapping[str, Quantity]
    price: Quantity
    quality: Quantity
    total: Quantity


def ratio(own: Quantity, everyone: Quantity, direction: str) -> Quantity:
    """A quote's value against the best of all: 1 for the best, also where the best costs nothing.

    >>> costs = np.array([22.5, 19.0])
    >>> ratio(costs, costs, "low").round(6).tolist()
    [0.844444, 1.0]
    """
    if direction == "low":
        return np.where(own > 0, row_min(everyone) / own, 1)
    return own / row_max(everyone)


def points(ratios: Sequence[Quantity], weights: Sequence[Quantity]) -> Quantity:
    """Points of 100 on these criteria alone; NaN where they have no weight.

    >>> float(points([0.5, 1.0], [0.3, 0.1]))
    62.5
    """
    weight = total(tuple(weights))
    weighed = total(tuple(each * own for each, own in zip(ratios, weights, strict=True)))
    return np.where(weight > 0, PERCENT * weighed / np.where(weight > 0, weight, 1), np.nan)


def rank(own: Quantity, everyone: Quantity) -> Quantity:
    """Place by points, 1 the best; points that rounding alone keeps apart share a place.

    >>> [int(rank(own, np.array([80.0, 95.5, 80.0]))) for own in (80.0, 95.5)]
    [2, 1]
    """
    return row_product_sum((everyone > own + TOLERANCE) * 1) + 1


def criteria_of(quotes: Sequence[Terms], numbers: Evaluation) -> dict[str, Quantity]:
    """The value of every criterion for every quote."""
    return {
        name: numbers.figures[name]
        if name == PRICE
        else np.array([float(each.values[name]) for each in quotes])
        for name in CRITERIA
    }


def scores_of(criteria: Mapping[str, Quantity], weights: Mapping[str, float]) -> Scores:
    """Ratios and points of all quotes."""
    with np.errstate(divide="ignore", invalid="ignore"):  # np.where computes the branch that it drops
        ratios = {name: ratio(values, values, CRITERIA[name]) for name, values in criteria.items()}
    quality = [name for name in CRITERIA if name != PRICE]
    return Scores(
        ratios,
        price=points([ratios[PRICE]], [1.0]),
        quality=points([ratios[name] for name in quality], [weights[name] for name in quality]),
        total=points([ratios[name] for name in CRITERIA], [weights[name] for name in CRITERIA]),
    )
