"""The functions in a process of their own, for a LibreOffice whose Python cannot import them.

LibreOffice's side (``inside/pipe.py``) starts it and speaks over its standard input and output: each message
is its length in four bytes and then JSON. The first message out says that the functions are ready, or
why they are not. It ends when LibreOffice closes the pipe, whichever way LibreOffice itself ends.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from typing import Any, BinaryIO

LENGTH = struct.Struct("<I")


def main() -> None:
    """Serve calls until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for LibreOffice
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing but replies may reach the pipe
    try:
        from carecost.hosts.libreoffice.calls import answer
    except Exception as error:
        _send(replies, {"failed": f"{type(error).__name__}: {error}"})
        return
    _send(replies, {"ready": sys.version.split()[0]})
    requests = sys.stdin.buffer
    while (request := _receive(requests)) is not None:
        try:
            reply: Any = {"answer": answer(request["name"], request["arguments"])}
        except Exception as error:
            reply = {"failed": f"{request['name']}: {type(error).__name__}: {error}"}
        _send(replies, reply)


def _receive(pipe: BinaryIO) -> Any:
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return json.loads(pipe.read(*LENGTH.unpack(head)))


def _send(pipe: BinaryIO, message: Any) -> None:
    text = json.dumps(message, allow_nan=False).encode()
    pipe.write(LENGTH.pack(len(text)) + text)
    pipe.flush()
