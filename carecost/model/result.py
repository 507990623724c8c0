"""A complete plan, and the P&L it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.model.completion import Provenance
from carecost.model.flags import OK
from carecost.model.inputs import INPUTS, MONTHS
from carecost.model.lines import Evaluation
from carecost.model.statement import PLAN

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Plan:
    """Every input of one plan, checked and complete, with where each value comes from."""

    values: Mapping[str, Any]
    provenance: Mapping[str, Provenance]

    def run(self) -> Result:
        """Compute the P&L."""
        return Result(self, PLAN.evaluate(self.values))


@dataclass(frozen=True)
class Result:
    """The P&L of one plan. Money is in the plan's currency, + in and - out; month 0 comes first."""

    plan: Plan
    numbers: Evaluation

    @property
    def faults(self) -> dict[str, str]:
        """Checks that must hold and do not, by label."""
        return self._raised(fault=True)

    @property
    def remarks(self) -> dict[str, str]:
        """Points that a reviewer will ask about, by label."""
        return self._raised(fault=False)

    def _raised(self, fault: bool) -> dict[str, str]:
        return {
            check.label: str(self.numbers.checks[key])
            for key, check in PLAN.checks.items()
            if check.fault == fault and str(self.numbers.checks[key]) != OK
        }

    def to_frame(self) -> pd.DataFrame:
        """A row per line: label, unit, months 0 to 12 and the year (NaN where a year means nothing).

        The year is the sum, the average or the end of the months, as suits the line.
        """
        import pandas as pd

        rows = [
            [
                line.label,
                line.unit,
                *map(float, self.numbers.lines[key]),
                float(self.numbers.years.get(key, np.nan)),
            ]
            for key, line in PLAN.lines.items()
        ]
        columns = ["label", "unit", *range(MONTHS + 1), "year"]
        return pd.DataFrame(rows, columns=columns, index=pd.Index(PLAN.lines, name="line"))

    def to_dict(self) -> dict[str, Any]:
        """Inputs, lines by month, figures and checks, ready for JSON: a missing number is None."""
        return {
            "inputs": {name: _plain(self.plan.values[name]) for name in INPUTS},
            "lines": {
                key: {
                    "label": line.label,
                    "unit": line.unit,
                    "months": [_plain(value) for value in self.numbers.lines[key]],
                    "year": _plain(self.numbers.years[key]) if key in self.numbers.years else None,
                }
                for key, line in PLAN.lines.items()
            },
            "results": {key: _plain(value) for key, value in self.numbers.figures.items()},
            "checks": {key: str(value) for key, value in self.numbers.checks.items()},
        }


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    number = float(value)
    return number if np.isfinite(number) else None
