"""The rows of rule packs, as data: what a duty is, before any case (`domain.duties` computes with them).

Reading a pack needs nothing of what acts and cases are; so a term can be counted without loading all of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from domain.terms import Period, Term

if TYPE_CHECKING:
    from domain.entries import Entry

Kind = Literal["duty", "window", "gate"]
"""Owed; a right that may be used in its time (shown, not owed); a waiting time that must have passed."""

PERIOD, EXPIRY = "PeriodOpened", "RemedyTermExpired"
"""Triggers that are computed, never signed: a half-year has begun; the remedies against a decision have run out."""
CHOICES_KEPT = 20_000
"""Choices of rows that a pack remembers."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which acts: a type, and conditions on facts of the entry or fields of the act (any listed value)."""

    event: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before_due: bool = False

    def fits(self, entry: "Entry") -> bool:
        if entry.type != self.event:
            return False
        if not self.where:
            return True
        for name, wanted in self.where.items():
            value = entry.facts.get(name)
            if value is None:
                value = _texts(field_of(entry, name))
            if not set(value) & set(wanted):
                return False
        return True


def field_of(entry: "Entry", name: str) -> Any:
    """A field of the act by its name as written: `from` is the attribute `from_`."""
    event = entry.act.event
    return getattr(event, name, None) if hasattr(event, name) else getattr(event, f"{name}_", None)


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, tuple):
        return tuple(str(part) for part in value)
    return (str(value).lower() if isinstance(value, bool) else str(value),)


@dataclass(frozen=True, slots=True)
class Extension:
    """A later last day: a date the act names (`until`), or the row's term counted again from that act, or a
    further row that takes the duty over (`continues_in`), whose `term` then runs from the first trigger."""

    match: Match
    until: str | None = None
    continues_in: str | None = None
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Who is to read of a duty that has been overdue for `after` working days."""

    after: int
    to: str


@dataclass(frozen=True, slots=True)
class Row:
    """One duty of a pack.

    `stream`: the kind of dossier that it arises in; "registry" is the mechanism of a region. `subject`: what one
    instance is about (case, report, decision, application, crime, item …). Several `holders` owe it each; several
    `recipients` are owed it together. `anchor`: the day that the term runs from: "trigger", "acknowledgement", or a
    fact or field such as "served_on". `announced_by`: acts that make the duty known before it runs (`not_running`).
    `fixed_by`: a date or moment that the triggering act names and that is itself the last one. `period`, `levels`:
    owed once in each bucket of the calendar where the department is of one of these levels. `repeat`: once it is
    done, it is owed again in that term. `not_to`: nothing is owed to the author of a document or to whoever has it by
    a copy ("author_and_copied"). `late`, `early`: the code of the irregularity when the discharging act is
    late, or before a gate.
    """

    id: str
    name_zh: str
    kind: Kind
    subject: str
    holders: tuple[str, ...]
    recipients: tuple[str, ...]
    term: Term
    source: str
    stream: str = "case"
    triggers: tuple[Match, ...] = ()
    computed: str | None = None
    anchor: str = "trigger"
    anchor_fallback: bool = False
    announced_by: tuple[Match, ...] = ()
    fixed_by: str | None = None
    discharged_by: tuple[Match, ...] = ()
    extended_by: tuple[Extension, ...] = ()
    cancelled_by: tuple[Match, ...] = ()
    suspended_by: tuple[Match, ...] = ()
    resumed_by: tuple[Match, ...] = ()
    to_recipient_only: bool = False
    warn: Term | None = None
    warn_source: str | None = None
    late: str = "performed_late"
    early: str | None = None
    remedy: str | None = None
    group: str | None = None
    loses_right: bool = False
    period: Period | None = None
    levels: tuple[str, ...] = ()
    repeat: Term | None = None
    escalation: tuple[Step, ...] = ()
    not_to: str | None = None
    latest: bool = False
    undone_by: tuple[Match, ...] = ()
    started_with: frozenset[str] = field(init=False, repr=False, compare=False)
    """Types of acts that can begin an instance: where none of them is, there is nothing to compute."""
    answered_with: frozenset[str] = field(init=False, repr=False, compare=False)
    """Types of acts that can discharge it."""
    begun_by: tuple[Match, ...] = field(init=False, repr=False, compare=False)
    stopped_by: tuple[Match, ...] = field(init=False, repr=False, compare=False)
    prolonged_by: tuple[Match, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begun_by", self.triggers + self.announced_by)
        object.__setattr__(self, "stopped_by", self.suspended_by + self.resumed_by)
        object.__setattr__(self, "prolonged_by", tuple(extension.match for extension in self.extended_by))
        object.__setattr__(self, "started_with", frozenset(match.event for match in self.begun_by))
        object.__setattr__(self, "answered_with", frozenset(match.event for match in self.discharged_by))

    @property
    def holder(self) -> str:
        """The selectors of its holders as one text, to be shown."""
        return "、".join(self.holders)

    @property
    def recipient(self) -> str | None:
        """The same of its recipients; None where it is owed to nobody in particular."""
        return "、".join(self.recipients) or None


@dataclass(frozen=True, slots=True)
class Reference:
    """A duty of this instrument whose number another row gives: shown in its source, opens no instance."""

    id: str
    name_zh: str
    to: str
    source: str


@dataclass(frozen=True, slots=True)
class Later:
    """A duty of this instrument that the pack leaves out, and why."""

    id: str
    reason: str
    name_zh: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack (规则包). `digest` is SHA-256 of the file, by which it is adopted."""

    id: str
    name_zh: str
    version: str
    digest: str
    valid_from: date
    rows: tuple[Row, ...]
    references: tuple[Reference, ...] = ()
    instruments: Mapping[str, str] = field(default_factory=dict)
    later: tuple[Later, ...] = ()
    chosen: dict[Any, tuple[Row, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `rows_for` has chosen: many dossiers hold the same types of acts."""
    answers: frozenset[str] = field(init=False, repr=False, compare=False)
    """Types of acts that can discharge a duty of any row."""
    by_id: Mapping[str, Row] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {row.id: row for row in self.rows})
        object.__setattr__(self, "answers", frozenset().union(*(row.answered_with for row in self.rows)))

    def rows_for(
        self, stream: str, level: str, types: frozenset[str], answered_with: frozenset[str] | None
    ) -> tuple[Row, ...]:
        """The rows that acts of these types can begin in a dossier of this kind, of a department of this level; only
        those that can be discharged by acts of the types `answered_with`, if there are any given."""
        key = stream, level, types, answered_with
        known = self.chosen.get(key)
        if known is None:
            if len(self.chosen) >= CHOICES_KEPT:
                self.chosen.clear()
            known = self.chosen[key] = tuple(
                row
                for row in self.rows
                if row.stream == stream
                and (not row.levels or level in row.levels)
                and (answered_with is None or not row.answered_with.isdisjoint(answered_with))
                and (row.computed is not None or not row.started_with.isdisjoint(types))
            )
        return known
