"""Random scripts over meetings, referrals and reconciliations: nothing but refusals is raised, and folding agrees."""

from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import discipline, mechanism, meetings, reconciling
from domain.acts import Act
from domain.refusal import Refusal
from tests.streams import COMMITMENT, Stream

one = st.sampled_from
NR, COUNTY, COURT, POLICE = "nr.lhasa", "nr.chengguan", "court.lhasa", "police.lhasa"
DISCIPLINE, OTHER = "discipline.lhasa", "discipline.chengguan"
SOME = one([[NR, COURT], [COURT, POLICE], [NR, COURT, POLICE], [COURT, COURT], ["court.nowhere"]])
DAYS = one(["2026-06-01", "2026-08-31", "2026-09-30"])
DAY_0 = date(2026, 6, 1)
TEXT = one(["进展", "拉自然资执〔2026〕1号"])
ITEMS = st.lists(
    st.fixed_dictionaries(
        {"item_no": one(["1", "2"]), "text": TEXT, "holder": one([NR, COURT])}, optional={"due_on": DAYS}
    ),
    max_size=2,
)
ROWS = one(["papers/enforcement/1", "papers/enforcement/1", "cases/拉1", "cases/拉（2026）1号", "what"])
DIFFERENCE = st.fixed_dictionaries({}, optional={"of": one(["papers/enforcement/1", "检建1", "f" * 32])})
EXPECTED = st.fixed_dictionaries({"number": st.just("检建1"), "date": DAYS, "from": one([COURT, NR])})

Menu = list[tuple[str, st.SearchStrategy[str], st.SearchStrategy[dict[str, Any]]]]


def _of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(fields)


AGENDA = st.lists(
    st.fixed_dictionaries({"class": one(["通报", "重大", "闲谈"]), "text": TEXT}), min_size=1, max_size=2
)
MENUS: dict[ModuleType, Menu] = {
    meetings: [
        ("MajorMatterRaised", one([NR, COUNTY]), _of(what=TEXT)),
        ("MeetingConvened", one([NR, NR, COUNTY]), _of(kind=one(["regular", "ad_hoc"]), agenda=AGENDA, attendees=SOME, on=DAYS)),
        ("AttendeesNamed", one([COURT, POLICE]), _of(attendees=st.just(["甲"]))),
        ("MeetingDeferred", one([NR]), _of(reason=TEXT, new_on=DAYS)),
        ("MeetingHeld", one([NR]), _of(attended=SOME)),
        ("MinutesDrafted", one([NR]), _of(items=ITEMS)),
        ("MinutesEndorsed", one([NR, COURT, POLICE]), _of()),
        ("MinutesObjected", one([COURT, POLICE]), _of(what=TEXT)),
        ("ItemReported", one([NR, COURT]), _of(item_no=one(["1", "2", "3"]))),
        ("ItemClosed", one([NR]), _of(item_no=one(["1", "2"]))),
        ("MeetingCancelled", one([NR, COUNTY]), _of()),
        ("ReportCirculated", one([NR]), _of()),
        ("ReportCommented", one([COURT]), _of(what=TEXT)),
        ("ReportAdopted", one([NR]), _of()),
    ],
    discipline: [
        ("DisciplineClueReferred", one([NR, COUNTY]), _of(referral_no=one(["1", "2"]), to=one([DISCIPLINE, OTHER, COURT]),
                                                          subjects=st.just(COMMITMENT), content=st.just(COMMITMENT))),
        ("DisciplineClueReceived", one([DISCIPLINE, OTHER]), _of(received_on=st.none() | DAYS, referral_no=one([None, "1"]))),
        ("DisciplineClueHandled", one([DISCIPLINE, OTHER]),
         _of(disposition=one(["accepted", "passed_on", "not_handled"]), to=one([None, None, OTHER, DISCIPLINE]))),
        ("AccountabilityReported", one([DISCIPLINE, OTHER]), _of(outcome=st.just(COMMITMENT))),
        ("DisciplineCheckOpened", one([DISCIPLINE]), _of(scope=TEXT, agencies=SOME)),
        ("DisciplineCheckConcluded", one([DISCIPLINE]), _of(findings=st.just(COMMITMENT), agencies=st.none() | SOME)),
    ],
    reconciling: [
        ("ReconciliationOpened", one([NR]), st.fixed_dictionaries({"from": DAYS, "to": DAYS, "agencies": SOME})),
        ("AccountConfirmed", one([COURT, POLICE]), _of(agency=one([COURT, POLICE]), digest=one(["ab" * 32, "cd" * 32]))),
        ("DifferenceRaised", one([NR, COURT]), _of(what=TEXT, row=st.none() | ROWS, expected=st.none() | EXPECTED, to=one([None, POLICE]))),
        ("DifferenceResolved", one([NR, COURT, POLICE]), DIFFERENCE.map(lambda d: d | {"how": "已更正"})),
        ("DifferenceAgreed", one([NR, COURT]), DIFFERENCE),
        ("WriteOffProposed", one([NR, NR, COURT]), _of(row=ROWS, ground=one(["completed", "merged"]), to=one([None, COURT]))),
        ("WriteOffAgreed", one([NR, COURT, "nr.xizang"]), _of(row=ROWS)),
        ("WriteOffRejected", one([NR, COURT]), _of(row=ROWS)),
        ("RowReinstated", one([NR, COURT]), _of(row=ROWS, reason=TEXT)),
        ("ReconciliationClosed", one([NR]), _of(carried=one([None, ["papers/enforcement/1"]]))),
    ],
}  # fmt: skip
HELD = ("MeetingConvened", "MeetingHeld", "MinutesDrafted")
COURSES: dict[ModuleType, list[tuple[str, ...]]] = {
    meetings: [
        (*HELD, "MinutesEndorsed", "MinutesEndorsed", "MinutesEndorsed", "ItemReported", "ItemClosed"),
        (*HELD, "MinutesObjected", "MinutesEndorsed", "MinutesDrafted"),
        ("MajorMatterRaised", "MeetingConvened", "ReportCirculated", "ReportCommented", "ReportAdopted"),
        ("MeetingConvened", "AttendeesNamed", "MeetingDeferred", "MeetingCancelled"),
    ],
    discipline: [
        ("DisciplineClueReferred", "DisciplineClueReceived", "DisciplineClueHandled", "AccountabilityReported"),
        ("DisciplineCheckOpened", "DisciplineCheckConcluded", "AccountabilityReported"),
    ],
    reconciling: [
        ("ReconciliationOpened", "DifferenceRaised", "DifferenceResolved", "DifferenceAgreed", "ReconciliationClosed"),
        ("ReconciliationOpened", "WriteOffProposed", "WriteOffAgreed", "RowReinstated", "AccountConfirmed"),
        ("ReconciliationOpened", "WriteOffProposed", "WriteOffRejected", "WriteOffProposed"),
    ],
}  # fmt: skip
"""Usual courses; every event of the stream is in one."""
IDS = {meetings: "meeting/1", discipline: "discipline/1", reconciling: "reconciliation/1"}
MODULES = pytest.mark.parametrize("module", list(MENUS), ids=lambda m: m.__name__)
MANY = settings(max_examples=80, suppress_health_check=list(HealthCheck))


@st.composite
def told(draw: st.DrawFn, module: ModuleType) -> Stream:
    """A stream after the usual course with much else between; each act was taken, or refused and nothing else."""
    stream, on = Stream(module, IDS[module]), DAY_0
    for usual in (*draw(one(COURSES[module])), None, None):
        taken = draw(st.integers(0, 9)) == 0  # now and then the usual is left out
        for _ in range(4):
            if usual is not None and not taken:
                taken = _try(stream, draw, [m for m in MENUS[module] if m[0] == usual], on)
            on += timedelta(draw(one([0, 0, 1, 5])))
        for _ in range(draw(st.integers(0, 2))):
            _try(stream, draw, MENUS[module], on - timedelta(draw(one([0, 0, 0, 2]))))
    return stream


def _try(stream: Stream, draw: st.DrawFn, menu: Menu, on: date) -> bool:
    type_, actors, fields = draw(one(menu))
    actor, officer = draw(actors), draw(one(["1", "2"]))
    data = {k: v for k, v in draw(fields).items() if v is not None}
    before, met = stream.dossier, None
    try:
        stream.act(type_, actor, on.isoformat(), None, None, f"{actor}/{officer}", **data)
    except Refusal as refusal:
        met = refusal
    if met is not None:
        assert stream.dossier is before
        assert met.field
    return met is None


@MODULES
def test_one_by_one_and_all_at_once_give_the_same_dossier(module):
    @MANY
    @given(told(module))
    def check(stream: Stream) -> None:
        dossier = stream.dossier
        assert dossier.refold(dossier.acts, stream.registry) == dossier
        assert dossier.begun == bool(dossier.acts)
        assert [e.act.id for e in dossier.entries if e.stands_for is None] == [a.id for a in dossier.acts]
        if dossier.acts:
            module.irregularities(stream.before, dossier, dossier.acts[-1].id, (), stream.registry)
        if dossier.begun:
            assert dossier.home(stream.registry) in (NR, COUNTY)
        for entry in dossier.entries:
            for selector in (
                "nr",
                "sender",
                "addressee",
                "discipline",
                "court",
                "police",
                "government",
                "party",
            ):
                assert all(dossier.meant(selector, entry.subjects, entry, entry.on, stream.registry))

    check()


@MODULES
def test_any_acts_fold_in_any_order(module):
    @MANY
    @given(told(module), st.data())
    def check(stream: Stream, data: st.DataObject) -> None:
        taken = stream.dossier.acts
        acts: list[Act] = data.draw(st.lists(one(taken), unique_by=id)) if taken else []
        dossier = module.fold(stream.id, acts, stream.registry)
        assert len([e for e in dossier.entries if e.stands_for is None]) == len(acts)
        for id_ in ("region/540100", "region/540102"):
            region = mechanism.fold(id_, acts, stream.registry)
            assert region.refold(region.acts, stream.registry) == region

    check()


@MANY
@given(told(meetings))
def test_minutes_are_agreed_once_and_nobodys_word_is_missing(stream):
    minutes, agreed = stream.dossier.minutes, stream.entries("MinutesAgreed")
    assert bool(agreed) == (minutes is not None and minutes.agreed_on is not None)
    if agreed:
        assert minutes.waiting == ()
        assert len(agreed) == 1 + len(minutes.items)
        assert all(
            e.on == max([minutes.drafted_on, *(minutes.endorsed[a][1] for a in minutes.needed)])
            for e in agreed
        )


@MANY
@given(told(reconciling), told(reconciling))
def test_rows_of_one_round_stand_as_they_do_over_all_rounds(first, second):
    assert reconciling.row_states([first.dossier]) == first.dossier.rows
    both = reconciling.row_states([first.dossier, second.dossier])
    assert both.keys() == first.dossier.rows.keys() | second.dossier.rows.keys()
    for row in both.values():
        assert [m.index for m in row.marks] == sorted(m.index for m in row.marks)
        assert row.written_off <= (row.proposal is not None)


@MANY
@given(told(reconciling))
def test_no_round_closes_over_an_open_difference_that_it_does_not_carry(stream):
    if stream.dossier.closed_on is not None:
        assert set(stream.dossier.carried) == {d.act for d in stream.dossier.open_differences}


@MODULES
def test_the_scripts_reach_deep(module):
    """Guards the generator: a property over scripts that are refused whole would prove nothing."""
    reached: list[str] = []

    @MANY
    @given(told(module))
    def tell(stream: Stream) -> None:
        reached.extend({a.type for a in stream.dossier.acts} | {e.type for e in stream.dossier.entries})

    tell()
    assert {name for course in COURSES[module] for name in course} == {name for name, _, _ in MENUS[module]}
    assert set(reached) >= {name for name, _, _ in MENUS[module]}
    assert module is not meetings or reached.count("MinutesAgreed") >= 5
