"""What agencies have to do with each other in a case: one asks, refers, hands over or tells; the other answers.

Sources: 拉萨实施意见 三（一）–（六）, 四（二）（三）, 五（四）; 行政执法机关移送涉嫌犯罪案件的规定 (移送规定); 公安机关办理刑事
案件程序规定 §180–182; 人民检察院刑事诉讼规则 §560–564; 土地管理法实施条例 §58; 城乡规划法 §68.

Two tables say it all but a few particulars: `OPENING` has the acts that begin a matter, `FOLLOWING` those about one:
who may do them, after which, to whom they go, whether they end it. Then the rules and effects that read the tables,
the particulars of single acts, and what should not have happened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain.acts.base import EVENTS, Act, Event, kind_of
from domain.acts.matters import (
    AppraisalDelivered,
    AppraisalRequested,
    AssistanceCancelled,
    AssistanceConfirmed,
    AssistanceDeclined,
    AssistanceNotRendered,
    AssistanceProvided,
    AssistanceRequested,
    AssistanceRescheduled,
    CaseBriefed,
    ClueReturned,
    ConfiscatedHandedOver,
    ContactLogged,
    CourtExecutionUnlawfulFound,
    CrimeFiled,
    CrimeNotFiled,
    CrimeOutcomeTold,
    CrimeReferralReceived,
    CrimeReferred,
    DemolitionCompleted,
    DemolitionOrganised,
    DocumentShared,
    FilesProvided,
    FilesRequested,
    FilingSupervisionDecided,
    FilingSupervisionRequested,
    HandlingTracked,
    ItemsHandedOver,
    JointEnforcementOpened,
    JointStudyHeld,
    NonCrimeViolationFound,
    ObstructionHandled,
    ObstructionReported,
    PenaltyOpinionIssued,
    PenaltyOpinionReplied,
    PlanningViolationHandedOver,
    ReasonsDemanded,
    ReasonsStated,
    Reassigned,
    ReconsiderationDecided,
    ReconsiderationRequested,
    ReferralApproved,
    ReferralPassedOn,
    ReferralRefused,
    ReferralReportSubmitted,
    Reminded,
    ReturnedClueHandled,
    SuggestionFollowedUp,
    SuggestionNotified,
    SupervisionAccepted,
    SupervisionApplied,
    SupervisionConditionsLacking,
    SupervisionDecided,
    SupervisionDecisionServed,
    SupervisionExtended,
    SupervisionNotAccepted,
    SupervisionWithdrawn,
    SupplementAsked,
    SupplementFiled,
    UnlawfulActFound,
)
from domain.cases import course
from domain.cases.model import Case, Effect, Matter, Step
from domain.cases.proceedings import Rule
from domain.cases.resolving import (
    addressee,
    only_granted,
    the_application,
    the_decision,
    the_files,
    the_matter,
    the_ruling,
    the_suggestion,
    the_thing,
)
from domain.changing import replace
from domain.entries import Copy, Entry, broken, not_before
from domain.refusal import Irregularity, Refusal
from domain.registry import Agency, Registry, contains
from domain.terms import LONGEST_DAYS
from domain.values import SHANGHAI, Ref, parse_moment, same_number

# --- the tables ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opens:
    """An act that begins a matter. `number`: the field of the matter's number; `kinds`: what the addressee may be, any
    where there are none; `copied`: the addressee is to acknowledge it (签收)."""

    kind: str
    number: str | None = None
    kinds: frozenset[str] = frozenset()
    copied: bool = True


@dataclass(frozen=True, slots=True)
class Follows:
    """An act about a matter, which the field `ref` names.

    `by` and `to` are parts in the matter: sender (who began it), addressee (one of those it was addressed to), current
    (the last of them: a referral passed on has another), supervisor (a procuratorate with a part in the case), demander
    (who demanded reasons), named (in the act itself). `by` none: the department in charge, which is checked of every
    act that it alone may sign. `after`: one of these must have happened; `unless`: none of these, by the day of the act.
    An agency does it once, or `again` after one of these, or `often`. `ends`: the matter is done with.
    """

    kind: str
    ref: str
    by: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    after: tuple[type[Event], ...] = ()
    unless: tuple[type[Event], ...] = ()
    again: tuple[type[Event], ...] = ()
    often: bool = False
    ends: bool = False
    copied: bool = False


_POLICE, _NR, _GOVERNMENT = frozenset({"police"}), frozenset({"nr"}), frozenset({"government"})

OPENING: dict[type[Event], Opens] = {
    AssistanceRequested: Opens("assistance", "assistance_no"),
    FilesRequested: Opens("files", "files_no"),
    SupervisionApplied: Opens("supervision", "supervision_no", frozenset({"procuratorate"})),
    SupervisionConditionsLacking: Opens("study", copied=False),
    PenaltyOpinionIssued: Opens("opinion", "opinion_no", _NR),
    ReferralReportSubmitted: Opens("crime", "referral_no", copied=False),
    AppraisalRequested: Opens("appraisal", "appraisal_no", frozenset({"nr", "member_unit"})),
    ClueReturned: Opens("returned_clue", "clue_no", _NR),
    ObstructionReported: Opens("obstruction", "obstruction_no", _POLICE, copied=False),
    PlanningViolationHandedOver: Opens("handover", "handover_no", _GOVERNMENT),
    ConfiscatedHandedOver: Opens("handover", "handover_no", _GOVERNMENT),
    DocumentShared: Opens("shared"),
    JointEnforcementOpened: Opens("joint", copied=False),
}
"""`CrimeReferred` begins a matter too where no report of its number came before it; it is a particular of its own."""

_GONE = (AssistanceCancelled, AssistanceProvided)
_NOT_PURSUED = (SupervisionWithdrawn, SupervisionNotAccepted)
_ANSWERED = (CrimeFiled, CrimeNotFiled)

FOLLOWING: dict[type[Event], Follows] = {
    AssistanceRescheduled: Follows(
        "assistance", "assistance_no", ("sender",), ("current",), unless=(*_GONE, AssistanceDeclined), often=True
    ),
    AssistanceCancelled: Follows(
        "assistance", "assistance_no", ("sender",), ("current",), unless=(AssistanceProvided,), ends=True
    ),
    AssistanceConfirmed: Follows(
        "assistance", "assistance_no", ("addressee",), ("sender",), unless=(*_GONE, AssistanceDeclined),
        again=(AssistanceRescheduled,),
    ),
    AssistanceDeclined: Follows(
        "assistance", "assistance_no", ("addressee",), ("sender",), unless=_GONE, ends=True
    ),
    AssistanceProvided: Follows(
        "assistance", "assistance_no", ("addressee",), ("sender",), unless=(AssistanceCancelled,), ends=True
    ),
    AssistanceNotRendered: Follows(
        "assistance", "assistance_no", ("sender",), ("current",), unless=(AssistanceCancelled,), ends=True
    ),
    FilesProvided: Follows("files", "files_no", ("addressee",), ("sender",), ends=True, copied=True),
    SupervisionWithdrawn: Follows(
        "supervision", "supervision_no", (), ("current",), unless=(SupervisionDecided, SupervisionNotAccepted), ends=True
    ),
    SupervisionAccepted: Follows(
        "supervision", "supervision_no", ("addressee",), ("sender",), unless=(*_NOT_PURSUED, SupervisionDecided)
    ),
    SupervisionNotAccepted: Follows(
        "supervision", "supervision_no", ("addressee",), ("sender",),
        unless=(SupervisionAccepted, SupervisionWithdrawn, SupervisionDecided), ends=True,
    ),
    SupervisionExtended: Follows(
        "supervision", "supervision_no", ("addressee",), ("sender",), after=(SupervisionAccepted,),
        unless=(SupervisionWithdrawn, SupervisionDecided), often=True,
    ),
    SupervisionDecided: Follows("supervision", "supervision_no", ("addressee",), ("sender",), unless=_NOT_PURSUED),
    SupervisionDecisionServed: Follows(
        "supervision", "supervision_no", ("addressee",), ("named",), after=(SupervisionDecided,), often=True,
        ends=True, copied=True,
    ),
    PenaltyOpinionReplied: Follows("opinion", "opinion_no", (), ("sender",), ends=True, copied=True),
    ReferralApproved: Follows(
        "crime", "referral_no", after=(ReferralReportSubmitted,), again=(ReferralRefused,)
    ),
    ReferralRefused: Follows(
        "crime", "referral_no", after=(ReferralReportSubmitted,), again=(ReferralApproved,), ends=True
    ),
    CrimeReferralReceived: Follows(
        "crime", "referral_no", ("addressee",), ("sender",), after=(CrimeReferred,), again=(ReferralPassedOn,)
    ),
    SupplementAsked: Follows(
        "crime", "referral_no", ("current",), ("sender",), after=(CrimeReferred,), unless=_ANSWERED,
        often=True, copied=True,
    ),
    SupplementFiled: Follows(
        "crime", "referral_no", (), ("current",), after=(SupplementAsked,), often=True, copied=True
    ),
    ReferralPassedOn: Follows(
        "crime", "referral_no", ("current",), ("named", "sender"), after=(CrimeReferred,), unless=_ANSWERED,
        often=True, copied=True,
    ),
    CrimeFiled: Follows("crime", "referral_no", ("current",), ("sender",), after=(CrimeReferred,), copied=True),
    CrimeNotFiled: Follows(
        "crime", "referral_no", ("current",), ("sender",), after=(CrimeReferred,), unless=(CrimeFiled,), copied=True
    ),
    CrimeOutcomeTold: Follows(
        "crime", "referral_no", ("current", "supervisor"), ("sender",), after=(CrimeFiled,), often=True, copied=True
    ),
    ReconsiderationRequested: Follows(
        "crime", "referral_no", (), ("current",), after=(CrimeNotFiled,), unless=(CrimeFiled,), copied=True
    ),
    ReconsiderationDecided: Follows(
        "crime", "referral_no", ("current",), ("sender",), after=(ReconsiderationRequested,), copied=True
    ),
    FilingSupervisionRequested: Follows(
        "crime", "referral_no", (), ("named",), after=(CrimeReferred,), unless=(CrimeFiled,), copied=True
    ),
    FilingSupervisionDecided: Follows(
        "crime", "referral_no", ("supervisor",), ("current", "sender"),
        after=(FilingSupervisionRequested, ReasonsDemanded), again=(FilingSupervisionRequested, ReasonsDemanded),
        copied=True,
    ),
    ReasonsDemanded: Follows(
        "crime", "referral_no", ("supervisor",), ("current",), after=(CrimeReferred,), unless=(CrimeFiled,),
        again=(ReasonsStated,), copied=True,
    ),
    ReasonsStated: Follows(
        "crime", "referral_no", ("current",), ("demander",), after=(ReasonsDemanded,), again=(ReasonsDemanded,),
        copied=True,
    ),
    ItemsHandedOver: Follows(
        "crime", "referral_no", (), ("current",), after=(CrimeFiled,), often=True, copied=True
    ),
    AppraisalDelivered: Follows("appraisal", "appraisal_no", ("addressee",), ("sender",), ends=True, copied=True),
    ReturnedClueHandled: Follows("returned_clue", "clue_no", (), ("sender",), ends=True),
    ObstructionHandled: Follows("obstruction", "obstruction_no", ("addressee",), ("sender",), often=True),
    DemolitionOrganised: Follows(
        "handover", "handover_no", ("addressee", "below"), ("sender",), after=(PlanningViolationHandedOver,),
        unless=(DemolitionCompleted,), often=True,
    ),
    DemolitionCompleted: Follows(
        "handover", "handover_no", ("addressee", "below"), ("sender",), after=(PlanningViolationHandedOver,), ends=True
    ),
}  # fmt: skip

GROUNDS = {
    "judgment": frozenset(
        {"wrong_judgment", "wrong_ruling", "wrong_mediation", "unlawful_trial", "unlawful_litigation_execution"}
    ),
    "enforcement": frozenset(
        {
            "materials_refused", "not_accepted", "no_ruling_in_time", "execution_refused", "suspended",
            "round_terminated", "terminated", "ruling_execution_split",
        }
    ),
}  # fmt: skip
"""What a department may complain of, by category: 拉萨实施意见 三（六）, the two numbered cases."""
BY_SUPERIORS_TOO = (
    ReferralReportSubmitted, ReferralApproved, ReferralRefused, CrimeReferred, SupplementFiled, ReconsiderationRequested,
    FilingSupervisionRequested, ItemsHandedOver,
)  # fmt: skip
"""Acts of a referral: a department above the one in charge may have made it, which is irregular, not impossible."""
DOCUMENTS = {
    "violation_report": "report", "penalty_decision": "decision", "enforcement_application": "application",
    "court_ruling": "ruling", "crime_referral": "crime",
}  # fmt: skip
"""What a shared document is in this case. A discipline referral has a stream of its own, a typical case no number here."""
_OVER = ("withdrawn", "not_prosecuted", "judged")
"""Outcomes with which a criminal case is at its end."""


# --- who has a part in a case -------------------------------------------------------------------------------


def has_part(case: Case, agency: Agency, registry: Registry) -> bool:
    """Whether anything connects an agency with the case: something done, addressed or sent to it, or its being in
    charge of the place of the violation, the department or a court concerned."""
    if agency.id in _named(case):
        return True
    begun = case.filing or case.finding
    places = [begun.place.region] if begun is not None and begun.place is not None else []
    regions = [registry.agencies[a].region for a in course.parts(case) if a in registry.agencies]
    inside = any(contains(place, agency.region) for place in places)
    return inside or any(contains(agency.region, region) for region in (*places, *regions))


def _named(case: Case) -> Iterator[str]:
    yield from course.parts(case)
    for copy in case.copies.values():
        yield from (copy.sender, copy.recipient)
    for suggestion in case.suggestions.values():
        yield from (suggestion.by, suggestion.to)
    for matter in case.matters.values():
        yield from (matter.by, *matter.to)


def _check_part(case: Case, act: Act, registry: Registry) -> None:
    if not has_part(case, registry.agency(act.agency, "actor"), registry):
        raise broken(f"{act.agency} 与本案无关，不能登记该事项", "actor")


def _check_in_charge(case: Case, act: Act, registry: Registry) -> None:
    """Of acts that a superior department may have done as well."""
    agency = registry.agency(act.agency, "actor")
    if not contains(agency.region, registry.agency(case.nr_on(act.occurred_on), "actor").region):
        course.check_in_charge(case, act, registry)


def _executors(case: Case, registry: Registry) -> Iterator[str]:
    """Who carries out what was granted or decided: the courts, the designated, agencies with power of their own."""
    yield from (a.court for a in case.applications.values())
    for ruling in case.rulings.values():
        if ruling.executing_agency is not None:
            yield ruling.executing_agency
        if ruling.executor == "government":
            yield from (
                a.id
                for a in registry.agencies.values()
                if a.kind == "government" and has_part(case, a, registry)
            )
    for decision in case.decisions.values():
        made = (case.entry(act) for act in decision.enforced)
        yield from (e.act.agency for e in made if e is not None)


# --- beginning a matter -------------------------------------------------------------------------------------


def _begun(case: Case, act: Act, e: Any, registry: Registry) -> tuple[str, ...]:
    """Whom an act that begins a matter is addressed to."""
    match e:
        case JointEnforcementOpened():
            return tuple(a for a in dict.fromkeys((*e.agencies, e.lead)) if a != act.agency)
        case SupervisionConditionsLacking():
            about = case.applications.get(_of_court(case, e.application).get("application", ""))
            return (case.nr_on(act.occurred_on), *([about.court] if about is not None else ()))
        case ReferralReportSubmitted():
            return ()
        case _ if isinstance(e.to, tuple):
            return e.to
        case _:
            meant = addressee(case, e, act.agency, act.occurred_on, registry)
            return (meant,) if meant is not None else ()


def _open(case: Case, act: Act, e: Any, registry: Registry) -> None:
    row = OPENING[type(e)]
    number = getattr(e, row.number) if row.number is not None else None
    if number is not None and case.bears(row.kind, number):
        raise broken(f"“{number}”已登记，请勿重复登记；写错请用更正", row.number or "")
    if isinstance(e, BY_SUPERIORS_TOO):
        _check_in_charge(case, act, registry)
    elif kind_of(e).by != _NR:
        _check_part(case, act, registry)
    to = _begun(case, act, e, registry)
    if hasattr(e, "to"):
        if not to:
            raise Refusal("schema_invalid", "不能确定收件机关，请写明 to", field="to")
        _check_addressees(act, to, row.kinds, registry, many=isinstance(e.to, tuple))
    _PARTICULAR.get(type(e), _nothing)(case, act, e, registry)


def _check_addressees(
    act: Act, to: tuple[str, ...], kinds: frozenset[str], registry: Registry, *, many: bool, name: str = "to"
) -> None:
    for number, agency in enumerate(to):
        at = f"{name}.{number}" if many else name
        kind = registry.agency(agency, at).kind
        if kinds and kind not in kinds:
            raise broken(f"{agency} 不是应送的机关类别", at)
        if agency == act.agency or agency in to[:number]:
            raise broken("收件机关重复，或者是本机构", at)


def _opened(case: Case, act: Act, e: Any, registry: Registry) -> Step:
    row = OPENING[type(e)]
    number = getattr(e, row.number) if row.number is not None else None
    to = _begun(case, act, e, registry)
    subjects = {row.kind: act.id, **_about(case, act, e)}
    case = _with_matter(case, act, row.kind, number, to)
    facts = _facts(act, e)
    if row.copied:
        case = sent(case, act, to, (number, *_numbers(e)))
        subjects["copy"] = act.id
    return _directed(Step(case, subjects, facts), to)


def _with_matter(case: Case, act: Act, kind: str, number: str | None, to: tuple[str, ...]) -> Case:
    matter = Matter(
        act.id,
        kind,
        number,
        act.agency,
        to,
        act.occurred_on,
        act.type,
        ((act.id, act.type, act.occurred_on),),
    )
    return case.put("matters", act.id, matter).with_number(kind, number, act.id)


def _directed(step: Step, to: tuple[str, ...]) -> Step:
    if len(to) < 2:
        return replace(step, to=to[0] if to else None)
    return replace(step, facts={**step.facts, "to": to})


def sent(case: Case, act: Act, to: tuple[str, ...], about: tuple[str | None, ...]) -> Case:
    """The case with one copy for each recipient: the first, or only one, stands under the act's id, each further one
    under `ACT:AGENCY`; with `copies.get(act)` everything that knows of one recipient reads on as before.
    """
    own = [d.number for d in act.event.documents or ()]
    slip = act.event.delivery.slip_no if act.event.delivery else None
    numbers = tuple(dict.fromkeys(n for n in (*about, *own, slip, act.event.batch_no) if n))
    for place, agency in enumerate(dict.fromkeys(to)):
        key = act.id if place == 0 else f"{act.id}:{agency}"
        case = case.put("copies", key, Copy(act.id, act.type, act.agency, agency, numbers, act.occurred_on))
    return case


def _numbers(e: Any) -> tuple[str, ...]:
    """Numbers that a copy is known by beside the matter's."""
    if not isinstance(e, DocumentShared):
        return ()
    return (e.document_no, *(d.document_no for d in e.also or ()))


def _facts(act: Act, e: Any) -> dict[str, tuple[str, ...]]:
    facts: dict[str, tuple[str, ...]] = {}
    if isinstance(e, DocumentShared):
        facts["kind"] = (e.kind, *(d.kind for d in e.also or ()))
    if isinstance(e, ObstructionHandled):
        facts["complete"] = ("true" if e.outcome is not None else "false",)
    if isinstance(e, CrimeReferralReceived | ReferralReportSubmitted | ReferralRefused):
        facts["at"] = (e.at or act.occurred_on.isoformat(),)  # where the hour is not known, the day
    return facts


# --- what a matter is about ---------------------------------------------------------------------------------


def _about(case: Case, act: Act, e: Any) -> dict[str, str]:
    """The decision, application, ruling … that a matter concerns, as far as that is told or can be only one."""
    match e:
        case SupervisionApplied() if e.about is not None:
            return subjects_of(case, the_thing(case, e.about))
        case SupervisionApplied(category="enforcement"):
            return _of_court(case, None)
        case SupervisionApplied():
            suits = [r.act for r in case.remedies.values() if r.kind == "lawsuit"]
            return subjects_of(case, suits[0]) if len(suits) == 1 else {}
        case SupervisionConditionsLacking():
            return _of_court(case, e.application)
        case ConfiscatedHandedOver():
            found = _confiscated(case, e)
            return {"decision": found} if found is not None else {}
        case ClueReturned():
            clues = [
                e for e in case.entries if (e.type, e.act.agency) == ("NonCrimeViolationFound", act.agency)
            ]
            return _kept(clues[-1]) if clues else {}
        case DocumentShared():
            return _shared(case, e)
        case _:
            return {}


def subjects_of(case: Case, thing: str) -> dict[str, str]:
    """The subjects that a decision, application, ruling or lawsuit has, or whatever an act is about."""
    if thing in case.applications:
        return {"decision": case.applications[thing].decision, "application": thing}
    if thing in case.rulings:
        return {**subjects_of(case, case.rulings[thing].application), "ruling": thing}
    if thing in case.remedies:
        return {"decision": case.remedies[thing].decision, "remedy": thing, "lawsuit": thing}
    if thing in case.decisions:
        return {"decision": thing}
    entry = case.entry(thing)
    return _kept(entry) if entry is not None else {}


def _kept(entry: Entry) -> dict[str, str]:
    return {k: v for k, v in entry.subjects.items() if k not in ("case", "act", "copy")}


def _of_court(case: Case, application: Ref | None) -> dict[str, str]:
    """The application before the court, where one is named or there is only one."""
    if application is not None:
        return subjects_of(case, the_application(case, application).act)
    try:
        return subjects_of(case, the_application(case, None).act)
    except Refusal:
        return {}


def _confiscated(case: Case, e: ConfiscatedHandedOver) -> str | None:
    if e.decision_no is not None:
        return the_decision(case, e.decision_no).act
    found = [
        d.act for d in case.decisions.values()
        if d.revoked_on is None and any(i.kind == "confiscate_building" for i in d.items.values())
    ]  # fmt: skip
    return found[-1] if found else None


def _document(case: Case, kind: str, no: str) -> str | None:
    """What a shared document is, by its number; an application without one goes by its statement."""
    found = case.numbered(DOCUMENTS[kind], no)
    return (
        found[-1] if found else no if no in case.applications and kind == "enforcement_application" else None
    )


def _documents(e: DocumentShared) -> Iterator[tuple[str, str, str]]:
    """(kind, number, field) of each document of this case that an act shares."""
    if e.kind in DOCUMENTS:
        yield e.kind, e.document_no, "document_no"
    for number, one in enumerate(e.also or ()):
        yield one.kind, one.document_no, f"also.{number}.document_no"


def _shared(case: Case, e: DocumentShared) -> dict[str, str]:
    subjects: dict[str, str] = {}
    for kind, no, _ in _documents(e):
        key = _document(case, kind, no)
        if key is not None:
            subjects |= (
                {DOCUMENTS[kind]: key}
                if kind in ("violation_report", "crime_referral")
                else subjects_of(case, key)
            )
    return subjects


# --- what follows -------------------------------------------------------------------------------------------


def _meant(case: Case, act: Act, e: Any) -> Matter:
    row = FOLLOWING[type(e)]
    if row.kind == "files":
        return the_files(case, e.files_no, act.agency)
    return the_matter(case, row.kind, getattr(e, row.ref), row.ref)


def _follow(case: Case, act: Act, e: Any, registry: Registry) -> None:
    row = FOLLOWING[type(e)]
    matter = _meant(case, act, e)
    zh = kind_of(e).zh
    not_before(act, matter.opened_on, f"“{_zh(matter.stages[0][1])}”日期")
    if isinstance(e, BY_SUPERIORS_TOO):
        _check_in_charge(case, act, registry)
    if row.by and not any(_is(part, case, act, matter, registry) for part in row.by):
        raise broken(f"{act.agency} 不能就“{matter.no or matter.act}”登记“{zh}”", "actor")
    if row.after:
        answered = [day for _, type_, day in matter.stages if type_ in _names(row.after)]
        if not answered:
            raise broken(f"未见“{'、'.join(map(_zh, _names(row.after)))}”，不能登记“{zh}”", row.ref)
        not_before(act, min(answered), f"“{_zh(_names(row.after)[0])}”日期")
    for _, type_, day in matter.stages:
        if type_ in _names(row.unless) and day <= act.occurred_on:
            raise broken(f"该事项已于 {day} 登记“{_zh(type_)}”，不能再登记“{zh}”", row.ref)
    if not row.often and _done_already(row, case, act, matter):
        raise broken(f"该事项已登记“{zh}”，请勿重复登记", row.ref)
    if "named" in row.to and not _told(case, act, e, matter, registry):
        raise Refusal("schema_invalid", "不能确定收件机关，请写明 to", field="to")
    _PARTICULAR.get(type(e), _nothing)(case, act, e, registry)


def _names(types: tuple[type[Event], ...]) -> tuple[str, ...]:
    return tuple(t.__name__ for t in types)


def _zh(event: str) -> str:
    return EVENTS[event].zh


def _done_already(row: Follows, case: Case, act: Act, matter: Matter) -> bool:
    done = False
    for earlier, type_, _ in matter.stages:
        entry = case.entry(earlier)
        if type_ == act.type and entry is not None and entry.act.agency == act.agency:
            done = True
        elif type_ in _names(row.again):
            done = False
    return done


def _is(part: str, case: Case, act: Act, matter: Matter, registry: Registry) -> bool:
    """Whether the actor has this part in the matter; whoever took over from an agency stands in its place."""
    agency = registry.agency(act.agency, "actor")
    if part == "supervisor":
        return agency.kind == "procuratorate" and has_part(case, agency, registry)
    if part == "below":
        over = (registry.agencies.get(a) for a in matter.to)
        return any(o is not None and contains(o.region, agency.region) for o in over)
    mine = {"sender": (matter.by,), "addressee": matter.to, "current": matter.to[-1:]}[part]
    return any(act.agency in (a, case.successor(a, act.occurred_on)) for a in mine)


def _told(case: Case, act: Act, e: Any, matter: Matter, registry: Registry) -> tuple[str, ...]:
    """Whom an act about a matter goes to."""
    found: list[str | None] = []
    for part in FOLLOWING[type(e)].to:
        match part:
            case "sender":
                found.append(case.successor(matter.by, act.occurred_on))
            case "current":
                found += (case.successor(a, act.occurred_on) for a in matter.to[-1:])
            case "demander":
                demanded = [case.entry(a) for a, type_, _ in matter.stages if type_ == "ReasonsDemanded"]
                found += (en.act.agency for en in demanded[-1:] if en is not None)
            case _:
                found.append(e.to or addressee(case, e, act.agency, act.occurred_on, registry))
    return tuple(dict.fromkeys(a for a in found if a is not None and a != act.agency))


def _followed(case: Case, act: Act, e: Any, registry: Registry) -> Step:
    row = FOLLOWING[type(e)]
    matter = _meant(case, act, e)
    to = _told(case, act, e, matter, registry)
    begun = case.entry(matter.act)
    subjects = {**(_kept(begun) if begun is not None else {}), matter.kind: matter.act}
    over = row.ends or getattr(e, "outcome", None) in _OVER or _facts(act, e).get("complete") == ("true",)
    later = _staged(
        matter, act, ended_on=act.occurred_on if over else None, outcome=getattr(e, "outcome", matter.outcome)
    )
    if isinstance(e, ReferralPassedOn):
        later = replace(later, to=(*matter.to, e.to))
    case = case.put("matters", matter.act, later)
    if row.copied:
        case = sent(case, act, to, (matter.no,))
        subjects["copy"] = act.id
    if isinstance(e, CrimeReferralReceived):
        case = _signed_for(case, act, matter)
    return _directed(Step(case, subjects, _facts(act, e)), to)


def _staged(matter: Matter, act: Act, **changes: Any) -> Matter:
    stages = (*matter.stages, (act.id, act.type, act.occurred_on))
    return replace(matter, stage=act.type, stages=stages, **changes)


def _signed_for(case: Case, act: Act, matter: Matter) -> Case:
    """回执: who signs for a referral has its copy (移送规定 §7). For another that needs the paper it signed."""
    if act.agency != act.signer and not act.event.documents:
        return case
    letters = {a for a, type_, _ in matter.stages if type_ in ("CrimeReferred", "ReferralPassedOn")}
    for key, copy in case.copies.items():
        if copy.act in letters and copy.recipient == act.agency and copy.acknowledged is None:
            case = case.change("copies", key, acknowledged=act.id, acknowledged_on=act.occurred_on)
    return case


# --- particulars --------------------------------------------------------------------------------------------


def _nothing(case: Case, act: Act, e: Any, registry: Registry) -> None:
    """Nothing beyond the table."""


def day_of_moment(at: str) -> date:
    return parse_moment(at).astimezone(SHANGHAI).date()


def _check_passed(case: Case, act: Act, e: Any, registry: Registry) -> None:
    if e.at is not None and day_of_moment(e.at) > act.occurred_on:
        raise broken("所填时间晚于发生日期，请核对", "at")


def _check_ahead(act: Act, at: str) -> None:
    day = day_of_moment(at)
    if day < act.occurred_on:
        raise broken("请求到场的时间早于请求日期，请核对", "at")
    if (day - act.received_on).days > LONGEST_DAYS:
        raise broken("请求到场的时间相距一百年以上，请核对", "at")


def _ask_for_help(case: Case, act: Act, e: AssistanceRequested, registry: Registry) -> None:
    if act.agency not in set(_executors(case, registry)):
        raise broken(f"{act.agency} 不是本案受理申请的法院或者执行机关，不能请求协助", "actor")
    _check_ahead(act, e.at)


def _ask_otherwise(
    case: Case, act: Act, e: AssistanceRescheduled | AssistanceCancelled, registry: Registry
) -> None:
    if e.to is not None and e.to not in _meant(case, act, e).to:
        raise broken("变更、取消的协助请求不是发给该机关的", "to")
    if isinstance(e, AssistanceRescheduled):
        _check_ahead(act, e.at)


def asked_for(case: Case, matter: Matter) -> str | None:
    """The time that help is wanted at, as last fixed."""
    found = [
        en.act.event for en in (case.entry(a) for a, _, _ in matter.stages)
        if en is not None and isinstance(en.act.event, AssistanceRequested | AssistanceRescheduled)
    ]  # fmt: skip
    return found[-1].at if found else None


def _miss(case: Case, act: Act, e: AssistanceNotRendered, registry: Registry) -> None:
    at = asked_for(case, _meant(case, act, e))
    if at is not None:
        not_before(act, day_of_moment(at), "请求到场日期")


def _complain(case: Case, act: Act, e: SupervisionApplied, registry: Registry) -> None:
    wrong = [g for g in e.grounds if g not in GROUNDS[e.category]]
    if wrong:
        raise broken(f"事由与监督类别不符：{'、'.join(wrong)}", "grounds")
    if e.about is not None:
        entry = case.entry(the_thing(case, e.about))
        if entry is not None:
            not_before(act, entry.on, "所涉裁判、申请日期")


def _extend(case: Case, act: Act, e: SupervisionExtended, registry: Registry) -> None:
    if e.until <= act.occurred_on:
        raise broken("延长后的期限应晚于登记日期", "until")


def _serve(case: Case, act: Act, e: SupervisionDecisionServed, registry: Registry) -> None:
    matter = _meant(case, act, e)
    to = _told(case, act, e, matter, registry)[0]
    if registry.agency(to, "to").kind not in ("nr", "court") or to not in course.parts(case):
        raise broken(f"{to} 不是申请监督的部门，也不是本案的法院", "to")
    served = [case.entry(a) for a, type_, _ in matter.stages if type_ == act.type]
    if any(en is not None and en.to == to for en in served):
        raise broken(f"处理决定已送达 {to}，请勿重复登记", "to")


def _lack_conditions(case: Case, act: Act, e: SupervisionConditionsLacking, registry: Registry) -> None:
    if e.supervision_no is not None:
        matter = the_matter(case, "supervision", e.supervision_no, "supervision_no")
        not_before(act, matter.opened_on, "申请监督日期")
    if e.application is not None:
        not_before(act, the_application(case, e.application).applied_on, "申请强制执行日期")


def _opine(case: Case, act: Act, e: PenaltyOpinionIssued, registry: Registry) -> None:
    to = _begun(case, act, e, registry)
    if not set(to) <= course.parts(case):
        raise broken(f"{to[0]} 没有办理本案，请核对收件机关", "to")


def _refer(case: Case, act: Act, e: CrimeReferred, registry: Registry) -> None:
    _check_in_charge(case, act, registry)
    kinds = frozenset({"police", "procuratorate"})
    _check_addressees(act, (e.to,), kinds, registry, many=False)
    _check_addressees(act, e.copied_to, frozenset(), registry, many=True, name="copied_to")
    if e.to in e.copied_to:
        raise broken("受移送机关不必另列为抄送机关", f"copied_to.{e.copied_to.index(e.to)}")
    matter = _referral(case, e.referral_no)
    if matter is None:
        return
    not_before(act, matter.opened_on, "移送报告日期")
    if _is_referred(matter):
        raise broken(f"“{e.referral_no}”已移送，请勿重复登记；写错请用更正", "referral_no")


def _referral(case: Case, no: str) -> Matter | None:
    """The matter that bears this number; or bore it until it was corrected, if nothing was referred in it yet."""
    for act in case.numbered("crime", no):
        matter = case.matters.get(act)
        if matter is not None and (
            same_number(matter.no or "") == same_number(no) or not _is_referred(matter)
        ):
            return matter
    return None


def _is_referred(matter: Matter) -> bool:
    return any(type_ == "CrimeReferred" for _, type_, _ in matter.stages)


def _referred(case: Case, act: Act, e: CrimeReferred, registry: Registry) -> Step:
    matter = _referral(case, e.referral_no)
    if matter is None:
        case, key = _with_matter(case, act, "crime", e.referral_no, (e.to,)), act.id
    else:
        key = matter.act
        case = case.put("matters", key, _staged(matter, act, to=(*matter.to, e.to), ended_on=None))
    case = sent(case, act, (e.to, *e.copied_to), (e.referral_no,))
    return Step(case, {"crime": key, "copy": act.id}, to=e.to)


def _pass_on(case: Case, act: Act, e: ReferralPassedOn, registry: Registry) -> None:
    _check_addressees(act, (e.to,), frozenset({"police", "procuratorate"}), registry, many=False)


def _supplement(case: Case, act: Act, e: SupplementFiled, registry: Registry) -> None:
    types = [type_ for _, type_, _ in _meant(case, act, e).stages]
    if types.count("SupplementFiled") >= types.count("SupplementAsked"):
        raise broken("所要求补正的材料已登记补正", "referral_no")


def _request_supervision(case: Case, act: Act, e: FilingSupervisionRequested, registry: Registry) -> None:
    to = addressee(case, e, act.agency, act.occurred_on, registry)
    if to is None or registry.agency(to, "to").kind != "procuratorate":
        raise broken("应向人民检察院建议立案监督", "to")


def _handle_obstruction(case: Case, act: Act, e: ObstructionHandled, registry: Registry) -> None:
    matter = _meant(case, act, e)
    if matter.ended_on is not None:
        raise broken(f"该妨碍公务案件已于 {matter.ended_on} 登记处理结果", "obstruction_no")
    if e.outcome is None and any(type_ == act.type for _, type_, _ in matter.stages):
        raise broken("已登记制止；案件处理结果请写明 outcome", "outcome")


def _hand_over_confiscated(case: Case, act: Act, e: ConfiscatedHandedOver, registry: Registry) -> None:
    if e.decision_no is not None:
        not_before(act, the_decision(case, e.decision_no).decided_on, "处罚决定日期")


def _share(case: Case, act: Act, e: DocumentShared, registry: Registry) -> None:
    kinds = [e.kind, *(d.kind for d in e.also or ())]
    if len(set(kinds)) < len(kinds):
        raise broken("同一类文书请分别登记", "also")
    for kind, no, at in _documents(e):
        key = _document(case, kind, no)
        if key is None:
            raise broken(f"本案没有文号为“{no}”的该类文书，请核对文号", at)
        made = _made(case, key)
        if made is not None:
            not_before(act, made[1], "文书日期")
    if e.kind == "discipline_referral":
        if e.also:
            raise broken("问题线索移送书请单独共享", "also")
        others = [a for a in e.to if registry.agency(a, "to").kind != "discipline"]
        if others and (e.documents or e.note):
            raise broken(
                "问题线索移送书只向纪检监察机关提供内容，其他机关只得文号和日期",
                "documents" if e.documents else "note",
            )


def _made(case: Case, key: str) -> tuple[str, date] | None:
    """Who made a document, and when."""
    ruling = case.rulings.get(key)
    if ruling is not None:
        return case.applications[ruling.application].court, ruling.made_on
    entry = case.entry(key)
    return (entry.act.agency, entry.on) if entry is not None else None


def _open_joint(case: Case, act: Act, e: JointEnforcementOpened, registry: Registry) -> None:
    for number, agency in enumerate(e.agencies):
        registry.agency(agency, f"agencies.{number}")
        if agency in e.agencies[:number]:
            raise broken("参加机关重复", f"agencies.{number}")
    if e.lead not in (*e.agencies, act.agency):
        raise broken("牵头机关应是本机关或者参加机关之一", "lead")
    if set(e.agencies) == {act.agency}:
        raise broken("联合执法应有其他机关参加", "agencies")


# --- acts that begin no matter and follow none -----------------------------------------------------------------


def _track(case: Case, act: Act, e: HandlingTracked, registry: Registry) -> None:
    if e.subject == "joint_case":
        joint = [m for m in case.matters.values() if m.kind == "joint"]
        if not joint:
            raise broken("本案没有联合执法记录", "subject")
        if not any(act.agency in (m.by, *m.to, case.successor(m.by, act.occurred_on)) for m in joint):
            raise broken(f"{act.agency} 没有参加本案的联合执法", "actor")
        not_before(act, min(m.opened_on for m in joint), "联合执法日期")
        return
    agency = registry.agency(act.agency, "actor")
    if agency.kind != "procuratorate" or not has_part(case, agency, registry):
        raise broken("跟踪法院办理、行政执行情况由本案的人民检察院登记", "actor")
    if e.application is not None:
        not_before(act, the_application(case, e.application).applied_on, "申请强制执行日期")
    if e.ruling_no is not None:
        not_before(act, the_ruling(case, e.ruling_no).made_on, "裁定日期")


def _tracked(case: Case, act: Act, e: HandlingTracked, registry: Registry) -> Step:
    if e.subject == "joint_case":
        joint = [m for m in case.matters.values() if m.kind == "joint" and act.agency in (m.by, *m.to)]
        return Step(case, {"joint": joint[-1].act} if joint else {})
    ruling = the_ruling(case, e.ruling_no) if e.ruling_no is not None else only_granted(case)
    if ruling is not None and (e.ruling_no is not None or e.subject == "administrative_execution"):
        return Step(case, subjects_of(case, ruling.act))
    return Step(case, _of_court(case, e.application))


def _find(
    case: Case,
    act: Act,
    e: UnlawfulActFound | CourtExecutionUnlawfulFound | NonCrimeViolationFound,
    registry: Registry,
) -> None:
    _check_part(case, act, registry)
    match e:
        case UnlawfulActFound(to=str()) if e.to not in course.parts(case):
            raise broken(f"{e.to} 没有办理本案", "to")
        case CourtExecutionUnlawfulFound(application=Ref()):
            not_before(act, the_application(case, e.application).applied_on, "申请强制执行日期")
        case CourtExecutionUnlawfulFound() if not case.applications:
            raise broken("本案没有申请人民法院强制执行", "case")
        case NonCrimeViolationFound(referral_no=Ref() as ref):
            not_before(act, the_matter(case, "crime", ref, "referral_no").opened_on, "移送日期")
        case _:
            pass


def _found(
    case: Case,
    act: Act,
    e: UnlawfulActFound | CourtExecutionUnlawfulFound | NonCrimeViolationFound,
    registry: Registry,
) -> Step:
    match e:
        case UnlawfulActFound():
            return Step(case, to=addressee(case, e, act.agency, act.occurred_on, registry))
        case CourtExecutionUnlawfulFound():
            about = _of_court(case, e.application)
            application = case.applications.get(about.get("application", ""))
            return Step(case, about, to=application.court if application is not None else None)
        case _:
            subjects = {"clue": act.id}
            if e.referral_no is not None:
                subjects["crime"] = the_matter(case, "crime", e.referral_no, "referral_no").act
            return Step(case, subjects)


def _on_suggestion(
    case: Case, act: Act, e: SuggestionFollowedUp | SuggestionNotified, registry: Registry
) -> None:
    suggestion = the_suggestion(case, e.suggestion_no)
    not_before(act, suggestion.issued_on, "检察建议日期")
    if suggestion.by != act.agency:
        raise broken(f"该检察建议由 {suggestion.by} 制发", "actor")
    if isinstance(e, SuggestionNotified):
        to = addressee(case, e, act.agency, act.occurred_on, registry)
        if to not in course.parts(case) or registry.agency(to or "", "to").kind != "nr":
            raise broken(f"{to} 不是办理本案的自然资源主管部门", "to")


def _of_suggestion(
    case: Case, act: Act, e: SuggestionFollowedUp | SuggestionNotified, registry: Registry
) -> Step:
    suggestion = the_suggestion(case, e.suggestion_no)
    subjects = {"suggestion": suggestion.act}
    if isinstance(e, SuggestionFollowedUp):
        return Step(case, subjects, to=suggestion.to)
    to = addressee(case, e, act.agency, act.occurred_on, registry)
    case = sent(case, act, (to,) if to is not None else (), (suggestion.no,))
    return Step(case, {**subjects, "copy": act.id}, to=to)


def _study(case: Case, act: Act, e: JointStudyHeld, registry: Registry) -> None:
    _check_part(case, act, registry)
    if e.supervision_no is not None:
        matter = the_matter(case, "supervision", e.supervision_no, "supervision_no")
        not_before(act, matter.opened_on, "申请监督日期")
    study = _last_study(case)
    if study is not None:
        not_before(act, study.opened_on, "登记不具备监督条件的日期")


def _last_study(case: Case) -> Matter | None:
    found = [m for m in case.matters.values() if m.kind == "study"]
    return found[-1] if found else None


def _studied(case: Case, act: Act, e: JointStudyHeld, registry: Registry) -> Step:
    """It answers what was found before it, or stands for itself."""
    study = _last_study(case)
    subjects: dict[str, str] = {}
    if e.supervision_no is not None:
        about = case.entry(the_matter(case, "supervision", e.supervision_no, "supervision_no").act)
        subjects = _kept(about) if about is not None else {}
    if study is None:
        return Step(_with_matter(case, act, "study", None, ()), {**subjects, "study": act.id})
    case = case.put("matters", study.act, _staged(study, act, ended_on=act.occurred_on))
    begun = case.entry(study.act)
    return Step(case, {**(_kept(begun) if begun is not None else {}), **subjects, "study": study.act})


def _tell(
    case: Case, act: Act, e: CaseBriefed | Reminded | Reassigned | ContactLogged, registry: Registry
) -> None:
    _check_part(case, act, registry)
    many = isinstance(e, CaseBriefed)
    _check_addressees(act, e.to if isinstance(e, CaseBriefed) else (e.to,), frozenset(), registry, many=many)


def _tells(
    case: Case, act: Act, e: CaseBriefed | Reminded | Reassigned | ContactLogged, registry: Registry
) -> Step:
    if not isinstance(e, CaseBriefed):
        return Step(case, to=e.to)
    case = sent(case, act, e.to, (e.document_no,))
    return _directed(Step(case, {"copy": act.id}), e.to)


# --- what should not have happened --------------------------------------------------------------------------

ASSISTANCE, ACCOUNT, REFERRAL = "拉萨实施意见 三（三）", "拉萨实施意见 四（三）", "移送规定 §5"


def irregular(before: Case, after: Case, entry: Entry, registry: Registry) -> Iterator[Irregularity]:
    """What is recorded although it should not have happened, each with its clause."""
    event: Any = entry.act.event
    found = _IRREGULAR.get(type(event))
    if found is not None:
        yield from found(before, after, entry, event)


def _asked(before: Case, after: Case, entry: Entry, e: AssistanceRequested) -> Iterator[Irregularity]:
    granted = any(
        r.result == "granted" and not r.revoked and r.made_on <= entry.on for r in before.rulings.values()
    )
    if not granted and not any(d.enforced for d in before.decisions.values()):
        yield Irregularity(
            "assistance_before_grant", ASSISTANCE, "未见准予执行的裁定，协助请求应在裁定准予执行之后"
        )


def _helped(before: Case, after: Case, entry: Entry, e: AssistanceProvided) -> Iterator[Irregularity]:
    matter = before.matters.get(entry.subjects.get("assistance", ""))
    at = asked_for(before, matter) if matter is not None else None
    if at is not None and _came_late(at, e.at, entry.on):
        yield Irregularity("assistance_late", ASSISTANCE, f"请求 {at} 到场，实为 {e.at or entry.on}")
    yield from _contradicted(matter, "AssistanceNotRendered")


def _came_late(asked: str, came: str | None, on: date) -> bool:
    if came is None or min(len(asked), len(came)) == len("2026-01-01"):
        return (day_of_moment(came) if came is not None else on) > day_of_moment(asked)
    moments: tuple[datetime, datetime] = (parse_moment(came), parse_moment(asked))
    return moments[0] > moments[1]


def _contradicted(matter: Matter | None, other: str) -> Iterator[Irregularity]:
    if matter is not None and any(type_ == other for _, type_, _ in matter.stages):
        yield Irregularity("results_contradict", ACCOUNT, f"对方已登记“{_zh(other)}”，所述不一致")


def _missed(before: Case, after: Case, entry: Entry, e: AssistanceNotRendered) -> Iterator[Irregularity]:
    yield from _contradicted(before.matters.get(entry.subjects.get("assistance", "")), "AssistanceProvided")


def _declined(before: Case, after: Case, entry: Entry, e: AssistanceDeclined) -> Iterator[Irregularity]:
    if e.ground is None:
        yield Irregularity(
            "declined_without_ground", ASSISTANCE, "不予协助未写明所依据的情形（ground），不得推诿、拖延"
        )


def _complained(before: Case, after: Case, entry: Entry, e: SupervisionApplied) -> Iterator[Irregularity]:
    suits = any(r.kind == "lawsuit" for r in before.remedies.values())
    if (e.category == "judgment" and not suits) or (e.category == "enforcement" and not before.applications):
        yield Irregularity(
            "supervision_without_object", "拉萨实施意见 三（六）", "未见所申请监督的诉讼案件或者强制执行申请"
        )


def _ruled(before: Case, after: Case, entry: Entry, e: SupervisionDecided) -> Iterator[Irregularity]:
    matter = before.matters.get(entry.subjects.get("supervision", ""))
    if matter is not None and not any(type_ == "SupervisionAccepted" for _, type_, _ in matter.stages):
        yield Irregularity(
            "decided_without_acceptance", "拉萨实施意见 三（四）", "作出处理决定前未见受理记录"
        )


def _not_approved(before: Case, after: Case, entry: Entry, e: ReferralRefused) -> Iterator[Irregularity]:
    if e.reasons is None:
        yield Irregularity("refused_without_reasons", REFERRAL, "不批准移送的，应当将理由记录在案")


def _crime(before: Case, after: Case, entry: Entry, e: CrimeReferred) -> Iterator[Irregularity]:
    matter = before.matters.get(entry.subjects.get("crime", ""))
    said = [
        type_ for _, type_, _ in (matter.stages if matter is not None else ())
        if type_ in ("ReferralApproved", "ReferralRefused")
    ]  # fmt: skip
    if said[-1:] != ["ReferralApproved"]:
        yield Irregularity("referred_without_approval", REFERRAL, "移送前未见正职负责人批准的记录")
    in_charge = before.nr_on(entry.on)
    if entry.act.agency != in_charge:
        yield Irregularity("referred_by_another", REFERRAL, f"本案由 {in_charge} 办理，应由其移送")


def _demolition(
    before: Case, after: Case, entry: Entry, e: PlanningViolationHandedOver
) -> Iterator[Irregularity]:
    if after.filing is not None and after.filing.violation not in ("no_planning_permit", "no_rural_permit"):
        yield Irregularity(
            "not_a_planning_violation",
            "拉萨实施意见 三（一）；城乡规划法 §68",
            "本案不是违反城乡规划法的案件",
        )


def _buildings(before: Case, after: Case, entry: Entry, e: ConfiscatedHandedOver) -> Iterator[Irregularity]:
    decision = before.decisions.get(entry.subjects.get("decision", ""))
    if decision is None or all(i.kind != "confiscate_building" for i in decision.items.values()):
        yield Irregularity("nothing_confiscated", "土地管理法实施条例 §58", "未见没收建筑物的处罚决定")


def _authored(before: Case, after: Case, entry: Entry, e: DocumentShared) -> Iterator[Irregularity]:
    for kind, no, _ in _documents(e):
        made = _made(before, _document(before, kind, no) or "")
        if made is not None and made[0] in e.to:
            yield Irregularity("shared_with_author", ACCOUNT, f"“{no}”由 {made[0]} 制作，无须向其共享")


_IRREGULAR: dict[type[Event], Callable[[Case, Case, Entry, Any], Iterator[Irregularity]]] = {
    AssistanceRequested: _asked,
    AssistanceProvided: _helped,
    AssistanceNotRendered: _missed,
    AssistanceDeclined: _declined,
    SupervisionApplied: _complained,
    SupervisionDecided: _ruled,
    ReferralRefused: _not_approved,
    CrimeReferred: _crime,
    PlanningViolationHandedOver: _demolition,
    ConfiscatedHandedOver: _buildings,
    DocumentShared: _authored,
}
_PARTICULAR: dict[type[Event], Rule] = {
    AssistanceRequested: _ask_for_help,
    AssistanceRescheduled: _ask_otherwise,
    AssistanceCancelled: _ask_otherwise,
    AssistanceProvided: _check_passed,
    AssistanceNotRendered: _miss,
    SupervisionApplied: _complain,
    SupervisionExtended: _extend,
    SupervisionDecisionServed: _serve,
    SupervisionConditionsLacking: _lack_conditions,
    PenaltyOpinionIssued: _opine,
    ReferralReportSubmitted: _check_passed,
    ReferralApproved: _check_passed,
    ReferralRefused: _check_passed,
    CrimeReferralReceived: _check_passed,
    SupplementFiled: _supplement,
    ReferralPassedOn: _pass_on,
    FilingSupervisionRequested: _request_supervision,
    ObstructionReported: _check_passed,
    ObstructionHandled: _handle_obstruction,
    ConfiscatedHandedOver: _hand_over_confiscated,
    DocumentShared: _share,
    JointEnforcementOpened: _open_joint,
}
"""What is asked of an act beyond its line in the tables."""

_OTHERS: dict[type[Event], tuple[Rule, Effect]] = {
    CrimeReferred: (_refer, _referred),
    HandlingTracked: (_track, _tracked),
    UnlawfulActFound: (_find, _found),
    CourtExecutionUnlawfulFound: (_find, _found),
    NonCrimeViolationFound: (_find, _found),
    SuggestionFollowedUp: (_on_suggestion, _of_suggestion),
    SuggestionNotified: (_on_suggestion, _of_suggestion),
    JointStudyHeld: (_study, _studied),
    CaseBriefed: (_tell, _tells),
    Reminded: (_tell, _tells),
    Reassigned: (_tell, _tells),
    ContactLogged: (_tell, _tells),
}

RULES: dict[type[Event], Rule] = {
    **dict.fromkeys(OPENING, _open),
    **dict.fromkeys(FOLLOWING, _follow),
    **{cls: rule for cls, (rule, _) in _OTHERS.items()},
}
EFFECTS: dict[type[Event], Effect] = {
    **dict.fromkeys(OPENING, _opened),
    **dict.fromkeys(FOLLOWING, _followed),
    **{cls: effect for cls, (_, effect) in _OTHERS.items()},
}
