"""Suspected crimes: referred to the police, filed or not, and what comes back (移送规定; 拉萨实施意见 三（五）、三（六）)."""

from gongze.sample.execution import at
from gongze.sample.penalty import found, penalised, shared
from gongze.sample.telling import Story


def referred(s: Story, *, approved: bool = True) -> str:
    """Suspected, reported, approved by the head, referred within a day. The number of the referral."""
    mining = s.turn % 2 == 1
    found(s, "unlicensed_mining" if mining else "basic_farmland_destroyed")
    crime = "涉嫌非法采矿罪" if mining else "涉嫌非法占用农用地罪"
    s.after(working=15)
    s.by("nr", "SuspectedCrimeFound", crime=crime,
         what="鉴定达到追诉标准")  # fmt: skip
    referral = s.no("涉刑移")
    if approved:
        s.after(working=2)
        s.by("nr", "ReferralReportSubmitted", referral_no=referral, at=at(s.day, 9), by="示例执法人员甲、乙")
        s.after(working=2)
        if s.turn % 2:
            s.by("nr", "ReferralRefused", referral_no=referral, at=at(s.day, 9), by="局长",
            reasons="证据需补充")  # fmt: skip
            s.after(working=2)
        s.by("nr", "ReferralApproved", referral_no=referral, at=at(s.day, 9), by="局长")
    s.by("nr", "CrimeReferred", referral_no=referral, to=s.post.of("police"), suspected_crime=crime,
         copied_to=[s.post.of("procuratorate")])  # fmt: skip
    s.by("police", "CrimeReferralReceived", referral_no=referral, at=at(s.day, 16))
    s.by("procuratorate", "CopyAcknowledged", day=s.in_working_days(1), of=referral)
    shared(s, "crime_referral", referral, ("discipline", "court"))
    return referral


def prosecuted(s: Story) -> None:
    """Filed, appraised, handed over, prosecuted, judged; the penalty waits for it."""
    referral = referred(s)
    s.after(working=2)
    s.by("police", "CrimeFiled", referral_no=referral, criminal_case_no=s.court_no("公刑立"))
    s.by("nr", "CopyAcknowledged", day=s.in_working_days(1), of="CrimeFiled")
    s.after(working=2)
    s.by("nr", "ItemsHandedOver", referral_no=referral, what="测绘成果与现场照片")
    s.after(working=5)
    appraisal = s.court_no("公认")
    s.by("police", "AppraisalRequested", appraisal_no=appraisal, what="占用永久基本农田面积的认定",
         to=s.post.of("nr"))  # fmt: skip
    s.after(working=12)
    s.by("nr", "AppraisalDelivered", appraisal_no=appraisal, what="占用永久基本农田 6.2 亩，种植条件严重毁坏")
    s.after(days=70)
    s.by("police", "CrimeOutcomeTold", referral_no=referral, outcome="prosecuted")
    s.after(days=60)
    s.by("procuratorate", "CrimeOutcomeTold", referral_no=referral, outcome="judged")


def not_prosecuted(s: Story) -> None:
    """Filed and not prosecuted: the procuratorate hands it back for a penalty (行刑反向衔接)."""
    referral = referred(s)
    s.after(working=3)
    s.by("police", "CrimeFiled", referral_no=referral, criminal_case_no=s.court_no("公刑立"))
    s.after(days=60)
    s.by("procuratorate", "CrimeOutcomeTold", referral_no=referral, outcome="not_prosecuted")
    s.after(working=4)
    opinion = s.court_no("检意")
    s.by("procuratorate", "PenaltyOpinionIssued", opinion_no=opinion, what="不起诉，建议给予行政处罚",
         to=s.post.of("nr"))  # fmt: skip
    s.by("nr", "CopyAcknowledged", day=s.in_working_days(1), of=opinion)
    penalised(s, working=15)
    s.by("nr", "PenaltyOpinionReplied", opinion_no=opinion, what="已作出行政处罚决定")


def not_filed(s: Story) -> None:
    """Not filed; reconsidered in vain; the procuratorate demands the reasons and has it filed."""
    referral = referred(s)
    s.after(working=3)
    s.by("police", "CrimeNotFiled", referral_no=referral, reasons="现有证据不足以认定毁坏程度")
    s.by("nr", "CopyAcknowledged", day=s.in_working_days(1), of="CrimeNotFiled")
    s.after(working=2)
    s.by("nr", "ReconsiderationRequested", referral_no=referral, reasons="已有鉴定意见")
    s.after(working=3)
    s.by("police", "ReconsiderationDecided", referral_no=referral, outcome="keep", reasons="维持原决定")
    s.after(working=3)
    s.by("nr", "FilingSupervisionRequested", referral_no=referral, to=s.post.of("procuratorate"),
         reasons="应当立案而不立案")  # fmt: skip
    s.after(working=4)
    s.by("procuratorate", "ReasonsDemanded", referral_no=referral)
    s.after(working=4)
    s.by("police", "ReasonsStated", referral_no=referral, reasons="毁坏程度尚待补充鉴定")
    s.after(working=6)
    s.by("procuratorate", "FilingSupervisionDecided", referral_no=referral, outcome="file",
         reasons="不立案理由不成立")  # fmt: skip
    s.after(working=5)
    s.by("police", "CrimeFiled", referral_no=referral, criminal_case_no=s.court_no("公刑立"))


def returned_as_no_crime(s: Story) -> None:
    """Irregular: referred without the head's approval. Supplemented, not filed; a violation found on the way comes back."""
    referral = referred(s, approved=False)
    s.after(working=1)
    s.by("police", "SupplementAsked", referral_no=referral, what="补充移送审批表")
    s.after(working=2)
    s.by("nr", "SupplementFiled", referral_no=referral, what="移送审批表")
    s.after(working=3)
    s.by("police", "CrimeNotFiled", referral_no=referral, reasons="情节显著轻微")
    s.by("police", "NonCrimeViolationFound", what="同一地块另有临时建筑", referral_no=referral)
    s.after(working=2)
    clue = s.court_no("公线移")
    s.by("police", "ClueReturned", clue_no=clue, what="非罪线索", to=s.post.of("nr"))
    s.after(working=1)
    s.by("nr", "CopyAcknowledged", of=clue)
    if s.turn % 2 == 0:
        s.after(working=12)
        s.by("nr", "ReturnedClueHandled", clue_no=clue, outcome="已并入本案一并处罚")
        penalised(s, working=5)


def passed_on(s: Story) -> None:
    """Beyond the district's police: passed on to the city's."""
    referral = referred(s)
    s.after(working=1)
    s.by("police", "ReferralPassedOn", referral_no=referral,
         to="police.lhasa" if s.post.name != "lhasa" else "police.chengguan")  # fmt: skip
    s.after(working=2)
    to = "police.lhasa" if s.post.name != "lhasa" else "police.chengguan"
    s.act("CrimeReferralReceived", to, referral_no=referral)
    s.after(working=8)
    s.act("CrimeFiled", to, referral_no=referral)


PLOTS = {prosecuted: 2, not_prosecuted: 1, not_filed: 1, returned_as_no_crime: 2, passed_on: 1}
