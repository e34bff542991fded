"""A year in which the court and discipline inspection sign nothing until December: the script of year (c).

Six alike cases of the department of Lhasa, one decision each to demolish what stands on unapproved land in Chengguan.
The court of Chengguan and discipline inspection of Lhasa take part on paper: the department records their acts, with
the paper that tells them. The procuratorate, the police and the court of the city sign.

Working days of 2026, by the State Council's notice: besides the weekends, off are 1–3 January, 15–23 February, 4–6 April,
1–5 May, 19–21 June, 25–27 September and 1–7 October; worked are the make-up days 14 and 28 February and 9 May.

What all six have in common, counted by hand:
- served on Monday 2 March: the suit term of 15 days ends on 17 March, so that the last day to apply is 17 June; the 60
  days for review end on 1 May, a holiday, so on Wednesday 6 May;
- demanded on Monday 20 April: ten working days are 21, 22, 23, 24, 27, 28, 29, 30 April, 6 and 7 May;
- so Monday 11 May, the day of all six applications, lies in the window;
- accept_enforcement, 5 working days after 11 May: 12, 13, 14, 15, 18 May;
- the department's copy of the application, 7 working days: 12, 13, 14, 15, 18, 19, 20 May; it copies on the 13th.

What the court did is told case by case in `COURSES`.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

COURT, NR = "court.chengguan", "nr.lhasa"
INSPECTION, PROCURATORATE, POLICE = "discipline.lhasa", "procuratorate.lhasa", "police.lhasa"
CLUE = "discipline/2026-1"


@dataclass(frozen=True)
class Course:
    """What the court did in one case, and how it is known.

    `by_receipts`: the department's receipts alone attest it, with the court's particulars; else it recorded the court's
    acts themselves.
    """

    accepted_on: str
    ruled_on: str
    by_receipts: bool = False


COURSES = {
    # in time: acceptance by the 18th; ruling 7 working days after 14 May: 15, 18, 19, 20, 21, 22, 25. Nothing confirmed.
    1: Course("2026-05-14", "2026-05-22"),
    # accepted two working days late (19, 20 May); ruling after the 20th: 21, 22, 25, 26, 27, 28, 29. Nothing confirmed.
    2: Course("2026-05-20", "2026-05-28", by_receipts=True),
    # accepted on the last day; ruling after the 18th: 19, 20, 21, 22, 25, 26, 27; made on 1 June: 28, 29 May, 1 June, so
    # three working days late. Both acts confirmed.
    3: Course("2026-05-18", "2026-06-01"),
    # accepted three working days late (19, 20, 21); ruling after the 21st: 22, 25, 26, 27, 28, 29 May, 1 June: in time.
    # Both confirmed, though they are known by receipts.
    4: Course("2026-05-21", "2026-06-01", by_receipts=True),
    # the ruling of 27 May at the latest is recorded as made on 2 June: 28, 29 May, 1, 2 June, so four working days late.
    # Its acceptance is confirmed; the ruling's date is disputed: it was 26 May, in time.
    5: Course("2026-05-18", "2026-06-02"),
    # recorded as made on 29 May: two working days late. Its acceptance is confirmed; then the court states its ruling
    # itself, made on 28 May: one working day late.
    6: Course("2026-05-18", "2026-05-29"),
}


def case(n: int) -> str:
    return f"拉自然资执〔2026〕{n}号"


def act(
    type_: str, case_: str, actor: str, day: str, data: dict[str, Any], received: str = "", **more: Any
) -> str:
    """One line of the script, entered on its own day unless said otherwise."""
    line = {"type": type_, "case": case_, "actor": actor, "occurred_on": day, "data": data,
            "received_at": f"{received or day}T10:00:00+08:00", **more}  # fmt: skip
    return json.dumps(line, ensure_ascii=False)


def scan(title: str) -> dict[str, Any]:
    digest = hashlib.sha256(title.encode()).hexdigest()
    return {
        "number": title,
        "title": title,
        "kind": "扫描件",
        "sha256": digest,
        "media_type": "application/pdf",
        "bytes": 1,
    }


def for_another(
    agency: str,
    type_: str,
    case_: str,
    day: str,
    learned: str,
    data: dict[str, Any],
    how: str = "served_original",
) -> str:
    """The department's record of what another agency did, on the day on which it learned of it."""
    told = data if how == "phone" else {**data, "documents": [scan(f"{type_}·{case_}")]}
    basis = {"how": how, "obtained_on": learned}
    return act(type_, case_, NR, day, told, learned, **{"for": agency}, basis=basis)


def participates(agency: str, mode: str, day: str) -> str:
    return act("ParticipationSet", "registry", "operator", day, {"agency": agency, "mode": mode, "from": day})


def shared(n: int, kind: str, number: str, day: str, acknowledged: str, to: tuple[str, ...]) -> list[str]:
    """A document shared and acknowledged: by those that sign themselves; by the others on the sheet that came back."""
    lines = [act("DocumentShared", case(n), NR, day, {"kind": kind, "to": list(to), "document_no": number})]
    for agency in to:
        of = {"of": "DocumentShared"}
        if agency == INSPECTION:
            lines.append(for_another(agency, "CopyAcknowledged", case(n), acknowledged, acknowledged, of))
        else:
            lines.append(act("CopyAcknowledged", case(n), agency, acknowledged, of))
    return lines


def copied(n: int, type_: str, day: str, acknowledged: str, **data: Any) -> list[str]:
    """One of the three copies to the procuratorate, acknowledged by it."""
    return [
        act(type_, case(n), NR, day, data),
        act("CopyAcknowledged", case(n), PROCURATORATE, acknowledged, {"of": type_}),
    ]


def until_applied(n: int) -> list[str]:
    filing = {"title": f"未批先占第{n}案", "parties": [{"name": f"示例公司{n}"}], "violation": "unapproved_land_use",
              "source": "patrol", "place": {"region": "540102", "address": "示例村", "area_m2": "2000.00"}}  # fmt: skip
    decision, applied = f"罚{n}", {"court": COURT, "decision_no": f"罚{n}", "application_no": f"申{n}"}
    return [
        act("CaseFiled", case(n), NR, "2026-01-12", filing),
        act("PenaltyDecided", case(n), NR, "2026-02-26", {"decision_no": decision, "items": [{"kind": "demolish"}]}),
        act("PenaltyServed", case(n), NR, "2026-03-02", {"decision_no": decision, "method": "direct"}),
        *shared(n, "penalty_decision", decision, "2026-03-03", "2026-03-05", (INSPECTION, "court.lhasa", PROCURATORATE, POLICE)),
        act("PerformanceDemanded", case(n), NR, "2026-04-20", {"decision_no": decision}),
        act("EnforcementApplied", case(n), NR, "2026-05-11", applied),
        *copied(n, "ApplicationCopied", "2026-05-13", "2026-05-14", materials=[{"title": "申请书"}]),
        *shared(n, "enforcement_application", f"申{n}", "2026-05-13", "2026-05-15", (INSPECTION, POLICE)),
    ]  # fmt: skip


def through_court(n: int) -> list[str]:
    """Acceptance and ruling as the department learned of them: the notice on 25 May, the ruling on 3 June.

    Its own copies are due 7 working days after those days: 26, 27, 28, 29 May, 1, 2, 3 June; and 4, 5, 8, 9, 10, 11, 12
    June. It copies on 27 May and on 5 June.
    """
    course, review, ruling = COURSES[n], f"行审{n}", f"裁{n}"
    if course.by_receipts:
        notice = {
            "review_case_no": review,
            "accepted_on": course.accepted_on,
            "documents": [scan(f"受理{n}")],
        }
        written = {"ruling_no": ruling, "result": "granted", "made_on": course.ruled_on, "executor": "court",
                   "documents": [scan(f"裁定{n}")]}  # fmt: skip
        recorded = [
            act("AcceptanceReceived", case(n), NR, "2026-05-25", notice),
            act("RulingReceived", case(n), NR, "2026-06-03", written),
        ]
    else:
        accepted, granted = {"review_case_no": review}, {"ruling_no": ruling, "executor": "court"}
        recorded = [
            for_another(COURT, "EnforcementAccepted", case(n), course.accepted_on, "2026-05-25", accepted),
            act("AcceptanceReceived", case(n), NR, "2026-05-25", {}),
            for_another(COURT, "EnforcementGranted", case(n), course.ruled_on, "2026-06-03", granted),
            act("RulingReceived", case(n), NR, "2026-06-03", {"ruling_no": ruling}),
        ]
    received = next(i for i, text in enumerate(recorded) if "AcceptanceReceived" in text) + 1
    return [
        *recorded[:received],
        *copied(n, "AcceptanceCopied", "2026-05-27", "2026-05-28"),
        *recorded[received:],
        *copied(n, "RulingCopied", "2026-06-05", "2026-06-08", ruling_no=ruling),
        *shared(n, "court_ruling", ruling, "2026-06-05", "2026-06-10", (INSPECTION, POLICE)),
    ]


TOLD = "2026-06-26"
"""The day on which the court's clerk says on the telephone that the first case was executed."""


def executed_by_word() -> list[str]:
    done = {"ruling_no": "裁1", "result": "full"}
    return [
        for_another(COURT, "ExecutionCompleted", case(1), "2026-06-24", TOLD, done, "phone"),
        act("RemovalVerified", case(1), NR, "2026-07-01", {"what": "已拆除并清场", "on_site": True}),
    ]


def clue() -> list[str]:
    """A clue referred to discipline inspection, which signs a sheet for it and later says on paper what it did."""
    referred = {"referral_no": "移1", "to": INSPECTION, "subjects": "示例人员", "content": "示例内容"}
    return [
        act("DisciplineClueReferred", CLUE, NR, "2026-07-06", referred),
        for_another(
            INSPECTION, "DisciplineClueReceived", CLUE, "2026-07-07", "2026-07-08", {"referral_no": "移1"}
        ),
        for_another(
            INSPECTION, "DisciplineClueHandled", CLUE, "2026-08-20", "2026-08-24", {"disposition": "accepted"}
        ),
    ]


def until_summer() -> list[str]:
    return [
        participates(COURT, "paper", "2026-01-05"),
        participates(INSPECTION, "paper", "2026-01-05"),
        *(text for n in COURSES for text in until_applied(n)),
        *(text for n in COURSES for text in through_court(n)),
        *executed_by_word(),
        *clue(),
    ]


def written_evidence(told: str) -> list[str]:
    """The record of execution of the first case arrives: the department adds it to what it was `told` by telephone."""
    added = {"of": told, "reason": "补附执行笔录", "data": {"documents": [scan("执行笔录")]}}
    return [act("StatementCorrected", case(1), NR, "2026-07-20", added)]


CONFIRMED = {
    3: ("行审3", "EnforcementGranted"),
    4: ("行审4", "EnforcementGranted"),
    5: ("行审5",),
    6: ("行审6",),
}
"""Six of the twelve acts of acceptance and ruling, by the court's own number or by what they are."""


def december() -> list[str]:
    """The court signs for the first time: what was recorded for it, act by act, and that one date is wrong."""
    disputed = {
        "of": "EnforcementGranted",
        "field": "occurred_on",
        "own_value": "2026-05-26",
        "reason": "裁定落款为5月26日",
    }
    return [
        participates(COURT, "confirming", "2026-12-01"),
        *(act("ActConfirmed", case(n), COURT, "2026-12-08", {"of": list(of)}) for n, of in CONFIRMED.items()),
        act("ActDisputed", case(5), COURT, "2026-12-08", disputed),
    ]


def settled() -> list[str]:
    """The department looks at its paper, corrects the date, and the court confirms."""
    right = {"of": "裁5", "reason": "误将收到日登记为裁定日", "data": {"occurred_on": "2026-05-26"}}
    return [
        act("StatementCorrected", case(5), NR, "2026-12-10", right),
        act("ActConfirmed", case(5), COURT, "2026-12-11", {"of": ["EnforcementGranted"]}),
    ]


def signing() -> list[str]:
    """From 21 December the court signs itself, and begins with a ruling that was recorded for it; the next day it has
    the other five cases executed."""
    own = {"ruling_no": "裁6", "executor": "court"}
    lines = [
        participates(COURT, "signing", "2026-12-21"),
        act("EnforcementGranted", case(6), COURT, "2026-05-28", own, "2026-12-21"),
    ]
    for n in range(2, 7):
        done = {"ruling_no": f"裁{n}", "result": "full"}
        lines.append(act("ExecutionCompleted", case(n), COURT, "2026-12-22", done))
        lines.append(
            act("RemovalVerified", case(n), NR, "2026-12-28", {"what": "已拆除并清场", "on_site": True})
        )
    return lines
