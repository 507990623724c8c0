"""Build the add-in for Excel on Windows, and the demo workbook with macros, without Excel.

Both carry the VBA project of a workbook that the installed xlwings ships, so that its VBA names the very DLL that
was installed with it. To this project the CARE functions are added; nothing else in it changes.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import xlwings
from openpyxl import Workbook

from carecost import __version__
from carecost.errors import DataError
from carecost.hosts.excel.project import VbaProject
from carecost.hosts.excel.vba import functions_code, help_rows, shared_code
from carecost.workbook.demo import TITLE, demo_book, demo_workbook
from carecost.workbook.dynamic import with_live
from carecost.workbook.package import Package, make_folder, write_whole
from carecost.workbook.parts import parts_of

ADDIN, DEMO, PLAIN_DEMO = "carecost.xlam", "carecost_demo.xlsm", "carecost_demo.xlsx"
ADDIN_TITLE = "carecost: customer care costs in Excel"
MODULE, HELP = "carecost", "carecost.help"
PROJECT = "vbaProject.bin"
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
AS_ADDIN = "application/vnd.ms-excel.addin.macroEnabled.main+xml"
AS_WORKBOOK = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
VBA_TYPE = '<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
VBA_RELATION = (
    '<Relationship Id="rIdVba" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" '
    f'Target="{PROJECT}"/>'
)
RIBBON_RELATION = (
    '<Relationship Id="rIdRibbon" '
    'Type="http://schemas.microsoft.com/office/2007/relationships/ui/extensibility" '
    'Target="customUI/customUI.xml"/>'
)
# Settings of xlwings that the add-in does not leave to a file, be it the user's or one beside a workbook. The folder
# of an open workbook must not come before the packages: any numpy.py beside it would be run.
SETTINGS = {
    "UDF MODULES": "carecost.udf",
    "DEBUG UDFS": "False",
    "USE UDF SERVER": "False",
    "SHOW CONSOLE": "False",
    "ADD_WORKBOOK_TO_PYTHONPATH": "False",
    **dict.fromkeys(
        ("LICENSE_KEY", "ONEDRIVE_CONSUMER_WIN", "ONEDRIVE_COMMERCIAL_WIN", "SHAREPOINT_WIN"), ""
    ),
}


class Interpreter(NamedTuple):
    """The Python that Excel starts: its absolute path, and the folder to find carecost in, if it is not installed."""

    path: str
    folder: str = ""


class Built(NamedTuple):
    """What a file of ours says of itself."""

    carecost: str
    xlwings: str
    interpreter: str


def build(folder: Path, python: Interpreter | None) -> list[Path]:
    """Write the add-in and the demo, with and without macros, into a folder, which is made if it is missing.

    Without ``python`` they name no interpreter: xlwings then takes the user's configuration, else what is on PATH.
    """
    contents = {ADDIN: addin(python), DEMO: demo(python), PLAIN_DEMO: demo_workbook()}
    make_folder(folder)
    for name, content in contents.items():
        write_whole(folder / name, content)
    return [folder / name for name in contents]


def addin(python: Interpreter | None = None) -> bytes:
    """The add-in. The same input gives the same bytes."""
    project, settings_sheet = _template("quickstart_addin_ribbon.xlam")
    project.rename("CarecostAddin")
    excel = Workbook()
    excel.remove(excel.worksheets[0])
    _settings_and_help(excel, settings_sheet, python)
    excel.views[0].visibility = "hidden"
    _code(project, excel, settings_sheet)
    parts = _macros(_parts(excel, ADDIN_TITLE, python), project, AS_ADDIN)
    parts["customUI/customUI.xml"] = shared_file("ribbon.xml").encode()
    parts["_rels/.rels"] = _with(parts["_rels/.rels"], "</Relationships>", RIBBON_RELATION)
    return Package(parts).with_parts({})


def demo(python: Interpreter | None = None) -> bytes:
    """The demo workbook. Its functions are in the workbook itself, so that it needs no add-in."""
    project, settings_sheet = _template("quickstart_standalone.xlsm")
    project.rename("CarecostDemo")
    excel, live = demo_book()
    _settings_and_help(excel, settings_sheet, python)
    excel[settings_sheet].sheet_state = excel[HELP].sheet_state = "hidden"
    _code(project, excel, settings_sheet)
    parts = with_live(excel, _parts(excel, TITLE, python), live)
    return Package(_macros(parts, project, AS_WORKBOOK)).with_parts({})


def built_with(path: Path) -> Built | None:
    """What an add-in of ours was built with; None if it is not one of ours."""
    if not path.is_file():
        return None
    try:
        content = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}). Close Excel first.") from None
    if not zipfile.is_zipfile(content):
        return None
    core = Package.read(path).parts.get("docProps/core.xml", b"").decode()
    found = re.search(
        r"<dc:description[^>]*>carecost (\S+), xlwings (\S+), Python: (.*?)</dc:description>", core
    )
    return Built(found[1], found[2], html.unescape(found[3])) if found and ADDIN_TITLE in core else None


def shared_file(name: str) -> str:
    """A text beside this file."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _template(name: str) -> tuple[VbaProject, str]:
    """The project of a workbook that xlwings ships, and the sheet from which its VBA reads settings."""
    path = Path(xlwings.__file__).parent / name
    if not path.is_file():
        raise DataError(f"xlwings {version('xlwings')} ships no {name}. Install another version of xlwings.")
    project = VbaProject(Package.read(path).parts[f"xl/{PROJECT}"])
    found = re.search(r'PROJECT_NAME As String = "(\w+)"', project.modules["xlwings"].source)
    if not found:
        raise DataError(f"{name} of xlwings {version('xlwings')} is not as carecost knows it.")
    return project, f"{found[1]}.conf"


def _settings_and_help(excel: Workbook, settings_sheet: str, python: Interpreter | None) -> None:
    fixed = {"INTERPRETER_WIN": python.path, "PYTHONPATH": python.folder} if python else {}
    own = {"CONDA PATH": "", "CONDA ENV": ""} if python else {}
    settings = excel.create_sheet(settings_sheet)
    settings.column_dimensions["A"].width, settings.column_dimensions["B"].width = 34, 80
    for name, value in {**fixed, **own, **SETTINGS}.items():
        settings.append([name, value or None])
    texts = excel.create_sheet(HELP)
    for row in help_rows():
        texts.append(row)


def _code(project: VbaProject, excel: Workbook, settings_sheet: str) -> None:
    """Add our code, and a module for every sheet, as Excel keeps one."""
    there = [name for name in project.modules if name.startswith("Sheet")]
    excel.code_name = "ThisWorkbook"
    # In the templates the last of the sheets is the one with the settings.
    free, like = there[:-1], there[-1]
    number = int(like.removeprefix("Sheet"))
    for sheet in excel.worksheets:
        if sheet.title == settings_sheet:
            name = like
        elif free:
            name = free.pop(0)
        else:
            number += 1
            name = f"Sheet{number}"
            project.add_sheet(name, like)
        sheet.sheet_properties.codeName = name
    project.add_code(MODULE, functions_code())
    project.append_code("ThisWorkbook", shared_code("this_workbook"))


def _parts(excel: Workbook, title: str, python: Interpreter | None) -> dict[str, bytes]:
    named = python.path if python else "as configured"
    excel.properties.description = f"carecost {__version__}, xlwings {version('xlwings')}, Python: {named}"
    return parts_of(excel, title)


def _macros(parts: Mapping[str, bytes], project: VbaProject, kind: str) -> dict[str, bytes]:
    types = parts["[Content_Types].xml"].replace(MAIN.encode(), kind.encode())
    relations = "xl/_rels/workbook.xml.rels"
    return {
        **parts,
        "[Content_Types].xml": _with(types, "</Types>", VBA_TYPE),
        relations: _with(parts[relations], "</Relationships>", VBA_RELATION),
        f"xl/{PROJECT}": project.content(),
    }


def _with(part: bytes, end: str, added: str) -> bytes:
    return part.replace(end.encode(), f"{added}{end}".encode())
