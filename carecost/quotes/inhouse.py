"""The in-house alternative: a plan file's operation, for the contacts and handle times of the demand."""

from __future__ import annotations

import functools

import numpy as np

from carecost.errors import DataError
from carecost.model.inputs import CHANNELS, CONTACTS, MARKETS, MONTHS
from carecost.model.native import Quantity
from carecost.model.result import Plan
from carecost.model.statement import PLAN
from carecost.planfile import load_plan
from carecost.quotes.demand import Demand

BLOCK = 512


class InHouse:
    """A plan carried over the months compared: operating cost and contingency, without the project.

    Each year starts with the people the year before ended with, and pay rises every year as the plan
    says. The mix of channels is that of the year.
    """

    def __init__(self, plan: Plan, demand: Demand) -> None:
        if plan.values["currency"] != demand.currency:
            raise DataError(
                f"{demand.path}: the in-house plan is in {plan.values['currency']} and the comparison in "
                f"{demand.currency}: they must be the same."
            )
        self.label = f"In-house: {plan.values['name']}"
        self._plan, self._demand = plan, demand

    @functools.cached_property
    def _whole(self) -> float:
        return float(self._cost(np.ones(1))[0])

    def tco(self, volume: Quantity) -> Quantity:
        """Cost over the months compared, at factors on the demand's contacts."""
        if not np.isfinite(self._plan.values["start_fte"]):
            # The team starts as large as its work: every line of the plan is then proportional to it.
            return volume * self._whole
        blocks = range(0, len(volume), BLOCK)
        found = [self._cost(volume[at : at + BLOCK]) for at in blocks]
        return np.concatenate(found) if found else np.zeros(0)

    def _cost(self, volume: Quantity) -> Quantity:
        months = self._demand.months
        values = dict(self._plan.values)
        for channel in CHANNELS:
            values[f"concurrency_{channel}"] = self._demand.number(f"concurrency_{channel}")
            if channel in self._demand.channels:
                values[f"aht_{channel}_min"] = self._demand.number(f"expected_aht_{channel}_min")
        cost: Quantity = np.zeros(len(volume))
        for first in range(0, months, MONTHS):
            years = self._year(values, first, volume)
            numbers = PLAN.evaluate(years)
            cost = cost + numbers.lines["spend_total"][1 : 1 + min(MONTHS, months - first)].sum(axis=0)
            values["start_fte"] = numbers.lines["paid_fte"][-1]
            if values["merit_month"] <= MONTHS:
                for market in MARKETS:
                    values[f"fte_cost_{market}"] = values[f"fte_cost_{market}"] * (1 + values["merit"])
        return cost

    def _year(self, values: dict[str, Quantity], first: int, volume: Quantity) -> dict[str, Quantity]:
        """The plan's inputs of one year; a last year that is not whole is filled with its last month."""
        contacts = self._demand.contacts
        month = np.minimum(np.arange(first, first + MONTHS), self._demand.months - 1)
        total = sum(contacts.values())[month]  # type: ignore[index]
        found = dict(values)
        for channel in CHANNELS:
            own = contacts[channel][month].sum() if channel in contacts else 0.0
            found[f"share_{channel}"] = own / total.sum()
        return found | {name: volume * each for name, each in zip(CONTACTS, total, strict=True)}


def in_house(demand: Demand) -> InHouse | None:
    """The in-house alternative that the demand file names, beside itself."""
    name = demand.values.get("in_house")
    return InHouse(load_plan(demand.path.parent / str(name)), demand) if name else None
