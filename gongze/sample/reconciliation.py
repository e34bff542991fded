"""核账销账 (拉萨实施意见 四（三）): a round over the old cases, and one for each half-year and region.

The last rounds are not over yet: the city's goes on in July, and the park has not begun one.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from gongze.sample.telling import (
    EARLIER,
    ENTERED,
    POSTS,
    Post,
    Story,
    Telling,
    open_day,
    working_days,
)

GROUNDS = {
    "penalised_only": "cannot_be_executed", "applied_for": "cannot_be_executed", "refused_before": "ended_lawfully",
    "joined": "merged",
}  # fmt: skip
"""Why a case that will never be performed is written off, by the plot that tells it."""


def streams(stories: list[Story]) -> Iterator[Telling]:
    for post in POSTS.values():
        for year, half in EARLIER:
            yield _earlier(post, year, half)
    yield _old_cases()
    for place, post in enumerate(POSTS.values()):
        mine = [s for s in stories if s.post == post and s.plot in GROUNDS]
        yield _second_half(post, mine, open_day(date(2025, 12, 8) + timedelta(days=place)))
        if post.name != "lhasa-park":
            yield _first_half(post, mine, open_day(date(2026, 6, 15) + timedelta(days=place)))


def opened(post: Post, name: str, day: date, since: str, until: str, recorded: date | None = None,
           begin: Callable[[str, date], Telling] = Telling) -> Telling:  # fmt: skip
    t = begin(f"reconciliation/{post.prefix}{name}", day)
    t.act("ReconciliationOpened", post.of("nr"), recorded=recorded, agencies=[post.of("nr"), *post.partners],
          from_=since, to=until)  # fmt: skip
    return t


def confirmed(t: Telling, agency: str, nr: str, recorded: date | None = None) -> None:
    """The agency has checked its sheet; the digest is that of a sheet that nobody kept."""
    digest = hashlib.sha256(f"{t.stream} {agency}".encode()).hexdigest()
    if t.on_paper(agency, recorded or t.day):
        t.for_another("AccountConfirmed", nr, agency, t.day, recorded or working_days(1, t.day),
                      "对账单（盖章）",
                      agency=agency, digest=digest)  # fmt: skip
    else:
        t.act("AccountConfirmed", agency, recorded=recorded, agency=agency, digest=digest)


def _earlier(post: Post, year: int, half: int) -> Telling:
    """As entered from paper: each of the five had checked its account, and there was nothing to settle."""
    since, until = (f"{year}-01-01", f"{year}-06-30") if half == 1 else (f"{year}-07-01", f"{year}-12-31")
    t = opened(post, f"{year}-{half}", open_day(date(year, 6 * half, 16)), since, until, ENTERED)
    for agency in (post.of("nr"), *post.partners):
        confirmed(t, agency, post.of("nr"), ENTERED)
    t.act("ReconciliationClosed", post.of("nr"), recorded=working_days(1, ENTERED))
    return t


def _old_cases() -> Telling:
    """期初核账: the old cases as they were entered."""
    post = POSTS["duilong"]
    t = opened(post, "2025-期初", date(2025, 7, 21), "2019-01-01", "2025-06-30")
    row = "cases/堆自然资执〔2020〕1号"
    t.after(working=3)
    t.act("DifferenceRaised", post.of("procuratorate"), what="旧台账第1行未写执行结果", row=row)
    t.after(working=3)
    t.act("DifferenceResolved", post.of("nr"), of=row, how="查明尚未执行，按未执行结转")
    t.after(working=1)
    t.act("DifferenceAgreed", post.of("procuratorate"), of=row)
    t.after(working=2)
    for agency in (post.of("nr"), *post.partners):
        confirmed(t, agency, post.of("nr"))
    t.act("ReconciliationClosed", post.of("nr"))
    return t


def _second_half(post: Post, stories: list[Story], day: date) -> Telling:
    """July to December 2025: differences, write-offs, confirmations; Duilong's discipline inspection did not confirm."""
    t, nr = opened(post, "2025-2", day, "2025-07-01", "2025-12-31"), post.of("nr")
    t.after(working=2)
    carried = differences(t, post, stories) if post.name in ("lhasa", "chengguan") else []
    written_off(t, post, [s for s in stories if (s.number + 1) % 3])
    t.after(working=4)
    for agency in (nr, *post.partners):
        if agency != "discipline.duilong":
            confirmed(t, agency, nr)
    t.after(working=2)
    t.act("ReconciliationClosed", nr, carried=carried or None)
    return t


def differences(
    t: Telling, post: Post, stories: list[Story], year: int = 2025, day: str = "11-20"
) -> list[str]:
    """Two are resolved and agreed; one is left to the joint meeting: its number is given back."""
    nr, procuratorate, court = post.of("nr"), post.of("procuratorate"), post.partner("court")
    missing, left = f"{post.prefix}自然资申〔{year}〕901号", f"{post.prefix}自然资涉刑移〔{year}〕902号"
    row = f"cases/{stories[0].stream}"
    t.act("DifferenceRaised", procuratorate, what="本院登记簿有此申请的抄送件，台账未见",
          expected={"number": missing, "date": f"{year}-{day}", "from": nr})  # fmt: skip
    t.act("DifferenceRaised", court, what="当事人名称与卷宗不一致", row=row)
    t.act("DifferenceRaised", post.of("police"), what="收到过此移送书，台账未见",
          expected={"number": left, "date": f"{year}-{day}", "from": nr})  # fmt: skip
    t.after(working=2)
    t.act("DifferenceResolved", nr, of=missing, how="文号误写，实为另案材料，已向检察院说明")
    t.act("DifferenceResolved", nr, of=row, how="卷宗为曾用名，已附说明")
    t.act("DifferenceResolved", nr, of=left, how="本局无此文号，请公安机关提供复印件")
    t.after(working=1)
    t.act("DifferenceAgreed", procuratorate, of=missing)
    t.act("DifferenceAgreed", court, of=row)
    return [left]


def written_off(t: Telling, post: Post, stories: list[Story]) -> None:
    """Proposed by the department, answered by the one above it; every fourth is not agreed to."""
    above = "nr.xizang" if post.name == "lhasa" else "nr.lhasa"
    answered = t.in_working_days(2)
    for place, story in enumerate(stories):
        row = f"cases/{story.stream}"
        t.act("WriteOffProposed", post.of("nr"), row=row, ground=GROUNDS[story.plot],
              reason="期限已过，改由政府督促整改")  # fmt: skip
        if place % 4 == 2:
            t.act("WriteOffRejected", above, answered, row=row, reason="督促整改未见结果")
        else:
            t.act("WriteOffAgreed", above, answered, row=row)


def _first_half(post: Post, stories: list[Story], day: date) -> Telling:
    """January to June 2026. Chengguan puts a case back on the books, and writes off a paper; the city's goes on."""
    t, nr = opened(post, "2026-1", day, "2026-01-01", "2026-06-30"), post.of("nr")
    t.after(working=2)
    written_off(t, post, [s for s in stories if (s.number + 1) % 3 == 0])
    if post.name == "chengguan":
        back = next(s for s in stories if (s.number + 1) % 3)
        t.act("RowReinstated", nr, row=f"cases/{back.stream}", reason="当事人在原址扩建，需重新处理")
        item = "papers/meeting_items/meeting/城2025-2#1"
        t.act("WriteOffProposed", nr, row=item, ground="completed", to=post.of("procuratorate"),
              reason="已逐月核对")  # fmt: skip
        t.act("WriteOffAgreed", post.of("procuratorate"), t.in_working_days(1), row=item)
    if post.name == "lhasa":
        return _going_on(t, post)
    t.after(working=3)
    for agency in (nr, *post.partners):
        confirmed(t, agency, nr)
    t.after(working=2)
    t.act("ReconciliationClosed", nr)
    return t


def _going_on(t: Telling, post: Post) -> Telling:
    """Two have confirmed in June, one in July; a difference waits for an answer, another for a word that it will do."""
    nr, court = post.of("nr"), post.partner("court")
    for agency in (nr, "procuratorate.lhasa"):
        confirmed(t, agency, nr)
    t.act("DifferenceRaised", "police.lhasa", what="台账未见此移送案件的结果告知",
          expected={"number": "（2026）示例公刑立903号", "date": "2026-06-11", "from": nr})  # fmt: skip
    t.act("DifferenceRaised", nr, what="裁定送达日期与本局收文登记不一致", to=court,
          expected={"number": "（2026）示例行审裁904号", "date": "2026-05-20", "from": court})  # fmt: skip
    t.day = date(2026, 7, 6)
    t.act("DifferenceResolved", court, of="（2026）示例行审裁904号", how="以送达回证为准，已请承办人更正")
    confirmed(t, court, nr)
    return t
