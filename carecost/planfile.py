"""Plan files: TOML with the flat input names, and an optional ``[sources]`` table."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from carecost.errors import DataError, PlanError
from carecost.model.completion import Confidence, Provenance, complete
from carecost.model.inputs import CONTROL, INPUTS, LONGEST_TEXT, nearest, one_line, shown
from carecost.model.result import Plan
from carecost.rates import RateCard, active_card

SOURCES = "sources"


def load_plan(path: str | Path, card: RateCard | None = None) -> Plan:
    """Read, check and complete a plan file; costs it leaves out come from the rate card.

    A broken file or rule raises ``DataError``: one line with the file, the key, the rule and the remedy.
    """
    path = Path(path)
    try:
        return _plan(_read(path), card or active_card())
    except PlanError as error:
        raise PlanError(error.key, f"{path}: {error}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file. Check the name, or start from one in examples/.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DataError(f"{path}: cannot be read ({reason}). A plan is a TOML text file.") from None
    except tomllib.TOMLDecodeError as error:
        words = CONTROL.sub(" ", str(error))
        raise DataError(
            f"{path}: not valid TOML, {words}. Lines read: name = value, with text in quotes."
        ) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, lists thousands deep
        raise DataError(f"{path}: not a plan: a number or a list in it is absurdly long.") from None


def _plan(table: Mapping[str, Any], card: RateCard) -> Plan:
    given = {name: value for name, value in table.items() if name != SOURCES}
    for name, value in given.items():
        if isinstance(value, Mapping) and name not in INPUTS:
            raise PlanError(
                name, f"[{one_line(name)}] is a table: inputs stand above all tables, only [sources] is one."
            )
    values, provenance = complete(given, card)
    sources = table.get(SOURCES, {})
    if not isinstance(sources, Mapping):
        raise PlanError(SOURCES, "sources must be a table: [sources], then one line per input.")
    for name, entry in sources.items():
        if name not in INPUTS:
            raise PlanError(name, f"[sources] {one_line(name)} is not an input.{nearest(name, INPUTS)}")
        if name in given:
            provenance[name] = _provenance(name, entry)
        else:
            raise PlanError(
                name, f"[sources] {name} has a source but no value: write {name} = ... above [sources]."
            )
    return Plan(values, provenance)


def _provenance(name: str, entry: Any) -> Provenance:
    """A source is a text, or a table with source, date, owner and confidence."""
    fields = entry if isinstance(entry, Mapping) else {"source": entry}
    known = Provenance.__dataclass_fields__
    for field, value in fields.items():
        if field not in known:
            raise PlanError(name, f"[sources] {name}.{one_line(field)} is unknown.{nearest(field, known)}")
        text = str(value)
        if isinstance(value, Mapping | list) or CONTROL.search(text) or len(text) > LONGEST_TEXT:
            raise PlanError(name, f"[sources] {name}.{field}: must be one line of text.")
    given = str(fields.get("confidence", "quoted" if fields.get("source") else "guess"))
    allowed: list[Confidence] = [word for word in get_args(Confidence) if word]
    confidence = next((word for word in allowed if word == given), None)
    if confidence is None:
        raise PlanError(
            name, f"[sources] {name}.confidence = {shown(given)}: must be one of {', '.join(allowed)}."
        )
    source, date, owner = (str(fields.get(field, "")) for field in ("source", "date", "owner"))
    return Provenance(source, date, owner, confidence)
