"""What one changed input does to the year's net: every case is one more plan in one evaluation."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple

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

    @property
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

    def moved(self, name: str, value: Any, step: float) -> Any:
        """The value after one step, kept inside its allowed values."""
        declared = INPUTS[name]
        if declared.fx is None and name.startswith("fx_") and value == 1:
            return value  # a cost in the reporting currency has no exchange rate to move
        after = value * (1 + step) if self.change == "relative" else value + step
        inside = (
            np.clip(after, declared.min, declared.max) if declared.min is not None or declared.max else after
        )
        return value if declared.breaks_rule(inside) else inside


class Swing(NamedTuple):
    """A case and the year's net at either end."""

    case: Case
    net_down: float
    net_up: float


@functools.cache
def cases() -> tuple[Case, ...]:
    """The declared cases."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(Case(**entry) for entry in table["case"])


def swings(values: Mapping[str, Any], net: float) -> list[Swing]:
    """Every case for a complete plan whose year's net is ``net``, widest swing first."""
    steps = [(case, step) for case in cases() for step in (case.down, case.up)]
    moved = {name: np.full(len(steps), value) for name, value in values.items() if name != "start"}
    for place, (case, step) in enumerate(steps):
        if step is None:
            continue
        for name in case.names:
            moved[name][place] = case.moved(name, values[name], step)
    nets = PLAN.evaluate(moved | {"start": values["start"]}).years["net"]
    ends = [net if step is None else float(end) for (_, step), end in zip(steps, nets, strict=True)]
    found = [Swing(case, *ends[2 * place : 2 * place + 2]) for place, case in enumerate(cases())]
    return sorted(found, key=lambda swing: -max(abs(swing.net_down - net), abs(swing.net_up - net)))


def freshness(base: Quantity, net: Quantity) -> Quantity:
    """Whether swings computed around ``base`` still belong to the plan's net."""
    same = abs(base - net) <= TOLERANCE * np.maximum(abs(net), 1)
    return np.where(same, "current", "inputs have changed since: run carecost again")
