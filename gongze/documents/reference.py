"""The kinds of documents and the names in templates, written out for their page from the code itself.

`python -m gongze.documents.reference docs/documents.md` renews what stands below the mark there.
"""

import sys
from pathlib import Path

from gongze.documents.fields import FIELDS
from gongze.documents.kinds import KINDS

MARK = "<!-- 以下由 python -m gongze.documents.reference 生成，请勿手改 -->"
STREAM_ZH = {
    "case": "案件",
    "meeting": "联席会议",
    "discipline": "问题线索",
    "": "台账没有，由 `--for`、`--to`、`--set` 填写",
}


def text() -> str:
    """What stands below the mark."""
    lines = ["## 全部公文", "", "| 代码 | 名称 | 出自 | 依据 |", "| --- | --- | --- | --- |"]
    lines += [f"| `{k.id}` | {k.zh} | {STREAM_ZH[k.stream]} | {k.source} |" for k in KINDS.values()]
    lines += ["", "## 全部字段", "", "| 字段 | 来自台账的哪里 | 例 |", "| --- | --- | --- |"]
    for field in FIELDS:
        if field.rows is None:
            lines.append(f"| `{field.name}` | {field.help} | {field.example} |")
            continue
        rows = "；".join(f"`{name}`（如 {example}）" for name, example in field.rows.items())
        lines.append(
            f"| `{field.name}`（多行） | {field.help}。每行有 {rows} | `{{% for 行 in {field.name} %}}` |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    above = page.read_text("utf-8").partition(MARK)[0]
    page.write_text(f"{above}{MARK}\n\n{text()}", "utf-8")
