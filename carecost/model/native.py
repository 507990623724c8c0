"""The few operations that NumPy and Excel spell differently, each one definition with two faces.

A native function computes with NumPy. Called with a tracing operand (anything that has
``excel_call``) it becomes the Excel function it names, so model code stays free of Excel.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

# A float, an array with one value per plan, or a tracing operand.
Quantity: TypeAlias = Any


def native(excel_name: str) -> Callable[[Callable[..., Quantity]], Callable[..., Quantity]]:
    """Declare that a function is ``excel_name(...)`` in a cell, with the same arguments."""

    def declare(compute: Callable[..., Quantity]) -> Callable[..., Quantity]:
        @functools.wraps(compute)
        def either(*args: Quantity) -> Quantity:
            for arg in args:
                if hasattr(arg, "excel_call"):
                    return arg.excel_call(excel_name, args)
            return compute(*args)

        return either

    return declare


def spelled(
    write: Callable[..., Quantity],
) -> Callable[[Callable[..., Quantity]], Callable[..., Quantity]]:
    """Declare the formula of a function whose NumPy code (a search, an integral) has none.

    ``write(excel, *args)`` builds it from the same arguments; ``excel("POISSON.DIST", n, load, False)``
    is a call of an Excel function. Both faces are one definition, side by side.
    """

    def declare(compute: Callable[..., Quantity]) -> Callable[..., Quantity]:
        @functools.wraps(compute)
        def either(*args: Quantity) -> Quantity:
            for arg in args:
                if hasattr(arg, "excel_call"):
                    return write(lambda name, *inner, operand=arg: operand.excel_call(name, inner), *args)
            return compute(*args)

        return either

    return declare


@native("INDEX")
def pick(row: Quantity, place: Quantity) -> Quantity:
    """The ``place``-th value of a list, counted from 1.

    >>> float(pick(np.array([7.0, 8.0, 9.0]), 2))
    8.0
    """
    return np.asarray(row)[int(place) - 1]


@native("SUM")
def row_sum(row: Quantity) -> Quantity:
    """Sum over the months, the first axis."""
    return np.sum(row, axis=0)


@native("AVERAGE")
def row_average(row: Quantity) -> Quantity:
    """Mean over the months, the first axis."""
    return np.mean(row, axis=0)


@native("MAX")
def row_max(*rows: Quantity) -> Quantity:
    """Largest month of one row or several."""
    return np.max([np.max(row, axis=0) for row in rows], axis=0)


@native("MIN")
def row_min(*rows: Quantity) -> Quantity:
    """Smallest month of one row or several."""
    return np.min([np.min(row, axis=0) for row in rows], axis=0)


@native("SUMPRODUCT")
def row_product_sum(*rows: Quantity) -> Quantity:
    """Sum over the months of rows multiplied with each other."""
    return np.sum(functools.reduce(lambda left, right: left * right, rows), axis=0)


@native("ISTEXT")
def is_text(value: Quantity) -> Quantity:
    """Whether a cell holds text: an empty one does not, and numbers never do."""
    values = np.asarray(value)
    return values != "" if values.dtype.kind == "U" else np.zeros(values.shape, dtype=bool)


@native("ROWS")
def size_of(texts: Quantity) -> Quantity:
    """How many there are along the first axis."""
    return len(texts)


@native("COUNTIF")
def count_of(texts: Quantity, text: str) -> Quantity:
    """How many of the texts (first axis) are ``text``."""
    return np.sum(np.asarray(texts) == text, axis=0)


def choose(condition: Quantity, yes: Quantity, no: Quantity) -> Quantity:
    """``np.where`` that takes a short cut when the condition is one truth for all cells.

    >>> choose(True, 1.5, 2.5)
    1.5
    """
    if isinstance(condition, bool | np.bool_):
        return yes if condition else no
    return np.where(condition, yes, no)


def total(parts: tuple[Quantity, ...]) -> Quantity:
    """Sum of several quantities; in a cell, SUM when they stand one under the other.

    >>> total((1.0, 2.0, 4.0))
    7.0
    """
    return functools.reduce(lambda left, right: left + right, parts)
