"""Clues referred to discipline inspection, and one check of its own. Their content is sealed: only a commitment is kept."""

from collections.abc import Callable, Iterator
from datetime import date

from gongze.sample.telling import POSTS, Telling

REFERRALS = (
    # place, begun on, what becomes of it
    ("chengguan", date(2025, 9, 16), "accepted"),
    ("duilong", date(2025, 11, 12), "accepted"),
    ("dagze", date(2025, 12, 9), "passed_on"),
    ("chengguan", date(2026, 3, 18), "not_handled"),
    ("lhasa", date(2026, 5, 20), "accepted"),
    ("duilong", date(2026, 6, 24), "received"),
    ("lhasa-park", date(2026, 7, 6), "referred"),
)


def streams() -> Iterator[Telling]:
    for number, (place, day, becomes) in enumerate(REFERRALS, 1):
        yield referral(number, place, day, becomes)
    yield check(date(2026, 4, 8), "duilong")


def referral(
    number: int, place: str, day: date, becomes: str, begin: Callable[[str, date], Telling] = Telling
) -> Telling:
    post, t = POSTS[place], begin(f"discipline/{day.year}-{number}", day)
    no, desk = f"{post.prefix}自然资纪移〔{day.year}〕{number}号", post.of("discipline")
    t.act("DisciplineClueReferred", post.of("nr"), referral_no=no, to=desk,
          subjects=f"示例镇工作人员（第{number}件）",
          content="接到违法用地报告后长期未采取措施", related=f"第{number}件所涉案件")  # fmt: skip
    if becomes == "referred":
        return t
    t.after(working=3)
    t.act("DisciplineClueReceived", desk, referral_no=no)
    if becomes == "received":
        return t
    t.after(working=15)
    if becomes == "passed_on":
        t.act("DisciplineClueHandled", desk, referral_no=no, disposition="passed_on", to="discipline.lhasa")
        t.after(working=4)
        t.act("DisciplineClueReceived", "discipline.lhasa", referral_no=no)
        return t
    t.act("DisciplineClueHandled", desk, referral_no=no, disposition=becomes, reasons="经初步核实")
    if becomes == "accepted":
        t.after(days=45)
        t.act("AccountabilityReported", desk, referral_no=no, outcome="对一名责任人给予诫勉")
    return t


def check(day: date, place: str, begin: Callable[[str, date], Telling] = Telling) -> Telling:
    t = begin(f"discipline/{day.year}-检查1", day)
    checked = [f"government.{place}", f"nr.{place}"]
    t.act("DisciplineCheckOpened", "discipline.lhasa", scope="准予执行裁定组织实施情况", agencies=checked)
    t.after(days=40)
    t.act("DisciplineCheckConcluded", "discipline.lhasa", findings="三件裁定逾三个月未组织实施",
          agencies=checked)  # fmt: skip
    return t
