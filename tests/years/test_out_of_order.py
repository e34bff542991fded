"""The same mechanism in 2026, as it goes when it goes wrong: late, recorded later and in another order, twice, corrected,
voided, recorded for others, contradicted, and refused where it cannot have happened.

Each line says what the ledger must answer. Days are counted by hand, by 国办发明电〔2025〕7号 and, for agencies of Lhasa,
the city's notice over it: off are 1 to 3 January, 15 to 26 February (the nation: to the 23rd), 4 to 6 April, 1 to 5 May,
19 to 21 June, 25 to 27 September, 1 to 7 October 2026; worked are Sunday 4 January, Saturday 14 February, Saturday 28
February, Saturday 9 May, Sunday 20 September, Saturday 10 October.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gongze import inspection
from tests.years.telling import SCAN, Told, Year, told

YEAR = Year(end="2026-12-31")
RULE_BROKEN = "case_rule_broken"
NOT_PROVED = "date_unconfirmed"
FESTIVAL = [str(date(2026, 2, 15) + timedelta(days)) for days in range(12)]


def place(region: str = "540102") -> dict[str, str]:
    return {"region": region, "address": "示例村二组"}


def filed(title: str, violation: str = "unapproved_land_use", **more: Any) -> dict[str, Any]:
    return {
        "title": title, "parties": [{"name": "某公司"}], "place": place(), "violation": violation, "source": "patch", **more,
    }  # fmt: skip


registry = YEAR.file("registry", "lhasa")
registry.act(
    "2025-09-29", "government", "CalendarPublished", year=2026, region="540100", notice="藏历新年放假安排",
    holidays=FESTIVAL, workdays=["2026-02-14", "2026-02-28"],
)  # fmt: skip
registry.act(
    "2025-12-29", "operator", "ParticipationSet", agency="court.dagze", mode="paper", from_="2026-01-01"
)

# --- late, at every step, and two agencies that say different things -----------------------------------------------------

late = YEAR.file("拉自然资执〔2025〕101号", "lhasa")
LATE_NO, LATE_NO_OF_COURT = "（2026）藏0102行审101号", "（2026）藏0102行审110号"
RULING = "（2026）藏0102行审101号之一"

# 22 days of October, 30, 31 and 7: Wednesday 7 January. Decided on Monday 12: 8, 9, 12 are three working days late
late.act("2025-10-09", "nr", "CaseFiled", mark="立101", **filed("未批先占建厂房案"))
late.act(
    "2026-01-12",
    "nr",
    "PenaltyDecided",
    irregular=("decided_late",),
    decision_no="拉罚101",
    items=[{"kind": "demolish"}],
)
late.owes("nr", "decide_penalty_in_90_days", opened="2025-10-09", due="2026-01-07", done="2026-01-12", late=3)
# 13–16, 19–21 January; served on the 23rd, two working days late
late.act(
    "2026-01-23", "nr", "PenaltyServed", irregular=("served_late",), decision_no="拉罚101", method="direct"
)
late.owes(
    "nr", "serve_penalty_in_7_working_days", opened="2026-01-12", due="2026-01-21", done="2026-01-23", late=2
)
# 15 days end on Saturday 7 February, so Monday 9; 60 days: 8 of January, 28 and 24: 24 March
late.owes(
    "party",
    "suit_term_land_demolition",
    opened="2026-01-23",
    due="2026-02-09",
    state="cancelled",
    outcome="lapsed",
)
late.owes("party", "review_term", opened="2026-01-23", due="2026-03-24", state="cancelled", outcome="lapsed")
# Ten working days from 16 March: 17–20, 23–27, 30. So not before the 31st; applied for on the 27th. Three months from
# 9 February end on Saturday 9 May, which is worked
late.act("2026-03-16", "nr", "PerformanceDemanded", decision_no="拉罚101")
late.act(
    "2026-03-27", "nr", "EnforcementApplied", mark="申101", irregular=("applied_too_early",), court="court.chengguan",
    decision_no="拉罚101", application_no="拉申101",
)  # fmt: skip
late.owes(
    "nr",
    "apply_within_three_months",
    opened="2026-02-09",
    due="2026-05-09",
    done="2026-03-27",
    not_before="2026-03-31",
)
# First copy: 30, 31 March, 1–3, 7, 8 April. Said to have been sent on the 7th, recorded on the 10th without a slip: two
# working days late, until the procuratorate itself says on the 13th that it came on the 8th
late.act(
    "2026-04-07", "nr", "ApplicationCopied", received="2026-04-10", irregular=("copied_late", NOT_PROVED),
    materials=[{"title": "强制执行申请书"}],
)  # fmt: skip
late.act(
    "2026-04-13", "procuratorate", "CopyAcknowledged", clock="09:00", of="拉申101", received_on="2026-04-08"
)
late.owes(
    "nr", "copy_application_to_procuratorate", on="2026-04-12", known="2026-04-12T12:00:00+08:00", opened="2026-03-27",
    due="2026-04-08", done="2026-04-10", late=2, stated_on="2026-04-07",
)  # fmt: skip
late.owes("nr", "copy_application_to_procuratorate", opened="2026-03-27", due="2026-04-08", done="2026-04-08")
# 30, 31 March, 1–3 April to accept. The department was told 8 April and number 101; the court records 9 April and 110.
# Its own word counts: 7, 8, 9 April are three working days late
late.act(
    "2026-04-10", "nr", "AcceptanceReceived", clock="11:00", review_case_no=LATE_NO, accepted_on="2026-04-08"
)
late.act(
    "2026-04-09", "court.chengguan", "EnforcementAccepted", received="2026-04-13",
    irregular=("accepted_late", "dates_contradict", "numbers_differ"), review_case_no=LATE_NO_OF_COURT,
)  # fmt: skip
late.owes(
    "court.chengguan", "accept_enforcement", opened="2026-03-27", due="2026-04-03", done="2026-04-09", late=3,
    evidence="signed", late_counts=True,
)  # fmt: skip
# before the court had said anything, the receipt alone (no paper attached) proved nothing for or against the court
late.owes(
    "court.chengguan", "accept_enforcement", on="2026-04-12", known="2026-04-12T12:00:00+08:00", opened="2026-03-27",
    due="2026-04-03", state="overdue", late=4,  # 7, 8, 9, 10 April
)  # fmt: skip
# Second copy: 13–17, 20, 21 April; 22, 23, 24 are three late
late.act("2026-04-24", "nr", "AcceptanceCopied", irregular=("copied_late",))
late.owes(
    "nr", "copy_acceptance_to_procuratorate", opened="2026-04-10", due="2026-04-21", done="2026-04-24", late=3
)
# To rule: 10, 13–17, 20 April; two late. The department writes another day of the ruling into its receipt
late.act(
    "2026-04-22", "court.chengguan", "EnforcementGranted", mark="裁101", irregular=("ruled_late",), ruling_no=RULING,
    executor="government",
)  # fmt: skip
late.owes(
    "court.chengguan", "rule_on_enforcement", opened="2026-04-09", due="2026-04-20", done="2026-04-22", late=2
)
late.act(
    "2026-04-27", "nr", "RulingReceived", irregular=("dates_contradict",), ruling_no=RULING, result="granted",
    made_on="2026-04-21",
)  # fmt: skip
# Third copy: 28–30 April, 6–8 May, Saturday 9; sent on the 12th: 11 and 12 are two late; a page was missing
late.owes(
    "nr", "copy_ruling_to_procuratorate", on="2026-05-09", opened="2026-04-27", due="2026-05-09", state="due_soon",
    remaining_working_days=0,
)  # fmt: skip
late.owes(
    "nr",
    "copy_ruling_to_procuratorate",
    on="2026-05-10",
    opened="2026-04-27",
    due="2026-05-09",
    state="overdue",
    late=0,
)
late.act("2026-05-12", "nr", "RulingCopied", mark="报101", irregular=("copied_late",), ruling_no=RULING)
late.act("2026-05-13", "procuratorate", "CopyReturned", of="RulingCopied", missing=["裁定书第二页"])
late.act("2026-05-15", "nr", "RulingCopied", mark="再报101", ruling_no=RULING)
late.act("2026-05-18", "procuratorate", "CopyAcknowledged", of="<再报101>")
late.owes(
    "nr", "copy_ruling_to_procuratorate", opened="2026-04-27", due="2026-05-09", done="2026-05-12", late=2
)
late.owes(
    "procuratorate",
    "acknowledge_copy",
    about="报101",
    opened="2026-05-12",
    state="cancelled",
    cancelled_on="2026-05-13",
)
late.owes("procuratorate", "acknowledge_copy", about="再报101", opened="2026-05-15", done="2026-05-18")
# 检察建议 signed for on 11 February: two months end on Saturday 11 April, so Monday 13; 14, 15, 16 are three late
late.act(
    "2026-02-10", "procuratorate", "SuggestionIssued", mark="建101", suggestion_no="拉检建101", to="nr.lhasa",
    subject="inaction",
)  # fmt: skip
late.act("2026-02-11", "nr", "CopyAcknowledged", of="拉检建101")
late.act(
    "2026-04-16", "nr", "SuggestionReplied", irregular=("replied_late",), suggestion_no="拉检建101", adopted=True,
    measures="已申请强制执行",
)  # fmt: skip
late.owes(
    "nr", "reply_suggestion_in_two_months", opened="2026-02-11", due="2026-04-13", done="2026-04-16", late=3
)
# 指定执法机构, which asks for help: declined without a ground, late by hours, and not as both sides tell it
late.act(
    "2026-05-20",
    "government",
    "ExecutorDesignated",
    ruling_no=RULING,
    executing_agency="government.chengguan",
)
late.act("2026-05-25", "government.chengguan", "ExecutionOrganised", plan="六月上旬拆除")
late.act(
    "2026-05-21",
    "court.chengguan",
    "ExecutionFiled",
    received="2026-05-26",
    execution_case_no="（2026）藏0102执101号",
)
for number, whom in (("1", "police.chengguan"), ("2", "police.lhasa"), ("3", "nr.chengguan")):
    late.act(
        "2026-05-26", "government.chengguan", "AssistanceRequested", mark=f"助{number}", assistance_no=f"助101-{number}",
        to=whom, at="2026-06-10T09:00:00+08:00", place="示例村二组", tasks=["cordon"],
    )  # fmt: skip
late.act(
    "2026-05-28", "police.chengguan", "AssistanceDeclined", irregular=("declined_without_ground",),
    assistance_no="助101-1", reasons="警力紧张",
)  # fmt: skip
# No ground to decline, so it is owed all the same, until the execution is terminated: 11, 12, 15–18, 22–26 June
late.owes(
    "police.chengguan", "provide_assistance", about="助1", due="2026-06-10", state="cancelled", cancelled_on="2026-06-26",
    late=11,
)  # fmt: skip
late.act(
    "2026-06-10", "police", "AssistanceProvided", irregular=("assistance_late",), clock="18:00", assistance_no="助101-2",
    at="2026-06-10T11:30:00+08:00",
)  # fmt: skip
# wanted at nine, there at half past eleven: not in time, though on the day, so no working day late
late.owes(
    "police", "provide_assistance", about="助2", due="2026-06-10", due_at="2026-06-10T09:00:00+08:00",
    done="2026-06-10", state="discharged_late",
)  # fmt: skip
late.act(
    "2026-06-11", "government.chengguan", "AssistanceNotRendered", assistance_no="助101-3", what="无人到场"
)
late.act(
    "2026-06-10", "nr.chengguan", "AssistanceProvided", received="2026-06-15", irregular=("results_contradict",),
    assistance_no="助101-3",
)  # fmt: skip
late.act(
    "2026-06-12", "government.chengguan", "ExecutionCompleted", result="partial", what="拆除主体，附属未拆"
)
late.act("2026-06-26", "court.chengguan", "ExecutionTerminated", reasons="据以执行的裁定另案处理")
late.owes(
    "government.chengguan",
    "complete_granted_execution",
    opened="2026-05-25",
    state="cancelled",
    cancelled_on="2026-06-26",
)

# --- recorded months later, in another order, and twice --------------------------------------------------------------------

order = YEAR.file("拉自然资执〔2026〕102号", "lhasa")
ITEMS = [{"kind": "demolish"}]
# nothing comes before the filing, no service before its decision, and no act before the day of what it answers
order.act(
    "2026-03-25", "nr", "PenaltyDecided", received="2026-06-01", clock="08:00", refused=(RULE_BROKEN, "case"),
    decision_no="拉罚102", items=ITEMS,
)  # fmt: skip
order.act(
    "2026-03-02", "nr", "CaseFiled", received="2026-06-01", clock="08:10", mark="立102", **filed("占地案")
)
order.act(
    "2026-03-27", "nr", "PenaltyServed", received="2026-06-01", clock="08:20", refused=(RULE_BROKEN, "decision_no"),
    decision_no="拉罚102", method="direct",
)  # fmt: skip
order.act(
    "2026-03-25",
    "nr",
    "PenaltyDecided",
    received="2026-06-01",
    clock="08:30",
    decision_no="拉罚102",
    items=ITEMS,
)
order.act(
    "2026-03-24", "nr", "PenaltyServed", received="2026-06-01", clock="08:40", refused=(RULE_BROKEN, "occurred_on"),
    decision_no="拉罚102", method="direct",
)  # fmt: skip
order.act(
    "2026-06-02", "nr", "PenaltyServed", received="2026-06-01", clock="08:50", refused=("date_in_future", "occurred_on"),
    decision_no="拉罚102", method="direct",
)  # fmt: skip
order.act(
    "2026-03-27",
    "nr",
    "PenaltyServed",
    received="2026-06-01",
    clock="09:00",
    decision_no="拉罚102",
    method="direct",
)
# all in time, whenever it was recorded: 29 of March, 30, 31 make Sunday 31 May, so 1 June; 26, 27, 30, 31 March, 1–3 April
order.owes("nr", "decide_penalty_in_90_days", opened="2026-03-02", due="2026-06-01", done="2026-03-25")
order.owes("nr", "serve_penalty_in_7_working_days", opened="2026-03-25", due="2026-04-03", done="2026-03-27")
order.act(
    "2026-03-25", "nr", "PenaltyDecided", received="2026-06-01", clock="09:10", refused=(RULE_BROKEN, "decision_no"),
    decision_no="拉罚102", items=[{"kind": "restore"}],
)  # fmt: skip
order.act(
    "2026-03-02",
    "nr",
    "CaseFiled",
    received="2026-06-01",
    clock="09:20",
    refused=(RULE_BROKEN, "case"),
    **filed("占地案（改）"),
)
order.again("立102")
# An order of the department is dated by itself; a report to another counts from the day that it is proved
order.act(
    "2026-03-03", "nr", "NoticeIssued", received="2026-06-02", notice="stop_violation", notice_no="拉停102"
)
order.act(
    "2026-03-03", "nr", "ViolationReported", received="2026-06-02", clock="10:10", mark="报102", irregular=(NOT_PROVED,),
    government="government.chengguan", report_no="拉报102",
)  # fmt: skip
order.act(
    "2026-03-04", "nr", "ViolationReported", received="2026-06-02", clock="10:20", mark="报102乙",
    government="government.chengguan", report_no="拉报102乙",
    delivery={"means": "EMS", "slip_no": "EMS102", "sent_on": "2026-03-04"},
    documents=[{**SCAN, "number": "EMS102", "title": "邮寄单据", "kind": "寄送单据"}],
)  # fmt: skip
order.act(
    "2026-06-03",
    "government.chengguan",
    "MeasuresTaken",
    clock="09:00",
    irregular=("measures_late",),
    measures="已断电",
)
# 立即: the one is due on 2 June, when it came in (one working day late); the other on 4 March, when the slip says it
# was sent: 5, 6 March (2), 20 more to 31 March… counted month by month: March 5–6, 9–13, 16–20, 23–27, 30–31 (19),
# April 1–3, 7–10, 13–17, 20–24, 27–30 (40), May 6–8, Saturday 9, 11–15, 18–22, 25–29 (59), June 1–3 (62)
order.owes(
    "government.chengguan", "take_effective_measures", about="报102", opened="2026-06-02", due="2026-06-02",
    done="2026-06-03", late=1,
)  # fmt: skip
order.owes(
    "government.chengguan", "take_effective_measures", about="报102乙", opened="2026-03-04", due="2026-03-04",
    done="2026-06-03", late=62,
)  # fmt: skip
# 7, 8, Saturday 9, 11–15, 18, 19 May; sixty days from 27 March: 4, 30, 26: 26 May. So from the 27th
order.act(
    "2026-05-06", "nr", "PerformanceDemanded", received="2026-06-02", clock="11:00", decision_no="拉罚102"
)
order.act(
    "2026-05-28", "nr", "EnforcementApplied", received="2026-06-02", clock="11:10", mark="申102", court="court.chengguan",
    decision_no="拉罚102", application_no="拉申201",
)  # fmt: skip
# The court's acts come in backwards; they are in time all the same: 29 May, 1–4 June to accept, 2–5, 8–10 June to rule
NO_102 = "（2026）藏0102行审102号"
order.act(
    "2026-06-03", "court.chengguan", "EnforcementGranted", clock="15:00", irregular=("ruled_without_acceptance",),
    ruling_no=f"{NO_102}之一", executor="court",
)  # fmt: skip
order.act(
    "2026-06-03",
    "nr",
    "RulingCopied",
    clock="16:00",
    irregular=("copied_before_receipt",),
    ruling_no=f"{NO_102}之一",
)
order.act(
    "2026-06-01", "court.chengguan", "EnforcementAccepted", received="2026-06-04", review_case_no=NO_102
)
order.act(
    "2026-06-01", "court.chengguan", "EnforcementAccepted", received="2026-06-04", clock="10:30",
    refused=(RULE_BROKEN, "application"), review_case_no=f"{NO_102}（二）",
)  # fmt: skip
order.act("2026-06-04", "nr", "AcceptanceCopied", clock="11:00", irregular=("copied_before_receipt",))
order.act("2026-06-02", "nr", "AcceptanceReceived", received="2026-06-05", clock="09:00")
order.act(
    "2026-06-04", "nr", "RulingReceived", received="2026-06-05", clock="09:10", ruling_no=f"{NO_102}之一"
)
order.owes(
    "court.chengguan", "accept_enforcement", on="2026-06-05", known="2026-06-05T12:00:00+08:00", opened="2026-05-28",
    due="2026-06-04", done="2026-06-01",
)  # fmt: skip
order.owes("court.chengguan", "rule_on_enforcement", opened="2026-06-01", due="2026-06-10", done="2026-06-03")
# 3–5, 8–11 June; and from the 4th 5, 8–12, 15 June
order.owes("nr", "copy_acceptance_to_procuratorate", opened="2026-06-02", due="2026-06-11", done="2026-06-04")
order.owes("nr", "copy_ruling_to_procuratorate", opened="2026-06-04", due="2026-06-15", done="2026-06-03")
# The first copy went to the county's procuratorate, which is not the department's own: 29 May, 1–5, 8 June were left
order.act(
    "2026-06-04", "nr", "ApplicationCopied", clock="14:00", mark="误抄102", irregular=("wrong_recipient",),
    to="procuratorate.chengguan", materials=[{"title": "申请书"}],
)  # fmt: skip
order.act(
    "2026-06-09",
    "nr",
    "ApplicationCopied",
    mark="抄102",
    irregular=("copied_late",),
    materials=[{"title": "申请书"}],
)
order.owes(
    "nr", "copy_application_to_procuratorate", on="2026-06-09", known="2026-06-09T23:00:00+08:00", opened="2026-05-28",
    due="2026-06-08", done="2026-06-09", late=1,
)  # fmt: skip
# signed for by who did not get it, before it was sent, twice
order.act(
    "2026-06-10", "procuratorate.chengguan", "CopyAcknowledged", refused=(RULE_BROKEN, "actor"), of="<抄102>"
)
order.act(
    "2026-06-10", "procuratorate", "CopyAcknowledged", clock="10:10", refused=(RULE_BROKEN, "received_on"), of="<抄102>",
    received_on="2026-06-08",
)  # fmt: skip
order.act("2026-06-10", "procuratorate", "CopyAcknowledged", clock="10:20", mark="签102", of="<抄102>")
order.act(
    "2026-06-10",
    "procuratorate",
    "CopyAcknowledged",
    clock="10:30",
    refused=(RULE_BROKEN, "of"),
    of="<抄102>",
)
order.again("签102")
# --- and corrected ---------------------------------------------------------------------------------------------------------
# The number was wrong: the new one is known from then on, and the old one is still understood
order.act(
    "2026-06-11",
    "nr",
    "StatementCorrected",
    of="<申102>",
    reason="文号误填",
    data={"application_no": "拉申102"},
)
order.act(
    "2026-06-12",
    "procuratorate",
    "HandlingTracked",
    subject="court_handling",
    finding="已裁定",
    application="拉申102",
)
order.act(
    "2026-06-12", "procuratorate", "HandlingTracked", clock="11:00", subject="court_handling", finding="已裁定",
    application="拉申201",
)  # fmt: skip
order.act(
    "2026-06-12", "procuratorate", "HandlingTracked", clock="12:00", refused=(RULE_BROKEN, "application"),
    subject="court_handling", finding="已裁定", application="拉申999",
)  # fmt: skip
# The day was wrong, says the department once it is late: 29 May instead of the 28th, 1–5, 8, 9 June. The old last day is
# shown beside the new one, and one working day late it stays
order.act(
    "2026-06-15", "nr", "StatementCorrected", of="<申102>", mark="更102", reason="以法院收件日为准",
    data={"occurred_on": "2026-05-29"},
)  # fmt: skip
order.owes(
    "nr", "copy_application_to_procuratorate", opened="2026-05-29", due="2026-06-09", done="2026-06-09", late=1,
    previous_due_on="2026-06-08", state="discharged_late",
)  # fmt: skip
# the court's last day moves with it: 1–5 June
order.owes(
    "court.chengguan", "accept_enforcement", opened="2026-05-29", due="2026-06-05", done="2026-06-01",
    previous_due_on="2026-06-04",
)  # fmt: skip
# who may correct what: one's own, into something that can be, and not for nothing
order.act(
    "2026-06-16", "procuratorate", "StatementCorrected", refused=(RULE_BROKEN, "of"), of="<申102>", reason="代为更正",
    data={"occurred_on": "2026-05-27"},
)  # fmt: skip
order.act(
    "2026-06-16", "nr", "StatementCorrected", clock="10:10", refused=(RULE_BROKEN, "data"), of="<申102>", reason="无",
    data={"application_no": "拉申102"},
)  # fmt: skip
order.act(
    "2026-06-16", "nr", "StatementCorrected", clock="10:20", refused=(RULE_BROKEN, "data.occurred_on"), of="<申102>",
    reason="日期", data={"occurred_on": "2026-03-20"},
)  # fmt: skip
order.act(
    "2026-06-16", "nr", "StatementCorrected", clock="10:30", refused=(RULE_BROKEN, "of"), of="<更102>", reason="再更",
    data={"reason": "无"},
)  # fmt: skip

# A day put right to an earlier one makes late what seemed in time: 7–8, Saturday 9, 11–15 May are eight, so from 7 May
# until 15 May, from the 6th until the 14th
earlier = YEAR.file("拉自然资执〔2026〕106号", "lhasa")
earlier.act("2026-04-20", "nr", "CaseFiled", **filed("堆料案", "other"))
earlier.act(
    "2026-05-07",
    "nr",
    "PenaltyDecided",
    mark="罚106",
    decision_no="拉罚106",
    items=[{"kind": "fine", "amount_yuan": "900.00"}],
)
earlier.act("2026-05-15", "nr", "PenaltyServed", mark="送106", decision_no="拉罚106", method="direct")
earlier.act(
    "2026-05-20",
    "nr",
    "StatementCorrected",
    of="<罚106>",
    reason="决定日期误填",
    data={"occurred_on": "2026-05-06"},
)
earlier.owes(
    "nr", "serve_penalty_in_7_working_days", on="2026-05-19", known="2026-05-19T12:00:00+08:00", opened="2026-05-07",
    due="2026-05-15", done="2026-05-15",
)  # fmt: skip
earlier.owes(
    "nr", "serve_penalty_in_7_working_days", opened="2026-05-06", due="2026-05-14", done="2026-05-15", late=1,
    previous_due_on="2026-05-15",
)  # fmt: skip
# --- voided: recorded in the wrong case, and twice -------------------------------------------------------------------------
right = YEAR.file("拉自然资执〔2026〕107号", "lhasa")
right.act("2026-04-21", "nr", "CaseFiled", **filed("取土案", "other"))
right.act(
    "2026-05-06",
    "nr",
    "PenaltyDecided",
    decision_no="拉罚107",
    items=[{"kind": "fine", "amount_yuan": "700.00"}],
)
right.act("2026-05-08", "nr", "PenaltyServed", decision_no="拉罚107", method="direct")
earlier.act("2026-05-21", "nr", "FinePaid", mark="缴误", decision_no="拉罚106", amount_yuan="900.00")
earlier.owes(
    "party", "pay_fine_in_15_days", on="2026-05-22", known="2026-05-22T12:00:00+08:00", opened="2026-05-15",
    due="2026-06-01", done="2026-05-21",  # 30 May is a Saturday
)  # fmt: skip
earlier.act(
    "2026-05-25",
    "procuratorate",
    "StatementVoided",
    refused=(RULE_BROKEN, "case"),
    of="<缴误>",
    reason="wrong_case",
)
earlier.act(
    "2026-05-25", "nr", "StatementVoided", clock="10:10", mark="撤1", of="<缴误>", reason="wrong_case",
    right_case="拉自然资执〔2026〕107号",
)  # fmt: skip
earlier.act(
    "2026-05-25",
    "nr",
    "StatementVoided",
    clock="10:20",
    refused=(RULE_BROKEN, "of"),
    of="<缴误>",
    reason="wrong_case",
)
earlier.act(
    "2026-05-25", "nr", "StatementCorrected", clock="10:30", refused=(RULE_BROKEN, "of"), of="<缴误>", reason="日期",
    data={"occurred_on": "2026-05-20"},
)  # fmt: skip
right.act(
    "2026-05-21",
    "nr",
    "FinePaid",
    received="2026-05-25",
    clock="11:00",
    decision_no="拉罚107",
    amount_yuan="700.00",
)
earlier.owes(
    "party", "pay_fine_in_15_days", opened="2026-05-15", due="2026-06-01", state="cancelled", outcome="lapsed"
)
# fifteen days from 8 May: Saturday 23, so Monday 25
right.owes("party", "pay_fine_in_15_days", opened="2026-05-08", due="2026-05-25", done="2026-05-21")
right.act("2026-05-26", "nr", "NoticeIssued", mark="停107", notice="correct_violation", notice_no="拉停107")
right.act(
    "2026-05-26",
    "nr",
    "NoticeIssued",
    clock="10:10",
    mark="停107重",
    notice="correct_violation",
    notice_no="拉停107（重）",
)
right.act("2026-05-26", "nr", "StatementVoided", clock="10:20", of="<停107重>", reason="duplicate")
right.act(
    "2026-05-27",
    "nr",
    "ViolationReported",
    mark="报107",
    government="government.chengguan",
    report_no="拉报107",
)
right.act("2026-05-27", "government.chengguan", "CopyAcknowledged", clock="12:00", of="拉报107")
right.act(
    "2026-05-28",
    "nr",
    "StatementVoided",
    irregular=("voided_after_answer",),
    of="<报107>",
    reason="wrong_case",
)

# --- recorded for a court that does not sign itself (代录) --------------------------------------------------------------------

behalf = YEAR.file("达自然资执〔2026〕103号", "dagze")
NO_103 = "（2026）藏0104行审103号"
behalf.act("2026-01-05", "nr", "CaseFiled", **filed("占地建房案", place=place("540104")))
behalf.act("2026-02-02", "nr", "PenaltyDecided", decision_no="达罚103", items=[{"kind": "demolish"}])
behalf.act("2026-02-03", "nr", "PenaltyServed", decision_no="达罚103", method="direct")
# fifteen days end on 18 February, in the festival, which in Lhasa lasts until the 26th: Friday 27, the nation's 24th.
# Sixty: 25 of February, 31 and 4 April, a holiday until the 6th: the 7th
behalf.owes(
    "party",
    "suit_term_land_demolition",
    opened="2026-02-03",
    due="2026-02-27",
    state="cancelled",
    outcome="lapsed",
)
behalf.owes(
    "party", "review_term", opened="2026-02-03", due="2026-04-07", state="cancelled", outcome="lapsed"
)
# 24–27, 30, 31 March, 1–3, 7 April; three months from 27 February: 27 May
behalf.act("2026-03-23", "nr", "PerformanceDemanded", decision_no="达罚103")
behalf.act(
    "2026-04-08",
    "nr",
    "EnforcementApplied",
    mark="申103",
    court="court.dagze",
    decision_no="达罚103",
    application_no="达申103",
)
behalf.owes(
    "nr",
    "apply_within_three_months",
    opened="2026-02-27",
    due="2026-05-27",
    done="2026-04-08",
    not_before="2026-04-08",
)
behalf.act("2026-04-09", "nr", "ApplicationCopied", materials=[{"title": "申请书"}])
behalf.act("2026-04-10", "procuratorate", "CopyAcknowledged", of="达申103")
behalf.act(
    "2026-04-10", "nr", "EnforcementAccepted", received="2026-04-13", clock="09:00", whose="court",
    refused=("behalf_needs_document", "documents"), review_case_no=NO_103,
)  # fmt: skip
behalf.act(
    "2026-04-10", "nr.chengguan", "EnforcementAccepted", received="2026-04-13", clock="09:10", whose="court",
    refused=("behalf_not_allowed", "for"), review_case_no=NO_103, documents=[SCAN],
)  # fmt: skip
behalf.act(
    "2026-04-10", "nr", "EnforcementAccepted", received="2026-04-13", mark="受103", whose="court", learnt="served_original",
    review_case_no=NO_103, documents=[SCAN],
)  # fmt: skip
# 9, 10, 13, 14, 15 April: in time, by a paper
behalf.owes(
    "court", "accept_enforcement", on="2026-04-30", known="2026-04-30T12:00:00+08:00", opened="2026-04-08",
    due="2026-04-15", done="2026-04-10", evidence="attested_doc",
)  # fmt: skip
behalf.act("2026-04-14", "nr", "AcceptanceReceived")
# 13–17, 20, 21 April: 22, 23, 24, 27 are four late, which is not held against the court while it has said nothing
behalf.act(
    "2026-04-27", "nr", "EnforcementGranted", received="2026-04-28", mark="裁103", whose="court", learnt="copy",
    ruling_no=f"{NO_103}之一", executor="court", documents=[SCAN],
)  # fmt: skip
behalf.owes(
    "court", "rule_on_enforcement", on="2026-04-30", known="2026-04-30T12:00:00+08:00", opened="2026-04-10",
    due="2026-04-21", done="2026-04-27", late=4, evidence="attested_doc", late_counts=False,
)  # fmt: skip
behalf.act("2026-05-06", "nr", "ActConfirmed", refused=(RULE_BROKEN, "of.0"), of=[f"{NO_103}之一"])
# the ruling is confirmed, not yet the acceptance that its term runs from: the weaker of the two is what counts
behalf.act("2026-05-06", "court", "ActConfirmed", clock="10:10", of=[f"{NO_103}之一"])
behalf.owes(
    "court", "rule_on_enforcement", on="2026-05-06", known="2026-05-06T10:30:00+08:00", opened="2026-04-10",
    due="2026-04-21", done="2026-04-27", late=4, evidence="attested_doc", late_counts=False,
)  # fmt: skip
behalf.act(
    "2026-05-06", "court", "ActConfirmed", clock="10:20", refused=(RULE_BROKEN, "of.0"), of=[f"{NO_103}之一"]
)
behalf.act(
    "2026-05-06", "court", "ActDisputed", clock="11:00", irregular=("disputed",), of="EnforcementAccepted",
    field="occurred_on", own_value="2026-04-13", reason="以受理通知书为准",
)  # fmt: skip
behalf.owes(
    "court", "accept_enforcement", on="2026-05-07", known="2026-05-07T12:00:00+08:00", opened="2026-04-08",
    due="2026-04-15", state="disputed",
)  # fmt: skip
# The court's own statement takes the place of the disputed one: 13 April, so 14–17, 20–22; 23, 24, 27 are three late
behalf.act(
    "2026-04-13",
    "court",
    "EnforcementAccepted",
    received="2026-05-08",
    irregular=("dates_contradict",),
    review_case_no=NO_103,
)
behalf.owes(
    "court", "accept_enforcement", opened="2026-04-08", due="2026-04-15", done="2026-04-13", evidence="signed"
)
behalf.owes(
    "court", "rule_on_enforcement", opened="2026-04-13", due="2026-04-22", done="2026-04-27", late=3, evidence="confirmed",
    late_counts=True,
)  # fmt: skip
# for a court that does sign it is done, but flagged
order.act(
    "2026-06-17", "nr", "ExecutionFiled", whose="court.chengguan", irregular=("behalf_though_signing",),
    execution_case_no="（2026）藏0102执102号", documents=[SCAN],
)  # fmt: skip

# --- not accepted, withdrawn, too late; a suspected crime handled wrongly -----------------------------------------------------

lost = YEAR.file("拉自然资执〔2026〕104号", "lhasa")
lost.act("2026-01-05", "nr", "CaseFiled", **filed("倾倒渣土案", "other"))
lost.act(
    "2026-01-26",
    "nr",
    "PenaltyDecided",
    decision_no="拉罚104",
    items=[{"kind": "fine", "amount_yuan": "20000.00"}],
)
lost.act("2026-01-27", "nr", "PenaltyServed", decision_no="拉罚104", method="direct")
# 批准 within three days of Tuesday 3 February: Friday 6; refused on Monday 9, without a reason, and then referred
# nevertheless; signed for two working days later (11, 12), and decided on not by 15 February, which in Lhasa means by the
# 27th, but on 2 March: Saturday 28, 2 March
lost.act("2026-02-02", "nr", "SuspectedCrimeFound", crime="污染环境罪")
lost.act("2026-02-03", "nr", "ReferralReportSubmitted", referral_no="拉移104")
lost.act(
    "2026-02-09",
    "nr",
    "ReferralRefused",
    irregular=("performed_late", "refused_without_reasons"),
    referral_no="拉移104",
)
lost.owes(
    "nr", "approve_referral_in_3_days", opened="2026-02-03", due="2026-02-06", done="2026-02-09", late=1
)
lost.act(
    "2026-02-10", "nr", "CrimeReferred", irregular=("referred_without_approval",), referral_no="拉移104", to="police.lhasa",
    suspected_crime="污染环境罪",
)  # fmt: skip
lost.act(
    "2026-02-12", "police", "CrimeReferralReceived", irregular=("performed_late",), referral_no="拉移104"
)
lost.owes("police", "sign_referral_receipt", opened="2026-02-10", due="2026-02-10", done="2026-02-12", late=2)
lost.act(
    "2026-03-02",
    "police",
    "CrimeNotFiled",
    irregular=("performed_late",),
    referral_no="拉移104",
    reasons="未达标准",
)
lost.owes("police", "decide_on_referral", opened="2026-02-12", due="2026-02-27", done="2026-03-02", late=2)
# Six months to sue: 27 July. Applied for in March already, undemanded and too early; withdrawn before it had to be copied
# (3–6, 9–11 March). The three months, until 27 October, are not used by an application that was taken back
lost.act(
    "2026-03-02", "nr", "EnforcementApplied", clock="15:00", mark="申104甲",
    irregular=("applied_too_early", "applied_without_demand"), court="court.chengguan", decision_no="拉罚104",
    application_no="拉申104甲",
)  # fmt: skip
lost.act("2026-03-05", "nr", "ApplicationWithdrawn", what="尚未催告")
lost.act(
    "2026-03-05",
    "nr",
    "ApplicationWithdrawn",
    clock="11:00",
    refused=(RULE_BROKEN, "application"),
    what="重复",
)
lost.owes(
    "nr", "copy_application_to_procuratorate", about="申104甲", opened="2026-03-02", due="2026-03-11", state="cancelled",
    cancelled_on="2026-03-05",
)  # fmt: skip
lost.owes(
    "court.chengguan",
    "accept_enforcement",
    about="申104甲",
    due="2026-03-09",
    state="cancelled",
    cancelled_on="2026-03-05",
)
# as of 9 October: Saturday 10, 12–16, 19–23, 26, 27; it has been shown as due soon since the rival count, from the end of
# the sixty days for review (Saturday 28, so Monday 30 March), would have ended on 30 June
lost.owes(
    "nr", "apply_within_three_months", on="2026-10-09", opened="2026-07-27", due="2026-10-27", state="due_soon",
    remaining_working_days=13,
)  # fmt: skip
lost.act("2026-08-03", "nr", "PerformanceDemanded", decision_no="拉罚104")
lost.act(
    "2026-10-30", "nr", "EnforcementApplied", mark="申104乙", irregular=("applied_too_late",), court="court.chengguan",
    decision_no="拉罚104", application_no="拉申104乙",
)  # fmt: skip
lost.owes(
    "nr", "apply_within_three_months", opened="2026-07-27", due="2026-10-27", done="2026-10-30", late=3, loses_right=True,
    not_before="2026-08-18",  # 4–7, 10–14, 17 August
)  # fmt: skip
# 2–6 November to accept; refused on the 4th; fifteen days from the 10th: the 25th; the higher court's fifteen end on
# Saturday 5, so Monday 7 December: 8 and 9 are two late
lost.act(
    "2026-11-04", "court.chengguan", "EnforcementNotAccepted", mark="不受104", application="拉申104乙",
    ruling_no="（2026）藏0102行审104号", reasons="超过申请期限",
)  # fmt: skip
lost.owes(
    "court.chengguan",
    "accept_enforcement",
    about="申104乙",
    opened="2026-10-30",
    due="2026-11-06",
    done="2026-11-04",
)
lost.owes(
    "court.chengguan", "state_reasons_not_filed", opened="2026-11-04", due="2026-11-04", done="2026-11-04"
)
# never copied: 2–6, 9, 10 November; as of 31 December 11–13, 16–20, 23–27, 30 (14), and 1–4, 7–11, 14–18, 21–25, 28–31 (23)
lost.owes(
    "nr", "copy_application_to_procuratorate", about="申104乙", opened="2026-10-30", due="2026-11-10", state="overdue",
    late=37, escalated=["deputy", "head", "discipline"],
)  # fmt: skip
lost.act("2026-11-10", "nr", "RulingReceived", ruling_no="（2026）藏0102行审104号")
lost.act("2026-11-20", "nr", "RulingReviewApplied", ruling_no="（2026）藏0102行审104号", court="court.lhasa")
lost.owes("nr", "apply_ruling_review", opened="2026-11-10", due="2026-11-25", done="2026-11-20")
lost.act(
    "2026-12-09", "court.lhasa", "RulingReviewDecided", irregular=("ruled_late",), ruling_no="（2026）藏0102行审104号",
    outcome="upheld",
)  # fmt: skip
lost.owes(
    "court.lhasa",
    "decide_ruling_review_not_accepted",
    opened="2026-11-20",
    due="2026-12-07",
    done="2026-12-09",
    late=2,
)
# 申请监督: not accepted; withdrawn; grounds of the other list; a judgment that does not exist
lost.act(
    "2026-11-12", "nr", "SupervisionApplied", mark="监甲", supervision_no="拉监104甲", category="enforcement",
    grounds=["not_accepted"],
)  # fmt: skip
lost.act(
    "2026-11-16",
    "procuratorate",
    "SupervisionNotAccepted",
    supervision_no="拉监104甲",
    reasons="复议尚未结束",
)
lost.owes(
    "procuratorate", "accept_supervision_application", about="监甲", opened="2026-11-12", done="2026-11-16"
)
lost.act(
    "2026-11-17", "nr", "SupervisionApplied", refused=(RULE_BROKEN, "grounds"), supervision_no="拉监104乙",
    category="judgment", grounds=["not_accepted"],
)  # fmt: skip
lost.act(
    "2026-11-18", "nr", "SupervisionApplied", mark="监乙", irregular=("supervision_without_object",),
    supervision_no="拉监104乙", category="judgment", grounds=["wrong_judgment"],
)  # fmt: skip
lost.act("2026-11-19", "nr", "SupervisionWithdrawn", supervision_no="拉监104乙", reasons="并无诉讼")
lost.owes(
    "procuratorate",
    "accept_supervision_application",
    about="监乙",
    opened="2026-11-18",
    state="cancelled",
    cancelled_on="2026-11-19",
)

# --- the receipt says granted, the court says refused ------------------------------------------------------------------------

clash = YEAR.file("拉自然资执〔2026〕105号", "lhasa")
NO_105 = "（2026）藏0102行审105号"
clash.act("2026-01-05", "nr", "CaseFiled", **filed("占地建棚案"))
clash.act("2026-01-12", "nr", "PenaltyDecided", decision_no="拉罚105", items=[{"kind": "demolish"}])
clash.act("2026-01-13", "nr", "PenaltyServed", decision_no="拉罚105", method="direct")
clash.act("2026-03-02", "nr", "PerformanceDemanded", decision_no="拉罚105")
# sixty days: 18 of January, 28 and 14, a Saturday: Monday 16 March; ten working days: 3–6, 9–13, 16. So from the 17th;
# three months from 28 January: 28 April
clash.act(
    "2026-03-17", "nr", "EnforcementApplied", mark="申105", court="court.chengguan", decision_no="拉罚105",
    application_no="拉申105",
)  # fmt: skip
clash.owes(
    "nr",
    "apply_within_three_months",
    opened="2026-01-28",
    due="2026-04-28",
    done="2026-03-17",
    not_before="2026-03-17",
)
clash.act("2026-03-18", "nr", "ApplicationCopied", materials=[{"title": "申请书"}])
clash.act("2026-03-19", "court.chengguan", "EnforcementAccepted", review_case_no=NO_105)
clash.act("2026-03-20", "nr", "AcceptanceReceived")
clash.act("2026-03-23", "nr", "AcceptanceCopied")
clash.act(
    "2026-03-27", "nr", "RulingReceived", mark="收105", ruling_no=f"{NO_105}之一", result="granted", made_on="2026-03-24",
    executor="court",
)  # fmt: skip
clash.owes("nr", "copy_ruling_to_procuratorate", on="2026-03-29", known="2026-03-29T12:00:00+08:00",
           opened="2026-03-27", due="2026-04-08", state="open", remaining_working_days=7)  # fmt: skip
clash.act(
    "2026-03-25", "court.chengguan", "EnforcementRefused", received="2026-03-30",
    irregular=("dates_contradict", "results_contradict"), ruling_no=f"{NO_105}之一", reasons="处罚程序违法",
)  # fmt: skip
# it is as the court says: nothing to copy, but fifteen days to ask the higher court, from the 27th: Saturday 11, Monday 13
clash.owes(
    "nr", "apply_ruling_review", opened="2026-03-27", due="2026-04-13", state="cancelled", outcome="lapsed"
)
# 20, 23–27, 30 March
clash.owes("court.chengguan", "rule_on_enforcement", opened="2026-03-19", due="2026-03-30", done="2026-03-25")

# --- 纪检监察: to another place's, passed on, and the day not proved ------------------------------------------------------------

clue = YEAR.file("discipline/lhasa-2026-1", "lhasa")
clue.act(
    "2026-03-02", "nr", "DisciplineClueReferred", received="2026-03-09", irregular=(NOT_PROVED, "wrong_recipient"),
    referral_no="拉线1", to="discipline.chengguan", subjects="某干部", content="不作为",
)  # fmt: skip
clue.act(
    "2026-03-10",
    "discipline.chengguan",
    "DisciplineClueHandled",
    refused=(RULE_BROKEN, "type"),
    disposition="accepted",
)
clue.act("2026-03-10", "discipline.chengguan", "DisciplineClueReceived", clock="11:00")
clue.act(
    "2026-03-11",
    "discipline.chengguan",
    "DisciplineClueHandled",
    disposition="passed_on",
    to="discipline.lhasa",
)
clue.act(
    "2026-03-12",
    "discipline.chengguan",
    "AccountabilityReported",
    refused=(RULE_BROKEN, "actor"),
    outcome="无",
)
clue.act("2026-03-12", "discipline", "DisciplineClueReceived", clock="11:00")
clue.act("2026-06-30", "discipline", "DisciplineClueHandled", disposition="not_handled", reasons="查无实据")
clue.owes("discipline.chengguan", "receive_discipline_clue", opened="2026-03-09", done="2026-03-10")

# --- 联席会议: a half-year missed, an agency absent, a case on the agenda ---------------------------------------------------------

PARTNERS = ["discipline.lhasa", "court.lhasa", "procuratorate.lhasa", "police.lhasa"]
meeting = YEAR.file("meeting/lhasa-2026-1", "lhasa")
agenda = [{"class": "会商", "text": "准予执行率"}]
meeting.act(
    "2026-06-01", "nr", "MeetingConvened", refused=("schema_invalid", "agenda.0.class"), kind="regular",
    agenda=[{"class": "其他", "text": "准予执行率"}], attendees=PARTNERS, on="2026-06-29",
)  # fmt: skip
meeting.act(
    "2026-06-01", "nr", "MeetingConvened", clock="10:10", mark="召1", kind="regular", agenda=agenda, attendees=PARTNERS,
    on="2026-06-29",
)  # fmt: skip
meeting.act(
    "2026-06-02", "nr", "MeetingConvened", refused=(RULE_BROKEN, "type"), kind="regular", agenda=agenda, attendees=PARTNERS,
    on="2026-06-30",
)  # fmt: skip
meeting.act("2026-06-26", "nr", "MeetingDeferred", reason="人员冲突", new_on="2026-07-03")
meeting.act(
    "2026-07-03",
    "nr",
    "MeetingHeld",
    irregular=("attendee_absent",),
    attended=PARTNERS[:3],
    absent=["police.lhasa"],
)
meeting.act(
    "2026-07-06",
    "nr",
    "MinutesDrafted",
    items=[{"item_no": "1", "text": "培训", "holder": "court.lhasa", "due_on": "2026-08-31"}],
)
meeting.act("2026-07-06", "police.chengguan", "MinutesEndorsed", clock="11:00", refused=(RULE_BROKEN, "type"))
for agency in PARTNERS[:3]:
    meeting.act("2026-07-07", agency, "MinutesEndorsed")
meeting.act("2026-09-03", "court", "ItemReported", irregular=("performed_late",), item_no="1", what="已培训")
# it was held in the second half-year; the first one's last day was 30 June: 1–3, 6–10 July are eight
of_city = YEAR.file("region/540100", "lhasa")
of_city.owes(
    "nr", "hold_joint_meeting", on="2026-07-10", opened="2026-01-01", due="2026-06-30", state="overdue", late=8,
    escalated=["deputy", "head", "higher"],
)  # fmt: skip
of_city.owes("nr", "hold_joint_meeting", opened="2026-07-01", due="2026-12-31", done="2026-07-03")
meeting.owes(
    "police",
    "attend_joint_meeting",
    on="2026-07-10",
    opened="2026-06-01",
    due="2026-07-03",
    state="overdue",
    late=5,
)  # 6–10 July
# 1–3 September
meeting.owes("court", "report_meeting_item", opened="2026-07-07", due="2026-08-31", done="2026-09-03", late=3)
single = YEAR.file("meeting/lhasa-2026-2", "lhasa")
single.act(
    "2026-05-11",
    "nr",
    "MajorMatterRaised",
    irregular=("ad_hoc_names_case",),
    what="研究拉自然资执〔2025〕101号的执行",
)
single.act("2026-05-12", "nr", "MeetingCancelled", reason="不针对具体案件")
single.act("2026-05-13", "nr", "MajorMatterRaised", refused=(RULE_BROKEN, "type"), what="补充")
single.owes("nr", "hold_ad_hoc_meeting", opened="2026-05-11", state="cancelled", cancelled_on="2026-05-12")

# --- 核账销账: not agreed, agreed and taken back, closed with a difference ---------------------------------------------------------

round_ = YEAR.file("reconciliation/lhasa-2026-1", "lhasa")
CASE_ROW, PAPER_ROW = "cases/拉自然资执〔2025〕101号", "papers/enforcement/<申102>"
round_.act(
    "2026-06-22", "nr", "AccountConfirmed", refused=(RULE_BROKEN, "type"), agency="nr.lhasa", digest="a" * 64
)
round_.act(
    "2026-06-22", "nr", "ReconciliationOpened", clock="10:10", from_="2026-01-01", to="2026-05-31",
    agencies=["nr.lhasa", *PARTNERS],
)  # fmt: skip
round_.act("2026-06-23", "nr", "AccountConfirmed", agency="nr.lhasa", digest="a" * 64)
round_.act(
    "2026-06-23",
    "court",
    "AccountConfirmed",
    refused=(RULE_BROKEN, "agency"),
    agency="police.lhasa",
    digest="a" * 64,
)
round_.act(
    "2026-06-24", "police", "DifferenceRaised", mark="差1", what="我局登记有一份未见的移送书",
    expected={"number": "拉移99", "date": "2026-04-01", "from": "nr.lhasa"},
)  # fmt: skip
round_.act(
    "2026-06-24",
    "police",
    "DifferenceResolved",
    clock="11:00",
    refused=(RULE_BROKEN, "actor"),
    how="自行销去",
)
round_.act("2026-06-25", "nr", "WriteOffProposed", mark="销案", row=CASE_ROW, ground="cannot_be_executed")
round_.act(
    "2026-06-25", "nr", "WriteOffAgreed", clock="11:00", refused=(RULE_BROKEN, "officer"), row=CASE_ROW
)
round_.act("2026-06-26", "nr.xizang", "WriteOffRejected", row=CASE_ROW, reason="附属设施未拆")
# its own deputy head was to answer; the department above did, so nothing is owed any more
round_.owes(
    "nr", "write_off_row", about="销案", opened="2026-06-25", state="cancelled", cancelled_on="2026-06-26"
)
round_.act(
    "2026-06-25",
    "nr",
    "WriteOffProposed",
    clock="14:00",
    mark="销文",
    row=PAPER_ROW,
    ground="completed",
    to="court.chengguan",
)
round_.act("2026-06-26", "court", "WriteOffAgreed", refused=(RULE_BROKEN, "actor"), row=PAPER_ROW)
round_.act("2026-06-26", "court.chengguan", "WriteOffAgreed", clock="11:00", row=PAPER_ROW)
round_.act("2026-06-29", "nr", "RowReinstated", row=PAPER_ROW, reason="执行尚未结束")
round_.act(
    "2026-06-29",
    "nr",
    "RowReinstated",
    clock="11:00",
    refused=(RULE_BROKEN, "row"),
    row=PAPER_ROW,
    reason="重复",
)
round_.act("2026-07-09", "nr", "ReconciliationClosed", refused=(RULE_BROKEN, "carried"))
round_.act("2026-07-10", "nr", "ReconciliationClosed", irregular=("closed_unconfirmed",), carried=["拉移99"])
round_.act(
    "2026-07-13",
    "court",
    "AccountConfirmed",
    refused=(RULE_BROKEN, "type"),
    agency="court.lhasa",
    digest="a" * 64,
)
of_city.owes("nr", "reconcile_accounts", opened="2026-01-01", due="2026-06-30", done="2026-06-23")
of_city.owes("police", "reconcile_accounts", opened="2026-01-01", due="2026-06-30", done="2026-06-24")
of_city.owes(
    "court",
    "reconcile_accounts",
    on="2026-07-10",
    opened="2026-01-01",
    due="2026-06-30",
    state="overdue",
    late=8,
)
round_.owes("nr", "resolve_difference", about="差1", opened="2026-06-24", state="open")


# --- the year told --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(ledger_folder: Path) -> Iterator[Told]:
    found = told(YEAR, ledger_folder)
    yield found
    found.ledger.close()


def test_every_line_is_answered_as_it_should_be(year):
    assert not year.surprises, "\n".join(year.surprises)


@pytest.mark.parametrize("owed", YEAR.owed, ids=str)
def test_a_duty_stands_as_counted_by_hand(year, owed):
    assert year.shown(owed) == owed.shown


def test_what_is_left_undone_at_the_end_is_this(year):
    """Working days from 6 July: 20 of July, August 21, September 22, October 18, November 21, December
    23. In case 105 the court refused: there is no granted ruling to copy, whatever the receipt said before."""
    rest = 21 + 22 + 18 + 21 + 23
    by_hand = {
        ("meeting/lhasa-2026-1", "attend_joint_meeting", "police.lhasa"): (
            "overdue",
            20 + rest,
        ),  # since 3 July
        ("拉自然资执〔2026〕104号", "copy_application_to_procuratorate", "nr.lhasa"): (
            "overdue",
            37,
        ),  # as above
        # 15–17, 20–23 April, then 24, 27–30 April (5), May 19, June 21, July 23
        ("达自然资执〔2026〕103号", "copy_acceptance_to_procuratorate", "nr.dagze"): (
            "overdue",
            5 + 19 + 21 + 23 + rest,
        ),
        ("达自然资执〔2026〕103号", "copy_ruling_to_procuratorate", "nr.dagze"): ("not_running", 0),
    }
    left = {
        (d["case"], d["duty"], d["holder"]): (d["state"], d["overdue_working_days"])
        for d in year.board(YEAR.end)
        if d["state"] in ("overdue", "not_running", "disputed") and not d["case"].startswith("region/")
    }
    assert left == by_hand


def test_the_copies_are_in_the_books_with_their_days_late(year, ledger_folder):
    shown = subprocess.run(
        [sys.executable, "-m", "gongze", "accounts", "--as-of", YEAR.end, "--format", "json"], cwd=ledger_folder,
        check=True, capture_output=True,
    )  # fmt: skip
    book = {r["application_no"]: r["copies"] for r in json.loads(shown.stdout)["papers"]["enforcement"]}
    by_hand = {
        "拉申101": (0, 3, 2),
        "拉申102": (1, 0, 0),
    }
    for number, days_late in by_hand.items():
        copies = [book[number][kind] for kind in ("application", "acceptance", "ruling")]
        assert tuple(c["days_late"] for c in copies) == days_late


def test_the_whole_ledger_verifies(year):
    report = inspection.verify(year.settings, deep=True)
    assert report.ok, report.faults
