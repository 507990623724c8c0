"""What a CARE function takes: each parameter's kind, unit, limits, default and help, declared once.

Limits are checked cell by cell by the caller; a function's own code only ever sees values that fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from carecost.model.limits import Limited

Kind = Literal["number", "whole", "text", "market", "flag", "list", "texts", "table", "block"]
LONGEST_HELP = 255
NO_DEFAULT = object()


@dataclass(frozen=True)
class Parameter(Limited):
    """One parameter. ``default`` is ``NO_DEFAULT`` where the user must give a value.

    A default of None means that the function itself decides: its code sees NaN (a number), "" (a text)
    or an empty list. ``min``/``max`` include the end, ``above``/``below`` exclude it.
    """

    kind: Kind
    unit: str
    help: str
    default: Any = NO_DEFAULT
    source: str = ""
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    options: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if len(self.help) > LONGEST_HELP:
            raise ValueError(f"help of {self.name or self.unit} is longer than {LONGEST_HELP} characters")

    @property
    def required(self) -> bool:
        """Whether the user must give it."""
        return self.default is NO_DEFAULT

    @property
    def is_list(self) -> bool:
        """Whether it takes a whole range as one value and never broadcasts."""
        return self.kind in ("list", "texts", "table", "block")

    @property
    def is_share(self) -> bool:
        """Whether 30 is probably meant as 30%."""
        return self.unit.startswith("share")

    @property
    def rule(self) -> str:
        """The allowed values, in words."""
        if self.options:
            return "must be " + " or ".join(f'"{option}"' for option in self.options)
        whole = "a whole number" if self.kind == "whole" else ""
        return f"must be {', '.join(filter(None, (whole, self.allowed(plain_number)))) or 'a number'}"


def plain_number(value: float) -> str:
    """A number in digits, however large.

    >>> plain_number(0.85), plain_number(5_000_000), plain_number(1e300)
    ('0.85', '5,000,000', '1e+300')
    """
    return f"{value:,.0f}" if 1e5 <= abs(value) < 1e16 and value == int(value) else f"{value:g}"


def number(unit: str, help: str, default: Any = NO_DEFAULT, **limits: Any) -> Parameter:
    """A number in some unit; not negative unless the limits say so."""
    if not limits.keys() & {"min", "above"}:
        limits["min"] = 0.0
    return Parameter("number", unit, help, default, **limits)


def whole(unit: str, help: str, default: Any = NO_DEFAULT, **limits: Any) -> Parameter:
    """A count."""
    return Parameter("whole", unit, help, default, **{"min": 1.0, **limits})


def share(help: str, default: Any = NO_DEFAULT, *, unit: str = "share", **limits: Any) -> Parameter:
    """A share, typed as 30% or 0.30: from 0 to 1 unless the limits say otherwise."""
    if not limits.keys() & {"min", "above"}:
        limits["min"] = 0.0
    if not limits.keys() & {"max", "below"}:
        limits["max"] = 1.0
    return Parameter("number", unit, help, default, **limits)


def option(help: str, options: tuple[str, ...], default: Any = NO_DEFAULT, **more: Any) -> Parameter:
    """One of a few words, in any case."""
    return Parameter("text", "word", help, default, options=options, **more)


def text(unit: str, help: str, default: Any = NO_DEFAULT) -> Parameter:
    """A text, such as the name of a benchmark; lower-cased."""
    return Parameter("text", unit, help, default)


def market(help: str) -> Parameter:
    """A market of the active rate card, in any case; an unknown one is #N/A."""
    return Parameter("market", "market", help)


def flag(help: str, default: bool) -> Parameter:
    """TRUE or FALSE."""
    return Parameter("flag", "TRUE/FALSE", help, default)


def numbers(unit: str, help: str, default: Any = NO_DEFAULT, **limits: Any) -> Parameter:
    """A list of numbers, in one row or one column."""
    return Parameter("list", unit, help, default, **limits)


def texts(unit: str, help: str, options: tuple[str, ...] = ()) -> Parameter:
    """A list of words, in one row or one column."""
    return Parameter("texts", unit, help, options=options)


def table(unit: str, help: str, **limits: Any) -> Parameter:
    """A block of numbers, rows by columns."""
    return Parameter("table", unit, help, **limits)


def block(help: str) -> Parameter:
    """A block of cells of any kind, such as names beside values."""
    return Parameter("block", "names and values", help)
