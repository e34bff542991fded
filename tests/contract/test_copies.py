"""What a copy of a ledger promises, on both databases: whole, verified, or not there at all."""

import errno
import json
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from hashlib import sha256
from importlib import resources
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from domain.refusal import Refusal
from events import opening
from events.store import (
    Entry,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreExists,
    StoreMissing,
    copying,
    create_store,
    open_store,
)
from gongze import copies, inspection, receipts
from gongze.copies import backup, manifest_of, move, restore
from gongze.ledger import Ledger
from gongze.settings import Settings
from tests import ledger_fixture, postgres
from tests.contract.test_store_faults import impatient, program
from tests.end_to_end.conftest import line

__all__ = ["impatient"]  # the fixture
KEPT = ledger_fixture.FOLDER / "ledger-1.ledger"
SIZE = 34  # 25 acts of founding, nine of the case
FURTHER = [
    line("ExecutionCompleted", "court.chengguan", "2026-03-06", {"result": "full", "ruling_no": "裁81"}),
    line("RemovalVerified", "nr.lhasa", "2026-03-10", {"what": "已拆除", "on_site": True}),
]


def quiet(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def at(url: str, folder: Path) -> Settings:
    return replace(ledger_fixture.settings(folder / "unused"), database_url=url, data_dir=folder)


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    """A ledger of nine acts in a file."""
    (tmp_path / "data").mkdir()
    shutil.copy(KEPT, tmp_path / "data/ledger.db")
    return at(f"sqlite:///{tmp_path}/data/ledger.db", tmp_path / "data")


@pytest.fixture
def empty(postgres_database: str, tmp_path: Path) -> Settings:
    """An empty database of a server."""
    (tmp_path / "server").mkdir()
    return at(postgres_database, tmp_path / "server")


@pytest.fixture
def grown(embedded: Settings, empty: Settings) -> Settings:
    """The same ledger on a server."""
    move(embedded, empty.database_url, quiet)
    return empty


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger(request: pytest.FixtureRequest) -> Settings:
    found = request.getfixturevalue("embedded" if request.param == "sqlite" else "grown")
    assert isinstance(found, Settings)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def free(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Settings]:
    """A place without a ledger."""
    if request.param == "sqlite":
        yield at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
        return
    with psycopg.connect(postgres_url, autocommit=True) as server:
        name = sql.Identifier("free")
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield at(f"{postgres_url.rpartition('/')[0]}/free", tmp_path / "free")
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def entries(settings: Settings) -> list[Entry]:
    with closing(open_store(settings.database_url)) as store:
        return store.read()


def documents(settings: Settings) -> dict[bytes, bytes]:
    with closing(open_store(settings.database_url)) as store:
        return dict(copying.documents(settings.database_url, store))


def in_order(settings: Settings) -> bool:
    return inspection.verify(settings, deep=True).ok


def goes_on(settings: Settings, lines: list[str]) -> None:
    with Ledger.open(settings) as ledger:
        ledger_fixture.extend(ledger, lines)
        ledger.catch_up()


def path_of(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def refused(code: str, does: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as raised:
        does()
    assert raised.value.code == code
    return raised.value


# -- there and back


def test_what_is_restored_is_what_was_backed_up_and_goes_on(ledger: Settings, free: Settings, tmp_path: Path):
    place, manifest = backup(ledger, tmp_path / "copy.db", quiet)
    assert (manifest.size, manifest.last_index, manifest.documents) == (SIZE, SIZE - 1, 2)
    assert manifest.genesis == entries(ledger)[0].commitment.hex()
    assert json.loads(manifest_of(place).read_text("utf-8"))["root"] == manifest.root
    content, by_manifest = restore(free, place, quiet)
    assert (content.root, by_manifest) == (manifest.root, True)
    assert entries(free) == entries(ledger)
    assert documents(free) == documents(ledger)
    assert in_order(free)
    goes_on(free, FURTHER)
    assert [e.index for e in entries(free)] == list(range(SIZE + 2))
    assert in_order(free)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_backup_in_a_folder_is_named_by_the_moment_and_is_a_ledger_like_any_other(
    ledger: Settings, tmp_path: Path
):
    (tmp_path / "backups").mkdir()
    place, manifest = backup(ledger, tmp_path / "backups", quiet)
    assert {path.name for path in (tmp_path / "backups").iterdir()} == {place.name, f"{place.name}.json"}
    assert entries(at(f"sqlite:///{place}", tmp_path)) == entries(ledger)
    assert manifest.file == place.name


def test_a_backup_is_of_one_moment_while_others_go_on_recording(
    ledger: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(copying, "PAGES_AT_ONCE", 4)
    monkeypatch.setattr(copies, "PAGE", 8)
    waiting = list(FURTHER)
    before = entries(ledger)

    def recording(what: str, done: int, total: int) -> None:
        if waiting and 0 < done < total:
            goes_on(ledger, [waiting.pop(0)])

    place, manifest = backup(ledger, tmp_path / "copy.db", recording)
    assert waiting == []
    assert len(entries(ledger)) == SIZE + 2
    assert entries(at(f"sqlite:///{place}", tmp_path)) == before
    assert manifest.size == SIZE


# -- never over anything


def test_neither_a_backup_nor_its_manifest_is_written_over(ledger: Settings, tmp_path: Path):
    for there in ("copy.db", "copy.db.json"):
        (tmp_path / there).write_text("kept")
        refused("file_exists", lambda: backup(ledger, tmp_path / "copy.db", quiet))
        assert (tmp_path / there).read_text() == "kept"
        (tmp_path / there).unlink()
    backup(ledger, tmp_path / "copy.db", quiet)


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("there", ["copy.db", "copy.db.json"])
def test_what_appears_while_a_backup_is_made_is_not_written_over(
    embedded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str, links: bool
):
    """Also on a disk that knows no hard links."""
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", linkless)

    def meanwhile(what: str, done: int, total: int) -> None:
        (tmp_path / there).write_text("kept")

    refused("file_exists", lambda: backup(embedded, tmp_path / "copy.db", meanwhile))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [there]
    assert (tmp_path / there).read_text() == "kept"


def linkless(place: Path, made: Path) -> None:
    raise (
        FileExistsError(errno.EEXIST, "there")
        if os.path.lexists(place)
        else PermissionError(errno.EPERM, "no")
    )


def test_a_disk_without_hard_links_takes_copies_as_well(
    embedded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Path, "hardlink_to", linkless)
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
    assert restore(target, place, quiet)[1]
    assert in_order(target)


@pytest.mark.parametrize("there", ["copy.db", "copy.db.json"])
def test_a_link_that_leads_nowhere_is_not_written_over(embedded: Settings, tmp_path: Path, there: str):
    (tmp_path / there).symlink_to(tmp_path / "nowhere")
    refused("file_exists", lambda: backup(embedded, tmp_path / "copy.db", quiet))
    assert (tmp_path / there).is_symlink()
    assert not (tmp_path / "nowhere").exists()


def test_a_ledger_that_is_there_is_not_restored_over(ledger: Settings, tmp_path: Path):
    place, _ = backup(ledger, tmp_path / "copy.db", quiet)
    goes_on(ledger, FURTHER)
    with pytest.raises(StoreExists):
        restore(ledger, place, quiet)
    assert len(entries(ledger)) == SIZE + 2


@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_what_a_removed_ledger_left_is_not_mixed_into_the_restored_one(
    embedded: Settings, tmp_path: Path, suffix: str
):
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    path_of(embedded).rename(tmp_path / "away.db")
    left = Path(f"{path_of(embedded)}{suffix}")
    left.write_bytes(b"the last acts of the old one")
    refused("file_exists", lambda: restore(embedded, place, quiet))
    left.unlink()
    restore(embedded, place, quiet)


# -- damage


def damaged(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "cut":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = bytearray()
    elif how == "other":
        content = bytearray(b"not a ledger at all " * 500)
    else:
        statement = entries(at(f"sqlite:///{file}", file.parent))[20].statement
        found = bytes(content).index(statement[-64:])
        content[found] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("how", ["bit", "cut", "empty", "other"])
@pytest.mark.parametrize("manifest", [True, False])
def test_a_damaged_backup_is_not_restored(embedded: Settings, tmp_path: Path, how: str, manifest: bool):
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    if not manifest:
        manifest_of(place).unlink()
    damaged(place, how)
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
    refused("verification_failed", lambda: restore(target, place, quiet))
    assert list((tmp_path / "free").iterdir()) == []


def test_a_cut_off_end_that_verifies_by_itself_is_found_by_what_lies_beside_it(
    embedded: Settings, tmp_path: Path
):
    with Ledger.open(embedded) as ledger:
        ledger.catch_up()
    place, manifest = backup(embedded, tmp_path / "copy.db", quiet)
    told = json.loads(manifest_of(place).read_text("utf-8"))
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")

    def tampered(*statements: str) -> None:
        with closing(sqlite3.connect(place)) as hand:
            for statement in statements:
                hand.execute(statement)
            hand.commit()

    def why() -> str:
        return refused("verification_failed", lambda: restore(target, place, quiet)).message

    tampered(
        "DELETE FROM ledger_log WHERE idx = (SELECT max(idx) FROM ledger_log)",
        "DELETE FROM stored_events WHERE topic = 'EnforcementGranted'",
    )
    assert "长度或摘要不符" in why()
    manifest_of(place).unlink()
    assert "projection_ahead" in why()  # what people read still shows the act
    tampered("UPDATE p_position SET position = position - 1")
    raw = place.read_bytes()
    told |= {"length": len(raw), "sha256": sha256(raw).hexdigest()}
    manifest_of(place).write_text(json.dumps(told), "utf-8")
    assert "的内容与清单不符" in why()
    manifest_of(place).unlink()
    content, by_manifest = restore(target, place, quiet)  # now nobody can tell but who holds a receipt
    assert (content.size, by_manifest) == (SIZE - 1, False)
    assert content.root != manifest.root


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"format": 1}', "\xff"])
def test_a_manifest_that_cannot_be_read_is_told_so(embedded: Settings, tmp_path: Path, told: str):
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    manifest_of(place).write_text(told, "latin-1")
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
    refused("file_unusable", lambda: restore(target, place, quiet))


def test_a_file_copied_by_hand_while_in_use_is_not_taken_for_whole(embedded: Settings, tmp_path: Path):
    with Ledger.open(embedded) as ledger:
        ledger_fixture.extend(ledger, FURTHER)
        for suffix in ("", "-wal"):
            shutil.copy(f"{path_of(embedded)}{suffix}", tmp_path / f"hand.db{suffix}")
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
    refused("file_unusable", lambda: restore(target, tmp_path / "hand.db", quiet))


def test_a_damaged_ledger_gives_no_backup(ledger: Settings, tmp_path: Path):
    wrong = "UPDATE ledger_log SET received_at_ms = received_at_ms + 1 WHERE idx = 30"
    by_hand(ledger, wrong)
    (tmp_path / "backups").mkdir()
    told = refused("verification_failed", lambda: backup(ledger, tmp_path / "backups", quiet))
    assert "第 30 条 leaf_mismatch" in told.message
    assert list((tmp_path / "backups").iterdir()) == []


def by_hand(settings: Settings, *statements: str) -> None:
    """Change a database behind the ledger's back."""
    if settings.database_url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(settings))) as hand:
            for statement in statements:
                hand.execute(statement)
            hand.commit()
    else:
        with psycopg.connect(settings.database_url, autocommit=True) as server:
            for statement in statements:
                server.execute(statement)


ACTS_ON_WRITING: dict[str, list[tuple[str, ...]]] = {
    "sqlite": [
        ("CREATE TRIGGER swallow AFTER INSERT ON ledger_log BEGIN DELETE FROM ledger_log WHERE idx > 33; END",)
    ],
    "postgresql": [
        ("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
         "CREATE TRIGGER swallow BEFORE INSERT ON ledger_log FOR EACH ROW EXECUTE FUNCTION swallow()"),
        ("CREATE RULE swallow AS ON INSERT TO ledger_documents DO INSTEAD NOTHING",),
        (("CREATE OR REPLACE FUNCTION ledger_leaf_hash(n bigint, ms bigint, c bytea) RETURNS bytea LANGUAGE sql IMMUTABLE "
          "AS 'SELECT sha256(c)'"),),
        ("ALTER TABLE ledger_log ENABLE ROW LEVEL SECURITY", "CREATE POLICY old ON ledger_log USING (idx < 30)"),
        ("ALTER TABLE ledger_documents RENAME TO kept", "CREATE VIEW ledger_documents AS SELECT * FROM kept"),
    ],
}  # fmt: skip


def test_a_ledger_in_which_something_acts_on_later_writing_is_told_and_gives_no_copy(
    ledger: Settings, tmp_path: Path
):
    kind = ledger.database_url.partition(":")[0]
    for number, statements in enumerate(ACTS_ON_WRITING[kind]):
        by_hand(ledger, *statements)
        report = inspection.verify(ledger, deep=False)
        assert {fault.code for fault in report.faults} == {"store_damaged"}, statements
        assert len(report.faults) == number + 1, statements
        found = {finding.name: finding for finding in inspection.doctor(ledger)}
        assert not found["数据库"].ok
        refused("verification_failed", lambda: backup(ledger, tmp_path / "after.db", quiet))
    assert sorted(path.name for path in tmp_path.glob("after*")) == []


def test_a_backup_in_which_something_acts_on_later_writing_is_not_restored(
    embedded: Settings, free: Settings, tmp_path: Path
):
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    manifest_of(place).unlink()
    by_hand(at(f"sqlite:///{place}", tmp_path), *ACTS_ON_WRITING["sqlite"][0])
    told = refused("verification_failed", lambda: restore(free, place, quiet))
    assert "TRIGGER swallow" in told.message
    with pytest.raises(StoreMissing):
        open_store(free.database_url)


@pytest.mark.postgres
def test_a_ledger_is_not_moved_where_something_acts_on_writing(embedded: Settings, empty: Settings):
    once: list[str] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        if what == "比对" and not once:
            once.append(what)
            by_hand(empty, *ACTS_ON_WRITING["postgresql"][0])

    refused("verification_failed", lambda: move(embedded, empty.database_url, meanwhile))
    with pytest.raises((StoreMissing, StoreDamaged)):
        Ledger.open(empty)


@pytest.mark.postgres
def test_what_others_keep_beside_a_ledger_on_a_server_is_no_fault(grown: Settings):
    by_hand(
        grown,
        "CREATE INDEX by_issuer ON ledger_log (iss, received_at_ms)",
        "CREATE VIEW newest AS SELECT * FROM ledger_log ORDER BY idx DESC LIMIT 10",
        "CREATE TABLE notes (note text UNIQUE, on_act bigint REFERENCES ledger_log)",
    )
    assert in_order(grown)


SHIPPED_PACK = (resources.files("domain") / "packs/statutory.toml").read_bytes()
OWN_PACK = SHIPPED_PACK + "\n# 我市\n".encode()


def adopted(settings: Settings, content: bytes) -> int:
    """Keep a pack with the ledger and adopt it; the index of its adoption."""
    digest = sha256(content)
    with Ledger.open(settings) as ledger:
        ledger.store.put_document(digest.digest(), content)
        index = ledger.store.head().size
        data = {
            "pack": "statutory",
            "version": "9",
            "digest": digest.hexdigest(),
            "region": "540000",
            "from": "2026-04-01",
        }
        ledger_fixture.extend(ledger, [line("PackAdopted", "operator", "2026-03-21", data, case="registry")])
    return index


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM ledger_documents WHERE digest = {digest}", "document_missing"),
        ("UPDATE ledger_documents SET content = {other} WHERE digest = {digest}", "document_damaged"),
        ("UPDATE ledger_documents SET digest = {other} WHERE digest = {digest}", "document_damaged"),
    ],
)
def test_a_rule_pack_that_is_gone_or_changed_is_told_and_gives_no_copy(
    ledger: Settings, tmp_path: Path, change: str, code: str
):
    index = adopted(ledger, OWN_PACK)
    assert in_order(ledger)
    place, _ = backup(ledger, tmp_path / "whole.db", quiet)
    manifest_of(place).unlink()
    for settings in (ledger, at(f"sqlite:///{place}", tmp_path)):
        blob = "X'{}'" if settings.database_url.startswith("sqlite") else "'\\x{}'::bytea"
        by_hand(
            settings,
            change.format(digest=blob.format(sha256(OWN_PACK).hexdigest()), other=blob.format("00ff")),
        )
        found = inspection.verify(settings, deep=False).faults
        assert (code, index if code == "document_missing" else None) in [(f.code, f.index) for f in found]
    refused("verification_failed", lambda: backup(ledger, tmp_path / "copy.db", quiet))
    target = at(f"sqlite:///{tmp_path}/free/ledger.db", tmp_path / "free")
    refused("verification_failed", lambda: restore(target, place, quiet))


def test_a_pack_that_came_with_the_software_need_not_be_kept_nor_what_is_kept_be_adopted(ledger: Settings):
    kept = documents(ledger)
    adopted(ledger, SHIPPED_PACK)
    blob = "X'{}'" if ledger.database_url.startswith("sqlite") else "'\\x{}'::bytea"
    digest = blob.format(sha256(SHIPPED_PACK).hexdigest())
    by_hand(ledger, f"DELETE FROM ledger_documents WHERE digest = {digest}")  # noqa: S608 - our own
    assert documents(ledger) == kept
    with closing(open_store(ledger.database_url)) as store:
        store.put_document(sha256(b"imported").digest(), b"imported")
    assert in_order(ledger)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of so many KiB, empty each time."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = False

    def sized(size: int) -> Path:
        nonlocal mounted
        if mounted:
            subprocess.run([program("umount"), str(place)], check=True)
        made = subprocess.run(
            [program("mount"), "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)], capture_output=True
        )
        mounted = made.returncode == 0
        if not mounted:  # where one may not mount: no file of that size
            resource.setrlimit(
                resource.RLIMIT_FSIZE, (size * 1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
            )
        return place

    yield sized
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    if mounted:
        subprocess.run([program("umount"), str(place)], check=True)


def test_on_a_full_disk_there_is_a_whole_copy_or_none(
    embedded: Settings, tmp_path: Path, disk: Callable[[int], Path]
):
    place, _ = backup(embedded, tmp_path / "copy.db", quiet)
    needed = place.stat().st_size // 1024
    made = []
    for size in (16, needed // 2, needed, needed + 8, needed + 24, needed + 40, needed + 4096):
        for does in (
            lambda: backup(embedded, disk(size) / "copy.db", quiet),  # noqa: B023 - called here
            lambda: restore(at(f"sqlite:///{disk(size)}/ledger.db", tmp_path), place, quiet),  # noqa: B023
        ):
            try:
                does()
                made.append(size)
            except (OSError, StoreError, Refusal):
                assert list((tmp_path / "disk").iterdir()) == []
            else:
                (file,) = (tmp_path / "disk").glob("*.db")
                assert in_order(at(f"sqlite:///{shutil.copy(file, tmp_path / 'look.db')}", tmp_path))
    assert made.count(needed + 4096) == 2
    assert 16 not in made


# -- two at once, and what a killed one left


def test_a_second_backup_into_the_same_folder_is_told_so_and_harms_none(ledger: Settings, tmp_path: Path):
    told = []

    def second(what: str, done: int, total: int) -> None:
        with pytest.raises(StoreBusy):
            backup(ledger, tmp_path / "second.db", quiet)
        told.append(what)

    place, _ = backup(ledger, tmp_path / "first.db", second)
    assert told
    assert entries(at(f"sqlite:///{place}", tmp_path)) == entries(ledger)
    assert not (tmp_path / "second.db").exists()
    backup(ledger, tmp_path / "second.db", quiet)


def test_what_a_killed_backup_left_is_cleared_by_the_next(embedded: Settings, tmp_path: Path):
    left = tmp_path / ".gongze-backup"
    left.mkdir()
    (left / "ledger.db").write_bytes(b"half a page")
    (left / "ledger.db-wal").write_bytes(b"of another life")
    backup(embedded, tmp_path / "copy.db", quiet)
    assert not left.exists()


# -- receipts


def shown(path: Path, of: list[Entry]) -> Path:
    """The receipts of acts, as `record` prints them."""
    accepted = [
        {
            "id": e.cti.hex(), "index": e.index, "leaf": opening.leaf(e.index, e.received_at_ms, e.commitment).hex(),
            "opening": opening.opening(
                e.rho, e.stream, e.version, e.prev, sha256(e.statement).digest()
            ).hex(),
        }
        for e in of
    ]  # fmt: skip
    path.write_text(json.dumps({"accepted": accepted}, indent=2), "utf-8")
    return path


def said(settings: Settings, receipt: Path) -> list[tuple[str, int | None]]:
    with closing(open_store(settings.database_url)) as store:
        number, faults = receipts.compare(store, receipts.read(receipt))
    assert number >= len(faults)
    return [(fault.code, fault.index) for fault in faults]


def test_an_older_copy_is_told_by_the_receipts_of_what_it_lacks(
    ledger: Settings, free: Settings, tmp_path: Path
):
    place, older = backup(ledger, tmp_path / "older.db", quiet)
    goes_on(ledger, FURTHER)
    _, newer = backup(ledger, tmp_path / "newer.db", quiet)
    receipt = shown(tmp_path / "receipts.json", entries(ledger)[SIZE - 2 :])
    restore(free, place, quiet)
    assert said(ledger, receipt) == []
    assert said(free, receipt) == [("ledger_older", SIZE), ("ledger_older", SIZE + 1)]
    assert said(free, manifest_of(place)) == []
    assert said(ledger, manifest_of(place)) == []
    assert said(free, manifest_of(tmp_path / "newer.db")) == [("ledger_older", newer.last_index)]
    # grown anew to the same length, with another act where the receipt has its own
    goes_on(free, [FURTHER[1].replace("03-10", "03-11"), FURTHER[0]])
    assert said(free, receipt) == [("receipt_contradicted", SIZE), ("receipt_contradicted", SIZE + 1)]
    assert said(free, manifest_of(tmp_path / "newer.db")) == [("receipt_contradicted", None)]
    assert older.root != newer.root


def test_receipts_may_stand_one_on_a_line(embedded: Settings, tmp_path: Path):
    receipt = shown(tmp_path / "receipts.json", entries(embedded)[30:])
    lines = [json.dumps(one) for one in json.loads(receipt.read_text())["accepted"]]
    receipt.write_text("\n".join(lines) + "\n")
    assert said(embedded, receipt) == []
    receipt.write_text(lines[0])
    assert said(embedded, receipt) == []


@pytest.mark.parametrize("change", ["leaf", "opening", "index", "nothing", "text"])
def test_a_receipt_that_contradicts_itself_is_unusable(embedded: Settings, tmp_path: Path, change: str):
    receipt = shown(tmp_path / "receipts.json", entries(embedded)[30:32])
    one, other = json.loads(receipt.read_text())["accepted"]
    broken = {
        "leaf": json.dumps({**one, "leaf": other["leaf"]}), "opening": json.dumps({**one, "opening": other["opening"]}),
        "index": json.dumps({**one, "index": 3}), "nothing": '{"accepted": []}', "text": "receipt no. 30",
    }  # fmt: skip
    receipt.write_text(broken[change])
    refused("file_unusable", lambda: said(embedded, receipt))


# -- the move


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "PAGE", 5)


class Broken(Exception):
    """The move is broken off here."""


@pytest.mark.postgres
@pytest.mark.usefixtures("small_pages")
def test_a_move_broken_off_anywhere_goes_on_and_is_no_ledger_before(embedded: Settings, empty: Settings):
    before, bytes_before = entries(embedded), path_of(embedded).read_bytes()
    broken: list[str] = []
    while True:
        steps = 0

        def breaking(what: str, done: int, total: int) -> None:
            nonlocal steps
            steps += 1
            if steps > len(broken):
                raise Broken(what)

        try:
            _, copied = move(embedded, empty.database_url, breaking)
            break
        except Broken as at_last:
            broken.append(str(at_last))
        if broken[-1] == "计算根":  # it is through, only not yet told
            assert entries(empty) == before
        else:
            with pytest.raises((StoreMissing, StoreDamaged)):
                Ledger.open(empty)
    assert copied == 0
    assert set(broken) == {"核对", "搬迁", "比对", "计算根"}
    assert entries(empty) == before == entries(embedded)
    assert documents(empty) == documents(embedded)
    assert path_of(embedded).read_bytes() == bytes_before
    assert in_order(empty)
    goes_on(empty, FURTHER)
    assert in_order(empty)


@pytest.mark.postgres
def test_a_move_that_is_through_says_so_when_it_is_run_again(embedded: Settings, empty: Settings):
    content, copied = move(embedded, empty.database_url, quiet)
    assert copied == SIZE
    assert move(embedded, empty.database_url, quiet) == (content, 0)
    goes_on(empty, FURTHER)
    with pytest.raises(StoreExists):
        move(embedded, empty.database_url, quiet)
    assert len(entries(empty)) == SIZE + 2


@pytest.mark.postgres
@pytest.mark.usefixtures("small_pages")
def test_what_is_recorded_during_a_move_comes_along(embedded: Settings, empty: Settings):
    waiting = list(FURTHER)

    def recording(what: str, done: int, total: int) -> None:
        if waiting and what in ("搬迁", "比对"):
            goes_on(embedded, [waiting.pop(0)])

    content, _ = move(embedded, empty.database_url, recording)
    assert waiting == []
    assert content.size == SIZE + 2
    assert entries(empty) == entries(embedded)


@pytest.mark.postgres
@pytest.mark.usefixtures("small_pages", "impatient")
def test_while_the_last_acts_come_over_nobody_appends_to_the_source(embedded: Settings, empty: Settings):
    late: list[str] = []

    def recording(what: str, done: int, total: int) -> None:
        if (
            what == "比对" and done == total and not late
        ):  # what is recorded now comes over with the last ones
            goes_on(embedded, FURTHER[:1])
            late.append(what)
        elif what == "搬迁" and late == ["比对"]:
            with pytest.raises(StoreBusy):
                goes_on(embedded, FURTHER[1:])
            late.append(what)

    move(embedded, empty.database_url, recording)
    assert late == ["比对", "搬迁"]
    assert entries(empty) == entries(embedded)


@pytest.mark.postgres
@pytest.mark.usefixtures("small_pages")
def test_a_document_that_comes_during_a_move_comes_along(
    embedded: Settings, empty: Settings, monkeypatch: pytest.MonkeyPatch
):
    """As a rule pack, which is kept before it is adopted; here just before nobody can add anything any more."""
    content = "规则".encode()
    held = copying.held

    def late(path: Path):
        with closing(open_store(embedded.database_url)) as store:
            store.put_document(sha256(content).digest(), content)
        return held(path)

    monkeypatch.setattr(copying, "held", late)
    move(embedded, empty.database_url, quiet)
    with closing(open_store(empty.database_url)) as store:
        assert store.get_document(sha256(content).digest()) == content


def test_what_was_changed_in_a_half_moved_ledger_is_found(embedded: Settings, empty: Settings):
    def breaking(what: str, done: int, total: int) -> None:
        if what == "搬迁" and done > 20:
            raise Broken

    with pytest.raises(Broken):
        move(embedded, empty.database_url, breaking)
    with psycopg.connect(empty.database_url, autocommit=True) as server:
        server.execute("UPDATE stored_events SET state = state || 'x' WHERE originator_version = 4")
    told = refused("verification_failed", lambda: move(embedded, empty.database_url, quiet))
    assert "第 3 条" in told.message
    with pytest.raises(StoreDamaged):
        Ledger.open(empty)


@pytest.mark.postgres
def test_a_move_goes_over_nobody_elses_ledger(embedded: Settings, empty: Settings, tmp_path: Path):
    with Ledger.create(empty) as other:
        ledger_fixture.found(other)
    before = entries(empty)
    with pytest.raises(StoreExists):
        move(embedded, empty.database_url, quiet)
    assert entries(empty) == before


@pytest.mark.postgres
def test_half_of_another_ledger_is_not_mixed_with_this_one(
    embedded: Settings, empty: Settings, tmp_path: Path
):
    other = at(f"sqlite:///{tmp_path}/other.db", tmp_path)
    with Ledger.create(other) as ledger:
        ledger_fixture.found(ledger)

    def breaking(what: str, done: int, total: int) -> None:
        if what == "比对":
            raise Broken

    with pytest.raises(Broken):
        move(other, empty.database_url, breaking)
    with pytest.raises(StoreExists):
        move(embedded, empty.database_url, quiet)
    with pytest.raises(StoreExists):
        create_store(empty.database_url)  # nor is a new one founded there
    move(other, empty.database_url, quiet)


@pytest.mark.postgres
@pytest.mark.usefixtures("small_pages")
def test_a_second_move_into_the_same_database_is_told_so(
    embedded: Settings, empty: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(copying, "LOCK_SECONDS", 1.0)
    told: list[object] = []

    def second(what: str, done: int, total: int) -> None:
        if what == "搬迁" and not told:
            with pytest.raises(StoreBusy) as busy:
                move(embedded, empty.database_url, quiet)
            told.append(busy)

    move(embedded, empty.database_url, second)
    assert told
    assert entries(empty) == entries(embedded)


def test_only_an_embedded_ledger_is_moved_and_only_to_a_server(embedded: Settings, tmp_path: Path):
    assert (
        refused("settings_unusable", lambda: move(embedded, f"sqlite:///{tmp_path}/x.db", quiet)).field
        == "--to"
    )
    server = replace(embedded, database_url="postgresql://nobody@127.0.0.1:1/none")
    told = refused("settings_unusable", lambda: move(server, "postgresql://127.0.0.1:1/none", quiet))
    assert told.field == "GONGZE_DATABASE_URL"


# -- ledgers of earlier releases


@pytest.mark.parametrize("kept", sorted(ledger_fixture.FOLDER.glob("*.ledger")), ids=lambda path: path.name)
def test_the_ledger_of_every_release_opens_verifies_shows_and_goes_on(kept: Path, tmp_path: Path):
    shutil.copy(kept, tmp_path / "ledger.db")
    _goes_on_as_ever(at(f"sqlite:///{tmp_path}/ledger.db", tmp_path), tmp_path)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "kept", sorted(ledger_fixture.FOLDER.glob("ledger-*.sql")), ids=lambda path: path.name
)
def test_so_does_that_of_every_release_on_postgresql(kept: Path, tmp_path: Path, postgres_database: str):
    psql = [
        postgres.program("psql"),
        "--quiet",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        f"--file={kept}",
        postgres_database,
    ]
    subprocess.run(psql, check=True, stdout=subprocess.DEVNULL)
    _goes_on_as_ever(at(postgres_database, tmp_path), tmp_path)


def _goes_on_as_ever(old: Settings, tmp_path: Path) -> None:
    before = entries(old)
    assert in_order(old)
    with Ledger.open(old) as ledger:
        rows = ledger.board(date(2026, 3, 1))
        assert rows
    goes_on(old, FURTHER)
    assert entries(old)[: len(before)] == before
    assert in_order(old)
    _, manifest = backup(old, tmp_path / "copy.db", quiet)
    assert manifest.size == len(before) + 2
