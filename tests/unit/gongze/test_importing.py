"""Words of a register as the ledger spells them; a ledger to try on."""

from dataclasses import replace

import pytest

from domain.acts import EVENTS
from domain.refusal import Refusal
from events.store import CtiTaken, PositionTaken, Proposal
from gongze.importing import ALSO_CALLED, items_of, kind_called, own_number, symbol_of
from gongze.ledger import Ledger
from gongze.rehearsal import rehearsal
from gongze.settings import load
from tests.doors import CASE_DATA, EMPTY, FILED, NOTICE, Door, found_ledger


def refused(call, *arguments):
    with pytest.raises(Refusal) as found:
        call(*arguments)
    assert (found.value.code, found.value.field) == ("schema_invalid", "某列")
    return found.value.message


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "kind"), [
    ("申请强制执行", "EnforcementApplied"), ("裁定 准予执行", "EnforcementGranted"), ("受理", "EnforcementAccepted"),
    ("PenaltyServed", "PenaltyServed"), ("存量结转", "CaseCarriedForward"),
])  # fmt: skip
def test_an_act_by_its_name_or_what_registers_call_it(said, kind):
    assert kind_called(said, "某列").name == kind


def test_an_unknown_act_is_refused_with_the_names_that_come_near():
    assert "裁定准予执行（EnforcementGranted）" in refused(kind_called, "裁定", "某列")
    assert "案件脚本" in refused(kind_called, "吃饭", "某列")


def test_an_act_of_the_registry_cannot_be_imported_by_its_chinese_name():
    assert EVENTS["RouteSet"].stream == "registry"
    refused(kind_called, EVENTS["RouteSet"].zh, "某列")


def test_whatever_registers_call_an_act_is_an_act():
    assert set(ALSO_CALLED.values()) <= set(EVENTS)


@pytest.mark.parametrize(("kind", "field"), [
    ("PenaltyDecided", "decision_no"), ("PenaltyServed", "decision_no"), ("EnforcementApplied", "application_no"),
    ("EnforcementAccepted", "review_case_no"), ("EnforcementNotAccepted", "ruling_no"), ("RulingRectified", "ruling_no"),
    ("ApplicationCopied", "application"), ("CaseClosed", None),
])  # fmt: skip
def test_what_a_document_number_is_of_an_act(kind, field):
    assert own_number(EVENTS[kind].cls) == field


@pytest.mark.parametrize(
    ("said", "symbol"), [("直接送达", "direct"), ("直接", "direct"), ("留置", "left"), ("mailed", "mailed")]
)
def test_a_word_of_an_enumeration(said, symbol):
    assert symbol_of("method", ("direct", "left", "mailed", "other"), said, "某列") == symbol


def test_a_word_that_is_none_or_could_be_two_is_refused_with_the_words_there_are():
    assert "直接送达" in refused(symbol_of, "method", ("direct", "left"), "飞鸽", "某列")
    refused(symbol_of, "method", ("direct", "left"), "送达", "某列")


def test_the_items_of_a_penalty_in_one_cell():
    said = "1.责令退还土地；2.没收建筑物３亩；3.罚款12,400.50元、拆除围墙\n限期清运"
    assert items_of(said, None, "某列") == [
        {"kind": "return_land", "what": "1.责令退还土地"},
        {"kind": "confiscate_building", "what": "2.没收建筑物３亩", "area_m2": "2000.00"},
        {"kind": "fine", "what": "3.罚款12,400.50元", "amount_yuan": "12400.50"},
        {"kind": "demolish", "what": "拆除围墙"},
        {"kind": "other", "what": "限期清运"},
    ]


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("责令退还非法占用的土地，罚款12400元", [("return_land", None), ("fine", "12400.00")]),
        ("没收建筑物300平方米，并处罚款5000元", [("confiscate_building", None), ("fine", "5000.00")]),
        (
            "限期拆除，恢复土地原状，罚款1.2万元",
            [("demolish", None), ("restore", None), ("fine", "12000.00")],
        ),
        ("罚款500元，十五日内缴清", [("fine", "500.00")]),
        ("限期清运，逾期不缴的，每日加处罚款", [("late_payment", None)]),
    ],
)
def test_what_follows_a_comma_is_an_item_of_its_own_where_it_names_one(said, items):
    assert [(one["kind"], one.get("amount_yuan")) for one in items_of(said, None, "某列")] == items


@pytest.mark.parametrize(
    "said",
    [
        "按每平方米20元处罚款，共计12400元",
        "按每平方米20元处罚款",
        "不予罚款",
        "罚款500、拆除建筑",
        "拆除并罚款100元",
        "罚款100元，减为80元",
    ],
)
def test_a_penalty_that_could_be_read_in_two_ways_is_refused(said):
    assert "分开" in refused(items_of, said, None, "某列")


def test_the_fine_has_a_column_of_its_own_and_must_not_contradict_it():
    assert items_of("没收违法所得", "100.00", "某列")[1:] == [{"kind": "fine", "amount_yuan": "100.00"}]
    assert items_of("罚款", "100.00", "某列") == [{"kind": "fine", "what": "罚款", "amount_yuan": "100.00"}]
    assert items_of("", None, "某列") == []
    refused(items_of, "罚款200元", "100.00", "某列")


# --- a ledger to try on -------------------------------------------------------------------------------------------


@pytest.fixture
def door(tmp_path):
    settings = load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db"})
    with Ledger.create(settings) as ledger:
        made = Door(ledger)
        found_ledger(made)
        yield made


def test_a_rehearsed_act_is_seen_by_later_ones_and_by_nobody_else(door):
    before = door.state()
    tried = Door(rehearsal(door.ledger))
    tried.now, tried.made = door.now, door.made
    case = tried.do("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA).receipt
    notice = tried.do("NoticeIssued", "nr.lhasa", EMPTY, NOTICE).receipt
    assert [case.entry.index, notice.entry.index] == [len(before[1]), len(before[1]) + 1]
    assert [e.version for e in tried.ledger.store.read_stream(EMPTY)] == [1, 2]
    assert [e.index for e in tried.ledger.store.read(len(before[1]) - 2, 2)] == [
        len(before[1]) - 1,
        len(before[1]),
    ]
    with pytest.raises(Refusal) as second:
        tried.do("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA)
    assert second.value.code == "case_rule_broken"
    assert door.state() == before
    door.do("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA)  # nothing stands in the real one's way


def test_a_rehearsal_goes_on_where_the_real_case_stands(door):
    tried = Door(rehearsal(door.ledger))
    tried.now, tried.made = door.now, door.made
    raw = tried.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    first, again = tried.submit(raw).receipt, tried.submit(raw).receipt
    assert (first.entry.version, first.repeated) == (2, False)
    assert (again.entry, again.repeated) == (first.entry, True)
    assert [e.version for e in tried.ledger.store.read_stream(FILED)] == [1, 2]


def test_a_rehearsed_store_keeps_a_store_s_word(door):
    tried = rehearsal(door.ledger).store
    entry = door.ledger.store.read_stream(FILED)[0]
    proposal = _proposal_of(entry, door.ledger)
    with pytest.raises(CtiTaken):
        tried.append(proposal(signed_digest=b"\1" * 32))
    with pytest.raises(PositionTaken) as taken:
        tried.append(proposal(cti=b"\1" * 16))
    assert (taken.value.stream_version, taken.value.registry_version) == (
        1,
        door.ledger.store.head().registry_version,
    )


def _proposal_of(entry, ledger):
    made = Proposal(
        stream=entry.stream, version=entry.version, registry_version=ledger.store.head().registry_version,
        topic=entry.topic, statement=entry.statement, cti=entry.cti, iss=entry.iss, signed_digest=entry.signed_digest,
        rho=entry.rho, prev=entry.prev, commitment=entry.commitment, now_ms=entry.received_at_ms,
    )  # fmt: skip
    return lambda **changes: replace(made, **changes)
