"""Errors pass between processes as they are."""

import pickle

import pytest

from carecost.errors import CellError, DataError, PlanError


@pytest.mark.parametrize(
    "error",
    [CellError("#N/A", "no such market"), PlanError("fcr", "fcr = 2: must be a share"), DataError("no file")],
)
def test_an_error_is_the_same_in_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
