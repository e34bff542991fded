"""The two books through the real command: the enforcement register, counted by hand; cases, balance, digest, files."""

import csv
import hashlib
import io
import json
from typing import Any

import openpyxl

from tests.end_to_end.conftest import CASE, line, real_command

ROW: dict[str, Any] = {
    "case": str, "parties": list, "court": str, "application_no": (str, type(None)), "applied_on": str,
    "accepted_on": (str, type(None)), "granted_on": (str, type(None)), "outcome": str, "evidence": str, "copies": dict,
}  # fmt: skip
COPY = {"due_on", "copied_on", "acknowledged_on", "days_late", "state"}


def enforcement(desk, *arguments):
    answer = desk.ask("accounts", *arguments)
    assert set(answer) >= {"as_of", "papers", "cases", "balance"}
    for row in answer["papers"]["enforcement"]:
        for key, kind in ROW.items():
            assert isinstance(row[key], kind), (key, row)
        assert set(row["copies"]) == {"application", "acceptance", "ruling"}
        assert all(set(copy) >= COPY for copy in row["copies"].values())
    return answer["papers"]["enforcement"]


# 条款 四（三）-1.1
def test_one_row_an_application(told):
    (row,) = enforcement(told)
    assert (row["case"], row["parties"], row["court"]) == (CASE, ["甲公司"], "court.chengguan")
    assert (row["application_no"], row["applied_on"], row["accepted_on"]) == (
        "申81",
        "2026-02-10",
        "2026-02-13",
    )
    assert row["granted_on"] is None
    # due on the 26th (seven working days across the festival), copied on the 27th: one working day late
    assert {k: row["copies"]["application"][k] for k in COPY} == {
        "due_on": "2026-02-26", "copied_on": "2026-02-27", "acknowledged_on": "2026-03-02", "days_late": 1,
        "state": "discharged_late",
    }  # fmt: skip
    # the acceptance notice is not received, the ruling not made: what is to follow does not run
    for name in ("acceptance", "ruling"):
        copy = row["copies"][name]
        assert (copy["due_on"], copy["copied_on"], copy["days_late"], copy["state"]) == (
            None,
            None,
            None,
            "not_running",
        )


def test_days_late_grow_while_it_is_not_copied(told_here):
    def copy(day):
        (row,) = enforcement(told_here, "--as-of", day)
        return row["copies"]["application"]

    assert (copy("2026-02-26")["days_late"], copy("2026-02-26")["copied_on"]) == (0, None)
    notified = line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {})
    told_here.replay([notified])
    # seven working days after 24 February: 25, 26, 27, the make-up Saturday 28, 2, 3, 4 March
    (row,) = enforcement(told_here, "--as-of", "2026-03-10")
    acceptance = row["copies"]["acceptance"]
    assert (acceptance["due_on"], acceptance["state"]) == ("2026-03-04", "overdue")
    assert acceptance["days_late"] == 4  # 5, 6, 9, 10 March
    (row,) = enforcement(told_here, "--as-of", "2026-03-04")
    assert row["copies"]["acceptance"]["days_late"] == 0


def test_as_of_a_day_before_there_was_anything(told_here):
    assert enforcement(told_here, "--as-of", "2026-02-09") == []
    (row,) = enforcement(told_here, "--as-of", "2026-02-12")
    assert row["accepted_on"] is None


def test_an_agency_sees_what_concerns_it(told_here):
    for agency in ("nr.lhasa", "court.chengguan", "procuratorate.lhasa"):
        assert len(enforcement(told_here, "--agency", agency)) == 1
    assert enforcement(told_here, "--agency", "nr.duilong") == []


def test_files_for_a_spreadsheet(told_here):
    told_here.run("accounts", "--book", "cases", "-o", "台账.csv")
    content = (told_here.folder / "台账.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 3
    title, heads, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert "2026-03-20" in title[1]
    assert len(heads) == len(row)
    assert {CASE, "甲公司", "罚81"} <= set(row)
    assert told_here.run("accounts", "--format", "csv", "--book", "cases").out.encode() == content
    papers = list(
        csv.reader(io.StringIO(told_here.run("accounts", "--format", "csv").out.removeprefix("\ufeff")))
    )
    copied = next(line for line in papers if "抄送申请材料" in line)
    assert {CASE, "申81", "2026-02-26", "2026-02-27", "2026-03-02"} <= set(copied)
    assert {len(line) for line in papers[1:]} == {len(papers[1])}
    told_here.run("accounts", "-o", "台账.json")
    assert (told_here.folder / "台账.json").read_text("utf-8") == told_here.run(
        "accounts", "--format", "json"
    ).out
    told_here.run("accounts", "-o", "no/such/folder.csv", code=2)
    told_here.run("accounts", "-o", "台账.xlsx")
    sheets = openpyxl.load_workbook(told_here.folder / "台账.xlsx").worksheets
    assert [s.title for s in sheets] == ["文书账", "案件账"]
    assert CASE in {cell.value for cell in sheets[1][5]}


def test_a_file_of_another_kind_is_not_written(told_here):
    assert told_here.fails("accounts", "-o", "台账.doc", code=2)["code"] == "format_unknown"
    told_here.run("accounts", "--book", "all", code=2)
    told_here.run("accounts", "--from", "2026-06-30", "--to", "2026-01-01", code=2)
    assert not list(told_here.folder.glob("台账*"))


def test_the_case_and_why_it_is_on_the_books(told_here):
    (row,) = told_here.ask("accounts")["cases"]
    assert (row["key"], row["state"], row["opened_on"]) == (f"cases/{CASE}", "open", "2025-06-02")
    assert row["missing"] == ["第1项（责令限期拆除）未履行、未执行", "违法状态未经现场核实消除"]
    assert (row["demanded_on"], row["applications"][0]["review_case_no"]) == (["2026-01-12"], "行审81")
    told_here.replay([
        line("EnforcementGranted", "court.chengguan", "2026-02-24", {"ruling_no": "裁81", "executor": "court"}),
        line("ExecutionCompleted", "court.chengguan", "2026-03-06", {"result": "full", "ruling_no": "裁81"}),
        line("RemovalVerified", "nr.lhasa", "2026-03-10", {"what": "已拆除", "on_site": True}),
    ])  # fmt: skip
    (row,) = told_here.ask("accounts")["cases"]
    assert (row["state"], row["closed_on"], row["missing"]) == ("closed", "2026-03-10", [])
    (row,) = told_here.ask("accounts", "--as-of", "2026-03-09")["cases"]
    assert row["state"] == "open"


def balance(desk, *arguments):
    found = desk.ask("accounts", *arguments)["balance"]
    assert found["balanced"] is True
    for one in (found["papers"], found["cases"], *found["registers"].values()):
        assert one["opening"] + one["new"] - one["written_off"] == one["closing"]
    return found


ROUND = {"case": "reconciliation/2026-1"}


def test_a_case_is_written_off_in_a_round_and_comes_back(told_here):
    found = balance(told_here)
    assert (found["from"], found["to"]) == ("2026-01-01", "2026-06-30")
    assert found["cases"] == {"opening": 1, "new": 0, "reinstated": 0, "written_off": 0, "closing": 1}
    earlier = balance(told_here, "--from", "2025-01-01", "--to", "2025-12-31")
    assert earlier["cases"] == {"opening": 0, "new": 1, "reinstated": 0, "written_off": 0, "closing": 1}
    row = {"row": f"cases/{CASE}"}
    told_here.replay([
        line("ReconciliationOpened", "nr.lhasa", "2026-03-02",
             {"from": "2025-07-01", "to": "2025-12-31", "agencies": ["court.chengguan"]}, **ROUND),
        line("WriteOffProposed", "nr.lhasa", "2026-03-03", {**row, "ground": "cannot_be_executed"}, **ROUND),
        line("WriteOffAgreed", "nr.xizang", "2026-03-04", row, **ROUND),
    ], "--stop-on-error")  # fmt: skip
    found = balance(told_here)
    assert found["cases"] == {"opening": 1, "new": 0, "reinstated": 0, "written_off": 1, "closing": 0}
    (shown,) = told_here.ask("accounts")["cases"]
    assert (shown["state"], shown["ground"]) == ("closed", "cannot_be_executed")
    told_here.replay(
        [line("RowReinstated", "nr.lhasa", "2026-03-10", {**row, "reason": "发现财产"}, **ROUND)]
    )
    found = balance(told_here)
    assert found["cases"] == {"opening": 1, "new": 1, "reinstated": 1, "written_off": 1, "closing": 1}
    assert balance(told_here, "--as-of", "2026-03-09")["cases"]["closing"] == 0


def test_the_digest_is_of_what_was_printed(told_here):
    printed = told_here.ask("accounts", "--agency", "court.chengguan")
    named = {k: printed[k] for k in ("agency", "as_of", "cases", "ledger", "papers")}
    spelled = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(spelled.encode()).hexdigest()
    assert told_here.run("accounts", "--agency", "court.chengguan", "--digest").out == f"{digest}\n"
    assert told_here.ask("accounts", "--agency", "court.chengguan", "--digest")["digest"] == digest
    assert told_here.fails("accounts", "--digest", code=2)["code"] == "agency_unknown"
    assert told_here.fails("accounts", "--agency", "court.nowhere", code=2)["code"] == "agency_unknown"
    confirmed = {"agency": "court.chengguan", "digest": digest}
    told_here.replay([
        line("ReconciliationOpened", "nr.lhasa", "2026-03-19",
             {"from": "2025-07-01", "to": "2025-12-31", "agencies": ["court.chengguan"]}, **ROUND),
        line("AccountConfirmed", "court.chengguan", "2026-03-20", confirmed, **ROUND),
    ], "--stop-on-error")  # fmt: skip


def test_the_table_lists_what_is_on_the_books(told):
    shown = told.run("accounts").out
    for words in (
        "文书账 截至 2026-03-20",
        "案件账 截至 2026-03-20：未销账 1 件",
        "违法状态未经现场核实消除",
        "结余 2026-01-01 至 2026-06-30",
    ):
        assert words in shown


def test_a_party_named_like_a_formula_stays_text(told_here):
    case = {"case": "拉自然资执〔2025〕82号"}
    name = "=1+2"
    filing = {"title": "案", "parties": [{"name": name}], "violation": "unapproved_land_use", "source": "patrol",
              "place": {"region": "540102", "address": "村"}}  # fmt: skip
    told_here.replay([
        line("CaseFiled", "nr.lhasa", "2025-06-02", filing, **case),
        line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚82", "items": [{"kind": "demolish"}]}, **case),
        line("PenaltyServed", "nr.lhasa", "2025-07-04", {"decision_no": "罚82", "method": "direct"}, **case),
        line("PerformanceDemanded", "nr.lhasa", "2026-01-12", {"decision_no": "罚82"}, **case),
        line("EnforcementApplied", "nr.lhasa", "2026-02-11", {"court": "court.chengguan", "decision_no": "罚82"}, **case),
    ])  # fmt: skip
    cells = next(
        r
        for r in csv.reader(io.StringIO(told_here.run("accounts", "--format", "csv", "--book", "cases").out))
        if case["case"] in r
    )
    assert f"'{name}" in cells
    assert name not in cells


def test_a_place_that_cannot_be_written_is_named_in_one_sentence(told_here):
    """A real process: what its libraries print while they go down would be seen by the officer as well."""
    for command in ("accounts", "reconcile"):
        ran = real_command(
            [command, "-o", "没有的文件夹/台账.xlsx"], told_here.folder, told_here.environment()
        )
        assert (ran.code, ran.out) == (2, "")
        assert (
            ran.err == "错误 [file_unusable] 文件无法读写：没有的文件夹 不存在，请核对路径，或先建立文件夹\n"
        )
