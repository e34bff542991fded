"""`gongze report trace`: from a cell of a printed report back to the statements that its number was counted from.

The file says which ledger and how much of it; the figure is counted again from that much, and once more from all there
is now, so that it shows whether the ledger has moved on.
"""

import json
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from domain import dossiers, mechanism
from domain.duties import Duty
from domain.refusal import Refusal, refused_as
from gongze.ledger import Ledger
from gongze.reporting import singles
from gongze.reporting.definitions import SINGLES
from gongze.reporting.figures import Figure, tag_of
from gongze.reporting.gathering import Gathered, How, Reader, asked, gather, head_of
from gongze.reporting.provenance import PLACE, Provenance, read_line
from gongze.reporting.report import report
from gongze.reporting.workbook import SOURCE_SHEET, exact
from projections import reading

LARGEST, INFLATED = 64 * 2**20, 512 * 2**20
"""Bytes of a file, and of what is packed in it."""
ABOUT_REPORTS = frozenset({"ReportCirculated", "ReportAdopted"})
_PLACE = re.compile(r"(?P<sheet>[^!]+)!\$?(?P<column>[A-Za-z]{1,3})\$?(?P<row>[0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a file says: of itself, and of the figures in it by id, all that it shows for each; cells of a workbook by
    place. `values`: the numbers that stand beside the texts where other programs read the file. `spoken`: its sentences,
    where they are all the file's own."""

    provenance: Provenance
    texts: dict[str, list[str]]
    places: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    spoken: str | None = None

    def show(self, id_: str, text: str) -> None:
        shown = self.texts.setdefault(id_, [])
        if text not in shown:
            shown.append(text)

    def shown(self, id_: str, counted: str) -> str:
        """What the file shows for a figure: where it shows several things, one that was not counted."""
        texts = self.texts[id_]
        return next((text for text in texts if text != counted), texts[0])

    def id_of(self, cell: str) -> str:
        """The id of the figure meant by a cell's place, or the id itself. Raises Refusal: figure_unknown."""
        place = _PLACE.fullmatch(cell)
        if place is not None:
            wanted = f"{place['sheet'].strip(chr(39))}!{place['column'].upper()}{int(place['row'])}"
            if wanted not in self.places:
                raise Refusal("figure_unknown", f"单元格“{cell}”里没有报告的数字，见“{SOURCE_SHEET}”", "CELL")
            return self.places[wanted]
        if cell not in self.texts:
            raise Refusal(
                "figure_unknown", f"报告里没有数字“{cell}”，请写 工作表!单元格 或者数字编号", "CELL"
            )
        return cell


@dataclass(frozen=True, slots=True)
class Line:
    """One statement that a figure rests on. `duty`: what it was counted for, where the figure counts duties."""

    index: int
    statement: str
    dossier: str
    type_zh: str
    agency: str
    occurred_on: str
    duty: Duty | None = None

    def json(self) -> dict[str, Any]:
        return {
            "index": self.index, "statement": self.statement, "dossier": self.dossier, "type_zh": self.type_zh,
            "agency": self.agency, "occurred_on": self.occurred_on, "duty": _told(self.duty),
        }  # fmt: skip


def _told(duty: Duty | None) -> dict[str, Any] | None:
    return None if duty is None else {
        "id": duty.id, "duty": duty.row.id, "name": duty.row.name_zh, "holder": duty.holder, "source": duty.row.source,
        "due_on": duty.due_on and duty.due_on.isoformat(),
        "discharged_on": duty.discharged_on and duty.discharged_on.isoformat(),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """`printed` is what the file shows, `then` the figure counted again from the same part of the log, `now` from all
    of it, None where nothing was added since. `duty`: the one duty that it is about, if it is."""

    provenance: Provenance
    printed: str
    then: Figure
    now: Figure | None
    size: int
    lines: tuple[Line, ...]
    duty: Duty | None = None

    @property
    def agrees(self) -> bool:
        return self.printed == self.then.text

    def json(self) -> dict[str, Any]:
        asked_, definition = self.provenance.asked, self.then.definition
        return {
            "figure": self.then.id, "name": definition.zh, "unit": definition.unit, "definition": definition.what,
            "source": definition.source, "printed": self.printed, "recounted": self.then.text, "agrees": self.agrees,
            "head": asked_.head, "size_now": self.size, "now": self.now.text if self.now is not None else None,
            "from": asked_.period.first.isoformat(), "to": asked_.period.last.isoformat(),
            "duty": _told(self.duty), "statements": [line.json() for line in self.lines],
        }  # fmt: skip


def trace(ledger: Ledger, file: Path, cell: str) -> Trace:
    """Raises Refusal: file_unusable, report_unreadable, figure_unknown, report_foreign, head_unknown."""
    printed = read(file)
    id_ = printed.id_of(cell)
    of = printed.provenance.asked
    told = _told_again(ledger, printed.provenance, "traced")
    single = singles.find(told, id_)
    then = _figure(told, id_) if single is None else single.figure
    size = head_of(ledger)
    now = None
    if size != of.head:
        present = gather(ledger, asked(ledger, of.region, of.period), how="fresh")
        now = _figure(present, then.id) if single is None else singles.again(single, present)
    duty = told.figures.duty(single.of[-1]) if single is not None else None
    lines = tuple(_lines(ledger, told, then))
    return Trace(printed.provenance, printed.shown(id_, then.text), then, now, size, lines, duty)


@dataclass(frozen=True, slots=True)
class Said:
    """An act of a joint meeting that has this very file attached (送审, 通过)."""

    meeting: str
    type_zh: str
    agency: str
    occurred_on: str


@dataclass(frozen=True, slots=True)
class Checked:
    """`differing`: figures that the file shows otherwise than they are counted, as (id, printed, counted). `said`: by
    which acts the ledger knows the file; its digest is that of its bytes."""

    provenance: Provenance
    digest: str
    figures: int
    differing: tuple[tuple[str, str, str], ...]
    said: tuple[Said, ...]
    size: int

    def json(self) -> dict[str, Any]:
        of = self.provenance.asked
        return {
            "digest": self.digest, "print": self.provenance.print, "head": of.head, "size_now": self.size, "figures": self.figures,
            "differing": [{"figure": i, "printed": p, "counted": c} for i, p, c in self.differing],
            "acts": [{"meeting": s.meeting, "type_zh": s.type_zh, "agency": s.agency, "occurred_on": s.occurred_on}
                     for s in self.said],
        }  # fmt: skip


def check(ledger: Ledger, file: Path) -> Checked:
    """Count every figure of a file again, and look for the file among the documents of meetings. Raises as `trace`."""
    if file.suffix.lower() == ".pdf":
        return _check_pages(ledger, file)
    printed = read(file)
    told = _told_again(ledger, printed.provenance)
    made = report(told, printed.provenance.print)
    figures = made.figures()
    counted = {tag_of(id_): f.text for id_, f in figures.items()}
    values = {id_: exact(f) for id_, f in figures.items()}
    differing = tuple(
        (id_, text, counted.get(tag_of(id_), "—"))
        for id_, texts in printed.texts.items()
        for text in texts
        if counted.get(tag_of(id_)) != text
    )
    differing += tuple(
        (id_, str(value), str(values.get(id_, "—")))
        for id_, value in printed.values.items()
        if values.get(id_) != value and not any(id_ == known for known, *_ in differing)
    )
    if printed.spoken is not None:
        from gongze.reporting import pages  # papers are slow to import

        known = {id_ for id_, *_ in differing}
        differing += tuple(d for d in pages.spoken_otherwise(made, printed.spoken) if d[0] not in known)
    return _checked(ledger, file, printed.provenance, len(printed.texts), differing)


def _check_pages(ledger: Ledger, file: Path) -> Checked:
    from gongze.reporting import pages  # papers are slow to import

    _check_size(file)
    found = pages.read(file)
    told = _told_again(ledger, found.provenance)
    compared, differing = pages.differing(report(told, found.provenance.print), found)
    return _checked(ledger, file, found.provenance, compared, differing)


def _checked(
    ledger: Ledger, file: Path, provenance: Provenance, figures: int, differing: tuple[tuple[str, str, str], ...]
) -> Checked:  # fmt: skip
    digest = sha256(file.read_bytes()).hexdigest()
    return Checked(provenance, digest, figures, differing, tuple(_said(ledger, digest)), head_of(ledger))


def _told_again(ledger: Ledger, provenance: Provenance, how: How = "fresh") -> Gathered:
    """Counted anew, whatever was kept."""
    of = provenance.asked
    if asked(ledger, of.region, of.period).ledger != of.ledger:
        raise Refusal("report_foreign", "这份报告出自另一本台账，请对着那本台账追溯", "FILE")
    told = gather(ledger, asked(ledger, of.region, of.period, of.head), how=how)
    if provenance.root not in (None, told.root):
        raise Refusal(
            "report_foreign",
            f"台账的前 {of.head} 条与写这份报告时不同（根不符），请运行 gongze verify，并核对备份",
            "FILE",
        )
    return told


def _said(ledger: Ledger, digest: str) -> Iterator[Said]:
    with ledger.projections.reading() as connection:
        for meeting in reading.cases(connection, kind="meeting"):
            for row in reading.timeline(connection, meeting.case):
                attached = {d.get("sha256") for d in row.data.get("documents") or ()}
                if row.type in ABOUT_REPORTS and digest in attached:
                    yield Said(meeting.case, row.type_zh, row.agency, row.occurred_on.isoformat())


def _figure(told: Gathered, id_: str) -> Figure:
    try:
        known = next((i for i in told.figures.now.ids() if tag_of(i) == id_), id_) if "~" in id_ else id_
        return told.figures[known]
    except KeyError:
        raise Refusal("figure_unknown", f"没有数字“{id_}”：报告出自另一个版本的软件", "CELL") from None


def _lines(ledger: Ledger, told: Gathered, figure: Figure) -> list[Line]:
    """The statements, by their place in the log; of a duty, the one that it began with and the one that ended it, and of
    a duty alone also those that moved its days."""
    wanted: dict[str, list[Duty | None]] = {}
    reader = Reader(ledger, told.asked.head) if figure.definition.id in SINGLES else None
    for about in figure.about:
        duty = told.figures.duty(about)
        if duty is None:
            wanted.setdefault(about, []).append(None)
            continue
        acts = singles.acts_of(duty, reader) if reader is not None else (duty.opened_by, duty.discharged_by)
        for act in dict.fromkeys(act for act in acts if act):
            wanted.setdefault(act, []).append(duty)
    found: list[Line] = []
    with ledger.projections.reading() as connection:
        for row in reading.acts(connection, list(wanted)):
            if row.index >= told.asked.head:
                continue
            found += [
                Line(
                    row.index,
                    row.statement,
                    row.stream,
                    row.type_zh,
                    row.agency,
                    row.occurred_on.isoformat(),
                    duty,
                )
                for duty in wanted[row.statement]
                if duty is None or _of(duty, row.stream)
            ]
    return sorted(found, key=lambda line: (line.index, line.duty.id if line.duty is not None else ""))


def _of(duty: Duty, stream: str) -> bool:
    """Whether a statement is of a duty's dossier: an id that a sender chose may be another's too. What a region owes
    apart from any dossier begins and ends in several."""
    return duty.case.startswith(mechanism.PREFIX) or stream == dossiers.stream_of(duty.case)


# --- reading what was written ------------------------------------------------------------------------------------


def read(file: Path) -> Printed:
    """The figures of a file that `gongze report` wrote. Raises Refusal: file_unusable, report_unreadable."""
    _check_size(file)
    reader = {".xlsx": _workbook, ".docx": _paper, ".json": _json}.get(file.suffix.lower())
    if reader is None:
        raise Refusal(
            "format_unknown",
            "报告可以是 .xlsx、.docx 或 .json；.pdf 只能用 gongze report check 核对，不能追溯单个数字",
            "FILE",
        )
    if reader is not _json:
        _check_packed(file)
    damaged = Refusal("report_unreadable", f"文件已损坏，或不是 gongze report 写成的 {file.suffix}", "FILE")
    with refused_as(damaged), warnings.catch_warnings(action="ignore"):
        return reader(file)


def _check_size(file: Path) -> None:
    try:
        size = file.stat().st_size
    except OSError:
        raise Refusal("file_unusable", f"找不到或读不出文件“{file}”", "FILE") from None
    if not file.is_file() or size > LARGEST:
        raise Refusal("file_unusable", f"“{file}”不是文件，或者大于 64 MB", "FILE")


def _check_packed(file: Path) -> None:
    """Refuse what would grow without end when it is unpacked."""
    try:
        with ZipFile(file) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except (BadZipFile, NotImplementedError, OSError, ValueError, struct.error):
        raise Refusal("report_unreadable", "文件已损坏，不是可以读的 .docx 或 .xlsx", "FILE") from None
    if size > INFLATED:
        raise Refusal("report_unreadable", f"文件解开后超过 {INFLATED // 2**20} MB，不像是报告", "FILE")


def _workbook(file: Path) -> Printed:
    from openpyxl import load_workbook

    book = load_workbook(file, read_only=True)
    provenance = read_line(book.properties.keywords)
    if SOURCE_SHEET not in book.sheetnames:
        raise Refusal("report_unreadable", f"文件里没有“{SOURCE_SHEET}”一页，不能按单元格追溯", "FILE")
    printed = Printed(provenance, {}, {})
    listed: dict[str, str] = {}
    for sheet, place, id_, _, text, *_ in book[SOURCE_SHEET].iter_rows(
        min_row=4, max_col=6, values_only=True
    ):
        if isinstance(id_, str) and text is not None:
            printed.show(id_, listed.setdefault(id_, str(text)))
            if place:
                printed.places[f"{sheet}!{place}"] = id_
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                figure = printed.places.get(f"{page.title}!{getattr(cell, 'coordinate', '')}")
                if figure is not None and not _says(cell.value, listed[figure]):
                    printed.show(
                        figure, str(cell.value)
                    )  # what people read, whatever the list of sources says
    return printed


def _says(value: Any, text: str) -> bool:
    """Whether a cell says what is printed elsewhere, as that text or as a number."""
    if isinstance(value, str) or value is None:
        return (value or "") == text
    try:
        if text.endswith("%"):
            return Decimal(str(value)) * 100 == Decimal(text.removesuffix("%"))
        return Decimal(str(value)) == Decimal(text.replace(",", ""))
    except InvalidOperation:
        return False


def _paper(file: Path) -> Printed:
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(str(file))
    provenance = read_line(document.core_properties.keywords)
    printed = Printed(provenance, {}, {})
    for control in document.element.body.iter(qn("w:sdt")):
        tag = control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        if tag is not None and not tag.get(qn("w:val"), "").startswith(PLACE):
            printed.show(tag.get(qn("w:val"), ""), "".join(t.text or "" for t in control.iter(qn("w:t"))))
    return printed


def _json(file: Path) -> Printed:
    told = json.loads(file.read_text("utf-8"))
    provenance = read_line(told["format"])
    values = {str(id_): f["value"] for id_, f in told["figures"].items()}
    blocks = [*told["blocks"], *told["annexes"]]
    spoken = "\n".join(str(block["text"]) for block in blocks if "text" in block)
    printed = Printed(provenance, {}, {}, values, spoken)
    for id_, figure in told["figures"].items():
        printed.show(str(id_), str(figure["text"]))
    for block in blocks:  # which people read, and programs that want the tables
        for row in (*block.get("rows", ()), block.get("total") or ()):
            for cell in row:
                if isinstance(cell, dict):
                    printed.show(str(cell["figure"]), str(cell["text"]))
    return printed
