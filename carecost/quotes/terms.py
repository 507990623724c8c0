"""An offer made complete: what the vendor leaves out is filled from the demand file, and listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carecost.errors import DataError
from carecost.quotes.demand import Demand, Stated
from carecost.quotes.fields import RAMPS, Field
from carecost.quotes.offer import FIELDS, Offer

ALL = "all"
HOUR = "hour"
FULL = 1.0


@dataclass(frozen=True)
class Assumption:
    """One answer that the vendor left out, with what stands in for it and why."""

    field: str
    label: str
    value: Any
    unit: str
    why: str


@dataclass(frozen=True)
class Terms:
    """An offer with every field that pricing needs. ``assumed`` lists what the vendor did not state."""

    offer: Offer
    values: Mapping[str, Any]
    assumed: tuple[Assumption, ...]
    fx: Stated


def complete(offer: Offer, demand: Demand) -> Terms:
    """Fill what the offer leaves out; ``DataError`` where neither it nor the demand can say."""
    _refuse_unpriced(offer, demand)
    values: dict[str, Any] = dict(offer.values)
    assumed: list[Assumption] = []
    facts = demand.needs | offer.values.keys()
    facts |= {str(offer.values[f"line_{line}_unit"]) for line in offer.lines}
    for name, declared in FIELDS.items():
        if name in values:
            continue
        if _after_ramp(name, offer, demand):
            values[name] = FULL
            continue
        asked = not declared.asked_with or not facts.isdisjoint(declared.asked_with)
        found = _stand_in(declared, demand)
        if asked and found is not None and declared.unless not in offer.values:
            values[name] = found.value
            assumed.append(Assumption(name, declared.label, found.value, declared.unit, found.source))
    for line in offer.lines:
        if values[f"line_{line}_unit"] == HOUR:
            values[f"line_{line}_unit"] = demand.values["unstated_hour"]
            why = f"not said which hour: read as a {demand.values['unstated_hour']} hour, as the demand file says"
            label = FIELDS[f"line_{line}_unit"].label
            assumed.append(
                Assumption(f"line_{line}_unit", label, demand.values["unstated_hour"], "choice", why)
            )
    if "minute" in facts and values["wrapup_billed"] == "no" and "wrapup_share" not in demand.values:
        raise DataError(
            f"{demand.path}: wrapup_share is missing: {offer.label} does not bill wrap-up in its price per minute."
        )
    fx = demand.rate_of(str(values["currency"]), offer.label)
    return Terms(offer, values, tuple(assumed), fx)


def _stand_in(declared: Field, demand: Demand) -> Stated | None:
    """What stands in for a field: the demand's [assumed] table, its expectation, or the declared default."""
    if declared.name in demand.assumed:
        given = demand.assumed[declared.name]
        return Stated(given.value, f"demand file: {given.source}" if given.source else "demand file")
    if declared.expected is not None and declared.expected in demand.values:
        return Stated(demand.values[declared.expected], "demand file: as expected of every vendor")
    return None if declared.default is None else Stated(declared.default, declared.means)


def _after_ramp(name: str, offer: Offer, demand: Demand) -> bool:
    """Whether a month lies behind the ramp that is stated, by the vendor or else by the demand file."""
    steps = next((steps for steps in RAMPS.values() if name in steps), ())
    by_vendor = [step for step in steps if step in offer.values]
    stated = by_vendor or [step for step in steps if step in demand.assumed] or steps[:1]
    return name in steps and name not in stated


def _refuse_unpriced(offer: Offer, demand: Demand) -> None:
    """A price that is missing is missing, never zero."""
    priced = {str(offer.values.get(f"line_{line}_channel", ALL)) for line in offer.lines}
    missing = [channel for channel in demand.channels if channel not in priced]
    if missing and ALL not in priced:
        raise DataError(
            f"{offer.source}: no price line covers {' and '.join(missing)}, and the demand has such contacts. "
            'Add a line, or set a line\'s channel to "all".'
        )
