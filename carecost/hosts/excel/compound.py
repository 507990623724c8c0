"""Write a compound file (MS-CFB, version 3): the small file system in which Office keeps VBA projects.

olefile reads these files but cannot add a stream or change a stream's length; so they are written here, whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SECTOR, MINI, SMALL = 512, 64, 4096
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STREAM, STORAGE, ROOT = 2, 1, 5
RED, BLACK = 0, 1
# Without further tables the header lists this many sectors of the allocation table: 6.8 MiB of file.
HEADER_FATS = 109
HEADER = struct.Struct("<8s16x5H6x9I")
ENTRY = struct.Struct("<64sHBB3I16x20xIII")


@dataclass
class _Node:
    name: str
    kind: int
    content: bytes = b""
    children: list[_Node] = field(default_factory=list)
    number: int = 0
    left: int = NONE
    right: int = NONE
    child: int = NONE
    color: int = BLACK
    start: int = 0


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of streams by path, such as ``VBA/dir``. Equal contents give equal files.

    >>> import io, olefile
    >>> olefile.OleFileIO(io.BytesIO(compound_file({"VBA/dir": b"abc"}))).openstream("VBA/dir").read()
    b'abc'
    """
    root = _tree(streams)
    nodes = list(_numbered(root))
    fat: list[int] = []
    sectors: list[bytes] = []
    mini_fat: list[int] = []
    mini_stream = bytearray()
    for node in nodes:
        if node.kind != STREAM:
            continue
        if len(node.content) < SMALL:
            node.start = _chained(mini_fat, -(-len(node.content) // MINI))
            mini_stream += node.content + bytes(-len(node.content) % MINI)
        else:
            node.start = _stored(node.content, fat, sectors)
    root.content = bytes(mini_stream)
    root.start = _stored(root.content, fat, sectors)
    mini_table = struct.pack(f"<{len(mini_fat)}I", *mini_fat)
    first_mini, minis = _stored(_filled(mini_table, 0xFF), fat, sectors), -(-len(mini_table) // SECTOR)
    directory = b"".join(map(_entry, nodes))
    blank = ENTRY.pack(b"", 0, 0, 0, NONE, NONE, NONE, 0, 0, 0)
    directory += blank * (-len(directory) % SECTOR // len(blank))
    first_entry = _stored(directory, fat, sectors)
    return _file(fat, sectors, first_entry, first_mini, minis)


def _file(fat: list[int], sectors: list[bytes], first_entry: int, first_mini: int, minis: int) -> bytes:
    tables = 1
    while tables * SECTOR // 4 < len(fat) + tables:
        tables += 1
    if tables > HEADER_FATS:
        raise ValueError("a VBA project of more than 6 MiB")
    places = list(range(len(fat), len(fat) + tables))
    table = _filled(struct.pack(f"<{len(fat) + tables}I", *fat, *[FAT_SECTOR] * tables), 0xFF)
    header = HEADER.pack(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, first_entry, 0, SMALL, first_mini, minis, END, 0,
    )  # fmt: skip
    header += struct.pack(f"<{HEADER_FATS}I", *places, *[FREE] * (HEADER_FATS - tables))
    return header + b"".join(sectors) + table


def _tree(streams: Mapping[str, bytes]) -> _Node:
    root = _Node("Root Entry", ROOT)
    storages = {"": root}
    for path, content in streams.items():
        above, _, name = path.rpartition("/")
        if above not in storages:
            storages[above] = _Node(above, STORAGE)
            root.children.append(storages[above])
        storages[above].children.append(_Node(name, STREAM, content))
    return root


def _numbered(root: _Node) -> Iterator[_Node]:
    """Every node, numbered, its children linked as the sorted tree that readers search."""
    nodes = [root]
    for node in nodes:
        nodes += sorted(node.children, key=lambda child: (len(child.name), child.name.upper()))
    for number, node in enumerate(nodes):
        node.number = number
    for node in nodes:
        ordered = sorted(node.children, key=lambda child: child.number)
        node.child = _balanced(ordered, len(ordered).bit_length())
        yield node


def _balanced(nodes: list[_Node], levels: int) -> int:
    """The number of the middle node, the others below it; the lowest level red, as the format wants."""
    if not nodes:
        return NONE
    middle = len(nodes) // 2
    top = nodes[middle]
    top.color = RED if levels == 1 and top.number != 0 else BLACK
    top.left = _balanced(nodes[:middle], levels - 1)
    top.right = _balanced(nodes[middle + 1 :], levels - 1)
    return top.number


def _entry(node: _Node) -> bytes:
    name = node.name.encode("utf-16-le") + b"\0\0"
    size = len(node.content) if node.kind != STORAGE else 0
    start = node.start if node.kind != STORAGE else 0
    return ENTRY.pack(
        name, len(name), node.kind, node.color, node.left, node.right, node.child, start, size, 0
    )


def _chained(table: list[int], count: int) -> int:
    """Reserve so many neighbors in a table; where they start."""
    if not count:
        return END
    start = len(table)
    table += [*range(start + 1, start + count), END]
    return start


def _stored(content: bytes, fat: list[int], sectors: list[bytes]) -> int:
    start = _chained(fat, -(-len(content) // SECTOR))
    sectors.append(_filled(content, 0))
    return start


def _filled(content: bytes, with_byte: int) -> bytes:
    return content + bytes([with_byte]) * (-len(content) % SECTOR)
