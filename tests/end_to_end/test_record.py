"""Files of many statements: their receipts in a file, broken off and taken up again."""

import errno
import fcntl
import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.statements import statements
from domain.refusal import Refusal
from events import opening
from events.intake import GROUP
from events.store import StoreUnreachable
from events.store.sqlite import SQLiteStore
from gongze.receipts import ReceiptFile
from tests.end_to_end.conftest import GONGZE, Desk

PATIENCE = 60
MANY = 6 * GROUP
"""So that it is not all stored when the first receipts are there."""


def many(desk: Desk, acts: int, name: str = "many.cbors") -> list[bytes]:
    """Write a file of so many statements of new cases."""
    with desk.open() as ledger:
        genesis = ledger.registry().genesis
    assert genesis is not None
    made = list(statements(genesis.name, desk.folder / "keys", acts))
    (desk.folder / name).write_bytes(b"".join(made))
    return made


def receipts(desk: Desk, name: str = "receipts.jsonl") -> list[dict[str, Any]]:
    """The receipts of a file, which must end with a whole line."""
    content = (desk.folder / name).read_bytes()
    assert not content or content.endswith(b"\n")
    return [json.loads(line) for line in content.splitlines()]


def begun(desk: Desk, *arguments: str) -> subprocess.Popen[bytes]:
    """A recording under way, of which the first receipts are there already."""
    path = desk.folder / "receipts.jsonl"
    process = subprocess.Popen(
        [GONGZE, "record", "many.cbors", "--receipts", path.name, *arguments], cwd=desk.folder,
        env=desk.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + PATIENCE
    while not (path.exists() and path.stat().st_size):
        assert time.monotonic() < until
        assert process.poll() is None
    return process


def test_each_act_has_its_receipt_in_the_file_and_the_ledger_agrees(here):
    size, made = here.size, many(here, 600)
    answer = here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")
    assert receipts(here) == answer["accepted"]
    assert [(a["line"], a["index"], a["duplicate"]) for a in answer["accepted"]] == [
        (n + 1, size + n, False) for n in range(len(made))
    ]
    shown = here.ask("verify", "--receipt", "receipts.jsonl")
    assert (shown["ok"], shown["checked"]["receipts"]) == (True, 600)


def test_a_file_of_receipts_is_completed_whatever_is_missing_of_it(here):
    many(here, 20)
    first = here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")["accepted"]
    path = here.folder / "receipts.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4] + lines[6:12]) + lines[12][:50])  # 5 and 6 lost, then a torn line
    again = here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")["accepted"]
    assert all(a["duplicate"] for a in again)
    kept = first[:4] + first[6:12]
    added = [a for a in again if a["line"] in (5, 6) or a["line"] > 12]
    assert receipts(here) == kept + added
    assert sorted(r["index"] for r in receipts(here)) == [a["index"] for a in first]
    path.write_bytes(path.read_bytes() + lines[12][:50])  # torn, and nothing to be written over it
    here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")
    assert receipts(here) == kept + added


def test_killed_midway_every_receipt_holds_and_the_same_command_goes_on(desk):
    size, made = desk.size, many(desk, MANY)
    process = begun(desk, "--quiet")
    process.kill()
    process.communicate(timeout=PATIENCE)
    content = (desk.folder / "receipts.jsonl").read_bytes()
    told = [json.loads(line) for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
    stored = desk.size - size
    assert len(told) <= stored < len(made)
    with desk.open() as ledger:
        entries = list(ledger.entries())
    assert all(entries[r["index"]].cti.hex() == r["id"] for r in told)
    again = desk.ask("record", "many.cbors", "--receipts", "receipts.jsonl")["accepted"]
    assert [a["index"] for a in again] == list(range(size, size + len(made)))
    assert [a["duplicate"] for a in again] == [n < stored for n in range(len(made))]
    assert sorted(r["index"] for r in receipts(desk)) == list(range(size, size + len(made)))
    assert desk.ask("verify", "--receipt", "receipts.jsonl")["ok"]


def test_an_interrupt_lets_the_group_under_way_end_and_says_how_to_go_on(desk):
    size, made = desk.size, many(desk, MANY)
    process = begun(desk, "--format", "json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    answer = json.loads(out)
    assert answer["accepted"] == receipts(desk)
    assert (desk.size - size) == len(answer["accepted"]) < len(made)
    assert answer["refused"] == answer["irregular"] == []
    assert "再运行同一条命令" in err.decode()
    assert "Traceback" not in err.decode()
    again = desk.ask("record", "many.cbors", "--receipts", "receipts.jsonl")
    assert [a["index"] for a in again["accepted"]] == list(range(size, size + len(made)))


def test_a_file_that_is_no_receipts_of_this_ledger_is_left_alone(here, founded_folder, tmp_path_factory):
    made = many(here, 5)
    other = Desk(tmp_path_factory.mktemp("other"), {**here.settings}, here.runner)
    other.run("init", "--demo-keys", "keys")
    many(other, 5)
    other.run("record", "many.cbors", "--receipts", "theirs.jsonl")
    receipt = (other.folder / "theirs.jsonl").read_bytes()
    size = here.size
    for name, content in {
        "theirs": receipt, "statements": b"".join(made), "text": "备忘\n".encode(), "no line": b"{}",
        "a manifest": b'{"size": 5, "root": "' + b"0" * 64 + b'"}\n', "one good line": receipt + b"[1]\n",
    }.items():  # fmt: skip
        (here.folder / "kept").write_bytes(content)
        refused = here.fails("record", "many.cbors", "--receipts", "kept", code=2)
        assert (refused["code"], refused["field"]) == ("file_unusable", "--receipts"), name
        assert (here.folder / "kept").read_bytes() == content
    assert here.fails("record", "many.cbors", "--receipts", "keys", code=2)["code"] == "file_unusable"
    assert here.fails("record", "many.cbors", "--receipts", "no/such", code=2)["code"] == "file_unusable"
    assert here.size == size


def test_two_recordings_do_not_write_one_file_of_receipts(here):
    many(here, 5)
    with (here.folder / "receipts.jsonl").open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        assert here.fails("record", "many.cbors", "--receipts", "receipts.jsonl", code=2)["code"] == "busy"
    assert len(here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")["accepted"]) == 5


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """As on a full disk: nothing is written beyond so many bytes of any file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)


def test_receipts_that_find_no_room_leave_whole_lines_and_are_added_later(here):
    many(here, 10)
    shown = here.ask("record", "many.cbors")["accepted"]
    path: Path = here.folder / "receipts.jsonl"
    with here.open() as ledger:
        with ReceiptFile(path, ledger.store) as file:
            file.write(shown[:2])
            whole = path.read_bytes()
            with no_file_above(len(whole) + 100), pytest.raises(OSError, match="large"):
                file.write(shown[2:])
        assert path.read_bytes() == whole
        with ReceiptFile(path, ledger.store) as file:
            file.write(shown)
    assert receipts(here) == shown


def test_what_is_stored_is_not_said_to_be_nothing_where_its_receipts_find_no_room(here, monkeypatch):
    size, made = here.size, many(here, 10)

    def full(file, receipts):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "receipts.jsonl")

    monkeypatch.setattr(ReceiptFile, "write", full)
    ran = here.run("record", "many.cbors", "--receipts", "receipts.jsonl", "--format", "json", code=3)
    assert json.loads(ran.err)["code"] == "file_unusable"
    assert "登记中断" in json.loads(ran.err)["message"]
    assert [one["index"] for one in ran.json["accepted"]] == list(range(size, size + len(made)))
    assert here.size == size + len(made)
    monkeypatch.undo()
    here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")
    assert len(receipts(here)) == len(made)


def test_a_receipt_of_an_act_that_the_ledger_cannot_have_is_none_of_its_own(here):
    """Whatever position it names: nothing as long as that is laid out in memory."""
    path: Path = here.folder / "receipts.jsonl"
    index = 2**45
    leaf = opening.leaf(index, 1, b"\1" * 32).hex()
    path.write_text(json.dumps({"line": 1, "id": "1" * 32, "index": index, "leaf": leaf}) + "\n")
    before = path.read_bytes()
    with here.open() as ledger, pytest.raises(Refusal, match="不是这本台账的"):
        ReceiptFile(path, ledger.store)
    assert path.read_bytes() == before


def test_an_answer_that_breaks_off_is_whole(here, monkeypatch):
    """The database goes away between two groups: what is in the ledger by then is told, with its receipts."""
    size, made = here.size, many(here, GROUP + 10)
    append_all = SQLiteStore.append_all
    calls = []

    def gone(store, proposals):
        calls.append(len(proposals))
        if len(calls) > 1:
            raise StoreUnreachable("gone")
        return append_all(store, proposals)

    monkeypatch.setattr(SQLiteStore, "append_all", gone)
    ran = here.run("record", "many.cbors", "--receipts", "receipts.jsonl", "--format", "json", code=3)
    assert json.loads(ran.err)["code"] == "store_unreachable"
    assert [a["index"] for a in ran.json["accepted"]] == list(range(size, size + GROUP))
    assert receipts(here) == ran.json["accepted"]
    monkeypatch.undo()
    again = here.ask("record", "many.cbors", "--receipts", "receipts.jsonl")["accepted"]
    assert len(receipts(here)) == len(again) == len(made)
