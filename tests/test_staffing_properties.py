"""What must always hold for the staffing functions, and their formulas in cells beside their NumPy code."""

import ironcalc
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from carecost.errors import CellError
from carecost.functions import (
    CARE_ABANDON,
    CARE_AGENTS,
    CARE_ASA,
    CARE_BACKLOG_AGENTS,
    CARE_CHAT_AGENTS,
    CARE_COVERAGE,
    CARE_FTE,
    CARE_OCCUPANCY,
    CARE_SHRINKAGE,
    CARE_SL,
    CARE_WORKLOAD,
)
from carecost.model import queueing, queueing_cells
from carecost.model.queueing import whole_agents

NOISE = 1e-12
contacts = st.floats(0, 5_000)
handle_times = st.floats(0.1, 60)
counts = st.integers(1, 6_000)
thresholds = st.floats(0, 600)
shares = st.floats(0, 0.99)
patiences = st.one_of(st.none(), st.floats(1, 100_000))


@settings(deadline=None)
@given(contacts, handle_times, counts, thresholds, patiences)
def test_more_agents_never_lower_the_service_level(calls, aht_min, agents, threshold_sec, patience_sec):
    column = [agents, agents + 1, agents + 10]
    served = CARE_SL(calls, aht_min, column, threshold_sec, 60, patience_sec)
    assert (np.diff(served) >= -NOISE).all()
    assert ((served >= 0) & (served <= 1 + NOISE)).all()
    busy = CARE_OCCUPANCY(calls, aht_min, column, 60, patience_sec)
    assert (np.diff(busy) <= NOISE).all()


@settings(deadline=None)
@given(contacts, handle_times, counts, st.floats(1, 100_000))
def test_more_agents_never_let_more_callers_leave(calls, aht_min, agents, patience_sec):
    lost = CARE_ABANDON(calls, aht_min, [agents, agents + 1], patience_sec)
    assert 0 <= lost[1] <= lost[0] + NOISE <= 1 + 2 * NOISE


@settings(deadline=None)
@given(st.floats(0.1, 5_000), handle_times, st.integers(1, 300), thresholds)
def test_patience_to_infinity_is_erlang_c(calls, aht_min, spare, threshold_sec):
    agents = int(calls * aht_min / 60) + 1 + spare
    patient = CARE_SL(calls, aht_min, agents, threshold_sec)
    assert CARE_SL(calls, aht_min, agents, threshold_sec, 60, 1e15) == pytest.approx(patient, abs=1e-7)
    patient = CARE_ASA(calls, aht_min, agents)
    assert CARE_ASA(calls, aht_min, agents, 60, 1e15) == pytest.approx(patient, rel=1e-6, abs=1e-300)
    assert CARE_ABANDON(calls, aht_min, agents, 1e15) < 1e-7


@settings(deadline=None)
@given(contacts, handle_times, shares, thresholds, st.floats(0.3, 1), patiences, st.floats(0.001, 1))
def test_agents_found_meet_every_limit_and_one_fewer_does_not(
    calls, aht_min, sl, threshold_sec, max_occ, patience_sec, max_abandon
):
    agents = CARE_AGENTS(calls, aht_min, sl, threshold_sec, 60, max_occ, patience_sec, max_abandon)

    def meets(count, slack):
        lost = 0 if patience_sec is None else CARE_ABANDON(calls, aht_min, count, patience_sec)
        return (
            CARE_SL(calls, aht_min, count, threshold_sec, 60, patience_sec) >= sl - slack
            and CARE_OCCUPANCY(calls, aht_min, count, 60, patience_sec) <= max_occ * (1 + 1_000 * slack)
            and lost <= max_abandon + slack
        )

    assert agents == int(agents) >= 1
    assert meets(agents, 2 * NOISE)
    stuck = patience_sec is None and agents - 1 <= calls * aht_min / 60 * (1 + 1e-9)
    assert agents == 1 or stuck or not meets(agents - 1, 0)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(contacts, handle_times, counts, thresholds, st.floats(15, 60), patiences),
        min_size=2,
        max_size=8,
    )
)
def test_a_range_is_its_cells(rows):
    calls, aht_min, agents, threshold_sec, interval_min, patience_sec = map(list, zip(*rows, strict=True))

    def cells(function, *columns):
        found = []
        for row in zip(*columns, strict=True):
            try:
                found.append(function(*row))
            except CellError as error:
                found.append(str(error))
        return found

    def same(function, *columns):
        spread = [str(cell) if isinstance(cell, CellError) else cell for cell in function(*columns)]
        for one, other in zip(spread, cells(function, *columns), strict=True):
            assert one == (other if isinstance(other, str) else pytest.approx(other, rel=1e-12, abs=1e-300))

    same(CARE_SL, calls, aht_min, agents, threshold_sec, interval_min, patience_sec)
    same(CARE_ASA, calls, aht_min, agents, interval_min, patience_sec)
    same(CARE_OCCUPANCY, calls, aht_min, agents, interval_min, patience_sec)
    same(CARE_ABANDON, calls, aht_min, agents, [each or 60 for each in patience_sec], interval_min)
    sl, max_occ = [0.8] * len(rows), [0.85] * len(rows)
    same(CARE_AGENTS, calls, aht_min, sl, threshold_sec, interval_min, max_occ, patience_sec)
    same(CARE_CHAT_AGENTS, calls, aht_min, [2] * len(rows), sl, threshold_sec)
    same(CARE_WORKLOAD, calls, aht_min)
    same(CARE_FTE, calls, sl, max_occ)
    same(CARE_COVERAGE, agents, interval_min)
    same(CARE_BACKLOG_AGENTS, calls, aht_min, agents, interval_min)


@given(st.floats(0, 1e6), st.floats(0.01, 240), shares, st.floats(0.05, 1))
def test_hours_and_fte_undo_each_other(calls, aht_min, shrinkage, occupancy):
    hours = CARE_WORKLOAD(calls, aht_min)
    assert hours * 60 == pytest.approx(calls * aht_min, rel=1e-12)
    staff = CARE_FTE(hours, shrinkage, occupancy, 160)
    assert staff * 160 * (1 - shrinkage) * occupancy == pytest.approx(hours, rel=1e-12)


@given(st.lists(shares, min_size=1, max_size=8))
def test_shrinkage_in_turn_is_at_least_the_largest_part_and_at_most_the_sum(components):
    in_turn = CARE_SHRINKAGE(components)
    assert max(components) - NOISE <= in_turn <= min(sum(components), 1) + NOISE
    assert in_turn == pytest.approx(CARE_SHRINKAGE(components[::-1]), rel=1e-9, abs=NOISE)


# ---- whole counts at float boundaries -----------------------------------------------------------------


def test_float_boundaries_do_not_add_a_head():
    assert 35.7 / 0.85 > 42
    assert whole_agents(35.7 / 0.85) == 42
    assert CARE_AGENTS(35.7, 60, 0) == 42
    assert 21 / (1 - 0.3) > 30
    assert whole_agents(21 / (1 - 0.3)) == 30


@given(st.integers(1, 5_000), st.integers(30, 99))
def test_whole_agents_at_a_cap_stay_whole(agents, percent):
    load = agents * percent / 100
    assert CARE_AGENTS(load, 60, 0, 0, 60, percent / 100) == max(agents, int(load) + 1)


@given(st.integers(1, 100_000), st.integers(1, 99))
def test_whole_people_after_shrinkage_stay_whole(people, percent):
    assert whole_agents(people * (100 - percent) / 100 / (1 - percent / 100)) == people


# ---- the formulas in cells ----------------------------------------------------------------------------


def in_cells(formula, rows):
    """A formula of queueing_cells recomputed by ironcalc, one row of arguments (None: blank) after another."""
    book = ironcalc.create("queue", "en", "UTC", "en")
    for place, row in enumerate(rows, start=1):
        args = ",".join('""' if arg is None else repr(float(arg)).upper() for arg in row)
        book.set_user_input(0, place, 1, "=" + formula(lambda text: text) + f"({args})")
    book.evaluate()
    return [book.get_cell_value(0, place, 1) for place in range(1, len(rows) + 1)]


def queues(number, patient):
    """Loads from nothing to 5,000 erlangs with agents around them, and some far away."""
    random = np.random.default_rng(20260101)
    edges = [(0, 1, 5), (15, 19, 5), (0.001, 4_000, 5), (5_000, 5_001, 3), (0.5, 1, 240)]
    for _ in range(number):
        load = 10 ** random.uniform(-2, np.log10(5_000))
        agents = max(1, round(load + 3 * random.normal() * np.sqrt(load)))
        if random.random() < 0.2:
            agents = int(10 ** random.uniform(0, 3.8))
        edges.append((load, agents, 10 ** random.uniform(-0.7, 1.6)))
    if patient:
        return [(load, max(agents, int(load) + 1), aht_min, None) for load, agents, aht_min in edges]
    hard = [(194, 3, 43, 271), (500, 1, 15, 2), (5_000, 1, 240, 1e5), (5_000, 5_080, 5, 10_000)]
    return hard + [(*queue, 10 ** random.uniform(0.3, 4)) for queue in edges]


@pytest.mark.parametrize("patient", [True, False])
def test_formulas_agree_with_the_exact_functions(patient):
    rows = queues(60, patient)
    load, agents, aht_min, patience_sec = (
        np.array(column, dtype=float) for column in zip(*rows, strict=True)
    )
    patience_sec = np.where(np.isnan(patience_sec), np.inf, patience_sec)
    queue = load, agents, aht_min
    close = {"rtol": 1e-9, "atol": 1e-250}
    for threshold_sec in (0, 20, 600):
        got = in_cells(queueing_cells.SERVICE_LEVEL, [(*row[:3], threshold_sec, row[3]) for row in rows])
        assert_allclose(got, queueing.service_level(*queue, threshold_sec, patience_sec), **close)
    wait = queueing.average_wait_sec(*queue, patience_sec)
    assert_allclose(in_cells(queueing_cells.AVERAGE_WAIT_SEC, rows), wait, **close)
    assert_allclose(
        in_cells(queueing_cells.OCCUPANCY, rows), queueing.occupancy(*queue, patience_sec), **close
    )
    if not patient:
        lost = queueing.abandonment(*queue, patience_sec)
        assert_allclose(in_cells(queueing_cells.ABANDONMENT, rows), lost, **close)


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize(
    "limits", [(0.8, 20, 0.85, 1), (0.999, 0, 1, 1), (0, 20, 0.3, 0.01), (0.5, 60, 0.7, 0)]
)
def test_the_search_in_a_cell_finds_the_same_agents(patient, limits):
    target, threshold_sec, cap, loss = limits
    rows = queues(30, patient)
    load, _, aht_min, patience_sec = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    patience_sec = np.where(np.isnan(patience_sec), np.inf, patience_sec)
    expected = queueing.agents_required(load, aht_min, target, threshold_sec, cap, patience_sec, loss)
    cells = [(row[0], row[2], target, threshold_sec, cap, row[3], loss) for row in rows]
    assert_array_equal(in_cells(queueing_cells.AGENTS_REQUIRED, cells), expected)
