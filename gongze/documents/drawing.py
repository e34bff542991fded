"""One official document drawn from the ledger: which act, whose, what of it may be printed for whom."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.documents.filling import Value, blank, fill
from domain.acts import EVENTS
from domain.cases import Case
from domain.disclosure import Reader
from domain.duties import Duty, counted_until, duties_of
from domain.entries import Dossier, Entry, counts_on
from domain.meetings import Meeting
from domain.refusal import Refusal
from domain.registry import OPERATOR, Registry
from domain.values import Ref, from_milliseconds, same_number
from gongze.books.sources import File
from gongze.documents import fields
from gongze.documents.fields import (
    BY_NAME,
    FIELDS,
    NAMES,
    OUTLINED,
    Known,
    Source,
    of_act,
    of_case,
    of_issuer,
    of_meeting,
    of_next_meeting,
)
from gongze.documents.kinds import Kind
from gongze.ledger import Ledger

CONVENED = "MeetingConvened"
SHIPPED = Path(__file__).parent / "templates"
TEMPLATE_MAX = 20 * 2**20


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks for beside the kind: `of` which act (its number or statement), `reader` for whom."""

    dossier: str | None = None
    of: str | None = None
    reader: str | None = None
    to: str | None = None
    day: date | None = None
    given: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document's fields. `index`: the last act of its dossier, which it rests on; None where there is none."""

    kind: Kind
    values: Mapping[str, Value]
    issuer: str | None
    statement: str | None
    index: int | None
    ledger: str
    made_ms: int

    @property
    def basis(self) -> str:
        """For the file's properties: an official page carries no such line."""
        if self.index is None:
            return f"共责台账 {self.ledger}"
        return f"据共责台账 {self.ledger} 第 {self.index} 条及以前的记录"


def draw(ledger: Ledger, kind: Kind, asked: Asked) -> Drawn:
    """The fields of a document.

    Raises Refusal: agency_unknown, dossier_unknown (or not shown to the reader), document_unavailable, document_field.
    """
    registry = ledger.registry()
    for option, agency in (("--for", asked.reader), ("--to", asked.to)):
        if agency is not None and agency not in registry.agencies:
            raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", option)
    dossier = _dossier(ledger, kind, asked, registry)
    entry = _entry(kind, dossier, asked, registry) if dossier is not None else None
    issuer = _issuer(kind, dossier, entry, asked, ledger, registry)
    if entry is not None and isinstance(dossier, Case):
        # as the case stood then: what came later is not in it
        dossier = counted_until(dossier, max(entry.on, counts_on(entry, dossier.copies)), registry)
    viewer = asked.reader or issuer
    if dossier is not None and viewer is None:
        raise Refusal("document_unavailable", f"还没有登记{kind.zh}，请用 --for 写明是哪个机关的", "--for")
    reader = Reader(registry, viewer, dossier) if viewer is not None and dossier is not None else None
    source = Source(File(dossier, (), reader), registry, entry)
    day = asked.day or (entry.on if entry is not None else None)
    found: Known = of_issuer(source, issuer, day)
    if isinstance(dossier, Case):
        found |= of_case(source)
    if isinstance(dossier, Meeting):
        found |= of_meeting(source)
    if dossier is None and kind.stream == "meeting" and asked.reader is not None:
        owed = meeting_owed(ledger, asked.reader, ledger.today())
        if owed is None:
            raise Refusal(
                "document_unavailable",
                "该机关眼下没有应召集的定期会议；已经召集的，用 --case 写明 meeting/编号",
                "--for",
            )
        found |= of_next_meeting(source, asked.reader, owed.recipients)
    found |= of_act(source)
    if asked.to is not None:
        found["主送机关"] = registry.agencies[asked.to].name
    elif "主送机关" not in found and isinstance(dossier, Case):
        found |= _routed(kind, dossier, ledger, registry)
    values = _given(found, asked.given or {})
    acts = dossier.acts if dossier is not None else ()
    shown = [act for act in acts if reader is None or reader.sees(act) == "all"]
    return Drawn(
        kind, _complete(values), issuer, entry.act.id if entry is not None else None,
        max((act.index for act in shown), default=None), registry.genesis.name if registry.genesis is not None else "",
        max((act.received_at_ms for act in shown), default=ledger.now_ms()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it was read, and from where: an office with twenty of its own has to know which one is meant."""

    path: Path
    content: bytes


def meeting_owed(ledger: Ledger, department: str, on: date) -> Duty | None:
    """The regular meeting that a department has to hold in the period that runs; None where it owes none, or has convened
    it already. One of an earlier period cannot be held any more: that it was missed is on the duty board."""
    rules = ledger.rules()
    registry = rules.registry
    ledger.catch_up()
    for mechanism in ledger.mechanisms(registry):
        if mechanism.home(registry) != department:
            continue
        if any(m.kind == "regular" and m.convened_on is not None and m.held_on is None and m.cancelled_on is None
               for m in mechanism.meetings.values()):  # fmt: skip
            return None
        for duty in duties_of(mechanism, rules, on):
            over = duty.discharged_on is not None or duty.cancelled_on is not None
            regular = duty.row.period is not None and any(
                m.event == "MeetingHeld" for m in duty.row.discharged_by
            )
            if regular and not over and duty.due_on is not None and duty.due_on >= on:
                return duty
    return None


def write(drawn: Drawn, template: Template) -> bytes:
    """The .docx. Raises Refusal, with the template's file: template_unusable, template_field."""
    author = drawn.values["发文机关"]
    try:
        return fill(
            template.content, drawn.values, NAMES, title=drawn.kind.zh, author=author if isinstance(author, str) else "",
            basis=drawn.basis, made=from_milliseconds(drawn.made_ms),
        )  # fmt: skip
    except Refusal as refusal:
        raise Refusal(
            refusal.code, f"模板 {template.path}：{refusal.message}", refusal.field or template.path.name
        ) from None


def template_of(kind: Kind, folder: Path | None) -> Template:
    """The office's own where its folder has one, else the shipped one. Raises Refusal: template_unusable,
    settings_unusable."""
    own = own_template(kind, folder)
    if own is not None:
        return Template(own, read_template(own))
    shipped = SHIPPED / f"{kind.id}.docx"
    return Template(shipped, shipped.read_bytes())


def own_template(kind: Kind, folder: Path | None) -> Path | None:
    """The office's own template of a kind, where there is one. Raises Refusal: settings_unusable."""
    if folder is None:
        return None
    if not folder.is_dir():
        raise Refusal("settings_unusable", f"模板文件夹 {folder} 不存在", "GONGZE_TEMPLATES_DIR")
    own = folder / f"{kind.id}.docx"
    return own if own.is_file() else None


def read_template(path: Path) -> bytes:
    """A file that somebody else wrote, its size looked at first. Raises Refusal: template_unusable."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > TEMPLATE_MAX:
            raise Refusal(
                "template_unusable",
                f"模板 {path} 超过 {TEMPLATE_MAX // 2**20} MB，请缩小其中的图片",
                path.name,
            )
        return file.read(TEMPLATE_MAX + 1)


# --- which dossier, which act ------------------------------------------------------------------------------------


def _dossier(ledger: Ledger, kind: Kind, asked: Asked, registry: Registry) -> Dossier | None:
    if not kind.stream:
        if asked.dossier is not None:
            raise Refusal(
                "document_unavailable", f"台账没有{kind.zh}的记录，请不写 --case，写 --for 和 --to", "--case"
            )
        return None
    if asked.dossier is None and asked.reader is not None and kind.acts == (CONVENED,):
        return None  # of the meeting that is owed next
    if asked.dossier is None:
        shape = "案号" if kind.stream == "case" else f"{kind.stream}/编号"
        owed = "；还没有召集的会议，用 --for 写明由哪个机关召集" if kind.acts == (CONVENED,) else ""
        raise Refusal("dossier_unknown", f"请用 --case 写明{shape}{owed}", "--case")
    named = asked.dossier.partition("/")[0] if "/" in asked.dossier else "case"
    if named not in ("case", "meeting", "discipline", "reconciliation"):
        named = "case"
    if named != kind.stream:
        shape = "案号" if kind.stream == "case" else f"{kind.stream}/编号"
        raise Refusal("document_unavailable", f"{kind.zh}出自另一种案卷，--case 请写{shape}", "--case")
    id_ = ledger.case_called(asked.dossier) if kind.stream == "case" else asked.dossier
    ledger.catch_up()
    dossier = ledger.dossier(id_, registry=registry)
    hidden = asked.reader is not None and not Reader(registry, asked.reader, dossier).knows_of_it
    if not dossier.begun or hidden:
        raise Refusal("dossier_unknown", f"没有案卷 {asked.dossier}，或者该机关看不到它", "--case")
    return dossier


def _entry(kind: Kind, dossier: Dossier, asked: Asked, registry: Registry) -> Entry | None:
    """The act that is written out: the latest of its type that the reader is shown; None for a draft."""
    reader = Reader(registry, asked.reader, dossier) if asked.reader is not None else None
    found = []
    for entry in dossier.entries:
        of_kind = entry.type in kind.acts and entry.stands_for is None
        if kind.only is not None and of_kind:
            of_kind = getattr(entry.act.event, kind.only[0], None) in kind.only[1]
        if of_kind and (reader is None or reader.sees(entry.act) == "all"):
            found.append(entry)
    if asked.of is not None:
        found = [e for e in found if _called(e, asked.of)]
        if not found:
            raise Refusal("document_unavailable", f"案卷里没有可打印的“{asked.of}”，请核对文号", "--of")
    return found[-1] if found else None


def _called(entry: Entry, name: str) -> bool:
    """By its statement's id, or a number that it bears or answers."""
    if entry.act.id == name.lower():
        return True
    event = entry.act.event
    said = [
        getattr(event, f)
        for f in event.__dataclass_fields__
        if f.endswith("_no") or f in ("application", "about")
    ]
    numbers = [value.no if isinstance(value, Ref) else value for value in said]
    return any(isinstance(no, str) and same_number(no) == same_number(name) for no in numbers)


def _issuer(
    kind: Kind, dossier: Dossier | None, entry: Entry | None, asked: Asked, ledger: Ledger, registry: Registry
) -> str | None:
    """Whose document it is. A draft is the reader's own, if its kind of agency may do the act at all."""
    if entry is not None:
        return entry.act.agency
    if dossier is None:
        return asked.reader
    if asked.reader is not None:
        allowed = frozenset().union(*(EVENTS[name].by for name in kind.acts))
        if asked.reader != OPERATOR and registry.agencies[asked.reader].kind not in allowed:
            raise Refusal("document_unavailable", f"该机关没有可以打印的{kind.zh}", "--for")
        return asked.reader
    if isinstance(dossier, Case):
        return (
            next(iter(dossier.meant(kind.issuer, {}, None, ledger.today(), registry)), None)
            if kind.issuer
            else None
        )
    return dossier.home(registry) or None


_TO = {
    "copy-application": "procuratorate", "copy-acceptance": "procuratorate", "copy-ruling": "procuratorate",
    "supervision-application": "procuratorate", "enforcement-application": "basic_court",
    "violation-report": "government", "crime-referral": "police",
}  # fmt: skip
"""Whom a draft is addressed to by the routes of the department in charge."""


def _routed(kind: Kind, case: Case, ledger: Ledger, registry: Registry) -> Known:
    selector = _TO.get(kind.id)
    if selector is None:
        return {}
    meant = case.meant(selector, {}, None, ledger.today(), registry)
    return (
        fields.known(主送机关=registry.agencies[meant[0]].name)
        if meant and meant[0] in registry.agencies
        else {}
    )


# --- what is left blank ------------------------------------------------------------------------------------------


def _given(found: Known, given: Mapping[str, str]) -> Known:
    """What the officer fills in beside: only what the ledger does not know, or only in outline. Raises Refusal: document_field."""
    for name, text in given.items():
        field = BY_NAME.get(name)
        if field is None or field.rows is not None:
            raise Refusal(
                "document_field", f"没有可以填写的字段“{name}”，全部字段见 docs/documents.md", "--set"
            )
        if name in found and name not in OUTLINED:
            raise Refusal("document_field", f"“{name}”以台账为准（{found[name]}），登记有误请先更正", "--set")
        found[name] = text
    return found


def _complete(found: Known) -> dict[str, Value]:
    """Every field: a blank where nothing is known, also within the rows of a list."""
    values: dict[str, Value] = {}
    for field in FIELDS:
        value: Any = found.get(field.name)
        if field.rows is None:
            values[field.name] = value if value is not None else blank(field.name)
        else:
            rows = [{}] if value is None else value
            values[field.name] = [{name: row.get(name) or blank(name) for name in field.rows} for row in rows]
    return values
