"""Filling templates: what arrives in which cell, what stays untouched, what is refused."""

import html
import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libreoffice import recalculate

from carecost.errors import DataError
from carecost.model.inputs import INPUTS
from carecost.model.statement import PLAN
from carecost.workbook.fill import PNL_TEMPLATE, Template, column_tails, fill, number_text, pnl_template, tail
from carecost.workbook.package import Package
from carecost.workbook.values import blank_result, workbook_values

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NAMES = frozenset(workbook_values(blank_result()))
TRAPS = [
    "=1+1",
    "+49 30 1234",
    "-5",
    "@SUM(A1)",
    '=HYPERLINK("http://example.org","x")',
    "<script>&amp;</script>",
    "R&D \"north\" <EMEA> 'a'",
    "]]>",
    "  two spaces  ",
    "_x0041_ _x000D_",
    "Zürich, Łódź, 東京, 🎧",
    "0012",
    "TRUE",
    "#N/A",
    "x" * 255,
]


@pytest.fixture(scope="module")
def worked(result_of):
    return result_of("worked_example")


def opened(content, **options):
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def parts_of(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def named(book, name):
    ((sheet, area),) = book.defined_names[name].destinations
    return book[sheet][area.replace("$", "")]


def with_texts(result, **texts):
    return replace(result.plan, values={**result.plan.values, **texts}).run()


# ---- the same in, the same out ----


def test_equal_results_give_equal_bytes(worked):
    again = Template(Package.read(PNL_TEMPLATE), NAMES)
    assert fill(worked) == fill(worked) == again.fill(workbook_values(worked))


def test_one_filling_leaves_no_trace_in_the_next(worked, result_of):
    first = fill(worked)
    fill(result_of("amare_seasonal_peak"))
    assert fill(worked) == first


def test_parts_without_values_are_the_templates_to_the_byte(worked):
    before, after = parts_of(PNL_TEMPLATE.read_bytes()), parts_of(fill(worked))
    assert list(before) == list(after)
    changed = {name for name in before if before[name] != after[name]}
    assert changed
    assert all(re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name) for name in changed)


def test_only_values_change_inside_a_sheet(worked):
    before, after = parts_of(PNL_TEMPLATE.read_bytes()), parts_of(fill(worked))
    for name in before:
        if name.startswith("xl/worksheets/sheet"):
            assert without_values(before[name]) == without_values(after[name]), name


def without_values(sheet):
    """The text of a sheet with each cell's reference, style and formula, but not its value."""

    def bare(cell):
        formula = re.search("<f>.*?</f>", cell[0])
        return re.sub(' t="[^"]*"', "", cell[1]).strip() + (formula[0] if formula else "")

    return re.sub(r"<c ([^>]*?)(?:/>|>.*?</c>)", bare, sheet.decode())


def test_formulas_are_the_templates(worked):
    blank, filled = opened(PNL_TEMPLATE.read_bytes()), opened(fill(worked))
    for sheet in blank.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                other = filled[sheet.title][cell.coordinate]
                assert (cell.data_type == "f") == (other.data_type == "f")
                assert cell.data_type != "f" or cell.value == other.value
                assert cell.style_id == other.style_id


def test_workbook_recalculates_on_load(worked):
    assert opened(fill(worked)).calculation.fullCalcOnLoad


# ---- numbers ----


@pytest.mark.parametrize(
    "value", [0.94, 1 / 3, 1e-300, 1e300, 5e-324, -626773.2026704913, 2**53 + 1.0, 123456789012345680.0, 1e22]
)
def test_number_text_reads_back_as_the_same_number(value):
    assert float(number_text(value)) == value
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", number_text(value))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.booleans())
def test_a_column_of_numbers_reads_as_each_of_them(column, whole):
    column = [float(int(value)) if whole and abs(value) < 1e18 else value for value in column]
    assert column_tails(column) == [tail(value) for value in column]


@given(st.floats(1e-6, 1e18))
def test_with_and_without_orjson_a_column_reads_the_same(value):
    column = [value, -value, 0.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carecost.workbook.fill.orjson", None)
        plain = column_tails(column)
    assert column_tails(column) == plain


def test_blank_inputs_are_empty_cells(worked):
    blank = replace(worked.plan, values={**worked.plan.values, "start_fte": float("nan")}).run()
    assert named(opened(fill(blank)), "start_fte").value is None
    assert named(opened(fill(worked)), "start_fte").value == 10


def test_missing_answers_read_na_and_never_zero(worked):
    none = replace(worked.plan, values={**worked.plan.values, "setup": 0.0, "platform_month": 0.0}).run()
    book = opened(fill(none), data_only=True)
    assert named(book, "irr").value == "n/a"
    assert b"nan" not in fill(none)


# ---- texts ----


@pytest.mark.parametrize("text", TRAPS, ids=range(len(TRAPS)))
def test_texts_arrive_as_text(worked, text):
    content = fill(with_texts(worked, name=text, cost_center=text))
    for name, part in parts_of(content).items():
        if name.startswith("xl/worksheets/sheet"):
            ElementTree.fromstring(part)
    book = opened(content)
    for name in ("name", "cost_center"):
        assert (named(book, name).data_type, named(book, name).value) == ("s", text)
    # The stored values of the formulas that show them.
    for cell in ("A1", named(book, "shown_cost_center").coordinate):
        assert stored_text(content, "xl/worksheets/sheet1.xml", cell) == text


def stored_text(content, part, cell):
    root = ElementTree.fromstring(parts_of(content)[part])
    (value,) = (found.find(f"{SHEET}v") for found in root.iter(f"{SHEET}c") if found.get("r") == cell)
    return value.text


def test_sources_arrive_as_text(worked):
    provenance = dict(worked.plan.provenance)
    provenance["shrinkage"] = replace(provenance["shrinkage"], source='=1+1 & "<b>"', owner="@me", date="-")
    book = opened(fill(replace(worked.plan, provenance=provenance).run()))
    row = named(book, "shrinkage").row
    cells = [book["Inputs"][f"{column}{row}"] for column in "JKL"]
    assert [cell.value for cell in cells] == ['=1+1 & "<b>"', "-", "@me"]
    assert {cell.data_type for cell in cells} == {"s"}


def test_characters_that_xml_cannot_hold_are_left_out(worked):
    content = fill(with_texts(worked, name="a\x00b\x1fc\ufffed"))
    assert named(opened(content), "name").value == "abcd"


# ---- templates that others changed ----


def customised(change):
    """The shipped template after ``change`` was made to it with openpyxl, ready to be filled."""
    book = openpyxl.load_workbook(PNL_TEMPLATE)
    change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def template_of(content, tmp_path):
    path = tmp_path / "custom.xlsx"
    path.write_bytes(content)
    return Template(Package.read(path), NAMES)


def with_cell(cell, content):
    """The shipped template with one more cell, at the foot of its Checks sheet."""
    parts = Package.read(PNL_TEMPLATE).parts
    row = f'<row r="{cell.lstrip("ABCDEFGH")}"><c r="{cell}">{content}<v>0</v></c></row></sheetData>'
    part = "xl/worksheets/sheet4.xml"
    return Package({**parts, part: parts[part].replace(b"</sheetData>", row.encode())})


def move(book, name, cell):
    """Cut one named cell and paste it elsewhere on its sheet, its name with it."""
    source = named(book, name)
    target = source.parent[cell]
    target.value, source.value = source.value, None
    target.number_format = source.number_format
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", cell).groups()
    book.defined_names[name].attr_text = f"'{source.parent.title}'!${letters}${digits}"


def test_extra_sheet_with_plain_references_gets_its_values(worked, tmp_path):
    def change(book):
        sheet = book.create_sheet("Board & Co <1>")
        sheet["B2"], sheet["B3"], sheet["B4"] = "=npv", "=year_operating", "='P&L'!E8"
        sheet["B5"], sheet["B6"], sheet["B7"] = "='P&L'!$E$8", "=Inputs!C6", "=master_check"
        sheet["A1"], sheet["A2"] = "Prepared for the board", 42

    book = opened(template_of(customised(change), tmp_path).fill(workbook_values(worked)), data_only=True)
    sheet = book["Board & Co <1>"]
    numbers = worked.numbers
    assert (sheet["A1"].value, sheet["A2"].value) == ("Prepared for the board", 42)
    assert sheet["B2"].value == float(numbers.figures["npv"])
    assert sheet["B3"].value == float(numbers.years["operating"])
    assert sheet["B4"].value == sheet["B5"].value == book["P&L"]["E8"].value
    assert sheet["B6"].value == book["Inputs"]["C6"].value
    assert sheet["B7"].value == "OK"


def test_cells_that_moved_with_their_names_are_filled_where_they_are_now(worked, tmp_path):
    def change(book):
        move(book, "npv", "T40")
        move(book, "master_check", "L1")
        # An input moves with its whole row, and the columns beside the inputs reach down to it.
        sheet, row = book["Inputs"], named(book, "cost_per_hire").row
        sheet.move_range(f"A{row}:N{row}", rows=200 - row, translate=True)
        book.defined_names["cost_per_hire"].attr_text = "Inputs!$C$200"
        for field in ("flag", "source", "date", "owner", "confidence"):
            name = book.defined_names[f"inputs_{field}"]
            name.attr_text = re.sub(r"\d+$", "200", name.attr_text)

    before = opened(fill(worked), data_only=True)
    after = opened(template_of(customised(change), tmp_path).fill(workbook_values(worked)), data_only=True)
    assert after["P&L"]["T40"].value == named(before, "npv").value
    assert after["P&L"][named(before, "npv").coordinate].value is None
    assert after["Summary"]["L1"].value == "OK"
    assert [after["Inputs"][f"{column}200"].value for column in "BCIJM"] == [
        "cost_per_hire", 3000, "OK", "plan", "guess",
    ]  # fmt: skip
    assert after["Inputs"][named(before, "cost_per_hire").coordinate].value is None


def test_inserted_rows_and_typing_of_others_survive(worked, tmp_path):
    def change(book):
        sheet = book["Sources"]
        sheet.insert_rows(1, amount=7)
        sheet["A1"] = "Our own note"
        book["Checks"]["E2"] = "Reviewed by"

    book = opened(template_of(customised(change), tmp_path).fill(workbook_values(worked)))
    assert book["Sources"]["A1"].value == "Our own note"
    assert book["Checks"]["E2"].value == "Reviewed by"
    assert named(book, "shrinkage").value == 0.3


@pytest.mark.usefixtures("needs_libreoffice")
def test_template_that_libreoffice_saved_is_filled(worked, tmp_path):
    (tmp_path / "saved").mkdir()
    (saved,) = recalculate([PNL_TEMPLATE], tmp_path / "saved")
    book = opened(template_of(saved.read_bytes(), tmp_path).fill(workbook_values(worked)), data_only=True)
    expected = opened(fill(worked), data_only=True)
    for name in [*INPUTS, *PLAN.figures, *PLAN.checks, *PLAN.headlines]:
        assert named(book, name).value == named(expected, name).value, name


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=npv*2", "=npv*2"),
        ('=IF(npv<0,"<&>","ok")', '=IF(npv<0,"<&>","ok")'),
        ("=TODAY()", "=TODAY()"),
        ("='P&L'!E8:E9", "='P&L'!E8:E9"),
        ("=nonsense", "=nonsense"),
        ("='P&L'!Z99", "='P&L'!Z99"),
        ("=operating", "=operating"),
    ],
)
def test_unknown_formula_is_refused_in_one_line(formula, shown):
    with pytest.raises(DataError) as caught:
        Template(with_cell("H900", f"<f>{html.escape(formula[1:])}</f>"), NAMES)
    words = str(caught.value)
    assert words.startswith("Checks!H900: ")
    assert shown in words
    assert "\n" not in words


@pytest.mark.parametrize(
    "formula",
    [
        '<f t="array" ref="H900:H901">SUM(npv*{1;2})</f>',
        '<f t="shared" ref="H900:H901" si="0">npv+1</f>',
        '<f t="shared" si="0"/>',
    ],
    ids=["array", "shared", "shared, second cell"],
)
def test_formula_of_several_cells_is_refused(formula):
    with pytest.raises(DataError, match="Checks!H900"):
        Template(with_cell("H900", formula), NAMES)


def test_workbook_that_is_no_template_of_ours_is_refused_or_left_alone(tmp_path, worked):
    book = openpyxl.Workbook()
    book.active["A1"] = "hello"
    path = tmp_path / "other.xlsx"
    book.save(path)
    content = Template(Package.read(path), frozenset(workbook_values(worked))).fill(workbook_values(worked))
    assert parts_of(content) == parts_of(path.read_bytes())


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_zip_that_is_no_workbook_is_refused_in_one_line(missing, tmp_path):
    path = tmp_path / "not.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts_of(PNL_TEMPLATE.read_bytes()).items():
            if name != missing:
                archive.writestr(name, part)
    with pytest.raises(DataError) as caught:
        Template(Package.read(path), frozenset())
    assert "\n" not in str(caught.value)


def test_every_value_has_a_place_in_the_template():
    book = openpyxl.load_workbook(PNL_TEMPLATE)
    beside = {name.split(".")[0] for name in workbook_values(blank_result())}
    assert beside <= set(book.defined_names)
    assert pnl_template() is pnl_template()
