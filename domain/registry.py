"""The registry: agencies, keys, officers, routes, packs and calendars, folded from the `registry` stream.

`decide` refuses what cannot be, `evolve` folds and never refuses; both are pure. Cryptographic checks
(signatures, proofs of possession) are made before, in `events.intake`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, TypeVar

from domain.acts.base import Act, Event
from domain.acts.registry import (
    AgencyChanged,
    AgencyCountersigned,
    AgencyRegistered,
    BoundaryChanged,
    CalendarPublished,
    KeyRegistered,
    KeyRevoked,
    LedgerCreated,
    LedgerStarted,
    OfficerAppointed,
    OfficerReleased,
    OfficerReplaced,
    PackAdopted,
    PackCountersigned,
    ParticipationSet,
    ResponsiblePersonNamed,
    RouteSet,
    SheetsKept,
)
from domain.calendar import Calendar
from domain.refusal import Refusal
from domain.values import from_milliseconds, parse_moment

OPERATOR = "operator"
STREAM = "registry"


@dataclass(frozen=True, slots=True)
class Agency:
    """机构. `region` is the six-digit code; a code that ends in zeros covers all codes below it. `first_region`: where it
    was registered, once it has another one."""

    id: str
    kind: str
    name: str
    level: str
    region: str
    parent: str | None = None
    branch_of: str | None = None
    stationed_at: str | None = None
    number_prefixes: tuple[str, ...] = ()
    root_key_id: str | None = None
    first_region: str | None = None

    @property
    def registered_in(self) -> str:
        """The region of its registration, which no later change alters."""
        return self.first_region or self.region


@dataclass(frozen=True, slots=True)
class Key:
    """密钥. `registered_at` and `revoked_at` are indexes in the ledger; `doubt_since` is what a revocation stated."""

    key_id: str
    agency: str
    purpose: str
    custody: str
    public_key: str
    valid_from: datetime
    officer: str | None
    registered_at: int
    revoked_at: int | None = None
    doubt_since: datetime | None = None
    countersigned_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Officer:
    id: str
    agency: str
    name: str
    valid_from: date
    released_on: date | None = None


@dataclass(frozen=True, slots=True)
class Route:
    region: str
    kind: str
    matter: str
    agency: str
    valid_from: date
    to: date | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """采用的规则包. Valid in `region` and below from `valid_from`."""

    pack: str
    version: str
    digest: str
    region: str
    valid_from: date
    countersigned_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Genesis:
    ledger_id: str
    origin: str
    log_key: str
    operator_key: str
    demo: bool

    @property
    def name(self) -> str:
        """What every statement of this ledger claims as `ledger`."""
        return f"{self.origin}/{self.ledger_id}"


T = TypeVar("T")
ROUTE, PACKS = "route", "packs"
FOUND_KEPT = 20_000
"""Answers that a registry remembers."""


@dataclass(frozen=True, slots=True)
class Registry:
    """All that the registry stream says, as of its last act."""

    genesis: Genesis | None = None
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    keys: Mapping[str, Key] = field(default_factory=dict)
    officers: Mapping[str, Officer] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    modes: Mapping[str, tuple[tuple[date, str], ...]] = field(default_factory=dict)
    adoptions: tuple[Adoption, ...] = ()
    publications: tuple[CalendarPublished, ...] = ()
    started: Mapping[str, date] = field(default_factory=dict)
    responsible: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    boundaries: tuple[BoundaryChanged, ...] = ()
    sheets: tuple[SheetsKept, ...] = ()
    version: int = 0
    found: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What has been looked up in it: over many cases the same routes and packs are asked for. A changed one begins
    without."""

    def agency(self, agency: str, field_name: str) -> Agency:
        """The registered agency, or Refusal("case_rule_broken") naming the field that points to nobody."""
        found = self.agencies.get(agency)
        if found is None:
            raise Refusal("case_rule_broken", f"机构 {agency} 未登记，请核对机构代码", field=field_name)
        return found

    def route(self, frm: Agency, kind: str, matter: str, on: date) -> Agency | None:
        """Who is meant by `kind` for the matters of agency `frm` on a day.

        A route set for its region, else the one agency of that kind at the same level and region; None where
        there is none or where there are several. Then whoever a boundary change has put in its place, unless the
        route was set after that change.
        """
        key = ROUTE, frm.level, frm.region, kind, matter, on
        known: Agency | None = self.found.get(key)
        if known is None:
            known = self._remembered(key, self._route(frm, kind, matter, on))
        return known

    def _remembered(self, key: Any, value: T) -> T:
        if len(self.found) >= FOUND_KEPT:
            self.found.clear()
        self.found[key] = value
        return value

    def _route(self, frm: Agency, kind: str, matter: str, on: date) -> Agency | None:
        route = self.route_set(frm, kind, matter, on)
        if route is not None:
            return self.agencies.get(self.successor(route.agency, frm.region, on, after=route.valid_from))
        same = [
            a for a in self.agencies.values() if (a.kind, a.level, a.region) == (kind, frm.level, frm.region)
        ]
        return self.agencies.get(self.successor(same[0].id, frm.region, on)) if len(same) == 1 else None

    def route_set(self, frm: Agency, kind: str, matter: str, on: date) -> Route | None:
        """The route set for the region on that day, rather than the agency of the same level and region being meant."""
        for route in self.routes:
            wanted = (route.region, route.kind, route.matter) == (frm.region, kind, matter)
            if wanted and route.valid_from <= on and (route.to is None or on <= route.to):
                return route
        return None

    def agencies_of(self, kind: str, regions: Sequence[str]) -> tuple[str, ...]:
        """The agencies of a kind in these regions, in their order; a region that has several is passed over."""
        found = []
        for region in regions:
            here = [a.id for a in self.agencies.values() if (a.kind, a.region) == (kind, region)]
            found += here if len(here) == 1 else []
        return tuple(found)

    def nr_of(self, filer: str, on: date | None = None) -> str:
        """The natural-resources department in charge of what an agency files: itself, or a township's county's."""
        agency = self.agencies.get(filer)
        if agency is None or agency.kind == "nr":
            return filer
        for region in regions_above(agency.region):
            here = [a.id for a in self.agencies.values() if (a.kind, a.region) == ("nr", region)]
            if len(here) == 1:
                return here[0] if on is None else self.successor(here[0], agency.region, on)
        return filer

    def successor(self, agency: str, region: str, on: date, *, after: date = date.min) -> str:
        """Who answers on a day for what an agency answered for in a region, by the boundary changes since `after`."""
        for since, to in self.successions(agency, region, after=after):
            if since <= on:
                agency = to
        return agency

    def successions(
        self, agency: str, region: str, *, after: date = date.min
    ) -> tuple[tuple[date, str], ...]:
        """区划调整、机构合并: the days from which others answer for an agency's matters in a region, one after the other."""
        found = []
        for change in sorted(self.boundaries, key=lambda b: b.on):
            if change.on > after and change.from_agency == agency and contains(change.region, region):
                agency = change.to_agency
                found.append((change.on, agency))
        return tuple(found)

    def mode(self, agency: str, on: date) -> str:
        """参与方式 on a day: signing, confirming or paper; new agencies start as paper."""
        mode = "paper"
        for since, value in self.modes.get(agency, ()):
            if since <= on:
                mode = value
        return mode

    def started_on(self, region: str) -> date | None:
        """The day the ledger was started for a region (or the nearest one above)."""
        return next((self.started[r] for r in regions_above(region) if r in self.started), None)

    def calendar(self, nation: Calendar) -> Calendar:
        """The nation's calendar with all publications of this ledger laid over it, in order."""
        for p in self.publications:
            nation = nation.published(p.year, p.region, p.holidays, p.workdays, p.notice)
        return nation

    def packs_for(self, region: str, on: date) -> tuple[Adoption, ...]:
        """The adoption in force on a day of each pack for a region: the latest of the nearest region above."""
        key = PACKS, region, on
        known: tuple[Adoption, ...] | None = self.found.get(key)
        return self._remembered(key, self._packs_for(region, on)) if known is None else known

    def _packs_for(self, region: str, on: date) -> tuple[Adoption, ...]:
        found: dict[str, Adoption] = {}
        for code in regions_above(region):
            here: dict[str, Adoption] = {}
            for adoption in self.adoptions:
                if adoption.region == code and adoption.valid_from <= on:
                    earlier = here.get(adoption.pack)
                    if earlier is None or earlier.valid_from <= adoption.valid_from:
                        here[adoption.pack] = adoption
            found = here | found
        return tuple(found[pack] for pack in sorted(found))


def regions_above(region: str) -> tuple[str, ...]:
    """A six-digit code and those that contain it, nearest first: 540102, 540100, 540000, 000000."""
    return tuple(dict.fromkeys((region, region[:4] + "00", region[:2] + "0000", "000000")))


def contains(outer: str, inner: str) -> bool:
    """Whether division `outer` contains (or is) `inner`."""
    return outer in regions_above(inner)


# --- deciding -----------------------------------------------------------------------------------------------


def decide(registry: Registry, act: Act) -> None:
    """Refuse what cannot be. Raises Refusal (case_rule_broken, not_authorised)."""
    event = act.event
    if registry.genesis is None and not isinstance(event, LedgerCreated):
        raise _broken("台账尚未建立", "type")
    _check_agency_is_own(act)
    match event:
        case LedgerCreated():
            if registry.genesis is not None:
                raise _broken("台账已建立，不能再次建账", "type")
        case AgencyRegistered():
            if event.id in registry.agencies or event.id == OPERATOR:
                raise _broken(f"机构 {event.id} 已登记；变更请用“机构变更”", "id")
            if event.parent is not None:
                registry.agency(event.parent, "parent")
        case AgencyChanged():
            registry.agency(event.id, "id")
        case AgencyCountersigned():
            _decide_countersignature(registry, act, event)
        case RouteSet():
            _decide_route(registry, event)
        case ParticipationSet() | ResponsiblePersonNamed():
            registry.agency(event.agency, "agency")
        case OfficerAppointed():
            _decide_officer(registry, act, event.officer, "officer")
        case OfficerReplaced() | OfficerReleased():
            officer = registry.officers.get(event.officer)
            if officer is None or officer.agency != act.agency:
                raise _broken(f"联络员 {event.officer} 不是本机构在任联络员", "officer")
            if officer.released_on is not None:
                raise _broken(f"联络员 {event.officer} 已解任", "officer")
            if isinstance(event, OfficerReplaced):
                _decide_officer(registry, act, event.by, "by")
        case KeyRegistered():
            _decide_key(registry, act, event)
        case KeyRevoked():
            key = registry.keys.get(event.key_id)
            if key is None or key.agency != act.agency:
                raise _broken("本机构没有登记该密钥", "key_id")
            if key.revoked_at is not None:
                raise _broken("该密钥已撤销", "key_id")
        case PackAdopted():
            known = {(a.pack, a.version, a.region): a.digest for a in registry.adoptions}
            if known.get((event.pack, event.version, event.region), event.digest) != event.digest:
                raise _broken("同一版本的规则包内容不能不同，请提升版本号", "digest")
        case PackCountersigned():
            if not any(
                (a.pack, a.version, a.digest, a.region)
                == (event.pack, event.version, event.digest, event.region)
                for a in registry.adoptions
            ):
                raise _broken("未见采用该规则包的记录", "pack")
            if not contains(registry.agency(act.agency, "agency").region, event.region):
                raise _broken("只能副署本辖区采用的规则包", "region")
        case CalendarPublished():
            _decide_calendar(registry, act, event)
        case BoundaryChanged():
            _decide_boundary(registry, event)
        case LedgerStarted():
            if event.region in registry.started:
                raise _broken("该地区已启用台账", "region")
        case SheetsKept():
            if event.to < event.from_:
                raise _broken("留存期间的止日早于起日，请核对", "to")
            if event.digest in {kept.digest for kept in registry.sheets}:
                raise _broken("这份核账表已登记留存", "digest")
        case _:
            raise _broken("该事件不属于登记簿", "type")


def _check_agency_is_own(act: Act) -> None:
    """The agency itself signs its officers, persons and keys (never another for it)."""
    stated = getattr(act.event, "agency", None)
    own = isinstance(
        act.event,
        KeyRegistered
        | KeyRevoked
        | OfficerAppointed
        | OfficerReplaced
        | OfficerReleased
        | ResponsiblePersonNamed,
    )
    if own and stated is not None and stated != act.agency:
        raise Refusal("not_authorised", "只能登记本机构的密钥和人员", field="agency")


def _decide_officer(registry: Registry, act: Act, officer: str, field_name: str) -> None:
    if officer in registry.officers and registry.officers[officer].released_on is None:
        raise _broken(f"联络员 {officer} 已任命", field_name)
    if not officer.startswith(f"{act.agency}/"):
        raise _broken("联络员代码应为“本机构代码/序号”", field_name)


def _decide_countersignature(registry: Registry, act: Act, event: AgencyCountersigned) -> None:
    key = registry.keys.get(event.key_id)
    if key is None or key.purpose != "root" or key.agency != event.agency:
        raise _broken("未见该机构登记此根密钥", "key_id")
    if event.agency == act.agency:
        raise _broken("不能为本机构副署", "agency")
    if act.agency in key.countersigned_by:
        raise _broken("本机构已副署该密钥", "key_id")


def _decide_route(registry: Registry, event: RouteSet) -> None:
    agency = registry.agency(event.agency, "agency")
    if agency.kind != event.kind:
        raise _broken(f"{event.agency} 的类别不是 {event.kind}", "agency")
    if event.to is not None and event.to < event.from_:
        raise _broken("截止日早于起始日", "to")
    for route in registry.routes:
        same = (route.region, route.kind, route.matter) == (event.region, event.kind, event.matter)
        overlap = (route.to is None or event.from_ <= route.to) and (
            event.to is None or route.valid_from <= event.to
        )
        if same and overlap:
            raise _broken("同一事项同一时间只能有一条路由", "matter")


def _decide_boundary(registry: Registry, event: BoundaryChanged) -> None:
    old = registry.agency(event.from_agency, "from_agency")
    new = registry.agency(event.to_agency, "to_agency")
    if old.id == new.id:
        raise _broken("移出与移入机构相同，请核对", "to_agency")
    if old.kind != new.kind:
        raise _broken(f"{new.id} 与 {old.id} 类别不同，不能承接其职责", "to_agency")
    if any((b.region, b.from_agency, b.on) == (event.region, old.id, event.on) for b in registry.boundaries):
        raise _broken("该机构在该地区同一日的调整已登记", "region")


def _decide_key(registry: Registry, act: Act, event: KeyRegistered) -> None:
    if event.key_id in registry.keys or any(k.public_key == event.public_key for k in registry.keys.values()):
        raise _broken("该公钥已登记过，不能再次登记", "public_key")
    if event.purpose == "root":
        agency = registry.agency(event.agency, "agency")
        if agency.root_key_id != event.key_id:
            raise Refusal("not_authorised", "根密钥与机构登记所载指纹不符，请核对纸质指纹单", field="key_id")
        if event.custody == "browser":
            raise _broken("根密钥不得存放在浏览器中", "custody")
    elif event.officer is not None and not event.officer.startswith(f"{event.agency}/"):
        raise _broken("联络员代码应为“本机构代码/序号”", "officer")
    elif event.purpose == "sign" and event.officer is None:
        raise _broken("签名密钥应写明联络员", "officer")


def _decide_calendar(registry: Registry, act: Act, event: CalendarPublished) -> None:
    if not 2004 <= event.year <= 9998:
        raise _broken("年份不在可用范围（2004 年起）", "year")
    for name, days in (("holidays", event.holidays), ("workdays", event.workdays)):
        if any(abs(day.year - event.year) > 1 for day in days):
            raise _broken("日期与所发布的年份不符", name)
    if set(event.holidays) & set(event.workdays):
        raise _broken("同一天不能既放假又上班", "workdays")
    if act.agency != OPERATOR:
        region = registry.agency(act.agency, "agency").region
        if event.region is None or not contains(region, event.region):
            raise Refusal("not_authorised", "地方政府只能发布本辖区的放假安排", field="region")


def _broken(message: str, field_name: str) -> Refusal:
    return Refusal("case_rule_broken", message, field=field_name)


# --- folding ------------------------------------------------------------------------------------------------


def evolve(registry: Registry, act: Act) -> Registry:
    """Fold one act. Never refuses: what is stored has happened."""
    return replace(_folded(registry, act, act.event), version=registry.version + 1)


def _folded(registry: Registry, act: Act, event: Event) -> Registry:
    match event:
        case LedgerCreated():
            return replace(
                registry,
                genesis=Genesis(event.ledger_id, event.origin, event.log_key, event.operator_key, event.demo),
            )
        case AgencyRegistered():
            agency = Agency(
                event.id, event.kind, event.name, event.level, event.region, event.parent, event.branch_of,
                event.stationed_at, event.number_prefixes or (), event.root_key_id,
            )  # fmt: skip
            return replace(registry, agencies={**registry.agencies, event.id: agency})
        case AgencyChanged():
            return replace(registry, agencies=_changed(registry.agencies, event))
        case RouteSet():
            route = Route(event.region, event.kind, event.matter, event.agency, event.from_, event.to)
            return replace(registry, routes=(*registry.routes, route))
        case ParticipationSet():
            modes = (*registry.modes.get(event.agency, ()), (event.from_, event.mode))
            return replace(registry, modes={**registry.modes, event.agency: tuple(sorted(modes))})
        case ResponsiblePersonNamed():
            persons = {**registry.responsible.get(event.agency, {}), event.role: event.officer}
            return replace(registry, responsible={**registry.responsible, event.agency: persons})
        case OfficerAppointed():
            officer = Officer(event.officer, act.agency, event.name, event.from_)
            return replace(registry, officers={**registry.officers, event.officer: officer})
        case OfficerReplaced():
            new = Officer(event.by, act.agency, event.name, event.from_)
            return replace(
                registry,
                officers={**_released(registry.officers, event.officer, event.from_), event.by: new},
            )
        case OfficerReleased():
            return replace(registry, officers=_released(registry.officers, event.officer, event.from_))
        case KeyRegistered():
            key = Key(
                event.key_id, event.agency, event.purpose, event.custody, event.public_key,
                parse_moment(event.from_), event.officer, act.index,
            )  # fmt: skip
            return replace(registry, keys={**registry.keys, event.key_id: key})
        case KeyRevoked():
            revoked = _with_key(
                registry, event.key_id, revoked_at=act.index, doubt_since=parse_moment(event.since)
            )
            return replace(registry, keys=revoked)
        case AgencyCountersigned():
            signed = registry.keys[event.key_id].countersigned_by if event.key_id in registry.keys else ()
            return replace(
                registry, keys=_with_key(registry, event.key_id, countersigned_by=(*signed, act.agency))
            )
        case PackAdopted():
            adoption = Adoption(event.pack, event.version, event.digest, event.region, event.from_)
            return replace(registry, adoptions=(*registry.adoptions, adoption))
        case PackCountersigned():
            return replace(registry, adoptions=_countersigned(registry.adoptions, event, act.agency))
        case CalendarPublished():
            return replace(registry, publications=(*registry.publications, event))
        case LedgerStarted():
            return replace(registry, started={**registry.started, event.region: event.on})
        case BoundaryChanged():
            return replace(registry, boundaries=(*registry.boundaries, event))
        case SheetsKept():
            return replace(registry, sheets=(*registry.sheets, event))
        case _:
            return registry


def _changed(agencies: Mapping[str, Agency], event: AgencyChanged) -> Mapping[str, Agency]:
    old = agencies.get(event.id)
    if old is None:
        return agencies
    given = {
        f.name: getattr(event, f.name)
        for f in fields(Agency)
        if f.name not in ("id", "kind", "first_region") and getattr(event, f.name) is not None
    }
    new = replace(old, **given)
    if new.region != old.region:
        new = replace(new, first_region=old.registered_in)
    return {**agencies, event.id: new}


def _released(officers: Mapping[str, Officer], officer: str, on: date) -> Mapping[str, Officer]:
    if officer not in officers:
        return officers
    return {**officers, officer: replace(officers[officer], released_on=on)}


def _with_key(registry: Registry, key_id: str, **changes: object) -> Mapping[str, Key]:
    key = registry.keys.get(key_id)
    return registry.keys if key is None else {**registry.keys, key_id: replace(key, **changes)}  # type: ignore[arg-type]


def _countersigned(
    adoptions: tuple[Adoption, ...], event: PackCountersigned, by: str
) -> tuple[Adoption, ...]:
    return tuple(
        replace(a, countersigned_by=(*a.countersigned_by, by))
        if (a.pack, a.version, a.digest, a.region) == (event.pack, event.version, event.digest, event.region)
        else a
        for a in adoptions
    )


# --- keys ---------------------------------------------------------------------------------------------------


def check_key(
    registry: Registry,
    *,
    kid: str,
    agency: str,
    officer: str,
    name: str,
    event: Event | None,
    received_at_ms: int,
) -> Key:
    """Is that key that agency's, valid now, not revoked, and good for an act of this name?

    `event` is None where the payload could not be read (that is refused later, as schema_invalid).
    Raises Refusal: key_unknown, key_revoked, not_authorised.
    """
    key = registry.keys.get(kid)
    if key is None or key.agency != agency:
        raise Refusal("key_unknown", "该密钥未登记在本机构名下，请先登记密钥", field="kid")
    if key.revoked_at is not None:
        raise Refusal("key_revoked", "该密钥已撤销，请改用新密钥签名", field="kid")
    if key.purpose == "encrypt":
        raise Refusal("not_authorised", "加密密钥不能用于签名", field="kid")
    now = from_milliseconds(received_at_ms)
    if now < key.valid_from:
        raise Refusal("key_unknown", f"该密钥自 {key.valid_from:%Y-%m-%d %H:%M} 起生效", field="kid")
    if key.purpose == "root":
        if name not in ROOT_MAY_SIGN:
            raise Refusal("not_authorised", "根密钥只用于登记密钥、人员和副署", field="kid")
        return key
    if name == "KeyRegistered":
        raise Refusal("not_authorised", "登记密钥应由本机构根密钥签名", field="kid")
    if isinstance(event, KeyRevoked) and event.key_id != kid:
        raise Refusal("not_authorised", "联络员密钥只能撤销自己；撤销其他密钥请用根密钥", field="key_id")
    if key.officer != officer:
        raise Refusal("key_unknown", "该密钥不属于所写联络员", field="officer")
    person = registry.officers.get(officer)
    today = now.date()
    if person is None or person.valid_from > today or (person.released_on or date.max) <= today:
        raise Refusal("not_authorised", f"{officer} 不是在任联络员", field="officer")
    return key


ROOT_MAY_SIGN = frozenset(
    {
        "KeyRegistered",
        "KeyRevoked",
        "OfficerAppointed",
        "OfficerReplaced",
        "OfficerReleased",
        "ResponsiblePersonNamed",
        "AgencyCountersigned",
        "PackCountersigned",
    }
)
"""Acts that an agency's root key may sign; all else is signed by its officers."""
