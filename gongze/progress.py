"""How far long work has come, told to whoever listens: a command on a terminal does, nobody else.

Each message has how much is done and of how much, or nothing where that is not known.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import TypeVar

FOLDING = logging.getLogger("gongze.folding")
"""Acts that the tables had not taken in."""
COUNTING = logging.getLogger("gongze.counting")
"""Dossiers that are looked at one after the other."""
SETTING = logging.getLogger("gongze.setting")
"""A paper being written, or set by LibreOffice."""
EVERY = 50
T = TypeVar("T")


def counted(items: Iterable[T], of: int, each: int = 1) -> Iterator[T]:
    """The same, and how far they have come of so many dossiers. `each`: how many of them one item stands for."""
    for number, item in enumerate(items):
        if number * each % EVERY == 0:
            COUNTING.info("%d/%d", number * each, of)
        yield item
    COUNTING.info("%d/%d", of, of)
