"""How a figure is taken: the median of some rounds."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 5


def rate(work: Callable[[], int]) -> float:
    """Units a second, the median of some rounds."""
    figures = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        done = work()
        figures.append(done / (time.perf_counter() - began))
    return statistics.median(figures)
