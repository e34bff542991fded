"""The ways that cases go: those of the sample, and three that its year has no place for."""

from collections.abc import Callable
from typing import Any

from gongze.sample import backlog, crime, enforcement, execution, penalty, records, supervision
from gongze.sample.enforcement import by_government, received, to_court
from gongze.sample.penalty import found, penalised
from gongze.sample.telling import Story

Course = Callable[[Story], None]


def suggestion_withdrawn(s: Story) -> None:
    """The department had done already what the procuratorate urged."""
    found(s)
    penalised(s)
    s.after(days=70)
    suggestion = s.court_no("检行建")
    s.by(
        "procuratorate", "SuggestionIssued", suggestion_no=suggestion, to=s.post.of("nr"), subject="inaction"
    )
    s.by("nr", "CopyAcknowledged", day=s.in_working_days(1), of=suggestion)
    s.after(working=8)
    s.by("procuratorate", "SuggestionWithdrawn", suggestion_no=suggestion, reason="发出前已整改")


def ruling_revoked(s: Story) -> None:
    """The court revokes its own ruling and grants anew."""
    to_court(s)
    s.after(working=5)
    s.by_court("RulingRevoked", ruling_no=s.ruling, what="裁定认定的执行内容有误，自行撤销")
    s.after(working=4)
    s.ruling = s.court_no("行审重裁")
    s.by_court("EnforcementGranted", application=s.application, ruling_no=s.ruling, executor="government")
    received(s)
    by_government(s)


def reassigned(s: Story) -> None:
    """The government passes what came to it on to the one whose it is."""
    found(s)
    s.after(working=2)
    s.by("government", "Reassigned", to=s.post.of("police"), what="请协助现场制止", means="转办单")
    penalised(s)
    s.after(days=25)
    s.by("nr", "Performed", decision_no=s.decision)


def _named(*plots: dict[Any, int]) -> dict[str, Course]:
    return {plot.__name__: plot for some in plots for plot in some}


BY_COURT = frozenset(_named(execution.PLOTS))
"""Those in which the court asks others for help."""
COURSES = _named(
    penalty.PLOTS, enforcement.PLOTS, execution.PLOTS, supervision.PLOTS, crime.PLOTS, records.PLOTS,
    dict.fromkeys((suggestion_withdrawn, ruling_revoked, reassigned), 1),
)  # fmt: skip
STAGES = backlog.STAGES
"""How far the old cases had come."""
