"""The quote request as vendors get it: every field has its cell, only answers can be typed, limits hold."""

import io
import re
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from conftest import ROOT
from hostile_workbooks import written_alike
from libreoffice import recalculate
from openpyxl.utils import get_column_letter

from carecost.quotes.fields import Problem, read_answer
from carecost.quotes.offer import FIELDS
from carecost.quotes.request import (
    PLACES,
    QUOTE_REQUEST,
    SHEETS,
    START_SHEET,
    VERSION,
    VERSION_NAME,
    WORDS,
    example_of,
)
from carecost.quotes.request_author import answer_test, if_empty, request_file

TITLES = [START_SHEET, "Offer", "Prices", "Commercial terms", "Service and staffing"]


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(QUOTE_REQUEST)


@pytest.fixture(scope="module")
def answers(book):
    """Every field's cell in the shipped template, found by its defined name alone."""
    cells = {}
    for name in FIELDS:
        ((sheet, area),) = book.defined_names[name].destinations
        cells[name] = book[sheet][area.replace("$", "")]
    return cells


def rules_of(cell):
    return [rule for rule in cell.parent.data_validations.dataValidation if cell.coordinate in rule.sqref]


# ---- as shipped ----


def test_the_shipped_template_is_what_the_declared_fields_give():
    assert written_alike(QUOTE_REQUEST.read_bytes(), request_file())


def test_sheets_in_order_and_every_section_on_one_of_them(book):
    assert book.sheetnames == TITLES
    placed = {place.field.section for place in PLACES.values()}
    assert placed == {field.section for field in FIELDS.values()}


def test_no_macros_links_objects_or_formulas(book):
    with zipfile.ZipFile(QUOTE_REQUEST) as archive:
        names = archive.namelist()
        relations = [ElementTree.fromstring(archive.read(name)) for name in names if name.endswith(".rels")]
    assert not [name for name in names if any(word in name for word in ("vba", "external", "embed", "media"))]
    assert not [link for tree in relations for link in tree if link.get("TargetMode") == "External"]
    assert not [
        cell.coordinate
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" or cell.hyperlink
    ]


def test_every_field_has_one_name_for_one_empty_answer_cell(book, answers):
    assert set(book.defined_names) == {*FIELDS, VERSION_NAME}
    assert len({(cell.parent.title, cell.coordinate) for cell in answers.values()}) == len(FIELDS)
    assert not [name for name, cell in answers.items() if cell.value is not None]
    ((sheet, area),) = book.defined_names[VERSION_NAME].destinations
    assert book[sheet][area.replace("$", "")].value == VERSION == 1


def test_label_unit_and_what_an_empty_answer_means_stand_beside_each_answer(answers):
    for name, cell in answers.items():
        declared = FIELDS[name]
        texts = [each.value for each in cell.parent[cell.row]]
        label = declared.label.split(": ")[-1]
        assert texts[0].lower() == label.lower(), name
        assert declared.help in texts
        assert if_empty(declared) in texts or not if_empty(declared)
        if not declared.choices:
            assert declared.unit.replace("money", "amount") in texts
        heading = cell.parent.cell(4, cell.column).value
        assert heading == (
            declared.section.replace("Price l", "L") if "Price" in declared.section else "Your answer"
        )


def test_only_answers_and_the_buyers_lines_can_be_typed(book, answers):
    for sheet in book.worksheets:
        assert sheet.protection.sheet
        assert sheet.protection.password is None
        unlocked = {
            cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked
        }
        if sheet.title == START_SHEET:
            assert len(unlocked) == len(WORDS["buyer"])
        else:
            assert unlocked == {cell.coordinate for cell in answers.values() if cell.parent is sheet}
    assert book.security.lockStructure
    assert not book.security.workbookPassword


def test_choices_are_drop_downs_and_every_answer_is_checked_as_it_is_typed(answers):
    for name, cell in answers.items():
        (rule,) = rules_of(cell)
        declared = FIELDS[name]
        assert rule.showErrorMessage
        assert rule.allow_blank
        assert (rule.type == "list") == bool(declared.choices)
        if declared.choices:
            assert rule.formula1 == f'"{",".join(declared.choices)}"'
            assert len(rule.formula1) <= 257
        assert len(rule.errorTitle) <= 32
        assert len(rule.error) <= 225


def test_each_sheet_prints_on_one_page_with_its_name(book):
    for sheet in book.worksheets:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
        assert sheet.print_area.startswith(f"'{sheet.title}'!$A$1:")
        assert sheet.oddFooter.left.text == "&A"
        for row in sheet.iter_rows(min_row=5):
            assert not [cell.value for cell in row if cell.value and get_column_letter(cell.column) > "H"]


def test_every_field_has_an_example_that_is_accepted():
    used = {re.sub("^line_[0-9]+", "line_{line}", name) for name in FIELDS}
    assert set(WORDS["examples"]) == used
    for declared in FIELDS.values():
        assert not isinstance(read_answer(declared, example_of(declared)), Problem), declared.name


def test_the_words_of_the_first_page_name_what_is_there():
    labels = {row.label for sheet in SHEETS for row in sheet.rows}
    named = ["Rate", "Tiers", "Tier 2 from", "Tier 2 rate", "Fixed fee", "Units in the fixed fee"]
    named += ["Base fee", "Baseline"]
    told = " ".join(entry["how"] for entry in WORDS["pricing"])
    assert [name for name in named if name not in labels or name not in told] == []
    untold = {choice for choice in FIELDS["line_1_unit"].choices if f"per: {choice}" not in told}
    assert untold == {"productive", "hour"}  # named otherwise


# ---- limits, recomputed by LibreOffice ----


def test_the_checks_of_answers_accept_what_the_reader_accepts(needs_libreoffice, tmp_path):
    """At, just inside and just outside each limit: the validation's formula against the reader of offers."""
    numbers = [declared for declared in FIELDS.values() if declared.kind == "number"]
    asked = []
    for declared in numbers:
        limits = [
            limit
            for limit in (declared.min, declared.above, declared.max, declared.below)
            if limit is not None
        ]
        near = {limit + step for limit in limits for step in (-1, -0.001, 0, 0.001, 1)} | {0.5, 7, 1e6}
        asked += [(declared, value) for value in sorted(near)]
    asked += [(FIELDS["currency"], text) for text in ("USD", "usd", "US", "EURO", "Eur")]
    excel = openpyxl.Workbook()
    sheet = excel.active
    for row, (declared, value) in enumerate(asked, start=1):
        sheet.cell(row, 1, value)
        sheet.cell(row, 2, f"={answer_test(declared, f'A{row}')}")
    excel.save(tmp_path / "rules.xlsx")
    (saved,) = recalculate([tmp_path / "rules.xlsx"], tmp_path / "out")
    rows = openpyxl.load_workbook(saved, data_only=True).active.iter_rows(values_only=True)
    found = [bool(accepted) for _, accepted in rows]
    expected = [not isinstance(read_answer(declared, value), Problem) for declared, value in asked]
    assert [pair for pair, a, b in zip(asked, found, expected, strict=True) if a != b] == []
    assert found.count(True) > 100
    assert found.count(False) > 100


# ---- the command ----


def test_the_command_writes_the_shipped_template(tmp_path):
    command = [sys.executable, "-m", "carecost", "quotes", "request", "-o", "to_vendors.xlsx"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Wrote to_vendors.xlsx." in done.stdout
    assert (tmp_path / "to_vendors.xlsx").read_bytes() == QUOTE_REQUEST.read_bytes()


def test_the_command_refuses_a_folder_that_is_not_there_in_one_line(tmp_path):
    command = [sys.executable, "-m", "carecost", "quotes", "request", "-o", "nowhere/to_vendors.xlsx"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("carecost: nowhere/to_vendors.xlsx: the folder nowhere does not exist.")


def test_answers_land_in_the_cells_of_their_names():
    filled = openpyxl.load_workbook(
        io.BytesIO(request_file({"vendor": "Atlas", "line_3_rate": 2.5, "term": 24.0}))
    )
    found = {}
    for name in ("vendor", "line_3_rate", "term"):
        ((sheet, area),) = filled.defined_names[name].destinations
        found[name] = filled[sheet][area.replace("$", "")].value
    assert found == {"vendor": "Atlas", "line_3_rate": 2.5, "term": 24}
