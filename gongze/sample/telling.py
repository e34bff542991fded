"""How the sample is told: one stream after another, scene by scene, each act a line of a case script.

A plot says what happens and when the next scene is; the clock of the day, the numbers of documents and whoever has
to record an act for a court that does not sign yet (代录) are looked after here.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.terms import Term, count
from domain.values import SHANGHAI
from events.calendars import national_calendar

PAPER_COURT = "court.dagze"
"""The court that does not sign until `SIGNS_FROM`."""
SIGNS_FROM = date(2026, 6, 1)
PARTNERS = ("discipline", "court", "procuratorate", "police")
EARLIER = ((2024, 1), (2024, 2), (2025, 1))
"""The half-years between the ledger's start and the year told."""
ENTERED = date(2025, 7, 2)
"""When what those half-years left on paper was entered."""


@dataclass(frozen=True, slots=True)
class Post:
    """A natural-resources department, and those that serve its place."""

    name: str
    prefix: str
    region: str
    seat: str
    """Whose court serves it; the park has nobody of its own but the department and the government."""

    def of(self, kind: str) -> str:
        """The agency of a kind that serves this post; of courts the basic one, which applications go to."""
        own = kind in ("nr", "government") or (self.name != "lhasa-park" and kind != "court")
        return f"{kind}.{self.name if own else self.seat}"

    def partner(self, kind: str) -> str:
        """The one that the department meets, shares and reconciles with: the city's with the city's court."""
        return "court.lhasa" if (kind, self.name) == ("court", "lhasa") else self.of(kind)

    @property
    def partners(self) -> tuple[str, ...]:
        """With the department itself, the five of the mechanism (拉萨实施意见 四（一））."""
        return tuple(self.partner(kind) for kind in PARTNERS)


POSTS = {
    post.name: post
    for post in (
        Post("lhasa", "拉", "540102", "chengguan"),
        Post("chengguan", "城", "540102", "chengguan"),
        Post("duilong", "堆", "540103", "duilong"),
        Post("dagze", "达", "540104", "dagze"),
        Post("lhasa-park", "园", "540199", "duilong"),
    )
}


def working_days(number: int, since: date) -> date:
    """The day that lies so many working days after another."""
    due = count(Term(number, "working_day"), since, national_calendar()).due_on
    assert due is not None
    return due


def open_day(day: date) -> date:
    """That day, or the next one on which offices are open."""
    return working_days(1, day - timedelta(days=1))


def paper(number: str, title: str, kind: str = "文书") -> dict[str, Any]:
    """A document that an act names; nobody has ever seen it, so its digest is made up of its number."""
    digest = hashlib.sha256(f"{number} {title}".encode()).hexdigest()
    return {"number": number, "title": title, "kind": kind, "sha256": digest, "media_type": "application/pdf",
            "bytes": 100_000 + int(digest[:4], 16)}  # fmt: skip


def _plain(value: Any) -> Any:
    """The value as a script has it: days are written out."""
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value


@dataclass
class Telling:
    """One stream being told: the day of the present scene, and the lines so far."""

    stream: str
    day: date
    lines: list[dict[str, Any]] = field(default_factory=list)
    _recorded: Counter[date] = field(default_factory=Counter)

    def act(
        self,
        kind: str,
        actor: str,
        /,
        day: date | None = None,
        recorded: date | None = None,
        behalf: dict[str, Any] | None = None,
        **data: Any,
    ) -> None:
        """One line: done on the day of the scene and recorded the same day, unless said otherwise."""
        on = day or self.day
        recorded = recorded or on
        line = {"type": kind, "case": self.stream, "actor": actor, "occurred_on": on.isoformat(),
                "received_at": self._clock(recorded).isoformat(), **_plain(behalf or {}),
                "data": {name.rstrip("_"): _plain(value) for name, value in data.items()}}  # fmt: skip
        self.lines.append(line)

    def _clock(self, day: date) -> datetime:
        """Acts of one day are recorded one after the other, eleven minutes apart, from a time that is the stream's."""
        seed = hashlib.sha256(self.stream.encode()).digest()[0]
        start = datetime.combine(day, time(9, seed % 60), SHANGHAI)
        moment = start + timedelta(minutes=11 * self._recorded[day])
        self._recorded[day] += 1
        return moment

    def for_another(
        self, kind: str, actor: str, agency: str, day: date, recorded: date, number: str, /, **data: Any
    ) -> None:
        """代录: what another did, recorded on a later day with the paper that tells it."""
        basis = {"how": "served_original", "obtained_on": recorded, "from_whom": "送达"}
        data["documents"] = [paper(number, "所依据的文书")]
        self.act(kind, actor, day, recorded, {"for": agency, "basis": basis}, **data)

    def on_paper(self, agency: str, day: date) -> bool:
        """Whether an agency does not sign yet on a day."""
        return agency == PAPER_COURT and day < SIGNS_FROM

    def after(self, days: int = 0, working: int = 0) -> None:
        """The next scene: later by calendar days, rolled on to a day on which offices are open, or by working days."""
        self.day = working_days(working, self.day) if working else open_day(self.day + timedelta(days))

    def in_working_days(self, number: int) -> date:
        return working_days(number, self.day)


@dataclass
class Story(Telling):
    """One case. `turn`: how often its plot was told before; `beside`: the cases that came of it (分案)."""

    number: int = 0
    plot: str = ""
    turn: int = 0
    post: Post = POSTS["lhasa"]
    decision: str = ""
    application: str = ""
    ruling: str = ""
    report: str = ""
    beside: list["Story"] = field(default_factory=list)

    @classmethod
    def begun(cls, number: int, post: Post, day: date) -> "Story":
        """A story of a case that bears its number from this day on."""
        return cls(f"{post.prefix}自然资执〔{day.year}〕{number}号", day, number=number, post=post)

    @property
    def size(self) -> int:
        """What areas and fines are made of, so that they differ from case to case."""
        return self.number

    def further(self, apart: int) -> int:
        """The number of a case that comes of this one: so far from its own that no other bears it."""
        return self.number + apart

    def another(self, apart: int) -> "Story":
        """A case beside this one, begun on the day of the scene."""
        return Story.begun(self.further(apart), self.post, self.day)

    def no(self, kind: str) -> str:
        """An invented document number of the department."""
        return f"{self.post.prefix}自然资{kind}〔{self.day.year}〕{self.number}号"

    def court_no(self, kind: str) -> str:
        """An invented number of the court."""
        return f"（{self.day.year}）示例{kind}{self.number}号"

    def by(self, kind_of_agency: str, kind: str, /, **data: Any) -> None:
        """An act of the agency of a kind that serves the place."""
        self.act(kind, self.post.of(kind_of_agency), **data)

    def by_court(self, kind: str, /, day: date | None = None, **data: Any) -> None:
        """An act of the court. As long as it does not sign, the department that got the paper records it two days
        later, with the paper."""
        on, court = day or self.day, self.post.of("court")
        if not self.on_paper(court, on):
            self.act(kind, court, on, **data)
            return
        came = working_days(2, on)
        number = next((data[n] for n in ("ruling_no", "review_case_no", "court_case_no") if n in data), None)
        self.for_another(kind, self.post.of("nr"), court, on, came, number or self.application, **data)

    def done(self, kind: str) -> date | None:
        """The day of the last act of a type, if there is one."""
        days = [line["occurred_on"] for line in self.lines if line["type"] == kind]
        return date.fromisoformat(days[-1]) if days else None
