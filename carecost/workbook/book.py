"""The workbook under construction: every quantity has a name and a place, and formulas are traced to it."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from carecost.formulas import Operand, ref
from carecost.model.definition import Argument, Definition
from carecost.model.inputs import MONTHS
from carecost.model.lines import Line
from carecost.workbook import style

SUMMARY, INPUTS_SHEET, PNL, CHECKS, SENSITIVITY, SOURCES = (
    "Summary", "Inputs", "P&L", "Checks", "Sensitivity", "Sources",
)  # fmt: skip
# The sheets in reading order, with the colors of their tabs.
SHEETS = {
    SUMMARY: style.NAVY,
    INPUTS_SHEET: style.AMBER,
    PNL: style.NAVY,
    CHECKS: style.TEAL,
    SENSITIVITY: style.TEAL,
    SOURCES: style.GRAY,
}
# Columns of the P&L sheet: month 0, months 1 to 12, the year.
MONTH_COLUMNS = ("C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O")
YEAR_COLUMN = "P"
MONTH_ROW = 5


class Book:
    """An openpyxl workbook with the places of the P&L's quantities."""

    def __init__(self) -> None:
        self.excel = Workbook()
        self.excel.remove(self.excel.worksheets[0])
        for title, color in SHEETS.items():
            self.excel.create_sheet(title).sheet_properties.tabColor = color
        self.rows: dict[str, int] = {}
        self.flags: dict[str, str] = {}

    def sheet(self, title: str) -> Worksheet:
        """One of the sheets."""
        sheet: Worksheet = self.excel[title]
        return sheet

    def name(self, name: str, sheet: str, cells: str, hidden: bool = False) -> None:
        """Give cells (``$C$5`` or ``$C$5:$O$5``) a defined name; hidden ones serve filling only."""
        self.excel.defined_names[name] = DefinedName(
            name, attr_text=f"'{sheet}'!{cells}", hidden=True if hidden else None
        )

    def month_operand(self, wanted: Argument, column: int) -> Operand:
        """An argument of a line, as seen from one month's column of the P&L sheet."""
        here, before = MONTH_COLUMNS[column], MONTH_COLUMNS[column - 1]
        match wanted.scope:
            case "month":
                return ref(f"{here}${MONTH_ROW}")
            case "now":
                return ref(f"{here}{self.rows[wanted.name]}")
            case "last":
                return ref(f"{before}{self.rows[wanted.name]}")
            case "first":
                return ref(f"{MONTH_COLUMNS[1]}{self.rows[wanted.name]}")
            case _:
                return ref(wanted.name)

    def beside_operand(self, wanted: Argument) -> Operand:
        """An argument of a figure, a check or a headline: a defined name wherever there is one."""
        match wanted.scope:
            case "year":
                return ref(f"year_{wanted.name}")
            case "end":
                return ref(f"'{PNL}'!${MONTH_COLUMNS[MONTHS]}${self.rows[wanted.name]}")
            case "flag":
                return ref(self.flags[wanted.name])
            case "flags":
                return ref("inputs_flag")
            case _:
                return ref(wanted.name)

    def month_formula(self, line: Line, column: int) -> str | None:
        """The formula of a line in one month's column, or None where the line has nothing in month 0."""
        definition = line if column else line.month_0
        return (
            None
            if definition is None
            else _formula(definition.call(lambda arg: self.month_operand(arg, column)))
        )

    def beside_formula(self, definition: Definition) -> str:
        """The formula of a figure, a check or a headline."""
        return _formula(definition.call(self.beside_operand))


def _formula(operand: Operand) -> str:
    return f"={operand.text}"
