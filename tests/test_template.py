"""Must show 3: a walk through the shipped template, cell by cell and part by part."""

import io
import posixpath
import re
import zipfile
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from carecost.model.fixed import FIXED
from carecost.model.inputs import CONTACTS, INPUTS
from carecost.model.statement import PLAN
from carecost.workbook.author import author
from carecost.workbook.fill import PNL_TEMPLATE, Template, fill
from carecost.workbook.values import blank_result, workbook_values

# In Excel 2010, LibreOffice 7.4 and Google Sheets alike, with the same meaning. Not one more without a look.
KNOWN_EVERYWHERE = {
    "ABS", "AND", "AVERAGE", "COUNTIF", "EDATE", "EXP", "IF", "IFERROR", "INDEX", "INT", "IRR", "ISNUMBER",
    "ISTEXT", "LN", "MAX", "MIN", "NOT", "OR", "ROWS", "SIGN", "SQRT", "SUM", "SUMPRODUCT",
}  # fmt: skip
MONTH_0, MONTHS = "C", "DEFGHIJKLMNO"
REFERENCE = re.compile(
    r"^(?:(?P<sheet>'[^']+'|\w+)!)?(?P<cells>\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)$"
)
CELL = re.compile(r"^(\$?)([A-Z]{1,3})(\$?)(\d+)$")


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(PNL_TEMPLATE)


@pytest.fixture(scope="module")
def formulas(book):
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(PNL_TEMPLATE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tokens(formula):
    return Tokenizer(formula if formula.startswith("=") else f"={formula}").items


def constants(formula):
    return [token.value for token in tokens(formula) if token.subtype == "NUMBER"]


# ---- A1 to R1C1 ----


def r1c1(formula, row, column):
    """A formula as seen from its own cell: copies of one formula read the same."""
    return "".join(
        _relative(token.value, row, column) if token.subtype == "RANGE" else token.value
        for token in tokens(formula)
    )


def _relative(reference, row, column):
    found = REFERENCE.match(reference)
    if not found:
        return reference  # a defined name
    sheet = f"{found['sheet']}!" if found["sheet"] else ""
    return sheet + ":".join(_cell(cell, row, column) for cell in found["cells"].split(":"))


def _cell(cell, row, column):
    fixed_column, letters, fixed_row, digits = CELL.match(cell).groups()
    down, right = int(digits), column_index_from_string(letters)
    return (f"R{down}" if fixed_row else f"R[{down - row}]") + (
        f"C{right}" if fixed_column else f"C[{right - column}]"
    )


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=C5+$C$5*D$4", "R[0]C[0]+R5C3*R4C[1]"),
        ("=SUM('P&L'!D8:O8)-shrinkage", "SUM('P&L'!R[3]C[1]:R[3]C[12])-shrinkage"),
        ('=IF(B5>0,"A1",Inputs!$A$1)', 'IF(R[0]C[-1]>0,"A1",Inputs!R1C1)'),
    ],
)
def test_the_conversion_itself(formula, expected):
    assert r1c1(formula, 5, 3) == expected


# ---- formulas ----


def test_one_formula_per_row_across_the_months(book):
    sheet = book["P&L"]
    rows = 0
    for row in range(1, sheet.max_row + 1):
        cells = [sheet[f"{column}{row}"] for column in MONTHS]
        shapes = {
            r1c1(cell.value, cell.row, cell.column) if cell.data_type == "f" else "no formula"
            for cell in cells
        }
        if shapes != {"no formula"}:
            rows += 1
            assert len(shapes) == 1, f"row {row} ({sheet[f'A{row}'].value}): {shapes}"
    assert rows == len(PLAN.lines) + 1  # and the heading's dates


def test_month_0_has_a_formula_exactly_where_its_line_has_one(book):
    sheet = book["P&L"]
    for key, line in PLAN.lines.items():
        ((_, area),) = book.defined_names[key].destinations
        left, top, right, bottom = range_boundaries(area.replace("$", ""))
        assert (top, right) == (bottom, column_index_from_string(MONTHS[-1]))
        opening = sheet[f"{MONTH_0}{top}"]
        assert (opening.data_type == "f") == (line.month_0 is not None), key
        assert left == column_index_from_string(MONTH_0 if line.month_0 else MONTHS[0]), key
        if line.month_0 is None:
            assert opening.value is None


def test_no_formula_holds_a_typed_constant(formulas):
    typed = {place: found for place, text in formulas.items() if (found := set(constants(text)) - {"0", "1"})}
    assert typed == {}
    assert not [place for place, text in formulas.items() if any(t.value == "%" for t in tokens(text))]


def test_no_format_or_validation_rule_holds_a_typed_constant(book):
    for sheet in book.worksheets:
        for found in sheet.conditional_formatting:
            for rule in found.rules:
                assert all(set(constants(text)) <= {"0", "1"} for text in rule.formula), found.sqref
        for rule in sheet.data_validations.dataValidation:
            if rule.type != "list":
                assert constants(rule.formula1) + constants(rule.formula2 or "") == []


def test_only_functions_that_every_program_knows(formulas):
    used = {token.value[:-1] for text in formulas.values() for token in tokens(text) if token.type == "FUNC"}
    used -= {""}  # closing brackets
    assert used <= KNOWN_EVERYWHERE
    assert "IRR" in used
    assert not any("_xl" in text or "{" in text for text in formulas.values())


def test_no_array_formulas_or_errors(book):
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "e", cell
                assert cell.data_type != "f" or isinstance(cell.value, str), f"{cell}: array formula"


def test_every_name_in_a_formula_is_defined(book, formulas):
    for place, text in formulas.items():
        for token in tokens(text):
            if token.subtype == "RANGE" and not REFERENCE.match(token.value):
                assert token.value in book.defined_names, f"{place}: {token.value}"


def test_numbers_are_typed_on_the_inputs_sheet_only(book):
    for title in ("Summary", "P&L", "Checks"):
        typed = [
            cell.coordinate
            for row in book[title].iter_rows()
            for cell in row
            if cell.data_type == "n" and cell.value is not None
        ]
        months = [f"{column}5" for column in MONTH_0 + MONTHS] if title == "P&L" else []
        assert typed == months, title


# ---- names, units and sources ----


def single_cell(book, name):
    ((sheet, area),) = book.defined_names[name].destinations
    assert re.fullmatch(r"\$[A-Z]+\$\d+", area), f"{name} is {area}"
    return book[sheet][area.replace("$", "")]


def used_names(formulas):
    return {token.value for text in formulas.values() for token in tokens(text) if token.subtype == "RANGE"}


@pytest.mark.parametrize("name", INPUTS)
def test_input_is_a_defined_name_with_a_unit(book, name):
    row, sheet = single_cell(book, name).row, single_cell(book, name).parent
    assert sheet.title == "Inputs"
    assert sheet[f"B{row}"].value == name
    assert sheet[f"A{row}"].value
    assert sheet[f"D{row}"].value == INPUTS[name].unit


def test_fixed_figures_that_formulas_use_are_listed_with_value_unit_and_source(book, formulas):
    assert {name for name in FIXED if name in book.defined_names} == used_names(formulas) & set(FIXED)
    for name in used_names(formulas) & set(FIXED):
        cell = single_cell(book, name)
        assert cell.value == FIXED[name]
        assert [cell.parent[f"{column}{cell.row}"].value for column in "BDJ"] == [
            name,
            FIXED[name].unit,
            FIXED[name].source,
        ]


def test_input_cells_are_blue_and_nothing_else_is(book):
    sheet = book["Inputs"]
    blue = {
        cell.coordinate
        for row in sheet.iter_rows()
        for cell in row
        if cell.font.color is not None and cell.font.color.rgb == "000000FF"
    }
    assert blue == {single_cell(book, name).coordinate for name in INPUTS}


def test_every_used_input_of_a_filled_plan_has_a_source(example, result_of, tmp_path):
    path = tmp_path / "filled.xlsx"
    path.write_bytes(fill(result_of(example)))
    filled = openpyxl.load_workbook(path)
    sheet = filled["Inputs"]
    for name in INPUTS:
        cell = single_cell(filled, name)
        if cell.value is not None:
            assert sheet[f"J{cell.row}"].value, name
            assert sheet[f"M{cell.row}"].value or INPUTS[name].kind != "number", name


def test_every_quantity_of_the_model_has_a_name(book):
    names = set(book.defined_names)
    assert names >= set(PLAN.lines) | set(PLAN.figures) | set(PLAN.checks) | set(PLAN.headlines)
    assert names >= {f"year_{key}" for key, line in PLAN.lines.items() if line.year != "none"}
    for key in (*PLAN.figures, *PLAN.checks, *PLAN.headlines):
        assert single_cell(book, key).data_type == "f"


def test_contacts_are_one_block_in_the_order_of_the_months(book):
    ((sheet, area),) = book.defined_names["contacts_monthly"].destinations
    cells = [cell for (cell,) in book[sheet][area.replace("$", "")]]
    assert [book[sheet][f"B{cell.row}"].value for cell in cells] == list(CONTACTS)


def test_names_are_areas_of_sheets_that_exist(book):
    for name, defined in book.defined_names.items():
        ((sheet, area),) = defined.destinations
        assert sheet in book.sheetnames, name
        assert re.fullmatch(r"\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?", area), name
        assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*", name), f"{name} reads as a cell"


# ---- the file ----


def test_recalculates_on_load_and_every_formula_has_a_value(book, formulas):
    assert book.calculation.fullCalcOnLoad
    values = openpyxl.load_workbook(PNL_TEMPLATE, data_only=True)
    blank = [place for place in formulas if values[place[0]][place[1]].value is None]
    # An input without limits to hold it against and an empty text read as None: nothing else may.
    assert all(formulas[place].startswith("=IF(") and '""' in formulas[place] for place in blank)


def test_shipped_template_is_what_author_writes_now(book):
    values = workbook_values(blank_result())
    content = Template(author(), frozenset(values)).fill(values)
    assert _described(_loaded(content)) == _described(book)
    assert _described(_loaded(content, data_only=True)) == _described(
        openpyxl.load_workbook(PNL_TEMPLATE, data_only=True)
    )


def _loaded(content, **options):
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def _described(book):
    """What a reader of a workbook can tell about it."""
    return {
        "names": {name: (found.attr_text, found.hidden) for name, found in book.defined_names.items()},
        **{
            sheet.title: {
                "cells": {
                    cell.coordinate: (cell.value, cell.number_format, cell.font.b, cell.fill.fgColor.rgb)
                    for row in sheet.iter_rows()
                    for cell in row
                },
                "rules": [
                    (str(found.sqref), rule.type, rule.operator, rule.formula)
                    for found in sheet.conditional_formatting
                    for rule in found.rules
                ],
                "validations": [
                    (str(rule.sqref), rule.type, rule.operator, rule.formula1, rule.formula2)
                    for rule in sheet.data_validations.dataValidation
                ],
                "merged": sorted(map(str, sheet.merged_cells.ranges)),
                "print": (sheet.print_area, sheet.print_title_rows),
                "charts": len(sheet._charts),
            }
            for sheet in book.worksheets
        },
    }


def test_charts_show_rows_of_the_workbook(book, parts):
    charts = [name for name in parts if name.startswith("xl/charts/chart")]
    assert len(charts) >= 3
    lines = {book.defined_names[key].attr_text.split("$")[-1] for key in PLAN.lines}
    of_the_pnl = 0
    for name in charts:
        root = ElementTree.fromstring(parts[name])
        names = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
        series = root.findall(".//c:ser", names)
        assert series, name
        for found in series:
            reference = found.findtext("c:val/c:numRef/c:f", namespaces=names)
            sheet, area = reference.rsplit("!", 1)
            assert sheet.strip("'") in book.sheetnames
            if len(series) == 1:
                continue  # a ring of shares: its title is the table beside it
            label, cell = found.findtext("c:tx/c:strRef/c:f", namespaces=names).rsplit("!", 1)
            assert book[label.strip("'")][cell.replace("$", "")].value, f"{name}: a series has no name"
            if sheet == "'P&L'":
                of_the_pnl += 1
                left, right = area.split(":")
                assert (left[:3], right[:3]) == ("$D$", "$O$")
                assert left[3:] == right[3:]
                assert left[3:] in lines
    assert of_the_pnl >= 8


def test_charts_keep_no_values_that_could_go_stale(parts):
    for name, text in parts.items():
        if name.startswith("xl/charts/"):
            assert b"numCache" not in text
            assert b"strCache" not in text


def test_prints_one_page_wide(book):
    for sheet in book.worksheets:
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert sheet.page_setup.fitToWidth == 1, sheet.title
        assert sheet.oddFooter.right.text, sheet.title
    for title in ("Summary", "Inputs", "P&L"):
        assert book[title].print_area, title
    for title in ("Inputs", "P&L", "Checks"):
        assert book[title].print_title_rows, title
    for title in ("Inputs", "P&L"):
        _, top, _, bottom = range_boundaries(book[title].print_area.rsplit("!", 1)[-1].replace("$", ""))
        assert (top, bottom) == (1, book[title].max_row), title


def test_opens_on_the_summary(book):
    assert book.active.title == "Summary"
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)


def test_parts_are_well_formed_and_hang_together(parts):
    for name, text in parts.items():
        assert name.endswith((".xml", ".rels")), name
        root = ElementTree.fromstring(text)
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        for relation in root:
            target = relation.get("Target")
            assert not target.startswith("/"), f"{name}: absolute {target}"
            assert relation.get("TargetMode") != "External", f"{name}: {target}"
            assert posixpath.normpath(posixpath.join(folder, target)) in parts, f"{name}: {target}"


def test_no_links_macros_or_data_connections(parts):
    for word in ("externalLink", "vba", "connections", "queryTable", "customXml", "embeddings"):
        assert not [name for name in parts if word in name]
