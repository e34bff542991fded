"""The layout of official papers, as python-docx reads it back. The clauses are of GB/T 9704-2012."""

import io
import zipfile

import pytest
from docx import Document
from docx.shared import Mm, Pt

from connectors.documents.gongwen import PICTURE_MAX, Paper, steady
from domain.refusal import Refusal

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360000000020001"
    "48afa4710000000049454e44ae426082"
)


def report() -> Paper:
    paper = Paper("报告", author="甲局")
    paper.red_head("甲局文件")
    paper.number("甲〔2026〕1号")
    paper.title("关于某事的\n报告")
    paper.addressee("市人民政府")
    paper.heading("情况")
    paper.heading("申请", 2)
    paper.heading("第一项", 3)
    paper.heading("细目", 4)
    paper.heading("执行", 2)
    paper.heading("打算")
    paper.heading("申请", 2)
    paper.paragraph("正文。\n另起。")
    paper.table(["机关", "件数"], [["公安局", "3"], ["法院", "12.5"]], widths=[3, 1], caption="表1")
    paper.attachments(["申请书", "清单"])
    paper.signature("甲局", "二〇二六年三月五日")
    paper.note("联系人：次仁")
    paper.imprint("乙局。", "甲局办公室", "2026年3月5日")
    return paper


def texts(paper: Paper, style: str) -> list[str]:
    return [
        p.text for p in Document(io.BytesIO(paper.bytes())).paragraphs if p.style and p.style.name == style
    ]


def test_page_and_margins():
    section = Document(io.BytesIO(report().bytes())).sections[0]
    measured = (section.page_width, section.page_height, section.top_margin, section.bottom_margin,
                section.left_margin, section.right_margin)  # fmt: skip
    assert [round(length.mm) for length in measured if length is not None] == [
        210,
        297,
        37,
        35,
        28,
        26,
    ]  # §5.1, §5.2.1


def test_headings_are_counted_anew_under_each_higher_one():
    paper = report()
    assert texts(paper, "Heading 1") == ["一、情况", "二、打算"]
    assert texts(paper, "Heading 2") == ["（一）申请", "（二）执行", "（一）申请"]
    assert texts(paper, "Heading 3") == ["1.第一项"]
    assert texts(paper, "Heading 4") == ["（1）细目"]


def test_each_line_of_the_title_and_each_paragraph_is_one():
    paper = report()
    assert texts(paper, "Title") == ["关于某事的", "报告"]
    assert texts(paper, "公文正文")[:2] == ["正文。", "另起。"]
    assert texts(paper, "发文机关标志") == ["甲局文件"]


def test_fonts_sizes_and_spacing_are_those_of_the_standard():
    styles = Document(io.BytesIO(report().bytes())).styles
    seen = {
        name: (style.element.rPr.rFonts.get(f"{{{style.element.nsmap['w']}}}eastAsia"), style.font.size)
        for name in ("公文正文", "Title", "Heading 1", "Heading 2", "版记")
        for style in [styles[name]]
    }
    assert seen == {
        "公文正文": ("仿宋_GB2312", Pt(16)),  # 3号 §5.2.2
        "Title": ("方正小标宋简体", Pt(22)),  # 2号 §7.3.1
        "Heading 1": ("黑体", Pt(16)),  # §7.3.3
        "Heading 2": ("楷体_GB2312", Pt(16)),
        "版记": ("仿宋_GB2312", Pt(14)),  # 4号 §7.4.2
    }
    body = styles["公文正文"].paragraph_format
    assert body.line_spacing == Pt(28.95)
    assert 22 * body.line_spacing <= Mm(225) < 23 * body.line_spacing
    assert body.widow_control is False


def test_a_table_is_as_wide_as_the_text_and_repeats_its_head():
    table = Document(io.BytesIO(report().bytes())).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["机关", "件数"],
        ["公安局", "3"],
        ["法院", "12.5"],
    ]
    assert [round(column.width.mm) for column in table.columns] == [117, 39]  # 156 in shares of 3 and 1
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert "w:tblHeader" not in table.rows[1]._tr.xml


def test_rows_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="2 columns"):
        Paper("x").table(["甲", "乙"], [["一"]])
    with pytest.raises(ValueError, match="2 columns"):
        Paper("x").table(["甲", "乙"], [["一", "二"]], widths=[1])


def test_one_attachment_has_no_number_several_have():
    paper = Paper("x")
    paper.attachments([])
    assert texts(paper, "公文正文") == []
    paper.attachments(["申请书"])
    assert texts(paper, "公文正文") == ["附件：申请书"]
    paper.attachments(["甲", "乙"])
    assert texts(paper, "公文正文")[1:] == ["附件：1. 甲", "2. 乙"]


def test_signs_of_xml_are_text():
    paper = Paper("x")
    paper.paragraph("a<b & c>d {{甲}}")
    assert texts(paper, "公文正文") == ["a<b & c>d {{甲}}"]


def test_the_same_paper_gives_the_same_bytes():
    assert report().bytes() == report().bytes()


def test_equal_content_with_other_times_gives_the_same_bytes():
    def packed(year: int) -> bytes:
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as out:
            out.writestr(zipfile.ZipInfo("a.xml", (year, 1, 1, 0, 0, 0)), "x")
        return written.getvalue()

    assert packed(2020) != packed(2026)
    assert steady(packed(2020)) == steady(packed(2026))


def test_pictures_are_no_wider_than_the_text():
    paper = Paper("x")
    paper.picture(PIXEL, width_mm=500, caption="图1")
    assert Document(io.BytesIO(paper.bytes())).inline_shapes[0].width == Mm(156)


def test_what_is_no_picture_is_refused():
    for bad in (b"", b"GIF8", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", PIXEL[:20]):
        with pytest.raises(Refusal) as refused:
            Paper("x").picture(bad)
        assert refused.value.code == "picture_unusable"


def test_a_picture_of_200_mb_is_refused_before_it_is_read(tmp_path):
    huge = tmp_path / "logo.png"
    with huge.open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(Refusal) as refused:
        Paper("x").picture(huge)
    assert refused.value.code == "picture_unusable"
    assert str(PICTURE_MAX // 2**20) in refused.value.message
