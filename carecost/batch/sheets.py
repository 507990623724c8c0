"""The sheets of the portfolio that add up."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from carecost.batch.fx import Rates
from carecost.batch.parts import LINES, MONTH_COUNT, YEARS
from carecost.batch.totals import ADDING, Group, Mover, Totals
from carecost.model.lines import year_of
from carecost.model.statement import PLAN
from carecost.workbook import style
from carecost.workbook.fill import column_letters

# What Totals and Summary show of the year.
KINDS = ("spend_labor", "spend_bpo", "spend_hiring", "spend_technology", "spend_contingency")
SHOWN = (*KINDS, "spend_total", "project", "net")
MONTH_LINES = tuple(
    key
    for key, line in PLAN.lines.items()
    if line.unit in ADDING and line.year != "none" and line.section != "Return on the project"
)
RATE_ROW = 4
CHART_ROWS, CHART_WIDTH = 18, 620


class WorkbookRows(NamedTuple):
    """Where the Workbooks sheet has what: its first and last row, and the columns of the years (from 0)."""

    first: int
    last: int
    columns: dict[str, int]


class Block(NamedTuple):
    """The rows of one scenario in one currency on the Totals sheet: the sums, and the row they stand in."""

    scenario: str
    currency: str
    row: int
    first_column: int
    workbooks: int
    sums: list[float]


class MonthRow(NamedTuple):
    """Where the Months sheet has the total cost of one scenario in one currency."""

    scenario: str
    currency: str
    row: int
    values: list[float]


class Look:
    """The formats of the workbook, as the budget workbooks look."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.title = self._format(bold=True, font_size=18, font_color=f"#{style.NAVY}")
        self.quiet = self._format(italic=True, font_size=9, font_color="#5C6670")
        self.section = self._format(bold=True, font_color=f"#{style.NAVY}")
        self.heading = self._format(
            bold=True,
            font_color="#FFFFFF",
            bg_color=f"#{style.NAVY}",
            text_wrap=True,
            valign="vcenter",
            align="center",
        )
        self.link = self._format(font_color="#0000FF", underline=1)
        self.month = self._format(num_format=style.MONTH_FORMAT, align="left")
        self.plain = self._format()
        self.bold = self._format(bold=True)

    def _format(self, **settings: Any) -> Any:
        return self._book.add_format({"font_name": style.FACE, "font_size": 10, **settings})

    @functools.cache  # noqa: B019 - one look per workbook
    def number(self, unit: str, bold: bool = False) -> Any:
        """The format of a unit."""
        return self._format(num_format=style.number_format(unit), bold=bold, align="right")

    @functools.cache  # noqa: B019
    def rate(self) -> Any:
        """The format of an exchange rate."""
        return self._format(num_format="0.0000##")


def rates_sheet(sheet: Any, look: Look, rates: Rates) -> None:
    """The rates that money was converted at, with where they come from."""
    sheet.set_column(0, 4, 14)
    sheet.write_string(0, 0, "Exchange rates", look.title)
    sheet.write_string(1, 0, f"What one unit is worth in {rates.currency}.", look.quiet)
    heading(sheet, look, RATE_ROW - 1, ("From", "To", "Rate", "Date", "Source"))
    for row, found in enumerate(rates.rates.values(), start=RATE_ROW):
        sheet.write_string(row, 0, found.currency)
        sheet.write_string(row, 1, rates.currency)
        sheet.write_number(row, 2, found.rate, look.rate())
        sheet.write_string(row, 3, found.date)
        sheet.write_string(row, 4, found.source)


def totals_sheet(sheet: Any, look: Look, totals: Totals, rows: WorkbookRows) -> list[Block]:
    """Sums of the Workbooks sheet by scenario, currency and market; the rows that the Summary points at."""
    rates = totals.rates
    titles = [
        "Group",
        "Scenario",
        "Currency",
        "Market",
        "Workbooks",
        *(PLAN.lines[key].label for key in SHOWN),
    ]
    if rates:
        titles += ["Rate", *(f"{PLAN.lines[key].label}, {rates.currency}" for key in SHOWN)]
    sheet.set_column(0, 0, 7)
    sheet.set_column(1, len(titles), 13)
    page(sheet, 4)
    sheet.write_string(0, 0, "Totals of the year", look.title)
    sheet.write_string(
        1, 0, "Cost is shown positive, project and net with their sign. Each line adds the workbooks of its group.",
        look.quiet,
    )  # fmt: skip
    heading(sheet, look, 3, titles)
    sheet.freeze_panes(4, 4)
    row, blocks = 4, []
    for scenario in totals.scenarios:
        local = []
        for currency in totals.currencies:
            groups = sorted(
                group for group in totals.numbers if (group.scenario, group.currency) == (scenario, currency)
            )
            if not groups:
                continue
            for offset, group in enumerate(groups):
                _group_row(sheet, look, row + offset, group, totals, rows)
            block = _subtotal(sheet, look, row, groups, totals)
            local.append(block)
            row = block.row + 1
        if rates:
            blocks.append(_converted_total(sheet, look, row, scenario, local, rates))
            row += 1
        else:
            blocks += local
        row += 1
    return blocks


def _group_row(sheet: Any, look: Look, row: int, group: Group, totals: Totals, rows: WorkbookRows) -> None:
    number = totals.numbers[group]
    groups = f"Workbooks!$A${rows.first + 1}:$A${rows.last + 1}"
    sheet.write_number(row, 0, number)
    for column, text in enumerate(group, start=1):
        sheet.write_string(row, column, text)
    sheet.write_formula(
        row, 4, f"=COUNTIF({groups},$A{row + 1})", look.number("contacts"), totals.counts[group]
    )
    years = totals.years[group]
    for place, key in enumerate(SHOWN):
        of_key = letters(rows.columns[key])
        area = f"Workbooks!{of_key}${rows.first + 1}:{of_key}${rows.last + 1}"
        value = float(years[YEARS.index(key)]) + 0.0
        sheet.write_formula(
            row, 5 + place, f"=SUMIFS({area},{groups},$A{row + 1})", look.number("money"), value
        )
    if totals.rates:
        rate = totals.rates[group.currency]
        at = RATE_ROW + 1 + list(totals.rates.rates).index(group.currency)
        column = 5 + len(SHOWN)
        sheet.write_formula(row, column, f"=Rates!$C${at}", look.rate(), rate)
        for place, key in enumerate(SHOWN):
            formula = f"={letters(5 + place)}{row + 1}*${letters(column)}{row + 1}"
            value = float(years[YEARS.index(key)]) * rate + 0.0
            sheet.write_formula(row, column + 1 + place, formula, look.number("money"), value)


def _subtotal(sheet: Any, look: Look, first: int, groups: Sequence[Group], totals: Totals) -> Block:
    """The line below the markets of one scenario and currency."""
    row = first + len(groups)
    scenario, currency, _ = groups[0]
    for column, text in enumerate((scenario, currency, "all markets"), start=1):
        sheet.write_string(row, column, text, look.bold)
    count = sum(totals.counts[group] for group in groups)
    sheet.write_formula(row, 4, _sum(4, first, row), look.number("contacts", bold=True), count)
    years = np.sum([totals.years[group] for group in groups], axis=0)
    sums = [float(years[YEARS.index(key)]) + 0.0 for key in SHOWN]
    for place, value in enumerate(sums):
        sheet.write_formula(
            row, 5 + place, _sum(5 + place, first, row), look.number("money", bold=True), value
        )
    if totals.rates:
        rate, start = totals.rates[currency], 6 + len(SHOWN)
        sums = [value * rate for value in sums]
        for place, value in enumerate(sums):
            column = start + place
            sheet.write_formula(row, column, _sum(column, first, row), look.number("money", bold=True), value)
    return Block(scenario, currency, row, 5, count, sums)


def _converted_total(
    sheet: Any, look: Look, row: int, scenario: str, parts: Sequence[Block], rates: Rates
) -> Block:
    """All currencies of one scenario: only what was converted is added."""
    start = 6 + len(SHOWN)
    for column, text in enumerate((scenario, rates.currency, "all currencies"), start=1):
        sheet.write_string(row, column, text, look.bold)
    count = sum(part.workbooks for part in parts)
    sums = [float(sum(values)) for values in zip(*(part.sums for part in parts), strict=True)]
    for column, value, unit in (
        (4, count, "contacts"),
        *((start + place, value, "money") for place, value in enumerate(sums)),
    ):
        formula = "=" + "+".join(f"{letters(column)}{part.row + 1}" for part in parts)
        sheet.write_formula(row, column, formula, look.number(unit, bold=True), value)
    return Block(scenario, rates.currency, row, start, count, sums)


def months_sheet(sheet: Any, look: Look, totals: Totals) -> list[MonthRow]:
    """A line by month for every scenario, currency and first month."""
    titles = ["Scenario", "Currency", "First month", "Section", "Line", "Unit"]
    titles += [f"Month {month}" for month in range(MONTH_COUNT)] + ["Year"]
    sheet.set_column(0, 2, 11)
    sheet.set_column(3, 4, 27)
    sheet.set_column(5, 5, 9)
    sheet.set_column(6, len(titles), 11)
    page(sheet, 4)
    sheet.write_string(0, 0, "Months", look.title)
    money = f"Money in {totals.rates.currency}. " if totals.rates else ""
    sheet.write_string(
        1, 0, f"{money}Sums over workbooks with the same first month; month 0 is paid before it.", look.quiet
    )
    heading(sheet, look, 3, titles)
    sheet.freeze_panes(4, 6)
    row, found = 4, []
    order = {scenario: place for place, scenario in enumerate(totals.scenarios)}
    for group in sorted(totals.months, key=lambda group: (order[group.scenario], group[1:])):
        for key in MONTH_LINES:
            values = (totals.months[group][LINES.index(key)] + 0.0).tolist()
            _month_row(sheet, look, row, group, key, values)
            if key == "spend_total":
                found.append(MonthRow(group.scenario, group.currency, row, values))
            row += 1
    sheet.autofilter(3, 0, row - 1, len(titles) - 1)
    return found


def _month_row(sheet: Any, look: Look, row: int, group: Any, key: str, values: list[float]) -> None:
    line = PLAN.lines[key]
    sheet.write_string(row, 0, group.scenario)
    sheet.write_string(row, 1, group.currency if line.unit == "money" else "")
    sheet.write_datetime(row, 2, group.start, look.month)
    for column, text in enumerate((line.section, line.label, line.unit), start=3):
        sheet.write_string(row, column, text)
    shape = look.number(line.unit)
    for month, value in enumerate(values):
        if month or line.month_0:
            sheet.write_number(row, 6 + month, value, shape)
    zero, first, last = (f"{letters(6 + month)}{row + 1}" for month in (0, 1, MONTH_COUNT - 1))
    formula = {"sum": f"=SUM({zero}:{last})", "average": f"=AVERAGE({first}:{last})", "end": f"={last}"}[
        line.year
    ]
    months = np.array(values)
    year = float(year_of(line.year, months, months[1:], months[-1])) + 0.0
    sheet.write_formula(row, 6 + MONTH_COUNT, formula, look.number(line.unit, bold=True), year)


def movers_sheet(book: Any, sheet: Any, look: Look, totals: Totals) -> None:
    """The largest changes of total cost against the baseline: over all currencies once converted, else by currency."""
    rates = totals.rates
    titles = [
        "Cost center",
        "Scenario",
        "Market",
        "Currency",
        "Baseline",
        "Scenario's cost",
        "Change",
        "Change, %",
    ]
    titles += [f"Change, {rates.currency}"] if rates else []
    titles += ["Workbook"]
    sheet.set_column(0, 8, 14)
    sheet.set_column(len(titles) - 1, len(titles) - 1, 32)
    page(sheet, 0)
    sheet.write_string(0, 0, "Largest movers", look.title)
    sheet.write_string(
        1, 0, f"Total cost of the year beside the scenario {totals.baseline or '(none)'}, cost center by cost center.",
        look.quiet,
    )  # fmt: skip
    row = 3
    if len(totals.scenarios) < 2:
        sheet.write_string(row, 0, "The table has one scenario: there is nothing to compare.")
        return
    for currency in [""] if rates else totals.currencies:
        movers = totals.movers(currency)
        if not movers:
            continue
        sheet.write_string(row, 0, f"In {rates.currency if rates else currency}", look.section)
        heading(sheet, look, row + 1, titles)
        for offset, mover in enumerate(movers):
            _mover_row(sheet, look, row + 2 + offset, mover, rates)
        _mover_chart(book, sheet, row + 2, movers, rates, len(titles) + 1)
        row += max(len(movers) + 4, CHART_ROWS + 6)


def _mover_row(sheet: Any, look: Look, row: int, mover: Mover, rates: Rates | None) -> None:
    at = row + 1
    for column, text in enumerate(mover[:4]):
        sheet.write_string(row, column, text)
    change = mover.after - mover.before
    sheet.write_number(row, 4, mover.before, look.number("money"))
    sheet.write_number(row, 5, mover.after, look.number("money"))
    sheet.write_formula(row, 6, f"=F{at}-E{at}", look.number("money"), change)
    share = change / mover.before if mover.before else np.inf
    shown = share if np.isfinite(share) else "n/a"
    sheet.write_formula(row, 7, f'=IFERROR(G{at}/E{at},"n/a")', look.number("share"), shown)
    if rates:
        where = RATE_ROW + 1 + list(rates.rates).index(mover.currency)
        value = change * rates[mover.currency]
        sheet.write_formula(row, 8, f"=G{at}*Rates!$C${where}", look.number("money"), value)
    link(sheet, row, 9 if rates else 8, mover.file, look)


def _mover_chart(
    book: Any, sheet: Any, first: int, movers: Sequence[Mover], rates: Rates | None, column: int
) -> None:
    chart = book.add_chart({"type": "bar"})
    values = 8 if rates else 6
    last = first + len(movers) - 1
    rate = [rates[mover.currency] if rates else 1.0 for mover in movers]
    changes = [(mover.after - mover.before) * worth for mover, worth in zip(movers, rate, strict=True)]
    chart.add_series(
        {
            "categories": ["Movers", first, 0, last, 1],
            "values": ["Movers", first, values, last, values],
            "values_data": changes,
            "fill": {"color": f"#{style.TEAL}"},
            "gap": 40,
        }
    )
    chart.set_title({"name": "Change of total cost", "name_font": {"size": 12}})
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    chart.set_x_axis({"num_format": "#,##0"})
    chart.set_legend({"none": True})
    chart.set_size({"width": CHART_WIDTH, "height": 22 * max(len(movers), 8) + 80})
    sheet.insert_chart(first - 1, column, chart)


def link(sheet: Any, row: int, column: int, file: str, look: Look) -> None:
    """A link to a workbook beside this one. Its name was made safe: it holds no quote and no path."""
    sheet.write_formula(row, column, f'=HYPERLINK("{file}","{file}")', look.link, file)


def page(sheet: Any, title_rows: int) -> None:
    """Print across one page, the titles on each."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    if title_rows:
        sheet.repeat_rows(title_rows - 1)


def heading(sheet: Any, look: Look, row: int, titles: Sequence[str]) -> None:
    """A row of column titles."""
    sheet.set_row(row, 30)
    for column, title in enumerate(titles):
        sheet.write_string(row, column, title, look.heading)


def _sum(column: int, first: int, last: int) -> str:
    """The sum of a column's rows from ``first`` to the one above ``last``."""
    return f"=SUM({letters(column)}{first + 1}:{letters(column)}{last})"


def letters(column: int) -> str:
    """The letters of a column counted from 0.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    return column_letters(column + 1)
