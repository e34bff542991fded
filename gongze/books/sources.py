"""What the books are made of: every dossier as of a day with its duties, and what of it one agency is shown.

Who is shown what is `domain.disclosure`'s to say; here it is only asked. Everything after `gather` is pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Generic, TypeVar

from domain.cases import Case
from domain.discipline import Referral
from domain.disclosure import Reader, Sight, departments_above
from domain.duties import Duty, Rules, as_it_stood
from domain.entries import Dossier, Entry, counts_on
from domain.meetings import Meeting
from domain.reconciling import Reconciliation, row_states
from domain.refusal import Refusal
from domain.registry import Registry
from gongze.books.balance import Turn
from gongze.ledger import Ledger
from projections import reading

D = TypeVar("D", bound=Dossier, covariant=True)
Irregular = Mapping[str, Sequence[Mapping[str, str]]]
"""By statement: what was irregular about it when it was recorded ({code, source, what})."""


@dataclass(frozen=True, slots=True)
class File(Generic[D]):
    """One dossier as of a day with those of its duties that are shown. `reader`: whom it is shown to; None for whoever
    keeps the ledger."""

    dossier: D
    duties: tuple[Duty, ...]
    reader: Reader | None = None
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
        """Whether every act of these types is shown in full."""
        return self.sees(*(e.act.id for e in self.dossier.entries if e.type in types))

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
        """The region whose department keeps a dossier's rows."""
        found = self.registry.agencies.get(dossier.home(self.registry))
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
    registry = rules.registry
    if agency is not None and agency not in registry.agencies:
        raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", "--agency")
    ledger.catch_up()
    with ledger.projections.reading() as connection:
        ids = [row.case for row in reading.cases(connection, kind=None)]
        irregular = {
            act.statement: act.irregular
            for dossier in (ids if irregularities else ())
            for act in reading.timeline(connection, dossier)
            if act.irregular
        }
    cases: list[File[Case]] = []
    meetings: list[File[Meeting]] = []
    referrals: list[File[Referral]] = []
    rounds: list[File[Reconciliation]] = []
    for dossier_id in ids:
        full = ledger.dossier(dossier_id, registry=registry)
        dossier, duties = as_it_stood(full, rules, as_of)
        if not dossier.begun:
            continue
        match dossier:
            case Case():
                cases.append(File(dossier, duties))
            case Meeting():
                meetings.append(File(dossier, duties))
            case Referral():
                referrals.append(File(dossier, duties))
            case Reconciliation():
                rounds.append(File(dossier, duties))
            case _:
                raise AssertionError(dossier_id)
    genesis = registry.genesis
    whole = Sources(
        as_of, rules, genesis.name if genesis is not None else "", None, tuple(cases), tuple(meetings),
        tuple(referrals), tuple(rounds), turns_of((f.dossier for f in rounds), as_of), irregular,
    )  # fmt: skip
    return whole if agency is None else shown_to(agency, whole)


def shown_to(agency: str, whole: Sources) -> Sources:
    """What one agency is shown of the whole, without folding anything anew."""

    def shown(files: tuple[File[D], ...]) -> tuple[File[D], ...]:
        found = []
        for file in files:
            reader = Reader(whole.registry, agency, file.dossier)
            found.append(File(file.dossier, tuple(d for d in file.duties if reader.sees_duty(d)), reader))
        return tuple(found)

    return replace(
        whole, agency=agency, cases=shown(whole.cases), meetings=shown(whole.meetings), referrals=shown(whole.referrals),
        rounds=shown(whole.rounds),
    )  # fmt: skip
