"""拉萨市自然资源执法监管共同责任机制, the year 2025: everything that the instrument asks for, done, and all of it in time.

One county tells most of it: a case of its own for each way that a violation can go, from finding and filing to the
write-off; the city and the other places meet and reconcile beside it. Days are counted by hand, by 国办发明电〔2024〕12号:
off are 1 January, 28 January to 4 February, 4 to 6 April, 1 to 5 May, 31 May to 2 June, 1 to 8 October 2025; worked are
Sunday 26 January, Saturday 8 February, Sunday 27 April, Sunday 28 September, Saturday 11 October.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gongze import inspection
from tests.years.telling import Told, Year, told

YEAR = Year(end="2026-01-30")
PARTNERS = ("discipline", "court", "procuratorate", "police")
OTHERS = ("discipline", "police")
"""Of an application or ruling: the court has it, and the procuratorate gets it as one of the three copies."""
PLACES = {
    "lhasa": "540100",
    "chengguan": "540102",
    "duilong": "540103",
    "dagze": "540104",
    "lhasa-park": "540199",
}


def place(region: str = "540102", **areas: str) -> dict[str, str]:
    return {"region": region, "address": "示例村一组", **areas}


# --- 1. 未批先占, from finding to write-off: the whole way through the court, carried out by the government ------------

one = YEAR.file("城自然资执〔2025〕1号")

# Monday 6 January: found, stopped in vain, reported, all on the day. “及时发现、制止……并向属地政府报告” 三（六）
one.act("2025-01-06", "nr", "ViolationFound", clock="08:30", what="未批先占建厂房", place=place())
one.act("2025-01-06", "nr", "NoticeIssued", clock="09:00", notice="stop_violation", notice_no="城停1")
one.act("2025-01-06", "nr", "NoticeIneffective", clock="09:30", notice_no="城停1", what="拒不停工")
one.act(
    "2025-01-06", "nr", "ViolationReported", clock="10:00", mark="报1", government="government.chengguan",
    report_no="城报1",
)  # fmt: skip
one.act(
    "2025-01-06", "nr", "ViolationCopied", clock="10:10", report_no="城报1",
    to=["police.chengguan", "discipline.chengguan"],
)  # fmt: skip
one.act("2025-01-06", "government", "CopyAcknowledged", clock="11:00", of="城报1")
one.act("2025-01-06", "police", "CopyAcknowledged", clock="11:10", of="ViolationCopied")
one.act("2025-01-06", "discipline", "CopyAcknowledged", clock="11:20", of="ViolationCopied")
one.act("2025-01-06", "government", "MeasuresTaken", clock="14:00", measures="断电，封存设备，派员值守")
one.act(
    "2025-01-07", "government", "InstructionGiven", to="nr.chengguan", what="依法从快查处", by="分管副区长"
)
one.owes("nr", "stop_violation", opened="2025-01-06", done="2025-01-06")
one.owes("nr", "report_violation_to_government", opened="2025-01-06", done="2025-01-06")
# “应当立即采取有效措施”: due on the day that the report was signed for
one.owes("government", "take_effective_measures", opened="2025-01-06", due="2025-01-06", done="2025-01-06")

one.act(
    "2025-01-08", "nr", "CaseFiled", title="甲公司未批先占建厂房案", parties=[{"name": "甲公司"}],
    place=place(area_m2="1200.00", farmland_m2="300.00"), violation="unapproved_land_use", source="patrol",
)  # fmt: skip
one.act("2025-01-09", "government", "Reassigned", to="police.chengguan", what="请协助值守", means="公文")
one.owes("nr", "file_and_investigate", opened="2025-01-06", done="2025-01-08")
# police and discipline inspection have the report by the copy of the 6th, so it is shared with the other two
one.shares("2025-01-08", "violation_report", "城报1", ("court", "procuratorate"), acknowledged="2025-01-09")
one.owes(
    "nr", "share_violation_report", opened="2025-01-06", done="2025-01-08",
    recipients=["court.chengguan", "procuratorate.chengguan"],
)  # fmt: skip

# 听证. Told on Monday 3 March; five working days, 4, 5, 6, 7, 10: until 10 March (行政处罚法 §64（一）)
one.act("2025-03-03", "nr", "PenaltyHearingRightNotified")
one.act("2025-03-06", "nr", "PenaltyHearingRequested")
one.owes(
    "party", "request_hearing_in_5_working_days", opened="2025-03-03", due="2025-03-10", done="2025-03-06"
)
# Heard on Monday 24 March. Seven whole working days before it, 21, 20, 19, 18, 17, 14, 13: told by 12 March
one.act("2025-03-12", "nr", "PenaltyHearingNoticed", hearing_on="2025-03-24")
one.owes("nr", "notify_hearing_7_days_before", opened="2025-03-24", due="2025-03-12", done="2025-03-12")

# 九十日: 23 days of January, 28, 31, 8 make 8 April. Working days after 1 April: 2, 3, then 7, 8 (清明 from 4 to 6)
one.owes(
    "nr", "decide_penalty_in_90_days", on="2025-04-01", opened="2025-01-08", due="2025-04-08", state="open",
    remaining_working_days=4,
)  # fmt: skip
one.owes(
    "nr", "decide_penalty_in_90_days", on="2025-04-02", opened="2025-01-08", due="2025-04-08", state="due_soon",
    remaining_working_days=3,
)  # fmt: skip
one.act("2025-04-03", "nr", "DecisionTermExtended", until="2025-05-08", reasons="案情复杂，经负责人批准")
# 7–11 April (5), 14–18 (10), 21–25 (15), Sunday 27 (16), 28–30 (19), 6–8 May (22)
one.owes(
    "nr", "decide_penalty_in_90_days", on="2025-04-03", opened="2025-01-08", due="2025-05-08", state="extended",
    remaining_working_days=22,
)  # fmt: skip
one.act(
    "2025-04-22", "nr", "PenaltyDecided", mark="罚1", decision_no="城罚1",
    items=[{"kind": "demolish", "what": "拆除厂房"}, {"kind": "fine", "amount_yuan": "30000.00"},
           {"kind": "return_land"}],
)  # fmt: skip
one.owes(
    "nr", "decide_penalty_in_90_days", opened="2025-01-08", due="2025-05-08", done="2025-04-22",
)  # fmt: skip
one.shares("2025-04-24", "penalty_decision", "城罚1", PARTNERS, acknowledged="2025-04-25")
one.owes("nr", "share_penalty_decision", opened="2025-04-22", done="2025-04-24")
# 送达: 23, 24, 25, then Sunday 27 is worked, 28, 29, 30: the seventh is 30 April
one.act("2025-04-30", "nr", "PenaltyServed", mark="送1", decision_no="城罚1", method="direct")
one.owes("nr", "serve_penalty_in_7_working_days", opened="2025-04-22", due="2025-04-30", done="2025-04-30")

# The party's time: fifteen days to pay and, the order being to demolish, to sue: 15 May. Sixty days for a review: 31 of
# May and 29 make Sunday 29 June, so Monday 30. Six months to sue over the rest: 30 October. Nobody uses any of it.
one.owes(
    "party", "suit_term_land_demolition", opened="2025-04-30", due="2025-05-15", state="cancelled", outcome="lapsed"
)  # fmt: skip
one.owes("party", "review_term", opened="2025-04-30", due="2025-06-30", state="cancelled", outcome="lapsed")
one.owes(
    "party", "suit_term_general", opened="2025-04-30", due="2025-10-30", state="cancelled", outcome="lapsed"
)
# 缴款: due on 15 May, put off until 13 June, paid on the 12th; the land given back on the 20th
one.act("2025-05-14", "nr", "PaymentPostponed", decision_no="城罚1", until="2025-06-13", items=["2"])
one.act("2025-06-12", "nr", "FinePaid", decision_no="城罚1", items=["2"], amount_yuan="30000.00")
one.act("2025-06-20", "nr", "Performed", decision_no="城罚1", items=["3"])
one.owes("party", "pay_fine_in_15_days", opened="2025-04-30", due="2025-06-13", done="2025-06-12")

# 催告 on Monday 16 June; ten working days, 17–20, 23–27, 30: not before 1 July, when the review term has run out too
one.act("2025-06-16", "nr", "PerformanceDemanded", mark="催1", decision_no="城罚1")
one.owes(
    "nr", "demand_before_application", opened="2025-05-15", done="2025-06-16"
)  # of the demolition: its suit term ended on 15 May
one.owes("nr", "demand_before_application", opened="2025-10-30", done="2025-06-16")  # of the rest
one.act(
    "2025-07-02", "nr", "EnforcementApplied", mark="申1", court="court.chengguan", decision_no="城罚1",
    application_no="城申1", items=["1"],
)  # fmt: skip
one.owes(
    "nr", "wait_10_working_days_after_demand", opened="2025-06-16", done="2025-07-02", not_before="2025-07-01"
)
# 三个月: from 15 May to Friday 15 August
one.owes(
    "nr", "apply_within_three_months", opened="2025-05-15", due="2025-08-15", done="2025-07-02",
    not_before="2025-07-01",
)  # fmt: skip
# of the rest it would run from 30 October to 30 January, but by 20 June all of that was done
one.owes(
    "nr", "apply_within_three_months", opened="2025-10-30", due="2026-01-30", state="cancelled",
    cancelled_on="2025-06-20",
)  # fmt: skip

# First copy: 3, 4, 7, 8, 9, 10, 11 July
one.act(
    "2025-07-07", "nr", "ApplicationCopied", mark="抄1", materials=[{"title": "强制执行申请书", "pages": 3}]
)
one.act("2025-07-08", "procuratorate", "CopyAcknowledged", of="城申1")
one.owes(
    "nr", "copy_application_to_procuratorate", opened="2025-07-02", due="2025-07-11", done="2025-07-07",
    recipient="procuratorate.chengguan",
)  # fmt: skip
one.owes(
    "nr", "copy_application_to_procuratorate", on="2025-07-04", opened="2025-07-02", due="2025-07-11", state="open",
    remaining_working_days=5,
)  # fmt: skip
one.owes(
    "nr", "copy_application_to_procuratorate", on="2025-07-06", opened="2025-07-02", due="2025-07-11", state="open",
    remaining_working_days=5,
)  # fmt: skip
one.shares("2025-07-08", "enforcement_application", "城申1", OTHERS, acknowledged="2025-07-09")
one.owes(
    "nr", "share_enforcement_application", opened="2025-07-02", done="2025-07-08",
    recipients=["discipline.chengguan", "police.chengguan"],
)  # fmt: skip
# 受理: five working days, 3, 4, 7, 8, 9; the papers were completed on the 8th: 9, 10, 11, 14, 15
one.owes(
    "court", "accept_enforcement", on="2025-07-03", opened="2025-07-02", due="2025-07-09", state="open",
    remaining_working_days=4, warn_on="2025-07-07",
)  # fmt: skip
one.act("2025-07-04", "court", "SupplementDemanded", what="补充送达回证")
one.act("2025-07-08", "nr", "MaterialsSupplemented", clock="16:00", what="送达回证")
one.act("2025-07-11", "court", "EnforcementAccepted", mark="受1", review_case_no="（2025）藏0102行审1号")
one.owes("court", "accept_enforcement", opened="2025-07-02", due="2025-07-15", done="2025-07-11")
one.act("2025-07-16", "procuratorate", "HandlingTracked", subject="court_handling", finding="已受理，在审查")
one.owes("procuratorate", "track_court_handling", opened="2025-07-07", done="2025-07-16")
one.owes(  # and owed again until the court had ruled
    "procuratorate", "track_court_handling", opened="2025-07-16", state="cancelled", cancelled_on="2025-07-22"
)

# Second copy, from obtaining the notice on the 15th: 16, 17, 18, 21, 22, 23, 24 July, sent on the last of them
one.owes(
    "nr", "copy_acceptance_to_procuratorate", on="2025-07-14", state="not_running", due=None,
    earliest_due_on="2025-07-22",
)  # fmt: skip
one.act("2025-07-15", "nr", "AcceptanceReceived", mark="取1")
one.act("2025-07-24", "nr", "AcceptanceCopied", clock="17:30")
one.act("2025-07-25", "procuratorate", "CopyAcknowledged", of="AcceptanceCopied")
one.owes("nr", "confirm_acceptance_receipt", opened="2025-07-11", done="2025-07-15")
one.owes("nr", "copy_acceptance_to_procuratorate", opened="2025-07-15", due="2025-07-24", done="2025-07-24")
# 裁定: 14–18, 21, 22 July; by calendar days (行诉解释 §160) it would be the 18th
one.owes(
    "court", "rule_on_enforcement", on="2025-07-18", opened="2025-07-11", due="2025-07-22", state="due_soon",
    remaining_working_days=2, warn_on="2025-07-18",
)  # fmt: skip
one.act(
    "2025-07-22", "court", "EnforcementGranted", mark="裁1", ruling_no="（2025）藏0102行审1号之一",
    executor="government", executing_agency="government.chengguan",
)  # fmt: skip
one.owes("court", "rule_on_enforcement", opened="2025-07-11", due="2025-07-22", done="2025-07-22")

# Third copy, from receiving the ruling on the 24th: 25, 28–31 July, 1 and 4 August, sent on the last of them
one.act(
    "2025-07-24", "nr", "RulingReceived", clock="18:00", mark="收1", ruling_no="（2025）藏0102行审1号之一"
)
one.shares("2025-07-25", "court_ruling", "（2025）藏0102行审1号之一", OTHERS, acknowledged="2025-07-28")
one.act("2025-08-04", "nr", "RulingCopied", ruling_no="（2025）藏0102行审1号之一")
one.act("2025-08-05", "procuratorate", "CopyAcknowledged", of="RulingCopied")
one.owes("nr", "confirm_ruling_receipt", opened="2025-07-22", done="2025-07-24")
one.owes("nr", "copy_ruling_to_procuratorate", opened="2025-07-24", due="2025-08-04", done="2025-08-04")
one.owes(
    "nr", "share_court_ruling", opened="2025-07-24", done="2025-07-25",
    recipients=["discipline.chengguan", "police.chengguan"],
)  # fmt: skip

# 裁执分离: the government carries it out, with the police, as a joint case (五（四）)
one.act("2025-07-28", "government", "ExecutionOrganised", plan="由属地政府组织拆除")
one.owes("government", "organise_granted_execution", opened="2025-07-22", done="2025-07-28")
one.act(
    "2025-07-28", "nr", "JointEnforcementOpened", clock="11:00", agencies=["police.chengguan", "government.chengguan"],
    lead="government.chengguan",
)  # fmt: skip
one.act(
    "2025-07-29", "government", "AssistanceRequested", mark="助1", assistance_no="城助1", to="police.chengguan",
    at="2025-08-20T09:00:00+08:00", place="示例村一组", tasks=["crowd_control", "cordon"], people="20",
)  # fmt: skip
one.act(
    "2025-07-29", "government", "AssistanceRequested", clock="10:30", mark="助2", assistance_no="城助2",
    to="nr.chengguan", at="2025-08-20T09:00:00+08:00", place="示例村一组", tasks=["site_confirmation"],
)  # fmt: skip
one.act("2025-07-31", "police", "AssistanceConfirmed", assistance_no="城助1", people="20")
one.act("2025-08-06", "procuratorate", "FilesRequested", files_no="城检调1", what="行政处罚案卷")
one.act(
    "2025-08-07",
    "procuratorate",
    "ContactLogged",
    to="court.chengguan",
    what="了解移交执行的进度",
    means="电话",
)
one.act("2025-08-08", "nr", "FilesProvided", what="行政处罚案卷一册")
one.act("2025-08-11", "nr", "Reminded", to="government.chengguan", what="请报拆除进度", means="电话")
one.act(
    "2025-08-12", "procuratorate", "HandlingTracked", subject="administrative_execution", finding="已排定日期"
)
one.act("2025-08-15", "government", "AssistanceCancelled", assistance_no="城助2", reasons="边界已由图件确认")
one.act(
    "2025-08-18", "government", "AssistanceRescheduled", assistance_no="城助1", at="2025-08-21T10:00:00+08:00"
)
one.act(
    "2025-08-19", "procuratorate", "HandlingTracked", subject="administrative_execution", finding="已通知各方"
)
one.act(
    "2025-08-21", "police", "AssistanceProvided", clock="18:00", assistance_no="城助1", people="22",
    at="2025-08-21T09:50:00+08:00",
)  # fmt: skip
one.act(
    "2025-08-21", "nr", "ObstructionReported", clock="11:00", mark="妨1", obstruction_no="城妨1",
    at="2025-08-21T10:20:00+08:00", place="示例村一组", what="堵门、推搡执法人员",
)  # fmt: skip
one.act("2025-08-21", "police", "ObstructionHandled", clock="12:00", obstruction_no="城妨1")
one.act(
    "2025-08-21", "police", "HandlingTracked", clock="19:00", subject="joint_case", finding="现场秩序良好"
)
one.act("2025-08-22", "government", "HandlingTracked", subject="joint_case", finding="已拆除过半")
one.act("2025-08-25", "government", "ExecutionCompleted", result="full", what="已全部拆除")
one.act("2025-08-26", "government", "RemovalReported", what="违法状态已消除")
one.act("2025-08-27", "nr", "RemovalVerified", what="现场核实：已拆除并平整", on_site=True)
one.act("2025-08-29", "police", "ObstructionHandled", obstruction_no="城妨1", outcome="行政拘留一人")
one.owes(
    "police", "provide_assistance", about="助1", opened="2025-07-29", due="2025-08-21", done="2025-08-21",
    due_at="2025-08-21T10:00:00+08:00",
)  # fmt: skip
one.owes(
    "nr", "provide_assistance", about="助2", opened="2025-07-29", due="2025-08-20", state="cancelled",
    cancelled_on="2025-08-15",
)  # fmt: skip
one.owes("police", "stop_obstruction", opened="2025-08-21", due="2025-08-21", done="2025-08-21")
one.owes("police", "investigate_obstruction", opened="2025-08-21", done="2025-08-29")
one.owes("government", "complete_granted_execution", opened="2025-07-28", done="2025-08-25")
# tracked twice after the ruling was sent, and owed a third time until the execution was complete
one.owes("procuratorate", "track_administrative_execution", opened="2025-08-04", done="2025-08-12")
one.owes("procuratorate", "track_administrative_execution", opened="2025-08-12", done="2025-08-19")
one.owes(
    "procuratorate", "track_administrative_execution", opened="2025-08-19", state="cancelled",
    cancelled_on="2025-08-25",
)  # fmt: skip
one.owes("police", "track_joint_case", opened="2025-07-28", done="2025-08-21")
one.owes("government", "track_joint_case", opened="2025-07-28", done="2025-08-22")
one.owes("police", "track_joint_case", opened="2025-08-21", state="cancelled", cancelled_on="2025-09-10")
one.owes("government", "remove_illegal_state", opened="2025-01-06", done="2025-08-27")
one.act(
    "2025-09-03", "nr", "CaseBriefed", to=["court.chengguan", "procuratorate.chengguan"], what="已执行完毕"
)
one.act("2025-09-10", "nr", "CaseClosed", reason="执行完毕，违法状态消除")
one.shares("2025-09-12", "typical_case", "城典1", PARTNERS, acknowledged="2025-09-15")  # 五（三）

# --- 2. 复议, 起诉, 上诉, then enforcement of the judgment, in part refused ---------------------------------------------

two = YEAR.file("城自然资执〔2025〕2号")
two.act(
    "2025-01-13", "nr", "CaseFiled", title="乙公司临时用地建永久建筑案", parties=[{"name": "乙公司"}], place=place(),
    violation="building_on_temporary_land", source="patch",
)  # fmt: skip
two.act(
    "2025-02-10", "nr", "PenaltyDecided", decision_no="城罚2",
    items=[{"kind": "confiscate_building"}, {"kind": "fine", "amount_yuan": "50000.00"}],
)  # fmt: skip
# 18 days of January, 28, 31 and 13 make Sunday 13 April: Monday 14
two.owes("nr", "decide_penalty_in_90_days", opened="2025-01-13", due="2025-04-14", done="2025-02-10")
two.shares("2025-02-11", "penalty_decision", "城罚2", PARTNERS, acknowledged="2025-02-12")
# 11–14, 17, 18, 19 February
two.act("2025-02-17", "nr", "PenaltyServed", decision_no="城罚2", method="left")
two.owes("nr", "serve_penalty_in_7_working_days", opened="2025-02-10", due="2025-02-19", done="2025-02-17")
# 11 of February, 31 and 18: 18 April. Applied for in time, so the right to go to court on it ended there
two.act(
    "2025-03-03", "government", "ReviewApplied", mark="复2", decision_no="城罚2", authority="城关区人民政府"
)
two.owes("party", "review_term", opened="2025-02-17", due="2025-04-18", done="2025-03-03")
two.owes(
    "nr", "apply_within_three_months", opened="2025-08-18", due="2025-11-18", state="cancelled",
    cancelled_on="2025-03-03",
)  # fmt: skip
# 24 of March, 30, and 6: 6 May, the first day after the holiday; prolonged by the thirty days that the law allows
two.act("2025-03-07", "government", "ReviewAccepted", decision_no="城罚2")
two.owes(
    "government", "decide_review_in_60_days", on="2025-04-25", opened="2025-03-07", due="2025-05-06", state="open",
    remaining_working_days=5,  # Sunday 27, 28, 29, 30 April, 6 May
)  # fmt: skip
two.act("2025-04-28", "government", "ReviewExtended", decision_no="城罚2", until="2025-06-05")
# 没收: 11 of February, 31, 30 and 18 make Sunday 18 May: Monday 19
two.act(
    "2025-05-12", "nr", "ConfiscatedHandedOver", handover_no="城交2", to="government.chengguan",
    what="没收的建筑物一处",
)  # fmt: skip
two.act("2025-05-13", "government", "CopyAcknowledged", of="城交2")
two.owes("nr", "hand_over_confiscated_buildings", opened="2025-02-17", due="2025-05-19", done="2025-05-12")
two.act(
    "2025-05-20", "government", "ReviewDecided", received="2025-05-22", decision_no="城罚2", outcome="upheld",
    served_on="2025-05-22",
)  # fmt: skip
two.owes("government", "decide_review_in_60_days", opened="2025-03-07", due="2025-06-05", done="2025-05-20")
# fifteen days from 22 May: 6 June. Sued on the 3rd
two.act(
    "2025-06-03", "court", "LawsuitFiled", mark="诉2", decision_no="城罚2", court="court.chengguan",
    court_case_no="（2025）藏0102行初2号",
)  # fmt: skip
two.owes("party", "suit_term_after_review", opened="2025-05-22", due="2025-06-06", done="2025-06-03")
two.owes(
    "nr", "apply_within_three_months", opened="2025-06-06", due="2025-09-08", state="cancelled",
    cancelled_on="2025-06-03",
)  # fmt: skip
# the copy of the complaint came on 10 June: fifteen days to answer, 25 June
two.act("2025-06-10", "nr", "ComplaintReceived", court_case_no="（2025）藏0102行初2号")
two.act("2025-06-20", "nr", "AnswerFiled", court_case_no="（2025）藏0102行初2号")
two.owes("nr", "answer_lawsuit_in_15_days", opened="2025-06-10", due="2025-06-25", done="2025-06-20")
# 开庭 on 10 July: three whole days before it, 9, 8, 7, so by Sunday 6; the working day before that is the 4th
two.act(
    "2025-06-27",
    "court",
    "CourtSessionNoticed",
    court_case_no="（2025）藏0102行初2号",
    hearing_on="2025-07-10",
)
two.owes(
    "court", "notify_head_3_days_before", opened="2025-07-10", due="2025-07-06", done="2025-06-27",
    warn_on="2025-07-04",
)  # fmt: skip
two.act(
    "2025-07-08", "court", "CourtSessionPostponed", court_case_no="（2025）藏0102行初2号", hearing_on="2025-07-15",
    reason="合议庭成员变更",
)  # fmt: skip
two.act(
    "2025-07-15",
    "nr",
    "HeadAppeared",
    court_case_no="（2025）藏0102行初2号",
    hearing_on="2025-07-15",
    appeared=True,
)
two.owes("nr", "head_appears_in_court", opened="2025-06-27", due="2025-07-15", done="2025-07-15")
two.act(
    "2025-07-25", "court", "LawsuitDecided", received="2025-07-28", court_case_no="（2025）藏0102行初2号",
    instance="first", outcome="claims_dismissed", served_on="2025-07-28",
)  # fmt: skip
two.owes("court", "decide_lawsuit", opened="2025-06-03", done="2025-07-25")
two.owes("nr", "resolve_dispute_in_substance", opened="2025-06-03", done="2025-07-25")
# 上诉: fifteen days from 28 July, 12 August. The company appeals; the department had no reason to, and its time lapses
two.act(
    "2025-08-08", "court", "AppealFiled", court_case_no="（2025）藏0102行初2号", court="court.lhasa",
    appeal_case_no="（2025）藏01行终2号",
)  # fmt: skip
two.owes(
    "nr", "appeal_in_15_days", opened="2025-07-28", due="2025-08-12", state="cancelled", outcome="lapsed"
)
two.act(
    "2025-10-15", "court.lhasa", "LawsuitDecided", mark="判2", court_case_no="（2025）藏01行终2号", instance="second",
    outcome="claims_dismissed", effective_on="2025-10-15",
)  # fmt: skip
# An appealed judgment is not in effect (行政诉讼法 §85), so the two years run from the second one: to Friday 15 October
# 2027. That year's holidays are not published yet.
two.act(
    "2025-10-20", "nr", "EnforcementApplied", mark="申2", court="court.chengguan", decision_no="城罚2",
    application_no="城申2", basis="judgment",
)  # fmt: skip
two.owes(
    "nr", "apply_judgment_within_two_years", opened="2025-10-15", due="2027-10-15", done="2025-10-20",
    provisional=True,
)  # fmt: skip
# 21–24, 27, 28, 29 October
two.act("2025-10-21", "nr", "ApplicationCopied", materials=[{"title": "强制执行申请书"}, {"title": "判决书"}])
two.act("2025-10-22", "procuratorate", "CopyAcknowledged", of="城申2")
two.owes("nr", "copy_application_to_procuratorate", opened="2025-10-20", due="2025-10-29", done="2025-10-21")
two.shares("2025-10-22", "enforcement_application", "城申2", OTHERS, acknowledged="2025-10-23")
two.act("2025-10-24", "court", "EnforcementAccepted", review_case_no="（2025）藏0102行审2号")
two.owes("court", "handle_application_after_judgment", opened="2025-10-20", done="2025-10-24")
# the notice on Monday 27: 28–31 October, 3, 4, 5 November
two.act(
    "2025-10-27", "nr", "AcceptanceReceived", review_case_no="（2025）藏0102行审2号", accepted_on="2025-10-24"
)
two.act("2025-10-30", "nr", "AcceptanceCopied")
two.act("2025-10-31", "procuratorate", "CopyAcknowledged", of="AcceptanceCopied")
two.owes("nr", "copy_acceptance_to_procuratorate", opened="2025-10-27", due="2025-11-05", done="2025-10-30")
# 听取意见: instead of 27–31 October, 3, 4 November, thirty days from the acceptance: Sunday 23, so Monday 24 November
two.owes(
    "court", "rule_on_enforcement", on="2025-10-27", opened="2025-10-24", due="2025-11-04", state="open",
    remaining_working_days=6,
)  # fmt: skip
two.act("2025-10-28", "court", "HearingOfOpinionsOpened")
two.act("2025-11-05", "procuratorate", "HandlingTracked", subject="court_handling", finding="正在听取意见")
two.owes(
    "court", "rule_on_enforcement", on="2025-10-28", opened="2025-10-24", due="2025-11-24", state="extended",
    remaining_working_days=19,  # 29–31 October (3), 3–7 (8), 10–14 (13), 17–21 (18), 24 November
)  # fmt: skip
two.act(
    "2025-11-24", "court", "EnforcementGranted", mark="裁2甲", ruling_no="（2025）藏0102行审2号之一", executor="court",
    items=["2"],
)  # fmt: skip
two.act(
    "2025-11-24", "court", "EnforcementRefused", clock="10:30", mark="裁2乙", ruling_no="（2025）藏0102行审2号之二",
    reasons="没收的建筑物已移交，无须强制执行", items=["1"],
)  # fmt: skip
two.owes("court", "rule_after_hearing_opinions", opened="2025-10-24", due="2025-11-24", done="2025-11-24")
two.owes("court", "state_reasons_refused", opened="2025-11-24", due="2025-11-24", done="2025-11-24")
two.act("2025-11-26", "nr", "RulingReceived", mark="收2甲", ruling_no="（2025）藏0102行审2号之一")
two.act("2025-11-26", "court", "ExecutionFiled", clock="11:00", execution_case_no="（2025）藏0102执2号")
two.act(
    "2025-11-27",
    "court",
    "RulingRectified",
    ruling_no="（2025）藏0102行审2号之一",
    what="罚款金额大写笔误，予以补正",
)
two.act("2025-11-28", "nr", "RulingReceived", mark="收2乙", ruling_no="（2025）藏0102行审2号之二")
# a refusal is served within 25, 26, 27, 28 November, 1 December
two.owes("court", "serve_refusal_in_5_working_days", opened="2025-11-24", due="2025-12-01", done="2025-11-28")
# the granted part, from the 26th: 27, 28 November, 1–5 December
two.act("2025-12-01", "nr", "RulingCopied", ruling_no="（2025）藏0102行审2号之一")
two.act("2025-12-02", "procuratorate", "CopyAcknowledged", of="RulingCopied")
two.owes("nr", "copy_ruling_to_procuratorate", opened="2025-11-26", due="2025-12-05", done="2025-12-01")
two.shares("2025-12-02", "court_ruling", "（2025）藏0102行审2号之一", OTHERS, acknowledged="2025-12-03")
two.shares(
    "2025-12-02", "court_ruling", "（2025）藏0102行审2号之二", ("discipline", "procuratorate", "police"),
    acknowledged="2025-12-03",
)  # fmt: skip
two.owes("nr", "share_court_ruling", about="收2甲", done="2025-12-02")
two.owes("nr", "share_court_ruling", about="收2乙", done="2025-12-02")
# 复议: fifteen days from 28 November end on Saturday 13, so Monday 15 December; the higher court has thirty days from
# the 10th: 9 January
two.act("2025-12-10", "nr", "RulingReviewApplied", ruling_no="（2025）藏0102行审2号之二", court="court.lhasa")
two.owes("nr", "apply_ruling_review", opened="2025-11-28", due="2025-12-15", done="2025-12-10")
two.act(
    "2025-12-31",
    "court.lhasa",
    "RulingReviewDecided",
    ruling_no="（2025）藏0102行审2号之二",
    outcome="upheld",
)
two.owes(
    "court.lhasa", "decide_ruling_review_refused", opened="2025-12-10", due="2026-01-09", done="2025-12-31"
)
two.act("2025-12-03", "court", "ExecutionSuspended", reasons="案外人提出异议")
two.act("2025-12-10", "court", "ExecutionResumed", reasons="异议被驳回")
two.act(
    "2025-12-11", "procuratorate", "HandlingTracked", subject="administrative_execution", finding="已恢复执行",
    ruling_no="（2025）藏0102行审2号之一",
)  # fmt: skip
two.act(
    "2025-12-24",
    "court",
    "ExecutionCompleted",
    ruling_no="（2025）藏0102行审2号之一",
    result="full",
    what="罚款已执行到位",
)
two.act("2025-12-26", "nr", "RemovalVerified", what="现场核实：建筑物已由政府接管", on_site=True)
two.act("2026-01-06", "nr", "CaseClosed", reason="罚款执行完毕，没收建筑物已移交")

# --- 3. 涉嫌犯罪, taken up by the police ----------------------------------------------------------------------------

three = YEAR.file("城自然资执〔2025〕3号")
three.act(
    "2025-02-17", "nr", "CaseFiled", title="丙某破坏永久基本农田案", parties=[{"name": "丙某"}], place=place(),
    violation="basic_farmland_destroyed", source="public_report",
)  # fmt: skip
three.act("2025-02-24", "nr", "SuspectedCrimeFound", crime="非法占用农用地罪")
three.act("2025-02-26", "nr", "ReferralReportSubmitted", mark="移3", referral_no="城移3", by="专案组二人")
three.owes("nr", "name_referral_team", opened="2025-02-24", done="2025-02-26")
# three days end on Saturday 1 March, so Monday 3; the reading that does not move on is shown as a warning
three.act(
    "2025-02-28", "nr", "ReferralApproved", clock="16:30", mark="批3", referral_no="城移3",
    at="2025-02-28T16:20:00+08:00", by="局长",
)  # fmt: skip
three.owes(
    "nr", "approve_referral_in_3_days", opened="2025-02-26", due="2025-03-03", done="2025-02-28",
    warn_on="2025-03-01",
)  # fmt: skip
# 24 hours from the next full hour, through the night and the Saturday: 17:00 to 17:00
three.act(
    "2025-03-01", "nr", "CrimeReferred", clock="11:00", mark="移送3", referral_no="城移3", to="police.chengguan",
    suspected_crime="非法占用农用地罪", copied_to=["procuratorate.chengguan"],
)  # fmt: skip
three.owes(
    "nr", "refer_in_24_hours", opened="2025-02-28", due="2025-03-01", done="2025-03-01",
    due_at="2025-03-01T17:00:00+08:00",
)  # fmt: skip
three.act(
    "2025-03-01", "police", "CrimeReferralReceived", clock="12:10", referral_no="城移3",
    at="2025-03-01T12:00:00+08:00", complete=False,
)  # fmt: skip
three.owes("police", "sign_referral_receipt", opened="2025-03-01", due="2025-03-01", done="2025-03-01")
# something is missing: told within 24 hours from 13:00, put right within three days, and the three days of the police
# (until the 4th) begin anew with it, on the 4th: until Friday 7
three.act("2025-03-02", "police", "SupplementAsked", clock="09:30", referral_no="城移3", what="勘测图")
three.owes(
    "police", "ask_supplement_in_24_hours", opened="2025-03-01", due="2025-03-02", done="2025-03-02",
    due_at="2025-03-02T13:00:00+08:00",
)  # fmt: skip
three.act("2025-03-02", "nr", "CopyAcknowledged", clock="10:30", of="SupplementAsked")
three.act("2025-03-03", "procuratorate", "CopyAcknowledged", of="CrimeReferred")
three.owes("police", "decide_on_referral", on="2025-03-03", opened="2025-03-01", due="2025-03-04",
           state="due_soon", remaining_working_days=1)  # fmt: skip
three.act("2025-03-04", "nr", "SupplementFiled", referral_no="城移3", what="勘测图一份")
three.owes("nr", "supplement_in_3_days", opened="2025-03-02", due="2025-03-05", done="2025-03-04")
three.shares("2025-03-05", "crime_referral", "城移3", ("discipline", "court"), acknowledged="2025-03-06")
three.owes(
    "nr", "share_crime_referral", opened="2025-03-01", done="2025-03-05",
    recipients=["discipline.chengguan", "court.chengguan"],
)  # fmt: skip
three.act("2025-03-06", "police", "CrimeFiled", referral_no="城移3", criminal_case_no="城公刑立3")
three.owes("police", "decide_on_referral", opened="2025-03-01", due="2025-03-07", done="2025-03-06")
# the notice came the same day: three days to hand over end on Sunday 9, so Monday 10
three.act("2025-03-06", "nr", "CopyAcknowledged", clock="15:00", of="CrimeFiled")
three.act("2025-03-07", "nr", "ItemsHandedOver", referral_no="城移3", what="扣押机具一台")
three.owes(
    "nr",
    "hand_over_items_in_3_days",
    opened="2025-03-06",
    due="2025-03-10",
    done="2025-03-07",
    warn_on="2025-03-09",
)
three.act("2025-03-12", "police", "AppraisalRequested", appraisal_no="城公商3", what="耕作层是否毁坏")
three.act("2025-03-20", "nr", "AppraisalDelivered", appraisal_no="城公商3", what="耕作层毁坏，种植条件丧失")
# 11 of February, 31, 30 and 18 make Sunday 18 May: Monday 19
three.act("2025-05-12", "nr", "NoPenaltyDecided", reasons="已移送追究刑事责任，不再罚款")
three.owes("nr", "decide_penalty_in_90_days", opened="2025-02-17", due="2025-05-19", done="2025-05-12")
three.act("2025-06-27", "police", "CrimeOutcomeTold", referral_no="城移3", outcome="prosecuted")
three.act("2025-11-20", "procuratorate", "CrimeOutcomeTold", referral_no="城移3", outcome="judged")
three.act("2025-11-25", "nr", "RemovalVerified", what="现场核实：已复耕", on_site=True)
three.act("2025-11-28", "nr", "CaseClosed", reason="已判决，土地已复耕")

# --- 4. 涉嫌犯罪, passed on, not filed, supervised, filed, not prosecuted, penalised after all --------------------------

four = YEAR.file("城自然资执〔2025〕4号")
four.act(
    "2025-03-10", "nr", "CaseFiled", title="丁某无证采砂案", parties=[{"name": "丁某"}], place=place(),
    violation="unlicensed_mining", source="media",
)  # fmt: skip
four.act("2025-03-12", "nr", "SuspectedCrimeFound", crime="非法采矿罪")
four.act("2025-03-13", "nr", "ReferralReportSubmitted", mark="移4", referral_no="城移4")
four.act(
    "2025-03-17",
    "nr",
    "ReferralApproved",
    clock="09:10",
    referral_no="城移4",
    at="2025-03-17T09:00:00+08:00",
    by="局长",
)
# three days end on Sunday 16, so Monday 17
four.owes("nr", "approve_referral_in_3_days", opened="2025-03-13", due="2025-03-17", done="2025-03-17")
four.act(
    "2025-03-17", "nr", "CrimeReferred", clock="15:00", referral_no="城移4", to="police.chengguan",
    suspected_crime="非法采矿罪",
)  # fmt: skip
four.owes(
    "nr", "refer_in_24_hours", opened="2025-03-17", due="2025-03-18", done="2025-03-17",
    due_at="2025-03-18T10:00:00+08:00",
)  # fmt: skip
four.act(
    "2025-03-17", "police", "CrimeReferralReceived", clock="16:10", referral_no="城移4",
    at="2025-03-17T16:00:00+08:00", competent=False,
)  # fmt: skip
four.act("2025-03-18", "police", "ReferralPassedOn", clock="11:00", referral_no="城移4", to="police.lhasa")
four.owes(
    "police", "pass_on_referral_in_24_hours", opened="2025-03-17", due="2025-03-18", done="2025-03-18",
    due_at="2025-03-18T17:00:00+08:00",
)  # fmt: skip
four.act(
    "2025-03-18", "police.lhasa", "CrimeReferralReceived", clock="15:00", mark="接4", referral_no="城移4"
)
four.shares(
    "2025-03-19",
    "crime_referral",
    "城移4",
    ("discipline", "court", "procuratorate"),
    acknowledged="2025-03-20",
)
# whoever is competent decides: three days from the 18th, Friday 21
four.act(
    "2025-03-21", "police.lhasa", "CrimeNotFiled", mark="不立4", referral_no="城移4", reasons="价值未达标准"
)
four.owes("police.lhasa", "decide_on_referral", opened="2025-03-18", due="2025-03-21", done="2025-03-21")
four.act("2025-03-21", "nr", "CopyAcknowledged", clock="15:00", of="CrimeNotFiled")
# 复议: within three days, Monday 24; decided in three more, the 27th
four.act("2025-03-24", "nr", "ReconsiderationRequested", referral_no="城移4", reasons="鉴定价值已达标准")
four.owes("nr", "request_reconsideration_in_3_days", opened="2025-03-21", due="2025-03-24", done="2025-03-24")
four.act("2025-03-24", "police.lhasa", "CopyAcknowledged", clock="15:00", of="ReconsiderationRequested")
four.act("2025-03-27", "police.lhasa", "ReconsiderationDecided", referral_no="城移4", outcome="keep")
four.owes(
    "police.lhasa",
    "decide_reconsideration_in_3_days",
    opened="2025-03-24",
    due="2025-03-27",
    done="2025-03-27",
)
four.act("2025-03-27", "nr", "CopyAcknowledged", clock="15:00", of="ReconsiderationDecided")
# 立案监督: three days end on Sunday 30, so Monday 31
four.act(
    "2025-03-31", "nr", "FilingSupervisionRequested", referral_no="城移4", to="procuratorate.lhasa",
    reasons="鉴定意见已达标准",
)  # fmt: skip
four.owes(
    "nr", "request_filing_supervision_in_3_days", opened="2025-03-27", due="2025-03-31", done="2025-03-31",
    warn_on="2025-03-30",
)  # fmt: skip
four.act("2025-04-02", "procuratorate.lhasa", "ReasonsDemanded", referral_no="城移4")
four.act("2025-04-02", "police.lhasa", "CopyAcknowledged", clock="15:00", of="ReasonsDemanded")
# seven days: 9 April; then ten days: 18 April
four.act("2025-04-08", "police.lhasa", "ReasonsStated", referral_no="城移4", reasons="价值认定有争议")
four.owes("police.lhasa", "state_reasons_in_7_days", opened="2025-04-02", due="2025-04-09", done="2025-04-08")
four.act("2025-04-16", "procuratorate.lhasa", "FilingSupervisionDecided", referral_no="城移4", outcome="file")
four.owes(
    "procuratorate.lhasa",
    "tell_nr_supervision_result",
    opened="2025-04-08",
    due="2025-04-18",
    done="2025-04-16",
)
# told to file: fifteen days from the 16th end on 1 May, so 6 May; filed on 28 April, and it is the city's police that
# has the case: the county's passed it on
four.act("2025-04-16", "police.lhasa", "CopyAcknowledged", clock="15:00", of="FilingSupervisionDecided")
four.act("2025-04-28", "police.lhasa", "CrimeFiled", referral_no="城移4")
four.owes(
    "police.lhasa",
    "file_after_supervision_in_15_days",
    opened="2025-04-16",
    due="2025-05-06",
    done="2025-04-28",
)
four.owes("nr", "penalise_after_not_filed", opened="2025-03-21", state="cancelled", cancelled_on="2025-04-28")
# three days to hand over from 28 April end on 1 May, so 6 May
four.act("2025-04-28", "nr", "CopyAcknowledged", clock="15:00", of="CrimeFiled")
four.act("2025-04-30", "nr", "ItemsHandedOver", referral_no="城移4")
four.owes(
    "nr",
    "hand_over_items_in_3_days",
    opened="2025-04-28",
    due="2025-05-06",
    done="2025-04-30",
    warn_on="2025-05-01",
)
# 21 days of March, 30, 31 and 8 make Sunday 8 June: Monday 9; put off while the criminal case was open
four.act("2025-06-05", "nr", "DecisionTermExtended", until="2025-12-31", reasons="等待刑事案件结果")
four.act(
    "2025-09-15", "procuratorate.lhasa", "CrimeOutcomeTold", referral_no="城移4", outcome="not_prosecuted"
)
four.act(
    "2025-09-16", "procuratorate.lhasa", "PenaltyOpinionIssued", opinion_no="拉检意4", what="建议没收违法所得"
)
four.act(
    "2025-10-14", "nr", "PenaltyDecided", decision_no="城罚4",
    items=[{"kind": "confiscate_gains", "amount_yuan": "12000.00"}],
)  # fmt: skip
four.owes("nr", "decide_penalty_in_90_days", opened="2025-03-10", due="2025-12-31", done="2025-10-14")
four.shares("2025-10-15", "penalty_decision", "城罚4", PARTNERS, acknowledged="2025-10-16")
four.act("2025-10-16", "nr", "PenaltyServed", decision_no="城罚4", method="direct")
four.act("2025-10-24", "nr", "Performed", decision_no="城罚4", amount_yuan="12000.00")
four.act("2025-10-27", "nr", "PenaltyOpinionReplied", opinion_no="拉检意4", what="已没收违法所得")
four.act("2025-10-27", "nr", "RemovalVerified", clock="16:00", what="现场核实：已回填", on_site=True)
four.act("2025-10-30", "nr", "CaseClosed", reason="处罚已履行")

# --- 5. 规划违建: not the court's, but the government's to demolish (城乡规划法 §68) ------------------------------------

five = YEAR.file("城自然资执〔2025〕5号")
five.act(
    "2025-02-24", "nr", "CaseFiled", title="戊某无规划许可建房案", parties=[{"name": "戊某"}], place=place(),
    violation="no_planning_permit", source="assigned",
)  # fmt: skip
five.act("2025-03-24", "nr", "PenaltyDecided", decision_no="城罚5", items=[{"kind": "demolish"}])
five.shares("2025-03-25", "penalty_decision", "城罚5", PARTNERS, acknowledged="2025-03-26")
five.act("2025-03-26", "nr", "PenaltyServed", decision_no="城罚5", method="direct")
# six months to sue: Friday 26 September; then it is demanded, ordered and handed over
five.act("2025-09-29", "nr", "PerformanceDemanded", decision_no="城罚5")
five.owes("nr", "demand_before_application", opened="2025-09-26", done="2025-09-29")
five.act(
    "2025-10-20",
    "nr",
    "PlanningViolationHandedOver",
    mark="规5",
    handover_no="城规5",
    to="government.chengguan",
)
five.act("2025-10-21", "government", "CopyAcknowledged", of="城规5")
five.act("2025-10-24", "government", "EnforcementDecisionMade", decision_no="城罚5")
five.act("2025-10-27", "government", "DemolitionOrganised", handover_no="城规5", plan="区城管局实施")
five.act("2025-11-05", "government", "DemolitionCompleted", handover_no="城规5", what="已拆除")
five.act("2025-11-07", "nr", "RemovalVerified", what="现场核实：已拆除", on_site=True)
five.act("2025-11-10", "nr", "CaseClosed", reason="已强制拆除")
five.owes("government", "demolish_planning_violation", opened="2025-10-21", done="2025-10-27")
five.owes("government", "complete_planning_demolition", opened="2025-10-27", done="2025-11-05")
five.owes(
    "nr", "apply_within_three_months", opened="2025-09-26", due="2025-12-26", state="cancelled",
    cancelled_on="2025-11-07",
)  # fmt: skip

# --- 6. 检察监督: the court does not take the papers, the procuratorate supervises, also the department -----------------

six = YEAR.file("城自然资执〔2025〕6号")
six.act(
    "2025-01-20", "nr", "CaseFiled", title="己某占耕地建房案", parties=[{"name": "己某"}], place=place(),
    violation="farmland_kiln_grave_house_or_dig", source="other",
)  # fmt: skip
six.act(
    "2025-02-24",
    "nr",
    "PenaltyDecided",
    decision_no="城罚6",
    items=[{"kind": "demolish"}, {"kind": "restore"}],
)
six.shares("2025-02-25", "penalty_decision", "城罚6", PARTNERS, acknowledged="2025-02-26")
six.act("2025-02-26", "nr", "PenaltyServed", decision_no="城罚6", method="direct")
# To sue over the demolition 15 days: 13 March. For a review 60: 2 of February, 31, 27 make Sunday 27 April, which is
# worked, so it stands. Demanded on 14 April: 15–18, 21–25, Sunday 27 are ten. So from 28 April, until 13 June.
six.owes("party", "review_term", opened="2025-02-26", due="2025-04-27", state="cancelled", outcome="lapsed")
six.act("2025-04-14", "nr", "PerformanceDemanded", decision_no="城罚6")
six.act(
    "2025-05-06", "nr", "EnforcementApplied", mark="申6", court="court.chengguan", decision_no="城罚6",
    application_no="城申6", items=["1"],
)  # fmt: skip
six.owes(
    "nr", "apply_within_three_months", opened="2025-03-13", due="2025-06-13", done="2025-05-06",
    not_before="2025-04-28",
)  # fmt: skip
six.act("2025-05-06", "nr", "MaterialsRefused", clock="16:00", what="窗口不接收")
# 7, 8, 9, 12–15 May
six.act("2025-05-08", "nr", "ApplicationCopied", materials=[{"title": "强制执行申请书"}])
six.act("2025-05-09", "procuratorate", "CopyAcknowledged", of="城申6")
six.owes("nr", "copy_application_to_procuratorate", opened="2025-05-06", due="2025-05-15", done="2025-05-08")
six.shares("2025-05-09", "enforcement_application", "城申6", OTHERS, acknowledged="2025-05-12")
# 7, 8, 9, 12, 13 May
six.act(
    "2025-05-12",
    "court",
    "EnforcementNotFiled",
    clock="16:00",
    ruling_no="（2025）藏0102行审6号",
    reasons="缺少送达证明",
)
six.owes("court", "accept_enforcement", opened="2025-05-06", due="2025-05-13", done="2025-05-12")
six.owes("court", "state_reasons_not_filed", opened="2025-05-12", due="2025-05-12", done="2025-05-12")
six.owes(
    "procuratorate", "track_court_handling", opened="2025-05-08", state="cancelled", cancelled_on="2025-05-12"
)
six.act("2025-05-14", "nr", "RulingReceived", ruling_no="（2025）藏0102行审6号")
six.shares(
    "2025-05-15", "court_ruling", "（2025）藏0102行审6号", ("discipline", "procuratorate", "police"),
    acknowledged="2025-05-16",
)  # fmt: skip
six.act(
    "2025-05-16", "nr", "SupervisionApplied", mark="监6", supervision_no="城监6", category="enforcement",
    grounds=["materials_refused", "not_accepted"], about="城申6",
)  # fmt: skip
six.act("2025-05-20", "procuratorate", "SupervisionAccepted", mark="受监6", supervision_no="城监6")
six.act("2025-05-26", "procuratorate", "CourtExecutionUnlawfulFound", what="不接收申请材料")
six.act(
    "2025-06-03", "procuratorate", "SupervisionConditionsLacking", what="法院正在自查，暂不具备监督条件",
    supervision_no="城监6",
)  # fmt: skip
for agency in ("procuratorate", "nr", "court"):
    six.act("2025-06-09", agency, "JointStudyHeld", conclusion="法院自查后仍不受理的，提出检察建议")
    six.owes(agency, "hold_joint_study", opened="2025-06-03", done="2025-06-09")
six.act("2025-06-10", "procuratorate", "SupervisionExtended", supervision_no="城监6", until="2025-07-21")
six.owes(
    "procuratorate",
    "decide_supervision",
    on="2025-06-11",
    opened="2025-05-20",
    due="2025-07-21",
    state="extended",
)
six.act(
    "2025-07-10",
    "procuratorate",
    "SupervisionDecided",
    mark="监定6",
    supervision_no="城监6",
    outcome="suggestion",
)
six.act(
    "2025-07-10", "procuratorate", "SuggestionIssued", clock="11:00", mark="建6", suggestion_no="城检建6",
    to="court.chengguan", subject="court_execution",
)  # fmt: skip
six.act("2025-07-11", "procuratorate", "SuggestionNotified", suggestion_no="城检建6")
six.act("2025-07-11", "procuratorate", "SupervisionDecisionServed", clock="11:00", supervision_no="城监6")
six.act(
    "2025-07-11",
    "procuratorate",
    "SupervisionDecisionServed",
    clock="11:30",
    supervision_no="城监6",
    to="court.chengguan",
)
six.owes("procuratorate", "accept_supervision_application", opened="2025-05-16", done="2025-05-20")
six.owes("procuratorate", "decide_supervision", opened="2025-05-20", due="2025-07-21", done="2025-07-10")
six.owes("procuratorate", "serve_supervision_decision", opened="2025-07-10", done="2025-07-11")
six.owes("procuratorate", "issue_suggestion_to_court", opened="2025-05-26", done="2025-07-10")
six.owes("procuratorate", "notify_nr_of_suggestion", about="建6", opened="2025-07-10", done="2025-07-11")
six.act("2025-07-28", "court", "RulingRevoked", ruling_no="（2025）藏0102行审6号", what="撤销不予立案的裁定")
six.act("2025-07-29", "court", "EnforcementAccepted", review_case_no="（2025）藏0102行审6号之一")
six.act("2025-07-30", "nr", "AcceptanceReceived")
six.act("2025-08-01", "nr", "AcceptanceCopied")
six.act("2025-08-04", "procuratorate", "CopyAcknowledged", of="AcceptanceCopied")
six.act(
    "2025-08-05",
    "court",
    "SuggestionReplied",
    suggestion_no="城检建6",
    adopted=True,
    measures="已受理，已通报窗口人员",
)
# 30, 31 July, 1, 4–7 August
six.act("2025-08-06", "court", "EnforcementGranted", ruling_no="（2025）藏0102行审6号之二", executor="court")
six.owes("court", "rule_on_enforcement", opened="2025-07-29", due="2025-08-07", done="2025-08-06")
six.act("2025-08-08", "nr", "RulingReceived", ruling_no="（2025）藏0102行审6号之二", mark="收6")
six.act("2025-08-12", "nr", "RulingCopied", ruling_no="（2025）藏0102行审6号之二")
six.act("2025-08-13", "procuratorate", "CopyAcknowledged", of="RulingCopied")
six.shares("2025-08-12", "court_ruling", "（2025）藏0102行审6号之二", OTHERS, acknowledged="2025-08-13")
six.act("2025-08-13", "court", "ExecutionFiled", execution_case_no="（2025）藏0102执6号")
six.act(
    "2025-08-15", "procuratorate", "SuggestionFollowedUp", suggestion_no="城检建6", finding="已受理并裁定"
)
six.act(
    "2025-09-02", "procuratorate", "HandlingTracked", subject="administrative_execution", finding="已执行立案"
)
# The department has done nothing since: found on 8 September, suggested on the 10th, signed for on the 11th. Two months:
# 11 November; prolonged to the 28th, answered on the 20th
six.act("2025-09-08", "procuratorate", "UnlawfulActFound", what="对恢复种植条件一项怠于催促")
six.act(
    "2025-09-10", "procuratorate", "SuggestionIssued", mark="建6乙", suggestion_no="城检建6乙", to="nr.chengguan",
    subject="inaction",
)  # fmt: skip
six.act("2025-09-11", "nr", "CopyAcknowledged", of="城检建6乙")
six.owes("procuratorate", "issue_suggestion_on_nr", opened="2025-09-08", done="2025-09-10")
six.owes(
    "nr", "reply_suggestion_in_two_months", on="2025-11-03", about="建6乙", opened="2025-09-11", due="2025-11-11",
    state="open", remaining_working_days=6,
)  # fmt: skip
six.act("2025-11-04", "procuratorate", "SuggestionExtended", suggestion_no="城检建6乙", reply_by="2025-11-28")
six.act(
    "2025-11-20",
    "nr",
    "SuggestionReplied",
    suggestion_no="城检建6乙",
    adopted=True,
    measures="当事人已恢复种植条件",
)
six.act("2025-11-25", "procuratorate", "SuggestionFollowedUp", suggestion_no="城检建6乙", finding="已整改")
six.owes(
    "nr",
    "reply_suggestion_in_two_months",
    about="建6乙",
    opened="2025-09-11",
    due="2025-11-28",
    done="2025-11-20",
)
# 紧急: fifteen days from 22 September end on 7 October, so the 9th; withdrawn before
six.act(
    "2025-09-22", "procuratorate", "SuggestionIssued", mark="建6丙", suggestion_no="城检建6丙", to="nr.chengguan",
    subject="unlawful_act", urgent=True,
)  # fmt: skip
six.act("2025-09-22", "nr", "CopyAcknowledged", clock="15:00", of="城检建6丙")
six.act("2025-09-25", "procuratorate", "SuggestionWithdrawn", suggestion_no="城检建6丙", reason="险情已排除")
six.owes(
    "nr", "reply_urgent_suggestion_in_15_days", about="建6丙", opened="2025-09-22", due="2025-10-09",
    state="cancelled", cancelled_on="2025-09-25",
)  # fmt: skip
six.act("2025-10-22", "court", "RoundTerminated", reasons="被执行人暂无履行能力，已穷尽执行措施")
six.act("2025-11-10", "nr", "Performed", decision_no="城罚6", items=["2"])
six.act("2025-11-12", "court", "ExecutionCompleted", result="full", what="己某自行拆除，法院到场确认")
six.act("2025-11-14", "nr", "RemovalVerified", what="现场核实：已拆除，种植条件已恢复", on_site=True)
# of the other item: suit term to 26 August, so until 26 November; by the review term alone, 28 July would be the last
six.owes(
    "nr", "apply_within_three_months", opened="2025-08-26", due="2025-11-26", state="cancelled",
    cancelled_on="2025-11-10", warn_on="2025-07-28",
)  # fmt: skip
six.act("2025-12-01", "nr", "CaseClosed", reason="执行完毕")

# --- 7. 移交管辖: from the city to the county of the place; split, joined, reopened -------------------------------------

seven = YEAR.file("拉自然资执〔2025〕7号", "duilong")
seven.act(
    "2025-04-08", "nr.lhasa", "CaseFiled", title="庚某等超占土地案", parties=[{"name": "庚某"}, {"name": "辛某"}],
    place=place("540103"), violation="other", source="referred", clue="转7",
)  # fmt: skip
seven.act(
    "2025-04-10",
    "nr.lhasa",
    "CaseTransferred",
    to="nr.duilong",
    why="level",
    new_case_no="堆自然资执〔2025〕7号",
)
seven.act("2025-04-14", "nr", "TransferAccepted")
seven.act("2025-05-06", "nr", "CaseSplit", cases=["堆自然资执〔2025〕71号"], reason="另有一处违法")
seven.act("2025-05-07", "nr", "CasesJoined", cases=["堆自然资执〔2025〕72号"], reason="同一当事人")
# ninety days from 8 April: 22 of April, 31, 30 and 7: Monday 7 July; since 14 April the county owes it
seven.act(
    "2025-05-20", "nr", "PenaltyDecided", decision_no="堆罚7",
    items=[{"kind": "fine", "amount_yuan": "2000.00"}, {"kind": "warning"}],
)  # fmt: skip
seven.owes(
    "nr", "decide_penalty_in_90_days", opened="2025-04-08", due="2025-07-07", done="2025-05-20",
    taken_over_on="2025-04-14",
)  # fmt: skip
seven.shares("2025-05-21", "penalty_decision", "堆罚7", PARTNERS, acknowledged="2025-05-22")
seven.act("2025-05-22", "nr", "PenaltyServed", decision_no="堆罚7", method="direct", parties=["1"])
seven.act("2025-05-23", "nr", "PenaltyServed", decision_no="堆罚7", method="electronic", parties=["2"])
# served when all are: 21, 22, 23, 26, 27, 28, 29 May
seven.owes("nr", "serve_penalty_in_7_working_days", opened="2025-05-20", due="2025-05-29", done="2025-05-23")
seven.act("2025-06-04", "nr", "FinePaid", decision_no="堆罚7", amount_yuan="2000.00")
seven.act("2025-06-04", "nr", "Performed", clock="11:00", decision_no="堆罚7", items=["2"])
seven.act("2025-06-20", "nr", "CaseClosed", reason="处罚已履行")
seven.act("2025-07-01", "nr", "CaseReopened", reason="尚未现场核实")
seven.act("2025-07-03", "nr", "RemovalVerified", what="现场核实：已退还土地", on_site=True)
seven.act("2025-07-04", "nr", "CaseClosed", reason="核实完毕")

# --- 8. 撤销、重作、变更: what is decided anew is served anew; and a clue that the police give back --------------------

eight = YEAR.file("拉自然资执〔2025〕8号", "lhasa")
eight.act(
    "2025-04-15", "nr", "CaseFiled", title="壬某超越批准范围案", parties=[{"name": "壬某"}], place=place("540104"),
    violation="other", source="patrol",
)  # fmt: skip
eight.act("2025-04-17", "nr", "CaseTransferred", to="nr.dagze", why="territory")
eight.act("2025-04-21", "nr.dagze", "TransferReturned", why="territory", reason="案情重大，应由市局办理")
eight.act(
    "2025-05-26",
    "nr",
    "PenaltyDecided",
    decision_no="拉罚8",
    items=[{"kind": "fine", "amount_yuan": "10000.00"}],
)
eight.shares("2025-05-27", "penalty_decision", "拉罚8", PARTNERS, acknowledged="2025-05-28")
eight.act("2025-05-28", "nr", "PenaltyServed", decision_no="拉罚8", method="direct")
eight.act("2025-06-05", "nr", "PenaltyRevoked", decision_no="拉罚8", reason="适用依据有误")
eight.act(
    "2025-06-09", "nr", "PenaltyReissued", mark="重作8", decision_no="拉罚8", new_decision_no="拉罚8乙",
    reason="更正依据", items=[{"kind": "fine", "amount_yuan": "8000.00"}],
)  # fmt: skip
# It is a penalty decision like any other: served in seven working days (§61), 10–13, 16, 17, 18 June; and shared
eight.act("2025-06-11", "nr", "PenaltyServed", mark="送8乙", decision_no="拉罚8乙", method="direct")
eight.owes(
    "nr",
    "serve_penalty_in_7_working_days",
    about="重作8",
    opened="2025-06-09",
    due="2025-06-18",
    done="2025-06-11",
)
eight.shares("2025-06-12", "penalty_decision", "拉罚8乙", PARTNERS, acknowledged="2025-06-13")
eight.owes("nr", "share_penalty_decision", about="重作8", opened="2025-06-09", done="2025-06-12")
eight.act(
    "2025-06-16", "nr", "PenaltyChanged", decision_no="拉罚8乙", reason="当事人主动退还，减轻处罚",
    items=[{"kind": "fine", "amount_yuan": "6000.00"}],
)  # fmt: skip
eight.act("2025-06-18", "nr", "PenaltyServed", mark="送8丙", decision_no="拉罚8乙", method="direct")
# fifteen days from the service that counts, the 18th: 3 July
eight.act("2025-06-25", "nr", "FinePaid", decision_no="拉罚8乙", amount_yuan="6000.00")
eight.owes(
    "party", "pay_fine_in_15_days", about="送8丙", opened="2025-06-18", due="2025-07-03", done="2025-06-25"
)
eight.act("2025-07-02", "police", "NonCrimeViolationFound", what="办理他案时发现壬某另占地二分")
eight.act("2025-07-03", "police", "ClueReturned", mark="还8", clue_no="拉公移8", what="另占地二分")
eight.act("2025-07-09", "nr", "ReturnedClueHandled", clue_no="拉公移8", outcome="并入本案查处")
eight.owes("police", "return_non_crime_clue", opened="2025-07-02", done="2025-07-03")
eight.owes("nr", "handle_returned_clue", opened="2025-07-03", done="2025-07-09")
eight.act("2025-07-14", "nr", "RemovalVerified", what="现场核实：均已退还", on_site=True)
eight.act("2025-07-16", "nr", "CaseClosed", reason="处罚已履行")

# --- 9. 违法行为不成立 -------------------------------------------------------------------------------------------------

nine = YEAR.file("城自然资执〔2025〕9号")
nine.act("2025-03-03", "nr", "ViolationFound", what="疑似占地", place=place())
nine.act("2025-03-05", "nr", "ViolationNotConfirmed", what="有合法用地手续")
for duty in ("stop_violation", "report_violation_to_government", "file_and_investigate"):
    nine.owes("nr", duty, opened="2025-03-03", state="cancelled", cancelled_on="2025-03-05")

# --- 10. 存量结转: an old case comes into the ledger, and is ended there ------------------------------------------------

ten = YEAR.file("城自然资执〔2022〕18号")
ten.act(
    "2025-01-02", "nr", "CaseCarriedForward", case_no="城自然资执〔2022〕18号", parties=[{"name": "癸某"}],
    stage="已裁定准予执行", source_row="18", violation="unapproved_land_use", place=place(),
    prior_acts=[
        {"type": "CaseFiled", "on": "2022-05-10"},
        {"type": "PenaltyDecided", "on": "2022-08-01", "number": "城罚18", "items": [{"kind": "demolish"}]},
        {"type": "PenaltyServed", "on": "2022-08-05"},
        {"type": "PerformanceDemanded", "on": "2022-10-10"},
        {"type": "EnforcementApplied", "on": "2022-11-01", "number": "城申18", "court": "court.chengguan"},
        {"type": "EnforcementAccepted", "on": "2022-11-04", "number": "（2022）藏0102行审18号"},
        {"type": "AcceptanceReceived", "on": "2022-11-07"},
        {"type": "EnforcementGranted", "on": "2022-11-14", "number": "（2022）藏0102行审18号之一", "executor": "court"},
        {"type": "RulingReceived", "on": "2022-11-16"},
    ],
)  # fmt: skip
# its terms ended before the ledger began: history, nobody's lateness
for duty, due in (
    ("copy_application_to_procuratorate", "2022-11-10"),  # 2, 3, 4, 7, 8, 9, 10 November 2022
    ("copy_ruling_to_procuratorate", "2022-11-25"),  # 17, 18, 21–25 November
):
    ten.owes("nr", duty, on="2025-01-15", due=due, state="history")
# what was never shared is shared now, three documents in one act; the court gets the one that it has not
ten.act(
    "2025-01-16", "nr", "DocumentShared", kind="penalty_decision", document_no="城罚18",
    to=["discipline.chengguan", "procuratorate.chengguan", "police.chengguan"],
    also=[{"kind": "enforcement_application", "document_no": "城申18"},
          {"kind": "court_ruling", "document_no": "（2022）藏0102行审18号之一"}],
)  # fmt: skip
ten.shares("2025-01-16", "penalty_decision", "城罚18", ("court",), acknowledged="2025-01-17")
for agency in ("discipline", "procuratorate", "police"):
    ten.act("2025-01-17", agency, "CopyAcknowledged", of="城罚18")
ten.owes("nr", "share_penalty_decision", done="2025-01-16")
ten.act("2025-03-19", "court", "ExecutionCompleted", result="full", what="已拆除")
ten.act("2025-03-21", "nr", "RemovalVerified", what="现场核实：已拆除", on_site=True)
ten.act("2025-03-24", "nr", "CaseClosed", reason="执行完毕")

# --- 纪检监察 三（二）: no clause gives a day to answer by ---------------------------------------------------------------

clue = YEAR.file("discipline/chengguan-2025-1")
clue.act(
    "2025-03-17", "nr", "DisciplineClueReferred", referral_no="城线1", to="discipline.chengguan", subjects="某村干部",
    content="包庇未批先占", related="城自然资执〔2025〕1号",
)  # fmt: skip
clue.act("2025-03-19", "discipline", "DisciplineClueReceived", referral_no="城线1")
clue.act("2025-04-09", "discipline", "DisciplineClueHandled", disposition="accepted")
clue.act("2025-07-30", "discipline", "AccountabilityReported", outcome="党内警告一人")
clue.owes("discipline", "receive_discipline_clue", opened="2025-03-17", done="2025-03-19")
clue.owes("discipline", "handle_discipline_clue", opened="2025-03-19", done="2025-04-09")
check = YEAR.file("discipline/chengguan-2025-2")
check.act(
    "2025-09-15", "discipline", "DisciplineCheckOpened", scope="裁执分离案件的组织实施",
    agencies=["government.chengguan", "nr.chengguan", "court.chengguan"],
)  # fmt: skip
check.act("2025-10-31", "discipline", "DisciplineCheckConcluded", findings="未见推诿拖延")

# --- 联席会议 四（一） and 核账销账 四（三）: each half-year, in the city, in each county, in the park ---------------------


def serving(where: str) -> list[str]:
    """The four partners of a place; the park has none of its own and is served by Duilong's."""
    return [f"{kind}.{'duilong' if where == 'lhasa-park' else where}" for kind in PARTNERS]


def meets(where: str, half: int, on: str) -> None:
    """A regular meeting without anything in dispute: a fortnight's notice is left out, the rest follows in days."""
    meeting = YEAR.file(f"meeting/{where}-2025-{half}", where)
    agenda = [{"class": "通报", "text": "半年执法情况"}]
    meeting.act(
        on, "nr", "MeetingConvened", clock="08:00", kind="regular", agenda=agenda, attendees=serving(where), on=on,
        region=PLACES[where],
    )  # fmt: skip
    meeting.act(on, "nr", "MeetingHeld", clock="11:00", attended=serving(where))
    meeting.act(on, "nr", "MinutesDrafted", clock="12:00", minutes_no=f"{where}纪要{half}")
    for agency in serving(where):
        meeting.act(on, agency, "MinutesEndorsed", clock="16:00")
    meeting.owes("nr", "issue_minutes", opened=on, done=on)
    half_year(where, half, on)


def half_year(where: str, half: int, on: str) -> None:
    first, last = (("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31"))[half - 1]
    duty = "hold_joint_meeting" if where == "lhasa" else "hold_local_joint_meeting"
    YEAR.file(f"region/{PLACES[where]}", where).owes("nr", duty, opened=first, due=last, done=on)


def reconciles(where: str, half: int, opened: str, confirmed: str) -> None:
    """Opened by the department, confirmed by all five; closed by whoever tells more of it."""
    round_ = YEAR.file(f"reconciliation/{where}-2025-{half}", where)
    first, last = (("2025-01-01", "2025-05-31"), ("2025-06-01", "2025-11-30"))[half - 1]
    agencies = [round_.of("nr"), *serving(where)]
    round_.act(
        opened, "nr", "ReconciliationOpened", from_=first, to=last, agencies=agencies, region=PLACES[where]
    )
    of_region = YEAR.file(f"region/{PLACES[where]}", where)
    begins, ends = (("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31"))[half - 1]
    for agency in agencies:
        round_.act(confirmed, agency, "AccountConfirmed", agency=agency, digest=f"{half:064x}")
        of_region.owes(agency, "reconcile_accounts", opened=begins, due=ends, done=confirmed)


for number, where in enumerate(PLACES):
    if where != "lhasa":
        meets(where, 1, f"2025-04-{14 + number:02}")
    meets(where, 2, f"2025-10-{20 + number:02}")
    reconciles(where, 1, "2025-06-09", "2025-06-16")
    reconciles(where, 2, "2025-12-08", "2025-12-15")
    half_round = YEAR.file(f"reconciliation/{where}-2025-1", where)
    half_round.act("2025-06-20", "nr", "ReconciliationClosed")
    if where != "chengguan":
        YEAR.file(f"reconciliation/{where}-2025-2", where).act("2025-12-22", "nr", "ReconciliationClosed")

# The city's first meeting of the year, told in full: report, an objection, a second draft, two things to be done
spring = YEAR.file("meeting/lhasa-2025-1", "lhasa")
spring.act(
    "2025-03-03", "nr", "MeetingConvened", kind="regular", attendees=serving("lhasa"), on="2025-03-26",
    agenda=[{"class": "通报", "text": "下半年执法情况"}, {"class": "会商", "text": "裁执分离的衔接"}],
)  # fmt: skip
spring.act("2025-03-06", "nr", "ReportCirculated", report_no="拉报告1", from_="2024-07-01", to="2024-12-31")
spring.act("2025-03-10", "court", "AttendeesNamed", attendees=["行政庭庭长"])
spring.act("2025-03-12", "court", "ReportCommented", what="请补充准予执行率")
spring.act("2025-03-17", "nr", "ReportAdopted", report_no="拉报告1")
spring.act("2025-03-20", "nr", "MeetingDeferred", reason="会场冲突", new_on="2025-03-28")
spring.act("2025-03-28", "nr", "MeetingHeld", attended=serving("lhasa"))
items = [
    {"item_no": "1", "text": "公布协助执行的联系人", "holder": "police.lhasa", "due_on": "2025-06-30"},
    {"item_no": "2", "text": "统一申请材料清单", "holder": "court.lhasa"},
]
spring.act("2025-04-01", "nr", "MinutesDrafted", items=items, minutes_no="拉纪要1")
spring.act("2025-04-02", "court", "MinutesObjected", what="第二项应与检察院共同办理")
spring.act("2025-04-07", "nr", "MinutesDrafted", items=items, minutes_no="拉纪要1（二稿）")
for kind in PARTNERS:
    spring.act("2025-04-08", kind, "MinutesEndorsed")
    spring.owes(kind, "attend_joint_meeting", opened="2025-03-03", due="2025-03-28", done="2025-03-28")
spring.act("2025-06-20", "police", "ItemReported", item_no="1", what="联系人名单已发各单位")
spring.act("2025-07-01", "nr", "ItemClosed", item_no="2", reason="清单已施行")
spring.act("2025-07-02", "nr", "ItemClosed", item_no="1")
spring.owes("nr", "issue_minutes", opened="2025-03-28", done="2025-04-08")
spring.owes("police", "report_meeting_item", opened="2025-04-08", due="2025-06-30", done="2025-06-20")
spring.owes("court", "report_meeting_item", opened="2025-04-08", done="2025-07-01")
half_year("lhasa", 1, "2025-03-28")
# “重大事项（不针对具体案件）随时召开”
urgent = YEAR.file("meeting/lhasa-2025-3", "lhasa")
urgent.act("2025-07-07", "nr", "MajorMatterRaised", what="汛期违法采砂集中整治")
urgent.act(
    "2025-07-08", "nr", "MeetingConvened", kind="ad_hoc", attendees=serving("lhasa"), on="2025-07-14",
    agenda=[{"class": "重大", "text": "汛期违法采砂集中整治"}],
)  # fmt: skip
urgent.act("2025-07-14", "nr", "MeetingHeld", attended=serving("lhasa"))
urgent.act("2025-07-15", "nr", "MinutesDrafted")
for kind in PARTNERS:
    urgent.act("2025-07-16", kind, "MinutesEndorsed")
urgent.owes("nr", "hold_ad_hoc_meeting", opened="2025-07-07", done="2025-07-14")

# The county's second round, told in full: a difference, and what is done with is written off
winter = YEAR.file("reconciliation/chengguan-2025-2")
winter.act(
    "2025-12-16",
    "court",
    "DifferenceRaised",
    mark="差1",
    row="papers/enforcement/<申6>",
    what="执行完毕日期待核",
)
winter.act("2025-12-17", "nr", "DifferenceResolved", how="以法院登记的11月12日为准")
winter.act("2025-12-18", "court", "DifferenceAgreed")
winter.owes("nr", "resolve_difference", about="差1", opened="2025-12-16", done="2025-12-17")
for mark in ("申1", "申6"):
    row = f"papers/enforcement/<{mark}>"
    winter.act(
        "2025-12-18",
        "nr",
        "WriteOffProposed",
        clock="11:00",
        mark=f"销{mark}",
        row=row,
        ground="completed",
        to="court.chengguan",
    )
    winter.act("2025-12-19", "court", "WriteOffAgreed", row=row)
    winter.owes("court", "write_off_row", about=f"销{mark}", opened="2025-12-18", done="2025-12-19")
DONE = [one, three, four, five, six, ten]
for file in DONE:
    winter.act(
        "2025-12-18",
        "nr",
        "WriteOffProposed",
        clock="14:00",
        mark=f"销{file.stream}",
        row=f"cases/{file.stream}",
        ground="completed",
    )
    # a case is written off by the deputy head or, as here, the department above
    winter.act("2025-12-22", "nr.lhasa", "WriteOffAgreed", row=f"cases/{file.stream}")
winter.act("2025-12-29", "nr", "ReconciliationClosed")

# --- 联络员 四（二）: the post is never left empty for long ---------------------------------------------------------------

registry = YEAR.file("registry", "dagze")
registry.act("2025-12-18", "court", "OfficerReleased", officer="court.dagze/1", from_="2025-12-18")
registry.act(
    "2025-12-19", "court", "OfficerAppointed", by_officer="court.dagze/root", officer="court.dagze/2", name="新任联络员",
    from_="2025-12-19",
)  # fmt: skip
YEAR.file("region/540104", "dagze").owes("court", "replace_liaison", opened="2025-12-18", done="2025-12-19")


# --- the year told ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(ledger_folder: Path) -> Iterator[Told]:
    found = told(YEAR, ledger_folder)
    yield found
    found.ledger.close()


def test_every_act_is_taken_in_and_none_is_irregular(year):
    assert not year.surprises, "\n".join(year.surprises)


@pytest.mark.parametrize("owed", YEAR.owed, ids=str)
def test_a_duty_stands_as_counted_by_hand(year, owed):
    assert year.shown(owed) == owed.shown


def of_the_year(year: Told, on: str) -> list[dict[str, Any]]:
    """The board without what was owed in 2024: the demonstration ledger runs since then, but this story begins in 2025."""
    return [
        d for d in year.board(on) if not (d["case"].startswith("region/") and (d["opened_on"] or "") < "2025")
    ]


@pytest.mark.parametrize("on", ["2025-04-01", "2025-07-01", "2025-10-01", YEAR.end])
def test_nobody_is_late_at_the_end_of_any_quarter(year, on):
    """Nor was anybody before: whatever ended late, or was ended while it was late, keeps its working days."""
    late = [
        d for d in of_the_year(year, on) if d["overdue_working_days"] or d["state"] in ("overdue", "disputed")
    ]
    assert [(d["case"], d["duty"], d["holder"]) for d in late if d["state"] != "history"] == []


def test_what_is_open_at_the_end_is_the_next_half_year_and_nothing_else(year):
    board = of_the_year(year, YEAR.end)
    live = {"overdue", "due_soon", "open", "extended", "suspended", "disputed", "not_running"}
    owed = [(d["duty"], d["holder"]) for d in board if d["state"] in live and d["kind"] == "duty"]
    # a meeting and a reconciliation in each of the five places; the park's partners are Duilong's
    meetings = [("hold_joint_meeting", "nr.lhasa")]
    meetings += [("hold_local_joint_meeting", f"nr.{where}") for where in PLACES if where != "lhasa"]
    rounds = [
        ("reconcile_accounts", agency) for where in PLACES for agency in (f"nr.{where}", *serving(where))
    ]
    assert sorted(owed) == sorted(meetings + rounds)
    assert {d["due_on"] for d in board if (d["duty"], d["holder"]) in owed and d["state"] in live} == {
        "2026-06-30"
    }


def test_what_was_written_off_is_off_the_books(year):
    rows = year.ledger.dossier("reconciliation/chengguan-2025-2").rows
    papers = {f"papers/enforcement/{year.ids[mark]}" for mark in ("申1", "申6")}
    assert {row for row, state in rows.items() if state.written_off} == papers | {
        f"cases/{f.stream}" for f in DONE
    }


def test_the_three_copies_of_each_application_are_in_the_books_in_time(year, ledger_folder):
    """拉萨实施意见 三（六）, by the real command: `copied_on` and `due_on` as counted above, no day late."""
    shown = subprocess.run(
        [sys.executable, "-m", "gongze", "accounts", "--as-of", YEAR.end, "--format", "json"], cwd=ledger_folder,
        check=True, capture_output=True,
    )  # fmt: skip
    book = {r["application_no"]: r["copies"] for r in json.loads(shown.stdout)["papers"]["enforcement"]}
    by_hand = {
        "城申1": (("2025-07-11", "2025-07-07"), ("2025-07-24", "2025-07-24"), ("2025-08-04", "2025-08-04")),
        "城申2": (("2025-10-29", "2025-10-21"), ("2025-11-05", "2025-10-30"), ("2025-12-05", "2025-12-01")),
        # the notice of case 6 on 30 July: 31 July, 1, 4–8 August; its ruling on 8 August: 11–15, 18, 19
        "城申6": (("2025-05-15", "2025-05-08"), ("2025-08-08", "2025-08-01"), ("2025-08-19", "2025-08-12")),
    }
    for number, days in by_hand.items():
        copies = [book[number][kind] for kind in ("application", "acceptance", "ruling")]
        assert tuple((c["due_on"], c["copied_on"]) for c in copies) == days
        assert [c["days_late"] for c in copies] == [0, 0, 0]
        assert all(c["acknowledged_on"] for c in copies)


def test_the_whole_ledger_verifies(year):
    report = inspection.verify(year.settings, deep=True)
    assert report.ok, report.faults
