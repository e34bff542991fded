"""Whoever changes the database behind the ledger's back is found out: `verify` names the act that was changed first."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from events import opening
from events.statement import decode
from events.verification import Report
from gongze import inspection
from gongze.ledger import Ledger
from gongze.settings import Settings, load
from tests.doors import CASE_DATA, FILED, LEDGER_ID, NOTICE, ORIGIN, Door, found_ledger, key_of
from tests.end_to_end.conftest import Desk

Change = Callable[[sqlite3.Connection], object]
BIG = 2**53
BLOBS = {"cti": 16, "signed_digest": 32, "rho": 32, "prev": 32, "commitment": 32, "leaf_hash": 32}


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """Twenty-three acts: the registry of four agencies with their keys, and two cases."""
    url = f"sqlite:///{tmp_path_factory.mktemp('tampered')}/ledger.db"
    made = load({"GONGZE_DATABASE_URL": url})
    with Ledger.create(made) as ledger:
        door = Door(ledger)
        found_ledger(door)
        door.do("NoticeIssued", "nr.lhasa", FILED, NOTICE)
        door.do("CaseFiled", "nr.duilong", "case/堆自然资执〔2026〕1号", CASE_DATA)
        door.do("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停2"})
        door.do("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停3"})
        ledger.catch_up()
    return made


@pytest.fixture
def tampered(settings) -> Iterator[Callable[[Change], Report]]:
    """Change the database, verify, and put back what was there."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    whole = path.read_bytes()

    def change(how: Change) -> Report:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            how(connection)
            connection.commit()
        try:
            return inspection.verify(settings, deep=False)
        finally:
            for beside in path.parent.glob("ledger.db-*"):
                beside.unlink()
            path.write_bytes(whole)

    yield change
    assert inspection.verify(settings, deep=True).ok


def rows(settings: Settings) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(
            "SELECT l.*, e.state, e.topic FROM ledger_log l JOIN stored_events e USING (originator_id, originator_version) "
            "ORDER BY l.idx"
        ).fetchall()


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def set_event(index: int, column: str, value: object) -> Change:
    place = "(SELECT originator_id, originator_version FROM ledger_log WHERE idx = ?)"
    sql = f"UPDATE stored_events SET {column} = ? WHERE (originator_id, originator_version) = {place}"  # noqa: S608
    return lambda connection: connection.execute(sql, (value, index))


def set_log(index: int, column: str, value: object) -> Change:
    sql = f"UPDATE ledger_log SET {column} = ? WHERE idx = ?"  # noqa: S608
    return lambda connection: connection.execute(sql, (value, index))


def assert_named(report: Report, index: int) -> None:
    """A fault, and the first that is named is this act's."""
    assert not report.ok
    assert report.faults[0].index == index, report.faults[:3]
    assert all(fault.what for fault in report.faults)


def test_an_untouched_ledger_is_in_order(settings):
    report = inspection.verify(settings, deep=True)
    assert report.ok
    assert report.checked == {"statements": 23, "streams": 3, "keys": 8, "projected": 23}


def test_every_byte_of_a_statement_is_covered(settings, tampered):
    """The last five acts are acts of cases, so none follows from another: each gives every fifth byte."""
    chance = random.Random(1)
    last = {index: rows(settings)[index]["state"] for index in range(18, 23)}
    for first in range(0, max(map(len, last.values())), 5):
        places = {index: min(first + index - 18, len(state) - 1) for index, state in last.items()}

        def flip(connection, places=places):
            for index, at in places.items():
                set_event(index, "state", flipped(last[index], 8 * at + chance.randrange(8)))(connection)

        report = tampered(flip)
        assert {fault.index for fault in report.faults} == set(last), places


def test_a_bit_in_any_statement_is_noticed_registry_and_genesis_too(settings, tampered):
    chance = random.Random(2)
    for index, row in enumerate(rows(settings)):
        bit = chance.randrange(8 * len(row["state"]))
        assert_named(tampered(set_event(index, "state", flipped(row["state"], bit))), index)


@pytest.mark.parametrize("column", BLOBS)
def test_a_bit_in_any_hash_of_the_log_is_noticed(settings, tampered, column):
    chance = random.Random(3)
    for index in (0, 7, 20):
        content = rows(settings)[index][column]
        for _ in range(2 if content else 0):
            assert_named(
                tampered(set_log(index, column, flipped(content, chance.randrange(8 * len(content))))), index
            )


@pytest.mark.parametrize("column", [*BLOBS, "iss", "received_at_ms", "state", "topic"])
def test_a_value_of_another_kind_or_length_is_noticed(tampered, column):
    change = set_event if column in ("state", "topic") else set_log
    for index in (1, 21):  # neither is the first of its stream, whose `prev` is empty
        for value in ("文", b"", b"\xff" * 40, -1, 1.5, 2**62):
            assert_named(tampered(change(index, column, value)), index)


@pytest.mark.parametrize("value", [0, 1, 1_000_000_000_000, 253_402_300_800_000, BIG, BIG - 1])
def test_another_receipt_time_is_noticed(tampered, value):
    """The fourth is the first millisecond of the year 10000 (UTC), which a calendar can no longer name."""
    for index in (0, 1, 20):
        assert_named(tampered(set_log(index, "received_at_ms", value)), index)


def test_a_later_receipt_time_is_not_blamed_on_the_next_act_alone(settings, tampered):
    later = rows(settings)[20]["received_at_ms"] + 1
    assert_named(tampered(set_log(20, "received_at_ms", later)), 20)


@pytest.mark.parametrize(("column", "value"), [("iss", "court.chengguan"), ("iss", ""), ("iss", "operator")])
def test_another_name_on_the_row_is_noticed(tampered, column, value):
    assert_named(tampered(set_log(20, column, value)), 20)


def test_another_topic_is_noticed(tampered):
    assert_named(tampered(set_event(20, "topic", "CaseClosed")), 20)


def test_a_row_moved_to_another_stream_version_or_place_is_noticed(tampered):
    for change in (
        set_log(20, "originator_id", "case/别处"),
        set_log(20, "originator_version", 77),
        set_log(20, "originator_version", -1),
        set_event(20, "originator_id", "case/别处"),
        set_event(20, "originator_version", 77),
        set_log(20, "idx", 1_000),
        set_log(20, "idx", 2**60),
    ):
        assert_named(tampered(change), 20)
    assert_named(tampered(set_log(20, "idx", -1)), -1)


TABLES = ("stored_events", "ledger_log")


def remove(settings: Settings, index: int, tables: tuple[str, ...] = TABLES) -> Change:
    row = rows(settings)[index]
    place = (row["originator_id"], row["originator_version"])

    def change(connection: sqlite3.Connection) -> None:
        for table in tables:
            connection.execute(
                f"DELETE FROM {table} WHERE originator_id = ? AND originator_version = ?",  # noqa: S608
                place,
            )

    return change


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_gone_is_named_where_it_was(settings, tampered, table):
    for index in (0, 1, 9, 20):
        assert_named(tampered(remove(settings, index, (table,))), index)


def test_an_act_that_is_gone_whole_is_named_where_it_was(settings, tampered):
    for index in (0, 1, 9, 20):
        assert_named(tampered(remove(settings, index)), index)


def test_a_cut_tail_shows_by_what_was_computed_from_it(settings, tampered):
    report = tampered(remove(settings, 22))
    assert [f.code for f in report.faults] == ["projection_ahead"]
    # half a cut: the log ends, but the event is still there
    report = tampered(remove(settings, 22, ("ledger_log",)))
    assert "position_missing" in {f.code for f in report.faults}


def test_two_statements_swapped_are_both_named(settings, tampered):
    stored = rows(settings)

    def swap(connection):
        set_event(19, "state", stored[21]["state"])(connection)
        set_event(21, "state", stored[19]["state"])(connection)

    report = tampered(swap)
    assert_named(report, 19)
    assert {19, 21} <= {f.index for f in report.faults}


def test_two_whole_acts_that_changed_places_are_named(settings, tampered):
    def swap(connection):
        for old, new in ((19, 1_000), (20, 19), (1_000, 20)):
            set_log(old, "idx", new)(connection)

    assert_named(tampered(swap), 19)


def remade(row: sqlite3.Row, **changes: bytes) -> Change:
    """A change with every hash made anew, as one who holds the database but no key would do it."""
    kept = {name: changes.get(name, row[name]) for name in ("state", "prev", "rho")}
    statement = decode(kept["state"])
    stream, version = row["originator_id"], row["originator_version"]
    commitment = opening.commitment(
        opening.opening(kept["rho"], stream, version, kept["prev"], statement.digest)
    )
    leaf_hash = opening.leaf_hash(opening.leaf(row["idx"], row["received_at_ms"], commitment))

    def change(connection: sqlite3.Connection) -> None:
        set_event(row["idx"], "state", kept["state"])(connection)
        made = {"signed_digest": statement.signed_digest, "commitment": commitment, "leaf_hash": leaf_hash}
        for column, value in {**made, "prev": kept["prev"], "rho": kept["rho"]}.items():
            set_log(row["idx"], column, value)(connection)

    return change


def test_a_changed_act_with_every_hash_made_anew_still_misses_its_signature(settings, tampered):
    row = rows(settings)[22]
    report = tampered(remade(row, state=row["state"].replace("停3".encode(), "停9".encode())))
    assert [(f.code, f.index) for f in report.faults] == [("signature_invalid", 22)]


def test_an_act_hung_on_another_predecessor_breaks_the_chain(settings, tampered):
    row = rows(settings)[22]
    report = tampered(remade(row, prev=rows(settings)[19]["commitment"]))
    assert [(f.code, f.index) for f in report.faults] == [("chain_broken", 22)]


def test_an_act_blinded_anew_breaks_what_later_acts_refer_to(settings, tampered):
    """The last act of the case saw the one before under its first commitment."""
    report = tampered(remade(rows(settings)[21], rho=b"\7" * 32))
    assert [(f.code, f.index) for f in report.faults] == [("chain_broken", 22), ("stale_view", 22)]


def test_a_genesis_of_garbage_and_a_genesis_of_another_are_named(settings, tampered):
    stored = rows(settings)
    for state in (b"", b"garbage", stored[1]["state"], stored[20]["state"]):
        assert_named(tampered(set_event(0, "state", state)), 0)


def test_a_registry_act_that_is_damaged_is_named_before_what_follows_from_it(settings, tampered):
    """Without the registration of its key, every act of nr.lhasa is by an unknown key; but index 4 comes first."""
    kinds = [row["topic"] for row in rows(settings)]
    first_officer_key = [n for n, kind in enumerate(kinds) if kind == "KeyRegistered"][1]
    report = tampered(set_event(first_officer_key, "state", b"\xd2\x84"))
    assert_named(report, first_officer_key)
    assert ("key_unknown", 18) in {(f.code, f.index) for f in report.faults}


@pytest.mark.parametrize("operator_key", ["00" * 16, "00" * 32, "ff" * 32, "00" * 500])
def test_a_forged_genesis_with_a_key_that_is_none(tmp_path, operator_key):
    """A whole other ledger, signed by nobody in particular: faults, not a crash."""
    made = load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db"})
    genesis = {"ledger_id": LEDGER_ID, "origin": ORIGIN, "log_key": "x", "operator_key": operator_key}
    with Ledger.create(made) as ledger:
        door = Door(ledger)
        found_ledger(door)
        raw = door.statement(
            "LedgerCreated", "operator", "registry", genesis, key=key_of("operator"), seen=(0, b"")
        )
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        set_event(0, "state", raw)(connection)
        connection.commit()
    assert_named(inspection.verify(made, deep=True), 0)


# --- the database around the records ------------------------------------------------------------------------

SWALLOW = (
    "CREATE TRIGGER swallow AFTER INSERT ON ledger_log BEGIN DELETE FROM ledger_log WHERE idx = NEW.idx; END"
)


@pytest.mark.parametrize(
    "statements",
    [
        (SWALLOW,),
        ("CREATE TRIGGER later AFTER INSERT ON p_act BEGIN DELETE FROM stored_events; END",),
        ("CREATE VIEW shown AS SELECT * FROM ledger_log",),
        ("PRAGMA writable_schema=ON",
         "UPDATE sqlite_master SET sql = replace(sql, 'UNIQUE (iss, cti)', 'UNIQUE (iss, cti) ON CONFLICT REPLACE')"),
        ("ALTER TABLE ledger_log RENAME TO log", "CREATE VIEW ledger_log AS SELECT * FROM log WHERE idx < 21"),
        ("DROP TABLE ledger_documents",),
    ],
)  # fmt: skip
def test_what_would_act_on_later_writing_or_hide_what_is_stored_is_told(tampered, statements):
    def change(connection):
        for statement in statements:
            connection.execute(statement)

    report = tampered(change)
    assert "store_damaged" in {fault.code for fault in report.faults}
    assert any("软件所建" in fault.what for fault in report.faults)


def test_what_others_keep_beside_the_ledger_and_only_makes_it_quicker_is_no_fault(tampered):
    def change(connection):
        connection.execute("CREATE INDEX by_issuer ON ledger_log (iss, received_at_ms)")
        connection.execute("CREATE TABLE notes_of_the_administrator (note TEXT UNIQUE)")

    assert tampered(change).faults == []


# --- the real command ---------------------------------------------------------------------------------------


def alter(desk: Desk, *changes: Change) -> None:
    with closing(sqlite3.connect(desk.database)) as connection:
        for change in changes:
            change(connection)
        connection.commit()


def test_the_command_names_the_act_and_others_stop_with_3(told):
    index = told.size - 4
    assert told.ask("verify")["ok"]
    with told.open() as ledger:
        state = ledger.store.read(after=index - 1, limit=1)[0].statement
    alter(told, set_event(index, "state", flipped(state, 8 * (len(state) - 70))))
    answer = told.ask("verify", code=1)
    assert answer["ok"] is False
    assert answer["faults"][0]["index"] == index
    assert set(answer["faults"][0]) == {"code", "index", "statement", "what"}
    table = told.run("verify", code=1).out
    assert str(index) in table.splitlines()[0]


def test_a_statement_that_cannot_be_read_stops_the_other_commands_with_3(told_here):
    index = told_here.size - 4
    alter(told_here, set_event(index, "state", b"\xd2\x84"))
    assert told_here.ask("verify", code=1)["faults"][0]["index"] == index
    more = told_here.script([STORY_NEXT], "next.jsonl")
    assert told_here.fails("replay", more, "--keys", "keys", code=3)["code"] == "store_unreachable"
    assert told_here.fails("duties", "--known-at", "2026-03-19", code=3)["code"] == "store_unreachable"


def test_a_damaged_registry_stops_the_other_commands_with_3(told_here):
    alter(told_here, set_event(100, "state", b"garbage"))
    assert told_here.ask("verify", code=1)["faults"][0]["index"] == 100
    for command in (
        ["duties"],
        ["accounts"],
        ["key", "list"],
        ["replay", told_here.script([STORY_NEXT]), "--keys", "keys"],
    ):
        assert told_here.fails(*command, code=3)["code"] == "store_unreachable"


def test_a_database_that_is_none_any_more(told_here):
    content = told_here.database.read_bytes()
    for broken in (
        b"not a database at all" * 100,
        content[: len(content) // 2],
        content[:100] + b"\xff" * 5000 + content[5100:],
    ):
        told_here.database.write_bytes(broken)
        answer = told_here.ask("verify", code=1)
        assert answer["faults"]
        assert {f["code"] for f in answer["faults"]} >= {"store_damaged"}
        told_here.fails("duties", code=3)
        told_here.fails("key", "list", code=3)
        assert told_here.run("doctor", code=1).out


def projected(desk: Desk) -> list[str]:
    with closing(sqlite3.connect(desk.database)) as connection:
        named = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'p\\_%' ESCAPE '\\'"
        )
        return [row[0] for row in named]


def drop(table: str) -> Change:
    return lambda connection: connection.execute(f"DROP TABLE {table}")


def test_projections_that_are_gone_are_computed_again(told_here):
    before = told_here.ask("duties")["duties"]
    assert len(before) > 5
    alter(told_here, *map(drop, projected(told_here)))
    assert told_here.ask("duties")["duties"] == before
    assert told_here.ask("verify", "--deep")["ok"]


def test_a_projection_that_cannot_be_read_is_3_until_it_is_rebuilt(told_here):
    board = told_here.ask("duties")["duties"]
    alter(told_here, drop("p_duty"))
    assert told_here.fails("duties", code=3)["code"] == "projections_unusable"
    told_here.run("rebuild", code=1)
    assert told_here.ask("duties")["duties"] == board
    alter(told_here, *map(drop, projected(told_here)))
    assert told_here.ask("duties")["duties"] == board


STORY_NEXT = (
    '{"type": "AcceptanceReceived", "case": "拉自然资执〔2025〕81号", "actor": "nr.lhasa", "occurred_on": "2026-03-16",'
    ' "received_at": "2026-03-16T10:00:00+08:00", "data": {}}'
)
