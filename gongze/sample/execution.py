"""Execution by the court or the government, with the help of others: who came, who did not, who stood in the way."""

from datetime import date, datetime, time

from domain.values import SHANGHAI
from gongze.sample.enforcement import accepted, applied, granted, to_court, unchallenged
from gongze.sample.penalty import removed
from gongze.sample.telling import Story


def at(day: date, hour: int) -> str:
    return datetime.combine(day, time(hour), SHANGHAI).isoformat()


def to_execution_by_court(s: Story, *, urgent: bool = False) -> None:
    unchallenged(s)
    applied(s)
    accepted(s)
    granted(s, executor="court", copied=2 if urgent else 0, urgent=urgent)
    s.after(working=1 if urgent else 5)
    s.by_court("ExecutionFiled", application=s.application, execution_case_no=s.court_no("执"))


def asked(s: Story, kind: str, no: str, day: date, *, by: str) -> None:
    """A request for help on a day, and a copy of it acknowledged."""
    tasks = ["crowd_control", "cordon"] if kind == "police" else ["site_confirmation"]
    s.act("AssistanceRequested", by, assistance_no=no, to=s.post.of(kind), at=at(day, 9),
          place=f"示例村{s.number}组",
          tasks=tasks, people="6")  # fmt: skip


def executed_by_court(s: Story) -> None:
    """The police and the department are asked for help, and come."""
    to_execution_by_court(s)
    s.after(working=8)
    day, court = s.in_working_days(6), s.post.of("court")
    for kind, no in (("police", s.court_no("协公")), ("nr", s.court_no("协自"))):
        asked(s, kind, no, day, by=court)
        s.by(kind, "AssistanceConfirmed", day=s.in_working_days(1), assistance_no=no, people="6")
        s.by(kind, "AssistanceProvided", day=day, assistance_no=no, at=at(day, 9))
    s.day = day
    s.by_court("ExecutionOrganised", ruling_no=s.ruling, plan="由执行局组织强制拆除")
    s.after(working=3)
    s.by_court("ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
    s.after(working=2)
    removed(s, "执行完毕，违法状态消除")


def help_put_off(s: Story) -> None:
    """Put off once; then the police come late, and the department of the place declines without a lawful ground."""
    to_execution_by_court(s)
    s.after(working=8)
    court, no, other = s.post.of("court"), s.court_no("协公"), s.court_no("协政")
    asked(s, "police", no, s.in_working_days(5), by=court)
    asked(s, "government", other, s.in_working_days(5), by=court)
    s.after(working=2)
    s.by("police", "CopyAcknowledged", of=no)
    s.by("government", "AssistanceDeclined", assistance_no=other, reasons="近期人手紧张")
    s.after(working=1)
    moved = s.in_working_days(6)
    s.act("AssistanceRescheduled", court, assistance_no=no, at=at(moved, 9), reasons="天气原因改期")
    s.by("police", "AssistanceConfirmed", assistance_no=no)
    s.day = moved
    s.by("police", "AssistanceProvided", assistance_no=no, at=at(moved, 11))
    s.by_court("ExecutionOrganised", ruling_no=s.ruling, plan="由执行局组织强制拆除")
    s.by_court("ExecutionCompleted", ruling_no=s.ruling, result="partial",
               what="拆除约六成，余下部分择日继续")  # fmt: skip


def nobody_came(s: Story) -> None:
    """Asked for, promised, and not there: the court says so, and discipline inspection may read it."""
    to_execution_by_court(s)
    s.after(working=8)
    day, court, no = s.in_working_days(5), s.post.of("court"), s.court_no("协公")
    asked(s, "police", no, day, by=court)
    s.by("police", "AssistanceConfirmed", day=s.in_working_days(1), assistance_no=no)
    s.day = day
    s.act("AssistanceNotRendered", court, assistance_no=no, what="指定时间无人到场，执行未能进行")
    s.act("ExecutionSuspended", court, application=s.application, reasons="协助力量未到场")


def called_off(s: Story) -> None:
    to_execution_by_court(s)
    s.after(working=6)
    court, no = s.post.of("court"), s.court_no("协公")
    asked(s, "police", no, s.in_working_days(5), by=court)
    s.after(working=2)
    s.act("AssistanceCancelled", court, assistance_no=no, reasons="当事人承诺自行拆除")
    s.after(days=10)
    s.by("nr", "Performed", decision_no=s.decision)
    s.after(working=1)
    s.by_court("ExecutionTerminated", application=s.application, reasons="当事人已自行履行")
    removed(s, "执行中自行履行，违法状态消除")


def obstructed(s: Story) -> None:
    """The government's people are stopped on the spot; the police step in the same day, and later tell the outcome."""
    to_court(s)
    s.after(working=7)
    government, help_no = s.post.of("government"), s.no("协")
    day = s.in_working_days(4)
    asked(s, "police", help_no, day, by=government)
    s.by("police", "AssistanceConfirmed", day=s.in_working_days(1), assistance_no=help_no)
    s.day = day
    s.act("ExecutionOrganised", government, ruling_no=s.ruling, plan="由属地政府组织拆除")
    s.by("police", "AssistanceProvided", assistance_no=help_no, at=at(day, 9))
    obstruction = s.no("阻")
    s.by("nr", "ObstructionReported", obstruction_no=obstruction, at=at(day, 10), place=f"示例村{s.number}组",
         what="多人阻拦施工机械", to=s.post.of("police"))  # fmt: skip
    late = s.turn % 2 == 1
    s.by("police", "ObstructionHandled", day=s.in_working_days(2) if late else s.day,
         obstruction_no=obstruction)  # fmt: skip
    s.after(working=10)
    if not late:
        s.by("police", "ObstructionHandled", obstruction_no=obstruction, outcome="对两人处以行政拘留")
    s.by("government", "ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
    s.after(working=2)
    removed(s, "执行完毕，违法状态消除")


def suspended_and_resumed(s: Story) -> None:
    to_execution_by_court(s)
    s.after(working=5)
    s.by_court("ExecutionSuspended", application=s.application, reasons="案外人提出异议")
    s.after(days=40)
    s.by_court("ExecutionResumed", application=s.application, reasons="异议已驳回")
    if s.turn % 2 == 0:
        s.after(working=12)
        s.by_court("ExecutionOrganised", ruling_no=s.ruling, plan="由执行局组织强制拆除")
        s.by_court("ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
        s.after(working=4)
        removed(s, "执行完毕，违法状态消除")


def round_ended(s: Story) -> None:
    to_execution_by_court(s)
    s.after(days=30)
    s.by_court("RoundTerminated", application=s.application, reasons="被执行人下落不明，无其他可供执行")


def urgent(s: Story) -> None:
    """情况紧急: within five working days of the ruling (行政强制法 §59)."""
    to_execution_by_court(s, urgent=True)
    s.after(working=2)
    s.by_court("ExecutionOrganised", ruling_no=s.ruling, plan="立即拆除危险部分")
    s.by_court("ExecutionCompleted", ruling_no=s.ruling, result="full", what="危险部分已拆除")
    s.after(working=2)
    removed(s, "紧急执行完毕")


def designated(s: Story) -> None:
    """The government names the department to carry it out, and rectifies a slip in the ruling before."""
    to_court(s)
    s.after(working=3)
    s.by_court("RulingRectified", ruling_no=s.ruling, what="补正当事人名称的笔误")
    s.after(working=3)
    s.by("government", "ExecutorDesignated", ruling_no=s.ruling, executing_agency=s.post.of("nr"))
    s.after(working=10)
    s.by("nr", "ExecutionOrganised", ruling_no=s.ruling, plan="由本局执法队伍拆除")
    s.after(working=5)
    s.by("nr", "ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
    removed(s, "执行完毕，违法状态消除")


PLOTS = {
    executed_by_court: 4, help_put_off: 2, nobody_came: 1, called_off: 1, obstructed: 2, suspended_and_resumed: 2,
    round_ended: 1, urgent: 1, designated: 1,
}  # fmt: skip
