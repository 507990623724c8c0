"""Read a rate card and lay it over the built-in one."""

import re
from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any

from carecost.errors import DataError

from .card import SHARES, Market, RateCard
from .tables import Row, Text, checked, read


class _Head(Row):
    name: Text


class _File(Row):
    card: _Head
    markets: Mapping[str, Market]


@cache
def builtin_card() -> RateCard:
    """Return the card of the published guides: onshore, nearshore and offshore in USD of 2025.

    >>> builtin_card().market("Offshore").fte_month.at("mid")
    2200.0
    >>> builtin_card().market("onshore").seat_month is None
    True
    """
    return _read_card(Path(__file__).with_name("card.toml"), below={})


def load_card(path: str | PathLike[str]) -> RateCard:
    """Read a card and lay it over the built-in one; DataError in one line: file, key, rule, remedy.

    A market of the file replaces the built-in one field by field, a price always as a whole. A market
    whose currency changes keeps only shares from below: an amount in dollars is no amount in pesos.
    """
    return _read_card(Path(path), below=builtin_card().markets)


def _read_card(path: Path, below: Mapping[str, Market]) -> RateCard:
    table = read(path)
    markets = table.get("markets", {})
    if isinstance(markets, dict):
        markets = _layered(_by_name(markets, path), below)
    file = checked(_File, {**table, "markets": markets}, path)
    return RateCard(name=file.card.name, markets={**below, **file.markets})


def _by_name(tables: dict[str, Any], path: Path) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for name, table in tables.items():
        key = name.lower()
        if not re.fullmatch(r"[a-z0-9_]+", key):
            raise DataError(f'{path}, markets."{name}": use letters, digits and _ only, such as cape_town')
        if key in named:
            raise DataError(f"{path}, markets.{name}: named twice, case does not count; keep one")
        named[key] = table
    return named


def _layered(tables: dict[str, Any], below: Mapping[str, Market]) -> dict[str, Any]:
    return {
        name: {**_inherited(below[name], table), **table}
        if isinstance(table, dict) and name in below
        else table
        for name, table in tables.items()
    }


def _inherited(market: Market, over: dict[str, Any]) -> dict[str, Any]:
    keeps_currency = over.get("currency", market.currency) == market.currency
    return {key: value for key, value in market if keeps_currency or key in SHARES}
