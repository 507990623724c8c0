"""Beta-PERT lines and their simulated total, against closed forms and numerical integration."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from carecost.model import risk
from carecost.model.risk import pert_mean, pert_quantile, pert_variance, simulated_totals, total_quantile

BUDGET = (
    np.array([550_000, 20_000, 5_000]),
    np.array([600_000, 24_000, 12_000]),
    np.array([720_000, 35_000, 30_000]),
)


def beta_density(low, likely, high, weight, x):
    """The unnormalized density that defines beta-PERT."""
    left, right = weight * (likely - low) / (high - low), weight * (high - likely) / (high - low)
    return ((x - low) / (high - low)) ** left * ((high - x) / (high - low)) ** right


def integral(function, start, stop):
    """Trapezoids in the angle of a half circle, which is smooth where a beta density ends in a corner."""
    angle = np.linspace(0, np.pi, 100_001)
    values = function(start + (stop - start) * (1 - np.cos(angle)) / 2) * np.sin(angle)
    return float((values[1:] + values[:-1]).sum() * (stop - start) * np.pi / 400_000)


def integrated(low, likely, high, weight=4):
    def density(x):
        return beta_density(low, likely, high, weight, x)

    mass = integral(density, low, high)
    mean = integral(lambda x: density(x) * x, low, high) / mass
    return mean, integral(lambda x: density(x) * (x - mean) ** 2, low, high) / mass


@pytest.mark.parametrize("line", [(80, 100, 150), (0, 1, 10), (-5, 3, 4), (10, 10, 20), (10, 20, 20)])
@pytest.mark.parametrize("weight", [2, 4, 9])
def test_mean_and_variance_match_integration(line, weight):
    mean, variance = integrated(*line, weight)
    assert pert_mean(*line, weight) == pytest.approx(mean, rel=1e-8)
    assert pert_variance(*line, weight) == pytest.approx(variance, rel=1e-8)


@pytest.mark.parametrize("line", [(80, 100, 150), (0, 1, 10), (-5, 3, 4), (10, 10, 20), (10, 20, 20)])
@pytest.mark.parametrize("p", [0.01, 0.2, 0.5, 0.8, 0.99])
def test_quantile_leaves_p_of_the_density_below_it(line, p):
    def density(x):
        return beta_density(*line, 4, x)

    low, _, high = line
    below = integral(density, low, pert_quantile(*line, p))
    assert below / integral(density, low, high) == pytest.approx(p, abs=1e-9)


def test_catalogue_examples():
    assert pert_mean(80, 100, 150) == 105
    assert pert_quantile(80, 100, 150, 0.8) == pytest.approx(116.25879640752898, rel=1e-12)
    assert total_quantile(*BUDGET, 0.8) == pytest.approx(678_453.73, rel=0.005)


def test_the_simulation_settles_on_the_catalogue_example():
    # The standard error of the 80th percentile at a million runs is about 65.
    assert total_quantile(*BUDGET, 0.8, runs=1_000_000) == pytest.approx(678_453.73, abs=300)


def test_a_line_without_risk_is_a_constant():
    assert pert_mean(7, 7, 7) == 7
    assert pert_variance(7, 7, 7) == 0
    assert pert_quantile(7, 7, 7, 0.8) == 7
    assert total_quantile([7, 5], [7, 5], [7, 5], 0.8) == 12


def test_mean_and_variance_of_the_total_add_up_without_correlation():
    totals = simulated_totals(*BUDGET, runs=400_000)
    means, variances = zip(*(integrated(*line) for line in zip(*BUDGET, strict=True)), strict=True)
    assert totals.mean() == pytest.approx(sum(means), abs=5 * (sum(variances) / 400_000) ** 0.5)
    assert totals.var() == pytest.approx(sum(variances), rel=0.02)


@pytest.mark.parametrize("line", [(80, 100, 150), (0, 0, 1), (0, 1, 1), (0, 0.5, 1)])
def test_one_simulated_line_has_its_own_quantiles(line):
    p = np.array([0.05, 0.25, 0.5, 0.8, 0.95])
    got = total_quantile(*line, p, runs=400_000)
    assert_allclose(got, pert_quantile(*line, p), atol=0.006 * (line[2] - line[0]))


def test_lines_that_move_together_have_quantiles_that_add():
    p = np.array([0.1, 0.5, 0.8, 0.99])
    together = total_quantile(*BUDGET, p, correlation=1)
    alone = [total_quantile(*line, p, correlation=1) for line in zip(*BUDGET, strict=True)]
    assert_allclose(together, np.sum(alone, axis=0), rtol=1e-12)
    exact = sum(pert_quantile(*line, p) for line in zip(*BUDGET, strict=True))
    assert_allclose(total_quantile(*BUDGET, p, correlation=1, runs=400_000), exact, rtol=0.002)


def test_correlation_spreads_the_total():
    lines = np.full(8, 80), np.full(8, 100), np.full(8, 150)
    spreads = [simulated_totals(*lines, rho, runs=100_000).std() for rho in (0, 0.25, 0.5, 0.75, 1)]
    assert np.all(np.diff(spreads) > 0)
    deviation = integrated(80, 100, 150)[1] ** 0.5
    assert spreads[0] == pytest.approx(8**0.5 * deviation, rel=0.02)
    assert spreads[-1] == pytest.approx(8 * deviation, rel=0.02)


def test_a_uniform_pair_has_the_rank_correlation_of_the_copula():
    # With weight 0 the lines are uniform; a Gaussian copula gives them 6/pi asin(rho/2).
    both = simulated_totals([0, 0], [0, 0], [1, 1], 0.6, runs=400_000, weight=0)
    assert both.var() == pytest.approx((1 + 6 / np.pi * np.arcsin(0.3)) / 6, rel=0.01)


def test_same_seed_same_answer_whatever_the_chunk(monkeypatch):
    first = simulated_totals(*BUDGET, 0.3, runs=5_000)
    assert_array_equal(simulated_totals(*BUDGET, 0.3, runs=5_000), first)
    monkeypatch.setattr(risk, "_CHUNK", 777)
    assert_array_equal(simulated_totals(*BUDGET, 0.3, runs=5_000), first)
    assert (simulated_totals(*BUDGET, 0.3, runs=5_000, seed=2) != first).all()


def test_a_line_without_risk_leaves_the_other_draws_alone():
    more = [np.append(column, 1_000) for column in BUDGET]
    assert_allclose(simulated_totals(*more), simulated_totals(*BUDGET) + 1_000, rtol=1e-14)


@pytest.mark.parametrize("weight", [0, 0.5, 4, 40])
@pytest.mark.parametrize("position", [0, 0.1, 0.5, 0.95, 1])
def test_quantile_curves_are_off_by_less_than_a_millionth_of_the_range(weight, position):
    from scipy.special import betaincinv, ndtr

    # Halfway between two points of the curve a straight piece is at its worst.
    z = np.arange(-8 + 1 / 512, 0, 1 / 256)
    alpha, beta = 1 + weight * position, 1 + weight * (1 - position)
    curve = risk._quantile_curves(np.array([alpha]), np.array([beta]))[0]
    assert (np.diff(curve) >= 0).all()
    assert_allclose(risk._along(curve, z), betaincinv(alpha, beta, ndtr(z)), rtol=0, atol=1e-6)
    assert_allclose(risk._along(curve, -z), 1 - betaincinv(beta, alpha, ndtr(z)), rtol=0, atol=1e-6)
    assert_array_equal(risk._along(curve, np.array([-50.0, -8.0])), curve[[0, 0]])
    assert risk._along(curve, np.array([50.0]))[0] == pytest.approx(curve[-1], abs=1e-8)


money = st.floats(-1e6, 1e6)


@st.composite
def budgets(draw):
    lines = [sorted(draw(st.tuples(money, money, money))) for _ in range(draw(st.integers(1, 5)))]
    return tuple(np.array(column) for column in zip(*lines, strict=True))


@settings(deadline=None, max_examples=40)
@given(budgets(), st.floats(0, 1), st.lists(st.floats(0.001, 0.999), min_size=2, max_size=6))
def test_quantiles_rise_with_p_and_stay_between_the_extremes(budget, correlation, probabilities):
    p = np.sort(probabilities)
    low, _, high = budget
    for quantiles in (
        total_quantile(*budget, p, correlation, runs=300),
        pert_quantile(*(c[0] for c in budget), p),
    ):
        assert (np.diff(quantiles) >= -1e-6).all()
    totals = simulated_totals(*budget, correlation, runs=300)
    assert low.sum() - 1e-6 <= totals.min() <= totals.max() <= high.sum() + 1e-6


@settings(deadline=None, max_examples=40)
@given(budgets(), st.floats(0.01, 0.99))
def test_a_range_is_its_cells(budget, p):
    cells = list(zip(*budget, strict=True))
    assert_array_equal(pert_mean(*budget), [pert_mean(*cell) for cell in cells])
    assert_array_equal(pert_variance(*budget), [pert_variance(*cell) for cell in cells])
    assert_array_equal(pert_quantile(*budget, p), [pert_quantile(*cell, p) for cell in cells])
