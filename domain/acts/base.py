"""What all acts share: the fields any of them may carry, who may sign it, and its place in the ledger."""

import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from domain.values import AgencyKind, Basis, Delivery, Document, Number, Text, day_of

T = typing.TypeVar("T")

ANY: frozenset[str] = frozenset(typing.get_args(AgencyKind))
"""Every kind of agency; never the operator, who has no part in a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Fields that every event may carry beside its own."""

    documents: tuple[Document, ...] | None = None
    note: Text | None = None
    batch_no: Number | None = None
    delivery: Delivery | None = None
    behalf: Basis | None = None  # a case script writes it as `basis`, beside the data


@dataclass(frozen=True, slots=True)
class EventKind:
    """What is fixed about a type of event.

    `by` are the kinds of agency that may sign it ("operator" is one of them, for the registry).
    `through_ledger` acts are done by recording them (copies, referrals, replies, notices between agencies):
    for these the day of receipt counts (`domain.cases.model.counts_on`).
    """

    name: str
    cls: type[Event]
    stream: str
    zh: str
    by: frozenset[str]
    through_ledger: bool


EVENTS: dict[str, EventKind] = {}
"""All events by name; names are unique over the ledger."""


@typing.dataclass_transform(frozen_default=True, kw_only_default=True)
def event(stream: str, zh: str, by: str, *, through_ledger: bool = False) -> Callable[[type[T]], type[T]]:
    """Make a class an event of `stream`. `by` lists kinds of agency, parted by spaces, or "any"."""

    def make(cls: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        kinds = ANY if by == "any" else frozenset(by.split())
        EVENTS[cls.__name__] = EventKind(
            cls.__name__, typing.cast("type[Event]", made), stream, zh, kinds, through_ledger
        )
        return made

    return make


def kind_of(event: Event) -> EventKind:
    """The kind of an event instance."""
    return EVENTS[type(event).__name__]


@dataclass(frozen=True, slots=True)
class Act:
    """One signed act as the rules see it.

    `id` is the statement's id (32 hex digits); `agency` the one whose act it is, `signer` the one who signed
    (they differ when recorded on behalf, 代录); `occurred_on` the stated business date; `received_at_ms`
    the ledger's receipt time. `index` is the position in the ledger, -1 while it is only proposed.
    """

    id: str
    stream: str
    agency: str
    signer: str
    officer: str
    occurred_on: date
    received_at_ms: int
    event: Event
    index: int = -1

    @property
    def type(self) -> str:
        return type(self.event).__name__

    @property
    def received_on(self) -> date:
        """Day of receipt in Asia/Shanghai."""
        return day_of(self.received_at_ms)
