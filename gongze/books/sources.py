"""What the books are made of: every dossier as of a day with its duties, and what of it one agency is shown.

Who is shown what is `domain.disclosure`'s to say; here it is only asked. Everything after `gather` is pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar, cast

from domain.acts import Act
from domain.cases import Case
from domain.discipline import Referral
from domain.disclosure import Reader, Sight, departments_above
from domain.dossiers import fold, stream_of
from domain.duties import Duty, Rules, as_it_stood
from domain.entries import Dossier, Entry, counts_on
from domain.meetings import Meeting
from domain.reconciling import Reconciliation, row_states
from domain.refusal import Refusal
from domain.registry import Registry
from gongze.books.balance import Turn
from gongze.ledger import Ledger
from gongze.progress import counted
from projections import reading

D = TypeVar("D", bound=Dossier, covariant=True)
Irregular = Mapping[str, Sequence[Mapping[str, str]]]
"""By statement: what was irregular about it when it was recorded ({code, source, what})."""


@dataclass(frozen=True, slots=True)
class File(Generic[D]):
    """One dossier as of a day with those of its duties that are shown. `reader`: whom it is shown to; None for whoever
    keeps the ledger. `latest_ms`: when the last of its acts came, counting or not."""

    dossier: D
    duties: tuple[Duty, ...]
    reader: Reader | None = None
    latest_ms: int = 0
    _sights: dict[str, Sight] = field(default_factory=dict, compare=False, repr=False)

    def sight(self, act: str) -> Sight:
        """What is shown of an act; of an earlier act that an old case came with, what is shown of that case's."""
        if self.reader is None:
            return "all"
        if not self._sights:
            self._sights.update((a.id, self.reader.sees(a)) for a in self.dossier.acts)
        return self._sights.get(act) or self._sights[self.dossier.acts[0].id]

    def sees(self, *acts: str) -> bool:
        """Whether all these acts are shown in full."""
        return self.reader is None or all(self.sight(act) == "all" for act in acts)

    def sees_types(self, *types: str) -> bool:
        """Whether acts of these types are shown in full, whether or not there are any."""
        return self.reader is None or self.reader.sees_types(*types)

    def entry(self, act: str) -> Entry | None:
        """The entry of an act itself, or of one that an old case came with."""
        own = [e for e in self.dossier.entries if e.act.id == act]
        return next((e for e in own if e.stands_for is None), own[0] if own else None)

    def day(self, entry: Entry) -> date:
        return counts_on(entry, self.dossier.copies)


@dataclass(frozen=True, slots=True)
class Sources:
    """`agency`: whose account it is, None for the whole. `turns`: by row key, what was agreed about write-offs."""

    as_of: date
    rules: Rules
    ledger: str = ""
    agency: str | None = None
    cases: tuple[File[Case], ...] = ()
    meetings: tuple[File[Meeting], ...] = ()
    referrals: tuple[File[Referral], ...] = ()
    rounds: tuple[File[Reconciliation], ...] = ()
    turns: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    irregular: Irregular = field(default_factory=dict)

    @property
    def registry(self) -> Registry:
        return self.rules.registry

    @property
    def files(self) -> tuple[File[Dossier], ...]:
        """All dossiers. What a region owes apart from any has no row on the books: it is on the duty board."""
        return (*self.cases, *self.meetings, *self.referrals, *self.rounds)

    def name(self, agency: str) -> str:
        """What people call an agency."""
        found = self.registry.agencies.get(agency)
        return found.name if found is not None else {"party": "当事人"}.get(agency, agency)

    def region(self, dossier: Dossier) -> str:
        """The region whose department keeps a dossier's rows by then: a handover that is yet to come moves none."""
        found = self.registry.agencies.get(dossier.home(self.registry, self.as_of))
        return found.region if found is not None else "000000"

    def agreed(self, keys: Iterable[str], concerned: Iterable[str]) -> tuple[Turn, ...]:
        """What counts of the turns of a row: an agreement only by an agency that the row concerns, or a department
        above it. Anybody can propose, and name whom it likes as the one to agree."""
        near = set(concerned)
        near |= {above for agency in tuple(near) for above in departments_above(self.registry, agency)}
        found = (turn for key in dict.fromkeys(keys) for turn in self.turns.get(key, ()))
        return tuple(t for t in found if t.stage not in ("agreed", "reinstated") or t.by in near)


def turns_of(rounds: Iterable[Reconciliation], as_of: date) -> dict[str, tuple[Turn, ...]]:
    """The marks of all rounds by row, as turns."""
    return {
        row: tuple(
            Turn(m.stage, m.on, m.by, state.ground if m.stage == "agreed" else m.ground, m.act)
            for m in state.marks
        )
        for row, state in row_states(rounds, as_of).items()
    }


def gather(
    ledger: Ledger, as_of: date, agency: str | None = None, *, irregularities: bool = False
) -> Sources:
    """The sources as of a day, those that an agency is shown where one is named. Raises Refusal: agency_unknown.

    `irregularities`: also what was irregular, which only the differences need.
    """
    rules = ledger.rules()
    check_agency(rules.registry, agency)
    ledger.catch_up()
    with ledger.projections.reading() as connection:
        ids = [row.case for row in reading.cases(connection, kind=None)]
        irregular = {
            act.statement: act.irregular
            for dossier in (ids if irregularities else ())
            for act in reading.timeline(connection, dossier)
            if act.irregular
        }
    files = (_file(id_, ledger.acts(stream_of(id_)), rules, as_of) for id_ in counted(ids, len(ids)))
    whole = _sources(files, rules, as_of, irregular)
    return whole if agency is None else shown_to(agency, whole)


def check_agency(registry: Registry, agency: str | None, option: str = "--agency") -> None:
    """Raises Refusal: agency_unknown."""
    if agency is not None and agency not in registry.agencies:
        raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", option)


class Earlier:
    """The whole as of a day by what was known at earlier moments. A dossier is folded anew only for what it was then and
    is not now: of a long ledger little has come since its last round."""

    def __init__(self, ledger: Ledger, now: Sources) -> None:
        self._ledger, self._now = ledger, now
        self._meaning = _meaning(now.registry)
        self._files = {file.dossier.id: file for file in now.files}
        self._acts: dict[str, tuple[Act, ...]] = {}
        self._folded: dict[tuple[str, int], File[Dossier]] = {}
        with ledger.projections.reading() as connection:
            self._ids = [row.case for row in reading.cases(connection, kind=None)]

    def known_at(self, moment_ms: int) -> Sources:
        rules, as_of = self._ledger.rules(moment_ms), self._now.as_of
        if _meaning(rules.registry) == self._meaning:
            files = (self._file(id_, moment_ms) for id_ in self._ids)
        else:  # other agencies, packs or calendars: nothing of the others' folding holds
            files = (
                _file(id_, self._known(id_, moment_ms), rules, as_of)
                for id_ in counted(self._ids, len(self._ids))
            )
        return _sources(files, rules, as_of, {})

    def _file(self, id_: str, moment_ms: int) -> File[Dossier]:
        now = self._files.get(id_)
        if now is not None and now.latest_ms <= moment_ms:
            return now
        acts = self._known(id_, moment_ms)
        if (id_, len(acts)) not in self._folded:
            self._folded[id_, len(acts)] = _file(id_, acts, self._now.rules, self._now.as_of)
        return self._folded[id_, len(acts)]

    def _known(self, id_: str, moment_ms: int) -> tuple[Act, ...]:
        if id_ not in self._acts:
            self._acts[id_] = self._ledger.acts(stream_of(id_))
        return tuple(a for a in self._acts[id_] if a.received_at_ms <= moment_ms)


def _meaning(registry: Registry) -> Registry:
    """A registry without what no row depends on: how many acts made it, and which months were kept."""
    return replace(registry, sheets=(), version=0)


def _file(id_: str, acts: tuple[Act, ...], rules: Rules, as_of: date) -> File[Dossier]:
    dossier, duties = as_it_stood(fold(stream_of(id_), acts, rules.registry), rules, as_of)
    return File(dossier, duties, latest_ms=max((a.received_at_ms for a in acts), default=0))


def _sources(files: Iterable[File[Dossier]], rules: Rules, as_of: date, irregular: Irregular) -> Sources:
    """The whole from all dossiers, by their kind; of those that had begun."""
    cases: list[File[Case]] = []
    meetings: list[File[Meeting]] = []
    referrals: list[File[Referral]] = []
    rounds: list[File[Reconciliation]] = []
    for file in files:
        if not file.dossier.begun:
            continue
        match file.dossier:
            case Case():
                cases.append(cast("File[Case]", file))
            case Meeting():
                meetings.append(cast("File[Meeting]", file))
            case Referral():
                referrals.append(cast("File[Referral]", file))
            case Reconciliation():
                rounds.append(cast("File[Reconciliation]", file))
            case _:
                raise AssertionError(file.dossier.id)
    genesis = rules.registry.genesis
    return Sources(
        as_of, rules, genesis.name if genesis is not None else "", None, tuple(cases), tuple(meetings),
        tuple(referrals), tuple(rounds), turns_of((f.dossier for f in rounds), as_of), irregular,
    )  # fmt: skip


def shown_to(agency: str, whole: Sources) -> Sources:
    """What one agency is shown of the whole, without folding anything anew."""

    def shown(files: tuple[File[D], ...]) -> tuple[File[D], ...]:
        found = []
        for file in files:
            reader = Reader(whole.registry, agency, file.dossier)
            seen = tuple(d for d in file.duties if reader.sees_duty(d))
            found.append(File(file.dossier, seen, reader, file.latest_ms))
        return tuple(found)

    return replace(
        whole, agency=agency, cases=shown(whole.cases), meetings=shown(whole.meetings), referrals=shown(whole.referrals),
        rounds=shown(whole.rounds),
    )  # fmt: skip
