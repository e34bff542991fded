"""The old cases (存量结转): thirty from the register as it was kept before, each with what its line tells.

They were entered in the first days of July 2025. Some go on from where they stood; most still wait.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gongze.sample.penalty import removed
from gongze.sample.telling import ENTERED, POSTS, Story

PLACES = ("chengguan", "duilong", "chengguan", "lhasa", "duilong", "dagze")


def stories() -> Iterator[Story]:
    for number in range(1, 31):
        post, tell = POSTS[PLACES[number % len(PLACES)]], STAGES[number % len(STAGES)]
        year = 2019 + number % 4
        story = Story(f"{post.prefix}自然资执〔{year}〕{number}号", ENTERED, number=number,
                      plot=tell.__name__, post=post)  # fmt: skip
        story.after(working=number % 8)
        told(story, tell, year)
        yield story


Prior = list[dict[str, Any]]
Stage = Callable[[Story, int, Prior], None]


def told(s: Story, stage: Stage, year: int) -> None:
    """An old case of a year, entered as it stood, and what became of it."""
    stage(s, year, _penalty(s, year))


def _penalty(s: Story, year: int) -> Prior:
    """What every line tells: the decision and its service."""
    s.decision = f"{s.post.prefix}自然资罚〔{year}〕{s.number}号"
    return [
        {"type": "PenaltyDecided", "on": f"{year}-05-0{1 + s.number % 9}", "number": s.decision,
         "items": [{"kind": "demolish", "area_m2": f"{300 + 11 * s.number}.00"}]},
        {"type": "PenaltyServed", "on": f"{year}-05-1{s.number % 9}"},
    ]  # fmt: skip


def _enter(s: Story, stage: str, prior: Prior) -> None:
    owner = f"示例村民存{s.number}"
    area = f"{300 + 11 * s.number}.00"
    place = {"region": s.post.region, "address": f"示例村{s.number}组", "area_m2": area}
    s.by("nr", "CaseCarriedForward", case_no=s.stream, title=f"{owner}未批先占案",
         parties=[{"name": owner}],
         place=place, violation="unapproved_land_use", stage=stage, source_row=f"旧台账第{s.number}行",
         prior_acts=prior)  # fmt: skip


def penalised_only(s: Story, year: int, prior: Prior) -> None:
    _enter(s, "已处罚未申请执行", prior)
    if s.number % 2:
        s.after(days=60)
        s.by("nr", "ContactLogged", to=s.post.of("government"), what="商请属地政府督促当事人履行", means="函")


def applied_for(s: Story, year: int, prior: Prior) -> None:
    s.application = f"{s.post.prefix}自然资申〔{year}〕{s.number}号"
    prior.append({"type": "EnforcementApplied", "on": f"{year}-08-20", "number": s.application,
                 "court": s.post.of("court")})  # fmt: skip
    _enter(s, "已申请执行，未见受理", prior)
    if s.number % 2:
        s.after(days=100)
        s.by("nr", "ApplicationWithdrawn", application=s.application, what="申请期限已过，改由政府督促整改")


def granted_before(s: Story, year: int, prior: Prior) -> None:
    """Granted years ago, never carried out: half of them are, this year."""
    s.ruling = f"（{year}）示例行审裁存{s.number}号"
    prior += [
        {"type": "EnforcementApplied", "on": f"{year}-08-20", "court": s.post.of("court")},
        {"type": "EnforcementAccepted", "on": f"{year}-08-26", "for": s.post.of("court")},
        {"type": "AcceptanceReceived", "on": f"{year}-08-28"},
        {"type": "EnforcementGranted", "on": f"{year}-09-03", "number": s.ruling, "for": s.post.of("court"),
         "executor": "government"},
        {"type": "RulingReceived", "on": f"{year}-09-06"},
    ]  # fmt: skip
    _enter(s, "已裁定准予执行，未执行", prior)
    if s.number % 2:
        s.after(days=110 + s.number)
        s.by("government", "ExecutionOrganised", ruling_no=s.ruling, plan="纳入存量清理计划组织拆除")
        s.after(days=40)
        s.by("government", "ExecutionCompleted", ruling_no=s.ruling, result="full", what="已全部拆除")
        s.after(working=3)
        removed(s, "存量案件执行完毕")


def executed_not_verified(s: Story, year: int, prior: Prior) -> None:
    prior += [
        {"type": "EnforcementApplied", "on": f"{year}-08-20", "court": s.post.of("court")},
        {"type": "EnforcementGranted", "on": f"{year}-09-03", "for": s.post.of("court"), "executor": "court"},
        {"type": "RulingReceived", "on": f"{year}-09-06"},
        {"type": "ExecutionCompleted", "on": f"{year}-12-03", "for": s.post.of("court")},
    ]  # fmt: skip
    _enter(s, "已执行，未现场核实", prior)
    s.after(days=30 + s.number)
    removed(s, "现场核实后结案")


def refused_before(s: Story, year: int, prior: Prior) -> None:
    prior += [
        {"type": "EnforcementApplied", "on": f"{year}-08-20", "court": s.post.of("court")},
        {"type": "EnforcementRefused", "on": f"{year}-09-15", "for": s.post.of("court"),
         "number": f"（{year}）示例行审裁存{s.number}号"},
        {"type": "RulingReceived", "on": f"{year}-09-20"},
    ]  # fmt: skip
    _enter(s, "裁定不准予执行", prior)


STAGES = (penalised_only, granted_before, applied_for, executed_not_verified, granted_before,
          penalised_only, refused_before)  # fmt: skip
"""One after the other."""
