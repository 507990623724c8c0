"""An .xlsx file as what it is: a zip of parts. Parts that do not change are copied as they are.

``zipfile`` cannot copy a compressed member without inflating it, so writing is done here; the format
is the plain subset (deflate, no zip64, no data descriptors) that every spreadsheet program reads.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import os
import secrets
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from carecost.errors import DataError

# Every part carries the same time stamp, so that equal contents give equal files.
TIME, DATE = 0, (1980 - 1980) << 9 | 1 << 5 | 1
LOCAL = struct.Struct("<4s5H3I2H")
CENTRAL = struct.Struct("<4s6H3I5H2I")
END = struct.Struct("<4s4H2IH")
UTF8 = 0x800
# Sheets are compressed anew for every workbook. libdeflate at level 1 takes a third of the time of zlib's
# usual 6, for workbooks a tenth larger. (ISA-L is faster still, but now and then its bytes differ.)
QUICK, THOROUGH = 1, 9
LARGEST = 200 * 1024 * 1024


class Part(NamedTuple):
    """One compressed member of a package."""

    name: str
    deflated: bytes
    crc: int
    size: int


def deflate(name: str, text: bytes, level: int = QUICK) -> Part:
    """Compress one part."""
    from deflate import crc32, deflate_compress  # not in a browser, where workbooks are only read

    return Part(name, bytes(deflate_compress(text, level)), crc32(text), len(text))


class Package:
    """The parts of an .xlsx file, by name and in order."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self.parts = dict(parts)

    @functools.cached_property
    def _deflated(self) -> dict[str, Part]:
        return {name: deflate(name, text, THOROUGH) for name, text in self.parts.items()}

    @classmethod
    def read(cls, path: str | Path | BinaryIO) -> Package:
        """Read a package; anything that is not one is refused with one line."""
        where = "" if isinstance(path, io.IOBase) else f"{path}: "
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                    raise DataError(
                        f"{where}unpacks to more than {LARGEST >> 20} MiB: not a workbook of ours."
                    )
                return cls({name: archive.read(name) for name in archive.namelist()})
        except FileNotFoundError:
            raise DataError(f"{path}: no such file.") from None
        except (zipfile.BadZipFile, OSError, RuntimeError, zlib.error) as error:
            raise DataError(f"{where}not an .xlsx workbook ({error}).") from None

    def with_parts(self, changed: Mapping[str, bytes]) -> bytes:
        """The whole file with some parts replaced; all others are copied in compressed form."""
        return pack(
            [
                deflate(name, changed[name]) if name in changed else part
                for name, part in self._deflated.items()
            ]
        )


def pack(parts: list[Part]) -> bytes:
    """A zip file of compressed parts."""
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, deflated, crc, size in parts:
        encoded = name.encode()
        head = LOCAL.pack(
            b"PK\3\4", 20, UTF8, zipfile.ZIP_DEFLATED, TIME, DATE, crc, len(deflated), size, len(encoded), 0
        )
        directory.append(
            CENTRAL.pack(
                b"PK\1\2", 20, 20, UTF8, zipfile.ZIP_DEFLATED, TIME, DATE, crc, len(deflated), size,
                len(encoded), 0, 0, 0, 0, 0, offset,
            )
            + encoded
        )  # fmt: skip
        body += (head, encoded, deflated)
        offset += len(head) + len(encoded) + len(deflated)
    index = b"".join(directory)
    end = END.pack(b"PK\5\6", 0, 0, len(parts), len(parts), len(index), offset, 0)
    return b"".join((*body, index, end))


def write_whole(path: str | Path, content: bytes) -> None:
    """Put a file in place whole or not at all: a temporary neighbor, then one rename."""
    write_together([(Path(path), content)])


def write_together(files: Iterable[tuple[Path, bytes]]) -> None:
    """Put some files in place, each whole or not at all; together they are on their disk sooner.

    All are written to temporary neighbors, then all made safe on the disk, then all renamed.
    """
    written: list[_Neighbor] = []
    path = Path()
    try:
        for path, content in files:
            written.append(_Neighbor(path))
            written[-1].write(content)
        for neighbor in written:
            path = neighbor.path
            neighbor.secure()
        for neighbor in written:
            path = neighbor.path
            neighbor.replace()
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        for neighbor in written:
            neighbor.clear()


class _Neighbor:
    """The temporary file beside one that is to be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._temporary = path.parent / f".{path.name[:40]}.{secrets.token_hex(4)}.part"
        self._file = self._temporary.open("xb", buffering=0)

    def write(self, content: bytes) -> None:
        """The whole content: a disk that is nearly full may take only the beginning at once."""
        rest = memoryview(content)
        while rest:
            rest = rest[self._file.write(rest) :]

    def secure(self) -> None:
        """Have it on the disk, not just on its way there."""
        os.fsync(self._file.fileno())
        self._file.close()
        with contextlib.suppress(FileNotFoundError):  # a file that is replaced keeps its permissions
            self._temporary.chmod(self.path.stat().st_mode & 0o777)

    def replace(self) -> None:
        """Give it the final name."""
        self._temporary.replace(self.path)

    def clear(self) -> None:
        """Leave nothing behind; once it has its final name there is nothing."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> DataError:
    """What to say and advise when the system refuses to write a file."""
    if isinstance(error, FileNotFoundError) and not path.parent.exists():
        return DataError(f"{path}: the folder {path.parent} does not exist. Create it, or choose another.")
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    advice = "Make room" if full else "Close it if it is open elsewhere, or choose another name"
    return DataError(f"{path}: cannot be written ({error.strerror or error}). {advice}.")


def make_folder(folder: Path) -> None:
    """Make a folder for output, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"{folder}: cannot be made a folder ({error.strerror}). Choose another with -o."
        ) from None
