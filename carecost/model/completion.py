"""What a plan leaves out: taken from the rate card, then from the declared defaults, never silently."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from carecost.errors import PlanError
from carecost.model.inputs import INPUTS, check_together, defaults, ramp_gap, read_value
from carecost.rates import RateCard

Confidence = Literal["measured", "quoted", "guide", "guess", "default", ""]
# How far a rate card's basis can be trusted, in the words of the Inputs sheet.
TRUST: Mapping[str, Confidence] = {"published": "guide", "quoted": "quoted", "assumed": "guess"}
REQUIRED = tuple(name for name, declared in INPUTS.items() if declared.required)
# Inputs that the rate card has prices for.
PRICED = tuple(name for name, declared in INPUTS.items() if declared.card)


@dataclass(frozen=True)
class Provenance:
    """Where an input's value comes from, as the Inputs sheet prints it."""

    source: str = ""
    date: str = ""
    owner: str = ""
    confidence: Confidence = ""


def complete(given: Mapping[str, Any], card: RateCard) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """Every input's value and provenance; the first rule that the plan breaks is raised.

    ``given`` holds what the plan states, of any type. Blank numbers are NaN in the result.
    """
    return complete_read({name: read_value(name, value) for name, value in given.items()}, card)


def complete_read(stated: Mapping[str, Any], card: RateCard) -> tuple[dict[str, Any], dict[str, Provenance]]:
    """The same for values that ``read_value`` has passed: tables read each of many values once."""
    for name in REQUIRED:
        if name not in stated:
            months = " A plan has twelve months, contacts_01 to contacts_12." if "contacts" in name else ""
            raise PlanError(name, f"{name} is missing: {INPUTS[name].help}{months}")
    gap = ramp_gap(stated)
    if gap:
        raise PlanError(gap, f"{gap} is missing: a later month of the ramp is given, so this one is needed.")
    values: dict[str, Any] = {**defaults(), **stated}
    provenance = {
        name: _stated_provenance(name) if name in stated else _default_provenance(name) for name in INPUTS
    }
    for name in PRICED:
        if name not in stated:
            _from_card(name, card, values, provenance)
    check_together(values)
    return values, provenance


@functools.cache
def _stated_provenance(name: str) -> Provenance:
    """A number without a source is a guess until somebody names one."""
    return Provenance("plan", confidence="guess" if INPUTS[name].kind == "number" else "")


@functools.cache
def _default_provenance(name: str) -> Provenance:
    source = INPUTS[name].default_source
    return Provenance(f"default: {source}", confidence="default") if source else Provenance()


def _from_card(name: str, card: RateCard, values: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """Put the market's price at mid, if the card has one; a price in another currency needs a rate."""
    declared = INPUTS[name]
    market = card.market(declared.member or "")
    price = getattr(market, declared.card or "")
    used = values[str(declared.needed_with)] > 0
    if price is None:
        if used:
            raise PlanError(
                name, f"{name} is missing: the rate card has no price for it. Give {name}, {declared.unit}."
            )
        return
    problem = _unconverted(name, str(declared.fx), market.currency, values, provenance)
    if problem and used:
        raise PlanError(*problem)
    if problem:
        return  # not used: a price that cannot be converted would only mislead
    values[name] = price.mid
    provenance[name] = Provenance(
        f"{price.source} ({market.currency}, {market.price_year})",
        price.valid_from.isoformat() if price.valid_from else "",
        card.name,
        TRUST[price.basis],
    )


def _unconverted(
    name: str, fx: str, currency: str, values: Mapping[str, Any], provenance: Mapping[str, Provenance]
) -> tuple[str, str] | None:
    """Why a price of the card cannot be multiplied by the plan's exchange rate: the key and the words."""
    reporting = values["currency"]
    other = next(key for key, entry in INPUTS.items() if entry.fx == fx and key != name)
    if provenance[fx].confidence == "default":
        if currency == reporting:
            return None
        return fx, (
            f"{fx} is missing: {name} comes from the rate card in {currency} and the plan is in {reporting}. "
            f"Give {fx}, {reporting} per {currency}, or {name} itself."
        )
    if provenance[other].source == "plan" and (currency != reporting or values[fx] != 1):
        return name, (
            f"{name} is missing: {fx} converts your {other}, and the rate card's price is in {currency}. "
            f"Give {name} in the same currency as {other}."
        )
    return None
