"""Backup, restore and move as an operator types them: killed anywhere, on a full disk, two at once."""

import json
import shutil
import subprocess
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.contract.test_store_faults import program
from tests.end_to_end.conftest import GONGZE, Desk, line
from tests.tracing import strace

LATER = line(
    "EnforcementGranted", "court.chengguan", "2026-03-09", {"ruling_no": "裁81", "executor": "court"}
)


EMPTY_ROOT = sha256(b"").hexdigest()
"""Of a log without acts."""


def killed(desk: Desk, call: str, number: int, *arguments: object) -> bool:
    """Run the command; SIGKILL reaches it at its `number`th system call of that name. Whether it did."""
    ran = subprocess.run(
        [strace(), "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
         "-e", f"inject={call}:signal=SIGKILL:when={number}", GONGZE, *map(str, arguments)],
        cwd=desk.folder, env=desk.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120,
    )  # fmt: skip
    assert b"Traceback" not in ran.stderr
    return ran.returncode != 0


def with_ledger(desk: Desk, url: str) -> Desk:
    """The same desk with its ledger at another place."""
    return replace(desk, settings={**desk.settings, "GONGZE_DATABASE_URL": url})


def spare(desk: Desk, folder: str = "spare") -> Desk:
    return with_ledger(desk, f"sqlite:///{desk.folder}/{folder}/ledger.db")


def content(desk: Desk) -> list[tuple[int, bytes, bytes]]:
    with desk.open() as ledger:
        return [(e.index, e.statement, e.leaf_hash) for e in ledger.entries()]


def test_an_operator_backs_up_restores_and_sees_what_the_older_copy_lacks(told_here: Desk):
    made = told_here.ask("backup", "-o", "backups/")  # a folder by its slash, though it is not there yet
    assert made["size"] == made["last_index"] + 1 == told_here.size
    assert sorted(path.name for path in (told_here.folder / "backups").iterdir()) == [
        made["file"],
        f"{made['file']}.json",
    ]
    receipts = told_here.folder / "later.json"
    receipts.write_text(json.dumps(told_here.replay([LATER])), "utf-8")
    assert told_here.ask("verify", "--receipt", receipts)["checked"]["receipts"] == 1
    shown = spare(told_here).run("restore", made["path"]).out
    assert made["root"] in shown
    report = spare(told_here).ask("verify", "--receipt", receipts, code=1)
    assert [(f["code"], f["index"]) for f in report["faults"]] == [("ledger_older", made["size"])]
    assert "比回执旧" in spare(told_here).run("verify", "--receipt", receipts, code=1).out
    assert told_here.ask("verify", "--receipt", f"{made['path']}.json")["ok"]
    # the sender sends the same act again, and the spare ledger has it
    spare(told_here).replay([LATER])
    assert spare(told_here).ask("verify", "--deep", "--receipt", receipts)["ok"]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("{}", "第 1 张不是回执"), ('{"leaf": 1}', "第 1 张不是回执"), ('"a"', "第 1 张不是回执"), ("[1]", "第 1 张不是回执"),
        ('{"size": true, "root": "00"}', "第 1 张不是回执"),
        (f'{{"size": -1, "root": "{EMPTY_ROOT}"}}', "第 1 张不是回执"), (f'{{"size": 0, "root": "{EMPTY_ROOT}"}}', "第 1 张不是回执"),
        (f'{{"size": 3, "root": "{EMPTY_ROOT[:-2]}"}}', "第 1 张不是回执"), ("[" * 100_000, "不是 JSON"), ('{"leaf": ', "不是 JSON"),
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_told_in_one_sentence(told: Desk, shown: str, said: str):
    (told.folder / "shown.json").write_text(shown, "utf-8")
    error = told.fails("verify", "--receipt", "shown.json", code=2)
    assert error["code"] == "file_unusable"
    assert error["message"].startswith(said) or error["message"].endswith(said)


def test_what_cannot_be_done_says_so_with_its_code(told_here: Desk):
    told_here.run("backup", "-o", "copy.db")
    assert told_here.fails("backup", "-o", "copy.db", code=2)["code"] == "file_exists"
    assert told_here.fails("backup", "-o", "nowhere/copy.db", code=2)["code"] == "file_unusable"
    assert told_here.fails("restore", "copy.db", code=2)["code"] == "ledger_exists"
    assert spare(told_here).fails("restore", "none.db", code=2)["code"] == "file_unusable"
    for no_file in (".", "..", "/", ""):
        assert spare(told_here).fails("restore", no_file, code=2)["code"] == "file_unusable"
    assert told_here.fails("move", "--to", "sqlite:///x.db", code=2)["code"] == "settings_unusable"
    assert told_here.fails("verify", "--receipt", "none.json", code=2)["code"] == "file_unusable"
    away = "postgresql://nobody:secret@127.0.0.1:1/none"
    refused = told_here.fails("move", "--to", away, code=3)
    assert refused["code"] == "store_unreachable"
    assert "secret" not in str(refused)
    with (told_here.folder / "copy.db").open("r+b") as file:
        file.seek(100_000)
        file.write(b"damage")
    assert spare(told_here).fails("restore", "copy.db", code=2)["code"] == "verification_failed"
    assert spare(told_here).fails("backup", "-o", "x.db", code=2)["code"] == "ledger_missing"


def test_a_killed_backup_leaves_a_whole_copy_or_none_and_the_next_one_is_made(told_here: Desk):
    before = content(told_here)
    struck = 0
    for number, (call, when) in enumerate([("pwrite64", 90), ("fsync", 1), ("link", 1), ("link", 2)]):
        name = f"copy{number}.db"
        struck += killed(told_here, call, when, "backup", "-o", name)
        if (told_here.folder / name).exists():
            again = told_here.fails("backup", "-o", name, code=2)
            assert again["code"] == "file_exists"
            assert "中断了的备份" in again["message"] or (told_here.folder / f"{name}.json").exists()
            (told_here.folder / "look").mkdir()
            shutil.copy(told_here.folder / name, told_here.folder / "look/ledger.db")
            assert content(spare(told_here, "look")) == before
            shutil.rmtree(told_here.folder / "look")
        else:
            assert not (told_here.folder / f"{name}.json").exists()
    assert struck == 4
    told_here.run("backup", "-o", "last.db")
    assert [path.name for path in told_here.folder.iterdir() if path.name.startswith(".")] == []
    spare(told_here).run("restore", "last.db")
    assert content(spare(told_here)) == before


def test_a_killed_restore_leaves_the_whole_ledger_or_none_and_can_be_run_again(told_here: Desk):
    before = content(told_here)
    told_here.run("backup", "-o", "copy.db")
    struck, in_place = 0, []
    for number, (call, when) in enumerate([("write", 1), ("fsync", 1), ("link", 1), ("rmdir", 1)]):
        place = spare(told_here, f"spare{number}")
        struck += killed(place, call, when, "restore", "copy.db")
        if (told_here.folder / f"spare{number}/ledger.db").exists():
            in_place.append(call)
            assert place.fails("restore", "copy.db", code=2)["code"] == "ledger_exists"
        else:
            place.run("restore", "copy.db")
        assert content(place) == before
        assert place.ask("verify")["ok"]
    assert struck == 4
    assert "rmdir" in in_place
    assert not {"write", "fsync"} & set(in_place)


@pytest.mark.postgres
def test_a_killed_move_goes_on_and_is_no_ledger_before(told_here: Desk, postgres_database: str):
    before = content(told_here)
    there = with_ledger(told_here, postgres_database)
    # while it marks the database, makes the tables, copies, and brings the documents
    for when in (10, 22, 42, 58):
        assert killed(told_here, "sendto", when, "move", "--to", postgres_database)
        assert there.run("duties", code=None).code in (2, 3)
    moved = told_here.ask("move", "--to", postgres_database)
    assert moved["size"] == len(before)
    assert "@" not in moved["to"]
    assert content(told_here) == content(there) == before
    there.replay([LATER])
    assert there.ask("verify", "--deep")["ok"]


def test_of_two_backups_to_one_file_at_once_one_is_made(told: Desk):
    both = [
        subprocess.Popen([GONGZE, "backup", "-o", "copy.db"], cwd=told.folder, env=told.environment(),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    errors = [process.communicate()[1] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 2], [0, 3]), errors  # it was there already, or the other was still at it
    spare(told).run("restore", "copy.db")
    assert content(spare(told)) == content(told)


def test_of_two_restores_at_once_one_is_put_in_place(told: Desk):
    told.run("backup", "-o", "copy.db")
    both = [
        subprocess.Popen([GONGZE, "restore", "copy.db"], cwd=told.folder, env=spare(told).environment(),
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]  # fmt: skip
    errors = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 2], [0, 3]), errors
    assert content(spare(told)) == content(told)


def test_a_backup_is_made_while_a_replay_records(desk: Desk):
    """The copy is of one moment: a beginning of what the ledger holds in the end."""
    from gongze import sample

    script = desk.script(sample.script()[:40], "sample.jsonl")
    with subprocess.Popen(
        [GONGZE, "replay", str(script), "--keys", "keys"], cwd=desk.folder, env=desk.environment(),
        stdout=subprocess.PIPE, encoding="utf-8",
    ) as replay:  # fmt: skip
        assert replay.stdout is not None
        replay.stdout.readline()  # it has begun
        made = desk.ask("backup", "-o", "copy.db")
        replay.stdout.read()
    whole = content(desk)
    spare(desk, "look").run("restore", "copy.db")
    assert content(spare(desk, "look")) == whole[: made["size"]]
    assert desk.ask("verify", "--receipt", "copy.db.json")["ok"]


def test_a_full_disk_is_told_as_such_and_nothing_stays(told: Desk, tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        [program("mount"), "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.fail("this test mounts a small disk: run it as root")
    try:
        refused = told.fails("backup", "-o", disk / "copy.db", code=2)
        assert refused["code"] == "file_unusable"
        assert "已满" in refused["message"]
        assert list(disk.iterdir()) == []
        told.run("backup", "-o", "copy.db")
        refused = told.fails("restore", "copy.db", code=2, GONGZE_DATABASE_URL=f"sqlite:///{disk}/ledger.db")
        assert refused["code"] == "file_unusable"
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run([program("umount"), str(disk)], check=True)
