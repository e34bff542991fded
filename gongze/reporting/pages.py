"""A printed report read back: whether the pages of a PDF still say what was counted.

A page has no cells and no marks, only text in the order in which it was set. So each sentence and each row of a table
that holds figures is looked for word by word; where it is not found, once more with anything in place of its figures.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader

from domain.refusal import Refusal, refused_as
from gongze.reporting.figures import Figure
from gongze.reporting.paper import cell_text, own_words
from gongze.reporting.provenance import Provenance, read_line
from gongze.reporting.report import Heading, Paragraph, Plot, Report, Segment, Table

logging.getLogger("pypdf").setLevel(logging.CRITICAL)
"""Of a damaged file it tells thousands of things that no officer can make sense of."""
PAGES_MAX = 2_000
NOT_FOUND = "（这一句或这一行已改写）"
_PAGE_NUMBER = re.compile(r"^\s*—\s*\d+\s*—\s*$", re.M)
_ANY, _ANY_CELL = r"(\S(?:.{0,38}?\S)?)", r"(\S{1,40}(?:\s个百分点)?)"
"""Whatever may stand in a figure's place in a sentence, and in a table."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What a PDF says of itself, and all its text."""

    provenance: Provenance
    text: str


def read(file: Path) -> Pages:
    """Raises Refusal: report_unreadable."""
    with refused_as(Refusal("report_unreadable", "文件不是可以读的 .pdf", "FILE")):
        found = PdfReader(file)
        keywords = found.metadata.keywords if found.metadata is not None else None
        if len(found.pages) > PAGES_MAX:
            raise Refusal("report_unreadable", f"文件超过 {PAGES_MAX} 页，不像是报告", "FILE")
        provenance = read_line((keywords or "").replace(",", ""))  # an office sets commas between them
        text = "\n".join(_PAGE_NUMBER.sub("", page.extract_text()) for page in found.pages)
    return Pages(provenance, text)


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence, or a row of the table of that title: its words and figures in the order of the page."""

    parts: tuple[Segment, ...]
    table: str | None = None

    def figures(self) -> list[Figure]:
        return [part for part in self.parts if isinstance(part, Figure)]

    def pattern(self, *, figures: bool) -> str:
        """What it looks like on a page, where any character may be followed by a line's end. `figures`: its own, or any."""
        between, any_ = (r"\s*", _ANY) if self.table is None else (r"\s+", _ANY_CELL)
        words = (_spread(part.text if isinstance(part, Figure) else part)
                 if figures or isinstance(part, str) else any_ for part in self.parts)  # fmt: skip
        found = between.join(word for word in words if word)
        return found if self.table is None else rf"(?<!\S){found}(?!\S)"


def _spread(text: str) -> str:
    return r"\s*".join(map(re.escape, re.sub(r"\s", "", text)))


def differing(report: Report, pages: Pages) -> tuple[int, tuple[tuple[str, str, str], ...]]:
    """How many figures stand in sentences and tables, and those that the pages show otherwise, as (id, printed, counted)."""
    lines = list(_lines(report))
    compared = {figure.id for line in lines for figure in line.figures()}
    return len(compared), _otherwise(lines, pages.text)


def spoken_otherwise(report: Report, text: str) -> tuple[tuple[str, str, str], ...]:
    """The figures in sentences that a text of sentences shows otherwise, as (id, printed, counted)."""
    return _otherwise((line for line in _lines(report) if line.table is None), text)


def _otherwise(lines: Iterable[_Line], text: str) -> tuple[tuple[str, str, str], ...]:
    found: dict[str, tuple[str, str, str]] = {}
    for line in lines:
        if re.search(line.pattern(figures=True), text) is None:
            for figure, printed in _shown(line, text):
                if printed != figure.text:
                    found.setdefault(figure.id, (figure.id, printed, figure.text))
    return tuple(found.values())


def _shown(line: _Line, text: str) -> Iterator[tuple[Figure, str]]:
    """What stands on the pages for each figure of a line that is not there as it was counted."""
    title = re.search(_spread(line.table), text) if line.table is not None else None
    read_ = re.compile(line.pattern(figures=False), re.S).search(
        text, title.end() if title is not None else 0
    )
    for number, figure in enumerate(line.figures(), 1):
        yield figure, re.sub(r"\s", "", read_[number]) if read_ is not None else NOT_FOUND


def _lines(report: Report) -> Iterator[_Line]:
    for block in (*report.blocks, *report.annexes):
        match block:
            case Paragraph():
                line = _Line(own_words(block)[0])
                if line.figures():
                    yield line
            case Table():
                title = block.title.partition("　")[2] or block.title
                for row in (*block.rows, *((block.total,) if block.total is not None else ())):
                    parts = tuple(cell if isinstance(cell, Figure) else cell_text(cell) for cell in row)
                    line = _Line(tuple(part for part in parts if part), title)
                    if line.figures():
                        yield line
            case Heading() | Plot():
                pass  # of a drawing no numbers can be read; those in it stand in tables too
