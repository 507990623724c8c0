"""Limits of a number: tested for one value or many, and said in words."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cached_property
from typing import Any

# The name of a limit, how a message says it, and what breaks it.
LIMITS: tuple[tuple[str, str, Callable[[Any, float], Any]], ...] = (
    ("min", "at least", operator.lt),
    ("above", "above", operator.le),
    ("max", "at most", operator.gt),
    ("below", "below", operator.ge),
)


class Limited:
    """What declares ``min``, ``max`` (ends included), ``above`` and ``below`` (ends excluded), or None."""

    @cached_property
    def _limits(self) -> tuple[tuple[str, float, Callable[[Any, float], Any]], ...]:
        found = ((words, getattr(self, name), broken) for name, words, broken in LIMITS)
        return tuple(limit for limit in found if limit[1] is not None)

    def outside(self, value: Any) -> Any:
        """Whether a number is outside the limits, or where an array is; NaN never is."""
        out: Any = False
        for _, limit, broken in self._limits:
            out = out | broken(value, limit)
        return out

    def allowed(self, spell: Callable[[float], str] = "{:g}".format) -> str:
        """The allowed values in words, such as "at least 0 and below 1"; empty without limits."""
        return " and ".join(f"{words} {spell(limit)}" for words, limit, _ in self._limits)
