"""Acts on behalf of an agency that does not sign itself (代录): who may record them, what they are worth, how they
are confirmed or disputed, and how the agency's own later statement joins them.

The same event types; `Act.agency` is whose act it is, `Act.signer` who recorded it. Evidence grades stand in
`domain.entries`. An agency's own statement about the same thing takes the recorded one's place: the state follows
the acting agency, and what was recorded differently is a difference (`differences`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.acts.base import EVENTS, Act, Event, kind_of
from domain.acts.behalf import ActConfirmed, ActDisputed
from domain.cases.model import Case
from domain.changing import replace
from domain.entries import Dossier, Entry, broken, evidence_of
from domain.forms import FieldType, fields_of
from domain.refusal import Irregularity, Refusal
from domain.registry import OPERATOR, Registry, contains
from domain.values import Ref, same_number

RULE = "台账运行规则 代录"
ACCOUNT_RULE = "拉萨实施意见 四（三）"

NEVER = frozenset({"StatementCorrected", "StatementVoided", "ActConfirmed", "ActDisputed"})
"""Nobody corrects, voids, confirms or disputes for another; nor does anybody sign registry acts for another."""
ONLY_WITH_SCAN = frozenset({"AccountConfirmed", "MinutesEndorsed", "CopyAcknowledged"})
"""What is done by signing a sheet counts on behalf only with a scan of the signed sheet."""
WITHOUT_DOCUMENT = frozenset({"phone", "site"})
"""Ways of coming to know of an act that leave no document."""
ONE_EACH = frozenset({"review_case_no", "notice_no", "execution_case_no", "court_case_no", "slip_no"})
"""Numbers of which the thing concerned has just one: where two statements differ in them, one is wrong."""

REPEATED = frozenset(
    {
        "AssistanceConfirmed", "AssistanceRescheduled", "CaseBriefed", "ContactLogged", "CrimeOutcomeTold",
        "DocumentShared", "ExecutionCompleted", "ExecutionResumed", "ExecutionSuspended", "FilesProvided",
        "FilesRequested", "FinePaid", "HandlingTracked", "InstructionGiven", "ItemsHandedOver", "MeasuresTaken",
        "ObstructionHandled", "PaymentPostponed", "Performed", "Reassigned", "ReferralPassedOn", "Reminded",
        "RemovalReported", "SuggestionFollowedUp", "SupervisionDecisionServed", "SupplementAsked",
        "SupplementFiled",
    }
)  # fmt: skip
"""What may be done to the same thing again and again: only what is stated of the same day is the same act."""


def check_form(event_name: str, event: Event | None, on_behalf_of: str | None, iss: str) -> None:
    """What can be told from the statement alone. Raises Refusal: behalf_not_allowed, behalf_needs_document, schema_invalid."""
    kind = EVENTS.get(event_name)
    if on_behalf_of is None:
        if event is not None and event.behalf is not None:
            raise Refusal(
                "schema_invalid", "只有代录才写代录依据（basis），并应写明代哪个机构（for）", field="basis"
            )
        return
    if iss == OPERATOR or on_behalf_of in (iss, OPERATOR):
        raise Refusal("behalf_not_allowed", "台账运行单位不能代录，机构也不能代录自己的行为", field="for")
    if event_name in NEVER or (kind is not None and kind.stream == "registry"):
        zh = kind.zh if kind else event_name
        raise Refusal("behalf_not_allowed", f"“{zh}”只能由该机构自行登记，不能代录", field="for")
    if event is None:
        return
    if _sealed(event):
        raise Refusal("behalf_not_allowed", "含密封内容的记录只能由该机构自行登记，不能代录", field="for")
    if event.behalf is None:
        raise Refusal("schema_invalid", "代录应写明依据（basis）：如何得知、何日取得", field="basis")
    needs = event_name in ONLY_WITH_SCAN or event.behalf.how not in WITHOUT_DOCUMENT
    if needs and not event.documents:
        raise Refusal(
            "behalf_needs_document", "代录应附所依据的文书（电话、现场得知的除外）", field="documents"
        )


def _sealed(record: Any) -> bool:
    """Whether a sealed field is filled in, also within parties and other records."""
    return any(_holds_sealed(kind, getattr(record, kind.attr)) for kind in fields_of(type(record)).values())


def _holds_sealed(kind: FieldType, value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, tuple):
        return kind.item is not None and any(_holds_sealed(kind.item, part) for part in value)
    return kind.form == "sealed" or (kind.record is not None and _sealed(value))


def check_recorder(after: Dossier, act: Act, registry: Registry) -> None:
    """Only an addressee, recipient or executor of the act, or the region's convening nr, may record it.

    `after` is the dossier with the act folded. Raises Refusal("behalf_not_allowed").
    """
    if act.signer == act.agency:
        return
    signer = registry.agency(act.signer, "actor")
    acting = registry.agency(act.agency, "for")
    home = after.home(registry)
    parts = {home}
    if isinstance(after, Case):
        begun = after.filing or after.finding
        parts |= {begun.by if begun is not None else home, *addressees(after, act)}
        entry = after.entry(act.id)
        ruling = after.rulings.get(entry.subjects.get("ruling", "")) if entry else None
        parts |= {ruling.executing_agency or ""} if ruling else set()
    homes = registry.agencies.get(home)
    convening = signer.kind == "nr" and (
        contains(signer.region, acting.region) or (homes is not None and signer.region == homes.region)
    )
    if act.signer not in parts and not convening:
        raise Refusal(
            "behalf_not_allowed",
            f"{act.signer} 不是该行为的相对方、受送达或执行机关，也不是本地召集机关，不能代录",
            field="for",
        )


def addressees(case: Case, act: Act) -> frozenset[str]:
    """Whom an act is directed to, as far as the case tells."""
    entry = case.entry(act.id)
    found = {entry.to} if entry is not None and entry.to else set()
    found |= {c.recipient for key, c in case.copies.items() if key.split(":")[0] == act.id}
    if entry is not None:
        copy = case.copies.get(entry.subjects.get("copy", ""))
        found |= {copy.sender} if copy else set()
        matters = (case.matters.get(v) for v in entry.subjects.values())
        found |= {agency for m in matters if m is not None for agency in (m.by, *m.to)}
    return frozenset(found)


# --- the agency's own later statement joins what was recorded for it -----------------------------------------


def joins(case: Case, act: Act) -> Act | None:
    """The act recorded on behalf that this own statement states itself: same type, thing and number.

    Where neither names a thing or a number, the same day is the same act.
    """
    if act.signer != act.agency or act.type in NEVER:
        return None
    for entry in case.entries:
        known = entry.act
        attested = known.signer != known.agency and entry.stands_for is None
        if attested and (known.type, known.agency) == (act.type, act.agency) and _same(case, known, act):
            return known
    return None


def already_stated(case: Case, act: Act) -> bool:
    """Whether an act to be recorded on behalf is in the case already, by whomever."""
    return any(
        (e.act.type, e.act.agency) == (act.type, act.agency)
        and e.stands_for is None
        and _same(case, e.act, act)
        for e in case.entries
        if not e.void
    )


def _same(case: Case, known: Act, act: Act) -> bool:
    if act.type in REPEATED and known.occurred_on != act.occurred_on:
        return False
    compared = False
    for name, kind in fields_of(type(act.event)).items():
        if name in _COMMON:
            continue
        ours, theirs = getattr(act.event, kind.attr), getattr(known.event, kind.attr)
        if ours is None or theirs is None:
            continue
        if kind.shape == "ref":
            compared = True
            if not _same_ref(case, kind.refers_to, ours, theirs):
                return False
        elif kind.form == "number" and name not in ONE_EACH:
            compared = True
            if same_number(ours) != same_number(theirs):
                return False
    if compared:
        return True
    narrowest = next((e for e in reversed(case.entries) if e.act.id == known.id), None)
    about = set(narrowest.subjects) - {"case", "act"} if narrowest else set()
    return bool(about & {"application"}) or known.occurred_on == act.occurred_on


_COMMON = frozenset(fields_of(Event))


def _same_ref(case: Case, what: str, ours: Ref, theirs: Ref) -> bool:
    if ours.act is not None and theirs.act is not None:
        return ours.act == theirs.act
    mine = set(case.numbered(what, ours.no)) if ours.act is None and ours.no else {ours.act}
    other = set(case.numbered(what, theirs.no)) if theirs.act is None and theirs.no else {theirs.act}
    if mine and other:
        return bool(mine & other)
    return ours.no is not None and theirs.no is not None and same_number(ours.no) == same_number(theirs.no)


def joined(known: Act, own: Act) -> Act:
    """What takes the place of an act recorded on behalf: the agency's own words, at the place of the first."""
    return replace(
        known,
        event=own.event,
        occurred_on=own.occurred_on,
        agency=own.agency,
        signer=own.signer,
        officer=own.officer,
    )


def differences(known: Act, own: Act) -> Iterator[Irregularity]:
    """Where the agency's own statement says otherwise than what was recorded for it."""
    if known.occurred_on != own.occurred_on:
        what = f"{kind_of(own.event).zh}日期不一致：代录 {known.occurred_on}、本机构 {own.occurred_on}"
        yield Irregularity("dates_contradict", ACCOUNT_RULE, what)
    for name, kind in fields_of(type(own.event)).items():
        recorded, stated = getattr(known.event, kind.attr), getattr(own.event, kind.attr)
        if name in _COMMON or kind.shape == "ref" or recorded is None or stated is None:
            continue
        if kind.form == "number":
            if same_number(recorded) != same_number(stated):
                yield Irregularity(
                    "numbers_differ", ACCOUNT_RULE, f"{name} 不一致：代录 {recorded}、本机构 {stated}"
                )
        elif recorded != stated and kind.form != "text":
            code = "dates_contradict" if isinstance(stated, date) else "results_contradict"
            yield Irregularity(
                code, ACCOUNT_RULE, f"{name} 不一致：代录 {_said(recorded)}、本机构 {_said(stated)}"
            )


def _said(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, tuple) else str(value)


def irregular(before: Case, entry: Entry, registry: Registry) -> Iterator[Irregularity]:
    """An act on behalf of an agency that signs itself; an own statement that says otherwise than the recorded one."""
    act = entry.act
    if act.signer != act.agency and registry.mode(act.agency, act.received_on) == "signing":
        yield Irregularity(
            "behalf_though_signing", RULE, f"{act.agency} 自行签名登记，代录只作参考，请其自行登记"
        )
    known = joins(before, act)
    if known is not None:
        yield from differences(known, act)
    if isinstance(act.event, ActDisputed):
        yield Irregularity(
            "disputed", RULE, f"{act.event.field} 应为 {act.event.own_value}：{act.event.reason}"
        )


# --- confirming and disputing --------------------------------------------------------------------------------


def attested(case: Case, ref: Ref, agency: str, field: str = "of") -> tuple[Entry, ...]:
    """What was recorded on behalf of an agency, by its statement, a number it bears or its type.

    Raises Refusal: case_rule_broken where there is none, schema_invalid where several fit.
    """
    mine = [e for e in case.entries if e.act.agency == agency and e.act.signer != agency]
    if ref.act is not None:
        found = [e for e in mine if e.act.id == ref.act]
    else:
        bearing = {
            a for (_, no), acts in case.numbers.items() if no == same_number(ref.no or "") for a in acts
        }
        found = [e for e in mine if ref.no in (e.type, e.act.type) or e.act.id in bearing]
        # one that only refers to the number comes last
        for referring in (False, True):
            found = found or [e for e in mine if _has_number(e, ref.no, referring=referring)]
    if not found:
        raise broken("本案没有代本机构登记的这条记录", field)
    if len({e.act.id for e in found}) > 1:
        raise Refusal("schema_invalid", "有多条代录与之相符，请写明记录编号", field=field)
    return tuple(found)


def _has_number(entry: Entry, no: str | None, *, referring: bool) -> bool:
    """Whether a field of the act holds this number: as its own, or in a reference."""
    event = entry.act.event
    kinds = fields_of(type(event)).values()
    if referring:
        held = [ref.no for kind in kinds if isinstance(ref := getattr(event, kind.attr), Ref)]
    else:
        held = [getattr(event, kind.attr) for kind in kinds if kind.form == "number"]
    return any(isinstance(one, str) and same_number(one) == same_number(no or "") for one in held)


def check_confirmation(case: Case, act: Act, e: ActConfirmed, registry: Registry) -> None:
    for number, ref in enumerate(e.of):
        for entry in attested(case, ref, act.agency, f"of.{number}"):
            if entry.evidence == "confirmed":
                raise broken("该记录已确认，请勿重复确认", f"of.{number}")


def check_dispute(case: Case, act: Act, e: ActDisputed, registry: Registry) -> None:
    found = attested(case, e.of, act.agency)
    if e.field != "occurred_on" and e.field not in fields_of(type(found[0].act.event)):
        raise broken(f"该记录没有“{e.field}”这个字段", "field")


def confirm(case: Case, act: Act, e: ActConfirmed) -> Case:
    """The entries confirmed, as corrected by now, are worth more from here on; a dispute about them is over."""
    ids = {entry.act.id for ref in e.of for entry in attested(case, ref, act.agency)}
    made = {entry.act.id for entry in case.entries if entry.subjects.get("corrected") in ids}
    case = replace(case, agreed=case.agreed | made)
    return _marked(case, ids, act.agency, evidence="confirmed", disputed=False)


def reworded(case: Case, act: str) -> Case:
    """After a correction of what was recorded for another agency: what this had confirmed was something else."""
    entries = tuple(
        replace(e, evidence=evidence_of(e.act))
        if e.act.id == act and e.act.agency != e.act.signer and e.evidence == "confirmed"
        else e
        for e in case.entries
    )
    return replace(case, entries=entries)


def dispute(case: Case, act: Act, e: ActDisputed) -> Case:
    """A disputed act keeps the recorder's terms running and has no effect on others."""
    ids = {entry.act.id for entry in attested(case, e.of, act.agency)}
    return _marked(case, ids, act.agency, disputed=True)


def _marked(case: Case, ids: set[str], agency: str, **changes: Any) -> Case:
    entries = tuple(
        replace(e, **changes) if e.act.id in ids and e.act.agency == agency and e.act.signer != agency else e
        for e in case.entries
    )
    return replace(case, entries=entries)
