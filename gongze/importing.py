"""Rows of a register as signed acts: cases of a backlog, acts of a week, the filled query sheet of an agency on paper.

Each row becomes a line of a case script, whose id comes from its content: a row imported twice, by one person or by
two, is one act. A row that is refused changes nothing and comes back in a file of the same shape with its reason.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from domain.acts import EVENTS, Act, Event
from domain.acts.base import EventKind
from domain.cases import Case, resolved
from domain.forms import FieldType, fields_of
from domain.refusal import Refusal
from domain.registry import OPERATOR, Agency
from domain.values import CaseSource, Item, Violation, parse_day, same_number
from events.history import stored_act
from events.intake import Receipt
from events.keys import SigningKey
from gongze.ledger import Accepted, Ledger
from gongze.querysheet import Answer, Asked
from gongze.reference import WORDS_HERE_ZH, WORDS_ZH
from gongze.script import Keys, Line, event_of, parse, replay_line
from gongze.sheets import cells, writing
from gongze.sheets.cells import Value
from gongze.sheets.mapping import SAME, Columns
from gongze.sheets.reading import Head, Row, Table, plain

REASON = "错误原因"
"""The column in which a refused row says why."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever imports says about all rows. `scan` is the signed sheet that acts on behalf rest on."""

    actor: str | None = None
    how: str = "served_original"
    obtained_on: date | None = None
    scan: Mapping[str, Any] | None = None
    agency: str | None = None


class Purpose(Protocol):
    """Makes the line of a row; None where the row says nothing yet. Raises Refusal."""

    def line(self, row: Row) -> dict[str, Any] | None: ...


# --- what all purposes share --------------------------------------------------------------------------------


@dataclass
class Reader:
    """The cells of a row by field code, and the words of a sheet as the ledger spells them."""

    ledger: Ledger
    columns: Columns
    wishes: Wishes

    def head(self, code: str) -> str:
        head = self.columns.by_code.get(code)
        return head.name if head is not None else code

    def cell(self, row: Row, code: str) -> Value:
        head = self.columns.by_code.get(code)
        return row.values[head.column] if head is not None and head.column < len(row.values) else None

    def text(self, row: Row, code: str) -> str:
        return cells.text_of(self.cell(row, code), self.head(code))

    def number(self, row: Row, code: str) -> str:
        return cells.number_of(self.cell(row, code), self.head(code))

    def day(self, row: Row, code: str) -> str | None:
        found = cells.day_of(self.cell(row, code), self.head(code))
        return found.isoformat() if found else None

    def needed(self, row: Row, code: str) -> str:
        text = self.text(row, code)
        if not text:
            raise Refusal("schema_invalid", f"“{self.head(code)}”不能为空", field=self.head(code))
        return text

    def area(self, row: Row, code: str) -> str | None:
        return cells.area_of(self.cell(row, code), self._unit(code, cells.AREA), self.head(code))

    def money(self, row: Row, code: str) -> str | None:
        return cells.money_of(self.cell(row, code), self._unit(code, cells.MONEY), self.head(code))

    def _unit(self, code: str, units: Mapping[str, object]) -> str:
        head = self.columns.by_code.get(code)
        return head.unit if head is not None and head.unit in units else ""

    @cached_property
    def agencies(self) -> Mapping[str, Agency]:
        return self.ledger.registry().agencies

    @cached_property
    def _by_name(self) -> Mapping[str, str | None]:
        """Agencies by name; None where two have the same."""
        found: dict[str, str | None] = {}
        for agency in self.agencies.values():
            found[plain(agency.name)] = None if plain(agency.name) in found else agency.id
        return found

    def agency(self, said: str, column: str) -> str:
        """An agency's id, of its id or its registered name. Raises Refusal."""
        found = said if said in self.agencies else self._by_name.get(plain(said))
        if found is None:
            raise Refusal("schema_invalid", f"没有登记名为“{said}”的机关，请写全称或机构代码", field=column)
        return found

    def signer(self, row: Row) -> str:
        """Who signs the row: the one that whoever imports named, else the row's own agency."""
        if self.wishes.actor is not None:
            return self.wishes.actor
        said = self.text(row, "actor")
        if not said:
            raise Refusal(
                "schema_invalid", "不知道由哪个机关登记，请填“机关”列或用 --actor", field=self.head("actor")
            )
        return self.agency(said, self.head("actor"))

    def note(self, row: Row) -> dict[str, Any]:
        return {"note": said} if (said := self.text(row, "note")) else {}

    def parties(self, row: Row) -> list[dict[str, Any]]:
        names = [n.strip() for n in re.split(r"[、；;\n]", self.needed(row, "parties")) if n.strip()]
        kind = {"kind": said} if (said := self.text(row, "party_kind")) else {}
        return [{"name": name, **kind} for name in names]

    def place(self, row: Row, actor: str) -> dict[str, Any] | None:
        address = self.text(row, "address")
        if not address:
            return None
        areas = {"area_m2": "area", "farmland_m2": "farmland", "basic_farmland_m2": "basic_farmland"}
        found = {name: self.area(row, code) for name, code in areas.items()}
        stated = {name: area for name, area in found.items() if area is not None}
        return {"region": self.region(row, actor), "address": address, **stated}

    def region(self, row: Row, actor: str) -> str:
        """Six digits, or a place that has a government in the ledger; else the signer's own region."""
        said = self.number(row, "region")
        if not said:
            return self.agencies[actor].region if actor in self.agencies else ""
        if re.fullmatch(r"\d{6}", said):
            return said
        government = self._by_name.get(plain(f"{said}人民政府"))
        if government is None:
            raise Refusal("schema_invalid", f"“{said}”不是六位行政区划代码", field=self.head("region"))
        return self.agencies[government].region


def symbol_of(field_name: str, symbols: tuple[str, ...], said: str, column: str) -> str:
    """The symbol of an enumeration that a Chinese word stands for. Raises Refusal with the words there are."""
    words = {s: WORDS_HERE_ZH.get((field_name, s)) or WORDS_ZH.get(s, s) for s in symbols}
    text = plain(said)
    exact = [s for s, word in words.items() if text in (s, plain(word))]
    loose = [s for s, word in words.items() if len(text) > 1 and (plain(word) in text or text in plain(word))]
    found = exact or loose
    if len(found) != 1:
        raise Refusal(
            "schema_invalid",
            f"“{column}”列：“{said}”不明确，只能填：{'、'.join(words.values())}",
            field=column,
        )
    return found[0]


_ITEMS = (
    ("late_payment", "加处"), ("confiscate_building", "没收.*(建筑|房屋|设施)"), ("confiscate_gains", "没收.*(所得|收入)"),
    ("confiscate_minerals", "没收.*(矿|砂|石)"), ("demolish", "拆除"), ("return_land", "退还"), ("restore", "恢复"),
    ("revoke_permit", "吊销"), ("fine", "罚款"), ("warning", "警告"),
)  # fmt: skip
_MONEY = re.compile(r"([\d.]+(?:,\d{3})*(?:\.\d+)?)(万元|元)")
_NO_SUM = re.compile(r"每(平方米|平米|㎡|m2|亩|公顷|吨)|不予|免予")
"""A rate, or no punishment at all."""
_AREA = re.compile(r"([\d.]+(?:,\d{3})*(?:\.\d+)?)(平方米|平米|㎡|m2|亩|公顷)")


def items_of(said: str, fine: str | None, column: str) -> list[dict[str, Any]]:
    """处罚内容 as items: 罚款12400.5元；没收建筑物3亩，恢复土地原状. What has no name of its own is `other` with its words.

    Raises Refusal where one piece is more than one item, or its amount is no sum that is owed.
    """
    items: list[dict[str, Any]] = []
    for words in _pieces(said):
        text = plain(words)
        kinds = _kinds(text)
        amounts = list(_MONEY.finditer(text))
        if len(kinds) > 1 or len(amounts) > 1 or _NO_SUM.search(text):
            raise Refusal(
                "schema_invalid",
                f"“{column}”列：“{words}”不明确，请每项处罚用“；”分开，罚款只写总额",
                field=column,
            )
        item: dict[str, Any] = {"kind": next(iter(kinds), "other"), "what": words}
        if amounts:
            item["amount_yuan"] = cells.money_of("".join(amounts[0].groups()), "", column)
        if area := _AREA.search(text):
            item["area_m2"] = cells.area_of("".join(area.groups()), "", column)
        items.append(item)
    if fine is not None:
        known = next((i for i in items if i["kind"] == "fine"), None)
        if known is None:
            items.append({"kind": "fine", "amount_yuan": fine})
        elif known.setdefault("amount_yuan", fine) != fine:
            raise Refusal("schema_invalid", "处罚内容中的罚款与罚款金额列不一致，请核对", field=column)
    return items


def _kinds(text: str) -> list[str]:
    found = [kind for kind, pattern in _ITEMS if re.search(pattern, text)]
    return [kind for kind in found if kind != "fine" or "late_payment" not in found]  # 加处罚款


def _pieces(said: str) -> Iterator[str]:
    """One for each item: what follows a comma is one of its own where it names one."""
    for sentence in re.split(r"[；;\n。]|(?<!\d)、", said):
        piece = ""
        for part in sentence.split("，"):
            if piece and _kinds(plain(piece)) and _kinds(plain(part)):
                yield piece.strip()
                piece = part
            else:
                piece = f"{piece}，{part}" if piece else part
        if piece.strip():
            yield piece.strip()


# --- cases --------------------------------------------------------------------------------------------------


class FiledCases(Reader):
    """Each row a CaseFiled (立案)."""

    def line(self, row: Row) -> dict[str, Any] | None:
        actor = self.signer(row)
        sources, violations = CaseSource.__args__, Violation.__args__  # type: ignore[attr-defined]
        data: dict[str, Any] = {
            "title": self.needed(row, "title"),
            "parties": self.parties(row),
            "place": self.place(row, actor),
            "violation": symbol_of(
                "violation", violations, self.needed(row, "violation"), self.head("violation")
            ),
            "source": symbol_of("source", sources, self.needed(row, "source"), self.head("source")),
            **self.note(row),
        }
        if clue := self.number(row, "clue"):
            data["clue"] = clue
        self.needed(row, "address")
        return {
            "type": "CaseFiled", "case": _case(self, row), "actor": actor,
            "occurred_on": _day_needed(self, row, "filed_on"), "data": data,
        }  # fmt: skip


class CarriedCases(Reader):
    """Each row a CaseCarriedForward (存量结转), with the acts that its columns tell of."""

    def line(self, row: Row) -> dict[str, Any] | None:
        actor = self.signer(row)
        prior = list(self._prior(row, actor))
        data: dict[str, Any] = {
            "case_no": _case(self, row),
            "parties": self.parties(row),
            "stage": self.text(row, "stage") or _stage(prior),
            "source_row": self.number(row, "source_row") or f"第{row.number}行",
            "prior_acts": prior,
            **self.note(row),
        }
        if title := self.text(row, "title"):
            data["title"] = title
        if place := self.place(row, actor):
            data["place"] = place
        if said := self.text(row, "violation"):
            violations = Violation.__args__  # type: ignore[attr-defined]
            data["violation"] = symbol_of("violation", violations, said, self.head("violation"))
        return {
            "type": "CaseCarriedForward", "case": _case(self, row), "actor": actor,
            "occurred_on": self.day(row, "carried_on") or self._started(actor), "data": data,
        }  # fmt: skip

    def _started(self, actor: str) -> str:
        """The day that the register began: the same for every row, whenever it is imported."""
        agency = self.agencies.get(actor)
        started = self.ledger.registry().started_on(agency.region) if agency else None
        if started is None:
            raise Refusal("schema_invalid", "本地区尚未启用台账，请填“结转日期”列", field="结转日期")
        return started.isoformat()

    def _prior(self, row: Row, actor: str) -> Iterator[dict[str, Any]]:
        def told(code: str, kind: str, number: str = "", **more: Any) -> Iterator[dict[str, Any]]:
            on = self.day(row, code)
            if on is not None:
                no = {"number": said} if number and (said := self.number(row, number)) else {}
                yield {"type": kind, "on": on, **no, **more}
            elif more.get("items"):
                column = self.head("items")
                raise Refusal("schema_invalid", f"有“{column}”而没有处罚决定日期", field=column)

        yield from told("filed_on", "CaseFiled")
        items = items_of(self.text(row, "items"), self.money(row, "fine"), self.head("items"))
        yield from told("decided_on", "PenaltyDecided", "decision_no", **({"items": items} if items else {}))
        yield from told("served_on", "PenaltyServed", "decision_no")
        yield from told("demanded_on", "PerformanceDemanded", "decision_no")
        said = self.text(row, "court")
        named = {"court": self.agency(said, self.head("court"))} if said else {}
        yield from told("applied_on", "EnforcementApplied", "application_no", **named)
        if self.day(row, "accepted_on") or self.day(row, "ruled_on"):
            court = named.get("court") or self._court(actor, self.day(row, "applied_on"))
            yield from told("accepted_on", "EnforcementAccepted", "review_case_no", **{"for": court})
            if self.day(row, "ruled_on"):
                yield from told(
                    "ruled_on", self._ruling(row), "ruling_no", **{"for": court}, **self._executor(row)
                )
        yield from told("received_on", "RulingReceived", "ruling_no")

    def _court(self, actor: str, applied_on: str | None) -> str:
        agency = self.agencies.get(actor)
        meant = None
        if agency is not None and applied_on is not None:
            registry = self.ledger.registry()
            meant = registry.route(agency, "court", "non_litigation", parse_day(applied_on))
        if meant is None:
            raise Refusal("schema_invalid", "不知道是哪个法院，请填“法院”列", field=self.head("court"))
        return meant.id

    def _ruling(self, row: Row) -> str:
        said = plain(self.needed(row, "ruling"))
        if "不予受理" in said:
            return "EnforcementNotAccepted"
        if re.search("不准予|不予|驳回", said):
            return "EnforcementRefused"
        if "准予" in said:
            return "EnforcementGranted"
        raise Refusal(
            "schema_invalid", "裁定结果只能填：准予执行、不准予执行、不予受理", field=self.head("ruling")
        )

    def _executor(self, row: Row) -> dict[str, str]:
        said = plain(self.text(row, "executor") + self.text(row, "ruling"))
        if self._ruling(row) != "EnforcementGranted" or not said:
            return {}
        return {"executor": "government" if re.search("政府|裁执分离", said) else "court"}


def _stage(prior: list[dict[str, Any]]) -> str:
    return EVENTS[prior[-1]["type"]].zh if prior else "在办"


def _case(reader: Reader, row: Row) -> str:
    number = reader.number(row, "case")
    if not number:
        raise Refusal("schema_invalid", f"“{reader.head('case')}”不能为空", field=reader.head("case"))
    return number


def _day_needed(reader: Reader, row: Row, code: str) -> str:
    day = reader.day(row, code)
    if day is None:
        raise Refusal("schema_invalid", f"“{reader.head(code)}”不能为空", field=reader.head(code))
    return day


# --- acts ---------------------------------------------------------------------------------------------------

ALSO_CALLED = {
    "处罚决定": "PenaltyDecided", "作出处罚决定": "PenaltyDecided", "送达": "PenaltyServed", "处罚决定书送达": "PenaltyServed",
    "送达处罚决定书": "PenaltyServed", "申请执行": "EnforcementApplied", "申请法院强制执行": "EnforcementApplied",
    "受理": "EnforcementAccepted", "法院受理": "EnforcementAccepted", "抄送": "ApplicationCopied",
    "收到受理通知书": "AcceptanceReceived", "报送受理通知书": "AcceptanceCopied", "准予执行": "EnforcementGranted",
    "裁定准予": "EnforcementGranted", "不准予执行": "EnforcementRefused", "收到裁定书": "RulingReceived",
    "报送裁定": "RulingCopied", "签收": "CopyAcknowledged", "执行": "ExecutionOrganised",
}  # fmt: skip
"""What registers call an act beside its name."""


def kind_called(said: str, column: str) -> EventKind:
    """The kind of event of a Chinese name. Raises Refusal with the names that come near."""
    text = plain(said)
    if said in EVENTS or text in ALSO_CALLED:
        return EVENTS[said if said in EVENTS else ALSO_CALLED[text]]
    kinds = [k for k in EVENTS.values() if k.stream != "registry"]
    found = [k for k in kinds if plain(k.zh) == text]
    if len(found) == 1:
        return found[0]
    near = found or [k for k in kinds if text in plain(k.zh) or plain(k.zh) in text]
    names = "、".join(f"{k.zh}（{k.name}）" for k in near[:6])
    advice = f"，是否：{names}" if near else "，名称见《案件脚本》的事件表"
    raise Refusal("schema_invalid", f"没有名为“{said}”的事项{advice}", field=column)


def own_number(cls: type[Event]) -> str | None:
    """The field that 文号 means for an act: the number of its own paper, else of the one it refers to."""
    fields = {
        n: k for n, k in fields_of(cls).items() if k.attr not in fields_of(Event) and n not in OF_OTHERS
    }
    ranks = (
        [n for n, k in fields.items() if k.form == "number" and not k.optional],
        [n for n, k in fields.items() if k.form == "number"],
        [n for n, k in fields.items() if k.shape == "ref" and not k.optional],
        [n for n, k in fields.items() if k.shape == "ref"],
    )
    return next((names[0] for names in ranks if names), None)


OF_OTHERS = frozenset({"new_case_no", "right_case", "into", "number", "clue"})
"""Numbers that are not the act's own paper's."""


class Acts(Reader):
    """Each row an act: 案号, 事项, 日期, 机关, 文号 and whatever fields its kind has."""

    def line(self, row: Row) -> dict[str, Any] | None:
        column = self.head("type")
        kind = kind_called(self.needed(row, "type"), column)
        fields = fields_of(kind.cls)
        data: dict[str, Any] = {}
        for code, head in self.columns.by_code.items():
            if code in ("case", "type", "occurred_on", "actor", "how", "obtained_on", "from_whom"):
                continue
            value = self.cell(row, code)
            if value is None or value == "":
                continue
            name = own_number(kind.cls) if code == "number" else _meant(code, fields)
            if name is None or name not in fields:
                raise Refusal(
                    "schema_invalid", f"“{kind.zh}”没有“{head.name}”这一项，请删去", field=head.name
                )
            if name not in data:
                data[name] = self._read(name, fields[name], value, head)
        signer, whose = self.signer(row), self._whose(row)
        line = {
            "type": kind.name, "case": _case(self, row), "actor": signer,
            "occurred_on": _day_needed(self, row, "occurred_on"), "data": data,
        }  # fmt: skip
        return line if whose in (None, signer) else self._on_behalf(row, line, whose)

    def _whose(self, row: Row) -> str | None:
        said = self.text(row, "actor")
        return self.agency(said, self.head("actor")) if said else None

    def _on_behalf(self, row: Row, line: dict[str, Any], whose: str) -> dict[str, Any]:
        said = self.text(row, "how")
        how = symbol_of("how", HOW, said, self.head("how")) if said else self.wishes.how
        obtained = self.day(row, "obtained_on") or (
            self.wishes.obtained_on.isoformat() if self.wishes.obtained_on else None
        )
        if obtained is None:
            raise Refusal("schema_invalid", "代录请填“取得日期”列，或用 --obtained-on", field="取得日期")
        basis = {"how": how, "obtained_on": obtained}
        if whom := self.text(row, "from_whom"):
            basis["from_whom"] = whom
        return on_behalf(line, whose, basis, self.wishes.scan)

    def _read(self, name: str, kind: FieldType, value: Value, head: Head) -> Any:
        match kind.shape:
            case "date":
                found = cells.day_of(value, head.name)
                return found.isoformat() if found else None
            case "bool":
                return _yes(cells.text_of(value, head.name), head.name)
            case "int":
                return int(said) if (said := cells.number_of(value, head.name)).isdigit() else said
            case "enum":
                return symbol_of(kind.enum_name, kind.symbols, cells.text_of(value, head.name), head.name)
            case "ref":
                return cells.number_of(value, head.name)
            case "list":
                assert kind.item is not None
                return self._list(name, kind.item, value, head)
            case "record":
                raise Refusal("schema_invalid", f"“{head.name}”不能从表格导入，请用案件脚本", field=head.name)
            case _:
                return self._string(name, kind.form, value, head)

    def _list(self, name: str, item: FieldType, value: Value, head: Head) -> list[Any]:
        if item.record is Item:
            return items_of(cells.text_of(value, head.name), None, head.name)
        parts = [p.strip() for p in re.split(r"[、；;\n]", cells.text_of(value, head.name)) if p.strip()]
        if item.record is None:
            return [self._read(name, item, part, head) for part in parts]
        first = next(iter(fields_of(item.record)))
        return [{first: part} for part in parts]

    def _string(self, name: str, form: str, value: Value, head: Head) -> str:
        text = cells.text_of(value, head.name)
        match form:
            case "number" | "label":
                return cells.number_of(value, head.name)
            case "id":
                return self.agency(text, head.name)
            case "moment":
                found = cells.day_of(value, head.name)
                return found.isoformat() if found else text
            case "amount":
                measure = cells.area_of if name.endswith("_m2") else cells.money_of
                units = cells.AREA if name.endswith("_m2") else cells.MONEY
                return measure(value, head.unit if head.unit in units else "", head.name) or text
            case _:
                return text


HOW = ("served_original", "copy", "official_platform", "phone", "site")


def _meant(code: str, fields: Mapping[str, FieldType]) -> str | None:
    return next((name for name in SAME.get(code, (code,)) if name in fields), None)


def _yes(said: str, column: str) -> bool:
    text = plain(said).lower()
    if text in ("是", "有", "已", "√", "y", "yes", "true", "采纳", "出庭", "通过"):
        return True
    if text in ("否", "无", "未", "×", "n", "no", "false", "不采纳", "未采纳", "未出庭", "不通过", "未通过"):
        return False
    raise Refusal("schema_invalid", f"“{column}”列：“{said}”应填 是 或 否", field=column)


def on_behalf(
    line: dict[str, Any], whose: str, basis: Mapping[str, Any], scan: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The line as recorded for another agency (代录)."""
    documents = {"documents": [dict(scan)]} if scan is not None else {}
    return {**line, "for": whose, "basis": dict(basis), "data": {**line["data"], **documents}}


# --- the query sheet, filled --------------------------------------------------------------------------------

UNANSWERED = frozenset({"", "未办", "未办理", "办理中", "正在办理", "在办", "无", "暂无", "/", "-", "—"})


@dataclass
class Replies(Reader):
    """Each row the answer to a row of a query sheet, recorded for the agency that filled it."""

    whose: str
    asked: Mapping[str, Asked]

    def line(self, row: Row) -> dict[str, Any] | None:
        said = self.text(row, "outcome")
        if plain(said) in UNANSWERED:
            return None
        number = self.number(row, "row_id").lower()
        question = self.asked.get(number)
        if question is None:
            raise Refusal(
                "row_unknown", f"台账没有编号为“{number}”的事项，请核对编号", field=self.head("row_id")
            )
        if (case := self.number(row, "case")) and same_number(case) != same_number(question.case):
            raise Refusal(
                "schema_invalid",
                f"编号“{number}”是 {question.case} 的事项，与案号不符",
                field=self.head("row_id"),
            )
        answer = _answer(question, said, self.head("outcome"))
        signer = self.signer(row)
        basis: dict[str, Any] = {"how": self.wishes.how}
        obtained = self.wishes.obtained_on or self.ledger.today()
        basis["obtained_on"] = obtained.isoformat()
        if handler := self.text(row, "handler"):
            basis["from_whom"] = handler
        line = {
            "type": answer.event, "case": question.case, "actor": signer,
            "occurred_on": _day_needed(self, row, "occurred_on"), "data": self._data(row, answer),
        }  # fmt: skip
        return on_behalf(line, self.whose, basis, self.wishes.scan)

    def _data(self, row: Row, answer: Answer) -> dict[str, Any]:
        data = dict(answer.data)
        number, note = self.number(row, "number"), self.text(row, "note")
        if answer.number is not None:
            if number:
                data[answer.number] = number
            elif answer.number_needed:
                raise Refusal("schema_invalid", f"“{answer.zh}”请填文号", field=self.head("number"))
        if answer.text is not None:
            if not note:
                raise Refusal(
                    "schema_invalid", f"“{answer.zh}”请在备注写明理由或情况", field=self.head("note")
                )
            data[answer.text] = note
        elif note:
            data["note"] = note
        return data


def _answer(question: Asked, said: str, column: str) -> Answer:
    text = plain(said)
    labels = {plain(a.zh): a for a in question.answers}
    if text in labels:
        return labels[text]
    near = [a for label, a in labels.items() if len(text) > 1 and (text in label or label in text)]
    if len(near) != 1 and len(labels) == 1 and text in ("是", "已办", "已办理", "√", "办结", "已办结"):
        near = list(labels.values())
    if len(near) != 1:
        words = "、".join(a.zh for a in question.answers)
        raise Refusal("schema_invalid", f"“{said}”不明确，本行可填：{words}", field=column)
    return near[0]


def sheet_of(table: Table) -> tuple[str | None, str | None]:
    """Whose query sheet it is and its number, as its head says."""
    head = " ".join(str(v) for row in table.top for v in row.values if isinstance(v, str))
    agency = re.search(r"[（(]([a-z][a-z_]*\.[a-z0-9][a-z0-9-]*)[)）]", head)
    number = re.search(r"回执单编号[:：]\s*([\w.-]+)", head)
    return agency[1] if agency else None, number[1] if number else None


def scan_of(path: Path, number: str, title: str) -> dict[str, Any]:
    """The scanned sheet as a document: by its digest, not its content. Raises Refusal."""
    types = {b"%PDF": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Refusal("file_unusable", f"无法读取 {path}：{error.strerror}", "--scan") from None
    media = next((m for mark, m in types.items() if content.startswith(mark)), None)
    if media is None:
        raise Refusal("file_unusable", "扫描件应为 PDF、JPG 或 PNG", "--scan")
    return {
        "number": number, "title": title, "kind": "回执单扫描件", "sha256": hashlib.sha256(content).hexdigest(),
        "media_type": media, "bytes": len(content),
    }  # fmt: skip


# --- into the ledger ----------------------------------------------------------------------------------------


@dataclass
class OfficerKeys:
    """Keys whose officer is the one they are registered for: two officers of an agency sign the same line alike."""

    keys: Keys
    ledger: Ledger

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]:
        key, officer = self.keys.for_line(line, event)
        registered = self.ledger.registry().keys.get(key.kid.hex())
        return key, registered.officer if registered is not None and registered.officer else officer


def take(ledger: Ledger, row: Row, line: Mapping[str, Any], keys: Keys) -> Accepted:
    """Append a row's act; one that is in the ledger already gives its first receipt. Raises Refusal."""
    raw = json.dumps(line, ensure_ascii=False).encode()
    try:
        return replay_line(ledger, row.number, raw, keys)
    except Refusal as refusal:
        if refusal.code != "case_rule_broken":
            raise
        known = _stated(ledger, parse(row.number, raw))
        if known is None:
            raise
        return known


LEFT_ASIDE: dict[str, Any] = {"note": None, "batch_no": None, "documents": None, "behalf": None}


def _stated(ledger: Ledger, line: Line) -> Accepted | None:
    """The act that this agency has stated in the same words, though its row stood elsewhere or was obtained later."""
    registry = ledger.registry()
    if not line.stream.startswith("case/") or line.actor == OPERATOR:
        return None
    whose = line.on_behalf_of or line.actor
    on = parse_day(line.occurred_on)
    case = ledger.intake.history.dossier(line.stream, registry).dossier
    assert isinstance(case, Case)
    event = resolved(case, registry, event_of(line), whose, on)
    for entry in ledger.store.read_stream(line.stream):
        act = stored_act(entry)
        same = (act.type, act.agency, act.signer, act.occurred_on) == (line.type, whose, line.actor, on)
        if same and _words(act, event):
            return Accepted(Receipt(entry, act, repeated=True), ())
    return None


def _words(act: Act, event: Event) -> bool:
    aside = dict(LEFT_ASIDE)
    if act.type == "CaseCarriedForward":
        aside["source_row"] = ""
    return replace(act.event, **aside) == replace(event, **aside)


# --- rows that come back ------------------------------------------------------------------------------------


def hand_back(table: Table, refused: list[tuple[Row, str]], path: Path) -> None:
    """The refused rows with their reasons, in a file of the same shape. Raises OSError."""
    width = max(h.column for h in table.heads) + 1
    dropped = {h.column for h in table.heads if h.name.startswith(REASON)}
    kept = [c for c in range(width) if c not in dropped]

    def shaped(row: Row, last: Value) -> list[Value]:
        return [row.values[c] if c < len(row.values) else None for c in kept] + [last]

    top = [shaped(row, REASON if row is table.top[-1] else None) for row in table.top]
    rows = [shaped(row, why) for row, why in refused]
    if table.book.dialect is not None:
        writing.write_csv(path, [*top, *rows], table.book.dialect.encoding, table.book.dialect.delimiter)
    else:
        whole = [m for m in table.grid.merges if m[1][0] < len(top) and m[1][1] < min(dropped, default=width)]
        writing.write_rows(path, table.grid.name, top, whole, rows)
