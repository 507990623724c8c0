"""The common call, at little more than the cost of its arithmetic: plain numbers, and arrays of floats.

Whatever is not plainly valid here, a blank, a text, a list of cells, a broken rule, goes the thorough way
(``evaluate``), which says what is wrong. Both ways give the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.functions.cells import MANY, read_list
from carecost.functions.parameter import NO_DEFAULT, Parameter
from carecost.rates import active_card

if TYPE_CHECKING:
    from carecost.functions.declare import Function

LARGEST = 1e300
PLAIN = (float, int)
Shape = tuple[int, ...]


def quick_values(function: Function, given: Mapping[str, Any]) -> tuple[dict[str, Any], Shape | None] | None:
    """Valid arguments and the shape of their arrays (None for scalars only), or None to be thorough."""
    values: dict[str, Any] = {}
    shape: Shape | None = None
    for name, parameter, default in _defaults(function):
        value = given.get(name)
        if value is None:
            if default is NO_DEFAULT:
                return None
            values[name] = default
        elif parameter.kind == "number" and type(value) in PLAIN:
            if not _fits(parameter, value):
                return None
            values[name] = float(value)
        elif parameter.kind == "number":
            cells = value.to_numpy() if hasattr(value, "to_numpy") else value
            if not _plain_range(cells) or function.spills or shape not in (None, cells.shape):
                return None
            if not _fits(parameter, cells.min()) or not _fits(parameter, cells.max()):
                return None
            shape, values[name] = cells.shape, cells.reshape(-1)
        elif parameter.kind == "list" and _plain_list(value):
            cells = np.asarray(value, dtype=float)
            if not _fits(parameter, cells.min()) or not _fits(parameter, cells.max()):
                return None
            values[name] = cells
        elif type(value) is str and value in _words(parameter):
            values[name] = value
        else:
            return None
    return values, shape


_DEFAULTS: dict[str, list[tuple[str, Parameter, Any]]] = {}


def _defaults(function: Function) -> list[tuple[str, Parameter, Any]]:
    """The parameters with what the function's code sees where the user gives nothing, remembered."""
    if function.name not in _DEFAULTS:
        _DEFAULTS[function.name] = [
            (name, parameter, _default_value(function.name, parameter))
            for name, parameter in function.parameters.items()
        ]
    return _DEFAULTS[function.name]


def _default_value(function: str, parameter: Parameter) -> Any:
    if parameter.required:
        return NO_DEFAULT
    if parameter.is_list:
        return read_list(function, parameter, None)
    if parameter.default is None:
        return np.nan if parameter.kind in ("number", "whole") else ""
    return parameter.default


def quick_range(values: Mapping[str, Any], shape: Shape, body: Callable[..., Any]) -> Any:
    """The answer for arrays of one shape, or None if any cell needs the thorough way."""
    answer = body(**values)
    if not isinstance(answer, np.ndarray) or answer.dtype.kind != "f" or answer.ndim != 1:
        return None
    if not np.isfinite(answer.sum()):
        return None
    return answer.reshape(shape)


def _plain_range(cells: Any) -> bool:
    if type(cells) is not np.ndarray or cells.dtype != np.float64:  # a masked array has blanks
        return False
    return 1 < cells.size <= MANY and cells.ndim in (1, 2)


def _plain_list(cells: Any) -> bool:
    if isinstance(cells, list | tuple):
        return len(cells) > 0 and all(type(cell) in PLAIN for cell in cells)
    return type(cells) is np.ndarray and cells.dtype == np.float64 and cells.ndim == 1 and cells.size > 0


def _fits(parameter: Parameter, value: float) -> bool:
    return not parameter.outside(value) and abs(value) < LARGEST


def _words(parameter: Parameter) -> Any:
    return active_card().markets if parameter.kind == "market" else parameter.options
