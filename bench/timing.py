"""What several benchmarks time with."""

import statistics
import time


def median(run, rounds):
    """Seconds, the median of some rounds after one that does not count."""
    run()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
