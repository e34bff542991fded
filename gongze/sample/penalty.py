"""From the finding to the penalty, and what the party may do about it: the steps, then the plots that end here."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from gongze.sample.telling import PARTNERS, Story

WORDS = "甲乙丙丁戊己庚辛壬癸"
KINDS = {
    "unapproved_land_use": "未批先占建设仓库", "building_on_temporary_land": "临时用地上建永久厂房",
    "farmland_kiln_grave_house_or_dig": "占用耕地建房", "basic_farmland_destroyed": "占用永久基本农田堆放砂石",
    "no_planning_permit": "未取得规划许可加建", "no_rural_permit": "未取得乡村建设规划许可建房", "unlicensed_mining": "无证采砂",
}  # fmt: skip
USUAL = ("unapproved_land_use", "unapproved_land_use", "farmland_kiln_grave_house_or_dig",
         "building_on_temporary_land")  # fmt: skip

# --- the steps ----------------------------------------------------------------------------------------------


def found(s: Story, violation: str | None = None) -> None:
    """Found, stopped, reported to the government, filed. Every twelfth report finds no answer, every sixth a late one."""
    violation = violation or USUAL[s.number % len(USUAL)]
    area, farmland = 600 + 37 * s.size, 40 * (s.number % 5)
    place = {"region": s.post.region, "address": f"示例村{s.number}组", "area_m2": f"{area}.00",
             "farmland_m2": f"{farmland}.00"}  # fmt: skip
    owner = f"示例{'公司' if s.number % 3 else '村民'}{WORDS[s.number % 10]}{s.number}"
    s.by("nr", "ViolationFound", what=f"巡查发现{owner}{KINDS[violation]}", place=place)
    s.by("nr", "NoticeIssued", notice="stop_violation", notice_no=s.no("停"))
    s.after(working=1 if s.number % 4 else 3)
    if s.number % 10 == 8:
        s.by("nr", "NoticeIneffective", what="制止无效，仍在施工")
    s.report = s.no("报")
    s.by("nr", "ViolationReported", government=s.post.of("government"), report_no=s.report)
    s.by("nr", "CaseFiled", title=f"{owner}{KINDS[violation]}案", parties=[{"name": owner}], place=place,
         violation=violation, source=("patrol", "patch", "public_report")[s.number % 3])  # fmt: skip
    if s.number % 12 != 5:
        s.by("government", "CopyAcknowledged", of=s.report)
        day = s.in_working_days(2) if s.number % 6 == 0 else s.day
        s.by("government", "MeasuresTaken", day=day, measures="现场制止，断电封存设备")


def penalised(s: Story, *items: dict[str, Any], working: int = 20) -> None:
    """Decided, shared with the other four (拉萨实施意见 四（三）), served."""
    s.after(working=working)
    s.decision = s.no("罚")
    demolish = {"kind": "demolish", "area_m2": f"{600 + 37 * s.size}.00", "what": "限期拆除新建建筑物"}
    s.by("nr", "PenaltyDecided", decision_no=s.decision, items=list(items) or [demolish])
    if s.number % 8 != 5:
        shared(s, "penalty_decision", s.decision, PARTNERS, also=[
            {"kind": "violation_report", "document_no": s.report}])  # fmt: skip
    s.after(working=8 if s.number % 11 == 7 else 4)
    s.by("nr", "PenaltyServed", decision_no=s.decision, method=("direct", "left", "mailed")[s.number % 3])


def shared(s: Story, what: str, no: str, kinds: Iterable[str], **more: Any) -> None:
    """One act for all recipients. Most of them acknowledge it, the next day."""
    to = [s.post.partner(kind) for kind in kinds]
    s.by("nr", "DocumentShared", kind=what, document_no=no, to=to, **more)
    for place, agency in enumerate(to):
        on_paper = s.on_paper(agency, s.day)
        if (s.number + place) % 8 and not on_paper:
            s.act("CopyAcknowledged", agency, day=s.in_working_days(1), of=no)


def fined(yuan: int, what: str = "按非法占地面积处以罚款") -> dict[str, Any]:
    return {"kind": "fine", "amount_yuan": f"{yuan}.00", "what": what}


def ordered(area: int) -> dict[str, Any]:
    return {"kind": "demolish", "area_m2": f"{area}.00", "what": "限期拆除新建建筑物"}


def removed(s: Story, reason: str, what: str = "现场核实已拆除并恢复土地原状") -> None:
    """Verified on the spot, then closed: nothing else ends a case for good."""
    s.by("nr", "RemovalVerified", what=what, on_site=True)
    s.after(working=1)
    s.by("nr", "CaseClosed", reason=reason)


# --- plots that end before the court is asked ----------------------------------------------------------------


def only_found(s: Story) -> None:
    """Looked into, and there was nothing."""
    s.by("nr", "ViolationFound", what="群众举报某处施工，疑似违法占地")
    s.after(working=3)
    s.by("nr", "ViolationNotConfirmed", what="已取得用地批准文件，违法行为不成立")


def stopped_by_government(s: Story) -> None:
    found(s)
    s.after(working=12)
    s.by("government", "RemovalReported", what="当事人在乡镇督促下自行拆除")
    s.after(working=3)
    removed(s, "违法状态已消除，情节轻微，不予处罚")


def not_penalised(s: Story) -> None:
    found(s)
    s.after(working=25)
    s.by("nr", "NoPenaltyDecided", reasons="初次违法且危害后果轻微并及时改正", decision_no=s.no("不罚"))
    s.after(working=2)
    removed(s, "不予处罚，违法状态已消除")


def decided_late(s: Story) -> None:
    found(s)
    penalised(s, working=80)


def extended(s: Story) -> None:
    """More than ninety days, but extended in time."""
    found(s)
    s.after(days=85)
    s.by("nr", "DecisionTermExtended", until=s.in_working_days(40), reasons="需补充测绘鉴定")
    penalised(s, working=30)


def heard(s: Story) -> None:
    """A hearing before the penalty. Every other notice of it comes too late."""
    found(s)
    s.after(working=10)
    s.by("nr", "PenaltyHearingRightNotified")
    s.after(working=3)
    s.by("nr", "PenaltyHearingRequested")
    s.after(working=2)
    hearing = s.in_working_days(4 if s.turn % 2 else 10)
    s.by("nr", "PenaltyHearingNoticed", hearing_on=hearing)
    s.day = hearing
    penalised(s)


def performed(s: Story) -> None:
    found(s)
    penalised(s, ordered(300), fined(12_000 + 100 * s.size))
    s.after(days=12)
    s.by("nr", "FinePaid", decision_no=s.decision, items=["2"], amount_yuan=f"{12_000 + 100 * s.size}.00")
    s.after(days=20)
    s.by("nr", "Performed", decision_no=s.decision, items=["1"])
    s.after(working=3)
    removed(s, "当事人自行履行完毕")


def in_instalments(s: Story) -> None:
    """Demolished by the party itself; the fine is postponed and paid in parts, the last one not yet."""
    found(s)
    penalised(s, ordered(240), fined(60_000))
    s.after(days=10)
    s.by("nr", "PaymentPostponed", decision_no=s.decision, until=s.in_working_days(120), items=["2"])
    s.by("nr", "FinePaid", decision_no=s.decision, items=["2"], amount_yuan="20000.00")
    s.after(days=30)
    s.by("nr", "Performed", decision_no=s.decision, items=["1"])
    s.by("nr", "RemovalVerified", what="现场核实已拆除，土地平整中", on_site=True)
    s.after(days=60)
    s.by("nr", "FinePaid", decision_no=s.decision, items=["2"], amount_yuan="20000.00")


def remade_after_review(s: Story) -> None:
    """The reviewing government revokes; the department decides anew, and the party performs."""
    found(s)
    penalised(s)
    s.after(days=30)
    s.by("nr", "ReviewApplied", decision_no=s.decision, authority="示例市人民政府")
    s.after(working=4)
    s.act("ReviewAccepted", "government.lhasa", decision_no=s.decision)
    s.after(days=50)
    s.act("ReviewExtended", "government.lhasa", decision_no=s.decision, until=s.day + timedelta(days=30))
    s.after(days=20)
    s.act("ReviewDecided", "government.lhasa", decision_no=s.decision, outcome="revoked", served_on=s.day)
    remade(s)


def remade_on_its_own(s: Story) -> None:
    """The department finds its own mistake."""
    found(s)
    penalised(s)
    s.after(days=12)
    s.by("nr", "PenaltyRevoked", decision_no=s.decision, reason="当事人认定有误，自行撤销")
    remade(s)


def remade(s: Story) -> None:
    s.after(working=30)
    old, s.decision = s.decision, s.no("重罚")
    s.by("nr", "PenaltyReissued", decision_no=old, new_decision_no=s.decision, reason="重新测绘后重作")
    s.after(working=5)
    s.by("nr", "PenaltyServed", decision_no=s.decision, method="direct")
    s.after(days=25)
    s.by("nr", "Performed", decision_no=s.decision)
    s.after(working=2)
    removed(s, "当事人履行重作的处罚决定")


def changed(s: Story) -> None:
    """The fine is lowered before it is paid: what the department changes is served anew."""
    found(s)
    penalised(s, fined(30_000), working=15)
    s.after(days=8)
    s.by("nr", "PenaltyChanged", decision_no=s.decision, reason="主动消除危害后果，减轻处罚",
         items=[fined(15_000)])  # fmt: skip
    s.after(working=3)
    s.by("nr", "PenaltyServed", decision_no=s.decision, method="direct")
    s.after(days=9)
    s.by("nr", "FinePaid", decision_no=s.decision, amount_yuan="15000.00")
    s.after(working=3)
    removed(s, "罚款缴清，违法状态已消除")


def handed_over_as_planning_violation(s: Story) -> None:
    """The government's to demolish, not the court's (城乡规划法 §68). Every third has not begun."""
    found(s, "no_planning_permit" if s.turn % 2 else "no_rural_permit")
    penalised(s, {"kind": "demolish", "what": "限期拆除加建部分"})
    s.after(days=30)
    s.by("nr", "PlanningViolationHandedOver", handover_no=s.no("规移"), to=s.post.of("government"))
    handover = s.no("规移")
    s.after(working=2)
    s.by("government", "CopyAcknowledged", of=handover)
    if s.turn % 3 == 1:
        return
    s.after(working=15)
    s.by("government", "DemolitionOrganised", handover_no=handover, plan="由综合执法队伍拆除")
    s.after(days=20)
    s.by("government", "DemolitionCompleted", handover_no=handover, what="加建部分已拆除")
    s.after(working=2)
    removed(s, "规划违法建设已强制拆除")


def confiscated(s: Story) -> None:
    """Buildings that fit the plan are confiscated and handed to the government (土地管理法实施条例 §58)."""
    found(s)
    penalised(s, {"kind": "confiscate_building", "area_m2": "820.00", "what": "没收新建建筑物"}, fined(8_200))
    s.after(days=13)
    s.by("nr", "FinePaid", decision_no=s.decision, items=["2"], amount_yuan="8200.00")
    s.after(days=20)
    handover = s.no("没移")
    s.by("nr", "ConfiscatedHandedOver", handover_no=handover, to=s.post.of("government"),
         decision_no=s.decision)  # fmt: skip
    if s.turn % 2 == 0:
        s.after(working=3)
        s.by("government", "CopyAcknowledged", of=handover)
        s.by("nr", "Performed", decision_no=s.decision, items=["1"])


PLOTS = {
    only_found: 2, stopped_by_government: 5, not_penalised: 2, decided_late: 1, extended: 1, heard: 2,
    performed: 10, in_instalments: 2,
    remade_after_review: 1, remade_on_its_own: 1, changed: 1, handed_over_as_planning_violation: 5, confiscated: 2,
}  # fmt: skip
"""How many cases of the year each plot tells."""
