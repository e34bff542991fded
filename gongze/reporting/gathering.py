"""From the ledger to figures: every dossier folded once as the log stood at its head, and counted as of three days.

What a report says is fixed by (ledger, head, region, period): told again with the same head it says the same, whatever
was recorded since.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import islice
from multiprocessing import get_context
from typing import Literal, TypeVar, cast

from sqlalchemy import Connection

from domain import dossiers
from domain import mechanism as mechanism_rules
from domain import registry as registry_rules
from domain.acts import Act
from domain.cases import Case
from domain.discipline import Referral
from domain.duties import Duty, Rules, as_it_stood, late_counts, state
from domain.entries import Dossier
from domain.mechanism import Mechanism, department_of
from domain.meetings import Meeting
from domain.reconciling import Reconciliation
from domain.refusal import Refusal
from domain.registry import Registry, contains
from events.logroot import LogRoot
from events.verifiers import cores
from gongze.books.balance import Life
from gongze.books.cases import clues_of, row_keys, shares_clues
from gongze.books.sources import File, Sources, turns_of
from gongze.ledger import Ledger
from gongze.progress import counted
from gongze.reporting.facts import (
    Agreed,
    Period,
    agreed_items,
    last_day,
    life_of,
    of_agreed,
    of_case,
    of_duties,
    of_referral,
)
from gongze.reporting.figures import Compared, Tally
from gongze.reporting.kept import CaseCount, Kept, Overdue, open_kept, said_of
from gongze.settings import Settings
from projections import reading

D = TypeVar("D", bound=Dossier)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is of. `head`: how many acts of the log it rests on."""

    ledger: str
    head: int
    region: str
    period: Period


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything a report is printed from. `root`: of the part of the log that it rests on; `stopped`: how many dossiers
    are counted only up to an act that this release cannot fold."""

    asked: Asked
    root: str
    figures: Compared
    overdue: tuple[Overdue, ...]
    agreed: tuple[Agreed, ...]
    rules: Rules
    stopped: int = 0

    @property
    def registry(self) -> Registry:
        return self.rules.registry

    def name(self, agency: str) -> str:
        found = self.registry.agencies.get(agency)
        return found.name if found is not None else agency

    def place(self, region: str) -> str:
        """What people call a region: by its department, which everybody knows."""
        return place_name(region, self.registry)


def place_name(region: str, registry: Registry) -> str:
    """市本级, 城关区 …: the name of a region's government, else that of its department, without what follows."""
    here = [a for a in registry.agencies.values() if a.region == region and a.kind in ("government", "nr")]
    for agency in sorted(here, key=lambda a: (a.kind, a.id)):
        for tail in ("人民政府", "自然资源局", "管理委员会", "管委会"):
            if tail in agency.name:
                return agency.name.partition(tail)[0]
    department = department_of(region, registry)
    return registry.agencies[department].name if department is not None else region


def head_of(ledger: Ledger) -> int:
    return ledger.store.head().size


def region_of(ledger: Ledger, region: str | None) -> str:
    """The region that is meant: the one named, else the only city. Raises Refusal: region_unknown."""
    registry = ledger.registry()
    known = {a.region for a in registry.agencies.values() if a.kind == "nr"}
    if region is not None:
        if region not in known:
            raise Refusal(
                "region_unknown", f"没有地区“{region}”的自然资源主管部门，请写六位行政区划代码", "--region"
            )
        return region
    cities = sorted({a.region for a in registry.agencies.values() if a.kind == "nr" and a.level == "city"})
    if not known:
        raise Refusal(
            "region_unknown", "登记簿里还没有自然资源主管部门，没有可以报告的；请先登记机构", "--region"
        )
    if not cities:
        raise Refusal(
            "region_unknown", "登记簿里没有市级的自然资源主管部门，请用 --region 写明县区", "--region"
        )
    if len(cities) != 1:
        raise Refusal("region_unknown", "台账里不止一个市，请用 --region 写明报告的地区", "--region")
    return cities[0]


class Reader:
    """The log up to a head: dossiers and rules as whoever read it then would have had them."""

    def __init__(self, ledger: Ledger, head: int) -> None:
        self._ledger, self._head = ledger, head
        self._mechanisms: list[Mechanism] | None = None
        self._indexes: dict[str, int] | None = None
        self._duties: dict[str, tuple[Duty, ...]] = {}
        ledger.catch_up()
        self.present = head >= head_of(ledger)
        if self.present:
            self.rules = ledger.rules()
        else:
            registry = Registry()
            for act in self.acts(registry_rules.STREAM):
                registry = registry_rules.evolve(registry, act)
            self.rules = ledger.rulebook.rules(registry)

    def acts(self, stream: str) -> tuple[Act, ...]:
        return tuple(a for a in self._ledger.acts(stream) if a.index < self._head)

    def dossier(self, id_: str) -> Dossier:
        stream = dossiers.stream_of(id_)
        return dossiers.fold(stream, self.acts(stream), self.rules.registry)

    def ids(self, kind: str) -> list[str]:
        with self._ledger.projections.reading() as connection:
            return [row.case for row in reading.cases(connection, kind=kind)]

    @cache  # noqa: B019 - lives as long as the counting
    def counting_after(self, day: date) -> frozenset[str]:
        with self._ledger.projections.reading() as connection:
            return frozenset(reading.cases_counting_after(connection, day))

    def last_indexes(self, ids: Sequence[str]) -> dict[str, int]:
        """Where the last act of each case stands; not of those that have one beyond the head."""
        with self._ledger.projections.reading() as connection:
            last = self._last_indexes(connection) if self._indexes is None else self._indexes
        self._indexes = last
        return {id_: last[id_] for id_ in ids if last.get(id_, self._head) < self._head}

    def _last_indexes(self, connection: Connection) -> dict[str, int]:
        return {row.case: row.last_index for row in reading.cases(connection)}

    def stored_duties(self, case: str) -> tuple[Duty, ...]:
        if case not in self._duties:
            self._have_duties((case,))
        return self._duties[case]

    def read_duties(self, cases: Iterable[str], until: date) -> None:
        """Have the stored duties of these cases at hand, by one question for all, and of no others any more; of those that
        have come to all their acts by a day, as of others none are taken as stored."""
        if self.present:
            after = self.counting_after(until)
            self._have_duties(id_ for id_ in cases if id_ not in after)

    def _have_duties(self, cases: Iterable[str]) -> None:
        with self._ledger.projections.reading() as connection:
            self._duties = reading.duties_of_cases(connection, self.rules, cases)

    def mechanisms(self) -> list[Mechanism]:
        """What is owed in each region apart from any case."""
        if self._mechanisms is None:
            streams = [registry_rules.STREAM, *self.ids("meeting"), *self.ids("reconciliation")]
            acts = sorted((a for stream in streams for a in self.acts(stream)), key=lambda act: act.index)
            registry = self.rules.registry
            regions = mechanism_rules.mechanisms(registry)
            self._mechanisms = [mechanism_rules.fold(region, acts, registry) for region in regions]
        return self._mechanisms


def asked(ledger: Ledger, region: str | None, period: Period, head: int | None = None) -> Asked:
    """What to tell. Raises Refusal: region_unknown, head_unknown."""
    genesis = ledger.registry().genesis
    size = head_of(ledger)
    if head is not None and head > size:
        raise Refusal(
            "head_unknown",
            f"台账现有 {size} 条，没有到第 {head} 条：文件不出自这本台账，或台账是旧的",
            "--head",
        )
    name = genesis.ledger_id if genesis is not None else ""
    return Asked(name, head or size, region_of(ledger, region), period)


How = Literal["traced", "fresh", "kept"]
"""How to count: all anew with what each number is taken from; all anew, the numbers alone; or the numbers of cases that
have not changed since they were counted last as they were kept."""


def gather(ledger: Ledger, what: Asked, workers: int | None = None, how: How = "traced") -> Gathered:
    """Fold and count everything once, the cases of a large ledger by a process for each core."""
    counting = Counting(ledger, what, how)
    agreed = counting.beside_cases()
    ids = counting.reader.ids("case")
    if workers is None:
        workers = cores() if len(ids) >= MANY else 1
    if workers == 1:
        for share in counted(shares(ids), len(ids), SHARE):
            counting.cases(share)
        counting.close()
        root = _root(ledger, what.head)
    else:
        counting.close()
        root = _share(counting, ids, ledger, workers)
    found = counting.found
    overdue = sorted(found.overdue, key=lambda o: (not o.counts, -o.days, o.holder, o.case, o.id))
    figures = Compared(*(t.figures() for t in found.tallies))
    return Gathered(
        what, root, figures, tuple(overdue), tuple(agreed), counting.reader.rules, len(ledger.stopped)
    )


def _root(ledger: Ledger, head: int) -> str:
    """The root of the log up to a head: two ledgers share it only if they hold the same acts in the same order."""
    found = LogRoot()
    for entry in islice(ledger.entries(), head):
        found.add(entry.leaf_hash)
    return found.root().hex()


@dataclass(slots=True)
class Found:
    """What was counted so far, in each of the periods, and of the first one what is overdue."""

    tallies: list[Tally]
    overdue: list[Overdue] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        for mine, theirs in zip(self.tallies, other.tallies, strict=True):
            mine.merge(theirs.groups, theirs.duties)
        self.overdue += other.overdue


class Counting:
    """One ledger being counted for a report: its period, the one before and the same a year before."""

    def __init__(self, ledger: Ledger, what: Asked, how: How = "traced") -> None:
        self.what, self.how = what, how
        self.reader = Reader(ledger, what.head)
        self.periods = (what.period, what.period.before, what.period.year_before)
        self.sources = [sources_of(self.reader, p) for p in self.periods]
        self.clues = [clues_of(source) for source in self.sources]
        self.found = self.nothing()
        self.kept: Kept | None = None
        if how == "kept":
            self.kept = open_kept(ledger, what.head, self.reader.acts(registry_rules.STREAM))

    def close(self) -> None:
        if self.kept is not None:
            self.kept.close()

    def nothing(self) -> Found:
        return Found([Tally(p, traced=self.how == "traced") for p in self.periods])

    def beside_cases(self) -> list[Agreed]:
        """Count meetings, referrals, reconciliations and what regions owe; the items agreed on by the period's end."""
        agreed: list[list[Agreed]] = []
        for number, source in enumerate(self.sources):
            tally = self.found.tallies[number]
            for referral in source.referrals:
                if within(source.region(referral.dossier), self.what.region):
                    tally.add(of_referral(referral, tally.period))
            meetings = (f for f in source.meetings if source.region(f.dossier) == self.what.region)
            agreed.append(agreed_items(meetings))
            tally.add(of_agreed(agreed[-1], tally.period))
            others: list[File[Dossier]] = [*source.meetings, *source.rounds]
            others += mechanisms_of(self.reader, tally.period.last)
            for other in others:
                region = source.region(other.dossier)
                if within(region, self.what.region):
                    tally.add(of_duties(other, tally.period, source, region), other.duties)
                    if number == 0:
                        self.found.overdue += _overdue(other, region, source)
        return agreed[0]

    def cases(self, ids: Sequence[str]) -> None:
        """Count these cases, those that are kept and have not changed by what was kept."""
        if self.kept is None:
            self.reader.read_duties(ids, self.periods[0].last)
            for id_ in ids:
                self._add(self._counted(id_))
            return
        indexes = self.reader.last_indexes(ids)
        marks = [source.turns for source in self.sources]
        known = self.kept.of(indexes, self.periods, marks)
        for counts in known.values():
            if counts[0] is not None and counts[0].region is not None and counts[0].overdue is None:
                counts[0] = None  # kept as an earlier period's, of which no list was wanted
        wanted = [id_ for id_ in ids if id_ not in known or None in known[id_]]
        self.reader.read_duties(wanted, self.periods[0].last)
        anew: list[tuple[str, int, Sequence[CaseCount], date | None]] = []
        for id_ in ids:
            counts = known.get(id_) or [None for _ in self.periods]
            one = self._counted(id_, counts)
            if one.anew and one.lasting and id_ in indexes:
                # of a case seen whole: nothing of it counts after the latest period
                whole = self.reader.present and id_ not in self.reader.counting_after(self.periods[0].last)
                ended = one.ended(self.periods) if whole and counts[0] is None else None
                anew.append((id_, indexes[id_], one.counts, ended))
            self._add_counts(one.counts)
        self.kept.keep(anew, self.periods)

    def _counted(self, id_: str, kept: Sequence[CaseCount | None] = (None, None, None)) -> "_Counted":
        """One case in each of the periods, counted in those of which nothing is kept. What lies outside the region is
        counted only where it is to be kept."""
        counts = [CaseCount(None, {}) if count is None else count for count in kept]
        one = _Counted(counts, self.nothing(), any(count is None for count in kept))
        wanted = tuple((number, self.periods[number]) for number, count in enumerate(kept) if count is None)
        for number, file in cases_of(self.reader, wanted, (id_,) if wanted else ()):
            source, tally = self.sources[number], one.found.tallies[number]
            region = source.region(file.dossier)
            if self.kept is None and not within(region, self.what.region):
                continue
            life = life_of(file, self.clues[number], source)
            tally.add(of_case(file, life, tally.period, source), file.duties)
            rows = row_keys(file.dossier)
            overdue = tuple(_overdue(file, region, source)) if number == 0 else None
            one.counts[number] = CaseCount(region, tally.groups, rows, said_of(rows, source.turns), overdue)
            one.look_at(file, life)
        return one

    def _add(self, one: "_Counted") -> None:
        for tally, theirs in zip(self.found.tallies, one.found.tallies, strict=True):
            tally.duties.update(theirs.duties)
        self._add_counts(one.counts)

    def _add_counts(self, counts: Sequence[CaseCount]) -> None:
        for number, count in enumerate(counts):
            if count.region is None or not within(count.region, self.what.region):
                continue
            self.found.tallies[number].merge(count.groups, {})
            if number == 0:
                self.found.overdue += count.overdue or ()


@dataclass(slots=True)
class _Counted:
    """One case, counted. `lasting`: it follows from what `kept` looks at, so that it may be kept; `last`: the last day of
    anything in it, None while something is still to come."""

    counts: list[CaseCount]
    found: Found
    anew: bool = True
    lasting: bool = True
    last: date | None = date.min

    def look_at(self, file: File[Case], life: Life | None) -> None:
        if shares_clues(file.dossier):
            self.lasting = False  # whether a clue was handled is another dossier's to say
        days = [file.day(e) for e in file.dossier.entries]
        days += [e.on for e in file.dossier.entries]
        days += [life.opened_on, *life.turned_on] if life is not None else []
        days += [d.revoked_on for d in file.dossier.decisions.values() if d.revoked_on is not None]
        for duty in file.duties:
            last = last_day(duty)
            if duty.row.kind != "duty" or last is None or duty.handed_to is not None:
                continue  # nothing is counted of these
            over = [day for day in (duty.discharged_on, duty.cancelled_on) if day is not None]
            if not over or duty.provisional:
                self.last = None
            days += [*over, last + timedelta(1)]
        if self.last is not None:
            self.last = max([self.last, *days])

    def ended(self, periods: Sequence[Period]) -> date | None:
        """The last day of anything in it, where it lies before all the periods and each of them tells the same."""
        first, rest = self.counts[0], self.counts[1:]
        over = self.last is not None and self.last < min(p.first for p in periods) and first.overdue == ()
        same = all((c.region, c.groups, c.marks) == (first.region, first.groups, "") for c in rest)
        return self.last if over and same and not first.marks else None


# --- by several processes ----------------------------------------------------------------------------------------

MANY = 3_000
"""Cases from which further processes are worth their start: each reads the registry and all but the cases itself."""
SHARE = 250
_counting: Counting
"""Of a process that counts a part."""


def shares(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[n : n + SHARE] for n in range(0, len(ids), SHARE)]


def _share(counting: Counting, ids: list[str], ledger: Ledger, workers: int) -> str:
    """Have the cases counted by further processes; meanwhile find the log's root."""
    context = get_context("spawn")  # this process holds a connection, which a fork would break
    begun = (ledger.settings, counting.what, counting.how)
    with ProcessPoolExecutor(workers, context, _begin, begun) as processes:
        each = processes.map(_count, shares(ids))
        root = _root(ledger, counting.what.head)
        for found in counted(each, len(ids), SHARE):
            counting.found.add(found)
    return root


def _begin(settings: Settings, what: Asked, how: How) -> None:
    global _counting
    _counting = Counting(Ledger.open(settings), what, how)


def _count(ids: Sequence[str]) -> Found:
    _counting.found = _counting.nothing()
    _counting.cases(ids)
    return _counting.found


def within(region: str, wanted: str) -> bool:
    return contains(wanted, region)


def sources_of(reader: Reader, period: Period) -> Sources:
    """All but the cases, as of the period's end: what cases are judged beside."""
    rules, as_of = reader.rules, period.last

    def files(kind: str, of: type[D]) -> tuple[File[D], ...]:
        found = (_file(reader.dossier(id_), rules, as_of) for id_ in reader.ids(kind))
        return tuple(cast("File[D]", f) for f in found if f is not None and isinstance(f.dossier, of))

    rounds = files("reconciliation", Reconciliation)
    return Sources(
        as_of, rules, "", None, (), files("meeting", Meeting), files("discipline", Referral), rounds,
        turns_of((f.dossier for f in rounds), as_of),
    )  # fmt: skip


def _file(full: Dossier, rules: Rules, as_of: date) -> File[Dossier] | None:
    dossier, duties = as_it_stood(full, rules, as_of)
    return File(dossier, duties) if dossier.begun else None


def mechanisms_of(reader: Reader, as_of: date) -> Iterator[File[Dossier]]:
    for mechanism in reader.mechanisms():
        file = _file(mechanism, reader.rules, as_of)
        if file is not None:
            yield file


def cases_of(
    reader: Reader, periods: Sequence[tuple[int, Period]], ids: Iterable[str]
) -> Iterator[tuple[int, File[Case]]]:
    """Each case as of the end of each of these periods, by the period's number; the duties of those of which everything had
    happened by then are the projections' own."""
    after = {n: reader.counting_after(p.last) if reader.present else frozenset[str]() for n, p in periods}
    for id_ in ids:
        full = reader.dossier(id_)
        if not isinstance(full, Case):
            continue
        whole: File[Case] | None = None
        for number, period in periods:
            if not reader.present or id_ in after[number]:
                case, duties = as_it_stood(full, reader.rules, period.last)
                if case.begun:
                    yield number, File(case, duties)
            else:
                whole = whole or File(full, reader.stored_duties(id_))
                yield number, whole


def _overdue(file: File[Dossier], region: str, sources: Sources) -> Iterator[Overdue]:
    for duty in file.duties:
        last = last_day(duty)
        if duty.row.kind != "duty" or duty.handed_to is not None or last is None:
            continue
        if duty.holder not in sources.registry.agencies or last >= sources.as_of:
            continue
        if any(
            ended is not None and ended <= sources.as_of for ended in (duty.discharged_on, duty.cancelled_on)
        ):
            continue
        standing = state(duty, sources.as_of, sources.rules)
        if standing.state == "overdue":
            counts = late_counts(duty, sources.registry, sources.as_of)
            row, days = duty.row, standing.overdue_working_days
            yield Overdue(
                duty.id, duty.case, row.name_zh, row.source, duty.holder, region, last, days, counts
            )
