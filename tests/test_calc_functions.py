"""The functions in LibreOffice Calc: every case of the case tables, typed into cells of the real program.

Each case is asked twice: with every argument in cells of its own, and with single values typed into the
formula, where an argument that is not given is left out. Both are asked of LibreOffice's own Python and
of a worker process. Where Calc hands over less than Python has, ``as_calc_hands_over`` says what it makes of it,
and the answer must be Python's for that; each of these rules has a test of its own at the end.
"""

import collections
import datetime
import functools

import pytest
from calc import Calc
from case_tables import outcome, read_cases
from engines import difference, grid, python_rows, why_not
from openpyxl.utils import get_column_letter

from carecost.errors import CellError
from carecost.functions import REGISTRY
from carecost.hosts.libreoffice.extension import extension_files

LIMIT = 1e-9
RANGE_ERROR = "Err:504"
FIRST_DAY = datetime.date(1899, 12, 30)  # of Calc's serial numbers
# The only reasons why a case cannot be asked of a spreadsheet.
REASONS = {
    "a cell holds no NaN and no infinity",
    "an empty list is no range",
    "rows of unlike length are no range",
}
MISTAKES = [
    None, "", True, "abc", " YEAR ", "30", -1, 0, 0.5, 30, [0.25], datetime.date(2026, 1, 1),
    CellError("#DIV/0!", "an error cell"), [[None], [0.2], ["x"]], [[0.1, 0.2]], [[1, 2], [3, 4]],
    [[0.1], [CellError("#NUM!", "an error cell")]],
]  # fmt: skip


@pytest.fixture(scope="module", params=["in process", "worker"])
def calc(request, needs_uno):
    with Calc(extension_files(in_process=request.param == "in process")) as session:
        yield session
        # Whichever way was asked for is the way that was gone.
        assert len(session.workers) == (request.param == "worker")


# ---- a case in cells ----


def in_cells(function, args, top, *, typed):
    """The rows of cells of a case, and the formula over them when they begin in row ``top``."""
    blocks, written, column = [], [], 1
    for name in function.parameters:
        value = args.get(name)
        if name not in args or (typed and value is None):
            written.append("")
        elif typed and not isinstance(value, list):
            written.append(as_typed(value))
        else:
            rows = grid(value)
            first, last = get_column_letter(column), get_column_letter(column + len(rows[0]) - 1)
            end = f":{last}{top + len(rows) - 1}" if isinstance(value, list) else ""
            written.append(f"{first}{top}{end}")
            blocks.append([[in_cell(cell) for cell in row] for row in rows])
            column += len(rows[0])
    while written and not written[-1]:
        written.pop()
    return side_by_side(blocks), f"={function.name}({';'.join(written)})"


def side_by_side(blocks):
    """Blocks of cells next to each other, with empty cells below the shorter ones."""
    height = max(map(len, blocks), default=0)
    return [
        [cell for block in blocks for cell in (block[r] if r < len(block) else [None] * len(block[0]))]
        for r in range(height)
    ]


def in_cell(value):
    match value:
        case CellError() | bool():
            return {"formula": "=" + as_typed(value)}
        case "":
            return {"formula": '=""'}
        case datetime.date():
            return float((value - FIRST_DAY).days)
        case int() | float():
            return float(value)
    return value


def as_typed(value):
    match value:
        case CellError():
            return {"#DIV/0!": "1/0", "#NAME?": "NO_SUCH_NAME"}.get(value.code, value.code)
        case bool():
            return "TRUE()" if value else "FALSE()"
        case str():
            doubled = value.replace('"', '""')
            return f'"{doubled}"'
        case datetime.date():
            return f"DATE({value.year};{value.month};{value.day})"
    return repr(value)


# ---- what Calc makes of it ----


def as_calc_hands_over(function, args, *, typed):
    """The arguments as they reach the functions, or the error that Calc shows before it asks them."""
    found = {}
    # Calc takes the arguments from the last to the first, and stops at an error.
    for name in reversed(list(args)):
        value = args[name]
        if isinstance(value, CellError):
            return value
        if isinstance(value, list):
            if any(isinstance(cell, CellError) for row in grid(value) for cell in row):
                return CellError(RANGE_ERROR, "an error in a range")
            found[name] = [
                [handed_over(function.parameters[name], cell) for cell in row] for row in grid(value)
            ]
        elif value is None:
            words = typed or function.parameters[name].kind in ("text", "market")
            found[name] = None if words else handed_over(function.parameters[name], 0.0)
        else:
            found[name] = handed_over(function.parameters[name], value)
    return {name: found[name] for name in args}


def handed_over(parameter, value):
    """A date is its serial number, TRUE is 1; for a flag 1 is TRUE."""
    if isinstance(value, datetime.date):
        value = float((value - FIRST_DAY).days)
    if parameter.kind == "flag" and value in (0, 1):
        return bool(value)
    return float(value) if isinstance(value, bool) else value


def expected_rows(function, args, *, typed):
    seen = as_calc_hands_over(function, args, typed=typed)
    return python_rows(seen if isinstance(seen, CellError) else outcome(function, seen))


def compare(calc, function, all_args, *, typed):
    """Ask Calc many calls of one function at once, one below the other."""
    sheet, formulas = [], []
    expected = [expected_rows(function, args, typed=typed) for args in all_args]
    for args, answer in zip(all_args, expected, strict=True):
        top = len(sheet)
        rows, formula = in_cells(function, args, top + 1, typed=typed)
        shape = [len(answer), len(answer[0])]
        formulas.append([top, formula, None if shape == [1, 1] else shape])
        sheet += rows + [[]] * (len(answer) - len(rows))
    width = max(map(len, sheet))
    cells = [row + [None] * (width - len(row)) for row in sheet] if width else []
    for (_, formula, _), args, found, answer in zip(
        formulas, all_args, calc.evaluate(cells, formulas), expected, strict=True
    ):
        assert difference(found, answer) <= LIMIT, f"{formula} over {args}: {found} instead of {answer}"


@functools.cache
def cases():
    """The cases of each function that can stand in cells, and how many cannot, by reason."""
    fit, unfit = collections.defaultdict(list), collections.Counter()
    for case in read_cases():
        reason = why_not(dateless(case.args))
        if reason:
            unfit[reason] += 1
        else:
            fit[case.function].append(case.args)
    return fit, unfit


def dateless(value):
    """Without dates, which stand in Calc's cells as numbers."""
    if isinstance(value, dict):
        return {name: dateless(each) for name, each in value.items()}
    if isinstance(value, list):
        return [dateless(each) for each in value]
    return 1.0 if isinstance(value, datetime.date) else value


# ---- agreement ----


@pytest.mark.parametrize("typed", [False, True], ids=["in cells", "typed"])
@pytest.mark.parametrize("name", REGISTRY)
def test_every_case(calc, name, typed):
    compare(calc, REGISTRY[name], cases()[0][name], typed=typed)


def test_no_case_is_left_out_silently():
    fit, unfit = cases()
    assert set(unfit) == REASONS
    assert set(fit) == set(REGISTRY)
    asked = sum(map(len, fit.values()))
    assert asked + sum(unfit.values()) == len(read_cases())
    assert asked > 0.8 * len(read_cases())
