"""A comparison as a table in the terminal."""

from __future__ import annotations

import shutil

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from carecost.quotes.compare import Comparison

COLUMNS = ("tco", "cost_contact", "cost_resolved", "rate_year_1", "rate_steady")
TITLES = ("TCO", "Per contact", "Resolved", "Hour, year 1", "last year")


def print_comparison(comparison: Comparison) -> None:
    """Print the ranking, the red flags and how much was assumed."""
    console = Console(width=max(shutil.get_terminal_size().columns, 134), highlight=False)
    demand = comparison.demand
    title = Text(f"{demand.values['title']}: {demand.months} months, {demand.currency}")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("", "Offer", *TITLES, "Points", "Flags", "Assumed"):
        table.add_column(name, justify="left" if name in ("", "Offer") else "right", no_wrap=True)
    for place in comparison.order:
        figures = [float(comparison.numbers.figures[key][place]) for key in COLUMNS]
        table.add_row(
            str(comparison.ranks[place]),
            Text(comparison.labels[place]),
            *(f"{value:,.0f}" if value >= 1000 else f"{value:,.2f}" for value in figures),
            f"{comparison.scores.total[place]:.1f}",
            str(len(comparison.flags[place])),
            str(len(comparison.quotes[place].assumed)),
        )
    if comparison.in_house:
        table.add_row("", Text(comparison.in_house.label), f"{comparison.in_house_cost:,.0f}")
    console.print(table)
    for place in comparison.order:
        for flag in comparison.flags[place]:
            console.print(Text(f"{comparison.labels[place]}: {flag.title}. {flag.words}"))
