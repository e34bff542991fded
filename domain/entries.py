"""What every stream's state is made of: entries (acts as the duties see them) and copies (what waits for 签收).

A *dossier* (案卷) is one stream folded: a case, a meeting, a discipline referral, a reconciliation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from domain.acts.base import Act, kind_of
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import same_number

Evidence = Literal["signed", "confirmed", "attested_doc", "attested_oral"]
"""证据等级, from the strongest: signed by the agency itself; 代录已确认; 代录有件; 代录无件."""
GRADES: tuple[Evidence, ...] = ("signed", "confirmed", "attested_doc", "attested_oral")


@dataclass(frozen=True, slots=True)
class Copy:
    """Something sent to another agency, which that agency is to acknowledge (签收)."""

    act: str
    type: str
    sender: str
    recipient: str
    numbers: tuple[str, ...]
    sent_on: date
    acknowledged: str | None = None
    acknowledged_on: date | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as the duties see it: what it concerns (`subjects`), what is known of it (`facts`), to whom.

    `stands_for`: this entry is another agency's act that a receipt attests; its `act` is then that act as
    derived, with the receipt's id. `void`: voided, or stated anew elsewhere; it has no effect and matches nothing.
    """

    act: Act
    subjects: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    to: str | None = None
    evidence: Evidence = "signed"
    stands_for: str | None = None
    disputed: bool = False
    void: bool = False

    @property
    def type(self) -> str:
        return "" if self.void else self.stands_for or self.act.type

    @property
    def on(self) -> date:
        """The stated business date."""
        return self.act.occurred_on


def broken(message: str, field_name: str) -> Refusal:
    """The refusal of an impossible act."""
    return Refusal("case_rule_broken", message, field=field_name)


def not_before(act: Act, answered: date, what: str, field_name: str = "occurred_on") -> None:
    """Refuse an act dated before what it answers."""
    if act.occurred_on < answered:
        raise broken(f"发生日期早于{what}（{answered}），请核对日期", field_name)


def evidence_of(act: Act) -> Evidence:
    """证据等级 of what a receipt attests about another agency's act: with or without a document."""
    return "attested_doc" if act.event.documents else "attested_oral"


def grade_of(act: Act) -> Evidence:
    """证据等级 of an act itself: signed by its own agency, or else as another recorded it."""
    return "signed" if act.agency == act.signer else evidence_of(act)


class Dossier(Protocol):
    """案卷: one stream folded. `id` of a case is its bare number, of any other dossier its stream, e.g. meeting/2026-1."""

    @property
    def id(self) -> str: ...

    @property
    def acts(self) -> tuple[Act, ...]: ...

    @property
    def entries(self) -> tuple[Entry, ...]: ...

    @property
    def copies(self) -> Mapping[str, Copy]: ...

    @property
    def begun(self) -> bool:
        """Whether its first act is there, so that something can be owed in it."""
        ...

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The natural-resources department whose region's packs apply on a day, or after all that is known to come (None);
        "" where there is none."""
        ...

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a pack row's holder or recipient; of several holders each has an instance of its own."""
        ...

    def refold(self, acts: tuple[Act, ...], registry: Registry) -> "Dossier":
        """The same dossier from these acts instead of its own."""
        ...


def counts_on(entry: Entry, copies: Mapping[str, Copy]) -> date:
    """The day that counts for a duty.

    What is done by recording it counts by the day of receipt, unless a delivery slip is attached or the
    recipient acknowledges an earlier day; all else by the stated day.
    """
    act = entry.act
    if entry.stands_for or not kind_of(act.event).through_ledger or act.agency != act.signer:
        return act.occurred_on
    day = act.received_on
    delivery = act.event.delivery
    if delivery is not None and delivery.sent_on is not None and slip_attached(act):
        day = min(day, delivery.sent_on)
    copy = copies.get(act.id)
    if copy is not None and copy.acknowledged_on is not None:
        day = min(day, copy.acknowledged_on)
    return max(day, act.occurred_on) if act.occurred_on <= act.received_on else day


def slip_attached(act: Act) -> bool:
    """Whether the delivery's slip (寄送单据、送达回证) is among the act's documents."""
    delivery = act.event.delivery
    if delivery is None or delivery.slip_no is None:
        return False
    slip = same_number(delivery.slip_no)
    return any(
        same_number(d.number) == slip or slip in same_number(d.title) or "slip" in d.kind.lower() or "单" in d.kind
        or "回证" in d.kind
        for d in act.event.documents or ()
    )  # fmt: skip


def addressees(entry: Entry) -> tuple[str, ...]:
    """Whom an act is directed to: one, or as many as it names."""
    if entry.to is not None:
        return (entry.to,)
    named = entry.facts.get("to") or getattr(entry.act.event, "to", None) or ()
    return (named,) if isinstance(named, str) else tuple(named)
