"""Every case of the case tables, in Python."""

import pytest
from case_tables import agrees, outcome, read_cases

from carecost.errors import CellError
from carecost.functions import REGISTRY


@pytest.mark.parametrize("case", read_cases(), ids=str)
def test_case(case):
    found = outcome(REGISTRY[case.function], case.args)
    assert agrees(found, case.expected, case.tolerance), f"{found!r} instead of {case.expected!r}"
    if isinstance(found, CellError):
        assert len(str(found).splitlines()) == 1
