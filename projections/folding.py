"""From a batch of the ledger's entries to rows: each case's past is kept folded, and only extended.

What is computed depends on the ledger's acts alone, never on where a batch ends or when it was read: the registry
is folded here up to the same act as the cases are. So a rebuild gives the same rows.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
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

DOSSIERS_KEPT = 2_000
"""Dossiers kept folded, so that one whose acts lie far apart is not read anew for each."""

RECOMPUTED_AFTER = (
    PackAdopted, CalendarPublished, RouteSet, AgencyChanged, AgencyRegistered, LedgerStarted, ParticipationSet,
    BoundaryChanged,
)  # fmt: skip
"""Acts of the registry that can change the duties, or the recipients, of any case."""

KEY_IN_DOUBT = Irregularity(
    "key_in_doubt", "台账运行规则 密钥", "签名密钥已被撤销，该记录的真实性待本机构确认"
)


class Source(Protocol):
    """Where the acts come from. `acts` gives those of a stream, in order; `rules` the adopted packs."""

    def read(self, after: int, limit: int) -> list[Entry]: ...

    def acts(self, stream: str) -> tuple[Act, ...]: ...

    def rules(self) -> Rules: ...


class CannotFold(Exception):
    """An entry that cannot become rows. Nothing after it is folded either: a skipped act is a lost row."""

    def __init__(self, stream: str, index: int, what: str) -> None:
        super().__init__(f"{stream} #{index}: {what}")
        self.stream = stream
        self.index = index


@dataclass(frozen=True, slots=True)
class Doubt:
    """A key revoked: what it signed, received from a moment on and before the revocation, is in doubt."""

    key: str
    since_ms: int
    revoked_at: int


@dataclass(frozen=True, slots=True)
class CaseRows:
    """All rows of one case, and by index what has changed in the rows of its acts."""

    case: Row
    applications: list[Row]
    duties: list[Row]
    acts: Mapping[int, Row]


@dataclass(frozen=True, slots=True)
class Folded:
    """What a batch comes to. `cases` computes as it is read, once, before the next batch is folded."""

    last: int
    acts: list[Row]
    cases: Iterator[CaseRows]
    doubts: list[Doubt]
    agencies: list[Row] | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A dossier, and the epoch of the registry that it was folded under."""

    dossier: Dossier
    epoch: int


class Folder:
    """The past of the ledger up to `position`, folded. Not shared between threads."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._nation = national_calendar()
        self._packs: Mapping[str, Pack] = {}
        self._begin(Registry(), -1)

    def _begin(self, registry: Registry, position: int) -> None:
        self.position = position
        self._epoch = 0
        self._dossiers: OrderedDict[str, _Known] = OrderedDict()
        self._set_registry(registry)

    def _set_registry(self, registry: Registry) -> None:
        if any(a.digest not in self._packs for a in registry.adoptions):
            self._packs = self.source.rules().packs
        self._rules = Rules(registry, registry.calendar(self._nation), self._packs)

    def seek(self, position: int) -> None:
        """Stand at a position: that of the stored rows, which another follower may have moved on."""
        if position == self.position:
            return
        registry = Registry()
        for act in self.source.acts(REGISTRY) if position >= 0 else ():
            if act.index <= position:
                registry = evolve_registry(registry, act)
        self._begin(registry, position)

    def fold(self, entries: list[Entry], known_cases: Callable[[], Iterable[str]]) -> Folded:
        """The rows of the entries that follow. `known_cases`: ids of all cases stored so far. Raises CannotFold."""
        acts: list[Row] = []
        touched: dict[str, None] = {}
        doubts: list[Doubt] = []
        epoch, agencies = self._epoch, False
        for entry in entries:
            if entry.index != self.position + 1:
                raise CannotFold(entry.stream, entry.index, f"does not follow entry {self.position}")
            with _named(entry.stream, entry.index):
                acts.append(self._fold_one(entry, doubts))
            self.position = entry.index
            if entry.stream == REGISTRY:
                agencies = True
            else:
                touched[entry.stream] = None
        if self._epoch != epoch:
            touched = dict.fromkeys(map(dossiers.stream_of, known_cases())) | touched
        return Folded(
            last=self.position,
            acts=acts,
            cases=map(self._case_rows, touched),
            doubts=doubts,
            agencies=[rows.stored(a) for a in rows.agency_rows(self._rules.registry)] if agencies else None,
        )

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
        acts = known.dossier.acts if known else tuple(a for a in self.source.acts(stream) if a.index <= until)
        return dossiers.fold(stream, acts, self._rules.registry)

    def _keep(self, stream: str, dossier: Dossier) -> None:
        self._dossiers[stream] = _Known(dossier, self._epoch)
        self._dossiers.move_to_end(stream)
        while len(self._dossiers) > DOSSIERS_KEPT:
            self._dossiers.popitem(last=False)

    def _case_rows(self, stream: str) -> CaseRows:
        with _named(stream, self.position):
            dossier = self._dossier(stream, self.position)
            self._keep(stream, dossier)
            duties = duties_of(dossier, self._rules)
            applications = rows.application_rows(dossier, duties) if isinstance(dossier, Case) else []
            return CaseRows(
                case=rows.stored(rows.dossier_row(dossier, self._rules.registry)),
                applications=[rows.stored(a) for a in applications],
                duties=[rows.duty_row(duty, self._packs) for duty in duties],
                acts=rows.later_of_acts(dossier),
            )


FAULTS = (Refusal, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What reading or folding an act can end in. That a database does not answer is no fault of the act."""


@contextmanager
def _named(stream: str, index: int) -> Iterator[None]:
    """A fault is told with the stream and the index it concerns."""
    try:
        yield
    except FAULTS as fault:
        raise CannotFold(stream, index, f"{type(fault).__name__}: {fault}") from fault
