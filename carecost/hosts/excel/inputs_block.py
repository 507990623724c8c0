"""The plan that the inputs of an open workbook make: the rules of a plan file, the faults by cell."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast, get_args

import numpy as np

from carecost.errors import CarecostError, CellError, PlanError
from carecost.hosts.excel.opened import OpenBook
from carecost.model.completion import Confidence, Provenance, complete
from carecost.model.fixed import FIXED
from carecost.model.inputs import INPUTS, Input, read_value, shown
from carecost.model.result import Plan
from carecost.rates import RateCard
from carecost.workbook.fill import Place, owned_cells
from carecost.workbook.values import EXCEL_EPOCH

TEMPLATE = "Start from templates/pnl_12m.xlsx, which comes with carecost, or from a workbook that it wrote."
CONFIDENCE = "inputs_confidence"


class Fault(NamedTuple):
    """What is wrong with an input; ``place`` is its cell, if it has one."""

    place: Place | None
    message: str

    def __str__(self) -> str:
        return f"{'!'.join(self.place)} {self.message}" if self.place else self.message


class InputsError(CarecostError):
    """The workbook's inputs make no plan."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_plan(opened: OpenBook, card: RateCard) -> Plan:
    """The plan of the workbook's inputs; ``InputsError`` lists what the rules do not allow.

    An input that the workbook has no name for is left to its default or the rate card, as in a plan file.
    A blank cell is what the formulas make of it, zero or nothing, and a fault where that would not do.
    """
    missing = [
        name
        for name, declared in INPUTS.items()
        if declared.required and not (name in opened.areas or name in opened.broken)
    ]
    if missing:
        raise InputsError(
            [Fault(None, f"This workbook has no cells with the names {', '.join(missing)}. {TEMPLATE}")]
        )
    faults = [*_broken(opened), *_changed_figures(opened)]
    given: dict[str, Any] = {}
    for name, content in _contents(opened).items():
        if content is not None:
            try:
                given[name] = read_value(name, _as_in_plan(INPUTS[name], content))
            except PlanError as error:
                faults.append(_fault(opened, error))
    blank = blank_inputs(opened)
    faults += [_fault(opened, error) for name in blank for error in _not_blank(INPUTS[name], given)]
    if faults:
        raise InputsError(faults)
    # For a formula a blank number is zero, unless blank has a meaning of its own.
    zeros = {name: 0.0 for name in blank if INPUTS[name].kind == "number" and INPUTS[name].blank == "zero"}
    try:
        values, provenance = complete(given | zeros, card)
    except PlanError as error:
        raise InputsError([_fault(opened, error)]) from None
    # Nobody stated that zero: where there is no default, the input is not used.
    values |= {name: np.nan for name in zeros if INPUTS[name].default is None}
    return Plan(values, provenance | _confidence(opened, provenance))


def blank_inputs(opened: OpenBook) -> list[str]:
    """The inputs whose cell is blank."""
    return [name for name, content in _contents(opened).items() if content is None]


def _contents(opened: OpenBook) -> dict[str, Any]:
    """What the cells of the inputs hold."""
    return {name: opened.value(_place(opened, name)) for name in INPUTS if name in opened.areas}


def unnamed(opened: OpenBook) -> list[str]:
    """The inputs that the workbook has no name for."""
    return [name for name in INPUTS if name not in opened.areas]


def _place(opened: OpenBook, name: str) -> Place:
    sheet, cells = opened.areas[name]
    return sheet, cells[0]


def _broken(opened: OpenBook) -> Iterator[Fault]:
    for name in INPUTS:
        if name in opened.broken:
            yield Fault(None, f"The name {name} refers to {opened.broken[name]}: it must be one cell.")
        elif name in opened.areas:
            sheet, cells = opened.areas[name]
            if any(opened.value((sheet, cell)) is not None for cell in cells[1:]):  # merged cells are blank
                yield Fault(_place(opened, name), f"{name} refers to {len(cells)} cells: it must be one.")


def _changed_figures(opened: OpenBook) -> Iterator[Fault]:
    """Units of measure and thresholds that the formulas use: with others the plan would be another."""
    for name, figure in FIXED.items():
        if name in opened.areas:
            value = opened.value(_place(opened, name))
            if not isinstance(value, float | int) or not math.isclose(value, figure):
                yield Fault(
                    _place(opened, name),
                    f"{name} = {shown(_plain(value))}: is no input; put {figure:.15g} back.",
                )


def _as_in_plan(declared: Input, value: Any) -> Any:
    """A cell's content as a plan file would have it."""
    name = declared.name
    if isinstance(value, CellError):
        raise PlanError(name, f"{name} = {value.code}: must be a value, not an error.")
    number = isinstance(value, float | int) and not isinstance(value, bool)
    if declared.kind == "date" and number:
        try:
            return EXCEL_EPOCH + datetime.timedelta(days=int(value))
        except OverflowError:
            return value
    if declared.kind == "number":
        if isinstance(value, str):
            raise PlanError(name, f"{name} = {shown(value)}: is text and must be a number. Type it again.")
        return _plain(value)
    if number:
        raise PlanError(name, f"{name} = {value:g}: must be text. Type an apostrophe first: '{value:g}")
    return value


def _plain(value: Any) -> Any:
    """A whole number without the ".0" that all numbers of Excel come with."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _not_blank(declared: Input, given: Mapping[str, Any]) -> Iterator[PlanError]:
    """Why the cell of an input must not be blank, if so."""
    name, use = declared.name, declared.needed_with
    if declared.required:
        yield PlanError(name, f"{name} is missing: {declared.help}")
    elif declared.kind == "choice":
        try:
            read_value(name, "")
        except PlanError as error:
            yield error
    elif declared.kind == "number" and declared.default:
        yield PlanError(
            name,
            f"{name} is blank, and formulas read that as 0: type {declared.default:.15g} "
            f"({declared.default_source}) or a figure of your own.",
        )
    elif use and given.get(use, 0) > 0:
        yield PlanError(name, f"{name} is missing: {use} is {given[use]:g}, so it is needed. {declared.help}")


def _fault(opened: OpenBook, error: PlanError) -> Fault:
    return Fault(_place(opened, error.key) if error.key in opened.areas else None, str(error))


def _confidence(opened: OpenBook, provenance: Mapping[str, Provenance]) -> dict[str, Provenance]:
    """How sure the user is of each input, where the workbook has a column for it."""
    places = owned_cells(opened.areas, [f"{CONFIDENCE}.{name}" for name in INPUTS])
    found = {}
    for place, slot in places.items():
        name = slot.name.removeprefix(f"{CONFIDENCE}.")
        word = str(opened.value(place) or "").lower()
        known = word if word in get_args(Confidence) else ""
        found[name] = replace(provenance[name], confidence=cast(Confidence, known))
    return found
