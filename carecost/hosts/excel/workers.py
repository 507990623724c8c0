"""Processes that answer calls, so that a slow one can be ended and the server stays quick.

A thread cannot be ended, and one simulation of ten thousand million draws would keep it for minutes.
"""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import os
import queue
import signal
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

from carecost.hosts.excel.calls import REFUSED, TOO_SLOW, Answer, Call, Desk, refusal

# A process holds NumPy and SciPy, some 100 MB; more of them help only where many people calculate at once.
MOST_WORKERS = 4
READY = Answer(0, b"")


class Worker:
    """One process, which answers one call at a time. A call that takes too long ends it, and it starts anew."""

    def __init__(self, module: str, seconds: float) -> None:
        self._module, self._seconds = module, seconds
        self._over = False
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, self._module), daemon=True)
        self._process.start()
        theirs.close()
        self._ready = False

    def answer(self, call: Call) -> Answer:
        """The process's answer, or a refusal when it takes too long or ends over it."""
        try:
            if not self._ready:
                self._ready = self._pipe.recv() == READY
            self._pipe.send(call)
            if self._pipe.poll(self._seconds):
                return Answer(*self._pipe.recv())
            answer = refusal(TOO_SLOW, f"This call took longer than {self._seconds:g} s and was ended")
        except (EOFError, OSError):
            why = "The server was stopped" if self._over else "This call ended its process: is it too large?"
            answer = refusal(REFUSED, why)
        self._begin_anew()
        return answer

    def _begin_anew(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()
        if not self._over:
            self._start()

    def end(self) -> None:
        """End the process for good, whatever it is doing; a call that waits for it is refused."""
        self._over = True
        self._process.kill()


class Workers:
    """Two to four processes, as there are processors; calls wait for one that is free."""

    def __init__(self, module: str, seconds: float) -> None:
        count = max(2, min(os.cpu_count() or 1, MOST_WORKERS))  # one slow call keeps nobody waiting
        self._all = [Worker(module, seconds) for _ in range(count)]
        self._free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._all:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(count)

    async def answer(self, call: Call) -> Answer:
        """The answer to a call; whoever waits for it keeps nobody else waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, call)

    def _answer(self, call: Call) -> Answer:
        worker = self._free.get()
        try:
            return worker.answer(call)
        finally:
            self._free.put(worker)

    def end(self) -> None:
        """End every process for good."""
        for worker in self._all:
            worker.end()


def _work(pipe: Connection, module: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    desk = Desk(importlib.import_module(module))
    pipe.send(READY)
    while True:
        try:
            call = pipe.recv()
        except (EOFError, OSError):  # the server is gone
            return
        pipe.send(desk.answer(call))
