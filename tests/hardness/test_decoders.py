"""Whatever the bytes are, a decoder takes them or says why not; nothing else ever comes out of it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hardness.acts import SQLitePlace
from tests.hardness.decoders import Current

FOUND = Path(__file__).parents[1] / "fixtures/decoders"
"""Inputs that once led a decoder astray, in a folder for each."""
COUNTS = {
    "cbor": 4_000, "sequence": 4_000, "statement": 3_000, "opening": 4_000, "leaf": 4_000, "payload": 4_000, "bundle": 3_000,
    "script": 4_000, "pack": 150, "xlsx": 250, "xls": 25, "csv": 600,
    "receipts": 2_000, "contacts": 600, "habits": 150, "card": 2_000,
    "template": 50, "report.docx": 60, "report.xlsx": 60, "report.pdf": 100, "report.json": 2_000,
}  # fmt: skip
"""Mutated inputs for each in every run: some seconds together."""
MANY = 1_000_000
OTHERS = {"template": 20_000, "report.docx": 20_000, "report.xlsx": 20_000, "report.pdf": 20_000}
"""Of a night: what other people's readers of office files take apart, some ten milliseconds each."""


@pytest.mark.parametrize("name", COUNTS)
def test_mutated_bytes_are_taken_or_refused_and_nothing_else(
    sqlite_place: SQLitePlace, tmp_path: Path, name: str, seed: int, nightly: bool
):
    """In a process of its own, which a decoder may bring down: what it was reading is then kept for good."""
    found = tmp_path / "found"
    shutil.copytree(FOUND / name, found) if (FOUND / name).is_dir() else found.mkdir()
    count = OTHERS.get(name, MANY) if nightly else COUNTS[name]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.hardness.decoders",
            name,
            str(seed),
            str(count),
            sqlite_place.template,
            str(found),
            *(["forked"] if nightly else []),
        ],
        capture_output=True,
        env={**os.environ, "RUST_BACKTRACE": "0"},  # calamine panics often, and a million traces take hours
    )
    if ran.returncode != 0:
        raw = Current.read(tmp_path / "current")
        kept = FOUND / name / hashlib.sha256(raw).hexdigest()[:16]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(raw)
        pytest.fail(f"{kept}: exit {ran.returncode}\n{ran.stderr.decode()[-3000:]}", pytrace=False)
    assert ran.stderr == b""  # nothing that an officer could not make sense of
    met = json.loads(ran.stdout)
    assert sum(met.values()) == count + len(list(found.iterdir()))
    assert len(met) > 1
