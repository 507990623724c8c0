"""A vendor's offer: its fields are declared in ``offer.toml`` and checked here, whatever file they come from.

Every reader (TOML, JSON, CSV, the filled request) hands a flat dictionary of field names to ``read_offer``,
which reports all problems of an offer at once. What the vendor left out stays out: ``demand.completed``
fills it, visibly.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict

from carecost.errors import DataError
from carecost.model.inputs import CHANNELS, CONTROL, LONGEST_TEXT, nearest, one_line, shown
from carecost.model.limits import Limited

LINES, TIERS, STEPS = (1, 2, 3), (2, 3, 4), (1, 2, 3, 4, 5, 6)
FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "line": tuple(map(str, LINES)),
        "tier": tuple(map(str, TIERS)),
        "step": tuple(map(str, STEPS)),
        "channel": CHANNELS,
    }
)
HOUR_UNSTATED = "hour"
Value: TypeAlias = float | str | datetime.date


class Field(Limited, BaseModel):
    """One field of an offer: what it is called, what it measures and which answers are allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    section: str
    label: str
    unit: str
    help: str
    kind: Literal["number", "text", "date", "currency", "choice", "flag"] = "number"
    choices: tuple[str, ...] = ()
    whole: bool = False
    required: bool = False
    needed_with: str | None = None
    default: float | str | None = None
    means: str = ""
    assumed: Literal["demand"] | None = None
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


class OfferError(DataError):
    """An offer that cannot be used, with all its problems."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source, self.problems = source, problems
        super().__init__(f"{source}: " + ". ".join(map(str, problems)) + ".")


@dataclass(frozen=True)
class Offer:
    """What one vendor stated, checked: values by field name, and the file it comes from."""

    values: Mapping[str, Value]
    source: str

    @property
    def label(self) -> str:
        """Vendor and offer, as a table shows them."""
        return f"{self.values['vendor']}, {self.values['offer']}"

    @property
    def lines(self) -> tuple[int, ...]:
        """The price lines that the offer uses."""
        return tuple(line for line in LINES if f"line_{line}_unit" in self.values)


def _declared() -> Mapping[str, Field]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    fields: dict[str, Field] = {}
    for name, entry in table.items():
        for members in _members(name):
            named = _named({"name": name, **entry}, members)
            if named.get("kind") == "flag":
                named["choices"] = ("yes", "no")
            fields[named["name"]] = Field(**named)
    return MappingProxyType(fields)


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


FIELDS = _declared()


def load_offer(path: str | Path) -> Offer:
    """An offer from a TOML file with one line per field; all its problems are raised at once."""
    return read_offer(read_toml(path, "An offer"), str(path))


def read_toml(path: str | Path, what: str) -> dict[str, Any]:
    """The tables of a TOML file; ``what`` it is meant to be, for the message where it is not."""
    path = Path(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DataError(f"{path}: cannot be read ({reason}). {what} is a TOML text file.") from None
    except tomllib.TOMLDecodeError as error:
        words = CONTROL.sub(" ", str(error))
        raise DataError(
            f"{path}: not valid TOML, {words}. Lines read: name = value, text in quotes."
        ) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, lists thousands deep
        raise DataError(f"{path}: a number or a list in it is absurdly long.") from None


def read_offer(given: Mapping[str, Any], source: str) -> Offer:
    """Check what a file states, of any type; empty answers (None, blank text) count as left out.

    ``source`` names the file in messages. Raises ``OfferError`` with every problem found.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, answer in given.items():
        if answer is None or (isinstance(answer, str) and not answer.strip()):
            continue
        declared = FIELDS.get(name)
        if declared is None:
            problems.append(
                Problem(one_line(name), "no such field", f"the name of a field.{nearest(name, FIELDS)}")
            )
            continue
        found = read_answer(declared, answer)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            values[name] = found
    unread = {problem.field for problem in problems}
    problems += [problem for problem in _together(values) if problem.field not in unread]
    if problems:
        raise OfferError(source, problems)
    return Offer(MappingProxyType(values), source)


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


def _together(values: Mapping[str, Value]) -> list[Problem]:
    """Rules that tie the fields of an offer to each other."""
    missing = [
        Problem(name, "left out", declared.needed)
        for name, declared in FIELDS.items()
        if name not in values
        and (declared.required or (declared.needed_with is not None and declared.needed_with in values))
    ]
    if not any(f"line_{line}_unit" in values for line in LINES):
        missing.append(Problem("line_1_unit", "left out", "what the first rate is per"))
    return missing + [problem for line in LINES for problem in _line_rules(line, values)] + _rules(values)


def _line_rules(line: int, values: Mapping[str, Value]) -> list[Problem]:
    own = f"line_{line}"
    stated = [name for name in values if name.startswith(f"{own}_")]
    if not stated:
        return []
    if f"{own}_unit" not in values:
        return [Problem(f"{own}_unit", "left out", f"what {stated[0]} is per")] if line > 1 else []
    rate, base = f"{own}_rate" in values, f"{own}_base_fee" in values
    problems = []
    if rate == base:
        found = "both a rate and a base fee" if rate else "neither a rate nor a base fee"
        problems.append(Problem(f"{own}_rate", found, "one of them"))
    return problems + _tier_rules(own, values)


def _tier_rules(own: str, values: Mapping[str, Value]) -> list[Problem]:
    starts = [0.0]
    for tier in TIERS:
        name = f"{own}_tier_{tier}_from"
        start = values.get(name)
        if start is None:
            later = [f"{own}_tier_{each}_from" for each in TIERS if each > tier]
            if any(each in values for each in later):
                return [Problem(name, "left out", "every tier up to the last one stated")]
            break
        if not isinstance(start, float) or start <= starts[-1]:
            return [Problem(name, shown(start), f"more than {starts[-1]:g}: tiers rise")]
        starts.append(start)
    if len(starts) > 1 and f"{own}_base_fee" in values:
        return [Problem(f"{own}_tiers", "tiers beside a base fee", "tiers on a rate, or a base fee")]
    return []


def _rules(values: Mapping[str, Value]) -> list[Problem]:
    problems = []
    if "minimum_units" in values:
        if "minimum_amount" in values:
            problems.append(
                Problem("minimum_units", "a minimum in money is stated as well", "only one of them")
            )
        if "line_1_rate" not in values or "line_1_included" in values:
            problems.append(
                Problem(
                    "minimum_units", shown(values["minimum_units"]),
                    "a minimum in money: line 1 has no plain rate at which missing units could be billed",
                )
            )  # fmt: skip
    if "valid_until" in values and "date" in values and values["valid_until"] < values["date"]:  # type: ignore[operator]
        problems.append(
            Problem("valid_until", shown(values["valid_until"]), f"a day from {values['date']} on")
        )
    for kind in ("billing", "productivity"):
        steps = [f"ramp_{step}_{kind}" for step in STEPS]
        last = max((place for place, name in enumerate(steps) if name in values), default=0)
        problems += [
            Problem(name, "left out", "every month up to the last one stated")
            for name in steps[:last]
            if name not in values
        ]
    return problems
