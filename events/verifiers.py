"""Processes beside the ledger's own that read statements and verify their signatures: the work of bulk, on all cores.

A process is given the raw statements of a group and gives back what is left to decide on (`events.signed`). It holds
no state of the ledger but the registry as it was told, and ends when its pipe does, so that none outlives its ledger.
Threads would not do: only the signature itself is computed outside Python's lock, which is a third of the work.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from io import BytesIO
from typing import Any, BinaryIO

from domain.refusal import Refusal
from domain.registry import Registry
from events.signed import Signed, signed

LENGTH_BYTES = 8
Read = Signed | Refusal


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


class Verifiers:
    """One process for each core, begun when first needed. Ends them when closed."""

    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="verifier")
        self._mine = threading.local()
        self._all: list[_Process] = []

    def read(self, raws: Sequence[bytes], registry: Registry) -> Future[list[Read]]:
        """What each statement says, or its refusal, later."""
        return self._pool.submit(self._read, raws, registry)

    def _read(self, raws: Sequence[bytes], registry: Registry) -> list[Read]:
        process: _Process | None = getattr(self._mine, "process", None)
        if process is None:
            process = self._mine.process = _Process()
            self._all.append(process)
        try:
            return process.read(raws, registry)
        except (OSError, EOFError):  # the system has ended it: as slowly, and as well, here
            return [_one(raw, registry) for raw in raws]

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for process in self._all:
            process.close()

    def __enter__(self) -> "Verifiers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Process:
    """One of them, used by one thread."""

    def __init__(self) -> None:
        # A group of its own: Ctrl-C is for the ledger. -P: never a module of the folder that somebody works in.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from events.verifiers import main; main()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, process_group=0,
        )  # fmt: skip
        self._told: Registry | None = None

    def read(self, raws: Sequence[bytes], registry: Registry) -> list[Read]:
        """Raises OSError, EOFError where the process is gone."""
        to, back = self._process.stdin, self._process.stdout
        assert to is not None
        assert back is not None
        news = None if registry is self._told else registry
        _send(to, pickle.dumps((news, raws), pickle.HIGHEST_PROTOCOL))
        self._told = registry
        return unpacked(raws, _received(back))

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was still to be sent to one that is gone
                continue
        self._process.wait()


def _send(pipe: BinaryIO | Any, content: bytes) -> None:
    pipe.write(len(content).to_bytes(LENGTH_BYTES))
    pipe.write(content)
    pipe.flush()


def _received(pipe: BinaryIO | Any) -> bytes:
    head = pipe.read(LENGTH_BYTES)
    content: bytes = pipe.read(int.from_bytes(head))
    if len(head) < LENGTH_BYTES or len(content) < int.from_bytes(head):
        raise EOFError
    return content


# --- the process itself ---------------------------------------------------------------------------------------


_REFUSED = 3
"""A refusal travels as its code, message and field; what was read as the six fields of `Signed` after `raw`."""


def _one(raw: bytes, registry: Registry) -> Read:
    try:
        return signed(raw, registry)
    except Refusal as refusal:
        return refusal


def packed(read: Sequence[Read]) -> bytes:
    """What was read of a group, without the raw bytes, which the asker has."""
    out = BytesIO()
    _Pickler(out, pickle.HIGHEST_PROTOCOL).dump([_travelling(one) for one in read])
    return out.getvalue()


def unpacked(raws: Sequence[bytes], content: bytes) -> list[Read]:
    """The inverse of `packed`."""
    found = pickle.loads(content)  # noqa: S301 - from our own child, over a pipe of our own
    return [
        Refusal(*one) if len(one) == _REFUSED else Signed(raw, *one)
        for raw, one in zip(raws, found, strict=True)
    ]


def _travelling(one: Read) -> tuple[Any, ...]:
    if isinstance(one, Refusal):
        return one.code, one.message, one.field
    return one.claims, one.kid, one.digest, one.signed_digest, one.event, one.fault


class _Pickler(pickle.Pickler):
    """Acts as their values alone: the usual way of frozen classes costs as much as reading them from their bytes."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, Refusal):
            return Refusal, (value.code, value.message, value.field)
        if isinstance(value, type) or not is_dataclass(value):
            return NotImplemented
        return _restored, (type(value), tuple([getattr(value, name) for name in _fields_of(type(value))[0]]))


_Setters = tuple[Callable[[Any, Any], None], ...]
_KNOWN: dict[type[Any], tuple[tuple[str, ...], _Setters]] = {}


def _fields_of(cls: type[Any]) -> tuple[tuple[str, ...], _Setters]:
    """Names and setters, the latter past the guard of a frozen class."""
    if cls not in _KNOWN:
        names = tuple(field.name for field in fields(cls))
        _KNOWN[cls] = names, tuple(getattr(cls, name).__set__ for name in names)
    return _KNOWN[cls]


def _restored(cls: type[Any], values: tuple[Any, ...]) -> Any:
    """A value as it was: it was checked when it was made, so its constructor is passed by."""
    new = object.__new__(cls)
    for set_value, value in zip(_fields_of(cls)[1], values, strict=True):
        set_value(new, value)
    return new


def main() -> None:
    registry: Registry = Registry()
    while True:
        try:
            news, raws = pickle.loads(_received(sys.stdin.buffer))  # noqa: S301 - from the process that began this one
        except EOFError:
            return
        registry = registry if news is None else news
        _send(sys.stdout.buffer, packed([_one(raw, registry) for raw in raws]))
