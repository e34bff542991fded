"""Spreadsheets as offices send them: .xlsx, .xls and CSV, known by their content, not by their name.

Titles and unit lines above the headings are passed over, headings may take several lines, a merged area has one
value for all its cells. A file is read whole or refused with one sentence; nothing in it is ever run.
"""

import codecs
import csv
import io
import json
import re
import struct
import subprocess
import sys
import unicodedata
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from itertools import islice
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar
from xml.parsers import expat

import python_calamine as calamine

from domain.refusal import Refusal
from gongze.sheets import apart
from gongze.sheets.cells import Fault, Value, narrowed

T = TypeVar("T")

SIZE_MAX = 50_000_000
"""Bytes of a file; half a million rows of a register."""
INFLATED_MAX = 500_000_000
"""Bytes that an .xlsx may unfold to: one of a few kilobytes can be made to fill any memory."""
ROWS_MAX, COLUMNS_MAX, CELLS_MAX = 200_000, 1_000, 12_000_000
APART_SECONDS = 120
"""For an .xls; one of the largest size takes a few."""
HEADING_WITHIN = 40
"""Rows from the top among which the headings stand."""
NOT_COMPUTED = "公式没有计算结果，请用表格软件打开、计算并保存，或改为数值"
ERROR_VALUE = "单元格是错误值（如 #N/A），请改正"

Format = Literal["xlsx", "xls", "csv"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV file is written, so that what comes back can be written likewise."""

    encoding: str
    delimiter: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row, numbered as the spreadsheet numbers it, from 1."""

    number: int
    values: tuple[Value, ...]


Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. `source` gives its rows in order, from the first; `merges` counts rows and columns from 0."""

    name: str
    source: Callable[[], Iterator[Row]]
    merges: tuple[Merge, ...] = ()

    def rows(self) -> Iterator[Row]:
        """The rows, every cell of a merged area holding the area's value."""
        starts = [top for (top, _), _ in self.merges]
        active: list[tuple[int, int, int, Value]] = []
        for row in self.source():
            at = row.number - 1
            active = [a for a in active if a[0] >= at]
            for (_, left), (bottom, right) in self.merges[
                bisect_left(starts, at) : bisect_left(starts, at + 1)
            ]:
                if left < len(row.values):
                    active.append((bottom, left, right, row.values[left]))
            if not active:
                yield row
                continue
            values = list(row.values)
            for _, left, right, value in active:
                for column in range(left, min(right + 1, len(values))):
                    values[column] = value
            yield Row(row.number, tuple(values))


@dataclass(frozen=True, slots=True)
class Book:
    """A file that can be read. `notes` are sentences for whoever imports it."""

    format: Format
    grids: tuple[Grid, ...]
    notes: tuple[str, ...] = ()
    dialect: Dialect | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading: `name` is unique in its table, `full` has the headings above it before its own, `unit` is
    what stands in brackets after it."""

    name: str
    column: int
    unit: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its headings found. `top` is all that stands above the data, for handing rows back."""

    book: Book
    grid: Grid
    heads: tuple[Head, ...]
    top: tuple[Row, ...]
    passed: list[Row] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The data: without blank rows, totals, notes, signing lines and headings repeated; those are in `passed`."""
        self.passed.clear()
        for row in islice(self.grid.rows(), len(self.top), None):
            said = [v for v in row.values if v is not None]
            if said and self._passed_over(row, said):
                self.passed.append(row)
            elif said:
                yield row

    def _passed_over(self, row: Row, said: Sequence[Value]) -> bool:
        headings = self.top[-1]
        if row.values == headings.values or (isinstance(said[0], str) and FOOTER.match(plain(said[0]))):
            return True
        if len(said) >= 3 and len(set(said)) == 1 and len(said) == len(row.values):
            return True  # a note merged over the whole width
        return row.number == headings.number + 1 and _numbers_columns(said)


FOOTER = re.compile(
    r"(合计|总计|小计|共计|累计)|(注|备注|说明|填表说明)[:]|"
    r"(填报|填表|制表|审核|复核|经办|负责|单位负责|联系)(人|日期|时间|单位|电话)[^:]{0,8}:|\(?(单位)?(盖章|公章|签章)"
)


def _numbers_columns(said: Sequence[Value]) -> bool:
    """The line below the headings that counts the columns: 1 2 3 … or 甲 乙 1 2 …"""
    texts = [plain(str(v)).strip("()") for v in said]
    while texts and texts[0] in "甲乙丙丁":
        texts.pop(0)
    return len(said) >= 3 and bool(texts) and texts == [str(n) for n in range(1, len(texts) + 1)]


# --- opening a file -----------------------------------------------------------------------------------------


def open_book(path: Path) -> Book:
    """Raises Refusal: file_unusable, too_large, sheet_unusable."""
    try:
        if path.stat().st_size > SIZE_MAX:
            raise Refusal("too_large", f"文件超过 {SIZE_MAX // 1_000_000} MB，请拆分后导入", "FILE")
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise Refusal("file_unusable", f"无法读取 {path}：{error.strerror}", "FILE") from None
    if len(content) > SIZE_MAX:
        raise Refusal("too_large", f"文件超过 {SIZE_MAX // 1_000_000} MB，请拆分后导入", "FILE")
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Refusal("file_unusable", f"{path} 是空文件", "FILE")
    if content.startswith(b"PK"):
        return _xlsx(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return _xls(content)
    return _csv(content)


def _unusable(advice: str) -> Refusal:
    return Refusal("sheet_unusable", advice, "FILE")


BROKEN = "文件已损坏，请用表格软件打开并另存为 .xlsx 后重试"


def _by_calamine(ask: Callable[[], T]) -> T:
    """Calamine's answer. A panic of its code is a fault of the file like any other, though no Exception."""
    try:
        return ask()
    except calamine.PasswordError:
        raise _unusable("文件设有打开密码，请取消密码后重试") from None
    except (calamine.CalamineError, OSError, ValueError, OverflowError) as error:
        raise _unusable(BROKEN) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _unusable(BROKEN) from None


def _visible(book: calamine.CalamineWorkbook) -> list[str]:
    kinds, shown = calamine.SheetTypeEnum.WorkSheet, calamine.SheetVisibleEnum.Visible
    return [m.name for m in book.sheets_metadata if m.typ == kinds and m.visible == shown]


def _sheet_rows(
    sheet: calamine.CalamineSheet, faults: Mapping[int, Mapping[int, str]] = MappingProxyType({})
) -> Iterator[Row]:
    """Rows from the first, padded on the left where the sheet's first columns are empty."""
    left = sheet.start[1] if sheet.start is not None else 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = [None] * left + [_value(cell) for cell in cells]
        for column, why in faults.get(number - 1, {}).items():
            values += [None] * (column + 1 - len(values))
            values[column] = Fault(why)
        yield Row(number, tuple(values))


def _value(cell: Any) -> Value:
    match cell:
        case "":
            return None
        case str():
            return cell.replace("_x000D_", "")
        case bool() | date():
            return cell
        case int() | float():
            if not isfinite(cell):
                return Fault("单元格里的数字大到无法表示，请核对")
            return Decimal(f"{cell:.15g}")  # what a spreadsheet shows: its binary number has no more digits
        case _:
            return Fault("单元格是时间，应为日期或文字")


# --- .xls ---------------------------------------------------------------------------------------------------

MACROS = "文件含有宏：宏没有运行，只读取了单元格"


def _xls(content: bytes) -> Book:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _unusable("文件设有打开密码，请取消密码后重试")
    _try_apart(content)
    book = _by_calamine(lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)))
    macros = "_VBA_PROJECT".encode("utf-16-le") in content
    grids = []
    for name in _visible(book):
        sheet = _by_calamine(partial(book.get_sheet_by_name, name))
        grids.append(Grid(name, partial(_sheet_rows, sheet), tuple(sorted(sheet.merged_cell_ranges or ()))))
    return Book("xls", tuple(grids), (MACROS,) if macros else ())


def _try_apart(content: bytes) -> None:
    """See that reading the file neither takes all memory nor ends the process. What merely fails, fails here again."""
    try:
        returned, said = run_apart(content)
    except subprocess.TimeoutExpired:
        raise _unusable(BROKEN) from None
    if returned not in (0, apart.FAILED):  # by a signal where there was no memory for what it claims to hold
        raise _unusable(BROKEN)
    if returned == 0:
        for name, rows, columns in json.loads(said):
            _check_size(name, rows, columns)


def run_apart(content: bytes) -> tuple[int, bytes]:
    """How `gongze.sheets.apart` ends with the file, and what it says.

    Raises: subprocess.TimeoutExpired.
    """
    ran = subprocess.run(
        [sys.executable, "-m", "gongze.sheets.apart"],
        input=content,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=APART_SECONDS,
    )
    return ran.returncode, ran.stdout


# --- .xlsx: looked through before it is read ----------------------------------------------------------------


def _xlsx(content: bytes) -> Book:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {info.filename: info for info in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
        raise _unusable(BROKEN) from None
    if "xl/workbook.xml" not in parts:
        raise _unusable("不是 .xlsx 表格，请另存为 .xlsx 或 CSV 后重试")
    left = INFLATED_MAX
    for info in parts.values():
        for block in _inflated(content, info):
            left -= len(block)
            if left < 0:
                raise Refusal("too_large", "文件解压后过大，请另存后重试", "FILE")
    workbook, links = _Workbook(), _Links()
    workbook.read(_inflated(content, parts["xl/workbook.xml"]))
    if "xl/_rels/workbook.xml.rels" in parts:
        links.read(_inflated(content, parts["xl/_rels/workbook.xml.rels"]))
    if workbook.from_1904:  # a day number there means another day, four years and a day later
        raise _unusable("文件使用 1904 日期系统，请在表格软件的选项中取消后另存")
    book = _by_calamine(lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)))
    grids = []
    for name in _visible(book):
        part = parts.get(links.targets.get(workbook.sheets.get(name, ""), ""))
        if part is None:
            raise _unusable(BROKEN)
        cells = _Cells()
        cells.read(_inflated(content, part))
        # Calamine lays out the whole rectangle: one cell in the far corner would take all memory.
        _check_size(name, cells.rows, cells.columns)
        sheet = _by_calamine(partial(book.get_sheet_by_name, name))
        grids.append(Grid(name, partial(_sheet_rows, sheet, cells.faults), tuple(sorted(cells.merges))))
    macros = any(name.endswith("vbaProject.bin") for name in parts)
    return Book("xlsx", tuple(grids), (MACROS,) if macros else ())


def _check_size(name: str, rows: int, columns: int) -> None:
    if rows > ROWS_MAX or columns > COLUMNS_MAX or rows * columns > CELLS_MAX:
        raise Refusal("too_large", f"工作表“{name}”有 {rows} 行 {columns} 列，请删去表外的内容或拆分", "FILE")


def _inflated(content: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of the archive, by blocks, whatever size it claims to have: what counts is what it unfolds to."""
    try:
        names = struct.unpack_from("<HH", content, info.header_offset + 26)
        start = info.header_offset + 30 + sum(names)
        packed = memoryview(content)[start : start + info.compress_size]
        if info.flag_bits & 1:
            raise _unusable("文件设有打开密码，请取消密码后重试")
        if info.compress_type == zipfile.ZIP_STORED:
            yield bytes(packed)
            return
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise _unusable(BROKEN)
        inflate = zlib.decompressobj(-15)
        waiting: bytes | memoryview = packed
        while not inflate.eof:
            block = inflate.decompress(waiting, 1 << 20)
            waiting = inflate.unconsumed_tail
            if block:
                yield block
            elif not waiting:
                raise _unusable(BROKEN)
    except (struct.error, zlib.error):
        raise _unusable(BROKEN) from None


class _Xml:
    """Reads a part without trusting it: no document type, hence no entities that unfold."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, blocks: Iterator[bytes]) -> None:
        try:
            for block in blocks:
                self._parser.Parse(block, False)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError):  # the last: of an encoding that nobody knows
            raise _unusable(BROKEN) from None

    def _doctype(self, *_: object) -> None:
        raise _unusable(BROKEN)

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, data: str) -> None: ...


class _Workbook(_Xml):
    """Sheet names with the ids of their parts."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[str, str] = {}
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "sheet":
            ids = [v for k, v in attributes.items() if k.rpartition(":")[2] == "id"]
            self.sheets[attributes.get("name", "")] = ids[0] if ids else ""
        elif local == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")


class _Links(_Xml):
    """Ids with the parts of the archive that they name."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "")
            path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            self.targets[attributes.get("Id", "")] = path


class _Cells(_Xml):
    """What calamine does not tell: formulas without a value, error values, merged areas, how far the cells reach."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[int, dict[int, str]] = {}
        self.merges: list[Merge] = []
        self.rows = self.columns = 0
        self._row = self._column = -1
        self._kind = ""
        self._formula = self._value = self._in_value = self._error = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "c":
                self._row, self._column = _position(attributes["r"]) if "r" in attributes else (
                    self._row, self._column + 1
                )  # fmt: skip
                self._kind = attributes.get("t", "n")
                self._formula = self._value = False
            case "f":
                self._formula = True
            case "v":
                self._in_value = True
            case "is":
                self._value = True
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
            case "mergeCell":
                first, _, last = attributes.get("ref", "").partition(":")
                self.merges.append((_position(first), _position(last or first)))
            case _:
                pass

    def text(self, data: str) -> None:
        if self._in_value and data:
            self._value = True

    def end(self, name: str) -> None:
        match name.rpartition(":")[2]:
            case "v":
                self._in_value = False
            case "c":
                fault = None
                if self._kind == "e":
                    fault = ERROR_VALUE
                elif self._formula and not self._value and self._kind != "str":
                    fault = NOT_COMPUTED  # a text formula may well give ""
                if fault is not None:
                    self.faults.setdefault(self._row, {})[self._column] = fault
                if fault is not None or self._value:
                    self.rows = max(self.rows, self._row + 1)
                    self.columns = max(self.columns, self._column + 1)
            case _:
                pass


def _position(cell: str) -> tuple[int, int]:
    """Row and column of e.g. B3, counted from 0. Raises ValueError."""
    found = re.fullmatch(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", cell, re.ASCII)
    if found is None:
        raise ValueError(cell)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


# --- CSV ----------------------------------------------------------------------------------------------------


def _csv(content: bytes) -> Book:
    if re.match(rb"\s*<(!doctype|html|table|\?xml|workbook)", content[:200], re.IGNORECASE):
        raise _unusable("文件内容是网页，不是表格，请用表格软件打开并另存为 .xlsx 后重试")
    dialect = _dialect(content)

    def rows() -> Iterator[Row]:
        lines = csv.reader(
            io.TextIOWrapper(io.BytesIO(content), dialect.encoding, newline=""),
            delimiter=dialect.delimiter, strict=True,
        )  # fmt: skip
        number = 1
        try:
            for cells in lines:
                yield Row(number, tuple(_typed(cell) for cell in cells))
                number = lines.line_num + 1
        except csv.Error as error:
            raise _unusable(f"CSV 从第 {number} 行起引号不成对，请核对（{error}）") from None

    high = wide = 0
    for row in rows():  # to the end, so that a fault far down is known before anything is done
        high, wide = max(high, row.number), max(wide, len(row.values))
        _check_size("CSV", high, wide)
    return Book("csv", (Grid("CSV", rows),), (), dialect)


_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")


def _typed(cell: str) -> Value:
    """A cell of a CSV: ="0012" is the text 0012, '=1 the text =1 (as we hand it back); any other formula is none."""
    if cell.startswith("'") and cell[1:2] in _FORMULA_LIKE:
        return cell[1:]
    if cell.startswith("="):
        quoted = re.fullmatch(r'="([^"]*)"', cell)
        return quoted[1] if quoted else Fault(NOT_COMPUTED)
    return cell if cell.strip() else None


def _dialect(content: bytes) -> Dialect:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            candidates = [encoding]
            break
    else:
        candidates = ["utf-8", "gb18030"]  # text in GBK is hardly ever valid UTF-8; the reverse is common
    for encoding in candidates:
        try:
            with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as text:
                first = text.read(20_000)
                zeros = "\0" in first
                while block := text.read(1 << 20):
                    zeros = zeros or "\0" in block
        except UnicodeError:
            continue
        if zeros:
            break
        return Dialect(encoding, max(",\t;", key=first.count))
    raise _unusable("不是 .xlsx、.xls 表格，也不是 UTF-8 或 GBK 的 CSV，请另存后重试")


# --- finding the headings -----------------------------------------------------------------------------------


@lru_cache(1024)  # the names that are known are compared with each heading, and with what each row is called
def plain(heading: str) -> str:
    """A heading as it is compared: half width, no spaces, no mark of a required column, brackets of one kind."""
    return re.sub(r"[\s*＊]+", "", unicodedata.normalize("NFKC", narrowed(heading)))


_UNIT = re.compile(r"\(([^()]*)\)$")


def bare(heading: str) -> str:
    """Without what stands in brackets at its end: a unit, or 必填."""
    return _UNIT.sub("", plain(heading)).rstrip(":")


def find_table(book: Book, known: Callable[[str], bool], sheet: str | None = None) -> Table:
    """The first sheet with headings of which `known` recognises two or more.

    Raises Refusal: sheet_unknown, heading_missing.
    """
    grids = [g for g in book.grids if sheet is None or g.name == sheet]
    if sheet is not None and not grids:
        names = "、".join(g.name for g in book.grids)
        raise Refusal("sheet_unknown", f"没有工作表“{sheet}”，只有：{names}", "--sheet")
    for grid in grids:
        first = list(islice(grid.rows(), HEADING_WITHIN))
        found = _headings(first, known)
        if found is not None:
            start, end = found
            others = [g.name for g in grids if g is not grid and next(iter(g.rows()), None) is not None]
            notes = (f"只读取了工作表“{grid.name}”，没有读取：{'、'.join(others)}",) if others else ()
            heads = _named(first[start : end + 1])
            return Table(replace(book, notes=book.notes + notes), grid, heads, tuple(first[: end + 1]))
    raise Refusal(
        "heading_missing",
        f"前 {HEADING_WITHIN} 行中没有找到列名行，请核对列名，或用 --map 列=字段 指明",
        "FILE",
    )


def _headings(first: Sequence[Row], known: Callable[[str], bool]) -> tuple[int, int] | None:
    best: tuple[int, int, int] | None = None
    for end in range(len(first)):
        for start in range(end, max(end - 3, -1), -1):
            score = sum(
                any(known(h) for h in _spellings(column)) for column in _columns(first[start : end + 1])
            )
            if score >= 2 and (best is None or score > best[0]):
                best = (score, start, end)
    if best is None:
        return None
    _, start, end = best
    while end - start < 2 and end + 1 < len(first) and _merged_across(first[end], first[end + 1]):
        end += 1
    while start > 0 and end - start < 2 and _merged_across(first[start - 1], first[start]):
        start -= 1
    return start, end


def _merged_across(upper: Row, lower: Row) -> bool:
    """Whether some heading stands in both rows, as one merged over them does."""
    return any(a is not None and a == b for a, b in zip(upper.values, lower.values, strict=False))


def _columns(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """The texts above each column, each only once where it is merged downwards."""
    for column in range(max(len(r.values) for r in rows)):
        values = (r.values[column] if column < len(r.values) else None for r in rows)
        yield tuple(dict.fromkeys(v.strip() for v in values if isinstance(v, str) and v.strip()))


def _spellings(texts: Sequence[str]) -> tuple[str, ...]:
    return ("".join(texts), texts[-1]) if texts else ()


def _named(rows: Sequence[Row]) -> tuple[Head, ...]:
    columns = list(_columns(rows))
    last = [bare(texts[-1]) if texts else "" for texts in columns]
    heads: list[Head] = []
    for number, texts in enumerate(columns):
        if not texts:
            continue
        name = last[number] if last.count(last[number]) == 1 else bare("".join(texts))
        if any(h.name == name for h in heads):
            name = f"{name}（第{number + 1}列）"
        unit = _UNIT.search(plain(texts[-1]))
        heads.append(Head(name, number, unit[1] if unit else "", bare("".join(texts))))
    return tuple(heads)
