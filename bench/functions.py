"""Time the CARE functions against the bare model, plain NumPy and pyworkforce, in one run.

    python -m pip install '.[bench]' && python bench/functions.py

Every figure is the median of several rounds; ratios compare medians of the same run.
"""

import argparse
import datetime
import os
import platform

import numpy as np
from timing import median

from carecost.functions import REGISTRY
from carecost.model import labor, staffing

ROWS = 10_000
SHRINKAGE, OCCUPANCY, HOURS = 0.30, 0.85, 2080 / 12


def repeated(run, times):
    def loop():
        for _ in range(times):
            run()

    return loop


def scalar_calls():
    """Microseconds that a scalar call adds to the model's own function."""
    pairs = {
        "CARE_WORKLOAD": ((4000, 6), lambda: staffing.workload(4000.0, 6.0, 1.0)),
        "CARE_FTE": ((1100,), lambda: staffing.fte(1100.0, SHRINKAGE, OCCUPANCY, HOURS)),
        "CARE_FTE_COST": (("onshore", 48000), lambda: REGISTRY["CARE_FTE_COST"].body(**COST_ARGUMENTS)),
    }
    for name, (args, bare) in pairs.items():
        function = REGISTRY[name]
        with np.errstate(all="ignore"):
            model = median(repeated(bare, 2000), 7) / 2000
        called = median(repeated(lambda function=function, args=args: function(*args), 2000), 7) / 2000
        yield f"{name} scalar, over the model", (called - model) * 1e6, "µs", "aim at most 15"


COST_ARGUMENTS = {
    name: np.nan if parameter.default is None else parameter.default
    for name, parameter in REGISTRY["CARE_FTE_COST"].parameters.items()
} | {"market": "onshore", "salary": 48000.0}


def ranges(rng):
    """Ratios of 10,000-row ranges to bare NumPy for the same arithmetic."""
    salary = rng.uniform(20_000, 90_000, ROWS)
    hours = rng.uniform(100, 5000, ROWS)
    fte, cost = REGISTRY["CARE_FTE"], REGISTRY["CARE_FTE_COST"]
    bare = median(lambda: hours / OCCUPANCY / (1 - SHRINKAGE) / HOURS, 200)
    yield "CARE_FTE, 10,000 rows", median(lambda: fte(hours), 200) / bare, "x NumPy", "aim at most 3"
    bare = median(lambda: labor.fully_loaded(salary, 0.3, 255.0, 150.0, 0.12, 0.3, 5000.0) / 12, 200)
    called = median(lambda: cost("onshore", salary, 0.3, 255, 150, 0.12, 0.3, 5000), 200)
    yield "CARE_FTE_COST built up, 10,000 rows", called / bare, "x NumPy", "aim at most 3"


def queues(rng):
    """Agents and service levels, beside pyworkforce."""
    load = np.exp(rng.uniform(0, np.log(5000), ROWS))
    contacts = load * 60 / 6
    agents, level = REGISTRY["CARE_AGENTS"], REGISTRY["CARE_SL"]
    ours = median(lambda: agents(contacts, 6), 3) / ROWS
    yield "CARE_AGENTS, 10,000 rows of 1-5,000 erlangs", ours * 1e6, "µs a row", ""
    try:
        from pyworkforce.queuing import ErlangC
    except ImportError:
        yield "pyworkforce", float("nan"), "", "not installed: python -m pip install '.[bench]'"
    else:
        few = contacts[:20]

        def theirs():
            for calls in few:
                queue = ErlangC(transactions=calls, aht=6, interval=60, asa=20 / 60, shrinkage=0.0)
                queue.required_positions(service_level=0.8, max_occupancy=0.85)

        peer = median(theirs, 3) / len(few)
        yield "pyworkforce, per row (20 of the same rows)", peer * 1e6, "µs a row", ""
        yield "CARE_AGENTS against pyworkforce", peer / ours, "x faster", "aim at least 100"
    staffed = np.ceil(load * 1.1) + 1
    yield "CARE_SL, 10,000 rows", median(lambda: level(contacts, 6, staffed), 3) * 1e3, "ms", ""
    yield (
        "CARE_SL with patience, 10,000 rows",
        median(lambda: level(contacts, 6, staffed, 20, 60, 120), 3) * 1e3,
        "ms",
        "",
    )


def risk(rng):
    """A simulated total against drawing the same variates with NumPy."""
    low, likely, high = [550e3, 20e3, 5e3], [600e3, 24e3, 12e3], [720e3, 35e3, 30e3]
    runs = 1_000_000
    shapes = [
        (1 + 4 * (m - a) / (b - a), 1 + 4 * (b - m) / (b - a))
        for a, m, b in zip(low, likely, high, strict=True)
    ]

    def drawn():
        for alpha, beta in shapes:
            rng.beta(alpha, beta, runs)

    bare = median(drawn, 3)
    call = REGISTRY["CARE_RISK"]
    for words, correlation, aim in (("uncorrelated", 0.0, "1.5"), ("correlated 0.5", 0.5, "4")):
        ours = median(lambda correlation=correlation: call(low, likely, high, 0.8, correlation, runs), 3)
        yield f"CARE_RISK, 1,000,000 runs, {words}", ours / bare, "x NumPy's beta", f"aim at most {aim}"


def main():
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(
        f"{datetime.date.today()}, Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores"
    )
    rng = np.random.default_rng(1)
    for part in (scalar_calls(), ranges(rng), queues(rng), risk(rng)):
        for what, value, unit, aim in part:
            print(f"{what:48} {value:10.2f} {unit:16} {aim}")


if __name__ == "__main__":
    main()
