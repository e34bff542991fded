"""文书账: what keeps a paper's row open, and what closes it. Source: 拉萨实施意见 四（三）.

Days as in `tests.worlds`: filed 2025-08-01, decided 2025-10-10, applied 2026-02-10, accepted 02-12, granted 02-24.
"""

from dataclasses import replace
from typing import Any

import pytest

from domain import discipline, meetings
from gongze.books import papers
from gongze.books.balance import Turn
from tests.accounting import paper, sources, told
from tests.streams import COMMITMENT
from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    NR,
    PROCURATORATE,
    RULING,
    World,
    accepted,
    applied,
    day,
    decided,
    filed,
    granted,
)

POLICE, DISCIPLINE, GOVERNMENT, CITY_COURT = (
    "police.lhasa",
    "discipline.lhasa",
    "government.lhasa",
    "court.lhasa",
)
FOUR = [DISCIPLINE, CITY_COURT, PROCURATORATE, POLICE]
REPORT = "报1"


def reported(on: str = "2025-08-02") -> World:
    world = filed()
    world.act("ViolationReported", NR, on, government=GOVERNMENT, report_no=REPORT)
    return world


def share(world: World, kind: str, no: str, on: str, to: list[str]) -> str:
    return world.act("DocumentShared", NR, on, kind=kind, document_no=no, to=to).id


def acknowledge(world: World, of: str, by: str, on: str) -> None:
    world.act("CopyAcknowledged", by, on, of=of)


def states(row: dict[str, Any]) -> dict[str, str]:
    return {d["to"]: d["state"] for d in row["deliveries"]}


# --- the six shared documents -------------------------------------------------------------------------------------


def test_a_report_stays_on_the_books_until_the_government_and_the_four_have_signed_for_it():
    world = reported()
    row = paper("violation_report", world, "2025-08-10")
    assert (row["key"], row["document_no"], row["made_by"], row["made_on"]) == (
        f"papers/violation_report/{world.case.acts[-1].id}", REPORT, NR, "2025-08-02",
    )  # fmt: skip
    assert states(row) == {GOVERNMENT: "sent", **dict.fromkeys(FOUR, "not_sent")}
    assert (row["state"], row["opened_on"], row["closed_on"]) == ("open", "2025-08-02", None)
    assert row["missing"] == [
        "lhasagovernment未签收", "未送lhasadiscipline、lhasacourt、lhasaprocuratorate、lhasapolice",
    ]  # fmt: skip
    shared = share(world, "violation_report", REPORT, "2025-08-12", FOUR)
    acknowledge(world, world.case.acts[1].id, GOVERNMENT, "2025-08-13")
    for number, agency in enumerate(FOUR):
        assert paper("violation_report", world, "2025-08-20")["state"] == "open"
        acknowledge(world, shared, agency, f"2025-08-{14 + number}")
    row = paper("violation_report", world, "2025-08-20")
    assert set(states(row).values()) == {"acknowledged"}
    assert (row["state"], row["closed_on"], row["missing"]) == ("closed", "2025-08-17", [])
    assert paper("violation_report", world, "2025-08-16")["state"] == "open"


def test_a_paper_that_comes_back_is_sent_again():
    world = decided()
    first = share(world, "penalty_decision", DECISION, "2025-10-20", [POLICE])
    world.act("CopyReturned", POLICE, "2025-10-21", of=first, missing=["决定书第二页"])
    row = paper("penalty_decision", world, "2025-10-30")
    assert (states(row)[POLICE], row["missing"][0]) == ("returned", "lhasapolice退回，未补送")
    again = share(world, "penalty_decision", DECISION, "2025-10-22", [POLICE])
    acknowledge(world, again, POLICE, "2025-10-23")
    row = paper("penalty_decision", world, "2025-10-30")
    assert states(row)[POLICE] == "acknowledged"
    assert len([d for d in row["deliveries"] if d["to"] == POLICE]) == 1


def test_a_receipt_recorded_with_the_signed_sheet_is_worth_closing_a_row():
    world = decided()
    shared = share(world, "penalty_decision", DECISION, "2025-10-20", FOUR)
    for agency in FOUR:
        world.on_behalf("CopyAcknowledged", agency, NR, "2025-10-24", of=shared)
    row = paper("penalty_decision", world, "2025-10-30")
    assert (row["state"], row["evidence"]) == ("closed", "attested_doc")
    world.act("ActDisputed", POLICE, "2025-10-28", of=world.case.acts[-1].id, field="received_on",
              own_value="未收到", reason="没有收到")  # fmt: skip
    row = paper("penalty_decision", world, "2025-10-30")
    assert (row["state"], row["missing"]) == ("open", ["送lhasapolice的记录有争议"])


def test_what_was_sent_by_word_of_mouth_alone_closes_nothing():
    world = decided()
    world.on_behalf("SuggestionIssued", PROCURATORATE, NR, "2025-11-03", how="phone", scan=False,
                    suggestion_no="检1", to=NR, subject="inaction")  # fmt: skip
    world.act("SuggestionReplied", NR, "2025-11-10", suggestion_no="检1", adopted=True, measures="已整改")
    acknowledge(world, world.case.acts[-1].id, PROCURATORATE, "2025-11-11")
    row = paper("suggestions", world, "2025-11-20")
    assert (row["state"], row["evidence"]) == ("open", "attested_oral")
    assert row["missing"] == ["送lhasanr仅有口头代录，未见书面依据"]


def test_an_application_and_a_ruling_are_papers_of_their_own():
    world = granted()
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    world.act("ApplicationCopied", NR, "2026-02-13", materials=[{"title": "申请书"}])
    world.act("RulingCopied", NR, "2026-02-27", ruling_no=RULING)
    application, ruling = (
        paper("enforcement_application", world, "2026-03-02"),
        paper("court_ruling", world, "2026-03-02"),
    )
    assert (application["document_no"], application["made_by"]) == (APPLICATION, NR)
    assert (ruling["document_no"], ruling["made_by"], ruling["made_on"]) == (RULING, COURT, "2026-02-24")
    assert states(application)[PROCURATORATE] == states(ruling)[PROCURATORATE] == "sent"


def test_a_criminal_referral_is_on_the_books_once_it_is_made_not_while_it_is_being_approved():
    world = decided()
    world.act(
        "ReferralReportSubmitted",
        NR,
        "2025-11-03",
        referral_no="移1",
        at="2025-11-03T09:00:00+08:00",
        by="二人",
    )
    assert papers.book(sources(world, "2025-11-05"))["crime_referral"] == []
    world.act("CrimeReferred", NR, "2025-11-06", referral_no="移1", to=POLICE, suspected_crime="非法占用农用地罪",
              copied_to=[PROCURATORATE])  # fmt: skip
    row = paper("crime_referral", world, "2025-11-07")
    assert (row["opened_on"], row["key"]) == ("2025-11-06", f"papers/crime_referral/{world.case.acts[-2].id}")
    assert states(row)[POLICE] == states(row)[PROCURATORATE] == "sent"
    world.act("CrimeReferralReceived", POLICE, "2025-11-07", referral_no="移1")
    assert states(paper("crime_referral", world, "2025-11-07"))[POLICE] == "acknowledged"


def test_papers_of_an_old_case_were_exchanged_before_there_was_a_ledger():
    world = World()
    world.act(
        "CaseCarriedForward", NR, "2026-01-05", case_no=world.case.id, parties=[{"name": "甲公司"}], stage="已处罚",
        source_row="7", prior_acts=[{"type": "PenaltyDecided", "number": "旧罚1", "on": "2023-05-06"}],
    )  # fmt: skip
    assert world.case.decisions
    assert papers.book(sources(world, "2026-01-10"))["penalty_decision"] == []


# --- enforcement ------------------------------------------------------------------------------------------------


def test_an_application_leaves_the_books_when_all_three_copies_are_signed_for():
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-11", materials=[{"title": "申请书"}])
    acknowledge(world, APPLICATION, PROCURATORATE, "2026-02-12")
    row = paper("enforcement", world, "2026-02-12")
    assert (row["state"], row["missing"]) == ("open", ["法院尚未受理"])
    accepted(world)
    assert paper("enforcement", world, "2026-02-12")["missing"] == ["法院尚未裁定", "未登记取得受理通知书"]
    world.act("AcceptanceReceived", NR, "2026-02-13")
    granted(world)
    world.act("RulingReceived", NR, "2026-02-25", ruling_no=RULING)
    assert paper("enforcement", world, "2026-02-26")["missing"] == [
        "报送受理通知书：未送lhasaprocuratorate", "报送裁定书：未送lhasaprocuratorate",
    ]  # fmt: skip
    for copy, on in (("AcceptanceCopied", "2026-02-14"), ("RulingCopied", "2026-02-26")):
        data = {"ruling_no": RULING} if copy == "RulingCopied" else {}
        sent = world.act(copy, NR, on, **data)
        assert paper("enforcement", world, "2026-03-05")["state"] == "open"
        acknowledge(world, sent.id, PROCURATORATE, "2026-03-02")
    row = paper("enforcement", world, "2026-03-05")
    assert (row["state"], row["closed_on"], row["missing"]) == ("closed", "2026-03-02", [])
    assert row["key"] == f"papers/enforcement/{row['application']}"


def refused() -> World:
    world = accepted()
    world.act("AcceptanceReceived", NR, "2026-02-13")
    for type_, data in (
        ("ApplicationCopied", {"materials": [{"title": "申请书"}]}),
        ("AcceptanceCopied", {}),
    ):
        acknowledge(world, world.act(type_, NR, "2026-02-13", **data).id, PROCURATORATE, "2026-02-14")
    world.act("EnforcementRefused", COURT, "2026-02-24", ruling_no=RULING, reasons="明显缺乏事实根据")
    return world


def test_an_application_that_was_refused_waits_for_no_ruling_to_be_copied():
    row = paper("enforcement", refused(), "2026-02-28")
    assert (row["state"], row["closed_on"], row["outcome"]) == ("closed", "2026-02-24", "refused")


def turned_away(**how: Any) -> World:
    """Not accepted, as the department recorded it for the court; the copy of the application was signed for."""
    world = applied()
    copied = world.act("ApplicationCopied", NR, "2026-02-11", materials=[{"title": "申请书"}])
    acknowledge(world, copied.id, PROCURATORATE, "2026-02-12")
    world.on_behalf(
        "EnforcementNotAccepted", COURT, NR, "2026-02-13", reasons="材料不全", ruling_no="裁9", **how
    )
    return world


def test_what_the_court_only_said_on_the_telephone_or_disputes_is_no_result():
    unproven = ["法院的处理结果仅有口头代录或者有争议"]
    assert paper("enforcement", turned_away(how="phone", scan=False), "2026-03-30")["missing"] == unproven
    world = turned_away()
    assert paper("enforcement", world, "2026-03-30")["closed_on"] == "2026-02-13"
    act = world.case.acts[-1].id
    world.act("ActDisputed", COURT, "2026-02-20", of=act, field="occurred_on", own_value="无", reason="没有")
    assert paper("enforcement", world, "2026-03-30")["missing"] == unproven


def test_a_ruling_known_by_its_receipt_alone_is_no_result_where_the_court_says_otherwise():
    world = accepted()
    receipt = world.act("RulingReceived", NR, "2026-02-27", ruling_no=RULING, result="granted", made_on="2026-02-24",
                        application=APPLICATION)  # fmt: skip
    unproven = "法院的处理结果仅有口头代录或者有争议"
    assert unproven not in paper("enforcement", world, "2026-03-30")["missing"]
    world.act(
        "ActDisputed", COURT, "2026-03-02", of=receipt.id, field="result", own_value="不准予", reason="没有"
    )
    assert unproven in paper("enforcement", world, "2026-03-30")["missing"]


def test_the_court_reconciles_the_application_not_the_copies_that_it_is_not_shown():
    row = paper("enforcement", applied(), "2026-03-20", COURT)
    assert {c["state"] for c in row["copies"].values()} == {"not_running"}
    assert row["missing"] == ["法院尚未受理"]


# --- papers that ask for an answer ---------------------------------------------------------------------------------


def test_a_suggestion_is_closed_by_a_reply_that_is_signed_for():
    world = decided()
    world.act("SuggestionIssued", PROCURATORATE, "2025-11-03", suggestion_no="检1", to=NR, subject="inaction")
    row = paper("suggestions", world, "2025-11-04")
    assert row["missing"] == ["lhasanr未签收", "未回复"]
    assert row["answer"] == {"what": None, "due_on": None, "on": None, "days_late": None}
    acknowledge(world, "检1", NR, "2025-11-05")
    # two months from the receipt: 5 January, a working Monday
    answer = paper("suggestions", world, "2025-11-06")["answer"]
    assert answer == {"what": None, "due_on": "2026-01-05", "on": None, "days_late": 0}
    reply = world.act(
        "SuggestionReplied", NR, "2025-11-20", suggestion_no="检1", adopted=True, measures="已整改"
    )
    row = paper("suggestions", world, "2025-11-21")
    assert row["missing"] == ["lhasaprocuratorate未签收"]
    acknowledge(world, reply.id, PROCURATORATE, "2025-11-24")
    row = paper("suggestions", world, "2025-11-25")
    assert (row["closed_on"], row["answer"]["what"], row["answer"]["on"]) == (
        "2025-11-24", "SuggestionReplied", "2025-11-20",
    )  # fmt: skip


def test_what_its_sender_withdraws_is_off_the_books():
    world = decided()
    world.act("SuggestionIssued", PROCURATORATE, "2025-11-03", suggestion_no="检1", to=NR, subject="inaction")
    world.act("SuggestionWithdrawn", PROCURATORATE, "2025-11-05", suggestion_no="检1")
    assert paper("suggestions", world, "2025-11-06")["closed_on"] == "2025-11-05"
    acknowledge(world, "检1", NR, "2025-11-20")
    assert paper("suggestions", world, "2025-11-21")["closed_on"] == "2025-11-05"


def test_what_was_answered_and_signed_for_stays_off_since_then_when_it_is_cancelled():
    declined = ("AssistanceDeclined", POLICE, "2026-03-02", {"reasons": "警力不足"})
    world = helped(declined, ("AssistanceCancelled", COURT, "2026-03-09", {}))
    assert paper("assistance", world, "2026-03-20")["closed_on"] == "2026-03-02"
    asked = decided()
    asked.act("SuggestionIssued", PROCURATORATE, "2025-11-03", suggestion_no="检1", to=NR, subject="inaction")
    asked.act("SuggestionReplied", NR, "2025-11-20", suggestion_no="检1", adopted=True, measures="已整改")
    asked.act("SuggestionWithdrawn", PROCURATORATE, "2025-12-15", suggestion_no="检1")
    assert paper("suggestions", asked, "2025-12-31")["closed_on"] == "2025-12-15"


def helped(*acts: tuple[str, str, str, dict[str, Any]]) -> World:
    world = granted()
    world.act(
        "ExecutorDesignated",
        "government.chengguan",
        "2026-02-26",
        ruling_no=RULING,
        executing_agency="government.chengguan",
    )
    world.act("AssistanceRequested", COURT, "2026-02-27", assistance_no="协1", to=POLICE, at="2026-03-10T09:00:00+08:00",
              place="示例村", tasks=["cordon"])  # fmt: skip
    for type_, actor, on, data in acts:
        world.act(type_, actor, on, assistance_no="协1", **data)
    return world


NOT_RENDERED = ("AssistanceNotRendered", COURT, "2026-03-11", {"what": "无人到场"})


@pytest.mark.parametrize(
    ("acts", "state", "missing"),
    [
        ([], "open", ["lhasapolice未签收", "未答复、未到场"]),
        ([("AssistanceConfirmed", POLICE, "2026-03-02", {})], "open", ["未答复、未到场"]),
        ([("AssistanceProvided", POLICE, "2026-03-10", {})], "closed", []),
        ([("AssistanceDeclined", POLICE, "2026-03-02", {"reasons": "警力不足"})], "closed", []),
        ([("AssistanceCancelled", COURT, "2026-03-03", {})], "closed", []),
        ([NOT_RENDERED], "open", ["lhasapolice未签收", "未按请求协助"]),
        ([("AssistanceProvided", POLICE, "2026-03-10", {}), NOT_RENDERED], "open", ["未按请求协助"]),
        ([("AssistanceDeclined", POLICE, "2026-03-02", {"reasons": "警力不足"}), NOT_RENDERED], "open", ["未按请求协助"]),
        ([NOT_RENDERED, ("AssistanceProvided", POLICE, "2026-03-11", {})], "open", ["未按请求协助"]),
        ([NOT_RENDERED, ("AssistanceProvided", POLICE, "2026-03-13", {})], "closed", []),
        ([NOT_RENDERED, ("AssistanceCancelled", COURT, "2026-03-12", {})], "closed", []),
        ([NOT_RENDERED, ("AssistanceRescheduled", COURT, "2026-03-12", {"at": "2026-03-16T09:00:00+08:00"}),
          ("AssistanceProvided", POLICE, "2026-03-16", {})], "closed", []),
    ],
)  # fmt: skip
def test_a_request_for_help_is_closed_by_help_an_answer_or_its_cancellation(acts, state, missing):
    row = paper("assistance", helped(*acts), "2026-03-20")
    assert (row["state"], row["missing"]) == (state, missing)


def test_supervision_is_closed_by_a_decision_that_was_served_and_signed_for():
    world = accepted()
    world.act("SupervisionApplied", NR, "2026-03-02", supervision_no="监1", category="enforcement",
              grounds=["no_ruling_in_time"])  # fmt: skip
    world.act("SupervisionAccepted", PROCURATORATE, "2026-03-03", supervision_no="监1")
    world.act("SupervisionDecided", PROCURATORATE, "2026-03-10", supervision_no="监1", outcome="suggestion")
    assert paper("supervision", world, "2026-03-11")["missing"] == ["未送达处理决定"]
    served = world.act("SupervisionDecisionServed", PROCURATORATE, "2026-03-11", supervision_no="监1")
    assert paper("supervision", world, "2026-03-11")["missing"] == ["lhasanr未签收"]
    acknowledge(world, served.id, NR, "2026-03-12")
    assert paper("supervision", world, "2026-03-12")["closed_on"] == "2026-03-12"


# --- discipline, meetings ----------------------------------------------------------------------------------------


SEALED = dict.fromkeys(("subjects", "content", "related"), COMMITMENT)


def clue() -> Any:
    return told(discipline, "discipline/1", ("DisciplineClueReferred", NR, "2025-11-03",
                                             {"referral_no": "纪移1", "to": DISCIPLINE, **SEALED}))  # fmt: skip


def test_others_learn_of_a_discipline_referral_its_number_and_day_and_only_that_they_got_them():
    world = decided()
    share(world, "discipline_referral", "纪移1", "2025-11-04", [CITY_COURT, POLICE, DISCIPLINE])
    row = paper("discipline_referral", world, "2025-11-10", CITY_COURT, referrals=[clue()])
    assert (row["document_no"], row["made_on"], row["made_by"]) == ("纪移1", "2025-11-04", None)
    assert states(row) == {CITY_COURT: "sent"}
    assert row["parties"] == []


def test_a_referral_and_what_was_shared_of_it_are_one_row_to_those_who_know_of_it():
    world = decided()
    shared = share(world, "discipline_referral", "纪移1", "2025-11-04", [CITY_COURT])
    row = paper("discipline_referral", world, "2025-11-10", referrals=[clue()])
    assert (row["case"], row["made_on"]) == ("discipline/1", "2025-11-03")
    assert states(row)[CITY_COURT] == states(row)[DISCIPLINE] == "sent"
    acknowledge(world, shared, CITY_COURT, "2025-11-05")
    stream = clue()
    stream.act("DisciplineClueReceived", DISCIPLINE, "2025-11-06")
    row = paper("discipline_referral", world, "2025-11-10", referrals=[stream])
    assert states(row)[DISCIPLINE] == "acknowledged"
    # what nobody else was sent is still owed to the procuratorate and the police, where the pack says so
    assert all(m.startswith("未送") for m in row["missing"])


def minuted(*more: tuple[Any, ...]) -> Any:
    return told(
        meetings, "meeting/2026-1",
        ("MeetingConvened", NR, "2026-03-02", {"kind": "regular", "agenda": [{"class": "会商", "text": "会商"}],
                                               "attendees": [COURT], "on": "2026-03-10"}),
        ("MeetingHeld", NR, "2026-03-10", {"attended": [COURT]}),
        ("MinutesDrafted", NR, "2026-03-11", {"items": [{"item_no": "1", "text": "统一材料清单", "holder": COURT,
                                                         "due_on": "2026-04-30"}]}),
        *more,
    )  # fmt: skip


def test_an_item_is_on_the_books_from_the_agreement_on_the_minutes_until_it_is_closed():
    world = World()
    assert papers.book(sources(world, "2026-03-12", meetings=[minuted()]))["meeting_items"] == []
    endorsed: Any = ("MinutesEndorsed", COURT, "2026-03-12", {})
    row = paper("meeting_items", world, "2026-03-13", meetings=[minuted(endorsed)])
    assert (row["key"], row["opened_on"], row["holder"], row["due_on"]) == (
        "papers/meeting_items/meeting/2026-1#1", "2026-03-12", COURT, "2026-04-30",
    )  # fmt: skip
    assert row["missing"] == ["未报告落实情况"]
    reported_ = ("ItemReported", COURT, "2026-04-20", {"item_no": "1", "what": "已拟定"})
    row = paper("meeting_items", world, "2026-04-21", meetings=[minuted(endorsed, reported_)])
    assert (row["state"], row["reported_on"]) == ("open", "2026-04-20")
    closed = ("ItemClosed", NR, "2026-04-22", {"item_no": "1"})
    assert (
        paper("meeting_items", world, "2026-04-23", meetings=[minuted(endorsed, reported_, closed)])["state"]
        == "closed"
    )


# --- written off by agreement ----------------------------------------------------------------------------------


def off(key: str, *stages: tuple[str, str, str]) -> dict[str, tuple[Turn, ...]]:
    return {key: tuple(Turn(stage, day(on), by, "entered_in_error") for stage, on, by in stages)}


def test_a_row_can_be_written_off_by_whom_it_was_sent_to_and_reinstated():
    world = reported()
    key = f"papers/violation_report/{world.case.acts[-1].id}"
    agreed = ("agreed", "2025-08-20", GOVERNMENT)
    row = paper("violation_report", world, "2025-09-01", turns=off(key, agreed))
    assert (row["state"], row["closed_on"], row["ground"], row["missing"]) == (
        "closed", "2025-08-20", "entered_in_error", [],
    )  # fmt: skip
    row = paper(
        "violation_report", world, "2025-09-01", turns=off(key, agreed, ("reinstated", "2025-08-25", NR))
    )
    assert (row["state"], row["reinstated_on"], row["ground"]) == ("open", "2025-08-25", None)


def test_nobody_whom_it_does_not_concern_can_agree_that_a_row_be_written_off():
    """Whoever proposes may name any agency as the counterpart."""
    world = reported()
    key = f"papers/violation_report/{world.case.acts[-1].id}"
    stranger = off(key, ("agreed", "2025-08-20", "village.nowhere"), ("agreed", "2025-08-21", "nr.dagze"))
    assert paper("violation_report", world, "2025-09-01", turns=stranger)["state"] == "open"


def test_who_answers_has_the_paper():
    world = decided()
    world.act("SuggestionIssued", PROCURATORATE, "2025-11-03", suggestion_no="检1", to=NR, subject="inaction")
    world.act("SuggestionReplied", NR, "2025-11-20", suggestion_no="检1", adopted=True, measures="已整改")
    assert paper("suggestions", world, "2025-11-21")["deliveries"][0]["acknowledged_on"] == "2025-11-20"


def test_what_is_complete_and_reinstated_says_why_it_is_open():
    world = refused()
    row = paper("enforcement", world, "2026-03-01")
    assert row["state"] == "closed"
    reinstated = off(row["key"], ("reinstated", "2026-02-26", NR))
    row = paper("enforcement", world, "2026-03-01", turns=reinstated)
    assert (row["state"], row["missing"]) == ("open", ["已恢复挂账，待重新核销"])


# --- what an agency is shown ------------------------------------------------------------------------------------


def test_who_was_sent_a_document_has_its_row_though_it_has_no_part_in_the_case():
    world = decided()
    shared = share(world, "penalty_decision", DECISION, "2025-10-20", [POLICE, CITY_COURT])
    row = paper("penalty_decision", world, "2025-10-21", POLICE)
    assert (row["document_no"], row["made_by"], row["parties"]) == (DECISION, None, [])
    assert states(row) == {POLICE: "sent"}
    acknowledge(world, shared, POLICE, "2025-10-22")
    assert paper("penalty_decision", world, "2025-10-23", POLICE)["closed_on"] == "2025-10-22"
    assert paper("penalty_decision", world, "2025-10-23", NR)["state"] == "open"
    assert papers.book(sources(world, "2025-10-23", "nr.dagze"))["penalty_decision"] == []


def test_each_register_is_there_even_when_it_is_empty():
    found = papers.book(replace(sources(World(), "2026-01-01")))
    assert list(found) == list(papers.REGISTERS)
    assert not any(found.values())
