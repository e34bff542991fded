"""Official papers as .docx, laid out after GB/T 9704-2012 党政机关公文格式. The clauses named below are of it.

    paper = Paper("关于报送情况的报告", author="拉萨市自然资源局")
    paper.red_head("拉萨市自然资源局文件")
    paper.number("拉自然资〔2026〕12号")
    paper.title("关于报送情况的报告")
    paper.addressee("市人民政府")
    paper.heading("基本情况")          # 一、基本情况
    paper.paragraph("……")
    paper.table(["机关", "件数"], [["公安局", "3"]])
    paper.signature("拉萨市自然资源局", day_zh(today))
    paper.save(path)

Everything is written top down; the same calls give the same bytes. All looks are styles of the file (公文正文, 标题 1 …),
so that an office changes them in WPS or Word in one place. Text is taken as it is: nothing in it is a field or a command.
"""

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

from docx import Document
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.image.exceptions import (
    InvalidImageStreamError,
    UnexpectedEndOfFileError,
    UnrecognizedImageError,
)
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from connectors.documents.fonts import FANGSONG, HEITI, KAITI, LATIN, SONGTI, XIAOBIAOSONG
from domain.chinese import heading_zh
from domain.refusal import Refusal

SAN_HAO, ER_HAO, SI_HAO, XIAO_SI = 16.0, 22.0, 14.0, 12.0
LINES, CHARACTERS = 22, 28
PAGE_MM, MARGINS_MM = (210, 297), (37, 35, 28, 26)
"""纸张和页边 (上、下、左、右): §5.2.1. The text is 156 mm by 225 mm."""
TEXT_MM = 156
LEADING = 28.95
"""Points: 225 mm for 22 lines. No `docGrid`: LibreOffice gives a 16-point glyph two cells of it."""
TRACKING = -0.25
"""Points between characters: 28 of 15.75 points are 441, and 156 mm are 442.2."""
RED = RGBColor(0xFF, 0, 0)
PICTURE_MAX = 10 * 2**20
_NO_PICTURE = (
    UnrecognizedImageError, UnexpectedEndOfFileError, InvalidImageStreamError, ValueError, LookupError, ArithmeticError,
    AttributeError, struct.error,
)  # fmt: skip
"""What the library raises of damaged pictures."""
EPOCH = (1980, 1, 1, 0, 0, 0)

Form = Literal["paper", "letter", "minutes", "inspection"]
"""文件格式 (§7.2); 信函格式 (§10.1): double red lines, no page number on the first page; 纪要格式 (§10.3); and the heads of
督察文书, which have a second line with the instrument's name."""
Align = Literal["left", "centre", "right", "justify"]
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}


class Paper:
    """One paper being written. `subject` goes into the file's properties only, `basis` likewise: what the paper rests
    on belongs to the file, an official page carries no such line."""

    def __init__(self, subject: str, *, author: str = "", basis: str = "") -> None:
        self.docx: Docx = Document()
        self._counts = [0, 0, 0, 0]
        self._form: Form = "paper"
        _page(self.docx)
        _styles(self.docx)
        properties = self.docx.core_properties
        properties.title, properties.author, properties.comments = subject, author, basis
        properties.last_modified_by, properties.revision = author, 1
        properties.created = properties.modified = datetime(2000, 1, 1, tzinfo=UTC)
        section = self.docx.sections[0]
        _page_number(section.footer.paragraphs[0], "right")
        _page_number(section.even_page_footer.paragraphs[0], "left")

    # -- the head

    def red_head(self, mark: str, form: Form = "paper") -> None:
        """发文机关标志, in red on one line; what follows is `number`. A template's field may stand for the mark.

        paper: 35 mm below the top of the text (§7.2.4). letter: 30 mm below the paper's edge, a double red line under
        it and another at the foot of the page (§10.1). minutes: as a paper, `××××纪要` (§10.3). inspection: called twice,
        for the second line too.
        """
        second, self._form = self._form == form == "inspection", form
        size = mark_size(mark)
        if form == "letter":
            self._letter_head(mark, size)
            return
        if not second:
            self._line("", leading=35 / 25.4 * 72 - size)
        self._line(mark, "发文机关标志", size=size, leading=max(size * 1.25, LEADING))

    def number(self, text: str, signer: str | None = None) -> None:
        """发文字号 with the red line under it; on a letter at the right, under the line. `signer`: 签发人, of a paper
        that goes upward (§7.2.6): then the number stands at the left."""
        if self._form == "letter":
            self._line(text, align="right")
            self._line("")
            return
        for _ in range(2 if self._form == "paper" else 1):
            self._line("")
        if signer is None:
            paragraph = self._line(text, align="centre")
        else:
            paragraph = self._line("", align="left")
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_MM), WD_TAB_ALIGNMENT.RIGHT)
            paragraph.add_run(f"　{text}\t签发人：")
            _font(paragraph.add_run(f"{signer}　"), KAITI)
        _border(paragraph, ("bottom", 18, "FF0000", 11))
        self._line("")

    def attendees_line(self, label: str, names: str) -> None:
        """纪要's 出席、请假、列席, the label in 黑体, the lines after the first hung under the names (§10.3)."""
        paragraph = self._line("", "公文正文", align="left")
        format_ = paragraph.paragraph_format
        hang = Pt((SAN_HAO + TRACKING) * (len(label) + 1))
        first = Pt((SAN_HAO + TRACKING) * 2)
        format_.left_indent, format_.first_line_indent = first + hang, -hang
        _font(paragraph.add_run(f"{label}："), HEITI)
        paragraph.add_run(names)

    # -- the body

    def title(self, text: str) -> None:
        """标题: 2号小标宋, centred, a line each for `\\n` (§7.3.1). A paper without a red head begins with it."""
        lines = text.split("\n")
        self._line("")
        for line in lines:
            self._line(line, "Title")
        self._line("")

    def addressee(self, text: str) -> None:
        """主送机关, at the left edge, with its colon (§7.3.2)."""
        self._line(f"{text}：", align="left")

    def heading(self, text: str, level: int = 1, *, numbered: bool = True) -> Paragraph:
        """A heading of level 1 to 4: 一、 黑体, （一） 楷体, 1. and （1） 仿宋 (§7.3.3), counted by itself, the lower
        levels anew under each. Raises ValueError for another level."""
        if numbered:
            self._counts[level - 1] += 1
            self._counts[level:] = [0] * (4 - level)
            text = heading_zh(level, self._counts[level - 1]) + text
        return self._line(text, f"Heading {level}")

    def paragraph(self, text: str, *, align: Align = "justify", indent: bool = True) -> Paragraph:
        """正文: 3号仿宋, two characters in, 28 to a line, 22 lines to a page. `\\n` begins another paragraph; the last
        is given back, so that a run can be added to it."""
        for part in text.split("\n"):
            last = self._line(part, "公文正文", align=align, indent=indent)
        return last

    def table(
        self,
        heads: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        widths: Sequence[float] = (),
        size: float = XIAO_SI,
        caption: str | None = None,
    ) -> Table:
        """A ruled table as wide as the text; its head comes again on each page, no row is torn. `widths`: shares of
        the width; equal without. Cells that are numbers stand right. Raises ValueError where a row does not fit."""
        if caption is not None:
            self._line(
                caption, "公文正文", align="centre", indent=False
            ).paragraph_format.keep_with_next = True
        table: Any = self.docx.add_table(rows=0, cols=len(heads))
        table.style = self.docx.styles["Table Grid"]
        shares = list(widths) or [1.0] * len(heads)
        if len(shares) != len(heads):
            raise ValueError(f"{len(heads)} columns and widths {widths}")
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        head = self._row(table, heads, shares, size, head=True)
        head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        one = self._row(table, ["x"] * len(heads), shares, size)
        table._tbl.remove(one)
        for row in rows:
            if len(row) != len(heads):
                raise ValueError(f"{len(heads)} columns and the row {row}")
            table._tbl.append(_told_in(deepcopy(one), row))  # a list may have ten thousand
        for column, share in zip(table.columns, shares, strict=True):
            column.width = Mm(TEXT_MM * share / sum(shares))
        return cast(Table, table)

    def picture(self, image: Path | bytes, *, width_mm: float = TEXT_MM, caption: str | None = None) -> None:
        """A plot or photograph in a line of its own, no wider than the text. Raises Refusal: picture_unusable."""
        data = image if isinstance(image, bytes) else _read_picture(image)
        if len(data) > PICTURE_MAX:
            raise Refusal("picture_unusable", f"图片超过 {PICTURE_MAX // 2**20} MB，请缩小后再用")
        paragraph = self._line("", align="centre")
        paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE  # a fixed one would cut it off
        try:
            paragraph.add_run().add_picture(io.BytesIO(data), width=Mm(min(width_mm, TEXT_MM)))
        except _NO_PICTURE:
            raise Refusal("picture_unusable", "图片无法识别，请用 PNG 或 JPEG 图片") from None
        if caption is not None:
            paragraph.paragraph_format.keep_with_next = True
            self._line(caption, align="centre", size=XIAO_SI)

    def page_break(self) -> None:
        """The next line begins a page: an annex, a second part."""
        self._line("").add_run().add_break(WD_BREAK.PAGE)

    # -- the end

    def attachments(self, names: Sequence[str]) -> None:
        """附件说明, a blank line below the text: 附件：1. … (§7.3.4); one alone has no number. None, no line."""
        if not names:
            return
        self._keep_last()
        self._line("").paragraph_format.keep_with_next = True
        label = "附件："
        for number, name in enumerate(names, start=1):
            counted = f"{number}. {name}" if len(names) > 1 else name
            paragraph = self._line(label + counted if number == 1 else counted, "公文正文", indent=True)
            paragraph.paragraph_format.keep_with_next = True  # a signature has text above it on its page
            if number > 1:
                paragraph.paragraph_format.first_line_indent = Pt((SAN_HAO + TRACKING) * (2 + len(label)))

    def signature(self, agency: str, day: str) -> None:
        """署名 above 成文日期, both centred on one axis ten characters from the right edge, so that a date of twelve
        keeps four characters' room there and the seal finds its place (§7.3.5); never alone on a page."""
        self._keep_last()
        for text in ("", "", agency, day):
            paragraph = self._line(text, align="centre")
            paragraph.paragraph_format.left_indent = Pt((SAN_HAO + TRACKING) * 8)
            paragraph.paragraph_format.keep_with_next = text != day

    def note(self, text: str) -> None:
        """附注, in brackets two characters in, under the date (§7.3.7): 联系人 and the like."""
        self._line(f"（{text}）", "公文正文")

    def imprint(self, copies: str, issuer: str = "", day: str = "") -> None:
        """版记 at the foot of the last page, between rules, 4号: 抄送; 印发机关 and 印发日期, which letters and minutes
        do not have (§7.4, §10.1, §10.3). Either part may be left out."""
        lines = [f"抄送：{copies}"] if copies else []
        lines += [f"{issuer}\t{day}印发"] if issuer or day else []
        if not lines:
            return
        table: Any = self.docx.add_table(rows=0, cols=1)
        table.autofit = False
        for text in lines:
            cell = table.add_row().cells[0]
            cell.width = Mm(TEXT_MM)
            paragraph = cell.paragraphs[0]
            paragraph.style = self.docx.styles["版记"]
            paragraph.paragraph_format.tab_stops.add_tab_stop(
                Mm(TEXT_MM) - Pt(SI_HAO), WD_TAB_ALIGNMENT.RIGHT
            )
            paragraph.add_run(text)
        _rule_lines(table, ruled=self._form != "letter")
        self._line("", leading=1)._p.append(_at_page_foot(table, height_mm=9 * len(lines) + 2))

    # -- the file

    def bytes(self) -> bytes:
        """The .docx. The same calls give the same bytes."""
        written = io.BytesIO()
        self.docx.save(written)
        return steady(written.getvalue())

    def save(self, path: Path) -> None:
        path.write_bytes(self.bytes())

    # -- lines

    def _keep_last(self) -> None:
        if self.docx.paragraphs:
            self.docx.paragraphs[-1].paragraph_format.keep_with_next = True

    def _line(
        self,
        text: str,
        style: str = "Normal",
        *,
        align: Align | None = None,
        size: float | None = None,
        leading: float | None = None,
        indent: bool = True,
    ) -> Paragraph:
        paragraph = self.docx.add_paragraph(style=style)
        if text:
            run = paragraph.add_run(text)
            if size is not None:
                run.font.size = Pt(size)
        if align is not None:
            paragraph.alignment = _ALIGN[align]
        if leading is not None:
            paragraph.paragraph_format.line_spacing = Pt(leading)
        if not indent:
            paragraph.paragraph_format.first_line_indent = Pt(0)
        return paragraph

    def _row(
        self, table: Any, texts: Sequence[str], shares: Sequence[float], size: float, *, head: bool = False
    ) -> Any:
        made = table.add_row()
        for cell, text, share in zip(made.cells, texts, shares, strict=True):
            cell.width = Mm(TEXT_MM * share / sum(shares))
            self._cell(cell.paragraphs[0], text, size, head=head)
        made._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        return made._tr

    def _cell(self, paragraph: Paragraph, text: str, size: float, *, head: bool) -> None:
        run = paragraph.add_run(text)
        run.font.size = Pt(size)
        _spacing(run._r.get_or_add_rPr(), 0)
        if head:
            _font(run, HEITI)
        paragraph.alignment = _ALIGN["centre" if head else "left"]
        paragraph.paragraph_format.line_spacing = Pt(size * 1.4)

    def _letter_head(self, mark: str, size: float) -> None:
        """On the first page alone, in its own header and footer."""
        section = self.docx.sections[0]
        section.different_first_page_header_footer = True
        section.header_distance, section.footer_distance = Mm(30), Mm(20)
        for footer in (section.footer, section.even_page_footer):
            footer.paragraphs[0].paragraph_format.space_after = Mm(3)  # where they stand on other papers
        head = section.first_page_header.paragraphs[0]
        head.style = self.docx.styles["发文机关标志"]
        head.paragraph_format.line_spacing = Pt(size * 1.25)
        head.add_run(mark).font.size = Pt(size)
        _border(head, ("bottom", 24, "FF0000", 11), kind="thickThinSmallGap")
        _wide(head)
        foot = section.first_page_footer.paragraphs[0]
        _border(foot, ("top", 24, "FF0000", 1), kind="thickThinSmallGap")
        _wide(foot)


def lines_of(table: Any) -> Iterator[list[Any]]:
    """The rows of a table below its head, each as the paragraphs of its cells (their elements)."""
    _, *rows = table._tbl.tr_lst
    return ([cell.p_lst[0] for cell in row.tc_lst] for row in rows)


def _told_in(row: Any, texts: Sequence[str]) -> Any:
    """A row of a table with other texts; numbers stand right."""
    for cell, text in zip(row.tc_lst, texts, strict=True):
        paragraph = cell.p_lst[0]
        run = paragraph.r_lst[0]
        if text and text.isprintable() and text == text.strip():
            run.t_lst[0].text = text
        else:
            run.text = text  # with its line breaks and outer spaces
        if text and not text.strip("-+%.,0123456789"):
            paragraph.alignment = _ALIGN["right"]
    return row


def steady(docx: bytes) -> bytes:
    """The same file with the times of its parts taken out: equal content gives equal bytes."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx)) as given,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in given.namelist():
            part = zipfile.ZipInfo(name, EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            out.writestr(part, given.read(name))
    return written.getvalue()


# --- page and styles ---------------------------------------------------------------------------------------------


def _page(docx: Docx) -> None:
    section = docx.sections[0]
    section.page_width, section.page_height = Mm(PAGE_MM[0]), Mm(PAGE_MM[1])
    top, bottom, left, right = map(Mm, MARGINS_MM)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        top,
        bottom,
        left,
        right,
    )
    section.footer_distance = Mm(35 - 7 - 5)  # 一字线 7 mm below the text (§7.5), the line itself 5 mm high
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is not None:
        section._sectPr.remove(grid)
    docx.settings.odd_and_even_pages_header_footer = True


def _styles(docx: Docx) -> None:
    styles = docx.styles
    language = styles.element.find(qn("w:docDefaults")).find(f".//{qn('w:lang')}")
    language.set(qn("w:eastAsia"), "zh-CN")
    language.set(qn("w:val"), "en-US")  # a western language of another kind breaks "3.27" after the point
    normal = styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _style(normal, FANGSONG, SAN_HAO, tracking=TRACKING, leading=LEADING)
    body = _style(_new(docx, "公文正文"), FANGSONG, SAN_HAO, tracking=TRACKING, leading=LEADING, indent=2)
    body.paragraph_format.alignment = _ALIGN["justify"]
    for level, font in enumerate((HEITI, KAITI, FANGSONG, FANGSONG), start=1):
        heading = styles[f"Heading {level}"]
        assert isinstance(heading, ParagraphStyle)
        _style(heading, font, SAN_HAO, tracking=TRACKING, leading=LEADING, indent=2, outline=level - 1)
        heading.paragraph_format.keep_with_next = True
        heading.next_paragraph_style = body
    title = styles["Title"]
    assert isinstance(title, ParagraphStyle)
    _style(title, XIAOBIAOSONG, ER_HAO, tracking=0, leading=32)
    title.paragraph_format.alignment = _ALIGN["centre"]
    title.paragraph_format.keep_with_next = True
    mark = _style(_new(docx, "发文机关标志"), XIAOBIAOSONG, 46, tracking=0, leading=58, color=RED)
    mark.paragraph_format.alignment = _ALIGN["centre"]
    imprint = _style(_new(docx, "版记"), FANGSONG, SI_HAO, tracking=0, leading=24)
    imprint.paragraph_format.left_indent = imprint.paragraph_format.right_indent = Pt(SI_HAO)
    no_hanging(docx)


def no_hanging(docx: Docx) -> None:
    """No punctuation beyond the margin in a PDF: LibreOffice 7.4 leaves out some of the marks that hang there in a
    justified line, so that the PDF would lack a comma that the .docx has. It reads this element the wrong way round:
    1, which is what Word does anyway, is what keeps it from hanging them."""
    for style in docx.styles.element.iterchildren(qn("w:style")):
        if style.get(qn("w:type")) == "paragraph":
            properties = style.get_or_add_pPr()
            for old in properties.findall(qn("w:overflowPunct")):
                properties.remove(old)
            hanging = OxmlElement("w:overflowPunct")
            hanging.set(qn("w:val"), "1")
            properties.insert_element_before(hanging, *_AFTER_BORDER[_AFTER_BORDER.index("w:topLinePunct") :])


def _new(docx: Docx, name: str) -> ParagraphStyle:
    style = docx.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = docx.styles["Normal"]
    style.quick_style = True
    return style


def _style(
    style: ParagraphStyle,
    font: str,
    size: float,
    *,
    tracking: float,
    leading: float,
    indent: int = 0,
    outline: int | None = None,
    color: RGBColor | None = None,
) -> ParagraphStyle:
    """A style that owes nothing to the library's own template: blue headings, theme fonts, space before."""
    element = style.element
    for old in (element.find(qn("w:pPr")), element.find(qn("w:rPr"))):
        if old is not None:
            element.remove(old)
    format_ = style.paragraph_format
    format_.space_before = format_.space_after = Pt(0)
    format_.line_spacing_rule, format_.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(leading)
    format_.widow_control = False  # it would leave a page of 21 lines
    if indent:
        format_.first_line_indent = Pt((size + tracking) * indent)
        element.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(indent * 100))
    if outline is not None:
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), str(outline))
        element.get_or_add_pPr().append(level)
    style.font.size = Pt(size)
    style.font.color.rgb = color or RGBColor(0, 0, 0)
    _fonts(element.get_or_add_rPr(), font)
    _spacing(element.get_or_add_rPr(), tracking)
    return style


def _font(run: Any, font: str) -> None:
    _fonts(run._r.get_or_add_rPr(), font)


def _fonts(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for script, name in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", font), ("cs", LATIN)):
        fonts.set(qn(f"w:{script}"), name)


def _spacing(properties: Any, points: float) -> None:
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(round(points * 20)))
    properties.insert_element_before(
        spacing, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:highlight", "w:u", "w:effect", "w:bdr", "w:shd",
        "w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang", "w:eastAsianLayout", "w:specVanish", "w:oMath",
    )  # fmt: skip


def mark_size(mark: str) -> float:
    """小标宋 as large as one line takes, at most 46 points."""
    return min(46.0, float(440 // max(len(mark), 1)))


# --- parts of a page ---------------------------------------------------------------------------------------------

_AFTER_BORDER = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct",
    "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind",
    "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment",
    "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip
"""What the schema wants after `pBdr`: Word refuses a file in another order."""


def _border(paragraph: Paragraph, *sides: tuple[str, int, str, int], kind: str = "single") -> None:
    """Rules of (side, eighths of a point, colour, points from the text)."""
    drawn = "".join(
        f'<w:{side} w:val="{kind}" w:sz="{width}" w:space="{space}" w:color="{color}"/>'
        for side, width, color, space in sides
    )
    border = parse_xml(f"<w:pBdr {nsdecls('w')}>{drawn}</w:pBdr>")
    paragraph._p.get_or_add_pPr().insert_element_before(border, *_AFTER_BORDER)


def _wide(paragraph: Paragraph) -> None:
    """170 mm: the red lines of a letter are wider than its text (§10.1)."""
    paragraph.paragraph_format.left_indent = Mm(-8)
    paragraph.paragraph_format.right_indent = Mm(-6)


def _rule_lines(table: Table, *, ruled: bool) -> None:
    """Outer rules 0.35 mm, between the lines 0.25 mm (§7.4.1), none on a letter."""
    rules = (("top", 8), ("bottom", 8), ("insideH", 6)) if ruled else ()
    drawn = "".join(
        f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="000000"/>' for side, width in rules
    )
    margins = "".join(f'<w:{side} w:w="0" w:type="dxa"/>' for side in ("left", "right"))
    properties = table._tbl.tblPr
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(parse_xml(f"<w:tblBorders {nsdecls('w')}>{drawn}</w:tblBorders>"))
    layout.addnext(parse_xml(f"<w:tblCellMar {nsdecls('w')}>{margins}</w:tblCellMar>"))


_FOOT = f"""<w:r {nsdecls("w", "wp", "a")} xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:AlternateContent><mc:Choice Requires="wps">
<w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" behindDoc="0" locked="0"
 layoutInCell="1" allowOverlap="0"><wp:simplePos x="0" y="0"/>
<wp:positionH relativeFrom="margin"><wp:align>left</wp:align></wp:positionH>
<wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
<wp:extent cx="{{width}}" cy="{{height}}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapTopAndBottom/>
<wp:docPr id="1" name="版记"/><a:graphic>
<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp>
<wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{{width}}" cy="{{height}}"/></a:xfrm>
<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln></wps:spPr>
<wps:txbx><w:txbxContent/></wps:txbx><wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:spAutoFit/></wps:bodyPr>
</wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice></mc:AlternateContent></w:r>"""
"""A text box at the foot of the text. LibreOffice leaves a floating table where it stands, and draws no rules between
paragraphs of one frame."""


def _at_page_foot(table: Table, *, height_mm: float) -> Any:
    """A run that holds a table in a text box at the foot of its page."""
    run = parse_xml(_FOOT.format(width=int(Mm(TEXT_MM)), height=int(Mm(height_mm))))
    box = run.find(f".//{qn('w:txbxContent')}")
    box.append(table._tbl)
    last = f'<w:p {nsdecls("w")}><w:pPr><w:spacing w:line="20" w:lineRule="exact"/></w:pPr></w:p>'
    box.append(parse_xml(last))  # a box may not end with a table
    return run


def _page_number(paragraph: Paragraph, align: Align) -> None:
    """— 1 —, 4号宋体, one character in from the edge that is outside when printed on both sides (§7.5)."""
    paragraph.alignment = _ALIGN[align]
    side = paragraph.paragraph_format
    side.left_indent, side.right_indent = Pt(SI_HAO), Pt(SI_HAO)
    field = (
        '<w:fldChar {0} w:fldCharType="begin"/>', '<w:instrText {0} xml:space="preserve"> PAGE </w:instrText>',
        '<w:fldChar {0} w:fldCharType="separate"/>', "<w:t {0}>1</w:t>", '<w:fldChar {0} w:fldCharType="end"/>',
    )  # fmt: skip
    for text in ("— ", None, " —"):
        run = paragraph.add_run(text or "")
        run.font.size = Pt(SI_HAO)
        _font(run, SONGTI)
        if text is None:
            for part in field:
                run._r.append(parse_xml(part.format(nsdecls("w"))))


def _read_picture(path: Path) -> bytes:
    if path.stat().st_size > PICTURE_MAX:
        raise Refusal("picture_unusable", f"图片 {path.name} 超过 {PICTURE_MAX // 2**20} MB，请缩小后再用")
    return path.read_bytes()
