"""Tracing for LAMBDA: model code called with ``Traced`` nodes becomes one formula of bound parts.

``Operand`` writes text at once, which is right for a cell that people read. A whole function in one
formula would repeat its parts, so here the operations are kept as a graph first: whatever is used twice
is bound by LET. Lists stay whole arrays, so an operation on one must not collapse it as AND or MAX do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from carecost.errors import TraceError
from carecost.formulas.operand import ADD, ATOM, COMPARE, MULTIPLY, NEGATE, POWER, UFUNCS, Operand, call

Writer = Callable[..., Operand]
# Shorter than this a part is quicker to read where it stands than under a name.
SHORT = 16


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """One operation of a graph. ``lists`` are the lists it is an array over: none for a single value."""

    __slots__ = ("args", "lists", "place", "tracer", "write")

    def __init__(
        self, tracer: Tracer, place: int, write: Writer, args: tuple[Traced, ...], lists: frozenset[str]
    ) -> None:
        self.tracer, self.place, self.write, self.args, self.lists = tracer, place, write, args, lists

    def __hash__(self) -> int:
        return self.place

    @property
    def is_list(self) -> bool:
        """Whether it is a list parameter itself: a column whose size has a name."""
        return not self.args and self.tracer.has_size(self.lists)

    @property
    def size(self) -> Traced:
        """How many members a list has."""
        return self.tracer.size(self)

    def __bool__(self) -> bool:
        raise TraceError("'if' on a value cannot become a formula: write np.where(condition, a, b)")

    def __float__(self) -> float:
        raise TraceError("a formula is not a number: this code leaves NumPy")

    def __iter__(self) -> Any:
        raise TraceError("a formula cannot be looped over: use np.sum and its kin")

    def __getitem__(self, places: Any) -> Traced:
        """``ramp[:, None]`` only turns a list for broadcasting; lists never meet ranges in a formula."""
        given = places if isinstance(places, tuple) else (places,)
        if all(place is None or place is Ellipsis or place == slice(None) for place in given):
            return self
        raise TraceError(f"[{places}] has no Excel formula: use model.native.pick or spelled")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **options: Any) -> Traced:
        """One NumPy element-wise operation becomes one Excel operator or function."""
        nodes = tuple(self.tracer.constant(arg) for arg in args)
        arrays = any(node.lists for node in nodes)
        write = (ARRAY_UFUNCS.get(ufunc.__name__) if arrays else None) or SCALAR_UFUNCS.get(ufunc.__name__)
        if write is None or method != "__call__" or options:
            raise TraceError(f"np.{ufunc.__name__} ({method}) has no Excel formula")
        return self.tracer.node(ufunc.__name__ + "[]" * arrays, write, nodes)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Traced:
        """np.where, np.clip and the reductions of whole lists; any other NumPy function is refused."""
        name = function.__name__
        if name in REDUCTIONS and set(options) <= {"axis"}:
            return self.tracer.reduce(*REDUCTIONS[name], args[0])
        if name == "where" and len(args) == 3:
            return self.tracer.node(name, _choice, tuple(map(self.tracer.constant, args)))
        if name == "clip" and not options:
            return np.minimum(np.maximum(args[0], args[1]), args[2])  # type: ignore[no-any-return]
        raise TraceError(f"np.{name} has no Excel formula")

    def excel_call(self, name: str, args: tuple[Any, ...]) -> Traced:
        """What ``model.native`` functions call: they name their Excel function themselves."""
        if name in ("COUNT", "ROWS", "COLUMNS") and len(args) == 1 and self.tracer.constant(args[0]).is_list:
            return self.tracer.constant(1) if name == "COLUMNS" else self.tracer.size(args[0])
        if name in COLLAPSING:
            return self.tracer.reduce(name, COLLAPSING[name], *args)
        return self.tracer.excel(name, *args)


class Tracer:
    """The graph of one function. ``missing`` is the error that a NaN in the code stands for.

    ``sized`` names the lists whose size has a name, ``optional`` those that may have no members.
    """

    def __init__(self, missing: str, sized: Iterable[str] = (), optional: Iterable[str] = ()) -> None:
        self._missing = missing
        self._sized = frozenset(sized)
        self._optional = frozenset(optional)
        self._nodes: dict[tuple[Any, ...], Traced] = {}

    def leaf(self, text: str, lists: Iterable[str] = ()) -> Traced:
        """A name, or any text that stands on its own."""
        return self._node((text,), lambda: Operand(text), (), frozenset(lists))

    def node(self, name: str, write: Writer, args: tuple[Traced, ...], collapses: bool = False) -> Traced:
        """An operation; the same one on the same arguments is the same node."""
        lists: frozenset[str] = frozenset()
        if not collapses:
            lists = lists.union(*(arg.lists for arg in args))
        return self._node((name, *(arg.place for arg in args)), write, args, lists)

    def reduce(self, name: str, nothing: float | None, *args: Any) -> Traced:
        """A whole list to one value; ``nothing`` is the answer for a list without members."""
        nodes = tuple(self.constant(arg) for arg in args)
        lists: frozenset[str] = frozenset()
        lists = lists.union(*(node.lists for node in nodes))
        write = _product if name == "PRODUCT" else functools.partial(call, name)
        whole = self.node(name, write, nodes, collapses=True)
        for each in sorted(lists & self._optional) if nothing is not None else ():
            empty = self.node("equal", SCALAR_UFUNCS["equal"], (self.leaf(f"{each}n"), self.constant(0)))
            whole = self.node("where", _choice, (empty, self.constant(nothing), whole))
        return whole

    def has_size(self, lists: frozenset[str]) -> bool:
        """Whether these are one list with a size; a table has rows and columns instead."""
        return len(lists) == 1 and lists <= self._sized

    def size(self, value: Any) -> Traced:
        """How many members a list has; its name is that of the list and an n."""
        (name,) = self.constant(value).lists
        return self.leaf(f"{name}n")

    def excel(self, name: str, *args: Any) -> Traced:
        """A call of an Excel function."""
        return self.node(name, functools.partial(call, name), tuple(map(self.constant, args)))

    def constant(self, value: Any) -> Traced:
        """A value inside model code; named constants become plain numbers."""
        if isinstance(value, Traced):
            return value
        operand = self._literal(value)
        return self._node((operand.text,), lambda: operand, (), frozenset())

    def _node(
        self, key: tuple[Any, ...], write: Writer, args: tuple[Traced, ...], lists: frozenset[str]
    ) -> Traced:
        if key not in self._nodes:
            self._nodes[key] = Traced(self, len(self._nodes), write, args, lists)
        return self._nodes[key]

    def _literal(self, value: Any) -> Operand:
        if isinstance(value, np.ndarray):
            if value.ndim == 0:
                return self._literal(value[()])
            if value.ndim == 1 and value.size:
                return Operand("{" + ";".join(self._literal(each).text for each in value) + "}")
            raise TraceError(f"an array of shape {value.shape} cannot stand in a formula")
        if isinstance(value, str | np.str_):
            return Operand('"' + value.replace('"', '""') + '"')
        if isinstance(value, bool | np.bool_):
            return Operand("TRUE" if value else "FALSE")
        if isinstance(value, int | float | np.number):
            if np.isnan(value):
                return Operand(self._missing)
            return number_text(float(value))
        raise TraceError(f"{type(value).__name__} cannot stand in a formula")


def number_text(value: float) -> Operand:
    """A number as Excel writes it.

    >>> print(number_text(0.3), number_text(2080.0), number_text(1e-9))
    0.3 2080 1E-09
    """
    if not np.isfinite(value):
        raise TraceError("infinity has no Excel formula")
    return Operand(repr(value).removesuffix(".0").upper(), NEGATE if value < 0 else ATOM)


def bound(roots: list[Traced], name: str = "part") -> tuple[list[tuple[str, str]], list[Operand]]:
    """The LET names with their texts, and the roots written with them.

    A part is bound when it is used in two places and is not short.
    """
    uses: dict[int, int] = {}
    order: list[Traced] = []
    _visit(roots, uses, order)
    written: dict[int, Operand] = {}
    names: list[tuple[str, str]] = []
    for node in order:
        operand = node.write(*(written[arg.place] for arg in node.args))
        if node.args and uses[node.place] > 1 and len(operand.text) >= SHORT:
            names.append((f"{name}_{len(names) + 1}", operand.text))
            operand = Operand(names[-1][0])
        written[node.place] = operand
    return names, [written[root.place] for root in roots]


def _visit(nodes: Iterable[Traced], uses: dict[int, int], order: list[Traced]) -> None:
    for node in nodes:
        if node.place not in uses:
            uses[node.place] = 0
            _visit(node.args, uses, order)
            order.append(node)
        uses[node.place] += 1


def _bracket(operand: Operand, level: int) -> str:
    return operand.text if operand.precedence >= level else f"({operand.text})"


def _both(first: Operand, second: Operand) -> Operand:
    return Operand(f"{_bracket(first, MULTIPLY)}*{_bracket(second, POWER)}", MULTIPLY)


def _either(first: Operand, second: Operand) -> Operand:
    return Operand(f"{_bracket(first, ADD)}+{_bracket(second, ADD)}>0", COMPARE)


def _not(value: Operand) -> Operand:
    return Operand(f"{_bracket(value, ADD)}=0" if value.precedence < ATOM else f"{value.text}=0", COMPARE)


def _product(values: Operand) -> Operand:
    # PRODUCT skips texts silently, and not every engine takes an array in it.
    return call("REDUCE", Operand("1"), values, Operand("LAMBDA(a,b,a*b)"))


def _larger(symbol: str) -> Writer:
    def write(first: Operand, second: Operand) -> Operand:
        return Operand(
            f"IF({_bracket(first, ADD)}{symbol}{_bracket(second, ADD)},{first.text},{second.text})"
        )

    return write


def _decided(name: str, decisive: str) -> Writer:
    """AND and OR where one side is known while tracing."""
    join, neutral = UFUNCS[name], "FALSE" if decisive == "TRUE" else "TRUE"

    def write(first: Operand, second: Operand) -> Operand:
        sides = [side for side in (first, second) if side.text != neutral]
        if any(side.text == decisive for side in sides):
            return Operand(decisive)
        return join(*sides) if len(sides) == 2 else (sides or [first])[0]

    return write


def _inverted(value: Operand) -> Operand:
    known = {"TRUE": "FALSE", "FALSE": "TRUE"}.get(value.text)
    return Operand(known) if known else call("NOT", value)


def _choice(condition: Operand, yes: Operand, no: Operand) -> Operand:
    if condition.text in ("TRUE", "FALSE"):
        return yes if condition.text == "TRUE" else no
    return call("IF", condition, yes, no)


SCALAR_UFUNCS: dict[str, Writer] = {
    **UFUNCS,
    **{name: _decided(name, "FALSE") for name in ("logical_and", "bitwise_and")},
    **{name: _decided(name, "TRUE") for name in ("logical_or", "bitwise_or")},
    **dict.fromkeys(("logical_not", "invert"), _inverted),
    "isnan": lambda value: _inverted(call("ISNUMBER", value)),
    "square": lambda value: UFUNCS["power"](value, Operand("2")),
    "expm1": lambda value: UFUNCS["subtract"](call("EXP", value), Operand("1")),
    "log1p": lambda value: call("LN", UFUNCS["add"](Operand("1"), value)),
    "remainder": lambda value, by: call("MOD", value, by),
    "floor_divide": lambda value, by: call("INT", UFUNCS["divide"](value, by)),
}
ARRAY_UFUNCS: dict[str, Writer] = {
    **dict.fromkeys(("logical_and", "bitwise_and"), _both),
    **dict.fromkeys(("logical_or", "bitwise_or"), _either),
    **dict.fromkeys(("logical_not", "invert"), _not),
    "maximum": _larger(">"),
    "minimum": _larger("<"),
}
# What a reduction is in a cell, and what it gives for a list without members.
REDUCTIONS: dict[str, tuple[str, float | None]] = {
    "sum": ("SUM", 0),
    "prod": ("PRODUCT", 1),
    "max": ("MAX", None),
    "amax": ("MAX", None),
    "min": ("MIN", None),
    "amin": ("MIN", None),
    "any": ("OR", None),
    "all": ("AND", None),
}
COLLAPSING: dict[str, float | None] = {
    "SUM": 0, "PRODUCT": 1, "SUMPRODUCT": 0, "MAX": None, "MIN": None, "AVERAGE": None, "COUNT": 0, "IRR": None,
    "ROWS": 0, "COLUMNS": 0, "OR": None, "AND": None, "INDEX": None, "MATCH": None, "COUNTIF": 0, "NPV": None,
    "LOOKUP": None, "XLOOKUP": None, "XMATCH": None, "REDUCE": None,
}  # fmt: skip
