"""Cases that change hands, and records put right: 移交、分案、并案、更正、撤销误录、恢复办理."""

from datetime import timedelta

from gongze.sample.enforcement import accepted, applied, by_government, granted, to_court, unchallenged
from gongze.sample.penalty import found, ordered, penalised, removed
from gongze.sample.telling import POSTS, Post, Story


def given_to_a_district(s: Story) -> None:
    """From one department to another, which takes the case under a number of its own and finishes it."""
    to = handed_to_another(s)
    s.act("TransferAccepted", to.of("nr"))
    s.post = to
    penalised(s)
    s.after(days=20)
    s.by("nr", "Performed", decision_no=s.decision)
    s.after(working=2)
    removed(s, "当事人自行履行完毕")


def given_back(s: Story) -> None:
    """The other department measures anew, and returns the case."""
    to = handed_to_another(s)
    s.act("TransferReturned", to.of("nr"), why="territory", reason="经测绘，地块仍在移送单位辖区")
    penalised(s)


def handed_to_another(s: Story) -> Post:
    found(s)
    to = POSTS["duilong" if s.post.name != "duilong" else "chengguan"]
    s.after(working=6)
    new = f"{to.prefix}自然资执〔{s.day.year}〕{s.further(500)}号"
    s.by("nr", "CaseTransferred", to=to.of("nr"), why="territory", new_case_no=new, reason="地块位于对方辖区")
    s.after(working=4)
    return to


def split(s: Story) -> None:
    """Two violations in one case: the second goes on in a case of its own."""
    found(s)
    s.after(working=8)
    other = s.another(600)
    s.by("nr", "CaseSplit", cases=[other.stream], reason="两处违法建设当事人不同")
    found(other)
    penalised(other)
    s.beside.append(other)
    penalised(s)
    s.after(days=25)
    s.by("nr", "Performed", decision_no=s.decision)
    s.after(working=2)
    removed(s, "当事人自行履行完毕")


def joined(s: Story) -> None:
    """Filed twice for one plot: this case ends in the other."""
    found(s)
    s.after(working=5)
    other = s.another(600)
    found(other)
    s.after(working=6)
    s.by("nr", "CasesJoined", cases=[other.stream], reason="同一地块重复立案", into=other.stream)
    other.day = s.day
    penalised(other)
    s.beside.append(other)


def corrected(s: Story) -> None:
    """A slip in the date of applying, put right the next day."""
    unchallenged(s)
    applied(s)
    s.by("nr", "StatementCorrected", day=s.in_working_days(1), of=s.application,
         reason="申请日期误填，以法院收件日为准",
         data={"occurred_on": s.day - timedelta(days=1)})  # fmt: skip
    accepted(s)
    granted(s)
    by_government(s)


def recorded_in_the_wrong_case(s: Story) -> None:
    """A payment of somebody else's fine: voided when it is noticed."""
    found(s)
    penalised(s, ordered(260), {"kind": "fine", "amount_yuan": "9000.00"})
    s.after(days=10)
    s.by("nr", "FinePaid", decision_no=s.decision, items=["2"], amount_yuan="9000.00")
    s.after(working=2)
    right = f"{s.post.prefix}自然资执〔{s.day.year}〕{s.number + 1}号"
    s.by("nr", "StatementVoided", of="FinePaid", reason="wrong_case", right_case=right)


def reopened(s: Story) -> None:
    """Closed, and built again."""
    to_court(s)
    by_government(s)
    s.after(days=20)
    s.by("nr", "CaseReopened", reason="复查发现原址重新搭建")
    s.by("nr", "NoticeIssued", notice="demolish_by_deadline", notice_no=s.no("拆"),
         comply_by=s.in_working_days(10))  # fmt: skip
    s.after(working=12)
    s.by("nr", "NoticeIneffective", notice_no=s.no("拆"), what="逾期未拆除")


def urged(s: Story) -> None:
    """Calls and reminders between the desks, and an instruction from above."""
    unchallenged(s)
    applied(s)
    s.after(working=7)
    s.by("nr", "ContactLogged", to=s.post.of("court"), what="询问受理进度", means="电话")
    s.after(working=2)
    s.by("nr", "Reminded", to=s.post.of("court"), what="请尽快审查受理")
    accepted(s, working=1)
    granted(s)
    s.after(working=15)
    s.by("nr", "Reminded", to=s.post.of("government"), what="请尽快组织实施")
    s.act("InstructionGiven", "government.lhasa", to=s.post.of("government"), what="限期组织拆除",
          by="分管副市长")  # fmt: skip


PLOTS = {
    given_to_a_district: 2, given_back: 1, split: 1, joined: 1, corrected: 2, recorded_in_the_wrong_case: 1, reopened: 1, urged: 1,
}  # fmt: skip
