"""The summary of a result as a table in the terminal."""

from __future__ import annotations

import math
import shutil

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from carecost.model.result import Result
from carecost.model.statement import PLAN

SECTIONS = ("Operating cost", "Total cost", "Project")
TOTALS = ("operating", "project", "net")
FIGURES = ("cost_per_contact", "cost_per_productive_hour", "peak_fte", "npv", "payback", "irr")


def print_summary(result: Result) -> None:
    """Print the money lines by quarter, the figures below them and what the checks say."""
    console = Console(width=max(shutil.get_terminal_size().columns, 110), highlight=False)
    console.print(_lines(result))
    console.print(_figures(result))
    for title, found in (("FAULT", result.faults), ("Look at", result.remarks)):
        for label, words in found.items():
            console.print(Text(f"{title}: {label}: {words}."))
    if not result.faults:
        console.print("All checks hold." if not result.remarks else "All sums foot.")


def _lines(result: Result) -> Table:
    values, numbers = result.plan.values, result.numbers
    title = Text(f"{values['name']}: 12 months from {values['start']:%b %Y}, {values['currency']}")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("")
    for column in ("Start", "Quarter 1", "Quarter 2", "Quarter 3", "Quarter 4", "Year"):
        table.add_column(column, justify="right")
    for key, line in PLAN.lines.items():
        months = numbers.lines[key]
        shown = line.section in SECTIONS and line.unit == "money" and (months.any() or key in TOTALS)
        if not shown and key != "net":
            continue
        parts = [months[0], *months[1:].reshape(4, 3).sum(axis=1), numbers.years[key]]
        style = "bold" if key in TOTALS else ""
        table.add_row(line.label, *(_money(part) for part in parts), style=style, end_section=key in TOTALS)
    return table


def _figures(result: Result) -> Table:
    table = Table(box=None, show_header=False)
    for key in FIGURES:
        figure, value = PLAN.figures[key], float(result.numbers.figures[key])
        percent = figure.unit.startswith("share")
        shown = "n/a" if math.isnan(value) else f"{value:.1%}" if percent else f"{value:,.2f}"
        table.add_row(figure.label, shown, Text(figure.unit, style="dim"))
    return table


def _money(value: float) -> str:
    return f"{value:,.0f}" if round(float(value)) else "-"
