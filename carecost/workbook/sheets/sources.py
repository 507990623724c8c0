"""The Sources sheet: every sourced figure behind a range, and how the workbook is to be read."""

from __future__ import annotations

from carecost import __version__
from carecost.model.flags import sourced_range
from carecost.model.inputs import INPUTS
from carecost.workbook import style
from carecost.workbook.book import SOURCES, Book

NOTES = (
    "Amounts are nominal and not rounded. Costs are negative, benefits positive; "
    "only the section 'Cost by kind' shows spend as positive.",
    "Month 0 is what is paid before the first month. It is not discounted; "
    "month t is discounted by (1 + rate)^(-t/12).",
    "Required FTE = workload hours / occupancy / (1 - shrinkage) / paid hours a month. "
    "It says nothing about service level.",
    "Labor stands on all contacts. What self-service saves is its own row, so that no contact is taken out twice.",
    "Payback, NPV and IRR belong to the project rows only: an operation is a cost center and never pays back.",
    "A cost per FTE from the rate card is fully loaded: tools, facilities and management are inside. "
    "Leave the tool lines at zero then.",
    "Recordings are priced at each month's own volume times the months kept.",
    "Sourced ranges are what the guides below state; they disagree, so low and high are the widest. "
    "Other currencies are not compared.",
    "Confidence: measured (your own data), quoted (an offer or contract), guide (published), "
    "guess (to be replaced), default (not stated in the plan).",
)
TITLES = {"A": "Input", "B": "Figure", "C": "What the guide states", "D": "Low", "E": "High", "F": "Unit",
          "G": "Guide", "H": "Section", "I": "Valid from", "J": "Note"}  # fmt: skip
WIDTHS = {"A": 24, "B": 8, "C": 46, "D": 10, "E": 10, "F": 20, "G": 11, "H": 52, "I": 12, "J": 50}


def write(book: Book) -> None:
    """Author the sheet."""
    sheet = book.sheet(SOURCES)
    style.put(sheet, "A1", "Sources and reading notes", style.TITLE)
    style.put(sheet, "A2", f"carecost {__version__}", style.SUBTITLE)
    row = 4
    for note in NOTES:
        style.put(sheet, f"A{row}", note)
        row += 1
    row += 1
    style.heading(sheet, row, TITLES, height=20)
    title_row = row
    for name, declared in INPUTS.items():
        found = sourced_range(declared)
        for figure in found.figures if found else ():
            row += 1
            cells = (name, figure.id, figure.name, figure.low, figure.high, figure.unit,
                     figure.guide, figure.section, figure.valid_from, figure.note)  # fmt: skip
            for column, value in zip(TITLES, cells, strict=True):
                style.put(sheet, f"{column}{row}", value, style.PLAIN)
            sheet[f"I{row}"].number_format = style.DATE_FORMAT
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    style.page(sheet, title_rows=f"{title_row}:{title_row}")
