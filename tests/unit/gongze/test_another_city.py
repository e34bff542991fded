"""A city that the software has never heard of is one TOML file: its agencies register, it adopts the file, and its own
terms are counted. Due days are counted by hand in the national calendar of 2026 (国办发明电〔2025〕7号)."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain import mechanism, meetings
from domain.acts import Act
from domain.duties import Duty, Pack, Rules, duties_of
from domain.registry import Registry
from gongze.packs import check_together, read_pack, shipped
from tests.streams import Stream
from tests.worlds import KINDS, Office, World, adopt, calendar, day, founded, root_of

FILE = Path(__file__).parents[2] / "fixtures/example-city.toml"
REGION = "990100"
DECISION, APPLICATION, RULING = "示自然资罚〔2025〕1号", "示自然资申〔2026〕1号", "（2026）示行审1号之一"


@cache
def city() -> Pack:
    return read_pack(FILE.read_bytes(), FILE.name)


@cache
def packs() -> tuple[Pack, ...]:
    return (city(), shipped()["statutory"][1])


class Founding(Office):
    """An office that keeps the acts it has done."""

    def __init__(self) -> None:
        super().__init__(founded())
        self.acts: list[Act] = []

    def act(self, type_: str, actor: str = "operator", on: str = "2025-01-01", /, **data: Any) -> Act:
        made = super().act(type_, actor, on, **data)
        self.acts.append(made)
        return made


@cache
def founding() -> Founding:
    """示例市: one agency of each kind, its own pack and the statutes, the ledger started in 2025."""
    office = Founding()
    for kind in KINDS:
        id_ = f"{kind}.example"
        more = {"number_prefixes": ["示"]} if kind == "nr" else {}
        office.act("AgencyRegistered", id=id_, kind=kind, name=f"示例市{kind}", level="city", region=REGION,
                   root_key_id=root_of(id_), **more)  # fmt: skip
    for pack in packs():
        adopt(office, pack, region=REGION, valid_from="2025-01-01")
    office.act("LedgerStarted", region=REGION, on="2025-01-01")
    return office


def registry() -> Registry:
    return founding().registry


def world() -> World:
    """A building on land taken without approval, to be pulled down: decided on 10 October 2025."""
    found = World("示自然资执〔2025〕1号", registry(), packs())
    found.act(
        "CaseFiled", "nr.example", "2025-08-01", title="未批先占建房案", parties=[{"name": "乙公司"}],
        place={"region": REGION, "address": "示例村"}, violation="unapproved_land_use", source="patrol",
    )  # fmt: skip
    found.act(
        "PenaltyDecided", "nr.example", "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}]
    )
    found.act("PenaltyServed", "nr.example", "2025-10-15", decision_no=DECISION, method="direct")
    return found


def applied() -> World:
    found = world()
    found.act("PerformanceDemanded", "nr.example", "2025-12-29", decision_no=DECISION)
    found.act(
        "EnforcementApplied", "nr.example", "2026-02-10", court="court.example", decision_no=DECISION,
        application_no=APPLICATION,
    )  # fmt: skip
    return found


def test_the_file_has_no_fault_and_fits_the_statutes():
    assert check_together(list(packs())) == []
    assert {row.id for row in city().rows} >= {"city_copy_application", "city_meet_every_quarter"}


def test_no_duty_of_lhasa_arises_there():
    ids = {d.row.id for d in applied().duties("2026-02-10")}
    assert "city_copy_application" in ids
    assert not ids & {row.id for row in shipped()["lhasa"][1].rows}


def test_ten_working_days_instead_of_seven():
    """From Tuesday 10 February: 11, 12, 13, Saturday 14 (made up); the Spring Festival is 15 to 23; 24, 25, 26, 27,
    Saturday 28 (made up), Monday 2 March: ten."""
    duty = applied().duty("city_copy_application")
    assert (duty.holder, duty.recipients, duty.due_on) == (
        "nr.example",
        ("procuratorate.example",),
        day("2026-03-02"),
    )


def test_a_fixed_date_is_the_next_one():
    """Decided on 10 October 2025: the first 25 December after it, a Thursday."""
    assert world().duty("city_report_by_25_december").due_on == day("2025-12-25")


def test_half_a_month_is_fifteen_days():
    """Granted on Tuesday 24 February 2026. Fifteen days: four more in February (25 to 28), eleven in March: Wednesday
    11 March."""
    found = applied()
    found.act("EnforcementAccepted", "court.example", "2026-02-12", review_case_no="（2026）示行审1号")
    found.act("EnforcementGranted", "court.example", "2026-02-24", ruling_no=RULING, executor="government")
    duty = found.duty("city_organise_in_half_a_month")
    assert (duty.holder, duty.due_on) == ("government.example", day("2026-03-11"))


def test_tracking_recurs_thirty_days_after_the_last_time():
    """Copied on 24 February 2026: 28 days later is 24 March, thirty 26 March. Tracked on 10 March: thirty days later is
    9 April (21 days to the end of March, nine in April). The ruling ends it."""
    found = applied()
    found.act("ApplicationCopied", "nr.example", "2026-02-24", materials=[{"title": "申请书"}])
    found.act(
        "HandlingTracked", "procuratorate.example", "2026-03-10", subject="court_handling", finding="已受理"
    )

    def tracking() -> list[Duty]:
        return [d for d in found.duties() if d.row.id == "city_track_every_30_days"]

    first, second = sorted(tracking(), key=lambda d: d.opened_on or day("2099-01-01"))
    assert (first.due_on, first.discharged_on) == (day("2026-03-26"), day("2026-03-10"))
    assert (second.due_on, second.discharged_on) == (day("2026-04-09"), None)
    found.act("EnforcementAccepted", "court.example", "2026-03-11", review_case_no="（2026）示行审1号")
    found.act("EnforcementGranted", "court.example", "2026-03-20", ruling_no=RULING, executor="court")
    assert [d.cancelled_on for d in tracking() if d.discharged_on is None] == [day("2026-03-20")]


def test_hours_run_through_the_night_and_the_weekend():
    """Approved on Friday 6 March 2026 at 20:30: hours begin with the next one, 21:00 (民诉解释 §125); twelve hours later it
    is Saturday, nine in the morning."""
    found = world()
    found.act("ReferralReportSubmitted", "nr.example", "2026-03-05", referral_no="示移〔2026〕1号",
              at="2026-03-05T09:00:00+08:00", by="某")  # fmt: skip
    found.act("ReferralApproved", "nr.example", "2026-03-06", referral_no="示移〔2026〕1号",
              at="2026-03-06T20:30:00+08:00", by="某")  # fmt: skip
    duty = found.duty("city_refer_in_12_hours")
    assert (duty.holder, duty.due_on) == ("nr.example", day("2026-03-07"))
    assert duty.due_at is not None
    assert duty.due_at.isoformat() == "2026-03-07T09:00:00+08:00"


@pytest.mark.parametrize(("held_on", "discharged_on"), [("2026-03-20", "2026-03-20"), ("2026-04-02", None)])
def test_the_meeting_is_owed_each_quarter(held_on, discharged_on):
    """The first quarter of 2026 ends on Tuesday 31 March. A meeting in April is the second quarter's."""
    stream = Stream(meetings, "meeting/2026-1", registry(), first=1_000)
    stream.act(
        "MeetingConvened", "nr.example", "2026-03-02", kind="regular", on=held_on,
        agenda=[{"class": "通报", "text": "进展"}], attendees=["court.example", "police.example"],
    )  # fmt: skip
    stream.act("MeetingHeld", "nr.example", held_on, attended=["court.example", "police.example"])
    told = (*founding().acts, *stream.dossier.acts)
    found = mechanism.fold(f"region/{REGION}", told, registry())
    rules = Rules(registry(), registry().calendar(calendar()), {p.digest: p for p in packs()})
    (owed,) = [
        d
        for d in duties_of(found, rules, day("2026-04-10"))
        if d.row.id == "city_meet_every_quarter" and d.due_on == day("2026-03-31")
    ]
    assert owed.holder == "nr.example"
    assert set(owed.recipients) == {
        f"{k}.example" for k in ("discipline", "court", "procuratorate", "police")
    }
    assert owed.discharged_on == (day(discharged_on) if discharged_on else None)
