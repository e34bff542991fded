"""The joint meeting's report: how many acts a second it counts, and what takes the time."""

import cProfile
import os
import pstats
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from gongze.ledger import Ledger
from gongze.reporting import paper
from gongze.reporting.facts import Period
from gongze.reporting.gathering import Counting, asked, gather
from gongze.reporting.report import report
from gongze.settings import load
from gongze.simulation import Plan
from gongze.simulation import running as simulation

GOAL_ACTS, GOAL_SECONDS = 1_000_000, 60
CASES = 300
HALF = Period(date(2026, 1, 1), date(2026, 6, 30))
PARTS = {
    "acts read and decoded": "acts", "dossiers folded": "fold", "folded again as of a day": "counted_until",
    "duties computed": "_duties", "duties read": "duties_of_cases", "facts added up": "add",
}  # fmt: skip
"""What is told of the profile, by the function whose whole time it is."""


def run() -> None:
    """On a simulated locality; on a ledger that is there already where its URL is given:
    `python -m benchmarks.reporting URL`."""
    with tempfile.TemporaryDirectory(prefix="gongze-bench-") as name:
        folder = Path(name)
        now = {"GONGZE_NOW": "2026-07-01T09:00:00+08:00"}
        settings = replace(load(now), database_url=f"sqlite:///{folder}/ledger.db", data_dir=folder)
        made = simulation.run(settings, Plan.of(CASES, 1, date(2024, 1, 1), HALF.last))
        print(f"a simulated locality: {CASES} cases in two and a half years, {made.size} acts")
        with Ledger.open(settings) as ledger:
            ledger.catch_up()
            measure(ledger)


def measure(ledger: Ledger) -> None:
    what = asked(ledger, None, HALF)
    began = time.process_time()
    folded = sum(len(ledger.case(case).acts) for case in Counting(ledger, what).reader.ids("case"))
    once = time.process_time() - began
    began = time.process_time()
    beside = Counting(ledger, what, "fresh")
    beside.beside_cases()
    fixed = time.process_time() - began
    seconds = {}
    for name, how in (("first", "kept"), ("again", "kept"), ("fresh", "fresh")):
        began = time.process_time()
        told = gather(ledger, what, workers=1, how=how)
        seconds[name] = time.process_time() - began
    whole = seconds["fresh"]
    print(
        f"report counted, three periods               {whole:10.2f} s of CPU   {whole / once:.2f} x folding every case once"
    )
    cores = len(os.sched_getaffinity(0))
    for zh, name in (("all anew", "fresh"), ("all anew, and kept", "first"), ("from what is kept", "again")):
        each = (seconds[name] - fixed) / folded
        expected = each * GOAL_ACTS / cores
        verdict = "" if expected < GOAL_SECONDS else ", NOT REACHED"
        print(f"{zh:44s}{1 / each:10.0f} acts/s by one process")
        print(
            f"  {GOAL_ACTS} acts on {cores} cores, by that rate    {expected:10.0f} s   (goal below {GOAL_SECONDS}{verdict})"
        )
    profile = cProfile.Profile()
    profile.runcall(gather, ledger, what, workers=1, how="fresh")
    for zh, seconds in parts(profile):
        print(f"  {zh:42s}{seconds:10.0%} of it")
    began = time.process_time()
    paper.paper(report(told)).bytes()
    print(f"written as .docx with its plots             {time.process_time() - began:10.2f} s of CPU")


def parts(profile: cProfile.Profile) -> list[tuple[str, float]]:
    """The share of the whole that each part takes, the calls below it included; parts may hold one another."""
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined] # not in the library's types
    whole = max(cumulative for _, _, _, cumulative, _ in stats.values())
    found = []
    for zh, name in PARTS.items():
        mine = [
            cumulative
            for (file, _, function), (_, _, _, cumulative, _) in stats.items()
            if function == name and any(room in file for room in ("/gongze/", "/domain/", "/projections/"))
        ]
        found.append((zh, max(mine, default=0.0) / whole))
    return found


if __name__ == "__main__":
    _settings = load({"GONGZE_DATABASE_URL": sys.argv[1], "GONGZE_NOW": "2026-07-01T09:00:00+08:00"})
    with Ledger.open(_settings) as _ledger:
        _ledger.catch_up()
        measure(_ledger)
