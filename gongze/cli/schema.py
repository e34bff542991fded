"""gongze schema show, export: what each event looks like, who may sign it, in which stream it stands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, print_json, t

if TYPE_CHECKING:
    from domain.acts import EventKind
    from domain.forms import FieldType

SEALED_ZH = "密封字段：脚本里写明文（文本或 JSON），声明里只有承诺"

app = typer.Typer(
    cls=Group,
    help=t("事件的格式：字段、签名机关、写在哪里", "What events look like: fields, signers, streams"),
    no_args_is_help=True,
)


@app.command(cls=Command, help=t(
    "列出全部事件；写出事件名则列出它的字段。  例：gongze schema show EnforcementApplied",
    "List all events; with a name, its fields.  E.g. gongze schema show EnforcementApplied",
))  # fmt: skip
def show(
    event: Annotated[
        str | None, typer.Argument(help=t("事件名", "name of an event"), show_default=False)
    ] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from domain.acts import EVENTS
        from domain.refusal import Refusal

        if event is None:
            _show_all(fmt)
            return
        if event not in EVENTS:
            zh = f"没有“{event}”这种事件，gongze schema show 列出全部"
            raise Refusal("event_unknown", zh, "EVENT")
        _show_one(EVENTS[event], fmt)


def _show_all(fmt: str) -> None:
    from domain.acts import EVENTS

    if fmt == "json":
        print_json({"events": [_head(kind) for kind in EVENTS.values()]})
        return
    from gongze.cli.tables import print_table

    print_table(
        t(f"{len(EVENTS)} 种事件", f"{len(EVENTS)} events"),
        (t("事件", "Event"), t("名称", "Chinese name"), t("哪本账", "Stream"), t("签名机关", "Signers")),
        [(k.name, k.zh, k.stream, _signers(k)) for k in EVENTS.values()],
    )


def _show_one(kind: "EventKind", fmt: str) -> None:
    from domain.acts import Event
    from domain.forms import fields_of

    common = {f.attr for f in fields_of(Event).values()}
    shown = {name: f for name, f in fields_of(kind.cls).items() if f.attr != "behalf"}
    if fmt == "json":
        print_json({
            **_head(kind),
            "fields": [_field(n, f) for n, f in shown.items() if f.attr not in common],
            "common": [_field(n, f) for n, f in shown.items() if f.attr in common],
        })  # fmt: skip
        return
    from gongze.cli.tables import print_table

    through = (
        t("；通过台账办理，期限按入账日计", "; counts by the day of receipt") if kind.through_ledger else ""
    )
    heads = (t("字段", "Field"), t("必填", "Required"), t("写法", "Form"))
    print_table(
        f"{kind.name} {kind.zh}\n"
        + t(
            f"哪本账：{kind.stream}；签名机关：{_signers(kind)}{through}",
            f"{kind.stream}; {_signers(kind)}{through}",
        ),
        heads,
        list(_rows(shown, "")),
    )


def _rows(fields: "dict[str, FieldType]", before: str) -> Any:
    """One line a field; those of a record follow it, named by their path."""
    from domain.forms import fields_of

    for name, kind in fields.items():
        many = kind.item is not None
        inner = kind.item or kind
        path = f"{before}{name}" + ("[]" if many else "")
        needed = t("是", "yes") if not kind.optional and kind.default is None else t("否", "no")
        yield path, needed, t("列表，每项：", "list of ") * many + _how(inner)
        if inner.record is not None:
            yield from _rows(fields_of(inner.record), f"{path}.")


def _how(kind: "FieldType") -> str:
    from gongze.reference import FORM_ZH, REFERS_ZH, SHAPE_ZH

    if kind.form == "sealed":
        return SEALED_ZH
    if kind.symbols:
        return "、".join(f"{s} {zh}" if (zh := _word(kind, s)) != s else s for s in kind.symbols)
    if kind.refers_to:
        return f"{REFERS_ZH.get(kind.refers_to, kind.refers_to)}的文号或记录编号"
    if kind.record is not None:
        return t("一组字段：", "record ") + kind.record.__name__
    if kind.attr == "region":
        return t("六位行政区划代码", "six-digit code of the administrative division")
    return (FORM_ZH[kind.form] if kind.form else SHAPE_ZH[kind.shape]).replace("`", "")


def _word(kind: "FieldType", symbol: str) -> str:
    from gongze.reference import WORDS_HERE_ZH, WORDS_ZH

    return WORDS_HERE_ZH.get((kind.enum_name, symbol)) or WORDS_ZH.get(symbol) or symbol


def _signers(kind: "EventKind") -> str:
    from domain.acts.base import ANY
    from domain.values import KIND_ZH

    return "任何机关" if kind.by == ANY else "、".join(zh for code, zh in KIND_ZH.items() if code in kind.by)


def _head(kind: "EventKind") -> dict[str, Any]:
    return {
        "event": kind.name, "name_zh": kind.zh, "stream": kind.stream, "signed_by": sorted(kind.by),
        "through_ledger": kind.through_ledger,
    }  # fmt: skip


def _field(name: str, kind: "FieldType") -> dict[str, Any]:
    """One field; of a list `of` says what each item is, of a record `fields` what it holds."""
    from domain.forms import fields_of, plain

    made: dict[str, Any] = {
        "field": name,
        "required": not kind.optional and kind.default is None,
        "shape": kind.shape,
    }
    if kind.default is not None:
        made["default"] = plain(kind.default)
    if kind.form:
        made |= {"form": kind.form, "sealed": kind.form == "sealed"}
    if kind.symbols:
        made["values"] = [{"value": s, "name_zh": _word(kind, s)} for s in kind.symbols]
    if kind.refers_to:
        made["refers_to"] = kind.refers_to
    if kind.record is not None:
        made |= {"record": kind.record.__name__,
                 "fields": [_field(n, f) for n, f in fields_of(kind.record).items()]}  # fmt: skip
    if kind.item is not None:
        made["of"] = {k: v for k, v in _field(name, kind.item).items() if k not in ("field", "required")}
    return made


@app.command(cls=Command, help=t(
    "导出各机关接入所需的格式：全部 Avro 格式、指纹表、AsyncAPI 文档。  例：gongze schema export 接入格式",
    "Write what a partner needs: all Avro schemas, their fingerprints, the AsyncAPI document.  gongze schema export formats",
))  # fmt: skip
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help=t(
        "写到这个新的或空的文件夹", "a folder that is new or empty"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        import json
        from importlib.resources import files

        from domain.refusal import Refusal
        from events import schemas
        from gongze import asyncapi

        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise Refusal("file_exists", f"{directory} 已有内容，请换一个文件夹", "DIR")
        directory.mkdir(parents=True, exist_ok=True)
        written = {
            name: (files("events.schemas") / name).read_text("utf-8")
            for name in sorted(set(schemas.released().values()))
        }
        written["released.json"] = json.dumps(schemas.released(), indent=1, sort_keys=True) + "\n"
        written["asyncapi.json"] = json.dumps(asyncapi.document(), ensure_ascii=False, indent=1) + "\n"
        for name, content in written.items():
            (directory / name).write_text(content, "utf-8")
        if fmt == "json":
            print_json({"directory": str(directory), "files": sorted(written)})
        else:
            print(
                t(
                    f"已写出 {len(written)} 个文件到 {directory}",
                    f"{len(written)} files written to {directory}",
                )
            )
