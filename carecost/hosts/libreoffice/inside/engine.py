"""Where a call is computed: in LibreOffice's own Python if it can import carecost, else by the worker."""

from __future__ import annotations

import json
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from .pipe import Died, Failed, Worker

# Seconds without another try after the functions could not be reached: ten thousand cells wait once.
PAUSE_SECONDS = 5
NAME_ERROR = 525
NOT_REACHED: Any = [[{"error": NAME_ERROR}]]


class Resting(Failed):
    """The functions could not be reached a moment ago; the reason has been reported."""


def error_number(code: int) -> float:
    """An error as Calc keeps it in a cell: not a number, with the error's number in its lowest bits."""
    found: float = struct.unpack("<d", struct.pack("<Q", 0x7FF8000000000000 | code))[0]
    return found


class Engine:
    """Answers calls. ``settings`` is what the extension carries; ``state`` is the file that says how it went."""

    def __init__(self, settings: Any, state: Path | None) -> None:
        self._settings = settings
        self._state = state
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._answer: Callable[[str, Any], Any] | None = None
        self._rest_until = 0.0

    def call(self, name: str, arguments: Any) -> Any:
        """The rows of an answer, errors as Calc's numbers; #NAME? where carecost itself cannot be reached."""
        with self._lock:
            try:
                rows = self._rows(name, arguments)
            except Resting:
                rows = NOT_REACHED
            except Exception as error:
                self._report("failed", str(error) if isinstance(error, Failed) else repr(error))
                rows = NOT_REACHED
        return tuple(
            tuple(error_number(cell["error"]) if isinstance(cell, dict) else cell for cell in row)
            for row in rows
        )

    def _rows(self, name: str, arguments: Any) -> Any:
        if self._answer is None and self._worker is None:
            why = self._why_not_here()
            if why:
                self._start_worker(why)
            else:
                self._report("in process", "")
        return self._answer(name, arguments) if self._answer else self._ask(name, arguments)

    def _why_not_here(self) -> str:
        """Import carecost into this Python; what is in the way, or nothing."""
        if not self._settings["in_process"]:
            return "a worker was asked for"
        theirs = ".".join(map(str, self._settings["python"]))
        ours = ".".join(map(str, sys.version_info[:2]))
        if theirs != ours:
            return f"LibreOffice's Python is {ours}, carecost's is {theirs}"
        before = list(sys.path)
        sys.path += [folder for folder in self._settings["folders"] if folder not in sys.path]
        try:
            from carecost import __version__
            from carecost.hosts.libreoffice.calls import answer
        except Exception as error:
            sys.path[:] = before
            return f"LibreOffice's Python cannot import carecost: {error}"
        if __version__ != self._settings["carecost"]:
            return f"LibreOffice's Python finds carecost {__version__}"
        self._answer = answer
        return ""

    def _ask(self, name: str, arguments: Any) -> Any:
        """Ask the worker. Calls change nothing, so one that lost its worker is asked again, once."""
        for again in (True, False):
            worker = self._worker or self._start_worker("the worker had ended and was started again")
            try:
                return worker.ask(name, arguments)
            except Failed as error:
                if worker.alive:  # this call failed, the worker did not
                    raise
                self._worker = None
                if not (again and isinstance(error, Died)):
                    self._rest()
                    raise
        raise AssertionError

    def _start_worker(self, why: str) -> Worker:
        if time.monotonic() < self._rest_until:
            raise Resting
        try:
            self._worker = Worker(self._settings["interpreter"], self._settings["folders"][0])
        except Failed:
            self._rest()
            raise
        self._report("worker", why)
        return self._worker

    def _rest(self) -> None:
        self._rest_until = time.monotonic() + PAUSE_SECONDS

    def _report(self, way: str, why: str) -> None:
        """Leave word for ``carecost libreoffice doctor``; a profile that cannot be written to is no obstacle."""
        if self._state is None:
            return
        python = sys.version.split()[0]
        words = {"way": way, "why": why, "python": python, "carecost": self._settings["carecost"]}
        with suppress(OSError):
            self._state.write_text(json.dumps(words), encoding="utf-8")
