"""The figures of a period: facts added up, for the whole, for each region, each agency and each kind. Pure.

A figure's id is its definition's, with `@` and a region or an agency, or `#` and a kind: `granted@court.chengguan`.
"""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from domain.duties import Duty
from gongze.reporting.definitions import DEFINITIONS, Definition
from gongze.reporting.facts import Fact, Period

Value = int | Decimal | None
NONE = "—"
"""What a figure shows that cannot be formed: a rate of nothing, a median of nothing."""


Key = tuple[str, str | None, str | None, str | None]
"""What facts are added up by: name, region, agency, kind."""


@dataclass(slots=True)
class Group:
    """Facts of one key together. `values` one by one where they are needed so (a median, the most); `about`: the
    statements and duties that they are taken from, unless only the numbers are wanted."""

    total: int | Decimal = 0
    values: list[int | Decimal] = field(default_factory=list)
    about: list[str] = field(default_factory=list)

    def merge(self, other: "Group") -> None:
        self.total += other.total
        self.values += other.values
        self.about += other.about


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `parts`: what it was counted from, of a difference both numbers'. `change`: it is a difference. `words`:
    what is said in place of a number."""

    id: str
    definition: Definition
    value: Value
    parts: tuple[tuple[Group, ...], ...]
    change: bool = False
    words: str | None = None

    @property
    def about(self) -> tuple[str, ...]:
        """The statements and duties that it was counted from."""
        return tuple(
            a for part in self.parts for a in dict.fromkeys(a for group in part for a in group.about)
        )

    @property
    def text(self) -> str:
        """As it is printed, the same in every form of the report."""
        if self.words is not None:
            return self.words
        if not self.change or self.value is None:
            return shown(self.value, self.definition.unit)
        sign = "+" if self.value > 0 else ""
        if self.definition.unit == "%":
            points = (Decimal(self.value) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
            return f"{sign}{points}个百分点"
        return sign + shown(self.value, self.definition.unit)

    @property
    def label(self) -> str:
        return self.definition.zh


TAG_MAX = 64
"""Characters of the name of a content control that every word processor keeps."""


def tag_of(id_: str) -> str:
    """A figure's id as a content control bears it: a reason of many words is cut, and told apart by a digest."""
    if len(id_) <= TAG_MAX:
        return id_
    return f"{id_[: TAG_MAX - 13]}~{sha256(id_.encode()).hexdigest()[:12]}"


def shown(value: Value, unit: str) -> str:
    """The number as it is printed: money and areas to two places, rates in percent to one."""
    if value is None:
        return NONE
    if unit == "%":
        return f"{(Decimal(value) * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"
    if unit in ("元", "亩"):
        return f"{Decimal(value):,.2f}"
    if isinstance(value, Decimal) and value != value.to_integral_value():
        return f"{value.normalize():f}"
    return f"{int(value)}"


class Figures:
    """All figures of one period. Whatever nothing was counted for is 0."""

    def __init__(self, period: Period, groups: Mapping[Key, Group], duties: Mapping[str, Duty]) -> None:
        self.period = period
        self.duties = duties
        self._groups: dict[str, list[Group]] = defaultdict(list)
        for key, group in groups.items():
            for id_ in _ids(key):
                self._groups[id_].append(group)

    def __getitem__(self, id_: str) -> Figure:
        """The figure of an id. Raises KeyError where no definition has that name."""
        name, mark, scope = _parted(id_)
        definition = DEFINITIONS[name]
        made_of = [self._groups.get(f"{of}{mark}{scope}", []) for of in definition.made_of]
        groups = tuple(group for of in made_of for group in of)
        values = [value for group in made_of[0] for value in group.values]
        value: Value
        match definition.way:
            case "count" | "sum":
                value = _total(made_of[0]) if groups or definition.way == "count" else Decimal(0)
            case "rate":
                whole = _total(made_of[1])
                value = Decimal(_total(made_of[0])) / whole if whole else None
            case "median":
                value = statistics.median(map(Decimal, values)) if values else None
            case "most":
                value = max(values, default=None)
            case "one":
                raise KeyError(id_)  # of one thing, not of a sum
        return Figure(id_, definition, value, (groups,))

    def number(self, id_: str) -> int | Decimal:
        """The value, 0 where there is none."""
        return self[id_].value or 0

    def regions(self) -> list[str]:
        return sorted({s for n, m, s in self._scopes() if m == "@" and s.isdigit() and n == "on_record"})

    def agencies(self, *names: str) -> list[str]:
        """Agencies for which any of these was counted."""
        return sorted({s for n, m, s in self._scopes() if m == "@" and not s.isdigit() and n in names})

    def kinds(self, name: str) -> list[str]:
        """The kinds of a figure, those counted most often first."""
        found = {s for n, m, s in self._scopes() if m == "#" and n == name}
        return sorted(found, key=lambda kind: (-self.number(f"{name}#{kind}"), kind))

    def ids(self) -> list[str]:
        """Every figure for which anything was counted, and every whole one."""
        counted = {
            f"{d.id}{m}{s}"
            for d in DEFINITIONS.values()
            for n, m, s in self._scopes()
            if n in d.made_of and m
        }
        return [*DEFINITIONS, *sorted(counted - set(DEFINITIONS))]

    def _scopes(self) -> Iterable[tuple[str, str, str]]:
        return (_parted(key) for key in self._groups)


def _parted(id_: str) -> tuple[str, str, str]:
    """Name, mark and scope. A kind may hold any character, `@` too, so that the first mark counts."""
    at = min((p for p in (id_.find("@"), id_.find("#")) if p >= 0), default=-1)
    return (id_, "", "") if at < 0 else (id_[:at], id_[at], id_[at + 1 :])


def _total(groups: Iterable[Group]) -> int | Decimal:
    return sum((group.total for group in groups), 0)


def _ids(key: Key) -> Iterator[str]:
    """The figures that a group goes into: the whole one, and unless it may not be shown apart, those of its place, its
    agency and its kind."""
    name, region, agency, kind = key
    yield name
    if not DEFINITIONS_WHOLE.get(name):
        yield from (f"{name}@{scope}" for scope in (region, agency) if scope is not None)
        if kind is not None:
            yield f"{name}#{kind}"


class Tally:
    """Adds facts up while they come, so that no dossier has to be kept. `traced`: also what they are taken from."""

    def __init__(self, period: Period, *, traced: bool = True) -> None:
        self.period = period
        self.traced = traced
        self.groups: dict[Key, Group] = {}
        self.duties: dict[str, Duty] = {}

    def add(self, facts: Iterable[Fact], duties: Iterable[Duty] = ()) -> None:
        used: set[str] = set()
        for fact in facts:
            key = (fact.name, fact.region, fact.agency, fact.kind)
            group = self.groups.get(key)
            if group is None:
                group = self.groups[key] = Group()
            group.total += fact.value
            if fact.name in ONE_BY_ONE:
                group.values.append(fact.value)
            if self.traced:
                group.about += fact.about
                used.update(fact.about)
        if self.traced:
            self.duties.update((d.id, d) for d in duties if d.id in used)

    def merge(self, groups: Mapping[Key, Group], duties: Mapping[str, Duty]) -> None:
        """What was counted elsewhere, of other dossiers."""
        for key, group in groups.items():
            mine = self.groups.get(key)
            if mine is None:
                mine = self.groups[key] = Group()
            mine.merge(group)
        self.duties.update(duties)

    def figures(self) -> Figures:
        return Figures(self.period, self.groups, self.duties)


ONE_BY_ONE = {name for d in DEFINITIONS.values() if d.way in ("median", "most") for name in d.made_of}
DEFINITIONS_WHOLE = {d.id: d.whole_only for d in DEFINITIONS.values()}


def _rounded(figure: Figure) -> Decimal:
    """As it is printed, so that a difference is that of the numbers that stand beside it."""
    value = Decimal(figure.value or 0)
    return value.quantize(Decimal("0.001"), ROUND_HALF_UP) if figure.definition.unit == "%" else value


# --- three periods beside each other -----------------------------------------------------------------------------

NOW, BEFORE, YEAR = "", "before:", "year:"
CHANGE, CHANGE_YEAR = "change:", "change_year:"
PREFIX_ZH = {BEFORE: "上期", YEAR: "去年同期", CHANGE: "较上期", CHANGE_YEAR: "较去年同期"}


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of a period with those of the one before and of a year before: `before:filed`, `change:filed`.

    A period that ended before anything stood in the ledger has no figures: nothing was counted, not none."""

    now: Figures
    before: Figures
    year_before: Figures

    def __getitem__(self, id_: str) -> Figure:
        """Raises KeyError."""
        mark, colon, name = id_.partition(":")
        if not colon or f"{mark}:" not in PREFIX_ZH:
            return self.now[id_]
        here, other = self.now[name], self._other(f"{mark}:", name)
        if mark in ("before", "year"):
            return replace(other, id=id_)
        missing = here.value is None or other.value is None
        value = None if missing else _rounded(here) - _rounded(other)
        return Figure(id_, here.definition, value, (*here.parts, *other.parts), change=True)

    def _other(self, mark: str, name: str) -> Figure:
        of = self.before if mark in (BEFORE, CHANGE) else self.year_before
        found = of[name]
        return found if of.number("on_record") else replace(found, value=None)

    def duty(self, id_: str) -> Duty | None:
        for of in (self.now, self.before, self.year_before):
            if id_ in of.duties:
                return of.duties[id_]
        return None
