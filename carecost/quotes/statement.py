"""How the pricing of a quote is declared, and its evaluation for all months and all quotes at once.

As in the P&L, each line is one small function: called with arrays it computes, called with operands it
writes the formula of its cell. An argument is named after what it takes:

* a field of the offer (``shrinkage``), of the demand (``discount_annual``), or an earlier term or line;
* ``contacts_voice`` and its kin: the demand's row of that channel; ``attained``: its what-if row;
* ``last_<line>``: the line itself, or an earlier one, in the month before; ``month``: 0 to the last;
* for figures: ``row_<line>``, all months from 0 on; ``all_contacts``: every channel's contacts, all months.

A part ``n`` in a name stands for each price line and ``c`` for each channel, as in ``line_n_charge``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from carecost.model.definition import Argument, Definition, note_of, replace_words
from carecost.model.inputs import CHANNELS
from carecost.model.native import Quantity
from carecost.quotes import demand, offer
from carecost.quotes.fields import LINES, RAMPS

WORDS = {"n": tuple(map(str, LINES)), "c": CHANNELS}
DEMAND_ROWS = (*(f"contacts_{channel}" for channel in CHANNELS), "attained")
# A cell that is blank counts as zero in a formula; for these a blank has a meaning of its own.
BLANK_HAS_MEANING = ("indexation_cap", "credit_cap")
Function = Callable[..., Quantity]
Total = Literal["sum", "average", "none"]


@dataclass(frozen=True)
class Line(Definition):
    """A row of the invoice. ``total`` is what its total column shows; ``month_0``: it has a month 0."""

    total: Total
    month_0: bool


class Pricing:
    """Terms (one value for a quote), lines (a value for each month) and figures, in declared order."""

    def __init__(self) -> None:
        self.terms: dict[str, Definition] = {}
        self.lines: dict[str, Line] = {}
        self.figures: dict[str, Definition] = {}

    def term(self, label: str, *, unit: str, key: str = "") -> Callable[[Function], Function]:
        """Declare a value that the terms of a quote give once; its name is the function's, or ``key``."""

        def declare(function: Function) -> Function:
            for key_of_member, swap, named in self._family(key or function.__name__, label):
                arguments = self._arguments(function, swap)
                self.terms[key_of_member] = Definition(
                    key_of_member, named, unit, "Worked out", note_of(function), function, arguments
                )
            return function

        return declare

    def line(
        self, label: str, *, section: str, unit: str = "money", total: Total = "sum", month_0: bool = False
    ) -> Callable[[Function], Function]:
        """Declare the next row, or one row for each price line (``n``) or channel (``c``) in its name."""

        def declare(function: Function) -> Function:
            for key, swap, named in self._family(function.__name__, label):
                arguments = self._arguments(function, swap)
                place = section.format(*swap.values())
                self.lines[key] = Line(
                    key, named, unit, place, note_of(function), function, arguments, total, month_0
                )
            return function

        return declare

    def figure(self, label: str, *, unit: str) -> Callable[[Function], Function]:
        """Declare a figure of the whole quote."""

        def declare(function: Function) -> Function:
            key = function.__name__
            arguments = self._arguments(function, {})
            self.figures[key] = Definition(
                key, label, unit, "Figures", note_of(function), function, arguments
            )
            return function

        return declare

    def _family(self, name: str, label: str) -> Iterator[tuple[str, Mapping[str, str], str]]:
        for swap in members_of(name):
            key = replace_words(name, swap)
            if key in self.terms or key in self.lines or key in self.figures or key in offer.FIELDS:
                raise ValueError(f"{key} is declared twice")
            yield key, swap, label.format(*swap.values())

    def _arguments(self, function: Function, swap: Mapping[str, str]) -> tuple[Argument, ...]:
        found: list[Argument] = []
        for parameter in inspect.signature(function).parameters.values():
            name = replace_words(parameter.name, swap)
            several = parameter.kind is parameter.VAR_POSITIONAL
            members = members_of(name) if several else [{}]
            found += [self._argument(replace_words(name, member)) for member in members]
        return tuple(found)

    def _argument(self, name: str) -> Argument:
        if name == "month":
            return Argument("month", name)
        if name in DEMAND_ROWS:
            return Argument("given", name)
        prefix, _, rest = name.partition("_")
        if prefix in ("last", "row"):
            return Argument("last" if prefix == "last" else "row", rest)
        if name in self.terms or name in self.lines or name in self.figures:
            return Argument("now", name)
        if name in offer.FIELDS or name in demand.FIELDS or name in RAMPS or name == "fx":
            return Argument("input", name)
        raise ValueError(f"{name} is no field, no term and no earlier line")

    def needed(self, wanted: Mapping[str, object] | list[str]) -> frozenset[str]:
        """The terms, lines and figures that some of them are computed from, themselves included."""
        found: set[str] = set()
        ahead = list(wanted)
        while ahead:
            key = ahead.pop()
            definition = self.terms.get(key) or self.lines.get(key) or self.figures.get(key)
            if key not in found and definition is not None:
                found.add(key)
                ahead += [argument.name for argument in definition.arguments]
        return frozenset(found)


def members_of(name: str) -> Iterator[Mapping[str, str]]:
    """Every combination of what the family words in a name stand for; once, if there is none.

    >>> [replace_words("line_n_rate", member) for member in members_of("line_n_rate")]
    ['line_1_rate', 'line_2_rate', 'line_3_rate']
    """
    words = [part for part in name.split("_") if part in WORDS]
    found: list[dict[str, str]] = [{}]
    for word in words:
        found = [{**each, word: member} for each in found for member in WORDS[word]]
    yield from found


class Evaluation:
    """The numbers of one or many quotes.

    ``terms`` and ``figures`` have shape (quotes,), ``lines`` (months + 1, quotes) with month 0 first.
    ``values`` has an array for each field of the offers and the demand, ``rows`` the demand's contacts
    by month. Only what ``wanted`` (figures or lines; all by default) rests on is computed.
    """

    def __init__(
        self,
        pricing: Pricing,
        values: Mapping[str, Quantity],
        rows: Mapping[str, Quantity],
        months: int,
        wanted: list[str] | None = None,
    ) -> None:
        everything = [*pricing.terms, *pricing.lines, *pricing.figures]
        needed = pricing.needed(everything if wanted is None else wanted)
        self._values, self._rows = _zero_for_blank(values), rows
        self._month = np.arange(months + 1.0)[:, None]
        self._shape = (months + 1, np.broadcast_shapes(*(np.shape(value) for value in values.values()))[0])
        self.terms: dict[str, Quantity] = {}
        self.lines: dict[str, Quantity] = {}
        self.figures: dict[str, Quantity] = {}
        # A formula's IF does not compute the branch it leaves; np.where does, and drops it.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for key, term in pricing.terms.items():
                if key in needed:
                    self.terms[key] = term.call(self._get)
            for key, line in pricing.lines.items():
                if key in needed:
                    self.lines[key] = self._line(line)
            for key, figure in pricing.figures.items():
                if key in needed:
                    self.figures[key] = np.broadcast_to(figure.call(self._get), self._shape[1:])

    def _line(self, line: Line) -> Quantity:
        if Argument("last", line.key) in line.arguments:
            return self._month_by_month(line)
        found = np.array(np.broadcast_to(line.call(self._get), self._shape), dtype=float)
        if not line.month_0:
            found[0] = 0.0
        return found

    def _month_by_month(self, line: Line) -> Quantity:
        """A line that looks at itself in the month before."""
        itself = Argument("last", line.key)
        beside = {wanted: self._get(wanted) for wanted in line.arguments if wanted != itself}
        found = np.zeros(self._shape)
        for month in range(1, len(found)):
            now = {wanted: value[month] if np.ndim(value) == 2 else value for wanted, value in beside.items()}
            now[itself] = found[month - 1]
            found[month] = line.call(now.__getitem__)
        return found

    def _get(self, wanted: Argument) -> Quantity:
        match wanted.scope:
            case "month":
                return self._month
            case "given":
                return self._rows[wanted.name]
            case "last":
                return np.vstack([np.zeros((1, self._shape[1])), self.lines[wanted.name][:-1]])
            case "row":
                return self._month if wanted.name == "month" else self.lines[wanted.name]
            case "input":
                return self._values[wanted.name]
        for place in (self.lines, self.terms, self.figures):
            if wanted.name in place:
                return place[wanted.name]
        raise KeyError(wanted.name)


def _zero_for_blank(values: Mapping[str, Quantity]) -> dict[str, Quantity]:
    found = {
        name: value if value.dtype.kind == "U" or name in BLANK_HAS_MEANING else np.nan_to_num(value)
        for name, value in values.items()
    }
    for name, steps in RAMPS.items():
        found[name] = np.stack([values[step] for step in steps])
    return found
