"""The door for acts on behalf (代录), on both databases: who may record for whom, on what, and in which order it is judged.

All is done on Monday 2026-03-02. The department of Lhasa city has applied to the court of Chengguan county, whose
region lies within the city's; every agency takes part on paper unless a test says otherwise.
"""

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from events.statement import STATEMENT_MAX, decode, sign
from tests.doors import CASE_DATA, DAY, EMPTY, FILED, Door, key_of

COURT, NR, PROCURATORATE = "court.chengguan", "nr.lhasa", "procuratorate.lhasa"
INSPECTION = "discipline.lhasa"
SCAN = [{"number": "1", "title": "受理通知书扫描件", "kind": "受理通知书", "sha256": "ab" * 32,
         "media_type": "application/pdf", "bytes": 1}]  # fmt: skip
ORIGINAL = {"how": "served_original", "obtained_on": "2026-03-02", "from_whom": "立案庭"}
PHONE = {"how": "phone", "obtained_on": "2026-03-02"}
ACCEPTED = {"review_case_no": "行审1"}
GRANTED = {"ruling_no": "裁1", "executor": "court"}


@pytest.fixture
def door(door: Door) -> Door:
    """The same ledger with an application under way."""
    door.do("PenaltyDecided", NR, FILED, {"decision_no": "罚1", "items": [{"kind": "demolish"}]})
    door.do("PenaltyServed", NR, FILED, {"decision_no": "罚1", "method": "direct"})
    door.do("EnforcementApplied", NR, FILED, {"court": COURT, "decision_no": "罚1", "application_no": "申1"})
    return door


def recorded(door, event, signer, agency, data, /, basis=ORIGINAL, documents=SCAN, **changes) -> bytes:
    """A statement of what another agency did; without basis or documents where these are None."""
    told = {"behalf": basis, "documents": documents}
    full = {**data, **{name: value for name, value in told.items() if value is not None}}
    raw: bytes = door.statement(event, signer, FILED, full, on_behalf_of=agency, **changes)
    return raw


def entry(door, type_):
    """The only entry of that type in the case, as it stands."""
    (found,) = (e for e in door.ledger.case(FILED.removeprefix("case/")).entries if e.type == type_)
    return found


# --- what goes in -------------------------------------------------------------------------------------------


def test_what_another_did_is_its_act_whoever_signed(door):
    raw = recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED)
    first, again = door.submit(raw).receipt, door.submit(raw).receipt
    assert (again.repeated, again.entry, again.leaf) == (True, first.entry, first.leaf)
    assert (first.act.agency, first.act.signer, first.act.officer) == (COURT, NR, f"{NR}/1")
    assert decode(first.entry.statement).claims.on_behalf_of == COURT
    assert (entry(door, "EnforcementAccepted").act.id, entry(door, "EnforcementAccepted").evidence) == (
        first.act.id,
        "attested_doc",
    )


def test_an_addressee_records_though_it_is_no_department(door):
    """The application was copied to the procuratorate, which records that for the department that sent it."""
    door.submit(recorded(door, "ApplicationCopied", PROCURATORATE, NR, {"materials": [{"title": "申请书"}]}))
    copied = entry(door, "ApplicationCopied")
    assert (copied.act.agency, copied.to, copied.evidence) == (NR, PROCURATORATE, "attested_doc")


def test_authority_is_that_of_the_agency_acted_for(door):
    """A department may not accept or rule; for a court it records just that, and nothing that a court may not do."""
    assert door.refused(door.statement("EnforcementAccepted", NR, FILED, ACCEPTED)) == (
        "not_authorised",
        "actor",
    )
    decided = {"decision_no": "罚2", "items": [{"kind": "fine", "amount_yuan": "100.00"}]}
    raw = recorded(door, "PenaltyDecided", NR, COURT, decided)
    assert door.refused(raw) == ("not_authorised", "actor")
    door.submit(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED))


@pytest.mark.parametrize("how", ["phone", "site"])
def test_what_was_told_or_seen_needs_no_document_and_is_worth_less(door, how):
    accepted = door.submit(
        recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED, {**PHONE, "how": how}, documents=None)
    )
    assert accepted.receipt.act.event.behalf.how == how
    assert entry(door, "EnforcementAccepted").evidence == "attested_oral"


# --- on what it rests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["served_original", "copy", "official_platform"])
def test_what_rests_on_a_document_comes_with_it(door, how):
    raw = recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED, {**ORIGINAL, "how": how}, documents=None)
    assert door.refused(raw) == ("behalf_needs_document", "documents")


def test_an_acknowledgement_by_telephone_counts_for_nothing(door):
    """签收 is a signature: it is recorded for another only with a scan of it."""
    copied = door.do("ApplicationCopied", NR, FILED, {"materials": [{"title": "申请书"}]}).receipt.act
    said = {"of": copied.id}
    raw = recorded(door, "CopyAcknowledged", NR, PROCURATORATE, said, PHONE, documents=None)
    assert door.refused(raw) == ("behalf_needs_document", "documents")
    door.submit(recorded(door, "CopyAcknowledged", NR, PROCURATORATE, said, PHONE))


def test_a_basis_without_another_agency_and_another_agency_without_a_basis(door):
    assert door.refused(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED, None)) == (
        "schema_invalid",
        "basis",
    )
    own = {"behalf": ORIGINAL, "documents": SCAN, "what": "已停工", "on_site": True}
    assert door.refused(door.statement("RemovalVerified", NR, FILED, own)) == ("schema_invalid", "basis")


def test_it_was_learned_no_later_than_today(door):
    tomorrow = {**ORIGINAL, "obtained_on": "2026-03-03"}
    raw = recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED, tomorrow)
    assert door.refused(raw) == ("date_in_future", "basis.obtained_on")


# --- for whom, and what, never ------------------------------------------------------------------------------


def test_nobody_records_for_itself_for_the_operator_or_for_nobody(door):
    for other in (NR, "operator", "court.nowhere"):
        raw = recorded(door, "EnforcementApplied", NR, other, {"court": COURT, "decision_no": "罚1"})
        assert door.refused(raw) == ("behalf_not_allowed", "for"), other


def test_the_operator_records_for_nobody(door):
    operator = {"key": key_of("operator"), "officer": "operator/1"}
    raw = recorded(door, "EnforcementAccepted", "operator", COURT, ACCEPTED, **operator)
    assert door.refused(raw) == ("behalf_not_allowed", "for")


def test_an_agency_that_is_no_party_to_the_act_and_convenes_nothing_there(door):
    """Duilong's department and the city's procuratorate: neither was the court's acceptance addressed to."""
    for stranger in ("nr.duilong", PROCURATORATE):
        raw = recorded(door, "EnforcementAccepted", stranger, COURT, ACCEPTED)
        assert door.refused(raw) == ("behalf_not_allowed", "for"), stranger


def test_registry_acts_are_everybodys_own(door):
    """Whoever signs them: root or officer, and even though the recorder may sign such an act for itself."""
    appointed = {"officer": f"{COURT}/2", "name": "示例", "from": "2026-03-01"}
    named = {"agency": COURT, "role": "principal", "officer": "示例", "from": "2026-03-01"}
    for event, data in (("OfficerAppointed", appointed), ("ResponsiblePersonNamed", named)):
        by_root = door.by_root(event, NR, data, on_behalf_of=COURT)
        by_officer = door.statement(event, NR, "registry", data, on_behalf_of=COURT)
        for raw in (by_root, by_officer):
            assert door.refused(raw) == ("behalf_not_allowed", "for"), event
    key = door.by_root("KeyRegistered", NR, door.registration(COURT, "second"), on_behalf_of=COURT)
    assert door.refused(key) == ("behalf_not_allowed", "for")


def test_nobody_corrects_voids_confirms_or_disputes_for_another(door):
    known = door.submit(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED)).receipt.act.id
    of = known
    acts = {
        "StatementCorrected": {"of": of, "reason": "写错", "data": '{"occurred_on":"2026-03-01"}'},
        "StatementVoided": {"of": of, "reason": "duplicate"},
        "ActConfirmed": {"of": [of]},
        "ActDisputed": {"of": of, "field": "occurred_on", "own_value": "2026-03-01", "reason": "不符"},
    }
    for event, data in acts.items():
        for agency in (COURT, PROCURATORATE):
            raw = recorded(door, event, NR, agency, data)
            assert door.refused(raw) == ("behalf_not_allowed", "for"), event
    door.do("ActConfirmed", COURT, FILED, acts["ActConfirmed"])
    assert entry(door, "EnforcementAccepted").evidence == "confirmed"


def test_what_is_sealed_is_told_by_nobody_else(door):
    """Whoever records it would have to know it; also where it stands within a party, or was left out for now."""
    sealed = f"sha256:{'cd' * 32}"
    registered = {
        "id": INSPECTION,
        "kind": "discipline",
        "name": "纪委监委",
        "level": "city",
        "region": "540100",
    }
    door.do("AgencyRegistered", "operator", "registry", registered, key=key_of("operator"))
    told = {"behalf": ORIGINAL, "documents": SCAN}

    def refusal(event, stream, data, agency):
        raw = door.statement(event, NR, stream, {**data, **told}, on_behalf_of=agency)
        return door.refused(raw)

    outcome, findings = {"outcome": sealed}, {"findings": sealed}
    clue = {"referral_no": "移1", "to": INSPECTION, "subjects": sealed, "content": sealed}
    never = ("behalf_not_allowed", "for")
    assert refusal("AccountabilityReported", "discipline/2026-1", outcome, INSPECTION) == never
    assert refusal("DisciplineCheckConcluded", "discipline/2026-1", findings, INSPECTION) == never
    assert refusal("DisciplineClueReferred", "discipline/2026-1", clue, "nr.duilong") == never
    party = {**CASE_DATA, "parties": [{"name": "甲", "id_no": sealed}]}
    assert refusal("CaseFiled", "case/堆自然资执〔2026〕1号", party, "nr.duilong") == never
    open_party = door.statement(
        "CaseFiled", NR, "case/堆自然资执〔2026〕1号", {**CASE_DATA, **told}, on_behalf_of="nr.duilong"
    )
    assert not door.submit(open_party).receipt.repeated


# --- an agency that signs itself ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "since", "expected"),
    [
        ("signing", "2026-03-02", ["behalf_though_signing"]),
        ("signing", "2026-03-03", []),  # not yet, on the day of receipt
        ("confirming", "2026-03-01", []),
        ("paper", "2026-03-01", []),
    ],
)
def test_for_an_agency_that_signs_itself_it_is_irregular_and_still_recorded(door, mode, since, expected):
    participation = {"agency": COURT, "mode": mode, "from": since}
    door.do("ParticipationSet", "operator", "registry", participation, key=key_of("operator"))
    done = door.submit(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED))
    assert [(code.code, code.source) for _, code in done.irregular] == [
        (code, "台账运行规则 代录") for code in expected
    ]
    assert entry(door, "EnforcementAccepted").evidence == "attested_doc"


# --- once is enough -----------------------------------------------------------------------------------------


def test_what_is_in_the_case_is_not_recorded_again(door):
    door.submit(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED))
    anew = recorded(door, "EnforcementAccepted", NR, COURT, {**ACCEPTED, "notice_no": "通1"})
    assert door.refused(anew) == ("case_rule_broken", "case")


def test_nor_is_what_the_agency_has_stated_itself(door):
    door.do("EnforcementAccepted", COURT, FILED, ACCEPTED)
    assert door.refused(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED)) == (
        "case_rule_broken",
        "case",
    )


# --- the order of the checks --------------------------------------------------------------------------------


def test_order_of_checks(door):
    """Each wrong alone, then every pair: the earlier check names the refusal.

    Whether the statement may be recorded on behalf at all is a question of authority; whether this very agency may is
    known only from the case, after the case's own rules.
    """
    accepted = door.submit(recorded(door, "EnforcementAccepted", NR, COURT, ACCEPTED)).receipt
    order = {
        "size": "too_large",
        "signature": "signature_invalid",
        "repeated": "duplicate",
        "key": "key_unknown",
        "kind": "not_authorised",
        "itself": "behalf_not_allowed",
        "document": "behalf_needs_document",
        "schema": "schema_invalid",
        "seen": "stale_view",
        "date": "date_in_future",
        "rule": "case_rule_broken",
        "stranger": "behalf_not_allowed",
    }
    spare = key_of("spare")

    def with_wrongs(*wrongs: str) -> bytes:
        signer = "nr.duilong" if "stranger" in wrongs else COURT if "itself" in wrongs else NR
        event, data = "EnforcementGranted", GRANTED
        if "kind" in wrongs:
            event, data = "SuggestionIssued", {"suggestion_no": "建1", "to": NR, "subject": "inaction"}
        told = {"behalf": ORIGINAL, **({} if "document" in wrongs else {"documents": SCAN})}
        changes: dict[str, Any] = {"on_behalf_of": COURT}
        if "repeated" in wrongs:
            changes["cti"] = accepted.entry.cti
        if "seen" in wrongs:
            changes["seen"] = (1, b"\x01" * 32)
        if "date" in wrongs:
            changes["occurred_on"] = DAY + timedelta(days=1)
        stream = EMPTY if "rule" in wrongs else FILED
        raw = door.statement(event, signer, stream, {**data, **told}, **changes)
        return altered(raw, wrongs, spare if "key" in wrongs else key_of(f"{signer}/1"))

    def altered(raw: bytes, wrongs: tuple[str, ...], key) -> bytes:
        known = decode(raw)
        payload = known.payload + b"\0" * ("schema" in wrongs)
        raw = sign(known.claims, payload, key)
        if "signature" in wrongs:
            raw = raw[:-1] + bytes([raw[-1] ^ 1])
        return raw + bytes(STATEMENT_MAX) * ("size" in wrongs)

    door.submit(door.by_root("KeyRegistered", PROCURATORATE, door.registration(PROCURATORATE, "spare")))
    # a cti is the signer's own; a stranger is not the court itself; documents are told only by a payload that can be read
    impossible = [
        {"repeated", "stranger"}, {"repeated", "itself"}, {"itself", "stranger"}, {"document", "schema"},
    ]  # fmt: skip
    assert {w: door.refused(with_wrongs(w))[0] for w in order} == order
    for earlier, later in combinations(order, 2):
        if {earlier, later} in impossible:
            continue
        found = door.refused(with_wrongs(earlier, later))[0]
        assert (earlier, later, found) == (earlier, later, order[earlier])
    assert not door.submit(with_wrongs()).receipt.repeated
