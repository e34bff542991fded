"""What agencies do together, half-year by half-year: joint meetings, rounds of reconciliation, clues for discipline
inspection (拉萨实施意见 四（一）, 四（三）)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gongze.sample import discipline, meetings, reconciliation
from gongze.sample.telling import POSTS, Post, Story, Telling, open_day, working_days
from gongze.simulation.telling import Habitual, Locality

OUTCOMES = ("accepted", "accepted", "accepted", "passed_on", "not_handled", "received")
"""What becomes of a clue."""
DISTRICTS = tuple(place for place in POSTS if place != "lhasa")

Begun = tuple[date, Callable[[], Telling]]
"""A stream and the day from which it is told."""


@dataclass(frozen=True)
class Half:
    """A half-year."""

    year: int
    half: int

    @property
    def name(self) -> str:
        return f"{self.year}-{self.half}"

    @property
    def first(self) -> date:
        return date(self.year, 6 * self.half - 5, 1)

    @property
    def last(self) -> date:
        return date(self.year, 6 * self.half, 30 if self.half == 1 else 31)


def halves(since: date, until: date) -> Iterator[Half]:
    """Every half-year that has a day in the time told."""
    half = Half(since.year, 1 if since.month <= 6 else 2)
    while half.first <= until:
        yield half
        half = Half(half.year, 2) if half.half == 1 else Half(half.year + 1, 1)


def streams(
    locality: Locality, since: date, until: date, stories: Callable[[str], Sequence[Story]]
) -> Iterator[Begun]:
    """`stories` gives the cases of a place told so far that rounds of reconciliation may be about."""
    settled: dict[str, list[str]] = {place: [] for place in POSTS}
    for half in halves(since, until):
        yield from _meetings(locality, half)
        for place, post in enumerate(POSTS.values()):
            day = open_day(half.last - timedelta(days=20 - place))
            yield day, _round(locality, half, post, day, stories, settled[post.name])
    yield from _clues(locality, since, until)


def _meetings(locality: Locality, half: Half) -> Iterator[Begun]:
    habits, begin = locality.habits, locality.begin
    chance = locality.chance(f"meetings {half.name}")
    day = open_day(half.last - timedelta(days=40 + int(chance.random() * 20)))
    deferred = chance.random() < 0.3
    yield day, lambda: meetings.city(day, half.name, half.first, deferred=deferred, begin=begin)
    for place in DISTRICTS:
        if chance.random() < habits.share("mechanism", "meeting_missed"):
            continue
        late = chance.random() < habits.share("mechanism", "meeting_late")
        convened = open_day(half.last - timedelta(days=(14 if late else 40) + int(chance.random() * 12)))
        held = working_days(20 if late else 9, convened)
        yield convened, _district(locality, place, half, convened, held)
    if chance.random() < habits.share("mechanism", "major_matter"):
        raised = open_day(half.first + timedelta(days=30 + int(chance.random() * 60)))
        yield raised, lambda: meetings.major_matter(raised, f"{half.name}-临1", begin)
    if chance.random() < habits.share("mechanism", "case_named"):
        called, number = open_day(half.first + timedelta(days=90)), 1 + int(chance.random() * locality.cases)
        case = f"堆自然资执〔{half.year}〕{number}号"
        yield called, lambda: meetings.naming_a_case(called, f"{half.name}-临1", case, begin)


def _district(
    locality: Locality, place: str, half: Half, convened: date, held: date
) -> Callable[[], Telling]:
    return lambda: meetings.district(place, half.name, convened, held, locality.begin)


def _round(
    locality: Locality,
    half: Half,
    post: Post,
    day: date,
    stories: Callable[[str], Sequence[Story]],
    settled: list[str],
) -> Callable[[], Telling]:
    """`settled`: the rows that earlier rounds of the place wrote off, to which this one adds its own."""

    def tell() -> Telling:
        t = reconciliation.opened(
            post, half.name, day, half.first.isoformat(), half.last.isoformat(), begin=locality.begin
        )
        assert isinstance(t, Habitual)
        about, habits, nr = stories(post.name), locality.habits, post.of("nr")
        t.after(working=2)
        carried: list[str] = []
        if about and t.chance.random() < habits.share("mechanism", "differences"):
            carried = reconciliation.differences(
                t, post, list(about), half.year, f"{half.last.month - 1:02}-20"
            )
        open_still = [
            s for s in about if s.plot in reconciliation.GROUNDS and f"cases/{s.stream}" not in settled
        ]
        if settled and t.chance.random() < habits.share("mechanism", "reinstated"):
            t.act("RowReinstated", nr, row=settled.pop(0), reason="当事人在原址扩建，需重新处理")
        reconciliation.written_off(t, post, open_still)
        settled.extend(line["data"]["row"] for line in t.lines if line["type"] == "WriteOffAgreed")
        t.after(working=4)
        for agency in (nr, *post.partners):
            if agency == nr or t.chance.random() >= habits.share("mechanism", "unconfirmed"):
                reconciliation.confirmed(t, agency, nr)
        t.after(working=2)
        t.act("ReconciliationClosed", nr, carried=carried or None)
        return t

    return tell


def _clues(locality: Locality, since: date, until: date) -> Iterator[Begun]:
    """Spread over the time; and once a year a check of discipline inspection's own."""
    chance = locality.chance("clues")
    count = round(locality.cases * locality.habits.share("mechanism", "clues"))
    places = list(POSTS)
    for number in range(1, count + 1):
        day = open_day(since + (until - since) * number / (count + 1))
        place = places[int(chance.random() * len(places))]
        becomes = OUTCOMES[int(chance.random() * len(OUTCOMES))]
        if place == "lhasa" and becomes == "passed_on":
            becomes = "accepted"  # the city's is whom the others pass it on to
        yield day, _clue(locality, number, place, day, becomes)
    for year in range(since.year, until.year + 1):
        day = open_day(max(date(year, 4, 8), since))
        yield day, _check(locality, day, DISTRICTS[int(chance.random() * len(DISTRICTS))])


def _clue(locality: Locality, number: int, place: str, day: date, becomes: str) -> Callable[[], Telling]:
    return lambda: discipline.referral(number, place, day, becomes, locality.begin)


def _check(locality: Locality, day: date, place: str) -> Callable[[], Telling]:
    return lambda: discipline.check(day, place, locality.begin)
