"""``verify``: a workbook whose stored values are wrong is found, with the cell, by an engine not ours."""

import re
import sys
import zipfile

import openpyxl
import pytest

from carecost import cli
from carecost.errors import DataError
from carecost.workbook import verify as module
from carecost.workbook.fill import fill
from carecost.workbook.verify import verify


@pytest.fixture(scope="module")
def books(result_of, tmp_path_factory):
    """A good workbook, and the same with one cell off by a millionth."""
    folder = tmp_path_factory.mktemp("books")
    good, tampered = folder / "good.xlsx", folder / "tampered.xlsx"
    good.write_bytes(fill(result_of("worked_example")))
    cell = tamper(good, tampered, "year_operating")
    return good, tampered, cell


def tamper(good, target, name):
    """Copy a workbook with one named formula's stored value changed by 1e-6 of itself; gives the cell."""
    book = openpyxl.load_workbook(good)
    ((sheet, area),) = book.defined_names[name].destinations
    part = f"xl/worksheets/sheet{book.sheetnames.index(sheet) + 1}.xml"
    cell = area.replace("$", "")
    pattern = rf'(<c r="{cell}"[^>]*><f>[^<]*</f><v>)([^<]*)(</v>)'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(target, "w") as archive:
        for entry in source.namelist():
            text = source.read(entry)
            if entry == part:
                text, found = re.subn(
                    pattern,
                    lambda found: f"{found[1]}{float(found[2]) * (1 + 1e-6)!r}{found[3]}",
                    text.decode(),
                )
                assert found == 1
            archive.writestr(entry, text)
    return f"{sheet}!{cell}"


@pytest.fixture
def without_libreoffice(monkeypatch):
    monkeypatch.setattr(module.shutil, "which", lambda name: None)


def formulas_of(path):
    book = openpyxl.load_workbook(path)
    return sum(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def check(outcomes, books, engine):
    good, tampered, cell = books
    assert [outcome.path for outcome in outcomes] == [good, tampered]
    assert {outcome.engine for outcome in outcomes} == {engine}
    assert {outcome.formulas for outcome in outcomes} == {formulas_of(good)}
    assert outcomes[0].differences == []
    assert outcomes[0].largest <= 1e-9
    (found,) = outcomes[1].differences
    assert found.cell == cell
    assert found.relative == outcomes[1].largest == pytest.approx(1e-6, rel=1e-3)
    assert found.recomputed == pytest.approx(-673347.3624614393, rel=1e-12)
    assert found.stored == pytest.approx(found.recomputed * (1 + 1e-6), rel=1e-12)


@pytest.mark.usefixtures("needs_libreoffice")
def test_libreoffice_finds_the_wrong_cell_among_several_files(books, tmp_path):
    copies = []
    for place, book in enumerate(books[:2]):  # two files of one name, in two folders
        copies.append(tmp_path / str(place) / "budget.xlsx")
        copies[-1].parent.mkdir()
        copies[-1].write_bytes(book.read_bytes())
    outcomes = verify([*books[:2], *copies])
    check(outcomes[:2], books, "LibreOffice")
    assert [len(outcome.differences) for outcome in outcomes[2:]] == [0, 1]


@pytest.mark.usefixtures("without_libreoffice")
def test_ironcalc_finds_it_where_libreoffice_is_missing(books):
    check(verify(books[:2]), books, "ironcalc")


@pytest.mark.usefixtures("without_libreoffice")
def test_says_what_to_install_where_there_is_no_engine(books, monkeypatch):
    monkeypatch.setitem(sys.modules, "ironcalc", None)
    with pytest.raises(DataError, match="install LibreOffice, or ironcalc"):
        verify(books[:1])


@pytest.mark.usefixtures("without_libreoffice")
def test_differences_of_every_kind_are_found(books, tmp_path):
    """A text, a missing answer, a number in place of a text, an error, and no value at all."""
    good, broken = books[0], tmp_path / "broken.xlsx"
    book = openpyxl.load_workbook(good)
    cells = {}
    for name, stored in {
        "master_check": ' t="str"><v>FAULT</v>',
        "npv": ' t="str"><v>n/a</v>',
        "shares_foot": "><v>1</v>",
        "payback": ' t="e"><v>#NUM!</v>',
        "irr": ">",
    }.items():
        ((sheet, area),) = book.defined_names[name].destinations
        cells[f"xl/worksheets/sheet{book.sheetnames.index(sheet) + 1}.xml", area.replace("$", "")] = stored
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(broken, "w") as archive:
        for entry in source.namelist():
            text = source.read(entry).decode()
            for (part, cell), stored in cells.items():
                if part == entry:
                    attributes, value = stored.split(">", 1)
                    text = re.sub(
                        rf'(<c r="{cell}" s="\d+")[^>]*>(<f>[^<]*</f>)<v>[^<]*</v>',
                        rf"\g<1>{attributes}>\2{value}",
                        text,
                    )
            archive.writestr(entry, text)
    (outcome,) = verify([broken])
    assert {found.cell.split("!")[1] for found in outcome.differences} == {cell for _, cell in cells}
    assert outcome.largest == float("inf")


@pytest.mark.usefixtures("without_libreoffice")
@pytest.mark.parametrize(("names", "code"), [(["good"], 0), (["good", "tampered"], 1), (["tampered"], 1)])
def test_command_says_which_cell_and_leaves_with_the_code(names, code, books, monkeypatch, capsys):
    paths = {path.stem: str(path) for path in books[:2]}
    monkeypatch.setattr(sys, "argv", ["carecost", "verify", *(paths[name] for name in names)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
    told = capsys.readouterr()
    assert told.err == ""
    assert (f"  {books[2]}: stored " in told.out) == (code == 1)
    assert all(f"{paths[name]}: {formulas_of(books[0])} formula cells" in told.out for name in names)


def broken_file(folder, kind):
    path = folder / f"{kind}.xlsx"
    if kind == "text":
        path.write_text("net,-700417\n")
    elif kind == "cut":
        path.write_bytes((folder / "good.xlsx").read_bytes()[:20_000])
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "a")
    elif kind == "folder":
        path.mkdir()
    return path


@pytest.mark.parametrize("kind", ["missing", "text", "cut", "zip", "folder"])
def test_file_that_is_no_workbook_is_one_line_and_exit_2(kind, books, tmp_path, monkeypatch, capsys):
    (tmp_path / "good.xlsx").write_bytes(books[0].read_bytes())
    path = broken_file(tmp_path, kind)
    monkeypatch.setattr(sys, "argv", ["carecost", "verify", str(tmp_path / "good.xlsx"), str(path)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    told = capsys.readouterr()
    assert left.value.code == 2
    assert told.out == ""
    assert told.err.startswith(f"carecost: {path}: ")
    assert told.err.count("\n") == 1
    assert ("no such file" in told.err) == (kind == "missing")
