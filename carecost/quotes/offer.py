"""A vendor's offer: its fields are declared in ``offer.toml`` and checked here, whatever file they come from.

Every reader (TOML, JSON, CSV, the filled request) hands a flat dictionary of field names to ``read_offer``,
which reports all problems of an offer at once. What the vendor left out stays out: ``terms.complete``
fills it, visibly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from carecost.errors import DataError
from carecost.model.inputs import nearest, one_line, shown
from carecost.quotes.fields import LINES, STEPS, TIERS, Problem, Value, declared_in, read_answer

FIELDS = declared_in(Path(__file__).with_suffix(".toml"))


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
