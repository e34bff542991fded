"""Acts in and read again: append, replay, bulk, projections, verification."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from sqlalchemy import Table, insert

from benchmarks.measuring import ROUNDS, rate
from domain import dossiers
from domain.acts import Act
from domain.acts.case import CaseFiled
from domain.cases import Case
from domain.duties import duties_of
from domain.entries import Dossier
from domain.forms import build
from domain.refusal import Refusal
from domain.registry import STREAM, Registry, evolve
from domain.values import parse_day
from events import schemas
from events.history import stored_act
from events.intake import Receipt
from events.keys import new_cti
from events.statement import Claims, decode, sign
from events.store import Entry
from events.verification import verify
from gongze import copies, founding, sample, script
from gongze.ledger import Ledger
from gongze.settings import load
from projections.databases import Database
from projections.folding import Folder
from projections.rows import Row, agency_rows, application_rows, dossier_row, duty_row, stored
from projections.tables import tables
from tests.postgres import server

THREADS = 16
CASES = 5_000
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
            lines = [line.encode() for line in sample.script()]
            large(ledger, lines, script.KeyRing(folder / "keys"))
        with server() as url:
            copies.move(settings, url, lambda *_: None)
            print("on PostgreSQL:")
            with Ledger.open(replace(settings, database_url=url)) as ledger:
                reading_alone(ledger, 20_000)
        seconds = deadline()
        short = "" if seconds < 0.6 else ": NOT REACHED"
        print(f"gongze deadline, whole process              {seconds:10.2f} s   goal below 0.6{short}")


def measure(ledger: Ledger, folder: Path, saves: float, verifies: float) -> None:
    ring = script.KeyRing(folder / "keys")
    lines = [line.encode() for line in sample.script()]
    began = time.perf_counter()
    groups = script.replay_groups(ledger, enumerate(lines, 1), ring)
    answers = [answer for group in groups for _, answer in group]
    replayed = len(lines) / (time.perf_counter() - began)
    statements = [one.receipt.entry.statement for one in answers if not isinstance(one, Refusal)]
    tell("replay: sign, check, append, irregularities", replayed, "/s", goal=1_200)

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
    reading_alone(ledger, 30_000)
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


def reading_alone(ledger: Ledger, goal: int) -> None:
    """The acts read; each kind of rows by itself, computed and written into a table of its own; then all together."""
    size = ledger.store.head().size

    def every() -> Iterator[Entry]:
        return ledger.entries()

    def decoded() -> int:
        return sum(stored_act(entry).index >= 0 for entry in every())

    tell("acts read from the store and decoded", rate(decoded), "acts/s", goal)
    beside = tables("b_", temporary=True)
    database = Database(ledger.settings.database_url)
    with database.own_connection() as connection:
        with connection.begin():
            beside.metadata.create_all(connection)

        def written(rows: Callable[[], tuple[Table, list[Row]]]) -> float:
            began = time.perf_counter()
            table, made = rows()
            with connection.begin():
                connection.execute(insert(table), made)
            return size / (time.perf_counter() - began)

        def acts() -> tuple[Table, list[Row]]:
            return beside.act, Folder(ledger).fold(list(every()), list).acts

        def folded() -> list[Dossier]:
            streams: dict[str, list[Act]] = {}
            for entry in every():
                streams.setdefault(entry.stream, []).append(stored_act(entry))
            return [
                dossiers.fold(stream, tuple(acts), ledger.registry())
                for stream, acts in streams.items()
                if stream.partition("/")[0] in dossiers.STREAMS
            ]

        def cases() -> tuple[Table, list[Row]]:
            counted = {"applications": 0, "duties": 0}
            return beside.case, [stored(dossier_row(d, ledger.registry())) | counted for d in folded()]

        def applications() -> tuple[Table, list[Row]]:
            rules = ledger.rules()
            of_cases = (d for d in folded() if isinstance(d, Case) and d.applications)
            return beside.application, [
                stored(row) for case in of_cases for row in application_rows(case, duties_of(case, rules))
            ]

        def duties() -> tuple[Table, list[Row]]:
            rules = ledger.rules()
            owed = [duty for dossier in folded() for duty in duties_of(dossier, rules)]
            return beside.duty, [duty_row(duty, rules.packs) for duty in owed]

        def agencies() -> tuple[Table, list[Row]]:
            registry = Registry()
            for entry in every():
                if entry.stream == STREAM:
                    registry = evolve(registry, stored_act(entry))
            return beside.agency, [stored(row) for row in agency_rows(registry)]

        for what, rows in (
            ("p_act alone, with what was irregular", acts), ("p_case alone", cases),
            ("p_application alone, with its duties", applications), ("p_agency alone", agencies),
        ):  # fmt: skip
            tell(what, written(rows), "acts/s", goal)
        tell("p_duty alone (the duty board)", written(duties), "acts/s", goal=8_000)
    database.close()
    began = time.perf_counter()
    count = ledger.catch_up()
    tell("all projections together, as a follower", count / (time.perf_counter() - began), "acts/s")


def large(ledger: Ledger, lines: list[bytes], ring: script.KeyRing) -> None:
    """A ledger of many cases: verification on all cores, and boards."""
    raws = many_filings(ledger, lines, ring, CASES)
    for answer in ledger.intake.take_all(raws, ledger.now_ms):
        assert isinstance(answer, Receipt)
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(_checks, [10] * cores))  # they have begun
        began = time.perf_counter()
        together = sum(pool.map(_checks, [4_000] * cores)) / (time.perf_counter() - began)
    print(f"Ed25519 verification, {cores} cores together       {together:10.0f} /s")
    for processes in dict.fromkeys((1, cores)):
        began = time.perf_counter()
        report = verify(ledger.store, processes=processes)
        assert report.ok
        checked = report.checked["statements"] / (time.perf_counter() - began)
        short = "" if checked >= 0.65 * together else ": NOT REACHED"
        share = f"{checked / together:.2f} x all cores' Ed25519 checks (goal 0.65{short})"
        print(
            f"verify, {report.checked['statements']} acts, processes: {processes}       {checked:10.0f} /s   {share}"
        )
    ledger.catch_up()
    today = ledger.today()
    for what, ask, goal in (
        (f"board of one agency among {CASES} cases", partial(ledger.board, today, holder="nr.dagze"), 0.05),
        ("a past board of all of them", partial(ledger.board, today - timedelta(days=60)), 2.0),
    ):
        seconds = statistics.median(timed(ask) for _ in range(3))
        print(f"{what:<43} {seconds:10.3f} s   goal below {goal}{'' if seconds < goal else ': NOT REACHED'}")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _checks(number: int) -> int:
    key = Ed25519PrivateKey.generate()
    data = bytes(800)
    signature, public = key.sign(data), key.public_key()
    for _ in range(number):
        public.verify(signature, data)
    return number


def tell(what: str, figure: float, unit: str, goal: float | None = None) -> None:
    """A line; what falls short of its goal is told so."""
    short = "" if goal is None else f"   goal {goal}" + ("" if figure >= goal else ": NOT REACHED")
    print(f"{what:<43} {figure:10.0f} {unit}{short}", flush=True)


def many_filings(ledger: Ledger, lines: list[bytes], ring: script.KeyRing, number: int) -> Iterator[bytes]:
    """Signed filings, one for each of as many new cases, of the agency that files in the sample first."""
    line = json.loads(next(line for line in lines if b'"CaseFiled"' in line))
    genesis = ledger.registry().genesis
    assert genesis is not None
    key = ring.get(f"{line['actor']}/1")
    schema, payload = schemas.encode(build(CaseFiled, line["data"]))
    for n in range(number):
        claims = Claims(
            iss=line["actor"], sub=f"case/{line['case'][0]}自然资执〔2031〕{n}号", cti=new_cti(ledger.now_ms(), n.to_bytes(10)),
            officer=f"{line['actor']}/1", event="CaseFiled", schema=schema, occurred_on=parse_day(line["occurred_on"]),
            seen=(0, b""), ledger=genesis.name,
        )  # fmt: skip
        yield sign(claims, payload, key)


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
