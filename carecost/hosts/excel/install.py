"""Put the add-in where Excel opens it at every start, and take it away again."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from carecost.errors import DataError
from carecost.hosts.excel.addin import addin, built_with
from carecost.hosts.excel.machine import Machine
from carecost.workbook.package import make_folder, write_whole

# Beside each setting that we write stands a record of it, so that uninstalling takes away that and nothing else.
RECORD = "CARECOST "


class Installed(NamedTuple):
    """What was done: the add-in's place, and the settings written, and those of the user's that were left."""

    addin: Path
    configuration: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


class Removed(NamedTuple):
    """What was taken away; empty where nothing of ours was."""

    addin: Path | None
    settings: tuple[str, ...]


def install(machine: Machine) -> Installed:
    """Build the add-in for this Python and put it into Excel's startup folder.

    A workbook of xlwings without settings of its own, such as the demo, asks the user's configuration for the
    interpreter: it is written there unless the user has one already.
    """
    machine.require_windows()
    python, target = machine.python, machine.installed_addin
    _refuse_letters(machine)
    if target.exists() and not built_with(target):
        raise DataError(f"{target}: is not from carecost. Move it away, then install again.")
    content = addin(python)
    make_folder(target.parent)
    write_whole(target, content)
    wanted = {"INTERPRETER_WIN": python.path, "PYTHONPATH": python.folder}
    written, kept = add_settings(
        machine.configuration, {name: value for name, value in wanted.items() if value}, machine.codepage
    )
    return Installed(target, machine.configuration, written, kept)


def uninstall(machine: Machine) -> Removed:
    """Take away the add-in and the settings that ``install`` wrote."""
    machine.require_windows()
    target = machine.installed_addin
    ours = built_with(target) is not None
    if ours:
        try:
            target.unlink()
        except OSError as error:
            raise DataError(f"{target}: cannot be removed ({error.strerror}). Close Excel first.") from None
    settings = remove_settings(machine.configuration, machine.codepage)
    return Removed(target if ours else None, settings)


def add_settings(
    path: Path, wanted: Mapping[str, str], codepage: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Add settings that are not there yet; all other lines stay as they are. Gives the names added, and kept.

    Settings of ours from an earlier time are replaced.
    """
    lines = _without_ours(_lines(path, codepage))[0]
    there = {name for name, _ in map(_setting, lines)}
    if "INTERPRETER_WIN" in there or "INTERPRETER" in there:
        # Another Python of the user's: our folder must not come before its packages.
        added: dict[str, str] = {}
    else:
        added = {name: value for name, value in wanted.items() if name not in there}
    kept = tuple(name for name in wanted if name not in added)
    for name, value in added.items():
        lines += [f'"{name}","{value}"', f'"{RECORD}{name}","{value}"']
    _write(path, lines, codepage)
    return tuple(added), kept


def remove_settings(path: Path, codepage: str) -> tuple[str, ...]:
    """Remove what ``add_settings`` wrote and nobody has changed since; an empty file goes too."""
    if not path.is_file():
        return ()
    lines, removed = _without_ours(_lines(path, codepage))
    if lines:
        _write(path, lines, codepage)
    else:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    return removed


def setting(path: Path, name: str, codepage: str) -> str:
    """A setting of the user's configuration, or nothing."""
    return next((value for found, value in map(_setting, _lines(path, codepage)) if found == name), "")


def _without_ours(lines: list[str]) -> tuple[list[str], tuple[str, ...]]:
    settings = [_setting(line) for line in lines]
    ours = {(name.removeprefix(RECORD), value) for name, value in settings if name.startswith(RECORD)}
    left = [
        line
        for line, (name, value) in zip(lines, settings, strict=True)
        if not name.startswith(RECORD) and (name, value) not in ours
    ]
    return left, tuple(name for name, value in settings if (name, value) in ours)


def _setting(line: str) -> tuple[str, str]:
    """Name and value of a line, as VBA reads it: with or without quotes, the name in any case."""
    cells = [*next(csv.reader([line]), []), "", ""]
    return cells[0].strip().upper(), cells[1].strip()


def _lines(path: Path, codepage: str) -> list[str]:
    try:
        return path.read_bytes().decode(codepage, "surrogateescape").splitlines() if path.is_file() else []
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from None


def _write(path: Path, lines: list[str], codepage: str) -> None:
    """As VBA reads it: the code page of Windows, lines that end as there."""
    content = "".join(f"{line}\r\n" for line in lines).encode(codepage, "surrogateescape")
    if path.is_file() and path.read_bytes() == content:
        return
    make_folder(path.parent)
    write_whole(path, content)


def _refuse_letters(machine: Machine) -> None:
    """Excel hands the command that starts Python to Windows in the code page."""
    for path in machine.python:
        try:
            path.encode(machine.codepage)
        except UnicodeEncodeError:
            raise DataError(
                f"{path}: has letters that Windows' code page {machine.codepage} lacks, so Excel cannot start "
                "Python there. Install it in a folder with plain letters, such as C:\\Python312."
            ) from None
