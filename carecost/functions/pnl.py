"""The 12-month P&L as one function: twelve volumes and a block of assumptions in, the statement out.

The lines are those of the plan workbook (``model.plan``), for one channel and one market.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from carecost.errors import CellError
from carecost.functions.cells import Errors, read_column, shown
from carecost.functions.parameter import NO_DEFAULT, Parameter
from carecost.model.inputs import CONTACTS, INPUTS, MONTHS, RAMP_MONTHS, defaults, nearest, ramp_gap
from carecost.model.statement import PLAN

NAME = "CARE_PNL"
# What an assumption is called in the block, and the input of the plan that it is.
ASSUMPTIONS: Mapping[str, str] = {
    "aht_min": "aht_voice_min",
    "fte_cost_month": "fte_cost_onshore",
    **{
        name: name
        for name in (
            "shrinkage", "occupancy", "hours_month", "start_fte", "attrition_year", "cost_per_hire",
            *(f"ramp_{age}" for age in range(1, RAMP_MONTHS + 1)),
            "license_agent_month", "telephony_agent_month", "telephony_minute", "overflow_hour", "contingency",
            "merit", "merit_month", "setup", "platform_month", "deflect_rate", "success", "leakage",
            "deflect_ramp", "deflect_cost", "arr", "churn_cut", "gross_margin", "churn_lag", "churn_ramp",
            "churn_method",
        )
    },
}  # fmt: skip
REQUIRED = ("aht_min", "fte_cost_month")
# One channel, one market, all work in-house.
WHOLE = {"share_voice": 1.0, "mix_onshore_inhouse": 1.0}
ROWS: Mapping[str, str] = {
    "Contacts": "contacts",
    "Required FTE": "required_fte",
    "Survivors": "survivors",
    "Hires": "hires",
    "Paid FTE": "paid_fte",
    "Effective FTE": "effective_fte",
    "Labor": "labor_onshore",
    "Hiring": "hiring",
    "Licenses": "licenses",
    "Telephony": "telephony",
    "Overflow": "overflow",
    "Operating": "operating",
    "Contingency": "contingency_cost",
    "Setup": "setup_cost",
    "Platform": "platform_cost",
    "Deflection": "deflection_saving",
    "Retained": "retained",
    "Project": "project",
    "Net": "net",
    "Cumulative": "cumulative",
}


def statement(contacts: Any, assumptions: Any) -> Any:
    """Header and rows, 14 columns: label, months 0 to 12. Money is + in and - out."""
    if len(contacts) != MONTHS:
        found = f"{len(contacts)} value{'s' if len(contacts) != 1 else ''}"
        raise CellError("#VALUE!", f"{NAME}: contacts has {found}, the plan needs {MONTHS} monthly volumes")
    values = {**defaults(), **WHOLE, **dict(zip(CONTACTS, contacts, strict=True)), **_read(assumptions)}
    lines = PLAN.evaluate(values).lines
    rows = [[label, *(lines[key] + 0.0).tolist()] for label, key in ROWS.items()]  # + 0.0: no minus zero
    return np.array([["Month", *range(MONTHS + 1)], *rows], dtype=object)


def _read(block: Any) -> dict[str, Any]:
    """The plan's inputs from the block; blank values mean the default."""
    if block.shape[1] < 2:
        raise CellError("#VALUE!", f"{NAME}: assumptions must be two columns, names and values")
    given = dict(_named_rows(block))
    unknown = [name for name in given if name not in ASSUMPTIONS]
    if unknown:
        hint = nearest(unknown[0], ASSUMPTIONS)
        raise CellError("#VALUE!", f"{NAME}: unknown in assumptions: {', '.join(map(shown, unknown))}.{hint}")
    for name in REQUIRED:
        if given.get(name) is None:
            raise CellError("#VALUE!", f"{NAME}: {name} is missing in assumptions: {_parameter(name).help}")
    stated = {name: _value(name, value) for name, value in given.items() if value is not None}
    gap = ramp_gap(stated)
    if gap:
        raise CellError(
            "#VALUE!", f"{NAME}: {gap} is missing in assumptions: a later month of the ramp is given"
        )
    return {ASSUMPTIONS[name]: value for name, value in stated.items()}


def _named_rows(block: Any) -> Iterator[tuple[str, Any]]:
    """Names, in lower case, and values; rows without either are skipped, a blank value is None."""
    seen: set[str] = set()
    for place, (name, value) in enumerate(block[:, :2].tolist(), start=1):
        if isinstance(name, CellError):
            raise name
        blank = value is None or (isinstance(value, str) and not value.strip())
        if name is None or (isinstance(name, str) and not name.strip()):
            if not blank:
                raise CellError("#VALUE!", f"{NAME}: row {place} of assumptions has a value but no name")
            continue
        if not isinstance(name, str):
            raise CellError("#VALUE!", f"{NAME}: {shown(name)} in assumptions: names come first, then values")
        key = name.strip().lower()
        if key in seen:
            raise CellError("#VALUE!", f"{NAME}: {key} stands twice in assumptions")
        seen.add(key)
        yield key, None if blank else value


def _value(name: str, value: Any) -> Any:
    column = read_column(NAME, _parameter(name), value)
    errors = Errors(())
    for stage in ("error", "kind", "limit"):
        column.report(stage, errors, ())
    errors.raise_first()
    return column.values[0]


def _parameter(name: str) -> Parameter:
    """The plan's declaration of the input, as a function's parameter."""
    found = INPUTS[ASSUMPTIONS[name]]
    kind: Any = "text" if found.kind == "choice" else "number"
    return Parameter(
        kind, found.unit, found.help, NO_DEFAULT,
        min=found.min, max=found.max, above=found.above, below=found.below, options=found.choices, name=name,
    )  # fmt: skip
