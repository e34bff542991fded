"""What is fixed about the acts: who may sign which, and which are done by recording them."""

import pytest

from domain.acts import EVENTS, kind_of
from domain.forms import build, fields_of, plain
from tests.worlds import NR, World, applied

COPIES = {
    "AcceptanceCopied", "ApplicationCopied", "AppraisalDelivered", "AppraisalRequested", "AssistanceCancelled",
    "AssistanceConfirmed", "AssistanceDeclined", "AssistanceRequested", "AssistanceRescheduled", "CaseBriefed",
    "ClueReturned", "ConfiscatedHandedOver", "CrimeOutcomeTold", "CrimeReferred", "DisciplineClueReferred",
    "DocumentShared", "FilesRequested", "FilingSupervisionRequested", "PenaltyOpinionIssued",
    "PenaltyOpinionReplied", "PlanningViolationHandedOver", "ReasonsDemanded", "ReasonsStated", "Reassigned",
    "ReconsiderationRequested", "ReferralPassedOn", "Reminded", "RemovalReported", "RulingCopied",
    "SuggestionIssued", "SuggestionNotified", "SuggestionReplied", "SuggestionWithdrawn", "SupervisionApplied",
    "SupervisionDecisionServed", "SupervisionWithdrawn", "SupplementAsked", "SupplementFiled",
    "ViolationCopied", "ViolationReported",
}  # fmt: skip


def test_only_what_agencies_send_each_other_through_the_ledger_counts_by_receipt():
    assert {name for name, kind in EVENTS.items() if kind.through_ledger} == COPIES


@pytest.mark.parametrize(
    ("event", "by"),
    [
        ("CaseFiled", {"nr", "township"}),
        ("MeasuresTaken", {"government", "township"}),
        ("EnforcementApplied", {"nr"}),
        ("EnforcementAccepted", {"court"}),
        ("EnforcementGranted", {"court"}),
        ("AcceptanceReceived", {"nr"}),
        ("RulingReviewDecided", {"court"}),
        ("ExecutorDesignated", {"government"}),
        ("SuggestionIssued", {"procuratorate"}),
        ("PenaltyRevoked", {"nr", "court", "government"}),
        ("PackAdopted", {"operator"}),
        ("PackCountersigned", {"nr", "procuratorate"}),
        ("CalendarPublished", {"operator", "government"}),
    ],
)
def test_who_may_sign(event, by):
    assert EVENTS[event].by == by


def test_the_operator_has_no_part_in_a_case():
    assert [n for n, k in EVENTS.items() if k.stream == "case" and "operator" in k.by] == []


def test_every_event_has_a_chinese_name_of_its_own_and_common_fields_last():
    names = [k.zh for k in EVENTS.values()]
    assert len(set(names)) == len(names)
    for kind in EVENTS.values():
        assert list(fields_of(kind.cls))[-5:] == ["documents", "note", "batch_no", "delivery", "behalf"]


def test_an_act_is_received_on_a_day_in_shanghai():
    world = applied()
    act = world.case.acts[-1]
    # 23:30 UTC on the 9th is 07:30 on the 10th in Shanghai
    assert act.received_on.isoformat() == "2026-02-10"
    assert (act.type, kind_of(act.event).zh) == ("EnforcementApplied", "申请强制执行")


def test_a_name_that_python_reserves_is_written_as_officers_write_it():
    event = build(EVENTS["OfficerReleased"].cls, {"officer": "nr.lhasa/1", "from": "2026-01-05"})
    assert plain(event) == {"officer": "nr.lhasa/1", "from": "2026-01-05"}


def test_what_nobody_resolves_stays_as_typed():
    world = World()
    act = world.proposed(
        "EnforcementApplied", NR, "2026-02-10", None, court="court.chengguan", decision_no="罚1"
    )
    assert (act.event.decision_no.no, act.event.decision_no.act) == ("罚1", None)  # type: ignore[attr-defined]
