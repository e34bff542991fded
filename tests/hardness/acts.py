"""Signed acts of the small founded ledger of tests/doors.py, and that ledger as a template to start from."""

import hashlib
import itertools
import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from domain.acts import EVENTS
from domain.forms import build
from events import keys, schemas
from events.statement import Claims, decode, sign
from events.verification import verify
from gongze.ledger import Ledger
from gongze.settings import load
from tests.doors import CASE_DATA, DAY, MINUTE, NAME, NOW, Door, found_ledger, key_of

AGENCY = "nr.lhasa"
START = NOW + 60 * MINUTE
"""After the founding, which advances the clock by one millisecond an act."""
NOTHING_SEEN = (0, b"")
KILLED = "gongze-hardness"
"""By this name a server knows the connections of processes that may be killed."""


@dataclass(frozen=True)
class Act:
    """A signed statement, and what of it a model needs to know."""

    raw: bytes
    cti: bytes
    digest: bytes
    event: str
    stream: str
    key: str
    seen: tuple[int, bytes]
    about: str
    """The notice's number, or the name of the key registered or revoked."""


def _signed(event: str, stream: str, about: str, data: dict[str, Any], key: str, cti: bytes,
            seen: tuple[int, bytes]) -> Act:  # fmt: skip
    _, payload = schemas.encode(build(EVENTS[event].cls, data))
    claims = Claims(
        iss=AGENCY, sub=stream, cti=cti, officer=f"{AGENCY}/1", event=event,
        schema=schemas.fingerprint(schemas.schema_of(EVENTS[event].cls)), occurred_on=DAY, seen=seen, ledger=NAME,
    )  # fmt: skip
    raw = sign(claims, payload, key_of(key))
    return Act(raw, cti, decode(raw).signed_digest, event, stream, key, seen, about)


def case(number: int) -> str:
    return f"case/拉自然资执〔2026〕{100 + number}号"


def cti(name: str) -> bytes:
    """The same id for the same name, and another for another."""
    return keys.new_cti(NOW, hashlib.sha256(name.encode()).digest()[:10])


def filing(number: int, key: str, name: str, seen: tuple[int, bytes] = NOTHING_SEEN) -> Act:
    return _signed("CaseFiled", case(number), "", CASE_DATA, key, cti(name), seen)


def notice(number: int, about: str, key: str, name: str, seen: tuple[int, bytes] = NOTHING_SEEN) -> Act:
    """责令停止: there may be any number of them in a case, each with a number of its own."""
    data = {"notice": "stop_violation", "notice_no": about}
    return _signed("NoticeIssued", case(number), about, data, key, cti(name), seen)


def notice_line(number: int, about: str) -> bytes:
    """The same as a line of a script, which is signed where it is taken in."""
    data = {"notice": "stop_violation", "notice_no": about}
    line = {
        "type": "NoticeIssued",
        "case": case(number).removeprefix("case/"),
        "actor": AGENCY,
        "occurred_on": DAY.isoformat(),
    }
    return json.dumps({**line, "data": data}).encode()


def registration(key: str, name: str) -> Act:
    """The agency's root registers a further key for its officer."""
    new = key_of(key)
    data = {
        "agency": AGENCY, "key_id": new.kid.hex(), "algorithm": "Ed25519", "public_key": new.public.hex(),
        "purpose": "sign", "custody": "agent", "from": "2026-03-01", "officer": f"{AGENCY}/1",
        "proof": keys.prove_possession(new, NAME, AGENCY).hex(),
    }  # fmt: skip
    return _signed("KeyRegistered", "registry", key, data, f"{AGENCY}/root", cti(name), NOTHING_SEEN)


def revocation(key: str, name: str) -> Act:
    data = {"agency": AGENCY, "key_id": key_of(key).kid.hex(), "since": "2026-03-01", "reason": "示例"}
    return _signed("KeyRevoked", "registry", key, data, f"{AGENCY}/root", cti(name), NOTHING_SEEN)


# -- the founded ledger, made once and copied


def opened(url: str) -> Ledger:
    return Ledger.open(load({"GONGZE_DATABASE_URL": url}))


def _found(url: str) -> None:
    with Ledger.create(load({"GONGZE_DATABASE_URL": url})) as ledger:
        found_ledger(Door(ledger))
        ledger.catch_up()


class SQLitePlace:
    """Founded ledgers on SQLite, and older copies of them."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)
        self.template = self._new()
        _found(self.template)

    def _new(self) -> str:
        return f"sqlite:///{self.folder}/{next(self.numbers)}.db"

    def founded(self) -> str:
        return self.copy(self.template)

    def copy(self, url: str) -> str:
        """A copy as `sqlite3 ledger.db ".backup …"` makes it; writers may be at work."""
        made = self._new()
        with closing(sqlite3.connect(_file(url))) as source, closing(sqlite3.connect(_file(made))) as target:
            source.backup(target)
        return made

    def restore(self, copied: str, url: str) -> None:
        """Put the copy in the place of the ledger, which nobody has open."""
        self.drop(url)
        shutil.copy(_file(copied), _file(url))

    def settle(self, url: str) -> None:
        """Nothing goes on after the end of a process here."""

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm", ".lock"):
            Path(f"{_file(url)}{suffix}").unlink(missing_ok=True)


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


class PostgresPlace:
    """One database on PostgreSQL with one founded ledger at a time, and older copies of it.

    A database for each would be truer and cost a second. A copy is a schema with the rows of every table.
    """

    name = "postgresql"

    def __init__(self, url: str) -> None:
        self.url = url
        self.numbers = itertools.count(1)
        _found(url)
        self.template = self.copy(url)

    def founded(self) -> str:
        self.restore(self.template, self.url)
        return self.url

    def copy(self, _url: str) -> str:
        made = f"copy_{next(self.numbers)}"
        with self._connected() as database:
            database.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(made)))
            for table in self._tables(database, "public"):
                database.execute(
                    sql.SQL("CREATE TABLE {} AS TABLE {}").format(
                        sql.Identifier(made, table), sql.Identifier("public", table)
                    )
                )
        return made

    def restore(self, copied: str, _url: str) -> None:
        with self._connected() as database:
            for table in self._tables(database, "public"):
                database.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", table)))
            for table in self._tables(database, copied):
                database.execute(
                    sql.SQL("INSERT INTO {} TABLE {}").format(
                        sql.Identifier("public", table), sql.Identifier(copied, table)
                    )
                )

    def settle(self, _url: str) -> None:
        """Wait until the server has done with what a killed process had sent."""
        with self._connected() as database:
            database.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = %s",
                (KILLED,),
            )

    def drop(self, copied: str) -> None:
        if copied != self.url:
            with self._connected() as database:
                database.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(copied)))

    def _connected(self) -> psycopg.Connection[tuple[str]]:
        return psycopg.connect(self.url)

    def _tables(self, database: psycopg.Connection[tuple[str]], schema: str) -> list[str]:
        found = database.execute(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = %s", (schema,)
        ).fetchall()
        return [name for (name,) in found]


Place = SQLitePlace | PostgresPlace


def check(url: str, *, rebuilt: bool = True) -> dict[tuple[str, bytes], int]:
    """Open the ledger with no hand work and find everything in order. Where each stored statement stands.

    That is: positions without gap, ids unique, each stream's versions and chain, receipt times never back, every
    signature and rule (`verify`), and the projections equal to what the acts give.
    """
    with opened(url) as ledger:
        entries = list(ledger.entries())
        assert [e.index for e in entries] == list(range(len(entries)))
        stored = {(e.iss, e.cti): e.index for e in entries}
        assert len(stored) == len(entries)
        heads: dict[str, tuple[int, bytes]] = {}
        for e in entries:
            version, commitment = heads.get(e.stream, NOTHING_SEEN)
            assert (e.version, e.prev) == (version + 1, commitment)
            heads[e.stream] = (e.version, e.commitment)
        times = [e.received_at_ms for e in entries]
        assert times == sorted(times)
        report = verify(ledger.store, deep=True)
        assert report.faults == []
        ledger.catch_up()
        if rebuilt:
            before = ledger.projections.digest()
            ledger.projections.rebuild()
            assert ledger.projections.digest() == before
    return stored
