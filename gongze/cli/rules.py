"""gongze rules: check and show rule packs."""

from pathlib import Path
from typing import Annotated

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, print_json, t

app = typer.Typer(cls=Group, help=t("规则包：检查、查看", "Rule packs: check, show"), no_args_is_help=True)


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
                 "references": [{"id": r.id, "name_zh": r.name_zh, "to": r.to, "source": r.source} for r in p.references]}
                for p in chosen
            ])  # fmt: skip
            return
        from gongze.cli.tables import print_table, term_zh

        for p in chosen:
            rows = [(r.id, r.name_zh, r.holder, term_zh(r.term), r.source) for r in p.rows]
            rows += [(r.id, r.name_zh, "→ " + r.to, "", r.source) for r in p.references]
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
