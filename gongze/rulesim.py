"""What another rule pack would change: two packs compared row by row, and today's acts counted under a pack that
nobody has adopted yet. Nothing is written; a locality looks before it adopts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from domain import dossiers, mechanism
from domain.acts import Act
from domain.duties import Duty, Pack, Rules, duties_of, late_counts, state
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import STREAM
from gongze.ledger import BoardRow, Ledger
from gongze.packs import PackFaulty, read_pack, shipped
from gongze.shapes import duty as shape_of

COMPARED = (
    "holder", "recipient", "recipients", "opened_on", "due_on", "due_at", "earliest_due_on", "not_before", "warn_on",
    "state",
)  # fmt: skip
"""What makes an instance another one for the people on both sides of it; wording and source do not."""
_OF_REGIONS = (STREAM, "meeting", "reconciliation")
"""Kinds of streams that a region's mechanism is folded from."""
_TABLES = (("duty", "rows"), ("refers", "references"), ("later", "later"))
"""Tables of a pack file, and where `Pack` keeps them."""


def pack_named(name: str, field: str) -> Pack:
    """A pack by its file, or by the id of one that came with the software. Raises Refusal."""
    path = Path(name)
    if path.is_file():
        try:
            return read_pack(path.read_bytes(), name)
        except PackFaulty as faulty:
            raise Refusal("pack_faulty", f"规则包有误：{faulty.faults[0]}", field) from None
    found = next((pack for _, pack in shipped().values() if pack.id == name), None)
    if found is None:
        raise Refusal("pack_unknown", f"没有规则包 {name}，请写文件名或随附规则包的编号", field)
    return found


# --- two packs compared -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, as it was and as it would be; None where it is not written."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowChange:
    id: str
    name_zh: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class PackDiff:
    """`added` and `removed` hold rows as (id, its fields); `head` what is said of the pack as a whole."""

    head: tuple[FieldChange, ...]
    added: tuple[tuple[str, Mapping[str, Any]], ...]
    removed: tuple[tuple[str, Mapping[str, Any]], ...]
    changed: tuple[RowChange, ...]

    @property
    def same(self) -> bool:
        return not (self.head or self.added or self.removed or self.changed)


def diff(before: Pack, after: Pack) -> PackDiff:
    """What `after` would change of `before`, in the order of the rows in their files."""
    old, new = _rows(before), _rows(after)
    changed = []
    for id_, row in old.items():
        found = _field_changes(row, new.get(id_, row))
        if found:
            changed.append(RowChange(id_, _name(new[id_], row), found))
    return PackDiff(
        _field_changes(_head(before), _head(after)),
        tuple((id_, row) for id_, row in new.items() if id_ not in old),
        tuple((id_, row) for id_, row in old.items() if id_ not in new),
        tuple(changed),
    )


def _name(*rows: Mapping[str, Any]) -> str:
    return next((row["name_zh"] for row in rows if row.get("name_zh")), "")


def _head(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack.id, "name_zh": pack.name_zh, "version": pack.version, "valid_from": pack.valid_from.isoformat(),
        "instruments": dict(pack.instruments),
    }  # fmt: skip


def _rows(pack: Pack) -> dict[str, Mapping[str, Any]]:
    """Everything with an id, whichever table it stands in: a duty that becomes a reference is a change of it."""
    found: dict[str, Mapping[str, Any]] = {}
    for table, attribute in _TABLES:
        for row in getattr(pack, attribute):
            found[row.id] = {"table": table, **{k: v for k, v in _plain(row).items() if k != "id"}}
    return found


def _field_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    )


def _plain(value: Any) -> Any:
    """A row as a reader wrote it: what has its default is left out, a match of an event alone is its name."""
    if is_dataclass(value):
        shown = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if _written(value, f)}
        return shown["event"] if shown.keys() == {"event"} else shown
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (tuple, list, frozenset, set)):
        listed = sorted(value) if isinstance(value, (frozenset, set)) else value
        return [_plain(inner) for inner in listed]
    return value.isoformat() if isinstance(value, date) else value


def _written(value: Any, field: Any) -> bool:
    found = getattr(value, field.name)
    if field.default_factory is not MISSING:
        return bool(found != field.default_factory())
    return field.default is MISSING or bool(found != field.default)


# --- today's acts under another pack ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DutyChange:
    """One instance that would differ. `before`, `after`: as the board shows it; None where it would not be."""

    kind: Literal["appeared", "disappeared", "changed"]
    case: str
    duty: str
    name_zh: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """What differs of an instance that is there both times."""
        if self.before is None or self.after is None:
            return ()
        return _field_changes(_compared(self.before), _compared(self.after))


@dataclass(frozen=True, slots=True)
class Simulation:
    """`instances`: how many there are under the adopted packs; `replaced`: the digests that the pack stood in for."""

    pack: Pack
    as_of: date
    replaced: tuple[str, ...]
    instances: int
    changes: tuple[DutyChange, ...]


def simulate(ledger: Ledger, pack: Pack, as_of: date) -> Simulation:
    """The duties as of a day, once as adopted and once with `pack` in place of the adopted one of its id.

    It stands in for that one everywhere and always, also where different versions were adopted one after the other.
    Raises Refusal("pack_unknown") where none of that id is adopted.
    """
    adopted = ledger.rules()
    imagined = rules_with(adopted, pack)
    changes: list[DutyChange] = []
    instances = 0
    for dossier in _dossiers(ledger):
        before = _shown(duties_of(dossier, adopted, as_of), adopted, as_of)
        after = _shown(duties_of(dossier, imagined, as_of), imagined, as_of)
        instances += len(before)
        changes += compared(before, after)
    replaced = tuple(dict.fromkeys(a.digest for a in adopted.registry.adoptions if a.pack == pack.id))
    return Simulation(pack, as_of, replaced, instances, tuple(changes))


def rules_with(rules: Rules, pack: Pack) -> Rules:
    """The rules as if `pack` had been adopted wherever and whenever another of its id was."""
    registry = rules.registry
    if all(adoption.pack != pack.id for adoption in registry.adoptions):
        raise Refusal("pack_unknown", f"本台账没有采用编号为 {pack.id} 的规则包，无可比较", "PACK")
    adoptions = tuple(
        replace(a, digest=pack.digest, version=pack.version) if a.pack == pack.id else a
        for a in registry.adoptions
    )
    registry = replace(registry, adoptions=adoptions)
    return replace(rules, registry=registry, packs={**rules.packs, pack.digest: pack})


def compared(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Iterator[DutyChange]:
    """Which instances of one dossier differ.

    The same instance bears the same id; where only its holder differs, both are about the same thing and opened by
    the same act, and they are one instance that changes hands.
    """
    old, new = {d["id"]: d for d in before}, {d["id"]: d for d in after}
    pairs = [(old[id_], new.get(id_)) for id_ in old]
    fresh = defaultdict(list)
    for id_, one in new.items():
        if id_ not in old:
            fresh[_about(one)].append(one)
    for one, same in pairs:
        waiting = fresh.get(_about(one))
        if same is None and waiting:
            same = waiting.pop(0)
        if same is None:
            yield DutyChange("disappeared", one["case"], one["duty"], one["name_zh"], one, None)
        elif _compared(one) != _compared(same):
            yield DutyChange("changed", one["case"], one["duty"], same["name_zh"], one, same)
    for one in (o for listed in fresh.values() for o in listed):
        yield DutyChange("appeared", one["case"], one["duty"], one["name_zh"], None, one)


def _about(shown: Mapping[str, Any]) -> tuple[str, str, str]:
    return shown["case"], shown["duty"], shown["opened_by"] or shown["opened_on"]


def _compared(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in COMPARED if name in shown}


def _shown(duties: Iterable[Duty], rules: Rules, as_of: date) -> list[dict[str, Any]]:
    return [
        shape_of(BoardRow(d, state(d, as_of, rules), late_counts(d, rules.registry, as_of))) for d in duties
    ]


def _dossiers(ledger: Ledger) -> Iterator[Dossier]:
    """Every dossier of the ledger and every region's mechanism, read from the acts themselves: the projections would
    have to be written first."""
    registry = ledger.registry()
    streams = tuple(dict.fromkeys(entry.stream for entry in ledger.entries()))
    of_regions: list[Act] = []
    for stream in streams:
        kind = stream.partition("/")[0]
        if kind in dossiers.STREAMS:
            yield ledger.dossier(dossiers.dossier_id(stream), registry=registry)
        if kind in _OF_REGIONS:
            of_regions += ledger.acts(stream)
    of_regions.sort(key=lambda act: act.index)
    for region in mechanism.mechanisms(registry):
        yield mechanism.fold(region, of_regions, registry)
