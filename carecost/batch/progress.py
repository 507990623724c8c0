"""How a run tells where it is: a bar in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from carecost.batch.run import Progress, Report

SECONDS_BETWEEN_LINES = 5.0


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Report]:
    """A report that suits where standard error goes."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f} rows/s"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[rejected]:,} rejected"),
    )
    start = time.monotonic()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=None, rate=0.0, rejected=0)

        def report(now: Progress) -> None:
            rate = now.done / max(time.monotonic() - start, 1e-9)
            bar.update(task, completed=now.done, total=now.total, rate=rate, rejected=now.rejected)

        yield report


def _lines() -> Report:
    start = last = time.monotonic()

    def report(now: Progress) -> None:
        nonlocal last
        moment = time.monotonic()
        if moment - last >= SECONDS_BETWEEN_LINES and now.done:
            last = moment
            rate = now.done / (moment - start)
            left = (now.total - now.done) / rate
            print(
                f"{now.done:,} of {now.total:,} rows, {rate:,.0f} a second, {left:,.0f} s left, "
                f"{now.rejected:,} rejected",
                file=sys.stderr,
                flush=True,
            )

    return report
