"""Time the comparison of many quotes over many months, from offers to workbook.

    python bench/quotes.py

The offers are the examples, fifty of them with different rates, over sixty months: every pair's
break-even, the sensitivity and the workbook with its formulas and values. Medians of several rounds
after a warm-up, in one process; the yardstick of the ratios is pricing them once.
"""

import argparse
import dataclasses
import datetime
import os
import platform
import subprocess
import sys

import numpy as np
from timing import median

from carecost.quotes.basis import Basis
from carecost.quotes.compare import compare
from carecost.quotes.demand import load_demand
from carecost.quotes.offer import read_offer
from carecost.quotes.reading import read_quotes
from carecost.quotes.terms import complete
from carecost.quotes.workbook import comparison_workbook
from carecost.shipped import shipped

FOLDER = shipped("examples") / "quotes"


def many(quotes):
    """So many offers, like the examples but each at its own rates."""
    examples = [reading.offer for reading in read_quotes(sorted((FOLDER / "offers").glob("[1-6]_*")))]
    offers = []
    for place in range(quotes):
        stated = dict(examples[place % len(examples)].values)
        stated["offer"] = f"{stated['offer']}-{place}"
        stated["line_1_rate"] *= 1 + place / 300
        offers.append(read_offer(stated, f"offer {place}"))
    return offers


def long(months):
    """The example demand over so many months, its own repeated."""
    demand = load_demand(FOLDER / "demand.toml")
    contacts = {channel: np.resize(row, months) for channel, row in demand.contacts.items()}
    values = {**demand.values, "months": float(months)}
    return dataclasses.replace(demand, values=values, contacts=contacts, attained=None)


def measure(quotes, months, rounds):
    """Rows of the table: what, seconds."""
    offers, demand = many(quotes), long(months)
    basis = Basis([complete(offer, demand) for offer in offers], demand)
    comparison = compare(offers, demand)
    everyone = np.arange(quotes)
    yield "price every offer once, all rows", median(lambda: basis.price(everyone), rounds)
    yield (
        "compare: break-even of all pairs, sensitivity, flags",
        median(lambda: compare(offers, demand), rounds),
    )
    yield "write the workbook", median(lambda: comparison_workbook(comparison), rounds)
    yield "all of it", median(lambda: comparison_workbook(compare(offers, demand)), rounds)


def start_up():
    """Seconds until the command line has answered, the libraries of a comparison loaded."""
    command = [sys.executable, "-c", "import carecost.cli, carecost.quotes.compare, carecost.quotes.workbook"]
    return median(lambda: subprocess.run(command, check=True), 3)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog="Example: python bench/quotes.py --quotes 50 --months 60",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quotes", type=int, default=50, help="how many offers (default: 50)")
    parser.add_argument("--months", type=int, default=60, help="months compared (default: 60)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each median (default: 5)")
    given = parser.parse_args()
    print(
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{given.quotes} quotes x {given.months} months, medians of {given.rounds}\n"
    )
    print(f"| {'what':54} | {'seconds':>8} | {'ratio':>8} |")
    print(f"|{'-' * 56}|{'-' * 9}:|{'-' * 9}:|")
    yardstick = None
    for what, seconds in measure(given.quotes, given.months, given.rounds):
        yardstick = yardstick or seconds
        print(f"| {what:54} | {seconds:8.3f} | {seconds / yardstick:8.1f} |")
    print(f"| {'start-up, beside the rest':54} | {start_up():8.3f} | {'':8} |")


if __name__ == "__main__":
    main()
