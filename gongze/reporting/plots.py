"""Drawings of figures as PNG: the same figures give the same bytes. Words beside colours, as prints are often grey."""

import io
from collections.abc import Sequence
from functools import cache
from math import ceil
from typing import Any
from unicodedata import east_asian_width

from gongze.reporting.report import Plot

FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "SimHei",
    "WenQuanYi Zen Hei",
    "Noto Serif CJK SC",
    "Noto Serif CJK JP",
)
"""Fonts with Chinese characters, best first; a .ttc of all of Noto is known by its first face's name, which is JP."""
COLOURS = ("#9db4c8", "#1f4e79", "#c55a11", "#7f7f7f", "#548235")
WIDTH, HEIGHT, DPI = 6.1, 2.9, 200
DRAWN, CHARACTER = 0.9, 0.155
"""The share of the width that is drawn on, and how wide a character of nine points is with what stands beside it."""


@cache
def _library() -> Any:
    """Matplotlib without a screen; slow to import, so only where something is drawn."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import font_manager
    from matplotlib import pyplot as plt

    known = {entry.name for entry in font_manager.fontManager.ttflist}
    families = [name for name in FONTS if name in known]
    mpl.rcParams.update({
        "font.family": "sans-serif", "font.sans-serif": [*families, "DejaVu Sans"], "axes.unicode_minus": False, "font.size": 9,
    })  # fmt: skip
    return plt


def bars(plot: Plot) -> bytes:
    """Bars beside each other, each with its number as the report prints it."""
    labels = [name for name, _ in plot.series]
    values = [[float(f.value or 0) for f in figures] for _, figures in plot.series]
    texts = [[f.text for f in figures] for _, figures in plot.series]
    return drawn(plot.labels, labels, values, texts)


def drawn(
    groups: Sequence[str],
    names: Sequence[str],
    values: Sequence[Sequence[float]],
    texts: Sequence[Sequence[str]],
) -> bytes:
    """A PNG of one bar a group for each name."""
    plt = _library()
    figure, axes = plt.subplots(figsize=(WIDTH, HEIGHT), dpi=DPI)
    try:
        width = 0.8 / max(len(names), 1)
        for number, (name, heights, shown) in enumerate(zip(names, values, texts, strict=True)):
            places = [group + (number - (len(names) - 1) / 2) * width for group in range(len(groups))]
            made = axes.bar(places, heights, width * 0.92, label=name, color=COLOURS[number % len(COLOURS)])
            axes.bar_label(made, labels=shown, fontsize=7.5, padding=1)
        axes.set_xticks(range(len(groups)), [in_lines(group, len(groups)) for group in groups])
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(left=False, labelleft=False, bottom=False)
        axes.margins(y=0.15)
        if len(names) > 1:
            axes.legend(
                frameon=False, fontsize=8, ncols=len(names), loc="lower center", bbox_to_anchor=(0.5, 1.0)
            )
        written = io.BytesIO()
        figure.savefig(written, format="png", bbox_inches="tight", metadata={"Software": None})
        return written.getvalue()
    finally:
        plt.close(figure)


def in_lines(label: str, groups: int) -> str:
    """A label in lines that are no wider than its group's share of the drawing, of about the same length."""
    room = max(3, int(WIDTH * DRAWN / groups / CHARACTER))
    return "\n".join(part for line in label.split("\n") for part in _parts(line, room))


def _parts(line: str, room: int) -> list[str]:
    wide = sum(2 if east_asian_width(c) in "WF" else 1 for c in line) / 2
    number = max(1, ceil(wide / room))
    each, parts = ceil(len(line) / number), []
    while len(line) > each:
        cut = each
        while cut > 1 and line[cut - 1].isdigit() and line[cut].isdigit():  # a number stays whole
            cut -= 1
        parts.append(line[:cut])
        line = line[cut:]
    return [*parts, line]
