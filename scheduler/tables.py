"""What the clock keeps: who leads, which jobs ran, which alerts were opened, what waits to be sent.

These are no projections: nothing computes them again, so they have a prefix of their own, `s_`, and a rebuild does not
touch them. The ledger does not depend on them: without them alerts would be opened and sent once more, no act is lost.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    inspect,
    text,
)
from sqlalchemy.schema import CreateColumn

from projections.databases import Database

metadata = MetaData()

leader = Table(
    "s_leader",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)
"""Whose term it is. `epoch` only rises: what was begun under a lower one can write no more."""

run = Table(
    "s_run",
    metadata,
    Column("job", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("day", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("took_ms", BigInteger),
    Column("did", Text),
    Column("failure", Text),
)
"""One row for a job and a period, the primary key being what lets it run once. `state`: running, done, failed."""

alert = Table(
    "s_alert",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("name_zh", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("agency", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    Column("why", Text),
    Column("addressed", Integer, nullable=False),
)
"""One row for a duty, a last day, a stage and a reader. `addressed`: to how many addresses it went or is to go."""
Index("s_alert_by_duty", alert.c.case, alert.c.duty)
Index("s_alert_by_agency", alert.c.agency)
Index("s_alert_open", alert.c.closed_on)

outbox = Table(
    "s_outbox",
    metadata,
    Column("alert", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_ms", BigInteger, nullable=False),
    Column("next_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger),
    Column("failure", Text),
    Column("contacts", Text),
    Column("again", Integer),
)
"""What is to be sent, once for an alert, a channel and a recipient. `recipient` is a name in the contacts, never an
address: those are kept in one file that can be erased. `state`: waiting, sending, sent, dropped, dead. `contacts`: which
state of the contacts' files it was given up under; `again`: 1 where it was tried anew since, because the channel works."""
Index("s_outbox_by_state", outbox.c.state, outbox.c.next_ms)


def there(connection: Connection) -> bool:
    """Whether the tables have been made."""
    return set(metadata.tables) <= set(inspect(connection).get_table_names())


def make(database: Database) -> None:
    """Make the tables where there are none, and the columns that tables of an older version lack."""
    with database.reading() as connection:
        made = there(connection) and not _lacking(connection)
    if not made:
        with database.making_tables() as connection:
            metadata.create_all(connection)
            for column in _lacking(connection):
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.execute(text(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}"))


def _lacking(connection: Connection) -> list[Column[Any]]:
    found = inspect(connection)
    known = {name: {column["name"] for column in found.get_columns(name)} for name in metadata.tables}
    return [c for table in metadata.sorted_tables for c in table.columns if c.name not in known[table.name]]
