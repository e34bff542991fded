"""A small world for tests of the domain: the sample locality's registry and one case, purely; no key, no store.

`World().act(...)` does what a client and the ledger do with one act, without signatures: references are resolved
as typed, the act is judged by `decide`, folded by `evolve`. Whatever is refused raises and changes nothing.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import EVENTS, Act
from domain.calendar import Calendar
from domain.cases import Case, behalf, decide, evolve, fold, resolved
from domain.duties import Duty, Pack, Rules, Standing, duties_of, state
from domain.forms import build
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import SHANGHAI, Basis, milliseconds
from gongze.packs import shipped

CASE = "拉自然资执〔2026〕1号"
START = "2024-01-01"
SCAN = {
    "number": "扫描件1", "title": "文书扫描件", "kind": "扫描件", "sha256": "ab" * 32,
    "media_type": "application/pdf", "bytes": 1024,
}  # fmt: skip
PLACES = {
    "xizang": ("540000", "province", None),
    "lhasa": ("540100", "city", "拉"),
    "chengguan": ("540102", "county", "城"),
    "duilong": ("540103", "county", "堆"),
    "dagze": ("540104", "county", "达"),
    "lhasa-park": ("540199", "park", "园"),
}
PARENTS = {
    "lhasa": "xizang",
    "chengguan": "lhasa",
    "duilong": "lhasa",
    "dagze": "lhasa",
    "lhasa-park": "lhasa",
}
KINDS = ("nr", "court", "procuratorate", "police", "discipline", "government")


def day(text: str) -> date:
    return date.fromisoformat(text)


def _span(first: str, last: str) -> list[date]:
    return [day(first) + timedelta(n) for n in range((day(last) - day(first)).days + 1)]


def _days(*spans: tuple[str, str]) -> list[date]:
    return [d for first, last in spans for d in _span(first, last)]


@cache
def calendar() -> Calendar:
    """放假安排: the State Council's notices for 2024 (国办发明电〔2023〕7号), 2025 (〔2024〕12号), 2026 (〔2025〕7号)."""
    found = Calendar({})
    found = found.published(
        2024, None,
        _days(("2024-01-01", "2024-01-01"), ("2024-02-10", "2024-02-17"), ("2024-04-04", "2024-04-06"),
              ("2024-05-01", "2024-05-05"), ("2024-06-10", "2024-06-10"), ("2024-09-15", "2024-09-17"),
              ("2024-10-01", "2024-10-07")),
        [day(d) for d in ("2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
                          "2024-09-29", "2024-10-12")],
        "国办发明电〔2023〕7号",
    )  # fmt: skip
    found = found.published(
        2025, None,
        _days(("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
              ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08")),
        [day(d) for d in ("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11")],
        "国办发明电〔2024〕12号",
    )  # fmt: skip
    return found.published(
        2026, None,
        _days(("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
              ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
              ("2026-10-01", "2026-10-07")),
        [day(d) for d in ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")],
        "国办发明电〔2025〕7号",
    )  # fmt: skip


def _moment(on: date, minute: int = 0) -> int:
    return milliseconds(datetime.combine(on, time(10), SHANGHAI) + timedelta(minutes=minute % 600))


class Office:
    """A registry under construction: what `decide` accepts is folded."""

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry or Registry()

    def act(self, type_: str, actor: str = "operator", on: str = START, /, **data: Any) -> Act:
        made = Act(
            f"{self.registry.version:032x}", "registry", actor, actor, f"{actor}/1", day(on), _moment(day(on)),
            build(EVENTS[type_].cls, {k.rstrip("_"): v for k, v in data.items()}), self.registry.version,
        )  # fmt: skip
        registry_rules.decide(self.registry, made)
        self.registry = registry_rules.evolve(self.registry, made)
        return made

    def refused(
        self, type_: str, actor: str = "operator", on: str = START, /, **data: Any
    ) -> tuple[str, str | None]:
        before = self.registry
        with pytest.raises(Refusal) as refused:
            self.act(type_, actor, on, **data)
        assert self.registry is before
        return refused.value.code, refused.value.field


def root_of(agency: str) -> str:
    """An invented key thumbprint, 64 hex digits."""
    return agency.encode().hex().ljust(64, "0")[:64]


@cache
def founded() -> Registry:
    """The genesis and the agencies of the sample locality, without packs or routes."""
    office = Office()
    office.act(
        "LedgerCreated", ledger_id="0" * 64, origin="gongze.example/lhasa", log_key="example+00+00",
        operator_key="11" * 32, demo=True,
    )  # fmt: skip
    for place, (region, level, prefix) in PLACES.items():
        for kind in KINDS if place != "lhasa-park" else ("nr", "government"):
            data: dict[str, Any] = {"id": f"{kind}.{place}", "kind": kind, "name": f"{place}{kind}", "level": level,
                                    "region": region, "root_key_id": root_of(f"{kind}.{place}")}  # fmt: skip
            if place in PARENTS:
                data["parent"] = f"{kind}.{PARENTS[place]}"
            if kind == "nr" and prefix:
                data["number_prefixes"] = [prefix]
            office.act("AgencyRegistered", **data)
    return office.registry


@cache
def lhasa() -> Registry:
    """The sample locality at work: routes of the park, both packs adopted, the ledger started in 2024."""
    office = Office(founded())
    for kind in ("court", "procuratorate"):
        office.act(
            "RouteSet",
            region="540199",
            kind=kind,
            matter="non_litigation",
            agency=f"{kind}.duilong",
            from_=START,
        )
    for name in ("lhasa", "statutory"):
        adopt(office, shipped()[name][1])
    office.act("LedgerStarted", region="540100", on=START)
    return office.registry


def adopt(office: Office, pack: Pack, *, region: str = "540100", valid_from: str = START) -> None:
    office.act(
        "PackAdopted", pack=pack.id, version=pack.version, digest=pack.digest, region=region, from_=valid_from
    )


class World:
    """One case in the sample locality. Days are written as text; an act is received on its own day unless said."""

    def __init__(
        self, case: str = CASE, registry: Registry | None = None, packs: tuple[Pack, ...] | None = None
    ) -> None:
        self.registry = registry or lhasa()
        self.packs = packs or tuple(pack for _, pack in shipped().values())
        self.case = Case(id=case)
        self.before = self.case

    # -- acts

    def proposed(
        self, type_: str, actor: str, on: str, received: str | None = None, basis: dict[str, Any] | None = None,
        /, **data: Any,
    ) -> Act:  # fmt: skip
        """The act as a client would sign it, numbers resolved as far as they can be."""
        event = build(EVENTS[type_].cls, data)
        if basis is not None:
            event = replace(event, behalf=build(Basis, basis))
        event = resolved(self.case, self.registry, event, actor, day(on))
        number = len(self.case.acts)
        return Act(
            f"{number + 1:032x}", f"case/{self.case.id}", actor, actor, f"{actor}/1", day(on),
            _moment(day(received or on), number), event, number,
        )  # fmt: skip

    def act(self, type_: str, actor: str, on: str, received: str | None = None, /, **data: Any) -> Act:
        made = self.proposed(type_, actor, on, received, **data)
        decide(self.case, made, self.registry, made.received_on)
        self.before, self.case = self.case, evolve(self.case, made, self.registry)
        return made

    def on_behalf(
        self, type_: str, agency: str, signer: str, on: str, received: str | None = None, /,
        *, how: str = "copy", scan: bool = True, **data: Any,
    ) -> Act:  # fmt: skip
        """代录: `signer` records an act of `agency`, with or without the document it rests on."""
        basis = {"how": how, "obtained_on": received or on}
        if scan:
            data["documents"] = [SCAN]
        made = self.proposed(type_, agency, on, received, basis, **data)
        made = replace(made, signer=signer, officer=f"{signer}/1")
        behalf.check_form(type_, made.event, agency, signer)
        decide(self.case, made, self.registry, made.received_on)
        after = evolve(self.case, made, self.registry)
        behalf.check_recorder(after, made, self.registry)
        self.before, self.case = self.case, after
        return made

    def not_on_behalf(
        self, type_: str, agency: str, signer: str, on: str, received: str | None = None, /, **data: Any
    ) -> tuple[str, str | None]:
        """(code, field) of the refusal that this recording meets; the case stays as it was."""
        before = self.case
        with pytest.raises(Refusal) as refused:
            self.on_behalf(type_, agency, signer, on, received, **data)
        assert self.case is before
        return refused.value.code, refused.value.field

    def refused(
        self, type_: str, actor: str, on: str, received: str | None = None, /, **data: Any
    ) -> tuple[str, str | None]:
        """(code, field) of the refusal that this act meets; the case stays as it was."""
        before = self.case
        with pytest.raises(Refusal) as refused:
            self.act(type_, actor, on, received, **data)
        assert self.case is before
        return refused.value.code, refused.value.field

    # -- what follows

    @property
    def rules(self) -> Rules:
        return Rules(
            self.registry, self.registry.calendar(calendar()), {pack.digest: pack for pack in self.packs}
        )

    def duties(self, as_of: str | None = None) -> tuple[Duty, ...]:
        return duties_of(self.case, self.rules, day(as_of) if as_of else None)

    def duty(self, row: str, as_of: str | None = None) -> Duty:
        """The only instance of a row."""
        found = [d for d in self.duties(as_of) if d.row.id == row]
        assert len(found) == 1, f"{row}: {len(found)} instances"
        return found[0]

    def standing(self, row: str, on: str) -> Standing:
        """How the only instance of a row stands, as of that day."""
        return state(self.duty(row, on), day(on), self.rules)

    def board(self, on: str) -> set[str]:
        """The rows that have an instance as of a day."""
        return {d.row.id for d in self.duties(on)}

    def irregular(self, act: Act | None = None) -> set[str]:
        """Codes of the irregularities of the newest act."""
        return {i.code for i in self.irregularities(act)}

    def irregularities(self, act: Act | None = None) -> tuple[Any, ...]:
        newest = act or self.case.acts[-1]
        assert newest.id == self.case.acts[-1].id
        return dossiers.irregularities(self.before, self.case, newest, self.rules)

    def refolded(self) -> Case:
        return fold(self.case.id, self.case.acts, self.registry)


# --- a case told up to a point ------------------------------------------------------------------------------

DECISION = "拉自然资罚〔2025〕1号"
APPLICATION = "拉自然资申〔2026〕1号"
RULING = "（2026）藏0102行审1号之一"
NR, COURT, PROCURATORATE, GOVERNMENT = (
    "nr.lhasa",
    "court.chengguan",
    "procuratorate.lhasa",
    "government.lhasa",
)


def filed(world: World | None = None, on: str = "2025-08-01", actor: str = NR, /, **changes: Any) -> World:
    """立案: one party, land taken without approval, in Chengguan."""
    world = world or World()
    data: dict[str, Any] = {
        "title": "未批先占建房案", "parties": [{"name": "甲公司"}],
        "place": {"region": "540102", "address": "示例村一组", "area_m2": "1200.00"},
        "violation": "unapproved_land_use", "source": "patch",
    }  # fmt: skip
    world.act("CaseFiled", actor, on, **{**data, **changes})
    return world


def decided(
    world: World | None = None, /, items: list[dict[str, Any]] | None = None, **changes: Any
) -> World:
    """处罚决定 on 2025-10-10, served on 2025-10-15: one demolition order unless other items are given."""
    world = filed(world, **changes)
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=items or [{"kind": "demolish"}])
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct")
    return world


def applied(world: World | None = None, on: str = "2026-02-10", /, **changes: Any) -> World:
    """催告 on 2025-12-29, then 申请强制执行: in the window of a land demolition (2025-12-15 to 2026-01-30) only if
    `on` says so; the usual day is 2026-02-10, before the Spring Festival."""
    world = world or decided()
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    data = {"court": COURT, "decision_no": DECISION, "application_no": APPLICATION, **changes}
    world.act("EnforcementApplied", NR, on, **data)
    return world


def accepted(world: World | None = None, on: str = "2026-02-12", /) -> World:
    world = world or applied()
    world.act("EnforcementAccepted", COURT, on, review_case_no="（2026）藏0102行审1号")
    return world


def granted(world: World | None = None, on: str = "2026-02-24", /, **changes: Any) -> World:
    world = world or accepted()
    world.act("EnforcementGranted", COURT, on, **{"ruling_no": RULING, "executor": "government", **changes})
    return world
