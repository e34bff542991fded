"""The state of a case: what the signed acts amount to. Keyed by statement id; numbers are only attributes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from domain.acts.base import Act
from domain.entries import Copy, Entry
from domain.values import LAND_LAW, Item, Place, same_number

Group = Literal["land_demolition", "general"]
"""Items of one decision with different suit terms: 土地管理法 §83 against 行政诉讼法 §46."""


@dataclass(frozen=True, slots=True)
class Filing:
    """立案. `by` filed it; `nr` is the natural-resources department in charge (a township's is its county's)."""

    act: str
    title: str
    by: str
    nr: str
    parties: Mapping[str, str]
    place: Place
    violation: str
    filed_on: date


@dataclass(frozen=True, slots=True)
class Decision:
    """处罚决定. `served` maps the act of service to (party ids, effective day)."""

    act: str
    no: str
    decided_on: date
    items: Mapping[str, Item]
    parties: tuple[str, ...]
    power: str
    served: Mapping[str, tuple[tuple[str, ...], date]] = field(default_factory=dict)
    demanded: tuple[tuple[str, date], ...] = ()
    settled: Mapping[str, date] = field(default_factory=dict)
    revoked_on: date | None = None
    revoked_by: str | None = None

    def group(self, item: str, violation: str) -> Group:
        if self.items[item].kind == "demolish" and violation in LAND_LAW:
            return "land_demolition"
        return "general"

    def groups(self, violation: str) -> Mapping[Group, tuple[str, ...]]:
        """Item ids by the suit term that applies to them."""
        found: dict[Group, tuple[str, ...]] = {}
        for item in self.items:
            group = self.group(item, violation)
            found[group] = (*found.get(group, ()), item)
        return found


@dataclass(frozen=True, slots=True)
class Remedy:
    """A review or a lawsuit against a decision."""

    act: str
    kind: Literal["review", "lawsuit"]
    decision: str
    on: date
    court: str | None = None
    no: str | None = None
    outcome: str | None = None
    decided_by: str | None = None
    effective_on: date | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """强制执行申请. `ended` says how it left the court's desk, if it has."""

    act: str
    no: str | None
    decision: str
    court: str
    applied_on: date
    basis: str
    items: tuple[str, ...]
    parties: tuple[str, ...]
    accepted_on: date | None = None
    accepted_by_court: bool = False
    review_case_no: str | None = None
    received: str | None = None
    received_on: date | None = None
    suspended: bool = False
    ended: Literal["", "withdrawn", "not_filed", "not_accepted", "refused", "completed", "terminated"] = ""

    @property
    def label(self) -> str:
        """Its number, else its statement id."""
        return self.no or self.act


@dataclass(frozen=True, slots=True)
class Ruling:
    """裁定. `by_court`: the court itself has stated it; else a receipt attests it (代录)."""

    act: str
    no: str | None
    application: str
    result: Literal["granted", "refused", "not_accepted"]
    made_on: date
    by_court: bool
    executor: str | None = None
    executing_agency: str | None = None
    items: tuple[str, ...] = ()
    received: str | None = None
    received_on: date | None = None
    review_court: str | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    act: str
    no: str
    by: str
    to: str
    subject: str
    issued_on: date
    reply_by: date | None
    replied: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that agencies have to do with each other in a case: a request for assistance, an application for
    supervision, a criminal referral … `stage` is the type of the last act about it, `stages` all of them in order
    as (statement, type, day); `by` began it, `to` are those it was addressed to; `ended_on` the day it was done with.
    """

    act: str
    kind: str
    no: str | None
    by: str
    to: tuple[str, ...]
    opened_on: date
    stage: str
    stages: tuple[tuple[str, str, date], ...]
    outcome: str | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of one case. `acts` are as signed, `entries` as corrected."""

    id: str
    filing: Filing | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)
    numbers: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    former_numbers: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    closed_on: date | None = None

    @property
    def filed(self) -> Filing:
        """The filing; to be asked only where there is one."""
        assert self.filing is not None
        return self.filing

    def entry(self, act: str) -> Entry | None:
        """The entry of an act itself (not one that it attests)."""
        return next((e for e in self.entries if e.act.id == act and e.stands_for is None), None)

    def numbered(self, what: str, no: str) -> tuple[str, ...]:
        """Statement ids of the things of a kind that bear a number, then of those that bore it until corrected."""
        key = (what, same_number(no))
        return tuple(dict.fromkeys((*self.numbers.get(key, ()), *self.former_numbers.get(key, ()))))

    def bears(self, what: str, no: str) -> bool:
        """Whether something bears this number now; one that was corrected away is free again."""
        return (what, same_number(no)) in self.numbers

    def with_number(self, what: str, no: str | None, act: str) -> "Case":
        if no is None:
            return self
        key = (what, same_number(no))
        have = self.numbers.get(key, ())
        return self if act in have else replace(self, numbers={**self.numbers, key: (*have, act)})

    def put(self, table: str, key: str, value: Any) -> "Case":
        """This case with one row of one of its tables set."""
        rows: dict[str, Any] = {table: {**getattr(self, table), key: value}}
        return replace(self, **rows)

    def change(self, table: str, key: str, **changes: Any) -> "Case":
        """This case with some fields of one row changed; unchanged where there is no such row."""
        rows = getattr(self, table)
        return self if key not in rows else self.put(table, key, replace(rows[key], **changes))


def effective_service(act: Act) -> date:
    """The day a decision counts as served: announced service 30 days after it was put out (民事诉讼法 §95)."""
    event: Any = act.event
    if event.method == "announced":
        return (event.put_out_on or act.occurred_on) + timedelta(days=30)
    return act.occurred_on
