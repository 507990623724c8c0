"""Where a run writes: a local folder, or a folder of any file system that fsspec knows."""

from __future__ import annotations

import contextlib
import itertools
import os
import posixpath
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from carecost.batch.extras import needed
from carecost.errors import DataError
from carecost.workbook.package import cannot_write, make_folder, write_together, write_whole

# Names below WORK are the run's own notes; they go when it ends.
WORK = ".carecost"
NOTES = f"{WORK}/notes"
# Object stores put a file whole or not at all. Elsewhere it is written beside and moved.
WHOLE = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory"}
# Files that reach a disk together: few enough to be open at once anywhere.
TOGETHER = 50
# Threads that send files over a network while the next is made.
SENDERS = 4


class Store(Protocol):
    """A folder for output. Names are relative and use ``/``."""

    def make(self, folder: str = NOTES) -> None:
        """Make the folder and one in it, if they are not there."""

    def alone(self) -> contextlib.AbstractContextManager[object]:
        """Keep other runs out of the folder, where the file system can."""

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place whole or not at all."""

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files in place, each whole or not at all."""

    def writing(self, name: str) -> contextlib.AbstractContextManager[Path]:
        """A local path to write a large file to; it is put in place when the block ends without an error."""

    def read(self, name: str) -> bytes | None:
        """A file's content, or None if there is none."""

    def names(self, folder: str = "") -> list[str]:
        """The files and folders in a folder, sorted; none if it is not there."""

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it is there."""


def open_store(out: str) -> Store:
    """The store of a path or URL."""
    parts = urlsplit(out)
    if parts.scheme == "file":
        from urllib.request import url2pathname  # brings all of http with it, in every process

        return LocalStore(Path(url2pathname(parts.path)))
    # A drive letter of Windows is no scheme.
    return RemoteStore(out) if len(parts.scheme) > 1 and "://" in out else LocalStore(Path(out))


def absolute(out: str) -> str:
    """The same place as another process sees it, whatever folder it works in."""
    store = open_store(out)
    return str(store) if isinstance(store, LocalStore) else out


class LocalStore:
    """A folder on this machine, or one that all workers have mounted under the same path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def __str__(self) -> str:
        return str(self._folder)

    def make(self, folder: str = NOTES) -> None:
        """Make the folder and one in it, if they are not there."""
        make_folder(self._folder / folder)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other runs out of the folder; the lock goes with the process, however that ends.

        SQLite locks a file in the way of each system. Where a network drive has no locks, there is none.
        """
        self.make(WORK)
        lock = sqlite3.connect(self._folder / WORK / "lock", timeout=0, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise DataError(
                    f"another run is at work in {self._folder}. Wait for it, or choose another folder with -o."
                ) from None
        try:
            yield
        finally:
            lock.close()

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place whole or not at all."""
        write_whole(self._folder / name, content)

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files in place, each whole or not at all."""
        paths = ((self._folder / name, content) for name, content in files)
        with ThreadPoolExecutor(1) as writer:
            writing: Future[None] = Future()
            writing.set_result(None)
            while some := list(itertools.islice(paths, TOGETHER)):  # made while the disk has the last ones
                writing.result()
                writing = writer.submit(write_together, some)
            writing.result()

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path beside the file, on the same disk, renamed to it at the end."""
        target = self._folder / name
        temporary = self._folder / WORK / f"{target.name}.part"
        try:
            yield temporary
            with temporary.open("rb+") as file:
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError as error:
            raise cannot_write(target, error) from None
        finally:
            temporary.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """A file's content, or None if there is none."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DataError(f"{self._folder / name}: cannot be read ({error.strerror}).") from None

    def names(self, folder: str = "") -> list[str]:
        """The files and folders in a folder, sorted; none if it is not there."""
        try:
            return sorted(os.listdir(self._folder / folder))  # noqa: PTH208 - names, not paths
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataError(f"{self._folder / folder}: cannot be read ({error.strerror}).") from None

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it is there."""
        path = self._folder / name
        if path.is_dir():
            for inside in path.iterdir():
                self.remove(f"{name}/{inside.name}")
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


class RemoteStore:
    """A folder behind fsspec: every worker must reach the URL with its own access."""

    def __init__(self, url: str) -> None:
        fsspec = needed("fsspec")
        try:
            self._files, self._folder = fsspec.core.url_to_fs(url)
        except Exception as error:  # each file system has errors of its own
            raise DataError(f"{url}: cannot be reached ({error}).") from None
        protocol = self._files.protocol
        self._whole = bool({protocol} & WHOLE if isinstance(protocol, str) else set(protocol) & WHOLE)

    def make(self, folder: str = NOTES) -> None:
        """Make the folder and one in it, where the file system has folders."""
        with self._failing(folder):
            self._files.makedirs(self._path(folder), exist_ok=True)

    def alone(self) -> contextlib.AbstractContextManager[object]:
        """No file system behind fsspec has locks."""
        return contextlib.nullcontext()

    def write(self, name: str, content: bytes) -> None:
        """Put a file in place whole or not at all."""
        with self._failing(name):
            if self._whole:
                self._files.pipe_file(self._path(name), content)
            else:
                beside = self._path(
                    f"{posixpath.dirname(name)}/.{posixpath.basename(name)}.{os.getpid()}.part"
                )
                self._files.pipe_file(beside, content)
                self._files.mv(beside, self._path(name))

    def write_many(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Put files in place, each whole or not at all."""
        with ThreadPoolExecutor(SENDERS) as senders:
            for sending in [senders.submit(self.write, name, content) for name, content in files]:
                sending.result()

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A temporary local file, sent at the end."""
        with tempfile.TemporaryDirectory() as folder, self._failing(name):
            temporary = Path(folder, posixpath.basename(name))
            yield temporary
            target = self._path(name if self._whole else f"{WORK}/{temporary.name}.part")
            self._files.put_file(str(temporary), target)
            if not self._whole:
                self._files.mv(target, self._path(name))

    def read(self, name: str) -> bytes | None:
        """A file's content, or None if there is none."""
        with self._failing(name, "read"):
            try:
                content: bytes = self._files.cat_file(self._path(name))
            except FileNotFoundError:
                return None
            return content

    def names(self, folder: str = "") -> list[str]:
        """The files and folders in a folder, sorted; none if it is not there."""
        with self._failing(folder, "read"):
            self._files.invalidate_cache()
            try:
                found = self._files.ls(self._path(folder), detail=False)
            except FileNotFoundError:
                return []
        return sorted(posixpath.basename(path.rstrip("/")) for path in found)

    def remove(self, name: str) -> None:
        """Remove a file or a whole folder, if it is there."""
        with self._failing(name, "removed"), contextlib.suppress(FileNotFoundError):
            self._files.rm(self._path(name), recursive=True)

    def _path(self, name: str) -> str:
        return posixpath.join(self._folder, name.strip("/")) if name else str(self._folder)

    @contextlib.contextmanager
    def _failing(self, name: str, what: str = "written") -> Iterator[None]:
        """Each file system has errors of its own."""
        try:
            yield
        except DataError:
            raise
        except Exception as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"{self._path(name)}: cannot be {what} ({reason}).") from None
