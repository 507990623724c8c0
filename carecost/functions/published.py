"""Published figures in functions: looked up by name in Python, as tables inside the formula in a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from carecost.errors import CellError
from carecost.functions.cells import shown
from carecost.model.inputs import nearest, one_line
from carecost.model.native import Quantity, spelled
from carecost.rates import Benchmark, UnknownNameError, benchmark, benchmark_names

# A value this close to an end of a range, as a share of it, is at the end: 0.1 + 0.2 is 30%.
DUST = 1e-9
# Beyond every value: the end that no guide states.
ENDLESS = 1e300
# In a table, a benchmark's number times this, plus the number of the guide, is one key.
GUIDES = 10


def _figure_formula(excel: Quantity, name: Quantity, which: Quantity, source: Quantity) -> Quantity:
    """A row per benchmark, and one per benchmark and guide; the envelope's guide is number 0."""
    rows: dict[int, Benchmark] = {}
    guides = list(dict.fromkeys(guide for known in benchmark_names() for guide in benchmark(known).guides))
    for place, known in enumerate(benchmark_names(), start=1):
        found = benchmark(known)
        rows[GUIDES * place] = found
        if len(found.guides) > 1:
            rows.update({GUIDES * place + guides.index(guide) + 1: found.of(guide) for guide in found.guides})
        else:  # one guide's figures are the envelope: its own row would be the same
            rows[GUIDES * place + guides.index(found.guides[0]) + 1] = found
    place = excel("XMATCH", name, np.array(benchmark_names()))
    guide = np.where(source == "", 0, excel("XMATCH", source, np.array(guides)))
    keys = np.array(list(rows), dtype=float)
    row = excel("XMATCH", GUIDES * place + guide, keys)
    low, high = (excel("INDEX", ends, row) for ends in _ends(rows.values()))
    # Half the sum of two ends is as far out as the one that nobody states.
    wanted = np.where(which == "low", low, np.where(which == "high", high, (low + high) / 2))
    return np.where(np.abs(wanted) < ENDLESS / 4, wanted, np.nan)


def _ends(rows: Iterable[Benchmark]) -> tuple[Quantity, Quantity]:
    """Low and high ends as tables."""
    ends = [
        (-ENDLESS if row.low is None else row.low, ENDLESS if row.high is None else row.high) for row in rows
    ]
    low, high = np.array(ends).T
    return low, high


@spelled(_figure_formula)
def figure(name: Quantity, which: Quantity, source: Quantity) -> Quantity:
    """Low, mid or high of a benchmark, of one guide or (a blank source) of all.

    >>> figure("shrinkage", "high", "driveert").tolist()
    [0.35]
    """

    def stated(name: str, which: Any, source: str) -> float:
        found = _benchmark("CARE_BENCHMARK", name)
        try:
            return (found.of(one_line(source)) if source else found).at(which)
        except UnknownNameError as error:
            raise CellError("#N/A", f"CARE_BENCHMARK: {error}") from None

    return _looked_up(stated, name, which, source)


def _verdict_formula(excel: Quantity, name: Quantity, value: Quantity) -> Quantity:
    every = [benchmark(known) for known in benchmark_names()]
    place = excel("XMATCH", name, np.array(benchmark_names()))
    low, high = (excel("INDEX", ends, place) for ends in _ends(every))
    words = excel("INDEX", np.array([range_in_words(row) for row in every]), place)
    below, above = _outside(value, low, high)
    return np.where(below | above, excel("CONCAT", np.where(below, "LOW: ", "HIGH: "), words), "OK")


@spelled(_verdict_formula)
def verdict(name: Quantity, value: Quantity) -> Quantity:
    """OK, or the side of a benchmark's range on which a value lies, with the range and its guides.

    >>> verdict("occupancy", 0.95).tolist()
    ['HIGH: 75%-85% (Integra, Driveert, Dignifi, Deserve)']
    """
    name, value = np.broadcast_arrays(np.atleast_1d(name), value)
    verdicts = np.full(name.shape, "OK", dtype=object)
    for each in dict.fromkeys(name.tolist()):
        here = name == each
        try:
            found = _benchmark("CARE_CHECK", each)
        except CellError as error:
            verdicts[here] = error
            continue
        words = range_in_words(found)
        below, above = _outside(value, *(ends[0] for ends in _ends([found])))
        verdicts[here & below], verdicts[here & above] = f"LOW: {words}", f"HIGH: {words}"
    return verdicts


def _outside(value: Quantity, low: Quantity, high: Quantity) -> tuple[Quantity, Quantity]:
    """Whether a value is below a range, and whether it is above."""
    return value < low - DUST * np.abs(low), value > high + DUST * np.abs(high)


def range_in_words(found: Benchmark) -> str:
    """A range as a person writes it, and who states it.

    >>> range_in_words(benchmark("fte_month_onshore")), range_in_words(benchmark("abandonment"))
    ('4,500-6,500 USD per FTE-month (Driveert)', 'at most 8% (Integra, Driveert, Dignifi, Deserve)')
    """
    percent = "share" in found.unit
    low, high = (None if end is None else _number(end, percent) for end in (found.low, found.high))
    unit = "" if percent else " ".join(["", *([found.currency] if found.currency else []), found.unit])
    if low is None or high is None:
        ends = f"at most {high}" if low is None else f"at least {low}"
    else:  # one figure, or two
        ends = low if low == high else f"{low}-{high}"
    return f"{ends}{unit} ({', '.join(found.guides)})"


def _number(value: float, percent: bool) -> str:
    number = f"{100 * value if percent else value:,.6f}".rstrip("0").rstrip(".")
    return f"{number}%" if percent else number


def _looked_up(answer: Callable[..., float | str], *columns: Quantity) -> Quantity:
    """One answer per cell, errors among them; equal cells are looked up once."""
    lists = [column.tolist() for column in np.broadcast_arrays(*map(np.atleast_1d, columns))]
    cells = list(zip(*lists, strict=True))
    known: dict[tuple[Any, ...], Any] = {}
    for cell in dict.fromkeys(cells):
        try:
            known[cell] = answer(*cell)
        except CellError as error:
            known[cell] = error
    found = np.empty(len(cells), dtype=object)
    found[:] = [known[cell] for cell in cells]
    return found.astype(float) if all(isinstance(value, float) for value in known.values()) else found


def _benchmark(function: str, name: str) -> Benchmark:
    try:
        return benchmark(name)
    except UnknownNameError:
        hint = nearest(name, dict.fromkeys(benchmark_names())) or f" Known: {', '.join(benchmark_names())}"
        raise CellError("#N/A", f"{function}: name = {shown(name)} is not a benchmark.{hint}") from None
