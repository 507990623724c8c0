"""How a line, a figure or a check of the P&L is declared: one function, its arguments found by name.

An argument is named after what it takes:

* an input (``shrinkage``) or an earlier line of the same month (``workload_hours``);
* ``last_<line>``: that line in the month before; ``first_<line>``: in month 1; ``month``: 0 to 12;
* for figures and checks, which stand beside the months: ``row_<line>`` all thirteen months,
  ``year_<line>`` the year's total, ``end_<line>`` month 12, an earlier figure, ``flag_<input>`` what
  holding an input against its ranges gave, ``flags`` all of those, or the outcomes of the checks:
  ``fault_checks`` and ``look_checks``.

A part ``c`` in a name stands for each channel and ``m`` for each market: ``labor_m`` declares three
lines, and an argument ``*labor_m`` takes all three.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from carecost.model.inputs import CHANNELS, INPUTS, MARKETS
from carecost.model.native import Quantity

Scope = Literal[
    "now", "last", "first", "row", "year", "end", "flag", "flags", "checks", "month", "input", "given"
]
PREFIXES: tuple[Scope, ...] = ("last", "first", "row", "year", "end", "flag")
WORDS = {"c": CHANNELS, "m": MARKETS}


class Argument(NamedTuple):
    """What a definition takes: an input, or a line in some month or months."""

    scope: Scope
    name: str


@dataclass(frozen=True)
class Definition:
    """A named quantity of the P&L. ``call`` computes it or, with operands, writes its formula."""

    key: str
    label: str
    unit: str
    section: str
    note: str
    function: Callable[..., Quantity]
    arguments: tuple[Argument, ...]

    def call(self, get: Callable[[Argument], Quantity]) -> Quantity:
        """The function, with every argument looked up by ``get``."""
        return self.function(*(get(argument) for argument in self.arguments))


def note_of(function: Callable[..., Quantity]) -> str:
    """The first paragraph of a docstring, as one line: it is printed in the workbook."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def argument(name: str) -> Argument:
    """Read an argument's name.

    >>> argument("last_paid_fte"), argument("shrinkage")
    (Argument(scope='last', name='paid_fte'), Argument(scope='input', name='shrinkage'))
    """
    if name == "month":
        return Argument("month", name)
    if name == "flags":
        return Argument("flags", name)
    if name in ("fault_checks", "look_checks"):
        return Argument("checks", name)
    if name in INPUTS or name == "contacts_monthly":
        return Argument("input", name)
    prefix, _, rest = name.partition("_")
    for scope in PREFIXES:
        if prefix == scope:
            return Argument(scope, rest)
    return Argument("now", name)


def arguments_of(function: Callable[..., Quantity], swap: Mapping[str, str]) -> tuple[Argument, ...]:
    """The arguments of a function, family words replaced by their members."""
    found: list[Argument] = []
    for parameter in inspect.signature(function).parameters.values():
        names = [replace_words(parameter.name, swap)]
        if parameter.kind is parameter.VAR_POSITIONAL:
            names = [replace_words(names[0], member) for member in members_of(names[0])]
        found += [argument(name) for name in names]
    return tuple(found)


def members_of(name: str) -> Iterator[Mapping[str, str]]:
    """What the family word in a name stands for, one after the other; once, if there is none.

    >>> [replace_words("labor_m", member) for member in members_of("labor_m")]
    ['labor_onshore', 'labor_nearshore', 'labor_offshore']
    """
    word = next((part for part in name.split("_") if part in WORDS), None)
    if word is None:
        yield {}
        return
    for member in WORDS[word]:
        yield {word: member}


def replace_words(name: str, swap: Mapping[str, str]) -> str:
    """A name with its family word replaced."""
    return "_".join(swap.get(part, part) for part in name.split("_"))
