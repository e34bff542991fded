"""Acts of agencies that do not sign themselves (代录): who may record them, what they are worth, how they are joined.

The days: EnforcementApplied on Tuesday 2026-02-10; the court has 5 working days to accept: 11, 12, 13, 14 (make-up
Saturday) February, then after the Spring Festival (15th–23rd) the 24th.
"""

from typing import Any

import pytest

from domain.duties import late_counts
from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    RULING,
    Office,
    World,
    accepted,
    applied,
    day,
    decided,
    lhasa,
)

REVIEW = "（2026）藏0102行审1号"


def recorded(on: str = "2026-02-12", **changes) -> World:
    """The court's acceptance, recorded by the applicant with the document."""
    world = applied()
    world.on_behalf("EnforcementAccepted", COURT, NR, on, **{"review_case_no": REVIEW, **changes})
    return world


def grade(world: World, type_: str) -> list[str]:
    return [e.evidence for e in world.case.entries if e.type == type_]


# --- who may, and with what ---------------------------------------------------------------------------------


def test_the_applicant_records_the_courts_acceptance_with_its_document():
    world = recorded()
    assert grade(world, "EnforcementAccepted") == ["attested_doc"]
    assert not world.case.applications[next(iter(world.case.applications))].accepted_by_court


def test_told_by_telephone_no_document_is_needed_and_the_grade_is_lower():
    world = applied()
    world.on_behalf(
        "EnforcementAccepted", COURT, NR, "2026-02-12", how="phone", scan=False, review_case_no=REVIEW
    )
    assert grade(world, "EnforcementAccepted") == ["attested_oral"]


def test_what_rests_on_a_document_comes_with_it():
    found = applied().not_on_behalf(
        "EnforcementAccepted", COURT, NR, "2026-02-12", scan=False, review_case_no=REVIEW
    )
    assert found == ("behalf_needs_document", "documents")


def test_an_acknowledgement_needs_the_signed_sheet_even_from_the_telephone():
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-11", application=APPLICATION, materials=[{"title": "申请书"}])
    found = world.not_on_behalf(
        "CopyAcknowledged", PROCURATORATE, NR, "2026-02-12", how="phone", scan=False, of="ApplicationCopied"
    )
    assert found == ("behalf_needs_document", "documents")


@pytest.mark.parametrize(
    ("agency", "signer", "code"),
    [(COURT, "police.lhasa", "behalf_not_allowed"), (COURT, "nr.dagze", "behalf_not_allowed"),
     (COURT, COURT, "behalf_not_allowed"), (COURT, "operator", "behalf_not_allowed")],
)  # fmt: skip
def test_only_a_party_to_the_act_or_the_convening_department_records(agency, signer, code):
    found = applied().not_on_behalf(
        "EnforcementAccepted", agency, signer, "2026-02-12", review_case_no=REVIEW
    )
    assert found == (code, "for")


def test_nobody_corrects_or_confirms_for_another():
    world = recorded()
    for type_, data in (
        ("ActConfirmed", {"of": ["EnforcementAccepted"]}),
        (
            "StatementCorrected",
            {"of": "EnforcementAccepted", "reason": "写错", "data": {"review_case_no": "1"}},
        ),
    ):
        assert world.not_on_behalf(type_, COURT, NR, "2026-02-13", **data) == ("behalf_not_allowed", "for")


def test_the_recorder_corrects_what_it_recorded():
    world = recorded()
    of = world.case.acts[-1].id
    world.act(
        "StatementCorrected",
        NR,
        "2026-02-13",
        of=of,
        reason="案号写错",
        data={"review_case_no": "（2026）藏0102行审7号"},
    )
    assert next(iter(world.case.applications.values())).review_case_no == "（2026）藏0102行审7号"


def test_what_was_recorded_once_is_not_recorded_again():
    code, _ = recorded().not_on_behalf("EnforcementAccepted", COURT, NR, "2026-02-13", review_case_no=REVIEW)
    assert code == "case_rule_broken"


def test_for_an_agency_that_signs_itself_it_is_irregular():
    office = Office(lhasa())
    office.act("ParticipationSet", agency=COURT, mode="signing", from_="2026-01-01")
    world = applied(decided(World(registry=office.registry)))
    world.on_behalf("EnforcementAccepted", COURT, NR, "2026-02-12", review_case_no=REVIEW)
    assert "behalf_though_signing" in world.irregular()


# --- what it is worth ---------------------------------------------------------------------------------------


def test_with_a_document_it_discharges_the_others_duty():
    duty = recorded("2026-02-12").duty("accept_enforcement")
    assert (duty.discharged_on is not None, duty.evidence) == (True, "attested_doc")


def test_told_by_telephone_it_discharges_nothing_of_the_others():
    world = applied()
    world.on_behalf(
        "EnforcementAccepted", COURT, NR, "2026-02-12", how="phone", scan=False, review_case_no=REVIEW
    )
    assert world.duty("accept_enforcement").discharged_on is None
    assert world.duty("confirm_acceptance_receipt").holder == NR  # but the recorder's own terms run


def test_lateness_of_an_agency_that_only_others_recorded_is_not_held_against_it():
    world = recorded("2026-03-02")  # due on 24 February
    duty = world.duty("accept_enforcement")
    assert duty.late
    assert not late_counts(duty, world.registry, day("2026-03-06"))
    assert "accepted_late" not in world.irregular()


def test_once_confirmed_the_lateness_counts():
    world = recorded("2026-03-02")
    confirmed = world.act("ActConfirmed", COURT, "2026-03-05", of=["EnforcementAccepted"])
    duty = world.duty("accept_enforcement")
    assert (grade(world, "EnforcementAccepted"), duty.evidence) == (["confirmed"], "confirmed")
    assert late_counts(duty, world.registry, day("2026-03-06"))
    assert "accepted_late" in world.irregular(confirmed)


def test_only_the_agency_concerned_confirms():
    assert recorded().refused("ActConfirmed", PROCURATORATE, "2026-03-05", of=["EnforcementAccepted"]) == (
        "case_rule_broken", "of.0",
    )  # fmt: skip


def test_a_confirmation_is_given_once():
    world = recorded()
    world.act("ActConfirmed", COURT, "2026-03-05", of=["EnforcementAccepted"])
    assert (
        world.refused("ActConfirmed", COURT, "2026-03-06", of=["EnforcementAccepted"])[0]
        == "case_rule_broken"
    )


@pytest.mark.parametrize(
    ("data", "left"),
    [
        ({"occurred_on": "2026-02-13"}, "attested_doc"),
        ({"review_case_no": "（2026）藏0102行审9号"}, "attested_doc"),
        ({"documents": [{"number": "受1", "title": "受理通知书补扫", "kind": "扫描件", "sha256": "b" * 64, "media_type": "application/pdf", "bytes": 1}]},
         "confirmed"),
    ],
)  # fmt: skip
def test_what_the_recorder_changes_after_it_was_confirmed_is_not_what_was_confirmed(data, left):
    world = recorded()
    world.act("ActConfirmed", COURT, "2026-03-05", of=["EnforcementAccepted"])
    world.act("StatementCorrected", NR, "2026-03-06", of=world.case.acts[-2].id, reason="笔误", data=data)
    assert grade(world, "EnforcementAccepted") == [left]
    assert world.case == world.refolded()


def test_a_correction_that_the_court_confirms_makes_timely_what_was_in_time():
    """Recorded as of 2 March, late; both say by now that it was 12 February. One that nobody confirmed would not."""
    world = recorded("2026-03-02")
    recorded_as = world.case.acts[-1].id
    data = {"occurred_on": "2026-02-12"}
    world.act("StatementCorrected", NR, "2026-03-06", of=recorded_as, reason="笔误", data=data)
    assert world.duty("accept_enforcement").late
    world.act("ActConfirmed", COURT, "2026-03-09", of=["EnforcementAccepted"])
    duty = world.duty("accept_enforcement")
    assert (duty.late, str(duty.discharged_on)) == (False, "2026-02-12")


def test_what_a_receipt_attests_is_confirmed_by_the_court():
    world = applied()
    world.act("AcceptanceReceived", NR, "2026-02-25", accepted_on="2026-02-24", review_case_no=REVIEW)
    world.act("ActConfirmed", COURT, "2026-03-05", of=["EnforcementAccepted"])
    assert grade(world, "EnforcementAccepted") == ["confirmed"]
    assert grade(world, "AcceptanceReceived") == ["signed"]


# --- disputed -----------------------------------------------------------------------------------------------


def disputed() -> World:
    world = recorded("2026-03-02")
    world.act(
        "ActDisputed", COURT, "2026-03-05",
        of="EnforcementAccepted", field="occurred_on", own_value="2026-02-13", reason="受理日期有误",
    )  # fmt: skip
    return world


def test_a_disputed_act_discharges_nothing_of_the_others_and_is_a_difference():
    world = disputed()
    assert world.duty("accept_enforcement").discharged_on is None
    assert "disputed" in world.irregular()


def test_a_disputed_act_keeps_the_recorders_own_terms_running():
    assert disputed().duty("confirm_acceptance_receipt").holder == NR


def test_a_dispute_names_a_field_of_the_act():
    world = recorded()
    found = world.refused(
        "ActDisputed",
        COURT,
        "2026-03-05",
        of="EnforcementAccepted",
        field="colour",
        own_value="红",
        reason="不对",
    )
    assert found == ("case_rule_broken", "field")


def test_confirming_ends_a_dispute():
    world = disputed()
    world.act("ActConfirmed", COURT, "2026-03-09", of=["EnforcementAccepted"])
    assert world.duty("accept_enforcement").evidence == "confirmed"


# --- joined by the agency's own statement ---------------------------------------------------------------------


def test_the_courts_own_statement_joins_what_was_recorded_and_makes_it_signed():
    world = recorded("2026-02-12")
    world.act("EnforcementAccepted", COURT, "2026-02-12", review_case_no=REVIEW)
    assert grade(world, "EnforcementAccepted") == ["signed"]
    assert world.irregular() == set()
    assert world.case == world.refolded()


def test_where_they_differ_the_state_follows_the_court_and_the_difference_is_told():
    world = recorded("2026-03-02", review_case_no="（2026）藏0102行审9号")
    world.act("EnforcementAccepted", COURT, "2026-02-13", "2026-06-01", review_case_no=REVIEW)
    application = next(iter(world.case.applications.values()))
    assert (str(application.accepted_on), application.review_case_no) == ("2026-02-13", REVIEW)
    assert {"dates_contradict", "numbers_differ"} <= world.irregular()
    assert world.duty("accept_enforcement").late is False
    assert world.case == world.refolded()


def test_what_rested_on_the_recorded_act_stays_where_it_was():
    world = recorded("2026-02-12")
    world.on_behalf("EnforcementGranted", COURT, NR, "2026-02-24", ruling_no=RULING, executor="government")
    world.act("RulingReceived", NR, "2026-02-25", ruling_no=RULING)
    world.act(
        "EnforcementGranted", COURT, "2026-02-24", "2026-06-02", ruling_no=RULING, executor="government"
    )
    assert len(world.case.rulings) == 1
    ruling = next(iter(world.case.rulings.values()))
    assert (ruling.by_court, str(ruling.received_on)) == (True, "2026-02-25")
    assert world.duty("copy_ruling_to_procuratorate").opened_on is not None


def test_of_two_recorded_rulings_only_the_one_with_its_number_is_joined():
    world = recorded("2026-02-12")
    world.on_behalf(
        "EnforcementGranted", COURT, NR, "2026-02-24", ruling_no=RULING, executor="court", items=["1"]
    )
    world.act(
        "EnforcementGranted", COURT, "2026-02-25", ruling_no="（2026）藏0102行审1号之二", executor="court"
    )
    assert sorted(grade(world, "EnforcementGranted")) == ["attested_doc", "signed"]


def test_the_same_thing_tracked_again_another_day_is_another_act():
    world = accepted()
    world.act("ApplicationCopied", NR, "2026-02-11", application=APPLICATION, materials=[{"title": "申请书"}])
    tracked: Any = {"subject": "court_handling", "finding": "审查中"}
    world.on_behalf("HandlingTracked", PROCURATORATE, NR, "2026-03-02", **tracked)
    world.act("HandlingTracked", PROCURATORATE, "2026-03-30", **tracked)
    assert sorted(grade(world, "HandlingTracked")) == ["attested_doc", "signed"]


def test_a_government_records_what_the_court_asked_of_it():
    world = applied()
    world.act("ViolationReported", NR, "2026-02-11", government=GOVERNMENT, report_no="拉自然资报〔2026〕1号")
    found = world.not_on_behalf("EnforcementAccepted", COURT, GOVERNMENT, "2026-02-12", review_case_no=REVIEW)
    assert found == ("behalf_not_allowed", "for")


def test_the_decision_itself_stays_the_departments():
    world = recorded()
    assert world.case.decisions[next(iter(world.case.decisions))].no == DECISION


# --- before the filing ----------------------------------------------------------------------------------------


def test_what_is_recorded_for_another_before_the_case_is_filed():
    world = World()
    place = {"region": "540102", "address": "示例村"}
    world.act("ViolationFound", NR, "2025-07-28", place=place, what="新建彩钢房")
    world.act("ViolationReported", NR, "2025-07-28", government=GOVERNMENT, report_no="报1")
    world.on_behalf("MeasuresTaken", GOVERNMENT, NR, "2025-07-29", measures="现场制止")
    assert grade(world, "MeasuresTaken") == ["attested_doc"]
