"""The commands' manners: exit codes, one JSON document, two languages, settings, and databases that do not answer."""

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from gongze.cli.common import EN
from tests.contract.test_store_faults import program
from tests.end_to_end.conftest import GONGZE, STORY, Desk, Ran, line

NOWHERE = "postgresql://nobody:secret-word@127.0.0.1:1/none"


def chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def test_the_module_is_the_command_and_help_speaks_chinese_or_english(bare):
    helped = bare.run("--help").out
    assert chinese(helped)
    assert chinese(bare.run(code=2).out)
    english = bare.run("--help", GONGZE_LANG="en").out
    assert not chinese(english)
    module = subprocess.run(
        [sys.executable, "-m", "gongze", "--help"],
        cwd=bare.folder,
        env=bare.environment(),
        capture_output=True,
        check=True,
    )
    assert module.stdout.decode().splitlines()[3:] == helped.splitlines()[3:]


@pytest.mark.parametrize("command", [
    "init", "demo", "replay", "record", "sign", "duties", "explain", "deadline", "accounts", "verify", "doctor",
    "key", "key new", "key register", "key rotate", "key revoke", "key list", "key history", "rules", "rules check", "rules show",
])  # fmt: skip
def test_every_command_is_helped_in_chinese(bare, entered, command):
    bare.runner = entered
    assert chinese(bare.run(*command.split(), "--help").out)


def test_refusals_speak_english_too(desk):
    lines = [
        "{", line("CaseFiled", "court.chengguan", "2025-06-02", {}), line("NoSuchThing", "nr.lhasa", "2025-06-02", {}),
        line("NoticeIssued", "nr.lhasa", "2025-06-02", {"notice": "stop_violation", "notice_no": "1"}),
    ]  # fmt: skip
    answer = desk.replay(lines, code=1, GONGZE_LANG="en")
    assert len(answer["refused"]) == len(lines)
    assert not any(chinese(r["message"]) for r in answer["refused"])
    error = desk.fails("replay", "missing.jsonl", "--keys", "keys", code=2, GONGZE_LANG="en")
    assert not chinese(error["message"])
    assert chinese(desk.fails("replay", "missing.jsonl", "--keys", "keys", code=2)["message"])


def test_every_refusal_that_a_command_can_meet_has_its_english_sentence():
    root = Path(__file__).parents[2]
    source = "\n".join(
        p.read_text("utf-8") for room in ("domain", "events", "gongze") for p in (root / room).rglob("*.py")
    )
    raised = set(re.findall(r'\bRefusal\(\s*"([a-z_]+)"', source))
    assert {"schema_invalid", "duplicate", "file_unusable"} <= raised
    assert raised <= set(EN)
    assert not any(chinese(sentence) for sentence in EN.values())


# --- settings -----------------------------------------------------------------------------------------------


def test_unknown_settings_are_a_warning_and_unusable_ones_are_2(desk):
    ran = desk.run("duties", "--format", "json", GONGZE_COLOUR="red")
    assert "GONGZE_COLOUR" in ran.err
    assert ran.json["as_of"] == "2026-03-20"
    for name, value in {
        "GONGZE_LANG": "fr", "GONGZE_NOW": "yesterday", "GONGZE_CONFIG": "missing.toml", "GONGZE_DATABASE_URL": "mysql://x/y",
    }.items():  # fmt: skip
        error = desk.fails("duties", code=None, **{name: value})
        assert error["code"] in ("settings_unusable", "store_unreachable"), name
        assert error["field"] in (name, None)


def test_the_settings_file_is_read_and_the_environment_comes_first(told_here):
    (told_here.folder / "gongze.toml").write_text('now = "2026-02-13T10:00:00+08:00"\ncolour = "red"\n')
    del told_here.settings["GONGZE_NOW"]
    ran = told_here.run("duties", "--format", "json")
    assert ran.json["as_of"] == "2026-02-13"
    assert "colour" in ran.err
    assert told_here.ask("duties", GONGZE_NOW="2026-02-14T10:00:00")["as_of"] == "2026-02-14"
    for wrong in ("now = 3", "[now", "\xff"):
        (told_here.folder / "gongze.toml").write_bytes(wrong.encode("latin-1"))
        assert told_here.fails("duties", code=2)["code"] == "settings_unusable"


# --- no ledger, and a database that does not answer ---------------------------------------------------------


def test_without_a_ledger_a_command_says_what_to_do(bare, entered):
    bare.runner = entered
    script = bare.script(STORY)
    for command in (
        ["duties"],
        ["accounts"],
        ["verify"],
        ["key", "list"],
        ["replay", script],
        ["explain", "abcdef"],
    ):
        error = bare.fails(*command, code=2)
        assert error["code"] == "ledger_missing"
    assert not bare.database.exists()
    bare.run("doctor", code=1)
    assert not bare.database.exists()


def test_a_database_out_of_reach_is_3_and_its_password_is_not_shown(bare, entered):
    bare.runner = entered
    bare.settings["GONGZE_DATABASE_URL"] = NOWHERE
    script = bare.script(STORY)
    (bare.folder / "keys").mkdir()
    commands = (
        ["duties"], ["accounts"], ["verify"], ["key", "list"], ["replay", script, "--keys", "keys"],
        ["init", "--demo-keys", "new-keys"],
    )  # fmt: skip
    for command in commands:
        error = bare.fails(*command, code=3)
        assert error["code"] == "store_unreachable"
        assert "secret-word" not in str(error)
    ran = bare.run("doctor", code=1)
    assert "secret-word" not in ran.out + ran.err
    bare.run("deadline", "copy_application_to_procuratorate", "--from", "2026-02-10", code=3)


def test_founding_the_demonstration_twice_changes_nothing(here):
    before = {p: p.read_bytes() for p in here.folder.rglob("*") if p.is_file()}
    for where in ("keys", "other-keys"):
        assert here.fails("init", "--demo-keys", where, code=2)["code"] == "ledger_exists"
    assert {p: p.read_bytes() for p in here.folder.rglob("*") if p.is_file()} == before


def test_a_folder_of_keys_that_is_not_empty_is_left_alone(bare, entered):
    bare.runner = entered
    (bare.folder / "keys").mkdir()
    (bare.folder / "keys/precious.key").write_text("x")
    assert bare.fails("init", "--demo-keys", "keys", code=2)["code"] == "file_exists"
    assert not bare.database.exists()
    assert [p.name for p in (bare.folder / "keys").iterdir()] == ["precious.key"]


# --- output -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["duties", "--format", "json"], ["duties"], ["key", "list"], ["verify"]])
def test_a_reader_that_goes_away_is_no_failure(told, command):
    process = subprocess.Popen(
        [GONGZE, *command],
        cwd=told.folder,
        env=told.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")


def redirected(desk: Desk, redirection: str, *command: object) -> Ran:
    """What a command does whose output goes where the shell is told."""
    typed = f"{shlex.join([GONGZE, *map(str, command)])} {redirection}"
    ran = subprocess.run(
        [program("bash"), "-c", f"set -o pipefail; {typed}"],
        cwd=desk.folder, env=desk.environment(), capture_output=True, timeout=120,
    )  # fmt: skip
    assert b"Traceback" not in ran.stderr
    assert "意外错误".encode() not in ran.stderr
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


GONE, FULL, CLOSED = "| true", "> /dev/full", ">&-"


def altered(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.database)) as connection:
        connection.execute("UPDATE ledger_log SET received_at_ms = received_at_ms + 1 WHERE idx > 3")
        connection.commit()


@pytest.mark.parametrize("where", [GONE, "| head -1", CLOSED, "2>&1 | true"])
@pytest.mark.parametrize("fmt", ["table", "json"])
def test_what_is_wrong_is_the_exit_code_whoever_reads(told, where, fmt):
    altered(told)
    assert redirected(told, where, "verify", "--format", fmt).code == 1


@pytest.mark.parametrize("where", [GONE, "2>&1 | true", CLOSED, ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("fmt", ["table", "json"])
def test_all_is_recorded_though_the_reader_goes_away(desk, where, fmt):
    size, script = desk.size, desk.script([*STORY, "{"])
    made = redirected(desk, where, "replay", script, "--keys", "keys", "--format", fmt)
    assert (made.code, desk.size) == (1, size + len(STORY))  # one line was refused


@pytest.mark.parametrize("where", [GONE, CLOSED])
@pytest.mark.parametrize("command", ["--help", "duties --help", "duties", "doctor", "rules show"])
def test_a_question_that_nobody_hears_the_answer_of_is_no_failure(told, where, command):
    made = redirected(told, where, *command.split())
    assert made.err == ""
    assert made.code == 0 or command == "doctor"


def test_an_answer_that_finds_no_room_is_told_with_what_was_done(desk):
    size, script = desk.size, desk.script(STORY)
    made = redirected(desk, FULL, "replay", script, "--keys", "keys")
    assert (made.code, desk.size) == (3, size + len(STORY))
    assert f"已入账 {len(STORY)}，退回 0" in made.err
    assert "output_lost" in made.err
    again = redirected(desk, FULL, "replay", script, "--keys", "keys", "--format", "json")
    assert (again.code, json.loads(again.err.splitlines()[-1])["code"]) == (3, "output_lost")
    assert redirected(desk, FULL, "duties").code == redirected(desk, FULL, "verify").code == 3
    assert redirected(desk, FULL, "replay", "none.jsonl", "--keys", "keys").code == 2


def test_output_is_utf8_whatever_the_locale(told):
    ran = told.run("duties", "--format", "json", LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert "拉萨" in ran.out
    table = told.run("duties", LC_ALL="POSIX", PYTHONUTF8="0").out
    assert "责任看板" in table


@pytest.mark.parametrize("call", [
    ["duties", "--case", "\udcff"], ["duties", "--holder", "\udcff"], ["explain", "\udcff"],
    ["document", "copy-application", "--case", "\udcff", "-o", "x.docx"],
    ["document", "copy-application", "--case", "1", "--set", "字段=\udcff", "-o", "x.docx"],
])  # fmt: skip
def test_words_that_are_no_text_are_refused_before_anything_is_asked(told_here, call):
    """Bytes of another encoding than UTF-8 come as lone surrogates."""
    error = told_here.fails(*call, code=2)
    assert (error["code"], "UTF-8" in error["message"], "\udcff" in error["message"]) == (
        "usage",
        True,
        False,
    )


def test_a_file_may_have_a_name_that_is_no_text(told_here):
    script = told_here.folder / "\udcff.jsonl"
    script.write_text(STORY[0])
    assert told_here.run("replay", script, "--keys", "keys").code == 0


def test_an_empty_ledger_has_empty_lists(here):
    owed = here.ask("duties")["duties"]  # meetings, rounds and liaison officers are owed before any case is
    assert {d["case"].partition("/")[0] for d in owed} == {"region"}
    assert here.ask("accounts")["papers"]["enforcement"] == []
    report = here.ask("verify", "--deep")
    assert (report["ok"], report["faults"]) == (True, [])
    assert report["checked"]["statements"] == here.size
    assert len(here.ask("key", "list")["keys"]) == 64  # 32 agencies, a root and an officer's key each
    assert here.run("doctor", "--format", "json", code=None).json["findings"]


# --- rules --------------------------------------------------------------------------------------------------


def test_a_broken_pack_is_1_with_its_lines(bare, entered):
    bare.runner = entered
    assert bare.ask("rules", "check")["ok"]
    (bare.folder / "broken.toml").write_text('id = "ours"\nnonsense = 1\n\n[[duty]]\nid = "x"\n')
    answer = bare.ask("rules", "check", "broken.toml", code=1)
    assert answer["ok"] is False
    assert len(answer["faults"]) > 1
    for fault in answer["faults"]:
        assert set(fault) == {"file", "line", "message"}
        assert isinstance(fault["line"], int)
        assert fault["line"] >= 1
    assert any(f["line"] == 2 for f in answer["faults"])
    for content in (b"\xff\xfe", b"= 1", b""):
        (bare.folder / "broken.toml").write_bytes(content)
        assert bare.ask("rules", "check", "broken.toml", code=1)["faults"]
    shown = bare.ask("rules", "show")
    assert {p["pack"] for p in shown} >= {"lhasa", "statutory"}
    assert [p["pack"] for p in bare.ask("rules", "show", "--pack", "lhasa")] == ["lhasa"]


def test_nothing_is_written_outside_the_folder(told):
    """The ledger, its keys and what one asked for: nothing else appears."""
    before = set(told.folder.rglob("*"))
    for command in (["duties"], ["accounts"], ["verify", "--deep"], ["doctor"], ["key", "list"]):
        told.run(*command, code=None, HOME=str(told.folder), TMPDIR=str(told.folder))
    new = {p.name for p in set(told.folder.rglob("*")) - before}
    assert new <= {"ledger.db-wal", "ledger.db-shm", "ledger.db.lock"}
    assert os.path.lexists(told.database)
