"""The add-in around the functions: the wizard's words, the worker process, files, installing and mending."""

import ast
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from calc import Calc, command_line
from conftest import ROOT
from engines import difference, python_rows
from libreoffice import SOFFICE
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.formula import ArrayFormula

from carecost.errors import DataError
from carecost.functions import REGISTRY
from carecost.functions.typed import parse_formula
from carecost.hosts.excel.addin import build
from carecost.hosts.libreoffice import office
from carecost.hosts.libreoffice.extension import (
    INSIDE,
    INTERFACE,
    argument_help,
    extension,
    extension_files,
    function_help,
    settings,
)
from carecost.hosts.libreoffice.inside import engine, pipe
from carecost.hosts.libreoffice.saved import fix, fix_part, plain_names
from carecost.workbook.package import Package

FINANCIAL = 3  # of the categories of Calc's function wizard
NOBODY = 65534
ROWS = 2000


@pytest.fixture(scope="module")
def calc(needs_uno):
    with Calc(extension_files()) as session:
        yield session


# ---- what Calc knows of the functions ----


def test_libreoffice_reads_the_type_library_as_the_registry(calc):
    found = {name: (returns, arguments) for name, returns, arguments in calc.ask("methods", INTERFACE)}
    assert found == {
        name: ("[][]any", [[parameter, "any", True] for parameter in function.parameters])
        for name, function in REGISTRY.items()
    }


def test_the_wizard_says_what_the_registry_says(calc):
    found = {each.pop("name"): each for each in calc.ask("described")}
    assert found == {
        name: {
            "category": FINANCIAL,
            "description": function_help(function),
            # Calc takes every argument for an optional one; its description says which must be given.
            "arguments": [[key, argument_help(each), True] for key, each in function.parameters.items()],
        }
        for name, function in REGISTRY.items()
    }
    burden = REGISTRY["CARE_FTE"].parameters["shrinkage"]
    assert argument_help(burden).endswith("Share; default: 30%.")
    assert argument_help(REGISTRY["CARE_FTE"].parameters["workload_hours"]).endswith("required.")


def test_what_runs_inside_libreoffice_is_python_3_8():
    files = sorted(INSIDE.glob("*.py"))
    assert len(files) >= 5
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_extension_is_the_same_each_time_it_is_built():
    assert extension() == extension()
    assert settings(in_process=True)["folders"][0] == str(ROOT)


# ---- the worker ----


@pytest.fixture
def worker_calc(needs_uno):
    with Calc(extension_files(in_process=False)) as session:
        session.ask("fill", f"A1:B{ROWS}", [[row, f"=CARE_FTE(A{row})"] for row in range(1, ROWS + 1)])
        yield session


def ended(pids):
    """Whether all of these processes end within seconds."""
    for _ in range(100):
        if not any(command_line(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def right(session):
    """How many of the cells show the right number."""
    one = 1 / 0.85 / 0.7 / (2080 / 12)
    shown = session.ask("read", f"B1:B{ROWS}")
    return sum(
        isinstance(value, float) and math.isclose(value, row * one, rel_tol=1e-12)
        for row, (value,) in enumerate(shown, 1)
    )


def test_a_worker_killed_in_the_middle_costs_at_most_the_call_in_flight(worker_calc):
    assert right(worker_calc) == ROWS
    for _ in range(20):  # until a kill comes neither too early nor too late
        (first,) = worker_calc.workers
        worker_calc.post("recalculate")
        time.sleep(0.03)
        os.kill(first, signal.SIGKILL)
        worker_calc.reply()
        if worker_calc.workers:
            break
        worker_calc.ask("recalculate")
    (second,) = worker_calc.workers
    assert second != first
    assert right(worker_calc) >= ROWS - 1
    worker_calc.ask("recalculate")
    assert right(worker_calc) == ROWS
    assert worker_calc.workers == [second]


@pytest.mark.parametrize("end", ["close", "kill"])
def test_no_process_is_left_when_libreoffice_ends(worker_calc, end):
    processes = worker_calc.pids
    assert set(worker_calc.workers) < set(processes)
    getattr(worker_calc, end)()
    assert ended(processes)


@pytest.fixture
def engines(monkeypatch, tmp_path):
    """Engines as LibreOffice makes them, that wait for hardly a second; their workers end with the test."""
    monkeypatch.setattr(pipe, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.5)
    made = []

    def make(**changed):
        made.append(engine.Engine({**settings(in_process=False), **changed}, tmp_path / "state.json"))
        return made[-1]

    yield make
    for each in made:
        if each._worker:
            each._worker.stop()


def is_name_error(rows):
    ((cell,),) = rows
    return math.isnan(cell) and cell.hex() == engine.error_number(525).hex()


def test_a_worker_that_hangs_is_given_up_and_replaced(engines, tmp_path):
    made = engines()
    assert made.call("CARE_WORKLOAD", (4000.0, 6.0, None)) == ((400.0,),)
    process = made._worker._process
    os.kill(process.pid, signal.SIGSTOP)
    assert is_name_error(made.call("CARE_WORKLOAD", (4000.0, 6.0, None)))
    assert process.returncode is not None
    # The next calls do not wait again, until a moment later; the reason stays on record.
    assert is_name_error(made.call("CARE_WORKLOAD", (4000.0, 6.0, None)))
    assert "no answer within 0.5 seconds" in json.loads((tmp_path / "state.json").read_text())["why"]
    time.sleep(0.5)
    assert made.call("CARE_WORKLOAD", (4000.0, 6.0, None)) == ((400.0,),)


def test_a_worker_that_died_between_calls_is_not_noticed(engines):
    made = engines()
    made.call("CARE_WORKLOAD", (4000.0, 6.0, None))
    made._worker._process.kill()
    assert made.call("CARE_WORKLOAD", (4000.0, 6.0, None)) == ((400.0,),)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"interpreter": "/nowhere/python"}, "/nowhere/python cannot be started"),
        ({"interpreter": "/bin/true"}, "/bin/true cannot import carecost from"),
    ],
)
def test_a_worker_that_cannot_start_says_why(engines, tmp_path, changed, words):
    assert is_name_error(engines(**changed).call("CARE_FTE", (1100.0, None, None, None)))
    assert words in json.loads((tmp_path / "state.json").read_text())["why"]


def test_a_call_that_fails_leaves_the_worker_alone(engines):
    made = engines()
    made.call("CARE_WORKLOAD", (4000.0, 6.0, None))
    process = made._worker._process
    assert is_name_error(made.call("NO_SUCH_FUNCTION", ()))
    assert made.call("CARE_WORKLOAD", (4000.0, 6.0, None)) == ((400.0,),)
    assert made._worker._process is process


def test_another_python_or_another_carecost_is_not_used_in_process(engines):
    other = engines(in_process=True, python=[3, 99])
    assert "carecost's is 3.99" in other._why_not_here()
    assert "finds carecost" in engines(in_process=True, carecost="99")._why_not_here()
    assert engines(in_process=True)._why_not_here() == ""


# ---- workbooks written for Excel, and for Excel again ----


def examples():
    """The examples of all functions as a workbook has them: formula, rows of the answer."""
    for function in REGISTRY.values():
        for formula, _ in function.examples:
            written = re.sub(r"(\d+)%(?=[^{}]*})", lambda match: str(int(match[1]) / 100), formula)
            yield written, python_rows(function(*parse_formula(formula)[1]))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A workbook of every example, as written for Excel, with stored values; where each stands."""
    path = tmp_path_factory.mktemp("book") / "examples.xlsx"
    made = openpyxl.Workbook()
    sheet, row, places = made.active, 1, []
    for formula, rows in examples():
        end = sheet.cell(row + len(rows) - 1, len(rows[0])).coordinate
        place = f"A{row}:{end}"
        sheet.cell(row, 1).value = formula if place == f"A{row}:A{row}" else ArrayFormula(place, formula)
        places.append((place, formula, rows))
        row += len(rows)
    made.defined_names["team"] = DefinedName("team", attr_text="CARE_FTE(1100)*2")
    said = 'IF(CARE_FTE(1100)>10,"care_fte(","")'
    made.defined_names["said"] = DefinedName("said", attr_text=said)
    for formula, value in (
        ("=team+0", 2 * 10.665804783451842),
        ('=said&""', "care_fte("),
        ('=SUM(CARE_WORKLOAD(4000,6),1)&" CARE_FTE("', "401 CARE_FTE("),
        ("=IF(care_fte(1100)>10,1,2)", 1),
    ):
        sheet.cell(row, 1).value = formula
        places.append((f"A{row}:A{row}", formula, [[value]]))
        row += 1
    made.save(path)
    return path, places


def shown_right(session, places):
    for place, formula, rows in places:
        assert difference(session.ask("read", place), rows) <= 1e-9, formula


def test_a_workbook_for_excel_opens_recalculates_and_comes_back(needs_uno, book, tmp_path):
    path, places = book
    ods, saved = tmp_path / "saved.ods", tmp_path / "saved.xlsx"
    with Calc(extension_files()) as session:
        session.ask("open", str(path))
        shown_right(session, places)
        assert not session.ask("modified")
        assert session.ask("formula", "A1") == '=CARE_FTE_COST("offshore")'
        for target in (ods, saved):
            session.ask("save", str(target))
        session.ask("open", str(ods))
        shown_right(session, places)
    # As LibreOffice writes it, and mended.
    assert "CARECOST.CARE_FTE_COST(" in Package.read(saved).parts["xl/worksheets/sheet1.xml"].decode()
    before = Package.read(saved).parts
    done = fix(saved)
    assert done.formulas == len(places)  # all but the two that name a name, and the two names
    after = Package.read(saved).parts
    assert {name for name in before if before[name] != after[name]} == {
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    }
    sheet = openpyxl.load_workbook(saved).active
    values = openpyxl.load_workbook(saved, data_only=True).active
    for place, formula, rows in places:
        cell = sheet[place.partition(":")[0]]
        text = cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
        assert "CARECOST" not in text
        assert len(re.findall(r"CARE_\w+\(", text)) == len(re.findall(r"(?i)CARE_\w+\(", formula))
        kept = [[cell.value for cell in line] for line in values[place]]
        assert difference(kept, rows) <= 1e-9, formula
    # Mended, it is a workbook for Excel like the first one.
    assert fix(saved) == (saved, 0)
    with Calc(extension_files()) as session:
        session.ask("open", str(saved))
        shown_right(session, places)


def test_the_demo_recalculates_to_its_stored_values(needs_uno, tmp_path):
    *_, path = build(tmp_path, None)
    formulas, stored = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    blocks = [
        (sheet.title, getattr(cell.value, "ref", cell.coordinate))
        for sheet in formulas.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert len(blocks) > 200
    with Calc(extension_files()) as session:
        session.ask("open", str(path))
        session.ask("recalculate")
        for sheet, place in blocks:
            cells = stored[sheet][place]
            cells = cells if isinstance(cells, tuple) else ((cells,),)
            expected = [[cell.value for cell in row] for row in cells]
            shown = session.ask("read", place, sheet)
            assert difference(shown, expected) <= 1e-9, f"{sheet}!{place}: {shown} instead of {expected}"


def test_stored_values_are_not_believed(needs_uno, tmp_path):
    """LibreOffice believes the values of a file that it has not written, but not of formulas entered again."""
    path = tmp_path / "stale.xlsx"
    made = openpyxl.Workbook()
    made.active["A1"], made.active["A2"] = "=CARE_FTE(1100)", "=A1*2"
    made.save(path)
    package = Package.read(path)
    sheet = package.parts["xl/worksheets/sheet1.xml"].decode()
    assert sheet.count("<v></v>") + sheet.count("<v />") + sheet.count("<v/>") == 2
    stale = re.sub(r"<v ?/>|<v></v>", "<v>7</v>", sheet)
    path.write_bytes(package.with_parts({"xl/worksheets/sheet1.xml": stale.encode()}))
    profile = tmp_path / "profile"
    profile.mkdir()
    with Calc(extension_files(), profile) as session:
        session.ask("open", str(path))
        assert session.ask("read", "A1:A2") == [
            [pytest.approx(10.665804783451842)],
            [pytest.approx(21.331609566903684)],
        ]


def test_protected_and_several_sheets(calc, tmp_path):
    path = tmp_path / "protected.xlsx"
    made = openpyxl.Workbook()
    for sheet in (made.active, made.create_sheet("Second")):
        for row in range(1, 4):
            sheet.cell(row, 1).value = f"=CARE_WORKLOAD({row},60)"
        sheet["A4"], sheet["A5"] = "=SUM(Second!A1:A3)", '="care_fte("'
        sheet["B1"] = ArrayFormula("B1:B2", "=CARE_WORKLOAD({10;20},60)")
    made.active.protection.sheet = True
    made.save(path)
    calc.ask("open", str(path))
    # Calc lets nobody enter an array formula in a protected sheet; the page says so.
    assert calc.ask("read", "A1:A5") == [[1], [2], [3], [6], ["care_fte("]]
    assert calc.ask("read", "B1:B2") == [["#NAME?"], ["#NAME?"]]
    calc.ask("open", "private:factory/scalc")


def test_only_names_of_functions_outside_quotes_are_changed():
    assert plain_names("CARECOST.CARE_FTE(1)+carecost.care_fte (2)") == "CARE_FTE(1)+CARE_FTE (2)"
    for kept in (
        '"CARECOST.CARE_FTE("&1',
        "'CARECOST.CARE_FTE('!A1",
        "CARECOST.CARE_NOSUCH(1)",
        "MY_CARECOST.CARE_FTE(1)",
        "Book!CARE_FTE(1)",
        "CARECOST.CARE_FTE+1",
    ):
        assert plain_names(kept) == kept


def test_only_formulas_are_changed():
    part = (
        b'<row><c t="inlineStr"><is><t>CARECOST.CARE_FTE(1)</t></is></c>'
        b'<c><f aca="false">IF(A1&lt;1,&quot;&amp;&quot;,CARECOST.CARE_FTE(A1))</f><v>1</v></c></row>'
        b"<cfRule><formula>CARECOST.CARE_FTE(1)&gt;1</formula></cfRule>"
    )
    fixed, count = fix_part(part)
    assert count == 2
    assert fixed == (
        b'<row><c t="inlineStr"><is><t>CARECOST.CARE_FTE(1)</t></is></c>'
        b'<c><f aca="false">IF(A1&lt;1,"&amp;",CARE_FTE(A1))</f><v>1</v></c></row>'
        b"<cfRule><formula>CARE_FTE(1)&gt;1</formula></cfRule>"
    )


def test_what_is_no_workbook_is_refused(tmp_path):
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "CARECOST.CARE_FTE(1)")
    with pytest.raises(DataError, match=r"other\.zip: not an \.xlsx workbook"):
        fix(other)
    with pytest.raises(DataError, match="no such file"):
        fix(tmp_path / "nowhere.xlsx")


# ---- the command line ----


def carecost(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "carecost", "libreoffice", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def user():
    """A user's profile, and the PATH on which ``unopkg`` is found: it refuses root, so root becomes another."""
    folder = Path(tempfile.mkdtemp(prefix="carecost-user-"))
    profile, path = folder / "profile", os.environ["PATH"]
    profile.mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(profile, NOBODY, NOBODY)
        script = folder / "unopkg"
        script.write_text(
            f"#!/bin/sh\nexec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups "
            f'env HOME={profile} {shutil.which("unopkg")} "$@"\n'
        )
        script.chmod(0o755)
        path = f"{folder}{os.pathsep}{path}"
    yield profile, {"PATH": path}
    shutil.rmtree(folder)


def give_back(profile):
    """To its user, after LibreOffice ran in it as root."""
    if os.geteuid() == 0:
        for path in (profile, *profile.rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def test_install_use_doctor_and_uninstall(needs_uno, user):
    profile, variables = user
    where = ("--profile", profile)
    for _ in range(2):  # a second time replaces the first
        done = carecost("install", *where, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Installed.")
    with Calc({}, profile) as session:
        assert session.shows("=CARE_FTE(1100)") == pytest.approx(10.665804783451842)
        session.close()
    told = carecost("doctor", *where, **variables)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count("ok  ") == len(told.stdout.splitlines()) == 5
    assert "=CARE_FTE(1100) gives 10.66580478345" in told.stdout
    # Its Python goes away.
    (kept,) = profile.glob("user/uno_packages/cache/uno_packages/*/carecost.oxt/settings.json")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "interpreter": "/gone", "in_process": False}))
    told = carecost("doctor", *where, **variables)
    assert told.returncode == 1
    assert "BAD  its Python: /gone is gone" in told.stdout
    assert "BAD  computed by: nothing: /gone cannot be started" in told.stdout
    assert "shows #NAME? instead of 10.6658" in told.stdout
    give_back(profile)
    assert carecost("uninstall", *where, **variables).stdout == "Uninstalled.\n"
    with Calc({}, profile) as session:
        assert session.shows("=CARE_FTE(1100)") == "#NAME?"
        session.close()
    told = carecost("doctor", *where, **variables)
    assert (told.returncode, "BAD  extension: not installed" in told.stdout) == (1, True)
    give_back(profile)
    again = carecost("uninstall", *where, **variables)
    assert again.returncode == 2
    assert again.stderr.startswith("carecost: ")
    assert again.stderr.count("\n") == 1


def test_doctor_of_a_profile_without_the_extension(needs_libreoffice, tmp_path):
    told = carecost("doctor", "--profile", tmp_path)
    assert told.returncode == 1
    assert f"BAD  extension: not installed in {tmp_path}. Run: carecost libreoffice install" in told.stdout
    assert "ok   calculation" in told.stdout  # it would work
    assert not list(tmp_path.iterdir())


def test_doctor_reads_a_decimal_comma(needs_libreoffice, tmp_path):
    told = carecost("doctor", "--profile", tmp_path, LC_ALL="de_DE.UTF-8")
    assert "ok   calculation: =CARE_FTE(1100) gives 10,66580478345" in told.stdout


def test_build_writes_a_file_whole_or_not_at_all(tmp_path):
    done = carecost("build", "-o", tmp_path / "ours.oxt", "--worker")
    assert done.returncode == 0
    with zipfile.ZipFile(tmp_path / "ours.oxt") as archive:
        assert archive.testzip() is None
        assert not json.loads(archive.read("settings.json"))["in_process"]
    done = carecost("build", "-o", tmp_path / "nowhere" / "ours.oxt")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_fix_on_the_command_line(tmp_path):
    path = tmp_path / "book.xlsx"
    made = openpyxl.Workbook()
    made.active["A1"] = "=CARECOST.CARE_FTE(1100)"
    made.save(path)
    assert carecost("fix", path).stdout == f"{path}: 1 formula changed.\n"
    assert openpyxl.load_workbook(path).active["A1"].value == "=CARE_FTE(1100)"
    assert carecost("fix", path).stdout == f"{path}: nothing to change.\n"
    both = carecost("fix", tmp_path / "nowhere.xlsx", path)
    assert (both.returncode, both.stdout) == (2, f"{path}: nothing to change.\n"), "the others are mended"
    assert f"{tmp_path / 'nowhere.xlsx'}: no such file" in both.stderr


def test_the_page_says_what_the_commands_do(tmp_path):
    page = (ROOT / "docs" / "libreoffice.md").read_text(encoding="utf-8")
    for command in re.findall(r"carecost libreoffice (\w+)", page):
        assert carecost(command, "--help").returncode == 0, command
    block = page.partition("$ carecost call ")[2].partition("```")[0]
    arguments, _, output = block.partition("\n")
    done = subprocess.run(
        [sys.executable, "-m", "carecost", "call", *arguments.split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == output
    for picture in re.findall(r"\]\((images/[^)]+)\)", page):
        assert (ROOT / "docs" / picture).exists()


def test_libreoffice_that_is_not_there_is_one_line(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(office, "PROGRAM_FOLDERS", ("/nowhere/libreoffice*/program",))
    with pytest.raises(DataError, match="LibreOffice is not found"):
        office.soffice()
    monkeypatch.undo()
    assert office.soffice() == SOFFICE
