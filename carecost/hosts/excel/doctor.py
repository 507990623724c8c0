"""Why do the functions not run in Excel? Looks at every place where it usually goes wrong, and says what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from carecost import __version__
from carecost.hosts.excel.addin import DEMO, Built, built_with
from carecost.hosts.excel.install import setting
from carecost.hosts.excel.machine import SWITCHED_OFF, Machine

Level = Literal["ok", "note", "problem"]
# xlwings' DLL puts the command that starts Python into so many bytes; the paths of two workbooks are part of it.
LONGEST_COMMAND, FIXED_COMMAND, WORKBOOK_PATH = 2048, 260, 2 * 260
# What cmd.exe and xlwings would read as more than a letter, in the interpreter's path and in a folder's.
SPECIAL, SPECIAL_IN_FOLDER = "%", "%;&^"
NEEDED = ("numpy", "scipy", "pandas", "pydantic", "xlwings", "carecost")
VBA_OFF = 4


class Finding(NamedTuple):
    """One thing looked at, and what to do if it is wrong."""

    level: Level
    about: str
    found: str
    advice: str = ""


def examine(machine: Machine) -> list[Finding]:
    """Everything worth saying of a Windows machine, in the order in which to mend it."""
    machine.require_windows()
    return [
        *_interpreter(machine),
        *_dll(machine),
        *_pywin32(machine),
        *_addin(machine),
        *_trust(machine),
        *_paths(machine),
        *_other_pythons(machine),
    ]


def _interpreter(machine: Machine) -> Iterator[Finding]:
    path = machine.interpreter
    if not path.is_file():
        yield Finding(
            "problem", "Python", f"{path} does not exist", "Install Python 3.11 or newer from python.org."
        )
    elif "WindowsApps" in path.parts:
        yield Finding(
            "problem", "Python", f"{path} is the Microsoft Store's",
            "Excel may not start that one. Install Python from python.org and carecost in it.",
        )  # fmt: skip
    else:
        yield Finding("ok", "Python", str(path))
    if machine.python.folder:
        yield Finding("note", "carecost", f"{__version__}, from the folder {machine.package}, not installed")
    else:
        yield Finding("ok", "carecost", f"{__version__}, in {machine.package}")


def _dll(machine: Machine) -> Iterator[Finding]:
    folders = (machine.interpreter.parent, machine.interpreter.parent.parent)
    wanted = f"xlwings64-{machine.xlwings}.dll"
    found = sorted({path.name for folder in folders for path in folder.glob("xlwings64-*.dll")})
    again = f'"{machine.interpreter}" -m pip install --force-reinstall --no-deps xlwings=={machine.xlwings}'
    if wanted in found:
        yield Finding("ok", "xlwings", f"{machine.xlwings}, {wanted} is beside Python")
    elif found:
        yield Finding(
            "problem", "xlwings", f"{machine.xlwings} needs {wanted}, beside Python is {', '.join(found)}",
            f"In a terminal: {again}; then: carecost excel install",
        )  # fmt: skip
    else:
        yield Finding(
            "problem", "xlwings", f"{wanted} is neither in {folders[0]} nor in {folders[1]}",
            f"In a terminal: {again}. Not with --user: the DLL must stand beside Python.",
        )  # fmt: skip


def _pywin32(machine: Machine) -> Iterator[Finding]:
    missing = [
        name for name in ("win32com", "pywin32_system32")
        if not any((folder / name).is_dir() for folder in machine.site_packages)
    ]  # fmt: skip
    if missing:
        yield Finding(
            "problem", "pywin32", f"{', '.join(missing)} not found",
            f'In a terminal: "{machine.interpreter}" -m pip install --force-reinstall pywin32',
        )  # fmt: skip
    else:
        yield Finding("ok", "pywin32", "installed")


def _addin(machine: Machine) -> Iterator[Finding]:
    path = machine.installed_addin
    built = built_with(path)
    again = "Close Excel, then: carecost excel install"
    if not path.exists():
        yield Finding("problem", "add-in", f"{path} does not exist", again)
        return
    if built is None:
        yield Finding("problem", "add-in", f"{path} is not from carecost", f"Move it away. {again}")
        return
    now = Built(__version__, machine.xlwings, machine.python.path)
    differences = [
        f"{name} {before}, here is {after}"
        for name, before, after in zip(("carecost", "xlwings", "Python"), built, now, strict=True)
        if before != after
    ]
    if differences:
        yield Finding("problem", "add-in", f"was built with {'; '.join(differences)}", again)
    else:
        yield Finding("ok", "add-in", str(path))
    if Path(f"{path}:Zone.Identifier").exists():
        yield Finding(
            "problem", "add-in", "Windows marks it as coming from the internet",
            f"In File Explorer: Properties, Unblock. Or: {again}",
        )  # fmt: skip


def _trust(machine: Machine) -> Iterator[Finding]:
    settings = machine.settings
    before = (
        "problem"
        if settings.get("AllLocationsDisabled") and settings.get("VBAWarnings") in (3, VBA_OFF)
        else ""
    )
    if before:
        yield Finding(
            "problem", "macros", "off, and Excel's startup folder is not trusted",
            "File, Options, Trust Center: allow trusted locations, or ask who manages this computer.",
        )  # fmt: skip
    elif settings.get("VBAWarnings") == VBA_OFF:
        yield Finding("note", "macros", f"off, except in trusted folders: the add-in runs, {DEMO} does not")
    else:
        yield Finding("ok", "macros", "allowed where the add-in lies")
    for name, words in (("DisableAllAddins", "all add-ins are switched off"),
                        ("RequireAddinSig", "add-ins must be signed")):  # fmt: skip
        if settings.get(name):
            yield Finding("problem", "add-ins", words, "File, Options, Trust Center, Add-ins.")
    crashed = [
        item for item in settings.get(SWITCHED_OFF, ()) if _mentions(item, machine.installed_addin.name)
    ]
    if crashed:
        yield Finding(
            "problem", "add-in", "Excel has switched it off after a crash",
            "File, Options, Add-ins, Manage: Disabled Items, Enable.",
        )  # fmt: skip


def _mentions(item: object, name: str) -> bool:
    return isinstance(item, bytes) and name.lower() in item.decode("utf-16-le", "ignore").lower()


def _paths(machine: Machine) -> Iterator[Finding]:
    folder = machine.python.folder
    plain = "Install Python in a short path with plain letters, such as C:\\Python312."
    clouds = {
        machine.environment.get(name, "") for name in ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
    }
    wrong = 0
    for path, special in ((str(machine.interpreter), SPECIAL), (folder, SPECIAL_IN_FOLDER)):
        try:
            path.encode(machine.codepage)
        except UnicodeEncodeError:
            wrong += 1
            yield Finding(
                "problem", "path", f"{path} has letters that the code page {machine.codepage} lacks", plain
            )
        if marks := [mark for mark in special if mark in path]:
            wrong += 1
            yield Finding(
                "problem", "path", f"{path} has {' '.join(marks)}, which Windows' shell reads", plain
            )
        if path and any(cloud and path.startswith(cloud) for cloud in clouds):
            yield Finding("note", "path", f"{path} is in OneDrive: keep it on this device (right-click)")
    length = (
        FIXED_COMMAND
        + len(str(machine.interpreter))
        + 2 * len(folder)
        + 2 * len(str(machine.installed_addin))
    )
    if length + WORKBOOK_PATH > LONGEST_COMMAND:
        wrong += 1
        yield Finding(
            "problem", "path", f"the paths are too long: Excel's command takes {LONGEST_COMMAND} bytes", plain
        )
    if not wrong:
        yield Finding("ok", "path", "nothing that Excel's way of starting Python trips over")


def _other_pythons(machine: Machine) -> Iterator[Finding]:
    if machine.environment.get("PYTHONHOME"):
        yield Finding(
            "problem", "PYTHONHOME", f"is set to {machine.environment['PYTHONHOME']}",
            "Remove this environment variable: it sends every Python to one library.",
        )  # fmt: skip
    for name in filter(None, machine.environment.get("PYTHONPATH", "").split(os.pathsep)):
        folder = Path(name)
        shadows = [one for one in NEEDED if (folder / one).is_dir() or (folder / f"{one}.py").is_file()]
        if shadows and folder != machine.package:
            yield Finding(
                "problem", "PYTHONPATH", f"{folder} brings another {', '.join(shadows)}",
                "Remove the folder from this environment variable.",
            )  # fmt: skip
    others = [
        str(Path(folder) / "python.exe")
        for folder in machine.environment.get("PATH", "").split(os.pathsep)
        if folder and (Path(folder) / "python.exe").is_file() and Path(folder) != machine.interpreter.parent
    ]
    if others:
        yield Finding(
            "note", "other Pythons", ", ".join(dict.fromkeys(others)),
            f'The add-in uses its own, whatever is first on PATH. To install into it: "{machine.interpreter}" -m pip',
        )  # fmt: skip
    configured = setting(machine.configuration, "INTERPRETER_WIN", machine.codepage)
    if configured and configured != str(machine.interpreter):
        yield Finding(
            "note", "xlwings' configuration", f"{machine.configuration} names {configured}",
            "Workbooks without settings of their own use that one; the add-in does not.",
        )  # fmt: skip
