"""What a duty is worth whose acts others recorded (代录), and what becomes of it when they are disputed.

EnforcementApplied on Tuesday 2026-02-10; the court has 5 working days: 11, 12, 13, 14 (worked) February, then after the
Spring Festival (15–23) the 24th.
"""

from dataclasses import replace

import pytest

from domain.duties import Duty, late_counts, state
from domain.registry import Registry
from tests.papers import REPORT, of_papers, paper
from tests.worlds import COURT, GOVERNMENT, NR, Office, World, applied, day, decided, lhasa

REVIEW = "（2026）藏0102行审1号"
ACCEPT, CONFIRM, RULE = "accept_enforcement", "confirm_acceptance_receipt", "rule_on_enforcement"

ANSWER = """
id = "answer"
subject = "report"
trigger = ["ViolationReported"]
holder = "government"
recipient = "sender"
term = { number = 5, unit = "working_day" }
discharged_by = ["MeasuresTaken"]
suspended_by = ["RemovalReported"]
"""
DONE = {"measures": "m"}


def with_mode(mode: str, agency: str = COURT, since: str = "2024-01-01") -> Registry:
    office = Office(lhasa())
    office.act("ParticipationSet", agency=agency, mode=mode, from_=since)
    return office.registry


def accepted(on: str = "2026-02-12", *, how: str = "copy", registry: Registry | None = None) -> World:
    """The court's acceptance, recorded by the applicant: with its document, or from the telephone."""
    found = applied(decided(World(registry=registry or lhasa())))
    found.on_behalf("EnforcementAccepted", COURT, NR, on, how=how, scan=how != "phone", review_case_no=REVIEW)
    return found


def disputed(on: str = "2026-02-12") -> World:
    found = accepted(on)
    found.act(
        "ActDisputed", COURT, "2026-02-13",
        of="EnforcementAccepted", field="occurred_on", own_value="2026-02-11", reason="日期有误",
    )  # fmt: skip
    return found


# --- what starts and what discharges -------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "grade"), [("copy", "attested_doc"), ("phone", "attested_oral")])
def test_any_grade_starts_the_recorders_own_duties_and_anothers(how, grade):
    found = accepted(how=how)
    own, others = found.duty(CONFIRM), found.duty(RULE)
    assert (own.holder, own.evidence, own.opened_on is not None, own.own) == (NR, grade, True, True)
    assert (others.holder, others.evidence, others.own) == (COURT, grade, False)
    # seven working days from the 12th: 13, 14 (worked), 24, 25, 26, 27, 28 (worked)
    assert str(others.due_on) == "2026-02-28"


def test_the_weaker_grade_of_start_and_discharge_is_the_dutys():
    asked = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT, evidence="attested_doc")
    signed = paper(2, "MeasuresTaken", "government.lhasa", "2026-03-03", data=DONE)
    confirmed = replace(signed, evidence="confirmed")
    for start, done, weaker in (
        (asked, signed, "attested_doc"),
        (asked, confirmed, "attested_doc"),
        (replace(asked, evidence="signed"), confirmed, "confirmed"),
        (replace(asked, evidence="confirmed"), replace(signed, evidence="attested_doc"), "attested_doc"),
        (replace(asked, evidence="signed"), signed, "signed"),
    ):
        (duty,), _ = of_papers(ANSWER, start, done)
        assert (duty.discharged_on is not None, duty.evidence) == (True, weaker)


def test_what_was_only_told_discharges_the_recorders_own_duty_and_nobody_elses():
    asked = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT)
    told = paper(
        2, "MeasuresTaken", "government.lhasa", "2026-03-03", signer=NR, data=DONE, evidence="attested_oral"
    )
    (duty,), _ = of_papers(ANSWER, asked, told)
    assert duty.discharged_on is None
    (duty,), _ = of_papers(ANSWER.replace('"government"', '"nr"'), asked, told)
    assert str(duty.discharged_on) == "2026-03-03"


# --- disputed ------------------------------------------------------------------------------------------------


def test_a_disputed_act_does_not_discharge_and_the_duty_stands_disputed():
    found = disputed()
    duty = found.duty(ACCEPT)
    assert (duty.discharged_on, duty.disputed) == (None, True)
    assert found.standing(ACCEPT, "2026-02-14").state == "disputed"
    assert found.standing(ACCEPT, "2026-03-02").state == "disputed"
    assert not late_counts(duty, with_mode("signing"), day("2026-03-02"))


def test_a_disputed_act_starts_nothing_of_anothers():
    found = disputed()
    duty = found.duty(RULE)
    assert (duty.opened_on, duty.due_on, duty.disputed) == (None, None, True)
    assert found.standing(RULE, "2026-03-02").state == "disputed"


def test_a_disputed_act_keeps_the_recorders_own_terms_running():
    asked = paper(1, "ViolationReported", COURT, "2026-03-02", signer=NR, data=REPORT, disputed=True)
    (duty,), rules = of_papers(ANSWER.replace('"government"', '"nr"'), asked)
    # Monday 2 March: 3, 4, 5, 6, 9
    assert (str(duty.due_on), duty.disputed, duty.own) == ("2026-03-09", True, True)
    duty = replace(duty, holder=NR)
    assert state(duty, day("2026-03-05"), rules).state == "due_soon"
    assert state(duty, day("2026-03-10"), rules).state == "overdue"
    assert late_counts(duty, rules.registry, day("2026-03-10"))


def test_a_disputed_act_stops_no_term_of_anothers():
    asked = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT)
    stop = paper(
        2,
        "RemovalReported",
        "government.lhasa",
        "2026-03-04",
        signer=NR,
        data={"what": "x"},
        evidence="attested_doc",
    )
    (duty,), _ = of_papers(ANSWER, asked, stop)
    assert str(duty.suspended_on) == "2026-03-04"
    (duty,), _ = of_papers(ANSWER, asked, replace(stop, disputed=True))
    assert (duty.suspended_on, str(duty.due_on)) == (None, "2026-03-09")


def test_an_undisputed_trigger_of_the_same_thing_takes_the_place_of_a_disputed_one():
    said = paper(
        1,
        "ViolationReported",
        COURT,
        "2026-03-02",
        signer=NR,
        data=REPORT,
        evidence="attested_doc",
        disputed=True,
    )
    own = paper(2, "ViolationReported", COURT, "2026-03-04", data=REPORT)
    (duty,), _ = of_papers(ANSWER, said, own)
    # Wednesday 4 March: 5, 6, 9, 10, 11
    assert (str(duty.due_on), duty.disputed, duty.evidence) == ("2026-03-11", False, "signed")


def test_confirmed_after_all_it_discharges():
    found = disputed()
    found.act("ActConfirmed", COURT, "2026-03-09", of=["EnforcementAccepted"])
    assert (found.standing(ACCEPT, "2026-03-09").state, found.duty(RULE).disputed) == ("discharged", False)


def test_what_is_said_of_the_record_holds_for_any_day():
    """The acceptance was disputed on 13 February; as of the 12th it is no less so."""
    found = disputed()
    assert found.duty(ACCEPT, "2026-02-12").disputed
    confirmed = accepted("2026-02-12")
    confirmed.act("ActConfirmed", COURT, "2026-03-05", of=["EnforcementAccepted"])
    assert confirmed.duty(ACCEPT, "2026-02-12").evidence == "confirmed"


# --- whose lateness counts -----------------------------------------------------------------------------------

ON = "2026-03-10"


def waiting(*, mode: str = "paper", signs: bool = False) -> tuple[Duty, Registry]:
    """What the government was asked on 2 March and has not done; it is a week late."""
    asked = paper(1, "ViolationReported", NR, "2026-02-25", data=REPORT)
    own = paper(2, "RemovalVerified", GOVERNMENT, "2026-02-26", data={"what": "x", "on_site": True})
    (duty,), rules = of_papers(ANSWER, asked, *([own] if signs else []))
    assert state(duty, day(ON), rules).state == "overdue"
    return duty, with_mode(mode, GOVERNMENT)


@pytest.mark.parametrize(
    ("mode", "signs", "counts"),
    [("paper", False, False), ("confirming", False, True), ("signing", False, True), ("paper", True, True)],
)
def test_what_was_not_done_counts_against_whoever_keeps_its_own_record(mode, signs, counts):
    duty, registry = waiting(mode=mode, signs=signs)
    assert late_counts(duty, registry, day(ON)) is counts


def test_the_mode_is_that_of_the_day():
    duty, _ = waiting()
    registry = with_mode("signing", GOVERNMENT, since="2026-03-11")
    assert not late_counts(duty, registry, day("2026-03-10"))
    assert late_counts(duty, registry, day("2026-03-11"))


@pytest.mark.parametrize(
    ("grade", "counts"), [("signed", True), ("confirmed", True), ("attested_doc", False)]
)
def test_what_was_done_late_counts_where_it_is_signed_or_confirmed(grade, counts):
    asked = paper(1, "ViolationReported", NR, "2026-02-25", data=REPORT)
    signer = GOVERNMENT if grade == "signed" else NR
    done = paper(2, "MeasuresTaken", GOVERNMENT, "2026-03-09", signer=signer, data=DONE, evidence=grade)
    (duty,), rules = of_papers(ANSWER, asked, done)
    assert duty.late
    assert late_counts(duty, with_mode("paper", GOVERNMENT), day(ON)) is counts
    # on a day before it was done, it is what was not done that counts
    assert late_counts(duty, rules.registry, day("2026-03-05")) is (grade == "signed")


def test_that_it_began_with_a_record_made_for_another_leaves_it_unconfirmed():
    asked = paper(
        1, "ViolationReported", COURT, "2026-02-25", signer=NR, data=REPORT, evidence="attested_doc"
    )
    (duty,), _ = of_papers(ANSWER, asked)
    assert not late_counts(duty, with_mode("signing", GOVERNMENT), day(ON))


def test_ones_own_lateness_always_counts():
    asked = paper(
        1, "ViolationReported", COURT, "2026-02-25", signer=NR, data=REPORT, evidence="attested_oral"
    )
    (duty,), _ = of_papers(ANSWER.replace('"government"', '"nr"'), asked)
    assert duty.own
    assert late_counts(duty, lhasa(), day(ON))
