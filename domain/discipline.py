"""A `discipline` stream: a clue referred to discipline inspection, or a check that it opened itself.

Sources: 拉萨实施意见 三（二） (受理移送的问题线索, 开展监督检查), 三（六） (向同级纪检监察机关移交). No clause gives it a day
to answer by: what is open here is pending, never overdue. Nothing of this stream shows in any case.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from domain import regional
from domain.acts.base import Act, Event
from domain.acts.discipline import (
    AccountabilityReported,
    DisciplineCheckConcluded,
    DisciplineCheckOpened,
    DisciplineClueHandled,
    DisciplineClueReceived,
    DisciplineClueReferred,
)
from domain.cases.ruling_out import check_dates
from domain.entries import Copy, Entry, broken, not_before
from domain.refusal import Irregularity
from domain.registry import Registry
from domain.values import same_number

if TYPE_CHECKING:
    from domain.duties import Duty


@dataclass(frozen=True, slots=True)
class Referral:
    """移送 (kind "clue") or 监督检查 (kind "check"). `addressee` is whose desk it lies on, after passing on the next one's.

    `stage` is the type of the last act that moved it; `received_on` and `handled_on` are of the present addressee.
    """

    id: str
    kind: Literal["", "clue", "check"] = ""
    act: str = ""
    no: str | None = None
    by: str = ""
    addressee: str = ""
    began_on: date = date.min
    stage: str = ""
    received_on: date | None = None
    handled_on: date | None = None
    disposition: str | None = None
    outcomes: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    passed_by: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    copies: Mapping[str, Copy] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return bool(self.kind)

    @property
    def parties(self) -> tuple[str, ...]:
        """Who may know that this stream exists."""
        return tuple(dict.fromkeys(a for a in (self.by, *self.passed_by, self.addressee) if a))

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The department whose region's packs apply: the referring one, else the one of that place."""
        return registry.nr_of(self.by) if self.begun else ""

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a row's holder or recipient."""
        now = (self.by, self.addressee)
        return regional.meant(selector, entry, self.home(registry), now, on, registry)

    def refold(self, acts: Iterable[Act], registry: Registry) -> "Referral":
        return fold(self.id, acts, registry)


def fold(id_: str, acts: Iterable[Act], registry: Registry) -> Referral:
    """The referral after these acts, in the order of the ledger. Never refuses."""
    referral = Referral(id_)
    for act in acts:
        referral = evolve(referral, act, registry)
    return referral


def evolve(referral: Referral, act: Act, registry: Registry) -> Referral:
    """The referral after one more act. Never refuses; an act out of order is kept without effect."""
    after, entry = _effect(referral, act, act.event)
    return replace(after, acts=(*referral.acts, act), entries=(*referral.entries, entry))


def _effect(r: Referral, act: Act, event: Event) -> tuple[Referral, Entry]:
    facts: dict[str, tuple[str, ...]] = {}
    to: str | None = None
    match event:
        case DisciplineClueReferred() if not r.begun:
            to = event.to
            copy = Copy(act.id, act.type, act.agency, to, _numbers(act, event.referral_no), act.occurred_on)
            r = replace(
                r, kind="clue", act=act.id, no=event.referral_no, by=act.agency, addressee=to,
                began_on=act.occurred_on, stage=act.type, copies={act.id: copy},
            )  # fmt: skip
        case DisciplineCheckOpened() if not r.begun:
            facts["to"] = event.agencies
            r = replace(
                r, kind="check", act=act.id, by=act.agency, addressee=act.agency, began_on=act.occurred_on,
                stage=act.type, agencies=event.agencies,
            )  # fmt: skip
        case DisciplineClueReceived() if r.kind == "clue" and act.agency == r.addressee:
            to = r.by
            day = event.received_on or act.occurred_on
            facts["received_on"] = (day.isoformat(),)
            r = replace(r, received_on=day, stage=act.type, copies=_acknowledged(r, act, day))
        case DisciplineClueHandled() if r.kind == "clue":
            to = r.by
            facts["disposition"] = (event.disposition,)
            r = replace(r, handled_on=act.occurred_on, disposition=event.disposition, stage=act.type)
            if event.disposition == "passed_on" and event.to is not None:
                facts["to"] = (r.by, event.to)
                r = replace(
                    r, addressee=event.to, passed_by=(*r.passed_by, act.agency), received_on=None,
                    handled_on=None, disposition=None,
                )  # fmt: skip
                to = None
        case AccountabilityReported() if r.begun:
            to = r.by if r.kind == "clue" else None
            r = replace(r, outcomes=(*r.outcomes, act.id), stage=act.type)
        case DisciplineCheckConcluded() if r.kind == "check":
            facts["to"] = event.agencies or r.agencies
            r = replace(r, handled_on=act.occurred_on, stage=act.type, agencies=event.agencies or r.agencies)
    subjects = {"referral": r.act} if r.begun else {}
    return r, regional.recorded(act, subjects, facts, to)


def _numbers(act: Act, *own: str | None) -> tuple[str, ...]:
    return tuple(n for n in (*own, *(d.number for d in act.event.documents or ())) if n)


def _acknowledged(r: Referral, act: Act, day: date) -> Mapping[str, Copy]:
    """The first receipt acknowledges the referral; that of the next desk is about what was passed on."""
    copy = r.copies.get(r.act)
    if copy is None or copy.acknowledged is not None or copy.recipient != act.agency:
        return r.copies
    return {r.act: replace(copy, acknowledged=act.id, acknowledged_on=day)}


# --- what cannot have happened ------------------------------------------------------------------------------


def decide(referral: Referral, act: Act, registry: Registry, today: date) -> None:
    """Raise Refusal if the act cannot have happened: date_in_future or case_rule_broken.

    The order is referral, receipt, disposition, outcome; a check is opened, then concluded. Only the addressee
    answers. A stream begins with a referral or with a check, never with both.
    """
    check_dates(act, today)
    event: Any = act.event
    if not referral.begun:
        _begin(act, event, registry)
        return
    if isinstance(event, DisciplineClueReferred | DisciplineCheckOpened):
        raise broken("本流已有移送或者检查，请另立一条", "type")
    not_before(act, referral.began_on, "移送日期" if referral.kind == "clue" else "检查开始日期")
    if act.agency != referral.addressee:
        raise broken(f"现由 {referral.addressee} 办理，{act.agency} 不能登记该事项", "actor")
    stated = getattr(event, "referral_no", None)
    if stated is not None and same_number(stated) != same_number(referral.no or ""):
        raise broken(f"移送书文号应为“{referral.no or '（无）'}”，请核对", "referral_no")
    match event:
        case DisciplineClueReceived():
            _is_clue(referral)
            if referral.received_on is not None:
                raise broken("该线索已受理，请勿重复登记", "type")
            if event.received_on is not None and event.received_on < referral.began_on:
                raise broken("收到日期早于移送日期，请核对", "received_on")
        case DisciplineClueHandled():
            _is_clue(referral)
            if referral.received_on is None:
                raise broken("尚未登记受理，请先登记受理再登记处置", "type")
            if referral.handled_on is not None:
                raise broken("该线索已处置，请勿重复登记", "type")
            not_before(act, referral.received_on, "受理日期")
            _passed_on(act, event, registry)
        case AccountabilityReported():
            done = referral.handled_on
            if done is None or (referral.kind == "clue" and referral.disposition != "accepted"):
                raise broken("未见受理并处置（或者检查结束）的记录，不能登记追责结果", "type")
            not_before(act, done, "处置日期")
        case DisciplineCheckConcluded():
            if referral.kind != "check":
                raise broken("本流是移送的问题线索，不是监督检查", "type")
            if referral.handled_on is not None:
                raise broken("该检查已结束，请勿重复登记", "type")
            regional.check_registered(registry, event.agencies or (), "agencies")
        case _:
            raise broken("该事项不属于纪检流", "type")


def _begin(act: Act, event: Any, registry: Registry) -> None:
    match event:
        case DisciplineClueReferred():
            if registry.agency(event.to, "to").kind != "discipline":
                raise broken(f"{event.to} 不是纪检监察机关", "to")
        case DisciplineCheckOpened():
            regional.check_registered(registry, event.agencies, "agencies")
        case _:
            raise broken("尚无移送或者检查，请先登记移送", "type")


def _is_clue(referral: Referral) -> None:
    if referral.kind != "clue":
        raise broken("本流是监督检查，不是移送的问题线索", "type")


def _passed_on(act: Act, event: DisciplineClueHandled, registry: Registry) -> None:
    if event.to is None:
        return
    if event.disposition != "passed_on":
        raise broken("只有转办才写明转往的机关", "to")
    if registry.agency(event.to, "to").kind != "discipline" or event.to == act.agency:
        raise broken(f"{event.to} 不是另一纪检监察机关", "to")


# --- what should not have happened --------------------------------------------------------------------------


def irregularities(
    before: Referral, after: Referral, act_id: str, duties: Sequence["Duty"], registry: Registry
) -> tuple[Irregularity, ...]:
    """The irregularities of one act: `before` and `after` it, with the duties as they stand after it."""
    entry = next((e for e in after.entries if e.act.id == act_id), None)
    if entry is None:
        return ()
    found = list(regional.late(entry, after.copies, duties))
    event = entry.act.event
    if isinstance(event, DisciplineClueReferred):
        level = regional.partner(registry, after.home(registry), "discipline", entry.on)
        if level is not None and level != event.to:
            found.append(
                Irregularity("wrong_recipient", "拉萨实施意见 三（六）", f"应向同级纪检监察机关 {level} 移交")
            )
    return tuple({i.code: i for i in found}.values())
