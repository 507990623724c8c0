"""The demo workbook: every formula gives what is stored beside it, whichever way one reads the file."""

import re

import numpy as np
import openpyxl
import pytest

from carecost.errors import CellError
from carecost.functions import REGISTRY
from carecost.functions.describe import by_area
from carecost.workbook.demo import demo_workbook
from carecost.workbook.guides import GUIDES, guide_cases
from carecost.workbook.verify import difference

AREA = re.compile(r"([A-Z]{1,2}\d+)(?::([A-Z]{1,2}\d+))?")


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """The workbook twice: its formulas, and its stored values."""
    path = tmp_path_factory.mktemp("demo") / "demo.xlsx"
    path.write_bytes(demo_workbook())
    return openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)


def calls(book):
    """Sheet, where it spills, function and argument texts of every CARE formula."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                text = getattr(cell.value, "text", "")
                found = re.fullmatch(r"=?(CARE_\w+)\((.*)\)", text)
                if found:
                    yield sheet.title, cell.value.ref, found[1], found[2].split(",") if found[2] else []
                else:
                    assert not text, f"{sheet.title}!{cell.coordinate}: {text}"


def value_of(sheet, text):
    """What the cells hold that an argument names; nothing for an omitted one."""
    if not text:
        return None
    assert AREA.fullmatch(text), f"{text} is not a cell: formulas hold no typed constants"
    cells = sheet[text]
    if not isinstance(cells, tuple):
        assert cells.value is not None, (
            f"{sheet.title}!{text}: a blank cell is another default in LibreOffice"
        )
        return cells.value
    return [[cell.value for cell in row] for row in cells]


def rows(value):
    value = value.tolist() if isinstance(value, np.ndarray) else value
    value = value if isinstance(value, list) else [value]
    return [row if isinstance(row, list) else [row] for row in value]


def test_every_formula_gives_the_value_stored_beside_it(books):
    formulas, values = books
    done = set()
    for title, area, name, arguments in calls(formulas):
        sheet = values[title]
        try:
            wanted = rows(REGISTRY[name](*(value_of(sheet, text) for text in arguments)))
        except CellError as error:
            wanted = [[error.code]]
        cells = sheet[area] if ":" in area else ((sheet[area],),)
        assert (len(cells), len(cells[0])) == (len(wanted), len(wanted[0])), (title, area)
        for found, computed in zip(cells, wanted, strict=True):
            assert all(
                difference(cell.value, value) <= 1e-15 for cell, value in zip(found, computed, strict=True)
            )
        done.add(name)
    assert done == set(REGISTRY)


def test_the_examples_stand_in_it_with_the_results_that_their_declaration_names(books):
    """Independent of what the workbook's own code computes: the results in the catalogue are typed by hand."""
    formulas, values = books
    for area, functions in by_area():
        found = {}
        for title, where, name, _ in calls(formulas):
            if title == area:
                found.setdefault(name, []).append(values[title][where.split(":")[0]].value)
        for function in functions:
            wanted = [rows(np.array(example.result, dtype=object))[0][0] for example in function.examples]
            pairs = zip(found[function.name], wanted, strict=True)
            # For a simulation the exact answer stands there, to which it comes near.
            tolerance = 1e-3 if function.name == "CARE_RISK" else 1e-9
            assert all(difference(*pair) <= tolerance for pair in pairs), function.name


def test_inputs_are_blue_and_results_are_not(books):
    formulas, _ = books
    for title, area, _, arguments in calls(formulas):
        sheet = formulas[title]
        for text in arguments:
            for place in filter(None, text.split(":")):
                color = sheet[place].font.color
                blue = color is not None and color.rgb == "000000FF"
                assert blue or hasattr(sheet[place].value, "text") or str(sheet[place].value).startswith("=")
        assert sheet[area.split(":")[0]].font.bold


def test_the_checks_count_every_call_and_all_are_as_built(books):
    formulas, values = books
    count = sum(1 for _ in calls(formulas)) + sum(
        bool(step.sum) for case in guide_cases() for step in case.step
    )
    assert values["Start"]["C4"].value == count
    assert f"of {count}" in values["Start"]["C4"].number_format
    stored = [cell for sheet in values for row in sheet.values for cell in row if cell == "as built"]
    assert len(stored) == count


def test_the_guides_cases_cite_their_place_and_use_every_input():
    for case in guide_cases():
        text = " ".join(step.formula for step in case.step)
        assert all(f"{{{name}}}" in text for name in case.inputs), case.title
        assert len({step.name for step in case.step} | set(case.inputs)) == len(case.step) + len(case.inputs)


@pytest.mark.parametrize(
    ("label", "value"),
    [
        # Recomputed by hand from the guides' inputs.
        ("Email workload", 4000 * 8 / 60),
        ("FTE without occupancy", 1100 / 0.65 / 160),
        ("FTE with occupancy", 1100 / 0.65 / 0.8 / 160),
        ("People to hire", 168 / 40 / 0.65),
        ("The quote, by productive hour", 12 / 0.7),
        ("Paid hours", 1233.3333333333333 / 0.85 / 0.7),
        ("Net saving, low", 1000 * 0.7 * 6 - 1400),
        ("Success that pays for itself, low", 1400 / 6000),
        ("Revenue kept, full run rate", 150_000),
        ("Revenue kept, month by month", 150_000 / 12 * 78 / 12),
        ("Payback with margin, lag and ramp", 13 + 1 / 3),
    ],
)
def test_the_guides_steps_by_hand(books, label, value):
    sheet = books[1][GUIDES]
    (found,) = [row[2] for row in sheet.iter_rows(values_only=True) if row[1] == label]
    assert found == pytest.approx(value, rel=1e-12)


def test_excel_shows_the_stored_values_until_something_changes(books):
    calculation = books[0].calculation
    assert not calculation.fullCalcOnLoad
    assert calculation.calcId == 191029
