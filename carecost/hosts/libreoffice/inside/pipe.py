"""The worker process as LibreOffice sees it: started, asked, and never waited for without end."""

from __future__ import annotations

import json
import queue
import struct
import subprocess
import threading
from contextlib import suppress
from typing import Any

# Seconds. Importing NumPy and pandas on a busy machine takes a few; a call of a function hardly any.
START_SECONDS = 60
CALL_SECONDS = 30
LENGTH = struct.Struct("<I")
CODE = (
    "import sys; folder = {folder!r}; folder in sys.path or sys.path.insert(0, folder); "
    "from carecost.hosts.libreoffice.worker import main; main()"
)


class Failed(Exception):  # noqa: N818
    """The functions cannot be reached; says why."""


class Died(Failed):
    """The worker ended in the middle of a call."""


class Worker:
    """One worker process; dead for good after a failure."""

    def __init__(self, interpreter: str, folder: str) -> None:
        # -I: the variables and folders of LibreOffice's own Python are none of the worker's business.
        command = [interpreter, "-I", "-c", CODE.format(folder=folder)]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise Failed(f"{interpreter} cannot be started: {error}") from None
        self._requests: queue.Queue[Any] = queue.Queue()
        self._replies: queue.Queue[Any] = queue.Queue()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()
        try:
            self._reply(START_SECONDS)
        except Died:
            raise Failed(f"{interpreter} cannot import carecost from {folder}") from None
        except Failed:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return self._process.poll() is None

    def ask(self, name: str, arguments: Any) -> Any:
        """The rows of one call."""
        self._requests.put({"name": name, "arguments": arguments})
        return self._reply(CALL_SECONDS)["answer"]

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._requests.put(None)
        self._process.wait()
        self._thread.join()

    def _reply(self, seconds: float) -> Any:
        try:
            reply = self._replies.get(timeout=seconds)
        except queue.Empty:
            self.stop()
            raise Failed(f"the worker gave no answer within {seconds:g} seconds") from None
        if reply is None:
            self.stop()
            raise Died("the worker ended in the middle of a call")
        if "failed" in reply:
            raise Failed(reply["failed"])
        return reply

    def _talk(self) -> None:
        """Write requests and read replies, in a thread: a pipe can block for longer than anyone waits."""
        writing, reading = self._process.stdin, self._process.stdout
        assert writing is not None
        assert reading is not None
        # The pipe breaks, or a reply is cut off, when the worker ends; and JSON has no word for every argument.
        with suppress(OSError, ValueError, TypeError), reading:
            while True:
                head = reading.read(LENGTH.size)
                if len(head) < LENGTH.size:
                    break
                self._replies.put(json.loads(reading.read(*LENGTH.unpack(head))))
                request = self._requests.get()
                if request is None:
                    break
                text = json.dumps(request, allow_nan=False).encode()
                writing.write(LENGTH.pack(len(text)) + text)
                writing.flush()
        with suppress(OSError):
            writing.close()
        self._replies.put(None)
