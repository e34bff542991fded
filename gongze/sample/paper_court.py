"""The court that does not sign until June 2026: what the department recorded for it, and what it says of that then.

Some of it the court confirms, one act it disputes, some it states itself; the rest stays as it is, unconfirmed. Of the
papers that it got before, it acknowledges most.
"""

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from gongze.sample.telling import PAPER_COURT, SIGNS_FROM, Story, Telling, working_days


def participation() -> Iterator[Telling]:
    """On paper from the first day of the year told; signing from June."""
    modes = ((date(2025, 6, 30), "paper", "暂以纸质文书往来"), (SIGNS_FROM, "signing", "已配发密钥"))
    for day, mode, consent in modes:
        registry = Telling("registry", day)
        registry.act("ParticipationSet", "operator", agency=PAPER_COURT, mode=mode, consent=consent,
                     from_=day)  # fmt: skip
        yield registry


def answer(stories: list[Story]) -> None:
    """The court goes through its cases in June, a few a day: of each four it confirms two, states one anew, leaves one."""
    recorded = [s for s in stories if any(line.get("for") == PAPER_COURT for line in s.lines)]
    for place, story in enumerate(recorded):
        story.day = working_days(5 + place, SIGNS_FROM)
        own = [line for line in story.lines if line.get("for") == PAPER_COURT]
        match place % 4:
            case 0 | 1:
                kinds = sorted({line["type"] for line in own})
                story.act("ActConfirmed", PAPER_COURT, of=kinds)
            case 2:
                _states(story, own[0], days=1 if place == 2 else 0)
            case _ if place == 3:
                first = own[0]
                right = date.fromisoformat(first["occurred_on"]) - timedelta(days=1)
                story.act("ActDisputed", PAPER_COURT, of=first["type"], field="occurred_on", own_value=right,
                          reason="以本院立案系统登记日期为准")  # fmt: skip


def acknowledge(stories: list[Story]) -> None:
    """What was shared with the court on paper, three of four: it came on the day after it was sent."""
    shared = [
        (story, line)
        for story in stories
        for line in story.lines
        if line["type"] == "DocumentShared" and PAPER_COURT in line["data"]["to"]
        and line["occurred_on"] < SIGNS_FROM.isoformat()
    ]  # fmt: skip
    for place, (story, line) in enumerate(shared):
        if place % 4 != 3:
            came = working_days(1, date.fromisoformat(line["occurred_on"]))
            story.act("CopyAcknowledged", PAPER_COURT, working_days(3 + place // 4, SIGNS_FROM),
                      of=line["data"]["document_no"], received_on=came)  # fmt: skip


def _states(story: Story, recorded: dict[str, Any], days: int) -> None:
    """The court's own word takes the place of what was recorded for it; once it names another day."""
    on = date.fromisoformat(recorded["occurred_on"]) - timedelta(days=days)
    data = copy.deepcopy(recorded["data"])
    del data["documents"]
    story.act(recorded["type"], PAPER_COURT, day=on, recorded=story.day, **data)
