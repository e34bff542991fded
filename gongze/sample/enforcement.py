"""Enforcement by the court on application: from the demand to the execution, and the three copies on the way."""

from datetime import timedelta
from typing import Any

from gongze.sample.penalty import fined, found, ordered, penalised, removed, shared
from gongze.sample.telling import Story, paper, working_days

MATERIALS = [
    {"title": "强制执行申请书", "pages": 3}, {"title": "行政处罚决定书", "pages": 4}, {"title": "催告书", "pages": 1},
]  # fmt: skip

# --- the steps ----------------------------------------------------------------------------------------------


def unchallenged(s: Story) -> None:
    """Found, penalised, and sixty days for a review pass. Then the demand, and ten working days."""
    found(s)
    penalised(s)
    s.after(days=61)
    demanded(s)


def demanded(s: Story) -> None:
    s.by("nr", "PerformanceDemanded", decision_no=s.decision)
    s.after(working=12)


def applied(s: Story, copied: int | None = 0, **more: Any) -> None:
    """The application, shared, and its copy: after so many working days, by default in time; None: not yet."""
    s.application = s.no("申")
    s.by("nr", "EnforcementApplied", court=s.post.of("court"), decision_no=s.decision,
         application_no=s.application, **more)  # fmt: skip
    if s.number % 5 != 2:
        shared(s, "enforcement_application", s.application, ("discipline", "police"))
    if copied is not None:
        copies(s, copied or 3 + s.number % 4)


def copies(s: Story, working: int) -> None:
    """The first copy: within seven working days of applying."""
    day = s.in_working_days(working)
    s.by("nr", "ApplicationCopied", day=day, application=s.application, to=s.post.of("procuratorate"),
         materials=MATERIALS)  # fmt: skip
    if s.number % 7 != 3:
        s.by("procuratorate", "CopyAcknowledged", day=working_days(1, day), of="ApplicationCopied")


def accepted(s: Story, working: int = 0, copied: int | None = 0) -> None:
    """The court accepts, the department gets the notice two days later and copies it."""
    s.after(working=working or 2 + s.number % 4)
    review = s.court_no("行审")
    s.by_court("EnforcementAccepted", application=s.application, review_case_no=review)
    day = s.day
    s.after(working=2)
    s.by("nr", "AcceptanceReceived", application=s.application, review_case_no=review)
    if copied is not None:
        sent = s.in_working_days(copied or 3 + s.number % 4)
        s.by("nr", "AcceptanceCopied", day=sent, application=s.application, to=s.post.of("procuratorate"))
        if s.number % 4:
            s.by("procuratorate", "CopyAcknowledged", day=working_days(2, sent), of=review)
    s.day = day
    if s.number % 3 == 0:
        s.by("procuratorate", "HandlingTracked", day=s.in_working_days(3), subject="court_handling",
             finding="已了解审查进度")  # fmt: skip


def granted(s: Story, executor: str = "government", working: int = 0, copied: int | None = 0,
            **more: Any) -> None:  # fmt: skip
    """The court grants; the department receives the ruling, shares it and copies it."""
    s.after(working=working or 4 + s.number % 3)
    s.ruling = s.court_no("行审裁")
    s.by_court("EnforcementGranted", application=s.application, ruling_no=s.ruling, executor=executor, **more)
    received(s, copied)


def received(s: Story, copied: int | None = 0) -> None:
    s.after(working=2)
    s.by("nr", "RulingReceived", ruling_no=s.ruling)
    if s.number % 4 != 1:
        shared(s, "court_ruling", s.ruling, ("discipline", "police"))
    if copied is None:
        return
    day = s.in_working_days(copied or 2 + s.number % 5)
    s.by("nr", "RulingCopied", day=day, ruling_no=s.ruling, to=s.post.of("procuratorate"))
    if s.number % 5:
        s.act("CopyAcknowledged", s.post.of("procuratorate"), day=working_days(1, day), of=s.ruling)
    if s.number % 3 == 1:
        s.by("procuratorate", "HandlingTracked", day=working_days(1, day), subject="administrative_execution",
             finding="已向执行单位了解进度", ruling_no=s.ruling)  # fmt: skip


def by_government(s: Story) -> None:
    """裁执分离: the government organises and completes, and tells the court by recording it."""
    s.after(working=6 + s.number % 9)
    s.by("government", "ExecutionOrganised", ruling_no=s.ruling, plan="由属地政府组织拆除")
    s.after(days=18 + s.number % 20)
    s.by("government", "ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
    s.after(working=3)
    removed(s, "执行完毕，违法状态消除")


def to_court(s: Story) -> None:
    """The usual way to a granting ruling."""
    unchallenged(s)
    applied(s)
    accepted(s)
    granted(s)


# --- plots --------------------------------------------------------------------------------------------------


def executed(s: Story) -> None:
    to_court(s)
    by_government(s)


def not_organised(s: Story) -> None:
    """Granted, and the government has not begun."""
    to_court(s)


def copied_late(s: Story) -> None:
    """Two of the three copies are late, which two differs from case to case; by days, or by a month."""
    late = (30, 10, 9)[s.turn % 3]
    unchallenged(s)
    applied(s, late if s.turn % 3 != 2 else 0)
    accepted(s, copied=late if s.turn % 3 != 1 else 0)
    granted(s, copied=late if s.turn % 3 != 0 else 0)
    if late < 30:
        by_government(s)


def never_copied(s: Story) -> None:
    unchallenged(s)
    applied(s, copied=None)
    accepted(s, copied=None)
    granted(s, copied=None)


def posted(s: Story) -> None:
    """Recorded a week late, but sent in time: with the slip of the post, the day of sending counts."""
    unchallenged(s)
    applied(s, copied=None)
    sent, slip = s.in_working_days(4), f"EMS{s.number:09d}"
    s.by("nr", "ApplicationCopied", day=sent, recorded=working_days(9, s.day), application=s.application,
         to=s.post.of("procuratorate"), materials=MATERIALS[:1],
         delivery={"means": "邮政特快专递", "slip_no": slip, "sent_on": sent},
         documents=[paper(slip, "寄送单据", "寄送单据")])  # fmt: skip
    accepted(s)
    granted(s)
    by_government(s)


def copy_returned(s: Story) -> None:
    """The procuratorate sends the copy back for what is missing; only the second one is acknowledged."""
    unchallenged(s)
    applied(s, copied=None)
    procuratorate = s.post.of("procuratorate")
    for days, materials in ((2, MATERIALS[:1]), (5, MATERIALS)):
        day = s.in_working_days(days)
        s.by("nr", "ApplicationCopied", day=day, application=s.application, to=procuratorate,
             materials=materials)  # fmt: skip
        if days == 2:
            s.act("CopyReturned", procuratorate, working_days(1, day), of="ApplicationCopied",
            missing=["行政处罚决定书"])  # fmt: skip
    accepted(s)
    granted(s)
    by_government(s)


def accepted_and_ruled_late(s: Story) -> None:
    unchallenged(s)
    applied(s)
    accepted(s, working=9)
    granted(s, working=14)
    by_government(s)


def opinions_heard(s: Story) -> None:
    """Patently unlawful perhaps: the court hears both sides and has thirty days (行政强制法 §58)."""
    unchallenged(s)
    applied(s)
    accepted(s)
    s.after(working=3)
    s.by_court("HearingOfOpinionsOpened", application=s.application)
    granted(s, working=13)
    by_government(s)


def refused_then_granted(s: Story) -> None:
    """Refused; the higher court revokes that on review, and the court grants."""
    unchallenged(s)
    applied(s)
    accepted(s)
    s.after(working=5)
    s.ruling = s.court_no("行审裁")
    s.by_court("EnforcementRefused", application=s.application, ruling_no=s.ruling,
               reasons="未附送达回证，事实不清")  # fmt: skip
    s.after(working=3)
    s.by("nr", "RulingReceived", ruling_no=s.ruling)
    s.after(days=10)
    s.by("nr", "RulingReviewApplied", ruling_no=s.ruling, court="court.lhasa")
    s.after(days=22)
    s.act("RulingReviewDecided", "court.lhasa", ruling_no=s.ruling, outcome="revoked")
    s.after(working=8)
    s.ruling = s.court_no("行审重裁")
    s.by_court("EnforcementGranted", application=s.application, ruling_no=s.ruling, executor="court")
    received(s)


def refused(s: Story) -> None:
    unchallenged(s)
    applied(s)
    accepted(s)
    s.after(working=6)
    s.ruling = s.court_no("行审裁")
    s.by_court("EnforcementRefused", application=s.application, ruling_no=s.ruling,
               reasons="处罚程序明显违法")  # fmt: skip
    s.after(working=8 if s.turn % 2 else 3)
    s.by("nr", "RulingReceived", ruling_no=s.ruling)


def partly_granted(s: Story) -> None:
    """Demolition is granted, the confiscation of gains is not."""
    found(s)
    penalised(s, ordered(500), {"kind": "return_land", "what": "责令退还非法占用的土地"})
    s.after(days=61)
    demanded(s)
    applied(s, items=["1", "2"])
    accepted(s)
    s.after(working=5)
    s.ruling = s.court_no("行审裁")
    s.by_court("EnforcementGranted", application=s.application, ruling_no=s.ruling, executor="government",
               items=["1"])  # fmt: skip
    s.by_court("EnforcementRefused", application=s.application, ruling_no=s.court_no("行审不准裁"),
               items=["2"],
               reasons="土地权属有争议，不予准许")  # fmt: skip
    received(s)
    s.after(working=9)
    s.by("government", "ExecutionOrganised", ruling_no=s.ruling, plan="由属地政府组织拆除")
    s.after(days=25)
    s.by("government", "ExecutionCompleted", ruling_no=s.ruling, result="full", items=["1"],
         what="建筑物已拆除")  # fmt: skip


def fine_later(s: Story) -> None:
    """One decision, two suit terms: demolition is applied for after sixty days, the fine after six months."""
    found(s)
    penalised(s, ordered(350), fined(35_000))
    served = s.day
    s.after(days=61)
    demanded(s)
    applied(s, items=["1"])
    accepted(s)
    granted(s)
    by_government_in_part(s)
    s.day = max(s.day, served + timedelta(days=186))
    s.after(days=1)
    demanded(s)
    s.by("nr", "EnforcementApplied", court=s.post.of("court"), decision_no=s.decision,
         application_no=s.no("款申"), items=["2"])  # fmt: skip
    s.by("nr", "ApplicationCopied", day=s.in_working_days(5), application=s.no("款申"),
         to=s.post.of("procuratorate"),
         materials=MATERIALS[:1])  # fmt: skip


def by_government_in_part(s: Story) -> None:
    s.after(working=7)
    s.by("government", "ExecutionOrganised", ruling_no=s.ruling, plan="由属地政府组织拆除")
    s.after(days=21)
    s.by("government", "ExecutionCompleted", ruling_no=s.ruling, result="full", items=["1"],
         what="建筑物已拆除")  # fmt: skip


def withdrawn(s: Story) -> None:
    unchallenged(s)
    applied(s, copied=2)
    s.after(working=4)
    s.by("nr", "ApplicationWithdrawn", application=s.application, what="当事人已自行拆除")
    s.after(working=3)
    s.by("nr", "Performed", decision_no=s.decision)
    removed(s, "当事人自行履行完毕")


def supplemented(s: Story) -> None:
    """The court asks for more papers; the term to accept runs anew when they come."""
    unchallenged(s)
    applied(s)
    s.after(working=3)
    s.by_court("SupplementDemanded", application=s.application, what="补充送达回证")
    s.after(working=4)
    s.by("nr", "MaterialsSupplemented", application=s.application, what="送达回证")
    accepted(s)
    granted(s)


def too_early(s: Story) -> None:
    """Irregular: applied without a demand, before the term for a review was over. The court does not file it."""
    found(s)
    penalised(s)
    s.after(days=30)
    applied(s)
    s.after(working=4)
    s.ruling = s.court_no("行审不立")
    s.by_court("EnforcementNotFiled", application=s.application, ruling_no=s.ruling,
               reasons="申请复议期限尚未届满，且未催告")  # fmt: skip
    s.after(working=3)
    s.by("nr", "RulingReceived", ruling_no=s.ruling)


def too_late(s: Story) -> None:
    """Irregular: applied after the window had closed; the procuratorate asks why."""
    found(s)
    penalised(s)
    s.after(days=135)
    demanded(s)
    applied(s)
    accepted(s)
    s.after(working=4)
    s.ruling = s.court_no("行审裁")
    s.by_court("EnforcementRefused", application=s.application, ruling_no=s.ruling,
               reasons="逾期申请且无正当理由")  # fmt: skip
    s.after(working=2)
    s.by("nr", "RulingReceived", ruling_no=s.ruling)
    s.after(working=10)
    s.by("procuratorate", "UnlawfulActFound", what="未在法定期限内申请强制执行")
    s.after(working=3)
    s.by("procuratorate", "SuggestionIssued", suggestion_no=s.court_no("检行建"), to=s.post.of("nr"),
         subject="inaction")  # fmt: skip


def window_closing(s: Story) -> None:
    """Penalised, the terms for remedies over, and nothing more: the window to apply closes."""
    found(s)
    penalised(s)


def reviewed(s: Story) -> None:
    found(s)
    penalised(s)
    s.after(days=40)
    s.by("nr", "ReviewApplied", decision_no=s.decision, authority="示例市人民政府")
    s.after(working=5)
    s.act("ReviewAccepted", "government.lhasa", decision_no=s.decision)
    s.after(days=50)
    s.act("ReviewDecided", "government.lhasa", decision_no=s.decision, outcome="upheld", served_on=s.day)
    s.after(days=16)
    demanded(s)
    applied(s)
    accepted(s)
    granted(s)
    by_government(s)


def sued(s: Story) -> None:
    """The party sues within fifteen days; claims dismissed, then enforcement of what the judgment upheld."""
    suit = _suit(s)
    s.by_court("LawsuitDecided", court_case_no=suit, instance="first", outcome="claims_dismissed",
               effective_on=(s.day + timedelta(days=16)))  # fmt: skip
    s.after(days=25)
    demanded(s)
    applied(s, basis="judgment")
    accepted(s)
    granted(s, executor="court")


def appealed(s: Story) -> None:
    """The first instance revokes, the second dismisses the claims after all."""
    suit = _suit(s)
    s.by_court("LawsuitDecided", court_case_no=suit, instance="first", outcome="revoked")
    s.after(days=10)
    s.by("nr", "AppealFiled", court_case_no=suit, court="court.lhasa")
    s.after(days=60)
    s.act("LawsuitDecided", "court.lhasa", court_case_no=suit, instance="second", outcome="claims_dismissed",
          effective_on=s.day)  # fmt: skip


def _suit(s: Story) -> str:
    found(s)
    penalised(s)
    s.after(days=9)
    suit = s.court_no("行初")
    s.by("nr", "LawsuitFiled", decision_no=s.decision, court=s.post.of("court"), court_case_no=suit)
    s.after(working=3)
    s.by("nr", "ComplaintReceived", court_case_no=suit)
    s.after(days=19 if s.turn % 2 else 12)
    s.by("nr", "AnswerFiled", court_case_no=suit)
    s.after(working=4)
    session = s.in_working_days(12)
    s.by_court("CourtSessionNoticed", court_case_no=suit, hearing_on=session)
    if s.turn % 2 == 0:
        s.after(working=3)
        session = working_days(5, session)
        s.by_court("CourtSessionPostponed", court_case_no=suit, hearing_on=session, reason="当事人更换代理人")
    s.day = session
    if s.turn % 2 == 0:
        s.by("nr", "HeadAppeared", court_case_no=suit, hearing_on=session, appeared=True, who="局长")
    else:
        s.by("nr", "HeadAppeared", court_case_no=suit, hearing_on=session, appeared=False,
             who="法规科工作人员", reason="负责人因公外出")  # fmt: skip
    s.after(days=30)
    return suit


def joint(s: Story) -> None:
    """联合执法: government, police and department act together; each tracks what became of it (拉萨实施意见 五（四）)."""
    found(s)
    members = [s.post.of("government"), s.post.of("police")]
    s.by("nr", "ViolationCopied", to=[s.post.of("police")], report_no=s.report)
    s.by("nr", "JointEnforcementOpened", agencies=members, lead=s.post.of("nr"), what="联合拆除专项行动")
    penalised(s)
    s.by("police", "HandlingTracked", subject="joint_case", finding="现场秩序平稳")
    s.by("nr", "HandlingTracked", day=s.in_working_days(20), subject="joint_case", finding="已完成阶段任务")
    s.after(days=61)
    demanded(s)
    applied(s)
    accepted(s)
    granted(s)
    by_government(s)
    s.by("nr", "CaseBriefed", to=list(s.post.partners), what="典型案例通报", kind="typical_case")


PLOTS: dict[Any, int] = {
    executed: 8, not_organised: 2, copied_late: 6, never_copied: 1, posted: 1, copy_returned: 1,
    accepted_and_ruled_late: 2, opinions_heard: 1, refused_then_granted: 1, refused: 2, partly_granted: 2, fine_later: 2,
    withdrawn: 2, supplemented: 1, too_early: 1, too_late: 1, window_closing: 3, reviewed: 2, sued: 2, appealed: 1, joint: 2,
}  # fmt: skip
