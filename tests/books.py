"""Spreadsheets for tests, good and bad. The .xlsx is written by hand, part by part, so that it can be wrong."""

import io
import zipfile
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def column(number: int) -> str:
    """A, B, … Z, AA of 0, 1, …"""
    return column(number // 26 - 1) + chr(65 + number % 26) if number >= 26 else chr(65 + number)


def sheet_xml(rows, merges=()) -> str:
    """Rows of cells: text, a number, None, or a cell's own XML as ("raw", xml with {r} for its place)."""
    lines = []
    for at, row in enumerate(rows, 1):
        cells = []
        for number, value in enumerate(row):
            place = f"{column(number)}{at}"
            match value:
                case None:
                    continue
                case ("raw", xml):
                    cells.append(xml.format(r=place))
                case str():
                    cells.append(f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
                case _:
                    cells.append(f'<c r="{place}"><v>{value}</v></c>')
        lines.append(f'<row r="{at}">{"".join(cells)}</row>')
    merged = "".join(f'<mergeCell ref="{m}"/>' for m in merges)
    merged = f'<mergeCells count="{len(merges)}">{merged}</mergeCells>' if merges else ""
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'


def xlsx(rows=(), merges=(), *, xml=None, more=(), parts=None, properties="") -> bytes:
    """A workbook of one sheet 台账 (and `more`: name, rows), or of `xml` as its sheet, with further parts."""
    sheets = [("台账", xml or sheet_xml(rows, merges)), *((name, sheet_xml(r)) for name, r in more)]
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    files = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{package}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/>{kinds}</Types>',
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">{properties}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{package}/relationships">{links}</Relationships>',
        **{f"xl/worksheets/sheet{n}.xml": text for n, (_, text) in enumerate(sheets, 1)},
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
