"""Everything that reads a stranger's bytes, with bytes that it takes, and what may be done to them.

`python -m tests.hardness.decoders NAME SEED COUNT URL FOLDER [forked]` tries one: its own inputs, those in FOLDER that once
led it astray, and COUNT mutated ones. Each lies in `FOLDER/../current` while it is tried, so that it is known even
when the whole process ends with it.

With `forked` an .xls is looked through in a fork instead of an interpreter of its own, so that a million take an hour
and not two days.
"""

import base64
import hashlib
import io
import json
import mmap
import random
import resource
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path

import openpyxl
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pypdf import PdfWriter

from connectors.documents import filling
from connectors.documents.filling import Value
from connectors.ferry import bundles
from domain.acts import EVENTS
from domain.forms import build
from domain.refusal import Refusal
from domain.values import SHANGHAI
from events import boxes, cbor, cose, opening, schemas, statement
from gongze import contacts, importing, packs, receipts, sample, script
from gongze.ferryside import read_card
from gongze.ledger import Ledger
from gongze.reporting import pages, tracing
from gongze.reporting.facts import Period
from gongze.reporting.gathering import Asked
from gongze.reporting.provenance import Provenance
from gongze.reporting.workbook import SOURCE_HEADS, SOURCE_SHEET
from gongze.sheets import mapping, reading
from gongze.sheets.reading import Table, find_table, open_book
from gongze.simulation import habits
from tests.books import xlsx
from tests.doors import key_of
from tests.hardness.acts import AGENCY, notice, opened
from tests.hardness.forks import Forks

Mutation = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True)
class Decoder:
    """`read` raises one of `errors` or takes the bytes. `inside` reaches what lies in a container, kept whole."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    errors: tuple[type[Exception], ...] = (Refusal,)
    inside: Mutation | None = None


# -- what is done to bytes

WORDS = (
    b"", b"\x00", b"\xff", b"\xff\xff\xff\xff\xff\xff\xff\xff", b"\x80", b"\x7f", b"\x1b\x7f", b"\x9f", b"\xbf", b"\xd2", b"\xf6",
    b"null", b"true", b"[]", b"{}", b'""', b"-1", b"0", b"1e999", b"NaN", b"9" * 400, b"9" * 5000, b"[" * 2000, b'{"a":' * 500, b'"',
    b"\\ud800", b"\\u0000", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"\n", b"\r\n", b",", b"=", b"#", b"9999-12-31",
    b"0000-00-00", b"2026-02-30", b"\xe6\xa1\x88", b"A1048577", b"XFE1", b"t=\"e\"", b"<c/>", b"&a;", b"<!DOCTYPE a>",
)  # fmt: skip
"""Ends of ranges, and whatever has meaning to one of the formats."""


def mutated(chance: random.Random, raw: bytes, others: tuple[bytes, ...] = ()) -> bytes:
    """The bytes after one to five changes."""
    made = bytearray(raw)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.choice((1, 1, 2, 4, 8, 64)))
        match chance.randrange(8):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(made):
                made[at] = chance.randrange(256)
            case 2:
                made[at:at] = chance.choice(WORDS)
            case 3:
                made[at:end] = chance.choice(WORDS)
            case 4:
                del made[at:end]
            case 5:
                made[at:at] = made[at:end] * chance.choice((1, 2, 50))
            case 6:
                del made[at:]
            case _:
                other = chance.choice(others or (raw,))
                start = chance.randrange(len(other) + 1)
                made[at:end] = other[start : start + chance.choice((1, 4, 16, 200))]
    return bytes(made)


def _inside_envelope(chance: random.Random, raw: bytes) -> bytes:
    """One part of a COSE_Sign1 is changed and all lengths agree: it is the part's own reader that meets it."""
    tagged = cbor.decode(raw)
    assert isinstance(tagged, cbor.Tagged)
    assert isinstance(tagged.value, tuple)
    parts = list(tagged.value)
    which = chance.choice((0, 0, 0, 2, 3))
    part = parts[which]
    assert isinstance(part, bytes)
    parts[which] = mutated(chance, part)
    return cbor.encode(cbor.Tagged(tuple(parts)))


def _inside_archive(chance: random.Random, raw: bytes) -> bytes:
    """One member of an .xlsx or .docx that is read is changed, or gone, and the archive is whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        parts = ("sheet", "workbook", "shared", "document", "core", "Types", ".rels")
        chosen = chance.choice([n for n in names if any(part in n for part in parts)])
        for name in names:
            content = old.read(name)
            if name == chosen:
                if chance.random() < 0.05:
                    continue
                content = mutated(chance, content)
            new.writestr(name, content)
    return out.getvalue()


def inputs(decoder: Decoder, chance: random.Random) -> Iterator[bytes]:
    """Without end."""
    while True:
        raw = chance.choice(decoder.seeds)
        if decoder.inside is not None and chance.random() < 0.7:
            yield decoder.inside(chance, raw)
        else:
            yield mutated(chance, raw, decoder.seeds)


# -- the decoders


def _read_cbor(raw: bytes) -> None:
    assert cbor.encode(cbor.decode(raw)) == raw


def _read_sequence(raw: bytes) -> None:
    assert b"".join(cbor.split_sequence(raw)) == raw


def _read_statement(raw: bytes) -> None:
    read = statement.decode(raw)
    assert read.raw == raw
    parts: tuple[cbor.Value, ...] = (read.protected, {}, read.payload, read.signature)
    assert cbor.encode(cbor.Tagged(parts)) == raw
    schemas.decode(read.claims.event, read.claims.schema, read.payload)
    cose.signed_by(b"\1" * 32, read)


def _read_payload(raw: bytes) -> None:
    name, _, payload = raw.partition(b"\n")
    kind = EVENTS.get(name.decode("ascii", "replace"))
    if kind is None:
        return
    event = schemas.decode(kind.name, schemas.fingerprint(schemas.schema_of(kind.cls)), payload)
    assert schemas.encode(event)[1] == payload


def _payload_part(chance: random.Random, raw: bytes) -> bytes:
    name, _, payload = raw.partition(b"\n")
    return name + b"\n" + mutated(chance, payload)


READER, WRITER = key_of("ferry reader"), key_of("ferry writer")


def _bundle(address: bundles.Address, payload: bytes) -> bytes:
    """A file with whatever is signed in it."""
    box = boxes.seal(cose.sign1(bundles.TYP, {}, payload, WRITER), READER.public, address.info)
    return cbor.encode((*address.fields, box))


def _read_bundle(raw: bytes) -> None:
    closed = bundles.read(raw)
    envelope = bundles.unseal(closed, READER)
    read = bundles.parcel if closed.address.direction == "out" else bundles.answer
    assert bundles.payload(closed.address, read(closed.address, envelope, WRITER.public)) == envelope.payload


def _inside_bundle(chance: random.Random, raw: bytes) -> bytes:
    """The payload is changed, then signed and sealed as it should be: its own reader meets it."""
    closed = bundles.read(raw)
    return _bundle(closed.address, mutated(chance, bundles.unseal(closed, READER).payload))


def _bundles(statements: Sequence[bytes]) -> tuple[bytes, ...]:
    """One of each direction, with something of everything in it."""
    opened = opening.opening(bytes(32), "case/甲", 1, b"", hashlib.sha256(statements[0]).digest())
    leaf = opening.leaf(3, 1_772_416_800_000, opening.commitment(opened))
    items = (bundles.Item(opening.leaf(1, 5, bytes(32))), bundles.Item(leaf, opened, statements[0]))
    refused = (
        bundles.Refused(bytes(32), "stale_view", "请刷新", "seen"),
        bundles.Refused(bytes(32), "busy", "", None),
    )
    head = bundles.Extent(9, bytes(32))
    out = bundles.Address("out", "gongze.example/x", AGENCY, 1_772_416_800_000, 7)
    back = bundles.Address("back", "gongze.example/x", AGENCY, 1_772_416_800_000, 7)
    return (
        _bundle(out, bundles.payload(out, bundles.Parcel(READER.public, head, 8, items, refused))),
        _bundle(back, bundles.payload(back, bundles.Answer(5, 9, (2, 4), head, 6, tuple(statements)))),
    )


def _read_line(raw: bytes) -> None:
    script.event_of(script.parse(1, raw))


def _lines() -> tuple[bytes, ...]:
    """One line of the sample for each kind of act."""
    of_kind = {json.loads(line)["type"]: line.encode() for line in sample.script()}
    return tuple(of_kind.values())


def _payloads() -> tuple[bytes, ...]:
    made = []
    for raw in _lines():
        line = json.loads(raw)
        event = build(EVENTS[line["type"]].cls, line["data"])
        made.append(line["type"].encode() + b"\n" + schemas.encode(event)[1])
    return tuple(made)


CASES: list[list[object]] = [
    ["案号", "案件名称", "当事人", "违法地点", "违法类型", "案件来源", "立案日期", "占地面积（亩）", "备注"],
    [
        "拉自然资执〔2026〕1号",
        "未批先占建房案",
        "甲公司",
        "示例村一组",
        "未批先占",
        "巡查",
        "2026-2-3",
        3,
        "",
    ],
    [
        "拉自然资执〔2026〕2号",
        "未批先占建房案",
        "乙某、丙某",
        "示例村二组",
        "未批先占",
        "巡查",
        46056,
        "1.5",
        "附",
    ],
    ["合计", "", "", "", "", "", "", 4.5, ""],
]
ACTS: list[list[object]] = [
    ["案号", "事项", "日期", "文号", "备注"],
    ["拉自然资执〔2026〕1号", "处罚决定", "2026年3月2日", "罚1", ""],
    ["拉自然资执〔2026〕1号", "责令停止", "2026/3/3", "停1", "附"],
]


def _csv(rows: Sequence[Sequence[object]], encoding: str) -> bytes:
    return "\r\n".join(",".join(str(cell) for cell in row) for row in rows).encode(encoding)


class Import:
    """The file to a table, its columns to fields, its rows to lines of a script; nothing is signed or stored."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger, self.path = ledger, folder / "register"
        self.wishes = importing.Wishes(actor=AGENCY)

    def read(self, raw: bytes) -> None:
        self.path.write_bytes(raw)
        book = open_book(self.path)
        for purpose, reader in (("filed", importing.FiledCases), ("acts", importing.Acts)):
            try:
                table = find_table(book, mapping.recogniser(purpose, {}))
                columns = mapping.columns_of(purpose, table.heads, {})
            except Refusal:
                continue
            self._rows(table, reader(self.ledger, columns, self.wishes))

    def _rows(self, table: Table, reader: importing.Purpose) -> None:
        for row in table.rows():
            try:
                line = reader.line(row)
                if line is not None:
                    _read_line(json.dumps(line, ensure_ascii=False).encode())
            except Refusal:
                continue


CONTACTS = """
desk_url = "https://taizhang.example.gov.cn"
inner_hosts = ["10.20.30.40"]
[smtp]
host = "mail.example.gov.cn"
port = 465
tls = "implicit"
from = "taizhang@example.gov.cn"
user = "taizhang"
password_file = "a.secret"
[sms]
url = "https://10.20.30.40/sms"
secret_file = "a.secret"
[[contact]]
officer = "nr.lhasa/1"
mail = "zhang@example.gov.cn"
mobile = "13800000000"
[[contact]]
agency = "nr.lhasa"
role = "deputy"
mail = "li@example.gov.cn"
[[robot]]
name = "执法群"
agency = "nr.lhasa"
kind = "dingtalk"
url_file = "an.url"
roles = ["officer", "deputy"]
secret_file = "a.secret"
keyword = "台账"
[[webhook]]
name = "检察院平台"
agency = "procuratorate.lhasa"
roles = ["officer", "procuratorate"]
url = "https://hook.example.gov.cn/gongze"
secret_file = "a.secret"
"""


def _by_path(read: Callable[[Path], object], path: Path) -> Callable[[bytes], object]:
    """A reader of files, given bytes."""

    def of_bytes(raw: bytes) -> object:
        path.write_bytes(raw)
        found = read(path)
        return list(found) if isinstance(found, Iterator) else found

    return of_bytes


TRACED = Provenance(
    Asked("ab" * 32, 9, "540100", Period(date(2026, 1, 1), date(2026, 6, 30))), "meeting", "cd" * 32
)


def _reports() -> dict[str, bytes]:
    """By suffix: the smallest file that a report can be, of one number."""
    made: dict[str, bytes] = {}
    book = openpyxl.Workbook()
    book.properties.keywords = TRACED.line
    book.worksheets[0].title = "案件"
    book.worksheets[0]["B4"] = 3
    source = book.create_sheet(SOURCE_SHEET)
    for row in (["表"], ["单位"], SOURCE_HEADS, ("案件", "B4", "filed", "新立案", "3", "口径")):
        source.append(row)
    paper = Document()
    paper.core_properties.keywords = TRACED.line
    control = f'<w:sdt {nsdecls("w")}><w:sdtPr><w:tag w:val="filed"/></w:sdtPr><w:sdtContent><w:r><w:t>3</w:t></w:r></w:sdtContent></w:sdt>'
    paper.add_paragraph("新立案")._p.append(parse_xml(control))
    pages = PdfWriter()
    pages.add_blank_page(100, 100)
    pages.add_metadata({"/Keywords": TRACED.line})
    for suffix, write in ((".xlsx", book.save), (".docx", paper.save), (".pdf", pages.write)):
        out = io.BytesIO()
        write(out)
        made[suffix] = out.getvalue()
    figures = {"filed": {"text": "3", "value": 3}}
    blocks: list[dict[str, object]] = [
        {"text": "新立案 3 件。", "editable": False, "figures": ["filed"]},
        {"table": "cases", "title": "案件", "heads": ["指标", "本期"], "rows": [["新立案", {"figure": "filed", "text": "3"}]],
         "total": None, "note": None},
    ]  # fmt: skip
    told = {"format": TRACED.line, "figures": figures, "blocks": blocks, "annexes": []}
    return {**made, ".json": json.dumps(told).encode()}


def _template() -> bytes:
    document = Document()
    document.add_paragraph("案号：{{ 案号 }}")
    for row in ("{%p for 行 in 事项 %}", "{{ 行.名称 }}", "{%p endfor %}"):
        document.add_paragraph(row)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _fill(raw: bytes) -> None:
    values: dict[str, Value] = {"案号": "甲", "事项": [{"名称": "乙"}]}
    fields = {"案号": None, "事项": frozenset({"名称"})}
    filling.fill(
        raw, values, fields, title="丙", author="丁", basis="戊", made=datetime(2026, 1, 1, tzinfo=SHANGHAI)
    )


def _told(ledger: Ledger) -> tuple[bytes, ...]:
    """Receipts of the ledger's first acts as they are shown, and a manifest of it."""
    shown = [
        {
            "index": e.index,
            "id": e.cti.hex(),
            "leaf": opening.leaf(e.index, e.received_at_ms, e.commitment).hex(),
        }
        for e in ledger.store.read(limit=3)
    ]
    each = b"".join(json.dumps(one).encode() + b"\n" for one in shown)
    return each, json.dumps({"accepted": shown}).encode(), json.dumps({"size": 3, "root": "00" * 32}).encode()


def decoders(ledger: Ledger, folder: Path) -> dict[str, Decoder]:
    """By name. The ledger says what agencies there are."""
    import_ = Import(ledger, folder)
    digest = hashlib.sha256(b"").digest()
    openings = tuple(
        opening.opening(digest, "case/甲", n, digest if n > 1 else b"", digest) for n in (1, 300)
    )
    statements = tuple(notice(n, "停1", f"{AGENCY}/1", "seed").raw for n in (1, 2))
    root = Path(__file__).parents[1] / "fixtures"
    log_key = f"gongze.example/x+00000000+{base64.b64encode(bytes([1, *range(32)])).decode()}"
    (folder / "a.secret").write_text("secret\n")
    (folder / "an.url").write_text("https://robot.example.gov.cn/send?access_token=x\n")
    made = [
        Decoder("cbor", (*statements, *openings), _read_cbor, (ValueError,)),
        Decoder("sequence", (b"".join(statements),), _read_sequence, (ValueError,)),
        Decoder("statement", statements, _read_statement, inside=_inside_envelope),
        Decoder("opening", openings, opening.read_opening, (ValueError,)),
        Decoder("leaf", (opening.leaf(70_000, 1_772_416_800_000, digest),), opening.read_leaf, (ValueError,)),
        Decoder("payload", _payloads(), _read_payload, inside=_payload_part),
        Decoder("bundle", _bundles(statements), _read_bundle, inside=_inside_bundle),
        Decoder("script", _lines(), _read_line),
        Decoder("pack", ((root / "example-city.toml").read_bytes(),), lambda raw: packs.read_pack(raw, "p.toml"), (packs.PackFaulty,)),
        Decoder("xlsx", (xlsx(CASES), xlsx(ACTS)), import_.read, inside=_inside_archive),
        Decoder("xls", ((root / "register.xls").read_bytes(),), import_.read),
        Decoder("csv", tuple(_csv(r, e) for r in (CASES, ACTS) for e in ("utf-8", "gb18030")), import_.read),
        Decoder("receipts", _told(ledger), _by_path(receipts.read, folder / "receipts.json")),
        Decoder("contacts", (CONTACTS.encode(),), _by_path(contacts.load, folder / "contacts.toml")),
        Decoder("habits", (habits.shipped().encode(),), _by_path(habits.read, folder / "habits.toml")),
        Decoder("card", (json.dumps({"ledger": "x", "log_key": log_key, "agency": AGENCY}).encode(),), _by_path(read_card, folder / "a.card")),
        Decoder("template", (_template(),), _fill, inside=_inside_archive),
    ]  # fmt: skip
    for suffix, raw in _reports().items():
        read = _by_path(pages.read if suffix == ".pdf" else tracing.read, folder / f"report{suffix}")
        inside = _inside_archive if suffix in (".xlsx", ".docx") else None
        made.append(Decoder(f"report{suffix}", (raw,), read, inside=inside))
    return {decoder.name: decoder for decoder in made}


# -- trying one

HEAD = struct.Struct(">I")
MEMORY = 3 << 30
"""Bytes that a decoder may take, whatever it is given; the largest file that it reads at all has 50 MB."""


def met(decoder: Decoder, raw: bytes) -> str:
    """What came of it: "taken", or the name of the documented error. Anything else comes out as it is."""
    try:
        decoder.read(raw)
    except decoder.errors as error:
        return type(error).__name__
    return "taken"


class Current:
    """A file that holds the bytes being tried, also after a kill; `write` costs next to nothing."""

    SIZE = 1 << 20

    def __init__(self, path: Path) -> None:
        with path.open("w+b") as file:
            file.truncate(self.SIZE)
            self.shared = mmap.mmap(file.fileno(), self.SIZE)

    def write(self, raw: bytes) -> None:
        self.shared[: HEAD.size + len(raw)] = HEAD.pack(len(raw)) + raw

    @staticmethod
    def read(path: Path) -> bytes:
        content = path.read_bytes()
        return content[HEAD.size : HEAD.size + HEAD.unpack_from(content)[0]]


def main(name: str, seed: str, count: int, url: str, found: Path, *forked: str) -> None:
    if forked:
        reading.run_apart = Forks().run
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    current = Current(found.parent / "current")
    with opened(url) as ledger:
        decoder = decoders(ledger, found.parent)[name]
        assert {met(decoder, raw) for raw in decoder.seeds} == {"taken"}
        known = (path.read_bytes() for path in sorted(found.glob("*")))
        of_all: Counter[str] = Counter()
        for raw in chain(known, islice(inputs(decoder, random.Random(f"{seed} {name}")), count)):
            current.write(raw)
            of_all[met(decoder, raw)] += 1
    sys.stdout.write(json.dumps(of_all))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], Path(sys.argv[5]), *sys.argv[6:])
