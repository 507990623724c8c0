"""Read a TOML file into frozen models; every fault becomes one line: file, key, rule, remedy."""

import tomllib
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from carecost.errors import DataError

Basis = Literal["published", "quoted", "assumed"]
Level = Literal["low", "mid", "high"]
Text = Annotated[str, Field(min_length=1)]


class UnknownNameError(DataError):
    """A name that is not in the data; in a cell it is ``#N/A``, the answer of a lookup without a hit."""

    code = "#N/A"


def suggestion(name: str, known: Iterable[str]) -> str:
    """End a message about a wrong name: the nearest known one, then all of them.

    >>> suggestion("offshor", ["onshore", "offshore"])
    'did you mean "offshore"? Known: onshore, offshore'
    """
    names = list(known)
    listed = ", ".join(names)
    near = get_close_matches(name, names, n=1)
    return f'did you mean "{near[0]}"? Known: {listed}' if near else f"known: {listed}"


class Row(BaseModel):
    """A table of a TOML file: immutable, no unknown keys, no number in quotes, no NaN or infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def keys(cls) -> list[str]:
        """Name the keys that the table may hold."""
        return list(cls.model_fields)

    @model_validator(mode="before")
    @classmethod
    def _know_every_key(cls, table: object) -> object:
        # extra="forbid" refuses unknown keys as well, but cannot say which key was meant.
        if isinstance(table, dict):
            for key in sorted(table.keys() - set(cls.keys())):
                raise ValueError(f'unknown key "{key}"; {suggestion(key, cls.keys())}')
        return table


RowT = TypeVar("RowT", bound=Row)


def read(path: Path) -> dict[str, Any]:
    """Parse a TOML file; DataError when it is missing, not UTF-8 or not TOML."""
    try:
        # utf-8-sig: Windows Notepad may put a byte order mark first, which TOML forbids.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; check the path") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text; save it with the encoding UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None


def checked(model: type[RowT], table: object, file: Path | str, *at: str) -> RowT:
    """Validate the table at the keys ``at`` of ``file``; DataError names the first broken rule."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise DataError(f"{file}{_fault(error.errors()[0], at)}") from None


def _fault(error: ErrorDetails, at: tuple[str, ...]) -> str:
    key = ".".join(str(part) for part in (*at, *error["loc"]))
    value = error["input"]
    where = f", {key}" if key else ""
    found = f" = {_shown(value)}" if isinstance(value, str | int | float | date) else ""
    return f"{where}{found}: {_rule(error, key.rpartition('.')[2])}"


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def _rule(error: ErrorDetails, key: str) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "value_error":
            return str(context["error"])
        case "missing":
            return "missing; add " + _EXAMPLES.get(key, f"{key} = ...")
        case "greater_than_equal":
            return f"must be at least {context['ge']:g}"
        case "less_than_equal":
            return f"must be at most {context['le']:g}{_percent_hint(error['input'], context['le'])}"
        case "model_type" | "mapping_type":
            return "must be a table" + (f", such as {_EXAMPLES[key]}" if key in _EXAMPLES else "")
        case "literal_error":
            return f"must be {context['expected']}"
    return _KINDS.get(error["type"], error["msg"])


def _percent_hint(value: float, limit: float) -> str:
    # Only a share has a limit this small; 30 there is a percentage typed without its percent sign.
    return f". For {value:g} percent write {value / 100:g}" if limit <= 5 else ""


_KINDS = {
    "float_type": "must be a number, without quotes",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a finite number",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "date_type": "must be a date such as 2026-01-01, without quotes",
}

_EXAMPLES = {
    "card": '[card] with name = "Group procurement 2026"',
    "name": 'name = "Group procurement 2026"',
    "currency": 'currency = "USD"',
    "price_year": "price_year = 2026",
    "fte_month": 'fte_month = { low = 1900, high = 2700, source = "HR cost survey 2026" }',
    "seat_month": 'seat_month = { value = 2100, source = "Vendor A, quote of 2026-03-02" }',
    "low": "low = 1900",
    "high": "high = 2700",
    "source": 'source = "HR cost survey 2026"',
}
