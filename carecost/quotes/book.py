"""The comparison workbook under construction: every value and every formula's value goes in with its cell.

openpyxl can store a formula or a value, not both, and rounds numbers to sixteen digits. So values are
kept beside the workbook and put into the finished sheets; a formula without one is refused. The sheets
of the quotes are alike: the first is authored, the others are stamped from it with their own values.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from carecost.errors import DataError
from carecost.formulas import Operand
from carecost.model.fixed import FIXED
from carecost.workbook import style
from carecost.workbook.fill import CELL, FORMULA, TYPE, number_text
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

Cells = dict[str, Value]


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
        self.values: dict[str, Cells] = {title: {} for title in tabs}
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
        self._cell(title, cell, font, look).value = f"={formula}"
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
        target = self._sheets[title][cell]
        target._style = copy.copy(self._looks[key][0])
        return target

    def name(self, name: str, title: str, cells: str, local: str | None = None) -> None:
        """Give cells (``$C$5`` or ``$C$5:$O$5``) a name, of the workbook or of the sheet ``local`` alone."""
        place = self._sheets[local] if local else self.excel
        place.defined_names[name] = DefinedName(name, attr_text=f"'{title}'!{cells}")

    def fixed_used(self) -> list[str]:
        """The fixed figures that formulas name, in their declared order."""
        used = {
            word
            for sheet in self.excel.worksheets
            for row in sheet.iter_rows(values_only=True)
            for value in row
            if isinstance(value, str) and value.startswith("=")
            for word in WORD.findall(value)
        }
        return [name for name in FIXED if name in used]

    def finished(self, title: str, stamps: Sequence[Cells]) -> bytes:
        """The file. ``stamps`` are the values of each quote's sheet, of which the first is authored."""
        self.excel.active = 0
        self.excel.calculation.fullCalcOnLoad = True
        parts = parts_of(self.excel, title)
        places = {name: f"xl/worksheets/sheet{place}.xml" for place, name in enumerate(self.values, start=1)}
        written = {
            places[name]: "".join(_filled(list(_cut(name, parts[places[name]].decode())), cells, name))
            for name, cells in self.values.items()
            if name not in self.quotes
        }
        pattern = list(_cut("a quote", parts[places[self.quotes[0]]].decode()))
        for name, cells in zip(self.quotes, stamps, strict=True):
            written[places[name]] = "".join(_filled(pattern, cells, name))
        return pack(
            [
                deflate(name, written[name].encode() if name in written else text, level=4)
                for name, text in parts.items()
            ]
        )


def _title(place: int, label: str) -> str:
    words = " ".join(NOT_IN_TITLE.sub(" ", label).split())
    return f"{place} {words}"[:LONGEST_TITLE].strip()


def value_of(value: object) -> Value:
    """A value as a cell holds it: text, a finite number, or None."""
    if value is None or isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return number if number == number else None


class Slot:
    """A cell whose value is put in: its name, its opening tag as far as the type, and its formula."""

    __slots__ = ("cell", "formula", "head")

    def __init__(self, cell: str, head: str, formula: str) -> None:
        self.cell, self.head, self.formula = cell, head, formula


def _cut(sheet: str, text: str) -> Iterator[str | Slot]:
    """A sheet's text in pieces: what stays, and between them the cells with formulas and numbers."""
    end = 0
    for found in CELL.finditer(text):
        formula = FORMULA.search(found[4] or "")
        is_number = found[4] and 't="' not in found[3].replace('t="n"', "")
        if formula or is_number:
            yield text[end : found.start()]
            cell = found[1] + found[2]
            yield Slot(cell, f'<c r="{cell}"{TYPE.sub("", found[3]).rstrip()}', formula[0] if formula else "")
            end = found.end()
    yield text[end:]


def _filled(pieces: list[str | Slot], cells: Mapping[str, Value], sheet: str) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        try:
            value = cells[piece.cell]
        except KeyError:
            raise DataError(f"{sheet}!{piece.cell}: no value for ={html.unescape(piece.formula)}") from None
        if isinstance(value, str):
            yield f'{piece.head} t="str">{piece.formula}<v>{html.escape(value, quote=False)}</v></c>'
        else:
            yield f"{piece.head}>{piece.formula}<v>{number_text(value or 0.0)}</v></c>"


def column(place: int) -> str:
    """The letters of a column, counted from 1."""
    return str(get_column_letter(place))
