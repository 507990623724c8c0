"""The comparison workbook: right values under another engine, safe text, one formula per row."""

import io
import re
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from conftest import ROOT
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from quote_cases import ATTAINED, demand, examples, offer, read_cases

from carecost.quotes.book import CHECKS, COMMITTEE, TERMS
from carecost.quotes.compare import compare
from carecost.quotes.demand import load_demand
from carecost.quotes.sheets.invoice import FIRST_COLUMN
from carecost.quotes.workbook import comparison_workbook
from carecost.workbook.verify import LIMIT, verify

FOLDER = ROOT / "examples" / "quotes"
FUNCTIONS_2010 = {
    "ABS", "AND", "AVERAGE", "COLUMNS", "COUNTIF", "EDATE", "IF", "INDEX", "INT", "ISNUMBER", "ISTEXT", "MATCH",
    "MAX", "MIN", "OR", "ROW", "ROWS", "SUM", "SUMPRODUCT", "TEXT",
}  # fmt: skip


@pytest.fixture(scope="module")
def comparison():
    return compare(examples(), load_demand(FOLDER / "demand.toml"))


@pytest.fixture(scope="module")
def content(comparison):
    return comparison_workbook(comparison)


@pytest.fixture(scope="module")
def book(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def values(content):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


def hand_cases():
    """The table's terms in one comparison: each case that brings a field or a choice no other brought."""
    seen, terms = set(), []
    for case in read_cases():
        brings = {(name, value if isinstance(value, str) else "") for name, value in case.terms.items()}
        if not brings <= seen:
            seen |= brings
            terms.append(case.terms)
    offers = [
        offer(**{"term": 24, **each, "vendor": f"Case {place}"}) for place, each in enumerate(terms, start=1)
    ]
    contacts = [999, 1000, 1001, 2000, 2500, 700, 1100, 1101, 899, 500, 1300, 800, 1120, 801]
    return compare(
        offers,
        demand(
            14, contacts_voice=contacts, contacts_email=100, attained=[*ATTAINED, *ATTAINED[:6]],
            vendor_manager_month=900, license_seat_month=100, telephony_minute=0.02, discount_annual=0.09,
        ),
    )  # fmt: skip


@pytest.mark.usefixtures("needs_libreoffice")
def test_libreoffice_recomputes_every_cell(content, tmp_path):
    """The examples, and a comparison of all hand-computed terms."""
    files = [tmp_path / "examples.xlsx", tmp_path / "cases.xlsx"]
    files[0].write_bytes(content)
    files[1].write_bytes(comparison_workbook(hand_cases()))
    for outcome in verify(files):
        assert outcome.engine == "LibreOffice"
        assert outcome.formulas > 10_000
        assert outcome.differences == []
        assert outcome.largest <= LIMIT


@pytest.mark.usefixtures("needs_libreoffice")
def test_a_changed_term_moves_the_committee_page(comparison, content, tmp_path):
    """What a person types on the Terms sheet reaches the front page: the cheapest offer becomes the dearest."""
    place = comparison.order[0]
    changed = openpyxl.load_workbook(io.BytesIO(content))
    sheet = changed[TERMS]
    row = next(cell.row for cell in sheet["B"] if cell.value == "line_1_rate")
    sheet.cell(row, 4 + place).value *= 3
    changed.save(tmp_path / "changed.xlsx")
    (outcome,) = verify([tmp_path / "changed.xlsx"])
    found = {each.cell: each.recomputed for each in outcome.differences}
    assert found[f"{COMMITTEE}!B8"] == comparison.labels[comparison.order[1]]
    assert found[f"{COMMITTEE}!B13"] == comparison.labels[place]
    assert found[f"{COMMITTEE}!B5"] == "FAULT: see Checks"  # sensitivity and break-even are out of date


def test_every_formula_has_its_value(book, values):
    formulas = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    formulas += 1
                    assert values[sheet.title][cell.coordinate].value is not None or "ISTEXT" in cell.value
    assert formulas > 10_000


def test_values_are_those_of_python(comparison, values):
    for place, title in enumerate(values.sheetnames[5:11]):
        sheet = values[title]
        rows = {cell.value: cell.row for cell in sheet["A"]}
        tco = sheet.cell(rows["Total cost of ownership (TCO)"], 3).value
        assert tco == float(comparison.numbers.figures["tco"][place])
        invoice = rows["Invoice"]
        months = [sheet.cell(invoice, FIRST_COLUMN + month).value for month in range(37)]
        assert months == comparison.numbers.lines["invoice"][:, place].tolist()


def test_one_formula_per_row(book):
    """Copied from the first month across, every cell of a row is the same formula."""
    sheet = book[book.sheetnames[5]]
    start = next(cell.row for cell in sheet["A"] if cell.value == "Work")
    rows = 0
    for row in sheet.iter_rows(min_row=start, min_col=FIRST_COLUMN + 1, max_col=FIRST_COLUMN + 36):
        if row[0].data_type != "f":
            continue
        rows += 1
        for cell in row[1:]:
            assert cell.value == Translator(row[0].value, row[0].coordinate).translate_formula(
                cell.coordinate
            )
    assert rows > 40


def test_the_quotes_share_their_formulas(book):
    first, *others = (book[title] for title in book.sheetnames[5:11])
    for other in others:
        for row in first.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert other[cell.coordinate].value == cell.value


def test_only_functions_that_every_program_knows(book):
    used = {
        name
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
        for name in re.findall(r"([A-Z][A-Z.0-9]*)\(", re.sub(r"'[^']*'|\"[^\"]*\"", "", cell.value))
    }
    assert used <= FUNCTIONS_2010


def test_no_money_is_typed_into_a_formula(book):
    """Numbers in formulas: 0, 1, -1 only; the units of measure have names."""
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    text = re.sub(
                        r"'[^']*'|\"[^\"]*\"|\$?[A-Z]{1,3}\$?[0-9]+|[A-Za-z_][A-Za-z_0-9.]*", "", cell.value
                    )
                    assert set(re.findall(r"[0-9.]+", text)) <= {"0", "1"}, cell.value


def test_the_front_page_is_in_the_order_of_the_rank(comparison, values):
    sheet = values[COMMITTEE]
    offers = [sheet.cell(8 + step, 2).value for step in range(6)]
    assert offers == [comparison.labels[place] for place in comparison.order]
    assert [sheet.cell(8 + step, 1).value for step in range(6)] == [1, 2, 3, 4, 5, 6]
    assert sheet["B5"].value == "OK"
    assert sheet["B14"].value == "In-house: Own team, onshore"


def test_many_offers_take_several_pages_and_taller_charts():
    """Sixteen bars of 0.55 cm are 8.8 cm, and the flags stand below them."""
    offers = [offer(vendor=f"V{place}", line_1_unit="contact", line_1_rate=2 + place) for place in range(16)]
    book = openpyxl.load_workbook(
        io.BytesIO(comparison_workbook(compare(offers, demand(2, contacts_chat=9))))
    )
    sheet = book[COMMITTEE]
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert [round(chart.anchor.ext.height / 360_000, 1) for chart in sheet._charts] == [8.8, 8.8]
    assert sheet["C44"].value == "Red flags: ask before signing"


def test_charts_are_in_the_package(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [name for name in archive.namelist() if name.startswith("xl/charts/chart")]
        assert len(charts) == 2
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))


def test_equal_comparisons_give_equal_bytes(comparison, content):
    assert comparison_workbook(comparison) == content


def test_text_from_outside_stays_text():
    """Names that begin like formulas, hold quotes and brackets, are long, or occur twice."""
    names = ["=1+1", "@SUM(A1)", "O'Neill & [Sons]: <Care>/*?", "x" * 200, "Same", "Same", "+49", "-2", '"q"']
    offers = [
        offer(
            vendor=name, offer='=cmd|"/c calc"!A1', site='=HYPERLINK("http://x")', line_1_unit="contact",
            line_1_rate=2,
        )
        for name in names
    ]  # fmt: skip
    content = comparison_workbook(compare(offers, demand(2, contacts_voice=100, title="=2+2")))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert len(set(book.sheetnames)) == len(book.sheetnames)
    assert all(len(title) <= 31 for title in book.sheetnames)
    row = {cell.value: cell.row for cell in book[TERMS]["B"]}
    for place, name in enumerate(names):
        cell = book[TERMS].cell(row["vendor"], 4 + place)
        assert (cell.value, cell.data_type) == (name, "s")
    formulas = [
        cell.value for sheet in book for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"
    ]
    assert not [text for text in formulas if "HYPERLINK" in text or "cmd" in text or "2+2" in text]


@pytest.mark.usefixtures("needs_libreoffice")
def test_an_offer_that_costs_nothing_is_the_best_and_the_workbook_holds(tmp_path):
    """Ratios to the best: 1 for the cost of 0, 0 for the other; quality is the same."""
    same = {"line_1_unit": "contact"}
    offers = [offer(vendor="Dear", line_1_rate=2, **same), offer(vendor="Free", line_1_rate=0, **same)]
    found = compare(offers, demand(2, contacts_chat=100))
    assert found.scores.price.tolist() == [0, 100]
    assert found.scores.quality == pytest.approx([100, 100])
    path = tmp_path / "free.xlsx"
    path.write_bytes(comparison_workbook(found))
    (outcome,) = verify([path])
    assert outcome.differences == []


def test_a_month_and_a_single_quote_are_enough():
    found = compare([offer(line_1_unit="contact", line_1_rate=2)], demand(1, contacts_chat=100))
    book = openpyxl.load_workbook(io.BytesIO(comparison_workbook(found)), data_only=True)
    assert book[COMMITTEE]["F8"].value == pytest.approx(200)
    assert book[CHECKS]["B5"].value == "OK"


def test_sheet_names_of_fields_lead_to_the_quotes_own_column(book):
    for place, title in enumerate(book.sheetnames[5:11]):
        name = book[title].defined_names["line_1_rate"].attr_text
        assert re.fullmatch(rf"'{TERMS}'!\${get_column_letter(4 + place)}\$\d+", name)
