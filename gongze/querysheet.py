"""办理情况回执单: what an agency that keeps its papers on paper is asked each week, and which act each answer is.

A row has a number (编号) that is the same every week as long as it asks for the same thing, so that a sheet filled
in late can still be imported. Sources: 台账运行规则 代录; 拉萨实施意见 四（三）.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from domain.acts import EVENTS, Event
from domain.acts.base import EventKind
from domain.cases import Case
from domain.disclosure import Reader
from domain.duties import STATE_ZH, Duty
from domain.forms import FieldType, fields_of
from domain.refusal import Refusal
from domain.registry import Agency
from gongze.books.sources import File
from gongze.ledger import BoardRow, Ledger
from gongze.reference import WORDS_HERE_ZH, WORDS_ZH
from gongze.sheets.writing import Cell, Column, Sheet, write_sheet

LIVE = frozenset({"not_running", "open", "due_soon", "overdue", "extended", "suspended", "disputed"})
NEVER_FOR_ANOTHER = frozenset({"StatementCorrected", "StatementVoided", "ActConfirmed", "ActDisputed"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that may be written under 办理结果. `number` takes 文号, `text` takes 备注 where the act needs words."""

    zh: str
    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    number: str | None = None
    number_needed: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One row: what is to be done in which case, by when, and what may be answered."""

    id: str
    case: str
    parties: str
    what: str
    since: date | None
    due_on: date | None
    state: str
    source: str
    answers: tuple[Answer, ...]


def asked(ledger: Ledger, agency: str, *, everything: bool = False) -> list[Asked]:
    """What an agency is asked: what it owes in cases, papers to sign for among it, and of the case what it is shown.
    Raises Refusal: agency_unknown.

    `everything`: also what has been done since, for a sheet that comes back late.
    """
    registry = ledger.registry()
    who = registry.agencies.get(agency)
    if who is None:
        raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", "--agency")
    found: list[Asked] = []
    file = File(Case(""), ())
    for row in sorted(ledger.board(ledger.today(), holder=agency), key=lambda r: r.duty.case):
        duty = row.duty
        if (
            duty.row.kind != "duty"
            or duty.row.stream != "case"  # what is owed in meetings and reconciliations is minuted
            or not (everything or row.standing.state in LIVE)
        ):
            continue
        if file.dossier.id != duty.case:
            case = ledger.case(duty.case, registry=registry)
            file = File(case, (), Reader(registry, agency, case))
        answers = tuple(_answers(file.dossier, duty, who))
        if answers:
            found.append(_asked(file, row, answers))
    return sorted(found, key=lambda a: (a.due_on or date.max, a.case, a.id))


def _asked(file: File[Case], row: BoardRow, answers: tuple[Answer, ...]) -> Asked:
    """Whom the case is against, only where the case is listed for the agency: a paper sent to it tells of the paper."""
    duty, filing = row.duty, file.dossier.filing
    listed = file.reader is None or file.reader.sees_it
    parties = "、".join(filing.parties.values()) if filing is not None and listed else ""
    running = row.standing.state != "not_running"
    number = _number(file, duty)
    what = f"{duty.row.name_zh}（{number}）" if number else duty.row.name_zh
    return Asked(
        duty.id, duty.case, parties, what, duty.opened_on if running else None,
        duty.due_on if running else None, STATE_ZH[row.standing.state], duty.row.source, answers,
    )  # fmt: skip


def _subjects(case: Case, duty: Duty) -> dict[str, str]:
    """What a duty is about, as far as what opened it tells."""
    subjects: dict[str, str] = {}
    for entry in case.entries:
        if entry.act.id == duty.opened_by:
            subjects |= entry.subjects
    subjects[duty.row.subject] = duty.subject
    return subjects


def _number(file: File[Case], duty: Duty) -> str | None:
    """The number of the paper that a duty is about, by which an agency finds it in its files: of one that it has."""
    case = file.dossier
    subjects = _subjects(case, duty)
    if duty.row.subject == "copy":
        sent = (c for key, c in case.copies.items() if key.partition(":")[0] == duty.subject)
        shown = (c for c in sent if file.sight(c.act) in ("all", "number_and_date"))
        return next((no for copy in shown for no in copy.numbers), None)
    matter = case.matters.get(duty.subject)
    if matter is not None and matter.no is not None and any(file.sees(act) for act, _, _ in matter.stages):
        return matter.no
    things = (
        case.suggestions.get(subjects.get("suggestion", "")),
        case.rulings.get(subjects.get("ruling", "")),
        case.applications.get(subjects.get("application", "")),
        case.decisions.get(subjects.get("decision", "")),
    )
    return next((t.no for t in things if t is not None and t.no is not None and file.sees(t.act)), None)


def _answers(case: Case, duty: Duty, who: Agency) -> Iterator[Answer]:
    """What the agency may have done about a duty: the acts that discharge it, as far as a row can tell of them."""
    subjects = _subjects(case, duty)
    if "ruling" not in subjects:
        rulings = [r.act for r in case.rulings.values() if r.application == subjects.get("application")]
        subjects |= {"ruling": rulings[0]} if len(rulings) == 1 else {}
    names = dict.fromkeys(match.event for match in duty.row.discharged_by)
    for kind in (EVENTS[name] for name in names if name in EVENTS):
        if who.kind in kind.by and kind.name not in NEVER_FOR_ANOTHER:
            yield from _answers_by(kind, subjects, duty)


def _answers_by(kind: EventKind, subjects: Mapping[str, str], duty: Duty) -> Iterator[Answer]:
    """One answer an act, or one for each value of what it must choose; none where it needs more than a row holds."""
    data: dict[str, Any] = {}
    numbers: list[tuple[str, bool]] = []
    texts: list[str] = []
    choices: list[tuple[str, list[tuple[Any, str]]]] = []
    common = fields_of(Event)
    for name, spec in fields_of(kind.cls).items():
        needed = not spec.optional and spec.default is None
        if name in common:
            continue
        if spec.shape == "ref" and spec.refers_to in subjects:
            data[name] = subjects[spec.refers_to]
        elif spec.form == "number":
            numbers.append((name, needed))
        elif not needed:
            continue
        elif spec.form == "text":
            texts.append(name)
        elif spec.shape in ("enum", "bool"):
            choices.append((name, _choices(spec)))
        elif name == "to" and len(duty.recipients) == 1:
            data[name] = duty.recipients[0] if spec.shape == "string" else list(duty.recipients)
        else:
            return
    if len(texts) > 1 or sum(needed for _, needed in numbers) > 1:
        return
    own = sorted(numbers, key=lambda n: not n[1])[:1]
    for chosen in product(*(values for _, values in choices)):
        words = "、".join(word for _, word in chosen)
        made = {**data, **{name: value for (name, _), (value, _) in zip(choices, chosen, strict=True)}}
        yield Answer(
            f"{kind.zh}：{words}" if words else kind.zh, kind.name, made, own[0][0] if own else None,
            bool(own and own[0][1]), texts[0] if texts else None,
        )  # fmt: skip


def _choices(spec: FieldType) -> list[tuple[Any, str]]:
    if spec.shape == "bool":
        return [(True, "是"), (False, "否")]
    return [(s, WORDS_HERE_ZH.get((spec.enum_name, s)) or WORDS_ZH.get(s, s)) for s in spec.symbols]


# --- the sheet ------------------------------------------------------------------------------------------------

COLUMNS = (
    Column("序号", 5, "number"), Column("编号", 18), Column("案号", 22), Column("当事人", 14), Column("事项", 30),
    Column("起算日", 13, "date"), Column("应办日期", 13, "date"), Column("状态", 8), Column("可填结果", 26),
    Column("办理结果", 16, group="请填写"), Column("日期", 13, group="请填写"), Column("文号", 18, group="请填写"),
    Column("经办人", 9, group="请填写"), Column("备注", 12, group="请填写"),
)  # fmt: skip
NOTES = (
    "填表说明：办理结果请照“可填结果”填写一项，尚未办理的留空；日期写作 2026年2月3日；编号请勿改动。",
    "本表供台账登记人代为记录，以贵单位盖章的原件为准；如有不实，贵单位可随时提出异议。",
)
SIGNING = "经办人签字：　　　　　　　负责人签字：　　　　　　　（单位盖章）　　　　　　　年　　月　　日"


def write(ledger: Ledger, agency: str, path: Path) -> int:
    """Write the query sheet of an agency; how many rows it has. Raises Refusal, OSError."""
    questions = asked(ledger, agency)
    who, today = ledger.registry().agencies[agency], ledger.today()
    number = f"{agency}-{today:%Y%m%d}"
    overdue = sum(q.state == STATE_ZH["overdue"] for q in questions)
    rows: list[list[Cell]] = [
        [n, q.id, q.case, q.parties, q.what, q.since, q.due_on, q.state, "；".join(a.zh for a in q.answers),
         None, None, None, None, None]
        for n, q in enumerate(questions, 1)
    ]  # fmt: skip
    total: list[Cell] = [None, "合计", f"{len(questions)} 项", None, f"其中逾期 {overdue} 项", *[None] * 9]
    sheet = Sheet(
        "办理情况回执单",
        f"填报单位：{who.name}（{agency}）",
        f"回执单编号：{number}　　截至：{today.year}年{today.month}月{today.day}日",
        COLUMNS,
        rows,
        total=total,
        notes=(*NOTES, SIGNING),
    )
    write_sheet(path, [sheet])
    return len(questions)
