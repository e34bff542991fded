"""The sample: a year of an invented locality, July 2025 to July 2026, as lines of a case script.

Some 150 cases on varied plots, with the meetings, referrals and rounds of reconciliation around them; deterministic,
every party and number invented. A plot is a short function that tells one case, scene by scene; what goes late or
wrong goes so on purpose. Reading order: `telling`, `penalty`, `enforcement`, then any other.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date
from itertools import cycle
from typing import Any

from gongze.sample import (
    backlog,
    crime,
    discipline,
    enforcement,
    execution,
    meetings,
    paper_court,
    penalty,
    reconciliation,
    records,
    supervision,
)
from gongze.sample.telling import PAPER_COURT, POSTS, Story, open_day

AS_OF = date(2026, 7, 10)
"""The day that the demonstration's board shows; nothing in the sample happens later."""
BEGINS = date(2025, 7, 1)

Plot = Callable[[Story], None]
TURN = ("chengguan", "duilong", "dagze", "lhasa", "chengguan", "duilong", "lhasa-park", "dagze")
"""Whose turn it is to find the next violation."""
TURN_AT_COURT = (
    "chengguan",
    "dagze",
    "duilong",
    "lhasa",
    "dagze",
    "lhasa-park",
    "chengguan",
    "duilong",
    "dagze",
)
"""And of those that go to court the usual way: often the place whose court does not sign yet."""


def script() -> list[str]:
    """All lines of the sample in the order in which they were recorded."""
    told = sorted(_lines(), key=lambda line: line["received_at"])
    known = [line for line in told if line["received_at"][:10] <= AS_OF.isoformat()]
    return [json.dumps(line, ensure_ascii=False) for line in known]


def _lines() -> Iterator[dict[str, Any]]:
    cases = [*backlog.stories(), *year()]
    cases += [beside for story in cases for beside in story.beside]
    paper_court.answer(cases)
    paper_court.acknowledge(cases)
    others = (paper_court.participation(), meetings.streams(), discipline.streams(),
              reconciliation.streams(cases))  # fmt: skip
    for telling in (*cases, *(t for streams in others for t in streams)):
        yield from telling.lines


def year() -> Iterator[Story]:
    """The cases found from July 2025 on, one after the other, each plot spread evenly over the year."""
    every: list[tuple[float, str, int, Plot]] = []
    for plots in (penalty, enforcement, execution, supervision, crime, records):
        span = 1 if plots is penalty else 0.6  # the other plots take months to come to their point
        for plot, times in plots.PLOTS.items():
            every += [(span * (turn + 0.25) / times, plot.__name__, turn, plot) for turn in range(times)]
    apart = (AS_OF - BEGINS) / len(every)
    usual, at_court = cycle(TURN), cycle(TURN_AT_COURT)
    for number, (_, name, turn, plot) in enumerate(sorted(every, key=lambda one: one[:3]), 1):
        day = open_day(BEGINS + apart * number)
        place = next(at_court if plot in enforcement.PLOTS else usual)
        if plot in execution.PLOTS and POSTS[place].of("court") == PAPER_COURT:
            place = "duilong"  # who does not sign yet asks nobody for help through the ledger
        story = Story.begun(number, POSTS[place], day)
        story.plot, story.turn = name, turn
        plot(story)
        yield story
