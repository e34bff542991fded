"""Several statements at once: from threads that share a commit, and from files of any size."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from domain.refusal import Refusal
from events import intake
from events.intake import FEW, GROUP, Receipt, ahead_of
from events.signed import signed
from events.statement import decode
from events.store import PositionTaken, StoreDamaged, StoreUnreachable
from events.verification import verify
from events.verifiers import Verifiers
from gongze.ledger import Ledger
from gongze.settings import load
from tests.doors import CASE_DATA, FILED, NOTICE, Door, key_of


def notice(door: Door, number: int, stream: str = FILED) -> bytes:
    return door.statement("NoticeIssued", "nr.lhasa", stream, {**NOTICE, "notice_no": f"停{number}"})


def filing(door: Door, number: int) -> bytes:
    return door.statement("CaseFiled", "nr.lhasa", f"case/拉自然资执〔2026〕{number}号", CASE_DATA)


def taken(door: Door, raws: Any) -> list[Any]:
    """Index and whether it was there before, or the refusal's code, of each."""
    answers = door.ledger.intake.take_all(raws, lambda: door.now)
    return [(a.entry.index, a.repeated) if isinstance(a, Receipt) else a.code for a in answers]


def sound(door: Door) -> int:
    report = verify(door.ledger.store)
    assert report.ok, report.faults
    return report.checked["statements"]


@pytest.fixture(params=[FEW, 0], ids=["read here", "read by other processes"])
def few(request, monkeypatch):
    """From how many groups on statements are read by processes of their own."""
    monkeypatch.setattr(intake, "FEW", request.param)


@pytest.mark.usefixtures("few")
def test_each_of_a_file_has_its_own_answer_in_its_own_order(door):
    size = door.ledger.store.head().size
    first, second = notice(door, 10), notice(door, 11)
    before_filing = notice(door, 1, "case/拉自然资执〔2026〕77号")
    raws = [
        first,
        b"\x00",
        filing(door, 77),
        notice(door, 12, "case/拉自然资执〔2026〕77号"),
        first,
        second,
        before_filing,
    ]
    assert taken(door, raws) == [
        (size, False), "schema_invalid", (size + 1, False), (size + 2, False), (size, True), (size + 3, False),
        (size + 4, False),
    ]  # fmt: skip
    assert sound(door) == size + 5
    assert taken(door, raws)[0] == (size, True)  # the same file again changes nothing
    assert sound(door) == size + 5


@pytest.mark.usefixtures("few")
def test_a_key_registered_in_a_file_signs_what_follows_in_it(door):
    root = key_of("nr.lhasa/root")
    appointed = door.by_root(
        "OfficerAppointed", "nr.lhasa", {"officer": "nr.lhasa/2", "name": "示例二", "from": "2026-03-01"}
    )
    registered = door.by_root(
        "KeyRegistered",
        "nr.lhasa",
        door.registration("nr.lhasa", "nr.lhasa/2", officer="nr.lhasa/2"),
        key=root,
    )
    act = door.statement(
        "NoticeIssued", "nr.lhasa", FILED, NOTICE, officer="nr.lhasa/2", key=key_of("nr.lhasa/2")
    )
    size = door.ledger.store.head().size
    assert taken(door, [notice(door, 9), appointed, registered, act]) == [(size + n, False) for n in range(4)]
    sound(door)


def test_more_than_one_group_of_one_case(door):
    """Each act is decided on what the ones before it in its group leave, and groups follow each other."""
    size, many = door.ledger.store.head().size, GROUP + 20
    raws = [notice(door, n) for n in range(many)]
    assert taken(door, raws) == [(size + n, False) for n in range(many)]
    with Ledger.open(door.ledger.settings) as again:
        folded = again.case("拉自然资执〔2026〕1号")
    assert door.ledger.intake.history.dossier(FILED, door.ledger.registry()).dossier == folded
    sound(door)


def test_a_reading_process_that_is_killed_costs_time_and_no_act(door, monkeypatch):
    monkeypatch.setattr(intake, "FEW", 0)
    size = door.ledger.store.head().size
    raws = [notice(door, n) for n in range(5)]
    with Verifiers(1) as verifiers:
        registry = door.ledger.registry()
        read = verifiers.read(raws[:2], registry).result()
        (child,) = children()
        os.kill(child, signal.SIGKILL)
        assert read + verifiers.read(raws[2:], registry).result() == [signed(raw, registry) for raw in raws]
    assert children() == []
    assert taken(door, raws) == [(size + n, False) for n in range(5)]
    assert children() == []


def children() -> list[int]:
    """The processes that this one has begun to read statements."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"events.verifiers" in (status.parent / "cmdline").read_bytes():
                found.append(int(status.parent.name))
    return found


@pytest.mark.usefixtures("few")
def test_what_came_before_a_broken_end_is_stored(door):
    size = door.ledger.store.head().size

    def broken() -> Iterator[bytes]:
        yield from (notice(door, n) for n in range(3))
        raise ValueError("torn")

    answers = door.ledger.intake.take_all(broken(), lambda: door.now)
    assert [next(answers).entry.index for _ in range(3)] == [size, size + 1, size + 2]
    with pytest.raises(ValueError, match="torn"):
        next(answers)


def test_threads_that_submit_at_once_each_get_their_own_receipt(door):
    size, threads = door.ledger.store.head().size, 8
    raws = [[notice(door, 100 * t + n) for n in range(6)] + [filing(door, 100 + t)] for t in range(threads)]
    shared = notice(door, 999)
    start = Barrier(threads)

    def work(mine: list[bytes]) -> list[Receipt]:
        start.wait()
        return [door.ledger.intake.submit(raw, now_ms=door.now) for raw in (*mine, shared)]

    with ThreadPoolExecutor(threads) as pool:
        receipts = [receipt for found in pool.map(work, raws) for receipt in found]
    own = [r for r in receipts if r.entry.statement != shared]
    assert sorted(r.entry.index for r in own) == sorted({r.entry.index for r in own})
    assert all(not r.repeated for r in own)
    assert sum(not r.repeated for r in receipts if r.entry.statement == shared) == 1
    assert sound(door) == size + 7 * threads + 1
    assert {r.entry.statement for r in own} == {raw for mine in raws for raw in mine}


def test_a_refusal_in_a_group_harms_nobody_else(door):
    """One sender's key is refused while the others wait for the same commit."""
    size, start = door.ledger.store.head().size, Barrier(4)
    raws = [notice(door, 1), notice(door, 2), notice(door, 3)]
    wrong = door.statement("CaseFiled", "court.chengguan", "case/拉自然资执〔2026〕5号", CASE_DATA)

    def work(raw: bytes) -> Any:
        start.wait()
        try:
            return door.ledger.intake.submit(raw, now_ms=door.now).entry.index
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(work, [*raws, wrong]))
    assert sorted(found[:3]) == [size, size + 1, size + 2]
    assert found[3] == "not_authorised"


def test_others_that_append_between_deciding_and_storing_cost_no_act_and_no_cache(door, monkeypatch):
    """Before the group is stored another process takes one case's next place and one place in the log."""
    size, store = door.ledger.store.head().size, door.ledger.store
    append_all, elsewhere = store.append_all, notice(door, 50)

    def late(proposals):
        monkeypatch.undo()
        with Ledger.open(door.ledger.settings) as other:
            other.submit(elsewhere)
        found = append_all(proposals)
        assert isinstance(found[0], PositionTaken)
        return found

    monkeypatch.setattr(store, "append_all", late)
    raws = [notice(door, 51), filing(door, 52), notice(door, 53, "case/拉自然资执〔2026〕52号")]
    assert sorted(taken(door, raws)) == [(size + 1, False), (size + 2, False), (size + 3, False)]
    for stream, case in (
        (FILED, "拉自然资执〔2026〕1号"),
        ("case/拉自然资执〔2026〕52号", "拉自然资执〔2026〕52号"),
    ):
        with Ledger.open(door.ledger.settings) as again:
            assert door.ledger.intake.history.dossier(stream, door.ledger.registry()).dossier == again.case(
                case
            )
    sound(door)


@pytest.mark.parametrize("looked", ["before", "after"])
def test_a_case_that_another_process_has_filed_is_seen_by_who_took_it_for_new(door, looked):
    """What was signed without having seen the case is decided as if there were none, until the store says otherwise."""
    size = door.ledger.store.head().size
    unseen = [notice(door, 2, f"case/拉自然资执〔2026〕{n}号") for n in (60, 61)]
    filed, again = [filing(door, n) for n in (60, 61)], filing(door, 61)
    if looked == "before":
        door.ledger.submit(notice(door, 1))
    with Ledger.open(door.ledger.settings) as other:
        for raw in filed:
            other.submit(raw)
    if looked == "after":
        door.ledger.submit(notice(door, 1))
    assert door.ledger.submit(unseen[0]).receipt.entry.version == 2
    with pytest.raises(Refusal) as told:
        door.ledger.submit(again)
    assert told.value.code == "case_rule_broken"
    assert door.ledger.submit(unseen[1]).receipt.entry.version == 2
    assert door.ledger.store.head().size == size + 5
    sound(door)


def test_so_much_is_begun_ahead_of_what_is_asked_for():
    begun: list[int] = []

    def begin(n: int) -> int:
        begun.append(n)
        return -n

    found = ahead_of(range(10), begin, 3)
    assert next(found) == (0, 0)
    assert begun == [0, 1, 2, 3]
    assert list(found) == [(n, -n) for n in range(1, 10)]


def test_the_founding_of_a_demonstration_is_blinded_by_what_it_says(tmp_path):
    """The same acts give the same log: there from the first act on. A real ledger's blinding is random."""
    operator = key_of("operator")
    for demo in (True, False):
        found = []
        for name in ("one", "two"):
            with Ledger.create(
                load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/{name}{demo}.db"})
            ) as ledger:
                made = Door(ledger)
                data = {"ledger_id": "ab" * 32, "origin": "gongze.example/test", "log_key": "x+0+y",
                        "operator_key": operator.public.hex(), "demo": demo}  # fmt: skip
                found.append(
                    made.do("LedgerCreated", "operator", "registry", data, key=operator).receipt.entry
                )
        assert (found[0].leaf_hash == found[1].leaf_hash) is demo


def test_what_depends_on_an_act_of_the_same_file_is_taken_in_after_it(door):
    """Within one commit where both are in one stream; across streams the first is stored before the second is decided."""
    size = door.ledger.store.head().size
    filed = filing(door, 80)
    first = decode(filed).claims.cti
    same = door.statement("NoticeIssued", "nr.lhasa", "case/拉自然资执〔2026〕80号", NOTICE, after=(first,))
    other = door.statement(
        "CaseFiled",
        "nr.lhasa",
        "case/拉自然资执〔2026〕81号",
        CASE_DATA,
        after=(first, decode(same).claims.cti),
    )
    stranger = door.statement(
        "CaseFiled", "nr.lhasa", "case/拉自然资执〔2026〕82号", CASE_DATA, after=(b"\1" * 16,)
    )
    refused = door.statement("NoticeIssued", "nr.lhasa", "case/拉自然资执〔2026〕83号", NOTICE)
    on_refused = door.statement(
        "CaseFiled", "nr.lhasa", "case/拉自然资执〔2026〕84号", CASE_DATA, after=(decode(refused).claims.cti,)
    )
    answers = taken(door, [filed, other, same, stranger, refused, on_refused])
    assert sorted(answer for answer in answers if isinstance(answer, tuple)) == [
        (size + n, False) for n in range(3)
    ]
    assert answers[0] == (size, False)
    assert answers[1][0] > answers[2][0]  # it stands on that one as well
    assert answers[3:] == ["depends_on_refused", "case_rule_broken", "depends_on_refused"]
    assert sound(door) == size + 3


def test_a_chain_across_cases_is_taken_in_link_by_link_however_long(door):
    """Each stands on the one before it, in another case; what follows in a case waits with what it follows."""
    size = door.ledger.store.head().size
    raws = [filing(door, 90)]
    for number in range(intake.ATTEMPTS + 10):
        before = decode(raws[-1]).claims.cti
        stream = f"case/拉自然资执〔2026〕{100 + number}号"
        raws.append(door.statement("CaseFiled", "nr.lhasa", stream, CASE_DATA, after=(before,)))
    follows = notice(
        door, 1, "case/拉自然资执〔2026〕100号"
    )  # it names nothing, but its case is filed by the second
    links = door.statement("NoticeIssued", "nr.lhasa", "case/拉自然资执〔2026〕101号", NOTICE,
                           after=(decode(raws[2]).claims.cti,))  # fmt: skip
    answers = taken(door, [*raws, follows, links])
    assert [repeated for _, repeated in answers] == [False] * (len(raws) + 2)
    assert [index for index, _ in answers[: len(raws)]] == sorted(index for index, _ in answers[: len(raws)])
    assert sound(door) == size + len(raws) + 2


def test_nobody_is_refused_for_what_was_not_stored(door, monkeypatch):
    """The second of a group would repeat the number of the first; then the store fails, and there is no first."""
    group = [door.ledger.intake.opened(notice(door, 7), now_ms=door.now) for _ in range(2)]

    def fails(_):
        raise StoreUnreachable("no")

    with monkeypatch.context() as patched:
        patched.setattr(door.ledger.store, "append_all", fails)
        door.ledger.intake.take_in(group)
    assert [type(one.answer) for one in group] == [StoreUnreachable] * 2
    again = [door.ledger.intake.opened(one.signed.raw, now_ms=door.now) for one in group]
    door.ledger.intake.take_in(again)
    assert isinstance(again[0].answer, Receipt)
    assert again[1].answer.code == "case_rule_broken"


@pytest.mark.parametrize("fault", [StoreDamaged("no"), KeyError("no")])
def test_a_case_that_cannot_be_read_is_told_to_who_concerns_it_and_to_nobody_else(door, monkeypatch, fault):
    bad = "case/拉自然资执〔2026〕95号"
    door.ledger.submit(filing(door, 95))
    read_stream = door.ledger.store.read_stream

    def read(stream, **what):
        if stream == bad:
            raise fault
        return read_stream(stream, **what)

    monkeypatch.setattr(door.ledger.store, "read_stream", read)
    door.ledger.intake.history.forget()
    raws = [notice(door, 1), notice(door, 2, bad), notice(door, 3), notice(door, 4, bad)]
    group = [door.ledger.intake.opened(raw, now_ms=door.now) for raw in raws]
    door.ledger.intake.take_in(group)
    assert [one.answer if one.stream == bad else type(one.answer) for one in group] == [Receipt, fault] * 2
    monkeypatch.undo()
    sound(door)
