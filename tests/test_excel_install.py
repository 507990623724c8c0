"""Install, uninstall and doctor on Windows machines that stand in a folder, and what other systems are told."""

import dataclasses
import os
from importlib.metadata import version
from pathlib import Path

import pytest
from conftest import ROOT
from typer.testing import CliRunner

from carecost import __version__
from carecost.cli import app
from carecost.errors import DataError
from carecost.hosts.excel import machine as machines
from carecost.hosts.excel.addin import Built, Interpreter, addin, built_with
from carecost.hosts.excel.doctor import examine
from carecost.hosts.excel.install import install, uninstall
from carecost.hosts.excel.machine import SWITCHED_OFF, Machine, this_machine

XLWINGS = version("xlwings")
DLL = f"xlwings64-{XLWINGS}.dll"


@pytest.fixture
def machine(tmp_path):
    """A healthy one: Python with its packages and DLL, a user with Excel, nothing installed yet."""
    home, python = tmp_path / "Ana", tmp_path / "Python312"
    packages = python / "Lib" / "site-packages"
    for folder in (packages / "carecost", packages / "win32com", packages / "pywin32_system32"):
        folder.mkdir(parents=True)
    for name in ("python.exe", DLL, f"xlwings32-{XLWINGS}.dll"):
        (python / name).write_bytes(b"")
    (home / "AppData" / "Roaming" / "Microsoft" / "Excel").mkdir(parents=True)
    return Machine(
        system="Windows",
        environment={
            "APPDATA": str(home / "AppData" / "Roaming"), "USERPROFILE": str(home), "PATH": str(python),
        },
        interpreter=python / "python.exe",
        package=packages,
        site_packages=(packages,),
        xlwings=XLWINGS,
    )  # fmt: skip


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def changed(machine, **environment):
    return dataclasses.replace(machine, environment={**machine.environment, **environment})


# ---- install and uninstall ----


def test_install_puts_the_add_in_where_excel_starts_and_uninstall_leaves_nothing(machine, tmp_path):
    before, folders = files(tmp_path), sorted(tmp_path.rglob("*"))
    done = install(machine)
    assert done.addin == (
        tmp_path / "Ana" / "AppData" / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "carecost.xlam"
    )
    assert built_with(done.addin) == Built(__version__, XLWINGS, str(machine.interpreter))
    assert done.addin.read_bytes() == addin(Interpreter(str(machine.interpreter)))
    assert done.configuration == tmp_path / "Ana" / ".xlwings" / "xlwings.conf"
    assert done.configuration.read_text().splitlines()[0] == f'"INTERPRETER_WIN","{machine.interpreter}"'
    assert (done.written, done.kept) == (("INTERPRETER_WIN",), ())
    removed = uninstall(machine)
    assert (removed.addin, removed.settings) == (done.addin, ("INTERPRETER_WIN",))
    assert files(tmp_path) == before
    # Excel's startup folder may stay: Excel makes it itself.
    assert sorted(tmp_path.rglob("*")) in (folders, sorted([*folders, done.addin.parent]))
    assert uninstall(machine) == (None, ())


def test_installing_again_after_an_update_changes_only_what_is_ours(machine):
    install(machine)
    moved = dataclasses.replace(machine, interpreter=machine.interpreter.parent / "pythonw.exe")
    done = install(moved)
    assert built_with(done.addin).interpreter == str(moved.interpreter)
    lines = done.configuration.read_text().splitlines()
    assert [line for line in lines if line.startswith('"INTERPRETER_WIN"')] == [
        f'"INTERPRETER_WIN","{moved.interpreter}"'
    ]
    again = done.configuration.read_bytes()
    install(moved)
    assert done.configuration.read_bytes() == again


def test_carecost_from_a_folder_is_found_by_its_path(machine, tmp_path):
    folder = tmp_path / "checkout"
    done = install(dataclasses.replace(machine, package=folder))
    assert done.written == ("INTERPRETER_WIN", "PYTHONPATH")
    assert f'"PYTHONPATH","{folder}"' in done.configuration.read_text().splitlines()


CONFIGURATION = b'"SHOW CONSOLE","False"\r\nLICENSE_KEY,abc\r\n"note","caf\xe9, ""so"""\r\n'


def test_other_settings_of_the_user_stay_byte_for_byte(machine):
    machine.configuration.parent.mkdir()
    machine.configuration.write_bytes(CONFIGURATION)
    done = install(machine)
    assert machine.configuration.read_bytes().startswith(CONFIGURATION)
    assert done.written == ("INTERPRETER_WIN",)
    uninstall(machine)
    assert machine.configuration.read_bytes() == CONFIGURATION


@pytest.mark.parametrize(
    "line", ['"INTERPRETER_WIN","D:\\own.exe"', 'interpreter_win,"D:\\own.exe"', "INTERPRETER,x"]
)
def test_an_interpreter_of_the_users_own_is_left(machine, line, tmp_path):
    machine.configuration.parent.mkdir()
    machine.configuration.write_text(line)
    done = install(dataclasses.replace(machine, package=tmp_path))
    assert (done.written, done.kept) == ((), ("INTERPRETER_WIN", "PYTHONPATH"))
    assert machine.configuration.read_text().splitlines() == [line]


def test_a_setting_changed_after_installing_is_the_users(machine):
    install(machine)
    text = machine.configuration.read_text().replace(
        f'"INTERPRETER_WIN","{machine.interpreter}"', '"INTERPRETER_WIN","D:\\own.exe"', 1
    )
    machine.configuration.write_text(text)
    assert uninstall(machine).settings == ()
    assert machine.configuration.read_text().splitlines() == ['"INTERPRETER_WIN","D:\\own.exe"']


@pytest.mark.parametrize(
    "before", [(ROOT / "workbooks" / "worked_example.xlsx").read_bytes(), b"PK, cut off", b""],
    ids=["a workbook", "half a file", "an empty file"],
)  # fmt: skip
def test_somebody_elses_file_of_the_same_name_is_left(machine, before):
    machine.installed_addin.parent.mkdir()
    machine.installed_addin.write_bytes(before)
    assert "is not from carecost" in problems(machine)["add-in"].found
    with pytest.raises(DataError, match=r"is not from carecost\. Move it away"):
        install(machine)
    assert uninstall(machine).addin is None
    assert machine.installed_addin.read_bytes() == before


def test_a_path_that_windows_code_page_lacks_is_told_and_nothing_written(machine, tmp_path):
    before = files(tmp_path)
    odd = dataclasses.replace(machine, interpreter=machine.interpreter.parent / "Łódź" / "python.exe")
    with pytest.raises(DataError, match="cp1252 lacks"):
        install(odd)
    assert files(tmp_path) == before


def test_without_appdata_the_reason_is_told(machine):
    with pytest.raises(DataError, match="APPDATA is not set"):
        install(changed(machine, APPDATA=""))


# ---- doctor ----


def problems(machine):
    return {finding.about: finding for finding in examine(machine) if finding.level == "problem"}


def test_a_healthy_machine_has_no_problem(machine):
    install(machine)
    findings = examine(machine)
    assert {finding.level for finding in findings} == {"ok"}
    assert {"Python", "carecost", "xlwings", "pywin32", "add-in", "macros", "path"} == {
        finding.about for finding in findings
    }


def broken(machine, **fields):
    return dataclasses.replace(machine, **fields)


def without(machine, *names):
    for name in names:
        path = machine.interpreter.parent / name
        path.unlink() if path.is_file() else path.rmdir()
    return machine


def write(path, content=b""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def other_dll(machine):
    without(machine, DLL)
    write(machine.interpreter.parent / "xlwings64-0.1.0.dll")
    return machine


def shadowed(machine):
    folder = machine.interpreter.parent.parent / "scripts"
    write(folder / "numpy.py")
    return changed(machine, PYTHONPATH=os.pathsep.join([str(machine.package), str(folder)]))


def marked(machine):
    write(Path(f"{machine.installed_addin}:Zone.Identifier"), b"[ZoneTransfer]\r\nZoneId=3\r\n")
    return machine


def in_store(machine):
    python = machine.interpreter.parent.parent / "WindowsApps" / "python.exe"
    write(python)
    write(python.parent / DLL)
    return broken(machine, interpreter=python)


def by_another_python(machine):
    machine.installed_addin.write_bytes(addin(Interpreter("C:\\old\\python.exe")))
    return machine


def in_odd_folder(letter):
    def change(machine):
        return broken(machine, package=machine.package.parent / f"a{letter}b")

    return change


def removed(machine):
    machine.installed_addin.unlink()
    return machine


@pytest.mark.parametrize(
    ("breaks", "about", "found", "advice"),
    [
        (lambda m: broken(m, interpreter=Path("C:/gone.exe")), "Python", "does not exist", "python.org"),
        (in_store, "Python", "Microsoft Store", "python.org"),
        (lambda m: without(m, DLL), "xlwings", f"{DLL} is neither in", "--force-reinstall --no-deps xlwings=="),
        (other_dll, "xlwings", f"needs {DLL}, beside Python is xlwings64-0.1.0.dll", "carecost excel install"),
        (lambda m: without(m, "Lib/site-packages/win32com"), "pywin32", "win32com not found", "pywin32"),
        (removed, "add-in", "does not exist", "carecost excel install"),
        (by_another_python, "add-in", "was built with Python C:\\old\\python.exe, here is", "Close Excel"),
        (lambda m: broken(m, xlwings="9.9.9"), "add-in", f"xlwings {XLWINGS}, here is 9.9.9", "carecost excel install"),
        (marked, "add-in", "coming from the internet", "Unblock"),
        (lambda m: broken(m, settings={"AllLocationsDisabled": 1, "VBAWarnings": 4}), "macros", "off", "Trust Center"),
        (lambda m: broken(m, settings={"DisableAllAddins": 1}), "add-ins", "switched off", "Trust Center"),
        (lambda m: broken(m, settings={"RequireAddinSig": 1}), "add-ins", "signed", "Trust Center"),
        (
            lambda m: broken(m, settings={SWITCHED_OFF: [b"\1\0" + "C:\\X\\CareCost.xlam\0".encode("utf-16-le")]}),
            "add-in", "after a crash", "Disabled Items",
        ),
        (in_odd_folder("é€Ł"), "path", "cp1252 lacks", "plain letters"),
        (in_odd_folder("&"), "path", "has &", "plain letters"),
        (in_odd_folder(";"), "path", "has ;", "plain letters"),
        (in_odd_folder("%"), "path", "has %", "plain letters"),
        (in_odd_folder("x" * 600), "path", "too long", "short path"),
        (lambda m: changed(m, PYTHONHOME="C:\\other"), "PYTHONHOME", "C:\\other", "Remove"),
        (shadowed, "PYTHONPATH", "brings another numpy", "Remove"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_mended_by_its_advice(machine, breaks, about, found, advice):
    install(machine)
    finding = problems(breaks(machine))[about]
    assert found in finding.found
    assert advice in finding.advice


def test_a_virtual_environment_has_the_dll_one_folder_up(machine):
    scripts = machine.interpreter.parent / "Scripts"
    write(scripts / "python.exe")
    there = broken(machine, interpreter=scripts / "python.exe")
    install(there)
    assert problems(there) == {}


def test_what_is_worth_knowing_is_a_note(machine):
    install(machine)
    write(machine.interpreter.parent.parent / "Python310" / "python.exe")
    path = os.pathsep.join(
        [str(machine.interpreter.parent.parent / "Python310"), machine.environment["PATH"]]
    )
    cloud = changed(machine, PATH=path, OneDrive=str(machine.interpreter.parent))
    notes = {finding.about: finding for finding in examine(cloud) if finding.level == "note"}
    assert set(notes) == {"other Pythons", "path"}
    assert f'"{machine.interpreter}" -m pip' in notes["other Pythons"].advice
    machine.configuration.write_text('"INTERPRETER_WIN","D:\\own.exe"')
    macros_off = broken(machine, settings={"VBAWarnings": 4})
    notes = {finding.about: finding for finding in examine(macros_off) if finding.level == "note"}
    assert "D:\\own.exe" in notes["xlwings' configuration"].found
    assert "carecost_demo.xlsm does not" in notes["macros"].found


# ---- the commands ----


@pytest.fixture
def run(monkeypatch):
    """Run a command as on a machine."""

    def on(machine, *arguments):
        monkeypatch.setattr(machines, "this_machine", lambda: machine)
        return CliRunner().invoke(app, ["excel", *arguments])

    return on


def test_the_commands_on_windows(machine, run, tmp_path):
    done = run(machine, "doctor")
    assert done.exit_code == 1
    assert "problem  add-in:" in done.output
    assert done.output.endswith("\n1 problem found.\n")
    assert f"Installed {machine.installed_addin}" in run(machine, "install").output
    done = run(machine, "doctor")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "No problems found.")
    assert f"Removed {machine.installed_addin}" in run(machine, "uninstall").output
    assert "No add-in of carecost" in run(machine, "uninstall").output
    done = run(machine, "build", "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert built_with(tmp_path / "out" / "carecost.xlam").interpreter == str(machine.interpreter)


@pytest.mark.parametrize(("system", "shown"), [("Darwin", "macOS"), ("Linux", "Linux")])
@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
def test_elsewhere_they_say_what_runs_there(machine, run, system, shown, command, tmp_path):
    before = files(tmp_path)
    done = run(broken(machine, system=system), command)
    assert done.exit_code == 0
    for words in (
        f"on {shown}:",
        "carecost lambdas",
        "carecost excel serve",
        "carecost excel lite",
        "LibreOffice",
    ):
        assert words in done.output
    assert files(tmp_path) == before


def test_elsewhere_the_library_refuses(machine):
    for act in (install, uninstall, examine):
        with pytest.raises(DataError, match="Excel for Windows only"):
            act(broken(machine, system="Linux"))


def test_build_elsewhere_names_no_interpreter(machine, run, tmp_path):
    done = run(broken(machine, system="Linux"), "build", "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert "name no Python" in done.output
    assert built_with(tmp_path / "out" / "carecost.xlam").interpreter == "as configured"


def test_this_computer_describes_itself():
    here = this_machine()
    assert here.interpreter.is_file()
    assert (here.package / "carecost" / "udf.py").is_file()
    assert here.xlwings == XLWINGS
