"""The functions in LibreOffice Calc: every case of the case tables, typed into cells of the real program.

Each case is asked twice: with every argument in cells of its own, and with single values typed into the
formula, where an argument that is not given is left out. Both are asked of LibreOffice's own Python and
of a worker process. Where Calc hands over less than Python has, ``as_calc_hands_over`` says what it makes of it,
and the answer must be Python's for that; each of these rules has a test of its own at the end.
"""

import collections
import datetime
import functools
import re

import pytest
from calc import Calc
from case_tables import CODES, outcome, read_cases
from engines import difference, grid, python_rows, why_not
from openpyxl.utils import get_column_letter

from carecost.errors import CellError
from carecost.functions import REGISTRY
from carecost.functions.typed import parse_formula
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
        elif value is None and typed:
            found[name] = None
        else:
            number = handed_over(function.parameters[name], 0.0 if value is None else value)
            word = function.parameters[name].kind in ("text", "market")
            found[name] = None if word and number == 0 else number
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


def example_args(function):
    given = zip(function.parameters, parse_formula(function.examples[0].formula)[1], strict=False)
    return {name: value for name, value in given if value is not None}


@pytest.mark.parametrize("calc", ["in process"], indirect=True)
@pytest.mark.parametrize("name", REGISTRY)
def test_mistakes_in_each_argument(calc, name):
    function = REGISTRY[name]
    args = example_args(function)
    mistaken = [{**args, parameter: mistake} for parameter in function.parameters for mistake in MISTAKES]
    compare(calc, function, mistaken, typed=False)


@pytest.mark.parametrize("name", REGISTRY)
def test_examples_as_typed(calc, name):
    for formula, _ in REGISTRY[name].examples:
        rows = python_rows(REGISTRY[name](*parse_formula(formula)[1]))
        found = calc.shows(as_calc_writes(formula), shape=[len(rows), len(rows[0])])
        assert difference(found, rows) <= LIMIT, formula


def as_calc_writes(formula):
    """Semicolons between arguments, bars between rows, and no percent sign inside braces."""
    formula = re.sub(r"(\d+)%(?=[^{}]*})", lambda match: str(int(match[1]) / 100), formula)
    return formula.translate(str.maketrans({",": ";", ";": "|"}))


# ---- what Calc hands over, rule by rule ----


def test_an_empty_cell_on_its_own_is_zero(calc):
    assert calc.shows("=CARE_FTE(A1;B1)", [[1100.0, None]]) == pytest.approx(1100 / 0.85 / (2080 / 12))
    assert REGISTRY["CARE_FTE"](1100, None) == pytest.approx(1100 / 0.85 / 0.7 / (2080 / 12))
    # Required, it is no error but zero.
    assert calc.shows("=CARE_FTE(A1)", [[None]]) == 0
    # So is the one for TRUE or FALSE: FALSE.
    flows = [[-50000.0, None]] + [[6000.0, None]] * 12
    assert calc.shows("=CARE_PAYBACK(A1:A13;0;12;B1)", flows) == 9
    assert calc.shows("=CARE_PAYBACK(A1:A13;0;12)", flows) == pytest.approx(25 / 3)


def test_an_empty_cell_written_as_a_range_is_the_default(calc):
    assert calc.shows("=CARE_FTE(A1;B1:B1)", [[1100.0, None]]) == pytest.approx(10.665804783451842)
    assert calc.shows("=CARE_FTE(A1:A2;B1:B2)", [[1100.0, None], [None, None]], [2, 1]) == [
        [pytest.approx(10.665804783451842)],
        [""],
    ]


def test_an_empty_cell_for_a_word_is_the_default(calc):
    assert calc.shows('=CARE_FTE_COST("offshore";;;;;;;;A1;A1)', [[None]]) == 2200
    assert calc.shows("=CARE_FTE_COST(A1)", [[None]]) == "#VALUE!"
    # The price: a typed 0 is taken for one, which Python refuses.
    assert calc.shows('=CARE_FTE_COST("offshore";;;;;;;;0)') == 2200
    assert outcome(REGISTRY["CARE_FTE_COST"], {"market": "offshore", "period": 0}).code == "#VALUE!"


def test_true_is_one(calc):
    assert calc.shows("=CARE_FTE(TRUE();0;1;1)") == 1
    assert calc.shows("=CARE_FTE(A1;0;1;1)", [[{"formula": "=TRUE()"}]]) == 1
    assert outcome(REGISTRY["CARE_FTE"], {"workload_hours": True}).code == "#VALUE!"
    # And 1 is TRUE, where TRUE or FALSE is asked for; 2 is not.
    for written in ("TRUE()", "1"):
        assert calc.shows(f"=CARE_SMS_COST(10;1;160;{written})") == 30
    assert calc.shows("=CARE_SMS_COST(10;1;160;2)") == "#VALUE!"


def test_a_date_is_its_number(calc):
    assert calc.shows("=CARE_FTE(DATE(2026;1;1);0;1;1)") == 46023


def test_an_error_in_a_range_is_an_error_of_the_whole_call(calc):
    rows = [[1100.0], [{"formula": "=1/0"}]]
    assert calc.shows("=CARE_FTE(A1:A2)", rows, [2, 1]) == [["Err:504"], ["Err:504"]]
    assert outcome(REGISTRY["CARE_FTE"], {"workload_hours": [[1100], [1]]}).shape == (2, 1)
    # Unless it is caught, cell by cell.
    caught = calc.shows('=CARE_FTE(IFERROR(A1:A2;""))', rows, [2, 1])
    assert caught == [[pytest.approx(10.665804783451842)], [""]]
    # An error in a computed range is that error.
    assert calc.shows("=CARE_FTE(1/A1:A2)", [[1.0], [0.0]], [2, 1]) == [["#DIV/0!"], ["#DIV/0!"]]


@pytest.mark.parametrize("code", CODES)
def test_an_error_in_a_cell_passes_through(calc, code):
    broken = {"formula": "=" + as_typed(CellError(code, "an error"))}
    assert calc.shows("=CARE_FTE(A1)", [[broken]]) == code
    # Of several, Calc shows the last.
    assert calc.shows("=CARE_FTE(A1;B1)", [[{"formula": "=NA()"}, broken]]) == code


def test_too_many_arguments(calc):
    assert calc.shows("=CARE_WORKLOAD(1;2;3;4)") == "Err:504"


# ---- in formulas ----


NESTED = {
    "=SUM(CARE_WORKLOAD(A1:A9;B1:B9))": sum(100 * row * 6 / 60 for row in range(1, 10)),
    "=CARE_FTE(SUM(CARE_WORKLOAD(A1:A9;B1:B9)))": 450 / 0.85 / 0.7 / (2080 / 12),
    "=CARE_AGENTS(180;5)/(1-30%)": 19 / 0.7,
    '=IF(CARE_FTE_COST("offshore")>2000;"dear";"cheap")': "dear",
    "=ROUND(CARE_FTE(1100);1)": 10.7,
    "=MAX(CARE_FTE(1100);11)": 11,
    '="FTE: "&TEXT(CARE_FTE(1100);"0.00")': "FTE: 10.67",
    "=INDEX(A1:A9;CARE_AGENTS(20;3))": 300,
    "=CHOOSE(CARE_AGENTS(20;3);1;2;3)": 3,
    "=SUMPRODUCT(CARE_WORKLOAD(A1:A9;B1:B9);A1:A9)": sum((100 * row) ** 2 / 10 for row in range(1, 10)),
    '=COUNTIF(A1:A9;">"&CARE_WORKLOAD(4000;6))': 5,
    "=IFERROR(CARE_FTE(-1);0)": 0,
    '=ISNA(CARE_FTE_COST("mars"))': 1,
    "=VLOOKUP(CARE_WORKLOAD(1000;6);A1:B9;2;0)": 6,
    "=-CARE_FTE(1100)*100%": -10.665804783451842,
    '=LEFT(CARE_CHECK("shrinkage";22%);3)': "LOW",
}


@pytest.mark.parametrize("formula", NESTED)
def test_nested_in_and_around_native_functions(calc, formula):
    rows = [[100.0 * row, 6.0] for row in range(1, 10)]
    wanted = NESTED[formula]
    assert calc.shows(formula, rows) == (
        wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=1e-12)
    )


def test_the_number_of_an_error_needs_a_cell_of_its_own(calc):
    assert calc.shows("=ERROR.TYPE(A1)", [[{"formula": "=CARE_FTE(-1)"}]]) == 6
    assert calc.shows("=ERROR.TYPE(CARE_FTE(-1))") == "#N/A"


def test_a_text_answer_equals_a_text_only_when_joined(calc):
    check = 'CARE_CHECK("shrinkage";0.3)'
    assert calc.shows(f"={check}") == "OK"
    assert calc.shows(f'={check}="OK"') == 0  # Calc: no text of an add-in equals another
    assert calc.shows(f'={check}&""="OK"') == 1


def test_a_range_in_a_single_cell_shows_its_first_answer(calc):
    assert calc.shows("=CARE_WORKLOAD(A1:A3;6)", [[100.0], [200.0], [300.0]]) == 10


def test_an_array_formula_is_a_block_and_na_beyond(calc):
    rows = [[100.0], [200.0]]
    assert calc.shows("=CARE_WORKLOAD(A1:A2;6)", rows, [3, 1]) == [[10], [20], ["#N/A"]]


def test_a_column_against_a_row_is_a_grid(calc):
    rows = [[100.0, 6.0, 3.0], [200.0, None, None]]
    assert calc.shows("=CARE_WORKLOAD(A1:A2;B1:C1)", rows, [2, 2]) == [[10, 5], [20, 10]]
