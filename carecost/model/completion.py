"""What a plan leaves out: taken from the rate card, then from the declared defaults, never silently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from carecost.errors import PlanError
from carecost.model.inputs import INPUTS, check_together, defaults, read_value
from carecost.rates import RateCard

Confidence = Literal["measured", "quoted", "guide", "guess", "default", ""]
# How far a rate card's basis can be trusted, in the words of the Inputs sheet.
TRUST: Mapping[str, Confidence] = {"published": "guide", "quoted": "quoted", "assumed": "guess"}


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
    stated = {name: read_value(name, value) for name, value in given.items()}
    for name, declared in INPUTS.items():
        if declared.required and name not in stated:
            months = " A plan has twelve months, contacts_01 to contacts_12." if "contacts" in name else ""
            raise PlanError(name, f"{name} is missing: {declared.help}{months}")
    values: dict[str, Any] = {**defaults(), **stated}
    provenance = {
        name: Provenance("plan", confidence="guess") if name in stated else _default_provenance(name)
        for name in INPUTS
    }
    for name, declared in INPUTS.items():
        if declared.card and name not in stated:
            _from_card(name, card, values, provenance)
    check_together(values)
    return values, provenance


def _default_provenance(name: str) -> Provenance:
    source = INPUTS[name].default_source
    return Provenance(f"default: {source}", confidence="default") if source else Provenance()


def _from_card(name: str, card: RateCard, values: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """Put the market's price at mid, if the card has one; a price in another currency needs a rate."""
    declared = INPUTS[name]
    market = card.market(declared.member or "")
    price = getattr(market, declared.card or "")
    use = values[declared.needed_with]
    if price is None:
        if use > 0:
            raise PlanError(
                name, f"{name} is missing: the rate card has no price for it. Give {name}, {declared.unit}."
            )
        return
    foreign = market.currency != values["currency"]
    if foreign and provenance[str(declared.fx)].confidence == "default":
        if use > 0:
            raise PlanError(
                str(declared.fx),
                f"{declared.fx} is missing: {name} comes from the rate card in {market.currency} and the plan "
                f"is in {values['currency']}. Give {declared.fx}, {values['currency']} per {market.currency}, "
                f"or {name} itself.",
            )
        return  # not used: a price without its exchange rate would only mislead
    values[name] = price.mid
    provenance[name] = Provenance(
        f"{price.source} ({market.currency}, {market.price_year})",
        price.valid_from.isoformat() if price.valid_from else "",
        card.name,
        TRUST[price.basis],
    )
