"""Benchmarks: what the guides together say about one model input."""

from collections.abc import Iterable, Mapping
from functools import cache
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field, field_validator

from .figures import Figure, figures
from .tables import Level, Row, UnknownNameError, checked, read, suggestion

Reading = Literal["range", "target", "ceiling"]
Term = tuple[Figure, ...]
Bounds = tuple[float | None, float | None]


class Benchmark(Row):
    """The envelope of published figures for one model input, in ``unit``.

    ``terms`` are the statements behind it; the figures inside one term are multiplied (8 h x 22 days).
    A bound that no guide gives is None, and so is the middle then: missing is not zero.
    """

    name: str
    terms: tuple[Term, ...] = Field(alias="figures", min_length=1)
    unit: str
    divisor: float = Field(default=1, gt=0)
    reading: Reading = "range"
    note: str | None = None

    @classmethod
    def keys(cls) -> list[str]:
        """Name the keys of the TOML table: figures stand there as ids."""
        return ["figures", *(key for key in cls.model_fields if key != "terms")]

    @field_validator("terms", mode="before")
    @classmethod
    def _look_up(cls, ids: list[str | list[str]]) -> tuple[Term, ...]:
        return tuple(tuple(map(_figure, [entry] if isinstance(entry, str) else entry)) for entry in ids)

    @property
    def low(self) -> float | None:
        """The smallest low that a guide states."""
        low, _ = _envelope(self.terms, self.reading)
        return None if low is None else low / self.divisor

    @property
    def mid(self) -> float | None:
        """The midpoint of low and high."""
        low, high = _envelope(self.terms, self.reading)
        # Divided last: the stated numbers add up exactly, their hundredths may not.
        return None if low is None or high is None else (low + high) / 2 / self.divisor

    @property
    def high(self) -> float | None:
        """The largest high that a guide states."""
        _, high = _envelope(self.terms, self.reading)
        return None if high is None else high / self.divisor

    @property
    def currency(self) -> str | None:
        """The currency of a money benchmark, None for anything else."""
        return self.terms[0][0].currency

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The published figures behind the envelope."""
        return tuple(figure for term in self.terms for figure in term)

    @property
    def guides(self) -> tuple[str, ...]:
        """The guides behind the envelope, in order of first appearance."""
        return tuple(dict.fromkeys(figure.guide for figure in self.figures))

    def at(self, level: Level) -> float:
        """Return low, mid or high; UnknownNameError when the guides do not give it."""
        value = {"low": self.low, "mid": self.mid, "high": self.high}[level]
        if value is None:
            raise UnknownNameError(f"benchmark {self.name}: no {level} stated by {', '.join(self.guides)}")
        return value

    def of(self, guide: str) -> "Benchmark":
        """Return what one guide alone says; UnknownNameError when it says nothing.

        >>> benchmark("shrinkage").of("driveert").low
        0.3
        """
        terms = tuple(term for term in self.terms if term[0].guide.lower() == guide.strip().lower())
        if not terms:
            raise UnknownNameError(
                f'benchmark {self.name}: no figure from "{guide}"; {suggestion(guide, self.guides)}'
            )
        return self.model_copy(update={"terms": terms})


def benchmark(name: str) -> Benchmark:
    """Look up a benchmark by name, in any case; UnknownNameError names the nearest one.

    >>> shrinkage = benchmark("shrinkage")
    >>> shrinkage.low, shrinkage.mid, shrinkage.high, shrinkage.guides
    (0.25, 0.3, 0.35, ('Integra', 'Driveert', 'Deserve'))
    """
    key = name.strip().lower()
    if key not in _benchmarks():
        raise UnknownNameError(f'unknown benchmark "{name}"; {suggestion(key, _benchmarks())}')
    return _benchmarks()[key]


def benchmark_names() -> tuple[str, ...]:
    """Return all benchmark names, in the order of the file."""
    return tuple(_benchmarks())


@cache
def _benchmarks() -> Mapping[str, Benchmark]:
    tables = read(Path(__file__).with_name("benchmarks.toml"))
    return MappingProxyType(
        {
            name: checked(Benchmark, {**table, "name": name}, "benchmarks.toml", name)
            for name, table in tables.items()
        }
    )


def _figure(key: str) -> Figure:
    try:
        return figures()[key]
    except KeyError:
        raise ValueError(f'no figure "{key}" in figures.toml') from None


def _envelope(terms: Iterable[Term], reading: Reading) -> Bounds:
    bounds = [_product(term, reading) for term in terms]
    return (
        min((low for low, _ in bounds if low is not None), default=None),
        max((high for _, high in bounds if high is not None), default=None),
    )


def _product(term: Term, reading: Reading) -> Bounds:
    bounds = [_stated(figure, reading) for figure in term]
    lows = [low for low, _ in bounds if low is not None]
    highs = [high for _, high in bounds if high is not None]
    return (
        prod(lows) if len(lows) == len(term) else None,
        prod(highs) if len(highs) == len(term) else None,
    )


def _stated(figure: Figure, reading: Reading) -> Bounds:
    low, high = figure.low, figure.high
    if reading == "ceiling":
        return None, high
    if reading == "target":
        return (high if low is None else low), (low if high is None else high)
    return low, high
