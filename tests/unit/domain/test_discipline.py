"""纪检流: who refers, who answers in which order, and what a referral shows. Source: 拉萨实施意见 三（二）, 三（六）."""

from types import SimpleNamespace
from typing import Any

import pytest

from domain import discipline
from domain.acts import EVENTS
from domain.refusal import Refusal
from tests.streams import COMMITMENT, Stream
from tests.worlds import Office, lhasa

NR, DISCIPLINE, OTHER = "nr.lhasa", "discipline.lhasa", "discipline.chengguan"
ID = "discipline/2026-1"
RULE = "case_rule_broken"
SECRET = {"subjects": COMMITMENT, "content": COMMITMENT}


def referred(stream: Stream | None = None, on: str = "2026-03-02", /, **changes: Any) -> Stream:
    stream = stream or Stream(discipline, ID)
    data = {"referral_no": "拉自然资移〔2026〕1号", "to": DISCIPLINE, **SECRET, **changes}
    stream.act("DisciplineClueReferred", NR, on, **data)
    return stream


def handled(disposition: str = "accepted", /, **changes: Any) -> Stream:
    stream = referred()
    stream.act("DisciplineClueReceived", DISCIPLINE, "2026-03-04")
    stream.act("DisciplineClueHandled", DISCIPLINE, "2026-03-20", disposition=disposition, **changes)
    return stream


def checked() -> Stream:
    stream = Stream(discipline, ID)
    stream.act(
        "DisciplineCheckOpened",
        DISCIPLINE,
        "2026-05-06",
        scope="非诉执行履职",
        agencies=[NR, "court.chengguan"],
    )
    return stream


# 条款 三（二）-1.1、三（六）-4.1
def test_a_clue_goes_through_its_stages_and_every_entry_is_about_the_referral():
    stream = handled()
    stream.act("AccountabilityReported", DISCIPLINE, "2026-06-01", outcome=COMMITMENT)
    stream.act(
        "AccountabilityReported",
        DISCIPLINE,
        "2026-07-01",
        outcome=COMMITMENT,
        referral_no="拉自然资移（2026）1号",
    )
    clue = stream.dossier
    assert (clue.kind, clue.by, clue.addressee, clue.disposition) == ("clue", NR, DISCIPLINE, "accepted")
    assert (str(clue.received_on), str(clue.handled_on), len(clue.outcomes)) == (
        "2026-03-04",
        "2026-03-20",
        2,
    )
    assert {e.subjects["referral"] for e in clue.entries} == {clue.acts[0].id}
    assert [e.to for e in clue.entries] == [DISCIPLINE, NR, NR, NR, NR]
    assert clue.entries[2].facts["disposition"] == ("accepted",)
    assert clue.home(stream.registry) == NR


def test_the_receipt_acknowledges_the_referral_with_its_own_day():
    stream = referred()
    assert stream.dossier.copies[stream.dossier.act].acknowledged is None
    receipt = stream.act("DisciplineClueReceived", DISCIPLINE, "2026-03-05", received_on="2026-03-03")
    copy = stream.dossier.copies[stream.dossier.act]
    assert (copy.acknowledged, str(copy.acknowledged_on)) == (receipt.id, "2026-03-03")
    assert copy.numbers == ("拉自然资移〔2026〕1号",)


def test_an_inspectorate_refers_and_the_departments_region_is_its_home():
    office = Office(lhasa())
    office.act(
        "AgencyRegistered",
        id="inspectorate.lhasa",
        kind="inspectorate",
        name="督察",
        level="city",
        region="540100",
    )
    stream = Stream(discipline, ID, office.registry)
    stream.act(
        "DisciplineClueReferred",
        "inspectorate.lhasa",
        "2026-03-02",
        referral_no="督移1号",
        to=DISCIPLINE,
        **SECRET,
    )
    assert stream.dossier.home(office.registry) == NR
    assert EVENTS["DisciplineClueReferred"].by == {"nr", "inspectorate"}


def test_a_clue_passed_on_is_received_and_handled_by_the_next_desk():
    stream = handled("passed_on", to=OTHER)
    assert stream.refused("DisciplineClueReceived", DISCIPLINE, "2026-03-23") == (RULE, "actor")
    assert stream.refused("DisciplineClueHandled", OTHER, "2026-03-23", disposition="accepted") == (
        RULE,
        "type",
    )
    stream.act("DisciplineClueReceived", OTHER, "2026-03-23")
    stream.act("DisciplineClueHandled", OTHER, "2026-03-27", disposition="not_handled", reasons="查无实据")
    assert stream.dossier.parties == (NR, DISCIPLINE, OTHER)
    # the referral itself was acknowledged by the first desk; the second one's receipt is about what was passed on
    assert str(stream.dossier.copies[stream.dossier.act].acknowledged_on) == "2026-03-04"
    assert stream.dossier.meant("discipline", {}, None, stream.dossier.handled_on, stream.registry) == (
        OTHER,
    )


def test_a_clue_passed_back_stays_acknowledged_by_its_first_receipt():
    stream = handled("passed_on", to=OTHER)
    stream.act("DisciplineClueReceived", OTHER, "2026-03-23")
    stream.act("DisciplineClueHandled", OTHER, "2026-03-27", disposition="passed_on", to=DISCIPLINE)
    stream.act("DisciplineClueReceived", DISCIPLINE, "2026-03-30")
    assert str(stream.dossier.copies[stream.dossier.act].acknowledged_on) == "2026-03-04"
    assert str(stream.dossier.received_on) == "2026-03-30"


def test_passed_on_to_nobody_of_this_ledger_it_has_left():
    stream = handled("passed_on")
    assert stream.refused("DisciplineClueReceived", OTHER, "2026-03-23") == (RULE, "actor")
    assert stream.refused("AccountabilityReported", DISCIPLINE, "2026-06-01", outcome=COMMITMENT) == (
        RULE,
        "type",
    )


# 条款 三（二）-1.1
def test_a_check_is_opened_and_concluded_by_discipline_inspection_itself():
    stream = checked()
    assert stream.refused("DisciplineCheckConcluded", OTHER, "2026-06-01", findings=COMMITMENT) == (
        RULE,
        "actor",
    )
    assert stream.refused("AccountabilityReported", DISCIPLINE, "2026-06-01", outcome=COMMITMENT) == (
        RULE,
        "type",
    )
    stream.act("DisciplineCheckConcluded", DISCIPLINE, "2026-06-01", findings=COMMITMENT, agencies=[NR])
    stream.act("AccountabilityReported", DISCIPLINE, "2026-07-01", outcome=COMMITMENT)
    assert (stream.dossier.kind, stream.dossier.agencies, stream.dossier.home(stream.registry)) == (
        "check",
        (NR,),
        NR,
    )
    assert stream.refused("DisciplineCheckConcluded", DISCIPLINE, "2026-07-01", findings=COMMITMENT) == (
        RULE,
        "type",
    )


def _empty() -> Stream:
    return Stream(discipline, ID)


REFUSED: list[tuple[Any, str, str, str, dict[str, Any], tuple[str, str]]] = [
    (
        _empty,
        "DisciplineClueReferred",
        NR,
        "2026-03-02",
        {"referral_no": "1", "to": "court.lhasa", **SECRET},
        (RULE, "to"),
    ),
    (
        _empty,
        "DisciplineClueReferred",
        NR,
        "2026-03-02",
        {"referral_no": "1", "to": "discipline.nowhere", **SECRET},
        (RULE, "to"),
    ),
    (_empty, "DisciplineClueReceived", DISCIPLINE, "2026-03-02", {}, (RULE, "type")),
    (
        _empty,
        "DisciplineCheckOpened",
        DISCIPLINE,
        "2026-03-02",
        {"scope": "x", "agencies": [NR, NR]},
        (RULE, "agencies.1"),
    ),
    (
        referred,
        "DisciplineClueReferred",
        NR,
        "2026-03-03",
        {"referral_no": "2", "to": DISCIPLINE, **SECRET},
        (RULE, "type"),
    ),
    (
        referred,
        "DisciplineCheckOpened",
        DISCIPLINE,
        "2026-03-03",
        {"scope": "x", "agencies": [NR]},
        (RULE, "type"),
    ),
    (referred, "DisciplineClueReceived", OTHER, "2026-03-03", {}, (RULE, "actor")),
    (referred, "DisciplineClueReceived", DISCIPLINE, "2026-03-01", {}, (RULE, "occurred_on")),
    (
        referred,
        "DisciplineClueReceived",
        DISCIPLINE,
        "2026-03-03",
        {"received_on": "2026-03-01"},
        (RULE, "received_on"),
    ),
    (
        referred,
        "DisciplineClueReceived",
        DISCIPLINE,
        "2026-03-03",
        {"received_on": "2026-03-04"},
        ("date_in_future", "received_on"),
    ),
    (
        referred,
        "DisciplineClueReceived",
        DISCIPLINE,
        "2026-03-03",
        {"referral_no": "别的文号"},
        (RULE, "referral_no"),
    ),
    (
        referred,
        "DisciplineClueHandled",
        DISCIPLINE,
        "2026-03-03",
        {"disposition": "accepted"},
        (RULE, "type"),
    ),
    (referred, "AccountabilityReported", DISCIPLINE, "2026-03-03", {"outcome": COMMITMENT}, (RULE, "type")),
    (
        referred,
        "DisciplineCheckConcluded",
        DISCIPLINE,
        "2026-03-03",
        {"findings": COMMITMENT},
        (RULE, "type"),
    ),
    (handled, "DisciplineClueReceived", DISCIPLINE, "2026-03-23", {}, (RULE, "type")),
    (handled, "DisciplineClueHandled", DISCIPLINE, "2026-03-23", {"disposition": "accepted"}, (RULE, "type")),
    (
        handled,
        "AccountabilityReported",
        DISCIPLINE,
        "2026-03-19",
        {"outcome": COMMITMENT},
        (RULE, "occurred_on"),
    ),
    (
        lambda: handled("not_handled"),
        "AccountabilityReported",
        DISCIPLINE,
        "2026-06-01",
        {"outcome": COMMITMENT},
        (RULE, "type"),
    ),
    (checked, "DisciplineClueReceived", DISCIPLINE, "2026-06-01", {}, (RULE, "type")),
    (checked, "DisciplineClueHandled", DISCIPLINE, "2026-06-01", {"disposition": "accepted"}, (RULE, "type")),
    (
        checked,
        "DisciplineCheckConcluded",
        DISCIPLINE,
        "2026-05-05",
        {"findings": COMMITMENT},
        (RULE, "occurred_on"),
    ),
    (
        checked,
        "DisciplineCheckConcluded",
        DISCIPLINE,
        "2026-06-01",
        {"findings": COMMITMENT, "agencies": ["nr.nowhere"]},
        (RULE, "agencies.0"),
    ),
]


@pytest.mark.parametrize(("world", "type_", "actor", "on", "data", "met"), REFUSED)
def test_what_cannot_have_happened_is_refused(world, type_, actor, on, data, met):
    assert world().refused(type_, actor, on, **data) == met


@pytest.mark.parametrize("to", ["court.lhasa", DISCIPLINE])
def test_a_clue_is_passed_on_to_another_discipline_inspection_only(to):
    stream = referred()
    stream.act("DisciplineClueReceived", DISCIPLINE, "2026-03-04")
    assert stream.refused(
        "DisciplineClueHandled", DISCIPLINE, "2026-03-20", disposition="passed_on", to=to
    ) == (RULE, "to")
    assert stream.refused(
        "DisciplineClueHandled", DISCIPLINE, "2026-03-20", disposition="accepted", to=OTHER
    ) == (RULE, "to")


def test_sealed_fields_take_clear_text_of_a_script_and_lists():
    stream = referred(None, "2026-03-02", subjects=["某局甲"], related="拉自然资执〔2026〕1号")
    assert stream.dossier.acts[0].event.subjects == '["某局甲"]'


# 条款 三（六）-1.3、三（六）-4.1
def test_a_referral_to_another_level_is_recorded_and_flagged():
    assert referred().irregular() == set()
    assert referred(None, "2026-03-02", to=OTHER).irregular() == {"wrong_recipient"}


def test_a_referral_counts_by_receipt_unless_the_receipt_bears_its_day_out():
    stream = Stream(discipline, ID)
    data = {"referral_no": "1", "to": DISCIPLINE, **SECRET}
    stream.act("DisciplineClueReferred", NR, "2026-03-02", "2026-03-10", **data)
    assert stream.irregular() == {"date_unconfirmed"}


def test_what_is_done_too_late_is_flagged_with_the_rows_clause_if_the_agency_says_so_itself():
    stream = handled()
    row = SimpleNamespace(kind="duty", late="handled_late", source="某办法 §1", name_zh="处置线索")
    owed: dict[str, Any] = {"discharged_by": stream.dossier.acts[-1].id, "late": True, "row": row, "strict_due_on": None,
                            "due_on": "2026-03-10", "discharged_on": "2026-03-20"}  # fmt: skip
    for evidence, codes in (
        ("signed", {"handled_late"}),
        ("confirmed", {"handled_late"}),
        ("attested_doc", set()),
    ):
        duties: Any = [SimpleNamespace(**owed, evidence=evidence)]
        found = discipline.irregularities(
            stream.before, stream.dossier, owed["discharged_by"], duties, stream.registry
        )
        assert {i.code for i in found} == codes
    assert discipline.irregularities(stream.before, stream.dossier, "f" * 32, (), stream.registry) == ()


def test_what_was_recorded_out_of_order_folds_without_effect():
    whole = handled()
    turned = discipline.fold(ID, tuple(reversed(whole.dossier.acts)), whole.registry)
    assert turned.begun
    assert turned.disposition is None
    assert len(turned.entries) == 3


def test_acts_of_another_stream_are_refused():
    stream = referred()
    stray = stream.proposed("MinutesEndorsed", DISCIPLINE, "2026-03-04")
    with pytest.raises(Refusal) as refused:
        discipline.decide(stream.dossier, stray, stream.registry, stray.received_on)
    assert (refused.value.code, refused.value.field) == (RULE, "type")
