"""Queueing against references that share nothing with it: exact recursions and birth-death chains.

The chains run in 50-digit decimal arithmetic; the service level follows one tagged caller through the queue.
"""

import subprocess
import sys
from decimal import Decimal, localcontext
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import expm

from carecost.model.queueing import (
    abandonment,
    agents_required,
    average_wait_sec,
    erlang_b,
    erlang_c,
    erlangs,
    occupancy,
    service_level,
    wait_probability,
    whole_agents,
)
from carecost.model.staffing import chat_agents

FOR_EVER = np.inf


def blocking_up_to(load, most):
    """Erlang B for 0..most agents by 1/B_n = 1 + n / A * 1/B_(n-1), which only adds."""
    with localcontext(prec=50):
        inverse, found = Decimal(1), [1.0]
        for n in range(1, most + 1):
            inverse = 1 + inverse * n / Decimal(load)
            found.append(float(1 / inverse))
    return np.array(found)


class Chain(NamedTuple):
    wait_probability: float
    abandonment: float
    occupancy: float
    average_wait_sec: float
    service_level: float


def birth_death_chain(load, agents, aht_min, patience_sec, threshold_sec):
    """Erlang A from its stationary chain; an arrival with k ahead moves up at rate N mu + k theta."""
    with localcontext(prec=50):
        mu = 1 / (60 * Decimal(aht_min))
        theta = 1 / Decimal(patience_sec)
        arrivals = Decimal(load) * mu
        weights = [Decimal(1)]
        while len(weights) < agents + 2 or weights[-1] > max(weights) * Decimal("1e-30"):
            n = len(weights)
            weights.append(weights[-1] * arrivals / (min(n, agents) * mu + max(n - agents, 0) * theta))
        total = sum(weights)
        queue = weights[agents:]
        answered_wait, served, waited = Decimal(0), Decimal(1), Decimal(0)
        for k, weight in enumerate(queue):
            ahead = agents * mu + k * theta
            served = served * ahead / (ahead + theta)
            waited = (served + waited * ahead) / (ahead + theta)
            answered_wait += weight * waited
        lost = sum(k * weight for k, weight in enumerate(queue)) * theta / arrivals / total
        waits = float(sum(queue) / total)
        start = np.array([float(weight / total) for weight in queue])
        moving = np.array([float(agents * mu + k * theta) for k in range(len(queue))])
        leaving = float(theta)
    rates = np.diag(np.append(-moving - leaving, 0.0))
    rates[0, -1] = moving[0]
    rates[np.arange(1, len(queue)), np.arange(len(queue) - 1)] = moving[1:]
    answered_late = (np.append(start, 0.0) @ expm(rates * threshold_sec))[-1]
    return Chain(
        wait_probability=waits,
        abandonment=float(lost),
        occupancy=load * float(1 - lost) / agents,
        average_wait_sec=float(answered_wait / total / (1 - lost)),
        service_level=1 - waits + answered_late,
    )


def virtual_wait_service(load, agents, aht_min, patience_sec, threshold_sec):
    """Service level of a large queue by Simpson's rule on Mandelbaum and Zeltyn's virtual wait density."""
    per_sec, theta = 1 / (60 * aht_min), 1 / patience_sec

    def simpson(stop, weight):
        t = np.linspace(0, stop, 400_001)
        height = load * per_sec * -np.expm1(-theta * t) / theta - agents * per_sec * t
        values = np.exp(height) * weight(t)
        return (
            stop / 400_000 / 3 * (values[0] + values[-1] + 4 * values[1::2].sum() + 2 * values[2:-1:2].sum())
        )

    start = load * per_sec * blocking_up_to(load, agents - 1)[-1]
    # The wait piles up around patience * log(load / agents), with a deviation of patience / sqrt(drain).
    drain = agents * patience_sec * per_sec
    longest = patience_sec * (np.log(max(load / agents, 1)) + 10 / drain**0.5)
    busy = start * simpson(longest, np.ones_like)
    in_time = start * simpson(threshold_sec, lambda t: np.exp(-theta * t))
    return (1 + in_time) / (1 + busy)


# ---- Erlang B and C -----------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [1e-6, 0.01, 0.5, 1, 7.3, 100, 1_234.5, 20_000, 100_000])
def test_blocking_matches_the_recursion_to_1e_10_far_below_and_above_the_load(load):
    most = min(100_000, int(load + 30 * load**0.5 + 60))
    agents = np.unique(np.linspace(0, most, 300).astype(int))
    expected = blocking_up_to(load, most)[agents]
    visible = expected > 1e-290
    assert_allclose(erlang_b(load, agents)[visible], expected[visible], rtol=1e-12)
    assert (erlang_b(load, agents)[~visible] < 1e-280).all()


@pytest.mark.parametrize("load", [0.01, 7.3, 100, 1_234.5, 99_000])
def test_wait_probability_matches_erlang_c_from_the_recursion(load):
    agents = np.arange(int(load) + 1, min(100_000, int(load + 10 * load**0.5 + 10)) + 1)
    blocked = blocking_up_to(load, agents[-1])[agents]
    expected = agents * blocked / (agents - load * (1 - blocked))
    assert_allclose(erlang_c(load, agents), expected, rtol=1e-10)
    assert_allclose(service_level(load, agents, 5, 0), 1 - expected, rtol=1e-10, atol=1e-13)
    assert_allclose(average_wait_sec(load, agents, 5), expected * 300 / (agents - load), rtol=1e-10)


def test_no_load_means_no_wait():
    assert_array_equal(erlang_b(0, [0, 1, 5]), [1, 0, 0])
    assert_array_equal(erlang_c(0, [1, 5]), [0, 0])
    for patience in (FOR_EVER, 60):
        assert_array_equal(service_level(0, [1, 5], 5, 20, patience), [1, 1])
        assert_array_equal(average_wait_sec(0, [1, 5], 5, patience), [0, 0])
        assert_array_equal(abandonment(0, [1, 5], 5, patience), [0, 0])
        assert_array_equal(occupancy(0, [1, 5], 5, patience), [0, 0])
        assert agents_required(0, 5, 0.8, 20, patience_sec=patience) == 1


def test_too_few_agents_for_patient_callers():
    agents = [10, 15]
    assert_array_equal(erlang_c(15, agents), [1, 1])
    assert_array_equal(service_level(15, agents, 5, 20), [0, 0])
    assert_array_equal(average_wait_sec(15, agents, 5), [np.inf, np.inf])
    assert_array_equal(occupancy(15, agents, 5), [1.5, 1.0])


# ---- the guides and the catalogue ---------------------------------------------------------------------


def test_catalogue_examples():
    load = erlangs(180, 5)
    assert service_level(load, 19, 5, 20) == pytest.approx(0.8129463210765308, rel=1e-12)
    assert service_level(load, 19, 5, 20, 120) == pytest.approx(0.9070411013727356, rel=1e-12)
    assert average_wait_sec(load, 19, 5) == pytest.approx(18.316368799219376, rel=1e-12)
    assert average_wait_sec(load, 19, 5, 120) == pytest.approx(3.2839471437041676, rel=1e-12)
    assert abandonment(load, 17, 5, 120) == pytest.approx(0.06847051731430781, rel=1e-12)
    assert occupancy(load, 19, 5) == pytest.approx(0.7894736842105263, rel=1e-12)
    assert occupancy(load, 17, 5, 120) == pytest.approx(0.8219377788403166, rel=1e-12)
    assert_array_equal(agents_required(erlangs(np.array([180, 60]), [5, 6]), [5, 6], 0.8, 20, 0.85), [19, 9])
    assert agents_required(erlangs(60, 6), 6, 0.8, 20, 0.85, 180) == 8
    assert_array_equal(chat_agents(40, 10, np.array([2, 3]), 0.9, 60, 60, 0), [6, 4])


def test_driveert_peak_hour_needs_23_agents_not_25():
    assert_array_equal(agents_required(np.array([15, 17.25, 18]), 5, 0.8, 20), [19, 22, 23])
    assert agents_required(18, 5, 0.8, 20, 0.75) == 24
    assert service_level(18, 25, 5, 20) == pytest.approx(0.948, abs=5e-4)


def test_deserve_peak_hour_needs_9_to_10_agents():
    assert_allclose(service_level(6, [8, 9, 10], 6, 20), [0.6806, 0.8341, 0.9189], atol=5e-5)
    assert average_wait_sec(6, 9, 6) == pytest.approx(23.5, abs=0.05)
    assert service_level(6, 8, 6, 20, 180) == pytest.approx(0.817, abs=5e-4)
    assert_allclose(abandonment(6, [8, 9], 6, 180), [0.068, 0.037], atol=5e-4)
    assert_array_equal(agents_required(6, 6, 0.8, 20, 1, 180, [1, 0.05]), [8, 9])


def test_slower_chats_need_more_agents():
    # Sessions of 10 * (1 + 0.25 * 2) minutes are 10 erlangs: 13 slots give 91.5%, so five agents of three.
    blocked = blocking_up_to(10, 13)
    slots = np.arange(11, 14)
    waits = slots * blocked[11:] / (slots - 10 * (1 - blocked[11:]))
    served = 1 - waits * np.exp(-(slots - 10) * 60 / 900)
    needed = slots[served >= 0.7][0]
    assert chat_agents(40, 10, 3, 0.7, 60, 60, 0.25) == -(-needed // 3)


# ---- Erlang A -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("load", "agents", "aht_min", "patience_sec", "threshold_sec"),
    [
        (15, 19, 5, 120, 20),
        (15, 17, 5, 120, 0),
        (15, 5, 5, 120, 20),
        (0.1, 1, 3, 60, 20),
        (0.1, 3, 3, 1, 5),
        (6, 8, 6, 180, 20),
        (6, 20, 6, 180, 20),
        (2.5, 1, 8, 3_600, 60),
        (40, 35, 4.5, 1, 10),
        (40, 44, 4.5, 5_000, 30),
        (120, 90, 0.5, 30, 20),
        (120, 125, 7, 300, 600),
        # One steep side and one long tail: callers give up far sooner than an agent comes free.
        (194, 3, 43, 271, 589),
        (500, 1, 15, 2, 20),
    ],
)
def test_impatient_queue_matches_its_birth_death_chain(load, agents, aht_min, patience_sec, threshold_sec):
    chain = birth_death_chain(load, agents, aht_min, patience_sec, threshold_sec)
    queue = load, agents, aht_min
    assert wait_probability(*queue, patience_sec) == pytest.approx(chain.wait_probability, rel=1e-12)
    assert abandonment(*queue, patience_sec) == pytest.approx(chain.abandonment, rel=1e-12)
    assert occupancy(*queue, patience_sec) == pytest.approx(chain.occupancy, rel=1e-12)
    assert average_wait_sec(*queue, patience_sec) == pytest.approx(chain.average_wait_sec, rel=1e-12)
    served = service_level(*queue, threshold_sec, patience_sec)
    assert served == pytest.approx(chain.service_level, rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(
    ("load", "agents", "aht_min", "patience_sec", "threshold_sec"),
    [
        (5_000, 5_000, 5, 180, 20),
        (5_000, 5_080, 5, 10_000, 20),
        (3_000, 2_700, 8, 120, 30),
        (800, 760, 3, 600, 20),
    ],
)
def test_service_level_of_large_impatient_queues(load, agents, aht_min, patience_sec, threshold_sec):
    expected = virtual_wait_service(load, agents, aht_min, patience_sec, threshold_sec)
    got = service_level(load, agents, aht_min, threshold_sec, patience_sec)
    assert got == pytest.approx(expected, rel=1e-9)


def test_callers_who_never_wait_make_a_loss_system():
    agents = np.arange(1, 40)
    expected = blocking_up_to(15, 39)[1:]
    assert_allclose(abandonment(15, agents, 5, 1e-9), expected, rtol=1e-6)
    assert_allclose(service_level(15, agents, 5, 20, 1e-9), 1 - expected, rtol=1e-6)


def test_finite_from_one_agent_to_far_too_many():
    load = np.array([0.1, 50, 5_000, 100_000])[:, None, None]
    agents = np.array([1, 40, 5_000, 100_000])[:, None]
    patience = np.array([1, 180, 100_000])
    for measure in (abandonment, average_wait_sec, occupancy, wait_probability):
        assert np.isfinite(measure(load, agents, 5, patience)).all()
    assert np.isfinite(service_level(load, agents, 5, 20, patience)).all()


# ---- agents required ----------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [0.02, 1, 6, 42, 333.3])
@pytest.mark.parametrize("target", [0, 0.5, 0.8, 0.99])
def test_agents_for_patient_callers_match_counting_up(load, target):
    most = int(load + 10 * load**0.5 + 10)
    agents = np.arange(int(load) + 1, most)
    blocked = blocking_up_to(load, most)[agents]
    waits = agents * blocked / (agents - load * (1 - blocked))
    served = 1 - waits * np.exp(-(agents - load) * 20 / 300)
    for cap in (1, 0.85):
        expected = agents[(served >= target) & (load / agents <= cap)][0]
        assert agents_required(load, 5, target, 20, cap) == expected


@pytest.mark.parametrize(("load", "patience_sec"), [(0.5, 60), (6, 180), (15, 30), (40, 300)])
def test_agents_for_impatient_callers_match_counting_up(load, patience_sec):
    chains = [
        birth_death_chain(load, n, 5, patience_sec, 20) for n in range(1, int(load + 6 * load**0.5) + 6)
    ]

    def counted(target, cap, loss):
        good = (c.service_level >= target and c.occupancy <= cap and c.abandonment <= loss for c in chains)
        return list(good).index(True) + 1

    for limits in [(0.8, 1, 1), (0.8, 0.85, 1), (0.5, 1, 0.03), (0.3, 1, 1), (0.95, 0.9, 0.05)]:
        target, cap, loss = limits
        assert agents_required(load, 5, target, 20, cap, patience_sec, loss) == counted(*limits)


def test_rounding_noise_does_not_add_an_agent():
    assert whole_agents(42.00000000000001) == 42
    assert whole_agents(42.00001) == 43
    assert agents_required(21.000000000000004, 5, 0, 20, 0.5) == 42
    assert agents_required(erlangs(0.1 + 0.2, 10, 1), 10, 0, 20) == 4


def test_patience_can_differ_from_cell_to_cell():
    patience = np.array([FOR_EVER, 180])
    assert_array_equal(agents_required(6, 6, 0.8, 20, 0.85, patience), [9, 8])
    assert_array_equal(
        service_level(6, 9, 6, 20, patience), [service_level(6, 9, 6, 20), service_level(6, 9, 6, 20, 180)]
    )
    assert_array_equal(abandonment(6, 9, 6, patience), [0, abandonment(6, 9, 6, 180)])


def test_nothing_in_nothing_out():
    nothing = np.array([])
    assert agents_required(nothing, 5, 0.8, 20).shape == (0,)
    assert service_level(nothing, 5, 5, 20, 60).shape == (0,)


# ---- properties ---------------------------------------------------------------------------------------

loads = st.floats(0, 5_000)
counts = st.integers(1, 6_000)
handle_times = st.floats(0.1, 60)
thresholds = st.floats(0, 600)
patiences = st.one_of(st.just(FOR_EVER), st.floats(1, 100_000))
# A service level may move by rounding when both counts leave it at 0 or 1.
NOISE = 1e-12


@settings(deadline=None)
@given(loads, counts, handle_times, thresholds, patiences)
def test_one_more_agent_never_hurts(load, agents, aht_min, threshold_sec, patience_sec):
    few, more = service_level(load, np.array([agents, agents + 1]), aht_min, threshold_sec, patience_sec)
    assert 0 <= few <= more + NOISE <= 1 + 2 * NOISE
    few, more = abandonment(load, np.array([agents, agents + 1]), aht_min, patience_sec)
    assert more <= few + NOISE
    few, more = occupancy(load, np.array([agents, agents + 1]), aht_min, patience_sec)
    assert more <= few + NOISE


@settings(deadline=None)
@given(st.floats(0.01, 5_000), st.integers(1, 300), handle_times, thresholds)
def test_endless_patience_is_erlang_c(load, spare, aht_min, threshold_sec):
    agents = np.floor(load) + 1 + spare
    queue = load, agents, aht_min
    assert_allclose(wait_probability(*queue, 1e15), erlang_c(load, agents), atol=1e-7)
    assert_allclose(
        service_level(*queue, threshold_sec, 1e15), service_level(*queue, threshold_sec), atol=1e-7
    )
    assert_allclose(average_wait_sec(*queue, 1e15), average_wait_sec(*queue), rtol=1e-6, atol=1e-300)


@settings(deadline=None)
@given(loads, handle_times, st.floats(0, 0.999), thresholds, st.floats(0.3, 1), patiences, st.floats(0.01, 1))
def test_agents_meet_every_limit_and_one_fewer_does_not(
    load, aht_min, target, threshold_sec, max_occupancy, patience_sec, max_abandonment
):
    agents = agents_required(
        load, aht_min, target, threshold_sec, max_occupancy, patience_sec, max_abandonment
    )

    def meets(n, slack):
        return (
            service_level(load, n, aht_min, threshold_sec, patience_sec) >= target - slack
            and occupancy(load, n, aht_min, patience_sec) <= max_occupancy * (1 + 1000 * slack)
            and abandonment(load, n, aht_min, patience_sec) <= max_abandonment + slack
        )

    assert agents == int(agents) >= 1
    assert meets(agents, 2 * NOISE)
    too_few = patience_sec == FOR_EVER and agents - 1 <= load * (1 + 1e-9)
    assert agents == 1 or too_few or not meets(agents - 1, 0)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(loads, counts, handle_times, thresholds, patiences), min_size=1, max_size=6))
def test_a_range_is_its_cells(rows):
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    assert_allclose(service_level(*columns), [service_level(*row) for row in rows], rtol=1e-12, atol=1e-300)
    offered, agents, aht_min, threshold_sec, patience_sec = columns
    spread = agents_required(offered, aht_min, 0.8, threshold_sec, 0.85, patience_sec)
    cells = [agents_required(a, t, 0.8, limit, 0.85, p) for a, _, t, limit, p in rows]
    assert_array_equal(spread, cells)
    assert service_level(offered[:, None], agents, 5, 20).shape == (len(rows), len(rows))


def test_importing_the_model_does_not_load_scipy():
    script = "import carecost.model.queueing, carecost.model.risk, sys; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
