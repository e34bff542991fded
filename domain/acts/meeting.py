"""Acts of a `meeting` stream: one joint meeting (联席会议), from the invitation to the last item of its minutes.

Source: 拉萨实施意见 四（一）.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import AgencyId, Label, Number, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaItem:
    """议题. `class`: 通报 (progress), 重大 (a major matter) or 会商 (a difficult question); checked by the meeting's rules,
    since Avro knows no enumeration in Chinese."""

    class_: Label
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesItem:
    """纪要事项: what was agreed, who does it, and by when, where that was agreed too."""

    item_no: Label
    text: Text
    holder: AgencyId
    due_on: date | None = None


@event("meeting", "提出重大事项", by="nr")
class MajorMatterRaised(Event):
    """A matter that cannot wait for the regular meeting. It may begin the stream, before anybody is invited."""

    what: Text


@event("meeting", "召集联席会议", by="nr")
class MeetingConvened(Event):
    """`attendees` are agencies; each of them names the persons it sends (AttendeesNamed). `on`: the day fixed."""

    kind: Literal["regular", "ad_hoc"]
    agenda: tuple[AgendaItem, ...]
    attendees: tuple[AgencyId, ...]
    on: date
    region: Label | None = None


@event("meeting", "指定参会人员", by="any")
class AttendeesNamed(Event):
    """参加人员由各部门根据具体涉及领域指定: the persons that one agency sends."""

    attendees: tuple[Text, ...]


@event("meeting", "联席会议延期", by="nr")
class MeetingDeferred(Event):
    reason: Text
    new_on: date


@event("meeting", "联席会议召开", by="nr")
class MeetingHeld(Event):
    """Attendees that stand in neither list count as absent."""

    attended: tuple[AgencyId, ...]
    absent: tuple[AgencyId, ...] = ()


@event("meeting", "会议纪要起草", by="nr")
class MinutesDrafted(Event):
    """Another draft replaces the one before it, and every endorsement of that."""

    items: tuple[MinutesItem, ...] = ()
    minutes_no: Number | None = None


@event("meeting", "会议纪要会签", by="any")
class MinutesEndorsed(Event):
    """The agency agrees to the newest draft; also after an objection that has been cleared up in talk."""


@event("meeting", "会议纪要异议", by="any")
class MinutesObjected(Event):
    what: Text


@event("meeting", "纪要事项落实情况", by="any")
class ItemReported(Event):
    """`what` may be left to the document attached."""

    item_no: Label
    what: Text | None = None


@event("meeting", "纪要事项办结", by="nr")
class ItemClosed(Event):
    item_no: Label
    reason: Text | None = None


@event("meeting", "联席会议取消", by="nr")
class MeetingCancelled(Event):
    reason: Text | None = None


@event("meeting", "会议报告送审", by="nr")
class ReportCirculated(Event):
    """The report that the meeting is to hear (通报重点任务进展情况); a later one replaces it."""

    report_no: Number | None = None
    from_: date | None = None
    to: date | None = None


@event("meeting", "会议报告意见", by="any")
class ReportCommented(Event):
    what: Text


@event("meeting", "会议报告通过", by="nr")
class ReportAdopted(Event):
    report_no: Number | None = None
