"""How the pricing of a quote is declared, and its evaluation for all months and all quotes at once.

As in the P&L, each line is one small function: called with arrays it computes, called with operands it
writes the formula of its cell. An argument is named after what it takes:

* a field of the offer (``shrinkage``), of the demand (``discount_annual``), or an earlier term or line;
* ``contacts_voice`` and its kin: the demand's row of that channel; ``attained``: its what-if row;
* ``last_<line>``: the line itself, or an earlier one, in the month before; ``month``: 0 to the last;
* for figures: ``row_<line>``, all months from 0 on.

A part ``n`` in a name stands for each price line and ``c`` for each channel, as in ``line_n_charge``.
What no quote of a comparison uses (a third price line, tiers, a channel) is absent: it has no row, and
an argument that takes any number of parts goes without it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from carecost.model.definition import Argument, Definition, note_of, replace_words
from carecost.model.inputs import CHANNELS
from carecost.model.native import Quantity
from carecost.quotes import demand, offer
from carecost.quotes.fields import LINES, RAMPS

WORDS = {"n": tuple(map(str, LINES)), "c": CHANNELS}
DEMAND_ROWS = (*(f"contacts_{channel}" for channel in CHANNELS), "attained")
Function = Callable[..., Quantity]
Total = Literal["sum", "average", "none"]


@dataclass(frozen=True)
class Part(Definition):
    """A term or a figure. It is absent where one of the facts in ``when`` does not hold."""

    when: tuple[str, ...]

    def is_in(self, facts: Collection[str]) -> bool:
        """Whether a comparison with these facts has it: fields that a quote uses, rows of the demand."""
        return all(fact in facts for fact in self.when)


@dataclass(frozen=True)
class Line(Part):
    """A row of the invoice. ``total`` is what its total column shows; ``month_0``: it has a month 0."""

    total: Total
    month_0: bool


class Pricing:
    """Terms (one value for a quote), lines (a value for each month) and figures, in declared order."""

    def __init__(self) -> None:
        self.terms: dict[str, Part] = {}
        self.lines: dict[str, Line] = {}
        self.figures: dict[str, Part] = {}
        self.checks: dict[str, Part] = {}

    def term(
        self, label: str, *, unit: str, key: str = "", when: Sequence[str] = ()
    ) -> Callable[[Function], Function]:
        """Declare a value that the terms of a quote give once; its name is the function's, or ``key``."""

        def declare(function: Function) -> Function:
            for name, swap, named in self._family(key or function.__name__, label):
                arguments = self._arguments(function, (), swap)
                self.terms[name] = Part(
                    name, named, unit, "Worked out", note_of(function), function, arguments, _all(when, swap)
                )
            return function

        return declare

    def line(
        self,
        label: str,
        *,
        section: str,
        unit: str = "money",
        total: Total = "sum",
        month_0: bool = False,
        takes: Sequence[str] = (),
        when: Sequence[str] = (),
    ) -> Callable[[Function], Function]:
        """Declare the next row, or one row for each price line (``n``) or channel (``c``) in its name.

        ``takes`` names the arguments where the function takes any number of them.
        """

        def declare(function: Function) -> Function:
            for name, swap, named in self._family(function.__name__, label):
                arguments, place = self._arguments(function, takes, swap), section.format(*swap.values())
                self.lines[name] = Line(
                    name, named, unit, place, note_of(function), function, arguments, _all(when, swap),
                    total, month_0,
                )  # fmt: skip
            return function

        return declare

    def figure(self, label: str, *, unit: str, when: Sequence[str] = ()) -> Callable[[Function], Function]:
        """Declare a figure of the whole quote."""

        def declare(function: Function) -> Function:
            for name, swap, named in self._family(function.__name__, label):
                arguments = self._arguments(function, (), swap)
                self.figures[name] = Part(
                    name, named, unit, "Figures", note_of(function), function, arguments, tuple(when)
                )
            return function

        return declare

    def check(self, label: str) -> Callable[[Function], Function]:
        """Declare a check of a quote: its function gives OK or the words that name the fault."""

        def declare(function: Function) -> Function:
            name, arguments = function.__name__, self._arguments(function, (), {})
            self.checks[name] = Part(name, label, "", "Checks", note_of(function), function, arguments, ())
            return function

        return declare

    def _family(self, name: str, label: str) -> Iterator[tuple[str, Mapping[str, str], str]]:
        for swap in members_of(name):
            key = replace_words(name, swap)
            if self.part(key) or key in offer.FIELDS:
                raise ValueError(f"{key} is declared twice")
            yield key, swap, label.format(*swap.values())

    def _arguments(
        self, function: Function, takes: Sequence[str], swap: Mapping[str, str]
    ) -> tuple[Argument, ...]:
        found: list[Argument] = []
        for parameter in inspect.signature(function).parameters.values():
            names = [parameter.name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                names = list(takes) or names
                names = [
                    replace_words(member, more)
                    for member in (replace_words(name, swap) for name in names)
                    for more in members_of(member)
                ]
            found += [self._argument(replace_words(name, swap)) for name in names]
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

    def part(self, key: str) -> Part | None:
        """The term, line, figure or check of a name."""
        for place in (self.terms, self.lines, self.figures, self.checks):
            if key in place:
                return place[key]
        return None

    def within(self, facts: Collection[str], wanted: Collection[str] | None = None) -> Pricing:
        """What a comparison with these facts has of it, as far as some terms, lines and figures rest on it.

        Absent parts are gone, and gone from the arguments of the others. ``wanted`` None: everything.
        """
        found = Pricing()
        needed = None if wanted is None else self._needed(wanted)
        for own, every in zip(found._kinds(), self._kinds(), strict=True):
            for key, part in every.items():
                if (needed is None or key in needed) and part.is_in(facts):
                    present = tuple(each for each in part.arguments if self._has(each, facts))
                    own[key] = replace(part, arguments=present)
        return found

    @functools.cached_property
    def fields(self) -> frozenset[str]:
        """The fields of offer and demand that its parts take; nothing may be declared after."""
        taken = (each for kind in self._kinds() for part in kind.values() for each in part.arguments)
        return frozenset(
            step for each in taken if each.scope == "input" for step in RAMPS.get(each.name, (each.name,))
        )

    def _kinds(self) -> tuple[dict[str, Any], ...]:
        return self.terms, self.lines, self.figures, self.checks

    def _has(self, wanted: Argument, facts: Collection[str]) -> bool:
        if wanted.scope == "given":
            return wanted.name in facts
        part = self.part(wanted.name)
        return part is None or part.is_in(facts)

    def _needed(self, wanted: Collection[str]) -> set[str]:
        found: set[str] = set()
        ahead = list(wanted)
        while ahead:
            key = ahead.pop()
            part = self.part(key)
            if part and key not in found:
                found.add(key)
                ahead += [argument.name for argument in part.arguments]
        return found


def _all(when: Sequence[str], swap: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(replace_words(fact, swap) for fact in when)


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
    by month; blanks in them are already what they count as. An array of one stands for all quotes.
    """

    def __init__(
        self, pricing: Pricing, values: Mapping[str, Quantity], rows: Mapping[str, Quantity]
    ) -> None:
        self._values, self._rows = values, rows
        months = len(next(iter(rows.values()))) - 1
        self._month = np.arange(months + 1.0)[:, None]
        columns = np.broadcast_shapes(
            *map(np.shape, values.values()), *(row[0].shape for row in rows.values())
        )
        # Lines as they come: what is the same for all quotes, or all months, is computed once.
        self._lines: dict[str, Quantity] = {}
        self.terms: dict[str, Quantity] = {}
        self.figures: dict[str, Quantity] = {}
        self.checks: dict[str, Quantity] = {}
        # A formula's IF does not compute the branch it leaves; np.where does, and drops it.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for key, term in pricing.terms.items():
                self.terms[key] = term.call(self._get)
            for key, line in pricing.lines.items():
                self._lines[key] = self._line(line)
            for key, figure in pricing.figures.items():
                self.figures[key] = np.broadcast_to(figure.call(self._get), columns)
            for key, check in pricing.checks.items():
                self.checks[key] = np.broadcast_to(check.call(self._get), columns)
        self._shape = (months + 1, *columns)

    @functools.cached_property
    def lines(self) -> Mapping[str, Quantity]:
        """All lines in full."""
        return {key: np.broadcast_to(line, self._shape) for key, line in self._lines.items()}

    def _line(self, line: Line) -> Quantity:
        if Argument("last", line.key) in line.arguments:
            return self._month_by_month(line)
        found = np.asarray(line.call(self._get), dtype=float)
        if found.ndim < 2:  # the same in every month
            found = np.broadcast_to(found, (len(self._month), found.size))
        if not line.month_0:
            if not found.flags.writeable:  # another line, passed on
                found = found.copy()
            found[0] = 0.0
        found.flags.writeable = False
        return found

    def _month_by_month(self, line: Line) -> Quantity:
        """A line that looks at itself in the month before."""
        at = line.arguments.index(Argument("last", line.key))
        beside = [self._get(wanted) for place, wanted in enumerate(line.arguments) if place != at]
        monthly = [value if np.ndim(value) == 2 else [value] * len(self._month) for value in beside]
        found = [np.zeros(1)]
        for now in list(zip(*monthly, strict=True))[1:]:
            found.append(line.function(*now[:at], found[-1], *now[at:]))
        return np.stack(np.broadcast_arrays(*found))

    def _get(self, wanted: Argument) -> Quantity:
        match wanted.scope:
            case "month":
                return self._month
            case "given":
                return self._rows[wanted.name]
            case "last":
                before = self._lines[wanted.name]
                return np.vstack([np.zeros((1, before.shape[1])), before[:-1]])
            case "row":
                return self._month if wanted.name == "month" else self._lines[wanted.name]
            case "input" if wanted.name in RAMPS:
                return np.stack([self._values[step] for step in RAMPS[wanted.name]])
            case "input":
                return self._values[wanted.name]
        for place in (self._lines, self.terms, self.figures):
            if wanted.name in place:
                return place[wanted.name]
        raise KeyError(wanted.name)
