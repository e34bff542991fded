"""All that is sent to the ledger, in the order in which it comes: every stream told, laid side by side, with what goes
wrong on the way. Only the streams under way are held, so that any number of cases can be told."""

import copy
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from operator import itemgetter
from random import Random
from typing import Any

from domain.acts import EVENTS
from domain.values import SHANGHAI
from gongze.locality import KINDS
from gongze.sample import backlog
from gongze.sample.reconciliation import GROUNDS
from gongze.sample.telling import POSTS, Story, Telling, open_day, working_days
from gongze.simulation import rounds
from gongze.simulation.courses import BY_COURT, COURSES, STAGES
from gongze.simulation.habits import Habits
from gongze.simulation.telling import ANSWERS, Case, Locality, case

ENTERING = timedelta(days=20)
"""In so many days the old cases are entered."""
LISTED = 12
"""How many cases of a place a round of reconciliation is about at most."""
REPLIES = ANSWERS | {"CrimeReferralReceived", "AssistanceConfirmed", "TransferAccepted"}
"""What makes no sense before the act that it answers."""
GOLDEN = 0.6180339887498949
"""Steps of this share never fall twice near one another: of any number of cases so many go each way as its weight says,
which chance alone gives only thousands."""
MIDNIGHT = time(0, tzinfo=SHANGHAI)

Line = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Sent:
    """One line on its way. `fault`: why it is to be refused; `again`: it comes once more."""

    at: datetime
    place: tuple[int, int]
    line: Line = field(compare=False)
    fault: str | None = field(default=None, compare=False)
    again: bool = field(default=False, compare=False)
    behind: timedelta = field(default=timedelta(), compare=False)
    """How far back the clock stands at that moment."""


def traffic(locality: Locality, since: date, until: date) -> Iterator[Sent]:
    """Everything from the first day to the end of the last."""
    end = datetime.combine(until + timedelta(days=1), MIDNIGHT)
    waiting: list[Sent] = []
    for number, (day, lines) in enumerate(_told(locality, since, until)):
        begin = datetime.combine(day, MIDNIGHT)
        while waiting and waiting[0].at < begin:
            yield heapq.heappop(waiting)
        chance = locality.chance(f"faults {number}")
        for sent in _on_the_way(lines, number, locality.habits, chance):
            if sent.at < end:
                heapq.heappush(waiting, sent)
    while waiting:
        yield heapq.heappop(waiting)


def _told(locality: Locality, since: date, until: date) -> Iterator[tuple[date, list[Line]]]:
    """The lines of each stream with the day that it begins on, in the order of these days."""
    listed: dict[str, deque[Story]] = defaultdict(lambda: deque(maxlen=LISTED))

    def stories(place: str) -> Sequence[Story]:
        return tuple(listed[place])

    beginnings = heapq.merge(
        _participation(locality.habits, since),
        _old_cases(locality, since, until),
        _new_cases(locality, since, until),
        *([one] for one in rounds.streams(locality, since, until, stories)),
        key=itemgetter(0),
    )
    for day, tell in beginnings:
        told = tell()
        if isinstance(told, Case) and (told.plot in GROUNDS or told.number % 10 == 1):
            listed[told.post.name].append(told)
        beside = told.beside if isinstance(told, Case) else []
        yield day, [line for one in (told, *beside) for line in one.lines]


# --- the streams ---------------------------------------------------------------------------------------------


def _participation(habits: Habits, since: date) -> Iterator[rounds.Begun]:
    """The agencies on paper: set so before anything happens, and from some day on signing."""
    agencies = [f"{kind}.{post}" for post in POSTS for kind in KINDS]
    for agency in agencies:
        if habits.on_paper(agency, since):
            yield since, _mode(agency, "paper", since)
    for signs, agency in sorted((s, a) for a in agencies if (s := habits.signs_from(a)) and s > since):
        yield signs, _mode(agency, "signing", signs)


def _mode(agency: str, mode: str, day: date) -> Callable[[], Telling]:
    def tell() -> Telling:
        registry = Telling("registry", day)
        registry.act("ParticipationSet", "operator", agency=agency, mode=mode, from_=day,
                     consent="暂以纸质文书往来" if mode == "paper" else "已配发密钥")  # fmt: skip
        registry.lines[0]["received_at"] = datetime.combine(day, MIDNIGHT).isoformat()
        return registry

    return tell


def _old(locality: Locality) -> int:
    return round(locality.cases * locality.habits.share("backlog", "share"))


def _old_cases(locality: Locality, since: date, until: date) -> Iterator[rounds.Begun]:
    old = _old(locality)
    span = min(ENTERING, until - since)
    for number in range(1, old + 1):
        day = open_day(since + span * (number - 1) / old)
        yield day, _old_case(locality, number, day)


def _old_case(locality: Locality, number: int, day: date) -> Callable[[], Telling]:
    def tell() -> Telling:
        chance = locality.chance(f"old {number}")
        place, year = locality.habits.pick("places", chance.random()), day.year - 3 - number % 4
        stage = STAGES[int(chance.random() * len(STAGES))]
        s = case(locality, number, place, day)
        s.stream, s.plot = f"{s.post.prefix}自然资执〔{year}〕{number}号", stage.__name__
        backlog.told(s, stage, year)
        return s

    return tell


def _new_cases(locality: Locality, since: date, until: date) -> Iterator[rounds.Begun]:
    """Found one after the other over the whole time."""
    old = _old(locality)
    new = locality.cases - old
    for turn in range(new):
        day = open_day(since + (until - since) * (turn + 0.5) / new)
        yield day, _new_case(locality, old + turn + 1, day)


def _new_case(locality: Locality, number: int, day: date) -> Callable[[], Telling]:
    def tell() -> Telling:
        habits, chance = locality.habits, locality.chance(f"case {number}")
        plot = habits.pick("courses", (locality.offset + number * GOLDEN) % 1)
        place = habits.pick("places", chance.random())
        if plot in BY_COURT:  # who does not sign yet asks nobody for help through the ledger
            signing = [p for p in POSTS if not habits.on_paper(POSTS[p].of("court"), day)]
            if signing and place not in signing:
                place = signing[int(chance.random() * len(signing))]
        s = case(locality, number, place, day)
        s.plot = plot
        COURSES[plot](s)
        for one in (s, *s.beside):
            assert isinstance(one, Case)
            _answered(one)
        return s

    return tell


def _answered(s: Case) -> None:
    """What an agency that signs now says of what was recorded for it: it confirms, states anew, disputes, or is silent."""
    habits = s.habits
    for agency in sorted({line["for"] for line in s.lines if "for" in line}):
        signs = habits.signs_from(agency)
        if signs is None:
            continue
        own = [line for line in s.lines if line.get("for") == agency]
        often = Counter(line["type"] for line in own)
        own = [line for line in own if often[line["type"]] == 1]  # else the type does not say which is meant
        if not own:
            continue
        last = max(date.fromisoformat(line["received_at"][:10]) for line in own)
        day = working_days(2 + int(s.chance.random() * 30), max(signs, last))
        drawn = s.chance.random() - habits.share("paper", "confirmed")
        if drawn < 0:
            kinds = sorted({line["type"] for line in own})
            Telling.act(s, "ActConfirmed", agency, day, of=kinds)
        elif (drawn := drawn - habits.share("paper", "stated_anew")) < 0:
            data = {name: value for name, value in own[0]["data"].items() if name != "documents"}
            on = date.fromisoformat(own[0]["occurred_on"])
            Telling.act(s, own[0]["type"], agency, on, day, **data)
        elif drawn - habits.share("paper", "disputed") < 0:
            own_value = date.fromisoformat(own[0]["occurred_on"]) - timedelta(days=1)
            Telling.act(s, "ActDisputed", agency, day, of=own[0]["type"], field="occurred_on", own_value=own_value,
                        reason="以本机关登记的日期为准")  # fmt: skip


# --- on the way ----------------------------------------------------------------------------------------------


def _on_the_way(lines: list[Line], stream: int, habits: Habits, chance: Random) -> Iterator[Sent]:
    """Each line once, at its time; and what habit makes of it."""
    told = sorted(lines, key=lambda line: line["received_at"])
    numbers = count()
    before: datetime | None = None
    for line in told:
        at = datetime.fromisoformat(line["received_at"])
        mistaken, early, again, back = (chance.random() < habits.share("faults", name)
                                        for name in ("mistaken", "wrong_order", "resent", "clock_back"))  # fmt: skip
        if early and line["type"] in REPLIES and before is not None and before.date() == at.date():
            yield Sent(before - timedelta(minutes=2), (stream, next(numbers)), line, "wrong_order")
        if mistaken and "for" not in line and line["actor"] != "operator":
            wrong = _mistaken(line, at.date(), chance)
            yield Sent(at - timedelta(minutes=2), (stream, next(numbers)), wrong, "mistaken")
        back = back and line["actor"] != "operator"  # which acts on the stroke of midnight
        behind = timedelta(minutes=1 + int(chance.random() * 9)) if back else timedelta()
        yield Sent(at, (stream, next(numbers)), line, again=again, behind=behind)
        before = at


def _mistaken(line: Line, day: date, chance: Random) -> Line:
    """The line with a slip that must be refused: another kind of agency's, or a day that is yet to come."""
    wrong = copy.deepcopy(line)
    kinds = [kind for kind in KINDS if kind not in EVENTS[line["type"]].by]
    if kinds and chance.random() < 0.5:
        wrong["actor"] = f"{kinds[int(chance.random() * len(kinds))]}.lhasa"
    else:
        wrong["occurred_on"] = (day + timedelta(days=1)).isoformat()
    return wrong
