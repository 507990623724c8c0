"""What a result puts into a workbook: a list of values for every defined name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from carecost.model.completion import Provenance
from carecost.model.inputs import CONTACTS, INPUTS, MONTHS, defaults
from carecost.model.result import Plan, Result
from carecost.model.sensitivity import freshness, swings
from carecost.model.statement import PLAN

Value: TypeAlias = float | str | None
EXCEL_EPOCH = datetime.date(1899, 12, 30)
MISSING = "n/a"
# The Summary's table by quarter.
QUARTERS = 4
QUARTER_ROWS = (
    "spend_labor", "spend_bpo", "spend_hiring", "spend_technology", "spend_contingency", "spend_total",
    "project", "contacts", "workload_hours",
)  # fmt: skip
# Columns beside the inputs; their values come under "<column>.<input>".
BESIDE = ("inputs_flag", "inputs_source", "inputs_date", "inputs_owner", "inputs_confidence")


def blank_result() -> Result:
    """What the unfilled template shows: no contacts, every default."""
    values = {**defaults(), "name": "12-month P&L", "currency": "USD", "start": datetime.date(2026, 1, 1)}
    values |= dict.fromkeys(CONTACTS, 0.0)
    return Plan(values, dict.fromkeys(INPUTS, Provenance())).run()


def workbook_values(result: Result) -> dict[str, Sequence[Value]]:
    """Values by defined name, in the order of the name's cells; None is an empty cell."""
    numbers = result.numbers
    values: dict[str, Sequence[Value]] = {
        name: [_input_value(value)] for name, value in result.plan.values.items()
    }
    for key, line in PLAN.lines.items():
        months = numbers.lines[key]
        values[key] = [_number(value) for value in (months if line.month_0 else months[1:])]
        if key in numbers.years:
            values[f"year_{key}"] = [_number(numbers.years[key])]
    for key in QUARTER_ROWS:
        values[f"quarter_{key}"] = list(map(float, numbers.lines[key][1:].reshape(QUARTERS, -1).sum(axis=1)))
    for key, figure in numbers.figures.items():
        values[key] = [_number(figure)]
    for key, outcome in numbers.checks.items():
        values[key] = [str(outcome)]
    for key, headline in numbers.headlines.items():
        values[key] = [str(headline) if headline.dtype.kind == "U" else float(headline)]
    values["month_start"] = [_serial(month) for month in _months(result.plan.values["start"])]
    return values | _sensitivity(result) | _beside_inputs(result.plan, numbers.flags)


def _sensitivity(result: Result) -> dict[str, Sequence[Value]]:
    """The swings of the year's net, widest first, and how much of them rests on guesses."""
    net = float(result.numbers.years["net"])
    found = swings(result.plan.values, net)
    widths = [max(abs(swing.net_down - net), abs(swing.net_up - net)) for swing in found]
    guessed = [
        any(result.plan.provenance[name].confidence == "guess" for name in swing.case.names)
        for swing in found
    ]
    resting = sum(width for width, guess in zip(widths, guessed, strict=True) if guess)
    return {
        "sensitivity_base": [net],
        "sensitivity_status": [str(freshness(net, net))],
        "sensitivity_guesses": [resting / sum(widths) if any(widths) else 0.0],
        "sensitivity_label": [swing.case.label for swing in found],
        "sensitivity_down_words": [swing.case.words(swing.case.down) for swing in found],
        "sensitivity_up_words": [swing.case.words(swing.case.up) for swing in found],
        "sensitivity_net_down": [swing.net_down for swing in found],
        "sensitivity_net_up": [swing.net_up for swing in found],
        "sensitivity_change_down": [swing.net_down - net for swing in found],
        "sensitivity_change_up": [swing.net_up - net for swing in found],
    }


def _beside_inputs(plan: Plan, flags: Mapping[str, Value]) -> dict[str, Sequence[Value]]:
    """Flag and provenance of each input, under a name that a template resolves on the input's own row."""
    values: dict[str, Sequence[Value]] = {
        "guesses": [float(sum(entry.confidence == "guess" for entry in plan.provenance.values()))]
    }
    for name in INPUTS:
        entry = plan.provenance[name]
        if name in flags:
            values[f"inputs_flag.{name}"] = [str(flags[name])]
        for field in ("source", "date", "owner", "confidence"):
            values[f"inputs_{field}.{name}"] = [getattr(entry, field) or None]
    return values


def _input_value(value: object) -> Value:
    if isinstance(value, datetime.date):
        return _serial(value)
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return None if np.isnan(number) else number


def _number(value: object) -> Value:
    number = float(value)  # type: ignore[arg-type]
    return MISSING if np.isnan(number) else number


def _months(start: datetime.date) -> list[datetime.date]:
    place = start.year * 12 + start.month - 1
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in range(place, place + MONTHS)]


def _serial(day: datetime.date) -> float:
    """Excel's day number."""
    return float((day - EXCEL_EPOCH).days)
