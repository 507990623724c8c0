"""Compare offers on one demand: cost, quality, break-even, sensitivity, flags and what was assumed."""

from __future__ import annotations

import datetime
import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from carecost.errors import DataError
from carecost.model.native import Quantity
from carecost.quotes.basis import TCO, Basis
from carecost.quotes.breakeven import Crossing, crossings, volumes
from carecost.quotes.demand import Demand
from carecost.quotes.flags import Flag, flags_of
from carecost.quotes.inhouse import InHouse, in_house
from carecost.quotes.offer import Offer
from carecost.quotes.scorecard import Scores, criteria_of, rank, scores_of
from carecost.quotes.statement import Evaluation, Pricing
from carecost.quotes.terms import Terms, complete

if TYPE_CHECKING:
    import pandas as pd

MOST = 60


class Case(BaseModel):
    """One quantity moved down and up, everything else as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    label: str
    down: float
    up: float
    points: bool = False

    def moved(self, step: float) -> dict[str, float]:
        """The argument of ``Basis.price`` for one step."""
        return {self.name: step if self.points else 1 + step}

    def words(self, step: float) -> str:
        """A step as a person reads it.

        >>> [case.words(case.up) for case in cases()]
        ['+20%', '+10%', '+5 points', '+10%']
        """
        return f"{100 * step:+.0f} points" if self.points else f"{step:+.0%}"


@functools.cache
def cases() -> tuple[Case, ...]:
    """The declared cases."""
    table = tomllib.loads(Path(__file__).with_name("sensitivity.toml").read_text(encoding="utf-8"))
    return tuple(Case(name=name, **entry) for name, entry in table.items())


@dataclass(frozen=True)
class Swing:
    """A case's figures at either end, one for each quote."""

    case: Case
    down: Mapping[str, Quantity]
    up: Mapping[str, Quantity]


@dataclass(frozen=True)
class Comparison:
    """Offers on one basis. Every array has one value for each quote, in the order of ``quotes``.

    ``numbers`` holds the terms, lines (month 0 first) and figures. Money is positive for costs, in the
    reporting currency except the lines of the invoice.
    """

    demand: Demand
    quotes: tuple[Terms, ...]
    numbers: Evaluation
    scores: Scores
    swings: tuple[Swing, ...]
    break_even: tuple[Crossing, ...]
    pricing: Pricing
    flags: tuple[tuple[Flag, ...], ...]
    in_house: InHouse | None
    in_house_cost: float

    @functools.cached_property
    def labels(self) -> list[str]:
        """Names of the quotes, and last of the in-house alternative if there is one."""
        return [terms.offer.label for terms in self.quotes] + ([self.in_house.label] if self.in_house else [])

    @functools.cached_property
    def ranks(self) -> list[int]:
        """Place of each quote by total points, 1 the best; equal points share a place."""
        return [int(rank(own, self.scores.total)) for own in self.scores.total]

    @functools.cached_property
    def order(self) -> list[int]:
        """Places of the quotes from the first rank to the last; equals in the order they were given."""
        return sorted(range(len(self.quotes)), key=lambda place: (self.ranks[place], place))

    @property
    def contacts_month(self) -> float:
        """Contacts of an average month of the demand."""
        return float(self.numbers.lines["contacts"][1:, 0].mean())

    def to_frame(self) -> pd.DataFrame:
        """A row for each quote: vendor, offer, market, rank, points, and every figure."""
        import pandas as pd

        rows = [
            {
                **{name: terms.values[name] for name in ("vendor", "offer", "market", "currency")},
                "rank": self.ranks[place],
                "points": float(self.scores.total[place]),
                "price_points": float(self.scores.price[place]),
                "quality_points": float(self.scores.quality[place]),
                **{key: float(value[place]) for key, value in self.numbers.figures.items()},
                "flags": len(self.flags[place]),
                "assumed": len(terms.assumed),
            }
            for place, terms in enumerate(self.quotes)
        ]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON: a missing number is None."""
        labels = self.labels
        return {
            "title": self.demand.values["title"],
            "currency": self.demand.currency,
            "months": self.demand.months,
            "weights": dict(self.demand.weights),
            "quotes": [self._quote(place) for place in range(len(self.quotes))],
            "in_house": {"label": self.in_house.label, "tco": self.in_house_cost} if self.in_house else None,
            "break_even": [
                {
                    "between": [labels[each.one], labels[each.other]],
                    "cheaper_below": labels[each.cheaper_below],
                    "factor": each.factor,
                    "contacts_month": each.factor * self.contacts_month,
                }
                for each in self.break_even
            ],
        }

    def _quote(self, place: int) -> dict[str, Any]:
        terms, numbers = self.quotes[place], self.numbers
        return {
            "label": terms.offer.label,
            "source": terms.offer.source,
            "stated": {name: _json(value) for name, value in terms.offer.values.items()},
            "assumed": [
                {"field": each.field, "label": each.label, "value": _json(each.value), "why": each.why}
                for each in terms.assumed
            ],
            "fx": {"rate": terms.fx.value, "source": terms.fx.source},
            "rank": self.ranks[place],
            "points": {
                "price": _json(float(self.scores.price[place])),
                "quality": _json(float(self.scores.quality[place])),
                "total": _json(float(self.scores.total[place])),
            },
            "figures": {key: _json(float(value[place])) for key, value in numbers.figures.items()},
            "lines": {
                key: {"label": line.label, "section": line.section, "unit": line.unit,
                      "months": [_json(float(value)) for value in numbers.lines[key][:, place]]}
                for key, line in self.pricing.lines.items()
            },
            "sensitivity": {
                swing.case.name: {
                    end: {key: _json(float(value[place])) for key, value in getattr(swing, end).items()}
                    for end in ("down", "up")
                }
                for swing in self.swings
            },
            "flags": [flag._asdict() for flag in self.flags[place]],
        }  # fmt: skip


def priceable(offers: Sequence[Offer], demand: Demand) -> tuple[list[Offer], list[str]]:
    """Offers that this demand can price, and one line for each other: a rate is missing, or a price."""
    usable, refused = [], []
    for offer in offers:
        try:
            complete(offer, demand)
        except DataError as error:
            refused.append(str(error))
        else:
            usable.append(offer)
    return usable, refused


def compare(offers: Sequence[Offer], demand: Demand) -> Comparison:
    """Price offers on one demand and set them side by side; at least one offer.

    ``DataError`` where one of them cannot be priced: ``priceable`` sorts those out.
    """
    if not offers:
        raise DataError("no offers to compare: name at least one quote.")
    if len(offers) > MOST:
        raise DataError(f"{len(offers)} offers: at most {MOST} can be compared at once.")
    quotes = tuple(complete(offer, demand) for offer in offers)
    basis, alternative = Basis(quotes, demand), in_house(demand)
    everyone = np.arange(len(quotes))
    numbers = basis.price(everyone)
    # Each on its own first: what only other offers have need not be computed for it.
    grid, first = volumes(), np.zeros(1, dtype=int)
    costs = [Basis([terms], demand).price(first, grid, wanted=TCO).figures["tco"] for terms in quotes]
    if alternative is not None:
        costs.append(alternative.tco(grid))

    def curve(who: Quantity, volume: Quantity) -> Quantity:
        cost = np.empty(len(who))
        ours = who == len(quotes)
        cost[~ours] = basis.tco(who[~ours], volume[~ours])
        if alternative is not None:
            cost[ours] = alternative.tco(volume[ours])
        return cost

    return Comparison(
        demand=demand,
        quotes=quotes,
        numbers=numbers,
        scores=scores_of(criteria_of(quotes, numbers), demand.weights),
        swings=tuple(_swing(basis, case, everyone) for case in cases()),
        break_even=tuple(crossings(curve, np.array(costs))),
        pricing=basis.pricing(),
        flags=tuple(
            tuple(flags_of(terms, numbers, place, demand.currency)) for place, terms in enumerate(quotes)
        ),
        in_house=alternative,
        in_house_cost=float(alternative.tco(np.ones(1))[0]) if alternative else np.nan,
    )


SWINGING = ("tco", "cost_resolved")


def _swing(basis: Basis, case: Case, everyone: Quantity) -> Swing:
    ends = [
        basis.price(everyone, wanted=SWINGING, **case.moved(step)).figures for step in (case.down, case.up)
    ]
    return Swing(case, *({key: end[key] for key in SWINGING} for end in ends))


def _json(value: Any) -> Any:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if isinstance(value, float) and not np.isfinite(value) else value
