"""核账销账: rounds, differences, write-offs, and a row through several rounds. Source: 拉萨实施意见 四（三）."""

from typing import Any

import pytest

from domain import reconciling
from domain.forms import plain
from domain.reconciling import row_key, row_states
from domain.refusal import Refusal
from domain.values import Ref
from tests.streams import Stream
from tests.worlds import Office, day, lhasa

NR, COURT, PROCURATORATE, COUNTY = "nr.lhasa", "court.lhasa", "procuratorate.lhasa", "nr.chengguan"
ID = "reconciliation/2026-2"
RULE, FORM = "case_rule_broken", "schema_invalid"
PAPER, CASE = "papers/enforcement/" + "a" * 32, "cases/拉自然资执〔2026〕1号"
SHEET = "ab" * 32
OPEN: dict[str, Any] = {"from": "2026-04-01", "to": "2026-06-30", "agencies": [COURT, PROCURATORATE]}
EXPECTED = {"number": "检建〔2026〕3号", "date": "2026-05-06", "from": PROCURATORATE}


def empty() -> Stream:
    return Stream(reconciling, ID)


def opened(stream: Stream | None = None, on: str = "2026-07-01", /, **changes: Any) -> Stream:
    stream = stream or empty()
    stream.act("ReconciliationOpened", NR, on, **{**OPEN, **changes})
    return stream


def differing() -> Stream:
    stream = opened()
    stream.act("DifferenceRaised", COURT, "2026-07-02", row=PAPER, what="受理日期应为 6 月 3 日")
    return stream


def proposed(row: str = PAPER, actor: str = NR, /, **changes: Any) -> Stream:
    stream = opened()
    stream.act("WriteOffProposed", actor, "2026-07-02", **{"row": row, "ground": "completed", **changes})
    return stream


def closed() -> Stream:
    stream = opened()
    stream.act("ReconciliationClosed", NR, "2026-07-10")
    return stream


# --- accounts and differences -------------------------------------------------------------------------------


# 条款 四（三）-1.1
def test_each_agency_confirms_the_sheet_that_it_has_checked():
    stream = opened()
    act = stream.act("AccountConfirmed", COURT, "2026-07-02", agency=COURT, digest=SHEET)
    assert (stream.dossier.confirmations[COURT].digest, stream.dossier.unconfirmed) == (
        SHEET,
        (PROCURATORATE,),
    )
    assert stream.dossier.entries[-1].subjects == {"reconciliation": ID, "agency": COURT, "act": act.id}
    assert stream.refused("AccountConfirmed", COURT, "2026-07-03", agency=COURT, digest=SHEET) == (
        RULE,
        "digest",
    )
    stream.act("AccountConfirmed", COURT, "2026-07-03", agency=COURT, digest="cd" * 32)
    assert stream.dossier.confirmations[COURT].digest == "cd" * 32


@pytest.mark.parametrize(
    ("actor", "data", "to"),
    [
        (COURT, {"row": PAPER}, (NR,)),  # the department keeps the account
        (NR, {"row": PAPER, "to": COURT}, (COURT,)),
        (NR, {"row": PAPER}, (COURT, PROCURATORATE)),  # its own question goes to all others
        (NR, {"expected": EXPECTED}, (PROCURATORATE,)),  # whose the paper is
        (PROCURATORATE, {"expected": EXPECTED}, (NR,)),  # its own paper, which the account lacks
    ],
)
def test_a_difference_goes_to_whom_it_concerns(actor, data, to):
    stream = opened()
    stream.act("DifferenceRaised", actor, "2026-07-02", what="对不上", **data)
    (difference,) = stream.dossier.open_differences
    entry = stream.dossier.entries[-1]
    assert difference.to == to
    assert stream.dossier.meant("addressee", entry.subjects, entry, day("2026-07-02"), stream.registry) == to


# 条款 四（三）-1.1
def test_a_difference_stays_open_until_the_one_that_raised_it_agrees():
    stream = differing()
    raised = stream.dossier.acts[-1].id
    stream.act("DifferenceResolved", NR, "2026-07-03", how="已更正")
    assert [d.act for d in stream.dossier.open_differences] == [raised]
    assert stream.refused("DifferenceAgreed", NR, "2026-07-04", of=raised) == (RULE, "actor")
    assert stream.refused("DifferenceAgreed", COURT, "2026-07-02", of=raised) == (RULE, "occurred_on")
    stream.act("DifferenceAgreed", COURT, "2026-07-04", of=PAPER)
    assert stream.dossier.open_differences == ()
    assert {e.subjects.get("difference") for e in stream.dossier.entries[1:]} == {raised}
    assert stream.dossier.entries[-1].to == NR


def test_differences_are_named_by_row_or_number_and_the_client_resolves_them():
    stream = differing()
    stream.act("DifferenceRaised", NR, "2026-07-02", expected=EXPECTED, what="未见检察建议")
    assert stream.refused("DifferenceAgreed", NR, "2026-07-03") == (FORM, "of")
    assert stream.refused("DifferenceAgreed", NR, "2026-07-03", of="没有的文号") == (RULE, "of")
    typed = stream.proposed("DifferenceAgreed", NR, "2026-07-03", of="检建（2026）3号")
    event = reconciling.resolved(stream.dossier, typed.event)
    assert plain(event)["of"] == stream.dossier.acts[-1].id
    closing = stream.proposed("ReconciliationClosed", NR, "2026-07-03", carried=[PAPER, "没有的文号"])
    refs = reconciling.resolved(stream.dossier, closing.event).carried  # type: ignore[attr-defined]
    assert refs == (Ref(no=PAPER, act=stream.dossier.acts[-2].id), Ref(no="没有的文号"))
    assert reconciling.resolved(stream.dossier, stream.dossier.acts[0].event) is stream.dossier.acts[0].event


def test_one_from_outside_answers_where_it_was_asked():
    stream = opened()
    stream.act("DifferenceRaised", NR, "2026-07-02", row=PAPER, what="未签收", to="police.lhasa")
    assert stream.refused("DifferenceResolved", COURT, "2026-07-03", how="x") == (RULE, "actor")
    stream.act("DifferenceResolved", "police.lhasa", "2026-07-03", how="已补签收")
    assert stream.dossier.open_differences[0].resolved[0][1] == "police.lhasa"


# --- writing off --------------------------------------------------------------------------------------------


# 条款 四（三）-1.1
def test_a_paper_is_written_off_when_the_other_side_agrees():
    stream = proposed(to=COURT)
    proposal = stream.dossier.acts[-1].id
    assert stream.dossier.entries[-1].to == COURT
    assert stream.refused("WriteOffAgreed", PROCURATORATE, "2026-07-03", row=PAPER) == (RULE, "actor")
    stream.act("WriteOffAgreed", COURT, "2026-07-03", row=PAPER)
    row = stream.dossier.rows[PAPER]
    assert (row.written_off, row.ground, str(row.last.on), row.last.by) == (
        True,
        "completed",
        "2026-07-03",
        COURT,
    )
    assert stream.dossier.entries[-1].subjects["row"] == proposal
    assert stream.refused("WriteOffProposed", NR, "2026-07-04", row=PAPER, ground="completed") == (
        RULE,
        "row",
    )


def test_a_case_is_written_off_by_another_officer_of_the_department():
    stream = proposed(CASE)
    assert stream.dossier.entries[-1].to == NR
    assert stream.refused("WriteOffAgreed", NR, "2026-07-03", row=CASE) == (RULE, "officer")
    assert stream.refused("WriteOffAgreed", COURT, "2026-07-03", row=CASE) == (RULE, "actor")
    assert stream.refused("WriteOffAgreed", COUNTY, "2026-07-03", row=CASE) == (RULE, "actor")
    stream.act("WriteOffAgreed", NR, "2026-07-03", None, None, "nr.lhasa/2", row="cases/拉自然资执(2026)1号")
    assert stream.dossier.rows[CASE].written_off


def test_a_countys_case_is_written_off_by_the_department_above():
    stream = opened(agencies=[COUNTY, COURT])
    stream.act("WriteOffProposed", COUNTY, "2026-07-02", row="cases/城1", ground="transferred")
    assert stream.refused("WriteOffAgreed", "nr.duilong", "2026-07-03", row="cases/城1") == (RULE, "actor")
    stream.act("WriteOffRejected", "nr.xizang", "2026-07-03", row="cases/城1", reason="未移交完毕")
    stream.act("WriteOffProposed", COUNTY, "2026-07-04", row="cases/城1", ground="transferred")
    stream.act("WriteOffAgreed", NR, "2026-07-05", row="cases/城1")
    row = stream.dossier.rows["cases/城1"]
    assert [m.stage for m in row.marks] == ["proposed", "rejected", "proposed", "agreed"]
    # the second proposal is a thing of its own, which somebody has to answer anew
    asked = [e.subjects["row"] for e in stream.entries("WriteOffProposed")]
    assert len(set(asked)) == 2
    assert row.proposal is not None
    assert row.proposal.act == asked[1]


# 条款 四（三）-1.1
def test_what_was_written_off_can_be_open_again():
    stream = proposed(to=COURT)
    assert stream.refused("RowReinstated", NR, "2026-07-03", row=PAPER, reason="x") == (RULE, "row")
    stream.act("WriteOffAgreed", COURT, "2026-07-03", row=PAPER)
    assert stream.refused("RowReinstated", NR, "2026-07-02", row=PAPER, reason="x") == (RULE, "occurred_on")
    stream.act("RowReinstated", NR, "2026-07-04", row=PAPER, reason="实未履行")
    assert not stream.dossier.rows[PAPER].written_off
    assert stream.refused("RowReinstated", NR, "2026-07-05", row=PAPER, reason="x") == (RULE, "row")
    stream.act("WriteOffProposed", NR, "2026-07-06", row=PAPER, ground="completed", to=COURT)


def test_a_row_is_followed_through_all_rounds_of_a_region():
    first = proposed(to=COURT)
    first.act("WriteOffAgreed", COURT, "2026-07-03", row=PAPER)
    first.act("WriteOffProposed", NR, "2026-07-04", row=CASE, ground="completed")  # never answered
    second = Stream(reconciling, "reconciliation/2026-3", first=50)
    opened(second, "2026-10-08", **{"from": "2026-07-01", "to": "2026-09-30"})
    second.act("RowReinstated", NR, "2026-10-09", row=PAPER, reason="实未履行")
    second.act("WriteOffProposed", NR, "2026-10-10", row=CASE, ground="merged")
    rounds = [second.dossier, first.dossier]  # in whatever order: the log's order counts
    rows = row_states(rounds)
    assert (rows[PAPER].stage, rows[PAPER].last.reconciliation) == ("reinstated", "reconciliation/2026-3")
    assert (rows[CASE].stage, rows[CASE].ground) == ("proposed", "merged")
    assert row_states(rounds, day("2026-10-08"))[PAPER].written_off
    # a proposal for what another round has written off changes nothing
    third = Stream(reconciling, "reconciliation/2026-4", first=80)
    opened(third, "2026-10-09")
    third.act("WriteOffProposed", NR, "2026-10-09", row=PAPER, ground="merged", to=COURT)
    assert row_states([first.dossier, third.dossier])[PAPER].ground == "completed"


# --- closing ------------------------------------------------------------------------------------------------


# 条款 四（三）-1.1
def test_a_round_closes_when_each_difference_is_agreed_or_carried_on():
    stream = differing()
    raised = stream.dossier.acts[-1].id
    assert stream.refused("ReconciliationClosed", NR, "2026-07-10") == (RULE, "carried")
    assert stream.refused("ReconciliationClosed", NR, "2026-07-10", carried=[PAPER, raised]) == (
        RULE,
        "carried.1",
    )
    stream.act("ReconciliationClosed", NR, "2026-07-10", carried=[PAPER])
    assert (str(stream.dossier.closed_on), stream.dossier.carried) == ("2026-07-10", (raised,))
    assert stream.irregular() == {"closed_unconfirmed"}
    assert stream.refused("DifferenceAgreed", COURT, "2026-07-11") == (RULE, "type")


def test_a_round_that_all_have_confirmed_closes_in_order():
    stream = opened()
    for agency in (COURT, PROCURATORATE):
        stream.act("AccountConfirmed", agency, "2026-07-02", agency=agency, digest=SHEET)
    stream.act("ReconciliationClosed", NR, "2026-07-10")
    assert stream.irregular() == set()


# --- refused ------------------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, str, str, str, dict[str, Any], tuple[str, str]]] = [
    (empty, "AccountConfirmed", COURT, "2026-07-02", {"agency": COURT, "digest": SHEET}, (RULE, "type")),
    (empty, "ReconciliationOpened", NR, "2026-07-01", {**OPEN, "to": "2026-03-31"}, (RULE, "to")),
    (empty, "ReconciliationOpened", NR, "2026-07-01", {**OPEN, "from": "1826-03-31"}, (RULE, "from")),
    (empty, "ReconciliationOpened", NR, "2026-07-01", {**OPEN, "agencies": [COURT, COURT]}, (RULE, "agencies.1")),
    (empty, "ReconciliationOpened", NR, "2026-07-01", {**OPEN, "region": "540102"}, (RULE, "region")),
    (opened, "ReconciliationOpened", NR, "2026-07-02", OPEN, (RULE, "type")),
    (opened, "AccountConfirmed", "court.duilong", "2026-07-02", {"agency": "court.duilong", "digest": SHEET}, (RULE, "actor")),
    (opened, "AccountConfirmed", COURT, "2026-07-02", {"agency": PROCURATORATE, "digest": SHEET}, (RULE, "agency")),
    (opened, "AccountConfirmed", COURT, "2026-06-30", {"agency": COURT, "digest": SHEET}, (RULE, "occurred_on")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x"}, (FORM, "row")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x", "row": PAPER, "expected": EXPECTED}, (FORM, "row")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x", "row": "enforcement/1"}, (FORM, "row")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x", "row": PAPER, "to": COURT}, (RULE, "to")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x", "expected": {**EXPECTED, "from": "court.nowhere"}}, (RULE, "expected.from")),
    (opened, "DifferenceRaised", COURT, "2026-07-02", {"what": "x", "expected": {**EXPECTED, "date": "1826-01-01"}}, (RULE, "expected.date")),
    (opened, "DifferenceResolved", NR, "2026-07-02", {"how": "x"}, (RULE, "of")),
    (differing, "DifferenceResolved", COURT, "2026-07-03", {"how": "x"}, (RULE, "actor")),
    (differing, "DifferenceResolved", NR, "2026-07-01", {"how": "x"}, (RULE, "occurred_on")),
    (differing, "DifferenceResolved", NR, "2026-07-03", {"how": "x", "of": "f" * 32}, (RULE, "of")),
    (opened, "WriteOffProposed", COURT, "2026-07-02", {"row": CASE, "ground": "completed"}, (RULE, "actor")),
    (opened, "WriteOffProposed", NR, "2026-07-02", {"row": CASE, "ground": "completed", "to": COURT}, (RULE, "to")),
    (opened, "WriteOffProposed", NR, "2026-07-02", {"row": PAPER, "ground": "completed", "to": NR}, (RULE, "to")),
    (proposed, "WriteOffProposed", COURT, "2026-07-03", {"row": PAPER, "ground": "completed"}, (RULE, "row")),
    (proposed, "WriteOffAgreed", NR, "2026-07-03", {"row": PAPER}, (RULE, "actor")),
    (proposed, "WriteOffAgreed", COURT, "2026-07-01", {"row": PAPER}, (RULE, "occurred_on")),
    (opened, "WriteOffAgreed", COURT, "2026-07-03", {"row": PAPER}, (RULE, "row")),
    (proposed, "WriteOffRejected", NR, "2026-07-03", {"row": PAPER}, (RULE, "actor")),
    (opened, "RowReinstated", COUNTY, "2026-07-03", {"row": PAPER, "reason": "x"}, (RULE, "actor")),
    (opened, "ReconciliationClosed", COURT, "2026-07-03", {}, (RULE, "actor")),
    (differing, "ReconciliationClosed", NR, "2026-07-01", {"carried": [PAPER]}, (RULE, "occurred_on")),
    (opened, "ReconciliationClosed", NR, "2026-07-03", {"carried": [PAPER]}, (RULE, "carried.0")),
    (closed, "WriteOffProposed", NR, "2026-07-11", {"row": PAPER, "ground": "completed"}, (RULE, "type")),
    (opened, "MinutesEndorsed", COURT, "2026-07-03", {}, (RULE, "type")),
]  # fmt: skip


@pytest.mark.parametrize(("world", "type_", "actor", "on", "data", "met"), REFUSED)
def test_what_cannot_have_happened_is_refused(world, type_, actor, on, data, met):
    assert world().refused(type_, actor, on, **data) == met


def test_a_difference_is_agreed_once():
    stream = differing()
    raised = stream.dossier.acts[-1].id
    stream.act("DifferenceAgreed", COURT, "2026-07-03")  # withdrawn: its own slip
    assert stream.refused("DifferenceAgreed", COURT, "2026-07-04", of=raised) == (RULE, "of")
    assert stream.refused("DifferenceResolved", NR, "2026-07-04", of=raised, how="x") == (RULE, "of")


@pytest.mark.parametrize(
    "key",
    [
        "papers/enforcement",
        "papers//1",
        "papers/enforcement/",
        "cases/",
        "cases/ ",
        "other/1",
        "cases",
        " cases/1",
    ],
)
def test_a_row_is_named_by_its_book_first(key):
    with pytest.raises(Refusal) as refused:
        row_key(key)
    assert (refused.value.code, refused.value.field) == (FORM, "row")


def test_a_rows_key_has_one_spelling():
    assert row_key("cases/拉自然资执(2026)1号") == CASE
    assert row_key(PAPER) == PAPER
    assert row_key("papers/meeting_items/meeting/2026-1#1") == "papers/meeting_items/meeting/2026-1#1"


def test_of_two_departments_in_one_region_only_the_parent_is_above():
    office = Office(lhasa())
    office.act(
        "AgencyRegistered", id="nr.branch", kind="nr", name="分局", level="county", region="540100", parent=NR
    )
    stream = Stream(reconciling, ID, office.registry)
    opened(stream, agencies=["nr.branch"])
    stream.act("WriteOffProposed", "nr.branch", "2026-07-02", row="cases/1", ground="merged")
    stream.act("WriteOffProposed", NR, "2026-07-02", row="cases/2", ground="merged")
    assert stream.refused("WriteOffAgreed", "nr.branch", "2026-07-03", row="cases/2") == (RULE, "actor")
    stream.act("WriteOffAgreed", NR, "2026-07-03", row="cases/1")
    assert stream.dossier.rows["cases/1"].written_off
