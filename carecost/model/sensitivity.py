"""What one changed input does to the year's net: every case is one more plan in one evaluation."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from carecost.model.fixed import FIXED
from carecost.model.inputs import INPUTS
from carecost.model.native import Quantity
from carecost.model.statement import PLAN

TOLERANCE = FIXED["check_tolerance"]


class Case(BaseModel):
    """One input or family of inputs, moved down and up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    inputs: tuple[str, ...]
    change: Literal["relative", "points", "months"]
    down: float | None = None
    up: float | None = None

    @functools.cached_property
    def names(self) -> list[str]:
        """The inputs that move."""
        return [name for name in INPUTS if any(fnmatchcase(name, pattern) for pattern in self.inputs)]

    def words(self, step: float | None) -> str:
        """A step as a person reads it.

        >>> [case.words(case.up) for case in cases()[1:3]], cases()[-1].words(3)
        (['+10%', '+5 points'], '+3 months')
        """
        if step is None:
            return ""
        return {
            "relative": f"{step:+.0%}",
            "points": f"{step * 100:+.0f} points",
            "months": f"{step:+.0f} months",
        }[self.change]

    def moved(self, name: str, value: Quantity, step: float) -> Quantity:
        """The value after one step, kept inside its allowed values."""
        declared = INPUTS[name]
        after = value * (1 + step) if self.change == "relative" else value + step
        if declared.min is not None or declared.max is not None:
            after = np.clip(after, declared.min, declared.max)
        stays = declared.breaks_rule(after)
        if name.startswith("fx_"):  # a cost in the reporting currency has no exchange rate to move
            stays = stays | (value == 1)
        return np.where(stays, value, after)


class Swings(NamedTuple):
    """The year's net at either end of every case: arrays of shape (cases, ...), in the cases' order."""

    down: Quantity
    up: Quantity


@functools.cache
def cases() -> tuple[Case, ...]:
    """The declared cases."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Case(**entry) for entry in table["case"])


def swings(values: Mapping[str, Quantity], net: Quantity) -> Swings:
    """Every case for complete plans (scalars, or arrays of one shape) whose year's net is ``net``."""
    moves = [(case, step) for case in cases() for step in (case.down, case.up) if step is not None]
    moved = dict(values)
    for name in {name for case in cases() for name in case.names}:
        moved[name] = np.stack(
            [
                case.moved(name, values[name], step) if name in case.names else np.asarray(values[name])
                for case, step in moves
            ]
        )
    nets = iter(PLAN.evaluate(moved).year("net"))
    ends = [[net if step is None else next(nets) for step in (case.down, case.up)] for case in cases()]
    return Swings(*(np.stack(end) for end in zip(*ends, strict=True)))


def freshness(base: Quantity, net: Quantity) -> Quantity:
    """Whether swings computed around ``base`` still belong to the plan's net."""
    same = abs(base - net) <= TOLERANCE * np.maximum(abs(net), 1)
    return np.where(same, "current", "inputs have changed since: run carecost again")
