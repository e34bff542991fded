"""The joint meetings (联席会议) of the city and its districts, half-year by half-year (拉萨实施意见 四（一）).

Those before the year told stand in the ledger with their minutes alone, entered from paper in July 2025.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from gongze.sample.telling import EARLIER, ENTERED, POSTS, Post, Telling, open_day, working_days

Begin = Callable[[str, date], Telling]
"""What begins a stream on a day."""


def streams() -> Iterator[Telling]:
    for name in POSTS:
        for year, half in EARLIER:
            yield _earlier(POSTS[name], year, half)
    yield city(date(2025, 11, 27), "2025-2", date(2025, 7, 1), deferred=True)
    yield city(date(2026, 5, 28), "2026-1", date(2025, 7, 1))
    yield district("chengguan", "2025-2", date(2025, 12, 4), date(2025, 12, 16))
    yield district("duilong", "2025-2", date(2025, 12, 24), date(2026, 1, 14))  # after the half-year's end
    yield district("dagze", "2025-2", date(2025, 11, 6), date(2025, 11, 20))
    yield district("lhasa-park", "2025-2", date(2025, 12, 10), date(2025, 12, 24))
    yield district("chengguan", "2026-1", date(2026, 6, 4), date(2026, 6, 17))
    yield district("duilong", "2026-1", date(2026, 6, 10), date(2026, 6, 25))
    yield district("dagze", "2026-1", date(2026, 6, 24), date(2026, 7,
                    8))  # late again; the park has held none  # fmt: skip
    yield major_matter(date(2026, 3, 23), "2026-临1")
    yield naming_a_case(date(2026, 4, 14), "2026-临1", "堆自然资执〔2025〕31号")


def _earlier(post: Post, year: int, half: int) -> Telling:
    """That it was held, and no more: who came stands in the paper minutes."""
    held = open_day(date(year, 6 * half, 12))
    t = Telling(f"meeting/{post.prefix}{year}-{half}", held)
    nr = post.of("nr")
    t.act("MeetingConvened", nr, recorded=ENTERED, kind="regular", on=held, attendees=[nr], agenda=AGENDA[:1])
    t.act("MeetingHeld", nr, recorded=ENTERED, attended=[nr])
    t.act("MinutesDrafted", nr, recorded=ENTERED, note="纪要见纸质档案")
    return t


AGENDA: list[dict[str, Any]] = [
    {"class": "通报", "text": "上一阶段强制执行案件和三次抄送情况"},
    {"class": "重大", "text": "耕地保护专项执法行动安排"},
    {"class": "会商", "text": "裁执分离案件的组织实施衔接"},
]


def city(day: date, name: str, since: date, *, deferred: bool = False, begin: Begin = Telling) -> Telling:
    """Convened, a report circulated and commented on, held, minutes drafted and endorsed, items reported and closed."""
    post = POSTS["lhasa"]
    t, nr = begin(f"meeting/拉{name}", day), post.of("nr")
    invited = [*post.partners, "government.lhasa"]
    planned = t.in_working_days(12)
    t.act("MeetingConvened", nr, kind="regular", agenda=AGENDA, attendees=invited, on=planned)
    t.act("ReportCirculated", nr, report_no=f"拉自然资联报〔{name}〕", from_=since, to=day)
    for place, agency in enumerate(invited):
        if place != 3:
            t.act("AttendeesNamed", agency, day=t.in_working_days(2 + place), attendees=["示例分管负责人",
            "示例联络员"])  # fmt: skip
    t.after(working=6)
    t.act("ReportCommented", "procuratorate.lhasa", what="补充抄送逾期的原因分析")
    t.act("ReportAdopted", nr, day=t.in_working_days(2))
    if deferred:
        t.after(working=3)
        planned = working_days(4, planned)
        t.act("MeetingDeferred", nr, reason="与市政府常务会议冲突", new_on=planned)
    t.day = planned
    t.act("MeetingHeld", nr, attended=invited[:3] + invited[4:] if deferred else invited,
          absent=invited[3:4] if deferred else [])  # fmt: skip
    t.after(working=3)
    items = [
        _item("1", "清理存量未执行裁定，按月报送进展", "government.lhasa", t.in_working_days(40)),
        _item("2", "明确协助执行的联系人和到场时限", "police.lhasa", t.in_working_days(15)),
        _item("3", "统一申请材料清单", "court.lhasa", t.in_working_days(10)),
        _item("4", "编制移送问题线索的工作指引", nr),
    ]
    t.act("MinutesDrafted", nr, minutes_no=f"拉自然资联纪〔{name}〕", items=items)
    t.after(working=2)
    t.act("MinutesObjected", "court.lhasa", what="第三项期限过短")
    items[2] |= {"due_on": t.in_working_days(25)}
    t.after(working=2)
    t.act("MinutesDrafted", nr, minutes_no=f"拉自然资联纪〔{name}〕", items=items)
    for place, agency in enumerate(invited):
        t.act("MinutesEndorsed", agency, day=t.in_working_days(1 + place))
    t.after(working=12)
    t.act("ItemReported", "police.lhasa", item_no="2", what="已明确联系人名单")
    t.act("ItemClosed", nr, day=t.in_working_days(2), item_no="2")
    t.after(working=14)
    t.act("ItemReported", "court.lhasa", item_no="3", what="材料清单已印发")
    t.after(days=60)
    t.act("ItemReported", "government.lhasa", item_no="1", what="存量裁定已清理过半")
    t.act("ItemClosed", nr, day=t.in_working_days(3), item_no="3")
    return t


def _item(no: str, text: str, holder: str, due_on: date | None = None) -> dict[str, Any]:
    return {"item_no": no, "text": text, "holder": holder, "due_on": due_on}


def district(place: str, name: str, convened: date, held: date, begin: Begin = Telling) -> Telling:
    post = POSTS[place]
    t, nr, invited = begin(f"meeting/{post.prefix}{name}", convened), post.of("nr"), list(post.partners)
    t.act("MeetingConvened", nr, kind="regular", agenda=AGENDA[::2], attendees=invited, on=held)
    t.day = held
    paper_court = t.on_paper(post.of("court"), held)
    t.act("MeetingHeld", nr, attended=invited[:1] + invited[2:] if paper_court else invited,
          absent=invited[1:2] if paper_court else [])  # fmt: skip
    t.after(working=4)
    t.act("MinutesDrafted", nr, items=[
        _item("1", "每月核对抄送签收情况", post.of("procuratorate"), t.in_working_days(30)),
        _item("2", "梳理未组织实施的裁定", nr, t.in_working_days(20))])  # fmt: skip
    t.after(working=2)
    for agency in invited:
        if agency != post.of("court") or not paper_court:
            t.act("MinutesEndorsed", agency)
    t.after(working=16)
    t.act("ItemReported", nr, item_no="2", what="已梳理并抄送政府")
    t.act("ItemClosed", nr, item_no="2")
    return t


def major_matter(day: date, name: str, begin: Begin = Telling) -> Telling:
    """A matter that cannot wait for the regular meeting (重大事项随时召开). It is done in five weeks."""
    post, done = POSTS["lhasa"], open_day(day + timedelta(days=36))
    t, nr = begin(f"meeting/拉{name}", day), post.of("nr")
    t.act("MajorMatterRaised", nr, what="全市耕地保护专项执法行动")
    t.after(working=2)
    held = t.in_working_days(3)
    t.act("MeetingConvened", nr, kind="ad_hoc", agenda=AGENDA[1:2], attendees=list(post.partners), on=held)
    t.day = held
    t.act("MeetingHeld", nr, attended=list(post.partners))
    t.after(working=2)
    t.act("MinutesDrafted", nr, items=[{"item_no": "1", "text": "五周内完成摸底", "holder": nr,
          "due_on": done + timedelta(days=2)}])  # fmt: skip
    t.after(working=1)
    for agency in post.partners:
        t.act("MinutesEndorsed", agency)
    t.day = done
    t.act("ItemReported", nr, item_no="1", what="摸底完成")
    t.act("ItemClosed", nr, item_no="1")
    return t


def naming_a_case(day: date, name: str, case: str, begin: Begin = Telling) -> Telling:
    """Irregular: an ad hoc meeting is not about a single case. It was cancelled."""
    post = POSTS["duilong"]
    t, nr = begin(f"meeting/堆{name}", day), post.of("nr")
    t.act("MeetingConvened", nr, kind="ad_hoc", attendees=list(post.partners), on=t.in_working_days(5),
          agenda=[{"class": "重大", "text": f"研究{case}案件的执行"}])  # fmt: skip
    t.after(working=1)
    t.act("MeetingCancelled", nr, reason="临时会议不针对具体案件，另行会商")
    return t
