"""One door to the state of every stream: which module folds and judges its acts.

A dossier (案卷) is one stream folded: a case, a meeting, a discipline referral, a reconciliation. What may enter:
the dispatch by kind of stream, nothing of what the acts mean.
"""

from collections.abc import Sequence
from datetime import date
from types import ModuleType
from typing import TYPE_CHECKING

from domain import cases, discipline, meetings, reconciling
from domain.acts.base import Act
from domain.cases import irregular
from domain.entries import Dossier
from domain.refusal import Irregularity
from domain.registry import Registry

if TYPE_CHECKING:
    from domain.duties import Duty

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


def irregularities(
    before: Dossier, after: Dossier, act: Act, duties: Sequence["Duty"], registry: Registry
) -> tuple[Irregularity, ...]:
    """What should not have happened, of one act: `before` and `after` it, with the duties as they stand after it."""
    module = irregular if act.stream.startswith(CASE) else _module(act.stream)
    found: tuple[Irregularity, ...] = module.irregularities(before, after, act.id, duties, registry)
    return found


def dossier_id(stream: str) -> str:
    """A case is known by its bare number, every other dossier by its stream."""
    return stream.removeprefix(CASE)


def stream_of(dossier: str) -> str:
    """The inverse of `dossier_id`."""
    return dossier if dossier.partition("/")[0] in STREAMS - {"case"} and "/" in dossier else CASE + dossier


def _module(stream: str) -> ModuleType:
    return _BY_STREAM[stream.partition("/")[0]]
