"""Acts in and read again: append, replay, bulk, projections, verification."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.measuring import ROUNDS, rate
from domain.duties import duties_of
from events.statement import decode
from gongze import founding, sample, script
from gongze.ledger import Ledger
from gongze.settings import load

THREADS = 16
APPENDS = 600


class Plain(Aggregate):
    """The library's smallest aggregate: the yardstick of an append."""

    @event("Ticked")
    def tick(self) -> None: ...


def library_saves(folder: Path) -> float:
    """The library's own save() of one plain event on SQLite, as durable as ours."""
    app: Application[UUID] = Application(
        env={"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "yardstick.db")}
    )

    def work() -> int:
        for _ in range(200):
            app.save(Plain())
        return 200

    return rate(work)


def run() -> None:
    settings = load({})
    with tempfile.TemporaryDirectory(prefix="gongze-bench-") as name:
        folder = Path(name)
        settings = replace(settings, database_url=f"sqlite:///{folder}/ledger.db", data_dir=folder)
        founding.demonstration(settings, folder / "keys")
        verifies = signature_checks()
        print(f"Ed25519 verification, one core              {verifies:10.0f} /s")
        saves = library_saves(folder)
        print(f"library save() of one plain event           {saves:10.0f} /s")
        with Ledger.open(settings) as ledger:
            measure(ledger, folder, saves, verifies)
        print(f"gongze deadline, whole process              {deadline():10.2f} s   (goal below 0.6)")


def measure(ledger: Ledger, folder: Path, saves: float, verifies: float) -> None:
    ring = script.KeyRing(folder / "keys")
    lines = [line.encode() for line in sample.script()]
    began = time.perf_counter()
    statements = []
    for number, raw in enumerate(lines, 1):
        statements.append(script.replay_line(ledger, number, raw, ring).receipt.entry.statement)
    replayed = len(lines) / (time.perf_counter() - began)
    print(f"replay: sign, check, append, irregularities {replayed:10.0f} /s")

    def resend() -> int:
        for raw in statements[:200]:
            ledger.intake.submit(raw, now_ms=ledger.now_ms())
        return 200

    print(f"repeated statement answered                 {rate(resend):10.0f} /s")
    one, together, bulk = appends(ledger, lines, ring)
    print(f"append: all checks, durable, no signing     {one:10.0f} /s   {one / saves:.2f} x library save()")
    print(
        f"the same from {THREADS} threads                    {together:10.0f} /s   {together / one:.2f} x one thread"
    )
    print(
        f"the same from a file, in groups             {bulk:10.0f} /s   {bulk / verifies:.2f} x one Ed25519 check"
    )

    def decoded() -> int:
        for raw in statements:
            decode(raw)
        return len(statements)

    print(f"statement decoded strictly                  {rate(decoded):10.0f} /s")
    began = time.perf_counter()
    count = ledger.catch_up()
    print(f"projections folded                          {count / (time.perf_counter() - began):10.0f} acts/s")
    rules = ledger.rules()
    with ledger.projections.reading() as connection:
        from projections import reading

        ids = [row.case for row in reading.cases(connection)]
    cases = [ledger.case(i) for i in ids]

    def computed() -> int:
        for case in cases:
            duties_of(case, rules)
        return len(cases)

    print(f"duties of a case computed                   {rate(computed):10.0f} cases/s")
    from events.verification import verify

    began = time.perf_counter()
    report = verify(ledger.store)
    assert report.ok
    checked = report.checked["statements"] / (time.perf_counter() - began)
    print(
        f"verify                                      {checked:10.0f} /s   {checked / verifies:.2f} x one Ed25519 check"
    )


def appends(ledger: Ledger, lines: list[bytes], ring: script.KeyRing) -> tuple[float, float, float]:
    """One thread, several threads, a file. Signed beforehand: one filing each, for as many new cases; the server's side
    alone is timed."""
    raws = []
    filing = next(line for line in lines if b'"CaseFiled"' in line)
    for number in range(3 * APPENDS):
        line = json.loads(filing)
        line["case"] = f"{line['case'][0]}自然资执〔2030〕{number}号"
        parsed = script.parse(number, json.dumps(line, ensure_ascii=False).encode())
        raws.append(script.signed(ledger, parsed, ring))

    def submit(raw: bytes) -> None:
        ledger.intake.submit(raw, now_ms=ledger.now_ms())

    def timed(work: Callable[[list[bytes]], object], mine: list[bytes]) -> float:
        began = time.perf_counter()
        work(mine)
        return len(mine) / (time.perf_counter() - began)

    with ThreadPoolExecutor(THREADS) as pool:
        return (
            timed(lambda mine: list(map(submit, mine)), raws[:APPENDS]),
            timed(lambda mine: list(pool.map(submit, mine)), raws[APPENDS : 2 * APPENDS]),
            timed(lambda mine: list(ledger.intake.take_all(mine, ledger.now_ms)), raws[2 * APPENDS :]),
        )


def signature_checks() -> float:
    key = Ed25519PrivateKey.generate()
    data = bytes(800)
    signature, public = key.sign(data), key.public_key()

    def work() -> int:
        for _ in range(1000):
            public.verify(signature, data)
        return 1000

    return rate(work)


def deadline() -> float:
    command = [
        sys.executable,
        "-m",
        "gongze",
        "deadline",
        "copy_application_to_procuratorate",
        "--from",
        "2026-02-10",
    ]
    figures = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command
        figures.append(time.perf_counter() - began)
    return statistics.median(figures)
