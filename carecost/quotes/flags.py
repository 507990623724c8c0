"""Red flags: what a buyer should ask a vendor before signing, and what makes a comparison shaky."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from carecost.model.native import Quantity
from carecost.quotes.fields import LINES, RAMPS, TIERS
from carecost.quotes.statement import Evaluation
from carecost.quotes.terms import ALL, HOUR, Terms
from carecost.rates import Benchmark, benchmark

# The guides' prices are in this currency; others are not compared with them.
SOURCED_CURRENCY = "USD"
# Hours a month that a rate per seat or hour is turned with belong to the demand; a seat is compared as a seat.
SEAT, HOURS = "seat_month_{}", "bpo_hour_{}"


class Flag(NamedTuple):
    """A short title and one sentence: what was found and what to ask."""

    title: str
    words: str


def flags_of(terms: Terms, numbers: Evaluation, place: int, currency: str) -> list[Flag]:
    """All flags of one quote, whose column in ``numbers`` is ``place``; ``currency`` is the reporting one."""
    stated = terms.offer.values
    found = [*_unstated(terms), *_ramp(terms), *_lines(terms)]
    if currency == SOURCED_CURRENCY:
        found += _sourced(terms, float(numbers.figures["hour_price"][place]))
    if terms.values.get("credits_deducted") == "yes":
        found.append(
            Flag(
                "Credits counted as savings",
                "Prices are stated after expected service credits. A credit pays for a failure: ask for prices before.",
            )
        )
    months = len(numbers.lines["total_cost"]) - 1
    if float(terms.values["term"]) < months:
        found.append(
            Flag(
                "Term shorter than compared",
                f"The offer binds for {stated['term']:g} of {months} months; its prices are assumed to go on.",
            )
        )
    short = _share(numbers.lines["shortfall"][1:, place])
    if short > 0.5 or (terms.values.get("true_up") == "quarterly" and short > 0.5 / 3):
        found.append(
            Flag("Minimum binds", "The minimum commitment is above the expected usage in most periods.")
        )
    return found


def _unstated(terms: Terms) -> Iterator[Flag]:
    stated = terms.offer.values
    units = {stated[f"line_{line}_unit"] for line in terms.offer.lines}
    if HOUR in units:
        yield Flag(
            "Hour basis not stated",
            "The rate is per hour without saying paid or productive: at 30% shrinkage that is 43% of the price.",
        )
    if "minute" in units and "wrapup_billed" not in stated:
        yield Flag(
            "Wrap-up billing unclear", "A price per minute that does not say whether wrap-up is billed."
        )
    if "fcr" in stated and "fcr_definition" not in stated:
        yield Flag(
            "FCR without definition",
            "First-contact resolution is stated without how it is measured: it cannot be compared.",
        )
    if "minimum_amount" not in stated and "minimum_units" not in stated:
        yield Flag("Minimum missing", "No minimum commitment is stated: ask whether there is none.")
    if "setup" not in stated:
        yield Flag("Setup missing", "No setup fee is stated: ask whether there is none.")
    if stated.get("indexation", 0) and "indexation_cap" not in stated:
        yield Flag("Indexation without cap", "Prices rise each year without a stated limit.")


def _ramp(terms: Terms) -> Iterator[Flag]:
    for billing, productivity in zip(RAMPS["ramp_billing"], RAMPS["ramp_productivity"], strict=True):
        if terms.values[productivity] < 1 and terms.values[billing] >= 1 and _by_time(terms):
            yield Flag(
                "Full billing during ramp",
                "Hours of a team still learning are billed in full: the buyer pays for the ramp.",
            )
            return


def _by_time(terms: Terms) -> bool:
    return any(terms.values[f"line_{line}_unit"] not in ("contact", "resolved") for line in terms.offer.lines)


def _lines(terms: Terms) -> Iterator[Flag]:
    channels = [str(terms.values[f"line_{line}_channel"]) for line in terms.offer.lines]
    if len(channels) > len(set(channels)) or (len(channels) > 1 and ALL in channels):
        yield Flag("Contacts priced twice", "Two price lines bill the same channel: make sure that is meant.")
    for line in LINES:
        steps = [terms.values.get(f"line_{line}_tier_{tier}_rate") for tier in TIERS]
        rates = [terms.values.get(f"line_{line}_rate"), *steps]
        known = [rate for rate in rates if rate is not None]
        if terms.values.get(f"line_{line}_tiers") == "volume" and known != sorted(known):
            yield Flag(
                "Bill falls at a tier",
                "All units take the price of the tier reached: just below a tier's start more units cost less.",
            )


def _sourced(terms: Terms, hour_price: float) -> Iterator[Flag]:
    """Seats against seats; everything else per hour, which the guides leave open as paid or productive."""
    market, unit = str(terms.values["market"]), terms.values["line_1_unit"]
    if not np.isfinite(hour_price):
        return
    if unit == "seat" and market != "onshore":
        sourced = benchmark(SEAT.format(market))
        rate = float(terms.values["line_1_rate"]) * float(terms.fx.value)  # type: ignore[arg-type]
        low, high, words = rate, rate, f"{rate:,.0f} a seat and month"
    else:
        sourced = benchmark(HOURS.format("any" if market == "onshore" else market))
        low, high = hour_price * (1 - terms.values["shrinkage"]), hour_price
        words = f"{low:,.2f} a paid hour, {high:,.2f} a productive hour,"
    if sourced.low is not None and high < sourced.low:
        yield _outside(words, "below", sourced)
    elif sourced.high is not None and low > sourced.high:
        yield _outside(words, "above", sourced)


def _outside(words: str, where: str, sourced: Benchmark) -> Flag:
    guides = ", ".join(sourced.guides)
    return Flag(
        f"Rate {where} the sourced range",
        f"Line 1 comes to {words} {where} the {sourced.low:,.0f} to {sourced.high:,.0f} of {guides}.",
    )


def _share(row: Quantity) -> float:
    return float(np.mean(row > 0))
