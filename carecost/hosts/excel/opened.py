"""A workbook that is open in Excel, through xlwings: its named cells, read and written in blocks.

Every call to Excel takes its time, so a sheet is read at once, and cells that lie together are written
together. Works with every runtime of xlwings.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import xlwings

from carecost.errors import CarecostError
from carecost.hosts.excel.cells import cell as clean
from carecost.workbook.fill import Place, cells_of, column_letters, column_number
from carecost.workbook.values import EXCEL_EPOCH, Value

CELL = re.compile("([A-Z]+)([0-9]+)")
# Office.js passes a message on in the address of a page.
LONGEST_MESSAGE = 1200
MIDNIGHT = datetime.datetime.combine(EXCEL_EPOCH, datetime.time())


class Block(NamedTuple):
    """Cells that lie together, from the top left one to the bottom right one; rows and columns from 1."""

    sheet: str
    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        first, last = (
            f"{column_letters(column)}{row}"
            for row, column in ((self.top, self.left), (self.bottom, self.right))
        )
        return f"{self.sheet}!{first}" if first == last else f"{self.sheet}!{first}:{last}"

    def rows(self) -> list[list[Place]]:
        """The cells, row by row."""
        columns = [column_letters(column) for column in range(self.left, self.right + 1)]
        return [
            [(self.sheet, f"{column}{row}") for column in columns] for row in range(self.top, self.bottom + 1)
        ]


class OpenBook:
    """The cells behind those of ``names`` that the workbook has, as they were when they were last read.

    ``areas`` holds the cells of each name, in lower case; ``broken`` what a name refers to that is not one
    block of cells in this workbook.
    """

    def __init__(self, book: xlwings.Book, names: Collection[str]) -> None:
        self._book = book
        self.areas: dict[str, tuple[str, list[str]]] = {}
        self.broken: dict[str, str] = {}
        titles = {sheet.name for sheet in book.sheets}
        for found in book.names:
            name = found.name.lower()  # a sheet's own names read "sheet!name" and are not ours
            if name in names:
                reference = found.refers_to or ""
                area = cells_of(reference.removeprefix("="))
                if area and area[0] in titles:
                    self.areas[name] = area
                else:
                    self.broken[name] = reference.removeprefix("=") or "nothing"
        self._blocks = _around(self.areas.values())
        self._values: dict[str, list[list[Any]]] = {}
        self._formulas: dict[str, list[list[Any]]] = {}
        self.read()

    def read(self) -> None:
        """Read the cells, or read them again after writing."""
        self._formulas = {}
        self._values = {sheet: _rows(_stored(self._range(block))) for sheet, block in self._blocks.items()}

    def _range(self, block: Block) -> xlwings.Range:
        return self._book.sheets[block.sheet].range((block.top, block.left), (block.bottom, block.right))

    def _at(self, rows: Mapping[str, list[list[Any]]], place: Place) -> Any:
        block, (row, column) = self._blocks[place[0]], _numbers(place[1])
        return rows[block.sheet][row - block.top][column - block.left]

    def value(self, place: Place) -> Any:
        """What a cell holds: a number (dates are Excel's day numbers), a text, True, a CellError or None."""
        return clean(self._at(self._values, place))

    def formula(self, place: Place) -> str | None:
        """The formula of a cell; None if it has none, or if this runtime does not show formulas."""
        if not self.shows_formulas:
            return None
        if place[0] not in self._formulas:
            self._formulas[place[0]] = _rows(self._range(self._blocks[place[0]]).formula)
        found = self._at(self._formulas, place)
        # Of a text Excel gives the text as its formula, be it one that starts with "=".
        return found if str(found or "").startswith("=") and found != self.value(place) else None

    @functools.cached_property
    def shows_formulas(self) -> bool:
        """Whether formulas can be read: in xlwings Server and Lite they cannot."""
        try:
            _ = self._book.sheets[0].range("A1").formula
        except NotImplementedError:
            return False
        return True

    def write_values(self, values: Mapping[Place, Value]) -> None:
        """Put numbers and texts into cells; a text is never taken for anything else, None empties the cell."""
        self._write({place: _typed(value) for place, value in values.items()}, "value")

    def write_formulas(self, formulas: Mapping[Place, str]) -> None:
        """Put formulas into cells."""
        self._write(formulas, "formula")

    def _write(self, contents: Mapping[Place, Any], what: str) -> None:
        for block in blocks(contents):
            rows = [[contents[place] for place in row] for row in block.rows()]
            try:
                setattr(self._range(block), what, rows)
            except Exception as error:  # whatever Excel's own error is in this runtime
                raise CarecostError(
                    f"Excel did not let carecost write {block}, only what comes before: is the sheet protected, "
                    f"or a cell being edited? Put that right and run populate again. ({error!r})"
                ) from None

    def calculate(self) -> None:
        """Bring formulas up to date where Excel only does so when asked."""
        try:
            manual = self._book.app.calculation == "manual"
        except NotImplementedError:  # an older client does not tell
            return
        if manual:
            self._book.app.calculate()

    def select(self, place: Place) -> None:
        """Put the cursor on a cell, unless its sheet is hidden."""
        sheet = self._book.sheets[place[0]]
        if sheet.visible:
            # Excel may refuse, busy elsewhere; what there is to tell matters more.
            with contextlib.suppress(Exception):
                sheet.activate()
                sheet.range(place[1]).select()

    def tell(self, message: str, wrong: bool) -> None:
        """Show a message in a box."""
        if len(message) > LONGEST_MESSAGE:
            message = f"{message[: LONGEST_MESSAGE - 4]} ..."
        self._book.app.alert(message, title="carecost", mode="critical" if wrong else "info")


def blocks(places: Iterable[Place]) -> list[Block]:
    """The blocks that cells make: runs in a row, piled up where they are equally wide.

    >>> [str(block) for block in blocks([("P&L", "D9"), ("P&L", "D8"), ("P&L", "E8"), ("P&L", "E9")])]
    ['P&L!D8:E9']
    """
    found: list[Block] = []
    for sheet, row, column in sorted((sheet, *_numbers(cell)) for sheet, cell in places):
        last = found[-1] if found else None
        if last and (last.sheet, last.bottom, last.right + 1) == (sheet, row, column):
            found[-1] = last._replace(right=column)
        else:
            found.append(Block(sheet, row, column, row, column))
    piled: dict[tuple[str, int, int], Block] = {}
    done: list[Block] = []
    for block in found:
        key = block.sheet, block.left, block.right
        above = piled.get(key)
        if above and above.bottom + 1 == block.top:
            block = above._replace(bottom=block.bottom)
        elif above:
            done.append(above)
        piled[key] = block
    return sorted([*done, *piled.values()])


def _around(areas: Iterable[tuple[str, list[str]]]) -> dict[str, Block]:
    """The block of each sheet that all the areas on it lie in."""
    corners: dict[str, list[tuple[int, int]]] = {}
    for sheet, cells in areas:
        corners.setdefault(sheet, []).extend((_numbers(cells[0]), _numbers(cells[-1])))
    return {
        sheet: Block(sheet, *map(min, zip(*found, strict=True)), *map(max, zip(*found, strict=True)))
        for sheet, found in corners.items()
    }


def _stored(cells: xlwings.Range) -> Any:
    """Values as Excel stores them; Windows' plain ``.Value`` cuts currencies to four places."""
    stored = getattr(cells.api, "Value2", None)
    return cells.options(ndim=2, err_to_str=True).value if stored is None else stored


def _rows(found: Any) -> list[list[Any]]:
    """Rows of cells; Excel gives a lone cell as itself."""
    rows = found if isinstance(found, list | tuple) else [[found]]
    return [[_day_number(value) for value in row] for row in rows]


def _day_number(value: Any) -> Any:
    if not isinstance(value, datetime.datetime):
        return value
    return (value.replace(tzinfo=None) - MIDNIGHT) / datetime.timedelta(days=1)


@functools.cache
def _numbers(cell: str) -> tuple[int, int]:
    """Row and column of a cell, from 1."""
    found = CELL.fullmatch(cell)
    assert found
    return int(found[2]), column_number(found[1])


def _typed(value: Value) -> Value:
    """As one would type it: after an apostrophe Excel takes anything as text, ``+10%`` and ``=1+1`` too."""
    if isinstance(value, str):
        return f"'{value}" if value else None
    return value
