"""登记簿: each event taken once and refused once; who is meant, which pack and calendar hold where."""

from datetime import date
from typing import Any

import pytest

from domain.acts import EVENTS
from domain.refusal import Refusal
from domain.registry import Registry, check_key, contains, regions_above
from domain.values import milliseconds, parse_moment
from tests.worlds import START, Office, calendar, day, founded, lhasa, root_of

RULE, NOT_YOURS = "case_rule_broken", "not_authorised"
NR = "nr.lhasa"
KEY = {"algorithm": "Ed25519", "custody": "agent", "from": START, "proof": "22" * 64}
ROOT = {**KEY, "agency": NR, "key_id": root_of(NR), "public_key": "33" * 32, "purpose": "root"}
SIGN = {
    **KEY,
    "agency": NR,
    "key_id": "4" * 64,
    "public_key": "44" * 32,
    "purpose": "sign",
    "officer": "nr.lhasa/1",
}
ROUTE = {
    "region": "540199",
    "kind": "court",
    "matter": "non_litigation",
    "agency": "court.duilong",
    "from": START,
}
PACK = {"pack": "p", "version": "1", "digest": "5" * 64, "region": "540100"}
YEAR = {"year": 2026, "notice": "通知", "region": "540100", "holidays": ["2026-02-24"]}
OFFICER = {"officer": "nr.lhasa/1", "name": "甲", "from": START}


def office(*acts: tuple[str, str, dict[str, Any]]) -> Office:
    made = Office(founded())
    for type_, actor, data in acts:
        made.act(type_, actor, **data)
    return made


OP = "operator"
APPOINTED = ("OfficerAppointed", NR, OFFICER)
ROOTED = ("KeyRegistered", NR, ROOT)
KEYED = ("KeyRegistered", NR, SIGN)
ADOPTED = ("PackAdopted", OP, {**PACK, "from": START})
NEW_AGENCY = {"id": "police.x", "kind": "police", "name": "森林公安", "level": "city", "region": "540100"}

KEPT = {"from": "2026-01-01", "to": "2026-01-31", "digest": "9" * 64}
MERGED = {"region": "540104", "from_agency": "nr.dagze", "to_agency": "nr.chengguan", "on": "2025-10-01"}

Before = tuple[tuple[str, str, dict[str, Any]], ...]
TAKEN: list[tuple[str, str, dict[str, Any], Before]] = [
    ("LedgerStarted", OP, {"region": "540100", "on": START}, ()),
    ("SheetsKept", OP, KEPT, ()),
    ("SheetsKept", OP, {**KEPT, "digest": "8" * 64}, (("SheetsKept", OP, KEPT),)),
    ("AgencyRegistered", OP, NEW_AGENCY, ()),
    ("AgencyChanged", OP, {"id": NR, "name": "新名"}, ()),
    ("AgencyCountersigned", "nr.xizang", {"agency": NR, "key_id": root_of(NR)}, (ROOTED,)),
    ("RouteSet", OP, ROUTE, ()),
    ("ParticipationSet", OP, {"agency": NR, "mode": "signing", "from": START}, ()),
    ("ResponsiblePersonNamed", NR, {"agency": NR, "role": "principal", "officer": "甲", "from": START}, ()),
    ("OfficerAppointed", NR, OFFICER, ()),
    (
        "OfficerReplaced",
        NR,
        {"officer": "nr.lhasa/1", "by": "nr.lhasa/2", "name": "乙", "from": START},
        (APPOINTED,),
    ),
    ("OfficerReleased", NR, {"officer": "nr.lhasa/1", "from": START}, (APPOINTED,)),
    ("KeyRegistered", NR, ROOT, ()),
    ("KeyRevoked", NR, {"key_id": root_of(NR), "since": START, "reason": "遗失"}, (ROOTED,)),
    ("PackAdopted", OP, {**PACK, "from": START}, ()),
    ("PackCountersigned", NR, PACK, (ADOPTED,)),
    ("CalendarPublished", "government.lhasa", YEAR, ()),
    (
        "BoundaryChanged",
        OP,
        {"region": "540199", "from_agency": NR, "to_agency": "nr.duilong", "on": START},
        (),
    ),
]

REFUSED: list[tuple[str, str, dict[str, Any], Before, str, str]] = [
    ("LedgerCreated", OP, {"ledger_id": "0" * 64, "origin": "x", "log_key": "x", "operator_key": "11" * 32}, (), RULE, "type"),
    ("LedgerStarted", OP, {"region": "540100", "on": START}, (("LedgerStarted", OP, {"region": "540100", "on": START}),), RULE, "region"),
    ("SheetsKept", OP, {**KEPT, "to": "2025-12-31"}, (), RULE, "to"),
    ("SheetsKept", OP, KEPT, (("SheetsKept", OP, KEPT),), RULE, "digest"),
    ("AgencyRegistered", OP, {**NEW_AGENCY, "id": NR}, (), RULE, "id"),
    ("AgencyRegistered", OP, {**NEW_AGENCY, "id": "operator"}, (), RULE, "id"),
    ("AgencyRegistered", OP, {**NEW_AGENCY, "parent": "police.nowhere"}, (), RULE, "parent"),
    ("AgencyChanged", OP, {"id": "nr.nowhere", "name": "新名"}, (), RULE, "id"),
    ("AgencyCountersigned", "nr.xizang", {"agency": NR, "key_id": root_of(NR)}, (), RULE, "key_id"),
    ("AgencyCountersigned", NR, {"agency": NR, "key_id": root_of(NR)}, (ROOTED,), RULE, "agency"),
    ("AgencyCountersigned", "nr.xizang", {"agency": NR, "key_id": root_of(NR)},
     (ROOTED, ("AgencyCountersigned", "nr.xizang", {"agency": NR, "key_id": root_of(NR)})), RULE, "key_id"),
    ("RouteSet", OP, {**ROUTE, "agency": "police.duilong"}, (), RULE, "agency"),
    ("RouteSet", OP, {**ROUTE, "to": "2023-12-31"}, (), RULE, "to"),
    ("RouteSet", OP, {**ROUTE, "agency": "court.lhasa", "from": "2025-01-01"}, (("RouteSet", OP, ROUTE),), RULE, "matter"),
    ("ParticipationSet", OP, {"agency": "nr.nowhere", "mode": "signing", "from": START}, (), RULE, "agency"),
    ("ResponsiblePersonNamed", "nr.dagze", {"agency": NR, "role": "deputy", "officer": "甲", "from": START}, (), NOT_YOURS, "agency"),
    ("OfficerAppointed", NR, {**OFFICER, "officer": "nr.dagze/1"}, (), RULE, "officer"),
    ("OfficerAppointed", NR, OFFICER, (APPOINTED,), RULE, "officer"),
    ("OfficerAppointed", NR, {**OFFICER, "agency": "nr.dagze"}, (), NOT_YOURS, "agency"),
    ("OfficerReplaced", NR, {"officer": "nr.lhasa/1", "by": "nr.lhasa/2", "name": "乙", "from": START}, (), RULE, "officer"),
    ("OfficerReplaced", "nr.dagze", {"officer": "nr.lhasa/1", "by": "nr.dagze/2", "name": "乙", "from": START}, (APPOINTED,), RULE, "officer"),
    ("OfficerReplaced", NR, {"officer": "nr.lhasa/1", "by": "nr.dagze/2", "name": "乙", "from": START}, (APPOINTED,), RULE, "by"),
    ("OfficerReplaced", NR, {"officer": "nr.lhasa/1", "by": "nr.lhasa/1", "name": "乙", "from": START}, (APPOINTED,), RULE, "by"),
    ("OfficerReleased", NR, {"officer": "nr.lhasa/1", "from": START},
     (APPOINTED, ("OfficerReleased", NR, {"officer": "nr.lhasa/1", "from": START})), RULE, "officer"),
    ("KeyRegistered", NR, {**ROOT, "key_id": "6" * 64}, (), NOT_YOURS, "key_id"),
    ("KeyRegistered", NR, {**ROOT, "custody": "browser"}, (), RULE, "custody"),
    ("KeyRegistered", NR, SIGN, (KEYED,), RULE, "public_key"),
    ("KeyRegistered", NR, {**SIGN, "key_id": "7" * 64}, (KEYED,), RULE, "public_key"),
    ("KeyRegistered", NR, {**SIGN, "officer": "nr.dagze/1"}, (), RULE, "officer"),
    ("KeyRegistered", NR, {k: v for k, v in SIGN.items() if k != "officer"}, (), RULE, "officer"),
    ("KeyRegistered", "nr.dagze", SIGN, (), NOT_YOURS, "agency"),
    ("KeyRevoked", "nr.dagze", {"key_id": "4" * 64, "since": START, "reason": "x"}, (KEYED,), RULE, "key_id"),
    ("KeyRevoked", NR, {"key_id": "4" * 64, "since": START, "reason": "x"},
     (KEYED, ("KeyRevoked", NR, {"key_id": "4" * 64, "since": START, "reason": "x"})), RULE, "key_id"),
    ("PackAdopted", OP, {**PACK, "digest": "8" * 64, "from": START}, (ADOPTED,), RULE, "digest"),
    ("PackCountersigned", NR, PACK, (), RULE, "pack"),
    ("PackCountersigned", "nr.dagze", PACK, (ADOPTED,), RULE, "region"),
    ("CalendarPublished", "government.dagze", YEAR, (), NOT_YOURS, "region"),
    ("CalendarPublished", "government.lhasa", {"year": 2026, "notice": "通知"}, (), NOT_YOURS, "region"),
    ("CalendarPublished", OP, {**YEAR, "year": 1}, (), RULE, "year"),
    ("CalendarPublished", OP, {**YEAR, "holidays": ["2028-01-01"]}, (), RULE, "holidays"),
    ("CalendarPublished", OP, {**YEAR, "workdays": ["2026-02-24"]}, (), RULE, "workdays"),
    ("BoundaryChanged", OP, {"region": "540199", "from_agency": NR, "to_agency": "nr.x", "on": START}, (), RULE, "to_agency"),
    ("BoundaryChanged", OP, {"region": "540199", "from_agency": NR, "to_agency": NR, "on": START}, (), RULE, "to_agency"),
    ("BoundaryChanged", OP, {"region": "540199", "from_agency": NR, "to_agency": "court.lhasa", "on": START}, (), RULE, "to_agency"),
    ("BoundaryChanged", OP, MERGED, (("BoundaryChanged", OP, MERGED),), RULE, "region"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "actor", "data", "before"), TAKEN, ids=[t[0] for t in TAKEN])
def test_what_may_be_registered_is_folded(type_, actor, data, before):
    made = office(*before)
    version = made.registry.version
    made.act(type_, actor, **data)
    assert made.registry.version == version + 1
    assert made.registry != Registry()


@pytest.mark.parametrize(
    ("type_", "actor", "data", "before", "code", "field"), REFUSED, ids=[f"{r[0]}-{r[-1]}" for r in REFUSED]
)
def test_what_cannot_be_is_refused(type_, actor, data, before, code, field):
    assert office(*before).refused(type_, actor, START, **data) == (code, field)


def test_every_event_of_the_registry_is_taken_and_refused_here():
    of_registry = {name for name, kind in EVENTS.items() if kind.stream == "registry"}
    assert {t[0] for t in TAKEN} | {"LedgerCreated"} == of_registry
    assert {r[0] for r in REFUSED} == of_registry


@pytest.mark.parametrize("type_", [t[0] for t in TAKEN])
def test_nothing_stands_before_the_genesis(type_):
    actor, data = next(t[1:3] for t in TAKEN if t[0] == type_)
    assert Office().refused(type_, actor, START, **data) == (RULE, "type")


# --- who is meant -------------------------------------------------------------------------------------------


def route(made: Office, frm: str, kind: str, on: str = "2026-01-01") -> str | None:
    found = made.registry.route(made.registry.agencies[frm], kind, "non_litigation", day(on))
    return found.id if found else None


def test_without_a_route_the_one_of_that_kind_level_and_region_is_meant():
    made = office()
    assert route(made, NR, "procuratorate") == "procuratorate.lhasa"
    assert route(made, "nr.lhasa-park", "court") is None
    made.act("AgencyRegistered", **{**NEW_AGENCY, "id": "procuratorate.rail", "kind": "procuratorate"})
    assert route(made, NR, "procuratorate") is None


def test_a_route_holds_from_its_first_to_its_last_day():
    made = office(("RouteSet", OP, {**ROUTE, "from": "2026-01-01", "to": "2026-06-30"}))
    made.act("RouteSet", **{**ROUTE, "agency": "court.lhasa", "from": "2026-07-01"})
    shown = [
        route(made, "nr.lhasa-park", "court", on)
        for on in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01")
    ]
    assert shown == [None, "court.duilong", "court.duilong", "court.lhasa"]


def test_a_townships_case_is_its_countys():
    made = office()
    made.act(
        "AgencyRegistered", id="township.x", kind="township", name="镇", level="township", region="540102"
    )
    assert made.registry.nr_of("township.x") == "nr.chengguan"
    assert made.registry.nr_of("nr.dagze") == "nr.dagze"


def test_new_agencies_take_part_on_paper_until_a_day():
    made = office(("ParticipationSet", OP, {"agency": NR, "mode": "signing", "from": "2026-02-01"}))
    assert [made.registry.mode(NR, day(d)) for d in ("2026-01-31", "2026-02-01")] == ["paper", "signing"]
    assert made.registry.mode("nr.dagze", day("2026-02-01")) == "paper"


def test_a_change_replaces_what_is_given_and_nothing_else():
    made = office(("AgencyChanged", OP, {"id": NR, "name": "新名"}))
    agency = made.registry.agencies[NR]
    assert (agency.name, agency.kind, agency.number_prefixes) == ("新名", "nr", ("拉",))


# --- who is meant: routes, boundaries, merged agencies ------------------------------------------------------


def meant(made: Office, frm: str, kind: str, matter: str, on: str) -> str | None:
    found = made.registry.route(made.registry.agencies[frm], kind, matter, day(on))
    return found.id if found else None


def test_without_a_route_the_only_one_of_its_kind_at_the_level_and_region_is_meant():
    made = office()
    assert meant(made, "nr.chengguan", "court", "non_litigation", START) == "court.chengguan"
    assert meant(made, "nr.lhasa-park", "court", "non_litigation", START) is None  # a park has no court
    made.act("AgencyRegistered", id="court.second", kind="court", name="二", level="county", region="540102")
    assert (
        meant(made, "nr.chengguan", "court", "non_litigation", START) is None
    )  # two: the officer says which


def test_a_railway_court_has_the_matters_routed_to_it_for_as_long_as_the_route_holds():
    made = office()
    made.act(
        "AgencyRegistered",
        id="court.railway",
        kind="court",
        name="铁路运输法院",
        level="county",
        region="540100",
    )
    made.act(
        "RouteSet",
        region="540102",
        kind="court",
        matter="lawsuit",
        agency="court.railway",
        from_="2025-01-01",
        to="2025-12-31",
    )
    days = ("2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01")
    assert [meant(made, "nr.chengguan", "court", "lawsuit", d) for d in days] == [
        "court.chengguan", "court.railway", "court.railway", "court.chengguan",
    ]  # fmt: skip
    assert meant(made, "nr.chengguan", "court", "non_litigation", "2025-06-02") == "court.chengguan"


def test_the_inspection_group_stationed_in_an_office_is_meant_by_its_route():
    made = office()
    made.act("AgencyRegistered", id="discipline.stationed", kind="discipline", name="派驻纪检监察组", level="city", region="540100",
             parent="discipline.lhasa", stationed_at=NR)  # fmt: skip
    assert meant(made, NR, "discipline", "discipline", START) is None  # there are two now
    made.act(
        "RouteSet",
        region="540100",
        kind="discipline",
        matter="discipline",
        agency="discipline.stationed",
        from_=START,
    )
    assert meant(made, NR, "discipline", "discipline", START) == "discipline.stationed"
    assert made.registry.agencies["discipline.stationed"].stationed_at == NR


def test_after_a_boundary_change_another_is_meant_from_its_day():
    made = office(("RouteSet", OP, ROUTE))  # the park's court is Duilong's
    made.act(
        "BoundaryChanged",
        region="540199",
        from_agency="court.duilong",
        to_agency="court.chengguan",
        on="2025-10-01",
    )
    assert [
        meant(made, "nr.lhasa-park", "court", "non_litigation", d) for d in ("2025-09-30", "2025-10-01")
    ] == [
        "court.duilong",
        "court.chengguan",
    ]
    assert (
        meant(made, "nr.duilong", "court", "non_litigation", "2025-10-01") == "court.duilong"
    )  # its own stays


def test_a_route_set_after_a_boundary_change_is_meant_as_it_says():
    made = office(
        ("BoundaryChanged", OP, {**MERGED, "from_agency": "court.dagze", "to_agency": "court.chengguan"})
    )
    assert meant(made, "nr.dagze", "court", "non_litigation", "2025-10-01") == "court.chengguan"
    made.act(
        "RouteSet",
        region="540104",
        kind="court",
        matter="non_litigation",
        agency="court.dagze",
        from_="2026-01-01",
    )
    assert meant(made, "nr.dagze", "court", "non_litigation", "2026-01-05") == "court.dagze"


def test_a_merged_agency_is_followed_by_the_one_that_took_it_in_and_by_that_ones_successor():
    made = office(("BoundaryChanged", OP, MERGED))
    made.act(
        "BoundaryChanged", region="540100", from_agency="nr.chengguan", to_agency="nr.lhasa", on="2026-01-01"
    )
    registry = made.registry
    assert [registry.successor("nr.dagze", "540104", day(d)) for d in ("2025-09-30", "2025-10-01", "2026-01-01")] == [
        "nr.dagze", "nr.chengguan", "nr.lhasa",
    ]  # fmt: skip
    assert registry.successor("nr.dagze", "540103", day("2026-01-01")) == "nr.dagze"
    # it stays registered: what it signed is its own for ever
    assert registry.agencies["nr.dagze"].name == "dagzenr"


def test_a_township_files_for_the_department_that_its_place_belongs_to_that_day():
    made = office(("BoundaryChanged", OP, MERGED))
    made.act(
        "AgencyRegistered", id="township.x", kind="township", name="乡", level="township", region="540104"
    )
    assert [made.registry.nr_of("township.x", day(d)) for d in ("2025-09-30", "2025-10-01")] == [
        "nr.dagze",
        "nr.chengguan",
    ]
    assert (
        made.registry.nr_of("nr.dagze", day("2025-10-01")) == "nr.dagze"
    )  # what it files itself is its own act


def test_an_agency_that_moves_is_looked_for_where_it_is():
    made = office(("AgencyChanged", OP, {"id": "court.dagze", "region": "540102"}))
    assert meant(made, "nr.dagze", "court", "non_litigation", START) is None
    assert meant(made, "nr.chengguan", "court", "non_litigation", START) is None  # two in one county now


# --- packs and days -----------------------------------------------------------------------------------------


def test_a_pack_holds_below_its_region_and_the_nearest_and_latest_wins():
    made = office(ADOPTED)
    made.act("PackAdopted", **{**PACK, "version": "2", "digest": "6" * 64, "from_": "2026-01-01"})
    made.act(
        "PackAdopted",
        **{**PACK, "version": "3", "digest": "7" * 64, "region": "540102", "from_": "2026-03-01"},
    )
    held = {
        (region, on): [a.version for a in made.registry.packs_for(region, day(on))]
        for region in ("540102", "540103", "540000")
        for on in ("2023-12-31", "2025-12-31", "2026-01-01", "2026-03-01")
    }
    assert held == {
        ("540102", "2023-12-31"): [], ("540102", "2025-12-31"): ["1"], ("540102", "2026-01-01"): ["2"],
        ("540102", "2026-03-01"): ["3"],
        ("540103", "2023-12-31"): [], ("540103", "2025-12-31"): ["1"], ("540103", "2026-01-01"): ["2"],
        ("540103", "2026-03-01"): ["2"],
        ("540000", "2023-12-31"): [], ("540000", "2025-12-31"): [], ("540000", "2026-01-01"): [], ("540000", "2026-03-01"): [],
    }  # fmt: skip


def test_a_publication_holds_below_its_region_and_a_later_one_replaces_it():
    made = office(("CalendarPublished", "government.lhasa", YEAR))
    days = made.registry.calendar(calendar())
    assert [days.is_working(date(2026, 2, 24), r) for r in (None, "540100", "540102", "540000", "610100")] == [
        True, False, False, True, True,
    ]  # fmt: skip
    made.act("CalendarPublished", "government.lhasa", **{**YEAR, "holidays": ["2026-02-25"]})
    days = made.registry.calendar(calendar())
    assert [days.is_working(date(2026, 2, d), "540102") for d in (24, 25)] == [True, False]


def test_both_lists_of_a_publication_may_be_empty():
    made = office(("CalendarPublished", OP, {"year": 2027, "notice": "通知"}))
    assert made.registry.calendar(calendar()).is_published(2027)


def test_the_start_of_the_nearest_region_counts():
    made = office(("LedgerStarted", OP, {"region": "540100", "on": START}))
    made.act("LedgerStarted", region="540102", on="2026-01-01")
    assert [made.registry.started_on(r) for r in ("540102", "540103", "540000")] == [
        day("2026-01-01"),
        day(START),
        None,
    ]


def test_regions_contain_by_their_code():
    assert regions_above("540102") == ("540102", "540100", "540000", "000000")
    assert contains("540100", "540102")
    assert not contains("540102", "540100")
    assert not contains("540100", "540202")


# --- keys ---------------------------------------------------------------------------------------------------

NOW = milliseconds(parse_moment("2026-01-05T10:00:00+08:00"))


def checked(made: Office, **changes: Any) -> tuple[str, str | None] | str:
    given = {
        "kid": "4" * 64,
        "agency": NR,
        "officer": "nr.lhasa/1",
        "name": "CaseFiled",
        "event": None,
        "received_at_ms": NOW,
    }
    try:
        return check_key(made.registry, **{**given, **changes}).key_id
    except Refusal as refusal:
        return refusal.code, refusal.field


def keyed() -> Office:
    return office(APPOINTED, ROOTED, KEYED)


# 条款 四（二）-1.2
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "4" * 64),
        ({"kid": "9" * 64}, ("key_unknown", "kid")),
        ({"agency": "nr.dagze"}, ("key_unknown", "kid")),
        ({"officer": "nr.lhasa/2"}, ("key_unknown", "officer")),
        ({"name": "KeyRegistered"}, (NOT_YOURS, "kid")),
        ({"received_at_ms": milliseconds(parse_moment("2023-12-31T23:59:59+08:00"))}, ("key_unknown", "kid")),
        ({"kid": root_of(NR)}, (NOT_YOURS, "kid")),
        ({"kid": root_of(NR), "name": "OfficerAppointed"}, root_of(NR)),
    ],
)
def test_a_key_is_good_for_its_agency_officer_time_and_purpose(changes, expected):
    assert checked(keyed(), **changes) == expected


def test_a_revoked_key_and_a_released_officer_sign_no_more():
    made = keyed()
    made.act("OfficerReleased", NR, officer="nr.lhasa/1", from_="2026-01-05")
    assert checked(made) == (NOT_YOURS, "officer")
    made = keyed()
    made.act("KeyRevoked", NR, key_id="4" * 64, since=START, reason="遗失")
    assert checked(made) == ("key_revoked", "kid")
    assert made.registry.keys["4" * 64].doubt_since == parse_moment(START)


# 条款 四（二）-1.1
def test_an_officer_replaced_leaves_what_he_signed_and_signs_no_more_from_that_day():
    made = keyed()
    new = {**SIGN, "key_id": "9" * 64, "public_key": "99" * 32, "officer": "nr.lhasa/2"}
    made.act("OfficerReplaced", NR, officer="nr.lhasa/1", by="nr.lhasa/2", name="乙", from_="2026-02-11")
    made.act("KeyRegistered", NR, **new)
    before, after = (milliseconds(parse_moment(f"2026-02-{d}T10:00:00+08:00")) for d in (10, 11))
    successor = {"kid": "9" * 64, "officer": "nr.lhasa/2"}
    assert [checked(made, received_at_ms=before), checked(made, received_at_ms=after)] == [
        "4" * 64,
        (NOT_YOURS, "officer"),
    ]
    assert [checked(made, **successor, received_at_ms=m) for m in (before, after)] == [
        (NOT_YOURS, "officer"),
        "9" * 64,
    ]
    # the former's key is not revoked: what it signed before is as good as on its day
    assert made.registry.keys["4" * 64].revoked_at is None
    assert made.registry.keys["4" * 64].doubt_since is None


def test_the_sample_locality_stands():
    assert len(lhasa().agencies) == 32
    assert len(lhasa().packs_for("540102", day("2026-01-01"))) == 2
