"""Author the P&L template from the lines: formulas traced from the model, no numbers but limits and labels."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

from carecost.workbook.book import Book
from carecost.workbook.fill import PNL_TEMPLATE, Template
from carecost.workbook.package import Package, write_whole
from carecost.workbook.sheets import checks, inputs, pnl, sensitivity, sources, summary
from carecost.workbook.values import blank_result, workbook_values

# openpyxl stamps the time of writing; a template must not change when nothing changed.
STAMP = datetime.datetime(2026, 1, 1)
STRAY = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_template() -> None:
    """Author the shipped template anew: ``python -m carecost.workbook.author``."""
    values = workbook_values(blank_result())
    write_whole(PNL_TEMPLATE, Template(author(), frozenset(values)).fill(values))


def author() -> Package:
    """The template as a package, without cached values: ``fill`` puts a plan's inputs and values in."""
    book = Book()
    inputs.write(book)
    pnl.write(book)
    checks.write(book)
    sensitivity.write(book)
    inputs.write_fixed(book)
    sources.write(book)
    summary.write(book)
    book.excel.active = 0
    book.excel.calculation.fullCalcOnLoad = True
    properties = book.excel.properties
    properties.creator, properties.title = "carecost", "12-month P&L"
    properties.created = properties.modified = STAMP
    buffer = io.BytesIO()
    book.excel.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return Package(
            {name: _settled(name, archive.read(name)) for name in sorted(archive.namelist(), key=_order)}
        )


def _order(name: str) -> tuple[bool, str]:
    return name != "[Content_Types].xml", name  # the content types come first in a package


def _settled(name: str, text: bytes) -> bytes:
    """Targets relative to their part, as most readers expect, and a fixed time stamp."""
    if name == "docProps/core.xml":
        return STRAY.sub(rb"\g<1>" + STAMP.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), text)
    if name.endswith(".rels"):
        folder = name.split("_rels/")[0]
        return re.sub(rb'Target="/([^"]*)"', lambda found: b'Target="%s"' % _relative(folder, found[1]), text)
    return text


def _relative(folder: str, target: bytes) -> bytes:
    here, there = folder.strip("/").split("/") if folder.strip("/") else [], target.decode().split("/")
    while here and there and here[0] == there[0]:
        here, there = here[1:], there[1:]
    return "/".join([".."] * len(here) + there).encode()


if __name__ == "__main__":
    write_template()
