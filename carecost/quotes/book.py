"""The comparison workbook under construction: every value and every formula's value goes in with its cell.

openpyxl can store a formula or a value, not both, and rounds numbers to sixteen digits. So values are
kept beside the workbook and put into the finished sheets; a formula without one is refused. The sheets
of the quotes are alike: the first is authored, the others are stamped from it with their own values.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from carecost.errors import DataError
from carecost.formulas import Operand
from carecost.model.fixed import FIXED
from carecost.workbook import style
from carecost.workbook.fill import CELL, FORMULA, TYPE, WORKBOOK, Cut, Slot, Stamp
from carecost.workbook.package import deflate, pack
from carecost.workbook.parts import parts_of
from carecost.workbook.values import MISSING, Value

COMMITTEE, COMPARISON, BREAK_EVEN, TERMS, DEMAND, ASSUMED, CHECKS, SOURCES = (
    "Committee", "Comparison", "Break-even", "Terms", "Demand", "Assumed", "Checks", "Sources",
)  # fmt: skip
# What a sheet's title must not contain, here or in a formula that names it.
NOT_IN_TITLE = re.compile(r"[\[\]:*?/\\'\"!=+\-@|<>&{}$%#;,()]")
LONGEST_TITLE = 31
# Text that begins like this is shown as the text it is, never read as a formula.
FORMULA_START = ("=", "+", "-", "@")
WORD = re.compile(r"[a-z_]+")
# In a formula that is written across a row, these two stand for the column of the cell and the one before:
# the last columns that there are, and no sheet is that wide.
HERE, BEFORE = "XFD", "XFC"
DEFINED_END = b"</definedNames>"

Cells = dict[str, Value]
# Values of the quotes' sheets by cell, one for each quote.
Columns = dict[str, list[Value]]


class Book:
    """An openpyxl workbook, the values of its cells by sheet, and the sheets of the quotes."""

    def __init__(self, quotes: Sequence[str]) -> None:
        self.excel = Workbook()
        self.excel.remove(self.excel.worksheets[0])
        self.quotes = [_title(place, label) for place, label in enumerate(quotes, start=1)]
        tabs = {COMMITTEE: style.NAVY, COMPARISON: style.NAVY, BREAK_EVEN: style.TEAL, TERMS: style.AMBER,
                DEMAND: style.AMBER, **dict.fromkeys(self.quotes, style.NAVY),
                ASSUMED: style.AMBER, CHECKS: style.TEAL, SOURCES: style.GRAY}  # fmt: skip
        self._sheets: dict[str, Worksheet] = {title: self.excel.create_sheet(title) for title in tabs}
        for title, color in tabs.items():
            self._sheets[title].sheet_properties.tabColor = color
        # Values of the cells by sheet; those of the quotes' sheets, but for constants, come at the end.
        self.values: dict[str, Cells] = {title: {} for title in tabs}
        self._places = {title: place for place, title in enumerate(tabs)}
        self._names: list[str] = []
        self._words: set[str] = set()
        self._looks: dict[tuple[object, ...], tuple[Any, ...]] = {}

    def sheet(self, title: str) -> Worksheet:
        """One of the sheets."""
        return self._sheets[title]

    def put(self, title: str, cell: str, value: object, font: Any = style.PLAIN, **look: Any) -> None:
        """Write a constant: text stays text, numbers keep every digit, NaN and None leave the cell empty."""
        target = self._cell(title, cell, font, look)
        shown = value_of(value)
        if isinstance(shown, str):
            target.value = shown
            target.data_type = "s"
            target.quotePrefix = shown.startswith(FORMULA_START)
        elif shown is not None:
            target.value = shown
            self.values[title][cell] = shown

    def formula(
        self,
        title: str,
        cell: str,
        formula: Operand | str,
        value: object,
        font: Any = style.PLAIN,
        **look: Any,
    ) -> None:
        """Write a formula with its value; an answer that is missing reads n/a, as the formula says it."""
        self._words.update(WORD.findall(str(formula)))
        self._formula(title, cell, f"={formula}", value, font, look)

    def across(
        self,
        title: str,
        row: int,
        first: int,
        formula: Operand | str,
        values: Iterable[object],
        font: Any = style.PLAIN,
        **look: Any,
    ) -> None:
        """Write one formula from a column on, with its values; HERE and BEFORE in it are a cell's columns."""
        self._words.update(WORD.findall(str(formula)))
        before, pattern = column(first - 1), f"={formula}"
        for place, value in enumerate(values, start=first):
            here = column(place)
            text = pattern.replace(HERE, here).replace(BEFORE, before)
            self._formula(title, f"{here}{row}", text, value, font, look)
            before = here

    def _formula(
        self, title: str, cell: str, text: str, value: object, font: Any, look: Mapping[str, Any]
    ) -> None:
        self._cell(title, cell, font, look).value = text
        shown = value_of(value)
        self.values[title][cell] = MISSING if shown is None else shown

    def _cell(self, title: str, cell: str, font: Any, look: Mapping[str, Any]) -> Any:
        """A cell with its style; openpyxl looks a style up slowly, so each is looked up once."""
        key = (
            id(font),
            *((name, each if isinstance(each, str) else id(each)) for name, each in look.items()),
        )
        if key not in self._looks:
            target = style.put(self._sheets[title], cell, None, font, **look)
            self._looks[key] = (target._style, font, look)  # kept alive: a key is their identities
            return target
        target = self._sheets[title].cell(*coordinate_to_tuple(cell))
        target._style = copy.copy(self._looks[key][0])
        return target

    def name(self, name: str, title: str, cells: str) -> None:
        """Give cells (``$C$5`` or ``$C$5:$O$5``) a name of the workbook."""
        self.excel.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{cells}")

    def local_name(self, name: str, title: str, cells: str, local: str) -> None:
        """Give cells a name of the sheet ``local`` alone. There are thousands, which openpyxl writes slowly."""
        at = self._places[local]
        self._names.append(
            f'<definedName name="{name}" localSheetId="{at}">\'{title}\'!{cells}</definedName>'
        )

    def fixed_used(self) -> list[str]:
        """The fixed figures that formulas name, in their declared order."""
        return [name for name in FIXED if name in self._words]

    def finished(self, title: str, columns: Columns) -> bytes:
        """The file. ``columns`` are the values of the quotes' sheets, of which the first is authored."""
        self.excel.active = 0
        self.excel.calculation.fullCalcOnLoad = True
        parts = parts_of(self.excel, title)
        parts[WORKBOOK] = parts[WORKBOOK].replace(DEFINED_END, "".join(self._names).encode() + DEFINED_END)
        places = {name: f"xl/worksheets/sheet{place + 1}.xml" for name, place in self._places.items()}
        pattern = parts[places[self.quotes[0]]]
        for name, cells in self.values.items():
            if name not in self.quotes:
                one = {cell: [value] for cell, value in cells.items()}
                parts[places[name]] = _stamp(name, parts[places[name]], one, 1).text(0)
        stamp = _stamp("a quote", pattern, columns, len(self.quotes))
        for place, name in enumerate(self.quotes):
            parts[places[name]] = stamp.text(place)
        return pack([deflate(name, text) for name, text in parts.items()])


def _title(place: int, label: str) -> str:
    words = " ".join(NOT_IN_TITLE.sub(" ", label).split())
    return f"{place} {words}"[:LONGEST_TITLE].strip()


def value_of(value: object) -> Value:
    """A value as a cell holds it: text, a finite number, or None."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return number if number == number else None


def _stamp(sheet: str, part: bytes, columns: Columns, many: int) -> Stamp:
    """A sheet cut at the cells with formulas and numbers, with their values."""
    named = {cell: [column] for cell, column in columns.items()}
    return Stamp(list(_cut(sheet, part.decode(), columns)), named, many)


def _cut(sheet: str, text: str, columns: Columns) -> Iterator[str | Cut]:
    end = 0
    for found in CELL.finditer(text):
        letters, row, look, content = found.groups()
        formula = FORMULA.search(content) if content and "<f" in content else None
        is_number = content and ('t="' not in look or 't="n"' in look)
        if formula or is_number:
            cell, words = letters + row, formula[0] if formula else ""
            if cell not in columns:
                raise DataError(f"{sheet}!{cell}: no value for ={html.unescape(words)}")
            yield text[end : found.start()]
            yield Cut(Slot(cell, 0), f'<c r="{cell}"{TYPE.sub("", look).rstrip()}', words)
            end = found.end()
    yield text[end:]


def column(place: int) -> str:
    """The letters of a column, counted from 1."""
    return str(get_column_letter(place))
