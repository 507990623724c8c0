"""The comparison workbook: all its sheets, with the value of every formula."""

from __future__ import annotations

from carecost.quotes.book import Book
from carecost.quotes.compare import Comparison
from carecost.quotes.sheets import committee, demand, invoice, lists, terms
from carecost.quotes.sheets import comparison as comparing


def comparison_workbook(comparison: Comparison) -> bytes:
    """The finished file; equal comparisons give equal bytes."""
    book = Book([str(quote.values["vendor"]) for quote in comparison.quotes])
    layout = invoice.Layout(comparison, demand.write(book, comparison))
    rows = terms.write(book, comparison)
    columns = invoice.write(book, layout)
    made = comparing.write(book, comparison, layout, rows)
    lists.write_break_even(book, comparison)
    lists.write_assumed(book, comparison, rows)
    lists.write_checks(book, comparison, layout, made)
    lists.write_sources(book, comparison)
    committee.write(book, comparison, made)
    demand.write_fixed(book)
    return book.finished(str(comparison.demand.values["title"]), columns)
