"""What must always hold for benefits, cash flows and risk, and the worked P&L of the domain notes."""

import itertools

import numpy as np
import pytest
from case_tables import outcome
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from carecost.errors import CellError
from carecost.functions import (
    CARE_BENCHMARK,
    CARE_CHECK,
    CARE_CHURN_BREAKEVEN,
    CARE_CHURN_PAYBACK,
    CARE_CHURN_VALUE,
    CARE_CONTINGENCY,
    CARE_DEFLECTION,
    CARE_DEFLECTION_BREAKEVEN,
    CARE_DEFLECTION_ROI,
    CARE_IRR,
    CARE_NPV,
    CARE_PAYBACK,
    CARE_PERT,
    CARE_PNL,
    CARE_RISK,
)
from carecost.model import cashflow, retention
from carecost.rates import benchmark, benchmark_names

shares = st.floats(0.01, 1)
money = st.floats(1, 1e6)
rates = st.floats(-0.3, 1)
months = st.integers(1, 120)
waits = st.one_of(st.just(0), st.integers(0, 24), st.floats(0.01, 24))
methods = st.sampled_from(["runrate", "cohort"])
flows_that_pay = st.builds(
    lambda outlay, wait, income: [-outlay, *[0.0] * wait, *income],
    money, st.integers(0, 5), st.lists(st.floats(1, 1e5), min_size=1, max_size=40),
)  # fmt: skip
scales = st.floats(0.01, 1000)
# Shared machines pause: no deadline per example.
steady, few = settings(deadline=None), settings(deadline=None, max_examples=25)


# --- Discounting ----------------------------------------------------------------------------------


@steady
@given(flows_that_pay, st.sampled_from([1, 4, 12]))
def test_the_npv_at_the_irr_is_zero(flows, per_year):
    try:
        rate = CARE_IRR(flows, per_year)
    except CellError:
        return  # a rate that no float holds
    assume(-0.49 < rate <= 1)
    assert abs(CARE_NPV(rate, flows, 0, per_year)) <= 1e-9 * sum(map(abs, flows))


@steady
@given(flows_that_pay, rates, st.sampled_from([1, 4, 12]))
def test_the_first_flow_a_period_ahead_is_one_more_period_of_discount(flows, rate, per_year):
    today, ahead = (CARE_NPV(rate, flows, first, per_year) for first in (0, 1))
    scale = sum(map(abs, flows))
    assert ahead * (1 + rate) ** (1 / per_year) == pytest.approx(today, rel=1e-10, abs=1e-12 * scale)


@steady
@given(flows_that_pay, rates, scales)
def test_scaling_all_money_scales_the_npv_and_leaves_rate_and_payback(flows, rate, scale):
    more = [scale * flow for flow in flows]
    size = scale * sum(map(abs, flows))
    assert CARE_NPV(rate, more) == pytest.approx(scale * CARE_NPV(rate, flows), rel=1e-9, abs=1e-12 * size)
    for function in (CARE_IRR, CARE_PAYBACK):
        try:
            once = function(flows)
        except CellError as error:
            assume(error.code == "#NUM!" or sum(flows) < -1e-9 * size)  # not a hair from paying back
            with pytest.raises(CellError):
                function(more)
        else:
            assert function(more) == pytest.approx(once, rel=1e-8)


@steady
@given(money, st.floats(1, 1e4), st.integers(1, 200))
def test_payback_of_a_level_series_is_outlay_over_income(outlay, income, count):
    assume(outlay < 0.999999 * income * count)
    flows = [-outlay, *[income] * count]
    assert CARE_PAYBACK(flows) == pytest.approx(outlay / income, rel=1e-9)
    periods = CARE_PAYBACK(flows, interpolate=False)
    assert periods == int(periods)
    assert -1e-9 <= periods - outlay / income < 1 + 1e-9


@steady
@given(flows_that_pay, st.floats(0, 1))
def test_payback_is_where_the_running_sum_is_zero(flows, rate):
    try:
        found = CARE_PAYBACK(flows, rate)
    except CellError:
        assert CARE_NPV(rate, flows) < 1e-9 * sum(map(abs, flows))
        return
    discounted = np.array(flows) * (1 + rate) ** (-np.arange(len(flows)) / 12)
    level = np.interp(found, np.arange(len(flows)), np.cumsum(discounted))
    assert abs(level) <= 1e-9 * sum(map(abs, flows))


@steady
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12))
def test_changes_of_sign_are_counted_without_the_zeros(flows):
    signs = [np.sign(flow) for flow in flows if flow]
    changes = sum(one != other for one, other in itertools.pairwise(signs))
    found = np.array(flows, dtype=float)
    assert bool(cashflow.never_changes_sign(found)) == (changes == 0)
    if changes:
        assert bool(cashflow.changes_sign_often(found)) == (changes > 1)


# --- Self-service ---------------------------------------------------------------------------------


@steady
@given(money, money, money, st.floats(0, 0.9), shares)
def test_at_the_break_even_success_the_net_saving_is_zero(contacts, cost, run_cost, leakage, cashable):
    success = CARE_DEFLECTION_BREAKEVEN(contacts, cost, run_cost, leakage, cashable)
    assume(success <= 1)
    net = CARE_DEFLECTION(contacts, cost, success, run_cost, leakage, cashable)
    assert abs(net) <= 1e-9 * run_cost
    assert abs(CARE_DEFLECTION_ROI(contacts, cost, success, run_cost, leakage, cashable)) <= 1e-9


@steady
@given(money, money, shares, money, scales)
def test_scaling_all_money_scales_the_deflection_saving(contacts, cost, success, run_cost, scale):
    once = CARE_DEFLECTION(contacts, cost, success, run_cost)
    more = CARE_DEFLECTION(contacts, scale * cost, success, scale * run_cost)
    assert more == pytest.approx(scale * once, rel=1e-9, abs=1e-9 * scale * (contacts * cost + run_cost))
    roi = CARE_DEFLECTION_ROI(contacts, cost, success, run_cost)
    assert CARE_DEFLECTION_ROI(contacts, scale * cost, success, scale * run_cost) == pytest.approx(
        roi, rel=1e-9, abs=1e-9
    )


# --- Churn ----------------------------------------------------------------------------------------


@steady
@given(months, waits, waits, methods)
def test_the_closed_sum_is_the_sum_of_the_monthly_weights(count, lag, ramp, method):
    weights = np.array([retention.weight(month, lag, ramp) for month in range(1, count + 1)])
    expected = weights.sum() if method == "runrate" else np.cumsum(weights).sum() / 12
    assert retention.months_at_full(count, lag, ramp, method) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@steady
@given(money, money, money, shares, months, waits, waits, methods)
def test_the_break_even_cut_inverts_the_churn_value(arr, invest, run, margin, count, lag, ramp, method):
    assume(count >= lag + 1)
    cut = CARE_CHURN_BREAKEVEN(arr, invest, run, margin, count, lag, ramp, method)
    assume(cut <= 1)
    kept = CARE_CHURN_VALUE(arr, cut, margin, count, lag, ramp, method)
    assert kept == pytest.approx(invest + run * count, rel=1e-9)


@steady
@given(money, shares, money, st.floats(0, 1e4), waits, waits, methods)
def test_at_the_churn_payback_the_case_is_level(arr, cut, invest, run, lag, ramp, method):
    def balance(month):
        kept = CARE_CHURN_VALUE(arr, cut, 1, int(month), lag, ramp, method) if month >= 1 else 0
        return kept - run * month - invest

    args = (arr, cut, invest, run, 1, lag, ramp, method)
    found = outcome(CARE_CHURN_PAYBACK, dict(zip(CARE_CHURN_PAYBACK.parameters, args, strict=False)))
    if isinstance(found, CellError):
        assert found.code == "#N/A"
        assert balance(60) < 1e-9 * (invest + 60 * run)
        return
    before, part = np.floor(found), found % 1
    level = balance(before) + part * (balance(before + 1) - balance(before)) if part else balance(before)
    assert abs(level) <= 1e-7 * (invest + run * found)


@steady
@given(money, shares, scales, waits, methods)
def test_scaling_all_money_scales_the_churn_value_and_leaves_the_payback(arr, cut, scale, lag, method):
    value = CARE_CHURN_VALUE(arr, cut, 1, 24, lag, 0, method)
    assert CARE_CHURN_VALUE(scale * arr, cut, 1, 24, lag, 0, method) == pytest.approx(
        scale * value, rel=1e-12
    )
    paid = CARE_CHURN_PAYBACK(arr, cut, arr * cut, 0, 1, lag, 0, method)
    assert CARE_CHURN_PAYBACK(scale * arr, cut, scale * arr * cut, 0, 1, lag, 0, method) == pytest.approx(
        paid, rel=1e-9
    )


# --- Contingency and risk ---------------------------------------------------------------------------


@steady
@given(st.lists(money, min_size=1, max_size=9), st.floats(0, 0.9))
def test_contingency_within_is_its_share_of_the_total(base, pct):
    within = CARE_CONTINGENCY(base, pct, "within")
    assert within == pytest.approx(pct * (sum(base) + within), rel=1e-12)
    assert CARE_CONTINGENCY(base, pct) <= within


@steady
@given(st.tuples(money, money, money).map(sorted), st.floats(0, 40), scales)
def test_pert_quantiles_rise_stay_inside_and_scale(line, weight, scale):
    assume(line[2] > line[0] * 1.001)
    p = np.linspace(0.01, 0.99, 15)
    quantiles = CARE_PERT(*line, p, weight)
    assert (np.diff(quantiles) > -1e-9 * line[2]).all()
    assert line[0] <= quantiles[0]
    assert quantiles[-1] <= line[2]
    assert_allclose(CARE_PERT(*(scale * end for end in line), p, weight), scale * quantiles, rtol=1e-9)
    assert CARE_PERT(*line, lambda_=weight) == CARE_PERT(*line, **{"lambda": weight})


@few
@given(st.lists(st.tuples(money, money, money).map(sorted), min_size=1, max_size=4), st.floats(0, 1), scales)
def test_risk_quantiles_rise_and_scale(lines, corr, scale):
    low, likely, high = map(list, zip(*lines, strict=True))
    p = np.array([0.1, 0.5, 0.8, 0.95])
    quantiles = CARE_RISK(low, likely, high, p, corr, 300)
    assert (np.diff(quantiles) >= -1e-9 * sum(high)).all()
    scaled = (np.multiply(column, scale) for column in (low, likely, high))
    # Where two runs nearly tie, scaling may let either come first.
    assert_allclose(CARE_RISK(*scaled, p, corr, 300), scale * quantiles, rtol=1e-6)


def test_cells_with_different_settings_are_simulated_each_with_its_own():
    lines = [80, 7], [100, 8], [150, 9]
    settings = [(0.8, 0, 500, 1), (0.8, 0.5, 500, 1), (0.5, 0, 500, 1), (0.8, 0, 700, 1), (0.8, 0, 500, 2)]
    together = CARE_RISK(*lines, *(np.array(column, dtype=float) for column in zip(*settings, strict=True)))
    assert_array_equal(together, [CARE_RISK(*lines, *each) for each in settings])
    assert len(set(together.tolist())) == 5


def test_a_column_of_seeds_too_long_to_simulate_is_refused():
    with pytest.raises(CellError, match="fewer runs"):
        raise CARE_RISK([1], [2], [3], seed=np.arange(3000.0), runs=5_000_000)[0]


# --- A range equals its cells -----------------------------------------------------------------------


@few
@given(st.data())
@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        (CARE_DEFLECTION, [money, money, shares, money, st.floats(0, 0.9), shares]),
        (CARE_DEFLECTION_ROI, [money, money, shares, money, st.floats(0, 0.9), shares, money, months]),
        (CARE_DEFLECTION_BREAKEVEN, [money, money, money, st.floats(0, 0.9), shares]),
        (CARE_CHURN_VALUE, [money, shares, shares, months, waits, waits, methods]),
        (CARE_CHURN_BREAKEVEN, [money, money, money, shares, months, waits, waits, methods]),
        (
            CARE_CHURN_PAYBACK,
            [money, shares, money, st.floats(0, 1e3), shares, waits, waits, methods, months],
        ),
        (CARE_PAYBACK, [flows_that_pay, rates, st.sampled_from([1, 4, 12]), st.booleans()]),
        (CARE_NPV, [rates, flows_that_pay, st.integers(0, 1), st.sampled_from([1, 4, 12])]),
        (CARE_IRR, [flows_that_pay, st.sampled_from([1, 4, 12])]),
        (CARE_PERT, [money, money, money, shares, st.floats(0, 9)]),
        (
            CARE_BENCHMARK,
            [st.sampled_from(["shrinkage", "fcr", "acw_sec", "?"]), st.sampled_from(["low", "mid"])],
        ),
        (CARE_CHECK, [st.sampled_from(["shrinkage", "fcr", "acw_sec", "?"]), shares]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_range_equals_its_cells(function, kinds, data):
    parameters = list(function.parameters.values())
    columns = [
        data.draw(kind) if parameter.is_list else data.draw(st.lists(kind, min_size=3, max_size=3))
        for parameter, kind in zip(parameters, kinds, strict=False)
    ]
    together = function(*columns).tolist()
    for place, found in enumerate(together):
        cell = {
            parameter.name: column if parameter.is_list else column[place]
            for parameter, column in zip(parameters, columns, strict=False)
        }
        alone = outcome(function, cell)
        if isinstance(alone, CellError):
            assert isinstance(found, CellError)
            assert (found.code, str(found)) == (alone.code, str(alone))
        else:
            assert found == alone or found == pytest.approx(alone, rel=1e-13)


# --- The 12-month P&L -------------------------------------------------------------------------------

CONTACTS = [10000, 9500, 10000, 10500, 10000, 9800, 9600, 9800, 10500, 11500, 13500, 12800]
ASSUMPTIONS = [
    ["aht_min", 6], ["fte_cost_month", 5000], ["start_fte", 10], ["attrition_year", 0.30],
    ["cost_per_hire", 3000], ["ramp_1", 0.50], ["ramp_2", 0.75], ["license_agent_month", 150],
    ["telephony_agent_month", 25], ["overflow_hour", 18], ["contingency", 0.10], ["setup", 20000],
    ["platform_month", 1400], ["deflect_rate", 0.10], ["success", 0.70], ["leakage", 0.10],
    ["deflect_ramp", 3], ["deflect_cost", 5], ["arr", 15_000_000], ["churn_cut", 0.005],
    ["gross_margin", 0.80], ["churn_lag", 3], ["churn_ramp", 3],
]  # fmt: skip
TOTALS = {
    "Labor": -626773.2026704913, "Hiring": -16732.217787956528, "Licenses": -18803.19608011474,
    "Telephony": -3133.8660133524563, "Overflow": -7904.879909524357, "Operating": -673347.3624614393,
    "Contingency": -67334.73624614393, "Setup": -20000, "Platform": -16800, "Deflection": 37065,
    "Retained": 40000, "Project": 40265, "Net": -700417.0987075833,
}  # fmt: skip


def test_the_worked_pnl_of_the_domain_notes():
    table = CARE_PNL(CONTACTS, ASSUMPTIONS)
    assert table.shape == (21, 14)
    assert table[0].tolist() == ["Month", *range(13)]
    rows = {row[0]: row[1:].astype(float) for row in table[1:]}
    assert list(rows)[:6] == ["Contacts", "Required FTE", "Survivors", "Hires", "Paid FTE", "Effective FTE"]
    for label, expected in TOTALS.items():
        assert rows[label].sum() == pytest.approx(expected, rel=1e-12), label
    assert rows["Cumulative"][-1] == pytest.approx(TOTALS["Net"], rel=1e-12)
    assert rows["Hires"].sum() == pytest.approx(5.5774, abs=1e-4)
    assert rows["Paid FTE"][11] == pytest.approx(13.0899, abs=1e-4)
    project = rows["Project"]
    assert CARE_PAYBACK(project) == pytest.approx(6.401645531400966, rel=1e-12)
    assert CARE_NPV(0.10, project) == pytest.approx(36447.65731015017, rel=1e-12)


@steady
@given(scales)
def test_scaling_all_money_scales_the_pnl(scale):
    paid = {"fte_cost_month", "cost_per_hire", "license_agent_month", "telephony_agent_month",
            "overflow_hour", "setup", "platform_month", "deflect_cost", "arr"}  # fmt: skip
    scaled = [[name, value * scale if name in paid else value] for name, value in ASSUMPTIONS]
    once, more = (CARE_PNL(CONTACTS, block)[7:, 1:].astype(float) for block in (ASSUMPTIONS, scaled))
    assert_allclose(more, scale * once, rtol=1e-9, atol=1e-6)


# --- Benchmarks -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", benchmark_names())
def test_what_a_benchmark_states_is_ok_and_beyond_it_is_not(name):
    found = benchmark(name)
    for end in (found.low, found.high, found.mid):
        assert end is None or CARE_CHECK(name, end) == "OK"
    guides = f"({', '.join(found.guides)})"
    for end, side, factor in ((found.low, "LOW: ", 0.99), (found.high, "HIGH: ", 1.01)):
        if end:
            verdict = CARE_CHECK(name, end * factor)
            assert verdict.startswith(side)
            assert verdict.endswith(guides)


def test_a_million_cells_of_benchmarks_are_looked_up():
    verdicts = CARE_CHECK("shrinkage", np.linspace(0, 1, 1_000_000))
    assert verdicts[0].startswith("LOW")
    assert verdicts[300_000] == "OK"
