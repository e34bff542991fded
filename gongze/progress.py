"""How far long work has come, told to whoever listens: a command on a terminal does, nobody else.

Each message has how much is done and of how much, or nothing where that is not known.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import TypeVar

FOLDING = logging.getLogger("gongze.folding")
"""Acts that the tables had not taken in."""
COUNTING = logging.getLogger("gongze.counting")
"""Dossiers that are looked at one after the other."""
SETTING = logging.getLogger("gongze.setting")
"""A paper being written, or set by LibreOffice."""
EVERY = 50
T = TypeVar("T")


def counted(items: Sequence[T]) -> Iterator[T]:
    """The same, and how far they have come."""
    for done, item in enumerate(items):
        if done % EVERY == 0:
            COUNTING.info("%d/%d", done, len(items))
        yield item
    COUNTING.info("%d/%d", len(items), len(items))
