"""案件账: a case is off the books only when every item is performed or lawfully ended, the illegal state removed and that
verified on site, and every referral answered. Source: 拉萨实施意见 三（一）, 四（三）.

Days as in `tests.worlds`: filed 2025-08-01, decided 2025-10-10, served 10-15, applied 2026-02-10, granted 02-24.
"""

import hashlib
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import discipline
from gongze.books.accounts import account
from gongze.books.balance import Turn
from gongze.books.rows import mu
from tests.accounting import case_row, sources, told
from tests.streams import COMMITMENT
from tests.worlds import (
    APPLICATION,
    CASE,
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
    filed,
    granted,
    lhasa,
)

POLICE = "police.lhasa"
NOT_DONE, NOT_VERIFIED = "第1项（责令限期拆除）未履行、未执行", "违法状态未经现场核实消除"


def missing(world: World, on: str = "2026-06-01", agency: str | None = None, /, **streams: Any) -> list[str]:
    found: list[str] = case_row(world, on, agency, **streams)["missing"]
    return found


def removed(world: World, on: str = "2026-04-02", *, on_site: bool = True) -> World:
    world.act("RemovalVerified", NR, on, what="建筑物已拆除，土地已平整", on_site=on_site)
    return world


def performed(world: World | None = None) -> World:
    world = world or decided()
    world.act("Performed", NR, "2025-10-30", decision_no=DECISION)
    return world


# --- what closes it ---------------------------------------------------------------------------------------------


def test_nothing_is_closed_before_there_is_a_decision():
    assert missing(filed()) == ["未作出处罚决定", NOT_VERIFIED]


def test_it_is_closed_by_performance_and_a_look_on_site_by_nothing_less():
    assert missing(decided()) == [NOT_DONE, NOT_VERIFIED]
    assert missing(performed()) == [NOT_VERIFIED]
    assert missing(removed(decided())) == [NOT_DONE]
    assert missing(removed(performed(), on_site=False)) == ["违法状态消除未经现场核实"]
    row = case_row(removed(performed()), "2026-06-01")
    assert (row["state"], row["opened_on"], row["closed_on"], row["missing"]) == (
        "closed", "2025-08-01", "2026-04-02", [],
    )  # fmt: skip
    assert case_row(removed(performed()), "2026-04-01")["state"] == "open"


def test_closing_the_file_does_not_close_the_row():
    world = decided()
    world.act("CaseClosed", NR, "2025-12-01", reason="其他")
    row = case_row(world, "2026-06-01")
    assert (row["state"], row["remarks"]) == ("open", ["2025年12月1日结案"])


def test_the_government_s_report_is_no_look_on_site():
    world = performed()
    world.act("ViolationReported", NR, "2025-11-03", government=GOVERNMENT, report_no="报1")
    world.act("RemovalReported", GOVERNMENT, "2025-11-05", what="已拆除")
    assert missing(world) == ["已报告消除违法状态，未经现场核实"]


def test_every_item_counts_and_a_fine_until_it_is_paid_in_full():
    world = decided(items=[{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "12400.50"},
                           {"kind": "late_payment", "amount_yuan": "100.00"}])  # fmt: skip
    removed(world)
    world.act("Performed", NR, "2026-04-03", decision_no=DECISION, items=["1"])
    world.act("FinePaid", NR, "2026-04-03", decision_no=DECISION, items=["2"], amount_yuan="12000.00")
    row = case_row(world, "2026-06-01")
    assert row["missing"] == ["第2项（罚款）未缴清，尚欠 400.50 元", "第3项（加处罚款）未履行、未执行"]
    assert row["fines"] == {
        "due": "12400.50",
        "paid": "12000.00",
        "surcharge": "100.00",
        "surcharge_paid": "0.00",
    }
    assert [i["result"] for i in row["decisions"][0]["items"]] == ["performed", "partly", "pending"]
    world.act("FinePaid", NR, "2026-04-05", decision_no=DECISION, items=["2"], amount_yuan="400.50")
    world.act("FinePaid", NR, "2026-04-06", decision_no=DECISION, items=["3"])
    assert case_row(world, "2026-06-01")["closed_on"] == "2026-04-06"


def executed(world: World | None = None, **how: Any) -> World:
    world = world or granted()
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    if how:
        world.on_behalf("ExecutionCompleted", COURT, NR, "2026-03-20", result="full", ruling_no=RULING, **how)
    else:
        world.act("ExecutionCompleted", COURT, "2026-03-20", result="full", ruling_no=RULING)
    return removed(world)


def test_execution_by_the_court_closes_it():
    row = case_row(executed(), "2026-06-01")
    assert (row["closed_on"], row["decisions"][0]["items"][0]["result"]) == ("2026-04-02", "executed")


def test_what_was_only_told_on_the_telephone_does_not():
    said = executed(how="phone", scan=False)
    assert missing(said) == ["第1项（责令限期拆除）已登记履行、执行，但仅有口头代录或者有争议"]
    shown = executed()
    assert (
        case_row(executed(how="copy"), "2026-06-01")["state"]
        == case_row(shown, "2026-06-01")["state"]
        == "closed"
    )


ORAL: dict[str, Any] = {"how": "phone", "scan": False}


def test_the_end_of_an_execution_that_was_only_told_or_is_disputed_is_no_end():
    said = removed(granted())
    said.on_behalf("ExecutionTerminated", COURT, NR, "2026-04-20", reasons="法人终止", **ORAL)
    assert missing(said) == ["第1项（责令限期拆除）已登记终结执行，但仅有口头代录或者有争议"]
    shown = removed(granted())
    ended = shown.on_behalf("ExecutionTerminated", COURT, NR, "2026-04-20", reasons="法人终止")
    assert case_row(shown, "2026-06-01")["closed_on"] == "2026-04-20"
    shown.act(
        "ActDisputed",
        COURT,
        "2026-04-28",
        of=ended.id,
        field="occurred_on",
        own_value="未终结",
        reason="没有",
    )
    assert missing(shown) == ["第1项（责令限期拆除）已登记终结执行，但仅有口头代录或者有争议"]


def test_a_judgment_that_was_only_told_revokes_no_decision_on_the_books():
    world = removed(decided())
    world.act("LawsuitFiled", COURT, "2025-10-20", decision_no=DECISION, court=COURT, court_case_no="行初1")
    world.on_behalf("LawsuitDecided", COURT, NR, "2026-04-10", court_case_no="行初1", instance="一审",
                    outcome="revoked", **ORAL)  # fmt: skip
    assert missing(world) == [NOT_DONE, f"{DECISION} 已登记撤销，但仅有口头代录或者有争议"]
    world.act("Performed", NR, "2026-04-20", decision_no=DECISION)
    assert case_row(world, "2026-06-01")["closed_on"] == "2026-04-20"  # it stands, and is done with


def test_a_word_that_there_is_no_penalty_keeps_no_case_open_that_was_decided_and_executed():
    theirs = "nr.chengguan"
    world = filed(World("城自然资执〔2025〕1号"), "2025-08-01", theirs)
    world.on_behalf("NoPenaltyDecided", theirs, NR, "2025-09-10", reasons="轻微", **ORAL)
    assert "不予处罚仅有口头代录或者有争议" in missing(world)
    world.act("PenaltyDecided", theirs, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    world.act("Performed", theirs, "2025-10-30", decision_no=DECISION)
    world.act("RemovalVerified", theirs, "2026-04-02", what="已拆除", on_site=True)
    assert case_row(world, "2026-06-01")["state"] == "closed"


def test_execution_that_is_suspended_is_open_one_that_is_ended_for_good_is_not():
    world = removed(granted())
    world.act("ExecutionSuspended", COURT, "2026-04-03", reasons="案外人异议")
    assert missing(world) == [f"{NOT_DONE}（执行中止）"]
    world.act("ExecutionTerminated", COURT, "2026-04-20", reasons="法人终止")
    row = case_row(world, "2026-06-01")
    assert (row["closed_on"], row["decisions"][0]["items"][0]["result"]) == ("2026-04-20", "terminated")


def test_who_carries_out_a_ruling_is_told_of_its_items():
    executor = "government.duilong"
    world = granted(executing_agency=executor)
    row = case_row(world, "2026-06-01", executor)
    assert (NOT_DONE in row["missing"], row["decisions"][0]["items"][0]["result"]) == (True, "pending")
    world.act("ExecutionCompleted", executor, "2026-04-20", result="full", ruling_no=RULING)
    row = case_row(world, "2026-06-01", executor)
    assert (NOT_DONE in row["missing"], row["decisions"][0]["items"][0]["result"]) == (False, "executed")


def test_a_round_that_is_ended_is_not_the_end():
    world = removed(granted())
    world.act("RoundTerminated", COURT, "2026-04-20", reasons="无财产可供执行")
    row = case_row(world, "2026-06-01")
    assert (row["state"], row["remarks"]) == ("open", ["2026年4月20日终结本次执行"])


def judged(world: World, on: str, **how: str) -> None:
    world.act("LawsuitFiled", COURT, "2025-10-20", decision_no=DECISION, court=COURT, court_case_no="行初1")
    world.act("LawsuitDecided", COURT, on, court_case_no="行初1", instance="一审", **how)


def test_a_decision_that_is_revoked_is_ended_unless_it_is_to_be_made_anew():
    world = removed(decided())
    world.act("PenaltyRevoked", NR, "2026-04-10", decision_no=DECISION, reason="主体错误")
    assert case_row(world, "2026-06-01")["closed_on"] == "2026-04-10"
    anew = decided()
    judged(anew, "2026-01-20", outcome="revoked_and_remade")
    removed(anew)
    assert missing(anew) == [f"{DECISION} 被判决撤销并责令重作，未重新作出"]
    anew.act(
        "PenaltyReissued", NR, "2026-04-20", decision_no=DECISION, reason="重作", new_decision_no="重罚1"
    )
    assert missing(anew) == [NOT_DONE]


def test_a_decision_that_a_court_revoked_stands_until_the_judgment_takes_effect():
    """行政诉讼法 §85: of 10 March 2026, in effect when the fifteen days to appeal are over."""
    world = decided()
    judged(world, "2026-03-10", outcome="revoked", effective_on="2026-03-25")
    before, after = (case_row(world, as_of) for as_of in ("2026-03-24", "2026-03-25"))
    assert [item["result"] for row in (before, after) for item in row["decisions"][0]["items"]] == [
        "pending",
        "revoked",
    ]


def test_without_a_penalty_the_illegal_state_is_still_to_be_removed():
    world = filed()
    world.act("NoPenaltyDecided", NR, "2025-09-01", reasons="情节轻微，及时改正")
    assert missing(world) == [NOT_VERIFIED]
    assert case_row(removed(world), "2026-06-01")["closed_on"] == "2026-04-02"


# --- referrals --------------------------------------------------------------------------------------------------


def test_a_criminal_referral_keeps_it_open_until_the_police_have_answered():
    world = removed(performed())
    world.act("CrimeReferred", NR, "2026-04-10", referral_no="移1", to=POLICE, suspected_crime="非法占用农用地罪",
              copied_to=[PROCURATORATE])  # fmt: skip
    world.act("CrimeReferralReceived", POLICE, "2026-04-10", referral_no="移1")
    assert missing(world) == ["涉嫌犯罪移送 移1 未见答复"]
    world.act("CrimeNotFiled", POLICE, "2026-04-13", referral_no="移1", reasons="未达立案标准")
    row = case_row(world, "2026-06-01")
    assert row["closed_on"] == "2026-04-13"
    (referred,) = row["referrals"]
    assert (referred["kind"], referred["to"], referred["stage"], referred["answered_on"]) == (
        "crime", [POLICE], "CrimeNotFiled", "2026-04-13",
    )  # fmt: skip


def test_an_answer_of_the_police_that_was_only_told_on_the_telephone_is_none():
    world = referred(removed(performed()))
    world.on_behalf("CrimeNotFiled", POLICE, NR, "2026-04-13", referral_no="移1", reasons="未达标准", **ORAL)
    assert missing(world) == ["涉嫌犯罪移送 移1 的答复仅有口头代录或者有争议"]
    world.on_behalf("CrimeFiled", POLICE, NR, "2026-04-16", referral_no="移1")
    assert case_row(world, "2026-06-01")["closed_on"] == "2026-04-16"


def test_a_discipline_referral_is_answered_by_its_handling_where_that_is_known_else_by_its_receipt():
    world = removed(performed())
    world.act(
        "DocumentShared",
        NR,
        "2026-04-10",
        kind="discipline_referral",
        document_no="纪移1",
        to=["discipline.lhasa"],
    )
    assert missing(world) == ["问题线索移送书 纪移1 未见纪检监察机关签收"]
    # whoever was not told of it gathers nothing from the row
    assert case_row(world, "2026-06-01", "government.chengguan")["state"] == "closed"
    world.act("CopyAcknowledged", "discipline.lhasa", "2026-04-13", of="纪移1")
    assert case_row(world, "2026-06-01")["closed_on"] == "2026-04-13"
    referred = ("DisciplineClueReferred", NR, "2026-04-10", {
        "referral_no": "纪移1", "to": "discipline.lhasa", **dict.fromkeys(("subjects", "content", "related"), COMMITMENT)})  # fmt: skip
    received: Any = ("DisciplineClueReceived", "discipline.lhasa", "2026-04-13", {})
    stream = told(discipline, "discipline/1", referred, received)
    assert missing(world, referrals=[stream]) == ["问题线索 纪移1 未见处置"]
    assert case_row(world, "2026-06-01", "government.chengguan", referrals=[stream])["state"] == "closed"
    stream.act("DisciplineClueHandled", "discipline.lhasa", "2026-04-20", disposition="accepted")
    row = case_row(world, "2026-06-01", referrals=[stream])
    assert (row["closed_on"], row["referrals"][0]["outcome"]) == ("2026-04-20", "accepted")


# --- agreed ------------------------------------------------------------------------------------------------------


def agreed(*stages: tuple[str, str, str], no: str = CASE) -> dict[str, tuple[Turn, ...]]:
    return {f"cases/{no}": tuple(Turn(stage, day(on), by, "cannot_be_executed") for stage, on, by in stages)}


def test_it_is_written_off_by_agreement_of_the_department_or_one_above_it_and_reinstated():
    world = decided()
    row = case_row(world, "2026-06-01", turns=agreed(("agreed", "2026-05-06", "nr.xizang")))
    assert (row["state"], row["closed_on"], row["ground"], row["missing"]) == (
        "closed", "2026-05-06", "cannot_be_executed", [],
    )  # fmt: skip
    back = agreed(("agreed", "2026-05-06", NR), ("reinstated", "2026-05-20", NR))
    row = case_row(world, "2026-06-01", turns=back)
    assert (row["state"], row["reinstated_on"], row["missing"]) == (
        "open",
        "2026-05-20",
        [NOT_DONE, NOT_VERIFIED],
    )
    for stranger in ("nr.dagze", COURT):
        assert (
            case_row(world, "2026-06-01", turns=agreed(("agreed", "2026-05-06", stranger)))["state"] == "open"
        )


def test_the_balance_of_both_books_with_a_case_written_off_and_back():
    """On the books since 2025: one case, and its decision, which nobody was sent. In the half-year the case goes off,
    comes back and goes off again."""
    turns = agreed(
        ("agreed", "2026-02-03", NR), ("reinstated", "2026-03-02", NR), ("agreed", "2026-05-06", NR)
    )
    found = account(
        sources(decided(), "2026-06-30", turns=turns), day("2026-01-01"), day("2026-06-30")
    ).json()
    balance = found["balance"]
    whole = {"opening": 1, "new": 1, "reinstated": 1, "written_off": 2, "closing": 0}
    assert (balance["from"], balance["to"], balance["cases"]) == ("2026-01-01", "2026-06-30", whole)
    assert balance["papers"] == {"opening": 1, "new": 0, "reinstated": 0, "written_off": 0, "closing": 1}
    assert balance["registers"]["penalty_decision"] == balance["papers"]
    assert [(r["region"], r["cases"]) for r in balance["regions"]] == [("540100", whole)]
    assert balance["balanced"] is True


def counted(world: World, on: str, first: str, last: str, **streams: Any) -> dict[str, int]:
    found = account(sources(world, on, **streams), day(first), day(last)).json()["balance"]["cases"]
    return dict(found)


def test_a_half_year_that_is_over_stays_as_it_was_when_something_is_done_once_more():
    first, second = ("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")
    reinstated = agreed(("reinstated", "2026-06-01", NR))
    world = removed(performed())
    then = counted(world, "2026-06-30", *first)
    doubted = counted(world, "2026-06-30", *first, turns=reinstated)
    removed(world, "2026-09-01")
    assert counted(world, "2026-12-31", *first) == then
    assert (then["written_off"], then["closing"]) == (1, 0)
    assert case_row(world, "2026-12-31")["closed_on"] == "2026-04-02"
    assert counted(world, "2026-12-31", *first, turns=reinstated) == doubted
    assert (doubted["reinstated"], doubted["closing"]) == (1, 1)
    assert counted(world, "2026-12-31", *second, turns=reinstated) == {
        "opening": 1, "new": 0, "reinstated": 0, "written_off": 1, "closing": 0,
    }  # fmt: skip
    row = case_row(world, "2026-12-31", turns=reinstated)
    assert (row["closed_on"], row["ground"], row["missing"]) == ("2026-09-01", None, [])


# --- columns ----------------------------------------------------------------------------------------------------


def test_the_columns_of_a_case_that_went_to_court():
    world = filed(
        place={"region": "540102", "address": "示例村一组", "area_m2": "1200.00", "farmland_m2": "333.33",
               "basic_farmland_m2": "0.00"},
    )  # fmt: skip
    world.act(
        "PenaltyDecided",
        NR,
        "2025-10-10",
        decision_no=DECISION,
        items=[{"kind": "demolish", "area_m2": "600.00"}],
    )
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct")
    world = granted(accepted(applied(world)), executor="court")
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    world.act("ExecutionFiled", COURT, "2026-03-02", execution_case_no="（2026）藏0102执1号")
    row = case_row(world, "2026-03-10")
    assert (row["key"], row["case"], row["source"], row["violation"]) == (
        f"cases/{CASE}", CASE, "patch", "unapproved_land_use",
    )  # fmt: skip
    # 1200 m² are 1.8 mu; 333.33 m² are 0.499995
    assert (row["area_mu"], row["farmland_mu"], row["basic_farmland_mu"]) == ("1.80", "0.50", "0.00")
    (decision,) = row["decisions"]
    assert (decision["decision_no"], decision["served_on"], decision["items"][0]["area_mu"]) == (
        DECISION, "2025-10-15", "0.90",
    )  # fmt: skip
    assert row["demanded_on"] == ["2025-12-29"]
    # review ends on 15 December (the 60th day is Sunday the 14th); ten working days after the demand of 29 December
    # (30, 31, the make-up Sunday 4 January, 5, 6, 7, 8, 9, 12, 13) end on the 13th, so from the 14th. Until three months
    # after the suit term of 30 October
    assert row["windows"] == [{"from": "2026-01-14", "to": "2026-01-30"}]
    (application,) = row["applications"]
    assert {k: application[k] for k in ("court", "review_case_no", "accepted_on", "execution_case_no")} == {
        "court": COURT, "review_case_no": "（2026）藏0102行审1号", "accepted_on": "2026-02-12",
        "execution_case_no": "（2026）藏0102执1号",
    }  # fmt: skip
    (ruling,) = application["rulings"]
    assert {k: ruling[k] for k in ("ruling_no", "result", "made_on", "received_on", "executor")} == {
        "ruling_no": RULING, "result": "granted", "made_on": "2026-02-24", "received_on": "2026-02-26", "executor": COURT,
    }  # fmt: skip
    assert (row["evidence"], row["nr"], row["fines"]["due"]) == ("signed", NR, None)


def test_a_case_is_on_the_books_of_the_department_in_charge_that_day():
    """The boundary moves in June, which is known long before."""
    office = Office(lhasa())
    change = {"region": "540102", "from_agency": NR, "to_agency": "nr.chengguan", "on": "2026-06-01"}
    office.act("BoundaryChanged", **change)
    world = applied(decided(World(registry=office.registry)))
    for on, nr, region in (("2026-05-31", NR, "540100"), ("2026-06-01", "nr.chengguan", "540102")):
        found = sources(world, on)
        assert (case_row(world, on)["nr"], found.region(found.cases[0].dossier)) == (nr, region)


@pytest.mark.parametrize(
    ("square_metres", "shown"),
    [("666.67", "1.00"), ("2000.00", "3.00"), ("0.00", "0.00"), ("3.33", "0.00"), ("3.34", "0.01"),
     ("123456789.01", "185185.18"), (None, None)],
)  # fmt: skip
def test_areas_in_mu(square_metres, shown):
    """3.33 × 3 ∕ 2000 = 0.004995; 3.34 × 3 ∕ 2000 = 0.00501; 123456789.01 × 3 ∕ 2000 = 185185.183515."""
    assert mu(square_metres) == shown


@given(st.integers(0, 10**15))
def test_the_rounding_is_of_the_exact_quotient(cents):
    text = f"{cents // 100}.{cents % 100:02d}"
    exact = Fraction(cents, 100) * 3 / 2000
    shown = mu(text)
    assert shown is not None
    assert abs(Fraction(shown) - exact) <= Fraction(1, 200)


# --- what an agency is shown --------------------------------------------------------------------------------------


def test_a_viewer_gets_the_columns_that_it_may_know_and_is_told_only_such_reasons():
    world = removed(executed())
    world.act("CrimeReferred", NR, "2026-04-10", referral_no="移1", to=POLICE, suspected_crime="罪")
    government = case_row(world, "2026-06-01", "government.chengguan")
    assert (government["state"], government["missing"], government["referrals"]) == (
        "open",
        ["其他事项未办结"],
        [],
    )
    assert (government["demanded_on"], government["applications"]) == ([], [])
    assert case_row(world, "2026-06-01", PROCURATORATE)["missing"] == ["涉嫌犯罪移送 移1 未见答复"]
    assert case_row(world, "2026-06-01")["demanded_on"] == ["2025-12-29"]


def referred(world: World, on: str = "2026-04-10") -> World:
    """A criminal referral: from then on the police have a part in the case, though not in what courts do in it."""
    world.act("CrimeReferred", NR, on, referral_no="移1", to=POLICE, suspected_crime="罪")
    return world


def stayed(world: World) -> World:
    world.act("ExecutionSuspended", COURT, "2026-04-13", reasons="案外人异议")
    return world


def ended(world: World) -> World:
    world.act("ExecutionTerminated", COURT, "2026-04-13", reasons="法人终止")
    return world


def revoked(world: World, outcome: str = "revoked") -> World:
    judged(world, "2026-04-13", outcome=outcome)
    return world


def remade(world: World) -> World:
    return revoked(world, "revoked_and_remade")


def performed_in_full(world: World) -> World:
    world.act("Performed", NR, "2026-04-13", decision_no=DECISION)
    return world


def split(world: World) -> World:
    world.act("CaseSplit", NR, "2026-04-13", cases=["拉自然资执〔2026〕77号"])
    return world


@pytest.mark.parametrize("hidden", [stayed, ended, revoked, remade, performed_in_full, removed, split])
def test_what_a_viewer_is_not_shown_changes_nothing_in_its_row(hidden):
    before, after = (
        case_row(world, "2026-06-01", POLICE) for world in (referred(granted()), hidden(referred(granted())))
    )
    assert before == after
    assert before["missing"] == ["涉嫌犯罪移送 移1 未见答复", "其他事项未办结"]
    assert [(i["result"], i["done_on"]) for d in before["decisions"] for i in d["items"]] == [(None, None)]


def test_the_department_is_told_of_a_split_and_the_court_is_not():
    world = split(granted())
    told = {who: case_row(world, "2026-06-01", who)["remarks"] for who in (None, NR, COURT)}
    assert told == {None: ["分案：拉自然资执〔2026〕77号"], NR: ["分案：拉自然资执〔2026〕77号"], COURT: []}


def test_the_government_of_an_old_case_does_not_read_off_how_its_application_fared():
    """The list that an old case comes with names the application; what became of it since is between others."""
    world = World()
    world.act(
        "CaseCarriedForward", NR, "2026-01-05", case_no=CASE, parties=[{"name": "甲公司"}], stage="已申请执行",
        source_row="7", title="旧案", violation="unapproved_land_use",
        place={"region": "540102", "address": "示例村一组"},
        prior_acts=[
            {"type": "PenaltyDecided", "number": DECISION, "on": "2025-05-06", "items": [{"kind": "demolish"}]},
            {"type": "EnforcementApplied", "number": APPLICATION, "on": "2025-12-10", "court": COURT},
        ],
    )  # fmt: skip
    world.act("ApplicationWithdrawn", NR, "2026-02-02", application=APPLICATION)
    own, other = (
        case_row(world, "2026-06-01", who)["applications"][0] for who in (NR, "government.chengguan")
    )
    assert (own["ended"], own["suspended"]) == ("withdrawn", False)
    assert (other["application_no"], other["ended"], other["suspended"]) == (APPLICATION, None, None)


def test_whom_a_criminal_referral_went_to_sees_it_not_how_it_was_approved():
    world = decided()
    world.act("ReferralReportSubmitted", NR, "2026-04-02", referral_no="移1")
    world.act(
        "ReferralApproved", NR, "2026-04-03", referral_no="移1", at="2026-04-03T10:00:00+08:00", by="丙"
    )
    referred(world)
    (known,) = case_row(world, "2026-06-01", POLICE)["referrals"]
    assert (known["no"], known["on"], known["to"], known["stage"]) == (
        "移1", "2026-04-10", [POLICE], "CrimeReferred",
    )  # fmt: skip
    assert case_row(world, "2026-06-01", POLICE)["missing"][0] == "涉嫌犯罪移送 移1 未见答复"
    world.act("CrimeNotFiled", POLICE, "2026-04-13", referral_no="移1", reasons="未达立案标准")
    (known,) = case_row(world, "2026-06-01", POLICE)["referrals"]
    assert (known["stage"], known["answered_on"]) == ("CrimeNotFiled", "2026-04-13")


def test_who_has_no_part_in_a_case_has_no_row_of_it():
    found = account(sources(granted(), "2026-03-10", "nr.dagze"), day("2026-01-01"), day("2026-06-30")).json()
    assert found["cases"] == []
    assert not any(found["papers"].values())


# --- the digest --------------------------------------------------------------------------------------------------


def of(world: World, on: str, agency: str) -> Any:
    return account(sources(world, on, agency), day("2026-01-01"), day("2026-06-30"))


def test_an_agency_confirms_exactly_the_rows_that_it_sees():
    """The bytes as anybody makes them from the printed document, without our code."""
    found = of(applied(), "2026-02-20", COURT)
    printed = json.loads(json.dumps(found.json()))
    named = {k: printed[k] for k in ("agency", "as_of", "cases", "ledger", "papers")}
    assert set(printed) == {*named, "balance", "digest"}
    spelled = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert found.canonical() == spelled
    assert found.digest() == printed["digest"] == hashlib.sha256(spelled).hexdigest()
    assert spelled.startswith(b'{"agency":"court.chengguan","as_of":"2026-02-20","cases":[{"applications":')


def test_the_digest_of_the_empty_account_counted_by_another_tool():
    """printf '%s' '{"agency":"nr.dagze", …}' | sha256sum"""
    found = of(World(), "2026-02-20", "nr.dagze")
    names = ["assistance", "court_ruling", "crime_referral", "discipline_referral", "enforcement", "enforcement_application", "meeting_items", "penalty_decision", "suggestions", "supervision", "violation_report"]  # fmt: skip
    papers = ",".join(f'"{name}":[]' for name in names)
    spelled = (
        f'{{"agency":"nr.dagze","as_of":"2026-02-20","cases":[],"ledger":"example/1","papers":{{{papers}}}}}'
    )
    assert found.canonical() == spelled.encode()
    assert found.digest() == "3cf946d73b6e953ac33dfb07d5038c785eeaa5b6b93496e75ff8db8a5a47d20b"


def test_it_changes_with_any_row_with_the_agency_and_with_the_day():
    world = applied()
    known = of(world, "2026-02-20", COURT).digest()
    assert of(world, "2026-02-20", COURT).digest() == known
    assert len({known, of(world, "2026-02-20", NR).digest(), of(world, "2026-02-21", COURT).digest()}) == 3
    world.act("EnforcementAccepted", COURT, "2026-02-20", review_case_no="行审1", application=APPLICATION)
    assert of(world, "2026-02-20", COURT).digest() != known
