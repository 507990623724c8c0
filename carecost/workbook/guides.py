"""The sheet with the guides' worked examples: inputs, live steps, and what the guide prints beside them.

The cases are data, in ``guide_cases.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import BaseModel, ConfigDict

from carecost.functions import REGISTRY
from carecost.functions.typed import CALL, split
from carecost.workbook import style
from carecost.workbook.dynamic import Live, same_test

GUIDES = "Guides"
SAME, CHANGED = "as built", "changed"
WIDTHS = {"A": 2, "B": 36, "C": 13, "D": 27, "E": 40, "F": 20, "G": 62, "H": 11, "I": 9}


class Input(BaseModel):
    """A blue cell of a case."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    label: str
    value: float | str
    unit: str


class Step(BaseModel):
    """One result: a CARE function of inputs and earlier steps by name, or the sum of earlier steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    label: str
    unit: str
    formula: str = ""
    sum: tuple[str, ...] = ()
    states: str = ""
    note: str = ""

    def text(self, cells: Mapping[str, str]) -> str:
        """The formula with cells for names."""
        return "+".join(cells[name] for name in self.sum) or self.formula.format_map(cells)

    def value(self, values: Mapping[str, Any]) -> Any:
        """What carecost computes."""
        if self.sum:
            return sum(values[name] for name in self.sum)
        found = CALL.match(self.formula)
        if not found:
            raise ValueError(f"{self.formula}: not a single function call")
        names = [argument.strip("{}") for argument in split(found[2], ",")]
        return REGISTRY[found[1]](*(values[name] if name else None for name in names))


class Case(BaseModel):
    """One worked example of a guide."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    guide: str
    section: str
    title: str
    inputs: dict[str, Input]
    step: tuple[Step, ...]


@cache
def guide_cases() -> tuple[Case, ...]:
    """The worked examples, in the file's order."""
    text = files(__package__).joinpath("guide_cases.toml").read_text(encoding="utf-8")
    return tuple(Case.model_validate(case) for case in tomllib.loads(text)["case"])


def guides_sheet(sheet: Worksheet) -> Iterator[tuple[str, Live]]:
    """Write the sheet; gives its cells with formulas."""
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    style.put(sheet, "B1", "The guides' worked examples", style.TITLE, alignment=style.LEFT)
    sheet.row_dimensions[1].height = 30
    style.put(
        sheet, "B2", "What five published guides print, and what their own inputs give.", style.SUBTITLE
    )
    row = 4
    for case in guide_cases():
        style.heading(
            sheet,
            row,
            {
                "B": case.title,
                "C": "",
                "D": "",
                "E": f"{case.guide}, {case.section}",
                "F": "The guide says",
                "G": "",
                "H": "When built",
                "I": "",
            },
            20,
        )
        sheet[f"B{row}"].alignment = sheet[f"E{row}"].alignment = style.LEFT
        cells, values = {}, {}
        for name, found in case.inputs.items():
            row += 1
            cells[name], values[name] = f"C{row}", found.value
            _line(sheet, row, found.label, found.unit)
            style.put(
                sheet, f"C{row}", found.value, style.INPUT, fill=style.INPUT_FILL, border=style.BOX,
                alignment=style.RIGHT, number_format=_format(found.unit, found.value),
            )  # fmt: skip
        for step in case.step:
            row += 1
            formula, value = step.text(cells), step.value(values)
            cells[step.name], values[step.name] = f"C{row}", value
            _line(sheet, row, step.label, step.unit, style.BOLD)
            shown = style.put(sheet, f"E{row}", f"={formula}", style.PLAIN, alignment=style.LEFT)
            shown.data_type, shown.quotePrefix = "s", True
            style.put(sheet, f"F{row}", step.states, style.PLAIN, alignment=style.CENTER)
            style.put(sheet, f"G{row}", step.note, style.QUIET, alignment=style.LEFT)
            shape = _format(step.unit, value)
            for column, font in (("C", style.BOLD), ("H", style.QUIET)):
                style.put(sheet, f"{column}{row}", value, font, alignment=style.RIGHT, number_format=shape)
            sheet[f"C{row}"].fill, sheet[f"C{row}"].border = style.TILE_FILL, style.BOX
            style.put(sheet, f"I{row}", SAME, style.QUIET, alignment=Alignment(horizontal="right"))
            yield f"C{row}", Live(formula, value, "" if step.sum else f"C{row}")
            yield f"H{row}", Live("", value)
            yield f"I{row}", Live(same_or_changed(f"C{row}", f"H{row}", value), SAME)
        row += 2
    sheet.freeze_panes = "A3"
    style.page(sheet, title_rows="1:2", area=f"A1:I{row - 2}")


def same_or_changed(live: str, built: str, value: Any) -> str:
    """The formula beside a result: does it still show what was built?"""
    return f'IF(IFERROR({same_test(live, built, value)},FALSE),"{SAME}","{CHANGED}")'


def _line(sheet: Worksheet, row: int, label: str, unit: str, font: Any = style.PLAIN) -> None:
    style.put(sheet, f"B{row}", label, font, alignment=style.LEFT)
    style.put(sheet, f"D{row}", unit, style.QUIET, alignment=style.INDENT)
    sheet.row_dimensions[row].height = 16


def _format(unit: str, value: Any) -> str:
    if isinstance(value, str):
        return "General"
    if re.match("share", unit):
        return "0.0%"
    return "#,##0" if float(value).is_integer() or abs(value) >= 1000 else "#,##0.00"
