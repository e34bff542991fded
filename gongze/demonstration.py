"""The demonstration: the sample locality and its year, put in and shown by the real commands.

It can be run again: what is stored already is not stored twice.
"""

import json
import os
import subprocess
import sys
from datetime import date, timedelta

from domain.refusal import Refusal
from events.store import StoreMissing
from gongze import sample
from gongze.ledger import Ledger
from gongze.settings import Settings, load

KEEPER = "nr.lhasa-park"
"""Whose books are shown: the smallest department's fit on a screen."""
LATE_SIGNER = "court.dagze"
"""Whose differences are shown: it signs only since June, so there is every kind of them."""


def run() -> int:
    """Make or complete the demonstration and show it; the exit code is the first that is not 0.

    The reconciliation at the end finds what does not agree (1), as it should: the sample is not in order.
    """
    settings = load()
    _refuse_real(settings)
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "sample.jsonl"
    script.write_text("\n".join(sample.script()) + "\n", "utf-8")
    keys = str(folder / "keys")
    steps: list[list[str]] = []
    if _exists(settings):
        _check_keys(settings)
    else:
        steps.append(["init", "--demo-keys", keys])
    day = sample.AS_OF.isoformat()
    near = ["--state", "overdue", "--state", "due_soon"]
    steps += [["replay", str(script), "--keys", keys, "--quiet"], ["duties", "--as-of", day, *near]]
    for step in steps:
        if code := _show(step):
            return code
    instance = _instance_to_explain(day)
    if instance and (code := _show(["explain", instance, "--as-of", day])):
        return code
    for step in (["verify"], ["accounts", "--as-of", day, "--agency", KEEPER]):
        if code := _show(step):
            return code
    if (code := _show(["reconcile", "--as-of", day, "--agency", LATE_SIGNER])) > 1:
        return code
    print(NEXT.format(day=day))
    return 0


def _refuse_real(settings: Settings) -> None:
    """Never put invented cases into a ledger that is not a demonstration."""
    try:
        with Ledger.open(settings) as ledger:
            if not ledger.demo:
                raise Refusal("not_demo", "该台账不是演示台账，示例数据不会写入", "GONGZE_DATABASE_URL")
    except StoreMissing:
        return


def _check_keys(settings: Settings) -> None:
    """The sample is signed with the keys that a ledger was made with, wherever these were laid."""
    keys = settings.data_dir / "keys"
    if not keys.is_dir():
        raise Refusal(
            "file_unusable",
            f"这里已有演示台账，{keys} 里没有它的密钥：请把建账时的密钥文件夹移到那里，或换一个空文件夹运行 gongze demo",
            "GONGZE_DATA_DIR",
        )


def _exists(settings: Settings) -> bool:
    try:
        Ledger.open(settings).close()
    except StoreMissing:
        return False
    return True


def _command(arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", "gongze", *arguments]


def _show(arguments: list[str]) -> int:
    print(f"\n$ gongze {' '.join(arguments)}", flush=True)
    return subprocess.run(_command(arguments), env=os.environ, check=False).returncode  # noqa: S603 - own command


def _instance_to_explain(day: str) -> str | None:
    """The copy whose seven working days took the longest, across a festival, makes the best example."""
    arguments = ["duties", "--as-of", day, "--duty", "copy_application_to_procuratorate", "--format", "json"]
    shown = subprocess.run(_command(arguments), env=os.environ, capture_output=True, check=True)  # noqa: S603
    counted = [d for d in json.loads(shown.stdout)["duties"] if d["due_on"] and d["state"] != "history"]

    def length(duty: dict[str, str]) -> tuple[timedelta, str]:
        return date.fromisoformat(duty["due_on"]) - date.fromisoformat(duty["opened_on"]), duty["case"]

    best = max(counted, key=length, default=None)
    return best["id"] if best else None


NEXT = """
演示台账已就绪。接下来可以试试：
  gongze duties --as-of {day} --holder nr.lhasa      只看一个机关的责任
  gongze accounts --as-of {day} -o 台账.xlsx         两本账，写成工作簿
  gongze reconcile --as-of {day}                     全市哪些没有对上
  gongze deadline copy_application_to_procuratorate --from 2026-02-10
  gongze replay 我的案件.jsonl --keys gongze-data/keys
  GONGZE_DATABASE_URL=sqlite:///模拟/ledger.db gongze simulate --cases 500    另一本大些的台账，虚构的
（命令在 .venv/bin/gongze；文档在 docs/）"""
