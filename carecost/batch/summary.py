"""The portfolio's first sheet: the year by scenario, and charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carecost.batch.parts import MONTH_COUNT
from carecost.batch.sheets import (
    CHART_ROWS,
    CHART_WIDTH,
    KINDS,
    SHOWN,
    Block,
    Look,
    MonthRow,
    heading,
    letters,
    page,
)
from carecost.model.statement import PLAN
from carecost.workbook import style

# More charts than anyone looks at; the tables show every currency.
MOST_CHARTS = 6


def summary_sheet(
    book: Any,
    sheet: Any,
    look: Look,
    blocks: Sequence[Block],
    monthly: Sequence[MonthRow],
    facts: Sequence[str],
) -> None:
    """What is read first: the year by scenario, a block for each currency, and charts."""
    titles = ("Scenario", "Currency", "Workbooks", *(PLAN.lines[key].label for key in SHOWN))
    sheet.set_column(0, len(titles), 13)
    sheet.hide_gridlines(2)
    page(sheet, 0)
    sheet.write_string(0, 0, "Portfolio", look.title)
    for row, fact in enumerate(facts, start=1):
        sheet.write_string(row, 0, fact, look.quiet)
    row = len(facts) + 2
    heading(sheet, look, row, titles)
    row += 1
    places: dict[str, list[int]] = {}
    values: dict[str, list[Block]] = {}
    for block in sorted(blocks, key=lambda block: block.currency):
        sheet.write_string(row, 0, block.scenario)
        sheet.write_string(row, 1, block.currency)
        sheet.write_formula(row, 2, f"=Totals!E{block.row + 1}", look.number("contacts"), block.workbooks)
        for place, value in enumerate(block.sums):
            formula = f"=Totals!{letters(block.first_column + place)}{block.row + 1}"
            sheet.write_formula(row, 3 + place, formula, look.number("money"), value)
        places.setdefault(block.currency, []).append(row)
        values.setdefault(block.currency, []).append(block)
        row += 1
    row += 1
    for currency in list(places)[:MOST_CHARTS]:
        sheet.insert_chart(row, 0, _kinds_chart(book, currency, places[currency], values[currency]))
        sheet.insert_chart(row, 7, _months_chart(book, currency, monthly))
        row += CHART_ROWS
    if len(places) > MOST_CHARTS:
        sheet.write_string(row, 0, f"Charts show the first {MOST_CHARTS} currencies.", look.quiet)


def _kinds_chart(book: Any, currency: str, rows: Sequence[int], blocks: Sequence[Block]) -> Any:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    for place, (key, color) in enumerate(zip(KINDS, style.SERIES, strict=True)):
        chart.add_series(
            {
                "name": PLAN.lines[key].label,
                "categories": ["Summary", rows[0], 0, rows[-1], 0],
                "values": ["Summary", rows[0], 3 + place, rows[-1], 3 + place],
                "categories_data": [block.scenario for block in blocks],
                "values_data": [block.sums[place] for block in blocks],
                "fill": {"color": f"#{color}"},
                "gap": 60,
            }
        )
    return _finished(chart, f"Cost of the year by kind, {currency}")


def _months_chart(book: Any, currency: str, monthly: Sequence[MonthRow]) -> Any:
    chart = book.add_chart({"type": "line"})
    found = [row for row in monthly if row.currency == currency]
    for row, color in zip(found, style.SERIES * (len(found) // len(style.SERIES) + 1), strict=False):
        chart.add_series(
            {
                "name": ["Months", row.row, 0],
                "categories": ["Months", 3, 7, 3, 6 + MONTH_COUNT - 1],
                "values": ["Months", row.row, 7, row.row, 6 + MONTH_COUNT - 1],
                "categories_data": [f"Month {month}" for month in range(1, MONTH_COUNT)],
                "values_data": row.values[1:],
                "line": {"color": f"#{color}", "width": 2.25},
            }
        )
    return _finished(chart, f"Total cost by month, {currency}")


def _finished(chart: Any, title: str) -> Any:
    chart.set_title({"name": title, "name_font": {"size": 12}})
    chart.set_y_axis(
        {"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E4EAF1"}}}
    )
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": CHART_WIDTH, "height": 20 * (CHART_ROWS - 1)})
    return chart
