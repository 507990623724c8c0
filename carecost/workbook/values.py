"""What a result puts into a workbook: a list of values for every defined name."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from carecost.model.completion import Provenance
from carecost.model.inputs import CONTACTS, INPUTS, MONTHS, defaults
from carecost.model.lines import Evaluation
from carecost.model.native import Quantity
from carecost.model.result import Plan, Result
from carecost.model.sensitivity import Case, cases, freshness, swings
from carecost.model.statement import PLAN

Value: TypeAlias = float | str | None
# One cell's values, one for each workbook.
Column: TypeAlias = Sequence[Value]
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
    """Values of one workbook by defined name, in the order of the name's cells; None is an empty cell."""
    columns = workbook_columns([result.plan], result.numbers)
    return {name: [column[0] for column in cells] for name, cells in columns.items()}


def workbook_columns(plans: Sequence[Plan], numbers: Evaluation) -> dict[str, Sequence[Column]]:
    """The same for many plans, evaluated together: every cell's values, one for each plan."""
    many = len(plans)
    columns: dict[str, Sequence[Column]] = {}
    for name, declared in INPUTS.items():
        if declared.kind == "date":
            columns[name] = [[serial(plan.values[name]) for plan in plans]]
        else:
            columns[name] = _cells(np.reshape(numbers.inputs[name], (1, many)), blank=None)
    for key, line in PLAN.lines.items():
        months = numbers.lines[key].reshape(-1, many)
        columns[key] = _cells(months if line.month_0 else months[1:])
        if key in QUARTER_ROWS:
            columns[f"quarter_{key}"] = _cells(months[1:].reshape(QUARTERS, -1, many).sum(axis=1))
    for key, year in numbers.years.items():
        columns[f"year_{key}"] = _cells(year.reshape(1, many))
    for key, found in {**numbers.figures, **numbers.checks, **numbers.headlines}.items():
        columns[key] = _cells(found.reshape(1, many))
    starts = [[serial(month) for month in _months(plan.values["start"])] for plan in plans]
    columns["month_start"] = list(zip(*starts, strict=True))
    return columns | _sensitivity(plans, numbers) | _beside_inputs(plans, numbers.flags)


def _sensitivity(plans: Sequence[Plan], numbers: Evaluation) -> dict[str, Sequence[Column]]:
    """The swings of the year's net, widest first, and how much of them rests on guesses."""
    many = len(plans)
    net = numbers.years["net"].reshape(many)
    ends = swings(numbers.inputs, numbers.years["net"])
    down, up = ends.down.reshape(-1, many), ends.up.reshape(-1, many)
    widths = np.maximum(abs(down - net), abs(up - net))
    guessed = np.array([[_guessed(case, plan.provenance) for plan in plans] for case in cases()])
    whole = widths.sum(axis=0)
    resting = np.where(whole > 0, (widths * guessed).sum(axis=0) / np.where(whole > 0, whole, 1), 0)
    order = np.argsort(-widths, axis=0, kind="stable")
    down, up = (np.take_along_axis(end, order, axis=0) for end in (down, up))
    words = {
        "label": np.array([case.label for case in cases()]),
        "down_words": np.array([case.words(case.down) for case in cases()]),
        "up_words": np.array([case.words(case.up) for case in cases()]),
    }
    found = {name: text[order] for name, text in words.items()}
    found |= {"net_down": down, "net_up": up, "change_down": down - net, "change_up": up - net}
    found |= {"base": net[np.newaxis], "guesses": resting[np.newaxis]}
    found["status"] = freshness(net, net)[np.newaxis]
    return {f"sensitivity_{name}": _cells(rows) for name, rows in found.items()}


def _guessed(case: Case, provenance: Mapping[str, Provenance]) -> bool:
    return any(provenance[name].confidence == "guess" for name in case.names)


def _beside_inputs(plans: Sequence[Plan], flags: Mapping[str, Quantity]) -> dict[str, Sequence[Column]]:
    """Flag and provenance of each input, under a name that a template resolves on the input's own row."""
    sources = [plan.provenance for plan in plans]
    guesses = [float(sum(entry.confidence == "guess" for entry in source.values())) for source in sources]
    columns: dict[str, Sequence[Column]] = {"guesses": [guesses]}
    for name in INPUTS:
        if name in flags:
            columns[f"inputs_flag.{name}"] = _cells(flags[name].reshape(1, len(plans)))
        entries = [source[name] for source in sources]
        shared = entries.count(entries[0]) == len(entries)
        for field in ("source", "date", "owner", "confidence"):
            found = [getattr(entry, field) or None for entry in (entries[:1] if shared else entries)]
            columns[f"inputs_{field}.{name}"] = [found * len(entries) if shared else found]
    return columns


def _cells(rows: Quantity, blank: Value = MISSING) -> Sequence[Column]:
    """Numbers or texts, a row for each cell; what could not be computed says so."""
    if rows.dtype.kind == "U" or not np.isnan(rows).any():
        return list(rows.tolist())
    return [[blank if value != value else value for value in row] for row in rows.tolist()]


def _months(start: datetime.date) -> list[datetime.date]:
    place = start.year * 12 + start.month - 1
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in range(place, place + MONTHS)]


def serial(day: datetime.date) -> float:
    """Excel's day number."""
    return float((day - EXCEL_EPOCH).days)
