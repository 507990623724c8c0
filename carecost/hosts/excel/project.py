"""A VBA project (MS-OVBA): read its modules, add one, replace one's code, and keep all others as they are.

Only projects that hold source code alone are taken: where Excel has stored compiled code beside it, the compiled
code would win over ours.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

import olefile

from carecost.errors import DataError
from carecost.hosts.excel.compound import compound_file
from carecost.hosts.excel.ovba import compress, decompress

SOURCE_ONLY = bytes.fromhex("cc61ffff000100")
# Records of the stream "dir", by their number in the specification.
VERSION, NAME, COUNT, END_OF_ALL = 0x09, 0x04, 0x0F, 0x10
MODULE, MODULE_WIDE, STREAM, STREAM_WIDE = 0x19, 0x47, 0x1A, 0x32
ABOUT, ABOUT_WIDE, OFFSET, HELP, COOKIE = 0x1C, 0x48, 0x31, 0x1E, 0x2C
PROCEDURAL, DOCUMENT, END_OF_MODULE = 0x21, 0x22, 0x2B
VERSION_SIZE = 6  # its own length field says 4

Record = tuple[int, bytes]


class Module(NamedTuple):
    """One module: its stream as stored, and where in it the compressed source begins."""

    name: str
    stream: bytes
    offset: int

    @property
    def source(self) -> str:
        """The code, with its attribute lines."""
        return decompress(self.stream[self.offset :]).decode("cp1252")


class VbaProject:
    """The streams of a ``vbaProject.bin``; ``modules`` are in the project's order."""

    def __init__(self, content: bytes) -> None:
        with olefile.OleFileIO(io.BytesIO(content)) as found:
            self._streams = {"/".join(path): found.openstream(path).read() for path in found.listdir()}
        if self._streams.get("VBA/_VBA_PROJECT") != SOURCE_ONLY:
            raise DataError("the VBA project holds compiled code: it cannot be extended without Excel.")
        self._records = list(_records(decompress(self._streams["VBA/dir"])))

    @property
    def modules(self) -> dict[str, Module]:
        """The modules by name."""
        found: dict[str, Module] = {}
        name = stream = ""
        for kind, data in self._records:
            if kind == MODULE:
                name = data.decode("cp1252")
            elif kind == STREAM:
                stream = data.decode("cp1252")
            elif kind == OFFSET:
                found[name] = Module(name, self._streams[f"VBA/{stream}"], int.from_bytes(data, "little"))
        return found

    def rename(self, name: str) -> None:
        """Give the project another name, which Excel's editor shows."""
        self._records = [(kind, name.encode() if kind == NAME else data) for kind, data in self._records]
        self._change_text(r'^Name="[^"]*"', f'Name="{name}"')

    def add_code(self, name: str, source: str) -> None:
        """Add a standard module."""
        self._add(name, f'Attribute VB_Name = "{name}"\n{source}', PROCEDURAL)
        self._change_text(r"^Name=", f"Module={name}\r\nName=")

    def add_sheet(self, name: str, like: str) -> None:
        """Add the module behind one more sheet, as empty as that of another."""
        self._add(name, self.modules[like].source.replace(f'"{like}"', f'"{name}"'), DOCUMENT)
        self._change_text(r"^Name=", f"Document={name}/&H00000000\r\nName=")

    def append_code(self, name: str, source: str) -> None:
        """Put code below the attributes, and whatever else there is, of a module."""
        before = self.modules[name]
        self._streams[f"VBA/{name}"] = _stored(before.source + source)
        own = False
        for place, (kind, data) in enumerate(self._records):
            own = data == name.encode() if kind == MODULE else own
            if own and kind == OFFSET:
                self._records[place] = (OFFSET, bytes(4))

    def content(self) -> bytes:
        """The project as a file."""
        records = b"".join(struct.pack("<HI", kind, _size(kind, data)) + data for kind, data in self._records)
        return compound_file({**self._streams, "VBA/dir": compress(records)})

    def _add(self, name: str, source: str, kind: int) -> None:
        if name.lower() in (taken.lower() for taken in self.modules):
            raise DataError(f"the VBA project has a module {name} already.")
        self._streams[f"VBA/{name}"] = _stored(source)
        count = len(self.modules) + 1
        self._records = [
            (key, struct.pack("<H", count) if key == COUNT else data) for key, data in self._records
        ]
        self._records[-1:-1] = _module_records(name, kind)
        names = self._streams["PROJECTwm"].removesuffix(b"\0\0")
        self._streams["PROJECTwm"] = names + name.encode() + b"\0" + name.encode("utf-16-le") + b"\0\0\0\0"
        self._streams["PROJECT"] = (
            self._streams["PROJECT"].rstrip() + f"\r\n{name}=0, 0, 0, 0, C\r\n".encode()
        )

    def _change_text(self, pattern: str, replacement: str) -> None:
        text = self._streams["PROJECT"].decode("cp1252")
        self._streams["PROJECT"] = re.sub(pattern, replacement, text, count=1, flags=re.MULTILINE).encode(
            "cp1252"
        )


def _stored(source: str) -> bytes:
    lines = source.splitlines()
    return compress("".join(f"{line}\r\n" for line in lines).encode("cp1252"))


def _size(kind: int, data: bytes) -> int:
    return 4 if kind == VERSION else len(data)


def _records(stream: bytes) -> Iterator[Record]:
    place = 0
    while place < len(stream):
        kind, size = struct.unpack_from("<HI", stream, place)
        size = VERSION_SIZE if kind == VERSION else size
        yield kind, stream[place + 6 : place + 6 + size]
        place += 6 + size


def _module_records(name: str, kind: int) -> list[Record]:
    narrow, wide = name.encode(), name.encode("utf-16-le")
    return [
        (MODULE, narrow), (MODULE_WIDE, wide), (STREAM, narrow), (STREAM_WIDE, wide), (ABOUT, b""),
        (ABOUT_WIDE, b""), (OFFSET, bytes(4)), (HELP, bytes(4)), (COOKIE, b"\xff\xff"), (kind, b""),
        (END_OF_MODULE, b""),
    ]  # fmt: skip
