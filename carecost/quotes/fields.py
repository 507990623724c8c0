"""Fields that a person fills in: declared as data in a TOML file, and their answers checked one by one."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from carecost.model.inputs import CHANNELS, CONTROL, LONGEST_TEXT, MARKETS, shown
from carecost.model.limits import Limited

LINES, TIERS, STEPS = (1, 2, 3), (2, 3, 4), (1, 2, 3, 4, 5, 6)
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "line": tuple(map(str, LINES)),
        "tier": tuple(map(str, TIERS)),
        "step": tuple(map(str, STEPS)),
        "channel": CHANNELS,
        "market": MARKETS,
    }
)
# The ramp's months, as a list for each of its two sides.
RAMPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {f"ramp_{kind}": tuple(f"ramp_{step}_{kind}" for step in STEPS) for kind in ("billing", "productivity")}
)
Value: TypeAlias = float | str | datetime.date


class Field(Limited, BaseModel):
    """One field of an offer: what it is called, what it measures and which answers are allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    section: str
    label: str
    unit: str
    help: str
    kind: Literal["number", "text", "date", "currency", "choice", "flag", "months"] = "number"
    choices: tuple[str, ...] = ()
    whole: bool = False
    required: bool = False
    needed_with: str | None = None
    default: float | str | None = None
    means: str = ""
    expected: str | None = None
    asked_with: tuple[str, ...] = ()
    unless: str | None = None
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None

    @property
    def is_share(self) -> bool:
        """Whether the value is a share, shown as a percentage."""
        return self.unit.startswith("share")

    @property
    def needed(self) -> str:
        """What an answer must be, in words.

        >>> from carecost.quotes.offer import FIELDS
        >>> FIELDS["shrinkage"].needed, FIELDS["true_up"].needed
        ('a number, at least 0 and below 1', 'monthly or quarterly')
        """
        match self.kind:
            case "number":
                limits = self.allowed()
                kind = "a whole number" if self.whole else "a number"
                return f"{kind}, {limits}" if limits else kind
            case "choice" | "flag":
                return " or ".join(self.choices)
            case "date":
                return "a date, such as 2026-01-15"
            case "currency":
                return "three capital letters, such as USD"
            case _:
                return f"one line of text, at most {LONGEST_TEXT} characters"


class Problem(NamedTuple):
    """One answer of an offer that cannot be used: the field, what was found and what is needed."""

    field: str
    found: str
    needed: str

    def __str__(self) -> str:
        return f"{self.field}: {self.found}; needed: {self.needed}"


def declared_in(path: Path) -> Mapping[str, Field]:
    """The fields that a TOML file of the package declares: families written out, section by section."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    fields: dict[str, Field] = {}
    for name, entry in table.items():
        for members in _members(name):
            named = _named({"name": name, **entry}, members)
            if named.get("kind") == "flag":
                named["choices"] = ("yes", "no")
            fields[named["name"]] = Field(**named)
    sections = list(dict.fromkeys(declared.section for declared in fields.values()))
    return MappingProxyType(dict(sorted(fields.items(), key=lambda each: sections.index(each[1].section))))


def _members(name: str) -> list[dict[str, str]]:
    """Every combination of what the family words in a name stand for."""
    found: list[dict[str, str]] = [{}]
    for family, members in FAMILIES.items():
        if f"{{{family}}}" in name:
            found = [{**each, family: member} for each in found for member in members]
    return found


def _named(entry: Any, members: Mapping[str, str]) -> Any:
    """Family words replaced in every text of an entry."""
    if isinstance(entry, str):
        for family, member in members.items():
            entry = entry.replace(f"{{{family}}}", member)
        return entry
    if isinstance(entry, list):
        return [_named(each, members) for each in entry]
    return {key: _named(value, members) for key, value in entry.items()} if isinstance(entry, dict) else entry


def read_answer(declared: Field, answer: Any) -> Value | Problem:
    """One typed answer, or what is wrong with it."""
    read = {"number": _number, "date": _date, "flag": _flag}.get(declared.kind, _text)
    found = read(declared, answer)
    return Problem(declared.name, shown(answer), _hint(declared, answer)) if found is None else found


def _number(declared: Field, answer: Any) -> float | None:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return None
    try:
        number = float(answer)
    except OverflowError:  # an integer of more than 300 digits
        return None
    fits = np.isfinite(number) and not declared.outside(number) and (not declared.whole or number % 1 == 0)
    return number if fits else None


def _hint(declared: Field, answer: Any) -> str:
    if declared.is_share and isinstance(answer, int | float) and 1 < answer <= 100:
        part = answer / 100
        if not declared.outside(part):
            return f"{declared.needed}; for {answer:g} percent write {part:.4g}"
    return declared.needed


def _date(declared: Field, answer: Any) -> datetime.date | None:
    if isinstance(answer, datetime.datetime):
        answer = answer.date()
    if isinstance(answer, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", answer.strip()):
        try:
            answer = datetime.date.fromisoformat(answer.strip())
        except ValueError:
            return None
    return answer if isinstance(answer, datetime.date) and 1901 <= answer.year <= 9990 else None


def _flag(declared: Field, answer: Any) -> str | None:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return _text(declared, answer.lower() if isinstance(answer, str) else answer)


def _text(declared: Field, answer: Any) -> str | None:
    if not isinstance(answer, str) or CONTROL.search(answer) or len(answer) > LONGEST_TEXT:
        return None
    answer = answer.strip()
    if declared.kind == "currency" and not re.fullmatch("[A-Z]{3}", answer):
        return None
    return answer if not declared.choices or answer in declared.choices else None
