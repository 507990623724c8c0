"""The Comparison sheet: figures, scorecard, flags and sensitivity, one column for each quote."""

from __future__ import annotations

from collections.abc import Sequence

from carecost.formulas import ref
from carecost.model.sensitivity import freshness
from carecost.quotes.book import COMPARISON, TERMS, Book, column
from carecost.quotes.compare import Comparison
from carecost.quotes.demand import CRITERIA, PRICE
from carecost.quotes.pricing import PRICING
from carecost.quotes.scorecard import points, rank, ratio
from carecost.quotes.sheets.invoice import Layout
from carecost.workbook import style

HEAD_ROW, FIRST_COLUMN = 4, 4
LABELS = {"tco": "Total cost of ownership", "fcr": "First-contact resolution",
          "csat": "Customer satisfaction", "service_level": "Service level"}  # fmt: skip
OFFER = ("market", "site", "currency")


class Sheet:
    """The sheet under construction. ``rows`` are the places of its rows by key."""

    def __init__(self, book: Book, comparison: Comparison, layout: Layout, terms: dict[str, int]) -> None:
        self.book, self.comparison, self.layout, self.terms = book, comparison, layout, terms
        self.columns = [column(FIRST_COLUMN + place) for place in range(len(comparison.quotes))]
        self.rows: dict[str, int] = {}
        self.row = HEAD_ROW

    def everyone(self, key: str) -> str:
        """All quotes' cells of a row."""
        return f"${self.columns[0]}${self.rows[key]}:${self.columns[-1]}${self.rows[key]}"

    def section(self, title: str) -> None:
        """A shaded row that begins a section."""
        self.row += 1
        for place in range(1, FIRST_COLUMN + len(self.columns)):
            self.book.sheet(COMPARISON).cell(self.row, place).fill = style.SECTION_FILL
        self.book.put(COMPARISON, f"A{self.row}", title, style.SECTION, fill=style.SECTION_FILL)

    def label(self, key: str, label: str, unit: str) -> None:
        """Begin a row."""
        self.row += 1
        self.rows[key] = self.row
        self.book.put(COMPARISON, f"A{self.row}", label, alignment=style.INDENT)
        self.book.put(COMPARISON, f"B{self.row}", unit, style.QUIET, alignment=style.LEFT)

    def formulas(
        self, formulas: Sequence[object], values: Sequence[object], unit: str, bold: bool = False
    ) -> None:
        """The cells of the row begun last."""
        for here, formula, value in zip(self.columns, formulas, values, strict=True):
            self.book.formula(
                COMPARISON, f"{here}{self.row}", str(formula), value, style.BOLD if bold else style.PLAIN,
                number_format=shape_of(unit), alignment=style.RIGHT,
            )  # fmt: skip

    def constants(self, values: Sequence[object], unit: str) -> None:
        """Computed by carecost when it wrote the workbook."""
        for here, value in zip(self.columns, values, strict=True):
            wrap = style.WRAP if isinstance(value, str) else style.RIGHT
            self.book.put(
                COMPARISON, f"{here}{self.row}", value, style.QUIET,
                number_format=shape_of(unit), alignment=wrap,
            )  # fmt: skip


def shape_of(unit: str) -> str:
    """The number format of a unit; points have one decimal."""
    return "0.0" if unit == "points of 100" else style.number_format(unit)


def write(book: Book, comparison: Comparison, layout: Layout, terms: dict[str, int]) -> Sheet:
    """Author the sheet."""
    made = Sheet(book, comparison, layout, terms)
    book.put(COMPARISON, "A1", "Comparison of the offers", style.TITLE)
    book.formula(COMPARISON, "A2", "title", str(comparison.demand.values["title"]), style.SUBTITLE)
    style.heading(book.sheet(COMPARISON), HEAD_ROW, {"A": "", "B": "Unit", "C": "Weight"}, height=44)
    for here, terms_of_quote in zip(made.columns, comparison.quotes, strict=True):
        book.put(
            COMPARISON, f"{here}{HEAD_ROW}", terms_of_quote.offer.label, style.HEADING,
            fill=style.HEADING_FILL, alignment=style.CENTER,
        )  # fmt: skip
    _offer(made)
    _figures(made)
    _scorecard(made)
    _flags(made)
    _sensitivity(made)
    sheet = book.sheet(COMPARISON)
    for letter, width in {"A": 46, "B": 18, "C": 10}.items():
        sheet.column_dimensions[letter].width = width
    for here in made.columns:
        sheet.column_dimensions[here].width = 20
    sheet.freeze_panes = f"{made.columns[0]}{HEAD_ROW + 1}"
    style.page(sheet, title_rows=f"{HEAD_ROW}:{HEAD_ROW}")
    sheet.print_title_cols = "A:C"
    sheet.page_setup.fitToWidth = 1 + (len(made.columns) - 1) // 7
    return made


def _offer(made: Sheet) -> None:
    made.section("Offer")
    for name in OFFER:
        made.label(name, name.capitalize(), "")
        cells = [f"{TERMS}!{here}{made.terms[name]}" for here in made.columns]
        values = [str(terms.values.get(name, "")) for terms in made.comparison.quotes]
        made.formulas([f'IF(ISTEXT({cell}),{cell},"")' for cell in cells], list(values), "")


def _figures(made: Sheet) -> None:
    made.section("Figures, reporting currency")
    for key, values in made.comparison.numbers.figures.items():
        figure = PRICING.figures[key]
        made.label(key, figure.label, figure.unit)
        cell = f"$C${made.layout.figures[key]}"
        made.formulas(
            [f"'{title}'!{cell}" for title in made.book.quotes], list(values), figure.unit, key == PRICE
        )


def _scorecard(made: Sheet) -> None:
    """Values and ratios by criterion, then points, rank and the order of the front page."""
    made.section("Scorecard: ratio to the best, weighted")
    comparison, book = made.comparison, made.book
    scores = comparison.scores
    for name in CRITERIA:
        if name != PRICE:
            made.label(name, LABELS[name], "share")
            cells = [f"{TERMS}!{here}{made.terms[name]}" for here in made.columns]
            made.formulas(cells, [terms.values[name] for terms in comparison.quotes], "share")
    for name, direction in CRITERIA.items():
        made.label(f"ratio_{name}", f"{LABELS[name]}: ratio to the best", "share")
        book.put(
            COMPARISON, f"C{made.row}", comparison.demand.weights[name], style.INPUT, fill=style.INPUT_FILL,
            border=style.BOX, number_format="0.0%", alignment=style.RIGHT,
        )  # fmt: skip
        book.name(f"weight_{name}", COMPARISON, f"$C${made.row}")
        everyone = ref(made.everyone(name))
        own = [ratio(ref(f"{here}{made.rows[name]}"), everyone, direction) for here in made.columns]
        made.formulas(list(own), list(scores.ratios[name]), "share")
    quality = [name for name in CRITERIA if name != PRICE]
    for key, label, names, values in (
        ("price_points", "Price points", [PRICE], scores.price),
        ("quality_points", "Quality points", quality, scores.quality),
        ("total_points", "Total points", list(CRITERIA), scores.total),
    ):
        made.label(key, label, "points of 100")
        weights = [ref("1")] if names == [PRICE] else [ref(f"weight_{name}") for name in names]
        cells = [
            points([ref(f"{here}{made.rows[f'ratio_{name}']}") for name in names], weights)
            for here in made.columns
        ]
        made.formulas(list(cells), list(values), "points of 100", key == "total_points")
    _ranks(made)


def _ranks(made: Sheet) -> None:
    comparison = made.comparison
    everyone = ref(made.everyone("total_points"))
    made.label("rank", "Rank", "")
    own = [rank(ref(f"{here}{made.rows['total_points']}"), everyone) for here in made.columns]
    made.formulas(list(own), list(comparison.ranks), "changes", bold=True)
    made.label("order", "Place on the front page", "")
    row, first = made.rows["rank"], made.columns[0]
    places = [comparison.order.index(place) + 1 for place in range(len(comparison.quotes))]
    cells = [f"{here}{row}+SUMPRODUCT((${first}{row}:{here}{row}={here}{row})*1)-1" for here in made.columns]
    made.formulas(list(cells), list(places), "changes")


def _flags(made: Sheet) -> None:
    comparison, sheet = made.comparison, made.book.sheet(COMPARISON)
    made.section("Flags and assumptions, as carecost found them when it wrote the workbook")
    made.label("flags", "Red flags", "")
    made.constants([float(len(flags)) for flags in comparison.flags], "changes")
    made.label("flag_titles", "Which", "")
    made.constants(["; ".join(flag.title for flag in flags) or "none" for flags in comparison.flags], "")
    most = max(len(flags) for flags in comparison.flags)
    sheet.row_dimensions[made.row].height = 15 + 24 * most
    made.label("assumed", "Answers assumed", "")
    made.constants([float(len(terms.assumed)) for terms in comparison.quotes], "changes")


def _sensitivity(made: Sheet) -> None:
    comparison = made.comparison
    made.section("Sensitivity, as carecost computed it when it wrote the workbook")
    for key, label, unit in (
        ("tco", "TCO", "money"),
        ("cost_resolved", "Cost per resolved contact", "money per contact"),
    ):
        for swing in comparison.swings:
            for step, figures in ((swing.case.down, swing.down), (swing.case.up, swing.up)):
                words = f"{label}: {swing.case.label} {swing.case.words(step)}"
                made.label(f"{key}_{words}", words, unit)
                made.constants(list(figures[key]), unit)
    made.label("base", "TCO it starts from", "money")
    made.constants(list(comparison.numbers.figures["tco"]), "money")
    made.label("fresh", "Sensitivity, break-even and flags are", "")
    cells = [
        freshness(ref(f"{here}{made.rows['base']}"), ref(f"{here}{made.rows['tco']}"))
        for here in made.columns
    ]
    made.formulas(list(cells), ["current"] * len(made.columns), "")
