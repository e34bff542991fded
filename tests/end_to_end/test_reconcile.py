"""核账 through the real command: what does not agree between agencies, counted by hand; exit codes and the sheet to sign."""

from typing import Any

import openpyxl

from gongze.books.differences import KIND_ZH
from tests.end_to_end.conftest import CASE, FILING, line


def reconciled(desk, *arguments, code=1):
    answer = desk.ask("reconcile", *arguments, code=code)
    for one in answer["differences"]:
        assert set(one) >= {"kind", "case", "agencies", "duty", "days", "what"}
        assert one["kind"] in KIND_ZH
        assert isinstance(one["days"], int)
        assert one["agencies"]
        assert one["what"]
    return answer["differences"]


def of(found, kind):
    return [d for d in found if d["kind"] == kind]


def test_what_is_late_open_and_not_received(told):
    found = reconciled(told)
    (late,) = [d for d in of(found, "late") if d["duty"] == "copy_application_to_procuratorate"]
    assert (late["case"], late["agencies"], late["days"]) == (CASE, ["nr.lhasa", "procuratorate.lhasa"], 1)
    (receipt,) = of(found, "receipt_unconfirmed")
    # accepted on Friday 13 February; 14, 24, 25, 26, 27, 28 and from 2 to 20 March fifteen more
    assert (receipt["agencies"], receipt["days"]) == (["nr.lhasa", "court.chengguan"], 21)
    (overdue,) = [d for d in of(found, "overdue") if d["duty"] == "rule_on_enforcement"]
    assert overdue["agencies"][0] == "court.chengguan"
    assert of(found, "not_acknowledged") == []


def test_before_it_was_signed_for_it_was_not_acknowledged(told_here):
    (copy,) = of(reconciled(told_here, "--as-of", "2026-02-28"), "not_acknowledged")
    assert (copy["agencies"], copy["duty"], copy["days"]) == (
        ["nr.lhasa", "procuratorate.lhasa"],
        "acknowledge_copy",
        1,
    )


def test_a_ledger_in_which_all_agrees(here):
    assert reconciled(here, code=0) == []
    here.replay([line("CaseFiled", "nr.lhasa", "2026-03-18", FILING)])
    assert reconciled(here, code=0) == []
    assert "0 项" in here.run("reconcile").out


def test_what_two_agencies_say_otherwise_until_it_is_corrected(told_here):
    told_here.replay([
        line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {"accepted_on": "2026-02-12", "review_case_no": "行审18"}),
    ])  # fmt: skip
    found = reconciled(told_here)
    for kind in ("dates_contradict", "numbers_differ"):
        (one,) = of(found, kind)
        assert set(one["agencies"]) == {"nr.lhasa", "court.chengguan"}
    told_here.replay([
        line("StatementCorrected", "nr.lhasa", "2026-02-25",
             {"of": "AcceptanceReceived", "reason": "笔误", "data": {"accepted_on": "2026-02-13", "review_case_no": "行审81"}}),
    ], "--stop-on-error")  # fmt: skip
    found = reconciled(told_here)
    assert (of(found, "dates_contradict"), of(found, "numbers_differ")) == ([], [])


def test_irregular_alone_is_nothing_open(here):
    """An application to a court that is not the land's, on the day itself: nothing is due yet, all is as it was signed."""
    case = {"case": "拉自然资执〔2026〕1号"}
    here.replay([
        line("CaseFiled", "nr.lhasa", "2025-06-02", FILING, **case),
        line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚1", "items": [{"kind": "demolish"}]}, **case),
        line("PenaltyServed", "nr.lhasa", "2025-07-02", {"decision_no": "罚1", "method": "direct"}, **case),
        line("PerformanceDemanded", "nr.lhasa", "2025-09-08", {"decision_no": "罚1"}, **case),
        line("EnforcementApplied", "nr.lhasa", "2025-09-29", {"court": "court.duilong", "decision_no": "罚1"}, **case),
    ], "--stop-on-error")  # fmt: skip
    found = reconciled(here, "--as-of", "2025-09-29", code=0)
    assert {d["kind"] for d in found} == {"irregular"}
    assert "court_not_of_place" in {d["code"] for d in found}


def test_a_paper_that_is_missing_from_the_account(told_here):
    round_ = {"case": "reconciliation/2026-1"}
    expected = {"number": "检建9", "date": "2026-02-20", "from": "procuratorate.lhasa"}
    told_here.replay([
        line("ReconciliationOpened", "nr.lhasa", "2026-03-17",
             {"from": "2026-01-01", "to": "2026-02-28", "agencies": ["court.chengguan", "procuratorate.lhasa"]}, **round_),
        line("DifferenceRaised", "court.chengguan", "2026-03-18", {"expected": expected, "what": "本院存有"}, **round_),
    ], "--stop-on-error")  # fmt: skip
    (missing,) = of(reconciled(told_here), "missing_row")
    assert (missing["days"], set(missing["agencies"])) == (2, {"court.chengguan", "procuratorate.lhasa"})


def test_one_agency_s_sheet(told_here):
    everything = reconciled(told_here)
    mine = reconciled(told_here, "--agency", "procuratorate.lhasa")
    assert mine == [d for d in everything if "procuratorate.lhasa" in d["agencies"]]
    assert reconciled(told_here, "--agency", "nr.dagze", code=0) == []
    assert told_here.fails("reconcile", "--agency", "nr.nowhere", code=2)["code"] == "agency_unknown"
    told_here.run("reconcile", "--agency", "procuratorate.lhasa", "-o", "核账表.xlsx", code=1)
    sheet: Any = openpyxl.load_workbook(told_here.folder / "核账表.xlsx").active
    assert "核对人签字" in {cell.value for cell in sheet[3]}
    assert sheet.max_row == 3 + len(mine) + 2
    told_here.run("reconcile", "-o", "核账表.csv", code=1)
    assert len((told_here.folder / "核账表.csv").read_text("utf-8-sig").splitlines()) == 2 + len(everything)
    assert told_here.fails("reconcile", "-o", "核账表.doc", code=2)["code"] == "format_unknown"


ROUND = {"case": "reconciliation/2026-1"}
COURT, PROCURATORATE = "court.chengguan", "procuratorate.lhasa"
COVERED = "2026-02-28"


def opening(day="2026-03-03", to=COVERED, **more):
    data = {"from": "2026-01-01", "to": to, "agencies": [COURT, PROCURATORATE]}
    return line("ReconciliationOpened", "nr.lhasa", day, data, **{**ROUND, **more})


def confirming(agency, digest, day, **more):
    data = {"agency": agency, "digest": digest}
    return line("AccountConfirmed", agency, day, data, **{**ROUND, **more})


def its_digest(desk, agency, to=COVERED):
    return desk.run("accounts", "--agency", agency, "--as-of", to, "--digest").out.strip()


def standings(desk, *arguments):
    found = desk.ask("reconcile", *arguments, code=None)["confirmations"]
    return {(s["round"].partition("/")[2], s["agency"]): s for s in found}


def states(desk, *arguments):
    return {agency: s["state"] for (_, agency), s in standings(desk, *arguments).items()}


def corrected(day="2026-03-10"):
    data = {"of": "申81", "reason": "案号抄错", "data": {"application_no": "申81之一"}}
    return line("StatementCorrected", "nr.lhasa", day, data)


# 条款 四（三）-1.1
def test_a_confirmation_is_worth_what_the_account_said(told_here):
    told_here.replay([opening()], "--stop-on-error")
    assert states(told_here) == {COURT: "unconfirmed", PROCURATORATE: "unconfirmed"}
    asked = standings(told_here)["2026-1", COURT]
    assert (asked["digest"], asked["to"], asked["open"]) == (its_digest(told_here, COURT), COVERED, True)
    printed = told_here.run("reconcile", "--agency", COURT, code=1).out
    assert f"城关区人民法院：未确认；截至2026年2月28日的账，应确认的摘要 {asked['digest']}" in printed
    told_here.replay([
        confirming(COURT, asked["digest"], "2026-03-05"),
        confirming(PROCURATORATE, "ab" * 32, "2026-03-05"),
    ], "--stop-on-error")  # fmt: skip
    assert states(told_here) == {COURT: "confirmed", PROCURATORATE: "mismatch"}
    assert "已确认但与当时的账不符（2026年3月5日）" in told_here.run("reconcile", code=1).out
    told_here.replay([corrected()], "--stop-on-error")
    assert states(told_here) == {COURT: "changed", PROCURATORATE: "mismatch"}
    found = standings(told_here)
    assert (found["2026-1", COURT]["open"], found["2026-1", PROCURATORATE]["open"]) == (False, True)
    assert found["2026-1", COURT]["confirmed_digest"] == asked["digest"] != found["2026-1", COURT]["digest"]
    told_here.replay([
        confirming(PROCURATORATE, its_digest(told_here, PROCURATORATE), "2026-03-11"),
        confirming(COURT, its_digest(told_here, COURT), "2026-03-12"),
    ], "--stop-on-error")  # fmt: skip
    assert set(states(told_here).values()) == {"confirmed"}
    # as of an earlier day what was confirmed by then counts, against the account as it is known now
    assert states(told_here, "--as-of", "2026-03-04") == {COURT: "unconfirmed", PROCURATORATE: "unconfirmed"}
    assert states(told_here, "--as-of", "2026-03-11") == {COURT: "changed", PROCURATORATE: "confirmed"}


def test_what_an_agency_has_not_confirmed_is_to_be_done_though_nothing_differs(here):
    here.replay([opening()], "--stop-on-error")
    assert here.ask("reconcile", code=1)["differences"] == []
    here.replay([confirming(a, its_digest(here, a), "2026-03-05") for a in (COURT, PROCURATORATE)])
    assert here.ask("reconcile", code=0)["differences"] == []


def test_a_round_that_is_closed_is_looked_at_until_the_next_lists_the_agency(told_here):
    told_here.replay([
        opening(), confirming(COURT, its_digest(told_here, COURT), "2026-03-05"),
        line("ReconciliationClosed", "nr.lhasa", "2026-03-06", {}, **ROUND),
    ], "--stop-on-error")  # fmt: skip
    assert states(told_here) == {COURT: "confirmed", PROCURATORATE: "unconfirmed"}
    assert "这一轮已于2026年3月6日结束，请在下一轮确认" in told_here.run("reconcile", code=1).out
    told_here.replay([opening("2026-03-09", "2026-03-08", case="reconciliation/2026-2")], "--stop-on-error")
    assert set(standings(told_here)) == {("2026-2", COURT), ("2026-2", PROCURATORATE)}
    assert states(told_here, "--round", "2026-1") == {COURT: "confirmed", PROCURATORATE: "unconfirmed"}
    assert states(told_here, "--round", "reconciliation/2026-1")[COURT] == "confirmed"
    assert told_here.fails("reconcile", "--round", "2026-9", code=2)["code"] == "round_unknown"
    # of a round that it takes no part in, no agency learns that there is one
    assert told_here.fails("reconcile", "--round", "2026-1", "--agency", "nr.dagze", code=2) == {
        "code": "round_unknown", "field": "--round", "message": "没有核账“reconciliation/2026-1”，或者本机关不参加，请核对编号",
    }  # fmt: skip


def test_a_party_is_told_of_itself_and_the_department_of_all(told_here):
    told_here.replay([opening()], "--stop-on-error")
    assert states(told_here, "--agency", COURT) == {COURT: "unconfirmed"}
    assert set(states(told_here, "--agency", "nr.lhasa")) == {COURT, PROCURATORATE}
    assert states(told_here, "--agency", "police.chengguan") == {}


def test_a_stamp_counts_for_the_day_it_bears(told_here):
    """The court on paper stamps on the 5th what is recorded on the 11th, after a correction of the 10th."""
    paper = {"agency": COURT, "mode": "paper", "from": "2026-03-01"}
    digest = its_digest(told_here, COURT)
    scan = {
        "kind": "对账单",
        "number": "对账单",
        "title": "对账单（盖章）",
        "sha256": "ab" * 32,
        "media_type": "application/pdf",
        "bytes": 9,
    }
    stamped = {"agency": COURT, "digest": digest, "documents": [scan]}
    how: Any = {"for": COURT, "basis": {"how": "served_original", "obtained_on": "2026-03-11"}}
    told_here.replay([
        line("ParticipationSet", "operator", "2026-03-01", paper, case="registry"),
        opening(), corrected(),
        line("AccountConfirmed", "nr.lhasa", "2026-03-05", stamped, received_at="2026-03-11T10:00:00+08:00",
             **ROUND, **how),
    ], "--stop-on-error")  # fmt: skip
    assert states(told_here)[COURT] == "changed"


def test_a_digest_of_another_day_is_none_of_the_round_s(told_here):
    told_here.replay([opening()], "--stop-on-error")
    other = its_digest(told_here, COURT, "2026-03-05")
    told_here.replay([confirming(COURT, other, "2026-03-05")], "--stop-on-error")
    assert states(told_here)[COURT] == "mismatch"


def test_the_account_as_an_agency_reads_it_says_its_digest(told_here):
    digest = its_digest(told_here, COURT)
    shown = told_here.run("accounts", "--agency", COURT, "--as-of", COVERED).out
    assert f"截至 {COVERED} 的对账摘要（SHA-256）：{digest}\n" in shown
    assert told_here.ask("accounts", "--agency", COURT, "--as-of", COVERED)["digest"] == digest
    assert "digest" not in told_here.ask("accounts")


def test_the_workbook_says_who_confirmed_what(told_here):
    told_here.replay([opening(), confirming(COURT, "ab" * 32, "2026-03-05")], "--stop-on-error")
    told_here.run("reconcile", "-o", "核账表.xlsx", code=1)
    sheet: Any = openpyxl.load_workbook(told_here.folder / "核账表.xlsx")["核对确认"]
    heads, *rows = list(sheet.iter_rows(min_row=3, values_only=True))
    shown = {row[2]: dict(zip(heads, row, strict=True)) for row in rows if row[0]}
    assert shown["城关区人民法院"]["情况"] == "已确认但与当时的账不符"
    assert shown["城关区人民法院"]["所确认的摘要"] == "ab" * 32
    assert shown["拉萨市人民检察院"]["现在的摘要"] == its_digest(told_here, PROCURATORATE)
    told_here.run("reconcile", "--agency", COURT, "-o", "法院.xlsx", code=1)
    page: Any = openpyxl.load_workbook(told_here.folder / "法院.xlsx")["核账表"]
    words = " ".join(str(v) for row in page.iter_rows(values_only=True) for v in row if v)
    assert f"应确认的摘要 {its_digest(told_here, COURT)}" in words


def test_what_lies_between_two_agencies(told_here):
    """The court says that it accepted on the 13th under 行审81; the department has the 12th and 行审18. The copy of the
    27th was signed for on 2 March; what the procuratorate's own register has is on its side."""
    expected = {"number": "检建9", "date": "2026-02-20", "from": PROCURATORATE}
    told_here.replay([
        line("AcceptanceReceived", "nr.lhasa", "2026-02-24", {"accepted_on": "2026-02-12", "review_case_no": "行审18"}),
        opening(),
        line("DifferenceRaised", COURT, "2026-03-18", {"expected": expected, "what": "本院存有"}, **ROUND),
    ], "--stop-on-error")  # fmt: skip

    def sides(one, other, kind, code=1):
        found = told_here.ask("reconcile", "--agency", one, "--with", other, code=code)
        assert (found["agency"], found["with"], found["confirmations"]) == (one, other, [])
        assert all({one, other} <= set(d["agencies"]) for d in found["differences"])
        return [
            (d["sent_on"], d["sent_no"], d["got_on"], d["got_no"]) for d in of(found["differences"], kind)
        ]

    for pair in (("nr.lhasa", COURT), (COURT, "nr.lhasa")):
        assert sides(*pair, "dates_contradict") == [("2026-02-13", "行审81", "2026-02-12", "行审18")]
    assert sides("nr.lhasa", PROCURATORATE, "late")[0] == ("2026-02-27", "申81", "2026-03-02", "申81")
    assert sides(COURT, PROCURATORATE, "missing_row") == [(None, None, "2026-02-20", "检建9")]
    assert sides("nr.lhasa", "nr.dagze", "late", code=0) == []
    told_here.run("reconcile", "--agency", "nr.lhasa", "--with", COURT, "-o", "两家.xlsx", code=1)
    sheet: Any = openpyxl.load_workbook(told_here.folder / "两家.xlsx")["核账表"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "核账表（拉萨市自然资源局与城关区人民法院）"
    (row,) = [r for r in rows if r[1] == "日期不一致"]
    assert (row[4].date().isoformat(), row[5], row[6].date().isoformat(), row[7]) == (
        "2026-02-13", "行审81", "2026-02-12", "行审18",
    )  # fmt: skip
    printed = told_here.run("reconcile", "--agency", "nr.lhasa", "--with", COURT, code=1).out
    assert "核账 拉萨市自然资源局与城关区人民法院" in printed
    assert "核对确认" not in printed


def test_before_it_is_signed_for_only_one_side_speaks(told_here):
    (copy,) = of(reconciled(told_here, "--as-of", "2026-02-28"), "not_acknowledged")
    assert (copy["sent_on"], copy["sent_no"], copy["got_on"]) == ("2026-02-27", "申81", None)


def test_a_pair_is_two_agencies(told_here):
    assert (
        told_here.fails("reconcile", "--agency", COURT, "--with", "court.nowhere", code=2)["field"]
        == "--with"
    )
    told_here.run("reconcile", "--with", COURT, code=2)
    told_here.run("reconcile", "--agency", COURT, "--with", COURT, code=2)
