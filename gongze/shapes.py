"""The JSON shapes of what commands print. Fields may be added; none is renamed or removed."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from domain.rows import Row
from domain.terms import Count, count

if TYPE_CHECKING:  # a trial count must not wait for what only the board needs
    from collections.abc import Mapping

    from domain.duties import Duty, Rules
    from gongze.ledger import BoardRow


def duty(row: "BoardRow") -> dict[str, Any]:
    """One line of the duty board. Dates are YYYY-MM-DD; `due_on` is the last day in time."""
    from domain.duties import escalated

    d, standing = row.duty, row.standing
    running = standing.state != "not_running"
    shown: dict[str, Any] = {
        "id": d.id,
        "duty": d.row.id,
        "name_zh": d.row.name_zh,
        "kind": d.row.kind,
        "case": d.case,
        "holder": d.holder,
        "recipient": d.recipients[0] if len(d.recipients) == 1 else None,
        "opened_on": _day(d.opened_on) if running else None,
        "opened_by": d.opened_by,
        "due_on": _day(d.due_on) if running and d.row.kind != "gate" else None,
        "earliest_due_on": None if running else _day(d.earliest_due_on or d.due_on),
        "not_before": _day(d.not_before),
        "warn_on": _day(d.warn_on) if running else None,
        "warn_source": d.warn_source if running else None,
        "provisional": d.provisional,
        "state": standing.state,
        "discharged_on": _day(d.discharged_on),
        "discharged_by": d.discharged_by,
        "stated_on": _day(d.stated_on),
        "remaining_working_days": standing.remaining_working_days,
        "overdue_working_days": standing.overdue_working_days,
        "loses_right": d.row.loses_right,
        "evidence": d.evidence,
        "late_counts": row.late_counts,
        "escalated": [step.to for step in escalated(d, standing)],
        "source": d.row.source,
    }
    if len(d.recipients) > 1:
        shown["recipients"] = list(d.recipients)
    if running and d.due_at is not None:
        shown["due_at"] = d.due_at.isoformat()
    if d.taken_over_on is not None:
        shown["taken_over_on"] = _day(d.taken_over_on)
    if d.previous_due_on is not None:
        shown |= {"previous_due_on": _day(d.previous_due_on), "corrected_by": d.corrected_by}
    if standing.state == "cancelled":
        lapsed = d.row.kind == "window" and d.cancelled_on is None
        shown |= {"outcome": "lapsed" if lapsed else "cancelled", "cancelled_on": _day(d.cancelled_on)}
    return shown


def with_delivery(row: "BoardRow", arrived: "Mapping[str, dict[str, Any]]") -> dict[str, Any]:
    """A line of the board; of a copy that is to be signed for, also where it lies, null where that is not known."""
    return duty(row) | ({"delivery": arrived.get(row.duty.id)} if row.duty.row.subject == "copy" else {})


def board(
    rows: "list[BoardRow]",
    as_of: date,
    known_at: datetime,
    rules: "Rules",
    arrived: "Mapping[str, dict[str, Any]]",
) -> dict[str, Any]:
    """The whole duty board."""
    nation = rules.calendar.nation
    calendar = {
        "nation_published_until": max(nation) if nation else None,
        "regions": {region: sorted(years) for region, years in sorted(rules.calendar.regions.items())},
    }
    return {
        "as_of": as_of.isoformat(), "known_at": known_at.isoformat(), "calendar": calendar,
        "duties": [with_delivery(row, arrived) for row in rows],
    }  # fmt: skip


def counted(row: Row, frm: date, found: Count) -> dict[str, Any]:
    """How a due day was counted."""
    return {
        "duty": row.id,
        "name_zh": row.name_zh,
        "from": frm.isoformat(),
        "due_on": _day(found.due_on),
        "nominal_on": _day(found.nominal_on),
        "not_before": _day(found.not_before),
        "warn_on": _day(found.warn_on),
        "provisional": found.provisional,
        "source": row.source,
        "days": [{"date": d.date.isoformat(), "counted": d.counted, "why": d.why} for d in found.days],
    }


def explained(
    d: "Duty", rules: "Rules", row: "BoardRow", arrived: "Mapping[str, dict[str, Any]]"
) -> dict[str, Any]:
    """A duty with its count, day by day."""
    from domain.duties import count_of

    shown: dict[str, Any] = {"instance": with_delivery(row, arrived)}
    start, base = d.opened_on, count_of(d, rules.calendar)
    if start is None or base is None:
        return {**shown, "duty": d.row.id, "from": None, "due_on": None, "provisional": False,
                "source": d.row.source, "days": []}  # fmt: skip
    return {**shown, **counted(d.row, start, base), **_extended(d, rules, base), "due_on": _day(d.due_on)}


def _extended(d: "Duty", rules: "Rules", base: Count) -> dict[str, Any]:
    """The count that gave an extended due day: from the extending act, or another term from the beginning."""
    if d.extended_on is None or d.due_on == base.due_on:
        return {}
    assert d.opened_on is not None
    others = [(d.extended_on, d.term), *((d.opened_on, x.term) for x in d.row.extended_by if x.term)]
    for frm, term in others:
        found = count(term, frm, rules.calendar, d.region)
        if found.due_on == d.due_on:
            return counted(d.row, frm, found)
    return {"days": [], "extended_to": _day(d.due_on)}  # the extending act names the day itself


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
