"""The output folder before and after a run: what an earlier run left, and the files that list all rows."""

from __future__ import annotations

import csv
import json
import re

from carecost.batch.job import Rejection
from carecost.batch.manifest import EARLIER, MANIFEST, earlier_entries, lines_of, read_lines, read_note
from carecost.batch.spool import Spool
from carecost.batch.store import NOTES, WORK, Store
from carecost.errors import DataError

REJECTED = "rejected.csv"
# Spreadsheets compute a cell of a CSV file that begins like this; a plain number is none.
FORMULA = re.compile(r"[=+\-@\t\r](?![0-9.,]+%?$)")


def check_folder(store: Store, again: bool) -> None:
    """Nothing but an earlier run's work may be in the folder, and that is not touched unasked."""
    names = store.names()
    ours = MANIFEST in names or WORK in names
    if names and not ours:
        raise DataError("the folder of -o is not empty, and no batch of carecost wrote it. Choose another.")
    if ours and not again:
        raise DataError(
            "the folder of -o holds a batch: add --resume to go on with it, or --restart to do all of it again."
        )


def begin(store: Store, spool: Spool) -> None:
    """Make the folder ready; what an earlier run left in it is remembered."""
    store.make()
    spool.remember(earlier_entries(store), lines_of)
    # Notes of chunks are about to go; what they say must survive a kill in this very moment.
    with store.writing(EARLIER) as path, path.open("wb") as file:
        file.writelines(line for _, line in spool.remembered())
    _clear_halves(store)
    store.remove(NOTES)
    store.make()


def _clear_halves(store: Store) -> None:
    """Files that a killed process, or a lost worker of a cluster, did not come to finish."""
    for name in store.names():
        if name.startswith(".") and name.endswith(".part"):
            store.remove(name)


def collect(store: Store, spool: Spool) -> list[str]:
    """Put the chunks' notes together in the order of the table, and clear up.

    Gives the workbooks of earlier runs that are there and that this one did not write; the manifest keeps them.
    """
    rejected = False
    with store.writing(REJECTED) as path, path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Rejection._fields)
        for number in range(spool.chunks):
            found = json.loads(read_note(store, number, "rejected"))
            rejected = rejected or bool(found)
            writer.writerows([_harmless(cell) for cell in rejection] for rejection in found)
    if not rejected:
        store.remove(REJECTED)
    there, left = set(store.names()), []
    with store.writing(MANIFEST) as path, path.open("wb") as lines:
        for number in range(spool.chunks):
            content = read_note(store, number, "jsonl")
            lines.write(content)
            spool.forget(read_lines(content))
        for workbook, line in spool.remembered():
            if workbook in there:
                lines.write(line)
                left.append(workbook)
    _clear_halves(store)
    return left


def _harmless(cell: object) -> object:
    """A text that a spreadsheet shows and does not compute."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell
