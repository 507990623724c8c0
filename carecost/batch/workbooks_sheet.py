"""The Workbooks sheet: a row for each workbook, put into a finished file as they are read, so that memory
does not grow with them. One row is written as a pattern; it has the styles of all."""

from __future__ import annotations

import html
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from carecost.batch.parts import FIGURES, YEARS, Part
from carecost.batch.sheets import Look, WorkbookRows, heading, page
from carecost.model.statement import PLAN
from carecost.workbook.fill import CELL, column_tails, tail
from carecost.workbook.values import serial

TITLE = "Workbooks"
FIRST_ROW = 6  # counted from 0, as XlsxWriter does
# A spreadsheet has no more rows.
MOST = 1_048_576 - FIRST_ROW
ABOUT = (
    ("Group", 7), ("Workbook", 30), ("Name", 34), ("Cost center", 16), ("Scenario", 12), ("Market", 11),
    ("Currency", 9), ("First month", 11), ("Checks", 9),
)  # fmt: skip
COLUMNS_OF_A_PAGE = 16
STYLE = re.compile(r' s="[0-9]+"')
DIMENSION = re.compile(r'(<dimension ref="A1:[A-Z]+)[0-9]+')


def workbooks_sheet(sheet: Any, look: Look, years: Sequence[str], many: int) -> WorkbookRows:
    """Write all but the rows: titles, and the pattern."""
    keys = (*years, *FIGURES)
    definitions = [PLAN.lines.get(key) or PLAN.figures[key] for key in keys]
    last_column = len(ABOUT) + len(keys) - 1
    sheet.set_column(0, last_column, 12)
    for place, (_, width) in enumerate(ABOUT):
        sheet.set_column(place, place, width)
    page(sheet, FIRST_ROW)
    sheet.fit_to_pages(1 + last_column // COLUMNS_OF_A_PAGE, 0)
    sheet.repeat_columns(0, 1)
    sheet.write_string(0, 0, TITLE, look.title)
    sheet.write_string(
        1, 0, "The year of each workbook, in its own currency. The first column is the group of the Totals sheet.",
        look.quiet,
    )  # fmt: skip
    sections = [""] * len(ABOUT) + [found.section for found in definitions]
    for place, section in enumerate(sections):
        if section and section != sections[place - 1]:
            sheet.write_string(FIRST_ROW - 3, place, section, look.section)
    for place, found in enumerate(definitions, start=len(ABOUT)):
        sheet.write_string(FIRST_ROW - 2, place, found.unit, look.quiet)
    titles = [title for title, _ in ABOUT] + [found.label for found in definitions]
    heading(sheet, look, FIRST_ROW - 1, titles)
    plain = [look.plain, look.link, *[look.plain] * 5, look.month, look.plain]
    for place, shape in enumerate([*plain, *(look.number(found.unit) for found in definitions)]):
        sheet.write_number(FIRST_ROW, place, 0, shape)
    sheet.freeze_panes(FIRST_ROW, 4)
    sheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW + many - 1, last_column)
    columns = {key: len(ABOUT) + place for place, key in enumerate(years)}
    return WorkbookRows(FIRST_ROW, FIRST_ROW + many - 1, columns)


def write_with_rows(
    path: Path, workbook: bytes, sheet: int, rows: WorkbookRows, parts: Iterable[tuple[Part, Sequence[int]]]
) -> None:
    """Write a finished workbook with the rows in place of the pattern of its ``sheet`` (counted from 1).

    ``parts`` are the workbooks with the number of each one's group.
    """
    name = f"xl/worksheets/sheet{sheet}.xml"
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for part in source.namelist():
            # Space for a size beyond 4 GiB, which a hundred thousand rows do not reach.
            large = part == name and rows.last > 100_000
            with target.open(part, "w", force_zip64=large) as file:
                text = source.read(part)
                file.writelines(_with_rows(text.decode(), rows, parts) if part == name else [text])


def _with_rows(
    sheet: str, rows: WorkbookRows, parts: Iterable[tuple[Part, Sequence[int]]]
) -> Iterator[bytes]:
    start = sheet.index(f'<row r="{rows.first + 1}"')
    end = sheet.index("</row>", start) + len("</row>")
    yield DIMENSION.sub(rf"\g<1>{rows.last + 1}", sheet[:start]).encode()
    cells = [
        (f'<c r="{found[1]}', f'"{(STYLE.search(found[3]) or [""])[0]}')
        for found in CELL.finditer(sheet[start:end])
    ]
    numbers = itertools.count(rows.first + 1)
    years = [YEARS.index(key) for key in rows.columns]
    for part, groups in parts:
        lines = zip(*_tails(part, groups, years), strict=True)
        yield "".join(
            f'<row r="{number}">'
            + "".join(
                [f"{head}{number}{style}{rest}" for (head, style), rest in zip(cells, line, strict=True)]
            )
            + "</row>"
            for line, number in zip(lines, numbers, strict=False)
        ).encode()
    yield sheet[end:].encode()


def _tails(part: Part, groups: Sequence[int], years: Sequence[int]) -> Iterator[Sequence[str]]:
    """The columns of a part's rows, each cell from its type on."""
    texts = part.texts
    yield column_tails([float(group) for group in groups])
    yield [tail(file, _link(file)) for file in texts["file"]]
    for name in ("name", "cost_center", "scenario", "market", "currency"):
        yield column_tails(texts[name])
    yield column_tails([serial(start) for start in part.starts])
    yield column_tails(texts["check"])
    for numbers in (part.years[:, years], part.figures):
        for column in numbers.T.tolist():
            yield column_tails([value if value == value else "n/a" for value in column])


def _link(file: str) -> str:
    """A link to a workbook beside this one. Its name was made safe: it holds no quote and no path."""
    name = html.escape(file, quote=False)
    return f'<f>HYPERLINK("{name}","{name}")</f>'
