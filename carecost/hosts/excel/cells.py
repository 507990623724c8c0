"""Cells on their way between Excel and the functions.

xlwings hands over every argument as rows of cells, and each of its runtimes has quirks of its own
(blanks, errors as numbers or texts, currency as Decimal). Here they end: what goes on to a function is
what a Python user would pass.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import chain
from typing import Any

import numpy as np

from carecost.errors import EXCEL_ERRORS, INCOMING, CarecostError, CellError

# Windows passes an error cell that xlwings does not know as this number plus Excel's own.
COM_ERROR = -2146828288
LAST_ERROR = 3000
CODES = {number: code for code, number in EXCEL_ERRORS.items()}
# JavaScript's two ways of saying nothing, as Pyodide passes them on.
NOTHING = ("JsNull", "JsUndefined")


def argument(rows: Any) -> Any:
    """One argument as the functions take it: None, a single value, or rows of them.

    ``rows`` are rows of cells as xlwings reads them with ``ndim=2, err_to_str=True``, or None where the
    argument was omitted.
    """
    if not isinstance(rows, list | tuple):
        return cell(rows)
    if len(rows) == 1 and len(rows[0]) == 1:
        return cell(rows[0][0])
    if set(map(type, chain.from_iterable(rows))) == {float} and len(set(map(len, rows))) == 1:
        return np.array(rows)
    return [[cell(value) for value in row] for row in rows]


def cell(value: Any) -> Any:
    """One cell: a blank is None, an error a CellError, a currency a float.

    >>> cell(""), cell(Decimal("12.5")), cell(-2146826243).code
    (None, 12.5, '#SPILL!')
    """
    if isinstance(value, str):
        return CellError(value, INCOMING) if value in EXCEL_ERRORS else value or None
    if isinstance(value, Decimal):
        return float(value)
    # Excel's own numbers reach Python as floats, or as integers of JavaScript: this one is never a number.
    if type(value) is int and 0 < value - COM_ERROR < LAST_ERROR:
        return CellError(CODES.get(value - COM_ERROR, "#VALUE!"), INCOMING)
    return None if type(value).__name__ in NOTHING else value


def answered(compute: Callable[[], Any]) -> Any:
    """What a call gives: a number, a text, an array of cells, or its error as a CellError."""
    try:
        return compute()
    except CellError as error:
        return error
    except CarecostError as error:
        return CellError(error.code, str(error))
    except Exception as error:  # a cell must show an error, whatever went wrong
        return CellError("#VALUE!", f"carecost failed: {type(error).__name__}: {error}")


def rows_of(answer: Any, put: Callable[[CellError], Any]) -> Any:
    """An answer for xlwings: one value, or rows; errors as ``put`` writes them."""
    if isinstance(answer, CellError):
        return put(answer)
    if not isinstance(answer, np.ndarray):
        return answer
    rows = answer.reshape(-1, 1) if answer.ndim == 1 else answer
    if rows.dtype != object:
        return rows.tolist()
    return [[put(value) if isinstance(value, CellError) else value for value in row] for row in rows.tolist()]
