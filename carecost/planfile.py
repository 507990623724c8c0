"""Plan files: TOML with the flat input names, and optional tables ``[sources]`` and ``[columns]``.

``[columns]`` says what the columns of a driver table are, for a plan that is the base of many.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from carecost.errors import DataError, PlanError
from carecost.model.completion import Confidence, Provenance, complete_read
from carecost.model.inputs import CONTROL, INPUTS, LONGEST_TEXT, nearest, one_line, read_value, shown
from carecost.model.result import Plan
from carecost.rates import RateCard, active_card

SOURCES, COLUMNS = "sources", "columns"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Stated:
    """What a plan file says: the values of its inputs, their sources, and what table columns are called."""

    values: Mapping[str, Any]
    sources: Mapping[str, Provenance]
    columns: Mapping[str, str]


def load_plan(path: str | Path, card: RateCard | None = None) -> Plan:
    """Read, check and complete a plan file; costs it leaves out come from the rate card.

    A broken file or rule raises ``DataError``: one line with the file, the key, the rule and the remedy.
    """
    path = Path(path)
    return _naming(path, lambda: _plan(_stated(_read(path)), card or active_card()))


def load_base(path: str | Path) -> Stated:
    """Read a plan file that a driver table completes: inputs may be missing, and sources may be of columns."""
    path = Path(path)
    return _naming(path, lambda: _stated(_read(path)))


def _naming(path: Path, read: Callable[[], Found]) -> Found:
    try:
        return read()
    except PlanError as error:
        raise PlanError(error.key, f"{path}: {error}") from None


def read_toml(path: Path, what: str, if_missing: str = "") -> dict[str, Any]:
    """The tables of a TOML file; ``what`` it is meant to be (such as "A plan"), for the message where it is not."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file.{if_missing}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DataError(f"{path}: cannot be read ({reason}). {what} is a TOML text file.") from None
    except tomllib.TOMLDecodeError as error:
        words = CONTROL.sub(" ", str(error))
        raise DataError(
            f"{path}: not valid TOML, {words}. Lines read: name = value, with text in quotes."
        ) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, lists thousands deep
        meant = what[0].lower() + what[1:]
        raise DataError(f"{path}: not {meant}: a number or a list in it is absurdly long.") from None


def _read(path: Path) -> dict[str, Any]:
    return read_toml(path, "A plan", " Check the name, or start from one in examples/.")


def _plan(stated: Stated, card: RateCard) -> Plan:
    values, provenance = complete_read(stated.values, card)
    for name in stated.sources:
        if name not in stated.values:
            raise PlanError(
                name, f"[sources] {name} has a source but no value: write {name} = ... above [sources]."
            )
    return Plan(values, {**provenance, **stated.sources})


def _stated(table: Mapping[str, Any]) -> Stated:
    given = {name: value for name, value in table.items() if name not in (SOURCES, COLUMNS)}
    for name, value in given.items():
        if isinstance(value, Mapping) and name not in INPUTS:
            raise PlanError(
                name,
                f"[{one_line(name)}] is a table: inputs stand above all tables, only [sources] and [columns] follow.",
            )
    values = {name: read_value(name, value) for name, value in given.items()}
    sources = _table(table, SOURCES, "one line per input")
    for name in sources:
        if name not in INPUTS:
            raise PlanError(name, f"[sources] {one_line(name)} is not an input.{nearest(name, INPUTS)}")
    columns = _table(table, COLUMNS, 'one line per column, such as "Agents" = "start_fte"')
    for title, name in columns.items():
        if not isinstance(name, str):
            raise PlanError(title, f"[columns] {one_line(title)} = {shown(name)}: must be a name in quotes.")
    return Stated(values, {name: _provenance(name, entry) for name, entry in sources.items()}, dict(columns))


def _table(table: Mapping[str, Any], name: str, holds: str) -> Mapping[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, Mapping):
        raise PlanError(name, f"{name} must be a table: [{name}], then {holds}.")
    return found


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
