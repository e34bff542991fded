"""结余: how many rows are on the books. 期初 + 新增 − 销账 = 期末, open rows carry forward; a row that is open again counts
among the new ones and is shown apart (恢复挂账). Source: 拉萨实施意见 四（三）: “建立台账，定期核账销账，落实闭环管理”.

Both ends are counted by themselves, not one from the other, so that the equation checks something. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Turn:
    """One act about a row's write-off: `stage` proposed, agreed, rejected or reinstated, in the order of the ledger."""

    stage: str
    on: date
    by: str = ""
    ground: str | None = None
    act: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """When a row came on the books, and the days on which it went off and came back, by turns, beginning with off.
    `turned_by`: the act that was agreed by each time; "" where the row was complete by itself."""

    opened_on: date
    turned_on: tuple[date, ...] = ()
    turned_by: tuple[str, ...] = ()

    @property
    def closed_on(self) -> date | None:
        """Since when it is off the books, if it is."""
        return self.turned_on[-1] if len(self.turned_on) % 2 else None

    @property
    def reinstated_on(self) -> date | None:
        """Since when it is open again, if it is."""
        return self.turned_on[-1] if self.turned_on and len(self.turned_on) % 2 == 0 else None

    def open_on(self, day: date) -> bool:
        """Whether it stands on the books at the end of a day."""
        return self.opened_on <= day and sum(turned <= day for turned in self.turned_on) % 2 == 0


@dataclass(frozen=True, slots=True)
class Balance:
    """结余 of a period, both days included. `new` holds `reinstated`."""

    opening: int = 0
    new: int = 0
    reinstated: int = 0
    written_off: int = 0
    closing: int = 0

    @property
    def balanced(self) -> bool:
        return self.opening + self.new - self.written_off == self.closing

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(
            self.opening + other.opening, self.new + other.new, self.reinstated + other.reinstated,
            self.written_off + other.written_off, self.closing + other.closing,
        )  # fmt: skip


def life(opened_on: date, done_on: date | None, turns: Sequence[Turn], again: Sequence[date] = ()) -> Life:
    """The life of a row that was complete by itself on `done_on`, if it was, and of which this was agreed. `again`: the
    later days on which something of it was done anew.

    Being complete closes a row at once; after a reinstatement only what is done later does, or an agreement. What is done
    anew while it is off the books changes nothing: a period that is over stays as it was.
    """
    turned: list[date] = []
    by: list[str] = []
    last = opened_on
    done = [] if done_on is None else sorted({done_on, *(d for d in again if d > done_on)})
    for turn in _in_order(done, turns):
        off = len(turned) % 2 == 1
        if (turn.stage == "reinstated") == off:
            last = max(last, turn.on)  # an act dated before what it follows counts from that
            turned.append(last)
            by.append(turn.act)
    return Life(opened_on, tuple(turned), tuple(by))


def _in_order(done: Sequence[date], turns: Sequence[Turn]) -> Iterator[Turn]:
    """Agreements and reinstatements, with each completion before the first turn of its own day or a later one."""
    left = list(done)
    for turn in turns:
        while left and left[0] <= turn.on:
            yield Turn("done", left.pop(0))
        if turn.stage in ("agreed", "reinstated"):
            yield turn
    yield from (Turn("done", on) for on in left)


def balance(lives: Iterable[Life], first: date, last: date) -> Balance:
    """The balance of the period from `first` to `last`."""
    before = first - timedelta(1) if first > date.min else None

    def within(day: date) -> bool:
        return first <= day <= last

    found = Balance()
    for one in lives:
        back = sum(map(within, one.turned_on[1::2]))
        found += Balance(
            opening=before is not None and one.open_on(before),
            new=within(one.opened_on) + back,
            reinstated=back,
            written_off=sum(map(within, one.turned_on[::2])),
            closing=one.open_on(last),
        )
    return found


def half_year(day: date) -> tuple[date, date]:
    """The first and last day of the half-year of a day."""
    if day.month <= 6:
        return date(day.year, 1, 1), date(day.year, 6, 30)
    return date(day.year, 7, 1), date(day.year, 12, 31)
