"""gongze rules: check, show and compare rule packs, and see what a pack would change before it is adopted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, day, failures, print_json, t

if TYPE_CHECKING:
    from gongze.rulesim import FieldChange, PackDiff, Simulation

FIELD_ZH = {
    "holder": "责任机关", "recipient": "对象", "recipients": "对象", "opened_on": "起算日", "due_on": "届满日",
    "due_at": "届满时刻", "earliest_due_on": "最早届满日", "not_before": "最早可办日", "warn_on": "提醒日", "state": "状态",
}  # fmt: skip
"""What differs of an instance, as the board calls it."""

app = typer.Typer(
    cls=Group,
    help=t("规则包：检查、查看、比较、试算", "Rule packs: check, show, compare, try"),
    no_args_is_help=True,
)


@app.command(cls=Command, help=t(
    "检查规则包文件，一次列出所有错误及行号。不写文件则检查随附的规则包。  例：gongze rules check 我市.toml",
    "Check pack files; every fault with its line. Without files, the shipped packs.",
))  # fmt: skip
def check(
    files: Annotated[list[Path] | None, typer.Argument(help=t("规则包文件（.toml）", "pack files"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze.packs import PackFaulty, check_together, read_pack, shipped

        packs, faults = [], []
        if files:
            for file in files:
                try:
                    packs.append(read_pack(file.read_bytes(), str(file)))
                except PackFaulty as faulty:
                    faults += faulty.faults
            own = {p.id for p in packs}
            faults += check_together(packs + [p for _, p in shipped().values() if p.id not in own])
        else:
            packs = [pack for _, pack in shipped().values()]
            faults = check_together(packs)
        if fmt == "json":
            print_json(
                {
                    "ok": not faults,
                    "packs": [{"id": p.id, "version": p.version, "duties": len(p.rows)} for p in packs],
                    "faults": [{"file": f.file, "line": f.line, "message": f.message} for f in faults],
                }
            )
        else:
            for fault in faults:
                print(fault)
            for pack in packs:
                print(f"{pack.name_zh}（{pack.id} 第 {pack.version} 版）：{len(pack.rows)} 项责任和期间")
            print(
                t(f"发现 {len(faults)} 处错误", f"{len(faults)} faults")
                if faults
                else t("没有错误", "no faults")
            )
        raise SystemExit(1 if faults else 0)


@app.command(cls=Command, help=t(
    "查看规则包中的各项责任。  例：gongze rules show --pack lhasa", "Show the duties of the packs."
))  # fmt: skip
def show(
    pack: Annotated[str | None, typer.Option("--pack", help=t("只看这个规则包", "only this pack"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.packs import shipped

        chosen = [p for _, p in shipped().values() if pack in (None, p.id)]
        if not chosen:
            raise Refusal("pack_unknown", f"没有规则包 {pack}", "--pack")
        if fmt == "json":
            print_json([
                {"pack": p.id, "version": p.version, "digest": p.digest, "duties": [
                    {"id": r.id, "name_zh": r.name_zh, "kind": r.kind, "holder": r.holder, "recipient": r.recipient,
                     "number": r.term.number, "unit": r.term.unit, "source": r.source,
                     "discharged_by": [m.event for m in r.discharged_by]} for r in p.rows],
                 "references": [{"id": r.id, "name_zh": r.name_zh, "to": r.to, "source": r.source} for r in p.references],
                 "later": [{"id": r.id, "reason": r.reason} for r in p.later]}
                for p in chosen
            ])  # fmt: skip
            return
        from gongze.cli.tables import print_table, term_zh

        for p in chosen:
            rows = [(r.id, r.name_zh, r.holder, term_zh(r.term), r.source) for r in p.rows]
            rows += [(r.id, r.name_zh, "→ " + r.to, "", r.source) for r in p.references]
            rows += [(r.id, t("暂不列为责任", "left for later"), "", "", r.reason) for r in p.later]
            print_table(
                f"{p.name_zh}（第 {p.version} 版）", ("编号", "责任", "责任机关", "期限", "出处"), rows
            )


@app.command("import", cls=Command, help=t(
    "把规则包文件存入台账，之后可用 PackAdopted 采用。  例：gongze rules import 我市.toml",
    "Keep a pack file in the ledger, so that PackAdopted can adopt it.",
))  # fmt: skip
def import_(
    files: Annotated[list[Path], typer.Argument(help=t("规则包文件（.toml）", "pack files"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.ledger import Ledger
        from gongze.packs import PackFaulty, read_pack
        from gongze.settings import load

        try:
            read = [(file.read_bytes(), read_pack(file.read_bytes(), str(file))) for file in files]
        except PackFaulty as faulty:
            raise Refusal("pack_faulty", f"规则包有误：{faulty.faults[0]}", "FILE") from None
        with Ledger.open(load()) as ledger:
            for content, pack in read:
                ledger.store.put_document(bytes.fromhex(pack.digest), content)
        shown = [{"pack": p.id, "version": p.version, "digest": p.digest} for _, p in read]
        if fmt == "json":
            print_json({"imported": shown})
            return
        for one in shown:
            print(f"已存入 {one['pack']} 第 {one['version']} 版，摘要 {one['digest']}")


@app.command(cls=Command, help=t(
    "比较两个规则包：增加、删去、改动的各行，逐项列出。写文件名，或随附规则包的编号。  例：gongze rules diff lhasa 我市.toml",
    "Compare two packs, row by row and field by field. Name files, or shipped packs by their ids.",
))  # fmt: skip
def diff(
    before: Annotated[str, typer.Argument(metavar="PACK_A", help=t("原来的", "the one as it was"))],
    after: Annotated[str, typer.Argument(metavar="PACK_B", help=t("改后的", "the one as it would be"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze import rulesim

        packs = rulesim.pack_named(before, "PACK_A"), rulesim.pack_named(after, "PACK_B")
        found = rulesim.diff(*packs)
        if fmt == "json":
            print_json({
                **{side: {"pack": p.id, "version": p.version, "digest": p.digest}
                   for side, p in zip(("before", "after"), packs, strict=True)},
                "head": _fields_json(found.head),
                "added": [{"id": id_, **row} for id_, row in found.added],
                "removed": [{"id": id_, **row} for id_, row in found.removed],
                "changed": [{"id": c.id, "name_zh": c.name_zh, "fields": _fields_json(c.fields)} for c in found.changed],
            })  # fmt: skip
            return
        _print_diff(found)


def _print_diff(found: "PackDiff") -> None:
    from gongze.cli.tables import print_table

    rows = [(t("包头", "head"), "", f.field, *_texts(f)) for f in found.head]
    rows += [
        (t("增加", "added"), id_, row.get("name_zh", ""), "", _text(row.get("term")))
        for id_, row in found.added
    ]
    rows += [
        (t("删去", "removed"), id_, row.get("name_zh", ""), _text(row.get("term")), "")
        for id_, row in found.removed
    ]
    rows += [(t("改动", "changed"), c.id, f.field, *_texts(f)) for c in found.changed for f in c.fields]
    if rows:
        heads = (
            t("变化", "change"),
            t("编号", "id"),
            t("项目", "field"),
            t("原来", "before"),
            t("改后", "after"),
        )
        print_table("", heads, rows)
    print(t(
        f"增加 {len(found.added)} 行，删去 {len(found.removed)} 行，改动 {len(found.changed)} 行",
        f"{len(found.added)} added, {len(found.removed)} removed, {len(found.changed)} changed",
    ))  # fmt: skip


@app.command(cls=Command, help=t(
    "试算：用另一个规则包代替已采用的同编号规则包，列出看板上会变的每一项。什么也不写入。"
    "  例：gongze rules simulate 我市.toml --as-of 2026-03-01",
    "Count today's acts under another pack instead of the adopted one of its id; nothing is written.",
))  # fmt: skip
def simulate(
    pack: Annotated[str, typer.Argument(metavar="PACK", help=t("规则包文件（.toml）", "pack file"))],
    as_of: Annotated[str | None, typer.Option(
        "--as-of", metavar="DATE", help=t("截至日期，默认今日", "as of this day, default today"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        from gongze import rulesim
        from gongze.ledger import Ledger
        from gongze.settings import load

        proposed = rulesim.pack_named(pack, "PACK")
        with Ledger.open(load()) as ledger:
            found = rulesim.simulate(ledger, proposed, on or ledger.today())
        if fmt == "json":
            print_json({
                "as_of": found.as_of.isoformat(), "pack": proposed.id, "version": proposed.version,
                "digest": proposed.digest, "instead_of": list(found.replaced), "instances": found.instances,
                "changes": [
                    {"kind": c.kind, "case": c.case, "duty": c.duty, "name_zh": c.name_zh, "before": c.before,
                     "after": c.after, "fields": _fields_json(c.fields)} for c in found.changes],
            })  # fmt: skip
            return
        _print_simulation(found)


def _print_simulation(found: "Simulation") -> None:
    from gongze.cli.tables import print_table

    kinds = {
        "appeared": t("新出现", "appears"),
        "disappeared": t("消失", "disappears"),
        "changed": t("改变", "changes"),
    }
    rows = []
    for c in found.changes:
        about = (kinds[c.kind], c.case, c.name_zh)
        if c.kind == "changed":
            rows += [(*about, t(FIELD_ZH[f.field], f.field), *_texts(f)) for f in c.fields]
        else:
            rows.append((*about, "", _brief(c.before), _brief(c.after)))
    if rows:
        heads = (
            t("变化", "change"), t("案卷", "dossier"), t("责任", "duty"), t("项目", "field"), t("原来", "before"),
            t("改后", "after"),
        )  # fmt: skip
        print_table("", heads, rows)
    count = {kind: sum(c.kind == kind for c in found.changes) for kind in kinds}
    print(t(
        f"截至 {found.as_of}：现有 {found.instances} 项，会改变 {count['changed']} 项，"
        f"新出现 {count['appeared']} 项，消失 {count['disappeared']} 项。什么也没有写入",
        f"as of {found.as_of}: {found.instances} instances; {count['changed']} would change, "
        f"{count['appeared']} appear, {count['disappeared']} disappear. Nothing was written",
    ))  # fmt: skip


def _brief(shown: Mapping[str, Any] | None) -> str:
    """Who owes it by when, of an instance that is there only on one side."""
    from domain.duties import STATE_ZH

    if shown is None:
        return t("无", "none")
    last = shown["due_on"] or shown["not_before"] or "–"
    return f"{shown['holder']} {last} {t(STATE_ZH[shown['state']], shown['state'])}"


def _fields_json(found: "tuple[FieldChange, ...]") -> list[dict[str, Any]]:
    return [{"field": f.field, "before": f.before, "after": f.after} for f in found]


def _texts(change: "FieldChange") -> tuple[str, str]:
    from domain.duties import STATE_ZH

    if change.field == "state":
        return t(STATE_ZH[change.before], change.before), t(STATE_ZH[change.after], change.after)
    return _text(change.before), _text(change.after)


def _text(value: Any) -> str:
    """A field as a person reads it; what a pack nests is shown as it would be written there."""
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
