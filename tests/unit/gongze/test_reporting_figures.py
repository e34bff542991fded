"""The report's figures of a small half-year, counted by hand. Sources: 拉萨实施意见 三（六）, 四（一）, 四（三）.

The national calendar of 2026 (`tests.worlds`): 14 and 28 February, 9 May are worked; 15 to 23 February, 4 to 6 April,
1 to 5 May, 19 to 21 June are off.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain import discipline, meetings
from gongze.books.cases import clues_of
from gongze.reporting.definitions import DEFINITIONS
from gongze.reporting.facts import (
    Period,
    agreed_items,
    life_of,
    of_agreed,
    of_case,
    of_referral,
    stage,
    without_names,
)
from gongze.reporting.figures import Compared, Figures, Tally, shown, tag_of
from gongze.reporting.plots import in_lines
from gongze.reporting.report import basis_of
from tests.accounting import sources, told
from tests.streams import COMMITMENT
from tests.worlds import NR, RULING, SCAN, Office, World, accepted, applied, day, filed, granted, lhasa

FIRST, LAST = "2026-01-01", "2026-06-30"
HALF = Period(day(FIRST), day(LAST))


def counted(*worlds: World, period: Period = HALF) -> Figures:
    tally = Tally(period)
    for world in worlds:
        source = sources(world, period.last.isoformat())
        for file in source.cases:
            tally.add(of_case(file, life_of(file, clues_of(source), source), period, source), file.duties)
    return tally.figures()


def texts(figures: Figures, *ids: str) -> dict[str, str]:
    return {id_: figures[id_].text for id_ in ids}


def at_court() -> World:
    """A: filed and decided in 2025; applied for on 10 February, granted on the 24th, received on the 26th."""
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-27", materials=[{"title": "申请书"}])
    accepted(world)
    world.act("AcceptanceReceived", NR, "2026-02-13")
    granted(world)
    world.act("AcceptanceCopied", NR, "2026-02-25")
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    return world


def fined() -> World:
    """B: 1334 m² of which 667 farmland; fined 10,000 yuan on 1 April, of which 4,000 came on 10 May."""
    place = {"region": "540102", "address": "二组", "area_m2": "1334.00", "farmland_m2": "667.00"}
    world = filed(World("拉自然资执〔2026〕2号"), "2026-03-02", place=place)
    items = [{"kind": "fine", "amount_yuan": "10000.00"}]
    world.act("PenaltyDecided", NR, "2026-04-01", decision_no="罚2", items=items)
    world.act("PenaltyServed", NR, "2026-04-02", decision_no="罚2", method="direct")
    world.act("FinePaid", NR, "2026-05-11", decision_no="罚2", amount_yuan="4000.00")
    return world


def demolished() -> World:
    """C, of the district: 1000 m² ordered demolished, done on 24 February, verified on site on 2 March, closed."""
    nr = "nr.chengguan"
    world = filed(World("城自然资执〔2026〕1号"), "2026-01-05", nr)
    items = [{"kind": "demolish", "area_m2": "1000.00"}]
    world.act("PenaltyDecided", nr, "2026-02-02", decision_no="罚3", items=items)
    world.act("PenaltyServed", nr, "2026-02-03", decision_no="罚3", method="direct")
    world.act("Performed", nr, "2026-02-24", decision_no="罚3")
    world.act("RemovalVerified", nr, "2026-03-02", what="已拆除", on_site=True)
    world.act("CaseClosed", nr, "2026-03-05", reason="已履行")
    return world


@pytest.fixture(scope="module")
def half_year() -> Figures:
    return counted(at_court(), fined(), demolished())


def test_the_balance_of_the_case_account(half_year):
    """A stands at the beginning, B and C come, C goes on 2 March when the removal is verified."""
    assert texts(half_year, "opening", "new", "written_off", "closing", "closing_rate", "filed", "closed") == {
        "opening": "1", "new": "2", "written_off": "1", "closing": "2", "closing_rate": "33.3%", "filed": "2",
        "closed": "1",
    }  # fmt: skip
    assert texts(half_year, "opening@540100", "closing@540100", "closing@540102") == {
        "opening@540100": "1", "closing@540100": "2", "closing@540102": "0",
    }  # fmt: skip


def test_a_case_counts_for_the_department_that_had_it_when_the_period_ended():
    """The boundary moves on 1 July: the half-year before is the city's, though the change was announced within it."""
    office = Office(lhasa())
    change = {"region": "540102", "from_agency": NR, "to_agency": "nr.chengguan", "on": "2026-07-01"}
    office.act("BoundaryChanged", **change)
    world = filed(World(registry=office.registry), "2026-03-02")
    items = [{"kind": "fine", "amount_yuan": "10000.00"}]
    world.act("PenaltyDecided", NR, "2026-04-01", decision_no="罚2", items=items)
    world.act("FinePaid", NR, "2026-05-11", decision_no="罚2", amount_yuan="4000.00")
    for period, nr, region in (
        (HALF, NR, "540100"),
        (Period(day("2026-07-01"), day("2026-12-31")), "nr.chengguan", "540102"),
    ):
        source = sources(world, period.last.isoformat())
        (file,) = source.cases
        facts = list(of_case(file, life_of(file, clues_of(source), source), period, source))
        told_of = {
            (f.agency, f.region) for f in facts if f.name in ("closing", "on_record", "fines_paid_total")
        }
        assert told_of == {(nr, region)}
        paid = {(f.agency, f.region) for f in facts if f.name == "fines_paid"}
        assert paid == ({(nr, region)} if period is HALF else set())


def test_areas_are_rounded_case_by_case_so_that_rows_add_up(half_year):
    """1334 m² are 2.001 亩, 667 are 1.0005, 1200 are 1.8; C's 1000 m² demolished are 1.5."""
    assert texts(half_year, "area", "area@540100", "area@540102", "farmland", "demolished", "demolished_items") == {
        "area": "3.80", "area@540100": "2.00", "area@540102": "1.80", "farmland": "1.00", "demolished": "1.50",
        "demolished_items": "1",
    }  # fmt: skip


def test_money_and_rates(half_year):
    assert texts(half_year, "fines", "fines_paid", "fines_due_total", "fines_paid_total", "fines_rate") == {
        "fines": "10,000.00", "fines_paid": "4,000.00", "fines_due_total": "10,000.00", "fines_paid_total": "4,000.00",
        "fines_rate": "40.0%",
    }  # fmt: skip
    assert texts(half_year, "demolition_ordered", "demolition_done", "demolition_rate") == {
        "demolition_ordered": "2", "demolition_done": "1", "demolition_rate": "50.0%",
    }  # fmt: skip
    assert half_year["execution_rate"].text == "0.0%"  # granted, not executed yet


def test_a_rate_of_nothing_is_no_number(half_year):
    assert half_year["agreed_rate"].value is None
    assert half_year["agreed_rate"].text == "—"
    assert half_year["copy_days@nr.chengguan"].text == "—"


def test_the_way_through_the_court(half_year):
    assert texts(half_year, "applied@nr.lhasa", "accepted@court.chengguan", "granted@court.chengguan", "refused", "grant_rate") == {
        "applied@nr.lhasa": "1", "accepted@court.chengguan": "1", "granted@court.chengguan": "1", "refused": "0",
        "grant_rate": "100.0%",
    }  # fmt: skip


def test_the_three_copies(half_year):
    """Seven working days after 10 February are 11, 12, 13, 14, 24, 25, 26: the copy of the 27th came on the eighth.
    From the 13th to 25 February: 14, 24, 25. The ruling of the 26th was never copied: until 30 June 27, 28 February,
    then 22 days of March, 21 of April (22 without the 6th), 19 of May (21 without 1, 4, 5, and the 9th), 21 of June."""
    assert texts(half_year, "copies_due", "copies_on_time", "copies_late", "copies_rate", "copy_days", "copy_days_worst") == {
        "copies_due": "3", "copies_on_time": "1", "copies_late": "2", "copies_rate": "33.3%", "copy_days": "5.5",
        "copy_days_worst": str(2 + 22 + 21 + 19 + 21),
    }  # fmt: skip
    assert half_year["copies_late#ruling"].value == 1


def test_every_case_is_in_one_stage(half_year):
    assert texts(half_year, "on_record", "stage.granted", "stage.decided", "stage.closed") == {
        "on_record": "3", "stage.granted": "1", "stage.decided": "1", "stage.closed": "1",
    }  # fmt: skip
    assert sum(half_year.number(i) for i in DEFINITIONS if i.startswith("stage.")) == 3


def test_a_figure_tells_its_statements():
    world = fined()
    figure = counted(world)["fines_paid"]
    paid = next(a for a in world.case.acts if a.type == "FinePaid")
    assert figure.about == (paid.id,)


def test_the_period_before_sees_only_what_counted_by_its_end():
    before = counted(at_court(), fined(), demolished(), period=HALF.before)
    assert HALF.before == Period(day("2025-07-01"), day("2025-12-31"))
    assert texts(before, "filed", "decided", "applied", "closing", "stage.decided") == {
        "filed": "1", "decided": "1", "applied": "0", "closing": "1", "stage.decided": "1",
    }  # fmt: skip


def test_what_a_receipt_tells_later_counts_in_the_later_period():
    """The court ruled on 30 June; the department, which alone records it, received it on 3 July."""
    world = applied(None, "2026-06-08")
    world.act("AcceptanceReceived", NR, "2026-06-15", review_case_no="行审1", accepted_on="2026-06-12")
    world.act("RulingReceived", NR, "2026-07-03", ruling_no="裁1", result="granted", made_on="2026-06-30",
              executor="government")  # fmt: skip
    after = Period(day("2026-07-01"), day("2026-12-31"))
    assert (counted(world)["granted"].value, counted(world, period=after)["granted"].value) == (0, 1)


def test_lateness_that_is_not_confirmed_is_counted_apart():
    """The court, which does not sign yet, accepted on 2 March what was to be accepted by 25 February (five working days
    after the 10th: 11, 12, 13, 14, 24), and has told no ruling since. Silence on paper is no proof of either."""
    world = applied()
    world.act("AcceptanceReceived", NR, "2026-03-02", review_case_no="行审1", accepted_on="2026-03-02",
              documents=[SCAN])  # fmt: skip
    figures = counted(world)
    assert texts(figures, "due_late@court.chengguan", "due_unconfirmed@court.chengguan", "due_judged@court.chengguan") == {
        "due_late@court.chengguan": "0", "due_unconfirmed@court.chengguan": "2", "due_judged@court.chengguan": "0",
    }  # fmt: skip
    assert (
        figures["overdue_unconfirmed@court.chengguan"].value == 1
    )  # the ruling; the acceptance is late, but done


def test_acts_on_behalf_have_their_share():
    world = applied()
    world.act("AcceptanceReceived", NR, "2026-02-13", review_case_no="行审1", accepted_on="2026-02-12")
    figures = counted(world)  # 申请, 取得受理通知书 and the acceptance that it attests
    assert texts(figures, "acts", "acts_behalf", "acts_unconfirmed", "behalf_rate") == {
        "acts": "3", "acts_behalf": "1", "acts_unconfirmed": "1", "behalf_rate": "33.3%",
    }  # fmt: skip


def test_reasons_of_refusals_are_told_apart():
    world = accepted()
    world.act("EnforcementRefused", "court.chengguan", "2026-02-24", ruling_no="裁1", reasons="事实不清@一")
    figures = counted(world)
    assert figures.kinds("refused") == ["事实不清@一"]
    assert figures["refused#事实不清@一"].value == 1
    assert stage(world.case, day("2026-02-24")) == "turned_down"


def test_a_reason_names_no_party():
    world = accepted()
    world.act("EnforcementRefused", "court.chengguan", "2026-02-24", ruling_no="裁1", reasons="甲公司已注销")
    assert counted(world).kinds("refused") == ["当事人已注销"]


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("西藏某某矿业(集团)有限公司主体不适格", "当事人主体不适格"),
        ("被执行人西藏某某矿业 （集团）有限公司已注销", "被执行人当事人已注销"),
        ("欧珠•次仁 不是行为人，次仁．不详", "当事人 不是行为人，次仁．不详"),
        ("欧珠次仁、欧珠‧次仁（个体）", "当事人、当事人（个体）"),
        ("与拉自然资执 (2025) 81 号案重复（一）", "与某案案重复（一）"),
        (
            "同（2026）藏 0102 行审12号案，依国办发〔2026〕第3号、法释〔2020〕3号",
            "同某案案，依国办发〔2026〕第3号、法释〔2020〕3号",
        ),
    ],
)
def test_a_reason_names_no_party_however_it_is_spelt_and_no_case(reason, shown):
    world = filed(parties=[{"name": "西藏某某矿业（集团）有限公司"}, {"name": "欧珠·次仁"}])
    assert without_names(reason, world.case, world.registry) == shown


def test_what_several_parties_did_one_after_the_other_is_all_told():
    """The trace of an item that two parties performed on two days names both acts, and no payment of another item."""
    world = filed(World("拉自然资执〔2026〕2号"), "2026-01-02",
                  parties=[{"name": "甲", "party_id": "a"}, {"name": "乙", "party_id": "b"}])  # fmt: skip
    items = [{"kind": "fine", "amount_yuan": "10000.00"}, {"kind": "demolish", "area_m2": "667.00"}]
    world.act("PenaltyDecided", NR, "2026-02-01", decision_no="罚2", items=items)
    paid = world.act("FinePaid", NR, "2026-02-20", decision_no="罚2")
    done = [
        world.act("Performed", NR, on, decision_no="罚2", items=["2"], parties=[party])
        for on, party in (("2026-03-02", "a"), ("2026-05-06", "b"))
    ]
    figures = counted(world)
    assert figures["demolished_items"].about == tuple(a.id for a in done)
    assert {a.id for a in done} < set(figures["demolition_done"].about)
    assert paid.id not in figures["demolition_done"].about


def test_a_clue_counts_as_dealt_with_in_the_period_in_which_it_first_was():
    clue = told(
        discipline, "discipline/1",
        ("DisciplineClueReferred", NR, "2026-06-02",
         {"referral_no": "移1", "to": "discipline.lhasa", "subjects": COMMITMENT, "content": COMMITMENT}),
        ("DisciplineClueReceived", "discipline.lhasa", "2026-06-05", {}),
        ("DisciplineClueHandled", "discipline.lhasa", "2026-06-22",
         {"disposition": "passed_on", "to": "discipline.chengguan"}),
        ("DisciplineClueReceived", "discipline.chengguan", "2026-07-02", {}),
        ("DisciplineClueHandled", "discipline.chengguan", "2026-07-10", {"disposition": "accepted"}),
    )  # fmt: skip
    wanted = {(FIRST, LAST): 1, ("2026-07-01", "2026-12-31"): 0, (FIRST, "2026-12-31"): 1}
    for (first, last), number in wanted.items():
        period = Period(day(first), day(last))
        tally = Tally(period)
        tally.add(of_referral(sources(World(), last, None, referrals=[clue]).referrals[0], period))
        assert tally.figures()["clues_handled"].value == number


def test_discipline_referrals_are_of_no_place_and_no_agency():
    clue = told(
        discipline, "discipline/1",
        ("DisciplineClueReferred", NR, "2026-03-02",
         {"referral_no": "移1", "to": "discipline.lhasa", "subjects": COMMITMENT, "content": COMMITMENT}),
    )  # fmt: skip
    tally = Tally(HALF)
    tally.add(of_referral(sources(World(), LAST, None, referrals=[clue]).referrals[0], HALF))
    assert [id_ for id_ in tally.figures().ids() if id_.startswith("clues_referred")] == ["clues_referred"]
    assert tally.figures()["clues_referred"].value == 1


def meeting(number: int, kind: str, on: str, due: str, closed: str | None = None) -> Any:
    attendees = ["court.lhasa"]
    acts: list[tuple[str, str, str, dict[str, Any]]] = [
        ("MeetingConvened", NR, on, {"kind": kind, "agenda": [{"class": "通报", "text": "进展"}], "attendees": attendees, "on": on}),
        ("MeetingHeld", NR, on, {"attended": attendees}),
        ("MinutesDrafted", NR, on, {"items": [{"item_no": "1", "text": "事项", "holder": "court.lhasa", "due_on": due}]}),
        ("MinutesEndorsed", "court.lhasa", on, {}),
    ]  # fmt: skip
    if closed is not None:
        acts.append(("ItemClosed", NR, closed, {"item_no": "1"}))
    return told(meetings, f"meeting/{number}", *acts)


def test_items_of_the_last_regular_meeting_and_what_is_still_open_from_before():
    """Of three meetings: the first's item is closed and so no longer told of, the second's is open past its day, the
    third's was done."""
    held = [
        meeting(1, "regular", "2025-03-03", "2025-04-01", closed="2025-03-20"),
        meeting(2, "ad_hoc", "2025-09-01", "2025-10-01"),
        meeting(3, "regular", "2026-01-05", "2026-03-02", closed="2026-02-27"),
    ]
    items = agreed_items(sources(World(), LAST, None, meetings=held).meetings)
    tally = Tally(HALF)
    tally.add(of_agreed(items, HALF))
    assert texts(tally.figures(), "agreed_items", "agreed_done", "agreed_overdue", "agreed_rate") == {
        "agreed_items": "2", "agreed_done": "1", "agreed_overdue": "1", "agreed_rate": "50.0%",
    }  # fmt: skip


def test_periods_beside_each_other(half_year):
    compared = Compared(half_year, counted(at_court(), period=HALF.before), counted(period=HALF.year_before))
    assert compared["before:filed"].text == "1"
    assert compared["change:filed"].text == "+1"
    assert compared["change:closing_rate"].text == "+33.3个百分点"
    assert compared["year:filed"].text == compared["change_year:filed"].text == "—"  # there was no ledger yet
    with pytest.raises(KeyError):
        compared["before:nothing"]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(Decimal("1234567.8"), "元", "1,234,567.80"), (Decimal("0.12345"), "%", "12.3%"), (Decimal("5.5"), "工作日", "5.5"),
     (Decimal("5"), "工作日", "5"), (None, "%", "—"), (0, "件", "0")],
)  # fmt: skip
def test_how_a_number_is_printed(value, unit, text):
    assert shown(value, unit) == text


def test_a_long_reason_has_a_short_tag_of_its_own():
    one, other = f"refused#{'理由' * 60}一", f"refused#{'理由' * 60}二"
    assert len(tag_of(one)) == len(tag_of(other)) == 64
    assert tag_of(one) != tag_of(other)
    assert tag_of("filed@540102") == "filed@540102"


def test_the_days_of_another_stretch():
    month = Period(day("2026-03-01"), day("2026-03-31"))
    assert month.before == Period(day("2026-01-29"), day("2026-02-28"))
    assert Period(day("2027-08-29"), day("2028-02-29")).year_before.last == day("2027-02-28")
    assert HALF.next_end == day("2026-12-31")


def test_the_year_before_february_ends_with_february():
    of = Period(day("2025-02-01"), day("2025-02-28"))
    assert of.year_before == Period(day("2024-02-01"), day("2024-02-29"))
    assert Period(day("2025-02-01"), day("2025-02-27")).year_before.last == day("2024-02-27")


def test_a_disputed_act_counts_nowhere_but_among_the_disputed():
    world = applied()
    world.act("AcceptanceReceived", NR, "2026-02-13", review_case_no="行审1", accepted_on="2026-02-12")
    received = next(a for a in world.case.acts if a.type == "AcceptanceReceived")
    world.act("ActDisputed", "court.chengguan", "2026-03-02", of=received.id, field="accepted_on", own_value="2026-02-20",
              reason="日期有误")  # fmt: skip
    assert texts(counted(world), "accepted", "stage.applied", "stage.accepted", "acts_disputed") == {
        "accepted": "0", "stage.applied": "1", "stage.accepted": "0", "acts_disputed": "1",
    }  # fmt: skip


COURT = "court.chengguan"


def objected(world: World, of: str, field: str, value: str) -> World:
    world.act("ActDisputed", COURT, "2026-05-25", of=of, field=field, own_value=value, reason="与事实不符")
    return world


def test_a_disputed_ruling_grants_nothing():
    world = accepted(applied())
    told_of = world.on_behalf("EnforcementGranted", COURT, NR, "2026-02-24", "2026-02-26", ruling_no=RULING, executor="court")  # fmt: skip
    ids = ("granted", "granted_items", "execution_rate", "stage.granted", "stage.accepted")
    assert [*texts(counted(world), *ids).values()] == ["1", "1", "0.0%", "1", "0"]
    objected(world, told_of.id, "ruling_no", "无此裁定")
    assert [*texts(counted(world), *ids).values()] == ["0", "0", "—", "0", "1"]


def test_what_was_executed_by_a_disputed_act_alone_is_neither_done_nor_paid():
    world = at_court()
    told_of = world.on_behalf("ExecutionCompleted", COURT, NR, "2026-05-20", "2026-05-21", ruling_no=RULING, result="full")  # fmt: skip
    ids = ("executed", "granted_done", "execution_rate", "demolition_done", "stage.settled")
    assert [*texts(counted(world), *ids).values()] == ["1", "1", "100.0%", "1", "1"]
    objected(world, told_of.id, "result", "未执行")
    assert [*texts(counted(world), *ids).values()] == ["0", "0", "0.0%", "0", "0"]


def fined_by_the_court() -> tuple[World, str]:
    world = filed(World("拉自然资执〔2026〕2号"), "2025-09-02")
    items = [{"kind": "fine", "amount_yuan": "10000.00"}]
    world.act("PenaltyDecided", NR, "2025-10-01", decision_no="罚2", items=items)
    world.act("PenaltyServed", NR, "2025-10-02", decision_no="罚2", method="direct")
    world.act("PerformanceDemanded", NR, "2026-04-10", decision_no="罚2")
    world.act("EnforcementApplied", NR, "2026-04-25", decision_no="罚2", court=COURT)
    world.act("EnforcementAccepted", COURT, "2026-04-27", review_case_no="行审9")
    world.act("EnforcementGranted", COURT, "2026-05-06", ruling_no=RULING, executor="court")
    done = world.on_behalf("ExecutionCompleted", COURT, NR, "2026-05-20", "2026-05-21", ruling_no=RULING, result="full")  # fmt: skip
    return world, done.id


def test_a_fine_that_was_paid_by_a_disputed_act_alone_is_due():
    world, done = fined_by_the_court()
    ids = ("fines_paid", "fines_paid_total", "fines_rate")
    assert [*texts(counted(world), *ids).values()] == ["10,000.00", "10,000.00", "100.0%"]
    objected(world, done, "result", "未执行")
    assert [*texts(counted(world), *ids).values()] == ["0.00", "0.00", "0.0%"]


def test_a_case_whose_filing_is_disputed_stays_on_the_account():
    world = World("城自然资执〔2026〕1号")
    place = {"region": "540102", "address": "一组", "area_m2": "1334.00"}
    told_of = world.on_behalf("CaseFiled", "nr.chengguan", NR, "2026-01-05", title="案", place=place, source="patrol",
                              parties=[{"name": "甲公司"}], violation="unapproved_land_use")  # fmt: skip
    world.act("ActDisputed", "nr.chengguan", "2026-03-02", of=told_of.id, field="title", own_value="另案",
              reason="案由有误")  # fmt: skip
    ids = ("filed", "area", "on_record", "closing", "stage.investigating", "acts_disputed")
    assert [*texts(counted(world), *ids).values()] == ["1", "2.00", "1", "1", "1", "1"]


def test_what_is_disputed_of_the_earlier_acts_of_an_old_case_does_not_count():
    """The court objects to the ruling that the case's line in the old register tells."""
    world = World("拉自然资执〔2019〕3号")
    priors = [
        {"type": "PenaltyDecided", "on": "2019-04-01", "items": [{"kind": "demolish"}]},
        {"type": "PenaltyServed", "on": "2019-04-03"},
        {"type": "EnforcementApplied", "on": "2019-12-02", "court": COURT},
        {"type": "EnforcementAccepted", "on": "2019-12-05", "for": COURT},
        {"type": "EnforcementGranted", "on": "2019-12-20", "for": COURT, "number": "裁19", "executor": "court"},
    ]  # fmt: skip
    world.act("CaseCarriedForward", NR, "2026-01-12", case_no="拉自然资执〔2019〕3号", parties=[{"name": "甲公司"}],
              stage="准予执行", source_row="3", prior_acts=priors)  # fmt: skip
    ids = ("on_record", "closing", "demolition_ordered", "granted_items", "stage.granted")
    assert [*texts(counted(world), *ids).values()] == ["1", "1", "1", "1", "1"]
    objected(world, "裁19", "ruling_no", "无此裁定")
    assert [*texts(counted(world), *ids).values()] == ["1", "1", "1", "0", "0"]


def test_a_report_names_the_instrument_of_its_place():
    rules = World().rules
    assert basis_of(rules) == "《关于构建拉萨市自然资源执法监管共同责任机制的实施意见》四（一）"
    statutes = {digest: pack for digest, pack in rules.packs.items() if pack.id == "statutory"}
    assert basis_of(replace(rules, packs=statutes)) == "联席会议制度"


@pytest.mark.parametrize(
    ("label", "groups", "lines"),
    [("申请强制执行", 4, "申请强制执行"), ("逾期16至30个工作日", 6, "逾期16至\n30个工作日"), ("2026-06\n89.0%", 6, "2026-06\n89.0%")],
)  # fmt: skip
def test_a_plots_label_is_broken_where_it_would_run_into_the_next(label, groups, lines):
    assert in_lines(label, groups) == lines
