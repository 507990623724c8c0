"""A batch on a real Dask scheduler with two workers on loopback, one of which dies in the middle."""

import contextlib
import os
import socket
import subprocess
import sys
import time

import pytest
from batches import BASE, DRIVERS, FX, batch, bytes_in, environment

from carecost.batch import spool
from carecost.batch.fx import read_rates
from carecost.batch.run import Order, Output, run
from carecost.errors import DataError

SECONDS = 60


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def started(*words):
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        env={**environment(), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(port):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on port {port}")


@pytest.fixture
def scheduler():
    port = free_port()
    with started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"):
        wait_for(port)
        yield f"tcp://127.0.0.1:{port}"


@contextlib.contextmanager
def workers(address, folder):
    from distributed import Client

    options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder))
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(started("dask_worker", address, *options)) for _ in range(2)]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=SECONDS)
        yield found


def test_a_cluster_that_loses_a_worker_writes_what_one_machine_writes(scheduler, tmp_path, monkeypatch):
    monkeypatch.setattr(spool, "CHUNK_ROWS", 6)
    order, rates = Order(str(DRIVERS), BASE), read_rates(FX, ".")
    run(order, Output(str(tmp_path / "here"), rates=rates), 1, None, lambda _: None)
    with workers(scheduler, tmp_path / "scratch") as (_, doomed):
        seen = []

        def report(progress):
            seen.append(progress.done)
            if progress.done >= 12 and doomed.poll() is None:
                os.kill(doomed.pid, 9)
                doomed.wait()

        done = run(order, Output(str(tmp_path / "there"), rates=rates), 1, scheduler, report)
        assert doomed.poll() == -9, "the worker died in the middle"
        # The same through fsspec, on the worker that is left.
        run(order, Output(f"local://{tmp_path}/url", rates=rates), 1, scheduler, lambda _: None)
    assert done.written == 72
    assert max(seen) == 72
    assert bytes_in(tmp_path / "there") == bytes_in(tmp_path / "here") == bytes_in(tmp_path / "url")


def test_scheduler_that_is_not_there(tmp_path):
    address = f"tcp://127.0.0.1:{free_port()}"
    done = batch(
        DRIVERS, "--base", BASE, "-o", tmp_path / "out", "--cluster", address, "--quiet", timeout=SECONDS
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"carecost: --cluster {address}: no Dask scheduler answers there")
    assert done.stderr.count("\n") == 1


def test_scheduler_without_workers(scheduler, tmp_path):
    with pytest.raises(DataError, match="has no workers"):
        run(Order(str(DRIVERS), BASE), Output(str(tmp_path / "out")), 1, scheduler, lambda _: None)


def test_dask_is_not_imported_without_a_scheduler(tmp_path):
    code = (
        "import sys; from carecost.cli import app\n"
        "try: app()\nexcept SystemExit: pass\n"
        "assert not {'dask', 'distributed', 'fsspec'} & set(sys.modules)"
    )
    words = ["batch", str(DRIVERS), "--base", str(BASE), "-o", str(tmp_path / "out"), "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "72 workbooks written" in done.stdout
