"""The 12-month P&L against DOMAIN 2.8: its worked example, a second implementation, and hand calculation."""

import itertools
import json
import math
import random
from datetime import date
from pathlib import Path

import numpy as np
import numpy_financial
import pytest

from carecost.model.completion import complete
from carecost.model.inputs import INPUTS
from carecost.model.result import Plan
from carecost.model.statement import PLAN
from carecost.planfile import load_plan
from carecost.rates import builtin_card

EXAMPLES = Path(__file__).parents[1] / "examples"
SEED = 20260101
FLAT = [10_000.0] * 12


def volumes(contacts):
    return {f"contacts_{month:02d}": value for month, value in enumerate(contacts, 1)}


def make_plan(contacts=FLAT, **inputs):
    """A complete plan: one voice channel of 6 minutes, onshore in-house at 5,000, unless told otherwise."""
    given = {"name": "Test", "currency": "USD", "start": date(2026, 1, 1), **volumes(contacts)}
    if not any(name.startswith("share_") for name in inputs):
        given |= {"share_voice": 1.0, "aht_voice_min": 6.0}
    if not any(name.startswith("mix_") for name in inputs):
        given |= {"mix_onshore_inhouse": 1.0, "fte_cost_onshore": 5000.0}
    return Plan(*complete({**given, **inputs}, builtin_card()))


def run(contacts=FLAT, **inputs):
    result = make_plan(contacts, **inputs).run()
    assert result.faults == {}
    return result


def row(result, key):
    return result.numbers.lines[key].tolist()


def year(result, key):
    return float(result.numbers.years[key])


def figure(result, key):
    return float(result.numbers.figures[key])


def close(expected, rel=1e-9):
    return pytest.approx(expected, rel=rel, abs=1e-7)


# ---- the worked example of DOMAIN 2.8 ----

WORKED_TOTALS = {
    "labor_onshore": -626773.2026704913,
    "hiring": -16732.217787956528,
    "licenses": -18803.19608011474,
    "telephony": -3133.8660133524563,
    "overflow": -7904.879909524357,
    "operating": -673347.3624614393,
    "contingency_cost": -67334.73624614393,
    "setup_cost": -20000.0,
    "platform_cost": -16800.0,
    "deflection_saving": 37065.0,
    "retained": 40000.0,
    "project": 40265.0,
    "net": -700417.0987075833,
}
WORKED_FIGURES = {"payback": 6.401645531400966, "npv": 36447.65731015017}


@pytest.fixture(scope="module")
def worked():
    return load_plan(EXAMPLES / "worked_example.toml", builtin_card()).run()


@pytest.mark.parametrize(("key", "expected"), WORKED_TOTALS.items())
def test_worked_example_total(worked, key, expected):
    assert year(worked, key) == pytest.approx(expected, rel=1e-9, abs=0)
    assert math.fsum(row(worked, key)) == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(("key", "expected"), WORKED_FIGURES.items())
def test_worked_example_figure(worked, key, expected):
    assert figure(worked, key) == pytest.approx(expected, rel=1e-9, abs=0)


def test_worked_example_people(worked):
    assert row(worked, "paid_fte")[1] == 10.0
    assert row(worked, "paid_fte")[11] == pytest.approx(13.0899, abs=5e-5)
    assert year(worked, "hires") == pytest.approx(5.5774, abs=5e-5)
    assert worked.faults == {}


def test_worked_example_irr_is_the_root_numpy_financial_finds(worked):
    monthly = numpy_financial.irr(row(worked, "project"))
    assert figure(worked, "irr") == pytest.approx((1 + monthly) ** 12 - 1, rel=1e-9)


def test_outputs_hold_the_same_numbers(worked):
    frame, plain = worked.to_frame(), worked.to_dict()
    assert list(frame.columns) == ["label", "unit", *range(13), "year"]
    assert frame.loc["operating", "year"] == pytest.approx(WORKED_TOTALS["operating"], rel=1e-9)
    assert plain["lines"]["net"]["year"] == pytest.approx(WORKED_TOTALS["net"], rel=1e-9)
    assert plain["inputs"]["start"] == "2026-01-01"
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


# ---- a second implementation, written from the pseudo code of DOMAIN 2.5 and 2.8 ----


def churn_share(month, lag, ramp):
    if month <= lag:
        return 0.0
    if month < lag + ramp:
        return (month - lag) / ramp
    return 1.0


def second_pnl(p):
    """Rows for months 0 to 12 under the names of the model, from the names of DOMAIN 2.8."""
    keys = ("required_fte", "survivors", "hires", "paid_fte", "effective_fte", "labor_onshore", "hiring")
    keys += (
        "licenses",
        "telephony",
        "overflow",
        "operating",
        "contingency_cost",
        "setup_cost",
        "platform_cost",
    )
    keys += ("deflection_saving", "retained", "project", "net", "cumulative", "project_cumulative")
    rows = {key: [0.0] for key in keys}
    for key in ("setup_cost", "project", "net", "cumulative", "project_cumulative"):
        rows[key][0] = -p["setup"]

    cohorts = []  # [months since hired, people still here]
    paid = None
    kept_month = 0.0  # cohort method: monthly revenue kept so far
    for month, contacts in enumerate(p["contacts"], 1):
        hours = contacts * p["aht_min"] / 60
        required = hours / p["occupancy"] / (1 - p["shrinkage"]) / p["hours_month"]
        if month == 1:
            survivors = required if p["start_fte"] is None else p["start_fte"]
            rows["paid_fte"][0] = survivors
        else:
            stay = 1 - p["attrition_year"] / 12
            survivors = paid * stay
            cohorts = [[age + 1, people * stay] for age, people in cohorts]
        hires = max(0.0, required - survivors)
        paid = survivors + hires
        cohorts.append([0, hires])
        trained = paid - sum(people for _, people in cohorts)
        effective = trained + sum(
            people * (p["ramp"][age] if age < len(p["ramp"]) else 1.0) for age, people in cohorts
        )

        pay = 1 + p["merit"] if month >= p["merit_month"] else 1.0
        labor = -paid * p["fte_cost_month"] * pay
        hiring = -hires * p["cost_per_hire"]
        licenses = -paid * p["license_agent_month"]
        minutes = contacts * p["aht_min"]
        telephony = -(paid * p["telephony_agent_month"] + minutes * p["telephony_minute"])
        missing_hours = max(0.0, required - effective) * p["hours_month"] * (1 - p["shrinkage"])
        overflow = -missing_hours * p["overflow_hour"]
        operating = labor + hiring + licenses + telephony + overflow
        contingency = p["contingency"] * operating

        attempts = contacts * p["deflect_rate"] * churn_share(month, 0, p["deflect_ramp"])
        deflection = attempts * p["success"] * (1 - p["leakage"]) * p["deflect_cost"]
        effect = churn_share(month, p["churn_lag"], p["churn_ramp"])
        if p["churn_method"] == "runrate":
            retained = p["arr"] * p["churn_cut"] * p["gross_margin"] / 12 * effect
        else:
            kept_month += p["arr"] / 12 * p["churn_cut"] / 12 * effect
            retained = p["gross_margin"] * kept_month
        project = -p["platform_month"] + deflection + retained
        net = operating + contingency + project

        values = (required, survivors, hires, paid, effective, labor, hiring, licenses, telephony, overflow)
        values += (operating, contingency, 0.0, -p["platform_month"], deflection, retained, project, net)
        values += (rows["cumulative"][-1] + net, rows["project_cumulative"][-1] + project)
        for key, value in zip(keys, values, strict=True):
            rows[key].append(value)
    return rows


def second_payback(flows):
    """Months until the running sum first reaches zero, linear inside the month; None if it does not."""
    running = flows[0]
    for month, flow in enumerate(flows[1:], 1):
        if running < 0 <= running + flow:
            return month - 1 + -running / flow
        running += flow
    return None


def second_irr(flows):
    """Yearly rate by bisection on log(1 + monthly rate); None unless the direction changes once."""
    signs = [flow > 0 for flow in flows if flow]
    if sum(left != right for left, right in itertools.pairwise(signs)) != 1:
        return None

    def worth(log_rate):
        return math.fsum(flow * math.exp(-month * log_rate) for month, flow in enumerate(flows))

    low, high = -10.0, 10.0
    for _ in range(200):
        middle = (low + high) / 2
        if (worth(middle) > 0) == (worth(low) > 0):
            low = middle
        else:
            high = middle
    return math.expm1(12 * low) if -0.3 <= rough_irr(flows) <= 3 else None


def rough_irr(flows):
    """All money out and all money in, each at its average month: beyond -30% or 300% no IRR is shown."""

    def pool(pooled):
        money = sum(pooled.values())
        return money, sum(month * flow for month, flow in pooled.items()) / money

    went, left = pool({month: -flow for month, flow in enumerate(flows) if flow < 0})
    came, back = pool({month: flow for month, flow in enumerate(flows) if flow > 0})
    return (came / went) ** (1 / (back - left)) - 1


def random_case(number):
    """DOMAIN 2.8's inputs, every branch met by some of the numbers."""
    draw = random.Random(SEED + number)
    case = {
        "contacts": [draw.uniform(0.6, 1.5) * 10 ** draw.uniform(4, 4.2) for _ in range(12)],
        "aht_min": draw.uniform(3, 12),
        "fte_cost_month": draw.uniform(1800, 6500),
        "shrinkage": draw.choice([0.0, draw.uniform(0.2, 0.4)]),
        "occupancy": draw.choice([1.0, draw.uniform(0.7, 0.9)]),
        "hours_month": draw.choice([160.0, 173.33, 176.0]),
        "attrition_year": (0.0, 0.3, 0.9, 2.5, 5.0)[number % 5],
        "cost_per_hire": draw.uniform(0, 5000),
        "ramp": [draw.uniform(0, 1) for _ in range(number % 7)],
        "license_agent_month": draw.uniform(0, 250),
        "telephony_agent_month": draw.uniform(0, 35),
        "telephony_minute": draw.uniform(0, 0.03),
        "overflow_hour": draw.uniform(0, 45),
        "contingency": draw.choice([0.0, 0.125]),
        "merit": draw.uniform(-0.05, 0.1),
        "merit_month": draw.randint(1, 13),
        "setup": draw.uniform(1000, 30000),
        "platform_month": draw.uniform(0, 3000),
        "deflect_rate": draw.uniform(0.01, 0.35),
        "success": draw.uniform(0.3, 1),
        "leakage": draw.uniform(0, 0.3),
        "deflect_ramp": draw.choice([0, 1, 2.5, 6, 14]),
        "deflect_cost": draw.uniform(0.5, 8),
        "arr": draw.uniform(1e6, 3e7),
        "churn_cut": draw.uniform(0.0001, 0.01),
        "gross_margin": draw.uniform(0.3, 1),
        "churn_lag": draw.choice([0, 2, 4.5, 12]),
        "churn_ramp": draw.choice([0, 3, 4.5, 18]),
        "churn_method": ("runrate", "cohort")[number % 2],
        "discount_annual": draw.choice([0.0, 0.1, 0.3]),
    }
    need = case["contacts"][0] * case["aht_min"] / 60 / case["occupancy"] / (1 - case["shrinkage"])
    need /= case["hours_month"]
    case["start_fte"] = (None, 0.7 * need, 1.8 * need, 0.0)[number % 4]
    return case


def as_inputs(case):
    other = {"contacts", "aht_min", "fte_cost_month", "ramp", "start_fte"}
    inputs = {name: value for name, value in case.items() if name not in other}
    inputs |= {"share_voice": 1.0, "aht_voice_min": case["aht_min"]}
    inputs |= {"mix_onshore_inhouse": 1.0, "fte_cost_onshore": case["fte_cost_month"]}
    inputs |= {f"ramp_{age}": share for age, share in enumerate(case["ramp"], 1)}
    if case["start_fte"] is not None:
        inputs["start_fte"] = case["start_fte"]
    return inputs


@pytest.mark.parametrize("number", range(50))
def test_random_plan_equals_the_second_implementation(number):
    case = random_case(number)
    where = f"seed {SEED} + {number}: {case}"
    result = make_plan(case["contacts"], **as_inputs(case)).run()
    expected = second_pnl(case)

    assert result.faults == {}, where
    for key, values in expected.items():
        scale = max(1, *map(abs, values))  # running sums cross zero: hold them to the size of their row
        assert row(result, key) == pytest.approx(values, rel=1e-9, abs=1e-9 * scale), f"{key}, {where}"

    flows = expected["project"]
    rate = case["discount_annual"]
    discounted = [flow * (1 + rate) ** (-month / 12) for month, flow in enumerate(flows)]
    monthly = (1 + rate) ** (1 / 12) - 1
    size = sum(map(abs, flows))
    assert figure(result, "npv") == pytest.approx(math.fsum(discounted), rel=1e-9, abs=1e-9 * size), where
    assert figure(result, "npv") == pytest.approx(numpy_financial.npv(monthly, flows), abs=1e-9 * size), where
    for key, wanted in (
        ("payback", second_payback(flows)),
        ("payback_discounted", second_payback(discounted)),
        ("irr", second_irr(flows)),
    ):
        if wanted is None:
            assert math.isnan(figure(result, key)), f"{key}, {where}"
        else:
            assert figure(result, key) == pytest.approx(wanted, rel=1e-9, abs=1e-9), f"{key}, {where}"


def test_random_plans_meet_what_they_are_there_for():
    cases = [random_case(number) for number in range(50)]
    paybacks = [second_payback(second_pnl(case)["project"]) for case in cases]
    irrs = [second_irr(second_pnl(case)["project"]) for case in cases]
    assert 5 <= sum(value is None for value in paybacks) <= 45
    assert sum(value is not None for value in irrs) >= 5
    assert {len(case["ramp"]) for case in cases} == set(range(7))
    assert {case["merit_month"] for case in cases} >= {1, 12, 13}


# ---- the guides' examples, with DOMAIN 1B's corrected numbers ----

INTEGRA = {
    "share_voice": 0.4,
    "aht_voice_min": 6,
    "share_email": 0.4,
    "aht_email_min": 8,
    "share_chat": 0.2,
    "aht_chat_min": 5,
    "shrinkage": 0.35,
    "hours_month": 160,
}
DESERVE = {
    "share_email": 0.5,
    "aht_email_min": 8,
    "share_chat": 0.3,
    "aht_chat_min": 6,
    "share_voice": 0.2,
    "aht_voice_min": 8,
    "shrinkage": 0.30,
    "occupancy": 0.85,
}


def test_e1_integra_workload():
    result = run(**INTEGRA)
    for key, hours in (("voice", 400), ("email", 533.33), ("chat", 166.67), ("messaging", 0)):
        assert row(result, f"hours_{key}")[1:] == pytest.approx([hours] * 12, abs=0.005)
    assert row(result, "workload_hours")[1:] == close([1100.0] * 12)
    assert row(result, "contacts_voice")[1:] == close([4000.0] * 12)
    assert year(result, "contacts") == 120_000


@pytest.mark.parametrize(
    ("occupancy", "hours_month", "fte"),
    [
        (1.00, 160, 10.5769),  # E2: as printed, without occupancy
        (1.00, 2080 / 12, 9.763),
        (1.00, 176, 9.615),
        (0.85, 160, 12.443),  # E3: the guide's "plan 12-14"
        (0.80, 160, 13.221),
        (0.75, 160, 14.103),
    ],
)
def test_e2_e3_integra_fte(occupancy, hours_month, fte):
    result = run(**{**INTEGRA, "occupancy": occupancy, "hours_month": hours_month})
    assert row(result, "required_fte")[1:] == pytest.approx([fte] * 12, abs=6e-4)


def test_e15_e16_deserve_hours_are_2072_83_not_2065():
    result = run(**DESERVE, hours_month=176)
    assert row(result, "workload_hours")[1] == pytest.approx(1233.33, abs=0.005)
    scheduled = row(result, "required_fte")[1] * 176
    assert scheduled == pytest.approx(2072.83, abs=0.005)
    assert scheduled / 8 == pytest.approx(259.10, abs=0.005)


@pytest.mark.parametrize(("hours_month", "fte"), [(176, 11.777), (2080 / 12, 11.959), (160, 12.955)])
def test_e17_deserve_fte(hours_month, fte):
    assert row(run(**DESERVE, hours_month=hours_month), "required_fte")[1] == pytest.approx(fte, abs=6e-4)


@pytest.mark.parametrize(("hours_month", "aht"), [(160, 5.712), (2080 / 12, 6.188)])
def test_e20_amare_twelve_agents(hours_month, aht):
    result = run([12_000.0] * 12, share_voice=1.0, aht_voice_min=aht, hours_month=hours_month)
    assert row(result, "required_fte")[1] == pytest.approx(12.0, abs=1e-9)


def test_e9_churn_is_a_run_rate_in_points_of_revenue():
    case = {"arr": 15e6, "churn_cut": 0.01}
    assert year(run(**case), "retained") == close(150_000)
    assert year(run(**case, churn_method="cohort"), "retained") == close(81_250)
    assert year(run(**case, churn_method="cohort", gross_margin=0.8), "retained") == close(65_000)
    assert year(run(arr=15e6, churn_cut=0.01 * 0.10), "retained") == close(15_000)


def test_e10_break_even_needs_an_investment():
    case = {"arr": 15e6, "churn_cut": 0.01}
    assert figure(run(**case, setup=112_500), "payback") == close(9)
    assert figure(run(**case, setup=46_875, churn_method="cohort"), "payback") == close(9)
    assert figure(run(**case, setup=12_800), "payback") == close(1.024)
    assert figure(run(**case, setup=58_200), "payback") == close(4.656)
    assert math.isnan(figure(run(**case, setup=187_500), "payback"))  # 15 months


def test_churn_case_of_domain_2_5():
    case = {"arr": 15e6, "setup": 60_000, "platform_month": 2500, "gross_margin": 0.8}
    result = run(**case, churn_cut=0.01, churn_lag=3, churn_ramp=3)
    assert math.isnan(figure(result, "payback"))  # 13.33 months
    assert row(result, "project_cumulative")[12] == close(-60_000 - 12 * 2500 + 8 * 10_000)
    assert figure(result, "breakeven_churn_cut") == close(0.01125)
    level = run(**case, churn_cut=0.01125, churn_lag=3, churn_ramp=3)
    assert row(level, "project_cumulative")[12] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("cost", "saved", "net", "break_even"), [(6, 4200, 2800, 1400 / 6000), (12, 8400, 7000, 1400 / 12000)]
)
def test_e19_deserve_deflection(cost, saved, net, break_even):
    result = run(deflect_rate=0.1, success=0.7, deflect_cost=cost, platform_month=1400)
    assert row(result, "deflection_saving")[1:] == close([saved] * 12)
    assert row(result, "project")[1:] == close([net] * 12)
    assert figure(result, "breakeven_success") == close(break_even)


def test_cost_per_productive_hour_of_domain_2_1():
    # Driveert onshore: 4,500 a month is 37.09 per productive hour at 173.33 h and 30%
    result = run(fte_cost_onshore=4500, mix_onshore_inhouse=1.0)
    assert figure(result, "cost_per_productive_hour") == pytest.approx(37.09, abs=0.005)
    # 43.63 a handled hour, 6 minutes
    assert figure(result, "cost_per_contact") == pytest.approx(4.36, abs=0.005)


# ---- people, by hand ----


def test_hires_age_through_six_months_and_shrink_with_attrition():
    ramp = {f"ramp_{age}": 0.1 * age for age in range(1, 7)}
    volume = [10_000.0] + [20_000.0] + [1.0] * 10  # one wave of hires in month 2
    result = run(volume, attrition_year=1.2, cost_per_hire=1, overflow_hour=1, **ramp)
    need = 1000 / 0.85 / 0.70 / (2080 / 12)
    hired = 2 * need - 0.9 * need
    assert row(result, "hires") == close([0, 0, hired] + [0] * 10)
    lost = [hired * 0.9**age * (1 - 0.1 * (age + 1)) for age in range(6)]
    assert row(result, "ramp_loss") == close([0, 0, *lost, 0, 0, 0, 0, 0])
    assert row(result, "effective_fte")[3] == close(2 * need * 0.9 - lost[1])


def test_nobody_is_dismissed_and_opening_people_are_trained():
    result = run([10_000.0] * 6 + [1000.0] * 6, start_fte=30, ramp_1=0.1)
    assert row(result, "paid_fte") == [30.0] * 13
    assert row(result, "effective_fte")[1:] == [30.0] * 12
    assert year(result, "overflow") == 0


def test_pay_rise_starts_in_its_month():
    result = run(start_fte=20, merit=0.04, merit_month=4)
    assert row(result, "labor_onshore") == close([0] + [-100_000] * 3 + [-104_000] * 9)


def test_zero_contacts_cost_people_but_have_no_cost_per_contact():
    result = run([0.0] * 12, start_fte=2)
    assert year(result, "labor_onshore") == close(-120_000)
    assert math.isnan(figure(result, "cost_per_contact"))
    empty = run([0.0] * 12)
    assert year(empty, "net") == 0
    assert math.isnan(figure(empty, "cost_per_productive_hour"))


# ---- several markets ----

SPLIT = {"onshore": 0.2, "nearshore": 0.3, "offshore": 0.5}


def test_three_markets_at_equal_cost_are_one_market():
    contacts = [9000.0, 9500, 12_000, 8000, 8100, 8200, 9900, 11_000, 10_500, 12_500, 14_000, 13_000]
    common = {"attrition_year": 0.4, "cost_per_hire": 2500, "ramp_1": 0.5, "overflow_hour": 20, "merit": 0.03}
    common |= {"merit_month": 5, "license_agent_month": 100, "start_fte": 8}
    one = run(contacts, **common)
    three = run(
        contacts,
        **common,
        **{f"mix_{market}_inhouse": share for market, share in SPLIT.items()},
        **{f"fte_cost_{market}": 5000.0 for market in SPLIT},
    )
    for key in ("paid_fte", "hires", "overflow", "operating", "net"):
        assert row(three, key) == close(row(one, key))
    for market, share in SPLIT.items():
        labor = [share * value for value in row(one, "labor_onshore")]
        assert row(three, f"labor_{market}") == close(labor)


def test_in_house_and_bpo_share_the_work():
    result = run(
        mix_onshore_inhouse=0.5,
        mix_nearshore_bpo=0.3,
        mix_offshore_bpo=0.2,
        license_agent_month=100,
        addons_agent_month=20,
        license_bpo=0.4,
        telephony_agent_month=10,
    )
    fte = 1000 / 0.85 / 0.70 / (2080 / 12)  # all the work
    assert row(result, "required_fte")[1] == close(0.5 * fte)
    assert row(result, "bpo_seats_nearshore")[1] == close(0.3 * fte)
    assert row(result, "bpo_seats_offshore")[1] == close(0.2 * fte)
    # the rate card's middle: 5,500 an FTE, 3,900 and 2,000 a seat
    assert row(result, "labor_onshore")[1] == close(-0.5 * fte * 5500)
    assert row(result, "bpo_nearshore")[1] == close(-0.3 * fte * 3900)
    assert row(result, "bpo_offshore")[1] == close(-0.2 * fte * 2000)
    users = 0.5 * fte + 0.4 * 0.5 * fte
    assert row(result, "licenses")[1] == close(-users * 120)
    assert row(result, "telephony")[1] == close(-users * 10)
    assert year(result, "productive_hours") == close(12 * fte * (2080 / 12) * 0.70)


def test_all_work_outsourced_leaves_no_people():
    result = run(mix_offshore_bpo=1.0, attrition_year=0.5, cost_per_hire=1000, license_agent_month=50)
    for key in ("paid_fte", "hires", "labor_onshore", "labor_offshore", "licenses", "overflow"):
        assert row(result, key) == close([0.0] * 13)
    assert year(result, "operating") == year(result, "bpo_offshore")


def test_exchange_rate_applies_to_both_costs_of_its_market_only():
    split = {"mix_onshore_inhouse": 0.4, "mix_offshore_inhouse": 0.3, "mix_offshore_bpo": 0.3}
    split |= {"fte_cost_onshore": 5000}
    dollars = run(**split, fte_cost_offshore=1750, seat_offshore=1400)
    pesos = run(**split, fte_cost_offshore=100_000, seat_offshore=80_000, fx_offshore=0.0175)
    for key in ("labor_onshore", "labor_offshore", "bpo_offshore", "net"):
        assert row(pesos, key) == close(row(dollars, key))


def test_rate_card_in_dollars_is_converted_for_a_plan_in_euros():
    dollars = run(mix_offshore_bpo=1.0)
    euros = run(mix_offshore_bpo=1.0, currency="EUR", fx_offshore=0.86)
    assert year(euros, "bpo_offshore") == close(0.86 * year(dollars, "bpo_offshore"))


# ---- technology, by hand ----


def test_messages_ai_and_telephony_minutes():
    result = run(
        share_voice=0.4,
        aht_voice_min=6,
        share_chat=0.6,
        aht_chat_min=10,
        concurrency_chat=2,
        sms_per_contact=1.5,
        sms_rate=0.01,
        ai_share=0.6,
        ai_rate=0.005,
        telephony_minute=0.02,
    )
    assert row(result, "messaging")[1] == close(-150)  # 10,000 x 1.5 x 0.01
    assert row(result, "ai")[1] == close(-30)  # 10,000 x 60% x 0.005
    assert row(result, "telephony")[1] == close(-480)  # 24,000 voice minutes; chat has none
    assert row(result, "hours_chat")[1] == close(500)  # 6,000 x 10 / 60 / 2


def test_reserve_is_added_to_licenses_and_add_ons():
    result = run(start_fte=20, license_agent_month=100, addons_agent_month=50, reserve=0.125)
    assert row(result, "licenses")[1:] == close([-3000] * 12)
    assert row(result, "integration_reserve")[1:] == close([-375] * 12)
    assert row(result, "contingency_cost")[1:] == close([-0.125 * (100_000 + 3375)] * 12)


def test_recordings_pile_up_to_the_retention():
    result = run(storage_gb_month=0.05, retention_months=3)
    month = 60_000 * 0.48 / 1000 * 0.05  # 28.8 GB of voice a month
    assert row(result, "storage") == close([0, -month, -2 * month] + [-3 * month] * 10)


def test_contingency_is_taken_once_on_operating_cost():
    result = run(contingency=0.1, setup=10_000, platform_month=1000)
    assert year(result, "contingency_cost") == close(0.1 * year(result, "operating"))
    assert year(result, "net") == close(1.1 * year(result, "operating") - 22_000)


# ---- return on the project ----


def test_payback_waits_for_the_first_recovery():
    # -9,000, then 1,000 a month: level after nine months; discounted at 10% a year
    result = run(setup=9000, deflect_rate=0.1, success=1.0, deflect_cost=1, discount_annual=0.10)
    assert figure(result, "payback") == close(9)
    flows = [-9000] + [1000 * 1.1 ** (-month / 12) for month in range(1, 13)]
    assert figure(result, "payback_discounted") == close(second_payback(flows))
    assert figure(result, "npv") == close(math.fsum(flows))


def test_no_project_has_no_payback_and_no_irr():
    result = run()
    for key in ("payback", "payback_discounted", "irr", "breakeven_success", "breakeven_churn_cut"):
        assert math.isnan(figure(result, key))
    assert figure(result, "npv") == 0


def test_several_changes_of_direction_have_no_irr():
    # a saving that stops in month 7 leaves the platform cost: - + -
    result = run([10_000.0] * 6 + [0.0] * 6, setup=1000, platform_month=500, deflect_rate=0.1, deflect_cost=5)
    assert row(result, "sign_changes")[12] == 2
    assert math.isnan(figure(result, "irr"))
    assert math.isfinite(figure(result, "npv"))


def test_a_project_without_set_up_that_never_recovers_has_no_payback():
    result = run(platform_month=5000, deflect_rate=0.1, deflect_cost=1)
    assert row(result, "project_cumulative")[12] < 0
    assert math.isnan(figure(result, "payback"))
    assert math.isnan(figure(result, "payback_discounted"))


def test_a_project_without_set_up_pays_back_when_its_running_sum_is_level_again():
    # -700, 0, +700, ...: the running sum is -700, -700, 0 and level at the end of month 3
    result = run(platform_month=1400, deflect_rate=0.1, success=0.7, deflect_cost=3, deflect_ramp=3)
    assert row(result, "project")[:5] == close([0, -700, 0, 700, 700])
    assert figure(result, "payback") == close(3)


# ---- many plans at once ----


def mixed_plans(count):
    for number in range(count):
        case = random_case(number)
        draw = random.Random(SEED - number)
        cuts = sorted(draw.uniform(0, 1) for _ in range(5))
        mix = [right - left for left, right in zip([0, *cuts], [*cuts, 1], strict=True)]
        names = [f"mix_{market}_{how}" for market in SPLIT for how in ("inhouse", "bpo")]
        inputs = as_inputs(case) | dict(zip(names, mix, strict=True)) | {"seat_onshore": 5200.0}
        inputs |= {"share_voice": 0.5, "share_chat": 0.5, "aht_chat_min": 9.0, "concurrency_chat": 2.0}
        inputs |= {"fx_offshore": draw.uniform(0.5, 2), "sms_per_contact": 1.0, "sms_rate": 0.01}
        if number % 3 == 0:
            del inputs["setup"], inputs["overflow_hour"]
        yield make_plan(case["contacts"], **inputs)


def test_many_plans_at_once_equal_one_by_one():
    plans = list(mixed_plans(16))
    together = PLAN.evaluate({name: np.array([plan.values[name] for plan in plans]) for name in INPUTS})
    for place, plan in enumerate(plans):
        alone = plan.run().numbers
        where = f"seed {SEED}, plan {place}"
        for group in ("lines", "years", "figures"):
            for key, value in getattr(alone, group).items():
                column = getattr(together, group)[key][..., place]
                np.testing.assert_allclose(column, value, rtol=1e-12, atol=1e-9, err_msg=f"{key}, {where}")
        for group in ("flags", "checks"):
            for key, value in getattr(alone, group).items():
                assert str(getattr(together, group)[key][place]) == str(value), f"{key}, {where}"


def test_shapes_of_many_plans():
    plans = list(mixed_plans(3))
    together = PLAN.evaluate({name: np.array([plan.values[name] for plan in plans]) for name in INPUTS})
    assert {value.shape for value in together.lines.values()} == {(13, 3)}
    assert {value.shape for value in together.years.values()} == {(3,)}
    assert {value.shape for value in together.figures.values()} == {(3,)}
