"""送达 What of the ledger lies where on the broker, and how far each agency has read: evidence beside the ledger.

The table is no part of the ledger and of no projection: it is read back from the topics themselves, so it says what is
really there, and may be thrown away at any time. How far an agency has read is only what its system told the broker:
a hint for whoever asks by telephone, never a legal fact. Only a signed 签收 is one.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing

from kafka import TopicPartition
from kafka.errors import KafkaError
from sqlalchemy import Connection, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from connectors.arrivals import DELIVERY, FETCHED, METADATA
from connectors.broker import Access, BrokerUnreachable, read_all, readable
from projections.databases import Database

PAGE = 2_000


class Deliveries:
    """The table, in the ledger's own database. Raises StoreUnreachable, StoreBusy, and what reading the topics raises."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)

    def close(self) -> None:
        self._database.close()

    def catch_up(self, access: Access, act_topics: Iterable[str]) -> int:
        """Read on in each topic from where it was read to; how many messages came. A topic that is shorter now was made
        anew: so is what is kept."""
        with self._database.making_tables() as connection:
            METADATA.create_all(connection)
        names = sorted(act_topics)
        with self._database.reading() as connection:
            query = select(DELIVERY.c.topic, func.max(DELIVERY.c.offset)).group_by(DELIVERY.c.topic)
            known = {topic: last + 1 for topic, last in connection.execute(query)}
        with closing(access.consumer("gongze.reader")) as consumer:
            ends = readable(consumer, names)
        found = 0
        for name in names:
            start = known.get(name, 0)
            if start > ends[name]:
                with self._database.writing() as connection:
                    connection.execute(delete(DELIVERY).where(DELIVERY.c.topic == name))
                start = 0
            if start < ends[name]:
                found += self._read(access, name, start)
        return found

    def _read(self, access: Access, topic: str, start: int) -> int:
        found, rows = 0, list[dict[str, object]]()
        for record in read_all(access, topic, start):
            index = dict(record.headers).get("index")
            if index is not None and record.value:  # an act in full; a blank delivers nothing
                rows.append(
                    {"topic": topic, "offset": record.offset, "index": int(index), "at_ms": record.timestamp}
                )
            if len(rows) == PAGE:
                found += self._keep(rows)
                rows = []
        return found + self._keep(rows)

    def _keep(self, rows: list[dict[str, object]]) -> int:
        if rows:
            with self._database.writing() as connection:
                _add(connection, DELIVERY, rows)
        return len(rows)

    def keep_fetched(self, offsets: Mapping[str, int], asked_ms: int) -> None:
        """What `fetched` was told, for who asks later without a broker."""
        rows: list[dict[str, object]] = [
            {"agency": a, "offset": offset, "asked_ms": asked_ms} for a, offset in offsets.items()
        ]
        with self._database.writing() as connection:
            connection.execute(delete(FETCHED))
            if rows:
                _add(connection, FETCHED, rows)


def _add(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """What is there already stays: another may read back at the same time."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).on_conflict_do_nothing(), rows)


def fetched(access: Access, act_topics: Mapping[str, str]) -> dict[str, int]:
    """Agency → the offset that its system has read up to, of the foremost of its groups; none where it never said.

    Raises BrokerUnreachable.
    """
    admin = access.admin()
    try:
        listed = [group["group_id"] for group in admin.list_groups()]
        owners = {group: group.partition("/")[0] for group in listed}
        groups = {g: [TopicPartition(act_topics[a], 0)] for g, a in owners.items() if a in act_topics}
        told = admin.list_group_offsets(groups) if groups else {}
    except KafkaError as error:
        raise BrokerUnreachable(str(error)) from error
    finally:
        admin.close()
    found: dict[str, int] = {}
    for group, offsets in told.items():
        for position in offsets.values():
            if position.offset > found.get(owners[group], -1):
                found[owners[group]] = position.offset
    return found
