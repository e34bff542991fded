"""The books as offices print and file them: 文书账, 案件账, 核账表 as sheets; the same tables as CSV."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.acts import EVENTS
from domain.duties import STATE_ZH
from domain.mechanism import department_of
from domain.values import ITEM_ZH, VIOLATION_ZH
from gongze.books.accounts import Account
from gongze.books.confirmations import STATE_ZH as STANDING_ZH
from gongze.books.confirmations import Standing
from gongze.books.differences import KIND_ZH, Difference
from gongze.books.enforcement import COPY_ZH, OUTCOME_ZH
from gongze.books.papers import REGISTERS
from gongze.books.rows import mu, zh
from gongze.books.sources import Sources
from gongze.keyfiles import write_over
from gongze.reference import WORDS_ZH
from gongze.sheets.writing import FORMULA, Cell, Column, Sheet, write_sheet

EVIDENCE_ZH = {
    "signed": "签名", "confirmed": "代录已确认", "attested_doc": "代录有件", "attested_oral": "代录无件",
}  # fmt: skip
DELIVERY_ZH = {"not_sent": "未送", "sent": "未签收", "returned": "已退回", "acknowledged": "已签收"}
RESULT_ZH = {
    "performed": "已履行", "executed": "已执行", "terminated": "终结执行", "partly": "部分履行", "pending": "未履行",
    "revoked": "决定已撤销", None: "",
}  # fmt: skip
REMEDY_ZH = {"review": "复议", "lawsuit": "诉讼"}
RULING_ZH = {"granted": "准予执行", "refused": "不准予执行", "not_accepted": "不予受理"}

SENT = "送达"
PAPER_COLUMNS = (
    Column("序号", 5, "number"), Column("登记簿", 14), Column("案号", 22), Column("当事人", 14), Column("文书", 16),
    Column("文号", 20), Column("制发机关", 16), Column("制发日期", 14, "date"),
    Column("应送机关", 16, group=SENT), Column("应送日期", 14, "date", SENT), Column("实送日期", 14, "date", SENT),
    Column("签收日期", 14, "date", SENT), Column("迟延工作日", 7, "number", SENT), Column("情况", 9, group=SENT),
    Column("答复、办结日期", 14), Column("证据等级", 10), Column("销账日期", 14, "date"), Column("未销账原因", 28),
    Column("备注", 14),
)  # fmt: skip
CASE_COLUMNS = (
    Column("序号", 5, "number"), Column("案号", 20), Column("来源", 8), Column("当事人", 12), Column("位置", 16),
    Column("违法类型", 10), Column("面积", 8, "money", "面积（亩）"), Column("耕地", 8, "money", "面积（亩）"),
    Column("永农", 8, "money", "面积（亩）"), Column("立案日", 13, "date"), Column("文号", 18, group="处罚决定"),
    Column("送达日", 13, group="处罚决定"), Column("处罚内容逐项", 22), Column("复议诉讼", 14), Column("催告日", 13),
    Column("最早", 13, group="申请日"), Column("最迟", 13, group="申请日"), Column("法院", 14), Column("行审案号", 18),
    Column("受理", 13, group="法院办理"), Column("裁定", 13, group="法院办理"), Column("收到", 13, group="法院办理"),
    Column("裁定主文", 16), Column("执行主体", 14), Column("执行案号", 16), Column("逐项执行结果", 22),
    Column("应缴", 11, "money", "罚款（元）"), Column("实缴", 11, "money", "罚款（元）"),
    Column("加处", 11, "money", "罚款（元）"), Column("申请材料", 17, group="三抄送（应／实／签收）"),
    Column("受理通知书", 17, group="三抄送（应／实／签收）"), Column("裁定书", 17, group="三抄送（应／实／签收）"),
    Column("公安等及结果", 18, group="移送"), Column("纪检及结果", 16, group="移送"), Column("承办人", 9),
    Column("证据等级", 10), Column("未销账原因", 26), Column("备注", 16),
)  # fmt: skip
DIFFERENCE_COLUMNS = (
    Column("序号", 5, "number"), Column("类别", 12), Column("案号", 24), Column("说明", 46), Column("涉及机关", 26),
    Column("工作日", 7, "number"), Column("依据", 20), Column("核对意见", 20), Column("核对人签字", 14), Column("日期", 12),
)  # fmt: skip
WENT, CAME = "送出（办理机关所记）", "签收（或对方所记）"
PAIR_COLUMNS = (
    *DIFFERENCE_COLUMNS[:4], Column("日期", 14, "date", WENT), Column("文号", 20, group=WENT),
    Column("日期", 14, "date", CAME), Column("文号", 20, group=CAME), *DIFFERENCE_COLUMNS[5:],
)  # fmt: skip
"""核账表 of two agencies: instead of whom it concerns, what each of them says."""
CONFIRMATION_COLUMNS = (
    Column("序号", 5, "number"), Column("核账", 22), Column("机关", 22), Column("账目截至", 14, "date"), Column("情况", 24),
    Column("确认日期", 14, "date"), Column("所确认的摘要", 34), Column("现在的摘要", 34), Column("核账结束", 14, "date"),
)  # fmt: skip


def write_account(path: Path, account: Account) -> None:
    """Both books as one workbook. Raises OSError."""
    sources = account.sources
    unit, dated = _unit(sources), _dated(sources)
    balances = {book: account.balance_of(rows) for book, rows in account.of_book().items()}

    period = f"结余（{zh(account.first)}至{zh(account.last)}）"

    def notes(book: str) -> list[str]:
        b = balances[book]
        lines = [
            f"{period}：期初 {b.opening}，新增 {b.new}（其中恢复挂账 {b.reinstated}），销账 {b.written_off}，期末 {b.closing}。"
        ]
        if sources.agency is not None:
            lines.append(f"对账摘要（SHA-256）：{account.digest()}")
        return lines

    papers = list(paper_lines(account))
    cases = list(case_lines(account))
    numbered = sum(1 for line in papers if line[0] is not None)
    write_sheet(
        path,
        [
            Sheet(
                "自然资源执法监管共同责任文书账", unit, dated, PAPER_COLUMNS, papers,
                _total(PAPER_COLUMNS, {2: f"{numbered} 件", 17: f"未销账 {_open(account.of_book()['papers'])} 件"}),
                notes("papers"), "文书账",
            ),
            Sheet(
                "自然资源执法监管共同责任案件账", unit, dated, CASE_COLUMNS, cases, _case_total(account),
                [*notes("cases"), "面积合计由平方米合计换算，1 亩 = 2000/3 平方米。"], "案件账",
            ),
        ],
    )  # fmt: skip


def write_differences(
    path: Path,
    found: Sequence[Difference],
    sources: Sources,
    confirmed: Sequence[Standing] = (),
    own: Account | None = None,
) -> None:
    """核账表, with a column to sign; on a sheet of its own how the agencies stand in the rounds, where there are any.
    `own`: the agency's account whose digest is signed with it. Raises OSError."""
    title = "核账表" if sources.agency is None else f"核账表（{sources.name(sources.agency)}）"
    total = _total(DIFFERENCE_COLUMNS, {2: f"{len(found)} 项"})
    notes = [f"{round_id(s)} {standing_zh(s, sources)}" for s in confirmed if s.agency == sources.agency]
    if own is not None:
        notes.append(f"两本账截至{zh(own.sources.as_of)}的对账摘要（SHA-256）：{own.digest()}")
    notes.append(
        "核对单位（盖章）：　　　　　　　　核对人（签字）：　　　　　　　　日期：　　　年　　月　　日"
    )
    rows = difference_lines(found, sources)
    unit, dated = _unit(sources), _dated(sources)
    written = [Sheet(title, unit, dated, DIFFERENCE_COLUMNS, rows, total, notes, "核账表")]
    if confirmed:
        lines = list(confirmation_lines(confirmed, sources))
        missing = _total(CONFIRMATION_COLUMNS, {2: f"待办 {sum(s.open for s in confirmed)} 项"})
        written.append(Sheet("核对确认", unit, dated, CONFIRMATION_COLUMNS, lines, missing, [], "核对确认"))
    write_sheet(path, written)


def write_pair(path: Path, found: Sequence[Difference], sources: Sources, other: str) -> None:
    """核账表 between an agency and another, for both to sign. Raises OSError."""
    both = (sources.name(sources.agency or ""), sources.name(other))
    total = _total(PAIR_COLUMNS, {2: f"{len(found)} 项"})
    notes = [
        f"{one}（盖章）：　　　　　　　　核对人（签字）：　　　　　　　　日期：　　　年　　月　　日"
        for one in both
    ]
    title = f"核账表（{'与'.join(both)}）"
    unit, dated = _unit(sources), _dated(sources)
    write_sheet(path, [Sheet(title, unit, dated, PAIR_COLUMNS, pair_lines(found), total, notes, "核账表")])


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; an older one of that name is replaced."""
    write_over(path, text.encode("utf-8"))


def as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_csv(title: str, sources: Sources, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> str:
    """UTF-8 with BOM and CRLF, as office software expects; cells that begin like a formula are disarmed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([title, f"截至 {sources.as_of}"])
    writer.writerow([f"{c.group}{c.head}" if c.group else c.head for c in columns])
    for row in rows:
        writer.writerow([_disarmed(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def _disarmed(cell: Cell) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def _unit(sources: Sources) -> str:
    """填报单位: whose account it is; the whole is kept by the department of the place where the ledger was started."""
    agency = sources.agency
    if agency is None:
        started = sorted(sources.registry.started)
        agency = department_of(started[0], sources.registry) if started else None
    return f"填报单位：{sources.name(agency) if agency is not None else ''}"


def _dated(sources: Sources) -> str:
    return f"填报时间：{zh(sources.as_of)}"


def _open(rows: Iterable[Any]) -> int:
    return sum(row.life.closed_on is None for row in rows)


def _total(columns: Sequence[Column], cells: Mapping[int, Cell]) -> list[Cell]:
    return [None, "合计", *(cells.get(place) for place in range(2, len(columns)))]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _lines(parts: Iterable[str | None]) -> str:
    """Several things in one cell, a line each."""
    return "\n".join(part for part in parts if part)


def _days(parts: Iterable[str | None]) -> str:
    return _lines(zh(date.fromisoformat(part)) if part else None for part in parts)


# --- 文书账 -----------------------------------------------------------------------------------------------------


def paper_lines(account: Account) -> Iterable[list[Cell]]:
    """One line a paper and recipient; what belongs to the whole row stands in its first line."""
    name = account.sources.name
    number = 0
    for register, rows in account.papers.items():
        for row in rows:
            number += 1
            shown = row.shown
            first = True
            for line in _copies(shown) if register == "enforcement" else _deliveries(register, shown):
                paper, to, due, sent, came, late, state = line
                mine: list[Cell] = [
                    number if first else None, REGISTERS[register], shown["case"], "、".join(shown["parties"]), paper,
                    shown.get("document_no") or shown.get("application_no"),
                    name(shown.get("made_by") or "") if register != "enforcement" else None,
                    _day(shown.get("made_on") or shown.get("applied_on")),
                    name(to) if to else None, due, sent, came, late, state,
                ]  # fmt: skip
                if first:
                    mine += [_answered(shown), EVIDENCE_ZH[shown["evidence"]], _day(shown["closed_on"]),
                             _lines(shown["missing"]), _lines(_remarks(shown))]  # fmt: skip
                else:
                    mine += [None] * 5
                yield mine
                first = False


_Sent = tuple[str, str | None, date | None, date | None, date | None, int | None, str]


def _deliveries(register: str, shown: Mapping[str, Any]) -> Iterable[_Sent]:
    if register == "meeting_items":
        yield (
            shown["text"],
            shown["holder"],
            _day(shown["due_on"]),
            _day(shown["reported_on"]),
            None,
            None,
            "",
        )
        return
    if not shown["deliveries"]:
        yield "", None, None, None, None, None, DELIVERY_ZH["not_sent"]
    for d in shown["deliveries"]:
        yield (
            EVENTS[d["what"]].zh, d["to"], _day(d["due_on"]), _day(d["sent_on"]), _day(d["acknowledged_on"]),
            d["days_late"], DELIVERY_ZH[d["state"]],
        )  # fmt: skip


def _copies(shown: Mapping[str, Any]) -> Iterable[_Sent]:
    for name, what in COPY_ZH.items():
        c = shown["copies"][name]
        yield (
            what, c["to"][0] if c["to"] else None, _day(c["due_on"]), _day(c["copied_on"]), _day(c["acknowledged_on"]), c["days_late"],
            STATE_ZH[c["state"]],
        )  # fmt: skip


def _answered(shown: Mapping[str, Any]) -> Cell:
    if "outcome" in shown:
        return OUTCOME_ZH[shown["outcome"]]
    answer = shown.get("answer")
    if answer is None:
        return None
    if answer["on"] is not None:
        return _day(answer["on"])
    return f"应于 {zh(date.fromisoformat(answer['due_on']))}" if answer["due_on"] else "未答复"


def _remarks(shown: Mapping[str, Any]) -> Iterable[str]:
    if shown["ground"] is not None:
        yield f"同意销账：{WORDS_ZH[shown['ground']]}"
    if shown["reinstated_on"] is not None:
        yield f"{zh(date.fromisoformat(shown['reinstated_on']))}恢复挂账"


# --- 案件账 -----------------------------------------------------------------------------------------------------


def case_lines(account: Account) -> Iterable[list[Cell]]:
    """One line a case; what is several stands in one cell, a line each."""
    name = account.sources.name
    copies: dict[str, list[Mapping[str, Any]]] = {}
    for row in account.papers["enforcement"]:
        copies.setdefault(row.shown["case"], []).append(row.shown["copies"])
    for number, row in enumerate(account.cases, 1):
        c = row.shown
        applications = c["applications"]
        rulings = [r for a in applications for r in a["rulings"]]
        items = [i for d in c["decisions"] for i in d["items"]]
        mine = copies.get(row.key.partition("/")[2], [])
        yield [
            number, c["case"], WORDS_ZH.get(c["source"], ""), "、".join(c["parties"]), c["place"]["address"],
            VIOLATION_ZH[c["violation"]], c["area_mu"], c["farmland_mu"], c["basic_farmland_mu"], _day(c["filed_on"]),
            _lines(d["decision_no"] for d in c["decisions"]), _days(d["served_on"] for d in c["decisions"]),
            _lines(_item(n, i) for n, i in enumerate(items, 1)), _lines(_remedy(r) for r in c["remedies"]),
            _days(c["demanded_on"]), _days(w["from"] for w in c["windows"]), _days(w["to"] for w in c["windows"]),
            _lines(dict.fromkeys(name(a["court"]) for a in applications)),
            _lines(a["review_case_no"] for a in applications), _days(a["accepted_on"] for a in applications),
            _days(r["made_on"] for r in rulings), _days(r["received_on"] for r in rulings),
            _lines(_ruling(r) for r in rulings), _lines(dict.fromkeys(_executor(r, account) for r in rulings)),
            _lines(a["execution_case_no"] for a in applications),
            _lines(_result(n, i) for n, i in enumerate(items, 1)),
            c["fines"]["due"], c["fines"]["paid"], c["fines"]["surcharge"],
            *(_lines(_copy(copy[kind]) for copy in mine) for kind in COPY_ZH),
            _lines(_referral(r, account) for r in c["referrals"] if r["kind"] != "discipline"),
            _lines(_referral(r, account) for r in c["referrals"] if r["kind"] == "discipline"),
            c["officer"], EVIDENCE_ZH[c["evidence"]], _lines(c["missing"]), _lines((*c["remarks"], *_remarks(c))),
        ]  # fmt: skip


def _case_total(account: Account) -> list[Cell]:
    def areas(field: str) -> Cell:
        return mu(sum((Decimal(r.shown[field]) for r in account.cases if r.shown[field]), Decimal(0)))

    def fines(field: str) -> Cell:
        return sum((Decimal(r.shown["fines"][field] or 0) for r in account.cases), Decimal(0))

    heads = [c.head for c in CASE_COLUMNS]
    return _total(
        CASE_COLUMNS,
        {
            2: f"{len(account.cases)} 件",
            heads.index("面积"): areas("area_m2"), heads.index("耕地"): areas("farmland_m2"),
            heads.index("永农"): areas("basic_farmland_m2"),
            heads.index("应缴"): fines("due"), heads.index("实缴"): fines("paid"), heads.index("加处"): fines("surcharge"),
            heads.index("未销账原因"): f"未销账 {_open(account.cases)} 件",
        },
    )  # fmt: skip


def _item(number: int, item: Mapping[str, Any]) -> str:
    text = f"{number}. {ITEM_ZH[item['kind']]}"
    if item["what"]:
        text += f"：{item['what']}"
    if item["amount_yuan"] is not None:
        text += f" {item['amount_yuan']} 元"
    if item["area_m2"] is not None:
        text += f" {item['area_m2']} 平方米"
    return text


def _result(number: int, item: Mapping[str, Any]) -> str:
    done = f"（{zh(date.fromisoformat(item['done_on']))}）" if item["done_on"] else ""
    return f"{number}. {RESULT_ZH[item['result']]}{done}" if item["result"] is not None else ""


def _remedy(remedy: Mapping[str, Any]) -> str:
    outcome = WORDS_ZH[remedy["outcome"]] if remedy["outcome"] is not None else "在办"
    return f"{REMEDY_ZH[remedy['kind']]} {zh(date.fromisoformat(remedy['on']))}：{outcome}"


def _ruling(ruling: Mapping[str, Any]) -> str:
    items = (
        f"（第{'、'.join(ruling['items'])}项）" if ruling["result"] == "granted" and ruling["items"] else ""
    )
    revoked = "，已撤销" if ruling["revoked"] else ""
    return f"{RULING_ZH[ruling['result']]}{items}{revoked}"


def _executor(ruling: Mapping[str, Any], account: Account) -> str | None:
    executor = ruling["executor"]
    return (
        "人民政府（裁执分离）"
        if executor == "government"
        else account.sources.name(executor)
        if executor
        else None
    )


def _copy(copy: Mapping[str, Any]) -> str:
    if copy["due_on"] is None and copy["copied_on"] is None:
        return STATE_ZH[copy["state"]]
    parts = (("应", copy["due_on"]), ("实", copy["copied_on"]), ("签", copy["acknowledged_on"]))
    return _lines(f"{what} {zh(date.fromisoformat(day)) if day else '—'}" for what, day in parts)


def _referral(referral: Mapping[str, Any], account: Account) -> str:
    to = "、".join(map(account.sources.name, referral["to"]))
    stage = EVENTS[referral["stage"]].zh
    answered = referral["answered_on"]
    if referral["kind"] == "discipline":
        stage = WORDS_ZH.get(referral["outcome"], "已签收" if answered else "未签收、未处置")
    on = f"（{zh(date.fromisoformat(answered))}）" if answered else ""
    return f"{referral['no'] or ''} {to}：{stage}{on}".strip()


# --- 核账表 -----------------------------------------------------------------------------------------------------


def difference_lines(found: Iterable[Difference], sources: Sources) -> Iterable[list[Cell]]:
    for number, d in enumerate(found, 1):
        yield [
            number, KIND_ZH[d.kind], d.case, d.what, "、".join(map(sources.name, d.agencies)), d.days or None, d.source,
            None, None, None,
        ]  # fmt: skip


def pair_lines(found: Iterable[Difference]) -> Iterable[list[Cell]]:
    for number, d in enumerate(found, 1):
        yield [
            number, KIND_ZH[d.kind], d.case, d.what, d.sent.on, d.sent.no, d.got.on, d.got.no, d.days or None, d.source,
            None, None, None,
        ]  # fmt: skip


def confirmation_lines(found: Iterable[Standing], sources: Sources) -> Iterable[list[Cell]]:
    for number, s in enumerate(found, 1):
        own = s.confirmed
        yield [
            number, round_id(s), sources.name(s.agency), s.last, STANDING_ZH[s.state], own.on if own else None,
            own.digest if own else None, s.digest, s.closed_on,
        ]  # fmt: skip


def round_id(standing: Standing) -> str:
    return standing.round.partition("/")[2]


def standing_zh(standing: Standing, sources: Sources) -> str:
    """How an agency stands, and what it is to do: which digest of which day is to be confirmed."""
    told = f"{sources.name(standing.agency)}：{STANDING_ZH[standing.state]}"
    if standing.confirmed is not None:
        told += f"（{zh(standing.confirmed.on)}）"
    if standing.open and standing.closed_on is not None:
        told += f"；这一轮已于{zh(standing.closed_on)}结束，请在下一轮确认"
    whose = "应确认的摘要" if standing.open and standing.closed_on is None else "现在的摘要"
    return f"{told}；截至{zh(standing.last)}的账，{whose} {standing.digest}"
