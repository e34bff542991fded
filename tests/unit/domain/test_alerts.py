"""Who hears of a duty, and when, counted by hand.

Applied for on Tuesday 2026-01-20: seven working days are 21, 22, 23, 26, 27, 28 and Thursday 29 January.
"""

from dataclasses import replace
from datetime import date

import pytest

from domain.alerts import Occasion, alert_id, occasions, stage_zh
from domain.duties import Duty, Step, late_counts, state
from tests.worlds import World, applied, calendar, day

COPY = "copy_application_to_procuratorate"
LAST = day("2026-01-29")


@pytest.fixture
def world() -> World:
    return applied(None, "2026-01-20")


def copy_duty(world: World) -> Duty:
    return next(d for d in world.duties() if d.row.id == COPY)


def heard(
    world: World, on: str, duty: Duty | None = None, counts: bool | None = None
) -> list[tuple[str, str, date]]:
    found = duty or copy_duty(world)
    held_against = late_counts(found, world.registry, day(on)) if counts is None else counts
    standing = state(found, day(on), world.rules)
    listed = occasions(found, standing, held_against, day(on), calendar())
    return [(o.stage, o.role, o.on) for o in listed]


@pytest.mark.parametrize(("on", "stages"), [
    ("2026-01-23", []),  # four working days are left: 26, 27, 28, 29
    ("2026-01-26", ["before"]),
    ("2026-01-28", ["before"]),
    ("2026-01-29", ["due"]),
])  # fmt: skip
def test_the_officer_hears_three_working_days_before_and_on_the_last_day(world, on, stages):
    assert heard(world, on) == [(stage, "officer", LAST) for stage in stages]


@pytest.mark.parametrize(("on", "stages"), [
    ("2028-02-25", []),  # 28, 29 February, 1 and 2 March are left
    ("2028-02-28", ["before"]),
    ("2028-02-29", ["before"]),
    ("2028-03-02", ["due"]),
])  # fmt: skip
def test_the_twenty_ninth_of_february_is_a_working_day_like_any_other(on, stages):
    """Applied for on Tuesday 2028-02-22: seven working days are 23, 24, 25, 28, 29 February, 1 and Thursday 2 March."""
    assert heard(applied(None, "2028-02-22"), on) == [
        (stage, "officer", day("2028-03-02")) for stage in stages
    ]


@pytest.mark.parametrize(("on", "expected"), [
    ("2026-01-30", [("overdue-1", "officer"), ("overdue-1", "deputy")]),
    ("2026-02-02", [("overdue-1", "officer"), ("overdue-1", "deputy")]),
    ("2026-02-03", [("overdue-3", "officer"), ("overdue-1", "deputy"), ("overdue-3", "head")]),
    ("2026-02-06", [("overdue-3", "officer"), ("overdue-1", "deputy"), ("overdue-3", "head")]),
    ("2026-02-09", [("overdue-7", "officer"), ("overdue-1", "deputy"), ("overdue-3", "head"), ("overdue-7", "discipline")]),
])  # fmt: skip
def test_lateness_climbs_by_the_row_of_the_pack(world, on, expected):
    """Late from Friday 30 January; the third working day is Tuesday 3, the seventh Monday 9 February."""
    assert heard(world, on) == [(stage, role, LAST) for stage, role in expected]


@pytest.mark.parametrize(("on", "officer"), [
    ("2026-02-24", "overdue-7"),  # the 13th: 10, 11, 12, 13 and Saturday 14 February are the 8th to the 12th, then the festival
    ("2026-02-25", "overdue-14"),
    ("2026-03-04", "overdue-14"),  # the 20th: 26, 27, Saturday 28 February, 2, 3, 4 March
    ("2026-03-05", "overdue-21"),
    ("2026-03-13", "overdue-21"),  # the 27th
    ("2026-03-16", "overdue-28"),
])  # fmt: skip
def test_after_the_seventh_working_day_the_officer_is_reminded_every_seven(world, on, officer):
    assert heard(world, on)[0] == (officer, "officer", LAST)
    assert [stage for stage, role, _ in heard(world, on) if role != "officer"] == [
        "overdue-1",
        "overdue-3",
        "overdue-7",
    ]


def test_a_row_that_reminds_the_officer_late_does_not_stop_the_series(world):
    duty = copy_duty(world)
    own = replace(duty, row=replace(duty.row, escalation=(Step(10, "officer"),)))
    stages = [
        heard(world, f"2026-02-{on}", own)[0][0] for on in ("11", "12", "24", "25")
    ]  # the 9th, 10th, 13th, 14th
    assert stages == ["overdue-7", "overdue-10", "overdue-10", "overdue-14"]


def test_none_but_the_holders_own_people_hear_of_a_lateness_that_is_not_confirmed(world):
    assert heard(world, "2026-02-09", counts=False) == [
        ("overdue-7", "officer", LAST),
        ("overdue-1", "deputy", LAST),
        ("overdue-3", "head", LAST),
    ]
    assert heard(world, "2026-01-29", counts=False) == [("due", "officer", LAST)]


def test_what_is_done_is_not_spoken_of_any_more(world):
    world.act("ApplicationCopied", "nr.lhasa", "2026-01-26", materials=[{"title": "申请书"}])
    assert heard(world, "2026-01-28") == []
    assert heard(world, "2026-02-09") == []


def test_the_earlier_day_of_another_count_is_told_first(world):
    earlier = replace(copy_duty(world), warn_on=day("2026-01-27"))
    days = {on: heard(world, f"2026-01-{on}", earlier) for on in (21, 22, 26, 27, 28, 29)}
    early = day("2026-01-27")
    assert days == {
        21: [],  # 22, 23, 26, 27 are left
        22: [("before", "officer", early)],
        26: [("before", "officer", early)],
        27: [("warned", "officer", early), ("before", "officer", LAST)],
        28: [("warned", "officer", early), ("before", "officer", LAST)],
        29: [("warned", "officer", early), ("due", "officer", LAST)],
    }


def test_a_last_day_on_a_day_of_rest_is_told_on_the_working_day_before(world):
    """Sunday 2026-02-01, where the clause moves nothing on: on Friday 30 January no working day is left."""
    sunday = day("2026-02-01")
    fixed = replace(copy_duty(world), due_on=sunday, strict_due_on=sunday)
    assert heard(world, "2026-01-30", fixed) == [("due", "officer", sunday)]
    assert heard(world, "2026-01-29", fixed) == [("before", "officer", sunday)]


def test_rows_may_remind_the_officer_on_days_of_their_own(world):
    duty = copy_duty(world)
    own = replace(duty, row=replace(duty.row, escalation=(Step(2, "officer"), Step(2, "procuratorate"))))
    assert heard(world, "2026-02-02", own) == [
        ("overdue-2", "officer", LAST),
        ("overdue-2", "procuratorate", LAST),
    ]


@pytest.mark.parametrize("change", [
    {"holder": "party"}, {"handed_to": "another_row"}, {"due_on": None, "strict_due_on": None}, {"opened_on": None},
])  # fmt: skip
def test_what_nobody_owes_by_a_day_is_not_spoken_of(world, change):
    assert heard(world, "2026-01-28", replace(copy_duty(world), **change)) == []


def test_inspection_discipline_is_reminded_and_never_called_late(world):
    owed = replace(copy_duty(world), holder="discipline.lhasa")
    assert heard(world, "2026-01-29", owed) == [("due", "officer", LAST)]
    assert heard(world, "2026-02-09", owed) == []


def test_an_alert_is_told_apart_by_all_that_makes_it_another(world):
    duty = copy_duty(world)
    one = Occasion("due", "officer", LAST)
    ids = {
        alert_id(duty, one, "nr.lhasa"), alert_id(duty, one, "nr.duilong"),
        alert_id(duty, replace(one, stage="before"), "nr.lhasa"), alert_id(duty, replace(one, on=day("2026-01-30")), "nr.lhasa"),
        alert_id(duty, replace(one, role="head"), "nr.lhasa"), alert_id(replace(duty, id="other"), one, "nr.lhasa"),
    }  # fmt: skip
    assert len(ids) == 6
    assert alert_id(copy_duty(world), one, "nr.lhasa") in ids


def test_stages_have_words():
    assert [stage_zh(s) for s in ("before", "warned", "due", "overdue-3")] == [
        "临近届满", "另一计法的较早期限", "今日届满", "逾期满 3 个工作日",
    ]  # fmt: skip
