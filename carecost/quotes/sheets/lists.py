"""The sheets that list: break-even volumes, what was assumed, checks, and sources."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule

from carecost import __version__
from carecost.model.flags import OK
from carecost.quotes.book import ASSUMED, BREAK_EVEN, CHECKS, SOURCES, TERMS, Book, column
from carecost.quotes.breakeven import HIGHEST, LOWEST
from carecost.quotes.compare import Comparison
from carecost.quotes.pricing import PRICING
from carecost.quotes.sheets.comparison import Sheet
from carecost.quotes.sheets.invoice import Layout
from carecost.quotes.sheets.terms import FIRST_COLUMN
from carecost.rates import benchmark
from carecost.workbook import style

NOTES = (
    "Every offer is priced against the same contacts, month by month. Hours follow from the vendor's own handle "
    "time, occupancy and shrinkage: whoever needs more hours for the same contacts bills more of them.",
    "Amounts are costs and positive, nominal, not rounded. Month 0 holds setup and transition; it is not discounted; "
    "month t is discounted by (1 + rate)^(-t/12).",
    "In the ramp a team needs more minutes and hours for the same contacts; the share billed applies to usage charges "
    "and fixed fees, not to the minimum commitment.",
    "Premiums multiply and apply to usage charges, as far as the demand asks for them. A fixed fee stands on top and "
    "does not count toward the minimum.",
    "Prices and fees rise at each anniversary by the indexation, at most its cap; a minimum in money does not rise.",
    "ARC and RRC apply to units beyond the dead-band only. A tier's start belongs to the tier.",
    "Service credits are in no total: they pay for a failure and are no saving.",
    "Cost per resolved contact is cost per contact over first-contact resolution, whatever share comes back. The "
    "quality-adjusted figure also weighs satisfaction: a convention, to be read beside the plain one.",
    "Points are ratios to the best and depend on who else bids.",
    "Break-even volumes scale all months of the demand alike. In-house is operating cost and contingency of the plan "
    "file, for the same contacts and the handle times of the demand.",
)  # fmt: skip


def write_break_even(book: Book, comparison: Comparison) -> None:
    """Author the list of break-even volumes; computed by carecost, not formulas."""
    labels, average = comparison.labels, comparison.contacts_month
    book.put(BREAK_EVEN, "A1", "Break-even volumes", style.TITLE)
    book.put(
        BREAK_EVEN, "A2",
        f"Where two cost the same over the months compared, between {LOWEST:.0%} and {HIGHEST:.0%} of the demand, "
        "looked at every 0.75%. "
        "carecost computed these when it wrote the workbook: they are not formulas.",
        style.SUBTITLE,
    )  # fmt: skip
    titles = {"A": "Between", "B": "and", "C": "Contacts a month", "D": "Share of the demand",
              "E": "Below it costs less", "F": "Above it costs less"}  # fmt: skip
    style.heading(book.sheet(BREAK_EVEN), 4, titles, height=30)
    for row, found in enumerate(comparison.break_even, start=5):
        above = found.other if found.cheaper_below == found.one else found.one
        for letter, place in zip("ABEF", (found.one, found.other, found.cheaper_below, above), strict=True):
            book.put(BREAK_EVEN, f"{letter}{row}", labels[place], alignment=style.INDENT)
        for letter, value, shape in (("C", found.factor * average, "#,##0"), ("D", found.factor, "0.0%")):
            book.put(BREAK_EVEN, f"{letter}{row}", value, number_format=shape, alignment=style.RIGHT)
    if not comparison.break_even:
        book.put(BREAK_EVEN, "A5", "None: one costs less than the other over the whole range.")
    _widths(book, BREAK_EVEN, (38, 38, 14, 14, 38, 38), 5)


def write_assumed(book: Book, comparison: Comparison, terms_rows: dict[str, int]) -> None:
    """Author the list of everything that a vendor left out."""
    book.put(ASSUMED, "A1", "What was assumed", style.TITLE)
    book.put(
        ASSUMED, "A2", "What an offer leaves out, with what stands in for it. Ask the vendor, or say why it holds.",
        style.SUBTITLE,
    )  # fmt: skip
    titles = {"A": "Offer", "B": "Left out", "C": "Assumed", "D": "Unit", "E": "Why"}
    style.heading(book.sheet(ASSUMED), 4, titles, height=20)
    row = 4
    for place, terms in enumerate(comparison.quotes):
        for each in terms.assumed:
            row += 1
            book.put(ASSUMED, f"A{row}", terms.offer.label)
            book.put(ASSUMED, f"B{row}", each.label)
            cell = f"{TERMS}!{column(FIRST_COLUMN + place)}{terms_rows[each.field]}"
            shape = style.number_format(each.unit)
            book.formula(ASSUMED, f"C{row}", cell, each.value, number_format=shape, alignment=style.RIGHT)
            book.put(ASSUMED, f"D{row}", each.unit, style.QUIET, alignment=style.INDENT)
            book.put(ASSUMED, f"E{row}", each.why, style.QUIET)
    if row == 4:
        book.put(ASSUMED, "A5", "Nothing: every vendor answered every question.")
    _widths(book, ASSUMED, (38, 40, 14, 30, 80), 5)


def write_checks(book: Book, comparison: Comparison, layout: Layout, made: Sheet) -> None:
    """Author the checks of every quote, and of the comparison; ``checks`` names all outcomes."""
    book.put(CHECKS, "A1", "Checks", style.TITLE)
    book.put(CHECKS, "A2", "A fault must be mended before the comparison is used.", style.SUBTITLE)
    last = column(1 + len(comparison.quotes))
    style.heading(book.sheet(CHECKS), 4, {"A": "Check"}, height=44)
    row = 4
    for place, terms in enumerate(comparison.quotes):
        look = {"fill": style.HEADING_FILL, "alignment": style.CENTER}
        book.put(CHECKS, f"{column(2 + place)}4", terms.offer.label, style.HEADING, **look)
    for key, outcomes in comparison.numbers.checks.items():
        row += 1
        book.put(CHECKS, f"A{row}", PRICING.checks[key].label)
        for place, title in enumerate(book.quotes):
            cell = f"'{title}'!$O${layout.checks[key]}"
            book.formula(
                CHECKS, f"{column(2 + place)}{row}", cell, str(outcomes[place]), alignment=style.CENTER
            )
    row += 1
    book.put(CHECKS, f"A{row}", "Sensitivity and break-even belong to these costs")
    for place, here in enumerate(made.columns):
        cell = f"'Comparison'!{here}{made.rows['fresh']}"
        formula = f'IF({cell}="current","{OK}",{cell})'
        book.formula(CHECKS, f"{column(2 + place)}{row}", formula, OK, alignment=style.CENTER)
    row += 1
    book.put(CHECKS, f"A{row}", "Weights add up to 100%")
    weights = "+".join(f"weight_{name}" for name in comparison.demand.weights)
    formula = f'IF(ABS({weights}-1)<=check_tolerance,"{OK}","the weights do not add up to 100%")'
    for place in range(len(comparison.quotes)):
        book.formula(CHECKS, f"{column(2 + place)}{row}", formula, OK, alignment=style.CENTER)
    book.name("checks", CHECKS, f"$B$5:${last}${row}")
    for operator, look_of in (("equal", style.GOOD), ("notEqual", style.BAD)):
        rule = Rule("cellIs", operator=operator, formula=[f'"{OK}"'], dxf=look_of)
        book.sheet(CHECKS).conditional_formatting.add(f"B5:{last}{row}", rule)
    _widths(book, CHECKS, (52, *(22 for _ in comparison.quotes)), 5)


def write_sources(book: Book, comparison: Comparison) -> None:
    """Author the sources: files, exchange rates, sourced ranges, flags in full, and how to read it all."""
    book.put(SOURCES, "A1", "Sources and reading notes", style.TITLE)
    book.put(SOURCES, "A2", f"carecost {__version__}", style.SUBTITLE)
    row = 3
    for note in NOTES:
        row += 1
        book.put(SOURCES, f"A{row}", note)
    row += 2
    style.heading(book.sheet(SOURCES), row, {"A": "What", "B": "", "C": "Source"}, height=20)
    lines = [
        (f"Offer: {terms.offer.label}", str(terms.values["date"]), terms.offer.source)
        for terms in comparison.quotes
    ]
    lines += [("Demand", "", str(comparison.demand.path))]
    currencies = {str(terms.values["currency"]): terms.fx for terms in comparison.quotes}
    lines += [(f"Exchange rate {name}", f"{rate.value}", rate.source) for name, rate in currencies.items()]
    for name in ("seat_month_offshore", "seat_month_nearshore", "bpo_hour_offshore", "bpo_hour_nearshore",
                 "bpo_hour_any"):  # fmt: skip
        sourced = benchmark(name)
        stated = "; ".join(dict.fromkeys(figure.source for figure in sourced.figures))
        lines.append((f"Sourced range {name}", f"{sourced.low:g} to {sourced.high:g} {sourced.unit}", stated))
    for terms, flags in zip(comparison.quotes, comparison.flags, strict=True):
        lines += [(f"Flag: {terms.offer.label}", flag.title, flag.words) for flag in flags]
    for what, value, source in lines:
        row += 1
        for letter, text in zip("ABC", (what, value, source), strict=True):
            book.put(SOURCES, f"{letter}{row}", text)
    _widths(book, SOURCES, (48, 34, 100), None)


def _widths(book: Book, title: str, widths: tuple[int, ...], frozen: int | None) -> None:
    sheet = book.sheet(title)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[column(place)].width = width
    if frozen:
        sheet.freeze_panes = f"A{frozen}"
    style.page(sheet, title_rows=f"{frozen - 1}:{frozen - 1}" if frozen else None)
