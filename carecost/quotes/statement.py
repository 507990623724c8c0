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

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

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
Get = Callable[[Argument], Quantity]


@dataclass(frozen=True)
class Part(Definition):
    """A term or a figure. It is absent where one of the facts in ``when`` does not hold."""

    when: tuple[str, ...]

    def is_in(self, facts: Collection[str]) -> bool:
        """Whether a comparison with these facts has it: fields that a quote uses, rows of the demand."""
        return all(fact in facts for fact in self.when)

    def call_in(self, facts: Collection[str], pricing: Pricing, get: Get) -> Quantity:
        """The function without the parts that are absent."""
        return self.function(*(get(each) for each in self.arguments if pricing.has(each, facts)))


@dataclass(frozen=True)
class Line(Part):
    """A row of the invoice. ``total`` is what its total column shows; ``month_0``: it has a month 0."""

    total: Total
    month_0: bool


P = TypeVar("P", bound=Part)


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

    def has(self, wanted: Argument, facts: Collection[str]) -> bool:
        """Whether an argument is there in a comparison with these facts."""
        if wanted.scope == "given":
            return wanted.name in facts
        part = self.part(wanted.name)
        return wanted.scope == "input" or part is None or part.is_in(facts)

    def needed(self, wanted: Collection[str]) -> frozenset[str]:
        """What some terms, lines and figures are computed from, themselves and fields included."""
        found: set[str] = set()
        ahead = list(wanted)
        while ahead:
            key = ahead.pop()
            if key in found:
                continue
            found.add(key)
            part = self.part(key)
            ahead += [argument.name for argument in part.arguments] if part else RAMPS.get(key, ())
        return frozenset(found)


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
    by month; blanks in them are already what they count as. Only what ``wanted`` rests on, and what is
    not absent in a comparison with these ``facts``, is computed.
    """

    def __init__(
        self,
        pricing: Pricing,
        values: Mapping[str, Quantity],
        rows: Mapping[str, Quantity],
        facts: Collection[str],
        needed: Collection[str],
    ) -> None:
        self._pricing, self._facts = pricing, facts
        self._values, self._rows = values, rows
        months = len(next(iter(rows.values()))) - 1
        self._month = np.arange(months + 1.0)[:, None]
        self._shape = (months + 1, len(values["fx"]))
        self.terms: dict[str, Quantity] = {}
        self.lines: dict[str, Quantity] = {}
        self.figures: dict[str, Quantity] = {}
        self.checks: dict[str, Quantity] = {}
        # A formula's IF does not compute the branch it leaves; np.where does, and drops it.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for key, term in _present(pricing.terms, facts, needed):
                self.terms[key] = term.call_in(facts, pricing, self._get)
            for key, line in _present(pricing.lines, facts, needed):
                self.lines[key] = self._line(line)
            for key, figure in _present(pricing.figures, facts, needed):
                found = figure.call_in(facts, pricing, self._get)
                self.figures[key] = np.broadcast_to(found, self._shape[1:])
            for key, check in _present(pricing.checks, facts, needed):
                found = check.call_in(facts, pricing, self._get)
                self.checks[key] = np.broadcast_to(found, self._shape[1:])

    def _line(self, line: Line) -> Quantity:
        if Argument("last", line.key) in line.arguments:
            return self._month_by_month(line)
        found = np.empty(self._shape)
        found[:] = line.call_in(self._facts, self._pricing, self._get)
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
            case "input" if wanted.name in RAMPS:
                return np.stack([self._values[step] for step in RAMPS[wanted.name]])
            case "input":
                return self._values[wanted.name]
        for place in (self.lines, self.terms, self.figures):
            if wanted.name in place:
                return place[wanted.name]
        raise KeyError(wanted.name)


def _present(
    parts: Mapping[str, P], facts: Collection[str], needed: Collection[str]
) -> Iterator[tuple[str, P]]:
    for key, part in parts.items():
        if key in needed and part.is_in(facts):
            yield key, part
