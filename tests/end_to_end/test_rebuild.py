"""The tables that people read: rebuilt, proved against the ledger, and a case that cannot be folded shown as such."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from docx import Document

from domain.cases import Case
from gongze.script import KeyRing, replay_line
from tests.end_to_end.conftest import CASE, STORY, Desk, line

OTHER = "拉自然资执〔2025〕82号"
STREAM = f"case/{CASE}"


def alter(desk: Desk, *statements: str) -> None:
    """As whoever has the file in hands would, past the software."""
    with closing(sqlite3.connect(desk.database)) as file:
        file.executescript(";".join(statements))


SOUGHT = "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = ?"
CHANGED = "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = ?"


@contextmanager
def unreadable(desk: Desk, version: int) -> Iterator[None]:
    """One act of CASE that no software of today can read, as if a later release had recorded it."""
    with closing(sqlite3.connect(desk.database, isolation_level=None)) as file:
        (sound,) = file.execute(SOUGHT, (STREAM, version)).fetchone()
        file.execute(CHANGED, (b"\x00", STREAM, version))
        yield
        file.execute(CHANGED, (sound, STREAM, version))


def test_a_rebuild_compares_replaces_and_says_what_differed(told):
    board = told.ask("duties")
    alter(told, "DELETE FROM p_duty WHERE holder = 'nr.lhasa'", "UPDATE p_agency SET name = '某局'")
    rebuilt = told.ask("rebuild", code=1)
    tables = {t["name"]: t for t in rebuilt["tables"]}
    assert (rebuilt["acts"], rebuilt["stopped"]) == (told.size, [])
    assert {name for name, t in tables.items() if t["differed"]} == {"p_duty", "p_agency"}
    assert (tables["p_act"]["rows"], tables["p_case"]["rows"]) == (told.size, 1)
    assert told.ask("duties")["duties"] == board["duties"]
    assert "全部相符" in told.run("rebuild").out
    assert told.ask("verify", "--deep")["ok"]


@pytest.mark.parametrize(
    ("change", "table"),
    [("UPDATE p_act SET subjects = '{bad'", "p_act"), ("UPDATE p_duty SET due_on = 'xx'", "p_duty")],
)
def test_a_rebuild_replaces_rows_that_cannot_even_be_read(told, change, table):
    board = told.ask("duties")
    alter(told, change)
    rebuilt = told.ask("rebuild", code=1)
    assert [t["name"] for t in rebuilt["tables"] if t["differed"]] == [table]
    assert told.ask("duties")["duties"] == board["duties"]
    assert told.ask("verify", "--deep")["ok"]


def test_one_projection_alone_is_rebuilt(told):
    told.run("duties")
    alter(told, "DELETE FROM p_duty", "UPDATE p_agency SET name = '某局'")
    rebuilt = told.ask("rebuild", "duty", code=1)
    assert [(t["name"], t["differed"]) for t in rebuilt["tables"]] == [("p_duty", True)]
    faults = told.ask("verify", code=1)["faults"]
    assert {f["what"].partition("：")[0] for f in faults} == {"p_agency"}
    assert "投影只能取" in told.run("rebuild", "board", code=2).err


COPIED_ACT = """CREATE TEMP TABLE one AS SELECT * FROM p_act WHERE "index" = 7; UPDATE one SET "index" = -1;
    INSERT INTO p_act SELECT * FROM one"""
COPIED_DUTY = """CREATE TEMP TABLE one AS SELECT * FROM p_duty LIMIT 1; UPDATE one SET "case" = '别的案';
    INSERT INTO p_duty SELECT * FROM one"""


@pytest.mark.parametrize(
    ("change", "table", "what"),
    [
        ('DELETE FROM p_act WHERE type = "PenaltyServed"', "p_act", "缺少这一条"),
        ('UPDATE p_act SET "index" = 5000 WHERE type = "PenaltyServed"', "p_act", "台账没有这一条"),
        (COPIED_ACT, "p_act", "台账没有这一条"),
        ('UPDATE p_act SET stream = "case/别的案" WHERE type = "PenaltyServed"', "p_act", "与台账的案卷、序号或编号不同"),
        ("DELETE FROM p_case", "p_case", f"缺少 {CASE}"),
        ("UPDATE p_case SET last_index = last_index - 1", "p_case", "只汇总到"),
        ('UPDATE p_case SET "case" = "别的案"', "p_case", "台账没有 别的案"),
        ("DELETE FROM p_application", "p_application", "应有 1 行，实有 0 行"),
        (COPIED_DUTY, "p_duty", "应有 0 行，实有 1 行"),
        ("DELETE FROM p_duty WHERE id = (SELECT min(id) FROM p_duty)", "p_duty", f"{CASE} 应有"),
        ('DELETE FROM p_agency WHERE id = "nr.lhasa"', "p_agency", "机构 nr.lhasa"),
        ('UPDATE p_agency SET id = "nobody" WHERE id = "nr.lhasa"', "p_agency", "机构 nobody"),
    ],
)  # fmt: skip
def test_a_row_too_few_or_too_many_in_any_table_is_found_by_verify(told_here, change, table, what):
    told_here.run("duties")
    assert told_here.ask("verify")["ok"]
    alter(told_here, change)
    faults = told_here.ask("verify", code=1)["faults"]
    assert {f["code"] for f in faults} == {"projection_incomplete"}
    assert any(f["what"].startswith(f"{table}：") and what in f["what"] for f in faults), faults


def test_lag_is_told_with_since_when(told_here):
    def projection() -> str:
        (found,) = (f["what"] for f in told_here.ask("doctor", code=None)["findings"] if f["name"] == "投影")
        return str(found)

    assert projection() == "落后 0 条"
    demanded = line("PerformanceDemanded", "nr.lhasa", "2026-03-05", {"decision_no": "罚81"})
    closed = line("CaseClosed", "nr.lhasa", "2026-03-06", {"reason": "毕"})
    with told_here.open() as ledger:  # recorded by a process that was killed before it folded
        for number, one in enumerate((demanded, closed), 1):
            replay_line(ledger, number, one.encode(), KeyRing(told_here.folder / "keys"))
    assert projection().startswith("落后 2 条，自 2026-03-05T10:00:00+08:00 入账的一条起")
    told_here.run("duties")
    assert projection() == "落后 0 条"


def test_a_case_that_cannot_be_folded_is_told_by_every_command_that_shows_it_until_it_can(told_here):
    other = [one.replace(CASE, OTHER).replace("罚81", "罚82").replace("申81", "申82") for one in STORY]
    with unreadable(told_here, 6):  # the sixth act is the court's acceptance
        told_here.replay(other)
        told_here.ask("rebuild", code=1)  # the case had been folded before
        ran = told_here.run("duties", "--format", "json")
        (stopped,) = ran.json["stopped"]
        index = told_here.size - len(other) - 3  # the sixth of eight
        assert (stopped["case"], stopped["index"]) == (CASE, index)
        assert f"{CASE}自第 {index} 条起的记录无法汇总" in ran.err
        shown: dict[str, set[str]] = {d["case"]: set() for d in ran.json["duties"]}
        for duty in ran.json["duties"]:
            shown[duty["case"]].add(duty["duty"])
        assert "copy_acceptance_to_procuratorate" in shown[OTHER] - shown[CASE]
        told_here.run("duties", "--as-of", "2026-02-11")  # folded anew from the acts: of the same state
        for command in ("accounts", "reconcile"):
            assert CASE in told_here.run(command, code=None).err
        drawn = told_here.run("document", "copy-application", "--case", CASE, "-o", "copy.docx")
        assert f"{CASE}自第 {index} 条起的记录无法汇总" in drawn.err
        exported = told_here.run("calendar", "export", "--officer", "nr.lhasa/1", "-o", "due.ics")
        assert f"自第 {index} 条起的记录无法汇总" in exported.err
        hidden = told_here.run("duties", "--viewer", "court.dagze", "--format", "json")
        assert (
            CASE not in hidden.out + hidden.err
        )  # nobody learns in this way of a case that is not shown to him
        assert "有案卷" in hidden.err
        told_here.run("schedule", "--once", "reconcile", "--as-of", "2026-03-06")
        (run, *_) = told_here.run("jobs", "--job", "reconcile", "--format", "json").json["runs"]
        assert "1 件案卷停下" in run["did"]
        told_here.run(
            "report", "joint-meeting", "--from", "2025-01-01", "--to", "2025-12-31", "-o", "report.docx"
        )
        said = [p.text for p in Document(str(told_here.folder / "report.docx")).paragraphs]
        assert any("有1件案卷自某一条起的记录无法汇总" in text for text in said)
        findings = {f["name"]: f for f in told_here.ask("doctor", code=1)["findings"]}
        assert not findings["停下的案卷"]["ok"]
        assert f"{CASE} 自第 {index} 条起" in findings["停下的案卷"]["what"]
    assert [f["code"] for f in told_here.ask("verify", code=1)["faults"]] == ["projection_stopped"]
    ran = told_here.run("duties", "--format", "json")
    assert (ran.json["stopped"], ran.err) == ([], "")
    assert {d["duty"] for d in ran.json["duties"] if d["case"] == CASE} == shown[OTHER]
    assert told_here.ask("verify", "--deep")["ok"]


def test_a_case_folded_while_it_was_stopped_is_whole_afterwards(told_here):
    with unreadable(told_here, 6):
        told_here.run("rebuild", code=1)
    with told_here.open() as ledger:
        ledger.catch_up()
        case = ledger.dossier(CASE)
        assert isinstance(case, Case)
        assert len(case.acts) == len(STORY)
