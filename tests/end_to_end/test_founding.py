"""A founding that is killed, repeated, doubled or mistaken: no key is lost, and no ledger is without its keys."""

import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import psycopg
import pytest

from events.keys import SigningKey
from tests.end_to_end.conftest import GONGZE, Desk

PASSPHRASE = b"a passphrase of the tests"
KILLED = """
import importlib, os, signal, sys
module, name, number, *arguments = sys.argv[1:]
*path, last = name.split(".")
owner = importlib.import_module(module)
for step in path:
    owner = getattr(owner, step)
real, left = getattr(owner, last), int(number)
def counted(*given, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(owner, last, counted)
from gongze.cli import main
sys.argv = ["gongze", *arguments]
main()
"""
"""Kills itself at the nth call of a function."""

POINTS = [
    ("events.keys", "SigningKey.save", 1),
    ("events.keys", "sync_folder", 1),
    ("events.keys", "SigningKey.save", 2),
    ("gongze.founding", "Ledger.create", 1),
    ("gongze.locality", "Founder.act", 1),
    ("gongze.locality", "Founder.act", 4),
    ("gongze.founding", "Path.hardlink_to", 1),
    ("gongze.founding", "sync_folder", 2),
    ("gongze.founding", "_Keys.settle", 1),
]
DEMO_POINTS = [
    ("events.keys", "Path.replace", 1),
    ("events.keys", "Path.replace", 2),
    ("events.keys", "SigningKey.save", 40),
    ("gongze.locality", "Founder.act", 40),
    ("gongze.founding", "Path.hardlink_to", 1),
    ("gongze.founding", "_Keys.settle", 1),
]
ON_A_SERVER = [
    ("events.keys", "SigningKey.save", 2),
    ("gongze.founding", "Ledger.create", 1),
    ("gongze.locality", "Founder.act", 1),
    ("gongze.founding", "Ledger.catch_up", 1),
    ("gongze.founding", "_Keys.settle", 1),
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "passphrase").write_bytes(PASSPHRASE)
    return Desk(tmp_path, {"GONGZE_KEY_PASSPHRASE_FILE": "passphrase"})


def kill_at(desk: Desk, point: tuple[str, str, int], *arguments: str) -> None:
    module, name, number = point
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, module, name, str(number), *arguments], cwd=desk.folder,
        env=desk.environment(), capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == -9, ran.stderr.decode()


def keys_fit(desk: Desk, demo: Path | None = None) -> None:
    """The keys on disk are the ledger's own, and what it took to make it is gone."""
    data = desk.folder / "gongze-data"
    with desk.open() as ledger:
        registry = ledger.registry()
        genesis = registry.genesis
    assert genesis is not None
    log = SigningKey.load(data / "log.key", None)
    assert genesis.log_key.endswith(b64encode(b"\x01" + log.public).decode())
    if demo is None:
        assert SigningKey.load(data / "operator.key", PASSPHRASE).public.hex() == genesis.operator_key
    else:
        found = {SigningKey.load(path, None).kid.hex() for path in demo.glob("*/*.key")}
        assert set(registry.keys) <= found
        assert SigningKey.load(demo / "operator/1.key", None).public.hex() == genesis.operator_key
    hidden = {p for p in desk.folder.rglob(".*") if not p.name.endswith(".lock")}
    assert hidden == set()
    assert desk.ask("verify")["ok"]


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_real_founding_killed_anywhere_is_repeated_with_the_same_command(desk, point):
    kill_at(desk, point, "init")
    if desk.database.exists():
        assert desk.fails("init", code=2)["code"] == "ledger_exists"
    else:
        desk.run("init")
    keys_fit(desk)


@pytest.mark.parametrize("point", DEMO_POINTS, ids=str)
def test_a_demonstration_killed_anywhere_is_repeated_with_the_same_command(desk, point):
    kill_at(desk, point, "init", "--demo-keys", "keys")
    if desk.database.exists():
        assert desk.fails("init", "--demo-keys", "keys", code=2)["code"] == "ledger_exists"
    else:
        desk.run("init", "--demo-keys", "keys")
    keys_fit(desk, desk.folder / "keys")


@pytest.mark.postgres
@pytest.mark.parametrize("point", ON_A_SERVER, ids=str)
def test_a_founding_on_a_server_killed_anywhere_leaves_the_keys_of_what_was_stored(
    desk, postgres_database, point
):
    desk.settings |= {"GONGZE_DATABASE_URL": postgres_database, "GONGZE_DATA_DIR": "gongze-data"}
    kill_at(desk, point, "init")
    if point[1] in ("Ledger.catch_up", "_Keys.settle"):
        assert desk.fails("init", code=2)["code"] == "ledger_exists"
    elif point[1] == "Founder.act":
        before = content(desk.folder)
        error = desk.fails("init", code=2)
        assert "清空这个数据库" in error["message"]
        assert content(desk.folder) == before
        return
    else:
        desk.run("init")
    keys_fit(desk)


@pytest.mark.postgres
def test_an_emptied_database_is_founded_in_with_the_keys_that_were_made_for_it(desk, postgres_database):
    desk.settings |= {"GONGZE_DATABASE_URL": postgres_database, "GONGZE_DATA_DIR": "gongze-data"}
    kill_at(desk, ("gongze.locality", "Founder.act", 3), "init")
    before = SigningKey.load(desk.folder / "gongze-data/operator.key", PASSPHRASE).kid
    with psycopg.connect(postgres_database, autocommit=True) as server:
        server.execute("DROP SCHEMA public CASCADE")
        server.execute("CREATE SCHEMA public")
    (desk.folder / "passphrase").write_text("another passphrase")
    error = desk.fails("init", code=2)
    assert (error["code"], "口令" in error["message"]) == ("file_exists", True)
    (desk.folder / "passphrase").write_bytes(PASSPHRASE)
    desk.run("init")
    assert SigningKey.load(desk.folder / "gongze-data/operator.key", PASSPHRASE).kid == before
    keys_fit(desk)


def test_a_killed_founding_elsewhere_does_not_lend_its_keys(desk):
    """It may have come to be, for all that can be told here."""
    kill_at(desk, ("gongze.founding", "_Keys.settle", 1), "init")
    before = content(desk.folder)
    error = desk.fails(
        "init", code=2, GONGZE_DATABASE_URL="sqlite:///other.db", GONGZE_DATA_DIR="gongze-data"
    )
    assert error["code"] == "file_exists"
    assert content(desk.folder) == before
    assert not (desk.folder / "other.db").exists()


@pytest.mark.parametrize("more", [[], ["--demo-keys", "keys"]])
def test_the_log_key_of_another_ledger_is_never_replaced(desk, more):
    desk.run("init", "--demo-keys", "first")
    before = content(desk.folder)
    error = desk.fails("init", *more, code=2, GONGZE_DATABASE_URL="sqlite:///other.db",
                       GONGZE_DATA_DIR="gongze-data")  # fmt: skip
    assert error["code"] == "file_exists"
    assert "log.key" in error["message"]
    assert content(desk.folder) == before


def test_a_log_key_that_waits_for_its_backup_is_not_replaced(desk):
    """A founding by mistake, where a restore was meant."""
    desk.run("init")
    desk.database.unlink()
    before = content(desk.folder)
    assert desk.fails("init", code=2)["code"] == "file_exists"
    assert desk.fails("init", "--demo-keys", "keys", code=2)["code"] == "file_exists"
    assert content(desk.folder) == before


@pytest.mark.parametrize("command", [["init"], ["init", "--demo-keys", "keys"]])
def test_of_foundings_at_once_one_stands_and_the_keys_are_its_own(desk, command):
    running = [
        subprocess.Popen([GONGZE, *command], cwd=desk.folder, env=desk.environment(), stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    told = [process.communicate()[1].decode() for process in running]
    assert sorted(process.returncode for process in running) == [0, 2, 2], told
    assert sum("ledger_exists" in one for one in told) == 2
    keys_fit(desk, desk.folder / "keys" if len(command) > 1 else None)


@pytest.mark.postgres
@pytest.mark.parametrize("folders", [("data", "data"), ("data", "other-data")])
def test_of_foundings_at_once_on_a_server_one_stands_and_the_keys_are_its_own(
    desk, postgres_database, folders
):
    desk.settings["GONGZE_DATABASE_URL"] = postgres_database
    running = [
        subprocess.Popen([GONGZE, "init"], cwd=desk.folder, env=desk.environment(GONGZE_DATA_DIR=folder),
                         stderr=subprocess.PIPE)
        for folder in folders
    ]  # fmt: skip
    told = [process.communicate()[1].decode() for process in running]
    codes = [process.returncode for process in running]
    assert sorted(codes) == [0, 2], told
    keys = {folder: (desk.folder / folder / "log.key").exists() for folder in folders}
    assert keys == {folder: folder == folders[codes.index(0)] for folder in folders}
    (desk.folder / folders[codes.index(0)]).rename(desk.folder / "gongze-data")
    keys_fit(desk)


def test_of_simulations_at_once_the_ledger_has_all_its_keys(desk):
    command = [GONGZE, "simulate", "--cases", "2", "--seed", "3"]
    running = [subprocess.Popen(command, cwd=desk.folder, env=desk.environment(), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for _ in range(2)]  # fmt: skip
    told = [process.communicate()[1].decode() for process in running]
    assert 0 in [process.returncode for process in running], told
    desk.run(*command[1:])
    keys_fit(desk, desk.folder / "gongze-data/keys")


@pytest.mark.parametrize("point", [DEMO_POINTS[1], DEMO_POINTS[3], DEMO_POINTS[4]], ids=str)
def test_a_simulation_killed_while_it_founds_is_repeated(desk, point):
    command = ["simulate", "--cases", "2", "--seed", "3"]
    kill_at(desk, point, *command)
    desk.run(*command)
    keys_fit(desk, desk.folder / "gongze-data/keys")


def test_a_simulation_takes_up_no_keys_of_another_one_that_was_killed(desk):
    """The keys are of its seed: with another's it could sign nothing, for good."""
    kill_at(desk, DEMO_POINTS[4], "simulate", "--cases", "2", "--seed", "3")
    before = content(desk.folder)
    assert "1.key" in {path.name for path in before}
    assert "file_exists" in desk.run("simulate", "--cases", "2", "--seed", "4", code=2).err
    assert content(desk.folder) == before


def test_of_foundings_at_once_with_one_folder_of_keys_one_has_it(desk):
    running = [
        subprocess.Popen([GONGZE, "init", "--demo-keys", "keys"], cwd=desk.folder, stderr=subprocess.PIPE,
                         env=desk.environment(GONGZE_DATA_DIR=name, GONGZE_DATABASE_URL=f"sqlite:///{name}/ledger.db"))
        for name in ("one", "other")
    ]  # fmt: skip
    told = [process.communicate()[1].decode() for process in running]
    codes = [process.returncode for process in running]
    assert sorted(codes) == [0, 2], told
    (desk.folder / ("one", "other")[codes.index(0)]).rename(desk.folder / "gongze-data")
    keys_fit(desk, desk.folder / "keys")


def test_the_demonstration_deletes_no_keys_that_it_did_not_make(desk):
    """They lie where `replay --keys` looks for them; only the database was mistyped."""
    keys = desk.folder / "gongze-data/keys/nr.lhasa"
    keys.mkdir(parents=True)
    (keys / "1.key").write_text("ours")
    (keys / "own.key").write_text("ours too")
    ran = desk.run("demo", code=2, GONGZE_DATABASE_URL="sqlite:///mistyped.db", GONGZE_DATA_DIR="gongze-data")
    assert "file_exists" in ran.err
    assert "移走" in ran.err
    assert {path.name: path.read_text() for path in keys.iterdir()} == {
        "1.key": "ours",
        "own.key": "ours too",
    }
    (keys / "own.key").unlink()
    desk.run("demo", code=2, GONGZE_DATABASE_URL="sqlite:///mistyped.db", GONGZE_DATA_DIR="gongze-data")
    assert [path.read_text() for path in keys.iterdir()] == ["ours"]


def test_a_founding_that_fails_leaves_nothing_behind(desk):
    good = b'{"id": "nr.x", "kind": "nr", "name": "x", "level": "city", "region": "540100"}\n'
    (desk.folder / "agencies.jsonl").write_bytes(good * 2)
    before = content(desk.folder)
    assert desk.fails("init", "--agencies", "agencies.jsonl", code=2)["code"] == "case_rule_broken"
    assert content(desk.folder) == before
    (desk.folder / "passphrase").write_text("another passphrase")
    desk.run("init")
