"""The functions through classic xlwings, as Excel on Windows calls them: xlwings' own code, no Excel.

Every case of the case tables is called with the cells that Excel's ``Range.Value2`` gives and must answer
with the same value, or the same error and message, as in Python. Dates arrive here as xlwings passes them;
in a cell read by ``Value2`` a date is its serial number.
"""

import pickle
import subprocess
import sys

import pytest
from case_tables import agrees, read_cases
from classic_excel import UNUSUAL
from conftest import ROOT

from carecost.errors import EXCEL_ERRORS, CellError

CASES = read_cases()


@pytest.fixture(scope="module")
def excel():
    """What Excel gets for every case, and for the unusual ones, in order."""
    done = subprocess.run(
        [sys.executable, ROOT / "tests" / "classic_excel.py"], cwd=ROOT, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)


def shown(answer):
    """What the add-in's VBA makes of an answer: texts that start with an error code become that error."""
    if isinstance(answer, list | tuple):
        return [shown(each) for each in answer]
    if isinstance(answer, str) and answer.split(" ")[0] in EXCEL_ERRORS:
        code, _, message = answer.partition(" ")
        return CellError(code, message)
    return answer


def rows(value):
    """Rows of cells, whichever way a single row, column or cell is written."""
    if not isinstance(value, list):
        return [[value]]
    return value if isinstance(value[0], list) else [value]


@pytest.mark.parametrize("place", range(len(CASES)), ids=lambda place: str(CASES[place]))
def test_case(excel, place):
    case, found = CASES[place], shown(excel[0][place])
    expected = case.expected
    if isinstance(expected, list):
        found = rows(found)
        flat = not isinstance(expected[0], list)
        expected = [[each] for each in expected] if flat and len(found) > 1 else rows(expected)
    assert agrees(found, expected, case.tolerance), f"{found!r} instead of {expected!r}"


@pytest.mark.parametrize("place", range(len(UNUSUAL)), ids=lambda place: str(UNUSUAL[place][:2]))
def test_what_excel_hands_over(excel, place):
    assert agrees(shown(excel[1][place]), UNUSUAL[place][2], 1e-12)


def test_messages_are_one_line(excel):
    texts = [answer for answer in excel[0] if isinstance(answer, str) and answer.startswith("#")]
    assert len(texts) > 100
    assert all(len(text.splitlines()) == 1 for text in texts)
