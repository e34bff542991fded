"""How a case begins, changes hands and ends, and what was recorded in error.

Sources: 行政处罚法 §22 (which place's department is in charge); 台账运行规则 更正.
The acts stand in `domain.acts.course`. Each has a rule (what cannot be is refused) and an effect; both tables are at
the end, with those of `proceedings`, and are taken up by `ruling_out` and `folding`.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.acts.base import Act, Event
from domain.acts.case import (
    EnforcementApplied,
    HearingOfOpinionsOpened,
    StatementCorrected,
)
from domain.acts.course import (
    CaseReopened,
    CasesJoined,
    CaseSplit,
    CaseTransferred,
    EnforcementDecisionMade,
    HeadAppeared,
    InstructionGiven,
    StatementVoided,
    SuspectedCrimeFound,
    TransferAccepted,
    TransferReturned,
    ViolationCopied,
    ViolationFound,
    ViolationNotConfirmed,
)
from domain.cases import proceedings
from domain.cases.model import (
    Case,
    Effect,
    Finding,
    Step,
    Transfer,
)
from domain.cases.proceedings import Rule
from domain.changing import replace
from domain.entries import Copy, Entry, broken, grade_of, not_before
from domain.refusal import Irregularity, Refusal
from domain.registry import Agency, Registry, contains
from domain.values import same_number, stream_name

# --- who may act, and when ----------------------------------------------------------------------------------

BEGINNINGS = (ViolationFound, SuspectedCrimeFound)
"""Findings: a case may begin with one, before it is filed."""
BEFORE_FILING = frozenset(
    {
        "ViolationFound", "ViolationNotConfirmed", "SuspectedCrimeFound", "NoticeIssued", "NoticeIneffective",
        "ViolationReported", "ViolationCopied", "InstructionGiven", "MeasuresTaken", "RemovalReported", "RemovalVerified",
        "CopyAcknowledged", "CopyReturned", "StatementCorrected", "StatementVoided", "ActConfirmed", "ActDisputed",
        "ObstructionReported", "ObstructionHandled", "ReferralReportSubmitted", "ReferralApproved", "ReferralRefused",
        "CrimeReferred", "CrimeReferralReceived", "SupplementAsked", "SupplementFiled", "ReferralPassedOn", "CrimeFiled",
        "CrimeNotFiled", "CrimeOutcomeTold", "ReconsiderationRequested", "ReconsiderationDecided",
        "FilingSupervisionRequested", "FilingSupervisionDecided", "ReasonsDemanded", "ReasonsStated",
    }
)  # fmt: skip
"""What may follow a finding before the filing: stopping, reporting and removing the violation, and referring a crime, do
not wait for it."""
AFTER_CLOSING = frozenset(
    {
        "CaseReopened", "StatementCorrected", "StatementVoided", "ActConfirmed", "ActDisputed", "CopyAcknowledged",
        "CopyReturned", "DocumentShared", "CaseBriefed", "ContactLogged", "Reminded", "FilesRequested", "FilesProvided",
        "HandlingTracked", "CrimeReferralReceived", "CrimeFiled", "CrimeNotFiled", "CrimeOutcomeTold", "ReasonsStated",
        "SuggestionReplied", "SuggestionFollowedUp", "SupervisionDecided", "SupervisionDecisionServed",
        "PenaltyOpinionIssued", "ReturnedClueHandled",
    }
)  # fmt: skip
"""What may still be done in a closed case: telling others of it, putting the record right, and what other agencies have
under way, which the department's closing its file does not end."""
TAKING_OVER = (TransferAccepted, TransferReturned)
"""Acts of the department that a case is transferred to, which is not yet in charge."""


def check_begun(case: Case, act: Act) -> None:
    """Refuse what has no case to be about, what is dated before the case, and what comes after its end."""
    if not case.holders:
        raise broken(f"案件“{case.id}”尚未立案，请先登记立案", "case")
    if case.filing is None and act.type not in BEFORE_FILING:
        raise broken(f"案件“{case.id}”尚未立案，请先登记立案", "case")
    if case.finding is not None and act.type in BEFORE_FILING:
        not_before(act, case.finding.found_on, "发现日期")
    else:
        not_before(act, case.filed.filed_on, "立案日期")
    if case.closed_on is not None and act.occurred_on > case.closed_on and act.type not in AFTER_CLOSING:
        raise broken(f"本案已于 {case.closed_on} 结案，如需继续办理请先登记“恢复办理”", "case")


def check_in_charge(case: Case, act: Act, registry: Registry) -> None:
    """Only the department in charge that day, or the township that found or filed the case under it."""
    if isinstance(act.event, TAKING_OVER):
        return
    nr = case.nr_on(act.occurred_on)
    if act.agency != nr and act.agency not in _townships(case, nr, registry):
        raise broken(f"本案由 {nr} 办理，{act.agency} 不能登记该事项", "actor")


def _townships(case: Case, nr: str, registry: Registry) -> Iterator[str]:
    over = registry.agencies.get(nr)
    for begun in (case.filing, case.finding):
        by = registry.agencies.get(begun.by) if begun is not None else None
        if by is not None and by.kind != "nr" and over is not None and contains(over.region, by.region):
            yield by.id


def parts(case: Case) -> frozenset[str]:
    """Departments and courts that have a part in the case, whatever became of it."""
    found = {nr for _, nr in case.holders}
    found |= {begun.by for begun in (case.filing, case.finding) if begun is not None}
    found |= {a.court for a in case.applications.values()}
    found |= {c for r in case.remedies.values() for c in (r.court, r.appeal_court) if c is not None}
    found |= {r.review_court for r in case.rulings.values() if r.review_court is not None}
    found |= {r.executing_agency for r in case.rulings.values() if r.executing_agency is not None}
    return frozenset(found)


def check_number(case: Case, agencies: tuple[Agency, ...], registry: Registry, *, known: bool = True) -> None:
    """A case bears a number of the department that begins it. `known`: the number must have a registered prefix."""
    own = {stream_name(p) for a in agencies for p in a.number_prefixes}
    fitting = {
        stream_name(p)
        for a in registry.agencies.values()
        for p in a.number_prefixes
        if case.id.startswith(stream_name(p))
    }
    if not fitting and not known:
        return
    if not fitting or max(fitting, key=len) not in own:  # 城 may not file for 城关
        shown = "、".join(p for a in agencies for p in a.number_prefixes)
        raise broken(f"案号应以本机构登记的字号开头：{shown or '（未登记字号）'}", "case")


def begin(case: Case, act: Act, registry: Registry) -> None:
    """The rule of a finding that begins a case."""
    agency = registry.agency(act.agency, "actor")
    nr = registry.agency(registry.nr_of(act.agency, act.occurred_on), "actor")
    check_number(case, (agency, nr), registry)
    _suspect(case, act, act.event, registry)


def holders(
    registry: Registry, nr: str, region: str, since: date, before: tuple[tuple[date, str], ...] = ()
) -> tuple[tuple[date, str], ...]:
    """Who is in charge from a day on, and after it by the boundary changes of the case's place."""
    kept = tuple((day, held) for day, held in before if day <= since)
    new = () if kept and kept[-1][1] == nr else ((since, nr),)
    return (*kept, *new, *registry.successions(nr, region, after=since))


# --- findings -----------------------------------------------------------------------------------------------


def _found(case: Case, act: Act, e: ViolationFound | SuspectedCrimeFound, registry: Registry) -> Step:
    subject = "violation" if isinstance(e, ViolationFound) else "suspicion"
    if not case.holders:
        nr = registry.nr_of(act.agency, act.occurred_on)
        agency = registry.agencies.get(act.agency)
        region = e.place.region if e.place else agency.region if agency else "000000"
        case = replace(
            case,
            finding=Finding(act.id, act.agency, nr, e.place, act.occurred_on),
            holders=holders(registry, nr, region, act.occurred_on),
        )
    return Step(case, {subject: act.id})


def _suspect(case: Case, act: Act, e: Any, registry: Registry) -> None:
    if isinstance(e, SuspectedCrimeFound) and e.crime is None and e.what is None:
        raise broken("请写明涉嫌的罪名或者事实", "crime")


def _not_confirmed(case: Case, act: Act, e: ViolationNotConfirmed, registry: Registry) -> None:
    if case.filing is not None:
        raise broken("本案已立案；违法事实不能成立的，请登记不予处罚或者结案", "case")
    not_before(
        act,
        max(en.on for en in case.entries if en.type in ("ViolationFound", "SuspectedCrimeFound")),
        "发现日期",
    )


def _copy_violation(case: Case, act: Act, e: ViolationCopied, registry: Registry) -> None:
    for number, agency in enumerate(e.to):
        registry.agency(agency, f"to.{number}")
        if agency == act.agency or agency in e.to[:number]:
            raise broken("抄告对象重复，或者是本机构", f"to.{number}")
    for report in case.numbered("report", e.report_no):
        reported = case.entry(report)
        if reported is not None:
            not_before(act, reported.on, "违法情况报告日期")


def _violation_copied(case: Case, act: Act, e: ViolationCopied, registry: Registry) -> Step:
    own = tuple(d.number for d in act.event.documents or ())
    numbers = tuple(n for n in (e.report_no, *own, act.event.batch_no) if n)
    for to in e.to:
        key = act.id if len(e.to) == 1 else f"{act.id}:{to}"
        case = case.put("copies", key, Copy(act.id, act.type, act.agency, to, numbers, act.occurred_on))
    report = next(iter(case.numbered("report", e.report_no)), None)
    subjects = {"copy": act.id} if report is None else {"copy": act.id, "report": report}
    return Step(case, subjects, to=e.to[0] if len(e.to) == 1 else None)


def _instruct(case: Case, act: Act, e: InstructionGiven, registry: Registry) -> None:
    registry.agency(e.to, "to")
    government = registry.agency(act.agency, "actor")
    begun = case.filing or case.finding
    place = registry.agency(case.nr_on(act.occurred_on), "actor").region
    if begun is not None and begun.place is not None:
        place = begun.place.region
    if not (contains(government.region, place) or contains(place, government.region)):
        raise broken(f"{act.agency} 不是本案违法行为发生地的人民政府", "actor")


def _instructed(case: Case, act: Act, e: InstructionGiven, registry: Registry) -> Step:
    return Step(case, {"instruction": act.id}, to=e.to)


# --- changing hands and ending ------------------------------------------------------------------------------


def pending_transfer(case: Case) -> Transfer | None:
    return next((t for t in case.transfers.values() if t.pending), None)


def _transfer(case: Case, act: Act, e: CaseTransferred, registry: Registry) -> None:
    if registry.agency(e.to, "to").kind != "nr":
        raise broken(f"{e.to} 不是自然资源主管部门", "to")
    if e.to == case.nr_on(act.occurred_on):
        raise broken("不能移交给本案承办机关自己", "to")
    if pending_transfer(case) is not None:
        raise broken("本案已移交，对方尚未接受或退回", "case")
    _new_case_no(case, e.new_case_no, registry.agency(e.to, "to"), registry)


def _new_case_no(case: Case, no: str | None, agency: Agency, registry: Registry) -> None:
    if no is not None and stream_name(no) != case.id:
        try:
            check_number(replace(case, id=stream_name(no)), (agency,), registry, known=False)
        except Refusal as refusal:
            raise broken(refusal.message, "new_case_no") from None


def _transferred(case: Case, act: Act, e: CaseTransferred, registry: Registry) -> Step:
    made = Transfer(act.id, act.agency, e.to, e.why, act.occurred_on, e.new_case_no)
    return Step(case.put("transfers", act.id, made), {"transfer": act.id}, {"why": (e.why,)}, to=e.to)


def _addressed(case: Case, act: Act) -> Transfer | None:
    """The transfer that waits for this department, else the last one that it accepted."""
    pending = pending_transfer(case)
    if pending is not None:
        return pending if pending.to == act.agency else None
    taken = [t for t in case.transfers.values() if t.accepted_on is not None and t.returned_on is None]
    return taken[-1] if taken and taken[-1].to == act.agency else None


def _accept_transfer(case: Case, act: Act, e: TransferAccepted, registry: Registry) -> None:
    found = pending_transfer(case)
    if found is None:
        raise broken("没有待接受的移交", "case")
    if found.to != act.agency:
        raise broken(f"本案移交给 {found.to}，{act.agency} 不能接受", "actor")
    not_before(act, found.on, "移交日期")
    _new_case_no(case, e.new_case_no, registry.agency(act.agency, "actor"), registry)


def _transfer_accepted(case: Case, act: Act, e: TransferAccepted, registry: Registry) -> Step:
    found = _addressed(case, act)
    if found is None:
        return Step(case)
    case = case.change("transfers", found.act, accepted_on=act.occurred_on)
    case = _renumbered(_given(case, found.to, act.occurred_on, registry), e.new_case_no or found.new_case_no)
    return Step(case, {"transfer": found.act}, to=found.frm)


def _return_transfer(case: Case, act: Act, e: TransferReturned, registry: Registry) -> None:
    found = _addressed(case, act)
    if found is None:
        raise broken(f"没有移交给 {act.agency} 的案件可以退回", "actor")
    not_before(act, found.accepted_on or found.on, "移交、接受日期")


def _transfer_returned(case: Case, act: Act, e: TransferReturned, registry: Registry) -> Step:
    found = _addressed(case, act)
    if found is None:
        return Step(case)
    case = case.change("transfers", found.act, returned_on=act.occurred_on)
    if found.accepted_on is not None:
        case = _given(case, found.frm, act.occurred_on, registry)
        case = _renumbered(case, case.id)
    return Step(case, {"transfer": found.act}, to=found.frm)


def _given(case: Case, nr: str, on: date, registry: Registry) -> Case:
    begun = case.filing or case.finding
    region = begun.place.region if begun is not None and begun.place is not None else "000000"
    held = holders(registry, nr, region, on, case.holders)
    case = replace(case, holders=held)
    if case.filing is not None:
        case = replace(case, filing=replace(case.filing, nr=held[-1][1]))
    return case


def _renumbered(case: Case, no: str | None) -> Case:
    if no is None or same_number(no) == same_number(case.number):
        return case
    former = (*case.former_ids, case.number)
    return replace(
        case, no=no, former_ids=tuple(n for n in dict.fromkeys(former) if same_number(n) != same_number(no))
    )


def _cases(case: Case, act: Act, e: CaseSplit | CasesJoined, registry: Registry) -> None:
    numbers = [same_number(n) for n in e.cases]
    if same_number(case.number) in numbers or same_number(case.id) in numbers:
        raise broken("所列案号不应包括本案", "cases")
    if len(set(numbers)) < len(numbers):
        raise broken("案号重复", "cases")
    known = {same_number(n) for n in (case.split_into if isinstance(e, CaseSplit) else case.joined_with)}
    if known & set(numbers):
        raise broken("所列案件已登记分案或者并案", "cases")
    if isinstance(e, CasesJoined) and e.into is not None and same_number(e.into) not in numbers:
        raise broken("并入的案件应在所列案号之中", "into")


def _split(case: Case, act: Act, e: CaseSplit, registry: Registry) -> Step:
    return Step(replace(case, split_into=(*case.split_into, *e.cases)))


def _joined(case: Case, act: Act, e: CasesJoined, registry: Registry) -> Step:
    case = replace(case, joined_with=(*case.joined_with, *e.cases))
    if e.into is None:
        return Step(case)
    # what is still owed goes on in the other case: here it ends as with any closing, and lives again when reopened
    closing = Entry(act, {"case": case.id, "act": act.id}, evidence=grade_of(act), stands_for="CaseClosed")
    case = replace(case, closed_on=act.occurred_on, entries=(*case.entries, closing))
    return Step(case, facts={"into": (e.into,)})


def _reopen(case: Case, act: Act, e: CaseReopened, registry: Registry) -> None:
    if case.closed_on is None:
        raise broken("本案未结案，无须恢复办理", "case")
    not_before(act, case.closed_on, "结案日期")


def _reopened(case: Case, act: Act, e: CaseReopened, registry: Registry) -> Step:
    entries = tuple(replace(e, void=True) if e.type == "CaseClosed" else e for e in case.entries)
    return Step(replace(case, closed_on=None, entries=entries))


# --- records made in error ----------------------------------------------------------------------------------


def voided(acts: tuple[Act, ...]) -> frozenset[str]:
    """Ids of the acts that a 撤销误录 among these has taken the effect from."""
    return frozenset(
        act.event.of.act
        for act in acts
        if isinstance(act.event, StatementVoided) and act.event.of.act is not None
    )


def _void(case: Case, act: Act, e: StatementVoided, registry: Registry) -> None:
    if e.of.act is None:
        raise Refusal("schema_invalid", "撤销误录应写明所撤销记录的编号", field="of")
    original = next((a for a in case.acts if a.id == e.of.act), None)
    if original is None:
        raise broken("本案没有所撤销的记录", "of")
    if original.signer != act.agency:
        raise broken("只能撤销本机构登记的记录；代录有误的，请登记异议", "of")
    if isinstance(original.event, StatementCorrected | StatementVoided):
        raise broken("更正、撤销本身不能撤销，请对原记录另作更正", "of")
    gone = voided(case.acts)
    if original.id in gone:
        raise broken("该记录已撤销", "of")
    if e.right_case is not None and stream_name(e.right_case) == case.id:
        raise broken("所写的正确案件就是本案", "right_case")
    others = [a for a in case.acts if a.id not in gone | {original.id}]
    if e.reason == "duplicate" and e.right_case is None and not any(
        (a.type, a.agency) == (original.type, original.agency) for a in others
    ):  # fmt: skip
        raise broken("本案没有同类的另一条记录，不是重复登记", "reason")
    begins = (
        case.filing.act if case.filing is not None else case.finding.act if case.finding is not None else None
    )
    bookkeeping = (StatementCorrected, StatementVoided)
    if original.id == begins and any(not isinstance(a.event, bookkeeping) for a in others):
        raise broken("本案还有其他记录，不能撤销立案；请先撤销其他误录", "of")


def _voids(case: Case, act: Act, e: StatementVoided, registry: Registry) -> Step:
    return Step(case, {"voided": e.of.act or ""})


# --- what should not have happened --------------------------------------------------------------------------


def irregular(before: Case, after: Case, entry: Entry, registry: Registry) -> Iterator[Irregularity]:
    """What is recorded although it should not have happened, each with its clause."""
    event: Any = entry.act.event
    match event:
        case EnforcementDecisionMade():
            yield from _own_enforcement(before, after, entry, registry)
        case EnforcementApplied():
            decision = after.decisions.get(entry.subjects.get("decision", ""))
            if decision is not None and decision.power == "own":
                yield Irregularity(
                    "own_power", "行政强制法 §53", "有强制执行权的机关应自行强制执行，不向法院申请"
                )
        case HeadAppeared(appeared=False) if event.who is None or event.reason is None:
            yield Irregularity("head_absent", "行政诉讼法 §3", "负责人未出庭，应写明理由并委托工作人员出庭")
        case HearingOfOpinionsOpened():
            application = after.applications.get(entry.subjects.get("application", ""))
            if application is not None and application.accepted_on is None:
                yield Irregularity("heard_without_acceptance", "行政强制法 §57、§58", "未见受理记录")
        case StatementVoided():
            answered = [
                a.type for a in before.acts
                if a.agency != entry.act.agency and _answers(before, a.id, event.of.act)
            ]  # fmt: skip
            if answered:
                what = f"他机关已有据此登记的记录：{'、'.join(answered)}"
                yield Irregularity("voided_after_answer", "台账运行规则 更正", what)
        case _:
            pass
    if before.filing is None and after.filing is not None and not after.filing.carried:
        region = after.filing.place.region
        meant = registry.successor(entry.act.agency, region, entry.on)
        if meant != entry.act.agency:
            yield Irregularity(
                "filed_without_jurisdiction", "行政处罚法 §22", f"区划调整后该地由 {meant} 管辖"
            )


def _own_enforcement(before: Case, after: Case, entry: Entry, registry: Registry) -> Iterator[Irregularity]:
    decision = before.decisions.get(entry.subjects.get("decision", ""))
    if decision is None:
        return
    agency = registry.agencies.get(entry.act.agency)
    planning = after.filed.violation in ("no_planning_permit", "no_rural_permit")  # 城乡规划法 §65, §68
    if decision.power != "own" and not (planning and agency is not None and agency.kind == "government"):
        yield Irregularity(
            "no_enforcement_power", "行政强制法 §13、§34", "没有强制执行权的机关应申请人民法院强制执行"
        )
    if not any(day <= entry.on for _, day in decision.demanded):
        yield Irregularity("enforced_without_demand", "行政强制法 §35", "作出强制执行决定前未催告当事人")


def _answers(case: Case, act: str, of: str | None) -> bool:
    entry = case.entry(act)
    return entry is not None and of in {v for k, v in entry.subjects.items() if k != "act"}


# --- the tables ---------------------------------------------------------------------------------------------

RULES: dict[type[Event], Rule] = {
    SuspectedCrimeFound: _suspect,
    ViolationNotConfirmed: _not_confirmed,
    ViolationCopied: _copy_violation,
    InstructionGiven: _instruct,
    CaseTransferred: _transfer,
    TransferAccepted: _accept_transfer,
    TransferReturned: _return_transfer,
    CaseSplit: _cases,
    CasesJoined: _cases,
    CaseReopened: _reopen,
    StatementVoided: _void,
    **proceedings.RULES,
}

EFFECTS: dict[type[Event], Effect] = {
    ViolationFound: _found,
    SuspectedCrimeFound: _found,
    ViolationCopied: _violation_copied,
    InstructionGiven: _instructed,
    CaseTransferred: _transferred,
    TransferAccepted: _transfer_accepted,
    TransferReturned: _transfer_returned,
    CaseSplit: _split,
    CasesJoined: _joined,
    CaseReopened: _reopened,
    StatementVoided: _voids,
    **proceedings.EFFECTS,
}
