"""Prices of the active rate card inside function code: arrays of market names in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from carecost.model.native import Quantity, choose
from carecost.rates import Market, Price, active_card


def price_of(market: Quantity, price: str, level: Quantity) -> Quantity:
    """A market's price (``fte_month`` or ``seat_month``) at low, mid or high; NaN where the card has none."""

    def at_level(row: Market) -> Quantity:
        found: Price | None = getattr(row, price)
        if found is None:
            return None
        return choose(level == "low", found.low, choose(level == "high", found.high, found.mid))

    return _of_market(market, at_level)


def part_of(market: Quantity, part: str) -> Quantity:
    """A market's own build-up figure, such as ``salary``; NaN where the card has none."""
    return _of_market(market, lambda row: getattr(row, part))


def given_or_market(value: Quantity, market: Quantity, part: str, otherwise: float) -> Quantity:
    """What the user gives, else what the market's row gives, else the default."""
    own = part_of(market, part)
    return choose(np.isfinite(value), value, choose(np.isfinite(own), own, otherwise))


def _of_market(market: Quantity, read: Callable[[Market], Quantity]) -> Quantity:
    """One number per market name, written as nested choices so that it becomes a formula as well."""
    chosen: Quantity = math.nan
    for name, row in active_card().markets.items():
        value = read(row)
        if value is not None:
            chosen = choose(market == name, value, chosen)
    return chosen
