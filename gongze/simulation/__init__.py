"""A locality of any size, invented: its traffic over some years, told from a seed and from habits.

The same seed and parameters give the same acts, keys and head of the log on any machine and database. A plan says what
is told, `traffic` tells it, `running` signs it and takes it in at the real door. What is told, the sample tells
too (`gongze.sample`): its plots are the courses of cases here.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from domain.forms import canonical_json
from domain.refusal import Refusal
from gongze.simulation import habits as habits_of
from gongze.simulation.habits import Habits
from gongze.simulation.telling import Locality
from gongze.simulation.traffic import Sent, traffic

FIRST = date(2024, 1, 1)
"""Before this day a demonstration ledger does not exist."""
LAST = date(2099, 12, 31)
MOST = 1_000_000
EDITION = 1
"""Of what is told: another one where the same parameters give other acts."""


@dataclass(frozen=True)
class Plan:
    """What a simulation is to be: the same plan, the same log."""

    cases: int
    seed: int
    since: date
    until: date
    habits: Habits

    @classmethod
    def of(cls, cases: int, seed: int, since: date, until: date, habits: Path | None = None) -> "Plan":
        """Raises Refusal: settings_unusable, habits_unusable."""
        if not 1 <= cases <= MOST:
            raise Refusal("settings_unusable", f"案件数应为 1 至 {MOST}", "--cases")
        if not FIRST <= since <= LAST:
            raise Refusal("settings_unusable", f"第一天应在 {FIRST} 至 {LAST} 之间", "--from")
        if not since <= until <= LAST:
            raise Refusal("settings_unusable", f"最后一天应在第一天以后，不晚于 {LAST}", "--to")
        return cls(cases, seed, since, until, replace(habits_of.read(habits), since=since))

    @property
    def digest(self) -> str:
        said = {
            "edition": EDITION, "cases": self.cases, "seed": self.seed, "from": self.since.isoformat(),
            "to": self.until.isoformat(), "habits": self.habits.canonical,
        }  # fmt: skip
        return hashlib.sha256(canonical_json(said).encode()).hexdigest()

    def secret(self, name: str) -> bytes:
        """What the keys and the ledger's id are made of: invented agencies have nothing to keep secret."""
        return hashlib.sha256(f"gongze simulation\n{self.digest}\n{name}".encode()).digest()

    def sent(self) -> Iterator[Sent]:
        """All that is sent to the ledger, in its order."""
        return traffic(Locality(str(self.seed), self.habits, self.cases), self.since, self.until)
