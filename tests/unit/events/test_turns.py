"""Threads that share one work: each is done once, in the order in which they came, and nobody is left waiting."""

import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from events.turns import Turns

PATIENCE = 20.0


class Held:
    """Work that keeps what it was given, and goes on when it is let."""

    def __init__(self, most: int = 100) -> None:
        self.done: list[list[int]] = []
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)
        self.turns = Turns(self.work, most)

    def work(self, given: Sequence[int]) -> None:
        self.begun.release()
        assert self.let.acquire(timeout=PATIENCE)
        self.done.append(list(given))

    def until_waiting(self, number: int) -> None:
        until = time.monotonic() + PATIENCE
        while len(self.turns._places) != number:
            assert time.monotonic() < until
            time.sleep(0.001)


@pytest.fixture
def held() -> Held:
    return Held()


def test_those_who_come_meanwhile_are_done_together_in_their_order(held: Held):
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(held.turns.through, 0)]
        assert held.begun.acquire(timeout=PATIENCE)
        for n in range(1, 6):
            threads.append(pool.submit(held.turns.through, n))
            held.until_waiting(n)
        held.let.release(2)
        for thread in threads:
            thread.result(PATIENCE)
    assert held.done == [[0], [1, 2, 3, 4, 5]]


def test_whoever_is_done_does_not_wait_for_those_who_came_later(held: Held):
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(held.turns.through, 1)
        assert held.begun.acquire(timeout=PATIENCE)
        second = pool.submit(held.turns.through, 2)
        held.until_waiting(1)
        held.let.release()
        first.result(PATIENCE)
        assert held.begun.acquire(timeout=PATIENCE)  # the second one is at work, and held
        assert not second.done()
        held.let.release()
        second.result(PATIENCE)
    assert held.done == [[1], [2]]


def test_no_more_than_so_many_at_once():
    held = Held(most=2)
    with ThreadPoolExecutor(6) as pool:
        threads = [pool.submit(held.turns.through, 0)]
        assert held.begun.acquire(timeout=PATIENCE)
        for n in range(1, 6):
            threads.append(pool.submit(held.turns.through, n))
            held.until_waiting(n)
        held.let.release(4)
        for thread in threads:
            thread.result(PATIENCE)
    assert held.done == [[0], [1, 2], [3, 4], [5]]


def test_a_fault_is_raised_where_the_work_is_done_and_the_next_one_is_called():
    def work(given: Sequence[int]) -> None:
        if 1 in given:
            raise OSError("disk")

    turns = Turns(work, 10)
    with pytest.raises(OSError, match="disk"):
        turns.through(1)
    turns.through(2)


def test_one_who_is_interrupted_while_waiting_is_not_called(held: Held):
    """As Ctrl-C does: the signal comes to the main thread, which waits."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    def soon() -> None:
        held.until_waiting(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with ThreadPoolExecutor(3) as pool:
            first = pool.submit(held.turns.through, 1)
            assert held.begun.acquire(timeout=PATIENCE)
            pool.submit(soon)
            with pytest.raises(KeyboardInterrupt):
                held.turns.through(2)
            third = pool.submit(held.turns.through, 3)
            held.until_waiting(1)
            held.let.release(2)
            first.result(PATIENCE)
            third.result(PATIENCE)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert held.done == [[1], [3]]
