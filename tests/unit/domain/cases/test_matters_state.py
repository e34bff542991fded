"""What becomes of what agencies ask of and refer to each other: stages, copies for several, who is meant, and what is
recorded although it should not have happened."""

from dataclasses import replace
from typing import Any

import pytest

from domain.acts import Act
from domain.acts.matters import SupervisionApplied
from domain.cases.model import Matter
from domain.duties import Match, Pack, Row
from domain.entries import Entry
from domain.terms import Term
from tests.unit.domain.cases import test_matters as scenes
from tests.unit.domain.cases.test_matters import (
    APPROVAL,
    COMPLAINT,
    CRIME,
    HELP,
    NUMBER,
    OTHER_POLICE,
    POLICE,
    REPORT,
    SHARED,
    SUGGESTED,
    SUIT,
    told,
)
from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    RULING,
    World,
    accepted,
    applied,
    day,
    decided,
    filed,
    granted,
)

RULE = "case_rule_broken"


def matter(world: World, kind: str) -> Matter:
    """The only matter of a kind."""
    found = [m for m in world.case.matters.values() if m.kind == kind]
    assert len(found) == 1
    return found[0]


def entry_of(world: World, act: Act) -> Entry:
    found = world.case.entry(act.id)
    assert found is not None
    return found


def course(world: World, kind: str) -> list[str]:
    return [type_ for _, type_, _ in matter(world, kind).stages]


# --- stages ---------------------------------------------------------------------------------------------------


def test_a_matter_keeps_what_was_done_about_it_in_order():
    world = scenes.reconsidered()
    world.act("ReconsiderationDecided", POLICE, "2026-03-10", **NUMBER, outcome="keep")
    world.act("FilingSupervisionRequested", NR, "2026-03-11", **NUMBER)
    world.act("FilingSupervisionDecided", PROCURATORATE, "2026-03-20", **NUMBER, outcome="file")
    world.act("CrimeFiled", POLICE, "2026-03-25", **NUMBER)
    crime = matter(world, "crime")
    assert course(world, "crime") == [
        "ReferralReportSubmitted", "ReferralApproved", "CrimeReferred", "CrimeReferralReceived", "CrimeNotFiled",
        "ReconsiderationRequested", "ReconsiderationDecided", "FilingSupervisionRequested", "FilingSupervisionDecided",
        "CrimeFiled",
    ]  # fmt: skip
    assert (crime.no, crime.by, crime.to) == ("移1", NR, (POLICE,))
    assert (crime.stage, crime.opened_on, crime.ended_on) == ("CrimeFiled", day("2026-03-02"), None)
    world.act("CrimeOutcomeTold", POLICE, "2026-06-01", **NUMBER, outcome="prosecuted")
    assert matter(world, "crime").ended_on is None
    world.act("CrimeOutcomeTold", POLICE, "2026-09-01", **NUMBER, outcome="judged")
    assert (matter(world, "crime").ended_on, matter(world, "crime").outcome) == (day("2026-09-01"), "judged")


@pytest.mark.parametrize(
    ("scene", "kind", "ending"),
    [
        (scenes.asked, "assistance", ("AssistanceDeclined", POLICE, "2026-03-05", {**scenes.NO, "reasons": "无警力"})),
        (scenes.asked, "assistance", ("AssistanceNotRendered", COURT, "2026-03-10", {**scenes.NO, "what": "无人"})),
        (scenes.complained, "supervision", ("SupervisionNotAccepted", PROCURATORATE, "2026-03-05", {**scenes.SUPERVISED, "reasons": "x"})),
        (scenes.decided_on, "supervision", ("SupervisionDecisionServed", PROCURATORATE, "2026-05-08", {**scenes.SUPERVISED, "to": NR})),
        (scenes.wanted, "files", ("FilesProvided", NR, "2026-02-25", {"what": "一册"})),
        (scenes.opined, "opinion", ("PenaltyOpinionReplied", NR, "2026-03-20", {"opinion_no": "意1", "what": "已处罚"})),
        (scenes.clue_returned, "returned_clue", ("ReturnedClueHandled", NR, "2026-03-20", {"clue_no": "线1", "outcome": "并案"})),
        (scenes.obstructed, "obstruction", ("ObstructionHandled", POLICE, "2025-09-05", {"obstruction_no": "妨1", "outcome": "拘留"})),
        (scenes.organised, "handover", ("DemolitionCompleted", "government.chengguan", "2025-09-20", {"handover_no": "交1"})),
        (scenes.lacking, "study", ("JointStudyHeld", NR, "2026-03-20", {"conclusion": "另行协调"})),
        (scenes.to_be_appraised, "appraisal", ("AppraisalDelivered", NR, "2026-03-20", {"appraisal_no": "认1", "what": "严重"})),
    ],
)  # fmt: skip
def test_what_ends_a_matter(scene, kind, ending):
    world = scene()
    assert matter(world, kind).ended_on is None
    type_, actor, on, data = ending
    world.act(type_, actor, on, **data)
    assert (matter(world, kind).stage, matter(world, kind).ended_on) == (type_, day(on))


def test_stopping_an_obstruction_does_not_end_its_case():
    world = scenes.obstructed()
    act = world.act("ObstructionHandled", POLICE, "2025-09-01", obstruction_no="妨1")
    assert matter(world, "obstruction").ended_on is None
    assert entry_of(world, act).facts["complete"] == ("false",)
    act = world.act("ObstructionHandled", POLICE, "2025-09-05", obstruction_no="妨1", outcome="拘留")
    assert entry_of(world, act).facts["complete"] == ("true",)


def test_a_request_put_off_may_be_agreed_to_anew():
    world = scenes.asked()
    world.act("AssistanceConfirmed", POLICE, "2026-03-04", assistance_no="协1")
    assert world.refused("AssistanceConfirmed", POLICE, "2026-03-05", assistance_no="协1") == (
        RULE,
        "assistance_no",
    )
    world.act("AssistanceRescheduled", COURT, "2026-03-05", assistance_no="协1", at="2026-03-12")
    world.act("AssistanceConfirmed", POLICE, "2026-03-06", assistance_no="协1")
    assert world.refused("AssistanceNotRendered", COURT, "2026-03-11", assistance_no="协1", what="无人") == (
        RULE,
        "occurred_on",
    )
    world.act("AssistanceNotRendered", COURT, "2026-03-12", assistance_no="协1", what="无人")


def test_what_was_done_before_a_withdrawal_may_be_recorded_after_it():
    world = scenes.complained()
    world.act("SupervisionWithdrawn", NR, "2026-03-09", **scenes.SUPERVISED)
    assert world.refused("SupervisionAccepted", PROCURATORATE, "2026-03-09", **scenes.SUPERVISED)[0] == RULE
    world.act("SupervisionAccepted", PROCURATORATE, "2026-03-06", "2026-03-10", **scenes.SUPERVISED)


def test_two_requests_of_one_court_are_two_matters():
    world = scenes.asked()
    world.act("AssistanceRequested", COURT, "2026-03-03", **{**HELP, "assistance_no": "协2", "to": NR})
    assert world.refused("AssistanceConfirmed", NR, "2026-03-04", assistance_no="协1") == (RULE, "actor")
    world.act("AssistanceConfirmed", NR, "2026-03-04", assistance_no="协２")  # NFKC: the same number
    stages = {m.no: m.stage for m in world.case.matters.values()}
    assert stages == {"协1": "AssistanceRequested", "协2": "AssistanceConfirmed"}


def test_files_are_named_where_several_requests_wait():
    world = scenes.wanted()
    world.act("FilesRequested", PROCURATORATE, "2026-02-21", what="补充材料", files_no="调2")
    assert world.refused("FilesProvided", NR, "2026-02-25", what="一册") == ("schema_invalid", "files_no")
    world.act("FilesProvided", NR, "2026-02-25", what="补充材料", files_no="调2")
    world.act("FilesProvided", NR, "2026-02-26", what="一册")
    assert {m.ended_on for m in world.case.matters.values()} == {day("2026-02-25"), day("2026-02-26")}


def test_a_referral_passed_on_is_its_new_holders():
    world = scenes.passed_on()
    assert matter(world, "crime").to == (POLICE, OTHER_POLICE)
    assert world.refused("CrimeFiled", POLICE, "2026-03-08", **NUMBER) == (RULE, "actor")
    # the first one's receipt may still come in, and is no second one of the new holder's
    world.act("CrimeReferralReceived", POLICE, "2026-03-04", "2026-03-06", **NUMBER, competent=False)
    world.act("CrimeReferralReceived", OTHER_POLICE, "2026-03-06", **NUMBER)
    world.act("CrimeFiled", OTHER_POLICE, "2026-03-08", **NUMBER)
    handed = world.act("ItemsHandedOver", NR, "2026-03-09", **NUMBER)
    assert entry_of(world, handed).to == OTHER_POLICE


def test_reasons_go_to_the_procuratorate_that_demanded_them():
    world = scenes.not_filed()
    world.act("ReasonsDemanded", "procuratorate.chengguan", "2026-03-10", **NUMBER)
    stated = world.act("ReasonsStated", POLICE, "2026-03-15", **NUMBER)
    assert entry_of(world, stated).to == "procuratorate.chengguan"
    assert world.refused("ReasonsStated", POLICE, "2026-03-16", **NUMBER) == (RULE, "referral_no")


def test_after_a_transfer_the_new_department_answers_and_is_told():
    world = told(scenes.opined, *[
        ("CaseTransferred", NR, "2026-03-05", {"to": "nr.chengguan", "why": "territory"}),
        ("TransferAccepted", "nr.chengguan", "2026-03-06", {}),
    ])()  # fmt: skip
    assert world.refused("PenaltyOpinionReplied", NR, "2026-03-10", opinion_no="意1", what="x") == (
        RULE,
        "actor",
    )
    world.act("PenaltyOpinionReplied", "nr.chengguan", "2026-03-10", opinion_no="意1", what="已处罚")
    asked = world.act("FilesRequested", PROCURATORATE, "2026-03-12", what="案卷")
    assert entry_of(world, asked).to == "nr.chengguan"


# --- whom an act goes to, and its copies -----------------------------------------------------------------------


def sent_to(world: World, act_id: str) -> set[str]:
    return {c.recipient for c in world.case.copies.values() if c.act == act_id}


def test_a_referral_is_a_copy_for_each_who_gets_one():
    world = scenes.approved()
    act = world.act(
        "CrimeReferred", NR, "2026-03-04", **{**CRIME, "copied_to": [PROCURATORATE, "discipline.lhasa"]}
    )
    assert sent_to(world, act.id) == {POLICE, PROCURATORATE, "discipline.lhasa"}
    assert world.case.copies[act.id].recipient == POLICE  # the one addressed stands under the act itself
    assert entry_of(world, act).to == POLICE
    for agency in ("discipline.lhasa", PROCURATORATE):
        world.act("CopyAcknowledged", agency, "2026-03-06", of="移1")
        assert world.refused("CopyAcknowledged", agency, "2026-03-07", of="移1") == (RULE, "of")
    assert world.refused("CopyAcknowledged", COURT, "2026-03-07", of=act.id) == (RULE, "actor")
    signed = {c.recipient for c in world.case.copies.values() if c.acknowledged is not None}
    assert signed == {PROCURATORATE, "discipline.lhasa"}
    world.act("CrimeReferralReceived", POLICE, "2026-03-05", **NUMBER)  # 回执
    assert world.case.copies[act.id].acknowledged_on == day("2026-03-05")
    assert world.case == world.refolded()


# 条款 四（二）-1.2、四（三）-1.1
def test_each_recipient_of_a_shared_document_signs_for_its_own():
    world = decided()
    act = world.act("DocumentShared", NR, "2025-10-20", **SHARED)
    for agency in SHARED["to"]:
        receipt = world.act("CopyAcknowledged", agency, "2025-10-22", of=act.id)
        assert entry_of(world, receipt).to == NR
    assert {c.recipient for c in world.case.copies.values() if c.acknowledged} == set(SHARED["to"])
    assert world.refused("CopyAcknowledged", POLICE, "2025-10-22", of=act.id) == (RULE, "actor")
    world.act("CopyReturned", PROCURATORATE, "2025-10-23", of=act.id, missing=["第二页"])
    returned = [c.recipient for c in world.case.copies.values() if c.returned]
    assert returned == [PROCURATORATE]


def test_what_its_recipient_has_answered_needs_no_naming_any_more():
    """Four papers of one number are with the department; it has answered the first and signs for each other."""
    world = scenes.supplement_asked()
    world.act("SupplementFiled", NR, "2026-03-06", **NUMBER)
    world.act("CrimeNotFiled", POLICE, "2026-03-08", **NUMBER, reasons="情节显著轻微")
    receipt = world.act("CopyAcknowledged", NR, "2026-03-09", of="移1")
    assert entry_of(world, receipt).facts["of"] == ("CrimeNotFiled",)


@pytest.mark.parametrize(
    ("scene", "type_", "actor", "on", "data", "to"),
    [
        (granted, "SupervisionApplied", NR, "2026-03-02", COMPLAINT, {PROCURATORATE}),
        (scenes.complained, "SupervisionAccepted", PROCURATORATE, "2026-03-05", scenes.SUPERVISED, {NR}),
        (scenes.decided_on, "SupervisionDecisionServed", PROCURATORATE, "2026-05-08", scenes.SUPERVISED, {NR}),
        (scenes.suggested, "SuggestionNotified", PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTED}, {NR}),
        (scenes.suggested, "SuggestionReplied", COURT, "2026-03-20",
         {"suggestion_no": SUGGESTED, "adopted": True, "measures": "已纠正"}, {PROCURATORATE}),
        (filed, "ObstructionReported", NR, "2025-09-01",
         {"obstruction_no": "妨1", "at": "2025-09-01", "place": "村口"}, {POLICE}),
        (scenes.not_filed, "FilingSupervisionRequested", NR, "2026-03-09", NUMBER, {PROCURATORATE}),
        (scenes.to_be_supervised, "FilingSupervisionDecided", PROCURATORATE, "2026-03-20", {**NUMBER, "outcome": "file"}, {POLICE, NR}),
        (scenes.referred, "ReferralPassedOn", POLICE, "2026-03-05", {**NUMBER, "to": OTHER_POLICE}, {OTHER_POLICE, NR}),
        (scenes.received, "SupplementAsked", POLICE, "2026-03-05", NUMBER, {NR}),
        (scenes.asked, "AssistanceDeclined", POLICE, "2026-03-05", {**scenes.NO, "reasons": "x"}, {COURT}),
        (filed, "JointEnforcementOpened", NR, "2025-09-01", scenes.JOINT, {POLICE, "government.chengguan"}),
        (granted, "CourtExecutionUnlawfulFound", PROCURATORATE, "2026-03-02", {"what": "x"}, {COURT}),
        (decided, "UnlawfulActFound", PROCURATORATE, "2026-03-02", {"what": "x"}, {NR}),
    ],
)  # fmt: skip
def test_whom_an_act_goes_to(scene, type_, actor, on, data, to):
    world = scene()
    act = world.act(type_, actor, on, **data)
    entry = entry_of(world, act)
    assert ({entry.to} if entry.to else set(entry.facts["to"])) == to
    assert sent_to(world, act.id) in (to, set())


def test_a_park_without_police_and_procuratorate_of_its_own_must_say_whom_it_means():
    """Routes of the park name the court and the procuratorate for enforcement, but no police."""
    world = World("园自然资执〔2026〕1号")
    filed(
        world,
        "2025-08-01",
        "nr.lhasa-park",
        place={"region": "540199", "address": "园区"},
    )
    said = {"obstruction_no": "妨1", "at": "2025-09-01", "place": "园区"}
    assert world.refused("ObstructionReported", "nr.lhasa-park", "2025-09-01", **said) == (
        "schema_invalid",
        "to",
    )
    act = world.act("SupervisionApplied", "nr.lhasa-park", "2025-09-01", **COMPLAINT)
    assert entry_of(world, act).to == "procuratorate.duilong"
    # told before it is signed, so that a later route changes nothing
    assert isinstance(act.event, SupervisionApplied)
    assert act.event.to == "procuratorate.duilong"


# --- what a matter is about -------------------------------------------------------------------------------------


def subjects(world: World, *kinds: str) -> dict[str, str]:
    found = world.case.entries[-1].subjects
    return {k: found[k] for k in kinds if k in found}


# 条款 三（六）-3.1、三（六）-3.2
def test_a_complaint_is_about_the_ruling_or_the_lawsuit_and_so_is_all_that_follows():
    world = scenes.complained()  # the only application, and the only court, are meant
    application = next(iter(world.case.applications))
    assert subjects(world, "application", "ruling") == {"application": application}
    world.act("SupervisionAccepted", PROCURATORATE, "2026-03-05", **scenes.SUPERVISED)
    assert subjects(world, "application") == {"application": application}
    world = granted()
    ruling = world.case.acts[-1].id
    world.act("SupervisionApplied", NR, "2026-03-02", **COMPLAINT, about=RULING)
    assert subjects(world, "ruling") == {"ruling": ruling}
    world = scenes.sued()
    suit = next(iter(world.case.remedies))
    complaint = {**COMPLAINT, "category": "judgment", "grounds": ["wrong_judgment"], "about": SUIT}
    world.act("SupervisionApplied", NR, "2026-03-02", **complaint)
    assert subjects(world, "lawsuit") == {"lawsuit": suit}


# 条款 三（四）-1.3、三（四）-1.4、五（四）-1.1
def test_tracking_is_of_the_application_the_ruling_or_the_joint_case():
    world = scenes.joint()
    opened = world.case.acts[-1].id
    world.act("HandlingTracked", POLICE, "2025-09-20", subject="joint_case", finding="x")
    assert subjects(world, "joint", "application") == {"joint": opened}
    world = granted()
    application, ruling = next(iter(world.case.applications)), next(iter(world.case.rulings))
    world.act("HandlingTracked", PROCURATORATE, "2026-03-02", subject="court_handling", finding="x")
    assert subjects(world, "application", "ruling") == {"application": application}
    world.act("HandlingTracked", PROCURATORATE, "2026-03-03", subject="administrative_execution", finding="x")
    assert subjects(world, "application", "ruling") == {"application": application, "ruling": ruling}


def test_a_shared_document_is_what_its_number_says():
    world = granted()
    both = [
        {"kind": "enforcement_application", "document_no": APPLICATION},
        {"kind": "court_ruling", "document_no": RULING},
    ]
    act = world.act("DocumentShared", NR, "2026-02-26", **SHARED, also=both)
    entry = entry_of(world, act)
    assert entry.facts["kind"] == ("penalty_decision", "enforcement_application", "court_ruling")
    assert (entry.subjects["decision"], entry.subjects["application"], entry.subjects["ruling"]) == (
        next(iter(world.case.decisions)), next(iter(world.case.applications)), next(iter(world.case.rulings)),
    )  # fmt: skip
    assert entry.subjects["shared"] == act.id


def test_a_document_whose_number_was_corrected_is_shared_by_the_right_one():
    world = decided()
    wrong = next(a for a in world.case.acts if a.type == "PenaltyDecided")
    world.act("StatementCorrected", NR, "2025-10-16", of=wrong.id, reason="笔误", data={"decision_no": "罚9"})
    act = world.act("DocumentShared", NR, "2025-10-20", **{**SHARED, "document_no": "罚9"})
    assert entry_of(world, act).subjects["decision"] == wrong.id


def test_confiscated_buildings_are_those_of_the_decision_that_confiscates():
    world = scenes.confiscated()
    world.act("ConfiscatedHandedOver", NR, "2026-01-05", handover_no="交2", to=GOVERNMENT)
    assert subjects(world, "decision") == {"decision": next(iter(world.case.decisions))}


def test_a_returned_clue_belongs_to_what_the_police_found():
    world = scenes.referred()
    found = world.act("NonCrimeViolationFound", POLICE, "2026-03-05", what="占地", **NUMBER)
    world.act("ClueReturned", POLICE, "2026-03-06", clue_no="线1")
    assert subjects(world, "clue", "crime") == {"clue": found.id, "crime": matter(world, "crime").act}


# --- who owes what ----------------------------------------------------------------------------------------------


def with_rows(world: World, *rows: Row) -> World:
    """The same world, where the adopted pack `lhasa` has these rows alone."""
    lhasa_pack = next(p for p in world.packs if p.id == "lhasa")
    world.packs = (replace(lhasa_pack, rows=rows), *(_bare(p) for p in world.packs if p.id != "lhasa"))
    return world


def _bare(pack: Pack) -> Pack:
    return replace(pack, rows=())


def row(subject: str, trigger: str, by: str, *, holder: str = "addressee", **more: Any) -> Row:
    return Row(
        "owed", "应办", "duty", subject, (holder,), ("sender",), Term(3, "day"), "条款",
        triggers=(Match(trigger),), discharged_by=(Match(by),), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scene", "owed", "holder", "answer"),
    [
        (scenes.asked, row("assistance", "AssistanceRequested", "AssistanceProvided", fixed_by="at"), POLICE,
         ("AssistanceProvided", POLICE, "2026-03-10", scenes.NO)),
        (scenes.referred, row("crime", "CrimeReferred", "CrimeReferralReceived"), POLICE,
         ("CrimeReferralReceived", POLICE, "2026-03-04", NUMBER)),
        (scenes.received, row("crime", "CrimeReferralReceived", "CrimeFiled", holder="sender"), POLICE,
         ("CrimeFiled", POLICE, "2026-03-06", NUMBER)),
        (scenes.approved, row("crime", "ReferralApproved", "CrimeReferred", holder="nr", anchor="at"), NR,
         ("CrimeReferred", NR, "2026-03-04", CRIME)),
        (scenes.complained, row("supervision", "SupervisionApplied", "SupervisionAccepted", holder="procuratorate"),
         PROCURATORATE, ("SupervisionAccepted", PROCURATORATE, "2026-03-05", scenes.SUPERVISED)),
        (scenes.handed_over, row("handover", "PlanningViolationHandedOver", "DemolitionOrganised", holder="government"),
         "government.chengguan", ("DemolitionOrganised", "government.chengguan", "2025-09-03", {"handover_no": "交1"})),
        (scenes.clue_returned, row("returned_clue", "ClueReturned", "ReturnedClueHandled"), NR,
         ("ReturnedClueHandled", NR, "2026-03-06", {"clue_no": "线1", "outcome": "并案"})),
    ],
)  # fmt: skip
def test_a_packs_row_finds_its_matter_and_whoever_owes_it(scene, owed, holder, answer):
    world = with_rows(scene(), owed)
    assert world.duty("owed").holder == holder
    assert world.duty("owed").discharged_on is None
    type_, actor, on, data = answer
    act = world.act(type_, actor, on, **data)
    assert world.duty("owed").discharged_by == act.id


def test_an_answer_about_another_matter_discharges_nothing():
    world = scenes.asked()
    world.act("AssistanceRequested", COURT, "2026-03-03", **{**HELP, "assistance_no": "协2", "to": POLICE})
    with_rows(world, row("assistance", "AssistanceRequested", "AssistanceProvided"))
    act = world.act("AssistanceProvided", POLICE, "2026-03-10", assistance_no="协2")
    assert sorted(d.discharged_by or "" for d in world.duties()) == ["", act.id]


# --- for another, corrected, voided -------------------------------------------------------------------------------


def test_what_the_police_do_on_paper_the_department_records():
    world = scenes.referred()
    world.on_behalf("CrimeReferralReceived", POLICE, NR, "2026-03-04", "2026-03-05", referral_no="移1")
    world.on_behalf(
        "CrimeNotFiled", POLICE, NR, "2026-03-06", "2026-03-09", referral_no="移1", reasons="情节显著轻微"
    )
    assert course(world, "crime")[-2:] == ["CrimeReferralReceived", "CrimeNotFiled"]
    assert world.not_on_behalf("CrimeFiled", POLICE, "nr.dagze", "2026-03-10", **NUMBER) == (
        "behalf_not_allowed",
        "for",
    )
    world.act("CrimeNotFiled", POLICE, "2026-03-07", **NUMBER, reasons="没有犯罪事实")  # its own word joins
    assert matter(world, "crime").stages[-1][2] == day("2026-03-07")
    assert "dates_contradict" in world.irregular()


@pytest.mark.parametrize(("how", "scan", "signed"), [("copy", True, True), ("phone", False, False)])
def test_a_receipt_recorded_for_the_police_is_one_only_with_its_paper(how, scan, signed):
    world = scenes.referred()
    letter = world.case.acts[-1]
    world.on_behalf(
        "CrimeReferralReceived", POLICE, NR, "2026-03-04", "2026-03-05", how=how, scan=scan, referral_no="移1"
    )
    assert (world.case.copies[letter.id].acknowledged is not None) == signed


def test_what_follows_a_voided_request_stays_without_effect():
    world = scenes.asked()
    request = world.case.acts[-1]
    world.act("AssistanceConfirmed", POLICE, "2026-03-04", assistance_no="协1")
    world.act("StatementVoided", COURT, "2026-03-05", of=request.id, reason="wrong_case")
    assert not world.case.matters
    assert world.case.entries[-2].type == "AssistanceConfirmed"
    assert world.refused("AssistanceProvided", POLICE, "2026-03-10", assistance_no="协1") == (
        RULE,
        "assistance_no",
    )
    world.act("AssistanceRequested", COURT, "2026-03-06", **HELP)


def test_a_referral_stays_with_its_report_when_the_number_is_corrected():
    world = scenes.referred()
    report = world.case.acts[-3]
    world.act(
        "StatementCorrected", NR, "2026-03-05", of=report.id, reason="笔误", data={"referral_no": "移2"}
    )
    assert (matter(world, "crime").no, matter(world, "crime").stage) == ("移2", "CrimeReferred")
    world.act("CrimeReferralReceived", POLICE, "2026-03-05", referral_no="移1")  # as the letter says
    world.act("SupplementAsked", POLICE, "2026-03-06", referral_no="移2")
    world.act("CrimeReferred", NR, "2026-03-10", **CRIME)  # the number is free for another
    assert {m.no: m.stage for m in world.case.matters.values()} == {
        "移2": "SupplementAsked",
        "移1": "CrimeReferred",
    }


# --- what should not have happened ----------------------------------------------------------------------------------

THREE, FOUR = "拉萨实施意见 三（三）", "拉萨实施意见 四（三）"
Doing = tuple[scenes.Scene, str, str, str, dict[str, Any]]
PLANNING = told(lambda: filed(None, violation="no_planning_permit"))
HANDOVER = {"handover_no": "交1", "to": GOVERNMENT}
IRREGULAR: list[tuple[str, str, Doing, Doing]] = [
    ("assistance_before_grant", THREE, (accepted, "AssistanceRequested", COURT, "2026-03-02", HELP),
     (granted, "AssistanceRequested", COURT, "2026-03-02", HELP)),
    ("assistance_late", THREE, (scenes.asked, "AssistanceProvided", POLICE, "2026-03-11", scenes.NO),
     (scenes.asked, "AssistanceProvided", POLICE, "2026-03-10", scenes.NO)),
    ("assistance_late", THREE,
     (scenes.asked, "AssistanceProvided", POLICE, "2026-03-10", {**scenes.NO, "at": "2026-03-10T09:01:00+08:00"}),
     (scenes.asked, "AssistanceProvided", POLICE, "2026-03-10", {**scenes.NO, "at": "2026-03-10T01:00:00Z"})),
    ("assistance_late", THREE, (scenes.asked, "AssistanceProvided", POLICE, "2026-03-12", scenes.NO),
     (told(scenes.asked, ("AssistanceRescheduled", COURT, "2026-03-05", {**scenes.NO, "at": "2026-03-12"})),
      "AssistanceProvided", POLICE, "2026-03-12", {**scenes.NO, "at": "2026-03-12T18:00:00+08:00"})),
    ("declined_without_ground", THREE,
     (scenes.asked, "AssistanceDeclined", POLICE, "2026-03-05", {**scenes.NO, "reasons": "忙"}),
     (scenes.asked, "AssistanceDeclined", POLICE, "2026-03-05", {**scenes.NO, "reasons": "不属职权", "ground": "not_competent"})),
    ("results_contradict", FOUR,
     (told(scenes.asked, ("AssistanceNotRendered", COURT, "2026-03-10", {**scenes.NO, "what": "无人"})),
      "AssistanceProvided", POLICE, "2026-03-10", scenes.NO),
     (scenes.asked, "AssistanceProvided", POLICE, "2026-03-10", scenes.NO)),
    ("results_contradict", FOUR, (scenes.helped, "AssistanceNotRendered", COURT, "2026-03-10", {**scenes.NO, "what": "无人"}),
     (scenes.asked, "AssistanceNotRendered", COURT, "2026-03-10", {**scenes.NO, "what": "无人"})),
    ("supervision_without_object", "拉萨实施意见 三（六）", (decided, "SupervisionApplied", NR, "2026-03-02", COMPLAINT),
     (applied, "SupervisionApplied", NR, "2026-03-02", COMPLAINT)),
    ("supervision_without_object", "拉萨实施意见 三（六）",
     (granted, "SupervisionApplied", NR, "2026-03-02", {**COMPLAINT, "category": "judgment", "grounds": ["wrong_ruling"]}),
     (scenes.sued, "SupervisionApplied", NR, "2026-03-02", {**COMPLAINT, "category": "judgment", "grounds": ["wrong_ruling"]})),
    ("decided_without_acceptance", "拉萨实施意见 三（四）",
     (scenes.complained, "SupervisionDecided", PROCURATORATE, "2026-05-06", {**scenes.SUPERVISED, "outcome": "ended"}),
     (scenes.taken_up, "SupervisionDecided", PROCURATORATE, "2026-05-06", {**scenes.SUPERVISED, "outcome": "ended"})),
    ("refused_without_reasons", "移送规定 §5", (scenes.reported, "ReferralRefused", NR, "2026-03-03", APPROVAL),
     (scenes.reported, "ReferralRefused", NR, "2026-03-03", {**APPROVAL, "reasons": "证据不足"})),
    ("referred_without_approval", "移送规定 §5", (scenes.reported, "CrimeReferred", NR, "2026-03-04", CRIME),
     (scenes.approved, "CrimeReferred", NR, "2026-03-04", CRIME)),
    ("referred_without_approval", "移送规定 §5",
     (told(scenes.reported, ("ReferralRefused", NR, "2026-03-03", {**APPROVAL, "reasons": "证据不足"})),
      "CrimeReferred", NR, "2026-03-05", CRIME),
     (told(scenes.reported, ("ReferralRefused", NR, "2026-03-03", {**APPROVAL, "reasons": "证据不足"}),
           ("ReferralApproved", NR, "2026-03-04", APPROVAL)), "CrimeReferred", NR, "2026-03-05", CRIME)),
    ("referred_by_another", "移送规定 §5", (scenes.approved, "CrimeReferred", "nr.xizang", "2026-03-04", CRIME),
     (scenes.approved, "CrimeReferred", NR, "2026-03-04", CRIME)),
    ("not_a_planning_violation", "拉萨实施意见 三（一）；城乡规划法 §68",
     (filed, "PlanningViolationHandedOver", NR, "2025-09-01", HANDOVER),
     (PLANNING, "PlanningViolationHandedOver", NR, "2025-09-01", HANDOVER)),
    ("nothing_confiscated", "土地管理法实施条例 §58", (decided, "ConfiscatedHandedOver", NR, "2026-01-05", HANDOVER),
     (scenes.confiscated, "ConfiscatedHandedOver", NR, "2026-01-05", HANDOVER)),
    ("shared_with_author", FOUR,
     (granted, "DocumentShared", NR, "2026-02-26", {**SHARED, "kind": "court_ruling", "document_no": RULING}),
     (granted, "DocumentShared", NR, "2026-02-26", {"kind": "court_ruling", "document_no": RULING, "to": [PROCURATORATE]})),
    ("shared_with_author", FOUR,
     (decided, "DocumentShared", "nr.xizang", "2025-10-20", {**SHARED, "to": [NR]}),
     (decided, "DocumentShared", NR, "2025-10-20", {**SHARED, "to": ["nr.xizang"]})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "source", "wrong", "right"), IRREGULAR)
def test_what_should_not_have_happened_is_recorded_with_its_clause(code, source, wrong, right):
    scene, type_, actor, on, data = wrong
    world = scene()
    world.act(type_, actor, on, **data)
    assert source in {i.source for i in world.irregularities() if i.code == code}
    scene, type_, actor, on, data = right
    world = scene()
    world.act(type_, actor, on, **data)
    assert code not in world.irregular()


def test_a_discipline_referral_is_shared_with_its_papers_only_with_discipline_inspection():
    said = {"kind": "discipline_referral", "document_no": "纪移1"}
    paper = {
        "number": "纪移1", "title": "移送书", "kind": "移送书", "sha256": "ab" * 32, "media_type": "application/pdf", "bytes": 9,
    }  # fmt: skip
    world = filed()
    both = {**said, "to": ["discipline.lhasa", COURT], "documents": [paper]}
    assert world.refused("DocumentShared", NR, "2025-10-20", **both) == (RULE, "documents")
    world.act("DocumentShared", NR, "2025-10-20", **{**both, "to": ["discipline.lhasa"]})
    world.act("DocumentShared", NR, "2025-10-20", **said, to=[COURT, PROCURATORATE, POLICE])
    also = [{"kind": "penalty_decision", "document_no": DECISION}]
    alone = decided().refused("DocumentShared", NR, "2025-10-20", **said, to=[COURT], also=also)
    assert alone == (RULE, "also")


def test_a_second_referral_follows_the_report_of_its_own_number():
    world = scenes.referred()
    world.act("ReferralReportSubmitted", NR, "2026-03-09", **{**REPORT, "referral_no": "移2"})
    world.act("CrimeReferred", NR, "2026-03-10", **{**CRIME, "referral_no": "移2"})
    assert [m.no for m in world.case.matters.values()] == ["移1", "移2"]
    assert "referred_without_approval" in world.irregular()
