"""A trial count is answered at once: what it does not need is not loaded."""

import subprocess
import sys

COUNT = """
import sys
sys.argv = ["gongze", "deadline", "copy_application_to_procuratorate", "--from", "2026-02-10"]
from gongze.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("domain", "events", "projections")))
"""


def test_a_term_is_counted_without_the_acts_the_cases_and_the_store(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", COUNT], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    *said, loaded = ran.stdout.splitlines()
    assert any("2026-02-26" in line for line in said)
    assert {"domain.terms", "domain.rows", "domain.calendar"} <= set(loaded.split())
    parts = ("domain.acts", "domain.cases", "domain.duties", "domain.registry", "events.store", "projections")
    assert not [name for name in loaded.split() if name.startswith(parts)]
