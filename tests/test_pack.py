"""The pack workbook, and its names in somebody else's file."""

import hashlib
import io
import re
import zipfile
from pathlib import Path

import formulon
import ironcalc
import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName

from carecost.errors import DataError
from carecost.formulas.lambdas import lambda_text
from carecost.formulas.stored import plain_form
from carecost.functions import REGISTRY
from carecost.workbook.fill import PNL_TEMPLATE
from carecost.workbook.pack import add_to, left_out, pack_names, write_pack

DOCS = Path(__file__).parents[1] / "docs" / "lambdas.md"


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    path = tmp_path_factory.mktemp("pack") / "care.xlsx"
    return write_pack(path)


@pytest.fixture
def book(tmp_path):
    """Somebody's workbook, with a name and a chart sheet's worth of parts of its own."""
    path = tmp_path / "theirs.xlsx"
    excel = openpyxl.Workbook()
    excel.active["A1"] = "=our_calls*2"
    excel.active["B1"] = 21
    excel.defined_names["our_calls"] = DefinedName("our_calls", attr_text="Sheet!$B$1")
    excel.save(path)
    return path


def records(content):
    """Each member's bytes as they lie in the file: header, name and compressed data."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        ends = [entry.header_offset for entry in entries[1:]] + [archive.start_dir]
    return {
        entry.filename: content[entry.header_offset : end] for entry, end in zip(entries, ends, strict=True)
    }


def workbook_xml(content):
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml").decode()


# ---- the pack ----


def test_the_pack_holds_every_function_as_a_name(pack):
    names = openpyxl.load_workbook(pack.path).defined_names
    assert (
        list(names)
        == list(pack.functions)
        == [name for name, each in REGISTRY.items() if not each.no_formula]
    )
    assert all(each.attr_text.startswith("_xlfn.LAMBDA(") for each in names.values())
    assert set(pack.left_out) == set(REGISTRY) - set(names)


def formula_cells(path):
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    for place, sheet in enumerate(formulas.worksheets):
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield place, cell, values[sheet.title][cell.coordinate].value


def same(found, stored):
    numbers = isinstance(found, int | float) and isinstance(stored, int | float)
    return abs(found - stored) <= 1e-9 * max(1, abs(stored)) if numbers else found == stored


def test_engines_compute_every_cell_of_the_pack_to_its_stored_value(pack):
    cells = list(formula_cells(pack.path))
    assert len(cells) > 2 * len(pack.functions)
    model = ironcalc.load_from_xlsx(str(pack.path), "en", "UTC", "en")
    model.evaluate()
    book = formulon.Workbook.load(pack.path.read_bytes())
    for name, (stored, _) in pack_names().items():  # formulon drops optional arguments on reading
        book.set_defined_name(name, plain_form(stored))
    book.recalc()
    for sheet, cell, value in cells:
        assert value is not None, cell.coordinate
        where = f"{cell.parent.title}!{cell.coordinate}"
        assert same(model.get_cell_value(sheet, cell.row, cell.column), value), where
        assert same(book.get_value(sheet, cell.row - 1, cell.column - 1).to_python(), value), where


def test_the_examples_agree(pack):
    values = openpyxl.load_workbook(pack.path, data_only=True)
    assert values["Start"]["C4"].value == "OK"
    checks = [cell.value for sheet in values.worksheets[1:] for cell in sheet["F"]]
    assert "differs" not in checks
    assert checks.count("OK") >= sum(len(REGISTRY[name].examples) for name in pack.functions)


def test_calls_are_dynamic_arrays(pack):
    """Without cm and the metadata part Excel would read a call as =@CARE_...(...)."""
    with zipfile.ZipFile(pack.path) as archive:
        assert "xl/metadata.xml" in archive.namelist()
        assert b"metadata.xml" in archive.read("xl/_rels/workbook.xml.rels")
        assert b"/xl/metadata.xml" in archive.read("[Content_Types].xml")
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
    calls = [tag for sheet in sheets for tag in re.findall(r"<c [^>]*><f[^>]*>CARE_", sheet)]
    assert len(calls) >= len(pack.functions)
    assert all('cm="1"' in tag and 't="array"' in tag for tag in calls)


def test_the_same_card_gives_the_same_bytes(pack, tmp_path):
    again = tmp_path / "again.xlsx"
    write_pack(again)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(pack.path.read_bytes()).digest()


# ---- into a workbook ----


def test_adding_leaves_every_other_byte_alone(book):
    before = book.read_bytes()
    added = add_to(book)
    after = book.read_bytes()
    assert added.added == tuple(pack_names())
    assert added.replaced == ()
    old, new = records(before), records(after)
    assert list(old) == list(new)
    assert [name for name in old if old[name] != new[name]] == ["xl/workbook.xml"]
    assert re.sub(r'<definedName name="CARE_.*?</definedName>', "", workbook_xml(after)) == workbook_xml(
        before
    )
    assert zipfile.ZipFile(book).testzip() is None
    names = openpyxl.load_workbook(book).defined_names
    assert set(names) == {"our_calls", *pack_names()}


def test_the_names_work_there(book):
    add_to(book)
    model = ironcalc.load_from_xlsx(str(book), "en", "UTC", "en")
    model.set_user_input(0, 5, 1, "=CARE_AGENTS(180,5)+our_calls")
    model.evaluate()
    assert model.get_cell_value(0, 5, 1) == 19 + 21


def test_a_name_of_theirs_may_be_called_as_an_argument():
    """An argument goes before a name of the workbook, as in Excel; ironcalc takes the name instead."""
    book = formulon.Workbook.create_default()
    book.set_number(0, 0, 1, 21.0)
    book.set_defined_name("contacts", "Sheet1!$B$1")
    book.set_defined_name("CARE_AGENTS", lambda_text(REGISTRY["CARE_AGENTS"]))
    book.recalc()
    assert book.evaluate_formula_array(0, 9, 0, "=CARE_AGENTS(180,5)+contacts")[0][0].to_python() == 19 + 21


def test_adding_twice_replaces(book):
    add_to(book)
    once = book.read_bytes()
    again = add_to(book)
    assert again.added == ()
    assert again.replaced == tuple(pack_names())
    assert book.read_bytes() == once


def test_a_book_without_names_gets_them_where_the_schema_wants_them(tmp_path):
    path = tmp_path / "plain.xlsx"
    excel = openpyxl.Workbook()
    excel.save(path)
    bare = without_names(path.read_bytes())
    path.write_bytes(bare)
    add_to(path)
    order = re.findall(r"<(sheets|definedNames|calcPr)\b", workbook_xml(path.read_bytes()))
    assert order == ["sheets", "definedNames", "calcPr"]


def test_prefixed_elements_and_their_names(book):
    def prefixed(text):
        text = re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", text)
        return text.replace("xmlns=", "xmlns:x=")

    book.write_bytes(changed(book.read_bytes(), {"xl/workbook.xml": prefixed}))
    add_to(book)
    text = workbook_xml(book.read_bytes())
    assert '<x:definedName name="CARE_FTE_COST"' in text
    assert set(openpyxl.load_workbook(book).defined_names) == {"our_calls", *pack_names()}


def test_streamed_files_with_a_comment_survive(book):
    """Data descriptors behind the members and a comment at the end of the file, as some writers make them."""
    buffer = io.BytesIO()
    unseekable = type("Out", (), {"write": buffer.write, "flush": buffer.flush})()
    with zipfile.ZipFile(book) as source, zipfile.ZipFile(unseekable, "w", zipfile.ZIP_DEFLATED) as target:
        target.comment = b"made elsewhere"
        for name in source.namelist():
            target.writestr(name, source.read(name))
    before = buffer.getvalue()
    book.write_bytes(before)
    add_to(book)
    old, new = records(before), records(book.read_bytes())
    assert [name for name in old if old[name] != new[name]] == ["xl/workbook.xml"]
    with zipfile.ZipFile(book) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"made elsewhere"


def without_names(content):
    return changed(
        content,
        {
            "xl/workbook.xml": lambda text: re.sub(
                r"<definedNames\s*/>|<definedNames>.*</definedNames>", "", text
            )
        },
    )


def changed(content, edits, more=None):
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, edits[name](text.decode()) if name in edits else text)
        for name, text in (more or {}).items():
            target.writestr(name, text)
    return buffer.getvalue()


OWN = '<definedNames><definedName name="care_agents">Sheet!$A$1</definedName></definedNames>'


def own_name(content):
    return changed(
        without_names(content), {"xl/workbook.xml": lambda text: text.replace("</sheets>", f"</sheets>{OWN}")}
    )


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: b"PK\3\4", "not an .xlsx"),
        (lambda content: b"name,value\n", "not an .xlsx"),
        (lambda content: b"", "not an .xlsx"),
        (lambda content: content[: len(content) // 2], "not an .xlsx"),
        (lambda content: b"\xd0\xcf\x11\xe0" + bytes(600), "password"),
        (own_name, "care_agents of its own"),
        (lambda content: changed(content, {}, {"_xmlsignatures/sig1.xml": "<x/>"}), "signed"),
        (lambda content: changed(content, {}, {"xl/tables/table9.xml": '<table displayName="CARE_SL"/>'}), "table"),
        (lambda content: changed(content, {"_rels/.rels": lambda text: text.replace("workbook.xml", "document.xml")}),
         "another kind"),
        (lambda content: changed(content, {"_rels/.rels": lambda text: text.replace("workbook.xml", "workbook.bin")}),
         "binary"),
        (lambda content: changed(content, {"xl/workbook.xml": lambda text: "<workbook/>"}), "no sheets"),
        (lambda content: changed(content, {"xl/workbook.xml": lambda text: text.encode("utf-16")}), "UTF-8"),
    ],
)  # fmt: skip
def test_what_cannot_be_edited_is_refused_in_one_line(book, spoil, words):
    content = spoil(book.read_bytes())
    book.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(words)) as found:
        add_to(book)
    assert len(str(found.value).splitlines()) == 1
    assert book.read_bytes() == content


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        add_to(tmp_path / "nothing.xlsx")


# ---- docs ----


def test_the_docs_list_what_is_left_out():
    text = DOCS.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(CARE_\w+)` \| (.+?) \|$", text, re.MULTILINE))
    assert listed == {name: f"{reason[0].upper()}{reason[1:]}." for name, reason in left_out().items()}
    assert f"{len(pack_names())} of the {len(REGISTRY)}" in text


def test_an_older_pack_is_replaced_and_another_workbook_is_not(tmp_path):
    pack = tmp_path / "pack.xlsx"
    write_pack(pack)
    first = pack.read_bytes()
    write_pack(pack)
    assert pack.read_bytes() == first
    budget = tmp_path / "budget.xlsx"
    budget.write_bytes(PNL_TEMPLATE.read_bytes())
    with pytest.raises(DataError, match="another workbook"):
        write_pack(budget)
    assert budget.read_bytes() == PNL_TEMPLATE.read_bytes()
    with pytest.raises(DataError, match=r"ends in \.xlsx"):
        write_pack(tmp_path / "pack.xls")
