"""Acts of a `reconciliation` stream: one round of 核账销账 between the agencies of a place, from opening to closing.

Source: 拉萨实施意见 四（三）: “建立台账，定期核账销账，落实闭环管理”. Rows of the two books are named by keys:
`papers/REGISTER/ID` of the papers' account (文书账), `cases/ID` of the cases' account (案件账).
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from domain.acts.base import Event, event
from domain.values import AgencyId, Digest, Form, Label, Number, Ref, RefersTo, Text

Day = date
"""A day, where a field of that name hides the type."""
RowKey = Annotated[str, Form("id")]
"""`papers/enforcement/<statement id>`, `cases/<case number>` …"""
DifferenceRef = Annotated[Ref, RefersTo("difference")]
"""A difference by its statement, or by the row or number that it is about."""

Ground = Literal[
    "completed", "ended_lawfully", "transferred", "merged", "entered_in_error", "cannot_be_executed",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one agency's own register has and the ledger has not: a paper's number, its day, and whose it is."""

    number: Number
    date: Day
    from_: AgencyId


@event("reconciliation", "开始核账", by="nr")
class ReconciliationOpened(Event):
    """The account of `from` to `to` (both included); `agencies` are those that are to confirm it."""

    from_: date
    to: date
    agencies: tuple[AgencyId, ...]
    region: Label | None = None


@event("reconciliation", "核对无误", by="any")
class AccountConfirmed(Event):
    """`digest`: SHA-256 of the sheet that this agency has checked; confirming again replaces it."""

    agency: AgencyId
    digest: Digest


@event("reconciliation", "提出核账差异", by="any")
class DifferenceRaised(Event):
    """About a row of the books, or about a paper that is expected and missing: one of the two. `to`: who is to resolve
    it; else whose the expected paper is, else the department that keeps the account, else all others."""

    what: Text
    row: RowKey | None = None
    expected: Expected | None = None
    to: AgencyId | None = None


@event("reconciliation", "处理核账差异", by="any")
class DifferenceResolved(Event):
    """`of` may be left out where only one difference waits."""

    how: Text
    of: DifferenceRef | None = None


@event("reconciliation", "认可差异处理", by="any")
class DifferenceAgreed(Event):
    """The one that raised it is satisfied, or withdraws it."""

    of: DifferenceRef | None = None


@event("reconciliation", "提出销账", by="any")
class WriteOffProposed(Event):
    """`to`: the counterpart of a paper, which is to agree; else the other agencies of this round."""

    row: RowKey
    ground: Ground
    to: AgencyId | None = None
    reason: Text | None = None


@event("reconciliation", "同意销账", by="any")
class WriteOffAgreed(Event):
    row: RowKey


@event("reconciliation", "不同意销账", by="any")
class WriteOffRejected(Event):
    row: RowKey
    reason: Text | None = None


@event("reconciliation", "恢复挂账", by="any")
class RowReinstated(Event):
    """A row written off in this round or an earlier one is open again."""

    row: RowKey
    reason: Text


@event("reconciliation", "结束核账", by="nr")
class ReconciliationClosed(Event):
    """`carried`: the differences still open, which go to the next joint meeting."""

    carried: tuple[DifferenceRef, ...] | None = None
