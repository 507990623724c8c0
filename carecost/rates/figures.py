"""The published figures: every number carries its guide, section, unit, date and price year."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Self

from pydantic import Field, model_validator

from .tables import Basis, Row, checked, read


class Figure(Row):
    """One statement of one guide, in the guide's own unit; a bound that it does not give is None."""

    id: str = Field(pattern=r"^F\d{3}$")
    area: str
    name: str
    low: float | None = None
    high: float | None = None
    unit: str
    currency: str | None = None
    price_year: int | None = None
    period: str | None = None
    market_channel: str | None = None
    valid_from: date
    basis: Basis
    guide: str
    section: str
    note: str | None = None

    @property
    def source(self) -> str:
        """Where it is stated: guide, section."""
        return f"{self.guide}, {self.section}"

    @model_validator(mode="after")
    def _bounds_rise(self) -> Self:
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low:g} is above high {self.high:g}")
        return self

    @model_validator(mode="after")
    def _money_is_dated(self) -> Self:
        if (self.currency is None) != (self.price_year is None):
            raise ValueError("currency and price_year go together: money has both, anything else neither")
        return self


@cache
def figures() -> Mapping[str, Figure]:
    """Return all published figures by id, in the order of the guides.

    >>> figures()["F125"].low, figures()["F125"].high, figures()["F125"].currency
    (4500.0, 6500.0, 'USD')
    >>> figures()["F125"].source
    'Driveert, Costs, Contracts, and Financial Planning'
    """
    guides = read(Path(__file__).with_name("figures.toml"))
    defaults = guides.pop("defaults")
    return MappingProxyType(
        {
            key: checked(
                Figure,
                {**defaults, **row, "id": key, "guide": guide, "section": section},
                "figures.toml",
                key,
            )
            for guide, sections in guides.items()
            for section, rows in sections.items()
            for key, row in rows.items()
        }
    )
