"""The cells of a workbook from outside that a reader asks for, and every formula; all else is passed over."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from carecost.model.inputs import one_line
from carecost.quotes.safe_package import NEEDED_SOUND, SAVE_PLAIN, RefusedError, SafePackage
from carecost.quotes.strict_xml import Attributes, Elements

CELL = ["worksheet", "sheetData", "row", "c"]
ADDRESS = re.compile("[A-Z]{1,3}[1-9][0-9]{0,6}")
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,3})?")
# A character that XML has no place for, as workbooks write it.
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
LONGEST_FORMAT = 255
# Of a file full of formulas, so many are told.
MOST_FORMULAS = 50
LAST_SERIAL = 2_958_465


class Unreadable(NamedTuple):
    """In place of a value: what is there that is none, in words, and how to put it right. No field accepts it."""

    words: str
    remedy: str = ", typed as a value"

    def __str__(self) -> str:
        return self.words


CellValue = float | str | bool | datetime.date | Unreadable | None


class Cell(NamedTuple):
    """One cell as the file has it."""

    kind: str
    text: str
    style: int
    formula: str | None


@dataclass
class Workbook:
    """What the workbook part lists."""

    sheets: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    part: str = ""
    epoch: datetime.datetime = CALENDAR_WINDOWS_1900


@dataclass
class Cells:
    """The cells asked for on one sheet, by address, and all formulas."""

    values: dict[str, CellValue] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)


def read_workbook(package: SafePackage) -> Workbook:
    """The sheets with their parts, and the defined names that hold for the whole workbook."""
    part = next(
        (found.target for found in package.relations("").values() if found.kind == "officeDocument"), ""
    )
    reader = _Workbook()
    package.read(part, reader)
    relations = package.relations(part)
    book = Workbook(names=reader.names, part=part, epoch=reader.epoch)
    for title, identifier in reader.sheets:
        if title in book.sheets or identifier not in relations:
            raise RefusedError("a workbook whose list of sheets is damaged", NEEDED_SOUND)
        book.sheets[title] = relations[identifier].target
    return book


def read_cells(
    package: SafePackage, book: Workbook, wanted: Mapping[str, Collection[str]]
) -> dict[str, Cells]:
    """The cells at the wanted addresses of each sheet."""
    found = {}
    for title, addresses in wanted.items():
        found[title] = _Sheet(title, addresses)
        package.read(book.sheets[title], found[title])
    relations = package.relations(book.part).values()
    beside = {relation.kind: relation.target for relation in relations}
    shared = {int(cell.text) for sheet in found.values() for cell in sheet.cells.values() if _is_shared(cell)}
    strings, formats = _Strings(shared), _Formats()
    if shared:
        package.read(beside.get("sharedStrings", ""), strings)
    if "styles" in beside:
        package.read(beside["styles"], formats)
    return {
        title: Cells(
            {address: _value(cell, strings, formats, book.epoch) for address, cell in sheet.cells.items()},
            sheet.formulas,
        )
        for title, sheet in found.items()
    }


def _is_shared(cell: Cell) -> bool:
    return cell.kind == "s" and cell.text.isascii() and cell.text.isdigit() and len(cell.text) < 9


def _value(cell: Cell, strings: _Strings, formats: _Formats, epoch: datetime.datetime) -> CellValue:
    text: str | None = cell.text
    if cell.formula is not None:
        return Unreadable(f"a formula, ={cell.formula}")
    if cell.kind == "e":
        return Unreadable(f"the error {text}")
    if cell.kind == "b":
        return text == "1"
    if cell.kind == "n":
        return _number(cell, formats, epoch)
    if cell.kind == "s":
        text = strings.found.get(int(cell.text)) if _is_shared(cell) else None
    if text is None:
        raise RefusedError("a workbook with cells that point to no text", NEEDED_SOUND)
    return ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _number(cell: Cell, formats: _Formats, epoch: datetime.datetime) -> CellValue:
    """A number, or a day where the cell shows one; a time of day is left out."""
    if not cell.text:
        return None
    if not NUMBER.fullmatch(cell.text):
        return Unreadable(f'"{cell.text}" in place of a number')
    number = float(cell.text)
    if formats.is_date(cell.style):
        day = from_excel(number, epoch) if 1 <= number <= LAST_SERIAL else None
        return (
            day.date()
            if isinstance(day, datetime.datetime)
            else Unreadable(f"no day of the calendar, {number:g}")
        )
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


class _Workbook(Elements):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.names: dict[str, str] = {}
        self.epoch = CALENDAR_WINDOWS_1900
        self.name, self.refers = "", ""

    def start(self, path: list[str], attributes: Attributes) -> None:
        if path[0] != "workbook":
            raise RefusedError("a document that is not a workbook", NEEDED_SOUND)
        if path == ["workbook", "workbookPr"] and attributes.get("date1904") in ("1", "true"):
            self.epoch = CALENDAR_MAC_1904
        elif path == ["workbook", "sheets", "sheet"]:
            identifier = next((value for name, value in attributes.items() if name.endswith(" id")), "")
            self.sheets.append((attributes.get("name", ""), identifier))
        elif path == ["workbook", "definedNames", "definedName"]:
            local = "localSheetId" in attributes
            self.name, self.refers = "" if local else attributes.get("name", "").lower(), ""

    def text(self, path: list[str], text: str) -> None:
        if path[-1] == "definedName":
            self.refers += text

    def end(self, path: list[str]) -> None:
        if path[-1] == "definedName":
            _refuse_dde(self.refers, "the names of the workbook")
            if self.name in self.names:
                raise RefusedError(f"two names {self.name[:60]!r}", NEEDED_SOUND)
            if self.name:
                self.names[self.name] = self.refers


class _Sheet(Elements):
    """Keeps the cells at the wanted addresses, and the first formulas of the sheet."""

    def __init__(self, title: str, wanted: Collection[str]) -> None:
        self.title, self.wanted = title, wanted
        self.cells: dict[str, Cell] = {}
        self.formulas: dict[str, str] = {}
        self.address, self.kind, self.style = "", "", 0
        self.pieces: list[str] = []
        self.formula: list[str] | None = None

    def start(self, path: list[str], attributes: Attributes) -> None:
        if path == CELL:
            style = attributes.get("s", "0")
            self.address, self.kind = attributes.get("r", ""), attributes.get("t", "n")
            self.style = int(style) if style.isascii() and style.isdigit() and len(style) < 9 else 0
            self.pieces, self.formula = [], None
        elif path[-1] == "f" and path[:-1] == CELL:
            self.formula = []

    def text(self, path: list[str], text: str) -> None:
        if path[:4] != CELL:
            return
        if path[4:] in (["v"], ["is", "t"], ["is", "r", "t"]):
            self.pieces.append(text)
        elif path[4:] == ["f"] and self.formula is not None:
            self.formula.append(text)

    def end(self, path: list[str]) -> None:
        if path != CELL:
            return
        formula = None if self.formula is None else "".join(self.formula)
        if formula is not None:
            _refuse_dde(formula, f"{self.title}!{self.address[:12]}")
            if len(self.formulas) < MOST_FORMULAS:
                self.formulas[self.address] = formula
        if not ADDRESS.fullmatch(self.address) or self.address in self.cells:
            raise RefusedError("a sheet with cells that have no address of their own", NEEDED_SOUND)
        if self.address in self.wanted:
            self.cells[self.address] = Cell(self.kind, "".join(self.pieces), self.style, formula)


class _Strings(Elements):
    """The shared strings at the wanted places."""

    def __init__(self, wanted: Collection[int]) -> None:
        self.wanted = wanted
        self.found: dict[int, str] = {}
        self.place = -1
        self.pieces: list[str] = []

    def start(self, path: list[str], attributes: Attributes) -> None:
        if path == ["sst", "si"]:
            self.place += 1
            self.pieces = []

    def text(self, path: list[str], text: str) -> None:
        if path[2:] in (["t"], ["r", "t"]):
            self.pieces.append(text)

    def end(self, path: list[str]) -> None:
        if path == ["sst", "si"] and self.place in self.wanted:
            self.found[self.place] = "".join(self.pieces)


class _Formats(Elements):
    """Which styles show a number as a date."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {str(place): code for place, code in BUILTIN_FORMATS.items()}
        self.styles: list[str] = []

    def start(self, path: list[str], attributes: Attributes) -> None:
        if path == ["styleSheet", "numFmts", "numFmt"]:
            self.codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif path == ["styleSheet", "cellXfs", "xf"]:
            self.styles.append(attributes.get("numFmtId", "0"))

    def is_date(self, style: int) -> bool:
        """Whether cells of the style show dates."""
        code = self.codes.get(self.styles[style], "General") if style < len(self.styles) else "General"
        return len(code) <= LONGEST_FORMAT and bool(is_date_format(code))


def _refuse_dde(formula: str, where: str) -> None:
    """A bar outside quotes is Excel's sign for a program to start and talk to (DDE)."""
    if "|" in QUOTED.sub("", formula):
        raise RefusedError(f"a formula that starts a program (DDE) in {one_line(where)}", SAVE_PLAIN)
