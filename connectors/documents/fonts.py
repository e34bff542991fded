"""The fonts that official papers name, and what stands in for them where a PDF is made.

Every government office's machine has them, a server seldom: they are not free. Those named here beside them are of
GB2312's characters at least; a character that one lacks (堃, 镕, ㎡) comes from Noto by fontconfig.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

FANGSONG, XIAOBIAOSONG, HEITI, KAITI, SONGTI = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
"""Letters and digits have a font of their own: in 仿宋 a date would be set in half-width glyphs of uneven height."""

STAND_INS = {
    FANGSONG: ("FangSong_GB2312", "FangSong", "仿宋", "FandolFang R", "Noto Serif CJK SC"),
    XIAOBIAOSONG: ("FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "FandolSong", "Noto Serif CJK SC"),
    HEITI: ("SimHei", "FandolHei", "Noto Sans CJK SC"),
    KAITI: ("KaiTi_GB2312", "KaiTi", "楷体", "FandolKai", "Noto Serif CJK SC"),
    SONGTI: ("SimSun", "FandolSong", "Noto Serif CJK SC"),
    LATIN: ("Liberation Serif",),
}
"""Which installed font is taken where the one that a paper names is missing, best first."""
NAMED_OTHERWISE = frozenset({"FangSong_GB2312", "FangSong", "仿宋", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "SimHei",
                             "KaiTi_GB2312", "KaiTi", "楷体", "SimSun", "Liberation Serif"})  # fmt: skip
"""The same designs, or the same widths, under another name: no stand-ins."""

_FONTS_CONF = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>{rules}</fontconfig>
"""
_RULE = """<match target="pattern"><test name="family"><string>{name}</string></test>
<edit name="family" mode="assign" binding="strong">{families}</edit>{bold}</match>"""
_BOLD = '<edit name="weight" mode="assign" binding="strong"><const>bold</const></edit>'


@dataclass(frozen=True, slots=True)
class Font:
    """A font that papers name and the installed one that PDFs are set in; equal designs where `right`."""

    name: str
    used: str
    right: bool


def fonts_file(folder: Path) -> Path:
    """A font configuration that names the stand-ins, over the machine's own."""
    rules = []
    for name, others in STAND_INS.items():
        families = "".join(f"<string>{family}</string>" for family in (name, *others))
        rules.append(_RULE.format(name=name, families=families, bold=_BOLD if name == XIAOBIAOSONG else ""))
    path = folder / "fonts.conf"
    path.write_text(_FONTS_CONF.format(rules="".join(rules)), "utf-8")
    return path


def installed() -> list[Font]:
    """What each named font is set in here; empty where the machine cannot say (no fontconfig)."""
    program = shutil.which("fc-match")
    if program is None:
        return []
    found = []
    with tempfile.TemporaryDirectory(prefix="gongze-fonts-") as room:
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts_file(Path(room)))}
        for name in STAND_INS:
            ran = subprocess.run(  # noqa: S603 # a fixed program and one of five names
                [program, "-f", "%{family}", name],
                env=environment,
                capture_output=True,
                check=False,
                timeout=60,
            )
            families = ran.stdout.decode("utf-8", "replace").split(",")
            right = bool({name, *STAND_INS[name]} & NAMED_OTHERWISE & set(families)) or name in families
            found.append(Font(name, families[0], right))
    return found
