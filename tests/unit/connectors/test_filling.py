"""What an office's own template may hold, and what is refused with its place."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from docx import Document

from connectors.documents import filling
from connectors.documents.filling import Fields, Value, blank, blanks, faults, fill, package
from connectors.documents.gongwen import Paper
from domain.refusal import Refusal

FIELDS: Fields = {"案号": None, "当事人": None, "处罚事项": frozenset({"序号", "内容"})}
VALUES: dict[str, Value] = {
    "案号": "城〔2025〕1号",
    "当事人": "甲<&>乙",
    "处罚事项": [{"序号": "1", "内容": "罚款"}, {"序号": "2", "内容": "拆除"}],
}
MADE = datetime(2026, 3, 5, tzinfo=UTC)


def template(*lines: str) -> bytes:
    paper = Paper("模板")
    for line in lines:
        paper.paragraph(line)
    return paper.bytes()


def filled(*lines: str) -> list[str]:
    docx = fill(template(*lines), VALUES, FIELDS, title="t", author="a", basis="b", made=MADE)
    return [p.text for p in Document(io.BytesIO(docx)).paragraphs]


def repacked(
    change: Callable[[str, bytes], bytes | None] = lambda _, data: data,
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> bytes:
    """A sound template with parts changed, left out (None) or added."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(template("{{ 案号 }}"))) as given,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in given.namelist():
            data = change(name, given.read(name))
            if data is not None:
                out.writestr(name, data)
        for name, data in more.items():
            out.writestr(name, data)
    return written.getvalue()


def test_fields_loops_and_conditions_are_filled_and_signs_of_xml_are_text():
    assert filled("案号：{{ 案号 }}，{{ 当事人 }}") == ["案号：城〔2025〕1号，甲<&>乙"]
    assert filled("{%p for 行 in 处罚事项 %}", "{{ 行.序号 }}. {{ 行.内容 }}", "{%p endfor %}") == [
        "1. 罚款",
        "2. 拆除",
    ]
    assert filled("{%p if 处罚事项 %}", "有", "{%p else %}", "无", "{%p endif %}") == ["有"]
    assert filled('{%p if 案号 == "x" %}', "甲", "{%p endif %}", "乙") == ["乙"]


def test_a_field_that_the_word_processor_split_over_runs_is_still_one():
    paper = Paper("模板")
    paragraph = paper.paragraph("{{ 案")
    paragraph.add_run("号 }}").bold = True
    docx = fill(paper.bytes(), VALUES, FIELDS, title="t", author="a", basis="b", made=MADE)
    assert Document(io.BytesIO(docx)).paragraphs[0].text == "城〔2025〕1号"


@pytest.mark.parametrize(
    ("lines", "place", "word"),
    [
        (("好", "{{ 当事 }}"), "正文第 2 段", "没有字段“当事”，是不是：当事人"),
        (("{{ 处罚事项 }}",), "正文第 1 段", "有多项"),
        (
            ("{%p for 行 in 处罚事项 %}", "{{ 行.金额 }}", "{%p endfor %}"),
            "正文第 2 段",
            "“行”中没有“金额”，可用：内容、序号",
        ),
        (("{{ 案号.文号 }}",), "正文第 1 段", "没有字段“案号.文号”"),
        (("{%p for 行 in 案号 %}", "甲", "{%p endfor %}"), "正文第 1 段", "不是有多行的字段"),
        (("甲", "乙", "{{ 案号 }"), "正文第 3 段", "写法有误"),
        (("{%p if 案号 %}", "甲"), "正文", "写法有误"),
        (("｛｛ 案号 ｝｝",), "正文第 1 段", "半角"),
        (("{{ 案号|upper }}",), "正文第 1 段", "只能写字段"),
        (("{{ 案号.__class__ }}",), "正文第 1 段", "没有字段"),
        (("{{ ''.join(案号) }}",), "正文第 1 段", "只能写字段"),
        (("{{ '甲' * 999999999 }}",), "正文第 1 段", "只能写字段"),
        (("{%p set 甲 = 案号 %}",), "正文第 1 段", "只能写字段"),
        (("{%p for 行 in range(9) %}", "甲", "{%p endfor %}"), "正文第 1 段", "只能写字段"),
        (("{% include '/etc/passwd' %}",), "正文第 1 段", "只能写字段"),
    ],
)
def test_what_cannot_be_filled_is_told_with_its_place(lines, place, word):
    (found, *_) = faults(template(*lines), FIELDS)
    assert found.place.startswith(place)
    assert word in found.what
    with pytest.raises(Refusal) as refused:
        fill(template(*lines), VALUES, FIELDS, title="t", author="a", basis="b", made=MADE)
    assert refused.value.code == "template_field"
    assert refused.value.field == found.place


def test_every_fault_is_told_also_in_headers_and_properties():
    paper = Paper("模板 {{ 题 }}")
    paper.docx.sections[0].header.paragraphs[0].text = "{{ 甲 }}"
    paper.paragraph("{{ 乙 }} {{ 丙 }}")
    found = [
        (f.place.partition("第")[0].partition("“")[0], f.what.partition("”")[0])
        for f in faults(paper.bytes(), FIELDS)
    ]
    assert found == [
        ("正文", "没有字段“乙"),
        ("正文", "没有字段“丙"),
        ("页眉", "没有字段“甲"),
        ("文件属性", "没有字段“题"),
    ]


def test_the_place_is_right_after_rows_that_are_repeated():
    paper = Paper("模板")
    paper.paragraph("一")
    paper.table(
        ["甲", "乙"],
        [["{%tr for 行 in 处罚事项 %}", ""], ["{{ 行.内容 }}", "{{ 行.错 }}"], ["{%tr endfor %}", ""]],
    )
    paper.paragraph("{{ 错 }}")
    # paragraphs: 一, two heads, two of the loop's row, 内容, 错 (7th), two of the last row, then the 10th
    assert [f.place for f in faults(paper.bytes(), FIELDS)] == [
        "正文第 7 段“{{ 行.错 }}”",
        "正文第 10 段“{{ 错 }}”",
    ]


def test_loops_are_nested_twice_at_most():
    deep = ["{%p for 甲 in 处罚事项 %}", "{%p for 乙 in 处罚事项 %}"]
    assert faults(template(*deep, "x", *["{%p endfor %}"] * 2), FIELDS) == []
    deeper = [*deep, "{%p for 丙 in 处罚事项 %}"]
    assert "最多两层" in faults(template(*deeper, "x", *["{%p endfor %}"] * 3), FIELDS)[0].what


def test_blanks_are_marked_yellow_and_listed_once():
    values = {**VALUES, "案号": blank("案号")}
    docx = fill(
        template("甲{{ 案号 }}乙{{ 案号 }}", "【待填：时间】"),
        values,
        FIELDS,
        title="t",
        author="a",
        basis="b",
        made=MADE,
    )
    assert blanks(docx) == ["案号", "时间"]
    runs = Document(io.BytesIO(docx)).paragraphs[0].runs
    assert [(r.text, r.font.highlight_color is not None) for r in runs] == [
        ("甲", False), ("【待填：案号】", True), ("乙", False), ("【待填：案号】", True),
    ]  # fmt: skip


def test_the_properties_say_what_it_rests_on_and_the_same_values_give_the_same_bytes():
    made = [
        fill(template("{{ 案号 }}"), VALUES, FIELDS, title="函", author="甲局", basis="据第 7 条", made=MADE)
        for _ in "12"
    ]
    assert made[0] == made[1]
    properties = Document(io.BytesIO(made[0])).core_properties
    assert (properties.title, properties.author, properties.comments) == ("函", "甲局", "据第 7 条")


def test_control_characters_and_braces_of_a_value_do_no_harm():
    values = {**VALUES, "案号": "甲\x00\x0b\n乙{{ 当事人 }}"}
    docx = fill(template("{{ 案号 }}"), values, FIELDS, title="t", author="a", basis="b", made=MADE)
    assert Document(io.BytesIO(docx)).paragraphs[0].text.replace("\n", "") == "甲乙{{ 当事人 }}"


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
RELATION = '<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}" TargetMode="External"/>'


def linked(kind: str, target: str) -> bytes:
    def change(name: str, data: bytes) -> bytes:
        if name == "word/_rels/document.xml.rels":
            return data.replace(
                b"</Relationships>", RELATION.format(kind, target).encode() + b"</Relationships>"
            )
        return data

    return repacked(change)


def with_code(code: str) -> bytes:
    run = f'<w:r><w:instrText xml:space="preserve">{code[:4]}</w:instrText></w:r><w:r><w:instrText>{code[4:]}</w:instrText></w:r>'
    return repacked(
        lambda n, d: d.replace(b"</w:p>", run.encode() + b"</w:p>", 1) if n == "word/document.xml" else d
    )


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (lambda: b"", "损坏"),
        (lambda: b"PK\x03\x04", "损坏"),
        (lambda: b"\xd0\xcf\x11\xe0 an old .doc", "损坏"),
        (lambda: repacked(lambda n, d: None if n == "word/document.xml" else d), "不是 .docx"),
        (lambda: repacked(lambda n, d: d[:-20] if n == "word/document.xml" else d), "XML 有错"),
        (lambda: repacked(lambda n, d: DOCTYPE if n == "word/styles.xml" else d), "不允许的声明"),
        (
            lambda: repacked(lambda n, d: d.decode().encode("utf-16") if n == "word/styles.xml" else d),
            "不允许的声明",
        ),
        (lambda: repacked(more={"word/vbaProject.bin": b"x"}), "宏"),
        (lambda: repacked(more={"word/embeddings/oleObject1.bin": b"x"}), "嵌入"),
        (
            lambda: repacked(
                lambda n, d: (
                    d.replace(b"document.main+xml", b"document.macroEnabled.main+xml")
                    if "Content" in n
                    else d
                )
            ),
            "含宏",
        ),
        (lambda: linked("image", "http://169.254.169.254/logo.png"), "外部内容"),
        (lambda: linked("attachedTemplate", "file:///etc/x.dotm"), "外部内容"),
        (lambda: with_code('INCLUDETEXT "/etc/passwd"'), "域“INCLUDETEXT”"),
        (lambda: with_code("DDEAUTO cmd"), "域“DDEAUTO”"),
        (lambda: repacked(more={f"word/media/{i}.png": b"x" for i in range(1100)}), "过多"),
        (lambda: repacked(more={"word/media/logo.png": bytes(200 * 2**20)}), "超过"),
        (lambda: repacked(more={"word/media/logo.png": bytes(11 * 2**20)}), "太大"),
        (lambda: repacked(more={"word/bomb.xml": b"<x>" + b" " * (6 * 2**20) + b"</x>"}), "太大"),
        (lambda: bytes(21 * 2**20), "20 MB"),
    ],
)
def test_a_stranger_s_file_is_looked_at_before_it_is_opened(bad, word):
    with pytest.raises(Refusal) as refused:
        package(bad())
    assert refused.value.code == "template_unusable"
    assert word in refused.value.message


def test_links_that_a_reader_may_follow_and_page_numbers_are_let_be():
    package(linked("hyperlink", "https://www.example.cn/"))
    package(with_code("PAGE"))
    assert faults(repacked(), FIELDS) == []


def test_a_file_that_lies_about_its_size_is_refused():
    data = bytearray(repacked(more={"word/media/a.xml": b"<x>" + b"y" * 1000 + b"</x>"}))
    at = (
        data.rindex(b"word/media/a.xml") - 22
    )  # the size in the central directory stands 22 bytes before the name
    data[at : at + 4] = (50).to_bytes(4, "little")
    with pytest.raises(Refusal) as refused:
        package(bytes(data))
    assert refused.value.code == "template_unusable"


def test_the_blank_is_the_same_everywhere():
    assert filling.BLANK.fullmatch(blank("发文字号"))
