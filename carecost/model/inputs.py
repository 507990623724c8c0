"""The inputs of a plan: declared in ``inputs.toml``, checked here for one plan or for many at once."""

from __future__ import annotations

import contextlib
import datetime
import difflib
import functools
import math
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from carecost.errors import PlanError
from carecost.model.limits import Limited
from carecost.model.native import Quantity

MONTHS = 12
RAMP_MONTHS = 6
CHANNELS = ("voice", "chat", "email", "messaging")
MARKETS = ("onshore", "nearshore", "offshore")
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "channel": CHANNELS,
        "market": MARKETS,
        "month": tuple(f"{month:02d}" for month in range(1, MONTHS + 1)),
        "step": tuple(str(step) for step in range(1, RAMP_MONTHS + 1)),
    }
)
# Shares typed with two decimals must still add up; anything a person would notice must not pass.
SUM_TOLERANCE = 1e-9
# What breaks a line, or has no place in a workbook's XML.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
LONGEST_TEXT = 255


class Input(Limited, BaseModel):
    """One input: what it is called, what it measures and which values are allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    section: str
    label: str
    unit: str
    help: str
    kind: Literal["number", "text", "date", "currency", "choice"] = "number"
    choices: tuple[str, ...] = ()
    required: bool = False
    default: float | str | None = None
    default_source: str = ""
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None
    needed_with: str | None = None
    card: str | None = None
    benchmark: str | None = None
    fx: str | None = None
    blank: Literal["zero", "missing"] = "zero"

    @property
    def member(self) -> str | None:
        """The channel, market, month or step this input belongs to."""
        parts = self.name.split("_")
        return next((part for family in FAMILIES.values() for part in family if part in parts), None)

    @property
    def is_share(self) -> bool:
        """Whether the value is a share, shown as a percentage."""
        return self.unit.startswith(("share", "points"))

    @property
    def low(self) -> float | None:
        """Lower end of the allowed values, included or not."""
        return self.above if self.min is None else self.min

    @property
    def high(self) -> float | None:
        """Upper end of the allowed values, included or not."""
        return self.below if self.max is None else self.max

    @property
    def rule(self) -> str:
        """The allowed values, in words.

        >>> INPUTS["shrinkage"].rule
        'must be at least 0 and below 1'
        """
        return f"must be {self.allowed() or 'a number'}"

    def breaks_rule(self, value: Quantity) -> Quantity:
        """Where a number is outside the allowed values. Blanks (NaN) are not."""
        return np.isinf(value) | self.outside(value)


def _declared() -> Mapping[str, Input]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    inputs: dict[str, Input] = {}
    for name, entry in table.items():
        family = next((family for family in FAMILIES if f"{{{family}}}" in name), None)
        for member in FAMILIES[family] if family else ("",):
            named: dict[str, Any] = {
                key: value.replace(f"{{{family}}}", member) if isinstance(value, str) else value
                for key, value in {"name": name, **entry}.items()
            }
            inputs[named["name"]] = Input(**named)
    return MappingProxyType(inputs)


INPUTS = _declared()
CONTACTS = tuple(name for name in INPUTS if name.startswith("contacts_"))
RAMP = tuple(f"ramp_{step}" for step in range(1, RAMP_MONTHS + 1))
# Inputs of which each list is a whole, with what they are shares of.
WHOLES = (
    ("the shares of contacts", tuple(f"share_{channel}" for channel in CHANNELS)),
    ("the shares of work", tuple(name for name in INPUTS if name.startswith("mix_"))),
)
# Inputs that another one needs as soon as it is above zero.
NEEDED = tuple((name, declared.needed_with) for name, declared in INPUTS.items() if declared.needed_with)


def nearest(name: str, known: Iterator[str] | Mapping[str, Any]) -> str:
    """A hint that names the closest known name, or nothing.

    >>> nearest("shrinkge", INPUTS)
    ' Did you mean shrinkage?'
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]}?" if close else ""


def read_value(name: str, value: Any) -> float | str | datetime.date:
    """One typed value as a plan file or a driver table gives it; wrong kinds and ranges are refused."""
    declared = INPUTS.get(name)
    if declared is None:
        raise PlanError(name, f"{one_line(name)} is not an input.{nearest(name, INPUTS)}")
    return read_declared(declared, value)


def read_declared(declared: Input, value: Any) -> float | str | datetime.date:
    """The same for an input that is known, or declared like one."""
    if declared.kind == "number":
        return _number(declared, value)
    if declared.kind == "date":
        return _first_of_month(declared, value)
    return _text(declared, value)


def _number(declared: Input, value: Any) -> float:
    name = declared.name
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanError(name, f"{name} = {shown(value)}: must be a number, written without quotes.")
    try:
        number = float(value)
    except OverflowError:  # an integer of more than 300 digits
        number = float("inf")
    if not math.isfinite(number):
        raise PlanError(name, f"{name} = {shown(value)}: must be a finite number.")
    if declared.breaks_rule(number):
        hint = ""
        if (
            declared.is_share
            and declared.high is not None
            and 2 <= number <= 100
            and not declared.breaks_rule(number / 100)
        ):
            hint = f" For {number:g} percent write {number / 100:.4g}."
        raise PlanError(name, f"{name} = {value}: {declared.rule}.{hint}")
    return number


def _first_of_month(declared: Input, value: Any) -> datetime.date:
    name = declared.name
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-01", value):
        with contextlib.suppress(ValueError):
            value = datetime.date.fromisoformat(value)
    if not isinstance(value, datetime.date) or value.day != 1 or not 1901 <= value.year <= 9990:
        raise PlanError(
            name, f"{name} = {shown(value)}: must be the first day of a month, such as 2026-01-01."
        )
    return value


def _text(declared: Input, value: Any) -> str:
    name = declared.name
    if not isinstance(value, str):
        raise PlanError(name, f"{name} = {shown(value)}: must be text in quotes.")
    if CONTROL.search(value) or len(value) > LONGEST_TEXT:
        raise PlanError(name, f"{name}: must be one line of at most {LONGEST_TEXT} characters.")
    if declared.kind == "choice" and value not in declared.choices:
        known = " or ".join(f'"{choice}"' for choice in declared.choices)
        raise PlanError(name, f"{name} = {shown(value)}: must be {known}.")
    if declared.kind == "currency" and not re.fullmatch("[A-Z]{3}", value):
        raise PlanError(name, f'{name} = {shown(value)}: must be three capital letters, such as "USD".')
    if declared.required and not value.strip():
        raise PlanError(name, f"{name} is empty: write it between the quotes.")
    return value


def shown(value: Any) -> str:
    """A value as a message shows it: text in quotes, on one line, shortened."""
    try:
        return one_line(f'"{value}"' if isinstance(value, str) else str(value))
    except ValueError:  # Python does not print integers of thousands of digits
        return "a number of thousands of digits"


def one_line(text: str) -> str:
    """A name from outside as a message shows it."""
    return CONTROL.sub(" ", text if len(text) <= 60 else text[:57] + "...")


def ramp_gap(stated: Collection[str]) -> str | None:
    """The first ramp month left out before one that is stated: it would silently count as full output.

    >>> ramp_gap(["ramp_1", "ramp_3"])
    'ramp_2'
    """
    last = max((place for place, name in enumerate(RAMP) if name in stated), default=0)
    return next((name for name in RAMP[:last] if name not in stated), None)


def check_together(values: Mapping[str, Any]) -> None:
    """Rules that tie inputs to each other, on a complete plan; the first one broken is raised."""
    for what, names in WHOLES:
        total = sum(values[name] for name in names)
        if abs(total - 1) > SUM_TOLERANCE:
            given = ", ".join(f"{name} {values[name]:g}" for name in names if values[name]) or "none given"
            raise PlanError(
                names[0], f"{what} add up to {100 * total:.6g}%: they must add up to 100% ({given})."
            )
    for name, use in NEEDED:
        declared = INPUTS[name]
        if values[use] > 0 and not (values[name] and math.isfinite(values[name])):
            if values[name] == 0 and declared.default is None:
                continue  # a typed zero is an answer: volunteers, a seat that costs nothing
            raise PlanError(
                name, f"{name} is missing: {use} is {values[use]:g}, so it is needed. {declared.help}"
            )
    in_house = sum(values[f"mix_{market}_inhouse"] for market in MARKETS)
    if math.isfinite(values["start_fte"]) and values["start_fte"] > 0 and in_house == 0:
        raise PlanError(
            "start_fte",
            "start_fte is above 0 but no work is done in-house: give a mix_..._inhouse, or leave it out.",
        )


@functools.cache
def defaults() -> Mapping[str, float | str]:
    """What every input is when a plan leaves it out; NaN where there is no default."""
    return MappingProxyType(
        {
            name: declared.default if declared.default is not None else _nothing(declared)
            for name, declared in INPUTS.items()
        }
    )


def _nothing(declared: Input) -> float | str:
    return float("nan") if declared.kind == "number" else ""
