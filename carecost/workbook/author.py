"""Author the P&L template from the lines: formulas traced from the model, no numbers but limits and labels."""

from __future__ import annotations

from carecost.workbook.book import Book
from carecost.workbook.fill import PNL_TEMPLATE, Template
from carecost.workbook.package import Package, write_whole
from carecost.workbook.parts import parts_of
from carecost.workbook.sheets import checks, inputs, pnl, sensitivity, sources, summary
from carecost.workbook.values import blank_result, workbook_values


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
    return Package(parts_of(book.excel, "12-month P&L"))


if __name__ == "__main__":
    write_template()
