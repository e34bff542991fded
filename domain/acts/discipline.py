"""Acts of a `discipline` stream: a clue referred to discipline inspection and what became of it, or a check of its own.

The stream is visible to its parties only, and no case knows of it. Sources: 拉萨实施意见 三（二）, 三（六）. No clause
gives discipline inspection a day to answer by.
"""

from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import AgencyId, Number, Sealed, Text


@event("discipline", "问题线索移送", by="nr inspectorate", through_ledger=True)
class DisciplineClueReferred(Event):
    """`subjects`: who is meant; `related`: the case that it comes from. All three are read by the addressee alone."""

    referral_no: Number
    to: AgencyId
    subjects: Sealed
    content: Sealed
    related: Sealed | None = None


@event("discipline", "问题线索受理", by="discipline")
class DisciplineClueReceived(Event):
    referral_no: Number | None = None
    received_on: date | None = None


@event("discipline", "问题线索处置", by="discipline")
class DisciplineClueHandled(Event):
    """`to`: where it was passed on (转办), where that is an agency of this ledger."""

    disposition: Literal["accepted", "passed_on", "not_handled"]
    referral_no: Number | None = None
    to: AgencyId | None = None
    reasons: Text | None = None


@event("discipline", "追责结果通报", by="discipline")
class AccountabilityReported(Event):
    """追究责任的结果. There may be several, one after the other."""

    outcome: Sealed
    referral_no: Number | None = None


@event("discipline", "监督检查开始", by="discipline")
class DisciplineCheckOpened(Event):
    """对履职情况和监督情况开展监督检查: it begins a stream of its own."""

    scope: Text
    agencies: tuple[AgencyId, ...]


@event("discipline", "监督检查结束", by="discipline")
class DisciplineCheckConcluded(Event):
    findings: Sealed
    scope: Text | None = None
    agencies: tuple[AgencyId, ...] | None = None
