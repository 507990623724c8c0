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
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[rejected]:,} rejected"),
    )
    clock = _Clock()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=None, rate=0.0, rejected=0)

        def report(now: Progress) -> None:
            if clock.begins(now.what):
                bar.reset(task, description=now.what)
            rate = now.done / clock.seconds
            bar.update(task, completed=now.done, total=now.total, rate=rate, rejected=now.rejected)

        yield report


def _lines() -> Report:
    last, clock = time.monotonic(), _Clock()

    def report(now: Progress) -> None:
        nonlocal last
        clock.begins(now.what)
        if time.monotonic() - last >= SECONDS_BETWEEN_LINES and now.done:
            last = time.monotonic()
            rate = now.done / clock.seconds
            left = (now.total - now.done) / rate
            print(
                f"{now.what}: {now.done:,} of {now.total:,}, {rate:,.0f} a second, {left:,.0f} s left, "
                f"{now.rejected:,} rejected",
                file=sys.stderr,
                flush=True,
            )

    return report


class _Clock:
    """Seconds since a kind of work began."""

    def __init__(self) -> None:
        self._what, self._start = "", time.monotonic()

    def begins(self, what: str) -> bool:
        """Whether another kind of work begins now."""
        if what == self._what:
            return False
        self._what, self._start = what, time.monotonic()
        return True

    @property
    def seconds(self) -> float:
        """More than none."""
        return max(time.monotonic() - self._start, 1e-9)
