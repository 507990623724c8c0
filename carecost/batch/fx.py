"""Exchange rates for the roll-up: a small CSV table, each line what one unit is worth in one currency."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from carecost.batch.columns import MARKS
from carecost.batch.drivers import SEPARATORS
from carecost.errors import DataError
from carecost.model.inputs import shown

TITLES = ("from", "to", "rate")
CURRENCY = re.compile("[A-Z]{3}")


class Rate(NamedTuple):
    """One unit of a currency is worth ``rate`` units of the table's own; where that comes from."""

    currency: str
    rate: float
    date: str = ""
    source: str = ""


@dataclass(frozen=True)
class Rates:
    """Rates into one currency, which has the rate 1."""

    currency: str
    rates: Mapping[str, Rate]

    def __getitem__(self, currency: str) -> float:
        return self.rates[currency].rate


def read_rates(path: Path, decimal: str) -> Rates:
    """Read a table with the columns from, to and rate, and date and source if it has them."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = max(SEPARATORS, key=file.readline().count)
            file.seek(0)
            lines = list(csv.DictReader(file, delimiter=separator, restval=""))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read as CSV in UTF-8 ({error}).") from None
    missing = [title for title in TITLES if not lines or title not in lines[0]]
    if missing:
        raise DataError(f"{path}: needs the columns from, to and rate, and at least one line below them.")
    found: dict[str, Rate] = {}
    for number, line in enumerate(lines, start=2):
        where = f"{path}, row {number}"
        if not all(CURRENCY.fullmatch(line[title].strip()) for title in TITLES[:2]):
            raise DataError(f'{where}: from and to must be three capital letters, such as "EUR".')
        text = line["rate"].strip()
        rate = float(text.replace(",", ".")) if MARKS[decimal].fullmatch(text) else 0.0
        if not 0 < rate < float("inf"):
            raise DataError(f"{where}: rate = {shown(text)}: must be a number above 0, such as 1{decimal}16.")
        currency, to = line["from"].strip(), line["to"].strip()
        if to != lines[0]["to"].strip():
            raise DataError(
                f"{where}: converts to {to}, other lines to {lines[0]['to'].strip()}: give one currency."
            )
        if currency in found:
            raise DataError(f"{where}: {currency} has two rates: keep one.")
        if currency == to and rate != 1:
            raise DataError(f"{where}: one {to} is one {to}: leave the line out.")
        found[currency] = Rate(
            currency, rate, (line.get("date") or "").strip(), (line.get("source") or "").strip()
        )
    own = lines[0]["to"].strip()
    return Rates(own, {own: Rate(own, 1.0), **found})


def check_currencies(rates: Rates, currencies: Iterable[str]) -> None:
    """Refuse a table whose rows need a rate that is not there."""
    missing = [found for found in currencies if CURRENCY.fullmatch(found) and found not in rates.rates]
    if missing:
        raise DataError(
            f"no rate for {', '.join(sorted(missing))}: add a line from each to {rates.currency} to the rates table."
        )
