"""The ordered lists that the P&L is declared into, and their evaluation for one plan or many."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from carecost.model.definition import (
    Argument,
    Definition,
    argument,
    arguments_of,
    members_of,
    note_of,
    replace_words,
)
from carecost.model.flags import input_flags
from carecost.model.inputs import CONTACTS, INPUTS, MONTHS
from carecost.model.native import Quantity, row_average, row_sum, total

Year = Literal["sum", "average", "end", "none"]
Function = Callable[..., Quantity]


@dataclass(frozen=True)
class Line(Definition):
    """A row of the P&L: a value for month 0 and one definition for the months 1 to 12.

    ``year`` says what the year's column shows. ``month_0`` is None (nothing happens before month 1),
    a definition of its own, or the line itself.
    """

    year: Year
    month_0: Definition | None


@dataclass(frozen=True)
class Check(Definition):
    """A cell that reads OK or names the fault. ``fault`` checks must hold; the others ask for a look."""

    fault: bool


class Statement:
    """A P&L: its lines, the figures below them and its checks, in the order they are declared."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.figures: dict[str, Definition] = {}
        self.checks: dict[str, Check] = {}
        self.headlines: dict[str, Definition] = {}

    def line(
        self,
        label: str,
        *,
        section: str,
        unit: str = "money",
        year: Year = "sum",
        month_0: Function | Literal["same"] | None = None,
    ) -> Callable[[Function], Function]:
        """Declare the next row, or one row for each channel (``c``) or market (``m``) in its name."""

        def declare(function: Function) -> Function:
            for swap in members_of(function.__name__):
                key = replace_words(function.__name__, swap)
                named = label.format(*swap.values())
                arguments = arguments_of(function, swap)
                self.add_line(key, named, section, unit, year, function, arguments, month_0, swap)
            return function

        return declare

    def add_line(
        self,
        key: str,
        label: str,
        section: str,
        unit: str,
        year: Year,
        function: Function,
        arguments: tuple[Argument, ...],
        month_0: Function | Literal["same"] | None = None,
        swap: Mapping[str, str] | None = None,
    ) -> None:
        """Add one row; a line may look at this month's earlier lines and last month's lines only."""
        for wanted in arguments:
            if wanted.scope == "now" and wanted.name not in self.lines:
                raise ValueError(f"line {key} takes {wanted.name}, which is no input and no earlier line")
            if wanted.scope in ("first", "row", "year", "end", "flag", "flags"):
                raise ValueError(f"line {key} looks beyond last month: {wanted}")
        body = Definition(key, label, unit, section, note_of(function), function, arguments)
        opening: Definition | None = None
        if month_0 == "same":
            opening = body
        elif month_0 is not None:
            opening = Definition(
                key, label, unit, section, body.note, month_0, arguments_of(month_0, swap or {})
            )
        self._refuse_taken(key)
        self.lines[key] = Line(
            key, label, unit, section, body.note, function, arguments, year=year, month_0=opening
        )

    def subtotal(
        self, key: str, label: str, section: str, month_0: Function | Literal["same"] | None = None
    ) -> None:
        """Close a section: the sum of the money lines declared in it so far, whichever they are."""
        parts = [line for line in self.lines.values() if line.section == section and line.unit == "money"]

        def sum_of_lines(*lines: Quantity) -> Quantity:
            """Sum of the lines above."""
            return total(lines)

        arguments = tuple(Argument("now", part.key) for part in parts)
        self.add_line(key, label, section, "money", "sum", sum_of_lines, arguments, month_0)

    def figure(self, label: str, *, unit: str, section: str = "Results") -> Callable[[Function], Function]:
        """Declare a figure of the whole plan, below the lines."""
        return self._declare_in(self.figures, label, unit, section)

    def headline(self, label: str) -> Callable[[Function], Function]:
        """Declare a cell of the front page that the checks decide."""
        return self._declare_in(self.headlines, label, "", "Front page")

    def _declare_in(
        self, place: dict[str, Definition], label: str, unit: str, section: str
    ) -> Callable[[Function], Function]:
        def declare(function: Function) -> Function:
            key = function.__name__
            self._refuse_taken(key)
            place[key] = Definition(
                key, label, unit, section, note_of(function), function, arguments_of(function, {})
            )
            return function

        return declare

    def check(
        self, label: str, *, section: str, fault: bool = False, takes: Sequence[str] = ()
    ) -> Callable[[Function], Function]:
        """Declare a check: its function gives OK or the words that name the fault.

        ``takes`` names the arguments where the function takes any number of them.
        """

        def declare(function: Function) -> Function:
            for swap in members_of(function.__name__):
                key = replace_words(function.__name__, swap)
                self._refuse_taken(key)
                self.checks[key] = Check(
                    key,
                    label.format(*swap.values()),
                    "",
                    section,
                    note_of(function),
                    function,
                    tuple(map(argument, takes)) or arguments_of(function, swap),
                    fault=fault,
                )
            return function

        return declare

    def _refuse_taken(self, key: str) -> None:
        # One flat namespace: a name is an input, a line, a figure or a check, here and in the workbook.
        if any(key in place for place in (INPUTS, self.lines, self.figures, self.checks, self.headlines)):
            raise ValueError(f"{key} is declared twice")

    def evaluate(self, values: Mapping[str, Quantity]) -> Evaluation:
        """All lines, figures and checks for inputs that are scalars or arrays of one shape."""
        return Evaluation(self, values)


class Evaluation:
    """The numbers of a statement: ``lines`` of shape (13, ...), ``years``, ``figures`` and ``checks``.

    Each is computed when it is first asked for, so one line of many plans costs what that line takes.
    """

    def __init__(self, statement: Statement, values: Mapping[str, Quantity]) -> None:
        self._statement = statement
        self.inputs = values
        # A blank cell counts as zero in a formula, unless blank has a meaning of its own.
        self._inputs: dict[str, Quantity] = {
            name: np.nan_to_num(value) if declared.kind == "number" and declared.blank == "zero" else value
            for name, declared in INPUTS.items()
            for value in (values[name],)
        }
        self._inputs["contacts_monthly"] = np.stack([self._inputs[name] for name in CONTACTS])
        self._months: dict[tuple[str, int], Quantity] = {}
        self._figures: dict[str, Quantity] = {}
        self._shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))

    @functools.cached_property
    def lines(self) -> dict[str, Quantity]:
        """Every line, months 0 to 12 along the first axis."""
        return {key: self._line(key) for key in self._statement.lines}

    @functools.cached_property
    def years(self) -> dict[str, Quantity]:
        """The year of every line that has one."""
        return {
            key: _year(line, self.lines[key])
            for key, line in self._statement.lines.items()
            if line.year != "none"
        }

    @functools.cached_property
    def figures(self) -> dict[str, Quantity]:
        """The figures below the lines."""
        for key, figure in self._statement.figures.items():
            self._figures[key] = self._called(figure)  # a figure may take an earlier one
        return self._figures

    @functools.cached_property
    def flags(self) -> dict[str, Quantity]:
        """What holding each number among the inputs against its ranges gave."""
        return {name: np.broadcast_to(flag, self._shape) for name, flag in input_flags(self.inputs).items()}

    @functools.cached_property
    def checks(self) -> dict[str, Quantity]:
        """OK, or the words that name the fault."""
        return {key: self._called(check) for key, check in self._statement.checks.items()}

    @functools.cached_property
    def headlines(self) -> dict[str, Quantity]:
        """The cells of the front page that the checks decide."""
        return {key: self._called(headline) for key, headline in self._statement.headlines.items()}

    def year(self, key: str) -> Quantity:
        """The year of one line; only what it takes is computed."""
        return _year(self._statement.lines[key], self._line(key))

    def _line(self, key: str) -> Quantity:
        # A formula's IF does not compute the branch it leaves; np.where does, and drops it.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            months = [self._month(key, month) for month in range(MONTHS + 1)]
        return np.stack([np.broadcast_to(month, self._shape) for month in months])

    def _called(self, definition: Definition) -> Quantity:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.broadcast_to(definition.call(self._beside), self._shape)

    def _month(self, key: str, month: int) -> Quantity:
        if (key, month) not in self._months:
            line = self._statement.lines[key]
            definition = line if month else line.month_0
            self._months[key, month] = (
                0.0 if definition is None else definition.call(lambda wanted: self._in_month(wanted, month))
            )
        return self._months[key, month]

    def _in_month(self, wanted: Argument, month: int) -> Quantity:
        match wanted.scope:
            case "month":
                return np.float64(month)
            case "now":
                return self._month(wanted.name, month)
            case "last":
                return self._month(wanted.name, month - 1)
            case "first":
                return self._month(wanted.name, 1)
            case _:
                return self._inputs[wanted.name]

    def _beside(self, wanted: Argument) -> Quantity:
        match wanted.scope:
            case "row" if wanted.name == "month":
                return np.arange(MONTHS + 1.0).reshape((-1,) + (1,) * np.ndim(self._inputs["contacts_01"]))
            case "row":  # the months the line has
                first = 0 if self._statement.lines[wanted.name].month_0 else 1
                return self.lines[wanted.name][first:]
            case "year":
                return self.years[wanted.name]
            case "end":
                return self.lines[wanted.name][-1]
            case "flag":
                return self.flags[wanted.name]
            case "flags":
                return np.stack(list(self.flags.values()))
            case "checks":
                fault = wanted.name == "fault_checks"
                return np.stack(
                    [
                        self.checks[key]
                        for key, check in self._statement.checks.items()
                        if check.fault == fault
                    ]
                )
            case "now" if wanted.name in self._figures:
                return self._figures[wanted.name]
            case "now":
                return self.figures[wanted.name]
            case _:
                return self._inputs[wanted.name]


def _year(line: Line, months: Quantity) -> Quantity:
    return year_of(line.year, months, months[1:], months[-1])


def year_of(year: Year, whole: Quantity, months: Quantity, end: Quantity) -> Quantity:
    """What the year's column shows: months 0 to 12 summed, months 1 to 12 averaged, or month 12."""
    if year == "sum":
        return row_sum(whole)
    return row_average(months) if year == "average" else end
