"""Papers set by the real LibreOffice, measured in the PDF."""

import os
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from connectors.documents import fonts, office
from connectors.documents.gongwen import CHARACTERS, LINES, Paper
from domain.refusal import Refusal
from tests.exchange import until


def full_pages() -> Paper:
    paper = Paper("满页")
    for _ in range(LINES * 2):
        paper.paragraph("国" * CHARACTERS, indent=False)
    return paper


def signed() -> Paper:
    """Its text ends just above a page's foot: the signature must not go to the next page alone."""
    paper = Paper("函", author="甲局")
    paper.red_head("甲局", "letter")
    paper.number("甲函〔2026〕1号")
    paper.title("关于某事的函")
    paper.addressee("乙局")
    for line in range(13):
        paper.paragraph(f"第{line}行")
    paper.signature("甲局", "二〇二六年三月五日")
    paper.imprint("丙局。")
    return paper


LOST = (
    "示例村民丙12未批先占一案（案号：园自然资执〔2025〕12号），堆龙德庆区人民法院于2025年12月8日裁定准予执行（（2025）示例行审裁12号）。"
    "根据《关于构建拉萨市自然资源执法监管共同责任机制的实施意见》三（三）的规定，请你单位协助、配合完成下列执行事务。"
)
"""Its fourth line ends, by the width of a comma, before its comma: hung in the margin of a justified line, it was lost."""


def justified() -> Paper:
    paper = Paper("不丢标点")
    paper.paragraph(LOST)
    return paper


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PdfReader]:
    """All of them by one run of the program."""
    folder = tmp_path_factory.mktemp("papers")
    papers = {"full": full_pages(), "signed": signed(), "justified": justified()}
    for name, paper in papers.items():
        paper.save(folder / f"{name}.docx")
    made = office.to_pdfs([folder / f"{name}.docx" for name in papers], folder)
    assert made == [folder / f"{name}.pdf" for name in papers]
    return {path.stem: PdfReader(path) for path in made}


def test_a_full_page_has_22_lines_of_28_characters(pdfs):
    pages = [page.extract_text().split("\n") for page in pdfs["full"].pages]
    full = [[line for line in page if "国" in line] for page in pages]
    assert [len(lines) for lines in full if lines] == [22, 22]
    assert {line.strip() for lines in full for line in lines} == {"国" * 28}


def test_page_numbers_stand_outside(pdfs):
    """— 1 — at the right, — 2 — at the left (§7.5)."""
    found: dict[str, float] = {}
    for page in pdfs["full"].pages[:2]:

        def visit(text: str, _cm: object, matrix: list[float], _font: object, _size: object) -> None:
            if re.search(r"[12]", text) and "国" not in text:
                found[text.strip("— \n")] = matrix[4]

        page.extract_text(visitor_text=visit)
    assert found["1"] > 595 / 2 > found["2"]


def test_paper_is_a4_and_the_pdf_for_archives(pdfs):
    box = pdfs["full"].pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    metadata = pdfs["full"].xmp_metadata
    assert metadata is not None
    assert (metadata.rdf_root.toxml().count("<pdfaid:part>2<"), "B" in metadata.rdf_root.toxml()) == (1, True)


def test_the_first_page_of_a_letter_has_no_number_and_the_signature_is_never_alone(pdfs):
    pages = [page.extract_text() for page in pdfs["signed"].pages]
    assert not re.search(r"— *1 *—", pages[0])
    last = pages[-1]
    assert "二〇二六年三月五日" in last
    assert "第12行" in last.replace(" ", "")  # text stands on the page that is signed
    assert "抄送：丙局。" in last


def test_no_mark_is_lost_at_the_margin(pdfs):
    printed = re.sub(r"\s", "", pdfs["justified"].pages[0].extract_text()).partition("—")[0]
    assert printed == LOST


def test_without_libreoffice_the_advice_names_what_to_install(monkeypatch, tmp_path):
    full_pages().save(tmp_path / "a.docx")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refusal) as refused:
        office.to_pdf(tmp_path / "a.docx", tmp_path / "a.pdf")
    assert refused.value.code == "office_missing"
    assert "libreoffice-writer-nogui" in refused.value.message
    assert not list(tmp_path.glob("*.pdf"))


def test_a_conversion_that_hangs_is_ended_with_all_it_started(monkeypatch, tmp_path):
    full_pages().save(tmp_path / "a.docx")
    hanging = tmp_path / "bin/soffice"
    hanging.parent.mkdir()
    hanging.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/child\nwait\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{hanging.parent}:{os.environ['PATH']}")
    with pytest.raises(Refusal) as refused:
        office.to_pdfs([tmp_path / "a.docx"], tmp_path, seconds=2)
    assert refused.value.code == "office_failed"
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}/stat")
    until(lambda: ended(child), 10)


def ended(stat: Path) -> bool:
    """A process that was killed is there until it runs next, and where nobody asks for its end it stays as a zombie."""
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_what_is_no_paper_is_refused_and_leaves_nothing(tmp_path):
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(Refusal) as refused:
        office.to_pdf(tmp_path / "a.docx", tmp_path / "a.pdf")
    assert refused.value.code == "office_failed"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.docx"]


def test_every_font_of_a_paper_has_one_that_is_set():
    used = {font.name: font.used for font in fonts.installed()}
    assert set(used) == {"仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体", "Times New Roman"}
    assert all(used.values())
