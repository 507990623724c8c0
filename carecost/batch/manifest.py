"""The manifest: for every workbook what it was made from and what it is, one line of JSON each.

While a run goes on, each chunk leaves its lines in a file of its own, put in place whole after the chunk's
workbooks are. A killed run leaves complete notes of complete workbooks, whatever the moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from carecost.batch.store import NOTES, WORK, Store
from carecost.errors import DataError

MANIFEST = "manifest.jsonl"
EARLIER = f"{WORK}/earlier.jsonl"


class Entry(NamedTuple):
    """One workbook: its row and key, its file, and SHA-256 of its inputs, its template and itself."""

    row: int
    key: Mapping[str, str]
    file: str
    inputs: str
    template: str
    output: str
    version: str


def lines_of(entries: Iterable[Entry]) -> bytes:
    """Entries as they stand in a manifest."""
    return b"".join(
        json.dumps(entry._asdict(), ensure_ascii=False).encode(errors="replace") + b"\n" for entry in entries
    )


def read_lines(content: bytes) -> Iterator[Entry]:
    """The entries of a manifest; a line that is none (torn, or of another time) is passed over."""
    for line in content.splitlines():
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            continue
        if isinstance(entry.row, int) and all(isinstance(text, str) for text in entry[2:]):
            yield entry


def note_name(number: int, ending: str) -> str:
    """Where chunk ``number`` leaves its notes."""
    return f"{NOTES}/{number:07d}.{ending}"


def read_note(store: Store, number: int, ending: str) -> bytes:
    """What a chunk that is done has noted."""
    content = store.read(note_name(number, ending))
    if content is None:
        raise DataError(
            f"{note_name(number, ending)} is gone: another run was at work in the folder of -o, or the workers "
            "write to a folder of their own."
        )
    return content


def earlier_entries(store: Store) -> Iterator[Entry]:
    """What runs before this one wrote, older first; a later entry of a file holds."""
    names = [MANIFEST, EARLIER]
    names += [f"{NOTES}/{name}" for name in store.names(NOTES) if name.endswith(".jsonl")]
    for name in names:
        yield from read_lines(store.read(name) or b"")
