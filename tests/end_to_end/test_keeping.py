"""What the clock lays down: reconciliation sheets, query sheets, a month's sheets as computed and their digest."""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from domain.refusal import Refusal
from gongze import keeping
from gongze.books import sheets
from gongze.keyfiles import OneKey
from tests.end_to_end.conftest import Desk, line

BEFORE = {"GONGZE_NOW": "2026-02-28T08:30:00+08:00"}
"""Saturday, worked: the copy of the 27th has not been signed for."""
MARCH = {"GONGZE_NOW": "2026-03-02T08:30:00+08:00"}
KEY = {"GONGZE_OPERATOR_KEY": "keys/operator/1.key"}


def once(desk: Desk, job: str, settings: dict[str, str], code: int = 0) -> str:
    return desk.run("schedule", "--once", job, code=code, **settings).out


@pytest.fixture
def out(told_here: Desk) -> Path:
    return told_here.folder / "gongze-data/out"


def test_each_agency_concerned_gets_a_sheet_to_sign_and_the_pairs_are_counted(told_here, out):
    told = once(told_here, "reconcile", BEFORE)
    sheet = load_workbook(out / "reconcile/procuratorate.lhasa.xlsx")["核账表"]
    words = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert {"核对意见", "核对人签字"} <= words
    assert any("未签收" in word for word in words)
    document = json.loads((out / "reconcile/pairs.json").read_text("utf-8"))
    assert document["as_of"] == "2026-02-28"
    between = {tuple(p["agencies"]): p["kinds"] for p in document["pairs"]}
    assert between["nr.lhasa", "procuratorate.lhasa"]["not_acknowledged"] == 1
    expected = told_here.ask("reconcile", code=None, **BEFORE)["differences"]
    assert f"{len(expected)} 项不一致" in told


def test_the_sheets_of_the_day_before_are_replaced(told_here, out):
    once(told_here, "reconcile", BEFORE)
    (out / "reconcile/nr.gone.xlsx").write_bytes(b"")
    once(told_here, "reconcile", MARCH)
    assert not (out / "reconcile/nr.gone.xlsx").exists()
    assert json.loads((out / "reconcile/pairs.json").read_text("utf-8"))["as_of"] == "2026-03-02"
    assert not [p for p in out.iterdir() if p.name.startswith(".")]


def test_a_months_sheets_are_kept_as_computed_and_their_digest_is_in_the_ledger(told_here, out):
    told = once(told_here, "sheets", {**MARCH, **KEY})
    assert "摘要已入账" in told
    folder = out / "sheets/2026-02"
    content = (folder / "清单.json").read_bytes()
    listed = json.loads(content)
    assert (listed["from"], listed["to"]) == ("2026-02-01", "2026-02-28")
    with told_here.open() as ledger:
        (kept,) = ledger.registry().sheets
    assert kept.digest == hashlib.sha256(content).hexdigest()
    for one in listed["sheets"]:
        assert hashlib.sha256((folder / one["file"]).read_bytes()).hexdigest() == one["digest"]
        assert (folder / f"{one['agency']}.xlsx").exists()
        asked = told_here.run(
            "accounts", "--as-of", "2026-02-28", "--agency", one["agency"], "--digest", **MARCH
        )
        assert asked.out.strip() == one["digest"]  # what the agency itself confirms
    assert told_here.run("verify").out.count("全部相符") == 1


def test_a_later_correction_shows_as_one(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    folder = out / "sheets/2026-02"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    told_here.replay([line("StatementCorrected", "nr.lhasa", "2026-03-03",
                           {"of": "申81", "reason": "案号抄错", "data": {"application_no": "申81之一"}})])  # fmt: skip
    assert "已经做过" in once(told_here, "sheets", {**MARCH, **KEY})
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    now = told_here.run("accounts", "--as-of", "2026-02-28", "--agency", "nr.lhasa", "--digest").out.strip()
    assert now != hashlib.sha256(before["nr.lhasa.json"]).hexdigest()


def test_what_was_kept_may_be_confirmed_though_the_account_changed_before_that(told_here, out):
    """The court confirms in March what was kept on the 2nd, after a correction of the 3rd."""
    round_ = {"case": "reconciliation/2026-2月"}
    once(told_here, "sheets", {**MARCH, **KEY})
    kept = {
        one["agency"]: one["digest"]
        for one in json.loads((out / "sheets/2026-02/清单.json").read_text("utf-8"))["sheets"]
    }
    told_here.replay([
        line("StatementCorrected", "nr.lhasa", "2026-03-03",
             {"of": "申81", "reason": "案号抄错", "data": {"application_no": "申81之一"}}),
        line("ReconciliationOpened", "nr.lhasa", "2026-03-04",
             {"from": "2026-02-01", "to": "2026-02-28", "agencies": ["court.chengguan"]}, **round_),
        line("AccountConfirmed", "court.chengguan", "2026-03-05",
             {"agency": "court.chengguan", "digest": kept["court.chengguan"]}, **round_),
    ], "--stop-on-error")  # fmt: skip
    (standing,) = told_here.ask("reconcile", code=None)["confirmations"]
    assert standing["state"] == "changed"


def kept(desk, *more, month="2026-02", code=0):
    return desk.ask("reconcile", "--kept", month, *more, code=code)


def corrected_later(desk):
    desk.replay([line("StatementCorrected", "nr.lhasa", "2026-03-03",
                      {"of": "申81", "reason": "案号抄错", "data": {"application_no": "申81之一"}})])  # fmt: skip


def test_a_kept_month_is_what_was_kept_and_what_changed_since_is_listed(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    found = kept(told_here)
    listed = json.loads((out / "sheets/2026-02/清单.json").read_text("utf-8"))
    assert {f["file"] for f in listed["files"]} == {p.name for p in (out / "sheets/2026-02").iterdir()} - {
        "清单.json"
    }
    assert found["files"] == len(listed["files"]) == 3 * len(listed["sheets"])
    assert (found["faults"], found["changes"], found["whole"]) == ([], [], True)
    with told_here.open() as ledger:
        (act,) = [a for a in ledger.intake.history.registry_acts() if a.type == "SheetsKept"]
    assert found["index"] == act.index
    corrected_later(told_here)
    changes = kept(told_here)["changes"]  # a correction is no fault
    court = [
        c for c in changes if c["agency"] == "court.chengguan" and c["key"].startswith("papers/enforcement/")
    ]
    assert [(c["change"], c["case"], c["fields"]) for c in court] == [
        (
            "changed",
            "拉自然资执〔2025〕81号",
            [{"field": "application_no", "then": "申81", "now": "申81之一"}],
        )
    ]
    mine = kept(told_here, "--agency", "court.chengguan")
    assert {c["agency"] for c in mine["changes"]} == {"court.chengguan"}
    assert (mine["files"], mine["faults"]) == (3, [])
    told = told_here.run("reconcile", "--kept", "2026-02").out
    assert "0 处不符" in told
    assert "申请书文号：申81 → 申81之一" in told


def test_rows_that_came_and_went_since(told_here, out):
    """What is recorded late of a February day is new in February's books; what is struck out is gone from them."""
    filing = {
        "title": "案", "parties": [{"name": "乙"}], "violation": "other", "source": "patrol",
        "place": {"region": "540102", "address": "某地"},
    }  # fmt: skip
    early, late = "拉自然资执〔2026〕8号", "拉自然资执〔2026〕9号"
    report = {"government": "government.chengguan", "report_no": "报1"}
    told_here.replay([
        line("CaseFiled", "nr.lhasa", "2026-02-26", filing, case=early),
        line("ViolationReported", "nr.lhasa", "2026-02-27", report, case=early),
    ], "--stop-on-error")  # fmt: skip
    once(told_here, "sheets", {**MARCH, **KEY})
    told_here.replay([
        line("StatementVoided", "nr.lhasa", "2026-03-03", {"of": "ViolationReported", "reason": "wrong_case"}, case=early),
        line("CaseFiled", "nr.lhasa", "2026-02-27", filing, case=late, received_at="2026-03-04T10:00:00+08:00"),
    ], "--stop-on-error")  # fmt: skip
    changes = {
        (c["key"].rpartition("/")[0], c["case"]): c["change"]
        for c in kept(told_here, "--agency", "nr.lhasa")["changes"]
    }
    assert changes["papers/violation_report", early] == "gone"
    assert changes["cases", late] == "new"


def test_whoever_touches_what_was_kept_is_found_out(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    folder = out / "sheets/2026-02"
    sheet = folder / "court.chengguan.核账表.xlsx"
    sheet.write_bytes(sheet.read_bytes() + b" ")
    (folder / "nr.lhasa.xlsx").unlink()
    (folder / "另一份.xlsx").write_bytes(b"")
    faults = {(f["code"], f["file"]) for f in kept(told_here, code=1)["faults"]}
    assert faults == {
        ("file_changed", "court.chengguan.核账表.xlsx"), ("file_missing", "nr.lhasa.xlsx"), ("file_unlisted", "另一份.xlsx"),
    }  # fmt: skip
    content = (folder / "清单.json").read_text("utf-8")
    (folder / "清单.json").write_text(content.replace("nr.lhasa.xlsx", "../../../ledger.db"), "utf-8")
    found = kept(told_here, code=1)
    assert found["index"] is None
    faults = {(f["code"], f["file"]) for f in found["faults"]}
    assert {("list_not_registered", "清单.json"), ("file_missing", "../../../ledger.db")} <= faults
    (folder / "清单.json").write_text("[]", "utf-8")
    assert told_here.fails("reconcile", "--kept", "2026-02", code=2)["code"] == "file_unusable"
    assert told_here.fails("reconcile", "--kept", "2026-01", code=2)["code"] == "month_not_kept"
    assert told_here.fails("reconcile", "--kept", "../../keys", code=2)["code"] == "format_unknown"
    told_here.run("reconcile", "--kept", "2026-02", "--as-of", "2026-02-28", code=2)


def test_the_list_of_another_month_is_none_of_this_one(told_here, out):
    """Its digest is in the ledger, and its files are what it says."""
    once(told_here, "sheets", {**MARCH, **KEY})
    once(told_here, "sheets", {"GONGZE_NOW": "2026-04-01T08:30:00+08:00", **KEY})
    shutil.rmtree(out / "sheets/2026-02")
    shutil.copytree(out / "sheets/2026-03", out / "sheets/2026-02")
    refused = told_here.fails("reconcile", "--kept", "2026-02", code=2)
    assert (refused["code"], refused["field"]) == ("file_unusable", "--kept")
    assert kept(told_here, month="2026-03")["faults"] == []


def test_an_agencys_files_are_not_those_of_one_whose_id_begins_with_its_own(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    path = out / "sheets/2026-02/清单.json"
    listed = json.loads(path.read_text("utf-8"))
    listed["files"].append({"file": "court.chengguan.二庭.json", "sha256": "0" * 64})
    path.write_text(json.dumps(listed, ensure_ascii=False), "utf-8")
    found = kept(told_here, "--agency", "court.chengguan", code=1)
    assert (found["files"], [f["code"] for f in found["faults"]]) == (3, ["list_not_registered"])


def test_a_list_of_before_is_still_read(told_here, out):
    """It named the accounts alone: they are checked, and it is said that the workbooks cannot be."""
    once(told_here, "sheets", MARCH)
    path = out / "sheets/2026-02/清单.json"
    listed = json.loads(path.read_text("utf-8"))
    del listed["files"]
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert "摘要已入账" in once(told_here, "sheets", {"GONGZE_NOW": "2026-04-01T08:30:00+08:00", **KEY})
    found = kept(told_here)
    assert (found["whole"], found["files"], found["faults"]) == (False, len(listed["sheets"]), [])
    assert "无从核对" in told_here.run("reconcile", "--kept", "2026-02").out
    (out / "sheets/2026-02/court.chengguan.json").write_bytes(b"{}")
    assert [f["code"] for f in kept(told_here, code=1)["faults"]] == ["file_changed"]


def test_the_sheet_that_is_signed_says_which_account_it_goes_with(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    for one in json.loads((out / "sheets/2026-02/清单.json").read_text("utf-8"))["sheets"]:
        page = load_workbook(out / f"sheets/2026-02/{one['agency']}.核账表.xlsx")["核账表"]
        words = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None]
        assert f"两本账截至2026年2月28日的对账摘要（SHA-256）：{one['digest']}" in words


def test_the_day_s_sheet_says_what_is_to_be_confirmed(told_here, out):
    """Dagze's police is concerned by no difference; as long as it has not confirmed its account, it has a sheet."""
    told_here.replay([
        line("ReconciliationOpened", "nr.lhasa", "2026-02-28",
             {"from": "2026-01-01", "to": "2026-01-31", "agencies": ["police.dagze"]}, "reconciliation/2026-1"),
    ], "--stop-on-error")  # fmt: skip
    assert "1 个账目待核对确认" in once(told_here, "reconcile", BEFORE)
    digest = told_here.run(
        "accounts", "--agency", "police.dagze", "--as-of", "2026-01-31", "--digest", **BEFORE
    ).out.strip()
    sheet = load_workbook(out / "reconcile/police.dagze.xlsx")["核账表"]
    words = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(f"未确认；截至2026年1月31日的账，应确认的摘要 {digest}" in word for word in words)


def test_without_the_operators_key_the_sheets_are_kept_and_that_is_said(told_here, out):
    size = told_here.size
    assert "摘要未入账" in once(told_here, "sheets", MARCH)
    assert (out / "sheets/2026-02/清单.json").exists()
    assert told_here.size == size
    with told_here.open() as ledger:
        key = OneKey.load(told_here.folder / "keys/nr.lhasa/1.key", ledger.settings).key
        with pytest.raises(Refusal):
            keeping.keep_month(ledger, out, date(2026, 3, 2), key)
    other = {"GONGZE_OPERATOR_KEY": "keys/nr.lhasa/1.key", "GONGZE_NOW": "2026-04-02T08:30:00+08:00"}
    assert "不是本台账运行单位的密钥" in once(told_here, "sheets", other, code=1)
    once(told_here, "sheets", {**other, **KEY})
    with told_here.open() as ledger:
        registered = {one.digest for one in ledger.registry().sheets}
    digests = {
        hashlib.sha256((out / f"sheets/2026-0{month}/清单.json").read_bytes()).hexdigest() for month in (2, 3)
    }
    assert registered == digests  # the month that had to wait for the key as well


def test_who_is_stopped_half_way_leaves_no_half_month(told_here, out, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sheets, "write_account", full)
    assert "失败" in once(told_here, "sheets", {**MARCH, **KEY}, code=1)
    assert not (out / "sheets/2026-02").exists()
    assert told_here.run("jobs", code=1, **MARCH).out.count("No space left") == 1
    monkeypatch.undo()
    assert "摘要已入账" in once(told_here, "sheets", {**MARCH, **KEY})
    assert [p.name for p in (out / "sheets").iterdir()] == ["2026-02"]


def test_a_folder_that_is_no_kept_month_stops_no_other(told_here, out):
    """One of an earlier month is left alone; one of the month to keep is not written over, and that is said."""
    (out / "sheets/2026-01").mkdir(parents=True)
    (out / "sheets/某年某月-留存").mkdir()
    assert "摘要已入账" in once(told_here, "sheets", {**MARCH, **KEY})
    (out / "sheets/2026-03").mkdir()
    (out / "sheets/2026-03/别人的.txt").write_text("x")
    later = {"GONGZE_NOW": "2026-04-01T08:30:00+08:00", **KEY}
    assert "2026-03 里有文件而没有 清单.json" in once(told_here, "sheets", later, code=1)
    (out / "sheets/2026-03/别人的.txt").unlink()
    assert "摘要已入账" in once(told_here, "sheets", later)


def test_the_months_that_were_missed_are_kept_on_return(told_here, out):
    once(told_here, "sheets", {**MARCH, **KEY})
    kept = (out / "sheets/2026-02/清单.json").read_bytes()
    told = once(told_here, "sheets", {"GONGZE_NOW": "2026-06-01T08:30:00+08:00", **KEY})
    assert [told.count(month) for month in ("2026-02", "2026-03", "2026-04", "2026-05")] == [0, 1, 1, 1]
    assert told.count("摘要已入账") == 3
    assert (out / "sheets/2026-02/清单.json").read_bytes() == kept
    with told_here.open() as ledger:
        months = [(one.from_.isoformat(), one.to.isoformat()) for one in ledger.registry().sheets]
    assert months == [
        ("2026-02-01", "2026-02-28"), ("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-05-31"),
    ]  # fmt: skip
    shutil.rmtree(out / "sheets")  # on a new machine: what the ledger says was kept is not computed again
    told = once(told_here, "sheets", {"GONGZE_NOW": "2026-07-01T08:30:00+08:00", **KEY})
    assert [p.name for p in (out / "sheets").iterdir()] == ["2026-06"]


def test_agencies_on_paper_are_asked_each_week(told_here, out):
    told_here.replay([
        line("ParticipationSet", "operator", "2026-02-20", {"agency": "court.chengguan", "mode": "paper", "from": "2026-02-20"},
             case="registry"),
    ])  # fmt: skip
    assert "1 个纸质机关，1 份回执单" in once(told_here, "querysheets", BEFORE)
    assert [p.name for p in (out / "querysheets/2026-W09").iterdir()] == ["court.chengguan.xlsx"]


def test_the_year_that_is_not_published_is_named_with_what_hangs_on_it(told_here):
    """Filed on 1 December 2026: the penalty is due within ninety days, on 1 March 2027."""
    told_here.replay([
        line("CaseFiled", "nr.lhasa", "2026-12-01", {
            "title": "案", "parties": [{"name": "乙"}], "violation": "other", "source": "patrol",
            "place": {"region": "540102", "address": "某地"}}, case="拉自然资执〔2026〕9号"),
    ], GONGZE_NOW="2026-12-07T08:30:00+08:00")  # fmt: skip
    now = {"GONGZE_NOW": "2026-12-07T08:30:00+08:00"}
    duties = told_here.ask("duties", **now)["duties"]
    waiting = [d for d in duties if d["provisional"] and d["discharged_on"] is None and (d["due_on"] or "") > "2027"
               and d["state"] not in ("cancelled",)]  # fmt: skip
    assert any(d["duty"] == "decide_penalty" or d["case"] == "拉自然资执〔2026〕9号" for d in waiting)
    assert f"2027 年日历未公布：{len(waiting)} 个届满日为暂定" in once(told_here, "calendar", now)


def test_after_each_half_year_the_reports_are_drafted(told_here, out):
    now = {"GONGZE_NOW": "2026-07-01T09:00:00+08:00"}
    assert "2026-H1：1 个地区" in once(
        told_here, "reports", now
    )  # the city's, whose department has the one case
    folder = out / "reports/2026-H1"
    drafts = {f"540100{print_}{kind}" for print_ in ("", ".内部") for kind in (".docx", ".xlsx")}
    assert {p.name for p in folder.iterdir()} == drafts
    assert told_here.ask("report", "check", folder / "540100.xlsx", **now)["differing"] == []


def test_a_handover_after_the_half_year_drafts_no_report_for_who_takes_over(told_here, out, monkeypatch):
    monkeypatch.setattr("gongze.reporting.drafting.write", lambda path, _: path.write_bytes(b""))
    change = {"region": "540102", "from_agency": "nr.lhasa", "to_agency": "nr.chengguan", "on": "2026-07-01"}
    told_here.replay([line("BoundaryChanged", "operator", "2026-03-20", change, case="registry")])
    now = {"GONGZE_NOW": "2026-07-01T09:00:00+08:00"}
    assert "2026-H1：1 个地区" in once(told_here, "reports", now)
    assert not list((out / "reports/2026-H1").glob("540102*"))


def test_the_notice_of_a_meeting_that_is_convened_is_drafted_once(told_here, out):
    meeting = {
        "kind": "regular", "on": "2026-03-17", "agenda": [{"class": "通报", "text": "上半年情况"}], "attendees": ["court.lhasa"],
    }  # fmt: skip
    told_here.replay([
        line("MeetingConvened", "nr.lhasa", "2026-03-02", meeting, "meeting/拉2026-1"),
        line("MeetingConvened", "nr.lhasa", "2026-03-03", {**meeting, "on": "2026-03-10"}, "meeting/拉2026-2"),
        line("MeetingHeld", "nr.lhasa", "2026-03-10", {"attended": ["court.lhasa"], "absent": []}, "meeting/拉2026-2"),
    ])  # fmt: skip
    assert "1 份" in once(
        told_here, "notices", {"GONGZE_NOW": "2026-03-11T09:00:00+08:00"}
    )  # no half-year ends soon
    (draft,) = (out / "meetings").iterdir()
    assert draft.name == "meeting_拉2026-1.2026-03-17.docx"
    draft.write_bytes(b"what an office has made of it")
    assert "0 份" in once(told_here, "notices", {"GONGZE_NOW": "2026-03-12T09:00:00+08:00"})
    assert draft.read_bytes() == b"what an office has made of it"


def test_before_the_half_year_ends_an_invitation_to_the_meeting_that_is_owed_is_drafted(told_here, out):
    """Twenty working days before 30 June, a Tuesday: 30, 29, then by weeks 26 to 22, 18 to 15 (the 19th is the Dragon Boat
    Festival), 12 to 8, 5 to 2 June make 20; so from 1 June on, and not on 29 May."""
    held = {
        "kind": "regular",
        "on": "2026-03-17",
        "agenda": [{"class": "通报", "text": "上半年情况"}],
        "attendees": ["court.lhasa"],
    }
    told_here.replay([
        line("MeetingConvened", "nr.chengguan", "2026-03-02", held, "meeting/城2026-1"),
        line("MeetingHeld", "nr.chengguan", "2026-03-17", {"attended": ["court.lhasa"], "absent": []}, "meeting/城2026-1"),
    ])  # fmt: skip
    assert "0 份" in once(told_here, "notices", {"GONGZE_NOW": "2026-05-29T09:00:00+08:00"})
    once(told_here, "notices", {"GONGZE_NOW": "2026-06-01T09:00:00+08:00"})
    drafts = {path.name for path in (out / "meetings").iterdir()}
    assert "region_540100.2026-06-30前.docx" in drafts
    assert "region_540102.2026-06-30前.docx" not in drafts  # Chengguan has met
    paper = Document(str(out / "meetings/region_540100.2026-06-30前.docx"))
    text = "\n".join(p.text for p in paper.paragraphs)
    assert "拉萨市自然资源局\n【待填：成文日期】" in text
    for known in ("拉萨市人民法院、", "拉萨市人民检察院", "定期会议", "1. 通报：【待填：内容】"):
        assert known in text
    for blank in ("【待填：会议日期】", "【待填：会议时间】", "【待填：会议地点】"):
        assert blank in text
    assert "0 份" in once(told_here, "notices", {"GONGZE_NOW": "2026-06-02T09:00:00+08:00"})
    told_here.replay([line("MeetingConvened", "nr.lhasa", "2026-06-03", {**held, "on": "2026-06-25"}, "meeting/拉2026-1")],
                     GONGZE_NOW="2026-06-03T18:00:00+08:00")  # fmt: skip
    assert "1 份" in once(told_here, "notices", {"GONGZE_NOW": "2026-06-04T09:00:00+08:00"})
    assert (out / "meetings/meeting_拉2026-1.2026-06-25.docx").exists()
    now = {"GONGZE_NOW": "2026-06-04T09:00:00+08:00"}
    told_here.run("document", "meeting-notice", "--for", "nr.dagze", "-o", "n.docx", **now)
    for agency in ("nr.lhasa", "court.lhasa"):  # one has convened it, the other never does
        refused = told_here.fails(
            "document", "meeting-notice", "--for", agency, "-o", "no.docx", code=2, **now
        )
        assert refused["code"] == "document_unavailable"
