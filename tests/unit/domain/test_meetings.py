"""联席会议: convened, held, minuted, endorsed, followed up. Source: 拉萨实施意见 四（一）."""

from typing import Any

import pytest

from domain import meetings
from domain.entries import counts_on
from domain.meetings import case_number_in
from domain.registry import Registry
from tests.streams import Stream
from tests.worlds import Office, day, lhasa

NR, COURT, PROCURATORATE, POLICE, DISCIPLINE = (
    "nr.lhasa", "court.lhasa", "procuratorate.lhasa", "police.lhasa", "discipline.lhasa",
)  # fmt: skip
FOUR = [DISCIPLINE, COURT, PROCURATORATE, POLICE]
ID = "meeting/2026-1"
RULE = "case_rule_broken"
CALL: dict[str, Any] = {
    "kind": "regular", "agenda": [{"class": "通报", "text": "上半年重点任务进展"}], "attendees": FOUR, "on": "2026-06-25",
}  # fmt: skip
ITEMS = [
    {"item_no": "1", "text": "统一受理材料清单", "holder": COURT, "due_on": "2026-08-31"},
    {"item_no": "2", "text": "移交卷宗", "holder": NR},
]


def empty() -> Stream:
    return Stream(meetings, ID)


def convened(stream: Stream | None = None, /, **changes: Any) -> Stream:
    stream = stream or empty()
    stream.act("MeetingConvened", NR, "2026-06-15", **{**CALL, **changes})
    return stream


def held(attended: list[str] | None = None, /, **changes: Any) -> Stream:
    stream = convened(**changes)
    stream.act("MeetingHeld", NR, "2026-06-25", attended=attended or [NR, *FOUR])
    return stream


def drafted(attended: list[str] | None = None, items: list[dict[str, Any]] | None = None) -> Stream:
    stream = held(attended)
    stream.act("MinutesDrafted", NR, "2026-06-26", items=ITEMS if items is None else items)
    return stream


def agreed() -> Stream:
    stream = drafted()
    for n, agency in enumerate(FOUR):
        stream.act("MinutesEndorsed", agency, f"2026-06-{27 + n}")
    return stream


def reported() -> Stream:
    stream = convened()
    stream.act("ReportCirculated", NR, "2026-06-16", from_="2026-01-01", to="2026-06-15")
    return stream


def raised() -> Stream:
    stream = empty()
    stream.act("MajorMatterRaised", NR, "2026-06-01", what="汛期违法采砂多发")
    return stream


def cancelled() -> Stream:
    stream = convened()
    stream.act("MeetingCancelled", NR, "2026-06-20")
    return stream


# --- the usual course ---------------------------------------------------------------------------------------


# 条款 四（一）-1.1
def test_each_attendee_is_invited_for_itself_and_who_came_has_attended():
    stream = held([NR, DISCIPLINE, COURT])
    meeting, registry = stream.dossier, stream.registry
    own, *invitations = stream.entries("MeetingConvened")
    assert meeting.meant("addressee", own.subjects, own, day("2026-06-15"), registry) == tuple(FOUR)
    assert [e.to for e in invitations] == FOUR
    assert own.facts["on"] == ("2026-06-25",)
    came = {e.act.agency: e.subjects["attendance"] for e in stream.entries("MeetingAttended")}
    assert came == {
        a: next(e.subjects["attendance"] for e in invitations if e.to == a) for a in (DISCIPLINE, COURT)
    }
    (whole,) = stream.entries("MeetingHeld")
    assert (whole.facts["kind"], whole.facts["absent"]) == (("regular",), (PROCURATORATE, POLICE))
    assert meeting.absent == (PROCURATORATE, POLICE)
    assert stream.irregular() == {"attendee_absent"}


# 条款 四（一）-1.2
def test_minutes_are_agreed_when_the_last_one_endorses_and_each_item_begins():
    stream = drafted()
    for agency in FOUR[:3]:
        stream.act("MinutesEndorsed", agency, "2026-06-29")
        assert stream.entries("MinutesAgreed") == []
    assert stream.dossier.minutes.waiting == (POLICE,)
    stream.act("MinutesEndorsed", POLICE, "2026-06-27", "2026-06-30")
    whole, first, second = stream.entries("MinutesAgreed")
    # endorsed by the police on the 27th, by the others on the 29th: agreed on the 29th
    assert {str(e.on) for e in (whole, first, second)} == {"2026-06-29"}
    assert counts_on(whole, {}) == day("2026-06-29")
    assert (first.to, first.facts["due_on"], second.to, dict(second.facts)) == (
        COURT,
        ("2026-08-31",),
        NR,
        {},
    )
    assert "item" not in whole.subjects
    report = stream.act("ItemReported", COURT, "2026-08-20", item_no="1", what="清单已印发")
    assert stream.dossier.entries[-1].subjects["item"] == first.subjects["item"]
    stream.act("ItemClosed", NR, "2026-08-25", item_no="1")
    stream.act(
        "ItemClosed", NR, "2026-08-25", item_no="2", reason="当面移交"
    )  # without a report: done before its eyes
    items = stream.dossier.minutes.items
    assert (items["1"].reported, str(items["1"].closed_on)) == (
        ((report.id, day("2026-08-20")),),
        "2026-08-25",
    )


def test_one_who_stayed_away_holds_nobody_up_unless_it_is_given_an_item():
    stream = drafted([NR, DISCIPLINE, PROCURATORATE])  # court and police stayed away; item 1 is the court's
    assert stream.dossier.minutes.needed == (DISCIPLINE, PROCURATORATE, COURT)
    for agency in (DISCIPLINE, PROCURATORATE):
        stream.act("MinutesEndorsed", agency, "2026-06-29")
    assert stream.dossier.minutes.agreed_on is None
    stream.act("MinutesEndorsed", COURT, "2026-06-30")
    assert str(stream.dossier.minutes.agreed_on) == "2026-06-30"


def test_an_objection_waits_for_talk_or_for_another_draft():
    stream = drafted()
    stream.act("MinutesEndorsed", DISCIPLINE, "2026-06-27")
    stream.act("MinutesObjected", COURT, "2026-06-27", what="清单应由双方共同拟定")
    assert stream.dossier.minutes.objected == {COURT: "清单应由双方共同拟定"}
    stream.act("MinutesEndorsed", COURT, "2026-06-28")
    assert stream.dossier.minutes.objected == {}
    stream.act("MinutesDrafted", NR, "2026-06-29", items=ITEMS[:1])
    assert stream.dossier.minutes.endorsed == {}
    assert stream.dossier.minutes.waiting == tuple(FOUR)


def test_an_agreement_is_worth_what_its_weakest_endorsement_is():
    stream = drafted([NR, COURT, POLICE], [])
    scan = {
        "number": "1",
        "title": "会签页",
        "kind": "scan",
        "sha256": "ab" * 32,
        "media_type": "application/pdf",
        "bytes": 9,
    }
    stream.act("MinutesEndorsed", COURT, "2026-06-27")
    stream.act("MinutesEndorsed", POLICE, "2026-06-28", None, NR, documents=[scan])
    (whole,) = stream.entries("MinutesAgreed")
    assert whole.evidence == "attested_doc"


def test_minutes_of_a_meeting_that_only_the_convener_attended_need_nobody():
    stream = drafted([NR], [])
    assert [e.type for e in stream.dossier.entries][-1] == "MinutesAgreed"


def test_what_was_done_about_an_item_outlives_another_draft():
    stream = drafted()
    stream.act("ItemReported", COURT, "2026-06-27", item_no="1")
    stream.act("ItemReported", NR, "2026-06-27", item_no="2")
    stream.act("MinutesDrafted", NR, "2026-06-28", items=[ITEMS[0], {**ITEMS[1], "holder": POLICE}])
    assert [len(i.reported) for i in stream.dossier.minutes.items.values()] == [1, 0]


def test_a_deferred_meeting_has_another_day_and_each_names_whom_it_sends():
    stream = convened()
    stream.act("AttendeesNamed", COURT, "2026-06-17", attendees=["行政庭庭长"])
    stream.act("MeetingDeferred", NR, "2026-06-20", reason="汛情", new_on="2026-06-30")
    assert (str(stream.dossier.planned_on), stream.dossier.named) == ("2026-06-30", {COURT: ("行政庭庭长",)})


# 条款 四（一）-1.2
def test_a_report_is_circulated_commented_and_adopted():
    stream = reported()
    stream.act("ReportCommented", COURT, "2026-06-18", what="第三部分数字请核")
    stream.act("ReportCirculated", NR, "2026-06-19")
    assert stream.dossier.report.comments == ()
    stream.act("ReportCommented", POLICE, "2026-06-20", what="同意")
    stream.act("ReportAdopted", NR, "2026-06-25")
    assert (stream.dossier.report.comments, str(stream.dossier.report.adopted_on)) == (
        ((POLICE, "同意"),),
        "2026-06-25",
    )
    assert stream.refused("ReportCommented", COURT, "2026-06-26", what="晚了") == (RULE, "type")


def test_a_major_matter_begins_a_meeting_that_its_raiser_or_one_above_convenes():
    stream = empty()
    stream.act("MajorMatterRaised", "nr.chengguan", "2026-06-01", what="汛期违法采砂多发")
    assert stream.dossier.begun
    assert stream.dossier.home(stream.registry) == "nr.chengguan"
    assert stream.refused("MeetingConvened", "nr.duilong", "2026-06-02", **{**CALL, "kind": "ad_hoc"}) == (
        RULE,
        "actor",
    )
    stream.act("MeetingConvened", NR, "2026-06-02", **{**CALL, "kind": "ad_hoc"})
    assert stream.dossier.home(stream.registry) == NR
    assert raised().act("MeetingCancelled", NR, "2026-06-02", reason="已平息").type == "MeetingCancelled"


# 条款 四（一）-1.3
def test_a_park_convenes_and_those_invited_are_meant():
    stream = empty()
    four = ["discipline.duilong", "court.duilong", "procuratorate.duilong", "police.duilong"]
    stream.act(
        "MeetingConvened", "nr.lhasa-park", "2026-06-15", **{**CALL, "attendees": four[:1]}, region="540199"
    )
    meeting, on = stream.dossier, day("2026-06-15")
    assert meeting.meant("discipline", {}, None, on, stream.registry) == (four[0],)
    assert meeting.meant("court", {}, None, on, stream.registry) == (
        four[1],
    )  # not invited: by the park's route
    assert meeting.meant("police", {}, None, on, stream.registry) == ()  # no route names one
    assert meeting.meant("nr", {}, None, on, stream.registry) == ("nr.lhasa-park",)


# --- refused ------------------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, str, str, str, dict[str, Any], tuple[str, str]]] = [
    (empty, "MeetingHeld", NR, "2026-06-25", {"attended": [NR]}, (RULE, "type")),
    (empty, "MeetingConvened", "nr.xizang", "2026-06-15", CALL, ("not_authorised", "actor")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "attendees": [COURT, COURT]}, (RULE, "attendees.1")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "attendees": ["court.nowhere"]}, (RULE, "attendees.0")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "on": "2026-06-14"}, (RULE, "on")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "on": "2226-06-14"}, (RULE, "on")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "region": "540102"}, (RULE, "region")),
    (empty, "MeetingConvened", NR, "2026-06-15", {**CALL, "agenda": [{"class": "其他", "text": "x"}]}, ("schema_invalid", "agenda.0.class")),
    (raised, "MeetingConvened", NR, "2026-05-31", CALL, (RULE, "occurred_on")),
    (raised, "MeetingCancelled", "nr.chengguan", "2026-06-02", {}, (RULE, "actor")),
    (convened, "MajorMatterRaised", NR, "2026-06-16", {"what": "x"}, (RULE, "type")),
    (convened, "MeetingConvened", NR, "2026-06-16", CALL, (RULE, "type")),
    (convened, "AttendeesNamed", "court.chengguan", "2026-06-16", {"attendees": ["甲"]}, (RULE, "actor")),
    (held, "AttendeesNamed", COURT, "2026-06-26", {"attendees": ["甲"]}, (RULE, "occurred_on")),
    (convened, "MeetingDeferred", "nr.chengguan", "2026-06-16", {"reason": "x", "new_on": "2026-06-30"}, (RULE, "actor")),
    (convened, "MeetingDeferred", NR, "2026-06-16", {"reason": "x", "new_on": "2026-06-15"}, (RULE, "new_on")),
    (held, "MeetingDeferred", NR, "2026-06-26", {"reason": "x", "new_on": "2026-06-30"}, (RULE, "type")),
    (convened, "MeetingHeld", NR, "2026-06-14", {"attended": [NR]}, (RULE, "occurred_on")),
    (convened, "MeetingHeld", NR, "2026-06-25", {"attended": [COURT], "absent": [COURT]}, (RULE, "absent.0")),
    (convened, "MeetingHeld", NR, "2026-06-25", {"attended": [COURT], "absent": ["court.duilong"]}, (RULE, "absent.0")),
    (held, "MeetingHeld", NR, "2026-06-26", {"attended": [NR]}, (RULE, "type")),
    (convened, "MinutesDrafted", NR, "2026-06-26", {"items": ITEMS}, (RULE, "type")),
    (held, "MinutesDrafted", NR, "2026-06-24", {"items": ITEMS}, (RULE, "occurred_on")),
    (held, "MinutesDrafted", COURT, "2026-06-26", {"items": ITEMS}, (RULE, "actor")),
    (held, "MinutesDrafted", NR, "2026-06-26", {"items": [ITEMS[0], ITEMS[0]]}, (RULE, "items.1.item_no")),
    (held, "MinutesDrafted", NR, "2026-06-26", {"items": [{**ITEMS[0], "holder": "court.nowhere"}]}, (RULE, "items.0.holder")),
    (held, "MinutesDrafted", NR, "2026-06-26", {"items": [{**ITEMS[0], "due_on": "2026-06-24"}]}, (RULE, "items.0.due_on")),
    (agreed, "MinutesDrafted", NR, "2026-07-01", {"items": ITEMS}, (RULE, "type")),
    (held, "MinutesEndorsed", COURT, "2026-06-26", {}, (RULE, "type")),
    (drafted, "MinutesEndorsed", "court.chengguan", "2026-06-27", {}, (RULE, "actor")),
    (drafted, "MinutesEndorsed", COURT, "2026-06-25", {}, (RULE, "occurred_on")),
    (agreed, "MinutesEndorsed", COURT, "2026-07-01", {}, (RULE, "type")),
    (drafted, "MinutesObjected", "court.chengguan", "2026-06-27", {"what": "x"}, (RULE, "actor")),
    (agreed, "MinutesObjected", COURT, "2026-07-01", {"what": "x"}, (RULE, "type")),
    (held, "ItemReported", COURT, "2026-06-26", {"item_no": "1"}, (RULE, "type")),
    (agreed, "ItemReported", COURT, "2026-07-01", {"item_no": "9"}, (RULE, "item_no")),
    (agreed, "ItemReported", POLICE, "2026-07-01", {"item_no": "1"}, (RULE, "actor")),
    (agreed, "ItemClosed", COURT, "2026-07-01", {"item_no": "1"}, (RULE, "actor")),
    (held, "MeetingCancelled", NR, "2026-06-26", {}, (RULE, "type")),
    (convened, "MeetingCancelled", "nr.chengguan", "2026-06-16", {}, (RULE, "actor")),
    (cancelled, "MeetingHeld", NR, "2026-06-25", {"attended": [NR]}, (RULE, "type")),
    (cancelled, "MajorMatterRaised", NR, "2026-06-25", {"what": "x"}, (RULE, "type")),
    (convened, "ReportCirculated", COURT, "2026-06-16", {}, (RULE, "actor")),
    (convened, "ReportCirculated", NR, "2026-06-16", {"from": "2026-06-15", "to": "2026-01-01"}, (RULE, "to")),
    (convened, "ReportCommented", COURT, "2026-06-16", {"what": "x"}, (RULE, "type")),
    (reported, "ReportCommented", "court.chengguan", "2026-06-17", {"what": "x"}, (RULE, "actor")),
    (convened, "ReportAdopted", NR, "2026-06-16", {}, (RULE, "type")),
    (reported, "ReportAdopted", NR, "2026-06-15", {}, (RULE, "occurred_on")),
    (convened, "DisciplineClueReceived", DISCIPLINE, "2026-06-16", {}, (RULE, "type")),
]  # fmt: skip


@pytest.mark.parametrize(("world", "type_", "actor", "on", "data", "met"), REFUSED)
def test_what_cannot_have_happened_is_refused(world, type_, actor, on, data, met):
    assert world().refused(type_, actor, on, **data) == met


def test_nobody_endorses_a_draft_twice_nor_objects_to_what_it_endorsed():
    stream = drafted()
    stream.act("MinutesEndorsed", COURT, "2026-06-27")
    assert stream.refused("MinutesEndorsed", COURT, "2026-06-28") == (RULE, "type")
    assert stream.refused("MinutesObjected", COURT, "2026-06-28", what="x") == (RULE, "type")


def test_a_closed_item_is_neither_reported_nor_closed_again():
    stream = agreed()
    stream.act("ItemClosed", NR, "2026-07-02", item_no="1")
    assert stream.refused("ItemReported", COURT, "2026-07-03", item_no="1") == (RULE, "item_no")
    assert stream.refused("ItemClosed", NR, "2026-07-03", item_no="1") == (RULE, "item_no")


def test_a_meeting_day_in_the_future_is_planned_but_what_has_happened_is_not():
    assert empty().refused("MajorMatterRaised", NR, "2026-06-02", "2026-06-01", what="x") == (
        "date_in_future",
        "occurred_on",
    )


# --- no single case ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("研究拉自然资执（2026）12号案的执行", "拉自然资执〔2026〕12号"),
        ("研究 城关自然资执 [ 2025 ] 第 3 号", "城关自然资执〔2025〕第3号"),
        ("堆〔2026〕7号", "堆〔2026〕7号"),
        (
            "落实《意见》（拉委办发﹝2024﹞30号）",
            None,
        ),  # a circular, although it begins with a registered prefix
        ("藏自然资﹝2023﹞76号文", None),  # nobody here files under 藏
        ("（2026）藏0102行审1号", None),  # a court's number is not the department's
        ("全市卫片图斑整改进展", None),
        ("拉萨。2026年1号通知〔2026〕1号", None),
    ],
)
def test_a_text_names_a_case_by_a_departments_number(text, found):
    assert case_number_in(text, lhasa()) == found


# 条款 四（一）-1.1
def test_only_an_ad_hoc_meeting_or_a_raised_matter_must_not_name_a_case():
    agenda = [{"class": "会商", "text": "一般问题"}, {"class": "重大", "text": "拉自然资执〔2026〕12号"}]
    assert convened(None, agenda=agenda).irregular() == set()
    assert convened(None, agenda=agenda, kind="ad_hoc").irregular() == {"ad_hoc_names_case"}
    assert raised().irregular() == set()
    stream = empty()
    stream.act("MajorMatterRaised", NR, "2026-06-01", what="拉自然资执〔2026〕12号")
    assert stream.irregular() == {"ad_hoc_names_case"}


def test_without_registered_prefixes_no_text_names_a_case():
    assert case_number_in("拉〔2026〕1号", Registry()) is None
    office = Office(lhasa())
    office.act(
        "AgencyRegistered",
        id="nr.qushui",
        kind="nr",
        name="曲水",
        level="county",
        region="540124",
        number_prefixes=["曲自然资"],
    )
    assert case_number_in("曲自然资执〔2026〕1号", office.registry) == "曲自然资执〔2026〕1号"
