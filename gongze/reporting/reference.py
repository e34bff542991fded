"""The table of figures in docs/report.md, from their definitions: `python -m gongze.reporting.reference FILE`.

What stands above the mark in the file is written by hand and kept; everything below it is written anew.
"""

import sys
from pathlib import Path

from gongze.reporting.definitions import DEFINITIONS, SINGLES
from gongze.reporting.statistics import DEFINITIONS as STATISTICS
from gongze.reporting.statistics import STATISTIC_ZH

MARK = "<!-- 以下由 python -m gongze.reporting.reference 生成，请勿手改 -->"
WAYS = {"count": "计数", "sum": "求和", "rate": "比率", "median": "中位数", "most": "最大值", "one": "逐项"}


def text() -> str:
    """All figures and statistics, as Markdown."""
    rows = [
        f"| {d.zh} | {d.unit} | `{d.id}` | {WAYS[d.way]} | {d.what} | {d.source} |"
        for d in (*DEFINITIONS.values(), *SINGLES.values())
    ]
    heads = ["| 指标 | 单位 | 编号 | 方式 | 口径 | 依据 |", "| --- | --- | --- | --- | --- | --- |"]
    others = [f"| {STATISTIC_ZH[name]} | {what} |" for name, what in STATISTICS.items()]
    return "\n".join(
        [
            "## 每个数字的口径\n",
            *heads,
            *rows,
            "\n## 统计的口径\n",
            "| 统计 | 口径 |",
            "| --- | --- |",
            *others,
            "",
        ]
    )


def main(path: Path) -> None:
    """Write the part below the mark anew."""
    by_hand = path.read_text("utf-8").partition(MARK)[0]
    path.write_text(f"{by_hand}{MARK}\n\n{text()}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
