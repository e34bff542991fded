"""The door, on both databases: what is refused, under which code, in which order, and that a refusal changes nothing."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import cbor2
import pytest

from domain.acts import EVENTS
from domain.forms import build
from domain.refusal import Refusal
from domain.values import milliseconds, parse_moment
from events import cose, keys, schemas
from events.keys import SigningKey
from events.statement import STATEMENT_MAX, TYP, decode, sign
from events.store import StoreUnreachable
from events.verification import verify
from gongze.ledger import Ledger
from gongze.packs import shipped
from tests.doors import (
    AGENCIES,
    CASE_DATA,
    DAY,
    EMPTY,
    FILED,
    MINUTE,
    NAME,
    NOTICE,
    ORIGIN,
    Door,
    key_of,
)


def resigned(raw: bytes, key: SigningKey, **headers) -> bytes:
    """The same claims and payload in another protected header, signed rightly."""
    protected, _, payload, _ = cbor2.loads(raw).value
    table = cbor2.loads(protected)
    rest = {k: v for k, v in table.items() if k not in (cose.ALG, cose.KID, cose.TYP)}
    return cose.sign1(TYP, {**rest, **{int(k[1:]): v for k, v in headers.items()}}, payload, key)


# --- what goes in -------------------------------------------------------------------------------------------


def test_an_act_gets_its_place_and_its_repetition_the_same_receipt(door):
    size = door.ledger.store.head().size
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    first, again = door.submit(raw).receipt, door.submit(raw).receipt
    assert (first.entry.index, first.repeated, again.repeated) == (size, False, True)
    assert again.entry == first.entry
    assert (again.leaf, again.opening) == (first.leaf, first.opening)
    assert door.ledger.store.head().size == size + 1
    assert first.entry.statement == raw


def test_the_receipt_clock_never_goes_back(door):
    last = door.ledger.store.head().received_at_ms
    door.now = last - 5 * MINUTE
    receipt = door.do("NoticeIssued", "nr.lhasa", FILED, NOTICE).receipt
    assert receipt.entry.received_at_ms == last


def test_a_statement_that_another_process_takes_in_at_the_same_moment_gets_its_first_receipt(
    door, monkeypatch
):
    """Between judging and storing it the same bytes are stored elsewhere."""
    raw = door.statement("CaseFiled", "nr.lhasa", EMPTY, CASE_DATA)
    store, first = door.ledger.store, []
    append_all = store.append_all

    def too_late(proposals):
        monkeypatch.undo()
        with Ledger.open(door.ledger.settings) as other:
            first.append(other.submit(raw).receipt)
        return append_all(proposals)

    monkeypatch.setattr(store, "append_all", too_late)
    receipt = door.submit(raw).receipt
    assert (receipt.repeated, receipt.entry) == (True, first[0].entry)


# --- form ---------------------------------------------------------------------------------------------------


def test_too_large(door):
    note = {**NOTICE, "documents": [{"number": "1", "title": "长" * 4000, "kind": "附件", "sha256": "00" * 32,
                                     "media_type": "application/pdf", "bytes": 1}] * 5}  # fmt: skip
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    with pytest.raises(Refusal, match="too_large"):  # the client is told before anything is sent
        door.statement("NoticeIssued", "nr.lhasa", FILED, note)
    assert door.refused(raw + bytes(STATEMENT_MAX)) == ("too_large", "statement")


def test_the_statement_of_another_ledger_is_refused(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, ledger=f"{ORIGIN}/{'cd' * 32}")
    assert door.refused(raw) == ("schema_invalid", "ledger")


def test_another_spelling_of_a_right_statement_is_refused(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    assert raw[:2] == b"\xd2\x84"  # tag 18, an array of four
    indefinite = b"\xd2\x9f" + raw[2:] + b"\xff"
    long_tag = b"\xd8\x12" + raw[1:]
    untagged = raw[1:]
    for other in (indefinite, long_tag, untagged, raw + b"\0", raw[:-1], b"", b"\xd2"):
        assert door.refused(other) == ("schema_invalid", "statement")


def test_unknown_labels_are_refused(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    assert door.refused(resigned(raw, key_of("nr.lhasa/1"), _99=0)) == ("schema_invalid", "protected")
    protected, _, payload, signature = cbor2.loads(raw).value
    claims = cbor2.loads(protected)[cose.CWT_CLAIMS]
    more = resigned(raw, key_of("nr.lhasa/1"), _15={**claims, "extra": "1"})
    assert door.refused(more) == ("schema_invalid", "claims")
    receipt_inside = cbor2.dumps(cbor2.CBORTag(18, (protected, {394: b"x"}, payload, signature)))
    assert door.refused(receipt_inside) == ("schema_invalid", "unprotected")


@pytest.mark.parametrize(
    ("event", "iss", "stream", "field"),
    [
        ("NoticeIssued", "nr.lhasa", "registry", "case"),
        ("NoticeIssued", "nr.lhasa", "meeting/2026-1", "case"),
        ("NoticeIssued", "nr.lhasa", "case/", "case"),
        (
            "NoticeIssued",
            "nr.lhasa",
            "case/拉自然资执(2026)1号",
            "case",
        ),  # another spelling of a case that is there
        ("NoticeIssued", "nr.lhasa", "case/ 拉自然资执〔2026〕1号", "case"),
    ],
)
def test_an_act_in_a_stream_where_it_does_not_belong(door, event, iss, stream, field):
    assert door.refused(door.statement(event, iss, stream, NOTICE)) == ("schema_invalid", field)


def test_an_operators_act_in_a_case(door):
    data = {"id": "nr.lhasa", "name": "新名"}
    raw = door.statement("AgencyChanged", "operator", FILED, data, key=key_of("operator"))
    assert door.refused(raw) == ("schema_invalid", "case")


def test_an_unknown_event_and_a_schema_of_another_event(door):
    _, payload = schemas.encode(build(EVENTS["NoticeIssued"].cls, NOTICE))
    key = key_of("nr.lhasa/1")
    unknown = sign(door.claims("HouseBlessed", "nr.lhasa", FILED), payload, key)
    assert door.refused(unknown) == ("schema_invalid", "type")
    claims = door.claims("CaseFiled", "nr.lhasa", FILED)
    other = replace(claims, schema=door.claims("NoticeIssued", "nr.lhasa", FILED).schema)
    assert door.refused(sign(other, payload, key)) == ("schema_invalid", "schema")
    never_released = replace(claims, schema=b"\7" * 32)
    assert door.refused(sign(never_released, payload, key)) == ("schema_invalid", "schema")


def test_a_payload_that_is_not_exactly_one_act(door):
    _, payload = schemas.encode(build(EVENTS["NoticeIssued"].cls, NOTICE))
    for wrong in (payload + b"\0", payload[:-1], b"\0", b"\xff" * 40):
        raw = sign(door.claims("NoticeIssued", "nr.lhasa", FILED), wrong, key_of("nr.lhasa/1"))
        assert door.refused(raw) == ("schema_invalid", "payload")


def test_amounts_and_days_in_another_spelling_are_refused_inside_the_payload_too(door):
    decided = {"decision_no": "罚1", "items": [{"kind": "fine", "amount_yuan": "12400.50"}]}
    _, payload = schemas.encode(build(EVENTS["PenaltyDecided"].cls, decided))
    assert payload.count(b"\x1012400.50") == 1  # Avro: length 8 as zigzag, then the text
    for text in (b"12400.5 ", b"1.24e+04", b"01240.50", b"-1240.50"):
        raw = sign(
            door.claims("PenaltyDecided", "nr.lhasa", FILED),
            payload.replace(b"12400.50", text),
            key_of("nr.lhasa/1"),
        )
        assert door.refused(raw) == ("schema_invalid", "items.0.amount_yuan")


# --- signature and key --------------------------------------------------------------------------------------


def test_one_bit_anywhere_in_signature_payload_or_claims_is_noticed(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    codes = set()
    for at in {len(raw) - 1, len(raw) - 64, raw.index("停1".encode()) + 2, raw.index(b"2026-03-02") + 9}:
        flipped = bytearray(raw)
        flipped[at] ^= 1
        codes.add(door.refused(bytes(flipped)))
    assert codes == {("signature_invalid", "signature")}


def test_a_signature_of_another_key_under_ones_own_name(door):
    class Pretender:
        kid = key_of("nr.lhasa/1").kid
        sign = staticmethod(key_of("court.chengguan/1").sign)

    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, key=Pretender())
    assert door.refused(raw) == ("signature_invalid", "signature")


def test_keys_that_are_not_this_agencys(door):
    def with_key(name, **changes):
        return door.refused(
            door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, key=key_of(name), **changes)
        )

    assert with_key("nobody") == ("key_unknown", "kid")
    assert with_key("nr.duilong/1") == ("key_unknown", "kid")  # registered, but another agency's
    assert with_key("operator") == ("key_unknown", "kid")
    assert with_key("nr.lhasa/1", officer="nr.lhasa/2") == ("key_unknown", "officer")
    assert with_key("nr.lhasa/1", officer="nr.duilong/1") == ("key_unknown", "officer")


def test_the_operator_has_one_key_and_no_part_in_a_case(door):
    changed = {"id": "nr.lhasa", "name": "新名"}
    raw = door.statement("AgencyChanged", "operator", "registry", changed, key=key_of("nr.lhasa/1"))
    assert door.refused(raw) == ("key_unknown", "kid")
    in_a_case = door.statement("NoticeIssued", "operator", FILED, NOTICE, key=key_of("operator"))
    assert door.refused(in_a_case) == ("not_authorised", "actor")
    by_agency = door.statement("AgencyChanged", "nr.lhasa", "registry", changed)
    assert door.refused(by_agency) == ("not_authorised", "actor")


def test_kind_of_agency_and_purpose_of_key(door):
    by_nr = door.statement("EnforcementAccepted", "nr.lhasa", FILED, {"review_case_no": "1"})
    assert door.refused(by_nr) == ("not_authorised", "actor")
    root = door.statement(
        "NoticeIssued", "nr.lhasa", FILED, NOTICE, key=key_of("nr.lhasa/root"), officer="nr.lhasa/root"
    )
    assert door.refused(root) == ("not_authorised", "kid")
    registers = door.statement(
        "KeyRegistered", "nr.lhasa", "registry", door.registration("nr.lhasa", "second")
    )
    assert door.refused(registers) == ("not_authorised", "kid")


def test_recording_for_another_agency_says_on_what_it_rests(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, on_behalf_of="nr.duilong")
    assert door.refused(raw) == ("schema_invalid", "basis")


# --- revocation ---------------------------------------------------------------------------------------------


def revoke(door, name="nr.lhasa/1", **changes):
    data = {"key_id": key_of(name).kid.hex(), "since": "2026-03-01", "reason": "遗失", **changes}
    return door.submit(door.by_root("KeyRevoked", "nr.lhasa", data))


def test_a_revoked_key_signs_no_more_and_what_it_signed_is_in_doubt(door):
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    first = door.submit(raw).receipt
    filed = door.ledger.store.read_stream(FILED)[0]
    revoking = revoke(door)
    # both acts that the key signed since, and nobody else's
    assert [(i, c.code) for i, c in revoking.irregular] == [
        (filed.cti.hex(), "key_in_doubt"),
        (first.entry.cti.hex(), "key_in_doubt"),
    ]
    late = door.statement("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停2"})
    assert door.refused(late) == ("key_revoked", "kid")
    again = door.submit(raw).receipt  # sent again after the revocation
    assert again.repeated
    assert again.entry == first.entry
    report = verify(door.ledger.store)
    assert report.ok
    notes = [n for n in report.notes if n.startswith("key_in_doubt")]
    assert [i in n for n, i in zip(notes, (filed.cti.hex(), first.entry.cti.hex()), strict=True)] == [
        True,
        True,
    ]


def test_what_was_signed_before_the_doubt_began_is_not_in_doubt(door):
    since = door.now + 2
    door.do("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    door.now += MINUTE
    moment = parse_moment("2026-03-02T10:00:30+08:00")
    assert since < milliseconds(moment) < door.now
    after = door.do("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停2"})
    revoking = revoke(door, since=moment.isoformat())
    assert [i for i, _ in revoking.irregular] == [after.receipt.entry.cti.hex()]


def test_who_may_revoke_what(door):
    door.submit(door.by_root("KeyRegistered", "nr.lhasa", door.registration("nr.lhasa", "spare")))

    def data(name):
        return {"key_id": key_of(name).kid.hex(), "since": "2026-03-02", "reason": "停用"}

    other_of_own = door.statement("KeyRevoked", "nr.lhasa", "registry", data("spare"))
    assert door.refused(other_of_own) == ("not_authorised", "key_id")
    of_others = door.by_root("KeyRevoked", "nr.lhasa", data("nr.duilong/1"))
    assert door.refused(of_others) == ("case_rule_broken", "key_id")
    itself = door.statement("KeyRevoked", "nr.lhasa", "registry", data("spare"), key=key_of("spare"))
    assert not door.submit(itself).receipt.repeated
    twice = door.by_root("KeyRevoked", "nr.lhasa", data("spare"))
    assert door.refused(twice) == ("case_rule_broken", "key_id")


# --- registering keys ---------------------------------------------------------------------------------------

SMALL_ORDER = [
    bytes([1]) + bytes(31),  # the neutral element: y = 1
    bytes(32),  # y = 0, order 4
    (2**255 - 20).to_bytes(32, "little"),  # y = -1, order 2
]


@pytest.mark.parametrize("point", SMALL_ORDER, ids=lambda p: p.hex()[:4])
def test_a_small_order_key_is_never_registered(door, point):
    """Everybody can sign for such a key: S = 0 with R the neutral element verifies for many messages."""
    kid = keys.thumbprint(point)
    data = door.registration("nr.lhasa", "second", key_id=kid.hex(), public_key=point.hex())
    assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", data)) == ("schema_invalid", "public_key")

    class Anybody:
        def __init__(self) -> None:
            self.kid = kid

        def sign(self, data: bytes) -> bytes:
            return bytes([1]) + bytes(63)

    changed = {"id": "nr.lhasa", "root_key_id": kid.hex()}
    door.do("AgencyChanged", "operator", "registry", changed, key=key_of("operator"))
    data = door.registration("nr.lhasa", "second", "root", key_id=kid.hex(), public_key=point.hex())
    with pytest.raises(Refusal) as refused:  # our own client would not even send it
        door.by_root("KeyRegistered", "nr.lhasa", data, key=Anybody())
    assert refused.value.code == "signature_invalid"
    own = key_of("nr.lhasa/root")
    raw = door.by_root("KeyRegistered", "nr.lhasa", data, key=own).replace(own.kid, kid)
    assert door.refused(raw[:-64] + Anybody().sign(b"")) == ("signature_invalid", "signature")


def test_a_proof_of_possession_for_something_else_is_refused(door):
    new = key_of("second")
    wrong = {
        "another key's": keys.prove_possession(key_of("third"), NAME, "nr.lhasa"),
        "for another agency": keys.prove_possession(new, NAME, "nr.duilong"),
        "for another ledger": keys.prove_possession(new, f"{ORIGIN}/{'cd' * 32}", "nr.lhasa"),
        "no proof": b"\0" * 64,
    }
    for proof in wrong.values():
        data = door.registration("nr.lhasa", "second", proof=proof.hex())
        assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", data)) == ("signature_invalid", "proof")


def test_a_key_id_that_is_not_the_keys(door):
    data = door.registration("nr.lhasa", "second", key_id="00" * 32)
    assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", data)) == ("schema_invalid", "key_id")


def test_a_public_key_is_registered_once_by_whomever(door):
    again = door.registration("nr.lhasa", "nr.lhasa/1")
    assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", again)) == (
        "case_rule_broken",
        "public_key",
    )
    others = door.registration("nr.duilong", "nr.lhasa/1")
    assert door.refused(door.by_root("KeyRegistered", "nr.duilong", others)) == (
        "case_rule_broken",
        "public_key",
    )
    revoke(door)
    assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", again)) == (
        "case_rule_broken",
        "public_key",
    )


def test_a_root_that_is_not_the_one_on_paper_is_refused(door):
    data = door.registration("nr.lhasa", "forged root", "root")
    raw = door.by_root("KeyRegistered", "nr.lhasa", data, key=key_of("forged root"))
    assert door.refused(raw) == ("not_authorised", "key_id")


def test_a_root_whose_signature_is_another_keys_is_unknown(door):
    data = door.registration("nr.lhasa", "forged root", "root")
    raw = door.by_root("KeyRegistered", "nr.lhasa", data, key=key_of("another"))
    assert door.refused(raw) == ("key_unknown", "kid")


def test_nobody_registers_a_key_for_another_agency(door):
    data = door.registration("nr.duilong", "second")
    assert door.refused(door.by_root("KeyRegistered", "nr.lhasa", data)) == ("not_authorised", "agency")


def test_a_root_that_nobody_countersigned_is_told_by_verify(door):
    def lonely():
        notes = verify(door.ledger.store).notes
        return {
            a
            for a in AGENCIES
            if any(n.startswith("key_attested_by_operator_only") and a in n for n in notes)
        }

    assert lonely() == set(AGENCIES)
    data = {"agency": "nr.lhasa", "key_id": key_of("nr.lhasa/root").kid.hex()}
    assert door.refused(door.by_root("AgencyCountersigned", "nr.lhasa", data)) == (
        "case_rule_broken",
        "agency",
    )
    door.submit(door.by_root("AgencyCountersigned", "nr.duilong", data))
    assert lonely() == set(AGENCIES)  # one that is no superior is not enough
    door.submit(door.by_root("AgencyCountersigned", "procuratorate.lhasa", data))
    assert lonely() == set(AGENCIES) - {"nr.lhasa"}


# --- what was seen, dates, rules ----------------------------------------------------------------------------


def test_the_view_must_be_a_point_of_the_streams_history(door):
    first = door.ledger.store.stream_head(FILED)

    def notice(number, seen):
        return door.statement("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": number}, seen=seen)

    assert door.refused(notice("停1", (1, b"\7" * 32))) == ("stale_view", "seen")
    assert door.refused(notice("停1", (2, first[1]))) == ("stale_view", "seen")
    assert door.refused(notice("停1", (99, b"\7" * 32))) == ("stale_view", "seen")
    elsewhere = door.ledger.store.stream_head("registry")[1]
    assert door.refused(notice("停1", (1, elsewhere))) == ("stale_view", "seen")
    door.submit(notice("停1", first))
    door.submit(notice("停2", first))  # what others appended since refuses nothing
    door.submit(notice("停3", (0, b"")))
    assert door.refused(notice("停4", (2, first[1]))) == ("stale_view", "seen")


def test_an_act_waits_for_those_of_its_signer_that_it_depends_on(door):
    before = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    stranger = door.statement("NoticeIssued", "nr.duilong", "case/堆自然资执〔2026〕1号", NOTICE)
    needs = [decode(raw).claims.cti for raw in (before, stranger)]

    def after(*cti):
        return door.statement("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停2"}, after=cti)

    assert door.refused(after(needs[0])) == ("depends_on_refused", "after")
    door.submit(before)
    assert door.refused(after(needs[0], needs[1])) == ("depends_on_refused", "after")
    assert not door.submit(after(needs[0])).receipt.repeated


def test_one_id_stands_for_one_statement(door):
    first = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE)
    door.submit(first)
    cti = decode(first).claims.cti
    other = door.statement("NoticeIssued", "nr.lhasa", FILED, {**NOTICE, "notice_no": "停2"}, cti=cti)
    assert door.refused(other) == ("duplicate", "cti")
    same_case = door.statement("NoticeIssued", "nr.duilong", FILED, NOTICE, cti=cti)
    assert door.refused(same_case) == (
        "case_rule_broken",
        "case",
    )  # it has no part there, and is told nothing of it
    own_case = "case/堆自然资执〔2026〕1号"
    assert not door.do("CaseFiled", "nr.duilong", own_case, CASE_DATA, cti=cti).receipt.repeated


def test_a_day_that_has_not_come_yet(door):
    tomorrow = DAY + timedelta(days=1)
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, occurred_on=tomorrow)
    assert door.refused(raw) == ("date_in_future", "occurred_on")
    changed = {"id": "nr.lhasa", "name": "新名"}
    raw = door.statement(
        "AgencyChanged", "operator", "registry", changed, key=key_of("operator"), occurred_on=tomorrow
    )
    assert door.refused(raw) == ("date_in_future", "occurred_on")


def test_today_is_the_day_in_shanghai(door):
    """2026-03-02T17:00Z is 01:00 on the third in Shanghai."""
    door.now = milliseconds(parse_moment("2026-03-02T17:00:00Z"))
    raw = door.statement("NoticeIssued", "nr.lhasa", FILED, NOTICE, occurred_on=DAY + timedelta(days=1))
    assert not door.submit(raw).receipt.repeated


def test_what_contradicts_the_case(door):
    again = door.statement("CaseFiled", "nr.lhasa", FILED, CASE_DATA)
    assert door.refused(again)[0] == "case_rule_broken"
    unfiled = door.statement("NoticeIssued", "nr.lhasa", EMPTY, NOTICE)
    assert door.refused(unfiled)[0] == "case_rule_broken"
    squatted = door.statement("CaseFiled", "nr.lhasa", "case/堆自然资执〔2026〕1号", CASE_DATA)
    assert door.refused(squatted)[0] == "case_rule_broken"


def test_a_second_genesis_and_an_unknown_pack(door):
    operator = key_of("operator")
    genesis = {
        "ledger_id": "cd" * 32,
        "origin": ORIGIN,
        "log_key": "x+0+y",
        "operator_key": operator.public.hex(),
    }
    raw = door.statement("LedgerCreated", "operator", "registry", genesis, key=operator)
    assert door.refused(raw) == ("case_rule_broken", "type")
    pack = {"pack": "lhasa", "version": "9", "digest": "00" * 32, "region": "540100", "from": "2026-03-02"}
    raw = door.statement("PackAdopted", "operator", "registry", pack, key=operator)
    assert door.refused(raw) == ("case_rule_broken", "digest")
    known = {**pack, "digest": shipped()["lhasa"][1].digest}
    assert not door.do("PackAdopted", "operator", "registry", known, key=operator).receipt.repeated


# --- order --------------------------------------------------------------------------------------------------


def test_of_two_things_wrong_the_earlier_check_names_the_refusal(door):
    """Size, form, signature, repeated statement, key, authority, schema, what was seen, dates, the case's rules."""
    spare = key_of("spare")
    door.submit(door.by_root("KeyRegistered", "nr.lhasa", door.registration("nr.lhasa", "spare")))
    stored = decode(door.do("NoticeIssued", "nr.lhasa", FILED, NOTICE).receipt.entry.statement).claims.cti
    revoke(door, "spare")
    order = {
        "size": "too_large", "form": "schema_invalid", "signature": "signature_invalid", "repeated": "duplicate",
        "key": "key_revoked", "authority": "not_authorised", "schema": "schema_invalid", "seen": "stale_view",
        "date": "date_in_future", "rules": "case_rule_broken",
    }  # fmt: skip

    def with_wrongs(*wrongs):
        stream = EMPTY if "rules" in wrongs else FILED
        event, data = ("NoticeIssued", {**NOTICE, "notice_no": "停9"})
        if "authority" in wrongs:
            event, data = "EnforcementAccepted", {"review_case_no": "1"}
        _, payload = schemas.encode(build(EVENTS[event].cls, data))
        changes = {"cti": stored, "seen": (1, b"\7" * 32), "occurred_on": DAY + timedelta(days=1)}
        of = {"repeated": "cti", "seen": "seen", "date": "occurred_on"}
        claims = door.claims(event, "nr.lhasa", stream, **{of[w]: changes[of[w]] for w in wrongs if w in of})
        raw = sign(
            claims, payload + b"\0" * ("schema" in wrongs), spare if "key" in wrongs else key_of("nr.lhasa/1")
        )
        if "signature" in wrongs:
            raw = raw[:-1] + bytes([raw[-1] ^ 1])
        if "form" in wrongs:
            raw = b"\xd8\x12" + raw[1:]  # the tag in two bytes
        return raw + bytes(STATEMENT_MAX) * ("size" in wrongs)

    assert {w: door.refused(with_wrongs(w))[0] for w in order} == order
    for earlier, later in combinations(order, 2):
        assert (earlier, later, door.refused(with_wrongs(earlier, later))[0]) == (
            earlier,
            later,
            order[earlier],
        )
    assert not door.submit(with_wrongs()).receipt.repeated


# --- what a refusal tells ------------------------------------------------------------------------------------


def test_to_whoever_has_no_part_in_it_a_case_that_is_there_is_as_one_that_is_not(door):
    """Duilong's department was told of nothing in the case of the city's: how it is refused must not tell of it."""
    here, nowhere = FILED, "case/拉自然资执〔2026〕404号"
    for event, data in (
        ("CopyAcknowledged", {"of": "报1"}),
        ("PenaltyDecided", {"decision_no": "罚1", "items": [{"kind": "warning"}]}),
        ("NoticeIssued", NOTICE),
        ("StatementCorrected", {"of": "CaseFiled", "reason": "误", "data": {"title": "改"}}),
    ):
        told = []
        for stream in (here, nowhere):
            raw = door.statement(event, "nr.duilong", stream, data, seen=(0, b""))
            with pytest.raises(Refusal) as refused:
                door.submit(raw)
            said = str(refused.value.message).replace(stream.removeprefix("case/"), "")
            told.append((refused.value.code, refused.value.field, said))
        assert told[0] == told[1], event


def test_after_a_failed_look_at_the_registry_it_is_looked_at_again(door, monkeypatch):
    """Another process has registered a key; what is signed with it finds no store once, and is taken in afterwards."""
    door.ledger.registry()
    with Ledger.open(door.ledger.settings) as other:
        beside = Door(other)
        beside.made, beside.now = 5_000, door.now
        beside.submit(
            beside.by_root(
                "KeyRegistered",
                "nr.lhasa",
                beside.registration("nr.lhasa", "nr.lhasa/7") | {"officer": "nr.lhasa/1"},
            )
        )
    store = door.ledger.store

    def once(stream, **what):
        monkeypatch.undo()
        raise StoreUnreachable("no")

    monkeypatch.setattr(store, "read_stream", once)
    with pytest.raises(StoreUnreachable):
        door.ledger.registry()
    assert key_of("nr.lhasa/7").kid.hex() in door.ledger.registry().keys
