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
