"""Valid random plans over the whole domain: the same seed and number give the same plan."""

import random
from datetime import date

from carecost.model.completion import complete
from carecost.model.inputs import CHANNELS, MARKETS, MONTHS, RAMP_MONTHS
from carecost.model.result import Plan
from carecost.rates import builtin_card

PARTS = 10_000
CURRENCIES = {"EUR": 0.86, "GBP": 0.74, "INR": 83.1, "JPY": 151.7, "KWD": 0.307}
MIXES = [f"mix_{market}_{how}" for market in MARKETS for how in ("inhouse", "bpo")]
PROJECTS = ("none", "usual", "no_setup", "setup_only", "steep", "hopeless", "late", "turning", "long_ramp")


def random_plan(seed, number):
    """Plan ``number`` of a seed, complete and within every rule."""
    values, provenance = complete(random_inputs(seed, number), builtin_card())
    return Plan(values, provenance)


def random_inputs(seed, number):
    """What the plan file of a random plan states, by input name."""
    rng = random.Random(f"{seed}/{number}")
    given = {"name": f"Random {seed}/{number}", "start": date(rng.randint(1990, 2040), rng.randint(1, 12), 1)}
    given |= _contacts(rng) | _channels(rng) | _working_time(rng) | _delivery(rng)
    given |= _people(rng, given) | _technology(rng)
    return given | _project(rng, PROJECTS[number % len(PROJECTS)])


def _shares(rng, names):
    """Shares that add up to 1; a random few of the names share the whole."""
    used = rng.sample(names, rng.randint(1, len(names)))
    cuts = sorted(rng.sample(range(1, PARTS), len(used) - 1))
    parts = [high - low for low, high in zip([0, *cuts], [*cuts, PARTS], strict=True)]
    return dict.fromkeys(names, 0.0) | {name: part / PARTS for name, part in zip(used, parts, strict=True)}


def _maybe(rng, likely, draw):
    return draw() if rng.random() < likely else 0.0


def _contacts(rng):
    scale = 10 ** rng.uniform(1, 6)
    shape = rng.choice(("season", "peak", "gap", "none"))
    months = [scale * rng.uniform(0.7, 1.3) for _ in range(MONTHS)]
    if shape == "peak":
        months[rng.randrange(MONTHS)] *= 5
    elif shape == "gap":
        months[rng.randrange(MONTHS)] = 0.0
    elif shape == "none" and rng.random() < 0.3:
        months = [0.0] * MONTHS
    if rng.random() < 0.5:
        months = [float(round(month)) for month in months]
    return {f"contacts_{month:02d}": value for month, value in enumerate(months, start=1)}


def _channels(rng):
    given = _shares(rng, [f"share_{channel}" for channel in CHANNELS])
    for channel in CHANNELS:
        given[f"aht_{channel}_min"] = rng.uniform(0.5, 45)
        given[f"concurrency_{channel}"] = rng.choice((1.0, 1.0, 2.0, rng.uniform(1, 6)))
    return given


def _working_time(rng):
    return {
        "shrinkage": rng.choice((0.0, 0.30, rng.uniform(0.1, 0.6))),
        "occupancy": rng.uniform(0.4, 1.0),
        "hours_month": rng.choice((160.0, 2080 / 12, 176.0, rng.uniform(80, 220))),
        "merit": rng.choice((0.0, 0.03, rng.uniform(-0.2, 0.5))),
        "merit_month": float(rng.randint(1, 13)),
    }


def _delivery(rng):
    kind = rng.choice(("one", "in-house", "bpo", "any", "any"))
    inhouse, bpo = MIXES[::2], MIXES[1::2]
    given = dict.fromkeys(MIXES, 0.0)
    if kind == "one":
        given[rng.choice(MIXES)] = 1.0
    else:
        given |= _shares(rng, {"in-house": inhouse, "bpo": bpo}.get(kind, MIXES))
    given["currency"] = rng.choice(("USD", "USD", *CURRENCIES))
    for market in MARKETS:
        if given["currency"] != "USD":
            given[f"fx_{market}"] = CURRENCIES[given["currency"]] * rng.uniform(0.8, 1.2)
        elif rng.random() < 0.2:
            given[f"fx_{market}"] = rng.uniform(0.01, 3)
        # Both costs in one currency, or both from the rate card, which has no onshore seat.
        if rng.random() < 0.5 or given.get("mix_onshore_bpo"):
            given |= {f"fte_cost_{market}": rng.uniform(500, 9000), f"seat_{market}": rng.uniform(500, 9000)}
    return given


def _people(rng, given):
    people = {
        "attrition_year": rng.choice((0.0, 0.3, rng.uniform(0, 1), rng.uniform(1, 5), 5.0)),
        "cost_per_hire": _maybe(rng, 0.7, lambda: rng.uniform(100, 8000)),
        "overflow_hour": _maybe(rng, 0.7, lambda: rng.uniform(5, 80)),
        "contingency": rng.choice((0.0, 0.125, rng.uniform(0, 0.5))),
    }
    if rng.random() < 0.7:
        ramp = sorted(rng.uniform(0, 1) for _ in range(RAMP_MONTHS))
        people |= {f"ramp_{step}": value for step, value in enumerate(ramp, start=1)}
    if any(given[name] for name in MIXES[::2]) and rng.random() < 0.6:
        hours = sum(
            given["contacts_01"]
            * given[f"share_{channel}"]
            * given[f"aht_{channel}_min"]
            / 60
            / given[f"concurrency_{channel}"]
            for channel in CHANNELS
        )
        needed = hours / given["occupancy"] / (1 - given["shrinkage"]) / given["hours_month"]
        people["start_fte"] = needed * rng.choice((0.0, rng.uniform(0, 0.9), rng.uniform(1.1, 3)))
    return people


def _technology(rng):
    draws = {
        "license_agent_month": lambda: rng.uniform(20, 300),
        "addons_agent_month": lambda: rng.uniform(10, 150),
        "license_bpo": rng.random,
        "telephony_agent_month": lambda: rng.uniform(5, 60),
        "telephony_minute": lambda: rng.uniform(0.002, 0.05),
        "sms_per_contact": lambda: rng.uniform(0.05, 3),
        "ai_share": rng.random,
        "storage_gb_month": lambda: rng.uniform(0.01, 0.2),
        "reserve": lambda: rng.uniform(0, 0.3),
    }
    given = {name: _maybe(rng, 0.6, draw) for name, draw in draws.items()}
    given |= {"sms_rate": rng.uniform(0.005, 0.1), "ai_rate": rng.uniform(0.0005, 0.9)}
    return given | {"retention_months": rng.choice((0.0, 3.0, 24.0, rng.uniform(0, 15)))}


def _project(rng, kind):
    if kind == "none":
        return {}
    given = {
        "setup": rng.uniform(1e3, 2e5),
        "platform_month": rng.uniform(0, 5e3),
        "deflect_rate": rng.uniform(0.01, 1),
        "success": rng.choice((0.70, rng.random())),
        "leakage": rng.choice((0.0, rng.uniform(0, 0.9))),
        "deflect_ramp": rng.choice((0.0, 3.0, rng.uniform(0, 18))),
        "deflect_cost": rng.uniform(0.1, 15),
        "arr": 10 ** rng.uniform(4, 9),
        "churn_cut": rng.choice((0.0, 0.01, rng.uniform(0, 0.2))),
        "gross_margin": rng.choice((0.0, 0.8, 1.0, rng.random())),
        "churn_lag": rng.choice((0.0, 3.0, rng.uniform(0, 14))),
        "churn_ramp": rng.choice((0.0, 3.0, rng.uniform(0, 14))),
        "churn_method": rng.choice(("runrate", "cohort")),
        "discount_annual": rng.choice((0.10, 0.0, rng.uniform(-0.4, 1))),
    }
    if kind == "no_setup":
        given["setup"] = 0.0
    elif kind == "setup_only":
        given |= {"platform_month": 0.0, "deflect_rate": 0.0, "churn_cut": 0.0}
    elif kind == "steep":  # pays back at once, many times over
        given |= {
            "setup": 10 ** rng.uniform(-2, 3),
            "platform_month": 0.0,
            "churn_lag": 0.0,
            "churn_cut": 0.1,
        }
        given["gross_margin"] = 0.9
    elif kind == "hopeless":  # brings back a small part of what it costs
        given |= {"setup": 10 ** rng.uniform(5, 8), "platform_month": 0.0, "churn_cut": 0.0}
        given["deflect_rate"] = rng.uniform(1e-4, 0.05)
    elif kind == "late":  # nothing comes back before the last months
        given |= {"platform_month": 0.0, "deflect_rate": 0.0, "churn_cut": 0.02, "gross_margin": 0.8}
        given |= {"churn_lag": rng.uniform(9, 12.5), "churn_ramp": rng.uniform(0, 3)}
    elif kind == "turning":  # month by month above or below zero: no single rate of return
        given |= {"setup": 0.0, "platform_month": rng.uniform(1e3, 1e5), "churn_cut": 0.0}
    elif kind == "long_ramp":
        given |= {"deflect_ramp": rng.uniform(24, 60), "churn_ramp": rng.uniform(24, 60)}
    return given
