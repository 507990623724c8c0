"""Fill a template: splice values into the cells of the package, leaving everything else byte for byte.

openpyxl cannot store a formula beside its value, and loses charts and formats of templates that others
made. So each sheet is cut once at the cells that carecost owns, found by their defined names; a
workbook is the pieces joined around its values, and all other parts are copied in compressed form.
"""

from __future__ import annotations

import contextlib
import functools
import html
import importlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from carecost.errors import DataError
from carecost.model.inputs import INPUTS
from carecost.model.result import Result
from carecost.shipped import shipped
from carecost.workbook.package import Package
from carecost.workbook.values import BESIDE, Column, Value, blank_result, workbook_values

orjson: Any = None
with contextlib.suppress(ImportError):  # it comes with batches, and writes the same texts
    orjson = importlib.import_module("orjson")

Values = Mapping[str, Sequence[Value]]
Columns = Mapping[str, Sequence[Column]]
# A cell by sheet and address, and the cells of each defined name.
Place: TypeAlias = tuple[str, str]
Areas: TypeAlias = Mapping[str, tuple[str, list[str]]]
CELL = re.compile(r'<c r="([A-Z]+)([0-9]+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
FORMULA = re.compile(r"<f\b[^>]*?(?:/>|>(.*?)</f>)", re.DOTALL)
TYPE = re.compile(r'\s+t="[^"]*"')
NAME = re.compile(r"<definedName\b([^>]*)>([^<]*)</definedName>")
AREA = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!\$([A-Z]+)\$([0-9]+)(?::\$([A-Z]+)\$([0-9]+))?$")
REFERENCE = re.compile(r"^'?(.+?)'?!\$?([A-Z]+)\$?([0-9]+)$")
TAG = re.compile(r"<(?:sheet|Relationship)\b[^>]*>")
ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
PNL_TEMPLATE = shipped("templates") / "pnl_12m.xlsx"
# Below the one and from the other on repr() writes numbers with an exponent.
SHORTEST_PLAIN, LONGEST_PLAIN = 1e-4, 1e16
# XML 1.0 has no place for these, not even escaped.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Slot(NamedTuple):
    """The value of one cell: the name it belongs to, and its place among that name's cells."""

    name: str
    place: int


class Cut(NamedTuple):
    """One owned cell: its opening tag as far as the type, and its formula if it has one."""

    slot: Slot
    head: str
    formula: str


class Template:
    """A workbook template, cut at the cells that carecost owns, ready to be filled many times.

    ``names`` are the defined names that values come under. A formula that is neither owned nor a plain
    reference to an owned cell is refused: its cached value would be wrong.
    """

    def __init__(self, package: Package, names: Collection[str]) -> None:
        missing = {WORKBOOK, RELATIONS} - package.parts.keys()
        if missing:
            raise DataError(f"not a workbook: it has no {' and no '.join(sorted(missing))}.")
        self._package = package
        parts = _sheet_parts(package)
        areas = _areas(package)
        owned = owned_cells(areas, names)
        self._sheets = {
            part: list(_cut(package.parts[part].decode(), sheet, owned, areas))
            for sheet, part in parts.items()
            if part in package.parts
        }

    def fill(self, values: Values) -> bytes:
        """The finished workbook as bytes; equal values give equal bytes."""
        (content,) = self.fill_many({name: [[value] for value in cells] for name, cells in values.items()}, 1)
        return content

    def fill_many(self, columns: Columns, many: int) -> Iterator[bytes]:
        """As many finished workbooks, one after the other, from columns of that many values."""
        sheets = {
            part: Stamp(pieces, columns, many) for part, pieces in self._sheets.items() if len(pieces) > 1
        }
        for place in range(many):
            yield self._package.with_parts({part: sheet.text(place) for part, sheet in sheets.items()})


class Stamp:
    """Many sheets of one pattern: the pieces that all share, and between them what differs."""

    def __init__(self, pieces: Sequence[str | Cut], columns: Columns, many: int) -> None:
        shared = [""]
        differing: list[Sequence[str]] = []
        for piece in pieces:
            if isinstance(piece, str):
                shared[-1] += piece
                continue
            column = columns[piece.slot.name][piece.slot.place]
            shared[-1] += piece.head
            if column.count(column[0]) == many:
                shared[-1] += tail(column[0], piece.formula)
            else:
                differing.append(column_tails(column, piece.formula))
                shared.append("")
        self._rows = list(zip(*differing, strict=True)) or [()] * many
        self._texts = [""] * (2 * len(shared) - 1)
        self._texts[::2] = shared

    def text(self, place: int) -> bytes:
        """One of the sheets."""
        self._texts[1::2] = self._rows[place]
        return "".join(self._texts).encode()


def _sheet_parts(package: Package) -> dict[str, str]:
    """Sheet titles with the parts they are stored in."""
    targets = {
        tag["Id"]: tag["Target"]
        for tag in map(_attributes, TAG.findall(package.parts[RELATIONS].decode()))
        if "Target" in tag
    }
    sheets = map(_attributes, TAG.findall(package.parts[WORKBOOK].decode()))
    return {
        tag["name"]: targets[tag["r:id"]].removeprefix("/xl/").join(("xl/", ""))
        for tag in sheets
        if "r:id" in tag
    }


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in ATTRIBUTE.findall(tag)}


def _areas(package: Package) -> Areas:
    """Defined names with their sheet and cells; names that are no area are left out."""
    areas = {}
    for opening, text in NAME.findall(package.parts[WORKBOOK].decode()):
        area = cells_of(html.unescape(text))
        if area and "localSheetId" not in opening:
            areas[_attributes(opening)["name"]] = area
    return areas


def cells_of(reference: str) -> tuple[str, list[str]] | None:
    """The sheet and the cells, row by row, that a name refers to; None if that is not one area.

    >>> cells_of("'P&L'!$C$8:$D$9")
    ('P&L', ['C8', 'D8', 'C9', 'D9'])
    """
    found = AREA.match(reference)
    if not found:
        return None
    quoted, plain, left, top, right, bottom = found.groups()
    columns = range(column_number(left), column_number(right or left) + 1)
    rows = range(int(top), int(bottom or top) + 1)
    sheet = quoted.replace("''", "'") if quoted else plain
    return sheet, [f"{column_letters(column)}{row}" for row in rows for column in columns]


def column_number(letters: str) -> int:
    """The place of a column, A being 1."""
    return functools.reduce(lambda number, letter: 26 * number + ord(letter) - 64, letters, 0)


def column_letters(number: int) -> str:
    """The letters of a column, 1 being A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def owned_cells(areas: Areas, names: Collection[str]) -> dict[Place, Slot]:
    """The cells that values belong into, by sheet and cell."""
    owned = {}
    for name, (sheet, cells) in areas.items():
        if name in names:
            owned.update({(sheet, cell): Slot(name, place) for place, cell in enumerate(cells)})
    # A column beside the inputs has one name; its cell for an input is the one on the input's row.
    for beside in BESIDE:
        sheet, column = areas.get(beside, ("", []))
        for name in INPUTS:
            row = areas[name][1][0].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if name in areas else ""
            for cell in column:
                if cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == row and f"{beside}.{name}" in names:
                    owned[sheet, cell] = Slot(f"{beside}.{name}", 0)
    return owned


def _cut(
    text: str,
    sheet: str,
    owned: Mapping[Place, Slot],
    areas: Areas,
) -> Iterator[str | Cut]:
    """A sheet's text in pieces: what stays, and the owned cells between."""
    end = 0
    for found in CELL.finditer(text):
        cell = found[1] + found[2]
        formula = FORMULA.search(found[4] or "")
        slot = owned.get((sheet, cell))
        if slot is None and formula:
            slot = _referred(html.unescape(formula[1] or ""), owned, areas)
            if slot is None:
                raise DataError(
                    f"{sheet}!{cell}: carecost has no value for the formula ={html.unescape(formula[1] or '')}. "
                    "A template's own formulas may only refer to a named quantity of the plan."
                )
        if slot is not None:
            yield text[end : found.start()]
            yield Cut(slot, f'<c r="{cell}"{TYPE.sub("", found[3]).rstrip()}', formula[0] if formula else "")
            end = found.end()
    yield text[end:]


def _referred(formula: str, owned: Mapping[Place, Slot], areas: Areas) -> Slot | None:
    """The owned cell that a formula is nothing but a reference to."""
    if formula in areas:
        sheet, cells = areas[formula]
        return owned.get((sheet, cells[0])) if len(cells) == 1 else None
    found = REFERENCE.match(formula)
    return owned.get((found[1], found[2] + found[3])) if found else None


def tail(value: Value, formula: str = "") -> str:
    """A cell from its type on: what follows ``<c r="A1" s="1"``. ``formula`` is its element, if it has one.

    >>> tail("a < b"), tail(2.0, "<f>1+1</f>"), tail(None)
    (' t="inlineStr"><is><t xml:space="preserve">a &lt; b</t></is></c>', '><f>1+1</f><v>2</v></c>', '/>')
    """
    if value is None:
        return "/>"
    if isinstance(value, str):
        text = html.escape(FORBIDDEN.sub("", value), quote=False)
        if formula:
            return f' t="str">{formula}<v>{text}</v></c>'
        return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f">{formula}<v>{number_text(value)}</v></c>"


def column_tails(column: Column, formula: str = "") -> list[str]:
    """``tail`` of many values, faster."""
    if set(map(type, column)) == {float}:
        return [f">{formula}<v>{text}</v></c>" for text in _number_texts(column)]
    texts = {value: tail(value, formula) for value in set(column)}
    return [texts[value] for value in column]


def _number_texts(column: Column) -> list[str]:
    """``number_text`` of a column, faster."""
    numbers = np.array(column, dtype=float) + 0.0
    sizes = abs(numbers)
    if orjson and ((sizes == 0) | ((sizes >= SHORTEST_PLAIN) & (sizes < LONGEST_PLAIN))).all():
        text = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode()
    else:
        text = ",".join(map(repr, numbers.tolist()))
    return f"{text},".replace(".0,", ",")[:-1].split(",")


def number_text(value: float) -> str:
    """The shortest text that reads back as the same number.

    >>> number_text(0.94), number_text(-0.0), number_text(1200.0)
    ('0.94', '0', '1200')
    """
    return repr(value + 0.0).removesuffix(".0")


class Layout(NamedTuple):
    """Where a template keeps what: the cells of its names, and its formulas by cell."""

    areas: Areas
    formulas: Mapping[Place, str]


@functools.cache
def pnl_layout() -> Layout:
    """The layout of the shipped P&L template."""
    package = Package.read(PNL_TEMPLATE)
    formulas = {
        (sheet, found[1] + found[2]): f"={html.unescape(formula[1])}"
        for sheet, part in _sheet_parts(package).items()
        for found in CELL.finditer(package.parts[part].decode())
        if (formula := FORMULA.search(found[4] or ""))
    }
    return Layout(_areas(package), formulas)


@functools.cache
def value_names() -> frozenset[str]:
    """The defined names that a plan has values for."""
    return frozenset(workbook_values(blank_result()))


@functools.cache
def pnl_template() -> Template:
    """The shipped P&L template."""
    return Template(Package.read(PNL_TEMPLATE), value_names())


def fill(result: Result) -> bytes:
    """The P&L workbook of a result."""
    return pnl_template().fill(workbook_values(result))
