"""Many quotes on one demand as arrays, so that every case of every quote is priced in one pass."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from carecost.model.inputs import CHANNELS
from carecost.model.native import Quantity
from carecost.quotes import demand as demand_module
from carecost.quotes.demand import Demand
from carecost.quotes.offer import FIELDS
from carecost.quotes.pricing import PRICING
from carecost.quotes.statement import Evaluation, Pricing
from carecost.quotes.terms import Terms

# So many columns are priced at once: enough to be fast, few enough to stay small in memory.
BLOCK = 512
TCO = ("tco",)
# A cell that is blank counts as zero in a formula; these say "no cap" with it.
BLANK_HAS_MEANING = ("indexation_cap", "credit_cap")
AHTS = {f"aht_{channel}_min" for channel in CHANNELS}


class Basis:
    """Quotes and their demand. A column of a pricing is one quote (its place) in one case."""

    def __init__(self, quotes: Sequence[Terms], demand: Demand) -> None:
        self.quotes, self.demand = quotes, demand
        self._facts = facts_of(quotes, demand)
        self._values = {
            name: np.array([_plain(name, terms.values.get(name), declared.kind) for terms in quotes])
            for name, declared in FIELDS.items()
            if declared.kind != "date"
        }
        self._values["fx"] = np.array([terms.fx.value for terms in quotes])
        self._foreign = np.array([terms.values["currency"] != demand.currency for terms in quotes])
        self._shared = {
            name: np.array([_plain(name, demand.values.get(name), declared.kind)])
            for name, declared in demand_module.FIELDS.items()
            if declared.kind not in ("date", "months")
        }
        self._rows = {f"contacts_{channel}": _column(row) for channel, row in demand.contacts.items()}
        if demand.attained is not None:
            self._rows["attained"] = _column(demand.attained)

    def pricing(self, wanted: tuple[str, ...] | None = None) -> Pricing:
        """What these quotes have of the pricing, as far as some lines and figures rest on it."""
        return _within(self._facts, wanted)

    @property
    def contacts_month(self) -> float:
        """Contacts of an average month."""
        return float(sum(row.sum() for row in self.demand.contacts.values()) / self.demand.months)

    def price(
        self,
        quote: Quantity,
        volume: Quantity = 1.0,
        aht: Quantity = 1.0,
        fcr: Quantity = 0.0,
        fx: Quantity = 1.0,
        wanted: tuple[str, ...] | None = None,
    ) -> Evaluation:
        """Price quotes by their places; ``volume``, ``aht`` and ``fx`` are factors, ``fcr`` is added.

        Arrays have one value for each column of the pricing; an array of one stands for all columns.
        A factor on the exchange rate leaves offers in the reporting currency alone; first-contact
        resolution stays a share above 0. ``wanted`` names the lines and figures that are asked for.
        """
        pricing = self.pricing(wanted)
        values = {name: value[quote] for name, value in self._values.items() if name in pricing.fields}
        moved = self._values["fcr"][quote] + fcr
        values["fcr"] = np.where(moved > 0, np.minimum(moved, 1), self._values["fcr"][quote])
        values["fx"] = self._values["fx"][quote] * np.where(self._foreign[quote], fx, 1.0)
        for name in AHTS & pricing.fields:
            values[name] = values[name] * aht
        rows = {
            name: row * volume if name.startswith("contacts_") else row for name, row in self._rows.items()
        }
        return Evaluation(pricing, values | self._shared, rows)

    def tco(self, quote: Quantity, volume: Quantity) -> Quantity:
        """Total cost of quotes by their places, each at its factor on the demand's contacts."""
        blocks = range(0, len(quote), BLOCK)
        found = [
            self.price(quote[at : at + BLOCK], volume[at : at + BLOCK], wanted=TCO).figures["tco"]
            for at in blocks
        ]
        return np.concatenate(found) if found else np.zeros(0)


@functools.lru_cache(maxsize=64)
def _within(facts: frozenset[str], wanted: tuple[str, ...] | None) -> Pricing:
    """Offers of one pricing model have the same facts, and are priced again and again."""
    return PRICING.within(facts, wanted)


def facts_of(quotes: Sequence[Terms], demand: Demand) -> frozenset[str]:
    """What a comparison has rows for: fields that a quote uses, and rows of the demand."""
    found = {name for terms in quotes for name in terms.values}
    found |= {f"contacts_{channel}" for channel in demand.channels}
    return frozenset(found | {"attained"} if demand.attained is not None else found)


def _column(row: Quantity) -> Quantity:
    """A row of the demand, with nothing in month 0."""
    return np.concatenate([[0.0], row])[:, None]


def _plain(name: str, value: object, kind: str) -> float | str:
    """A value as an array holds it; left out it counts as a blank cell does."""
    if kind != "number":
        return "" if value is None else str(value)
    if value is None:
        return np.nan if name in BLANK_HAS_MEANING else 0.0
    return float(value)  # type: ignore[arg-type]
