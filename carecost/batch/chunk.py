"""The unit of work: some rows of the table become plans, numbers and files, here or on a cluster."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from carecost.batch import parts
from carecost.batch.columns import SCENARIO
from carecost.batch.job import Chunk, DriverRow, Job, Outcome, Rejection, same_version, template_of
from carecost.batch.manifest import Entry, lines_of, note_name
from carecost.batch.store import Store, open_store
from carecost.errors import PlanError
from carecost.model.completion import Provenance, complete_read
from carecost.model.inputs import INPUTS, one_line, shown
from carecost.model.lines import Evaluation
from carecost.model.result import Plan
from carecost.model.statement import PLAN
from carecost.workbook.values import workbook_columns

NUMBER_TEXT = "[-+0-9.e]+|nan|inf"
# Where workbooks that somebody changed are kept before they are written anew.
CHANGED = "changed"
TOO_LARGE = "its numbers are too large to compute with"


class Ready(NamedTuple):
    """A row that obeys every rule."""

    row: DriverRow
    plan: Plan
    scenario: str
    inputs_hash: str


def run_chunk(job: Job, chunk: Chunk) -> Outcome:
    """Compute a chunk and write its workbooks and notes; without a place to write, only check its rows."""
    same_version(job)
    ready, rejected = _read(job, chunk.rows)
    if ready:
        numbers = _evaluate([found.plan for found in ready])
        finite = _finite(numbers)
        if not finite[: len(ready)].all():
            large = [found.row.number for found, fits in zip(ready, finite, strict=False) if not fits]
            rejected += [Rejection(number, "", "", TOO_LARGE) for number in large]
            ready = [found for found in ready if found.row.number not in large]
            numbers = _evaluate([found.plan for found in ready]) if ready else numbers
    rejected.sort(key=lambda rejection: rejection.row)
    if job.out is None:
        return Outcome(chunk.number, rejected, 0, 0)
    store = open_store(job.out)
    entries, written, changed = (
        _workbooks(job, store, chunk, ready, numbers) if ready and job.workbooks else ([], 0, [])
    )
    content = parts.pack(ready, numbers) if ready else b""
    store.write(note_name(chunk.number, parts.ENDING), content)
    store.write(note_name(chunk.number, "rejected"), json.dumps(rejected).encode(errors="replace"))
    store.write(note_name(chunk.number, "jsonl"), lines_of(entries))
    return Outcome(chunk.number, rejected, written, len(entries) - written, changed)


def _read(job: Job, rows: Sequence[DriverRow]) -> tuple[list[Ready], list[Rejection]]:
    ready: list[Ready] = []
    rejected: list[Rejection] = []
    for row in rows:
        found = _read_row(job, row)
        if isinstance(found, Ready):
            ready.append(found)
        else:
            rejected += found
    return ready, rejected


def _read_row(job: Job, row: DriverRow) -> Ready | list[Rejection]:
    """The plan of one row, or every cell of it that breaks a rule."""
    given: dict[str, Any] = {}
    faults: list[Rejection] = []
    for name, cell, value in job.columns.read(row.cells):
        if isinstance(value, PlanError):
            faults.append(_rejection(row.number, value, cell))
        else:
            given[name] = value
    if row.file is None and not faults:
        faults.append(Rejection(row.number, "", "", "a column that --name takes is empty in this row"))
    if faults:
        return faults
    scenario = given.pop(SCENARIO.name, "")
    values = {**job.base.values, **given}
    if "name" not in given and scenario and "name" in values:
        values["name"] = f"{values['name']}, {scenario}"
    try:
        complete, provenance = complete_read(values, job.card)
    except PlanError as error:
        return [_rejection(row.number, error, values.get(error.key, ""))]
    for name in given:
        provenance[name] = job.base.sources.get(name) or Provenance(
            job.table, confidence="guess" if INPUTS[name].kind == "number" else ""
        )
    provenance |= {name: found for name, found in job.base.sources.items() if name not in given}
    inputs = repr((job.base_hash, sorted(given), list(complete.values()), scenario))
    return Ready(
        row, Plan(complete, provenance), scenario, hashlib.sha256(inputs.encode(errors="replace")).hexdigest()
    )


def _finite(numbers: Evaluation) -> np.ndarray[Any, Any]:
    """Which plans have no number that overflowed; a figure may be missing."""
    lines = [np.isfinite(line).all(axis=0) for line in numbers.lines.values()]
    years = [np.isfinite(year) for year in numbers.years.values()]
    found: np.ndarray[Any, Any] = np.all(
        [*lines, *years, *(~np.isinf(figure) for figure in numbers.figures.values())], axis=0
    )
    return found


def _rejection(row: int, error: PlanError, cell: Any) -> Rejection:
    """The cell at fault; its rule without the name and value, which have columns of their own."""
    value = str(getattr(cell, "shown", cell)).strip()
    rule = re.sub(
        rf"^{re.escape(error.key)}( = ({NUMBER_TEXT}|{re.escape(shown(value))}))?:? ", "", str(error), count=1
    )
    return Rejection(row, error.key, one_line(value), rule if error.key else str(error))


def _with_company(plans: Sequence[Plan]) -> Sequence[Plan]:
    """One plan alone is computed twice: NumPy adds up a single column in another order, and a workbook's last
    digits must not depend on its neighbors in the table."""
    return plans if len(plans) > 1 else [*plans, *plans]


def _evaluate(plans: Sequence[Plan]) -> Evaluation:
    """All plans at once."""
    values = [plan.values for plan in _with_company(plans)]
    kinds = {"number": float, "date": object}
    return PLAN.evaluate(
        {
            name: np.array([row[name] for row in values], dtype=kinds.get(declared.kind))
            for name, declared in INPUTS.items()
        }
    )


def _workbooks(
    job: Job, store: Store, chunk: Chunk, ready: Sequence[Ready], numbers: Evaluation
) -> tuple[list[Entry], int, list[str]]:
    """Write what is not there yet as this job would write it; what somebody may have changed is put aside first.

    Gives an entry for each row, how many workbooks were written, and the copies.
    """
    there = {found.row.number: _there(job, store, chunk.earlier, found) for found in ready}
    missing = [found for found in ready if not there[found.row.number].entry]
    outputs: list[str] = []
    aside: list[str] = []
    if missing:
        plans = _with_company([found.plan for found in missing])
        numbers = numbers if len(missing) == len(ready) else _evaluate(plans)
        contents = template_of(job.template).fill_many(workbook_columns(plans, numbers), len(plans))

        def files() -> Iterator[tuple[str, bytes]]:
            for found, content in zip(missing, contents, strict=False):
                changed = there[found.row.number].changed
                if changed not in (None, content):
                    aside.append(_put_aside(store, str(found.row.file), changed))
                outputs.append(hashlib.sha256(content).hexdigest())
                yield str(found.row.file), content

        store.write_many(files())
    written = {
        found.row.number: _entry(job, found, output) for found, output in zip(missing, outputs, strict=True)
    }
    entries = [there[found.row.number].entry or written[found.row.number] for found in ready]
    return entries, len(missing), aside


class There(NamedTuple):
    """What stands where a workbook goes: its entry if it need not be made again, or else the content if no
    earlier run is known to have left it so."""

    entry: Entry | None = None
    changed: bytes | None = None


def _there(job: Job, store: Store, earlier: Mapping[str, Entry], found: Ready) -> There:
    file = str(found.row.file)
    content = store.read(file) if job.resume or job.restart else None
    if content is None:
        return There()
    entry = earlier.get(file)
    if entry is None or hashlib.sha256(content).hexdigest() != entry.output:
        return There(changed=content)
    made_from = (entry.inputs, entry.template, entry.version)
    if job.restart or made_from != (found.inputs_hash, job.template_hash, job.version):
        return There()
    return There(_entry(job, found, entry.output))


def _put_aside(store: Store, file: str, content: bytes) -> str:
    """Keep what stands where a workbook goes, under a name that no other content has."""
    stem, _, ending = file.rpartition(".")
    name = f"{CHANGED}/{stem}~{hashlib.sha256(content).hexdigest()[:8]}.{ending}"
    store.make(CHANGED)
    store.write(name, content)
    return name


def _entry(job: Job, found: Ready, output: str) -> Entry:
    key: Mapping[str, str] = found.row.key or {}
    return Entry(
        found.row.number, key, str(found.row.file), found.inputs_hash, job.template_hash, output, job.version
    )
