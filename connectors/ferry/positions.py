"""How far each agency is: what was numbered for it, what it has confirmed, what it is to be told.

Tables beside the ledger's own (`x_ferry_…`), neither evidence nor computed from acts: whoever loses them begins a new
epoch and sends everything again, which nobody counts twice.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from connectors.ferry.bundles import Refused
from events.store import StoreBusy
from projections.databases import Database

PREFIX = "x_ferry_"


@dataclass(frozen=True, slots=True)
class Sent:
    """One numbered bundle, as a cut of what can be computed again: of the acts from `since` on, up to `until` with
    their `root`, and of the refusals after `refused_since` up to `refused_until`, `count` parts after the first
    `start`. `digest`: SHA-256 of the content, `last`: the highest number made with it."""

    number: int
    since: int
    until: int
    root: bytes
    refused_since: int
    refused_until: int
    start: int
    count: int
    last: int
    digest: bytes
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Where an agency is. `version` rises with each change, so that two at once do not number the same."""

    agency: str
    epoch: int
    version: int
    sent: tuple[Sent, ...]

    @property
    def size(self) -> int:
        """How many acts of the log have been numbered."""
        return self.sent[-1].until if self.sent else 0

    @property
    def refused(self) -> int:
        return self.sent[-1].refused_until if self.sent else 0

    @property
    def unconfirmed(self) -> tuple[Sent, ...]:
        return tuple(one for one in self.sent if not one.confirmed)


_METADATA = MetaData()
_STATE = Table(
    f"{PREFIX}state", _METADATA, Column("agency", Text, primary_key=True), Column("epoch", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)  # fmt: skip
_SENT = Table(
    f"{PREFIX}sent", _METADATA, Column("agency", Text, primary_key=True), Column("number", Integer, primary_key=True),
    Column("since", BigInteger, nullable=False), Column("until", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False), Column("refused_since", BigInteger, nullable=False),
    Column("refused_until", BigInteger, nullable=False), Column("start", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False), Column("last", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False), Column("confirmed", Boolean, nullable=False),
)  # fmt: skip
_REFUSED = Table(
    f"{PREFIX}refused", _METADATA, Column("id", Integer, primary_key=True, autoincrement=True),
    Column("agency", Text, nullable=False, index=True), Column("digest", LargeBinary, nullable=False),
    Column("code", Text, nullable=False), Column("message", Text, nullable=False), Column("field", Text),
)  # fmt: skip
_RECEIVED = Table(
    f"{PREFIX}received", _METADATA, Column("agency", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True), Column("number", Integer, primary_key=True),
)  # fmt: skip


class Positions:
    """The tables of one ledger. Raises what `events.store` raises."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        with self._database.making_tables() as connection:
            _METADATA.create_all(connection)

    def close(self) -> None:
        self._database.close()

    # -- out

    def state(self, agency: str) -> State | None:
        with self._database.reading() as connection:
            row = connection.execute(select(_STATE).where(_STATE.c.agency == agency)).one_or_none()
            if row is None:
                return None
            wanted = [_SENT.c[f.name] for f in fields(Sent)]
            sent = connection.execute(
                select(*wanted).where(_SENT.c.agency == agency).order_by(_SENT.c.number)
            )
            return State(agency, row.epoch, row.version, tuple(Sent(*one) for one in sent))

    def begin(self, agency: str, epoch: int) -> State:
        """A new epoch: everything is numbered and sent again."""
        with self._database.writing() as connection:
            connection.execute(delete(_SENT).where(_SENT.c.agency == agency))
            connection.execute(delete(_STATE).where(_STATE.c.agency == agency))
            connection.execute(insert(_STATE).values(agency=agency, epoch=epoch, version=1))
        return State(agency, epoch, 1, ())

    def number(self, state: State, more: Sequence[Sent]) -> None:
        """Take the next numbers. Raises StoreBusy where another did meanwhile."""
        with self._database.writing() as connection:
            _move_on(connection, state)
            for one in more:
                connection.execute(insert(_SENT).values(agency=state.agency, **asdict(one)))

    def confirm(self, state: State, numbers: Collection[int]) -> None:
        """What has arrived is not sent again."""
        with self._database.writing() as connection:
            _move_on(connection, state)
            for number in numbers:
                one = (_SENT.c.agency == state.agency) & (_SENT.c.number == number)
                connection.execute(update(_SENT).where(one).values(confirmed=True))

    # -- back

    def refuse(self, state: State | None, agency: str, refusals: Iterable[Refused]) -> None:
        """To be told with the next bundle; what waits to be told or confirmed already is not told twice."""
        told = max((one.refused_until for one in state.sent if one.confirmed), default=0) if state else 0
        with self._database.writing() as connection:
            for one in refusals:
                waiting = select(func.count()).where(
                    _REFUSED.c.agency == agency, _REFUSED.c.id > told,
                    *(_REFUSED.c[name] == value for name, value in asdict(one).items()),
                )  # fmt: skip
                if not connection.execute(waiting).scalar_one():
                    connection.execute(insert(_REFUSED).values(agency=agency, **asdict(one)))

    def refused(self, agency: str, since: int, until: int | None = None) -> list[tuple[int, Refused]]:
        """What an agency is told, in order, each with its number."""
        chosen = (_REFUSED.c.agency == agency) & (_REFUSED.c.id > since)
        if until is not None:
            chosen &= _REFUSED.c.id <= until
        wanted = [_REFUSED.c[f.name] for f in fields(Refused)]
        with self._database.reading() as connection:
            rows = connection.execute(select(_REFUSED.c.id, *wanted).where(chosen).order_by(_REFUSED.c.id))
            return [(number, Refused(*rest)) for number, *rest in rows]

    def received(self, agency: str) -> frozenset[tuple[int, int]]:
        """(epoch, number) of each answer that was taken in."""
        with self._database.reading() as connection:
            chosen = select(_RECEIVED.c.epoch, _RECEIVED.c.number).where(_RECEIVED.c.agency == agency)
            return frozenset((epoch, number) for epoch, number in connection.execute(chosen))

    def receive(self, agency: str, epoch: int, number: int) -> None:
        with self._database.writing() as connection:
            one = (_RECEIVED.c.agency, agency), (_RECEIVED.c.epoch, epoch), (_RECEIVED.c.number, number)
            connection.execute(delete(_RECEIVED).where(*(column == value for column, value in one)))
            connection.execute(insert(_RECEIVED).values({column.name: value for column, value in one}))


def forget(url: str) -> None:
    """Take the tables out of a copy of a ledger: what it does not know it cannot continue."""
    with closing(Database(url)) as database, database.making_tables() as connection:
        _METADATA.drop_all(connection)


def _move_on(connection: Connection, state: State) -> None:
    moved = connection.execute(
        update(_STATE)
        .where(
            _STATE.c.agency == state.agency, _STATE.c.epoch == state.epoch, _STATE.c.version == state.version
        )
        .values(version=state.version + 1)
    )
    if moved.rowcount != 1:
        raise StoreBusy("同一机关的另一次摆渡正在进行")
