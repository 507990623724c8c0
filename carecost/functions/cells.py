"""Arguments as cells: numbers, texts, blanks and errors told apart, for a million cells at once."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from carecost.errors import CellError
from carecost.functions.parameter import NO_DEFAULT, Parameter, plain_number
from carecost.rates import active_card

if TYPE_CHECKING:
    from carecost.functions.declare import Function

MANY = 10_000_000
# Beyond so many different faults in one range nobody reads each message.
MOST_MESSAGES = 1000
MANY_FAULTS = "one of more than a thousand different faults in this range"
FLAGS = (bool, np.bool_)
SHOWN = 40


def as_cells(function: str, name: str, value: Any) -> np.ndarray[Any, Any]:
    """Any argument as an array: 0-D for a scalar, 1-D or 2-D for a range. Nothing is converted yet."""
    cells: np.ndarray[Any, Any]
    # Missing is how pandas and masked arrays write blank.
    if hasattr(value, "isna") and hasattr(value, "to_numpy"):  # a Series, Index or DataFrame
        cells = _with_blanks(value.to_numpy(), np.asarray(value.isna()))
    elif isinstance(value, np.ma.MaskedArray):
        cells = _with_blanks(value.data, np.ma.getmaskarray(value))
    elif isinstance(value, np.ndarray):
        cells = value
    elif isinstance(value, list | tuple):
        cells = _nested(function, name, value)
    else:
        cells = np.empty((), dtype=object)
        cells[()] = value
    if cells.ndim > 2:
        raise CellError("#VALUE!", f"{function}: {name} has more than rows and columns")
    if cells.ndim and cells.size == 0:
        raise CellError("#VALUE!", f"{function}: {name} is an empty range")
    if cells.size > MANY:
        raise CellError("#VALUE!", f"{function}: {name} has {cells.size:,} cells, at most {MANY:,} are taken")
    return cells


def _with_blanks(values: np.ndarray[Any, Any], missing: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if not missing.any():
        return values
    cells = values.astype(object)
    cells[missing] = None
    return cells


def _nested(function: str, name: str, value: Sequence[Any]) -> np.ndarray[Any, Any]:
    rows = [row for row in value if isinstance(row, list | tuple | np.ndarray)]
    if rows and len(rows) != len(value):
        raise CellError("#VALUE!", f"{function}: {name} mixes rows and single values")
    if rows and len({len(row) for row in rows}) != 1:
        raise CellError("#VALUE!", f"{function}: {name} has rows of unlike length")
    cells = np.empty((len(value), len(rows[0])) if rows else len(value), dtype=object)
    if cells.size:
        cells[:] = [list(row) for row in rows] if rows else list(value)
    return cells


def shown(value: Any) -> str:
    """A value as a message shows it."""
    text = f'"{value}"' if isinstance(value, str) else str(value).removesuffix(".0")
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


class Errors:
    """The faults of the cells of one call. The first fault found in a cell stays."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.good = np.ones(int(np.prod(shape)), dtype=bool)
        self._found: list[tuple[np.ndarray[Any, Any], Any]] = []

    def add(self, where: np.ndarray[Any, Any], error: Any) -> None:
        """Give the cells ``where`` (flat) an error, or an array of errors for each of them."""
        fresh = where & self.good
        if fresh.any():
            self._found.append(
                (np.flatnonzero(fresh), error[fresh] if isinstance(error, np.ndarray) else error)
            )
            self.good = self.good & ~fresh

    def add_within_good(self, broken: np.ndarray[Any, Any], code: str, message: str) -> None:
        """The same, ``broken`` counting the good cells only."""
        where = np.zeros_like(self.good)
        where[np.flatnonzero(self.good)[broken]] = True
        self.add(where, CellError(code, message))

    def raise_first(self) -> None:
        """For a call without ranges: its fault is raised."""
        for _, error in self._found:
            raise error[0] if isinstance(error, np.ndarray) else error

    def put_back(
        self, function: Function, answer: np.ndarray[Any, Any], columns: Mapping[str, Column]
    ) -> Any:
        """Answers and errors in the shape of the call; floats alone if every cell has an answer."""
        blank = _all_required_blank(columns, self.shape)
        texts = answer.dtype.kind in "UO"
        bad = np.zeros(len(answer), dtype=bool) if texts else ~np.isfinite(answer)
        if not self._found and not bad.any() and not blank.any():
            return np.array(answer, dtype=object if texts else float).reshape(self.shape)
        cells = np.empty(len(self.good), dtype=object)
        cells[self.good] = answer if texts else answer.astype(object)
        for where, error in self._found:
            cells[where] = error
        if bad.any():
            places = np.flatnonzero(self.good)[bad]
            unknown = np.isnan(answer[bad].astype(float))
            cells[places[unknown]] = CellError(function.missing[0], f"{function.name}: {function.missing[1]}")
            cells[places[~unknown]] = CellError("#NUM!", f"{function.name}: the answer is too large")
        cells[blank] = ""
        return cells.reshape(self.shape)


def _all_required_blank(columns: Mapping[str, Column], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Rows that nobody has filled in yet: they show nothing instead of an error."""
    required = [column for column in columns.values() if column.parameter.required]
    size = int(np.prod(shape))
    if not required or not any(column.shape for column in required):
        return np.zeros(size, dtype=bool)
    blank = np.ones(size, dtype=bool)
    for column in required:
        blank &= column.spread(column.blank, shape)
    return blank


class Column:
    """One scalar parameter's cells: values that fit, and what is wrong with the others."""

    def __init__(self, function: str, parameter: Parameter, cells: np.ndarray[Any, Any]) -> None:
        self.parameter = parameter
        self.shape = cells.shape
        self._function = function
        self.blank = np.zeros(cells.size, dtype=bool)
        self.stages: dict[str, tuple[np.ndarray[Any, Any], Any]] = {}
        self.values = self._read(cells.reshape(-1))

    def _read(self, cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        texts = self.parameter.kind in ("text", "market")
        if cells.dtype.kind in "fiu" and not texts and self.parameter.kind != "flag":
            values = cells.astype(float)
        else:
            values = self._read_objects(cells.astype(object), texts)
        if not texts:
            self._limits(values)
        return values

    def _read_objects(self, cells: np.ndarray[Any, Any], texts: bool) -> np.ndarray[Any, Any]:
        """Cells of any type, told apart by their types: a handful, however many cells there are."""
        parameter = self.parameter
        numbered: dict[type, int] = {}
        types = np.fromiter(
            (numbered.setdefault(type(cell), len(numbered)) for cell in cells), int, len(cells)
        )
        wanted = np.zeros(len(cells), dtype=bool)
        failed = np.zeros(len(cells), dtype=bool)
        for kind, place in numbered.items():
            here = types == place
            if kind is type(None) or kind.__name__ == "NaTType":  # pandas' missing date
                self.blank |= here
            elif issubclass(kind, CellError):
                failed |= here
            elif issubclass(kind, str):
                empty = here & (cells == "")
                self.blank |= empty
                if texts:
                    wanted |= here & ~empty
            elif issubclass(kind, FLAGS):
                if parameter.kind == "flag":
                    wanted |= here
            elif (
                issubclass(kind, int | float | np.number | Decimal) and not texts and parameter.kind != "flag"
            ):
                wanted |= here
        if failed.any():
            self.stages["error"] = (failed, cells)
        wrong = ~(wanted | self.blank | failed)
        if parameter.required:
            wrong = wrong | self.blank
        if wrong.any():
            self.stages["kind"] = (wrong, self._messages(wrong, cells, self._wrong_kind))
        return self._texts(cells, wanted) if texts else self._numbers(cells, wanted)

    def _texts(self, cells: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        parameter = self.parameter
        fill = "" if parameter.required or parameter.default is None else parameter.default
        values = np.full(len(cells), fill, dtype=object)
        values[wanted] = [cell.strip(" ").lower() for cell in cells[wanted]]
        values = values.astype(str)
        if parameter.options:
            unknown = wanted & ~np.isin(values, parameter.options)
            if unknown.any():
                before = self.stages.get("kind")
                wrong = unknown | before[0] if before else unknown
                self.stages["kind"] = (wrong, self._messages(wrong, cells, self._wrong_kind))
        return values

    def _numbers(self, cells: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        default = self.parameter.default
        fill = np.nan if self.parameter.required or default is None else float(default)
        values = np.full(len(cells), fill)
        if wanted.any():
            values[wanted] = [_float(cell) for cell in cells[wanted]]
        self._filled = ~wanted
        return values

    _filled: np.ndarray[Any, Any] | bool = False

    def _limits(self, values: np.ndarray[Any, Any]) -> None:
        parameter = self.parameter
        with np.errstate(invalid="ignore"):
            outside = ~np.isfinite(values) | parameter.outside(values)
            if parameter.kind == "whole":
                outside |= values != np.floor(values)
        outside &= ~np.asarray(self._filled)
        if outside.any():
            self.stages["limit"] = (outside, self._messages(outside, values, self._outside))

    def _wrong_kind(self, value: Any) -> CellError:
        parameter, start = self.parameter, f"{self._function}: {self.parameter.name}"
        if value is None or (isinstance(value, str) and value == ""):
            return CellError("#VALUE!", f"{start} is blank: {parameter.help}")
        if parameter.options:
            return CellError("#VALUE!", f"{start} = {shown(value)}: {parameter.rule}")
        kind = {"text": "a text", "market": "the name of a market", "flag": "TRUE or FALSE"}.get(
            parameter.kind
        )
        hint = ""
        if kind is None and isinstance(value, str):
            hint = ", not text"
        elif kind is None and isinstance(value, FLAGS):
            hint = ", not TRUE or FALSE"
        elif kind is None and isinstance(value, datetime.date | datetime.time | np.datetime64):
            hint = ", not a date"
        return CellError("#VALUE!", f"{start} = {shown(value)}: must be {kind or 'a number'}{hint}")

    def _outside(self, value: Any) -> CellError:
        parameter = self.parameter
        if not np.isfinite(value):
            return CellError(
                "#NUM!", f"{self._function}: {parameter.name} = {value}: must be a finite number"
            )
        points = parameter.is_share and 2 <= value <= 100 and not parameter.outside(value / 100)
        hint = f"; {value:g} looks like percent points: type {value:g}% or {value / 100:g}" if points else ""
        text = f"{self._function}: {parameter.name} = {plain_number(value)}: {parameter.rule}{hint}"
        return CellError("#NUM!", text)

    def _messages(
        self, where: np.ndarray[Any, Any], cells: np.ndarray[Any, Any], write: Callable[[Any], CellError]
    ) -> np.ndarray[Any, Any]:
        """One error per faulty cell; equal values share one."""
        errors = np.empty(len(cells), dtype=object)
        cache: dict[Any, CellError] = {}
        for place in np.flatnonzero(where):
            value = cells[place]
            key = (type(value), str(value))
            if key not in cache:
                cache[key] = write(value) if len(cache) < MOST_MESSAGES else self._one_of_many(cache)
            errors[place] = cache[key]
        return errors

    def _one_of_many(self, told: Mapping[Any, CellError]) -> CellError:
        code = next(iter(told.values())).code
        return CellError(code, f"{self._function}: {self.parameter.name}: {MANY_FAULTS}")

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """For names of a list: #N/A with the known ones."""
        unknown = ~np.isin(self.values, list(known)) & ~self.blank
        for stage in ("kind", "error"):
            if stage in self.stages:
                unknown &= ~self.stages[stage][0]
        if unknown.any():
            names = ", ".join(known)
            self.stages["market"] = (
                unknown,
                self._messages(
                    unknown,
                    self.values,
                    lambda value: CellError(
                        "#N/A",
                        f"{self._function}: {self.parameter.name} = {shown(value)} is unknown; known: {names}",
                    ),
                ),
            )

    def report(self, stage: str, errors: Errors, shape: tuple[int, ...]) -> None:
        """Put the faults of one stage into the call's."""
        if stage in self.stages:
            where, error = self.stages[stage]
            errors.add(self.spread(where, shape), self.spread(error, shape))

    def values_at(self, shape: tuple[int, ...], good: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The values of the good cells of the call."""
        spread = self.spread(self.values, shape)
        return spread if good.all() else spread[good]

    def spread(self, flat: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        """Flat cells of this parameter as flat cells of the call."""
        if self.shape == shape:
            return flat
        size = int(np.prod(shape))
        if flat.size == 1:
            return np.broadcast_to(flat.reshape(1), (size,))
        own = flat.reshape(-1, 1) if len(self.shape) == 1 else flat.reshape(self.shape)
        return np.broadcast_to(own, shape).reshape(-1)


def _float(cell: Any) -> float:
    try:
        return float(cell)
    except OverflowError:  # an integer of more than 300 digits
        return float("inf")
    except ValueError:  # a signaling NaN
        return float("nan")


def read_column(function: str, parameter: Parameter, value: Any) -> Column:
    """The cells of a scalar parameter. Markets are looked up in the active rate card."""
    column = Column(function, parameter, as_cells(function, parameter.name, value))
    if parameter.kind == "market":
        column.refuse_unknown(list(active_card().markets))
    return column


def read_list(function: str, parameter: Parameter, value: Any) -> Any:
    """The value of a list parameter: floats or texts in one dimension, or a table in two.

    Blank cells at the end do not count; one in the middle, or any in a table, is #VALUE!.
    """
    if value is None or (isinstance(value, str) and value == ""):
        if parameter.required:
            raise CellError("#VALUE!", f"{function}: {parameter.name} is blank: {parameter.help}")
        return np.array([] if parameter.default is None else parameter.default, dtype=float)
    cells = as_cells(function, parameter.name, value)
    if parameter.kind == "block":
        return cells.astype(object).reshape(cells.shape if cells.ndim == 2 else (-1, 1))
    if parameter.kind != "table":
        if cells.ndim == 2 and 1 not in cells.shape:
            raise CellError("#VALUE!", f"{function}: {parameter.name} must be one row or one column")
        cells = _without_trailing_blanks(cells.reshape(-1))
        if not cells.size:
            return read_list(function, parameter, None)
    element = dataclasses.replace(
        parameter, default=NO_DEFAULT, kind="text" if parameter.kind == "texts" else "number"
    )
    flat = Column(function, element, cells.reshape(-1))
    errors = Errors((cells.size,))
    for stage in ("error", "kind", "limit"):
        flat.report(stage, errors, (cells.size,))
    errors.raise_first()
    return flat.values.reshape(cells.shape if parameter.kind == "table" and cells.ndim == 2 else -1)


def _without_trailing_blanks(cells: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if cells.dtype != object:
        return cells
    end = len(cells)
    while end and (cells[end - 1] is None or (isinstance(cells[end - 1], str) and cells[end - 1] == "")):
        end -= 1
    return cells[:end]
