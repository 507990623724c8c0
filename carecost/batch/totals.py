"""Sums over the workbooks of a run, kept in a size that does not grow with them.

Scenarios are alternatives and currencies do not mix: neither is ever added to another of its kind. With a
table of rates money is converted first.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from carecost.batch.fx import Rates
from carecost.batch.parts import LINES, MONTH_COUNT, YEARS, Part
from carecost.model.statement import PLAN

# What adds up across workbooks; shares, factors and dates of payback do not.
ADDING = ("money", "contacts", "hours", "FTE", "seats", "users")
MOVERS = 20
CHANGES = """
SELECT base.cost_center, other.scenario, other.market, base.currency, base.total, other.total, other.file
FROM sums AS base JOIN sums AS other USING (cost_center, currency)
WHERE base.scenario = ? AND other.scenario != base.scenario AND (? = '' OR currency = ?)
ORDER BY abs(other.total - base.total) * rate_of(currency) DESC, other.row LIMIT ?
"""
SUMS = """
CREATE TABLE sums AS SELECT cost_center, scenario, currency, sum(total) AS total, min(row) AS row,
min(file) AS file, CASE WHEN count(DISTINCT market) = 1 THEN min(market) ELSE 'mixed' END AS market
FROM workbook GROUP BY cost_center, scenario, currency
"""


class Group(NamedTuple):
    """What totals are kept by."""

    scenario: str
    currency: str
    market: str


class MonthGroup(NamedTuple):
    """What months are kept by; ``currency`` is that of the money after conversion."""

    scenario: str
    currency: str
    start: datetime.date


class Mover(NamedTuple):
    """A cost center in one scenario beside the baseline: total cost of the year in its own currency."""

    cost_center: str
    scenario: str
    market: str
    currency: str
    before: float
    after: float
    file: str


class Totals:
    """Sums over workbooks, by group and by month. Their size depends on the groups, not on the rows.

    Without a baseline it is the scenario of the first workbook.
    """

    def __init__(self, rates: Rates | None, baseline: str) -> None:
        self.rates = rates
        self.baseline = baseline
        self.numbers: dict[Group, int] = {}
        self.years: dict[Group, np.ndarray[Any, Any]] = {}
        self.counts: dict[Group, int] = {}
        self.months: dict[MonthGroup, np.ndarray[Any, Any]] = {}
        self.workbooks = 0
        self._data = sqlite3.connect("", isolation_level=None)
        self._data.execute(
            "CREATE TABLE workbook (row, cost_center, scenario, currency, market, file, total)"
        )
        self._data.create_function("rate_of", 1, lambda currency: rates[currency] if rates else 1.0)
        self._money = np.array([PLAN.lines[key].unit == "money" for key in LINES])[:, np.newaxis]

    def add(self, part: Part) -> None:
        """Add the workbooks of a part."""
        texts = part.texts
        self.baseline = self.baseline or texts["scenario"][0]
        self.workbooks += len(part.rows)
        totals = part.year("spend_total").tolist()
        self._data.execute("BEGIN")
        columns = (texts[name] for name in ("cost_center", "scenario", "currency", "market", "file"))
        self._data.executemany(
            "INSERT INTO workbook VALUES (?, ?, ?, ?, ?, ?, ?)",
            zip(part.rows.tolist(), *columns, totals, strict=True),
        )
        self._data.execute("COMMIT")
        for place, group in enumerate(_groups(part)):
            self.numbers.setdefault(group, len(self.numbers) + 1)
            self.counts[group] = self.counts.get(group, 0) + 1
            self.years[group] = self.years.get(group, np.zeros(len(YEARS))) + part.years[place]
            rate = self.rates[group.currency] if self.rates else 1.0
            currency = self.rates.currency if self.rates else group.currency
            month = MonthGroup(group.scenario, currency, part.starts[place])
            lines = np.where(self._money, part.lines[place] * rate, part.lines[place])
            self.months[month] = self.months.get(month, np.zeros((len(LINES), MONTH_COUNT))) + lines

    def groups_of(self, part: Part) -> list[int]:
        """The number of each workbook's group, from 1, of a part that was added."""
        return [self.numbers[group] for group in _groups(part)]

    def movers(self, currency: str = "") -> list[Mover]:
        """The largest changes of total cost against the baseline, in one currency or over all."""
        with contextlib.suppress(sqlite3.OperationalError):  # made before
            self._data.execute(SUMS)
        rows = self._data.execute(CHANGES, (self.baseline, currency, currency, MOVERS))
        return [Mover(*row) for row in rows]

    @property
    def currencies(self) -> list[str]:
        """Those of the workbooks, in order."""
        return sorted({group.currency for group in self.numbers})

    @property
    def scenarios(self) -> list[str]:
        """Those of the workbooks, the baseline first, then as the table has them."""
        found = dict.fromkeys(group.scenario for group in self.numbers)
        return sorted(found, key=lambda scenario: scenario != self.baseline)


def _groups(part: Part) -> Iterator[Group]:
    texts = part.texts
    return map(Group, texts["scenario"], texts["currency"], texts["market"])
