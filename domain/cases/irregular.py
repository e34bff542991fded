"""What is recorded although it should not have happened, each with its clause.

Lateness comes from the duties that an act discharges; the rest is looked at here, act by act.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from domain.acts.base import Act, kind_of
from domain.acts.behalf import ActConfirmed
from domain.acts.case import (
    AcceptanceCopied,
    AcceptanceReceived,
    ApplicationCopied,
    EnforcementAccepted,
    EnforcementApplied,
    EnforcementGranted,
    EnforcementNotAccepted,
    EnforcementNotFiled,
    EnforcementRefused,
    RulingCopied,
    RulingReceived,
)
from domain.cases import behalf, course, matters
from domain.cases.model import Case
from domain.entries import Entry, counts_on
from domain.refusal import Irregularity
from domain.registry import Registry, contains
from domain.values import same_number

if TYPE_CHECKING:  # duties are computed from cases; here they are only read
    from domain.duties import Duty

TIME_RULE = "台账运行规则 时间"
ACCOUNT_RULE = "拉萨实施意见 四（三）"
BASIC_COURT = ("park", "county", "township")


def irregularities(
    before: Case, after: Case, act_id: str, duties: Sequence["Duty"], registry: Registry
) -> tuple[Irregularity, ...]:
    """The irregularities of one act: `before` and `after` it, with the duties as they stand after it."""
    entry = after.entry(act_id)
    if entry is None:
        return ()
    found = [
        *_late(before, entry, after, duties),
        *_special(before, after, entry, duties, registry),
        *behalf.irregular(before, entry, registry),
    ]
    return tuple({i.code: i for i in found}.values())


def _late(before: Case, entry: Entry, after: Case, duties: Sequence["Duty"]) -> Iterator[Irregularity]:
    day = counts_on(entry, after.copies)
    if kind_of(entry.act.event).through_ledger and day > entry.on:
        yield Irregularity(
            "date_unconfirmed", TIME_RULE, f"所述日期 {entry.on} 无寄送单据或对方签收佐证，按入账日 {day} 计"
        )
    done = established(before, entry.act)
    for duty in duties:
        # another's lateness that is only recorded for it is not held against it here: it is shown as unconfirmed
        said = duty.discharged_by in done and duty.evidence in ("signed", "confirmed")
        if said and duty.late and duty.row.kind == "duty":
            last = duty.strict_due_on or duty.due_on
            yield Irregularity(
                duty.row.late,
                duty.row.source,
                f"{duty.row.name_zh}：应于 {last} 前，实为 {duty.discharged_on}",
            )


def established(before: Case, act: Act) -> set[str]:
    """Ids of the acts that this one makes certain: itself, what it joins, what it confirms."""
    found = {act.id}
    known = behalf.joins(before, act)
    if known is not None:
        found.add(known.id)
    if isinstance(act.event, ActConfirmed):
        found |= {e.act.id for ref in act.event.of for e in behalf.attested(before, ref, act.agency)}
    return found


def _special(
    before: Case, after: Case, entry: Entry, duties: Sequence["Duty"], registry: Registry
) -> Iterator[Irregularity]:
    event: Any = entry.act.event
    yield from course.irregular(before, after, entry, registry)
    yield from matters.irregular(before, after, entry, registry)
    match event:
        case EnforcementApplied():
            yield from _application(after, entry, event, duties, registry)
        case ApplicationCopied() | RulingCopied():
            sender = registry.agencies.get(entry.act.agency)
            meant = registry.route(sender, "procuratorate", "non_litigation", entry.on) if sender else None
            if meant is not None and entry.to != meant.id:
                yield Irregularity(
                    "wrong_recipient", "拉萨实施意见 三（六）", f"应送同级人民检察院 {meant.id}"
                )
        case _:
            pass
    application = after.applications.get(entry.subjects.get("application", ""))
    match event:
        case AcceptanceCopied() if application and application.received is None:
            yield Irregularity("copied_before_receipt", "拉萨实施意见 三（六）", "尚未登记取得受理通知书")
        case RulingCopied() if after.rulings[entry.subjects["ruling"]].received is None:
            yield Irregularity("copied_before_receipt", "拉萨实施意见 三（六）", "尚未登记收到裁定")
        case EnforcementGranted() | EnforcementRefused():
            if application and application.accepted_on is None:
                yield Irregularity("ruled_without_acceptance", "行政强制法 §56、§57", "未见受理记录")
            yield from _joined(before, after, entry)
        case EnforcementNotAccepted() | EnforcementNotFiled():
            yield from _joined(before, after, entry)
        case EnforcementAccepted() | AcceptanceReceived() if application:
            yield from _acceptance(before, application.act, entry, event)
        case RulingReceived():
            yield from _receipt(before, entry, event)
        case _:
            pass


def _application(
    after: Case, entry: Entry, event: EnforcementApplied, duties: Sequence["Duty"], registry: Registry
) -> Iterator[Irregularity]:
    application = after.applications[entry.act.id]
    decision = after.decisions[application.decision]
    filing = after.filed
    court = registry.agencies[event.court]
    if event.basis == "non_litigation":
        if not any(day <= entry.on for _, day in decision.demanded):
            yield Irregularity("applied_without_demand", "行政强制法 §54", "申请前未催告当事人履行义务")
        groups = entry.facts.get("group", ())
        windows = [
            d
            for d in duties
            if d.row.early
            and any(d.subject.startswith(f"{decision.act}:{group}:") for group in groups)
            and (d.cancelled_on is None or entry.on < d.cancelled_on)
        ]
        code = next((d.row.early for d in duties if d.row.early), None) or "applied_too_early"
        if not windows:
            yield Irregularity(code, "行政强制法 §53", "救济期限尚未起算、未届满，或者已申请复议、提起诉讼")
        for duty in windows:
            last = duty.strict_due_on or duty.due_on
            # an application made anew has a day of its own; the window was discharged by the first
            if last is not None and entry.on > last:
                yield Irregularity(
                    duty.row.late, duty.row.source, f"{duty.row.name_zh}：应于 {last} 前，实为 {entry.on}"
                )
            if duty.not_before is not None and entry.on < duty.not_before:
                yield Irregularity(code, duty.row.source, f"最早可申请日为 {duty.not_before}")
            elif duty.opened_on is not None and entry.on <= duty.opened_on:
                yield Irregularity(code, duty.row.source, f"起诉期限至 {duty.opened_on} 方届满")
    if decision.revoked_on is not None and decision.revoked_on <= entry.on:
        yield Irregularity("decision_revoked", "行政强制法 §53", f"处罚决定已于 {decision.revoked_on} 撤销")
    kinds = {decision.items[i].kind for i in application.items if i in decision.items}
    if filing.violation == "no_planning_permit" and "demolish" in kinds:
        yield Irregularity(
            "planning_violation_applied",
            "城乡规划法 §68",
            "违反城乡规划法的强制拆除由县级以上地方人民政府责成，法院不受理",
        )
    if court.level not in BASIC_COURT and event.designated_by is None:
        yield Irregularity(
            "court_not_basic", "行政强制法 §54；行诉解释 §157", "应向基层人民法院申请，另有指定的请写明"
        )
    region = filing.place.region
    routed = registry.route(registry.agencies[after.nr_on(entry.on)], "court", "non_litigation", entry.on)
    if not (contains(court.region, region) or contains(region, court.region)) and routed != court:
        yield Irregularity("court_not_of_place", "行政强制法 §54", "不动产应向其所在地人民法院申请")


def _acceptance(before: Case, application: str, entry: Entry, event: Any) -> Iterator[Irregularity]:
    """What the court and the receipt say of one acceptance must agree."""
    earlier = before.applications.get(application)
    if earlier is None or earlier.accepted_on is None:
        return
    ours, theirs = event.review_case_no, earlier.review_case_no
    if ours is not None and theirs is not None and same_number(ours) != same_number(theirs):
        yield Irregularity("numbers_differ", ACCOUNT_RULE, f"行审案号不一致：{theirs}、{ours}")
    stated = entry.on if isinstance(event, EnforcementAccepted) else event.accepted_on
    receipt = None if earlier.accepted_by_court else before.entry(earlier.received or "")
    if receipt is not None and getattr(receipt.act.event, "accepted_on", None) is None:
        stated = None  # the receipt named no day of acceptance, so none contradicts it
    if stated is not None and stated != earlier.accepted_on:
        yield Irregularity(
            "dates_contradict", ACCOUNT_RULE, f"受理日期不一致：{earlier.accepted_on}、{stated}"
        )


def _joined(before: Case, after: Case, entry: Entry) -> Iterator[Irregularity]:
    """A court's own ruling against what a receipt had attested of it."""
    own = after.rulings.get(entry.subjects.get("ruling", ""))
    attested = before.rulings.get(entry.subjects.get("ruling", ""))
    if own is None or attested is None or attested.by_court:
        return
    if own.result != attested.result:
        yield Irregularity("results_contradict", ACCOUNT_RULE, "所写裁定结果与法院登记不一致")
    receipt = before.entry(attested.received or "")
    if receipt is None or getattr(receipt.act.event, "made_on", None) is None:
        return
    if own.made_on != attested.made_on:
        yield Irregularity(
            "dates_contradict", ACCOUNT_RULE, f"裁定日期不一致：{own.made_on}、{attested.made_on}"
        )


def _receipt(before: Case, entry: Entry, event: RulingReceived) -> Iterator[Irregularity]:
    ruling = before.rulings.get(entry.subjects.get("ruling", ""))
    if ruling is None:
        return
    said = {"partly_granted": "granted"}.get(event.result or "", event.result)
    if said is not None and said != ruling.result:
        yield Irregularity("results_contradict", ACCOUNT_RULE, "所写裁定结果与法院登记不一致")
    if event.made_on is not None and event.made_on != ruling.made_on:
        yield Irregularity(
            "dates_contradict", ACCOUNT_RULE, f"裁定日期不一致：{ruling.made_on}、{event.made_on}"
        )
