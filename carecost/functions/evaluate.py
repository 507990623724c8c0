"""One call of a CARE function: arguments are read, checked, broadcast, computed and put back in shape.

Precedence where several things are wrong in one cell, the same in every host: an error that came in, a
value of the wrong kind (#VALUE!), a value outside its limits (#NUM!), an unknown market (#N/A), then the
function's rules in order.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.errors import CellError
from carecost.functions.cells import MANY, Column, Errors, read_column, read_list
from carecost.functions.quick import quick_range, quick_values

if TYPE_CHECKING:
    from carecost.functions.declare import Function


def evaluate(function: Function, args: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Compute one call; see the module's words."""
    given = bind(function, args, named)
    answer = _quick(function, given)
    if answer is not None:
        return answer
    lists, columns = {}, {}
    for name, parameter in function.parameters.items():
        if parameter.is_list:
            lists[name] = read_list(function.name, parameter, given.get(name))
        else:
            columns[name] = read_column(function.name, parameter, given.get(name))
    shape, ranged = _common_shape(function, columns)
    return _cells(function, lists, columns, shape, ranged)


def bind(function: Function, args: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name; one too many, unknown or given twice is a Python TypeError, as for any function."""
    names = list(function.parameters)
    if len(args) > len(names):
        raise TypeError(f"{function.name} takes at most {len(names)} arguments, {len(args)} given")
    given = dict(zip(names, args, strict=False))
    for typed, value in named.items():
        name = typed if typed in function.parameters else typed.removesuffix("_")  # lambda_ is lambda
        if name not in function.parameters:
            raise TypeError(f"{function.name} has no argument {typed}; it has {', '.join(names)}")
        if name in given:
            raise TypeError(f"{function.name} got {name} twice")
        given[name] = value
    return given


def _quick(function: Function, given: Mapping[str, Any]) -> Any:
    """The answer of a plainly valid call, or None."""
    found = quick_values(function, given)
    if found is None:
        return None
    values, shape = found
    if shape is None:
        return _scalar(function, values)
    with np.errstate(all="ignore"):
        if any(np.any(call_named(rule.breaks, values)) for rule in function.rules):
            return None
        return quick_range(values, shape, function.body)


def _scalar(function: Function, values: Mapping[str, Any]) -> Any:
    with np.errstate(all="ignore"):
        for rule in function.rules:
            if call_named(rule.breaks, values):
                raise CellError(rule.code, f"{function.name}: {rule.message}")
        answer = _body(function, values)
    return _finish_block(function, answer) if function.spills else _finish_scalar(function, answer)


def _body(function: Function, values: Mapping[str, Any]) -> Any:
    try:
        return function.body(**values)
    except ZeroDivisionError:
        raise CellError("#DIV/0!", f"{function.name}: a division by zero") from None
    except OverflowError:
        raise CellError("#NUM!", f"{function.name}: the answer is too large") from None


def _finish_scalar(function: Function, answer: Any) -> Any:
    if isinstance(answer, np.ndarray) and answer.dtype.kind in "UO":
        answer = answer.item()
    if isinstance(answer, CellError):
        raise answer
    if isinstance(answer, str):
        return answer
    number = float(answer)
    if number != number:
        raise CellError(function.missing[0], f"{function.name}: {function.missing[1]}")
    if abs(number) == np.inf:
        raise CellError("#NUM!", f"{function.name}: the answer is too large")
    return number


def _finish_block(function: Function, answer: Any) -> Any:
    """A spilled block: plain floats and texts, and errors in the cells without a finite number."""
    block = np.asarray(answer)
    if block.dtype.kind == "f" and np.isfinite(block).all():
        return block
    cells = np.empty(block.shape, dtype=object)
    for place, value in np.ndenumerate(block):
        try:
            cells[place] = _finish_scalar(function, value)
        except CellError as error:
            cells[place] = error
    return cells


def _common_shape(function: Function, columns: Mapping[str, Column]) -> tuple[tuple[int, ...], bool]:
    """The shape of the answer, and whether any argument is a range.

    Same shape: cell by cell. Column against row: a grid. A single cell: repeated.
    """
    shapes = {name: column.shape for name, column in columns.items() if column.shape != ()}
    ranged = bool(shapes)
    many = {name: shape for name, shape in shapes.items() if np.prod(shape) != 1}
    if not many:
        return (max(shapes.values(), key=len) if shapes else ()), ranged
    if function.spills:
        name = next(iter(many))
        raise CellError("#VALUE!", f"{function.name}: {name} must be a single cell, not a range")
    kinds = set(many.values())
    if len(kinds) == 1:
        return kinds.pop(), ranged
    tall = {shape[0] for shape in kinds if len(shape) == 1 or shape[1] == 1}
    wide = {shape[1] for shape in kinds if len(shape) == 2 and shape[0] == 1}
    if len(tall) == 1 and len(wide) == 1 and len(kinds) <= 3:
        stray = [shape for shape in kinds if len(shape) == 2 and shape[0] != 1 and shape[1] != 1]
        if not stray:
            rows, across = tall.pop(), wide.pop()
            if rows * across > MANY:
                raise CellError("#VALUE!", f"{function.name}: a grid of {rows:,} x {across:,} is too large")
            return (rows, across), ranged
    if len(tall) == 1 and not wide and all(len(shape) == 1 or shape[1] == 1 for shape in kinds):
        return (tall.pop(), 1), ranged
    shown = ", ".join(f"{name} {' x '.join(map(str, shape))}" for name, shape in many.items())
    raise CellError(
        "#VALUE!",
        f"{function.name}: the ranges do not fit: {shown}. Use the same shape, or a column against a row",
    )


def _cells(
    function: Function,
    lists: Mapping[str, Any],
    columns: Mapping[str, Column],
    shape: tuple[int, ...],
    ranged: bool,
) -> Any:
    errors = Errors(shape)
    for stage in ("error", "kind", "limit", "market"):
        for column in columns.values():
            column.report(stage, errors, shape)
    good = errors.good
    values = {**lists, **{name: column.values_at(shape, good) for name, column in columns.items()}}
    with np.errstate(all="ignore"):
        if good.any():
            for rule in function.rules:
                broken = np.broadcast_to(
                    np.asarray(call_named(rule.breaks, values), dtype=bool), (int(good.sum()),)
                )
                if broken.any():
                    errors.add_within_good(broken, rule.code, f"{function.name}: {rule.message}")
                    keep = ~broken
                    values = {
                        name: value[keep] if name in columns and isinstance(value, np.ndarray) else value
                        for name, value in values.items()
                    }
                good = errors.good
                if not good.any():
                    break
    if function.spills or not ranged:
        errors.raise_first()
        single = {name: _single(value, name in columns) for name, value in values.items()}
        with np.errstate(all="ignore"):
            answer = _body(function, single if function.spills else values)
        return (
            _finish_block(function, answer)
            if function.spills
            else _finish_scalar(function, _single(answer, True))
        )
    if shape == () or not good.any():
        return errors.put_back(function, np.empty(0), columns)
    with np.errstate(all="ignore"):
        answer = np.broadcast_to(_body(function, values), (int(good.sum()),))
    return errors.put_back(function, answer, columns)


def _single(value: Any, column: bool) -> Any:
    return value.reshape(-1)[0] if column and isinstance(value, np.ndarray) and value.size else value


def call_named(function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
    """Call with the parameters that it names."""
    return function(*(values[name] for name in names_of(function)))


_NAMES: dict[Callable[..., Any], tuple[str, ...]] = {}


def names_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The parameter names of a rule, remembered: signatures are slow to read."""
    if function not in _NAMES:
        _NAMES[function] = tuple(inspect.signature(function).parameters)
    return _NAMES[function]
