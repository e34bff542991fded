"""The procuratorate's supervision: of the court when the department asks for it, of the department without being asked."""

from gongze.sample.enforcement import MATERIALS, accepted, applied, demanded, granted, to_court, unchallenged
from gongze.sample.penalty import found, penalised
from gongze.sample.telling import Story


def complained(s: Story, ground: str, about: str) -> str:
    """The department applies for supervision; accepted within days. The number of its application."""
    no = s.no("监")
    s.by("nr", "SupervisionApplied", supervision_no=no, category="enforcement", grounds=[ground], about=about,
         to=s.post.of("procuratorate"))  # fmt: skip
    s.after(working=3)
    s.by("procuratorate", "SupervisionAccepted", supervision_no=no)
    return no


def decided(s: Story, no: str, outcome: str, reasons: str) -> None:
    s.after(days=30)
    s.by("procuratorate", "SupervisionDecided", supervision_no=no, outcome=outcome, reasons=reasons)
    s.after(working=2)
    s.by("procuratorate", "SupervisionDecisionServed", supervision_no=no, to=s.post.of("nr"))
    s.by("nr", "CopyAcknowledged", day=s.in_working_days(1), of="SupervisionDecisionServed")


def suggested_to_court(s: Story) -> str:
    """A suggestion to the court, of which the department is told (拉萨实施意见 三（四）)."""
    suggestion = s.court_no("检执建")
    s.by("procuratorate", "SuggestionIssued", suggestion_no=suggestion, to=s.post.of("court"),
         subject="court_execution")  # fmt: skip
    s.after(working=2)
    s.by("procuratorate", "SuggestionNotified", suggestion_no=suggestion, to=s.post.of("nr"))
    return suggestion


def not_accepted(s: Story) -> None:
    """Not accepted, supervision applied for, supported: the court accepts a second application."""
    unchallenged(s)
    applied(s)
    s.after(working=4)
    refusal = s.court_no("行审不受理")
    s.by_court("EnforcementNotAccepted",
               application=s.application, ruling_no=refusal,
               reasons="申请材料不能证明催告已送达")  # fmt: skip
    s.after(working=2)
    s.by("nr", "RulingReceived", ruling_no=refusal)
    s.after(working=5)
    no = complained(s, "not_accepted", refusal)
    if s.turn % 2:
        decided(s, no, "not_supported", "不予受理并无不当")
        return
    decided(s, no, "suggestion", "催告已依法送达")
    suggestion = suggested_to_court(s)
    s.after(days=20)
    s.by_court("SuggestionReplied", suggestion_no=suggestion, adopted=True,
               measures="通知申请机关重新提交材料")  # fmt: skip
    s.after(working=3)
    s.application = s.no("再申")
    s.by("nr", "EnforcementApplied", court=s.post.of("court"), decision_no=s.decision,
         application_no=s.application)  # fmt: skip
    s.by("nr", "ApplicationCopied", day=s.in_working_days(3), application=s.application,
         to=s.post.of("procuratorate"),
         materials=MATERIALS[:1])  # fmt: skip
    s.after(working=4)
    s.by_court("EnforcementAccepted", application=s.application, review_case_no=s.court_no("行审再"))


def materials_refused(s: Story) -> None:
    """The court does not take the papers in, which the department can only record itself."""
    unchallenged(s)
    applied(s)
    s.after(working=2)
    s.by("nr", "MaterialsRefused", application=s.application, what="立案窗口不接收材料，未出具书面凭证")
    s.after(working=5)
    no = complained(s, "materials_refused", s.application)
    s.after(days=20)
    s.by("procuratorate", "SupervisionExtended", supervision_no=no, until=s.in_working_days(40),
         reasons="需调阅案卷")  # fmt: skip


def no_ruling_in_time(s: Story) -> None:
    """The court lets the term to rule pass; on supervision it rules."""
    unchallenged(s)
    applied(s)
    accepted(s)
    s.after(working=25)
    no = complained(s, "no_ruling_in_time", s.application)
    s.after(working=4)
    s.by("procuratorate", "CourtExecutionUnlawfulFound", what="超过法定期限未作出裁定",
         application=s.application)  # fmt: skip
    suggestion = suggested_to_court(s)
    s.after(working=8)
    granted(s)
    s.by_court("SuggestionReplied", day=s.in_working_days(3), suggestion_no=suggestion, adopted=True,
               measures="已作出裁定并改进流程管理")  # fmt: skip
    decided(s, no, "ended", "法院已作出裁定")


def studied_together(s: Story) -> None:
    """Nothing to supervise for reasons that nobody can help: all three study it (拉萨实施意见 三（四）)."""
    to_court(s)
    s.after(days=25)
    s.by(
        "procuratorate",
        "SupervisionConditionsLacking",
        what="执行标的上有未了结的权属争议",
        application=s.application,
    )
    s.after(working=8)
    s.by("nr", "JointStudyHeld", conclusion="先行确权，确权后恢复执行")


def complaint_not_accepted(s: Story) -> None:
    no = _complained_of_the_split(s)
    s.by("procuratorate", "SupervisionNotAccepted", supervision_no=no, reasons="由政府组织实施，不属监督范围")


def complaint_withdrawn(s: Story) -> None:
    no = _complained_of_the_split(s)
    s.by("nr", "SupervisionWithdrawn", supervision_no=no, reasons="政府已组织实施")


def _complained_of_the_split(s: Story) -> str:
    """About 裁执分离: the ruling leaves the execution to a government that does nothing."""
    to_court(s)
    s.after(days=40)
    no = s.no("监")
    s.by("nr", "SupervisionApplied", supervision_no=no, category="enforcement", about=s.ruling,
         grounds=["ruling_execution_split"], to=s.post.of("procuratorate"))  # fmt: skip
    s.after(working=4)
    return no


def urged_and_replied(s: Story) -> None:
    """怠于行使职权: nothing was applied for; after the suggestion it is, and the procuratorate follows it up."""
    found(s)
    penalised(s)
    s.after(days=80)
    s.by("procuratorate", "FilesRequested", what="行政处罚案卷", files_no=s.court_no("检调"),
         to=s.post.of("nr"))  # fmt: skip
    s.after(working=3)
    s.by("nr", "FilesProvided", what="案卷一册", files_no=s.court_no("检调"))
    s.after(working=3)
    s.by("procuratorate", "UnlawfulActFound", what="未催告、未申请强制执行")
    suggestion = s.court_no("检行建")
    s.by("procuratorate", "SuggestionIssued", suggestion_no=suggestion, to=s.post.of("nr"),
         subject="inaction")  # fmt: skip
    s.after(working=1)
    s.by("nr", "CopyAcknowledged", of=suggestion)
    demanded(s)
    applied(s)
    s.after(days=20)
    s.by("nr", "SuggestionReplied", suggestion_no=suggestion, adopted=True,
         measures="已催告并申请人民法院强制执行")  # fmt: skip
    s.by("procuratorate", "CopyAcknowledged", day=s.in_working_days(2), of="SuggestionReplied")
    s.after(days=20)
    s.by("procuratorate", "SuggestionFollowedUp", suggestion_no=suggestion, finding="申请已受理，继续跟踪")


def replied_late(s: Story) -> None:
    """Two months pass; urgent ones have fifteen days."""
    found(s)
    penalised(s)
    s.after(days=75)
    suggestion = s.court_no("检行建")
    pressing = s.turn % 2 == 1
    s.by("procuratorate", "SuggestionIssued", suggestion_no=suggestion, to=s.post.of("nr"),
         subject="unlawful_act", urgent=pressing)  # fmt: skip
    s.after(working=2)
    s.by("nr", "CopyAcknowledged", of=suggestion)
    if not pressing:
        s.after(days=50)
        s.by("procuratorate", "SuggestionExtended", suggestion_no=suggestion, reply_by=s.in_working_days(20))
    else:
        s.after(days=20)
        s.by("nr", "SuggestionReplied", suggestion_no=suggestion, adopted=False,
             measures="经核查程序合法，说明理由如下")  # fmt: skip


PLOTS = {
    not_accepted: 2, materials_refused: 1, no_ruling_in_time: 1, studied_together: 2, complaint_not_accepted: 1,
    complaint_withdrawn: 1, urged_and_replied: 2, replied_late: 2,
}  # fmt: skip
