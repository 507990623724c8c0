"""The demo workbook: every CARE function at work, on its own examples and on the guides' worked examples.

The sheets are the same for every host: with macros in Excel (``carecost excel build``), without them for
LibreOffice. Every formula refers to blue cells beside it and has its value stored.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from carecost.errors import CellError
from carecost.functions import REGISTRY, Function
from carecost.functions.describe import by_area, call_line
from carecost.functions.parameter import Parameter
from carecost.functions.typed import parse_formula
from carecost.rates import active_card
from carecost.workbook import style
from carecost.workbook.dynamic import Cells, Live, with_live
from carecost.workbook.guides import GUIDES, SAME, guides_sheet, same_or_changed
from carecost.workbook.package import Package
from carecost.workbook.parts import parts_of

TITLE = "CARE functions at work"
START = "Start"
TABS = (style.NAVY, style.TEAL, style.AMBER, style.GRAY)
# Columns: the argument, its unit, what it is, and from E on the examples side by side.
FIRST = 5
TEXT_WIDTH, LINE = 66, 13.5
WIDTHS = {"A": 2, "B": 24, "C": 26, "D": 62}
VALUE_WIDTH, VALUE_COLUMNS = 14, 14
HOW_TO = (
    ("What this is", "Every CARE function on its own examples, area by area, and the guides' worked examples on the "
     "sheet Guides. Change a blue cell and the results below it change."),
    ("If cells show #NAME?", "The functions are not there. In carecost_demo.xlsm enable macros (Excel for Windows). "
     "For carecost_demo.xlsx install them first: carecost excel install, or carecost libreoffice install."),
    ("If cells show #VALUE!", "Press the button Why? on the ribbon's carecost tab, or run the macro CareWhy "
     "(Alt+F8). Python itself is checked by: carecost excel doctor."),
    ("See it compute", "Excel shows stored values first. Ctrl+Alt+F9 (LibreOffice: Ctrl+Shift+F9) computes every "
     "cell anew; the count above must stay the same as long as no blue cell is changed."),
    ("Ranges", "Any single value may also be a range: =CARE_FTE(B2:B13) gives a column of answers from one call. "
     "That is also much faster than one call for each cell."),
)  # fmt: skip


class Table(NamedTuple):
    """Examples of a function side by side: their arguments, one list of values for each, and results."""

    formulas: tuple[str, ...]
    arguments: tuple[tuple[Any, ...], ...]


def demo_book() -> tuple[Workbook, Cells]:
    """The sheets, and the cells with formulas on each."""
    excel = Workbook()
    start = excel.worksheets[0]
    start.title = START
    live: Cells = {START: {}, GUIDES: dict(guides_sheet(excel.create_sheet(GUIDES)))}
    for area, functions in by_area():
        live[area] = dict(_area_sheet(excel.create_sheet(area), area, functions))
    for place, sheet in enumerate(excel.worksheets):
        sheet.sheet_properties.tabColor = TABS[place % len(TABS)]
    live[START] = dict(_start_sheet(start, live))
    # Values are shown as stored until something changes: a workbook opened with macros blocked stays readable.
    excel.calculation.fullCalcOnLoad = False
    excel.calculation.calcId = 191029
    return excel, live


def demo_workbook() -> bytes:
    """The demo as a plain .xlsx, without macros: its host brings the functions."""
    excel, live = demo_book()
    return Package(with_live(excel, parts_of(excel, TITLE), live)).with_parts({})


# ---- a sheet for each area ----


def _area_sheet(sheet: Worksheet, area: str, functions: list[Function]) -> Iterator[tuple[str, Live]]:
    _columns(sheet)
    style.put(sheet, "B1", area, style.TITLE, alignment=style.LEFT)
    sheet.row_dimensions[1].height = 30
    style.put(sheet, "B2", "Blue cells are inputs. Results are live.", style.SUBTITLE)
    row, widest = 4, 1
    for function in functions:
        row = _head(sheet, row, function)
        for table in _tables(function):
            cells = dict(_table(sheet, row, function, table))
            yield from cells.items()
            widest = max(widest, len(table.formulas), *(_width(entry.area) for entry in cells.values()))
            row = max(row, *(int(re.sub("[A-Z]+", "", cell)) for cell in cells)) + 2
        row += 1
    sheet.freeze_panes = "A3"
    style.page(sheet, title_rows="1:2", area=f"A1:{get_column_letter(FIRST + widest)}{row - 2}")


def _columns(sheet: Worksheet) -> None:
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for place in range(FIRST, FIRST + VALUE_COLUMNS):
        sheet.column_dimensions[get_column_letter(place)].width = VALUE_WIDTH


def _head(sheet: Worksheet, row: int, function: Function) -> int:
    style.put(sheet, f"B{row}", call_line(function), style.SECTION, alignment=style.LEFT)
    for place in range(2, FIRST + 6):
        sheet[f"{get_column_letter(place)}{row}"].fill = style.SECTION_FILL
    sheet.row_dimensions[row].height = 20
    style.put(sheet, f"B{row + 1}", f"{function.summary} Gives {function.returns}.", style.PLAIN)
    return row + 2


def _tables(function: Function) -> Iterator[Table]:
    """All examples in one table; but blocks of cells, in or out, need a table each."""
    examples = [(example.formula, tuple(parse_formula(example.formula)[1])) for example in function.examples]
    kinds = {parameter.kind for parameter in function.parameters.values()}
    groups = [[each] for each in examples] if function.spills or kinds & {"table", "block"} else [examples]
    for group in groups:
        yield Table(tuple(formula for formula, _ in group), tuple(arguments for _, arguments in group))


def _table(sheet: Worksheet, row: int, function: Function, table: Table) -> Iterator[tuple[str, Live]]:
    """Arguments above, results below; every example in a column of its own."""
    references: list[list[str]] = [[] for _ in table.formulas]
    for place, (name, parameter) in enumerate(function.parameters.items()):
        given = [arguments[place] if place < len(arguments) else None for arguments in table.arguments]
        areas = [_input(sheet, row, FIRST + column, parameter, value) for column, value in enumerate(given)]
        for reference, area in zip(references, areas, strict=True):
            reference.append(area)
        if any(areas):
            _describe(sheet, row, name, parameter.unit, parameter.help)
            row += max(len(_rows(value)) for value in given)
    formulas = [f"{function.name}({','.join(reference).rstrip(',')})" for reference in references]
    answers = [_answer(function, arguments) for arguments in table.arguments]
    _describe(sheet, row, "Result", re.split(r"[,;:]", function.returns)[0], "", style.BOLD)
    for place, (formula, rows) in enumerate(zip(formulas, answers, strict=True)):
        yield from _result(sheet, row, FIRST + place, formula, rows, function.returns)
    yield from _as_built(sheet, row + max(map(len, answers)), answers, row)
    for place, formula in enumerate(formulas):
        column = get_column_letter(FIRST + place)
        style.put(sheet, f"D{row + place}", f"{column}: ={formula}", style.PLAIN, alignment=style.LEFT)
        yield f"D{row + place}", Live("", f"{column}: ={formula}")


def _input(sheet: Worksheet, row: int, column: int, parameter: Parameter, value: Any) -> str:
    """Put an argument into blue cells; where it stands, or nothing when it is left out."""
    rows = _rows(value)
    if value is None:
        return ""
    for i, cells in enumerate(rows):
        for j, cell in enumerate(cells):
            percent = parameter.is_share or (
                isinstance(cell, float) and parameter.kind == "block" and cell < 1
            )
            style.put(
                sheet, f"{get_column_letter(column + j)}{row + i}", cell, style.INPUT, fill=style.INPUT_FILL,
                border=style.BOX, alignment=style.RIGHT, number_format="0.0%" if percent else _plain_format(cell),
            )  # fmt: skip
    return _area(row, column, len(rows), len(rows[0]))


def _result(
    sheet: Worksheet, row: int, column: int, formula: str, rows: list[list[Any]], returns: str
) -> Iterator[tuple[str, Live]]:
    for i, cells in enumerate(rows):
        for j, value in enumerate(cells):
            cell = f"{get_column_letter(column + j)}{row + i}"
            style.put(
                sheet, cell, value, style.BOLD, fill=style.TILE_FILL, border=style.BOX,
                alignment=style.WRAP if isinstance(value, str) else Alignment(horizontal="right", vertical="top"),
                number_format=result_format(returns, value),
            )  # fmt: skip
            yield cell, Live("", value)
            if isinstance(value, str):
                lines = sheet.row_dimensions[row + i]
                lines.height = max(lines.height or 0, _height(value, VALUE_WIDTH - 2))
    area = _area(row, column, len(rows), len(rows[0]))
    yield area.split(":")[0], Live(formula, rows[0][0], area)


def _as_built(
    sheet: Worksheet, row: int, answers: Sequence[list[list[Any]]], result: int
) -> Iterator[tuple[str, Live]]:
    """What carecost computed when the workbook was built, and whether the cell still says so."""
    block = any(len(rows) > 1 or len(rows[0]) > 1 for rows in answers)
    _describe(sheet, row, "When built" + (", sum" if block else ""), "", "", style.QUIET)
    for place, rows in enumerate(answers):
        column = get_column_letter(FIRST + place)
        live = _area(result, FIRST + place, len(rows), len(rows[0]))
        built = (
            math.fsum(v for cells in rows for v in cells if not isinstance(v, str)) if block else rows[0][0]
        )
        style.put(
            sheet, f"{column}{row}", built, style.QUIET, alignment=style.RIGHT,
            number_format=result_format("", built) if not isinstance(built, str) else "General",
        )  # fmt: skip
        yield f"{column}{row}", Live("", built)
        style.put(sheet, f"{column}{row + 1}", SAME, style.QUIET, alignment=style.RIGHT)
        yield (
            f"{column}{row + 1}",
            Live(same_or_changed(f"SUM({live})" if block else live, f"{column}{row}", built), SAME),
        )


def _describe(sheet: Worksheet, row: int, name: str, unit: str, text: str, font: Any = style.PLAIN) -> None:
    style.put(sheet, f"B{row}", name, font, alignment=style.WRAP)
    style.put(sheet, f"C{row}", unit, style.QUIET, alignment=style.WRAP)
    style.put(sheet, f"D{row}", text, style.PLAIN, alignment=style.WRAP)
    sheet.row_dimensions[row].height = max(_height(text), _height(unit, WIDTHS["C"]))


# ---- the first sheet ----


def _start_sheet(sheet: Worksheet, live: Cells) -> Iterator[tuple[str, Live]]:
    for column, width in {"A": 2, "B": 26, "C": 24, "D": 96}.items():
        sheet.column_dimensions[column].width = width
    style.put(sheet, "B1", TITLE, style.TITLE, alignment=style.LEFT)
    sheet.row_dimensions[1].height = 30
    card = active_card()
    style.put(sheet, "B2", f"Rate card {card.name}: {', '.join(card.markets)}", style.SUBTITLE)
    results = {
        area: sum(entry.value == SAME for entry in cells.values())
        for area, cells in live.items()
        if area != START
    }
    style.put(sheet, "B4", "Results as built", style.BOLD, alignment=style.LEFT)
    style.put(
        sheet, "C4", 0, style.BIG, alignment=style.LEFT, number_format=f'0 "of {sum(results.values())}"'
    )
    counts = "+".join(f"COUNTIF('{area}'!A:Z,\"{SAME}\")" for area in results)
    yield "C4", Live(counts, sum(results.values()))
    row = 6
    for title, text in HOW_TO:
        style.put(sheet, f"B{row}", title, style.BOLD, alignment=style.WRAP)
        style.put(sheet, f"C{row}", text, alignment=style.WRAP)
        sheet.merge_cells(f"C{row}:D{row}")
        sheet.row_dimensions[row].height = _height(text, 145)
        row += 1
    row += 1
    style.heading(sheet, row, {"B": "Function", "C": "Sheet", "D": "What it gives"}, 18)
    for name, function in REGISTRY.items():
        row += 1
        for column, value in {"B": name, "C": function.area, "D": function.summary}.items():
            style.put(sheet, f"{column}{row}", value, alignment=style.WRAP, border=style.UNDER)
        sheet[f"C{row}"].hyperlink = f"#'{function.area}'!A1"
        sheet.row_dimensions[row].height = _height(function.summary, 124)
    style.page(sheet, area=f"A1:D{row}")


# ---- small change ----


def _answer(function: Function, arguments: tuple[Any, ...]) -> list[list[Any]]:
    try:
        return _rows(function(*arguments))
    except CellError as error:
        return [[error.code]]


def _rows(value: Any) -> list[list[Any]]:
    """Any value as rows of cells; a list of values is a column."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, list):
        return [[value]]
    rows = [row if isinstance(row, list) else [row] for row in value]
    return [[cell.code if isinstance(cell, CellError) else cell for cell in row] for row in rows]


def _area(row: int, column: int, tall: int, wide: int) -> str:
    first = f"{get_column_letter(column)}{row}"
    last = f"{get_column_letter(column + wide - 1)}{row + tall - 1}"
    return first if first == last else f"{first}:{last}"


def _width(area: str) -> int:
    if ":" not in area:
        return 1
    first, last = (re.sub("[0-9]+", "", cell) for cell in area.split(":"))
    return ord(last) - ord(first) + 1


def result_format(returns: str, value: Any) -> str:
    """The number format of a result.

    >>> result_format("share of attempts", 0.23), result_format("money", 1234.5), result_format("money", 16.48)
    ('0.0%', '#,##0', '#,##0.00')
    """
    if isinstance(value, str):
        return "General"
    if returns.startswith("share"):
        return "0.0%"
    if float(value).is_integer() or abs(value) >= 1000:
        return "#,##0"
    return "#,##0.00" if abs(value) >= 1 else "0.0000"


def _plain_format(value: Any) -> str:
    return "#,##0" if isinstance(value, float | int) and abs(value) >= 1000 else "General"


def _height(text: str, width: float = TEXT_WIDTH) -> float:
    return 3 + LINE * sum(math.ceil(max(1, len(line)) / width) for line in text.split("\n"))
