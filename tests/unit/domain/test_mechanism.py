"""The mechanism of a region: liaison officers, half-yearly meetings, rounds of reconciliation. Source: 拉萨实施意见 四."""

from typing import Any

import pytest

from domain import discipline, mechanism, meetings, reconciling
from domain.acts import Act
from domain.duties import Rules, duties_of
from domain.mechanism import Mechanism, department_of, mechanisms
from domain.registry import Registry
from gongze.packs import shipped
from tests.streams import Stream
from tests.worlds import Office, adopt, calendar, day, founded

CITY, COUNTY, PARK = "region/540100", "region/540102", "region/540199"
ON = day("2026-01-05")
FIVE = {f"{kind}.lhasa" for kind in ("nr", "discipline", "court", "procuratorate", "police")}


class Told:
    """The registry's acts of the sample locality, and what a region makes of them."""

    def __init__(self) -> None:
        self.office = Office(founded())
        self.acts: list[Act] = []

    def act(self, type_: str, actor: str = "operator", /, **data: Any) -> Act:
        made = self.office.act(type_, actor, "2024-01-01", **data)
        self.acts.append(made)
        return made

    def adopted(self, region: str = "540100") -> "Told":
        adopt(self.office, shipped()["lhasa"][1], region=region)
        newest = self.office.registry.adoptions[-1]
        data = {
            "pack": newest.pack,
            "version": newest.version,
            "digest": newest.digest,
            "region": region,
            "from": "2024-01-01",
        }
        again = Told()
        self.acts.append(again.office.act("PackAdopted", **data))
        return self

    def appointed(self, agency: str, number: int) -> Act:
        return self.act(
            "OfficerAppointed", agency, officer=f"{agency}/{number}", name="某", from_="2024-01-01"
        )

    @property
    def registry(self) -> Registry:
        return self.office.registry

    def of(self, id_: str) -> Mechanism:
        return mechanism.fold(id_, self.acts, self.registry)


def invitations(found: Mechanism) -> set[tuple[str, str | None]]:
    return {(e.subjects["agency"], e.to) for e in found.entries if e.stands_for == "PackAdopted"}


# --- liaison officers ----------------------------------------------------------------------------------------


# 条款 四（二）-1.1
def test_an_adoption_asks_each_of_the_five_agencies_of_every_region_below():
    told = Told().adopted()
    assert invitations(told.of(CITY)) == {(a, a) for a in FIVE}
    assert {a for a, _ in invitations(told.of(COUNTY))} == {a.replace("lhasa", "chengguan") for a in FIVE}
    assert told.of("region/110000").begun is False


def test_of_what_is_about_one_agency_only_that_one_is_meant():
    told = Told().adopted()
    found = told.of(CITY)
    for entry in found.entries[1:]:
        one = entry.subjects["agency"]
        kinds = [k for k in ("nr", "discipline", "court", "procuratorate", "police")
                 if found.meant(k, entry.subjects, entry, ON, told.registry)]  # fmt: skip
        assert kinds == [one.partition(".")[0]]
        assert found.meant("addressee", entry.subjects, entry, ON, told.registry) == (one,)
    assert found.meant("court", {}, None, ON, told.registry) == ("court.lhasa",)
    assert found.meant("nr", {}, None, ON, told.registry) == ("nr.lhasa",)


def test_a_park_asks_its_own_department_and_shows_where_nobody_serves():
    told = Told()
    told.act(
        "RouteSet",
        region="540199",
        kind="court",
        matter="non_litigation",
        agency="court.duilong",
        from_="2024-01-01",
    )
    told.adopted()
    # the court of Duilong serves the park; it is asked for its officer in its own region
    assert invitations(told.of(PARK)) == {
        ("nr.lhasa-park", "nr.lhasa-park"), ("540199/discipline", None), ("540199/procuratorate", None), ("540199/police", None),
    }  # fmt: skip
    found = told.of(PARK)
    gap = next(e for e in found.entries if e.stands_for and e.to is None)
    assert found.meant("police", gap.subjects, gap, ON, told.registry) == ()


def test_an_appointment_is_about_its_agency_and_fills_the_oldest_vacancy():
    told = Told().adopted()
    told.appointed("court.lhasa", 1)
    released = told.act("OfficerReleased", "court.lhasa", officer="court.lhasa/1", from_="2024-01-01")
    told.appointed("court.lhasa", 2)
    told.appointed("court.lhasa", 3)
    told.appointed("court.chengguan", 1)
    found = told.of(CITY)
    about = [
        (e.subjects["agency"], e.subjects["officer"])
        for e in found.entries
        if e.type in ("OfficerAppointed", "OfficerReleased")
    ]
    assert about == [
        ("court.lhasa", "court.lhasa/1"), ("court.lhasa", released.id), ("court.lhasa", released.id), ("court.lhasa", "court.lhasa/3"),
    ]  # fmt: skip
    assert found.in_office["court.lhasa"] == ("court.lhasa/2", "court.lhasa/3")
    assert found.vacant["court.lhasa"] == ()


def test_a_release_says_whether_the_post_is_empty():
    told = Told()
    told.appointed("court.lhasa", 1)
    told.act(
        "OfficerReplaced",
        "court.lhasa",
        officer="court.lhasa/1",
        by="court.lhasa/2",
        name="乙",
        from_="2024-01-01",
    )
    told.appointed("court.lhasa", 3)
    told.act("OfficerReleased", "court.lhasa", officer="court.lhasa/3", from_="2024-01-01")
    told.act("OfficerReleased", "court.lhasa", officer="court.lhasa/2", from_="2024-01-01")
    found = told.of(CITY)
    assert [e.facts["vacant"] for e in found.entries if e.type == "OfficerReleased"] == [
        ("false",),
        ("true",),
    ]


def test_who_is_appointed_fills_the_empty_post_not_a_release_that_left_somebody_serving():
    told = Told().adopted()
    told.appointed("court.lhasa", 1)
    told.appointed("court.lhasa", 2)
    told.act("OfficerReleased", "court.lhasa", officer="court.lhasa/1", from_="2024-01-01")
    assert told.of(CITY).vacant["court.lhasa"] == ()
    emptied = told.act("OfficerReleased", "court.lhasa", officer="court.lhasa/2", from_="2024-01-01")
    told.appointed("court.lhasa", 3)
    found = told.of(CITY)
    assert [e.subjects["officer"] for e in found.entries if e.type == "OfficerAppointed"][-1] == emptied.id
    assert found.vacant["court.lhasa"] == ()
    rules = Rules(
        told.registry, told.registry.calendar(calendar()), {p.digest: p for _, p in shipped().values()}
    )
    owed = [d for d in duties_of(found, rules, ON) if d.row.id == "replace_liaison"]
    assert [(d.opened_by, d.discharged_on) for d in owed] == [(emptied.id, day("2024-01-01"))]


# --- meetings and rounds ------------------------------------------------------------------------------------


def _meeting(actor: str, id_: str) -> Stream:
    stream = Stream(meetings, id_)
    agenda = [{"class": "通报", "text": "进展"}]
    stream.act(
        "MeetingConvened",
        actor,
        "2026-06-15",
        kind="regular",
        agenda=agenda,
        attendees=["court.lhasa"],
        on="2026-06-25",
    )
    stream.act("MeetingHeld", actor, "2026-06-25", attended=[actor, "court.lhasa"])
    return stream


def _round(actor: str, id_: str) -> Stream:
    stream = Stream(reconciling, id_, first=40)
    stream.act(
        "ReconciliationOpened",
        actor,
        "2026-07-01",
        from_="2026-04-01",
        to="2026-06-30",
        agencies=["court.lhasa"],
    )
    stream.act("AccountConfirmed", "court.lhasa", "2026-07-02", agency="court.lhasa", digest="ab" * 32)
    return stream


def test_a_regions_meetings_and_rounds_are_its_own_and_nobody_elses():
    told = Told()
    mine, theirs, round_ = (
        _meeting("nr.lhasa", "meeting/1"),
        _meeting("nr.chengguan", "meeting/2"),
        _round("nr.lhasa", "reconciliation/1"),
    )
    told.acts += [*mine.dossier.acts, *theirs.dossier.acts, *round_.dossier.acts]
    found = told.of(CITY)
    assert found.entries == (*mine.dossier.entries, *round_.dossier.entries)
    assert set(found.meetings) == {"meeting/1"}
    held = next(e for e in found.entries if e.type == "MeetingHeld")
    assert (held.facts["kind"], held.act.agency) == (("regular",), "nr.lhasa")
    confirmed = next(e for e in found.entries if e.type == "AccountConfirmed")
    assert (confirmed.subjects["agency"], confirmed.act.agency) == ("court.lhasa", "court.lhasa")
    assert set(told.of(COUNTY).meetings) == {"meeting/2"}


def test_a_matter_that_the_city_takes_up_is_the_citys_meeting():
    told = Told()
    stream = Stream(meetings, "meeting/1")
    stream.act("MajorMatterRaised", "nr.chengguan", "2026-06-01", what="盗采")
    agenda = [{"class": "重大", "text": "盗采"}]
    stream.act(
        "MeetingConvened",
        "nr.lhasa",
        "2026-06-02",
        kind="ad_hoc",
        agenda=agenda,
        attendees=["police.lhasa"],
        on="2026-06-03",
    )
    told.acts += stream.dossier.acts
    assert [a.type for a in told.of(CITY).acts] == ["MeetingConvened"]
    assert [a.type for a in told.of(COUNTY).acts] == ["MajorMatterRaised"]


@pytest.mark.parametrize("id_", [CITY, COUNTY, PARK])
def test_each_act_has_one_entry_of_its_own_and_folding_again_changes_nothing(id_):
    told = Told().adopted()
    told.appointed("court.lhasa", 1)
    told.acts += [
        *_meeting("nr.lhasa", "meeting/1").dossier.acts,
        *_round("nr.lhasa", "reconciliation/1").dossier.acts,
    ]
    found = told.of(id_)
    assert [e.act.id for e in found.entries if e.stands_for is None] == [a.id for a in found.acts]
    assert found.refold(found.acts, told.registry) == found


def test_what_is_no_concern_of_the_region_is_passed_over():
    told = Told()
    told.act("LedgerStarted", region="540100", on="2024-01-01")
    told.act(
        "ResponsiblePersonNamed",
        "nr.lhasa",
        agency="nr.lhasa",
        role="deputy",
        officer="某",
        from_="2024-01-01",
    )
    clue = Stream(discipline, "discipline/1")
    clue.act("DisciplineCheckOpened", "discipline.lhasa", "2026-05-06", scope="履职", agencies=["nr.lhasa"])
    told.acts += clue.dossier.acts
    assert told.of(CITY) == Mechanism(CITY)


def test_a_region_without_a_department_of_its_own_has_the_adoption_and_nobody_to_ask():
    found = Told().adopted().of("region/540122")
    assert [e.type for e in found.entries] == ["PackAdopted"]
    assert invitations(found) == set()


# --- regions ------------------------------------------------------------------------------------------------


def test_every_city_county_and_park_with_a_department_has_a_mechanism():
    assert mechanisms(founded()) == (CITY, COUNTY, "region/540103", "region/540104", PARK)
    assert mechanism.fold(CITY, (), founded()).home(founded()) == "nr.lhasa"
    assert mechanism.fold("region/540000", (), founded()).home(founded()) == ""


def test_a_branch_is_not_the_regions_department():
    office = Office(founded())
    office.act(
        "AgencyRegistered",
        id="nr.a-branch",
        kind="nr",
        name="分局",
        level="city",
        region="540100",
        branch_of="nr.lhasa",
    )
    assert department_of("540100", office.registry) == "nr.lhasa"
