"""Rows of a pack and entries of a dossier as a test needs them, to ask what the duties make of both."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from domain.acts import EVENTS, Act
from domain.duties import Duty, Pack, Row, Rules, duties_of
from domain.entries import Copy, Entry
from domain.forms import build
from domain.registry import Registry
from domain.values import milliseconds, parse_moment
from gongze.packs import read_pack
from tests.worlds import GOVERNMENT, NR, START, Office, adopt, calendar, day, founded

HEAD = """
[pack]
id = "probe"
name_zh = "试验"
version = "1"
valid_from = 2024-01-01
[instruments]
"办法" = "试验办法"
"""
REPORT = {"government": GOVERNMENT, "report_no": "报1"}


def pack(*rows: str) -> Pack:
    made = "".join(f'[[duty]]\nname_zh = "责任"\nsource = "办法 §1"\n{row}\n' for row in rows)
    return read_pack((HEAD + made).encode(), "probe.toml")


def registry_with(
    of: Pack, *, region: str = "540100", valid_from: str = START, started: str = START
) -> Registry:
    office = Office(founded())
    adopt(office, of, region=region, valid_from=valid_from)
    office.act("LedgerStarted", region="540000", on=started)
    return office.registry


def rules_of(registry: Registry, of: Pack) -> Rules:
    return Rules(registry, registry.calendar(calendar()), {of.digest: of})


@dataclass(frozen=True)
class Papers:
    """A dossier of entries as given, to ask what the engine makes of what no act states yet."""

    entries: tuple[Entry, ...]
    id: str = "拉1号"
    copies: dict[str, Copy] = field(default_factory=dict)
    begun: bool = True

    @property
    def acts(self) -> tuple[Act, ...]:
        return tuple(e.act for e in self.entries if e.stands_for is None)

    def home(self, registry: Registry, on: date | None = None) -> str:
        return NR

    def meant(
        self, selector: str, subjects: Any, entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        if selector == "addressee" and entry is not None:
            return entry.facts.get("to", ())
        return (f"{selector}.lhasa",)

    def refold(self, acts: tuple[Act, ...], registry: Registry) -> "Papers":
        kept = {a.id for a in acts}
        return replace(self, entries=tuple(e for e in self.entries if e.act.id in kept))


def paper(
    number: int, type_: str, agency: str, on: str, *, signer: str | None = None, received: str | None = None,
    data: dict[str, Any] | None = None, **how: Any,
) -> Entry:  # fmt: skip
    """`received` is a moment; else it came in at ten in the morning of the day."""
    moment = parse_moment(received or f"{on}T10:00:00+08:00")
    event = build(EVENTS[type_].cls, data or {})
    act = Act(
        f"{number:032x}", "case/拉1号", agency, signer or agency, f"{agency}/1", day(on), milliseconds(moment), event,
        number,
    )  # fmt: skip
    how.setdefault("subjects", {"case": "拉1号", "report": "r"})
    return Entry(act, **how)


def of_papers(row: str | Row, *entries: Entry, **how: Any) -> tuple[list[Duty], Rules]:
    of = pack(row) if isinstance(row, str) else replace(pack(), rows=(row,))
    registry = registry_with(of)
    rules = rules_of(registry, of)
    return list(duties_of(Papers(entries, **how), rules)), rules
