"""Sheets as offices file them, looked at with another library's eyes and read back with ours."""

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from gongze.sheets.cells import Fault
from gongze.sheets.reading import bare, find_table, open_book
from gongze.sheets.writing import Column, Sheet, write_csv, write_rows, write_sheet

COLUMNS = (
    Column("序号", 5, "number"), Column("案号", 24), Column("应办", 14, "date", "抄送"), Column("实办", 14, "date", "抄送"),
    Column("罚款（元）", 14, "money"),
)  # fmt: skip
ROWS = [
    [1, "540102199001011234", date(2026, 2, 10), None, "12400.50"],
    [2, "=HYPERLINK(0)", "未办", date(2026, 3, 2), Decimal("0.10")],
]


def sheet(**changes):
    given = {"rows": ROWS, "total": [None, "合计", None, None, "12400.60"], "notes": ("注：示例",), **changes}
    return Sheet("执法台账", "填报单位：甲局", "填报时间：2026年2月10日", COLUMNS, **given)


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "台账.xlsx"
    write_sheet(path, [sheet()])
    return openpyxl.load_workbook(path).worksheets[0]


def test_title_unit_line_headings_rows_total_and_notes_stand_where_offices_expect_them(written):
    rows = [[cell.value for cell in row] for row in written.iter_rows()]
    assert rows[0][0] == "执法台账"
    assert (rows[1][0], rows[1][2]) == ("填报单位：甲局", "填报时间：2026年2月10日")
    assert rows[2] == ["序号", "案号", "抄送", None, "罚款（元）"]
    assert rows[3] == [None, None, "应办", "实办", None]
    assert rows[6][1] == "合计"
    assert rows[7][0] == "注：示例"
    merged = {str(r) for r in written.merged_cells.ranges}
    assert merged == {"A1:E1", "A2:B2", "C2:E2", "C3:D3", "A3:A4", "B3:B4", "E3:E4", "A8:E8"}


def test_it_can_be_printed_as_it_is(written):
    assert (written.page_setup.orientation, written.page_setup.paperSize) == ("landscape", 9)
    assert (written.page_setup.fitToWidth, written.page_setup.fitToHeight) == (1, 0)
    assert written.sheet_properties.pageSetUpPr.fitToPage
    assert (written.print_title_rows, written.freeze_panes) == ("$1:$4", "A5")
    assert written.oddFooter.center.text == "— &P —"
    assert (written["B5"].font.name, written["B5"].font.size) == ("宋体", 10)


def test_long_numbers_are_text_and_what_looks_like_a_formula_stays_text(written):
    assert (written["B5"].data_type, written["B5"].value, written["B5"].number_format) == (
        "s",
        "540102199001011234",
        "@",
    )
    assert (written["B6"].data_type, written["B6"].value, written["B6"].quotePrefix) == (
        "s",
        "=HYPERLINK(0)",
        True,
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "#N/A"])
@pytest.mark.parametrize("kind", ["text", "date", "number", "money"])
def test_no_text_becomes_a_formula_or_an_error_in_any_column(tmp_path, text, kind):
    path = tmp_path / "x.xlsx"
    write_sheet(
        path, [Sheet(text, text, text, [Column(text, kind=kind, group=text)], [[text]], notes=[text])]
    )
    cells = [
        c
        for row in openpyxl.load_workbook(path).worksheets[0].iter_rows()
        for c in row
        if c.value is not None
    ]
    assert {c.data_type for c in cells} <= {"s", "n"}
    assert {c.value for c in cells} <= {text, -1, 1}


def test_dates_and_money_are_true_values_and_exact(written):
    assert (written["C5"].value.date(), written["C5"].number_format) == (
        date(2026, 2, 10),
        'yyyy"年"m"月"d"日"',
    )
    assert (written["E5"].value, written["E5"].number_format) == (12400.5, "#,##0.00")
    assert written["C6"].value == "未办"


def test_a_sum_with_more_digits_than_a_spreadsheet_keeps_is_written_as_text(tmp_path):
    write_sheet(tmp_path / "x.xlsx", [sheet(rows=[[1, "一号", None, None, "12345678901234.56"]], total=None)])
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]["E5"].value == "12345678901234.56"


def test_two_sheets_of_one_title_get_two_names_without_forbidden_signs(tmp_path):
    out = io.BytesIO()
    write_sheet(out, [sheet(name="a/b:c*[d]"), sheet(name="a/b:c*[d]"), sheet(name="长" * 40)])
    assert openpyxl.load_workbook(out).sheetnames == ["abcd", "abcd2", "长" * 28]


def test_control_characters_do_not_make_the_file_unreadable(tmp_path):
    write_sheet(tmp_path / "x.xlsx", [sheet(rows=[[1, "一\x00\x0b号", None, None, None]], total=None)])
    assert openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]["B5"].value == "一号"


def test_a_file_that_is_there_stays_as_it_is_when_writing_fails(tmp_path):
    path = tmp_path / "台账.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="zip"):
        write_sheet(path, [sheet(rows=[["too", "short"]])])
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_written_is_read_back(tmp_path):
    path = tmp_path / "台账.xlsx"
    write_sheet(path, [sheet()])
    found = find_table(open_book(path), lambda h: bare(h) in {"案号", "序号"})
    assert [(h.name, h.unit) for h in found.heads] == [
        ("序号", ""), ("案号", ""), ("应办", ""), ("实办", ""), ("罚款", "元"),
    ]  # fmt: skip
    assert [r.values for r in found.rows()] == [
        (Decimal(1), "540102199001011234", date(2026, 2, 10), None, Decimal("12400.5")),
        (Decimal(2), "=HYPERLINK(0)", "未办", date(2026, 3, 2), Decimal("0.1")),
    ]
    assert [r.number for r in found.passed] == [7, 8]  # total and note


# --- rows that go back ------------------------------------------------------------------------------------------

KEPT = [("540102199001011234", Decimal("1.5"), date(2026, 2, 3), None, "-1", "=1+1", "'", '甲"乙\n丙,丁')]


def test_rows_go_back_to_xlsx_as_they_came(tmp_path):
    path: Path = tmp_path / "退回.xlsx"
    top = [("执法台账", "执法台账", *[None] * 6), ("案号", "当事人", *(f"列{n}" for n in range(6)))]
    write_rows(path, "台账", top, [((0, 0), (0, 1))], [*KEPT, (True, Fault("公式"), *[None] * 6)])
    found = find_table(open_book(path), lambda h: bare(h) in {"案号", "当事人"})
    assert [r.values for r in found.rows()] == [*KEPT, ("是", *[None] * 7)]
    assert found.top[0].values[:3] == ("执法台账", "执法台账", None)


@pytest.mark.parametrize(("encoding", "delimiter"), [("gb18030", ","), ("utf-8-sig", "\t"), ("utf-8", ";")])
def test_rows_go_back_to_csv_as_they_came(tmp_path, encoding, delimiter):
    path: Path = tmp_path / "退回.csv"
    write_csv(path, [("案号", "当事人", *["列"] * 6), *KEPT], encoding, delimiter)
    book = open_book(path)
    found = find_table(book, lambda h: bare(h) in {"案号", "当事人"})
    assert book.dialect is not None
    assert (book.dialect.encoding, book.dialect.delimiter) == (encoding, delimiter)
    expected = ("540102199001011234", "1.5", "2026-02-03", None, "-1", "=1+1", "'", '甲"乙\n丙,丁')
    assert [r.values for r in found.rows()] == [expected]
    assert b"'=1+1" in path.read_bytes()  # disarmed for whoever opens it in a spreadsheet
