"""Time one plan from file to workbook, and many plans through the model, against openpyxl in the same run.

    python bench/plan.py

Every figure is the median of several rounds after a warm-up, in one process. The yardstick is what a
script without carecost would do with the same template: openpyxl loads it, sets the inputs and saves it
(and leaves every formula without a value).
"""

import argparse
import datetime
import os
import platform
import tempfile
from pathlib import Path

import numpy as np
import openpyxl
from timing import median

from carecost.model.inputs import INPUTS
from carecost.model.statement import PLAN
from carecost.planfile import load_plan
from carecost.rates import builtin_card
from carecost.shipped import shipped
from carecost.workbook.fill import PNL_TEMPLATE, fill, pnl_template
from carecost.workbook.package import write_whole
from carecost.workbook.values import workbook_values

PLANS = (1, 10, 100, 1_000, 10_000)
EXAMPLE = shipped("examples") / "worked_example.toml"


def many(values, plans):
    """The inputs of one plan as arrays of many: contacts and handle time differ from plan to plan."""
    rng = np.random.default_rng(2026)
    arrays = {
        name: np.full(plans, value) if INPUTS[name].kind != "date" else value
        for name, value in values.items()
    }
    for name in [*(name for name in INPUTS if name.startswith("contacts_")), "aht_voice_min"]:
        arrays[name] = arrays[name] * rng.uniform(0.5, 2, plans)
    return arrays


def with_openpyxl(path, values):
    book = openpyxl.load_workbook(PNL_TEMPLATE)
    for name, value in values.items():
        ((sheet, area),) = book.defined_names[name].destinations
        book[sheet][area.replace("$", "")] = value
    book.save(path)


def measure(rounds):
    """Rows of the table: what, seconds, how many plans in it, whether openpyxl does the same work."""
    card = builtin_card()
    result = load_plan(EXAMPLE, card).run()
    values = result.plan.values
    typed = {name: None if value != value else value for name, value in values.items()}
    template, ready = pnl_template(), workbook_values(result)
    content = template.fill(ready)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "budget.xlsx")
        steps = {
            "openpyxl: load template, set inputs, save": lambda: with_openpyxl(target, typed),
            "plan file to workbook on disk": lambda: write_whole(
                target, fill(load_plan(EXAMPLE, card).run())
            ),
            "  read, check and complete the plan file": lambda: load_plan(EXAMPLE, card),
            "  compute the plan": lambda: all_numbers(result.plan.run().numbers),
            "  values of the cells, swings included": lambda: workbook_values(result),
            "  fill the template with them": lambda: template.fill(ready),
            "  write the file": lambda: write_whole(target, content),
        }
        for what, step in steps.items():
            yield what, median(step, rounds), 1, not what.startswith("  ") or "fill" in what
    for plans in PLANS:
        arrays = many(values, plans)
        seconds = median(
            lambda arrays=arrays: all_numbers(PLAN.evaluate(arrays)),
            rounds if plans < 10_000 else min(rounds, 5),
        )
        yield f"model, {plans:,} plan{'s' if plans > 1 else ''} at once", seconds, plans, False


def all_numbers(evaluation):
    """Numbers are computed when they are asked for: ask for all of them."""
    return evaluation.lines, evaluation.years, evaluation.figures, evaluation.checks, evaluation.headlines


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog="Example: python bench/plan.py --rounds 21",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=11, help="rounds for each median (default: 11)")
    rounds = parser.parse_args().rounds
    print(
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, NumPy {np.__version__}, openpyxl {openpyxl.__version__}, "
        f"medians of {rounds}\n"
    )
    print(f"| {'what':44} | {'ms':>8} | {'per second':>10} | {'times faster than openpyxl':>26} |")
    print(f"|{'-' * 46}|{'-' * 9}:|{'-' * 11}:|{'-' * 27}:|")
    yardstick = None
    for what, seconds, count, compares in measure(rounds):
        yardstick = yardstick or seconds
        ratio = f"{yardstick / seconds:,.1f}" if compares else ""
        print(f"| {what:44} | {1000 * seconds:8,.2f} | {count / seconds:10,.0f} | {ratio:>26} |")


if __name__ == "__main__":
    main()
