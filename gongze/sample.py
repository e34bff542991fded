"""The sample: some forty invented cases on the way through court enforcement, over two years and both Spring
Festivals, as lines of a case script. Deterministic; every party and number is invented.

Each case follows one plot; plots differ in what goes late, wrong, or has not happened yet.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.calendar import Calendar
from domain.terms import Term, count
from domain.values import SHANGHAI
from events.calendars import national_calendar

AS_OF = date(2026, 3, 20)
"""The day that the demonstration's board shows; nothing in the sample happens later."""

POSTS = (
    ("lhasa", "拉", "540100", "chengguan"),
    ("chengguan", "城", "540102", "chengguan"),
    ("duilong", "堆", "540103", "duilong"),
    ("dagze", "达", "540104", "dagze"),
    ("lhasa-park", "园", "540199", "duilong"),
)
PLOTS = (
    "executed", "copied_late", "receipt_open", "refused", "not_accepted", "withdrawn", "ruling_copied_late",
    "hearing", "suggestion", "window", "lawsuit", "review", "ruling_open", "corrected", "suspended", "copy_open",
)  # fmt: skip
WORDS = "甲乙丙丁戊己庚辛壬癸"


@dataclass
class Story:
    """One case being told: its place, its plot, and the lines so far."""

    number: int
    plot: str
    post: tuple[str, str, str, str]
    day: date
    calendar: Calendar
    lines: list[dict[str, Any]] = field(default_factory=list)
    decision: str = ""
    application: str = ""
    ruling: str = ""

    @property
    def nr(self) -> str:
        return f"nr.{self.post[0]}"

    @property
    def court(self) -> str:
        return f"court.{self.post[3]}"

    @property
    def procuratorate(self) -> str:
        return f"procuratorate.{'duilong' if self.post[0] == 'lhasa-park' else self.post[0]}"

    @property
    def case(self) -> str:
        year = self.lines[0]["occurred_on"][:4] if self.lines else self.day.year
        return f"{self.post[1]}自然资执〔{year}〕{self.number}号"

    def no(self, kind: str) -> str:
        """An invented document number of this case."""
        return f"{self.post[1]}自然资{kind}〔{self.day.year}〕{self.number}号"

    @property
    def applied_on(self) -> date | None:
        """The day of application, if the story comes to one."""
        days = [line["occurred_on"] for line in self.lines if line["type"] == "EnforcementApplied"]
        return date.fromisoformat(days[0]) if days else None

    def working_days(self, number: int) -> date:
        """The day that lies so many working days after today's scene."""
        due = count(Term(number, "working_day"), self.day, self.calendar).due_on
        assert due is not None
        return due

    def act(
        self, kind: str, actor: str, on: date | None = None, recorded: date | None = None, **data: Any
    ) -> None:
        """One line; recorded on the day it happened unless said otherwise."""
        on = on or self.day
        hour = 9 + len(self.lines) % 8
        received = datetime.combine(recorded or on, time(hour, self.number % 60), SHANGHAI)
        line = {"type": kind, "case": self.case, "actor": actor, "occurred_on": on.isoformat(),
                "received_at": received.isoformat(), "data": data}  # fmt: skip
        self.lines.append(line)

    def after(self, days: int = 0, working: int = 0) -> None:
        """The next scene: later by calendar days, or by working days."""
        self.day = self.working_days(working) if working else self.day + timedelta(days)


def script() -> list[str]:
    """All lines of the sample in the order in which they were recorded."""
    told = sorted(
        (line for story in _stories() for line in story.lines), key=lambda line: line["received_at"]
    )
    known = [line for line in told if line["received_at"][:10] <= AS_OF.isoformat()]
    return [json.dumps(line, ensure_ascii=False) for line in known]


RECENT = (
    (43, "copy_open", date(2026, 2, 9)),  # applied before the Spring Festival and not copied since
    (44, "copy_open", date(2026, 3, 13)),  # due in a few days
    (45, "ruling_copied_late", date(2026, 3, 3)),  # ruling in hand, its copy not yet due
    (46, "receipt_open", date(2026, 3, 13)),  # just accepted, the notice not yet obtained
)
"""Cases told backward from the day of application, so that the board's day has something near its end."""


def _stories() -> Iterator[Story]:
    calendar = national_calendar()
    for number in range(1, 43):
        filed = date(2024, 4, 8) + timedelta(days=14 * (number - 1))
        yield _told(number, PLOTS[number % len(PLOTS)], filed, calendar)
    for number, plot, applied in RECENT:
        days = (applied - timedelta(n) for n in range(60, 200))
        told = (_told(number, plot, day, calendar) for day in days)
        yield next(s for s in told if s.applied_on == applied)


def _told(number: int, plot: str, filed: date, calendar: Calendar) -> Story:
    story = Story(number, plot, POSTS[number % len(POSTS)], filed, calendar)
    _opening(story)
    if plot != "window":
        _remedies(story)
        _application(story)
    return story


def _opening(s: Story) -> None:
    owner = f"示例{'公司' if s.number % 3 else '村民'}{WORDS[s.number % 10]}{s.number}"
    place = {"region": s.post[2], "address": f"示例村{s.number}组", "area_m2": f"{600 + 37 * s.number}.00",
             "farmland_m2": f"{40 * (s.number % 5)}.00"}  # fmt: skip
    s.act("CaseFiled", s.nr, title=f"{owner}未批先占建设案", parties=[{"name": owner}], place=place,
          violation="unapproved_land_use", source=("patrol", "patch", "public_report")[s.number % 3])  # fmt: skip
    s.after(2)
    s.act("NoticeIssued", s.nr, notice="stop_violation", notice_no=s.no("停"))
    s.after(1)
    s.act("ViolationReported", s.nr, government=f"government.{s.post[0]}", report_no=s.no("报"))
    if s.number % 6:
        s.act("CopyAcknowledged", f"government.{s.post[0]}", of=s.no("报"))
    if s.number % 4:
        s.act("MeasuresTaken", f"government.{s.post[0]}", measures="现场制止，断电封存设备")
    s.after(working=20)
    s.act("PenaltyDecided", s.nr, decision_no=s.no("罚"), items=[
        {"kind": "demolish", "area_m2": f"{600 + 37 * s.number}.00", "what": "限期拆除新建建筑物"}])  # fmt: skip
    s.decision = s.no("罚")
    s.after(working=4)
    s.act("PenaltyServed", s.nr, decision_no=s.decision, method="direct")


def _remedies(s: Story) -> None:
    """Fifteen days to sue, sixty to ask for review; two plots use theirs."""
    if s.plot == "lawsuit":
        s.after(12)
        s.act(
            "LawsuitFiled",
            f"{s.nr}",
            decision_no=s.decision,
            court=s.court,
            court_case_no=f"（{s.day.year}）示例行初{s.number}号",
        )
        suit = s.lines[-1]["data"]["court_case_no"]
        s.after(70)
        s.act("LawsuitDecided", s.court, court_case_no=suit, instance="first", outcome="claims_dismissed",
              effective_on=s.day.isoformat())  # fmt: skip
        s.after(30)
        return
    if s.plot == "review":
        s.after(40)
        s.act("ReviewApplied", s.nr, decision_no=s.decision, authority="示例市人民政府")
        s.after(45)
        s.act("ReviewDecided", s.nr, decision_no=s.decision, outcome="upheld", served_on=s.day.isoformat())
        s.after(16)
    else:
        s.after(61)
    s.after(working=1)
    s.act("PerformanceDemanded", s.nr, decision_no=s.decision)
    s.after(working=12)


def _application(s: Story) -> None:
    s.application = s.no("申")
    basis = "judgment" if s.plot == "lawsuit" else "non_litigation"
    s.act(
        "EnforcementApplied",
        s.nr,
        court=s.court,
        decision_no=s.decision,
        application_no=s.application,
        basis=basis,
    )
    applied = s.day
    if s.plot == "withdrawn":
        s.after(working=2)
        s.act("ApplicationWithdrawn", s.nr, application=s.application, what="当事人已自行拆除")
        s.after(working=3)
        s.act("RemovalVerified", s.nr, what="现场核实已拆除并恢复土地原状", on_site=True)
        s.act("CaseClosed", s.nr, reason="当事人自行履行完毕")
        return
    if s.plot != "copy_open":
        copied = s.working_days(10 if s.plot == "copied_late" else 3 + s.number % 4)
        s.act("ApplicationCopied", s.nr, on=copied, application=s.application, to=s.procuratorate,
              materials=[{"title": "强制执行申请书", "pages": 3}, {"title": "行政处罚决定书", "pages": 4}])  # fmt: skip
        if s.number % 7:
            s.act("CopyAcknowledged", s.procuratorate, on=copied + timedelta(days=1), of=s.application)
    if s.plot == "corrected":
        s.act("StatementCorrected", s.nr, on=s.working_days(2), of=s.application, reason="申请日期误填，以法院收件日为准",
              data={"occurred_on": (applied - timedelta(days=1)).isoformat()})  # fmt: skip
    s.after(working=6 if s.number % 5 == 0 else 4)
    if s.plot == "not_accepted":
        s.act("EnforcementNotAccepted", s.court, application=s.application, reasons="申请材料不能证明催告已送达",
              ruling_no=f"（{s.day.year}）示例行审不{s.number}号")  # fmt: skip
        return
    s.act(
        "EnforcementAccepted",
        s.court,
        application=s.application,
        review_case_no=f"（{s.day.year}）示例行审{s.number}号",
    )
    accepted = s.day
    if s.plot == "receipt_open":
        return
    s.after(working=2)
    s.act("AcceptanceReceived", s.nr, application=s.application)
    copied = s.working_days(8 if s.number % 7 == 0 else 5)
    s.act("AcceptanceCopied", s.nr, on=copied, application=s.application, to=s.procuratorate)
    if s.number % 5:
        s.act("CopyAcknowledged", s.procuratorate, on=copied + timedelta(days=2), of="AcceptanceCopied")
    s.day = accepted
    if s.plot == "hearing":
        s.after(working=3)
        s.act("HearingOfOpinionsOpened", s.court, application=s.application)
        s.after(20)
    s.after(working=9 if s.number % 6 == 0 else 6)
    s.ruling = f"（{s.day.year}）示例行审{s.number}号之一"
    if s.plot == "refused":
        s.act(
            "EnforcementRefused",
            s.court,
            application=s.application,
            ruling_no=s.ruling,
            reasons="处罚程序明显违法",
        )
        s.after(working=3)
        s.act("RulingReceived", s.nr, ruling_no=s.ruling)
        s.after(10)
        s.act("RulingReviewApplied", s.nr, ruling_no=s.ruling, court="court.lhasa")
        return
    s.act("EnforcementGranted", s.court, application=s.application, ruling_no=s.ruling, executor="government")
    if s.plot == "ruling_open":
        return
    s.after(working=2)
    s.act("RulingReceived", s.nr, ruling_no=s.ruling)
    copied = s.working_days(9 if s.plot == "ruling_copied_late" else 4)
    s.act("RulingCopied", s.nr, on=copied, ruling_no=s.ruling, to=s.procuratorate)
    if s.number % 4:
        s.act("CopyAcknowledged", s.procuratorate, on=copied + timedelta(days=1), of=s.ruling)
    _execution(s)


def _execution(s: Story) -> None:
    s.after(working=8)
    s.act("ExecutionOrganised", f"government.{s.post[0]}", ruling_no=s.ruling, plan="由属地政府组织拆除")
    if s.plot == "suspended":
        s.after(5)
        s.act("ExecutionSuspended", s.court, application=s.application, reasons="案外人提出异议")
        return
    if s.plot == "suggestion":
        s.after(20)
        s.act(
            "SuggestionIssued",
            s.procuratorate,
            suggestion_no=f"示例检行公建〔{s.day.year}〕{s.number}号",
            to=s.nr,
            subject="inaction",
        )
        suggestion = s.lines[-1]["data"]["suggestion_no"]
        s.after(2)
        s.act("CopyAcknowledged", s.nr, of=suggestion)
        s.after(40)
        s.act(
            "SuggestionReplied",
            s.nr,
            suggestion_no=suggestion,
            adopted=True,
            measures="已会同属地政府排定拆除日期",
        )
    s.after(25)
    s.act(
        "ExecutionCompleted", f"government.{s.post[0]}", ruling_no=s.ruling, result="full", what="已全部拆除"
    )
    s.after(3)
    s.act("RemovalVerified", s.nr, what="现场核实已拆除并恢复土地原状", on_site=True)
    s.act("CaseClosed", s.nr, reason="执行完毕，违法状态消除")
