"""The Committee sheet: one page to decide from. Its rows follow the rank, whatever is changed."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from carecost.model.flags import OK
from carecost.quotes.book import COMMITTEE, COMPARISON, Book, column
from carecost.quotes.compare import Comparison
from carecost.quotes.sheets.comparison import Sheet, shape_of
from carecost.quotes.sheets.invoice import FIRST_COLUMN, Layout
from carecost.workbook import style

HEAD_ROW = 7
# Letter, title, row of the Comparison sheet, unit, width.
COLUMNS = (
    ("C", "Market", "market", "", 11),
    ("D", "Vendor", "vendor_total", "money", 12),
    ("E", "Own costs", "own_total", "money", 12),
    ("F", "Total cost (TCO)", "tco", "money", 13),
    ("G", "Net present value", "npv", "money", 13),
    ("H", "Per contact", "cost_contact", "money per contact", 10),
    ("I", "Per resolved contact", "cost_resolved", "money per contact", 10),
    ("J", "Quality-adjusted", "cost_quality", "money per contact", 10),
    ("K", "Vendor per productive hour, year 1", "rate_year_1", "money per hour", 12),
    ("L", "the same, last year", "rate_steady", "money per hour", 11),
    ("M", "Price points", "price_points", "points of 100", 9),
    ("N", "Quality points", "quality_points", "points of 100", 9),
    ("O", "Total points", "total_points", "points of 100", 9),
    ("P", "Red flags", "flags", "changes", 8),
    ("Q", "Answers assumed", "assumed", "changes", 9),
)
LAST = "Q"
# More offers than this make several pages: on one they could not be read.
ONE_PAGE = 15
# Centimeters.
ROW_HEIGHT, CHART_HEIGHT, BAR_HEIGHT = 0.53, 8.4, 0.55


def write(book: Book, comparison: Comparison, made: Sheet) -> None:
    """Author the sheet."""
    sheet = book.sheet(COMMITTEE)
    _title(book, comparison, made.layout)
    style.heading(sheet, HEAD_ROW, {"A": "Rank", "B": "Offer"} | {each[0]: each[1] for each in COLUMNS}, 46)
    for step, place in enumerate(comparison.order, start=1):
        _row(book, comparison, made, step, place)
    last = HEAD_ROW + len(comparison.quotes)
    bottom = _in_house(book, comparison, last + 1)
    _charts(sheet, comparison, last, bottom)
    end = _flags(book, comparison, made, bottom + 4 + round(_chart_height(bottom) / ROW_HEIGHT))
    for letter, width in {"A": 7, "B": 30, **{each[0]: each[4] for each in COLUMNS}}.items():
        sheet.column_dimensions[letter].width = width
    style.page(sheet, area=f"A1:{LAST}{end}", tall=len(comparison.quotes) > ONE_PAGE)


def _title(book: Book, comparison: Comparison, layout: Layout) -> None:
    demand = comparison.demand
    values = demand.values
    book.formula(COMMITTEE, "A1", "title", str(values["title"]), style.TITLE)
    book.sheet(COMMITTEE).row_dimensions[1].height = 26
    months, start = values["months"], values["start"]
    words = (
        f"{months:g} months from {start:%Y-%m}, amounts in {demand.currency}. "
        f"{comparison.contacts_month:,.0f} contacts a month on average"
    )
    book.formula(
        COMMITTEE, "A2",
        'months&" months from "&TEXT(start,"yyyy-mm")&", amounts in "&reporting_currency&". "'
        f'&TEXT(AVERAGE({_contacts(book, layout)}),"#,##0")&" contacts a month on average"',
        words, style.SUBTITLE,
    )  # fmt: skip
    book.put(
        COMMITTEE, "A3", "Ranked by points: ratio to the best, weighted as the sheet Comparison says. Service credits "
        "are in no figure.", style.QUIET,
    )  # fmt: skip
    book.put(COMMITTEE, "A5", "Checks", style.BOLD)
    book.formula(
        COMMITTEE, "B5", f'IF(COUNTIF(checks,"{OK}")=ROWS(checks)*COLUMNS(checks),"{OK}","FAULT: see Checks")',
        OK, style.BOLD, alignment=style.CENTER, border=style.BOX,
    )  # fmt: skip
    for formula, look in ((f'$B$5="{OK}"', style.GOOD), (f'$B$5<>"{OK}"', style.BAD)):
        book.sheet(COMMITTEE).conditional_formatting.add(
            "B5", Rule("expression", formula=[formula], dxf=look)
        )


def _contacts(book: Book, layout: Layout) -> str:
    """The months of the first quote's contacts: they are the same for all."""
    row = layout.rows["contacts"]
    return f"'{book.quotes[0]}'!{column(FIRST_COLUMN + 1)}{row}:{layout.last_column}{row}"


def _row(book: Book, comparison: Comparison, made: Sheet, step: int, place: int) -> None:
    row = HEAD_ROW + step
    order = f"{COMPARISON}!{made.everyone('order')}"
    at = f"MATCH(ROW()-ROW($A${HEAD_ROW}),{order},0)"
    values = {**comparison.numbers.figures, "price_points": comparison.scores.price,
              "quality_points": comparison.scores.quality, "total_points": comparison.scores.total,
              "flags": [len(flags) for flags in comparison.flags],
              "assumed": [len(terms.assumed) for terms in comparison.quotes],
              "market": [terms.values["market"] for terms in comparison.quotes]}  # fmt: skip
    font = style.BOLD if step == 1 else style.PLAIN
    labels = f"{COMPARISON}!${made.columns[0]}$4:${made.columns[-1]}$4"
    picks = [("A", f"{COMPARISON}!{made.everyone('rank')}", comparison.ranks[place], "changes"),
             ("B", labels, comparison.labels[place], "")]  # fmt: skip
    picks += [
        (letter, f"{COMPARISON}!{made.everyone(key)}", values[key][place], unit)
        for letter, _, key, unit, _ in COLUMNS
    ]
    for letter, cells, value, unit in picks:
        side = style.LEFT if letter in "BC" else style.CENTER if letter in "APQ" else style.RIGHT
        book.formula(
            COMMITTEE, f"{letter}{row}", f"INDEX({cells},{at})",
            value, font, number_format=shape_of(unit), border=style.UNDER, alignment=side,
        )  # fmt: skip
    book.sheet(COMMITTEE).row_dimensions[row].height = 17


def _in_house(book: Book, comparison: Comparison, row: int) -> int:
    """The in-house alternative below the offers, where there is one; gives the last row."""
    if comparison.in_house is None:
        return row - 1
    look = {"number_format": style.number_format("money"), "border": style.UNDER, "alignment": style.RIGHT}
    book.put(COMMITTEE, f"B{row}", comparison.in_house.label, style.QUIET, border=style.UNDER)
    for letter in "EF":
        book.put(COMMITTEE, f"{letter}{row}", comparison.in_house_cost, style.QUIET, **look)
    book.put(COMMITTEE, f"G{row}", "computed by carecost from the plan file", style.QUIET)
    return row


def _charts(sheet: Worksheet, comparison: Comparison, last: int, bottom: int) -> None:
    first = HEAD_ROW + 1
    cost = BarChart()
    cost.type, cost.grouping, cost.overlap, cost.gapWidth = "bar", "stacked", 100, 50
    for place, color in ((4, style.NAVY), (5, style.AMBER)):
        cost.add_data(
            Reference(sheet, min_col=place, min_row=HEAD_ROW, max_row=bottom), titles_from_data=True
        )
        cost.series[-1].graphicalProperties.solidFill = color
    cost.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=bottom))
    cost.title = "Total cost of ownership"
    resolved = BarChart()
    resolved.type, resolved.gapWidth = "bar", 50
    resolved.add_data(Reference(sheet, min_col=9, min_row=HEAD_ROW, max_row=last), titles_from_data=True)
    resolved.series[0].graphicalProperties.solidFill = style.TEAL
    resolved.set_categories(Reference(sheet, min_col=2, min_row=first, max_row=last))
    resolved.title = "Cost per resolved contact"
    resolved.dataLabels = DataLabelList()
    resolved.dataLabels.showVal, resolved.dataLabels.showSerName = True, False
    resolved.dataLabels.showCatName = resolved.dataLabels.showLegendKey = False
    for chart, cell in ((cost, f"A{bottom + 2}"), (resolved, f"I{bottom + 2}")):
        chart.x_axis.scaling.orientation = "maxMin"  # the first rank on top
        style.finish_chart(chart, width=18.5 if chart is cost else 16.5, height=_chart_height(bottom))
        chart.y_axis.crosses = "max"  # and the amounts below
        sheet.add_chart(chart, cell)
    resolved.y_axis.number_format = "#,##0.00"
    resolved.legend = None


def _chart_height(bottom: int) -> float:
    return max(CHART_HEIGHT, BAR_HEIGHT * (bottom - HEAD_ROW))


def _flags(book: Book, comparison: Comparison, made: Sheet, row: int) -> int:
    """The titles of the red flags, offer by offer in the order of the rank; gives the last row."""
    sheet = book.sheet(COMMITTEE)
    style.heading(sheet, row, {"A": "Rank", "B": "Offer", "C": "Red flags: ask before signing"}, height=18)
    for letter in "DEFGHIJKLMNOPQ":
        sheet[f"{letter}{row}"].fill = style.HEADING_FILL
    sheet[f"C{row}"].alignment = style.LEFT
    head = row
    for place in comparison.order:
        row += 1
        at = f"MATCH(ROW()-ROW($A${head}),{COMPARISON}!{made.everyone('order')},0)"
        titles = "; ".join(flag.title for flag in comparison.flags[place]) or "none"
        for letter, cells, value in (
            ("A", f"{COMPARISON}!{made.everyone('rank')}", comparison.ranks[place]),
            ("B", f"{COMPARISON}!${made.columns[0]}$4:${made.columns[-1]}$4", comparison.labels[place]),
            ("C", f"{COMPARISON}!{made.everyone('flag_titles')}", titles),
        ):
            look = style.CENTER if letter == "A" else style.LEFT
            book.formula(COMMITTEE, f"{letter}{row}", f"INDEX({cells},{at})", value, alignment=look)
        for letter in "ABCDEFGHIJKLMNOPQ":
            sheet[f"{letter}{row}"].border = style.UNDER
    return row
