"""gongze document: official documents from the ledger, their kinds, their templates."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import check_format, day, failures, print_json, t, tell_stopped, warn

if TYPE_CHECKING:
    from gongze.documents.drawing import Asked

LIST, CHECK, TEMPLATES = "list", "check", "templates"


def document(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=t(
        "公文种类（代码或中文名）；list 列出全部，check 检查模板，templates 写出随附的模板",
        "kind of document; list: all kinds, check: check a template, templates: write the shipped ones"))],
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help=t(
        "check 的模板文件", "the template to check"))] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="C", help=t(
        "案号，或 meeting/编号、discipline/编号", "case number, meeting/ID or discipline/ID"))] = None,
    of: Annotated[str | None, typer.Option("--of", metavar="NO", help=t(
        "哪一份：它的文号，或登记编号；默认最近的", "which one: its number or statement; default the latest"))] = None,
    reader: Annotated[str | None, typer.Option("--for", metavar="A", help=t(
        "为哪个机关打印，按它的可见范围；默认发文机关", "for this agency, as it is shown things; default the issuer"))] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="A", help=t("主送机关", "addressee"))] = None,
    on: Annotated[str | None, typer.Option("--date", metavar="DATE", help=t(
        "成文日期；默认登记的日期", "day of the document; default that of the act"))] = None,
    given: Annotated[list[str] | None, typer.Option("--set", metavar="字段=内容", help=t(
        "填写台账没有的字段，可重复", "fill in what the ledger does not know, repeatable"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=t(
        "写入 .docx 或 .pdf；templates 的文件夹", "write a .docx or .pdf; the folder of templates"))] = None,
    fmt: Annotated[str, typer.Option("--format", help=t("table 或 json", "table or json"))] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    if file is not None and kind != CHECK:
        raise typer.BadParameter(t("FILE 只用于 check；写入哪里用 -o", "FILE is for check; use -o"))
    with failures(fmt):
        if kind == LIST:
            _list(fmt)
        elif kind == CHECK:
            raise SystemExit(_check(_named(file, t("请写明模板文件", "name the template")), fmt))
        elif kind == TEMPLATES:
            _templates(_named(output, t("请用 -o 写明新文件夹", "name a new folder with -o")))
        else:
            from gongze.documents.drawing import Asked

            path = _named(output, t("请用 -o 写明 .docx 或 .pdf 文件", "name a .docx or .pdf with -o"))
            asked = Asked(case, of, reader, to, day(on) if on else None, _pairs(given or []))
            _write(kind, asked, path, fmt)


document.__doc__ = t(
    "从台账写出公文，台账不知道的留空。  例：gongze document copy-application --case 城自然资执〔2025〕1号 -o 函.docx",
    "Write an official document from the ledger; what it does not know is left blank.",
)


def _named(path: Path | None, advice: str) -> Path:
    if path is None:
        raise typer.BadParameter(advice)
    return path


def _pairs(given: list[str]) -> dict[str, str]:
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not value.strip() or len(value) > 4_000:
            raise typer.BadParameter(t("--set 应写作 字段=内容（不超过 4000 字）", "--set wants FIELD=TEXT"))
        found[name.strip()] = value.strip()
    return found


def _list(fmt: str) -> None:
    from gongze.documents.drawing import own_template
    from gongze.documents.kinds import KINDS
    from gongze.settings import load

    folder = load().templates_dir
    rows: list[dict[str, Any]] = []
    for kind in KINDS.values():
        own = own_template(kind, folder)
        rows.append({
            "kind": kind.id, "name": kind.zh, "from": kind.stream or None, "events": list(kind.acts),
            "source": kind.source, "template": str(own) if own is not None else None,
        })  # fmt: skip
    if fmt == "json":
        print_json({"documents": rows})
        return
    from gongze.cli.tables import print_table

    streams = {"case": "案件", "meeting": "联席会议", "discipline": "问题线索", None: "（台账没有）"}
    print_table(
        f"公文：{len(rows)} 种",
        ("代码", "名称", "出自", "依据", "模板"),
        [(r["kind"], r["name"], streams[r["from"]], r["source"], r["template"] or "随附") for r in rows],
    )


def _check(path: Path, fmt: str) -> int:
    from connectors.documents.filling import faults
    from gongze.documents.drawing import read_template
    from gongze.documents.fields import NAMES

    found = faults(read_template(path), NAMES)
    if fmt == "json":
        print_json({"ok": not found, "faults": [{"place": f.place, "what": f.what} for f in found]})
    else:
        for fault in found:
            print(f"{fault.place}\t{fault.what}")
        print(
            t(f"发现 {len(found)} 处问题", f"{len(found)} faults")
            if found
            else t("模板可以使用", "The template can be used")
        )
    return 1 if found else 0


def _templates(folder: Path) -> None:
    """Only into a folder that is new or empty: nobody's own templates are written over. All of them or none, so that the
    command can be given again."""
    from domain.refusal import Refusal
    from gongze.documents.drawing import SHIPPED
    from gongze.keyfiles import write_over

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refusal("file_exists", f"{folder} 已有内容，请写一个新的或空的文件夹", "-o")
    folder.mkdir(exist_ok=True)
    shipped = sorted(SHIPPED.glob("*.docx"))
    try:
        for path in shipped:
            write_over(folder / path.name, path.read_bytes())
    except OSError:
        for path in shipped:
            (folder / path.name).unlink(missing_ok=True)
        raise
    zh = f"已写入 {len(shipped)} 份模板；修改后设 GONGZE_TEMPLATES_DIR={folder}"
    warn(t(zh, f"wrote {len(shipped)} templates; set GONGZE_TEMPLATES_DIR={folder}"))


def _write(name: str, asked: "Asked", path: Path, fmt: str) -> None:
    import tempfile

    from connectors.documents.filling import blanks
    from connectors.documents.office import to_pdf
    from domain.refusal import Refusal
    from gongze.documents import drawing
    from gongze.documents.kinds import kind_called
    from gongze.keyfiles import write_over
    from gongze.ledger import Ledger
    from gongze.settings import load

    kind = kind_called(name)
    if path.suffix not in (".docx", ".pdf"):
        raise Refusal("format_unknown", "公文只能写入 .docx 或 .pdf 文件", "-o")
    settings = load()
    template = drawing.template_of(kind, settings.templates_dir)
    with Ledger.open(settings) as ledger:
        drawn = drawing.draw(ledger, kind, asked)
        tell_stopped(ledger)
    docx = drawing.write(drawn, template)
    if path.suffix == ".docx":
        write_over(path, docx)
    else:
        with tempfile.TemporaryDirectory(prefix="gongze-document-") as folder:
            written = Path(folder) / "document.docx"
            written.write_bytes(docx)
            to_pdf(written, path)
    left = blanks(docx)
    if fmt == "json":
        print_json({
            "kind": kind.id, "file": str(path), "issuer": drawn.issuer, "statement": drawn.statement,
            "index": drawn.index, "blanks": left,
        })  # fmt: skip
        return
    print(t(f"已写入 {path}（{kind.zh}）。{drawn.basis}。", f"wrote {path}."))
    if left:
        print(t(f"待填 {len(left)} 处：{'；'.join(left)}", f"{len(left)} blanks to fill: {'; '.join(left)}"))
