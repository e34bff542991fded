"""更正: a correction re-folds the case, shows the old due day beside the new, and never makes late what was late timely.

Applied on Tuesday 2026-02-10, the copy is due on 02-26 (11, 12, 13, 14, 24, 25, 26); of 02-09 on the 25th, of 02-11 on the
27th, of 02-13 on 2 March (14, 24, 25, 26, 27, 28, 2 March): 15–23 February are off, Saturdays 14 and 28 are worked."""

from typing import Any

import pytest

from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    NR,
    PROCURATORATE,
    RULING,
    World,
    accepted,
    applied,
    day,
    decided,
    filed,
    granted,
)

COPY = "copy_application_to_procuratorate"
MATERIALS = [{"title": "强制执行申请书"}]


def correct(world: World, of: str, on: str, **data: Any) -> None:
    world.act("StatementCorrected", NR, on, of=of, reason="笔误", data=data)


def copied(world: World, on: str, received: str | None = None) -> str:
    return world.act("ApplicationCopied", NR, on, received, materials=MATERIALS).id


def seen(world: World, on: str) -> tuple[str, str | None, str | None]:
    """(state, due day, former due day) of the copy as of a day."""
    duty = world.duty(COPY, on)
    former = duty.previous_due_on
    return world.standing(COPY, on).state, str(duty.due_on), str(former) if former else None


# --- due days -----------------------------------------------------------------------------------------------


def test_a_correction_shows_the_old_due_day_beside_the_new():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", occurred_on="2026-02-09")
    duty = world.duty(COPY)
    assert (duty.due_on, duty.previous_due_on) == (day("2026-02-25"), day("2026-02-26"))
    assert duty.corrected_by == world.case.acts[-1].id


def test_a_correction_in_time_gives_the_new_day_for_good():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", occurred_on="2026-02-11")
    copied(world, "2026-02-27")
    assert seen(world, "2026-02-27") == ("discharged", "2026-02-27", "2026-02-26")


def test_a_correction_to_an_earlier_day_makes_late():
    world = applied()
    copied(world, "2026-02-26")
    assert seen(world, "2026-02-26") == ("discharged", "2026-02-26", None)
    correct(world, APPLICATION, "2026-02-27", occurred_on="2026-02-09")
    assert seen(world, "2026-02-27") == ("discharged_late", "2026-02-25", "2026-02-26")


def test_what_was_done_late_stays_late_whatever_is_corrected_afterwards():
    world = applied()
    copied(world, "2026-03-02")
    correct(world, APPLICATION, "2026-03-03", occurred_on="2026-02-13")
    assert seen(world, "2026-03-03") == ("discharged_late", "2026-03-02", "2026-02-26")
    # 27 and 28 February, 2 March
    assert world.standing(COPY, "2026-03-03").overdue_working_days == 3


def test_what_is_overdue_stays_overdue_and_is_discharged_late():
    world = applied()
    correct(world, APPLICATION, "2026-02-27", occurred_on="2026-02-13")
    assert seen(world, "2026-02-27") == ("overdue", "2026-03-02", "2026-02-26")
    copied(world, "2026-02-28")
    assert seen(world, "2026-02-28") == ("discharged_late", "2026-03-02", "2026-02-26")
    assert world.irregular() == {"copied_late"}


def test_a_second_correction_does_not_make_timely_either():
    world = applied()
    copied(world, "2026-03-02")
    correct(world, APPLICATION, "2026-03-03", occurred_on="2026-02-11")
    correct(world, APPLICATION, "2026-03-04", occurred_on="2026-02-13")
    assert seen(world, "2026-03-04") == ("discharged_late", "2026-03-02", "2026-02-27")


def test_a_copys_own_correction_does_not_undo_its_lateness_but_the_recipient_may():
    world = applied()
    copy = copied(world, "2026-02-25", "2026-03-02")
    delivery = {"means": "邮寄", "slip_no": "EMS1", "sent_on": "2026-02-25"}
    slip = {"number": "EMS1", "title": "寄送单据", "kind": "slip", "sha256": "0" * 64, "media_type": "application/pdf",
            "bytes": 1}  # fmt: skip
    correct(world, copy, "2026-03-03", delivery=delivery, documents=[slip])
    assert seen(world, "2026-03-03")[0] == "discharged_late"
    world.act("CopyAcknowledged", PROCURATORATE, "2026-03-04", of=copy, received_on="2026-02-26")
    assert seen(world, "2026-03-04")[0] == "discharged"


def _case_number_confirmed(world: World) -> None:
    """The court's acceptance told by the department, its number put right, both confirmed by the court."""
    told = world.on_behalf(
        "EnforcementAccepted", COURT, NR, "2026-02-05", "2026-02-05", review_case_no="（2026）藏0102行审1号"
    )
    correct(world, told.id, "2026-02-06", review_case_no="（2026）藏0102行审2号")
    world.act("ActConfirmed", COURT, "2026-02-09", of=[told.id])
    assert world.case.agreed


@pytest.mark.parametrize(("copied_on", "state", "overdue"), [
    # after 26 January: 27, 28, 29, 30, 2 and 3 February are 6 working days; by the 10th 4, 5, 6, 9 and 10 as well
    ("2026-02-03", "discharged_late", 6), (None, "overdue", 11),
])  # fmt: skip
def test_what_the_other_side_agrees_to_heals_no_lateness_that_it_says_nothing_of(copied_on, state, overdue):
    # from Thursday 15 January: 16, 19, 20, 21, 22, 23, 26; from Sunday the 25th it would be 3 February
    world = applied(None, "2026-01-15")
    if copied_on:
        copied(world, copied_on)
    correct(world, APPLICATION, "2026-02-04", occurred_on="2026-01-25")
    _case_number_confirmed(world)
    duty, found = world.duty(COPY, "2026-02-10"), world.standing(COPY, "2026-02-10")
    assert (duty.due_on, duty.strict_due_on) == (day("2026-02-03"), day("2026-01-26"))
    assert (found.state, found.overdue_working_days) == (state, overdue)


def test_a_day_of_doing_that_a_correction_moved_back_stays_late_after_an_agreed_one():
    # the copy went out on 3 February; its own correction says 20 January, within the term that ends on the 26th
    world = applied(None, "2026-01-15")
    copy = world.act("ApplicationCopied", NR, "2026-02-03", "2026-02-03", materials=MATERIALS).id
    delivery = {"means": "邮寄", "slip_no": "EMS1", "sent_on": "2026-01-20"}
    slip = {"number": "EMS1", "title": "寄送单据", "kind": "slip", "sha256": "0" * 64, "media_type": "application/pdf",
            "bytes": 1}  # fmt: skip
    correct(world, copy, "2026-02-04", occurred_on="2026-01-20", delivery=delivery, documents=[slip])
    assert world.duty(COPY, "2026-02-10").discharged_on == day("2026-02-03")
    _case_number_confirmed(world)
    assert world.duty(COPY, "2026-02-10").discharged_on == day("2026-02-03")
    assert seen(world, "2026-02-10")[0] == "discharged_late"


def test_a_day_that_the_other_side_agrees_to_is_the_day():
    # seven working days from 16 January: 19, 20, 21, 22, 23, 26, 27; from 4 February: 5, 6, 9, 10, 11, 12, 13
    world = applied(None, "2026-01-15")
    told = world.on_behalf(
        "EnforcementAccepted", COURT, NR, "2026-01-16", "2026-02-05", review_case_no="（2026）藏0102行审1号"
    )
    correct(world, told.id, "2026-02-27", review_case_no="（2026）藏0102行审2号", occurred_on="2026-02-04")
    before = world.duty("rule_on_enforcement")
    assert (before.due_on, before.strict_due_on) == (day("2026-02-13"), day("2026-01-27"))
    world.act("ActConfirmed", COURT, "2026-03-02", of=[told.id])
    after = world.duty("rule_on_enforcement")
    assert (after.due_on, after.strict_due_on) == (day("2026-02-13"), None)


def test_a_correction_is_knowledge_for_any_past_day():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", occurred_on="2026-02-09")
    assert world.duty(COPY, "2026-02-11").due_on == day("2026-02-25")
    assert COPY in world.board("2026-02-09")


def test_a_correction_that_leaves_the_days_alone_leaves_the_due_day_alone():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", designated_by="指定管辖")
    assert seen(world, "2026-02-12") == ("open", "2026-02-26", None)


# --- numbers ------------------------------------------------------------------------------------------------


def test_a_corrected_number_breaks_no_later_reference_and_both_find_the_application():
    world = applied()
    copied(world, "2026-02-11")
    correct(world, APPLICATION, "2026-02-12", application_no="拉自然资申〔2026〕9号")
    assert seen(world, "2026-02-12")[0] == "discharged"
    world.act(
        "EnforcementAccepted",
        COURT,
        "2026-02-12",
        application="拉自然资申（2026）9号",
        review_case_no="行审1",
    )
    world.act("AcceptanceReceived", NR, "2026-02-12", application=APPLICATION)
    (application,) = world.case.applications.values()
    assert (application.no, application.received_on) == ("拉自然资申〔2026〕9号", day("2026-02-12"))


def test_a_number_corrected_away_is_free_for_the_one_it_belongs_to():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", application_no="拉自然资申〔2026〕9号")
    second = world.act(
        "EnforcementApplied", NR, "2026-02-13", court=COURT, decision_no=DECISION, application_no=APPLICATION
    )
    copied_to = world.act("ApplicationCopied", NR, "2026-02-13", application=APPLICATION, materials=MATERIALS)
    assert world.case.entry(copied_to.id).subjects["application"] == second.id  # type: ignore[union-attr]


def test_a_corrected_decision_number_keeps_the_application():
    world = applied()
    correct(world, DECISION, "2026-02-12", decision_no="拉自然资罚〔2025〕8号")
    assert seen(world, "2026-02-12") == ("open", "2026-02-26", None)
    assert len(world.case.applications) == 1


def test_a_number_may_not_be_corrected_into_anothers():
    world = applied()
    world.act("EnforcementApplied", NR, "2026-02-11", court=COURT, decision_no=DECISION, application_no="申2")
    refused = world.refused(
        "StatementCorrected", NR, "2026-02-12", of="申2", reason="笔误", data={"application_no": APPLICATION}
    )
    assert refused == ("case_rule_broken", "data.application_no")


# --- what may be corrected ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({"occurred_on": "2025-10-01"}, "case_rule_broken", "data.occurred_on"),  # before the decision
        ({"occurred_on": "2026-03-01"}, "date_in_future", "data.occurred_on"),
        ({"occurred_on": "2026-02-30"}, "schema_invalid", "data.occurred_on"),
        ({"occurred_on": None}, "schema_invalid", "data.occurred_on"),
        ({"occurred_on": 20260210}, "schema_invalid", "data.occurred_on"),
        ({"occurred_on": "2026-02-10"}, "case_rule_broken", "data"),  # what it says already
        ({}, "case_rule_broken", "data"),
        ({"court": None}, "schema_invalid", "data.court"),
        ({"court": "court.nowhere"}, "case_rule_broken", "data.court"),
        ({"court": "nr.dagze"}, "case_rule_broken", "data.court"),
        ({"decision_no": "罚0"}, "case_rule_broken", "data.decision_no"),
        ({"colour": "red"}, "schema_invalid", "data.colour"),
        ({"items": []}, "schema_invalid", "data.items"),
        ({"items": ["7"]}, "case_rule_broken", "data.items"),
    ],
)
def test_a_correction_must_leave_an_act_that_could_have_been_made(data, code, field):
    world = applied()
    assert world.refused(
        "StatementCorrected", NR, "2026-02-12", of=APPLICATION, reason="笔误", data=data
    ) == (code, field)


def test_only_ones_own_acts_are_corrected_and_no_correction_is():
    world = accepted()
    accepted_by_court = world.case.acts[-1].id
    change = {"reason": "笔误", "data": {"occurred_on": "2026-02-11"}}
    assert world.refused("StatementCorrected", NR, "2026-02-13", of=accepted_by_court, **change) == (
        "case_rule_broken", "of",
    )  # fmt: skip
    world.act("StatementCorrected", COURT, "2026-02-13", of=accepted_by_court, **change)
    correction = world.case.acts[-1].id
    assert world.refused("StatementCorrected", COURT, "2026-02-13", of=correction, **change) == (
        "case_rule_broken", "of",
    )  # fmt: skip
    assert world.refused("StatementCorrected", COURT, "2026-02-13", of="f" * 32, **change) == (
        "case_rule_broken",
        "of",
    )
    assert world.refused("StatementCorrected", NR, "2026-02-13", of="无此文号", **change)[1] == "of"


def test_each_correction_builds_on_the_last():
    world = applied()
    correct(world, APPLICATION, "2026-02-12", designated_by="高院指定")
    correct(world, APPLICATION, "2026-02-13", occurred_on="2026-02-09")
    correct(world, APPLICATION, "2026-02-14", designated_by=None)
    event: Any = world.case.entries[4].act.event
    assert (world.case.entries[4].on, event.designated_by) == (day("2026-02-09"), None)
    assert len(world.case.corrections[world.case.acts[4].id]) == 3


def test_every_kind_of_act_can_be_corrected_by_kind_where_there_is_one():
    world = filed()
    correct(world, "CaseFiled", "2025-08-04", title="改名")
    assert world.case.filed.title == "改名"
    world = decided()
    correct(world, "PenaltyServed", "2025-10-16", occurred_on="2025-10-14")
    assert [d for _, d in next(iter(world.case.decisions.values())).served.values()] == [day("2025-10-14")]


def test_a_reference_can_be_corrected_to_another_act():
    world = applied()
    world.act("EnforcementApplied", NR, "2026-02-11", court=COURT, decision_no=DECISION, application_no="申2")
    copy = world.act("ApplicationCopied", NR, "2026-02-12", application="申2", materials=MATERIALS).id
    correct(world, copy, "2026-02-13", application=APPLICATION)
    done = {d.subject: d.discharged_on for d in world.duties() if d.row.id == COPY}
    assert done == {world.case.acts[4].id: day("2026-02-12"), world.case.acts[5].id: None}


def test_a_copy_that_a_correction_turns_to_the_overdue_application_discharges_it_only_then():
    world = applied()
    world.act("EnforcementApplied", NR, "2026-02-11", court=COURT, decision_no=DECISION, application_no="申2")
    copy = world.act("ApplicationCopied", NR, "2026-02-12", application="申2", materials=MATERIALS).id
    correct(world, copy, "2026-03-02", application=APPLICATION)
    first = next(d for d in world.duties() if d.row.id == COPY and d.subject == world.case.acts[4].id)
    assert (first.late, first.discharged_on, first.stated_on) == (True, day("2026-03-02"), day("2026-02-12"))


def test_the_date_of_a_ruling_moves_nothing_that_runs_from_its_receipt():
    world = granted()
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    before = world.duty("copy_ruling_to_procuratorate").due_on
    world.act(
        "StatementCorrected",
        COURT,
        "2026-02-27",
        of=RULING,
        reason="笔误",
        data={"occurred_on": "2026-02-25"},
    )
    duty = world.duty("copy_ruling_to_procuratorate")
    # from 26 February: 27, 28, 2, 3, 4, 5, 6 March
    assert (duty.due_on, before, duty.previous_due_on) == (day("2026-03-06"), day("2026-03-06"), None)


def void(world: World, of: str, on: str) -> str | None:
    """撤销误录; what it says of lateness that goes with it."""
    world.act("StatementVoided", NR, on, of=of, reason="wrong_case")
    return next((i.what for i in world.irregularities() if i.code == "voided_when_late"), None)


def test_who_voids_the_record_that_its_lateness_rests_on_does_so_in_sight():
    world = applied()  # to be copied by 02-26
    said = void(world, copied(world, "2026-03-02"), "2026-03-05")
    assert "抄送" in (said or "")
    world = applied()
    said = void(world, world.case.acts[-1].id, "2026-03-05")  # never copied
    assert "抄送" in (said or "")


def test_voiding_what_no_lateness_rests_on_is_no_irregularity():
    world = applied()
    assert void(world, copied(world, "2026-02-12"), "2026-03-05") is None  # in time
    world = applied(None, "2026-01-29")  # within the time to apply, and to be copied by 02-09
    assert void(world, world.case.acts[-1].id, "2026-02-09") is None
    world = applied()
    first, _second = copied(world, "2026-03-02"), copied(world, "2026-03-03")
    assert void(world, first, "2026-03-05") is None  # it is late still, by the other
