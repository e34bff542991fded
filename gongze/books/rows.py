"""One row of a book, how it stands, and the measures that offices count in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from gongze.books.balance import Life, Turn, life

REINSTATED = "已恢复挂账，待重新核销"
SQUARE_METRES_OF_A_MU = (2000, 3)
"""一亩是 2000/3 平方米."""


@dataclass(frozen=True, slots=True)
class Row:
    """`key`: papers/REGISTER/ID or cases/NUMBER, as write-offs name it. `shown`: its JSON."""

    key: str
    region: str
    life: Life
    shown: Mapping[str, Any]


def row(
    key: str,
    region: str,
    shown: Mapping[str, Any],
    *,
    opened_on: date,
    done_on: date | None,
    missing: Sequence[str],
    turns: Sequence[Turn],
    again: Sequence[date] = (),
) -> Row:
    """A row from what it shows and how it stands. `done_on`: when nothing was `missing` any more; `again`: later days on
    which something of it was done anew."""
    lived = life(opened_on, None if missing else done_on, turns, again)
    closed = lived.closed_on
    agreed = [t for t in turns if t.stage == "agreed"]
    why = list(missing) or [REINSTATED]
    standing = {
        "state": "open" if closed is None else "closed",
        "opened_on": opened_on.isoformat(),
        "closed_on": text_of(closed),
        "missing": [] if closed is not None else why,
        "ground": agreed[-1].ground
        if closed is not None and agreed and _by_agreement(missing, lived, (done_on, *again))
        else None,
        "reinstated_on": text_of(lived.reinstated_on),
    }
    return Row(key, region, lived, {"key": key, **shown, **standing})


def _by_agreement(missing: Sequence[str], lived: Life, done: Sequence[date | None]) -> bool:
    """Whether it is off the books because that was agreed, not because it was complete."""
    return bool(missing) or lived.closed_on not in {
        max(lived.opened_on, on or lived.opened_on) for on in done
    }


def text_of(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def zh(day: date) -> str:
    """As offices write it: 2026年2月10日."""
    return f"{day.year}年{day.month}月{day.day}日"


def mu(area_m2: str | Decimal | None) -> str | None:
    """Square metres in 亩, exactly, then rounded to two places."""
    if area_m2 is None:
        return None
    metres, of_mu = SQUARE_METRES_OF_A_MU
    exact = Decimal(area_m2) * of_mu / metres  # 2000 has no other factors than 2 and 5: the quotient ends
    return format(exact.quantize(Decimal("0.01"), ROUND_HALF_UP), "f")


def yuan(amount: Decimal) -> str:
    return format(amount.quantize(Decimal("0.01"), ROUND_HALF_UP), "f")
