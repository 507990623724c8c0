"""What a run is about: everything that a process or a cluster's worker needs to know, in one value."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from carecost import __version__
from carecost.batch.columns import Columns
from carecost.batch.drivers import Cells
from carecost.batch.manifest import Entry
from carecost.errors import DataError
from carecost.planfile import Stated
from carecost.rates import RateCard
from carecost.workbook.fill import Template, value_names
from carecost.workbook.package import Package


@dataclass(frozen=True)
class Job:
    """The base plan, the table's columns, the card, the template and where to write (None: only check).

    ``resume`` and ``restart``: the folder may hold an earlier run's work, which is left as it is where it is
    what this job would write, or written again.
    """

    table: str
    base: Stated
    columns: Columns
    card: RateCard
    template: bytes
    out: str | None
    workbooks: bool
    resume: bool
    restart: bool
    version: str = __version__

    @functools.cached_property
    def base_hash(self) -> str:
        """Of what all rows share: it decides with a row's own values whether a workbook is still current."""
        shared = (self.table, self.base, self.card)
        return hashlib.sha256(repr(shared).encode()).hexdigest()

    @functools.cached_property
    def template_hash(self) -> str:
        """Of the template's bytes."""
        return hashlib.sha256(self.template).hexdigest()


class DriverRow(NamedTuple):
    """A row of the table: its number, its cells, the key that is its own, and its workbook's name.

    A row whose key cannot be read has neither key nor name: it is rejected.
    """

    number: int
    cells: Cells
    key: Mapping[str, str] | None
    file: str | None


class Chunk(NamedTuple):
    """Some rows, in order, with what an earlier run wrote for them, by file name."""

    number: int
    rows: list[DriverRow]
    earlier: Mapping[str, Entry]


class Rejection(NamedTuple):
    """A row that gets no workbook: the cell at fault and the rule it breaks."""

    row: int
    column: str
    value: str
    rule: str


class Outcome(NamedTuple):
    """What became of a chunk: rows rejected, workbooks written, those left as they were, and the copies of those
    that somebody had changed since."""

    number: int
    rejected: list[Rejection]
    written: int
    kept: int
    changed: Sequence[str] = ()


@functools.lru_cache(maxsize=4)
def template_of(content: bytes) -> Template:
    """A template ready to be filled; each process cuts it once."""
    return Template(Package.read(io.BytesIO(content)), value_names())


def same_version(job: Job) -> None:
    """Refuse to work for a run of another version: its workbooks would differ without a word."""
    if job.version != __version__:
        raise DataError(
            f"a worker has carecost {__version__} and this machine {job.version}: install the same everywhere."
        )
