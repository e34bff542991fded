"""Due days as iCalendar (RFC 5545), so that a second import updates and never doubles.

A program tells two versions of an event apart by UID, SEQUENCE and DTSTAMP (RFC 5545 §3.8.7.4, RFC 5546 §2.1.5). All
three follow from the ledger alone, so the same ledger gives the same bytes, whoever exports it and when.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event


@dataclass(frozen=True, slots=True)
class Deadline:
    """One last day. `sequence` only rises; `changed_at`: the moment of the last act that could have changed it; `over`:
    nothing is to be done any more, so that a calendar that has it shows it as cancelled."""

    uid: str
    sequence: int
    changed_at: datetime
    on: date
    summary: str
    lines: tuple[str, ...]
    over: bool
    provisional: bool


def calendar_of(name: str, deadlines: Iterable[Deadline]) -> bytes:
    """The file, its events by day."""
    made = Calendar()
    made.add("prodid", "-//gongze//due days//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for one in sorted(deadlines, key=lambda d: (d.on, d.uid)):
        made.add_component(_event(one))
    return bytes(made.to_ical())


def _event(one: Deadline) -> Event:
    event = Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", one.changed_at.astimezone(UTC))
    event.add("dtstart", one.on)
    event.add(
        "dtend", one.on + timedelta(1)
    )  # the day after: an end is not part of the event (RFC 5545 §3.6.1)
    event.add("summary", one.summary)
    event.add("description", "\n".join(one.lines))
    event.add("status", "CANCELLED" if one.over else "TENTATIVE" if one.provisional else "CONFIRMED")
    event.add("transp", "TRANSPARENT")  # a last day keeps nobody busy
    return event
