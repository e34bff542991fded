"""The shipped templates and the page that explains them are what the code says; the five instruments are the annex's."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn

from connectors.documents.filling import BLANK, faults
from domain.acts import EVENTS
from gongze.books.sources import File
from gongze.documents import reference
from gongze.documents.drafting import DRAFTS, draft
from gongze.documents.drawing import SHIPPED
from gongze.documents.fields import BY_NAME, FIELDS, NAMES, Source, of_case
from gongze.documents.kinds import KINDS
from tests.worlds import decided

ROOT = Path(__file__).parents[3]

ANNEX = {
    # 平顶山市自然资源督察工作相关文书种类及格式: the name as spaced there, the mark in the number, the sections in order
    "inspection-notice": ("督 察 通 知 书", "通知", [
        "一、督察时间、督察事项、工作要求和人员组成等内容", "二、督察期间相关配合工作及有关注意事项"]),
    "inspection-opinion": ("督 察 意 见 书", "意见", [
        "一、说明督察情况，包括：督察方式、督察事项等内容", "二、存在的主要问题", "三、提出整改要求"]),
    "assignment-list": ("交 办 清 单", "交办", [
        "一、说明问题来源，包括：上级交办事项、遥感监测图斑等内容", "二、存在的主要问题", "三、提出整改要求"]),
    "urging-list": ("督 办 清 单", "督办", [
        "一、存在的问题及危害", "二、具体要求，包括整改标准、整改措施、整改时间等",
        "三、督办要求，包括报送整改方案时间、验收检查时间等"]),
    "transfer-list": ("移 交 清 单", "移交", [
        "一、相关责任人存在的严重失职渎职等行为", "二、追责问责依据", "三、追责问责建议"]),
}  # fmt: skip


def test_the_shipped_templates_are_those_that_the_code_writes():
    assert sorted(p.stem for p in SHIPPED.iterdir()) == sorted(KINDS) == sorted(DRAFTS)
    for kind in KINDS:
        assert (SHIPPED / f"{kind}.docx").read_bytes() == draft(kind).bytes(), (
            "run: python -m gongze.documents.drafting"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_each_shipped_template_can_be_filled(kind):
    assert faults((SHIPPED / f"{kind}.docx").read_bytes(), NAMES) == []


@pytest.mark.parametrize("kind", ANNEX)
def test_the_five_instruments_have_the_heads_and_sections_of_the_annex(kind):
    name, mark, sections = ANNEX[kind]
    document = Document(io.BytesIO((SHIPPED / f"{kind}.docx").read_bytes()))
    by_style: dict[str, list[str]] = {}
    for paragraph in document.paragraphs:
        assert paragraph.style is not None
        by_style.setdefault(str(paragraph.style.name), []).append(paragraph.text)
    assert by_style["发文机关标志"] == ["{{ 地方 }}自然资源督察", name]
    assert by_style["Heading 1"] == sections
    assert f"{{{{ 地方简称 }}}}自然督察{mark}〔{{{{ 年份 }}}}〕{{{{ 序号 }}}}号" in by_style["Normal"]
    assert "{{ 主送机关 }}：" in by_style["Normal"]
    assert "联系人及电话：{{ 联系人 }}　{{ 联系电话 }}" in by_style["公文正文"]
    # 落款, then 版记: the office on both, its day on both
    assert by_style["Normal"][-3:-1] == ["{{ 督察机构 }}", "{{ 成文日期 }}"]
    box = [t.text for t in document.element.iter(qn("w:t"))][-2:]
    assert box == ["{{ 督察机构 }}", "{{ 成文日期数字 }}印发"]


def test_the_page_lists_every_kind_and_field():
    page = (ROOT / "docs/documents.md").read_text("utf-8")
    below = page.partition(reference.MARK)[2]
    assert below.strip() == reference.text().strip(), (
        "run: python -m gongze.documents.reference docs/documents.md"
    )


def test_each_kind_writes_out_acts_that_there_are_and_names_are_unique():
    for kind in KINDS.values():
        assert {EVENTS[name].stream for name in kind.acts} == ({kind.stream} if kind.stream else set())
    assert len(BY_NAME) == len(FIELDS)
    assert len({kind.zh for kind in KINDS.values()}) == len(KINDS)


def test_a_template_s_own_blanks_are_written_as_blanks_are():
    for kind in KINDS:
        text = "".join(t.text or "" for t in Document(str(SHIPPED / f"{kind}.docx")).element.iter(qn("w:t")))
        assert text.count("【待填") == len(BLANK.findall(text))


@pytest.mark.parametrize(("fines", "capitals", "whole"), [
    (["999999999999.99"], ["玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"], True),
    (["1000000000000.00"], [None], False), (["600000000000.00"] * 2, ["陆仟亿元整"] * 2, False),
])  # fmt: skip
def test_a_sum_for_which_no_words_are_fixed_is_left_to_be_filled_in(fines, capitals, whole):
    """The ledger takes sums up to 10 to the 15th."""
    world = decided(items=[{"kind": "fine", "amount_yuan": fine} for fine in fines])
    known = of_case(Source(File(world.case, ()), world.registry, None))
    items: Any = known["处罚事项"]
    assert [item.get("金额大写") for item in items] == capitals
    assert ("罚款大写" in known) is whole
    assert known["罚款金额"] == f"{sum(map(Decimal, fines)):.2f}"
