"""gongze backup, restore, move: copies of a whole ledger, each verified before it counts."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, ProgressLine, check_format, failures, print_json, t

if TYPE_CHECKING:
    from gongze.copies import Content


class _Progress:
    """How far it is, on a terminal."""

    def __init__(self) -> None:
        self._line = ProgressLine()

    def __call__(self, what: str, done: int, total: int) -> None:
        self._line.show(f"{what} {done}/{total}")

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._line.wipe()


def backup(
    output: Annotated[str, typer.Option("-o", "--output", metavar="FILE", help=t(
        "写到此文件；是文件夹，或以 / 结尾的，写到其中以时间命名的文件",
        "write this file; one named by the moment in a folder, or where it ends in /"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze import copies
        from gongze.settings import load

        place = Path(output)
        if output.endswith("/"):  # a folder is meant, whether it is there or not
            place.mkdir(parents=True, exist_ok=True)
        with _Progress() as progress:
            place, manifest = copies.backup(load(), place, progress)
        if fmt == "json":
            print_json({"path": str(place), **asdict(manifest)})
            return
        print(t(f"已备份到 {place}，逐条核对无误；清单在 {copies.manifest_of(place)}",
                f"Backed up to {place} and verified; its manifest is {copies.manifest_of(place)}"))  # fmt: skip
        _show(manifest)
        print(f"SHA-256 {manifest.sha256}")
        print(
            t(
                "运行单位的密钥不在备份里，请另行保管",
                "The operator's keys are not in it: keep them elsewhere",
            )
        )


backup.__doc__ = t(
    "备份整个台账，登记可以同时进行；备份逐条核对后才算数。  例：gongze backup -o 备份/",
    "Back the whole ledger up, verified, while others go on recording.  gongze backup -o backups/",
)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("备份文件", "the backup"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze import copies
        from gongze.settings import load

        with _Progress() as progress:
            content, by_manifest = copies.restore(load(), file, progress)
        if fmt == "json":
            print_json({**asdict(content), "manifest": by_manifest})
            return
        print(t("已恢复，逐条核对无误", "Restored and verified"))
        _show(content)
        if not by_manifest:
            print(
                t(
                    "说明：旁边没有清单，不知道末尾是否完整",
                    "Note: no manifest; whether its end is missing is unknown",
                )
            )
        print(t("此后入账的不在其中：请各机关用回执核对（gongze verify --receipt），缺的原样再发一次",
                "Later acts are not in it: show receipts with gongze verify --receipt and send again what is missing"))  # fmt: skip


restore.__doc__ = t(
    "恢复备份：核对无误才放到位，不覆盖已有的台账。  例：gongze restore 备份/ledger-20260320T180000.db",
    "Restore a backup where there is no ledger; it is verified first.  gongze restore backup.db",
)


def move(
    to: Annotated[str, typer.Option("--to", metavar="URL", help=t(
        "空的 PostgreSQL 数据库", "an empty PostgreSQL database"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze import copies
        from gongze.settings import load

        with _Progress() as progress:
            content, copied = copies.move(load(), to, progress)
        address = to.rpartition("@")[2]
        if fmt == "json":
            print_json({"to": address, "copied": copied, **asdict(content)})
            return
        print(
            t(
                f"已搬到 {address}，逐条比对相同；本次复制 {copied} 条",
                f"Moved to {address}: {copied} acts copied now",
            )
        )
        _show(content)
        print(t("请把各处的 GONGZE_DATABASE_URL 都改成新地址，并把原来的文件移走：它没有改动，但不要再登记",
                "Set GONGZE_DATABASE_URL to the new address everywhere and put the old file away"))  # fmt: skip


move.__doc__ = t(
    "把嵌入式台账搬到 PostgreSQL；中断后再运行一次就接着搬，原来的不改动。  例：gongze move --to postgresql://…/gongze",
    "Move the embedded ledger to PostgreSQL; run it again to go on.  gongze move --to postgresql://…/gongze",
)


def _show(content: "Content") -> None:
    rows: list[tuple[str, Any]] = [
        (t("台账", "ledger"), content.ledger),
        (t("条数", "acts"), content.size),
        (t("末条", "last"), f"{content.last_index}（{content.last_received_at}）"),
        (t("文件", "documents"), content.documents),
        (t("根", "root"), content.root),
    ]
    for name, value in rows:
        print(f"{name}\t{value}")
