"""Random scripts over one case: what is accepted folds, what is refused changes nothing, and nothing ever breaks."""

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.cases import decide, evolve, fold, resolved
from domain.cases.irregular import irregularities
from domain.duties import duties_of, state
from domain.refusal import Refusal
from tests.worlds import COURT, GOVERNMENT, NR, PROCURATORATE, World, filed

DECISIONS, APPLICATIONS, RULINGS = ["罚1"] * 4 + ["罚2"], ["申1"] * 4 + ["申2"], ["裁1"] * 4 + ["裁2"]
SUITS, SUGGESTIONS = ["行初1"], ["建1"]
one = st.sampled_from
DAY_0 = date(2025, 8, 1)
ITEMS = st.lists(
    st.fixed_dictionaries({"kind": one(["demolish", "fine", "restore"])}), min_size=1, max_size=2
)
SOME_ITEMS = st.none() | st.none() | st.lists(one(["1", "1", "2"]), min_size=1, max_size=2)
APPLICATION = st.fixed_dictionaries({}, optional={"application": one(APPLICATIONS)})
MATERIALS = st.just([{"title": "申请书"}])


def _of(kind: str, **fields: st.SearchStrategy[Any]) -> tuple[str, st.SearchStrategy[dict[str, Any]]]:
    return kind, st.fixed_dictionaries(fields)


def _about(kind: str, **fields: st.SearchStrategy[Any]) -> tuple[str, st.SearchStrategy[dict[str, Any]]]:
    return kind, st.tuples(APPLICATION, st.fixed_dictionaries(fields)).map(lambda both: both[0] | both[1])


DECISION, RULING = one(DECISIONS), one(RULINGS)
MENU: dict[str, list[tuple[str, st.SearchStrategy[dict[str, Any]]]]] = {
    NR: [
        _of("PenaltyDecided", decision_no=DECISION, items=ITEMS),
        _of("PenaltyServed", decision_no=DECISION, method=one(["direct", "announced"])),
        _of("PenaltyRevoked", decision_no=DECISION, reason=st.just("有误")),
        _of("PerformanceDemanded", decision_no=DECISION),
        _of("Performed", decision_no=DECISION, items=SOME_ITEMS),
        _of("ReviewApplied", decision_no=DECISION, authority=st.just("市政府")),
        _of("ReviewDecided", decision_no=DECISION, outcome=one(["upheld", "revoked", "withdrawn"])),
        _of("LawsuitFiled", decision_no=DECISION, court=st.just(COURT), court_case_no=one(SUITS)),
        _of("EnforcementApplied", decision_no=DECISION, court=one([COURT, "court.lhasa"]), application_no=st.none() | one(APPLICATIONS),
            items=SOME_ITEMS),
        _about("ApplicationCopied", materials=MATERIALS),
        _about("AcceptanceReceived", accepted_on=st.none()),
        _about("AcceptanceCopied"),
        _about("ApplicationWithdrawn"),
        _about("MaterialsSupplemented"),
        _about("RulingReceived", ruling_no=RULING, result=one([None, "granted", "refused", "not_accepted"])),
        _of("RulingCopied", ruling_no=RULING),
        _of("RulingReviewApplied", ruling_no=RULING, court=st.just("court.lhasa")),
        _of("SuggestionReplied", suggestion_no=one(SUGGESTIONS), adopted=st.booleans(), measures=st.just("整改")),
        _of("ViolationReported", government=st.just(GOVERNMENT), report_no=one(["报1", "报2"])),
        _of("RemovalVerified", what=st.just("已拆除"), on_site=st.just(value=True)),
        _of("CaseClosed", reason=st.just("完毕")),
    ],
    COURT: [
        _about("EnforcementAccepted", review_case_no=one(["行审1", "行审2"])),
        _about("EnforcementNotAccepted", reasons=st.just("不符"), ruling_no=st.none() | RULING),
        _about("EnforcementGranted", ruling_no=RULING, executor=one(["court", "government"])),
        _about("EnforcementRefused", ruling_no=RULING, reasons=st.just("违法")),
        _about("HearingOfOpinionsOpened"),
        _about("ExecutionSuspended", reasons=st.just("异议")),
        _about("ExecutionResumed"),
        _about("ExecutionTerminated", reasons=st.just("终结")),
        _of("LawsuitDecided", court_case_no=one(SUITS), instance=st.just("1"), outcome=one(["claims_dismissed", "suit_dismissed", "revoked"])),
    ],
    PROCURATORATE: [
        _of("SuggestionIssued", suggestion_no=one(SUGGESTIONS), to=st.just(NR), subject=st.just("inaction"), urgent=st.booleans()),
        _of("SuggestionExtended", suggestion_no=one(SUGGESTIONS), reply_by=st.just("2027-01-04")),
        _of("CopyAcknowledged", of=one([*APPLICATIONS, *RULINGS, "ApplicationCopied"])),
        _of("CopyReturned", of=one(APPLICATIONS), missing=st.just(["页"])),
    ],
    GOVERNMENT: [
        _of("MeasuresTaken", measures=st.just("制止")),
        _of("ExecutionOrganised", plan=st.just("拆除")),
        _of("ExecutionCompleted", result=one(["full", "partial"])),
        _of("ExecutorDesignated", ruling_no=RULING, executing_agency=st.just("nr.chengguan")),
    ],
    "court.lhasa": [_of("RulingReviewDecided", ruling_no=RULING, outcome=one(["upheld", "revoked"]))],
}  # fmt: skip


OUTLINE = (
    ("PenaltyDecided", NR), ("PenaltyServed", NR), ("PerformanceDemanded", NR), ("EnforcementApplied", NR), ("ApplicationCopied", NR),
    ("EnforcementAccepted", COURT), ("AcceptanceReceived", NR), ("AcceptanceCopied", NR), ("EnforcementGranted", COURT),
    ("RulingReceived", NR), ("RulingCopied", NR), ("ExecutionOrganised", GOVERNMENT), ("ExecutionCompleted", GOVERNMENT),
)  # fmt: skip


@st.composite
def scripts(draw: st.DrawFn) -> tuple[World, int]:
    """A world after the usual course, of which some is left out, with anything else between; and how much was refused."""
    world, on, refused = filed(None, DAY_0.isoformat()), DAY_0, 0
    for usual in (*OUTLINE, None):
        tries: list[tuple[str | None, str]] = [usual] if usual is not None and draw(st.integers(0, 9)) else []
        tries += [(None, "")] * draw(one([0, 0, 1, 2]))
        for type_, actor in tries:
            on += timedelta(draw(one([0, 1, 1, 2, 3, 5, 8, 30, -1])))
            received = on + timedelta(draw(one([0, 0, 0, 1, 20])))
            if type_ is not None:
                data = draw(dict(MENU[actor])[type_])
            elif draw(st.booleans()):
                actor = draw(one(sorted(MENU)))
                type_, fields = draw(one(MENU[actor]))
                data = draw(fields)
            else:
                target = draw(one(world.case.acts))
                type_, actor, on = "StatementCorrected", target.agency, received
                data = {"of": target.id, "reason": "笔误", "data": draw(one([
                    {"occurred_on": (target.occurred_on + timedelta(draw(st.integers(-9, 9)))).isoformat()},
                    {"decision_no": "罚9"}, {"application_no": "申9"}, {"ruling_no": "裁9"}, {"items": None}, {"note": "注"},
                ]))}  # fmt: skip
            refused += not _try(world, type_, actor, on, received, data)
    return world, refused


def _try(world: World, type_: str, actor: str, on: date, received: date, data: dict[str, Any]) -> bool:
    before, met = world.case, None
    try:
        world.act(type_, actor, on.isoformat(), received.isoformat(), **data)
    except Refusal as refusal:
        met = refusal
    if met is not None:
        assert world.case is before
        assert met.field
    return met is None


MANY = settings(max_examples=100, suppress_health_check=list(HealthCheck))


@MANY
@given(scripts())
def test_one_by_one_and_all_at_once_give_the_same_case(told):
    world, _ = told
    assert world.refolded() == world.case


@MANY
@given(scripts(), st.data())
def test_any_acts_fold_in_any_order(told, data):
    world, _ = told
    acts = data.draw(st.lists(one(world.case.acts), unique_by=lambda a: a.id))
    case = fold(world.case.id, tuple(acts), world.registry)
    assert len([e for e in case.entries if e.stands_for is None]) == len(acts)
    duties_of(case, world.rules)


@MANY
@given(scripts(), st.integers(-30, 900))
def test_duties_and_their_standing_never_break_and_have_ids_of_their_own(told, later):
    world, _ = told
    on = DAY_0 + timedelta(later)
    for duties in (duties_of(world.case, world.rules), duties_of(world.case, world.rules, on)):
        ids = [d.id for d in duties]
        assert len(set(ids)) == len(ids)
        for duty in duties:
            standing = state(duty, on, world.rules)
            assert (standing.state == "overdue") <= (
                duty.due_on is not None and on > (duty.strict_due_on or duty.due_on)
            )
            assert not (duty.discharged_by and duty.discharged_on is None)
            assert standing.state != "not_running" or duty.discharged_on is None or duty.discharged_on > on
    irregularities(
        world.before, world.case, world.case.acts[-1].id, duties_of(world.case, world.rules), world.registry
    )


@MANY
@given(scripts())
def test_a_correction_never_makes_a_late_duty_timely(told):
    world, _ = told
    corrections = [a for a in world.case.acts if a.type == "StatementCorrected"]
    assume(corrections)
    last = corrections[-1]
    assume(last.id == world.case.acts[-1].id)
    before = {
        d.id: d for d in duties_of(fold(world.case.id, world.case.acts[:-1], world.registry), world.rules)
    }
    for duty in duties_of(world.case, world.rules):
        old = before.get(duty.id)
        if old is not None and old.late and duty.discharged_on is not None and duty.cancelled_on is None:
            assert duty.late or old.discharged_by != duty.discharged_by


@MANY
@given(scripts())
def test_what_was_resolved_is_decided_alike_by_number_and_by_statement(told):
    world, _ = told
    act = world.proposed("ApplicationCopied", NR, "2027-03-01", None, materials=[{"title": "申请书"}])
    again = resolved(world.case, world.registry, act.event, NR, act.occurred_on)
    assert again == act.event
    try:
        decide(world.case, act, world.registry, act.received_on)
    except Refusal:
        return
    assert evolve(world.case, act, world.registry).entry(act.id).to is not None  # type: ignore[union-attr]


def test_the_scripts_reach_deep():
    """Guards the generator: a property over scripts that are refused whole would prove nothing."""
    reached: list[tuple[set[str], int]] = []

    @MANY
    @given(scripts())
    def tell(told: tuple[World, int]) -> None:
        world, refused = told
        reached.append(({a.type for a in world.case.acts}, refused))

    tell()
    types = set[str]().union(*(t for t, _ in reached))
    assert types >= {type_ for type_, _ in OUTLINE} | {"StatementCorrected"}
    assert sum("RulingCopied" in t for t, _ in reached) >= 5
    assert sum(refused > 3 for _, refused in reached) >= 5
