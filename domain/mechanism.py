"""The mechanism of one region: what is owed there apart from any case, meeting by meeting and round by round.

Not a stream: it is folded from the registry's acts about the region's agencies and from the region's meetings and
reconciliations, so that liaison officers (拉萨实施意见 四（二）), the half-yearly meeting (四（一）) and the regular
reconciliation (四（三）) can be owed like anything else.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain import meetings, reconciling, regional
from domain.acts.base import Act
from domain.acts.registry import OfficerAppointed, OfficerReleased, OfficerReplaced, PackAdopted
from domain.entries import Copy, Entry
from domain.meetings import CONVENING_LEVELS, Meeting
from domain.reconciling import Reconciliation
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry, contains

PREFIX = "region/"


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`acts` are those about the region. `in_office`: liaison officers of each agency; `vacant`: releases not yet
    followed by an appointment, oldest first."""

    id: str
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    copies: Mapping[str, Copy] = field(default_factory=dict)
    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    reconciliations: Mapping[str, Reconciliation] = field(default_factory=dict)
    in_office: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vacant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def region(self) -> str:
        return self.id.removeprefix(PREFIX)

    @property
    def begun(self) -> bool:
        return bool(self.acts)

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The region's natural-resources department; "" where it has none that could convene."""
        return department_of(self.region, registry) or ""

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a row's holder or recipient. Of what is about one agency, only that one is meant."""
        home = self.home(registry)
        of_one = entry is not None and entry.stands_for == "PackAdopted"
        if of_one and selector not in ("sender", "addressee"):
            one = registry.agencies.get(subjects.get("agency", ""))
            return (one.id,) if one is not None and one.kind == selector else ()
        return regional.meant(selector, entry, home, (), on, registry)

    def refold(self, acts: Iterable[Act], registry: Registry) -> "Mechanism":
        return fold(self.id, acts, registry)


def mechanisms(registry: Registry) -> tuple[str, ...]:
    """Ids of the regions that have a department at the level of a city, a county or a park."""
    regions = {a.region for a in registry.agencies.values() if a.kind == "nr" and a.level in CONVENING_LEVELS}
    return tuple(PREFIX + region for region in sorted(regions))


def department_of(region: str, registry: Registry) -> str | None:
    """The department of a region: not a branch nor one stationed elsewhere; the first by id where there are two."""
    here = sorted(
        a.id
        for a in registry.agencies.values()
        if (a.kind, a.region) == ("nr", region) and a.level in CONVENING_LEVELS
        and a.branch_of is None and a.stationed_at is None
    )  # fmt: skip
    return here[0] if here else None


def fold(id_: str, acts: Iterable[Act], registry: Registry) -> Mechanism:
    """The mechanism after these acts of the registry, of meetings and of reconciliations, in the order of the ledger.

    Acts about other regions are passed over. Which ones are hangs on the registry given: after an agency changed,
    fold from the whole log, not from `Mechanism.acts`.
    """
    mechanism = Mechanism(id_)
    for act in acts:
        mechanism = evolve(mechanism, act, registry)
    return mechanism


def evolve(mechanism: Mechanism, act: Act, registry: Registry) -> Mechanism:
    """The mechanism after one more act of the ledger; unchanged where the act is no concern of the region's."""
    if act.stream == REGISTRY:
        return _registry_act(mechanism, act, registry)
    match act.stream.partition("/")[0]:
        case "meeting":
            return _of_dossier(mechanism, act, registry, "meetings", meetings, Meeting(act.stream))
        case "reconciliation":
            empty = Reconciliation(act.stream)
            return _of_dossier(mechanism, act, registry, "reconciliations", reconciling, empty)
        case _:
            return mechanism


def _of_dossier(m: Mechanism, act: Act, registry: Registry, table: str, module: Any, empty: Any) -> Mechanism:
    known = getattr(m, table)
    before = known.get(act.stream, empty)
    after = module.evolve(before, act, registry)
    home = registry.agencies.get(after.home(registry))
    if home is None or home.region != m.region:
        return m
    changes: dict[str, Any] = {table: {**known, act.stream: after}}
    new = after.entries[len(before.entries) :]
    return replace(m, acts=(*m.acts, act), entries=(*m.entries, *new), **changes)


def _registry_act(m: Mechanism, act: Act, registry: Registry) -> Mechanism:
    event = act.event
    if isinstance(event, PackAdopted):
        return _adopted(m, act, event, registry) if contains(event.region, m.region) else m
    agency = registry.agencies.get(act.agency)
    if agency is None or agency.region != m.region:
        return m
    subjects = {"agency": act.agency}
    facts: dict[str, tuple[str, ...]] = {}
    serving, vacant = m.in_office.get(act.agency, ()), m.vacant.get(act.agency, ())
    match event:
        case OfficerAppointed():
            subjects["officer"] = vacant[0] if vacant else event.officer
            serving, vacant = (*serving, event.officer), vacant[1:]
        case OfficerReplaced():
            subjects["officer"] = event.officer
            serving = (*(o for o in serving if o != event.officer), event.by)
        case OfficerReleased():
            subjects["officer"] = act.id
            serving = tuple(o for o in serving if o != event.officer)
            facts["vacant"] = ("false" if serving else "true",)
            if not serving:  # a post that somebody still fills asks for nobody
                vacant = (*vacant, act.id)
        case _:
            return m
    return replace(
        m,
        acts=(*m.acts, act),
        entries=(*m.entries, regional.recorded(act, subjects, facts)),
        in_office={**m.in_office, act.agency: serving},
        vacant={**m.vacant, act.agency: vacant},
    )


def _adopted(m: Mechanism, act: Act, event: PackAdopted, registry: Registry) -> Mechanism:
    """An adoption, and what it means for each of the region's five agencies: one entry each, addressed to it.

    An agency of another region that serves this one, too, is reminded in its own; where nobody serves, the entry
    has no addressee, so that the gap is shown.
    """
    facts = {"pack": (event.pack,), "from": (event.from_.isoformat(),)}
    entries = [regional.recorded(act, {"pack": event.pack}, facts)]
    home = department_of(m.region, registry)
    if home is None:
        return replace(m, acts=(*m.acts, act), entries=(*m.entries, *entries))
    for kind in ("nr", *regional.PARTNERS):
        one = home if kind == "nr" else regional.partner(registry, home, kind, act.occurred_on)
        if one is None or registry.agencies[one].region == m.region:
            subjects = {"pack": event.pack, "agency": one or f"{m.region}/{kind}"}
            entries.append(Entry(act, subjects, facts, one, stands_for="PackAdopted"))
    return replace(m, acts=(*m.acts, act), entries=(*m.entries, *entries))
