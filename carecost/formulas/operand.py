"""The tracing operand: NumPy code called with it returns the Excel formula it stands for.

>>> import numpy as np
>>> salary, burden = ref("salary"), ref("burden")
>>> print(salary * (1 + burden))
salary*(1+burden)
>>> print(np.where(salary > burden, np.maximum(salary, 0), "none"))
IF(salary>burden,MAX(salary,0),"none")
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from carecost.errors import TraceError

# Excel's operator precedence, loosest first. Unary minus binds tighter than ^: -2^2 is 4 in a cell.
COMPARE, ADD, MULTIPLY, POWER, NEGATE, ATOM = range(1, 7)
CELL = re.compile(r"^([A-Z]{1,3})([0-9]+)$")


class Operand(np.lib.mixins.NDArrayOperatorsMixin):
    """A piece of formula text with the precedence of its outermost operator.

    ``terms`` are the plain references of a sum, so that neighbours can be written as one SUM.
    """

    __slots__ = ("precedence", "terms", "text")

    def __init__(self, text: str, precedence: int = ATOM, terms: tuple[str, ...] = ()) -> None:
        self.text = text
        self.precedence = precedence
        self.terms = terms

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Operand({self.text!r})"

    def __hash__(self) -> int:
        return hash(self.text)

    def __bool__(self) -> bool:
        raise TraceError(f"'if {self.text}' cannot become a formula: write np.where(condition, a, b)")

    def __float__(self) -> float:
        raise TraceError(f"{self.text} is a formula, not a number: this code leaves NumPy")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Operand:
        """One NumPy element-wise operation becomes one Excel operator or function."""
        write = UFUNCS.get(ufunc.__name__)
        if write is None or method != "__call__" or options:
            raise TraceError(f"np.{ufunc.__name__} ({method}) has no Excel formula")
        return write(*(literal(arg) for arg in args))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Operand:
        """np.where and np.clip; any other NumPy function is refused."""
        write = FUNCTIONS.get(function.__name__)
        if write is None or options:
            raise TraceError(f"np.{function.__name__} has no Excel formula")
        return write(*(literal(arg) for arg in args))

    def excel_call(self, name: str, args: tuple[Any, ...]) -> Operand:
        """What ``model.native`` functions call: they name their Excel function themselves."""
        return call(name, *(literal(arg) for arg in args))


def ref(text: str) -> Operand:
    """A cell, a range or a defined name."""
    return Operand(text, terms=(text,))


def literal(value: Any) -> Operand:
    """A constant inside model code. Named constants keep their name: no typed number in the formula."""
    if isinstance(value, Operand):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()  # NumPy hands over its own scalars as arrays
    if hasattr(value, "excel_name"):
        return ref(value.excel_name)
    if isinstance(value, str | np.str_):
        return Operand('"' + value.replace('"', '""') + '"')
    if isinstance(value, bool | np.bool_):
        return Operand("TRUE" if value else "FALSE")
    if isinstance(value, int | float | np.number):
        if np.isnan(value):
            return Operand('"n/a"')  # what a missing answer looks like in a cell
        if np.isinf(value):
            raise TraceError("infinity cannot stand in a formula")
        text = repr(float(value)).removesuffix(".0")
        return Operand(text, NEGATE if value < 0 else ATOM)
    raise TraceError(f"{type(value).__name__} cannot stand in a formula")


def call(name: str, *args: Operand) -> Operand:
    """An Excel function call."""
    return Operand(f"{name}({','.join(arg.text for arg in args)})")


def _bracket(operand: Operand, level: int) -> str:
    return operand.text if operand.precedence >= level else f"({operand.text})"


def _binary(symbol: str, level: int, right_level: int) -> Callable[[Operand, Operand], Operand]:
    def write(left: Operand, right: Operand) -> Operand:
        return Operand(f"{_bracket(left, level)}{symbol}{_bracket(right, right_level)}", level)

    return write


def _compare(symbol: str) -> Callable[[Operand, Operand], Operand]:
    # Comparisons chain in Excel (1<2<3 compares TRUE with 3), so both sides bind tighter.
    return lambda left, right: Operand(f"{_bracket(left, ADD)}{symbol}{_bracket(right, ADD)}", COMPARE)


def _subtract(left: Operand, right: Operand) -> Operand:
    return left if right.text == "0" else _minus(left, right)


def _add(left: Operand, right: Operand) -> Operand:
    if right.text.startswith("-") and right.precedence == NEGATE:
        return _subtract(left, Operand(right.text[1:], ATOM))
    terms = left.terms + right.terms if left.terms and right.terms else ()
    if not terms:
        return Operand(f"{_bracket(left, ADD)}+{_bracket(right, ADD)}", ADD)
    pieces = [f"SUM({run[0]}:{run[-1]})" if len(run) > 2 else "+".join(run) for run in _runs(terms)]
    return Operand("+".join(pieces), ADD if len(pieces) > 1 or "+" in pieces[0] else ATOM, terms)


def _runs(terms: tuple[str, ...]) -> list[list[str]]:
    """Terms in order, cells that stand directly under each other together."""
    runs: list[list[str]] = []
    for term in terms:
        if runs and _is_below(runs[-1][-1], term):
            runs[-1].append(term)
        else:
            runs.append([term])
    return runs


def _is_below(upper: str, lower: str) -> bool:
    above, below = CELL.match(upper), CELL.match(lower)
    return bool(above and below and above[1] == below[1] and int(above[2]) + 1 == int(below[2]))


def _negate(value: Operand) -> Operand:
    if value.precedence == MULTIPLY:  # -(a*b) is (-a)*b, to the last bit
        return Operand(f"-{value.text}", MULTIPLY)
    return Operand(f"-{_bracket(value, NEGATE)}", NEGATE)


def _join(name: str) -> Callable[..., Operand]:
    """AND, OR, MAX and MIN take any number of arguments: nested ones are written as one."""

    def write(*args: Operand) -> Operand:
        inside = [
            arg.text[len(name) + 1 : -1]
            if arg.precedence == ATOM and _is_whole_call(arg.text, name)
            else arg.text
            for arg in args
        ]
        return Operand(f"{name}({','.join(inside)})")

    return write


def _is_whole_call(text: str, name: str) -> bool:
    """Whether the first bracket after ``name`` closes at the very end."""
    if not text.startswith(f"{name}("):
        return False
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == ")" and depth == 0:
            return place == len(text) - 1
    return False


def _if(condition: Operand, yes: Operand, no: Operand) -> Operand:
    return call("IF", condition, yes, no)


_minus = _binary("-", ADD, MULTIPLY)

UFUNCS: dict[str, Callable[..., Operand]] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _binary("*", MULTIPLY, POWER),
    "divide": _binary("/", MULTIPLY, POWER),
    # Excel's ^ groups from the left, so a power on the right is bracketed.
    "power": _binary("^", POWER, NEGATE),
    "negative": _negate,
    "positive": lambda value: value,
    "maximum": _join("MAX"),
    "minimum": _join("MIN"),
    "absolute": lambda value: call("ABS", value),
    "sign": lambda value: call("SIGN", value),
    "sqrt": lambda value: call("SQRT", value),
    "exp": lambda value: call("EXP", value),
    "log": lambda value: call("LN", value),
    "floor": lambda value: call("INT", value),
    "ceil": lambda value: _negate(call("INT", _negate(value))),
    "isfinite": lambda value: call("ISNUMBER", value),
    "equal": _compare("="),
    "not_equal": _compare("<>"),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "greater": _compare(">"),
    "greater_equal": _compare(">="),
    "logical_and": _join("AND"),
    "logical_or": _join("OR"),
    "logical_not": lambda value: call("NOT", value),
    "bitwise_and": _join("AND"),
    "bitwise_or": _join("OR"),
    "invert": lambda value: call("NOT", value),
}

FUNCTIONS: dict[str, Callable[..., Operand]] = {
    "where": _if,
    "clip": lambda value, low, high: call("MAX", call("MIN", value, high), low),
}
