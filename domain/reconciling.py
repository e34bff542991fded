"""A `reconciliation` stream: one round of 核账销账, and what all rounds of a region make of each row of the books.

Source: 拉萨实施意见 四（三）: “建立台账，定期核账销账，落实闭环管理”. The books themselves are computed elsewhere; here a row
is a key. Reading order: `Reconciliation`, `row_states`, `decide`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from domain import regional
from domain.acts.base import Act, Event
from domain.acts.reconciliation import (
    AccountConfirmed,
    DifferenceAgreed,
    DifferenceRaised,
    DifferenceResolved,
    ReconciliationClosed,
    ReconciliationOpened,
    RowReinstated,
    WriteOffAgreed,
    WriteOffProposed,
    WriteOffRejected,
)
from domain.cases.ruling_out import check_dates
from domain.entries import Copy, Entry, Evidence, broken, not_before
from domain.refusal import Irregularity, Refusal
from domain.registry import Registry, contains
from domain.values import Ref, same_number, stream_name

if TYPE_CHECKING:
    from domain.duties import Duty

CLAUSE = "拉萨实施意见 四（三）"

Stage = Literal["proposed", "agreed", "rejected", "reinstated"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One act about a row: its place in the ledger, and what it says."""

    index: int
    row: str
    stage: Stage
    act: str
    by: str
    on: date
    reconciliation: str
    evidence: Evidence
    officer: str
    ground: str | None = None
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowState:
    """How a row stands: the last mark that counts, all of them in order, and the proposal that is answered."""

    row: str
    last: Mark
    marks: tuple[Mark, ...]
    proposal: Mark | None = None

    @property
    def stage(self) -> Stage:
        return self.last.stage

    @property
    def written_off(self) -> bool:
        return self.stage == "agreed"

    @property
    def ground(self) -> str | None:
        """Why it was, or is to be, written off."""
        return self.proposal.ground if self.proposal is not None else None


@dataclass(frozen=True, slots=True)
class Difference:
    """核账差异. Open until the one that raised it agrees; `resolved`: (act, agency, day) of each answer."""

    act: str
    by: str
    to: tuple[str, ...]
    what: str
    raised_on: date
    row: str | None = None
    number: str | None = None
    resolved: tuple[tuple[str, str, date], ...] = ()
    agreed_on: date | None = None

    @property
    def open(self) -> bool:
        return self.agreed_on is None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """核对无误: the sheet that an agency has checked."""

    act: str
    digest: str
    on: date
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All that is known of one round. `carried`: differences that were left to the next joint meeting. `rows`: how the
    rows named in this round stand, by this round alone; `row_states` knows the earlier ones too."""

    id: str
    opener: str = ""
    opened_on: date | None = None
    from_: date | None = None
    to: date | None = None
    agencies: tuple[str, ...] = ()
    confirmations: Mapping[str, Confirmation] = field(default_factory=dict)
    differences: Mapping[str, Difference] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    rows: Mapping[str, RowState] = field(default_factory=dict)
    closed_on: date | None = None
    carried: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    copies: Mapping[str, Copy] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return self.opened_on is not None

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(a for a in (self.opener, *self.agencies) if a))

    @property
    def open_differences(self) -> tuple[Difference, ...]:
        return tuple(d for d in self.differences.values() if d.open)

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """Agencies whose confirmation is missing."""
        return tuple(a for a in self.agencies if a not in self.confirmations)

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The department whose region's packs apply."""
        return self.opener

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a row's holder or recipient."""
        return regional.meant(selector, entry, self.opener, self.agencies, on, registry)

    def refold(self, acts: Iterable[Act], registry: Registry) -> "Reconciliation":
        return fold(self.id, acts, registry)


def row_states(
    reconciliations: Iterable[Reconciliation], as_of: date | None = None
) -> Mapping[str, RowState]:
    """How each row stands after all rounds of a region (those given), in the order of the ledger, up to a day.

    A proposal for a row that is written off, and a reinstatement of one that is not, change nothing.
    """
    marks = [m for r in reconciliations for m in r.marks if as_of is None or m.on <= as_of]
    found: dict[str, RowState] = {}
    for mark in sorted(marks, key=lambda m: m.index):
        state = _marked(found.get(mark.row), mark)
        if state is not None:
            found[mark.row] = state
    return found


def _marked(known: RowState | None, mark: Mark) -> RowState | None:
    """A row after one more mark; None where the mark changes nothing."""
    if not _follows(known, mark):
        return None
    proposal = mark if mark.stage == "proposed" else known.proposal if known else None
    return RowState(mark.row, mark, (*(known.marks if known else ()), mark), proposal)


def _follows(known: RowState | None, mark: Mark) -> bool:
    match mark.stage:
        case "proposed":
            if known is None or known.stage in ("rejected", "reinstated"):
                return True
            return (
                known.stage == "proposed" and known.last.reconciliation != mark.reconciliation
            )  # that one lapsed
        case "reinstated":
            return known is None or known.stage == "agreed"
        case _:
            return known is not None and known.stage == "proposed"


def row_key(key: str) -> str:
    """The one spelling of a row's key: brackets as in case numbers. Raises Refusal."""
    book, _, rest = key.partition("/")
    whole = rest.strip() and (book == "cases" or (book == "papers" and all(rest.partition("/"))))
    if not whole or key != key.strip():
        raise Refusal("schema_invalid", "账目应写作 papers/登记簿/编号 或者 cases/案号", field="row")
    return stream_name(key)


def fold(id_: str, acts: Iterable[Act], registry: Registry) -> Reconciliation:
    """The round after these acts, in the order of the ledger. Never refuses."""
    round_ = Reconciliation(id_)
    for act in acts:
        round_ = evolve(round_, act, registry)
    return round_


def evolve(reconciliation: Reconciliation, act: Act, registry: Registry) -> Reconciliation:
    """The round after one more act. Never refuses; an act out of order is kept without effect."""
    after, entry = _effect(reconciliation, act, act.event)
    return replace(after, acts=(*reconciliation.acts, act), entries=(*reconciliation.entries, entry))


def _effect(r: Reconciliation, act: Act, event: Event) -> tuple[Reconciliation, Entry]:
    day = act.occurred_on
    subjects = {"reconciliation": r.id, "agency": act.agency}
    facts: dict[str, tuple[str, ...]] = {}
    plain = regional.recorded(act, subjects)
    match event:
        case ReconciliationOpened() if not r.begun:
            facts["to"] = tuple(a for a in event.agencies if a != act.agency)
            r = replace(
                r, opener=act.agency, opened_on=day, from_=event.from_, to=event.to, agencies=event.agencies
            )
        case AccountConfirmed():
            facts["digest"] = (event.digest,)
            confirmed = Confirmation(act.id, event.digest, day, plain.evidence)
            r = replace(r, confirmations={**r.confirmations, act.agency: confirmed})
        case DifferenceRaised():
            difference = Difference(
                act.id, act.agency, _answering(r, act, event), event.what, day,
                stream_name(event.row) if event.row else None, event.expected.number if event.expected else None,
            )  # fmt: skip
            subjects["difference"] = act.id
            facts["to"] = difference.to
            r = replace(r, differences={**r.differences, act.id: difference})
        case DifferenceResolved() | DifferenceAgreed():
            meant = _meant_difference(r, event.of)
            if meant is not None:
                subjects["difference"] = meant.act
                if isinstance(event, DifferenceAgreed):
                    facts["to"] = tuple(dict.fromkeys(agency for _, agency, _ in meant.resolved)) or meant.to
                    meant = replace(meant, agreed_on=day)
                else:
                    facts["to"] = (meant.by,)
                    meant = replace(meant, resolved=(*meant.resolved, (act.id, act.agency, day)))
                r = replace(r, differences={**r.differences, meant.act: meant})
        case WriteOffProposed() | WriteOffAgreed() | WriteOffRejected() | RowReinstated():
            mark = _mark(r, act, event, plain.evidence)
            state = _marked(r.rows.get(mark.row), mark)
            if state is not None:
                r = replace(r, marks=(*r.marks, mark), rows={**r.rows, mark.row: state})
                proposal = state.proposal
                subjects["row"] = proposal.act if proposal is not None else act.id
                facts["to"] = mark.to or ((proposal.by,) if proposal is not None else ())
            facts["row"] = (mark.row,)
        case ReconciliationClosed():
            r = replace(r, closed_on=day, carried=tuple(d.act for d in r.open_differences))
        case _:
            pass
    one = facts.pop("to")[0] if len(facts.get("to", ())) == 1 else None
    return r, regional.recorded(act, subjects, facts, one)


def _answering(r: Reconciliation, act: Act, event: DifferenceRaised) -> tuple[str, ...]:
    """Who is to resolve a difference."""
    if event.to is not None:
        return (event.to,)
    if event.expected is not None and event.expected.from_ != act.agency:
        return (event.expected.from_,)
    if r.opener and r.opener != act.agency:
        return (r.opener,)
    return tuple(a for a in r.agencies if a != act.agency)


_STAGES: dict[type[Event], Stage] = {
    WriteOffProposed: "proposed", WriteOffAgreed: "agreed", WriteOffRejected: "rejected",
    RowReinstated: "reinstated",
}  # fmt: skip


def _mark(r: Reconciliation, act: Act, event: Any, evidence: Evidence) -> Mark:
    row = stream_name(event.row)
    to = _counterparts(r, act, event, row) if isinstance(event, WriteOffProposed) else ()
    return Mark(
        act.index, row, _STAGES[type(event)], act.id, act.agency, act.occurred_on, r.id, evidence, act.officer,
        getattr(event, "ground", None), to,
    )  # fmt: skip


def _counterparts(r: Reconciliation, act: Act, event: WriteOffProposed, row: str) -> tuple[str, ...]:
    """Who is to agree: of a case the department itself, by its deputy head; of a paper the other side."""
    if row.startswith("cases/"):
        return (act.agency,)
    if event.to is not None:
        return (event.to,)
    return tuple(a for a in r.parties if a != act.agency)


# --- which difference is meant ------------------------------------------------------------------------------


def _meant_difference(r: Reconciliation, ref: Ref | None) -> Difference | None:
    found = _fitting(r, ref)
    return found[0] if len(found) == 1 else None


def _fitting(r: Reconciliation, ref: Ref | None) -> tuple[Difference, ...]:
    """Those that a reference may mean: by statement any, by row or number the open ones, omitted likewise."""
    if ref is not None and ref.act is not None:
        return (r.differences[ref.act],) if ref.act in r.differences else ()
    named = ref.no if ref is not None else None
    if named is None:
        return r.open_differences
    return tuple(
        d
        for d in r.open_differences
        if d.row == stream_name(named)
        or (d.number is not None and same_number(d.number) == same_number(named))
    )


def _the_difference(r: Reconciliation, ref: Ref | None, field_name: str = "of") -> Difference:
    found = _fitting(r, ref)
    if not found:
        raise broken("没有所指的待处理差异", field_name)
    if len(found) > 1:
        raise Refusal("schema_invalid", "有多项差异与之相符，请写明记录编号", field=field_name)
    return found[0]


def resolved(reconciliation: Reconciliation, event: Event) -> Event:
    """The event with its references to differences resolved to statements, as a client signs it.

    What cannot be resolved stays as typed; the ledger then refuses it with the reason.
    """
    if isinstance(event, DifferenceResolved | DifferenceAgreed):
        found = _meant_difference(reconciliation, event.of)
        if found is not None:
            return replace(event, of=Ref(no=event.of.no if event.of else None, act=found.act))
    if isinstance(event, ReconciliationClosed) and event.carried is not None:
        refs = []
        for ref in event.carried:
            found = _meant_difference(reconciliation, ref)
            refs.append(ref if found is None else replace(ref, act=found.act))
        return replace(event, carried=tuple(refs))
    return event


# --- what cannot have happened ------------------------------------------------------------------------------


def decide(reconciliation: Reconciliation, act: Act, registry: Registry, today: date) -> None:
    """Raise Refusal if the act cannot have happened: date_in_future, schema_invalid or case_rule_broken.

    A round may be closed while differences are open only if each of them is named in `carried`: the next joint
    meeting takes them up. Write-offs still proposed then lapse with their round, and their rows stay open.
    """
    check_dates(act, today)
    event: Any = act.event
    r = reconciliation
    if isinstance(event, ReconciliationOpened):
        _open(r, act, event, registry, today)
        return
    if r.opened_on is None:
        raise broken(f"“{r.id}”尚未开始核账，请先登记开始", "type")
    not_before(act, r.opened_on, "核账开始日期")
    if r.closed_on is not None:
        raise broken(f"本次核账已于 {r.closed_on} 结束，请在下一次核账中登记", "type")
    # whoever is asked may answer, also from outside the round
    answers = isinstance(event, WriteOffAgreed | WriteOffRejected | DifferenceResolved)
    if act.agency not in r.parties and not answers:
        raise broken(f"{act.agency} 不参加本次核账，不能登记该事项", "actor")
    match event:
        case AccountConfirmed():
            if event.agency != act.agency:
                raise broken("只能确认本机构的账", "agency")
            earlier = r.confirmations.get(act.agency)
            if earlier is not None and earlier.digest == event.digest:
                raise broken("本机构已确认这份对账单，请勿重复确认", "digest")
        case DifferenceRaised():
            _raise(act, event, registry, today)
        case DifferenceResolved():
            difference = _still_open(r, event.of)
            not_before(act, difference.raised_on, "差异提出日期")
            if act.agency not in (*difference.to, r.opener) or act.agency == difference.by:
                raise broken(f"该差异应由 {'、'.join(difference.to)} 处理", "actor")
        case DifferenceAgreed():
            difference = _still_open(r, event.of)
            not_before(act, max([difference.raised_on, *(d for _, _, d in difference.resolved)]), "处理日期")
            if act.agency != difference.by:
                raise broken(f"该差异由 {difference.by} 提出，应由其认可", "actor")
        case WriteOffProposed():
            _propose(r, act, event, registry)
        case WriteOffAgreed() | WriteOffRejected():
            _answer(r, act, event.row, registry)
        case RowReinstated():
            _reinstate(r, act, event.row)
        case ReconciliationClosed():
            _close(r, act, event)
        case _:
            raise broken("该事项不属于核账", "type")


def _open(r: Reconciliation, act: Act, event: ReconciliationOpened, registry: Registry, today: date) -> None:
    if r.begun:
        raise broken("本次核账已开始，请勿重复登记", "type")
    regional.check_own_region(registry, act, event.region)
    regional.check_registered(registry, event.agencies, "agencies")
    regional.check_near(today, {"from": event.from_, "to": event.to})
    if event.to < event.from_:
        raise broken("核账期的止日早于起日，请核对", "to")


def _raise(act: Act, event: DifferenceRaised, registry: Registry, today: date) -> None:
    if (event.row is None) == (event.expected is None):
        raise Refusal(
            "schema_invalid", "请写明账目（row）或者应有而未见的文书（expected），二者取一", field="row"
        )
    if event.row is not None:
        row_key(event.row)
    if event.expected is not None:
        registry.agency(event.expected.from_, "expected.from")
        regional.check_near(today, {"expected.date": event.expected.date})
    if event.to is not None and registry.agency(event.to, "to").id == act.agency:
        raise broken("应写明由哪个其他机关处理", "to")


def _still_open(r: Reconciliation, ref: Ref | None) -> Difference:
    difference = _the_difference(r, ref)
    if not difference.open:
        raise broken("该差异已处理并认可", "of")
    return difference


def _propose(r: Reconciliation, act: Act, event: WriteOffProposed, registry: Registry) -> None:
    row = row_key(event.row)
    is_case = row.startswith("cases/")
    if is_case and registry.agency(act.agency, "actor").kind != "nr":
        raise broken("案件账由自然资源主管部门提出销账", "actor")
    if is_case and event.to is not None:
        raise broken("案件账由自然资源主管部门分管负责人或者上级同意，不写对方", "to")
    if event.to is not None and registry.agency(event.to, "to").id == act.agency:
        raise broken("文书账应由对方同意销账", "to")
    known = r.rows.get(row)
    if known is not None and known.stage == "proposed":
        raise broken("该账目已提出销账，尚待答复", "row")
    if known is not None and known.written_off:
        raise broken("该账目已销账；未办结的请先恢复挂账", "row")


def _answer(r: Reconciliation, act: Act, key: str, registry: Registry) -> None:
    """文书账: the counterpart; 案件账: another officer of the same department (its deputy head), or a higher one."""
    row = row_key(key)
    known = r.rows.get(row)
    if known is None or known.stage != "proposed":
        raise broken("该账目没有待答复的销账提议", "row")
    proposed = known.last
    not_before(act, proposed.on, "提出销账日期")
    if not row.startswith("cases/"):
        if act.agency not in proposed.to:
            raise broken(f"应由对方（{'、'.join(proposed.to)}）答复", "actor")
        return
    if act.agency == proposed.by:
        if act.officer == proposed.officer:
            raise broken("提出销账的人员不能自行同意，应由分管负责人答复", "officer")
        return
    answering, own = registry.agency(act.agency, "actor"), registry.agency(proposed.by, "actor")
    above = answering.region != own.region and contains(answering.region, own.region)
    if answering.kind != "nr" or not (above or own.parent == answering.id):
        raise broken(f"应由 {own.id} 分管负责人或者上级自然资源主管部门答复", "actor")


def _reinstate(r: Reconciliation, act: Act, key: str) -> None:
    """A row that this round does not know was written off in an earlier one; `row_states` says if it was not."""
    row = row_key(key)
    known = r.rows.get(row)
    if known is not None and not known.written_off:
        raise broken("该账目并未销账，不需恢复", "row")
    if known is not None:
        not_before(act, known.last.on, "销账日期")


def _close(r: Reconciliation, act: Act, event: ReconciliationClosed) -> None:
    if act.agency != r.opener:
        raise broken(f"本次核账由 {r.opener} 开始，应由其结束", "actor")
    not_before(act, max(a.occurred_on for a in r.acts), "本次核账最后一项登记")
    carried = set()
    for number, ref in enumerate(event.carried or ()):
        difference = _the_difference(r, ref, f"carried.{number}")
        if not difference.open or difference.act in carried:
            raise broken("该差异已处理并认可，或者已列出", f"carried.{number}")
        carried.add(difference.act)
    left = [d for d in r.open_differences if d.act not in carried]
    if left:
        what = "、".join(d.row or d.number or d.what for d in left)
        raise broken(f"尚有差异未经提出方认可，应逐项写明转下次联席会议：{what}", "carried")


# --- what should not have happened --------------------------------------------------------------------------


def irregularities(
    before: Reconciliation, after: Reconciliation, act_id: str, duties: Sequence["Duty"], registry: Registry
) -> tuple[Irregularity, ...]:
    """The irregularities of one act: `before` and `after` it, with the duties as they stand after it."""
    entry = next((e for e in after.entries if e.act.id == act_id), None)
    if entry is None:
        return ()
    found = list(regional.late(entry, after.copies, duties))
    if isinstance(entry.act.event, ReconciliationClosed) and after.unconfirmed:
        what = f"尚未确认账目：{'、'.join(after.unconfirmed)}"
        found.append(Irregularity("closed_unconfirmed", CLAUSE, what))
    return tuple({i.code: i for i in found}.values())
