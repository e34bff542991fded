"""Per copy: sent, delivered to the broker, fetched, acknowledged. Each of the four is another fact, known from another."""

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors import arrivals
from connectors.arrivals import Place
from connectors.broker import Access
from connectors.deliveries import Deliveries, fetched
from connectors.topics import act_topics
from domain.acts import EVENTS
from domain.values import from_milliseconds, milliseconds
from gongze.books.receipts import receipt
from gongze.books.sources import gather
from gongze.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Row:
    """One copy. `delivered` None: not on its topic yet, or its recipient is not in the exchange. `fetched` None: not known."""

    case: str
    what: str
    act: str
    sender: str
    to: str
    sent_on: date
    delivered: Place | None
    fetched: bool | None
    acknowledged_on: date | None
    acknowledged_by: str | None

    @property
    def what_zh(self) -> str:
        return EVENTS[self.what].zh if self.what in EVENTS else self.what

    def json(self) -> dict[str, Any]:
        place = self.delivered
        return {
            "case": self.case, "what": self.what, "what_zh": self.what_zh, "act": self.act, "sender": self.sender,
            "to": self.to, "sent_on": self.sent_on.isoformat(),
            "delivered": None if place is None else {
                "topic": place.topic, "partition": place.partition, "offset": place.offset, "at": moment(place)},
            "fetched": self.fetched,
            "acknowledged_on": self.acknowledged_on.isoformat() if self.acknowledged_on else None,
            "acknowledged_by": self.acknowledged_by,
        }  # fmt: skip


def moment(place: Place) -> str:
    return from_milliseconds(place.at_ms).isoformat(timespec="seconds")


def read_back(ledger: Ledger, access: Access) -> int:
    """Keep what the broker says now, for the board, which asks no broker; how many acts have arrived since the last time.

    Raises BrokerUnreachable, TopicUnusable.
    """
    places = act_topics(ledger.registry())
    with closing(Deliveries(ledger.settings.database_url)) as kept:
        arrived = kept.catch_up(access, places.values())
        kept.keep_fetched(fetched(access, places), milliseconds(ledger.now()))
    return arrived


def deliveries(ledger: Ledger, access: Access, agency: str | None) -> list[Row]:
    """Every copy that was sent, or those to and from one agency."""
    read_back(ledger, access)
    places = act_topics(ledger.registry())
    with ledger.projections.reading() as connection:
        delivered = arrivals.places(connection)
        read_to = arrivals.reached(connection)
    rows = []
    for file in gather(ledger, ledger.today(), None).files:
        for copy in file.dossier.copies.values():
            entry = file.entry(copy.act)
            if entry is None or agency not in (None, copy.sender, copy.recipient):
                continue
            place = delivered.get((places.get(copy.recipient, ""), entry.act.index))
            reached = read_to.get(copy.recipient)
            came = receipt(file, copy)
            rows.append(
                Row(
                    file.dossier.id, copy.type, copy.act, copy.sender, copy.recipient, file.day(entry), place,
                    None if place is None or reached is None else reached.offset > place.offset,
                    came[0] if came else None, came[1].act.signer if came else None,
                )
            )  # fmt: skip
    return sorted(rows, key=lambda r: (r.acknowledged_on is not None, r.sent_on, r.case, r.to))
