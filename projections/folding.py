"""From a batch of the ledger's entries to rows: each case's past is kept folded, and only extended.

What is computed depends on the ledger's acts alone, never on where a batch ends or when it was read: the registry
is folded here up to the same act as the cases are. So a rebuild gives the same rows.

An act that cannot become rows stops its own stream and no other. What follows it there waits, in order, until a
release that can fold it comes, which then takes it up under the registry as it was (`Folder.again`).
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from domain import dossiers
from domain.acts import EVENTS, Act
from domain.acts.registry import (
    AgencyChanged,
    AgencyRegistered,
    BoundaryChanged,
    CalendarPublished,
    KeyRevoked,
    LedgerStarted,
    PackAdopted,
    ParticipationSet,
    RouteSet,
)
from domain.cases import Case
from domain.duties import Pack, Rules, duties_of
from domain.entries import Dossier
from domain.forms import plain
from domain.refusal import Irregularity, Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from domain.registry import evolve as evolve_registry
from domain.values import milliseconds
from events.calendars import national_calendar
from events.history import act_of
from events.statement import decode
from events.store import Entry
from projections import rows
from projections.rows import Row

BATCH = 1_000
"""Acts folded at once at most: their rows are written in one transaction, which on SQLite who records waits for."""
DOSSIERS_KEPT = BATCH
"""Dossiers kept folded, so that one whose acts lie far apart is not read anew for each; those of a batch at the least,
whose rows are computed when all its acts are folded."""

RECOMPUTED_AFTER = (
    PackAdopted, CalendarPublished, RouteSet, AgencyChanged, AgencyRegistered, LedgerStarted, ParticipationSet,
    BoundaryChanged,
)  # fmt: skip
"""Acts of the registry that can change the duties, or the recipients, of any case."""

KEY_IN_DOUBT = Irregularity(
    "key_in_doubt", "台账运行规则 密钥", "签名密钥已被撤销，该记录的真实性待本机构确认"
)


class Source(Protocol):
    """Where the acts come from. `stream` gives those of one stream, in order, `streams` names them all; `count` is how many
    acts there are; `rules` the adopted packs."""

    def read(self, after: int, limit: int) -> list[Entry]: ...

    def stream(self, stream: str) -> list[Entry]: ...

    def streams(self) -> list[str]: ...

    def count(self) -> int: ...

    def rules(self) -> Rules: ...


class CannotFold(Exception):
    """An entry that cannot become rows, of the registry, which all else is folded with, or out of its place in the
    ledger. Nothing after it is folded: a skipped act is a lost row."""

    def __init__(self, stream: str, index: int, what: str) -> None:
        super().__init__(f"{stream} #{index}: {what}")
        self.stream = stream
        self.index = index
        self.what = what


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stream whose act at `index` cannot become rows, and why (`what`). It and all that follow it there wait."""

    stream: str
    index: int
    what: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A key revoked: what it signed, received from a moment on and before the revocation, is in doubt."""

    key: str
    since_ms: int
    revoked_at: int

    def covers(self, act: Row) -> bool:
        return bool(
            act["key"] == self.key
            and act["received_at_ms"] >= self.since_ms
            and act["index"] < self.revoked_at
        )


@dataclass(frozen=True, slots=True)
class CaseRows:
    """All rows of one case, and by index what has changed in the rows of its acts. `case` is None, and there are no
    others, where it stopped at its first act."""

    stream: str
    case: Row | None = None
    applications: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    acts: Mapping[int, Row] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch comes to. `cases` computes as it is read, once, before the next batch is folded; only then is
    `stopped`, the streams newly stopped, complete. Of these no act from the one that stopped them on counts, also
    where `acts` has it."""

    last: int
    acts: list[Row]
    cases: Iterator[CaseRows]
    stopped: list[Stopped]
    doubts: list[Doubt] = field(default_factory=list)
    agencies: list[Row] | None = None


@dataclass(slots=True)
class _Batch:
    """What has been folded of a batch so far. `touched` are the streams whose rows are to be computed."""

    acts: list[Row] = field(default_factory=list)
    touched: dict[str, None] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    stopped: list[Stopped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """A dossier, and the epoch of the registry that it was folded under."""

    dossier: Dossier
    epoch: int


class Folder:
    """The past of the ledger up to `position`, folded. Not shared between threads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._nation = self._calendar = national_calendar()
        self._published: tuple[CalendarPublished, ...] = ()
        self._packs: Mapping[str, Pack] = {}
        self._generation = 0
        self._stopped: dict[str, Stopped] = {}
        self._begin(Registry(), -1)

    def _begin(self, registry: Registry, position: int) -> None:
        self.position = position
        self._epoch = 0
        self._dossiers: OrderedDict[str, _Known] = OrderedDict()
        self._set_registry(registry)

    def _set_registry(self, registry: Registry) -> None:
        if any(a.digest not in self._packs for a in registry.adoptions):
            self._packs = self.source.rules().packs
        if registry.publications != self._published:  # else the same one, which remembers what it has counted
            self._published, self._calendar = registry.publications, registry.calendar(self._nation)
        self._rules = Rules(registry, self._calendar, self._packs)

    @property
    def registry(self) -> Registry:
        """The registry as of the position."""
        return self._rules.registry

    def seek(self, position: int, generation: int = 0) -> None:
        """Stand where the stored rows are: another follower may have moved them on, or (then it is another
        generation) taken rows away or brought them back."""
        if (position, generation) == (self.position, self._generation):
            return
        self._generation = generation
        registry = Registry()
        for entry in self.source.stream(REGISTRY) if position >= 0 else ():
            if entry.index <= position:
                with _named(REGISTRY, entry.index):
                    registry = evolve_registry(registry, _act(entry))
        self._begin(registry, position)

    def fold(
        self, entries: list[Entry], known_cases: Callable[[], Iterable[str]], stopped: Iterable[Stopped] = ()
    ) -> Folded:
        """The rows of the entries that follow. `known_cases`: ids of all cases stored so far; `stopped`: the
        streams that have stopped so far. Raises CannotFold."""
        self._stopped = {one.stream: one for one in stopped}
        batch, epoch = _Batch(), self._epoch
        agencies = False
        for entry in entries:
            if entry.index != self.position + 1:
                raise CannotFold(entry.stream, entry.index, f"does not follow entry {self.position}")
            self._take(entry, batch)
            self.position = entry.index
            agencies |= entry.stream == REGISTRY
        touched = batch.touched
        if self._epoch != epoch:
            touched = dict.fromkeys(map(dossiers.stream_of, known_cases())) | touched
        return Folded(
            last=self.position,
            acts=batch.acts,
            cases=self._rows_of_each(touched, batch),
            stopped=batch.stopped,
            doubts=batch.doubts,
            agencies=[rows.stored(a) for a in rows.agency_rows(self.registry)] if agencies else None,
        )

    def whole(self, until: int) -> Iterator[Folded]:
        """All rows of the ledger up to an index, one stream after the other, in parts; the folder stands there afterwards.

        In the order of the ledger each batch meets other cases, and computes the rows of each anew: where there are
        many cases, nearly once for each act. Here it is once for each case. Each act meets the registry as it was when the
        act was recorded, a case's rows the last one, so that the rows are the same. Raises CannotFold.
        """
        self._stopped = {}
        self._begin(Registry(), -1)
        registry, eras = _Batch(), [(self._rules, self._epoch)]
        begun = [-1]
        for entry in self._entries(REGISTRY, until):
            self._take(entry, registry)
            eras.append((self._rules, self._epoch))
            begun.append(entry.index)
        self.position = until
        agencies = [rows.stored(a) for a in rows.agency_rows(self.registry)]
        _put_in_doubt(registry.acts, registry.doubts)
        yield Folded(until, registry.acts, iter(()), [], agencies=agencies)
        found = len(registry.acts)
        for entries in self._parts(until):
            batch = _Batch()
            for entry in entries:
                self._rules, self._epoch = eras[bisect_right(begun, entry.index) - 1]
                self._take(entry, batch)
            self._rules, self._epoch = eras[-1]
            _put_in_doubt(batch.acts, registry.doubts)
            yield Folded(until, batch.acts, self._rows_of_each(batch.touched, batch), batch.stopped)
            found += len(entries)
        if found != until + 1:
            raise CannotFold(REGISTRY, until, f"{found} acts in all streams, not {until + 1}")

    def _parts(self, until: int) -> Iterator[list[Entry]]:
        """The entries of all streams but the registry's up to an index, those of one stream together, as many as may be
        folded at once and the rest of the last stream."""
        part: list[Entry] = []
        for stream in self.source.streams():
            if stream != REGISTRY:
                part += self._entries(stream, until)
            if len(part) >= BATCH:
                yield part
                part = []
        if part:
            yield part

    def again(self, stopped: Iterable[Stopped]) -> Folded:
        """What stopped streams come to, from where they stopped up to here, if they can be folded now. Each act
        meets the registry as it was then, so that the rows are those of streams that never stopped."""
        since = {one.stream: one.index for one in stopped}
        past = Folder(self.source)
        past.seek(min(since.values()) - 1)
        since[REGISTRY] = past.position + 1
        entries = [
            e for name, first in since.items() for e in self.source.stream(name) if first <= e.index <= self.position
        ]  # fmt: skip
        batch = _Batch()
        for entry in sorted(entries, key=lambda e: e.index):
            past._take(entry, batch)
        past.position = self.position
        acts = [act for act in batch.acts if act["stream"] != REGISTRY]
        _put_in_doubt(acts, batch.doubts)
        return Folded(self.position, acts, past._rows_of_each(batch.touched, batch), batch.stopped)

    def _take(self, entry: Entry, batch: _Batch) -> None:
        if entry.stream in self._stopped:
            return  # it waits behind the one that stopped its stream
        try:
            with _named(entry.stream, entry.index):
                batch.acts.append(self._fold_one(entry, batch.doubts))
        except CannotFold as fault:
            if entry.stream == REGISTRY:
                raise
            self._stop(Stopped(entry.stream, entry.index, fault.what), batch)
            return
        if entry.stream != REGISTRY:
            batch.touched[entry.stream] = None

    def _stop(self, stopped: Stopped, batch: _Batch) -> None:
        self._stopped[stopped.stream] = stopped
        batch.stopped.append(stopped)

    def _fold_one(self, entry: Entry, doubts: list[Doubt]) -> Row:
        statement = decode(entry.statement)
        act = act_of(statement, received_at_ms=entry.received_at_ms, index=entry.index)
        irregular: tuple[Irregularity, ...] = ()
        if entry.stream == REGISTRY:
            self._fold_registry(act, doubts)
        elif entry.stream.partition("/")[0] in dossiers.STREAMS:
            irregular = self._fold_dossier(act, entry.version)
        else:
            raise CannotFold(entry.stream, entry.index, "no table is for streams of this kind")
        return rows.stored(
            rows.ActRow(
                index=entry.index, stream=entry.stream, version=entry.version, statement=act.id, type=act.type,
                type_zh=EVENTS[act.type].zh, agency=act.agency, signer=act.signer, officer=act.officer,
                key=statement.kid.hex(), occurred_on=act.occurred_on, received_at_ms=act.received_at_ms,
                data=plain(act.event), irregular=[asdict(i) for i in irregular], **rows.later_of_registry_act(act),
            )
        )  # fmt: skip

    def _fold_registry(self, act: Act, doubts: list[Doubt]) -> None:
        registry = evolve_registry(self._rules.registry, act)
        self._set_registry(registry)
        if isinstance(act.event, RECOMPUTED_AFTER):
            self._epoch += 1
        if isinstance(act.event, KeyRevoked):
            key = registry.keys.get(act.event.key_id)
            if key is not None and key.doubt_since is not None:
                doubts.append(Doubt(key.key_id, milliseconds(key.doubt_since), act.index))

    def _fold_dossier(self, act: Act, version: int) -> tuple[Irregularity, ...]:
        registry = self._rules.registry
        before = (
            self._dossier(act.stream, act.index - 1)
            if version > 1
            else dossiers.fold(act.stream, (), registry)
        )
        if len(before.acts) != version - 1:
            raise CannotFold(
                act.stream, act.index, f"version {version} after {len(before.acts)} acts of its stream"
            )
        after = dossiers.evolve(before, act, registry)
        found = dossiers.irregularities(before, after, act, self._rules)
        self._keep(act.stream, after)  # last: an act that fails above leaves nothing of itself
        return found

    def _dossier(self, stream: str, until: int) -> Dossier:
        """The dossier from its acts up to an index, under the registry as it is here."""
        known = self._dossiers.get(stream)
        if known is not None and known.epoch == self._epoch:
            return known.dossier
        acts = known.dossier.acts if known else tuple(map(_act, self._entries(stream, until)))
        return dossiers.fold(stream, acts, self._rules.registry)

    def _entries(self, stream: str, until: int) -> list[Entry]:
        return [e for e in self.source.stream(stream) if e.index <= until]

    def _keep(self, stream: str, dossier: Dossier) -> None:
        self._dossiers[stream] = _Known(dossier, self._epoch)
        self._dossiers.move_to_end(stream)
        while len(self._dossiers) > DOSSIERS_KEPT:
            self._dossiers.popitem(last=False)

    def _rows_of_each(self, touched: Iterable[str], batch: _Batch) -> Iterator[CaseRows]:
        for stream in touched:
            stopped = self._stopped.get(stream)
            until = stopped.index - 1 if stopped is not None else self.position
            try:
                with _named(stream, until):
                    dossier = self._dossier(stream, until)
                    found = self._case_rows(dossier)
                self._keep(stream, dossier)
            except CannotFold as fault:
                found = self._rows_before(stream, until, fault.what, batch)
            yield found

    def _rows_before(self, stream: str, until: int, what: str, batch: _Batch) -> CaseRows:
        """The rows of as much of a stream as rows can be made of; the act that follows is the one that stops it."""
        self._dossiers.pop(stream, None)
        entries = self._entries(stream, until)
        acts: list[Act] = []
        with suppress(*FAULTS):
            for entry in entries:
                acts.append(_act(entry))
        for n in range(min(len(acts), len(entries) - 1), 0, -1):
            with suppress(*FAULTS):
                dossier = dossiers.fold(stream, tuple(acts[:n]), self._rules.registry)
                found = self._case_rows(dossier)
                self._keep(stream, dossier)
                self._stop(Stopped(stream, entries[n].index, what), batch)
                return found
        if entries:
            self._stop(Stopped(stream, entries[0].index, what), batch)
        return CaseRows(stream)

    def _case_rows(self, dossier: Dossier) -> CaseRows:
        duties = duties_of(dossier, self._rules)
        applications = rows.application_rows(dossier, duties) if isinstance(dossier, Case) else []
        case = rows.dossier_row(dossier, self._rules.registry)
        return CaseRows(
            stream=dossier.acts[0].stream,
            case=rows.stored(replace(case, applications=len(applications), duties=len(duties))),
            applications=[rows.stored(a) for a in applications],
            duties=[rows.duty_row(duty, self._packs) for duty in duties],
            acts=rows.later_of_acts(dossier),
        )


def _put_in_doubt(acts: Iterable[Row], doubts: Iterable[Doubt]) -> None:
    for act in acts:
        act["irregular"] += [asdict(KEY_IN_DOUBT) for doubt in doubts if doubt.covers(act)]


def _act(entry: Entry) -> Act:
    return act_of(decode(entry.statement), received_at_ms=entry.received_at_ms, index=entry.index)


FAULTS = (
    Refusal, ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What reading or folding an act can end in. That a database does not answer is no fault of the act."""


@contextmanager
def _named(stream: str, index: int) -> Iterator[None]:
    """A fault is told with the stream and the index it concerns."""
    try:
        yield
    except FAULTS as fault:
        raise CannotFold(stream, index, f"{type(fault).__name__}: {fault}") from fault
