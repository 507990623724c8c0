"""The case tables: CSV files that a finance person can read and extend.

``args`` is a JSON object of arguments by name: null is a blank cell, ``"#N/A"`` and its kin are error
cells, ``{"date": "2026-01-01"}`` is a date, rows are lists of lists. ``expected`` is a number, a text,
JSON rows, or an error code followed by a word that its message must contain.
"""

from __future__ import annotations

import csv
import datetime
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carecost.errors import CellError

FOLDER = Path(__file__).parent / "cases"
CODES = ("#VALUE!", "#NUM!", "#DIV/0!", "#N/A", "#REF!", "#NAME?", "#NULL!")


@dataclass(frozen=True)
class Case:
    area: str
    row: int
    title: str
    function: str
    args: dict[str, Any]
    expected: Any
    tolerance: float

    def __str__(self) -> str:
        return f"{self.area}:{self.row} {self.title}"


def read_cases() -> list[Case]:
    """Every case of every table."""
    cases = []
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for place, row in enumerate(csv.DictReader(file), start=2):
                cases.append(
                    Case(
                        path.stem,
                        place,
                        row["case"],
                        row["function"],
                        {name: cell(value) for name, value in json.loads(row["args"]).items()},
                        expectation(row["expected"]),
                        float(row["tolerance"] or 0),
                    )
                )
    return cases


def cell(value: Any) -> Any:
    """A JSON value as the argument it stands for."""
    if isinstance(value, list):
        return [cell(each) for each in value]
    if isinstance(value, dict):
        return datetime.date.fromisoformat(value["date"])
    if isinstance(value, str) and value in CODES:
        return CellError(value, "an error cell")
    return value


def expectation(text: str) -> Any:
    """JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def outcome(function: Any, args: dict[str, Any]) -> Any:
    """What a call gives, an error as an error."""
    try:
        return function(**args)
    except CellError as error:
        return error


def agrees(found: Any, expected: Any, tolerance: float) -> bool:
    """Whether an outcome is what a case expects."""
    if hasattr(found, "tolist"):
        found = found.tolist()
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(agrees(one, other, tolerance) for one, other in zip(found, expected, strict=True))
        )
    if isinstance(expected, str) and expected.startswith("#"):
        code, _, word = expected.partition(" ")
        return isinstance(found, CellError) and found.code == code and word in str(found)
    if isinstance(expected, str) or expected is None:
        return found == expected
    return (
        isinstance(found, int | float)
        and not isinstance(found, bool)
        and math.isclose(found, expected, rel_tol=tolerance, abs_tol=1e-12 if expected == 0 else 0.0)
    )
