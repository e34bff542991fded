"""The demonstration: the sample locality and its cases, put in and shown by the real commands.

It can be run again: what is stored already is not stored twice.
"""

import json
import os
import shutil
import subprocess
import sys

from domain.refusal import Refusal
from events.store import StoreMissing
from gongze import sample
from gongze.ledger import Ledger
from gongze.settings import Settings, load


def run() -> int:
    """Make or complete the demonstration and show it; the exit code is the first that is not 0."""
    settings = load()
    _refuse_real(settings)
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "sample.jsonl"
    script.write_text("\n".join(sample.script()) + "\n", "utf-8")
    keys = str(folder / "keys")
    steps: list[list[str]] = []
    if not _exists(settings):
        shutil.rmtree(keys, ignore_errors=True)  # of an attempt that was broken off; no ledger knows them
        steps.append(["init", "--demo-keys", keys])
    day = sample.AS_OF.isoformat()
    steps += [["replay", str(script), "--keys", keys, "--quiet"], ["duties", "--as-of", day]]
    for step in steps:
        if code := _show(step):
            return code
    instance = _instance_to_explain(day)
    if instance and (code := _show(["explain", instance, "--as-of", day])):
        return code
    if code := _show(["verify"]):
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
    """A copy that fell due across a Spring Festival, overdue if there is one, makes the best example."""
    arguments = ["duties", "--as-of", day, "--duty", "copy_application_to_procuratorate", "--format", "json"]
    shown = subprocess.run(_command(arguments), env=os.environ, capture_output=True, check=True)  # noqa: S603
    duties = [d for d in json.loads(shown.stdout)["duties"] if d["opened_on"] and d["opened_on"][5:7] == "02"]
    best = max(duties, key=lambda d: (d["state"] == "overdue", d["opened_on"]), default=None)
    return best["id"] if best else None


NEXT = """
演示台账已就绪。接下来可以试试：
  gongze duties --as-of {day} --holder nr.lhasa      只看一个机关的责任
  gongze accounts --as-of {day}                      强制执行台账和三次抄送
  gongze deadline copy_application_to_procuratorate --from 2026-02-10
  gongze replay 我的案件.jsonl --keys gongze-data/keys
  gongze verify                                        逐条验证签名、承诺和次序
（命令在 .venv/bin/gongze；文档在 docs/）"""
