"""Many threads, one at work: whoever comes meanwhile waits, and who works next takes along all that wait.

So single appends that come together share a commit, and nobody whose own is done waits for the next one.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Place(Generic[T]):
    """A place in the queue. `called`: released once it is done, or once it is its turn to work (`works`)."""

    one: T
    called: threading.Lock
    works: bool = False


class Turns(Generic[T]):
    """`work` is given all that wait, in the order in which they came, `most` at once."""

    def __init__(self, work: Callable[[Sequence[T]], None], most: int) -> None:
        self._work = work
        self._most = most
        self._gate = threading.Lock()  # held for a moment, never while working
        self._places: deque[_Place[T]] = deque()
        self._busy = False

    def through(self, one: T) -> None:
        """Come back when it is done. What the work raises is raised in the thread that did it, and nowhere else."""
        mine = _Place(one, threading.Lock())
        mine.called.acquire()
        try:
            with self._gate:
                self._places.append(mine)
                mine.works, self._busy = not self._busy, True
            if not mine.works:
                mine.called.acquire()
        except BaseException:  # an interrupt: nobody is called who has gone
            with self._gate:
                if mine in self._places:
                    self._places.remove(mine)
            if mine.works:
                self._call_next()
            raise
        if mine.works:
            self._work_for_all()

    def _work_for_all(self) -> None:
        taken: list[_Place[T]] = []
        try:
            with self._gate:
                taken += [self._places.popleft() for _ in range(min(len(self._places), self._most))]
            self._work([place.one for place in taken])
        finally:
            for place in taken:
                place.called.release()
            self._call_next()

    def _call_next(self) -> None:
        with self._gate:
            self._busy = bool(self._places)
            if self._busy:
                self._places[0].works = True
                self._places[0].called.release()
