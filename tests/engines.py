"""Two engines that know LAMBDA, as a second and a third opinion on the no-add-in pack.

Each evaluates ``=CARE_X(...)`` with every argument in cells of its own: numbers, texts, TRUE, blanks,
errors and ranges, as a user has them. Answers come back as rows; errors as their codes.
"""

import datetime
import functools
import math
from itertools import chain

import formulon
import ironcalc
from openpyxl.utils import get_column_letter

from carecost.errors import CellError

ERRORS = {
    "#NULL!": 0, "#DIV/0!": 1, "#VALUE!": 2, "#REF!": 3, "#NAME?": 4, "#NUM!": 5, "#N/A": 6,
}  # fmt: skip
CODES = {code: text for text, code in ERRORS.items()}
ERROR_FORMULAS = {
    "#NULL!": "=#NULL!", "#DIV/0!": "=1/0", "#VALUE!": '=1*"a"', "#REF!": "=#REF!", "#NAME?": "=NO_SUCH_NAME",
    "#NUM!": "=SQRT(-1)", "#N/A": "=NA()",
}  # fmt: skip
HERE = 60, 1  # the row and column of the formula; arguments stand above it
MOST_CELLS = 3000


# ---- which cases a spreadsheet can be asked ----


def why_not(args):
    """Why a case cannot stand in cells, or nothing."""
    for value in args.values():
        rows = grid(value)
        if not rows or not rows[0]:
            return "an empty list is no range"
        if len({len(row) for row in rows}) > 1 or any(isinstance(cell, list) for row in rows for cell in row):
            return "rows of unlike length are no range"
        if len(rows) * len(rows[0]) > MOST_CELLS:
            return "too many cells to type in"
        for cell in (cell for row in rows for cell in row):
            if isinstance(cell, datetime.date):
                return "a date in a cell is a number"
            if isinstance(cell, float) and not math.isfinite(cell):
                return "a cell holds no NaN and no infinity"
            if isinstance(cell, int) and abs(cell) > 1e300:
                return "a cell holds no number of 300 digits"
    return ""


def grid(value):
    """An argument as rows: a scalar is one cell, a flat list is a column."""
    if not isinstance(value, list):
        return [[value]]
    return [row if isinstance(row, list) else [row] for row in value]


def place(function, args):
    """The cells of a case as (row, column, value), and the formula over them."""
    cells, references, column = [], [], 1
    for name in function.parameters:
        if name not in args:
            references.append("")
            continue
        rows = grid(args[name])
        cells += [(1 + r, column + c, cell) for r, row in enumerate(rows) for c, cell in enumerate(row)]
        first, last = get_column_letter(column), get_column_letter(column + len(rows[0]) - 1)
        single = len(rows) == len(rows[0]) == 1
        references.append(f"{first}1" if single else f"{first}1:{last}{len(rows)}")
        column += len(rows[0])
    while references and not references[-1]:
        references.pop()
    return cells, f"={function.name}({','.join(references)})"


# ---- the engines ----


class IronCalc:
    """Alpha release: pinned exactly."""

    def __init__(self, names):
        self.names = names

    def __call__(self, function, args):
        return self.formula(*reversed(place(function, args)))

    def formula(self, formula, cells=()):
        model = ironcalc.create("pack", "en", "UTC", "en")
        for name, text in self.names.items():
            if name in formula:
                model.new_defined_name(name, None, f"={text}")
        for row, column, value in cells:
            _type_in(model, row, column, value)
        row, column = HERE[0] + MOST_CELLS, HERE[1]
        model.set_user_input(0, row, column, formula)
        model.evaluate()
        read = functools.partial(model.get_cell_value, 0)
        rows = []
        while (read(row, column)) is not None:
            cells = []
            while (value := read(row, column + len(cells))) is not None:
                cells.append(value)
            rows.append(cells)
            row += 1
        return rows


def _type_in(model, row, column, value):
    match value:
        case None:
            return
        case CellError():
            model.set_user_input(0, row, column, ERROR_FORMULAS[value.code])
        case bool():
            model.update_cell_with_bool(0, row, column, value)
        case str():
            model.update_cell_with_text(0, row, column, value)
        case _:
            model.update_cell_with_number(0, row, column, float(value))


class Formulon:
    """Checked by its makers against Excel 365 for Mac."""

    def __init__(self, names):
        self.book = formulon.Workbook.create_default()
        for name, text in names.items():
            self.book.set_defined_name(name, text)

    def __call__(self, function, args):
        return self.formula(*reversed(place(function, args)))

    def formula(self, formula, cells=()):
        for row, column, value in cells:
            self._put(row - 1, column - 1, value)
        self.book.recalc()
        answer = self.book.evaluate_formula_array(0, HERE[0] + MOST_CELLS, HERE[1], formula)
        for row, column, _ in cells:
            self.book.set_blank(0, row - 1, column - 1)
        return [[_value(value) for value in row] for row in answer]

    def _put(self, row, column, value):
        match value:
            case None:
                return
            case CellError():
                self.book.set_error(0, row, column, ERRORS[value.code])
            case bool():
                self.book.set_bool(0, row, column, value)
            case str():
                self.book.set_text(0, row, column, value)
            case _:
                self.book.set_number(0, row, column, float(value))


def _value(value):
    if value.kind is formulon.ValueKind.ERROR:
        return CODES.get(value.error_code, f"error {value.error_code}")
    return "" if value.kind is formulon.ValueKind.BLANK else value.to_python()


ENGINES = {"ironcalc": IronCalc, "formulon": Formulon}


# ---- comparing ----


def python_rows(found):
    """An answer of Python as an engine gives it."""
    if hasattr(found, "tolist"):
        found = found.tolist()
    return [[_plain(cell) for cell in row] for row in grid(found)]


def _plain(cell):
    if isinstance(cell, CellError):
        return cell.code
    return cell.item() if hasattr(cell, "item") else cell


def difference(rows, expected, floor=1e-12):
    """The largest relative difference of numbers; infinite where anything else differs."""
    if [len(row) for row in rows] != [len(row) for row in expected]:
        return math.inf
    worst = 0.0
    for found, wanted in zip(chain(*rows), chain(*expected), strict=True):
        numbers = [isinstance(each, int | float) and not isinstance(each, bool) for each in (found, wanted)]
        if all(numbers):
            gap = abs(found - wanted)
            worst = max(worst, 0.0 if gap <= floor else gap / max(abs(found), abs(wanted)))
        elif any(numbers) or found != wanted:
            return math.inf
    return worst
