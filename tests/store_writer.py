"""Appends acts to a store as an agency's process does: look at the heads, propose, try again when others were faster.

`python -m tests.store_writer URL NAME [COUNT]` writes one line for each acknowledged act, without end if no COUNT.
`python -m tests.store_writer URL create` waits for a line, then creates the store and says what came of it.
"""

import itertools
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from events.store import (
    Entry,
    OutcomeUnknown,
    PositionTaken,
    Proposal,
    Store,
    StoreBusy,
    StoreExists,
    create_store,
    open_store,
)

NOW = 1_750_000_000_000


def proposal(store: Store, stream: str, name: str, **changes: Any) -> Proposal:
    """The next act of a stream as the store stands. The same name makes the same statement."""
    version, commitment = store.stream_head(stream)
    named = name.encode()
    made = Proposal(
        stream=stream, version=version + 1, registry_version=store.head().registry_version, topic="CaseFiled",
        statement=b"statement " + named, cti=named, iss="nr.lhasa", signed_digest=sha256(b"signed" + named).digest(),
        rho=sha256(b"rho" + named).digest(), prev=commitment,
        commitment=sha256(f"{stream} {version + 1} ".encode() + named).digest(), now_ms=NOW,
    )  # fmt: skip
    return replace(made, **changes)


def append(store: Store, stream: str, name: str, **changes: Any) -> Entry:
    """Append until it is stored, as a sender does: the same statement, decided anew."""
    while True:
        try:
            return store.append(proposal(store, stream, name, **changes))[0]
        except (PositionTaken, StoreBusy, OutcomeUnknown):
            continue


def streams(writer: str) -> Iterator[str]:
    """A stream of the writer's own and one that all fight over, in turn."""
    return itertools.cycle((f"case/{writer}", "case/shared"))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(url: str, name: str, count: int | None) -> None:
    if name == "create":
        sys.stdin.readline()
        try:
            create_store(url).close()
            say("created")
        except StoreExists:
            say("exists")
        return
    store = open_store(url)
    for number, stream in zip(
        itertools.count() if count is None else range(count), streams(name), strict=False
    ):
        entry = append(store, stream, f"{name} {number}")
        say(f"{entry.index}\t{entry.cti.decode()}")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
