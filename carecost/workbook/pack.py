"""The no-add-in pack: a workbook whose defined names are the CARE functions, native in Excel 365.

A demo sheet per area calls each of them live beside what carecost computes in Python. The same names can
be added to any other workbook: ``add_to``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from carecost.errors import CellError, DataError
from carecost.formulas.lambdas import lambda_text
from carecost.formulas.stored import stored_form
from carecost.functions import REGISTRY, Function
from carecost.functions.describe import by_area, call_line, default_text, limits_text
from carecost.functions.typed import parse_formula
from carecost.rates import active_card
from carecost.workbook import style
from carecost.workbook.dynamic import Cells, Live, same_test, with_live
from carecost.workbook.into import Added, add_names, names_xml
from carecost.workbook.package import Package, write_whole
from carecost.workbook.parts import parts_of

START = "Start"
TABS = (style.NAVY, style.TEAL, style.AMBER, style.GRAY)
# Columns: what is called, its live result (as wide as three), OK or not, what carecost says (as wide).
CALL, LIVE, CHECK, SAYS = 2, 3, 6, 7
WIDTHS = {"A": 2, "B": 46, "C": 18, "D": 18, "E": 26, "F": 10, "G": 18, "H": 18, "I": 18}
HELP_WIDTH, CALL_WIDTH = 74, 50
LINE = 13.5
HOW_TO = (
    ("What this is", "The CARE functions as native Excel formulas: no add-in, no macro, no Python. Each is a name "
     "in this workbook (Formulas, Name Manager) that holds a LAMBDA."),
    ("Where it runs", "Excel for Microsoft 365 on Windows, Mac, the web, iPad and phones; Excel 2024. Older Excel, "
     "Google Sheets and LibreOffice do not compute it."),
    ("Try it", "Type =CARE_ in any cell of this workbook; Excel lists the functions and shows their arguments. "
     "Those in brackets may be left out. Every sheet here has calls to change."),
    ("In your own workbook", "Right-click any sheet's tab here, Move or Copy, To book: yours, Create a copy. The "
     "names travel with the sheet, which you may then delete. Or: carecost lambdas --into BOOK.xlsx."),
    ("Ranges", "Any single value may also be a range: a column of contacts gives a column of answers, a column "
     "against a row gives a grid. Lists, such as flows, are taken whole."),
    ("Errors", "#VALUE! wrong kind of input. #NUM! outside the limits, or no finite answer. #DIV/0! per unit of "
     "nothing. #N/A unknown market, or not reached. Errors in arguments pass through."),
)  # fmt: skip


class Pack(NamedTuple):
    """What ``write_pack`` wrote."""

    path: Path
    functions: tuple[str, ...]
    left_out: Mapping[str, str]


TITLE = "CARE functions without an add-in"
# By its title a workbook is known as an older pack, which may be replaced.
TITLE_MARK = f">{TITLE}</dc:title>".encode()


def write_pack(path: str | Path) -> Pack:
    """Write the workbook, with the markets of the active rate card."""
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise DataError(f"{path}: the pack is an .xlsx workbook: give it a name that ends in .xlsx.")
    if path.is_file() and TITLE_MARK not in Package.read(path).parts.get("docProps/core.xml", b""):
        raise DataError(
            f"{path}: is another workbook. Choose a new name, or add the functions to it with --into."
        )
    write_whole(path, _finished())
    return Pack(path, tuple(pack_names()), left_out())


def add_to(book_path: str | Path) -> Added:
    """Add the functions to somebody's workbook as names; nothing else in the file changes."""
    return add_names(book_path, pack_names())


def pack_names() -> dict[str, tuple[str, str]]:
    """Every function that has a closed form: its LAMBDA as files hold it, and its summary."""
    return {
        name: (stored_form(lambda_text(function)), function.summary)
        for name, function in REGISTRY.items()
        if not function.no_formula
    }


def left_out() -> dict[str, str]:
    """The functions without a closed form, and why."""
    return {name: function.no_formula for name, function in REGISTRY.items() if function.no_formula}


# ---- the sheets ----


def _finished() -> bytes:
    excel = Workbook()
    start = excel.worksheets[0]
    start.title = START
    live: Cells = {START: {}}
    areas = [
        (area, [function for function in functions if not function.no_formula])
        for area, functions in by_area()
    ]
    for place, (area, functions) in enumerate(areas):
        if functions:
            sheet = excel.create_sheet(area)
            sheet.sheet_properties.tabColor = TABS[place % len(TABS)]
            live[area] = dict(_area_sheet(sheet, area, functions))
    live[START] = dict(_start_sheet(start, [area for area, functions in areas if functions], live))
    excel.calculation.fullCalcOnLoad = True
    return Package(_with_names(with_live(excel, parts_of(excel, TITLE), live))).with_parts({})


def _area_sheet(sheet: Worksheet, area: str, functions: list[Function]) -> Iterator[tuple[str, Live]]:
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    style.put(sheet, "B1", area, style.TITLE, alignment=style.LEFT)
    sheet.row_dimensions[1].height = 30
    style.put(sheet, "B2", "Change a call, or an argument in it, and Excel computes it here.", style.SUBTITLE)
    row = 4
    for function in functions:
        row = _head(sheet, row, function)
        row = _arguments(sheet, row, function)
        style.heading(
            sheet,
            row,
            {
                "B": "Call",
                "C": "Live result",
                "D": "",
                "E": "",
                "F": "",
                "G": "carecost says",
                "H": "",
                "I": "",
            },
            18,
        )
        row += 1
        for example in function.examples:
            rows = _rows(_answer(function, example.formula))
            yield from _example(sheet, row, example.formula, rows)
            row += len(rows)
        row += 2
    _mark_checks(sheet, row)
    sheet.freeze_panes = "A3"
    style.page(sheet, title_rows="1:2", area=f"A1:I{row - 2}")


def _head(sheet: Worksheet, row: int, function: Function) -> int:
    style.put(sheet, f"B{row}", call_line(function), style.SECTION, alignment=style.LEFT)
    for column in "BCDEFGHI":
        sheet[f"{column}{row}"].fill = style.SECTION_FILL
    style.put(sheet, f"B{row + 1}", f"{function.summary} Returns {function.returns}.", style.PLAIN)
    _wrap(sheet, row + 1, "B", "I", CALL_WIDTH + 130)
    sheet.row_dimensions[row].height = 20
    return row + 2


def _arguments(sheet: Worksheet, row: int, function: Function) -> int:
    style.heading(
        sheet,
        row,
        {
            "B": "Argument",
            "C": "Unit",
            "D": "Default",
            "E": "Allowed",
            "F": "What it is",
            "G": "",
            "H": "",
            "I": "",
        },
        18,
    )
    for name, parameter in function.parameters.items():
        row += 1
        cells = {
            "B": name if parameter.required else f"[{name}]",
            "C": parameter.unit,
            "D": default_text(parameter),
            "E": limits_text(parameter),
            "F": parameter.help,
        }
        for column, value in cells.items():
            style.put(sheet, f"{column}{row}", value, style.PLAIN, alignment=style.WRAP, border=style.UNDER)
        _wrap(
            sheet,
            row,
            "F",
            "I",
            HELP_WIDTH,
            *((cells[column], width) for column, width in (("C", 18), ("E", 26))),
        )
    return row + 1


def _example(sheet: Worksheet, row: int, formula: str, rows: list[list[Any]]) -> Iterator[tuple[str, Live]]:
    tall, wide = len(rows), len(rows[0])
    shown = style.put(sheet, f"B{row}", formula, style.PLAIN, alignment=style.WRAP)
    shown.data_type, shown.quotePrefix = "s", True
    sheet.row_dimensions[row].height = _height((formula, CALL_WIDTH))
    first, last = f"C{row}", f"{get_column_letter(LIVE + wide - 1)}{row + tall - 1}"
    for i, cells in enumerate(rows):
        tests = []
        for j, value in enumerate(cells):
            live, says = f"{get_column_letter(LIVE + j)}{row + i}", f"{get_column_letter(SAYS + j)}{row + i}"
            for cell, font in ((live, style.BOLD), (says, style.PLAIN)):
                style.put(
                    sheet, cell, value, font, alignment=Alignment(horizontal="right", vertical="top"),
                    number_format=_number_format(value),
                )  # fmt: skip
            tests.append(same_test(live, says, value))
            yield live, Live("", value)
        check = f"F{row + i}"
        style.put(sheet, check, 0, style.PLAIN, alignment=Alignment(horizontal="center", vertical="top"))
        condition = tests[0] if len(tests) == 1 else f"AND({','.join(tests)})"
        yield check, Live(f'IF(IFERROR({condition},FALSE),"OK","differs")', "OK")
    yield first, Live(formula.removeprefix("="), rows[0][0], f"{first}:{last}" if first != last else first)


def _number_format(value: Any) -> str:
    if isinstance(value, str):
        return "General"
    return (
        "#,##0"
        if float(value).is_integer() and abs(value) >= 1000
        else "#,##0.00####"
        if abs(value) >= 1
        else "0.0#####"
    )


def _answer(function: Function, formula: str) -> Any:
    """What carecost computes for a call as typed in a cell; an error as its code."""
    try:
        return function(*parse_formula(formula)[1])
    except CellError as error:
        return error.code


def _rows(answer: Any) -> list[list[Any]]:
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    rows = answer if isinstance(answer, list) else [answer]
    return [[_plain(each) for each in (row if isinstance(row, list) else [row])] for row in rows]


def _plain(value: Any) -> float | str:
    if isinstance(value, CellError):
        return value.code
    return value if isinstance(value, str) else float(value)


def _wrap(sheet: Worksheet, row: int, first: str, last: str, width: int, *others: tuple[str, int]) -> None:
    """Merge cells of a row over a long text; merged cells do not grow by themselves."""
    sheet.merge_cells(f"{first}{row}:{last}{row}")
    sheet[f"{first}{row}"].alignment = style.WRAP
    sheet.row_dimensions[row].height = _height((str(sheet[f"{first}{row}"].value), width), *others)


def _height(*texts: tuple[str, int]) -> float:
    return 3 + LINE * max(math.ceil(max(1, len(text)) / width) for text, width in texts)


def _mark_checks(sheet: Worksheet, rows: int) -> None:
    for word, look in (("OK", style.GOOD), ("differs", style.BAD)):
        rule = Rule(type="cellIs", operator="equal", formula=[f'"{word}"'], dxf=look)
        sheet.conditional_formatting.add(f"F4:F{rows}", rule)


def _start_sheet(sheet: Worksheet, areas: list[str], live: Cells) -> Iterator[tuple[str, Live]]:
    sheet.sheet_properties.tabColor = style.NAVY
    for column, width in {"A": 2, "B": 28, "C": 26, "D": 90}.items():
        sheet.column_dimensions[column].width = width
    style.put(sheet, "B1", "CARE functions without an add-in", style.TITLE, alignment=style.LEFT)
    sheet.row_dimensions[1].height = 30
    card = active_card()
    style.put(sheet, "B2", f"Markets of the rate card {card.name}: {', '.join(card.markets)}", style.SUBTITLE)
    style.put(sheet, "B4", "All examples", style.BOLD, alignment=style.LEFT)
    style.put(sheet, "C4", 0, style.BOLD, alignment=style.LEFT)
    counts = "+".join(f"COUNTIF('{area}'!F:F,\"differs\")" for area in areas)
    yield "C4", Live(f'IF({counts}=0,"OK","differs")', "OK")
    sheet.conditional_formatting.add(
        "C4", Rule(type="cellIs", operator="equal", formula=['"OK"'], dxf=style.GOOD)
    )
    sheet.conditional_formatting.add(
        "C4", Rule(type="cellIs", operator="equal", formula=['"differs"'], dxf=style.BAD)
    )
    row = 6
    for title, text in HOW_TO:
        style.put(sheet, f"B{row}", title, style.BOLD, alignment=style.WRAP)
        style.put(sheet, f"C{row}", text)
        _wrap(sheet, row, "C", "D", 120)
        row += 1
    row += 1
    style.heading(sheet, row, {"B": "Function", "C": "Sheet", "D": "What it gives"}, 18)
    for name, function in REGISTRY.items():
        if function.no_formula:
            continue
        row += 1
        for column, value in {"B": name, "C": function.area, "D": function.summary}.items():
            style.put(sheet, f"{column}{row}", value, alignment=style.WRAP, border=style.UNDER)
        sheet[f"C{row}"].hyperlink = f"#'{function.area}'!A1"
        sheet.row_dimensions[row].height = _height((function.summary, 112))
    row += 2
    style.heading(sheet, row, {"B": "Not in this pack", "C": "Why", "D": ""}, 18)
    for name, reason in left_out().items():
        row += 1
        style.put(sheet, f"B{row}", name, alignment=style.WRAP)
        style.put(sheet, f"C{row}", f"{reason[0].upper()}{reason[1:]}.")
        _wrap(sheet, row, "C", "D", 120)
    row += 1
    style.put(
        sheet,
        f"B{row}",
        "They are in Python, in the shell, in the Excel add-in and in LibreOffice.",
        style.QUIET,
    )
    style.page(sheet, area=f"A1:D{row}")


# ---- what openpyxl cannot write ----


def _with_names(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    text = re.sub(r"<definedNames\s*/>", "<definedNames></definedNames>", parts["xl/workbook.xml"].decode())
    names = names_xml(pack_names())
    if "</definedNames>" in text:
        text = text.replace("</definedNames>", f"{names}</definedNames>")
    else:
        text = text.replace("</sheets>", f"</sheets><definedNames>{names}</definedNames>")
    return {**parts, "xl/workbook.xml": text.encode()}
