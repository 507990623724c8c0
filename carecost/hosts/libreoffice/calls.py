"""One call from a cell of Calc: its values as the functions take them, the answer as Calc takes it.

Calc hands over numbers and texts only. A date is its serial number, TRUE and FALSE are 1 and 0, an omitted
argument is None, a range is a tuple of rows in which an empty cell is ``""``; but an empty cell that is
given on its own is the number 0. Where only one reading makes sense, it is taken here: 0 for a word is
an empty cell, and 1 and 0 for a flag are TRUE and FALSE. An error in an argument never comes here: Calc
shows it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from carecost.errors import CarecostError
from carecost.functions import REGISTRY, Parameter

# What Calc calls the errors that it shows under Excel's names.
CALC_ERRORS = {
    "#NULL!": 521, "#DIV/0!": 532, "#VALUE!": 519, "#REF!": 524, "#NAME?": 525, "#NUM!": 503, "#N/A": 32767,
}  # fmt: skip
WORDS = ("text", "market")
TRUTH = {1.0: True, 0.0: False}


def answer(name: str, arguments: Sequence[Any]) -> list[list[Any]]:
    """Compute one call; always rows of numbers, texts and ``{"error": Calc's number}``."""
    function = REGISTRY[name]
    try:
        given = zip(function.parameters.values(), arguments, strict=True)
        return _rows(function(*(_argument(parameter, value) for parameter, value in given)))
    except CarecostError as error:
        return [[_cell(error)]]


def _argument(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return _range(parameter, value)
    if parameter.kind in WORDS and value == 0:
        return None
    return _truth(value) if parameter.kind == "flag" else value


def _range(parameter: Parameter, rows: Sequence[Sequence[Any]]) -> Any:
    if parameter.kind == "flag":
        return [[_truth(cell) for cell in row] for row in rows]
    if all(type(cell) is float for row in rows for cell in row):
        return np.array(rows)
    return [list(row) for row in rows]


def _truth(cell: Any) -> Any:
    return TRUTH.get(cell, cell)


def _rows(found: Any) -> list[list[Any]]:
    """An answer as rows; a single one is a row of one, a list is a column."""
    plain = found.tolist() if isinstance(found, np.ndarray) else found
    if not isinstance(plain, list):
        return [[_cell(plain)]]
    return [[_cell(cell) for cell in (row if isinstance(row, list) else [row])] for row in plain]


def _cell(value: Any) -> Any:
    if type(value) is float or isinstance(value, str):
        return value
    if isinstance(value, CarecostError):
        return {"error": CALC_ERRORS[value.code]}
    return float(value)
