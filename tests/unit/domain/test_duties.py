"""Due days counted by hand. The State Council's arrangement for 2026 (国办发明电〔2025〕7号): 1–3 January off, Sunday the
4th worked; 15–23 February off, Saturdays the 14th and 28th worked; 4–6 April and 1–5 May off, 9 May worked. For 2025:
1–8 October off, Saturday the 11th worked. Day 0 does not count (民法典 §201)."""

from dataclasses import replace
from typing import Any

import pytest

from domain.duties import duties_of, state
from domain.terms import Term
from gongze.packs import shipped
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
    adopt,
    applied,
    day,
    decided,
    filed,
    founded,
    granted,
    lhasa,
)

COPY_1, COPY_2, COPY_3 = (f"copy_{what}_to_procuratorate" for what in ("application", "acceptance", "ruling"))
MATERIALS = [{"title": "强制执行申请书"}]
SUGGESTION = "拉检行公建〔2026〕1号"

Line = tuple[str, str, str, dict[str, Any]]


def told(world: World, *lines: Line) -> World:
    for type_, actor, on, data in lines:
        world.act(type_, actor, on, **data)
    return world


def in_window(**changes: Any) -> World:
    """Applied on Tuesday 2026-01-20, inside the window of the land demolition (2026-01-14 to 2026-01-30)."""
    return applied(None, "2026-01-20", **changes)


COPIED: Line = ("ApplicationCopied", NR, "2026-01-22", {"application": APPLICATION, "materials": MATERIALS})
ACCEPTED: Line = ("EnforcementAccepted", COURT, "2026-01-23", {"review_case_no": "（2026）藏0102行审1号"})
NOTICE: Line = ("AcceptanceReceived", NR, "2026-01-26", {})
NOTICE_COPIED: Line = ("AcceptanceCopied", NR, "2026-02-05", {})
GRANTED: Line = ("EnforcementGranted", COURT, "2026-02-02", {"ruling_no": RULING, "executor": "government"})
RECEIVED: Line = ("RulingReceived", NR, "2026-02-04", {"ruling_no": RULING})
RULING_COPIED: Line = ("RulingCopied", NR, "2026-02-13", {"ruling_no": RULING})
ORGANISED: Line = ("ExecutionOrganised", GOVERNMENT, "2026-02-09", {"ruling_no": RULING, "plan": "组织拆除"})
COMPLETED: Line = ("ExecutionCompleted", GOVERNMENT, "2026-02-28", {"ruling_no": RULING, "result": "full"})
REFUSED: Line = ("EnforcementRefused", COURT, "2026-02-02", {"ruling_no": RULING, "reasons": "程序违法"})

Expected = tuple[str, str, str, str | None, str | None]
"""row, as of, state, due_on, discharged_on"""


def check(world: World, *table: Expected) -> None:
    shown = []
    for row, on, *_ in table:
        duty = world.duty(row, on)
        shown.append(
            (row, on, state(duty, day(on), world.rules).state, _text(duty.due_on), _text(duty.discharged_on))
        )
    assert shown == list(table)


def _text(d: Any) -> str | None:
    return None if d is None else d.isoformat()


# --- the outcomes of one application ------------------------------------------------------------------------


# 条款 三（一）-1.4
def test_granted_and_carried_out_by_the_government():
    world = told(in_window(), COPIED, ACCEPTED, NOTICE, NOTICE_COPIED, GRANTED, RECEIVED, RULING_COPIED, ORGANISED,
                 COMPLETED)  # fmt: skip
    check(
        world,
        # 2025-08-01 and 90 days: 30 in August, 30 in September, 30 in October → Thursday 2025-10-30
        ("decide_penalty_in_90_days", "2025-08-04", "open", "2025-10-30", None),
        ("decide_penalty_in_90_days", "2025-10-10", "discharged", "2025-10-30", "2025-10-10"),
        # Friday 2025-10-10: Sat 11 (worked), Mon 13 to Fri 17, Mon 20 is the seventh
        ("serve_penalty_in_7_working_days", "2025-10-13", "open", "2025-10-20", None),
        ("serve_penalty_in_7_working_days", "2025-10-15", "discharged", "2025-10-20", "2025-10-15"),
        # January 21, 22, 23, 26, 27, 28, 29
        (COPY_1, "2026-01-20", "open", "2026-01-29", None),
        (COPY_1, "2026-01-22", "discharged", "2026-01-29", "2026-01-22"),
        # January 21, 22, 23, 26, 27
        ("accept_enforcement", "2026-01-20", "open", "2026-01-27", None),
        ("accept_enforcement", "2026-01-23", "discharged", "2026-01-27", "2026-01-23"),
        # from the day of obtaining, 26 January: 27, 28, 29, 30, February 2, 3, 4
        (COPY_2, "2026-01-23", "not_running", None, None),
        (COPY_2, "2026-01-26", "open", "2026-02-04", None),
        (COPY_2, "2026-02-05", "discharged_late", "2026-02-04", "2026-02-05"),
        # from acceptance, Friday 23 January: 26, 27, 28, 29, 30, February 2, 3
        ("rule_on_enforcement", "2026-01-23", "open", "2026-02-03", None),
        ("rule_on_enforcement", "2026-02-02", "discharged", "2026-02-03", "2026-02-02"),
        # from the day of receiving, 4 February: 5, 6, 9, 10, 11, 12, 13
        (COPY_3, "2026-02-02", "not_running", None, None),
        (COPY_3, "2026-02-04", "open", "2026-02-13", None),
        (COPY_3, "2026-02-13", "discharged", "2026-02-13", "2026-02-13"),
        ("confirm_acceptance_receipt", "2026-01-25", "open", None, None),
        ("confirm_acceptance_receipt", "2026-01-26", "discharged", None, "2026-01-26"),
        ("confirm_ruling_receipt", "2026-02-04", "discharged", None, "2026-02-04"),
        ("organise_granted_execution", "2026-02-08", "open", None, None),
        ("organise_granted_execution", "2026-02-09", "discharged", None, "2026-02-09"),
        ("complete_granted_execution", "2026-02-27", "open", None, None),
        ("complete_granted_execution", "2026-02-28", "discharged", None, "2026-02-28"),
    )  # fmt: skip


# 条款 三（一）-1.4
def test_executed_by_the_court_itself_the_government_owes_nothing():
    world = told(in_window(), ACCEPTED, (*GRANTED[:3], {"ruling_no": RULING, "executor": "court"}), RECEIVED,
                 ("ExecutionFiled", COURT, "2026-02-06", {"execution_case_no": "（2026）藏0102执1号"}),
                 ("ExecutionCompleted", COURT, "2026-02-12", {"result": "full"}))  # fmt: skip
    assert not {"organise_granted_execution", "complete_granted_execution"} & world.board("2026-03-01")
    check(world, (COPY_3, "2026-02-13", "due_soon", "2026-02-13", None),
          (COPY_3, "2026-02-14", "overdue", "2026-02-13", None))  # fmt: skip


# 条款 三（三）-1.3、三（三）-1.5
def test_not_filed_ends_the_review_and_leaves_the_copy_owed():
    world = told(in_window(), ("EnforcementNotFiled", COURT, "2026-01-28", {"reasons": "材料不齐"}))
    check(
        world,
        ("accept_enforcement", "2026-01-28", "discharged_late", "2026-01-27", "2026-01-28"),
        ("state_reasons_not_filed", "2026-01-28", "discharged", "2026-01-28", "2026-01-28"),
        (COPY_1, "2026-01-30", "overdue", "2026-01-29", None),
    )
    assert "rule_on_enforcement" not in world.board("2026-03-01")
    assert COPY_2 not in world.board("2026-03-01")


# 条款 三（三）-1.3、三（三）-1.5
def test_not_accepted_opens_fifteen_days_for_review_and_fifteen_for_the_higher_court():
    world = told(
        in_window(),
        ("EnforcementNotAccepted", COURT, "2026-01-27", {"ruling_no": RULING, "reasons": "不属于受案范围"}),
        ("RulingReceived", NR, "2026-01-29", {"ruling_no": RULING}),
        ("RulingReviewApplied", NR, "2026-02-10", {"ruling_no": RULING, "court": "court.lhasa"}),
    )
    check(
        world,
        ("apply_ruling_review", "2026-01-27", "not_running", None, None),
        (
            "apply_ruling_review",
            "2026-01-29",
            "open",
            "2026-02-13",
            None,
        ),  # 29 January + 15 = Friday 13 February
        ("apply_ruling_review", "2026-02-10", "discharged", "2026-02-13", "2026-02-10"),
        # 10 February + 15 = Wednesday the 25th
        ("decide_ruling_review_not_accepted", "2026-02-25", "due_soon", "2026-02-25", None),
        ("decide_ruling_review_not_accepted", "2026-02-26", "overdue", "2026-02-25", None),
    )
    assert world.duty("decide_ruling_review_not_accepted").holder == "court.lhasa"
    assert "decide_ruling_review_refused" not in world.board("2026-03-01")


# 条款 三（三）-1.4、三（三）-1.5
def test_refused_is_served_in_five_working_days_and_reviewed_in_thirty_days():
    world = told(
        in_window(), ACCEPTED, REFUSED,
        ("RulingReceived", NR, "2026-02-05", {"ruling_no": RULING}),
        ("RulingReviewApplied", NR, "2026-02-13", {"ruling_no": RULING, "court": "court.lhasa"}),
        ("RulingReviewDecided", "court.lhasa", "2026-03-17", {"ruling_no": RULING, "outcome": "revoked"}),
    )  # fmt: skip
    check(
        world,
        ("rule_on_enforcement", "2026-02-02", "discharged", "2026-02-03", "2026-02-02"),
        ("state_reasons_refused", "2026-02-02", "discharged", "2026-02-02", "2026-02-02"),
        (
            "serve_refusal_in_5_working_days",
            "2026-02-02",
            "open",
            "2026-02-09",
            None,
        ),  # 3, 4, 5, 6, 9 February
        ("serve_refusal_in_5_working_days", "2026-02-05", "discharged", "2026-02-09", "2026-02-05"),
        # 5 February + 15 = the 20th, in the Spring Festival → Tuesday the 24th
        ("apply_ruling_review", "2026-02-11", "open", "2026-02-24", None),
        ("apply_ruling_review", "2026-02-13", "discharged", "2026-02-24", "2026-02-13"),
        # 13 February + 30: 15 in February, 15 in March = Sunday 15 March → Monday the 16th
        ("decide_ruling_review_refused", "2026-03-10", "open", "2026-03-16", None),
        ("decide_ruling_review_refused", "2026-03-17", "discharged_late", "2026-03-16", "2026-03-17"),
    )
    assert COPY_3 not in world.board("2026-03-20")  # only a ruling that grants is copied to the procuratorate


@pytest.mark.parametrize(
    ("withdrawn", "as_of", "expected"),
    [("2026-01-29", "2026-02-10", "cancelled"), ("2026-01-30", "2026-02-10", "overdue")],
)
def test_a_withdrawal_before_the_due_day_cancels_the_copy_a_later_one_does_not(withdrawn, as_of, expected):
    world = told(in_window(), ("ApplicationWithdrawn", NR, withdrawn, {}))
    check(world, (COPY_1, as_of, expected, "2026-01-29", None))
    assert world.standing("accept_enforcement", as_of).state == "cancelled"


# 条款 三（三）-1.4
@pytest.mark.parametrize(
    ("ruled", "expected"), [("2026-02-24", "discharged"), ("2026-02-25", "discharged_late")]
)
def test_a_hearing_of_opinions_gives_thirty_days_from_acceptance(ruled, expected):
    world = told(
        in_window(), ACCEPTED, ("HearingOfOpinionsOpened", COURT, "2026-01-30", {}),
        (*GRANTED[:2], ruled, GRANTED[3]),
    )  # fmt: skip
    check(
        world,
        ("rule_on_enforcement", "2026-01-28", "open", "2026-02-03", None),
        # 23 January + 30: 8 in January, 22 in February = the 22nd, in the Spring Festival → Tuesday the 24th
        ("rule_after_hearing_opinions", "2026-01-30", "open", "2026-02-24", None),
        ("rule_on_enforcement", "2026-02-04", "extended", "2026-02-24", None),
        ("rule_on_enforcement", ruled, expected, "2026-02-24", ruled),
        ("rule_after_hearing_opinions", ruled, expected, "2026-02-24", ruled),
    )
    assert world.duty("rule_on_enforcement", "2026-02-04").warn_on is None  # seven days compete no longer


# 条款 三（三）-1.2
def test_supplemented_materials_start_the_five_working_days_anew_with_the_competing_count():
    world = told(
        in_window(),
        ("SupplementDemanded", COURT, "2026-01-21", {}),
        ("MaterialsSupplemented", NR, "2026-01-26", {}),
    )
    duty = world.duty("accept_enforcement", "2026-01-28")
    # from Monday 26 January: 27, 28, 29, 30, February 2; five calendar days: Saturday the 31st → Monday 2 February
    assert (_text(duty.due_on), duty.warn_on) == ("2026-02-02", None)
    assert state(duty, day("2026-01-28"), world.rules).state == "extended"


def test_what_is_supplemented_after_acceptance_does_not_make_a_late_acceptance_timely():
    world = told(
        in_window(),
        (*ACCEPTED[:2], "2026-02-02", ACCEPTED[3]),
        ("MaterialsSupplemented", NR, "2026-02-03", {}),
    )
    check(world, ("accept_enforcement", "2026-02-10", "discharged_late", "2026-01-27", "2026-02-02"))


def test_a_partial_grant_is_copied_and_executed_like_a_whole_one():
    world = decided(None, items=[{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "5000.00"}])
    world = applied(world, "2026-01-20", items=["1"])
    told(world, ACCEPTED, (*GRANTED[:3], {**GRANTED[3], "items": ["1"]}), RECEIVED)
    check(world, (COPY_3, "2026-02-04", "open", "2026-02-13", None),
          ("organise_granted_execution", "2026-02-04", "open", None, None))  # fmt: skip
    told(
        world,
        ORGANISED,
        ("ExecutionCompleted", GOVERNMENT, "2026-02-11", {"result": "partial", "items": ["1"]}),
    )
    check(world, ("complete_granted_execution", "2026-02-12", "open", None, None))


def test_execution_stops_runs_on_and_ends():
    world = told(
        in_window(), ACCEPTED, GRANTED, ORGANISED, ("ExecutionSuspended", COURT, "2026-02-11", {"reasons": "异议"}),
        ("ExecutionResumed", COURT, "2026-02-25", {}), ("ExecutionTerminated", COURT, "2026-03-02", {"reasons": "无标的"}),
    )  # fmt: skip
    row = "complete_granted_execution"
    check(
        world,
        (row, "2026-02-10", "open", None, None), (row, "2026-02-12", "suspended", None, None),
        (row, "2026-02-26", "open", None, None), (row, "2026-03-02", "cancelled", None, None),
    )  # fmt: skip


# --- how a term stands on a day -----------------------------------------------------------------------------


# 条款 三（六）-2.2
@pytest.mark.parametrize(
    ("on", "expected", "left", "over"),
    [
        ("2026-02-10", "open", 7, 0),  # 11, 12, 13, 14, 24, 25, 26
        ("2026-02-13", "open", 4, 0),  # 14, 24, 25, 26
        ("2026-02-14", "due_soon", 3, 0),
        ("2026-02-20", "due_soon", 3, 0),
        ("2026-02-26", "due_soon", 0, 0),
        ("2026-02-27", "overdue", 0, 1),
        ("2026-03-01", "overdue", 0, 2),  # the 27th, Saturday the 28th worked
        ("2026-03-02", "overdue", 0, 3),
    ],
)
def test_seven_working_days_over_the_spring_festival(on, expected, left, over):
    world = applied()  # on Tuesday 2026-02-10
    standing = world.standing(COPY_1, on)
    assert (standing.state, standing.remaining_working_days, standing.overdue_working_days) == (
        expected,
        left,
        over,
    )
    assert _text(world.duty(COPY_1).due_on) == "2026-02-26"


def test_a_regions_festival_moves_the_due_day_and_leaves_the_nations_as_a_warning():
    office = Office(lhasa())
    office.act(
        "CalendarPublished", "government.lhasa", "2026-01-05", year=2026, region="540100", notice="拉萨市放假通知",
        holidays=[f"2026-02-{d}" for d in range(15, 27)], workdays=["2026-02-14", "2026-02-28"],
    )  # fmt: skip
    world = applied(decided(World(registry=office.registry)))
    duty = world.duty(COPY_1)
    # Lhasa rests until the 26th: 11, 12, 13, 14, 27, 28, 2 March; the nation's count ends on 26 February
    assert (_text(duty.due_on), _text(duty.warn_on)) == ("2026-03-02", "2026-02-26")
    assert duty.warn_source == "拉萨实施意见 三（六）（按全国放假安排计算）"
    assert world.standing(COPY_1, "2026-02-26").state == "due_soon"  # 27, 28, 2 March are left
    chengguan = world.duty(
        "accept_enforcement"
    )  # the court's region lies below the city, whose days hold there
    assert _text(chengguan.due_on) == "2026-02-27"  # 11, 12, 13, 14, 27


# 条款 三（三）-1.1
def test_five_working_days_and_five_days_compete_at_the_court():
    duty = in_window().duty("accept_enforcement")
    # five calendar days end on Sunday 25 January → Monday the 26th
    assert (_text(duty.due_on), _text(duty.warn_on), duty.warn_source) == (
        "2026-01-27",
        "2026-01-26",
        "行诉解释 §155",
    )
    duty = told(in_window(), ACCEPTED).duty("rule_on_enforcement")
    assert (_text(duty.due_on), _text(duty.warn_on), duty.warn_source) == (
        "2026-02-03",
        "2026-01-30",
        "行诉解释 §160",
    )


def test_the_competing_count_makes_a_duty_due_soon_once_it_has_passed():
    world = told(in_window(), (*ACCEPTED[:2], "2026-01-22", ACCEPTED[3]))
    # from Thursday 22 January: 23, 26, 27, 28, 29, 30, 2 February; seven calendar days end on the 29th
    check(world, ("rule_on_enforcement", "2026-01-27", "open", "2026-02-02", None))
    world = told(
        applied(None, "2026-02-10"), ("EnforcementAccepted", COURT, "2026-02-13", {"review_case_no": "行审1"})
    )
    # from Friday the 13th: 14, 24, 25, 26, 27, 28, 2 March; seven calendar days end on the 20th → the 24th
    duty = world.duty("rule_on_enforcement")
    assert (_text(duty.due_on), _text(duty.warn_on)) == ("2026-03-02", "2026-02-24")
    assert (
        world.standing("rule_on_enforcement", "2026-02-24").state == "open"
    )  # 25, 26, 27, 28, 2 March are left
    assert world.standing("rule_on_enforcement", "2026-02-25").state == "due_soon"


# 条款 三（六）-2.2、三（六）-2.3、三（六）-2.4
def test_the_three_copies_run_from_applying_obtaining_and_receiving():
    world = told(in_window(), ACCEPTED, NOTICE, GRANTED)
    waiting = world.duty(COPY_3)
    assert (waiting.opened_on, waiting.due_on) == (None, None)
    # were the ruling received on the day it was made, 2 February: 3, 4, 5, 6, 9, 10, 11
    assert _text(waiting.earliest_due_on) == "2026-02-11"
    told(world, RECEIVED)
    running = world.duty(COPY_3)
    assert running.id == waiting.id
    opened = [_text(world.duty(row).opened_on) for row in (COPY_1, COPY_2, COPY_3)]
    assert opened == ["2026-01-20", "2026-01-26", "2026-02-04"]
    assert {world.duty(row).recipients for row in (COPY_1, COPY_2, COPY_3)} == {(PROCURATORATE,)}


# 条款 三（六）-2.2
def test_the_city_department_copies_to_the_citys_procuratorate_though_a_basic_court_has_the_case():
    duty = in_window().duty(COPY_1)
    assert (duty.holder, duty.recipients) == (NR, (PROCURATORATE,))


# 条款 三（六）-2.2
def test_a_copy_to_another_procuratorate_discharges_nothing():
    other = (*COPIED[:3], {**COPIED[3], "to": "procuratorate.chengguan"})
    world = told(in_window(), other)
    check(world, (COPY_1, "2026-01-30", "overdue", "2026-01-29", None))
    assert world.board("2026-01-30") >= {"acknowledge_copy"}
    told(world, ("ApplicationCopied", NR, "2026-01-30", COPIED[3]))
    check(world, (COPY_1, "2026-01-30", "discharged_late", "2026-01-29", "2026-01-30"))


# 条款 三（六）-2.2、三（六）-2.3、三（六）-2.4、四（三）-1.1
def test_each_copy_is_to_be_acknowledged_by_its_recipient():
    world = told(in_window(), COPIED, ("CopyAcknowledged", PROCURATORATE, "2026-01-28", {"of": APPLICATION}))
    duty = world.duty("acknowledge_copy")
    assert (duty.holder, duty.recipients, duty.due_on) == (PROCURATORATE, (NR,), None)
    check(world, ("acknowledge_copy", "2026-01-27", "open", None, None),
          ("acknowledge_copy", "2026-01-28", "discharged", None, "2026-01-28"))  # fmt: skip


def test_a_returned_copy_need_not_be_acknowledged():
    world = told(
        in_window(),
        COPIED,
        ("CopyReturned", PROCURATORATE, "2026-01-23", {"of": APPLICATION, "missing": ["页"]}),
    )
    check(world, ("acknowledge_copy", "2026-01-23", "cancelled", None, None))


def test_two_applications_have_duties_of_their_own():
    world = decided(None, items=[{"kind": "demolish"}, {"kind": "restore"}])
    world = applied(world, "2026-01-20", items=["1"])
    second = "拉自然资申〔2026〕2号"
    world.act("EnforcementApplied", NR, "2026-01-27", court=COURT, decision_no=DECISION, application_no=second,
              items=["2"])  # fmt: skip
    world.act("ApplicationCopied", NR, "2026-01-28", application=second, materials=MATERIALS)
    shown = {(_text(d.due_on), _text(d.discharged_on)) for d in world.duties() if d.row.id == COPY_1}
    # from 27 January: 28, 29, 30, February 2, 3, 4, 5
    assert shown == {("2026-01-29", None), ("2026-02-05", "2026-01-28")}


# --- the day that counts ------------------------------------------------------------------------------------

SLIP: dict[str, Any] = {"number": "EMS1", "title": "寄送单据", "kind": "slip", "sha256": "0" * 64, "media_type": "application/pdf",
                        "bytes": 10}  # fmt: skip


def test_a_copy_counts_from_the_day_it_is_recorded():
    world = in_window()
    world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-10", materials=MATERIALS)
    assert world.irregular() == {"copied_late", "date_unconfirmed"}
    check(world, (COPY_1, "2026-02-09", "overdue", "2026-01-29", None),
          (COPY_1, "2026-02-10", "discharged_late", "2026-01-29", "2026-02-10"))  # fmt: skip
    assert _text(world.duty(COPY_1).stated_on) == "2026-01-22"


def test_a_delivery_slip_makes_the_earlier_day_count_and_a_number_alone_does_not():
    delivery = {"means": "邮寄", "slip_no": "EMS1", "sent_on": "2026-01-23"}
    world = in_window()
    world.act(
        "ApplicationCopied",
        NR,
        "2026-01-22",
        "2026-02-10",
        materials=MATERIALS,
        delivery=delivery,
        documents=[SLIP],
    )
    check(world, (COPY_1, "2026-02-10", "discharged", "2026-01-29", "2026-01-23"))
    assert "copied_late" not in world.irregular()
    world = in_window()
    world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-10", materials=MATERIALS, delivery=delivery)
    check(world, (COPY_1, "2026-02-10", "discharged_late", "2026-01-29", "2026-02-10"))


def test_sent_again_with_its_slip_it_was_in_time_and_sent_again_without_one_it_was_not():
    delivery = {"means": "邮寄", "slip_no": "EMS1", "sent_on": "2026-01-23"}
    world = in_window()
    world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-10", materials=MATERIALS)
    world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-11", materials=MATERIALS, delivery=delivery)
    check(world, (COPY_1, "2026-02-12", "discharged_late", "2026-01-29", "2026-02-10"))
    again = {"materials": MATERIALS, "delivery": delivery, "documents": [SLIP]}
    world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-12", **again)
    check(world, (COPY_1, "2026-02-12", "discharged", "2026-01-29", "2026-01-23"))


def test_the_recipients_word_makes_the_earlier_day_count():
    world = in_window()
    copy = world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-10", materials=MATERIALS)
    world.act("CopyAcknowledged", PROCURATORATE, "2026-02-12", of=copy.id, received_on="2026-01-29")
    check(world, (COPY_1, "2026-01-29", "discharged", "2026-01-29", "2026-01-29"),
          (COPY_1, "2026-02-12", "discharged", "2026-01-29", "2026-01-29"))  # fmt: skip


def test_what_is_done_elsewhere_counts_by_its_own_day():
    world = applied(None, "2026-01-20")
    world.act("EnforcementAccepted", COURT, "2026-01-26", "2026-03-02", review_case_no="行审1")
    check(world, ("accept_enforcement", "2026-01-26", "discharged", "2026-01-27", "2026-01-26"))
    assert world.irregular() == set()


# --- the window to apply ------------------------------------------------------------------------------------


# 条款 三（六）-2.1
def test_a_land_demolition_may_be_applied_for_after_sixty_days_and_until_three_months_after_fifteen():
    world = decided()
    duty = world.duty("apply_within_three_months")
    # served 2025-10-15; 15 days: 10-30; 60 days: 16 in October, 30 in November, 14 December, a Sunday → the 15th
    assert (_text(duty.opened_on), _text(duty.due_on)) == ("2025-10-30", "2026-01-30")
    assert (duty.not_before, duty.warn_on) == (
        None,
        None,
    )  # no demand yet, and both remedies give the same last day
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    # 30, 31 December, 4 (worked), 5, 6, 7, 8, 9, 12, 13 January have passed; the first day is the 14th
    assert _text(world.duty("apply_within_three_months").not_before) == "2026-01-14"
    assert _text(world.duty("wait_10_working_days_after_demand").not_before) == "2026-01-14"


def test_an_early_demand_leaves_the_later_remedy_as_the_bar():
    world = decided()
    world.act("PerformanceDemanded", NR, "2025-11-03", decision_no=DECISION)
    # ten working days from Monday 3 November have passed on Monday the 17th; the review term ends on 15 December
    assert _text(world.duty("apply_within_three_months").not_before) == "2025-12-16"


def a_fine() -> World:
    world = filed(None, "2025-03-03")
    world.act(
        "PenaltyDecided",
        NR,
        "2025-05-06",
        decision_no=DECISION,
        items=[{"kind": "fine", "amount_yuan": "5000.00"}],
    )
    world.act("PenaltyServed", NR, "2025-05-12", decision_no=DECISION, method="direct")
    return world


def test_a_fine_waits_six_months_and_its_last_day_counts_from_there():
    world = a_fine()
    duty = world.duty("apply_within_three_months")
    # six months from 2025-05-12: 11-12; three more: Thursday 2026-02-12 (行诉解释 §156). The earlier remedy: 60 days end on
    # Friday 07-11; three months after that is Saturday 2025-10-11, a make-up workday (行政强制法 §53 read strictly)
    assert (_text(duty.opened_on), _text(duty.due_on), _text(duty.warn_on)) == (
        "2025-11-12",
        "2026-02-12",
        "2025-10-11",
    )
    assert world.standing("apply_within_three_months", "2025-11-12").state == "not_running"
    assert world.standing("apply_within_three_months", "2025-11-13").state == "due_soon"
    world.act("PerformanceDemanded", NR, "2025-11-17", decision_no=DECISION)
    # 18, 19, 20, 21, 24, 25, 26, 27, 28 November, 1 December
    assert _text(world.duty("apply_within_three_months").not_before) == "2025-12-02"
    world.act("EnforcementApplied", NR, "2026-02-13", court=COURT, decision_no=DECISION)
    check(world, ("apply_within_three_months", "2026-02-13", "discharged_late", "2026-02-12", "2026-02-13"))
    assert world.irregular() == {"applied_too_late"}


def test_a_decision_that_demolishes_and_fines_has_a_window_for_each():
    world = decided(None, items=[{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "5000.00"}])
    due = [_text(d.due_on) for d in world.duties() if d.row.id == "apply_within_three_months"]
    # the fine: six months from 2025-10-15 are 2026-04-15, three more 07-15
    assert sorted(due, key=str) == ["2026-01-30", "2026-07-15"]
    applied(world, "2026-01-20", items=["1"])
    left = [
        _text(d.due_on)
        for d in world.duties()
        if d.row.id == "apply_within_three_months" and not d.discharged_on
    ]
    assert left == ["2026-07-15"]


def test_announced_service_is_deemed_done_thirty_days_later():
    world = filed()
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    world.act(
        "PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="announced", put_out_on="2025-10-14"
    )
    # put out 10-14, deemed served 11-13; 15 days: 11-28
    assert _text(world.duty("suit_term_land_demolition").opened_on) == "2025-11-13"
    assert _text(world.duty("apply_within_three_months").opened_on) == "2025-11-28"


def test_several_parties_served_one_after_the_other():
    world = filed(None, parties=[{"name": "甲"}, {"name": "乙"}])
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct", parties=["1"])
    check(world, ("serve_penalty_in_7_working_days", "2025-10-20", "due_soon", "2025-10-20", None))
    world.act("PenaltyServed", NR, "2025-10-21", decision_no=DECISION, method="left", parties=["2"])
    check(
        world,
        ("serve_penalty_in_7_working_days", "2025-10-21", "discharged_late", "2025-10-20", "2025-10-21"),
    )
    assert world.irregular() == {"served_late"}
    duty = world.duty("apply_within_three_months")
    # the last day counts from the first service (15 days: 10-30), the first possible from the last (60 days: 12-20,
    # a Saturday → 12-22; with the demand of 12-29 it is 01-14 all the same)
    assert (_text(duty.opened_on), _text(duty.due_on)) == ("2025-10-30", "2026-01-30")
    world.act("PerformanceDemanded", NR, "2025-12-01", decision_no=DECISION)
    assert _text(world.duty("apply_within_three_months").not_before) == "2025-12-23"


# 条款 三（六）-2.1
def test_what_is_settled_need_not_be_applied_for():
    world = decided()
    world.act("Performed", NR, "2025-12-01", decision_no=DECISION)
    assert world.standing("apply_within_three_months", "2025-12-01").state == "cancelled"
    assert world.standing("demand_before_application", "2025-11-28").state == "open"


def test_a_revoked_decision_cancels_the_window_and_keeps_it_on_the_board():
    world = decided()
    world.act("PenaltyRevoked", NR, "2025-12-01", decision_no=DECISION, reason="认定有误")
    assert world.standing("apply_within_three_months", "2025-12-02").state == "cancelled"
    assert world.standing("apply_within_three_months", "2025-11-28").state == "open"


def test_a_lawsuit_in_time_takes_the_window_away_and_its_dismissal_gives_a_new_one():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no="行初1")
    assert world.standing("apply_within_three_months", "2025-11-03").state == "cancelled"
    world.act("LawsuitDecided", COURT, "2025-12-19", court_case_no="行初1", instance="first", outcome="suit_dismissed",
              effective_on="2025-12-19")  # fmt: skip
    due = [
        _text(d.due_on)
        for d in world.duties()
        if d.row.id == "apply_within_three_months" and not d.cancelled_on
    ]
    assert due == ["2026-03-19"]  # three months from 12-19, a Thursday


# 条款 三（三）-1.7
def test_a_judgment_against_the_party_gives_two_years():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no="行初1")
    world.act("LawsuitDecided", COURT, "2025-12-19", court_case_no="行初1", instance="first", outcome="claims_dismissed",
              effective_on="2025-12-19")  # fmt: skip
    # 2027-12-19 is a Sunday → Monday the 20th, provisionally: 2027 is not published
    duty = world.duty("apply_judgment_within_two_years")
    assert (_text(duty.due_on), duty.provisional) == ("2027-12-20", True)
    world.act("EnforcementApplied", NR, "2026-01-20", court=COURT, decision_no=DECISION, basis="judgment")
    assert world.standing("apply_judgment_within_two_years", "2026-01-20").state == "discharged"
    assert world.standing("handle_application_after_judgment", "2026-01-20").state == "open"
    assert "accept_enforcement" not in world.board("2026-01-20")


def test_after_a_review_fifteen_days_to_sue_come_before_the_three_months():
    world = decided()
    world.act("ReviewApplied", NR, "2025-11-20", decision_no=DECISION, authority="拉萨市人民政府")
    world.act(
        "ReviewDecided", NR, "2025-12-22", decision_no=DECISION, outcome="upheld", served_on="2025-12-22"
    )
    # 12-22 + 15 = Tuesday 2026-01-06; three months: 04-06, the last day of Qingming → Tuesday the 7th
    due = [
        _text(d.due_on)
        for d in world.duties()
        if d.row.id == "apply_within_three_months" and not d.cancelled_on
    ]
    assert due == ["2026-04-07"]
    assert _text(world.duty("suit_term_after_review").due_on) == "2026-01-06"


def test_a_review_out_of_time_takes_no_window_away():
    world = decided()
    world.act("ReviewApplied", NR, "2026-01-05", decision_no=DECISION, authority="拉萨市人民政府")
    assert world.duty("apply_within_three_months").cancelled_on is None


# --- suggestions --------------------------------------------------------------------------------------------


def suggested(**data: Any) -> World:
    world = in_window()
    world.act(
        "SuggestionIssued",
        PROCURATORATE,
        "2026-03-02",
        suggestion_no=SUGGESTION,
        to=NR,
        subject="inaction",
        **data,
    )
    return world


REPLY = "reply_suggestion_in_two_months"


# 条款 三（四）-1.2
def test_two_months_to_reply_run_from_the_acknowledged_receipt():
    world = suggested()
    duty = world.duty(REPLY)
    # were it received on the day it was issued: 2 May, a holiday until the 5th → Wednesday the 6th
    assert (duty.due_on, _text(duty.earliest_due_on)) == (None, "2026-05-06")
    assert world.standing(REPLY, "2026-03-31").state == "not_running"
    world.act("CopyAcknowledged", NR, "2026-03-10", of=SUGGESTION, received_on="2026-03-09")
    # 9 May is a Saturday that is worked
    check(world, (REPLY, "2026-03-31", "open", "2026-05-09", None))
    world.act(
        "SuggestionReplied", NR, "2026-05-10", suggestion_no=SUGGESTION, adopted=True, measures="已整改"
    )
    check(world, (REPLY, "2026-05-10", "discharged_late", "2026-05-09", "2026-05-10"))
    assert world.irregular() == {"replied_late"}


def test_a_day_named_in_the_suggestion_holds_until_it_is_extended():
    world = suggested(reply_by="2026-03-20")
    check(
        world,
        (REPLY, "2026-03-09", "open", "2026-03-20", None),
        (REPLY, "2026-03-23", "overdue", "2026-03-20", None),
    )
    world.act(
        "SuggestionExtended", PROCURATORATE, "2026-03-18", suggestion_no=SUGGESTION, reply_by="2026-05-29"
    )
    check(
        world,
        (REPLY, "2026-03-23", "extended", "2026-05-29", None),
        (REPLY, "2026-06-01", "overdue", "2026-05-29", None),
    )
    world.act("SuggestionWithdrawn", PROCURATORATE, "2026-03-25", suggestion_no=SUGGESTION)
    check(world, (REPLY, "2026-06-01", "cancelled", "2026-05-29", None))


def test_an_urgent_suggestion_is_answered_in_fifteen_days():
    world = suggested(urgent=True)
    world.act("CopyAcknowledged", NR, "2026-03-04", of=SUGGESTION)
    assert _text(world.duty("reply_urgent_suggestion_in_15_days").due_on) == "2026-03-19"
    assert REPLY not in world.board("2026-03-31")


# --- reports to the government ------------------------------------------------------------------------------


def reported() -> World:
    world = filed()
    world.act("ViolationReported", NR, "2025-08-04", government="government.chengguan", report_no="报1")
    return world


# 条款 三（一）-1.1、三（一）-1.3
def test_measures_are_due_at_once_from_receipt_of_the_report():
    world = reported()
    check(world, ("take_effective_measures", "2025-08-04", "due_soon", "2025-08-04", None),
          ("take_effective_measures", "2025-08-05", "overdue", "2025-08-04", None))  # fmt: skip
    world.act("CopyAcknowledged", "government.chengguan", "2025-08-06", of="报1")
    world.act("MeasuresTaken", "government.chengguan", "2025-08-06", measures="现场制止")
    check(world, ("take_effective_measures", "2025-08-06", "discharged", "2025-08-06", "2025-08-06"))
    world.act("RemovalVerified", NR, "2025-08-20", what="已拆除", on_site=True)
    check(world, ("remove_illegal_state", "2025-08-20", "discharged", None, "2025-08-20"))


# 条款 三（一）-1.1
def test_measures_of_one_government_are_not_anothers():
    world = reported()
    world.act("ViolationReported", NR, "2025-08-04", government="government.lhasa", report_no="报2")
    world.act("MeasuresTaken", "government.lhasa", "2025-08-05", measures="现场制止")
    shown = {d.holder: d.discharged_on for d in world.duties() if d.row.id == "take_effective_measures"}
    assert shown == {"government.chengguan": None, "government.lhasa": day("2025-08-05")}


def test_a_hearing_is_notified_seven_working_days_before():
    world = filed()
    world.act("PenaltyHearingRightNotified", NR, "2025-09-01")
    world.act("PenaltyHearingRequested", NR, "2025-09-08")
    world.act("PenaltyHearingNoticed", NR, "2025-09-09", hearing_on="2025-09-19")
    # between the notice and Friday 19 September lie 18, 17, 16, 15, 12, 11, 10: the last day is the 9th
    check(world, ("request_hearing_in_5_working_days", "2025-09-08", "discharged", "2025-09-08", "2025-09-08"),
          ("notify_hearing_7_days_before", "2025-09-09", "discharged", "2025-09-09", "2025-09-09"))  # fmt: skip
    assert world.irregular() == set()


# 条款 三（六）-1.4
def test_an_extension_moves_the_last_day_to_decide():
    world = filed()
    world.act("DecisionTermExtended", NR, "2025-10-20", until="2025-11-28")
    check(world, ("decide_penalty_in_90_days", "2025-10-31", "extended", "2025-11-28", None),
          ("decide_penalty_in_90_days", "2025-12-01", "overdue", "2025-11-28", None))  # fmt: skip


def test_a_day_that_an_extension_names_is_not_provisional():
    # filed on Tuesday 20 October 2026: 11 days in October, 30 and 31, 18 in January = 18 January 2027, not published
    world = filed(World(), "2026-10-20")
    assert (_text(world.duty("decide_penalty_in_90_days").due_on), world.duty("decide_penalty_in_90_days").provisional) == (
        "2027-01-18", True,
    )  # fmt: skip
    world.act("DecisionTermExtended", NR, "2026-12-10", until="2027-02-26")
    duty = world.duty("decide_penalty_in_90_days")
    assert (_text(duty.due_on), duty.provisional) == ("2027-02-26", False)


def test_a_further_term_is_as_provisional_as_its_own_count():
    world = told(
        applied(None, "2026-12-10"),
        (*ACCEPTED[:2], "2026-12-15", ACCEPTED[3]),
        ("HearingOfOpinionsOpened", COURT, "2026-12-18", {}),
    )
    before, after = world.duty("rule_on_enforcement", "2026-12-16"), world.duty("rule_on_enforcement")
    # from Tuesday 15 December: 16, 17, 18, 21, 22, 23, 24; thirty days: 16 in December, 14 in January 2027
    assert (_text(before.due_on), before.provisional) == ("2026-12-24", False)
    assert (_text(after.due_on), after.provisional) == ("2027-01-14", True)


def test_an_extension_that_names_no_day_leaves_the_duty_as_it_was():
    world = told(
        decided(),
        ("ReviewApplied", NR, "2025-10-20", {"decision_no": DECISION, "authority": "拉萨市人民政府"}),
        ("ReviewAccepted", GOVERNMENT, "2025-10-22", {"decision_no": DECISION}),
        ("ReviewExtended", GOVERNMENT, "2025-12-01", {"decision_no": DECISION}),
    )
    # from 22 October: 9 days in October, 30 in November, 21 in December = Sunday the 21st → Monday the 22nd
    check(world, ("decide_review_in_60_days", "2025-12-02", "open", "2025-12-22", None),
          ("decide_review_in_60_days", "2025-12-23", "overdue", "2025-12-22", None))  # fmt: skip
    assert world.duty("decide_review_in_60_days").extended_on is None
    told(
        world, ("ReviewExtended", GOVERNMENT, "2025-12-10", {"decision_no": DECISION, "until": "2026-01-20"})
    )
    check(world, ("decide_review_in_60_days", "2025-12-12", "extended", "2026-01-20", None))


@pytest.mark.parametrize(("terminated", "overdue"), [("2026-02-26", 0), ("2026-03-04", 2)])
def test_an_execution_that_was_terminated_is_not_urgent_any_more(terminated, overdue):
    # from 24 February: 25, 26, 27, Saturday the 28th worked, Monday 2 March; what is late by then stays counted: 3, 4
    world = granted(accepted(), "2026-02-24", executor="court", urgent=True)
    assert _text(world.duty("execute_urgent_in_5_working_days").due_on) == "2026-03-02"
    world.act("ExecutionTerminated", COURT, terminated, application=APPLICATION, reasons="标的物灭失")
    found = world.standing("execute_urgent_in_5_working_days", "2026-04-01")
    assert (found.state, found.overdue_working_days) == ("cancelled", overdue)


def test_a_case_joined_into_another_owes_nothing_more_until_it_is_reopened():
    other = "拉自然资执〔2026〕2号"
    world = told(filed(), ("CasesJoined", NR, "2025-08-20", {"cases": [other], "into": other}))
    # from 1 August: 30 days in August, 30 in September, 30 in October
    assert world.duty("decide_penalty_in_90_days").cancelled_by == world.case.acts[-1].id
    check(world, ("decide_penalty_in_90_days", "2025-12-31", "cancelled", "2025-10-30", None))
    told(world, ("CaseReopened", NR, "2025-09-01", {"reason": "分开办理"}))
    check(world, ("decide_penalty_in_90_days", "2025-10-31", "overdue", "2025-10-30", None))


def test_the_case_that_others_are_joined_into_owes_as_before():
    world = told(filed(), ("CasesJoined", NR, "2025-08-20", {"cases": ["拉自然资执〔2026〕2号"]}))
    check(world, ("decide_penalty_in_90_days", "2025-10-31", "overdue", "2025-10-30", None))


@pytest.mark.parametrize(
    ("extended", "state", "strict", "overdue"),
    # after Thursday 30 October: the 31st, 3 to 7, 10 to 14, 17 to 21, 24 to 28 November and 1 December are 22 working days
    [("2025-10-30", "extended", None, 0), ("2025-10-31", "overdue", "2025-10-30", 22),
     ("2025-11-28", "overdue", "2025-10-30", 22)],
)  # fmt: skip
def test_nobody_gives_itself_more_time_once_it_is_late(extended, state, strict, overdue):
    world = told(filed(), ("DecisionTermExtended", NR, extended, {"until": "2025-12-31"}))
    found = world.standing("decide_penalty_in_90_days", "2025-12-01")
    assert (found.state, found.overdue_working_days) == (state, overdue)
    duty = world.duty("decide_penalty_in_90_days")
    assert (_text(duty.due_on), duty.strict_due_on and _text(duty.strict_due_on)) == ("2025-12-31", strict)
    told(
        world,
        ("PenaltyDecided", NR, "2025-12-01", {"decision_no": DECISION, "items": [{"kind": "demolish"}]}),
    )
    assert world.irregular() == ({"decided_late"} if strict else set())
    done = world.standing("decide_penalty_in_90_days", "2025-12-31")
    assert (done.state, done.overdue_working_days) == ("discharged_late" if strict else "discharged", overdue)


def test_a_second_extension_does_not_heal_what_was_late_before_the_first():
    world = told(
        filed(),
        ("DecisionTermExtended", NR, "2025-11-03", {"until": "2025-11-28"}),
        ("DecisionTermExtended", NR, "2025-11-20", {"until": "2025-12-31"}),
    )
    duty = world.duty("decide_penalty_in_90_days")
    assert (_text(duty.due_on), _text(duty.strict_due_on)) == ("2025-12-31", "2025-10-30")


def test_more_time_that_another_gives_counts_even_after_the_last_day():
    # two months from 4 March: Monday 4 May is within 1–5 May, off → Wednesday the 6th
    world = suggested()
    world.act("CopyAcknowledged", NR, "2026-03-04", of=SUGGESTION)
    assert _text(world.duty(REPLY).due_on) == "2026-05-06"
    world.act(
        "SuggestionExtended", PROCURATORATE, "2026-05-08", suggestion_no=SUGGESTION, reply_by="2026-05-29"
    )
    check(world, (REPLY, "2026-05-11", "extended", "2026-05-29", None))
    assert world.duty(REPLY).strict_due_on is None


def test_a_hearing_of_opinions_opened_late_has_the_thirty_days_that_the_law_gives():
    world = told(in_window(), ACCEPTED, ("HearingOfOpinionsOpened", COURT, "2026-02-05", {}))
    # 23 January + 30 days → 24 February, after the Spring Festival; seven working days ended on 3 February
    duty = world.duty("rule_on_enforcement")
    assert (_text(duty.due_on), duty.strict_due_on) == ("2026-02-24", None)


# --- where the rules come from ------------------------------------------------------------------------------


def test_terms_that_ended_before_the_ledger_began_are_history():
    office = Office(founded())
    for _, pack in shipped().values():
        adopt(office, pack)
    office.act("LedgerStarted", region="540100", on="2026-01-25")
    world = applied(decided(World(registry=office.registry)), "2026-01-14")
    # the copy was due on 2026-01-23 (15, 16, 19, 20, 21, 22, 23), before the start; the window ends after it
    assert world.standing(COPY_1, "2026-02-02").state == "history"
    assert world.standing("apply_within_three_months", "2026-02-02").state == "discharged"


def test_a_duty_follows_the_pack_in_force_on_the_day_it_arose():
    old = shipped()["lhasa"][1]
    rows = tuple(replace(r, term=Term(5, "working_day")) if r.id == COPY_1 else r for r in old.rows)
    new = replace(old, version="2", digest="2" * 64, rows=rows)
    office = Office(lhasa())
    adopt(office, new, valid_from="2026-02-01")
    packs = (*(pack for _, pack in shipped().values()), new)
    before = applied(decided(World(registry=office.registry, packs=packs)), "2026-01-20")
    after = applied(decided(World(registry=office.registry, packs=packs)), "2026-02-10")
    assert _text(before.duty(COPY_1).due_on) == "2026-01-29"
    assert _text(after.duty(COPY_1).due_on) == "2026-02-24"  # 11, 12, 13, 14, 24


def test_remedies_run_by_the_pack_in_force_when_the_decision_was_served():
    old = shipped()["statutory"][1]
    rows = tuple(
        replace(r, term=Term(30, "day")) if r.id == "suit_term_land_demolition" else r for r in old.rows
    )
    new = replace(old, version="2", digest="3" * 64, rows=rows)
    office = Office(lhasa())
    adopt(office, new, valid_from="2025-12-01")
    packs = (*(pack for _, pack in shipped().values()), new)
    world = decided(World(registry=office.registry, packs=packs))
    assert _text(world.duty("apply_within_three_months").opened_on) == "2025-10-30"


def test_a_place_whose_region_adopted_nothing_has_no_duties():
    office = Office(founded())
    for _, pack in shipped().values():
        adopt(office, pack, region="540103")
    world = applied(decided(World(registry=office.registry)))
    assert world.duties() == ()


def test_the_parks_copies_go_where_its_routes_point():
    world = World("园自然资执〔2026〕1号")
    filed(world, "2025-08-01", "nr.lhasa-park")
    world.act(
        "PenaltyDecided", "nr.lhasa-park", "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}]
    )
    world.act("PenaltyServed", "nr.lhasa-park", "2025-10-15", decision_no=DECISION, method="direct")
    world.act(
        "EnforcementApplied", "nr.lhasa-park", "2026-01-20", court="court.duilong", decision_no=DECISION
    )
    duty = world.duty(COPY_1)
    assert (duty.recipients, _text(duty.due_on)) == (("procuratorate.duilong",), "2026-01-29")


# --- a day in the past --------------------------------------------------------------------------------------

STORY = (COPIED, ACCEPTED, NOTICE, GRANTED, RECEIVED, NOTICE_COPIED, ORGANISED, RULING_COPIED, COMPLETED)


@pytest.mark.parametrize("told_until", range(len(STORY) + 1))
def test_as_of_a_day_is_what_had_been_told_by_then(told_until):
    whole = told(in_window(), *STORY)
    part = told(in_window(), *STORY[:told_until])
    on = part.case.acts[-1].occurred_on.isoformat()
    assert whole.duties(on) == part.duties()


def test_as_of_uses_what_is_known_now():
    world = in_window()
    copy = world.act("ApplicationCopied", NR, "2026-01-22", "2026-02-10", materials=MATERIALS)
    assert world.standing(COPY_1, "2026-01-28").state == "due_soon"
    world.act("CopyAcknowledged", PROCURATORATE, "2026-02-11", of=copy.id, received_on="2026-01-23")
    assert world.standing(COPY_1, "2026-01-28").state == "discharged"


def test_no_filing_no_duties():
    assert World().duties() == ()


def test_the_order_of_duties_is_the_packs():
    ids = [d.row.id for d in told(in_window(), *STORY).duties()]
    order = [r.id for name in ("lhasa", "statutory") for r in shipped()[name][1].rows]
    assert ids == sorted(ids, key=order.index)


def test_asked_only_for_what_some_acts_can_answer_the_duties_are_the_same_ones():
    """Also where a correction folds the case anew; 三抄送 are answered by their own copies, 裁定 by the court's ruling."""
    world = accepted()
    world.act("ApplicationCopied", NR, "2026-02-27", materials=MATERIALS)
    granted(world)
    corrected = {"of": APPLICATION, "reason": "误填", "data": {"occurred_on": "2026-02-09"}}
    world.act("StatementCorrected", NR, "2026-03-03", **corrected)
    every = duties_of(world.case, world.rules)
    for type_ in ("ApplicationCopied", "EnforcementGranted", "EnforcementApplied", "CaseFiled"):
        answered = [d for d in every if any(m.event == type_ for m in d.row.discharged_by)]
        assert list(duties_of(world.case, world.rules, answered_with={type_})) == answered
        assert bool(answered) == (type_ != "CaseFiled")


# --- whose lateness it is -------------------------------------------------------------------------------------


def test_what_was_late_before_a_case_went_and_came_back_stands_beside_what_is_owed_since():
    """Due on 29 January; the case leaves Lhasa's department on 3 February: 30 January, 2 and 3 February are three days
    late. It comes back on the 9th, and is late again from the 10th on: the 10th, 11th, 12th."""
    world = in_window()
    world.act("CaseTransferred", NR, "2026-02-02", to="nr.chengguan", why="territory")
    world.act("TransferAccepted", "nr.chengguan", "2026-02-03")
    world.act("TransferReturned", "nr.chengguan", "2026-02-09", why="territory")
    found = [
        (d.holder, s.state, s.overdue_working_days)
        for d in world.duties("2026-02-12")
        if d.row.id == COPY_1
        for s in [state(d, day("2026-02-12"), world.rules)]
    ]
    assert found == [(NR, "cancelled", 3), ("nr.chengguan", "cancelled", 4), (NR, "overdue", 3)]
    assert len({d.id for d in world.duties("2026-02-12") if d.row.id == COPY_1}) == 3


def test_a_closed_case_that_is_taken_up_again_owes_what_it_owed():
    world = decided()
    world.act("CaseClosed", NR, "2026-01-16", reason="已履行")
    closed = world.duty("apply_within_three_months").cancelled_on
    world.act("CaseReopened", NR, "2026-01-19", reason="仍须执行")
    assert (_text(closed), world.duty("apply_within_three_months").cancelled_on) == ("2026-01-16", None)


# --- to whom --------------------------------------------------------------------------------------------------


def test_a_citys_department_applies_to_the_basic_court_of_the_land_unless_a_route_says_else():
    world = decided()
    assert world.duty("apply_within_three_months").recipients == (
        "court.chengguan",
    )  # the land lies in 540102
    office = Office(world.registry)
    office.act(
        "RouteSet",
        region="540100",
        kind="court",
        matter="non_litigation",
        agency="court.dagze",
        from_="2025-01-01",
    )
    routed = World(registry=office.registry)
    assert decided(routed).duty("apply_within_three_months").recipients == ("court.dagze",)


def test_against_a_refused_application_one_turns_to_the_court_above():
    world = applied()
    world.act("EnforcementNotAccepted", COURT, "2026-02-12", ruling_no=RULING, reasons="材料不全")
    world.act("RulingReceived", NR, "2026-02-13", ruling_no=RULING)
    assert world.duty("apply_ruling_review").recipients == ("court.lhasa",)
