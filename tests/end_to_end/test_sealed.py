"""Sealed fields through the real command: clear text in the script, commitments in the ledger, the same bytes each time."""

import hashlib

import cbor2

from events.statement import decode
from tests.end_to_end.conftest import FILING, line

ID_NO = "540102199001011234"
NEW = "拉自然资执〔2026〕9号"
PARTIES = [{"name": "张某", "id_no": ID_NO}]
FILED = line("CaseFiled", "nr.lhasa", "2026-03-02", {**FILING, "parties": PARTIES}, case=NEW)
RIGHT_NO = "540102199001015678"


def stored(desk):
    with desk.open() as ledger:
        return ledger.registry().genesis.name, [e for e in ledger.entries() if e.stream == f"case/{NEW}"]


def commitment(ledger: str, cti: bytes, path: str, value: str) -> bytes:
    """As docs/disclosure.md has it, with another CBOR codec."""
    salt = hashlib.sha256(cbor2.dumps(["gongze demonstration salt", ledger, cti, path])).digest()
    return b"sha256:" + hashlib.sha256(salt + value.encode()).hexdigest().encode()


def test_clear_text_never_reaches_the_ledger_and_replay_gives_the_same_bytes(here):
    (first,) = here.replay([FILED])["accepted"]
    name, (entry,) = stored(here)
    payload = decode(entry.statement).payload
    assert commitment(name, entry.cti, "parties.0.id_no", ID_NO) in payload
    assert ID_NO.encode() not in here.database.read_bytes()
    again = here.replay([FILED])
    assert (again["refused"], again["accepted"][0]["duplicate"], again["accepted"][0]["id"]) == (
        [],
        True,
        first["id"],
    )
    assert stored(here)[1] == [entry]


def test_a_correction_of_a_sealed_field_is_sealed_too(here):
    corrected = line(
        "StatementCorrected", "nr.lhasa", "2026-03-03",
        {"of": "CaseFiled", "reason": "证件号码写错", "data": {"parties": [{"name": "张某", "id_no": RIGHT_NO}]}}, case=NEW,
    )  # fmt: skip
    assert here.replay([FILED, corrected])["refused"] == []
    name, (_, entry) = stored(here)
    payload = decode(entry.statement).payload
    assert commitment(name, entry.cti, "data.parties.0.id_no", RIGHT_NO) in payload
    assert RIGHT_NO.encode() not in here.database.read_bytes()
    with here.open() as ledger:
        parties = next(e for e in ledger.case(NEW).entries if e.act.type == "CaseFiled").act.event.parties
    assert parties[0].id_no.encode() == commitment(name, entry.cti, "data.parties.0.id_no", RIGHT_NO)
