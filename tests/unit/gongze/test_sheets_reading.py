"""Spreadsheets as they come in: what is read, what is passed over, what is refused and with which sentence."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.refusal import Refusal
from gongze.sheets import reading
from gongze.sheets.cells import Fault
from gongze.sheets.reading import BROKEN, bare, find_table, open_book
from tests.books import sheet_xml, xlsx

ROOT = Path(__file__).parents[3]
KNOWN = {"案号", "当事人", "立案日期", "面积", "处罚决定文号"}


def opened(tmp_path, content: bytes, name="台账.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    return open_book(path)


def table(tmp_path, content: bytes, **more):
    return find_table(opened(tmp_path, content), lambda heading: bare(heading) in KNOWN, **more)


def refusal(tmp_path, content: bytes) -> tuple[str, str]:
    with pytest.raises(Refusal) as found:
        table(tmp_path, content)
    assert found.value.field == "FILE"
    assert found.value.message
    return found.value.code, found.value.message


def outcome(tmp_path, content: bytes) -> object:
    """The data, or the code of the refusal."""
    try:
        return values(table(tmp_path, content))
    except Refusal as refused:
        return refused.code


def values(found):
    return [row.values for row in found.rows()]


HEADS = ("案号", "当事人")


# --- headings, titles, merged areas ---------------------------------------------------------------------------


def test_title_and_unit_lines_above_the_headings_are_passed_over(tmp_path):
    rows = [("执法台账",), ("填报单位：甲局", "填报时间：2026年2月3日"), HEADS, ("一号", "甲")]
    found = table(tmp_path, xlsx(rows, ["A1:B1"]))
    assert [h.name for h in found.heads] == ["案号", "当事人"]
    assert [(r.number, r.values) for r in found.rows()] == [(4, ("一号", "甲"))]


def test_headings_over_two_lines_are_told_apart_by_the_line_above(tmp_path):
    rows = [
        ("案号", "抄送", None, "报送", None),
        (None, "应办", "实办", "应办", "实办"),
        ("一号", "1", "2", "3", "4"),
    ]
    book = opened(tmp_path, xlsx(rows, ["A1:A2", "B1:C1", "D1:E1"]))
    found = find_table(book, lambda h: bare(h) in {"案号", "抄送应办", "报送实办"})
    assert [h.name for h in found.heads] == ["案号", "抄送应办", "抄送实办", "报送应办", "报送实办"]
    assert values(found) == [("一号", "1", "2", "3", "4")]


def test_a_heading_is_known_by_itself_and_by_what_stands_above_it(tmp_path):
    rows = [("案号", "处罚决定", None), (None, "文号", "日期"), ("一号", "罚1", "2026-02-03")]
    found = table(tmp_path, xlsx(rows, ["A1:A2", "B1:C1"]))
    assert [(h.name, h.full) for h in found.heads] == [
        ("案号", "案号"), ("文号", "处罚决定文号"), ("日期", "处罚决定日期"),
    ]  # fmt: skip


def test_the_unit_in_brackets_is_no_part_of_the_heading(tmp_path):
    found = table(tmp_path, xlsx([("*案号（必填）", " 面 积\n（亩）"), ("一号", 3)]))
    assert [(h.name, h.unit) for h in found.heads] == [("案号", "必填"), ("面积", "亩")]


def test_every_row_of_a_merged_area_has_its_value(tmp_path):
    rows = [HEADS, ("一号", "甲"), (None, "乙"), (None, "丙"), ("二号", "丁")]
    found = table(tmp_path, xlsx(rows, ["A2:A4"]))
    assert values(found) == [("一号", "甲"), ("一号", "乙"), ("一号", "丙"), ("二号", "丁")]


def test_totals_notes_signatures_column_numbers_and_repeated_headings_are_no_data(tmp_path):
    rows = [
        ("案号", "当事人", "备注"), (1, 2, 3), ("一号", "甲", None), ("案号", "当事人", "备注"), ("合 计", None, 7),
        ("注：面积以亩计", None, None), ("本页为全部内容", None, None), (None, None, None), ("填表人：张三", "审核人：李四", None),
    ]  # fmt: skip
    found = table(tmp_path, xlsx(rows, ["A6:C6", "A7:C7"]))
    assert values(found) == [("一号", "甲", None)]
    assert [r.number for r in found.passed] == [2, 4, 5, 6, 7, 9]


def test_leading_empty_rows_and_columns_keep_the_numbers_of_the_rows(tmp_path):
    rows = [(None,), (None, None), (None, None, "案号", "当事人"), (None, None, "一号", "甲")]
    found = table(tmp_path, xlsx(rows))
    assert [(r.number, r.values[2:]) for r in found.rows()] == [(4, ("一号", "甲"))]


def test_the_first_sheet_with_known_headings_is_read_and_the_others_are_named(tmp_path):
    content = xlsx(
        [("说明",), ("请照此填写",)],
        more=[("第二", [HEADS, ("一号", "甲")]), ("第三", [HEADS, ("二号", "乙")])],
    )
    found = table(tmp_path, content)
    assert found.grid.name == "第二"
    assert found.book.notes == ("只读取了工作表“第二”，没有读取：台账、第三",)
    assert values(table(tmp_path, content, sheet="第三")) == [("二号", "乙")]
    with pytest.raises(Refusal) as refused:
        table(tmp_path, content, sheet="第四")
    assert refused.value.code == "sheet_unknown"
    assert "第二" in refused.value.message


def test_a_sheet_without_known_headings_is_refused(tmp_path):
    assert refusal(tmp_path, xlsx([("甲", "乙"), ("1", "2")]))[0] == "heading_missing"


# --- cells ------------------------------------------------------------------------------------------------------


def test_a_formula_counts_by_its_stored_value_and_without_one_is_a_fault(tmp_path):
    rows = [
        ("案号", "面积"),
        ("一号", ("raw", '<c r="{r}"><f>1+1</f><v>2</v></c>')),
        ("二号", ("raw", '<c r="{r}"><f>1+1</f></c>')),
        ("三号", ("raw", '<c r="{r}"><f>1+1</f><v/></c>')),
        ("四号", ("raw", '<c r="{r}" t="str"><f>A1&amp;""</f><v></v></c>')),
        ("五号", ("raw", '<c r="{r}" t="e"><v>#N/A</v></c>')),
    ]
    found = [row[1] for row in values(table(tmp_path, xlsx(rows)))]
    assert found[0] == Decimal(2)
    assert found[1] == found[2] == Fault(reading.NOT_COMPUTED)
    assert found[3] is None  # a formula that gives an empty text
    assert found[4] == Fault(reading.ERROR_VALUE)


def test_a_number_is_what_the_spreadsheet_shows_not_its_binary_tail(tmp_path):
    found = table(tmp_path, xlsx([("案号", "面积"), ("一号", "0.30000000000000004"), (81, 0.1 + 0.2)]))
    assert values(found) == [("一号", "0.30000000000000004"), (Decimal(81), Decimal("0.3"))]


def test_an_old_xls_with_true_dates_and_merged_cells():
    """The file was saved by another program: 2 cases, filed on 3 and 4 February 2023, one remark merged over both."""
    book = open_book(ROOT / "tests/fixtures/register.xls")
    found = find_table(book, lambda h: bare(h) in KNOWN)
    assert book.format == "xls"
    assert values(found) == [
        ("拉自然资执〔2023〕1号", "甲公司", date(2023, 2, 3), Decimal("1.5"), "同一批"),
        ("拉自然资执〔2023〕2号", "乙某", date(2023, 2, 4), Decimal(3), "同一批"),
    ]


# --- CSV ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "known_as"), [("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")]
)  # fmt: skip
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_by_its_content_whatever_its_encoding_and_name(tmp_path, encoding, known_as, delimiter):
    lines = [
        "执法台账",
        delimiter.join(HEADS),
        delimiter.join(("拉自然资执〔2023〕1号", '"甲""乙\n丙"')),
        "",
    ]
    book = opened(tmp_path, "\r\n".join(lines).encode(encoding), "其实是.xlsx")
    found = find_table(book, lambda h: bare(h) in KNOWN)
    assert book.dialect == reading.Dialect(known_as, delimiter)
    assert [(r.number, r.values) for r in found.rows()] == [(3, ("拉自然资执〔2023〕1号", '甲"乙\n丙'))]


def test_long_numbers_leading_zeros_and_formulas_of_a_csv(tmp_path):
    lines = ["案号,当事人", "540102199001011234,=1+1", '"=""0012""",\'=乙', "-1,+1"]
    found = values(table(tmp_path, "\n".join(lines).encode()))
    assert found == [("540102199001011234", Fault(reading.NOT_COMPUTED)), ("0012", "=乙"), ("-1", "+1")]


def test_a_quote_that_never_closes_is_found_before_anything_is_done(tmp_path):
    lines = ["案号,当事人", *(f"{n},甲" for n in range(100)), '101,"乙', "102,丙"]
    with pytest.raises(Refusal) as refused:
        opened(tmp_path, "\n".join(lines).encode())
    assert refused.value.code == "sheet_unusable"
    assert "102" in refused.value.message  # the line where the quote opens, the heading being the first


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("wrong", ["", "<", "<a>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "\0"])
def test_a_part_that_is_no_xml_makes_the_file_unusable_or_empty(tmp_path, part, wrong):
    found = outcome(tmp_path, xlsx([HEADS, ("一号", "甲")], parts={part: wrong}))
    assert found in ("sheet_unusable", "heading_missing") or (
        part == "[Content_Types].xml" and found == [("一号", "甲")]  # not needed to find the sheets
    )


def test_a_file_cut_anywhere_is_refused_with_one_sentence(tmp_path):
    content = xlsx([HEADS, *((f"{n}号", "甲") for n in range(50))])
    for end in range(4, len(content), 61):
        assert refusal(tmp_path, content[:end])[0] == "sheet_unusable"


def test_a_file_with_a_bit_turned_is_read_or_refused_never_a_crash(tmp_path):
    for content in (xlsx([HEADS, ("一号", "甲")]), (ROOT / "tests/fixtures/register.xls").read_bytes()):
        for at in range(0, len(content), max(len(content) // 150, 1)):
            changed = bytearray(content)
            changed[at] ^= 0x41
            found = outcome(tmp_path, bytes(changed))
            assert isinstance(found, list) or found in ("sheet_unusable", "heading_missing", "too_large")


def test_nobody_sees_the_reader_of_old_spreadsheets_panic(tmp_path, capfd):
    """It says so on stderr, with a place in a source file of its own."""
    content = (ROOT / "tests/fixtures/register.xls").read_bytes()
    assert refusal(tmp_path, content[:4099]) == (
        "sheet_unusable",
        BROKEN,
    )  # ends in a sector of which it expects 512 bytes
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7\n\xff\xfe\0\0", b"<html><table><tr><td>\xe6\xa1\x88</td></tr></table></html>",
        b"PK\x03\x04 not really", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not really", bytes(range(256)) * 4,
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused(tmp_path, content):
    assert refusal(tmp_path, content)[0] == "sheet_unusable"


def test_an_empty_or_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path, b"")[0] == "file_unusable"
    assert refusal(tmp_path, b"\xef\xbb\xbf\r\n")[0] == "file_unusable"
    with pytest.raises(Refusal) as missing:
        open_book(tmp_path / "没有.xlsx")
    assert missing.value.code == "file_unusable"


def test_a_sheet_with_a_document_type_is_refused_whatever_it_declares(tmp_path):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "甲"}">' for n in range(8))
    unfolding = sheet_xml([HEADS, ("一号", "甲")]).replace(
        "<worksheet", f"<!DOCTYPE w [{entities}]><worksheet", 1
    )
    assert refusal(tmp_path, xlsx(xml=unfolding))[0] == "sheet_unusable"
    assert refusal(tmp_path, xlsx(xml=unfolding.replace(entities, "")))[0] == "sheet_unusable"


def test_macros_are_not_run_and_it_is_said_so(tmp_path):
    content = xlsx([HEADS, ("一号", "甲")], parts={"xl/vbaProject.bin": "Sub Auto_Open()"})
    assert table(tmp_path, content).book.notes == (reading.MACROS,)


def test_a_file_that_counts_days_from_1904_is_refused(tmp_path):
    code, told = refusal(tmp_path, xlsx([HEADS, ("一号", "甲")], properties='<workbookPr date1904="1"/>'))
    assert (code, "1904" in told) == ("sheet_unusable", True)


# --- what is too large ------------------------------------------------------------------------------------------------


def test_a_file_over_the_size_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "SIZE_MAX", 1_000)
    assert refusal(tmp_path, b"a" * 1_001)[0] == "too_large"


def test_what_unfolds_to_too_much_is_refused_even_where_it_claims_to_be_small(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "INFLATED_MAX", 100_000)
    bomb = xlsx([HEADS, ("一号", "甲")], parts={"xl/theme.xml": " " * 1_000_000})
    assert refusal(tmp_path, bomb)[0] == "too_large"
    claims = bomb.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert claims != bomb
    assert refusal(tmp_path, claims)[0] == "too_large"


def test_one_cell_in_the_far_corner_does_not_take_all_memory(tmp_path):
    far = sheet_xml([HEADS, ("一号", "甲")]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert refusal(tmp_path, xlsx(xml=far))[0] == "too_large"
    formatted = sheet_xml([HEADS, ("一号", "甲")]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    )
    assert values(table(tmp_path, xlsx(xml=formatted))) == [("一号", "甲")]  # an empty cell is no cell


def test_fifty_thousand_rows_are_read_in_bounded_memory(tmp_path):
    """A process of its own, so that its peak is its own: 50,000 rows of 8 columns in less than 250 MB."""
    heads = ["案号", "当事人", *(f"列{n}" for n in range(6))]
    rows = [
        heads,
        *([f"拉自然资执〔2025〕{n}号", f"当事人{n}", *["示例村一组未批先占"] * 6] for n in range(50_000)),
    ]
    (tmp_path / "大.xlsx").write_bytes(xlsx(rows))
    code = (
        "import re, sys; from pathlib import Path; from gongze.sheets.reading import *\n"
        "found = find_table(open_book(Path(sys.argv[1])), lambda h: h in ('案号', '当事人'))\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text())\n"
        "print(sum(1 for _ in found.rows()), int(peak[1]) // 1024)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "大.xlsx")],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    count, megabytes = map(int, ran.stdout.split())
    assert count == 50_000
    assert megabytes < 250
