"""Acts in, on both databases: one at a time, from threads and processes, from a large file, into a large ledger.

`BULK_ACTS=1000000` in the environment sets the size of the large file (100,000 where nothing is said). What is
compared is measured in turns, since the machine may have other work.
"""

import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from eventsourcing.application import Application

from benchmarks.acts import Plain, signature_checks
from benchmarks.statements import statements
from events.cbor import read_sequence
from gongze import founding
from gongze.ledger import Ledger
from gongze.settings import Settings, load
from tests.postgres import server

ACTS, SMALL = int(os.environ.get("BULK_ACTS", "100000")), 10_000
ROUNDS, APPENDS, THREADS, PROCESSES = 7, 100, 16, 4
CHECKS = 5 * 1_000
"""In one call of `signature_checks`."""
LATE_MS, MEMORY_MB, SLOWER = 50, 400, 1.1


@dataclass(frozen=True, slots=True)
class Goals:
    """As multiples of the library's save(), of one thread, of one core's Ed25519 checks."""

    append: float
    together: float
    bulk: float


def run() -> None:
    with tempfile.TemporaryDirectory(prefix="gongze-bulk-") as name, server() as url:
        place = Path(name)
        yardstick = {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": f"{place}/yardstick.db"}
        _measure("sqlite", f"sqlite:///{place}/ledger.db", place / "sqlite", yardstick, Goals(0.5, 1.8, 0.9))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bulk")
        parts = urlsplit(url)
        yardstick = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": parts.path[1:],
            "POSTGRES_HOST": str(parts.hostname), "POSTGRES_PORT": str(parts.port),
            "POSTGRES_USER": str(parts.username), "POSTGRES_PASSWORD": str(parts.password),
        }  # fmt: skip
        bulk = f"{url.rpartition('/')[0]}/bulk"
        _measure("postgresql", bulk, place / "postgresql", yardstick, Goals(1.3, 2.2, 0.8))


def _measure(name: str, url: str, folder: Path, yardstick: dict[str, str], goals: Goals) -> None:
    print(f"-- {name}, load {os.getloadavg()[0]:.1f}", flush=True)
    settings = replace(load({}), database_url=url, data_dir=folder)
    founding.demonstration(settings, folder / "keys")
    with Ledger.open(settings) as ledger, closing(Application[UUID](env=yardstick)) as app:
        genesis = ledger.registry().genesis
        assert genesis is not None
        made = Made(genesis.name, folder / "keys")

        def save(_: bytes) -> None:
            app.save(Plain())

        def submit(raw: bytes) -> None:
            ledger.intake.submit(raw, now_ms=ledger.now_ms())

        def one_append() -> float:
            return _ratio(_all(submit), _all(save), made)

        with ThreadPoolExecutor(THREADS) as pool:
            together = _ratio(lambda raws: list(pool.map(submit, raws)), _all(submit), made)
        _say("one append", one_append(), goals.append, "x library save()")
        _say(f"{THREADS} threads", together, goals.together, "x one thread")
        _processes(settings, made)
        _record(settings, folder, made, SMALL)
        before = one_append()
        rate, memory, cpu = _bulk(settings, folder, made)
        _say(f"record of {ACTS} acts", rate, goals.bulk, "x one core's Ed25519 checks")
        print(
            f"     computing {cpu:.2f} checks an act: {2 / cpu:.2f} is what two idle cores could give",
            flush=True,
        )
        _say("   the whole command", _record(settings, folder, made, ACTS // 4), goals.bulk, "x the same")
        _most("   largest memory of a process", memory, MEMORY_MB, "MB")
        _most(f"append at {ACTS} acts", before / one_append(), SLOWER, f"x as long as at {SMALL}")


class Made:
    """Statements of new cases, each handed out once."""

    def __init__(self, ledger: str, keys: Path) -> None:
        self._ledger, self._keys, self._series = ledger, keys, 0

    def some(self, number: int) -> Iterator[bytes]:
        self._series += 1
        return statements(self._ledger, self._keys, number, f"s{self._series}")

    def filings(self, number: int) -> list[bytes]:
        """Acts that wait for no other."""
        self._series += 1
        return list(statements(self._ledger, self._keys, number, f"s{self._series}", of_each=1))

    def file(self, path: Path, number: int) -> None:
        with path.open("wb") as file:
            for raw in self.some(number):
                file.write(raw)


Work = Callable[[Sequence[bytes]], object]


def _all(one: Callable[[bytes], None]) -> Work:
    return lambda raws: [one(raw) for raw in raws]


def _ratio(work: Work, yardstick: Work, made: Made) -> float:
    """How many times as fast, the median of rounds in which both have their turn."""
    found = []
    for _ in range(ROUNDS):
        mine, others = made.filings(APPENDS), made.filings(APPENDS)
        found.append(_seconds(yardstick, others) / _seconds(work, mine))
    return statistics.median(found)


def _seconds(work: Work, raws: Sequence[bytes]) -> float:
    began = time.perf_counter()
    work(raws)
    return time.perf_counter() - began


def _processes(settings: Settings, made: Made) -> None:
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        jobs = [(settings, made.filings(5 * APPENDS)) for _ in range(PROCESSES)]
        took = sorted(one for mine in pool.starmap(_latencies, jobs, chunksize=1) for one in mine)
    print(f"  {PROCESSES} processes: median {took[len(took) // 2]:.1f} ms", end="; ")
    _most("99 of 100 appends within", took[len(took) * 99 // 100], LATE_MS, "ms")


def _latencies(settings: Settings, raws: Sequence[bytes]) -> list[float]:
    with Ledger.open(settings) as ledger:
        return [
            1000 * _seconds(lambda one: ledger.intake.submit(one[0], now_ms=ledger.now_ms()), [raw])
            for raw in raws
        ]


def _bulk(settings: Settings, folder: Path, made: Made) -> tuple[float, float, float]:
    """Decided and stored, in a process of its own: multiple of the yardstick; the most memory that a process had; how
    many checks' worth was computed for each act, by all processes, which other work on the machine alters less."""
    made.file(folder / "many.cbors", ACTS)
    before, began = signature_checks(), _check_seconds()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        seconds, memory, computed = pool.apply(_taken, (settings, folder / "many.cbors"))
    check = statistics.mean((began, _check_seconds()))
    return ACTS / seconds / statistics.mean((before, signature_checks())), memory, computed / ACTS / check


def _check_seconds() -> float:
    """What one signature check computes."""
    began = time.process_time()
    rounds = 0
    while time.process_time() < began + 1:
        signature_checks()
        rounds += 1
    return (time.process_time() - began) / (rounds * CHECKS)


def _taken(settings: Settings, path: Path) -> tuple[float, float, float]:
    with Ledger.open(settings) as ledger, path.open("rb") as file:
        began = time.perf_counter()
        for group in ledger.intake.take_groups(read_sequence(file), ledger.now_ms):
            assert all(not getattr(one, "repeated", True) for one in group)
        seconds = time.perf_counter() - began
    used = [resource.getrusage(kind) for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    computed = sum(one.ru_utime + one.ru_stime for one in used)
    return seconds, max(one.ru_maxrss for one in used) / 1024, computed


def _record(settings: Settings, folder: Path, made: Made, acts: int) -> float:
    """`gongze record` as it is typed, irregularities and receipts included, as a multiple of the yardstick."""
    made.file(folder / "file.cbors", acts)
    command = [
        sys.executable,
        "-m",
        "gongze",
        "record",
        "file.cbors",
        "--receipts",
        "receipts.jsonl",
        "--quiet",
    ]
    environment = {**os.environ, "GONGZE_DATABASE_URL": settings.database_url, "GONGZE_DATA_DIR": str(folder)}
    before = signature_checks()
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)  # noqa: S603 - our own
    seconds = time.perf_counter() - began
    return acts / seconds / statistics.mean((before, signature_checks()))


def _say(what: str, figure: float, goal: float, unit: str) -> None:
    short = "" if figure >= goal else "   NOT REACHED"
    print(f"  {what:30}{figure:8.2f} {unit} (goal at least {goal}){short}", flush=True)


def _most(what: str, figure: float, goal: float, unit: str) -> None:
    short = "" if figure <= goal else "   NOT REACHED"
    print(f"  {what:30}{figure:8.2f} {unit} (goal at most {goal}){short}", flush=True)
