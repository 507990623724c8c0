"""Who computes the chunks: this process, a process per core, or the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from carecost.batch.extras import needed
from carecost.errors import DataError

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
PATIENCE = "10s"


class InProcess(Executor):
    """Does each piece of work at once, here: for one worker there is nothing to start."""

    def submit(
        self, work: Callable[Given, Answer], /, *given: Given.args, **named: Given.kwargs
    ) -> Future[Answer]:
        """Do the work; the future is done."""
        future: Future[Answer] = Future()
        try:
            future.set_result(work(*given, **named))
        except Exception as error:
            future.set_exception(error)
        return future


def cores() -> int:
    """How many processes this one may run beside each other."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """A pool of fresh processes; on the way out those at work finish their chunk."""
    if workers == 1:
        yield InProcess()
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_start)
    # Ctrl-C reaches the whole process group. It is for this process to stop, and theirs to finish: they
    # are started with the signal off, so that even the moment before _start is covered.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(workers):
            pool.submit(int)
    finally:
        signal.signal(signal.SIGINT, usual)
    try:
        yield pool
    except BrokenProcessPool:
        raise DataError("a worker process was ended from outside (out of memory?).") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed parent must not leave workers that wait for work forever, or write after a resume began."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask scheduler, and how many chunks they take at a time.

    Dask does the chunks of a worker that is lost again on another.
    """
    distributed: Any = needed("distributed")
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DataError(f"--cluster {address}: no Dask scheduler answers there ({error}).") from None
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise DataError(f"--cluster {address}: the scheduler has no workers. Start some and try again.")
        yield client.get_executor(pure=False), threads
    finally:
        client.close()
