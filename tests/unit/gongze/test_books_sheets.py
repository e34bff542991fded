"""The two books and the 核账表 as printed, looked at with another library's eyes."""

from datetime import datetime
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from gongze.books.accounts import account
from gongze.books.balance import Turn
from gongze.books.differences import differences
from gongze.books.sheets import (
    CASE_COLUMNS,
    PAPER_COLUMNS,
    as_csv,
    case_lines,
    write_account,
    write_differences,
)
from tests.accounting import sources
from tests.worlds import CASE, COURT, NR, RULING, World, accepted, applied, day, decided, filed, granted


def world() -> World:
    long = "540102199001011234"  # eighteen digits, which a number would not keep
    told = filed(
        parties=[{"name": "=1+2公司"}, {"name": "乙"}],
        place={"region": "540102", "address": "示例村", "area_m2": "1000.00", "farmland_m2": "500.00"},
    )
    told.act("PenaltyDecided", NR, "2025-10-10", decision_no=long,
             items=[{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "12400.50"}])  # fmt: skip
    return told


def book_of(told: World, on: str, agency: str | None = None, /, **more):
    return account(sources(told, on, agency, **more), day("2026-01-01"), day("2026-06-30"))


def cells(sheet: Any, row: int) -> list[Any]:
    return [cell.value for cell in sheet[row]]


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "台账.xlsx"
    write_account(path, book_of(world(), "2026-02-10"))
    return openpyxl.load_workbook(path)


def test_two_sheets_with_title_unit_date_and_headings_over_two_rows(written):
    assert written.sheetnames == ["文书账", "案件账"]
    for sheet, columns in zip(written.worksheets, (PAPER_COLUMNS, CASE_COLUMNS), strict=True):
        assert cells(sheet, 1)[0].endswith(sheet.title)
        assert "填报单位：lhasanr" in cells(sheet, 2)
        assert "填报时间：2026年2月10日" in cells(sheet, 2)
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A5", "$1:$4")
        upper, lower = cells(sheet, 3), cells(sheet, 4)
        assert [low if low else up for up, low in zip(upper, lower, strict=True)] == [c.head for c in columns]
        merged = {str(r) for r in sheet.merged_cells.ranges}
        assert {f"A1:{get_column_letter(len(columns))}1", "A3:A4"} <= merged
    assert "面积（亩）" in cells(written["案件账"], 3)
    assert "送达" in cells(written["文书账"], 3)


def test_a_case_s_line_and_the_total(written):
    sheet = written["案件账"]
    heads = [c.head for c in CASE_COLUMNS]
    line = dict(zip(heads, cells(sheet, 5), strict=True))
    assert (line["序号"], line["案号"], line["来源"], line["违法类型"]) == (1, CASE, "卫片", "未批先占")
    assert (line["面积"], line["耕地"], line["永农"]) == (1.5, 0.75, None)
    assert (line["立案日"], line["文号"]) == (datetime.fromisoformat("2025-08-01"), "540102199001011234")
    assert line["处罚内容逐项"] == "1. 责令限期拆除\n2. 罚款 12400.50 元"
    assert line["应缴"] == 12400.5
    assert "未销账原因" in line
    assert line["未销账原因"].splitlines()[-1] == "违法状态未经现场核实消除"
    total = dict(zip(heads, cells(sheet, 6), strict=True))
    assert (total["案号"], total["面积"], total["应缴"], total["未销账原因"]) == (
        "合计",
        1.5,
        12400.5,
        "未销账 1 件",
    )
    assert cells(sheet, 7)[0] == (
        "结余（2026年1月1日至2026年6月30日）：期初 1，新增 0（其中恢复挂账 0），销账 0，期末 1。"
    )


def test_numbers_are_text_and_a_party_like_a_formula_stays_one(written):
    sheet = written["案件账"]
    heads = [c.head for c in CASE_COLUMNS]
    number, party = sheet.cell(5, heads.index("文号") + 1), sheet.cell(5, heads.index("当事人") + 1)
    assert (number.data_type, number.value) == ("s", "540102199001011234")
    assert (party.data_type, party.value) == ("s", "=1+2公司、乙")


def test_a_paper_has_a_line_for_each_agency_and_one_number(tmp_path):
    told = decided()
    told.act("DocumentShared", NR, "2025-10-20", kind="penalty_decision", document_no=told.case.decisions[
        told.case.acts[1].id].no, to=["police.lhasa", "court.lhasa"])  # fmt: skip
    told.act("CopyAcknowledged", "police.lhasa", "2025-10-21", of=told.case.acts[-1].id)
    path = tmp_path / "台账.xlsx"
    write_account(path, book_of(told, "2026-02-10", turns={}))
    sheet = openpyxl.load_workbook(path)["文书账"]
    heads = [c.head for c in PAPER_COLUMNS]
    lines = [dict(zip(heads, cells(sheet, row), strict=True)) for row in (5, 6)]
    assert [(line["序号"], line["应送机关"], line["签收日期"], line["情况"]) for line in lines] == [
        (1, "lhasapolice", datetime.fromisoformat("2025-10-21"), "已签收"), (None, "lhasacourt", None, "未签收"),
    ]  # fmt: skip


def test_what_was_written_off_by_agreement_says_so(tmp_path):
    turns = {f"cases/{CASE}": (Turn("agreed", day("2026-02-03"), NR, "cannot_be_executed"),)}
    path = tmp_path / "台账.xlsx"
    write_account(path, book_of(decided(), "2026-02-10", turns=turns))
    assert cells(openpyxl.load_workbook(path)["案件账"], 5)[-1] == "同意销账：无法执行"


def test_an_agency_s_sheet_bears_its_name_and_the_digest_that_it_confirms(tmp_path):
    found = book_of(applied(), "2026-02-12", COURT)
    path = tmp_path / "台账.xlsx"
    write_account(path, found)
    for sheet in openpyxl.load_workbook(path).worksheets:
        values = [v for row in sheet.iter_rows(values_only=True) for v in row if v]
        assert "填报单位：chengguancourt" in values
        assert f"对账摘要（SHA-256）：{found.digest()}" in values


def test_a_long_case_has_a_cell_for_every_column():
    told = granted(accepted())
    told.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    (line,) = case_lines(book_of(told, "2026-03-02"))
    assert len(line) == len(CASE_COLUMNS)
    shown = dict(zip([c.head for c in CASE_COLUMNS], line, strict=True))
    assert (shown["受理"], shown["裁定"], shown["收到"]) == (
        "2026年2月12日",
        "2026年2月24日",
        "2026年2月26日",
    )
    assert (shown["裁定主文"], shown["执行主体"]) == ("准予执行（第1项）", "人民政府（裁执分离）")
    assert shown["申请材料"] == "应 2026年2月26日\n实 —\n签 —"
    assert (shown["最早"], shown["最迟"]) == ("2026年1月14日", "2026年1月30日")


def test_the_sheet_to_be_signed(tmp_path):
    found = sources(accepted(), "2026-02-14", COURT)
    path = tmp_path / "核账表.xlsx"
    write_differences(path, differences(found), found)
    sheet: Any = openpyxl.load_workbook(path).active
    assert cells(sheet, 1)[0] == "核账表（chengguancourt）"
    heads = cells(sheet, 3)
    assert {"类别", "案号", "说明", "涉及机关", "核对意见", "核对人签字"} <= set(heads)
    first = dict(zip(heads, cells(sheet, 4), strict=True))
    assert (first["类别"], first["核对人签字"]) == ("未确认收到", None)
    assert "核对人（签字）" in cells(sheet, sheet.max_row)[0]


def test_csv_disarms_what_looks_like_a_formula():
    found = book_of(world(), "2026-02-10")
    text = as_csv("案件账", found.sources, CASE_COLUMNS, case_lines(found))
    assert text.startswith("\ufeff案件账,截至 2026-02-10\r\n")
    assert "'=1+2公司、乙" in text
