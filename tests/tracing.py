"""strace, which makes single calls of a process fail; and whether this machine lets anybody trace at all."""

import os
import shutil
import subprocess
from functools import cache

import pytest


@cache
def _trouble() -> str | None:
    path = shutil.which("strace")
    if path is None:
        return "strace is not installed (apt-get install strace)"
    tried = subprocess.run([path, "-f", "-qq", "-o", "/dev/null", "true"], check=False, capture_output=True)
    return (
        None
        if tried.returncode == 0
        else f"nobody may trace here: {tried.stderr.decode(errors='replace')[:200]}"
    )


def strace() -> str:
    """The program. A machine that forbids tracing cannot try what these tests try, and says so; it fails where just that
    was asked for."""
    trouble = _trouble()
    if trouble is not None:
        asked = "NIGHTLY" in os.environ or os.environ.get("FAULTS") == "all"
        (pytest.fail if asked else pytest.skip)(trouble)
    return shutil.which("strace") or ""
