"""Time calls through xlwings Server, as `carecost excel serve` runs it and as it comes, in one run.

    python -m pip install '.[server]' && python bench/server.py

Both servers start on this computer, without TLS; calls are those that Excel's JavaScript posts. Stock xlwings
Server has the same functions but neither the worker processes nor the work-around for its import in every cell.
"""

import argparse
import contextlib
import datetime
import http.client
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
CALLS, ROWS = 1_000, 10_000
# A browser opens so many connections to one server.
CONNECTIONS = 6


def body(function, *args):
    asked = {"client": "Office.js", "func_name": function, "args": args, "version": version("xlwings"),
             "runtime": "1.4"}  # fmt: skip
    return json.dumps(asked).encode()


CELL = body("CARE_FTE_COST", [["offshore"]])
COLUMN = body("CARE_FTE", [[1000 + row] for row in range(ROWS)])
COLUMNS = body("CARE_WORKLOAD", *[[[1 + row % 7] for row in range(ROWS)]] * 3)


def post(connection, text):
    connection.request("POST", "/xlwings/custom-functions-call", text, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise SystemExit(f"{response.status}: {answer[:200]!r}")


def one_after_the_other(port, text, count):
    with contextlib.closing(http.client.HTTPConnection("localhost", port)) as connection:
        for _ in range(count):
            post(connection, text)


def as_a_sheet(port, text, count):
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        shares = [count // CONNECTIONS] * CONNECTIONS
        list(pool.map(lambda share: one_after_the_other(port, text, share), shares))


WORK = {
    f"{CALLS:,} cells, one after the other": (one_after_the_other, CELL, CALLS),
    f"{CALLS:,} cells, six at a time": (as_a_sheet, CELL, CALLS),
    f"a range of {ROWS:,} cells": (one_after_the_other, COLUMN, 1),
    f"three ranges of {ROWS:,} cells": (one_after_the_other, COLUMNS, 1),
}


def measure(port, rounds):
    """Seconds of each piece of work, the median of some rounds after one that does not count."""
    found = {}
    for what, (run, text, count) in WORK.items():
        run(port, text, count)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            run(port, text, count)
            times.append(time.perf_counter() - start)
        found[what] = statistics.median(times)
    return found


@contextlib.contextmanager
def started(command, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XLWINGS_LICENSE_KEY": "noncommercial", **variables}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def ours(rounds):
    with started([sys.executable, "-m", "carecost", "excel", "serve", "--port", "0"]) as process:
        port = int(re.search(rb"localhost:(\d+) ", process.stdout.readline())[1])
        return measure(port, rounds)


def stock(rounds):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as project:
        functions = Path(project, "custom_functions", "__init__.py")
        functions.parent.mkdir()
        functions.write_text("from carecost.udf import *\n")
        settings = {"ENVIRONMENT": "prod", "FUNCTIONS_NAMESPACE": "", "PROJECT_DIR": project, "LOG_LEVEL": "WARNING",
                    "ENABLE_SOCKETIO": "false"}  # fmt: skip
        command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--no-access-log",
                   "xlwings_server.main:main_app"]  # fmt: skip
        with started(command, **{f"XLWINGS_{name}": value for name, value in settings.items()}):
            for _ in range(300):
                with contextlib.suppress(OSError), socket.create_connection(("localhost", port)):
                    return measure(port, rounds)
                time.sleep(0.1)
    raise SystemExit("stock xlwings Server did not start within half a minute")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog="Example: python bench/server.py --rounds 7",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds for each median (default: 5)")
    rounds = parser.parse_args().rounds
    print(
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, xlwings {version('xlwings')}, "
        f"xlwings-server {version('xlwings-server')}, medians of {rounds}\n"
    )
    print(f"| {'what':36} | {'carecost, ms':>12} | {'stock, ms':>10} | {'stock / carecost':>16} |")
    print(f"|{'-' * 38}|{'-' * 13}:|{'-' * 11}:|{'-' * 17}:|")
    found, yardstick = ours(rounds), stock(rounds)
    for what, seconds in found.items():
        print(
            f"| {what:36} | {1000 * seconds:12,.0f} | {1000 * yardstick[what]:10,.0f} "
            f"| {yardstick[what] / seconds:16.1f} |"
        )


if __name__ == "__main__":
    main()
