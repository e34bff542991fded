"""核对无误: what an agency's confirmation of its account is worth, round by round.

Source: 拉萨实施意见 四（三）. A round covers the account as of its last day. What an agency confirmed (AccountConfirmed) is
compared with its account as it is now and as it was known then; the event need not name the day, the round has it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from domain.disclosure import Reader
from domain.reconciling import Confirmation, Reconciliation
from domain.refusal import Refusal
from domain.values import SHANGHAI, milliseconds
from gongze.books.accounts import account
from gongze.books.sources import D, Earlier, File, Sources, gather, shown_to
from gongze.ledger import Ledger

State = Literal["confirmed", "changed", "mismatch", "unconfirmed"]
STATE_ZH: dict[State, str] = {
    "confirmed": "已确认（与当时账相符）", "changed": "已确认，此后账有变动", "mismatch": "已确认但与当时的账不符",
    "unconfirmed": "未确认",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How one agency stands in one round. `digest`: of its account as of the round's last day as it is now, the one to
    confirm; `confirmed`: what it confirmed, if it did."""

    round: str
    agency: str
    first: date
    last: date
    closed_on: date | None
    state: State
    digest: str
    confirmed: Confirmation | None = None

    @property
    def open(self) -> bool:
        """Whether something is still to be done: what was confirmed and changed later is the next round's business."""
        return self.state in ("unconfirmed", "mismatch")

    def json(self) -> dict[str, Any]:
        own = self.confirmed
        return {
            "round": self.round, "agency": self.agency, "from": self.first.isoformat(), "to": self.last.isoformat(),
            "closed_on": self.closed_on.isoformat() if self.closed_on is not None else None,
            "state": self.state, "digest": self.digest,
            "confirmed_digest": own.digest if own is not None else None,
            "confirmed_on": own.on.isoformat() if own is not None else None, "open": self.open,
        }  # fmt: skip


def confirmations(
    ledger: Ledger, sources: Sources, *, of: str | None = None, whole: Sources | None = None
) -> list[Standing]:
    """How each agency stands in the last round of each department that lists it, and in every one that is not closed:
    the account of a later day holds all rows of the earlier one. `of`: in this round, whichever it is.

    Of another agency than itself a party is told nothing; whoever opened the round, or is above it, is told of all.
    `whole`: the sources of everybody where they are at hand, for a round that ends on their day. Raises Refusal.
    """
    if of is not None:
        of = f"reconciliation/{of.removeprefix('reconciliation/')}"
    asked = list(_asked(sources))
    asked = list(_latest(asked)) if of is None else [(r, agency) for r, agency in asked if r.id == of]
    if of is not None and not asked:
        raise Refusal("round_unknown", f"没有核账“{of}”，或者本机关不参加，请核对编号", "--round")
    found: list[Standing] = []
    for last in sorted({r.to for r, _ in asked if r.to is not None}):
        now = gather(ledger, last) if whole is None or whole.as_of != last else whole
        then = _Then(ledger, now)
        found += [_standing(r, agency, now, then) for r, agency in asked if r.to == last]
    return sorted(found, key=lambda s: (s.last, s.round), reverse=True)


def shown_of(found: Iterable[Standing], sources: Sources) -> list[Standing]:
    """Those that the viewer of these sources is told."""
    may = {(round_.id, agency) for round_, agency in _asked(sources)}
    return [s for s in found if (s.round, s.agency) in may]


def _asked(sources: Sources) -> Iterator[tuple[Reconciliation, str]]:
    return ((file.dossier, agency) for file in sources.rounds for agency in _told(file, sources.agency))


def _told(file: File[Reconciliation], viewer: str | None) -> tuple[str, ...]:
    """The agencies of a round whose standing a viewer is told."""
    round_ = file.dossier
    if not file.sees(round_.acts[0].id):
        return ()
    of_it = tuple(dict.fromkeys((*round_.agencies, *round_.confirmations)))
    party = viewer is not None and viewer in of_it and viewer != round_.opener
    return tuple(a for a in of_it if a == viewer or not party)


def _latest(asked: Iterable[tuple[Reconciliation, str]]) -> Iterator[tuple[Reconciliation, str]]:
    in_order = sorted(asked, key=lambda one: (one[0].to or date.min, one[0].opened_on or date.min))
    last = {(r.opener, agency): r.id for r, agency in in_order}
    return ((r, agency) for r, agency in in_order if r.closed_on is None or last[r.opener, agency] == r.id)


class _Then:
    """The digests of a day's accounts as they were known at moments, each moment gathered once."""

    def __init__(self, ledger: Ledger, now: Sources) -> None:
        self._ledger, self._now = ledger, now
        self._earlier: Earlier | None = None
        self._known: dict[int, Sources] = {}

    def digest(self, agency: str, moment_ms: int) -> str:
        if self._earlier is None:
            self._earlier = Earlier(self._ledger, self._now)
        if moment_ms not in self._known:  # one at a time: each is as long as the ledger
            self._known = {moment_ms: self._earlier.known_at(moment_ms)}
        return _digest(agency, self._known[moment_ms])

    def moments(self, round_: Reconciliation, confirmed: Confirmation) -> Iterator[int]:
        """When an agency may have read what it confirmed: just before it signed; on the day that its stamp bears, where
        that was recorded later; when the month's sheets were kept."""
        received = next(a.received_at_ms for a in round_.acts if a.id == confirmed.act)
        yield received
        day_over = datetime.combine(confirmed.on + timedelta(1), time(), SHANGHAI)
        if milliseconds(day_over) - 1 < received:
            yield milliseconds(day_over) - 1
        for act in self._ledger.intake.history.registry_acts():
            event: Any = act.event
            if act.type == "SheetsKept" and event.to == round_.to and act.received_at_ms < received:
                yield act.received_at_ms


def _standing(round_: Reconciliation, agency: str, now: Sources, then: _Then) -> Standing:
    digest = _digest(agency, now)
    confirmed = round_.confirmations.get(agency)
    if confirmed is None:
        state: State = "unconfirmed"
    elif confirmed.digest == digest:
        state = "confirmed"
    elif any(then.digest(agency, m) == confirmed.digest for m in then.moments(round_, confirmed)):
        state = "changed"
    else:
        state = "mismatch"
    first, last = round_.from_ or now.as_of, round_.to or now.as_of
    return Standing(round_.id, agency, first, last, round_.closed_on, state, digest, confirmed)


def _digest(agency: str, whole: Sources) -> str:
    """Of the dossiers that it knows of: the others have no row in its account, and are most of a ledger."""

    def known(files: tuple[File[D], ...]) -> tuple[File[D], ...]:
        return tuple(f for f in files if Reader(whole.registry, agency, f.dossier).knows_of_it)

    near = replace(
        whole, cases=known(whole.cases), meetings=known(whole.meetings), referrals=known(whole.referrals)
    )
    return account(shown_to(agency, near), whole.as_of, whole.as_of).digest()
