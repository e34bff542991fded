"""The composition: one ledger, put together from its parts. Everything that users do goes through here.

An act goes in by `submit` (checked by `events.intake`, stored by `events.store`); everything that is read
comes out of the projections, which can be thrown away and computed again, or, for a past day or an earlier
state of knowledge, is folded anew from the acts themselves.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from domain import dossiers
from domain import mechanism as mechanism_rules
from domain import registry as registry_rules
from domain.acts import Act
from domain.cases import Case, fold
from domain.disclosure import Reader
from domain.duties import (
    Duty,
    Rules,
    Standing,
    as_it_stood,
    duties_of,
    escalated,
    late_counts,
    state,
)
from domain.entries import Dossier
from domain.mechanism import Mechanism
from domain.refusal import Irregularity, Refusal
from domain.registry import Registry
from domain.values import from_milliseconds, milliseconds, same_number, stream_name
from events.history import stored_act, stored_statement
from events.intake import Intake, Receipt, Waiting
from events.store import Entry, Store, StoreMissing, create_store, open_store
from gongze.progress import FOLDING, counted
from gongze.rulebook import Rulebook
from gongze.settings import Settings
from projections import reading
from projections.folding import KEY_IN_DOUBT, Stopped
from projections.follower import Projections

PAGE = 1_000
NOT_FINISHED = "台账没有建完：请清空这个数据库，再用同样的命令建账，已经生成的密钥留着"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One line of the duty board: a duty and how it stands on the board's day."""

    duty: Duty
    standing: Standing
    late_counts: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """A receipt with the irregularities that the act brought (none for a repeated act)."""

    receipt: Receipt
    irregular: tuple[tuple[str, Irregularity], ...]


class Ledger:
    """One open ledger. Not shared between threads."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.rulebook = Rulebook(store)
        self.intake = Intake(store, self.rulebook.known)
        self._projections: Projections | None = None
        self._stopped: dict[str, Stopped] = {}

    @classmethod
    def open(cls, settings: Settings) -> "Ledger":
        """Open an existing ledger. Raises events.store's StoreMissing, StoreUnreachable, StoreDamaged."""
        ledger = cls(settings, open_store(settings.database_url))
        try:
            registry = ledger.registry()
            genesis = registry.genesis
            if genesis is None or not registry.started:
                raise StoreMissing(NOT_FINISHED)
            if settings.now is not None and not genesis.demo:
                raise Refusal("settings_unusable", "GONGZE_NOW 只能用于演示台账", "GONGZE_NOW")
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def create(cls, settings: Settings) -> "Ledger":
        """Make the tables of a new, empty ledger; its genesis is appended by the caller."""
        ledger = cls(settings, create_store(settings.database_url))
        ledger.projections.create()
        return ledger

    def close(self) -> None:
        if self._projections is not None:
            self._projections.close()
        self.store.close()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- time

    def now_ms(self) -> int:
        """The ledger's clock, milliseconds since 1970 UTC."""
        if self.settings.now is not None:
            return milliseconds(self.settings.now)
        return time.time_ns() // 1_000_000

    def now(self) -> datetime:
        return from_milliseconds(self.now_ms())

    def today(self) -> date:
        """Today in Asia/Shanghai."""
        return self.now().date()

    # -- the registry and its rules

    def registry(self) -> Registry:
        return self.intake.history.registry()

    @property
    def demo(self) -> bool:
        genesis = self.registry().genesis
        return genesis is not None and genesis.demo

    def registry_at(self, known_at_ms: int | None) -> Registry:
        """The registry as known at a moment."""
        if known_at_ms is None:
            return self.registry()
        registry = Registry()
        for entry in self.store.read_stream(registry_rules.STREAM):
            if entry.received_at_ms <= known_at_ms:
                registry = registry_rules.evolve(registry, stored_act(entry))
        return registry

    def rules(self, known_at_ms: int | None = None) -> Rules:
        """What duties are computed with."""
        registry = self.registry_at(known_at_ms)
        return self.rulebook.rules(registry)

    # -- acts in

    def submit(self, raw: bytes, received_at_ms: int | None = None) -> Accepted:
        """Take in one signed statement. Raises Refusal, or what `events.store` raises."""
        receipt = self.intake.submit(raw, now_ms=self.now_ms(), received_at_ms=received_at_ms)
        return self._accepted(receipt)

    def submit_groups(self, raws: Iterable[bytes]) -> Iterator[list[Accepted | Refusal]]:
        """Take in any number of signed statements: an answer each, in their order, as many at a time as were stored
        together. Raises what `events.store` raises."""
        for answers in self.intake.take_groups(raws, self.now_ms):
            yield [one if isinstance(one, Refusal) else self._accepted(one) for one in answers]

    def submit_all(self, raws: Iterable[bytes]) -> Iterator[Accepted | Refusal]:
        """`submit_groups`, one answer after the other."""
        return chain.from_iterable(self.submit_groups(raws))

    def _accepted(self, receipt: Receipt) -> Accepted:
        return Accepted(receipt, () if receipt.repeated else self._irregular(receipt))

    def submit_group(self, group: Sequence[Waiting]) -> Iterator[Accepted | Refusal]:
        """Take in several that `intake.opened` has opened, in this order and in one commit where that can be: an answer
        each. Raises what `events.store` raises: what was answered is stored, the rest may be sent again."""
        self.intake.take_in(group)
        for one in group:
            answer = one.settled
            if isinstance(answer, Receipt):
                yield Accepted(answer, () if answer.repeated else self._irregular(answer))
            elif isinstance(answer, Refusal):
                yield answer
            else:
                raise answer

    def _irregular(self, receipt: Receipt) -> tuple[tuple[str, Irregularity], ...]:
        act = receipt.act
        if act.type == "KeyRevoked":
            return tuple((doubt, KEY_IN_DOUBT) for doubt in self._in_doubt(act))
        if receipt.before is None or receipt.after is None or receipt.registry is None:
            return ()
        rules = self.rulebook.rules(receipt.registry)  # what it was decided with, not a later one
        found = dossiers.irregularities(receipt.before, receipt.after, act, rules)
        return tuple((act.id, i) for i in found)

    def _in_doubt(self, act: Act) -> Iterator[str]:
        """Statements that a revoked key signed at or after the moment it is in doubt from."""
        key = self.registry().keys[act.event.key_id]  # type: ignore[attr-defined]
        if key.doubt_since is None:
            return
        since = milliseconds(key.doubt_since)
        for entry in self.entries():
            theirs = entry.iss == key.agency and entry.received_at_ms >= since and entry.index < act.index
            if theirs and stored_statement(entry).kid.hex() == key.key_id:
                yield entry.cti.hex()

    # -- acts out

    def entries(self) -> Iterator[Entry]:
        """All stored entries by index, in pages."""
        after = -1
        while page := self.store.read(after=after, limit=PAGE):
            yield from page
            after = page[-1].index

    def acts(self, stream: str, known_at_ms: int | None = None) -> tuple[Act, ...]:
        """The acts of a stream, those received up to a moment; of one that has stopped, as far as it could be
        folded (`stopped`), so that all that is shown of it is of one state."""
        if stream == registry_rules.STREAM:  # it never stops: all else is folded with it
            acts = self.intake.history.registry_acts()
            return tuple(act for act in acts if known_at_ms is None or act.received_at_ms <= known_at_ms)
        stopped = self._stopped.get(stream)
        return tuple(
            stored_act(e)
            for e in self.store.read_stream(stream)
            if (known_at_ms is None or e.received_at_ms <= known_at_ms)
            and (stopped is None or e.index < stopped.index)
        )

    def case(self, case_id: str, known_at_ms: int | None = None, registry: Registry | None = None) -> Case:
        """A case folded from its acts; empty where there is none."""
        return fold(case_id, self.acts(f"case/{case_id}", known_at_ms), registry or self.registry())

    def dossier(
        self, dossier_id: str, known_at_ms: int | None = None, registry: Registry | None = None
    ) -> Dossier:
        """A case, meeting, referral or reconciliation folded from its acts; empty where there is none."""
        stream = dossiers.stream_of(dossier_id)
        return dossiers.fold(stream, self.acts(stream, known_at_ms), registry or self.registry())

    # -- what people read

    @property
    def projections(self) -> Projections:
        if self._projections is None:
            self._projections = Projections(self.settings.database_url, self)
        return self._projections

    def read(self, after: int, limit: int) -> list[Entry]:
        """Entries by index, for followers."""
        return self.store.read(after=after, limit=limit)

    def stream(self, stream: str) -> list[Entry]:
        """The entries of a stream, for followers."""
        return self.store.read_stream(stream)

    def streams(self) -> list[str]:
        """Every stream there is, for followers that begin anew."""
        return self.store.streams()

    def count(self) -> int:
        """How many acts there are, for followers that begin anew."""
        return self.store.head().size

    def catch_up(self) -> int:
        """Bring the projections up to the ledger's head; how many acts that took. How far it is, is logged."""
        folded = self.projections.catch_up(
            lambda last: FOLDING.info("%d/%d", last + 1, self.store.head().size)
        )
        with self.projections.reading() as connection:
            self._stopped = {one.stream: one for one in reading.stopped(connection)}
        return folded

    @property
    def behind(self) -> int:
        """How many acts the projections have not folded yet."""
        return max(self.store.head().size - 1 - self.projections.position(), 0)

    @property
    def stopped(self) -> tuple[Stopped, ...]:
        """The cases that are shown as they stood before an act that could not be folded, as of the last `catch_up`."""
        return tuple(self._stopped.values())

    def board(
        self,
        as_of: date,
        *,
        known_at_ms: int | None = None,
        case: str | None = None,
        holder: str | None = None,
        duty: str | None = None,
        instance: str | None = None,
        viewer: str | None = None,
    ) -> list[BoardRow]:
        """The duty board as of a day, or what of it an agency (`viewer`) is shown (`domain.disclosure`). `duty` is a row's
        id, `instance` how a duty's own begins.

        What the projections hold is exact for every case whose acts and handovers all count by then; the others, and all
        where an earlier state of knowledge is asked for, are folded anew from their acts.
        """
        case = self.case_called(case) if case is not None else None
        self.catch_up()  # before the rules are looked at: the tables then hold no duty of a pack adopted later
        rules = self.rules(known_at_ms)
        duties: list[Duty] = []
        for of_case in self._duties_as_of(as_of, known_at_ms, rules, case, holder, duty, instance):
            duties += of_case
        registry = rules.registry
        rows = [BoardRow(d, state(d, as_of, rules), late_counts(d, registry, as_of)) for d in duties]
        return rows if viewer is None else list(self._shown_to(viewer, rows, as_of, known_at_ms, registry))

    def case_called(self, number: str) -> str:
        """The id of the case that was filed under a number or bears it since it changed hands; the number itself where
        there is none."""
        called = stream_name(number)
        self.catch_up()
        with self.projections.reading() as connection:
            if reading.cases(connection, case=called, kind=None):
                return called
            streams = reading.renumbered(connection)
        others = (self.case(stream.partition("/")[2]) for stream in streams)
        return next((case.id for case in others if same_number(case.number) == same_number(called)), called)

    def _shown_to(
        self, viewer: str, rows: list[BoardRow], as_of: date, known_at_ms: int | None, registry: Registry
    ) -> Iterator[BoardRow]:
        registry.agency(viewer, "--viewer")
        mechanisms = {m.id: m for m in self.mechanisms(registry, known_at_ms)}
        of_dossier: dict[str, list[BoardRow]] = {}
        for row in rows:
            of_dossier.setdefault(row.duty.case, []).append(row)
        for dossier_id, theirs in of_dossier.items():
            dossier = mechanisms.get(dossier_id) or self.dossier(dossier_id, known_at_ms, registry)
            reader = Reader(registry, viewer, dossier)
            for row in theirs:
                reached = {
                    agency
                    for step in escalated(row.duty, row.standing)
                    for agency in dossier.meant(step.to, {}, None, as_of, registry)
                }
                if reader.sees_duty(row.duty, reached):
                    yield row

    def _duties_as_of(
        self,
        as_of: date,
        known_at_ms: int | None,
        rules: Rules,
        case: str | None,
        holder: str | None,
        duty: str | None,
        instance: str | None,
    ) -> Iterator[list[Duty]]:
        def asked(folded: Iterable[Duty]) -> list[Duty]:
            return [
                d
                for d in folded
                if holder in (None, d.holder)
                and duty in (None, d.row.id)
                and (instance is None or d.id.startswith(instance))
            ]

        with self.projections.reading() as connection:
            after = as_of if known_at_ms is None else None
            anew = dict.fromkeys(reading.cases_counting_after(connection, after, case=case))
            stored = (
                []
                if known_at_ms is not None
                else reading.duties(connection, rules, case=case, holder=holder, duty=duty, instance=instance)
            )
        yield [d for d in stored if d.case not in anew]
        for case_id in counted(anew, len(anew)):
            yield asked(duties_of(self.dossier(case_id, known_at_ms, rules.registry), rules, as_of))
        for mechanism in self.mechanisms(rules.registry, known_at_ms):
            if case in (None, mechanism.id):
                yield asked(duties_of(mechanism, rules, as_of))

    def mechanisms(self, registry: Registry, known_at_ms: int | None = None) -> Iterator[Mechanism]:
        """What is owed in each region apart from any case: liaison officers, meetings, reconciliations."""
        with self.projections.reading() as connection:
            streams = [
                row.case
                for kind in ("meeting", "reconciliation")
                for row in reading.cases(connection, kind=kind)
            ]
        acts = [a for stream in (registry_rules.STREAM, *streams) for a in self.acts(stream, known_at_ms)]
        acts.sort(key=lambda act: act.index)
        for region in mechanism_rules.mechanisms(registry):
            yield mechanism_rules.fold(region, acts, registry)

    def cases_as_of(self, as_of: date, rules: Rules) -> Iterator[tuple[Case, tuple[Duty, ...]]]:
        """Each case from the acts that count up to a day, with its duties."""
        self.catch_up()
        with self.projections.reading() as connection:
            ids = [row.case for row in reading.cases(connection)]
        for case_id in counted(ids, len(ids)):
            case, duties = as_it_stood(self.case(case_id, registry=rules.registry), rules, as_of)
            if case.filing is not None:
                yield case, duties
