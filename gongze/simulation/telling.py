"""How the simulation tells: the scenes of the sample, each act put off, left out or recorded for its agency as the
habits have it. All chance of a stream comes from the seed and the stream, so that it is told the same whatever is told
beside it.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from domain.cases import behalf as behalf_rules
from domain.values import SHANGHAI
from gongze.sample.telling import POSTS, Story, Telling, paper, working_days
from gongze.simulation.habits import Habits

ANSWERS = frozenset({"CopyAcknowledged", "CopyReturned"})
"""What follows the act before it: where that is put off, these are too."""
CLOSES = frozenset({"CaseClosed", "ReconciliationClosed"})
"""What nothing may come after."""
AFTER_HOURS = 4
"""How many hours after closing an act of the evening is recorded."""


@dataclass(frozen=True)
class Locality:
    """What all streams share."""

    seed: str
    habits: Habits
    cases: int
    """How many are told, and so the first number that none of them bears."""

    def chance(self, stream: str) -> Random:
        """Where the chance of one stream comes from. Seeded by text, `Random` is the same on every machine."""
        return Random(f"{self.seed}\n{stream}")  # noqa: S311 - reproducible on purpose

    @property
    def offset(self) -> float:
        """Where the seed enters the even spread of courses."""
        return self.chance("courses").random()

    def begin(self, stream: str, day: date) -> Telling:
        """A stream other than a case."""
        return Habitual(stream, day, locality=self, chance=self.chance(stream))


USUAL = Locality("", Habits({}), 0)


@dataclass
class Habitual(Telling):
    """A stream told by habit."""

    locality: Locality = USUAL
    chance: Random = field(default_factory=Random)
    _held_up: date = date.min
    """Until when the desk was behind with this stream: what is recorded after it is recorded no earlier."""
    _minutes: dict[date, int] = field(default_factory=dict)
    _told: Counter[str] = field(default_factory=Counter)

    @property
    def habits(self) -> Habits:
        return self.locality.habits

    def on_paper(self, agency: str, day: date) -> bool:
        return self.habits.on_paper(agency, day)

    def recorder(self, agency: str) -> str:
        """Who records what an agency on paper did: the department of its place."""
        return f"nr.{agency.partition('.')[2]}"

    def act(
        self, kind: str, actor: str, /, day: date | None = None, recorded: date | None = None,
        behalf: dict[str, Any] | None = None, **data: Any,
    ) -> None:  # fmt: skip
        on = self._done_on(kind, actor, day)
        scene = day is None and recorded is None
        if behalf is None and self.on_paper(actor, on):
            if kind in ANSWERS or kind in behalf_rules.NEVER:
                return  # nobody else signs that
            number = next((str(v) for name, v in data.items() if name.endswith("_no")), self.stream)
            behalf = {"for": actor, "basis": {"how": "served_original", "obtained_on": working_days(2, on),
                                              "from_whom": "送达"}}  # fmt: skip
            data["documents"] = [paper(number, "所依据的文书")]
            actor, recorded = self.recorder(actor), working_days(2, on)
        elif kind == "CopyAcknowledged" and self.chance.random() >= self.habits.agency(actor, "signs_for"):
            return
        elif scene and self.chance.random() < self.habits.agency(actor, "late_to_record"):
            recorded = working_days(self._some(self.habits.whole("faults", "late_most")), on)
        known = max(recorded or on, on, self._held_up)
        if scene:
            self._held_up = known
        super().act(kind, actor, on, known, behalf, **data)

    def _done_on(self, kind: str, actor: str, day: date | None) -> date:
        """When an act happens: on the day of the scene, which it may put off, or on its own."""
        share, most = self.habits.lateness(kind, actor)
        late = self._some(most) if self.chance.random() < share else 0
        if day is None:
            if late:
                self.after(working=late)
            if kind in CLOSES:  # whatever is under way comes first
                told = max(date.fromisoformat(line["received_at"][:10]) for line in self.lines)
                self.day = max(self.day, told)
            return self.day
        on = working_days(late, day) if late else day
        before = next((line for line in reversed(self.lines) if line["type"] not in ANSWERS), None)
        if kind in ANSWERS and before is not None:
            on = max(on, working_days(1, date.fromisoformat(before["occurred_on"])))
        elif self.lines and self.lines[-1]["type"] == "CopyReturned":
            on = max(on, working_days(1, date.fromisoformat(self.lines[-1]["occurred_on"])))
        return on

    def _some(self, most: int) -> int:
        """One to `most`; small ones more often."""
        return 1 + int(self.chance.random() ** 2 * most)

    def _clock(self, day: date) -> datetime:
        """One after the other from some time of the day on; now and then after hours, and then so for the rest of it."""
        habits = self.habits
        hours = habits.whole("clock", "hours")
        if day not in self._minutes:
            self._minutes[day] = int(self.chance.random() * max(hours - 2, 1) * 60)
        else:
            self._minutes[day] += habits.whole("clock", "spacing")
        if self.chance.random() < habits.share("clock", "evening"):
            self._minutes[day] = max(self._minutes[day], (hours + AFTER_HOURS) * 60)
        opens = datetime.combine(day, time(habits.whole("clock", "opens")), SHANGHAI)
        last = datetime.combine(day, time(23, 59), SHANGHAI)
        return min(opens + timedelta(minutes=self._minutes[day]), last)


@dataclass
class Case(Habitual, Story):
    """A case told by habit."""

    def recorder(self, agency: str) -> str:
        return self.post.of("nr")

    @property
    def size(self) -> int:
        return self.number % 200

    def further(self, apart: int) -> int:
        return self.number + self.locality.cases

    def another(self, apart: int) -> "Case":
        return case(self.locality, self.further(apart), self.post.name, self.day)

    def by_court(self, kind: str, /, day: date | None = None, **data: Any) -> None:
        self.act(kind, self.post.of("court"), day, **data)


def case(locality: Locality, number: int, place: str, day: date) -> Case:
    """A case that bears its number from this day on."""
    post = POSTS[place]
    stream = f"{post.prefix}自然资执〔{day.year}〕{number}号"
    chance = locality.chance(stream)
    return Case(stream, day, number=number, post=post, turn=int(chance.random() * 12), locality=locality,
                chance=chance)  # fmt: skip
