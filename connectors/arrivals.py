"""到达 What was last read back from the broker: where each act lies for whom, and how far each agency had read by then.

The tables are no part of the ledger and of no projection, and may be thrown away at any time: `connectors.deliveries`
fills them. Reading them asks no broker.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import BigInteger, Column, Connection, Index, MetaData, Table, Text, inspect, select

from connectors.topics import PARTITIONS

METADATA = MetaData()
DELIVERY = Table(
    "x_delivery", METADATA, Column("topic", Text, primary_key=True),
    Column("offset", BigInteger, primary_key=True, autoincrement=False), Column("index", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)  # fmt: skip
Index("x_delivery_by_index", DELIVERY.c.index)
FETCHED = Table(
    "x_fetched", METADATA, Column("agency", Text, primary_key=True), Column("offset", BigInteger, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
)  # fmt: skip
MANY = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act lies for one agency; the first of several, where it was published anew."""

    topic: str
    partition: int
    offset: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The offset up to which an agency's system said that it has read, and when that was asked."""

    offset: int
    asked_ms: int


def read_back(connection: Connection) -> bool:
    """Whether the tables are there: whether anything was ever read back from the broker."""
    there = inspect(connection)
    return all(there.has_table(table.name) for table in METADATA.sorted_tables)


def places(connection: Connection, indices: Iterable[int] | None = None) -> Mapping[tuple[str, int], Place]:
    """By topic and index of the act; of these acts, or of all. The tables must be there."""
    table = DELIVERY.c
    query = select(table.topic, table.offset, table.index, table.at_ms).order_by(table.offset)
    rest = iter(sorted(set(indices))) if indices is not None else None
    found: dict[tuple[str, int], Place] = {}
    while rest is None or (some := list(islice(rest, MANY))):
        asked = query if rest is None else query.where(table.index.in_(some))
        for topic, offset, index, at_ms in connection.execute(asked):
            found.setdefault((topic, index), Place(topic, PARTITIONS - 1, offset, at_ms))
        if rest is None:
            break
    return found


def reached(connection: Connection) -> Mapping[str, Reached]:
    """By agency, of those that ever said. The tables must be there."""
    rows = connection.execute(select(FETCHED.c.agency, FETCHED.c.offset, FETCHED.c.asked_ms))
    return {agency: Reached(offset, asked_ms) for agency, offset, asked_ms in rows}
