"""The quote request as a plan of its sheets: where each field of an offer has its answer, label and unit.

The author writes the template after this plan, the reader of filled requests holds them against it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from carecost.quotes.fields import LINES, Field
from carecost.quotes.offer import FIELDS
from carecost.shipped import shipped

QUOTE_REQUEST = shipped("templates") / "quote_request.xlsx"
WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VERSION: int = WORDS["version"]
# The defined name of the cell that holds the version.
VERSION_NAME = "template_version"
START_SHEET = "Start here"
LABEL_COLUMN, FIRST_ANSWER = "A", "B"
HEADING_ROW = 4
LINE = re.compile(r"Line ([0-9]+): (.*)")


class Row(NamedTuple):
    """One row of answers: a field, or the same field of each price line side by side."""

    number: int
    label: str
    unit: str
    fields: tuple[Field, ...]


class Section(NamedTuple):
    """A section of a sheet: its title has a row of its own, where it is not the only one."""

    number: int
    title: str


@dataclass(frozen=True)
class Sheet:
    """One sheet of the request: rows of answers below their sections."""

    title: str
    intro: str
    sections: tuple[Section, ...]
    rows: tuple[Row, ...]

    @cached_property
    def answer_columns(self) -> tuple[str, ...]:
        """The columns with answers, from B on."""
        widest = max(len(row.fields) for row in self.rows)
        return tuple(chr(ord(FIRST_ANSWER) + place) for place in range(widest))

    @cached_property
    def unit_column(self) -> str:
        """The column right of the answers."""
        return chr(ord(self.answer_columns[-1]) + 1)

    @property
    def columns_beside(self) -> tuple[str, str, str, str]:
        """Right of the answers: unit, what an empty answer means, example, help."""
        unit = ord(self.unit_column)
        return chr(unit), chr(unit + 1), chr(unit + 2), chr(unit + 3)


class Place(NamedTuple):
    """Where the template has the answer to a field."""

    field: Field
    sheet: Sheet
    row: Row
    column: str

    @property
    def cell(self) -> str:
        """The cell's address on its sheet."""
        return f"{self.column}{self.row.number}"


def unit_words(declared: Field) -> str:
    """The unit as the request shows it.

    >>> unit_words(FIELDS["line_1_rate"]), unit_words(FIELDS["market"])
    ('amount per unit', 'choose from the list')
    """
    if declared.choices:
        return "choose from the list"
    return re.sub("^money", "amount", declared.unit)


def row_label(declared: Field) -> str:
    """The label of a field's row; the price line is in the column's heading.

    >>> row_label(FIELDS["line_2_base_fee"])
    'Base fee'
    """
    found = LINE.fullmatch(declared.label)
    return found[2][0].upper() + found[2][1:] if found else declared.label


def example_of(declared: Field) -> Any:
    """A valid answer, shown beside the field."""
    return WORDS["examples"][re.sub("^line_[0-9]+", "line_{line}", declared.name)]


def _sheet(entry: Mapping[str, Any]) -> Sheet:
    sections: list[Section] = []
    rows: list[Row] = []
    number = HEADING_ROW
    for title in entry["sections"]:
        if len(entry["sections"]) > 1:
            number += 1
            sections.append(Section(number, title))
        for fields in _side_by_side(title):
            number += 1
            rows.append(Row(number, row_label(fields[0]), unit_words(fields[0]), fields))
    return Sheet(entry["title"], entry["intro"], tuple(sections), tuple(rows))


def _side_by_side(title: str) -> Iterator[tuple[Field, ...]]:
    """The fields of a section, row by row."""
    titles = [title.replace("{line}", str(line)) for line in LINES] if "{line}" in title else [title]
    columns = [[field for field in FIELDS.values() if field.section == each] for each in titles]
    return zip(*columns, strict=True)


SHEETS: tuple[Sheet, ...] = tuple(_sheet(entry) for entry in WORDS["sheets"])
PLACES: Mapping[str, Place] = MappingProxyType(
    {
        field.name: Place(field, sheet, row, column)
        for sheet in SHEETS
        for row in sheet.rows
        for field, column in zip(row.fields, sheet.answer_columns, strict=False)
    }
)
