"""The add-in and the demo workbook as files: their parts, their settings, their code, and who can open them."""

import io
import re
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
import vba_reader
import xlwings
from conftest import ROOT
from libreoffice import ENVIRONMENT, TIMEOUT, profile

from carecost import __version__
from carecost.functions import REGISTRY
from carecost.hosts.excel.addin import (
    ADDIN,
    DEMO,
    PLAIN_DEMO,
    Built,
    Interpreter,
    addin,
    build,
    built_with,
    demo,
)
from carecost.hosts.excel.vba import functions_code, help_rows, shared_code
from carecost.workbook.verify import difference

PYTHON = Interpreter(r"C:\Program Files\Python312\python.exe", r"D:\R&D\carecost")
TEMPLATES = {ADDIN: "quickstart_addin_ribbon.xlam", DEMO: "quickstart_standalone.xlsm"}
RIBBON = "{http://schemas.microsoft.com/office/2006/01/customui}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "new" / "folder"
    assert build(folder, PYTHON) == [folder / ADDIN, folder / DEMO, folder / PLAIN_DEMO]
    return folder


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(path):
    """The cells of every sheet. openpyxl does not take add-ins, so it is told that this is a workbook."""
    parts = parts_of(path)
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"excel.addin.", b"excel.sheet.")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return openpyxl.load_workbook(buffer)


# ---- code ----


@pytest.mark.parametrize("name", [ADDIN, DEMO])
def test_olevba_reads_our_code_back_and_xlwings_own_is_untouched(built, name):
    before = vba_reader.modules(Path(xlwings.__file__).parent / TEMPLATES[name])
    after = vba_reader.modules(built / name)
    lines = {module: code.splitlines()[1:] for module, code in after.items()}
    assert lines["carecost"] == functions_code().splitlines()
    for module, code in before.items():
        if module == "ThisWorkbook":
            assert after[module].startswith(code)
            assert after[module][len(code) :].splitlines() == shared_code("this_workbook").splitlines()
        else:
            assert after[module] == code
    others = set(after) - set(before) - {"carecost"}
    assert all(re.fullmatch(r"Sheet\d+", module) and "Sub" not in after[module] for module in others)


@pytest.mark.parametrize("name", [ADDIN, DEMO])
def test_every_sheet_has_its_module_and_the_other_way_round(built, name):
    book = sheets(built / name)
    modules = {module for module in vba_reader.modules(built / name) if module.startswith("Sheet")}
    names = [sheet.sheet_properties.codeName for sheet in book.worksheets]
    assert sorted(names) == sorted(modules)
    assert book.code_name == "ThisWorkbook"


@pytest.mark.parametrize("name", [ADDIN, DEMO])
def test_the_dll_is_that_of_the_installed_xlwings(built, name):
    assert f"xlwings64-{version('xlwings')}.dll" in vba_reader.modules(built / name)["xlwings"]


# ---- settings ----


@pytest.mark.parametrize("name", [ADDIN, DEMO])
def test_the_settings_stand_where_the_vba_of_xlwings_reads_them(built, name):
    project = re.search(r'PROJECT_NAME As String = "(\w+)"', vba_reader.modules(built / name)["xlwings"])[1]
    sheet = sheets(built / name)[f"{project}.conf"]
    settings = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}
    assert settings["INTERPRETER_WIN"] == PYTHON.path
    assert settings["PYTHONPATH"] == PYTHON.folder
    assert settings["UDF MODULES"] == "carecost.udf"
    assert settings["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    # Set and empty: a Conda of the user's must not take the place of the interpreter.
    assert settings["CONDA PATH"] is None
    assert settings["CONDA ENV"] is None
    # xlwings reads down to the first gap, and a name that is there twice stops it.
    names = [row[0] for row in sheet.iter_rows(values_only=True)]
    assert all(names)
    assert len({name.upper() for name in names}) == len(names)
    # Booleans would read as WAHR in a German Excel.
    assert not [value for value in settings.values() if isinstance(value, bool)]


def test_without_a_known_interpreter_the_users_configuration_decides(tmp_path):
    build(tmp_path, None)
    for name, sheet in ((ADDIN, "myaddin.conf"), (DEMO, "xlwings.conf")):
        settings = {row[0] for row in sheets(tmp_path / name)[sheet].iter_rows(values_only=True)}
        assert not {"INTERPRETER_WIN", "PYTHONPATH", "CONDA PATH"} & settings
    assert b"felix" not in b"".join(
        content for part, content in parts_of(tmp_path / ADDIN).items() if not part.endswith(".bin")
    )


@pytest.mark.parametrize("name", [ADDIN, DEMO])
def test_the_wizards_texts_are_in_the_sheet_that_the_code_reads(built, name):
    rows = sheets(built / name)["carecost.help"].iter_rows(values_only=True)
    assert [[cell for cell in row if cell is not None] for row in rows] == help_rows()
    assert '"carecost.help"' in shared_code("this_workbook")


def test_a_file_says_what_it_was_built_with(built):
    assert built_with(built / ADDIN) == Built(__version__, version("xlwings"), PYTHON.path)
    assert built_with(built / DEMO) is None
    assert built_with(built / "none.xlam") is None


# ---- the ribbon ----


def test_the_ribbons_buttons_call_subs_that_are_there(built):
    parts = parts_of(built / ADDIN)
    assert b'Target="customUI/customUI.xml"' in parts["_rels/.rels"]
    root = ElementTree.fromstring(parts["customUI/customUI.xml"])
    assert root.tag == f"{RIBBON}customUI"
    assert [child.tag for child in root] == [f"{RIBBON}ribbon"]
    buttons = list(root.iter(f"{RIBBON}button"))
    assert [button.get("label") for button in buttons] == ["Why?", "Restart Python", "Populate"]
    for button in buttons:
        module, sub = button.get("onAction").split(".")
        code = vba_reader.modules(built / ADDIN)[module]
        assert f"Public Sub {sub}(control As IRibbonControl)" in code
        assert set(button.keys()) <= {"id", "label", "size", "imageMso", "onAction", "screentip", "supertip"}
        assert len(button.get("supertip")) <= 1024
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(identifiers)) == len(identifiers)


def test_populate_calls_the_script():
    assert 'RunPython "import carecost.udf; carecost.udf.populate()"' in functions_code()


# ---- the packages ----


@pytest.mark.parametrize(("name", "kind"), [(ADDIN, "excel.addin"), (DEMO, "excel.sheet")])
def test_every_part_has_a_type_and_every_relation_a_part(built, name, kind):
    parts = parts_of(built / name)
    types = parts["[Content_Types].xml"].decode()
    assert f"application/vnd.ms-{kind}.macroEnabled.main+xml" in types
    overrides = re.findall(r'PartName="/([^"]*)"', types)
    assert len(set(overrides)) == len(overrides)
    assert set(overrides) <= set(parts)
    defaults = set(re.findall(r'Extension="([^"]*)"', types))
    assert all(part in overrides or part.rpartition(".")[2] in defaults for part in parts if part[0] != "[")
    for part, content in parts.items():
        if part.endswith(".rels"):
            base = part.split("_rels/")[0]
            identifiers = re.findall(rb' Id="([^"]*)"', content)
            assert len(set(identifiers)) == len(identifiers)
            for target in re.findall(r'Target="([^"#]*)"', content.decode()):
                assert str(Path(base, target)) in parts, (part, target)


def test_the_same_input_gives_the_same_file():
    assert addin(PYTHON) == addin(PYTHON)
    assert demo() == demo()


def test_the_shipped_demo_is_fresh(tmp_path):
    """``python workbooks/refresh.py`` writes it. xlwings' own code may be that of another version."""
    stored, fresh = ROOT / "workbooks" / DEMO, tmp_path / DEMO
    fresh.write_bytes(demo())
    for data_only in (False, True):
        before, after = (openpyxl.load_workbook(path, data_only=data_only) for path in (stored, fresh))
        assert before.sheetnames == after.sheetnames
        for sheet in before.worksheets:
            for row, other in zip(sheet.values, after[sheet.title].values, strict=True):
                for cell, same in zip(row, other, strict=True):
                    assert difference(getattr(cell, "text", cell), getattr(same, "text", same)) <= 1e-12
    before, after = vba_reader.modules(stored), vba_reader.modules(fresh)
    assert {name: before[name] for name in before if name != "xlwings"} == {
        name: after[name] for name in after if name != "xlwings"
    }
    assert "INTERPRETER_WIN" not in {row[0] for row in sheets(stored)["xlwings.conf"].values}


# ---- LibreOffice ----


def test_libreoffice_opens_both_with_their_code(built, tmp_path, needs_libreoffice):
    """By the filter's name: LibreOffice does not know the ending .xlam, nor xlwings' own file."""
    with profile() as soffice:
        done = subprocess.run(
            [*soffice, "--infilter=Calc MS Excel 2007 VBA XML", "--convert-to", "ods",
             "--outdir", str(tmp_path), str(built / ADDIN), str(built / DEMO)],
            env=ENVIRONMENT, capture_output=True, text=True, timeout=TIMEOUT, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name, library in ((ADDIN, "CarecostAddin"), (DEMO, "CarecostDemo")):
        parts = parts_of(tmp_path / f"{Path(name).stem}.ods")
        code = parts[f"Basic/{library}/carecost.xml"].decode()
        assert all(f"Public Function {function}(" in code for function in REGISTRY)
        assert f"Basic/{library}/xlwings.xml" in parts
        assert f"Basic/{library}/ThisWorkbook.xml" in parts
