"""Many quotes on one demand as arrays, so that every case of every quote is priced in one pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from carecost.model.inputs import CHANNELS
from carecost.model.native import Quantity
from carecost.quotes import demand as demand_module
from carecost.quotes.demand import Demand
from carecost.quotes.offer import FIELDS
from carecost.quotes.pricing import PRICING
from carecost.quotes.statement import DEMAND_ROWS, Evaluation
from carecost.quotes.terms import Terms

# So many columns are priced at once: enough to be fast, few enough to stay small in memory.
BLOCK = 2048
AHTS = tuple(f"aht_{channel}_min" for channel in CHANNELS)


class Basis:
    """Quotes and their demand. A column of a pricing is one quote (its place) in one case."""

    def __init__(self, quotes: Sequence[Terms], demand: Demand) -> None:
        self.quotes, self.demand = quotes, demand
        self._values = {
            name: np.array([_plain(terms.values.get(name), declared.kind) for terms in quotes])
            for name, declared in FIELDS.items()
            if declared.kind != "date"
        }
        self._values["fx"] = np.array([terms.fx.value for terms in quotes])
        self._foreign = np.array([terms.values["currency"] != demand.currency for terms in quotes])
        self._shared = {
            name: np.array([_plain(demand.values.get(name), declared.kind)])
            for name, declared in demand_module.FIELDS.items()
            if declared.kind not in ("date", "months")
        }
        months = demand.months
        self._rows = {name: np.zeros((months + 1, 1)) for name in DEMAND_ROWS}
        for channel, row in demand.contacts.items():
            self._rows[f"contacts_{channel}"][1:, 0] = row
        self._rows["attained"][:, 0] = np.nan
        if demand.attained is not None:
            self._rows["attained"][1:, 0] = demand.attained

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
        wanted: list[str] | None = None,
    ) -> Evaluation:
        """Price quotes by their places; ``volume``, ``aht`` and ``fx`` are factors, ``fcr`` is added.

        A factor on the exchange rate leaves offers in the reporting currency alone; first-contact
        resolution stays a share above 0.
        """
        values = {name: value[quote] for name, value in self._values.items()}
        moved = values["fcr"] + fcr
        values["fcr"] = np.where(moved > 0, np.minimum(moved, 1), values["fcr"])
        values["fx"] = values["fx"] * np.where(self._foreign[quote], fx, 1.0)
        for name in AHTS:
            values[name] = values[name] * aht
        rows = {
            name: row * volume if name.startswith("contacts_") else row for name, row in self._rows.items()
        }
        return Evaluation(PRICING, values | self._shared, rows, self.demand.months, wanted)

    def tco(self, quote: Quantity, volume: Quantity) -> Quantity:
        """Total cost of quotes by their places, each at its factor on the demand's contacts."""
        blocks = range(0, len(quote), BLOCK)
        found = [
            self.price(quote[at : at + BLOCK], volume[at : at + BLOCK], wanted=["tco"]).figures["tco"]
            for at in blocks
        ]
        return np.concatenate(found) if found else np.zeros(0)


def _plain(value: object, kind: str) -> float | str:
    """A value as an array holds it; what is left out is NaN, or an empty text."""
    if kind == "number":
        return np.nan if value is None else float(value)  # type: ignore[arg-type]
    return "" if value is None else str(value)
