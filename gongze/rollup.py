"""汇总 An agency above several regions, each with a ledger of its own: what each topic shows it, checked, on one board.

Each region has a file of its own below the data folder, so that a fault of one is no other's. Duties are computed with
the region's own registry and packs from the acts shown; what an act that is hidden might have ended is marked, not guessed.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import Any, TypeGuard

from connectors.broker import Access, BrokerUnreachable, TopicCut, read_all
from connectors.province import Extent, Message, Named, RegionCopy, Trust
from connectors.shown import Fault
from domain import dossiers
from domain import mechanism as mechanism_rules
from domain.disclosure import Reader
from domain.duties import Pack, Rules, Standing, duties_of, escalated, late_counts, state
from domain.entries import Dossier
from domain.mechanism import Mechanism
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from events.calendars import national_calendar
from gongze.exchange import access, access_of
from gongze.ledger import BoardRow
from gongze.packs import PackFaulty, read_pack, shipped
from gongze.settings import KNOWN, Settings, kafka_of
from gongze.tomltext import parsed
from projections.folding import FAULTS

FILE_MAX, PACK_MAX = 1 << 20, 4 << 20
REGIONS_MAX = 500
BATCH = 500
POLL_SECONDS = 5.0
_HEX = re.compile(r"[0-9a-f]{64}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_BROKER = ("bootstrap", "security_protocol", "user", "password_file", "ca_file")
_KEYS = {"name", "agency", "ledger", "genesis", "topics", "roots", "packs", *_BROKER}


@dataclass(frozen=True, slots=True)
class Region:
    """One region as the file of regions has it."""

    name: str
    trust: Trust
    topics: tuple[str, ...]
    access: Access
    packs: tuple[Pack, ...] = ()

    def path(self, settings: Settings) -> Path:
        """Its file: the name of a ledger is no name for a file."""
        mark = sha256(f"{self.trust.ledger}\n{self.trust.agency}".encode()).hexdigest()
        return settings.data_dir / "rollup" / f"{mark[:32]}.db"


# -- the file of regions


def read_regions(path: Path, settings: Settings) -> list[Region]:
    """Raises Refusal("regions_unusable", "settings_unusable"), OSError. Paths in it are relative to the file."""
    with path.open("rb") as file:
        raw = file.read(FILE_MAX + 1)
    try:
        data = parsed(raw) if len(raw) <= FILE_MAX else {}
    except tomllib.TOMLDecodeError as error:
        raise _unusable(f"{path} 不是 TOML：{error}", None) from None
    listed = data.get("region")
    if data.keys() != {"region"} or not isinstance(listed, list) or not 0 < len(listed) <= REGIONS_MAX:
        raise _unusable(f"{path} 应有一个以上 [[region]]，没有别的", None)
    regions = [_region(one, f"region.{n}", path.parent, settings) for n, one in enumerate(listed, 1)]
    for what, given in (
        ("name", [r.name for r in regions]), ("ledger", [r.path(settings) for r in regions]),
    ):  # fmt: skip
        if len(set(given)) < len(given):
            raise _unusable(f"两个 [[region]] 的 {what} 相同", what)
    return regions


def _region(data: Any, at: str, base: Path, settings: Settings) -> Region:
    if not isinstance(data, dict):
        raise _unusable("应写作 [[region]]", at)
    for key in sorted(data.keys() - _KEYS):
        raise _unusable(f"没有“{key}”这一项，请核对拼写", f"{at}.{key}")
    name, agency, ledger = (_text(data, key, at) for key in ("name", "agency", "ledger"))
    genesis = _text(data, "genesis", at)
    if not _HEX.fullmatch(genesis):
        raise _unusable("建账记录的承诺应为 64 位小写十六进制", f"{at}.genesis")
    topics = data.get("topics")
    if (
        not isinstance(topics, list)
        or not topics
        or not all(isinstance(x, str) and _TOPIC.fullmatch(x) for x in topics)
    ):
        raise _unusable('应写明本机关的主题，如 ["gongze.540000.nr"]', f"{at}.topics")
    roots = data.get("roots", {})
    if not isinstance(roots, dict) or not all(
        isinstance(v, str) and _HEX.fullmatch(v) for v in roots.values()
    ):
        raise _unusable("应为“机构代码 = 根密钥指纹（64 位小写十六进制）”", f"{at}.roots")
    packs = data.get("packs", [])
    if not isinstance(packs, list) or not all(map(_is_printed, packs)):
        raise _unusable("应为规则包文件的列表", f"{at}.packs")
    return Region(
        name, Trust(ledger, bytes.fromhex(genesis), agency, roots), tuple(dict.fromkeys(topics)),
        _access(data, at, base, settings), tuple(_pack(base / one, f"{at}.packs") for one in packs),
    )  # fmt: skip


def _text(data: Mapping[str, Any], key: str, at: str) -> str:
    value = data.get(key)
    if not _is_printed(value) or len(value) > 300:
        raise _unusable(f"缺少 {key}，应为文本", f"{at}.{key}")
    return value


def _is_printed(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _access(data: Mapping[str, Any], at: str, base: Path, settings: Settings) -> Access:
    """The region's own broker; where it names none, that of the settings."""
    given = {key: _text(data, key, at) for key in _BROKER if key in data}
    if "bootstrap" not in given:
        if given:
            raise _unusable("写了连接的其他设置，请同时写明 bootstrap", f"{at}.bootstrap")
        return access(settings)
    for key in ("password_file", "ca_file"):
        if key in given:
            given[key] = str(base / given[key])
    values = KNOWN | {f"GONGZE_KAFKA_{key.upper()}": given.get(key, "") for key in _BROKER}
    values["GONGZE_KAFKA_SECURITY_PROTOCOL"] = given.get("security_protocol", "PLAINTEXT")
    try:
        kafka = kafka_of(values)
    except Refusal as refusal:
        raise _unusable(refusal.message, f"{at}.security_protocol") from None
    assert kafka is not None
    return access_of(kafka)


def _pack(path: Path, at: str) -> Pack:
    with path.open("rb") as file:
        content = file.read(PACK_MAX + 1)
    if len(content) > PACK_MAX:
        raise _unusable(f"{path} 太大，不是规则包", at)
    try:
        return read_pack(content, path.name)
    except PackFaulty as faulty:
        raise _unusable(f"规则包不能用：{faulty.faults[0]}", at) from None


def _unusable(message: str, field_name: str | None) -> Refusal:
    return Refusal("regions_unusable", message, field_name or "--regions")


# -- reading


def catch_up(region: Region, copy: RegionCopy) -> None:
    """Take in what the topics have now. Raises BrokerUnreachable."""
    for topic in region.topics:
        start = copy.position(topic)
        try:
            coming = read_all(region.access, topic, start, whole=True)
            while records := list(islice(coming, BATCH)):
                copy.take(topic, [Message(r.offset, r.key, r.value, r.headers) for r in records])
        except TopicCut as cut:
            copy.name(topic, start, Fault("topic_cut", None, str(cut)))


@dataclass
class Reading:
    """Reads each region in turn; one that cannot be reached holds up no other."""

    regions: Sequence[Region]
    settings: Settings
    say: Callable[[str], None]
    why: dict[str, str] = field(default_factory=dict)
    """Regions that could not be reached the last time, and why."""
    _faults: dict[str, int] = field(default_factory=dict)

    def once(self, stop: Event) -> bool:
        """Whether all were read to their ends, or tried."""
        for region in self.regions:
            if stop.is_set():
                return False
            with RegionCopy(region.path(self.settings), region.trust) as copy:
                self._one(region, copy)
        return True

    def follow(self, stop: Event) -> bool:
        while not stop.is_set():
            self.once(stop)
            stop.wait(POLL_SECONDS)
        return True

    def _one(self, region: Region, copy: RegionCopy) -> None:
        before = self.why.pop(region.name, None)
        try:
            catch_up(region, copy)
        except (BrokerUnreachable, Refusal) as error:  # the latter of this region's password or certificate
            why = error.message if isinstance(error, Refusal) else str(error)
            self.why[region.name] = why
            if before != why:
                self.say(f"{region.name}：读不到新的记录（{why}）")
            return
        if before is not None:
            self.say(f"{region.name}：已恢复，继续")
        faults = copy.faults()
        fresh = len(faults) - self._faults.get(region.name, 0)
        if fresh > 0:  # one hole in the registry may have many after it: they are on the board
            self.say(
                f"{region.name}：{fresh} 处不符，如 [{faults[-fresh].fault.code}] {faults[-fresh].fault.what}"
            )
        self._faults[region.name] = len(faults)


# -- the board


@dataclass(frozen=True, slots=True)
class Tally:
    """How much one agency of a region owes as of the board's day. `unclear`: it might have been done out of sight."""

    region: str
    agency: str
    name: str
    owed: int
    overdue: int
    unclear: int


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty of a region. `certain`: no act that is hidden from here could have changed how it stands."""

    row: BoardRow
    certain: bool


@dataclass(frozen=True, slots=True)
class RegionBoard:
    """One region as of a day."""

    region: Region
    registry: Registry
    extent: Extent
    owed: tuple[Owed, ...]
    faults: tuple[Named, ...]
    packs_missing: tuple[str, ...]
    unread: tuple[str, ...]
    """Cases that cannot be folded from what is shown of them."""
    why: str | None
    """Why it could not be reached, if it could not."""

    @property
    def ok(self) -> bool:
        return not (self.faults or self.packs_missing or self.unread or self.why)


def board(region: Region, settings: Settings, as_of: date, why: str | None = None) -> RegionBoard:
    """What is owed in a region, as far as its acts were shown to the agency above."""
    with RegionCopy(region.path(settings), region.trust) as copy:
        registry = copy.registry()
        known = {p.digest: p for p in (*(pack for _, pack in shipped().values()), *region.packs)}
        missing = tuple(dict.fromkeys(a.digest for a in registry.adoptions if a.digest not in known))
        registry = replace(registry, adoptions=tuple(a for a in registry.adoptions if a.digest in known))
        rules = Rules(registry, registry.calendar(national_calendar()), known)
        unread: list[str] = []
        owed = chain(
            _of_dossiers(copy, rules, region.trust.agency, as_of, unread),
            _of_mechanisms(copy, rules, region.trust.agency, as_of),
        )
        return RegionBoard(
            region, registry, copy.extent(), tuple(owed), tuple(copy.faults()), missing, tuple(unread), why
        )


def _of_dossiers(
    copy: RegionCopy, rules: Rules, viewer: str, as_of: date, unread: list[str]
) -> Iterator[Owed]:
    holed = copy.holed()
    for stream, whole in copy.streams().items():
        if stream.partition("/")[0] not in dossiers.STREAMS:
            continue
        try:
            dossier = dossiers.fold(stream, tuple(copy.acts([stream])), rules.registry)
            rows = _rows(dossier, rules, as_of)
        except FAULTS:
            unread.append(dossiers.dossier_id(stream))
            continue
        reader = Reader(rules.registry, viewer, dossier)
        for row in rows:
            if _shown(reader, row, as_of):
                yield Owed(row, whole or (stream not in holed and _moved_in_sight(reader, row)))


def _moved_in_sight(reader: Reader, row: BoardRow) -> bool:
    """What is computed rests on service and remedies, which a department above sees and others may not."""
    return reader.sees_what_moves(row.duty) and (row.duty.row.computed is None or "nr" in reader.roles)


def _of_mechanisms(copy: RegionCopy, rules: Rules, viewer: str, as_of: date) -> Iterator[Owed]:
    """What is owed apart from any case, as far as the agency has to do with it: the rest is the region's own."""
    kinds = ("meeting", "reconciliation")
    streams = {s: whole for s, whole in copy.streams().items() if s.partition("/")[0] in kinds}
    acts = copy.acts([REGISTRY, *streams])
    for region in mechanism_rules.mechanisms(rules.registry):
        mechanism = mechanism_rules.fold(region, acts, rules.registry)
        reader = Reader(rules.registry, viewer, mechanism)
        for row in _rows(mechanism, rules, as_of):
            if _shown(reader, row, as_of):
                yield Owed(row, bool(reader.roles) and all(streams.values()))


def _rows(dossier: Dossier | Mechanism, rules: Rules, as_of: date) -> list[BoardRow]:
    return [
        BoardRow(d, state(d, as_of, rules), late_counts(d, rules.registry, as_of))
        for d in duties_of(dossier, rules, as_of)
    ]


def _shown(reader: Reader, row: BoardRow, as_of: date) -> bool:
    """By the same rule of disclosure as everywhere."""
    standing: Standing = row.standing
    reached = {
        agency
        for step in escalated(row.duty, standing)
        for agency in reader.dossier.meant(step.to, {}, None, as_of, reader.registry)
    }
    return reader.sees_duty(row.duty, reached)


def tallies(boards: Sequence[RegionBoard]) -> list[Tally]:
    """By agency and region, whoever is overdue most first. Only duties count, neither windows nor what waits."""
    found = []
    for one in boards:
        counts: dict[str, list[int]] = {}
        for owed in one.owed:
            standing, duty = owed.row.standing.state, owed.row.duty
            if duty.row.kind != "duty" or standing not in (
                "overdue",
                "due_soon",
                "open",
                "extended",
                "suspended",
            ):
                continue
            late = standing == "overdue" and owed.row.late_counts
            count = counts.setdefault(duty.holder, [0, 0, 0])
            count[0 if owed.certain else 2] += 1
            count[1] += late and owed.certain
        agencies = one.registry.agencies
        found += [
            Tally(one.region.name, a, agencies[a].name if a in agencies else a, *count)
            for a, count in counts.items()
        ]
    return sorted(found, key=lambda t: (-t.overdue, -t.owed, t.region, t.agency))
