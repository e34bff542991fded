"""One door to the state of every stream: which module folds and judges its acts.

A dossier (案卷) is one stream folded: a case, a meeting, a discipline referral, a reconciliation. What may enter:
the dispatch by kind of stream, nothing of what the acts mean.
"""

from collections.abc import Iterator
from datetime import date
from types import ModuleType
from typing import cast

from domain import cases, discipline, meetings, reconciling
from domain.acts.base import Act
from domain.acts.course import StatementVoided
from domain.cases import irregular
from domain.cases.model import Case
from domain.duties import Duty, Rules, duties_of, state
from domain.entries import Dossier
from domain.refusal import Irregularity
from domain.registry import Registry

CASE = "case/"
_BY_STREAM: dict[str, ModuleType] = {
    "case": cases, "discipline": discipline, "meeting": meetings, "reconciliation": reconciling,
}  # fmt: skip
STREAMS = frozenset(_BY_STREAM)
"""Kinds of streams that have a dossier each; the registry has none."""


def fold(stream: str, acts: tuple[Act, ...], registry: Registry) -> Dossier:
    """The dossier of a stream such as `case/拉…` or `meeting/2026-1` from its acts; empty where there are none."""
    found: Dossier = _module(stream).fold(dossier_id(stream), acts, registry)
    return found


def evolve(dossier: Dossier, act: Act, registry: Registry) -> Dossier:
    """The dossier after one more act. Never refuses."""
    found: Dossier = _module(act.stream).evolve(dossier, act, registry)
    return found


def decide(dossier: Dossier, act: Act, registry: Registry, today: date) -> None:
    """Raise Refusal if the act cannot have happened. `today`: the day of receipt in Asia/Shanghai."""
    _module(act.stream).decide(dossier, act, registry, today)


def irregularities(before: Dossier, after: Dossier, act: Act, rules: Rules) -> tuple[Irregularity, ...]:
    """What should not have happened, of one act: `before` and `after` it. Only the duties are computed that it can
    have made irregular."""
    in_case = act.stream.startswith(CASE)
    certain = irregular.established(cast("Case", before), act) if in_case else {act.id}
    types = {entry.type for entry in after.entries if entry.act.id in certain}
    duties = duties_of(after, rules, answered_with=types, answered_by=certain)
    module = irregular if in_case else _module(act.stream)
    found: tuple[Irregularity, ...] = module.irregularities(before, after, act.id, duties, rules.registry)
    return (*found, *_lateness_voided(before, after, act, rules))


def _lateness_voided(before: Dossier, after: Dossier, act: Act, rules: Rules) -> Iterator[Irregularity]:
    """The agency's own lateness that goes with a record that it voids, or can go once another takes the place of that
    record: a slip, perhaps, but for others to see."""
    if not isinstance(act.event, StatementVoided):
        return
    gone = act.event.of.act
    kept = {(duty.id, duty.discharged_by is None) for duty in _late(after, act, rules)}
    lost = [
        duty.row.name_zh
        for duty in _late(before, act, rules)
        if gone in (duty.opened_by, duty.discharged_by) and (duty.id, duty.discharged_by is None) not in kept
    ]
    if lost:
        what = f"撤销时，该记录引起或者办结的责任已经逾期：{'、'.join(dict.fromkeys(lost))}"
        yield Irregularity("voided_when_late", "台账运行规则 更正", what)


def _late(dossier: Dossier, act: Act, rules: Rules) -> list[Duty]:
    """What the agency of an act owes late when the act is received, or did late."""
    return [
        duty
        for duty in duties_of(dossier, rules)
        if duty.holder == act.agency
        and state(duty, act.received_on, rules).state in ("overdue", "discharged_late")
    ]


def dossier_id(stream: str) -> str:
    """A case is known by its bare number, every other dossier by its stream."""
    return stream.removeprefix(CASE)


def stream_of(dossier: str) -> str:
    """The inverse of `dossier_id`."""
    return dossier if dossier.partition("/")[0] in STREAMS - {"case"} and "/" in dossier else CASE + dossier


def _module(stream: str) -> ModuleType:
    return _BY_STREAM[stream.partition("/")[0]]
