"""Filling an office's own .docx with fields: {{ 案号 }}, {% for 事项 in 处罚事项 %}, {% if 抄送机关 %}.

A template comes from whoever keeps the folder, so it is treated as a stranger's file: opened only after its size, parts
and links were looked at (`package`), and only fields, loops over lists and conditions are taken (`faults`).
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docxtpl import DocxTemplate, Listing
from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment
from lxml import etree

from connectors.documents.gongwen import mark_size, no_hanging, steady
from domain.refusal import Refusal, refused_as

FILE_MAX = 20 * 2**20
PARTS_MAX = 1_000
XML_MAX, MEDIA_MAX, WHOLE_MAX = 5 * 2**20, 10 * 2**20, 60 * 2**20
FORBIDDEN = re.compile(r"vba|activex|embeddings|oleobject|afchunk|externallink|customui", re.I)
"""Parts that run, or that hold files of another kind."""
FORBIDDEN_LINKS = re.compile(
    r"/(vbaProject|oleObject|package|control|aFChunk|attachedTemplate|subDocument|frame)$"
)
FIELDS_ALLOWED = frozenset(
    {"PAGE", "NUMPAGES", "SECTIONPAGES", "SECTION", "STYLEREF", "TOC", "REF", "PAGEREF", "SEQ"}
)
"""Word's own fields that stay within the file; INCLUDETEXT, DDE and the like reach out of it."""
MAIN = re.compile(rb"wordprocessingml\.(?:document|template)\.main\+xml")
INCOMPLETE = "文件结构不完整，请在 WPS 中打开后另存为 .docx"
BLANK = re.compile(r"(【待填：[^】]*】)")
MARK_STYLE = "发文机关标志"
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Value = str | Sequence[Mapping[str, str]]
Fields = Mapping[str, frozenset[str] | None]
"""By name: None for a text, for a list the names that each of its rows has."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a template, and where (正文第 3 段“……”)."""

    place: str
    what: str


def blank(name: str) -> str:
    """What stands for a field that nobody has said."""
    return f"【待填：{name}】"


# --- the file ----------------------------------------------------------------------------------------------------


def package(template: bytes) -> None:
    """Look at the file before anything opens it. Raises Refusal: template_unusable."""
    if len(template) > FILE_MAX:
        raise _unusable(f"模板超过 {FILE_MAX // 2**20} MB，请缩小其中的图片")
    with (
        refused_as(_unusable("文件损坏、加密或不是 .docx，请在 WPS 中另存为 .docx")),
        zipfile.ZipFile(io.BytesIO(template)) as file,
    ):
        parts = file.infolist()
        _sizes(parts)
        names = {part.filename for part in parts}
        if not {"[Content_Types].xml", "word/document.xml"} <= names:
            raise _unusable("不是 .docx 文件，请在 WPS 中另存为 .docx")
        if not MAIN.search(file.read("[Content_Types].xml")):
            raise _unusable("不是普通的 .docx 文件（可能含宏），请另存为不含宏的 .docx")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                _xml(part.filename, file.read(part))


def _unusable(message: str) -> Refusal:
    return Refusal("template_unusable", message)


def _sizes(parts: Sequence[zipfile.ZipInfo]) -> None:
    """By what the file says of itself: no more than that is ever unpacked."""
    if len(parts) > PARTS_MAX or len({part.filename for part in parts}) < len(parts):
        raise _unusable("文件内的部件过多或重名，请另存后重试")
    if sum(part.file_size for part in parts) > WHOLE_MAX:
        raise _unusable(f"文件解开后超过 {WHOLE_MAX // 2**20} MB，请缩小其中的图片")
    for part in parts:
        if FORBIDDEN.search(part.filename):
            raise _unusable(f"文件含有宏、控件或嵌入的文件（{part.filename}），请删去后另存为 .docx")
        if part.file_size > (XML_MAX if part.filename.endswith((".xml", ".rels")) else MEDIA_MAX):
            raise _unusable(f"部件 {part.filename} 太大，请缩小图片或内容")


def _xml(name: str, content: bytes) -> None:
    if b"<!" in content.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or content[:2] in (
        b"\xff\xfe",
        b"\xfe\xff",
    ):
        raise _unusable(f"部件 {name} 含有不允许的声明，请在 WPS 中另存后重试")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise _unusable(
            f"部件 {name} 的 XML 有错（第 {error.lineno} 行），请在 WPS 中打开修复后另存"
        ) from None
    if name.endswith(".rels"):
        for link in root:
            kind, outside = link.get("Type", ""), link.get("TargetMode") == "External"
            if FORBIDDEN_LINKS.search(kind) or (outside and not kind.endswith("/hyperlink")):
                raise _unusable(
                    f"文件链接到外部内容（{link.get('Target', '')[:80]}），请断开链接、改为插入后另存"
                )
        return
    for code in _field_codes(root):
        if code not in FIELDS_ALLOWED:
            raise _unusable(f"部件 {name} 含有域“{code}”，请删去，只留页码、目录之类的域")


def _field_codes(root: Any) -> Iterator[str]:
    """The first words of Word's fields; one may be spread over several runs of a paragraph."""
    for simple in root.iter(qn("w:fldSimple")):
        yield _first_word(simple.get(qn("w:instr"), ""))
    for paragraph in root.iter(qn("w:p")):
        code: str | None = None
        for part in paragraph.iter(qn("w:fldChar"), qn("w:instrText")):
            if part.tag == qn("w:instrText"):
                code = (code or "") + (part.text or "")
            elif code is not None:
                yield _first_word(code)
                code = None
        if code is not None:
            yield _first_word(code)


def _first_word(code: str) -> str:
    words = code.split()
    return words[0].upper() if words else ""


# --- its fields --------------------------------------------------------------------------------------------------


def faults(template: bytes, fields: Fields) -> list[Fault]:
    """Each field, loop or condition that cannot be filled, with its place. Raises Refusal: template_unusable."""
    package(template)
    with refused_as(_unusable(INCOMPLETE)):
        file = DocxTemplate(io.BytesIO(template))
        file.init_docx()
        parts = list(_parts(file))
        found: list[Fault] = []
        for where, xml in parts:
            found += _Part(where, xml, file).faults(fields)
        return found


def _parts(file: Any) -> Iterator[tuple[str, str]]:
    """What the library fills: the text, headers, footers, footnotes and the file's properties."""
    yield "正文", file.get_xml()
    for kind, where in ((file.HEADER_URI, "页眉"), (file.FOOTER_URI, "页脚")):
        for _, part in file.get_headers_footers(kind):
            yield where, file.get_part_xml(part)
    for part in file.docx.part.package.parts:
        if part.partname.endswith("/footnotes.xml"):
            yield "脚注", part.blob.decode("utf-8", "replace")
    properties = file.docx.core_properties
    for name in ("author", "comments", "identifier", "keywords", "subject", "title"):
        yield "文件属性", str(getattr(properties, name))


class _Part:
    """One part of a template, each paragraph on a line of its own that begins with its number, as a comment: the
    library takes whole rows and paragraphs away, and the lines with them."""

    def __init__(self, where: str, xml: str, file: Any) -> None:
        self.where = where
        self.texts = [""]

        def numbered(found: "re.Match[str]") -> str:
            if found[1] == "p":
                self.texts.append("")
            first_of_row = found[1] == "tr"
            return f"\n{{#{len(self.texts) - 1 + first_of_row}#}}{found[0]}"

        lined = re.sub(r"<w:(p|tr)(?=[ >])", numbered, re.sub(r"\s", " ", xml))
        for line in lined.split("\n")[1:]:
            number = int(line[2 : line.index("#}")])
            if number < len(self.texts):
                self.texts[number] += re.sub(r"<[^>]+>", "", line[line.index("#}") + 2 :])
        self.lines = file.patch_xml(lined).split("\n")

    def faults(self, fields: Fields) -> Iterator[Fault]:
        for number, text in enumerate(self.texts):
            if re.search(r"[｛｝]\s*[{}%｛｝％]|[{%]\s*[｛｝]|[{}]％|％[{}]", text):
                yield self._fault(number, "花括号、百分号应为半角 {{ }} {% %}")
        try:
            tree = SandboxedEnvironment(autoescape=True).parse("\n".join(self.lines))
        except TemplateSyntaxError as error:
            what = f"写法有误（{error.message}），请核对 {{{{ }}}} 和 {{% %}} 是否成对"
            yield self._fault(self._number(error.lineno), what)
            return
        for line, what in _wrong(tree, _Scope(fields, {})):
            yield self._fault(self._number(line), what)

    def _number(self, line: int) -> int:
        found = re.match(r"\{#(\d+)#\}", self.lines[line - 1]) if line <= len(self.lines) else None
        return int(found[1]) if found is not None else 0

    def _fault(self, number: int, what: str) -> Fault:
        text = self.texts[number].strip() if number < len(self.texts) else self.lines[0].strip()
        shown = f"“{text[:40]}”" if text else ""
        return Fault(f"{self.where}第 {number} 段{shown}" if number else f"{self.where}{shown}", what)


_LOOP = frozenset({"index", "first", "last", "length"})
_PLAIN = nodes.Template | nodes.Output | nodes.Not | nodes.And | nodes.Or | nodes.Compare | nodes.Operand


@dataclass(frozen=True, slots=True)
class _Scope:
    """What may be named at a place: the fields, and the rows of the loops around it with the names in each."""

    fields: Fields
    rows: Mapping[str, frozenset[str]]

    def loop(self, row: str, names: frozenset[str]) -> "_Scope":
        return _Scope(self.fields, {**self.rows, row: names, "loop": _LOOP})


def _wrong(node: nodes.Node, scope: _Scope) -> Iterator[tuple[int, str]]:
    """(line, what) of everything under a node that is not a field of its place."""
    match node:
        case nodes.TemplateData() | nodes.Const():
            return
        case nodes.Name(name=name):
            if name in scope.rows or scope.fields.get(name) is not None:
                yield node.lineno, f"“{name}”有多项，请写明是哪一项，或用 {{% for 行 in {name} %}}"
            elif name not in scope.fields:
                yield node.lineno, f"没有字段“{name}”{_like(name, scope.fields)}"
        case nodes.Getattr(node=nodes.Name(name=name), attr=attr):
            if name not in scope.rows:
                yield node.lineno, f"没有字段“{name}.{attr}”{_like(attr, scope.fields)}"
            elif attr not in scope.rows[name]:
                yield node.lineno, f"“{name}”中没有“{attr}”，可用：{'、'.join(sorted(scope.rows[name]))}"
        case nodes.If():
            yield from _wrong_condition(node.test, scope)
            for child in (*node.body, *node.elif_, *node.else_):
                yield from _wrong(child, scope)
        case nodes.For(target=nodes.Name(name=row), iter=nodes.Name(name=name), test=None, recursive=False):
            names = scope.fields.get(name)
            if names is None or name in scope.rows:
                yield node.lineno, f"“{name}”不是有多行的字段{_like(name, scope.fields)}"
            elif len(scope.rows) > _NESTED:
                yield node.lineno, "循环里的循环最多两层"
            else:
                for child in (*node.body, *node.else_):
                    yield from _wrong(child, scope.loop(row, names))
        case _ if isinstance(node, _PLAIN):
            for child in node.iter_child_nodes():
                yield from _wrong(child, scope)
        case _:
            yield node.lineno, "模板里只能写字段、{% for 行 in 列表 %}、{% if 字段 %}"


_NESTED = 2
"""`loop` and the outer row: a third row would be a third loop."""


def _wrong_condition(node: nodes.Node, scope: _Scope) -> Iterator[tuple[int, str]]:
    """In a condition the name of a list asks whether it has rows."""
    match node:
        case nodes.Name(name=name) if scope.fields.get(name) is not None and name not in scope.rows:
            return
        case nodes.Not() | nodes.And() | nodes.Or():
            for child in node.iter_child_nodes():
                yield from _wrong_condition(child, scope)
        case _:
            yield from _wrong(node, scope)


def _like(name: str, known: Iterable[str]) -> str:
    """The known names that share most characters with a wrong one."""
    shared = sorted(((len(set(k) & set(name)), k) for k in known), key=lambda found: -found[0])
    near = [k for count, k in shared[:3] if count >= max(1, len(name) // 2)]
    return f"，是不是：{'、'.join(near)}" if near else "，全部字段见 docs/documents.md"


# --- filled ------------------------------------------------------------------------------------------------------


def fill(
    template: bytes,
    values: Mapping[str, Value],
    fields: Fields,
    *,
    title: str,
    author: str,
    basis: str,
    made: datetime,
) -> bytes:
    """The template with its fields. The same values give the same bytes.

    Raises Refusal: template_unusable, template_field (with the place of the first fault).
    """
    found = faults(template, fields)
    if found:
        raise Refusal("template_field", f"{found[0].place}：{found[0].what}", found[0].place)
    with refused_as(_unusable(INCOMPLETE)):
        file = DocxTemplate(io.BytesIO(template))
        try:
            file.render(
                {name: _safe(value) for name, value in values.items()},
                SandboxedEnvironment(autoescape=True, undefined=StrictUndefined),
            )
        except (TemplateError, etree.XMLSyntaxError) as error:
            raise _unusable(f"模板无法填写：{str(error).splitlines()[0]}") from None
        _each_once(file.docx)
        written = _Written()
        file.save(written)
        return _finished(written.getvalue(), title, author, basis, made)


class _Written(io.BytesIO):
    """Never closed: a library that fails while it writes an archive leaves it open, and its end is written when it goes,
    after its file, with a complaint on the terminal."""

    def close(self) -> None:
        return


def _each_once(document: Docx) -> None:
    """A part that is reached by two paths would be written twice, under one name."""
    names = [str(part.partname) for part in document.part.package.iter_parts()]
    if len(set(names)) < len(names):
        raise _unusable(INCOMPLETE)


def _safe(value: Value) -> Any:
    if isinstance(value, str):
        text = _UNPRINTABLE.sub("", value)
        return Listing(text) if "\n" in text else text
    return [{name: _safe(text) for name, text in row.items()} for row in value]


def _finished(docx: bytes, title: str, author: str, basis: str, made: datetime) -> bytes:
    """Blanks marked, the head's size fitted to what it says, the file's properties set."""
    document = Document(io.BytesIO(docx))
    for root in _roots(document):
        for run in list(root.iter(qn("w:r"))):
            _mark_blanks(run)
        for paragraph in root.iter(qn("w:p")):
            _fit(paragraph)
    no_hanging(document)
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title[:255], author[:255], author[:255]
    properties.comments = basis[:255]
    properties.created = properties.modified = made
    _each_once(document)
    written = _Written()
    document.save(written)
    return steady(written.getvalue())


def blanks(docx: bytes) -> list[str]:
    """What is still to be filled in, in the order of the pages, each once."""
    found: list[str] = []
    for root in _roots(Document(io.BytesIO(docx))):
        found += BLANK.findall("".join(text.text or "" for text in root.iter(qn("w:t"))))
    return list(dict.fromkeys(one.removeprefix("【待填：").removesuffix("】") for one in found))


def _roots(document: Docx) -> Iterator[Any]:
    yield document.element
    for relation in document.part.rels.values():
        if relation.reltype.endswith(("/header", "/footer")):
            yield relation.target_part.element


def _mark_blanks(run: Any) -> None:
    """Yellow behind what is to be filled in: nobody is to overlook one on paper."""
    content = [child for child in run if child.tag != qn("w:rPr")]
    if not any(child.tag == qn("w:t") and BLANK.search(child.text or "") for child in content):
        return
    for child in content:
        pieces = BLANK.split(child.text or "") if child.tag == qn("w:t") else [None]
        for piece in filter(lambda piece: piece != "", pieces):
            part = OxmlElement("w:r")
            if run.rPr is not None:
                part.append(deepcopy(run.rPr))
            copy = deepcopy(child)
            part.append(copy)
            if piece is not None:
                copy.text = piece
                copy.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                if BLANK.fullmatch(piece):
                    _highlight(part.get_or_add_rPr())
            run.addprevious(part)
    run.getparent().remove(run)


def _highlight(properties: Any) -> None:
    mark = OxmlElement("w:highlight")
    mark.set(qn("w:val"), "yellow")
    properties.insert_element_before(
        mark, "w:u", "w:effect", "w:bdr", "w:shd", "w:fitText", "w:vertAlign", "w:rtl", "w:cs", "w:em", "w:lang",
        "w:eastAsianLayout", "w:specVanish", "w:oMath",
    )  # fmt: skip


def _fit(paragraph: Any) -> None:
    style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    if style is None or style.get(qn("w:val")) != MARK_STYLE:
        return
    text = "".join(t.text or "" for t in paragraph.iter(qn("w:t")))
    for run in paragraph.iter(qn("w:r")):
        size = run.get_or_add_rPr().get_or_add_sz()
        size.set(qn("w:val"), str(round(mark_size(text) * 2)))
