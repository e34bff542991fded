"""Beside the duties on the board: where the copy lies on its recipient's topic, as it was last read back.

It asks no broker, and is no legal fact: what discharges the duty is the recipient's signature alone.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from connectors import arrivals
from connectors.topics import act_topics
from domain.values import from_milliseconds
from gongze.ledger import BoardRow, Ledger
from projections import reading


def of_copies(
    ledger: Ledger, rows: Sequence[BoardRow], as_of: date, viewer: str | None
) -> Mapping[str, dict[str, Any]]:
    """Duty → where the copy had arrived by that day; only of those that it is known of. To a viewer, of what it sent or
    is to get: how far another's system has read is nobody else's business."""
    copies = [
        r.duty for r in rows if r.duty.row.subject == "copy" and viewer in (None, r.duty.holder, *r.duty.recipients)
    ]  # fmt: skip
    if not copies:
        return {}
    with ledger.projections.reading() as connection:
        if not arrivals.read_back(connection):
            return {}
        acts = reading.acts(connection, (d.opened_by for d in copies if d.opened_by))
        places = arrivals.places(connection, (act.index for act in acts))
        reached = arrivals.reached(connection)
    indices = {(act.statement, act.agency): act.index for act in acts}
    topics = act_topics(ledger.registry())
    found = {}
    for duty in copies:
        index = next((indices[k] for k in ((duty.opened_by, a) for a in duty.recipients) if k in indices), -1)
        place = places.get((topics.get(duty.holder, ""), index))
        if place is None or from_milliseconds(place.at_ms).date() > as_of:
            continue
        said = reached.get(duty.holder)
        known = said is not None and from_milliseconds(said.asked_ms).date() <= as_of
        found[duty.id] = {
            "topic": place.topic, "partition": place.partition, "offset": place.offset,
            "at": from_milliseconds(place.at_ms).isoformat(timespec="seconds"),
            "fetched": said.offset > place.offset if said is not None and known else None,
        }  # fmt: skip
    return found
