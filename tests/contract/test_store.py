"""What the event store promises, on both databases: nothing lost, nothing twice, one order for all."""

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any

import cbor2
import psycopg
import pytest

from events import opening
from events.store import (
    CtiTaken,
    Entry,
    Head,
    PositionTaken,
    RawRow,
    Store,
    StoreDamaged,
    StoreExists,
    StoreMissing,
    StoreUnreachable,
    create_store,
    open_store,
)
from tests.store_writer import NOW, append, proposal, streams

Tamper = Callable[..., None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_database"))
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(create_store(url)) as made:
        yield made


@pytest.fixture
def tamper(url: str) -> Tamper:
    """Runs statements behind the store's back."""

    def run(*statements: str) -> None:
        connect: Callable[[], Any] = (
            (lambda: sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None))
            if url.startswith("sqlite")
            else (lambda: psycopg.connect(url, autocommit=True))
        )
        with closing(connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    return run


def sound(store: Store) -> list[Entry]:
    """All entries, after checking by other means that they are one log: positions, chains, leaves, both tables."""
    entries = store.read(limit=100_000)
    assert [e.index for e in entries] == list(range(len(entries)))
    heads: dict[str, tuple[int, bytes]] = {}
    for e in entries:
        version, commitment = heads.get(e.stream, (0, b""))
        assert (e.version, e.prev) == (version + 1, commitment)
        heads[e.stream] = (e.version, e.commitment)
        leaf = cbor2.dumps([1, e.index, e.received_at_ms, e.commitment])
        assert e.leaf_hash == hashlib.sha256(b"\x00" + leaf).digest()
    assert len({(e.iss, e.cti) for e in entries}) == len(entries)
    rows = list(store.raw_rows())
    assert [(r.index, r.statement, r.has_event) for r in rows] == [
        (e.index, e.statement, True) for e in entries
    ]
    assert store.head().size == len(entries)
    assert store.check() == []
    return entries


def test_what_is_appended_is_read_back_byte_for_byte_also_after_reopening(store: Store, url: str):
    largest = (
        bytes(range(256)) * 234 + b"\x00" * 96
    )  # 60,000 bytes, the largest statement, with every byte in it
    assert len(largest) == 60_000
    p = proposal(
        store, "case/拉自然资执〔2026〕1号", "一", statement=largest, iss="nr.拉萨", topic="CaseFiled"
    )
    entry, repeated = store.append(p)
    expected = Entry(
        index=0, stream=p.stream, version=1, topic="CaseFiled", statement=largest, cti="一".encode(), iss="nr.拉萨",
        signed_digest=p.signed_digest, received_at_ms=NOW, rho=p.rho, prev=b"", commitment=p.commitment,
        leaf_hash=hashlib.sha256(b"\x00" + cbor2.dumps([1, 0, NOW, p.commitment])).digest(),
    )  # fmt: skip
    assert (entry, repeated) == (expected, False)
    store.close()
    with closing(open_store(url)) as again:
        assert (
            again.read()
            == again.read_stream(p.stream)
            == [again.find("nr.拉萨", "一".encode())]
            == [expected]
        )


def test_the_index_runs_without_gap_over_all_streams_and_refused_acts_leave_none(store: Store):
    for number, stream in enumerate(["case/a", "case/b", "registry", "case/a", "case/c", "case/b", "case/a"]):
        with pytest.raises(PositionTaken):
            store.append(proposal(store, stream, f"refused {number}", version=99, prev=b"p" * 32))
        assert append(store, stream, f"act {number}").index == number
    assert [e.stream[-1] for e in sound(store)] == ["a", "b", "y", "a", "c", "b", "a"]
    assert store.head() == Head(size=7, received_at_ms=NOW, registry_version=1)


def test_pages_and_streams_read_on_from_any_point(store: Store):
    for number in range(9):
        append(store, f"case/{number % 2}", f"act {number}")
    assert [e.index for e in store.read(after=-1, limit=4)] == [0, 1, 2, 3]
    assert [e.index for e in store.read(after=3, limit=4)] == [4, 5, 6, 7]
    assert [e.index for e in store.read(after=7)] == [8]
    assert store.read(after=8) == []
    assert [(e.version, e.index) for e in store.read_stream("case/0")] == [
        (1, 0),
        (2, 2),
        (3, 4),
        (4, 6),
        (5, 8),
    ]
    assert [e.version for e in store.read_stream("case/0", after=2, limit=2)] == [3, 4]
    assert store.read_stream("case/0", after=5) == store.read_stream("case/unknown") == []
    assert store.stream_head("case/0") == (5, store.read()[8].commitment)
    assert store.stream_head("case/unknown") == (0, b"")


def test_a_new_store_is_empty(store: Store):
    assert store.head() == Head(size=0, received_at_ms=0, registry_version=0)
    assert store.read() == []
    assert list(store.raw_rows()) == []
    assert store.find("nr.lhasa", b"none") is None


def test_a_repeated_statement_gives_the_first_entry_wherever_it_is_proposed_now(store: Store):
    p = proposal(store, "case/a", "act")
    first, _ = store.append(p)
    append(store, "case/a", "later")
    append(store, "registry", "newer")
    elsewhere = proposal(store, "case/b", "act", statement=b"signed anew, so other bytes", rho=b"r" * 32)
    assert store.append(p) == store.append(elsewhere) == (first, True)
    assert len(sound(store)) == 3


def test_another_statement_under_the_same_id_is_told_what_has_it(store: Store):
    first = append(store, "case/a", "act")
    with pytest.raises(CtiTaken) as taken:
        store.append(proposal(store, "case/b", "act", signed_digest=b"x" * 32))
    assert taken.value.entry == first
    assert append(store, "case/b", "act", iss="court.lhasa").index == 1  # an id is its issuer's own
    assert len(sound(store)) == 2


def test_second_writer_at_the_same_position_is_told_so(store: Store):
    early = proposal(store, "case/a", "one")
    append(store, "case/a", "two")
    with pytest.raises(PositionTaken) as taken:
        store.append(early)
    assert (taken.value.stream_version, taken.value.registry_version) == (1, 0)
    with pytest.raises(PositionTaken):  # the right version after another history
        store.append(proposal(store, "case/a", "three", prev=b"another" + b"0" * 25))
    assert [e.cti for e in sound(store)] == [b"two"]


def test_an_act_decided_under_an_older_registry_is_told_so(store: Store):
    early = proposal(store, "case/a", "act")
    append(store, "registry", "key revoked")
    with pytest.raises(PositionTaken) as taken:
        store.append(early)
    assert (taken.value.stream_version, taken.value.registry_version) == (0, 1)
    early = proposal(store, "registry", "second")
    append(store, "registry", "other second")
    with pytest.raises(PositionTaken) as taken:
        store.append(early)
    assert (taken.value.stream_version, taken.value.registry_version) == (2, 2)
    assert len(sound(store)) == 2


def test_receipt_times_never_go_back_unless_they_are_given(store: Store):
    times = [append(store, "case/a", f"{now}", now_ms=now).received_at_ms for now in (1000, 3000, 2000, 3001)]
    assert times == [1000, 3000, 3000, 3001]
    given = append(store, "case/a", "given", now_ms=9000, received_at_ms=500)
    assert given.received_at_ms == 500
    assert append(store, "case/a", "after", now_ms=400).received_at_ms == 500
    sound(store)


# RFC 8949 §3.1: up to 23 in the head itself, then one, two, four, eight bytes after 18, 19, 1a, 1b.
HEADS = {
    0: "00", 23: "17", 24: "1818", 255: "18ff", 256: "190100", 65_535: "19ffff", 65_536: "1a00010000",
    2**32 - 1: "1affffffff", 2**32: "1b0000000100000000", 2**53: "1b0020000000000000",
}  # fmt: skip


@pytest.mark.parametrize("number", HEADS)
def test_the_leaf_hash_holds_at_every_length_of_a_receipt_time(store: Store, number: int):
    entry = append(store, "case/a", "act", received_at_ms=number)
    leaf = bytes.fromhex("840100" + HEADS[number] + "5820") + entry.commitment  # [1, 0, number, 32 bytes]
    assert entry.leaf_hash == hashlib.sha256(b"\x00" + leaf).digest()
    assert sound(store) == [entry]


@pytest.mark.postgres
def test_the_databases_leaf_hash_agrees_at_every_length_of_an_index(postgres_database: str):
    commitment = bytes(range(32))
    with closing(create_store(postgres_database)), closing(psycopg.connect(postgres_database)) as connection:
        for index, head in HEADS.items():
            for received, other in HEADS.items():
                row = connection.execute("SELECT ledger_leaf_hash(%s, %s, %s)", (index, received, commitment))
                leaf = bytes.fromhex("8401" + head + other + "5820") + commitment
                assert row.fetchone() == (hashlib.sha256(b"\x00" + leaf).digest(),)
                assert leaf == opening.leaf(index, received, commitment)


@pytest.mark.parametrize(
    "wrong",
    [{"version": 0}, {"prev": b"p" * 32}, {"rho": b"short"}, {"commitment": b"c" * 33}, {"signed_digest": b""},
     {"now_ms": -1}, {"received_at_ms": 2**53 + 1}, {"registry_version": -1}],
    ids=str,
)  # fmt: skip
def test_no_proposal_is_made_of_what_the_log_could_not_hold(tmp_path: Path, wrong: dict[str, Any]):
    with (
        closing(create_store(f"sqlite:///{tmp_path}/ledger.db")) as store,
        pytest.raises(ValueError, match="no act"),
    ):
        proposal(store, "case/a", "act", **wrong)


def test_threads_and_processes_append_at_once_without_loss(store: Store, url: str):
    writers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.store_writer", url, f"process {n}", "15"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(3)
    ]

    def write(name: str) -> list[tuple[int, str]]:
        return [
            (append(store, stream, f"{name} {number}").index, f"{name} {number}")
            for number, stream in zip(range(15), streams(name), strict=False)
        ]

    with ThreadPoolExecutor(4) as threads:
        acknowledged = [
            pair for pairs in threads.map(write, [f"thread {n}" for n in range(4)]) for pair in pairs
        ]
    for writer in writers:
        said, _ = writer.communicate(timeout=60)
        assert writer.returncode == 0
        acknowledged += [(int(line.split("\t")[0]), line.split("\t")[1]) for line in said.splitlines()]
    assert len(acknowledged) == 7 * 15
    assert sorted(acknowledged) == [(e.index, e.cti.decode()) for e in sound(store)]


def test_one_of_two_that_create_at_once_makes_the_ledger(url: str):
    creators = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.store_writer", url, "create"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for creator in creators:
        assert creator.stdin is not None
        creator.stdin.write("\n")
        creator.stdin.flush()
    assert sorted(creator.communicate(timeout=60)[0] for creator in creators) == ["created\n", "exists\n"]
    with closing(open_store(url)) as store:
        append(store, "case/a", "act")
        assert len(sound(store)) == 1


def test_one_of_many_threads_that_create_at_once_makes_the_ledger(url: str):
    start = Barrier(6)

    def create(_: int) -> str:
        start.wait()
        try:
            create_store(url).close()
        except StoreExists:
            return "exists"
        return "created"

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(create, range(6))) == ["created"] + ["exists"] * 5


def test_a_ledger_is_made_once_and_opened_only_where_one_is(url: str):
    with pytest.raises(StoreMissing):
        open_store(url)
    with closing(create_store(url)) as store:
        append(store, "case/a", "act")
    with pytest.raises(StoreExists):
        create_store(url)
    with closing(open_store(url)) as store:
        assert store.head().size == 1


def test_a_closed_store_says_so(store: Store):
    p = proposal(store, "case/a", "act")
    store.close()
    with pytest.raises(StoreUnreachable):
        store.head()
    with pytest.raises(StoreUnreachable):
        store.append(p)


def test_a_document_lies_under_its_own_digest(store: Store, tamper: Tamper):
    content = "七个工作日\x00".encode() * 1000
    digest = hashlib.sha256(content).digest()
    assert store.get_document(digest) is None
    store.put_document(digest, content)
    store.put_document(digest, content)
    assert store.get_document(digest) == content
    with pytest.raises(ValueError, match="digest"):
        store.put_document(digest, content + b" ")
    tamper("UPDATE ledger_documents SET content = " + binary(store, "f0"))  # noqa: S608 - a literal
    with pytest.raises(StoreDamaged):
        store.get_document(digest)


def binary(store: Store, digits: str) -> str:
    """A literal of bytes in the database's own spelling."""
    return f"x'{digits}'" if "SQLite" in type(store).__name__ else f"'\\x{digits}'::bytea"


UNBOUND = (  # what binds the tables goes first: whoever owns the file or the server can do so
    "ALTER TABLE ledger_log RENAME TO bound_log",
    "CREATE TABLE ledger_log AS SELECT * FROM bound_log",
)


def test_everything_that_a_tampered_database_holds_comes_to_light(store: Store, tamper: Tamper):
    for number in range(6):
        append(store, "case/a", f"act {number}")
    before = list(store.raw_rows())
    short = binary(store, "00")
    tamper(
        *UNBOUND,
        "UPDATE ledger_log SET rho = NULL, received_at_ms = NULL WHERE idx = 1",
        f"UPDATE ledger_log SET commitment = {short} WHERE idx = 2",  # noqa: S608 - a literal
        "UPDATE stored_events SET state = NULL, topic = NULL WHERE originator_version = 4",
        "DELETE FROM stored_events WHERE originator_version = 5",
        "DELETE FROM ledger_log WHERE idx = 5",
        f"INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES "  # noqa: S608
        f"('case/x', 1, 't', {short})",
        "INSERT INTO ledger_log SELECT NULL, 'case/y', originator_version, cti, iss, signed_digest, received_at_ms, rho, "
        "prev, commitment, leaf_hash FROM ledger_log WHERE idx = 0",
        "INSERT INTO ledger_log SELECT * FROM ledger_log WHERE idx = 0",
    )

    rows = list(store.raw_rows())

    def shown(row: RawRow) -> tuple[Any, ...]:
        return row.index, row.stream, row.version, row.statement, row.has_event

    assert [shown(r) for r in rows] == [
        (None, "case/y", 1, None, False),
        (0, "case/a", 1, b"statement act 0", True),
        (0, "case/a", 1, b"statement act 0", True),
        (1, "case/a", 2, b"statement act 1", True),
        (2, "case/a", 3, b"statement act 2", True),
        (3, "case/a", 4, None, True),
        (4, "case/a", 5, None, False),
        (None, "case/a", 6, b"statement act 5", True),
        (None, "case/x", 1, b"\x00", True),
    ]
    assert rows[1] == before[0]
    assert (rows[3].rho, rows[3].received_at_ms) == (None, None)
    assert rows[4].commitment == b"\x00"
    assert rows[5].topic is None


def test_values_of_any_type_in_a_file_come_to_light(tmp_path: Path):
    file = tmp_path / "ledger.db"
    with closing(create_store(f"sqlite:///{file}")) as store:
        append(store, "case/a", "act")
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute(
                "UPDATE ledger_log SET received_at_ms = 'yesterday', prev = 1.5, iss = CAST(x'ff41' AS TEXT)"
            )
            other.execute("UPDATE stored_events SET state = 'text'")
        (row,) = store.raw_rows()
        assert (row.received_at_ms, row.prev, row.iss, row.statement) == ("yesterday", 1.5, "\ufffdA", "text")
        for use in (
            store.read,
            store.head,
            lambda: store.read_stream("case/a"),
            lambda: append(store, "case/b", "b"),
        ):
            with pytest.raises(StoreDamaged):
                use()


@pytest.mark.parametrize(
    "loss",
    ["DELETE FROM ledger_log WHERE idx = 1", "DELETE FROM stored_events WHERE originator_version = 2",
     "UPDATE stored_events SET state = NULL WHERE originator_version = 2"],
)  # fmt: skip
def test_whoever_reads_on_is_told_of_a_missing_act_and_never_passes_over_it(
    store: Store, tamper: Tamper, loss: str
):
    for number in range(4):
        append(store, "case/a", f"act {number}")
    tamper(loss)
    assert [e.index for e in store.read(limit=1)] == [0]
    for after in (-1, 0):
        with pytest.raises(StoreDamaged):
            store.read(after=after)
        with pytest.raises(StoreDamaged):
            store.read_stream("case/a", after=after + 1)
    assert [e.index for e in store.read(after=1)] == [2, 3]


@pytest.mark.parametrize("table", ["ledger_log", "stored_events"])
def test_a_missing_table_is_damage(store: Store, tamper: Tamper, table: str):
    p = proposal(store, "case/a", "act")
    tamper(f"ALTER TABLE {table} RENAME TO gone")
    for use in (lambda: store.append(p), store.read, lambda: list(store.raw_rows())):
        with pytest.raises(StoreDamaged):
            use()


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///", "ledger.db", ""])
def test_an_address_of_another_kind_is_refused(url: str):
    with pytest.raises(StoreUnreachable):
        open_store(url)
