"""The demand that all offers are priced against: its fields are declared in ``demand.toml``.

A demand file is TOML: the fields above all tables, then ``[fx]`` (reporting currency per unit of each
other currency, with its source), ``[assumed]`` (what stands in where an offer is silent), ``[weights]``
and ``[sources]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from carecost.errors import DataError
from carecost.model.inputs import CHANNELS, nearest, one_line, shown
from carecost.model.native import Quantity
from carecost.planfile import read_toml
from carecost.quotes.fields import Field, Problem, Value, declared_in, read_answer
from carecost.quotes.offer import FIELDS as OFFER_FIELDS

FIELDS = declared_in(Path(__file__).with_suffix(".toml"))
TABLES = ("fx", "assumed", "weights", "sources")
# What a scorecard can weigh: the price, and what stands for quality. Which way is better, as CARE_SCORECARD.
CRITERIA: Mapping[str, str] = MappingProxyType(
    {"tco": "low", "fcr": "high", "csat": "high", "service_level": "high"}
)
PRICE = "tco"
MONTHS_YEAR = 12
AROUND_THE_CLOCK = FIELDS["hours_week"].max
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Stated:
    """A value with the source that the demand file names for it."""

    value: Value
    source: str


@dataclass(frozen=True)
class Demand:
    """One demand, checked and complete. ``contacts`` has a row per month for each channel in use."""

    values: Mapping[str, Value]
    contacts: Mapping[str, Quantity]
    attained: Quantity | None
    fx: Mapping[str, Stated]
    assumed: Mapping[str, Stated]
    weights: Mapping[str, float]
    sources: Mapping[str, str]
    defaults: tuple[str, ...]
    path: Path

    @property
    def months(self) -> int:
        """Months that are compared."""
        return int(self.number("months"))

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return str(self.values["reporting_currency"])

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels with contacts."""
        return tuple(self.contacts)

    @property
    def needs(self) -> frozenset[str]:
        """What is asked for that some vendors charge extra."""
        found = {f"contacts_{channel}" for channel in self.channels}
        found |= {name for name in ("dedicated_team", "extra_language") if self.values[name] == "yes"}
        if self.values["hours_week"] == AROUND_THE_CLOCK:
            found.add("around_the_clock")
        return frozenset(found)

    def number(self, name: str) -> float:
        """A value that is a number; NaN if the file leaves it out."""
        return float(self.values.get(name, np.nan))  # type: ignore[arg-type]

    def rate_of(self, currency: str, label: str) -> Stated:
        """Reporting currency per unit of a currency; an offer without a rate is refused."""
        if currency == self.currency:
            return Stated(1.0, "reporting currency")
        if currency not in self.fx:
            raise DataError(
                f"{self.path}: {label} is in {currency} and [fx] has no rate for it. Add "
                f'{currency} = {{ rate = ..., source = "..." }}, {self.currency} per {currency}.'
            )
        return self.fx[currency]


def load_demand(path: str | Path, weights: str | Path | None = None) -> Demand:
    """Read and check a demand file; ``weights`` is a file whose shares replace those of its [weights]."""
    table = read_toml(Path(path), "A demand file")
    if weights:
        table["weights"] = _other_weights(weights)
    path = Path(path)
    try:
        return read_demand(table, path)
    except DataError as error:
        words = str(error)
        raise DataError(words if words.startswith(str(path)) else f"{path}: {words}") from None


def read_demand(table: Mapping[str, Any], path: Path) -> Demand:
    """Check the tables of a demand file; ``path`` is where an in-house plan is looked for."""
    for name in table:
        if name not in FIELDS and name not in TABLES:
            raise DataError(f"{one_line(name)} is not a field of a demand file.{nearest(name, FIELDS)}")
    for name in TABLES:
        if not isinstance(table.get(name, {}), Mapping):
            raise DataError(f"{name} must be a table: write [{name}], then one line per entry.")
    values: dict[str, Value] = {}
    lists: dict[str, Quantity] = {}
    for name, declared in FIELDS.items():
        if name not in table:
            continue
        if declared.kind == "months":
            lists[name] = _list(declared, table[name])
        else:
            values[name] = _checked(declared, table[name])
    _complete(values, lists)
    months, growth = int(values["months"]), float(values["growth"])  # type: ignore[arg-type]
    rows = {name: _by_month(name, row, months, growth) for name, row in lists.items()}
    attained = rows.pop("attained", None)
    return Demand(
        values=MappingProxyType(values),
        contacts={
            channel: rows[f"contacts_{channel}"]
            for channel in CHANNELS
            if np.any(rows.get(f"contacts_{channel}", 0) > 0)
        },
        attained=attained,
        fx={name: _fx(name, entry) for name, entry in table.get("fx", {}).items()},
        assumed={name: _assumed(name, entry) for name, entry in table.get("assumed", {}).items()},
        weights=_weights(table.get("weights", {})),
        sources=_sources(table.get("sources", {})),
        defaults=tuple(name for name in values if name not in table),
        path=path,
    )


def _checked(declared: Field, answer: Any) -> Value:
    found = read_answer(declared, answer)
    if isinstance(found, Problem):
        raise DataError(f"{found}.")
    if declared.kind == "date" and found.day != 1:  # type: ignore[union-attr]
        raise DataError(f"{declared.name}: {found}; needed: the first day of a month.")
    if declared.required and found == "":
        raise DataError(f"{declared.name} is empty: write it between the quotes.")
    return found


def _list(declared: Field, answer: Any) -> Quantity:
    if not isinstance(answer, list) or not answer:
        raise DataError(f"{declared.name} must be a list of numbers, one for each month: [9200, 8900, ...].")
    number = declared.model_copy(update={"kind": "number"})
    found = []
    for place, each in enumerate(answer, start=1):
        value = read_answer(number, each)
        if isinstance(value, Problem):
            raise DataError(f"{declared.name}, month {place}: {value.found}; needed: {value.needed}.")
        found.append(value)
    return np.array(found, dtype=float)


def _complete(values: dict[str, Value], lists: Mapping[str, Quantity]) -> None:
    """Defaults put in, and the first field raised that is needed and missing."""
    for name, declared in FIELDS.items():
        needed = declared.required or (declared.needed_with is not None and declared.needed_with in lists)
        if needed and name not in values:
            raise DataError(f"{name} is missing: {declared.help}")
        if name not in values and declared.default is not None:
            values[name] = declared.default
    if not any(np.any(row > 0) for name, row in lists.items() if name.startswith("contacts_")):
        raise DataError("no contacts: give contacts_voice = [...] or another channel's.")


def _by_month(name: str, row: Quantity, months: int, growth: float) -> Quantity:
    """One value for each month compared; twelve repeat, contacts with growth."""
    if len(row) == months:
        return row
    if len(row) != MONTHS_YEAR or months < MONTHS_YEAR:
        raise DataError(
            f"{name} has {len(row)} numbers: needed: {months}, one for each month compared"
            + (f", or {MONTHS_YEAR} that repeat every year." if months > MONTHS_YEAR else ".")
        )
    month = np.arange(months)
    level = (1 + growth) ** (month // MONTHS_YEAR) if name.startswith("contacts_") else 1.0
    grown: Quantity = row[month % MONTHS_YEAR] * level
    return grown


def _fx(name: str, entry: Any) -> Stated:
    known = isinstance(entry, Mapping) and set(entry) <= {"rate", "source"}
    rate = entry.get("rate") if known else None
    source = entry.get("source") if known else None
    if isinstance(read_answer(OFFER_FIELDS["currency"], name), Problem):
        raise DataError(f"[fx] {one_line(name)} is no currency: three capital letters, such as EUR.")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < np.inf:
        raise DataError(f'[fx] {name} needs a rate above 0: {name} = {{ rate = ..., source = "..." }}.')
    if not isinstance(source, str) or not source.strip():
        raise DataError(
            f'[fx] {name} needs the source of its rate: {name} = {{ rate = {rate}, source = "..." }}.'
        )
    return Stated(float(rate), _one_text(f"[fx] {name}", source))


def _assumed(name: str, entry: Any) -> Stated:
    declared = OFFER_FIELDS.get(name)
    if declared is None or (declared.default is None and declared.expected is None):
        raise DataError(
            f"[assumed] {one_line(name)} is not a field that can be assumed.{nearest(name, OFFER_FIELDS)}"
        )
    known = isinstance(entry, Mapping) and set(entry) <= {"value", "source"} and "value" in entry
    value, source = (entry["value"], entry.get("source", "")) if known else (entry, "")
    found = read_answer(declared, value)
    if isinstance(found, Problem):
        raise DataError(f"[assumed] {found}.")
    return Stated(found, _one_text(f"[assumed] {name}", source))


def _sources(table: Mapping[str, Any]) -> dict[str, str]:
    for name in table:
        if name not in FIELDS:
            raise DataError(f"[sources] {one_line(name)} is not a field.{nearest(name, FIELDS)}")
    return {name: _one_text(f"[sources] {name}", text) for name, text in table.items()}


def _one_text(where: str, text: Any) -> str:
    found = read_answer(FIELDS["title"], text)
    if isinstance(found, Problem):
        raise DataError(f"{where}: the source {found.found} is not {found.needed}.")
    return str(found)


def _other_weights(path: str | Path) -> dict[str, float]:
    """Weights from a file of their own: its lines, or its [weights]."""
    given = read_toml(Path(path), "A weights file")
    named = given.get("weights")
    try:
        return _weights(named if isinstance(named, Mapping) else given)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def _weights(table: Mapping[str, Any]) -> dict[str, float]:
    known = ", ".join(CRITERIA)
    for name, weight in table.items():
        if name not in CRITERIA:
            raise DataError(f"[weights] {one_line(name)} is no criterion: they are {known}.")
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
            raise DataError(f"[weights] {name} = {shown(weight)}: needed: a share from 0 to 1.")
    if not table:
        raise DataError(
            f"no weights: add [weights] with shares of {known} that add up to 100%, or --weights."
        )
    total = sum(table.values())
    if abs(total - 1) > SUM_TOLERANCE:
        raise DataError(f"[weights] add up to {100 * total:.6g}%: they must add up to 100%.")
    return {name: float(table.get(name, 0)) for name in CRITERIA}
