"""Each input held against its allowed values and against the range the sources give."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import numpy as np

from carecost.model.inputs import INPUTS, Input
from carecost.model.native import Quantity, is_text
from carecost.rates import Benchmark, benchmark, benchmark_names

OK = "OK"
BELOW = "below range"
ABOVE = "above range"
NOT_COMPARED = "other currency"
NOT_ALLOWED = "not allowed"
NOT_A_NUMBER = "not a number"


@functools.cache
def sourced_range(declared: Input) -> Benchmark | None:
    """The envelope of the guides for an input, where they give one with two ends."""
    if declared.benchmark is None or declared.benchmark not in benchmark_names():
        return None
    found = benchmark(declared.benchmark)
    return found if found.low is not None and found.high is not None else None


def flag(
    declared: Input,
    value: Quantity,
    allowed_low: Quantity,
    allowed_high: Quantity,
    range_low: Quantity,
    range_high: Quantity,
    fx: Quantity,
    currency: Quantity,
) -> Quantity:
    """What holding one input against its limits gives, in two words; blank inputs give nothing.

    Ranges in money are in the currency of their source and say nothing about another one.
    """
    verdict: Quantity = OK
    found = sourced_range(declared)
    if found is not None:
        compared = value * fx if declared.fx else value
        verdict = np.where(compared < range_low, BELOW, np.where(compared > range_high, ABOVE, OK))
        if found.currency:
            verdict = np.where(currency == found.currency, verdict, NOT_COMPARED)
        if declared.default == 0:  # zero is "not used", whatever the others pay
            verdict = np.where(value == 0, OK, verdict)
    for limit, bound, broken in (
        (allowed_low, declared.min, np.less),
        (allowed_low, declared.above, np.less_equal),
        (allowed_high, declared.max, np.greater),
        (allowed_high, declared.below, np.greater_equal),
    ):
        if bound is not None:
            verdict = np.where(broken(value, limit), NOT_ALLOWED, verdict)
    return np.where(np.isfinite(value), verdict, np.where(is_text(value), NOT_A_NUMBER, ""))


def input_flags(inputs: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """The flag of every number among the inputs."""
    flags = {}
    for name, declared in INPUTS.items():
        if declared.kind != "number":
            continue
        found = sourced_range(declared)
        flags[name] = flag(
            declared,
            inputs[name],
            declared.low,
            declared.high,
            found.low if found else None,
            found.high if found else None,
            inputs[declared.fx] if declared.fx else None,
            inputs["currency"],
        )
    return flags
