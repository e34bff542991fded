"""A province: three cities publish, first one by itself, then all side by side; then all is read, verified and shown.

One broker for all, on the same cores as the rest. Each city's ledger has the same number of cases, and tells its three
agencies and the province's department.
"""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from connectors.broker import Access
from gongze.ledger import Ledger
from tests import ledger_fixture
from tests.brokers import running
from tests.end_to_end.conftest import GONGZE, Desk
from tests.provinces import CITIES, PROVINCE, City

CASES = 300
SIDE_BY_SIDE_GOAL = 1.0
"""Of what one publishes by itself: several must not be in each other's way."""


def run() -> None:
    with tempfile.TemporaryDirectory() as folder, running() as broker:
        desks = {city: _desk(Path(folder), city, broker.environment) for city in CITIES}
        alone = _published([desks[CITIES[0]]])
        together = _published(list(desks.values()))
        ratio = together / alone
        reached = "" if ratio >= SIDE_BY_SIDE_GOAL else "   NOT REACHED"
        load = f"load {os.getloadavg()[0]:.1f}"
        print(f"one region's publisher                    {alone:8.0f} messages/s, with its start")
        print(
            f"three side by side                        {together:8.0f} messages/s   {ratio:.2f} x "
            f"(goal {SIDE_BY_SIDE_GOAL:g}){reached}   {load}"
        )
        _rollup(Path(folder), desks, broker.environment, Access(broker.bootstrap))


def _desk(folder: Path, city: City, environment: dict[str, str]) -> Desk:
    home = folder / city.code
    home.mkdir()
    city.make(home / "ledger.db")
    with Ledger.open(ledger_fixture.settings(home / "ledger.db")) as ledger:
        ledger_fixture.extend(ledger, [city.called(one) for n in range(CASES) for one in _case(n)])
    desk = Desk(home, {**environment, "GONGZE_DATABASE_URL": f"sqlite:///{home}/ledger.db"})
    desk.run("topics", "ensure", "--yes")
    desk.run("publish", "--once")
    return desk


def _case(number: int) -> list[str]:
    return [text.replace("81", str(2_000 + number)) for text in ledger_fixture.ACTS[:6]]


def _published(desks: list[Desk]) -> float:
    """Messages a second of all together; each publishes its whole ledger anew."""
    began = time.perf_counter()
    started = [
        subprocess.Popen(  # noqa: S603 - our own command
            [GONGZE, "publish", "--once", "--anew", "--format", "json"], cwd=desk.folder, env=desk.environment(),
            stdout=subprocess.PIPE,
        )
        for desk in desks
    ]  # fmt: skip
    messages = sum(json.loads(process.communicate()[0])["messages"] for process in started)
    return messages / (time.perf_counter() - began)


def _rollup(folder: Path, desks: dict[City, Desk], environment: dict[str, str], access: Access) -> None:
    text = []
    for city, desk in desks.items():
        card = desk.run("ferry", "card", "--to", PROVINCE).json
        text += [
            "[[region]]", f'name = "{city.zh}"', f'agency = "{card["agency"]}"', f'ledger = "{card["ledger"]}"',
            f'genesis = "{card["genesis"]}"', f"topics = {json.dumps(city.topics)}",
        ]  # fmt: skip
    (folder / "regions.toml").write_text("\n".join(text), "utf-8")
    desk = Desk(folder, {**environment, "GONGZE_DATA_DIR": str(folder / "data")})
    began = time.perf_counter()
    board = desk.ask("rollup", "--regions", "regions.toml", "--once", "--as-of", "2026-03-20")
    took = time.perf_counter() - began
    acts = sum(region["acts"] for region in board["regions"])
    assert all(region["ok"] for region in board["regions"])
    again = time.perf_counter()
    desk.ask("rollup", "--regions", "regions.toml", "--once", "--as-of", "2026-03-20")
    shown = time.perf_counter() - again
    print(
        f"rollup of three regions                   {acts / took:8.0f} acts/s read, verified and shown "
        f"({acts} acts, {len(board['duties'])} duties; read again, with nothing new: {shown:.1f} s)   "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
