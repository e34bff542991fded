"""From .docx to PDF/A-2b by LibreOffice: one process for any number of papers, in a room of its own.

It gets a user profile of its own (two processes in one profile refuse each other), no macros, no links, little of our
environment, limits of time, memory and file size; it works on copies and is ended with all that it started.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from connectors.documents.fonts import fonts_file
from domain.refusal import Refusal

INSTALL = "apt-get install libreoffice-writer-nogui fonts-noto-cjk fonts-liberation"
DOCX_MAX = 50 * 2**20
SECONDS = 180
LIMITS = 'ulimit -c 0; ulimit -f 1048576; ulimit -v 8388608; exec "$@"'
"""No core files, 512 MB a file, 8 GB of address space."""
FILTER = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"},"UseTaggedPDF":{"type":"boolean","value":"true"}}'

_SECURE = {
    "Common/Security/Scripting/DisableMacrosExecution": "true",
    "Common/Security/Scripting/MacroSecurityLevel": "3",
    "Common/Security/Scripting/BlockUntrustedRefererLinks": "true",
    "Writer/Content/Update/Link": "0",
}
"""Settings of LibreOffice: no macros, and nothing is fetched that a file points to."""
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>
"""
_ITEM = """<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}" oor:op="fuse">
<value>{value}</value></prop></item>"""


def find() -> str | None:
    """LibreOffice's program, or None."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def to_pdf(docx: Path, pdf: Path) -> Path:
    """Convert one paper; `pdf` is written whole or not at all. Raises Refusal as `to_pdfs` does."""
    with tempfile.TemporaryDirectory(prefix="gongze-pdf-") as folder:
        (made,) = to_pdfs([docx], Path(folder))
        part = pdf.with_name(f".{pdf.name}.part")
        try:
            shutil.copyfile(made, part)
            part.replace(pdf)
        finally:
            part.unlink(missing_ok=True)
    return pdf


def to_pdfs(docx: Sequence[Path], folder: Path, *, seconds: int = SECONDS) -> list[Path]:
    """Convert papers in one run, each to a PDF of its name in `folder`.

    Raises Refusal: office_missing (says what to install), office_failed (the file cannot be set, or took too long).
    """
    program = find()
    if program is None:
        raise Refusal("office_missing", f"转为 PDF 需要 LibreOffice，请先安装：{INSTALL}；.docx 不受影响")
    for path in docx:
        if path.stat().st_size > DOCX_MAX:
            raise Refusal("office_failed", f"{path.name} 超过 {DOCX_MAX // 2**20} MB，请缩小其中的图片")
    with tempfile.TemporaryDirectory(prefix="gongze-office-") as room:
        work = Path(room)
        copies = [work / f"{number}.docx" for number in range(len(docx))]
        for path, copy in zip(docx, copies, strict=True):
            shutil.copyfile(path, copy)  # a name of ours: none of theirs reaches a command line
        _run(program, copies, work, seconds)
        made = []
        for path, copy in zip(docx, copies, strict=True):
            set_ = copy.with_suffix(".pdf")
            if not set_.is_file() or set_.read_bytes()[:5] != b"%PDF-":
                raise Refusal("office_failed", f"LibreOffice 未能转换 {path.name}，请在 WPS 中打开检查后重试")
            made.append(folder / f"{path.stem}.pdf")
            shutil.copyfile(set_, made[-1])
    return made


def _run(program: str, copies: Sequence[Path], work: Path, seconds: int) -> None:
    profile = work / "profile/user"
    profile.mkdir(parents=True)
    items = []
    for setting, value in _SECURE.items():
        path, _, name = setting.rpartition("/")
        items.append(_ITEM.format(path=path, name=name, value=value))
    (profile / "registrymodifications.xcu").write_text(_PROFILE.format(items="".join(items)), "utf-8")
    command = [
        "/bin/sh", "-c", LIMITS, "sh", program, f"-env:UserInstallation={(work / 'profile').as_uri()}", "--headless",
        "--norestore", "--nologo", "--nofirststartwizard", "--convert-to", FILTER, "--outdir", str(work),
        *map(str, copies),
    ]  # fmt: skip
    process = subprocess.Popen(  # noqa: S603 # a fixed program, our own file names
        command, cwd=work, env=_environment(work), start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        advice = "文件太长的，请先写成 .docx，用 WPS 打开后另存为 PDF"
        raise Refusal("office_failed", f"LibreOffice {seconds} 秒内没有转换完：{advice}") from None
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """The program is a script that starts others: all of its session."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(work: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    home = str(work)
    return {
        **kept,
        "HOME": home,
        "TMPDIR": home,
        "FONTCONFIG_FILE": str(fonts_file(work)),
        "SAL_USE_VCLPLUGIN": "svp",
    }
