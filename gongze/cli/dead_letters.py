"""gongze dead-letter: the messages that were refused, and what is to become of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, print_json, t

if TYPE_CHECKING:
    from connectors.broker import Access
    from connectors.dead_letters import Letter
    from gongze.ledger import Ledger

app = typer.Typer(
    cls=Group,
    help=t("死信：退回的来信", "Dead letters: the messages that were refused"),
    no_args_is_help=True,
)
ID = typer.Argument(metavar="ID", min=0, help=t("死信的编号", "the number of a dead letter"))
STATE_ZH = {"open": "待处理", "retried": "已入账", "discarded": "已作废"}


@dataclass
class Desk:
    """The ledger, its dead letters, and the way to answer."""

    ledger: "Ledger"
    access: "Access"
    topic: str
    letters: "list[Letter]"

    def letter(self, number: int) -> "Letter":
        from domain.refusal import Refusal

        found = next((one for one in self.letters if one.id == number), None)
        if found is None:
            raise Refusal("dead_letter_unknown", f"没有编号为 {number} 的死信", "ID")
        return found

    def open_letter(self, number: int) -> "Letter":
        from domain.refusal import Refusal

        found = self.letter(number)
        if found.state != "open":
            raise Refusal("dead_letter_settled", f"编号 {number} {STATE_ZH[found.state]}，不再处理", "ID")
        return found

    def settle(self, letter: "Letter", kind: str, said: dict[str, str]) -> None:
        from connectors import dead_letters, kafka_in, topics

        place = topics.act_topics(self.ledger.registry()).get(letter.owner)
        messages = kafka_in.settled(kind, letter.origin, self.ledger.now_ms(), said, self.topic, place)
        registry = self.ledger.registry()
        name = registry.genesis.name if registry.genesis else ""
        dead_letters.write(self.access, f"gongze.dead-letter.{name}", list(messages))


@contextmanager
def _desk() -> Iterator[Desk]:
    from connectors import dead_letters, topics
    from gongze import exchange
    from gongze.ledger import Ledger
    from gongze.settings import load

    settings = load()
    access = exchange.access(settings)
    with Ledger.open(settings) as ledger:
        topic = topics.dead_letters(ledger.registry())
        yield Desk(ledger, access, topic, dead_letters.letters(access, topic))


def _shown(letter: "Letter") -> dict[str, Any]:
    said = letter.said
    return {
        "id": letter.id, "owner": letter.owner, "state": letter.state, "refused_at": letter.refused_at,
        "code": said["code"], "message": said.get("message"), "field": said.get("field") or None,
        "origin": {"topic": said["origin_topic"], "partition": int(said["origin_partition"]),
                   "offset": int(said["origin_offset"])},
        "sha256": said["sha256"], "bytes": int(said["bytes"]), "whole": letter.whole, "settled": letter.settled or None,
    }  # fmt: skip


@app.command("list", cls=Command, help=t(
    "列出待处理的死信。  例：gongze dead-letter list", "List the open dead letters.  gongze dead-letter list"))  # fmt: skip
def list_(
    every: Annotated[bool, typer.Option("--all", help=t("已处理的也列", "the settled ones too"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        with _desk() as desk:
            shown = [one for one in desk.letters if every or one.state == "open"]
        if fmt == "json":
            print_json({"dead_letters": [_shown(one) for one in shown]})
            return
        from gongze.cli.tables import print_table

        heads = (t("编号", "Id"), t("机关", "Agency"), t("退回时间", "Refused"), t("代码", "Code"), t("说明", "Message"),
                 t("状态", "State"))  # fmt: skip
        print_table(
            t(f"{len(shown)} 件死信", f"{len(shown)} dead letters"), heads,
            [(str(o.id), o.owner, o.refused_at, o.said["code"], o.said.get("message", ""), STATE_ZH[o.state]) for o in shown],
        )  # fmt: skip


@app.command(cls=Command, help=t(
    "显示一件死信；-o 把原件写成文件。  例：gongze dead-letter show 17 -o 原件.cbors",
    "Show a dead letter; -o writes the original.  gongze dead-letter show 17 -o original.cbors"))  # fmt: skip
def show(
    number: Annotated[int, ID],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help=t(
        "把收到的原件写到这里", "write what was received here"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal

        with _desk() as desk:
            letter = desk.letter(number)
        if output is not None:
            if output.exists():
                raise Refusal("file_exists", f"{output} 已存在，请换一个文件名", "-o")
            output.write_bytes(letter.value)
        shown = _shown(letter)
        if fmt == "json":
            print_json(shown)
            return
        for name, value in shown.items():
            print(f"{name}\t{value if value is not None else '—'}")


@app.command(cls=Command, help=t(
    "再试一次：能入账的入账。  例：gongze dead-letter retry 17",
    "Try again; what can go into the ledger does.  gongze dead-letter retry 17"))  # fmt: skip
def retry(number: Annotated[int, ID], fmt: Annotated[str, FORMAT] = "table") -> None:
    check_format(fmt)
    with failures(fmt):
        from connectors.kafka_in import RETRIED, Arrived, Origin, take_in
        from domain.refusal import Refusal

        with _desk() as desk:
            letter = desk.open_letter(number)
            if not letter.whole:
                raise Refusal("dead_letter_cut", "这件死信没有保留完整的原件，请发件机关重发", "ID")
            said = letter.said
            origin = Origin(said["origin_topic"], int(said["origin_partition"]), int(said["origin_offset"]))
            (refusal,) = take_in(desk.ledger, [Arrived(origin, letter.value)])
            if refusal is not None:
                raise refusal
            desk.settle(letter, RETRIED, {})
        if fmt == "json":
            print_json({"id": number, "state": "retried"})
        else:
            print(t(f"编号 {number} 已入账", f"{number} is in the ledger now"))


@app.command(cls=Command, help=t(
    "作废一件死信，写明理由；理由记在死信主题里，也告知发件机关。  例：gongze dead-letter discard 17 --reason 重复发送",
    "Discard a dead letter; its sender is told why.  gongze dead-letter discard 17 --reason twice"))  # fmt: skip
def discard(
    number: Annotated[int, ID],
    reason: Annotated[str, typer.Option("--reason", help=t("理由，1 至 500 字", "why, 1 to 500 characters"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    if not 1 <= len(reason.strip()) <= 500:
        raise typer.BadParameter(t("理由应为 1 至 500 字", "the reason has 1 to 500 characters"))
    with failures(fmt):
        from connectors.kafka_in import DISCARDED

        with _desk() as desk:
            letter = desk.open_letter(number)
            desk.settle(letter, DISCARDED, {"reason": reason.strip()})
        if fmt == "json":
            print_json({"id": number, "state": "discarded"})
        else:
            print(t(f"编号 {number} 已作废", f"{number} is discarded"))
