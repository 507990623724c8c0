"""Workbooks written for Excel: their CARE functions are made known to Calc when they are opened.

Calc reads ``CARE_FTE(`` in an .xlsx file as a name that it does not know, and keeps it in small letters.
The same formula, entered once more, is understood; so that is done to these formulas and to no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.task import XJob

from .functions import read

SERVICE = "carecost.Loading"
SERVICES = (SERVICE, "com.sun.star.task.Job")
FORMULAS = 16  # com.sun.star.sheet.CellFlags.FORMULA
NAMES = "|".join(function["name"].lower() for function in read("functions.json"))
UNKNOWN = re.compile(rf"(?<![\w.])(?:{NAMES})\(")
# The same in a whole formula, or what stands in quotes and is no call.
QUOTED_OR_UNKNOWN = re.compile(rf""""[^"]*"|'[^']*'|({UNKNOWN.pattern})""")


class Loading(unohelper.Base, XJob, XServiceInfo):
    """The job that LibreOffice runs when a document has been loaded."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def execute(self, arguments: Any) -> None:
        """Look at the document of the event; other documents than workbooks are left alone."""
        groups = {group.Name: group.Value for group in arguments}
        given = {value.Name: value.Value for value in groups.get("Environment", ())}
        model = given.get("Model")
        if model is not None and model.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            enter_again(model)

    def getImplementationName(self) -> str:  # noqa: D102, N802
        return SERVICE

    def getSupportedServiceNames(self) -> Any:  # noqa: D102, N802
        return SERVICES

    def supportsService(self, name: str) -> bool:  # noqa: D102, N802
        return name in SERVICES


def enter_again(model: Any) -> None:
    """Enter the formulas with unknown CARE functions once more, and recalculate if there were any."""
    modified, automatic = model.isModified(), model.isAutomaticCalculationEnabled()
    model.enableAutomaticCalculation(False)
    model.lockControllers()
    try:
        found = _names(model) + sum(_cells(sheet) for sheet in _each(model.Sheets))
    finally:
        model.unlockControllers()
        model.enableAutomaticCalculation(automatic)
    if found:
        model.calculate()
        model.setModified(modified)


def _cells(sheet: Any) -> int:
    found = 0
    for block in _each(sheet.queryContentCells(FORMULAS)):
        formulas = block.getFormulaArray()
        for column in range(len(formulas[0])):
            for top, bottom in _runs([row[column] for row in formulas], sheet.isProtected()):
                _enter(sheet, block.getCellRangeByPosition(column, top, column, bottom))
                found += 1
    return found


def _runs(column: list[str], protected: bool) -> Iterator[tuple[int, int]]:
    """First and last row of formulas to enter, one below the other: Calc takes a run as fast as a cell.

    Array formulas are entered one by one, and so are those of a protected sheet, which refuses a run.
    """
    top = None
    for row, formula in enumerate([*column, ""]):
        wanted = bool(UNKNOWN.search(formula))
        alone = protected or formula.startswith("{")
        if top is not None and (not wanted or alone):
            yield top, row - 1
            top = None
        if wanted and alone:
            yield row, row
        elif wanted and top is None:
            top = row


def _enter(sheet: Any, cells: Any) -> None:
    formulas = cells.getFormulaArray()
    if len(formulas) > 1:
        cells.setFormulaArray(formulas)
    elif not formulas[0][0].startswith("{"):
        cells.getCellByPosition(0, 0).setFormula(formulas[0][0])
    elif UNKNOWN.search(formulas[0][0]):  # else another cell of the same array formula came first
        block = sheet.createCursorByRange(cells)
        block.collapseToCurrentArray()
        block.setArrayFormula(formulas[0][0][1:-1])


def _names(model: Any) -> int:
    """Named formulas, of the workbook and of its sheets."""
    found = 0
    for holder in (model, *_each(model.Sheets)):
        for name in _each(holder.NamedRanges):
            content = name.getContent()
            entered = QUOTED_OR_UNKNOWN.sub(lambda part: part[1].upper() if part[1] else part[0], content)
            if entered != content:
                name.setContent(entered)
                found += 1
    return found


def _each(container: Any) -> Iterator[Any]:
    return (container.getByIndex(place) for place in range(container.getCount()))
