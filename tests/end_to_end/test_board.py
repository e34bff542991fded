"""The duty board and the counting of days, through the real command: shapes to the letter, states counted by hand."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from gongze.reminding import Day
from tests.end_to_end.conftest import CASE, line

DUTY: dict[str, Any] = {
    "id": str, "duty": str, "case": str, "holder": str, "recipient": (str, type(None)), "opened_on": (str, type(None)),
    "opened_by": str, "due_on": (str, type(None)), "warn_on": (str, type(None)), "provisional": bool, "state": str,
    "discharged_on": (str, type(None)), "remaining_working_days": int, "overdue_working_days": int, "evidence": str,
    "source": str,
}  # fmt: skip
STATES = {
    "not_running", "open", "due_soon", "overdue", "discharged", "discharged_late", "disputed", "extended", "suspended",
    "cancelled", "history",
}  # fmt: skip
COPY = "copy_application_to_procuratorate"


def copy_of(desk, day, *more):
    found = desk.ask("duties", "--as-of", day, "--duty", COPY, *more)["duties"]
    assert len(found) == 1
    return found[0]


def test_the_board_has_each_duty_once_with_all_its_fields(told):
    board = told.ask("duties")
    assert board["as_of"] == "2026-03-20"
    assert board["known_at"] == "2026-03-20T18:00:00+08:00"
    assert isinstance(board["calendar"], dict)
    assert len({d["id"] for d in board["duties"]}) == len(board["duties"]) > 5
    for duty in board["duties"]:
        for key, kind in DUTY.items():
            assert isinstance(duty[key], kind), (key, duty)
        assert duty["state"] in STATES
        assert (duty["opened_on"] is None) == (duty["state"] == "not_running")
        for key in ("opened_on", "due_on", "warn_on", "discharged_on"):
            assert duty[key] is None or str(date.fromisoformat(duty[key])) == duty[key]
        assert duty["case"] == CASE or duty["case"].startswith("region/")


@pytest.mark.parametrize(
    ("day", "state", "remaining", "overdue"),
    [
        # 10 February is day 0; 11, 12, 13, the make-up Saturday 14, then after the festival 24, 25, 26 February
        ("2026-02-10", "open", 7, 0),
        ("2026-02-13", "open", 4, 0),
        ("2026-02-14", "due_soon", 3, 0),
        ("2026-02-20", "due_soon", 3, 0),
        ("2026-02-26", "due_soon", 0, 0),
        ("2026-02-27", "discharged_late", 0, 1),  # the copy came that day, one working day late
        ("2026-03-20", "discharged_late", 0, 1),
    ],
)
def test_the_state_of_a_copy_day_by_day(told_here, day, state, remaining, overdue):
    duty = copy_of(told_here, day)
    assert (duty["holder"], duty["recipient"]) == ("nr.lhasa", "procuratorate.lhasa")
    assert (duty["opened_on"], duty["due_on"], duty["provisional"]) == ("2026-02-10", "2026-02-26", False)
    assert duty["source"] == "拉萨实施意见 三（六）"
    assert (duty["state"], duty["remaining_working_days"], duty["overdue_working_days"]) == (
        state,
        remaining,
        overdue,
    )
    assert duty["discharged_on"] == ("2026-02-27" if state == "discharged_late" else None)


def test_before_the_application_there_is_no_copy_to_make(told_here):
    assert told_here.ask("duties", "--as-of", "2026-02-09", "--duty", COPY)["duties"] == []


def test_what_was_known_then(told_here):
    """As of 20 March, but known on 26 February: the copy of the 27th is not in. Working days after the 26th: 27, the
    make-up Saturday 28, then 2-6, 9-13 and 16-20 March: seventeen."""
    duty = copy_of(told_here, "2026-03-20", "--known-at", "2026-02-26T12:00:00+08:00")
    assert (duty["state"], duty["overdue_working_days"], duty["discharged_on"]) == ("overdue", 17, None)
    to_the_second = copy_of(told_here, "2026-03-20", "--known-at", "2026-02-27T10:00:00+08:00")
    assert to_the_second["state"] == "discharged_late"
    assert copy_of(told_here, "2026-03-20", "--known-at", "2026-02-27T09:59:59+08:00")["state"] == "overdue"
    before_all = told_here.ask("duties", "--known-at", "2025-06-01")["duties"]
    assert {d["case"].split("/")[0] for d in before_all} == {"region"}  # what is owed apart from any case


def test_filters_are_subsets_of_the_board(told_here):
    everything = told_here.ask("duties")["duties"]

    def ids(*arguments):
        return {d["id"] for d in told_here.ask("duties", *arguments)["duties"]}

    def having(**fields):
        return {d["id"] for d in everything if all(d[k] in v for k, v in fields.items())}

    for holder in ("nr.lhasa", "court.chengguan", "procuratorate.lhasa", "nr.nowhere"):
        assert ids("--holder", holder) == having(holder=[holder])
    for state in sorted(STATES):
        assert ids("--state", state) == having(state=[state])
    assert ids("--state", "overdue", "--state", "discharged_late") == having(
        state=["overdue", "discharged_late"]
    )
    assert ids("--case", CASE) == having(case=[CASE])
    assert ids("--case", CASE.replace("〔", "[").replace("〕", "]")) == having(case=[CASE])
    assert ids("--case", "没有") == ids("--duty", "none") == set()
    assert ids("--duty", COPY, "--holder", "nr.lhasa") == having(duty=[COPY])


def test_what_does_not_exist_is_not_shown_as_nothing_owed(told_here):
    for option, value in (
        ("--holder", "nr.lhsa"),
        ("--case", "拉自然资执〔2026〕8２号"),
        ("--duty", "nosuch"),
    ):
        assert value in told_here.run("duties", option, value).err
    assert told_here.run("duties", "--holder", "nr.lhasa", "--case", CASE, "--state", "history").err == ""


def test_a_duty_explained_is_the_duty_on_the_board(told_here):
    duty = copy_of(told_here, "2026-03-20")
    shown = told_here.ask("explain", duty["id"][:8])
    assert (shown["duty"], shown["due_on"], shown["source"]) == (COPY, "2026-02-26", duty["source"])
    assert_days(shown)
    assert [d["date"] for d in shown["days"] if d["counted"]] == [
        "2026-02-11", "2026-02-12", "2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25", "2026-02-26",
    ]  # fmt: skip
    assert "2026-02-26" in told_here.run("explain", duty["id"]).out


def assert_days(shown) -> None:
    assert set(shown) >= {"duty", "from", "due_on", "provisional", "source", "days"}
    days = [date.fromisoformat(d["date"]) for d in shown["days"]]
    assert days == [days[0] + timedelta(n) for n in range(len(days))]
    for day in shown["days"]:
        assert isinstance(day["counted"], bool)
        assert day["why"]


def test_a_trial_count_without_any_ledger(bare):
    shown = bare.ask("deadline", COPY, "--from", "2026-02-10")
    assert (shown["from"], shown["due_on"], shown["provisional"]) == ("2026-02-10", "2026-02-26", False)
    assert_days(shown)
    assert not (bare.folder / "gongze-data").exists()  # a question leaves nothing behind
    several = bare.ask("deadline", COPY, "--from", "2026-02-10", "--from", "2027-02-10")
    assert [s["from"] for s in several] == ["2026-02-10", "2027-02-10"]
    assert several[0] == shown
    # nothing is published for 2027: Monday to Friday, and provisional. 10 February 2027 is a Wednesday.
    assert (several[1]["due_on"], several[1]["provisional"]) == ("2027-02-19", True)
    assert bare.fails("deadline", "no_such_duty", "--from", "2026-02-10", code=2)["code"] == "duty_unknown"
    error = bare.fails("deadline", COPY, "--from", "2026-02-10", "--holder", "nr.lhasa", code=2)
    assert error["code"] == "ledger_missing"


def test_a_region_that_rests_on_another_day(told_here):
    """藏历新年: a day off of the city moves the count for its agencies, and for no one else's."""
    calendar = {
        "type": "CalendarPublished", "case": "registry", "actor": "government.lhasa", "occurred_on": "2026-01-05",
        "received_at": "2026-01-05T10:00:00+08:00",
        "data": {"year": 2026, "notice": "示例通知", "region": "540100", "holidays": ["2026-02-25"], "workdays": []},
    }  # fmt: skip
    told_here.replay([json.dumps(calendar)])
    assert told_here.ask("deadline", COPY, "--from", "2026-02-10")["due_on"] == "2026-02-26"
    assert (
        told_here.ask("deadline", COPY, "--from", "2026-02-10", "--holder", "nr.lhasa")["due_on"]
        == "2026-02-27"
    )
    assert (
        told_here.ask("deadline", COPY, "--from", "2026-02-10", "--holder", "nr.xizang")["due_on"]
        == "2026-02-26"
    )
    duty = copy_of(told_here, "2026-03-20")
    assert (duty["due_on"], duty["state"]) == ("2026-02-27", "discharged")


def test_a_boundary_change_announced_ahead_leaves_board_and_alerts_as_they_are_until_its_day(told_here):
    """The city's department owes, and is reminded of, all that it owed, until the district's has the case."""
    board = ("duties", "--case", CASE, "--as-of")
    days = ("2026-03-20", "2026-12-31")

    def shown():
        with told_here.open() as ledger:
            reminded = [
                (duty.holder, duty.id, occasion.stage, occasion.role, today.readers(duty, occasion.role))
                for today in (Day(ledger, date.fromisoformat(on)) for on in days)
                for duty in sorted(today.pressing(), key=lambda duty: (duty.case, duty.id))
                for occasion in today.occasions(duty)
            ]
        return [told_here.ask(*board, on)["duties"] for on in days], reminded

    boards, reminded = shown()
    change = {"region": "540102", "from_agency": "nr.lhasa", "to_agency": "nr.chengguan", "on": "2027-01-01"}
    told_here.replay([line("BoundaryChanged", "operator", "2026-03-20", change, case="registry")])
    assert shown() == (boards, reminded)
    assert "nr.lhasa" in {holder for holder, *_ in reminded}
    owing = ("open", "overdue", "due_soon")
    after = {d["holder"] for d in told_here.ask(*board, "2027-01-01")["duties"] if d["state"] in owing}
    assert "nr.chengguan" in after
    assert "nr.lhasa" not in after
    assert told_here.ask("verify", "--deep")["ok"]


def test_a_case_that_changed_hands_is_found_by_both_its_numbers(told_here):
    new = "城自然资执〔2026〕7号"
    told_here.replay([
        line("CaseTransferred", "nr.lhasa", "2026-03-03", {"to": "nr.chengguan", "why": "territory"}),
        line("TransferAccepted", "nr.chengguan", "2026-03-04", {"new_case_no": new}),
    ])  # fmt: skip
    by_old, by_new = (told_here.ask("duties", "--case", number)["duties"] for number in (CASE, new))
    assert by_old == by_new != []
    assert told_here.ask("duties", "--case", "城自然资执〔2026〕8号")["duties"] == []
