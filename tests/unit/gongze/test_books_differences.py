"""核账: each kind of difference, with whom it concerns and how many working days. Source: 拉萨实施意见 四（三）.

Days as in `tests.worlds`: applied 2026-02-10, accepted 02-12, granted 02-24; the Spring Festival of 2026 is 15 to 23
February, with the Saturdays 14 and 28 worked.
"""

from typing import Any

from domain import meetings, reconciling
from gongze.books.balance import Turn
from gongze.books.differences import KIND_ZH, Difference, Side, differences
from gongze.books.sources import turns_of
from tests.accounting import sources, told
from tests.streams import Stream
from tests.worlds import (
    APPLICATION,
    CASE,
    COURT,
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
    filed,
    granted,
    lhasa,
)


def of(kind: str, world: World, on: str, agency: str | None = None, /, **streams: Any) -> list[Difference]:
    return [d for d in differences(sources(world, on, agency, **streams)) if d.kind == kind]


def duties(found: list[Difference]) -> set[str | None]:
    return {d.duty for d in found}


def signing(*agencies: str) -> World:
    """The locality with agencies that keep their own record in the ledger; the others are on paper."""
    office = Office(lhasa())
    for agency in agencies:
        office.act("ParticipationSet", agency=agency, mode="signing", from_="2024-01-01")
    return World(registry=office.registry)


def copied_late() -> World:
    """Seven working days after 10 February: 11, 12, 13, 14, 24, 25, 26. Copied on the 27th."""
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-27", materials=[{"title": "申请书"}])
    return world


# --- duties -----------------------------------------------------------------------------------------------------


def test_what_is_overdue_counts_its_working_days():
    (found,) = [
        d for d in of("overdue", applied(), "2026-03-03") if d.duty == "copy_application_to_procuratorate"
    ]
    # 27, the make-up Saturday 28, 2 and 3 March
    assert (found.agencies, found.days, found.case, found.source) == (
        (NR, PROCURATORATE),
        4,
        CASE,
        "拉萨实施意见 三（六）",
    )
    assert "copy_application_to_procuratorate" not in duties(of("overdue", applied(), "2026-02-26"))


def copying(found: list[Difference]) -> list[Difference]:
    return [d for d in found if d.duty == "copy_application_to_procuratorate"]


def test_what_was_done_late_is_listed_as_long_as_the_case_is_on_the_books():
    world = copied_late()
    assert "copy_application_to_procuratorate" not in duties(of("overdue", world, "2026-03-03"))
    (late,) = copying(of("late", world, "2026-03-03"))
    assert (late.days, late.agencies) == (1, (NR, PROCURATORATE))
    agreed = {f"cases/{CASE}": (Turn("agreed", day("2026-03-01"), NR),)}
    assert differences(sources(world, "2026-03-03", turns=agreed)) == []
    back = {
        f"cases/{CASE}": (Turn("agreed", day("2026-03-01"), NR), Turn("reinstated", day("2026-03-02"), NR))
    }
    assert copying(of("late", world, "2026-03-03", turns=back)) == [late]


def test_lateness_in_a_case_that_is_done_with_is_history():
    world = granted(accepted(copied_late()), "2026-02-28")
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-06", result="full", ruling_no=RULING)
    assert copying(of("late", world, "2026-03-10")) != []
    world.act("RemovalVerified", NR, "2026-03-10", what="已拆除", on_site=True)
    assert of("late", world, "2026-03-10") == []


def test_another_s_lateness_that_does_not_count_is_only_unconfirmed():
    """Applied on 10 February, to be accepted in five working days: 11, 12, 13, 14, 24. A court on paper has perhaps
    accepted long ago, and only nobody recorded it; one that keeps its own record here has not."""
    paper, own = applied(), applied(decided(signing(COURT)))
    assert "accept_enforcement_application" not in duties(of("overdue", paper, "2026-02-26"))
    (found,) = [
        d for d in of("unconfirmed", paper, "2026-02-26") if d.duty is not None and COURT in d.agencies
    ]
    assert (found.days, found.agencies[0]) == (2, COURT)
    assert found.duty in duties(of("overdue", own, "2026-02-26"))
    assert found.duty not in duties(of("unconfirmed", own, "2026-02-26"))


# --- papers and receipts -----------------------------------------------------------------------------------------


def test_a_copy_nobody_signed_for():
    (found,) = of("not_acknowledged", copied_late(), "2026-03-03")
    assert (found.agencies, found.duty, found.days) == (
        (NR, PROCURATORATE),
        "acknowledge_copy",
        3,
    )  # 28, 2, 3
    world = copied_late()
    world.act("CopyReturned", PROCURATORATE, "2026-03-02", of=APPLICATION, missing=["证据目录"])
    (found,) = of("not_acknowledged", world, "2026-03-03")
    assert found.what.endswith("已退回，未补送")
    world.act("ApplicationCopied", NR, "2026-03-02", materials=[{"title": "申请书"}])
    world.act("CopyAcknowledged", PROCURATORATE, "2026-03-03", of=world.case.acts[-1].id)
    assert of("not_acknowledged", world, "2026-03-03") == []


def test_a_paper_whose_row_is_off_the_books_is_not_waited_for():
    world = decided()
    world.act("SuggestionIssued", PROCURATORATE, "2025-11-03", suggestion_no="检1", to=NR, subject="inaction")
    assert len(of("not_acknowledged", world, "2025-11-04")) == 1
    world.act("SuggestionWithdrawn", PROCURATORATE, "2025-11-05", suggestion_no="检1")
    assert of("not_acknowledged", world, "2025-11-20") == []


def written_off(by: str, *keys: str) -> dict[str, tuple[Turn, ...]]:
    return {f"papers/{key}": (Turn("agreed", day("2026-03-03"), by, "otherwise"),) for key in keys}


def test_a_paper_that_was_written_off_by_agreement_is_not_waited_for():
    world = filed()
    report = world.act("ViolationReported", NR, "2025-08-02", government=GOVERNMENT, report_no="报1").id
    assert len(of("not_acknowledged", world, "2026-03-04")) == 1
    turns = written_off(GOVERNMENT, f"violation_report/{report}")
    assert of("not_acknowledged", world, "2026-03-04", turns=turns) == []


def test_a_copy_that_is_in_two_rows_is_waited_for_until_both_are_written_off():
    world = copied_late()
    (application,) = world.case.applications
    rows = [f"{register}/{application}" for register in ("enforcement", "enforcement_application")]
    for row in rows:
        turns = written_off(PROCURATORATE, row)
        assert len(of("not_acknowledged", world, "2026-03-04", turns=turns)) == 1
    turns = written_off(PROCURATORATE, *rows)
    assert of("not_acknowledged", world, "2026-03-04", turns=turns) == []


def test_what_the_court_stated_and_the_department_did_not_say_it_received():
    (acceptance,) = of("receipt_unconfirmed", accepted(), "2026-02-14")
    assert (acceptance.agencies, acceptance.duty, acceptance.days) == (
        (NR, COURT),
        "confirm_acceptance_receipt",
        2,
    )
    world = granted()
    world.act("AcceptanceReceived", NR, "2026-02-24")
    (ruling,) = of("receipt_unconfirmed", world, "2026-02-26")
    assert (ruling.duty, ruling.days) == ("confirm_ruling_receipt", 2)
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    assert of("receipt_unconfirmed", world, "2026-02-26") == []


# --- what agencies say otherwise -----------------------------------------------------------------------------------


def contradicting() -> tuple[World, dict[str, Any]]:
    """The notice that the department holds says the 13th; the court says the 12th."""
    world = accepted()
    act = world.act(
        "AcceptanceReceived",
        NR,
        "2026-02-24",
        accepted_on="2026-02-13",
        review_case_no="（2026）藏0102行审7号",
    )
    noted = [{"code": i.code, "source": i.source, "what": i.what} for i in world.irregularities()]
    assert {n["code"] for n in noted} >= {"dates_contradict", "numbers_differ"}
    return world, {act.id: noted}


def test_two_agencies_who_state_other_days_and_numbers():
    world, noted = contradicting()
    (dates,) = of("dates_contradict", world, "2026-02-25", irregular=noted)
    (numbers,) = of("numbers_differ", world, "2026-02-25", irregular=noted)
    assert set(dates.agencies) == set(numbers.agencies) == {NR, COURT}
    assert (dates.case, dates.days, dates.open) == (CASE, 1, True)
    assert of("irregular", world, "2026-02-25", irregular=noted) == []


def test_each_side_stands_by_what_it_said_whoever_spoke_first():
    """Whichever is stated last, the court's day is on its own side and the department's on the other."""
    world, noted = contradicting()
    (dates,) = of("dates_contradict", world, "2026-02-25", irregular=noted)
    assert (dates.sent.on, dates.got.on) == (day("2026-02-12"), day("2026-02-13"))
    assert dates.got.no == "（2026）藏0102行审7号"
    ours = applied()
    ours.act("AcceptanceReceived", NR, "2026-02-24", accepted_on="2026-02-13", review_case_no="行审7")
    theirs = ours.act("EnforcementAccepted", COURT, "2026-02-12", review_case_no="行审8")
    noted = {theirs.id: [{"code": i.code, "source": i.source, "what": i.what} for i in ours.irregularities()]}
    for kind in ("dates_contradict", "numbers_differ"):
        found = of(kind, ours, "2026-02-25", irregular=noted)
        assert [(d.sent, d.got) for d in found] == [
            (Side(day("2026-02-12"), "行审8"), Side(day("2026-02-13"), "行审7"))
        ]


def test_the_day_of_a_ruling_by_each_side():
    world = granted()
    act = world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING, made_on="2026-02-25")
    noted = {act.id: [{"code": i.code, "source": i.source, "what": i.what} for i in world.irregularities()]}
    (dates,) = of("dates_contradict", world, "2026-02-26", irregular=noted)
    assert (dates.sent, dates.got) == (Side(day("2026-02-24"), RULING), Side(day("2026-02-25"), RULING))


def test_a_correction_ends_the_contradiction():
    world, noted = contradicting()
    receipt = world.case.acts[-1].id
    world.act(
        "StatementCorrected", NR, "2026-02-25", of=receipt, reason="笔误", data={"accepted_on": "2026-02-12"}
    )
    assert of("dates_contradict", world, "2026-02-25", irregular=noted) == []
    assert len(of("numbers_differ", world, "2026-02-25", irregular=noted)) == 1


def test_an_irregularity_is_listed_but_nothing_is_left_to_do_about_it():
    world = applied()
    noted = {world.case.acts[-1].id: [
        {"code": "applied_too_late", "source": "行政强制法 §53", "what": "迟"},
        {"code": "copied_late", "source": "拉萨实施意见 三（六）", "what": "迟"},
        {"code": "court_not_of_place", "source": "行政强制法 §54", "what": "应向不动产所在地法院申请"},
    ]}  # fmt: skip
    (found,) = of("irregular", world, "2026-02-20", irregular=noted)  # lateness is listed as such
    assert (found.code, found.agencies, found.days, found.open) == (
        "court_not_of_place",
        (NR, COURT),
        0,
        False,
    )


# --- acts on behalf -----------------------------------------------------------------------------------------------


def recorded(world: World) -> World:
    applied(decided(world))
    world.on_behalf("EnforcementAccepted", COURT, NR, "2026-02-12", review_case_no="行审1")
    return world


def test_what_was_recorded_for_an_agency_waits_for_its_word_if_it_gives_any_here():
    (found,) = [d for d in of("unconfirmed", recorded(signing(COURT)), "2026-02-14") if d.duty is None]
    assert (found.agencies, found.days) == ((COURT, NR), 2)
    assert [d for d in of("unconfirmed", recorded(World()), "2026-02-14") if d.duty is None] == []
    world = recorded(signing(COURT))
    world.act("ActConfirmed", COURT, "2026-02-13", of=["行审1"])
    assert [d for d in of("unconfirmed", world, "2026-02-14") if d.duty is None] == []


def test_what_is_disputed_says_by_whom_and_how_it_should_be():
    world = recorded(World())
    world.act(
        "ActDisputed",
        COURT,
        "2026-02-13",
        of="行审1",
        field="occurred_on",
        own_value="2026-02-13",
        reason="日期有误",
    )
    (found,) = of("disputed", world, "2026-02-14")
    assert (found.agencies, found.duty) == ((COURT, NR), None)
    assert found.what.endswith("日期应为 2026-02-13")


# --- what agencies raised in a round --------------------------------------------------------------------------------


def round_of(*acts: tuple[Any, ...]) -> Stream:
    opened = ("ReconciliationOpened", NR, "2026-07-01", {"from": "2026-01-01", "to": "2026-06-30",
                                                         "agencies": [COURT, PROCURATORATE]})  # fmt: skip
    return told(reconciling, "reconciliation/2026-1", opened, *acts)


EXPECTED = {"number": "检建〔2026〕3号", "date": "2026-05-06", "from": PROCURATORATE}
RAISED = ("DifferenceRaised", COURT, "2026-07-02", {"expected": EXPECTED, "what": "本院存有该件"})


def test_a_paper_that_somebody_has_and_the_account_has_not():
    (found,) = of("missing_row", World(), "2026-07-06", rounds=[round_of(RAISED)])
    assert (found.case, found.agencies, found.days) == ("reconciliation/2026-1", (COURT, PROCURATORATE), 2)
    assert "检建〔2026〕3号" in found.what
    resolved = ("DifferenceResolved", PROCURATORATE, "2026-07-03", {"how": "已补登"})
    assert len(of("missing_row", World(), "2026-07-06", rounds=[round_of(RAISED, resolved)])) == 1
    agreed: Any = ("DifferenceAgreed", COURT, "2026-07-06", {})
    assert of("missing_row", World(), "2026-07-06", rounds=[round_of(RAISED, resolved, agreed)]) == []


def test_a_row_that_somebody_disputes():
    world = applied()
    application = world.case.acts[-1].id
    for row in (f"papers/enforcement/{application}", f"cases/{CASE}"):
        raised = ("DifferenceRaised", COURT, "2026-07-02", {"row": row, "what": "日期不符"})
        (found,) = of("disputed", world, "2026-07-06", rounds=[round_of(raised)])
        assert (found.case, found.agencies) == (CASE, (COURT, NR))


def test_an_item_that_somebody_disputes_is_of_its_meeting():
    convened: Any = ("MeetingConvened", NR, "2026-03-02", {
        "kind": "regular", "agenda": [{"class": "会商", "text": "会商"}], "attendees": [COURT], "on": "2026-03-10"})  # fmt: skip
    meeting = told(meetings, "meeting/2026-1", convened)
    row = "papers/meeting_items/meeting/2026-1#1"
    raised = ("DifferenceRaised", COURT, "2026-07-02", {"row": row, "what": "不是本院承办"})
    (found,) = of("disputed", applied(), "2026-07-06", rounds=[round_of(raised)], meetings=[meeting])
    assert found.case == "meeting/2026-1"


def test_the_rounds_say_what_is_written_off():
    row = f"cases/{CASE}"
    acts = round_of(
        ("WriteOffProposed", NR, "2026-07-02", {"row": row, "ground": "merged"}),
    )
    acts.act("WriteOffAgreed", NR, "2026-07-03", None, None, f"{NR}/2", row=row)
    turns = turns_of([acts.dossier], day("2026-07-31"))
    assert [(t.stage, t.by, t.ground) for t in turns[row]] == [
        ("proposed", NR, "merged"),
        ("agreed", NR, "merged"),
    ]
    assert [t.stage for t in turns_of([acts.dossier], day("2026-07-02"))[row]] == ["proposed"]


# --- for one agency ---------------------------------------------------------------------------------------------


def test_an_agency_is_told_what_concerns_it_and_nothing_else():
    world = filed()
    world.act("ViolationReported", NR, "2025-08-02", government=GOVERNMENT, report_no="报1")
    everything = differences(sources(world, "2025-08-20"))
    assert GOVERNMENT in {a for d in everything for a in d.agencies}
    for agency in (GOVERNMENT, NR):
        mine = differences(sources(world, "2025-08-20", agency))
        assert mine == [d for d in everything if agency in d.agencies]
    assert differences(sources(world, "2025-08-20", COURT)) == []


def test_they_come_by_kind_the_oldest_first():
    found = differences(sources(granted(), "2026-03-20"))
    assert [d.kind for d in found] == sorted((d.kind for d in found), key=list(KIND_ZH).index)
    overdue = [d.days for d in found if d.kind == "overdue"]
    assert overdue == sorted(overdue, reverse=True)
