"""Reading rule packs: TOML in, `domain.duties.Pack` out, or every fault at once with its line.

A pack is adopted by the SHA-256 of its file; the file is kept in the ledger's database under that digest, so
that a later release of the software changes no duty.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from domain.forms import FieldType, fields_of
from domain.rows import EXPIRY, PERIOD, Extension, Later, Match, Pack, Reference, Row, Step
from domain.terms import PERIODS, Term
from domain.values import AgencyKind, Level
from gongze.tomltext import parsed

SHIPPED = ("lhasa", "statutory")
STREAMS: Mapping[str, tuple[str, ...]] = {
    "case": ("case",), "discipline": ("discipline",), "meeting": ("meeting",),
    "reconciliation": ("reconciliation",), "registry": ("registry", "meeting", "reconciliation"),
}  # fmt: skip
"""Kinds of dossier that a row can arise in, each with the streams whose acts are in it."""
SUBJECTS = (
    "case", "report", "decision", "service", "demand", "remedy", "lawsuit", "application", "ruling",
    "suggestion", "copy", "session", "performance", "payment", "violation", "suspicion", "transfer", "own_enforcement",
    "assistance", "supervision", "opinion", "files", "crime", "appraisal", "obstruction", "returned_clue", "handover",
    "joint", "shared", "study", "clue", "referral", "meeting", "attendance", "minutes", "item", "reconciliation",
    "difference", "row", "agency", "officer", "pack", "act",
)  # fmt: skip
SELECTORS = (*get_args(AgencyKind), "basic_court", "higher_court", "party", "addressee", "sender")
FACTS = (
    "basis", "group", "item_kind", "result", "executor", "urgent", "completed", "outcome", "subject", "served_all",
    "complete", "by", "why", "appeared", "into", "of", "kind", "disposition", "pack", "vacant", "row", "prior",
)  # fmt: skip
"""What is known of an act beside its fields: folded from what it is about."""
DERIVED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "MinutesAgreed": ("meeting", {"due_on": "date"}), "MeetingAttended": ("meeting", {}),
}  # fmt: skip
"""Entries that follow from acts and are none themselves: the stream, and the days and moments that they name."""
ANCHORS = (
    "trigger",
    "acknowledgement",
    "served_on",
    "effective_on",
    "accepted_on",
    "hearing_on",
    "received_on",
)
LONGEST = {
    "hour": 10_000, "working_day": 10_000, "day": 10_000, "half_month": 2_400, "month": 1_200, "quarter": 400,
    "half_year": 200, "year": 100,
}  # fmt: skip
"""The longest term of each unit that is counted."""
UNNUMBERED = ("immediate", "promptly", "fixed_date")
COMPUTED = (EXPIRY, PERIOD)
NOT_TO = ("author_and_copied",)
REMEDIES = ("suit", "review", "suit_after_review")
READERS = (
    "officer", "deputy", "head", "higher", "procuratorate", "discipline", "government", "meeting",
)  # fmt: skip
"""Who may be told that a duty is overdue: inside the holder from officer to head, its superior, then others."""
LATEST_STEP = 1_000
COMMON_YEAR = 2026
"""A year without 29 February: no clause ends a term on a day that most years have not."""

_ROW_KEYS = {
    "id", "name_zh", "kind", "stream", "subject", "trigger", "announced_by", "computed", "period", "levels", "anchor",
    "anchor_fallback", "holder", "recipient", "term", "warn", "fixed_by", "discharged_by", "extended_by",
    "cancelled_by", "suspended_by", "resumed_by", "repeat", "escalation", "not_to", "to_recipient_only", "late", "early",
    "remedy", "group", "loses_right", "latest", "undone_by", "source",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a pack file, where, and what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PackFaulty(Exception):
    """A pack file that cannot be adopted, with all its faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@cache
def shipped(*, proven: bool = False) -> Mapping[str, tuple[bytes, Pack]]:
    """The packs that come with the software: name → (file content, pack). `proven`: as in `read_pack`."""
    found = {}
    for name in SHIPPED:
        content = files("domain").joinpath("packs", f"{name}.toml").read_bytes()
        found[name] = (content, read_pack(content, f"{name}.toml", proven=proven))
    return found


def read_pack(content: bytes, file: str, *, proven: bool = False) -> Pack:
    """Parse one pack. Raises PackFaulty with every fault.

    `proven`: that there are such acts with such fields is known (every shipped pack is read in full by the tests), so
    that the acts need not be loaded, which takes longer than to count a term.
    """
    return _Reader(content, file, proven=proven).read()


def _stream_of_event(event: str) -> str | None:
    from domain.acts import EVENTS

    return EVENTS[event].stream if event in EVENTS else None


def _fields_of_event(event: str) -> Mapping[str, FieldType]:
    from domain.acts import EVENTS

    return fields_of(EVENTS[event].cls) if event in EVENTS else {}


def check_together(packs: list[Pack]) -> list[Fault]:
    """Faults that only show among several packs: an id used twice, a reference to a row in none of them."""
    faults: list[Fault] = []
    rows: dict[str, str] = {}
    for pack in packs:
        for row in pack.rows:
            if row.id in rows:
                faults.append(Fault(pack.id, 0, f"责任 {row.id} 在规则包 {rows[row.id]} 中已有"))
            rows[row.id] = pack.id
    for pack in packs:
        for ref in pack.references:
            if ref.to not in rows:
                faults.append(Fault(pack.id, 0, f"{ref.id} 所引的责任 {ref.to} 不在任何采用的规则包中"))
    return faults


@dataclass
class _Reader:
    """One pass over one file; collects faults instead of stopping at the first."""

    content: bytes
    file: str
    faults: list[Fault] = field(default_factory=list)
    lines: dict[tuple[str, int, str], int] = field(default_factory=dict)
    streams: tuple[str, ...] = ("case",)  # whose acts the row being read may name
    defaults: tuple[Step, ...] = ()  # the escalation of rows that have none of their own
    proven: bool = False

    def read(self) -> Pack:
        try:
            data = parsed(self.content)
        except tomllib.TOMLDecodeError as error:
            named = re.search(r"line (\d+)", str(error))
            at_end = "end of document" in str(error)
            line = int(named[1]) if named else len(self.content.splitlines()) if at_end else 1
            raise PackFaulty([Fault(self.file, max(line, 1), f"TOML 格式有误：{error}")]) from None
        self.lines = dict(_line_numbers(self.content.decode("utf-8")))
        for key in data.keys() - {"pack", "defaults", "instruments", "duty", "refers", "later"}:
            self.fault(("", 0, key), f"没有“{key}”这一节，请核对拼写")
        head = data.get("pack")
        head = head if isinstance(head, dict) else {}
        self.check_keys(("pack", 0), head, {"id", "name_zh", "version", "valid_from"})
        pack_id = self.text(("pack", 0), head, "id")
        name = self.text(("pack", 0), head, "name_zh")
        version = self.text(("pack", 0), head, "version")
        valid_from = head.get("valid_from")
        if type(valid_from) is not date:
            self.fault(("pack", 0, "valid_from"), "valid_from 应为日期，如 2024-01-01")
            valid_from = date.min
        instruments = data.get("instruments", {})
        if not isinstance(instruments, dict) or not all(isinstance(v, str) for v in instruments.values()):
            self.fault(("instruments", 0, ""), "instruments 应为“简称 = 全称”")
            instruments = {}
        defaults = data.get("defaults", {})
        if not isinstance(defaults, dict):
            self.fault(("defaults", 0, ""), "defaults 应写作 [defaults]")
            defaults = {}
        self.check_keys(("defaults", 0), defaults, {"escalation"})
        self.defaults = self.escalation(("defaults", 0), defaults)
        rows = tuple(
            row
            for n, raw in enumerate(self.tables(data, "duty"))
            if (row := self.row(n, raw, instruments)) is not None
        )
        refs = tuple(
            ref
            for n, raw in enumerate(self.tables(data, "refers"))
            if (ref := self.reference(n, raw, instruments)) is not None
        )
        later = tuple(
            left
            for n, raw in enumerate(self.tables(data, "later"))
            if (left := self.later(n, raw, instruments)) is not None
        )
        self.check_row_set(rows, refs, later)
        if self.faults:
            raise PackFaulty(sorted(self.faults, key=lambda f: f.line))
        digest = hashlib.sha256(self.content).hexdigest()
        return Pack(pack_id, name, version, digest, valid_from, rows, refs, instruments, later)

    # -- helpers

    def fault(self, at: tuple[str, int, str], message: str) -> None:
        line = self.lines.get(at) or self.lines.get((at[0], at[1], "")) or 1
        self.faults.append(Fault(self.file, line, message))

    def tables(self, data: dict[str, Any], name: str) -> list[dict[str, Any]]:
        found = data.get(name, [])
        if not isinstance(found, list) or not all(isinstance(t, dict) for t in found):
            self.fault((name, 0, ""), f"{name} 应写作 [[{name}]]")
            return []
        return found

    def check_keys(self, at: tuple[str, int], table: dict[str, Any], known: set[str]) -> None:
        for key in table:
            if key not in known:
                self.fault((*at, key), f"没有“{key}”这一项，请核对拼写")

    def text(self, at: tuple[str, int], table: dict[str, Any], key: str, *, needed: bool = True) -> str:
        value = table.get(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault((*at, key), f"缺少 {key}，应为文本")
            return ""
        return value

    def one_of(
        self, at: tuple[str, int], table: dict[str, Any], key: str, values: tuple[str, ...], default: Any
    ) -> Any:
        value = table.get(key, default)
        if value not in values and value is not default:
            self.fault((*at, key), f"{key} 只能取：{'、'.join(values)}")
            return default
        return value

    def flag(self, at: tuple[str, int], table: dict[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self.fault((*at, key), f"{key} 应为 true 或 false")
        return bool(value)

    # -- rows

    def row(self, n: int, raw: dict[str, Any], instruments: Mapping[str, str]) -> Row | None:
        at = ("duty", n)
        before = len(self.faults)
        self.check_keys(at, raw, _ROW_KEYS)
        computed = self.one_of(at, raw, "computed", COMPUTED, None)
        stream = self.one_of(at, raw, "stream", tuple(STREAMS), "registry" if computed == PERIOD else "case")
        self.streams = STREAMS[stream]
        if computed == EXPIRY and stream != "case":
            self.fault((*at, "stream"), f"{EXPIRY} 只在案件（case）中产生")
        if "subject" in raw or computed != PERIOD:  # what is owed in a period is about nothing else
            subject = self.one_of(at, raw, "subject", SUBJECTS, None)
            if subject is None:
                self.fault((*at, "subject"), f"缺少 subject，只能取：{'、'.join(SUBJECTS)}")
        else:
            subject = "period"
        holders = self.selectors(at, raw, "holder")
        if not holders:
            self.fault((*at, "holder"), f"缺少 holder，只能取：{'、'.join(SELECTORS)}")
        triggers = self.matches(at, raw, "trigger")
        if not triggers and computed is None:
            self.fault((*at, "trigger"), "缺少 trigger（触发事件）或 computed")
        period = self.period(at, raw, computed, stream)
        term = Term(1, period or "year") if computed == PERIOD else self.term(at, raw, "term")
        warn, warn_source = None, None
        if "warn" in raw:
            rival = dict(raw["warn"]) if isinstance(raw["warn"], dict) else {}
            warn_source = rival.pop("source", None)
            if not isinstance(warn_source, str):
                self.fault((*at, "warn"), "warn 应写明另一计法的出处 source")
            warn = self.term(at, {"warn": rival}, "warn")
        row = Row(
            id=self.text(at, raw, "id"),
            name_zh=self.text(at, raw, "name_zh"),
            kind=self.one_of(at, raw, "kind", ("duty", "window", "gate"), "duty"),
            subject=subject or "case",
            holders=holders,
            recipients=self.selectors(at, raw, "recipient"),
            term=term,
            source=self.source(at, raw, instruments),
            stream=stream,
            triggers=triggers,
            computed=computed,
            anchor=self.anchor(at, raw, triggers),
            anchor_fallback=self.flag(at, raw, "anchor_fallback"),
            announced_by=self.matches(at, raw, "announced_by"),
            fixed_by=self.text(at, raw, "fixed_by", needed=False) or None,
            discharged_by=self.matches(at, raw, "discharged_by"),
            extended_by=self.extensions(at, raw),
            cancelled_by=self.matches(at, raw, "cancelled_by"),
            suspended_by=self.matches(at, raw, "suspended_by"),
            resumed_by=self.matches(at, raw, "resumed_by"),
            to_recipient_only=self.flag(at, raw, "to_recipient_only"),
            warn=warn,
            warn_source=warn_source,
            late=self.text(at, raw, "late", needed=False) or "performed_late",
            early=self.text(at, raw, "early", needed=False) or None,
            remedy=self.one_of(at, raw, "remedy", REMEDIES, None),
            group=self.one_of(at, raw, "group", ("land_demolition", "general"), None),
            loses_right=self.flag(at, raw, "loses_right"),
            period=period,
            levels=self.levels(at, raw),
            repeat=self.repeat(at, raw, computed),
            escalation=self.escalation(at, raw),
            not_to=self.one_of(at, raw, "not_to", NOT_TO, None),
            latest=self.flag(at, raw, "latest"),
            undone_by=self.matches(at, raw, "undone_by"),
        )
        if not row.discharged_by:
            self.fault((*at, "discharged_by"), "缺少 discharged_by（办结事件）")
        if row.kind == "gate" and not row.term.not_before:
            self.fault((*at, "term"), "gate 的 term 应写 not_before = true")
        if row.fixed_by is not None:
            for match in row.triggers:
                self.day_of((*at, "fixed_by"), match.event, row.fixed_by)
        return row if len(self.faults) == before else None

    def selectors(self, at: tuple[str, int], raw: dict[str, Any], key: str) -> tuple[str, ...]:
        """One kind of agency as text, or several as a list."""
        value = raw.get(key)
        if value is None:
            return ()
        listed = value if isinstance(value, list) else [value]
        if any(not isinstance(v, str) or v not in SELECTORS for v in listed):
            self.fault((*at, key), f"{key} 只能取：{'、'.join(SELECTORS)}")
            return ("nr",)
        if isinstance(value, list) and (len(value) < 2 or len(set(value)) < len(value)):
            self.fault((*at, key), f'{key} 的列表应有两个以上不同的机关；只有一个的写作 {key} = "nr"')
        return tuple(listed)

    def period(self, at: tuple[str, int], raw: dict[str, Any], computed: str | None, stream: str) -> Any:
        """The period that a row is owed once in; its term is just that period."""
        if computed != PERIOD:
            for key in ("period", "levels"):
                if key in raw:
                    self.fault((*at, key), f'只有 computed = "{PERIOD}" 的责任才写 {key}')
            return None
        period = self.one_of(at, raw, "period", PERIODS, None)
        if period is None:
            self.fault((*at, "period"), f"缺少 period（周期），只能取：{'、'.join(PERIODS)}")
        if stream != "registry":
            self.fault((*at, "stream"), '按周期的责任应写 stream = "registry"，或不写')
        for key in ("trigger", "announced_by", "fixed_by", "repeat", "warn"):
            if key in raw:
                self.fault((*at, key), f"按周期的责任没有 {key}")
        if "term" in raw and period is not None and self.term(at, raw, "term") != Term(1, period):
            self.fault(
                (*at, "term"),
                f'按周期的责任在周期末日届满，term 可不写，或写 {{ number = 1, unit = "{period}" }}',
            )
        return period

    def levels(self, at: tuple[str, int], raw: dict[str, Any]) -> tuple[str, ...]:
        listed, known = raw.get("levels", []), get_args(Level)
        if not isinstance(listed, list) or any(not isinstance(v, str) or v not in known for v in listed):
            self.fault((*at, "levels"), f"levels 应为列表，只能取：{'、'.join(known)}")
            return ()
        return tuple(listed)

    def anchor(self, at: tuple[str, int], raw: dict[str, Any], triggers: tuple[Match, ...]) -> str:
        """The day or moment that a term runs from: one of those known, or a field of every triggering act."""
        value = raw.get("anchor", "trigger")
        if isinstance(value, str) and value in ANCHORS:
            return value
        if not isinstance(value, str) or not triggers:
            self.fault((*at, "anchor"), f"anchor 只能取：{'、'.join(ANCHORS)}，或者触发事件的日期、时刻字段")
            return "trigger"
        for match in triggers:
            self.day_of((*at, "anchor"), match.event, value)
        return value

    def repeat(self, at: tuple[str, int], raw: dict[str, Any], computed: str | None) -> Term | None:
        if "repeat" not in raw:
            return None
        term = self.term(at, raw, "repeat")
        interval = term.number is not None or term.unit == "promptly"
        if not interval or term.direction == "before" or term.not_before:
            self.fault((*at, "repeat"), 'repeat 应为间隔，如 { number = 30, unit = "day" }')
        if computed is not None:
            self.fault((*at, "repeat"), "由计算产生的责任（computed）没有 repeat")
        return term

    def escalation(self, at: tuple[str, int], raw: dict[str, Any]) -> tuple[Step, ...]:
        """Who is to read of a duty that is overdue, by working days; the pack's default where the row says nothing."""
        listed = raw.get("escalation")
        if listed is None:
            return self.defaults if raw.get("kind", "duty") == "duty" else ()
        steps: list[Step] = []
        for item in listed if isinstance(listed, list) else [None]:
            after, to = (item.get("after"), item.get("to")) if isinstance(item, dict) else (None, None)
            if not isinstance(item, dict) or item.keys() != {"after", "to"}:
                self.fault((*at, "escalation"), 'escalation 应写作 [{ after = 工作日数, to = "…" }]')
            elif type(after) is not int or not 1 <= after <= LATEST_STEP:
                self.fault((*at, "escalation"), f"after 应为 1 至 {LATEST_STEP} 的整数（逾期的工作日数）")
            elif not isinstance(to, str) or to not in READERS:
                self.fault((*at, "escalation"), f"to 只能取：{'、'.join(READERS)}")
            elif steps and after < steps[-1].after:
                self.fault((*at, "escalation"), "escalation 应按 after 由小到大排列")
            else:
                steps.append(Step(after, to))
        return tuple(steps)

    def reference(self, n: int, raw: dict[str, Any], instruments: Mapping[str, str]) -> Reference | None:
        at = ("refers", n)
        before = len(self.faults)
        self.check_keys(at, raw, {"id", "name_zh", "to", "source"})
        made = Reference(
            self.text(at, raw, "id"), self.text(at, raw, "name_zh"), self.text(at, raw, "to"),
            self.source(at, raw, instruments),
        )  # fmt: skip
        return made if len(self.faults) == before else None

    def later(self, n: int, raw: dict[str, Any], instruments: Mapping[str, str]) -> Later | None:
        """A duty left out, with its reason; its name and source may stand beside it."""
        at = ("later", n)
        before = len(self.faults)
        self.check_keys(at, raw, {"id", "name_zh", "reason", "source"})
        made = Later(
            self.text(at, raw, "id"), self.text(at, raw, "reason"), self.text(at, raw, "name_zh", needed=False),
            self.source(at, raw, instruments) if "source" in raw else "",
        )  # fmt: skip
        return made if len(self.faults) == before else None

    def source(self, at: tuple[str, int], raw: dict[str, Any], instruments: Mapping[str, str]) -> str:
        text = self.text(at, raw, "source")
        for part in filter(None, text.split("；")):
            if part.split(" ")[0] not in instruments or " " not in part:
                self.fault((*at, "source"), f"出处“{part}”应为“简称 条款”，且简称列入 [instruments]")
        return text

    def term(self, at: tuple[str, int], raw: dict[str, Any], key: str) -> Term:
        table = raw.get(key)
        if not isinstance(table, dict):
            self.fault((*at, key), f'缺少 {key}，如 {{ number = 7, unit = "working_day" }}')
            return Term(None, "promptly")
        for name in table.keys() - {"number", "unit", "direction", "not_before", "roll", "month", "day"}:
            self.fault((*at, key), f"{key} 没有“{name}”这一项")
        unit, number = table.get("unit"), table.get("number")
        if not isinstance(unit, str) or unit not in (*LONGEST, *UNNUMBERED):
            self.fault((*at, key), f"unit 只能取：{'、'.join((*LONGEST, *UNNUMBERED))}")
            return Term(None, "promptly")
        if unit in LONGEST and (type(number) is not int or not 1 <= number <= LONGEST[unit]):
            self.fault((*at, key), f"number 应为 1 至 {LONGEST[unit]} 的整数")
            number = 1
        if unit not in LONGEST and number is not None:
            self.fault((*at, key), f"{unit} 没有 number")
            number = None
        direction = table.get("direction", "after")
        if direction not in ("after", "before"):
            self.fault((*at, key), "direction 只能取：after、before")
            direction = "after"
        flags = {}
        for name, default in (("not_before", False), ("roll", unit != "fixed_date")):
            flags[name] = table.get(name, default)
            if not isinstance(flags[name], bool):
                self.fault((*at, key), f"{name} 应为 true 或 false")
                flags[name] = default
        if direction == "before" and flags["not_before"]:
            self.fault((*at, key), "倒推的期限不能同时是等待期（not_before）")
            direction = "after"
        if unit in ("hour", "fixed_date") and (direction == "before" or flags["not_before"]):
            self.fault((*at, key), f"{unit} 不能倒推（direction），也不能作等待期（not_before）")
            direction, flags["not_before"] = "after", False
        month, day = self.fixed_date((*at, key), table, unit)
        return Term(number, unit, direction, flags["not_before"], flags["roll"], month, day)  # type: ignore[arg-type]

    def fixed_date(
        self, at: tuple[str, int, str], table: dict[str, Any], unit: str
    ) -> tuple[int | None, int | None]:
        month, day = table.get("month"), table.get("day")
        if unit != "fixed_date":
            if month is not None or day is not None:
                self.fault(at, '只有 unit = "fixed_date" 才写 month、day')
            return None, None
        try:
            if type(month) is int and type(day) is int:
                return date(COMMON_YEAR, month, day).month, day
        except (ValueError, OverflowError):
            pass
        self.fault(at, 'fixed_date 应写明每年都有的日期，如 { unit = "fixed_date", month = 12, day = 25 }')
        return 12, 31

    def matches(self, at: tuple[str, int], raw: dict[str, Any], key: str) -> tuple[Match, ...]:
        listed = raw.get(key, [])
        if not isinstance(listed, list):
            self.fault((*at, key), f"{key} 应为列表")
            return ()
        return tuple(m for item in listed if (m := self.match((*at, key), item)) is not None)

    def match(self, at: tuple[str, int, str], item: Any) -> Match | None:
        table = {"event": item} if isinstance(item, str) else item
        if not isinstance(table, dict):
            self.fault(at, "应为事件名，或 { event = …, where = … }")
            return None
        event = table.get("event")
        found = self.stream_of(event)
        if not isinstance(event, str) or found is None:
            self.fault(at, f"未知的事件 {event}")
            return None
        if found not in self.streams:
            self.fault(at, f"事件 {event} 属于 {found}，本行的 stream 里没有它")
            return None
        for name in table.keys() - {"event", "where", "before_due", "until", "term", "continues_in"}:
            self.fault(at, f"没有“{name}”这一项")
        where = table.get("where", {})
        if not isinstance(where, dict) or not all(
            isinstance(v, list) and v and all(isinstance(x, str) for x in v) for v in where.values()
        ):
            self.fault(at, 'where 应写作 { 字段 = ["值"] }')
            where = {}
        for name in where:
            if name not in FACTS and not self.proven and name not in _fields_of_event(event):
                self.fault(at, f"事件 {event} 没有可作条件的“{name}”")
        before_due = table.get("before_due", False)
        if not isinstance(before_due, bool):
            self.fault(at, "before_due 应为 true 或 false")
        return Match(event, {k: tuple(v) for k, v in where.items()}, before_due is True)

    def stream_of(self, event: object) -> str | None:
        """The kind of stream that an event, or what follows from one, belongs to."""
        if not isinstance(event, str):
            return None
        if event in DERIVED:
            return DERIVED[event][0]
        return self.streams[0] if self.proven else _stream_of_event(event)

    def extensions(self, at: tuple[str, int], raw: dict[str, Any]) -> tuple[Extension, ...]:
        made = []
        listed = raw.get("extended_by", [])
        for item in listed if isinstance(listed, list) else [listed]:
            match = self.match((*at, "extended_by"), item)
            if match is None:
                continue
            table = item if isinstance(item, dict) else {}
            until = table.get("until")
            if until is not None:
                self.day_of((*at, "extended_by"), match.event, until)
            term = self.term(at, {"extended_by": table["term"]}, "extended_by") if "term" in table else None
            continues_in = self.text(
                at, {"extended_by": table.get("continues_in")}, "extended_by", needed=False
            )
            made.append(Extension(match, until, continues_in or None, term))
        return tuple(made)

    def day_of(self, at: tuple[str, int, str], event: str, name: Any) -> None:
        """Check that an act names a day or a moment in this field."""
        if isinstance(name, str) and event in DERIVED and name in DERIVED[event][1]:
            return
        if self.proven:
            return
        kind = _fields_of_event(event).get(name) if isinstance(name, str) else None
        if kind is None or (kind.shape != "date" and kind.form != "moment"):
            self.fault(at, f"事件 {event} 没有日期或者时刻字段“{name}”")

    def check_row_set(
        self, rows: tuple[Row, ...], refs: tuple[Reference, ...], later: tuple[Later, ...]
    ) -> None:
        seen: set[str] = set()
        tables: tuple[tuple[str, tuple[Row | Reference | Later, ...]], ...] = (
            ("duty", rows), ("refers", refs), ("later", later),
        )  # fmt: skip
        named = [(table, n, one.id) for table, listed in tables for n, one in enumerate(listed)]
        for table, n, name in named:
            if name in seen:
                self.fault((table, n, "id"), f"编号 {name} 重复")
            seen.add(name)
        ids = {r.id for r in rows}
        for n, row in enumerate(rows):
            for extension in row.extended_by:
                if extension.continues_in is not None and extension.continues_in not in ids:
                    self.fault(("duty", n, "extended_by"), f"没有责任 {extension.continues_in}")


def _line_numbers(text: str) -> Iterator[tuple[tuple[str, int, str], int]]:
    """(table, its ordinal, key) → line; the table's own header under the key ""."""
    table, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([\w-]+)\s*\]\]?\s*(#.*)?$", line)
        key = re.match(r"\s*\"?([^\s=\"#]+)\"?\s*=", line)
        if header:
            table = header[1]
            counts[table] = counts.get(table, -1) + 1
            yield (table, counts[table], ""), number
        elif key:
            yield (table, counts.get(table, 0), key[1]), number
