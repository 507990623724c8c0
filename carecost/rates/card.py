"""Rate cards: what a market costs. Amounts are positive, in the market's own currency."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from .figures import Figure, figures
from .tables import Basis, Level, Row, Text, UnknownNameError, suggestion


def _currency_code(text: str) -> str:
    if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper():
        return text
    raise ValueError('must be a currency code of three capital letters, such as "USD"')


Money = Annotated[float, Field(ge=0)]


class Price(Row):
    """A price with its range and where it comes from.

    A card states it as ``{ figure = "F125" }``, or as ``low`` and ``high`` (``mid``, unless given, is
    their midpoint), or as one ``value`` that stands for all three.
    """

    figure: str | None = None
    low: Money
    high: Money
    mid: Money
    source: Text
    guide: str | None = None
    section: str | None = None
    valid_from: date | None = None
    basis: Basis = "assumed"

    def at(self, level: Level) -> float:
        """Return the low, mid or high price."""
        return {"low": self.low, "mid": self.mid, "high": self.high}[level]

    @classmethod
    def keys(cls) -> list[str]:
        """Name the keys that a card may use."""
        return [*cls.model_fields, "value"]

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, table: object) -> object:
        if not isinstance(table, dict):
            return table
        return _of_figure(table) if "figure" in table else _with_mid(_with_range(table))

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if not self.low <= self.mid <= self.high:
            raise ValueError(
                f"low {self.low:g}, mid {self.mid:g}, high {self.high:g}: must rise, low <= mid <= high"
            )
        return self


class Market(Row):
    """Where work is done: its currency and what it costs there. None means missing, never zero."""

    currency: Annotated[str, AfterValidator(_currency_code)]
    price_year: int = Field(ge=1990, le=2100)
    fte_month: Price | None = None
    """Fully loaded cost of one in-house FTE, per month."""
    seat_month: Price | None = None
    """Price of one outsourced seat, per month."""
    salary: Money | None = None
    """Pay of one FTE, per year."""
    burden: float | None = Field(default=None, ge=0, le=3)
    """Employer's cost on top of pay, share of salary."""
    tools_month: Money | None = None
    """Licenses, telephony and other tools of one FTE, per month."""
    facilities_month: Money | None = None
    """Workplace of one FTE, per month."""
    mgmt_overhead: float | None = Field(default=None, ge=0, le=3)
    """Leads, quality and other management, share of compensation."""
    attrition: float | None = Field(default=None, ge=0, le=5)
    """Leavers per year, share of heads; above 1 is real in outsourcing."""
    cost_per_hire: Money | None = None
    """Recruiting and enablement of one new agent."""

    @field_validator("fte_month", "seat_month")
    @classmethod
    def _published_price_fits(cls, price: Price | None, market: ValidationInfo) -> Price | None:
        if price is not None and price.figure is not None and "currency" in market.data:
            _refuse_misfit(figures()[price.figure], market.data["currency"])
        return price


# What survives a change of currency: shares. Everything else is money or the year of its prices.
SHARES = frozenset({"burden", "mgmt_overhead", "attrition"})


class RateCard(Row):
    """Named markets. Read-only: a card is shared by everything that runs."""

    name: str
    markets: Mapping[str, Market]

    def market(self, name: str) -> Market:
        """Look up a market, in any case; UnknownNameError names the nearest one."""
        key = name.strip().lower()
        if key not in self.markets:
            raise UnknownNameError(f'unknown market "{name}"; {suggestion(key, self.markets)}')
        return self.markets[key]


def _refuse_misfit(figure: Figure, currency: str) -> None:
    # An amount in another currency or period would pass as a number and be silently wrong.
    if (figure.currency, figure.period) != (currency, "month"):
        raise ValueError(
            f"figure {figure.id} is in {figure.currency} per {figure.period}, "
            f"here {currency} per month is needed; give low and high instead"
        )


def _of_figure(table: dict[str, Any]) -> dict[str, Any]:
    if others := table.keys() - {"figure"}:
        raise ValueError(f"figure stands alone: remove {', '.join(sorted(others))}, or remove figure")
    figure = figures().get(str(table["figure"]))
    if figure is None:
        raise ValueError(f'no published figure "{table["figure"]}"; write an id such as "F125"')
    if figure.currency is None or figure.low is None or figure.high is None:
        raise ValueError(f"figure {figure.id} ({figure.name}) is no price with low and high; give your own")
    return {
        "figure": figure.id,
        "low": figure.low,
        "high": figure.high,
        "mid": (figure.low + figure.high) / 2,
        "source": figure.source,
        "guide": figure.guide,
        "section": figure.section,
        "valid_from": figure.valid_from,
        "basis": figure.basis,
    }


def _with_range(table: dict[str, Any]) -> dict[str, Any]:
    if "value" not in table:
        return table
    if given := [key for key in ("low", "mid", "high") if key in table]:
        raise ValueError(f"value stands for low, mid and high: remove {', '.join(given)}, or remove value")
    value = table["value"]
    return {key: table[key] for key in table if key != "value"} | dict.fromkeys(("low", "mid", "high"), value)


def _with_mid(table: dict[str, Any]) -> dict[str, Any]:
    low, high = table.get("low"), table.get("high")
    if "mid" in table or not isinstance(low, int | float) or not isinstance(high, int | float):
        return table
    return {**table, "mid": (low + high) / 2}
