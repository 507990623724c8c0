"""A type library of one interface, in the binary format that LibreOffice reads.

Calc learns from it which functions an add-in has and how many arguments each takes. The format is
LibreOffice's own (the README of its ``unoidl`` module): little-endian, entries found by their offset in
the file, and a name that was written before is given again as its offset.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

MAGIC = b"UNOIDL\xff\0"
MODULE, INTERFACE = 0, 5
DIRECTION_IN = 0
SEEN_BEFORE = 0x80000000
ROOT = "com.sun.star.uno.XInterface"


class Method(NamedTuple):
    """One method: its name, the type it returns, and its parameters as names and types."""

    name: str
    returns: str
    parameters: Sequence[tuple[str, str]]


def type_library(interface: str, methods: Sequence[Method]) -> bytes:
    """The file that declares ``interface``, such as ``module.XName``, with its methods."""
    file = _File()
    *modules, name = interface.split(".")
    entry = file.entry(name, file.interface(methods))
    for module in reversed(modules):
        at = len(file.content)
        file.content += struct.pack("<BI", MODULE, 1) + entry
        entry = file.entry(module, at)
    at = len(file.content)
    file.content += entry
    struct.pack_into("<II", file.content, len(MAGIC), at, 1)
    return bytes(file.content)


class _File:
    """The bytes so far, and where each name was written first."""

    def __init__(self) -> None:
        self.content = bytearray(MAGIC + bytes(8))
        self._names: dict[str, int] = {}

    def interface(self, methods: Sequence[Method]) -> int:
        """Write the interface; its offset."""
        at = len(self.content)
        self._byte(INTERFACE)
        self._count(1)
        self._name(ROOT)
        self._count(0)  # optional bases
        self._count(0)  # attributes
        self._count(len(methods))
        for method in methods:
            self._name(method.name)
            self._name(method.returns)
            self._count(len(method.parameters))
            for name, kind in method.parameters:
                self._byte(DIRECTION_IN)
                self._name(name)
                self._name(kind)
            self._count(0)  # exceptions
        return at

    def entry(self, name: str, data: int) -> bytes:
        """Write a name that ends in a zero; the entry that leads to it and to its data."""
        at = len(self.content)
        self.content += name.encode("ascii") + b"\0"
        return struct.pack("<II", at, data)

    def _byte(self, value: int) -> None:
        self.content.append(value)

    def _count(self, value: int) -> None:
        self.content += struct.pack("<I", value)

    def _name(self, name: str) -> None:
        if name in self._names:
            self._count(self._names[name] | SEEN_BEFORE)
            return
        self._names[name] = len(self.content)
        self._count(len(name))
        self.content += name.encode("ascii")
