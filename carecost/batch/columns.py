"""What the columns of a driver table are, and how their cells are read."""

from __future__ import annotations

import datetime
import decimal
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carecost.batch.drivers import Cells, Unreadable
from carecost.errors import DataError, PlanError
from carecost.model.completion import REQUIRED
from carecost.model.inputs import INPUTS, Input, nearest, one_line, read_declared, shown
from carecost.planfile import COLUMNS, Stated

# A column that is no input: it tells rows of one cost center apart.
SCENARIO = Input(
    name="scenario",
    section="Plan",
    label="Scenario",
    unit="text",
    kind="text",
    help="Tells the plans of one cost center apart.",
)
KNOWN: Mapping[str, Input] = {**INPUTS, SCENARIO.name: SCENARIO}
IGNORE = "ignore"
NUMBER = r"[+-]?([0-9]+{mark}?[0-9]*|{mark}[0-9]+)([eE][+-]?[0-9]+)?"
MARKS = {".": re.compile(NUMBER.format(mark=r"\.")), ",": re.compile(NUMBER.format(mark=","))}


@dataclass(frozen=True)
class Columns:
    """The inputs that a table's columns hold, in its order (None: not read), and its decimal mark."""

    names: Sequence[str | None]
    decimal: str

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, cells: Cells) -> Iterator[tuple[str, Any, Any | PlanError]]:
        """Every cell of a row that is not blank: its input, what it holds, and its value or what is wrong."""
        if len(cells) != len(self.names) and any(map(_filled, cells[len(self.names) :])) | (
            len(cells) < len(self.names)
        ):
            words = f"has {len(cells)} cells where the table has {len(self.names)} columns"
            yield "", "", PlanError("", words)
            return
        for name, cell in zip(self.names, cells, strict=False):
            if name is not None and _filled(cell):
                try:
                    read = _read_text if isinstance(cell, str) else read_cell
                    yield name, cell, read(KNOWN[name], cell, self.decimal)
                except PlanError as error:
                    yield name, cell, error


def match_columns(table: str, titles: Sequence[str], base: Stated, decimal: str) -> Columns:
    """Find the input of every column; a column that is not known, or there twice, is refused."""
    for title, name in base.columns.items():
        if name not in KNOWN and name != IGNORE:
            raise DataError(
                f'[{COLUMNS}] "{one_line(title)}" = {shown(name)}: not an input.{nearest(name, KNOWN)} '
                f'"{IGNORE}" leaves a column out.'
            )
        if title not in titles:
            known = dict.fromkeys(titles)
            raise DataError(f"[{COLUMNS}] {table} has no column {shown(title)}.{nearest(title, known)}")
    names: list[str | None] = []
    for place, title in enumerate(map(str.strip, titles), start=1):
        name = base.columns.get(titles[place - 1], title)
        if not title:
            raise DataError(f"{table}: column {place} has no title. Give it an input's name, or delete it.")
        if name != IGNORE and name not in KNOWN:
            raise DataError(
                f"{table}: column {shown(title)} is not an input.{nearest(name.lower(), KNOWN)} Rename it, or say "
                f'what it is in the base plan: [{COLUMNS}], then "{one_line(title)}" = the input or "{IGNORE}".'
            )
        if name in names:
            raise DataError(f"{table}: two columns are {name}. Keep one, or leave one out in [{COLUMNS}].")
        names.append(None if name == IGNORE else name)
    for name in REQUIRED:
        if name not in names and name not in base.values:
            raise DataError(f"{name} is missing: neither a column of {table} nor the base plan gives it.")
    for name in base.sources:
        if name not in names and name not in base.values:
            raise DataError(
                f"[sources] {name} has a source, but neither the base plan nor {table} gives a value."
            )
    return Columns(names, decimal)


def read_cell(declared: Input, cell: Any, mark: str) -> Any:
    """One cell's value, checked; a broken rule is a ``PlanError`` as for a plan file."""
    if isinstance(cell, Unreadable):
        raise PlanError(declared.name, cell.rule)
    if declared.kind == "number":
        cell = _number(declared, cell, mark)
    elif cell != cell:  # how pandas writes that there is no text
        raise PlanError(declared.name, f"{declared.name} = nan: must be text; leave the cell empty instead.")
    elif declared.kind != "date" and isinstance(cell, int | float) and not isinstance(cell, bool):
        cell = str(int(cell)) if cell % 1 == 0 else str(cell)
    elif isinstance(cell, str):
        cell = cell.strip()
    return read_declared(declared, cell)


# Most columns of a table say the same in row after row.
_read_text = functools.lru_cache(maxsize=10_000)(read_cell)


def _filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _number(declared: Input, cell: Any, mark: str) -> Any:
    """A cell as a number: texts of a CSV file with the decimal mark, also with a percent sign."""
    if isinstance(cell, decimal.Decimal):
        return float(cell)
    if not isinstance(cell, str):
        return "a date" if isinstance(cell, datetime.date) else cell
    text = cell.strip()
    digits = text.removesuffix("%").rstrip()
    if not MARKS[mark].fullmatch(digits):
        other = "," if mark == "." else "."
        hint = (
            f" If {other} is the decimal mark, say --decimal {other}."
            if MARKS[other].fullmatch(digits)
            else ""
        )
        raise PlanError(
            declared.name,
            f"{declared.name} = {shown(cell)}: must be a number such as 1234{mark}5, no thousands separators.{hint}",
        )
    try:
        number = decimal.Decimal(digits.replace(",", "."))
        return float(number / 100 if text.endswith("%") else number)
    except decimal.DecimalException:  # an exponent of more digits than Decimal takes
        raise PlanError(declared.name, f"{declared.name} = {shown(cell)}: must be a finite number.") from None
