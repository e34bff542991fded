"""What is recorded although it should not have happened: each code once with its clause, and once where it must be silent.

Terms as in `tests.worlds`: the window of the land demolition is 2026-01-14 to 2026-01-30 after the demand of 2025-12-29;
15–23 February 2026 are off, Saturdays 14 and 28 February are worked."""

from collections.abc import Callable
from typing import Any

import pytest

from gongze.packs import shipped
from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    RULING,
    START,
    Office,
    World,
    accepted,
    applied,
    decided,
    filed,
    granted,
    lhasa,
)

SUIT = "（2025）藏0102行初1号"
NO = "（2026）藏0102行审1号"
LOCAL = "拉萨实施意见 三（六）"
LEDGER = "拉萨实施意见 四（三）"
MATERIALS = [{"title": "申请书"}]
APPLY = {"court": COURT, "decision_no": DECISION}


def demanded(**changes: Any) -> World:
    world = decided(None, **changes)
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    return world


def in_window() -> World:
    return applied(None, "2026-01-20")


def taken() -> World:
    """Accepted on Friday 2026-01-23: to be ruled on by 3 February."""
    return accepted(in_window(), "2026-01-23")


def with_report() -> World:
    world = filed()
    world.act("ViolationReported", NR, "2025-08-04", government=GOVERNMENT, report_no="报1")
    return world


def undecided() -> World:
    return filed()


def unserved() -> World:
    world = filed()
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    return world


def refused() -> World:
    world = taken()
    world.act("EnforcementRefused", COURT, "2026-02-02", ruling_no=RULING, reasons="违法")
    return world


def urgent() -> World:
    return granted(taken(), "2026-02-02", executor="court", urgent=True)


def suggested() -> World:
    world = in_window()
    world.act("SuggestionIssued", PROCURATORATE, "2026-03-02", suggestion_no="建1", to=NR, subject="inaction",
              reply_by="2026-03-20")  # fmt: skip
    return world


def revoked() -> World:
    world = demanded()
    world.act("PenaltyRevoked", NR, "2026-01-15", decision_no=DECISION, reason="有误")
    return world


def planning() -> World:
    return demanded(violation="no_planning_permit")


def planning_fined() -> World:
    world = decided(None, items=[{"kind": "fine"}], violation="no_planning_permit")
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    return world


def attested(**data: Any) -> World:
    world = in_window()
    world.act("AcceptanceReceived", NR, "2026-01-26", **data)
    return world


def attested_ruling(**data: Any) -> World:
    world = taken()
    world.act("RulingReceived", NR, "2026-02-03", ruling_no=RULING, result="granted", **data)
    return world


Scene = Callable[[], World]
Doing = tuple[Scene, str, str, str, dict[str, Any]]

GRANT = {"ruling_no": RULING, "executor": "court"}
LATE: list[tuple[str, str, Doing, Doing]] = [
    ("decided_late", "行政处罚法 §60",  # 90 days from 2025-08-01: 2025-10-30
     (undecided, "PenaltyDecided", NR, "2025-10-31", {"decision_no": DECISION, "items": [{"kind": "fine"}]}),
     (undecided, "PenaltyDecided", NR, "2025-10-30", {"decision_no": DECISION, "items": [{"kind": "fine"}]})),
    ("served_late", "行政处罚法 §61、§85",  # from Friday 10 October: 11 (worked), 13–17, 20
     (unserved, "PenaltyServed", NR, "2025-10-21", {"decision_no": DECISION, "method": "left"}),
     (unserved, "PenaltyServed", NR, "2025-10-20", {"decision_no": DECISION, "method": "left"})),
    ("hearing_noticed_late", "行政处罚法 §64（二）、§85",  # between them 18, 17, 16, 15, 12, 11, 10 September
     (undecided, "PenaltyHearingNoticed", NR, "2025-09-10", {"hearing_on": "2025-09-19"}),
     (undecided, "PenaltyHearingNoticed", NR, "2025-09-09", {"hearing_on": "2025-09-19"})),
    ("measures_late", "拉萨实施意见 三（一）",
     (with_report, "MeasuresTaken", GOVERNMENT, "2025-08-05", {"measures": "制止"}),
     (with_report, "MeasuresTaken", GOVERNMENT, "2025-08-04", {"measures": "制止"})),
    ("applied_too_late", "行政强制法 §53；行诉解释 §156",
     (demanded, "EnforcementApplied", NR, "2026-02-02", APPLY), (demanded, "EnforcementApplied", NR, "2026-01-30", APPLY)),
    ("copied_late", LOCAL,  # from 20 January: 21, 22, 23, 26, 27, 28, 29
     (in_window, "ApplicationCopied", NR, "2026-01-30", {"materials": MATERIALS}),
     (in_window, "ApplicationCopied", NR, "2026-01-29", {"materials": MATERIALS})),
    ("accepted_late", "行政强制法 §56、§69",  # 21, 22, 23, 26, 27
     (in_window, "EnforcementAccepted", COURT, "2026-01-28", {"review_case_no": NO}),
     (in_window, "EnforcementAccepted", COURT, "2026-01-27", {"review_case_no": NO})),
    ("ruled_late", "行政强制法 §57、§69",  # 26, 27, 28, 29, 30 January, 2, 3 February
     (taken, "EnforcementGranted", COURT, "2026-02-04", GRANT), (taken, "EnforcementGranted", COURT, "2026-02-03", GRANT)),
    ("refusal_served_late", "行政强制法 §58、§69",  # 3, 4, 5, 6, 9 February
     (refused, "RulingReceived", NR, "2026-02-10", {"ruling_no": RULING}),
     (refused, "RulingReceived", NR, "2026-02-09", {"ruling_no": RULING})),
    ("executed_late", "行政强制法 §59、§69",
     (urgent, "ExecutionCompleted", COURT, "2026-02-10", {"result": "full"}),
     (urgent, "ExecutionCompleted", COURT, "2026-02-09", {"result": "full"})),
    ("replied_late", "检察建议工作规定 §19；检察公益诉讼解释 §21",
     (suggested, "SuggestionReplied", NR, "2026-03-21", {"suggestion_no": "建1", "adopted": True, "measures": "整改"}),
     (suggested, "SuggestionReplied", NR, "2026-03-20", {"suggestion_no": "建1", "adopted": True, "measures": "整改"})),
]  # fmt: skip

SPECIAL: list[tuple[str, str, Doing, Doing]] = [
    ("applied_without_demand", "行政强制法 §54",
     (decided, "EnforcementApplied", NR, "2026-01-20", APPLY), (demanded, "EnforcementApplied", NR, "2026-01-20", APPLY)),
    ("applied_too_early", "行政强制法 §53；行诉解释 §156",
     (demanded, "EnforcementApplied", NR, "2026-01-13", APPLY), (demanded, "EnforcementApplied", NR, "2026-01-14", APPLY)),
    ("decision_revoked", "行政强制法 §53",
     (revoked, "EnforcementApplied", NR, "2026-01-20", APPLY), (demanded, "EnforcementApplied", NR, "2026-01-20", APPLY)),
    ("planning_violation_applied", "城乡规划法 §68",
     (planning, "EnforcementApplied", NR, "2026-01-20", APPLY), (planning_fined, "EnforcementApplied", NR, "2026-01-20", APPLY)),
    ("court_not_basic", "行政强制法 §54；行诉解释 §157",
     (demanded, "EnforcementApplied", NR, "2026-01-20", {**APPLY, "court": "court.lhasa"}),
     (demanded, "EnforcementApplied", NR, "2026-01-20", {**APPLY, "court": "court.lhasa", "designated_by": "高院"})),
    ("court_not_of_place", "行政强制法 §54",
     (demanded, "EnforcementApplied", NR, "2026-01-20", {**APPLY, "court": "court.dagze"}),
     (demanded, "EnforcementApplied", NR, "2026-01-20", APPLY)),
    ("wrong_recipient", LOCAL,
     (in_window, "ApplicationCopied", NR, "2026-01-21", {"materials": MATERIALS, "to": "procuratorate.chengguan"}),
     (in_window, "ApplicationCopied", NR, "2026-01-21", {"materials": MATERIALS, "to": PROCURATORATE})),
    ("date_unconfirmed", "台账运行规则 时间",
     (in_window, "ApplicationCopied", NR, "2026-01-21/2026-01-22", {"materials": MATERIALS}),
     (in_window, "ApplicationCopied", NR, "2026-01-21", {"materials": MATERIALS})),
    ("copied_before_receipt", LOCAL,
     (taken, "AcceptanceCopied", NR, "2026-01-26", {}), (lambda: attested(), "AcceptanceCopied", NR, "2026-01-27", {})),
    ("copied_before_receipt", LOCAL,
     (lambda: granted(taken(), "2026-02-02"), "RulingCopied", NR, "2026-02-03", {"ruling_no": RULING}),
     (lambda: attested_ruling(), "RulingCopied", NR, "2026-02-03", {"ruling_no": RULING})),
    ("ruled_without_acceptance", "行政强制法 §56、§57",
     (in_window, "EnforcementGranted", COURT, "2026-01-22", GRANT), (taken, "EnforcementGranted", COURT, "2026-01-26", GRANT)),
    ("numbers_differ", LEDGER,
     (taken, "AcceptanceReceived", NR, "2026-01-26", {"review_case_no": "行审9"}),
     (taken, "AcceptanceReceived", NR, "2026-01-26", {"review_case_no": "(2026)藏0102行审1号"})),
    ("numbers_differ", LEDGER,
     (lambda: attested(review_case_no="行审9"), "EnforcementAccepted", COURT, "2026-01-26", {"review_case_no": NO}),
     (lambda: attested(), "EnforcementAccepted", COURT, "2026-01-26", {"review_case_no": NO})),
    ("dates_contradict", LEDGER,
     (taken, "AcceptanceReceived", NR, "2026-01-26", {"accepted_on": "2026-01-22"}),
     (taken, "AcceptanceReceived", NR, "2026-01-26", {"accepted_on": "2026-01-23"})),
    ("dates_contradict", LEDGER,
     (lambda: attested(accepted_on="2026-01-22"), "EnforcementAccepted", COURT, "2026-01-23", {"review_case_no": NO}),
     # a receipt that names no day of acceptance is contradicted by none
     (lambda: attested(), "EnforcementAccepted", COURT, "2026-01-23", {"review_case_no": NO})),
    ("dates_contradict", LEDGER,
     (lambda: granted(taken(), "2026-02-02"), "RulingReceived", NR, "2026-02-04", {"ruling_no": RULING, "made_on": "2026-02-03"}),
     (lambda: granted(taken(), "2026-02-02"), "RulingReceived", NR, "2026-02-04", {"ruling_no": RULING, "made_on": "2026-02-02"})),
    ("dates_contradict", LEDGER,
     (lambda: attested_ruling(made_on="2026-02-02"), "EnforcementGranted", COURT, "2026-02-03", GRANT),
     (lambda: attested_ruling(), "EnforcementGranted", COURT, "2026-02-02", GRANT)),
    ("results_contradict", LEDGER,
     (lambda: granted(taken(), "2026-02-02"), "RulingReceived", NR, "2026-02-04", {"ruling_no": RULING, "result": "refused"}),
     (lambda: granted(taken(), "2026-02-02"), "RulingReceived", NR, "2026-02-04", {"ruling_no": RULING, "result": "partly_granted"})),
    ("results_contradict", LEDGER,
     (lambda: attested_ruling(), "EnforcementRefused", COURT, "2026-02-03", {"ruling_no": RULING, "reasons": "违法"}),
     (lambda: attested_ruling(), "EnforcementGranted", COURT, "2026-02-03", GRANT)),
]  # fmt: skip


def _done(doing: Doing) -> World:
    scene, type_, actor, on, data = doing
    world = scene()
    day, _, received = on.partition("/")
    world.act(type_, actor, day, received or None, **data)
    return world


@pytest.mark.parametrize(
    ("code", "source", "wrong", "right"), LATE + SPECIAL, ids=[c for c, *_ in LATE + SPECIAL]
)
def test_each_irregularity_has_its_clause_and_its_silence(code, source, wrong, right):
    found = {i.code: i for i in _done(wrong).irregularities()}
    assert found[code].source == source
    assert found[code].what
    assert code not in _done(right).irregular()


def test_every_lateness_that_the_packs_know_is_told_here():
    known = {
        row.late
        for _, pack in shipped().values()
        for row in pack.rows
        if row.kind == "duty" and row.term.unit != "promptly" and row.discharged_by != row.triggers
    }
    assert known - {"performed_late"} == {code for code, *_ in LATE} - {"hearing_noticed_late"}


def test_the_right_ways_are_wholly_regular():
    assert [(code, _done(right).irregular()) for code, _, _, right in LATE if _done(right).irregular()] == []


def test_an_application_before_the_land_suit_term_has_run_out_is_too_early():
    world = demanded()
    world.act("EnforcementApplied", NR, "2026-01-20", **APPLY)
    assert world.irregular() == set()
    world = unserved()
    world.act("EnforcementApplied", NR, "2025-10-20", **APPLY)
    assert world.irregular() == {"applied_too_early", "applied_without_demand"}


def test_an_application_while_a_lawsuit_runs_is_too_early():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    world.act("EnforcementApplied", NR, "2026-01-20", **APPLY)
    assert world.irregular() == {"applied_too_early"}


# 条款 三（三）-1.7
def test_an_application_on_a_judgment_needs_neither_demand_nor_window():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    world.act(
        "LawsuitDecided", COURT, "2025-12-19", court_case_no=SUIT, instance="1", outcome="claims_dismissed"
    )
    world.act("EnforcementApplied", NR, "2025-12-22", **APPLY, basis="judgment")
    assert world.irregular() == set()


@pytest.mark.parametrize(("again", "codes"), [("2026-01-29", set()), ("2026-02-02", {"applied_too_late"})])
def test_an_application_made_anew_is_measured_by_its_own_day(again, codes):
    world = in_window()
    world.act("ApplicationWithdrawn", NR, "2026-01-22")
    world.act("EnforcementApplied", NR, again, **APPLY)
    assert world.irregular() == codes


def test_two_windows_of_one_decision_are_measured_each_by_its_items():
    world = demanded(items=[{"kind": "demolish"}, {"kind": "fine"}])
    world.act("EnforcementApplied", NR, "2026-01-20", **APPLY, items=["1"])
    assert world.irregular() == set()
    world = demanded(items=[{"kind": "demolish"}, {"kind": "fine"}])
    world.act("EnforcementApplied", NR, "2026-01-20", **APPLY)  # the fine's six months run until 2026-04-15
    assert world.irregular() == {"applied_too_early"}


def test_the_park_applies_to_the_court_that_its_route_names():
    world = World("园自然资执〔2026〕1号")
    filed(world, "2025-08-01", "nr.lhasa-park", place={"region": "540199", "address": "园区"})
    world.act(
        "PenaltyDecided", "nr.lhasa-park", "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}]
    )
    world.act("PenaltyServed", "nr.lhasa-park", "2025-10-15", decision_no=DECISION, method="direct")
    world.act("PerformanceDemanded", "nr.lhasa-park", "2025-12-29", decision_no=DECISION)
    world.act(
        "EnforcementApplied", "nr.lhasa-park", "2026-01-20", decision_no=DECISION, court="court.duilong"
    )
    assert world.irregular() == set()


def test_the_court_is_the_one_that_the_department_in_charge_that_day_is_routed_to():
    """The district has a court of its own, and takes the case over only in June."""
    office = Office(lhasa())
    for region, court in (("540100", "court.duilong"), ("540102", "court.chengguan")):
        office.act(
            "RouteSet", region=region, kind="court", matter="non_litigation", agency=court, from_=START
        )
    change = {"region": "540102", "from_agency": NR, "to_agency": "nr.chengguan", "on": "2026-06-01"}
    office.act("BoundaryChanged", **change)
    world = applied(decided(World(registry=office.registry)), court="court.duilong")
    assert "court_not_of_place" not in world.irregular()


def test_a_copy_of_an_application_no_longer_open_is_regular():
    world = in_window()
    world.act("ApplicationWithdrawn", NR, "2026-01-22")
    world.act("ApplicationCopied", NR, "2026-01-23", application=APPLICATION, materials=MATERIALS)
    assert world.irregular() == set()
